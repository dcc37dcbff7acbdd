/*
 * world_memory.c - a guest's memory after it was built: where it is, ballooning,
 *                  destruction, and the scrubbing of what was given back.
 *
 * SOURCE  facts/xen.md 4.6 (destroy order, scrubbing), 6.1 (balloon driver),
 *         6.2 (targets).
 *
 * MODEL   Destroy: the vCPUs stop, destroy_ns passes, then the pages come back
 *         dirty in pieces of PIECE_PAGES, free_page_ns each, others' calls in
 *         between.
 *
 *         Scrub: on each node one of its idle CPUs at a time scrubs pieces of
 *         SCRUB_PIECE_PAGES, scrub_page_ns each; after each piece it goes on if
 *         it is still idle, else another idle CPU of the node takes over. The
 *         pages of a piece count as clean from its start.
 *
 *         Balloon: each batch of the guest's driver is one hypercall; its time
 *         is hypercall_ns and populate_4k_ns or free_page_ns per page.
 *
 *         What the guest's kernel can give is what no operation of its workload
 *         names as footprint, less RESERVE_PERCENT. A workload without a
 *         footprint makes do with whatever memory the guest has.
 *
 * LEFT OUT  the memory bandwidth that scrubbing takes, the guest's CPU time for
 *         ballooning.
 */
#include "run/world.h"

#include "base/err.h"

enum {
	PIECE_PAGES = 65536,
	SCRUB_PIECE_PAGES = 512,
	RESERVE_PERCENT = 2, /* of a guest's memory, kept by its kernel: the
	                        order of Linux' watermarks; assumed */
};

void memory_update_shares(struct world_guest *g)
{
	uint32_t nr_nodes = g->world->host->nr_nodes;
	uint64_t total = 0;

	for (uint32_t n = 0; n < nr_nodes; n++)
		total += domain_node_pages(g->domain, n);
	for (uint32_t n = 0; n < nr_nodes; n++)
		g->shares.all[n] =
			(double)domain_node_pages(g->domain, n) / (double)total;
	for (uint32_t v = 0; v < g->arrival.config->vnode_count; v++) {
		double pages = (double)domain_vnode_pages(g->domain, v);

		for (uint32_t n = 0; n < nr_nodes; n++)
			g->shares.vnode[v][n] =
				pages > 0 ? (double)domain_vnode_node_pages(
						    g->domain, v, n) / pages
					  : g->shares.all[n];
	}
}

/* --- destroy ----------------------------------------------------------------- */

static void give_back_piece(void *guest, uint64_t unused)
{
	struct world_guest *g = guest;
	struct world *w = g->world;
	uint64_t pages = domain_relinquish(g->domain, w->heap, PIECE_PAGES);

	(void)unused;
	if (pages == 0) {
		g->domain = NULL;
		if (g->state == GUEST_DYING)
			g->state = GUEST_GONE;
		return;
	}
	w->dirty = true;
	w->scrub_wanted = true;
	des_after(w->des,
		  (int64_t)((double)pages * w->host->constant.free_page_ns),
		  give_back_piece, g, 0);
}

void memory_give_back(struct world_guest *g)
{
	struct world *w = g->world;

	if (!g->domain)
		return;
	domain_kill(g->domain, w->heap);
	des_after(w->des, (int64_t)w->host->constant.destroy_ns,
		  give_back_piece, g, 0);
}

void memory_destroy(void *guest, uint64_t unused)
{
	struct world_guest *g = guest;
	struct world *w = g->world;

	(void)unused;
	require(g->state == GUEST_RUNNING);
	g->state = GUEST_DYING;
	g->ended_ns = world_now_ns(w);
	if (w->trace)
		world_trace_guest(g, "destroy");
	if (g->balloon)
		(void)des_cancel(w->des, g->balloon_event);
	g->balloon = NULL;
	vcpu_destroy_all(g);
	memory_give_back(g);
}

