/*
 * heap_boot.c - from RAM to a heap: the boot allocator and its hand-over.
 *
 * SOURCE  facts/xen.md 4.6 (end), 4.4 (dma_bits); page_alloc.c:
 *         alloc_boot_pages(), end_boot_allocator(), init_heap_pages().
 *
 * RULE    Regions are freed into the heap: first the lowest that starts on CPU
 *         0's node, then the others from the highest down. A region is cut
 *         where the node changes, a run into aligned blocks, ascending. The
 *         first node met uses static bookkeeping; the first run of any other
 *         node pays 4 pages for its own.
 */
#include "base/err.h"
#include "xen/heap_impl.h"

#include <string.h>

static void set_spans(struct heap *heap, const struct heap_config *config);
static void set_regions(struct heap *heap);
static void give_region(struct heap *heap, struct heap_boot_region *region,
			uint32_t cpu0_node);
static void give_run(struct heap *heap, uint64_t start, uint64_t end,
		     uint32_t node, uint32_t cpu0_node);
static uint32_t derived_dma_bits(const struct heap *heap);

struct heap *heap_create(struct arena *arena, const struct heap_config *config)
{
	struct heap *heap = arena_alloc(arena, sizeof(*heap));
	uint32_t n = config->node_count;

	require(n >= 1 && n <= NODE_MAX && config->online != 0);
	require((config->online & ~nodeset_below(n)) == 0);
	require(config->span_count >= 1 && config->span_count <= HEAP_SPAN_MAX);
	require(config->xen_version == 417 || config->xen_version == 422);
	heap->arena = arena;
	heap->node_count = n;
	heap->node = arena_array(arena, n, sizeof(*heap->node));
	heap->online = config->online;
	heap->cpu_nodes = config->cpu_nodes;
	heap->xen_version = config->xen_version;
	heap->dma_bits = config->dma_bits;
	heap->bootscrub = config->bootscrub;
	heap->bookkeeping_paid = config->bookkeeping_paid;
	heap->booting = true;
	slab_init(&heap->block, arena, sizeof(struct heap_block));
	for (uint32_t l = 0; l < HEAP_LEVELS; l++)
		slab_init(&heap->table[l], arena, heap_table_bytes(l));
	slab_init(&heap->tree, arena, sizeof(struct dirty_node));
	heap->distance = arena_array(arena, (size_t)n * n, 1);
	for (uint32_t i = 0; i < n * n; i++)
		heap->distance[i] = config->distance ? config->distance[i]
				    : i % (n + 1) == 0 ? 10 : 20;
	set_spans(heap, config);
	set_regions(heap);
	return heap;
}

static void set_spans(struct heap *heap, const struct heap_config *config)
{
	heap->span_count = config->span_count;
	heap->span = arena_array(heap->arena, heap->span_count,
				 sizeof(*heap->span));
	memcpy(heap->span, config->span,
	       heap->span_count * sizeof(*heap->span));
	for (uint32_t i = 0; i < heap->span_count; i++) {
		const struct heap_span *s = &heap->span[i];

		require(s->start_mfn < s->end_mfn);
		require(s->node < heap->node_count);
		require(i == 0 || s[-1].end_mfn <= s->start_mfn);
		require(s->end_mfn <= UINT64_C(1) << (HEAP_ZONES - 1));
		struct heap_node *n = &heap->node[s->node];

		if (n->start_mfn == n->end_mfn)
			n->start_mfn = s->start_mfn;
		n->end_mfn = s->end_mfn;
	}
}

/* A region that one span covers knows its node; any other asks the spans. */
static void set_regions(struct heap *heap)
{
	const struct heap_span *last = &heap->span[heap->span_count - 1];
	uint64_t end = (last->end_mfn - 1) >> HEAP_ORDER_MAX;

	heap->region_base = heap->span[0].start_mfn >> HEAP_ORDER_MAX;
	heap->region_count = end - heap->region_base + 1;
	heap->region = arena_array(heap->arena, heap->region_count,
				   sizeof(*heap->region));
	for (uint64_t r = 0; r < heap->region_count; r++)
		heap->region[r].node = HEAP_NODE_MIXED;
	for (uint32_t i = 0; i < heap->span_count; i++) {
		const struct heap_span *s = &heap->span[i];
		uint64_t pages = UINT64_C(1) << HEAP_ORDER_MAX;
		uint64_t from = (s->start_mfn + pages - 1) >> HEAP_ORDER_MAX;

		for (uint64_t r = from; r < s->end_mfn >> HEAP_ORDER_MAX; r++)
			heap->region[r - heap->region_base].node = s->node;
	}
}

static void boot_insert(struct heap *heap, uint32_t at, uint64_t start,
			uint64_t end)
{
	if (start == end)
		return;
	if (heap->boot_count == heap->boot_max) {
		uint32_t max = heap->boot_max ? 2 * heap->boot_max : 64;
		struct heap_boot_region *boot =
			arena_array(heap->arena, max, sizeof(*boot));

		if (heap->boot_count)
			memcpy(boot, heap->boot,
			       heap->boot_count * sizeof(*boot));
		heap->boot = boot;
		heap->boot_max = max;
	}
	memmove(&heap->boot[at + 1], &heap->boot[at],
		(heap->boot_count - at) * sizeof(*heap->boot));
	heap->boot[at] = (struct heap_boot_region){start, end};
	heap->boot_count++;
}

