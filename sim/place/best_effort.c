/*
 * best_effort.c - what xenopsd (XenServer, XCP-ng) does by default.
 *
 * SOURCE  facts/policies.md 1.2: xen-api ocaml/xenopsd/lib/softaffinity.ml,
 *         topology.ml, xc/domain.ml.
 *
 * RULE    All sets of reachable nodes (above 16 nodes: single nodes only),
 *         nearest first: by the largest, then by the mean distance over their
 *         ordered pairs, a node with itself included. A set is valid if its
 *         unclaimed memory and its CPUs are enough. Of the valid sets whose
 *         mean distance is that of the first valid one, within 0.001, take the
 *         one with least use; of those the one whose list of nodes is first (a
 *         list that begins another comes before it).
 *         If that set is one node, memory and soft affinity go there. If not,
 *         xenopsd gives up and stripes: PLACE_DECLINED.
 *
 * WHY     A node, or nothing: no guest is tied to two nodes at once.
 *
 * DIFFERS - use is xenopsd's count of all placements since it started, never
 *           taken back. A heuristic has no memory, so here it is the sum of
 *           place_node.vcpus, the vCPUs that may run there now: it falls again
 *           when guests go.
 *         - xenopsd also wants as many physical cores as vCPUs; the view does
 *           not tell hardware threads from cores, so threads count (its own
 *           older mode, prio_mem_only, did not look at cores either).
 *         - the guest's hard affinity narrows the CPUs, where xenopsd has
 *           already skipped placement for it.
 *         - the last tie-break of the source, on the rest of the request, can
 *           not matter: it is behind the list of nodes.
 *
 * COST    A guest that fits a node: two passes over the nodes, if different
 *         nodes are farther from each other than from themselves. A guest that
 *         does not: one pass, for it is striped whichever set is nearest.
 *         Only explain() then walks 2^n sets twice (2 ms on 16 nodes).
 *
 * TESTS   sim/test/check_place.c
 */
#include "place/fit.h"

#include "base/units.h"

#include <math.h>
#include <stdio.h>

enum { SETS_NODES_MAX = 16, UNREACHABLE = 255 };

static const double mean_epsilon = 1e-3;

struct set {
	nodeset nodes; /* 0 = none */
	uint32_t count;
	uint32_t distance_max;
	uint64_t distance_sum; /* over ordered pairs */
	uint64_t mem;
	uint32_t cpus;
	uint64_t use;
};

struct search {
	const struct place_view *view;
	struct subset s; /* reachable nodes; cost = use */
	struct set first; /* nearest valid set */
	struct set best;  /* least used of those as near */
	bool nearest_known; /* second pass */
	uint32_t size_max;  /* larger sets need no look */
};

static double mean(const struct set *x)
{
	return (double)x->distance_sum / ((double)x->count * x->count);
}

/* Sorts before: the order xenopsd keeps its candidates in. */
static bool nearer(const struct set *a, const struct set *b)
{
	if (a->distance_max != b->distance_max)
		return a->distance_max < b->distance_max;
	return mean(a) < mean(b);
}

/* Lists of node numbers, compared element by element. */
static bool list_before(nodeset a, nodeset b)
{
	uint32_t i = nodeset_first(a);
	uint32_t j = nodeset_first(b);

	while (i != NODE_NONE && i == j) {
		i = nodeset_after(a, i);
		j = nodeset_after(b, j);
	}
	if (i == NODE_NONE || j == NODE_NONE)
		return i == NODE_NONE && j != NODE_NONE;
	return i < j;
}

static void look_at(struct search *search, const struct set *x)
{
	if (x->mem < search->s.need_mem || x->cpus < search->s.need_cpus)
		return;
	if (!search->nearest_known) {
		if (!search->first.nodes || nearer(x, &search->first))
			search->first = *x;
		return;
	}

	double apart = mean(x) - mean(&search->first);

	if (apart > mean_epsilon || apart < -mean_epsilon)
		return;
	if (!search->best.nodes || x->use < search->best.use ||
	    (x->use == search->best.use &&
	     list_before(x->nodes, search->best.nodes)))
		search->best = *x;
}

/* set with one more node, the item of index i. */
static struct set add_node(const struct search *search, const struct set *set,
			   uint32_t i)
{
	const struct subset_item *item = &search->s.item[i];
	uint32_t n = search->view->node_count;
	const uint8_t *d = search->view->distance;
	struct set x = *set;

	x.nodes = nodeset_add(x.nodes, item->node);
	x.count++;
	x.mem += item->mem;
	x.cpus += item->cpus;
	x.use += item->cost;
	for (uint32_t m = nodeset_first(x.nodes); m != NODE_NONE;
	     m = nodeset_after(x.nodes, m)) {
		uint32_t to = d[item->node * n + m];
		uint32_t from = d[m * n + item->node];

		x.distance_sum += m == item->node ? to : to + from;
		x.distance_max = to > x.distance_max ? to : x.distance_max;
		x.distance_max = from > x.distance_max ? from
						       : x.distance_max;
	}
	return x;
}

