/*
 * memqueue.h - how long lines wait at each resource: the one equilibrium of
 *              latency and utilisation (memsys.h, step 2), rounded (step 3).
 *
 * SOLUTION  excess e is one number per resource; at e the flows make the loads
 *         load_r(e), which fall as e rises, and the curve asks for the loads
 *         u_r(e) * capacity_r, which rise. Wanted is load = u * capacity:
 *         where the convex function D(e) with gradient u * capacity - load is
 *         least. (In units of delay; D is the dual of memsys.h's problem.)
 *
 *         A step of the iteration takes for each resource alone the exact
 *         meeting point of its curve with the line
 *
 *           load_r + fall_r * (e_r - e)
 *           fall_r = sum over s of swing_s / swing_r * |d load_r / d e_s|
 *
 *         where swing_r is delay_r times the curve's slope at e_r: how far, by
 *         and large, e_r moves when loads do. With any swings the diagonal
 *         fall exceeds the matrix of the derivatives, so a step is one that
 *         cannot overshoot while delays grow; and if all e move as they swing
 *         it is Newton's. Two steps, which show how fast the error shrinks,
 *         make a third that jumps ahead (Anderson 1965, with one past step);
 *         after MEMQUEUE_JUMPS_MAX jumps plain steps finish it.
 *
 *         Published is round(e / step), and a step is far coarser than the
 *         iteration. So it stops as soon as no level can be wrong: with
 *         Y_r = capacity_r * delay_r / slope_r, slope_r the steepest slope of
 *         the curve within the level of e_r, D is strongly convex in the norm
 *         |e|^2 = sum Y_r e_r^2 while all stay in their levels, and there
 *
 *           sqrt(Y_r) * |e_r - solution_r|  <=  B
 *           B^2 = sum (load_r - u_r capacity_r)^2 delay_r slope_r / capacity_r
 *
 *         If for each r the level's edge is further from e_r than that, the
 *         solution has these levels. The same test decides, without any
 *         iteration, whether a start or stop has moved any queue by a step.
 *
 *         If loads agree to MEMQUEUE_PRECISION and the edge is still nearer,
 *         the solution lies on the edge but for rounding errors. Then the
 *         answer is what the iteration from e = 0 ends with. And the test asks
 *         for 4 times as much to spare as that may be off, so that where it
 *         does find an answer, it is the same: a function of the flows alone.
 *
 * INVARIANTS, asserted by memqueue_check():
 *   Q1  sum[] is the sum of the flows' queued traffic over each resource.
 *   Q2  The published levels are those of the iteration from e = 0.
 *   Q3  Published delays per pair follow from the levels.
 *
 * COST    put and take O(entries * way); settle O(resources) while the test
 *         holds, else a few steps of O(resources + flows * nodes).
 *
 * TESTS   sim/test/check_memsys_random.c: against damped steps over everything.
 */
#ifndef HOST_MEMQUEUE_H
#define HOST_MEMQUEUE_H

#include "host/memflow.h"

#include "base/cpuset.h"

/* Relative error of loads at which the iteration ends. */
#define MEMQUEUE_PRECISION 1e-11 /* of capacity, and 1 grain a flow */

/* For swings, a curve's slope counts as at least this. */
#define MEMQUEUE_SLOPE_MIN 1.0

enum {
	MEMQUEUE_JUMPS_MAX = 256,
	MEMQUEUE_STEPS_MAX = 1000000,
};

/* Where e_r stands on its curve; constant while e_r stays. */
struct memqueue_stand {
	double low, high; /* loads for which the curve gives e_r */
	double weight;    /* delay * slope / capacity */
	double room;      /* B that would bring e_r to its level's edge */
	double slope;     /* of the curve above e_r, or the least that counts */
	double ease;      /* 1 / slope */
	double excess;    /* e_r, for which all this is */
};

struct memqueue {
	const struct memnet *net;
	struct memflow *flow;   /* the caller's */
	double *excess;         /* [resource], e */
	double *sum;            /* [resource], without opposites */
	double *fall;           /* [resource], the same; at some earlier e */
	struct memqueue_stand *stand; /* [resource] */
	uint16_t *level;        /* [resource], of e */
	double *felt_ns;        /* [resource], delay at e */
	double *swing_ns;       /* [resource], at e */
	double *reached;        /* [resource], e that the last step led to */
	double *stride;         /* [resource], and how far that was */
	double *stiffness;      /* [resource], sqrt(capacity / delay_ns) */
	double *precision;      /* [resource]: loads that differ less are equal */
	double *spare_ns;       /* [resource]: what room leaves at each edge */
	double noise;           /* B of loads that differ by `precision` */
	double *working_ns;     /* [pair], delays at e */
	double *published_ns;   /* [pair] */
	double *published;      /* [resource], excess: level * step */
	nodeset *moved;         /* [node]: pairs whose published delay the last
				   settle changed */
	double *pair_swing_ns;  /* scratch [pair] */
	double *pair_sum;       /* scratch [pair] */
	double *pair_fall;      /* scratch [pair] */
	uint64_t nr_steps;      /* of the iteration so far, for measurements */
	uint64_t nr_colds;      /* times it began at 0 */
};

/* At most nr_flows are ever put at once. */
struct memqueue *memqueue_create(struct arena *arena, const struct memnet *net,
				 struct memflow *flow, uint32_t nr_flows);

/* As created: no flows, no delays. */
void memqueue_restart(struct memqueue *q);

/* A flow comes or goes; put sets its entries' queued traffic. */
void memqueue_put(struct memqueue *q, struct memflow *f);
void memqueue_take(struct memqueue *q, struct memflow *f);

/*
 * Publishes the delays of the flows of `running` (a set of indices of flow,
 * all of them put). Returns whether any changed; moved[] says which.
 */
bool memqueue_settle(struct memqueue *q, const cpuset *running);

/* Delay of a resource as published, its opposite's not included. */
static inline double memqueue_delay_ns(const struct memqueue *q, uint32_t r)
{
	return q->published[r] * q->net->delay_ns[r];
}

/*
 * Call it settled. fresh is another memqueue of the same net and flows, which
 * is overwritten; q is used, and left as it was.
 */
void memqueue_check(struct memqueue *q, struct memqueue *fresh,
		    const cpuset *running);

#endif
