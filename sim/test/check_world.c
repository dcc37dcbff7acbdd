/*
 * check_world.c - whole runs small enough to do on paper.
 *
 * Host: 2 nodes x 2 CPUs, 4 GiB each, distance 20. A workload op is
 * compute_ns + misses / mlp * latency; latencies are the host's own (82 ns at
 * distance 10, so 164 at 20).
 */
#include "base/arena.h"
#include "place/plugin.h"
#include "run/host_file.h"
#include "run/outcome.h"
#include "run/world.h"
#include "test/test.h"

#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];
static struct arena *arena;
static struct place_set set;
static struct outcome outcome;
static struct world *world;

static void write_text(const char *name, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void write_text(const char *name, const char *format, ...)
{
	char path[128];
	va_list args;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	va_start(args, format);
	vfprintf(file, format, args);
	va_end(args);
	fclose(file);
}

static void setup(void)
{
	strcpy(folder, "/tmp/nodewise-world-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	arena = arena_create();
	outcome = (struct outcome){0};
	world = NULL;
}

static void teardown(void)
{
	char command[128];

	outcome_fini(&outcome);
	place_set_fini(&set);
	arena_destroy(arena);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
}

/* The guest: vcpus and MiB. The workload: one kind of op, for ever. */
static void write_guest(int vcpus, int memory_mib, double compute_ns,
			double misses)
{
	write_text("guest.cfg",
		   "name = \"g\"\ntype = \"pvh\"\nmemory = %d\nvcpus = %d\n",
		   memory_mib, vcpus);
	write_text("work.yaml",
		   "name: work\nunit: ops\noperations:\n"
		   "  - {name: op, compute_ns: %f, misses: %f, mlp: 1}\n"
		   "phases:\n  - name: main\n    repeat: 0\n    steps:\n"
		   "      - {run: op, ops: {dist: constant, value: 1000}}\n",
		   compute_ns, misses);
}

static void write_scenario(const char *guests)
{
	write_text("s.yaml",
		   "name: s\n"
		   "host: \"pack:2 [numa(memory=4GB)] core:2 pu:1\"\n"
		   "bootscrub: \"on\"\n"
		   "dom0: {memory_mib: 256, vcpus: 1}\n"
		   "duration_s: 2\nwarmup_s: 1\n"
		   "seeds: {first: 1, count: 1}\n"
		   "heuristics: [libxl]\n"
		   "guests:\n"
		   "  - {name: g, config: guest.cfg, workload: work.yaml, %s}\n",
		   guests);
}

/* A world of s.yaml under a heuristic, not yet run. */
static void make_world(const char *heuristic, uint64_t seed, bool paranoid)
{
	struct err err = {""};
	char path[128];

	snprintf(path, sizeof(path), "%s/s.yaml", folder);
	struct scenario *s = scenario_load(arena, path, "workloads", &err);

	ck_assert_msg(s != NULL, "%s", err.text);
	struct host *host;

	ck_assert_msg(!host_load(arena, s->host, s->path, &host, &err), "%s",
		      err.text);
	uint16_t map[] = {0, 0, 1, 1};
	struct xlcfg_host view = {2, 4, map};

	ck_assert_int_eq(scenario_bind(s, &view, arena, &err), 0);
	place_set_fini(&set);
	ck_assert_int_eq(place_resolve(&heuristic, 1, &set, &err), 0);
	const struct place_ops **class_ops =
		arena_array(arena, s->guest_count, sizeof(*class_ops));

	for (uint32_t i = 0; i < s->guest_count; i++)
		if (s->guest[i].heuristic)
			class_ops[i] = place_find(s->guest[i].heuristic);

	struct world_config config = {
		.scenario = s,
		.host = host,
		.seed = seed,
		.ops = set.ops[0],
		.class_ops = class_ops,
		.paranoid = paranoid,
	};

	world = world_create(arena, &config, &err);
	ck_assert_msg(world != NULL, "%s", err.text);
}

static double value(enum outcome_metric metric)
{
	return outcome.value[metric];
}

static void run_world(const char *heuristic, bool paranoid)
{
	struct err err = {""};

	outcome_fini(&outcome);
	make_world(heuristic, 1, paranoid);
	ck_assert_msg(!world_run(world, &err), "%s", err.text);
	outcome_take(&outcome, world);
}

/* One vCPU, nothing else: it runs all the time, with all memory local. */
START_TEST(test_alone_and_local_is_slowdown_one)
{
	write_guest(1, 512, 1000, 10);
	write_scenario("count: 1");
	run_world("best", false);
	ck_assert_double_eq_tol(value(OUTCOME_slowdown_mean), 1, 1e-4);
	ck_assert_double_eq(value(OUTCOME_remote_ratio), 0);
	ck_assert_double_eq_tol(value(OUTCOME_useful_cpus), 1, 1e-3);
	ck_assert_double_eq(value(OUTCOME_guests_placed), 1);
	ck_assert_double_eq_tol(value(OUTCOME_jain), 1, 1e-12);
}
END_TEST

/* All remote: (1000 + 10 * 164) / (1000 + 10 * 82) = 2640 / 1820 = 1.4505. */
START_TEST(test_worst_is_slower_by_the_formula)
{
	write_guest(1, 512, 1000, 10);
	write_scenario("count: 1");
	run_world("worst", false);
	ck_assert_double_eq_tol(value(OUTCOME_slowdown_mean), 2640.0 / 1820,
				1e-3);
	ck_assert_double_eq(value(OUTCOME_remote_ratio), 1);
	ck_assert_double_eq(value(OUTCOME_access_cost), 2);
}
END_TEST

/* Eight busy vCPUs on four CPUs: each waits as long as it runs. */
START_TEST(test_overcommitment_is_waiting)
{
	write_guest(1, 256, 1000, 0);
	write_scenario("count: 8");
	run_world("libxl", false);
	ck_assert_double_eq_tol(value(OUTCOME_wait_share), 0.5, 0.02);
	ck_assert_double_eq_tol(value(OUTCOME_slowdown_mean), 2, 0.05);
	ck_assert_double_eq_tol(value(OUTCOME_cpu_busy_share), 1, 1e-3);
	ck_assert_double_eq_tol(value(OUTCOME_useful_cpus), 4, 0.02);
}
END_TEST

static void append_scenario(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

static void append_scenario(const char *format, ...)
{
	char path[128];
	va_list args;

	snprintf(path, sizeof(path), "%s/s.yaml", folder);
	FILE *file = fopen(path, "a");

	ck_assert_ptr_nonnull(file);
	va_start(args, format);
	vfprintf(file, format, args);
	va_end(args);
	fclose(file);
}

/* Eight vCPUs that want a CPU each, of four: all CPUs are busy, half of the
 * time is waiting. Under null four of them run all the time and the others never,
 * so that they have no slowdown. */
static const char *const schedulers[] = {"credit2", "credit", "null", "rtds",
					 "credit2-soft"};

START_TEST(test_each_scheduler_shares_out_the_cpus)
{
	write_guest(1, 256, 1000, 0);
	write_scenario("count: 8");
	append_scenario("scheduler: {name: %s}\n", schedulers[_i]);
	run_world("libxl", true);
	ck_assert_double_eq_tol(value(OUTCOME_wait_share), 0.5, 0.02);
	ck_assert_double_eq_tol(value(OUTCOME_cpu_busy_share), 1, 1e-3);
	ck_assert_double_eq(value(OUTCOME_livelocks), 0);
	ck_assert_double_eq_tol(value(OUTCOME_slowdown_mean),
				strcmp(schedulers[_i], "null") ? 2 : 1, 0.06);
}
END_TEST

/* Three guests have CPUs 0, 2 and 3. The last prefers CPU 3, is put on CPU 1 by
 * name and may not be taken by it: it waits for ever. */
START_TEST(test_a_livelock_of_null_is_counted_and_gone_on_from)
{
	static const char *const cpus[] = {
		"cpus_soft = \"3\"", "cpus = \"0\"", "cpus = \"2\"",
		"cpus_soft = \"3\""};
	char name[16];

	write_guest(1, 256, 1000, 0);
	write_scenario("count: 1");
	for (int i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), i ? "g%d.cfg" : "guest.cfg", i);
		write_text(name, "name = \"g\"\ntype = \"pvh\"\n"
			   "memory = 256\nvcpus = 1\n%s\n", cpus[i]);
		if (i > 0)
			append_scenario("  - {name: g%d, config: g%d.cfg, "
					"workload: work.yaml, arrival: "
					"{at_s: 0.%d}}\n", i, i, i);
	}
	append_scenario("scheduler: {name: null}\n");
	run_world("libxl", true);
	ck_assert_double_eq(value(OUTCOME_livelocks), 1);
	ck_assert_double_eq_tol(value(OUTCOME_cpu_busy_share), 0.75, 1e-3);
	ck_assert_double_eq_tol(value(OUTCOME_wait_share), 0.25, 0.02);
}
END_TEST

/* Four vCPUs on four CPUs. Free CPUs
 * mean no waiting where vCPUs are not pinned to fewer. */
START_TEST(test_enough_cpus_mean_no_waiting)
{
	write_guest(2, 256, 1000, 0);
	write_scenario("count: 2");
	run_world("libxl", false);
	ck_assert_double_lt(value(OUTCOME_wait_share), 0.01);
	ck_assert_double_eq_tol(value(OUTCOME_slowdown_mean), 1, 0.01);
}
END_TEST

/* 9 GiB on a host of 8 GiB: tried, refused by the claim, and it says so. */
START_TEST(test_too_large_does_not_fit)
{
	write_guest(1, 9216, 1000, 0);
	write_scenario("count: 1");
	run_world("libxl", true);
	ck_assert_double_eq(value(OUTCOME_guests_placed), 0);
	ck_assert_double_eq(value(OUTCOME_guests_failed), 1);
	ck_assert(isnan(value(OUTCOME_slowdown_mean)));
	ck_assert_ptr_nonnull(strstr(outcome.why_failed, "g: claim refused"));
}
END_TEST

/* What libxl has against vnuma= ends the creation, in libxl's words; memory
 * above the sum of the vnodes does not. */
static const struct {
	const char *type, *more, *failed;
} vnuma_guests[] = {
	{"hvm", "vnuma=[['pnode=0','size=64','vcpus=0'],"
		"['pnode=1','size=64','vcpus=1']]\n", NULL},
	{"hvm", "memory=200\nvnuma=[['pnode=0','size=64','vcpus=0'],"
		"['pnode=1','size=64','vcpus=1']]\n", NULL},
	{"hvm", "vnuma=[['size=64','vcpus=0'],['size=64','vcpus=0']]\n",
	 "g: Vcpu 0 assigned more than once"},
	{"hvm", "vnuma=[['size=4','vcpus=0'],['size=64','vcpus=1']]\n",
	 "g: vnode 0 too small to contain video ram"},
	{"hvm", "memory=64\nvnuma=[['size=65','vcpus=0']]\n",
	 "g: Cannot enable PoD and vNUMA at the same time"},
	{"pv", "vnuma=[['size=64','vcpus=0']]\n",
	 "g: PV vNUMA is not yet supported"},
	{"pvh", "vnuma=[['size=64','vcpus=0']]\n",
	 "g: xc_domain_getvnuma failed (rc=-1)"},
};

START_TEST(test_vnuma_as_libxl_takes_it)
{
	const char *failed = vnuma_guests[_i].failed;

	write_guest(1, 64, 1000, 10);
	write_text("guest.cfg", "name='g'\ntype='%s'\n%s",
		   vnuma_guests[_i].type, vnuma_guests[_i].more);
	write_scenario("count: 1");
	run_world("libxl", true);
	ck_assert_double_eq(value(OUTCOME_guests_failed), failed != NULL);
	if (failed)
		ck_assert_msg(strstr(outcome.why_failed, failed) != NULL, "%s",
			      outcome.why_failed);
}
END_TEST

/* Guests come and go: every invariant after every event, and at the end of the
 * last guest all of its memory is back. */
START_TEST(test_memory_comes_back)
{
	write_guest(2, 700, 5000, 20);
	write_scenario("count: 6, arrival: {at_s: 0, every_s: 0.05}, "
		       "lifetime_s: {dist: constant, value: 0.2}");
	make_world("stripe", 1, false);
	uint64_t before = heap_free_pages(world->heap);
	struct err err;

	ck_assert_int_eq(world_run(world, &err), 0);
	world_check(world);
	for (uint32_t i = 0; i < world->guest_count; i++)
		ck_assert_int_eq(world->guest[i].state, GUEST_GONE);
	ck_assert_uint_eq(heap_free_pages(world->heap), before);
}
END_TEST

START_TEST(test_paranoid_run_with_balloon_and_departures)
{
	write_guest(2, 64, 5000, 20);
	write_scenario("count: 2, arrival: {at_s: 0, every_s: 0.02}, "
		       "lifetime_s: {dist: constant, value: 0.9}, "
		       "balloon: [{at_s: 0.1, target_mib: 60}, "
		       "{at_s: 0.3, target_mib: 64}]");
	run_world("libxl", true);
	ck_assert_double_eq(value(OUTCOME_guests_placed), 2);
}
END_TEST

/* A guest of 600 MiB is asked for 100 MiB: its pages go back to the heap, and
 * come again. */
START_TEST(test_balloon_moves_pages)
{
	struct err err;
	uint64_t least = UINT64_MAX;

	write_guest(1, 600, 5000, 20);
	write_scenario("count: 1, balloon: [{at_s: 0.1, target_mib: 100}, "
		       "{at_s: 0.8, target_mib: 600}]");
	make_world("libxl", 1, false);
	while (des_step(world->des, world->scenario->duration_ns)) {
		struct domain *d = world->guest[0].domain;

		sched_softirqs(world->sched);
		memsys_settle(world->mem);
		if (d && world->guest[0].state == GUEST_RUNNING &&
		    d->mem.tot_pages < least)
			least = d->mem.tot_pages;
	}
	ck_assert_uint_lt(least, 110 * PAGES_PER_MIB);
	ck_assert_uint_gt(world->guest[0].domain->mem.tot_pages,
			  595 * PAGES_PER_MIB);
	(void)err;
}
END_TEST

/* Arrivals and work depend on the seed and the guest, not on the heuristic. */
START_TEST(test_common_random_numbers)
{
	int64_t arrival_ns[2][16];
	uint32_t count[2];

	write_guest(1, 128, 1000, 0);
	write_scenario("count: 16, arrival: {poisson_per_s: 20}");
	for (int i = 0; i < 2; i++) {
		make_world(i ? "stripe" : "libxl", 5, false);
		count[i] = world->guest_count;
		for (uint32_t g = 0; g < count[i]; g++)
			arrival_ns[i][g] = world->guest[g].arrival.arrival_ns;
	}
	ck_assert_uint_eq(count[0], count[1]);
	ck_assert_mem_eq(arrival_ns[0], arrival_ns[1],
			 count[0] * sizeof(int64_t));
}
END_TEST

/* --- golden scenarios of whole creations (facts/xen.md 11) ------------------------ */

/* Runs s.yaml, made from guests, under libxl to its end. */
static void run_guests(const char *cfg, const char *other_cfg,
		       const char *guests)
{
	struct err err = {""};

	write_guest(1, 64, 5000, 20);
	write_text("a.cfg", "%s", cfg);
	write_text("b.cfg", "%s", other_cfg);
	write_text("s.yaml",
		   "name: s\n"
		   "host: \"pack:2 [numa(memory=4GB)] core:2 pu:1\"\n"
		   "bootscrub: \"on\"\n"
		   "dom0: {memory_mib: 256, vcpus: 1}\n"
		   "duration_s: 2\nwarmup_s: 1\n"
		   "heuristics: [libxl]\nguests:\n%s", guests);
	make_world("libxl", 1, false);
	ck_assert_msg(!world_run(world, &err), "%s", err.text);
	world_check(world);
}

/*
 * G5. A node has 3814 MiB, of which node 0 keeps the lowest 1024 for last. a has
 * 2048 MiB on node 0 and gives 1024 back; b takes 1700 of the 742 + 1024 that
 * are free there above the reserve; a takes 1024 again: 66 from node 0, the
 * other 958 from node 1, in single pages. Its affinity is still node 0.
 */
START_TEST(test_g5_balloon_cycle_drifts)
{
	run_guests("name = \"a\"\nmemory = 2048\nvcpus = 1\n",
		   "name = \"b\"\nmemory = 1700\nvcpus = 1\n",
		   "  - {name: a, config: a.cfg, workload: work.yaml, balloon: "
		   "[{at_s: 0.1, target_mib: 1024}, "
		   "{at_s: 0.9, target_mib: 2048}]}\n"
		   "  - {name: b, config: b.cfg, workload: work.yaml, "
		   "heuristic: first-fit, arrival: {at_s: 0.5}}\n");
	const struct domain *a = world->guest[0].domain;
	const struct domain *b = world->guest[1].domain;

	ck_assert_uint_eq(world->guest[0].answer.nodes, nodeset_of(0));
	ck_assert_uint_eq(domain_node_pages(b, 0), pages_from_mib(1700));
	ck_assert_uint_eq(a->mem.tot_pages, pages_from_mib(2048));
	ck_assert_uint_gt(domain_node_pages(a, 1), pages_from_mib(940));
	ck_assert_uint_lt(domain_node_pages(a, 1), pages_from_mib(970));
	ck_assert_uint_ge(domain_mappings(a, P2M_4K), pages_from_mib(1024));
	ck_assert_uint_eq(a->mem.node_affinity, nodeset_of(0));
	ck_assert(!a->node_affinity_auto);
}
END_TEST

/*
 * G6. dom0's memory is on node 1, so node 0 has more free and libxl chooses it,
 * whatever one mask for all says; memory goes to node 0, vCPUs to node 1. A
 * mask per vCPU switches placement off, and memory follows the CPUs.
 */
START_TEST(test_g6_one_mask_does_not_steer_memory)
{
	run_guests("name = \"a\"\nmemory = 512\nvcpus = 2\n"
		   "cpus = \"nodes:1\"\n",
		   "name = \"b\"\nmemory = 512\nvcpus = 2\n"
		   "cpus = [ \"nodes:1\", \"nodes:1\" ]\n",
		   "  - {name: a, config: a.cfg, workload: work.yaml}\n"
		   "  - {name: b, config: b.cfg, workload: work.yaml}\n");
	const struct world_guest *a = &world->guest[0], *b = &world->guest[1];

	ck_assert_uint_eq(a->domain->mem.node_affinity, nodeset_of(0));
	ck_assert(!a->domain->node_affinity_auto);
	ck_assert_uint_eq(domain_node_pages(a->domain, 0),
			  a->domain->mem.tot_pages);
	ck_assert_uint_eq(b->domain->mem.node_affinity, nodeset_of(1));
	ck_assert(b->domain->node_affinity_auto);
	ck_assert_uint_eq(domain_node_pages(b->domain, 1),
			  b->domain->mem.tot_pages);
	for (int i = 0; i < 2; i++) {
		ck_assert_uint_ge(a->vcpu[i].last_cpu == CPU_NONE
					  ? a->vcpu[i].cpu
					  : a->vcpu[i].last_cpu, 2);
		ck_assert_uint_ge(sched_unit_processor(b->vcpu[i].unit), 2);
	}
}
END_TEST

/*
 * G7. More vCPUs than the pool has CPUs: nothing is found, the affinity stays
 * automatic, here all nodes, and the guest is striped. With a pool of node 1's
 * CPUs alone the automatic affinity is node 1.
 */
START_TEST(test_g7_failed_placement_leaves_the_automatic_affinity)
{
	run_guests("name = \"a\"\nmemory = 512\nvcpus = 5\n",
		   "name = \"b\"\nmemory = 64\nvcpus = 1\n",
		   "  - {name: a, config: a.cfg, workload: work.yaml}\n");
	struct world_guest *a = &world->guest[0];

	ck_assert_int_eq(a->placed, PLACE_NO_FIT);
	ck_assert(a->domain->node_affinity_auto);
	ck_assert_uint_eq(a->domain->mem.node_affinity, nodeset_below(2));
	ck_assert_uint_eq(domain_node_pages(a->domain, 0), pages_from_mib(256));
	ck_assert_uint_eq(domain_node_pages(a->domain, 1), pages_from_mib(256));

	cpuset all = cpuset_all(), pool = {{0}};

	cpuset_add(&pool, 2);
	cpuset_add(&pool, 3);
	domain_update_node_affinity(a->domain, &all, &all, &pool,
				    world->cpu_to_node);
	ck_assert_uint_eq(a->domain->mem.node_affinity, nodeset_of(1));
}
END_TEST

/* Each broken invariant is noticed. */
START_TEST(test_check_notices)
{
	struct err err;

	write_guest(1, 256, 1000, 10);
	write_scenario("count: 2");
	make_world("libxl", 1, false);
	ck_assert_int_eq(world_run(world, &err), 0);
	world_check(world);

	struct world_guest *g = &world->guest[0];

	switch (_i) {
	case 0: /* W1: the heap's */
		heap_free(world->heap,
			  p2m_next(&g->domain->p2m, 0).mfn, 0, false);
		break;
	case 1: /* W2 */
		world->running[g->vcpu[0].cpu] = &world->guest[1].vcpu[0];
		break;
	case 2: /* W3 */
		g->shares.all[0] += 0.5;
		break;
	case 3: /* W4: a page that nobody has */
		(void)p2m_remove(&g->domain->p2m,
				 p2m_next(&g->domain->p2m, 0).gpfn, 1);
		g->domain->mem.tot_pages--;
		break;
	}
	world_check(world);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("world");
	TCase *tc = tcase_create("runs");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_alone_and_local_is_slowdown_one);
	tcase_add_test(tc, test_worst_is_slower_by_the_formula);
	tcase_add_test(tc, test_overcommitment_is_waiting);
	tcase_add_loop_test(tc, test_each_scheduler_shares_out_the_cpus, 0,
			    sizeof(schedulers) / sizeof(schedulers[0]));
	tcase_add_test(tc, test_a_livelock_of_null_is_counted_and_gone_on_from);
	tcase_add_test(tc, test_enough_cpus_mean_no_waiting);
	tcase_add_test(tc, test_too_large_does_not_fit);
	tcase_add_loop_test(tc, test_vnuma_as_libxl_takes_it, 0,
			    sizeof(vnuma_guests) / sizeof(vnuma_guests[0]));
	tcase_add_test(tc, test_memory_comes_back);
	tcase_add_test(tc, test_paranoid_run_with_balloon_and_departures);
	tcase_add_test(tc, test_balloon_moves_pages);
	tcase_add_test(tc, test_common_random_numbers);
	tcase_add_test(tc, test_g5_balloon_cycle_drifts);
	tcase_add_test(tc, test_g6_one_mask_does_not_steer_memory);
	tcase_add_test(tc,
		       test_g7_failed_placement_leaves_the_automatic_affinity);
	tcase_add_loop_test_raise_signal(tc, test_check_notices, SIGABRT, 0, 4);
	suite_add_tcase(suite, tc);
	return suite;
}
