/* check_credit2.c - Xen's default scheduler, by hand and at random. */
#include "run/conform_sched.h"
#include "test/sched_random.h"
#include "test/sched_world.h"
#include "test/test.h"
#include "xen/credit2.h"

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#define MS NS_PER_MS
#define US NS_PER_US
#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* --- recorded arithmetic -------------------------------------------------- */

START_TEST(test_recorded_sums_agree)
{
	gzFile file = gzopen("sim/test/golden/sched.jsonl.gz", "rb");
	static char line[1 << 20];
	int modelled = 0, records = 0;

	ck_assert_ptr_nonnull(file);
	while (gzgets(file, line, sizeof(line))) {
		json_t *record = json_loads(line, 0, NULL);
		struct conform_result sum;
		struct err err;

		ck_assert(conform_sched_is(record));
		ck_assert_int_eq(conform_sched(record, &sum, &err), 0);
		ck_assert_msg(!sum.modelled || sum.agrees, "%s: expected %s, got %s",
			      sum.key, sum.expected, sum.got);
		modelled += sum.modelled;
		records++;
		json_decref(record);
	}
	gzclose(file);
	ck_assert_int_eq(records, 1000);
	ck_assert_int_ge(modelled, 202 + 93 + 188 + 222);
}
END_TEST

static const struct {
	const char *record, *key, *expected, *got;
} wrong_sums[] = {
	{"{\"kind\":\"credit2_c2t\",\"in\":{\"max_weight\":512,\"weight\":256,"
	"\"credit\":100},\"out\":{\"time\":51}}", "out.time", "51", "50"},
	{"{\"kind\":\"credit2_burn\",\"in\":{\"max_weight\":2,\"weight\":1,"
	"\"credit\":9,\"residual\":0,\"start_time\":0,\"now\":2,"
	"\"budget\":null},\"out\":{\"credit\":4,\"residual\":0,"
	"\"start_time\":2,\"budget\":null}}", "out.credit", "4", "5"},
};

START_TEST(test_a_wrong_sum_is_a_difference)
{
	json_t *record = json_loads(wrong_sums[_i].record, 0, NULL);
	struct conform_result sum;
	struct err err;

	ck_assert_int_eq(conform_sched(record, &sum, &err), 0);
	ck_assert(sum.modelled && !sum.agrees);
	ck_assert_str_eq(sum.key, wrong_sums[_i].key);
	ck_assert_str_eq(sum.expected, wrong_sums[_i].expected);
	ck_assert_str_eq(sum.got, wrong_sums[_i].got);
	json_decref(record);
}
END_TEST

static const struct {
	const char *record, *says;
} bad_sums[] = {
	{"{}", "kind: missing"},
	{"{\"kind\":\"credit2_c2t\",\"in\":{},\"out\":{}}", "weight: missing"},
	{"{\"kind\":\"credit2_c2t\",\"in\":{\"weight\":0,\"max_weight\":1,"
	 "\"credit\":1},\"out\":{}}", "weight: 0 is not in 1..65535"},
	{"{\"kind\":\"credit2_reset\",\"in\":{\"units\":[],\"max_weight\":1,"
	 "\"now\":0,\"snext\":0},\"out\":{}}", "credit: missing"},
	{"{\"kind\":\"credit2_burn\",\"in\":{\"weight\":1,\"max_weight\":1,"
	 "\"credit\":1,\"residual\":0,\"start_time\":0,\"budget\":null,"
	 "\"now\":9000000000000000000},\"out\":{}}", "now: 9000000000000000000"},
};

START_TEST(test_a_sum_that_cannot_be_read_says_why)
{
	json_t *record = json_loads(bad_sums[_i].record, 0, NULL);
	struct conform_result sum;
	struct err err;

	ck_assert_int_eq(conform_sched(record, &sum, &err), -1);
	ck_assert_msg(strstr(err.text, bad_sums[_i].says) == err.text, "%s",
		      err.text);
	json_decref(record);
}
END_TEST

/* --- run queues ----------------------------------------------------------- */

/* online CPUs N, limit L: R = (N-1)/L + 1 queues at least, M = N/R CPUs each.
 * 64, 16: R 4, M 16. 6, 4: R 2, M 3; a second core of two threads does not fit
 * in M, so a socket splits into cores; with "all" cores may be joined over M. */
