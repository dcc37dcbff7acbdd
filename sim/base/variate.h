/*
 * variate.h - standard random variables: exponential, normal, gamma, Poisson.
 *
 * SOURCE  exponential and normal: ziggurat.h, the normal's tail as in the same
 *         paper (from Marsaglia 1964); gamma: Marsaglia and Tsang (ACM TOMS
 *         26:3, 2000); Poisson: products of uniforms below a mean of 10,
 *         transformed rejection (Hoermann, Insurance: Math. and Econ. 12,
 *         1993) above. Written from the papers.
 *
 * RULE    Each draw takes as many words of the stream as it needs, so the
 *         numbers of one stream depend on all the draws before them: give each
 *         purpose its own stream (rng.h).
 *
 * COST    exponential 2 ns, normal 5 ns, gamma 35 ns, Poisson 45 ns.
 *
 * TESTS   sim/test/check_dist.c
 */
#ifndef BASE_VARIATE_H
#define BASE_VARIATE_H

#include "base/rng.h"
#include "base/ziggurat.h"

#include <stdint.h>

/* The draws that the fast path below does not settle; not for others. */
double variate_exponential_slow(struct rng *rng, uint64_t word);
double variate_normal_slow(struct rng *rng, uint64_t word);

/* Mean 1. */
static inline double variate_exponential(struct rng *rng)
{
	const struct ziggurat *z = &ziggurat_exponential;
	uint64_t word = rng_u64(rng);
	uint64_t point = word >> 11;
	uint32_t layer = word & (ZIGGURAT_LAYERS - 1);

	if (__builtin_expect(point < z->inside[layer], 1))
		return (double)point * z->width[layer];
	return variate_exponential_slow(rng, word);
}

/* Mean 0, standard deviation 1. Bit 8 of the word is the sign. */
static inline double variate_normal(struct rng *rng)
{
	const struct ziggurat *z = &ziggurat_normal;
	uint64_t word = rng_u64(rng);
	uint64_t point = word >> 11;
	uint32_t layer = word & (ZIGGURAT_LAYERS - 1);

	if (__builtin_expect(point < z->inside[layer], 1)) {
		double x = (double)point * z->width[layer];

		return word & ZIGGURAT_LAYERS ? -x : x;
	}
	return variate_normal_slow(rng, word);
}

/* Mean and variance are shape, > 0. */
double variate_gamma(struct rng *rng, double shape);

enum { VARIATE_POISSON_MEAN_MAX = 1000000000 };

/* A count of that mean, 0 .. VARIATE_POISSON_MEAN_MAX. */
uint64_t variate_poisson(struct rng *rng, double mean);

#endif
