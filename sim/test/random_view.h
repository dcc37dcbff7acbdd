/*
 * random_view.h - hosts and requests for tests of heuristics, from a seed.
 *
 * A view owns its arrays: struct random_view is the storage, view points into
 * it. random_view_init() keeps V1 to V5 of place/place.h.
 */
#ifndef TEST_RANDOM_VIEW_H
#define TEST_RANDOM_VIEW_H

#include "base/units.h"
#include "place/place.h"

#include <math.h>
#include <string.h>

/* splitmix64: enough for tests, and independent of the program's streams. */
static inline uint64_t draw_bits(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* min..max */
static inline uint64_t draw(uint64_t *state, uint64_t min, uint64_t max)
{
	return min + draw_bits(state) % (max - min + 1);
}

enum { RANDOM_GUESTS_MAX = 4 };

struct random_view {
	struct place_view view;
	struct place_node node[NODE_MAX];
	uint8_t distance[NODE_MAX * NODE_MAX];
	uint16_t cpu_to_node[CPU_MAX];
	cpuset pool_cpus;
	struct place_guest guest[RANDOM_GUESTS_MAX];
};

/* What to draw; all false is a plain host of CPUs and memory everywhere. */
struct random_kind {
	uint32_t nodes;    /* node_count */
	bool cpuless;      /* some nodes have no CPUs */
	bool offline;      /* some nodes but the last are offline */
	bool small_pool;   /* the pool is half of the CPUs */
	bool huge;         /* nodes of up to 6 TiB, else of up to 64 GiB */
	bool equal;        /* every node the same, but for what is above */
};

static inline void random_nodes(struct random_view *r, uint64_t *state,
				const struct random_kind *kind)
{
	uint64_t gib_max = kind->huge ? 6144 : 64;
	uint64_t free_same = draw(state, 1, gib_max) * PAGES_PER_GIB;

	for (uint32_t n = 0; n < kind->nodes; n++) {
		struct place_node *node = &r->node[n];
		/* Few different values, so that there are ties. */
		uint64_t few = draw(state, 0, 8) * (gib_max / 8) *
			       PAGES_PER_GIB;

		memset(node, 0, sizeof(*node));
		node->online = !kind->offline || n + 1 == kind->nodes ||
			       draw(state, 0, 3) > 0;
		node->total_pages = gib_max * PAGES_PER_GIB;
		node->free_pages = kind->equal ? free_same
				   : draw(state, 0, 1) ? few
				   : draw(state, 0, node->total_pages);
		if (!kind->equal && draw(state, 0, 3) == 0)
			node->claimed_pages = draw(state, 0,
						   node->total_pages);
		node->vcpus = kind->equal ? 3
					  : (uint32_t)draw(state, 0, 6) * 4;
		node->load = node->cpu_busy = node->bandwidth_used =
			(double)NAN;
		if (!node->online)
			node->total_pages = node->free_pages =
				node->claimed_pages = 0;
	}
}

static inline void random_cpus(struct random_view *r, uint64_t *state,
			       const struct random_kind *kind)
{
	uint32_t cpu = 0;
	uint32_t per_node = (uint32_t)draw(state, 1, 8);

	memset(&r->pool_cpus, 0, sizeof(r->pool_cpus));
	for (uint32_t n = 0; n < kind->nodes; n++) {
		uint32_t count = kind->equal || draw(state, 0, 1)
					 ? per_node
					 : (uint32_t)draw(state, 1, 8);

		if (!r->node[n].online ||
		    (kind->cpuless && draw(state, 0, 2) == 0))
			count = 0;
		r->node[n].pcpus = count;
		for (uint32_t i = 0; i < count; i++, cpu++) {
			r->cpu_to_node[cpu] = (uint16_t)n;
			if (kind->small_pool && draw(state, 0, 1))
				continue;
			cpuset_add(&r->pool_cpus, cpu);
			r->node[n].pool_pcpus++;
		}
	}
	r->cpu_to_node[cpu++] = NODE_NONE; /* a CPU that is not there */
	r->view.cpu_count = cpu;
}

static inline void random_view_init(struct random_view *r, uint64_t *state,
				    const struct random_kind *kind)
{
	uint32_t n = kind->nodes;

	memset(r, 0, sizeof(*r));
	random_nodes(r, state, kind);
	random_cpus(r, state, kind);
	for (uint32_t a = 0; a < n; a++)
		for (uint32_t b = 0; b < n; b++)
			r->distance[a * n + b] =
				a == b ? 10
				       : (uint8_t)(10 + draw(state, 1, 4) * 6);
	r->view.node_count = n;
	r->view.node = r->node;
	r->view.distance = r->distance;
	r->view.cpu_to_node = r->cpu_to_node;
	r->view.pool_cpus = &r->pool_cpus;
	r->view.dma_pages = n > 1 ? 4 * PAGES_PER_GIB : 0;
	r->view.guest = r->guest;
}

static inline void random_request(struct place_request *q, uint64_t *state,
				  const struct place_view *view,
				  cpuset *hard_storage)
{
	uint64_t total = 0;

	memset(q, 0, sizeof(*q));
	for (uint32_t n = 0; n < view->node_count; n++)
		total += view->node[n].free_pages;
	q->domid = 1;
	q->vcpus = (uint32_t)draw(state, 1, draw(state, 0, 1) ? 4 : 24);
	q->need_pages = 1 + draw(state, 0, total / draw(state, 1, 12)) /
				    512 * 512;
	q->xen_version = 417;
	q->random = draw_bits(state);
	if (draw(state, 0, 3) == 0) {
		memset(hard_storage, 0, sizeof(*hard_storage));
		for (uint32_t c = 0; c < view->cpu_count; c++)
			if (draw(state, 0, 2))
				cpuset_add(hard_storage, c);
		q->hard_cpus = hard_storage;
	}
	if (draw(state, 0, 3) == 0 && q->vcpus >= 2) {
		q->vnode_count = 2;
		for (uint32_t v = 0; v < 2; v++) {
			q->vnode[v].pages = q->need_pages / 2;
			q->vnode[v].vcpus = v ? q->vcpus / 2
					      : q->vcpus - q->vcpus / 2;
		}
	}
	if (draw(state, 0, 7) == 0)
		q->forced_nodes = draw_bits(state);
}

#endif
