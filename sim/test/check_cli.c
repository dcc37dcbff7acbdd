/*
 * check_cli.c - the program as a user types it: what it prints, what it leaves,
 *               its exit status; and that a run is the same bytes whatever the
 *               threads, the compiler and the optimisation.
 *
 * $NODEWISE names the release program (sim/test/run.sh sets it); default
 * build/nodewise.
 */
#include "test/test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUTPUT_MAX = 1 << 18 };

static char folder[64];
static char output[OUTPUT_MAX];

static void folder_make(void)
{
	strcpy(folder, "/tmp/nodewise-cli-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void folder_remove(void)
{
	char command[256];

	snprintf(command, sizeof(command), "chmod -R u+w %s; rm -rf %s", folder,
		 folder);
	ck_assert_int_eq(system(command), 0);
}

static const char *program(void)
{
	const char *name = getenv("NODEWISE");

	return name ? name : "build/nodewise";
}

/* Runs "nodewise ARGUMENTS" (%s in them is the test's folder); both streams
 * come back in output. */
static int run_with(const char *nodewise, const char *arguments)
{
	char filled[4096], command[8192];

	snprintf(filled, sizeof(filled), arguments, folder, folder, folder,
		 folder);
	snprintf(command, sizeof(command), "%s %s 2>&1", nodewise, filled);
	FILE *pipe = popen(command, "r");

	ck_assert_ptr_nonnull(pipe);
	size_t used = fread(output, 1, OUTPUT_MAX - 1, pipe);

	output[used] = '\0';
	return WEXITSTATUS(pclose(pipe));
}

static int run(const char *arguments)
{
	return run_with(program(), arguments);
}

static void write_text(const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

static char *read_text(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "r");

	ck_assert_msg(file != NULL, "%s is missing", path);
	char *text = calloc(1, 1 << 24);
	size_t used = fread(text, 1, (1 << 24) - 1, file);

	ck_assert_uint_lt(used, (1 << 24) - 1);
	fclose(file);
	return text;
}

static bool exists(const char *name)
{
	char path[256];
	struct stat info;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return stat(path, &info) == 0;
}

static void ck_assert_same_file(const char *a, const char *b)
{
	char *x = read_text(a), *y = read_text(b);

	ck_assert_msg(strcmp(x, y) == 0, "%s and %s differ", a, b);
	ck_assert_uint_gt(strlen(x), 30);
	free(x);
	free(y);
}

/* --- a small scenario of our own ------------------------------------------------ */

static const char small_cfg[] =
	"name = \"small\"\ntype = \"pvh\"\nmemory = 512\nvcpus = 2\n";

static const char small_scenario[] =
	"name: small\n"
	"summary: a few guests on two nodes\n"
	"host: \"pack:2 [numa(memory=4GB)] core:4 pu:1\"\n"
	"dom0: {memory_mib: 512, vcpus: 2}\n"
	"duration_s: 0.5\n"
	"warmup_s: 0.1\n"
	"seeds: {first: 7, count: 3}\n"
	"heuristics: [libxl, stripe, packed]\n"
	"guests:\n"
	"  - name: web\n"
	"    config: small.cfg\n"
	"    workload: specjbb-like\n"
	"    count: 4\n"
	"    arrival: {at_s: 0, every_s: 0.005}\n"
	"    lifetime_s: {dist: exponential, mean: 0.3}\n";

static void setup(void)
{
	folder_make();
	write_text("small.cfg", small_cfg);
	write_text("small.yaml", small_scenario);
}

static void teardown(void)
{
	folder_remove();
}

/* --- determinism ------------------------------------------------------------------ */

static const char *const result_files[] = {
	"samples.csv", "guests.csv", "nodes.csv", "cases.csv",
};

static void ck_assert_same_results(const char *a, const char *b)
{
	char x[256], y[256];

	for (size_t i = 0; i < sizeof(result_files) / sizeof(*result_files);
	     i++) {
		snprintf(x, sizeof(x), "%s/%s", a, result_files[i]);
		snprintf(y, sizeof(y), "%s/%s", b, result_files[i]);
		ck_assert_same_file(x, y);
	}
}

START_TEST(test_one_and_two_threads_give_the_same_bytes)
{
	ck_assert_int_eq(run("sim %s/small.yaml -t 1 --out %s/one"), 0);
	ck_assert_int_eq(run("sim %s/small.yaml -t 2 --out %s/two"), 0);
	ck_assert_same_results("one", "two");
}
END_TEST

START_TEST(test_compilers_and_optimisation_give_the_same_bytes)
{
	static const char *const other[] = {"build/debug/nodewise",
					    "build/clang/nodewise",
					    "build/asan/nodewise"};

	ck_assert_int_eq(run("sim %s/small.yaml --out %s/release "
			     "--trace %s/release.json --seed 7"), 0);
	ck_assert_int_eq(run_with(other[_i], "sim %s/small.yaml --out %s/other "
				  "--trace %s/other.json --seed 7"), 0);
	ck_assert_same_results("release", "other");
	ck_assert_same_file("release.json", "other.json");
}
END_TEST

START_TEST(test_another_seed_gives_other_numbers)
{
	ck_assert_int_eq(run("sim %s/small.yaml --seed 7 --out %s/a"), 0);
	ck_assert_int_eq(run("sim %s/small.yaml --seed 8 --out %s/b"), 0);
	char *a = read_text("a/guests.csv"), *b = read_text("b/guests.csv");

	ck_assert_str_ne(a, b);
	free(a);
	free(b);
}
END_TEST

/* A paranoid run checks everything and changes nothing. */
START_TEST(test_paranoid_gives_the_same_bytes)
{
	ck_assert_int_eq(run("sim %s/small.yaml --seed 7 -H libxl --out %s/a"),
			 0);
	ck_assert_int_eq(run("sim %s/small.yaml --seed 7 -H libxl --out %s/b "
			     "--paranoid"), 0);
	ck_assert_same_results("a", "b");
}
END_TEST

/* --- results ---------------------------------------------------------------------- */

START_TEST(test_results_exist_whole_and_are_not_overwritten)
{
	ck_assert_int_eq(run("sim %s/small.yaml --out %s/r"), 0);
	ck_assert(exists("r/run.json") && exists("r/samples.csv") &&
		  exists("r/guests.csv") && exists("r/nodes.csv"));
	ck_assert_int_eq(run("sim %s/small.yaml --out %s/r"), 2);
	ck_assert_ptr_nonnull(strstr(output, "r exists"));
	ck_assert_int_eq(run("plot %s/r"), 0);
	ck_assert(exists("r/figures/load.svg"));
	ck_assert_int_eq(run("sim %s/small.yaml --seed 9 --out %s/r --replace"),
			 0);
	ck_assert(!exists("r/figures"));
	char left[256];

	snprintf(left, sizeof(left), "ls %s | grep -q old-", folder);
	ck_assert_int_ne(system(left), 0);
	char *text = read_text("r/samples.csv");

	ck_assert_ptr_nonnull(strstr(text, ",9,0,"));
	ck_assert_ptr_null(strstr(text, ",7,0,"));
	free(text);
}
END_TEST

START_TEST(test_replace_touches_no_other_folder)
{
	ck_assert_int_eq(run("sim %s/small.yaml --out %s --replace"), 2);
	ck_assert_ptr_nonnull(strstr(output, "holds no results"));
	ck_assert(exists("small.yaml"));
}
END_TEST

START_TEST(test_table_and_json_say_the_same)
{
	ck_assert_int_eq(run("sim %s/small.yaml --seed 7"), 0);
	ck_assert_ptr_nonnull(strstr(output, "heuristic"));
	ck_assert_ptr_nonnull(strstr(output, "libxl"));
	ck_assert_ptr_nonnull(strstr(output, "4 of 4"));
	ck_assert_ptr_nonnull(strstr(output, "Nothing was written"));
	ck_assert_int_eq(run("sim %s/small.yaml --seed 7 --json"), 0);
	ck_assert_int_eq(output[0], '{');
	ck_assert_ptr_nonnull(strstr(output, "\"slowdown_mean\""));
}
END_TEST

START_TEST(test_trace_is_json_and_whole)
{
	ck_assert_int_eq(run("sim %s/small.yaml --seed 7 --trace %s/t.json"), 0);
	char *text = read_text("t.json");

	ck_assert_ptr_nonnull(strstr(text, "\"pcpu 7\""));
	ck_assert_ptr_nonnull(strstr(text, "\"free MB\""));
	ck_assert_ptr_nonnull(strstr(text, "d1v0"));
	ck_assert(!exists("t.json.partial"));
	free(text);
	ck_assert_int_eq(run("sim %s/small.yaml --seed 7 --trace %s/t.json.gz"),
			 0);
	ck_assert_int_eq(system("true"), 0);
	ck_assert(exists("t.json.gz"));
}
END_TEST

/* --- plug-ins --------------------------------------------------------------------- */

START_TEST(test_a_plugin_is_compared_with_the_table)
{
	ck_assert_int_eq(run("sim %s/small.yaml --seed 7 -H libxl "
			     "-H build/release/plugins/example.so"), 0);
	ck_assert_ptr_nonnull(strcasestr(output, "example"));
}
END_TEST

/* --- bad input: one line, status 2, nothing written --------------------------------- */

static const struct bad {
	const char *find, *replace; /* in small.yaml; NULL: leave it */
	const char *arguments;      /* NULL: "sim %s/small.yaml --out %s/bad" */
	const char *says;
} bads[] = {
	{"summary:", "sumary:", NULL, "small.yaml:2: sumary"},
	{"duration_s: 0.5", "duration_s: long", NULL, "small.yaml:5: "},
	{"config: small.cfg", "config: none.cfg", NULL, "none.cfg"},
	{"heuristics: [libxl,", "heuristics: [libx,", NULL,
	 "did you mean libxl"},
	{"workload: specjbb-like", "workload: specjb-like", NULL,
	 "did you mean specjbb-like"},
	{"vcpus: 2}", "vcpus: 0}", NULL, "small.yaml:4: dom0"},
	{"memory_mib: 512", "memory_mib: 0", NULL, "small.yaml:4: dom0"},
	{"\"pack:2 [numa(memory=4GB)] core:4 pu:1\"", "no-such-host", NULL,
	 "no-such-host"},
	{NULL, NULL, "sim %s/none.yaml --out %s/bad", "none.yaml"},
	{NULL, NULL, "sim %s/small.yaml -H libx --out %s/bad",
	 "did you mean libxl"},
	{NULL, NULL, "sim %s/small.yaml -H ./none.so --out %s/bad", "none.so"},
	{NULL, NULL, "sim %s/small.yaml --seeds x --out %s/bad", "--seeds"},
	{NULL, NULL, "sim %s/small.yaml --case x --out %s/bad", "no case 'x'"},
	{NULL, NULL, "sim %s/small.yaml --out %s/no/such/place", "no/such"},
	{NULL, NULL, "simm", "did you mean sim"},
	{NULL, NULL, "sim", "which scenario"},
};

static void write_bad(const struct bad *bad)
{
	char text[4096];
	const char *at = bad->find ? strstr(small_scenario, bad->find) : NULL;

	if (!bad->find)
		return;
	ck_assert_ptr_nonnull(at);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - small_scenario),
		 small_scenario, bad->replace, at + strlen(bad->find));
	write_text("small.yaml", text);
}

