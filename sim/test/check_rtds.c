/* check_rtds.c - Xen's real-time scheduler, by hand and at random. */
#include "test/sched_random.h"
#include "test/sched_world.h"
#include "test/test.h"
#include "xen/rtds.h"

#include <signal.h>
#include <stdlib.h>

#define MS NS_PER_MS
#define US NS_PER_US
#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static struct rtds_unit *only_unit(struct sched_dom *dom)
{
	return rtds_unit(sched_dom_unit(dom, 0));
}

static void promise(struct sched_world *w, struct rtds_unit *u,
		    int64_t period_ns, int64_t budget_ns, bool extratime)
{
	struct sched_rtds_params params = {period_ns, budget_ns, extratime};

	ck_assert_int_eq(sched_unit_set_rtds(w->s, &u->unit, &params, &w->err),
			 0);
}

/* --- parameters ----------------------------------------------------------- */

static const struct {
	int64_t period_ns, budget_ns;
	const char *says; /* NULL: taken */
} settings[] = {
	{10 * US, 10 * US, NULL},
	{20 * MS, 20 * MS, NULL},
	{10 * US - 1, 10 * US - 1, "period: 9999 ns is out of range; 10000 to"},
	{10 * MS, 10 * US - 1, "budget: 9999 ns is out of range; 10000 to the"},
	{10 * MS, 10 * MS + 1, "budget: 10000001 ns is out of range"},
	{INT64_MAX, 10 * MS, "period: 9223372036854775807 ns is out of range"},
};

START_TEST(test_periods_and_budgets_have_limits)
{
	struct sched_world w;
	struct sched_rtds_params params = {settings[_i].period_ns,
					   settings[_i].budget_ns, true};

	world_init(&w, 1, 1, 1);
	world_start(&w, "rtds");
	struct rtds_unit *u = only_unit(world_dom(&w, 1, 1, NULL));
	int rc = sched_unit_set_rtds(w.s, &u->unit, &params, &w.err);

	ck_assert_int_eq(rc, settings[_i].says ? -1 : 0);
	if (rc)
		ck_assert_msg(strstr(w.err.text, settings[_i].says) ==
			      w.err.text, "%s", w.err.text);
	ck_assert_int_eq(u->params.period_ns,
			 rc ? 10 * MS : settings[_i].period_ns);
	world_fini(&w);
}
END_TEST

/* New vCPUs have what the options say; their first deadline is the next
 * multiple of the period from boot. */
START_TEST(test_deadlines_count_from_boot)
{
	struct sched_world w;

	world_init(&w, 1, 1, 1);
	w.params.rtds_period_us = 20000;
	w.params.rtds_budget_us = 3000;
	w.params.rtds_extratime = 0;
	w.check = true;
	world_start(&w, "rtds");
	world_run(&w, 27 * MS);
	struct rtds_unit *u = only_unit(world_dom(&w, 1, 1, NULL));

	ck_assert_int_eq(u->cur_deadline_ns, 40 * MS);
	ck_assert_int_eq(w.timer_ns[0], 30 * MS); /* its budget */
	world_run(&w, 35 * MS);
	ck_assert(u->depleted && !u->unit.running);
	world_run(&w, 41 * MS);
	ck_assert(u->unit.running);
	ck_assert_int_eq(u->cur_deadline_ns, 60 * MS);
	world_fini(&w);
}
END_TEST

/* --- shares --------------------------------------------------------------- */

/* Two on one CPU, 4 ms of 10 each: 40 % each and 20 % idle; with extratime the
 * rest is shared, too. 5 of 20 ms beside 8 of 10: 25 % and, in the long run,
 * all of the rest, as it has extratime. */
static const struct {
	int64_t period_ns[2], budget_ns[2];
	bool extratime[2];
	int percent[2];
} shares[] = {
	{{10 * MS, 10 * MS}, {4 * MS, 4 * MS}, {false, false}, {40, 40}},
	{{10 * MS, 10 * MS}, {4 * MS, 4 * MS}, {true, true}, {50, 50}},
	{{20 * MS, 10 * MS}, {5 * MS, 6 * MS}, {false, true}, {25, 75}},
	{{20 * MS, 10 * MS}, {5 * MS, 6 * MS}, {false, false}, {25, 60}},
};

