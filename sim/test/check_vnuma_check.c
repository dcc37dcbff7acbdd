/*
 * check_vnuma_check.c - every rule of libxl__vnuma_config_check() and of the
 * defaults stage, with the words, and which hides which.
 */
#include "test/test.h"
#include "toolstack/vnuma_check.h"

#include <string.h>

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

static struct arena *arena;
static uint32_t distance[2][2];
static struct vnuma_vnode vnode[2];
static struct xen_vmemrange range[3];
static struct vmemrange_list list;
static const uint16_t cpu_to_node[] = {0, 0, 1, 1};
static struct vnuma_config config;

static cpuset cpus(uint32_t first, uint32_t last)
{
	cpuset s = cpuset_below(0);

	for (uint32_t i = first; i <= last; i++)
		cpuset_add(&s, i);
	return s;
}

/* A guest with nothing wrong: 3 vCPUs, 2 vnodes, 300 KiB, 2 nodes of 2 CPUs. */
static void setup(void)
{
	arena = arena_create();
	memcpy(distance, (uint32_t[2][2]){{10, 20}, {20, 10}},
	       sizeof(distance));
	vnode[0] = (struct vnuma_vnode){100, 0, cpus(0, 1), distance[0]};
	vnode[1] = (struct vnuma_vnode){200, 1, cpus(2, 2), distance[1]};
	range[0] = (struct xen_vmemrange){0, 100, 0, 0};
	range[1] = (struct xen_vmemrange){100, 200, 0, 1};
	range[2] = (struct xen_vmemrange){200, 300, 0, 1};
	list = (struct vmemrange_list){range, 3};
	config = (struct vnuma_config){
		.vnode_count = 2,
		.vnode = vnode,
		.max_kib = 300,
		.max_vcpus = 3,
		.node_count = 2,
		.cpu_count = 4,
		.cpu_to_node = cpu_to_node,
	};
}

static void teardown(void)
{
	arena_destroy(arena);
}

static struct vnuma_verdict check(void)
{
	struct vnuma_verdict verdict;

	vnuma_check(arena, &config, &list, &verdict);
	ck_assert_int_eq(verdict.rc, verdict.reason == VNUMA_GOOD ? 0 : -20);
	ck_assert((verdict.text[0] == '\0') == (verdict.rc == 0));
	return verdict;
}

static void refuses(enum vnuma_reason reason, const char *text)
{
	struct vnuma_verdict verdict = check();

	ck_assert_str_eq(verdict.text, text);
	ck_assert_int_eq((int)verdict.reason, (int)reason);
}

START_TEST(test_nothing_wrong)
{
	struct vnuma_verdict verdict = check();

	ck_assert_int_eq(verdict.rc, 0);
	ck_assert_uint_eq(verdict.mismatch_count, 0);
}
END_TEST

START_TEST(test_1_pnode)
{
	vnode[1].pnode = 2;
	refuses(VNUMA_BAD_PNODE, "Invalid pnode: vnode 1 names node 2, the host "
		"has 0 to 1");
}
END_TEST

START_TEST(test_2_memory)
{
	config.max_kib = 301;
	refuses(VNUMA_MEMORY_MISMATCH, "Amount of memory mismatch: the vnodes "
		"have 300 KiB, the guest 301 KiB");
}
END_TEST

START_TEST(test_3_vcpu_twice)
{
	cpuset_add(&vnode[1].vcpus, 1);
	refuses(VNUMA_VCPU_DUPLICATE, "Vcpu 1 assigned more than once");
}
END_TEST

/* max_vcpus 3 is rounded up to 8: vCPU 7 is tracked, 8 is not seen. */
START_TEST(test_3_numbers_above_max_vcpus)
{
	cpuset_add(&vnode[0].vcpus, 7);
	cpuset_add(&vnode[0].vcpus, 8);
	cpuset_add(&vnode[1].vcpus, 8);
	ck_assert_int_eq(check().rc, 0);
	cpuset_add(&vnode[1].vcpus, 7);
	refuses(VNUMA_VCPU_DUPLICATE, "Vcpu 7 assigned more than once");
}
END_TEST

