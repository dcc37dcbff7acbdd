/*
 * check_bench_engine.c - the engine bench: figures from an injected clock,
 * columns of the table, JSON and samples.csv, the rivals' line protocol, and
 * our own contenders held to one checksum.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/record.h"
#include "bench/core/clock.h"
#include "bench/core/machine.h"
#include "bench/core/samples.h"
#include "bench/engine/cmd_bench.h"
#include "bench/engine/contender.h"
#include "bench/engine/engine.h"
#include "bench/engine/rival.h"
#include "test/test.h"

#include <libgen.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A clock made of an integer: every reading is step_ns after the last. */
struct fake_clock {
	int64_t now_ns;
	int64_t step_ns;
};

static int64_t fake_ns(void *state)
{
	struct fake_clock *fake = state;

	return fake->now_ns += fake->step_ns;
}

static struct clock clock_of(struct fake_clock *fake)
{
	return (struct clock){fake_ns, fake_ns, fake};
}

START_TEST(test_samples)
{
	struct samples a = {0}, b = {0}, ratio = {0};
	static const double values[] = {5, 1, 4, 2};

	for (int i = 0; i < 4; i++) {
		samples_add(&a, values[i]);
		samples_add(&b, i < 2 ? 1 : 2);
	}
	ck_assert_double_eq(samples_min(&a), 1);
	ck_assert_double_eq(samples_max(&a), 5);
	ck_assert_double_eq(samples_median(&a), 3); /* (2 + 4) / 2 */
	samples_ratio(&ratio, &a, &b);		    /* 5 1 2 1 */
	ck_assert_double_eq(samples_median(&ratio), 1.5);
	samples_add(&a, 10);
	ck_assert_double_eq(samples_median(&a), 4); /* 1 2 4 5 10 */
	ck_assert_double_eq(a.value[1], 1);	    /* the order is kept */
}
END_TEST

START_TEST(test_samples_that_do_not_match_abort)
{
	struct samples a = {.count = 2}, b = {.count = 1}, ratio;

	if (_i == 0)
		samples_ratio(&ratio, &a, &b);
	else if (_i == 1)
		samples_add(&a, NAN);
	else
		samples_median(&(struct samples){0});
}
END_TEST

/* 1000 readings and the one at the end, 7 ns each: 7.007 ns per reading. */
START_TEST(test_the_clock_knows_its_cost)
{
	struct fake_clock fake = {.step_ns = 7};
	struct clock clock = clock_of(&fake), real = clock_system();

	ck_assert_double_eq_tol(clock_cost_ns(&clock), 7.007, 1e-9);
	int64_t start_ns = clock_thread_ns(&real);

	while (clock_thread_ns(&real) - start_ns < 1000000)
		;
	ck_assert_int_ge(clock_wall_ns(&real), 1000000);
}
END_TEST

/* Contenders of known cost: 10, 20, 30 ns in three rounds, and twice that. */
static void ten_run(const struct contender *self, const struct engine_case *c,
		    const struct clock *clock, struct outcome *outcome)
{
	struct fake_clock *fake = clock->state;
	bool first = !strcmp(self->name, "first");

	if (first)
		fake->step_ns += 10;
	*outcome = (struct outcome){
		.ns = (double)fake->step_ns * (first ? 1 : 2),
		.bytes = first ? 64 : -1,
		.stayed_s = -1,
		.sum_known = true,
		.sum = strcmp(self->name, "other") ? c->count : 1,
	};
}

static void absent_run(const struct contender *self,
		       const struct engine_case *c, const struct clock *clock,
		       struct outcome *outcome)
{
	struct fake_clock *fake = clock->state;

	(void)self;
	(void)c;
	fake->now_ns += INT64_C(1) << 40; /* how often it was asked */
	*outcome = (struct outcome){.skipped = true,
				    .reason = "libx-dev is not installed"};
}

static const struct contender fakes[] = {
	{.name = "first", .summary = "ten more each round", .run = ten_run,
	 .thinned = 1},
	{.name = "twice", .summary = "twice that", .run = ten_run,
	 .thinned = 1},
	{.name = "absent", .summary = "never there", .run = absent_run,
	 .thinned = 1},
	{.name = "thinned", .summary = "a tenth", .run = ten_run,
	 .thinned = 10},
	{.name = "other", .summary = "another model", .run = ten_run,
	 .thinned = 1},
};

static const struct engine_case fake_cases[] = {{MODEL_HOLD, 12345, 1000}};

