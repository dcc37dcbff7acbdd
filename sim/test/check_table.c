/*
 * check_table.c - text tables and the progress line, character by character.
 */
#include "base/arena.h"
#include "base/progress.h"
#include "base/table.h"
#include "base/units.h"
#include "test/test.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

static char *printed(const struct table *table, bool colours)
{
	static char text[4096];
	FILE *file = fmemopen(text, sizeof(text), "w");

	table_print(table, file, colours);
	fclose(file);
	return text;
}

/* --- tables -------------------------------------------------------------- */

START_TEST(test_columns_line_up)
{
	struct arena *arena = arena_create();
	struct table *t = table_create(arena);

	table_column(t, "heuristic", TABLE_LEFT);
	table_column(t, "guests", TABLE_RIGHT);
	table_column(t, "remote\nratio", TABLE_RIGHT);
	table_column(t, "note", TABLE_LEFT);
	for (int i = 0; i < 2; i++) {
		table_cell(t, "%s", i ? "first-fit-by-cpu" : "libxl");
		table_cell(t, "%d", i ? 8 : 40000000);
		table_cell(t, "%.1f %%", i ? 12.0 : 3.1);
		table_cell(t, "%s", i ? "" : "ok");
	}
	table_rule(t);
	table_cell(t, "sum");
	table_cell(t, "%d", 40000008);
	table_cell(t, "%s", "");
	table_cell(t, "%s", "");
	ck_assert_str_eq(printed(t, false),
		"                            remote\n"
		"heuristic           guests   ratio  note\n"
		"----------------  --------  ------  ----\n"
		"libxl             40000000   3.1 %  ok\n"
		"first-fit-by-cpu         8  12.0 %\n"
		"----------------  --------  ------  ----\n"
		"sum               40000008\n");
	arena_destroy(arena);
}
END_TEST

START_TEST(test_a_table_without_headers_has_only_its_rows)
{
	struct arena *arena = arena_create();
	struct table *t = table_create(arena);

	table_column(t, "", TABLE_LEFT);
	table_column(t, "", TABLE_LEFT);
	ck_assert_str_eq(printed(t, false), "");
	for (int i = 0; i < 100; i++) {
		table_cell(t, "%d", i);
		table_cell(t, "x");
	}
	char *text = printed(t, false);

	ck_assert_int_eq(strncmp(text, "0   x\n1   x\n", 12), 0);
	ck_assert_str_eq(text + strlen(text) - 12, "98  x\n99  x\n");
	arena_destroy(arena);
}
END_TEST

START_TEST(test_styles_show_on_a_terminal_only)
{
	struct arena *arena = arena_create();
	struct table *t = table_create(arena);

	table_column(t, "a", TABLE_LEFT);
	table_column(t, "b", TABLE_RIGHT);
	table_cell_styled(t, TABLE_GOOD, "yes");
	table_cell_styled(t, TABLE_BAD, "1");
	ck_assert_str_eq(printed(t, false), "a    b\n---  -\nyes  1\n");
	ck_assert_str_eq(printed(t, true),
			 "\033[1ma\033[0m    \033[1mb\033[0m\n---  -\n"
			 "\033[32myes\033[0m  \033[31m1\033[0m\n");
	arena_destroy(arena);
}
END_TEST

static const struct {
	const char *text;
	size_t width;
} widths[] = {
	{"", 0},
	{"abc", 3},
	{"\xc3\xa9t\xc3\xa9", 3},           /* accents, one character each */
	{"e\xcc\x81t", 2},                  /* accent as a mark of its own */
	{"\xe8\x8a\x82\xe7\x82\xb9", 4},    /* two Chinese characters */
	{"\xf0\x9f\x98\x80!", 3},           /* an emoji */
	{"\xce\xbcs", 2},                   /* Greek mu */
	{"\xff\xfe", 2},                    /* no UTF-8 */
	{"\xc3", 1},                        /* cut short */
	{"\xc0\x80", 2},                    /* overlong */
	{"\xed\xa0\x80", 3},                /* a surrogate */
	{"\xe2\x80\x8b", 0},                /* zero width space */
};

START_TEST(test_widths_are_of_characters)
{
	ck_assert_uint_eq(table_text_width(widths[_i].text), widths[_i].width);
}
END_TEST

START_TEST(test_wide_text_lines_up_and_controls_are_hidden)
{
	struct arena *arena = arena_create();
	struct table *t = table_create(arena);

	table_column(t, "name", TABLE_RIGHT);
	table_column(t, "", TABLE_LEFT);
	table_cell(t, "\xe8\x8a\x82\xe7\x82\xb9x");
	table_cell(t, "|");
	table_cell(t, "\xc3\xa9");
	table_cell(t, "|");
	/* an escape sequence, a line end, C1's CSI */
	table_cell(t, "a\033\n\xc2\x9b");
	table_cell(t, "|");
	ck_assert_str_eq(printed(t, false), " name\n-----  -\n"
					    "\xe8\x8a\x82\xe7\x82\xb9x  |\n"
					    "    \xc3\xa9  |\n"
					    " a???  |\n");
	arena_destroy(arena);
}
END_TEST

START_TEST(test_a_row_that_is_not_full_aborts)
{
	struct table *t = table_create(arena_create());

	table_column(t, "a", TABLE_LEFT);
	table_column(t, "b", TABLE_LEFT);
	table_cell(t, "x");
	printed(t, false);
}
END_TEST

/* --- progress ------------------------------------------------------------ */

