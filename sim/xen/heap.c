/* heap.c - allocate: heap.h says how. */
#include "xen/heap.h"

#include "base/err.h"
#include "xen/heap_impl.h"

/* One search of facts/xen.md 4.3. */
struct search {
	const struct heap_request *req;
	uint32_t flags;    /* the request's, and what they imply */
	uint32_t zone_low, zone_high;
	bool accept_dirty;
	bool straight;     /* nothing was moved or tried in vain on the way */
	uint32_t index;    /* of the block found */
};

static enum heap_result search_zones(struct heap *heap, struct search *s,
				     uint32_t zone_low, uint32_t zone_high);
static bool claim_refuses(const struct heap *heap,
			  const struct heap_domain *domain, uint32_t flags,
			  uint64_t pages);
static uint32_t find_block(struct heap *heap, struct search *s);
static uint32_t find_on_node(struct heap *heap, uint32_t node,
			     struct search *s);
static uint64_t run_max(const struct heap *heap, const struct search *s,
			uint64_t max);
static enum heap_result take(struct heap *heap, const struct search *s,
			     uint64_t max, struct heap_extent *out);

enum heap_result heap_alloc(struct heap *heap, const struct heap_request *req,
			    struct heap_extent *out)
{
	return heap_alloc_run(heap, req, 1, out);
}

enum heap_result heap_alloc_run(struct heap *heap,
				const struct heap_request *req, uint64_t max,
				struct heap_extent *out)
{
	struct heap_domain *d = req->domain;
	uint32_t bits = req->bits ? req->bits : (uint32_t)HEAP_BITS_ALL;
	enum heap_result result = HEAP_NO_MEMORY;
	struct search s = {.req = req, .flags = req->flags, .straight = true};

	require(max >= 1);
	assert(!heap->booting || heap->static_used);
	*out = (struct heap_extent){.mfn = MFN_NONE, .node = NODE_NONE};
	if (req->order > HEAP_ORDER_MAX)
		return HEAP_NO_MEMORY;
	if (s.flags & HEAP_NO_OWNER)
		s.flags |= HEAP_NO_REFCOUNT;
	else if (d && d->address_bits && d->address_bits < bits)
		bits = d->address_bits;
	if (!heap->dma_bits)
		s.flags &= ~(uint32_t)HEAP_NO_DMA;

	uint32_t zone_high = bits < 13 ? 1 : bits - 12;

	if (zone_high > HEAP_ZONES - 1)
		zone_high = HEAP_ZONES - 1;
	if (heap->dma_bits && heap->dma_bits - 12 < zone_high) {
		result = search_zones(heap, &s, heap->dma_bits - 12 + 1,
				      zone_high);
		s.straight &= result == HEAP_OK;
	}
	if (result != HEAP_OK && !(s.flags & HEAP_NO_DMA))
		result = search_zones(heap, &s, 1, zone_high);
	if (result != HEAP_OK)
		return result;
	return take(heap, &s, run_max(heap, &s, max), out);
}

/* alloc_heap_pages() up to the block found. */
static enum heap_result search_zones(struct heap *heap, struct search *s,
				     uint32_t zone_low, uint32_t zone_high)
{
	const struct heap_request *req = s->req;

	if (claim_refuses(heap, req->domain, s->flags,
			  UINT64_C(1) << req->order))
		return HEAP_CLAIMED;
	s->zone_low = zone_low;
	s->zone_high = zone_high;
	s->accept_dirty = req->order == 0 || s->flags & HEAP_NO_SCRUB;
	s->index = find_block(heap, s);
	if (!s->index && !s->accept_dirty) {
		s->straight = false;
		s->accept_dirty = true;
		s->index = find_block(heap, s);
	}
	return s->index ? HEAP_OK : HEAP_NO_MEMORY;
}

/*
 * How many of max equal requests, one after the other, take the rest of the
 * block found. Every list between the order asked for and the block's is empty,
 * for the search went by them; so the second request finds the lower neighbour
 * of the first one's pages, and so on, if it starts at this node, too.
 */