START_TEST(test_budgets_are_kept)
{
	struct sched_world w;
	struct rtds_unit *u[2];

	world_init(&w, 1, 1, 1);
	w.check = true;
	world_start(&w, "rtds");
	for (int i = 0; i < 2; i++) {
		u[i] = only_unit(world_dom(&w, (uint32_t)i, 1, NULL));
		promise(&w, u[i], shares[_i].period_ns[i],
			shares[_i].budget_ns[i], shares[_i].extratime[i]);
	}
	world_run(&w, 4000 * MS);
	for (int i = 0; i < 2; i++) {
		int64_t percent = world_ran_ns(&w, &u[i]->unit) / (40 * MS);

		ck_assert_int_ge(percent, shares[_i].percent[i] - 1);
		ck_assert_int_le(percent, shares[_i].percent[i] + 1);
	}
	world_fini(&w);
}
END_TEST

/* The earlier deadline first: at 20 ms both have new budgets, a until 25 ms, b
 * until 30 ms, so a runs, whoever came first. */
START_TEST(test_the_earlier_deadline_runs)
{
	struct sched_world w;

	world_init(&w, 1, 1, 1);
	w.check = true;
	world_start(&w, "rtds");
	struct rtds_unit *b = only_unit(world_dom(&w, 1, 1, NULL));
	struct rtds_unit *a = only_unit(world_dom(&w, 2, 1, NULL));

	promise(&w, b, 10 * MS, 4 * MS, false);
	promise(&w, a, 5 * MS, 2 * MS, false);
	world_run(&w, 21 * MS);
	ck_assert(a->unit.running);
	ck_assert_int_eq(a->cur_deadline_ns, 25 * MS);
	world_run(&w, 23 * MS);
	ck_assert(b->unit.running);
	ck_assert_int_eq(b->cur_deadline_ns, 30 * MS);
	world_fini(&w);
}
END_TEST

/* A depleted one that is then allowed extratime waits at level 1 with a whole
 * budget; 4.17 let it be depleted until its deadline. */
START_TEST(test_extratime_for_a_depleted_one)
{
	struct sched_world w;

	world_init(&w, 1, 1, 1);
	w.params.xen_version = _i ? 422 : 417;
	w.params.rtds_extratime = 0;
	w.check = true;
	world_start(&w, "rtds");
	struct rtds_unit *u = only_unit(world_dom(&w, 1, 1, NULL));

	world_run(&w, 5 * MS);
	ck_assert(u->depleted);
	ck_assert_int_eq(u->cur_budget_ns, 0);
	promise(&w, u, 10 * MS, 4 * MS, true);
	sched_raise(w.s, 0); /* nobody tells the CPU */
	world_settle(&w);
	ck_assert(u->unit.running == (_i == 1));
	ck_assert_uint_eq(u->level, _i);
	ck_assert_int_eq(u->cur_budget_ns, _i ? 4 * MS : 0);
	world_run(&w, 11 * MS);
	ck_assert(u->unit.running);
	world_fini(&w);
}
END_TEST

/* Hard affinity is obeyed; soft affinity does not count. */
START_TEST(test_only_hard_affinity_counts)
{
	struct sched_world w;
	cpuset soft = world_cpus(2, 3), hard = world_cpus(3, 3);

	world_init(&w, 2, 2, 1);
	w.check = true;
	world_start(&w, "rtds");
	struct rtds_unit *u = only_unit(world_dom(&w, 1, 1, &soft));

	ck_assert_uint_eq(u->unit.processor, 0);
	sched_unit_set_affinity(w.s, &u->unit, &hard, NULL, &w.err);
	world_settle(&w);
	ck_assert(u->unit.running);
	ck_assert_uint_eq(u->unit.processor, 3);
	world_fini(&w);
}
END_TEST

