/*
 * fit.h - what the heuristics that are not libxl's mean by "it fits".
 *
 * RULE    A node may be chosen if it is online and has a CPU that is in the
 *         guest's pool and in its hard affinity. A set of such nodes fits if
 *           - the free memory of its nodes that no claim covers, added up, is
 *             at least need_pages, and
 *           - it has at least as many of those CPUs as the guest has vCPUs.
 *         Smaller sets go first: a guest that is larger than any node gets the
 *         smallest number of nodes that holds it. Which set of that size is
 *         the heuristic's own rule, given as costs (subset.h).
 *
 *         A guest with vNUMA has its vnodes dealt over the chosen nodes,
 *         largest first, each to the node with room that has fewest vCPUs of
 *         vnodes so far; of those the one with most memory left; of those the
 *         first. If one finds no room no vnode is placed.
 *
 * DIFFERS from libxl's idea (libxl_search.h): it sums in 64 bits, honours hard
 *         affinity and claims, and takes any number of nodes.
 *
 * COST    subset.h.
 *
 * TESTS   sim/test/check_place.c
 */
#ifndef PLACE_FIT_H
#define PLACE_FIT_H

#include "place/place.h"
#include "place/subset.h"

/* Free pages of node n that no claim covers. */
uint64_t fit_unclaimed_pages(const struct place_view *view, uint32_t n);

/* CPUs of each node that the guest may use; returns the nodes that have any. */
nodeset fit_cpus(const struct place_view *view,
		 const struct place_request *request, uint32_t cpus[NODE_MAX]);

/* The problem with all costs 0: the first set that fits is the best. */
void fit_init(struct subset *s, const struct place_view *view,
	      const struct place_request *request);

/* Costs as libxl means them: fewest vCPUs, then most memory. */
void fit_cost_load(struct subset *s, const struct place_view *view);

/* Memory and vCPUs (soft) on nodes, vnodes dealt over them. PLACE_OK. */
enum place_result fit_answer(const struct place_view *view,
			     const struct place_request *request,
			     nodeset nodes, struct place_answer *answer);

/* The best set of s: PLACE_OK or PLACE_NO_FIT. */
enum place_result fit_pick(const struct subset *s,
			   const struct place_view *view,
			   const struct place_request *request,
			   struct place_answer *answer);

/*
 * For .explain: the sets of the winning size, best first, FIT_EXPLAIN_MAX at
 * most; if none fits, one line that says what is missing. score() is what the
 * heuristic looks at first and what says so in words ("vCPUs there").
 */
enum { FIT_EXPLAIN_MAX = 16, FIT_TEXT_MAX = 160 };

void fit_explain(const struct subset *s, const struct place_view *view,
		 double (*score)(const struct subset_sum *sum),
		 const char *what,
		 void (*note)(void *arg, nodeset nodes, double score,
			      const char *text),
		 void *arg);

/* The line for "no set fits", of a problem in pages. */
void fit_explain_none(const struct subset *s,
		      void (*note)(void *arg, nodeset nodes, double score,
				   const char *text),
		      void *arg);

#endif
