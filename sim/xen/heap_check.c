/*
 * heap_check.c - looking at a heap: its counters, its blocks, its invariants.
 *
 * H1..H8 are those of heap.h.
 */
#include "base/err.h"
#include "xen/heap_impl.h"

uint64_t heap_free_pages(const struct heap *heap)
{
	return heap->total_free_pages;
}

uint64_t heap_claimed_pages(const struct heap *heap)
{
	return heap->total_claimed_pages;
}

uint64_t heap_given_pages(const struct heap *heap)
{
	uint64_t pages = 0;

	for (uint32_t n = 0; n < heap->node_count; n++)
		pages += heap->node[n].given_pages;
	return pages;
}

uint64_t heap_node_free_pages(const struct heap *heap, uint32_t node)
{
	return node < heap->node_count ? heap->node[node].avail_pages : 0;
}

uint64_t heap_node_given_pages(const struct heap *heap, uint32_t node)
{
	return node < heap->node_count ? heap->node[node].given_pages : 0;
}

uint64_t heap_node_dirty_pages(const struct heap *heap, uint32_t node)
{
	return node < heap->node_count ? heap->node[node].dirty_pages : 0;
}

uint64_t heap_node_dma_pages(const struct heap *heap, uint32_t node)
{
	uint64_t pages = 0;

	if (node >= heap->node_count || !heap->dma_bits)
		return 0;
	for (uint32_t z = 0; z < HEAP_ZONES && z + 12 <= heap->dma_bits; z++)
		pages += heap->node[node].zone[z].free_pages;
	return pages;
}

uint64_t heap_node_order_pages(const struct heap *heap, uint32_t node,
			       uint32_t order)
{
	uint64_t pages = 0;

	if (node >= heap->node_count)
		return 0;
	const struct heap_node *n = &heap->node[node];

	for (uint32_t z = 0; z < HEAP_ZONES; z++)
		for (uint32_t o = order; o < HEAP_ORDERS; o++)
			for (uint32_t i = n->zone[z].list[o].head; i;
			     i = heap_block_at(heap, i)->next)
				pages += UINT64_C(1) << o;
	return pages;
}

uint32_t heap_dma_bits(const struct heap *heap)
{
	return heap->dma_bits;
}

uint32_t heap_xen_version(const struct heap *heap)
{
	return heap->xen_version;
}

uint32_t heap_node_count(const struct heap *heap)
{
	return heap->node_count;
}

nodeset heap_online(const struct heap *heap)
{
	return heap->online;
}

uint64_t heap_block_count(const struct heap *heap)
{
	return heap->block.used_count;
}

uint64_t heap_held_bytes(const struct heap *heap)
{
	uint64_t bytes = sizeof(*heap) +
			 heap->node_count * sizeof(*heap->node) +
			 heap->region_count * sizeof(*heap->region) +
			 slab_held_bytes(&heap->block) +
			 slab_held_bytes(&heap->tree);

	for (uint32_t l = 0; l < HEAP_LEVELS; l++)
		bytes += slab_held_bytes(&heap->table[l]);
	return bytes;
}

uint64_t heap_low_mem_virqs(const struct heap *heap)
{
	return heap->low_mem_virqs;
}

uint32_t heap_node_of(const struct heap *heap, uint64_t mfn)
{
	uint64_t r = (mfn >> HEAP_ORDER_MAX) - heap->region_base;

	if (r >= heap->region_count)
		return NODE_NONE;
	if (heap->region[r].node != HEAP_NODE_MIXED)
		return heap->region[r].node;
	uint32_t low = 0, high = heap->span_count;

	while (low < high) {
		uint32_t mid = (low + high) / 2;

		if (heap->span[mid].end_mfn <= mfn)
			low = mid + 1;
		else
			high = mid;
	}
	return low < heap->span_count && heap->span[low].start_mfn <= mfn
		       ? heap->span[low].node
		       : (uint32_t)NODE_NONE;
}

