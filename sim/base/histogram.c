#include "base/histogram.h"

#include "base/arena.h"
#include "base/err.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum {
	KEY_SHIFT = 52 - HISTOGRAM_SUB_BITS, /* drops the bits not looked at */
	KEY_MIN = (1023 + HISTOGRAM_EXPONENT_MIN) << HISTOGRAM_SUB_BITS,
};

#define VALUE_MIN 0x1p-32
#define VALUE_END 0x1p64
#define RANK_TOLERANCE 1e-9 /* so that rank 7 of 100 is 0.07, rounded or not */

static uint32_t index_of(double value)
{
	uint64_t bits;

	assert(value >= VALUE_MIN && value < VALUE_END);
	memcpy(&bits, &value, sizeof(bits));
	return (uint32_t)(bits >> KEY_SHIFT) - KEY_MIN;
}

double histogram_low(uint32_t index)
{
	uint64_t bits = ((uint64_t)index + KEY_MIN) << KEY_SHIFT;
	double value;

	assert(index <= HISTOGRAM_BUCKET_COUNT);
	memcpy(&value, &bits, sizeof(value));
	return value;
}

double histogram_high(uint32_t index)
{
	return histogram_low(index + 1);
}

struct histogram *histogram_create(struct arena *arena)
{
	return arena_alloc(arena, sizeof(struct histogram));
}

void histogram_reset(struct histogram *h)
{
	memset(h, 0, sizeof(*h));
}

void histogram_add(struct histogram *h, double value, uint64_t times)
{
	assert(value >= 0 && value < VALUE_END); /* and no NaN */
	if (times == 0)
		return;
	if (h->count == 0 || value < h->min)
		h->min = value;
	if (h->count == 0 || value > h->max)
		h->max = value;
	h->count += times;
	h->sum += value * (double)times;
	if (value < VALUE_MIN)
		h->zero_count += times;
	else
		h->bucket[index_of(value)] += times;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
	if (from->count == 0)
		return;
	if (into->count == 0 || from->min < into->min)
		into->min = from->min;
	if (into->count == 0 || from->max > into->max)
		into->max = from->max;
	into->count += from->count;
	into->zero_count += from->zero_count;
	into->sum += from->sum;
	for (uint32_t i = 0; i < HISTOGRAM_BUCKET_COUNT; i++)
		into->bucket[i] += from->bucket[i];
}

static double inside(const struct histogram *h, double value)
{
	if (value < h->min)
		return h->min;
	return value > h->max ? h->max : value;
}

double histogram_quantile(const struct histogram *h, double p)
{
	assert(p >= 0 && p <= 1);
	if (h->count == 0)
		return NAN;
	double exact = p * (double)h->count - RANK_TOLERANCE;
	uint64_t rank = exact > 0 ? (uint64_t)exact + 1 : 0;

	if (rank == 0)
		return h->min;
	if (rank >= h->count)
		return h->max;
	if (rank <= h->zero_count)
		return inside(h, 0);
	uint64_t below = h->zero_count;

	for (uint32_t i = 0; i < HISTOGRAM_BUCKET_COUNT; i++) {
		below += h->bucket[i];
		if (below < rank)
			continue;
		return inside(h, (histogram_low(i) + histogram_high(i)) / 2);
	}
	panic(__FILE__, __LINE__, "histogram lost values"); /* G1 */
}

double histogram_mean(const struct histogram *h)
{
	return h->count ? h->sum / (double)h->count : NAN;
}

double histogram_share_below(const struct histogram *h, double x)
{
	uint64_t below = x < 0 ? 0 : h->zero_count;

	if (h->count == 0)
		return NAN;
	if (x >= VALUE_END)
		return 1;
	if (x >= VALUE_MIN)
		for (uint32_t i = 0; i <= index_of(x); i++)
			below += h->bucket[i];
	return (double)below / (double)h->count;
}

uint32_t histogram_next(const struct histogram *h, uint32_t index)
{
	while (index < HISTOGRAM_BUCKET_COUNT && !h->bucket[index])
		index++;
	return index;
}

void histogram_check(const struct histogram *h)
{
	uint64_t sum = h->zero_count;
	uint32_t first = HISTOGRAM_BUCKET_COUNT, last = HISTOGRAM_BUCKET_COUNT;

	for (uint32_t i = 0; i < HISTOGRAM_BUCKET_COUNT; i++) {
		sum += h->bucket[i];
		if (!h->bucket[i])
			continue;
		if (first == HISTOGRAM_BUCKET_COUNT)
			first = i;
		last = i;
	}
	require(sum == h->count); /* G1 */
	if (h->count == 0)
		return;
	require((h->min < VALUE_MIN) == (h->zero_count > 0)); /* G2 */
	require((h->max < VALUE_MIN) == (last == HISTOGRAM_BUCKET_COUNT));
	if (h->min >= VALUE_MIN)
		require(index_of(h->min) == first); /* G2 */
	if (h->max >= VALUE_MIN)
		require(index_of(h->max) == last); /* G2 */
}
