/*
 * check_vmemrange.c - where vnodes lie: the vectors of facts/xen.md 2.2, and
 * the corners, by hand.
 */
#include "base/units.h"
#include "test/test.h"
#include "toolstack/vmemrange.h"

#include <signal.h>

#define MIB(n) ((uint64_t)(n) << 20)
#define GIB(n) ((uint64_t)(n) << 30)

static struct arena *arena;

static void setup(void)
{
	arena = arena_create();
}

static void teardown(void)
{
	arena_destroy(arena);
}

static void ck_assert_range(const struct vmemrange_list *list, uint32_t i,
			    uint64_t start, uint64_t end, uint32_t vnode)
{
	ck_assert_uint_lt(i, list->count);
	ck_assert_uint_eq(list->range[i].start_bytes, start);
	ck_assert_uint_eq(list->range[i].end_bytes, end);
	ck_assert_uint_eq(list->range[i].nid, vnode);
	ck_assert_uint_eq(list->range[i].flags, 0);
}

struct vector {
	uint64_t size_mib[2];
	uint32_t count;
	struct { uint64_t start, end; uint32_t vnode; } range[3]; /* bytes */
};

static const struct vector vectors[] = {
	{{4096, 4096}, 3, {{0, 0xF0000000, 0}, {0x100000000, 0x10F800000, 0},
			   {0x10F800000, 0x20F800000, 1}}},
	{{2048, 2048}, 3, {{0, 0x7F800000, 0}, {0x7F800000, 0xF0000000, 1},
			   {0x100000000, 0x10F800000, 1}}},
	{{1024, 1024}, 2, {{0, 0x3F800000, 0}, {0x3F800000, 0x7F800000, 1}}},
};

START_TEST(test_hvm_vectors)
{
	const struct vector *want = &vectors[_i];
	uint64_t kib = (want->size_mib[0] + want->size_mib[1]) * 1024;
	struct build_memory memory = {
		.type = DOMAIN_HVM,
		.device_model = true,
		.target_kib = kib,
		.max_kib = kib,
		.video_kib = 8192,
		.vcpus_max = 4,
	};
	struct build_layout layout;
	struct vmemrange_hvm hvm;
	struct vmemrange_list list;
	struct vmemrange pages[VMEMRANGE_MAX];
	uint64_t size[2] = {MIB(want->size_mib[0]), MIB(want->size_mib[1])};

	build_layout_init(&layout, &memory);
	hvm = vmemrange_hvm_of(&layout);
	ck_assert_int_eq(vmemrange_build_hvm(arena, &hvm, size, 2, &list), 0);
	ck_assert_uint_eq(list.count, want->count);
	ck_assert_uint_eq(vmemrange_pages(&list, pages), want->count);
	for (uint32_t i = 0; i < list.count; i++) {
		ck_assert_range(&list, i, want->range[i].start,
				want->range[i].end, want->range[i].vnode);
		ck_assert_uint_eq(pages[i].start_gpfn * PAGE_BYTES,
				  want->range[i].start);
		ck_assert_uint_eq(pages[i].end_gpfn * PAGE_BYTES,
				  want->range[i].end);
		ck_assert_uint_eq(pages[i].vnode, want->range[i].vnode);
	}
}
END_TEST

/* PVH has no video memory, and its hole starts at 0xFC000000. 4 GiB in two
 * vnodes: 2 GiB; 2 GiB - 64 MiB below the hole, 64 MiB above. */
START_TEST(test_pvh_hole_is_smaller)
{
	struct build_memory memory = {
		.type = DOMAIN_PVH,
		.target_kib = 4 << 20,
		.max_kib = 4 << 20,
		.vcpus_max = 1,
	};
	struct build_layout layout;
	struct vmemrange_hvm hvm;
	struct vmemrange_list list;
	uint64_t size[2] = {GIB(2), GIB(2)};

	build_layout_init(&layout, &memory);
	hvm = vmemrange_hvm_of(&layout);
	ck_assert_int_eq(vmemrange_build_hvm(arena, &hvm, size, 2, &list), 0);
	ck_assert_uint_eq(list.count, 3);
	ck_assert_range(&list, 0, 0, GIB(2), 0);
	ck_assert_range(&list, 1, GIB(2), 0xFC000000, 1);
	ck_assert_range(&list, 2, GIB(4), GIB(4) + MIB(64), 1);
}
END_TEST

/* Low memory to 100 MiB, devices from 200 MiB to 4 GiB: a vnode that ends at
 * the hole is not cut, the next one starts above; one of nothing has none. */
START_TEST(test_a_vnode_that_ends_at_the_hole_is_whole)
{
	struct vmemrange_hvm hvm = {MIB(100), MIB(200), GIB(4) - MIB(200), 0};
	struct vmemrange_list list;
	uint64_t size[4] = {MIB(100), 0, MIB(1), 0};

	ck_assert_int_eq(vmemrange_build_hvm(arena, &hvm, size, 4, &list), 0);
	ck_assert_uint_eq(list.count, 2);
	ck_assert_range(&list, 0, 0, MIB(100), 0);
	ck_assert_range(&list, 1, GIB(4), GIB(4) + MIB(1), 2);
}
END_TEST

