/* program.c - from step to step of a workload (program.h). */
#include "guest/program.h"

#include "base/err.h"

#include <assert.h>

enum { VCPU_BITS = 16 };

void program_init(struct program *program, const struct workload *workload,
		  uint64_t seed, uint64_t entity, uint32_t vcpu_index)
{
	assert(vcpu_index < 1u << VCPU_BITS);

	*program = (struct program){.workload = workload};
	rng_init(&program->rng, seed, RNG_WORKLOAD,
		 entity << VCPU_BITS | vcpu_index);
	if (workload->thread_count && vcpu_index >= workload->thread_count)
		program->phase_index = workload->phase_count;
}

/* Moves on by one step; returns the one it stood at, NULL at the end. */
static const struct workload_step *advance(struct program *p)
{
	const struct workload_phase *phase;
	const struct workload_step *step;

	if (p->phase_index == p->workload->phase_count)
		return NULL;
	phase = &p->workload->phase[p->phase_index];
	step = &phase->step[p->step_index++];
	if (p->step_index < phase->step_count)
		return step;
	p->step_index = 0;
	if (phase->repeat == WORKLOAD_FOREVER)
		return step;
	if (++p->round == phase->repeat) {
		p->round = 0;
		p->phase_index++;
	}
	return step;
}

/* Draws the amount; false if it is nothing. */
static bool draw(struct program *p, const struct workload_step *from,
		 struct program_step *to)
{
	*to = (struct program_step){.op_index = from->op_index};
	switch (from->kind) {
	case WORKLOAD_RUN_OPS:
		to->kind = PROGRAM_RUN;
		to->ops = dist_sample(&from->amount, &p->rng);
		return to->ops > 0;
	case WORKLOAD_RUN_CPU:
		to->kind = PROGRAM_RUN;
		to->cpu_ns = dist_sample_ns(&from->amount, &p->rng);
		return to->cpu_ns > 0;
	default:
		to->kind = PROGRAM_SLEEP;
		to->sleep_ns = dist_sample_ns(&from->amount, &p->rng);
		return to->sleep_ns > 0;
	}
}

void program_next(struct program *program, struct program_step *step)
{
	const struct workload_step *from;

	while ((from = advance(program)) != NULL)
		if (draw(program, from, step))
			return;
	*step = (struct program_step){.kind = PROGRAM_END};
}

void program_check(const struct program *program)
{
	const struct workload *w = program->workload;
	const struct workload_phase *phase;

	require(program->phase_index <= w->phase_count); /* P1 */
	if (program->phase_index == w->phase_count) {
		require(program->step_index == 0); /* P1 */
		return;
	}
	phase = &w->phase[program->phase_index];
	require(program->step_index < phase->step_count); /* P1 */
	require(phase->repeat == WORKLOAD_FOREVER ? program->round == 0
						  : program->round <
						    phase->repeat); /* P2 */
}
