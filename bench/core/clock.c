#include "bench/core/clock.h"

#include <stddef.h>
#include <time.h>

enum { COST_BATCHES = 9, COST_READINGS = 1000 };

static int64_t read_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t system_wall_ns(void *state)
{
	(void)state;
	return read_ns(CLOCK_MONOTONIC);
}

static int64_t system_thread_ns(void *state)
{
	(void)state;
	return read_ns(CLOCK_THREAD_CPUTIME_ID);
}

struct clock clock_system(void)
{
	return (struct clock){
		.wall_ns = system_wall_ns,
		.thread_ns = system_thread_ns,
	};
}

double clock_cost_ns(const struct clock *clock)
{
	double least = 0;

	for (int batch = 0; batch < COST_BATCHES; batch++) {
		int64_t start_ns = clock_wall_ns(clock);

		for (int i = 0; i < COST_READINGS; i++)
			clock_thread_ns(clock);
		double cost = (double)(clock_wall_ns(clock) - start_ns) /
			      COST_READINGS;

		if (batch == 0 || cost < least)
			least = cost;
	}
	return least;
}
