/*
 * check_conform.c - recorded answers: replayed, counted, shown.
 *
 * What each kind compares is tested beside its model (check_heap_golden.c and
 * its like), broken files in check_conform_files.c; here: all golden files, a
 * wrong answer planted in each kind, options and exit statuses.
 */
#include "run/conform_print.h"
#include "run/jsonl.h"
#include "test/conform_tool.h"

#include <signal.h>

/* --- golden files --------------------------------------------------------------- */

static const struct {
	const char *path, *kind;
	uint64_t total, unmodelled;
} golden[] = {
	{GOLDEN "placement.jsonl.gz", "placement", 2500, 0},
	{GOLDEN "heap.jsonl.gz", "heap", 60, 0},
	{GOLDEN "affinity.jsonl.gz", "affinity", 250, 0},
	{GOLDEN "populate.jsonl.gz", "populate", 200, 0},
	{GOLDEN "vnuma.jsonl.gz", "vnuma", 300, 0},
	{GOLDEN "acpi.jsonl.gz", "acpi", 100, 0},
	{GOLDEN "sched.jsonl.gz", "sched", 1000, 0},
	{GOLDEN "sched-traces/tiny.jsonl.gz", "sched-trace", 49, 0},
	{GOLDEN "sched-traces/fair.jsonl.gz", "sched-trace", 12, 0},
	{GOLDEN "sched-traces/credit2.jsonl.gz", "sched-trace", 130, 0},
	{GOLDEN "sched-traces/credit1.jsonl.gz", "sched-trace", 130, 0},
	{GOLDEN "sched-traces/null.jsonl.gz", "sched-trace", 60, 0},
	{GOLDEN "sched-traces/rtds.jsonl.gz", "sched-trace", 70, 0},
};

START_TEST(test_every_golden_file_agrees)
{
	struct conform_job job = plain_job();
	struct conform_report report;

	conform_run(&job, golden[_i].path, &report);
	ck_assert_msg(!report.failed, "%s", report.err.text);
	conform_report_check(&report, job.first_max);
	ck_assert_uint_eq(report.row_count, 1);

	const struct conform_row *row = &report.row[0];

	ck_assert_str_eq(row->kind->name, golden[_i].kind);
	ck_assert_msg(row->differed == 0, "case %s: %s: expected %s, got %s",
		      row->first[0].result.id, row->first[0].result.key,
		      row->first[0].result.expected, row->first[0].result.got);
	ck_assert_uint_eq(conform_row_total(row), golden[_i].total);
	/* Fewer once more schedulers are modelled. */
	ck_assert_uint_le(row->unmodelled, golden[_i].unmodelled);
	conform_report_fini(&report);
}
END_TEST

/* What is not committed: every file of the recorded data that is there. */
START_TEST(test_shared_files_agree_where_they_are)
{
	static const char *const names[] = {
		"placement", "heap", "affinity", "populate", "vnuma", "acpi",
		"sched",
		"sched-traces/credit2", "sched-traces/credit1",
		"sched-traces/null",    "sched-traces/rtds",
	};
	struct conform_job job = plain_job();
	struct conform_report report;
	char path[PATH_MAX_BYTES];

	for (int i = 0; i < COUNT(names); i++) {
		snprintf(path, sizeof(path), "../shared/golden/%s.jsonl.gz",
			 names[i]);
		if (access(path, R_OK))
			continue;
		conform_run(&job, path, &report);
		ck_assert_msg(!report.failed, "%s", report.err.text);
		ck_assert_uint_eq(report.row[0].differed, 0);
		conform_report_fini(&report);
	}
}
END_TEST

/* --- a wrong answer in each kind --------------------------------------------------- */

/* Where in the first record of the file that has it, what is put there, and
 * the key that is then named. */
