/* host_check.c - the invariants of struct host, numbered in host.h. */
#include "host/host.h"
#include "base/err.h"

static void check_cpus(const struct host *host)
{
	uint32_t count = 0, cpu_nodes = 0;
	cpuset all = {{0}}, want = cpuset_below(host->nr_cpus);

	for (uint32_t i = 0; i < host->nr_nodes; i++) {
		const struct host_node *node = &host->node[i];

		require(node->nr_cpus == cpuset_count(&node->cpus)); /* HO2 */
		require(!cpuset_intersects(&all, &node->cpus));
		all = cpuset_or(&all, &node->cpus);
		count += node->nr_cpus;
		cpu_nodes += node->nr_cpus > 0;
		/* HO4 */
		require(!node->nr_cpus || cpu_nodes == i + 1);
		require(!node->nr_cpus || i == 0 ||
			cpuset_first(&host->node[i - 1].cpus) <
				cpuset_first(&node->cpus));
	}
	require(count == host->nr_cpus && cpuset_equal(&all, &want));
	require(cpu_nodes == host->nr_cpu_nodes);
	for (uint32_t c = 0; c < host->nr_cpus; c++) {
		require(host->cpu[c].node < host->nr_nodes);
		require(cpuset_has(&host->node[host->cpu[c].node].cpus, c));
	}
}

static void check_cores(const struct host *host) /* HO3 */
{
	uint32_t cores = 0, sockets = 0, llcs = 0;

	for (uint32_t c = 0; c < host->nr_cpus; c++) {
		const struct host_cpu *cpu = &host->cpu[c];
		uint32_t threads = 0;
		bool new_socket = true, new_llc = true;

		require(cpu->core < host->nr_cores);
		require(cpu->socket < host->nr_sockets);
		require(cpu->llc < host->nr_llcs);
		for (uint32_t b = 0; b < c; b++) {
			const struct host_cpu *before = &host->cpu[b];

			new_socket &= before->socket != cpu->socket;
			new_llc &= before->llc != cpu->llc;
			if (before->core != cpu->core)
				continue;
			require(before->socket == cpu->socket);
			require(before->llc == cpu->llc);
			threads++;
		}
		require(cpu->thread == threads);
		cores += threads == 0;
		sockets += new_socket;
		llcs += new_llc;
	}
	require(cores == host->nr_cores);
	require(sockets == host->nr_sockets);
	require(llcs == host->nr_llcs);
}

static void check_memory(const struct host *host) /* HO5 */
{
	uint64_t total = 0;

	for (uint32_t i = 0; i < host->nr_nodes; i++) {
		const struct host_node *node = &host->node[i];
		uint64_t pages = 0;

		for (uint32_t r = 0; r < node->nr_ranges; r++) {
			const struct host_range *range = &node->range[r];

			require(range->start_mfn < range->end_mfn);
			require(!r || range[-1].end_mfn < range->start_mfn);
			pages += range->end_mfn - range->start_mfn;
			for (uint32_t k = 0; k < i; k++)
				for (uint32_t s = 0;
				     s < host->node[k].nr_ranges; s++)
					require(host->node[k].range[s].end_mfn <=
							range->start_mfn ||
						host->node[k].range[s].start_mfn >=
							range->end_mfn);
		}
		require(pages == node->pages);
		total += pages;
	}
	require(total == host->total_pages && total > 0);
}

static bool good(double x)
{
	return x > 0 && x < 1e300;
}

static void check_speed(const struct host *host)
{
	uint32_t n = host->nr_nodes;

	for (uint32_t k = 0; k < n * n; k++) {
		uint8_t d = host->distance[k];

		require(k / n == k % n ? d == HOST_DISTANCE_LOCAL
				       : d > HOST_DISTANCE_LOCAL &&
						 d <= HOST_DISTANCE_MAX); /* HO6 */
		require(good(host->latency_ns[k]));
		require(good(host->core_bytes_per_s[k])); /* HO7 */
	}
	for (uint32_t i = 0; i < n; i++)
		require(good(host->controller_bytes_per_s[i]));
	for (uint32_t l = 0; l < host->nr_links; l++)
		require(good(host->link[l].bytes_per_s));
	for (uint32_t k = 0; k < n * n; k++)
		require(host->pair_bytes_per_s[k] ==
			host_way_bytes_per_s(host, k / n, k % n));
	for (uint32_t l = 0; l < host->nr_llcs; l++)
		require(host->llc[l].bytes > 0);
	require(host->nr_curve_points >= 2); /* HO9 */
	for (uint32_t p = 0; p < host->nr_curve_points; p++) {
		const struct host_curve_point *point = &host->curve[p];

		require(p ? point->utilisation > point[-1].utilisation &&
				    point->factor >= point[-1].factor
			  : point->utilisation == 0 && point->factor == 1);
		require(good(point->factor));
	}
	require(host->curve[host->nr_curve_points - 1].utilisation == 1);
}

static void check_routes(const struct host *host) /* HO8 */
{
	for (uint32_t i = 0; i < host->nr_nodes; i++) {
		for (uint32_t j = 0; j < host->nr_nodes; j++) {
			uint32_t count, at = i;
			const uint32_t *route = host_route(host, i, j, &count);

			require((count == 0) == (i == j));
			for (uint32_t k = 0; k < count; k++) {
				require(route[k] < host->nr_links);
				const struct host_link *link =
					&host->link[route[k]];

				require(link->from == at ||
					(k == 0 && link->from == host->hub[i]));
				at = link->to;
			}
			require(at == j || (count && at == host->hub[j]));
		}
	}
}

void host_check(const struct host *host)
{
	require(host->nr_cpus >= 1 && host->nr_cpus <= CPU_MAX); /* HO1 */
	require(host->nr_nodes >= 1 && host->nr_nodes <= NODE_MAX);
	check_cpus(host);
	check_cores(host);
	check_memory(host);
	check_routes(host);
	check_speed(host);
	for (uint32_t c = 0; c < HOST_CONSTANT_COUNT; c++) { /* HO10 */
		double value = host_constant_value(host, c);

		require(value >= host_constant_table[c].min);
		require(value <= host_constant_table[c].max);
		require(host->constant_origin[c].from);
		require(host->constant_origin[c].from[0]);
	}
	for (uint32_t d = 0; d < host->nr_devices; d++) /* HO11 */
		require(host->device[d].node < host->nr_nodes ||
			host->device[d].node == HOST_NONE);
}
