/*
 * check_placement_golden.c - 2,500 placements of Xen's own libxl, and ours.
 *
 * Also: a record that says something else is found out, and a record that
 * cannot be read gives one line that names the key.
 */
#include "run/conform_placement.h"
#include "run/json_read.h"
#include "test/test.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { LINE_MAX_BYTES = 1 << 20, RECORDS = 2500 };

static const char golden[] = "sim/test/golden/placement.jsonl.gz";

/* The next record of file; NULL at its end. */
static json_t *next_record(gzFile file)
{
	static char line[LINE_MAX_BYTES];
	json_error_t error;

	if (!gzgets(file, line, sizeof(line)))
		return NULL;
	json_t *record = json_loads(line, 0, &error);

	ck_assert_msg(record != NULL, "%s", error.text);
	return record;
}

START_TEST(test_every_recorded_placement_agrees)
{
	gzFile file = gzopen(golden, "rb");
	uint32_t agreed = 0, total = 0, found = 0;
	json_t *record;

	ck_assert_msg(file != NULL, "%s", golden);
	while ((record = next_record(file)) != NULL) {
		struct conform_result diff;
		struct err err = {{0}};

		ck_assert_msg(conform_placement(record, &diff, &err) == 0,
			      "%s", err.text);
		ck_assert_msg(diff.agrees, "case %s: %s: expected %s, got %s",
			      diff.id, diff.key,
			      diff.expected, diff.got);
		agreed += diff.agrees;
		found += json_is_true(json_object_get(
			json_object_get(record, "result"), "found"));
		total++;
		json_decref(record);
	}
	gzclose(file);
	ck_assert_uint_eq(agreed, total);
	ck_assert_uint_eq(total, RECORDS);
	ck_assert_uint_eq(found, 1098 + 489);
}
END_TEST

/* The first record with result[key], of a "place" that found nodes. */
static json_t *record_with(const char *key)
{
	gzFile file = gzopen(golden, "rb");
	json_t *record;

	ck_assert_msg(file != NULL, "%s", golden);
	while ((record = next_record(file)) != NULL) {
		json_t *result = json_object_get(record, "result");

		if (json_object_get(result, "soft_cpus") &&
		    json_object_get(result, key))
			break;
		json_decref(record);
	}
	gzclose(file);
	ck_assert_ptr_nonnull(record);
	return record;
}

static const char *const numbers[] = {
	"rc", "min_free_memkb", "nr_nodes", "nr_cpus", "nr_vcpus", "free_memkb",
};

START_TEST(test_another_number_is_a_difference)
{
	const char *key = numbers[_i];
	json_t *record = record_with(key);
	json_t *result = json_object_get(record, "result");
	json_t *number = json_object_get(result, key);
	struct conform_result diff;
	struct err err = {{0}};

	json_integer_set(number, json_integer_value(number) + 1);
	ck_assert_int_eq(conform_placement(record, &diff, &err), 0);
	ck_assert(!diff.agrees);
	ck_assert_str_eq(diff.key, key);
	ck_assert_str_ne(diff.expected, diff.got);
	json_decref(record);
}
END_TEST

static const struct {
	const char *key;
	const char *value;
} answers[] = {
	{ "found", "false" },
	{ "nodes", "[]" },
	{ "nodes", "[63]" },
	{ "soft_cpus", "\"\"" },
};

START_TEST(test_another_answer_is_a_difference)
{
	json_t *record = record_with("nodes");
	json_t *result = json_object_get(record, "result");
	struct conform_result diff;
	struct err err = {{0}};

	json_object_set_new(result, answers[_i].key,
			    json_loads(answers[_i].value, JSON_DECODE_ANY,
				       NULL));
	ck_assert_int_eq(conform_placement(record, &diff, &err), 0);
	ck_assert(!diff.agrees);
	ck_assert_str_eq(diff.key, answers[_i].key);
	json_decref(record);
}
END_TEST

