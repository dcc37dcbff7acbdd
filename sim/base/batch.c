#include "base/batch.h"

#include "base/err.h"
#include "base/moments.h"

#include <assert.h>
#include <math.h>

void batch_init(struct batch *b, uint64_t warmup_count)
{
	*b = (struct batch){.skip_count = warmup_count, .size_values = 1};
}

/* Puts neighbours together: half as many batches, twice as long. */
static void pair_up(struct batch *b)
{
	for (uint32_t i = 0; i < BATCH_COUNT_MAX / 2; i++)
		b->sum[i] = b->sum[2 * i] + b->sum[2 * i + 1];
	b->full_count = BATCH_COUNT_MAX / 2;
	b->size_values *= 2;
}

void batch_add(struct batch *b, double value)
{
	assert(b->size_values >= 1);
	assert(isfinite(value));
	if (b->skip_count) {
		b->skip_count--;
		return;
	}
	b->open_sum += value;
	if (++b->open_count < b->size_values)
		return;
	b->sum[b->full_count++] = b->open_sum;
	b->open_sum = 0;
	b->open_count = 0;
	if (b->full_count == BATCH_COUNT_MAX)
		pair_up(b);
}

struct interval batch_interval(const struct batch *b, double confidence)
{
	struct moments m = {0};

	for (uint32_t i = 0; i < b->full_count; i++)
		moments_add(&m, b->sum[i] / (double)b->size_values);
	return interval_of(&m, confidence);
}

double batch_correlation(const struct batch *b)
{
	double mean = 0, square = 0, product = 0;

	if (b->full_count < 3)
		return 0;
	for (uint32_t i = 0; i < b->full_count; i++)
		mean += b->sum[i] / b->full_count;
	for (uint32_t i = 0; i < b->full_count; i++) {
		double off = b->sum[i] - mean;

		square += off * off;
		if (i > 0)
			product += off * (b->sum[i - 1] - mean);
	}
	return square > 0 ? product / square : 0;
}

void batch_check(const struct batch *b)
{
	require(b->size_values >= 1);
	require((b->size_values & (b->size_values - 1)) == 0); /* B1 */
	require(b->full_count < BATCH_COUNT_MAX);              /* B1 */
	require(b->size_values == 1 ||
		b->full_count >= BATCH_COUNT_MAX / 2); /* B1 */
	require(b->open_count < b->size_values);       /* B2 */
	require(b->skip_count == 0 || b->full_count == 0);
}
