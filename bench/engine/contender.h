/*
 * contender.h - one engine, in one form, that takes part in the bench.
 *
 * RULE    A contender runs one case once and says what it cost. It is called in
 *         turn with the others, a round each (engine.h). The model, the random
 *         numbers, their order, and the checksum are those of rival.h, for
 *         contenders inside this program too; so whoever fires other events, or
 *         the same in another order, is found out.
 *
 * UNITS   ns CPU time per event (mm1: per object served).
 *
 * TESTS   bench/test/check_bench_engine.c
 */
#ifndef BENCH_ENGINE_CONTENDER_H
#define BENCH_ENGINE_CONTENDER_H

#include "bench/core/clock.h"

#include <stdbool.h>
#include <stdint.h>

enum { OUTCOME_TEXT_BYTES = 160 };

enum engine_model {
	MODEL_HOLD,
	MODEL_MOVE,
	MODEL_MM1,
	MODEL_COUNT,
};

extern const char *const engine_model_names[MODEL_COUNT];

struct engine_case {
	enum engine_model model;
	uint64_t pending; /* 0 for mm1 */
	uint64_t count;   /* events measured; objects for mm1 */
};

struct outcome {
	bool skipped;
	char reason[OUTCOME_TEXT_BYTES]; /* if skipped */
	double ns;
	double bytes;    /* per pending event, < 0 unknown */
	double stayed_s; /* mm1: mean time in the system, < 0 unknown */
	bool sum_known;
	uint64_t sum;
};

struct contender {
	const char *name;    /* "ns-3" */
	const char *summary; /* "C++ callbacks, map scheduler" */
	void (*run)(const struct contender *self, const struct engine_case *c,
		    const struct clock *clock, struct outcome *outcome);
	const char *program; /* of a rival: its file name; else NULL */
	/* Slow ones get so many times fewer events to measure; at least 1. Their
	 * checksum is then of fewer events, and not compared. */
	uint64_t thinned;
};

/* ours.c, bare.c, bare_plain.c, rival_run.c */
void ours_run(const struct contender *self, const struct engine_case *c,
	      const struct clock *clock, struct outcome *outcome);
void ours_timers_run(const struct contender *self, const struct engine_case *c,
		     const struct clock *clock, struct outcome *outcome);
void bare_run(const struct contender *self, const struct engine_case *c,
	      const struct clock *clock, struct outcome *outcome);
void bare_plain_run(const struct contender *self, const struct engine_case *c,
		    const struct clock *clock, struct outcome *outcome);
void rival_run_program(const struct contender *self,
		       const struct engine_case *c, const struct clock *clock,
		       struct outcome *outcome);

/*
 * Reads what a rival printed. Returns 0, or -1 when it is neither figures nor
 * "skipped: REASON"; then outcome says so as a reason.
 */
int rival_parse(const char *line, struct outcome *outcome);

#endif