/* The hole ends at 4 GiB at least, and later where devices do. */
START_TEST(test_devices_above_4_gib_push_memory_up)
{
	struct vmemrange_hvm hvm = {MIB(1), MIB(1), GIB(6), 0};
	struct vmemrange_list list;
	uint64_t size[1] = {MIB(2)};

	ck_assert_int_eq(vmemrange_build_hvm(arena, &hvm, size, 1, &list), 0);
	ck_assert_uint_eq(list.count, 2);
	ck_assert_range(&list, 0, 0, MIB(1), 0);
	ck_assert_range(&list, 1, GIB(6) + MIB(1), GIB(6) + MIB(2), 0);
}
END_TEST

START_TEST(test_video_memory_must_fit_vnode_0)
{
	struct vmemrange_hvm hvm = {GIB(1), GIB(3), GIB(1), MIB(8)};
	struct vmemrange_list list;
	uint64_t size[2] = {MIB(8) - 1, MIB(100)};

	ck_assert_int_eq(vmemrange_build_hvm(arena, &hvm, size, 2, &list),
			 LIBXL_INVAL);
	size[0] = MIB(8); /* just fits: nothing is left of vnode 0 */
	ck_assert_int_eq(vmemrange_build_hvm(arena, &hvm, size, 2, &list), 0);
	ck_assert_uint_eq(list.count, 1);
	ck_assert_range(&list, 0, 0, MIB(100), 1);
}
END_TEST

START_TEST(test_pv_is_end_to_end_with_empty_ranges)
{
	struct vmemrange_list list;
	uint64_t size[3] = {10, 0, 5};

	vmemrange_build_pv(arena, size, 3, &list);
	ck_assert_uint_eq(list.count, 3);
	ck_assert_range(&list, 0, 0, 10, 0);
	ck_assert_range(&list, 1, 10, 10, 1);
	ck_assert_range(&list, 2, 10, 15, 2);
}
END_TEST

static const struct e820_entry map[] = {
	{0, 100, E820_RAM},
	{100, 50, E820_RESERVED},
	{200, 30, E820_RAM},
	{300, 30, E820_RAM},
};

/* 60; 40 ends the first entry exactly, so the next starts with an empty range
 * at 100 and goes on at 200; the last crosses into the third. */
START_TEST(test_pv_e820_leaves_an_empty_range_at_an_exact_end)
{
	struct vmemrange_list list;
	uint64_t size[4] = {60, 40, 20, 25};

	ck_assert_int_eq(vmemrange_build_pv_e820(arena, map, 4, size, 4,
						 &list), 0);
	ck_assert_uint_eq(list.count, 6);
	ck_assert_range(&list, 0, 0, 60, 0);
	ck_assert_range(&list, 1, 60, 100, 1);
	ck_assert_range(&list, 2, 100, 100, 2);
	ck_assert_range(&list, 3, 200, 220, 2);
	ck_assert_range(&list, 4, 220, 230, 3);
	ck_assert_range(&list, 5, 300, 315, 3);
}
END_TEST

START_TEST(test_pv_e820_with_too_little_ram)
{
	struct vmemrange_list list;
	uint64_t exact[1] = {160}, more[1] = {161}, none[1] = {0};

	ck_assert_int_eq(vmemrange_build_pv_e820(arena, map, 4, exact, 1,
						 &list), 0);
	ck_assert_uint_eq(list.count, 3);
	ck_assert_int_eq(vmemrange_build_pv_e820(arena, map, 4, more, 1,
						 &list), LIBXL_NOMEM);
	ck_assert_int_eq(vmemrange_build_pv_e820(arena, map, 0, none, 1,
						 &list), 0);
	ck_assert_uint_eq(list.count, 0);
}
END_TEST

START_TEST(test_no_vnodes_no_ranges)
{
	struct vmemrange_hvm hvm = {GIB(1), GIB(3), GIB(1), MIB(8)};
	struct vmemrange_list list;

	ck_assert_int_eq(vmemrange_build_hvm(arena, &hvm, NULL, 0, &list), 0);
	ck_assert_uint_eq(list.count, 0);
	vmemrange_build_pv(arena, NULL, 0, &list);
	ck_assert_uint_eq(list.count, 0);
}
END_TEST

START_TEST(test_more_ranges_than_xen_takes_abort)
{
	struct vmemrange_list list = {
		arena_array(arena, VMEMRANGE_MAX + 1, sizeof(*list.range)),
		VMEMRANGE_MAX + 1};
	struct vmemrange out[VMEMRANGE_MAX];

	(void)vmemrange_pages(&list, out);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("vmemrange");
	TCase *tc = tcase_create("vmemrange");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_hvm_vectors, 0,
			    sizeof(vectors) / sizeof(vectors[0]));
	tcase_add_test(tc, test_pvh_hole_is_smaller);
	tcase_add_test(tc, test_a_vnode_that_ends_at_the_hole_is_whole);
	tcase_add_test(tc, test_devices_above_4_gib_push_memory_up);
	tcase_add_test(tc, test_video_memory_must_fit_vnode_0);
	tcase_add_test(tc, test_pv_is_end_to_end_with_empty_ranges);
	tcase_add_test(tc, test_pv_e820_leaves_an_empty_range_at_an_exact_end);
	tcase_add_test(tc, test_pv_e820_with_too_little_ram);
	tcase_add_test(tc, test_no_vnodes_no_ranges);
	tcase_add_test_raise_signal(tc, test_more_ranges_than_xen_takes_abort,
				    SIGABRT);
	suite_add_tcase(suite, tc);
	return suite;
}
