/*
 * check_cmd_place.c - `nodewise place` and `nodewise host --collect` as a user
 * types them: what they print, what they leave, their exit status.
 *
 * xl is a script of the test's own, first in $PATH.
 */
#include "run/host_collect.h"
#include "test/host_sample.h"

#include <jansson.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { OUTPUT_MAX = 1 << 18 };

static char output[OUTPUT_MAX];

static const char *program(void)
{
	const char *name = getenv("NODEWISE");

	return name ? name : "build/nodewise";
}

/* Runs a command line in sh; %F in it is the folder, %N the program. */
static int sh(const char *line)
{
	char *filled = replaced(replaced(line, "%F", folder), "%N", program());
	FILE *pipe = popen(filled, "r");
	size_t used;

	ck_assert_ptr_nonnull(pipe);
	used = fread(output, 1, OUTPUT_MAX - 1, pipe);
	output[used] = '\0';
	return WEXITSTATUS(pclose(pipe));
}

static bool exists(const char *name)
{
	char path[256];
	struct stat info;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return stat(path, &info) == 0;
}

static void setup_guests(void)
{
	setup();
	put_sample();
	put("small.cfg", "name=\"small\"\ntype=\"pv\"\nmemory=512\nvcpus=2\n");
	put("huge.cfg", "name=\"huge\"\ntype=\"pv\"\nmemory=99999\nvcpus=2\n");
	put("typo.cfg", "name=\"typo\"\ntype=\"pv\"\nmemory=512\nmemroy=1\n");
}

/* --- place -------------------------------------------------------------------------- */

/* dom0's 2 vCPUs count on both nodes, web's 2 on node 1, the new 2 on both:
 * node 0 has 4, node 1 has 6. */
START_TEST(test_place_on_a_live_host)
{
	ck_assert_int_eq(sh("%N place %F/small.cfg --state %F --explain 2>&1"),
			 0);
	ck_assert_ptr_nonnull(strstr(output, "Xen 4.17.7, 2 nodes, 7 CPUs, 2 "
					     "domains"));
	ck_assert_ptr_nonnull(strstr(output, "Latencies are assumed"));
	ck_assert_ptr_nonnull(strstr(
		output, "\nlibxl        0         prefer 0  0: 100.0 %"));
	ck_assert_ptr_nonnull(strstr(output, "vCPUs that may run there; 10.00 "
					     "GiB free, 4 CPUs (1 of 2 sets"));
	ck_assert_ptr_nonnull(strstr(
		output, "found: nr_nodes=1, nr_cpus=4, nr_vcpus=4, "
			"free_memkb=10239"));
	ck_assert_ptr_nonnull(strstr(output, "  cpus_soft = \"node:0\"\n"));
	/* 256 extents of 2 MiB on node 0 */
	ck_assert_ptr_nonnull(strstr(output,
				     "\n   0      0    256      0  512.0 MiB"));
}
END_TEST

START_TEST(test_each_guest_is_there_for_the_next)
{
	const json_t *guests, *rows;
	json_t *json;
	uint64_t sum = 0;

	ck_assert_int_eq(sh("%N place %F/small.cfg %F/small.cfg %F/small.cfg "
			    "--state %F -H libxl -H stripe --json "
			    "--workload specjbb-like"), 0);
	json = json_loads(output, 0, NULL);
	ck_assert_ptr_nonnull(json);
	guests = json_object_get(json, "guests");
	ck_assert_uint_eq(json_array_size(guests), 3);
	/* libxl: 0 (4 vCPUs against 6), then 6 against 6 with more memory on
	 * node 1, then 0 again. */
	static const int nodes[] = {0, 1, 0};

	for (size_t g = 0; g < 3; g++) {
		rows = json_object_get(json_array_get(guests, g), "heuristics");
		ck_assert_uint_eq(json_array_size(rows), 2);
		const json_t *libxl = json_array_get(rows, 0);

		ck_assert_int_eq(json_integer_value(json_array_get(
					 json_object_get(libxl, "nodes"), 0)),
				 nodes[g]);
		ck_assert(json_is_true(json_object_get(libxl, "built")));
		ck_assert_double_eq_tol(json_real_value(json_object_get(
						libxl, "slowdown")), 1, 1e-9);
		ck_assert_double_gt(
			json_real_value(json_object_get(json_array_get(rows, 1),
							"slowdown")), 1.01);
		rows = json_object_get(libxl, "on_nodes");
		for (size_t n = 0; n < 2; n++)
			sum += (uint64_t)json_integer_value(json_object_get(
				json_array_get(rows, n), "pages"));
	}
	ck_assert_uint_eq(sum, 3 * 512 * 256);
	json_decref(json);
}
END_TEST