static int64_t test_clock(void *context)
{
	return *(int64_t *)context;
}

static char screen[4096];

/* 80 runs, 10 a second; every line as it is drawn. */
START_TEST(test_progress_says_how_far_how_fast_how_long)
{
	FILE *out = fmemopen(screen, sizeof(screen), "w");
	int64_t now_ns = 5 * NS_PER_S;
	struct progress p;

	progress_init(&p, out, true, test_clock, &now_ns, "sim", "runs", 80);
	progress_update(&p, 0);
	ck_assert_int_eq(ftell(out), 0); /* not yet time */
	now_ns += 2 * NS_PER_S;
	progress_update(&p, 20);
	ck_assert_str_eq(screen, "\rsim  [#####...............]  20/80 runs  "
				 "10.0 runs/s  0:06 left\033[K");
	/* less than 0.1 s later nothing is drawn */
	long drawn = ftell(out);

	now_ns += NS_PER_S / 20;
	progress_update(&p, 21);
	ck_assert_int_eq(ftell(out), drawn);
	now_ns += 6 * NS_PER_S - NS_PER_S / 20;
	progress_update(&p, 80);
	ck_assert_ptr_nonnull(strstr(screen + drawn, "80/80 runs  10.0 runs/s"
						     "  0:00 left"));
	drawn = ftell(out);
	progress_fini(&p);
	ck_assert_str_eq(screen + drawn, "\r\033[K");
	fclose(out);
}
END_TEST

/*
 * A rate that falls from 100 to 1 per second at 10 s: after 20 s more the old
 * one weighs e^-4, so 1 + 99 e^-4 = 2.8 is shown, not the mean of 34.
 */
START_TEST(test_progress_forgets_an_old_rate)
{
	FILE *out = fmemopen(screen, sizeof(screen), "w");
	int64_t now_ns = 0;
	struct progress p;
	uint64_t done = 0;

	progress_init(&p, out, true, test_clock, &now_ns, "x", "runs", 2000);
	for (int s = 1; s <= 30; s++) {
		now_ns = s * NS_PER_S;
		done += s <= 10 ? 100 : 1;
		progress_update(&p, done);
	}
	ck_assert_ptr_nonnull(strstr(screen, "1020/2000 runs  2.8 runs/s  "
					     "5:48 left"));
	fclose(out);
}
END_TEST

START_TEST(test_progress_of_unknown_length_and_slow_ones)
{
	FILE *out = fmemopen(screen, sizeof(screen), "w");
	int64_t now_ns = 0;
	struct progress p;

	progress_init(&p, out, true, test_clock, &now_ns, "read", "lines", 0);
	now_ns = 4 * NS_PER_S;
	progress_update(&p, 12000000);
	ck_assert_str_eq(screen, "\rread  12000000 lines  3 M lines/s\033[K");
	fclose(out);

	out = fmemopen(screen, sizeof(screen), "w");
	now_ns = 0;
	progress_init(&p, out, true, test_clock, &now_ns, "xen", "boots", 100);
	now_ns = 4 * NS_PER_S;
	progress_update(&p, 1);
	ck_assert_str_eq(screen, "\rxen  [....................]  1/100 boots  "
				 "15.0 boots/min  6:36 left\033[K");
	fclose(out);
}
END_TEST

static int64_t no_clock(void *context)
{
	(void)context;
	ck_abort_msg("the clock was read");
}

START_TEST(test_progress_is_silent_when_piped)
{
	FILE *out = fmemopen(screen, sizeof(screen), "w");
	struct progress p;

	progress_init(&p, out, false, no_clock, NULL, "sim", "runs", 80);
	for (uint64_t i = 0; i <= 80; i++)
		progress_update(&p, i);
	progress_fini(&p);
	ck_assert_int_eq(ftell(out), 0);
	fclose(out);
}
END_TEST

START_TEST(test_progress_never_wraps)
{
	FILE *out = fmemopen(screen, sizeof(screen), "w");
	int64_t now_ns = 0;
	struct progress p;

	progress_init(&p, out, true, test_clock, &now_ns,
		      "a title that is much longer than anybody should give, "
		      "longer than a line",
		      "runs", 9);
	now_ns = NS_PER_S;
	progress_update(&p, 1);
	/* \r, 79 characters, and the three of the wiping sequence */
	ck_assert_uint_eq(strlen(screen), 1 + 79 + 3);
	fclose(out);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("table");
	TCase *tc = tcase_create("table"), *line = tcase_create("progress");

	tcase_add_test(tc, test_columns_line_up);
	tcase_add_test(tc, test_a_table_without_headers_has_only_its_rows);
	tcase_add_test(tc, test_styles_show_on_a_terminal_only);
	tcase_add_loop_test(tc, test_widths_are_of_characters, 0,
			    sizeof(widths) / sizeof(*widths));
	tcase_add_test(tc, test_wide_text_lines_up_and_controls_are_hidden);
	tcase_add_test_raise_signal(tc, test_a_row_that_is_not_full_aborts,
				    SIGABRT);
	suite_add_tcase(suite, tc);

	tcase_add_test(line, test_progress_says_how_far_how_fast_how_long);
	tcase_add_test(line, test_progress_forgets_an_old_rate);
	tcase_add_test(line, test_progress_of_unknown_length_and_slow_ones);
	tcase_add_test(line, test_progress_is_silent_when_piped);
	tcase_add_test(line, test_progress_never_wraps);
	suite_add_tcase(suite, line);
	return suite;
}