/* Does a free block start in [low, high)? slot is at base, above level. */
static bool head_within(const struct heap *heap, uint32_t slot, uint64_t base,
			uint32_t level, uint64_t low, uint64_t high)
{
	uint32_t shift = level ? heap_level_shift[level - 1]
			       : (uint32_t)HEAP_ORDER_MAX;

	if (!slot || base + (UINT64_C(1) << shift) <= low || base >= high)
		return false;
	if (!(slot & HEAP_SLOT_TABLE))
		return base >= low;
	const struct heap_table *t = heap_table_at(heap, level, slot);
	uint64_t count = UINT64_C(1) << heap_level_bits[level];
	uint64_t i = low > base ? (low - base) >> heap_level_shift[level] : 0;

	for (; i < count && base + (i << heap_level_shift[level]) < high; i++)
		if (head_within(heap, t->slot[i],
				base + (i << heap_level_shift[level]),
				level + 1, low, high))
			return true;
	return false;
}

bool heap_range_in_use(const struct heap *heap, uint64_t mfn, uint64_t pages)
{
	for (uint32_t o = 0; o < HEAP_ORDERS; o++)
		if (heap_block_find(heap, mfn >> o << o, o))
			return false;
	uint64_t last = (mfn + pages - 1) >> HEAP_ORDER_MAX;

	for (uint64_t r = mfn >> HEAP_ORDER_MAX; r <= last; r++) {
		require(r - heap->region_base < heap->region_count);
		if (head_within(heap, heap->region[r - heap->region_base].slot,
				r << HEAP_ORDER_MAX, 0, mfn, mfn + pages))
			return false;
	}
	return true;
}

static void walk_list(const struct heap *heap, uint32_t node, uint32_t zone,
		      uint32_t order,
		      void (*visit)(void *arg,
				    const struct heap_block_view *block),
		      void *arg)
{
	uint32_t i = heap->node[node].zone[zone].list[order].head;

	while (i) {
		const struct heap_block *b = heap_block_at(heap, i);
		struct heap_block_view view = {
			node, zone, order, b->mfn, b->first_dirty,
			dirty_count(&heap->tree, b->dirty, order)};

		visit(arg, &view);
		i = b->next;
	}
}

void heap_walk(const struct heap *heap,
	       void (*visit)(void *arg, const struct heap_block_view *block),
	       void *arg)
{
	for (uint32_t n = 0; n < heap->node_count; n++) {
		uint64_t zones = heap->node[n].zone_mask;

		for (; zones; zones &= zones - 1) {
			uint32_t z = (uint32_t)__builtin_ctzll(zones);
			uint32_t orders = heap->node[n].zone[z].order_mask;

			for (; orders; orders &= orders - 1)
				walk_list(heap, n, z,
					  (uint32_t)__builtin_ctz(orders),
					  visit, arg);
		}
	}
}

/* Sums of one node while its lists are walked. */
struct sums {
	uint64_t pages, dirty_pages, blocks;
};

static void check_block(const struct heap *heap, uint32_t index, uint32_t node,
			uint32_t zone, uint32_t order)
{
	const struct heap_block *b = heap_block_at(heap, index);
	uint64_t size = UINT64_C(1) << order, last = b->mfn + size - 1;

	require(b->mfn > 0 && b->mfn % size == 0);                     /* H2 */
	require(b->node == node && b->zone == zone && b->order == order);
	require(heap_zone_of(b->mfn) == zone && heap_zone_of(last) == zone);
	require(heap_node_of(heap, b->mfn) == node);                   /* H2 */
	require(heap_node_of(heap, last) == node);                     /* H2 */
	require(heap_block_find(heap, b->mfn, order) == index);        /* H1 */
	if (order < HEAP_ORDER_MAX) {
		uint32_t buddy = heap_block_find(heap, b->mfn ^ size, order);

		require(!buddy ||
			heap_block_at(heap, buddy)->node != node);     /* H3 */
	}
	uint32_t first = HEAP_CLEAN;
	uint32_t run = dirty_next(&heap->tree, b->dirty, order, 0, &first);

	require(b->first_dirty == HEAP_CLEAN || b->first_dirty < size); /* H7 */
	require(!run || (b->first_dirty != HEAP_CLEAN &&
			 first >= b->first_dirty));                    /* H7 */
}

