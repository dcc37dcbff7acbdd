/*
 * memsys_impl.h - the inside of struct memsys: for memsys.c, memshare.c,
 *                 memsys_check.c and the test that breaks it.
 *
 *           start, stop ... mark     memsys.c
 *               |  settle
 *               v
 *           flows of marked CPUs and their siblings: ceiling     (step 1)
 *           memqueue: delays                                     (2 and 3)
 *           demand of the marked and of those whose delays moved
 *           memshare.c: rates                                    (4)
 *               |
 *               v
 *           changed() for each rate that is another than before
 *
 * Step 4 looks only at `hot` resources: those whose flows' demands together
 * exceed the capacity. No other can be full, for rates are at most demands. So
 * while none is hot, rates are demands; and flows that reach one another over
 * hot resources alone are shared out by themselves.
 */
#ifndef HOST_MEMSYS_IMPL_H
#define HOST_MEMSYS_IMPL_H

#include "host/maxmin.h"
#include "host/memqueue.h"

/* A flow over hot resources, while rates are shared out. */
struct memsys_hot {
	uint32_t cpu;
	uint32_t first; /* of hot_resource[], hot_weight[] */
	uint32_t count;
};

struct memsys {
	memsys_changed *changed;
	void *world;
	struct memnet *net;
	struct memqueue *queue;
	uint32_t nr_cpus;
	uint32_t nr_words; /* of a cpuset that CPUs fall in */
	double write_weight;
	double write_latency_factor;
	double smt[MEMSYS_THREADS_MAX + 1]; /* time of an op, by busy threads */

	uint16_t *cpu_core;   /* [cpu] */
	uint32_t *core_first; /* [core], and one past the last */
	uint16_t *core_cpu;   /* [core_first[core] ...] ascending */
	uint8_t *core_busy;   /* [core]: running threads */

	struct memsys_load *load; /* [cpu], as last started or reshared */
	struct memflow *flow;     /* [cpu] */
	cpuset running;
	cpuset streaming; /* running with entries, as settled: in the sums */
	cpuset marked;    /* to be looked at by the next settle */
	cpuset fresh;     /* started, reloaded or reshared since the last one */
	cpuset touched;   /* rate set by this settle */
	bool any_marked;

	double *offered;  /* [resource]: sum of demands, without opposites */
	bool *stirred;    /* [resource]: offered has changed since shared out */
	bool any_stirred;
	bool *hot;        /* [resource] */
	uint32_t nr_hot;
	nodeset *hot_to;  /* [node]: ways from here with something hot */

	/* scratch of memshare.c */
	struct maxmin *maxmin;
	struct memsys_hot *hot_flow; /* [cpu] */
	uint16_t *hot_resource;
	double *hot_weight;
	double *weight;    /* [resource], 0 between uses */
	uint16_t *parent;  /* [resource]: union of hot ones, root the lowest */
	bool *redo;        /* [resource]: roots to share out again */
	uint16_t *index;   /* [resource]: in maxmin */

	/* A host of its own, for memsys_alone_ops_per_s(); and for checks. */
	struct memflow *alone_flow;
	struct memqueue *alone_queue;
	struct memqueue *fresh_queue;
};

/* memshare.c: step 4. Sets rate, and touched where it differs from reported. */
void memshare_create(struct memsys *m, struct arena *arena);
void memshare_offer(struct memsys *m, struct memflow *f, double demand);
void memshare_withdraw(struct memsys *m, struct memflow *f);
void memshare_rate(struct memsys *m, uint32_t cpu, double ops_per_s);
void memshare_settle(struct memsys *m);
double memshare_alone(struct memsys *m, const struct memflow *f, double demand);

/* weight[r] += what a byte/s of the flow takes of r; O(entries * way). */
void memshare_weigh(const struct memnet *net, const struct memflow *f,
		    double *weight);

/* Runs the statement for each cpu of the set, ascending. w, bits: any names. */
#define MEMSYS_FOR_EACH(cpu, w, bits, m, set)                               \
	for (uint32_t w = 0; w < (m)->nr_words; w++)                        \
		for (uint64_t bits = (set)->word[w];                        \
		     bits && (cpu = w * 64 + (uint32_t)__builtin_ctzll(bits), \
			     true);                                         \
		     bits &= bits - 1)

#endif
