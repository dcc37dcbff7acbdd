/*
 * histogram.h - how many values fell where: quantiles of any number of values
 * in fixed memory, with a stated error.
 *
 * MODEL   An octave [2^e, 2^(e+1)) is cut into 64 buckets of equal width. A
 *         value's bucket is read off the bits of the double, its exponent and
 *         the first six bits behind the point, so no rounding takes part:
 *
 *           bits of the double   0 eeeeeeeeeee ffffff ffffff...
 *                                  exponent    which of the 64
 *
 *         A quantile is the middle of its bucket, never outside [min, max].
 *         Values run from 2^-32 to 2^64: ns from 1 to 584 years, ratios from
 *         2e-10. Zero and what lies below 2^-32 is counted as zero.
 *
 * ERROR   A quantile differs from the exact one (the value of rank
 *         ceil(p count) among the sorted values) by at most 1/128 of it:
 *         0.8 %. Count, minimum, maximum and sum are not rounded to buckets.
 *
 * INVARIANTS, asserted by histogram_check():
 *   G1  count = zero_count + the sum of the buckets.
 *   G2  The lowest and highest bucket in use are those of min and max.
 *
 * COST    48 KiB and about 2 ns a value. Merging adds 6,144 counters.
 *
 * TESTS   sim/test/check_stats.c, against a sorted array.
 */
#ifndef BASE_HISTOGRAM_H
#define BASE_HISTOGRAM_H

#include <stdint.h>

struct arena;

enum {
	HISTOGRAM_SUB_BITS = 6,
	HISTOGRAM_EXPONENT_MIN = -32, /* 2^-32 is the lowest value told apart */
	HISTOGRAM_EXPONENT_MAX = 64,  /* values are below 2^64 */
	HISTOGRAM_BUCKET_COUNT =
		(HISTOGRAM_EXPONENT_MAX - HISTOGRAM_EXPONENT_MIN)
		<< HISTOGRAM_SUB_BITS,
};

/* Half a bucket's width over its lower end: no quantile is further off. */
#define HISTOGRAM_ERROR (1.0 / 128)

struct histogram {
	uint64_t count;
	uint64_t zero_count; /* values below 2^-32 */
	double sum, min, max; /* 0 while count is 0 */
	uint64_t bucket[HISTOGRAM_BUCKET_COUNT];
};

/* An empty one. All zero is empty, too. */
struct histogram *histogram_create(struct arena *arena);
void histogram_reset(struct histogram *h);

/* value is in [0, 2^64), times >= 0 is how often it came. */
void histogram_add(struct histogram *h, double value, uint64_t times);
void histogram_merge(struct histogram *into, const struct histogram *from);

/* 0 <= p <= 1; p = 0 is the minimum, 1 the maximum. NaN of an empty one. */
double histogram_quantile(const struct histogram *h, double p);
double histogram_mean(const struct histogram *h); /* NaN of an empty one */

/* Share of values that are surely or maybe <= x: those of buckets up to and
 * with that of x. NaN of an empty one. */
double histogram_share_below(const struct histogram *h, double x);

/* The next bucket in use at or after index, or HISTOGRAM_BUCKET_COUNT; and a
 * bucket's bounds: low <= value < high. */
uint32_t histogram_next(const struct histogram *h, uint32_t index);
double histogram_low(uint32_t index);
double histogram_high(uint32_t index);

void histogram_check(const struct histogram *h);

#endif
