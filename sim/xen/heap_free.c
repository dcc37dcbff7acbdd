/* heap_free.c - pages back to the heap: heap.h says how. */
#include "base/err.h"
#include "xen/heap_impl.h"

void heap_free(struct heap *heap, uint64_t mfn, uint32_t order, bool dirty)
{
	uint32_t node_id = heap_node_of(heap, mfn);
	uint64_t pages = UINT64_C(1) << order;

	require(order <= HEAP_ORDER_MAX && mfn % pages == 0);
	require(mfn > 0 && node_id < heap->node_count);
	struct heap_node *node = &heap->node[node_id];

	require(node->out_pages >= pages);
	node->avail_pages += pages;
	node->out_pages -= pages;
	heap->total_free_pages += pages;
	if (dirty)
		node->dirty_pages += pages;

	heap_block_join(heap, mfn, order, node_id, dirty);
}

/* The largest block of at most pages (> 0) that may start, or end, at mfn. */
static uint32_t piece_order(uint64_t mfn, uint64_t pages)
{
	uint32_t order = 63 - (uint32_t)__builtin_clzll(pages);
	uint32_t align = mfn ? (uint32_t)__builtin_ctzll(mfn) : 0;

	order = align < order ? align : order;
	return order < HEAP_ORDER_MAX ? order : (uint32_t)HEAP_ORDER_MAX;
}

/*
 * In aligned pieces, ascending. Page by page gives the same lists: the pages of
 * an aligned piece merge with each other first, whatever lies around it, and
 * every list they pass through on the way is left as it was.
 */
void heap_free_range(struct heap *heap, uint64_t mfn, uint64_t pages,
		     bool dirty)
{
	while (pages) {
		uint32_t order = piece_order(mfn, pages);

		heap_free(heap, mfn, order, dirty);
		mfn += UINT64_C(1) << order;
		pages -= UINT64_C(1) << order;
	}
}

void heap_free_descending(struct heap *heap, uint64_t mfn, uint64_t pages,
			  bool dirty)
{
	while (pages) {
		uint32_t order = piece_order(mfn + pages, pages);

		pages -= UINT64_C(1) << order;
		heap_free(heap, mfn + pages, order, dirty);
	}
}

/* The domain has so many pages less. */
static void disown(struct heap *heap, struct heap_domain *domain,
		   uint64_t pages)
{
	require(domain->tot_pages >= pages);
	domain->tot_pages -= pages;
	/* 4.17: what is given back is claimed again while a claim is active. */
	if (heap->xen_version < 422 && domain->claim_pages) {
		domain->claim_pages += pages;
		heap->total_claimed_pages += pages;
	}
}

void heap_free_owned(struct heap *heap, struct heap_domain *domain,
		     uint64_t mfn, uint64_t pages, bool no_refcount)
{
	heap_free_range(heap, mfn, pages, domain->dying);
	if (!no_refcount)
		disown(heap, domain, pages);
}

void heap_free_owned_descending(struct heap *heap, struct heap_domain *domain,
				uint64_t mfn, uint64_t pages)
{
	heap_free_descending(heap, mfn, pages, domain->dying);
	disown(heap, domain, pages);
}
