/*
 * memsys.h - how fast each running vCPU is: who gets how many GB/s, how late.
 *
 * SOURCE  facts/measuring.md 1.2, 1.3, A3 (caps, controllers, links), A4
 *         (write-back, remote beats local). The equilibrium is a network
 *         utility problem as in F. Kelly, "Charging and rate control for
 *         elastic traffic" (1997); sharing is max-min as in Bertsekas and
 *         Gallager, "Data Networks" 6.5.
 *
 * MODEL   A flow is one vCPU running on one CPU, its work cut in operations:
 *
 *           ns per op = compute_ns * smt + misses / mlp * writes * latency
 *           latency   = sum over nodes n of share[n] * latency(i, n)
 *           writes    = 1 + write_share * (write_latency_factor - 1)
 *           traffic   = 64 B * misses * (1 + write_weight * write_share)
 *                       * share[n] * ops per second, to each node n
 *
 *         i is the CPU's node; smt is k / smt_throughput[k] for k busy threads
 *         of the core. The traffic to n loads n's controller and each directed
 *         link on the way from i to n; a byte on a link also takes
 *         opposite_share bytes of the link the other way (requests, probes).
 *         Controllers and links are the resources. Four steps, each with
 *         exactly one answer, which depends on the set of flows alone:
 *
 *         1. CORE. What each flow would do on an idle machine, cut to its
 *            max-min share of its core's stream cap. Threads of a core share
 *            the cap; a stream over several nodes takes sum share[n]/cap(i,n)
 *            of the core per byte. This is the flow's ceiling below.
 *         2. QUEUES. Every resource r delays each line that crosses it by
 *            d_r = delay_r * (curve(u_r) - 1), where u_r is its utilisation,
 *            and flows run at 1 / (ns per op), at most at their ceiling:
 *
 *              u_r = traffic over r / capacity_r    traffic falls with d
 *              d_r = delay_r * (curve(u_r) - 1)     d rises with u
 *
 *            delay_r is the idle latency of a local access for a controller
 *            (so curve is the loaded-latency curve one measures locally) and
 *            queue_ns for a link. One solution: a flow waits for r in
 *            proportion to the bytes it sends over r, the factor being the
 *            same for all r. So this is the optimality condition of
 *            maximising sum_f (log x_f - c_f x_f) / k_f - sum_r integral of
 *            d_r, which is strictly concave in the rates x. Above u = 1 the
 *            curve goes on with slope MEMSYS_OVERLOAD: it stands for the
 *            queue that holds flows back from a full resource, and keeps them
 *            from counting in full elsewhere.
 *         3. ROUNDING. d_r, never taken above curve(1), is rounded to the
 *            nearest multiple of latency_step * delay_r. A change that moves
 *            no queue by a step leaves all other flows' speed as it was.
 *         4. SHARING. With these latencies each flow has a demand; rates are
 *            the max-min fair ones (equal bytes/s) under the capacities.
 *
 * UNITS   _ns nanoseconds (double: these are means), _bytes_per_s, ops per
 *         second. Capacities count write-backs times write_weight.
 *
 * INVARIANTS, all asserted by memsys_check():
 *   M1  No resource carries more than its capacity (1e-9).
 *   M2  A running flow's rate is positive and at most its demand; a stopped
 *       one's is 0.
 *   M3  A flow below its demand crosses a full resource on which no flow has
 *       more bytes/s (max-min).
 *   M4  The running sums over flows equal a recount, bit by bit.
 *   M5  Demand is what the formula says at the published latencies.
 *   M6  The published delays are those of a solution from scratch.
 *   M7  The threads of a core together stay within the core's cap.
 *   M8  Busy threads and dirty marks agree with the flows.
 *
 * LEFT OUT  caches (the caller says misses per op and changes it by
 *         memsys_reload()), DRAM pages and banks, coherence traffic but for
 *         opposite_share, a prefetcher but for mlp.
 *
 * DIFFERS from "latency(i,n) = idle(i,n) * curve": a remote access waits as
 *         many ns in a controller's queue as a local one, not as many times
 *         its longer idle latency. Queues are in the controller; and only so
 *         is the solution unique. test_memsys_remote_waits_as_long_as_local.
 *
 * COST    start, stop, reshare mark: O(nodes). memsys_settle() is O(nodes) per
 *         marked CPU while no queue moves by a step and nothing is full;
 *         O(flows * nodes) else. On an EPYC core at 64 CPUs in 4 nodes, SMT,
 *         half of the flows striped: 0.3 us if nothing moves, 1.4 us at a third
 *         of the load that fills the host, 7 us at three times that load. A
 *         larger latency_step moves less often.
 *
 * TESTS   sim/test/check_memsys.c, check_memsys_random.c, check_maxmin.c
 */
#ifndef HOST_MEMSYS_H
#define HOST_MEMSYS_H

#include "base/arena.h"
#include "base/cpuset.h"
#include "base/err.h"
#include "base/nodeset.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	MEMSYS_POINTS_MAX = 64, /* of a curve */
	MEMSYS_THREADS_MAX = 8, /* of a core */
	MEMSYS_LINKS_MAX = 4096,
	MEMSYS_OVERLOAD = 8, /* slope of curves above utilisation 1: chosen */
};

/* Rounding of delays that suits most hosts: 1/32 of the idle latency. */
#define MEMSYS_LATENCY_STEP 0.03125

/* No stream is faster than this, cap given or not (exact sums rely on it). */
#define MEMSYS_STREAM_BYTES_PER_S_MAX 1e11

