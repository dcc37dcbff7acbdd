/* check_credit.c - Xen's credit scheduler, by hand and at random. */
#include "test/sched_random.h"
#include "test/sched_world.h"
#include "test/test.h"
#include "xen/credit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define MS NS_PER_MS
#define US NS_PER_US
#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static struct sched_unit *only_unit(struct sched_dom *dom)
{
	return sched_dom_unit(dom, 0);
}

static void pin(struct sched_world *w, struct sched_unit *u, uint32_t cpu)
{
	cpuset one = world_cpus(cpu, cpu);

	ck_assert_int_eq(sched_unit_set_affinity(w->s, u, &one, NULL, &w->err),
			 0);
	world_settle(w);
}

/* --- options -------------------------------------------------------------- */

/* Three ticks a slice, one where it is shorter than 3 ms, in whole us; the rate
 * limit is at most the slice. */
static const struct {
	int64_t tslice_ms, ratelimit_us;
	int64_t tick_ns, ratelimit_ns;
	uint32_t credits;
} slices[] = {
	{30, 1000, 10 * MS, 1 * MS, 300},
	{5, 1000, 1666 * US, 1 * MS, 50},
	{3, 5000, 1 * MS, 3 * MS, 30},
	{2, 1000, 2 * MS, 1 * MS, 20},
	{1, 5000, 1 * MS, 1 * MS, 10},
};

START_TEST(test_ticks_and_rate_limit_follow_the_slice)
{
	struct sched_world w;

	world_init(&w, 1, 4, 1);
	w.params.sched_credit_tslice_ms = slices[_i].tslice_ms;
	w.params.sched_ratelimit_us = slices[_i].ratelimit_us;
	world_start(&w, "credit");
	const struct credit *c = credit_of(w.s);

	ck_assert_int_eq(c->tick_ns, slices[_i].tick_ns);
	ck_assert_int_eq(c->ratelimit_ns, slices[_i].ratelimit_ns);
	ck_assert_uint_eq(c->per_tslice, slices[_i].credits);
	ck_assert_uint_eq(c->total, 4 * slices[_i].credits);
	world_fini(&w);
}
END_TEST

/* --- burning and accounting ----------------------------------------------- */

/* 150,000 ns are 1 credit and a half; the half is carried, and its 50,000 ns
 * burn again: 100,000 ns later 150,000 ns + a half = 2 credits. */
START_TEST(test_a_fraction_of_a_credit_counts_twice)
{
	struct credit_unit u = {.credit = 10};

	credit_burn(&u, 150000);
	ck_assert_int_eq(u.credit, 9);
	ck_assert_int_eq(u.residual, 500000);
	ck_assert_int_eq(u.start_ns, 100000);
	credit_burn(&u, 250000);
	ck_assert_int_eq(u.credit, 7);
	ck_assert_int_eq(u.residual, 0);
	ck_assert_int_eq(u.start_ns, 300000);
	credit_burn(&u, 299999); /* it is ahead: nothing */
	ck_assert_int_eq(u.credit, 7);
}
END_TEST

static struct sched_dom *earning(struct sched_world *w, uint32_t id,
				 uint32_t vcpus, uint32_t weight, uint32_t cap)
{
	struct sched_dom_params params = {weight, cap};
	struct sched_dom *dom = sched_dom_create(w->s, id, NULL);

	ck_assert_int_eq(sched_dom_set_params(w->s, dom, &params, &w->err), 0);
	for (uint32_t i = 0; i < vcpus; i++)
		credit_acct_start(credit_of(w->s),
				  credit_unit(sched_unit_create(w->s, dom, NULL,
								NULL)));
	return dom;
}

static int32_t credit_at(struct sched_dom *dom, uint32_t vcpu)
{
	return credit_unit(sched_dom_unit(dom, vcpu))->credit;
}

/* 4 CPUs, 1200 credits; a has 4 * 256 of 3072, b 4 * 512: 400 and 800. */
START_TEST(test_accounting_shares_by_weight)
{
	struct sched_world w;

	world_init(&w, 1, 4, 1);
	world_start(&w, "credit");
	struct sched_dom *a = earning(&w, 1, 4, 256, 0);
	struct sched_dom *b = earning(&w, 2, 4, 512, 0);

	credit_acct(w.s);
	for (uint32_t i = 0; i < 4; i++) {
		ck_assert_int_eq(credit_at(a, i), 100);
		ck_assert_int_eq(credit_at(b, i), 200);
	}
	ck_assert_int_eq(credit_of(w.s)->balance, 1200);
	sched_check(w.s);
	world_fini(&w);
}
END_TEST

