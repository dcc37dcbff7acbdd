/* check_heap.c - the heap by hand, and broken. */
#include "test/test.h"
#include "xen/heap.h"
#include "xen/heap_impl.h"

#include <signal.h>

/* --- by hand ------------------------------------------------------------------ */

/* Two nodes of 1024 pages: [1024, 2048) and [2048, 3072). Node 1 pays 4 pages
 * for its lists: the start is no multiple of 2^18, so [2048, 2052) is lost. */
static struct heap *two_nodes(struct arena *arena, uint32_t version,
			      enum heap_bootscrub bootscrub)
{
	static const struct heap_span span[] = {{1024, 2048, 0},
						{2048, 3072, 1}};
	struct heap_config config = {
		.node_count = 2,
		.online = 3,
		.cpu_nodes = 1,
		.span = span,
		.span_count = 2,
		.xen_version = version,
		.dma_bits = 12, /* width 12: no zone below, so no DMA range */
		.bootscrub = bootscrub,
	};
	struct heap *heap = heap_create(arena, &config);

	heap_boot_spans(heap, 0);
	return heap;
}

static struct heap_domain domain_on(nodeset nodes)
{
	return (struct heap_domain){
		.domid = 1,
		.node_affinity = nodes,
		.max_pages = 100000,
	};
}

static struct heap_extent must_alloc(struct heap *heap, struct heap_domain *d,
				     uint32_t order, uint32_t node,
				     uint32_t flags)
{
	struct heap_request req = {
		.domain = d, .order = order, .node = node, .flags = flags};
	struct heap_extent e;

	ck_assert_int_eq(heap_alloc(heap, &req, &e), HEAP_OK);
	return e;
}

static enum heap_result try_alloc(struct heap *heap, struct heap_domain *d,
				  uint32_t order, uint32_t node, uint32_t flags)
{
	struct heap_request req = {
		.domain = d, .order = order, .node = node, .flags = flags};
	struct heap_extent e;

	return heap_alloc(heap, &req, &e);
}

/* 1024 pages in one block of order 10; 3 pages halve it 10 times, 0 and 1. */
START_TEST(test_upper_half_is_kept_and_the_block_comes_back)
{
	struct arena *arena = arena_create();
	struct heap *heap = two_nodes(arena, 422, HEAP_BOOTSCRUB_OFF);
	struct heap_extent a = must_alloc(heap, NULL, 0, 0, 0);
	struct heap_extent b = must_alloc(heap, NULL, 0, 0, 0);
	struct heap_extent c = must_alloc(heap, NULL, 0, 0, 0);

	ck_assert_uint_eq(a.mfn, 2047);
	ck_assert_uint_eq(a.split_count, 10);
	ck_assert_uint_eq(b.mfn, 2046); /* the order-0 half left behind */
	ck_assert_uint_eq(b.split_count, 0);
	ck_assert_uint_eq(c.mfn, 2045);
	ck_assert_uint_eq(c.split_count, 1);
	ck_assert_uint_eq(heap_node_free_pages(heap, 0), 1024 - 3);
	heap_free(heap, a.mfn, 0, false);
	heap_free(heap, c.mfn, 0, false);
	heap_free(heap, b.mfn, 0, false);
	ck_assert_uint_eq(heap_node_order_pages(heap, 0, 10), 1024);
	heap_check(heap);
	arena_destroy(arena);
}
END_TEST

/* last_alloc_node starts as 0, so {0,1} begins on node 1; each extent goes to
 * the other node, whatever its size; a full affinity falls back. */
START_TEST(test_any_node_goes_round_the_affinity)
{
	static const uint32_t order[] = {0, 4, 0, 7, 0, 3};
	struct arena *arena = arena_create();
	struct heap *heap = two_nodes(arena, 422, HEAP_BOOTSCRUB_OFF);
	struct heap_domain both = domain_on(3), one = domain_on(2);

	for (uint32_t i = 0; i < 6; i++)
		ck_assert_uint_eq(must_alloc(heap, &both, order[i], NODE_NONE,
					     0).node, (i + 1) % 2);
	while (heap_node_free_pages(heap, 1))
		must_alloc(heap, &one, 0, NODE_NONE, 0);
	ck_assert_int_eq(try_alloc(heap, &one, 0, 1, HEAP_EXACT_NODE),
			 HEAP_NO_MEMORY);
	ck_assert_int_eq(try_alloc(heap, &one, 0, NODE_NONE, HEAP_EXACT_NODE),
			 HEAP_NO_MEMORY);
	ck_assert_uint_eq(must_alloc(heap, &one, 0, NODE_NONE, 0).node, 0);
	ck_assert_uint_eq(must_alloc(heap, &one, 0, 1, 0).node, 0);
	ck_assert_uint_eq(one.last_alloc_node, 0);
	arena_destroy(arena);
}
END_TEST

