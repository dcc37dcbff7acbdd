/*
 * check_cmd_vnuma.c - nodewise vnuma as a user types it: tables, files that
 * Intel's disassembler takes, refusals with their status, bad input.
 *
 * $NODEWISE names the program (sim/test/run.sh sets it); default
 * build/nodewise.
 */
#include "test/test.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

enum { OUTPUT_MAX = 1 << 17 };

static char folder[64];
static char output[OUTPUT_MAX];

static void setup(void)
{
	strcpy(folder, "/tmp/nodewise-vnuma-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static int shell(const char *command)
{
	FILE *pipe = popen(command, "r");
	size_t used;

	ck_assert_ptr_nonnull(pipe);
	used = fread(output, 1, OUTPUT_MAX - 1, pipe);
	output[used] = '\0';
	return WEXITSTATUS(pclose(pipe));
}

static void teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(shell(command), 0);
}

/* "nodewise vnuma ARGUMENTS" in the test's folder, @ in them; both streams
 * unless they say otherwise. */
static int run(const char *arguments)
{
	const char *name = getenv("NODEWISE");
	char command[1024];
	size_t used = (size_t)snprintf(command, sizeof(command),
				       "%s vnuma ", name ? name
							 : "build/nodewise");

	for (const char *at = arguments; *at; at++)
		used += (size_t)snprintf(command + used, sizeof(command) - used,
					 *at == '@' ? "%s" : "%.1s",
					 *at == '@' ? folder : at);
	snprintf(command + used, sizeof(command) - used, " 2>&1");
	return shell(command);
}

static void write_text(const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

static bool exists(const char *name)
{
	char path[128];
	struct stat info;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return stat(path, &info) == 0;
}

static void ck_assert_has(const char *text)
{
	ck_assert_msg(strstr(output, text) != NULL, "no '%s' in:\n%s", text,
		      output);
}

/* Two nodes of 2 CPUs and 1 GiB. */
#define HOST " --host 'numa:2(memory=1073741824) core:2 pu:1'"
#define HVM "name = \"g\"\ntype = \"hvm\"\nvga = \"none\"\n"
#define VNUMA "vnuma = [ [ \"pnode=0\", \"size=64\", \"vcpus=0-1\", "       \
	      "\"vdistances=10,20\" ],\n [ \"pnode=1\", \"size=32\", "       \
	      "\"vcpus=2\", \"vdistances=21,10\" ] ]\n"

START_TEST(test_tables)
{
	write_text("g.cfg", HVM VNUMA);
	ck_assert_int_eq(run("@/g.cfg" HOST), 0);
	ck_assert_str_eq(output,
		"g: hvm guest of 3 vCPUs and 96 MiB, on 2 nodes and 4 CPUs\n"
		"\n"
		"vnode  pnode  MiB  vCPUs\n"
		"-----  -----  ---  -----\n"
		"    0      0   64  0-1\n"
		"    1      1   32  2\n"
		"\n"
		"guest addresses, end exclusive       MiB  vnode\n"
		"-----------------------------------  ---  -----\n"
		"0000000000000000 - 0000000004000000   64      0\n"
		"0000000004000000 - 0000000006000000   32      1\n"
		"\n"
		"distance   0   1\n"
		"--------  --  --\n"
		"       0  10  20\n"
		"       1  21  10\n");
}
END_TEST

/* By the layout of facts/xen.md 3: 48 + 3 * 16 + 2 * 40, and 44 + 4. */
START_TEST(test_files_that_iasl_takes)
{
	char command[256];

	write_text("g.cfg", HVM VNUMA);
	ck_assert_int_eq(run("@/g.cfg --acpi @/new" HOST), 0);
	ck_assert_has("srat.dat: 176 bytes\n");
	ck_assert_has("slit.dat: 48 bytes\n");
	snprintf(command, sizeof(command), "ls %s/new", folder);
	ck_assert_int_eq(shell(command), 0);
	ck_assert_str_eq(output, "slit.dat\nsrat.dat\n");
	if (shell("command -v iasl") != 0)
		return;
	for (int i = 0; i < 2; i++) {
		const char *name = i ? "slit" : "srat";

		snprintf(command, sizeof(command), "cd %s/new && iasl -d "
			 "%s.dat 2>&1 && cat %s.dsl", folder, name, name);
		ck_assert_int_eq(shell(command), 0);
		ck_assert_has("Acpi Data Table");
		for (char *at = output; *at; at++)
			*at |= 0x20;
		ck_assert_ptr_null(strstr(output, "error"));
		ck_assert_ptr_null(strstr(output, "warning"));
		ck_assert_ptr_null(strstr(output, "invalid"));
		ck_assert_ptr_null(strstr(output, "incorrect"));
	}
	ck_assert_has("locality   1 : 15 0a");
}
END_TEST

static char *hex_of_file(const char *name)
{
	char path[128];
	unsigned char byte[4096];
	char *hex = calloc(1, 2 * sizeof(byte) + 1);
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	size_t size = fread(byte, 1, sizeof(byte), file);

	fclose(file);
	for (size_t i = 0; i < size; i++)
		sprintf(hex + 2 * i, "%02x", byte[i]);
	return hex;
}

static const char *string_at(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	ck_assert_msg(text != NULL, "no string %s", key);
	return text;
}

START_TEST(test_json_has_all_of_it)
{
	json_t *json, *tables, *vnode, *range;
	char *hex;

	write_text("g.cfg", HVM VNUMA);
	ck_assert_int_eq(run("@/g.cfg --json --acpi @/new" HOST), 0);
	json = json_loads(output, 0, NULL);
	ck_assert_ptr_nonnull(json);
	ck_assert(json_is_null(json_object_get(json, "refusal")));
	vnode = json_array_get(json_object_get(json, "vnodes"), 1);
	ck_assert_str_eq(string_at(vnode, "vcpus"), "2");
	ck_assert_int_eq(json_integer_value(json_object_get(vnode, "pnode")),
			 1);
	range = json_array_get(json_object_get(json, "ranges"), 1);
	ck_assert_int_eq(json_integer_value(json_object_get(range,
							    "end_bytes")),
			 96 << 20);
	tables = json_object_get(json, "tables");
	ck_assert_str_eq(string_at(tables, "as"), "xen");
	ck_assert(json_is_true(json_object_get(tables, "slit_valid")));
	hex = hex_of_file("new/srat.dat");
	ck_assert_str_eq(string_at(tables, "srat"), hex);
	free(hex);
	hex = hex_of_file("new/slit.dat");
	ck_assert_str_eq(string_at(tables, "slit"), hex);
	free(hex);
	json_decref(json);
}
END_TEST

/* Without vdistances Xen writes zeros; corrected, 10 and 20. */
START_TEST(test_corrected)
{
	char *hex;

	write_text("g.cfg", HVM "vnuma=[['size=32','vcpus=0'],"
				"['size=32','vcpus=1']]\n");
	ck_assert_int_eq(run("@/g.cfg --acpi @/xen" HOST), 0);
	ck_assert_has("warning: a guest will not take this SLIT");
	ck_assert_has("vdistances= in the file, or --corrected\n");
	hex = hex_of_file("xen/slit.dat");
	ck_assert_str_eq(hex + 88, "00000000");
	free(hex);
	ck_assert_int_eq(run("@/g.cfg --corrected --acpi @/ours" HOST), 0);
	ck_assert_ptr_null(strstr(output, "SLIT"));
	ck_assert_has("slit.dat: 48 bytes, corrected\n");
	hex = hex_of_file("ours/slit.dat");
	ck_assert_str_eq(hex + 88, "0a14140a");
	free(hex);
}
END_TEST

static const struct {
	const char *text, *warning;
} warnings[] = {
	{HVM "vnuma=[['size=32','vcpus=0']]\n",
	 "warning: vnode 0: no pnode=, so libxl takes node 0, whatever "
	 "placement chooses\n"},
	{HVM VNUMA "memory = 128\n",
	 "warning: memory is 128 MiB, the vnodes have 96 MiB: Xen claims the "
	 "difference, the guest never gets it\n"},
	{HVM VNUMA "cpus = \"0-1\"\n",
	 "warning: libxl: Vcpu 2 hard affinity and vnuma info mismatch\n"},
	{HVM "vnuma=[['size=512','vcpus=0'],['size=513','vcpus=1']]\n",
	 "warning: node 0 has 1024 MiB, its vnodes need 1025 MiB: building "
	 "fails, xl's exit status is 3\n"},
	{HVM "vnuma=[['size=32','vcpus=0-128']]\nmaxvcpus=129\n",
	 "warning: vCPUs from 128 on: the SRAT cuts their APIC ids to 8 bits"},
	{HVM VNUMA "vnumas = 1\n", "g.cfg:6: unknown key 'vnumas'"},
};

START_TEST(test_warnings)
{
	write_text("g.cfg", warnings[_i].text);
	ck_assert_int_eq(run("@/g.cfg" HOST), 0);
	ck_assert_has(warnings[_i].warning);
}
END_TEST

/* Status 1 and libxl's words: nothing is written. */
static const struct {
	const char *text, *line;
} refused[] = {
	{"name='g'\n" VNUMA, "g.cfg:2: vnuma: xl create would end with exit "
			     "status 6: PV vNUMA is not yet supported\n"},
	{"name='g'\ntype='pvh'\n" VNUMA,
	 "g.cfg:3: vnuma: xl create would end with exit status 3: "
	 "xc_domain_getvnuma failed (rc=-1)\n"},
	{HVM "memory=95\n" VNUMA,
	 "status 6: Cannot enable PoD and vNUMA at the same time\n"},
	{HVM "vnuma=[['size=8','vcpus=0'],['size=8','vcpus=0']]\n",
	 "status 3: Vcpu 0 assigned more than once\n"},
	{"name='g'\ntype='hvm'\nvnuma=[['size=7','vcpus=0'],['size=9',"
	 "'vcpus=1']]\n",
	 "status 3: vnode 0 too small to contain video ram\n"},
};

START_TEST(test_refusals)
{
	json_t *json, *refusal;
	char *end;

	write_text("g.cfg", refused[_i].text);
	ck_assert_int_eq(run("@/g.cfg --acpi @/new" HOST), 2);
	ck_assert_has("nodewise: ");
	ck_assert_has(refused[_i].line);
	ck_assert_has("vnode  pnode"); /* and what there is to see */
	ck_assert(!exists("new"));
	ck_assert_int_eq(run("@/g.cfg --json" HOST), 2);
	end = strstr(output, "nodewise: ");
	ck_assert_ptr_nonnull(end);
	*end = '\0';
	json = json_loads(output, 0, NULL);
	refusal = json_object_get(json, "refusal");
	ck_assert_ptr_nonnull(strstr(refused[_i].line,
				     string_at(refusal, "message")));
	ck_assert(json_is_null(json_object_get(json, "tables")));
	json_decref(json);
}
END_TEST

/* What xl refuses while it reads: status 2, the line, and its words. */
static const struct {
	const char *text, *line;
} unread[] = {
	{HVM "vnuma=[['pnode=2','size=64','vcpus=0']]\n",
	 "g.cfg:4: vnuma[0]: pnode=2: 0 to 1 on this host (xl: invalid pnode "
	 "number: 2)\n"},
	{HVM "vnuma=[['size=64','vcpus=0-4']]\n",
	 "g.cfg:4: vnuma: 5 vcpus, but the host has 4 pcpus (xl: vnuma "
	 "specifies more vcpus than pcpus, use maxvcpus= to override this "
	 "check.)\n"},
	{HVM VNUMA "maxvcpus = 4\n",
	 "(xl: vnuma vcpus and maxvcpus= mismatch)\n"},
	{HVM VNUMA "maxmem = 4\n",
	 "(xl: maxmem and vnuma memory size mismatch)\n"},
	{HVM VNUMA "vcpus = 4\n", "(xl: maxvcpus < vcpus)\n"},
	{HVM "memory = 64\n", "g.cfg: has no vnuma=; vnuma = [ [ \"pnode=0\""},
	{HVM "vnuma = [[\n", "g.cfg:"},
};

START_TEST(test_files_that_xl_does_not_read)
{
	write_text("g.cfg", unread[_i].text);
	ck_assert_int_eq(run("@/g.cfg" HOST), 2);
	ck_assert_has(unread[_i].line);
	ck_assert_int_eq(strncmp(output, "nodewise: ", 10), 0);
	ck_assert_ptr_eq(strchr(output, '\n'), output + strlen(output) - 1);
}
END_TEST

/* 64 + 32 MiB over a hole at 80 MiB: the map decides where PV would lie. */
START_TEST(test_e820)
{
	write_text("g.cfg", "name='g'\n" VNUMA);
	write_text("map", "0 0x9f000 usable\n0x100000 0x4f00000 usable\n"
			  "0x5000000 4096 reserved\n");
	ck_assert_int_eq(run("@/g.cfg --e820 @/map" HOST), 2);
	ck_assert_has("0000000004000000 - 0000000005000000   16      1\n"
		      "0000000100000000 - 0000000101000000   16      1\n");
	write_text("map", "0 8192 usable\n4096 4096 reserved\n");
	ck_assert_int_eq(run("@/g.cfg --e820 @/map" HOST), 2);
	ck_assert_has("map:2: overlaps the entry of line 1");
	write_text("g.cfg", HVM VNUMA);
	ck_assert_int_eq(run("@/g.cfg --e820 @/map" HOST), 2);
	ck_assert_has("--e820 is for PV guests");
}
END_TEST

static const struct {
	const char *arguments, *line;
} usage[] = {
	{"", "which guest?"},
	{"@/g.cfg", "on which host?"},
	{"@/g.cfg b.cfg" HOST, "one guest at a time, not also 'b.cfg'"},
	{"@/g.cfg --corrected" HOST, "--corrected is about the tables"},
	{"@/none.cfg" HOST, "none.cfg: cannot be read"},
	{"@/g.cfg --host nowhere", "nowhere"},
	{"@/g.cfg --acpi @/a/b" HOST, "/a/b: cannot be made: No such file"},
	{"@/g.cfg --acpi @/g.cfg" HOST, "g.cfg/srat.dat: cannot be written: "
					"Not a directory"},
};

START_TEST(test_usage)
{
	write_text("g.cfg", HVM VNUMA);
	ck_assert_int_eq(run(usage[_i].arguments), 2);
	ck_assert_has(usage[_i].line);
	ck_assert(!exists("a"));
}
END_TEST

START_TEST(test_help)
{
	ck_assert_int_eq(run("--help"), 0);
	ck_assert_has("For example:");
	ck_assert_has("  nodewise vnuma workloads/guests/vnuma.cfg --host "
		      "four-node\n");
	ck_assert_int_eq(run("workloads/guests/vnuma.cfg --host four-node"), 0);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("cmd_vnuma");
	TCase *tc = tcase_create("command");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_tables);
	tcase_add_test(tc, test_files_that_iasl_takes);
	tcase_add_test(tc, test_json_has_all_of_it);
	tcase_add_test(tc, test_corrected);
	tcase_add_loop_test(tc, test_warnings, 0, COUNT(warnings));
	tcase_add_loop_test(tc, test_refusals, 0, COUNT(refused));
	tcase_add_loop_test(tc, test_files_that_xl_does_not_read, 0,
			    COUNT(unread));
	tcase_add_test(tc, test_e820);
	tcase_add_loop_test(tc, test_usage, 0, COUNT(usage));
	tcase_add_test(tc, test_help);
	suite_add_tcase(suite, tc);
	return suite;
}
