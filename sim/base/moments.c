#include "base/moments.h"

#include "base/err.h"

#include <assert.h>
#include <math.h>

#define MEAN_TOLERANCE 1e-9 /* of the largest value, for rounding (M2) */

void moments_init(struct moments *m)
{
	*m = (struct moments){0};
}

void moments_add(struct moments *m, double value)
{
	assert(isfinite(value));
	double old_n = (double)m->count;
	double n = old_n + 1;
	double delta = value - m->mean;
	double step = delta / n;
	double square = delta * step * old_n;

	if (m->count == 0 || value < m->min)
		m->min = value;
	if (m->count == 0 || value > m->max)
		m->max = value;
	m->count++;
	m->mean += step;
	m->m4 += square * step * step * (n * n - 3 * n + 3) +
		 6 * step * step * m->m2 - 4 * step * m->m3;
	m->m3 += square * step * (n - 2) - 3 * step * m->m2;
	m->m2 += square;
}

void moments_merge(struct moments *into, const struct moments *from)
{
	struct moments a = *into, b = *from;

	if (b.count == 0)
		return;
	if (a.count == 0) {
		*into = b;
		return;
	}

	double na = (double)a.count, nb = (double)b.count, n = na + nb;
	double delta = b.mean - a.mean;
	double step = delta / n;
	double square = delta * step * na * nb;

	into->count = a.count + b.count;
	into->mean = a.mean + step * nb;
	into->m2 = a.m2 + b.m2 + square;
	into->m3 = a.m3 + b.m3 + square * step * (na - nb) +
		   3 * step * (na * b.m2 - nb * a.m2);
	into->m4 = a.m4 + b.m4 +
		   square * step * step * (na * na - na * nb + nb * nb) +
		   6 * step * step * (na * na * b.m2 + nb * nb * a.m2) +
		   4 * step * (na * b.m3 - nb * a.m3);
	into->min = a.min < b.min ? a.min : b.min;
	into->max = a.max > b.max ? a.max : b.max;
}

double moments_variance(const struct moments *m)
{
	return m->count < 2 ? 0 : m->m2 / (double)(m->count - 1);
}

double moments_sd(const struct moments *m)
{
	return sqrt(moments_variance(m));
}

double moments_skewness(const struct moments *m)
{
	if (!(m->m2 > 0))
		return 0;
	return sqrt((double)m->count) * m->m3 / (m->m2 * sqrt(m->m2));
}

double moments_kurtosis(const struct moments *m)
{
	if (!(m->m2 > 0))
		return 0;
	return (double)m->count * m->m4 / (m->m2 * m->m2) - 3;
}

double moments_jain(const struct moments *m)
{
	if (m->count == 0 || !(m->max > 0))
		return 1;
	assert(m->min >= 0);
	double mean2 = m->mean * m->mean;

	return mean2 / (mean2 + m->m2 / (double)m->count);
}

double jain_index(const double *x, size_t count)
{
	struct moments m = {0};

	for (size_t i = 0; i < count; i++)
		moments_add(&m, x[i]);
	return moments_jain(&m);
}

void moments_check(const struct moments *m)
{
	if (m->count == 0) {
		require(m->mean == 0 && m->m2 == 0 && m->m3 == 0 &&
			m->m4 == 0 && m->min == 0 && m->max == 0); /* M1 */
		return;
	}
	double size = fmax(fabs(m->min), fabs(m->max)) * MEAN_TOLERANCE;

	require(m->min <= m->max);                                     /* M2 */
	require(m->min - size <= m->mean && m->mean <= m->max + size); /* M2 */
	require(m->m2 >= 0 && m->m4 >= 0);                             /* M2 */
	require(m->count > 1 || m->m2 == 0);                           /* M2 */
}
