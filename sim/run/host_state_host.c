#include "run/host_state_host.h"

#include "base/units.h"
#include "run/host_state_heap.h"
#include "run/host_state_parts.h"
#include "toolstack/dom0.h"

#include <stdlib.h>
#include <string.h>

/* --- which node is which ----------------------------------------------------------- */

/* Online nodes by rank; returns how many. */
static uint32_t rank_nodes(const struct host_state *s, uint8_t by_rank[NODE_MAX])
{
	nodeset with_cpus = host_state_cpu_nodes(s), done = NODESET_NONE;
	nodeset rest = host_state_online(s) & ~with_cpus;
	uint32_t count = 0;

	for (uint32_t c = 0; c < s->cpu_count; c++) {
		uint32_t n = s->cpu[c].node;

		if (n == NODE_NONE || nodeset_has(done, n))
			continue;
		done = nodeset_add(done, n);
		by_rank[count++] = (uint8_t)n;
	}
	for (uint32_t n = nodeset_first(rest); n != NODE_NONE;
	     n = nodeset_after(rest, n))
		by_rank[count++] = (uint8_t)n;
	return count;
}

int host_state_match(const struct host_state *s, const struct host *host,
		     uint8_t host_node[NODE_MAX], struct err *err)
{
	uint8_t by_rank[NODE_MAX];
	uint32_t count = rank_nodes(s, by_rank);

	if (count != host->nr_nodes)
		return err_set(err, "%s has %u nodes, host %s has %u; --host "
			       "must be the host whose state this is",
			       s->origin, count, host->name, host->nr_nodes);
	memset(host_node, 0, NODE_MAX);
	for (uint32_t r = 0; r < count; r++) {
		uint32_t here = s->node[by_rank[r]].nr_cpus;
		uint32_t there = host->node[r].nr_cpus;

		if (here > there || (!here && there))
			return err_set(err, "node %u of %s has %u CPUs, node "
				       "%u of host %s has %u; --host must be "
				       "the host whose state this is",
				       by_rank[r], s->origin, here, r,
				       host->name, there);
		if (s->node[by_rank[r]].span_pages && !host->node[r].pages)
			return err_set(err, "node %u of %s has memory, node %u "
				       "of host %s has none; --host must be the "
				       "host whose state this is", by_rank[r],
				       s->origin, r, host->name);
		host_node[by_rank[r]] = (uint8_t)r;
	}
	return 0;
}

/* --- a profile from a live host ----------------------------------------------------- */

/* The number of the first CPU before c with the same key; c if none has it. */
static uint32_t same_before(uint32_t c,
			    bool (*same)(const struct host_state_cpu *a,
					 const struct host_state_cpu *b),
			    const struct host_state_cpu *const *from)
{
	for (uint32_t b = 0; b < c; b++)
		if (same(from[b], from[c]))
			return b;
	return c;
}

static bool same_socket(const struct host_state_cpu *a,
			const struct host_state_cpu *b)
{
	return a->socket == b->socket;
}

static bool same_core(const struct host_state_cpu *a,
		      const struct host_state_cpu *b)
{
	return a->socket == b->socket && a->core == b->core &&
	       a->node == b->node;
}

static void profile_cpus(struct arena *arena, const struct host_state *s,
			 const uint8_t host_node[NODE_MAX], struct host *host)
{
	const struct host_state_cpu **from =
		arena_array(arena, s->cpu_count, sizeof(*from));

	host->cpu = arena_array(arena, s->cpu_count, sizeof(*host->cpu));
	for (uint32_t c = 0; c < s->cpu_count; c++) {
		struct host_cpu *cpu = &host->cpu[host->nr_cpus];
		uint32_t at = host->nr_cpus;

		if (s->cpu[c].node == NODE_NONE)
			continue;
		from[at] = &s->cpu[c];
		uint32_t socket = same_before(at, same_socket, from);
		uint32_t core = same_before(at, same_core, from);

		*cpu = (struct host_cpu){
			.node = host_node[s->cpu[c].node],
			.os_index = c,
			.socket = socket < at ? host->cpu[socket].socket
					      : (uint16_t)host->nr_sockets++,
			.core = core < at ? host->cpu[core].core
					  : (uint16_t)host->nr_cores++,
		};
		cpu->llc = cpu->socket;
		for (uint32_t b = 0; b < at; b++)
			cpu->thread += host->cpu[b].core == cpu->core;
		host->nr_cpus++;
	}
	host->nr_llcs = host->nr_sockets;
	host->llc = arena_array(arena, host->nr_llcs, sizeof(*host->llc));
	for (uint32_t c = 0; c < host->nr_cpus; c++)
		host->llc[host->cpu[c].llc].nr_cpus++;
}

