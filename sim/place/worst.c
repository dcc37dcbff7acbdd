/*
 * worst.c - memory on one node, vCPUs pinned to the farthest other.
 *
 * SOURCE  facts/policies.md 1.6: the line "worst" of Faggioli's 2012 figure
 *         (memory on node 0, vCPUs on node 1).
 *
 * RULE    Memory on the home nodes (home.h), vCPUs hard-pinned to the node
 *         with CPUs that is farthest from them. A host with no other node with
 *         CPUs leaves nothing to get wrong: there it is best.c's answer.
 *
 * WHY     The other yardstick: every access is remote. A guest of several
 *         nodes has its vCPUs on one, which may be too few CPUs: that is meant.
 *
 * COST    subset.h.
 *
 * TESTS   sim/test/check_place.c
 */
#include "place/home.h"

static enum place_result worst_pick(const struct place_view *view,
				    const struct place_request *request,
				    struct place_answer *answer)
{
	nodeset nodes = home_nodes(view, request, true);
	nodeset cpu_nodes = home_farthest(view, request, nodes);

	if (!cpu_nodes)
		cpu_nodes = home_cpu_nodes(view, request, nodes);
	if (!nodes || !cpu_nodes)
		return PLACE_NO_FIT;
	answer->nodes = nodes;
	answer->cpu_nodes = cpu_nodes;
	answer->affinity = PLACE_HARD;
	return PLACE_OK;
}

static void worst_explain(const struct place_view *view,
			  const struct place_request *request,
			  void (*note)(void *arg, nodeset nodes, double score,
				       const char *text),
			  void *arg)
{
	home_explain(&(struct place_ops){ .pick = worst_pick }, view, request,
		     note, arg);
}

const struct place_ops place_worst = {
	.abi = PLACE_ABI,
	.name = "worst",
	.summary = "baseline: memory on one node, vCPUs pinned far from it",
	.pick = worst_pick,
	.explain = worst_explain,
};
