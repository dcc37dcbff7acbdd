/*
 * check_p2m.c - the extents of a domain beside an array of pages, and broken.
 */
#include "base/rng.h"
#include "test/test.h"
#include "xen/p2m.h"
#include "xen/p2m_tree.h"

#include <signal.h>
#include <string.h>

enum { GPFNS = 1 << 15, VNODES = 3, NODES = 4 };

/* The same map, a record a page. */
struct naive {
	uint64_t mfn[GPFNS];   /* 0 = not mapped */
	uint8_t node[GPFNS];
	uint64_t stamp[GPFNS]; /* when assigned: oldest first */
};

static const struct vmemrange ranges[] = {
	{0, 5000, 1}, {5000, 5000, 0}, {7000, 20001, 0}, {20001, 30000, 2},
};

static uint32_t vnode_of(uint64_t gpfn)
{
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (ranges[i].start_gpfn <= gpfn && gpfn < ranges[i].end_gpfn)
			return ranges[i].vnode;
	return VNODE_NONE;
}

static struct p2m_store *store_new(struct arena *arena)
{
	struct p2m_store *store = arena_alloc(arena, sizeof(*store));

	p2m_store_init(store, arena);
	return store;
}

static struct p2m *p2m_new(struct arena *arena, bool vnuma)
{
	struct p2m *p2m = arena_alloc(arena, sizeof(*p2m));

	p2m_init(p2m, store_new(arena));
	if (vnuma)
		p2m_set_vnuma(p2m, VNODES, ranges,
			      sizeof(ranges) / sizeof(ranges[0]),
			      arena_array(arena, (size_t)VNODES * NODE_MAX,
					  sizeof(uint64_t)));
	return p2m;
}

static bool same_gpfn(const struct p2m *p2m, const struct naive *n,
		      uint64_t gpfn, bool vnuma)
{
	struct p2m_run run = p2m_lookup(p2m, gpfn);

	if (!n->mfn[gpfn])
		return run.pages == 0;
	return run.pages >= 1 && run.gpfn == gpfn &&
	       run.mfn == n->mfn[gpfn] && run.node == n->node[gpfn] &&
	       run.vnode == (vnuma ? vnode_of(gpfn) : (uint32_t)VNODE_NONE);
}

/* Everything: each gpfn, the sums, the order of assignment. */
struct assigned {
	const struct naive *n;
	uint64_t last_stamp, pages;
	bool ordered;
};

static void visit_assigned(void *arg, const struct p2m_run *run)
{
	struct assigned *a = arg;

	for (uint64_t i = 0; i < run->pages; i++) {
		uint64_t stamp = a->n->stamp[run->gpfn + i];

		a->ordered &= stamp > a->last_stamp;
		a->last_stamp = stamp;
	}
	a->pages += run->pages;
}

static void compare_all(const struct p2m *p2m, const struct naive *n,
			bool vnuma)
{
	uint64_t pages = 0, on[NODES] = {0}, in[VNODES][NODES] = {{0}};
	struct assigned a = {n, 0, 0, true};
	bool same = true;

	p2m_check(p2m);
	for (uint64_t g = 0; g < GPFNS; g++) {
		same &= same_gpfn(p2m, n, g, vnuma);
		if (!n->mfn[g])
			continue;
		pages++;
		on[n->node[g]]++;
		if (vnode_of(g) != VNODE_NONE)
			in[vnode_of(g)][n->node[g]]++;
	}
	ck_assert(same);
	ck_assert_uint_eq(p2m->pages, pages);
	p2m_walk_assigned(p2m, visit_assigned, &a);
	ck_assert(a.ordered);
	ck_assert_uint_eq(a.pages, pages);
	for (uint32_t k = 0; k < NODES; k++) {
		ck_assert_uint_eq(p2m->node_pages[k], on[k]);
		for (uint32_t v = 0; vnuma && v < VNODES; v++)
			ck_assert_uint_eq(
				p2m->vnode_node_pages[v * NODE_MAX + k],
				in[v][k]);
	}
	/* Walking by gpfn meets every mapped page once. */
	uint64_t seen = 0;

	for (struct p2m_run r = p2m_next(p2m, 0); r.pages;
	     r = p2m_next(p2m, r.gpfn + r.pages))
		seen += r.pages;
	ck_assert_uint_eq(seen, pages);
}

