#include "run/lab_mem_set.h"

#include "run/host_state_heap.h"

#include <string.h>

static const struct host_state_domain *find(const struct host_state *s,
					    const char *name)
{
	for (uint32_t d = 0; d < s->domain_count; d++)
		if (strcmp(s->domain[d].name, name) == 0)
			return &s->domain[d];
	return NULL;
}

static uint64_t sum(const struct host_state_domain *d)
{
	uint64_t pages = 0;

	for (uint32_t n = 0; n < NODE_MAX; n++)
		pages += d->pages_on[n];
	return pages;
}

/* moved[n]: pages that leave, or come to, node n. */
static void down(const struct host_state_domain *d, uint64_t pages,
		 uint64_t moved[NODE_MAX])
{
	uint64_t total = sum(d), left = pages;

	for (uint32_t n = 0; n < NODE_MAX; n++) {
		moved[n] = pages * d->pages_on[n] / total;
		left -= moved[n];
	}
	for (uint32_t n = 0; left > 0; n = (n + 1) % NODE_MAX)
		if (moved[n] < d->pages_on[n]) {
			moved[n]++;
			left--;
		}
}

static void up(struct arena *arena, const struct host_state *before,
	       const struct host_state_domain *d, uint64_t pages,
	       uint64_t moved[NODE_MAX])
{
	struct heap *heap = host_state_heap(arena, before);
	struct heap_domain domain = {
		.domid = d->domid,
		.node_affinity = d->node_affinity,
		.max_pages = UINT64_MAX,
	};
	struct heap_request req = {
		.domain = &domain,
		.node = NODE_NONE,
		.cpu_node = before->cpu_to_node[0] == NODE_NONE
				    ? 0
				    : before->cpu_to_node[0],
	};
	struct heap_extent e;

	while (pages-- > 0 && heap_alloc(heap, &req, &e) == HEAP_OK)
		moved[e.node]++;
}

bool lab_mem_set_compare(struct arena *arena, const struct host_state *before,
			 const struct lab_step *step, struct lab_mem_set *out)
{
	const struct host_state_domain *old = find(before, step->name);
	const struct host_state_domain *new = find(step->after, step->name);
	uint64_t moved[NODE_MAX] = {0}, wrong = 0;

	if (!old || !new || sum(old) == sum(new))
		return false;

	bool shrinks = sum(new) < sum(old);

	out->pages = shrinks ? sum(old) - sum(new) : sum(new) - sum(old);
	if (out->pages > LAB_MEM_SET_PAGES_MAX)
		return false;
	if (shrinks)
		down(old, out->pages, moved);
	else
		up(arena, before, old, out->pages, moved);
	for (uint32_t n = 0; n < NODE_MAX; n++) {
		uint64_t model = shrinks ? old->pages_on[n] - moved[n]
					 : old->pages_on[n] + moved[n];

		wrong += model > new->pages_on[n] ? model - new->pages_on[n]
						  : new->pages_on[n] - model;
	}
	out->wrong_pages = (wrong + 1) / 2;
	return true;
}
