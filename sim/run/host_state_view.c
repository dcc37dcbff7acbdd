#include "run/host_state_view.h"

#include "place/count.h"
#include "run/host_state_heap.h"

#include <math.h>
#include <string.h>

nodeset host_state_pool_nodes(const struct host_state *s, uint32_t pool)
{
	nodeset nodes = NODESET_NONE;

	for (uint32_t c = 0; c < s->cpu_count; c++)
		if (s->cpu[c].node != NODE_NONE &&
		    cpuset_has(&s->pool[pool].cpus, c))
			nodes = nodeset_add(nodes, s->cpu[c].node);
	return nodes;
}

/* A domain's vCPUs, those with one mask as one run. */
static void count_domain(struct arena *arena, const struct host_state *s,
			 const struct host_state_domain *d,
			 struct count_domain *out)
{
	struct count_run *run =
		arena_array(arena, d->vcpu_count, sizeof(*run));

	*out = (struct count_domain){
		.pool_cpus = &s->pool[d->pool].cpus,
		.node_affinity = d->node_affinity,
		.run = run,
	};
	for (uint32_t v = 0; v < d->vcpu_count; v++) {
		uint32_t last = out->run_count;

		if (!last || !cpuset_equal(&run[last - 1].hard,
					   &d->vcpu[v].hard))
			run[out->run_count++].hard = d->vcpu[v].hard;
		run[out->run_count - 1].vcpus++;
	}
}

/* Into the nodes' vcpus, as libxl counts them. */
static void count(struct arena *arena, const struct host_state *s,
		  uint32_t pool, uint32_t vcpus, struct place_node *node)
{
	struct count_map *map = arena_alloc(arena, sizeof(*map));
	struct count_domain *domain =
		arena_array(arena, s->domain_count + 1, sizeof(*domain));
	struct count_run own = {vcpus, cpuset_all()};
	uint32_t node_vcpus[NODE_MAX];

	count_map_init(map, s->cpu_to_node, s->cpu_count, &s->pool[pool].cpus);
	for (uint32_t d = 0; d < s->domain_count; d++)
		count_domain(arena, s, &s->domain[d], &domain[d]);
	domain[s->domain_count] = (struct count_domain){
		.pool_cpus = &s->pool[pool].cpus,
		.node_affinity = host_state_pool_nodes(s, pool),
		.run = &own,
		.run_count = 1,
	};
	count_vcpus(map, domain, s->domain_count + 1, node_vcpus);
	for (uint32_t n = 0; n < s->node_count; n++)
		node[n].vcpus = node_vcpus[n];
}

static void take_nodes(const struct host_state *s, struct host_state_view *out)
{
	for (uint32_t n = 0; n < s->node_count; n++) {
		const struct host_state_node *node = &s->node[n];
		cpuset own = host_state_cpus_of(s, nodeset_of(n));

		own = cpuset_and(&own, &out->pool_cpus);
		out->node[n] = (struct place_node){
			.total_pages = node->span_pages,
			.free_pages = node->free_pages,
			.pcpus = node->nr_cpus,
			.pool_pcpus = cpuset_count(&own),
			.load = (double)NAN,
			.cpu_busy = (double)NAN,
			.bandwidth_used = (double)NAN,
			.online = node->online,
		};
	}
}

static uint32_t take_guests(struct arena *arena, const struct host_state *s,
			    struct host_state_view *out)
{
	uint32_t guest_count = 0;

	out->guest = arena_array(arena, s->domain_count, sizeof(*out->guest));
	for (uint32_t i = 0; i < s->domain_count; i++) {
		const struct host_state_domain *d = &s->domain[i];
		struct place_guest *guest = &out->guest[guest_count];

		if (d->domid == 0)
			continue;
		*guest = (struct place_guest){
			.domid = d->domid,
			.vcpus = d->vcpu_count,
			.node_affinity = d->node_affinity,
			.node_affinity_auto = d->node_affinity_auto,
		};
		memcpy(guest->pages_on, d->pages_on, sizeof(guest->pages_on));
		guest_count++;
	}
	return guest_count;
}

void host_state_view_take(struct arena *arena, const struct host_state *s,
			  uint32_t pool, uint32_t vcpus,
			  struct host_state_view *out)
{
	require(pool < s->pool_count);
	out->pool_cpus = s->pool[pool].cpus;
	take_nodes(s, out);
	count(arena, s, pool, vcpus, out->node);
	out->view = (struct place_view){
		.node_count = s->node_count,
		.cpu_count = s->cpu_count,
		.node = out->node,
		.distance = s->distance,
		.cpu_to_node = s->cpu_to_node,
		.pool_cpus = &out->pool_cpus,
		.dma_pages = host_state_dma_pages(s),
		.guest_count = take_guests(arena, s, out),
		.guest = out->guest,
	};
	place_view_check(&out->view);
}