static bool naive_any(const struct naive *n, uint64_t gpfn, uint64_t pages)
{
	for (uint64_t i = 0; i < pages; i++)
		if (n->mfn[gpfn + i])
			return true;
	return false;
}

START_TEST(test_extents_and_an_array_of_pages_agree)
{
	struct arena *arena = arena_create();
	struct p2m *p2m = p2m_new(arena, _i);
	static struct naive n;
	uint64_t stamp = 0, mfn = 1 << 20;
	struct rng rng;

	memset(&n, 0, sizeof(n));
	rng_init(&rng, 2, RNG_TEST, (uint64_t)_i);
	for (uint32_t step = 1; step <= 60000; step++) {
		uint32_t order = (uint32_t)(rng_below(&rng, 4)
						    ? rng_below(&rng, 4)
						    : rng_below(&rng, 11));
		uint64_t pages = UINT64_C(1) << order;
		uint64_t gpfn = rng_below(&rng, GPFNS - pages);
		bool fill = step / 2000 % 2 == 0;

		if (rng_below(&rng, 4))
			gpfn &= ~(pages - 1);
		ck_assert(p2m_any_mapped(p2m, gpfn, pages) ==
			  naive_any(&n, gpfn, pages));
		if (fill ? rng_below(&rng, 5) > 0 : rng_below(&rng, 5) == 0) {
			uint32_t node = (uint32_t)rng_below(&rng, NODES);

			if (naive_any(&n, gpfn, pages))
				continue;
			mfn = (mfn + 2 * pages) & ~(pages - 1);
			p2m_add(p2m, gpfn, mfn, pages, node);
			for (uint64_t i = 0; i < pages; i++) {
				n.mfn[gpfn + i] = mfn + i;
				n.node[gpfn + i] = (uint8_t)node;
				n.stamp[gpfn + i] = ++stamp;
			}
		} else {
			struct p2m_run r = p2m_remove(p2m, gpfn, pages);

			ck_assert_uint_le(r.pages, pages);
			ck_assert((r.pages > 0) == (n.mfn[gpfn] != 0));
			for (uint64_t i = 0; i < r.pages; i++) {
				ck_assert_uint_eq(r.mfn + i, n.mfn[gpfn + i]);
				n.mfn[gpfn + i] = 0;
			}
		}
		if (step % 1000 == 0)
			compare_all(p2m, &n, _i);
	}
	ck_assert_uint_gt(p2m->height, 1);
	arena_destroy(arena);
}
END_TEST