/* --- at random ------------------------------------------------------------ */

START_TEST(test_whatever_happens_the_invariants_hold)
{
	struct random_run *r = random_begin((uint32_t)_i * 49979687 + 7);

	r->w.params.rtds_period_us = 100 + draw(r, 20000);
	r->w.params.rtds_budget_us = 50 + draw(r, 50);
	r->w.params.rtds_extratime = draw(r, 2);
	r->w.params.xen_version = draw(r, 3) ? 422 : 417;
	random_end(r, "rtds");
}
END_TEST

/* --- the checks bite ------------------------------------------------------ */

/* One runs on CPU 0, two wait, one is depleted. */
struct broken {
	struct sched_world w;
	struct rtds *rt;
	struct rtds_unit *runs, *first, *second, *depleted;
};

static struct broken *to_break(void)
{
	struct broken *b = calloc(1, sizeof(*b));

	world_init(&b->w, 1, 1, 1);
	world_start(&b->w, "rtds");
	b->rt = rtds_of(b->w.s);
	b->depleted = only_unit(world_dom(&b->w, 1, 1, NULL));
	promise(&b->w, b->depleted, 10 * MS, 4 * MS, false);
	for (uint32_t i = 2; i < 5; i++)
		world_dom(&b->w, i, 1, NULL);
	world_run(&b->w, 5 * MS);
	b->runs = rtds_unit(b->w.s->cpu[0].current);
	b->first = LIST_ENTRY(b->rt->runq.next, struct rtds_unit, queue);
	b->second = LIST_ENTRY(b->rt->runq.next->next, struct rtds_unit,
			       queue);
	ck_assert(b->depleted->depleted);
	sched_check(b->w.s);
	return b;
}

static void break_r1(struct broken *b)
{
	list_del(&b->first->queue);
}

static void break_r2(struct broken *b)
{
	list_del(&b->runs->repl);
}

static void break_r3(struct broken *b)
{
	b->first->level = 7;
}

static void break_r3_budget(struct broken *b)
{
	b->second->cur_budget_ns = 0;
}

static void break_r4(struct broken *b)
{
	b->depleted->cur_budget_ns = 1;
}

static void break_r5(struct broken *b)
{
	b->runs->cur_budget_ns = -1;
}

static void break_r5_deadline(struct broken *b)
{
	b->runs->cur_deadline_ns = 0;
}

static void break_r6(struct broken *b)
{
	cpuset_add(&b->rt->tickled, 0);
}

static void break_r7(struct broken *b)
{
	b->runs->scheduled = false;
}

static void (*const breaks[])(struct broken *) = {
	break_r1, break_r2, break_r3, break_r3_budget, break_r4,
	break_r5, break_r5_deadline, break_r6, break_r7,
};

START_TEST(test_a_broken_invariant_aborts)
{
	struct broken *b = to_break();

	breaks[_i](b);
	rtds_check(b->w.s);
}
END_TEST

START_TEST(test_what_the_breaks_break_is_sound)
{
	struct broken *b = to_break();

	rtds_check(b->w.s);
	world_fini(&b->w);
	free(b);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("rtds");
	TCase *tc = tcase_create("rtds");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, test_periods_and_budgets_have_limits, 0,
			    COUNT(settings));
	tcase_add_test(tc, test_deadlines_count_from_boot);
	tcase_add_loop_test(tc, test_budgets_are_kept, 0, COUNT(shares));
	tcase_add_test(tc, test_the_earlier_deadline_runs);
	tcase_add_loop_test(tc, test_extratime_for_a_depleted_one, 0, 2);
	tcase_add_test(tc, test_only_hard_affinity_counts);
	tcase_add_loop_test(tc, test_whatever_happens_the_invariants_hold, 0,
			    20);
	tcase_add_test(tc, test_what_the_breaks_break_is_sound);
	tcase_add_loop_test_raise_signal(tc, test_a_broken_invariant_aborts,
					 SIGABRT, 0, COUNT(breaks));
	suite_add_tcase(suite, tc);
	return suite;
}
