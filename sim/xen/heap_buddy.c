/*
 * heap_buddy.c - pages out of a block, halved to size; pages back, merged with
 * their buddies.
 *
 * SOURCE  facts/xen.md 4.5 (split), 4.6 (free).
 *
 * RULE    Both go table by table, for all blocks of some orders are slots of
 *         one table: halving from the coarse to the fine, the upper half being
 *         the next to be halved; merging from the fine to the coarse. A table
 *         whose last two blocks merged has none left.
 *
 * COST    A visit of at most three tables, and two links of a list for each
 *         block halved or merged. Written for the compiler to see each level as
 *         a constant: half the time went into finding places.
 */
#include "xen/heap_index.h"

/* Where a block's slot is: tables down to it. */
struct path {
	struct heap_table *table[HEAP_LEVELS];
	uint32_t *slot[HEAP_LEVELS + 1]; /* [0] the region's */
};

static inline bool path_step(struct path *p, const struct heap *heap,
			     uint64_t mfn, uint32_t level)
{
	if (!(*p->slot[level] & HEAP_SLOT_TABLE))
		return false;
	p->table[level] = heap_table_at(heap, level, *p->slot[level]);
	p->slot[level + 1] = heap_slot_of(p->table[level], level, mfn);
	return true;
}

/* Goes down while there are tables, at most to depth; returns how deep. */
static inline uint32_t path_find(struct path *p, const struct heap *heap,
				 uint64_t mfn, uint32_t depth)
{
	struct heap_region *region = heap_region_of(heap, mfn);

	require(region != NULL);
	p->slot[0] = &region->slot;
	if (depth < 1 || !path_step(p, heap, mfn, 0))
		return 0;
	if (depth < 2 || !path_step(p, heap, mfn, 1))
		return 1;
	if (depth < 3 || !path_step(p, heap, mfn, 2))
		return 2;
	return 3;
}

/* --- halving ---------------------------------------------------------------- */

/* The pages of a block that are still to be halved. */
struct cut {
	uint64_t mfn;
	uint32_t order, first_dirty, dirty;
	uint32_t order_end; /* the size wanted */
	uint32_t left;      /* how many of that size go back: bit i says whether
	                       a block of order_end + i does */
	uint32_t node, zone;
	uint32_t spare;     /* a record that is free for a block; 0: none */
};

/* The lower half of c, which was halved, becomes a block; the upper one is c. */
static inline void halve(struct heap *heap, struct cut *c,
			 struct heap_block *lower)
{
	uint32_t half = UINT32_C(1) << c->order;

	lower->mfn = c->mfn;
	lower->order = (uint8_t)c->order;
	lower->first_dirty = HEAP_CLEAN;
	lower->dirty = c->dirty;
	if (c->dirty > DIRTY_ALL)
		dirty_halve(&heap->tree, c->dirty, &lower->dirty, &c->dirty);
	c->mfn += half;
	if (c->first_dirty == HEAP_CLEAN)
		return;
	if (c->first_dirty < half) {
		lower->first_dirty = c->first_dirty;
		c->first_dirty = 0;
	} else {
		c->first_dirty -= half;
	}
}

/* Halves as long as lower halves belong into this table. */
static inline void cut_in_table(struct heap *heap, struct cut *c,
				struct heap_zone *zone,
				struct heap_table *table, uint32_t level)
{
	uint32_t end = heap_level_shift[level];

	if (end < c->order_end)
		end = c->order_end;
	while (c->order > end) {
		uint32_t index = c->spare;

		/* The upper half is taken, whole; on in the lower one. */
		if (!(c->left >> (--c->order - c->order_end) & 1))
			continue;

		c->spare = 0;
		if (!index)
			index = slab_take(&heap->block);
		require(index <= HEAP_BLOCKS_MAX);
		struct heap_block *b = heap_block_at(heap, index);

		b->node = (uint8_t)c->node;
		b->zone = (uint8_t)c->zone;
		halve(heap, c, b);
		*heap_slot_of(table, level, b->mfn) =
			heap_slot_block(b->order, index);
		table->used++;
		heap_list_add(heap, zone, index, b,
			      b->first_dirty == HEAP_CLEAN);
	}
}

