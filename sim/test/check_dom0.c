/* check_dom0.c - dom0's memory: how much, and on which nodes. */
#include "base/units.h"
#include "test/test.h"
#include "toolstack/dom0.h"

#include <string.h>

enum { GIB = 1 << 18, MIB = 256 };

static const uint16_t cpu_to_node[CPU_MAX] = {0, 0, 0, 0, 1, 1, 1, 1};

struct world {
	struct arena *arena;
	struct heap *heap;
	struct p2m_store store;
	struct domain dom0;
	cpuset cpus;
};

/* Two nodes of 16 GiB from 0 on, four CPUs each; 4 GiB of node 0 are DMA
 * memory. Page 0 and 4 pages of node 1 are nobody's. */
static void world_init(struct world *w)
{
	static const struct heap_span span[] = {
		{0, 16 * GIB, 0}, {16 * GIB, 32 * GIB, 1}};
	struct heap_config config = {
		.node_count = 2,
		.online = 3,
		.cpu_nodes = 3,
		.span = span,
		.span_count = 2,
		.xen_version = 417,
		.bootscrub = HEAP_BOOTSCRUB_IDLE,
	};

	memset(w, 0, sizeof(*w));
	w->arena = arena_create();
	w->heap = heap_create(w->arena, &config);
	heap_boot_spans(w->heap, 0);
	p2m_store_init(&w->store, w->arena);
	w->cpus = cpuset_below(8);
}

static uint64_t build(struct world *w, const struct dom0_config *config)
{
	uint64_t pages = dom0_build(&w->dom0, &w->store, w->heap, config,
				    &w->cpus, cpu_to_node, 0);

	domain_check(&w->dom0, w->heap);
	heap_check(w->heap);
	ck_assert_uint_eq(w->dom0.p2m.pages, pages);
	return pages;
}

static struct dom0_config mem(int64_t pages)
{
	return (struct dom0_config){.amount = {.given = true, .pages = pages}};
}

/* 4 GiB: chunks of 1 GiB on nodes 1, 0, 1, 0; nothing is scrubbed for it, and
 * nothing comes from below 4 GiB. */
START_TEST(test_big_chunks_go_round_the_nodes)
{
	struct dom0_config config = mem(4 * GIB);
	struct world w;

	world_init(&w);
	uint64_t dma = heap_node_dma_pages(w.heap, 0);

	ck_assert_uint_eq(build(&w, &config), 4 * GIB);
	for (uint64_t g = 0; g < 4; g++) {
		struct p2m_run r = p2m_lookup(&w.dom0.p2m, g * GIB);

		ck_assert_uint_eq(r.pages, GIB);
		ck_assert_uint_eq(r.node, (g + 1) % 2);
	}
	ck_assert_uint_eq(heap_node_dma_pages(w.heap, 0), dma);
	ck_assert(w.dom0.node_affinity_auto);
	ck_assert_uint_eq(w.dom0.mem.node_affinity, 3);
	arena_destroy(w.arena);
}
END_TEST

/* 670 MiB = 512 + 128 + 16 + 8 + 4 + 2, on 1, 0, 1, 0, 1, 0. */
START_TEST(test_the_rest_in_binary_digits)
{
	static const uint64_t chunk[] = {512, 128, 16, 8, 4, 2};
	struct dom0_config config = mem(670 * MIB);
	uint64_t gpfn = 0;
	struct world w;

	world_init(&w);
	ck_assert_uint_eq(build(&w, &config), 670 * MIB);
	for (uint32_t i = 0; i < 6; i++) {
		struct p2m_run r = p2m_lookup(&w.dom0.p2m, gpfn);

		ck_assert_uint_eq(r.pages, chunk[i] * MIB);
		ck_assert_uint_eq(r.node, 1 - i % 2);
		gpfn += r.pages;
	}
	ck_assert_uint_eq(domain_node_pages(&w.dom0, 1), (512 + 16 + 4) * MIB);
	arena_destroy(w.arena);
}
END_TEST