/* 2 CPUs, 600 credits, lists are read latest first. b (1 unit of weight 300 of
 * 400) would have 450 but can use 300; the 150 left, * 400 / 100, go to the
 * total for a: (600 + 600) * 100 / 400 = 300. Then a cap of 10 % on a: 30. */
START_TEST(test_what_one_cannot_use_goes_to_the_others)
{
	struct sched_world w;
	struct sched_dom_params capped = {100, 10};

	world_init(&w, 1, 2, 1);
	world_start(&w, "credit");
	struct sched_dom *a = earning(&w, 1, 1, 100, 0);
	struct sched_dom *b = earning(&w, 2, 1, 300, 0);

	credit_acct(w.s);
	ck_assert_int_eq(credit_at(b, 0), 300);
	ck_assert_int_eq(credit_at(a, 0), 300);
	sched_dom_set_params(w.s, a, &capped, &w.err);
	credit_unit(sched_dom_unit(a, 0))->credit = -100;
	credit_acct(w.s);
	/* 600 > 300: it stops earning with half */
	ck_assert_int_eq(credit_at(b, 0), 300);
	ck_assert(!credit_active(credit_unit(sched_dom_unit(b, 0))));
	ck_assert_int_eq(credit_at(a, 0), -70);
	ck_assert(credit_unit(sched_dom_unit(a, 0))->parked);
	sched_check(w.s);
	world_fini(&w);
}
END_TEST

/* Xen's own code, over 3 s: 34.0 to 66.0 for 1 to 2, a cap of 30 % is 29.97. */
static const struct {
	uint32_t weight[2], cap[2];
	int tenths[2]; /* of a percent of one CPU, +-1 % */
} shares[] = {
	{{256, 256}, {0, 0}, {500, 500}},
	{{256, 512}, {0, 0}, {340, 660}},
	{{256, 256}, {30, 0}, {300, 700}},
	{{256, 256}, {20, 30}, {200, 300}},
};

START_TEST(test_shares_of_one_cpu_follow_weight_and_cap)
{
	struct sched_world w;
	struct sched_unit *u[2];

	world_init(&w, 1, 1, 1);
	w.check = true;
	world_start(&w, "credit");
	for (int i = 0; i < 2; i++) {
		struct sched_dom_params p = {shares[_i].weight[i],
					     shares[_i].cap[i]};
		struct sched_dom *dom = world_dom(&w, (uint32_t)i, 1, NULL);

		ck_assert_int_eq(sched_dom_set_params(w.s, dom, &p, &w.err), 0);
		u[i] = only_unit(dom);
	}
	world_run(&w, 6000 * MS);
	for (int i = 0; i < 2; i++) {
		int64_t tenths = world_ran_ns(&w, u[i]) / (6 * MS);

		ck_assert_int_ge(tenths, shares[_i].tenths[i] - 10);
		ck_assert_int_le(tenths, shares[_i].tenths[i] + 10);
	}
	world_fini(&w);
}
END_TEST

/* --- waking --------------------------------------------------------------- */

/* The first wake after creation is not boosted, so it waits behind the busy one
 * until its slice ends at 30 ms; later ones preempt, if 1 ms has passed. */
START_TEST(test_the_second_wake_preempts)
{
	struct sched_world w;

	world_init(&w, 1, 1, 1);
	w.check = true;
	world_start(&w, "credit");
	struct sched_unit *busy = only_unit(world_dom(&w, 1, 1, NULL));
	struct sched_unit *io = only_unit(world_dom(&w, 2, 1, NULL));

	world_run(&w, 29 * MS);
	ck_assert(sched_unit_running(busy));
	world_run(&w, 31 * MS);
	ck_assert(sched_unit_running(io));
	sched_unit_block(w.s, io);
	world_settle(&w);
	world_run(&w, 31 * MS + 500 * US);
	sched_unit_wake(w.s, io);
	world_settle(&w);
	ck_assert_int_eq(credit_unit(io)->pri, CREDIT_PRI_BOOST);
	ck_assert(sched_unit_running(busy)); /* its rate limit */
	world_run(&w, 32 * MS);
	ck_assert(sched_unit_running(io));
	world_fini(&w);
}
END_TEST

/* The rate limit leaves at least 100 ns, not 100 us: told after 60 ns, the CPU
 * is to schedule again 100 ns later, and after 200 ns what is left of 1 ms. */