/* Node 0 dirty, node 1 clean: order > 0 goes to node 1 even for a domain of
 * node 0; order 0 and NO_SCRUB stay. When both are dirty, home is home again
 * and the pages are scrubbed on the spot. */
START_TEST(test_a_far_clean_block_beats_a_near_dirty_one)
{
	struct arena *arena = arena_create();
	struct heap *heap = two_nodes(arena, 417, HEAP_BOOTSCRUB_OFF);
	struct heap_domain d = domain_on(1);
	struct heap_extent all = must_alloc(heap, NULL, 10, 0, HEAP_EXACT_NODE);

	heap_free(heap, all.mfn, 10, true);
	ck_assert_uint_eq(must_alloc(heap, &d, 3, NODE_NONE, 0).node, 1);
	struct heap_extent e = must_alloc(heap, &d, 0, NODE_NONE, 0);

	ck_assert_uint_eq(e.node, 0);
	ck_assert_uint_eq(e.scrubbed_pages, 1);
	e = must_alloc(heap, &d, 3, NODE_NONE, HEAP_NO_SCRUB);
	ck_assert_uint_eq(e.node, 0);
	ck_assert_uint_eq(e.scrubbed_pages, 0);
	ck_assert_uint_eq(e.dirty_pages, 0); /* the marks are dropped */
	e = must_alloc(heap, &d, 3, NODE_NONE,
		       HEAP_NO_SCRUB | HEAP_KEEP_SCRUB);
	ck_assert_uint_eq(e.dirty_pages, 8);
	ck_assert_uint_eq(d.tot_pages, 8 + 1 + 8); /* KEEP: not assigned yet */
	ck_assert_int_eq(heap_assign(heap, &d, 3, 0), HEAP_OK);
	while (heap_node_free_pages(heap, 1))
		must_alloc(heap, NULL, 0, 1, HEAP_EXACT_NODE);
	e = must_alloc(heap, &d, 3, NODE_NONE, 0);
	ck_assert_uint_eq(e.node, 0);
	ck_assert_uint_eq(e.scrubbed_pages, 8);
	ck_assert_uint_eq(heap_node_dirty_pages(heap, 0), 1024 - 1 - 8 * 3);
	arena_destroy(arena);
}
END_TEST

/*
 * Node 0 is dirty whole: one block of order 10. A call with a softirq pending
 * ends after the 9th page (9 * 100 > 800); the block then starts dirty at 9.
 * Node 1 has no CPU: the CPU of node 0 turns to it when node 0 is done.
 */
START_TEST(test_scrubbing_stops_after_nine_pages_and_goes_on)
{
	struct arena *arena = arena_create();
	struct heap *heap = two_nodes(arena, 422, HEAP_BOOTSCRUB_IDLE);
	uint64_t pages, skipped;

	ck_assert(heap_scrub_round(heap, 0, true, &pages));
	ck_assert_uint_eq(pages, 9);
	ck_assert_uint_eq(heap_node_dirty_pages(heap, 0), 1024 - 9);
	ck_assert_uint_eq(heap_scrub_node(heap, 0), 0);
	/* Taken: another CPU of node 0 is sent to node 1. */
	ck_assert_uint_eq(heap_scrub_node(heap, 0), 1);
	ck_assert_uint_eq(heap_scrub_node(heap, 0), NODE_NONE);
	heap_scrub_release(heap, 1);
	ck_assert_uint_eq(heap_scrub_chunk(heap, 0, 2000, &skipped), 1015);
	ck_assert_uint_eq(skipped, 0);
	heap_scrub_release(heap, 0);
	ck_assert(heap_scrub_more(heap, 0));
	ck_assert(!heap_scrub_round(heap, 0, false, &pages));
	ck_assert_uint_eq(pages, 1024 - HEAP_BOOT_LOST_PAGES);
	ck_assert(!heap_scrub_more(heap, 0));
	heap_check(heap);
	arena_destroy(arena);
}
END_TEST

