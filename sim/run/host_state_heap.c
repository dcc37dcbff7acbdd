#include "run/host_state_heap.h"

#include "base/units.h"

#include <stdlib.h>

#define MFN_4GIB (4 * PAGES_PER_GIB)

enum {
	PIECE_MAX = 2,
	SWIOTLB_PAGES = 16384, /* Linux' default, 64 MiB */
};

/* [start, end); empty if they are equal */
struct range {
	uint64_t start, end;
};

/* A node's RAM: below and above the hole, ascending. */
struct ram {
	struct range piece[PIECE_MAX];
};

static uint64_t range_pages(struct range r)
{
	return r.end > r.start ? r.end - r.start : 0;
}

static struct range clip(struct range r, uint64_t low, uint64_t high)
{
	if (r.start < low)
		r.start = low;
	if (r.end > high)
		r.end = high;
	return r;
}

static uint64_t node_end(const struct host_state_node *node)
{
	return node->start_mfn + node->span_pages;
}

void host_state_hole(const struct host_state *s, uint64_t *start_mfn,
		     uint64_t *end_mfn)
{
	uint64_t spans = 0, missing;

	*start_mfn = *end_mfn = MFN_4GIB;
	for (uint32_t n = 0; n < s->node_count; n++)
		spans += s->node[n].span_pages;
	if (!s->total_pages || spans <= s->total_pages)
		return;
	missing = spans - s->total_pages;
	for (uint32_t n = 0; n < s->node_count; n++) {
		const struct host_state_node *node = &s->node[n];
		uint64_t low = node->start_mfn > PAGES_PER_GIB
				       ? node->start_mfn
				       : PAGES_PER_GIB;
		uint64_t used = node->span_pages - node->free_pages;

		if (node->start_mfn >= MFN_4GIB || node_end(node) <= MFN_4GIB)
			continue;
		if (missing > MFN_4GIB - low)
			missing = MFN_4GIB - low;
		if (missing > used)
			missing = used;
		*start_mfn = MFN_4GIB - missing;
	}
}

static struct ram ram_of(const struct host_state *s, uint32_t n)
{
	const struct host_state_node *node = &s->node[n];
	struct range all = {node->start_mfn ? node->start_mfn : 1,
			    node_end(node)};
	struct range hole;

	host_state_hole(s, &hole.start, &hole.end);
	if (all.start >= hole.end || all.end <= hole.start ||
	    !range_pages(hole))
		return (struct ram){{all, {0, 0}}};
	return (struct ram){{clip(all, 0, hole.start),
			     clip(all, hole.end, UINT64_MAX)}};
}

static uint64_t ram_pages(const struct ram *ram, uint64_t low, uint64_t high)
{
	uint64_t pages = 0;

	for (int i = 0; i < PIECE_MAX; i++)
		pages += range_pages(clip(ram->piece[i], low, high));
	return pages;
}

/* pages of the node's RAM in [low, high), from the top; what is not there is
 * not given. */
static void give(struct heap *heap, const struct ram *ram, uint64_t low,
		 uint64_t high, uint64_t pages)
{
	for (int i = PIECE_MAX; i-- > 0 && pages;) {
		struct range r = clip(ram->piece[i], low, high);

		if (!range_pages(r))
			continue;
		if (range_pages(r) > pages)
			r.start = r.end - pages;
		pages -= range_pages(r);
		heap_boot_ram(heap, r.start, r.end);
	}
}

static void give_zones(struct heap *heap, const struct host_state_node *node)
{
	struct ram span = {{{node->start_mfn ? node->start_mfn : 1,
			     node_end(node)}, {0, 0}}};

	for (uint32_t z = 1; z < HEAP_ZONES; z++)
		give(heap, &span, UINT64_C(1) << (z - 1), UINT64_C(1) << z,
		     node->zone_free_pages[z]);
}

