/* check_populate.c - 200 domain builds of Xen's own code, and ours. */
#include "run/conform_populate.h"
#include "test/test.h"

static const char golden[] = "sim/test/golden/populate.jsonl.gz";

START_TEST(test_every_recorded_build_agrees)
{
	struct conform_count count;
	struct err err = {{0}};

	ck_assert_msg(conform_file(golden, conform_populate, &count,
				   &err) == 0, "%s", err.text);
	ck_assert_msg(count.agreed == count.total,
		      "record %s: %s: expected %s, got %s",
		      count.first.id, count.first.key,
		      count.first.expected, count.first.got);
	ck_assert_uint_eq(count.total, 200);
}
END_TEST

/* PV of 1023 pages: one 2 MiB extent (1023 >> 9 = 1), then 511 pages. */
static const char record_text[] =
	"{\"id\":3,\"kind\":\"pv\",\"device_model\":false,\"total_pages\":1023,"
	"\"target_pages\":1023,\"mmio_start\":0,\"mmio_size\":0,"
	"\"lowmem_end\":4190208,\"highmem_end\":0,\"vmemranges\":[],"
	"\"vnode_to_pnode\":[],\"pod\":false,\"avail_1g\":0,\"avail_2m\":9,"
	"\"calls\":[[9,1,null,0,0,1,1],[0,511,null,0,512,511,1]],\"rc\":0}";

static const struct {
	const char *key, *value, *differs;
} changes[] = {
	{"id", "4", NULL},
	{"calls", "[[9,1,null,0,0,1,1],[0,511,null,0,512,511,2]]", "calls"},
	{"calls", "[[9,1,null,0,0,1,1]]", "calls"},
	{"calls", "[[9,2,null,0,0,1,1]]", "calls 0: extents"},
	{"calls", "[[9,1,0,0,0,1,1]]", "calls 0: node"},
	{"calls", "[[9,1,null,0,0,1,1],[0,511,null,0,511,511,1]]",
	 "calls 1: gfn"},
	{"calls", "[[8,1,null,0,0,1,1]]", "calls 0: order"},
	{"avail_2m", "0", "calls 0: done"},
	{"pod", "true", "pod"},
	{"rc", "-1", "rc"},
};

START_TEST(test_another_answer_is_a_difference)
{
	json_t *record = json_loads(record_text, 0, NULL);
	json_t *value = json_loads(changes[_i].value, JSON_DECODE_ANY, NULL);
	struct conform_result diff;
	struct err err = {{0}};

	json_object_set_new(record, changes[_i].key, value);
	ck_assert(conform_populate_is(record));
	ck_assert_msg(conform_populate(record, &diff, &err) == 0, "%s",
		      err.text);
	ck_assert(diff.agrees == (changes[_i].differs == NULL));
	if (changes[_i].differs)
		ck_assert_str_eq(diff.key, changes[_i].differs);
	json_decref(record);
}
END_TEST

static const struct {
	const char *key, *value, *text;
} wrongs[] = {
	{"kind", "\"xen\"", "kind: expected pv or hvm"},
	{"total_pages", "7", "total_pages: not the sum of the ranges"},
	{"vmemranges", "[[4096,0,0]]", "vmemranges: must ascend, in vnodes"},
	{"avail_2m", "-1", "avail_2m: expected an integer "
			   "0..9223372036854775807"},
};

START_TEST(test_a_record_that_is_none_is_refused)
{
	json_t *record = json_loads(record_text, 0, NULL);
	json_t *value = json_loads(wrongs[_i].value, JSON_DECODE_ANY, NULL);
	struct conform_result diff;
	struct err err = {{0}};

	json_object_set_new(record, wrongs[_i].key, value);
	ck_assert_int_eq(conform_populate(record, &diff, &err), -1);
	ck_assert_str_eq(err.text, wrongs[_i].text);
	json_decref(record);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("populate");
	TCase *tc = tcase_create("golden");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_every_recorded_build_agrees);
	tcase_add_loop_test(tc, test_another_answer_is_a_difference, 0,
			    sizeof(changes) / sizeof(changes[0]));
	tcase_add_loop_test(tc, test_a_record_that_is_none_is_refused, 0,
			    sizeof(wrongs) / sizeof(wrongs[0]));
	suite_add_tcase(suite, tc);
	return suite;
}
