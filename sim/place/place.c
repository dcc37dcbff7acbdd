#include "place/place.h"

#include "base/err.h"
#include "place/list.h"

#include <assert.h>
#include <string.h>

#define DECLARE(name) extern const struct place_ops place_##name;
PLACE_LIST(DECLARE)

#define ENTRY(name) &place_##name,
static const struct place_ops *const table[] = { PLACE_LIST(ENTRY) };

uint32_t place_count(void)
{
	return sizeof(table) / sizeof(table[0]);
}

const struct place_ops *place_at(uint32_t index)
{
	assert(index < place_count());
	return table[index];
}

const struct place_ops *place_find(const char *name)
{
	for (uint32_t i = 0; i < place_count(); i++)
		if (strcmp(table[i]->name, name) == 0)
			return table[i];
	return NULL;
}

uint32_t place_names(const char **names, uint32_t max)
{
	for (uint32_t i = 0; i < place_count() && i < max; i++)
		names[i] = table[i]->name;
	return place_count();
}

int place_run(const struct place_ops *ops, const struct place_view *view,
	      const struct place_request *request, enum place_result *result,
	      struct place_answer *answer, struct err *err)
{
	memset(answer, 0, sizeof(*answer));
	*result = ops->pick(view, request, answer);
	switch (*result) {
	case PLACE_OK:
		return place_answer_check(ops->name, view, request, answer,
					  err);
	case PLACE_NO_FIT:
	case PLACE_DECLINED:
		memset(answer, 0, sizeof(*answer));
		return 0;
	}
	return err_set(err, "%s: pick() answered %d, which is no place_result",
		       ops->name, (int)*result);
}

static nodeset online_nodes(const struct place_view *view)
{
	nodeset online = NODESET_NONE;

	for (uint32_t n = 0; n < view->node_count; n++)
		if (view->node[n].online)
			online = nodeset_add(online, n);
	return online;
}

/* A2 */
static int check_cpu_nodes(const char *name, const struct place_view *view,
			   const struct place_answer *answer, struct err *err)
{
	bool hard = answer->affinity == PLACE_HARD;
	nodeset nodes = answer->cpu_nodes;

	if (answer->affinity == PLACE_FREE)
		return 0;
	if (answer->affinity != PLACE_SOFT && !hard)
		return err_set(err, "%s: affinity %d is no place_affinity",
			       name, (int)answer->affinity);
	if (nodes & ~online_nodes(view))
		return err_set(err, "%s: cpu_nodes has node %u, not online",
			       name, (unsigned)nodeset_first(
					     nodes & ~online_nodes(view)));
	for (uint32_t n = nodeset_first(nodes); n != NODE_NONE;
	     n = nodeset_after(nodes, n))
		if (hard ? view->node[n].pool_pcpus : view->node[n].pcpus)
			return 0;
	return err_set(err, "%s: cpu_nodes has no CPU%s", name,
		       hard ? " of the guest's pool" : "");
}

int place_answer_check(const char *name, const struct place_view *view,
		       const struct place_request *request,
		       const struct place_answer *answer, struct err *err)
{
	nodeset online = online_nodes(view);

	if (!answer->nodes)                                      /* A1 */
		return err_set(err, "%s: picked no node with PLACE_OK", name);
	if (answer->nodes & ~online)                             /* A1 */
		return err_set(err, "%s: picked node %u, which is not online",
			       name, (unsigned)nodeset_first(answer->nodes &
							     ~online));
	if (check_cpu_nodes(name, view, answer, err) < 0)        /* A2 */
		return -1;
	if (!answer->vnodes_placed)
		return 0;
	if (request->vnode_count == 0)                           /* A3 */
		return err_set(err, "%s: placed vnodes of a guest without any",
			       name);
	for (uint32_t v = 0; v < request->vnode_count; v++) {
		uint32_t n = answer->vnode_to_pnode[v];

		if (n >= view->node_count || !nodeset_has(online, n))
			return err_set(err, "%s: placed vnode %u on node %u, "
				       "which is not online", name,
				       (unsigned)v, (unsigned)n);   /* A3 */
	}
	return 0;
}

/* V2, V3 */
static void check_cpus(const struct place_view *view)
{
	uint32_t pcpus[NODE_MAX] = {0};
	uint32_t pool_pcpus[NODE_MAX] = {0};

	require(view->cpu_count <= CPU_MAX);                     /* V2 */
	for (uint32_t c = 0; c < view->cpu_count; c++) {
		uint32_t n = view->cpu_to_node[c];

		if (n == NODE_NONE)
			continue;
		require(n < view->node_count);                   /* V2 */
		pcpus[n]++;
		pool_pcpus[n] += cpuset_has(view->pool_cpus, c);
	}
	for (uint32_t n = 0; n < view->node_count; n++) {
		require(view->node[n].pcpus == pcpus[n]);        /* V3 */
		require(view->node[n].pool_pcpus == pool_pcpus[n]);
	}
}

void place_view_check(const struct place_view *view)
{
	require(view->node_count >= 1 && view->node_count <= NODE_MAX);
	require(view->node[view->node_count - 1].online);        /* V1 */
	check_cpus(view);
	for (uint32_t n = 0; n < view->node_count; n++) {
		const struct place_node *node = &view->node[n];
		const uint8_t *row = &view->distance[n * view->node_count];

		require(node->free_pages <= node->total_pages);  /* V4 */
		require(node->claimed_pages <= node->total_pages);
		require(node->online ||                          /* V3 */
			(node->pcpus == 0 && node->free_pages == 0));
		for (uint32_t m = 0; node->online && m < view->node_count; m++)
			require(!view->node[m].online ||
				row[n] <= row[m]);               /* V5 */
	}
}

void place_request_check(const struct place_request *request)
{
	uint32_t vcpus = 0;

	require(request->vcpus > 0 && request->need_pages > 0);  /* R1 */
	require(request->vnode_count <= PLACE_VNODE_MAX);        /* R2 */
	for (uint32_t v = 0; v < request->vnode_count; v++)
		vcpus += request->vnode[v].vcpus;
	require(request->vnode_count == 0 || vcpus == request->vcpus);
}
