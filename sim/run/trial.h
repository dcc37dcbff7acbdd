/*
 * trial.h - a guest tried on a host: what a heuristic picks, and where the
 *           pages land.
 *
 * SOURCE  facts/xen.md 1.1 (order of the steps), 1.2, 1.7, 2.5, 4.10, 5.3, 5.4.
 *
 * MODEL   The bed is a host at rest (host_state.h) with a heap in its state.
 *         A trial does what xl does, all at once:
 *
 *           shell       Xen's pages, the first of the paging pool
 *           placement   the heuristic is asked, where xl would run placement
 *           affinity    node affinity, hard and soft masks; the rest of the pool
 *           claim
 *           populate    call after call of build.h, extent by extent
 *
 *         A guest that was built stays: the next one is tried on the host with
 *         it. One that was not is destroyed and its memory scrubbed.
 *
 *         A guest with maxmem above memory (populate-on-demand) gets its cache
 *         as Xen fills it, in 2 MiB blocks, then pages, round its nodes.
 *
 * UNITS   _pages 4 KiB.
 *
 * DIFFERS An HVM guest's device model and dom0's part of devices take no
 *         memory. The toolstack runs on the node of dom0's vCPU 0.
 *
 * TESTS   sim/test/check_trial.c
 */
#ifndef RUN_TRIAL_H
#define RUN_TRIAL_H

#include "place/place.h"
#include "run/host_state_host.h"
#include "run/host_state_view.h"
#include "toolstack/xlcfg.h"
#include "xen/domain.h"
#include "xen/heap.h"

enum { TRIAL_WHY_MAX = 256 };

/* Guests are tried on it one after the other. */
struct trial_bed {
	struct arena *arena;
	struct host_state *state; /* its own copy */
	struct heap *heap;
	struct p2m_store store;
	struct domain *dom0;      /* who makes the calls */
	uint32_t cpu_node;        /* of the pCPU that does */
};

/* A guest, and what came of it. Pointers are to the bed's arena. */
struct trial {
	const struct xlcfg *config;   /* bound */
	const struct place_ops *ops;
	uint32_t domid;

	/* Placement. view and request are as the heuristic got them. */
	bool asked;                   /* false: xl does not run placement */
	struct host_state_view *view;
	struct place_request request;
	enum place_result placed;
	struct place_answer answer;   /* of PLACE_OK */

	/* Built or not. */
	char why[TRIAL_WHY_MAX];      /* it was not; "" */
	nodeset node_affinity;        /* the domain's, at the end */
	const struct host_state_vcpu *vcpu; /* [vcpu_count] */
	uint32_t vcpu_count;
	const uint32_t *vcpu_to_vnode; /* [vcpu_count]; NULL without vnodes */
	uint32_t vnode_count;
	uint8_t vnode_to_pnode[PLACE_VNODE_MAX];

	/* Where its pages are: RAM, video memory and special pages. */
	uint64_t total_pages;
	uint64_t pages_on[NODE_MAX];
	uint64_t extents_on[NODE_MAX][HEAP_ORDERS]; /* by order */
	uint64_t pod_pages;           /* of those, not in the guest's map yet */
	uint64_t vnode_pages[PLACE_VNODE_MAX];
	uint64_t (*vnode_pages_on)[NODE_MAX]; /* [vnode_count] */
	uint64_t off_plan_pages;      /* not on answer.nodes, of PLACE_OK */
};

/* A bed with the state's free memory. */
void trial_bed_live(struct arena *arena, const struct host_state *state,
		    struct trial_bed *bed);

/* A bed that is empty but for dom0. -1 and *err if dom0 does not fit. */
int trial_bed_empty(struct arena *arena, const struct host *host,
		    const struct host_state_boot *boot, struct trial_bed *bed,
		    struct err *err);

/* The state as xlcfg_bind() wants it. */
struct xlcfg_host trial_xlcfg_host(const struct host_state *state);

/*
 * Tries a guest. config is bound to the bed's host; random as in place.h.
 * 0 and *trial, with or without a guest built; -1 and *err if there is no such
 * pool, or the heuristic answers what no host has.
 */
int trial_run(struct trial_bed *bed, const struct xlcfg *config,
	      const struct place_ops *ops, uint64_t random,
	      struct trial *trial, struct err *err);

#endif
