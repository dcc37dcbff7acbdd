/*
 * check_des.c - order, handles, timers, the clock; and one model run on both
 * pending sets, whose logs must be the same bytes.
 */
#include "base/err.h"
#include "base/rng.h"
#include "des/des.h"
#include "test/test.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every test runs on both pending sets: loop tests over these two. */
static const enum des_set sets[] = {DES_FAST, DES_NAIVE};

struct notebook {
	struct arena *arena;
	struct des *des;
	char text[256]; /* "time:arg " per event fired */
	des_handle handle;
};

static void note(void *object, uint64_t arg)
{
	struct notebook *book = object;
	size_t used = strlen(book->text);

	snprintf(book->text + used, sizeof(book->text) - used,
		 "%" PRId64 ":%" PRIu64 " ", des_now_ns(book->des), arg);
}

static void notebook_open(struct notebook *book, int set)
{
	*book = (struct notebook){.arena = arena_create()};
	book->des = des_create(book->arena, sets[set]);
}

static void notebook_close(struct notebook *book, const char *want)
{
	des_check(book->des);
	ck_assert_str_eq(book->text, want);
	arena_destroy(book->arena);
}

START_TEST(test_earliest_first_then_first_scheduled)
{
	struct notebook book;

	notebook_open(&book, _i);
	des_at(book.des, 20, note, &book, 1);
	des_at(book.des, 10, note, &book, 2);
	des_at(book.des, 20, note, &book, 3);
	des_at(book.des, 10, note, &book, 4);
	des_at(book.des, 0, note, &book, 5);
	ck_assert_uint_eq(des_pending(book.des), 5);
	ck_assert_int_eq(des_next_ns(book.des), 0);
	des_run(book.des, TIME_NEVER_NS);
	ck_assert_int_eq(des_now_ns(book.des), 20);
	ck_assert_int_eq(*des_now_pointer(book.des), 20);
	ck_assert_uint_eq(des_events_fired(book.des), 5);
	ck_assert_uint_eq(des_pending(book.des), 0);
	ck_assert_int_eq(des_next_ns(book.des), TIME_NEVER_NS);
	notebook_close(&book, "0:5 10:2 10:4 20:1 20:3 ");
}
END_TEST

START_TEST(test_cancel_and_move)
{
	struct notebook book;

	notebook_open(&book, _i);
	des_handle a = des_at(book.des, 10, note, &book, 1);
	des_handle b = des_at(book.des, 10, note, &book, 2);
	des_handle c = des_at(book.des, 30, note, &book, 3);

	ck_assert(a != DES_NONE && b != DES_NONE && a != b);
	ck_assert(des_move(book.des, a, 10)); /* now after b */
	ck_assert(des_move(book.des, c, 10)); /* and c after a */
	des_handle d = des_at(book.des, 5, note, &book, 4);

	ck_assert(des_cancel(book.des, d));
	ck_assert(!des_cancel(book.des, d));
	ck_assert(!des_move(book.des, d, 7));
	ck_assert(!des_cancel(book.des, DES_NONE));
	ck_assert(!des_move(book.des, DES_NONE, 7));
	des_handle e = des_at(book.des, 6, note, &book, 5); /* d's place */

	ck_assert(!des_cancel(book.des, d));
	ck_assert(d != e);
	des_run(book.des, 10);
	ck_assert(!des_cancel(book.des, e));
	ck_assert(!des_cancel(book.des, a));
	notebook_close(&book, "6:5 10:2 10:1 10:3 ");
}
END_TEST

static void cancel_self(void *object, uint64_t arg)
{
	struct notebook *book = object;

	note(object, arg);
	ck_assert(!des_cancel(book->des, book->handle));
	ck_assert(!des_move(book->des, book->handle, 100));
	des_check(book->des);
}

