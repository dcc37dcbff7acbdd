#include "base/variate.h"

#include "base/fmath.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>

/* Below it, products of uniforms are faster and the rejection is not made. */
#define POISSON_REJECTION_MEAN 10.0

/*
 * Is the point in the rectangle of layer, right of x[layer + 1], under the
 * curve, whose height there is f?
 */
static bool under_curve(const struct ziggurat *z, uint32_t layer, double f,
			struct rng *rng)
{
	double low = z->height[layer];

	assert(layer >= 1);
	return low + rng_unit(rng) * (z->height[layer + 1] - low) < f;
}

/* The tail is the whole again, R further on: the exponential has no memory. */
double variate_exponential_slow(struct rng *rng, uint64_t word)
{
	const struct ziggurat *z = &ziggurat_exponential;
	double offset = 0;

	for (;; word = rng_u64(rng)) {
		uint64_t point = word >> 11;
		uint32_t layer = word & (ZIGGURAT_LAYERS - 1);
		double x = (double)point * z->width[layer];

		if (point < z->inside[layer])
			return offset + x;
		if (layer == 0)
			offset += z->tail;
		else if (under_curve(z, layer, fmath_exp(-x), rng))
			return offset + x;
	}
}

/*
 * Beyond R: x = E / R, kept with odds e^(-x^2 / 2), where E and the other side
 * of the comparison are exponential.
 */
static double normal_tail(struct rng *rng)
{
	double tail = ziggurat_normal.tail;

	for (;;) {
		double x = variate_exponential(rng) / tail;

		if (2 * variate_exponential(rng) > x * x)
			return tail + x;
	}
}

double variate_normal_slow(struct rng *rng, uint64_t word)
{
	const struct ziggurat *z = &ziggurat_normal;

	for (;; word = rng_u64(rng)) {
		uint64_t point = word >> 11;
		uint32_t layer = word & (ZIGGURAT_LAYERS - 1);
		double sign = word & ZIGGURAT_LAYERS ? -1 : 1;
		double x = (double)point * z->width[layer];

		if (point < z->inside[layer])
			return sign * x;
		if (layer == 0)
			return sign * normal_tail(rng);
		if (under_curve(z, layer, fmath_exp(-0.5 * x * x), rng))
			return sign * x;
	}
}

/*
 * d v with v = (1 + c N)^3 is nearly gamma; a rejection of at most 5 % makes
 * it exact. Below shape 1: gamma(shape) = gamma(shape + 1) U^(1 / shape).
 */
double variate_gamma(struct rng *rng, double shape)
{
	assert(shape > 0);
	if (shape < 1) {
		double more = variate_gamma(rng, shape + 1);

		return more * fmath_exp(-variate_exponential(rng) / shape);
	}

	double d = shape - 1.0 / 3;
	double c = 1 / sqrt(9 * d);

	for (;;) {
		double x = variate_normal(rng);
		double v = 1 + c * x;

		if (v <= 0)
			continue;
		v = v * v * v;
		double u = rng_unit_open(rng);

		if (fmath_log(u) < 0.5 * x * x + d * (1 - v + fmath_log(v)))
			return d * v;
	}
}

/* How many uniforms can be multiplied before the product is below e^-mean. */
static uint64_t poisson_by_products(struct rng *rng, double mean)
{
	double limit = fmath_exp(-mean);
	double product = rng_unit_open(rng);
	uint64_t count = 0;

	for (; product > limit; count++)
		product *= rng_unit_open(rng);
	return count;
}

/* The constants are the paper's (algorithm PTRS). */
static uint64_t poisson_by_rejection(struct rng *rng, double mean)
{
	double b = 0.931 + 2.53 * sqrt(mean);
	double a = -0.059 + 0.02483 * b;
	double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
	double v_squeeze = 0.9277 - 3.6224 / (b - 2);
	double log_mean = fmath_log(mean);

	for (;;) {
		double u = rng_unit(rng) - 0.5;
		double v = rng_unit_open(rng);
		double us = 0.5 - (u < 0 ? -u : u);

		if (us < 0.013 && v > us)
			continue;
		double at = (2 * a / us + b) * u + mean + 0.43;

		if (at < 0 || at > 0x1p53)
			continue;
		double k = (double)(uint64_t)at;

		if (us >= 0.07 && v <= v_squeeze)
			return (uint64_t)k;
		double hat = a / (us * us) + b;
		double left = fmath_log(v * inverse_alpha / hat);

		if (left <= k * log_mean - mean - fmath_lgamma(k + 1))
			return (uint64_t)k;
	}
}

uint64_t variate_poisson(struct rng *rng, double mean)
{
	assert(mean >= 0 && mean <= VARIATE_POISSON_MEAN_MAX);
	if (mean < POISSON_REJECTION_MEAN)
		return poisson_by_products(rng, mean);
	return poisson_by_rejection(rng, mean);
}
