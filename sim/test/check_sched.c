/* check_sched.c - the scheduler core: affinity, states, pools, options. */
#include "test/sched_world.h"
#include "test/test.h"

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#define MS NS_PER_MS
#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* --- affinity ------------------------------------------------------------- */

static cpuset cpus_of(const json_t *list)
{
	cpuset cpus = {{0}};

	if (json_is_string(list))
		return cpuset_all();
	for (size_t i = 0; i < json_array_size(list); i++)
		cpuset_add(&cpus, (uint32_t)json_integer_value(
					  json_array_get(list, i)));
	return cpus;
}

static int affinity_record(const json_t *record)
{
	const json_t *vcpus = json_object_get(record, "vcpus");
	const json_t *out = json_object_get(record, "vcpu_out");
	cpuset pool = cpus_of(json_object_get(record, "pool_online_cpus"));

	for (size_t i = 0; i < json_array_size(vcpus); i++) {
		const json_t *v = json_array_get(vcpus, i);
		const json_t *o = json_array_get(out, i);
		cpuset hard = cpus_of(json_object_get(v, "hard"));
		cpuset soft = cpus_of(json_object_get(v, "soft"));
		cpuset want = cpus_of(json_object_get(o, "soft_step"));
		cpuset step = sched_soft_step(&hard, &soft);
		cpuset below = cpuset_below(64);

		/* "all" was 64 CPUs wide there. */
		step = cpuset_and(&step, &below);
		want = cpuset_and(&want, &below);
		ck_assert(cpuset_equal(&step, &want));
		ck_assert(sched_soft_effective(&hard, &soft) ==
			  json_is_true(json_object_get(o, "soft_effective")));
		ck_assert(sched_has_soft(&hard, &soft, &pool) ==
			  json_is_true(json_object_get(o, "has_soft")));
	}
	return (int)json_array_size(vcpus);
}

START_TEST(test_affinity_rules_are_as_recorded)
{
	gzFile file = gzopen("sim/test/golden/affinity.jsonl.gz", "rb");
	static char line[1 << 20];
	int records = 0, vcpus = 0;

	ck_assert_ptr_nonnull(file);
	while (gzgets(file, line, sizeof(line))) {
		json_t *record = json_loads(line, 0, NULL);

		ck_assert_ptr_nonnull(record);
		vcpus += affinity_record(record);
		records++;
		json_decref(record);
	}
	gzclose(file);
	ck_assert_int_eq(records, 250);
	ck_assert_int_gt(vcpus, 200);
}
END_TEST

/* Soft {0} of a unit with hard {0,1}: effective on 2 CPUs, but not where the
 * pool is CPU 0 alone. */
START_TEST(test_soft_does_not_count_where_the_pool_is_inside_it)
{
	cpuset hard = world_cpus(0, 1), soft = world_cpus(0, 0);
	cpuset both = world_cpus(0, 1), one = world_cpus(0, 0);

	ck_assert(sched_soft_effective(&hard, &soft));
	ck_assert(sched_has_soft(&hard, &soft, &both));
	ck_assert(!sched_has_soft(&hard, &soft, &one));
}
END_TEST

START_TEST(test_affinity_without_a_cpu_of_the_pool_is_refused)
{
	struct sched_world w;
	cpuset outside = world_cpus(4, 9);

	world_init(&w, 1, 4, 1);
	world_start(&w, "credit2");
	struct sched_unit *u = sched_dom_unit(world_dom(&w, 7, 1, NULL), 0);

	ck_assert_int_eq(sched_unit_set_affinity(w.s, u, &outside, NULL,
						 &w.err), -1);
	ck_assert_str_eq(w.err.text,
			 "hard affinity of d7v0: no CPU of its pool in it");
	ck_assert(cpuset_has(sched_unit_hard(u), 0));
	ck_assert(sched_unit_running(u));
	/* Soft may be anything. */
	ck_assert_int_eq(sched_unit_set_affinity(w.s, u, NULL, &outside,
						 &w.err), 0);
	world_settle(&w);
	ck_assert(sched_unit_running(u));
	ck_assert(!sched_unit_prefers(u, sched_unit_processor(u)));
	world_fini(&w);
}
END_TEST