static struct engine_report *fake_report(struct arena *arena,
					 struct fake_clock *fake,
					 uint32_t contenders)
{
	struct engine_config config = {
		.contenders = fakes,
		.contenders_count = contenders,
		.cases = fake_cases,
		.cases_count = 1,
		.rounds = 3,
		.clock = clock_of(fake),
	};

	return engine_run(arena, &config);
}

START_TEST(test_rounds_in_turn)
{
	struct arena *arena = arena_create();
	struct fake_clock fake = {0};
	struct engine_report *report = fake_report(arena, &fake, 5);
	const struct engine_row *first = engine_row_of(report, 0, 0);
	const struct engine_row *twice = engine_row_of(report, 0, 1);

	/* Had one run all its rounds before the other, twice were 60 60 60. */
	for (uint32_t i = 0; i < 3; i++) {
		ck_assert_double_eq(first->ns.value[i], 10 * (i + 1.0));
		ck_assert_double_eq(twice->ns.value[i], 20 * (i + 1.0));
	}
	ck_assert_double_eq(engine_ratio(report, 0, 1), 2);
	ck_assert_int_eq(first->sum, SUM_REFERENCE);
	ck_assert_int_eq(twice->sum, SUM_SAME);
	ck_assert(engine_row_of(report, 0, 2)->skipped);
	ck_assert_int_eq(fake.now_ns >> 40, 1); /* asked once, not 3 times */
	ck_assert_int_eq(engine_row_of(report, 0, 3)->sum, SUM_UNKNOWN);
	ck_assert_int_eq(engine_row_of(report, 0, 4)->sum, SUM_OTHER);
	ck_assert(engine_differs(report));
	arena_destroy(arena);
}
END_TEST

static char *printed(struct arena *arena, const struct engine_report *report)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	engine_print(arena, report, file, false);
	fclose(file);
	return text;
}

static void assert_has(const char *text, const char *want)
{
	ck_assert_msg(strstr(text, want) != NULL, "no '%s' in:\n%s", want,
		      text);
}

/* min, median and max of 10 20 30; 1000 / 20 million a second. */
START_TEST(test_the_table)
{
	struct arena *arena = arena_create();
	struct fake_clock fake = {0};
	char *text = printed(arena, fake_report(arena, &fake, 5));

	assert_has(text, "3 rounds");
	assert_has(text, "ns/event");
	assert_has(text, "million/s  ratio  bytes");
	assert_has(text, "hold    12,345  first        10.0    20.0  30.0"
			 "       50.0   1.00     64  reference\n");
	assert_has(text, "twice        20.0    40.0  60.0"
			 "       25.0   2.00      -  same events\n");
	assert_has(text, "skipped (libx-dev is not installed)\n");
	assert_has(text, "OTHER EVENTS");
	assert_has(text, "machine  ");
	assert_has(text, "load ");
	assert_has(text, "built    ");
	assert_has(text, "-std=c17");
	free(text);
	arena_destroy(arena);
}
END_TEST

START_TEST(test_the_json)
{
	struct arena *arena = arena_create();
	struct fake_clock fake = {0};
	json_t *json = engine_json(fake_report(arena, &fake, 3));
	json_t *rows = json_object_get(json, "rows");
	json_t *row = json_array_get(rows, 1), *absent = json_array_get(rows, 2);

	ck_assert_uint_eq(json_array_size(rows), 3);
	ck_assert_uint_eq(json_array_size(json_object_get(row, "ns")), 3);
	ck_assert_double_eq(
		json_real_value(json_object_get(row, "ns_median")), 40);
	ck_assert_double_eq(json_real_value(json_object_get(row, "ratio")), 2);
	ck_assert_str_eq(json_string_value(json_object_get(row, "events")),
			 "same");
	ck_assert_str_eq(json_string_value(json_object_get(absent, "reason")),
			 "libx-dev is not installed");
	ck_assert_ptr_null(json_object_get(absent, "ns"));
	ck_assert_ptr_nonnull(json_object_get(
		json_object_get(json, "host"), "cpu"));
	json_decref(json);
	arena_destroy(arena);
}
END_TEST

