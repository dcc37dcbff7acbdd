/*
 * machine.h - machines and loads for tests of the memory system: some by hand,
 *             some random.
 */
#ifndef TEST_MACHINE_H
#define TEST_MACHINE_H

#include "base/rng.h"
#include "host/memsys.h"

#include <string.h>

enum {
	MACHINE_NODES_MAX = 8,
	MACHINE_CPUS_MAX = 48,
	MACHINE_LINKS_MAX = MACHINE_NODES_MAX * MACHINE_NODES_MAX,
	MACHINE_PAIRS_MAX = MACHINE_NODES_MAX * MACHINE_NODES_MAX,
};

/* A configuration with what it points to. */
struct machine {
	struct memsys_config config;
	uint8_t cpu_node[MACHINE_CPUS_MAX];
	uint16_t cpu_core[MACHINE_CPUS_MAX];
	double idle_ns[MACHINE_PAIRS_MAX];
	double core_bytes_per_s[MACHINE_PAIRS_MAX];
	double controller_bytes_per_s[MACHINE_NODES_MAX];
	struct memsys_link link[MACHINE_LINKS_MAX];
	struct memsys_route route[MACHINE_PAIRS_MAX];
	uint32_t route_link[MACHINE_PAIRS_MAX * MACHINE_NODES_MAX];
};

/*
 * cpus_per_node CPUs a node, threads to a core; local latency 100 ns, remote
 * 150; no links, no core caps, level curves, controllers of 10 GB/s.
 */
static inline void machine_plain(struct machine *mc, uint32_t nr_nodes,
				 uint32_t cpus_per_node, uint32_t threads)
{
	struct memsys_config *config = &mc->config;

	memset(mc, 0, sizeof(*mc));
	config->nr_nodes = nr_nodes;
	config->nr_cpus = nr_nodes * cpus_per_node;
	for (uint32_t c = 0; c < config->nr_cpus; c++) {
		mc->cpu_node[c] = (uint8_t)(c / cpus_per_node);
		mc->cpu_core[c] = (uint16_t)(c / threads);
	}
	for (uint32_t p = 0; p < nr_nodes * nr_nodes; p++)
		mc->idle_ns[p] = p / nr_nodes == p % nr_nodes ? 100 : 150;
	for (uint32_t n = 0; n < nr_nodes; n++)
		mc->controller_bytes_per_s[n] = 10e9;
	config->cpu_node = mc->cpu_node;
	config->cpu_core = mc->cpu_core;
	config->idle_ns = mc->idle_ns;
	config->controller_bytes_per_s = mc->controller_bytes_per_s;
	config->smt_throughput[1] = 1;
	for (uint32_t k = 2; k <= MEMSYS_THREADS_MAX; k++)
		config->smt_throughput[k] = 1 + 0.3 * (k - 1);
	config->write_weight = 1;
	config->write_latency_factor = 1;
}

/* Adds both directions of a link; route them with machine_route(). */
static inline void machine_link(struct machine *mc, uint32_t a, uint32_t b,
				double bytes_per_s, double queue_ns)
{
	struct memsys_config *config = &mc->config;

	config->link = mc->link;
	mc->link[config->nr_links++] = (struct memsys_link){
		(uint16_t)a, (uint16_t)b, bytes_per_s, queue_ns};
	mc->link[config->nr_links++] = (struct memsys_link){
		(uint16_t)b, (uint16_t)a, bytes_per_s, queue_ns};
}

static inline uint32_t machine_find_link(const struct machine *mc,
					 uint32_t from, uint32_t to)
{
	for (uint32_t l = 0; l < mc->config.nr_links; l++)
		if (mc->link[l].from == from && mc->link[l].to == to)
			return l;
	return UINT32_MAX;
}

/* Fewest links, of equals over the lowest node. All nodes must connect. */
static inline void machine_route(struct machine *mc)
{
	uint32_t n = mc->config.nr_nodes, at = 0;
	uint32_t hops[MACHINE_NODES_MAX][MACHINE_NODES_MAX];

	for (uint32_t a = 0; a < n; a++)
		for (uint32_t b = 0; b < n; b++)
			hops[a][b] = a == b ? 0
				     : machine_find_link(mc, a, b) != UINT32_MAX
					     ? 1
					     : 1000;
	for (uint32_t k = 0; k < n; k++)
		for (uint32_t a = 0; a < n; a++)
			for (uint32_t b = 0; b < n; b++)
				if (hops[a][k] + hops[k][b] < hops[a][b])
					hops[a][b] = hops[a][k] + hops[k][b];
	for (uint32_t a = 0; a < n; a++)
		for (uint32_t b = 0; b < n; b++) {
			struct memsys_route *route = &mc->route[a * n + b];
			uint32_t here = a;

			route->first = at;
			for (uint32_t next = 0; here != b; next++) {
				uint32_t l = machine_find_link(mc, here, next);

				if (l == UINT32_MAX ||
				    hops[next][b] + 1 != hops[here][b])
					continue;
				mc->route_link[at++] = l;
				here = next;
				next = UINT32_MAX;
			}
			route->count = at - route->first;
		}
	mc->config.route = mc->route;
	mc->config.route_link = mc->route_link;
}

