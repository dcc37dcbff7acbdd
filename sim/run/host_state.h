/*
 * host_state.h - a live Xen host at one moment, as its tools print it.
 *
 * SOURCE  facts/xen.md 8 (formats), 0.1 (versions), 4.4 (dma_bits).
 *
 * RULE    --state names one of
 *
 *           DIR            a folder with the saved output of four commands,
 *                          as `nodewise host --collect DIR` leaves it:
 *
 *             info.txt       xl info -n       nodes, CPUs, distances, version
 *             list.txt       xl list -n       domains, node affinity
 *             vcpu-list.txt  xl vcpu-list     hard and soft affinity
 *             dmesg.txt      xl debug-keys u; xl dmesg
 *                            free pages, spans, pages of domains per node
 *             cpupool-list.txt  xl cpupool-list -c; only read if it is there
 *
 *           FILE#STEP      a recorded step (lab_record.h) of FILE.jsonl or
 *                          FILE.jsonl.gz; the state once the step was done.
 *                          Without #STEP: the last one.
 *
 *         Of dmesg.txt the last dump counts. Its lines may have the prefix
 *         "(XEN)" and a time in brackets. Lines that say nothing of the host
 *         are passed over, in all files. If the dump of debug key H is there
 *         too, where free memory lies is known better (host_state_heap.h).
 *
 *         What the five files say must agree: a domain that is in one and not
 *         in the other came or went while they were written.
 *
 * UNITS   _pages 4 KiB; mfn a page number.
 *
 * LEFT OUT  what a node affinity says of itself: "all" may be automatic or
 *         explicit. It counts as automatic. Unreachable nodes ("-1") are at
 *         distance 255.
 *
 * INVARIANTS, asserted by host_state_check():
 *   S1  1 <= node_count <= NODE_MAX, the last node is online, one has a CPU.
 *   S2  A CPU's node is online or NODE_NONE; nr_cpus of a node counts them.
 *   S3  Spans of online nodes do not overlap; free_pages <= span_pages; an
 *       offline node has no memory and no CPU. No online node is nearer to
 *       another one than to itself.
 *   S4  Domains rise by domid; no vCPU has an empty hard mask.
 *   S5  A domain's pool is one of the state's.
 *   S6  Free pages per zone, where known, add up to the node's, and lie
 *       within its span.
 *
 * TESTS   sim/test/check_host_state.c
 */
#ifndef RUN_HOST_STATE_H
#define RUN_HOST_STATE_H

#include "base/arena.h"
#include "base/cpuset.h"
#include "base/err.h"
#include "base/nodeset.h"
#include "xen/heap.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	HOST_STATE_DOMAIN_MAX = 32768, /* Xen's domids end at 0x7ff0 */
	HOST_STATE_VCPU_MAX = 8192,    /* of a domain */
	HOST_STATE_POOL_MAX = 256,
	HOST_STATE_DISTANCE_NONE = 255,
};

struct host_state_node {
	bool online;
	uint32_t nr_cpus;
	uint64_t start_mfn;
	uint64_t span_pages; /* holes included */
	uint64_t free_pages; /* all zones, dirty and claimed ones too */
	bool zones_known;    /* set by debug key H */
	uint64_t zone_free_pages[HEAP_ZONES];
};

struct host_state_cpu {
	uint16_t node; /* NODE_NONE: no such CPU, or offline */
	uint16_t socket;
	uint16_t core; /* within the socket, as xl prints it */
};

struct host_state_vcpu {
	uint16_t cpu; /* runs or ran there; CPU_NONE: offline */
	cpuset hard;  /* "all" is cpuset_all() */
	cpuset soft;
};

struct host_state_domain {
	uint32_t domid;
	const char *name;
	uint32_t pool;      /* index into host_state.pool */
	uint32_t vcpu_count; /* offline ones too; 0: none yet */
	const struct host_state_vcpu *vcpu; /* [vcpu_count] */
	nodeset node_affinity;   /* online nodes; "all" is all of them */
	bool node_affinity_auto; /* it was printed as "all" */
	uint64_t total_pages;
	uint64_t pages_on[NODE_MAX]; /* may sum to less (facts 8.1) */
};

struct host_state_pool {
	const char *name;
	cpuset cpus;
};

struct host_state {
	const char *origin;      /* DIR or FILE#STEP: for people */
	const char *xen_text;    /* "4.17.7" */
	uint32_t xen_version;    /* 417 or 422: which rules hold */
	uint32_t node_count;     /* highest online node + 1 */
	uint32_t cpu_count;      /* highest CPU + 1 */
	struct host_state_node *node; /* [node_count] */
	struct host_state_cpu *cpu;   /* [cpu_count] */
	uint16_t *cpu_to_node;        /* [cpu_count]; the same as cpu[].node */
	uint8_t *distance;            /* [node_count^2] */
	uint64_t total_pages;    /* RAM of the host; 0 = not known */
	uint64_t claimed_pages;  /* outstanding claims */
	uint32_t dma_bits;       /* dma_bits= of Xen's command line; 0 = rule */
	uint32_t pool_count;     /* 1.. ; the first is Pool-0's if there is one */
	struct host_state_pool *pool;
	uint32_t domain_count, domain_max;
	struct host_state_domain *domain; /* [domain_max] */
};

/* What --state names. All of it comes from the arena. 0, or -1 and *err. */
int host_state_load(struct arena *arena, const char *what,
		    struct host_state **state, struct err *err);

/* A copy to place guests on: domains can be added to it alone. */
struct host_state *host_state_copy(struct arena *arena,
				   const struct host_state *state);

/* Appends a domain (copied; its vcpu array is borrowed). domid must be higher
 * than all others'. */
void host_state_add(struct arena *arena, struct host_state *state,
		    const struct host_state_domain *domain);

/* The domid Xen would give next: one above the highest here. */
uint32_t host_state_next_domid(const struct host_state *state);

/* Index of a pool by name; pool_count if there is none. */
uint32_t host_state_find_pool(const struct host_state *state, const char *name);

/* Online nodes; online nodes with CPUs; all CPUs. */
nodeset host_state_online(const struct host_state *state);
nodeset host_state_cpu_nodes(const struct host_state *state);
cpuset host_state_cpus(const struct host_state *state);
cpuset host_state_cpus_of(const struct host_state *state, nodeset nodes);

/* "4.17.7" or "4.23-unstable": 417 or 422; 0 for text that is no version. */
uint32_t host_state_version(const char *text);

/* dma_bits=N among the words of Xen's command line; 0 if not given. */
uint32_t host_state_dma_bits(const char *commandline);

/*
 * A list as xl prints it: all, none, or a, a-b joined by commas. False for
 * anything else, and for a member >= count. all is {0, ..., count - 1} of nodes
 * and cpuset_all() of CPUs.
 */
bool host_state_nodes(const char *text, uint32_t count, nodeset *nodes);
bool host_state_cpulist(const char *text, uint32_t count, cpuset *cpus);

/*
 * What a reader calls when it has filled in everything else: derives counts,
 * and says in *err (no file) what cannot be true of one host.
 */
int host_state_complete(struct arena *arena, struct host_state *state,
			struct err *err);

void host_state_check(const struct host_state *state);

#endif