START_TEST(test_4_vcpu_nowhere)
{
	vnode[1].vcpus = cpuset_below(0);
	refuses(VNUMA_VCPU_UNASSIGNED, "Vcpu 2 is not assigned to any vnode");
}
END_TEST

/* vCPU 0: hard on the wrong node. 1: hard on both, soft on none. 2: as it
 * should be. No mask for the rest. */
START_TEST(test_5_warnings)
{
	cpuset hard[] = {cpus(2, 3), cpus(1, 2), cpus(2, 2)};
	cpuset soft[] = {cpus(0, 1), cpuset_below(0)};
	struct vnuma_verdict verdict;
	char text[VNUMA_TEXT_MAX];

	config.hard = hard;
	config.hard_count = 3;
	config.soft = soft;
	config.soft_count = 2;
	verdict = check();
	ck_assert_int_eq(verdict.rc, 0);
	ck_assert_uint_eq(verdict.mismatch_count, 3);
	vnuma_mismatch_text(&verdict.mismatch[0], text);
	ck_assert_str_eq(text, "Vcpu 0 hard affinity and vnuma info mismatch");
	vnuma_mismatch_text(&verdict.mismatch[1], text);
	ck_assert_str_eq(text, "Vcpu 1 hard affinity and vnuma info mismatch");
	vnuma_mismatch_text(&verdict.mismatch[2], text);
	ck_assert_str_eq(text, "Vcpu 1 soft affinity and vnuma info mismatch");
}
END_TEST

/* CPUs of the mask that the host does not have belong to no node. */
START_TEST(test_5_cpus_that_are_not_there)
{
	cpuset hard[] = {cpus(0, 900), cpus(900, 901)};

	config.hard = hard;
	config.hard_count = 2;
	ck_assert_uint_eq(check().mismatch_count, 2);
	config.cpu_count = 2;
	ck_assert_uint_eq(check().mismatch_count, 1);
}
END_TEST

START_TEST(test_6_end_before_start)
{
	range[1].end_bytes = 99;
	refuses(VNUMA_RANGE_END_BEFORE_START, "vmemrange of vnode 1 ends at "
		"0x63, before its start 0x64");
}
END_TEST

START_TEST(test_6_overlap)
{
	range[0].end_bytes = 101;
	refuses(VNUMA_RANGES_OVERLAP, "vmemranges overlap: vnode 0 ends at "
		"0x65, vnode 1 starts at 0x64");
}
END_TEST

/* Touching and empty ranges are fine, and the order given is not the one that
 * counts; those of equal start keep theirs. */
START_TEST(test_6_sorted_first)
{
	range[0] = (struct xen_vmemrange){200, 300, 0, 5};
	range[1] = (struct xen_vmemrange){100, 100, 0, 6};
	range[2] = (struct xen_vmemrange){100, 200, 0, 7};
	ck_assert_int_eq(check().rc, 0);
	ck_assert_uint_eq(range[0].nid, 6);
	ck_assert_uint_eq(range[1].nid, 7);
	ck_assert_uint_eq(range[2].nid, 5);
}
END_TEST

START_TEST(test_7_distances)
{
	distance[1][0] = 9;
	refuses(VNUMA_REMOTE_BELOW_LOCAL,
		"Distance from 1 to 0 smaller than 1's local distance");
	distance[1][0] = 10; /* equal is fine, and so is asymmetry */
	ck_assert_int_eq(check().rc, 0);
	memset(distance, 0, sizeof(distance));
	ck_assert_int_eq(check().rc, 0);
}
END_TEST

/* Everything wrong; repaired one by one, the next comes up. Ranges stay as
 * given until the check has got to them. */