/* Pages come back oldest first, in pieces, and the store is empty after. */
START_TEST(test_oldest_first_after_the_tree_is_dropped)
{
	struct arena *arena = arena_create();
	struct p2m *p2m = p2m_new(arena, false);
	struct p2m_run r;

	p2m_add(p2m, 5000, 512, 512, 1);
	p2m_add(p2m, 0, 4096, 64, 0);
	p2m_add(p2m, GPFN_NONE, 9000, 3, 2); /* owned, not mapped */
	p2m_remove(p2m, 5100, 1); /* the first extent is two now */
	p2m_check(p2m);
	ck_assert_uint_eq(p2m->extent_count, 4);
	ck_assert_uint_eq(p2m->size_pages[P2M_4K], 511 + 64);
	p2m_drop_tree(p2m);
	p2m_check(p2m);
	r = p2m_remove_oldest(p2m, 30);
	ck_assert(r.mfn == 512 && r.pages == 30 && r.node == 1);
	p2m_check(p2m);
	r = p2m_remove_oldest(p2m, 1000);
	ck_assert(r.mfn == 542 && r.pages == 70 && r.gpfn == 5030);
	r = p2m_remove_oldest(p2m, 1000);
	ck_assert(r.mfn == 613 && r.pages == 411);
	r = p2m_remove_oldest(p2m, 1000);
	ck_assert(r.mfn == 4096 && r.pages == 64);
	r = p2m_remove_oldest(p2m, 2);
	ck_assert(r.mfn == 9000 && r.pages == 2 && r.gpfn == GPFN_NONE);
	r = p2m_remove_oldest(p2m, 2);
	ck_assert(r.mfn == 9002 && r.pages == 1);
	ck_assert_uint_eq(p2m_remove_oldest(p2m, 2).pages, 0);
	p2m_check(p2m);
	ck_assert_uint_eq(p2m->store->extent.used_count, 0);
	ck_assert_uint_eq(p2m->store->tree.used_count, 0);
	arena_destroy(arena);
}
END_TEST

static void visit_digest(void *arg, const struct p2m_run *run)
{
	uint64_t *digest = arg;

	*digest = rng_mix(*digest ^ run->gpfn) + run->mfn;
	*digest = rng_mix(*digest ^ run->pages) + run->node + run->vnode;
}

static uint64_t digest(const struct p2m *p2m)
{
	uint64_t sum = p2m->pages;

	for (uint32_t s = 0; s < P2M_SIZES; s++)
		sum = rng_mix(sum ^ p2m->size_pages[s]);
	p2m_walk_assigned(p2m, visit_digest, &sum);
	return sum;
}

static uint64_t oldest_mfn(struct p2m *p2m)
{
	const struct p2m_extent *e =
		p2m->oldest ? slab_at(&p2m->store->extent, p2m->oldest) : NULL;

	return e ? e->mfn : UINT64_MAX;
}

/* Everything out again, in stacks, and page counts as they come one by one. */
static void drain(struct p2m *stacks, struct p2m *single, struct rng *rng)
{
	uint64_t after_mfn, oldest;

	p2m_drop_tree(stacks);
	p2m_drop_tree(single);
	while ((oldest = p2m_oldest_pages(stacks)) > 0) {
		uint64_t most = 1 + rng_below(rng, 3000);
		struct p2m_run s = p2m_remove_stack(stacks, most, &after_mfn);
		uint64_t end = s.mfn + s.pages;

		if (!s.pages) {
			/* Too large, or in no block of its own. */
			struct p2m_run a = p2m_remove_oldest(stacks, oldest);
			struct p2m_run b = p2m_remove_oldest(single, oldest);

			ck_assert(oldest > most || oldest & (oldest - 1) ||
				  a.mfn & (oldest - 1));
			ck_assert(a.mfn == b.mfn && a.pages == b.pages);
			continue;
		}
		ck_assert_uint_le(s.pages, most);
		while (end > s.mfn) {
			struct p2m_run b = p2m_remove_oldest(single, 1 << 20);

			ck_assert(b.mfn + b.pages == end && b.node == s.node);
			ck_assert(!(b.pages & (b.pages - 1) ||
				    b.mfn & (b.pages - 1)));
			end = b.mfn;
		}
		ck_assert_uint_eq(after_mfn, oldest_mfn(single));
		p2m_check(stacks);
	}
	ck_assert_uint_eq(p2m_oldest_pages(single), 0);
	ck_assert_uint_eq(stacks->store->extent.used_count, 0);
}

/* Mostly behind all others, sometimes in a gap; aligned or not; over the ends
 * of ranges. */