START_TEST(test_bad_input_is_one_line_and_status_2)
{
	const struct bad *bad = &bads[_i];

	write_bad(bad);
	int status = run(bad->arguments ? bad->arguments
					: "sim %s/small.yaml --out %s/bad");

	ck_assert_msg(status == 2, "status %d: %s", status, output);
	ck_assert_msg(strstr(output, bad->says) != NULL, "%s", output);
	ck_assert(!exists("bad"));
	/* argp adds its "Try --help" line to errors of the command line. */
	const char *end = strchr(output, '\n');

	ck_assert_ptr_nonnull(end);
	ck_assert_msg(end[1] == '\0' || strstr(end, "--help"), "%s", output);
}
END_TEST

static const struct bad_cfg {
	const char *text;
	const char *says;
} bad_cfgs[] = {
	{"name = \"x\"\nmemory = \nvcpus = 2\n", "small.cfg:2"},
	{"name = \"x\"\nmemory = 512\nvcpus = 0\n", "small.cfg:3: vcpus"},
	{"name = \"x\"\nmemory = 0\nvcpus = 2\n", "small.cfg:2: memory"},
};

START_TEST(test_bad_xl_cfg_names_its_line)
{
	write_text("small.cfg", bad_cfgs[_i].text);
	ck_assert_int_eq(run("sim %s/small.yaml --out %s/bad"), 2);
	ck_assert_msg(strstr(output, bad_cfgs[_i].says) != NULL, "%s", output);
	ck_assert(!exists("bad"));
}
END_TEST

