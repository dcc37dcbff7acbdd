/*
 * rng.h - streams of random numbers, one per (seed, purpose, entity).
 *
 * SOURCE  The generator is xoshiro256++ of Blackman and Vigna (ACM TOMS 47:4,
 *         2021); the seeding hash is the 64-bit finalizer of splitmix64
 *         (Steele, Lea, Flood, OOPSLA 2014); bounded numbers as Lemire (ACM
 *         TOMACS 29:1, 2019). Written from the papers.
 *
 * RULE    A stream is a value; there is no stream of the program. Its start
 *         state is a hash of three numbers:
 *
 *           seed      of the run
 *           purpose   what is drawn (enum rng_purpose)
 *           entity    for whom: a domain, a vCPU, a guest of the scenario
 *
 *         so that a stream depends on nothing else. One more guest, or one
 *         more draw elsewhere, shifts no other stream, and two heuristics that
 *         run with one seed meet the same arrivals and the same lifetimes
 *         (common random numbers).
 *
 *         The hash: h = mix(seed + G); h = mix(h ^ mix(purpose + 2 G));
 *         h = mix(h ^ mix(entity + 3 G)), then the four words of state are
 *         mix(h + k G), k = 1..4, with G = 2^64 / golden ratio. mix() is a
 *         bijection of 64-bit words with mix(0) = 0.
 *
 * INVARIANTS
 *   R1  The state is never all zero (xoshiro would stay there). The four words
 *       are images of four different words, so at most one of them is zero.
 *
 * COST    rng_u64() about 1 ns; period 2^256 - 1. Two streams of one run
 *         share their 64-bit h, and so their numbers, with odds of
 *         n^2 / 2^65: 3e-8 for a million streams.
 *
 * TESTS   sim/test/check_rng.c
 */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <assert.h>
#include <stdint.h>

/*
 * What a stream is for. The numbers are part of every recorded result: append,
 * never renumber.
 */
enum rng_purpose {
	RNG_TEST = 0,     /* tests */
	RNG_BENCH = 1,    /* measurements of the simulator itself */
	RNG_ARRIVAL = 2,  /* gaps between arrivals */
	RNG_GUEST = 3,    /* which guest of a mix arrives */
	RNG_LIFETIME = 4, /* how long a guest stays */
	RNG_WORKLOAD = 5, /* lengths of phases, think times */
	RNG_PLACE = 6,    /* what a heuristic may draw */
	RNG_BALLOON = 7,  /* balloon targets and their times */
	RNG_SCHED = 8,    /* draws inside a scheduler */
	RNG_BUILD = 9,    /* jitter of the toolstack's steps */
	RNG_MEMORY = 10,  /* which of its pages a guest gives back or touches */
};

struct rng {
	uint64_t state[4];
};

/* Any three numbers are allowed. Overwrites *rng. */
void rng_init(struct rng *rng, uint64_t seed, uint64_t purpose,
	      uint64_t entity);

/* The seeding hash's step, for whoever needs a well-mixed 64-bit word. */
uint64_t rng_mix(uint64_t word);

static inline uint64_t rng_rotate(uint64_t x, unsigned int bits)
{
	return x << bits | x >> (64 - bits);
}

/* 64 uniform bits. */
static inline uint64_t rng_u64(struct rng *rng)
{
	uint64_t *s = rng->state;
	uint64_t result = rng_rotate(s[0] + s[3], 23) + s[0];
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rng_rotate(s[3], 45);
	return result;
}

/* Uniform in [0, 1): a multiple of 2^-53. */
static inline double rng_unit(struct rng *rng)
{
	return (double)(rng_u64(rng) >> 11) * 0x1p-53;
}

/* Uniform in (0, 1]: a multiple of 2^-53, for logarithms. */
static inline double rng_unit_open(struct rng *rng)
{
	return (double)((rng_u64(rng) >> 11) + 1) * 0x1p-53;
}

/*
 * Uniform in {0, ..., bound - 1}, without bias; bound >= 1. Draws one word,
 * rarely more (with odds below bound / 2^64).
 */
uint64_t rng_below(struct rng *rng, uint64_t bound);

#endif
