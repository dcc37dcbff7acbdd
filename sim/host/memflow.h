/*
 * memflow.h - a running vCPU as the memory system sees it: memsys.h's formula
 *             with everything that does not depend on other nodes worked out.
 *
 * MODEL   ops/s at delays D[pair] = min(ceiling,
 *             1e9 / (fixed_ns + stall * sum over entries of share * D[pair]))
 *
 * UNITS   Traffic is in bytes/s, rounded to a multiple of net->grain, a power
 *         of two so small that it does not matter and so large that all CPUs'
 *         traffic is below 2^52 of it: sums are exact in a double whatever the
 *         order, and adding and taking away leaves no trace.
 */
#ifndef HOST_MEMFLOW_H
#define HOST_MEMFLOW_H

#include "base/nodeset.h"
#include "host/memnet.h"

/* What the flow does at one node. */
struct mementry {
	double share;   /* set, > 0 */
	double queued;  /* computed: traffic at the delays memqueue works with */
	double offered; /* computed: traffic at the published delays */
	uint32_t node;  /* set */
};

/*
 * What every step of memqueue reads comes first, in one cache line. Set when
 * the flow starts but for those marked *, set when a sibling does, too.
 */
struct memflow {
	struct mementry *entry; /* [nr_entries], ascending by node */
	uint32_t home;       /* node of its CPU */
	uint32_t nr_entries; /* 0: does not touch memory */
	double fixed_ns;     /* * per op, at idle latencies */
	double stall;        /* latencies waited for per op */
	double bytes;        /* per op */
	double ceiling;      /* * ops/s */
	nodeset nodes;       /* of the entries */
	double demand;       /* computed: ops/s at the published delays */

	double rate;         /* computed: ops/s */
	double reported;     /* the rate last told; < 0: none */
	double idle_ns;      /* latency on an idle host */
	double core_s;       /* of its core's stream cap per op */
	double put_ns;       /* * fixed_ns when last put in the queues */
	double idle_rate;    /* * ops/s on an idle host, no core cap */
};

static inline double memflow_round(const struct memnet *net, double bytes_per_s)
{
	/* 1.5 * 2^52 grains: what is added to it loses its fraction of one */
	return (bytes_per_s + net->round) - net->round;
}

/* The row of a matrix of pairs for CPUs of the flow's node. */
static inline const double *memflow_row(const struct memflow *f,
					const struct memnet *net,
					const double *pairs)
{
	return pairs + f->home * net->nr_nodes;
}

/* ops/s at these delays; row is of delays by node. */
static inline double memflow_rate(const struct memflow *f, const double *row)
{
	double delay_ns = 0;

	for (uint32_t e = 0; e < f->nr_entries; e++)
		delay_ns += f->entry[e].share * row[f->entry[e].node];
	double rate = 1e9 / (f->fixed_ns + f->stall * delay_ns);

	return rate < f->ceiling ? rate : f->ceiling;
}

#endif