static const struct plant {
	const char *kind, *file, *path, *value, *key;
} plants[] = {
	{"placement", GOLDEN "placement.jsonl.gz", "result.nr_vcpus", "9999",
	 "nr_vcpus: expected 9999, got "},
	{"placement", GOLDEN "placement.jsonl.gz", "result.nodes", "[3,5]",
	 "nodes: expected 3,5, got "},
	{"heap", GOLDEN "heap.jsonl.gz", "steps.5.avail.0", "1",
	 "step 5: avail: expected 1, got "},
	{"heap", GOLDEN "heap.jsonl.gz", "heap_end.0.3.0.0", "77777",
	 " mfn 77777 first_dirty "},
	{"affinity", GOLDEN "affinity.jsonl.gz", "auto_affinity", "[0,1,63]",
	 "auto_affinity: expected 0-1,63, got 2"},
	{"populate", GOLDEN "populate.jsonl.gz", "calls.0.1", "7",
	 "calls 0: extents: expected 7, got "},
	{"vnuma", GOLDEN "vnuma.jsonl.gz", "result.ranges.0.1", "4096",
	 "ranges"},
	{"vnuma", GOLDEN "vnuma.jsonl.gz", "result.check_rc", "-20",
	 "check_rc: expected -20, got 0"},
	{"acpi", GOLDEN "acpi.jsonl.gz", "vdistance.1", "77", "slit["},
	{"sched", GOLDEN "sched.jsonl.gz", "out.time", "7",
	 "out.time: expected 7, got 8269591"},
	{"sched-trace", GOLDEN "sched-traces/tiny.jsonl.gz", "idle_ns.0", "7",
	 "idle_ns[0] at "},
};

/* The value at a path of keys and indexes; NULL if there is none. */
static json_t *at_path(json_t *value, const char *path)
{
	char step[64];

	while (value && *path) {
		size_t n = strcspn(path, ".");

		snprintf(step, sizeof(step), "%.*s", (int)n, path);
		path += n + (path[n] == '.');
		value = json_is_array(value)
				? json_array_get(value, (size_t)atoi(step))
				: json_object_get(value, step);
	}
	return value;
}

static void plant(json_t *record, const struct plant *p)
{
	char parent[128];
	const char *dot = strrchr(p->path, '.');
	const char *last = dot ? dot + 1 : p->path;
	json_t *value = json_loads(p->value, JSON_DECODE_ANY, NULL), *in;

	ck_assert_ptr_nonnull(value);
	snprintf(parent, sizeof(parent), "%.*s",
		 dot ? (int)(dot - p->path) : 0, p->path);
	in = at_path(record, parent);
	ck_assert_int_eq(json_is_array(in)
				 ? json_array_set_new(in, (size_t)atoi(last),
						      value)
				 : json_object_set_new(in, last, value), 0);
}

/* The file with the answer changed, in all other records as it was. */
static void write_planted(const struct plant *p)
{
	struct jsonl_line line = {0};
	struct err err;
	struct jsonl *from = jsonl_open(p->file, &err);
	FILE *to = fopen(in_folder("planted.jsonl"), "w");
	bool planted = false;

	ck_assert_ptr_nonnull(from);
	ck_assert_ptr_nonnull(to);
	while (jsonl_next(from, &line, &err) > 0) {
		json_t *record = planted ? NULL : json_loads(line.text, 0, NULL);

		if (record && at_path(record, p->path)) {
			plant(record, p);
			json_dumpf(record, to, JSON_COMPACT);
			fputc('\n', to);
			planted = true;
		} else {
			fprintf(to, "%s\n", line.text);
		}
		json_decref(record);
	}
	free(line.text);
	jsonl_close(from);
	fclose(to);
	ck_assert(planted);
}

START_TEST(test_a_planted_wrong_answer_is_found_and_named)
{
	const struct plant *p = &plants[_i];
	char says[128];

	write_planted(p);
	ck_assert_int_eq(run("%s/planted.jsonl"), 1);
	ck_assert_says(p->key);
	snprintf(says, sizeof(says), "planted.jsonl: %s: 1 differs\n", p->kind);
	ck_assert_says(says);
}
END_TEST

START_TEST(test_every_kind_has_a_planted_answer)
{
	for (size_t k = 0; k < conform_kind_count(); k++) {
		const char *name = conform_kind_at(k)->name;
		int found = 0;

		for (int i = 0; i < COUNT(plants); i++)
			found += strcmp(plants[i].kind, name) == 0;
		/* A series has tests of its own: it needs a whole sequence. */
		ck_assert_msg(found || conform_kind_at(k)->series, "%s", name);
	}
}
END_TEST

