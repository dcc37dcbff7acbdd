#include "host/host_memsys.h"

_Static_assert((int)HOST_CURVE_MAX <= (int)MEMSYS_POINTS_MAX,
	       "a host's curve fits the memory system's");

static void copy_cpus(struct arena *arena, const struct host *host,
		      struct memsys_config *config)
{
	uint8_t *node = arena_array(arena, host->nr_cpus, sizeof(*node));
	uint16_t *core = arena_array(arena, host->nr_cpus, sizeof(*core));

	for (uint32_t c = 0; c < host->nr_cpus; c++) {
		node[c] = (uint8_t)host->cpu[c].node;
		core[c] = host->cpu[c].core;
	}
	config->nr_cpus = host->nr_cpus;
	config->cpu_node = node;
	config->cpu_core = core;
	for (uint32_t k = 1; k <= MEMSYS_THREADS_MAX; k++)
		config->smt_throughput[k] = host_smt_work(host, k);
}

static void copy_links(struct arena *arena, const struct host *host,
		       struct memsys_config *config)
{
	uint32_t pairs = host->nr_nodes * host->nr_nodes;
	struct memsys_link *link =
		arena_array(arena, host->nr_links, sizeof(*link));
	struct memsys_route *route = arena_array(arena, pairs, sizeof(*route));

	for (uint32_t l = 0; l < host->nr_links; l++)
		link[l] = (struct memsys_link){
			.from = host->link[l].from,
			.to = host->link[l].to,
			.bytes_per_s = host->link[l].bytes_per_s,
			.queue_ns = host->constant.link_queue_ns,
		};
	for (uint32_t k = 0; k < pairs; k++)
		route[k] = (struct memsys_route){host->route[k].first,
						 host->route[k].count};
	config->nr_links = host->nr_links;
	config->link = link;
	config->route = host->nr_links ? route : NULL;
	config->route_link = host->route_link;
}

static void copy_curve(const struct host *host, struct memsys_curve *curve)
{
	curve->nr_points = host->nr_curve_points;
	for (uint32_t p = 0; p < host->nr_curve_points; p++) {
		curve->utilisation[p] = host->curve[p].utilisation;
		curve->factor[p] = host->curve[p].factor;
	}
}

void host_memsys_config(struct arena *arena, const struct host *host,
			struct memsys_config *config)
{
	double *controller =
		arena_array(arena, host->nr_nodes, sizeof(*controller));

	*config = (struct memsys_config){.nr_nodes = host->nr_nodes};
	copy_cpus(arena, host, config);
	copy_links(arena, host, config);
	for (uint32_t i = 0; i < host->nr_nodes; i++)
		if (host->node[i].pages)
			controller[i] = host->controller_bytes_per_s[i];
	config->idle_ns = host->latency_ns;
	config->core_bytes_per_s = host->core_bytes_per_s;
	config->controller_bytes_per_s = controller;
	copy_curve(host, &config->controller_curve);
	copy_curve(host, &config->link_curve);
	config->write_weight = host->constant.write_weight;
	config->write_latency_factor = host->constant.write_latency_factor;
	config->opposite_share = host->constant.opposite_share;
	config->latency_step = MEMSYS_LATENCY_STEP;
}
