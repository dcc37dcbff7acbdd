/*
 * heap_dirty.c - which pages of a free block are dirty (heap_impl.h).
 *
 * RULE    A reference is DIRTY_NONE, DIRTY_ALL or DIRTY_TREE + the number of a
 *         node that has the references of the two halves. A node whose halves
 *         are alike (both none, both all) is never kept.
 *
 * COST    Halve and join O(1); clear O(order) for each end of the range.
 */
#include "xen/heap_impl.h"

static struct dirty_node *tree_at(const struct slab *tree, uint32_t dirty)
{
	return slab_at(tree, dirty - DIRTY_TREE);
}

uint32_t dirty_count(const struct slab *tree, uint32_t dirty, uint32_t order)
{
	if (dirty == DIRTY_NONE)
		return 0;
	if (dirty == DIRTY_ALL)
		return UINT32_C(1) << order;
	return tree_at(tree, dirty)->count;
}

void dirty_halve(struct slab *tree, uint32_t dirty, uint32_t *lower,
		 uint32_t *upper)
{
	if (dirty <= DIRTY_ALL) {
		*lower = *upper = dirty;
		return;
	}
	*lower = tree_at(tree, dirty)->lower;
	*upper = tree_at(tree, dirty)->upper;
	slab_give(tree, dirty - DIRTY_TREE);
}

uint32_t dirty_join(struct slab *tree, uint32_t lower, uint32_t upper,
		    uint32_t order)
{
	if (lower == upper && lower <= DIRTY_ALL)
		return lower;
	uint32_t index = slab_take(tree);

	*(struct dirty_node *)slab_at(tree, index) = (struct dirty_node){
		.lower = lower,
		.upper = upper,
		.count = dirty_count(tree, lower, order) +
			 dirty_count(tree, upper, order),
	};
	return DIRTY_TREE + index;
}

void dirty_drop(struct slab *tree, uint32_t dirty)
{
	uint32_t lower, upper;

	if (dirty <= DIRTY_ALL)
		return;
	dirty_halve(tree, dirty, &lower, &upper);
	dirty_drop(tree, lower);
	dirty_drop(tree, upper);
}

uint32_t dirty_next(const struct slab *tree, uint32_t dirty, uint32_t order,
		    uint32_t from, uint32_t *first)
{
	uint32_t size = UINT32_C(1) << order;

	assert(from <= size);
	if (dirty == DIRTY_NONE || from == size)
		return 0;
	if (dirty == DIRTY_ALL) {
		*first = from;
		return size - from;
	}
	const struct dirty_node *node = tree_at(tree, dirty);
	uint32_t half = size / 2, count = 0;

	if (from < half)
		count = dirty_next(tree, node->lower, order - 1, from, first);
	if (count)
		return count;
	count = dirty_next(tree, node->upper, order - 1,
			   from > half ? from - half : 0, first);
	*first += count ? half : 0;
	return count;
}

uint32_t dirty_clear(struct slab *tree, uint32_t dirty, uint32_t order,
		     uint32_t start, uint32_t end)
{
	uint32_t size = UINT32_C(1) << order, half = size / 2;
	uint32_t lower, upper;

	assert(start <= end && end <= size);
	if (start == end || dirty == DIRTY_NONE)
		return dirty;
	if (start == 0 && end == size) {
		dirty_drop(tree, dirty);
		return DIRTY_NONE;
	}
	dirty_halve(tree, dirty, &lower, &upper);
	if (start < half)
		lower = dirty_clear(tree, lower, order - 1, start,
				    end < half ? end : half);
	if (end > half)
		upper = dirty_clear(tree, upper, order - 1,
				    start > half ? start - half : 0,
				    end - half);
	return dirty_join(tree, lower, upper, order - 1);
}
