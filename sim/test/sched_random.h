/*
 * sched_random.h - random events on a random host, for tests of schedulers.
 *
 *     r = random_begin(seed);   the host and the rate limit are drawn
 *     r->w.params....           the test draws its scheduler's options
 *     random_end(r, "credit");  events, with sched_check() after each
 *
 * After each event all CPU time must be some vCPU's, or idle.
 */
#ifndef TEST_SCHED_RANDOM_H
#define TEST_SCHED_RANDOM_H

#include "test/sched_world.h"

#include <stdlib.h>

enum { RANDOM_DOMS = 12, RANDOM_STEPS = 4000 };

struct random_run {
	struct sched_world w;
	struct sched_dom *dom[RANDOM_DOMS]; /* NULL: none now */
	uint32_t pauses[RANDOM_DOMS];
	uint32_t seed;
	int64_t gone_ns; /* CPU time of vCPUs that are no more */
};

static inline uint32_t draw(struct random_run *r, uint32_t below)
{
	r->seed = r->seed * 1664525u + 1013904223u;
	return (r->seed >> 8) % below;
}

static inline cpuset draw_cpus(struct random_run *r)
{
	cpuset cpus = {{0}};
	uint32_t nr_cpus = r->w.host.nr_cpus;

	for (uint32_t i = 1 + draw(r, nr_cpus); i > 0; i--)
		cpuset_add(&cpus, draw(r, nr_cpus));
	return cpus;
}

static inline int64_t random_dom_ran_ns(struct random_run *r, uint32_t i)
{
	int64_t sum_ns = 0;

	for (uint32_t v = 0; r->dom[i] && v < sched_dom_nr_units(r->dom[i]);
	     v++)
		sum_ns += world_ran_ns(&r->w, sched_dom_unit(r->dom[i], v));
	return sum_ns;
}

static inline void random_dom(struct random_run *r, uint32_t i)
{
	struct sched_world *w = &r->w;
	struct sched_dom_params params = {1 + draw(r, 1000),
					  draw(r, 3) ? 0 : 1 + draw(r, 150)};

	if (!r->dom[i]) {
		r->dom[i] = world_dom(w, i, 1 + draw(r, 6), NULL);
		r->pauses[i] = 0;
	} else if (draw(r, 4) == 0) {
		r->gone_ns += random_dom_ran_ns(r, i);
		world_end_dom(w, r->dom[i]);
		r->dom[i] = NULL;
	} else if (draw(r, 2)) {
		sched_dom_set_params(w->s, r->dom[i], &params, &w->err);
	} else if (r->pauses[i] && draw(r, 3)) {
		r->pauses[i]--;
		sched_dom_unpause(w->s, r->dom[i]);
	} else {
		r->pauses[i]++;
		sched_dom_pause(w->s, r->dom[i]);
	}
}

static inline void random_rtds(struct random_run *r, struct sched_unit *u)
{
	int64_t period_ns = (1 + (int64_t)draw(r, 200)) * 100 * NS_PER_US;
	struct sched_rtds_params params = {period_ns,
					   period_ns * (1 + draw(r, 9)) / 10,
					   draw(r, 2)};

	sched_unit_set_rtds(r->w.s, u, &params, &r->w.err);
}

static inline void random_unit(struct random_run *r, struct sched_unit *u)
{
	struct sched *s = r->w.s;
	cpuset cpus = draw_cpus(r);

	switch (draw(r, 13)) {
	case 0:
		sched_unit_set_affinity(s, u, &cpus, NULL, &r->w.err);
		break;
	case 1:
		sched_unit_set_affinity(s, u, NULL, &cpus, &r->w.err);
		break;
	case 2:
		sched_unit_down(s, u);
		break;
	case 3: case 4: case 5:
		sched_unit_up(s, u);
		break;
	case 6: case 7: case 8:
		if (sched_unit_running(u))
			sched_unit_block(s, u);
		break;
	case 9:
		if (sched_unit_running(u))
			sched_unit_yield(s, u);
		break;
	case 10:
		random_rtds(r, u);
		break;
	default:
		sched_unit_wake(s, u);
	}
}

static inline void random_conserved(struct random_run *r)
{
	int64_t sum_ns = r->gone_ns;

	for (uint32_t c = 0; c < r->w.host.nr_cpus; c++)
		sum_ns += sched_cpu_idle_ns(r->w.s, c);
	for (uint32_t d = 0; d < RANDOM_DOMS; d++)
		sum_ns += random_dom_ran_ns(r, d);
	ck_assert_int_eq(sum_ns, r->w.now_ns * r->w.host.nr_cpus);
}

static inline struct random_run *random_begin(uint32_t seed)
{
	struct random_run *r = calloc(1, sizeof(*r));

	ck_assert_ptr_nonnull(r);
	r->seed = seed;
	world_init(&r->w, 1 + draw(r, 3), 1 + draw(r, 4), 1 + draw(r, 2));
	r->w.params.sched_ratelimit_us = draw(r, 3) ? 1000 : 0;
	r->w.check = true;
	return r;
}

static inline void random_end(struct random_run *r, const char *scheduler)
{
	world_start(&r->w, scheduler);
	for (int step = 0; step < RANDOM_STEPS; step++) {
		uint32_t i = draw(r, RANDOM_DOMS);

		if (!r->dom[i] || draw(r, 10) == 0)
			random_dom(r, i);
		else
			random_unit(r, sched_dom_unit(r->dom[i],
				draw(r, sched_dom_nr_units(r->dom[i]))));
		if (draw(r, 3)) /* else two events in one instant */
			world_settle(&r->w);
		if (draw(r, 2)) {
			world_settle(&r->w);
			world_run(&r->w, r->w.now_ns +
						 draw(r, 2000) * NS_PER_US);
		}
		random_conserved(r);
	}
	world_fini(&r->w);
	free(r);
}

#endif
