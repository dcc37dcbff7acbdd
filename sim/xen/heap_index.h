/*
 * heap_index.h - free blocks by mfn and on their lists, to be inlined: for
 * heap_blocks.c and heap_buddy.c alone.
 *
 * RULE    A slot says which block starts there. It is in the region's word for
 *         a block of 1 GiB, else in a table of level 0, 1 or 2 (heap_impl.h):
 *         that level alone follows from the order. A table counts its slots in
 *         use and goes when there are none.
 *
 *         What is here keeps slots, links, and masks of orders. Counters of
 *         pages are the caller's.
 */
#ifndef XEN_HEAP_INDEX_H
#define XEN_HEAP_INDEX_H

#include "base/err.h"
#include "xen/heap_impl.h"

static inline struct heap_region *heap_region_of(const struct heap *heap,
						 uint64_t mfn)
{
	uint64_t r = (mfn >> HEAP_ORDER_MAX) - heap->region_base;

	return r < heap->region_count ? &heap->region[r] : NULL;
}

/* Tables above a block of this order: 0 for 1 GiB. */
static inline uint32_t heap_depth_of(uint32_t order)
{
	return (order < HEAP_ORDER_MAX) + (order < 9) + (order < 5);
}

/* The slot of mfn in a table of this level. */
static inline uint32_t *heap_slot_of(struct heap_table *table, uint32_t level,
				     uint64_t mfn)
{
	uint32_t mask = (UINT32_C(1) << heap_level_bits[level]) - 1;

	return &table->slot[(uint32_t)(mfn >> heap_level_shift[level]) & mask];
}

static inline uint32_t heap_slot_block(uint32_t order, uint32_t block)
{
	return order << HEAP_SLOT_ORDER_SHIFT | block;
}

/* A table of this level in an empty slot; parent (NULL: none) has the slot. */
static inline struct heap_table *heap_table_new(struct heap *heap,
						struct heap_table *parent,
						uint32_t *slot, uint32_t level)
{
	*slot = HEAP_SLOT_TABLE | slab_take(&heap->table[level]);
	struct heap_table *table = heap_table_at(heap, level, *slot);

	/* Its slots are 0, or it would not have been given back. */
	table->used = 0;
	if (parent)
		parent->used++;
	return table;
}

/* An empty table: out of its slot. Its parent's count is the caller's. */
static inline void heap_table_drop(struct heap *heap, uint32_t *slot,
				   uint32_t level)
{
	slab_give(&heap->table[level], *slot & ~HEAP_SLOT_TABLE);
	*slot = 0;
}

/* From no block to one: tables on the way are made. slot is at depth, in the
 * table parent (NULL: the region's). */
static inline void heap_slot_fill(struct heap *heap, uint32_t *slot,
				  struct heap_table *parent, uint32_t depth,
				  uint64_t mfn, uint32_t order, uint32_t block)
{
	/* Not empty: memory that is free already is freed again. */
	require(*slot == 0 && block <= HEAP_BLOCKS_MAX);
	for (uint32_t end = heap_depth_of(order); depth < end; depth++) {
		parent = heap_table_new(heap, parent, slot, depth);
		slot = heap_slot_of(parent, depth, mfn);
	}
	if (parent)
		parent->used++;
	*slot = heap_slot_block(order, block);
}

static inline void heap_list_add(struct heap *heap, struct heap_zone *zone,
				 uint32_t index, struct heap_block *b,
				 bool at_head)
{
	struct heap_list *list = &zone->list[b->order];

	zone->order_mask |= UINT32_C(1) << b->order;
	if (at_head) {
		b->prev = 0;
		b->next = list->head;
		list->head = index;
		if (b->next)
			heap_block_at(heap, b->next)->prev = index;
		else
			list->tail = index;
	} else {
		b->next = 0;
		b->prev = list->tail;
		list->tail = index;
		if (b->prev)
			heap_block_at(heap, b->prev)->next = index;
		else
			list->head = index;
	}
}

static inline void heap_list_delete(struct heap *heap, struct heap_zone *zone,
				    const struct heap_block *b)
{
	struct heap_list *list = &zone->list[b->order];

	if (b->next)
		heap_block_at(heap, b->next)->prev = b->prev;
	else
		list->tail = b->prev;
	if (b->prev) {
		heap_block_at(heap, b->prev)->next = b->next;
		return;
	}
	list->head = b->next;
	if (!b->next)
		zone->order_mask &= ~(UINT32_C(1) << b->order);
}

static inline struct heap_zone *heap_zone_at(struct heap *heap,
					     const struct heap_block *b)
{
	return &heap->node[b->node].zone[b->zone];
}

static inline void heap_zone_add(struct heap_node *node, uint32_t zone,
				 uint64_t pages)
{
	node->zone[zone].free_pages += pages;
	node->zone_mask |= UINT64_C(1) << zone;
}

static inline void heap_zone_sub(struct heap_node *node, uint32_t zone,
				 uint64_t pages)
{
	assert(node->zone[zone].free_pages >= pages);
	node->zone[zone].free_pages -= pages;
	if (!node->zone[zone].free_pages)
		node->zone_mask &= ~(UINT64_C(1) << zone);
}

#endif
