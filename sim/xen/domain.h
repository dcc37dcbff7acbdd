/*
 * domain.h - a domain as its memory: what it may have, what it has, and where.
 *
 * SOURCE  facts/xen.md 4.6 (destroy), 4.9 (node affinity), 4.10 (pages besides
 *         RAM), 4.11 (limits), 5.1; xen/common/domain.c, page_alloc.c.
 *
 * MODEL   Four kinds of pages, each with its place in the life of a domain:
 *
 *           xen     struct domain, struct vcpu: Xen's own, from the node of
 *                   the pCPU that runs the hypercall; freed last
 *           pool    HAP pool and other pages without owner, taken one by one
 *                   by the node affinity of the moment; freed first
 *           RAM     gpfn -> mfn (p2m.h); freed in the order of assignment
 *           extra   as RAM but not counted in tot_pages (no_refcount)
 *
 *         Destroy: claim, pool, RAM, xen. All of it comes back dirty.
 *
 *         Node affinity is a set of nodes. Automatic, it follows the CPUs the
 *         vCPUs may use; set by hand (all placed guests), it stays. Setting all
 *         64 bits means automatic.
 *
 * UNITS   _pages 4 KiB pages.
 *
 * DIFFERS the pool is freed node by node: the lists of a node see the same
 *         order as in Xen, only the sequence between nodes differs.
 *
 * LEFT OUT  populate-on-demand (the cache would be freed after RAM), pages kept
 *         by another domain's mapping, per-domain mapping pages.
 *
 * INVARIANTS, asserted by domain_check():
 *   D1  mem.tot_pages is the number of pages in the p2m (no_refcount pages
 *       are not in the p2m).
 *   D2  No page of the domain is free in the heap, and each is on the node it
 *       is counted on.
 *   D3  pool_pages and xen_pages are the sums over their runs.
 *   D4  A domain that is not dying has its tree; claim_pages is 0 when dying.
 *   D5  The node affinity is never empty.
 *   and P1..P5 of its p2m.
 *
 * TESTS   sim/test/check_domain.c; sim/test/check_affinity.c: Xen's own answers.
 */
#ifndef XEN_DOMAIN_H
#define XEN_DOMAIN_H

#include "base/arena.h"
#include "base/cpuset.h"
#include "base/nodeset.h"
#include "xen/heap.h"
#include "xen/p2m.h"

#include <stdbool.h>
#include <stdint.h>

enum domain_type { DOMAIN_PV, DOMAIN_PVH, DOMAIN_HVM };

/* Pages HAP takes at creation, before placement (facts/xen.md 4.10). */
enum { DOMAIN_POOL_FIRST_PAGES = 256 };

/* A queue of runs of pages; one per node for the pool. */
struct domain_runs {
	uint32_t oldest, newest; /* extents of the p2m store; 0 = none */
};

struct domain {
	struct heap_domain mem; /* domid, tot, max, claim, affinity, dying */
	struct p2m p2m;
	enum domain_type type;
	bool is_control, is_hardware; /* dom0 is both */
	bool has_devices;             /* passthrough: larger orders allowed */
	bool creation_finished;       /* set at the first unpause: from then on
	                                 populate looks for clean memory first */
	bool has_vcpus;               /* max_vcpus was done */
	bool node_affinity_auto;
	uint32_t vnode_count;         /* 0 = no vNUMA info set */
	uint8_t vnode_to_pnode[VNODE_MAX];
	uint64_t pool_pages, xen_pages;
	uint64_t pool_node_pages[NODE_MAX], xen_node_pages[NODE_MAX];
	struct domain_runs pool[NODE_MAX], xen[NODE_MAX];
};

/* type, domid; max_pages is the limit of setmaxmem. Affinity: all 64 nodes,
 * automatic. Takes no page. A domain may be initialised again once
 * domain_relinquish() has returned 0. */
void domain_init(struct domain *d, struct p2m_store *store, uint32_t domid,
		 enum domain_type type, uint64_t max_pages);

/* --- node affinity --------------------------------------------------------- */

/*
 * Recompute an automatic affinity: the nodes of the CPUs in hard, pool and, if
 * that leaves any, soft. hard and soft are the unions over the domain's vCPUs.
 * cpu_to_node[CPU_MAX-wide as far as pool reaches]. Does nothing before
 * has_vcpus or when the affinity was set. To be called at the triggers of
 * facts/xen.md 4.9: end of max_vcpus, any vCPU affinity change, pool changes,
 * after domain_set_node_affinity().
 */
void domain_update_node_affinity(struct domain *d, const cpuset *hard,
				 const cpuset *soft, const cpuset *pool,
				 const uint16_t *cpu_to_node);

/* 0, or -22 (EINVAL) if no online node is in the set. All 64 bits: automatic.
 * The caller recomputes afterwards. */
int domain_set_node_affinity(struct domain *d, nodeset nodes, nodeset online);

/* --- pages ----------------------------------------------------------------- */

/* vNUMA info as the toolstack sets it, before any RAM. range is copied. */
void domain_set_vnuma(struct domain *d, struct arena *arena,
		      uint32_t vnode_count, const uint8_t *vnode_to_pnode,
		      const struct vmemrange *range, uint32_t range_count);

/* Xen's own pages (struct domain, struct vcpu), one by one, from cpu_node on.
 * Returns how many it got. */
uint64_t domain_take_xen_pages(struct domain *d, struct heap *heap,
			       uint64_t pages, uint32_t cpu_node);

/*
 * Grow the pool to pages, at most max_pages of them in this call, one by one
 * over the node affinity. Returns how many were taken in this call; fewer than
 * wanted means the host is out of memory. *scrubbed_pages (may be NULL) grows.
 */
uint64_t domain_pool_grow(struct domain *d, struct heap *heap, uint64_t pages,
			  uint64_t max_pages, uint32_t cpu_node,
			  uint64_t *scrubbed_pages);

/*
 * Give back mapped pages [gpfn, gpfn + pages), ascending, as a running guest
 * does: clean. Returns how many were freed: it stops at the first gpfn that is
 * not mapped.
 */
uint64_t domain_remove_pages(struct domain *d, struct heap *heap, uint64_t gpfn,
			     uint64_t pages);

/* Cancel the claim, forget the gpfn tree and the vNUMA info: the domain is
 * dying from now on. */
void domain_kill(struct domain *d, struct heap *heap);

/*
 * After domain_kill(): free at most max_pages pages; it ends early rather than
 * cut an extent in two, unless the first one is larger than that. Returns how
 * many; 0 when the domain has none left, and then the struct may be used again.
 */
uint64_t domain_relinquish(struct domain *d, struct heap *heap,
			   uint64_t max_pages);

/* --- looking at it --------------------------------------------------------- */

/* Pages of RAM the domain has on the node (VRAM and special pages included,
 * pool and Xen's own not): what debug-key u prints. */
uint64_t domain_node_pages(const struct domain *d, uint32_t node);
/* RAM of a vnode, and of a vnode on a node; 0 without vNUMA. */
uint64_t domain_vnode_pages(const struct domain *d, uint32_t vnode);
uint64_t domain_vnode_node_pages(const struct domain *d, uint32_t vnode,
				 uint32_t node);
/* Number of mappings of a size (1 GiB, 2 MiB or 4 KiB). */
uint64_t domain_mappings(const struct domain *d, enum p2m_size size);

void domain_check(const struct domain *d, const struct heap *heap);

/* Over all domains of the host: claims add up to the heap's, and no page has
 * two owners (sorts all extents: for tests and --paranoid). */
void domain_check_all(struct domain *const *domain, uint32_t count,
		      const struct heap *heap);

#endif
