#include "place/subset.h"

#include <assert.h>
#include <string.h>

/*
 * What r of the items i..count-1 can add at most (mem, cpus) or at least
 * (costs): [i][r]. Filled for i + r <= count only.
 */
struct bounds {
	uint64_t mem[NODE_MAX + 1][NODE_MAX + 1];
	uint64_t cost[NODE_MAX + 1][NODE_MAX + 1];
	uint64_t cost2[NODE_MAX + 1][NODE_MAX + 1];
	uint32_t cpus[NODE_MAX + 1][NODE_MAX + 1];
};

struct walk {
	const struct subset *s;
	struct subset_visitor *visitor;
	uint64_t steps_left;
	struct bounds bounds;
};

static void bounds_init(struct bounds *b, const struct subset *s);
static void descend(struct walk *w, uint32_t from, uint32_t left,
		    const struct subset_sum *sum);

uint32_t subset_search(const struct subset *s, uint32_t k_min, uint32_t k_max,
		       struct subset_visitor *visitor)
{
	struct walk w;

	assert(s->count <= NODE_MAX);                            /* S1 */
	for (uint32_t i = 1; i < s->count; i++)
		assert(s->item[i - 1].node < s->item[i].node);   /* S1 */
	assert(k_min >= 1);                                      /* S2 */

	w.s = s;
	w.visitor = visitor;
	bounds_init(&w.bounds, s);
	visitor->best.nodes = NODESET_NONE;
	for (uint32_t k = k_min; k <= k_max && k <= s->count; k++) {
		struct subset_sum none = {0};

		w.steps_left = s->count <= SUBSET_EXACT_MAX ? UINT64_MAX
							    : SUBSET_STEP_MAX;
		descend(&w, 0, k, &none);
		if (visitor->best.nodes)
			return k;
	}
	return 0;
}

/* Can left of the items from.. still make a set that fits and may win? */
static inline bool promising(const struct walk *w, uint32_t from,
			     uint32_t left, const struct subset_sum *sum)
{
	const struct bounds *b = &w->bounds;
	const struct subset_sum *best = &w->visitor->best;

	if (sum->mem + b->mem[from][left] < w->s->need_mem ||
	    sum->cpus + b->cpus[from][left] < w->s->need_cpus)
		return false;
	if (!best->nodes)
		return true;

	uint64_t cost = sum->cost + b->cost[from][left];

	if (cost != best->cost)
		return cost < best->cost;
	return !w->visitor->prune_ties ||
	       sum->cost2 + b->cost2[from][left] < best->cost2;
}

static inline struct subset_sum add(const struct subset_sum *sum,
				    const struct subset_item *item)
{
	return (struct subset_sum){
		.nodes = nodeset_add(sum->nodes, item->node),
		.cpus = sum->cpus + item->cpus,
		.mem = sum->mem + item->mem,
		.cost = sum->cost + item->cost,
		.cost2 = sum->cost2 + item->cost2,
	};
}

/* The last item of a set: most of the time is spent here. */
static inline void offer(struct walk *w, const struct subset_sum *sum,
			 const struct subset_item *item)
{
	const struct subset_sum *best = &w->visitor->best;
	uint64_t cost = sum->cost + item->cost;

	if (sum->mem + item->mem < w->s->need_mem ||
	    sum->cpus + item->cpus < w->s->need_cpus)
		return;
	if (best->nodes) {
		if (cost > best->cost)
			return;
		if (cost == best->cost && w->visitor->prune_ties &&
		    sum->cost2 + item->cost2 >= best->cost2)
			return;
	}

	struct subset_sum set = add(sum, item);

	w->visitor->visit(w->visitor, &set);                     /* S3 */
}

/* Adds left more of the items from.. to sum, in every way that matters. */
static void descend(struct walk *w, uint32_t from, uint32_t left,
		    const struct subset_sum *sum)
{
	const struct subset *s = w->s;

	for (uint32_t i = from; i + left <= s->count; i++) {
		if (!promising(w, i, left, sum) || w->steps_left == 0)
			return;
		w->steps_left--;
		if (left == 1) {
			offer(w, sum, &s->item[i]);
			continue;
		}

		struct subset_sum next = add(sum, &s->item[i]);

		descend(w, i + 1, left - 1, &next);
	}
}

/* Puts value into sorted[0..count), ascending. */
static void insert(uint64_t *sorted, uint32_t count, uint64_t value)
{
	uint32_t i = count;

	for (; i > 0 && sorted[i - 1] > value; i--)
		sorted[i] = sorted[i - 1];
	sorted[i] = value;
}

/* From the last item to the first: one more value, then running sums. */
static void bounds_init(struct bounds *b, const struct subset *s)
{
	uint64_t mem[NODE_MAX], cost[NODE_MAX], cost2[NODE_MAX];
	uint64_t cpus[NODE_MAX];

	for (uint32_t held = 1; held <= s->count; held++) {
		uint32_t i = s->count - held;

		insert(mem, held - 1, s->item[i].mem);
		insert(cpus, held - 1, s->item[i].cpus);
		insert(cost, held - 1, s->item[i].cost);
		insert(cost2, held - 1, s->item[i].cost2);
		b->mem[i][0] = b->cost[i][0] = b->cost2[i][0] = 0;
		b->cpus[i][0] = 0;
		for (uint32_t r = 1; r <= held; r++) {
			b->mem[i][r] = b->mem[i][r - 1] + mem[held - r];
			b->cpus[i][r] = b->cpus[i][r - 1] +
					(uint32_t)cpus[held - r];
			b->cost[i][r] = b->cost[i][r - 1] + cost[r - 1];
			b->cost2[i][r] = b->cost2[i][r - 1] + cost2[r - 1];
		}
	}
}

static void visit_best(struct subset_visitor *visitor,
		       const struct subset_sum *sum)
{
	if (!visitor->best.nodes || subset_better(sum, &visitor->best))
		visitor->best = *sum;
}

bool subset_best(const struct subset *s, struct subset_sum *best)
{
	struct subset_visitor visitor = {
		.visit = visit_best,
		.prune_ties = true,
	};

	if (!subset_search(s, 1, NODE_MAX, &visitor))
		return false;
	*best = visitor.best;
	return true;
}

/* Keeps the best max of all sets it sees behind the one that is best. */
struct ranking {
	struct subset_visitor visitor; /* first, so that it is the ranking */
	struct subset_sum *top;
	uint32_t count;
	uint32_t max;
};

static void visit_rank(struct subset_visitor *visitor,
		       const struct subset_sum *sum)
{
	struct ranking *r = (struct ranking *)visitor;
	uint32_t at = r->count;

	visitor->best = *sum;
	visitor->best.cost = UINT64_MAX;
	if (sum->nodes == r->top[0].nodes)
		return;
	while (at > 1 && subset_better(sum, &r->top[at - 1]))
		at--;
	if (at == r->max)
		return;
	if (r->count < r->max)
		r->count++;
	memmove(&r->top[at + 1], &r->top[at],
		(r->count - at - 1) * sizeof(r->top[0]));
	r->top[at] = *sum;
}

uint32_t subset_rank(const struct subset *s, struct subset_sum *top,
		     uint32_t max)
{
	struct ranking r = {
		.visitor = { .visit = visit_rank },
		.top = top,
		.count = 1,
		.max = max,
	};

	assert(max >= 1);
	if (!subset_best(s, &top[0]))
		return 0;

	uint32_t k = nodeset_count(top[0].nodes);

	subset_search(s, k, k, &r.visitor);
	return r.count;
}
