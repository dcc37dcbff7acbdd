/* check_scenario.c - scenario files, traces, arrivals, and the files shipped. */
#include "base/units.h"
#include "run/library.h"
#include "run/scenario.h"
#include "test/test.h"

#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder of files of the test's own, with the shipped ones as the library. */
static char folder[] = "/tmp/check_scenario_XXXXXX";

static void folder_make(void)
{
	/* mkdtemp() has written over the X's where tests do not fork */
	memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void folder_remove(void)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)) != NULL) {
		char path[512];

		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (entry->d_name[0] != '.')
			unlink(path);
	}
	if (dir)
		closedir(dir);
	rmdir(folder);
}

static const char *put(const char *name, const char *text)
{
	static char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
	return path;
}

static struct scenario *load(struct arena *arena, const char *text,
			     struct err *err)
{
	return scenario_load(arena, put("s.yaml", text), "workloads", err);
}

static struct scenario *good(struct arena *arena, const char *text)
{
	struct err err = {""};
	struct scenario *s = load(arena, text, &err);

	ck_assert_msg(s != NULL, "%s", err.text);
	return s;
}

/* err.text without the folder's name, so that lines can be written down. */
static const char *line_of(const struct err *err)
{
	static char text[ERR_TEXT_MAX];
	size_t length = strlen(folder);
	const char *from = err->text;
	size_t used = 0;

	while (*from) {
		if (strncmp(from, folder, length) == 0)
			from += length + 1;
		else
			text[used++] = *from++;
	}
	text[used] = '\0';
	return text;
}

#define HEAD "name: s\nhost: four-node\nduration_s: 100\nheuristics: [libxl]\n"
#define GUEST "guests:\n- {name: g, config: small, workload: idle"
#define TIMES "name: s\nhost: four-node\nheuristics: [libxl]\n"

START_TEST(test_defaults_are_xens)
{
	struct arena *arena = arena_create();
	struct scenario *s = good(arena, HEAD GUEST "}\n");

	ck_assert_str_eq(s->name, "s");
	ck_assert_str_eq(s->summary, "");
	ck_assert_str_eq(s->host, "four-node");
	ck_assert_uint_eq(s->host_line, 2);
	ck_assert_uint_eq(s->xen_version, 417);
	ck_assert_str_eq(s->scheduler.name, "credit2");
	ck_assert_int_eq(s->scheduler.params.sched_ratelimit_us, 1000);
	ck_assert_int_eq(s->scheduler.params.credit2_runqueue,
			 SCHED_RUNQUEUE_SOCKET);
	ck_assert_int_eq(s->scheduler.params.sched_credit2_max_cpus_runqueue,
			 16);
	ck_assert_int_eq(s->scheduler.params.sched_credit2_migrate_resist,
			 500);
	ck_assert_int_eq(s->scheduler.params.credit2_balance_over, -3);
	ck_assert_int_eq(s->bootscrub, SCENARIO_BOOTSCRUB_IDLE);
	ck_assert(s->claim_mode);
	ck_assert_uint_eq(s->dom0.memory_kib, 1024 * 1024);
	ck_assert_uint_eq(s->dom0.vcpus, 1);
	ck_assert_int_eq(s->duration_ns, 100 * NS_PER_S);
	ck_assert_int_eq(s->warmup_ns, 0);
	ck_assert_uint_eq(s->seed_first, 1);
	ck_assert_uint_eq(s->seed_count, 1);
	ck_assert_uint_eq(s->case_count, 1);
	ck_assert_str_eq(s->cases[0].name, "all");
	ck_assert_double_eq(s->cases[0].load, 1);
	ck_assert_str_eq(s->load_unit, "guests");
	ck_assert(s->guest[0].measured && s->guest[0].stays);
	ck_assert_uint_eq(s->guest[0].count, 1);
	/* the scenario, its host, its guest, its workload */
	ck_assert_uint_eq(s->file_count, 4);
	ck_assert_uint_eq(strlen(s->digest), DIGEST_TEXT_BYTES - 1);
	arena_destroy(arena);
}
END_TEST

