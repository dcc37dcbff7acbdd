/*
 * heap.h - Xen's page allocator: one binary buddy system per node and zone.
 *
 * SOURCE  facts/xen.md 4, read from xen-project/xen at c447b730,
 *         xen/common/page_alloc.c. Names below are Xen's.
 *
 * MODEL   Free memory is a set of blocks. A block of order k is 2^k pages and
 *         starts at a multiple of 2^k. Each free block is on exactly one list,
 *         clean blocks first, dirty ones (not yet scrubbed) after them:
 *
 *           list[node][zone][order]   head [clean][clean][dirty][dirty] tail
 *                                      ^ taken, clean put       dirty put ^
 *
 *         The zone of a page is the bit length of its number. A block knows
 *         where its first dirty page may be (a lower bound, as in Xen) and,
 *         exactly, which of its pages are marked dirty.
 *
 *         Allocate 2^order pages for domain d (heap_alloc):
 *
 *           1. Refuse if free memory nobody claimed is short, unless d's own
 *              claim covers the request.
 *           2. Nodes: the one asked for; with none asked for, the one after
 *              the node d got last, within d's affinity; with no domain, the
 *              caller's. Then round the affinity in numeric order, then every
 *              other node. HEAP_EXACT_NODE stops before that.
 *           3. On a node, from the highest zone down: the smallest order that
 *              has a block. Halve it down to size, keep the UPPER half.
 *           4. With a DMA range (dma_bits), all of this runs first above the
 *              range, and only if that fails with the range included.
 *
 *         For order > 0 the whole walk runs for clean blocks alone before it
 *         runs again for dirty ones, so a clean block on a far node beats a
 *         dirty one on the near node. HEAP_NO_SCRUB takes either at once.
 *
 *         Free (heap_free) merges with the buddy while the buddy is a free
 *         block of the same order and node.
 *
 * UNITS   _pages 4 KiB pages; mfn a page number; order log2 of pages. Nothing
 *         here takes simulated time: the answers say how many pages were
 *         scrubbed on the spot and how many blocks were halved.
 *
 * LEFT OUT  cache colouring, offlined pages, the boot allocator's failures,
 *         the heap lock (the model is one thread), a scrubber stopped in the
 *         middle of a block (heap_scrub_chunk() is one step).
 *
 * INVARIANTS, all asserted by heap_check():
 *   H1  No page is in two free blocks (the store of blocks is a tree of
 *       address ranges; every block of a list is found there at its place).
 *   H2  A block of order k starts at a multiple of 2^k and lies in one node
 *       and one zone, those of its list.
 *   H3  No two free buddies of the same order and node lie unmerged.
 *   H4  avail_pages[node][zone] is the sum over that zone's lists, and
 *       total_free_pages the sum over nodes.
 *   H5  claimed_pages <= total_free_pages.
 *   H6  On every list clean blocks come before dirty ones, and the list is
 *       whole: prev and next agree, the masks of non-empty lists are right.
 *   H7  Every dirty page of a block is at or after its first_dirty; a clean
 *       block has none; a node's dirty counter is the sum over its blocks.
 *   H8  free pages + pages handed out = pages the heap was given.
 *
 * COST    Allocate and free O(nodes * zones * orders) worst case, as in Xen;
 *         in practice one list and one to two splits or merges: 10 to 50 ns,
 *         whether the host is empty or in three million pieces (`nodewise bench
 *         heap`). Memory: 32 bytes a free block, 200 bytes of index at most for
 *         a block below 2 MiB (4 in a run of them), 8 bytes a gigabyte and 2 KB
 *         one that is in pieces, 7 KB a node. heap_check() walks every block.
 *
 * TESTS   sim/test/check_heap.c; sim/test/check_heap_twin.c beside a naive
 *         twin, an array of pages; sim/test/check_heap_golden.c: Xen's own
 *         answers.
 */
#ifndef XEN_HEAP_H
#define XEN_HEAP_H

#include "base/arena.h"
#include "base/nodeset.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	HEAP_ORDER_MAX = 18, /* 1 GiB */
	HEAP_ORDERS = HEAP_ORDER_MAX + 1,
	HEAP_ZONES = 41,     /* 0..40; 0 is never used for free pages */
	HEAP_BITS_ALL = 76,  /* "no limit on the address" */
	HEAP_SPAN_MAX = 4096,
	HEAP_BOOT_LOST_PAGES = 4, /* a node's own bookkeeping, except one's */
};

