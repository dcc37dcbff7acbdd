/*
 * check_build.c - what the builder asks for, and where the pages then land.
 *
 * G1, G2, G3, G4, G8 are the scenarios of facts/xen.md 11.
 */
#include "base/units.h"
#include "test/test.h"
#include "toolstack/build.h"
#include "xen/memop.h"

#include <signal.h>
#include <string.h>

enum { GIB = 1 << 18 }; /* pages */

static struct build_memory hvm(uint64_t mib)
{
	return (struct build_memory){
		.type = DOMAIN_HVM,
		.device_model = true,
		.target_kib = mib * 1024,
		.max_kib = mib * 1024,
		.video_kib = 8192,
		.vcpus_max = 4,
	};
}

/* --- need -------------------------------------------------------------------------- */

/* 4096 MiB, 4 vCPUs: shadow 4 * (256 * 4 + 4096) = 20480 KiB. */
START_TEST(test_need_of_the_fact_sheet)
{
	struct build_memory m = hvm(4096);

	ck_assert_uint_eq(build_shadow_kib(&m), 20480);
	ck_assert_uint_eq(build_need_kib(&m), 4216832);
	ck_assert_uint_eq(build_pool_pages(&m), 5120);
	ck_assert_uint_eq(build_xen_pages(&m), 5);
	ck_assert_uint_eq(build_max_pages(&m), 4097 * 256);
	m.type = DOMAIN_PV;
	ck_assert_uint_eq(build_shadow_kib(&m), 20480);
	ck_assert_uint_eq(build_need_kib(&m), 4216832);
	ck_assert_uint_eq(build_pool_pages(&m), 0);
}
END_TEST

/* Shadow paging: 4 * (1024 + 2 * 4096) = 36864. IOMMU: 2^20 pages -> 2048 + 4 +
 * 1 + 1 = 2054 tables of 4 KiB = 8216. Stub domain 32768 + 8192 video.
 * 4194304 + 36864 + 8216 + 2048 + 40960 = 4282392 -> 4282392 / 2048 = 2091.01,
 * up to 2092 * 2048. */
START_TEST(test_need_with_everything)
{
	struct build_memory m = hvm(4096);

	m.shadow_paging = m.iommu_sync_pt = true;
	m.stubdomain_kib = 32768;
	ck_assert_uint_eq(build_shadow_kib(&m), 36864);
	ck_assert_uint_eq(build_iommu_kib(&m), 8216);
	ck_assert_uint_eq(build_need_kib(&m), 2092 * 2048);
	m.shadow_kib = 1;
	ck_assert_uint_eq(build_shadow_kib(&m), 1);
}
END_TEST

/* HVM 4096 MiB, 8 MiB video: RAM to 0xF0000000, then 4 GiB to 0x10F800000. */
START_TEST(test_layout)
{
	struct build_memory m = hvm(4096);
	struct build_layout l;

	build_layout_init(&l, &m);
	ck_assert_uint_eq(l.lowmem_end_gpfn, 0xf0000);
	ck_assert_uint_eq(l.highmem_end_gpfn, 0x10f800);
	ck_assert_uint_eq(l.total_pages, 4096 * 256 - 2048);
	m.mmio_hole_kib = 1 << 20; /* 1 GiB */
	build_layout_init(&l, &m);
	ck_assert_uint_eq(l.lowmem_end_gpfn, 0xc0000);
	ck_assert_uint_eq(l.highmem_end_gpfn, 0x13f800);
	m = hvm(1000);
	build_layout_init(&l, &m);
	ck_assert_uint_eq(l.lowmem_end_gpfn, 992 * 256);
	ck_assert_uint_eq(l.highmem_end_gpfn, 0);
	m = (struct build_memory){.type = DOMAIN_PVH, .target_kib = 4194304,
				  .max_kib = 4194304};
	build_layout_init(&l, &m);
	ck_assert_uint_eq(l.mmio_start_gpfn, 0xfc000);
	ck_assert_uint_eq(l.highmem_end_gpfn, 0x104000);
	m = (struct build_memory){.type = DOMAIN_PV, .target_kib = 5000,
				  .max_kib = 9000};
	build_layout_init(&l, &m);
	ck_assert_uint_eq(l.total_pages, 4 * 256); /* MiB, cut */
}
END_TEST