/* --- scrubbing ---------------------------------------------------------------- */

static bool cpu_is_idle(const struct world *w, uint32_t cpu)
{
	return sched_cpu_current(w->sched, cpu) == NULL;
}

static uint32_t idle_cpu_of(const struct world *w, uint32_t node)
{
	const cpuset *cpus = &w->host->node[node].cpus;

	for (uint32_t c = cpuset_first(cpus); c != CPU_NONE;
	     c = cpuset_from(cpus, c + 1))
		if (cpu_is_idle(w, c))
			return c;
	return CPU_NONE;
}

static void scrub_piece(void *world, uint64_t node)
{
	struct world *w = world;
	struct world_node *wn = &w->node[node];
	uint64_t skipped = 0, pages = 0;

	if (cpu_is_idle(w, wn->scrub_cpu))
		pages = heap_scrub_chunk(w->heap, wn->scrub_node,
					 SCRUB_PIECE_PAGES, &skipped);
	if (pages == 0) {
		heap_scrub_release(w->heap, wn->scrub_node);
		wn->scrub_cpu = CPU_NONE;
		w->scrub_wanted = true;
		return;
	}
	des_after(w->des,
		  (int64_t)(((double)pages + (double)skipped / 100) *
			    w->host->constant.scrub_page_ns),
		  scrub_piece, w, node);
}

void memory_scrub_kick(struct world *w)
{
	bool dirty = false;

	w->scrub_wanted = false;
	if (!w->dirty)
		return;
	for (uint32_t n = 0; n < w->host->nr_nodes; n++)
		dirty |= heap_node_dirty_pages(w->heap, n) > 0;
	w->dirty = dirty;
	if (!dirty)
		return;
	for (uint32_t n = 0; n < w->host->nr_cpu_nodes; n++) {
		struct world_node *wn = &w->node[n];

		if (wn->scrub_cpu != CPU_NONE)
			continue;
		uint32_t cpu = idle_cpu_of(w, n);

		if (cpu == CPU_NONE)
			continue;
		wn->scrub_node = heap_scrub_node(w->heap, n);
		if (wn->scrub_node == NODE_NONE)
			continue;
		wn->scrub_cpu = cpu;
		des_after(w->des, 0, scrub_piece, w, n);
	}
}

/* --- ballooning --------------------------------------------------------------- */

static void balloon_run(void *guest, uint64_t unused);

static struct balloon_guest balloon_guest_now(const struct world_guest *g)
{
	const struct workload *workload = g->arrival.workload;
	uint64_t current = balloon_current_pages(g->balloon);
	uint64_t reserve = current * RESERVE_PERCENT / 100;
	uint64_t used = 0;

	for (uint32_t i = 0; i < workload->op_count; i++)
		if (workload->op[i].footprint_pages > used)
			used = workload->op[i].footprint_pages;
	used += reserve;

	uint64_t available = current > used ? current - used : 0;

	return (struct balloon_guest){available, available, reserve};
}

/* The batch's hypercall is over. */
static void balloon_batch_done(void *guest, uint64_t extents)
{
	struct world_guest *g = guest;

	balloon_done(g->balloon, (uint32_t)extents);
	memory_update_shares(g);
	vcpu_reshare_all(g);
	balloon_run(g, 0);
}

