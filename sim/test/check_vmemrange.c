/* check_vmemrange.c - the vectors of facts/xen.md 2.2, by hand. */
#include "base/units.h"
#include "test/test.h"
#include "toolstack/vmemrange.h"

#define MIB(n) ((uint64_t)(n) * PAGES_PER_MIB)

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
	struct build_memory memory = {
		.type = DOMAIN_HVM,
		.device_model = true,
		.target_kib = (want->size_mib[0] + want->size_mib[1]) * 1024,
		.max_kib = (want->size_mib[0] + want->size_mib[1]) * 1024,
		.video_kib = 8192,
		.vcpus_max = 4,
	};
	struct build_layout layout;
	struct vmemrange range[VMEMRANGE_MAX];
	uint64_t size_pages[2] = {MIB(want->size_mib[0]),
				  MIB(want->size_mib[1])};
	uint32_t count;

	build_layout_init(&layout, &memory);
	ck_assert_int_eq(vmemrange_build_hvm(&layout, size_pages, 2, range,
					     &count), 0);
	ck_assert_uint_eq(count, want->count);
	for (uint32_t i = 0; i < count; i++) {
		ck_assert_uint_eq(range[i].start_gpfn * PAGE_BYTES,
				  want->range[i].start);
		ck_assert_uint_eq(range[i].end_gpfn * PAGE_BYTES,
				  want->range[i].end);
		ck_assert_uint_eq(range[i].vnode, want->range[i].vnode);
	}
}
END_TEST

START_TEST(test_video_memory_must_fit_vnode_0)
{
	struct build_layout layout = {.video_pages = MIB(8)};
	struct vmemrange range[VMEMRANGE_MAX];
	uint64_t size_pages[2] = {MIB(8) - 1, MIB(100)};
	uint32_t count;

	ck_assert_int_eq(vmemrange_build_hvm(&layout, size_pages, 2, range,
					     &count), -1);
}
END_TEST

START_TEST(test_pv_is_end_to_end_with_empty_ranges)
{
	struct vmemrange range[VMEMRANGE_MAX];
	uint64_t size_pages[3] = {10, 0, 5};
	uint32_t count;

	vmemrange_build_pv(size_pages, 3, range, &count);
	ck_assert_uint_eq(count, 3);
	ck_assert_uint_eq(range[1].start_gpfn, 10);
	ck_assert_uint_eq(range[1].end_gpfn, 10);
	ck_assert_uint_eq(range[2].end_gpfn, 15);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("vmemrange");
	TCase *tc = tcase_create("vmemrange");

	tcase_add_loop_test(tc, test_hvm_vectors, 0,
			    sizeof(vectors) / sizeof(vectors[0]));
	tcase_add_test(tc, test_video_memory_must_fit_vnode_0);
	tcase_add_test(tc, test_pv_is_end_to_end_with_empty_ranges);
	suite_add_tcase(suite, tc);
	return suite;
}
