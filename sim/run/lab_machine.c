#include "run/lab_machine.h"

#include "base/units.h"
#include "run/lab_guest.h"

#include <stdlib.h>
#include <string.h>

enum {
	ORDER_2M = 9,
	ORDER_CHUNK_MAX = 17,   /* dom0_mem=768M has no chunk of 1 GiB */
	FRAME_BYTES = 32,       /* of the frame table, a page of RAM */
	/* Firmware: no RAM in [0x9f, 0x100), and its tables at low_end. */
	BIOS_FIRST_MFN = 0x9f,
	BIOS_END_MFN = 0x100,
	FIRMWARE_PAGES = 33,
	/*
	 * dom0's initrd, "about 30 MB": what dom0 has on the last node of
	 * t4x2b at boot, besides its chunks of 512 and 128 MiB.
	 */
	INITRD_PAGES = 7773,
	SWIOTLB_PAGES = 16384,  /* Linux' default, 64 MiB */
	SWIOTLB_ORDER = 6,      /* exchanged in pieces of 256 KiB */
	SWIOTLB_BITS_FIRST = 18,
	SWIOTLB_BITS_MAX = 32,
	HELD_MAX = 64,
};

/* q35: with so much memory the hole begins at 2 GiB, else above all of it. */
#define Q35_LARGE_PAGES (UINT64_C(0xb0000000) / PAGE_BYTES)
#define RAM_MIN_PAGES (PAGES_PER_GIB / 4)
#define RAM_MAX_PAGES (UINT64_C(256) * PAGES_PER_GIB)
#define MFN_2G (UINT64_C(2) * PAGES_PER_GIB)
#define MFN_4G (UINT64_C(4) * PAGES_PER_GIB)

/* The machine while it boots. */
struct booting {
	struct lab_machine *m;
	const struct host_state *after;
	uint64_t low_end, top;     /* RAM is [0, low_end) and [4 GiB, top) */
	uint64_t frame_pages;
	uint64_t image_pages;      /* Xen, below low_end */
	uint64_t initrd_mfn, initrd_pages;
	uint64_t dom0_pages[NODE_MAX]; /* still to be given */
	uint64_t held_mfn[HELD_MAX];   /* beside dom0's kernel */
	uint32_t held_order[HELD_MAX];
	uint32_t held_count;
};

uint64_t lab_machine_ram_pages(const char *qemu_args)
{
	const char *at = strstr(qemu_args, "-m ");
	char *end;

	if (!at || (at != qemu_args && at[-1] != ' '))
		return 0;

	unsigned long long value = strtoull(at + 3, &end, 10);

	if (value == 0 || value > (1 << 24))
		return 0;
	if (*end == 'G')
		return value * PAGES_PER_GIB;
	return *end == 'M' ? value * PAGES_PER_MIB : 0;
}

/* --- what there is, and what Xen needs of it ----------------------------------- */

static uint64_t overlap(uint64_t a_start, uint64_t a_end, uint64_t b_start,
			uint64_t b_end)
{
	uint64_t start = a_start > b_start ? a_start : b_start;
	uint64_t end = a_end < b_end ? a_end : b_end;

	return end > start ? end - start : 0;
}

static uint64_t ram_in(const struct booting *b, uint64_t start, uint64_t end)
{
	return overlap(start, end, 0, b->low_end) +
	       overlap(start, end, MFN_4G, b->top);
}

/* RAM of a node's span that Xen's boot allocator gets to see. */
static uint64_t node_ram(const struct booting *b, uint32_t n)
{
	const struct host_state_node *node = &b->after->node[n];
	uint64_t end = node->start_mfn + node->span_pages;

	return ram_in(b, node->start_mfn, end) -
	       overlap(node->start_mfn, end, 0, 1) -
	       overlap(node->start_mfn, end, BIOS_FIRST_MFN, BIOS_END_MFN) -
	       overlap(node->start_mfn, end, b->low_end - FIRMWARE_PAGES,
		       b->low_end);
}

