/* check_sched_traces.c - recorded runs of Xen's own schedulers, replayed. */
#include "run/conform_sched_trace.h"
#include "test/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define FOLDER "sim/test/golden/sched-traces/"
#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

enum { LINE_MAX_BYTES = 16 << 20 };

static const struct conform_options plain = {.xen_version = 422};
static const struct conform_options paranoid = {.xen_version = 422,
						.paranoid = true};

/* The next record of the file; NULL at its end. */
static json_t *next_record(gzFile file, char *line)
{
	json_t *record;

	if (!gzgets(file, line, LINE_MAX_BYTES))
		return NULL;
	record = json_loads(line, 0, NULL);
	ck_assert_ptr_nonnull(record);
	ck_assert(conform_sched_trace_is(record));
	return record;
}

static const struct {
	const char *file;
	int records;
} files[] = {
	{FOLDER "tiny.jsonl.gz", 49},     {FOLDER "fair.jsonl.gz", 12},
	{FOLDER "credit2.jsonl.gz", 130}, {FOLDER "credit1.jsonl.gz", 130},
	{FOLDER "null.jsonl.gz", 60},     {FOLDER "rtds.jsonl.gz", 70},
};

START_TEST(test_every_trace_agrees)
{
	char *line = malloc(LINE_MAX_BYTES);
	gzFile file = gzopen(files[_i].file, "rb");
	int records = 0;
	json_t *record;

	ck_assert_ptr_nonnull(file);
	while ((record = next_record(file, line))) {
		struct conform_sched_counts counts;
		struct conform_result r;
		struct err err;

		ck_assert_msg(conform_sched_trace_count(record, &paranoid,
							&counts, &r, &err) == 0,
			      "%s", err.text);
		ck_assert_msg(r.modelled && r.agrees,
			      "%s: %s: expected %s, got %s", r.id, r.key,
			      r.expected, r.got);
		ck_assert_uint_gt(counts.switches, 0);
		records++;
		json_decref(record);
	}
	gzclose(file);
	free(line);
	ck_assert_int_eq(records, files[_i].records);
}
END_TEST

/* The tiny trace whose name contains part. */
static json_t *tiny(const char *part)
{
	char *line = malloc(LINE_MAX_BYTES);
	gzFile file = gzopen(FOLDER "tiny.jsonl.gz", "rb");
	json_t *record;

	ck_assert_ptr_nonnull(file);
	while ((record = next_record(file, line))) {
		if (strstr(json_string_value(json_object_get(record, "id")),
			   part))
			break;
		json_decref(record);
	}
	gzclose(file);
	free(line);
	ck_assert_ptr_nonnull(record);
	return record;
}

/* Where in a record a value is, and what the difference then begins with. */
static const struct {
	const char *path; /* keys and indexes, with dots */
	const char *value;
	const char *says;
} changes[] = {
	{"boot.0.pick_bias", "1", "boot[0].pick_bias: recorded 1, ours 0"},
	{"switches.3.3", "null", "switch 3: recorded [2500000,1,\"d1v1\",null"},
	{"moves.3.3", "7", "moves: recorded [2500000,\"d1v0\",0,7], ours [2"},
	{"wakes", "[[5,\"d1v0\"]]", "one more wake: recorded [5,\"d1v0\"]"},
	{"samples.0.vcpus.d1v2.credit", "5", "sample.vcpus.d1v2.credit: rec"},
	{"samples.0.sched.0.queue", "[]", "sample.sched[0].queue: recorded []"},
	{"end.vcpus.d1v1.state", "\"blocked\"", "end.vcpus.d1v1.state: recor"},
	{"end.vcpus.d9v9", "{}", "end.vcpus.d9v9: recorded {}, ours nothing"},
	{"log.9.5", "7", "log 9: recorded [1000000,\"sched\",1,null,\"d1v1\",7"},
	{"idle_ns.1", "0", "idle_ns[1]: recorded 0, ours 1000000"},
	{"steps", "0", "steps: recorded 0, ours "},
	{"random_calls", "7", "random_calls: recorded 7, ours 1"},
	{"params.xen_version", "417", "log 12: recorded"},
	{"params.sched_credit2_migrate_resist", "400", "switch 7: recorded"},
};

/* Sets it; NULL takes it out. */
static void set_at(json_t *record, const char *path, const char *value)
{
	json_t *to = value ? json_loads(value, JSON_DECODE_ANY, NULL) : NULL;
	char copy[128], *rest = copy, *key;
	json_t *at = record;

	snprintf(copy, sizeof(copy), "%s", path);
	while ((key = strsep(&rest, "."))) {
		size_t index = (size_t)atoi(key);

		if (rest) {
			at = json_is_array(at) ? json_array_get(at, index)
					       : json_object_get(at, key);
			ck_assert_ptr_nonnull(at);
		} else if (json_is_array(at)) {
			ck_assert_int_eq(json_array_set_new(at, index, to), 0);
		} else if (to) {
			json_object_set_new(at, key, to);
		} else {
			json_object_del(at, key);
		}
	}
}