START_TEST(test_a_handle_is_stale_inside_its_own_callback)
{
	struct notebook book;

	notebook_open(&book, _i);
	book.handle = des_at(book.des, 3, cancel_self, &book, 7);
	des_run(book.des, 50);
	notebook_close(&book, "3:7 ");
}
END_TEST

/* Fires at 10, 20, 30 by re-arming itself; looks at itself meanwhile. */
static void tick(void *object, uint64_t arg)
{
	struct notebook *book = object;

	note(object, arg);
	ck_assert(!des_timer_armed(book->des, book->handle));
	ck_assert_int_eq(des_timer_when_ns(book->des, book->handle),
			 TIME_NEVER_NS);
	if (des_now_ns(book->des) == 30)
		return;
	des_timer_set(book->des, book->handle, des_now_ns(book->des) + 10);
	ck_assert(des_timer_armed(book->des, book->handle));
	des_check(book->des);
}

START_TEST(test_a_timer_survives_firing)
{
	struct notebook book;

	notebook_open(&book, _i);
	book.handle = des_timer_create(book.des, tick, &book, 1);
	ck_assert(!des_timer_armed(book.des, book.handle));
	ck_assert_uint_eq(des_pending(book.des), 0);
	des_timer_set(book.des, book.handle, 99);
	des_timer_set(book.des, book.handle, 10);
	ck_assert_uint_eq(des_pending(book.des), 1);
	ck_assert_int_eq(des_timer_when_ns(book.des, book.handle), 10);
	des_run(book.des, 100);
	ck_assert_int_eq(des_now_ns(book.des), 100);
	des_timer_set(book.des, book.handle, 70); /* the past: now */
	ck_assert_int_eq(des_timer_when_ns(book.des, book.handle), 100);
	des_timer_stop(book.des, book.handle);
	des_timer_stop(book.des, book.handle);
	ck_assert(!des_timer_armed(book.des, book.handle));
	des_timer_set(book.des, book.handle, 200);
	des_timer_set(book.des, book.handle, TIME_NEVER_NS);
	ck_assert_uint_eq(des_pending(book.des), 0);
	des_timer_destroy(book.des, book.handle);
	notebook_close(&book, "10:1 20:1 30:1 ");
}
END_TEST

/* A timer set takes its turn behind what is already scheduled for that time. */
START_TEST(test_a_timer_takes_its_turn)
{
	struct notebook book;

	notebook_open(&book, _i);
	des_handle timer = des_timer_create(book.des, note, &book, 1);

	des_timer_set(book.des, timer, 10);
	des_at(book.des, 10, note, &book, 2);
	des_timer_set(book.des, timer, 10);
	des_at(book.des, 10, note, &book, 3);
	des_run(book.des, 10);
	notebook_close(&book, "10:2 10:1 10:3 ");
}
END_TEST

START_TEST(test_step_fires_one_up_to_and_including_the_end)
{
	struct notebook book;

	notebook_open(&book, _i);
	des_at(book.des, 10, note, &book, 1);
	des_at(book.des, 10, note, &book, 2);
	ck_assert(!des_step(book.des, 9));
	ck_assert_int_eq(des_now_ns(book.des), 0);
	ck_assert(des_step(book.des, 10));
	ck_assert_str_eq(book.text, "10:1 ");
	ck_assert(des_step(book.des, 10));
	ck_assert(!des_step(book.des, TIME_NEVER_NS));
	ck_assert_int_eq(des_now_ns(book.des), 10);
	des_run(book.des, 25);
	ck_assert_int_eq(des_now_ns(book.des), 25);
	des_after(book.des, 0, note, &book, 3);
	des_run(book.des, 25);
	notebook_close(&book, "10:1 10:2 25:3 ");
}
END_TEST

static void stop(void *object, uint64_t arg)
{
	struct notebook *book = object;

	note(object, arg);
	des_stop(book->des);
}

