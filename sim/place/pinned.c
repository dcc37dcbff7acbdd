/*
 * pinned.c - striped memory, vCPUs pinned to one node.
 *
 * SOURCE  facts/policies.md 1.6: the line "pinned" of Faggioli's 2012 figure
 *         (striped memory, pinned CPUs).
 *
 * RULE    Memory striped over all nodes with a CPU of the guest's pool, as
 *         without any placement (stripe.c); vCPUs hard-pinned to the home
 *         nodes (home.h): the smallest set with a CPU for each vCPU.
 *
 * WHY     What an operator gets who pins and forgets memory: on n nodes one
 *         access in n is local.
 *
 * COST    subset.h.
 *
 * TESTS   sim/test/check_place.c
 */
#include "place/home.h"

static enum place_result pinned_pick(const struct place_view *view,
				     const struct place_request *request,
				     struct place_answer *answer)
{
	nodeset home = home_nodes(view, request, false);
	nodeset cpu_nodes = home_cpu_nodes(view, request, home);

	if (!home || !cpu_nodes)
		return PLACE_NO_FIT;
	for (uint32_t n = 0; n < view->node_count; n++)
		if (view->node[n].online && view->node[n].pool_pcpus > 0)
			answer->nodes = nodeset_add(answer->nodes, n);
	answer->cpu_nodes = cpu_nodes;
	answer->affinity = PLACE_HARD;
	return PLACE_OK;
}

static void pinned_explain(const struct place_view *view,
			   const struct place_request *request,
			   void (*note)(void *arg, nodeset nodes, double score,
					const char *text),
			   void *arg)
{
	home_explain(&(struct place_ops){ .pick = pinned_pick }, view,
		     request, note, arg);
}

const struct place_ops place_pinned = {
	.abi = PLACE_ABI,
	.name = "pinned",
	.summary = "baseline: memory striped, vCPUs pinned to one node",
	.pick = pinned_pick,
	.explain = pinned_explain,
};