/* Do blocks below this order go back? */
static inline bool cut_more(const struct cut *c)
{
	return c->order > c->order_end &&
	       c->left & ((UINT32_C(1) << (c->order - c->order_end)) - 1);
}

/* The next finer table, where pages of it are still to be halved. */
static inline struct heap_table *cut_finer(struct heap *heap,
					   const struct cut *c,
					   struct heap_table *table,
					   uint32_t level)
{
	return heap_table_new(heap, table,
			      heap_slot_of(table, level - 1, c->mfn), level);
}

/* Something goes back: left is not 0. */
static void cut_down(struct heap *heap, struct cut *c, struct path *p,
		     uint32_t depth)
{
	struct heap_zone *zone = &heap->node[c->node].zone[c->zone];
	struct heap_table *table = depth ? p->table[depth - 1] : NULL;

	if (depth == 0) {
		table = heap_table_new(heap, NULL, p->slot[0], 0);
		depth = 1;
	}
	if (depth == 1) {
		cut_in_table(heap, c, zone, table, 0);
		if (!cut_more(c))
			return;
		table = cut_finer(heap, c, table, 1);
		depth = 2;
	}
	if (depth == 2) {
		cut_in_table(heap, c, zone, table, 1);
		if (!cut_more(c))
			return;
		table = cut_finer(heap, c, table, 2);
	}
	cut_in_table(heap, c, zone, table, 2);
}

/* The table above a slot that was emptied has lost one: gone if that was the
 * last, and so on upwards. */
static inline void path_prune(struct path *p, struct heap *heap,
			      uint32_t depth)
{
	for (; depth > 0 && !p->table[depth - 1]->used; depth--) {
		heap_table_drop(heap, p->slot[depth - 1], depth - 1);
		if (depth > 1)
			p->table[depth - 2]->used--;
	}
}

/* The block after the head will be the next to go, and then its next. */
static inline void expect_next(const struct heap *heap,
			       const struct heap_block *b)
{
	if (b->prev || !b->next)
		return;
	const struct heap_block *next = heap_block_at(heap, b->next);

	heap_expect(heap, next->mfn);
	if (next->next)
		__builtin_prefetch(heap_block_at(heap, next->next));
}

uint64_t heap_block_cut(struct heap *heap, uint32_t index, uint32_t order,
			uint32_t count, uint32_t *dirty)
{
	struct heap_block *b = heap_block_at(heap, index);
	struct heap_node *node = &heap->node[b->node];
	uint32_t depth = heap_depth_of(b->order);
	struct cut c = {
		.mfn = b->mfn,
		.order = b->order,
		.first_dirty = b->first_dirty,
		.dirty = b->dirty,
		.order_end = order,
		.left = (UINT32_C(1) << (b->order - order)) - count,
		.node = b->node,
		.zone = b->zone,
		.spare = index,
	};
	uint64_t highest = c.mfn + (UINT64_C(1) << c.order) -
			   (UINT64_C(1) << order);
	struct path p;

	assert(count >= 1 && count <= UINT32_C(1) << (c.order - order));
	assert(count == 1 || c.first_dirty == HEAP_CLEAN);
	expect_next(heap, b);
	path_find(&p, heap, c.mfn, depth);
	heap_list_delete(heap, &node->zone[c.zone], b);
	heap_zone_sub(node, c.zone, (uint64_t)count << order);
	*p.slot[depth] = 0;
	if (depth)
		p.table[depth - 1]->used--;
	if (c.left) {
		cut_down(heap, &c, &p, depth);
	} else {
		slab_give(&heap->block, index);
		path_prune(&p, heap, depth);
	}
	*dirty = c.dirty;
	return highest;
}

/* --- merging ---------------------------------------------------------------- */

/* Pages on their way back. */
struct freed {
	uint64_t mfn;
	uint32_t order, first_dirty, dirty;
	uint32_t node;
	uint32_t spare; /* a record that is free for the block; 0: none yet */
};

