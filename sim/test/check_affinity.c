/* check_affinity.c - 250 node affinities of Xen's own code, and ours. */
#include "run/conform_affinity.h"
#include "test/test.h"

static const char golden[] = "sim/test/golden/affinity.jsonl.gz";

START_TEST(test_every_recorded_affinity_agrees)
{
	struct conform_count count;
	struct err err = {{0}};

	ck_assert_msg(conform_file(golden, conform_affinity, &count,
				   &err) == 0, "%s", err.text);
	ck_assert_msg(count.agreed == count.total,
		      "record %s: %s: expected %s, got %s",
		      count.first.id, count.first.key,
		      count.first.expected, count.first.got);
	ck_assert_uint_eq(count.total, 250);
}
END_TEST

/* Two nodes of two CPUs. hard {0,1,2}, soft {2}: the affinity is node 1; the
 * soft step looks at CPU 2 alone. Set to {5}, no online node: EINVAL. */
static const char record_text[] =
	"{\"id\":1,\"nr_nodes\":2,\"cpu_to_node\":[0,0,1,1],"
	"\"pool_online_cpus\":[0,1,2,3],"
	"\"vcpus\":[{\"hard\":[0,1,2],\"soft\":[2]}],"
	"\"auto_affinity\":[1],\"vcpu_out\":[{\"soft_effective\":true,"
	"\"has_soft\":true,\"soft_step\":[2]}],\"set_affinity\":[5],"
	"\"set_rc\":-22,\"auto_after\":true,\"affinity_after\":[1]}";

static const struct {
	const char *key, *value, *differs;
} changes[] = {
	{"id", "2", NULL},
	{"auto_affinity", "[0]", "auto_affinity"},
	{"set_rc", "0", "set_rc"},
	{"auto_after", "false", "auto_after"},
	{"affinity_after", "[5]", "affinity_after"},
	{"vcpu_out", "[{\"soft_effective\":false,\"has_soft\":true,"
		     "\"soft_step\":[2]}]", "soft_effective"},
	{"vcpu_out", "[{\"soft_effective\":true,\"has_soft\":false,"
		     "\"soft_step\":[2]}]", "has_soft"},
	{"vcpu_out", "[{\"soft_effective\":true,\"has_soft\":true,"
		     "\"soft_step\":[0]}]", "soft_step"},
};

START_TEST(test_another_answer_is_a_difference)
{
	json_t *record = json_loads(record_text, 0, NULL);
	json_t *value = json_loads(changes[_i].value, JSON_DECODE_ANY, NULL);
	struct conform_result diff;
	struct err err = {{0}};

	json_object_set_new(record, changes[_i].key, value);
	ck_assert(conform_affinity_is(record));
	ck_assert_int_eq(conform_affinity(record, &diff, &err), 0);
	ck_assert(diff.agrees == (changes[_i].differs == NULL));
	if (changes[_i].differs)
		ck_assert_str_eq(diff.key, changes[_i].differs);
	json_decref(record);
}
END_TEST

START_TEST(test_a_record_that_is_none_is_refused)
{
	json_t *record = json_loads(record_text, 0, NULL);
	struct conform_result diff;
	struct err err = {{0}};

	json_object_set_new(record, "set_affinity", json_string("some"));
	ck_assert_int_eq(conform_affinity(record, &diff, &err), -1);
	ck_assert_str_eq(err.text,
			 "set_affinity: expected an array of nodes or \"all\"");
	json_decref(record);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("affinity");
	TCase *tc = tcase_create("golden");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_every_recorded_affinity_agrees);
	tcase_add_loop_test(tc, test_another_answer_is_a_difference, 0,
			    sizeof(changes) / sizeof(changes[0]));
	tcase_add_test(tc, test_a_record_that_is_none_is_refused);
	suite_add_tcase(suite, tc);
	return suite;
}