#define MFN_NONE UINT64_MAX
#define HEAP_CLEAN UINT32_MAX /* first_dirty of a clean block */
#define HEAP_LOW_MEM_DEFAULT_PAGES UINT64_C(16384) /* 64 MiB */

/* Flags of an allocation: Xen's MEMF_*. */
enum {
	HEAP_EXACT_NODE = 1 << 0, /* this node, or without one the affinity,
	                             and nothing else */
	HEAP_NO_DMA = 1 << 1,
	HEAP_NO_OWNER = 1 << 2,   /* not assigned; implies no_refcount */
	HEAP_NO_REFCOUNT = 1 << 3, /* owned, but not in tot_pages */
	HEAP_NO_SCRUB = 1 << 4,   /* dirty is as good as clean; marks dropped */
	HEAP_KEEP_SCRUB = 1 << 5, /* with NO_SCRUB: the caller scrubs, then
	                             calls heap_assign(); not assigned here */
};

enum heap_result {
	HEAP_OK,
	HEAP_NO_MEMORY, /* no block of that order where it may come from */
	HEAP_CLAIMED,   /* there is memory, but others claimed it */
	HEAP_DYING,     /* the domain is dying (EINVAL) */
	HEAP_OVER_LIMIT, /* over max_pages (EPERM, E2BIG) */
};

enum heap_bootscrub { HEAP_BOOTSCRUB_IDLE, HEAP_BOOTSCRUB_ON, HEAP_BOOTSCRUB_OFF };

/* What the heap knows of a domain: the part of struct domain it reads and
 * writes. The caller may set everything but claim_pages at any time. */
struct heap_domain {
	uint32_t domid;
	uint32_t last_alloc_node; /* starts as 0 */
	nodeset node_affinity;    /* may name offline nodes; all 64 at first */
	uint64_t tot_pages;       /* owned, without no_refcount pages */
	uint64_t max_pages;       /* limit on tot_pages */
	uint64_t claim_pages;     /* claimed and not yet allocated */
	uint32_t address_bits;    /* 32-bit PV guest's width; 0 = no limit */
	bool dying;
};

/* MFNs [start_mfn, end_mfn) belong to node. */
struct heap_span {
	uint64_t start_mfn, end_mfn;
	uint32_t node;
};

struct heap_config {
	uint32_t node_count;  /* ids 0..node_count-1 */
	nodeset online;       /* not empty */
	nodeset cpu_nodes;    /* nodes that have a CPU */
	const struct heap_span *span; /* ascending, disjoint; copied */
	uint32_t span_count;  /* 1..HEAP_SPAN_MAX */
	const uint8_t *distance; /* [node_count^2], copied; NULL: 10/20 */
	uint32_t xen_version; /* 417 or 422: how claims shrink */
	uint32_t dma_bits;    /* 0 = derived at the end of boot */
	enum heap_bootscrub bootscrub;
	bool bookkeeping_paid; /* RAM is what is free on a running host: no
	                          node takes pages of it for itself */
};

struct heap_request {
	struct heap_domain *domain; /* NULL = anonymous (Xen itself) */
	uint32_t order;             /* a larger one than 18 fails */
	uint32_t node;              /* NODE_NONE = any */
	uint32_t cpu_node;          /* node of the pCPU that executes this */
	uint32_t flags;             /* HEAP_* */
	uint32_t bits;              /* width of the address; 0 = no limit */
};

/* What an allocation gave, and what it did (for whoever charges time). */
struct heap_extent {
	uint64_t mfn;            /* MFN_NONE unless HEAP_OK */
	uint32_t node;
	uint32_t count;          /* HEAP_OK: 1, or more from heap_alloc_run();
	                            what follows is of all of them */
	uint32_t scrubbed_pages; /* scrubbed on the spot, inside the call */
	uint32_t dirty_pages;    /* KEEP_SCRUB: left for the caller to scrub */
	uint32_t split_count;    /* blocks halved */
	uint32_t low_mem_virqs;  /* VIRQ_ENOMEM raised */
};

struct heap; /* opaque: sim/xen/heap_impl.h */