static const struct {
	uint32_t nodes, cores, threads;
	const char *arrangement, *limit;
	const char *first_cpus; /* of each queue, ascending */
} queues[] = {
	{2, 16, 2, "socket", "16", "0 16 32 48"},
	{2, 16, 2, "node", "1024", "0 32"},
	{1, 4, 1, "cpu", "16", "0 1 2 3"},
	{1, 3, 2, "cpu", "16", "0 1 2 3 4 5"},
	{1, 2, 2, "core", "16", "0 2"},
	{1, 3, 2, "socket", "4", "0 2 4"},
	{1, 3, 2, "all", "4", "0 4"},
	{4, 4, 1, "all", "16", "0"},
	{4, 4, 1, "socket", "16", "0 4 8 12"},
	{1, 20, 1, "socket", "16", "0 10"},
	{1, 1, 1, "socket", "1", "0"},
};

START_TEST(test_run_queues_are_built_as_the_options_say)
{
	struct sched_world w;
	char text[128] = "";

	world_init(&w, queues[_i].nodes, queues[_i].cores, queues[_i].threads);
	sched_params_set(&w.params, "credit2_runqueue", queues[_i].arrangement,
			 &w.err);
	sched_params_set(&w.params, "sched_credit2_max_cpus_runqueue",
			 queues[_i].limit, &w.err);
	w.check = true;
	world_start(&w, "credit2");
	const struct credit2 *c2 = credit2_of(w.s);

	for (uint32_t i = 0; i < c2->nr_rqs; i++)
		sprintf(text + strlen(text), i ? " %u" : "%u",
			cpuset_first(&c2->rq[i].cpus));
	ck_assert_str_eq(text, queues[_i].first_cpus);
	world_fini(&w);
}
END_TEST

/* --- loads ---------------------------------------------------------------- */

/* Window 2^20 units of 1024 ns, precision 2^18. A load of 1 over half a window
 * brings the average from 0 to 2^18 / 2; from there, over half a window of load
 * 0, to 2^17 - 2^17 / 2; after more than a window it is the load itself. */
START_TEST(test_load_average_by_hand)
{
	const int64_t half = INT64_C(1) << 29;
	struct sched_world w;

	world_init(&w, 1, 1, 1);
	world_start(&w, "credit2");
	struct credit2_rq *rq = &credit2_of(w.s)->rq[0];

	credit2_rq_load(w.s, rq, 1);
	w.s->now_ns = half;
	credit2_rq_load(w.s, rq, -1);
	ck_assert_int_eq(rq->avgload, 1 << 17);
	w.s->now_ns = 2 * half;
	credit2_rq_load(w.s, rq, 3);
	ck_assert_int_eq(rq->avgload, 1 << 16);
	w.s->now_ns = 4 * half;
	credit2_rq_load(w.s, rq, 0);
	ck_assert_int_eq(rq->avgload, ((1 << 16) + 3 * (1 << 18)) - (1 << 16));
	w.s->now_ns += 2 * half + 1024;
	credit2_rq_load(w.s, rq, -3);
	ck_assert_int_eq(rq->avgload, 3 << 18);
	ck_assert_int_eq(rq->b_avgload, 3 << 18);
	rq->load = 0;
	world_fini(&w);
}
END_TEST

/* --- shares --------------------------------------------------------------- */

static const struct {
	uint32_t weight[2], cap[2];
	int percent[2]; /* of one CPU, +-1 */
} shares[] = {
	{{256, 256}, {0, 0}, {50, 50}},
	{{256, 512}, {0, 0}, {33, 67}},
	{{100, 900}, {0, 0}, {10, 90}},
	{{256, 256}, {30, 0}, {30, 70}},
	{{256, 256}, {20, 30}, {20, 30}},
	{{1, 65535}, {50, 25}, {50, 25}},
};

