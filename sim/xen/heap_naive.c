#include "xen/heap_naive.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct naive_page {
	uint8_t node;
	bool free, head;
	uint8_t order;        /* of the block it heads */
	int64_t first_dirty;  /* of the block it heads; -1 clean */
};

struct naive_list {
	uint64_t *mfn;
	uint32_t count, max;
};

struct heap_naive {
	struct heap_config config;
	struct heap_span span[64];
	uint64_t end;
	struct naive_page *page;
	bool *dirty; /* the page is marked; free pages only */
	uint64_t block_count;
	struct naive_list list[NODE_MAX][HEAP_ZONES][HEAP_ORDERS];
	uint64_t claimed;
	uint32_t dma_bits;
};

static uint32_t zone_of(uint64_t mfn)
{
	uint32_t bits = 0;

	for (; mfn; mfn >>= 1)
		bits++;
	return bits;
}

static struct naive_list *list_of(struct heap_naive *h, uint64_t mfn,
				  uint32_t order)
{
	return &h->list[h->page[mfn].node][zone_of(mfn)][order];
}

static void list_put(struct naive_list *l, uint32_t at, uint64_t mfn)
{
	if (l->count == l->max) {
		l->max = l->max ? 2 * l->max : 8;
		l->mfn = realloc(l->mfn, l->max * sizeof(*l->mfn));
	}
	memmove(l->mfn + at + 1, l->mfn + at,
		(l->count - at) * sizeof(*l->mfn));
	l->mfn[at] = mfn;
	l->count++;
}

static void list_out(struct naive_list *l, uint64_t mfn)
{
	uint32_t at = 0;

	while (l->mfn[at] != mfn)
		at++;
	memmove(l->mfn + at, l->mfn + at + 1,
		(l->count - at - 1) * sizeof(*l->mfn));
	l->count--;
}

static void block_in(struct heap_naive *h, uint64_t mfn, uint32_t order,
		     int64_t first_dirty)
{
	struct naive_list *l = list_of(h, mfn, order);

	h->page[mfn].head = true;
	h->page[mfn].order = (uint8_t)order;
	h->page[mfn].first_dirty = first_dirty;
	list_put(l, first_dirty < 0 ? 0 : l->count, mfn);
	h->block_count++;
}

static void block_out(struct heap_naive *h, uint64_t mfn)
{
	list_out(list_of(h, mfn, h->page[mfn].order), mfn);
	h->page[mfn].head = false;
	h->block_count--;
}

static void free_page(struct heap_naive *h, uint64_t mfn, bool dirty)
{
	int64_t first_dirty = dirty ? 0 : -1;
	uint32_t node = h->page[mfn].node;

	assert(!h->page[mfn].free);
	h->page[mfn].free = true;
	h->dirty[mfn] = dirty;
	for (uint32_t order = 0;; order++) {
		uint64_t buddy = mfn ^ (UINT64_C(1) << order);

		if (order == 18 || buddy >= h->end || !h->page[buddy].head ||
		    h->page[buddy].order != order ||
		    h->page[buddy].node != node) {
			block_in(h, mfn, order, first_dirty);
			return;
		}
		block_out(h, buddy);
		int64_t other = h->page[buddy].first_dirty;
		int64_t low = buddy < mfn ? other : first_dirty;
		int64_t up = buddy < mfn ? first_dirty : other;

		first_dirty = low >= 0 ? low
			      : up >= 0 ? up + (INT64_C(1) << order) : -1;
		if (buddy < mfn)
			mfn = buddy;
	}
}

struct heap_naive *heap_naive_create(const struct heap_config *config,
				     uint32_t cpu0_node)
{
	struct heap_naive *h = calloc(1, sizeof(*h));
	uint32_t n = config->span_count, first = n;
	bool met[NODE_MAX] = {false};
	bool static_used = false;

	h->config = *config;
	memcpy(h->span, config->span, n * sizeof(*h->span));
	h->dma_bits = config->dma_bits;
	h->end = h->span[n - 1].end_mfn;
	h->page = calloc(h->end, sizeof(*h->page));
	h->dirty = calloc(h->end, sizeof(*h->dirty));
	for (uint64_t mfn = 0; mfn < h->end; mfn++)
		h->page[mfn].node = NODE_NONE;
	for (uint32_t i = 0; i < n; i++)
		for (uint64_t m = h->span[i].start_mfn; m < h->span[i].end_mfn;
		     m++)
			h->page[m].node = (uint8_t)h->span[i].node;
	for (uint32_t i = n; i-- > 0;)
		if (h->span[i].node == cpu0_node)
			first = i;
	for (uint32_t k = 0; k <= n; k++) {
		uint32_t i = k == 0 ? first : n - k;

		if (i == n || (k > 0 && i == first))
			continue;
		uint64_t start = h->span[i].start_mfn ? h->span[i].start_mfn : 1;
		uint32_t node = h->span[i].node;

		/* Spans of a test are no multiple of 2^18: lost at the start. */
		if (!met[node] && static_used)
			start += HEAP_BOOT_LOST_PAGES;
		met[node] = static_used = true;
		for (uint64_t m = start; m < h->span[i].end_mfn; m++)
			free_page(h, m,
				  config->bootscrub == HEAP_BOOTSCRUB_IDLE);
	}
	return h;
}