/* All sets that extend set by items from.. on. */
static void extend(struct search *search, uint32_t from, const struct set *set)
{
	for (uint32_t i = from; i < search->s.count; i++) {
		struct set x = add_node(search, set, i);

		/* Its supersets are no nearer than it. */
		if (!search->nearest_known && search->first.nodes &&
		    x.distance_max > search->first.distance_max)
			continue;
		look_at(search, &x);
		if (x.count < search->size_max)
			extend(search, i + 1, &x);
	}
}

/*
 * The largest set whose mean distance can still be that of the first. With
 * every node at least own from itself and other from others, a set of k >= 2
 * has a mean of other - (other - own) / k or more: of (own + other) / 2.
 */
static uint32_t size_max(const struct search *search)
{
	uint32_t own = UINT32_MAX;
	uint32_t other = UINT32_MAX;

	for (uint32_t i = 0; i < search->s.count; i++) {
		const uint8_t *row = &search->view->distance[
			search->s.item[i].node * search->view->node_count];

		for (uint32_t j = 0; j < search->s.count; j++) {
			uint32_t *least = i == j ? &own : &other;
			uint32_t d = row[search->s.item[j].node];

			*least = d < *least ? d : *least;
		}
	}
	if (search->s.count > SETS_NODES_MAX || search->s.count == 1)
		return 1;
	if (other > own && ((double)own + other) / 2 >
				   mean(&search->first) + mean_epsilon)
		return 1;
	return search->s.count;
}

/* The reachable nodes, and the nearest of those that are valid alone. */
static void search_init(struct search *search, const struct place_view *view,
			const struct place_request *request)
{
	const struct set empty = {0};
	uint32_t kept = 0;

	*search = (struct search){ .view = view, .size_max = 1 };
	fit_init(&search->s, view, request);
	for (uint32_t i = 0; i < search->s.count; i++) {
		struct subset_item item = search->s.item[i];

		if (view->distance[item.node * view->node_count + item.node] ==
		    UNREACHABLE)
			continue;
		item.cost = view->node[item.node].vcpus;
		search->s.item[kept++] = item;
	}
	search->s.count = kept;
	extend(search, 0, &empty);
}

/* Finds search->best; false if no set is valid. */
static bool search_sets(struct search *search)
{
	const struct set empty = {0};

	if (search->s.count <= SETS_NODES_MAX)
		search->size_max = search->s.count;
	if (!search->first.nodes || size_max(search) > 1)
		extend(search, 0, &empty);
	if (!search->first.nodes)
		return false;
	search->size_max = size_max(search);
	search->nearest_known = true;
	extend(search, 0, &empty);
	return true;
}

/* Is the set of all reachable nodes valid? Then, and only then, is any. */
static bool any_is_valid(const struct search *search)
{
	uint64_t mem = 0;
	uint32_t cpus = 0;

	for (uint32_t i = 0; i < search->s.count; i++) {
		mem += search->s.item[i].mem;
		cpus += search->s.item[i].cpus;
	}
	return search->s.count <= SETS_NODES_MAX &&
	       mem >= search->s.need_mem && cpus >= search->s.need_cpus;
}

static enum place_result best_effort_pick(const struct place_view *view,
					  const struct place_request *request,
					  struct place_answer *answer)
{
	struct search search;

	search_init(&search, view, request);
	if (!search.first.nodes)
		return any_is_valid(&search) ? PLACE_DECLINED : PLACE_NO_FIT;
	search_sets(&search);
	if (search.best.count > 1)
		return PLACE_DECLINED;
	return fit_answer(view, request, search.best.nodes, answer);
}

static void note_set(const struct set *x, const char *why,
		     void (*note)(void *arg, nodeset nodes, double score,
				  const char *text),
		     void *arg)
{
	char text[FIT_TEXT_MAX];

	snprintf(text, sizeof(text),
		 "mean distance; %.2f GiB free, %u CPUs, %llu vCPUs%s",
		 gib_from_pages(x->mem), (unsigned)x->cpus,
		 (unsigned long long)x->use, why);
	note(arg, x->nodes, mean(x), text);
}

static void best_effort_explain(const struct place_view *view,
				const struct place_request *request,
				void (*note)(void *arg, nodeset nodes,
					     double score, const char *text),
				void *arg)
{
	struct search search;

	search_init(&search, view, request);
	if (!search_sets(&search)) {
		fit_explain_none(&search.s, note, arg);
		return;
	}
	note_set(&search.best,
		 search.best.count > 1 ? "; more than one node: striped" : "",
		 note, arg);
	if (search.first.nodes != search.best.nodes)
		note_set(&search.first, "; as near, more used", note, arg);
}

const struct place_ops place_best_effort = {
	.abi = PLACE_ABI,
	.name = "best-effort",
	.summary = "xenopsd's: nearest nodes, least used; one node or none",
	.pick = best_effort_pick,
	.explain = best_effort_explain,
};