START_TEST(test_the_slice_left_by_the_rate_limit)
{
	struct sched_world w;

	world_init(&w, 1, 1, 1);
	world_start(&w, "credit");
	world_dom(&w, 1, 2, NULL);
	world_run(&w, 60);
	sched_raise(w.s, 0);
	world_settle(&w);
	ck_assert_int_eq(w.timer_ns[0], 160);
	world_run(&w, 200);
	sched_raise(w.s, 0);
	world_settle(&w);
	ck_assert_int_eq(w.timer_ns[0], 1 * MS);
	world_fini(&w);
}
END_TEST

/* --- stealing ------------------------------------------------------------- */

/* A wakes on CPU 0, which is busy; CPU 1 is told, and last looked for work 0.5
 * ms ago. Later than 4.17 it may not look again so soon, and A waits. */
static const struct {
	int64_t version, ratelimit_us;
	bool stolen;
} limits[] = {
	{417, 1000, true}, {418, 1000, false}, {422, 1000, false},
	{422, 400, true},  {422, 500, false},  {422, 0, true},
};

START_TEST(test_stealing_is_limited_since_4_18)
{
	struct sched_world w;

	world_init(&w, 1, 2, 1);
	w.params.xen_version = limits[_i].version;
	w.params.load_balance_ratelimit = limits[_i].ratelimit_us;
	w.check = true;
	world_start(&w, "credit");
	struct sched_unit *a = only_unit(world_dom(&w, 1, 1, NULL));

	ck_assert_uint_eq(sched_unit_processor(a), 0);
	world_run(&w, 2 * MS);
	sched_unit_block(w.s, a);
	world_settle(&w);
	struct sched_unit *busy = only_unit(world_dom(&w, 2, 1, NULL));

	pin(&w, busy, 0);
	ck_assert(sched_unit_running(busy));
	world_run(&w, 4 * MS);
	sched_raise(w.s, 1);
	world_settle(&w);
	world_run(&w, 4 * MS + 500 * US);
	sched_unit_wake(w.s, a);
	world_settle(&w);
	ck_assert(sched_unit_running(a) == limits[_i].stolen);
	ck_assert_uint_eq(sched_unit_processor(a), limits[_i].stolen);
	world_fini(&w);
}
END_TEST

/* y yields to x on CPU 0. When CPU 1 becomes idle it finds y waiting. */
START_TEST(test_one_that_yielded_is_not_stolen_since_4_18)
{
	struct sched_world w;

	world_init(&w, 1, 2, 1);
	w.params.xen_version = _i ? 418 : 417;
	w.check = true;
	world_start(&w, "credit");
	struct sched_unit *y = only_unit(world_dom(&w, 1, 1, NULL));
	struct sched_unit *z = only_unit(world_dom(&w, 2, 1, NULL));
	struct sched_unit *x = only_unit(world_dom(&w, 3, 1, NULL));

	pin(&w, z, 1);
	pin(&w, x, 0);
	ck_assert(sched_unit_running(y) && sched_unit_running(z));
	world_run(&w, 5 * MS);
	sched_unit_yield(w.s, y);
	world_settle(&w);
	ck_assert(sched_unit_running(x));
	world_run(&w, 8 * MS);
	sched_unit_block(w.s, z);
	world_settle(&w);
	ck_assert(sched_unit_running(y) == (_i == 0));
	world_fini(&w);
}
END_TEST

/* Two wait on CPU 0, both may run on CPU 1; the second prefers it, so it is
 * taken first. Where a cache stays warm for 100 ms, after 95 ms nobody is. */
START_TEST(test_soft_affinity_and_a_warm_cache_decide_who_is_stolen)
{
	struct sched_world w;
	struct credit_unit *waits[2];

	world_init(&w, 1, 2, 1);
	w.params.vcpu_migration_delay = _i ? 100000 : 0;
	world_start(&w, "credit");
	for (uint32_t i = 0; i < 3; i++)
		pin(&w, only_unit(world_dom(&w, i, 1, NULL)), 0);
	world_run(&w, 95 * MS);
	struct list *first = credit_of(w.s)->cpu[0].waiting.next;

	for (int i = 0; i < 2; i++, first = first->next) {
		waits[i] = LIST_ENTRY(first, struct credit_unit, waiting);
		waits[i]->unit.hard = world_cpus(0, 1);
	}
	ck_assert_ptr_null(credit_steal(w.s, 1, CREDIT_PRI_UNDER));
	waits[1]->unit.soft_step = world_cpus(1, 1);
	waits[1]->unit.has_soft = true;
	struct credit_unit *stolen = credit_steal(w.s, 1, CREDIT_PRI_IDLE);

	ck_assert_ptr_eq(stolen, _i ? NULL : waits[1]);
	ck_assert_uint_eq(waits[1]->unit.processor, _i ? 0 : 1);
	if (stolen)
		ck_assert_ptr_eq(credit_steal(w.s, 1, CREDIT_PRI_IDLE),
				 waits[0]);
	world_fini(&w);
}
END_TEST

