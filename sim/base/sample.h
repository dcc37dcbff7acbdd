/*
 * sample.h - one number and what it means: the one row format that the model,
 * the benchmarks, real Xen and published tables share.
 *
 * RULE    samples.csv has the header
 *
 *         suite,case,variant,metric,unit,better,class,origin,seed,repeat,value
 *
 *         suite    what was run: a scenario's or a benchmark's name
 *         case     under what circumstances: guests=8, node 0 -> 1
 *         variant  which of the contenders: a heuristic, an engine
 *         metric   what was measured: slowdown, remote_ratio
 *         unit     of the value: ns, pages, ratio; empty for a plain number
 *         better   lower | higher | none: which way is an improvement
 *         class    exact: the same commit and seed give the same value, any
 *                  difference is a change; sampled: a timing, needs statistics
 *         origin   model | hardware | xen | published
 *         seed     of the run's random numbers; 0 where there are none
 *         repeat   0, 1, ...: which repetition of the same thing
 *         value    nan where it cannot be said (the mean of nothing)
 *
 *         The row (suite, case, variant, metric, seed, repeat) names a value;
 *         rows of two results folders are compared where these agree.
 *
 * TESTS   sim/test/check_record.c
 */
#ifndef BASE_SAMPLE_H
#define BASE_SAMPLE_H

#include <stdint.h>
#include <stdio.h>

struct err;

enum sample_better { BETTER_NONE, BETTER_LOWER, BETTER_HIGHER };
enum sample_class { CLASS_EXACT, CLASS_SAMPLED };
enum sample_origin {
	ORIGIN_MODEL,
	ORIGIN_HARDWARE,
	ORIGIN_XEN,
	ORIGIN_PUBLISHED,
};

struct sample {
	const char *suite;      /* not empty */
	const char *case_name;  /* may be empty; column "case" */
	const char *variant;    /* may be empty */
	const char *metric;     /* not empty */
	const char *unit;       /* may be empty */
	enum sample_better better;
	enum sample_class class_;
	enum sample_origin origin;
	uint64_t seed;
	uint64_t repeat;
	double value;
};

/* The words of the enums, as they stand in the file. */
const char *sample_better_name(enum sample_better better);
const char *sample_class_name(enum sample_class class_);
const char *sample_origin_name(enum sample_origin origin);

/* Header and row of samples.csv. NULL strings are a programming error. */
void sample_write_header(FILE *file);
void sample_write(FILE *file, const struct sample *sample);

struct sample_reader; /* opaque */

/*
 * Opens a samples.csv (or DIR/samples.csv if path is a folder) and reads its
 * header. NULL with err naming the file if that fails.
 */
struct sample_reader *sample_open(const char *path, struct err *err);
void sample_close(struct sample_reader *reader); /* NULL is allowed */

/*
 * The next row: 1, and its strings are good until the next call; 0 at the end;
 * -1 with err "results/a/samples.csv:12: value: 'x' is no number; ...".
 */
int sample_next(struct sample_reader *reader, struct sample *sample,
		struct err *err);

#endif
