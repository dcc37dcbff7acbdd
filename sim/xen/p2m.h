/*
 * p2m.h - where a domain's guest pages are: gpfn -> mfn, as extents.
 *
 * MODEL   An extent is a run of pages, consecutive in gpfn and in mfn, that
 *         came from one allocation. It is in two orders at once:
 *
 *           by gpfn        a B+ tree of (first gpfn, extent), for look-up,
 *                          populate and balloon;
 *           by assignment  a list, oldest first, for destroy, which frees
 *                          pages as they were assigned (facts/xen.md 4.6).
 *
 *         Taking pages out of the middle leaves two extents at one place of
 *         the list. Extents are never joined: the model's size follows how the
 *         heap was fragmented when the domain was built.
 *
 *         An extent lies in one node and one vnode (a populate that crosses a
 *         boundary of vnodes becomes two extents). So where the pages are is
 *         a sum kept up to date, never a scan.
 *
 *         A page nobody mapped (PV increase_reservation) is an extent with no
 *         gpfn: in the list, not in the tree.
 *
 * UNITS   _pages 4 KiB pages; gpfn and mfn page numbers.
 *
 * INVARIANTS, asserted by p2m_check():
 *   P1  The tree's keys ascend, and every key is the gpfn of its extent.
 *   P2  Extents do not overlap in gpfn.
 *   P3  Every extent with a gpfn is in the tree once (unless the tree was
 *       dropped), and the list holds every extent once, links agreeing.
 *   P4  Pages per node, per vnode, per vnode and node, per size of mapping
 *       and in all are the sums over the extents.
 *   P5  Every leaf of the tree is at the same depth; no node is empty.
 *   P6  No gpfn at or above end_gpfn is mapped.
 *
 * COST    Look-up, add, remove O(log n); add at the end O(1). 32 bytes an
 *         extent plus 12 to 24 in the tree. Extents mostly come from the top of
 *         a block down and go the same way: p2m_add_stack() and
 *         p2m_remove_stack() take several at once.
 *
 * TESTS   sim/test/check_p2m.c
 */
#ifndef XEN_P2M_H
#define XEN_P2M_H

#include "base/arena.h"
#include "base/nodeset.h"
#include "base/slab.h"

#include <stdbool.h>
#include <stdint.h>

#define GPFN_NONE UINT64_MAX

enum {
	VNODE_MAX = 32,      /* Xen's limit (facts/xen.md 2.4) */
	VMEMRANGE_MAX = 170,
	VNODE_NONE = 255,
	P2M_FANOUT = 64,
};

/* How guest memory is mapped. */
enum p2m_size { P2M_4K, P2M_2M, P2M_1G, P2M_SIZES };

/* gpfns [start_gpfn, end_gpfn) belong to vnode. */
struct vmemrange {
	uint64_t start_gpfn, end_gpfn;
	uint32_t vnode;
};

struct p2m_extent {
	uint32_t next, prev; /* in the order of assignment */
	uint64_t gpfn;       /* GPFN_NONE: not mapped */
	uint64_t mfn;
	uint32_t pages;
	uint8_t node;
	uint8_t vnode;       /* VNODE_NONE: no vNUMA or in no range */
};

/* Shared by the domains of a host: what one gives back the next one takes. */
struct p2m_store {
	struct slab extent; /* struct p2m_extent */
	struct slab tree;   /* struct p2m_tree_node, in p2m_tree.h */
	struct slab run;    /* of domain.c: pages nobody maps */
};

