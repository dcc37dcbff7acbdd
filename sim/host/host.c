#include "host/host.h"
#include "base/err.h"
#include "base/units.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#define GROUP_CPU(field, unit, value, min, max, kind, from, meaning)           \
	{"cpu", #field, unit, meaning, value, min, max,                        \
	 {HOST_##kind, from}, offsetof(struct host_constants, field)},
#define GROUP_SPEED(field, unit, value, min, max, kind, from, meaning)        \
	{"speed", #field, unit, meaning, value, min, max,                     \
	 {HOST_##kind, from}, offsetof(struct host_constants, field)},
#define GROUP_PAGE(field, unit, value, min, max, kind, from, meaning)          \
	{"page", #field, unit, meaning, value, min, max,                       \
	 {HOST_##kind, from}, offsetof(struct host_constants, field)},
#define GROUP_TOOLSTACK(field, unit, value, min, max, kind, from, meaning)     \
	{"toolstack", #field, unit, meaning, value, min, max,                  \
	 {HOST_##kind, from}, offsetof(struct host_constants, field)},
#define GROUP_SCHEDULE(field, unit, value, min, max, kind, from, meaning)      \
	{"schedule", #field, unit, meaning, value, min, max,                   \
	 {HOST_##kind, from}, offsetof(struct host_constants, field)},
#define GROUP(GROUP, group) HOST_##GROUP##_CONSTANTS(GROUP_##GROUP)

const struct host_constant host_constant_table[HOST_CONSTANT_COUNT] = {
	HOST_CONSTANT_GROUPS(GROUP)
};

struct host *host_new(struct arena *arena)
{
	struct host *host = arena_alloc(arena, sizeof(*host));
	struct host_origin unknown = {HOST_ASSUMED, ""};

	host->name = host->summary = host->topology = "";
	for (uint32_t c = 0; c < HOST_CONSTANT_COUNT; c++) {
		*host_constant_at(&host->constant, c) =
			host_constant_table[c].value;
		host->constant_origin[c] = host_constant_table[c].origin;
	}
	host->topology_origin = host->memory_origin = unknown;
	host->range_origin = host->llc_origin = unknown;
	host->distance_origin = host->latency_origin = unknown;
	host->core_origin = host->controller_origin = unknown;
	host->link_origin = host->route_origin = unknown;
	host->curve_origin = unknown;
	return host;
}

char *host_text(struct arena *arena, const char *format, ...)
{
	char text[HOST_TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return arena_strdup(arena, text);
}

void host_warn(struct arena *arena, struct host *host, const char *format, ...)
{
	char text[HOST_TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (host->nr_warnings < HOST_WARNING_MAX)
		host->warning[host->nr_warnings] = arena_strdup(arena, text);
	host->nr_warnings++;
}

const char *host_origin_name(enum host_origin_kind kind)
{
	static const char *const names[HOST_ORIGIN_COUNT] = {
		[HOST_ASSUMED] = "assumed",
		[HOST_PUBLISHED] = "published",
		[HOST_MEASURED] = "measured",
		[HOST_SOURCE] = "source",
	};

	assert(kind < HOST_ORIGIN_COUNT);
	return names[kind];
}

bool host_distances_valid(const uint64_t *distance, uint32_t count,
			  uint32_t *row, uint32_t *column)
{
	for (*row = 0; *row < count; (*row)++) {
		for (*column = 0; *column < count; (*column)++) {
			uint64_t d = distance[*row * count + *column];

			if (*row == *column ? d != HOST_DISTANCE_LOCAL
					    : d <= HOST_DISTANCE_LOCAL ||
						      d > HOST_DISTANCE_MAX)
				return false;
		}
	}
	return true;
}

cpuset host_cpus_of(const struct host *host, nodeset nodes)
{
	cpuset cpus = {{0}};

	for (uint32_t i = 0; i < host->nr_nodes; i++)
		if (nodeset_has(nodes, i))
			cpus = cpuset_or(&cpus, &host->node[i].cpus);
	return cpus;
}

uint32_t host_node_of_mfn(const struct host *host, uint64_t mfn)
{
	for (uint32_t i = 0; i < host->nr_nodes; i++) {
		const struct host_node *node = &host->node[i];

		for (uint32_t r = 0; r < node->nr_ranges; r++)
			if (mfn >= node->range[r].start_mfn &&
			    mfn < node->range[r].end_mfn)
				return i;
	}
	return NODE_NONE;
}

uint64_t host_end_mfn(const struct host *host)
{
	uint64_t end_mfn = 0;

	for (uint32_t i = 0; i < host->nr_nodes; i++) {
		const struct host_node *node = &host->node[i];

		if (node->nr_ranges &&
		    node->range[node->nr_ranges - 1].end_mfn > end_mfn)
			end_mfn = node->range[node->nr_ranges - 1].end_mfn;
	}
	return end_mfn;
}

uint32_t host_dma_bits(const struct host *host)
{
	if (host->nr_nodes == 1)
		return 0;
	for (uint32_t i = 0; i < host->nr_nodes; i++) {
		const struct host_node *node = &host->node[i];

		if (!node->nr_ranges ||
		    node->range[0].start_mfn >= 4 * PAGES_PER_GIB)
			continue;
		uint64_t start = node->range[0].start_mfn;
		uint64_t end = node->range[node->nr_ranges - 1].end_mfn;
		uint64_t last = start + (end - start) / 4 - 1;
		uint32_t bits = 0;

		while (last >> bits)
			bits++;
		return bits + 12 < 32 ? bits + 12 : 32;
	}
	return 0;
}

uint64_t host_dma_pages(const struct host *host, uint32_t node)
{
	uint32_t bits = host_dma_bits(host);
	uint64_t pages = 0;

	assert(node < host->nr_nodes);
	if (bits <= 12)
		return 0;
	for (uint32_t r = 0; r < host->node[node].nr_ranges; r++) {
		uint64_t start = host->node[node].range[r].start_mfn;
		uint64_t end = host->node[node].range[r].end_mfn;
		uint64_t limit = UINT64_C(1) << (bits - 12);

		if (start < limit)
			pages += (end < limit ? end : limit) - start;
	}
	return pages;
}

enum host_near host_near(const struct host *host, uint32_t a, uint32_t b)
{
	assert(a < host->nr_cpus && b < host->nr_cpus);
	const struct host_cpu *x = &host->cpu[a], *y = &host->cpu[b];

	if (a == b)
		return HOST_SAME_CPU;
	if (x->core == y->core)
		return HOST_SIBLING;
	if (x->llc == y->llc)
		return HOST_SAME_LLC;
	return x->node == y->node ? HOST_SAME_NODE : HOST_OTHER_NODE;
}

double host_migrate_ns(const struct host *host, uint32_t a, uint32_t b)
{
	switch (host_near(host, a, b)) {
	case HOST_SAME_CPU:
		return 0;
	case HOST_SIBLING:
		return host->constant.migrate_sibling_ns;
	case HOST_SAME_LLC:
		return host->constant.migrate_llc_ns;
	case HOST_SAME_NODE:
		return host->constant.migrate_node_ns;
	case HOST_OTHER_NODE:
		break;
	}
	return host->constant.migrate_remote_ns;
}

double host_smt_work(const struct host *host, uint32_t busy)
{
	double work = busy ? 1 : 0, gain = host->constant.smt_factor - 1;

	for (uint32_t k = 2; k <= busy; k++) {
		work += gain;
		gain /= 2;
	}
	return work;
}

static double line(double x, double x0, double y0, double x1, double y1)
{
	return y0 + (y1 - y0) * (x - x0) / (x1 - x0);
}

double host_populate_ns(const struct host *host, uint32_t order)
{
	const struct host_constants *c = &host->constant;

	assert(order <= 18);
	double pages = (double)(UINT64_C(1) << order);

	if (order <= 9)
		return line(pages, 1, c->populate_4k_ns, 512,
			    c->populate_2m_ns);
	return line(pages, 512, c->populate_2m_ns, 262144, c->populate_1g_ns);
}

double host_latency_factor(const struct host *host, double utilisation)
{
	const struct host_curve_point *p = host->curve;
	uint32_t k = 1;

	if (!(utilisation > 0))
		return p[0].factor;
	while (k + 1 < host->nr_curve_points && p[k].utilisation < utilisation)
		k++;
	if (utilisation >= p[k].utilisation)
		return p[k].factor;
	return line(utilisation, p[k - 1].utilisation, p[k - 1].factor,
		    p[k].utilisation, p[k].factor);
}

double host_way_bytes_per_s(const struct host *host, uint32_t i, uint32_t j)
{
	double least = host->controller_bytes_per_s[j];
	uint32_t count;
	const uint32_t *route = host_route(host, i, j, &count);

	for (uint32_t k = 0; k < count; k++)
		if (host->link[route[k]].bytes_per_s < least)
			least = host->link[route[k]].bytes_per_s;
	return least;
}
