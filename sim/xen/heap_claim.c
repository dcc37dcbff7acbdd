/*
 * heap_claim.c - claims, and the warning of low memory.
 *
 * SOURCE  facts/xen.md 4.7, 4.8.
 */
#include "base/err.h"
#include "xen/heap_impl.h"

enum heap_claim_result heap_claim(struct heap *heap, struct heap_domain *domain,
				  uint64_t pages)
{
	if (pages == 0) {
		assert(heap->total_claimed_pages >= domain->claim_pages);
		heap->total_claimed_pages -= domain->claim_pages;
		domain->claim_pages = 0;
		return HEAP_CLAIM_OK;
	}
	if (domain->claim_pages || pages <= domain->tot_pages ||
	    pages > domain->max_pages)
		return HEAP_CLAIM_INVALID;

	uint64_t more = pages - domain->tot_pages;

	assert(heap->total_claimed_pages <= heap->total_free_pages);
	if (more > heap->total_free_pages - heap->total_claimed_pages)
		return HEAP_CLAIM_NO_MEMORY;
	domain->claim_pages = more;
	heap->total_claimed_pages += more;
	return HEAP_CLAIM_OK;
}

void heap_low_mem_setup(struct heap *heap, uint64_t limit_pages, bool defaulted)
{
	const uint64_t one_gib = UINT64_C(1) << 18;

	heap->low_mem_on = true;
	heap->low_mem_order = heap->low_mem_order_first = 0;
	heap->low_mem_high_pages = UINT64_MAX;
	if (limit_pages == 0) {
		/* Meant as "never"; what Xen makes of it is "always below". */
		heap->low_mem_pages = UINT64_MAX;
		return;
	}
	if (limit_pages > heap->total_free_pages)
		limit_pages = heap->total_free_pages;
	if (limit_pages > one_gib)
		limit_pages = one_gib;
	if (defaulted && limit_pages == heap->total_free_pages)
		limit_pages /= 2;
	if (limit_pages < 1)
		limit_pages = 1;
	heap->low_mem_order = 63 - (uint32_t)__builtin_clzll(limit_pages);
	heap->low_mem_order_first = heap->low_mem_order;
	heap->low_mem_pages = UINT64_C(1) << heap->low_mem_order;
}

bool heap_low_mem_check(struct heap *heap)
{
	if (!heap->low_mem_on)
		return false;
	uint64_t free_pages = heap->total_free_pages;
	uint64_t claimed = heap->total_claimed_pages;
	/* 4.17 counts pages twice between allocation and assignment; its
	 * unsigned difference wraps then, which reads as plenty. */
	uint64_t avail = free_pages - claimed;

	if (avail <= heap->low_mem_pages) {
		heap->low_mem_high_pages = UINT64_C(2) << heap->low_mem_order;
		if (heap->low_mem_order > 0)
			heap->low_mem_order--;
		heap->low_mem_pages = UINT64_C(1) << heap->low_mem_order;
		heap->low_mem_virqs++;
		return true;
	}
	if (avail >= heap->low_mem_high_pages) {
		heap->low_mem_order++;
		heap->low_mem_pages = UINT64_C(1) << heap->low_mem_order;
		heap->low_mem_high_pages =
			heap->low_mem_order == heap->low_mem_order_first
				? UINT64_MAX
				: UINT64_C(4) << heap->low_mem_order;
	}
	return false;
}