/* A guest larger than the host is a result, not an error; status 1 says that
 * nothing fits. */
START_TEST(test_a_guest_larger_than_the_host_does_not_fit)
{
	write_text("small.cfg", "name = \"big\"\ntype = \"pvh\"\n"
				"memory = 9000\nvcpus = 2\n");
	ck_assert_int_eq(run("sim %s/small.yaml --seed 7 --out %s/r"), 1);
	ck_assert_ptr_nonnull(strstr(output, "0 of 4"));
	char *text = read_text("r/guests.csv");

	ck_assert_ptr_nonnull(strstr(text, ",failed,"));
	free(text);
}
END_TEST

START_TEST(test_results_that_cannot_be_written_are_an_error)
{
	char path[256];

	if (geteuid() == 0) {
		/* root may write anywhere but onto a file's path */
		write_text("file", "x");
		ck_assert_int_eq(run("sim %s/small.yaml --out %s/file/r"), 2);
		ck_assert_ptr_nonnull(strstr(output, "file/r"));
		return;
	}
	snprintf(path, sizeof(path), "%s/closed", folder);
	ck_assert_int_eq(mkdir(path, 0500), 0);
	ck_assert_int_eq(run("sim %s/small.yaml --out %s/closed/r"), 2);
	ck_assert_ptr_nonnull(strstr(output, "closed/r"));
}
END_TEST

