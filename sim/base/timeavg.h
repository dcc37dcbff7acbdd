/*
 * timeavg.h - mean, minimum and maximum over time of something that changes
 * in steps: free memory, length of a queue, busy CPUs.
 *
 *         value
 *           3 |      .-----.
 *           2 | .----'     |           mean = area / (now - start)
 *           1 | |          '--------
 *             +-+----+-----+-------+--> time
 *            start              now
 *
 * UNITS   Times are integer ns and never go back.
 *
 * INVARIANTS, asserted by timeavg_check():
 *   T1  start_ns <= since_ns.
 *   T2  min <= max where any time has passed, and the mean lies between.
 *
 * DIFFERS A value that held for no time counts for nothing, not for minimum
 *         and maximum either: several changes at one instant are one change.
 *
 * COST    about 2 ns a change.
 *
 * TESTS   sim/test/check_stats.c
 */
#ifndef BASE_TIMEAVG_H
#define BASE_TIMEAVG_H

#include <stdbool.h>
#include <stdint.h>

struct timeavg {
	int64_t start_ns; /* when this average began */
	int64_t since_ns; /* when value was set */
	double value;     /* now */
	double area;      /* of [start_ns, since_ns): value times ns */
	double min, max;  /* of the same span */
	bool held;        /* min and max are of any time at all */
};

void timeavg_init(struct timeavg *t, int64_t now_ns, double value);

/* From now on it is value; now_ns >= the time of the last change. */
void timeavg_set(struct timeavg *t, int64_t now_ns, double value);
void timeavg_add(struct timeavg *t, int64_t now_ns, double delta);

/* Forgets the past, keeps the value: at the end of a warm-up. */
void timeavg_restart(struct timeavg *t, int64_t now_ns);

/* Over [start, now_ns); the value itself while no time has passed. */
double timeavg_mean(const struct timeavg *t, int64_t now_ns);
double timeavg_min(const struct timeavg *t, int64_t now_ns);
double timeavg_max(const struct timeavg *t, int64_t now_ns);

void timeavg_check(const struct timeavg *t);

#endif