START_TEST(test_a_running_unit_leaves_a_cpu_it_may_no_longer_use)
{
	struct sched_world w;
	cpuset only = world_cpus(3, 3);

	world_init(&w, 1, 4, 1);
	world_start(&w, "credit2");
	struct sched_unit *u = sched_dom_unit(world_dom(&w, 1, 1, NULL), 0);

	ck_assert_uint_eq(sched_unit_processor(u), 0);
	world_run(&w, 2 * MS);
	sched_unit_set_affinity(w.s, u, &only, NULL, &w.err);
	ck_assert(sched_unit_running(u)); /* until its CPU schedules */
	world_settle(&w);
	ck_assert(sched_unit_running(u));
	ck_assert_uint_eq(sched_unit_processor(u), 3);
	ck_assert_ptr_null(sched_cpu_current(w.s, 0));
	world_fini(&w);
}
END_TEST

/* --- creation ------------------------------------------------------------- */

/* One run queue, so that the scheduler keeps the start CPU: the first of the
 * domain's CPUs, then each time the next, cyclically. */
START_TEST(test_new_vcpus_start_on_the_cpus_of_the_node_affinity_in_turn)
{
	struct sched_world w;
	cpuset allowed = world_cpus(2, 3), outside = world_cpus(9, 9);
	static const uint32_t all[] = {0, 1, 2, 3, 0}, two[] = {2, 3, 2};

	world_init(&w, 1, 4, 1);
	world_start(&w, "credit2");
	struct sched_dom *a = sched_dom_create(w.s, 1, NULL);
	struct sched_dom *b = sched_dom_create(w.s, 2, NULL);
	struct sched_dom *c = sched_dom_create(w.s, 3, NULL);

	for (int i = 0; i < COUNT(all); i++)
		ck_assert_uint_eq(sched_unit_processor(sched_unit_create(
			w.s, a, NULL, NULL)), all[i]);
	for (int i = 0; i < COUNT(two); i++)
		ck_assert_uint_eq(sched_unit_processor(sched_unit_create(
			w.s, b, &allowed, NULL)), two[i]);
	ck_assert_uint_eq(sched_unit_processor(sched_unit_create(
		w.s, c, &outside, NULL)), 0);
	sched_check(w.s);
	world_fini(&w);
}
END_TEST

START_TEST(test_what_a_unit_is_can_be_asked)
{
	struct sched_world w;
	int owner, dom_owner;

	world_init(&w, 1, 2, 1);
	world_start(&w, "credit2");
	struct sched_dom *dom = sched_dom_create(w.s, 42, &dom_owner);
	struct sched_unit *u = sched_unit_create(w.s, dom, NULL, &owner);

	ck_assert_uint_eq(sched_dom_id(dom), 42);
	ck_assert_ptr_eq(sched_dom_owner(dom), &dom_owner);
	ck_assert_uint_eq(sched_dom_nr_units(dom), 1);
	ck_assert_ptr_eq(sched_dom_unit(dom, 0), u);
	ck_assert_ptr_eq(sched_unit_dom(u), dom);
	ck_assert_ptr_eq(sched_unit_owner(u), &owner);
	ck_assert_uint_eq(sched_unit_vcpu(u), 0);
	ck_assert_int_eq(sched_unit_state(u), SCHED_OFFLINE);
	ck_assert_str_eq(sched_state_name(sched_unit_state(u)), "offline");
	ck_assert_uint_eq(sched_dom_params(dom).weight, 256);
	ck_assert_uint_eq(cpuset_count(sched_pool(w.s)), 2);
	world_fini(&w);
}
END_TEST

/* Domains of up to 8 vCPUs come and go: after the largest has been there the
 * run needs no more memory, and timer numbers do not grow. */
START_TEST(test_memory_and_timers_of_ended_domains_are_used_again)
{
	struct sched_world w;
	size_t used = 0;

	world_init(&w, 2, 4, 2);
	w.check = true;
	world_start(&w, "credit2");
	for (uint32_t i = 0; i < 200; i++) {
		struct sched_dom *dom = world_dom(&w, i, 8 - i % 8, NULL);

		if (i == 0)
			used = arena_used_bytes(w.arena);
		ck_assert_uint_eq(arena_used_bytes(w.arena), used);
		ck_assert_uint_eq(w.s->nr_timers, 16 + 1);
		world_run(&w, w.now_ns + MS);
		world_end_dom(&w, dom);
	}
	world_fini(&w);
}
END_TEST

