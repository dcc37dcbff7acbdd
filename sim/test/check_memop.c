/* check_memop.c - the memory hypercalls: rights, limits, partial success. */
#include "test/test.h"
#include "xen/memop.h"

#include <string.h>

enum { NODE_PAGES = 1 << 18 };

struct world {
	struct arena *arena;
	struct heap *heap;
	struct p2m_store store;
	struct domain dom0, d;
};

/* Two nodes of 1 GiB, at 4 and 5 GiB; node 1 pays its 4 pages at its start. */
static void world_init(struct world *w, uint32_t version)
{
	static const struct heap_span span[] = {
		{4 * NODE_PAGES, 5 * NODE_PAGES, 0},
		{5 * NODE_PAGES, 6 * NODE_PAGES, 1},
	};
	struct heap_config config = {
		.node_count = 2,
		.online = 3,
		.cpu_nodes = 3,
		.span = span,
		.span_count = 2,
		.xen_version = version,
		.dma_bits = 12,
		.bootscrub = HEAP_BOOTSCRUB_OFF,
	};

	memset(w, 0, sizeof(*w));
	w->arena = arena_create();
	w->heap = heap_create(w->arena, &config);
	heap_boot_spans(w->heap, 0);
	p2m_store_init(&w->store, w->arena);
	domain_init(&w->dom0, &w->store, 0, DOMAIN_PV, UINT64_MAX);
	w->dom0.is_control = w->dom0.is_hardware = true;
	domain_init(&w->d, &w->store, 1, DOMAIN_HVM, 100000);
	domain_set_node_affinity(&w->d, 1, 3);
}

static struct memop_reservation reserve(struct world *w,
					const struct domain *caller,
					uint64_t extents, uint32_t order)
{
	return (struct memop_reservation){
		.target = &w->d,
		.caller = caller,
		.gpfn_first = 0,
		.extent_count = extents,
		.order = order,
		.node = NODE_NONE,
	};
}

/* --- rights and limits ------------------------------------------------------------ */

START_TEST(test_order_limits_are_the_callers)
{
	struct world w;
	struct memop_cost cost = {0};
	struct memop_reservation r;

	world_init(&w, 422);
	ck_assert_uint_eq(memop_order_max(&w.d), 9);
	w.d.has_devices = true;
	ck_assert_uint_eq(memop_order_max(&w.d), 12);
	w.d.has_devices = false;
	ck_assert_uint_eq(memop_order_max(&w.dom0), 18);
	w.dom0.is_control = false;
	ck_assert_uint_eq(memop_order_max(&w.dom0), 12);
	r = reserve(&w, &w.dom0, 1, 13);
	ck_assert_int_eq(memop_populate(w.heap, &r, 9, &cost), MEMOP_STOPPED);
	r = reserve(&w, &w.dom0, 1, 12);
	ck_assert_int_eq(memop_populate(w.heap, &r, 9, &cost), MEMOP_DONE);
	r = reserve(&w, &w.dom0, MEMOP_EXTENTS_MAX + 1, 0);
	ck_assert_int_eq(memop_populate(w.heap, &r, 9, &cost), MEMOP_STOPPED);
	ck_assert_uint_eq(cost.extents, 1);
	ck_assert_uint_eq(cost.pages, 4096);
	arena_destroy(w.arena);
}
END_TEST

/* What each kind of caller gets when it names node 1 for a domain on node 0:
 * the node its page came from, or -1 where the call is refused. */
static const struct {
	bool privileged, exact, is_vnode;
	uint32_t node;
	bool has_vnuma;
	int got;
} nodes[] = {
	{true, false, false, 1, false, 1},
	{true, true, false, 1, false, 1},
	{true, false, false, 64, false, -1},
	{true, true, false, NODE_NONE, false, 0}, /* exact without a node */
	{false, false, false, 1, false, 0},       /* a hint is dropped */
	{false, true, false, 1, false, -1},
	{false, true, true, 1, true, 1},          /* one's own vnode */
	{false, true, true, 0, true, 0},
	{false, false, true, 2, true, -1},        /* no such vnode */
	{false, true, true, 7, false, 0},         /* no vNUMA: ignored */
};

START_TEST(test_node_flags)
{
	static const struct vmemrange range[] = {{0, 10, 0}, {10, 20, 1}};
	static const uint8_t pnode[] = {0, 1};
	struct memop_cost cost = {0};
	struct world w;

	world_init(&w, 422);
	if (nodes[_i].has_vnuma)
		domain_set_vnuma(&w.d, w.arena, 2, pnode, range, 2);
	struct memop_reservation r = reserve(
		&w, nodes[_i].privileged ? &w.dom0 : &w.d, 1, 0);

	r.node = nodes[_i].node;
	r.exact = nodes[_i].exact;
	r.is_vnode = nodes[_i].is_vnode;
	enum memop_status status = memop_populate(w.heap, &r, 1, &cost);

	ck_assert_int_eq(status, nodes[_i].got < 0 ? MEMOP_STOPPED
						   : MEMOP_DONE);
	if (nodes[_i].got >= 0)
		ck_assert_int_eq((int)p2m_lookup(&w.d.p2m, 0).node,
				 nodes[_i].got);
	arena_destroy(w.arena);
}
END_TEST