/* --- boot (heap_boot.c) ---------------------------------------------------- */

struct heap *heap_create(struct arena *arena, const struct heap_config *config);

/* Usable RAM [start_mfn, end_mfn), inside the spans; regions in any order,
 * disjoint. Before heap_boot_end(). */
void heap_boot_ram(struct heap *heap, uint64_t start_mfn, uint64_t end_mfn);

/* Early allocation: from the highest region that fits, as high as it goes.
 * align is a power of two. MFN_NONE if no region fits. */
uint64_t heap_boot_alloc(struct heap *heap, uint64_t pages, uint64_t align);

/* Hand-over. cpu0_node: where CPU 0 is. Derives dma_bits. False where Xen would
 * not boot: no 4 pages for the bookkeeping of a node that has fewer. */
bool heap_boot_end(struct heap *heap, uint32_t cpu0_node);

/* The whole of boot for RAM that fills the spans: ram, then end. Every span has
 * at least 4 pages. */
void heap_boot_spans(struct heap *heap, uint32_t cpu0_node);

/* --- allocate (heap.c) ------------------------------------------------------ */

/*
 * alloc_domheap_pages(). On HEAP_OK *out is filled in and, unless NO_OWNER or
 * KEEP_SCRUB was given, the pages are the domain's. On HEAP_DYING and
 * HEAP_OVER_LIMIT they were allocated and freed again, as in Xen: lists,
 * last_alloc_node and (4.22) the claim have changed. *out is filled in always.
 */
enum heap_result heap_alloc(struct heap *heap, const struct heap_request *req,
			    struct heap_extent *out);

/*
 * What up to max (>= 1) calls of heap_alloc() with this request would do, one
 * after the other, as far as they go on in the block the first took from:
 * out->count says how many. The first is at out->mfn, each next one 2^order
 * pages below. For speed alone: ask again for the rest. With KEEP_SCRUB the
 * caller assigns them all before the next call; unless it is one alone that
 * cannot fail.
 */
enum heap_result heap_alloc_run(struct heap *heap,
				const struct heap_request *req, uint64_t max,
				struct heap_extent *out);

/* Give 2^order pages got with KEEP_SCRUB, scrubbed since, to the domain. On
 * failure the caller frees them with heap_free(..., dirty = true). */
enum heap_result heap_assign(struct heap *heap, struct heap_domain *domain,
			     uint32_t order, uint32_t flags);

/* The same for all pages of a run. */
enum heap_result heap_assign_pages(struct heap *heap,
				   struct heap_domain *domain, uint64_t pages,
				   uint32_t flags);

/* --- free (heap_free.c) ----------------------------------------------------- */

/* Owner-less pages (Xen's own, HAP pool, a failed assignment): dirty = true. */
void heap_free(struct heap *heap, uint64_t mfn, uint32_t order, bool dirty);

/*
 * Page by page, in ascending order, [mfn, mfn + pages) that the domain owns:
 * tot_pages (unless no_refcount pages) and the claim (4.17) follow. Dirty iff
 * the domain is dying.
 */
void heap_free_owned(struct heap *heap, struct heap_domain *domain,
		     uint64_t mfn, uint64_t pages, bool no_refcount);

/* The same for pages that nobody owns. */
void heap_free_range(struct heap *heap, uint64_t mfn, uint64_t pages,
		     bool dirty);

/*
 * Both again, for blocks that lie side by side from mfn on, each of 2^n pages
 * for some n and at a multiple of that, to be freed from the highest down.
 */
void heap_free_descending(struct heap *heap, uint64_t mfn, uint64_t pages,
			  bool dirty);
void heap_free_owned_descending(struct heap *heap, struct heap_domain *domain,
				uint64_t mfn, uint64_t pages);

/* A hint, for speed alone: pages at mfn will soon be freed. */
void heap_expect(const struct heap *heap, uint64_t mfn);

/* --- claims (heap_claim.c) ------------------------------------------------- */

enum heap_claim_result {
	HEAP_CLAIM_OK,
	HEAP_CLAIM_INVALID,   /* EINVAL: has one, not above tot_pages, or above
	                         max_pages */
	HEAP_CLAIM_NO_MEMORY, /* ENOMEM: more than is free and unclaimed */
};