/* Three rounds of two contenders and one memory row. */
START_TEST(test_the_results_folder)
{
	char top[] = "build/check-bench-XXXXXX", dir[64], path[96];
	struct arena *arena = arena_create();
	struct fake_clock fake = {0};
	struct sample sample;
	struct err err;
	int rows = 0, rc;

	ck_assert_ptr_nonnull(mkdtemp(top));
	snprintf(dir, sizeof(dir), "%s/r", top);
	struct record *record = record_open(dir, &err);

	ck_assert_msg(record, "%s", err.text);
	engine_record(fake_report(arena, &fake, 3), record);
	ck_assert_int_eq(record_run(record, &(struct run_info){
					.program = "nodewise"}, &err), 0);
	ck_assert_int_eq(record_commit(record, &err), 0);
	struct sample_reader *reader = sample_open(dir, &err);

	while ((rc = sample_next(reader, &sample, &err)) == 1) {
		ck_assert_str_eq(sample.suite, "engine");
		ck_assert_str_eq(sample.case_name, "hold pending=12345");
		if (rows == 1) {
			ck_assert_str_eq(sample.variant, "first");
			ck_assert_double_eq(sample.value, 20);
			ck_assert_uint_eq(sample.repeat, 1);
			ck_assert_uint_eq(sample.seed, RIVAL_SEED);
		}
		rows++;
	}
	ck_assert_int_eq(rc, 0);
	ck_assert_int_eq(rows, 7);
	sample_close(reader);
	snprintf(path, sizeof(path), "rm -r %s", top);
	ck_assert_int_eq(system(path), 0);
	arena_destroy(arena);
}
END_TEST

/* The real contenders of this program: same events on each small case. */
START_TEST(test_our_contenders_fire_the_same_events)
{
	static const struct engine_case cases[] = {
		{MODEL_HOLD, 1, 1000},	 {MODEL_HOLD, 100, 5000},
		{MODEL_MOVE, 1, 1000},	 {MODEL_MOVE, 3, 2000},
		{MODEL_MOVE, 500, 5000}, {MODEL_MM1, 0, 100000},
	};
	struct arena *arena = arena_create();
	struct engine_config config = {
		.contenders = engine_contenders,
		.cases = cases,
		.cases_count = 6,
		.rounds = 1,
		.clock = clock_system(),
	};

	while (!engine_contenders[config.contenders_count].program)
		config.contenders_count++;
	ck_assert_uint_eq(config.contenders_count, 4);
	struct engine_report *report = engine_run(arena, &config);

	for (uint32_t c = 0; c < 6; c++)
		for (uint32_t i = 0; i < 4; i++) {
			const struct engine_row *row =
				engine_row_of(report, c, i);

			ck_assert_int_eq(row->sum,
					 i ? SUM_SAME : SUM_REFERENCE);
			ck_assert_double_gt(row->ns.value[0], 0);
		}
	/* 9 s in theory; 10^5 objects at rho 0.9 scatter by about 0.4 s. */
	double stayed_s = engine_row_of(report, 5, 0)->stayed_s;

	ck_assert_double_eq_tol(stayed_s, 9, 1.6);
	ck_assert_double_eq(stayed_s, engine_row_of(report, 5, 1)->stayed_s);
	arena_destroy(arena);
}
END_TEST

/* A pass that runs out of events has no figure, and no time is made up. */
START_TEST(test_a_run_is_done_after_count_events)
{
	struct fake_clock fake = {.step_ns = 100};
	struct rival_run run;

	rival_run_init(&run, 3, 5, fake_ns, &fake);
	for (int64_t i = 0; i < 7; i++)
		ck_assert(!rival_fired(&run, i));
	ck_assert(run.measuring && !run.done);
	ck_assert(rival_fired(&run, 7));
	ck_assert(run.done);
	ck_assert_double_eq(rival_ns(&run), 20); /* 100 / 5 */
	uint64_t sum = 0;

	for (int64_t i = 3; i < 8; i++)
		sum = rival_sum(sum, i);
	ck_assert_uint_eq(run.sum, sum);
}
END_TEST

/* COUNT events between two readings that are 5000 ns apart. */
START_TEST(test_a_contender_divides_by_its_events)
{
	struct fake_clock fake = {.step_ns = 5000};
	struct clock clock = clock_of(&fake);
	struct engine_case c = {_i == 4 ? MODEL_MM1 : MODEL_HOLD,
				_i == 4 ? 0 : 10, 100};
	const struct contender *contender = &engine_contenders[_i % 4];
	struct outcome outcome;

	contender->run(contender, &c, &clock, &outcome);
	ck_assert_double_eq(outcome.ns, 50);
	ck_assert_int_eq(fake.now_ns, 10000); /* read twice, no more */
}
END_TEST