struct p2m {
	struct p2m_store *store;
	uint32_t root;         /* 0 = empty */
	uint32_t height;       /* 0 = empty, 1 = the root is a leaf */
	uint32_t last_leaf;    /* the rightmost: ascending gpfns go there */
	uint32_t oldest, newest;
	bool tree_dropped;
	uint64_t extent_count;
	uint64_t end_gpfn;     /* no gpfn from here on was ever mapped */
	uint64_t pages;        /* mapped or not */
	uint64_t node_pages[NODE_MAX];
	uint64_t size_pages[P2M_SIZES]; /* mapped pages only */
	/* vNUMA; range_count 0 without. Borrowed from domain_set_vnuma(). */
	uint32_t vnode_count, range_count;
	const struct vmemrange *range;  /* ascending, disjoint */
	uint64_t *vnode_node_pages;     /* [vnode_count][NODE_MAX] */
	uint64_t vnode_pages[VNODE_MAX];
};

/* A run of pages, as the functions below hand it out. */
struct p2m_run {
	uint64_t gpfn, mfn;
	uint64_t pages; /* 0 = none */
	uint32_t node, vnode;
};

void p2m_store_init(struct p2m_store *store, struct arena *arena);

void p2m_init(struct p2m *p2m, struct p2m_store *store);

/* Before any page is added. range ascending and disjoint, borrowed for the
 * life of the p2m; vnode_node_pages is zeroed, [vnode_count * NODE_MAX]. */
void p2m_set_vnuma(struct p2m *p2m, uint32_t vnode_count,
		   const struct vmemrange *range, uint32_t range_count,
		   uint64_t *vnode_node_pages);

/* Is any gpfn of [gpfn, gpfn + pages) mapped? */
bool p2m_any_mapped(const struct p2m *p2m, uint64_t gpfn, uint64_t pages);

/* Map pages [gpfn, gpfn + pages) to [mfn, ...), none of them mapped yet, or
 * own pages that are not mapped (gpfn GPFN_NONE). */
void p2m_add(struct p2m *p2m, uint64_t gpfn, uint64_t mfn, uint64_t pages,
	     uint32_t node);

/*
 * The same for count extents of 2^order pages: gpfns ascend from gpfn, mfns, a
 * multiple of 2^order, descend from mfn.
 */
void p2m_add_stack(struct p2m *p2m, uint64_t gpfn, uint64_t mfn,
		   uint32_t order, uint32_t count, uint32_t node);

/* The rest of the extent from gpfn on; pages 0 if gpfn is not mapped. */
struct p2m_run p2m_lookup(const struct p2m *p2m, uint64_t gpfn);

/* The first mapped run at or after gpfn (its part from gpfn on); pages 0 if
 * there is none. To walk all: gpfn = run.gpfn + run.pages. */
struct p2m_run p2m_next(const struct p2m *p2m, uint64_t gpfn);

/* Unmap and disown at most pages_max pages from gpfn on, within one extent. */
struct p2m_run p2m_remove(struct p2m *p2m, uint64_t gpfn, uint64_t pages_max);

/* Forget the tree: from now on only p2m_remove_oldest() and sums work. */
void p2m_drop_tree(struct p2m *p2m);

/* Pages of the oldest extent; 0 when none is left. */
uint64_t p2m_oldest_pages(const struct p2m *p2m);

/* Disown at most pages_max pages, oldest first, within one extent. After
 * p2m_drop_tree(). pages 0 when none is left. */
struct p2m_run p2m_remove_oldest(struct p2m *p2m, uint64_t pages_max);

/*
 * Disown the oldest extents that lie side by side on a node, each below the one
 * before it, at most pages_max pages in all: a guest's extents are mostly taken
 * from the top of a block down. Whole extents only, of 2^n pages that start at
 * a multiple of 2^n; pages 0 if the oldest is none, or too large. The run says
 * no gpfn and no vnode. *after_mfn is where the oldest of the rest lies
 * (UINT64_MAX: there is none). After p2m_drop_tree().
 */
struct p2m_run p2m_remove_stack(struct p2m *p2m, uint64_t pages_max,
				uint64_t *after_mfn);

/* Every run in the order of assignment. */
void p2m_walk_assigned(const struct p2m *p2m,
		       void (*visit)(void *arg, const struct p2m_run *run),
		       void *arg);

void p2m_check(const struct p2m *p2m);

#endif
