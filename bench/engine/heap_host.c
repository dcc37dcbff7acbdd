#include "bench/engine/heap_host.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/rng.h"
#include "base/units.h"
#include "toolstack/vmemrange.h"
#include "xen/memop.h"

enum {
	ORDER_1G = 18,
	PIECES = 512, /* of 2 MiB in a GiB */
	PIECE_PAGES = 512,
	WHOLE_EVERY = 64,
	XEN_VERSION = 422,
};

static void fragment(struct heap_host *host);
static void fragment_gib(struct heap_host *host, uint64_t gpfn,
			 uint32_t pieces, struct rng *rng);
static void build(struct heap_host *host, const struct heap_guest_shape *shape,
		  const struct clock *clock, struct heap_guest_run *run);
static void destroy(struct heap_host *host, const struct clock *clock,
		    struct heap_guest_run *run);
static void scrub(struct heap_host *host);

struct heap_host *heap_host_create(const struct heap_host_shape *shape)
{
	struct arena *arena = arena_create();
	struct heap_host *host = arena_alloc(arena, sizeof(*host));
	uint64_t node_pages = shape->node_gib * PAGES_PER_GIB;
	struct heap_span span[NODE_MAX];
	struct heap_config config = {
		.node_count = shape->nodes,
		.online = nodeset_below(shape->nodes),
		.cpu_nodes = nodeset_below(shape->nodes),
		.span = span,
		.span_count = shape->nodes,
		.xen_version = XEN_VERSION,
		.bootscrub = HEAP_BOOTSCRUB_ON,
	};

	require(shape->nodes >= 1 && shape->nodes <= NODE_MAX);
	for (uint32_t n = 0; n < shape->nodes; n++)
		span[n] = (struct heap_span){n * node_pages,
					     (n + 1) * node_pages, n};
	host->arena = arena;
	host->shape = shape;
	host->heap = heap_create(arena, &config);
	heap_boot_spans(host->heap, 0);
	p2m_store_init(&host->store, arena);
	domain_init(&host->dom0, &host->store, 0, DOMAIN_PV, 0);
	host->dom0.is_control = host->dom0.is_hardware = true;
	if (shape->pieces)
		fragment(host);
	host->block_count = heap_block_count(host->heap);
	host->heap_bytes = heap_held_bytes(host->heap);
	return host;
}

void heap_host_destroy(struct heap_host *host)
{
	if (host)
		arena_destroy(host->arena);
}

/* The resident guest's gpfns are the mfns, so that what it keeps is where the
 * drawn numbers say. */
static void fragment(struct heap_host *host)
{
	const struct heap_host_shape *shape = host->shape;
	uint64_t gibs = shape->nodes * shape->node_gib;
	struct rng rng;

	rng_init(&rng, 1, RNG_BENCH, 0);
	domain_init(&host->resident, &host->store, 1, DOMAIN_HVM,
		    gibs * PAGES_PER_GIB);
	for (;;) {
		struct heap_request req = {
			.domain = &host->resident.mem,
			.order = ORDER_1G,
			.node = NODE_NONE,
		};
		struct heap_extent e;

		if (heap_alloc(host->heap, &req, &e) != HEAP_OK)
			break;
		p2m_add(&host->resident.p2m, e.mfn, e.mfn, PAGES_PER_GIB,
			e.node);
	}
	for (uint64_t g = 0; g < gibs; g++) {
		uint32_t pieces = g / shape->node_gib == shape->worst_node
					  ? shape->pieces_of_worst
					  : shape->pieces;

		/* The first of a node is not whole: Xen's own lie there. */
		if (!p2m_any_mapped(&host->resident.p2m, g << ORDER_1G, 1))
			continue;
		fragment_gib(host, g << ORDER_1G,
			     g % WHOLE_EVERY == 1 ? 0 : pieces, &rng);
	}
}

/* Pieces drawn without putting back: the first of a shuffled deck. */
static void fragment_gib(struct heap_host *host, uint64_t gpfn,
			 uint32_t pieces, struct rng *rng)
{
	bool kept[PIECES] = {false};
	uint32_t deck[PIECES];
	uint64_t from = gpfn;

	for (uint32_t i = 0; i < PIECES; i++)
		deck[i] = i;
	for (uint32_t i = 0; i < pieces; i++) {
		uint32_t j = i + (uint32_t)rng_below(rng, PIECES - i);
		uint32_t drawn = deck[j];

		deck[j] = deck[i];
		kept[drawn] = true;
	}
	for (uint32_t i = 0; i < PIECES; i++) {
		if (!kept[i])
			continue;
		uint64_t page = gpfn + i * PIECE_PAGES +
				rng_below(rng, PIECE_PAGES);

		if (page > from)
			domain_remove_pages(&host->resident, host->heap, from,
					    page - from);
		from = page + 1;
	}
	domain_remove_pages(&host->resident, host->heap, from,
			    gpfn + PAGES_PER_GIB - from);
}

static uint64_t used_bytes(const struct slab *slab)
{
	return (uint64_t)slab->used_count * slab->record_bytes;
}

static uint64_t store_used_bytes(const struct p2m_store *store)
{
	return used_bytes(&store->extent) + used_bytes(&store->tree) +
	       used_bytes(&store->run);
}

void heap_guest_run(struct heap_host *host,
		    const struct heap_guest_shape *shape,
		    const struct clock *clock, struct heap_guest_run *run)
{
	uint64_t before = store_used_bytes(&host->store);

	build(host, shape, clock, run);
	run->guest_bytes += store_used_bytes(&host->store) - before;
	destroy(host, clock, run);
	scrub(host);
	run->times++;
}