static uint32_t node_of(const struct booting *b, uint64_t mfn)
{
	for (uint32_t n = 0; n < b->after->node_count; n++) {
		const struct host_state_node *node = &b->after->node[n];

		if (mfn >= node->start_mfn &&
		    mfn < node->start_mfn + node->span_pages)
			return n;
	}
	return NODE_NONE;
}

/* The node of the first page of RAM in a GiB; NODE_NONE: it has none. */
static uint32_t m2p_node(const struct booting *b, uint64_t gib)
{
	uint64_t start = gib * PAGES_PER_GIB, end = start + PAGES_PER_GIB;

	return ram_in(b, start, end) ? node_of(b, start) : NODE_NONE;
}

/*
 * Pages of the node that neither dom0 nor a table of known size has: Xen's
 * image and its small pages.
 */
static int64_t node_rest(const struct booting *b, uint32_t n)
{
	uint64_t known = b->after->node[n].free_pages +
			 b->after->domain[0].pages_on[n];

	for (uint64_t gib = 0; gib * PAGES_PER_GIB < b->top; gib++)
		if (m2p_node(b, gib) == n)
			known += UINT64_C(1) << ORDER_2M;
	if (n == node_of(b, b->top - 1))
		known += b->frame_pages;
	return (int64_t)node_ram(b, n) - (int64_t)known;
}

static void measure(struct booting *b)
{
	uint32_t image = node_of(b, b->low_end - 1);
	int64_t least = INT64_MAX, image_rest = 0;

	for (uint32_t n = 0; n < b->after->node_count; n++) {
		int64_t rest = node_ram(b, n) ? node_rest(b, n) : 0;

		if (n == image)
			image_rest = rest;
		else if (node_ram(b, n) && rest < least)
			least = rest;
	}
	/* What its node has more than the others is Xen's image. */
	if (least < image_rest)
		b->image_pages = (uint64_t)(image_rest - least);
}

static int read_layout(struct booting *b, const struct lab_boot *boot,
		       struct err *err)
{
	uint64_t ram = lab_machine_ram_pages(boot->qemu_args), end = 0;

	if (!ram)
		return err_set(err, "qemu_args: no '-m 6G' or '-m 512M'; the "
			       "machine's memory");
	if (b->after->domain_count == 0 || b->after->domain[0].domid != 0)
		return err_set(err, "after: there is no domain 0");
	b->low_end = ram >= Q35_LARGE_PAGES ? MFN_2G : ram;
	b->top = ram > b->low_end ? MFN_4G + ram - b->low_end : b->low_end;
	b->frame_pages = ram * FRAME_BYTES / PAGE_BYTES;
	if (ram < RAM_MIN_PAGES || ram > RAM_MAX_PAGES)
		return err_set(err, "qemu_args: -m is not within 256M and "
			       "256G");
	for (uint32_t n = 0; n < b->after->node_count; n++) {
		const struct host_state_node *node = &b->after->node[n];

		if (node->start_mfn + node->span_pages > end)
			end = node->start_mfn + node->span_pages;
	}
	if (end < b->top)
		b->top = end;
	if (end < b->low_end)
		b->low_end = end;
	if (end < RAM_MIN_PAGES)
		return err_set(err, "after: no node reaches above 256 MiB");
	measure(b);
	return 0;
}

/* --- the heap ------------------------------------------------------------------- */

static void add_span(struct heap_span *span, uint32_t *count, uint64_t start,
		    uint64_t end, uint32_t node)
{
	if (start < end)
		span[(*count)++] = (struct heap_span){start, end, node};
}

static int by_start(const void *a, const void *b)
{
	const struct heap_span *x = a, *y = b;

	return x->start_mfn < y->start_mfn ? -1 : x->start_mfn > y->start_mfn;
}