static const char full[] =
	"name: full\nsummary: all keys\nhost: four-node\nxen_version: 4.22\n"
	"scheduler:\n  name: credit2\n  sched_ratelimit_us: 0\n"
	"  credit2_runqueue: core\n  sched_credit2_max_cpus_runqueue: 8\n"
	"  sched_credit2_migrate_resist: 250\n"
	"  credit2_load_window_shift: 20\n  credit2_load_precision_shift: 10\n"
	"  credit2_balance_under: 1\n  credit2_balance_over: -2\n"
	"  credit2_cap_period_ms: 20\n  sched_smt_power_savings: true\n"
	"  sched_credit_tslice_ms: 5\n  vcpu_migration_delay: 500\n"
	"  load-balance-ratelimit: 0\n  tickle_one_idle_cpu: false\n"
	"  rtds_period_us: 20000\n  rtds_budget_us: 10000\n"
	"  rtds_extratime: false\n"
	"bootscrub: off\nclaim_mode: false\n"
	"dom0: {memory_mib: 512, vcpus: 2, nodes: [0, 3]}\n"
	"duration_s: 10\nwarmup_s: 2.5\nseeds: {first: 7, count: 3}\n"
	"heuristics: [libxl, ./mine.so]\n"
	"guests:\n"
	"- name: a\n  config: elastic\n  workload: idle\n  count: 2\n"
	"  arrival: {at_s: 1, every_s: 0.5}\n"
	"  lifetime_s: {dist: constant, value: 3}\n"
	"  balloon: [{at_s: 1, target_mib: 4096}, {at_s: 2, target_mib: 8192}]\n"
	"  balloon_policy: spread\n  forced_nodes: [1, 2]\n"
	"  heuristic: stripe\n  group: 4\n  measured: false\n"
	"- name: b\n  config: small\n  workload: stream\n"
	"  arrival: {poisson_per_s: 2, from_s: 1, until_s: 9}\n"
	"sweep: {guest: a, count: [0, 2, 40]}\n";

START_TEST(test_every_key_is_heeded)
{
	struct arena *arena = arena_create();
	struct scenario *s = good(arena, full);
	const struct scenario_guest *a = &s->guest[0];

	ck_assert_uint_eq(s->xen_version, 422);
	ck_assert_int_eq(s->scheduler.params.sched_ratelimit_us, 0);
	ck_assert_int_eq(s->scheduler.params.credit2_runqueue,
			 SCHED_RUNQUEUE_CORE);
	ck_assert_int_eq(s->scheduler.params.sched_credit2_max_cpus_runqueue,
			 8);
	ck_assert_int_eq(s->scheduler.params.sched_credit2_migrate_resist,
			 250);
	ck_assert_int_eq(s->scheduler.params.credit2_load_window_shift, 20);
	ck_assert_int_eq(s->scheduler.params.credit2_load_precision_shift, 10);
	ck_assert_int_eq(s->scheduler.params.credit2_balance_under, 1);
	ck_assert_int_eq(s->scheduler.params.credit2_balance_over, -2);
	ck_assert_int_eq(s->scheduler.params.credit2_cap_period_ms, 20);
	ck_assert_int_eq(s->scheduler.params.xen_version, 422);
	ck_assert_int_eq(s->scheduler.params.sched_smt_power_savings, 1);
	ck_assert_int_eq(s->scheduler.params.sched_credit_tslice_ms, 5);
	ck_assert_int_eq(s->scheduler.params.vcpu_migration_delay, 500);
	ck_assert_int_eq(s->scheduler.params.load_balance_ratelimit, 0);
	ck_assert_int_eq(s->scheduler.params.tickle_one_idle_cpu, 0);
	ck_assert_int_eq(s->scheduler.params.rtds_period_us, 20000);
	ck_assert_int_eq(s->scheduler.params.rtds_budget_us, 10000);
	ck_assert_int_eq(s->scheduler.params.rtds_extratime, 0);
	ck_assert_int_eq(s->bootscrub, SCENARIO_BOOTSCRUB_OFF);
	ck_assert(!s->claim_mode);
	ck_assert_uint_eq(s->dom0.memory_kib, 512 * 1024);
	ck_assert_uint_eq(s->dom0.nodes, 0x9);
	ck_assert_int_eq(s->warmup_ns, 2500 * NS_PER_MS);
	ck_assert_uint_eq(s->seed_first, 7);
	ck_assert_uint_eq(s->seed_count, 3);
	ck_assert_str_eq(s->heuristic[1], "./mine.so");
	ck_assert_int_eq(a->at_ns, NS_PER_S);
	ck_assert_int_eq(a->every_ns, NS_PER_S / 2);
	ck_assert(!a->stays);
	ck_assert_uint_eq(a->balloon_count, 2);
	ck_assert_uint_eq(a->balloon[0].target_kib, 4096 * 1024);
	ck_assert_int_eq(a->balloon_policy, BALLOON_SPREAD);
	ck_assert_uint_eq(a->forced_nodes, 0x6);
	ck_assert_str_eq(a->heuristic, "stripe");
	ck_assert_uint_eq(a->group, 4);
	ck_assert(!a->measured);
	ck_assert_double_eq(s->guest[1].rate_per_s, 2);
	ck_assert_int_eq(s->guest[1].until_ns, 9 * NS_PER_S);
	ck_assert_uint_eq(s->case_count, 3);
	ck_assert_str_eq(s->cases[2].name, "a=40");
	ck_assert_double_eq(s->cases[2].load, 40);
	arena_destroy(arena);
}
END_TEST

