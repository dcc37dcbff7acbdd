/*
 * ours.c - the simulator's own engine as a contender: des.h, called as the
 * model calls it, from another file and through function pointers.
 *
 * MODEL   rival.h. Two forms: one-shots, made anew by each event, and timers,
 *         made once and set again, which is what CPUs and vCPUs have.
 *
 * TESTS   bench/test/check_bench_engine.c
 */
#include "base/arena.h"
#include "bench/engine/contender.h"
#include "bench/engine/queue.h"
#include "bench/engine/rival.h"
#include "des/des.h"

/* hold and move */
struct hold {
	struct rival_run run;
	struct rng rng;
	struct des *des;
	des_handle *handle; /* [pending] */
	uint64_t pending;
};

/* mm1 */
struct mm1 {
	struct rival_run run;
	struct rng services, arrivals;
	struct des *des;
	des_handle arrival, departure; /* of the timers */
	bool timers;
	double stayed_ns; /* times in the system, summed */
	struct queue queue;
};

static int64_t hold_when_ns(struct hold *h, int64_t now_ns)
{
	return now_ns + rival_step_ns(&h->rng, 1);
}

static void hold_event(void *object, uint64_t arg)
{
	struct hold *h = object;
	int64_t now_ns = des_now_ns(h->des);

	if (rival_fired(&h->run, now_ns))
		des_stop(h->des);
	des_at(h->des, hold_when_ns(h, now_ns), hold_event, h, arg);
}

static void move_event(void *object, uint64_t arg)
{
	struct hold *h = object;
	int64_t now_ns = des_now_ns(h->des);

	if (rival_fired(&h->run, now_ns))
		des_stop(h->des);
	h->handle[arg] = des_at(h->des, hold_when_ns(h, now_ns), move_event, h,
				arg);
	uint64_t other = rng_below(&h->rng, h->pending);

	des_move(h->des, h->handle[other], hold_when_ns(h, now_ns));
}

static void hold_timer(void *object, uint64_t arg)
{
	struct hold *h = object;
	int64_t now_ns = des_now_ns(h->des);

	if (rival_fired(&h->run, now_ns))
		des_stop(h->des);
	des_timer_set(h->des, h->handle[arg], hold_when_ns(h, now_ns));
}

static void move_timer(void *object, uint64_t arg)
{
	struct hold *h = object;
	int64_t now_ns = des_now_ns(h->des);

	if (rival_fired(&h->run, now_ns))
		des_stop(h->des);
	des_timer_set(h->des, h->handle[arg], hold_when_ns(h, now_ns));
	uint64_t other = rng_below(&h->rng, h->pending);

	des_timer_set(h->des, h->handle[other], hold_when_ns(h, now_ns));
}

/* Returns the arena's growth, the handles' array not counted. */
static size_t hold_fill(struct hold *h, struct arena *arena,
			const struct engine_case *c, bool timers)
{
	bool move = c->model == MODEL_MOVE;
	size_t before_bytes = arena_used_bytes(arena);

	h->des = des_create(arena, DES_FAST);
	for (uint64_t i = 0; i < c->pending; i++) {
		int64_t when_ns = hold_when_ns(h, 0);

		if (timers) {
			h->handle[i] = des_timer_create(
				h->des, move ? move_timer : hold_timer, h, i);
			des_timer_set(h->des, h->handle[i], when_ns);
		} else {
			h->handle[i] =
				des_at(h->des, when_ns,
				       move ? move_event : hold_event, h, i);
		}
	}
	return arena_used_bytes(arena) - before_bytes;
}

static void outcome_take(struct outcome *outcome, const struct rival_run *run)
{
	require(run->done); /* an engine that loses events has no figure */
	outcome->ns = rival_ns(run);
	outcome->sum = run->sum;
	outcome->sum_known = true;
}

static void hold_run(const struct engine_case *c, const struct clock *clock,
		     bool timers, struct outcome *outcome)
{
	struct arena *arena = arena_create(), *model = arena_create();
	struct hold *h = arena_alloc(model, sizeof(*h));

	h->rng = rival_stream(0);
	h->pending = c->pending;
	h->handle = arena_array(model, c->pending, sizeof(*h->handle));
	size_t bytes = hold_fill(h, arena, c, timers);

	rival_run_init(&h->run, c->pending, c->count, clock->thread_ns,
		       clock->state);
	des_run(h->des, TIME_NEVER_NS);
	outcome_take(outcome, &h->run);
	if (c->model == MODEL_HOLD)
		outcome->bytes = (double)bytes / (double)c->pending;
	arena_destroy(arena);
	arena_destroy(model);
}

static void departure_event(void *object, uint64_t arg);

static void service_begin(struct mm1 *m, int64_t now_ns)
{
	int64_t when_ns = now_ns + rival_step_ns(&m->services, RIVAL_RHO);

	if (m->timers)
		des_timer_set(m->des, m->departure, when_ns);
	else
		des_at(m->des, when_ns, departure_event, m, 0);
}

static void arrival_event(void *object, uint64_t arg)
{
	struct mm1 *m = object;
	int64_t now_ns = des_now_ns(m->des);
	int64_t when_ns = now_ns + rival_step_ns(&m->arrivals, 1);

	if (m->timers)
		des_timer_set(m->des, m->arrival, when_ns);
	else
		des_at(m->des, when_ns, arrival_event, m, arg);
	bool idle = queue_empty(&m->queue);

	queue_put(&m->queue, now_ns);
	if (idle)
		service_begin(m, now_ns);
}

static void departure_event(void *object, uint64_t arg)
{
	struct mm1 *m = object;
	int64_t now_ns = des_now_ns(m->des);

	(void)arg;
	m->stayed_ns += (double)(now_ns - queue_take(&m->queue));
	if (rival_fired(&m->run, now_ns))
		des_stop(m->des);
	if (!queue_empty(&m->queue))
		service_begin(m, now_ns);
}

static void mm1_run(const struct engine_case *c, const struct clock *clock,
		    bool timers, struct outcome *outcome)
{
	struct arena *arena = arena_create();
	struct mm1 *m = arena_alloc(arena, sizeof(*m));

	m->services = rival_stream(0);
	m->arrivals = rival_stream(1);
	m->timers = timers;
	m->des = des_create(arena, DES_FAST);
	if (timers) {
		m->arrival = des_timer_create(m->des, arrival_event, m, 0);
		m->departure = des_timer_create(m->des, departure_event, m, 0);
	}
	rival_run_init(&m->run, 0, c->count, clock->thread_ns, clock->state);
	arrival_event(m, 0);
	des_run(m->des, TIME_NEVER_NS);
	outcome_take(outcome, &m->run);
	outcome->stayed_s = m->stayed_ns / 1e9 / (double)c->count;
	arena_destroy(arena);
}

static void either_run(const struct engine_case *c, const struct clock *clock,
		       bool timers, struct outcome *outcome)
{
	*outcome = (struct outcome){.bytes = -1, .stayed_s = -1};
	if (c->model == MODEL_MM1)
		mm1_run(c, clock, timers, outcome);
	else
		hold_run(c, clock, timers, outcome);
}

void ours_run(const struct contender *self, const struct engine_case *c,
	      const struct clock *clock, struct outcome *outcome)
{
	(void)self;
	either_run(c, clock, false, outcome);
}

void ours_timers_run(const struct contender *self, const struct engine_case *c,
		     const struct clock *clock, struct outcome *outcome)
{
	(void)self;
	either_run(c, clock, true, outcome);
}
