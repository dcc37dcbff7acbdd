/*
 * heap_blocks.c - one free block: found, put in, taken out, moved on its list.
 *
 * COST    Each visits at most one region and three tables.
 */
#include "xen/heap_index.h"

/*
 * A slot that is no table holds no block, or one of an order that belongs to
 * its level and that starts at the slot: the order equal, the mfn is too.
 */
uint32_t heap_block_find(const struct heap *heap, uint64_t mfn, uint32_t order)
{
	const struct heap_region *region = heap_region_of(heap, mfn);

	assert(order <= HEAP_ORDER_MAX && mfn % (UINT64_C(1) << order) == 0);
	if (!region)
		return 0;
	uint32_t slot = region->slot, depth = heap_depth_of(order);

	for (uint32_t level = 0; slot & HEAP_SLOT_TABLE; level++) {
		if (level == depth)
			return 0;
		slot = *heap_slot_of(heap_table_at(heap, level, slot), level,
				     mfn);
	}
	if (slot >> HEAP_SLOT_ORDER_SHIFT != order)
		return 0;
	return slot & HEAP_BLOCKS_MAX; /* an empty slot has order 0, block 0 */
}

void heap_block_insert(struct heap *heap, uint64_t mfn, uint32_t order,
		       uint32_t node, uint32_t first_dirty, uint32_t dirty)
{
	uint32_t index = slab_take(&heap->block), depth = 0;
	struct heap_block *b = heap_block_at(heap, index);
	struct heap_region *region = heap_region_of(heap, mfn);
	struct heap_table *parent = NULL;

	assert(order <= HEAP_ORDER_MAX && mfn % (UINT64_C(1) << order) == 0);
	require(region != NULL);
	uint32_t *slot = &region->slot;

	for (; *slot & HEAP_SLOT_TABLE && depth < heap_depth_of(order);
	     depth++) {
		parent = heap_table_at(heap, depth, *slot);
		slot = heap_slot_of(parent, depth, mfn);
	}
	*b = (struct heap_block){
		.mfn = mfn,
		.first_dirty = first_dirty,
		.dirty = dirty,
		.order = (uint8_t)order,
		.node = (uint8_t)node,
		.zone = (uint8_t)heap_zone_of(mfn),
	};
	heap_slot_fill(heap, slot, parent, depth, mfn, order, index);
	heap_list_add(heap, heap_zone_at(heap, b), index, b,
		      first_dirty == HEAP_CLEAN);
	heap_zone_add(&heap->node[node], b->zone, UINT64_C(1) << order);
}

/* Empties the slot of a block, and takes away the tables that leaves empty. */
static void slot_clear(struct heap *heap, uint64_t mfn, uint32_t order)
{
	struct heap_table *table[HEAP_LEVELS];
	uint32_t *above[HEAP_LEVELS];
	uint32_t *slot = &heap_region_of(heap, mfn)->slot;
	uint32_t depth = heap_depth_of(order);

	for (uint32_t level = 0; level < depth; level++) {
		above[level] = slot;
		table[level] = heap_table_at(heap, level, *slot);
		slot = heap_slot_of(table[level], level, mfn);
	}
	*slot = 0;
	while (depth-- > 0 && !--table[depth]->used)
		heap_table_drop(heap, above[depth], depth);
}

void heap_block_delete(struct heap *heap, uint32_t index)
{
	struct heap_block *b = heap_block_at(heap, index);

	heap_list_delete(heap, heap_zone_at(heap, b), b);
	heap_zone_sub(&heap->node[b->node], b->zone, UINT64_C(1) << b->order);
	slot_clear(heap, b->mfn, b->order);
	slab_give(&heap->block, index);
}

void heap_block_to_tail(struct heap *heap, uint32_t index)
{
	struct heap_block *b = heap_block_at(heap, index);

	if (!b->next)
		return;
	heap_list_delete(heap, heap_zone_at(heap, b), b);
	heap_list_add(heap, heap_zone_at(heap, b), index, b, false);
}

void heap_block_to_head(struct heap *heap, uint32_t index)
{
	struct heap_block *b = heap_block_at(heap, index);

	if (!b->prev)
		return;
	heap_list_delete(heap, heap_zone_at(heap, b), b);
	heap_list_add(heap, heap_zone_at(heap, b), index, b, true);
}

/* On a fragmented host the table of a far-off region is not in the cache: ask
 * for it before it is needed. Changes nothing. */
void heap_expect(const struct heap *heap, uint64_t mfn)
{
	const struct heap_region *region = heap_region_of(heap, mfn);

	if (!region || !(region->slot & HEAP_SLOT_TABLE))
		return;
	struct heap_table *table = heap_table_at(heap, 0, region->slot);

	__builtin_prefetch(table);
	__builtin_prefetch(heap_slot_of(table, 0, mfn));
}
