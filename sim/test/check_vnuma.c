/*
 * check_vnuma.c - XEN_DOMCTL_setvnumainfo and XENMEM_get_vnumainfo: every rule
 * of facts/xen.md 2.4, in its order, and what a guest may read back.
 */
#include "test/test.h"
#include "xen/vnuma.h"

#include <errno.h>
#include <string.h>

enum { VNODES = 33, VCPUS = 4, RANGES = 171 };

static struct arena *arena;
static struct vnuma_info info;
static const struct vnuma_info *stored;

/* 2 vnodes, 4 vCPUs and 3 ranges are looked at; there is room for more. */
static void setup(void)
{
	arena = arena_create();
	stored = NULL;
	info = (struct vnuma_info){
		.nr_vnodes = 2,
		.nr_vcpus = VCPUS,
		.nr_vmemranges = 3,
		.vmemrange = arena_array(arena, RANGES,
					 sizeof(struct xen_vmemrange)),
		.vdistance = arena_array(arena, VNODES * VNODES,
					 sizeof(uint32_t)),
		.vcpu_to_vnode = arena_array(arena, VCPUS, sizeof(uint32_t)),
		.vnode_to_pnode = arena_array(arena, VNODES, sizeof(uint32_t)),
	};
	for (uint32_t i = 0; i < RANGES; i++)
		info.vmemrange[i] = (struct xen_vmemrange){
			i * 4096, (i + 1) * 4096, 0, i % 2};
	for (uint32_t i = 0; i < VNODES * VNODES; i++)
		info.vdistance[i] = 100 + i;
	for (uint32_t i = 0; i < VCPUS; i++)
		info.vcpu_to_vnode[i] = i / 2;
	for (uint32_t i = 0; i < VNODES; i++)
		info.vnode_to_pnode[i] = 63 - i % 2;
}

static void teardown(void)
{
	arena_destroy(arena);
}

static int set(void)
{
	return vnuma_set(arena, VCPUS, &info, &stored);
}

START_TEST(test_set_copies)
{
	ck_assert_int_eq(set(), 0);
	ck_assert_ptr_nonnull(stored);
	info.vdistance[3] = 0;
	info.vmemrange[2].end_bytes = 0;
	ck_assert_uint_eq(stored->vdistance[3], 103);
	ck_assert_uint_eq(stored->vmemrange[2].end_bytes, 3 * 4096);
	ck_assert_uint_eq(stored->vnode_to_pnode[1], 62);
}
END_TEST

START_TEST(test_set_again_replaces_and_a_refusal_keeps)
{
	const struct vnuma_info *first;

	ck_assert_int_eq(set(), 0);
	first = stored;
	info.pad = 1;
	ck_assert_int_eq(set(), -EINVAL);
	ck_assert_ptr_eq(stored, first);
	info.pad = 0;
	info.vdistance[0] = 7;
	ck_assert_int_eq(set(), 0);
	ck_assert_uint_eq(stored->vdistance[0], 7);
}
END_TEST

START_TEST(test_vcpus_must_be_the_domains)
{
	info.nr_vcpus = VCPUS - 1;
	ck_assert_int_eq(set(), -EINVAL);
	info.nr_vcpus = VCPUS + 1;
	ck_assert_int_eq(set(), -EINVAL);
}
END_TEST

START_TEST(test_32_vnodes_and_170_ranges_are_the_most)
{
	info.nr_vnodes = 0;
	ck_assert_int_eq(set(), -EINVAL);
	info.nr_vnodes = 33;
	ck_assert_int_eq(set(), -EINVAL);
	info.nr_vnodes = 32;
	ck_assert_int_eq(set(), 0);
	info.nr_vmemranges = 171;
	ck_assert_int_eq(set(), -EINVAL);
	info.nr_vmemranges = 170;
	ck_assert_int_eq(set(), 0);
	info.nr_vmemranges = 0;
	ck_assert_int_eq(set(), 0);
}
END_TEST

START_TEST(test_numbers_too_large)
{
	info.vcpu_to_vnode[3] = 2;
	ck_assert_int_eq(set(), -E2BIG);
	info.vcpu_to_vnode[3] = 1;
	info.vnode_to_pnode[1] = 64;
	ck_assert_int_eq(set(), -E2BIG);
	info.vnode_to_pnode[1] = 63;
	ck_assert_int_eq(set(), 0);
}
END_TEST

START_TEST(test_flags_and_missing_arrays)
{
	info.vmemrange[2].flags = 1;
	ck_assert_int_eq(set(), -EINVAL);
	info.vmemrange[2].flags = 0;
	info.vmemrange[3].flags = 1; /* not looked at */
	ck_assert_int_eq(set(), 0);
	info.vdistance = NULL;
	ck_assert_int_eq(set(), -EFAULT);
}
END_TEST

