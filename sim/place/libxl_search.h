/*
 * libxl_search.h - libxl's search for the nodes of a new guest, to the bit.
 *
 * SOURCE  facts/xen.md 1.3 to 1.6: libxl_numa.c libxl__get_numa_candidate(),
 *         libxl_dom.c numa_cmpf(), numa_place_domain().
 *
 * RULE    Sizes k from k_min up to the number of suitable nodes (those with a
 *         suitable CPU). Of a size, all sets in lexicographic order; a set
 *         fits if its free memory and its suitable CPUs are enough. The first
 *         size with a set that fits is final; of its sets, fewest vCPUs, then
 *         most free memory, then the first.
 *
 *           k_min  as asked; else ceil(min_cpus / CPUs of a node) if all nodes
 *                  have the same number (nodes without CPUs before the first
 *                  that has some are not compared), else 1.
 *
 * AS THERE, for the model's libxl must be wrong where libxl is:
 *         - free memory of a set is summed in 32 bits of KiB: wraps at 4 TiB;
 *         - two sets' free memory is compared by a difference cut to an int:
 *           the wrong way round from 2 TiB on;
 *         - one node, or more than 16, and nothing is searched.
 *         libxl-fixed (libxl_fixed.c) is the search with these repaired.
 *
 * UNITS   _memkb KiB, as libxl computes.
 *
 * COST    Where no sum can reach 2 TiB the search is exact branch and bound
 *         (subset.h). Elsewhere sums are no longer monotonic, and all sets of
 *         the size are visited, each for one addition. libxl itself walks all
 *         CPUs for each set.
 *
 * TESTS   sim/test/check_libxl.c (the naive enumeration beside it),
 *         sim/test/check_placement_golden.c
 */
#ifndef PLACE_LIBXL_SEARCH_H
#define PLACE_LIBXL_SEARCH_H

#include "place/place.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	LIBXL_NODES_MAX = 16,  /* libxl_numa.c: "number of nodes too high" */
	LIBXL_ERROR_INVAL = -6 /* ERROR_INVAL */
};

struct libxl_node {
	uint64_t free_memkb;    /* free bytes / 1024 */
	uint32_t pcpus;         /* of the whole host */
	uint32_t suitable_pcpus;
	uint32_t vcpus;         /* count.h */
};

struct libxl_query {
	uint32_t node_count; /* highest online node + 1 */
	struct libxl_node node[NODE_MAX];
	uint64_t need_memkb; /* 0 = any */
	uint32_t min_cpus;   /* 0 = any */
	uint32_t min_nodes;  /* 0 = decide */
	uint32_t max_nodes;  /* 0 = decide */
	bool first_fit;      /* take the first set that fits; do not compare */
};

struct libxl_candidate {
	nodeset nodes;
	uint32_t node_count;
	uint32_t cpus;        /* suitable ones */
	uint32_t vcpus;       /* summed over the nodes */
	uint32_t free_memkb;  /* with the wrap */
};

/*
 * Returns 0, with *found and, if found, *best; or LIBXL_ERROR_INVAL for bounds
 * on the number of nodes that exclude each other.
 */
int libxl_search(const struct libxl_query *query, bool *found,
		 struct libxl_candidate *best);

/*
 * The best max sets of the size libxl_search() ends at, best first, the winner
 * leading. Returns how many were written; *fit_count gets how many fit.
 */
uint32_t libxl_rank(const struct libxl_query *query,
		    struct libxl_candidate *top, uint32_t max,
		    uint64_t *fit_count);

/* numa_cmpf(): negative if a is the better candidate. */
int libxl_compare(const struct libxl_candidate *a,
		  const struct libxl_candidate *b);

/* What the toolstack of the view would ask. */
void libxl_query_init(struct libxl_query *query, const struct place_view *view,
		      const struct place_request *request);

/*
 * Memory the search asks for (facts/xen.md 1.3): target, shadow and IOMMU
 * memory and 1 MiB (PV) or 2 MiB (HVM, PVH), rounded up to 2 MiB. KiB.
 */
uint64_t libxl_need_memkb(bool pv, uint64_t target_memkb,
			  uint64_t shadow_memkb, uint64_t iommu_memkb);

#endif
