/*
 * world_create.c - the toolstack makes a guest, step by step, in simulated time.
 *
 * SOURCE  facts/xen.md 1.1 (the order), 1.2 (when placement runs), 1.7 (what is
 *         done with the answer), 2.5 (vNUMA), 4.7 (claim), 5.4 (populate).
 *
 * MODEL   arrival
 *           | create_ns + vcpu_ns per vCPU
 *         shell       domain, vCPUs with all affinities, first pool pages
 *           | snapshot_ns + snapshot_vcpu_ns per vCPU of the host
 *         apply       what the heuristic said of the host as it was when the
 *           |         snapshot began: node affinity, soft or hard affinity;
 *           |         rest of the pool; claim
 *         build       one populate hypercall after another, in pieces of at
 *           |         most PIECE_EXTENTS, each taking its time
 *         start       device_model_ns (HVM) + unpause_ns
 *
 *         Two creations at once interleave at every arrow and every piece: the
 *         races of facts/xen.md 6.5 happen by themselves.
 *
 *         A heuristic that finds no nodes, or declines, leaves what Xen does
 *         without placement; the guest may still be built. It fails where Xen
 *         would: the claim is refused, a populate call comes back short, or
 *         the configuration is one that libxl refuses.
 *
 * LEFT OUT  xl's lock and freemem, the bootloader, dom0's CPU time.
 *
 * DIFFERS A PV guest with vNUMA fails at once, as with libxl; a PVH one too,
 *         where libxl first builds it and then fails in the ACPI step.
 */
#include "run/world.h"

#include "base/err.h"
#include "toolstack/vnuma_plan.h"

enum { PIECE_EXTENTS = 256 };

static void create_shell(void *guest, uint64_t unused);
static void create_apply(void *guest, uint64_t unused);
static void create_build(void *guest, uint64_t unused);
static void create_piece(void *guest, uint64_t unused);
static void create_start(void *guest, uint64_t unused);

static void after(struct world_guest *g, double ns, des_fn *step)
{
	des_after(g->world->des, (int64_t)ns, step, g, 0);
}

/* Node of the pCPU on which dom0's toolstack runs. */
static uint32_t toolstack_node(const struct world *w)
{
	return w->cpu_to_node[sched_unit_processor(w->dom0.vcpu[0].unit)];
}

static void create_fail(struct world_guest *g, const char *why)
{
	struct world *w = g->world;

	g->failure = why;
	g->state = GUEST_FAILED;
	g->ended_ns = world_now_ns(w);
	if (g->dom)
		vcpu_destroy_all(g);
	if (w->trace)
		world_trace_guest(g, why);
	memory_give_back(g);
}

/* What libxl refuses before there is a domain, and PVH (see DIFFERS). */
static const char *refused_early(const struct xlcfg *cfg)
{
	const char *why = NULL;

	if (cfg->vnode_count)
		why = vnuma_check_defaults(cfg->type, cfg->memory_kib,
					   cfg->maxmem_kib);
	if (!why && cfg->vnode_count && cfg->type == XLCFG_PVH)
		why = VNUMA_PVH_REFUSAL;
	return why;
}

void create_begin(void *guest, uint64_t unused)
{
	struct world_guest *g = guest;
	struct world *w = g->world;
	const struct host_constants *c = &w->host->constant;
	const char *refused = refused_early(g->arrival.config);

	(void)unused;
	g->state = GUEST_CREATING;
	g->domid = w->nr_domids++;
	g->vcpu_count = g->arrival.config->vcpu_max;
	if (w->trace)
		world_trace_guest(g, "create");
	if (refused) {
		create_fail(g, refused);
		return;
	}
	vnuma_plan_memory(g->arrival.config, &g->memory);
	build_layout_init(&g->layout, &g->memory);
	vcpu_alone(g);
	after(g, c->create_ns + c->vcpu_ns * g->vcpu_count, create_shell);
}

/* vCPUs of all domains that Xen lists now. */
static uint32_t listed_vcpus(const struct world *w)
{
	uint32_t count = w->dom0.vcpu_count;

	for (uint32_t i = 0; i < w->guest_count; i++)
		if (w->guest[i].dom)
			count += w->guest[i].vcpu_count;
	return count;
}