START_TEST(test_arrivals_at_times)
{
	struct arena *arena = arena_create();
	struct scenario *s = good(arena, full);
	const struct scenario_arrival *x;
	uint32_t count, at = 0;

	/* a=2: at 1 and 1.5 s, entity = class 0, and each stays 3 s */
	x = scenario_arrivals(s, 1, 7, arena, &count);
	for (uint32_t i = 0; i < count; i++) {
		ck_assert(i == 0 || x[i - 1].arrival_ns <= x[i].arrival_ns);
		if (x[i].class_index != 0)
			continue;
		ck_assert_int_eq(x[i].arrival_ns, NS_PER_S + at * NS_PER_S / 2);
		ck_assert_uint_eq(x[i].entity, at);
		ck_assert_int_eq(x[i].lifetime_ns, 3 * NS_PER_S);
		ck_assert_str_eq(x[i].name, at ? "a-2" : "a-1");
		at++;
	}
	ck_assert_uint_eq(at, 2);
	/* a=40: from 1 s every 0.5 s until before 10 s are 18 */
	x = scenario_arrivals(s, 2, 7, arena, &count);
	at = 0;
	for (uint32_t i = 0; i < count; i++)
		at += x[i].class_index == 0;
	ck_assert_uint_eq(at, 18);
	/* a=0 */
	x = scenario_arrivals(s, 0, 7, arena, &count);
	for (uint32_t i = 0; i < count; i++)
		ck_assert_uint_eq(x[i].class_index, 1);
	arena_destroy(arena);
}
END_TEST

/* The Poisson class of `full` is the same at each point of the sweep of a. */
START_TEST(test_arrivals_depend_on_seed_and_class_alone)
{
	struct arena *arena = arena_create();
	struct scenario *s = good(arena, full);
	uint32_t n0, n2, other, j = 0;
	const struct scenario_arrival *x0 =
		scenario_arrivals(s, 0, 7, arena, &n0);
	const struct scenario_arrival *x2 =
		scenario_arrivals(s, 2, 7, arena, &n2);
	const struct scenario_arrival *y =
		scenario_arrivals(s, 0, 8, arena, &other);

	ck_assert_uint_gt(n0, 0);
	for (uint32_t i = 0; i < n2; i++) {
		if (x2[i].class_index == 0)
			continue;
		ck_assert_uint_lt(j, n0);
		ck_assert_int_eq(x2[i].arrival_ns, x0[j].arrival_ns);
		ck_assert_uint_eq(x2[i].entity, x0[j].entity);
		j++;
	}
	ck_assert_uint_eq(j, n0);
	ck_assert(other != n0 || y[0].arrival_ns != x0[0].arrival_ns);
	arena_destroy(arena);
}
END_TEST

/*
 * Poisson of 50 a second for 90 of 100 s: 4500 +- 67 (sd); 5 sd = 335. The
 * gaps' mean is 20 ms, and of exponential lifetimes of mean 2 s the mean of
 * 4500 is within 5 * 2 / 67 = 0.15 s. Twice the rate halves each time's
 * distance from from_s.
 */
START_TEST(test_poisson_arrivals_have_their_rate)
{
	struct arena *arena = arena_create();
	struct scenario *s = good(arena, HEAD GUEST
		", arrival: {poisson_per_s: 50, from_s: 10}, lifetime_s: "
		"{dist: exponential, mean: 2}}\n"
		"sweep: {guest: g, poisson_per_s: [50, 100]}\n");
	uint32_t count, twice;
	const struct scenario_arrival *x =
		scenario_arrivals(s, 0, 3, arena, &count);
	const struct scenario_arrival *y =
		scenario_arrivals(s, 1, 3, arena, &twice);
	double life_s = 0;

	ck_assert_double_eq_tol(count, 4500, 335);
	for (uint32_t i = 0; i < count; i++)
		life_s += s_from_ns(x[i].lifetime_ns);
	ck_assert_double_eq_tol(life_s / count, 2, 0.15);
	ck_assert_int_ge(x[0].arrival_ns, 10 * NS_PER_S);
	for (uint32_t i = 0; i < 1000; i++) {
		int64_t a = x[i].arrival_ns - 10 * NS_PER_S;
		int64_t b = y[i].arrival_ns - 10 * NS_PER_S;

		/* each gap is rounded to a whole ns */
		ck_assert_int_le(llabs(a - 2 * b), 2 * (int64_t)i + 2);
		ck_assert_int_eq(x[i].lifetime_ns, y[i].lifetime_ns);
	}
	ck_assert_str_eq(s->load_unit, "guests/s");
	ck_assert_double_eq(s->cases[1].load, 100);
	ck_assert_str_eq(s->cases[1].name, "g=100");
	arena_destroy(arena);
}
END_TEST

