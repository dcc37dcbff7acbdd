/*
 * sweep.h - all runs of a scenario: every case under every heuristic under
 *           every seed, on several threads.
 *
 * RULE    A run is a function of (scenario, case, heuristic, seed) and shares
 *         nothing that changes with another: own arena, own streams. Threads
 *         take the next run off one counter; results lie in the order of the
 *         runs, so their bytes do not depend on the number of threads. The
 *         same seed meets every heuristic with the same arrivals, lifetimes
 *         and programs (common random numbers).
 *
 *         Order of runs: case, then heuristic, then seed.
 *
 * TESTS   sim/test/check_world.c, sim/test/check_cli.c
 */
#ifndef RUN_SWEEP_H
#define RUN_SWEEP_H

#include "place/plugin.h"
#include "run/outcome.h"
#include "run/scenario.h"

struct host;

enum { SWEEP_THREADS_MAX = 256 };

struct sweep {
	const struct scenario *scenario;
	const struct host *host;
	const struct place_set *set;     /* the heuristics compared */
	const struct place_ops *const *class_ops; /* [guest_count], or NULLs */
	uint32_t case_first, case_count; /* of the scenario's cases */
	uint64_t seed_first;
	uint32_t seed_count;
	uint32_t threads;                /* 1..SWEEP_THREADS_MAX */
	bool paranoid;
	FILE *trace;                     /* of the first run; NULL = none */
	bool trace_gzip;
	/* Called from one thread at a time when a run is done. May be NULL. */
	void (*done)(void *context, uint64_t runs_done);
	void *context;
};

uint32_t sweep_runs(const struct sweep *sweep);

/* The run of a case (counted from case_first), heuristic and seed. */
uint32_t sweep_index(const struct sweep *sweep, uint32_t case_index,
		     uint32_t ops_index, uint32_t seed_index);

/*
 * Runs them all; outcome is [sweep_runs()], zeroed. -1 with *err of the first
 * run, in order, that failed; outcomes are valid up to there.
 */
int sweep_run(const struct sweep *sweep, struct outcome *outcome,
	      struct err *err);

#endif
