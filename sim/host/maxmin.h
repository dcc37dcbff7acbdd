/*
 * maxmin.h - max-min fair rates of flows that share resources.
 *
 * SOURCE  Progressive filling: Bertsekas and Gallager, "Data Networks", 6.5.
 *
 * RULE    All flows' rates rise from 0 together. A flow stops at its demand,
 *         or when a resource it uses is full: that is its bottleneck. A flow
 *         of rate x takes weight * x of each resource of its entries.
 *
 * UNITS   demand, rate and capacity in one unit, the caller's.
 *
 * INVARIANTS, asserted by maxmin_check():
 *   F1  0 <= rate <= demand.
 *   F2  No resource carries more than its capacity (1e-9).
 *   F3  A flow below its demand uses a full resource on which no flow has a
 *       higher rate. (F1 to F3 together determine the rates.)
 *
 * COST    O(entries) per round; a round settles all flows whose demand is
 *         below the common level, or one bottleneck. The rates depend on the
 *         order of flows and resources in rounding only.
 *
 * TESTS   sim/test/check_maxmin.c, against filling in single steps.
 */
#ifndef HOST_MAXMIN_H
#define HOST_MAXMIN_H

#include "base/arena.h"

#include <stdint.h>

/* Open: the caller reads rate[] after maxmin_solve(). */
struct maxmin {
	uint32_t nr_resources, nr_flows, nr_entries;
	uint32_t resources_max, flows_max, entries_max;
	double *capacity;     /* set [resource] */
	double *demand;       /* set [flow] */
	double *rate;         /* computed [flow] */
	uint32_t *first;      /* set [flow], and one past the last flow */
	uint16_t *resource;   /* set [entry] */
	double *weight;       /* set [entry], > 0 */
	double *spent;        /* scratch [resource]: what settled flows take */
	double *filling;      /* scratch [resource]: weights of rising flows */
	uint32_t *rising;     /* scratch [flow]: flows not settled, in order */
};

struct maxmin *maxmin_create(struct arena *arena, uint32_t resources_max,
			     uint32_t flows_max, uint32_t entries_max);

/* Forget flows and resources. */
void maxmin_clear(struct maxmin *m);

/* Each returns the index, counted from 0. Entries go to the newest flow. */
uint32_t maxmin_add_resource(struct maxmin *m, double capacity);
uint32_t maxmin_add_flow(struct maxmin *m, double demand);
void maxmin_add_entry(struct maxmin *m, uint32_t resource, double weight);

void maxmin_solve(struct maxmin *m);

void maxmin_check(const struct maxmin *m);

#endif
