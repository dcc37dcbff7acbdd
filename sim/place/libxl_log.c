#include "place/libxl_log.h"

/* A set of size nodes of suit[0 .. suit_count - 1], by index, ascending. */
struct combination {
	uint32_t suit[NODE_MAX];
	uint32_t suit_count;
	uint32_t size;
	uint32_t index[LIBXL_NODES_MAX];
};

static void first(struct combination *c, const struct libxl_query *query,
		  uint32_t size)
{
	c->suit_count = 0;
	for (uint32_t n = 0; n < query->node_count; n++)
		if (query->node[n].suitable_pcpus > 0)
			c->suit[c->suit_count++] = n;
	c->size = size;
	for (uint32_t i = 0; i < size; i++)
		c->index[i] = i;
}

/* The next in lexicographic order; false after the last. */
static bool next(struct combination *c)
{
	uint32_t i = c->size;

	while (i > 0 && c->index[i - 1] == c->suit_count - c->size + i - 1)
		i--;
	if (i == 0)
		return false;
	c->index[i - 1]++;
	for (; i < c->size; i++)
		c->index[i] = c->index[i - 1] + 1;
	return true;
}

static struct libxl_candidate sum(const struct combination *c,
				  const struct libxl_query *query)
{
	struct libxl_candidate x = {.node_count = c->size};

	for (uint32_t i = 0; i < c->size; i++) {
		const struct libxl_node *node = &query->node[c->suit[c->index[i]]];

		x.nodes = nodeset_add(x.nodes, c->suit[c->index[i]]);
		x.cpus += node->suitable_pcpus;
		x.vcpus += node->vcpus;
		x.free_memkb += (uint32_t)node->free_memkb;
	}
	return x;
}

void libxl_log(const struct libxl_query *query, libxl_note *note, void *arg)
{
	struct libxl_candidate winner, best;
	struct combination c;
	bool found, any = false;

	if (libxl_search(query, &found, &winner) != 0 || !found)
		return;
	first(&c, query, winner.node_count);
	do {
		struct libxl_candidate x = sum(&c, query);

		if (x.free_memkb < query->need_memkb ||
		    x.cpus < query->min_cpus)
			continue;
		if (any && (query->first_fit || libxl_compare(&x, &best) >= 0))
			continue;
		best = x;
		any = true;
		note(arg, &x);
	} while (next(&c));
}