/* --- the calls ---------------------------------------------------------------------- */

struct tally {
	uint64_t calls, failed, done[19];
};

/* Everything up to RAM granted, 1 GiB extents only if there are any. */
static struct tally run_ram(struct build *b, bool gigabytes)
{
	struct tally t = {0};
	struct populate_call call;

	while (build_next(b, &call) && call.stage == BUILD_RAM) {
		uint64_t done = call.order == 18 && !gigabytes ? 0
							       : call.extents;

		t.calls += done > 0;
		t.failed += done == 0;
		t.done[call.order] += done;
		ck_assert(build_done(b, done));
	}
	return t;
}

/* The vectors of facts/xen.md 5.4. */
static const struct {
	uint64_t mib;
	bool gigabytes;
	uint64_t calls, failed, k4, m2, g1;
} vectors[] = {
	{4096, true, 259, 0, 480, 1019, 2},
	{4096, false, 513, 2, 480, 2043, 0},
	/* 4 GiB more, each one call */
	{8192, true, 263, 0, 480, 1019, 6},
};

START_TEST(test_vectors_of_the_fact_sheet)
{
	struct build_memory m = hvm(vectors[_i].mib);
	struct build_layout l;
	struct build b;

	build_layout_init(&l, &m);
	build_init(&b, &l);
	struct tally t = run_ram(&b, vectors[_i].gigabytes);

	ck_assert_uint_eq(t.calls, vectors[_i].calls);
	ck_assert_uint_eq(t.failed, vectors[_i].failed);
	ck_assert_uint_eq(t.done[0], vectors[_i].k4);
	ck_assert_uint_eq(t.done[9], vectors[_i].m2);
	ck_assert_uint_eq(t.done[18], vectors[_i].g1);
}
END_TEST

/* HVM: 8 special pages, 8 for I/O servers, then 2048 pages of video memory, all
 * on any node; then the end. PVH: 8, 9 of ACPI. PV: none. */
START_TEST(test_special_pages_and_video_memory)
{
	static const enum domain_type types[] = {DOMAIN_HVM, DOMAIN_PVH,
						 DOMAIN_PV};
	static const uint64_t pages[][3] = {{8, 8, 2048}, {8, 9, 0}, {0, 0, 0}};
	struct build_memory m = hvm(64);
	struct populate_call call;
	struct build_layout l;
	struct build b;
	uint64_t owned = 64 * 256;

	m.type = types[_i];
	if (m.type != DOMAIN_HVM) {
		m.device_model = false;
		m.video_kib = 0;
	} else {
		owned -= BUILD_VGA_PAGES + 2048;
	}
	build_layout_init(&l, &m);
	ck_assert_uint_eq(build_claim_pages(&l), owned);
	ck_assert(build_cancels_claim_on_failure(&l) == (_i < 2));
	build_init(&b, &l);
	run_ram(&b, true);
	call = b.call; /* run_ram() stopped at the first call after RAM */
	for (uint32_t i = 0; i < 3; i++) {
		owned += pages[_i][i];
		if (!pages[_i][i])
			continue;
		ck_assert(b.waiting);
		ck_assert_uint_eq(call.extents, pages[_i][i]);
		ck_assert_uint_eq(call.order, 0);
		ck_assert_uint_eq(call.node, NODE_NONE);
		ck_assert(call.must);
		ck_assert_int_eq(call.stage, i < 2 ? BUILD_SPECIAL
						   : BUILD_VIDEO);
		ck_assert(build_done(&b, call.extents));
		build_next(&b, &call);
	}
	ck_assert(!b.waiting);
	ck_assert_int_eq(b.stage, BUILD_END);
	ck_assert_uint_eq(build_owned_pages(&l), owned);
}
END_TEST

