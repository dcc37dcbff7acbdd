/*
 * libxl.c - the placement Xen's own toolstack does at domain creation.
 *
 * SOURCE  facts/xen.md 1.3 to 1.7: libxl_numa.c libxl__get_numa_candidate(),
 *         libxl_dom.c numa_place_domain(), numa_cmpf(). The search itself is
 *         in libxl_search.c, for conformance asks it too.
 *
 * RULE    Among the smallest sets of nodes that hold the request, take the one
 *         with fewest vCPUs that may run there; of those, the one with most
 *         free memory; of those, the first in lexicographic order.
 *         The set becomes the domain's node affinity, its CPUs the soft
 *         affinity of every vCPU.
 *
 * WHY     Fewer nodes means fewer remote accesses. Counting vCPUs first keeps
 *         a large, empty-looking node from collecting every domain.
 *
 * AS THERE, defects included; test_libxl_*_and_fixed_does_not pin
 *         them:
 *         - hard affinity of the guest does not narrow the search: only the
 *           pool does, so a pinned guest's memory may land where none of its
 *           vCPUs may run;
 *         - claimed memory and Xen's DMA reserve of node 0 count as free;
 *         - memory of a set wraps at 4 TiB, and two sets 2 TiB apart compare
 *           the wrong way round;
 *         - nothing is decided on a single node or on more than 16;
 *         - distances between the nodes of a set are not looked at;
 *         - nodes without CPUs are never chosen.
 *         A vCPU whose affinity allows two nodes counts on both.
 *
 * DIFFERS libxl fails the creation when hard affinity and pool have no CPU in
 *         common. A toolstack has refused such a guest before it asks here;
 *         asked all the same, the answer is PLACE_NO_FIT.
 *         Vnodes without a pnode are not placed, as there: all get node 0.
 *
 * COST    libxl_search.h.
 *
 * TESTS   sim/test/check_libxl.c, sim/test/check_placement_golden.c
 */
#include "place/place.h"

#include "base/units.h"
#include "place/libxl_search.h"

#include <math.h>
#include <stdio.h>

enum { EXPLAIN_MAX = 16, TEXT_MAX = 160 };

static enum place_result libxl_pick(const struct place_view *view,
				    const struct place_request *request,
				    struct place_answer *answer)
{
	struct libxl_query query;
	struct libxl_candidate best;
	bool found;

	if (view->node_count <= 1 || view->node_count > LIBXL_NODES_MAX)
		return PLACE_DECLINED;
	if (request->hard_cpus &&
	    !cpuset_intersects(request->hard_cpus, view->pool_cpus))
		return PLACE_NO_FIT;

	libxl_query_init(&query, view, request);
	if (libxl_search(&query, &found, &best) != 0 || !found)
		return PLACE_NO_FIT;

	answer->nodes = best.nodes;
	answer->cpu_nodes = best.nodes;
	answer->affinity = PLACE_SOFT;
	return PLACE_OK;
}

/* Why there is no candidate, in one line over all suitable nodes. */
static void explain_none(const struct libxl_query *query,
			 void (*note)(void *arg, nodeset nodes, double score,
				      const char *text),
			 void *arg)
{
	char text[TEXT_MAX];
	nodeset nodes = NODESET_NONE;
	uint32_t cpus = 0;
	uint32_t free_memkb = 0;

	for (uint32_t n = 0; n < query->node_count; n++) {
		if (query->node[n].suitable_pcpus == 0)
			continue;
		nodes = nodeset_add(nodes, n);
		cpus += query->node[n].suitable_pcpus;
		free_memkb += (uint32_t)query->node[n].free_memkb;
	}
	snprintf(text, sizeof(text),
		 "does not fit: %llu KiB and %u CPUs wanted, "
		 "%u KiB and %u CPUs there",
		 (unsigned long long)query->need_memkb,
		 (unsigned)query->min_cpus, (unsigned)free_memkb,
		 (unsigned)cpus);
	note(arg, nodes, (double)NAN, text);
}

static void libxl_explain(const struct place_view *view,
			  const struct place_request *request,
			  void (*note)(void *arg, nodeset nodes, double score,
				       const char *text),
			  void *arg)
{
	struct libxl_query query;
	struct libxl_candidate top[EXPLAIN_MAX];
	uint64_t fit_count;
	char text[TEXT_MAX];

	if (view->node_count <= 1 || view->node_count > LIBXL_NODES_MAX) {
		note(arg, nodeset_below(view->node_count), (double)NAN,
		     "libxl places on 2 to 16 nodes only");
		return;
	}
	if (request->hard_cpus &&
	    !cpuset_intersects(request->hard_cpus, view->pool_cpus)) {
		note(arg, NODESET_NONE, (double)NAN,
		     "no CPU is in the hard affinity and in the pool");
		return;
	}
	libxl_query_init(&query, view, request);

	uint32_t count = libxl_rank(&query, top, EXPLAIN_MAX, &fit_count);

	if (count == 0)
		explain_none(&query, note, arg);
	for (uint32_t i = 0; i < count; i++) {
		snprintf(text, sizeof(text),
			 "vCPUs that may run there; %.2f GiB free, %u CPUs "
			 "(%u of %llu sets of %u)",
			 gib_from_pages(pages_from_kib(top[i].free_memkb)),
			 (unsigned)top[i].cpus, (unsigned)i + 1,
			 (unsigned long long)fit_count,
			 (unsigned)top[i].node_count);
		note(arg, top[i].nodes, top[i].vcpus, text);
	}
}

const struct place_ops place_libxl = {
	.abi = PLACE_ABI,
	.name = "libxl",
	.summary = "Xen's toolstack: fewest nodes, fewest vCPUs, most free",
	.pick = libxl_pick,
	.explain = libxl_explain,
};
