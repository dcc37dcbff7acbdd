/* check_null.c - Xen's null scheduler, by hand and at random. */
#include "test/sched_random.h"
#include "test/sched_world.h"
#include "test/test.h"
#include "xen/null.h"

#include <signal.h>
#include <stdlib.h>

#define MS NS_PER_MS
#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static struct sched_unit *only_unit(struct sched_dom *dom)
{
	return sched_dom_unit(dom, 0);
}

/* --- one vCPU a CPU ------------------------------------------------------- */

/* Three vCPUs, two CPUs: the third waits until one of the others goes, and a
 * blocked one keeps its CPU. */
START_TEST(test_who_has_no_cpu_waits_until_one_is_free)
{
	struct sched_world w;

	world_init(&w, 1, 2, 1);
	w.check = true;
	world_start(&w, "null");
	struct sched_dom *a = world_dom(&w, 1, 2, NULL);
	struct sched_unit *u = only_unit(world_dom(&w, 2, 1, NULL));

	world_run(&w, 500 * MS);
	ck_assert_int_eq(world_ran_ns(&w, u), 0);
	sched_unit_block(w.s, sched_dom_unit(a, 1));
	world_settle(&w);
	world_run(&w, 600 * MS);
	ck_assert_int_eq(sched_unit_state(u), SCHED_RUNNABLE);
	sched_unit_wake(w.s, sched_dom_unit(a, 1));
	world_settle(&w);
	ck_assert(sched_unit_running(sched_dom_unit(a, 1)));
	sched_unit_down(w.s, sched_dom_unit(a, 1));
	world_settle(&w);
	ck_assert(sched_unit_running(u));
	ck_assert_uint_eq(sched_unit_processor(u), 1);
	/* It comes back, to wait. */
	sched_unit_up(w.s, sched_dom_unit(a, 1));
	world_settle(&w);
	ck_assert_int_eq(sched_unit_state(sched_dom_unit(a, 1)),
			 SCHED_RUNNABLE);
	ck_assert_uint_eq(sched_counts(w.s)->livelocks, 0);
	world_fini(&w);
}
END_TEST

/* No slice timer is ever set, and yielding changes nothing. */
START_TEST(test_there_are_no_slices)
{
	struct sched_world w;

	world_init(&w, 1, 1, 1);
	w.check = true;
	world_start(&w, "null");
	struct sched_unit *u = only_unit(world_dom(&w, 1, 1, NULL));

	world_dom(&w, 2, 1, NULL);
	ck_assert(sched_unit_running(u));
	sched_unit_yield(w.s, u);
	world_settle(&w);
	ck_assert(sched_unit_running(u));
	ck_assert_uint_eq(w.timers_seen, 0);
	world_fini(&w);
}
END_TEST

START_TEST(test_it_has_no_weights_and_periods)
{
	struct sched_world w;
	struct sched_dom_params params = {512, 0};
	struct sched_rtds_params rtds = {10 * MS, 4 * MS, true};

	world_init(&w, 1, 1, 1);
	world_start(&w, "null");
	struct sched_dom *dom = world_dom(&w, 1, 1, NULL);

	ck_assert_int_eq(sched_dom_set_params(w.s, dom, &params, &w.err), -1);
	ck_assert_str_eq(w.err.text, "this scheduler has no weights and caps");
	ck_assert_int_eq(sched_unit_set_rtds(w.s, only_unit(dom), &rtds,
					     &w.err), -1);
	ck_assert_str_eq(w.err.text, "only rtds has periods and budgets");
	world_fini(&w);
}
END_TEST