/* --- kinds ------------------------------------------------------------------------- */

START_TEST(test_kinds_are_complete_and_known_by_name)
{
	struct err err;

	for (size_t i = 0; i < conform_kind_count(); i++) {
		const struct conform_kind *k = conform_kind_at(i);

		ck_assert_int_eq((k->replay != NULL) +
				 (k->replay_with != NULL) +
				 (k->series != NULL), 1);
		ck_assert_ptr_eq(conform_kind_find(k->name, &err), k);
		ck_assert_uint_gt(strlen(k->summary), 10);
	}
}
END_TEST

START_TEST(test_an_unknown_kind_gets_the_nearest_names)
{
	write_text("x.jsonl", "{\"kind\":\"sceds\"}\n");
	ck_assert_int_eq(run("%s/x.jsonl --kind heapp"), 2);
	ck_assert_says("--kind: unknown kind 'heapp'; did you mean heap?");
	ck_assert_int_eq(run("%s/x.jsonl"), 2);
	ck_assert_says("x.jsonl:1: a record of no known kind; did you mean "
		       "sched?");
}
END_TEST

/* The kind is a claim: records are read as what they are said to be. */
START_TEST(test_a_kind_that_is_given_is_used)
{
	ck_assert_int_eq(run(GOLDEN "heap.jsonl.gz --kind heap"), 0);
	ck_assert_says("60/60");
	ck_assert_int_eq(run(GOLDEN "heap.jsonl.gz --kind placement"), 2);
	ck_assert_says("heap.jsonl.gz:1: kind: missing");
}
END_TEST

/* Several kinds in one file are counted apart. */
START_TEST(test_kinds_may_be_mixed_in_a_file)
{
	struct conform_job job = plain_job();
	struct conform_report report;
	size_t a_bytes, b_bytes;
	char *a = read_golden(GOLDEN "affinity.jsonl.gz", &a_bytes);
	char *b = read_golden(GOLDEN "sched.jsonl.gz", &b_bytes);
	char *both = malloc(a_bytes + b_bytes);

	memcpy(both, b, b_bytes);
	memcpy(both + b_bytes, a, a_bytes);
	conform_run(&job, write_file("both.jsonl.gz", both, a_bytes + b_bytes),
		    &report);
	ck_assert_msg(!report.failed, "%s", report.err.text);
	ck_assert_uint_eq(report.row_count, 2);
	ck_assert_str_eq(report.row[0].kind->name, "sched");
	ck_assert_uint_eq(conform_row_total(&report.row[0]), 1000);
	ck_assert_str_eq(report.row[1].kind->name, "affinity");
	ck_assert_uint_eq(report.row[1].agreed, 250);
	conform_report_fini(&report);
	free(a);
	free(b);
	free(both);
}
END_TEST

/* --- options and statuses ---------------------------------------------------------- */

START_TEST(test_unmodelled_records_count_apart)
{
	write_text("x.jsonl", GOOD "{\"id\":7,\"kind\":\"credit9_burn\","
				   "\"in\":{},\"out\":{}}\n");
	ck_assert_int_eq(run("%s/x.jsonl"), 1);
	ck_assert_says("1/2             1\n");
	ck_assert_says("x.jsonl: sched: not modelled: credit9_burn 1\n");
	ck_assert_says("1 of 2 records agree, 1 are not modelled.");
	ck_assert_int_eq(run("%s/x.jsonl --allow-unmodelled"), 0);
	write_text("y.jsonl", GOOD "{\"id\":7,\"kind\":\"credit2_c2t\",\"in\":"
				   "{\"max_weight\":512,\"weight\":256,"
				   "\"credit\":100},\"out\":{\"time\":51}}\n");
	ck_assert_int_eq(run("%s/x.jsonl %s/y.jsonl --allow-unmodelled"), 1);
	ck_assert_says("  line 2, case 7: out.time: expected 51, got 50\n");
}
END_TEST

/* By hand: the repairs change 217 of the 2,500 answers, and each of those has
 * a tag that says why: 32 wrap (46 wrapped; the others chose the same nodes),
 * 168 hard affinity, 2 of them both, 19 hosts of more than 16 nodes. */
