/* memcurve.c - see memcurve.h. */
#include "host/memcurve.h"

#include <assert.h>
#include <math.h>

static double steepest(const struct memcurve *c, double from, double to);

void memcurve_init(struct memcurve *c, struct arena *arena,
		   const struct memsys_curve *curve, double step)
{
	uint32_t n = curve ? curve->nr_points : 0;

	for (uint32_t i = 0; i < n; i++) {
		c->u[i] = curve->utilisation[i];
		c->excess[i] = curve->factor[i] - 1;
	}
	if (n == 0)
		n = 1; /* (0, 0) */
	if (c->u[n - 1] < 1) {
		c->u[n] = 1;
		c->excess[n] = c->excess[n - 1];
		n++;
	}
	c->nr_points = n;
	for (uint32_t i = 0; i + 1 < n; i++)
		c->slope[i] = (c->excess[i + 1] - c->excess[i]) /
			      (c->u[i + 1] - c->u[i]);
	c->slope[n - 1] = MEMSYS_OVERLOAD;
	for (uint32_t i = 0; i < n; i++)
		c->ease[i] = c->slope[i] > 0 ? 1 / c->slope[i] : 0;
	c->slope_max = steepest(c, 0, 1e300);
	c->step = step;
	if (step <= 0)
		return;
	c->per_step = 1 / step;

	c->level_max = (uint32_t)(c->excess[n - 1] * c->per_step + 0.5);
	c->level_slope = arena_array(arena, c->level_max + 1, sizeof(double));
	c->level_ease = arena_array(arena, c->level_max + 1, sizeof(double));
	for (uint32_t k = 0; k <= c->level_max; k++) {
		double to = k == c->level_max ? 1e300 : (k + 0.5) * step;

		c->level_slope[k] = steepest(c, (k - 0.5) * step, to);
		c->level_ease[k] = c->level_slope[k] > 0
					   ? 1 / sqrt(c->level_slope[k])
					   : 1e150;
	}
}

/* The steepest slope where the excess is within from .. to. */
static double steepest(const struct memcurve *c, double from, double to)
{
	double slope = 0;

	for (uint32_t i = 0; i < c->nr_points; i++) {
		double end = i + 1 < c->nr_points ? c->excess[i + 1] : 1e300;

		if (c->excess[i] <= to && end >= from && c->slope[i] > slope)
			slope = c->slope[i];
	}
	return slope;
}

double memcurve_meet(const struct memcurve *c, double a, double b, double sum,
		     double *excess)
{
	uint32_t i = 0;

	assert(a > 0 && b >= 0);
	if (sum < 0)
		sum = 0;
	while (i + 1 < c->nr_points &&
	       a * c->u[i + 1] + b * c->excess[i + 1] <= sum)
		i++;
	double over = sum - (a * c->u[i] + b * c->excess[i]);
	double du = over / (a + b * c->slope[i]);

	*excess = c->excess[i] + c->slope[i] * du;
	return c->u[i] + du;
}

uint32_t memcurve_range(const struct memcurve *c, double excess, double *low,
			double *high)
{
	uint32_t i = 0, first;

	while (i + 1 < c->nr_points && c->excess[i + 1] <= excess)
		i++;
	if (excess > c->excess[i]) {
		*low = c->u[i] + (excess - c->excess[i]) * c->ease[i];
		*high = *low;
		return i;
	}
	for (first = i; first > 0 && c->excess[first - 1] == excess; first--)
		;
	*low = c->u[first];
	*high = c->u[i];
	return i;
}

uint32_t memcurve_level(const struct memcurve *c, double excess, double *margin)
{
	double steps = excess * c->per_step + 0.5;

	assert(c->step > 0 && excess >= 0);
	if (steps >= c->level_max) {
		*margin = c->level_max > 0 ? (steps - c->level_max) * c->step
					   : 1e300;
		return c->level_max;
	}
	uint32_t level = (uint32_t)(int32_t)steps;
	double below = steps - (int32_t)level, above = 1 - below;

	*margin = (level > 0 && below < above ? below : above) * c->step;
	return level;
}