/* XENMEM_claim_pages: pages in all, those the domain has included. 0 cancels,
 * and always succeeds. That a dying domain may not claim (4.22) is memop.h's. */
enum heap_claim_result heap_claim(struct heap *heap, struct heap_domain *domain,
				  uint64_t pages);

/* low_mem_virq_limit: set up once dom0 is built. limit_pages 0 as in Xen.
 * defaulted: the limit is the default, not the user's. */
void heap_low_mem_setup(struct heap *heap, uint64_t limit_pages, bool defaulted);

/* --- scrubbing (heap_scrub.c) ---------------------------------------------- */

/*
 * What an idle pCPU does, in three steps that a driver can spread over time:
 *
 *   node = heap_scrub_node(heap, cpu_node)     NODE_NONE: nothing to do
 *   while (heap_node_dirty_pages(heap, node) && more time)
 *           pages = heap_scrub_chunk(heap, node, n, &skipped)
 *   heap_scrub_release(heap, node)
 *
 * One scrubber a node: heap_scrub_node() takes the node, release gives it back.
 */
uint32_t heap_scrub_node(struct heap *heap, uint32_t cpu_node);

/*
 * Scrub at most max_pages (>= 1) pages of the node in Xen's order. Returns the
 * pages scrubbed. *skipped_pages (may be NULL) is set to the clean pages looked
 * at on the way: each counts against max_pages as 1/100 page, so a chunk may
 * scrub nothing while pages are still dirty. max_pages 9 is what Xen does
 * before it looks for a softirq.
 */
uint64_t heap_scrub_chunk(struct heap *heap, uint32_t node, uint64_t max_pages,
			  uint64_t *skipped_pages);
void heap_scrub_release(struct heap *heap, uint32_t node);

/* Is there work for an idle pCPU of this node (it does not sleep then)? */
bool heap_scrub_more(const struct heap *heap, uint32_t cpu_node);

/* One call of the idle loop as in Xen: take, scrub, release; returns
 * heap_scrub_more(). softirq: one is pending, so stop after the 9th page. */
bool heap_scrub_round(struct heap *heap, uint32_t cpu_node, bool softirq,
		      uint64_t *scrubbed_pages);

/* --- looking at it --------------------------------------------------------- */

uint64_t heap_free_pages(const struct heap *heap);    /* whole host, claims not
                                                         subtracted */
uint64_t heap_claimed_pages(const struct heap *heap); /* whole host */
uint64_t heap_given_pages(const struct heap *heap);   /* free + handed out */
uint64_t heap_node_free_pages(const struct heap *heap, uint32_t node);
uint64_t heap_node_given_pages(const struct heap *heap, uint32_t node);
uint64_t heap_node_dirty_pages(const struct heap *heap, uint32_t node);
/* Free pages of the node in the DMA range, which non-exact requests get last. */
uint64_t heap_node_dma_pages(const struct heap *heap, uint32_t node);
/* Free pages of the node in blocks of at least this order. */
uint64_t heap_node_order_pages(const struct heap *heap, uint32_t node,
			       uint32_t order);
uint32_t heap_dma_bits(const struct heap *heap);
uint32_t heap_xen_version(const struct heap *heap);
uint32_t heap_node_count(const struct heap *heap);
nodeset heap_online(const struct heap *heap);
uint64_t heap_block_count(const struct heap *heap);
/* Memory of this process that the heap's model takes. */
uint64_t heap_held_bytes(const struct heap *heap);
uint64_t heap_low_mem_virqs(const struct heap *heap);
/* Node that owns the page; NODE_NONE outside all spans. */
uint32_t heap_node_of(const struct heap *heap, uint64_t mfn);
/* Is no page of [mfn, mfn + pages) free? */
bool heap_range_in_use(const struct heap *heap, uint64_t mfn, uint64_t pages);

struct heap_block_view {
	uint32_t node, zone, order;
	uint64_t mfn;
	uint32_t first_dirty; /* HEAP_CLEAN or 0..2^order-1 */
	uint32_t dirty_pages;
};

/* Every free block: by node, zone, order, then from head to tail. */
void heap_walk(const struct heap *heap,
	       void (*visit)(void *arg, const struct heap_block_view *block),
	       void *arg);

/* Aborts on a broken invariant. */
void heap_check(const struct heap *heap);

#endif
