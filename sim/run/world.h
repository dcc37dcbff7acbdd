/*
 * world.h - one run of the model: a host, its Xen, guests that come, run,
 *           balloon and go, under one heuristic and one seed.
 *
 * MODEL   The world owns the parts and lets them meet; each part knows only
 *         what its layer may:
 *
 *                  arrival ----> world_create.c ----> heap, domain, scheduler
 *                                     |  place_ops: where?
 *                                     v
 *           credit2 <------------> world_vcpu.c <----> memsys: how fast?
 *             who runs where          |
 *                                     v
 *           world_memory.c: destroy, balloon, scrubbing by idle CPUs
 *           world_sample.c: nodes.csv, measured load for heuristics
 *
 *         After every event the world serves the CPUs that must schedule
 *         (sched_softirqs) and lets the memory system settle (memsys_settle):
 *         rates change only when somebody starts, stops, moves, or pages move.
 *
 *         Slowdown of a guest = time its vCPUs ran or waited for a CPU, over
 *         the CPU time that its operations take alone on the host, all memory
 *         local. 1 is perfect; 2 means half the speed while it had work to do.
 *
 * UNITS   _ns simulated time; _pages; ops are the workload's operations.
 *
 * INVARIANTS, asserted by world_check() (--paranoid: after every event):
 *   W1  What each part's own check demands.
 *   W2  A vCPU runs on the CPU that the scheduler says, and only then has a
 *       flow in the memory system.
 *   W3  A guest's shares of its pages per node add up to 1.
 *   W4  Pages of all domains and free pages add up to what the heap was given.
 *
 * LEFT OUT  dom0's CPU time for building and I/O, the lock of autoballoon,
 *         caches but for the fixed cost of a move, interrupts, populate-on-
 *         demand.
 *
 * TESTS   sim/test/check_world.c
 */
#ifndef RUN_WORLD_H
#define RUN_WORLD_H

#include "base/err.h"
#include "base/rng.h"
#include "des/des.h"
#include "des/trace.h"
#include "guest/balloon.h"
#include "guest/program.h"
#include "host/host.h"
#include "host/memsys.h"
#include "place/count.h"
#include "place/place.h"
#include "run/scenario.h"
#include "toolstack/build.h"
#include "xen/domain.h"
#include "xen/heap.h"
#include "xen/memop.h"
#include "xen/sched.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	WORLD_DOM0 = 0,
	WORLD_ONE_NODE_PAGES = 4096, /* xapi calls a guest with no more than
	                                this elsewhere NUMA-optimised */
};

struct world;
struct world_guest;

enum world_vcpu_state { VCPU_NEW, VCPU_RUN, VCPU_SLEEP, VCPU_END };

/* One vCPU. The first part is read and written at every switch. */
struct world_vcpu {
	struct world *world;
	struct world_guest *guest;
	struct sched_unit *unit;
	des_handle timer;        /* end of the run step, or of the sleep */
	int64_t since_ns;        /* work is accounted up to here; ahead of now
	                            while a switch or a move still costs */
	double ops_per_ns;       /* now; 0 while not on a CPU */
	double ops_left;         /* of this step, unless it counts CPU time */
	int64_t cpu_left_ns;     /* of this step, if it counts CPU time */
	uint16_t cpu;            /* runs there; CPU_NONE */
	uint16_t last_cpu;       /* ran there last; CPU_NONE at first */
	uint16_t op_index;       /* of the workload, in state VCPU_RUN */
	uint8_t vnode;           /* VNODE_NONE without vNUMA */
	uint8_t state;           /* enum world_vcpu_state */
	bool counts_cpu;         /* this step is measured in CPU time */
	bool online;             /* was ever put online */
	double remote_share;     /* of its accesses from this CPU */
	double distance;         /* mean of its accesses, over the local one */

	/* What it has done, in all. */
	double alone_ns;         /* CPU time of that work alone, all local */
	double accesses;         /* cache lines fetched */
	double remote_accesses;  /* of those, from another node */
	double distance_sum;     /* accesses weighted with distance / 10 */
	double score;
	int64_t nonaffine_ns;    /* on a CPU outside effective soft affinity */
	uint64_t moves, node_moves;
	int64_t switched_in_ns;
	struct program program;
};

