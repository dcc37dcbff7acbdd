#include "base/student.h"

#include "base/fmath.h"
#include "base/moments.h"

#include <assert.h>
#include <math.h>

enum { FRACTION_STEPS_MAX = 10000, NORMAL_STEPS = 200 };

#define DF_NORMAL 1e6       /* from here on t is taken for normal */
#define NORMAL_SERIES_MAX 3 /* the series below, the fraction above */
#define FRACTION_END 1e-15
#define FRACTION_TINY 1e-300 /* in place of 0, which would be divided by */
#define INVERSE_SQRT_TWO_PI 0x1.9884533d43651p-2
#define HALF_LOG_PI 0x1.250d048e7a1bdp-1

/*
 * P(X > x) for x >= 0. Below 3: 1/2 - phi(x) (x + x^3/3 + x^5/(3 5) + ...);
 * above: phi(x) / (x + 1/(x + 2/(x + 3/(x + ...)))), from the inside out.
 */
static double normal_tail(double x)
{
	double phi = INVERSE_SQRT_TWO_PI * fmath_exp(-0.5 * x * x);

	if (x < NORMAL_SERIES_MAX) {
		double term = x, sum = x;

		for (int n = 3; term > FRACTION_END * sum; n += 2) {
			term *= x * x / n;
			sum += term;
		}
		return 0.5 - phi * sum;
	}
	double below = x;

	for (int n = NORMAL_STEPS; n >= 1; n--)
		below = x + n / below;
	return phi / below;
}

double normal_cdf(double x)
{
	return x < 0 ? normal_tail(-x) : 1 - normal_tail(x);
}

static double not_zero(double x)
{
	return fabs(x) < FRACTION_TINY ? FRACTION_TINY : x;
}

/*
 * The continued fraction of the incomplete beta function (Abramowitz and
 * Stegun 26.5.8), by Lentz's method: the value is a product of c d, where c and
 * 1/d are the ratios of successive numerators and denominators.
 */
static double beta_fraction(double a, double b, double x)
{
	double c = 1, d = 1 / not_zero(1 - (a + b) * x / (a + 1));
	double value = d;

	for (int m = 1; m <= FRACTION_STEPS_MAX; m++) {
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x /
			     ((a + 2 * m) * (a + 2 * m + 1));

		d = 1 / not_zero(1 + even * d);
		c = not_zero(1 + even / c);
		value *= c * d;
		d = 1 / not_zero(1 + odd * d);
		c = not_zero(1 + odd / c);
		value *= c * d;
		if (fabs(c * d - 1) < FRACTION_END)
			break;
	}
	return value;
}

/*
 * log gamma(a + 1/2) - log gamma(a): from 20 on by its asymptotic series, as
 * the difference of two large numbers would lose the digits.
 */
static double log_gamma_step(double a)
{
	if (a < 20)
		return fmath_lgamma(a + 0.5) - fmath_lgamma(a);
	double z = 1 / (a * a);

	return 0.5 * fmath_log(a) -
	       (1.0 / 8 - z * (1.0 / 192 - z * (1.0 / 640 - z * 17 / 14336))) /
		       a;
}

/* P(T > t) for t >= 0: half of I_x(df / 2, 1 / 2) with x = df / (df + t^2). */
static double student_tail(double t, double df)
{
	if (df >= DF_NORMAL)
		return normal_tail(t);
	double a = df / 2, b = 0.5;
	double x = df / (df + t * t);
	double rest = t * t / (df + t * t); /* 1 - x */

	if (t == 0)
		return 0.5;
	/* x^a (1 - x)^b / B(a, b), with B's gamma(1/2) = sqrt(pi) */
	double front = fmath_exp(a * fmath_log(x) + b * fmath_log(rest) +
				 log_gamma_step(a) - HALF_LOG_PI);

	if (x < (a + 1) / (a + b + 2))
		return front * beta_fraction(a, b, x) / a / 2;
	return (1 - front * beta_fraction(b, a, rest) / b) / 2;
}

double student_t_cdf(double t, double df)
{
	assert(df > 0);
	return t < 0 ? student_tail(-t, df) : 1 - student_tail(t, df);
}

/* The t > 0 with P(T > t) = tail < 1/2. */
static double upper_quantile(double tail, double df)
{
	double low = 0, high = 1;

	while (student_tail(high, df) > tail && high < 1e300) {
		low = high;
		high *= 2;
	}
	for (;;) {
		double middle = low + (high - low) / 2;

		if (middle <= low || middle >= high)
			return middle;
		if (student_tail(middle, df) > tail)
			low = middle;
		else
			high = middle;
	}
}

double student_t_quantile(double p, double df)
{
	assert(p > 0 && p < 1);
	assert(df > 0);
	if (p == 0.5)
		return 0;
	return p < 0.5 ? -upper_quantile(p, df) : upper_quantile(1 - p, df);
}

double normal_quantile(double p)
{
	return student_t_quantile(p, DF_NORMAL);
}

struct interval interval_of(const struct moments *m, double confidence)
{
	struct interval interval = {m->mean, INFINITY, m->count};

	assert(confidence > 0 && confidence < 1);
	if (m->count < 2)
		return interval;
	double t = student_t_quantile((1 + confidence) / 2,
				      (double)(m->count - 1));

	interval.half = t * sqrt(moments_variance(m) / (double)m->count);
	return interval;
}

struct interval interval_of_values(const double *x, size_t count,
				   double confidence)
{
	struct moments m = {0};

	for (size_t i = 0; i < count; i++)
		moments_add(&m, x[i]);
	return interval_of(&m, confidence);
}
