#include "place/home.h"

#include "place/fit.h"

#include <math.h>
#include <stdio.h>

nodeset home_nodes(const struct place_view *view,
		   const struct place_request *request, bool with_memory)
{
	struct subset s;
	struct subset_sum best;

	if (request->forced_nodes) {
		nodeset online = NODESET_NONE;

		for (uint32_t n = 0; n < view->node_count; n++)
			if (view->node[n].online)
				online = nodeset_add(online, n);
		return request->forced_nodes & online;
	}
	fit_init(&s, view, request);
	fit_cost_load(&s, view);
	if (!with_memory)
		s.need_mem = 0;
	return subset_best(&s, &best) ? best.nodes : NODESET_NONE;
}

static uint64_t distance_to(const struct place_view *view, uint32_t from,
			    nodeset nodes)
{
	uint64_t sum = 0;

	for (uint32_t n = nodeset_first(nodes); n != NODE_NONE;
	     n = nodeset_after(nodes, n))
		sum += view->distance[from * view->node_count + n];
	return sum;
}

nodeset home_cpu_nodes(const struct place_view *view,
		       const struct place_request *request, nodeset nodes)
{
	uint32_t cpus[NODE_MAX];
	nodeset with_cpus = fit_cpus(view, request, cpus);
	uint32_t nearest = nodeset_first(with_cpus);

	if (nodes & with_cpus || !with_cpus)
		return nodes & with_cpus;
	for (uint32_t n = nearest; n != NODE_NONE;
	     n = nodeset_after(with_cpus, n))
		if (distance_to(view, n, nodes) <
		    distance_to(view, nearest, nodes))
			nearest = n;
	return nodeset_of(nearest);
}

nodeset home_farthest(const struct place_view *view,
		      const struct place_request *request, nodeset nodes)
{
	uint32_t cpus[NODE_MAX];
	nodeset others = fit_cpus(view, request, cpus) & ~nodes;
	uint32_t farthest = nodeset_first(others);

	if (!others)
		return NODESET_NONE;
	for (uint32_t n = farthest; n != NODE_NONE;
	     n = nodeset_after(others, n))
		if (distance_to(view, n, nodes) >
		    distance_to(view, farthest, nodes))
			farthest = n;
	return nodeset_of(farthest);
}

void home_explain(const struct place_ops *ops, const struct place_view *view,
		  const struct place_request *request,
		  void (*note)(void *arg, nodeset nodes, double score,
			       const char *text),
		  void *arg)
{
	struct place_answer answer = {0};
	char text[FIT_TEXT_MAX];

	if (ops->pick(view, request, &answer) != PLACE_OK) {
		struct subset s;

		fit_init(&s, view, request);
		fit_explain_none(&s, note, arg);
		return;
	}
	snprintf(text, sizeof(text),
		 "memory here; vCPUs pinned to nodes 0x%llx%s",
		 (unsigned long long)answer.cpu_nodes,
		 request->forced_nodes ? " (the scenario's nodes)" : "");
	note(arg, answer.nodes, (double)NAN, text);
}