START_TEST(test_shares_of_one_cpu_follow_weight_and_cap)
{
	struct sched_world w;
	struct sched_unit *u[2];

	world_init(&w, 1, 1, 1);
	w.check = true;
	world_start(&w, "credit2");
	for (int i = 0; i < 2; i++) {
		struct sched_dom_params p = {shares[_i].weight[i],
					     shares[_i].cap[i]};
		struct sched_dom *dom = world_dom(&w, (uint32_t)i, 1, NULL);

		ck_assert_int_eq(sched_dom_set_params(w.s, dom, &p, &w.err), 0);
		world_settle(&w);
		u[i] = sched_dom_unit(dom, 0);
	}
	world_run(&w, 4000 * MS);
	for (int i = 0; i < 2; i++) {
		int64_t percent = world_ran_ns(&w, u[i]) / (40 * MS);

		ck_assert_int_ge(percent, shares[_i].percent[i] - 1);
		ck_assert_int_le(percent, shares[_i].percent[i] + 1);
	}
	world_fini(&w);
}
END_TEST

START_TEST(test_a_cap_above_all_vcpus_is_refused_but_the_weight_is_set)
{
	struct sched_world w;
	struct sched_dom_params p = {512, 201}, got;

	world_init(&w, 1, 2, 1);
	w.check = true;
	world_start(&w, "credit2");
	struct sched_dom *dom = world_dom(&w, 1, 2, NULL);

	ck_assert_int_eq(sched_dom_set_params(w.s, dom, &p, &w.err), -1);
	ck_assert_str_eq(w.err.text, "cap: 201 is more than all vCPUs can use; "
				     "0 for none, or up to 200");
	got = sched_dom_params(dom);
	ck_assert_uint_eq(got.weight, 512);
	ck_assert_uint_eq(got.cap, 0);
	p.weight = 0;
	ck_assert_int_eq(sched_dom_set_params(w.s, dom, &p, &w.err), -1);
	ck_assert_str_eq(w.err.text, "weight: 0 is out of range; 1 to 65535");
	sched_check(w.s);
	world_fini(&w);
}
END_TEST

/* --- slices --------------------------------------------------------------- */

/* Two busy vCPUs on one CPU. At 1 ms both have 10 ms less what ran; v1 is put on
 * at 2 ms with 10 ms against v0's 9 ms in flight: 1 ms. Before 4.19 v0, not yet
 * in the queue, did not count: 10 ms. */
static const struct {
	const char *version;
	int64_t slice_ns;
} versions[] = {
	{"417", 10 * MS}, {"418", 10 * MS}, {"419", 1 * MS}, {"422", 1 * MS},
};

START_TEST(test_the_one_switched_out_counts_since_4_19)
{
	struct sched_world w;

	world_init(&w, 1, 1, 1);
	sched_params_set(&w.params, "xen_version", versions[_i].version,
			 &w.err);
	world_start(&w, "credit2");
	struct sched_dom *dom = world_dom(&w, 1, 2, NULL);

	world_run(&w, 1 * MS);
	ck_assert(sched_unit_running(sched_dom_unit(dom, 1)));
	ck_assert_int_eq(w.timer_ns[0], 1 * MS + versions[_i].slice_ns);
	world_fini(&w);
}
END_TEST

/* A wake meets a vCPU that has run 0.5 ms, or 1.5 ms, of its 10 ms slice. It has
 * more credit by what was run, so only the rate limit (1 ms less 50 us) says
 * who goes on. */
START_TEST(test_a_wake_preempts_only_after_the_rate_limit)
{
	int64_t ran_ns = _i ? 1500 * US : 500 * US;
	struct sched_world w;

	world_init(&w, 1, 1, 1);
	w.check = true;
	world_start(&w, "credit2");
	struct sched_unit *io = sched_dom_unit(world_dom(&w, 1, 1, NULL), 0);

	sched_unit_block(w.s, io);
	world_settle(&w);
	struct sched_unit *busy = sched_dom_unit(world_dom(&w, 2, 1, NULL), 0);

	ck_assert(sched_unit_running(busy));
	world_run(&w, ran_ns);
	sched_unit_wake(w.s, io);
	world_settle(&w);
	ck_assert(sched_unit_running(_i ? io : busy));
	world_fini(&w);
}
END_TEST

/* --- choosing a CPU ------------------------------------------------------- */

