/*
 * trial_cfg.h - the lines of an xl.cfg that make xl do what a heuristic said.
 *
 * SOURCE  facts/xen.md 1.2 (what switches libxl's placement off), 4.9 (the
 *         node affinity then follows the masks), G6.
 *
 * RULE    xl.cfg has no line for the nodes of memory: with cpus_soft=, or
 *         cpus= as a list, libxl does not place, and memory goes to the nodes
 *         of the CPUs left (soft within hard, else hard). So
 *
 *           vCPUs prefer the nodes       cpus_soft = "node:1"
 *           vCPUs are bound to them      cpus = [ "node:1", ... ], one a vCPU
 *           automatic                    cpus_soft = "all"
 *           vnodes                       vnuma = [ ... ] with their pnodes
 *
 *         Each line replaces the one of that key in the guest's file; where
 *         xl takes the last of two, it may as well be appended.
 *
 *         What cannot be said so is a remark: memory elsewhere than the CPUs,
 *         or on nodes without any.
 *
 * TESTS   sim/test/check_trial.c: the file with the lines, tried again,
 *         lands on the same pages.
 */
#ifndef RUN_TRIAL_CFG_H
#define RUN_TRIAL_CFG_H

#include "run/trial.h"

enum { TRIAL_CFG_LINES_MAX = PLACE_VNODE_MAX + 2 };

struct trial_cfg {
	uint32_t line_count;
	const char *line[TRIAL_CFG_LINES_MAX];
	const char *remark; /* "" = the lines say it all */
};

/* Of a guest that was built on the state. Texts come from the arena. */
void trial_cfg(struct arena *arena, const struct host_state *state,
	       const struct trial *trial, struct trial_cfg *cfg);

/* "0-1,3"; "none" for the empty set. */
const char *trial_nodes(struct arena *arena, nodeset nodes);

#endif
