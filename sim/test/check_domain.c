/* check_domain.c - a domain's pages from its first to its last, and broken. */
#include "test/test.h"
#include "xen/domain.h"
#include "xen/memop.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A host of two nodes: [2^18, 2^18 + 8192) and [2^19, 2^19 + 8192). Node 1
 * starts 2^18-aligned and ends less so: it pays its 4 pages at its end. */
struct world {
	struct arena *arena;
	struct heap *heap;
	struct p2m_store store;
	struct domain dom0, d;
};

enum { NODE_PAGES = 8192 };

static void world_init(struct world *w, uint32_t version)
{
	static const struct heap_span span[] = {
		{1 << 18, (1 << 18) + NODE_PAGES, 0},
		{1 << 19, (1 << 19) + NODE_PAGES, 1},
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
}

static uint64_t populate(struct world *w, struct domain *d, uint64_t gpfn,
			 uint64_t extents, uint32_t order)
{
	struct memop_reservation r = {
		.target = d,
		.caller = &w->dom0,
		.gpfn_first = gpfn,
		.extent_count = extents,
		.order = order,
		.node = NODE_NONE,
	};
	struct memop_cost cost = {0};

	memop_populate(w->heap, &r, UINT64_MAX, &cost);
	return r.done;
}

/* --- affinity ------------------------------------------------------------------ */

START_TEST(test_affinity_of_a_new_domain_is_all_and_automatic)
{
	const uint16_t cpu_to_node[CPU_MAX] = {0, 0, 1, 1};
	cpuset pool = cpuset_below(4), all = cpuset_all(), one = cpuset_below(0);
	struct world w;

	world_init(&w, 422);
	cpuset_add(&one, 3);
	ck_assert_uint_eq(w.d.mem.node_affinity, NODESET_ALL);
	/* No vCPU yet: nothing to compute from. */
	domain_update_node_affinity(&w.d, &one, &all, &pool, cpu_to_node);
	ck_assert_uint_eq(w.d.mem.node_affinity, NODESET_ALL);
	w.d.has_vcpus = true;
	domain_update_node_affinity(&w.d, &all, &all, &pool, cpu_to_node);
	ck_assert_uint_eq(w.d.mem.node_affinity, 3);
	domain_update_node_affinity(&w.d, &all, &one, &pool, cpu_to_node);
	ck_assert_uint_eq(w.d.mem.node_affinity, 2);
	/* Set by hand it stays, until all 64 bits are set. */
	ck_assert_int_eq(domain_set_node_affinity(&w.d, 1, 3), 0);
	domain_update_node_affinity(&w.d, &all, &one, &pool, cpu_to_node);
	ck_assert_uint_eq(w.d.mem.node_affinity, 1);
	ck_assert_int_eq(domain_set_node_affinity(&w.d, 4, 3), -22);
	ck_assert_int_eq(domain_set_node_affinity(&w.d, 7, 3), 0);
	ck_assert_uint_eq(w.d.mem.node_affinity, 7); /* offline bits kept */
	ck_assert_int_eq(domain_set_node_affinity(&w.d, NODESET_ALL, 3), 0);
	ck_assert_uint_eq(w.d.mem.node_affinity, 7);
	domain_update_node_affinity(&w.d, &all, &one, &pool, cpu_to_node);
	ck_assert_uint_eq(w.d.mem.node_affinity, 2);
	arena_destroy(w.arena);
}
END_TEST

/* --- pages ---------------------------------------------------------------------- */

/* Pool pages go round the affinity of the moment: 256 over both nodes, starting
 * after node 0; then 100 more on node 0 alone. They do not count as the
 * domain's. */
START_TEST(test_pool_follows_the_affinity_of_the_moment)
{
	struct world w;

	world_init(&w, 422);
	ck_assert_uint_eq(domain_pool_grow(&w.d, w.heap, 256, UINT64_MAX, 0,
					   NULL), 256);
	ck_assert_uint_eq(w.d.pool_node_pages[0], 128);
	ck_assert_uint_eq(w.d.pool_node_pages[1], 128);
	ck_assert_uint_eq(w.d.mem.last_alloc_node, 0);
	domain_set_node_affinity(&w.d, 1, 3);
	ck_assert_uint_eq(domain_pool_grow(&w.d, w.heap, 356, 60, 0, NULL), 60);
	ck_assert_uint_eq(domain_pool_grow(&w.d, w.heap, 356, 60, 0, NULL), 40);
	ck_assert_uint_eq(w.d.pool_node_pages[0], 228);
	ck_assert_uint_eq(w.d.mem.tot_pages, 0);
	/* Side by side, so two queues of one run each (128 and 228 pages). */
	ck_assert_uint_eq(w.store.run.used_count, 2);
	ck_assert_uint_eq(domain_take_xen_pages(&w.d, w.heap, 5, 1), 5);
	ck_assert_uint_eq(w.d.xen_node_pages[1], 5);
	domain_check(&w.d, w.heap);
	arena_destroy(w.arena);
}
END_TEST

/* What a running guest gives back is clean and goes to its own node; a hole in
 * the map ends the call. */
START_TEST(test_removed_pages_are_clean_and_go_home)
{
	struct world w;

	world_init(&w, 422);
	ck_assert_uint_eq(populate(&w, &w.d, 0, 4, 9), 4);
	ck_assert_uint_eq(domain_node_pages(&w.d, 1), 1024);
	/* gpfns 0-511 node 1, 512-1023 node 0: 12 of one, 88 of the other. */
	ck_assert_uint_eq(domain_remove_pages(&w.d, w.heap, 500, 100), 100);
	ck_assert_uint_eq(domain_node_pages(&w.d, 1), 1024 - 12);
	ck_assert_uint_eq(domain_node_pages(&w.d, 0), 1024 - 88);
	ck_assert_uint_eq(heap_node_dirty_pages(w.heap, 0), 0);
	ck_assert_uint_eq(domain_remove_pages(&w.d, w.heap, 490, 100), 10);
	ck_assert_uint_eq(w.d.mem.tot_pages, 2048 - 110);
	ck_assert_uint_eq(domain_mappings(&w.d, P2M_2M), 2);
	ck_assert_uint_eq(domain_mappings(&w.d, P2M_4K), 490 + 424);
	domain_check(&w.d, w.heap);
	arena_destroy(w.arena);
}
END_TEST

static void dump(void *arg, const struct heap_block_view *b)
{
	FILE *out = arg;

	fprintf(out, "%u %u %u %llu %u %u\n", b->node, b->zone, b->order,
		(unsigned long long)b->mfn, b->first_dirty, b->dirty_pages);
}

static char *lists_of(const struct heap *heap)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	heap_walk(heap, dump, out);
	fclose(out);
	return text;
}

