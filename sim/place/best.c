/*
 * best.c - memory and vCPUs on the same nodes, vCPUs pinned there.
 *
 * SOURCE  facts/policies.md 1.6: the line "best" of Faggioli's 2012 figure
 *         (created on and pinned to node 0).
 *
 * RULE    Memory on the home nodes (home.h), vCPUs hard-pinned to their CPUs;
 *         to the nearest node with a CPU if none of them has one.
 *
 * WHY     The yardstick: every access is local and stays so. Pinning leaves
 *         nothing for the scheduler to balance.
 *
 * COST    subset.h.
 *
 * TESTS   sim/test/check_place.c
 */
#include "place/home.h"

static enum place_result best_pick(const struct place_view *view,
				   const struct place_request *request,
				   struct place_answer *answer)
{
	nodeset nodes = home_nodes(view, request, true);
	nodeset cpu_nodes = home_cpu_nodes(view, request, nodes);

	if (!nodes || !cpu_nodes)
		return PLACE_NO_FIT;
	answer->nodes = nodes;
	answer->cpu_nodes = cpu_nodes;
	answer->affinity = PLACE_HARD;
	return PLACE_OK;
}

static void best_explain(const struct place_view *view,
			 const struct place_request *request,
			 void (*note)(void *arg, nodeset nodes, double score,
				      const char *text),
			 void *arg)
{
	home_explain(&(struct place_ops){ .pick = best_pick }, view, request,
		     note, arg);
}

const struct place_ops place_best = {
	.abi = PLACE_ABI,
	.name = "best",
	.summary = "baseline: memory and vCPUs pinned on the same node",
	.pick = best_pick,
	.explain = best_explain,
};