START_TEST(test_stop_is_for_good)
{
	struct notebook book;

	notebook_open(&book, _i);
	des_at(book.des, 10, stop, &book, 1);
	des_at(book.des, 10, note, &book, 2);
	des_run(book.des, 50);
	ck_assert(des_stopped(book.des));
	ck_assert_int_eq(des_now_ns(book.des), 10);
	ck_assert(!des_step(book.des, 50));
	des_run(book.des, 50);
	ck_assert_int_eq(des_now_ns(book.des), 10);
	notebook_close(&book, "10:1 ");
}
END_TEST

START_TEST(test_wrong_calls_abort)
{
	struct notebook book;

	notebook_open(&book, _i % 2);
	struct des *des = book.des;
	des_handle timer = des_timer_create(des, note, &book, 0);
	des_handle event = des_at(des, 50, note, &book, 0);

	des_run(des, 10);
	switch (_i / 2) {
	case 0:
		des_at(des, 9, note, &book, 0);
		break;
	case 1:
		des_at(des, TIME_NEVER_NS, note, &book, 0);
		break;
	case 2:
		des_after(des, -1, note, &book, 0);
		break;
	case 3:
		des_after(des, TIME_NEVER_NS - 10, note, &book, 0);
		break;
	case 4:
		des_at(des, 10, NULL, &book, 0);
		break;
	case 5:
		des_move(des, event, 9);
		break;
	case 6:
		des_cancel(des, timer);
		break;
	case 7:
		des_move(des, timer, 20);
		break;
	case 8:
		des_timer_set(des, event, 20);
		break;
	case 9:
		des_timer_destroy(des, timer);
		des_timer_armed(des, timer);
		break;
	case 10:
		des_run(des, 9);
		break;
	case 11:
		des_step(des, 9);
		break;
	default: /* D1: the clock has run past an event */
		*(int64_t *)(uintptr_t)des_now_pointer(des) = 51;
		des_check(des);
	}
}
END_TEST

/*
 * One model on either set: entities with a timer and an event each, that at
 * random schedule, move, cancel, stop, end and begin again, and log it all.
 */
enum { ENTITIES = 40, MODEL_EVENTS = 20000 };

struct entity {
	struct model *model;
	des_handle timer;
	des_handle event;
};

struct model {
	struct arena *arena;
	struct des *des;
	struct rng rng;
	struct entity entity[ENTITIES];
	char *log;
	size_t log_size;
	FILE *file;
};

static void entity_act(void *object, uint64_t arg);

static int64_t model_later_ns(struct model *m)
{
	return des_now_ns(m->des) + (int64_t)rng_below(&m->rng, 6) * 100;
}

static void entity_renew(struct model *m, struct entity *e)
{
	des_timer_destroy(m->des, e->timer);
	e->timer = des_timer_create(m->des, entity_act, e,
				    rng_below(&m->rng, 1000));
}

static void entity_act(void *object, uint64_t arg)
{
	struct entity *self = object;
	struct model *m = self->model;
	struct entity *e = &m->entity[rng_below(&m->rng, ENTITIES)];
	uint64_t choice = rng_below(&m->rng, 10);
	bool done = false;

	if (choice < 3)
		done = des_cancel(m->des, e->event);
	else if (choice < 5)
		done = des_move(m->des, e->event, model_later_ns(m));
	else if (choice == 5)
		des_timer_stop(m->des, e->timer);
	else if (choice == 6)
		entity_renew(m, e);
	else /* may be the past, which is now */
		des_timer_set(m->des, e->timer, model_later_ns(m) - 200);
	if (choice < 3 || !done)
		e->event = des_at(m->des, model_later_ns(m), entity_act, e,
				  choice);
	fprintf(m->file, "%" PRId64 " %td %" PRIu64 " %" PRIu64 " %d %zu\n",
		des_now_ns(m->des), self - m->entity, arg, choice, done,
		des_pending(m->des));
	des_timer_set(m->des, self->timer, model_later_ns(m) + 100);
}