START_TEST(test_a_short_answer_to_single_pages_fails_the_build)
{
	struct build_memory m = hvm(64);
	struct populate_call call;
	struct build_layout l;
	struct build b;

	build_layout_init(&l, &m);
	build_init(&b, &l);
	ck_assert(build_next(&b, &call));
	ck_assert(!build_done(&b, call.extents - 1));
	ck_assert(!build_next(&b, &call));
}
END_TEST

/* memory= below maxmem=: populate-on-demand, claims the target alone. */
START_TEST(test_less_than_the_maximum_is_populated_on_demand)
{
	struct build_memory m = hvm(128);
	struct populate_call call;
	struct build_layout l;
	struct build b;

	m.target_kib /= 2;
	build_layout_init(&l, &m);
	ck_assert_uint_eq(l.total_pages, 120 * 256);
	ck_assert_uint_eq(build_claim_pages(&l), 56 * 256 - 32);
	build_init(&b, &l);
	ck_assert(build_next(&b, &call) && call.pod);
	m.type = DOMAIN_PV;
	m.device_model = false;
	build_layout_init(&l, &m);
	build_init(&b, &l);
	ck_assert(build_next(&b, &call) && !call.pod);
	ck_assert_uint_eq(l.total_pages, 64 * 256);
}
END_TEST

START_TEST(test_asking_twice_aborts) /* B2 */
{
	struct build_memory m = hvm(64);
	struct populate_call call;
	struct build_layout l;
	struct build b;

	build_layout_init(&l, &m);
	build_init(&b, &l);
	build_next(&b, &call);
	build_next(&b, &call);
}
END_TEST

START_TEST(test_a_call_outside_its_range_aborts) /* B1 */
{
	struct build_memory m = hvm(64);
	struct populate_call call;
	struct build_layout l;
	struct build b;

	build_layout_init(&l, &m);
	build_init(&b, &l);
	build_next(&b, &call);
	build_done(&b, call.extents);
	build_next(&b, &call);
	build_done(&b, call.extents);
	b.end_gpfn += 4096;
	while (build_next(&b, &call))
		build_done(&b, call.extents);
}
END_TEST

START_TEST(test_a_page_too_few_aborts) /* B3 */
{
	struct build_memory m = hvm(64);
	struct build_layout l;
	struct build b;

	build_layout_init(&l, &m);
	build_init(&b, &l);
	b.populated_pages = UINT64_MAX;
	run_ram(&b, true);
}
END_TEST

/* --- on a host ------------------------------------------------------------------------ */

struct world {
	struct arena *arena;
	struct heap *heap;
	struct p2m_store store;
	struct domain dom0, d;
	struct build b;
	struct memop_cost cost;
};

/* Two nodes, [start_gib, start_gib + gib) and the same above it. */
static void world_init(struct world *w, uint32_t version, uint64_t start_gib,
		       uint64_t gib)
{
	struct heap_span span[] = {
		{start_gib * GIB, (start_gib + gib) * GIB, 0},
		{(start_gib + gib) * GIB, (start_gib + 2 * gib) * GIB, 1},
	};
	struct heap_config config = {
		.node_count = 2,
		.online = 3,
		.cpu_nodes = 3,
		.span = span,
		.span_count = 2,
		.xen_version = version,
		.bootscrub = HEAP_BOOTSCRUB_OFF,
	};

	memset(w, 0, sizeof(*w));
	w->arena = arena_create();
	w->heap = heap_create(w->arena, &config);
	heap_boot_spans(w->heap, 0);
	p2m_store_init(&w->store, w->arena);
	domain_init(&w->dom0, &w->store, 0, DOMAIN_PV, UINT64_MAX);
	w->dom0.is_control = w->dom0.is_hardware = true;
	domain_init(&w->d, &w->store, 1, DOMAIN_HVM, UINT64_MAX);
}

