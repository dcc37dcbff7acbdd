/* memcurve.c - see memcurve.h. */
#include "host/memcurve.h"

#include <assert.h>

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
	c->slope_max = steepest(c, 0, 1e300);
	c->step = step;
	if (step <= 0)
		return;

	c->level_max = (uint32_t)(c->excess[n - 1] / step + 0.5);
	c->level_slope = arena_array(arena, c->level_max + 1, sizeof(double));
	for (uint32_t k = 0; k <= c->level_max; k++) {
		double to = k == c->level_max ? 1e300 : (k + 0.5) * step;

		c->level_slope[k] = steepest(c, (k - 0.5) * step, to);
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

void memcurve_range(const struct memcurve *c, double excess, double *low,
		    double *high)
{
	uint32_t below = 0, upto = 0;

	/* below: last point of less excess; upto: last of at most this */
	for (uint32_t i = 0; i < c->nr_points; i++) {
		if (c->excess[i] < excess)
			below = i;
		if (c->excess[i] <= excess)
			upto = i;
	}
	*low = 0;
	if (c->excess[below] < excess)
		*low = c->u[below] +
		       (excess - c->excess[below]) / c->slope[below];
	*high = *low;
	if (c->excess[upto] >= excess && c->u[upto] > *low)
		*high = c->u[upto];
}

uint32_t memcurve_level(const struct memcurve *c, double excess)
{
	assert(c->step > 0 && excess >= 0);
	double level = excess / c->step + 0.5;

	return level >= c->level_max ? c->level_max : (uint32_t)level;
}

double memcurve_margin(const struct memcurve *c, uint32_t level, double excess)
{
	double margin = 1e300;

	if (level > 0)
		margin = excess - (level - 0.5) * c->step;
	if (level < c->level_max && (level + 0.5) * c->step - excess < margin)
		margin = (level + 0.5) * c->step - excess;
	return margin > 0 ? margin : 0;
}
