/*
 * heap_blocks.c - free blocks: the index by mfn and the lists (heap_impl.h).
 *
 * COST    Find, insert and delete visit at most one region and three tables.
 */
#include "xen/heap_impl.h"

#include "base/err.h"

static struct heap_table *table_at(const struct heap *heap, uint32_t slot)
{
	return slab_at(&heap->table, slot & ~HEAP_SLOT_TABLE);
}

static struct heap_region *region_of(const struct heap *heap, uint64_t mfn)
{
	uint64_t r = (mfn >> HEAP_ORDER_MAX) - heap->region_base;

	return r < heap->region_count ? &heap->region[r] : NULL;
}

static uint32_t slot_index(uint64_t mfn, uint32_t shift)
{
	return (uint32_t)(mfn >> shift) & (HEAP_TABLE_SLOTS - 1);
}

/*
 * A slot that is no table holds no block, or one of an order >= its shift that
 * starts at the slot: with the order equal, the mfn is equal too.
 */
uint32_t heap_block_find(const struct heap *heap, uint64_t mfn, uint32_t order)
{
	const struct heap_region *region = region_of(heap, mfn);
	uint32_t shift = HEAP_ORDER_MAX;

	assert(order <= HEAP_ORDER_MAX && mfn % (UINT64_C(1) << order) == 0);
	if (!region)
		return 0;
	uint32_t slot = region->slot;

	while (slot & HEAP_SLOT_TABLE) {
		if (order >= shift)
			return 0;
		shift -= HEAP_TABLE_BITS;
		slot = table_at(heap, slot)->slot[slot_index(mfn, shift)];
	}
	if (slot >> HEAP_SLOT_ORDER_SHIFT != order)
		return 0;
	return slot & HEAP_BLOCKS_MAX; /* an empty slot has order 0, block 0 */
}

static void index_insert(struct heap *heap, uint64_t mfn, uint32_t order,
			 uint32_t block)
{
	struct heap_region *region = region_of(heap, mfn);
	struct heap_table *table = NULL;
	uint32_t shift = HEAP_ORDER_MAX;

	require(region != NULL && block <= HEAP_BLOCKS_MAX);
	uint32_t *slot = &region->slot;

	while (order < shift) {
		if (!*slot) {
			uint32_t fresh = slab_take(&heap->table);

			*slot = HEAP_SLOT_TABLE | fresh;
			if (table)
				table->used++;
			((struct heap_table *)slab_at(&heap->table,
						      fresh))->used = 0;
		}
		/* Not a table: memory that is free already is freed again. */
		require(*slot & HEAP_SLOT_TABLE);
		table = table_at(heap, *slot);
		shift -= HEAP_TABLE_BITS;
		slot = &table->slot[slot_index(mfn, shift)];
	}
	require(*slot == 0);
	*slot = order << HEAP_SLOT_ORDER_SHIFT | block;
	if (table)
		table->used++;
}

static void index_delete(struct heap *heap, uint64_t mfn, uint32_t order)
{
	uint32_t *path[4], depth = 0, shift = HEAP_ORDER_MAX;
	uint32_t *slot = &region_of(heap, mfn)->slot;

	while (order < shift) {
		path[depth++] = slot;
		shift -= HEAP_TABLE_BITS;
		slot = &table_at(heap, *slot)->slot[slot_index(mfn, shift)];
	}
	*slot = 0;
	while (depth > 0) {
		slot = path[--depth];
		if (--table_at(heap, *slot)->used)
			return;
		/* All its slots are 0: it can be taken again as it is. */
		slab_give(&heap->table, *slot & ~HEAP_SLOT_TABLE);
		*slot = 0;
	}
}

static void list_add(struct heap *heap, uint32_t index, struct heap_block *b,
		     bool at_head)
{
	struct heap_node *node = &heap->node[b->node];
	struct heap_list *list = &node->list[b->zone][b->order];

	b->next = at_head ? list->head : 0;
	b->prev = at_head ? 0 : list->tail;
	if (b->next)
		heap_block_at(heap, b->next)->prev = index;
	else
		list->tail = index;
	if (b->prev)
		heap_block_at(heap, b->prev)->next = index;
	else
		list->head = index;
	node->order_mask[b->zone] |= UINT32_C(1) << b->order;
	node->zone_mask |= UINT64_C(1) << b->zone;
	node->zone_pages[b->zone] += UINT64_C(1) << b->order;
}

static void list_delete(struct heap *heap, struct heap_block *b)
{
	struct heap_node *node = &heap->node[b->node];
	struct heap_list *list = &node->list[b->zone][b->order];

	if (b->next)
		heap_block_at(heap, b->next)->prev = b->prev;
	else
		list->tail = b->prev;
	if (b->prev)
		heap_block_at(heap, b->prev)->next = b->next;
	else
		list->head = b->next;
	if (!list->head)
		node->order_mask[b->zone] &= ~(UINT32_C(1) << b->order);
	assert(node->zone_pages[b->zone] >= UINT64_C(1) << b->order);
	node->zone_pages[b->zone] -= UINT64_C(1) << b->order;
	if (!node->zone_pages[b->zone])
		node->zone_mask &= ~(UINT64_C(1) << b->zone);
}

void heap_block_insert(struct heap *heap, uint64_t mfn, uint32_t order,
		       uint32_t node, uint32_t first_dirty, uint32_t dirty)
{
	uint32_t index = slab_take(&heap->block);
	struct heap_block *b = heap_block_at(heap, index);

	assert(order <= HEAP_ORDER_MAX && mfn % (UINT64_C(1) << order) == 0);
	*b = (struct heap_block){
		.mfn = mfn,
		.first_dirty = first_dirty,
		.dirty = dirty,
		.order = (uint8_t)order,
		.node = (uint8_t)node,
		.zone = (uint8_t)heap_zone_of(mfn),
	};
	index_insert(heap, mfn, order, index);
	list_add(heap, index, b, first_dirty == HEAP_CLEAN);
}

void heap_block_delete(struct heap *heap, uint32_t index)
{
	struct heap_block *b = heap_block_at(heap, index);

	list_delete(heap, b);
	index_delete(heap, b->mfn, b->order);
	slab_give(&heap->block, index);
}

void heap_block_to_tail(struct heap *heap, uint32_t index)
{
	struct heap_block *b = heap_block_at(heap, index);

	if (!b->next)
		return;
	list_delete(heap, b);
	list_add(heap, index, b, false);
}

void heap_block_to_head(struct heap *heap, uint32_t index)
{
	struct heap_block *b = heap_block_at(heap, index);

	if (!b->prev)
		return;
	list_delete(heap, b);
	list_add(heap, index, b, true);
}