static void live_and_die(struct world *w, uint64_t step_pages)
{
	uint64_t freed, total = 0, before;

	world_init(w, 422);
	before = heap_free_pages(w->heap);
	ck_assert_uint_eq(domain_take_xen_pages(&w->d, w->heap, 3, 0), 3);
	domain_pool_grow(&w->d, w->heap, 301, UINT64_MAX, 0, NULL);
	ck_assert_uint_eq(populate(w, &w->d, 0, 5, 9), 5);
	ck_assert_uint_eq(populate(w, &w->d, 5000, 77, 0), 77);
	ck_assert_uint_eq(populate(w, &w->d, 9000, 9, 3), 9);
	domain_remove_pages(&w->d, w->heap, 700, 33);
	/* What is left between starts and ends anywhere: [3, 13) of 512. */
	domain_remove_pages(&w->d, w->heap, 1024, 3);
	domain_remove_pages(&w->d, w->heap, 1024 + 13, 1);
	ck_assert_int_eq(heap_claim(w->heap, &w->d.mem, 4000), HEAP_CLAIM_OK);
	domain_kill(&w->d, w->heap);
	ck_assert_uint_eq(heap_claimed_pages(w->heap), 0);
	while ((freed = domain_relinquish(&w->d, w->heap, step_pages)) > 0) {
		ck_assert_uint_le(freed, step_pages);
		total += freed;
		if (step_pages > 1)
			domain_check(&w->d, w->heap);
	}
	ck_assert_uint_eq(total, 3 + 301 + 5 * 512 + 77 + 72 - 37);
	ck_assert_uint_eq(heap_free_pages(w->heap), before);
	ck_assert_uint_eq(w->d.mem.tot_pages, 0);
	ck_assert_uint_eq(w->store.extent.used_count, 0);
	ck_assert_uint_eq(w->store.tree.used_count, 0);
	ck_assert_uint_eq(w->store.run.used_count, 0);
	heap_check(w->heap);
	domain_check(&w->d, w->heap);
	/* The 37 pages given back in life are clean, all others dirty. */
	ck_assert_uint_eq(heap_node_dirty_pages(w->heap, 0) +
			  heap_node_dirty_pages(w->heap, 1), total);
}