/* dom0_nodes=1: all of it there, explicitly; strict vCPUs hard on its CPUs. */
START_TEST(test_dom0_nodes)
{
	struct dom0_config config = mem(3 * GIB);
	cpuset hard, soft, node1 = cpuset_below(8), low = cpuset_below(4);
	struct world w;

	node1 = cpuset_andnot(&node1, &low);
	config.nodes = nodeset_of(1) | nodeset_of(9);
	world_init(&w);
	ck_assert_uint_eq(dom0_nodes(&config, 3), nodeset_of(1));
	ck_assert_uint_eq(build(&w, &config), 3 * GIB);
	ck_assert_uint_eq(domain_node_pages(&w.dom0, 1), 3 * GIB);
	ck_assert(!w.dom0.node_affinity_auto);
	dom0_affinity(&config, 3, &w.cpus, cpu_to_node, &hard, &soft);
	ck_assert(cpuset_equal(&hard, &node1));
	ck_assert_uint_eq(cpuset_count(&soft), CPU_MAX);
	config.relaxed = true;
	dom0_affinity(&config, 3, &w.cpus, cpu_to_node, &hard, &soft);
	ck_assert(cpuset_equal(&soft, &node1));
	ck_assert_uint_eq(cpuset_count(&hard), CPU_MAX);
	config.nodes = nodeset_of(9); /* none online: all */
	ck_assert_uint_eq(dom0_nodes(&config, 3), 3);
	arena_destroy(w.arena);
}
END_TEST

/* dom0_max_vcpus: CPUs of its nodes, raised and lowered. */
START_TEST(test_vcpu_count)
{
	static const struct {
		nodeset nodes;
		uint32_t min, max, count;
	} cases[] = {
		{0, 0, 0, 8}, {2, 0, 0, 4}, {2, 6, 0, 6}, {0, 0, 3, 3},
		{2, 6, 5, 5},
	};
	cpuset cpus = cpuset_below(8);
	struct dom0_config config = {
		.nodes = cases[_i].nodes,
		.vcpus_min = cases[_i].min,
		.vcpus_max = cases[_i].max,
	};

	ck_assert_uint_eq(dom0_vcpu_count(&config, 3, &cpus, cpu_to_node),
			  cases[_i].count);
}
END_TEST

/*
 * Available: 32 GiB - 1 - 4 pages, less one page for each of 8 vCPUs but the
 * first. Default: all but the smaller of 1/16 and 128 MiB.
 */
START_TEST(test_how_much)
{
	const uint64_t avail = 32 * GIB - 5 - 7;
	const struct {
		struct dom0_config config;
		uint64_t pages;
	} cases[] = {
		{{.vcpus_min = 0}, avail - 128 * MIB},
		{mem(5), 5},
		{mem(-(4 * GIB)), avail - 4 * GIB},
		{{.amount = {true, 100, 25}}, 100 + avail / 4},
		{{.amount = {true, 100, 0}, .min = {true, 200, 0}}, 200},
		{{.amount = {true, 300, 0}, .max = {true, 200, 0}}, 200},
		{mem(99 * (int64_t)GIB), avail},
		{{.max = {true, GIB, 0}}, GIB},
		{{.nodes = 1}, 16 * GIB - 1 - 7 - 128 * MIB},
	};
	struct world w;

	world_init(&w);
	ck_assert_uint_eq(dom0_pages(&cases[_i].config, w.heap, 8),
			  cases[_i].pages);
	arena_destroy(w.arena);
}
END_TEST

/*
 * 30 GiB of 32: 12 GiB above the DMA range of node 0 and 16 (but 4 pages) of
 * node 1 go first, then DMA memory, in 2 MiB pieces, from the top down.
 */
START_TEST(test_dma_memory_is_last)
{
	struct dom0_config config = mem(30 * (int64_t)GIB);
	struct world w;

	world_init(&w);
	ck_assert_uint_eq(build(&w, &config), 30 * GIB);
	ck_assert_uint_eq(domain_node_pages(&w.dom0, 1), 16 * GIB - 4);
	ck_assert_uint_eq(heap_node_free_pages(w.heap, 0), 2 * GIB - 5);
	ck_assert_uint_eq(heap_node_dma_pages(w.heap, 0), 2 * GIB - 5);
	/* 2 GiB are left below, but for page 0 and 4 pages of node 1. */
	struct p2m_run r = p2m_lookup(&w.dom0.p2m, 30 * GIB - 1);

	ck_assert_uint_le(r.pages, 512);
	ck_assert_uint_lt(r.mfn, 4 * GIB);
	arena_destroy(w.arena);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("dom0");
	TCase *tc = tcase_create("dom0");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, test_big_chunks_go_round_the_nodes);
	tcase_add_test(tc, test_the_rest_in_binary_digits);
	tcase_add_test(tc, test_dom0_nodes);
	tcase_add_loop_test(tc, test_vcpu_count, 0, 5);
	tcase_add_loop_test(tc, test_how_much, 0, 9);
	tcase_add_test(tc, test_dma_memory_is_last);
	suite_add_tcase(suite, tc);
	return suite;
}