START_TEST(test_libxl_fixed_differs_where_the_tags_say)
{
	struct conform_job job = plain_job();
	struct conform_report report;
	uint64_t wrap = 0, hard = 0, above = 0;

	job.options.libxl_fixed = true;
	job.first_max = 0;
	conform_run(&job, GOLDEN "placement.jsonl.gz", &report);
	ck_assert(!report.failed);
	conform_report_check(&report, job.first_max);

	const struct conform_row *row = &report.row[0];

	ck_assert_uint_eq(row->untagged.differed, 0);
	for (uint32_t i = 0; i < row->tag_count; i++) {
		const struct conform_tally *t = &row->tag[i];

		if (!strcmp(t->name, "wrap"))
			wrap = t->differed;
		if (!strcmp(t->name, "hard_ignored"))
			hard = t->differed;
		if (!strcmp(t->name, "above_16_nodes"))
			above = t->differed;
	}
	ck_assert_uint_eq(wrap, 32);
	ck_assert_uint_eq(hard, 168);
	ck_assert_uint_eq(above, 19);
	ck_assert_uint_eq(row->differed, 217);
	ck_assert_uint_eq(row->differed, wrap + hard - 2 + above);
	conform_report_fini(&report);
	ck_assert_int_eq(run("--model libxl-fixed " GOLDEN
			     "placement.jsonl.gz"), 1);
	ck_assert_says("hard_ignored        193     168\n");
}
END_TEST

/* Claims shrink otherwise in 4.17, and credit2 does not look at credit in
 * flight: the recorded answers are those of the later version. */
START_TEST(test_the_version_matters)
{
	ck_assert_int_eq(run("--xen-version 4.22 " GOLDEN "heap.jsonl.gz"), 0);
	ck_assert_int_eq(run("--xen-version 4.17 " GOLDEN "heap.jsonl.gz"), 1);
	ck_assert_says(": claim: expected ");
	ck_assert_int_eq(run("--xen-version 4.17 --allow-unmodelled " GOLDEN
			     "sched-traces/tiny.jsonl.gz"), 1);
	ck_assert_says("case credit2-tiny-a-1cpu-2busy: log 8 at 2000000 ns");
}
END_TEST

START_TEST(test_first_limits_what_is_shown)
{
	ck_assert_int_eq(run("--model libxl-fixed --first 0 " GOLDEN
			     "placement.jsonl.gz"), 1);
	ck_assert_ptr_null(strstr(output, "  line "));
	ck_assert_int_eq(run("--model libxl-fixed --first 2 " GOLDEN
			     "placement.jsonl.gz"), 1);
	ck_assert_says("217 differ, the first 2\n");
	const char *second = strstr(strstr(output, "  line ") + 1, "  line ");

	ck_assert_ptr_nonnull(second);
	ck_assert_ptr_null(strstr(second + 1, "  line "));
}
END_TEST

START_TEST(test_paranoid_changes_nothing)
{
	static char first[OUTPUT_MAX];

	ck_assert_int_eq(run(GOLDEN "sched-traces/tiny.jsonl.gz"), 0);
	strcpy(first, output);
	ck_assert_int_eq(run("--paranoid " GOLDEN
			     "sched-traces/tiny.jsonl.gz"), 0);
	ck_assert_str_eq(output, first);
}
END_TEST

static const struct {
	const char *arguments, *says;
} usages[] = {
	{"", "which FILE?"},
	{"--first x x", "--first: 'x' is out of range; 0 to 100000"},
	{"-t 0 x", "--threads: '0' is out of range; 1 to 64"},
	{"--model libx x", "--model: 'libx' is neither libxl nor libxl-fixed"},
	{"--xen-version 5 x", "--xen-version: '5' is neither 4.22 nor 4.17"},
	{"--frist 3 x", "unrecognized option"},
};

START_TEST(test_bad_usage_is_status_2)
{
	ck_assert_int_eq(run(usages[_i].arguments), 2);
	ck_assert_says(usages[_i].says);
}
END_TEST

START_TEST(test_help_lists_the_kinds)
{
	ck_assert_int_eq(run("--help"), 0);
	ck_assert_says("For example:");
	for (size_t i = 0; i < conform_kind_count(); i++)
		ck_assert_says(conform_kind_at(i)->summary);
}
END_TEST