/* 1024 + 1020 pages. A claim of 2000 leaves 44 to others; it shrinks as the
 * claimant allocates (4.22), as it is assigned (4.17), and in 4.17 alone grows
 * again when it gives pages back. */
START_TEST(test_claims_keep_others_out)
{
	uint32_t version = _i ? 422 : 417;
	struct arena *arena = arena_create();
	struct heap *heap = two_nodes(arena, version, HEAP_BOOTSCRUB_OFF);
	struct heap_domain d = domain_on(3), other = domain_on(3);

	ck_assert_int_eq(heap_claim(heap, &d, 2045), HEAP_CLAIM_NO_MEMORY);
	ck_assert_int_eq(heap_claim(heap, &d, 2000), HEAP_CLAIM_OK);
	ck_assert_int_eq(heap_claim(heap, &d, 2001), HEAP_CLAIM_INVALID);
	ck_assert_int_eq(heap_claim(heap, &other, 45), HEAP_CLAIM_NO_MEMORY);
	ck_assert_int_eq(try_alloc(heap, &other, 6, NODE_NONE, 0),
			 HEAP_CLAIMED);
	ck_assert_int_eq(try_alloc(heap, NULL, 6, NODE_NONE, 0), HEAP_CLAIMED);
	ck_assert_int_eq(try_alloc(heap, &d, 6, NODE_NONE, HEAP_NO_REFCOUNT),
			 HEAP_CLAIMED);
	struct heap_extent e = must_alloc(heap, &d, 6, NODE_NONE, 0);

	ck_assert_uint_eq(d.claim_pages, 2000 - 64);
	heap_free_owned(heap, &d, e.mfn, 64, false);
	ck_assert_uint_eq(d.claim_pages, version == 417 ? 2000 : 2000 - 64);
	/* An allocation whose assignment fails costs the claim in 4.22 only. */
	d.max_pages = 0;
	uint64_t before = d.claim_pages;

	ck_assert_int_eq(try_alloc(heap, &d, 0, NODE_NONE, 0),
			 HEAP_OVER_LIMIT);
	ck_assert_uint_eq(d.claim_pages, before - (version == 422));
	ck_assert_int_eq(heap_claim(heap, &d, 0), HEAP_CLAIM_OK);
	ck_assert_uint_eq(heap_claimed_pages(heap), 0);
	ck_assert_uint_eq(heap_free_pages(heap), 2044);
	arena_destroy(arena);
}
END_TEST

/*
 * 2044 pages free, limit 300 -> 2^8 = 256. Allocating one page at a time:
 * virq at 256 free; then T = 2^7 and the next at 128. Frees are not looked at;
 * an allocation that sees >= 2^(7+1+...) raises T again: high after the second
 * virq is 2^8 (T was 7), so at 256 free again T = 7, high = 2^9.
 */
START_TEST(test_low_memory_warns_at_each_power_of_two)
{
	struct arena *arena = arena_create();
	struct heap *heap = two_nodes(arena, 422, HEAP_BOOTSCRUB_OFF);
	struct heap_domain d = domain_on(3);
	uint64_t at[8], virqs = 0;

	heap_low_mem_setup(heap, 300, false);
	while (heap_free_pages(heap) > 100)
		if (must_alloc(heap, &d, 0, NODE_NONE, 0).low_mem_virqs)
			at[virqs++] = heap_free_pages(heap);
	ck_assert_uint_eq(virqs, 2);
	ck_assert_uint_eq(at[0], 256);
	ck_assert_uint_eq(at[1], 128);
	ck_assert_uint_eq(heap_low_mem_virqs(heap), 2);
	ck_assert_uint_eq(heap->low_mem_order, 6);
	ck_assert_uint_eq(heap->low_mem_high_pages, 256);
	/* A claim counts as gone: 100 - 50 <= 2^6. */
	ck_assert_int_eq(heap_claim(heap, &d, d.tot_pages + 50),
			 HEAP_CLAIM_OK);
	ck_assert(must_alloc(heap, NULL, 0, NODE_NONE, 0).low_mem_virqs);
	arena_destroy(arena);
}
END_TEST

START_TEST(test_low_memory_limit_zero_warns_at_once)
{
	struct arena *arena = arena_create();
	struct heap *heap = two_nodes(arena, 422, HEAP_BOOTSCRUB_OFF);

	heap_low_mem_setup(heap, 0, false);
	ck_assert(must_alloc(heap, NULL, 0, NODE_NONE, 0).low_mem_virqs);
	ck_assert_uint_eq(heap->low_mem_order, 0);
	/* T rises by one each time until 2^(T+2) > 2040: T = 9. */
	for (uint32_t i = 1; i <= 12; i++) {
		ck_assert(!must_alloc(heap, NULL, 0, NODE_NONE,
				      0).low_mem_virqs);
		ck_assert_uint_eq(heap->low_mem_order, i < 9 ? i : 9);
	}
	arena_destroy(arena);
}
END_TEST

