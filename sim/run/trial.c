#include "run/trial.h"

#include "base/err.h"
#include "base/units.h"
#include "run/host_state_heap.h"
#include "toolstack/build.h"
#include "toolstack/vnuma_plan.h"
#include "xen/memop.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SCRUB_PAGES = 1 << 30 }; /* at a time */

/* A trial under way. */
struct attempt {
	struct trial_bed *bed;
	struct trial *t;
	uint32_t pool;               /* of the state */
	struct domain *domain;
	struct host_state_vcpu *vcpu; /* [t->vcpu_count] */
	struct build_memory memory;
	struct build_layout layout;
	struct vnuma_plan plan;
	struct vmemrange *range;
};

static int give_up(struct attempt *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static int make_shell(struct attempt *a);
static int ask(struct attempt *a, struct err *err);
static int set_affinity(struct attempt *a);
static int set_vnuma(struct attempt *a);
static int take_memory(struct attempt *a);
static void set_vnuma_affinity(struct attempt *a);
static void note_pages(struct attempt *a);
static void keep(struct attempt *a);
static void refresh(struct trial_bed *bed);
static void undo(struct attempt *a);

/* --- the bed -------------------------------------------------------------------------- */

/* Where the toolstack runs: the node of dom0's vCPU 0. */
static uint32_t toolstack_node(const struct host_state *s)
{
	const struct host_state_domain *dom0 =
		s->domain_count && s->domain[0].domid == 0 ? &s->domain[0]
							   : NULL;

	if (dom0 && dom0->vcpu_count && dom0->vcpu[0].cpu < s->cpu_count &&
	    s->cpu[dom0->vcpu[0].cpu].node != NODE_NONE)
		return s->cpu[dom0->vcpu[0].cpu].node;
	return nodeset_first(host_state_cpu_nodes(s));
}

/* dom0 makes the calls; of its own memory nothing is asked. */
static void add_caller(struct trial_bed *bed)
{
	bed->dom0 = arena_alloc(bed->arena, sizeof(*bed->dom0));
	domain_init(bed->dom0, &bed->store, 0, DOMAIN_PV, UINT64_MAX);
	bed->dom0->is_control = bed->dom0->is_hardware = true;
	bed->cpu_node = toolstack_node(bed->state);
}

void trial_bed_live(struct arena *arena, const struct host_state *state,
		    struct trial_bed *bed)
{
	bed->arena = arena;
	bed->state = host_state_copy(arena, state);
	bed->heap = host_state_heap(arena, state);
	p2m_store_init(&bed->store, arena);
	add_caller(bed);
}

int trial_bed_empty(struct arena *arena, const struct host *host,
		    const struct host_state_boot *boot, struct trial_bed *bed,
		    struct err *err)
{
	bed->arena = arena;
	if (host_state_boot(arena, host, boot, &bed->state, &bed->heap,
			    &bed->store, err))
		return -1;
	add_caller(bed);
	return 0;
}

struct xlcfg_host trial_xlcfg_host(const struct host_state *s)
{
	return (struct xlcfg_host){
		.node_count = s->node_count,
		.cpu_count = s->cpu_count,
		.cpu_to_node = s->cpu_to_node,
	};
}

/* --- the steps ------------------------------------------------------------------------ */

static int find_pool(struct attempt *a, struct err *err)
{
	const struct host_state *s = a->bed->state;
	const char *names[HOST_STATE_POOL_MAX];

	a->pool = host_state_find_pool(s, a->t->config->pool);
	if (a->pool < s->pool_count)
		return 0;
	for (uint32_t p = 0; p < s->pool_count; p++)
		names[p] = s->pool[p].name;
	err_set(err, "%s: pool: no '%s' on the host", a->t->config->path,
		a->t->config->pool);
	return err_add_nearest(err, a->t->config->pool, names, s->pool_count);
}

int trial_run(struct trial_bed *bed, const struct xlcfg *config,
	      const struct place_ops *ops, uint64_t random,
	      struct trial *trial, struct err *err)
{
	struct attempt a = {.bed = bed, .t = trial};
	int rc;

	memset(trial, 0, sizeof(*trial));
	trial->config = config;
	trial->ops = ops;
	trial->placed = PLACE_DECLINED;
	trial->domid = host_state_next_domid(bed->state);
	trial->request.random = random;
	trial->vcpu_count = config->vcpu_max;
	if (find_pool(&a, err))
		return -1;
	rc = make_shell(&a);
	if (rc == 0 && ask(&a, err))
		return -1;
	if (rc == 0)
		rc = set_affinity(&a) || set_vnuma(&a) || take_memory(&a);
	if (rc == 0) {
		set_vnuma_affinity(&a);
		note_pages(&a);
		keep(&a);
	} else {
		undo(&a);
	}
	return 0;
}

static int give_up(struct attempt *a, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(a->t->why, sizeof(a->t->why), format, args);
	va_end(args);
	return -1;
}

/* What libxl finds before anything is placed; the domain and its first pages. */
static int make_shell(struct attempt *a)
{
	struct trial_bed *bed = a->bed;
	const struct xlcfg *cfg = a->t->config;
	uint32_t vcpus = cfg->vcpu_max;

	vnuma_plan_memory(cfg, &a->memory);
	build_layout_init(&a->layout, &a->memory);
	a->vcpu = arena_array(bed->arena, vcpus, sizeof(*a->vcpu));
	a->t->vcpu = a->vcpu;
	for (uint32_t v = 0; v < vcpus; v++)
		a->vcpu[v] = (struct host_state_vcpu){CPU_NONE, cpuset_all(),
						      cpuset_all()};
	if (cfg->vnode_count) {
		struct xlcfg_host host = trial_xlcfg_host(bed->state);

		vnuma_plan_make(bed->arena,
				&(struct vnuma_ask){.config = cfg,
						    .host = &host},
				&a->plan);
		if (a->plan.refusal.xl_status)
			return give_up(a, "%s", a->plan.refusal.text);
	}
	a->domain = arena_alloc(bed->arena, sizeof(*a->domain));
	domain_init(a->domain, &bed->store, a->t->domid, a->memory.type,
		    build_max_pages(&a->memory));
	if (domain_take_xen_pages(a->domain, bed->heap,
				  build_xen_pages(&a->memory), bed->cpu_node) <
	    build_xen_pages(&a->memory))
		return give_up(a, "does not fit: the host has no memory left");
	if (build_pool_pages(&a->memory) > 0)
		domain_pool_grow(a->domain, bed->heap, DOMAIN_POOL_FIRST_PAGES,
				 DOMAIN_POOL_FIRST_PAGES, bed->cpu_node, NULL);
	a->domain->has_vcpus = true;
	return 0;
}

/* Automatic node affinity follows the masks (facts 4.9). */
static void recompute(struct attempt *a)
{
	const struct host_state *s = a->bed->state;
	cpuset hard = {{0}}, soft = {{0}};

	for (uint32_t v = 0; v < a->t->vcpu_count; v++) {
		hard = cpuset_or(&hard, &a->vcpu[v].hard);
		soft = cpuset_or(&soft, &a->vcpu[v].soft);
	}
	domain_update_node_affinity(a->domain, &hard, &soft,
				    &s->pool[a->pool].cpus, s->cpu_to_node);
}

static int ask(struct attempt *a, struct err *err)
{
	struct trial *t = a->t;
	const struct xlcfg *cfg = t->config;
	cpuset below = cpuset_below(cfg->vcpu_max);

	refresh(a->bed); /* the snapshot comes after the first pages */
	t->view = arena_alloc(a->bed->arena, sizeof(*t->view));
	host_state_view_take(a->bed->arena, a->bed->state, a->pool,
			     t->vcpu_count, t->view);
	t->request = (struct place_request){
		.domid = t->domid,
		.vcpus = t->vcpu_count,
		.need_pages = pages_from_kib(build_need_kib(&a->memory)),
		.hard_cpus = cfg->hard.mask ? &cfg->hard.mask[0] : NULL,
		.vnode_count = cfg->vnode_count,
		.xen_version = a->bed->state->xen_version,
		.random = t->request.random,
	};
	for (uint32_t v = 0; v < cfg->vnode_count; v++) {
		cpuset own = cpuset_and(&cfg->vnode[v].vcpus, &below);

		t->request.vnode[v] = (struct place_vnode){
			.pages = pages_from_kib(cfg->vnode[v].size_kib),
			.vcpus = cpuset_count(&own),
		};
	}
	t->asked = cfg->numa_placement;
	if (!t->asked)
		return 0;
	return place_run(t->ops, &t->view->view, &t->request, &t->placed,
			 &t->answer, err);
}

/* Hard and soft masks: the file's where it names them, else the heuristic's. */
static int set_affinity(struct attempt *a)
{
	const struct host_state *s = a->bed->state;
	struct trial *t = a->t;
	const struct xlcfg *cfg = t->config;
	enum place_affinity affinity = PLACE_FREE;
	cpuset placed = cpuset_all();

	if (t->placed == PLACE_OK) {
		require(domain_set_node_affinity(a->domain, t->answer.nodes,
						 host_state_online(s)) == 0);
		affinity = t->answer.affinity;
		placed = host_state_cpus_of(s, t->answer.cpu_nodes);
	}
	for (uint32_t v = 0; v < t->vcpu_count; v++) {
		if (cfg->hard.mask)
			a->vcpu[v].hard = cfg->hard.mask[v];
		else if (affinity == PLACE_HARD)
			a->vcpu[v].hard = placed;
		if (cfg->soft.mask)
			a->vcpu[v].soft = cfg->soft.mask[v];
		else if (affinity == PLACE_SOFT)
			a->vcpu[v].soft = placed;
		if (!cpuset_intersects(&a->vcpu[v].hard,
				       &s->pool[a->pool].cpus))
			return give_up(a, "hard affinity of vCPU %u has no CPU "
				       "of pool %s", v, s->pool[a->pool].name);
	}
	recompute(a);
	return 0;
}

/* Each vnode's node: the heuristic's or the file's. */
static int set_vnuma(struct attempt *a)
{
	struct trial_bed *bed = a->bed;
	struct trial *t = a->t;
	const struct xlcfg *cfg = t->config;
	struct xlcfg_host host = trial_xlcfg_host(bed->state);
	struct vnuma_ask plan = {
		.config = cfg,
		.host = &host,
		.vnode_to_pnode = t->vnode_to_pnode,
	};

	if (!cfg->vnode_count)
		return 0;
	t->vnode_count = cfg->vnode_count;
	for (uint32_t v = 0; v < cfg->vnode_count; v++)
		t->vnode_to_pnode[v] =
			t->placed == PLACE_OK && t->answer.vnodes_placed
				? t->answer.vnode_to_pnode[v]
				: (uint8_t)cfg->vnode[v].pnode;
	vnuma_plan_make(bed->arena, &plan, &a->plan);
	if (a->plan.refusal.xl_status)
		return give_up(a, "%s", a->plan.refusal.text);
	t->vcpu_to_vnode = a->plan.info.vcpu_to_vnode;
	a->range = arena_array(bed->arena, VMEMRANGE_MAX, sizeof(*a->range));
	a->layout.range = a->range;
	a->layout.range_count = vmemrange_pages(&a->plan.ranges, a->range);
	a->layout.vnode_to_pnode = t->vnode_to_pnode;
	domain_set_vnuma(a->domain, bed->arena, cfg->vnode_count,
			 t->vnode_to_pnode, a->range, a->layout.range_count);
	return 0;
}

/* --- memory --------------------------------------------------------------------------- */

static double free_mib(const struct trial_bed *bed)
{
	return mib_from_pages(heap_free_pages(bed->heap) -
			      heap_claimed_pages(bed->heap));
}

/* The extent is there: on the node the domain's last allocation came from. */
static void note_extent(struct attempt *a, uint32_t order)
{
	a->t->extents_on[a->domain->mem.last_alloc_node][order]++;
}

/* Populate-on-demand: the cache is filled before anything else (facts 5.3). */
static int fill_cache(struct attempt *a)
{
	uint64_t want = a->layout.target_pages -
			(a->layout.device_model ? BUILD_VGA_PAGES : 0);

	while (a->t->pod_pages < want) {
		struct memop_reservation r = {
			.target = a->domain,
			.caller = a->bed->dom0,
			.extent_count = 1,
			.order = want - a->t->pod_pages >= 512 ? 9 : 0,
			.node = NODE_NONE,
			.cpu_node = a->bed->cpu_node,
		};
		struct memop_cost cost = {0};

		if (memop_increase(a->bed->heap, &r, 1, NULL, &cost) !=
		    MEMOP_DONE) {
			if (r.order == 0)
				return give_up(a, "does not fit: no page left "
					       "for memory to be populated on "
					       "demand");
			r.order = 0;
			if (memop_increase(a->bed->heap, &r, 1, NULL, &cost) !=
			    MEMOP_DONE)
				return give_up(a, "does not fit: no page left "
					       "for memory to be populated on "
					       "demand");
		}
		note_extent(a, r.order);
		a->t->pod_pages += UINT64_C(1) << r.order;
	}
	return 0;
}

/* One call, extent by extent. Returns how many were done. */
static uint64_t populate(struct attempt *a, const struct populate_call *call)
{
	struct memop_reservation r = {
		.target = a->domain,
		.caller = a->bed->dom0,
		.gpfn_first = call->gpfn,
		.extent_count = call->extents,
		.order = call->order,
		.node = call->node,
		.exact = call->exact,
		.cpu_node = a->bed->cpu_node,
	};
	struct memop_cost cost = {0};
	enum memop_status status = MEMOP_MORE;

	if (call->pod)
		return call->extents;
	while (status == MEMOP_MORE) {
		uint64_t before = r.done;

		status = memop_populate(a->bed->heap, &r, 1, &cost);
		if (r.done > before)
			note_extent(a, call->order);
	}
	return r.done;
}

static void drop_claim(struct attempt *a)
{
	if (a->domain->mem.claim_pages)
		(void)memop_claim(a->bed->heap, a->bed->dom0, a->domain, 0);
}

static int take_memory(struct attempt *a)
{
	struct trial_bed *bed = a->bed;
	uint64_t pool = build_pool_pages(&a->memory);
	uint64_t claim = build_claim_pages(&a->layout);
	struct populate_call call;
	struct build build;

	if (pool > a->domain->pool_pages)
		domain_pool_grow(a->domain, bed->heap, pool, pool,
				 bed->cpu_node, NULL);
	if (memop_claim(bed->heap, bed->dom0, a->domain, claim))
		return give_up(a, "does not fit: %.1f MiB wanted, %.1f MiB "
			       "are free on the host and not claimed",
			       mib_from_pages(claim), free_mib(bed));
	if (a->layout.target_pages < a->layout.total_pages && fill_cache(a))
		return -1;
	build_init(&build, &a->layout);
	while (build_next(&build, &call)) {
		if (call.stage != BUILD_RAM)
			drop_claim(a);
		if (build_done(&build, populate(a, &call)))
			continue;
		if (call.exact)
			return give_up(a, "does not fit: node %u, where a "
				       "vnode must be, is full: %.1f MiB free",
				       call.node,
				       mib_from_pages(heap_node_free_pages(
					       bed->heap, call.node)));
		return give_up(a, "does not fit: %.1f MiB of the host were "
			       "free when it failed", free_mib(bed));
	}
	drop_claim(a);
	return 0;
}

/* --- what came of it ------------------------------------------------------------------ */

/* vCPUs prefer the CPUs of their vnode's node, unless the file says else. */
static void set_vnuma_affinity(struct attempt *a)
{
	const struct trial *t = a->t;

	if (!t->vnode_count || t->config->soft.given)
		return;
	for (uint32_t v = 0; v < t->vcpu_count; v++)
		a->vcpu[v].soft = host_state_cpus_of(
			a->bed->state,
			nodeset_of(t->vnode_to_pnode[t->vcpu_to_vnode[v]]));
	recompute(a);
}

static void note_pages(struct attempt *a)
{
	struct trial *t = a->t;

	t->node_affinity = a->domain->mem.node_affinity;
	if (t->vnode_count)
		t->vnode_pages_on = arena_array(a->bed->arena, t->vnode_count,
						sizeof(*t->vnode_pages_on));
	for (uint32_t n = 0; n < a->bed->state->node_count; n++) {
		t->pages_on[n] = domain_node_pages(a->domain, n);
		t->total_pages += t->pages_on[n];
		if (t->placed == PLACE_OK && !nodeset_has(t->answer.nodes, n))
			t->off_plan_pages += t->pages_on[n];
		for (uint32_t v = 0; v < t->vnode_count; v++)
			t->vnode_pages_on[v][n] =
				domain_vnode_node_pages(a->domain, v, n);
	}
	for (uint32_t v = 0; v < t->vnode_count; v++)
		t->vnode_pages[v] = domain_vnode_pages(a->domain, v);
}

/* Free memory as it is now; where it lies by zone is no longer known. */
static void refresh(struct trial_bed *bed)
{
	for (uint32_t n = 0; n < bed->state->node_count; n++) {
		bed->state->node[n].zones_known = false;
		bed->state->node[n].free_pages =
			heap_node_free_pages(bed->heap, n);
	}
}

/* The guest is on the host from now on. */
static void keep(struct attempt *a)
{
	struct trial *t = a->t;
	struct host_state_domain d = {
		.domid = t->domid,
		.name = t->config->name,
		.pool = a->pool,
		.vcpu_count = t->vcpu_count,
		.vcpu = t->vcpu,
		.node_affinity = t->node_affinity,
		.node_affinity_auto = a->domain->node_affinity_auto,
		.total_pages = t->total_pages,
	};

	a->domain->creation_finished = true;
	memcpy(d.pages_on, t->pages_on, sizeof(d.pages_on));
	host_state_add(a->bed->arena, a->bed->state, &d);
	refresh(a->bed);
}

/* Idle CPUs have all the time they want until the next guest is tried. */
static void scrub_all(struct trial_bed *bed)
{
	nodeset nodes = host_state_cpu_nodes(bed->state);

	for (uint32_t n = nodeset_first(nodes); n != NODE_NONE;
	     n = nodeset_after(nodes, n)) {
		uint32_t dirty;

		while ((dirty = heap_scrub_node(bed->heap, n)) != NODE_NONE) {
			while (heap_node_dirty_pages(bed->heap, dirty))
				heap_scrub_chunk(bed->heap, dirty, SCRUB_PAGES,
						 NULL);
			heap_scrub_release(bed->heap, dirty);
		}
	}
}

static void undo(struct attempt *a)
{
	if (!a->domain)
		return;
	domain_kill(a->domain, a->bed->heap);
	while (domain_relinquish(a->domain, a->bed->heap, UINT64_MAX))
		;
	scrub_all(a->bed);
	refresh(a->bed);
}