START_TEST(test_a_rivals_line)
{
	struct outcome o;

	ck_assert_int_eq(rival_parse("12.5 00ff 96.25\n", &o), 0);
	ck_assert(!o.skipped && o.sum_known);
	ck_assert_double_eq(o.ns, 12.5);
	ck_assert_uint_eq(o.sum, 255);
	ck_assert_double_eq(o.bytes, 96.25);
	ck_assert_int_eq(rival_parse("3 - -\n", &o), 0);
	ck_assert(!o.skipped && !o.sum_known);
	ck_assert_double_lt(o.bytes, 0);
	ck_assert_int_eq(rival_parse("skipped: no such thing\n", &o), 0);
	ck_assert(o.skipped);
	ck_assert_str_eq(o.reason, "no such thing");
	static const char *const bad[] = {"",	       "12.5\n",    "0 - -",
					  "-1 - -",    "nan - -",   "x - -",
					  "1 zz 5",    "1 - 5x",    "1 - nan",
					  "skipped\n"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(rival_parse(bad[i], &o), -1);
		ck_assert(o.skipped);
	}
}
END_TEST

/* A program beside this one that does what the script says. */
static void rival_script(const char *script, struct outcome *outcome)
{
	char self[PATH_MAX / 2] = "", path[PATH_MAX], name[64];
	struct engine_case c = {MODEL_MOVE, 7, 9};
	struct clock clock = clock_system();

	ck_assert_int_gt(readlink("/proc/self/exe", self, sizeof(self) - 1), 0);
	snprintf(name, sizeof(name), "fake-rival-%ld", (long)getpid());
	snprintf(path, sizeof(path), "%s/%s", dirname(self), name);
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fprintf(file, "#!/bin/sh\n%s\n", script);
	fclose(file);
	chmod(path, 0755);
	rival_run_program(&(struct contender){.program = name}, &c, &clock,
			  outcome);
	unlink(path);
}

START_TEST(test_a_rivals_program)
{
	struct outcome o;

	/* The arguments come back as figures: move 7 9. */
	rival_script("test $1 = move && echo $3 $2 -; seq 100000", &o);
	ck_assert(!o.skipped);
	ck_assert_double_eq(o.ns, 9);
	ck_assert_uint_eq(o.sum, 7);
	rival_script("exit 4", &o);
	ck_assert_str_eq(o.reason, "exit status 4");
	rival_script("kill -9 $$", &o);
	ck_assert_str_eq(o.reason, "killed by signal 9");
	rival_script("true", &o);
	ck_assert_str_eq(o.reason, "its answer is not NS CHECKSUM BYTES");
	rival_run_program(&(struct contender){.program = "rival-none"},
			  &(struct engine_case){0}, &(struct clock){0}, &o);
	ck_assert_str_eq(o.reason, "rival-none is not built: ninja rivals");
}
END_TEST

/* Without the header there is still a program, and it says why. */
START_TEST(test_an_absent_rival_is_a_program_too)
{
	char top[] = "build/check-rival-XXXXXX", command[512], line[128] = "";
	static const char *const words[][3] = {
		{"CC", "rival_simgrid.c", "skipped: libsimgrid-dev is not "
					  "installed\n"},
		{"CXX", "rival_ns3.cc", "skipped: libns3-dev is not "
					"installed\n"},
	};

	ck_assert_ptr_nonnull(mkdtemp(top));
	snprintf(command, sizeof(command),
		 "printf '#!/bin/sh\\ntest \"$1\" = --version\\n' >%s/cc && "
		 "chmod +x %s/cc && %s=%s/cc sh bench/engine/rival.sh "
		 "bench/engine/%s %s/rival && %s/rival hold 1 1",
		 top, top, words[_i][0], top, words[_i][1], top, top);
	FILE *pipe = popen(command, "r");

	ck_assert_ptr_nonnull(fgets(line, sizeof(line), pipe));
	ck_assert_int_eq(pclose(pipe), 0);
	ck_assert_str_eq(line, words[_i][2]);
	snprintf(command, sizeof(command), "rm -r %s", top);
	ck_assert_int_eq(system(command), 0);
}
END_TEST

static void file_write(const char *top, const char *path, const char *text)
{
	char full[256], command[300];

	snprintf(full, sizeof(full), "%s/%s", top, path);
	snprintf(command, sizeof(command), "mkdir -p $(dirname %s)", full);
	ck_assert_int_eq(system(command), 0);
	FILE *file = fopen(full, "w");

	fputs(text, file);
	fclose(file);
}