void heap_naive_destroy(struct heap_naive *h)
{
	for (uint32_t n = 0; n < NODE_MAX; n++)
		for (uint32_t z = 0; z < HEAP_ZONES; z++)
			for (uint32_t o = 0; o < HEAP_ORDERS; o++)
				free(h->list[n][z][o].mfn);
	free(h->page);
	free(h->dirty);
	free(h);
}

/* head of list -> block, or -1 */
static int64_t on_node(struct heap_naive *h, uint32_t node, uint32_t zlo,
		       uint32_t zhi, uint32_t order, bool dirty_too)
{
	for (uint32_t z = zhi; z >= zlo; z--)
		for (uint32_t o = order; o <= 18; o++) {
			struct naive_list *l = &h->list[node][z][o];

			if (!l->count)
				continue;
			uint64_t mfn = l->mfn[0];

			if (h->page[mfn].first_dirty < 0 || order == 0 ||
			    dirty_too)
				return (int64_t)mfn;
			list_out(l, mfn);
			list_put(l, l->count, mfn);
		}
	return -1;
}

static uint32_t cycle(nodeset mask, uint32_t node)
{
	for (uint32_t i = 1; i <= 64; i++)
		if (mask >> ((node + i) % 64) & 1)
			return (node + i) % 64;
	return NODE_NONE;
}

static int64_t search(struct heap_naive *h, const struct heap_request *req,
		      uint32_t zlo, uint32_t zhi, bool dirty_too)
{
	const struct heap_domain *d = req->domain;
	nodeset mask = h->config.online;
	bool exact = (req->flags & HEAP_EXACT_NODE) != 0, second = false;
	uint32_t node = req->node, first;

	if (d && (mask & d->node_affinity))
		mask &= d->node_affinity;
	if (node == NODE_NONE)
		node = d ? cycle(mask, d->last_alloc_node) : req->cpu_node;
	first = node;
	for (;;) {
		int64_t mfn = on_node(h, node, zlo, zhi, req->order, dirty_too);

		if (mfn >= 0)
			return mfn;
		if (exact && req->node != NODE_NONE)
			return -1;
		if (!(mask >> node & 1)) {
			first = node = cycle(mask, 63);
			continue;
		}
		node = cycle(mask, node);
		if (node == first) {
			if (exact || second)
				return -1;
			second = true;
			mask = h->config.online & ~mask;
			if (!mask)
				return -1;
			first = node = cycle(mask, 63);
		}
	}
}

static uint64_t all_free(const struct heap_naive *h)
{
	uint64_t pages = 0;

	for (uint32_t n = 0; n < h->config.node_count; n++)
		pages += heap_naive_free_pages(h, n);
	return pages;
}

static enum heap_result zones(struct heap_naive *h,
			      const struct heap_request *req, uint32_t flags,
			      uint32_t zlo, uint32_t zhi,
			      struct heap_extent *out)
{
	struct heap_domain *d = req->domain;
	uint64_t request = UINT64_C(1) << req->order;

	if (req->order > 18)
		return HEAP_NO_MEMORY;
	if (h->claimed + request > all_free(h) &&
	    ((flags & HEAP_NO_REFCOUNT) || !d || d->claim_pages < request))
		return HEAP_CLAIMED;
	int64_t found = search(h, req, zlo, zhi, flags & HEAP_NO_SCRUB);

	if (found < 0 && !(flags & HEAP_NO_SCRUB))
		found = search(h, req, zlo, zhi, true);
	if (found < 0)
		return HEAP_NO_MEMORY;

	uint64_t mfn = (uint64_t)found;
	uint32_t order = h->page[mfn].order;
	int64_t first_dirty = h->page[mfn].first_dirty;