static void give_node(struct heap *heap, const struct host_state *s, uint32_t n,
		      uint64_t dma_end)
{
	const struct host_state_node *node = &s->node[n];
	struct ram ram = ram_of(s, n);
	uint64_t ram_above = ram_pages(&ram, dma_end, UINT64_MAX);
	uint64_t ram_below = ram_pages(&ram, 0, dma_end);
	uint64_t owned = 0, above, below;

	for (uint32_t d = 0; d < s->domain_count; d++) {
		uint64_t pages = s->domain[d].pages_on[n];

		if (s->domain[d].domid == 0 && ram_below)
			pages -= pages < SWIOTLB_PAGES ? pages : SWIOTLB_PAGES;
		owned += pages;
	}
	above = ram_above > owned ? ram_above - owned : 0;
	if (above > node->free_pages)
		above = node->free_pages;
	below = node->free_pages - above;
	if (below > ram_below) {
		above += below - ram_below;
		below = ram_below;
	}
	give(heap, &ram, dma_end, UINT64_MAX, above);
	give(heap, &ram, 0, dma_end, below);
}

static int span_before(const void *a, const void *b)
{
	const struct heap_span *x = a, *y = b;

	return x->start_mfn < y->start_mfn ? -1 : x->start_mfn > y->start_mfn;
}

/* A heap that has no page yet. */
static struct heap *empty_heap(struct arena *arena, const struct host_state *s,
			       uint32_t dma_bits)
{
	struct heap_span span[NODE_MAX];
	struct heap_config config = {
		.node_count = s->node_count,
		.online = host_state_online(s),
		.cpu_nodes = host_state_cpu_nodes(s),
		.span = span,
		.distance = s->distance,
		.xen_version = s->xen_version,
		.dma_bits = dma_bits,
		.bootscrub = HEAP_BOOTSCRUB_OFF,
		.bookkeeping_paid = true,
	};

	for (uint32_t n = 0; n < s->node_count; n++)
		if (s->node[n].span_pages)
			span[config.span_count++] = (struct heap_span){
				s->node[n].start_mfn, node_end(&s->node[n]), n};
	qsort(span, config.span_count, sizeof(span[0]), span_before);
	return heap_create(arena, &config);
}

static uint32_t boot_node(const struct host_state *s)
{
	return nodeset_first(host_state_cpu_nodes(s));
}

uint32_t host_state_dma_width(const struct host_state *s)
{
	if (s->dma_bits || nodeset_count(host_state_online(s)) <= 1)
		return s->dma_bits;
	for (uint32_t n = 0; n < s->node_count; n++) {
		const struct host_state_node *node = &s->node[n];
		uint64_t last = node->start_mfn + node->span_pages / 4 - 1;
		uint32_t bits;

		if (!node->span_pages || node->start_mfn >= MFN_4GIB)
			continue;
		bits = 64 - (uint32_t)__builtin_clzll(last | 1) + 12;
		return bits < 32 ? bits : 32;
	}
	return 0;
}

uint64_t host_state_dma_pages(const struct host_state *s)
{
	uint32_t bits = host_state_dma_width(s);
	struct ram ram = ram_of(s, 0);

	return bits > 12 ? ram_pages(&ram, 0, UINT64_C(1) << (bits - 12)) : 0;
}

struct heap *host_state_heap(struct arena *arena, const struct host_state *s)
{
	uint32_t bits = host_state_dma_width(s);
	struct heap *heap = empty_heap(arena, s, bits);
	uint64_t dma_end = bits > 12 ? UINT64_C(1) << (bits - 12) : 0;

	for (uint32_t n = 0; n < s->node_count; n++) {
		if (s->node[n].zones_known)
			give_zones(heap, &s->node[n]);
		else if (s->node[n].free_pages)
			give_node(heap, s, n, dma_end);
	}
	require(heap_boot_end(heap, boot_node(s)));
	if (s->claimed_pages) {
		struct heap_domain *nobody =
			arena_alloc(arena, sizeof(*nobody));

		nobody->max_pages = UINT64_MAX;
		/* More than is free: then no guest could claim either. */
		(void)heap_claim(heap, nobody,
				 s->claimed_pages < heap_free_pages(heap)
					 ? s->claimed_pages
					 : heap_free_pages(heap));
	}
	return heap;
}
