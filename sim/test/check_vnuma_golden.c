/*
 * check_vnuma_golden.c - 300 ranges and verdicts of libxl's own code, and ours;
 * records that differ, and records that are none.
 */
#include "run/conform_vnuma.h"
#include "run/json_wide.h"
#include "test/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

static const char golden[] = "sim/test/golden/vnuma.jsonl.gz";

START_TEST(test_every_recorded_answer_agrees)
{
	struct conform_count count;
	struct err err = {{0}};

	ck_assert_msg(conform_file(golden, conform_vnuma, &count, &err) == 0,
		      "%s", err.text);
	ck_assert_msg(count.agreed == count.total,
		      "record %s: %s: expected %s, got %s", count.first.id,
		      count.first.key, count.first.expected, count.first.got);
	ck_assert_uint_eq(count.total, 300);
}
END_TEST

/* HVM: two vnodes of 4 MiB, 1 MiB of video memory, two CPUs on two nodes; vCPU
 * 1 is soft on the wrong one. */
static const char record_text[] =
	"{\"id\":1,\"kind\":\"hvm\",\"nr_pnodes\":2,\"cpu_to_node\":[0,1],"
	"\"max_vcpus\":2,\"max_memkb\":8192,\"target_memkb\":8192,"
	"\"vnodes\":[{\"memkb\":4096,\"pnode\":0,\"vcpus\":[0],"
	"\"distances\":[10,20]},{\"memkb\":4096,\"pnode\":1,\"vcpus\":[1],"
	"\"distances\":[20,10]}],\"vcpu_hard\":[],"
	"\"vcpu_soft\":[[0],[0]],\"video_memkb\":1024,\"lowmem_end\":7340032,"
	"\"mmio_start\":4026531840,\"mmio_size\":268435456,"
	"\"result\":{\"build_rc\":0,"
	"\"ranges\":[[0,3145728,0],[3145728,7340032,1]],\"check_rc\":0,"
	"\"affinity_warnings\":1,"
	"\"sorted\":[[0,3145728,0],[3145728,7340032,1]],\"reason\":null}}";

static const struct {
	const char *key, *value, *differs;
} changes[] = {
	{"id", "2", NULL},
	{"kind", "\"pvh\"", NULL},
	{"video_memkb", "4097", "result.build_rc"},
	{"lowmem_end", "4194304", "result.ranges"},
	{"vcpu_soft", "[[0],[1]]", "result.affinity_warnings"},
	{"max_memkb", "8193", "result.check_rc"},
};

static json_t *changed(const char *key, const char *value)
{
	json_t *record = json_loads(record_text, 0, NULL);

	ck_assert_ptr_nonnull(record);
	json_object_set_new(record, key,
			    json_loads(value, JSON_DECODE_ANY, NULL));
	return record;
}

START_TEST(test_another_question_has_another_answer)
{
	json_t *record = changed(changes[_i].key, changes[_i].value);
	struct conform_result result;
	struct err err = {{0}};

	ck_assert(conform_vnuma_is(record));
	ck_assert_int_eq(conform_vnuma(record, &result, &err), 0);
	ck_assert_msg(result.agrees == (changes[_i].differs == NULL),
		      "%s: expected %s, got %s", result.key, result.expected,
		      result.got);
	if (changes[_i].differs)
		ck_assert_str_eq(result.key, changes[_i].differs);
	json_decref(record);
}
END_TEST

/* Every key of the answer is looked at. */
static const char *const answers[] = {"build_rc", "ranges", "check_rc",
				      "affinity_warnings", "sorted", "reason"};

START_TEST(test_another_answer_is_a_difference)
{
	json_t *record = json_loads(record_text, 0, NULL);
	struct conform_result result;
	struct err err = {{0}};
	char key[64];

	json_object_set_new(json_object_get(record, "result"), answers[_i],
			    json_integer(77));
	snprintf(key, sizeof(key), "result.%s", answers[_i]);
	ck_assert_int_eq(conform_vnuma(record, &result, &err), 0);
	ck_assert(!result.agrees);
	ck_assert_str_eq(result.key, key);
	json_decref(record);
}
END_TEST

/* The sanitised map is compared, too. 3 MiB of RAM, 2 of them below a hole at
 * 2 MiB; the rest is from 4 GiB. */
START_TEST(test_the_sanitised_map_is_compared)
{
	json_t *record = changed("kind", "\"pv_e820_host\"");
	struct conform_result result;
	struct err err = {{0}};

	json_object_update_new(record, json_loads(
		"{\"slack_memkb\":0,\"host_e820\":[[0,2097152,1],"
		"[2097152,4096,2]],\"sanitized_rc\":0,\"sanitized_e820\":"
		"[[0,2097152,1],[2097152,4096,2],[4294967296,6291456,1]],"
		"\"result\":{\"build_rc\":0,\"ranges\":[[0,2097152,0],"
		"[4294967296,4297064448,0],[4297064448,4301258752,1]],"
		"\"check_rc\":0,\"affinity_warnings\":1,\"sorted\":"
		"[[0,2097152,0],[4294967296,4297064448,0],"
		"[4297064448,4301258752,1]],\"reason\":null}}", 0, NULL));
	ck_assert_int_eq(conform_vnuma(record, &result, &err), 0);
	ck_assert_msg(result.agrees, "%s: %s, got %s", result.key,
		      result.expected, result.got);
	json_array_set_new(json_object_get(record, "sanitized_e820"), 1,
			   json_null());
	ck_assert_int_eq(conform_vnuma(record, &result, &err), 0);
	ck_assert(!result.agrees);
	ck_assert_str_eq(result.key, "sanitized_e820[1]");
	json_object_set_new(record, "sanitized_rc", json_integer(-6));
	ck_assert_int_eq(conform_vnuma(record, &result, &err), 0);
	ck_assert_str_eq(result.key, "sanitized_rc");
	json_decref(record);
}
END_TEST