	block_out(h, mfn);
	while (order > req->order) {
		int64_t half = INT64_C(1) << --order;
		bool low = first_dirty >= 0 && first_dirty < half;

		block_in(h, mfn, order, low ? first_dirty : -1);
		mfn += (uint64_t)half;
		if (first_dirty >= 0)
			first_dirty = low ? 0 : first_dirty - half;
		out->split_count++;
	}
	uint32_t dirty = 0;

	for (uint64_t i = 0; i < request; i++) {
		dirty += h->dirty[mfn + i];
		h->page[mfn + i].free = h->dirty[mfn + i] = false;
	}
	out->mfn = mfn;
	out->node = h->page[mfn].node;
	if (!(flags & HEAP_NO_SCRUB))
		out->scrubbed_pages = dirty;
	else if (flags & HEAP_KEEP_SCRUB)
		out->dirty_pages = dirty;
	if (d)
		d->last_alloc_node = out->node;
	if (h->config.xen_version == 422 && d && !(flags & HEAP_NO_REFCOUNT)) {
		uint64_t c = d->claim_pages < request ? d->claim_pages : request;

		d->claim_pages -= c;
		h->claimed -= c;
	}
	return HEAP_OK;
}

enum heap_result heap_naive_alloc(struct heap_naive *h,
				  const struct heap_request *req,
				  struct heap_extent *out)
{
	uint32_t flags = req->flags, zhi = 40;
	enum heap_result r = HEAP_NO_MEMORY;

	*out = (struct heap_extent){.mfn = MFN_NONE, .node = NODE_NONE};
	if (flags & HEAP_NO_OWNER)
		flags |= HEAP_NO_REFCOUNT;
	if (req->bits && req->bits < 52)
		zhi = req->bits <= 13 ? 1 : req->bits - 12;
	if (h->dma_bits && h->dma_bits - 12 < zhi)
		r = zones(h, req, flags, h->dma_bits - 11, zhi, out);
	if (r != HEAP_OK && !(h->dma_bits && (flags & HEAP_NO_DMA)))
		r = zones(h, req, flags, 1, zhi, out);
	if (r != HEAP_OK || !req->domain ||
	    (flags & (HEAP_NO_OWNER | HEAP_KEEP_SCRUB)))
		return r;
	r = heap_naive_assign(h, req->domain, req->order, flags);
	if (r != HEAP_OK) {
		heap_naive_free_range(h, out->mfn, UINT64_C(1) << req->order,
				      (flags & HEAP_NO_SCRUB) != 0);
		out->mfn = MFN_NONE;
		out->node = NODE_NONE;
	}
	return r;
}

enum heap_result heap_naive_assign(struct heap_naive *h,
				   struct heap_domain *d, uint32_t order,
				   uint32_t flags)
{
	uint64_t pages = UINT64_C(1) << order;

	if (d->dying)
		return HEAP_DYING;
	if (flags & (HEAP_NO_REFCOUNT | HEAP_NO_OWNER))
		return HEAP_OK;
	if (d->tot_pages + pages > d->max_pages)
		return HEAP_OVER_LIMIT;
	d->tot_pages += pages;
	if (h->config.xen_version == 417) {
		uint64_t c = d->claim_pages < pages ? d->claim_pages : pages;

		d->claim_pages -= c;
		h->claimed -= c;
	}
	return HEAP_OK;
}

void heap_naive_free_range(struct heap_naive *h, uint64_t mfn, uint64_t pages,
			   bool dirty)
{
	for (uint64_t i = 0; i < pages; i++)
		free_page(h, mfn + i, dirty);
}

void heap_naive_free_owned(struct heap_naive *h, struct heap_domain *d,
			   uint64_t mfn, uint64_t pages, bool no_refcount)
{
	heap_naive_free_range(h, mfn, pages, d->dying);
	if (no_refcount)
		return;
	d->tot_pages -= pages;
	if (h->config.xen_version == 417 && d->claim_pages) {
		d->claim_pages += pages;
		h->claimed += pages;
	}
}

enum heap_claim_result heap_naive_claim(struct heap_naive *h,
					struct heap_domain *d, uint64_t pages)
{
	if (pages == 0) {
		h->claimed -= d->claim_pages;
		d->claim_pages = 0;
		return HEAP_CLAIM_OK;
	}
	if (d->claim_pages || pages <= d->tot_pages || pages > d->max_pages)
		return HEAP_CLAIM_INVALID;
	if (pages - d->tot_pages + h->claimed > all_free(h))
		return HEAP_CLAIM_NO_MEMORY;
	d->claim_pages = pages - d->tot_pages;
	h->claimed += d->claim_pages;
	return HEAP_CLAIM_OK;
}

