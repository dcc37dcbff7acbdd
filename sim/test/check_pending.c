/*
 * check_pending.c - the tournament tree against the naive array.
 *
 * Both are driven by the same random operations, and every answer is compared:
 * what is popped and when, what is next, how many are pending, which handles
 * are stale. Built a second time, by check_pending_plain.c, with the plain C
 * comparison in place of the assembly.
 */
#include "base/arena.h"
#include "base/rng.h"
#include "des/pending.h"
#include "des/pending_naive.h"
#include "test/test.h"

#include <signal.h>

enum { STEPS = 1000000, LIVE_MAX = 100, OLD_MAX = 64 };

/* One event known to both sets by its own handles. */
struct pair {
	uint64_t fast, naive;
	uint64_t id; /* the event's arg */
	bool kept;
};

struct twins {
	struct pending fast;
	struct pending_naive *naive;
	struct rng rng;
	struct pair live[LIVE_MAX];
	uint32_t live_count;
	struct pair old[OLD_MAX]; /* stale in both */
	uint32_t old_count;
	int64_t now_ns; /* last popped */
	uint64_t next_id;
	uint64_t popped_count;
};

static void nothing(void *object, uint64_t arg)
{
	(void)object;
	(void)arg;
}

/* ck_assert() writes to a pipe each time; a million steps want less. */
static void same(uint64_t got, uint64_t want)
{
	if (got != want)
		ck_abort_msg("%ju is not %ju", (uintmax_t)got,
			     (uintmax_t)want);
}

static uint32_t draw(struct twins *t, uint32_t bound)
{
	return (uint32_t)(rng_u64(&t->rng) >> 33) % bound;
}

/* Mostly near and often equal; sometimes far, rarely before the last popped. */
static int64_t draw_when_ns(struct twins *t)
{
	switch (draw(t, 16)) {
	case 0:
		return t->now_ns + draw(t, 1000000);
	case 1:
		return t->now_ns / 2;
	case 2:
		return t->now_ns;
	case 3:
		return draw(t, 8) ? t->now_ns + 3 : TIME_NEVER_NS - 1;
	default:
		return t->now_ns + draw(t, 20);
	}
}

static void forget(struct twins *t, uint32_t index)
{
	t->old[t->old_count++ % OLD_MAX] = t->live[index];
	t->live[index] = t->live[--t->live_count];
}

static void step_push(struct twins *t)
{
	if (t->live_count == LIVE_MAX)
		return;
	struct pair *pair = &t->live[t->live_count++];
	struct pending_event event = {.fn = nothing, .arg = t->next_id++};

	pair->id = event.arg;
	pair->kept = draw(t, 4) == 0;
	if (pair->kept) {
		pair->fast = pending_keep(&t->fast, event);
		pair->naive = naive_keep(t->naive, event);
	} else {
		int64_t when_ns = draw_when_ns(t);

		pair->fast = pending_push(&t->fast, when_ns, event);
		pair->naive = naive_push(t->naive, when_ns, event);
	}
	same((pair->fast & PENDING_KEPT) != 0, pair->kept);
}

static void step_pop(struct twins *t)
{
	int64_t end_ns = draw(t, 4) ? TIME_NEVER_NS : t->now_ns + draw(t, 9);
	int64_t a_ns = -1, b_ns = -1;
	struct pending_event a = {.arg = 1}, b = {.arg = 2};
	bool any = pending_pop(&t->fast, end_ns, &a_ns, &a);

	same(any, naive_pop(t->naive, end_ns, &b_ns, &b));
	if (!any)
		return;
	same((uint64_t)a_ns, (uint64_t)b_ns);
	same(a.arg, b.arg);
	t->popped_count++;
	t->now_ns = a_ns < INT64_MAX / 4 ? a_ns : 0;
	uint32_t i = 0;

	while (t->live[i].id != a.arg)
		i++;
	if (!t->live[i].kept)
		forget(t, i);
	else if (draw(t, 2)) { /* re-armed at once, as a tick is */
		int64_t when_ns = draw_when_ns(t);

		pending_set(&t->fast, t->live[i].fast, when_ns);
		naive_set(t->naive, t->live[i].naive, when_ns);
	}
	if (draw(t, 2)) /* as a callback that schedules does */
		step_push(t);
}

static void step_set(struct twins *t)
{
	if (!t->live_count)
		return;
	struct pair pair = t->live[draw(t, t->live_count)];
	int64_t when_ns = draw_when_ns(t);

	pending_set(&t->fast, pair.fast, when_ns);
	naive_set(t->naive, pair.naive, when_ns);
	same((uint64_t)pending_when_ns(&t->fast, pair.fast), (uint64_t)when_ns);
}

