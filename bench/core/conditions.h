/*
 * conditions.h - what a measurement was taken under: the machine before and
 * after, the build, the clock; said the same way by every bench.
 *
 * RULE    Begin before the first round, end after the last. A report prints
 *         them above its table, has them in its JSON and in run.json: a figure
 *         without them is no figure.
 *
 * TESTS   bench/test/check_bench_engine.c
 */
#ifndef BENCH_CORE_CONDITIONS_H
#define BENCH_CORE_CONDITIONS_H

#include "bench/core/clock.h"
#include "bench/core/machine.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

struct err;
struct record;

struct conditions {
	struct machine before, after;
	double clock_cost_ns; /* of one reading of the thread clock */
	uint32_t rounds;
};

void conditions_begin(struct conditions *c, const struct clock *clock,
		      uint32_t rounds);
void conditions_end(struct conditions *c);

/* Four lines and an empty one. */
void conditions_print(const struct conditions *c, FILE *out);

/* cpu, kernel, state, load before and after. */
json_t *conditions_host_json(const struct conditions *c);

/* Adds host, compiler, flags, rounds and clock_cost_ns to a report. */
void conditions_add_json(const struct conditions *c, json_t *report);

/*
 * Writes run.json and commits the record, which is gone then. seed: of the
 * random numbers drawn. 0, or -1 with err set.
 */
int conditions_commit(const struct conditions *c, struct record *record,
		      uint64_t seed, int argc, char **argv, struct err *err);

/* The compiler and its flags, as the build gave them. */
const char *conditions_compiler(void);
const char *conditions_flags(void);

/* 1000000 -> "1,000,000" */
const char *thousands(char text[32], uint64_t number);

#endif