START_TEST(test_every_command_has_help_with_an_example)
{
	static const char *const help[] = {"sim --help", "host --help",
					   "plot --help", "bench --help"};

	ck_assert_int_eq(run(help[_i]), 0);
	ck_assert_ptr_nonnull(strstr(output, "nodewise "));
	ck_assert_ptr_nonnull(strcasestr(output, "example"));
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("cli");
	TCase *tc = tcase_create("nodewise");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_one_and_two_threads_give_the_same_bytes);
	tcase_add_loop_test(tc,
			    test_compilers_and_optimisation_give_the_same_bytes,
			    0, 3);
	tcase_add_test(tc, test_another_seed_gives_other_numbers);
	tcase_add_test(tc, test_paranoid_gives_the_same_bytes);
	tcase_add_test(tc, test_results_exist_whole_and_are_not_overwritten);
	tcase_add_test(tc, test_replace_touches_no_other_folder);
	tcase_add_test(tc, test_table_and_json_say_the_same);
	tcase_add_test(tc, test_trace_is_json_and_whole);
	tcase_add_test(tc, test_a_plugin_is_compared_with_the_table);
	tcase_add_loop_test(tc, test_bad_input_is_one_line_and_status_2, 0,
			    sizeof(bads) / sizeof(bads[0]));
	tcase_add_loop_test(tc, test_bad_xl_cfg_names_its_line, 0,
			    sizeof(bad_cfgs) / sizeof(bad_cfgs[0]));
	tcase_add_test(tc, test_a_guest_larger_than_the_host_does_not_fit);
	tcase_add_test(tc, test_results_that_cannot_be_written_are_an_error);
	tcase_add_loop_test(tc, test_every_command_has_help_with_an_example, 0,
			    4);
	suite_add_tcase(suite, tc);
	return suite;
}