/* Returns true when the call must end. */
static bool scrub_tail(struct heap_naive *h, struct naive_list *l,
		       uint32_t order, uint64_t limit, uint64_t *weight,
		       uint64_t *scrubbed)
{
	uint64_t mfn = l->mfn[l->count - 1];
	int64_t i = h->page[mfn].first_dirty, size = INT64_C(1) << order;
	bool stop = false;

	for (; i < size && !stop; i++) {
		bool *dirty = &h->dirty[mfn + (uint64_t)i];

		*weight += *dirty ? 100 : 1;
		*scrubbed += *dirty;
		*dirty = false;
		stop = *weight > limit;
	}
	if (i == size) {
		list_out(l, mfn);
		list_put(l, 0, mfn);
	}
	h->page[mfn].first_dirty = i == size ? -1 : i;
	return stop;
}

uint64_t heap_naive_scrub(struct heap_naive *h, uint32_t node,
			  uint64_t max_pages)
{
	uint64_t weight = 0, scrubbed = 0, limit = (max_pages - 1) * 100;

	if (!heap_naive_dirty_pages(h, node))
		return 0;
	for (uint32_t z = 0; z < HEAP_ZONES; z++)
		for (int32_t o = 18; o >= 0; o--) {
			struct naive_list *l = &h->list[node][z][o];

			while (l->count &&
			       h->page[l->mfn[l->count - 1]].first_dirty >= 0)
				if (scrub_tail(h, l, (uint32_t)o, limit,
					       &weight, &scrubbed) ||
				    !heap_naive_dirty_pages(h, node))
					return scrubbed;
		}
	return scrubbed;
}

uint64_t heap_naive_free_pages(const struct heap_naive *h, uint32_t node)
{
	uint64_t pages = 0;

	for (uint32_t z = 0; z < HEAP_ZONES; z++)
		for (uint32_t o = 0; o < HEAP_ORDERS; o++)
			pages += (uint64_t)h->list[node][z][o].count << o;
	return pages;
}

uint64_t heap_naive_dirty_pages(const struct heap_naive *h, uint32_t node)
{
	uint64_t pages = 0;

	for (uint64_t mfn = 0; mfn < h->end; mfn++)
		pages += h->dirty[mfn] && h->page[mfn].node == node;
	return pages;
}

uint64_t heap_naive_claimed(const struct heap_naive *h)
{
	return h->claimed;
}

struct walk {
	const struct heap_naive *h;
	uint64_t blocks;
	uint32_t node, zone, order, at; /* the list we are in, and where */
	uint64_t free_pages[NODE_MAX], dirty_pages[NODE_MAX];
	bool same;
};

static void walk_block(void *arg, const struct heap_block_view *b)
{
	struct walk *w = arg;
	const struct naive_list *l = &w->h->list[b->node][b->zone][b->order];
	uint64_t size = UINT64_C(1) << b->order;
	uint32_t dirty = 0;

	if (w->node != b->node || w->zone != b->zone || w->order != b->order)
		w->at = 0;
	w->node = b->node;
	w->zone = b->zone;
	w->order = b->order;
	w->blocks++;
	if (w->at >= l->count || l->mfn[w->at++] != b->mfn) {
		w->same = false;
		return;
	}
	for (uint64_t i = 0; i < size; i++)
		dirty += w->h->dirty[b->mfn + i];
	w->same &= dirty == b->dirty_pages;
	w->same &= b->first_dirty == HEAP_CLEAN
			   ? w->h->page[b->mfn].first_dirty < 0
			   : w->h->page[b->mfn].first_dirty == b->first_dirty;
	w->free_pages[b->node] += size;
	w->dirty_pages[b->node] += dirty;
}

/* As many blocks, and each where the other has one: so no list has more. */
bool heap_naive_same(const struct heap_naive *h, const struct heap *heap)
{
	struct walk w = {.h = h, .node = NODE_NONE, .same = true};

	heap_walk(heap, walk_block, &w);
	for (uint32_t n = 0; n < h->config.node_count; n++)
		w.same &= heap_node_free_pages(heap, n) == w.free_pages[n] &&
			  heap_node_dirty_pages(heap, n) == w.dirty_pages[n];
	return w.same && w.blocks == h->block_count &&
	       h->claimed == heap_claimed_pages(heap);
}
