/*
 * distance.c - libxl's idea, with near nodes preferred for a wide guest.
 *
 * SOURCE  facts/xen.md 10, item 11 ("distances ... ignored"); the mean
 *         distance of a set is xenopsd's (facts/policies.md 1.2).
 *
 * RULE    Of the smallest sets that hold the guest (fit.h) the one with the
 *         smallest sum of distances over its ordered pairs; of those the one
 *         with fewest vCPUs; of those the one with most free memory; of those
 *         the first in lexicographic order.
 *
 * WHY     A wide guest's vCPUs reach its other nodes all day long; libxl
 *         thinks {0,1} and {0,7} the same. For a guest that fits one node it
 *         is libxl-fixed's rule, where nodes are equally far from themselves.
 *
 * COST    subset.h, without pruning by cost, and k^2 distances for each set of
 *         k nodes, up to DISTANCES_MAX of them; the sets seen until then stand.
 *         Up to 16 nodes, and for sets of three out of 64, that is all sets.
 *         About half a millisecond at the worst.
 *
 * TESTS   sim/test/check_place.c
 */
#include "place/fit.h"

#include "base/units.h"

#include <stdio.h>
#include <string.h>

/* C(16,9) sets of 9 * 9 distances, the most for 16 nodes, are 926,640. */
enum { DISTANCES_MAX = 1 << 20 };

struct near_set {
	struct subset_sum sum;
	uint64_t distance; /* over ordered pairs, with itself too */
};

/* Keeps the best max sets. */
struct ranking {
	struct subset_visitor visitor; /* first, so that it is the ranking */
	const struct place_view *view;
	struct near_set *top;
	uint32_t count;
	uint32_t max;
	uint64_t distances; /* looked at */
};

static uint64_t distance_sum(const struct place_view *view, nodeset nodes)
{
	uint64_t sum = 0;

	for (uint32_t a = nodeset_first(nodes); a != NODE_NONE;
	     a = nodeset_after(nodes, a)) {
		const uint8_t *row = &view->distance[a * view->node_count];

		for (uint32_t b = nodeset_first(nodes); b != NODE_NONE;
		     b = nodeset_after(nodes, b))
			sum += row[b];
	}
	return sum;
}

static bool nearer(const struct near_set *a, const struct near_set *b)
{
	if (a->distance != b->distance)
		return a->distance < b->distance;
	return subset_better(&a->sum, &b->sum);
}

static void visit_near(struct subset_visitor *visitor,
		       const struct subset_sum *sum)
{
	struct ranking *r = (struct ranking *)visitor;
	struct near_set x = { *sum, distance_sum(r->view, sum->nodes) };
	uint32_t at = r->count;

	visitor->best = *sum;
	visitor->best.cost = UINT64_MAX; /* see them all ... */
	r->distances += (uint64_t)nodeset_count(sum->nodes) *
			nodeset_count(sum->nodes);
	if (r->distances > DISTANCES_MAX) {
		visitor->best.cost = visitor->best.cost2 = 0; /* ... or stop */
		visitor->prune_ties = true;
	}
	while (at > 0 && nearer(&x, &r->top[at - 1]))
		at--;
	if (at == r->max)
		return;
	if (r->count < r->max)
		r->count++;
	memmove(&r->top[at + 1], &r->top[at],
		(r->count - at - 1) * sizeof(r->top[0]));
	r->top[at] = x;
}

/* The best max sets, best first; how many there are. */
static uint32_t rank_near(const struct place_view *view,
			  const struct place_request *request,
			  struct subset *s, struct near_set *top, uint32_t max)
{
	struct ranking r = {
		.visitor = { .visit = visit_near },
		.view = view,
		.top = top,
		.max = max,
	};

	fit_init(s, view, request);
	fit_cost_load(s, view);
	subset_search(s, 1, NODE_MAX, &r.visitor);
	return r.count;
}

static enum place_result distance_pick(const struct place_view *view,
				       const struct place_request *request,
				       struct place_answer *answer)
{
	struct subset s;
	struct near_set best;

	if (rank_near(view, request, &s, &best, 1) == 0)
		return PLACE_NO_FIT;
	return fit_answer(view, request, best.sum.nodes, answer);
}

static void distance_explain(const struct place_view *view,
			     const struct place_request *request,
			     void (*note)(void *arg, nodeset nodes,
					  double score, const char *text),
			     void *arg)
{
	struct subset s;
	struct near_set top[FIT_EXPLAIN_MAX];
	uint32_t count = rank_near(view, request, &s, top, FIT_EXPLAIN_MAX);

	if (count == 0)
		fit_explain_none(&s, note, arg);
	for (uint32_t i = 0; i < count; i++) {
		char text[FIT_TEXT_MAX];
		uint32_t k = nodeset_count(top[i].sum.nodes);

		snprintf(text, sizeof(text),
			 "mean distance; %.2f GiB free, %u CPUs, %llu vCPUs",
			 gib_from_pages(top[i].sum.mem),
			 (unsigned)top[i].sum.cpus,
			 (unsigned long long)top[i].sum.cost);
		note(arg, top[i].sum.nodes,
		     (double)top[i].distance / ((double)k * k), text);
	}
}

const struct place_ops place_distance = {
	.abi = PLACE_ABI,
	.name = "distance",
	.summary = "fewest nodes, nearest to each other, then as libxl",
	.pick = distance_pick,
	.explain = distance_explain,
};