static uint64_t run_max(const struct heap *heap, const struct search *s,
			uint64_t max)
{
	const struct heap_block *b = heap_block_at(heap, s->index);
	const struct heap_domain *d = s->req->domain;
	nodeset mask = heap->online;
	uint32_t node = s->req->node;

	if (max == 1 || !s->straight || b->first_dirty != HEAP_CLEAN)
		return 1;
	if (d && mask & d->node_affinity)
		mask &= d->node_affinity;
	if (node == NODE_NONE)
		node = d ? nodeset_next(mask, b->node) : s->req->cpu_node;
	if (node != b->node)
		return 1;
	if (max > UINT64_C(1) << (b->order - s->req->order))
		max = UINT64_C(1) << (b->order - s->req->order);
	if (!d || s->flags & HEAP_NO_OWNER)
		return max;
	/* The first that cannot be assigned is taken and freed: by itself. */
	if (d->dying)
		return 1;
	if (s->flags & HEAP_NO_REFCOUNT)
		return max;
	/* 4.17 takes them off the claim only when they are assigned. */
	if (s->flags & HEAP_KEEP_SCRUB && heap->xen_version < 422 &&
	    d->claim_pages)
		return 1;
	if (d->tot_pages >= d->max_pages)
		return 1;
	uint64_t left = (d->max_pages - d->tot_pages) >> s->req->order;

	return left > max ? max : left ? left : 1;
}

/* The counters of alloc_heap_pages() for one allocation, or for several among
 * which nothing can change but these. */
static void count_out(struct heap *heap, struct heap_node *node,
		      struct heap_domain *d, uint32_t flags, uint64_t pages)
{
	assert(node->avail_pages >= pages && heap->total_free_pages >= pages);
	node->avail_pages -= pages;
	node->out_pages += pages;
	heap->total_free_pages -= pages;
	if (heap->xen_version >= 422 && d && d->claim_pages &&
	    !(flags & HEAP_NO_REFCOUNT)) {
		uint64_t c = d->claim_pages < pages ? d->claim_pages : pages;

		d->claim_pages -= c;
		heap->total_claimed_pages -= c;
	}
}

/* Are claims and the warning of low memory far from all of it? */
static bool plenty(const struct heap *heap, uint64_t pages)
{
	uint64_t unclaimed = heap->total_free_pages - heap->total_claimed_pages;

	if (heap->total_claimed_pages > heap->total_free_pages ||
	    unclaimed < pages)
		return false;
	return !heap->low_mem_on ||
	       (unclaimed - pages > heap->low_mem_pages &&
		unclaimed < heap->low_mem_high_pages);
}

/*
 * Counts at most max allocations, and assigns them to their domain; returns how
 * many, at least 1. *result is not HEAP_OK if one alone cannot be assigned.
 */
static uint32_t take_counts(struct heap *heap, const struct search *s,
			    struct heap_node *node, uint64_t max,
			    uint32_t *low_mem_virqs, enum heap_result *result)
{
	struct heap_domain *d = s->req->domain;
	bool assign = d && !(s->flags & (HEAP_NO_OWNER | HEAP_KEEP_SCRUB));
	uint64_t pages = UINT64_C(1) << s->req->order, step = 1, count = 0;

	if (max > 1 && plenty(heap, max * pages))
		step = max;
	*result = HEAP_OK;
	do {
		count_out(heap, node, d, s->flags, step * pages);
		if (step == 1)
			*low_mem_virqs += heap_low_mem_check(heap);
		if (assign)
			*result = heap_assign_pages(heap, d, step * pages,
						    s->flags);
		count += step;
	} while (count < max && !claim_refuses(heap, d, s->flags, pages));
	return (uint32_t)count;
}

/*
 * Blocks halved by further allocations from the same block: the i-th (from 1
 * on) halves its lower neighbour as often as i has zeros at its end. For all of
 * them that is their number less the bits set in it.
 */
static uint32_t splits_after(uint32_t more)
{
	return more ? more - (uint32_t)__builtin_popcount(more) : 0;
}

static enum heap_result take(struct heap *heap, const struct search *s,
			     uint64_t max, struct heap_extent *out)
{
	const struct heap_block *b = heap_block_at(heap, s->index);
	struct heap_node *node = &heap->node[b->node];
	uint32_t order = s->req->order, dirty;
	enum heap_result result;

	out->node = b->node;
	out->count = take_counts(heap, s, node, max, &out->low_mem_virqs,
				 &result);
	out->split_count = b->order - order + splits_after(out->count - 1);
	out->mfn = heap_block_cut(heap, s->index, order, out->count, &dirty);
	if (s->req->domain)
		s->req->domain->last_alloc_node = out->node;
	if (dirty) {
		uint32_t marked = dirty_count(&heap->tree, dirty, order);

		dirty_drop(&heap->tree, dirty);
		assert(node->dirty_pages >= marked);
		node->dirty_pages -= marked;
		if (!(s->flags & HEAP_NO_SCRUB))
			out->scrubbed_pages = marked;
		else if (s->flags & HEAP_KEEP_SCRUB)
			out->dirty_pages = marked;
	}
	if (result != HEAP_OK) {
		require(out->count == 1);
		heap_free(heap, out->mfn, order,
			  (s->flags & HEAP_NO_SCRUB) != 0);
		out->mfn = MFN_NONE;
		out->node = NODE_NONE;
		out->count = 0;
	}
	return result;
}