/* Two cores of two threads, CPUs 0 1 | 2 3, two vCPUs that start on 0 and 1. */
START_TEST(test_fully_idle_cores_first_unless_saving_power)
{
	struct sched_world w;

	world_init(&w, 1, 2, 2);
	w.params.sched_smt_power_savings = _i;
	w.check = true;
	world_start(&w, "credit2");
	world_dom(&w, 1, 2, NULL);
	ck_assert(sched_cpu_current(w.s, 0) != NULL);
	ck_assert((sched_cpu_current(w.s, 1) != NULL) == (_i == 1));
	ck_assert((sched_cpu_current(w.s, 2) != NULL) == (_i == 0));
	world_fini(&w);
}
END_TEST

/* Queues 0 (CPUs 0-3) and 1 (4-7) are empty: a vCPU that prefers 4-5 is put
 * there when its affinity is set, and runs there. */
START_TEST(test_soft_affinity_chooses_the_queue_and_the_cpu)
{
	struct sched_world w;
	cpuset soft = world_cpus(4, 5);

	world_init(&w, 2, 4, 1);
	w.check = true;
	world_start(&w, "credit2");
	struct sched_dom *dom = world_dom(&w, 1, 2, &soft);

	for (uint32_t i = 0; i < 2; i++) {
		uint32_t cpu = sched_unit_processor(sched_dom_unit(dom, i));

		ck_assert(cpu == 4 || cpu == 5);
		ck_assert(sched_unit_running(sched_dom_unit(dom, i)));
	}
	world_fini(&w);
}
END_TEST

/* Always busy vCPUs that prefer node 0 of two nodes of 8 CPUs start there. */
static struct sched_dom *at_home(struct sched_world *w, const char *scheduler,
				 uint32_t vcpus)
{
	cpuset soft = world_cpus(0, 7);

	world_init(w, 2, 8, 1);
	w->check = true;
	world_start(w, scheduler);
	struct sched_dom *dom = world_dom(w, 1, vcpus, &soft);

	for (uint32_t i = 0; i < vcpus; i++)
		ck_assert_uint_lt(sched_unit_processor(sched_dom_unit(dom, i)),
				  8);
	return dom;
}

static uint32_t away(struct sched_dom *dom)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < sched_dom_nr_units(dom); i++)
		count += sched_unit_processor(sched_dom_unit(dom, i)) >= 8;
	return count;
}

/* Xen's balancing does not know of soft affinity, so after credit resets some
 * run on node 1: of 10 (threshold 0.125), and of 7 too (threshold 1.0,
 * difference 7), which would fit. credit2-soft leaves them at home until there
 * are two for each CPU; of 20, then, 15 or more stay. */
static const struct {
	const char *scheduler;
	uint32_t vcpus, away_min, away_max;
} drifts[] = {
	{"credit2", 10, 1, 9},      {"credit2", 7, 1, 6},
	{"credit2-soft", 10, 0, 0}, {"credit2-soft", 7, 0, 0},
	{"credit2-soft", 20, 1, 5},
};

START_TEST(test_balancing_takes_vcpus_from_their_home_node)
{
	struct sched_world w;
	struct sched_dom *dom = at_home(&w, drifts[_i].scheduler,
					drifts[_i].vcpus);

	world_run(&w, 3000 * MS);
	ck_assert_uint_ge(away(dom), drifts[_i].away_min);
	ck_assert_uint_le(away(dom), drifts[_i].away_max);
	world_fini(&w);
}
END_TEST

/* Of 20 some are away. When 14 of those at home have gone, the others are all
 * at home within some resets. */
START_TEST(test_credit2_soft_brings_vcpus_home)
{
	struct sched_world w;
	struct sched_dom *dom = at_home(&w, "credit2-soft", 20);
	uint32_t left = 20;

	world_run(&w, 3000 * MS);
	ck_assert_uint_gt(away(dom), 0);
	for (uint32_t i = 0; i < 20 && left > 6; i++) {
		struct sched_unit *u = sched_dom_unit(dom, i);

		if (sched_unit_processor(u) >= 8)
			continue;
		sched_unit_down(w.s, u);
		world_settle(&w);
		left--;
	}
	ck_assert_uint_eq(left, 6);
	ck_assert_uint_gt(away(dom), 0);
	world_run(&w, 6000 * MS);
	ck_assert_uint_eq(away(dom), 0);
	world_fini(&w);
}
END_TEST

