/*
 * moments.h - count, mean, variance, skewness, kurtosis, minimum and maximum
 * of numbers as they come, and of two sets put together.
 *
 * SOURCE  Welford (Technometrics 4:3, 1962) for one more value; Chan, Golub,
 *         LeVeque (1979) and Pebay (SAND2008-6212) for merging.
 *
 * MODEL   m2, m3, m4 are the sums of the 2nd to 4th power of the distance to
 *         the mean. All zero is the empty set, so a zeroed struct needs no
 *         init.
 *
 * INVARIANTS, asserted by moments_check():
 *   M1  count = 0: all fields are 0.
 *   M2  count > 0: min <= mean <= max (to rounding), m2 >= 0, m4 >= 0;
 *       count = 1: m2 = 0.
 *
 * COST    about 5 ns a value (one division).
 *
 * TESTS   sim/test/check_stats.c, against two passes over an array.
 */
#ifndef BASE_MOMENTS_H
#define BASE_MOMENTS_H

#include <stddef.h>
#include <stdint.h>

struct moments {
	uint64_t count;
	double mean;
	double m2, m3, m4;
	double min, max;
};

void moments_init(struct moments *m);
void moments_add(struct moments *m, double value); /* finite */

/* into becomes the moments of both sets; from may be into's equal. The result
 * depends, in the last bits, on the order of merging: keep it fixed. */
void moments_merge(struct moments *into, const struct moments *from);

/* 0 for fewer than two values. Sample variance: divided by count - 1. */
double moments_variance(const struct moments *m);
double moments_sd(const struct moments *m);

/* Of the set itself (not corrected for bias); 0 where all values are equal.
 * Kurtosis is the excess: 0 for a normal distribution. */
double moments_skewness(const struct moments *m);
double moments_kurtosis(const struct moments *m);

/*
 * Jain's fairness index (sum x)^2 / (n sum x^2): 1 = all alike, 1/n = one has
 * all. 1 for the empty set and for all zeros. Values must be >= 0.
 */
double moments_jain(const struct moments *m);
double jain_index(const double *x, size_t count);

void moments_check(const struct moments *m);

#endif
