/*
 * example.c - a heuristic as a shared object: copy it and start from here.
 *
 * RULE    The node with most free memory per vCPU that may already run there,
 *         of those the guest fits on; of equals the one with the lower number.
 *         No single node: PLACE_NO_FIT.
 *
 * BUILD   from the top of the tree
 *
 *             cc -std=c17 -Isim -fPIC -shared -o mine.so \
 *                     sim/place/example/example.c
 *             build/nodewise sim SCENARIO --heuristic libxl \
 *                     --heuristic ./mine.so
 *
 * HOW     1. Give it a name and a summary, at the bottom. The name is what
 *            tables and figures show; it must not be a built-in one's.
 *         2. Write pick(). It sees the host in *view and the new guest in
 *            *request, both explained in place/place.h, and nothing else: keep
 *            no state between calls, read no clock, allocate nothing. The same
 *            question must get the same answer, or runs cannot be repeated.
 *         3. Answer PLACE_OK with *answer filled in, PLACE_NO_FIT if the guest
 *            has no place, or PLACE_DECLINED to leave it to Xen's defaults.
 *            What cannot be (a node that is not online) ends the run with a
 *            line that names the heuristic.
 *         4. explain() is optional: it is what `place --explain` prints.
 */
#include "place/place.h"

/* Room for the guest's memory, and a CPU for each of its vCPUs? */
static bool fits(const struct place_node *node,
		 const struct place_request *request)
{
	return node->online && node->free_pages >= request->need_pages &&
	       node->pool_pcpus >= request->vcpus;
}

/* Pages free for each vCPU, the new guest's included. */
static double pages_per_vcpu(const struct place_node *node,
			     const struct place_request *request)
{
	return (double)node->free_pages /
	       ((double)node->vcpus + (double)request->vcpus);
}

static enum place_result pick(const struct place_view *view,
			      const struct place_request *request,
			      struct place_answer *answer)
{
	uint32_t best = NODE_NONE;

	for (uint32_t n = 0; n < view->node_count; n++) {
		if (!fits(&view->node[n], request))
			continue;
		/* Strictly more, so that of equals the first stays. */
		if (best == NODE_NONE ||
		    pages_per_vcpu(&view->node[n], request) >
			    pages_per_vcpu(&view->node[best], request))
			best = n;
	}
	if (best == NODE_NONE)
		return PLACE_NO_FIT;

	answer->nodes = nodeset_of(best);     /* where its memory goes */
	answer->cpu_nodes = nodeset_of(best); /* where its vCPUs run ... */
	answer->affinity = PLACE_SOFT;        /* ... if they can */
	return PLACE_OK;
}

const struct place_ops place_plugin = {
	.abi = PLACE_ABI,
	.name = "example",
	.summary = "example plug-in: most free memory per vCPU",
	.pick = pick,
};
