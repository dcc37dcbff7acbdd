#include "place/fit.h"

#include "base/units.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

static void place_vnodes(const struct place_view *view,
			 const struct place_request *request, nodeset nodes,
			 struct place_answer *answer);

uint64_t fit_unclaimed_pages(const struct place_view *view, uint32_t n)
{
	const struct place_node *node = &view->node[n];

	assert(n < view->node_count);
	return node->free_pages > node->claimed_pages
		       ? node->free_pages - node->claimed_pages
		       : 0;
}

nodeset fit_cpus(const struct place_view *view,
		 const struct place_request *request, uint32_t cpus[NODE_MAX])
{
	nodeset nodes = NODESET_NONE;

	for (uint32_t n = 0; n < view->node_count; n++)
		cpus[n] = request->hard_cpus ? 0 : view->node[n].pool_pcpus;
	if (request->hard_cpus) {
		cpuset usable = cpuset_and(request->hard_cpus,
					   view->pool_cpus);

		for (uint32_t c = cpuset_first(&usable); c < view->cpu_count;
		     c = cpuset_from(&usable, c + 1))
			if (view->cpu_to_node[c] < view->node_count)
				cpus[view->cpu_to_node[c]]++;
	}
	for (uint32_t n = 0; n < view->node_count; n++)
		if (cpus[n] > 0 && view->node[n].online)
			nodes = nodeset_add(nodes, n);
	return nodes;
}

void fit_init(struct subset *s, const struct place_view *view,
	      const struct place_request *request)
{
	uint32_t cpus[NODE_MAX];
	nodeset nodes = fit_cpus(view, request, cpus);

	s->count = 0;
	s->need_mem = request->need_pages;
	s->need_cpus = request->vcpus;
	for (uint32_t n = nodeset_first(nodes); n != NODE_NONE;
	     n = nodeset_after(nodes, n))
		s->item[s->count++] = (struct subset_item){
			.node = n,
			.cpus = cpus[n],
			.mem = fit_unclaimed_pages(view, n),
		};
}

void fit_cost_load(struct subset *s, const struct place_view *view)
{
	uint64_t mem_max = 0;

	for (uint32_t i = 0; i < s->count; i++)
		if (s->item[i].mem > mem_max)
			mem_max = s->item[i].mem;
	for (uint32_t i = 0; i < s->count; i++) {
		s->item[i].cost = view->node[s->item[i].node].vcpus;
		s->item[i].cost2 = mem_max - s->item[i].mem;
	}
}

enum place_result fit_answer(const struct place_view *view,
			     const struct place_request *request,
			     nodeset nodes, struct place_answer *answer)
{
	assert(nodes != NODESET_NONE);
	answer->nodes = nodes;
	answer->cpu_nodes = nodes;
	answer->affinity = PLACE_SOFT;
	if (request->vnode_count > 0)
		place_vnodes(view, request, nodes, answer);
	return PLACE_OK;
}

enum place_result fit_pick(const struct subset *s,
			   const struct place_view *view,
			   const struct place_request *request,
			   struct place_answer *answer)
{
	struct subset_sum best;

	if (!subset_best(s, &best))
		return PLACE_NO_FIT;
	return fit_answer(view, request, best.nodes, answer);
}

/* The largest vnode not yet dealt, the first of equals. */
static uint32_t next_vnode(const struct place_request *request,
			   const bool dealt[PLACE_VNODE_MAX])
{
	uint32_t next = PLACE_VNODE_MAX;

	for (uint32_t v = 0; v < request->vnode_count; v++)
		if (!dealt[v] &&
		    (next == PLACE_VNODE_MAX ||
		     request->vnode[v].pages > request->vnode[next].pages))
			next = v;
	return next;
}

static void place_vnodes(const struct place_view *view,
			 const struct place_request *request, nodeset nodes,
			 struct place_answer *answer)
{
	uint64_t left_pages[NODE_MAX];
	uint32_t vcpus[NODE_MAX] = {0};
	bool dealt[PLACE_VNODE_MAX] = {false};
	uint32_t v;

	for (uint32_t n = 0; n < view->node_count; n++)
		left_pages[n] = fit_unclaimed_pages(view, n);
	while ((v = next_vnode(request, dealt)) != PLACE_VNODE_MAX) {
		uint32_t to = NODE_NONE;

		for (uint32_t n = nodeset_first(nodes); n != NODE_NONE;
		     n = nodeset_after(nodes, n)) {
			if (left_pages[n] < request->vnode[v].pages)
				continue;
			if (to == NODE_NONE || vcpus[n] < vcpus[to] ||
			    (vcpus[n] == vcpus[to] &&
			     left_pages[n] > left_pages[to]))
				to = n;
		}
		if (to == NODE_NONE)
			return;
		dealt[v] = true;
		answer->vnode_to_pnode[v] = (uint8_t)to;
		left_pages[to] -= request->vnode[v].pages;
		vcpus[to] += request->vnode[v].vcpus;
	}
	answer->vnodes_placed = true;
}

void fit_explain(const struct subset *s, const struct place_view *view,
		 double (*score)(const struct subset_sum *sum),
		 const char *what,
		 void (*note)(void *arg, nodeset nodes, double score,
			      const char *text),
		 void *arg)
{
	struct subset_sum top[FIT_EXPLAIN_MAX];
	uint32_t count = subset_rank(s, top, FIT_EXPLAIN_MAX);

	if (count == 0) {
		fit_explain_none(s, note, arg);
		return;
	}
	for (uint32_t i = 0; i < count; i++) {
		char text[FIT_TEXT_MAX];
		uint64_t vcpus = 0;

		for (uint32_t n = nodeset_first(top[i].nodes); n != NODE_NONE;
		     n = nodeset_after(top[i].nodes, n))
			vcpus += view->node[n].vcpus;
		snprintf(text, sizeof(text),
			 "%s; %.2f GiB free, %u CPUs, %llu vCPUs", what,
			 gib_from_pages(top[i].mem), (unsigned)top[i].cpus,
			 (unsigned long long)vcpus);
		note(arg, top[i].nodes, score(&top[i]), text);
	}
}

void fit_explain_none(const struct subset *s,
		      void (*note)(void *arg, nodeset nodes, double score,
				   const char *text),
		      void *arg)
{
	char text[FIT_TEXT_MAX];
	nodeset nodes = NODESET_NONE;
	uint64_t mem = 0;
	uint64_t cpus = 0;

	for (uint32_t i = 0; i < s->count; i++) {
		nodes = nodeset_add(nodes, s->item[i].node);
		mem += s->item[i].mem;
		cpus += s->item[i].cpus;
	}
	snprintf(text, sizeof(text),
		 "does not fit: %.2f GiB and %u CPUs wanted, "
		 "%.2f GiB and %llu CPUs there",
		 gib_from_pages(s->need_mem), (unsigned)s->need_cpus,
		 gib_from_pages(mem), (unsigned long long)cpus);
	note(arg, nodes, (double)NAN, text);
}
