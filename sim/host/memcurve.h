/*
 * memcurve.h - a loaded-latency curve, and the three questions put to it.
 *
 * RULE    excess(u) = factor(u) - 1 between the points of a memsys_curve; level
 *         from the last point to u = 1; above 1 it rises by MEMSYS_OVERLOAD per
 *         unit. So it is continuous, never falls, and has no upper end.
 *
 *           excess |              / overload
 *                  |          ___/
 *                  |      .--'   |
 *                  |_.---'       |
 *                  +-------------+---- u
 *                  0             1
 *
 *         Published excesses are level * step, level = 0 .. level_max; excess
 *         above excess(1) has level_max.
 *
 * INVARIANTS  checked on creation by memsys_config_check().
 *
 * TESTS   sim/test/check_memsys.c
 */
#ifndef HOST_MEMCURVE_H
#define HOST_MEMCURVE_H

#include "host/memsys.h"

enum { MEMCURVE_POINTS_MAX = MEMSYS_POINTS_MAX + 2 };

/* Open; memcurve_init() sets it, then it is constant. */
struct memcurve {
	uint32_t nr_points; /* the last is at u = 1 */
	double u[MEMCURVE_POINTS_MAX];
	double excess[MEMCURVE_POINTS_MAX];
	double slope[MEMCURVE_POINTS_MAX]; /* from a point to the next */
	double ease[MEMCURVE_POINTS_MAX];  /* 1 / slope; 0 where level */
	double step;         /* 0: no levels */
	double per_step;     /* 1 / step */
	uint32_t level_max;
	double slope_max;    /* the overload's too */
	double *level_slope; /* [level]: steepest in the level's range */
	double *level_ease;  /* [level]: 1 / sqrt(level_slope); 1e150 for 0 */
};

/* curve NULL or without points: level. step >= 0. */
void memcurve_init(struct memcurve *c, struct arena *arena,
		   const struct memsys_curve *curve, double step);

/* The u with a * u + b * excess(u) = sum, and its excess; a > 0, b >= 0. */
double memcurve_meet(const struct memcurve *c, double a, double b, double sum,
		     double *excess);

/*
 * All u with this excess: low .. high, which differ where the curve is level.
 * Returns the point from which the curve goes on.
 */
uint32_t memcurve_range(const struct memcurve *c, double excess, double *low,
		      double *high);

/* The level an excess is rounded to, and how far it is from another's range. */
uint32_t memcurve_level(const struct memcurve *c, double excess,
			double *margin);

#endif
