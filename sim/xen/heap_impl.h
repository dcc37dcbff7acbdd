/*
 * heap_impl.h - the inside of struct heap, for heap*.c and the tests of it.
 *
 * MODEL   Three stores, all of small numbered records (base/slab.h):
 *
 *         Free blocks, each on one list[node][zone][order].
 *
 *         The index: which free block starts at this mfn? Memory is cut in
 *         regions of 1 GiB; a region that is not one free block or all in use
 *         has a table of 512 slots of 2 MiB, a slot of that a table of 16
 *         slots of 128 KiB, and that one of 32 pages. A slot is empty, or a
 *         block that starts there (its order beside its number, so that asking
 *         for a buddy touches no block), or a finer table:
 *
 *           region[]  1 GiB    [18|#7] [ table ]  [ empty ]
 *                                        |
 *           table     2 MiB    [empty][10|#9][ table ] ...     x 512
 *                                              |
 *           table     128 KiB  [7|#4][empty] ...               x 16
 *
 *         Guests take 1 GiB, 2 MiB and 4 KiB: the steps are cut for them.
 *
 *         Which pages are dirty: a block is all clean, all dirty, or names a
 *         node of a binary tree whose halves are the halves of the block. So
 *         halving a block and joining two is O(1), whatever the pattern.
 */
#ifndef XEN_HEAP_IMPL_H
#define XEN_HEAP_IMPL_H

#include "base/slab.h"
#include "xen/heap.h"

enum {
	HEAP_LEVELS = 3,            /* of tables below a region */
	HEAP_SLOT_ORDER_SHIFT = 26, /* below: number of the block */
	HEAP_NODE_MIXED = 254,      /* a region of several nodes, or holes */
	DIRTY_NONE = 0,
	DIRTY_ALL = 1,              /* above: node DIRTY_TREE + number */
	DIRTY_TREE = 1,
};

#define HEAP_SLOT_TABLE (UINT32_C(1) << 31)
#define HEAP_BLOCKS_MAX ((UINT32_C(1) << HEAP_SLOT_ORDER_SHIFT) - 1)

struct heap_block {
	uint32_t next, prev;  /* 0 = none */
	uint64_t mfn;
	uint32_t first_dirty; /* HEAP_CLEAN, or the first page that may be */
	uint32_t dirty;       /* which are: DIRTY_* */
	uint8_t order, node, zone;
};

struct heap_list {
	uint32_t head, tail;
};

struct heap_zone {
	uint64_t free_pages;
	uint32_t order_mask; /* orders with a block */
	struct heap_list list[HEAP_ORDERS];
};

struct heap_node {
	bool has_heap;        /* its bookkeeping exists */
	uint64_t zone_mask;   /* zones with a free page */
	uint64_t avail_pages; /* of all zones */
	uint64_t out_pages;   /* handed out */
	uint64_t given_pages; /* avail + out */
	uint64_t dirty_pages; /* free pages marked dirty, exactly */
	uint64_t start_mfn, end_mfn; /* span; start == end: no memory */
	struct heap_zone zone[HEAP_ZONES];
};

struct heap_region {
	uint32_t slot;
	uint32_t node; /* HEAP_NODE_MIXED: ask the spans */
};

/* log2 of the pages a slot of each level stands for, and of the slots. */
static const uint8_t heap_level_shift[HEAP_LEVELS] = {9, 5, 0};
static const uint8_t heap_level_bits[HEAP_LEVELS] = {9, 4, 5};

struct heap_table {
	uint32_t used;   /* slots not empty */
	uint32_t slot[]; /* [1 << heap_level_bits[level]] */
};

struct dirty_node {
	uint32_t lower, upper; /* DIRTY_*; never both NONE or both ALL */
	uint32_t count;        /* dirty pages below */
};

struct heap_boot_region {
	uint64_t start_mfn, end_mfn;
};