START_TEST(test_a_stack_is_its_extents_one_by_one)
{
	static const uint32_t orders[] = {0, 0, 2, 3, 9, 10};
	struct arena *arena = arena_create();
	struct p2m *stacks = p2m_new(arena, _i), *single = p2m_new(arena, _i);
	uint64_t end = 0, mfn = UINT64_C(1) << 30, added = 0;
	struct rng rng;

	rng_init(&rng, 3, RNG_TEST, (uint64_t)_i);
	for (uint32_t step = 1; step <= 1500; step++) {
		uint32_t order = orders[rng_below(&rng, 6)];
		uint32_t count = 1 + (uint32_t)rng_below(&rng, 9);
		uint64_t size = UINT64_C(1) << order;
		uint64_t gpfn = end + rng_below(&rng, 3);
		uint32_t node = (uint32_t)rng_below(&rng, NODES);

		if (rng_below(&rng, 4))
			gpfn = (gpfn + size - 1) & ~(size - 1);
		if (rng_below(&rng, 8) == 0)
			gpfn = rng_below(&rng, end + 1);
		if (p2m_any_mapped(single, gpfn, count * size))
			continue;
		/* Often right below the last one: a stack goes on. */
		mfn = (rng_below(&rng, 2) ? mfn - size : mfn - 3 * size) &
		      ~(size - 1);
		p2m_add_stack(stacks, gpfn, mfn, order, count, node);
		for (uint32_t i = 0; i < count; i++)
			p2m_add(single, gpfn + i * size, mfn - i * size, size,
				node);
		mfn -= (count - 1) * size;
		if (gpfn + count * size > end)
			end = gpfn + count * size;
		if (rng_below(&rng, 16) == 0) {
			p2m_remove(stacks, gpfn, 1);
			p2m_remove(single, gpfn, 1);
		}
		added++;
		ck_assert_uint_eq(digest(stacks), digest(single));
		if (step % 50 == 0)
			p2m_check(stacks);
	}
	ck_assert_uint_gt(added, 1000);
	drain(stacks, single, &rng);
	arena_destroy(arena);
}
END_TEST

/*
 * 1 GiB at gpfn 2^18 from mfn 2^19: one 1 GiB mapping. Without one page of it:
 * 511 2 MiB mappings and 511 pages. 2 MiB at a gpfn that is not aligned like
 * its mfn: 512 pages.
 */
START_TEST(test_sizes_of_mappings)
{
	struct arena *arena = arena_create();
	struct p2m *p2m = p2m_new(arena, false);

	p2m_add(p2m, 1 << 18, 1 << 19, 1 << 18, 0);
	ck_assert_uint_eq(p2m->size_pages[P2M_1G], 1 << 18);
	p2m_remove(p2m, (1 << 18) + 777, 1);
	ck_assert_uint_eq(p2m->size_pages[P2M_1G], 0);
	ck_assert_uint_eq(p2m->size_pages[P2M_2M], 511 * 512);
	ck_assert_uint_eq(p2m->size_pages[P2M_4K], 511);
	p2m_add(p2m, 100, 512, 512, 0);
	ck_assert_uint_eq(p2m->size_pages[P2M_4K], 511 + 512);
	p2m_check(p2m);
	arena_destroy(arena);
}
END_TEST

/* --- broken ------------------------------------------------------------------- */

static struct p2m *small(void)
{
	struct p2m *p2m = p2m_new(arena_create(), true);

	for (uint64_t i = 0; i < 200; i++)
		p2m_add(p2m, 8 * i, 1024 + 4 * i, 4, (uint32_t)i % NODES);
	p2m_check(p2m);
	return p2m;
}

static struct p2m_extent *extent(struct p2m *p2m, uint32_t index)
{
	return slab_at(&p2m->store->extent, index);
}

START_TEST(test_check_finds_a_key_that_is_not_its_extents) /* P1 */
{
	struct p2m *p2m = small();
	struct p2m_tree_node *leaf = slab_at(&p2m->store->tree,
					     p2m->last_leaf);

	leaf->key[0]++;
	p2m_tree_check(p2m);
}
END_TEST