/*
 * 24 TiB in 64 nodes take 24 * 1024 blocks and a few megabytes of model. dma:
 * node 0 spans 384 GiB, so 32 bits, and its 4 GiB are 2^20 pages less page 0.
 */
START_TEST(test_size_follows_blocks_not_pages)
{
	enum { GIB = 384 };
	struct heap_span span[64];
	struct heap_config config = {
		.node_count = 64, .online = NODESET_ALL,
		.cpu_nodes = NODESET_ALL, .span = span, .span_count = 64,
		.xen_version = 422, .bootscrub = HEAP_BOOTSCRUB_IDLE,
	};
	struct arena *arena = arena_create();

	for (uint32_t n = 0; n < 64; n++)
		span[n] = (struct heap_span){(uint64_t)n * GIB << 18,
					     (uint64_t)(n + 1) * GIB << 18, n};
	struct heap *heap = heap_create(arena, &config);

	heap_boot_spans(heap, 0);
	heap_check(heap);
	ck_assert_uint_eq(heap_dma_bits(heap), 32);
	ck_assert_uint_eq(heap_node_dma_pages(heap, 0), (1 << 20) - 1);
	ck_assert_uint_eq(heap_free_pages(heap),
			  (UINT64_C(64) * GIB << 18) - 1 - 63 * 4);
	/* Each node but the first loses 4 pages: 2^18 - 4 is 16 blocks; page 0
	 * leaves 18. */
	ck_assert_uint_eq(heap_block_count(heap),
			  64 * GIB - 64 + 63 * 16 + 18);
	ck_assert_uint_lt(arena_used_bytes(arena), 4 << 20);
	arena_destroy(arena);
}
END_TEST

/* --- broken ------------------------------------------------------------------- */

/* A heap with some blocks; dirty ones too. */
static struct heap *worn_heap(void)
{
	struct heap *heap = two_nodes(arena_create(), 422, HEAP_BOOTSCRUB_OFF);
	struct heap_extent a = must_alloc(heap, NULL, 3, 0, 0);

	must_alloc(heap, NULL, 0, 0, 0);
	heap_free(heap, a.mfn, 3, true);
	heap_check(heap);
	return heap;
}

static struct heap_block *first_block(struct heap *heap)
{
	uint32_t orders = heap->node[0].zone[11].order_mask;

	return heap_block_at(
		heap,
		heap->node[0].zone[11].list[__builtin_ctz(orders)].head);
}

START_TEST(test_check_finds_two_blocks_over_each_other) /* H1 */
{
	struct heap *heap = worn_heap();

	heap->node[0].avail_pages++;
	heap->node[0].given_pages++;
	/* [1024, 1536) is one block already. */
	heap_block_insert(heap, 1100, 0, 0, HEAP_CLEAN, DIRTY_NONE);
	heap_check(heap);
}
END_TEST

START_TEST(test_check_finds_a_block_on_a_wrong_node) /* H2 */
{
	struct heap *heap = worn_heap();

	first_block(heap)->node = 1;
	heap_check(heap);
}
END_TEST

START_TEST(test_check_finds_buddies_not_merged) /* H3 */
{
	struct heap *heap = worn_heap();
	uint32_t index = heap_block_find(heap, 1024, 9);

	ck_assert_uint_ne(index, 0);
	heap_block_delete(heap, index);
	heap_block_insert(heap, 1024, 8, 0, HEAP_CLEAN, DIRTY_NONE);
	heap_block_insert(heap, 1280, 8, 0, HEAP_CLEAN, DIRTY_NONE);
	heap_check(heap);
}
END_TEST

START_TEST(test_check_finds_a_wrong_zone_sum) /* H4 */
{
	struct heap *heap = worn_heap();

	heap->node[0].zone[11].free_pages--;
	heap_check(heap);
}
END_TEST

START_TEST(test_check_finds_a_wrong_total) /* H4 */
{
	struct heap *heap = worn_heap();

	heap->total_free_pages++;
	heap_check(heap);
}
END_TEST