/*
 * Loaded latency over idle latency, by utilisation: straight lines between the
 * points, level after the last. The first point is (0, 1); utilisation rises
 * strictly, at most to 1; factor never falls. nr_points 0: always 1.
 */
struct memsys_curve {
	uint32_t nr_points;
	double utilisation[MEMSYS_POINTS_MAX];
	double factor[MEMSYS_POINTS_MAX];
};

/* One direction of a link between two nodes; the other is a link as well. */
struct memsys_link {
	uint16_t from, to;  /* traffic of CPUs at `from` towards memory at `to` */
	double bytes_per_s; /* > 0 */
	double queue_ns;    /* delay per unit of curve - 1; 0: no delay */
};

/* route_link[first .. first + count - 1], each link once; empty for i = n. */
struct memsys_route {
	uint32_t first;
	uint32_t count;
};

/* What memsys_create() copies. Matrices are [cpu node * nr_nodes + node]. */
struct memsys_config {
	uint32_t nr_cpus;  /* 1 to CPU_MAX */
	uint32_t nr_nodes; /* 1 to NODE_MAX, numbered without gaps */
	uint32_t nr_links; /* 0: the way between nodes has no limit of its own */
	const uint8_t *cpu_node;  /* [nr_cpus] */
	const uint16_t *cpu_core; /* [nr_cpus], < nr_cpus; same = siblings */
	/* [k]: throughput of k busy threads over that of one; [1] is 1 and
	 * needed only up to the threads that cores have. */
	double smt_throughput[MEMSYS_THREADS_MAX + 1];
	const double *idle_ns;          /* [nodes^2], > 0 */
	const double *core_bytes_per_s; /* [nodes^2] or NULL; 0: no cap */
	const double *controller_bytes_per_s; /* [nodes]; 0: no memory there */
	const struct memsys_link *link; /* [nr_links], from-to pairs distinct */
	const struct memsys_route *route; /* [nodes^2]; NULL if nr_links is 0 */
	const uint32_t *route_link;       /* what routes point into */
	struct memsys_curve controller_curve;
	struct memsys_curve link_curve;
	double write_weight;   /* capacity a written-back byte takes; usually 1 */
	double write_latency_factor; /* latency of a miss that ends in a
					write-back, others 1; usually 1, A4: 1.13 */
	double opposite_share; /* 0 to 1; usually 0 */
	double latency_step;   /* > 0, or 0: no rounding, slow, every change
				  reaches everybody; see MEMSYS_LATENCY_STEP */
};

/* One operation of a workload, as it runs now. */
struct memsys_load {
	double compute_ns;  /* >= 0, alone on its core */
	double misses;      /* per op, >= 0; 0: never touches memory */
	double mlp;         /* misses outstanding at once, > 0 if misses > 0 */
	double write_share; /* write-backs per miss, 0 to 1 */
	double share[NODE_MAX]; /* of the misses, by node; sum 1 (1e-6) */
};

struct memsys; /* opaque */

/*
 * Called by memsys_settle(), ascending by cpu, for each flow that has started
 * since the last settle or whose rate differs from the one last reported. It
 * may use the getters, nothing else of this file.
 */
typedef void memsys_changed(void *world, uint32_t cpu, double ops_per_s);

/* 0, or -1 and err says what is wrong with the configuration. */
int memsys_config_check(const struct memsys_config *config, struct err *err);

/* config must pass memsys_config_check(); changed may be NULL. */
struct memsys *memsys_create(struct arena *arena,
			     const struct memsys_config *config,
			     memsys_changed *changed, void *world);

/* Mark a change; rates are valid again after memsys_settle(). load is copied. */
void memsys_start(struct memsys *m, uint32_t cpu,
		  const struct memsys_load *load);      /* cpu is stopped */
void memsys_stop(struct memsys *m, uint32_t cpu);       /* cpu is running */
void memsys_reload(struct memsys *m, uint32_t cpu,
		   const struct memsys_load *load);     /* cpu is running */
void memsys_reshare(struct memsys *m, uint32_t cpu,
		    const double *share); /* running; [nr_nodes], sum 1 */

/* Makes all rates valid, reports those that changed; how many were reported. */
uint32_t memsys_settle(struct memsys *m);

/* Getters: what the last memsys_settle() found. */
bool memsys_running(const struct memsys *m, uint32_t cpu);
double memsys_ops_per_s(const struct memsys *m, uint32_t cpu); /* 0: stopped */
double memsys_demand_ops_per_s(const struct memsys *m, uint32_t cpu);
double memsys_latency_ns(const struct memsys *m, uint32_t cpu_node,
			 uint32_t node);
double memsys_idle_latency_ns(const struct memsys *m, uint32_t cpu_node,
			      uint32_t node);
double memsys_controller_capacity(const struct memsys *m, uint32_t node);
double memsys_link_capacity(const struct memsys *m, uint32_t link);

/* Bytes/s now. Each call is O(flows * nodes): for samples, not per event. */
double memsys_controller_used(const struct memsys *m, uint32_t node);
double memsys_link_used(const struct memsys *m, uint32_t link);

/* The rate load would have on cpu with nothing else on the host. No state. */
double memsys_alone_ops_per_s(struct memsys *m, uint32_t cpu,
			      const struct memsys_load *load);

/* Asserts M1 to M8; call it settled. O(flows^2): tests and --paranoid. */
void memsys_check(const struct memsys *m);

#endif