static const struct {
	const char *key, *value, *why;
} malformed[] = {
	{"vnodes", "[]", "vnodes: expected an array of 1..1024 elements"},
	{"vnodes", "[{}]", "distances: expected an array of 1..1 elements"},
	{"max_vcpus", "1025", "max_vcpus: expected an integer 0..1024"},
	{"lowmem_end", "-1",
	 "lowmem_end: expected an integer 0..4503599627370496"},
	{"vcpu_soft", "[[1024]]", "vcpu_soft: expected an integer 0..1023"},
	{"cpu_to_node", "[\"a\"]",
	 "array element: expected an integer 0..63"},
	{"result", "[]", "result: expected an object"},
	{"kind", "\"arm\"", "kind: expected pv, pv_e820_host, hvm, pvh or "
			    "check_only"},
	{"kind", "\"check_only\"",
	 "given_ranges: expected an array of 0..65536 elements"},
	{"kind", "\"pv_e820_host\"",
	 "host_e820: expected an array of 0..65536 elements"},
};

START_TEST(test_a_record_that_is_none_is_refused)
{
	json_t *record = changed(malformed[_i].key, malformed[_i].value);
	struct conform_result result;
	struct err err = {{0}};

	ck_assert_int_eq(conform_vnuma(record, &result, &err), -1);
	ck_assert_str_eq(err.text, malformed[_i].why);
	json_decref(record);
}
END_TEST

/* --- integers of 64 bits --------------------------------------------------------- */

static const struct {
	const char *text;
	uint64_t value; /* 0: refused */
} wides[] = {
	{"[1]", 1},
	{"[9223372036854775807]", INT64_MAX},
	{"[9223372036854775808]", UINT64_C(1) << 63},
	{"[ \"a\\\"9\", 18446744073709547520,\"18446744073709551615\\\\\"]", 0},
	{"[18446744073709551615]", UINT64_MAX},
	{"[18446744073709551616]", 0},
	{"[-9223372036854775809]", 0},
	{"[1000000000000000000000000000000]", 0},
	{"[18446744073709551615.0]", 0},
	{"[99999999999999999999", 0},
	{"[\"9223372036854775807\"]", 0}, /* a string that need not be one */
	{"[18446744073709551615", 0},
};

START_TEST(test_wide_integers)
{
	const char *text = wides[_i].text;
	json_error_t error;
	/* Not followed by a zero byte. */
	char *copy = malloc(strlen(text));
	json_t *array;
	uint64_t value = 0;

	memcpy(copy, text, strlen(text));
	array = json_wide_loadb(copy, strlen(text), 0, &error);
	free(copy);
	ck_assert(json_wide_u64(json_array_get(array, 0), &value) ==
		  (wides[_i].value != 0));
	if (wides[_i].value)
		ck_assert_uint_eq(value, wides[_i].value);
	json_decref(array);
}
END_TEST

START_TEST(test_text_beside_wide_integers_stays)
{
	json_error_t error;
	json_t *array = json_wide_loadb(wides[3].text, strlen(wides[3].text), 0,
					&error);
	uint64_t value;

	ck_assert_str_eq(json_string_value(json_array_get(array, 0)), "a\"9");
	ck_assert(json_wide_u64(json_array_get(array, 1), &value));
	ck_assert_uint_eq(value, UINT64_C(18446744073709547520));
	ck_assert_str_eq(json_string_value(json_array_get(array, 2)),
			 "18446744073709551615\\");
	json_t *again = json_wide_new(value);

	ck_assert(json_equal(again, json_array_get(array, 1)));
	json_decref(again);
	json_decref(array);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("vnuma_golden");
	TCase *tc = tcase_create("golden");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_every_recorded_answer_agrees);
	tcase_add_loop_test(tc, test_another_question_has_another_answer, 0,
			    COUNT(changes));
	tcase_add_loop_test(tc, test_another_answer_is_a_difference, 0,
			    COUNT(answers));
	tcase_add_test(tc, test_the_sanitised_map_is_compared);
	tcase_add_loop_test(tc, test_a_record_that_is_none_is_refused, 0,
			    COUNT(malformed));
	tcase_add_loop_test(tc, test_wide_integers, 0, COUNT(wides));
	tcase_add_test(tc, test_text_beside_wide_integers_stays);
	suite_add_tcase(suite, tc);
	return suite;
}
