/*
 * libxl_fixed.c - libxl's idea with its defects repaired, one by one.
 *
 * SOURCE  facts/xen.md 1.3 to 1.7, 4.4, 4.7 and 12; facts/policies.md 1.1.4.
 *
 * RULE    libxl.c's: smallest set, fewest vCPUs, most free memory, first.
 *
 * REPAIRS, each pinned by a test_libxl_*_and_fixed_does*:
 *   F1  Memory of a set is added in 64 bits: no wrap at 4 TiB.
 *   F2  Two sets' memory is compared in full width: no flip at 2 TiB.
 *   F3  Only CPUs in the pool and in the guest's hard affinity count, as the
 *       manual says, and only their nodes are candidates.
 *   F4  Hosts of more than 16 nodes are placed too (subset.h says how far the
 *       search is exact there).
 *   F5  Memory that another domain's claim has on a node is not offered.
 *   F6  Node 0's DMA reserve, which Xen hands out last of all, is not offered
 *       while another set holds the guest: else a guest that "fits" node 0 is
 *       built on node 1 (facts/xen.md 11, G1). If no set does, it is.
 *   F7  A guest with vnodes gets them dealt over the chosen nodes (fit.h),
 *       where libxl puts each one without a pnode on node 0.
 *
 * KEPT    Distances are not looked at (distance.c does); nodes without CPUs
 *         are not chosen; a single node is not decided; memory is checked for
 *         the set and not for each of its nodes, since Xen falls back within
 *         the set when one of them is full.
 *
 * DIFFERS The vCPU count of a node is the snapshot's, made for the whole pool
 *         even if hard affinity narrows the guest's CPUs.
 *         The free part of the reserve is taken to be all of it, or all that
 *         node 0 has free if that is less: it is handed out last.
 *
 * COST    fit.h, twice for a guest that fits only with the DMA reserve.
 *
 * TESTS   sim/test/check_libxl.c
 */
#include "place/fit.h"

/* The problem, with the DMA reserve of node 0 kept back or offered. */
static void problem_init(struct subset *s, const struct place_view *view,
			 const struct place_request *request, bool keep_dma)
{
	fit_init(s, view, request);
	if (keep_dma && s->count > 0 && s->item[0].node == 0) {
		uint64_t dma_pages = view->dma_pages;

		s->item[0].mem -= dma_pages < s->item[0].mem ? dma_pages
							     : s->item[0].mem;
	}
	fit_cost_load(s, view);
}

static enum place_result libxl_fixed_pick(const struct place_view *view,
					  const struct place_request *request,
					  struct place_answer *answer)
{
	struct subset s;

	if (view->node_count <= 1)
		return PLACE_DECLINED;
	problem_init(&s, view, request, true);
	if (fit_pick(&s, view, request, answer) == PLACE_OK)
		return PLACE_OK;
	problem_init(&s, view, request, false);
	return fit_pick(&s, view, request, answer);
}

static double vcpu_score(const struct subset_sum *sum)
{
	return (double)sum->cost;
}

static void libxl_fixed_explain(const struct place_view *view,
				const struct place_request *request,
				void (*note)(void *arg, nodeset nodes,
					     double score, const char *text),
				void *arg)
{
	struct subset s;
	struct subset_sum best;

	problem_init(&s, view, request, true);
	if (!subset_best(&s, &best))
		problem_init(&s, view, request, false);
	fit_explain(&s, view, vcpu_score, "vCPUs that may run there", note,
		    arg);
}

const struct place_ops place_libxl_fixed = {
	.abi = PLACE_ABI,
	.name = "libxl-fixed",
	.summary = "libxl without its wraps, and with hard affinity and claims",
	.pick = libxl_fixed_pick,
	.explain = libxl_fixed_explain,
};
