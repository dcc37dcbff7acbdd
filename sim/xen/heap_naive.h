/*
 * heap_naive.h - the page allocator again, as simply as it can be written.
 *
 * RULE    One record a page, every list an array of mfns in order. It follows
 *         facts/xen.md 4.3 to 4.7 line by line and shares no code with
 *         the heap, so that the two find each other's mistakes. Ranges are
 *         freed page by page; free and dirty pages are counted by looking.
 *
 * TESTS   heap_twin.h drives the two.
 */
#ifndef XEN_HEAP_NAIVE_H
#define XEN_HEAP_NAIVE_H

#include "xen/heap.h"

struct heap_naive; /* opaque */

/* RAM fills the spans; the hand-over is that of heap_boot_spans(). */
struct heap_naive *heap_naive_create(const struct heap_config *config,
				     uint32_t cpu0_node);
void heap_naive_destroy(struct heap_naive *h);

enum heap_result heap_naive_alloc(struct heap_naive *h,
				  const struct heap_request *req,
				  struct heap_extent *out);
enum heap_result heap_naive_assign(struct heap_naive *h,
				   struct heap_domain *d, uint32_t order,
				   uint32_t flags);
void heap_naive_free_range(struct heap_naive *h, uint64_t mfn, uint64_t pages,
			   bool dirty);
void heap_naive_free_owned(struct heap_naive *h, struct heap_domain *d,
			   uint64_t mfn, uint64_t pages, bool no_refcount);
enum heap_claim_result heap_naive_claim(struct heap_naive *h,
					struct heap_domain *d, uint64_t pages);
uint64_t heap_naive_scrub(struct heap_naive *h, uint32_t node,
			  uint64_t max_pages);

uint64_t heap_naive_free_pages(const struct heap_naive *h, uint32_t node);
uint64_t heap_naive_dirty_pages(const struct heap_naive *h, uint32_t node);
uint64_t heap_naive_claimed(const struct heap_naive *h);

/* Are all lists of the two the same, block by block, and all dirty pages, and
 * the counters? */
bool heap_naive_same(const struct heap_naive *h, const struct heap *heap);

#endif