enum world_guest_state {
	GUEST_CREATING,
	GUEST_RUNNING,
	GUEST_DYING,
	GUEST_GONE,
	GUEST_FAILED, /* never started; its memory is given back or being so */
};

/* Where a guest's accesses go: per node, and per vnode for own-vnode shares. */
struct world_shares {
	double all[NODE_MAX];
	double (*vnode)[NODE_MAX]; /* [vnode_count]; NULL without vNUMA */
};

/* What a guest's vCPUs have done, added up. */
struct world_work {
	double alone_ns, accesses, remote_accesses, distance_sum, score;
	int64_t run_ns, wait_ns, nonaffine_ns;
	uint64_t moves, node_moves;
};

struct world_guest {
	struct world *world;
	struct scenario_arrival arrival;
	const struct place_ops *ops; /* decides where; NULL for dom0 */
	uint32_t domid;
	enum world_guest_state state;
	struct domain *domain;
	struct sched_dom *dom;
	uint32_t vcpu_count;
	struct world_vcpu *vcpu;
	struct world_shares shares;
	uint32_t node_vcpus[NODE_MAX]; /* as libxl counts them */
	double alone_op_ns[WORKLOAD_OP_MAX]; /* one operation alone, local */

	/* The builder's steps (world_create.c). */
	struct build build;
	struct build_layout layout;
	struct build_memory memory;
	struct populate_call call;
	struct memop_reservation reservation;
	struct memop_cost cost;
	struct vmemrange *range;
	uint32_t range_count;
	uint8_t vnode_to_pnode[VNODE_MAX];
	enum place_result placed;
	struct place_answer answer;
	const char *failure;     /* why it did not start; NULL */

	/* Results. */
	int64_t started_ns, ended_ns; /* TIME_NEVER_NS = not yet */
	uint64_t built_on[NODE_MAX];  /* RAM per node when it was started */
	uint64_t built_pages, off_plan_pages;
	struct world_work warm;       /* at the end of the warm-up */
	struct world_work final;      /* when its vCPUs were stopped */

	struct balloon *balloon; /* NULL: no targets */
	struct balloon_request request;
	des_handle balloon_event;
	uint32_t balloon_index;  /* the next target */
};

struct world_node {
	uint32_t scrub_cpu;   /* a CPU of it that scrubs now; CPU_NONE */
	uint32_t scrub_node;  /* and which node */
	double load;          /* runnable vCPUs, smoothed; NaN at first */
	double busy;          /* share of CPU time, smoothed; NaN at first */
	int64_t idle_ns;      /* of its CPUs at the last sample */
	int64_t warm_idle_ns; /* at the end of the warm-up */
};

struct world_config {
	const struct scenario *scenario;
	const struct host *host;
	uint32_t case_index;
	uint64_t seed;
	const struct place_ops *ops;
	const struct place_ops *const *class_ops; /* [guest_count]; an entry
	                                             NULL = ops */
	bool paranoid;
	bool sample_nodes;       /* keep nodes.csv's rows */
	FILE *trace;             /* NULL = none; borrowed */
	bool trace_gzip;
	uint64_t trace_events_max;
};

struct world {
	struct world_config config; /* its pointers are borrowed */
	const struct scenario *scenario;
	const struct host *host;
	struct arena *arena;
	struct des *des;
	struct heap *heap;
	struct p2m_store p2m;
	struct sched *sched;
	struct memsys *mem;
	struct trace *trace;     /* NULL = none */

	uint16_t *cpu_to_node;   /* [nr_cpus] */
	cpuset all_cpus;
	struct count_map count_map;
	uint32_t best_cpu, best_node; /* the fastest local access there is */
	struct rng sched_rng;

	struct world_vcpu **running; /* [nr_cpus]; NULL = idle */
	struct world_node node[NODE_MAX];
	des_handle *timer;       /* by the scheduler's timer number */
	uint32_t timer_count;

	struct world_guest dom0;
	struct world_guest *guest; /* [guest_count], by arrival */
	uint32_t guest_count;
	uint32_t nr_domids;      /* the next domain's number */
	struct domain **listed;  /* [guest_count + 1]: world_check()'s */

