/*
 * workload.h - what a guest's program does: the one description that the model
 * computes with and that the stress replay executes.
 *
 * MODEL   A workload is a list of operation kinds and a list of phases.
 *
 *         An operation is the unit of work whose rate we report. One of it
 *         costs, on an otherwise idle core with all memory local,
 *
 *           time = compute_ns + misses / mlp * latency(local)
 *
 *         and the host makes it longer (DESIGN section 3): busy siblings
 *         stretch the first term, distance and load the second. Its memory
 *         traffic is misses lines read and misses * write_share written back.
 *
 *         A phase is a list of steps done `repeat` times:
 *
 *           run    some operations of one kind: either so many, or as many as
 *                  fit into so much CPU time
 *           sleep  block for so long (think time, waiting for a disk)
 *
 *         each amount drawn anew from its distribution. Every vCPU below
 *         thread_count goes through the phases by itself; the others idle.
 *
 *         Where the misses go: own_vnode_share of them to the vCPU's own
 *         vnode, if the guest sees vnodes; the rest evenly over the guest's
 *         footprint, wherever its pages are. A guest without vNUMA sends all
 *         of them there.
 *
 * UNITS   _ns, _pages; misses are cache lines (64 bytes) per operation; shares
 *         0..1. Amounts of operations are doubles: a rate times a time.
 *
 * LEFT OUT  barriers, locks, requests that cross guests: a step kind each,
 *         to be added to enum workload_step_kind.
 *
 * INVARIANTS, asserted by workload_check():
 *   W1  1..WORKLOAD_OP_MAX operations, 1..WORKLOAD_PHASE_MAX phases, each of
 *       1..WORKLOAD_STEP_MAX steps.
 *   W2  compute_ns > 0, misses >= 0, mlp >= 1, shares within 0..1.
 *   W3  Each run step names an operation that exists.
 *   W4  A phase that repeats for ever is the last one and runs or sleeps for
 *       a time above zero on average, so that time goes on.
 *
 * TESTS   sim/test/check_workload.c
 */
#ifndef GUEST_WORKLOAD_H
#define GUEST_WORKLOAD_H

#include "base/dist.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	WORKLOAD_OP_MAX = 16,
	WORKLOAD_PHASE_MAX = 64,
	WORKLOAD_STEP_MAX = 64,
	WORKLOAD_FOREVER = 0, /* value of .repeat */
};

struct workload_op {
	const char *name;
	double compute_ns;        /* > 0: CPU time without waiting for memory */
	double misses;            /* >= 0: lines from memory per operation */
	double mlp;               /* >= 1: misses under way at once */
	double write_share;       /* 0..1 of the misses are written back too */
	uint64_t footprint_pages; /* of the whole guest; 0 = all it has */
	double own_vnode_share;   /* 0..1, see MODEL */
	double score;             /* what one counts for in the guest's work
	                             done; 0 = overhead, not counted */
};

enum workload_step_kind {
	WORKLOAD_RUN_OPS, /* amount: operations */
	WORKLOAD_RUN_CPU, /* amount: ns of CPU time, stalls included */
	WORKLOAD_SLEEP,   /* amount: ns of wall time */
};

struct workload_step {
	enum workload_step_kind kind;
	uint32_t op_index;  /* into .op; 0 for a sleep */
	struct dist amount; /* in the unit of .kind */
};

struct workload_phase {
	const char *name;
	uint32_t repeat; /* times; WORKLOAD_FOREVER = until the guest ends */
	uint32_t step_count;
	const struct workload_step *step; /* [step_count] */
};

struct workload {
	const char *name;
	const char *summary;
	const char *path;      /* the file it came from */
	const char *unit;      /* what one scored operation is: "requests" */
	uint32_t thread_count; /* vCPUs that work; 0 = all of the guest's */
	uint32_t op_count;
	const struct workload_op *op;       /* [op_count] */
	uint32_t phase_count;
	const struct workload_phase *phase; /* [phase_count] */
};

/*
 * ns of CPU time one pass over the phase takes on average at latency_ns per
 * miss, sleeps left out: what a generator of load needs.
 */
double workload_phase_cpu_ns(const struct workload *workload,
			     uint32_t phase_index, double latency_ns);

/* ns of CPU time of one operation with idle siblings. */
double workload_op_ns(const struct workload_op *op, double latency_ns);

void workload_check(const struct workload *workload);

#endif
