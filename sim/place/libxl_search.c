#include "place/libxl_search.h"

#include "base/units.h"
#include "place/subset.h"

#include <assert.h>
#include <string.h>

/* From here on a difference of two sums can have the wrong sign. */
#define CUT_MEMKB (UINT64_C(1) << 31)

/* The sizes to try, lo..hi of nodes. */
struct range {
	uint32_t lo;
	uint32_t hi;
};

/* Sees sets, keeps the best max of them as libxl compares them. */
struct collector {
	struct subset_visitor visitor; /* first, so that it is the collector */
	const struct libxl_query *query;
	struct libxl_candidate *top;
	uint32_t count;
	uint32_t max;
	uint64_t fit_count;
	bool all; /* do not prune: every set that fits is counted */
};

static struct range sizes(const struct libxl_query *q, uint32_t suit_count);
static uint32_t cpus_per_node(const struct libxl_query *q);
static void problem_init(struct subset *s, const struct libxl_query *q);
static bool sums_stay_small(const struct subset *s);
static void collect(struct subset_visitor *visitor,
		    const struct subset_sum *sum);

/* Runs the search into c. LIBXL_ERROR_INVAL or 0. */
static int search(const struct libxl_query *q, struct collector *c)
{
	struct subset s;

	if (q->node_count <= 1 || q->node_count > LIBXL_NODES_MAX)
		return 0;
	problem_init(&s, q);
	/* Xen reads beyond its array here; a pool without CPUs has no guest. */
	if (s.count == 0)
		return 0;

	struct range k = sizes(q, s.count);

	if (k.lo > k.hi)
		return LIBXL_ERROR_INVAL;
	if (sums_stay_small(&s)) {
		s.need_mem = q->need_memkb;
		/* Then the comparison is an order, and ties need no visit. */
		c->visitor.prune_ties = true;
	}
	if (q->first_fit)
		c->visitor.prune_ties = true;
	subset_search(&s, k.lo, k.hi, &c->visitor);
	return 0;
}

int libxl_search(const struct libxl_query *query, bool *found,
		 struct libxl_candidate *best)
{
	struct collector c = {
		.visitor = { .visit = collect },
		.query = query,
		.top = best,
		.max = 1,
	};
	int rc = search(query, &c);

	*found = c.count > 0;
	return rc;
}

uint32_t libxl_rank(const struct libxl_query *query,
		    struct libxl_candidate *top, uint32_t max,
		    uint64_t *fit_count)
{
	struct collector c = {
		.visitor = { .visit = collect },
		.query = query,
		.top = top,
		.max = max,
		.all = true,
	};

	assert(max >= 1);
	search(query, &c);
	*fit_count = c.fit_count;
	return c.count;
}

static struct range sizes(const struct libxl_query *q, uint32_t suit_count)
{
	struct range k = { .lo = q->min_nodes, .hi = q->max_nodes };

	if (k.lo == 0) {
		uint32_t per_node = cpus_per_node(q);

		k.lo = 1;
		if (per_node > 0 && q->min_cpus > 0)
			k.lo = (q->min_cpus - 1) / per_node + 1;
	}
	if (k.lo > suit_count)
		k.lo = suit_count;
	if (k.hi == 0 || k.hi > suit_count)
		k.hi = suit_count;
	return k;
}

/* The number all nodes have (leading zeros do not count), else 0. */
static uint32_t cpus_per_node(const struct libxl_query *q)
{
	uint32_t per_node = 0;

	for (uint32_t n = 0; n < q->node_count; n++) {
		if (per_node != 0 && q->node[n].pcpus != per_node)
			return 0;
		per_node = q->node[n].pcpus;
	}
	return per_node;
}

/* Suitable nodes as items, in KiB. Memory is not demanded yet. */
static void problem_init(struct subset *s, const struct libxl_query *q)
{
	uint64_t free_memkb_max = 0;

	s->count = 0;
	s->need_mem = 0;
	s->need_cpus = q->min_cpus;
	for (uint32_t n = 0; n < q->node_count; n++) {
		const struct libxl_node *node = &q->node[n];

		if (node->suitable_pcpus == 0)
			continue;
		s->item[s->count++] = (struct subset_item){
			.node = n,
			.cpus = node->suitable_pcpus,
			.mem = node->free_memkb,
			.cost = q->first_fit ? 0 : node->vcpus,
		};
		if (node->free_memkb > free_memkb_max)
			free_memkb_max = node->free_memkb;
	}
	if (q->first_fit)
		return;
	for (uint32_t i = 0; i < s->count; i++)
		s->item[i].cost2 = free_memkb_max - s->item[i].mem;
}

static bool sums_stay_small(const struct subset *s)
{
	uint64_t left = CUT_MEMKB;

	for (uint32_t i = 0; i < s->count; i++) {
		if (s->item[i].mem >= left)
			return false;
		left -= s->item[i].mem;
	}
	return true;
}

/* A set that has the CPUs: is its memory, as libxl adds it, enough? */
static void collect(struct subset_visitor *visitor,
		    const struct subset_sum *sum)
{
	struct collector *c = (struct collector *)visitor;

	/* First of all: where sums wrap this is asked of every set. */
	if ((uint32_t)sum->mem < c->query->need_memkb)
		return;

	struct libxl_candidate x = {
		.nodes = sum->nodes,
		.node_count = nodeset_count(sum->nodes),
		.cpus = sum->cpus,
		.free_memkb = (uint32_t)sum->mem,
	};

	for (uint32_t n = nodeset_first(x.nodes); n != NODE_NONE;
	     n = nodeset_after(x.nodes, n))
		x.vcpus += c->query->node[n].vcpus;
	c->fit_count++;

	/* Before the first it beats; behind its equals. */
	uint32_t at = 0;

	while (at < c->count && (c->query->first_fit ||
				 libxl_compare(&x, &c->top[at]) >= 0))
		at++;
	if (at == c->max)
		return;
	if (c->count < c->max)
		c->count++;
	memmove(&c->top[at + 1], &c->top[at],
		(c->count - at - 1) * sizeof(c->top[0]));
	c->top[at] = x;

	if (at == 0)
		visitor->best = *sum;
	if (c->all)
		visitor->best.cost = UINT64_MAX;
}

int libxl_compare(const struct libxl_candidate *a,
		  const struct libxl_candidate *b)
{
	if (a->vcpus != b->vcpus)
		return (int)(a->vcpus - b->vcpus);
	/* Converting to int keeps the low 32 bits in gcc and clang. */
	return (int)(uint32_t)((uint64_t)b->free_memkb - a->free_memkb);
}

void libxl_query_init(struct libxl_query *query, const struct place_view *view,
		      const struct place_request *request)
{
	memset(query, 0, sizeof(*query));
	query->node_count = view->node_count;
	query->need_memkb = kib_from_pages(request->need_pages);
	query->min_cpus = request->vcpus;
	for (uint32_t n = 0; n < view->node_count; n++) {
		const struct place_node *node = &view->node[n];

		query->node[n] = (struct libxl_node){
			.free_memkb = kib_from_pages(node->free_pages),
			.pcpus = node->pcpus,
			.suitable_pcpus = node->pool_pcpus,
			.vcpus = node->vcpus,
		};
	}
}

uint64_t libxl_need_memkb(bool pv, uint64_t target_memkb,
			  uint64_t shadow_memkb, uint64_t iommu_memkb)
{
	uint64_t need = target_memkb + shadow_memkb + iommu_memkb +
			(pv ? 1024 : 2048);

	return (need + 2047) / 2048 * 2048;
}
