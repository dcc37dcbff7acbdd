/*
 * check_plugin.c - heuristics from shared objects, and what is wrong with the
 * ones that do not load. The objects lie beside this program's folder:
 * build/VARIANT/plugins/.
 */
#include "base/err.h"
#include "place/plugin.h"
#include "test/random_view.h"
#include "test/test.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_CHARS = 4096 };

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* The path of a plug-in of this variant. */
static const char *built(const char *name, char path[PATH_CHARS])
{
	char self[PATH_CHARS - 64] = "";

	ck_assert_int_gt(readlink("/proc/self/exe", self, sizeof(self) - 1),
			 0);
	snprintf(path, PATH_CHARS, "%s/../plugins/%s.so", dirname(self), name);
	return path;
}

START_TEST(test_the_example_loads_and_picks)
{
	char path[PATH_CHARS];
	const char *names[] = { "libxl", built("example", path), "spread" };
	static struct random_view host;
	struct random_kind kind = { .nodes = 4, .equal = true };
	struct place_request request = { .vcpus = 1, .need_pages = 1 };
	struct place_answer answer;
	enum place_result result;
	struct place_set set;
	struct err err = {{0}};
	uint64_t state = 1;

	ck_assert_msg(place_resolve(names, 3, &set, &err) == 0, "%s",
		      err.text);
	ck_assert_uint_eq(set.count, 3);
	ck_assert_str_eq(set.ops[0]->name, "libxl");
	ck_assert_str_eq(set.ops[1]->name, "example");
	ck_assert_str_eq(set.ops[2]->name, "spread");

	/* Node 2 has as much memory as the others, and nobody on it. */
	random_view_init(&host, &state, &kind);
	host.node[2].vcpus = 0;
	ck_assert_int_eq(place_run(set.ops[1], &host.view, &request, &result,
				   &answer, &err), 0);
	ck_assert_int_eq(result, PLACE_OK);
	ck_assert_uint_eq(answer.nodes, 1 << 2);
	ck_assert_int_eq(answer.affinity, PLACE_SOFT);

	request.need_pages = UINT64_C(1) << 40;
	ck_assert_int_eq(place_run(set.ops[1], &host.view, &request, &result,
				   &answer, &err), 0);
	ck_assert_int_eq(result, PLACE_NO_FIT);
	place_set_fini(&set);
	place_set_fini(&set);
}
END_TEST

/* A path without a '/' is the file of that name here. */
START_TEST(test_a_plugin_in_the_working_folder)
{
	char path[PATH_CHARS];
	const char *names[] = { "example.so" };
	struct place_set set;
	struct err err = {{0}};

	built("example", path);
	ck_assert_int_eq(chdir(dirname(path)), 0);
	ck_assert_msg(place_resolve(names, 1, &set, &err) == 0, "%s",
		      err.text);
	ck_assert_str_eq(set.ops[0]->name, "example");
	place_set_fini(&set);
}
END_TEST

START_TEST(test_no_names_are_the_whole_table)
{
	struct place_set set;
	struct err err = {{0}};

	ck_assert_int_eq(place_resolve(NULL, 0, &set, &err), 0);
	ck_assert_uint_eq(set.count, place_count());
	for (uint32_t i = 0; i < set.count; i++)
		ck_assert_ptr_eq(set.ops[i], place_at(i));
	place_set_fini(&set);
}
END_TEST

static const struct {
	const char *plugin; /* built, else argument is the name itself */
	const char *argument;
	const char *says;
} bad[] = {
	{ "plugin_symbol", NULL, "exports no place_plugin" },
	{ "plugin_abi", NULL, "place_plugin.abi is 7, this program wants 1" },
	{ "plugin_name", NULL, "place_plugin.name must be" },
	{ "plugin_pick", NULL, "place_plugin.pick is missing" },
	{ "plugin_taken", NULL, "its name \"libxl\" is taken" },
	{ "nowhere", NULL, "no such file" },
	{ NULL, "./no/such.so", "./no/such.so: no such file" },
	{ NULL, "build.ninja.so", "build.ninja.so: no such file" },
	{ NULL, "./build.ninja", "./build.ninja: not a shared object" },
	{ NULL, "./sim", "./sim: not a file but a folder" },
	{ NULL, "/dev/null", "/dev/null: not a file but a folder" },
	{ NULL, "libxll", "heuristic libxll: no such heuristic; did you mean "
			  "libxl" },
	{ NULL, "first_fit", "did you mean first-fit" },
	{ NULL, "zzzzzzzz", "one of libxl, libxl-fixed" },
	{ NULL, "", "no such heuristic" },
};

START_TEST(test_what_does_not_load_says_why_in_one_line)
{
	char path[PATH_CHARS];
	const char *names[] = { "stripe", bad[_i].argument };
	struct place_set set;
	struct err err = {{0}};

	if (bad[_i].plugin)
		names[1] = built(bad[_i].plugin, path);
	ck_assert_int_eq(place_resolve(names, 2, &set, &err), -1);
	ck_assert_msg(strstr(err.text, bad[_i].says) != NULL, "%s", err.text);
	ck_assert(!strchr(err.text, '\n'));
	ck_assert_uint_eq(set.count, 0);
}
END_TEST

/* What a plug-in may not answer ends in a line that names it. */
START_TEST(test_an_illegal_answer_names_the_plugin)
{
	static struct random_view host;
	struct random_kind kind = { .nodes = 4, .equal = true };
	struct place_request request = { .vcpus = 1, .need_pages = 1 };
	struct place_answer answer;
	enum place_result result;
	struct err err = {{0}};
	char path[PATH_CHARS];
	uint64_t state = 1;
	void *handle;
	const struct place_ops *ops = place_plugin_open(
		built("plugin_taken", path), &handle, &err);
	struct place_set set = { .count = 1, .ops = { ops },
				 .handle = { handle } };

	ck_assert_msg(ops != NULL, "%s", err.text);
	random_view_init(&host, &state, &kind);
	ck_assert_int_eq(place_run(ops, &host.view, &request, &result, &answer,
				   &err), -1);
	ck_assert_str_eq(err.text,
			 "libxl: picked node 63, which is not online");
	place_set_fini(&set);
}
END_TEST

START_TEST(test_a_heuristic_asked_for_twice_is_refused)
{
	char path[PATH_CHARS];
	const char *same = built("example", path);
	const char *names[][2] = { { "packed", "packed" }, { same, same } };

	for (int i = 0; i < COUNT(names); i++) {
		struct place_set set;
		struct err err = {{0}};

		ck_assert_int_eq(place_resolve(names[i], 2, &set, &err), -1);
		ck_assert_msg(strstr(err.text, "asked for twice") != NULL,
			      "%s", err.text);
	}
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("plugin");
	TCase *tc = tcase_create("load");

	tcase_add_test(tc, test_the_example_loads_and_picks);
	tcase_add_test(tc, test_a_plugin_in_the_working_folder);
	tcase_add_test(tc, test_no_names_are_the_whole_table);
	tcase_add_loop_test(tc, test_what_does_not_load_says_why_in_one_line,
			    0, COUNT(bad));
	tcase_add_test(tc, test_an_illegal_answer_names_the_plugin);
	tcase_add_test(tc, test_a_heuristic_asked_for_twice_is_refused);
	suite_add_tcase(suite, tc);
	return suite;
}
