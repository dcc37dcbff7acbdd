/*
 * p2m_tree.h - the B+ tree of a p2m: first gpfn -> extent, for p2m.c alone.
 *
 * MODEL   A node has up to P2M_FANOUT keys, ascending, each with an extent (in
 *         a leaf) or a child. A child's key is at most the smallest key below
 *         it: taking that one out does not touch the parents.
 *
 *         Ascending inserts fill leaves to the brim, others halve a full node.
 *         A node is given back when it is empty, and not joined before: the
 *         height never exceeds what the inserts made.
 */
#ifndef XEN_P2M_TREE_H
#define XEN_P2M_TREE_H

#include "xen/p2m.h"

struct p2m_tree_node {
	uint32_t count;             /* 1..P2M_FANOUT */
	uint32_t value[P2M_FANOUT]; /* leaf: extent; else node */
	uint64_t key[P2M_FANOUT];
};

/* The extent with the largest key <= gpfn; 0 if there is none. */
uint32_t p2m_tree_floor(const struct p2m *p2m, uint64_t gpfn);

/* The extent with the smallest key >= gpfn; 0 if there is none. */
uint32_t p2m_tree_ceiling(const struct p2m *p2m, uint64_t gpfn);

/* No extent may have that key yet. */
void p2m_tree_insert(struct p2m *p2m, uint64_t gpfn, uint32_t extent);

/* The same for a key above all others. */
static inline void p2m_tree_append(struct p2m *p2m, uint64_t gpfn,
				   uint32_t extent)
{
	if (p2m->height) {
		struct p2m_tree_node *last =
			SLAB_AT(&p2m->store->tree, p2m->last_leaf,
				struct p2m_tree_node);

		if (last->count < P2M_FANOUT) {
			assert(gpfn > last->key[last->count - 1]);
			last->key[last->count] = gpfn;
			last->value[last->count++] = extent;
			return;
		}
	}
	p2m_tree_insert(p2m, gpfn, extent);
}

/* The key must be there. */
void p2m_tree_delete(struct p2m *p2m, uint64_t gpfn);

/* The key must be there; gpfn_new lies before the next key. */
void p2m_tree_raise(struct p2m *p2m, uint64_t gpfn, uint64_t gpfn_new);

/* Every node given back. */
void p2m_tree_drop(struct p2m *p2m);

/* Aborts on a broken P1 or P5; returns the number of keys. */
uint64_t p2m_tree_check(const struct p2m *p2m);

#endif
