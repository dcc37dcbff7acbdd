/*
 * samples.h - the values of one metric, a round each.
 *
 * RULE    Contenders run in turn, A B C A B C ..., so value i of each was taken
 *         under the same weather. Hence two contenders are compared round by
 *         round, and the median of those ratios is the ratio quoted: slow
 *         drift of the machine cancels. Of a metric itself we quote minimum,
 *         median and maximum: all of it, no mean.
 *
 * UNITS   the caller's.
 *
 * TESTS   bench/test/check_bench_engine.c
 */
#ifndef BENCH_CORE_SAMPLES_H
#define BENCH_CORE_SAMPLES_H

#include <stdint.h>

enum { SAMPLES_MAX = 1000 };

/* Open: plain values in the order in which they were taken. */
struct samples {
	uint32_t count;
	double value[SAMPLES_MAX];
};

/* Aborts when full. NaN is not allowed. */
void samples_add(struct samples *samples, double value);

/* Of at least one value. The median of an even number is the middle two's
 * mean. */
double samples_min(const struct samples *samples);
double samples_median(const struct samples *samples);
double samples_max(const struct samples *samples);

/* ratio[i] = a[i] / b[i]. Both have the same count; no b is 0. */
void samples_ratio(struct samples *ratio, const struct samples *a,
		   const struct samples *b);

#endif
