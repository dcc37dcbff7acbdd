/*
 * options.h - the options every bench has: --rounds, --quick, --json, --out;
 * and a bench's progress line.
 *
 * RULE    A bench names bench_options_argp as a child of its own parser and
 *         hands it a struct bench_options through child_inputs.
 *
 * TESTS   bench/test/check_bench_engine.c
 */
#ifndef BENCH_CORE_OPTIONS_H
#define BENCH_CORE_OPTIONS_H

#include "base/progress.h"
#include "bench/core/clock.h"

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

enum { BENCH_ROUNDS_FULL = 7, BENCH_ROUNDS_QUICK = 3 };

struct bench_options {
	uint32_t rounds;  /* 0: not given */
	bool quick;
	bool json;
	const char *out;  /* NULL: none */
};

extern const struct argp bench_options_argp;

/* A whole number of low to high behind an option; else argp_error() ends the
 * program with 2. */
uint64_t bench_option_number(struct argp_state *state, const char *option,
			     const char *argument, uint64_t low, uint64_t high);

uint32_t bench_options_rounds(const struct bench_options *options);

/* Silent unless stderr is a terminal. clock must outlive progress. */
void bench_progress_init(struct progress *progress, struct clock *clock,
			 const char *title, const char *unit, uint64_t total);

/* For a bench's callback: state is the struct progress. */
void bench_progress_tell(void *state, uint64_t done);

#endif