/* What the toolstack knows of the guest before it builds. */
static void layout_make(struct heap_host *host,
			const struct heap_guest_shape *shape,
			struct build_memory *memory,
			struct build_layout *layout,
			struct vmemrange range[VMEMRANGE_MAX],
			uint8_t vnode_to_pnode[VNODE_MAX])
{
	uint64_t size_bytes[VNODE_MAX];
	struct vmemrange_list list;

	*memory = (struct build_memory){
		.type = DOMAIN_HVM,
		.device_model = true,
		.target_kib = shape->gib << 20,
		.max_kib = shape->gib << 20,
		.video_kib = 8192,
		.vcpus_max = shape->vcpus,
	};
	build_layout_init(layout, memory);
	if (!shape->vnodes)
		return;
	require(shape->gib % shape->vnodes == 0);
	for (uint32_t v = 0; v < shape->vnodes; v++) {
		size_bytes[v] = shape->gib / shape->vnodes << 30;
		vnode_to_pnode[v] = (uint8_t)(shape->node + v);
	}
	struct vmemrange_hvm hvm = vmemrange_hvm_of(layout);
	int rc = vmemrange_build_hvm(host->arena, &hvm, size_bytes,
				     shape->vnodes, &list);

	require(rc == 0);
	layout->range_count = vmemrange_pages(&list, range);
	layout->range = range;
	layout->vnode_to_pnode = vnode_to_pnode;
}

static void pool_grow(struct heap_host *host, uint64_t pages,
		      const struct clock *clock, struct heap_guest_run *run)
{
	int64_t start_ns = clock_thread_ns(clock);

	domain_pool_grow(&host->guest, host->heap, pages, pages, 0, NULL);
	run->pool_build_ns += clock_thread_ns(clock) - start_ns;
	require(host->guest.pool_pages == pages);
}

/* The calls of the builder, each as one hypercall. */
static void populate(struct heap_host *host, const struct build_layout *layout,
		     struct heap_guest_run *run)
{
	struct memop_reservation r = {
		.target = &host->guest,
		.caller = &host->dom0,
	};
	struct populate_call call;
	struct build b;

	build_init(&b, layout);
	while (build_next(&b, &call)) {
		struct memop_cost cost = {.extents = 0};

		r.gpfn_first = call.gpfn;
		r.extent_count = call.extents;
		r.order = call.order;
		r.node = call.node;
		r.exact = call.exact;
		r.done = 0;
		memop_populate(host->heap, &r, UINT64_MAX, &cost);
		run->extents[call.order / 9] += r.done;
		bool goes_on = build_done(&b, r.done);

		require(goes_on);
	}
}

static void build(struct heap_host *host, const struct heap_guest_shape *shape,
		  const struct clock *clock, struct heap_guest_run *run)
{
	struct vmemrange range[VMEMRANGE_MAX];
	uint8_t vnode_to_pnode[VNODE_MAX];
	struct build_memory memory;
	struct build_layout layout;
	struct domain *d = &host->guest;
	nodeset nodes = NODESET_NONE;

	layout_make(host, shape, &memory, &layout, range, vnode_to_pnode);
	domain_init(d, &host->store, 2, DOMAIN_HVM, build_max_pages(&memory));
	domain_take_xen_pages(d, host->heap, build_xen_pages(&memory), 0);
	pool_grow(host, DOMAIN_POOL_FIRST_PAGES, clock, run);
	for (uint32_t n = 0; n < (shape->vnodes ? shape->vnodes : 1); n++)
		nodes = nodeset_add(nodes, shape->node + n);
	domain_set_node_affinity(d, nodes, heap_online(host->heap));
	pool_grow(host, build_pool_pages(&memory), clock, run);
	run->pool_pages += d->pool_pages;
	if (shape->vnodes)
		domain_set_vnuma(d, host->arena, shape->vnodes, vnode_to_pnode,
				 range, layout.range_count);

	int rc = memop_claim(host->heap, &host->dom0, d,
			     build_claim_pages(&layout));

	require(rc == 0);
	int64_t start_ns = clock_thread_ns(clock);

	populate(host, &layout, run);
	run->build_ns += clock_thread_ns(clock) - start_ns;
	memop_claim(host->heap, &host->dom0, d, 0);
}

static void destroy(struct heap_host *host, const struct clock *clock,
		    struct heap_guest_run *run)
{
	struct domain *d = &host->guest;
	int64_t start_ns = clock_thread_ns(clock);

	domain_kill(d, host->heap);
	int64_t killed_ns = clock_thread_ns(clock);

	/* The pool goes first, and all of it. */
	domain_relinquish(d, host->heap, d->pool_pages);
	int64_t pool_ns = clock_thread_ns(clock);

	require(d->pool_pages == 0 && d->mem.tot_pages > 0);
	while (domain_relinquish(d, host->heap, UINT64_MAX))
		;
	run->destroy_ns += clock_thread_ns(clock) - pool_ns +
			   (killed_ns - start_ns);
	run->pool_destroy_ns += pool_ns - killed_ns;
}

static void scrub(struct heap_host *host)
{
	uint64_t pages;

	for (uint32_t n = 0; n < host->shape->nodes; n++)
		while (heap_scrub_round(host->heap, n, false, &pages))
			;
}
