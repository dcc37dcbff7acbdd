/*
 * lab_race.h - two creations at once: everything that could have come out.
 *
 * SOURCE  facts/xen.md 1.1, 6.5 (windows 1 to 3).
 *
 * MODEL   A creation is five moments; those of two creations fall in any order
 *         (252 orders):
 *
 *           list      the domain is there: its vCPUs count on every node, and
 *                     it has its first pages
 *           snapshot  placement looks at free memory and counts vCPUs
 *           affinity  what it chose is set
 *           claim     of the pages of its RAM; may be refused
 *           memory    its RAM is taken; without claims this may fail
 *
 *         An outcome is, for each, exit status, log of placement (nodes, CPUs,
 *         vCPUs of each candidate) and node affinity. The recorded one must be
 *         among them.
 *
 * LEFT OUT  a snapshot in the middle of the other's populate calls; so free
 *         memory logged is not compared. RAM is taken evenly from the nodes
 *         chosen, then from the others.
 *
 * TESTS   sim/test/check_lab_race.c
 */
#ifndef RUN_LAB_RACE_H
#define RUN_LAB_RACE_H

#include "run/lab_step.h"

enum { LAB_RACE_TEXT_MAX = 512, LAB_RACE_ORDERS = 252 };

struct lab_race {
	uint32_t outcome_count; /* different ones */
	bool possible;          /* the recorded one is among them */
	char recorded[LAB_RACE_TEXT_MAX];
	char first[LAB_RACE_TEXT_MAX]; /* one creation after the other */
};

/* create[0] and create[1], as recorded; after: the state once both ended. */
void lab_race_compare(struct arena *arena, const struct host_state *before,
		      const struct lab_create create[2],
		      const struct host_state *after, bool claim_mode,
		      struct lab_race *race);

#endif