/* Two classes of one rate do not come at one time. */
START_TEST(test_classes_have_their_own_gaps)
{
	struct arena *arena = arena_create();
	struct scenario *s = good(arena, HEAD GUEST
		", arrival: {poisson_per_s: 1}}\n- {name: h, config: small, "
		"workload: idle, arrival: {poisson_per_s: 1}}\n");
	uint32_t count;
	const struct scenario_arrival *x =
		scenario_arrivals(s, 0, 1, arena, &count);

	ck_assert_uint_gt(count, 100);
	for (uint32_t i = 1; i < count; i++)
		ck_assert_int_ne(x[i].arrival_ns, x[i - 1].arrival_ns);
	arena_destroy(arena);
}
END_TEST

START_TEST(test_a_limit_ends_poisson)
{
	struct arena *arena = arena_create();
	struct scenario *s = good(arena, HEAD GUEST
		", count: 5, arrival: {poisson_per_s: 50}}\n");
	uint32_t count;

	scenario_arrivals(s, 0, 1, arena, &count);
	ck_assert_uint_eq(count, 5);
	arena_destroy(arena);
}
END_TEST

START_TEST(test_a_trace_is_one_guest_a_row)
{
	struct arena *arena = arena_create();
	struct scenario *s;
	const struct scenario_arrival *x;
	uint32_t count;

	put("t.csv", "memory_mib,arrival_s,vcpus,workload,lifetime_s\n"
		     "512,3,1,stream,4.5\n"
		     ",1,,,\n"
		     "512,3,1,,\n"
		     "1024,200,4,idle,1\n");
	s = good(arena, HEAD GUEST ", arrival: {trace: t.csv}}\n");
	/* small.cfg, 512 MiB with 1 vCPU once, 1024 MiB with 4 */
	ck_assert_uint_eq(s->config_count, 3);
	ck_assert_double_eq(s->cases[0].load, 4);
	x = scenario_arrivals(s, 0, 1, arena, &count);
	/* the last row comes after the end */
	ck_assert_uint_eq(count, 3);
	ck_assert_int_eq(x[0].arrival_ns, NS_PER_S);
	ck_assert_uint_eq(x[0].config->memory_kib, 2048 * 1024);
	ck_assert_int_eq(x[0].lifetime_ns, TIME_NEVER_NS);
	ck_assert_str_eq(x[0].workload->name, "idle");
	ck_assert_str_eq(x[1].workload->name, "stream");
	ck_assert_int_eq(x[1].lifetime_ns, 4500 * NS_PER_MS);
	ck_assert_uint_eq(x[1].config->vcpu_max, 1);
	ck_assert_uint_eq(x[1].config->memory_kib, 512 * 1024);
	/* shadow by default: 4 * (256 * 1 + 512) */
	ck_assert_uint_eq(x[1].config->shadow_kib, 3072);
	ck_assert_ptr_eq(x[2].config, x[1].config);
	ck_assert_str_eq(x[2].workload->name, "idle");
	ck_assert_str_eq(x[2].name, "g-3");
	arena_destroy(arena);
}
END_TEST

/* What the trace says, and the whole line that comes back. */
static const struct {
	const char *csv, *line;
} bad_trace[] = {
	{"", "t.csv:1: is empty; a first row with column names, arrival_s "
	     "among them"},
	{"arrival_s\n", "t.csv:1: has no rows; one per guest"},
	{"arival_s\n1\n",
	 "t.csv:1: unknown column 'arival_s'; did you mean arrival_s?"},
	{"vcpus\n1\n",
	 "t.csv:1: column 'arrival_s' is missing; it is required"},
	{"arrival_s,arrival_s\n1,2\n",
	 "t.csv:1: column 'arrival_s' twice; once"},
	{"arrival_s,vcpus\n1,2\n3\n",
	 "t.csv:3: 1 fields; 2, as in the first row"},
	{"arrival_s\n-1\n",
	 "t.csv:2: arrival_s: '-1' is no time; seconds, 0 to 1e9"},
	{"arrival_s\nsoon\n",
	 "t.csv:2: arrival_s: 'soon' is no time; seconds, 0 to 1e9"},
	{"arrival_s,vcpus\n1,0\n",
	 "t.csv:2: vcpus: '0' is no number of vCPUs; 1 to 512"},
	{"arrival_s,memory_mib\n1,1\n2,0\n",
	 "t.csv:3: memory_mib: '0' is no memory; MiB, 1 to 67108864"},
	{"arrival_s,workload\n1,strem\n",
	 "t.csv:2: workload: no file workloads/workloads/strem.yaml; did you "
	 "mean stream?"},
};

START_TEST(test_bad_traces_give_their_line)
{
	struct arena *arena = arena_create();
	struct err err;

	put("t.csv", bad_trace[_i].csv);
	ck_assert_ptr_null(load(arena, HEAD GUEST
				", arrival: {trace: t.csv}}\n", &err));
	ck_assert_str_eq(line_of(&err), bad_trace[_i].line);
	arena_destroy(arena);
}
END_TEST