/* Takes in the buddy whose number is index. */
static inline void take_in(struct heap *heap, struct freed *f, uint32_t index,
			   const struct heap_block *buddy)
{
	uint64_t size = UINT64_C(1) << f->order;
	bool is_lower = (f->mfn & size) != 0; /* the buddy is */
	uint32_t lower = is_lower ? buddy->first_dirty : f->first_dirty;
	uint32_t upper = is_lower ? f->first_dirty : buddy->first_dirty;

	if (f->dirty != buddy->dirty || f->dirty > DIRTY_ALL)
		f->dirty = dirty_join(&heap->tree,
				      is_lower ? buddy->dirty : f->dirty,
				      is_lower ? f->dirty : buddy->dirty,
				      f->order);
	if (lower == HEAP_CLEAN && upper != HEAP_CLEAN)
		lower = (uint32_t)size + upper;
	f->first_dirty = lower;
	if (f->spare)
		slab_give(&heap->block, f->spare);
	f->spare = index;
	f->mfn &= ~size;
	f->order++;
}

/* Merges with buddies in a table, as far as it goes. True: nothing is left in
 * the table. */
static inline bool merge_in_table(struct heap *heap, struct freed *f,
				  struct heap_zone *zone,
				  struct heap_table *table, uint32_t level)
{
	uint32_t end = level ? heap_level_shift[level - 1]
			     : (uint32_t)HEAP_ORDER_MAX;

	while (f->order < end) {
		uint32_t *slot = heap_slot_of(
			table, level, f->mfn ^ UINT64_C(1) << f->order);
		uint32_t index = *slot & HEAP_BLOCKS_MAX;

		if (!index || *slot >> HEAP_SLOT_ORDER_SHIFT != f->order)
			return false;
		struct heap_block *buddy = heap_block_at(heap, index);

		if (buddy->node != f->node)
			return false;
		*slot = 0;
		table->used--;
		heap_list_delete(heap, zone, buddy);
		take_in(heap, f, index, buddy);
	}
	return true;
}

/* The table at level is empty: out of its parent. */
static inline void merge_leave(struct heap *heap, struct path *p,
			       uint32_t level)
{
	require(p->table[level]->used == 0);
	heap_table_drop(heap, p->slot[level], level);
	if (level)
		p->table[level - 1]->used--;
}

/* Merges from depth upwards; returns the depth of the block it ends as. */
static inline uint32_t merge_up(struct heap *heap, struct freed *f,
				struct heap_zone *zone, struct path *p,
				uint32_t depth)
{
	if (depth == 3) {
		if (!merge_in_table(heap, f, zone, p->table[2], 2))
			return 3;
		merge_leave(heap, p, 2);
		depth = 2;
	}
	if (depth == 2) {
		if (!merge_in_table(heap, f, zone, p->table[1], 1))
			return 2;
		merge_leave(heap, p, 1);
		depth = 1;
	}
	if (depth == 1) {
		if (!merge_in_table(heap, f, zone, p->table[0], 0))
			return 1;
		merge_leave(heap, p, 0);
	}
	return 0;
}

void heap_block_join(struct heap *heap, uint64_t mfn, uint32_t order,
		     uint32_t node_id, bool dirty)
{
	struct heap_node *node = &heap->node[node_id];
	uint32_t zone = heap_zone_of(mfn), wanted = heap_depth_of(order);
	struct freed f = {
		.mfn = mfn,
		.order = order,
		.first_dirty = dirty ? 0 : HEAP_CLEAN,
		.dirty = dirty ? DIRTY_ALL : DIRTY_NONE,
		.node = node_id,
	};
	struct path p;
	uint32_t depth = path_find(&p, heap, mfn, wanted);

	/* Not empty: memory that is free already is freed again. */
	require(*p.slot[depth] == 0);
	if (depth == wanted)
		depth = merge_up(heap, &f, &node->zone[zone], &p, depth);
	uint32_t index = f.spare;

	if (!index)
		index = slab_take(&heap->block);
	struct heap_block *b = heap_block_at(heap, index);

	b->mfn = f.mfn;
	b->order = (uint8_t)f.order;
	b->first_dirty = f.first_dirty;
	b->dirty = f.dirty;
	b->node = (uint8_t)node_id;
	b->zone = (uint8_t)zone;
	struct heap_table *parent = depth ? p.table[depth - 1] : NULL;

	heap_slot_fill(heap,
		       parent ? heap_slot_of(parent, depth - 1, f.mfn)
			      : p.slot[0],
		       parent, depth, f.mfn, f.order, index);
	heap_list_add(heap, &node->zone[zone], index, b,
		      f.first_dirty == HEAP_CLEAN);
	heap_zone_add(node, zone, UINT64_C(1) << order);
}
