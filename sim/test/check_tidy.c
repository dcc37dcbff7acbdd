/*
 * check_tidy.c - the sources obey the house rules, and tidy.sh would notice.
 *
 * Each planted file breaks one rule in a tree of its own under /tmp.
 */
#include "test/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUTPUT_MAX = 1 << 16 };

/* Runs tidy.sh on top; its exit status, and what it printed. */
static int tidy(const char *top, char *output)
{
	char command[512];

	snprintf(command, sizeof(command), "sh sim/test/tidy.sh %s", top);
	FILE *pipe = popen(command, "r");

	ck_assert_ptr_nonnull(pipe);
	size_t used = fread(output, 1, OUTPUT_MAX - 1, pipe);

	output[used] = '\0';
	return WEXITSTATUS(pclose(pipe));
}

START_TEST(test_the_tree_is_tidy)
{
	static char output[OUTPUT_MAX];
	int status = tidy(".", output);

	ck_assert_msg(status == 0 && !*output, "%s", output);
}
END_TEST

static const struct planted {
	const char *path;
	const char *text;
	const char *says;
} planted[] = {
	{"sim/base/up.c", "#include \"xen/heap.h\"\n",
	 "sim/base/up.c: may not include xen/heap.h"},
	{"sim/place/peek.c", "#include \"host/host.h\"\n",
	 "sim/place/peek.c: may not include host/host.h"},
	{"sim/base/circle.h", "#include \"base/circle2.h\"\n", "circle"},
	{"sim/base/lost.c", "int lost;\n",
	 "sim/base/lost.c: no build edge"},
	{"sim/run/fence.c", "#include <hwloc.h>\n", "is not for this file"},
	{"sim/xen/clock.c", "int now(void);\n\tclock_gettime(0, 0);\n",
	 "sim/xen/clock.c:2:"},
	{"sim/xen/state.c", "static int counter;\n", "mutable state"},
	{"sim/xen/mark.c", "/* TO" "DO: the rest */\n", "sim/xen/mark.c:1:"},
};

static void write_file(const char *top, const char *path, const char *text)
{
	char full[512];

	snprintf(full, sizeof(full), "mkdir -p %s/$(dirname %s)", top, path);
	ck_assert_int_eq(system(full), 0);
	snprintf(full, sizeof(full), "%s/%s", top, path);
	FILE *file = fopen(full, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

START_TEST(test_tidy_finds_a_planted_fault)
{
	static char output[OUTPUT_MAX];
	const struct planted *p = &planted[_i];
	char top[] = "/tmp/nodewise-tidy-XXXXXX";
	char command[128];

	ck_assert_ptr_nonnull(mkdtemp(top));
	write_file(top, p->path, p->text);
	write_file(top, "sim/base/circle2.h",
		   strstr(p->path, "circle") ? "#include \"base/circle.h\"\n"
					     : "");
	int status = tidy(top, output);

	snprintf(command, sizeof(command), "rm -r %s", top);
	ck_assert_int_eq(system(command), 0);
	ck_assert_int_ne(status, 0);
	ck_assert_msg(strstr(output, p->says) != NULL, "%s", output);
}
END_TEST

/* 71 lines in a function and 801 in a file are too many; 70 and 800 are not. */
START_TEST(test_tidy_counts_lines)
{
	static char output[OUTPUT_MAX];
	static char text[1 << 14];
	char top[] = "/tmp/nodewise-tidy-XXXXXX";
	char command[128];
	int lines = _i ? 71 : 70;

	ck_assert_ptr_nonnull(mkdtemp(top));
	strcpy(text, "int f(void)\n{\n");
	for (int i = 0; i < lines; i++)
		strcat(text, "\tf();\n");
	strcat(text, "}\n");
	for (int i = lines + 3; i < (_i ? 801 : 800); i++)
		strcat(text, "\n");
	write_file(top, "sim/base/long.h", text);
	int status = tidy(top, output);

	snprintf(command, sizeof(command), "rm -r %s", top);
	ck_assert_int_eq(system(command), 0);
	ck_assert_int_eq(status != 0, _i);
	ck_assert_int_eq(strstr(output, "function of 71") != NULL, _i);
	ck_assert_int_eq(strstr(output, "801 lines") != NULL, _i);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("tidy");
	TCase *tc = tcase_create("sources");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_the_tree_is_tidy);
	tcase_add_loop_test(tc, test_tidy_finds_a_planted_fault, 0,
			    sizeof(planted) / sizeof(planted[0]));
	tcase_add_loop_test(tc, test_tidy_counts_lines, 0, 2);
	suite_add_tcase(suite, tc);
	return suite;
}
