/*
 * home.h - which nodes pinned, best and worst are about.
 *
 * RULE    The scenario's nodes (request->forced_nodes) that are online, if it
 *         names any. Otherwise, of the smallest sets that hold the guest
 *         (fit.h), the one with fewest vCPUs, then most free memory, then the
 *         first: libxl's rule in full width. pinned does not ask for memory
 *         on its node, for its memory is striped.
 *
 * TESTS   sim/test/check_place.c
 */
#ifndef PLACE_HOME_H
#define PLACE_HOME_H

#include "place/place.h"

/* NODESET_NONE: nothing fits, or no forced node is online. */
nodeset home_nodes(const struct place_view *view,
		   const struct place_request *request, bool with_memory);

/*
 * Where the vCPUs of a guest with memory on nodes run: those of nodes that
 * have a CPU it may use, else the node nearest to nodes that has one.
 * NODESET_NONE if no CPU of the host is allowed.
 */
nodeset home_cpu_nodes(const struct place_view *view,
		       const struct place_request *request, nodeset nodes);

/*
 * The node with a CPU it may use that is farthest from nodes and not one of
 * them: by the sum of the distances from it to them, of equals the first.
 * NODESET_NONE if there is no other.
 */
nodeset home_farthest(const struct place_view *view,
		      const struct place_request *request, nodeset nodes);

/* For .explain: one line about what pick answers. */
void home_explain(const struct place_ops *ops, const struct place_view *view,
		  const struct place_request *request,
		  void (*note)(void *arg, nodeset nodes, double score,
			       const char *text),
		  void *arg);

#endif
