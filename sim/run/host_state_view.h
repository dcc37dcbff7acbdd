/*
 * host_state_view.h - a live host as a placement heuristic sees it.
 *
 * SOURCE  facts/xen.md 1.3, 1.4.
 *
 * RULE    The new guest is in Xen's list already: with all CPUs and the nodes
 *         of its pool's CPUs, it counts on each of those nodes. Load, CPU use
 *         and bandwidth are not in what xl prints: NaN. A node's total is its
 *         span. dom0 counts, but is no guest.
 *
 * TESTS   sim/test/check_host_state_heap.c
 */
#ifndef RUN_HOST_STATE_VIEW_H
#define RUN_HOST_STATE_VIEW_H

#include "place/place.h"
#include "run/host_state.h"

/* view points into it. */
struct host_state_view {
	struct place_view view;
	struct place_node node[NODE_MAX];
	cpuset pool_cpus;
	struct place_guest *guest;
};

/* For a guest of pool (an index) with so many vCPUs. The state must outlive
 * the view; what is allocated comes from the arena. */
void host_state_view_take(struct arena *arena, const struct host_state *state,
			  uint32_t pool, uint32_t vcpus,
			  struct host_state_view *out);

/* Nodes with a CPU of the pool: the node affinity a new domain has. */
nodeset host_state_pool_nodes(const struct host_state *state, uint32_t pool);

#endif
