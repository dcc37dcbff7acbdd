/*
 * check_heap_golden.c - 60 traces of Xen's own page allocator, and ours.
 *
 * Also: a record that says something else is found out, and one that cannot be
 * read gives one line that names the key.
 */
#include "run/conform_heap.h"
#include "test/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

static const char golden[] = "sim/test/golden/heap.jsonl.gz";

START_TEST(test_every_recorded_trace_agrees)
{
	struct conform_count count;
	struct err err = {{0}};

	ck_assert_msg(conform_file(golden, conform_heap, &count, &err) == 0,
		      "%s", err.text);
	ck_assert_msg(count.agreed == count.total,
		      "trace %s: %s: expected %s, got %s",
		      count.first.id, count.first.key,
		      count.first.expected, count.first.got);
	ck_assert_uint_eq(count.total, 60);
}
END_TEST

/* The first trace. */
static json_t *first_record(void)
{
	static char line[1 << 20];
	gzFile file = gzopen(golden, "rb");

	ck_assert_msg(file != NULL, "%s", golden);
	ck_assert_ptr_nonnull(gzgets(file, line, sizeof(line)));
	gzclose(file);
	json_t *record = json_loads(line, 0, NULL);

	ck_assert_ptr_nonnull(record);
	return record;
}

/* Adds 1 to the number at a path; a step of the path is a key, or an index. */
static void nudge(json_t *value, const char *path)
{
	char step[32];

	while (*path) {
		size_t n = strcspn(path, ".");

		memcpy(step, path, n);
		step[n] = '\0';
		path += n + (path[n] == '.');
		value = json_is_array(value)
				? json_array_get(value, (size_t)atoi(step))
				: json_object_get(value, step);
	}
	ck_assert(json_is_integer(value));
	json_integer_set(value, json_integer_value(value) + 1);
}

/* Step 0 of the first trace is an allocation of domain 3 on node 3. */
static const struct {
	const char *path, *key;
} changes[] = {
	{"avail0.2", "avail"},
	{"boot_allocs.0.2", "boot_allocs"},
	{"dma_bits", "dma_bits"},
	{"heap0.3.3.0.0", "heap0"},
	{"heap0.3.3.0.1", "heap0"},
	{"heap_end.0.2", "heap_end"},
	{"steps.0.mfn", "step 0: mfn"},
	{"steps.0.got_node", "step 0: got_node"},
	{"steps.0.last", "step 0: last"},
	{"steps.0.claim", "step 0: claim"},
	{"steps.0.avail.1", "step 0: avail"},
};

START_TEST(test_another_number_is_a_difference)
{
	json_t *record = first_record();
	struct conform_result diff;
	struct err err = {{0}};

	nudge(record, changes[_i].path);
	ck_assert_msg(conform_heap(record, &diff, &err) == 0, "%s", err.text);
	ck_assert(!diff.agrees);
	ck_assert_str_eq(diff.key, changes[_i].key);
	json_decref(record);
}
END_TEST

/* What replaces a key of the record, and the start of the error. */
static const struct {
	const char *key, *value, *text;
} wrongs[] = {
	{"steps", "7", "steps: expected an array"},
	{"steps", "[{\"op\":\"leap\",\"dom\":0}]", "step 0: op: unknown"},
	{"steps", "[{\"op\":\"free\",\"mfn\":300,\"order\":0,\"owner\":0}]",
	 "step 0: free: pages not held so"},
	{"steps", "[{\"op\":\"free\",\"mfn\":3,\"order\":2,\"owner\":null}]",
	 "step 0: free: bad mfn"},
	{"steps", "[{\"op\":\"alloc\",\"order\":1e30}]", "order: expected"},
	{"nr_nodes", "65", "nr_nodes: expected an integer 0..64"},
	{"online", "[9]", "online: not a set of the nodes"},
	{"online", "[64]", "online: expected an integer 0..63"},
	{"spans", "[[5,3,0]]", "spans: must ascend"},
	{"spans", "[[0,99999999999,0]]", "array element: expected"},
	{"ram", "[[0,2],[1,3]]", "ram: must ascend"},
	{"bootscrub", "\"maybe\"", "bootscrub: expected idle, on or off"},
	{"cpu_to_node", "[]", "cpu_to_node: expected an array of 1.."},
	{"boot_allocs", "[[1,3,0]]", "boot_allocs: bad size"},
};

START_TEST(test_a_record_that_is_none_is_refused)
{
	json_t *record = first_record();
	json_t *value = json_loads(wrongs[_i].value, JSON_DECODE_ANY, NULL);
	struct conform_result diff;
	struct err err = {{0}};

	ck_assert_ptr_nonnull(value);
	json_object_set_new(record, wrongs[_i].key, value);
	ck_assert_int_eq(conform_heap(record, &diff, &err), -1);
	ck_assert_msg(strncmp(err.text, wrongs[_i].text,
			      strlen(wrongs[_i].text)) == 0, "%s", err.text);
	json_decref(record);
}
END_TEST

START_TEST(test_kind_is_recognised)
{
	json_t *record = first_record(), *other = json_object();

	ck_assert(conform_heap_is(record));
	ck_assert(!conform_heap_is(other));
	json_decref(record);
	json_decref(other);
}
END_TEST

/* Files: not there, not JSON, cut in the middle of the compressed data. */
START_TEST(test_files_that_cannot_be_read)
{
	static char bytes[4000];
	char cut[64];
	struct conform_count count;
	struct err err = {{0}};
	FILE *in, *out;

	ck_assert_int_eq(conform_file("build/none", conform_heap, &count,
				      &err), -1);
	ck_assert_str_eq(err.text, "build/none: cannot be opened: "
			 "No such file or directory");
	/* All variants of this test may run at once. */
	snprintf(cut, sizeof(cut), "build/cut-%d.jsonl.gz", (int)getpid());
	in = fopen(golden, "rb");
	out = fopen(cut, "wb");
	ck_assert(in && out);
	ck_assert_uint_eq(fread(bytes, 1, sizeof(bytes), in), sizeof(bytes));
	ck_assert_uint_eq(fwrite(bytes, 1, sizeof(bytes), out), sizeof(bytes));
	fclose(in);
	fclose(out);
	err.text[0] = '\0';
	ck_assert_int_eq(conform_file(cut, conform_heap, &count, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, ".jsonl.gz:"));
	out = fopen(cut, "wb");
	fputs("\n{\"id\": 1\n", out);
	fclose(out);
	ck_assert_int_eq(conform_file(cut, conform_heap, &count, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, ".jsonl.gz:2: not JSON"));
	remove(cut);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("heap golden");
	TCase *tc = tcase_create("golden");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, test_every_recorded_trace_agrees);
	tcase_add_loop_test(tc, test_another_number_is_a_difference, 0,
			    sizeof(changes) / sizeof(changes[0]));
	tcase_add_loop_test(tc, test_a_record_that_is_none_is_refused, 0,
			    sizeof(wrongs) / sizeof(wrongs[0]));
	tcase_add_test(tc, test_kind_is_recognised);
	tcase_add_test(tc, test_files_that_cannot_be_read);
	suite_add_tcase(suite, tc);
	return suite;
}