START_TEST(test_place_on_an_empty_host)
{
	ck_assert_int_eq(sh("%N place medium wide --host four-node --dom0-mem "
			    "2048 --dom0-vcpus 4 --xen-version 4.22 2>&1"), 0);
	ck_assert_ptr_nonnull(strstr(output, "Host four-node: Xen 4.22, 4 "
					     "nodes, 32 CPUs, 1 domain"));
	ck_assert_ptr_null(strstr(output, "assumed"));
	ck_assert_ptr_nonnull(strstr(output, "Guest medium ("));
	ck_assert_ptr_nonnull(strstr(output, "Guest wide ("));
}
END_TEST

START_TEST(test_same_bytes_twice)
{
	char *first;

	ck_assert_int_eq(sh("%N place medium wide --host four-node --explain "
			    "--json"), 0);
	first = arena_strdup(arena, output);
	ck_assert_int_eq(sh("%N place medium wide --host four-node --explain "
			    "--json"), 0);
	ck_assert_str_eq(first, output);
}
END_TEST

START_TEST(test_who_does_not_fit)
{
	ck_assert_int_eq(sh("%N place %F/huge.cfg %F/small.cfg --state %F "
			    "2>&1"), 1);
	ck_assert_ptr_nonnull(strstr(output, "libxl: not built: does not fit: "
					     "99999.0 MiB wanted, "));
	/* The next one is placed as if it had not been. */
	ck_assert_ptr_nonnull(strstr(output, "Guest small"));
	ck_assert_ptr_nonnull(strstr(output, "cpus_soft = \"node:0\""));
	ck_assert_int_eq(sh("%N place %F/huge.cfg --state %F --json"), 1);
	ck_assert_ptr_nonnull(strstr(output, "\"built\": false"));
}
END_TEST

static const struct {
	const char *line, *says;
} wrong[] = {
	{"place", "which guest?"},
	{"place small", "on which host?"},
	{"place small --host nowhere", "nowhere"},
	{"place smal --host four-node", "did you mean small"},
	{"place %F/none.cfg --state %F", "none.cfg"},
	{"place small --state %F/none", "none: "},
	{"place small --state %F --host four-node", "2 nodes, host four-node"},
	{"place small --state %F --dom0-mem 5", "--dom0-mem"},
	{"place small --host four-node --dom0-mem 0", "out of range"},
	{"place small --host four-node --dom0-mem 999999", "do not fit"},
	{"place small --host four-node -H none", "none"},
	{"place small --host four-node --workload none", "none"},
	{"place small --host four-node --xen-version 4.18", "neither 4.17"},
	{"place small --host four-node --seed x", "out of range"},
	{"host --collect", "requires an argument"},
	{"host --collect %F four-node", "stands alone"},
	{"host --collect %F --json", "stands alone"},
};

START_TEST(test_wrong_use_is_status_2)
{
	char line[512];

	snprintf(line, sizeof(line), "%%N %s 2>&1 >/dev/null", wrong[_i].line);
	ck_assert_int_eq(sh(line), 2);
	ck_assert_msg(strstr(output, wrong[_i].says) != NULL, "%s", output);
}
END_TEST

START_TEST(test_broken_state_is_one_line)
{
	put("list.txt", "nothing\n");
	ck_assert_int_eq(sh("%N place small --state %F 2>&1"), 2);
	ck_assert_says(replaced(output, "\n", ""),
		       "nodewise: |list.txt: no header line");
	ck_assert_uint_eq(strcspn(output, "\n") + 1, strlen(output));
}
END_TEST

START_TEST(test_unknown_key_is_told)
{
	ck_assert_int_eq(sh("%N place %F/typo.cfg --state %F 2>&1 >/dev/null"),
			 0);
	ck_assert_ptr_nonnull(strstr(output, "memroy"));
}
END_TEST

START_TEST(test_help)
{
	ck_assert_int_eq(sh("%N place --help"), 0);
	ck_assert_ptr_nonnull(strstr(output, "For example:"));
	ck_assert_ptr_nonnull(strstr(output, "--state"));
	ck_assert_int_eq(sh("%N host --help"), 0);
	ck_assert_ptr_nonnull(strstr(output, "--collect"));
}
END_TEST

/* --- collect ------------------------------------------------------------------------ */

/* xl, as far as the script goes. $XL_FAIL names a word that makes it fail. */
static const char fake_xl[] =
"#!/bin/sh\n"
"for word; do [ \"$word\" = \"${XL_FAIL:-}\" ] && {\n"
"	echo 'xl: no such thing' >&2; exit 1; }; done\n"
"here=$(dirname \"$0\")\n"
"case \"$*\" in\n"
"'info -n') cat $here/info.txt ;;\n"
"'list -n') cat $here/list.txt ;;\n"
"'vcpu-list') cat $here/vcpu-list.txt ;;\n"
"'cpupool-list -c') echo 'Name               CPU list'\n"
"	echo 'Pool-0             0,1,2,3,4,5,7' ;;\n"
"'debug-keys H' | 'debug-keys u') touch \"$here/pressed.$2\" ;;\n"
"dmesg) [ -e $here/pressed.u ] && cat $here/dmesg.txt ;;\n"
"*) exit 9 ;;\n"
"esac\n";