START_TEST(test_check_finds_an_overlap) /* P2 */
{
	struct p2m *p2m = small();

	extent(p2m, 5)->pages += 5;
	p2m->pages += 5;
	p2m->node_pages[extent(p2m, 5)->node] += 5;
	p2m->size_pages[P2M_4K] += 5;
	p2m->vnode_pages[1] += 5;
	p2m->vnode_node_pages[NODE_MAX + extent(p2m, 5)->node] += 5;
	p2m_check(p2m);
}
END_TEST

START_TEST(test_check_finds_an_extent_not_in_the_tree) /* P3 */
{
	struct p2m *p2m = small();

	p2m_tree_delete(p2m, 80);
	p2m_check(p2m);
}
END_TEST

START_TEST(test_check_finds_a_broken_list) /* P3 */
{
	struct p2m *p2m = small();

	extent(p2m, 9)->prev = 3;
	p2m_check(p2m);
}
END_TEST

START_TEST(test_check_finds_a_wrong_sum) /* P4 */
{
	struct p2m *p2m = small();

	p2m->node_pages[2]--;
	p2m->node_pages[1]++;
	p2m_check(p2m);
}
END_TEST

START_TEST(test_check_finds_a_wrong_vnode) /* P4 */
{
	struct p2m *p2m = small();
	struct p2m_extent *e = extent(p2m, 1);

	p2m->vnode_pages[e->vnode] -= e->pages;
	p2m->vnode_node_pages[e->vnode * NODE_MAX + e->node] -= e->pages;
	e->vnode = 2;
	p2m->vnode_pages[e->vnode] += e->pages;
	p2m->vnode_node_pages[e->vnode * NODE_MAX + e->node] += e->pages;
	p2m_check(p2m);
}
END_TEST

START_TEST(test_check_finds_an_empty_node) /* P5 */
{
	struct p2m *p2m = small();
	struct p2m_tree_node *leaf = slab_at(&p2m->store->tree,
					     p2m->last_leaf);

	leaf->count = 0;
	p2m_tree_check(p2m);
}
END_TEST

START_TEST(test_check_finds_a_gpfn_above_the_end) /* P6 */
{
	struct p2m *p2m = small();

	p2m->end_gpfn--;
	p2m_check(p2m);
}
END_TEST

START_TEST(test_mapping_twice_aborts)
{
	p2m_add(small(), 9, 4096, 1, 0);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("p2m");
	TCase *tc = tcase_create("p2m");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, test_extents_and_an_array_of_pages_agree, 0, 2);
	tcase_add_test(tc, test_oldest_first_after_the_tree_is_dropped);
	tcase_add_loop_test(tc, test_a_stack_is_its_extents_one_by_one, 0, 2);
	tcase_add_test(tc, test_sizes_of_mappings);
	suite_add_tcase(suite, tc);

	tc = tcase_create("broken");
	tcase_add_test_raise_signal(
		tc, test_check_finds_a_key_that_is_not_its_extents, SIGABRT);
	tcase_add_test_raise_signal(tc, test_check_finds_an_overlap, SIGABRT);
	tcase_add_test_raise_signal(
		tc, test_check_finds_an_extent_not_in_the_tree, SIGABRT);
	tcase_add_test_raise_signal(tc, test_check_finds_a_broken_list,
				    SIGABRT);
	tcase_add_test_raise_signal(tc, test_check_finds_a_wrong_sum, SIGABRT);
	tcase_add_test_raise_signal(tc, test_check_finds_a_wrong_vnode,
				    SIGABRT);
	tcase_add_test_raise_signal(tc, test_check_finds_an_empty_node,
				    SIGABRT);
	tcase_add_test_raise_signal(tc, test_check_finds_a_gpfn_above_the_end,
				    SIGABRT);
	tcase_add_test_raise_signal(tc, test_mapping_twice_aborts, SIGABRT);
	suite_add_tcase(suite, tc);
	return suite;
}
