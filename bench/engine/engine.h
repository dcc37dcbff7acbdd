/*
 * engine.h - the engine bench: cases, contenders, rounds, and what they gave.
 *
 * MODEL   For each case, for each round, every contender runs once, in turn:
 *
 *           case hold 1,000:   A B C D | A B C D | A B C D ...
 *
 *         A is the simulator's own engine. A figure is CPU time per event; the
 *         ratio of a contender to A is taken within each round and the median
 *         of those is quoted (samples.h). A contender that is skipped once is
 *         not asked again for that case.
 *
 * RULE    All fire the same events: each checksum is compared with A's, every
 *         round, unless a contender measures fewer events or has no whole ns.
 *         One that differs has simulated something else, and its row says so.
 *
 * UNITS   ns per event (mm1: per object), bytes per pending event.
 *
 * TESTS   bench/test/check_bench_engine.c
 */
#ifndef BENCH_ENGINE_ENGINE_H
#define BENCH_ENGINE_ENGINE_H

#include "bench/core/clock.h"
#include "bench/core/conditions.h"
#include "bench/core/samples.h"
#include "bench/engine/contender.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct arena;
struct record;

/* Whether a contender fired A's events; A itself is what they are held to. */
enum engine_sum { SUM_UNKNOWN, SUM_REFERENCE, SUM_SAME, SUM_OTHER };

struct engine_config {
	const struct contender *contenders; /* [0] is A */
	uint32_t contenders_count;
	const struct engine_case *cases;
	uint32_t cases_count;
	uint32_t rounds; /* 1 .. SAMPLES_MAX */
	struct clock clock;
	/* Told after each run how many are done; may be NULL. */
	void (*progress)(void *state, uint64_t done);
	void *progress_state;
};

/* One contender on one case. */
struct engine_row {
	struct samples ns; /* one a round; none if skipped */
	bool skipped;
	char reason[OUTCOME_TEXT_BYTES];
	double bytes;    /* < 0 unknown */
	double stayed_s; /* < 0 unknown */
	enum engine_sum sum;
};

struct engine_report {
	struct engine_config config; /* borrowed arrays */
	struct engine_row *row;      /* [case * contenders_count + contender] */
	struct conditions conditions;
};

/* The cases and contenders of `nodewise bench engine`. */
extern const struct contender engine_contenders[];
extern const uint32_t engine_contenders_count;
extern const struct engine_case engine_cases_full[];
extern const uint32_t engine_cases_full_count;
extern const struct engine_case engine_cases_quick[];
extern const uint32_t engine_cases_quick_count;

/* Runs all. The report lies in the arena. */
struct engine_report *engine_run(struct arena *arena,
				 const struct engine_config *config);

const struct engine_row *engine_row_of(const struct engine_report *report,
				       uint32_t case_index,
				       uint32_t contender_index);

/* Median over the rounds of ns / A's ns. A must not have been skipped. */
double engine_ratio(const struct engine_report *report, uint32_t case_index,
		    uint32_t contender_index);

/* Some contender fired other events than A. */
bool engine_differs(const struct engine_report *report);

/* engine_print.c: for people, for programs, for a results folder. */
void engine_print(struct arena *arena, const struct engine_report *report,
		  FILE *out, bool colours);
json_t *engine_json(const struct engine_report *report);
void engine_record(const struct engine_report *report, struct record *record);

#endif
