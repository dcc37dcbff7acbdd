/*
 * trial_cost.h - what a guest's place will cost it: remote accesses, latency,
 *                slowdown.
 *
 * MODEL   Nothing else runs on the host, and a vCPU is as often on any of its
 *         CPUs as on any other: those of soft within hard affinity and pool,
 *         or of hard affinity if that leaves none. So with
 *
 *           w[v][i]  share of vCPU v's CPUs that are on node i
 *           p[v][n]  share of its accesses that go to node n: where the
 *                    guest's pages are; with vNUMA and a workload,
 *                    own_vnode_share of them where its vnode's pages are
 *
 *         and means over the vCPUs that work:
 *
 *           remote    sum_i w[i] * (1 - p[i])
 *           distance  sum_i,n w[i] * p[n] * SLIT(i,n) / 10
 *           latency   sum_i,n w[i] * p[n] * idle_ns(i,n), over the best on the
 *                     host: what a program that only waits for memory would be
 *                     slowed down by
 *           slowdown  sum_i w[i] * t(i), over t of the best place on the host,
 *                     where t(i) is the time of one operation alone on a CPU
 *                     of node i (host/memsys.h: caps of core, controllers and
 *                     links count, other guests do not)
 *
 *         A workload of several operations counts each by its part of the CPU
 *         time alone, in the phase that goes on for ever or, if none does, in
 *         all of them.
 *
 * UNITS   all four are ratios; 0 is best for remote, 1 for the others.
 *
 * LEFT OUT  other guests' load, which `nodewise sim` has; moves; waiting for
 *         a CPU.
 *
 * TESTS   sim/test/check_trial.c
 */
#ifndef RUN_TRIAL_COST_H
#define RUN_TRIAL_COST_H

#include "guest/workload.h"
#include "host/memsys.h"
#include "run/trial.h"

struct trial_cost {
	double remote;
	double distance;
	double latency;
	double slowdown; /* NaN without a workload */
};

/* What it takes, once for a host and a workload. */
struct trial_speed {
	const struct host *host;
	const struct host_state *state;
	uint8_t host_node[NODE_MAX];     /* of the state's nodes */
	struct memsys *mem;
	const struct workload *workload; /* NULL = none */
	double op_weight[WORKLOAD_OP_MAX]; /* sum 1 */
	double op_alone_ns[WORKLOAD_OP_MAX];
	double best_latency_ns;
};

/* -1 and *err if state and host are not one host. workload may be NULL. */
int trial_speed_init(struct arena *arena, const struct host *host,
		     const struct host_state *state,
		     const struct workload *workload,
		     struct trial_speed *speed, struct err *err);

/* Of a guest that was built. */
void trial_cost(const struct trial_speed *speed, const struct trial *trial,
		struct trial_cost *cost);

#endif
