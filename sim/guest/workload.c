/* workload.c - the sums and the invariants of a workload (workload.h). */
#include "guest/workload.h"

#include "base/err.h"

#include <assert.h>

double workload_op_ns(const struct workload_op *op, double latency_ns)
{
	return op->compute_ns + op->misses / op->mlp * latency_ns;
}

double workload_phase_cpu_ns(const struct workload *workload,
			     uint32_t phase_index, double latency_ns)
{
	const struct workload_phase *phase = &workload->phase[phase_index];
	double sum_ns = 0;

	assert(phase_index < workload->phase_count);
	for (uint32_t s = 0; s < phase->step_count; s++) {
		const struct workload_step *step = &phase->step[s];

		if (step->kind == WORKLOAD_RUN_CPU)
			sum_ns += dist_mean(&step->amount);
		if (step->kind == WORKLOAD_RUN_OPS)
			sum_ns += dist_mean(&step->amount) *
				  workload_op_ns(&workload->op[step->op_index],
						 latency_ns);
	}
	return sum_ns;
}

static void op_check(const struct workload_op *op)
{
	require(op->name != NULL);
	require(op->compute_ns > 0);                               /* W2 */
	require(op->misses >= 0 && op->mlp >= 1);                  /* W2 */
	require(op->write_share >= 0 && op->write_share <= 1);     /* W2 */
	require(op->own_vnode_share >= 0 && op->own_vnode_share <= 1); /* W2 */
	require(op->score >= 0);                                   /* W2 */
}

static void phase_check(const struct workload *workload,
			const struct workload_phase *phase, bool last)
{
	double mean = 0;

	require(phase->step_count >= 1 &&
		phase->step_count <= WORKLOAD_STEP_MAX); /* W1 */
	for (uint32_t s = 0; s < phase->step_count; s++) {
		const struct workload_step *step = &phase->step[s];

		require(step->op_index < workload->op_count); /* W3 */
		dist_check(&step->amount);
		require(dist_min(&step->amount) >= 0);
		mean += dist_mean(&step->amount);
	}
	require(phase->repeat != WORKLOAD_FOREVER || (last && mean > 0)); /* W4 */
}

void workload_check(const struct workload *workload)
{
	require(workload->op_count >= 1 &&
		workload->op_count <= WORKLOAD_OP_MAX); /* W1 */
	require(workload->phase_count >= 1 &&
		workload->phase_count <= WORKLOAD_PHASE_MAX); /* W1 */
	for (uint32_t i = 0; i < workload->op_count; i++)
		op_check(&workload->op[i]);
	for (uint32_t i = 0; i < workload->phase_count; i++)
		phase_check(workload, &workload->phase[i],
			    i + 1 == workload->phase_count);
}