START_TEST(test_check_finds_more_claimed_than_free) /* H5 */
{
	struct heap *heap = worn_heap();

	heap->total_claimed_pages = heap->total_free_pages + 1;
	heap_check(heap);
}
END_TEST

/* The lists of node 0, zone 11 that hold one block each: a dirty block put
 * before a clean one. */
START_TEST(test_check_finds_dirty_before_clean) /* H6 */
{
	struct heap *heap = worn_heap();
	struct heap_extent a = must_alloc(heap, NULL, 5, 0, 0);
	struct heap_extent b = must_alloc(heap, NULL, 5, 0, 0);
	struct heap_extent c = must_alloc(heap, NULL, 5, 0, 0);

	ck_assert_uint_ne(a.mfn ^ 32, b.mfn);
	heap_free(heap, c.mfn, 5, true);
	heap_free(heap, a.mfn, 5, false);
	heap_check(heap);
	heap_block_to_tail(heap, heap_block_find(heap, a.mfn, 5));
	heap_check(heap);
}
END_TEST

START_TEST(test_check_finds_a_broken_link) /* H6 */
{
	struct heap *heap = worn_heap();

	first_block(heap)->prev = 7;
	heap_check(heap);
}
END_TEST

START_TEST(test_check_finds_a_dirty_page_before_first_dirty) /* H7 */
{
	struct heap *heap = two_nodes(arena_create(), 422,
				      HEAP_BOOTSCRUB_IDLE);

	heap_check(heap);
	first_block(heap)->first_dirty = 1;
	heap_check(heap);
}
END_TEST

START_TEST(test_check_finds_a_wrong_dirty_counter) /* H7 */
{
	struct heap *heap = worn_heap();

	heap->node[0].dirty_pages++;
	heap_check(heap);
}
END_TEST

START_TEST(test_check_finds_lost_pages) /* H8 */
{
	struct heap *heap = worn_heap();

	heap->node[0].out_pages--;
	heap_check(heap);
}
END_TEST

START_TEST(test_freeing_twice_aborts)
{
	struct heap *heap = worn_heap();
	struct heap_extent a = must_alloc(heap, NULL, 4, 0, 0);

	heap_free(heap, a.mfn, 4, false);
	heap_free(heap, a.mfn, 4, false);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("heap");
	TCase *tc = tcase_create("by hand");

	tcase_add_test(tc, test_upper_half_is_kept_and_the_block_comes_back);
	tcase_add_test(tc, test_any_node_goes_round_the_affinity);
	tcase_add_test(tc, test_a_far_clean_block_beats_a_near_dirty_one);
	tcase_add_test(tc, test_scrubbing_stops_after_nine_pages_and_goes_on);
	tcase_add_loop_test(tc, test_claims_keep_others_out, 0, 2);
	tcase_add_test(tc, test_low_memory_warns_at_each_power_of_two);
	tcase_add_test(tc, test_low_memory_limit_zero_warns_at_once);
	tcase_add_test(tc, test_size_follows_blocks_not_pages);
	suite_add_tcase(suite, tc);

	tc = tcase_create("broken");
	tcase_add_test_raise_signal(
		tc, test_check_finds_two_blocks_over_each_other, SIGABRT);
	tcase_add_test_raise_signal(
		tc, test_check_finds_a_block_on_a_wrong_node, SIGABRT);
	tcase_add_test_raise_signal(tc, test_check_finds_buddies_not_merged, SIGABRT);
	tcase_add_test_raise_signal(tc, test_check_finds_a_wrong_zone_sum, SIGABRT);
	tcase_add_test_raise_signal(tc, test_check_finds_a_wrong_total, SIGABRT);
	tcase_add_test_raise_signal(
		tc, test_check_finds_more_claimed_than_free, SIGABRT);
	tcase_add_test_raise_signal(tc, test_check_finds_dirty_before_clean, SIGABRT);
	tcase_add_test_raise_signal(tc, test_check_finds_a_broken_link, SIGABRT);
	tcase_add_test_raise_signal(
		tc, test_check_finds_a_dirty_page_before_first_dirty, SIGABRT);
	tcase_add_test_raise_signal(
		tc, test_check_finds_a_wrong_dirty_counter, SIGABRT);
	tcase_add_test_raise_signal(tc, test_check_finds_lost_pages, SIGABRT);
	tcase_add_test_raise_signal(tc, test_freeing_twice_aborts, SIGABRT);
	suite_add_tcase(suite, tc);
	return suite;
}
