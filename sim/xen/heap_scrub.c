/*
 * heap_scrub.c - scrubbing free memory while CPUs are idle.
 *
 * SOURCE  facts/xen.md 4.6; page_alloc.c: scrub_free_pages(), node_to_scrub().
 *
 * RULE    A CPU scrubs its own node, else the nearest node that has no CPU,
 *         one scrubber a node. Zones ascending, orders descending, the block at
 *         the tail of the list while that is dirty; its pages from first_dirty
 *         up. A page scrubbed weighs 100, a clean page passed over 1; the limit
 *         is tested after each page.
 */
#include "xen/heap_impl.h"

#include "base/err.h"

enum { SCRUB_PAGE_WEIGHT = 100, SCRUB_SOFTIRQ_PAGES = 9 };

/* One call: how far it may go, how far it went. */
struct scrub {
	uint64_t weight_max; /* ends after the page that goes above this */
	uint64_t weight;
	uint64_t scrubbed_pages, skipped_pages;
	bool stopped;        /* went above */
};

static void scrub_node(struct heap *heap, uint32_t node, struct scrub *s);
static void scrub_block(struct heap *heap, uint32_t index, struct scrub *s);
static uint32_t pass_clean(struct scrub *s, uint32_t pages);
static uint32_t pass_dirty(struct scrub *s, uint32_t pages);

/* A node without CPUs that is dirty; the nearest nobody scrubs, or (any) the
 * first. Distance ties go to the first in cyclic order after own. */
static uint32_t memory_only_node(const struct heap *heap, uint32_t own,
				 bool any)
{
	nodeset candidates = heap->online & ~heap->cpu_nodes;
	uint32_t best = NODE_NONE, shortest = 0;

	if (own < NODE_MAX)
		candidates &= ~nodeset_of(own);
	uint32_t node = own;

	for (uint32_t i = nodeset_count(candidates); i > 0; i--) {
		node = nodeset_next(candidates, node);
		if (!heap->node[node].dirty_pages)
			continue;
		if (any)
			return node;
		uint32_t d = heap->distance[own * heap->node_count + node];

		if ((best == NODE_NONE || d < shortest) &&
		    !nodeset_has(heap->scrubbing, node)) {
			best = node;
			shortest = d;
		}
	}
	return best;
}

uint32_t heap_scrub_node(struct heap *heap, uint32_t cpu_node)
{
	uint32_t node = cpu_node;

	require(cpu_node < heap->node_count);
	if (!heap->node[node].dirty_pages || nodeset_has(heap->scrubbing, node))
		node = memory_only_node(heap, cpu_node, false);
	if (node != NODE_NONE)
		heap->scrubbing = nodeset_add(heap->scrubbing, node);
	return node;
}

void heap_scrub_release(struct heap *heap, uint32_t node)
{
	require(nodeset_has(heap->scrubbing, node));
	heap->scrubbing = nodeset_del(heap->scrubbing, node);
}

bool heap_scrub_more(const struct heap *heap, uint32_t cpu_node)
{
	require(cpu_node < heap->node_count);
	return heap->node[cpu_node].dirty_pages ||
	       memory_only_node(heap, cpu_node, true) != NODE_NONE;
}

uint64_t heap_scrub_chunk(struct heap *heap, uint32_t node, uint64_t max_pages,
			  uint64_t *skipped_pages)
{
	struct scrub s = {.weight_max = (max_pages - 1) * SCRUB_PAGE_WEIGHT};

	require(max_pages >= 1 && max_pages < UINT64_MAX / SCRUB_PAGE_WEIGHT);
	require(nodeset_has(heap->scrubbing, node));
	scrub_node(heap, node, &s);
	if (skipped_pages)
		*skipped_pages = s.skipped_pages;
	return s.scrubbed_pages;
}

bool heap_scrub_round(struct heap *heap, uint32_t cpu_node, bool softirq,
		      uint64_t *scrubbed_pages)
{
	uint32_t node = heap_scrub_node(heap, cpu_node);

	*scrubbed_pages = 0;
	if (node == NODE_NONE)
		return false;
	*scrubbed_pages = heap_scrub_chunk(
		heap, node, softirq ? SCRUB_SOFTIRQ_PAGES : UINT64_C(1) << 48,
		NULL);
	heap_scrub_release(heap, node);
	return heap_scrub_more(heap, cpu_node);
}

static void scrub_node(struct heap *heap, uint32_t node, struct scrub *s)
{
	struct heap_node *n = &heap->node[node];
	uint64_t zones = n->zone_mask;

	for (; zones && n->dirty_pages; zones &= zones - 1) {
		uint32_t z = (uint32_t)__builtin_ctzll(zones);
		uint32_t orders = n->zone[z].order_mask;

		while (orders) {
			uint32_t o = 31 - (uint32_t)__builtin_clz(orders);
			uint32_t tail = n->zone[z].list[o].tail;

			if (heap_block_at(heap, tail)->first_dirty ==
			    HEAP_CLEAN) {
				orders &= ~(UINT32_C(1) << o);
				continue;
			}
			scrub_block(heap, tail, s);
			if (s->stopped || !n->dirty_pages)
				return;
		}
	}
}

/* From first_dirty up. Finished, it is clean and goes to the head. */
static void scrub_block(struct heap *heap, uint32_t index, struct scrub *s)
{
	struct heap_block *b = heap_block_at(heap, index);
	uint32_t size = UINT32_C(1) << b->order, i = b->first_dirty;
	uint64_t before = s->scrubbed_pages;

	while (i < size && !s->stopped) {
		uint32_t first = size;
		uint32_t run = dirty_next(&heap->tree, b->dirty, b->order, i,
					  &first);

		i += pass_clean(s, first - i);
		if (!run || s->stopped)
			continue;
		run = pass_dirty(s, run);
		b->dirty = dirty_clear(&heap->tree, b->dirty, b->order, i,
				       i + run);
		i += run;
	}
	heap->node[b->node].dirty_pages -= s->scrubbed_pages - before;
	b->first_dirty = i < size ? i : HEAP_CLEAN;
	if (i >= size)
		heap_block_to_head(heap, index);
}

/* Pages passed before the weight goes above its limit, at most pages. */
static uint32_t pass_clean(struct scrub *s, uint32_t pages)
{
	uint64_t left = s->weight_max - s->weight + 1;

	if (pages >= left) {
		pages = (uint32_t)left;
		s->stopped = true;
	}
	s->weight += pages;
	s->skipped_pages += pages;
	return pages;
}

static uint32_t pass_dirty(struct scrub *s, uint32_t pages)
{
	uint64_t left = (s->weight_max - s->weight) / SCRUB_PAGE_WEIGHT + 1;

	if (pages >= left) {
		pages = (uint32_t)left;
		s->stopped = true;
	}
	s->weight += (uint64_t)pages * SCRUB_PAGE_WEIGHT;
	s->scrubbed_pages += pages;
	return pages;
}