static void create_shell(void *guest, uint64_t unused)
{
	struct world_guest *g = guest;
	struct world *w = g->world;
	const struct xlcfg *cfg = g->arrival.config;
	const struct host_constants *c = &w->host->constant;
	struct sched_dom_params params = {cfg->cpu_weight, cfg->cap_percent};
	struct err ignored;
	uint32_t node = toolstack_node(w);

	(void)unused;
	g->domain = arena_alloc(w->arena, sizeof(*g->domain));
	domain_init(g->domain, &w->p2m, g->domid, g->memory.type,
		    build_max_pages(&g->memory));
	domain_take_xen_pages(g->domain, w->heap, build_xen_pages(&g->memory),
			      node);
	if (build_pool_pages(&g->memory) > 0)
		domain_pool_grow(g->domain, w->heap, DOMAIN_POOL_FIRST_PAGES,
				 DOMAIN_POOL_FIRST_PAGES, node, NULL);
	g->dom = sched_dom_create(w->sched, g->domid, g);
	vcpu_create_all(g, NULL);
	g->domain->has_vcpus = true;
	view_recount(g);
	/* Xen refuses a cap above 100 per vCPU and goes on with the weight. */
	(void)sched_dom_set_params(w->sched, g->dom, &params, &ignored);

	g->placed = PLACE_DECLINED;
	if (cfg->numa_placement) {
		struct place_view view;
		struct place_request request;

		view_take(g, &view, &request);
		if (place_run(g->ops, &view, &request, &g->placed, &g->answer,
			      &w->err))
			des_stop(w->des);
	}
	after(g, c->snapshot_ns + c->snapshot_vcpu_ns * listed_vcpus(w),
	      create_apply);
}

/* Hard and soft masks: the file's where it names them, else the heuristic's. */
static int create_affinity(struct world_guest *g, struct err *err)
{
	struct world *w = g->world;
	const struct xlcfg *cfg = g->arrival.config;
	cpuset placed = w->all_cpus;
	enum place_affinity affinity = PLACE_FREE;

	if (g->placed == PLACE_OK) {
		placed = host_cpus_of(w->host, g->answer.cpu_nodes);
		affinity = g->answer.affinity;
	}
	for (uint32_t i = 0; i < g->vcpu_count; i++) {
		const cpuset *hard = cfg->hard.mask ? &cfg->hard.mask[i] : NULL;
		const cpuset *soft = cfg->soft.mask ? &cfg->soft.mask[i] : NULL;

		if (affinity == PLACE_HARD && !hard)
			hard = &placed;
		if (affinity == PLACE_SOFT && !soft)
			soft = &placed;
		if ((hard || soft) &&
		    sched_unit_set_affinity(w->sched, g->vcpu[i].unit, hard,
					    soft, err))
			return -1;
	}
	return 0;
}

/* vNUMA: each vnode's node, the heuristic's or the file's; then as libxl does
 * it. NULL, or why not. */
static const char *create_vnuma(struct world_guest *g)
{
	struct world *w = g->world;
	const struct xlcfg *cfg = g->arrival.config;
	struct xlcfg_host host = {w->host->nr_nodes, w->host->nr_cpus,
				  w->cpu_to_node};
	struct vnuma_ask ask = {
		.config = cfg,
		.host = &host,
		.vnode_to_pnode = g->vnode_to_pnode,
	};
	struct vnuma_plan plan;

	if (!cfg->vnode_count)
		return NULL;
	for (uint32_t v = 0; v < cfg->vnode_count; v++)
		g->vnode_to_pnode[v] =
			g->placed == PLACE_OK && g->answer.vnodes_placed
				? g->answer.vnode_to_pnode[v]
				: (uint8_t)cfg->vnode[v].pnode;
	vnuma_plan_make(w->arena, &ask, &plan);
	if (plan.refusal.xl_status)
		return arena_strdup(w->arena, plan.refusal.text);
	g->range = arena_array(w->arena, VMEMRANGE_MAX, sizeof(*g->range));
	g->range_count = vmemrange_pages(&plan.ranges, g->range);
	g->layout.range = g->range;
	g->layout.range_count = g->range_count;
	g->layout.vnode_to_pnode = g->vnode_to_pnode;
	domain_set_vnuma(g->domain, w->arena, cfg->vnode_count,
			 g->vnode_to_pnode, g->range, g->range_count);
	g->shares.vnode = arena_array(w->arena, cfg->vnode_count,
				      sizeof(*g->shares.vnode));
	return NULL;
}

