/*
 * dist.h - random variables: what a scenario writes as {exponential: 5ms}.
 *
 * MODEL   kind               parameters            what is drawn
 *
 *         constant           value                 value
 *         uniform            min max               [min, max)
 *         exponential        mean
 *         normal             mean sd               may be negative
 *         lognormal          mean cv               cv = sd / mean
 *         pareto             min shape             P(X > x) = (min/x)^shape
 *         bounded-pareto     min max shape         the same, given X <= max
 *         gamma              mean shape            cv = 1 / sqrt(shape)
 *         erlang             mean stages           gamma, a whole number
 *         weibull            scale shape           -log P(X > x) =
 *                                                  (x/scale)^shape
 *         hyperexponential   mean cv               two phases, cv > 1
 *         poisson            mean                  a count
 *         empirical          values [weights]      one of the values
 *
 *         A kind's parameters carry a unit (time, pages, ...) or are plain
 *         numbers; dist_kinds says which, so that a reader takes "mean: 5ms"
 *         and "shape: 1.5" alike for every kind. The numbers in a struct dist
 *         are in one unit, and samples come in that unit.
 *
 *         The hyperexponential has balanced means: with probability p it is
 *         exponential of rate 2 p / mean, else of rate 2 (1 - p) / mean, where
 *         p = (1 + sqrt((cv^2 - 1) / (cv^2 + 1))) / 2.
 *
 * INVARIANTS, asserted by dist_check():
 *   D1  The parameters are inside their ranges.
 *   D2  derived[] is what dist_make() computes from them.
 *   D3  The cumulated weights of an empirical distribution rise and are > 0.
 *
 * COST    exponential 4 ns, normal 7 ns, the rest 10 to 150 ns (variate.h). A
 *         sample takes as many words of the stream as it needs: give each
 *         purpose its own stream.
 *
 * TESTS   sim/test/check_dist.c: moments, Kolmogorov-Smirnov against the
 *         distribution function, pinned hashes of the first draws.
 */
#ifndef BASE_DIST_H
#define BASE_DIST_H

#include "base/rng.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct err;

enum dist_kind {
	DIST_CONSTANT,
	DIST_UNIFORM,
	DIST_EXPONENTIAL,
	DIST_NORMAL,
	DIST_LOGNORMAL,
	DIST_PARETO,
	DIST_BOUNDED_PARETO,
	DIST_GAMMA,
	DIST_ERLANG,
	DIST_WEIBULL,
	DIST_HYPEREXPONENTIAL,
	DIST_POISSON,
	DIST_EMPIRICAL,
	DIST_KIND_COUNT,
};

enum { DIST_PARAMETER_MAX = 3, DIST_DERIVED_MAX = 3 };

enum dist_range {
	DIST_ANY,         /* finite */
	DIST_NOT_BELOW_0, /* finite, >= 0 */
	DIST_ABOVE_0,     /* finite, > 0 */
	DIST_ABOVE_1,     /* finite, > 1 */
	DIST_WHOLE,       /* 1, 2, ..., 1000000 */
	DIST_COUNT,       /* 0 to 1e9 */
};

/* One parameter of a kind, for readers and for help texts. */
struct dist_parameter {
	const char *name;
	bool has_unit; /* in the sample's unit; else a plain number */
	enum dist_range range;
};

/* One kind; parameter_count is 0 for empirical, which takes a list. */
struct dist_kind_info {
	const char *name;
	uint32_t parameter_count;
	struct dist_parameter parameter[DIST_PARAMETER_MAX];
};

extern const struct dist_kind_info dist_kinds[DIST_KIND_COUNT];

/* In words: "a number > 0". */
const char *dist_range_words(enum dist_range range);

/* A plain value; copy it freely. Made by dist_make*() only. */
struct dist {
	enum dist_kind kind;
	double parameter[DIST_PARAMETER_MAX]; /* set, in dist_kinds' order */
	double derived[DIST_DERIVED_MAX];     /* computed from them */
	const double *values;                 /* empirical: borrowed */
	const double *cumulated;              /* empirical: weights summed up;
						 NULL = all alike */
	uint32_t value_count;
};

/* The kind of that name, or -1 with err naming the nearest. */
int dist_kind_find(const char *name, struct err *err);

/*
 * Makes *dist from parameter[0 .. parameter_count of its kind). Returns 0, or
 * -1 with err "pareto: shape: -1 is out of range; a number > 0" (the caller
 * puts file and line before it). Not for DIST_EMPIRICAL.
 */
int dist_make(struct dist *dist, enum dist_kind kind, const double *parameter,
	      struct err *err);

/*
 * Empirical: value_count >= 1 finite values, with weights >= 0 that are not
 * all zero (NULL = all alike). Both are copied into the arena.
 */
int dist_make_empirical(struct dist *dist, struct arena *arena,
			const double *values, const double *weights,
			uint32_t value_count, struct err *err);

/* For code: aborts if the value is out of range. */
struct dist dist_constant(double value);
struct dist dist_exponential(double mean);

double dist_sample(const struct dist *dist, struct rng *rng);

/* The sample rounded to whole ns (half up), below 0 to 0, and capped at
 * TIME_NEVER_NS / 4, so that it can be added to a time. */
int64_t dist_sample_ns(const struct dist *dist, struct rng *rng);

/* The expectation; +inf for a pareto with shape <= 1. */
double dist_mean(const struct dist *dist);

/* Standard deviation / |mean|; +inf or NaN where there is none. */
double dist_cv(const struct dist *dist);

/* The largest number that no sample is below: -inf for normal. A reader of
 * times refuses a distribution with dist_min() < 0. */
double dist_min(const struct dist *dist);

void dist_check(const struct dist *dist);

#endif
