/*
 * memop.h - the memory hypercalls: populate, increase, decrease, claim.
 *
 * SOURCE  facts/xen.md 5.1, 4.7, 4.1 (order limits); xen/common/memory.c.
 *
 * MODEL   A reservation names a domain, some extents of one order, and where
 *         they may come from. Xen does them one by one; it stops at the first
 *         that fails, and what was done stays done. There is no error code:
 *         the caller sees how many were done.
 *
 *         The hypercall is preemptible between extents. Here the driver says
 *         how many extents to do now (max_extents), charges time for what they
 *         cost, and calls again: other domains' calls fall in between, as they
 *         do in Xen, whose heap lock spans one extent.
 *
 *         Until the domain is first unpaused, 4.22 takes dirty blocks on the
 *         preferred node and scrubs them in the hypercall. 4.17, and 4.22
 *         later, look for a clean block on every node first.
 *
 * LEFT OUT  populate-on-demand (a reservation has no flag for it yet),
 *         XENMEM_exchange, the half-scrubbed block kept over a preemption
 *         (invisible: an extent is one step here).
 *
 * TESTS   sim/test/check_memop.c
 */
#ifndef XEN_MEMOP_H
#define XEN_MEMOP_H

#include "xen/domain.h"
#include "xen/heap.h"

#include <stdbool.h>
#include <stdint.h>

enum { MEMOP_ORDER_GUEST = 9, MEMOP_ORDER_DEVICES = 12,
       MEMOP_ORDER_HARDWARE = 12, MEMOP_ORDER_CONTROL = 18 };

/* More extents than this in one call: nothing is done. */
#define MEMOP_EXTENTS_MAX ((UINT64_C(1) << 26) - 1)

struct memop_reservation {
	struct domain *target;
	const struct domain *caller; /* whose order limit and rights apply */
	const uint64_t *gpfn;  /* [extent_count]; NULL: gpfn_first + i * 2^order */
	uint64_t gpfn_first;
	uint64_t extent_count;
	uint32_t order;
	uint32_t node;         /* NODE_NONE = any; a vnode if is_vnode */
	bool exact;            /* without a node: ignored */
	bool is_vnode;
	uint32_t address_bits; /* 0 = any */
	uint32_t cpu_node;     /* of the pCPU that runs the caller */
	uint64_t done;         /* extents done; 0 at first, advanced by calls */
};

enum memop_status {
	MEMOP_DONE,    /* every extent */
	MEMOP_MORE,    /* max_extents were done; call again */
	MEMOP_STOPPED, /* an extent failed or the call is refused; done says how
	                  far it came */
};

/* What the calls did: each call adds to it. */
struct memop_cost {
	uint64_t extents;        /* done */
	uint64_t pages;          /* of those */
	uint64_t scrubbed_pages; /* scrubbed inside the call */
	uint64_t split_count;
	uint64_t low_mem_virqs;
	enum heap_result failure; /* of the last extent that failed */
};

/* The largest order this domain may ask for. */
uint32_t memop_order_max(const struct domain *caller);

/* Allocate and map. No gpfn of it may be mapped already. */
enum memop_status memop_populate(struct heap *heap, struct memop_reservation *r,
				 uint64_t max_extents, struct memop_cost *cost);

/*
 * Allocate without a place in the guest's map (PV). mfn, if not NULL, has room
 * for extent_count numbers: mfn[i] is extent i's.
 */
enum memop_status memop_increase(struct heap *heap, struct memop_reservation *r,
				 uint64_t max_extents, uint64_t *mfn,
				 struct memop_cost *cost);

/* Unmap and free, page by page. Of the reservation only target, gpfns, count
 * and order matter (and the caller's order limit). */
enum memop_status memop_decrease(struct heap *heap, struct memop_reservation *r,
				 uint64_t max_extents, struct memop_cost *cost);

/* XENMEM_claim_pages: 0, -1 (EPERM), -22 (EINVAL) or -12 (ENOMEM). */
int memop_claim(struct heap *heap, const struct domain *caller,
		struct domain *target, uint64_t pages);

#endif
