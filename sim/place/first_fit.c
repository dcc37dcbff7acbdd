/*
 * first_fit.c - the first nodes that hold the guest.
 *
 * SOURCE  facts/policies.md 1.1.6 and 1.16: `greedy` of the Xen 4.2 placement
 *         proposal (2012), first fit of the bin-packing literature.
 *
 * RULE    The first node, by number, that the guest fits on (fit.h). If it
 *         fits on none: of the smallest sets of nodes that hold it, the first
 *         in lexicographic order.
 *
 * WHY     The cheapest rule there is, and one that fills low nodes before high
 *         ones: large guests that come late find empty nodes.
 *
 * DIFFERS from 2012, which looked at memory alone and at single nodes alone.
 *
 * COST    subset.h.
 *
 * TESTS   sim/test/check_place.c
 */
#include "place/fit.h"

static enum place_result first_fit_pick(const struct place_view *view,
					const struct place_request *request,
					struct place_answer *answer)
{
	struct subset s;

	fit_init(&s, view, request);
	return fit_pick(&s, view, request, answer);
}

/* The lowest node number of the set. */
static double score(const struct subset_sum *sum)
{
	return nodeset_first(sum->nodes);
}

static void first_fit_explain(const struct place_view *view,
			      const struct place_request *request,
			      void (*note)(void *arg, nodeset nodes,
					   double score, const char *text),
			      void *arg)
{
	struct subset s;

	fit_init(&s, view, request);
	fit_explain(&s, view, score, "lowest node", note, arg);
}

const struct place_ops place_first_fit = {
	.abi = PLACE_ABI,
	.name = "first-fit",
	.summary = "first node with enough memory and CPUs (the 2012 greedy)",
	.pick = first_fit_pick,
	.explain = first_fit_explain,
};