static void profile_node(struct arena *arena, const struct host_state *s,
			 uint32_t from, struct host *host, uint32_t to)
{
	const struct host_state_node *node = &s->node[from];
	struct host_node *out = &host->node[to];
	uint64_t start = node->start_mfn, end = start + node->span_pages;
	uint64_t hole, hole_end;

	*out = (struct host_node){.os_index = from, .socket = HOST_NONE,
				  .kind = ""};
	for (uint32_t c = host->nr_cpus; c-- > 0;) {
		if (host->cpu[c].node != to)
			continue;
		cpuset_add(&out->cpus, c);
		out->nr_cpus++;
		out->socket = host->cpu[c].socket;
	}
	host_state_hole(s, &hole, &hole_end);
	out->range = arena_array(arena, 2, sizeof(*out->range));
	if (hole < hole_end && start < hole && end > hole_end) {
		out->range[out->nr_ranges++] = (struct host_range){start, hole};
		start = hole_end;
	}
	if (start < end)
		out->range[out->nr_ranges++] = (struct host_range){start, end};
	for (uint32_t r = 0; r < out->nr_ranges; r++)
		out->pages += out->range[r].end_mfn - out->range[r].start_mfn;
}

/* The distances, made a matrix that Xen would take. */
static void profile_distances(struct arena *arena, const struct host_state *s,
			      const uint8_t by_rank[NODE_MAX],
			      struct host *host)
{
	uint32_t count = host->nr_nodes;

	host->distance = arena_array(arena, (size_t)count * count, 1);
	for (uint32_t i = 0; i < count; i++)
		for (uint32_t j = 0; j < count; j++) {
			uint32_t d = s->distance[by_rank[i] * s->node_count +
						 by_rank[j]];

			if (d <= HOST_DISTANCE_LOCAL)
				d = HOST_DISTANCE_LOCAL + 1;
			if (d > HOST_DISTANCE_MAX)
				d = HOST_DISTANCE_MAX;
			host->distance[i * count + j] =
				i == j ? HOST_DISTANCE_LOCAL : (uint8_t)d;
		}
}

struct host *host_state_profile(struct arena *arena,
				const struct host_state *s)
{
	struct host *host = host_new(arena);
	struct host_origin read = {HOST_SOURCE, s->origin};
	uint8_t by_rank[NODE_MAX], host_node[NODE_MAX] = {0};

	host->name = s->origin;
	host->summary = "made from a live host; speeds are assumed";
	host->nr_nodes = rank_nodes(s, by_rank);
	host->nr_cpu_nodes = nodeset_count(host_state_cpu_nodes(s));
	for (uint32_t r = 0; r < host->nr_nodes; r++)
		host_node[by_rank[r]] = (uint8_t)r;
	profile_cpus(arena, s, host_node, host);
	host->node = arena_array(arena, host->nr_nodes, sizeof(*host->node));
	for (uint32_t r = 0; r < host->nr_nodes; r++)
		profile_node(arena, s, by_rank[r], host, r);
	profile_distances(arena, s, by_rank, host);
	host->topology_origin = host->memory_origin = read;
	host->range_origin = host->distance_origin = read;
	host_complete(arena, host);
	return host;
}

/* --- a live host from a profile ------------------------------------------------------ */

static int span_before(const void *a, const void *b)
{
	const struct heap_span *x = a, *y = b;

	return x->start_mfn < y->start_mfn ? -1 : x->start_mfn > y->start_mfn;
}