/* Page by page, in odd pieces or at once: the same lists in the end. */
START_TEST(test_destroy_in_any_pieces_leaves_the_same_lists)
{
	static const uint64_t pieces[] = {1, 7, 512, 1000};
	struct world w;

	live_and_die(&w, UINT32_MAX);
	char *whole = lists_of(w.heap);

	arena_destroy(w.arena);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		live_and_die(&w, pieces[i]);
		char *lists = lists_of(w.heap);

		ck_assert_str_eq(lists, whole);
		free(lists);
		arena_destroy(w.arena);
	}
	free(whole);
}
END_TEST

/* The struct lives again: nothing of the first life is left. */
START_TEST(test_a_domain_can_be_used_again)
{
	struct world w;

	live_and_die(&w, 100);
	domain_init(&w.d, &w.store, 2, DOMAIN_PV, 100);
	ck_assert_uint_eq(populate(&w, &w.d, 0, 200, 0), 100);
	domain_check(&w.d, w.heap);
	arena_destroy(w.arena);
}
END_TEST

/* 1000 pages of vnode 0 and 500 of vnode 1, striped: extents end where vnodes
 * do. 64 pages at 968 are 32 of one and 32 of the other. */
START_TEST(test_pages_are_counted_by_vnode_and_node)
{
	static const struct vmemrange range[] = {{0, 1000, 0},
						 {1000, 1500, 1}};
	static const uint8_t pnode[] = {0, 1};
	struct world w;

	world_init(&w, 422);
	domain_set_vnuma(&w.d, w.arena, 2, pnode, range, 2);
	ck_assert_uint_eq(populate(&w, &w.d, 968, 1, 6), 1);
	ck_assert_uint_eq(populate(&w, &w.d, 0, 100, 0), 100);
	ck_assert_uint_eq(populate(&w, &w.d, 2000, 1, 0), 1); /* in no vnode */
	ck_assert_uint_eq(domain_vnode_pages(&w.d, 0), 132);
	ck_assert_uint_eq(domain_vnode_pages(&w.d, 1), 32);
	ck_assert_uint_eq(domain_vnode_node_pages(&w.d, 0, 1), 32 + 50);
	ck_assert_uint_eq(domain_vnode_node_pages(&w.d, 1, 0), 0);
	ck_assert_uint_eq(w.d.mem.tot_pages, 165);
	domain_remove_pages(&w.d, w.heap, 990, 20);
	ck_assert_uint_eq(domain_vnode_pages(&w.d, 0), 122);
	ck_assert_uint_eq(domain_vnode_pages(&w.d, 1), 22);
	domain_check(&w.d, w.heap);
	arena_destroy(w.arena);
}
END_TEST

/* --- broken ------------------------------------------------------------------- */

static struct world *broken_world(void)
{
	static struct world w;

	world_init(&w, 422);
	domain_pool_grow(&w.d, w.heap, 20, UINT64_MAX, 0, NULL);
	populate(&w, &w.d, 0, 3, 9);
	domain_check(&w.d, w.heap);
	return &w;
}

