/* host_complete.c - what a profile leaves out, by the rules of host.h. */
#include "host/host.h"
#include "host/links.h"

#include <string.h>

#define GB 1e9
#define LLC_BYTES_PER_CORE (UINT64_C(2) << 20)

/*
 * Latency over utilisation: MLC 3.5 on a Xeon Silver 4110 with 12 x DDR4-2666,
 * delays 20000 to 0 (facts/measuring.md 1.3): MB/s over 135,655.9, ns over
 * 81.96. The first point is moved to utilisation 0.
 */
static const struct host_curve_point curve_default[] = {
	{0.0, 1.0},       {0.0717, 1.0714}, {0.1353, 1.1001}, {0.3147, 1.1537},
	{0.5039, 1.2072}, {0.9678, 1.5094}, {1.0, 1.5899},
};

/*
 * A matrix of which some entries were known and the rest follow a rule is only
 * as good as the rule.
 */
static void origin_derived(struct arena *arena, struct host_origin *origin,
			   bool some_known, const char *rule)
{
	const char *from = some_known ? host_text(arena, "%s; the rest %s",
						  origin->from, rule)
				      : rule;

	*origin = (struct host_origin){HOST_ASSUMED, from};
}

static void derive_llcs(struct arena *arena, struct host *host)
{
	bool some_known = false, some_missing = false;

	for (uint32_t l = 0; l < host->nr_llcs; l++) {
		uint64_t cores = 0;

		if (host->llc[l].bytes) {
			some_known = true;
			continue;
		}
		for (uint32_t c = 0; c < host->nr_cpus; c++)
			cores += host->cpu[c].llc == l && !host->cpu[c].thread;
		host->llc[l].bytes = cores * LLC_BYTES_PER_CORE;
		some_missing = true;
	}
	if (some_missing)
		origin_derived(arena, &host->llc_origin, some_known,
			       "2 MiB a core");
}

void host_lay_memory(struct arena *arena, struct host *host,
		     uint64_t hole_start_mfn, uint64_t hole_end_mfn)
{
	uint64_t mfn = 0;

	for (uint32_t i = 0; i < host->nr_nodes; i++) {
		struct host_node *node = &host->node[i];
		uint64_t left = node->pages;

		node->nr_ranges = 0;
		node->range = arena_array(arena, 2, sizeof(*node->range));
		while (left) {
			uint64_t room = left;

			if (mfn >= hole_start_mfn && mfn < hole_end_mfn)
				mfn = hole_end_mfn;
			if (mfn < hole_start_mfn && hole_start_mfn - mfn < room)
				room = hole_start_mfn - mfn;
			node->range[node->nr_ranges++] =
				(struct host_range){mfn, mfn + room};
			mfn += room;
			left -= room;
		}
	}
}

static void derive_ranges(struct arena *arena, struct host *host)
{
	for (uint32_t i = 0; i < host->nr_nodes; i++)
		if (host->node[i].nr_ranges)
			return;
	host_lay_memory(arena, host, 0, 0);
	host->range_origin =
		(struct host_origin){HOST_ASSUMED, "nodes end to end from 0"};
}

void host_default_distances(struct arena *arena, struct host *host)
{
	uint32_t n = host->nr_nodes;

	if (host->distance)
		return;
	host->distance = arena_array(arena, n * n, sizeof(*host->distance));
	for (uint32_t k = 0; k < n * n; k++)
		host->distance[k] = k / n == k % n ? HOST_DISTANCE_LOCAL
						   : HOST_DISTANCE_REMOTE;
	host->distance_origin = (struct host_origin){
		HOST_SOURCE, "none given: 10 and 20, as Xen takes them"};
}

/* Makes a matrix that is not there; true if it was. */
static bool matrix_ensure(struct arena *arena, double **matrix, uint32_t count)
{
	if (*matrix)
		return true;
	*matrix = arena_array(arena, count, sizeof(**matrix));
	return false;
}