static void model_run(struct model *m, enum des_set set, uint64_t seed)
{
	*m = (struct model){.arena = arena_create()};
	m->des = des_create(m->arena, set);
	m->file = open_memstream(&m->log, &m->log_size);
	rng_init(&m->rng, seed, RNG_TEST, 0);
	for (uint64_t i = 0; i < ENTITIES; i++) {
		struct entity *e = &m->entity[i];

		e->model = m;
		e->timer = des_timer_create(m->des, entity_act, e, i);
		des_timer_set(m->des, e->timer, (int64_t)i);
	}
	while (des_events_fired(m->des) < MODEL_EVENTS &&
	       des_step(m->des, TIME_NEVER_NS))
		if (des_events_fired(m->des) % 500 == 0)
			des_check(m->des);
	fclose(m->file);
}

static void model_end(struct model *m)
{
	free(m->log);
	arena_destroy(m->arena);
}

START_TEST(test_both_sets_give_the_same_bytes)
{
	struct model fast, naive;

	model_run(&fast, DES_FAST, (uint64_t)_i);
	model_run(&naive, DES_NAIVE, (uint64_t)_i);
	ck_assert_uint_eq(des_events_fired(fast.des), MODEL_EVENTS);
	ck_assert_uint_eq(fast.log_size, naive.log_size);
	ck_assert_mem_eq(fast.log, naive.log, fast.log_size);
	model_end(&fast);
	model_end(&naive);
}
END_TEST

static void *model_thread(void *model)
{
	model_run(model, DES_FAST, 5);
	return NULL;
}

START_TEST(test_two_loops_on_two_threads)
{
	struct model m[2];
	pthread_t thread[2];

	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, model_thread,
						&m[i]), 0);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	ck_assert_uint_eq(m[0].log_size, m[1].log_size);
	ck_assert_mem_eq(m[0].log, m[1].log, m[0].log_size);
	model_end(&m[0]);
	model_end(&m[1]);
}
END_TEST

/* Growth by doubling leaves the old arrays in the arena; reserve does not. */
START_TEST(test_reserve_saves_memory)
{
	struct arena *grown = arena_create(), *reserved = arena_create();
	struct des *a = des_create(grown, DES_FAST);
	struct des *b = des_create(reserved, DES_FAST);

	des_reserve(b, 5000);
	for (int i = 0; i < 5000; i++) {
		des_at(a, i, note, NULL, 0);
		des_at(b, i, note, NULL, 0);
	}
	ck_assert_uint_lt(arena_used_bytes(reserved),
			  arena_used_bytes(grown) * 2 / 3);
	arena_destroy(grown);
	arena_destroy(reserved);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("des");
	TCase *tc = tcase_create("both sets");

	tcase_add_loop_test(tc, test_earliest_first_then_first_scheduled, 0, 2);
	tcase_add_loop_test(tc, test_cancel_and_move, 0, 2);
	tcase_add_loop_test(tc, test_a_handle_is_stale_inside_its_own_callback,
			    0, 2);
	tcase_add_loop_test(tc, test_a_timer_survives_firing, 0, 2);
	tcase_add_loop_test(tc, test_a_timer_takes_its_turn, 0, 2);
	tcase_add_loop_test(
		tc, test_step_fires_one_up_to_and_including_the_end, 0, 2);
	tcase_add_loop_test(tc, test_stop_is_for_good, 0, 2);
	tcase_add_loop_test_raise_signal(tc, test_wrong_calls_abort, SIGABRT,
					 0, 26);
	suite_add_tcase(suite, tc);
	tc = tcase_create("runs");
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_both_sets_give_the_same_bytes, 0, 8);
	tcase_add_test(tc, test_two_loops_on_two_threads);
	tcase_add_test(tc, test_reserve_saves_memory);
	suite_add_tcase(suite, tc);
	return suite;
}
