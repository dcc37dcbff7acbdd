/*
 * host_state_host.h - a live host and a host profile: which node is which, and
 *                     one made from the other.
 *
 * RULE    Xen numbers nodes in the order its tables name them, a profile in
 *         the order of their first CPUs (host.h). So node by node they are
 *         matched by rank: nodes with CPUs by their first CPU, then those
 *         without. Each node of the live host has at most as many CPUs as its
 *         match (some may be offline), and both have as many nodes. Memory is
 *         not compared: Xen says how far a node's reaches, not how much it is.
 *
 *         A profile made from a live host has its nodes in that order, its
 *         CPUs without gaps, its distances, and the default speeds: they are
 *         assumptions.
 *
 *         A live host made from a profile is empty but for dom0, at rest, all
 *         memory scrubbed; its heap is that of Xen after boot.
 *
 * TESTS   sim/test/check_host_state_heap.c
 */
#ifndef RUN_HOST_STATE_HOST_H
#define RUN_HOST_STATE_HOST_H

#include "host/host.h"
#include "run/host_state.h"
#include "xen/domain.h"

/* The state's node n is the profile's node host_node[n]. -1 and *err if they
 * are not one host. */
int host_state_match(const struct host_state *state, const struct host *host,
		     uint8_t host_node[NODE_MAX], struct err *err);

struct host *host_state_profile(struct arena *arena,
				const struct host_state *state);

struct host_state_boot {
	uint64_t dom0_mib;
	uint32_t dom0_vcpus;
	uint32_t xen_version; /* 417 or 422 */
};

/* -1 and *err if dom0 does not fit. *store is initialised, and holds what the
 * heap handed out. */
int host_state_boot(struct arena *arena, const struct host *host,
		    const struct host_state_boot *boot,
		    struct host_state **state, struct heap **heap,
		    struct p2m_store *store, struct err *err);

#endif