START_TEST(test_json_has_all_that_the_table_has)
{
	write_text("x.jsonl", GOOD);
	write_text("y.jsonl", "{\n");
	ck_assert_int_eq(run("--json %s/x.jsonl %s/y.jsonl"), 2);

	/* After the line of the error. */
	const char *start = strstr(output, "\n{");

	ck_assert_ptr_nonnull(start);
	json_t *json = json_loads(start, 0, NULL);
	json_t *row = at_path(json, "files.0.kinds.0");

	ck_assert_ptr_nonnull(json);
	ck_assert_int_eq(json_integer_value(at_path(json, "agreed")), 1);
	ck_assert_str_eq(json_string_value(at_path(row, "kind")), "sched");
	ck_assert_int_eq(json_integer_value(at_path(row, "total")), 1);
	ck_assert(json_is_null(at_path(json, "files.0.error")));
	ck_assert_ptr_nonnull(strstr(json_string_value(
		at_path(json, "files.1.error")), "y.jsonl:1: not JSON"));
	json_decref(json);
}
END_TEST

/* --- series: records that build on each other --------------------------------------- */

struct sum {
	json_int_t last, cases;
};

static void *sum_open(const struct conform_options *options)
{
	ck_assert_uint_eq(options->xen_version, 422);
	return calloc(1, sizeof(struct sum));
}

/* {"n": N} agrees if N is the one before plus 1; {"start": N} is no case. */
static int sum_replay(void *state, const json_t *record,
		      struct conform_result *result, struct err *err)
{
	struct sum *sum = state;
	const json_t *start = json_object_get(record, "start");
	const json_t *n = json_object_get(record, "n");
	enum conform_verdict v = CONFORM_AGREES;

	conform_begin(result);
	if (!start && !n)
		return err_set(err, "n: missing");
	if (start)
		sum->last = json_integer_value(start);
	else if (json_integer_value(n) != ++sum->last)
		v = conform_differs(result, "n", json_integer_value(n),
				    sum->last);
	conform_end(record, v, result);
	result->is_case = !start;
	sum->cases += !start;
	return 0;
}

static void sum_close(void *state, json_t *notes)
{
	struct sum *sum = state;

	json_object_set_new(notes, "cases", json_integer(sum->cases));
	json_object_set_new(notes, "in words", json_string("a\x1b[31m few"));
	free(sum);
}

static bool sum_is(const json_t *record)
{
	return json_object_get(record, "n") != NULL;
}

static const struct conform_series sum_series = {sum_open, sum_replay,
						 sum_close};
static const struct conform_kind sum_kind = {
	"sum", "numbers in a row", sum_is, NULL, NULL, &sum_series,
};

/* 400 in a row, the 300th wrong; then a line that ends the file. */
START_TEST(test_a_series_is_replayed_in_order)
{
	struct conform_job job = plain_job();
	struct conform_report report;
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	fprintf(to, "{\"start\":7}\n");
	for (int i = 1; i <= 400; i++)
		fprintf(to, "{\"id\":\"a%d\",\"n\":%d}\n", i,
			i == 300 ? 1 : 7 + i);
	fprintf(to, "%s", _i ? "{\"end\":1}\n" : "");
	fclose(to);
	job.kind = &sum_kind;
	job.threads = 5;
	conform_run(&job, write_text("sum.jsonl", text), &report);
	conform_report_check(&report, job.first_max);
	ck_assert(report.failed == (_i == 1));
	ck_assert_uint_eq(report.row_count, 1);
	ck_assert_uint_eq(report.row[0].agreed, 399);
	ck_assert_uint_eq(report.row[0].differed, 1);
	ck_assert_uint_eq(report.row[0].first[0].line, 301);
	ck_assert_str_eq(report.row[0].first[0].result.id, "a300");
	ck_assert_int_eq(json_integer_value(json_object_get(
		report.row[0].notes, "cases")), 400);
	if (_i == 1)
		ck_assert_ptr_nonnull(strstr(report.err.text,
					     "sum.jsonl:402: n: missing"));
	free(text);
	conform_report_fini(&report);
}
END_TEST

