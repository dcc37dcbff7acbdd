/*
 * world_view.c - the host as a toolstack sees it when it asks a heuristic.
 *
 * SOURCE  facts/xen.md 1.3 (inputs), 1.4 (vCPUs per node), 4.9 (automatic node
 *         affinity).
 *
 * RULE    Free memory is what Xen reports: dirty pages count, claims are not
 *         taken off. The new guest is in the list already, with the affinities
 *         it was made with. Load and CPU use are smoothed over the last samples
 *         (world_sample.c).
 */
#include "run/world.h"

void view_recount(struct world_guest *g)
{
	struct world *w = g->world;
	cpuset hard = {{0}}, soft = {{0}};
	const cpuset *last = NULL;
	nodeset nodes = NODESET_NONE;

	for (uint32_t i = 0; i < g->vcpu_count; i++) {
		hard = cpuset_or(&hard, sched_unit_hard(g->vcpu[i].unit));
		soft = cpuset_or(&soft, sched_unit_soft(g->vcpu[i].unit));
	}
	domain_update_node_affinity(g->domain, &hard, &soft, &w->all_cpus,
				    w->cpu_to_node);
	for (uint32_t n = 0; n < NODE_MAX; n++)
		g->node_vcpus[n] = 0;
	for (uint32_t i = 0; i < g->vcpu_count; i++) {
		const cpuset *mask = sched_unit_hard(g->vcpu[i].unit);

		if (!last || !cpuset_equal(mask, last))
			nodes = count_nodes(&w->count_map, &w->all_cpus,
					    g->domain->mem.node_affinity, mask);
		last = mask;
		count_add(nodes, 1, g->node_vcpus);
	}
}

static void view_nodes(struct world *w)
{
	for (uint32_t n = 0; n < w->host->nr_nodes; n++) {
		const struct host_node *node = &w->host->node[n];
		double capacity = memsys_controller_capacity(w->mem, n);

		w->view_node[n] = (struct place_node){
			.total_pages = node->pages,
			.free_pages = heap_node_free_pages(w->heap, n),
			.pcpus = node->nr_cpus,
			.pool_pcpus = node->nr_cpus,
			.load = w->node[n].load,
			.cpu_busy = w->node[n].busy,
			.bandwidth_used = capacity > 0
						  ? memsys_controller_used(
							    w->mem, n) /
							    capacity
						  : 0,
			.online = true,
		};
	}
}

/* Adds a listed domain to the counts, and to the guests unless it is dom0. */
static void view_domain(struct world *w, const struct world_guest *g,
			uint32_t *guest_count)
{
	for (uint32_t n = 0; n < w->host->nr_nodes; n++)
		w->view_node[n].vcpus += g->node_vcpus[n];
	if (g == &w->dom0)
		return;

	struct place_guest *out = &w->view_guest[(*guest_count)++];

	*out = (struct place_guest){
		.domid = g->domid,
		.vcpus = g->vcpu_count,
		.node_affinity = g->domain->mem.node_affinity,
		.node_affinity_auto = g->domain->node_affinity_auto,
		.group = w->scenario->guest[g->arrival.class_index].group,
	};
	for (uint32_t n = 0; n < w->host->nr_nodes; n++)
		out->pages_on[n] = domain_node_pages(g->domain, n);
}

static void view_request(const struct world_guest *g,
			 struct place_request *request)
{
	const struct world *w = g->world;
	const struct xlcfg *cfg = g->arrival.config;
	struct rng rng;

	rng_init(&rng, w->config.seed, RNG_PLACE, g->arrival.entity);
	*request = (struct place_request){
		.domid = g->domid,
		.vcpus = g->vcpu_count,
		.need_pages = pages_from_kib(build_need_kib(&g->memory)),
		.hard_cpus = cfg->hard.mask ? &cfg->hard.mask[0] : NULL,
		.group = w->scenario->guest[g->arrival.class_index].group,
		.forced_nodes =
			w->scenario->guest[g->arrival.class_index].forced_nodes,
		.vnode_count = cfg->vnode_count,
		.xen_version = w->scenario->xen_version,
		.random = rng_u64(&rng),
	};
	for (uint32_t v = 0; v < cfg->vnode_count; v++)
		request->vnode[v] = (struct place_vnode){
			.pages = pages_from_kib(cfg->vnode[v].size_kib),
			.vcpus = cpuset_count(&cfg->vnode[v].vcpus),
		};
}

void view_take(struct world_guest *g, struct place_view *view,
	       struct place_request *request)
{
	struct world *w = g->world;
	uint32_t guest_count = 0;

	view_nodes(w);
	view_domain(w, &w->dom0, &guest_count);
	for (uint32_t i = 0; i < w->guest_count; i++)
		if (w->guest[i].dom && w->guest[i].domain)
			view_domain(w, &w->guest[i], &guest_count);
	*view = (struct place_view){
		.node_count = w->host->nr_nodes,
		.cpu_count = w->host->nr_cpus,
		.node = w->view_node,
		.distance = w->host->distance,
		.cpu_to_node = w->cpu_to_node,
		.pool_cpus = &w->all_cpus,
		.dma_pages = host_dma_pages(w->host, 0),
		.guest_count = guest_count,
		.guest = w->view_guest,
	};
	view_request(g, request);
}