static void step_unset(struct twins *t)
{
	if (!t->live_count)
		return;
	uint32_t i = draw(t, t->live_count);
	struct pair pair = t->live[i];

	pending_unset(&t->fast, pair.fast);
	naive_unset(t->naive, pair.naive);
	if (pair.kept && draw(t, 2)) {
		pending_free(&t->fast, pair.fast & PENDING_SLOT_MASK);
		naive_free(t->naive, pair.naive);
		forget(t, i);
	} else if (!pair.kept) {
		forget(t, i);
	}
}

static void answers_compare(struct twins *t)
{
	if (t->live_count) {
		struct pair pair = t->live[draw(t, t->live_count)];

		same(pending_valid(&t->fast, pair.fast), true);
		same(naive_valid(t->naive, pair.naive), true);
		same((uint64_t)pending_when_ns(&t->fast, pair.fast),
		     (uint64_t)naive_when_ns(t->naive, pair.naive));
	}
	if (t->old_count >= OLD_MAX) {
		struct pair pair = t->old[draw(t, OLD_MAX)];

		same(pending_valid(&t->fast, pair.fast), false);
		same(naive_valid(t->naive, pair.naive), false);
	}
	same(t->fast.count, naive_count(t->naive));
}

static void twins_init(struct twins *t, struct arena *arena, uint64_t seed)
{
	*t = (struct twins){.naive = naive_create(arena)};
	pending_init(&t->fast, arena);
	rng_init(&t->rng, seed, RNG_TEST, 0);
}

static void twins_drive(struct twins *t, int steps)
{
	for (int i = 0; i < steps; i++) {
		/* For a while more come than go, then the other way round. */
		bool fill = i / 2000 % 2 == 0;

		switch (draw(t, 8)) {
		case 0:
		case 1:
		case 2:
			if (fill)
				step_push(t);
			else
				step_pop(t);
			break;
		case 3:
			step_push(t);
			break;
		case 4:
			step_unset(t);
			break;
		case 5:
			step_set(t);
			break;
		default:
			step_pop(t);
		}
		answers_compare(t);
		if (i % 500 == 0)
			pending_check(&t->fast);
	}
}

START_TEST(test_a_million_operations_as_the_naive_set_does)
{
	struct arena *arena = arena_create();
	struct twins t;

	twins_init(&t, arena, 1);
	twins_drive(&t, STEPS);
	ck_assert_uint_gt(t.popped_count, STEPS / 5);
	ck_assert_uint_gt(t.fast.leaves, PENDING_LEAVES_MIN); /* it grew */
	arena_destroy(arena);
}
END_TEST

/* Near the end of the counter, so that all are numbered anew again and again. */
START_TEST(test_the_counter_runs_over)
{
	struct arena *arena = arena_create();
	struct twins t;

	twins_init(&t, arena, 2);
	for (int i = 0; i < 200; i++) {
		t.fast.next_order = PENDING_ORDER_MAX - 100 + (uint64_t)i % 7;
		twins_drive(&t, 1000);
		ck_assert_uint_lt(t.fast.next_order, PENDING_ORDER_MAX / 2);
	}
	arena_destroy(arena);
}
END_TEST

START_TEST(test_the_smaller_key_wins)
{
	static const uint64_t edge[] = {0,	       1,
					INT64_MAX,     (uint64_t)INT64_MAX + 1,
					KEY_NEVER - 1, KEY_NEVER};
	enum { EDGES = sizeof(edge) / sizeof(edge[0]) };
	struct rng rng;

	rng_init(&rng, 3, RNG_TEST, 0);
	for (uint64_t i = 0; i < EDGES * EDGES * EDGES * EDGES + 10000; i++) {
		struct pending_key a = {edge[i % EDGES],
					edge[i / EDGES % EDGES]};
		struct pending_key b = {edge[i / 36 % EDGES],
					edge[i / 216 % EDGES]};

		if (i >= EDGES * EDGES * EDGES * EDGES) {
			a = (struct pending_key){rng_u64(&rng), rng_u64(&rng)};
			b = (struct pending_key){a.when + i % 3 - 1,
						 rng_u64(&rng)};
		}
		bool b_first = b.when != a.when ? b.when < a.when
						: b.low < a.low;
		struct pending_key want = b_first ? b : a, got = a;

		key_min(&got, b);
		same(got.when, want.when);
		same(got.low, want.low);
		got = a;
		key_min_plain(&got, b);
		same(got.when, want.when);
		same(got.low, want.low);
	}
}
END_TEST

