/*
 * heap_blocks.c - free blocks: the index by mfn and the lists (heap_impl.h).
 *
 * COST    Find, insert and delete visit at most one region and three tables.
 */
#include "xen/heap_impl.h"

#include "base/err.h"

static inline struct heap_region *region_of(const struct heap *heap,
					    uint64_t mfn)
{
	uint64_t r = (mfn >> HEAP_ORDER_MAX) - heap->region_base;

	return r < heap->region_count ? &heap->region[r] : NULL;
}

/* The slot of mfn in a table of this level. */
static inline uint32_t *slot_of(struct heap_table *table, uint32_t level,
				uint64_t mfn)
{
	uint32_t mask = (UINT32_C(1) << heap_level_bits[level]) - 1;

	return &table->slot[(uint32_t)(mfn >> heap_level_shift[level]) & mask];
}

/* Is a block of this order kept above the tables of this level? */
static inline bool above(uint32_t order, uint32_t level)
{
	return order >= (level ? heap_level_shift[level - 1]
			       : (uint32_t)HEAP_ORDER_MAX);
}

/*
 * A slot that is no table holds no block, or one of an order that belongs to
 * its level and that starts at the slot: the order equal, the mfn is too.
 */
uint32_t heap_block_find(const struct heap *heap, uint64_t mfn, uint32_t order)
{
	const struct heap_region *region = region_of(heap, mfn);

	assert(order <= HEAP_ORDER_MAX && mfn % (UINT64_C(1) << order) == 0);
	if (!region)
		return 0;
	uint32_t slot = region->slot;

	for (uint32_t level = 0; slot & HEAP_SLOT_TABLE; level++) {
		if (above(order, level))
			return 0;
		slot = *slot_of(heap_table_at(heap, level, slot), level, mfn);
	}
	if (slot >> HEAP_SLOT_ORDER_SHIFT != order)
		return 0;
	return slot & HEAP_BLOCKS_MAX; /* an empty slot has order 0, block 0 */
}

static inline void index_insert(struct heap *heap, uint64_t mfn,
				uint32_t order, uint32_t block)
{
	struct heap_region *region = region_of(heap, mfn);
	struct heap_table *table = NULL;

	require(region != NULL && block <= HEAP_BLOCKS_MAX);
	uint32_t *slot = &region->slot;

	for (uint32_t level = 0; level < HEAP_LEVELS && !above(order, level);
	     level++) {
		if (!*slot) {
			*slot = HEAP_SLOT_TABLE |
				slab_take(&heap->table[level]);
			if (table)
				table->used++;
			heap_table_at(heap, level, *slot)->used = 0;
		}
		/* Not a table: memory that is free already is freed again. */
		require(*slot & HEAP_SLOT_TABLE);
		table = heap_table_at(heap, level, *slot);
		slot = slot_of(table, level, mfn);
	}
	require(*slot == 0);
	*slot = order << HEAP_SLOT_ORDER_SHIFT | block;
	if (table)
		table->used++;
}

static inline void index_delete(struct heap *heap, uint64_t mfn,
				uint32_t order)
{
	struct heap_table *table[HEAP_LEVELS];
	uint32_t *path[HEAP_LEVELS], depth = 0;
	uint32_t *slot = &region_of(heap, mfn)->slot;

	for (; depth < HEAP_LEVELS && !above(order, depth); depth++) {
		path[depth] = slot;
		table[depth] = heap_table_at(heap, depth, *slot);
		slot = slot_of(table[depth], depth, mfn);
	}
	*slot = 0;
	while (depth-- > 0) {
		if (--table[depth]->used)
			return;
		/* All its slots are 0: it can be taken again as it is. */
		slab_give(&heap->table[depth], *path[depth] & ~HEAP_SLOT_TABLE);
		*path[depth] = 0;
	}
}

/* On a fragmented host the table of a far-off region is not in the cache: ask
 * for it before it is needed. Changes nothing. */
void heap_expect(const struct heap *heap, uint64_t mfn)
{
	const struct heap_region *region = region_of(heap, mfn);

	if (!region || !(region->slot & HEAP_SLOT_TABLE))
		return;
	struct heap_table *table = heap_table_at(heap, 0, region->slot);

	__builtin_prefetch(table);
	__builtin_prefetch(slot_of(table, 0, mfn));
}

static inline void list_add(struct heap *heap, uint32_t index,
			    struct heap_block *b, bool at_head)
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

static inline void list_delete(struct heap *heap, struct heap_block *b)
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
	b->mfn = mfn;
	b->first_dirty = first_dirty;
	b->dirty = dirty;
	b->order = (uint8_t)order;
	b->node = (uint8_t)node;
	b->zone = (uint8_t)heap_zone_of(mfn);
	index_insert(heap, mfn, order, index);
	list_add(heap, index, b, first_dirty == HEAP_CLEAN);
}

void heap_block_delete(struct heap *heap, uint32_t index)
{
	struct heap_block *b = heap_block_at(heap, index);

	if (!b->prev && b->next) {
		/* The next head will be next to go, and then the one after. */
		const struct heap_block *next = heap_block_at(heap, b->next);

		heap_expect(heap, next->mfn);
		if (next->next)
			__builtin_prefetch(heap_block_at(heap, next->next));
	}
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