/* A node over the hole has two spans. */
static uint32_t read_spans(const struct booting *b, struct heap_span *span)
{
	uint32_t count = 0;

	for (uint32_t n = 0; n < b->after->node_count; n++) {
		uint64_t start = b->after->node[n].start_mfn;
		uint64_t end = start + b->after->node[n].span_pages;

		add_span(span, &count, start,
			 end < b->low_end ? end : b->low_end, n);
		add_span(span, &count, start > MFN_4G ? start : MFN_4G,
			 end < b->top ? end : b->top, n);
	}
	qsort(span, count, sizeof(*span), by_start);
	return count;
}

static void give(const struct booting *b, const struct heap_span *span,
		 uint64_t start, uint64_t end)
{
	if (start < span->start_mfn)
		start = span->start_mfn;
	if (end > span->end_mfn)
		end = span->end_mfn;
	if (start < end)
		heap_boot_ram(b->m->heap, start, end);
}

static void give_ram(const struct booting *b, const struct heap_span *span,
		     uint32_t count)
{
	uint64_t reserved = FIRMWARE_PAGES + b->image_pages;

	for (uint32_t i = 0; i < count; i++) {
		give(b, &span[i], 0, BIOS_FIRST_MFN);
		give(b, &span[i], BIOS_END_MFN,
		     b->low_end > reserved ? b->low_end - reserved : 0);
		give(b, &span[i], MFN_4G, b->top);
	}
}

static int boot_heap(struct booting *b, struct err *err)
{
	struct lab_machine *m = b->m;
	struct heap_span span[2 * NODE_MAX];
	struct heap_config config = {
		.node_count = m->node_count,
		.online = host_state_online(b->after),
		.cpu_nodes = host_state_cpu_nodes(b->after),
		.span = span,
		.distance = b->after->distance,
		.xen_version = b->after->xen_version,
		.dma_bits = b->after->dma_bits,
		.bootscrub = HEAP_BOOTSCRUB_OFF, /* bootscrub=0 */
	};
	uint32_t last = node_of(b, b->top - 1);

	config.span_count = read_spans(b, span);
	if (!config.span_count)
		return err_set(err, "after: no node has memory");
	m->heap = heap_create(m->arena, &config);
	give_ram(b, span, config.span_count);
	b->initrd_pages = b->dom0_pages[last] < INITRD_PAGES
				  ? b->dom0_pages[last]
				  : INITRD_PAGES;
	if (b->initrd_pages)
		b->initrd_mfn = heap_boot_alloc(m->heap, b->initrd_pages, 1);
	if (b->initrd_mfn == MFN_NONE ||
	    heap_boot_alloc(m->heap, b->frame_pages, 1 << ORDER_2M) ==
		    MFN_NONE ||
	    !heap_boot_end(m->heap, m->cpu_to_node[cpuset_first(&m->cpus)]))
		return err_set(err, "after: no room for Xen's own tables");
	return 0;
}

static bool take(struct booting *b, struct heap_domain *d, uint32_t order,
		 uint32_t node, struct heap_extent *e)
{
	struct heap_request req = {
		.domain = d,
		.order = order,
		.node = node,
		.cpu_node = node,
		.flags = HEAP_EXACT_NODE | HEAP_NO_SCRUB,
	};

	return heap_alloc(b->m->heap, &req, e) == HEAP_OK;
}

/*
 * dom0's kernel module lies below the initrd and down to the frame table until
 * dom0 runs: what is free there in pieces below 2 MiB is kept out of reach.
 */
static void hold_kernel(struct booting *b)
{
	uint32_t last = node_of(b, b->top - 1);
	struct heap *heap = b->m->heap;

	for (uint32_t order = ORDER_2M; order-- > 0;) {
		while (heap_node_order_pages(heap, last, order) >
			       heap_node_order_pages(heap, last, order + 1) &&
		       b->held_count < HELD_MAX) {
			struct heap_extent e;

			if (!take(b, NULL, order, last, &e))
				return;
			b->held_mfn[b->held_count] = e.mfn;
			b->held_order[b->held_count++] = order;
		}
	}
}

