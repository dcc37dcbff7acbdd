/*
 * place.h - a placement heuristic, what it is shown and what it answers.
 *
 * RULE    A heuristic is a pure function of the snapshot and the request: it
 *         keeps no state, reads no clock and allocates nothing. So the same
 *         file answers for the model, for a recorded host and for a live one,
 *         and can be loaded from a shared object (--heuristic ./mine.so).
 *         It looks only at what is in this file. Randomness comes as
 *         request->random.
 *
 * UNITS   _pages 4 KiB pages; distances in SLIT units (10 = local); loads in
 *         vCPUs (1.0 = one CPU wanted all the time).
 *
 * A plug-in exports one symbol:
 *
 *         const struct place_ops place_plugin;
 *
 *         with .abi = PLACE_ABI. sim/place/example/ has one to start from.
 *
 * INVARIANTS of a view and a request, asserted by place_view_check() and
 * place_request_check(); of an answer, tested by place_answer_check(), which
 * reports instead of aborting because a plug-in may be wrong:
 *   V1  1 <= node_count <= NODE_MAX, and the last node is online.
 *   V2  cpu_count <= CPU_MAX; a CPU's node is below node_count or NODE_NONE.
 *   V3  pcpus and pool_pcpus of a node are what cpu_to_node and pool_cpus say;
 *       an offline node has neither CPUs nor free memory.
 *   V4  free_pages and claimed_pages are at most total_pages.
 *   V5  An online node is nearer to itself than to any other, or as near.
 *   R1  vcpus > 0 and need_pages > 0.
 *   R2  vnode_count <= PLACE_VNODE_MAX; the vnodes' vCPUs are the guest's.
 *   A1  nodes is a non-empty set of online nodes.
 *   A2  With PLACE_SOFT or PLACE_HARD cpu_nodes is a non-empty set of online
 *       nodes, one at least with a CPU (of the guest's pool if PLACE_HARD).
 *   A3  vnodes_placed only for a guest with vnodes, each on an online node.
 */
#ifndef PLACE_PLACE_H
#define PLACE_PLACE_H

#include "base/cpuset.h"
#include "base/nodeset.h"

#include <stdbool.h>
#include <stdint.h>

/* Grows when a struct below changes shape; the loader refuses another value. */
enum { PLACE_ABI = 1, PLACE_VNODE_MAX = 32 };

enum place_result {
	PLACE_OK,       /* the answer is filled in */
	PLACE_NO_FIT,   /* no set of nodes holds the request: a result, no error.
	                   Xen's toolstack then goes on as for DECLINED, and
	                   the guest may still be built, striped */
	PLACE_DECLINED, /* this heuristic does not decide here: Xen's defaults */
};

/* One NUMA node, as a toolstack can see it. */
struct place_node {
	uint64_t total_pages;
	uint64_t free_pages;    /* all zones, dirty and claimed ones too, as Xen
	                           reports it; 0 for an offline node */
	uint64_t claimed_pages; /* node claims; 0 where claims are host-wide */
	uint32_t pcpus;         /* CPUs of the node, of the whole host */
	uint32_t pool_pcpus;    /* of those, CPUs in the guest's pool */
	uint32_t vcpus;         /* vCPUs that may run here, counted as libxl does
	                           (facts/xen.md 1.4), the new guest's included */
	double load;            /* mean runnable vCPUs lately; NaN if unknown */
	double cpu_busy;        /* share of CPU time used lately, 0..1; NaN */
	double bandwidth_used;  /* of the controller, 0..1; NaN if unknown */
	bool online;
};

/* An existing guest, for heuristics that look at groups or load. */
struct place_guest {
	uint32_t domid;
	uint32_t vcpus;
	nodeset node_affinity;
	bool node_affinity_auto;
	uint64_t pages_on[NODE_MAX];
	uint32_t group; /* 0 = none; see place_request.group */
};