	bool dirty;              /* some free page may be dirty */
	bool scrub_wanted;       /* a CPU went idle or pages became dirty */

	struct err err;          /* why the run was stopped; "" */

	int64_t sample_ns;       /* distance of two samples */
	int64_t sampled_ns;      /* when the last one was taken */
	struct place_node *view_node;   /* [nr_nodes]: view_take()'s */
	struct place_guest *view_guest; /* [guest_count + 1] */
	FILE *nodes;             /* rows of nodes.csv; NULL = not kept */
	char *nodes_text;
	size_t nodes_bytes;
};

/*
 * Makes the world at time 0, dom0 built, nothing else started. The scenario
 * is bound to the host, and both outlive the world; so does the arena. NULL
 * with *err when dom0 does not fit or an option is out of range.
 */
struct world *world_create(struct arena *arena,
			   const struct world_config *config, struct err *err);

/* Runs it to the scenario's duration. -1 if a plug-in answers nonsense or the
 * trace cannot be written. */
int world_run(struct world *world, struct err *err);

/* Aborts on a broken invariant. Slow. */
void world_check(struct world *world);

static inline int64_t world_now_ns(const struct world *world)
{
	return des_now_ns(world->des);
}

/* --- world_vcpu.c ---------------------------------------------------------- */

/* The hooks of the scheduler, and the change of rate of the memory system. */
void vcpu_hooks(struct world *world, struct sched_env *env);
void vcpu_rate_changed(void *world, uint32_t cpu, double ops_per_s);

/* Makes the vCPUs of a guest whose sched_dom exists (offline until start). */
void vcpu_create_all(struct world_guest *guest, const cpuset *allowed);
/* The guest was unpaused: each vCPU begins its program. */
void vcpu_start_all(struct world_guest *guest);
/* Stops all, forgets their timers and destroys the sched_dom. */
void vcpu_destroy_all(struct world_guest *guest);
/* Work done up to now is in the counters. */
void vcpu_account(struct world_vcpu *vcpu);
/* What the guest's vCPUs have done up to now. */
void vcpu_work(struct world_guest *guest, struct world_work *work);
/* CPU time of one operation of each kind alone on the host, all local. */
void vcpu_alone(struct world_guest *guest);
/* The guest's pages have moved: what runs goes on with other shares. */
void vcpu_reshare_all(struct world_guest *guest);

/* --- world_create.c -------------------------------------------------------- */

/* Event: a guest is asked for. */
void create_begin(void *guest, uint64_t unused);

/* --- world_memory.c -------------------------------------------------------- */

/* Where the guest's pages are now, into guest->shares. */
void memory_update_shares(struct world_guest *guest);
/* Event: the guest ends; its CPUs stop, its memory comes back bit by bit. */
void memory_destroy(void *guest, uint64_t unused);
/* Memory of a guest that was never started. */
void memory_give_back(struct world_guest *guest);
/* Starts the balloon driver of a guest that has targets. */
void memory_balloon_start(struct world_guest *guest);
/* A CPU is idle, or pages became dirty: somebody may scrub. */
void memory_scrub_kick(struct world *world);

/* --- world_trace.c --------------------------------------------------------- */

/* Names the rows; closes the file's JSON. */
void world_trace_open(struct world *world);
int world_trace_close(struct world *world, struct err *err);
/* The CPU has changed what it runs. */
void world_trace_switch(struct world *world, uint32_t cpu, bool was_busy);
/* A sample of node n's counters; a moment of a guest. */
void world_trace_counters(struct world *world, uint32_t node, double runnable,
			  double bytes_per_s);
void world_trace_guest(struct world_guest *guest, const char *what);

/* --- world_sample.c -------------------------------------------------------- */

void sample_start(struct world *world);
/* Share of a node's CPU time that was used since the end of the warm-up. */
double sample_busy_share(struct world *world, uint32_t node);

/* --- world_view.c ---------------------------------------------------------- */

/* What the toolstack sees now, and what it asks, for guest. Memory from the
 * run's arena is reused between calls. */
void view_take(struct world_guest *guest, struct place_view *view,
	       struct place_request *request);
/* Hard, soft or node affinity changed: recomputes the domain's automatic node
 * affinity and where its vCPUs count. */
void view_recount(struct world_guest *guest);

#endif