void heap_boot_ram(struct heap *heap, uint64_t start_mfn, uint64_t end_mfn)
{
	uint32_t at = heap->boot_count;

	require(heap->booting && start_mfn < end_mfn);
	while (at > 0 && heap->boot[at - 1].start_mfn > start_mfn)
		at--;
	require(at == 0 || heap->boot[at - 1].end_mfn <= start_mfn);
	require(at == heap->boot_count || end_mfn <= heap->boot[at].start_mfn);
	boot_insert(heap, at, start_mfn, end_mfn);
}

uint64_t heap_boot_alloc(struct heap *heap, uint64_t pages, uint64_t align)
{
	require(heap->booting && pages > 0);
	require(align > 0 && (align & (align - 1)) == 0);
	for (uint32_t i = heap->boot_count; i-- > 0;) {
		struct heap_boot_region r = heap->boot[i];

		if (r.end_mfn - r.start_mfn < pages)
			continue;
		uint64_t mfn = (r.end_mfn - pages) & ~(align - 1);

		if (mfn < r.start_mfn)
			continue;
		heap->boot_count--;
		memmove(&heap->boot[i], &heap->boot[i + 1],
			(heap->boot_count - i) * sizeof(*heap->boot));
		boot_insert(heap, i, mfn + pages, r.end_mfn);
		boot_insert(heap, i, r.start_mfn, mfn);
		return mfn;
	}
	return MFN_NONE;
}

bool heap_boot_end(struct heap *heap, uint32_t cpu0_node)
{
	require(heap->booting && cpu0_node < heap->node_count);
	for (uint32_t i = 0; i < heap->boot_count; i++) {
		struct heap_boot_region *r = &heap->boot[i];

		if (heap_node_of(heap, r->start_mfn) != cpu0_node)
			continue;
		give_region(heap, r, cpu0_node);
		break;
	}
	for (uint32_t i = heap->boot_count; i-- > 0;)
		give_region(heap, &heap->boot[i], cpu0_node);
	if (!heap->dma_bits && nodeset_count(heap->online) > 1)
		heap->dma_bits = derived_dma_bits(heap);
	heap->booting = false;
	return !heap->boot_failed;
}

void heap_boot_spans(struct heap *heap, uint32_t cpu0_node)
{
	for (uint32_t i = 0; i < heap->span_count; i++)
		heap_boot_ram(heap, heap->span[i].start_mfn,
			      heap->span[i].end_mfn);
	require(heap_boot_end(heap, cpu0_node));
}

/* Empties the region. Page 0 stays out: no two buddies lie in two zones. */
static void give_region(struct heap *heap, struct heap_boot_region *region,
			uint32_t cpu0_node)
{
	uint64_t mfn = region->start_mfn ? region->start_mfn : 1;

	while (mfn < region->end_mfn) {
		uint32_t node = heap_node_of(heap, mfn);
		uint64_t end = mfn + 1;

		require(node < heap->node_count);
		for (uint32_t i = 0; i < heap->span_count; i++)
			if (heap->span[i].node == node &&
			    heap->span[i].start_mfn <= end &&
			    heap->span[i].end_mfn > end)
				end = heap->span[i].end_mfn;
		if (end > region->end_mfn)
			end = region->end_mfn;
		give_run(heap, mfn, end, node, cpu0_node);
		mfn = end;
	}
	region->start_mfn = region->end_mfn;
}

/* 4 pages for the node's own lists, from the run or from the heap. */
static void pay_bookkeeping(struct heap *heap, uint64_t *start, uint64_t *end,
			    uint32_t cpu0_node)
{
	const uint64_t lost = HEAP_BOOT_LOST_PAGES;
	uint64_t whole = UINT64_C(1) << HEAP_ORDER_MAX;

	if (!heap->static_used || heap->bookkeeping_paid) {
		heap->static_used = true;
		return;
	}
	if (*end - *start < lost) {
		struct heap_request req = {
			.order = 2,
			.node = NODE_NONE,
			.cpu_node = cpu0_node,
			.flags = HEAP_NO_SCRUB,
		};
		struct heap_extent extent;

		if (heap_alloc(heap, &req, &extent) != HEAP_OK) {
			heap->boot_failed = true;
			return;
		}
		heap->node[extent.node].out_pages -= lost;
		heap->node[extent.node].given_pages -= lost;
	} else if (*start % whole == 0 &&
		   (*start == 0 ||
		    __builtin_ctzll(*end) <= __builtin_ctzll(*start))) {
		*end -= lost;
	} else {
		*start += lost;
	}
}

static void give_run(struct heap *heap, uint64_t start, uint64_t end,
		     uint32_t node, uint32_t cpu0_node)
{
	struct heap_node *n = &heap->node[node];

	if (!n->has_heap) {
		pay_bookkeeping(heap, &start, &end, cpu0_node);
		n->has_heap = true;
	}
	n->given_pages += end - start;
	n->out_pages += end - start;
	heap_free_range(heap, start, end - start,
			heap->bootscrub == HEAP_BOOTSCRUB_IDLE);
}

static uint32_t derived_dma_bits(const struct heap *heap)
{
	for (uint32_t i = 0; i < heap->node_count; i++) {
		const struct heap_node *n = &heap->node[i];
		uint64_t span = n->end_mfn - n->start_mfn;

		if (!nodeset_has(heap->online, i) || !span ||
		    n->start_mfn >> (32 - 12))
			continue;
		uint64_t last = n->start_mfn + span / 4 - 1;
		uint32_t bits = 64 - (uint32_t)__builtin_clzll(last | 1) + 12;

		return bits < 32 ? bits : 32;
	}
	return 0;
}