/* Two wait for the CPU that becomes free; the later one prefers it. */
START_TEST(test_who_prefers_a_free_cpu_has_it)
{
	struct sched_world w;
	cpuset second = world_cpus(1, 1);

	world_init(&w, 1, 2, 1);
	w.check = true;
	world_start(&w, "null");
	struct sched_dom *a = world_dom(&w, 1, 2, NULL);
	struct sched_unit *any = only_unit(world_dom(&w, 2, 1, NULL));
	struct sched_unit *near = only_unit(world_dom(&w, 3, 1, &second));

	sched_unit_down(w.s, sched_dom_unit(a, 1));
	world_settle(&w);
	ck_assert(sched_unit_running(near));
	ck_assert_int_eq(sched_unit_state(any), SCHED_RUNNABLE);
	world_fini(&w);
}
END_TEST

/* --- the livelock --------------------------------------------------------- */

struct seen {
	uint32_t count, cpu;
	struct sched_unit *unit;
};

static struct seen seen;

static void hook_livelock(void *world, uint32_t cpu, struct sched_unit *unit)
{
	(void)world;
	seen.count++;
	seen.cpu = cpu;
	seen.unit = unit;
}

/* CPU 1 has the first vCPU that prefers it. The second is nominally on CPU 0,
 * which may not take it, and would tell itself for ever to try again. */
static struct sched_unit *livelock(struct sched_world *w)
{
	cpuset soft = world_cpus(1, 1);

	world_init(w, 1, 2, 1);
	w->check = true;
	world_start(w, "null");
	w->s->env.livelock = hook_livelock;
	memset(&seen, 0, sizeof(seen));
	world_dom(w, 1, 1, &soft);
	return only_unit(world_dom(w, 2, 1, &soft));
}

START_TEST(test_a_livelock_is_told_once_and_gone_on_from)
{
	struct sched_world w;
	struct sched_unit *u = livelock(&w);

	ck_assert_uint_eq(seen.count, 1);
	ck_assert_uint_eq(seen.cpu, 0);
	ck_assert_ptr_eq(seen.unit, u);
	ck_assert_int_eq(sched_unit_state(u), SCHED_RUNNABLE);
	ck_assert_ptr_null(sched_cpu_current(w.s, 0));
	/* Told again, the CPU finds the same: no news. */
	sched_raise(w.s, 0);
	world_settle(&w);
	ck_assert_uint_eq(seen.count, 1);
	ck_assert_uint_eq(sched_counts(w.s)->livelocks, 1);
	world_fini(&w);
}
END_TEST

/* A third vCPU takes CPU 0: hands have changed. When it goes, the waiting one
 * has its CPU. */
START_TEST(test_a_livelock_ends_when_hands_change)
{
	struct sched_world w;
	struct sched_unit *u = livelock(&w);
	struct sched_dom *third = world_dom(&w, 3, 1, NULL);

	ck_assert(sched_unit_running(only_unit(third)));
	world_end_dom(&w, third);
	ck_assert(sched_unit_running(u));
	ck_assert_uint_eq(sched_unit_processor(u), 0);
	ck_assert_uint_eq(seen.count, 1);
	world_fini(&w);
}
END_TEST

/* Two CPUs, each with one it may not take, each telling itself. */
START_TEST(test_two_livelocks_at_once_end_too)
{
	struct sched_world w;
	cpuset soft = world_cpus(2, 2);
	uint32_t waiting = 0;

	world_init(&w, 1, 3, 1);
	w.check = true;
	world_start(&w, "null");
	w.s->env.livelock = hook_livelock;
	memset(&seen, 0, sizeof(seen));
	world_dom(&w, 1, 1, &soft);
	struct sched_unit *u[2];

	for (uint32_t i = 0; i < 2; i++) {
		cpuset hard = world_cpus(i, i);
		struct sched_dom *dom = sched_dom_create(w.s, 2 + i, NULL);

		cpuset_add(&hard, 2);
		u[i] = sched_unit_create(w.s, dom, NULL, NULL);
		sched_unit_set_affinity(w.s, u[i], &hard, &soft, &w.err);
		sched_unit_up(w.s, u[i]);
	}
	sched_dom_unpause(w.s, sched_unit_dom(u[0]));
	sched_dom_unpause(w.s, sched_unit_dom(u[1]));
	world_settle(&w);
	for (int i = 0; i < 2; i++)
		waiting += sched_unit_state(u[i]) == SCHED_RUNNABLE;
	ck_assert_uint_eq(waiting, 2);
	ck_assert_uint_eq(seen.count, 2);
	world_fini(&w);
}
END_TEST