START_TEST(test_a_machine_in_a_folder)
{
	char top[] = "build/check-machine-XXXXXX", command[64];
	struct machine m;

	ck_assert_ptr_nonnull(mkdtemp(top));
	machine_read(&m, top);
	ck_assert_str_eq(m.cpu, "unknown");
	ck_assert_str_eq(m.governor, "unknown");
	ck_assert_double_lt(m.load_1min, 0);
	file_write(top, "proc/cpuinfo",
		   "processor\t: 0\nmodel name\t: A CPU @ 2 GHz\n"
		   "flags\t\t: fpu hypervisor sse\n\nprocessor\t: 1\n");
	file_write(top, "proc/loadavg", "1.25 0.5 0.1 1/2 3\n");
	file_write(top, "sys/kernel/mm/transparent_hugepage/enabled",
		   "always [madvise] never\n");
	file_write(top, "sys/devices/system/cpu/cpufreq/boost", "0\n");
	file_write(top, "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
		   "performance\n");
	machine_read(&m, top);
	ck_assert_str_eq(m.cpu, "A CPU @ 2 GHz");
	ck_assert_uint_eq(m.cpus_online, 2);
	ck_assert(m.virtual_machine && m.turbo_known && !m.turbo);
	ck_assert_str_eq(m.thp, "madvise");
	ck_assert_str_eq(m.governor, "performance");
	ck_assert_double_eq(m.load_1min, 1.25);
	snprintf(command, sizeof(command), "rm -r %s", top);
	ck_assert_int_eq(system(command), 0);
}
END_TEST

/* cmd_bench() with the words of one line as its arguments. */
static int command(const char *words)
{
	static char line[256], program[] = "nodewise bench";
	char *argv[16] = {program};
	int argc = 1;

	snprintf(line, sizeof(line), "%s", words);
	for (char *word = strtok(line, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	return cmd_bench(argc, argv);
}

/* The same with its output in a file; returns the text. */
static char *command_text(const char *words, int *status)
{
	static char text[65536];
	FILE *file = tmpfile();
	int saved = dup(1);

	fflush(stdout);
	dup2(fileno(file), 1);
	*status = command(words);
	fflush(stdout);
	dup2(saved, 1);
	close(saved);
	rewind(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	return text;
}

START_TEST(test_the_command_lists)
{
	int status;

	assert_has(command_text("--list", &status), "engine ");
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(command(""), 2);
	ck_assert_int_eq(command("engin"), 2);
}
END_TEST

/* The whole command once, as JSON: 5 cases, 6 contenders. */
START_TEST(test_the_command_measures)
{
	int status;
	char *text = command_text("engine --quick --rounds 1 --json", &status);
	json_t *json = json_loads(text, 0, NULL);

	ck_assert_int_eq(status, 0);
	ck_assert_msg(json, "no JSON: %s", text);
	ck_assert_uint_eq(json_array_size(json_object_get(json, "rows")), 30);
	json_decref(json);
}
END_TEST

START_TEST(test_bad_options_end_with_2)
{
	static const char *const options[] = {
		"engine --rounds=0", "engine --rounds=1001",
		"engine --rounds=x", "engine --wrong",
		"engine more",
	};

	command(options[_i]);
}
END_TEST

/* A folder that exists is refused before minutes are spent. */
START_TEST(test_an_out_that_exists_is_refused)
{
	ck_assert_int_eq(command("engine --out bench"), 2);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("bench_engine");
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, test_samples);
	tcase_add_loop_test_raise_signal(
		tc, test_samples_that_do_not_match_abort, SIGABRT, 0, 3);
	tcase_add_test(tc, test_the_clock_knows_its_cost);
	tcase_add_test(tc, test_a_machine_in_a_folder);
	suite_add_tcase(suite, tc);
	tc = tcase_create("engine");
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, test_rounds_in_turn);
	tcase_add_test(tc, test_the_table);
	tcase_add_test(tc, test_the_json);
	tcase_add_test(tc, test_the_results_folder);
	tcase_add_test(tc, test_our_contenders_fire_the_same_events);
	tcase_add_test(tc, test_a_run_is_done_after_count_events);
	tcase_add_loop_test(tc, test_a_contender_divides_by_its_events, 0, 5);
	tcase_add_test(tc, test_a_rivals_line);
	tcase_add_test(tc, test_a_rivals_program);
	tcase_add_loop_test(tc, test_an_absent_rival_is_a_program_too, 0, 2);
	suite_add_tcase(suite, tc);
	tc = tcase_create("command");
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, test_the_command_lists);
	tcase_add_test(tc, test_the_command_measures);
	tcase_add_loop_exit_test(tc, test_bad_options_end_with_2, 2, 0, 5);
	tcase_add_test(tc, test_an_out_that_exists_is_refused);
	suite_add_tcase(suite, tc);
	return suite;
}