static const struct bad {
	const char *object; /* "" = the record itself */
	const char *key;
	const char *value; /* NULL = taken out */
	const char *says;
} bad[] = {
	{ "", "kind", "\"plaice\"", "kind: " },
	{ "", "id", "-1", "id: -1 is not in 0.." },
	{ "", "host", "7", "host: missing or not an object" },
	{ "", "domains", NULL, "domains: missing or not an array" },
	{ "", "pools", "[]", "pool: " },
	{ "", "pools", "[{\"id\":0,\"cpus\":\"0-99999999999\"}]", "cpus: " },
	{ "host", "nr_nodes", "65", "nr_nodes: 65 is not in 1..64" },
	{ "host", "nr_nodes", "1e30", "nr_nodes: missing or not an integer" },
	{ "host", "nodes", "[]", "nodes: 0 entries" },
	{ "host", "cpu_to_node", "[0,77]", "cpu_to_node: entry 1" },
	{ "request", "type", NULL, "type: missing or not a string" },
	{ "request", "max_vcpus", "0", "max_vcpus: 0 is not in 1.." },
	{ "request", "hard_cpus", "\"3-1\"", "hard_cpus: \"3-1\"" },
	{ "request", "hard_cpus", "\"1,\"", "hard_cpus: \"1,\"" },
	{ "request", "hard_cpus", "\"x\"", "hard_cpus: \"x\"" },
	{ "result", "rc", "\"0\"", "rc: missing or not an integer" },
	{ "result", "found", "1", "found: missing or not true or false" },
	{ "result", "nodes", "[64]", "nodes: entry 0 is no node of 0..63" },
	{ "result", "nr_cpus", NULL, "nr_cpus: missing" },
};

START_TEST(test_a_record_that_cannot_be_read_says_why)
{
	const struct bad *b = &bad[_i];
	json_t *record = record_with("nodes");
	json_t *object = *b->object ? json_object_get(record, b->object)
				    : record;
	struct conform_result diff;
	struct err err = {{0}};

	json_object_del(object, b->key);
	if (b->value)
		json_object_set_new(object, b->key,
				    json_loads(b->value, JSON_DECODE_ANY,
					       NULL));
	ck_assert_int_eq(conform_placement(record, &diff, &err), -1);
	ck_assert_msg(strstr(err.text, b->says) == err.text, "%s", err.text);
	json_decref(record);
}
END_TEST

static const struct {
	const char *text;
	const char *cpus; /* NULL: refused */
} lists[] = {
	{ "", "" },          { "0", "0" },       { "0-3,8", "0 1 2 3 8" },
	{ "1023", "1023" },  { "1024", NULL },   { "4-2", NULL },
	{ "1,,2", NULL },    { "-3", NULL },     { "3-", NULL },
	{ "5 6", NULL },
};

START_TEST(test_cpulists)
{
	json_t *object = json_pack("{s:s}", "cpus", lists[_i].text);
	struct err err = {{0}};
	char text[64] = "";
	cpuset cpus;
	int rc = json_read_cpus(object, "cpus", &cpus, &err);

	json_decref(object);
	ck_assert_int_eq(rc, lists[_i].cpus ? 0 : -1);
	if (!lists[_i].cpus)
		return;
	for (uint32_t c = cpuset_first(&cpus); c != CPU_NONE;
	     c = cpuset_from(&cpus, c + 1))
		sprintf(text + strlen(text), *text ? " %u" : "%u", c);
	ck_assert_str_eq(text, lists[_i].cpus);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

Suite *suite_make(void)
{
	Suite *suite = suite_create("placement_golden");
	TCase *tc = tcase_create("records");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_every_recorded_placement_agrees);
	tcase_add_loop_test(tc, test_another_number_is_a_difference, 0,
			    COUNT(numbers));
	tcase_add_loop_test(tc, test_another_answer_is_a_difference, 0,
			    COUNT(answers));
	tcase_add_loop_test(tc, test_a_record_that_cannot_be_read_says_why, 0,
			    COUNT(bad));
	tcase_add_loop_test(tc, test_cpulists, 0, COUNT(lists));
	suite_add_tcase(suite, tc);
	return suite;
}