static uint64_t held_pages(const struct booting *b)
{
	uint64_t pages = 0;

	for (uint32_t i = 0; i < b->held_count; i++)
		pages += UINT64_C(1) << b->held_order[i];
	return pages;
}

static void free_kernel(struct booting *b)
{
	for (uint32_t i = 0; i < b->held_count; i++)
		heap_free(b->m->heap, b->held_mfn[i], b->held_order[i], false);
}

static void take_xen(struct booting *b)
{
	struct heap_extent e;

	for (uint64_t gib = 0; gib * PAGES_PER_GIB < b->top; gib++) {
		uint32_t n = m2p_node(b, gib);

		if (n != NODE_NONE)
			(void)take(b, NULL, ORDER_2M, n, &e);
	}
	uint32_t last = node_of(b, b->top - 1);

	hold_kernel(b);

	uint64_t held = held_pages(b);

	for (uint32_t n = 0; n < b->m->node_count; n++) {
		uint64_t left = b->after->node[n].free_pages +
				b->dom0_pages[n];

		if (n == last && left > held)
			left -= held;

		while (heap_node_free_pages(b->m->heap, n) > left)
			if (!take(b, NULL, 0, n, &e))
				break;
	}
}

/* --- dom0 ------------------------------------------------------------------------ */

static void map(struct domain *d, uint64_t mfn, uint64_t pages, uint32_t node)
{
	p2m_add(&d->p2m, d->p2m.pages, mfn, pages, node);
}

/* So many pages of the node, in the largest blocks there are. */
static void deal_chunks(struct booting *b, uint32_t node, uint64_t pages)
{
	struct domain *d = b->m->dom0;
	uint32_t order = ORDER_CHUNK_MAX;

	while (pages > 0) {
		struct heap_extent e;

		while (UINT64_C(1) << order > pages)
			order--;
		if (take(b, &d->mem, order, node, &e)) {
			map(d, e.mfn, UINT64_C(1) << order, node);
			pages -= UINT64_C(1) << order;
		} else if (order-- == 0) {
			return;
		}
	}
}

/* The same as one run, from the start of a block that covers it. */
static void deal_run(struct booting *b, uint32_t node, uint64_t pages)
{
	struct domain *d = b->m->dom0;
	struct heap_extent e;
	uint32_t order = pages > 1 ? 64 - (uint32_t)__builtin_clzll(pages - 1)
				   : 0;

	if (pages == 0)
		return;
	if (order < ORDER_2M)
		order = ORDER_2M;
	if (order > HEAP_ORDER_MAX || !take(b, &d->mem, order, node, &e)) {
		deal_chunks(b, node, pages);
		return;
	}
	map(d, e.mfn, pages, node);
	heap_free_owned(b->m->heap, &d->mem, e.mfn + pages,
			(UINT64_C(1) << order) - pages, false);
}

/* From the lowest addresses up; returns the node it came from. */
static uint32_t deal_swiotlb(struct booting *b)
{
	struct domain *d = b->m->dom0;
	uint32_t lowest = node_of(b, 0), bits = SWIOTLB_BITS_FIRST;
	uint64_t done = 0;

	if (lowest == NODE_NONE || b->dom0_pages[lowest] < SWIOTLB_PAGES)
		return NODE_NONE;
	while (done < SWIOTLB_PAGES && bits <= SWIOTLB_BITS_MAX) {
		struct heap_request req = {
			.domain = &d->mem,
			.order = SWIOTLB_ORDER,
			.node = lowest,
			.cpu_node = lowest,
			.flags = HEAP_EXACT_NODE | HEAP_NO_SCRUB,
			.bits = bits,
		};
		struct heap_extent e;

		if (heap_alloc(b->m->heap, &req, &e) != HEAP_OK) {
			bits++;
			continue;
		}
		map(d, e.mfn, 1 << SWIOTLB_ORDER, lowest);
		done += 1 << SWIOTLB_ORDER;
	}
	b->dom0_pages[lowest] -= done;
	return lowest;
}