/* The host at one moment. All pointers are borrowed for the call. */
struct place_view {
	uint32_t node_count;  /* highest online node + 1, 1..NODE_MAX */
	uint32_t cpu_count;   /* width of the CPU maps below */
	const struct place_node *node;      /* [node_count] */
	const uint8_t *distance;            /* [node_count * node_count] */
	const uint16_t *cpu_to_node;        /* [cpu_count]; NODE_NONE = absent */
	const cpuset *pool_cpus;            /* CPUs of the guest's pool */
	uint64_t dma_pages;   /* of node 0, handed out last (facts/xen.md 4.4) */
	uint32_t guest_count;
	const struct place_guest *guest;    /* [guest_count] */
};

struct place_vnode {
	uint64_t pages;
	uint32_t vcpus;
};

struct place_request {
	uint32_t domid;
	uint32_t vcpus;       /* maxvcpus */
	uint64_t need_pages;  /* with the overhead libxl adds (facts/xen.md 1.3) */
	const cpuset *hard_cpus; /* the guest's hard affinity; NULL = all */
	uint32_t group;       /* 0 = none */
	uint32_t vnode_count; /* 0 = no vNUMA */
	struct place_vnode vnode[PLACE_VNODE_MAX];
	nodeset forced_nodes; /* the scenario's nodes for pinned, best and worst:
	                         0 = let the heuristic choose */
	uint32_t xen_version; /* 417 or 422 */
	uint64_t random;      /* 64 fresh random bits, the same for every
	                         heuristic at this guest of this seed */
};

/* How the CPUs of cpu_nodes bind the guest's vCPUs. */
enum place_affinity { PLACE_FREE, PLACE_SOFT, PLACE_HARD };

struct place_answer {
	nodeset nodes;      /* memory: the domain's node affinity */
	nodeset cpu_nodes;  /* vCPUs; usually == nodes */
	enum place_affinity affinity;
	bool vnodes_placed; /* vnode_to_pnode below is filled in */
	uint8_t vnode_to_pnode[PLACE_VNODE_MAX];
};

struct place_ops {
	uint32_t abi; /* PLACE_ABI */
	const char *name;    /* lower case, digits, '-': as typed by people */
	const char *summary; /* one line for --help and tables */
	/*
	 * Called by the toolstack once per created domain. *answer is zeroed
	 * before the call and read only on PLACE_OK, when .nodes must be a
	 * non-empty set of online nodes.
	 */
	enum place_result (*pick)(const struct place_view *view,
	                          const struct place_request *request,
	                          struct place_answer *answer);
	/*
	 * Optional: the candidates looked at, best first, for `place --explain`:
	 * calls note(arg, nodes, score, text) for each. NULL = none. text says
	 * what the score is; it is gone when note returns. The first is what
	 * pick answers, if pick answers PLACE_OK.
	 */
	void (*explain)(const struct place_view *view,
	                const struct place_request *request,
	                void (*note)(void *arg, nodeset nodes, double score,
	                             const char *text),
	                void *arg);
};

/*
 * From here on: the program's side. A plug-in calls none of these.
 */
struct err;

/* The table (list.h), in the order reports print it. */
uint32_t place_count(void);
const struct place_ops *place_at(uint32_t index); /* index < place_count() */

/* By name; NULL if the table has none of that name. */
const struct place_ops *place_find(const char *name);

/* Writes up to max names of the table, in order; returns place_count(). */
uint32_t place_names(const char **names, uint32_t max);

/*
 * Asks ops and checks what it says. 0 and *result, with *answer filled in when
 * that is PLACE_OK and zeroed otherwise; -1 and one line in *err when the
 * answer is illegal, which only a faulty plug-in does.
 */
int place_run(const struct place_ops *ops, const struct place_view *view,
	      const struct place_request *request, enum place_result *result,
	      struct place_answer *answer, struct err *err);

/* A1 to A3. 0, or -1 and one line that names the heuristic ("name: ..."). */
int place_answer_check(const char *name, const struct place_view *view,
		       const struct place_request *request,
		       const struct place_answer *answer, struct err *err);

/* V1 to V5 and R1, R2: a broken one aborts. O(nodes^2 + CPUs). */
void place_view_check(const struct place_view *view);
void place_request_check(const struct place_request *request);

#endif