static void put_xl(void)
{
	put("xl", fake_xl);
	ck_assert_int_eq(sh("chmod +x %F/xl"), 0);
}

START_TEST(test_collect_then_place)
{
	put_xl();
	ck_assert_int_eq(sh("PATH=%F:$PATH %N host --collect %F/mine 2>&1"), 0);
	ck_assert(exists("pressed.H"));
	ck_assert_int_eq(sh("ls -A %F/mine"), 0);
	ck_assert_str_eq(output,
			 "dmesg.txt\ninfo.txt\nlist.txt\nvcpu-list.txt\n");
	ck_assert_int_eq(sh("%N place %F/small.cfg --state %F/mine"), 0);
	ck_assert_ptr_nonnull(strstr(output, "cpus_soft = \"node:0\""));
}
END_TEST

START_TEST(test_collect_without_nodewise)
{
	put_xl();
	ck_assert_int_eq(sh("%N host --collect - >%F/collect.sh"), 0);
	ck_assert_int_eq(sh("PATH=%F:$PATH sh -s %F/mine <%F/collect.sh"), 0);
	ck_assert(exists("mine/dmesg.txt"));
	ck_assert_ptr_nonnull(strstr(host_collect_script(), "xl info -n"));
}
END_TEST

static const struct {
	const char *word, *says;
} failing[] = {
	{"info", "nodewise: 'xl info -n' failed: xl: no such thing\n"},
	{"list", "nodewise: 'xl list -n' failed: xl: no such thing\n"},
	{"vcpu-list", "nodewise: 'xl vcpu-list' failed: xl: no such thing\n"},
	{"u", "nodewise: 'xl debug-keys u' failed: xl: no such thing\n"},
	{"dmesg", "nodewise: 'xl dmesg' failed: xl: no such thing\n"},
};

/* What was there before stays as it was. */
START_TEST(test_collect_is_all_or_nothing)
{
	char line[256];

	put_xl();
	ck_assert_int_eq(sh("mkdir %F/mine; echo old >%F/mine/info.txt"), 0);
	snprintf(line, sizeof(line), "XL_FAIL=%s PATH=%%F:$PATH %%N host "
		 "--collect %%F/mine 2>&1", failing[_i].word);
	ck_assert_int_eq(sh(line), 2);
	ck_assert_str_eq(output, failing[_i].says);
	ck_assert_int_eq(sh("ls -A %F/mine; cat %F/mine/info.txt"), 0);
	ck_assert_str_eq(output, "info.txt\nold\n");
}
END_TEST

START_TEST(test_collect_where_nothing_can_be_had)
{
	ck_assert_int_eq(sh("%N host --collect %F/mine 2>&1"), 2);
	ck_assert_str_eq(output, "nodewise: xl is not here; run this in dom0 of "
				 "the host, as root\n");
	put_xl();
	ck_assert_int_eq(sh("PATH=%F:$PATH %N host --collect %F/info.txt/x "
			    "2>&1"), 2);
	ck_assert_says(replaced(output, "\n", ""), "cannot be made");
	put("dmesg.txt", "(XEN) nothing\n");
	ck_assert_int_eq(sh("PATH=%F:$PATH %N host --collect %F/mine 2>&1"), 2);
	ck_assert_ptr_nonnull(strstr(output, "does not show what debug key u"));
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("cmd_place");
	TCase *tc = tcase_create("place");

	tcase_add_checked_fixture(tc, setup_guests, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, test_place_on_a_live_host);
	tcase_add_test(tc, test_each_guest_is_there_for_the_next);
	tcase_add_test(tc, test_place_on_an_empty_host);
	tcase_add_test(tc, test_same_bytes_twice);
	tcase_add_test(tc, test_who_does_not_fit);
	tcase_add_loop_test(tc, test_wrong_use_is_status_2, 0, COUNT(wrong));
	tcase_add_test(tc, test_broken_state_is_one_line);
	tcase_add_test(tc, test_unknown_key_is_told);
	tcase_add_test(tc, test_help);
	suite_add_tcase(suite, tc);

	tc = tcase_create("collect");
	tcase_add_checked_fixture(tc, setup_guests, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, test_collect_then_place);
	tcase_add_test(tc, test_collect_without_nodewise);
	tcase_add_loop_test(tc, test_collect_is_all_or_nothing, 0,
			    COUNT(failing));
	tcase_add_test(tc, test_collect_where_nothing_can_be_had);
	suite_add_tcase(suite, tc);
	return suite;
}