/* Each size is a record of its own: bounded, whatever the trace. */
START_TEST(test_a_trace_of_many_sizes_is_refused)
{
	enum { SIZES_MAX = 4096 };
	struct arena *arena = arena_create();
	char *csv = malloc(32 * (SIZES_MAX + 2));
	size_t used = (size_t)sprintf(csv, "arrival_s,memory_mib\n");
	struct err err;

	for (uint32_t i = 0; i < SIZES_MAX; i++)
		used += (size_t)sprintf(csv + used, "1,%u\n", 10001 + i);
	put("t.csv", csv);
	good(arena, HEAD GUEST ", arrival: {trace: t.csv}}\n");
	strcpy(csv + used, "1,10000\n");
	put("t.csv", csv);
	free(csv);
	ck_assert_ptr_null(load(arena, HEAD GUEST
				", arrival: {trace: t.csv}}\n", &err));
	ck_assert_str_eq(line_of(&err), "t.csv:4098: more than 4096 different "
			 "sizes");
	arena_destroy(arena);
}
END_TEST

/* What is written, and the whole line that comes back. */
static const struct {
	const char *text, *line;
} bad[] = {
	{HEAD "gests: []\n",
	 "s.yaml:5: gests: unknown key; did you mean guests?"},
	{HEAD, "s.yaml:1: key 'guests' is missing; it is required here"},
	{HEAD "guests: []\n",
	 "s.yaml:5: guests: 0 entries are too few; at least 1"},
	{"name: s\nhost: four-nod\nduration_s: 1\nheuristics: [a]\n" GUEST
	 "}\n",
	 "s.yaml:2: host: no file workloads/hosts/four-nod.yaml; did you mean "
	 "four-node?"},
	{"name: s\nhost: ./x.yaml\nduration_s: 1\nheuristics: [a]\n" GUEST
	 "}\n",
	 "s.yaml:2: host: no file ./x.yaml"},
	{TIMES "duration_s: 0\n" GUEST "}\n",
	 "s.yaml:4: duration_s: 0 is too small; 0.001 to 10000000"},
	{TIMES "duration_s: -3\n" GUEST "}\n",
	 "s.yaml:4: duration_s: -3 is too small; 0.001 to 10000000"},
	{TIMES "duration_s: 3\nwarmup_s: 3\n" GUEST "}\n",
	 "s.yaml:5: warmup_s: 3 is not below duration_s; less than 3"},
	{TIMES "duration_s: 3\nwarmup_s: -3\n" GUEST "}\n",
	 "s.yaml:5: warmup_s: -3 is too small; 0 to 10000000"},
	{TIMES "duration_s: 3s\n" GUEST "}\n",
	 "s.yaml:4: duration_s: '3s' is no number; as in 2, 0.5 or 1e6"},
	{HEAD "seeds: {count: 0}\n" GUEST "}\n",
	 "s.yaml:5: seeds.count: 0 is too small; 1 to 100000"},
	{HEAD "xen_version: 4.18\n" GUEST "}\n",
	 "s.yaml:5: xen_version: '4.18' is not known; did you mean 4.17, "
	 "4.22?"},
	{HEAD "scheduler: {name: nul}\n" GUEST "}\n",
	 "s.yaml:5: scheduler.name: no scheduler 'nul'; did you mean null?"},
	{HEAD "scheduler: {sched_ratelimit_us: 50}\n" GUEST "}\n",
	 "s.yaml:5: scheduler.sched_ratelimit_us: 50 is too little; 0 for "
	 "none, or 100 to 500000"},
	{HEAD "scheduler: {load-balance-ratelimit: 1000001}\n" GUEST "}\n",
	 "s.yaml:5: scheduler.load-balance-ratelimit: 1000001 is out of range; "
	 "0 to 1000000"},
	{HEAD "scheduler: {rtds_period_us: 3000}\n" GUEST "}\n",
	 "s.yaml:5: scheduler: rtds_budget_us: 4000 is more than rtds_period_us "
	 "(3000)"},
	{HEAD "scheduler: {credit2_runqueue: sockets}\n" GUEST "}\n",
	 "s.yaml:5: scheduler.credit2_runqueue: 'sockets' is not known; did "
	 "you mean socket?"},
	{HEAD "scheduler: {credit2_balance_over: -99}\n" GUEST "}\n",
	 "s.yaml:5: scheduler.credit2_balance_over: -99 is out of range; -24 "
	 "to 8"},
	{HEAD "bootscrub: maybe\n" GUEST "}\n",
	 "s.yaml:5: bootscrub: 'maybe' is not known; one of idle, on, off"},
	{HEAD "dom0: {memory_mib: 0}\n" GUEST "}\n",
	 "s.yaml:5: dom0.memory_mib: 0 is too small; 1 to 67108864"},
	{HEAD "dom0: {vcpus: 0}\n" GUEST "}\n",
	 "s.yaml:5: dom0.vcpus: 0 is too small; 1 to 512"},
	{HEAD "dom0: {nodes: [1, 64]}\n" GUEST "}\n",
	 "s.yaml:5: dom0.nodes[1]: no node 64; 0 to 63"},
	{HEAD "dom0: {nodes: [1, 1]}\n" GUEST "}\n",
	 "s.yaml:5: dom0.nodes[1]: node 1 twice; once"},
	{HEAD "heuristics: [b]\n" GUEST "}\n",
	 "s.yaml:5: heuristics: given twice, first on line 4; once"},
	{HEAD "guests:\n- {name: g g, config: small, workload: idle}\n",
	 "s.yaml:6: guests[0].name: 'g g' has other characters than letters, "
	 "digits, '.', '_' and '-'"},
	{HEAD GUEST "}\n- {name: g, config: small, workload: idle}\n",
	 "s.yaml:7: guests[1].name: 'g' is taken by guests[0]; another name"},
	{HEAD "guests:\n- {name: g, config: smal, workload: idle}\n",
	 "s.yaml:6: guests[0].config: no file workloads/guests/smal.cfg; did "
	 "you mean small?"},
	{HEAD "guests:\n- {name: g, config: no.cfg, workload: idle}\n",
	 "s.yaml:6: guests[0].config: no file no.cfg"},
	{HEAD "guests:\n- {name: g, config: small, workload: strem}\n",
	 "s.yaml:6: guests[0].workload: no file "
	 "workloads/workloads/strem.yaml; did you mean stream?"},
	{HEAD "guests:\n- {name: g, config: bad.cfg, workload: idle}\n",
	 "bad.cfg:2: vcpus: 0 is too small; 1 to 512"},
	{HEAD "guests:\n- {name: g, config: small, workload: bad.yaml}\n",
	 "bad.yaml:1: key 'operations' is missing; it is required here"},
	{HEAD GUEST ", count: 0}\n",
	 "s.yaml:6: guests[0].count: 0 is too small; 1 to 1000000"},
	{HEAD GUEST ", count: two}\n",
	 "s.yaml:6: guests[0].count: 'two' is no whole number; 0 to "
	 "4294967295"},
	{HEAD GUEST ", arrival: {at_s: -1}}\n",
	 "s.yaml:6: guests[0].arrival.at_s: -1 is too small; 0 to 100"},
	{HEAD GUEST ", arrival: {at_s: 101}}\n",
	 "s.yaml:6: guests[0].arrival.at_s: 101 is too large; 0 to 100"},
	{HEAD GUEST ", arrival: {every_s: 1}}\n",
	 "s.yaml:6: guests[0].arrival: nothing chosen; one of at_s, "
	 "poisson_per_s, trace"},
	{HEAD GUEST ", arrival: {at_s: 1, poisson_per_s: 1}}\n",
	 "s.yaml:6: guests[0].arrival.poisson_per_s: stands beside 'at_s'; "
	 "one of the two"},
	{HEAD GUEST ", arrival: {at_s: 1, from_s: 1}}\n",
	 "s.yaml:6: guests[0].arrival.from_s: stands without "
	 "'poisson_per_s'; both or neither"},
	{HEAD GUEST ", arrival: {poisson_per_s: 0}}\n",
	 "s.yaml:6: guests[0].arrival.poisson_per_s: 0 is too small; 1e-09 to "
	 "1000000"},
	{HEAD GUEST ", arrival: {poisson_per_s: 1, from_s: 5, until_s: 5}}\n",
	 "s.yaml:6: guests[0].arrival.from_s: 5 is not before until_s; less "
	 "than 5"},
	{HEAD GUEST ", arrival: {poisson_per_s: 1000000}}\n",
	 "s.yaml:6: guests[0].arrival.poisson_per_s: 1e+06 a second for 100 s "
	 "are more than 500000 guests; less, or a count"},
	{HEAD GUEST ", arrival: {trace: no.csv}}\n",
	 "s.yaml:6: guests[0].arrival.trace: no file no.csv"},
	{HEAD GUEST ", count: 2, arrival: {trace: no.csv}}\n",
	 "s.yaml:6: guests[0].count: stands beside a trace, whose rows count; "
	 "remove it"},
	{HEAD GUEST ", lifetime_s: {dist: constant, value: -1}}\n",
	 "s.yaml:6: guests[0].lifetime_s: constant may be negative; a "
	 "distribution that is never below 0"},
	{HEAD GUEST ", balloon: [{at_s: 1, target_mib: 0}]}\n",
	 "s.yaml:6: guests[0].balloon[0].target_mib: 0 is too small; 1 to "
	 "2048"},
	{HEAD GUEST ", balloon: [{at_s: 1, target_mib: 4096}]}\n",
	 "s.yaml:6: guests[0].balloon[0].target_mib: 4096 is too large; 1 to "
	 "2048"},
	{HEAD GUEST ", balloon: [{at_s: 2, target_mib: 1}, {at_s: 2, "
	 "target_mib: 2}]}\n",
	 "s.yaml:6: guests[0].balloon[1].at_s: 2 is not after the target "
	 "before it; ascending times"},
	{HEAD GUEST ", forced_nodes: [99]}\n",
	 "s.yaml:6: guests[0].forced_nodes[0]: no node 99; 0 to 63"},
	{HEAD GUEST "}\nsweep: {guest: h, count: [1]}\n",
	 "s.yaml:7: sweep.guest: no guest 'h' above; one of g"},
	{HEAD GUEST "}\nsweep: {guest: g}\n",
	 "s.yaml:7: sweep: nothing chosen; one of count, poisson_per_s"},
	{HEAD GUEST "}\nsweep: {guest: g, count: [2000000]}\n",
	 "s.yaml:7: sweep.count[0]: 2000000 is too large; 0 to 1000000"},
	{HEAD GUEST "}\nsweep: {guest: g, poisson_per_s: [1]}\n",
	 "s.yaml:7: sweep.poisson_per_s: 'g' does not arrive that way; count "
	 "for at_s, poisson_per_s for poisson_per_s"},
	{HEAD GUEST ", arrival: {poisson_per_s: 1}}\n"
	 "sweep: {guest: g, poisson_per_s: [0]}\n",
	 "s.yaml:7: sweep.poisson_per_s[0]: 0 is out of range; more than 0, "
	 "up to 1e6"},
	/* each class is allowed, all of them are not */
	{HEAD GUEST ", count: 600000}\n"
	 "- {name: h, config: small, workload: idle, count: 400001}\n",
	 "s.yaml:7: guests[1]: guests up to here are 1000001 in all; at most "
	 "1000000"},
	{HEAD GUEST ", count: 600000}\n"
	 "- {name: h, config: small, workload: idle}\n"
	 "sweep: {guest: h, count: [1, 500000]}\n",
	 "s.yaml:7: guests[1]: guests up to here are 1100000 in all; at most "
	 "1000000"},
	{HEAD GUEST ", count: 600000}\n"
	 "- {name: h, config: small, workload: idle, "
	 "arrival: {poisson_per_s: 5000}}\n",
	 "s.yaml:7: guests[1]: guests up to here are 1100000 in all; at most "
	 "1000000"},
};