START_TEST(test_timers_have_kind_cpu_and_age)
{
	struct sched_world w;

	world_init(&w, 1, 4, 1);
	w.draws = 6; /* 6 mod 4 CPUs: the third one */
	world_start(&w, "credit2");
	sched_dom_create(w.s, 1, NULL);
	ck_assert_int_eq(sched_timer_info(w.s, 3).kind, SCHED_TIMER_SLICE);
	ck_assert_uint_eq(sched_timer_info(w.s, 3).cpu, 3);
	ck_assert_int_eq(sched_timer_info(w.s, 4).kind, SCHED_TIMER_CAP);
	ck_assert_uint_eq(sched_timer_info(w.s, 4).cpu, 2);
	ck_assert_uint_eq(sched_timer_info(w.s, 4).seq, 4);
	ck_assert_str_eq(sched_timer_kind_name(SCHED_TIMER_CAP), "cap");
	world_fini(&w);
}
END_TEST

/* --- states and times ----------------------------------------------------- */

/* One CPU. a runs 0-3 ms and blocks; b, waiting since 0, runs 3-5 ms; then a
 * wakes, but has less credit and waits 5-6 ms; paused 6-8 ms. */
START_TEST(test_times_in_each_state_by_hand)
{
	struct sched_world w;

	world_init(&w, 1, 1, 1);
	w.check = true;
	world_start(&w, "credit2");
	struct sched_dom *da = world_dom(&w, 1, 1, NULL);
	struct sched_unit *a = sched_dom_unit(da, 0);
	struct sched_unit *b = sched_dom_unit(world_dom(&w, 2, 1, NULL), 0);

	w.timer_ns[0] = TIME_NEVER_NS; /* no slice ends */
	ck_assert(sched_unit_running(a));
	ck_assert_int_eq(sched_unit_state(b), SCHED_RUNNABLE);
	w.now_ns = 3 * MS;
	sched_unit_block(w.s, a);
	world_settle(&w);
	ck_assert_int_eq(sched_unit_state(a), SCHED_BLOCKED);
	ck_assert(sched_unit_running(b));
	w.now_ns = 5 * MS;
	sched_unit_wake(w.s, a);
	world_settle(&w);
	ck_assert_int_eq(sched_unit_state(a), SCHED_RUNNABLE);
	w.now_ns = 6 * MS;
	sched_dom_pause(w.s, da);
	world_settle(&w);
	w.now_ns = 8 * MS;
	struct sched_unit_times ta = sched_unit_times(w.s, a);
	struct sched_unit_times tb = sched_unit_times(w.s, b);

	ck_assert_int_eq(ta.in_ns[SCHED_RUNNING], 3 * MS);
	ck_assert_int_eq(ta.in_ns[SCHED_BLOCKED], 2 * MS);
	ck_assert_int_eq(ta.in_ns[SCHED_RUNNABLE], 1 * MS);
	ck_assert_int_eq(ta.in_ns[SCHED_OFFLINE], 2 * MS);
	ck_assert_int_eq(tb.in_ns[SCHED_RUNNING], 5 * MS);
	ck_assert_int_eq(tb.in_ns[SCHED_RUNNABLE], 3 * MS);
	ck_assert_int_eq(sched_cpu_idle_ns(w.s, 0), 0);
	world_fini(&w);
}
END_TEST

START_TEST(test_pauses_nest_and_add_up)
{
	struct sched_world w;

	world_init(&w, 1, 2, 1);
	w.check = true;
	world_start(&w, "credit2");
	struct sched_dom *dom = world_dom(&w, 1, 1, NULL);
	struct sched_unit *u = sched_dom_unit(dom, 0);

	sched_dom_pause(w.s, dom);
	sched_unit_pause(w.s, u);
	sched_dom_pause(w.s, dom);
	world_settle(&w);
	ck_assert_int_eq(sched_unit_state(u), SCHED_OFFLINE);
	sched_dom_unpause(w.s, dom);
	sched_unit_unpause(w.s, u);
	world_settle(&w);
	ck_assert_int_eq(sched_unit_state(u), SCHED_OFFLINE);
	sched_unit_down(w.s, u);
	sched_dom_unpause(w.s, dom);
	world_settle(&w);
	ck_assert_int_eq(sched_unit_state(u), SCHED_OFFLINE);
	sched_unit_up(w.s, u);
	world_settle(&w);
	ck_assert_int_eq(sched_unit_state(u), SCHED_RUNNING);
	world_fini(&w);
}
END_TEST

