/*
 * program.h - one vCPU's way through its workload: what does it do next?
 *
 * MODEL   A pure state machine over (phase, round, step). It knows no time and
 *         no host: the driver asks for the next step, lets the vCPU do it, and
 *         asks again. All randomness is from its own stream, so a vCPU draws
 *         the same amounts whatever the heuristic and whoever else runs.
 *
 *           program_next():  RUN    run .ops operations of kind .op_index
 *                                   (.cpu_ns == 0), or run that kind until
 *                                   .cpu_ns of CPU time are used (.ops == 0)
 *                            SLEEP  block for .sleep_ns
 *                            END    block for ever
 *
 *         A drawn amount of nothing (0 operations, 0 ns) is passed over.
 *
 * INVARIANTS, asserted by program_check():
 *   P1  phase_index <= phase_count, and step_index within the phase.
 *   P2  round < repeat; 0 where the phase repeats for ever.
 *
 * TESTS   sim/test/check_workload.c
 */
#ifndef GUEST_PROGRAM_H
#define GUEST_PROGRAM_H

#include "base/rng.h"
#include "guest/workload.h"

#include <stdbool.h>
#include <stdint.h>

enum program_kind { PROGRAM_RUN, PROGRAM_SLEEP, PROGRAM_END };

struct program_step {
	enum program_kind kind;
	uint32_t op_index; /* RUN */
	double ops;        /* RUN: > 0, or 0 when .cpu_ns counts */
	int64_t cpu_ns;    /* RUN: > 0, or 0 when .ops counts */
	int64_t sleep_ns;  /* SLEEP: > 0 */
};

struct program {
	const struct workload *workload; /* borrowed */
	struct rng rng;
	uint32_t phase_index; /* == phase_count: ended */
	uint32_t round;       /* of the phase, from 0 */
	uint32_t step_index;  /* the step to come */
};

/*
 * vcpu_index counts from 0 within the guest; entity is the guest's number for
 * random streams (scenario.h). The workload must outlive the program.
 */
void program_init(struct program *program, const struct workload *workload,
		  uint64_t seed, uint64_t entity, uint32_t vcpu_index);

void program_next(struct program *program, struct program_step *step);

void program_check(const struct program *program);

#endif