struct heap {
	struct arena *arena;
	struct slab block, tree;
	struct slab table[HEAP_LEVELS];
	struct heap_region *region; /* [region_count] from region_base on */
	uint64_t region_base, region_count;
	struct heap_node *node;     /* [node_count] */
	uint32_t node_count;
	uint32_t xen_version;
	uint32_t dma_bits;
	enum heap_bootscrub bootscrub;
	nodeset online, cpu_nodes, scrubbing;
	uint8_t *distance;          /* [node_count^2] */
	struct heap_span *span;
	uint32_t span_count;
	uint64_t total_free_pages, total_claimed_pages;
	/* low_mem_virq_limit (facts/xen.md 4.8) */
	bool low_mem_on;
	uint64_t low_mem_pages, low_mem_high_pages, low_mem_virqs;
	uint32_t low_mem_order, low_mem_order_first;
	/* boot */
	bool booting, boot_failed, static_used, bookkeeping_paid;
	struct heap_boot_region *boot;
	uint32_t boot_count, boot_max;
};

/* --- heap_blocks.c: the index and the lists --- */

static inline struct heap_block *heap_block_at(const struct heap *heap,
					       uint32_t index)
{
	return SLAB_AT(&heap->block, index, struct heap_block);
}

static inline uint32_t heap_zone_of(uint64_t mfn)
{
	assert(mfn > 0);
	return 64 - (uint32_t)__builtin_clzll(mfn);
}

static inline uint32_t heap_table_bytes(uint32_t level)
{
	return (1 + (UINT32_C(1) << heap_level_bits[level])) *
	       (uint32_t)sizeof(uint32_t);
}

static inline struct heap_table *heap_table_at(const struct heap *heap,
					       uint32_t level, uint32_t slot)
{
	assert(level < HEAP_LEVELS && slot & HEAP_SLOT_TABLE);
	return slab_at_size(&heap->table[level], slot & ~HEAP_SLOT_TABLE,
			    heap_table_bytes(level));
}

/* The free block of exactly this order that starts at mfn; 0 if none does. */
uint32_t heap_block_find(const struct heap *heap, uint64_t mfn, uint32_t order);

/* A new free block: in the index, on its list (clean at the head). */
void heap_block_insert(struct heap *heap, uint64_t mfn, uint32_t order,
		       uint32_t node, uint32_t first_dirty, uint32_t dirty);

/* Out of list and index; the record is given back. Its dirty tree is the
 * caller's. */
void heap_block_delete(struct heap *heap, uint32_t index);

/* --- heap_buddy.c --- */

/*
 * Takes count times 2^order pages from the top of a block, as one after the
 * other from its upper end down, and puts the rest back, halved. Returns the
 * mfn of the highest; *dirty is which of its pages are, the caller's from now
 * on. count above 1: the block is clean, and the lists of its zone from order
 * up to below its own are empty.
 */
uint64_t heap_block_cut(struct heap *heap, uint32_t index, uint32_t order,
			uint32_t count, uint32_t *dirty);

/* 2^order pages that are in no block become one, or part of one: all dirty or
 * all clean. */
void heap_block_join(struct heap *heap, uint64_t mfn, uint32_t order,
		     uint32_t node, bool dirty);

/* From where it is to the tail, or to the head, of its list. */
void heap_block_to_tail(struct heap *heap, uint32_t index);
void heap_block_to_head(struct heap *heap, uint32_t index);

/* --- heap_dirty.c: which pages of a block are dirty --- */

uint32_t dirty_count(const struct slab *tree, uint32_t dirty, uint32_t order);
/* Halves of a block of order >= 1; the node, if any, is given back. */
void dirty_halve(struct slab *tree, uint32_t dirty, uint32_t *lower,
		 uint32_t *upper);
/* Two blocks of this order as one of order + 1. */
uint32_t dirty_join(struct slab *tree, uint32_t lower, uint32_t upper,
		    uint32_t order);
void dirty_drop(struct slab *tree, uint32_t dirty);
/* The first dirty page at or after from, and how many follow it without a
 * gap (within one node of the tree, so more may follow those); 0: none. */
uint32_t dirty_next(const struct slab *tree, uint32_t dirty, uint32_t order,
		    uint32_t from, uint32_t *first);
/* Pages [start, end) become clean; returns the new tree. */
uint32_t dirty_clear(struct slab *tree, uint32_t dirty, uint32_t order,
		     uint32_t start, uint32_t end);

/* --- heap_claim.c --- */

/* After an allocation; true if VIRQ_ENOMEM is sent. */
bool heap_low_mem_check(struct heap *heap);

#endif