START_TEST(test_bad_input_gives_its_line)
{
	struct arena *arena = arena_create();
	struct err err = {""};

	put("bad.cfg", "name='x'\nvcpus=0\n");
	put("bad.yaml", "name: x\nphases: [{steps: [{cpu_us: {dist: constant, "
			"value: 1}}]}]\n");
	ck_assert_ptr_null(load(arena, bad[_i].text, &err));
	ck_assert_str_eq(line_of(&err), bad[_i].line);
	arena_destroy(arena);
}
END_TEST

START_TEST(test_an_unknown_scenario_is_named)
{
	struct arena *arena = arena_create();
	struct err err;

	ck_assert_ptr_null(scenario_load(arena, "demp", "workloads", &err));
	ck_assert_str_eq(err.text, "no file workloads/scenarios/demp.yaml; did "
			 "you mean demo?");
	ck_assert_ptr_null(scenario_load(arena, "x/y.yaml", "workloads",
					 &err));
	ck_assert_str_eq(err.text, "x/y.yaml: cannot be read: No such file or "
			 "directory");
	arena_destroy(arena);
}
END_TEST

START_TEST(test_the_host_has_the_last_word)
{
	static const uint16_t cpu_to_node[4] = {0, 0, 1, 1};
	static const struct xlcfg_host two = {2, 4, cpu_to_node};
	struct arena *arena = arena_create();
	struct scenario *s = good(arena, full);
	struct err err;

	ck_assert_int_eq(scenario_bind(s, &two, arena, &err), -1);
	ck_assert_str_eq(line_of(&err), "s.yaml:26: dom0.nodes: no node 3 on "
			 "this host; 0 to 1");
	s->dom0.nodes = 1;
	ck_assert_int_eq(scenario_bind(s, &two, arena, &err), -1);
	ck_assert_str_eq(line_of(&err), "s.yaml:40: guests[0].forced_nodes: no "
			 "node 2 on this host; 0 to 1");
	s = good(arena, HEAD "guests: [{name: g, config: pinned, workload: "
		 "idle}]\n");
	ck_assert_int_eq(scenario_bind(s, &two, arena, &err), 0);
	ck_assert_uint_eq(s->guest[0].config->hard.mask[3].word[0], 0xc);
	ck_assert_int_eq(scenario_heuristic_fail(s, 0, &err, "who?"), -1);
	ck_assert_str_eq(line_of(&err), "s.yaml:4: heuristics[0]: who?");
	arena_destroy(arena);
}
END_TEST

