/*
 * bare.c - the pending set alone, without loop, callbacks and clock: how much
 * of an event is spent on order.
 *
 * MODEL   rival.h. Inlined here, as it is inlined in the engine's loop. Room is
 *         made at once, so that its bytes are those of the set as such; the
 *         engine's own row shows what growing by doubling leaves behind.
 *         Compiled a second time by bare_plain.c with the comparison in plain
 *         C, which shows what this compiler makes of it.
 *
 * TESTS   bench/test/check_bench_engine.c
 */
#include "base/arena.h"
#include "bench/engine/contender.h"
#include "bench/engine/queue.h"
#include "bench/engine/rival.h"
#include "des/pending.h"

#ifndef BARE_RUN
#define BARE_RUN bare_run
#endif

struct bare {
	struct rival_run run;
	struct rng rng, arrivals;
	struct pending set;
	struct queue queue;
};

static int64_t later_ns(struct bare *b, int64_t now_ns)
{
	return now_ns + rival_step_ns(&b->rng, 1);
}

static void hold_loop(struct bare *b)
{
	struct pending_event event;
	int64_t now_ns;

	while (pending_pop(&b->set, TIME_NEVER_NS, &now_ns, &event)) {
		if (rival_fired(&b->run, now_ns))
			return;
		pending_push(&b->set, later_ns(b, now_ns), event);
	}
}

static void move_loop(struct bare *b, uint64_t *handle, uint64_t pending)
{
	struct pending_event event;
	int64_t now_ns;

	while (pending_pop(&b->set, TIME_NEVER_NS, &now_ns, &event)) {
		if (rival_fired(&b->run, now_ns))
			return;
		handle[event.arg] =
			pending_push(&b->set, later_ns(b, now_ns), event);
		uint64_t other = handle[rng_below(&b->rng, pending)];

		require(pending_valid(&b->set, other));
		pending_set(&b->set, other, later_ns(b, now_ns));
	}
}

static void service_begin(struct bare *b, int64_t now_ns)
{
	struct pending_event departure = {.arg = 1};

	pending_push(&b->set, now_ns + rival_step_ns(&b->rng, RIVAL_RHO),
		     departure);
}

static void mm1_loop(struct bare *b)
{
	struct pending_event event, arrival = {.arg = 0};
	int64_t now_ns = 0;

	pending_push(&b->set, 0, arrival);
	while (pending_pop(&b->set, TIME_NEVER_NS, &now_ns, &event)) {
		bool idle = queue_empty(&b->queue);

		if (event.arg == 1) {
			queue_take(&b->queue);
			if (rival_fired(&b->run, now_ns))
				return;
			idle = true;
		} else {
			pending_push(&b->set,
				     now_ns + rival_step_ns(&b->arrivals, 1),
				     arrival);
			queue_put(&b->queue, now_ns);
		}
		if (idle && !queue_empty(&b->queue))
			service_begin(b, now_ns);
	}
}

void BARE_RUN(const struct contender *self, const struct engine_case *c,
	      const struct clock *clock, struct outcome *outcome)
{
	struct arena *arena = arena_create(), *model = arena_create();
	struct bare *b = arena_alloc(model, sizeof(*b));
	uint64_t *handle = arena_array(model, c->pending + 1, sizeof(*handle));

	(void)self;
	*outcome = (struct outcome){.bytes = -1, .stayed_s = -1};
	b->rng = rival_stream(0);
	b->arrivals = rival_stream(1);
	pending_init(&b->set, arena);
	size_t before_bytes = arena_used_bytes(arena);

	pending_reserve(&b->set, c->pending);
	if (c->model == MODEL_HOLD)
		outcome->bytes = (double)(arena_used_bytes(arena) -
					  before_bytes) / (double)c->pending;
	for (uint64_t i = 0; i < c->pending; i++)
		handle[i] = pending_push(&b->set, later_ns(b, 0),
					 (struct pending_event){.arg = i});
	rival_run_init(&b->run, c->pending, c->count, clock->thread_ns,
		       clock->state);
	if (c->model == MODEL_MM1)
		mm1_loop(b);
	else if (c->model == MODEL_MOVE)
		move_loop(b, handle, c->pending);
	else
		hold_loop(b);
	require(b->run.done); /* a set that loses events has no figure */
	outcome->ns = rival_ns(&b->run);
	outcome->sum = b->run.sum;
	outcome->sum_known = true;
	arena_destroy(arena);
	arena_destroy(model);
}