/* Notes stand under their file; nothing of a file drives the terminal. */
START_TEST(test_what_is_printed_is_plain)
{
	struct conform_job job = plain_job();
	struct conform_report report;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	job.kind = &sum_kind;
	conform_run(&job, write_text("sum.jsonl",
				     "{\"id\":\"\\u001b[1m\",\"n\":3}\n"),
		    &report);
	conform_print(out, &report, 1, &job.options, false);
	fclose(out);
	ck_assert_ptr_null(strchr(text, '\x1b'));
	ck_assert_ptr_nonnull(strstr(text, "line 1, case ?[1m: n: expected 3, "
					   "got 1\n"));
	ck_assert_ptr_nonnull(strstr(text, "  cases: 1\n"));
	ck_assert_ptr_nonnull(strstr(text, "  in words: a?[31m few\n"));
	free(text);
	conform_report_fini(&report);
}
END_TEST

/* --- invariants -------------------------------------------------------------------- */

static void report_sound(struct conform_report *report)
{
	static struct conform_difference first[1];

	*report = (struct conform_report){.row_count = 2};
	report->row[0] = (struct conform_row){
		.kind = conform_kind_at(0),
		.agreed = 3,
		.differed = 1,
		.unmodelled = 2,
		.first = first,
		.first_count = 1,
		.tag = {{"tie", 2, 1}},
		.tag_count = 1,
		.missing = {{"credit", 2, 0}},
		.missing_count = 1,
	};
	report->row[1].kind = conform_kind_at(1);
}

START_TEST(test_a_sound_report_passes)
{
	struct conform_report report;

	report_sound(&report);
	conform_report_check(&report, 5);
}
END_TEST

/* C1 to C4, each broken once. */
START_TEST(test_a_broken_report_aborts)
{
	struct conform_report report;

	report_sound(&report);
	switch (_i) {
	case 0: report.row[1].kind = report.row[0].kind; break;
	case 1: report.row[0].first_count = 0; break;
	case 2: report.row[0].unmodelled = 3; break;
	case 3: report.row[0].tag[0].differed = 2; break;
	}
	conform_report_check(&report, 5);
}
END_TEST

static void add_options(TCase *tc)
{
	tcase_add_test(tc, test_unmodelled_records_count_apart);
	tcase_add_test(tc, test_libxl_fixed_differs_where_the_tags_say);
	tcase_add_test(tc, test_the_version_matters);
	tcase_add_test(tc, test_first_limits_what_is_shown);
	tcase_add_test(tc, test_paranoid_changes_nothing);
	tcase_add_loop_test(tc, test_bad_usage_is_status_2, 0, COUNT(usages));
	tcase_add_test(tc, test_help_lists_the_kinds);
	tcase_add_test(tc, test_json_has_all_that_the_table_has);
	tcase_add_loop_test(tc, test_a_series_is_replayed_in_order, 0, 2);
	tcase_add_test(tc, test_what_is_printed_is_plain);
	tcase_add_test(tc, test_a_sound_report_passes);
	for (int i = 0; i < 4; i++)
		tcase_add_loop_test_raise_signal(
			tc, test_a_broken_report_aborts, SIGABRT, i, i + 1);
}

Suite *suite_make(void)
{
	Suite *suite = suite_create("conform");
	TCase *tc = tcase_create("conform");

	tcase_set_timeout(tc, 300);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_every_golden_file_agrees, 0,
			    COUNT(golden));
	tcase_add_test(tc, test_shared_files_agree_where_they_are);
	tcase_add_loop_test(tc, test_a_planted_wrong_answer_is_found_and_named,
			    0, COUNT(plants));
	tcase_add_test(tc, test_every_kind_has_a_planted_answer);
	tcase_add_test(tc, test_kinds_are_complete_and_known_by_name);
	tcase_add_test(tc, test_an_unknown_kind_gets_the_nearest_names);
	tcase_add_test(tc, test_a_kind_that_is_given_is_used);
	tcase_add_test(tc, test_kinds_may_be_mixed_in_a_file);
	add_options(tc);
	suite_add_tcase(suite, tc);
	return suite;
}