/* The digest changes with any file that is read, and with nothing else. */
START_TEST(test_the_digest_is_of_all_files)
{
	static const char text[] = HEAD
		"guests: [{name: g, config: own.cfg, workload: idle}]\n";
	struct arena *arena = arena_create();
	char first[DIGEST_TEXT_BYTES];

	put("own.cfg", "name='x'\nmemory=64\n");
	strcpy(first, good(arena, text)->digest);
	ck_assert_str_eq(good(arena, text)->digest, first);
	put("own.cfg", "name='x'\nmemory=65\n");
	ck_assert_str_ne(good(arena, text)->digest, first);
	arena_destroy(arena);
}
END_TEST

START_TEST(test_library_knows_paths_from_names)
{
	struct arena *arena = arena_create();

	ck_assert(library_bare("demo") && library_bare("v1.2"));
	ck_assert(!library_bare("a/b") && !library_bare("x.yaml"));
	ck_assert_str_eq(library_path(arena, "lib", "hosts", ".yaml", "h",
				      "a/s.yaml"), "lib/hosts/h.yaml");
	ck_assert_str_eq(library_path(arena, "lib", "hosts", ".yaml",
				      "../h.yaml", "a/s.yaml"),
			 "a/../h.yaml");
	ck_assert_str_eq(library_path(arena, "lib", "hosts", ".yaml", "h.yaml",
				      "s.yaml"), "h.yaml");
	ck_assert_str_eq(library_path(arena, "lib", "hosts", ".yaml", "/h.cfg",
				      "a/s.yaml"), "/h.cfg");
	arena_destroy(arena);
}
END_TEST