/* --- choosing a CPU ------------------------------------------------------- */

/* Cores 0 1 | 2 3 of two threads; CPU 0 is busy. A unit on CPU 1 that looks for
 * a better CPU goes to the idle core; to save power it stays. */
START_TEST(test_fully_idle_cores_first_unless_saving_power)
{
	struct sched_world w;

	world_init(&w, 1, 2, 2);
	w.params.sched_smt_power_savings = _i;
	w.check = true;
	world_start(&w, "credit");
	pin(&w, only_unit(world_dom(&w, 1, 1, NULL)), 0);
	struct sched_dom *dom = sched_dom_create(w.s, 2, NULL);
	struct sched_unit *u = sched_unit_create(w.s, dom, NULL, NULL);

	u->processor = 1;
	ck_assert_uint_eq(credit_best_cpu(w.s, credit_unit(u), false),
			  _i ? 1 : 2);
	world_fini(&w);
}
END_TEST

/* Node 0 is busy; a vCPU that prefers it waits there no longer than it takes an
 * idle CPU of node 1 to steal it. */
START_TEST(test_an_idle_cpu_anywhere_beats_waiting_at_home)
{
	struct sched_world w;
	cpuset home = world_cpus(0, 1);
	uint32_t running = 0;

	world_init(&w, 2, 2, 1);
	w.check = true;
	world_start(&w, "credit");
	struct sched_dom *dom = world_dom(&w, 1, 4, &home);

	world_run(&w, 100 * MS);
	for (uint32_t i = 0; i < 4; i++)
		running += sched_unit_running(sched_dom_unit(dom, i));
	ck_assert_uint_eq(running, 4);
	world_fini(&w);
}
END_TEST

/* --- at random ------------------------------------------------------------ */

START_TEST(test_whatever_happens_the_invariants_hold)
{
	static const int64_t tslices_ms[] = {30, 5, 1, 10};
	struct random_run *r = random_begin((uint32_t)_i * 104729 + 3);

	r->w.params.sched_credit_tslice_ms = tslices_ms[draw(r, 4)];
	r->w.params.vcpu_migration_delay = draw(r, 3) ? 0 : 2000;
	r->w.params.load_balance_ratelimit = draw(r, 3) ? 1000 : 0;
	r->w.params.tickle_one_idle_cpu = draw(r, 3) != 0;
	r->w.params.sched_smt_power_savings = draw(r, 4) == 0;
	r->w.params.xen_version = draw(r, 3) ? 422 : 417;
	random_end(r, "credit");
}
END_TEST

/* --- the checks bite ------------------------------------------------------ */

/* Six busy vCPUs on CPUs 0-1, CPU 2 idles; the seventh is capped and parked. */
struct broken {
	struct sched_world w;
	struct credit *c;
	struct credit_unit *waits, *runs, *parked;
	uint32_t cpu; /* of waits */
};

static struct broken *to_break(void)
{
	struct broken *b = calloc(1, sizeof(*b));
	struct sched_dom_params cap = {256, 5};
	cpuset two = world_cpus(0, 1);

	world_init(&b->w, 1, 3, 1);
	world_start(&b->w, "credit");
	struct sched_dom *dom = world_dom(&b->w, 1, 6, NULL);
	struct sched_dom *capped = world_dom(&b->w, 2, 1, NULL);

	for (uint32_t i = 0; i < 6; i++)
		sched_unit_set_affinity(b->w.s, sched_dom_unit(dom, i), &two,
					NULL, &b->w.err);
	sched_dom_set_params(b->w.s, capped, &cap, &b->w.err);
	world_settle(&b->w);
	b->parked = credit_unit(sched_dom_unit(capped, 0));
	while (!b->parked->parked)
		world_run(&b->w, b->w.now_ns + MS);
	b->c = credit_of(b->w.s);
	b->cpu = b->c->cpu[0].nr_runnable > 2 ? 0 : 1;
	b->waits = LIST_ENTRY(b->c->cpu[b->cpu].waiting.next,
			      struct credit_unit, waiting);
	b->runs = credit_unit(b->w.s->cpu[b->cpu].current);
	sched_check(b->w.s);
	return b;
}