START_TEST(test_check_finds_a_wrong_total) /* D1 */
{
	struct world *w = broken_world();

	w->d.mem.tot_pages++;
	domain_check(&w->d, w->heap);
}
END_TEST

START_TEST(test_check_finds_an_owned_page_that_is_free) /* D2 */
{
	struct world *w = broken_world();

	heap_free(w->heap, p2m_lookup(&w->d.p2m, 600).mfn, 0, false);
	domain_check(&w->d, w->heap);
}
END_TEST

START_TEST(test_check_finds_a_page_on_another_node) /* D2 */
{
	struct world *w = broken_world();
	struct p2m_extent *e = slab_at(&w->store.extent, w->d.p2m.oldest);

	w->d.p2m.node_pages[e->node] -= e->pages;
	e->node ^= 1;
	w->d.p2m.node_pages[e->node] += e->pages;
	domain_check(&w->d, w->heap);
}
END_TEST

START_TEST(test_check_finds_a_wrong_pool) /* D3 */
{
	struct world *w = broken_world();

	w->d.pool_node_pages[0]++;
	domain_check(&w->d, w->heap);
}
END_TEST

START_TEST(test_check_finds_a_dying_domain_with_a_tree) /* D4 */
{
	struct world *w = broken_world();

	w->d.mem.dying = true;
	domain_check(&w->d, w->heap);
}
END_TEST

START_TEST(test_check_finds_no_affinity) /* D5 */
{
	struct world *w = broken_world();

	w->d.mem.node_affinity = 0;
	domain_check(&w->d, w->heap);
}
END_TEST

START_TEST(test_check_all_finds_two_owners) /* H1 */
{
	struct world *w = broken_world();
	struct domain *both[] = {&w->d, &w->dom0};
	struct p2m_run run = p2m_lookup(&w->d.p2m, 100);

	domain_check_all(both, 2, w->heap);
	p2m_add(&w->dom0.p2m, 0, run.mfn, 1, run.node);
	w->dom0.mem.tot_pages++;
	domain_check_all(both, 2, w->heap);
}
END_TEST

START_TEST(test_check_all_finds_a_claim_nobody_has) /* H5 */
{
	struct world *w = broken_world();
	struct domain *both[] = {&w->d, &w->dom0};

	heap_claim(w->heap, &w->d.mem, 2000);
	domain_check_all(both, 2, w->heap);
	w->d.mem.claim_pages--;
	domain_check_all(both, 2, w->heap);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("domain");
	TCase *tc = tcase_create("domain");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc,
		       test_affinity_of_a_new_domain_is_all_and_automatic);
	tcase_add_test(tc, test_pool_follows_the_affinity_of_the_moment);
	tcase_add_test(tc, test_removed_pages_are_clean_and_go_home);
	tcase_add_test(tc, test_destroy_in_any_pieces_leaves_the_same_lists);
	tcase_add_test(tc, test_a_domain_can_be_used_again);
	tcase_add_test(tc, test_pages_are_counted_by_vnode_and_node);
	suite_add_tcase(suite, tc);

	tc = tcase_create("broken");
	tcase_add_test_raise_signal(tc, test_check_finds_a_wrong_total,
				    SIGABRT);
	tcase_add_test_raise_signal(
		tc, test_check_finds_an_owned_page_that_is_free, SIGABRT);
	tcase_add_test_raise_signal(
		tc, test_check_finds_a_page_on_another_node, SIGABRT);
	tcase_add_test_raise_signal(tc, test_check_finds_a_wrong_pool, SIGABRT);
	tcase_add_test_raise_signal(
		tc, test_check_finds_a_dying_domain_with_a_tree, SIGABRT);
	tcase_add_test_raise_signal(tc, test_check_finds_no_affinity, SIGABRT);
	tcase_add_test_raise_signal(tc, test_check_all_finds_two_owners,
				    SIGABRT);
	tcase_add_test_raise_signal(
		tc, test_check_all_finds_a_claim_nobody_has, SIGABRT);
	suite_add_tcase(suite, tc);
	return suite;
}
