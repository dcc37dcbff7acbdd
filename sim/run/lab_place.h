/*
 * lab_place.h - what libxl would log and choose for a guest on a recorded host.
 *
 * SOURCE  facts/xen.md 1.2 to 1.8.
 *
 * RULE    The snapshot is taken once the domain is there: it lacks the pages
 *         that the new domain has taken by then, and counts its vCPUs.
 *
 * TESTS   sim/test/check_conform_lab.c
 */
#ifndef RUN_LAB_PLACE_H
#define RUN_LAB_PLACE_H

#include "place/libxl_search.h"
#include "run/host_state.h"
#include "run/lab_config.h"

struct lab_log {
	bool asked;  /* placement runs for this guest */
	bool found;
	uint32_t count, room;
	struct libxl_candidate *candidate; /* the last one is chosen */
};

/* state: the host without the new domain; free_pages without its pages. fixed:
 * by libxl-fixed, whose answer is the only candidate. */
void lab_place(struct arena *arena, const struct host_state *state,
	       const struct lab_config *config, bool fixed,
	       struct lab_log *log);

/*
 * Affinities of the new domain as Xen leaves them, hard and soft per vCPU, its
 * own and what placement chose; and the nodes that follow.
 */
struct lab_affinity {
	uint32_t vcpu_count;
	cpuset *hard, *soft; /* [vcpu_count]; within the host's CPUs */
	nodeset nodes;       /* 0: automatic */
};

/* While memory is built; then with each vCPU on its vnode's node. */
void lab_affinity_build(struct arena *arena, const struct host_state *state,
			const struct lab_config *config,
			const struct lab_log *log, struct lab_affinity *a);
void lab_affinity_vnuma(const struct host_state *state,
			const struct lab_config *config,
			struct lab_affinity *a);

/* Gives them to the domain. */
void lab_affinity_set(const struct lab_affinity *a,
		      const struct host_state *state, struct domain *domain);

#endif