/* Each error hides those after it. */
START_TEST(test_the_order_of_the_checks)
{
	info.vmemrange[0].flags = 1;
	info.vnode_to_pnode[0] = 64;
	ck_assert_int_eq(set(), -E2BIG);
	info.vmemrange = NULL;
	ck_assert_int_eq(set(), -EFAULT);
	info.nr_vnodes = 33;
	ck_assert_int_eq(set(), -EINVAL);
}
END_TEST

/* Xen does not look at ranges, distances, or whether a pnode is there. */
START_TEST(test_nonsense_is_stored)
{
	info.vmemrange[0] = (struct xen_vmemrange){9, 3, 0, 77};
	info.vdistance[0] = 0;
	ck_assert_int_eq(set(), 0);
	ck_assert_uint_eq(stored->vmemrange[0].nid, 77);
}
END_TEST

/* --- get --------------------------------------------------------------------- */

START_TEST(test_get_without_vnuma)
{
	struct vnuma_info answer = {0};

	ck_assert_int_eq(vnuma_get(NULL, &answer), -EOPNOTSUPP);
	answer.pad = 1;
	ck_assert_int_eq(vnuma_get(NULL, &answer), -EINVAL);
}
END_TEST

static void ck_assert_counts(const struct vnuma_info *answer)
{
	ck_assert_uint_eq(answer->nr_vnodes, 2);
	ck_assert_uint_eq(answer->nr_vcpus, VCPUS);
	ck_assert_uint_eq(answer->nr_vmemranges, 3);
	ck_assert_ptr_null(answer->vnode_to_pnode);
}

/* Too small in one of three, or in all: the counts come back. */
START_TEST(test_get_says_how_much_room_it_needs)
{
	static const uint32_t room[][3] = {
		{0, 0, 0}, {1, 9, 9}, {9, VCPUS - 1, 9}, {9, 9, 2}};
	struct vnuma_info answer = {
		.nr_vnodes = room[_i][0],
		.nr_vcpus = room[_i][1],
		.nr_vmemranges = room[_i][2],
		.vnode_to_pnode = info.vnode_to_pnode,
	};

	ck_assert_int_eq(set(), 0);
	ck_assert_int_eq(vnuma_get(stored, &answer), -ENOBUFS);
	ck_assert_counts(&answer);
}
END_TEST

START_TEST(test_get_tells_all_but_the_pnodes)
{
	struct xen_vmemrange range[5] = {{0}};
	uint32_t distance[9] = {0}, vcpu_to_vnode[5] = {0}, pnode[3] = {9, 9, 9};
	struct vnuma_info answer = {
		.nr_vnodes = 3,
		.nr_vcpus = 5,
		.nr_vmemranges = 5,
		.vmemrange = range,
		.vdistance = distance,
		.vcpu_to_vnode = vcpu_to_vnode,
		.vnode_to_pnode = pnode,
	};

	ck_assert_int_eq(set(), 0);
	ck_assert_int_eq(vnuma_get(stored, &answer), 0);
	ck_assert_counts(&answer);
	ck_assert_uint_eq(pnode[0], 9);
	ck_assert_uint_eq(distance[3], 103);
	ck_assert_uint_eq(distance[4], 0);
	ck_assert_uint_eq(vcpu_to_vnode[3], 1);
	ck_assert_uint_eq(vcpu_to_vnode[4], 0);
	ck_assert_uint_eq(range[2].end_bytes, 3 * 4096);
	ck_assert_uint_eq(range[3].end_bytes, 0);
	answer.vcpu_to_vnode = NULL;
	ck_assert_int_eq(vnuma_get(stored, &answer), -EFAULT);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("vnuma");
	TCase *tc = tcase_create("vnuma");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_set_copies);
	tcase_add_test(tc, test_set_again_replaces_and_a_refusal_keeps);
	tcase_add_test(tc, test_vcpus_must_be_the_domains);
	tcase_add_test(tc, test_32_vnodes_and_170_ranges_are_the_most);
	tcase_add_test(tc, test_numbers_too_large);
	tcase_add_test(tc, test_flags_and_missing_arrays);
	tcase_add_test(tc, test_the_order_of_the_checks);
	tcase_add_test(tc, test_nonsense_is_stored);
	tcase_add_test(tc, test_get_without_vnuma);
	tcase_add_loop_test(tc, test_get_says_how_much_room_it_needs, 0, 4);
	tcase_add_test(tc, test_get_tells_all_but_the_pnodes);
	suite_add_tcase(suite, tc);
	return suite;
}
