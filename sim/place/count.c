#include "place/count.h"

#include <assert.h>
#include <string.h>

void count_map_init(struct count_map *map, const uint16_t *cpu_to_node,
		    uint32_t cpu_count, const cpuset *suitable)
{
	assert(cpu_count <= CPU_MAX);
	memset(map, 0, sizeof(*map));
	for (uint32_t c = cpuset_first(suitable); c < cpu_count;
	     c = cpuset_from(suitable, c + 1)) {
		uint32_t n = cpu_to_node[c];

		if (n >= NODE_MAX)
			continue;
		if (!nodeset_has(map->nodes, n))
			map->word_first[n] = c / 64;
		map->word_end[n] = c / 64 + 1;
		map->nodes = nodeset_add(map->nodes, n);
		cpuset_add(&map->cpus[n], c);
	}
}

nodeset count_nodes(const struct count_map *map, const cpuset *pool_cpus,
		    nodeset node_affinity, const cpuset *hard)
{
	nodeset may = map->nodes & node_affinity;
	nodeset on = NODESET_NONE;

	for (uint32_t n = nodeset_first(may); n != NODE_NONE;
	     n = nodeset_after(may, n)) {
		const uint64_t *cpus = map->cpus[n].word;

		for (uint32_t w = map->word_first[n]; w < map->word_end[n];
		     w++) {
			if (cpus[w] & pool_cpus->word[w] & hard->word[w]) {
				on = nodeset_add(on, n);
				break;
			}
		}
	}
	return on;
}

void count_add(nodeset nodes, uint32_t vcpus, uint32_t node_vcpus[NODE_MAX])
{
	for (uint32_t n = nodeset_first(nodes); n != NODE_NONE;
	     n = nodeset_after(nodes, n))
		node_vcpus[n] += vcpus;
}

void count_vcpus(const struct count_map *map,
		 const struct count_domain *domain, uint32_t domain_count,
		 uint32_t node_vcpus[NODE_MAX])
{
	memset(node_vcpus, 0, NODE_MAX * sizeof(node_vcpus[0]));
	for (uint32_t d = 0; d < domain_count; d++) {
		const struct count_domain *dom = &domain[d];

		for (uint32_t r = 0; r < dom->run_count; r++)
			count_add(count_nodes(map, dom->pool_cpus,
					      dom->node_affinity,
					      &dom->run[r].hard),
				  dom->run[r].vcpus, node_vcpus);
	}
}