static void create_apply(void *guest, uint64_t unused)
{
	struct world_guest *g = guest;
	struct world *w = g->world;
	struct err err;

	(void)unused;
	if (g->placed == PLACE_OK)
		require(domain_set_node_affinity(g->domain, g->answer.nodes,
						 heap_online(w->heap)) == 0);
	if (create_affinity(g, &err)) {
		create_fail(g, "hard affinity has no CPU of the pool");
		return;
	}
	view_recount(g);

	const char *bad_vnuma = create_vnuma(g);

	if (bad_vnuma) {
		create_fail(g, bad_vnuma);
		return;
	}

	uint64_t pool = build_pool_pages(&g->memory), scrubbed = 0;

	if (pool > g->domain->pool_pages)
		domain_pool_grow(g->domain, w->heap, pool, pool,
				 toolstack_node(w), &scrubbed);
	if (w->scenario->claim_mode &&
	    memop_claim(w->heap, w->dom0.domain, g->domain,
			build_claim_pages(&g->layout))) {
		create_fail(g, "claim refused: not so much memory is free");
		return;
	}
	build_init(&g->build, &g->layout);
	after(g, (double)scrubbed * w->host->constant.scrub_page_ns,
	      create_build);
}

/* RAM is there: from now on the claim would only keep others out. */
static void create_drop_claim(struct world_guest *g)
{
	if (g->domain->mem.claim_pages)
		(void)memop_claim(g->world->heap, g->world->dom0.domain,
				  g->domain, 0);
}

/* vCPUs prefer the CPUs of their vnode's node, unless the file says else. */
static void create_vnuma_affinity(struct world_guest *g)
{
	struct world *w = g->world;
	const struct xlcfg *cfg = g->arrival.config;
	struct err ignored;

	if (!cfg->vnode_count || cfg->soft.given)
		return;
	for (uint32_t i = 0; i < g->vcpu_count; i++) {
		if (g->vcpu[i].vnode == VNODE_NONE)
			continue;
		cpuset soft = host_cpus_of(
			w->host,
			nodeset_of(g->vnode_to_pnode[g->vcpu[i].vnode]));

		(void)sched_unit_set_affinity(w->sched, g->vcpu[i].unit, NULL,
					      &soft, &ignored);
	}
	view_recount(g);
}

static void create_build(void *guest, uint64_t unused)
{
	struct world_guest *g = guest;
	const struct host_constants *c = &g->world->host->constant;

	(void)unused;
	if (!build_next(&g->build, &g->call)) {
		create_drop_claim(g);
		create_vnuma_affinity(g);
		after(g, (g->memory.device_model ? c->device_model_ns : 0) +
				 c->unpause_ns,
		      create_start);
		return;
	}
	if (g->call.stage != BUILD_RAM)
		create_drop_claim(g);
	g->reservation = (struct memop_reservation){
		.target = g->domain,
		.caller = g->world->dom0.domain,
		.gpfn_first = g->call.gpfn,
		.extent_count = g->call.extents,
		.order = g->call.order,
		.node = g->call.node,
		.exact = g->call.exact,
		.cpu_node = toolstack_node(g->world),
	};
	after(g, c->hypercall_ns, create_piece);
}

static void create_piece(void *guest, uint64_t unused)
{
	struct world_guest *g = guest;
	struct world *w = g->world;
	struct memop_cost cost = {0};
	enum memop_status status = memop_populate(w->heap, &g->reservation,
						  PIECE_EXTENTS, &cost);
	double ns = (double)cost.extents *
			    host_populate_ns(w->host, g->call.order) +
		    (double)cost.scrubbed_pages *
			    w->host->constant.scrub_page_ns;

	(void)unused;
	if (status == MEMOP_MORE) {
		after(g, ns, create_piece);
		return;
	}
	if (build_done(&g->build, g->reservation.done)) {
		after(g, ns, create_build);
		return;
	}
	if (build_cancels_claim_on_failure(&g->layout))
		create_drop_claim(g);
	create_fail(g, g->call.exact
			       ? "does not fit: its vnode's node is full"
			       : "does not fit: the host has no memory left");
}

static void create_note_built(struct world_guest *g)
{
	for (uint32_t n = 0; n < g->world->host->nr_nodes; n++) {
		g->built_on[n] = domain_node_pages(g->domain, n);
		g->built_pages += g->built_on[n];
		if (g->placed == PLACE_OK && !nodeset_has(g->answer.nodes, n))
			g->off_plan_pages += g->built_on[n];
	}
}

static void create_start(void *guest, uint64_t unused)
{
	struct world_guest *g = guest;
	struct world *w = g->world;

	(void)unused;
	g->state = GUEST_RUNNING;
	g->started_ns = world_now_ns(w);
	g->domain->creation_finished = true;
	create_note_built(g);
	memory_update_shares(g);
	if (w->trace)
		world_trace_guest(g, "start");
	vcpu_start_all(g);
	memory_balloon_start(g);
	if (g->arrival.lifetime_ns < TIME_NEVER_NS - g->started_ns)
		des_after(w->des, g->arrival.lifetime_ns, memory_destroy, g, 0);
}
