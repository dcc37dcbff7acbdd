#include "run/conform_fixed.h"

#include "place/subset.h"

static void visit(struct subset_visitor *visitor, const struct subset_sum *sum)
{
	if (!visitor->best.nodes || subset_better(sum, &visitor->best))
		visitor->best = *sum;
}

nodeset conform_fixed_search(const struct libxl_query *q)
{
	struct subset s = {.need_mem = q->need_memkb, .need_cpus = q->min_cpus};
	struct subset_visitor visitor = {.visit = visit, .prune_ties = true};
	uint64_t free_memkb_max = 0;
	uint32_t lo, hi;

	for (uint32_t n = 0; n < q->node_count; n++)
		if (q->node[n].suitable_pcpus &&
		    q->node[n].free_memkb > free_memkb_max)
			free_memkb_max = q->node[n].free_memkb;
	for (uint32_t n = 0; n < q->node_count; n++) {
		const struct libxl_node *node = &q->node[n];

		if (!node->suitable_pcpus)
			continue;
		s.item[s.count++] = (struct subset_item){
			.node = n,
			.cpus = node->suitable_pcpus,
			.mem = node->free_memkb,
			.cost = q->first_fit ? 0 : node->vcpus,
			.cost2 = q->first_fit
					 ? 0
					 : free_memkb_max - node->free_memkb,
		};
	}
	/* A single node is not decided, as there. */
	if (s.count == 0 || q->node_count == 1)
		return NODESET_NONE;
	lo = q->min_nodes ? q->min_nodes : 1;
	hi = q->max_nodes ? q->max_nodes : s.count;
	lo = lo < s.count ? lo : s.count;
	hi = hi < s.count ? hi : s.count;
	if (lo > hi)
		return NODESET_NONE;
	subset_search(&s, lo, hi, &visitor);
	return visitor.best.nodes;
}
