/*
 * random.c - any of the smallest sets of nodes that hold the guest.
 *
 * SOURCE  facts/policies.md 1.16, random fit.
 *
 * RULE    Of the m smallest sets that hold the guest (fit.h), in lexicographic
 *         order, the one with index request->random mod m.
 *
 * WHY     Tells whether a cleverer rule earns anything: it does not if it does
 *         not beat this one. The bits come with the request, so one seed gives
 *         one answer.
 *
 * DIFFERS Above 16 nodes m counts the sets of the size that the search reaches
 *         (subset.h). The remainder favours low indexes by less than m / 2^64.
 *
 * COST    subset.h, twice, without pruning by cost.
 *
 * TESTS   sim/test/check_place.c
 */
#include "place/fit.h"

/* Counts the sets that fit, and keeps the one with index wanted. */
struct lottery {
	struct subset_visitor visitor; /* first, so that it is the lottery */
	uint64_t seen;
	uint64_t wanted;
	nodeset nodes;
};

static void draw(struct subset_visitor *visitor, const struct subset_sum *sum)
{
	struct lottery *l = (struct lottery *)visitor;

	if (l->seen++ == l->wanted)
		l->nodes = sum->nodes;
	visitor->best = *sum;
	visitor->best.cost = UINT64_MAX; /* see them all */
}

static enum place_result random_pick(const struct place_view *view,
				     const struct place_request *request,
				     struct place_answer *answer)
{
	struct subset s;
	struct lottery count = { .visitor = { .visit = draw } };

	fit_init(&s, view, request);

	uint32_t k = subset_search(&s, 1, NODE_MAX, &count.visitor);

	if (k == 0)
		return PLACE_NO_FIT;

	struct lottery pick = {
		.visitor = { .visit = draw },
		.wanted = request->random % count.seen,
	};

	subset_search(&s, k, k, &pick.visitor);
	return fit_answer(view, request, pick.nodes, answer);
}

static void random_explain(const struct place_view *view,
			   const struct place_request *request,
			   void (*note)(void *arg, nodeset nodes, double score,
					const char *text),
			   void *arg)
{
	struct subset s;
	struct subset_sum top[FIT_EXPLAIN_MAX];
	struct place_answer answer = {0};

	fit_init(&s, view, request);
	if (random_pick(view, request, &answer) != PLACE_OK) {
		fit_explain_none(&s, note, arg);
		return;
	}
	note(arg, answer.nodes, 1.0, "drawn from the sets that fit");

	uint32_t count = subset_rank(&s, top, FIT_EXPLAIN_MAX);

	for (uint32_t i = 0; i < count; i++)
		if (top[i].nodes != answer.nodes)
			note(arg, top[i].nodes, 0.0, "fits, not drawn");
}

const struct place_ops place_random = {
	.abi = PLACE_ABI,
	.name = "random",
	.summary = "any of the smallest node sets that fit",
	.pick = random_pick,
	.explain = random_explain,
};
