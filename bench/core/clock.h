/*
 * clock.h - the clocks of a benchmark, handed in.
 *
 * MODEL   Two clocks behind one struct:
 *
 *           wall     monotonic: what a person waits
 *           thread   CPU time of the calling thread: what the work cost, and
 *                    what a busy neighbour disturbs least
 *
 *         A measurement takes a struct clock, never the system's; so a test
 *         hands in a clock made of an integer and knows every figure.
 *
 * UNITS   integer ns from any start; only differences mean anything.
 *
 * TESTS   bench/test/check_bench_engine.c
 */
#ifndef BENCH_CORE_CLOCK_H
#define BENCH_CORE_CLOCK_H

#include <stdint.h>

struct clock {
	int64_t (*wall_ns)(void *state);
	int64_t (*thread_ns)(void *state);
	void *state;
};

/* The system's clocks. */
struct clock clock_system(void);

static inline int64_t clock_wall_ns(const struct clock *clock)
{
	return clock->wall_ns(clock->state);
}

static inline int64_t clock_thread_ns(const struct clock *clock)
{
	return clock->thread_ns(clock->state);
}

/*
 * What one reading of the thread clock costs, in ns of the wall clock: the
 * least of several batches. A measurement should last 1000 times that.
 */
double clock_cost_ns(const struct clock *clock);

#endif