/* A wake of a paused unit is not lost, and no wake of one that runs counts. */
START_TEST(test_wakes_that_do_not_make_runnable)
{
	struct sched_world w;

	world_init(&w, 1, 2, 1);
	w.check = true;
	world_start(&w, "credit2");
	struct sched_unit *u = sched_dom_unit(world_dom(&w, 1, 1, NULL), 0);
	uint64_t wakes = sched_counts(w.s)->wakes;

	sched_unit_wake(w.s, u);
	ck_assert_uint_eq(sched_counts(w.s)->wakes, wakes);
	sched_unit_block(w.s, u);
	sched_unit_pause(w.s, u);
	world_settle(&w);
	ck_assert_int_eq(sched_unit_state(u), SCHED_BLOCKED);
	sched_unit_wake(w.s, u);
	world_settle(&w);
	ck_assert_int_eq(sched_unit_state(u), SCHED_OFFLINE);
	sched_unit_unpause(w.s, u);
	world_settle(&w);
	ck_assert_int_eq(sched_unit_state(u), SCHED_RUNNING);
	ck_assert_uint_eq(sched_counts(w.s)->wakes, wakes + 1);
	world_fini(&w);
}
END_TEST

/* --- softirqs ------------------------------------------------------------- */

START_TEST(test_marked_cpus_are_served_cyclically_from_the_pointer)
{
	struct sched_world w;
	uint32_t pointer = 2;
	static const uint32_t order[] = {3, 5, 1};

	world_init(&w, 1, 8, 1);
	world_start(&w, "credit2");
	sched_raise(w.s, 5);
	sched_raise(w.s, 1);
	sched_raise(w.s, 3);
	sched_raise(w.s, 3);
	for (int i = 0; i < COUNT(order); i++) {
		ck_assert(sched_softirq_step(w.s, &pointer));
		ck_assert_uint_eq(pointer, order[i] + 1);
	}
	ck_assert(!sched_softirq_step(w.s, &pointer));
	world_fini(&w);
}
END_TEST

static void hook_that_calls_back(void *world, uint32_t cpu,
				 struct sched_unit *prev,
				 struct sched_unit *next)
{
	struct sched_world *w = world;

	(void)cpu;
	(void)prev;
	if (next)
		sched_unit_block(w->s, next);
}

START_TEST(test_a_hook_that_calls_back_aborts)
{
	struct sched_world w;

	world_init(&w, 1, 1, 1);
	world_start(&w, "credit2");
	w.s->env.context_switch = hook_that_calls_back;
	world_dom(&w, 1, 1, NULL);
}
END_TEST

/* --- pools ---------------------------------------------------------------- */

/* Two pools of one host: each runs its units on its own CPUs only. */
START_TEST(test_two_pools_share_a_host)
{
	struct sched_world w[2];
	cpuset pool[2] = {world_cpus(0, 2), world_cpus(3, 7)};

	for (int p = 0; p < 2; p++) {
		struct sched_env env;

		world_init(&w[p], 2, 2, 2);
		w[p].check = true;
		env = world_env(&w[p]);
		w[p].s = sched_create(w[p].arena, "credit2", &w[p].host,
				      &pool[p], &w[p].params, &env, &w[p].err);
		world_settle(&w[p]);
		world_dom(&w[p], 1, 12, NULL);
		world_run(&w[p], 200 * MS); /* resets have spread them */
		for (uint32_t c = 0; c < 8; c++)
			ck_assert((sched_cpu_current(w[p].s, c) != NULL) ==
				  cpuset_has(&pool[p], c));
		world_fini(&w[p]);
	}
}
END_TEST

START_TEST(test_an_unknown_scheduler_is_named)
{
	struct sched_world w;
	struct sched_env env;

	world_init(&w, 1, 1, 1);
	env = world_env(&w);
	ck_assert_ptr_null(sched_create(w.arena, "credit3", &w.host, NULL,
					&w.params, &env, &w.err));
	ck_assert_ptr_nonnull(strstr(w.err.text, "no scheduler 'credit3'; did "
						 "you mean credit2"));
	w.params.sched_ratelimit_us = 50;
	ck_assert_ptr_null(sched_create(w.arena, "credit2", &w.host, NULL,
					&w.params, &env, &w.err));
	ck_assert_str_eq(w.err.text, "sched_ratelimit_us: 50 is too little; "
				     "0 for none, or 100 to 500000");
	ck_assert_str_eq(sched_names()[0], "credit2");
	world_fini(&w);
}
END_TEST