/* Between MLC's on a Xeon (measuring.md 1.3) and a straight line. */
static inline void machine_curve(struct memsys_curve *curve)
{
	*curve = (struct memsys_curve){
		.nr_points = 6,
		.utilisation = {0, 0.13, 0.31, 0.5, 0.97, 1},
		.factor = {1, 1.1, 1.15, 1.21, 1.51, 1.6},
	};
}

static inline void machine_random_curve(struct rng *rng,
					struct memsys_curve *curve)
{
	uint32_t n = (uint32_t)rng_below(rng, 7);

	*curve = (struct memsys_curve){.nr_points = n};
	for (uint32_t k = 0; k < n; k++) {
		curve->utilisation[k] = k ? (k - rng_unit(rng) / 2) / (n - 0.9)
					  : 0;
		curve->factor[k] = k ? curve->factor[k - 1] +
					       (rng_below(rng, 3) == 0
							? 0
							: rng_unit(rng))
				     : 1;
	}
	if (n && curve->utilisation[n - 1] > 1)
		curve->utilisation[n - 1] = 1;
}

/* Anything memsys_config_check() takes. step: latency_step. */
static inline void machine_random(struct rng *rng, struct machine *mc,
				  double step)
{
	struct memsys_config *config = &mc->config;
	uint32_t n = 1 + (uint32_t)rng_below(rng, MACHINE_NODES_MAX);
	uint32_t cpus = 1 + (uint32_t)rng_below(rng, MACHINE_CPUS_MAX / n);

	uint32_t threads = 1 + (uint32_t)rng_below(rng, 3);

	machine_plain(mc, n, cpus, threads);
	for (uint32_t p = 0; p < n * n; p++) {
		mc->idle_ns[p] = 60 + 80 * rng_unit(rng);
		mc->core_bytes_per_s[p] = rng_below(rng, 4) == 0
						  ? 0
						  : 1e9 + 12e9 * rng_unit(rng);
	}
	if (rng_below(rng, 2))
		config->core_bytes_per_s = mc->core_bytes_per_s;
	/* Threads of a core are of one node. */
	for (uint32_t c = 0; c < config->nr_cpus; c++)
		mc->cpu_node[c] = (uint8_t)(c / threads * threads / cpus);
	for (uint32_t i = 0; i < n; i++)
		mc->controller_bytes_per_s[i] =
			i && rng_below(rng, 6) == 0 ? 0
						    : 2e9 + 40e9 * rng_unit(rng);
	if (n > 1 && rng_below(rng, 4)) {
		for (uint32_t i = 1; i < n; i++) {
			uint32_t to = (uint32_t)rng_below(rng, i);
			double bytes_per_s = 1e9 + 20e9 * rng_unit(rng);
			double queue_ns = 60 * rng_unit(rng);

			machine_link(mc, to, i, bytes_per_s,
				     rng_below(rng, 2) ? queue_ns : 0);
		}
		if (n > 2 && machine_find_link(mc, 0, n - 1) == UINT32_MAX)
			machine_link(mc, 0, n - 1, 9e9, 20);
		machine_route(mc);
	}
	machine_random_curve(rng, &config->controller_curve);
	machine_random_curve(rng, &config->link_curve);
	config->write_weight = rng_below(rng, 2) ? 1 : 2 * rng_unit(rng);
	config->write_latency_factor = 1 + 0.3 * rng_unit(rng);
	config->opposite_share = rng_below(rng, 2) ? 0 : rng_unit(rng) / 2;
	config->latency_step = step;
}

/* All nodes with memory alike with odds 1/3, one node 1/3, else a mixture. */
static inline void machine_random_share(struct rng *rng,
					const struct machine *mc, double *share)
{
	uint32_t n = mc->config.nr_nodes, kind = (uint32_t)rng_below(rng, 3);
	uint32_t one = (uint32_t)rng_below(rng, n);
	double sum = 0;

	for (uint32_t i = 0; i < n; i++) {
		share[i] = kind == 0   ? 1
			   : kind == 1 ? i == one
				       : (rng_below(rng, 2) ? rng_unit(rng) : 0);
		if (mc->controller_bytes_per_s[i] <= 0)
			share[i] = 0;
		sum += share[i];
	}
	if (sum <= 0)
		share[0] = 1; /* node 0 always has memory */
	for (uint32_t i = 0; i < n; i++)
		share[i] /= sum > 0 ? sum : 1;
}

/* From all compute to all memory, from chasing pointers to streaming. */
static inline void machine_random_load(struct rng *rng, const struct machine *mc,
				       struct memsys_load *load)
{
	memset(load, 0, sizeof(*load));
	load->compute_ns = rng_below(rng, 4) ? 1000 * rng_unit(rng) : 0;
	load->misses = rng_below(rng, 5) ? 0.1 + 20 * rng_unit(rng) : 0;
	if (load->misses <= 0)
		load->compute_ns += 1;
	load->mlp = 1 + 12 * rng_unit(rng);
	load->write_share = rng_below(rng, 2) ? rng_unit(rng) : 0;
	machine_random_share(rng, mc, load->share);
}

#endif
