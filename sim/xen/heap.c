/* heap.c - allocate and free: heap.h says how. */
#include "xen/heap.h"

#include "base/err.h"
#include "xen/heap_impl.h"

/* One search of facts/xen.md 4.3. */
struct search {
	const struct heap_domain *domain;
	uint32_t zone_low, zone_high;
	uint32_t order;
	uint32_t want;     /* NODE_NONE = any */
	uint32_t cpu_node;
	bool exact;
	bool accept_dirty;
};

static bool claim_refuses(const struct heap *heap,
			  const struct heap_domain *domain, uint32_t flags,
			  uint64_t pages);
static uint32_t find_block(struct heap *heap, const struct search *s);
static uint32_t find_on_node(struct heap *heap, uint32_t node,
			     const struct search *s);
static void take_block(struct heap *heap, uint32_t index, uint32_t order,
		       struct heap_extent *out, uint32_t *dirty);
static uint32_t joined_first_dirty(uint32_t lower, uint32_t upper,
				   uint32_t order);

enum heap_result heap_alloc(struct heap *heap, const struct heap_request *req,
			    struct heap_extent *out)
{
	struct heap_domain *d = req->domain;
	uint32_t flags = req->flags;
	uint32_t bits = req->bits ? req->bits : (uint32_t)HEAP_BITS_ALL;
	enum heap_result result = HEAP_NO_MEMORY;

	*out = (struct heap_extent){.mfn = MFN_NONE, .node = NODE_NONE};
	if (flags & HEAP_NO_OWNER)
		flags |= HEAP_NO_REFCOUNT;
	else if (d && d->address_bits && d->address_bits < bits)
		bits = d->address_bits;
	if (!heap->dma_bits)
		flags &= ~(uint32_t)HEAP_NO_DMA;

	uint32_t zone_high = bits < 13 ? 1 : bits - 12;

	if (zone_high > HEAP_ZONES - 1)
		zone_high = HEAP_ZONES - 1;
	if (heap->dma_bits && heap->dma_bits - 12 < zone_high)
		result = heap_alloc_zones(heap, req, flags,
					  heap->dma_bits - 12 + 1, zone_high,
					  out);
	if (result != HEAP_OK && !(flags & HEAP_NO_DMA))
		result = heap_alloc_zones(heap, req, flags, 1, zone_high, out);
	if (result != HEAP_OK || !d ||
	    flags & (HEAP_NO_OWNER | HEAP_KEEP_SCRUB))
		return result;

	result = heap_assign(heap, d, req->order, flags);
	if (result != HEAP_OK) {
		heap_free(heap, out->mfn, req->order,
			  (flags & HEAP_NO_SCRUB) != 0);
		out->mfn = MFN_NONE;
		out->node = NODE_NONE;
	}
	return result;
}

