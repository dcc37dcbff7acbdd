/*
 * check_acpi.c - SRAT and SLIT: one by hand, 100 recorded ones, the corrected
 * mode, and that Intel's disassembler takes them.
 */
#include "run/conform_acpi.h"
#include "test/test.h"
#include "toolstack/acpi.h"

#include <stdlib.h>
#include <string.h>

static const char golden[] = "sim/test/golden/acpi.jsonl.gz";

START_TEST(test_every_recorded_table_agrees)
{
	struct conform_count count;
	struct err err = {{0}};

	ck_assert_msg(conform_file(golden, conform_acpi, &count, &err) == 0,
		      "%s", err.text);
	ck_assert_msg(count.agreed == count.total,
		      "record %s: %s: expected %s, got %s", count.first.id,
		      count.first.key, count.first.expected, count.first.got);
	ck_assert_uint_eq(count.total, 100);
}
END_TEST

/* Two vnodes, three vCPUs, two ranges. */
static struct xen_vmemrange ranges[] = {
	{0, 0x1000, 0, 0},
	{UINT64_C(0x100000000), UINT64_C(0x123456789), 0, 1},
};
static uint32_t distances[] = {10, 21, 20, 10};
static uint32_t vnodes[] = {0, 1, 0x101};
static struct vnuma_info info = {
	.nr_vnodes = 2,
	.nr_vcpus = 3,
	.nr_vmemranges = 2,
	.vmemrange = ranges,
	.vdistance = distances,
	.vcpu_to_vnode = vnodes,
};

static uint8_t sum_of(const struct acpi_table *t)
{
	uint8_t sum = 0;

	for (uint32_t i = 0; i < t->size_bytes; i++)
		sum = (uint8_t)(sum + t->byte[i]);
	return sum;
}

/* 48 bytes of header, 3 * 16, 2 * 40. Node 0x101 and APIC id 0x1fe are cut to
 * a byte. */
START_TEST(test_srat_by_hand)
{
	static const uint8_t cpu2[16] = {0, 16, 0x01, 0xfe, 1};
	static const uint8_t high[40] = {
		1, 40, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0,
		0x89, 0x67, 0x45, 0x23, 0, 0, 0, 0, 0, 0, 0, 0, 1};
	uint32_t ids[] = {0, 2, 0x1fe};
	struct arena *arena = arena_create();
	struct acpi_table t = acpi_srat(arena, &info, ids);

	ck_assert_uint_eq(t.size_bytes, 48 + 3 * 16 + 2 * 40);
	ck_assert_mem_eq(t.byte, "SRAT\xb0\0\0\0\1", 9);
	ck_assert_mem_eq(t.byte + 10, "Xen\0\0\0HVM\0\0\0\0\0\0\0\0\0HVML\0\0\0"
				      "\0\1\0\0\0\0\0\0\0\0\0\0\0", 38);
	ck_assert_mem_eq(t.byte + 48 + 2 * 16, cpu2, 16);
	ck_assert_mem_eq(t.byte + 48 + 3 * 16 + 40, high, 40);
	ck_assert_uint_eq(sum_of(&t), 0);
	arena_destroy(arena);
}
END_TEST

START_TEST(test_slit_by_hand)
{
	struct arena *arena = arena_create();
	struct acpi_table t = acpi_slit(arena, &info, ACPI_AS_XEN);

	ck_assert_uint_eq(t.size_bytes, 44 + 4);
	ck_assert_mem_eq(t.byte, "SLIT\x30\0\0\0\1", 9);
	ck_assert_mem_eq(t.byte + 36, "\2\0\0\0\0\0\0\0\x0a\x15\x14\x0a", 12);
	ck_assert_uint_eq(sum_of(&t), 0);
	ck_assert(acpi_slit_valid(&t));
	arena_destroy(arena);
}
END_TEST

START_TEST(test_apic_ids_are_even)
{
	struct arena *arena = arena_create();
	uint32_t *id = acpi_ids_of_xen(arena, 130);

	ck_assert_uint_eq(id[0], 0);
	ck_assert_uint_eq(id[1], 2);
	ck_assert_uint_eq(id[129], 258);
	arena_destroy(arena);
}
END_TEST

/* What Xen writes, what we write, and whether a guest takes each. */
static const struct {
	uint32_t distance[4];
	uint8_t xen[4], ours[4];
	bool xen_valid, ours_valid;
} matrices[] = {
	{{10, 21, 21, 10}, {10, 21, 21, 10}, {10, 21, 21, 10}, true, true},
	{{0, 0, 0, 0}, {0, 0, 0, 0}, {10, 20, 20, 10}, false, true},
	{{10, 30, 0, 10}, {10, 30, 0, 10}, {10, 30, 20, 10}, false, true},
	{{10, 300, 256, 10}, {10, 44, 0, 10}, {10, 254, 254, 10}, false, true},
	{{10, 255, 255, 10}, {10, 255, 255, 10}, {10, 255, 255, 10}, true,
	 true},
	/* Given, and wrong: left as it is in both. */
	{{20, 20, 20, 20}, {20, 20, 20, 20}, {20, 20, 20, 20}, false, false},
	{{10, 10, 10, 10}, {10, 10, 10, 10}, {10, 10, 10, 10}, false, false},
};

