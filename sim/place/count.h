/*
 * count.h - on which nodes a vCPU may run, as libxl counts it.
 *
 * SOURCE  facts/xen.md 1.4; libxl_numa.c nr_vcpus_on_nodes().
 *
 * RULE    A vCPU counts once on each node n where some CPU is in all of
 *           - the CPUs suitable for the guest being placed (its pool's),
 *           - the CPUs of the pool of the vCPU's own domain,
 *           - the vCPU's hard affinity (soft affinity is not looked at),
 *         and n is in its domain's node affinity. Paused, crashed and offline
 *         vCPUs count; so does the guest being placed, once Xen lists it. A
 *         vCPU that floats over k nodes counts on all k, so sums over sets of
 *         nodes count it more than once: that is how libxl does it.
 *
 * COST    count_nodes(): nodes of the affinity x CPU words, mostly one word a
 *         node. A domain's vCPUs come in runs with one mask, so a run is one
 *         call. The answer changes only with the masks: a caller with many
 *         domains keeps it per run and adds it up.
 *
 * TESTS   sim/test/check_count.c, sim/test/check_placement_golden.c
 */
#ifndef PLACE_COUNT_H
#define PLACE_COUNT_H

#include "base/cpuset.h"
#include "base/nodeset.h"

#include <stdint.h>

/* Suitable CPUs by node. A plain value; count_map_init() fills it. */
struct count_map {
	uint32_t word_first[NODE_MAX]; /* words of cpus[] that are not empty: */
	uint32_t word_end[NODE_MAX];   /* [word_first, word_end) */
	cpuset cpus[NODE_MAX];
	nodeset nodes; /* those with a suitable CPU */
};

/* vCPUs [of one domain] with the same hard affinity. */
struct count_run {
	uint32_t vcpus;
	cpuset hard;
};

/* A domain, as Xen lists it. Pointers are borrowed for the call. */
struct count_domain {
	const cpuset *pool_cpus;
	nodeset node_affinity;
	const struct count_run *run; /* [run_count] */
	uint32_t run_count;          /* 0: no vCPUs yet */
};

/*
 * cpu_to_node has cpu_count entries, a node or NODE_NONE; CPUs of suitable at
 * or above cpu_count are ignored. cpu_count <= CPU_MAX.
 */
void count_map_init(struct count_map *map, const uint16_t *cpu_to_node,
		    uint32_t cpu_count, const cpuset *suitable);

/* The nodes a vCPU with this hard affinity counts on. */
nodeset count_nodes(const struct count_map *map, const cpuset *pool_cpus,
		    nodeset node_affinity, const cpuset *hard);

/* Adds vcpus to node_vcpus[n] for each n of nodes. */
void count_add(nodeset nodes, uint32_t vcpus, uint32_t node_vcpus[NODE_MAX]);

/* The whole count: fills node_vcpus from nothing. */
void count_vcpus(const struct count_map *map,
		 const struct count_domain *domain, uint32_t domain_count,
		 uint32_t node_vcpus[NODE_MAX]);

#endif