/* A claim smaller than the request helps nothing; one on pages that are not
 * counted does not either. */
static bool claim_refuses(const struct heap *heap,
			  const struct heap_domain *domain, uint32_t flags,
			  uint64_t pages)
{
	if (heap->total_claimed_pages + pages <= heap->total_free_pages)
		return false;
	return flags & HEAP_NO_REFCOUNT || !domain ||
	       domain->claim_pages < pages;
}

/* The order of nodes. Returns a block still on its list, or 0. */
static uint32_t find_block(struct heap *heap, struct search *s)
{
	const struct heap_domain *d = s->req->domain;
	nodeset mask = heap->online;
	bool second_round = false, exact = (s->flags & HEAP_EXACT_NODE) != 0;
	uint32_t node = s->req->node;

	if (d && mask & d->node_affinity)
		mask &= d->node_affinity;
	if (node == NODE_NONE)
		node = d ? nodeset_next(mask, d->last_alloc_node)
			 : s->req->cpu_node;
	for (uint32_t first = node;;) {
		uint32_t index = find_on_node(heap, node, s);

		if (index)
			return index;
		if (exact && s->req->node != NODE_NONE)
			return 0;
		if (!nodeset_has(mask, node)) {
			first = node = nodeset_first(mask);
			continue;
		}
		node = nodeset_next(mask, node);
		if (node != first)
			continue;
		/* Every node of the mask was tried: now those outside it. */
		if (exact || second_round)
			return 0;
		second_round = true;
		mask = heap->online & ~mask;
		if (!mask)
			return 0;
		first = node = nodeset_first(mask);
	}
}

/* Zones from the highest down, orders from the smallest up, heads only. */
static uint32_t find_on_node(struct heap *heap, uint32_t node,
			     struct search *s)
{
	if (node >= heap->node_count)
		return 0;
	struct heap_node *n = &heap->node[node];
	uint32_t order = s->req->order;
	uint64_t zones = n->zone_mask & (UINT64_MAX << s->zone_low) &
			 (UINT64_MAX >> (63 - s->zone_high));

	while (zones) {
		uint32_t z = 63 - (uint32_t)__builtin_clzll(zones);
		uint32_t orders = n->zone[z].order_mask >> order << order;

		zones &= ~(UINT64_C(1) << z);
		for (; orders; orders &= orders - 1) {
			uint32_t o = (uint32_t)__builtin_ctz(orders);
			uint32_t index = n->zone[z].list[o].head;

			if (s->accept_dirty ||
			    heap_block_at(heap, index)->first_dirty ==
				    HEAP_CLEAN)
				return index;
			heap_block_to_tail(heap, index);
			s->straight = false;
		}
	}
	return 0;
}

enum heap_result heap_assign(struct heap *heap, struct heap_domain *domain,
			     uint32_t order, uint32_t flags)
{
	assert(order <= HEAP_ORDER_MAX);
	return heap_assign_pages(heap, domain, UINT64_C(1) << order, flags);
}

enum heap_result heap_assign_pages(struct heap *heap,
				   struct heap_domain *domain, uint64_t pages,
				   uint32_t flags)
{
	if (domain->dying)
		return HEAP_DYING;
	if (flags & HEAP_NO_REFCOUNT)
		return HEAP_OK;
	if (domain->tot_pages > domain->max_pages ||
	    domain->max_pages - domain->tot_pages < pages)
		return HEAP_OVER_LIMIT;
	domain->tot_pages += pages;
	if (heap->xen_version < 422 && domain->claim_pages) {
		uint64_t c = domain->claim_pages < pages ? domain->claim_pages
							 : pages;

		domain->claim_pages -= c;
		heap->total_claimed_pages -= c;
	}
	return HEAP_OK;
}
