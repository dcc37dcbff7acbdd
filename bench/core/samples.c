#include "bench/core/samples.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>

void samples_add(struct samples *samples, double value)
{
	require(samples->count < SAMPLES_MAX);
	require(value == value);
	samples->value[samples->count++] = value;
}

double samples_min(const struct samples *samples)
{
	require(samples->count > 0);
	double min = samples->value[0];

	for (uint32_t i = 1; i < samples->count; i++)
		if (samples->value[i] < min)
			min = samples->value[i];
	return min;
}

double samples_max(const struct samples *samples)
{
	require(samples->count > 0);
	double max = samples->value[0];

	for (uint32_t i = 1; i < samples->count; i++)
		if (samples->value[i] > max)
			max = samples->value[i];
	return max;
}

static int value_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double samples_median(const struct samples *samples)
{
	double sorted[SAMPLES_MAX];
	uint32_t count = samples->count;

	require(count > 0);
	memcpy(sorted, samples->value, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), value_compare);
	if (count % 2)
		return sorted[count / 2];
	return (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

void samples_ratio(struct samples *ratio, const struct samples *a,
		   const struct samples *b)
{
	require(a->count == b->count);
	ratio->count = 0;
	for (uint32_t i = 0; i < a->count; i++) {
		require(b->value[i] != 0);
		samples_add(ratio, a->value[i] / b->value[i]);
	}
}