/* --- at random ------------------------------------------------------------ */

START_TEST(test_whatever_happens_the_invariants_hold)
{
	random_end(random_begin((uint32_t)_i * 15485863 + 5), "null");
}
END_TEST

/* --- the checks bite ------------------------------------------------------ */

/* CPU 0 has runs, CPU 1 is free; waits may only use CPU 0. */
struct broken {
	struct sched_world w;
	struct null *n;
	struct null_unit *runs, *waits;
};

static struct broken *to_break(void)
{
	struct broken *b = calloc(1, sizeof(*b));
	cpuset first = world_cpus(0, 0);
	struct sched_dom *dom;

	world_init(&b->w, 1, 2, 1);
	world_start(&b->w, "null");
	b->n = null_of(b->w.s);
	b->runs = null_unit(only_unit(world_dom(&b->w, 1, 1, NULL)));
	dom = sched_dom_create(b->w.s, 2, NULL);
	b->waits = null_unit(sched_unit_create(b->w.s, dom, NULL, NULL));
	sched_unit_set_affinity(b->w.s, &b->waits->unit, &first, NULL,
				&b->w.err);
	sched_unit_up(b->w.s, &b->waits->unit);
	sched_dom_unpause(b->w.s, dom);
	world_settle(&b->w);
	ck_assert(null_waits(b->waits) && b->runs->unit.running);
	sched_check(b->w.s);
	return b;
}

static void break_n1(struct broken *b)
{
	cpuset_del(&b->n->free, 1);
}

static void break_n1_processor(struct broken *b)
{
	b->n->cpu_unit[1] = b->waits;
	cpuset_del(&b->n->free, 1);
}

static void break_n2(struct broken *b)
{
	list_add_tail(&b->n->waiting, &b->runs->waiting);
}

static void break_n3(struct broken *b)
{
	b->waits->unit.flags |= SCHED_FLAG_DOWN;
}

static void break_n4(struct broken *b)
{
	list_del(&b->waits->waiting);
}

static void break_n5(struct broken *b)
{
	b->n->cpu_unit[0] = b->waits;
}

static void break_n6(struct broken *b)
{
	cpuset_add(&b->n->stuck, 0);
}

static void (*const breaks[])(struct broken *) = {
	break_n1, break_n1_processor, break_n2, break_n3,
	break_n4, break_n5, break_n6,
};

START_TEST(test_a_broken_invariant_aborts)
{
	struct broken *b = to_break();

	breaks[_i](b);
	null_check(b->w.s);
}
END_TEST

START_TEST(test_what_the_breaks_break_is_sound)
{
	struct broken *b = to_break();

	null_check(b->w.s);
	world_fini(&b->w);
	free(b);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("null");
	TCase *tc = tcase_create("null");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, test_who_has_no_cpu_waits_until_one_is_free);
	tcase_add_test(tc, test_there_are_no_slices);
	tcase_add_test(tc, test_it_has_no_weights_and_periods);
	tcase_add_test(tc, test_who_prefers_a_free_cpu_has_it);
	tcase_add_test(tc, test_a_livelock_is_told_once_and_gone_on_from);
	tcase_add_test(tc, test_a_livelock_ends_when_hands_change);
	tcase_add_test(tc, test_two_livelocks_at_once_end_too);
	tcase_add_loop_test(tc, test_whatever_happens_the_invariants_hold, 0,
			    20);
	tcase_add_test(tc, test_what_the_breaks_break_is_sound);
	tcase_add_loop_test_raise_signal(tc, test_a_broken_invariant_aborts,
					 SIGABRT, 0, COUNT(breaks));
	suite_add_tcase(suite, tc);
	return suite;
}