START_TEST(test_a_changed_record_differs_and_says_where)
{
	json_t *record = tiny("credit2-tiny-b");
	struct conform_result r;
	struct err err;
	char text[1024];

	set_at(record, changes[_i].path, changes[_i].value);
	ck_assert_int_eq(conform_sched_trace(record, &plain, &r, &err), 0);
	ck_assert(!r.agrees);
	/* "switch 3 at 2500000 ns" */
	char *at = strstr(r.key, " at ");

	ck_assert_ptr_nonnull(at);
	ck_assert_int_gt(atoi(at + 4), -1);
	*at = '\0';
	snprintf(text, sizeof(text), "%s: recorded %s, ours %s", r.key,
		 r.expected, r.got);
	ck_assert_msg(strstr(text, changes[_i].says) == text, "%s", text);
	json_decref(record);
}
END_TEST

START_TEST(test_a_record_cut_short_differs)
{
	static const char *const keys[] = {"switches", "moves", "log"};
	json_t *record = tiny("credit2-tiny-b");
	json_t *list = json_object_get(record, keys[_i]);
	struct conform_result r;
	struct err err;

	json_array_remove(list, json_array_size(list) - 1);
	ck_assert_int_eq(conform_sched_trace(record, &plain, &r, &err), 0);
	ck_assert(!r.agrees);
	ck_assert_str_eq(r.expected, "nothing");
	json_decref(record);
}
END_TEST

START_TEST(test_an_unknown_scheduler_is_not_modelled)
{
	json_t *record = tiny("credit2-tiny-a");
	struct conform_result r;
	struct err err;

	json_object_set_new(record, "sched", json_string("cfs"));
	ck_assert_int_eq(conform_sched_trace(record, &paranoid, &r, &err), 0);
	ck_assert(!r.modelled && !r.agrees);
	json_decref(record);
}
END_TEST

static const struct {
	const char *path;
	const char *value; /* NULL: taken out */
	const char *says;
} bad[] = {
	{"sched", NULL, "sched: missing"},
	{"random", "5", "random: missing or not a string"},
	{"end_ns", "-1", "end_ns: -1 is not in"},
	{"topology", NULL, "topology: missing"},
	{"topology.cpu_to_core", "[0]", "cpu_to_core: 1 CPUs; 1 to 1024, the"},
	{"topology.cpu_to_node", "[]", "cpu_to_node: 0 CPUs"},
	{"topology.cpu_to_node.1", "-4", "cpu_to_node: entry 1 is no number"},
	{"params.sched_ratelimit_us", "3", "sched_ratelimit_us: 3 is too"},
	{"params.nonsense", "3", "no scheduling option 'nonsense'"},
	{"params.sched_ratelimit_us", "[]", "params: sched_ratelimit_us is"},
	{"domains.0.vcpus", "[]", "vcpus: 1 to"},
	{"domains.0.weight", "0", "weight: 0 is not in 1..65535"},
	{"domains.0.vcpus.0.hard", "7", "hard: neither \"all\" nor a list"},
	{"domains.0.vcpus.0.soft", "[1024]", "soft: entry 0 is no CPU"},
	{"domains.0.vcpus.0.script", "[]", "script: 1 to"},
	{"domains.0.vcpus.0.script", "[[\"block\",3]]", "script: step 0: a run"},
	{"domains.0.vcpus.0.script", "[[\"run\",3],[\"yield\"],[\"yield\"]]",
	 "script: step 1: a run comes first and after"},
	{"domains.0.vcpus.0.script", "[[\"run\",-3]]", "script: the time of a"},
	{"domains.0.vcpus.0.script", "[[\"walk\",3]]", "script: a step is"},
	/* time stands still: the record would never end */
	{"domains.0.vcpus.0.script", "[[\"run\",0]]", "end_ns: more than 2"},
	{"domains.0.vcpus.0.rtds", "[1,2]", "rtds: not [period ns, budget ns"},
	{"events", "[{\"t\":0,\"op\":\"rtparams\",\"dom\":1,\"vcpu\":0,"
	 "\"period\":5,\"budget\":5}]", "extratime: missing"},
	{"events", "[{\"t\":0,\"op\":\"explode\",\"dom\":1}]",
	 "events: op explode is not known"},
	{"events", "[{\"t\":0,\"op\":\"pause\",\"dom\":9}]",
	 "events: no domain 9"},
	{"events", "[{\"t\":0,\"op\":\"vdown\",\"dom\":1,\"vcpu\":3}]",
	 "vcpu: 3 is not in 0..2"},
	{"switches", "3", "switches: missing or not an array"},
	{"samples", NULL, "samples: missing or not an array"},
};

START_TEST(test_a_record_that_cannot_be_read_says_why)
{
	json_t *record = tiny("credit2-tiny-b");
	struct conform_result r;
	struct err err;

	set_at(record, bad[_i].path, bad[_i].value);
	ck_assert_int_eq(conform_sched_trace(record, &plain, &r, &err), -1);
	ck_assert_msg(strstr(err.text, bad[_i].says) == err.text, "%s",
		      err.text);
	json_decref(record);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("sched_traces");
	TCase *tc = tcase_create("traces");

	tcase_set_timeout(tc, 300);
	tcase_add_loop_test(tc, test_every_trace_agrees, 0, COUNT(files));
	tcase_add_loop_test(tc, test_a_changed_record_differs_and_says_where, 0,
			    COUNT(changes));
	tcase_add_loop_test(tc, test_a_record_cut_short_differs, 0, 3);
	tcase_add_test(tc, test_an_unknown_scheduler_is_not_modelled);
	tcase_add_loop_test(tc, test_a_record_that_cannot_be_read_says_why, 0,
			    COUNT(bad));
	suite_add_tcase(suite, tc);
	return suite;
}