/* RAM, call by call, as the builder asks; false: the build failed. */
static bool build_guest(struct world *w, const struct build_layout *l)
{
	struct populate_call call;

	build_init(&w->b, l);
	while (build_next(&w->b, &call) && call.stage == BUILD_RAM) {
		struct memop_reservation r = {
			.target = &w->d,
			.caller = &w->dom0,
			.gpfn_first = call.gpfn,
			.extent_count = call.extents,
			.order = call.order,
			.node = call.node,
			.exact = call.exact,
		};

		memop_populate(w->heap, &r, UINT64_MAX, &w->cost);
		if (!build_done(&w->b, r.done))
			return false;
	}
	return true;
}

static uint64_t extents_on(const struct world *w, uint32_t node, uint64_t pages)
{
	uint64_t count = 0;
	struct p2m_run r = p2m_next(&w->d.p2m, 0);

	for (; r.pages; r = p2m_next(&w->d.p2m, r.gpfn + r.pages))
		count += r.node == node && r.pages == pages;
	return count;
}

static void ck_extents(const struct world *w, uint32_t node, uint64_t k4,
		       uint64_t m2, uint64_t g1)
{
	ck_assert_uint_eq(extents_on(w, node, 1), k4);
	ck_assert_uint_eq(extents_on(w, node, 512), m2);
	ck_assert_uint_eq(extents_on(w, node, GIB), g1);
	ck_assert_uint_eq(domain_node_pages(&w->d, node),
			  k4 + m2 * 512 + g1 * GIB);
}

/*
 * G1. Two nodes of 16 GiB, dma_bits 32: node 0 has 12 blocks of 1 GiB above the
 * DMA range. 14 GiB on {0}: 480 pages and 511 extents of 2 MiB use up one
 * block, two 1 GiB extents take two, 384 of 2 MiB break the fourth; 8 blocks
 * are left for ten 1 GiB extents, so two land on node 1; the last 124 of 2 MiB
 * come from what is left of the fourth. 11.99 / 2.00 GiB, 4.01 free.
 */
START_TEST(test_g1_dma_range_of_node_0_is_kept)
{
	struct build_memory m = hvm(14 * 1024);
	struct build_layout l;
	struct world w;

	world_init(&w, 422, 0, 16);
	ck_assert_uint_eq(heap_dma_bits(w.heap), 32);
	domain_set_node_affinity(&w.d, 1, 3);
	build_layout_init(&l, &m);
	ck_assert(build_guest(&w, &l));
	ck_extents(&w, 0, 480, 1019, 10);
	ck_extents(&w, 1, 0, 0, 2);
	ck_assert_uint_eq(heap_node_free_pages(w.heap, 0),
			  16 * GIB - 1 - (480 + 1019 * 512 + 10 * GIB));
	domain_check(&w.d, w.heap);
	arena_destroy(w.arena);
}
END_TEST

/* G1 with vNUMA, one vnode exact on node 0 and an affinity of both: all on node
 * 0, but the first 160 pages, no node given, alternate. */
START_TEST(test_g1_exact_requests_use_the_dma_range)
{
	static const struct vmemrange range[] = {
		{0, 0xf0000, 0}, {0x100000, 0x38f800, 0}};
	static const uint8_t pnode[] = {0};
	struct build_memory m = hvm(14 * 1024);
	struct build_layout l;
	struct world w;

	world_init(&w, 422, 0, 16);
	build_layout_init(&l, &m);
	ck_assert_uint_eq(l.highmem_end_gpfn, range[1].end_gpfn);
	l.range = range;
	l.range_count = 2;
	l.vnode_to_pnode = pnode;
	domain_set_vnuma(&w.d, w.arena, 1, pnode, range, 2);
	ck_assert(build_guest(&w, &l));
	ck_assert_uint_eq(domain_node_pages(&w.d, 1), 80);
	ck_assert_uint_eq(domain_node_pages(&w.d, 0),
			  14 * GIB - 2048 - BUILD_VGA_PAGES - 80);
	ck_assert_uint_eq(domain_vnode_node_pages(&w.d, 0, 1), 80);
	arena_destroy(w.arena);
}
END_TEST