enum heap_result heap_alloc_zones(struct heap *heap,
				  const struct heap_request *req,
				  uint32_t flags, uint32_t zone_low,
				  uint32_t zone_high, struct heap_extent *out)
{
	struct heap_domain *d = req->domain;

	assert(!heap->booting || heap->static_used);
	if (req->order > HEAP_ORDER_MAX)
		return HEAP_NO_MEMORY;
	uint64_t pages = UINT64_C(1) << req->order;

	if (claim_refuses(heap, d, flags, pages))
		return HEAP_CLAIMED;

	struct search s = {
		.domain = d,
		.zone_low = zone_low,
		.zone_high = zone_high,
		.order = req->order,
		.want = req->node,
		.cpu_node = req->cpu_node,
		.exact = (flags & HEAP_EXACT_NODE) != 0,
		.accept_dirty = req->order == 0 || (flags & HEAP_NO_SCRUB),
	};
	uint32_t index = find_block(heap, &s);

	if (!index && !s.accept_dirty) {
		s.accept_dirty = true;
		index = find_block(heap, &s);
	}
	if (!index)
		return HEAP_NO_MEMORY;

	uint32_t dirty;

	take_block(heap, index, req->order, out, &dirty);
	struct heap_node *node = &heap->node[out->node];

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
	out->low_mem_virq = heap_low_mem_check(heap);
	if (d)
		d->last_alloc_node = out->node;

	uint32_t marked = dirty_count(&heap->tree, dirty, req->order);

	dirty_drop(&heap->tree, dirty);
	assert(node->dirty_pages >= marked);
	node->dirty_pages -= marked;
	if (!(flags & HEAP_NO_SCRUB))
		out->scrubbed_pages = marked;
	else if (flags & HEAP_KEEP_SCRUB)
		out->dirty_pages = marked;
	return HEAP_OK;
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
static uint32_t find_block(struct heap *heap, const struct search *s)
{
	nodeset mask = heap->online;
	bool second_round = false;
	uint32_t node = s->want;

	if (s->domain && mask & s->domain->node_affinity)
		mask &= s->domain->node_affinity;
	if (node == NODE_NONE)
		node = s->domain ? nodeset_next(mask, s->domain->last_alloc_node)
				 : s->cpu_node;
	for (uint32_t first = node;;) {
		uint32_t index = find_on_node(heap, node, s);

		if (index)
			return index;
		if (s->exact && s->want != NODE_NONE)
			return 0;
		if (!nodeset_has(mask, node)) {
			first = node = nodeset_first(mask);
			continue;
		}
		node = nodeset_next(mask, node);
		if (node != first)
			continue;
		/* Every node of the mask was tried: now those outside it. */
		if (s->exact || second_round)
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
			     const struct search *s)
{
	if (node >= heap->node_count)
		return 0;
	struct heap_node *n = &heap->node[node];
	uint64_t zones = n->zone_mask & (UINT64_MAX << s->zone_low) &
			 (UINT64_MAX >> (63 - s->zone_high));

	while (zones) {
		uint32_t z = 63 - (uint32_t)__builtin_clzll(zones);
		uint32_t orders = n->order_mask[z] >> s->order << s->order;

		zones &= ~(UINT64_C(1) << z);
		for (; orders; orders &= orders - 1) {
			uint32_t o = (uint32_t)__builtin_ctz(orders);
			uint32_t index = n->list[z][o].head;

			if (s->accept_dirty ||
			    heap_block_at(heap, index)->first_dirty ==
				    HEAP_CLEAN)
				return index;
			heap_block_to_tail(heap, index);
		}
	}
	return 0;
}

/* Off its list, halved to size, lower halves back, the upper one kept. */
static void take_block(struct heap *heap, uint32_t index, uint32_t order,
		       struct heap_extent *out, uint32_t *dirty)
{
	const struct heap_block *b = heap_block_at(heap, index);
	uint64_t mfn = b->mfn;
	uint32_t first_dirty = b->first_dirty, tree = b->dirty;
	uint32_t block_order = b->order, node = b->node;

	heap_block_delete(heap, index);
	while (block_order > order) {
		uint32_t lower, upper, half = UINT32_C(1) << --block_order;
		bool below = first_dirty != HEAP_CLEAN && first_dirty < half;

		dirty_halve(&heap->tree, tree, &lower, &upper);
		heap_block_insert(heap, mfn, block_order, node,
				  below ? first_dirty : HEAP_CLEAN, lower);
		mfn += half;
		tree = upper;
		if (first_dirty != HEAP_CLEAN)
			first_dirty = below ? 0 : first_dirty - half;
		out->split_count++;
	}
	out->mfn = mfn;
	out->node = node;
	*dirty = tree;
}

enum heap_result heap_assign(struct heap *heap, struct heap_domain *domain,
			     uint32_t order, uint32_t flags)
{
	uint64_t pages = UINT64_C(1) << order;

	assert(order <= HEAP_ORDER_MAX);
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

void heap_free(struct heap *heap, uint64_t mfn, uint32_t order, bool dirty)
{
	uint32_t node_id = heap_node_of(heap, mfn);
	uint32_t first_dirty = dirty ? 0 : HEAP_CLEAN;
	uint32_t tree = dirty ? DIRTY_ALL : DIRTY_NONE;
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

	for (; order < HEAP_ORDER_MAX; order++) {
		uint64_t size = UINT64_C(1) << order;
		uint32_t index = heap_block_find(heap, mfn ^ size, order);

		if (!index)
			break;
		const struct heap_block *b = heap_block_at(heap, index);

		if (b->node != node_id)
			break;
		uint32_t buddy_first = b->first_dirty, buddy_tree = b->dirty;

		heap_block_delete(heap, index);
		if (mfn & size) {
			mfn -= size;
			first_dirty = joined_first_dirty(buddy_first,
							 first_dirty, order);
			tree = dirty_join(&heap->tree, buddy_tree, tree, order);
		} else {
			first_dirty = joined_first_dirty(first_dirty,
							 buddy_first, order);
			tree = dirty_join(&heap->tree, tree, buddy_tree, order);
		}
	}
	heap_block_insert(heap, mfn, order, node_id, first_dirty, tree);
}

static uint32_t joined_first_dirty(uint32_t lower, uint32_t upper,
				   uint32_t order)
{
	if (lower != HEAP_CLEAN || upper == HEAP_CLEAN)
		return lower;
	return (UINT32_C(1) << order) + upper;
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
		uint32_t order = 63 - (uint32_t)__builtin_clzll(pages);
		uint32_t align = mfn ? (uint32_t)__builtin_ctzll(mfn) : 0;

		order = align < order ? align : order;
		order = order < HEAP_ORDER_MAX ? order
					       : (uint32_t)HEAP_ORDER_MAX;
		heap_free(heap, mfn, order, dirty);
		mfn += UINT64_C(1) << order;
		pages -= UINT64_C(1) << order;
	}
}

void heap_free_owned(struct heap *heap, struct heap_domain *domain,
		     uint64_t mfn, uint64_t pages, bool no_refcount)
{
	heap_free_range(heap, mfn, pages, domain->dying);
	if (no_refcount)
		return;
	require(domain->tot_pages >= pages);
	domain->tot_pages -= pages;
	/* 4.17: what is given back is claimed again while a claim is active. */
	if (heap->xen_version < 422 && domain->claim_pages) {
		domain->claim_pages += pages;
		heap->total_claimed_pages += pages;
	}
}
