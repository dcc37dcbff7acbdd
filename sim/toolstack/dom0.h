/*
 * dom0.h - dom0's memory: how much, and dealt out over its nodes in chunks.
 *
 * SOURCE  facts/xen.md 9; xen/arch/x86/dom0_build.c, pv/dom0_build.c.
 *
 * RULE    Amount: dom0_mem= (min, max, amount), or all but 1/16 (at most 128
 *         MiB) of what its nodes have. Then, chunk by chunk:
 *
 *           order = smallest that covers the rest, or the last order that
 *                   worked if that is smaller; one less if it would overshoot
 *           try {no DMA memory, only dom0's nodes}; one order less on failure
 *           order 0 fails: allow DMA memory and other nodes, from order 9 on;
 *           and look for a smaller chunk at a higher address each time
 *
 *         So 1 GiB chunks go round the nodes, then the binary digits of what
 *         is left. The chunks are not scrubbed.
 *
 * UNITS   _pages 4 KiB pages.
 *
 * LEFT OUT  kernel, initrd and initial page table blocks; PVH dom0; the pages
 *         Xen sets aside for IOMMU and paging when it sizes dom0.
 *
 * TESTS   sim/test/check_dom0.c
 */
#ifndef TOOLSTACK_DOM0_H
#define TOOLSTACK_DOM0_H

#include "base/cpuset.h"
#include "xen/domain.h"
#include "xen/heap.h"

#include <stdbool.h>
#include <stdint.h>

/* One size of dom0_mem=: pages + percent of what is available; negative pages
 * (and no percent): all but so many. */
struct dom0_size {
	bool given;
	int64_t pages;
	uint32_t percent;
};

struct dom0_config {
	struct dom0_size amount, min, max; /* dom0_mem= */
	nodeset nodes;        /* dom0_nodes=; 0 = all online, automatic */
	bool relaxed;         /* dom0_nodes=...,relaxed: soft, not hard */
	uint32_t vcpus_min;   /* dom0_max_vcpus=N-; 0 = not given */
	uint32_t vcpus_max;   /* dom0_max_vcpus=-M; 0 = not given */
};

/* vCPUs: the CPUs of dom0's nodes, raised to vcpus_min, lowered to vcpus_max. */
uint32_t dom0_vcpu_count(const struct dom0_config *config, nodeset online,
			 const cpuset *cpus, const uint16_t *cpu_to_node);

/* Nodes dom0's memory and CPUs come from: those given that are online, or all
 * online if none is. */
nodeset dom0_nodes(const struct dom0_config *config, nodeset online);

/* Pages dom0 gets on this heap. */
uint64_t dom0_pages(const struct dom0_config *config, const struct heap *heap,
		    uint32_t vcpus);

/* The affinity of all dom0's vCPUs: strict (default) hard, relaxed soft. */
void dom0_affinity(const struct dom0_config *config, nodeset online,
		   const cpuset *cpus, const uint16_t *cpu_to_node,
		   cpuset *hard, cpuset *soft);

/*
 * The whole of dom0's memory, at boot, before anything is scrubbed: initialises
 * *d as domain 0 (control and hardware domain, PV), sets its node affinity and
 * maps its pages from gpfn 0. cpu_to_node as domain_update_node_affinity().
 * Returns its pages; fewer than dom0_pages() if the host has no more.
 */
uint64_t dom0_build(struct domain *d, struct p2m_store *store,
		    struct heap *heap, const struct dom0_config *config,
		    const cpuset *cpus, const uint16_t *cpu_to_node,
		    uint32_t cpu_node);

#endif