/* Every scenario that is shipped reads, and each case has guests. */
static void check_shipped(const char *name)
{
	struct arena *arena = arena_create();
	struct err err = {""};
	struct scenario *s = scenario_load(arena, name, "workloads", &err);
	uint32_t count;

	ck_assert_msg(s != NULL, "%s", err.text);
	ck_assert_str_eq(s->name, name);
	for (uint32_t i = 0; i < s->config_count; i++)
		ck_assert_msg(s->config[i]->warning_count == 0, "%s",
			      s->config[i]->warning[0]);
	for (uint32_t c = 0; c < s->case_count; c++) {
		scenario_arrivals(s, c, s->seed_first, arena, &count);
		ck_assert_uint_gt(count, 0);
	}
	arena_destroy(arena);
}

START_TEST(test_shipped_scenarios_read)
{
	DIR *dir = opendir("workloads/scenarios");
	struct dirent *entry;
	int seen = 0;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL) {
		char *dot = strstr(entry->d_name, ".yaml");

		if (!dot)
			continue;
		*dot = '\0';
		check_shipped(entry->d_name);
		seen++;
	}
	closedir(dir);
	ck_assert_int_ge(seen, 4);
}
END_TEST

/* Breaks S1 to S3; the check must abort. */
START_TEST(test_check_bites)
{
	struct arena *arena = arena_create();
	struct err err;
	struct scenario *s = scenario_load(arena, "four-lines", "workloads",
					   &err);
	struct scenario_guest guest = s->guest[0];

	switch (_i) {
	case 0: /* S1 */
		s->seed_count = 0;
		break;
	case 1: /* S1 */
		s->warmup_ns = s->duration_ns;
		break;
	case 2: /* S2 */
		guest.arrival = SCENARIO_POISSON;
		s->guest = &guest;
		s->guest_count = 1;
		break;
	default: /* S3 */
		s->swept = false;
	}
	scenario_check(s);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("scenario");
	TCase *tc = tcase_create("scenario");

	tcase_add_checked_fixture(tc, folder_make, folder_remove);
	tcase_add_test(tc, test_defaults_are_xens);
	tcase_add_test(tc, test_every_key_is_heeded);
	tcase_add_test(tc, test_arrivals_at_times);
	tcase_add_test(tc, test_arrivals_depend_on_seed_and_class_alone);
	tcase_add_test(tc, test_poisson_arrivals_have_their_rate);
	tcase_add_test(tc, test_classes_have_their_own_gaps);
	tcase_add_test(tc, test_a_limit_ends_poisson);
	tcase_add_test(tc, test_a_trace_is_one_guest_a_row);
	tcase_add_loop_test(tc, test_bad_traces_give_their_line, 0,
			    sizeof(bad_trace) / sizeof(bad_trace[0]));
	tcase_add_test(tc, test_a_trace_of_many_sizes_is_refused);
	tcase_add_loop_test(tc, test_bad_input_gives_its_line, 0,
			    sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tc, test_an_unknown_scenario_is_named);
	tcase_add_test(tc, test_the_host_has_the_last_word);
	tcase_add_test(tc, test_the_digest_is_of_all_files);
	tcase_add_test(tc, test_library_knows_paths_from_names);
	tcase_add_test(tc, test_shipped_scenarios_read);
	suite_add_tcase(suite, tc);

	/* no folder: who aborts cannot remove it */
	tc = tcase_create("check");
	tcase_add_loop_test_raise_signal(tc, test_check_bites, SIGABRT, 0, 4);
	suite_add_tcase(suite, tc);
	return suite;
}
