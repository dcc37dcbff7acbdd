/*
 * spread.c - worst fit: the emptiest nodes.
 *
 * SOURCE  facts/policies.md 1.1.6 and 1.16: `spread` of the Xen 4.2 placement
 *         proposal (2012), worst fit of the bin-packing literature.
 *
 * RULE    Of the nodes the guest fits on (fit.h) the one with most free
 *         memory. If it fits on none: of the smallest sets that hold it, the
 *         one with most free memory. Of equals the first in lexicographic
 *         order.
 *
 * WHY     Evens out memory, and with guests of one shape also load. The price
 *         is that after a while no node holds a large guest.
 *
 * DIFFERS from 2012, which looked at memory alone and at single nodes alone.
 *
 * COST    subset.h.
 *
 * TESTS   sim/test/check_place.c
 */
#include "place/fit.h"

#include "base/units.h"

/* What a node has less than the emptiest one; sets of a size compare. */
static void cost(struct subset *s)
{
	uint64_t mem_max = 0;

	for (uint32_t i = 0; i < s->count; i++)
		if (s->item[i].mem > mem_max)
			mem_max = s->item[i].mem;
	for (uint32_t i = 0; i < s->count; i++)
		s->item[i].cost = mem_max - s->item[i].mem;
}

static enum place_result spread_pick(const struct place_view *view,
				     const struct place_request *request,
				     struct place_answer *answer)
{
	struct subset s;

	fit_init(&s, view, request);
	cost(&s);
	return fit_pick(&s, view, request, answer);
}

static double score(const struct subset_sum *sum)
{
	return gib_from_pages(sum->mem);
}

static void spread_explain(const struct place_view *view,
			   const struct place_request *request,
			   void (*note)(void *arg, nodeset nodes, double score,
					const char *text),
			   void *arg)
{
	struct subset s;

	fit_init(&s, view, request);
	cost(&s);
	fit_explain(&s, view, score, "GiB free, more is better", note, arg);
}

const struct place_ops place_spread = {
	.abi = PLACE_ABI,
	.name = "spread",
	.summary = "node with most free memory (worst fit)",
	.pick = spread_pick,
	.explain = spread_explain,
};
