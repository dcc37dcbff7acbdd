/*
 * check_vnuma_plan.c - a guest's file through all steps of libxl: where it would
 * end, and what Xen would hold of it.
 */
#include "test/test.h"
#include "toolstack/vnuma_plan.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))
#define MIB(n) ((uint64_t)(n) << 20)

static const uint16_t cpu_to_node[] = {0, 0, 1, 1};
static const struct xlcfg_host host = {2, 4, cpu_to_node};

static struct arena *arena;
static struct xlcfg *config;

static void setup(void)
{
	arena = arena_create();
}

static void teardown(void)
{
	arena_destroy(arena);
}

static struct vnuma_ask ask_of(const char *text)
{
	struct err err;

	config = xlcfg_parse(arena, "g.cfg", text, &err);
	ck_assert_msg(config != NULL, "%s", err.text);
	ck_assert_msg(xlcfg_bind(config, &host, arena, &err) == 0, "%s",
		      err.text);
	return (struct vnuma_ask){.config = config, .host = &host};
}

static struct vnuma_plan plan_of(const char *text)
{
	struct vnuma_ask ask = ask_of(text);
	struct vnuma_plan plan;

	vnuma_plan_make(arena, &ask, &plan);
	return plan;
}

#define HVM "name='x'\ntype='hvm'\nvga='none'\n"
#define TWO "vnuma=[['pnode=0','size=64','vcpus=0-1','vdistances=10,20'],"\
	    "['pnode=1','size=32','vcpus=2','vdistances=21,10']]\n"

START_TEST(test_what_xen_holds)
{
	static const uint32_t distance[] = {10, 20, 21, 10};
	static const uint32_t vcpu_to_vnode[] = {0, 0, 1};
	struct vnuma_plan plan = plan_of(HVM TWO);
	struct vnuma_info info;

	ck_assert_int_eq(plan.refusal.xl_status, 0);
	ck_assert_str_eq(plan.refusal.text, "");
	ck_assert_uint_eq(plan.stored->vnode_to_pnode[1], 1);
	info = vnuma_plan_read_back(arena, &plan);
	ck_assert_uint_eq(info.nr_vnodes, 2);
	ck_assert_uint_eq(info.nr_vcpus, 3);
	ck_assert_uint_eq(info.nr_vmemranges, 2);
	ck_assert_mem_eq(info.vdistance, distance, sizeof(distance));
	ck_assert_mem_eq(info.vcpu_to_vnode, vcpu_to_vnode,
			 sizeof(vcpu_to_vnode));
	ck_assert_uint_eq(info.vmemrange[1].start_bytes, MIB(64));
	ck_assert_uint_eq(info.vmemrange[1].end_bytes, MIB(96));
	ck_assert_ptr_null(info.vnode_to_pnode);
}
END_TEST

START_TEST(test_a_heuristics_nodes_instead_of_the_files)
{
	static const uint8_t other[] = {1, 1}, bad[] = {0, 2};
	struct vnuma_ask ask = ask_of(HVM TWO);
	struct vnuma_plan plan;

	ask.vnode_to_pnode = other;
	vnuma_plan_make(arena, &ask, &plan);
	ck_assert_uint_eq(plan.stored->vnode_to_pnode[0], 1);
	ask.vnode_to_pnode = bad;
	vnuma_plan_make(arena, &ask, &plan);
	ck_assert_int_eq((int)plan.verdict.reason, (int)VNUMA_BAD_PNODE);
}
END_TEST

static const struct {
	const char *text;
	int xl_status, libxl_rc;
	uint32_t ranges;
	bool stored;
	const char *message;
} refusals[] = {
	{"name='x'\n" TWO, 6, -6, 2, true, "PV vNUMA is not yet supported"},
	{"name='x'\nvnuma=[['size=8','vcpus=0'],['size=8','vcpus=0']]\n", 6,
	 -6, 2, false, "PV vNUMA is not yet supported"}, /* the first counts */
	{HVM "memory=95\n" TWO, 6, -6, 0, false,
	 "Cannot enable PoD and vNUMA at the same time"},
	{"name='x'\ntype='pvh'\nmemory=95\n" TWO, 6, -6, 0, false,
	 "Cannot enable PoD and vNUMA at the same time"},
	{"name='x'\ntype='hvm'\nvnuma=[['size=7','vcpus=0'],['size=9',"
	 "'vcpus=1']]\n", 3, -6, 0, false,
	 "vnode 0 too small to contain video ram"},
	{HVM "vnuma=[['size=8','vcpus=0-1'],['size=8','vcpus=1-2']]\n"
	     "maxvcpus=4\n", 3, -20, 2, false,
	 "Vcpu 1 assigned more than once"},
	{HVM "vnuma=[['size=8','vcpus=0,2'],['size=8','vcpus=9']]\n"
	     "maxvcpus=3\n", 3, -20, 2, false,
	 "Vcpu 1 is not assigned to any vnode"},
	{HVM "vnuma=[['size=8','vcpus=0','vdistances=10,5'],"
	     "['size=8','vcpus=1','vdistances=5,10']]\n", 3, -20, 2, false,
	 "Distance from 0 to 1 smaller than 0's local distance"},
	{"name='x'\ntype='pvh'\n" TWO, 3, -3, 2, true,
	 "xc_domain_getvnuma failed (rc=-1)"},
};

