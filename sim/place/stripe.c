/*
 * stripe.c - no placement: Xen's defaults, memory striped over all nodes.
 *
 * SOURCE  facts/xen.md 1.7, 4.3, 4.9; facts/policies.md 1.3.
 *
 * RULE    Always PLACE_DECLINED. The domain keeps its automatic node affinity,
 *         the nodes of the CPUs it may use, and Xen's allocator goes round
 *         them extent by extent. vCPUs run where the scheduler likes.
 *
 * WHY     The baseline every placement has to beat, and what a guest gets when
 *         libxl finds no candidate.
 *
 * COST    O(1)
 *
 * TESTS   sim/test/check_place.c
 */
#include "place/fit.h"

#include <math.h>

static enum place_result stripe_pick(const struct place_view *view,
				     const struct place_request *request,
				     struct place_answer *answer)
{
	(void)view;
	(void)request;
	(void)answer;
	return PLACE_DECLINED;
}

static void stripe_explain(const struct place_view *view,
			   const struct place_request *request,
			   void (*note)(void *arg, nodeset nodes, double score,
					const char *text),
			   void *arg)
{
	uint32_t cpus[NODE_MAX];

	note(arg, fit_cpus(view, request, cpus), (double)NAN,
	     "not placed: memory goes round the nodes of the guest's CPUs");
}

const struct place_ops place_stripe = {
	.abi = PLACE_ABI,
	.name = "stripe",
	.summary = "no placement: memory striped, vCPUs free",
	.pick = stripe_pick,
	.explain = stripe_explain,
};