/* Room for n is the next power of two, at least 16, and keeps what is there. */
START_TEST(test_reserve_makes_room_once)
{
	struct arena *arena = arena_create();
	struct pending p;
	struct pending_event event = {.fn = nothing, .arg = 7};
	int64_t when_ns;

	pending_init(&p, arena);
	pending_push(&p, 5, event);
	pending_reserve(&p, 1000);
	ck_assert_uint_eq(p.leaves, 1024);
	pending_check(&p);
	size_t used_bytes = arena_used_bytes(arena);

	for (int64_t i = 0; i < 1023; i++)
		pending_push(&p, 10 + i, event);
	ck_assert_uint_eq(arena_used_bytes(arena), used_bytes);
	ck_assert(pending_pop(&p, 5, &when_ns, &event));
	ck_assert_int_eq(when_ns, 5);
	arena_destroy(arena);
}
END_TEST

/* Three one-shots, the first fired (the hole), a kept one, one cancelled. */
static void five_events(struct pending *p, struct arena *arena)
{
	struct pending_event event = {.fn = nothing};
	int64_t when_ns;

	pending_init(p, arena);
	pending_push(p, 1, event);
	pending_push(p, 2, event);
	pending_push(p, 3, event);
	pending_keep(p, event);
	pending_unset(p, pending_push(p, 4, event));
	ck_assert(pending_pop(p, 1, &when_ns, &event));
	pending_check(p);
}

static void break_p1(struct pending *p)
{
	p->node[2].when++;
}

static void break_p1_low(struct pending *p)
{
	p->node[3].low--;
}

/* A leaf that names its neighbour, all the way up. */
static void break_p2_name(struct pending *p)
{
	struct pending_key key = p->node[p->leaves + 1];

	key.low ^= 2;
	pending_climb(p, 1, key);
}

static void break_p2_free(struct pending *p)
{
	struct pending_key key = {.when = 9, .low = 4};

	pending_climb(p, 4, key);
	p->count++;
}

static void break_p2_unused(struct pending *p)
{
	struct pending_key key = {.when = 9, .low = 9};

	pending_climb(p, 9, key);
	p->count++;
}

static void break_p2_time(struct pending *p)
{
	struct pending_key key = p->node[p->leaves + 2];

	key.when = (uint64_t)TIME_NEVER_NS;
	pending_climb(p, 2, key);
}

static void break_p3_lost(struct pending *p)
{
	p->free = (uint32_t)p->slot[p->free].event.arg;
}

static void break_p3_circle(struct pending *p)
{
	uint32_t next = (uint32_t)p->slot[p->free].event.arg;

	p->slot[next].event.arg = p->free;
}

static void break_p3_in_use(struct pending *p)
{
	p->slot[p->free].event.arg = 1;
}

static void break_p4(struct pending *p)
{
	p->count++;
}

static void break_p5_ahead(struct pending *p)
{
	p->next_order = 2;
}

/* Slots 1 and 2 with one order. */
static void break_p5_equal(struct pending *p)
{
	struct pending_key key = p->node[p->leaves + 2];

	key.low = (p->node[p->leaves + 1].low & ~PENDING_NAME_MASK) | 2;
	pending_climb(p, 2, key);
}

static void break_p6(struct pending *p)
{
	p->hole = 7;
	pending_empty_leaf(p, 0);
}

static void (*const breaks[])(struct pending *p) = {
	break_p1,	break_p1_low,	 break_p2_name,	  break_p2_free,
	break_p2_unused, break_p2_time,	 break_p3_lost,	  break_p3_circle,
	break_p3_in_use, break_p4,	 break_p5_ahead,  break_p5_equal,
	break_p6,
};

START_TEST(test_each_broken_invariant_aborts)
{
	struct pending p;

	five_events(&p, arena_create());
	breaks[_i](&p);
	pending_check(&p);
}
END_TEST

START_TEST(test_more_slots_than_there_are_aborts)
{
	struct pending p;

	pending_init(&p, arena_create());
	pending_reserve(&p, (size_t)PENDING_SLOTS_MAX + 1);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("pending");
	TCase *tc = tcase_create("twins");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, test_a_million_operations_as_the_naive_set_does);
	tcase_add_test(tc, test_the_counter_runs_over);
	tcase_add_test(tc, test_the_smaller_key_wins);
	tcase_add_test(tc, test_reserve_makes_room_once);
	suite_add_tcase(suite, tc);
	tc = tcase_create("checks bite");
	tcase_add_loop_test_raise_signal(
		tc, test_each_broken_invariant_aborts, SIGABRT, 0,
		(int)(sizeof(breaks) / sizeof(breaks[0])));
	tcase_add_test_raise_signal(tc, test_more_slots_than_there_are_aborts,
				    SIGABRT);
	suite_add_tcase(suite, tc);
	return suite;
}