/* --- options -------------------------------------------------------------- */

static const struct {
	const char *option, *value;
	const char *says; /* NULL: taken; else how the error begins */
	const char *back; /* what _get() gives then */
} settings[] = {
	{"sched_ratelimit_us", "0", NULL, "0"},
	{"sched_ratelimit_us", "500000", NULL, "500000"},
	{"sched_ratelimit_us", "500001", "sched_ratelimit_us: 500001 is out", 0},
	{"sched_ratelimit_us", "99", "sched_ratelimit_us: 99 is too little", 0},
	{"sched_ratelimit_us", "1ms", "sched_ratelimit_us: '1ms' is not a", 0},
	{"sched_ratelimit_us", "", "sched_ratelimit_us: '' is not a", 0},
	{"sched_ratelimit_us", "99999999999999999999", "sched_ratelimit_us", 0},
	{"credit2_runqueue", "node", NULL, "node"},
	{"credit2_runqueue", "nodes",
	 "credit2_runqueue: no such value 'nodes'; did you mean node", 0},
	{"sched_smt_power_savings", "true", NULL, "yes"},
	{"sched_smt_power_savings", "0", NULL, "no"},
	{"sched_smt_power_savings", "2", "sched_smt_power_savings: no such", 0},
	{"credit2_balance_over", "-6", NULL, "-6"},
	{"sched_credit2_max_cpus_runqueue", "0",
	 "sched_credit2_max_cpus_runqueue: 0 is out of range; 1 to 1024", 0},
	{"xen_version", "417", NULL, "417"},
	{"sched_credit_tslice_ms", "1000", NULL, "1000"},
	{"sched_credit_tslice_ms", "0", "sched_credit_tslice_ms: 0 is out", 0},
	{"vcpu_migration_delay", "100001",
	 "vcpu_migration_delay: 100001 is out of range; 0 to 100000", 0},
	{"load-balance-ratelimit", "0", NULL, "0"},
	{"load-balance-ratelimit", "1000001",
	 "load-balance-ratelimit: 1000001 is out of range; 0 to 1000000", 0},
	{"tickle_one_idle_cpu", "no", NULL, "no"},
	{"rtds_period_us", "9", "rtds_period_us: 9 is out of range; 10 to", 0},
	{"rtds_budget_us", "10000", NULL, "10000"},
	{"rtds_extratime", "off", NULL, "no"},
	{"credit2_runqueues", "cpu",
	 "no scheduling option 'credit2_runqueues'; did you mean "
	 "credit2_runqueue", 0},
};

START_TEST(test_options_by_name)
{
	struct sched_params params = sched_params_default();
	struct err err;
	char text[32];
	int rc = sched_params_set(&params, settings[_i].option,
				  settings[_i].value, &err);

	if (settings[_i].says) {
		struct sched_params preset = sched_params_default();

		ck_assert_int_eq(rc, -1);
		ck_assert_msg(strstr(err.text, settings[_i].says) == err.text,
			      "%s", err.text);
		ck_assert_mem_eq(&params, &preset, sizeof(params));
		return;
	}
	ck_assert_int_eq(rc, 0);
	ck_assert_int_eq(sched_params_check(&params, &err), 0);
	ck_assert(sched_params_get(&params, settings[_i].option, text,
				   sizeof(text)));
	ck_assert_str_eq(text, settings[_i].back);
}
END_TEST

START_TEST(test_options_must_fit_together)
{
	struct sched_params params = sched_params_default();
	struct err err;
	char text[32];

	ck_assert_int_eq(sched_params_check(&params, &err), 0);
	params.credit2_load_precision_shift = 2;
	ck_assert_int_eq(sched_params_check(&params, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "credit2_balance_over: -3"));
	params.credit2_balance_over = 0;
	params.credit2_balance_under = -4;
	ck_assert_int_eq(sched_params_check(&params, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "credit2_balance_under: -4"));
	params = sched_params_default();
	params.rtds_budget_us = 10001;
	ck_assert_int_eq(sched_params_check(&params, &err), -1);
	ck_assert_str_eq(err.text, "rtds_budget_us: 10001 is more than "
				   "rtds_period_us (10000)");
	ck_assert(!sched_params_get(&params, "no", text, sizeof(text)));
	for (const char *const *n = sched_param_names(); *n; n++)
		ck_assert(sched_params_get(&params, *n, text, sizeof(text)));
}
END_TEST