static void derive_latencies(struct arena *arena, struct host *host)
{
	uint32_t n = host->nr_nodes;
	bool known = matrix_ensure(arena, &host->latency_ns, n * n);
	bool missing = false;

	for (uint32_t i = 0; i < n; i++) {
		double *row = host->latency_ns + i * n;

		if (!(row[i] > 0)) {
			row[i] = host->constant.local_latency_ns;
			missing = true;
		}
		for (uint32_t j = 0; j < n; j++) {
			if (row[j] > 0)
				continue;
			row[j] = row[i] * host_distance(host, i, j) /
				 HOST_DISTANCE_LOCAL;
			missing = true;
		}
	}
	if (missing)
		origin_derived(arena, &host->latency_origin, known,
			       "local_latency_ns x distance / 10");
}

static void derive_cores(struct arena *arena, struct host *host)
{
	uint32_t n = host->nr_nodes;
	bool known = matrix_ensure(arena, &host->core_bytes_per_s, n * n);
	bool missing = false;

	for (uint32_t k = 0; k < n * n; k++) {
		double local_ns = host_latency_ns(host, k / n, k / n);

		if (host->core_bytes_per_s[k] > 0)
			continue;
		host->core_bytes_per_s[k] = host->constant.core_gb_per_s * GB *
					    local_ns / host->latency_ns[k];
		missing = true;
	}
	if (missing)
		origin_derived(arena, &host->core_origin, known,
			       "core_gb_per_s x local / remote latency");
}

static double controller_rule(const struct host *host, uint32_t node)
{
	const struct host_node *own = &host->node[node];
	double bytes_per_s = host->constant.socket_gb_per_s * GB;
	uint32_t sharing = 0;

	if (own->socket == HOST_NONE)
		return own->nr_cpus ? bytes_per_s
				    : bytes_per_s * host->constant.link_share;
	for (uint32_t k = 0; k < host->nr_nodes; k++)
		sharing += host->node[k].socket == own->socket;
	return bytes_per_s / sharing;
}

static void derive_controllers(struct arena *arena, struct host *host)
{
	bool known = matrix_ensure(arena, &host->controller_bytes_per_s,
				   host->nr_nodes);
	bool missing = false;

	for (uint32_t i = 0; i < host->nr_nodes; i++) {
		if (host->controller_bytes_per_s[i] > 0)
			continue;
		host->controller_bytes_per_s[i] = controller_rule(host, i);
		missing = true;
	}
	if (missing)
		origin_derived(arena, &host->controller_origin, known,
			       "socket_gb_per_s over the socket's nodes");
}

static void derive_links(struct arena *arena, struct host *host)
{
	uint32_t n = host->nr_nodes;
	bool known = matrix_ensure(arena, &host->pair_bytes_per_s, n * n);

	if (host->route)
		return;
	links_derive(arena, host);
	host->route_origin = (struct host_origin){
		HOST_ASSUMED, "nearest joined first, fewest links"};
	if (!known)
		host->link_origin = (struct host_origin){
			HOST_ASSUMED, "link_share x controllers of an end"};
}

static void derive_curve(struct arena *arena, struct host *host)
{
	if (host->curve)
		return;
	host->nr_curve_points = sizeof(curve_default) / sizeof(*curve_default);
	host->curve = memcpy(arena_alloc(arena, sizeof(curve_default)),
			     curve_default, sizeof(curve_default));
	host->curve_origin = (struct host_origin){
		HOST_PUBLISHED, "1.3: MLC on Xeon Silver 4110, all delays"};
}

void host_complete(struct arena *arena, struct host *host)
{
	uint32_t n = host->nr_nodes;

	host->total_pages = 0;
	for (uint32_t i = 0; i < n; i++)
		host->total_pages += host->node[i].pages;
	derive_llcs(arena, host);
	derive_ranges(arena, host);
	host_default_distances(arena, host);
	derive_latencies(arena, host);
	derive_cores(arena, host);
	derive_controllers(arena, host);
	derive_links(arena, host);
	for (uint32_t k = 0; k < n * n; k++)
		host->pair_bytes_per_s[k] =
			host_way_bytes_per_s(host, k / n, k % n);
	derive_curve(arena, host);
	host_check(host);
}