static void check_list(const struct heap *heap, uint32_t node, uint32_t zone,
		       uint32_t order, struct sums *sums)
{
	const struct heap_list *list = &heap->node[node].zone[zone].list[order];
	bool dirty_seen = false;
	uint32_t prev = 0;

	for (uint32_t i = list->head; i; i = heap_block_at(heap, i)->next) {
		const struct heap_block *b = heap_block_at(heap, i);

		require(b->prev == prev);                              /* H6 */
		require(!(dirty_seen && b->first_dirty == HEAP_CLEAN)); /* H6 */
		dirty_seen = b->first_dirty != HEAP_CLEAN;
		check_block(heap, i, node, zone, order);
		sums->pages += UINT64_C(1) << order;
		sums->dirty_pages += dirty_count(&heap->tree, b->dirty, order);
		sums->blocks++;
		prev = i;
	}
	require(list->tail == prev);                                   /* H6 */
	require((heap->node[node].zone[zone].order_mask >> order & 1) ==
		(list->head != 0));                                    /* H6 */
}

static void check_node(const struct heap *heap, uint32_t node,
		       struct sums *all)
{
	const struct heap_node *n = &heap->node[node];
	struct sums sums = {0, 0, 0};

	for (uint32_t z = 0; z < HEAP_ZONES; z++) {
		uint64_t before = sums.pages;

		for (uint32_t o = 0; o < HEAP_ORDERS; o++)
			check_list(heap, node, z, o, &sums);
		uint64_t pages = n->zone[z].free_pages;

		require(pages == sums.pages - before);                 /* H4 */
		require((n->zone_mask >> z & 1) == (pages != 0));
	}
	require(n->avail_pages == sums.pages);                         /* H4 */
	require(n->dirty_pages == sums.dirty_pages);                   /* H7 */
	require(n->given_pages == n->avail_pages + n->out_pages);      /* H8 */
	all->pages += sums.pages;
	all->blocks += sums.blocks;
}

/* Blocks found by going through the index in the order of addresses: each must
 * start at or after the end of the one before. slot is at base, above level. */
static uint64_t check_slot(const struct heap *heap, uint32_t slot,
			   uint64_t base, uint32_t level, uint64_t *end)
{
	uint64_t blocks = 0;
	uint32_t used = 0;

	if (!slot)
		return 0;
	if (!(slot & HEAP_SLOT_TABLE)) {
		const struct heap_block *b =
			heap_block_at(heap, slot & HEAP_BLOCKS_MAX);

		require(b->mfn == base);                               /* H1 */
		require(b->order == slot >> HEAP_SLOT_ORDER_SHIFT);    /* H1 */
		require(base >= *end);                                 /* H1 */
		*end = base + (UINT64_C(1) << b->order);
		return 1;
	}
	const struct heap_table *t = heap_table_at(heap, level, slot);

	for (uint64_t i = 0; i < UINT64_C(1) << heap_level_bits[level]; i++) {
		used += t->slot[i] != 0;
		blocks += check_slot(heap, t->slot[i],
				     base + (i << heap_level_shift[level]),
				     level + 1, end);
	}
	require(used > 0 && used == t->used);                          /* H1 */
	return blocks;
}

void heap_check(const struct heap *heap)
{
	struct sums all = {0, 0, 0};
	uint64_t blocks = 0, end = 0;

	for (uint32_t n = 0; n < heap->node_count; n++)
		check_node(heap, n, &all);
	for (uint64_t r = 0; r < heap->region_count; r++)
		blocks += check_slot(heap, heap->region[r].slot,
				     (heap->region_base + r) << HEAP_ORDER_MAX,
				     0, &end);
	require(blocks == all.blocks);                                 /* H1 */
	require(all.blocks == heap->block.used_count);                 /* H1 */
	require(all.pages == heap->total_free_pages);                  /* H4 */
	require(heap->total_claimed_pages <= heap->total_free_pages);  /* H5 */
}