START_TEST(test_the_first_failure_counts)
{
	cpuset hard[] = {cpus(2, 3)};

	config.hard = hard;
	config.hard_count = 1;
	vnode[1].pnode = 9;
	config.max_kib = 5;
	vnode[1].vcpus = cpus(1, 1);
	range[0].start_bytes = 150; /* out of order, and ends too early */
	range[2].start_bytes = 50;
	distance[0][0] = 30;
	ck_assert_int_eq((int)check().reason, (int)VNUMA_BAD_PNODE);
	vnode[1].pnode = 1;
	ck_assert_int_eq((int)check().reason, (int)VNUMA_MEMORY_MISMATCH);
	config.max_kib = 300;
	ck_assert_int_eq((int)check().reason, (int)VNUMA_VCPU_DUPLICATE);
	vnode[1].vcpus = cpuset_below(0);
	ck_assert_int_eq((int)check().reason, (int)VNUMA_VCPU_UNASSIGNED);
	ck_assert_uint_eq(check().mismatch_count, 0);
	ck_assert_uint_eq(range[0].start_bytes, 150);
	vnode[1].vcpus = cpus(2, 2);
	ck_assert_int_eq((int)check().reason,
			 (int)VNUMA_RANGE_END_BEFORE_START);
	ck_assert_uint_eq(check().mismatch_count, 1);
	ck_assert_uint_eq(range[0].start_bytes, 50);
	range[2].end_bytes = 160;
	ck_assert_int_eq((int)check().reason, (int)VNUMA_RANGES_OVERLAP);
	range[0].end_bytes = range[1].start_bytes;
	range[1].end_bytes = range[2].start_bytes;
	ck_assert_int_eq((int)check().reason, (int)VNUMA_REMOTE_BELOW_LOCAL);
	distance[0][0] = 10;
	ck_assert_int_eq((int)check().reason, (int)VNUMA_GOOD);
}
END_TEST

static const struct {
	enum xlcfg_type type;
	uint64_t memory_kib;
	const char *text; /* maxmem is 100 KiB */
} defaults[] = {
	{XLCFG_HVM, 100, NULL},
	{XLCFG_HVM, 101, NULL}, /* more than the vnodes: not a word */
	{XLCFG_HVM, 99, "Cannot enable PoD and vNUMA at the same time"},
	{XLCFG_PVH, 100, NULL},
	{XLCFG_PVH, 99, "Cannot enable PoD and vNUMA at the same time"},
	{XLCFG_PV, 100, "PV vNUMA is not yet supported"},
	{XLCFG_PV, 99, "PV vNUMA is not yet supported"},
};

START_TEST(test_defaults_stage)
{
	const char *text = vnuma_check_defaults(
		defaults[_i].type, defaults[_i].memory_kib, 100);

	if (defaults[_i].text)
		ck_assert_str_eq(text, defaults[_i].text);
	else
		ck_assert_ptr_null(text);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("vnuma_check");
	TCase *tc = tcase_create("rules");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_nothing_wrong);
	tcase_add_test(tc, test_1_pnode);
	tcase_add_test(tc, test_2_memory);
	tcase_add_test(tc, test_3_vcpu_twice);
	tcase_add_test(tc, test_3_numbers_above_max_vcpus);
	tcase_add_test(tc, test_4_vcpu_nowhere);
	tcase_add_test(tc, test_5_warnings);
	tcase_add_test(tc, test_5_cpus_that_are_not_there);
	tcase_add_test(tc, test_6_end_before_start);
	tcase_add_test(tc, test_6_overlap);
	tcase_add_test(tc, test_6_sorted_first);
	tcase_add_test(tc, test_7_distances);
	tcase_add_test(tc, test_the_first_failure_counts);
	tcase_add_loop_test(tc, test_defaults_stage, 0, COUNT(defaults));
	suite_add_tcase(suite, tc);
	return suite;
}