START_TEST(test_address_bits)
{
	struct world w;
	struct memop_cost cost = {0};

	world_init(&w, 422);
	struct memop_reservation r = reserve(&w, &w.dom0, 1, 0);

	r.address_bits = 12;
	ck_assert_int_eq(memop_populate(w.heap, &r, 1, &cost), MEMOP_STOPPED);
	ck_assert_uint_eq(cost.extents, 0);
	r.address_bits = 32; /* all memory is above 4 GiB */
	ck_assert_int_eq(memop_populate(w.heap, &r, 1, &cost), MEMOP_STOPPED);
	ck_assert_int_eq(cost.failure, HEAP_NO_MEMORY);
	r.address_bits = 60;
	ck_assert_int_eq(memop_populate(w.heap, &r, 1, &cost), MEMOP_DONE);
	arena_destroy(w.arena);
}
END_TEST

/* --- partial success ---------------------------------------------------------------- */

/* max_pages 1000: of 4 extents of 512 pages one fits; 488 single pages more.
 * The pages of a failed extent come back (dirty in 4.22's build: they have no
 * owner). */
START_TEST(test_populate_stops_at_the_first_failure)
{
	struct world w;
	struct memop_cost cost = {0};
	uint32_t version = _i ? 422 : 417;

	world_init(&w, version);
	w.d.mem.max_pages = 1000;
	struct memop_reservation r = reserve(&w, &w.dom0, 4, 9);
	uint64_t before = heap_free_pages(w.heap);

	ck_assert_int_eq(memop_populate(w.heap, &r, 9, &cost), MEMOP_STOPPED);
	ck_assert_uint_eq(r.done, 1);
	ck_assert_int_eq(cost.failure, HEAP_OVER_LIMIT);
	ck_assert_uint_eq(heap_free_pages(w.heap), before - 512);
	ck_assert_uint_eq(heap_node_dirty_pages(w.heap, 0), _i ? 512 : 0);
	r = reserve(&w, &w.dom0, 600, 0);
	r.gpfn_first = 4096;
	ck_assert_int_eq(memop_populate(w.heap, &r, 900, &cost), MEMOP_STOPPED);
	ck_assert_uint_eq(r.done, 488);
	ck_assert_uint_eq(w.d.mem.tot_pages, 1000);
	domain_check(&w.d, w.heap);
	arena_destroy(w.arena);
}
END_TEST

/* In slices of 3 extents: the driver's turns in between. */
START_TEST(test_populate_goes_on_where_it_stopped)
{
	static const uint64_t gpfn[] = {70, 3, 900, 12, 5, 6, 7};
	struct world w;
	struct memop_cost cost = {0};

	world_init(&w, 422);
	struct memop_reservation r = reserve(&w, &w.d, 7, 0);

	r.gpfn = gpfn;
	ck_assert_int_eq(memop_populate(w.heap, &r, 3, &cost), MEMOP_MORE);
	ck_assert_uint_eq(r.done, 3);
	ck_assert_int_eq(memop_populate(w.heap, &r, 3, &cost), MEMOP_MORE);
	ck_assert_int_eq(memop_populate(w.heap, &r, 3, &cost), MEMOP_DONE);
	ck_assert_int_eq(memop_populate(w.heap, &r, 3, &cost), MEMOP_DONE);
	ck_assert_uint_eq(cost.pages, 7);
	for (size_t i = 0; i < 7; i++)
		ck_assert_uint_eq(p2m_lookup(&w.d.p2m, gpfn[i]).pages, 1);
	/* One block of 2^18 was halved 18 times for the first page, and again
	 * 0, 1, 0, 2, 0, 1 times for the six that follow. */
	ck_assert_uint_eq(cost.split_count, 18 + 4);
	arena_destroy(w.arena);
}
END_TEST

/* Node 0 dirty, node 1 clean, a domain of node 0. 4.22 builds from the dirty
 * memory at home and scrubs it in the call; 4.17 always, and 4.22 after the
 * first unpause, go to node 1. */
START_TEST(test_dirty_memory_is_taken_while_building_in_422)
{
	static const struct {
		uint32_t version;
		bool finished;
		uint32_t node;
		uint64_t scrubbed;
	} cases[] = {
		{417, false, 1, 0}, {417, true, 1, 0},
		{422, false, 0, 512}, {422, true, 1, 0},
	};
	struct memop_cost cost = {0};
	struct heap_request all = {.order = 18, .node = 0};
	struct heap_extent e;
	struct world w;

	world_init(&w, cases[_i].version);
	ck_assert_int_eq(heap_alloc(w.heap, &all, &e), HEAP_OK);
	heap_free(w.heap, e.mfn, 18, true);
	w.d.creation_finished = cases[_i].finished;
	struct memop_reservation r = reserve(&w, &w.dom0, 1, 9);

	ck_assert_int_eq(memop_populate(w.heap, &r, 1, &cost), MEMOP_DONE);
	ck_assert_uint_eq(p2m_lookup(&w.d.p2m, 0).node, cases[_i].node);
	ck_assert_uint_eq(cost.scrubbed_pages, cases[_i].scrubbed);
	ck_assert_uint_eq(heap_node_dirty_pages(w.heap, 0),
			  (1 << 18) - cases[_i].scrubbed);
	arena_destroy(w.arena);
}
END_TEST

