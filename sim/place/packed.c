/*
 * packed.c - best fit: the fullest nodes that still hold the guest.
 *
 * SOURCE  facts/policies.md 1.1.6 and 1.16: `packed` of the Xen 4.2 placement
 *         proposal (2012), best fit of the bin-packing literature.
 *
 * RULE    Of the nodes the guest fits on (fit.h) the one with least free
 *         memory, so that least is left over. If it fits on none: of the
 *         smallest sets that hold it, the one with least free memory. Of
 *         equals the first in lexicographic order.
 *
 * WHY     Keeps whole nodes free for large guests, and lets idle ones sleep.
 *         The price is that guests share controllers and caches early.
 *
 * DIFFERS from 2012, which looked at memory alone and at single nodes alone.
 *
 * COST    subset.h.
 *
 * TESTS   sim/test/check_place.c
 */
#include "place/fit.h"

#include "base/units.h"

/* Least memory is least cost. */
static void cost(struct subset *s)
{
	for (uint32_t i = 0; i < s->count; i++)
		s->item[i].cost = s->item[i].mem;
}

static enum place_result packed_pick(const struct place_view *view,
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

static void packed_explain(const struct place_view *view,
			   const struct place_request *request,
			   void (*note)(void *arg, nodeset nodes, double score,
					const char *text),
			   void *arg)
{
	struct subset s;

	fit_init(&s, view, request);
	cost(&s);
	fit_explain(&s, view, score, "GiB free, less is better", note, arg);
}

const struct place_ops place_packed = {
	.abi = PLACE_ABI,
	.name = "packed",
	.summary = "node with least free memory that fits (best fit)",
	.pick = packed_pick,
	.explain = packed_explain,
};