static void begin_dom0(struct booting *b)
{
	struct lab_machine *m = b->m;
	struct domain *d = m->dom0;
	cpuset all = cpuset_all();
	uint32_t last = node_of(b, b->top - 1);

	domain_init(d, &m->p2m, 0, DOMAIN_PV, UINT64_MAX);
	d->is_control = d->is_hardware = d->has_vcpus = true;
	domain_update_node_affinity(d, &all, &all, &m->cpus, m->cpu_to_node);
	if (b->initrd_pages) {
		map(d, b->initrd_mfn, b->initrd_pages, last);
		d->mem.tot_pages += b->initrd_pages;
		b->dom0_pages[last] -= b->initrd_pages;
	}
}

static void build_dom0(struct booting *b)
{
	struct lab_machine *m = b->m;
	struct domain *d = m->dom0;
	uint32_t broken = deal_swiotlb(b);

	for (uint32_t n = 0; n < m->node_count; n++) {
		if (n == broken)
			deal_run(b, n, b->dom0_pages[n]);
		else
			deal_chunks(b, n, b->dom0_pages[n]);
	}
	d->creation_finished = true;
	free_kernel(b);
}

struct lab_machine *lab_machine_boot(struct arena *arena,
				     const struct lab_boot *boot,
				     const struct host_state *after,
				     struct err *err)
{
	struct lab_machine *m = arena_alloc(arena, sizeof(*m));
	struct booting b = {.m = m, .after = after};

	m->arena = arena;
	m->node_count = after->node_count;
	m->cpu_count = after->cpu_count;
	m->cpu_to_node = arena_array(arena, m->cpu_count,
				     sizeof(*m->cpu_to_node));
	memcpy(m->cpu_to_node, after->cpu_to_node,
	       m->cpu_count * sizeof(*m->cpu_to_node));
	m->cpus = host_state_cpus(after);
	count_map_init(&m->map, m->cpu_to_node, m->cpu_count, &m->cpus);
	m->dom0 = arena_alloc(arena, sizeof(*m->dom0));
	m->next_domid = 1;
	m->empty = after;
	p2m_store_init(&m->p2m, arena);
	if (read_layout(&b, boot, err))
		return NULL;

	const struct host_state_domain *dom0 = &after->domain[0];

	m->toolstack_node = m->cpu_to_node[cpuset_first(&m->cpus)];
	if (dom0->vcpu_count && dom0->vcpu[0].cpu < m->cpu_count &&
	    m->cpu_to_node[dom0->vcpu[0].cpu] != NODE_NONE)
		m->toolstack_node = m->cpu_to_node[dom0->vcpu[0].cpu];
	for (uint32_t n = 0; n < m->node_count; n++)
		b.dom0_pages[n] = dom0->pages_on[n];
	if (boot_heap(&b, err))
		return NULL;
	begin_dom0(&b);
	take_xen(&b);
	build_dom0(&b);
	lab_machine_scrub(m);
	return m;
}

/* --- afterwards -------------------------------------------------------------------- */

void lab_machine_scrub(struct lab_machine *m)
{
	uint64_t scrubbed;

	uint64_t sum;

	do {
		sum = 0;
		for (uint32_t c = cpuset_first(&m->cpus); c != CPU_NONE;
		     c = cpuset_from(&m->cpus, c + 1)) {
			(void)heap_scrub_round(m->heap, m->cpu_to_node[c],
					       false, &scrubbed);
			sum += scrubbed;
		}
	} while (sum > 0);
}

void lab_machine_check(const struct lab_machine *m)
{
	heap_check(m->heap);
	domain_check(m->dom0, m->heap);
	for (const struct lab_guest *g = m->guest; g; g = g->next)
		domain_check(g->domain, m->heap);
}
