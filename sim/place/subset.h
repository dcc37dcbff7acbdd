/*
 * subset.h - the best set of k nodes out of n, without looking at all of them.
 *
 * MODEL   Each item (a node) has memory, CPUs and two costs; a set has their
 *         sums. A set fits if its memory and CPUs are enough. Sets of a size
 *         are visited in lexicographic order of their items, depth first:
 *
 *             {0}--{0,1}--{0,1,2}        a branch is entered only if
 *              |     |    {0,1,3}          memory so far + the most the rest
 *              |     |    ...              can add >= need, CPUs likewise, and
 *              |    {0,2}--{0,2,3}         cost so far + the least the rest
 *             {1}--...                     can add does not lose to the best.
 *
 *         "The most r of the items i, i+1, ... can add" is read from a table
 *         built once a search. It only shrinks as i grows, so the first item
 *         that fails ends the loop over its siblings.
 *
 * RULE    A search ends with the first size that has a set that fits. A set is
 *         better if its cost is less, or its cost is equal and its cost2 is
 *         less; of equals the first visited stays.
 *
 * INVARIANTS, asserted in subset_search():
 *   S1  Items are in ascending order of their nodes, count <= NODE_MAX.
 *   S2  1 <= k_min; a size above count has no set.
 *   S3  What is visited fits, and sets come in lexicographic order.
 *
 * COST    Up to SUBSET_EXACT_MAX items the search is exact: 2^16 sets at the
 *         very worst, mostly a few hundred. With more items a size is given up
 *         after SUBSET_STEP_MAX steps and the best set so far stands (or the
 *         next size is tried); sizes of one, two and three nodes out of 64,
 *         and all nodes, are still exact. The tables take 135 KiB of stack.
 *
 * TESTS   sim/test/check_subset.c: beside the enumeration of all bit masks.
 */
#ifndef PLACE_SUBSET_H
#define PLACE_SUBSET_H

#include "base/nodeset.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	SUBSET_EXACT_MAX = 16,
	/* C(64,1..3) = 43,744 sets and their inner branches; 2^16 is above. */
	SUBSET_STEP_MAX = 1 << 16
};

struct subset_item {
	uint32_t node;
	uint32_t cpus;
	uint64_t mem; /* any unit, the same as need_mem; sums below 2^64 */
	uint64_t cost;
	uint64_t cost2;
};

struct subset {
	uint32_t count;
	struct subset_item item[NODE_MAX];
	uint64_t need_mem;
	uint32_t need_cpus;
};

/* A set and its sums. nodes == 0: no set. */
struct subset_sum {
	nodeset nodes;
	uint32_t cpus;
	uint64_t mem;
	uint64_t cost;
	uint64_t cost2;
};

/*
 * Who looks at the sets. visit() is called by subset_search() for each set
 * that fits and is not pruned. It accepts a set by writing *best, against
 * which the search prunes from then on: sets with a larger cost always and,
 * with prune_ties, sets that are not better either. A visitor that wants to
 * see every set of the size writes a best whose cost is UINT64_MAX.
 */
struct subset_visitor {
	void (*visit)(struct subset_visitor *visitor,
		      const struct subset_sum *sum);
	struct subset_sum best; /* the search clears it; nodes == 0: none yet */
	bool prune_ties;
};

/*
 * Visits the sets of k_min, k_min + 1, ... k_max nodes and stops after the
 * first size of which visit() accepted one. Returns that size, 0 for none.
 */
uint32_t subset_search(const struct subset *s, uint32_t k_min, uint32_t k_max,
		       struct subset_visitor *visitor);

/* The best set of the first size that fits, by RULE. False: none fits. */
bool subset_best(const struct subset *s, struct subset_sum *best);

/*
 * The best max sets of that size, best first; top[0] is subset_best()'s.
 * Returns how many were written.
 */
uint32_t subset_rank(const struct subset *s, struct subset_sum *top,
		     uint32_t max);

/* Strictly better, by cost and then cost2. */
static inline bool subset_better(const struct subset_sum *a,
				 const struct subset_sum *b)
{
	return a->cost != b->cost ? a->cost < b->cost : a->cost2 < b->cost2;
}

#endif