START_TEST(test_corrected_slit)
{
	struct arena *arena = arena_create();
	struct vnuma_info i = info;

	i.vdistance = (uint32_t *)matrices[_i].distance;
	struct acpi_table xen = acpi_slit(arena, &i, ACPI_AS_XEN);
	struct acpi_table ours = acpi_slit(arena, &i, ACPI_CORRECTED);

	ck_assert_mem_eq(xen.byte + 44, matrices[_i].xen, 4);
	ck_assert_mem_eq(ours.byte + 44, matrices[_i].ours, 4);
	ck_assert(acpi_slit_valid(&xen) == matrices[_i].xen_valid);
	ck_assert(acpi_slit_valid(&ours) == matrices[_i].ours_valid);
	ck_assert_uint_eq(sum_of(&xen), 0);
	ck_assert_uint_eq(sum_of(&ours), 0);
	arena_destroy(arena);
}
END_TEST

static const char record_text[] =
	"{\"id\":7,\"nr_vnodes\":1,\"vcpu_to_vnode\":[],\"apic_ids\":[],"
	"\"vmemranges\":[],\"vdistance\":[10],"
	"\"srat\":\"53524154300000000147"
	"58656e00000048564d00000000000000000048564d4c00000000"
	"010000000000000000000000\","
	"\"slit\":\"534c49542d000000013e"
	"58656e00000048564d00000000000000000048564d4c00000000"
	"01000000000000000a\"}";

static const struct {
	const char *key, *value, *differs;
} changes[] = {
	{"id", "8", NULL},
	{"vdistance", "[11]", "slit[9]"},
	{"vmemranges", "[[0,4096,0]]", "srat[4]"},
	{"srat", "\"53524155\"", "srat[3]"},
	{"slit", "\"\"", "slit[0]"},
};

START_TEST(test_another_answer_is_a_difference)
{
	json_t *record = json_loads(record_text, 0, NULL);
	struct conform_result result;
	struct err err = {{0}};

	json_object_set_new(record, changes[_i].key,
			    json_loads(changes[_i].value, JSON_DECODE_ANY,
				       NULL));
	ck_assert(conform_acpi_is(record));
	ck_assert_int_eq(conform_acpi(record, &result, &err), 0);
	ck_assert_msg(result.agrees == (changes[_i].differs == NULL),
		      "%s: expected %s, got %s", result.key, result.expected,
		      result.got);
	if (changes[_i].differs)
		ck_assert_str_eq(result.key, changes[_i].differs);
	json_decref(record);
}
END_TEST

static const struct {
	const char *key, *value, *why;
} malformed[] = {
	{"nr_vnodes", "1e30", "nr_vnodes: expected an integer 0..1024"},
	{"nr_vnodes", "2", "vdistance: expected an array of 4..4 elements"},
	{"vcpu_to_vnode", "[0]", "apic_ids: expected an array of 1..1 elements"},
	{"vmemranges", "[[1,2]]",
	 "array element: expected an integer 0..4294967295"},
	{"slit", "5", "slit: expected a string of hex digits"},
};

START_TEST(test_a_record_that_is_none_is_refused)
{
	json_t *record = json_loads(record_text, 0, NULL);
	struct conform_result result;
	struct err err = {{0}};

	json_object_set_new(record, malformed[_i].key,
			    json_loads(malformed[_i].value, JSON_DECODE_ANY,
				       NULL));
	ck_assert_int_eq(conform_acpi(record, &result, &err), -1);
	ck_assert_str_eq(err.text, malformed[_i].why);
	json_decref(record);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

Suite *suite_make(void)
{
	Suite *suite = suite_create("acpi");
	TCase *tc = tcase_create("acpi");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_every_recorded_table_agrees);
	tcase_add_test(tc, test_srat_by_hand);
	tcase_add_test(tc, test_slit_by_hand);
	tcase_add_test(tc, test_apic_ids_are_even);
	tcase_add_loop_test(tc, test_corrected_slit, 0, COUNT(matrices));
	tcase_add_loop_test(tc, test_another_answer_is_a_difference, 0,
			    COUNT(changes));
	tcase_add_loop_test(tc, test_a_record_that_is_none_is_refused, 0,
			    COUNT(malformed));
	suite_add_tcase(suite, tc);
	return suite;
}