START_TEST(test_decrease_stops_at_a_hole)
{
	static const uint64_t gpfn[] = {8, 0, 40, 16};
	struct world w;
	struct memop_cost cost = {0}, back = {0};

	world_init(&w, 422);
	struct memop_reservation r = reserve(&w, &w.d, 4, 3);

	ck_assert_int_eq(memop_populate(w.heap, &r, 9, &cost), MEMOP_DONE);
	r = reserve(&w, &w.d, 4, 3);
	r.gpfn = gpfn;
	ck_assert_int_eq(memop_decrease(w.heap, &r, 1, &back), MEMOP_MORE);
	ck_assert_int_eq(memop_decrease(w.heap, &r, 9, &back), MEMOP_STOPPED);
	ck_assert_uint_eq(r.done, 2); /* 40 is not mapped */
	ck_assert_uint_eq(back.pages, 16);
	ck_assert_uint_eq(w.d.mem.tot_pages, 16);
	/* An extent that is only half there: the half is gone, uncounted. */
	ck_assert_uint_eq(domain_remove_pages(&w.d, w.heap, 20, 4), 4);
	r = reserve(&w, &w.d, 1, 3);
	r.gpfn_first = 16;
	ck_assert_int_eq(memop_decrease(w.heap, &r, 9, &back), MEMOP_STOPPED);
	ck_assert_uint_eq(r.done, 0);
	ck_assert_uint_eq(w.d.mem.tot_pages, 8);
	domain_check(&w.d, w.heap);
	arena_destroy(w.arena);
}
END_TEST

START_TEST(test_increase_owns_without_mapping)
{
	struct world w;
	struct memop_cost cost = {0};
	uint64_t mfn[3] = {0};

	world_init(&w, 417);
	struct memop_reservation r = reserve(&w, &w.dom0, 3, 1);

	ck_assert_int_eq(memop_increase(w.heap, &r, 2, mfn, &cost), MEMOP_MORE);
	ck_assert_int_eq(memop_increase(w.heap, &r, 2, mfn, &cost), MEMOP_DONE);
	ck_assert_uint_eq(mfn[0], 5 * NODE_PAGES - 2);
	ck_assert_uint_eq(mfn[1], 5 * NODE_PAGES - 4);
	ck_assert_uint_eq(mfn[2], 5 * NODE_PAGES - 6);
	ck_assert_uint_eq(w.d.mem.tot_pages, 6);
	ck_assert_uint_eq(p2m_next(&w.d.p2m, 0).pages, 0);
	domain_check(&w.d, w.heap);
	arena_destroy(w.arena);
}
END_TEST

START_TEST(test_claim_return_codes)
{
	struct world w;

	world_init(&w, 422);
	ck_assert_int_eq(memop_claim(w.heap, &w.d, &w.d, 10), -1);
	ck_assert_int_eq(memop_claim(w.heap, &w.dom0, &w.d, 100001), -22);
	w.d.mem.max_pages = UINT64_MAX;
	ck_assert_int_eq(memop_claim(w.heap, &w.dom0, &w.d, 1 << 20), -12);
	ck_assert_int_eq(memop_claim(w.heap, &w.dom0, &w.d, 50), 0);
	ck_assert_int_eq(memop_claim(w.heap, &w.dom0, &w.d, 51), -22);
	ck_assert_int_eq(memop_claim(w.heap, &w.dom0, &w.d, 0), 0);
	domain_kill(&w.d, w.heap);
	ck_assert_int_eq(memop_claim(w.heap, &w.dom0, &w.d, 50), -22);
	arena_destroy(w.arena);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("memop");
	TCase *tc = tcase_create("memop");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_order_limits_are_the_callers);
	tcase_add_loop_test(tc, test_node_flags, 0,
			    sizeof(nodes) / sizeof(nodes[0]));
	tcase_add_test(tc, test_address_bits);
	tcase_add_loop_test(tc, test_populate_stops_at_the_first_failure, 0, 2);
	tcase_add_test(tc, test_populate_goes_on_where_it_stopped);
	tcase_add_loop_test(
		tc, test_dirty_memory_is_taken_while_building_in_422, 0, 4);
	tcase_add_test(tc, test_decrease_stops_at_a_hole);
	tcase_add_test(tc, test_increase_owns_without_mapping);
	tcase_add_test(tc, test_claim_return_codes);
	suite_add_tcase(suite, tc);
	return suite;
}
