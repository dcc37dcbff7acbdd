/*
 * sched_world.h - a small world for tests of schedulers: clock and timers.
 *
 * Timers fire in order of time, then CPU, then age. Nothing else happens by
 * itself: the test says when a vCPU blocks and wakes.
 */
#ifndef TEST_SCHED_WORLD_H
#define TEST_SCHED_WORLD_H

#include "base/arena.h"
#include "base/err.h"
#include "base/units.h"
#include "xen/sched_private.h"

#include <check.h>
#include <string.h>

enum { WORLD_TIMERS = 4096, WORLD_CPUS = 256 };

struct sched_world {
	struct sched *s;
	struct arena *arena;
	struct err err;
	int64_t now_ns;
	int64_t timer_ns[WORLD_TIMERS]; /* TIME_NEVER_NS: not set */
	uint32_t timers_seen;
	uint32_t draws;
	bool check;                     /* sched_check() after each event */
	uint32_t node[WORLD_CPUS], socket[WORLD_CPUS], core[WORLD_CPUS];
	struct sched_host host;
	struct sched_params params;
};

static inline int64_t world_now(void *world)
{
	return ((struct sched_world *)world)->now_ns;
}

static inline void world_timer_set(void *world, uint32_t timer, int64_t at_ns)
{
	struct sched_world *w = world;

	ck_assert_uint_lt(timer, WORLD_TIMERS);
	if (timer >= w->timers_seen)
		w->timers_seen = timer + 1;
	w->timer_ns[timer] = at_ns < w->now_ns ? w->now_ns : at_ns;
}

static inline void world_timer_stop(void *world, uint32_t timer)
{
	((struct sched_world *)world)->timer_ns[timer] = TIME_NEVER_NS;
}

/* 0, 1, 2, ... */
static inline uint32_t world_random(void *world)
{
	return ((struct sched_world *)world)->draws++;
}

static inline void world_switch(void *world, uint32_t cpu,
				struct sched_unit *prev,
				struct sched_unit *next)
{
	(void)world;
	(void)cpu;
	ck_assert_ptr_ne(prev, next);
}

/* nodes x cores x threads CPUs, numbered node by node; a node is a socket. */
static inline void world_init(struct sched_world *w, uint32_t nodes,
			      uint32_t cores, uint32_t threads)
{
	memset(w, 0, sizeof(*w));
	w->arena = arena_create();
	w->params = sched_params_default();
	w->host.nr_cpus = nodes * cores * threads;
	ck_assert_uint_le(w->host.nr_cpus, WORLD_CPUS);
	for (uint32_t c = 0; c < w->host.nr_cpus; c++) {
		w->node[c] = c / (cores * threads);
		w->socket[c] = w->node[c];
		w->core[c] = c / threads;
	}
	w->host.cpu_to_node = w->node;
	w->host.cpu_to_socket = w->socket;
	w->host.cpu_to_core = w->core;
	for (uint32_t i = 0; i < WORLD_TIMERS; i++)
		w->timer_ns[i] = TIME_NEVER_NS;
}

static inline struct sched_env world_env(struct sched_world *w)
{
	return (struct sched_env){
		.world = w,
		.now_ns = world_now,
		.timer_set = world_timer_set,
		.timer_stop = world_timer_stop,
		.random = world_random,
		.context_switch = world_switch,
	};
}

static inline void world_settle(struct sched_world *w)
{
	sched_softirqs(w->s);
	if (w->check)
		sched_check(w->s);
}

static inline void world_start(struct sched_world *w, const char *scheduler)
{
	struct sched_env env = world_env(w);

	w->s = sched_create(w->arena, scheduler, &w->host, NULL, &w->params,
			    &env, &w->err);
	ck_assert_msg(w->s != NULL, "%s", w->err.text);
	world_settle(w);
}

static inline void world_fini(struct sched_world *w)
{
	arena_destroy(w->arena);
}

/* Is timer a due before b? */
static inline bool world_before(const struct sched_world *w, uint32_t a,
				uint32_t b)
{
	if (w->timer_ns[a] != w->timer_ns[b])
		return w->timer_ns[a] < w->timer_ns[b];
	struct sched_timer_info x = sched_timer_info(w->s, a);
	struct sched_timer_info y = sched_timer_info(w->s, b);

	return x.cpu != y.cpu ? x.cpu < y.cpu : x.seq < y.seq;
}

/* Fires what is due up to until_ns, and stands there. */
static inline void world_run(struct sched_world *w, int64_t until_ns)
{
	for (;;) {
		uint32_t first = 0;

		for (uint32_t i = 1; i < w->timers_seen; i++)
			if (w->timer_ns[i] != TIME_NEVER_NS &&
			    (w->timer_ns[first] == TIME_NEVER_NS ||
			     world_before(w, i, first)))
				first = i;
		if (w->timer_ns[first] > until_ns)
			break;
		w->now_ns = w->timer_ns[first];
		w->timer_ns[first] = TIME_NEVER_NS;
		sched_timer_fired(w->s, first);
		world_settle(w);
	}
	w->now_ns = until_ns;
}

/* A domain of so many vCPUs with this soft affinity (NULL = all), running. */
static inline struct sched_dom *world_dom(struct sched_world *w, uint32_t id,
					  uint32_t vcpus, const cpuset *soft)
{
	struct sched_dom *dom = sched_dom_create(w->s, id, NULL);

	for (uint32_t i = 0; i < vcpus; i++)
		sched_unit_create(w->s, dom, NULL, NULL);
	for (uint32_t i = 0; i < vcpus; i++) {
		struct sched_unit *unit = sched_dom_unit(dom, i);

		if (soft)
			sched_unit_set_affinity(w->s, unit, NULL, soft,
						&w->err);
		sched_unit_up(w->s, unit);
	}
	sched_dom_unpause(w->s, dom);
	world_settle(w);
	return dom;
}

static inline void world_end_dom(struct sched_world *w, struct sched_dom *dom)
{
	sched_dom_pause(w->s, dom);
	world_settle(w);
	sched_dom_destroy(w->s, dom);
	world_settle(w);
}

static inline int64_t world_ran_ns(const struct sched_world *w,
				   const struct sched_unit *unit)
{
	return sched_unit_times(w->s, unit).in_ns[SCHED_RUNNING];
}

static inline cpuset world_cpus(uint32_t first, uint32_t last)
{
	cpuset cpus = {{0}};

	for (uint32_t c = first; c <= last; c++)
		cpuset_add(&cpus, c);
	return cpus;
}

#endif