static struct heap *boot_heap(struct arena *arena, const struct host *host,
			      uint32_t xen_version)
{
	uint32_t count = 0;

	for (uint32_t n = 0; n < host->nr_nodes; n++)
		count += host->node[n].nr_ranges;

	struct heap_span *span = arena_array(arena, count, sizeof(*span));

	count = 0;
	for (uint32_t n = 0; n < host->nr_nodes; n++)
		for (uint32_t r = 0; r < host->node[n].nr_ranges; r++)
			span[count++] = (struct heap_span){
				host->node[n].range[r].start_mfn,
				host->node[n].range[r].end_mfn, n};
	qsort(span, count, sizeof(*span), span_before);

	struct heap_config config = {
		.node_count = host->nr_nodes,
		.online = nodeset_below(host->nr_nodes),
		.cpu_nodes = nodeset_below(host->nr_cpu_nodes),
		.span = span,
		.span_count = count,
		.distance = host->distance,
		.xen_version = xen_version,
		.bootscrub = HEAP_BOOTSCRUB_ON,
	};
	struct heap *heap = heap_create(arena, &config);

	heap_boot_spans(heap, host->cpu[0].node);
	return heap;
}

static struct host_state *boot_state(struct arena *arena,
				     const struct host *host,
				     uint32_t xen_version)
{
	struct host_state *s = host_state_new(arena, host->name);

	s->xen_text = xen_version == 422 ? "4.22" : "4.17";
	s->xen_version = xen_version;
	s->node_count = host->nr_nodes;
	s->cpu_count = host->nr_cpus;
	s->total_pages = host->total_pages;
	s->distance = arena_array(arena, (size_t)host->nr_nodes *
						 host->nr_nodes, 1);
	memcpy(s->distance, host->distance,
	       (size_t)host->nr_nodes * host->nr_nodes);
	for (uint32_t c = 0; c < host->nr_cpus; c++)
		s->cpu[c] = (struct host_state_cpu){host->cpu[c].node,
						    host->cpu[c].socket,
						    host->cpu[c].core};
	for (uint32_t n = 0; n < host->nr_nodes; n++) {
		const struct host_node *node = &host->node[n];

		s->node[n].online = true;
		if (!node->nr_ranges)
			continue;
		s->node[n].start_mfn = node->range[0].start_mfn;
		s->node[n].span_pages =
			node->range[node->nr_ranges - 1].end_mfn -
			node->range[0].start_mfn;
	}
	return s;
}

static void add_dom0(struct arena *arena, struct host_state *s,
		     const struct domain *dom0, uint32_t vcpus,
		     const struct heap *heap)
{
	struct host_state_vcpu *vcpu = arena_array(arena, vcpus, sizeof(*vcpu));
	struct host_state_domain d = {
		.name = "Domain-0",
		.vcpu_count = vcpus,
		.vcpu = vcpu,
		.node_affinity = dom0->mem.node_affinity,
		.node_affinity_auto = true,
		.total_pages = dom0->mem.tot_pages,
	};

	for (uint32_t v = 0; v < vcpus; v++)
		vcpu[v] = (struct host_state_vcpu){(uint16_t)(v % s->cpu_count),
						   cpuset_all(), cpuset_all()};
	for (uint32_t n = 0; n < s->node_count; n++) {
		d.pages_on[n] = domain_node_pages(dom0, n);
		s->node[n].free_pages = heap_node_free_pages(heap, n);
	}
	host_state_add(arena, s, &d);
}

int host_state_boot(struct arena *arena, const struct host *host,
		    const struct host_state_boot *boot,
		    struct host_state **state, struct heap **heap,
		    struct p2m_store *store, struct err *err)
{
	struct host_state *s = boot_state(arena, host, boot->xen_version);
	struct domain *dom0 = arena_alloc(arena, sizeof(*dom0));
	uint64_t pages = pages_from_mib(boot->dom0_mib);
	struct dom0_config config = {
		.amount = {true, (int64_t)pages, 0},
		.vcpus_max = boot->dom0_vcpus,
		.relaxed = true,
	};
	cpuset cpus = cpuset_below(host->nr_cpus);
	uint16_t *map = arena_array(arena, host->nr_cpus, sizeof(*map));

	for (uint32_t c = 0; c < host->nr_cpus; c++)
		map[c] = host->cpu[c].node;
	*heap = boot_heap(arena, host, boot->xen_version);
	p2m_store_init(store, arena);
	if (dom0_build(dom0, store, *heap, &config, &cpus, map, map[0]) < pages)
		return err_set(err, "dom0's %llu MiB do not fit host %s, which "
			       "has %.0f MiB", (unsigned long long)boot->dom0_mib,
			       host->name, mib_from_pages(host->total_pages));
	add_dom0(arena, s, dom0, boot->dom0_vcpus, *heap);
	if (host_state_complete(arena, s, err))
		return -1;
	*state = s;
	return 0;
}