/* For vCPUs that prefer nothing it is credit2. */
START_TEST(test_without_soft_affinity_both_are_the_same)
{
	struct sched_counts counts[2];

	for (int i = 0; i < 2; i++) {
		struct sched_world w;

		world_init(&w, 2, 4, 1);
		world_start(&w, i ? "credit2-soft" : "credit2");
		world_dom(&w, 1, 13, NULL);
		world_run(&w, 2000 * MS);
		counts[i] = *sched_counts(w.s);
		world_fini(&w);
	}
	ck_assert_mem_eq(&counts[0], &counts[1], sizeof(counts[0]));
	ck_assert_uint_gt(counts[0].moves, 13);
}
END_TEST

/* --- at random ------------------------------------------------------------ */

START_TEST(test_whatever_happens_the_invariants_hold)
{
	static const char *const arrangements[] = {"cpu", "core", "socket",
						   "node", "all"};
	struct random_run *r = random_begin((uint32_t)_i * 7919 + 1);

	sched_params_set(&r->w.params, "credit2_runqueue",
			 arrangements[_i % 5], &r->w.err);
	r->w.params.sched_credit2_max_cpus_runqueue = 1 + draw(r, 8);
	r->w.params.sched_smt_power_savings = draw(r, 4) == 0;
	r->w.params.credit2_load_window_shift = 20 + draw(r, 11);
	random_end(r, _i < 20 ? "credit2" : "credit2-soft");
}
END_TEST

/* --- the checks bite ------------------------------------------------------ */

/* Six busy vCPUs on CPUs 0-1 | 2-3 (two queues): some wait. The last is of a
 * domain with a cap and parked. */
struct broken {
	struct sched_world w;
	struct credit2 *c2;
	struct credit2_rq *rq;                 /* with two waiting or more */
	struct credit2_unit *waits, *runs, *parked;
};

static struct broken *to_break(void)
{
	struct broken *b = calloc(1, sizeof(*b));
	struct sched_dom_params cap = {256, 10};

	world_init(&b->w, 2, 2, 1);
	world_start(&b->w, "credit2");
	world_dom(&b->w, 1, 9, NULL);
	struct sched_dom *capped = world_dom(&b->w, 2, 1, NULL);

	ck_assert_int_eq(sched_dom_set_params(b->w.s, capped, &cap, &b->w.err),
			 0);
	b->parked = credit2_unit(sched_dom_unit(capped, 0));
	while (list_empty(&b->parked->parked)) {
		sched_softirqs(b->w.s);
		world_run(&b->w, b->w.now_ns + 500 * US);
	}
	b->c2 = credit2_of(b->w.s);
	b->rq = &b->c2->rq[0];
	if (!list_first(&b->rq->waiting) ||
	    b->rq->waiting.next == b->rq->waiting.prev)
		b->rq = &b->c2->rq[1];
	b->waits = LIST_ENTRY(b->rq->waiting.next, struct credit2_unit,
			      waiting);
	b->runs = credit2_unit(b->w.s->cpu[cpuset_first(&b->rq->cpus)].current);
	sched_check(b->w.s);
	return b;
}

static void break_c1(struct broken *b)
{
	list_del(&b->waits->member);
	b->rq->load--; /* so that only C1 is broken */
}

static void break_c1_queue(struct broken *b)
{
	b->waits->rq = &b->c2->rq[b->rq == &b->c2->rq[0]];
}

static void break_c2(struct broken *b)
{
	list_del(&b->waits->waiting);
	b->rq->load--;
}

static void break_c3(struct broken *b)
{
	struct credit2_unit *last = LIST_ENTRY(
		b->rq->waiting.prev, struct credit2_unit, waiting);

	last->credit = b->waits->credit + 1;
	last->bonus = last->credit;
}

static void break_c4(struct broken *b)
{
	b->rq->load++;
}

static void break_c5(struct broken *b)
{
	b->rq->max_weight++;
}

static void break_c6_low(struct broken *b)
{
	b->runs->credit = CREDIT2_CREDIT_MIN - 1;
}

