/*
 * memnet.h - the resources of the memory system: controllers and links, which
 * of them the way from a CPU node to a memory node takes, and idle latencies.
 *
 * MODEL   Resource r < nr_nodes is node r's controller, nr_nodes + l is link l.
 *         The way of the pair (i, n) is n's controller and the links of the
 *         route. A pair is addressed as i * nr_nodes + n. A byte over a link
 *         also loads the link the other way, its `opposite`, by opposite_share
 *         of a byte, and so a line waits there too, by the same share:
 *
 *           load[r]  = sum[r] + opposite_share * sum[opposite[r]]
 *           delay[r] as a pair meets it on r: the same, of delays
 *
 *         where sum[r] is over the pairs with r on their way.
 *
 * UNITS   see memsys.h
 *
 * Constant once made; of one run, so that threads share nothing.
 */
#ifndef HOST_MEMNET_H
#define HOST_MEMNET_H

#include "host/memcurve.h"

enum { MEMNET_NONE = 0xffff };

struct memnet {
	uint32_t nr_nodes;
	uint32_t nr_resources;
	double opposite_share;
	bool queues;              /* some curve is not level */
	double step;              /* latency_step */
	double grain;             /* bytes/s; see memflow.h */
	double round;             /* 1.5 * 2^52 grains */
	double *capacity;         /* [resource], bytes/s; 0: no memory */
	double *delay_ns;         /* [resource], per unit of excess; > 0 */
	uint16_t *opposite;       /* [resource], or MEMNET_NONE */
	const struct memcurve **curve; /* [resource] */
	double *idle_ns;          /* [pair] */
	double *core_s_per_byte;  /* [pair]; core's time for a byte, > 0 */
	uint32_t *first;          /* [pair], and one past the last */
	uint16_t *way;            /* [first[pair] .. first[pair + 1] - 1] */
	uint32_t *user_first;     /* [resource], and one past the last */
	uint16_t *user;           /* pairs whose delay the resource is part of,
				     as its opposite too */
	struct memcurve controller_curve, link_curve, level_curve;
};

struct memnet *memnet_create(struct arena *arena,
			     const struct memsys_config *config);

/* sum[r] with the opposite direction's share added, as above. */
static inline double memnet_with_opposite(const struct memnet *net,
					  const double *sum, uint32_t r)
{
	uint32_t o = net->opposite[r];

	return o == MEMNET_NONE ? sum[r] : sum[r] + net->opposite_share * sum[o];
}

#endif