static void break_k1(struct broken *b)
{
	list_del(&b->waits->waiting);
	credit_runnable_dec(b->c, b->cpu); /* so that only K1 is broken */
}

static void break_k1_cpu(struct broken *b)
{
	b->waits->unit.processor = !b->cpu;
}

static void break_k2(struct broken *b)
{
	b->c->cpu[b->cpu].nr_runnable++;
}

static void break_k2_loaded(struct broken *b)
{
	cpuset_del(&b->c->loaded, b->cpu);
}

static void break_k3(struct broken *b)
{
	b->c->cpu[b->cpu].sorted = b->c->sort_epoch;
	b->waits->pri = CREDIT_PRI_OVER;
	LIST_ENTRY(b->waits->waiting.next, struct credit_unit, waiting)->pri =
		CREDIT_PRI_UNDER;
}

static void break_k4(struct broken *b)
{
	b->c->weight++;
}

static void break_k4_count(struct broken *b)
{
	struct credit_dom *d = credit_dom(b->waits->unit.dom);

	d->nr_active++;
}

static void break_k4_list(struct broken *b)
{
	list_del(&credit_dom(b->waits->unit.dom)->active_link);
}

static void break_k5(struct broken *b)
{
	b->waits->pri = CREDIT_PRI_IDLE;
}

static void break_k5_residual(struct broken *b)
{
	b->runs->residual = 1000000;
}

static void break_k6(struct broken *b)
{
	cpuset_add(&b->c->idlers, b->cpu);
}

static void break_k6_unmarked(struct broken *b)
{
	cpuset_del(&b->c->idlers, 2);
}

static void break_k7(struct broken *b)
{
	b->parked->parked = false;
}

static void break_k7_active(struct broken *b)
{
	credit_acct_stop(b->c, b->parked);
}

static void break_k8(struct broken *b)
{
	b->c->total--;
}

static void (*const breaks[])(struct broken *) = {
	break_k1, break_k1_cpu, break_k2, break_k2_loaded, break_k3, break_k4,
	break_k4_count, break_k4_list, break_k5, break_k5_residual, break_k6,
	break_k6_unmarked, break_k7, break_k7_active, break_k8,
};

START_TEST(test_a_broken_invariant_aborts)
{
	struct broken *b = to_break();

	breaks[_i](b);
	credit_check(b->w.s);
}
END_TEST

START_TEST(test_what_the_breaks_break_is_sound)
{
	struct broken *b = to_break();

	credit_check(b->w.s);
	world_fini(&b->w);
	free(b);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("credit");
	TCase *tc = tcase_create("credit");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, test_ticks_and_rate_limit_follow_the_slice, 0,
			    COUNT(slices));
	tcase_add_test(tc, test_a_fraction_of_a_credit_counts_twice);
	tcase_add_test(tc, test_accounting_shares_by_weight);
	tcase_add_test(tc, test_what_one_cannot_use_goes_to_the_others);
	tcase_add_loop_test(tc, test_shares_of_one_cpu_follow_weight_and_cap, 0,
			    COUNT(shares));
	tcase_add_test(tc, test_the_second_wake_preempts);
	tcase_add_test(tc, test_the_slice_left_by_the_rate_limit);
	tcase_add_loop_test(tc, test_stealing_is_limited_since_4_18, 0,
			    COUNT(limits));
	tcase_add_loop_test(tc, test_one_that_yielded_is_not_stolen_since_4_18,
			    0, 2);
	tcase_add_loop_test(tc,
		test_soft_affinity_and_a_warm_cache_decide_who_is_stolen, 0, 2);
	tcase_add_loop_test(tc,
			    test_fully_idle_cores_first_unless_saving_power, 0,
			    2);
	tcase_add_test(tc, test_an_idle_cpu_anywhere_beats_waiting_at_home);
	tcase_add_loop_test(tc, test_whatever_happens_the_invariants_hold, 0,
			    20);
	tcase_add_test(tc, test_what_the_breaks_break_is_sound);
	tcase_add_loop_test_raise_signal(tc, test_a_broken_invariant_aborts,
					 SIGABRT, 0, COUNT(breaks));
	suite_add_tcase(suite, tc);
	return suite;
}