static void balloon_run(void *guest, uint64_t unused)
{
	struct world_guest *g = guest;
	struct world *w = g->world;
	const struct host_constants *c = &w->host->constant;
	struct balloon_guest now = balloon_guest_now(g);
	struct memop_cost cost = {0};
	struct memop_reservation r = {
		.target = g->domain,
		.caller = g->domain,
		.gpfn = g->request.gpfn,
		.node = NODE_NONE,
		.cpu_node = w->cpu_to_node[sched_unit_processor(
			g->vcpu[0].unit)],
	};
	double ns = c->hypercall_ns;

	(void)unused;
	balloon_next(g->balloon, world_now_ns(w), &now, &g->request);
	if (g->request.action == BALLOON_SLEEP) {
		g->balloon_event = des_at(w->des, g->request.wake_ns,
					  balloon_run, g, 0);
		return;
	}
	r.extent_count = g->request.count;
	if (g->request.action == BALLOON_POPULATE) {
		(void)memop_populate(w->heap, &r, UINT64_MAX, &cost);
		ns += (double)r.done * host_populate_ns(w->host, 0) +
		      (double)cost.scrubbed_pages * c->scrub_page_ns;
	} else {
		(void)memop_decrease(w->heap, &r, UINT64_MAX, &cost);
		ns += (double)r.done * c->free_page_ns;
	}
	g->balloon_event = des_after(w->des, (int64_t)ns, balloon_batch_done,
				     g, r.done);
}

/* xl mem-set: limit, then the guest's target (facts/xen.md 6.2). */
static void balloon_target_event(void *guest, uint64_t index)
{
	struct world_guest *g = guest;
	struct world *w = g->world;
	const struct scenario_guest *class =
		&w->scenario->guest[g->arrival.class_index];
	uint64_t kib = class->balloon[index].target_kib;

	if (g->state != GUEST_RUNNING)
		return;
	if (w->trace)
		world_trace_guest(g, "balloon target");
	g->domain->mem.max_pages = pages_from_kib(kib + 1024);
	if (balloon_watch(g->balloon, kib - g->memory.video_kib)) {
		(void)des_cancel(w->des, g->balloon_event);
		balloon_run(g, 0);
	}
}

/* The guest's RAM, as its kernel sees it: low memory but for the VGA hole, high
 * memory; of a PV guest what was built and what may still come. */
static uint32_t balloon_ranges(const struct world_guest *g,
			       struct balloon_range range[3])
{
	const struct build_layout *l = &g->layout;
	uint32_t count = 0;

	if (g->memory.type == DOMAIN_PV) {
		range[0] = (struct balloon_range){
			0, pages_from_kib(g->memory.max_kib)};
		return 1;
	}
	if (l->device_model) {
		range[count++] = (struct balloon_range){0, BUILD_VGA_FIRST_GPFN};
		range[count++] = (struct balloon_range){
			BUILD_VGA_END_GPFN,
			l->lowmem_end_gpfn - BUILD_VGA_END_GPFN};
	} else {
		range[count++] = (struct balloon_range){0, l->lowmem_end_gpfn};
	}
	if (l->highmem_end_gpfn)
		range[count++] = (struct balloon_range){
			4 * PAGES_PER_GIB,
			l->highmem_end_gpfn - 4 * PAGES_PER_GIB};
	return count;
}

void memory_balloon_start(struct world_guest *g)
{
	struct world *w = g->world;
	const struct scenario_guest *class =
		&w->scenario->guest[g->arrival.class_index];
	struct balloon_range range[3];
	struct balloon_config config = {
		.policy = class->balloon_policy,
		.pv = g->memory.type == DOMAIN_PV,
		.static_max_kib = g->memory.max_kib,
		.range = range,
		.seed = w->config.seed,
		.entity = g->arrival.entity,
	};

	if (class->balloon_count == 0)
		return;
	config.range_count = balloon_ranges(g, range);
	for (uint32_t i = 0; i < config.range_count; i++)
		config.current_pages += range[i].pages;
	if (g->memory.type == DOMAIN_PV)
		config.current_pages = g->layout.total_pages;
	g->balloon = balloon_create(w->arena, &config, world_now_ns(w));
	(void)balloon_watch(g->balloon,
			    g->memory.target_kib - g->memory.video_kib);
	for (uint32_t i = 0; i < class->balloon_count; i++)
		des_after(w->des, class->balloon[i].at_ns, balloon_target_event,
			  g, i);
	balloon_run(g, 0);
}
