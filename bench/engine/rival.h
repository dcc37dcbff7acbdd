/*
 * rival.h - how another engine takes part in `nodewise bench engine`.
 *
 * RULE    A rival is a program of its own, built by rival.sh:
 *
 *           rival MODEL PENDING COUNT
 *
 *           MODEL    hold     an event fires, and schedules itself again one
 *                             exponential step later; PENDING events at all
 *                             times
 *                    move     the same, and then one other event, any of the
 *                             PENDING, is moved to one step from now
 *                    mm1      queue with one server, rho 0.9; PENDING is not
 *                             used, COUNT counts objects served
 *           COUNT    events to be measured (MODEL mm1: objects)
 *
 *         It fires PENDING events unmeasured, then COUNT measured ones, and
 *         prints one line and exits with 0:
 *
 *           NS CHECKSUM BYTES
 *
 *           NS        CPU time per measured event or object, thread clock, ns
 *           CHECKSUM  rival_sum() over the times of all measured events, in
 *                     order, hexadecimal; - if its clock has no whole ns. Equal
 *                     checksums: the very same events in the very same order.
 *           BYTES     resident growth from before the first event was made to
 *                     when all were pending, per pending event; - if unknown
 *
 *         or, when it does not know a model or cannot run it at that size,
 *
 *           skipped: REASON
 *
 *         All contenders draw from one stream, in one order: per event first
 *         its own next step; then, for move, which other event (rng_below) and
 *         its step. mm1: arrivals draw from a second stream (entity 1),
 *         services from the first, when each begins. A step is rival_step_ns().
 *
 * UNITS   integer ns of simulated time; the mean step is 1 s.
 *
 * TESTS   bench/test/check_bench_engine.c runs the line protocol; the built
 *         rivals are held to our checksums by every run of the bench
 */
#ifndef BENCH_ENGINE_RIVAL_H
#define BENCH_ENGINE_RIVAL_H

#ifdef __cplusplus
extern "C" {
#endif

#include "base/rng.h"
#include "base/variate.h"

#include <stdbool.h>
#include <stdint.h>

#define RIVAL_SEED UINT64_C(20261)
#define RIVAL_MEAN_NS 1e9
#define RIVAL_RHO 0.9

/* The stream of a run; entity 1 is the arrivals of mm1. */
static inline struct rng rival_stream(uint64_t entity)
{
	struct rng rng;

	rng_init(&rng, RIVAL_SEED, RNG_BENCH, entity);
	return rng;
}

/* An exponential step of mean 1 s, scaled, in whole ns. */
static inline int64_t rival_step_ns(struct rng *rng, double scale)
{
	return (int64_t)(variate_exponential(rng) * (RIVAL_MEAN_NS * scale));
}

/* Order matters: each time multiplies what came before. */
static inline uint64_t rival_sum(uint64_t sum, int64_t time_ns)
{
	return sum * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)time_ns;
}

/* Counts events, and reads the clock when the measured ones begin and end. */
struct rival_run {
	uint64_t sum;
	uint64_t fired;
	uint64_t mark;  /* fired at which something is to be done: set below */
	uint64_t count; /* measured events */
	int64_t start_ns, end_ns;
	int64_t (*clock_ns)(void *state);
	void *state;
	bool measuring;
	bool done; /* false: it ran out of events, there is no figure */
};

static inline void rival_start(struct rival_run *run)
{
	run->measuring = true;
	run->mark = run->fired + run->count;
	run->sum = 0;
	run->start_ns = run->clock_ns(run->state);
}

/* warm events are fired before the clock starts; 0 starts it at once. */
static inline void rival_run_init(struct rival_run *run, uint64_t warm,
				  uint64_t count,
				  int64_t (*clock_ns)(void *state), void *state)
{
	run->sum = 0;
	run->fired = 0;
	run->mark = warm;
	run->count = count;
	run->start_ns = run->end_ns = 0;
	run->clock_ns = clock_ns;
	run->state = state;
	run->measuring = false;
	run->done = false;
	if (warm == 0)
		rival_start(run);
}

/* Called first thing in each event. True: that was the last, stop. */
static inline bool rival_fired(struct rival_run *run, int64_t time_ns)
{
	run->sum = rival_sum(run->sum, time_ns);
	if (__builtin_expect(++run->fired != run->mark, 1))
		return false;
	if (run->measuring) {
		run->end_ns = run->clock_ns(run->state);
		run->done = true;
		return true;
	}
	rival_start(run);
	return false;
}

/* Of a run that is done. */
static inline double rival_ns(const struct rival_run *run)
{
	return (double)(run->end_ns - run->start_ns) / (double)run->count;
}

#ifdef __cplusplus
}
#endif

#endif
