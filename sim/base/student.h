/*
 * student.h - quantiles of the normal and of Student's t distribution, and
 * the interval around a mean that they give.
 *
 * MODEL   P(T <= t) for df degrees of freedom is 1 - I_x(df/2, 1/2) / 2 with
 *         x = df / (df + t^2) for t >= 0; I is the regularised incomplete
 *         beta function, by its continued fraction (Lentz's method). The
 *         normal distribution function is a series below 3 and a continued
 *         fraction above. Quantiles are found by bisection to the last bit
 *         that matters, so they need no table and no magic polynomial.
 *
 * ERROR   relative 1e-9 for quantiles with df >= 0.5, and p from 1e-9 to 0.45
 *         or as far on the other side.
 *
 * COST    about 20 us a quantile: once a report, not once an event.
 *
 * TESTS   sim/test/check_stats.c, against printed tables and closed forms.
 */
#ifndef BASE_STUDENT_H
#define BASE_STUDENT_H

#include <stddef.h>
#include <stdint.h>

struct moments;

/* A mean and how far the truth may lie from it: mean - half .. mean + half. */
struct interval {
	double mean;
	double half;    /* +inf when there are fewer than two values */
	uint64_t count; /* values behind it */
};

double normal_cdf(double x);
double normal_quantile(double p); /* 0 < p < 1 */

/* df > 0, whole or not; +inf and above 1e6: the normal distribution. */
double student_t_cdf(double t, double df);
double student_t_quantile(double p, double df); /* 0 < p < 1 */

/*
 * The interval that holds the mean with the given confidence (0.95), if the
 * values are independent and about normal: means of seeds, means of batches.
 */
struct interval interval_of(const struct moments *m, double confidence);
struct interval interval_of_values(const double *x, size_t count,
				   double confidence);

#endif
