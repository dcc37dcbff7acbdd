#include "base/rng.h"

__extension__ typedef unsigned __int128 uint128;

static const uint64_t GOLDEN = UINT64_C(0x9e3779b97f4a7c15);

uint64_t rng_mix(uint64_t word)
{
	word = (word ^ word >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	word = (word ^ word >> 27) * UINT64_C(0x94d049bb133111eb);
	return word ^ word >> 31;
}

void rng_init(struct rng *rng, uint64_t seed, uint64_t purpose,
	      uint64_t entity)
{
	uint64_t h = rng_mix(seed + GOLDEN);

	h = rng_mix(h ^ rng_mix(purpose + 2 * GOLDEN));
	h = rng_mix(h ^ rng_mix(entity + 3 * GOLDEN));
	for (uint64_t k = 0; k < 4; k++)
		rng->state[k] = rng_mix(h + (k + 1) * GOLDEN);
	assert(rng->state[0] | rng->state[1]); /* R1 */
}

/*
 * The high half of word * bound is uniform once the few words whose low half
 * falls below 2^64 mod bound are drawn again.
 */
uint64_t rng_below(struct rng *rng, uint64_t bound)
{
	assert(bound >= 1);
	uint128 product = (uint128)rng_u64(rng) * bound;

	if ((uint64_t)product < bound) {
		uint64_t reject_below = -bound % bound;

		while ((uint64_t)product < reject_below)
			product = (uint128)rng_u64(rng) * bound;
	}
	return (uint64_t)(product >> 64);
}