static void break_c6_high(struct broken *b)
{
	b->runs->credit = CREDIT2_CREDIT_MAX + b->runs->bonus + 1;
}

static void break_c7(struct broken *b)
{
	uint32_t cpu = b->runs->unit.processor;

	/* Tickled too, so that C8 holds. */
	cpuset_add(&b->rq->idle, cpu);
	sched_raise(b->w.s, cpu);
	cpuset_add(&b->rq->tickled, cpu);
}

static void break_c8(struct broken *b)
{
	uint32_t cpu = b->runs->unit.processor;

	cpuset_add(&b->rq->smt_idle, cpu);
}

static void break_c9(struct broken *b)
{
	cpuset_add(&b->rq->tickled, b->runs->unit.processor);
}

static void break_c10(struct broken *b)
{
	list_del(&b->parked->parked);
}

static void break_c10_budget(struct broken *b)
{
	b->parked->budget_ns = 1;
}

static void break_c11(struct broken *b)
{
	b->rq->nr_cpus++;
}

static void break_c11_cpu(struct broken *b)
{
	b->c2->cpu_rq[0] = &b->c2->rq[1];
}

static void break_c12(struct broken *b)
{
	b->runs->scheduled = false;
}

static void break_c12_load(struct broken *b)
{
	b->runs->avgload = -1;
}

static void break_c13(struct broken *b)
{
	credit2_dom(b->parked->unit.dom)->next_repl_ns = b->w.s->now_ns - 1;
}

static void (*const breaks[])(struct broken *) = {
	break_c1, break_c1_queue, break_c2, break_c3, break_c4, break_c5,
	break_c6_low, break_c6_high, break_c7, break_c8, break_c9, break_c10,
	break_c10_budget, break_c11, break_c11_cpu, break_c12, break_c12_load,
	break_c13,
};

START_TEST(test_a_broken_invariant_aborts)
{
	struct broken *b = to_break();

	breaks[_i](b);
	credit2_check(b->w.s);
}
END_TEST

START_TEST(test_what_the_breaks_break_is_sound)
{
	struct broken *b = to_break();

	credit2_check(b->w.s);
	world_fini(&b->w);
	free(b);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("credit2");
	TCase *tc = tcase_create("credit2");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, test_recorded_sums_agree);
	tcase_add_loop_test(tc, test_a_wrong_sum_is_a_difference, 0,
			    COUNT(wrong_sums));
	tcase_add_loop_test(tc, test_a_sum_that_cannot_be_read_says_why, 0,
			    COUNT(bad_sums));
	tcase_add_loop_test(tc, test_run_queues_are_built_as_the_options_say, 0,
			    COUNT(queues));
	tcase_add_test(tc, test_load_average_by_hand);
	tcase_add_loop_test(tc, test_shares_of_one_cpu_follow_weight_and_cap, 0,
			    COUNT(shares));
	tcase_add_test(tc,
		test_a_cap_above_all_vcpus_is_refused_but_the_weight_is_set);
	tcase_add_loop_test(tc, test_the_one_switched_out_counts_since_4_19, 0,
			    COUNT(versions));
	tcase_add_loop_test(tc, test_a_wake_preempts_only_after_the_rate_limit,
			    0, 2);
	tcase_add_loop_test(tc,
			    test_fully_idle_cores_first_unless_saving_power, 0,
			    2);
	tcase_add_test(tc, test_soft_affinity_chooses_the_queue_and_the_cpu);
	tcase_add_loop_test(tc, test_balancing_takes_vcpus_from_their_home_node,
			    0, COUNT(drifts));
	tcase_add_test(tc, test_credit2_soft_brings_vcpus_home);
	tcase_add_test(tc, test_without_soft_affinity_both_are_the_same);
	tcase_add_loop_test(tc, test_whatever_happens_the_invariants_hold, 0,
			    30);
	tcase_add_test(tc, test_what_the_breaks_break_is_sound);
	tcase_add_loop_test_raise_signal(tc, test_a_broken_invariant_aborts,
					 SIGABRT, 0, COUNT(breaks));
	suite_add_tcase(suite, tc);
	return suite;
}