/* G2. {0,1}, 8 GiB: every extent on the other node, whatever its size. 160 and
 * 320 pages end even; 511 of 2 MiB begin and end on node 1; so the 1 GiB ones
 * go 0,1,0,1 (two below the hole), 384 of 2 MiB even, four of 1 GiB, 124. */
START_TEST(test_g2_striping)
{
	struct build_memory m = hvm(8 * 1024);
	struct build_layout l;
	struct world w;

	world_init(&w, 422, 0, 16);
	domain_set_node_affinity(&w.d, 3, 3);
	build_layout_init(&l, &m);
	ck_assert(build_guest(&w, &l));
	for (uint64_t g = 0; g < 160; g++)
		ck_assert_uint_eq(p2m_lookup(&w.d.p2m, g).node, 1 - g % 2);
	ck_assert_uint_eq(p2m_lookup(&w.d.p2m, 1 * GIB).node, 0);
	ck_assert_uint_eq(p2m_lookup(&w.d.p2m, 2 * GIB).node, 1);
	for (uint64_t g = 4; g < 8; g++)
		ck_assert_uint_eq(p2m_lookup(&w.d.p2m, g * GIB).node, g % 2);
	ck_extents(&w, 0, 240, 509, 3);
	ck_extents(&w, 1, 240, 510, 3);
	arena_destroy(w.arena);
}
END_TEST

/* G3. Node 0 has 6 GiB free of 12, every other 2 MiB: 1 GiB extents go to node
 * 1, all else stays. 480 pages + 1019 * 512 = 1.99 GiB. */
START_TEST(test_g3_fragmented_home_node)
{
	struct build_memory m = hvm(4096);
	struct heap_request req = {.order = 9, .node = 0,
				   .flags = HEAP_EXACT_NODE};
	struct build_layout l;
	struct heap_extent e;
	struct world w;

	world_init(&w, 422, 16, 12);
	while (heap_alloc(w.heap, &req, &e) == HEAP_OK)
		;
	for (uint64_t mfn = 16 * GIB; mfn < 28 * GIB; mfn += 1024)
		heap_free(w.heap, mfn, 9, false);
	ck_assert_uint_eq(heap_node_free_pages(w.heap, 0), 6 * GIB);
	domain_set_node_affinity(&w.d, 1, 3);
	build_layout_init(&l, &m);
	ck_assert(build_guest(&w, &l));
	ck_extents(&w, 0, 480, 1019, 0);
	ck_extents(&w, 1, 0, 0, 2);
	arena_destroy(w.arena);
}
END_TEST

/* G4. Node 0: 10 GiB dirty; node 1: 10 GiB clean. 4 GiB on {0}. 4.17: superpages
 * clean from node 1, single pages at home. 4.22: all at home, scrubbed in the
 * calls. */
START_TEST(test_g4_after_a_big_destroy)
{
	bool head = _i == 1;
	struct build_memory m = hvm(4096);
	struct heap_request req = {.order = 18, .node = 0,
				   .flags = HEAP_EXACT_NODE};
	struct build_layout l;
	struct heap_extent e;
	struct world w;

	world_init(&w, head ? 422 : 417, 16, 10);
	while (heap_alloc(w.heap, &req, &e) == HEAP_OK)
		;
	for (uint64_t mfn = 16 * GIB; mfn < 26 * GIB; mfn += GIB)
		heap_free(w.heap, mfn, 18, true);
	domain_set_node_affinity(&w.d, 1, 3);
	build_layout_init(&l, &m);
	ck_assert(build_guest(&w, &l));
	ck_extents(&w, 0, 480, head ? 1019 : 0, head ? 2 : 0);
	ck_extents(&w, 1, 0, head ? 0 : 1019, head ? 0 : 2);
	ck_assert_uint_eq(w.cost.scrubbed_pages,
			  head ? 480 + 1019 * 512 + 2 * GIB : 480);
	arena_destroy(w.arena);
}
END_TEST

/*
 * G8. A vnode of 4 GiB exact on node 0, which has 3 GiB: the build takes all
 * there is and fails at the first pages it cannot have; destroyed, its memory
 * comes back dirty.
 */