/* --- the checks bite ------------------------------------------------------ */

static void break_s1(struct sched *s, struct sched_unit *u)
{
	(void)u;
	s->cpu[1].current = s->cpu[0].current;
}

static void break_s2(struct sched *s, struct sched_unit *u)
{
	(void)s;
	u->state = SCHED_RUNNABLE;
}

static void break_s3(struct sched *s, struct sched_unit *u)
{
	struct sched_unit *other = sched_dom_unit(u->dom, 1);

	s->cpu[other->processor].current = NULL;
	other->running = false;
	other->state = SCHED_RUNNABLE;
	other->processor = 3;
	cpuset_del(&s->pool, 3);
}

static void break_s4(struct sched *s, struct sched_unit *u)
{
	cpuset only = world_cpus(2, 2);

	(void)s;
	u->hard = only;
	u->soft_step = only;
}

static void break_s5(struct sched *s, struct sched_unit *u)
{
	(void)s;
	u->in_ns[SCHED_BLOCKED]++;
}

static void break_s6(struct sched *s, struct sched_unit *u)
{
	(void)s;
	u->soft = world_cpus(1, 1);
}

static void break_s7(struct sched *s, struct sched_unit *u)
{
	(void)u;
	cpuset_add(&s->raised, 2);
}

static void break_s8(struct sched *s, struct sched_unit *u)
{
	(void)s;
	u->vcpu = 1;
}

static void (*const breaks[])(struct sched *, struct sched_unit *) = {
	break_s1, break_s2, break_s3, break_s4,
	break_s5, break_s6, break_s7, break_s8,
};

static void check_nothing(const struct sched *s)
{
	(void)s;
}

static struct sched_world *world_to_break(void)
{
	struct sched_world *w = calloc(1, sizeof(*w));

	world_init(w, 1, 4, 1);
	world_start(w, "credit2");
	world_dom(w, 1, 2, NULL);
	world_run(w, 5 * MS);
	return w;
}

START_TEST(test_a_broken_invariant_aborts)
{
	struct sched_world *w = world_to_break();
	struct list *link = list_first(&w->s->doms);

	/* The scheduler's own checks are not to be the ones that fire. */
	struct sched_ops ops = *w->s->ops;

	ops.check = check_nothing;
	w->s->ops = &ops;
	breaks[_i](w->s, LIST_ENTRY(link, struct sched_dom, link)->unit[0]);
	sched_check(w->s);
}
END_TEST

START_TEST(test_what_the_breaks_break_is_sound)
{
	struct sched_world *w = world_to_break();

	sched_check(w->s);
	world_fini(w);
	free(w);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("sched");
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, test_affinity_rules_are_as_recorded);
	tcase_add_test(tc,
		       test_soft_does_not_count_where_the_pool_is_inside_it);
	tcase_add_test(tc, test_affinity_without_a_cpu_of_the_pool_is_refused);
	tcase_add_test(tc,
		       test_a_running_unit_leaves_a_cpu_it_may_no_longer_use);
	tcase_add_test(tc,
		test_new_vcpus_start_on_the_cpus_of_the_node_affinity_in_turn);
	tcase_add_test(tc, test_what_a_unit_is_can_be_asked);
	tcase_add_test(tc,
		       test_memory_and_timers_of_ended_domains_are_used_again);
	tcase_add_test(tc, test_timers_have_kind_cpu_and_age);
	tcase_add_test(tc, test_times_in_each_state_by_hand);
	tcase_add_test(tc, test_pauses_nest_and_add_up);
	tcase_add_test(tc, test_wakes_that_do_not_make_runnable);
	tcase_add_test(tc,
		       test_marked_cpus_are_served_cyclically_from_the_pointer);
	tcase_add_test_raise_signal(tc, test_a_hook_that_calls_back_aborts,
				    SIGABRT);
	tcase_add_test(tc, test_two_pools_share_a_host);
	tcase_add_test(tc, test_an_unknown_scheduler_is_named);
	tcase_add_loop_test(tc, test_options_by_name, 0, COUNT(settings));
	tcase_add_test(tc, test_options_must_fit_together);
	tcase_add_test(tc, test_what_the_breaks_break_is_sound);
	tcase_add_loop_test_raise_signal(tc, test_a_broken_invariant_aborts,
					 SIGABRT, 0, COUNT(breaks));
	suite_add_tcase(suite, tc);
	return suite;
}