START_TEST(test_where_each_ends)
{
	struct vnuma_plan plan = plan_of(refusals[_i].text);

	ck_assert_str_eq(plan.refusal.text, refusals[_i].message);
	ck_assert_int_eq(plan.refusal.xl_status, refusals[_i].xl_status);
	ck_assert_int_eq(plan.refusal.libxl_rc, refusals[_i].libxl_rc);
	ck_assert_uint_eq(plan.ranges.count, refusals[_i].ranges);
	ck_assert((plan.stored != NULL) == refusals[_i].stored);
}
END_TEST

/* Above the sum of the vnodes: accepted, and built from the sum. */
START_TEST(test_more_memory_than_vnodes)
{
	struct vnuma_plan plan = plan_of(HVM "memory=128\n" TWO);
	struct build_memory memory;
	struct build_layout layout;

	ck_assert_int_eq(plan.refusal.xl_status, 0);
	ck_assert_uint_eq(plan.ranges.range[1].end_bytes, MIB(96));
	vnuma_plan_memory(config, &memory);
	build_layout_init(&layout, &memory);
	ck_assert_uint_eq(layout.total_pages * 4096, MIB(96));
	/* Claimed: 128 MiB but the VGA hole. */
	ck_assert_uint_eq(build_claim_pages(&layout) * 4096,
			  MIB(128) - 0x20 * 4096);
}
END_TEST

/* A mask for all vCPUs; or a list, whose missing entries are no masks. vCPUs
 * 0, 1 on node 0, 2 on node 1; CPUs 0, 1 on node 0. */
static const struct {
	const char *text;
	uint32_t mismatches;
} masks[] = {
	{HVM TWO, 0},
	{HVM TWO "cpus='0-1'\n", 1},
	{HVM TWO "cpus='all'\n", 3},
	{HVM TWO "cpus=['0']\n", 0},
	{HVM TWO "cpus=['0','3']\n", 1},
	{HVM TWO "cpus=['0','1','2']\ncpus_soft='2'\n", 2},
};

START_TEST(test_masks_the_user_gave)
{
	struct vnuma_plan plan = plan_of(masks[_i].text);

	ck_assert_int_eq(plan.refusal.xl_status, 0);
	ck_assert_uint_eq(plan.verdict.mismatch_count, masks[_i].mismatches);
}
END_TEST

/* 64 and 32 MiB of PV over RAM of 80 MiB and, from 4 GiB, the rest. */
START_TEST(test_pv_over_the_hosts_map)
{
	static const struct e820_entry e820[] = {
		{MIB(1), MIB(79), E820_RAM},
		{MIB(80), MIB(1), E820_RESERVED},
	};
	struct vnuma_ask ask = ask_of("name='x'\n" TWO);
	struct vnuma_plan plan;

	ask.e820 = e820;
	ask.e820_count = 2;
	vnuma_plan_make(arena, &ask, &plan);
	ck_assert_int_eq(plan.refusal.xl_status, 6);
	ck_assert_uint_eq(plan.ranges.count, 3);
	ck_assert_uint_eq(plan.ranges.range[1].start_bytes, MIB(64));
	ck_assert_uint_eq(plan.ranges.range[1].end_bytes, MIB(80));
	ck_assert_uint_eq(plan.ranges.range[2].start_bytes, MIB(4096));
	ck_assert_uint_eq(plan.ranges.range[2].end_bytes, MIB(4112));
	ask.e820_count = 0;
	vnuma_plan_make(arena, &ask, &plan);
	ck_assert_uint_eq(plan.ranges.count, 0);
	ck_assert_ptr_null(plan.stored);
}
END_TEST

/* 32 vnodes are what Xen takes; a vnode of nothing has no range. */
START_TEST(test_32_vnodes)
{
	char text[4096] = HVM "vnuma=[";
	struct vnuma_plan plan;

	for (uint32_t v = 0; v < 32; v++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "%s['size=%u','vcpus=%u']", v ? "," : "", v % 2 * 4,
			 v);
	strcat(text, "]\nmaxvcpus=32\n");
	plan = plan_of(text);
	ck_assert_int_eq(plan.refusal.xl_status, 0);
	ck_assert_uint_eq(plan.stored->nr_vnodes, 32);
	ck_assert_uint_eq(plan.stored->nr_vmemranges, 16);
}
END_TEST

START_TEST(test_reading_back_nothing_aborts)
{
	struct vnuma_plan plan = plan_of(HVM "memory=95\n" TWO);

	(void)vnuma_plan_read_back(arena, &plan);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("vnuma_plan");
	TCase *tc = tcase_create("plan");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_what_xen_holds);
	tcase_add_test(tc, test_a_heuristics_nodes_instead_of_the_files);
	tcase_add_loop_test(tc, test_where_each_ends, 0, COUNT(refusals));
	tcase_add_test(tc, test_more_memory_than_vnodes);
	tcase_add_loop_test(tc, test_masks_the_user_gave, 0, COUNT(masks));
	tcase_add_test(tc, test_pv_over_the_hosts_map);
	tcase_add_test(tc, test_32_vnodes);
	tcase_add_test_raise_signal(tc, test_reading_back_nothing_aborts,
				    SIGABRT);
	suite_add_tcase(suite, tc);
	return suite;
}
