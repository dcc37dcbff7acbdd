/*
 * nodeset.h - a set of NUMA nodes as one 64-bit word: bit n is node n.
 *
 * SOURCE  Xen has at most 64 nodes (facts/xen.md 0.1) and cycles through them
 *         in numeric order: nodeset_next() is Xen's cycle helper.
 */
#ifndef BASE_NODESET_H
#define BASE_NODESET_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

enum { NODE_MAX = 64, NODE_NONE = 255 };

typedef uint64_t nodeset;

#define NODESET_NONE ((nodeset)0)
#define NODESET_ALL (~(nodeset)0)

static inline nodeset nodeset_of(uint32_t node)
{
	assert(node < NODE_MAX);
	return (nodeset)1 << node;
}

/* {0, ..., count - 1} */
static inline nodeset nodeset_below(uint32_t count)
{
	assert(count <= NODE_MAX);
	return count == NODE_MAX ? NODESET_ALL : ((nodeset)1 << count) - 1;
}

static inline bool nodeset_has(nodeset s, uint32_t node)
{
	assert(node < NODE_MAX);
	return s >> node & 1;
}

static inline nodeset nodeset_add(nodeset s, uint32_t node)
{
	return s | nodeset_of(node);
}

static inline nodeset nodeset_del(nodeset s, uint32_t node)
{
	return s & ~nodeset_of(node);
}

static inline uint32_t nodeset_count(nodeset s)
{
	return (uint32_t)__builtin_popcountll(s);
}

/* Smallest member; NODE_NONE of the empty set. */
static inline uint32_t nodeset_first(nodeset s)
{
	return s ? (uint32_t)__builtin_ctzll(s) : NODE_NONE;
}

/* Smallest member above node, else the smallest; NODE_NONE of the empty set. */
static inline uint32_t nodeset_next(nodeset s, uint32_t node)
{
	nodeset above = node >= NODE_MAX - 1 ? 0 : s & (NODESET_ALL << (node + 1));

	return nodeset_first(above ? above : s);
}

/* for (n = nodeset_first(s); n != NODE_NONE; n = nodeset_after(s, n)) */
static inline uint32_t nodeset_after(nodeset s, uint32_t node)
{
	assert(node < NODE_MAX);
	return node == NODE_MAX - 1 ? (uint32_t)NODE_NONE
				    : nodeset_first(s & (NODESET_ALL << (node + 1)));
}

#endif