START_TEST(test_g8_exact_failure)
{
	static const struct vmemrange range[] = {
		{0, 0xf0000, 0}, {0x100000, 0x10f800, 0}};
	static const uint8_t pnode[] = {0};
	struct build_memory m = hvm(4096);
	struct build_layout l;
	struct world w;

	world_init(&w, 422, 16, 3);
	domain_set_node_affinity(&w.d, 1, 3);
	build_layout_init(&l, &m);
	l.range = range;
	l.range_count = 2;
	l.vnode_to_pnode = pnode;
	ck_assert(!build_guest(&w, &l));
	ck_assert_int_eq(w.cost.failure, HEAP_NO_MEMORY);
	ck_assert_uint_eq(w.b.call.order, 0);
	ck_assert_uint_eq(heap_node_free_pages(w.heap, 0), 0);
	ck_assert_uint_eq(w.d.mem.tot_pages, 3 * GIB);
	domain_kill(&w.d, w.heap);
	while (domain_relinquish(&w.d, w.heap, 10000))
		;
	ck_assert_uint_eq(heap_node_dirty_pages(w.heap, 0), 3 * GIB);
	ck_assert_uint_eq(heap_node_order_pages(w.heap, 0, 18), 3 * GIB);
	heap_check(w.heap);
	arena_destroy(w.arena);
}
END_TEST

/* PV: 512 extents of 2 MiB a call; what was not given is taken in pages. With
 * 700 free blocks: 512 + 188 of the 1024 asked for, the rest pages. */
START_TEST(test_pv_takes_what_it_gets)
{
	struct build_memory m = {.type = DOMAIN_PV, .target_kib = 2 << 20,
				 .max_kib = 2 << 20};
	struct populate_call call;
	struct build_layout l;
	struct build b;
	uint64_t left = 700;

	build_layout_init(&l, &m);
	build_init(&b, &l);
	for (int i = 0; i < 2; i++) {
		ck_assert(build_next(&b, &call));
		ck_assert(call.order == 9 && call.extents == 512);
		uint64_t done = left < 512 ? left : 512;

		ck_assert(build_done(&b, done));
		left -= done;
	}
	ck_assert(build_next(&b, &call));
	ck_assert_uint_eq(call.gpfn, 700 * 512);
	ck_assert_uint_eq(call.extents, 324 * 512);
	ck_assert(build_done(&b, call.extents));
	ck_assert(!build_next(&b, &call));
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("build");
	TCase *tc = tcase_create("calls");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_need_of_the_fact_sheet);
	tcase_add_test(tc, test_need_with_everything);
	tcase_add_test(tc, test_layout);
	tcase_add_loop_test(tc, test_vectors_of_the_fact_sheet, 0,
			    sizeof(vectors) / sizeof(vectors[0]));
	tcase_add_loop_test(tc, test_special_pages_and_video_memory, 0, 3);
	tcase_add_test(tc,
		       test_a_short_answer_to_single_pages_fails_the_build);
	tcase_add_test(tc,
		       test_less_than_the_maximum_is_populated_on_demand);
	tcase_add_test(tc, test_pv_takes_what_it_gets);
	tcase_add_test_raise_signal(tc, test_asking_twice_aborts, SIGABRT);
	tcase_add_test_raise_signal(tc, test_a_call_outside_its_range_aborts,
				    SIGABRT);
	tcase_add_test_raise_signal(tc, test_a_page_too_few_aborts, SIGABRT);
	suite_add_tcase(suite, tc);

	tc = tcase_create("on a host");
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_g1_dma_range_of_node_0_is_kept);
	tcase_add_test(tc, test_g1_exact_requests_use_the_dma_range);
	tcase_add_test(tc, test_g2_striping);
	tcase_add_test(tc, test_g3_fragmented_home_node);
	tcase_add_loop_test(tc, test_g4_after_a_big_destroy, 0, 2);
	tcase_add_test(tc, test_g8_exact_failure);
	suite_add_tcase(suite, tc);
	return suite;
}
