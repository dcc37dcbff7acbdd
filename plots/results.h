/*
 * results.h - a results folder as figures see it: samples, and who made them.
 *
 * RULE    samples.csv must be there and readable (base/sample.h); run.json and
 *         cases.csv may be absent. Cases, variants and metrics are numbered in
 *         the order in which samples.csv first names them.
 *
 * LEFT OUT  suites are not told apart: a folder holds one. Repeats are further
 *         values beside those of other seeds.
 *
 * TESTS   plots/test/check_plot.c
 */
#ifndef PLOTS_RESULTS_H
#define PLOTS_RESULTS_H

#include "base/sample.h"

#include <stddef.h>
#include <stdint.h>

struct arena;
struct err;

enum { RESULTS_NAMES_MAX = 10000 }; /* cases, variants or metrics */

#define RESULTS_NONE UINT32_MAX /* no such name */

/* Distinct names, numbered as they came. */
struct names {
	const char **name;
	uint32_t count;
	uint32_t room;
};

struct results_value {
	uint32_t case_index;
	uint32_t variant_index;
	uint32_t metric_index;
	uint64_t seed;
	double value; /* may be NaN */
};

struct results {
	const char *dir;
	/* run.json; "" where it says nothing */
	const char *scenario;
	const char *simulated_host;
	const char *version;
	const char *machine; /* "Xeon E5-2650, 32 CPUs": what computed it */
	/* samples.csv */
	const char *suite;   /* of the first row; "" = no rows */
	struct names cases;
	struct names variants;
	struct names metrics;
	const char **metric_unit;          /* [metrics.count] */
	enum sample_better *metric_better; /* [metrics.count] */
	struct results_value *value;
	size_t value_count;
	const char *seeds;   /* "seeds 1 to 10", "seed 7", "5 seeds" */
	/* cases.csv */
	double *load;          /* [cases.count]; NaN = not told */
	const char *load_unit; /* "" = not told */
};

/* All from the arena. NULL and err if the folder is none. */
struct results *results_read(struct arena *arena, const char *dir,
			     struct err *err);

/* The number of a name, or RESULTS_NONE. */
uint32_t names_find(const struct names *names, const char *name);

/* The case with the highest load; the last one if no load is known.
 * RESULTS_NONE if there is no case. */
uint32_t results_highest_case(const struct results *results);

/* "DIR/FILE", from the arena. */
const char *results_path(struct arena *arena, const char *dir,
			 const char *file);

#endif
