#include "xen/p2m.h"

#include "base/err.h"
#include "xen/p2m_tree.h"

enum { P2M_2M_ORDER = 9, P2M_1G_ORDER = 18 };

static inline struct p2m_extent *extent_at(const struct p2m *p2m, uint32_t index)
{
	return SLAB_AT(&p2m->store->extent, index, struct p2m_extent);
}

void p2m_store_init(struct p2m_store *store, struct arena *arena)
{
	slab_init(&store->extent, arena, sizeof(struct p2m_extent));
	slab_init(&store->tree, arena, sizeof(struct p2m_tree_node));
	slab_init(&store->run, arena, 24);
}

void p2m_init(struct p2m *p2m, struct p2m_store *store)
{
	*p2m = (struct p2m){.store = store};
}

void p2m_set_vnuma(struct p2m *p2m, uint32_t vnode_count,
		   const struct vmemrange *range, uint32_t range_count,
		   uint64_t *vnode_node_pages)
{
	require(p2m->extent_count == 0);
	require(vnode_count <= VNODE_MAX && range_count <= VMEMRANGE_MAX);
	for (uint32_t i = 0; i < range_count; i++) {
		require(range[i].start_gpfn <= range[i].end_gpfn);
		require(range[i].vnode < vnode_count);
		require(i == 0 ||
			range[i - 1].end_gpfn <= range[i].start_gpfn);
	}
	p2m->vnode_count = vnode_count;
	p2m->range = range;
	p2m->range_count = range_count;
	p2m->vnode_node_pages = vnode_node_pages;
}

/* --- sums ------------------------------------------------------------------ */

/* Whole naturally aligned pieces of this order inside the extent, in pages. */
static uint64_t whole_pages(const struct p2m_extent *e, uint32_t order)
{
	uint64_t size = UINT64_C(1) << order;
	uint64_t start = (e->gpfn + size - 1) & ~(size - 1);
	uint64_t end = (e->gpfn + e->pages) & ~(size - 1);

	if ((e->gpfn ^ e->mfn) & (size - 1) || end <= start)
		return 0;
	return end - start;
}

/*
 * How an extent is mapped follows from its shape: 1 GiB or 2 MiB where gpfn and
 * mfn are aligned alike and a whole one lies inside, 4 KiB around that. sign is
 * 1, or all ones to take the pages out again.
 */
static inline void sum_sizes(struct p2m *p2m, const struct p2m_extent *e,
			     uint64_t sign)
{
	uint64_t huge = 0, big = 0;

	if (e->pages >= 1u << P2M_2M_ORDER) {
		big = whole_pages(e, P2M_2M_ORDER);
		if (e->pages >= 1u << P2M_1G_ORDER)
			huge = whole_pages(e, P2M_1G_ORDER);
	}
	p2m->size_pages[P2M_4K] += sign * (e->pages - big);
	p2m->size_pages[P2M_2M] += sign * (big - huge);
	p2m->size_pages[P2M_1G] += sign * huge;
}

static inline void sum_add(struct p2m *p2m, const struct p2m_extent *e)
{
	p2m->pages += e->pages;
	p2m->node_pages[e->node] += e->pages;
	if (e->gpfn != GPFN_NONE)
		sum_sizes(p2m, e, 1);
	if (e->vnode != VNODE_NONE) {
		p2m->vnode_pages[e->vnode] += e->pages;
		p2m->vnode_node_pages[e->vnode * NODE_MAX + e->node] +=
			e->pages;
	}
}

static inline void sum_sub(struct p2m *p2m, const struct p2m_extent *e)
{
	assert(p2m->pages >= e->pages);
	assert(p2m->node_pages[e->node] >= e->pages);
	p2m->pages -= e->pages;
	p2m->node_pages[e->node] -= e->pages;
	if (e->gpfn != GPFN_NONE)
		sum_sizes(p2m, e, UINT64_MAX);
	if (e->vnode != VNODE_NONE) {
		p2m->vnode_pages[e->vnode] -= e->pages;
		p2m->vnode_node_pages[e->vnode * NODE_MAX + e->node] -=
			e->pages;
	}
}

/* --- the list --------------------------------------------------------------- */

/* A new extent behind after in the order of assignment (0: the oldest). Its
 * pages are the caller's to fill in. */
static inline uint32_t extent_new(struct p2m *p2m, uint32_t after)
{
	uint32_t index = slab_take(&p2m->store->extent);
	struct p2m_extent *e = extent_at(p2m, index);

	e->prev = after;
	e->next = after ? extent_at(p2m, after)->next : p2m->oldest;
	if (e->next)
		extent_at(p2m, e->next)->prev = index;
	else
		p2m->newest = index;
	if (after)
		extent_at(p2m, after)->next = index;
	else
		p2m->oldest = index;
	p2m->extent_count++;
	return index;
}

static inline void extent_drop(struct p2m *p2m, uint32_t index)
{
	const struct p2m_extent *e = extent_at(p2m, index);

	if (e->next)
		extent_at(p2m, e->next)->prev = e->prev;
	else
		p2m->newest = e->prev;
	if (e->prev)
		extent_at(p2m, e->prev)->next = e->next;
	else
		p2m->oldest = e->next;
	p2m->extent_count--;
	slab_give(&p2m->store->extent, index);
}

/* --- look-up ----------------------------------------------------------------- */

/* The extent that maps gpfn; 0 if none does. */
static uint32_t extent_of(const struct p2m *p2m, uint64_t gpfn)
{
	uint32_t index = p2m_tree_floor(p2m, gpfn);

	if (!index)
		return 0;
	const struct p2m_extent *e = extent_at(p2m, index);

	return gpfn - e->gpfn < e->pages ? index : 0;
}

bool p2m_any_mapped(const struct p2m *p2m, uint64_t gpfn, uint64_t pages)
{
	if (gpfn >= p2m->end_gpfn)
		return false;
	if (extent_of(p2m, gpfn))
		return true;
	uint32_t next = p2m_tree_ceiling(p2m, gpfn);

	return next && extent_at(p2m, next)->gpfn < gpfn + pages;
}

/* Pages of e from offset on. */
static struct p2m_run run_of(const struct p2m_extent *e, uint64_t offset)
{
	return (struct p2m_run){
		.gpfn = e->gpfn == GPFN_NONE ? GPFN_NONE : e->gpfn + offset,
		.mfn = e->mfn + offset,
		.pages = e->pages - offset,
		.node = e->node,
		.vnode = e->vnode,
	};
}

struct p2m_run p2m_lookup(const struct p2m *p2m, uint64_t gpfn)
{
	require(!p2m->tree_dropped);
	uint32_t index = extent_of(p2m, gpfn);

	if (!index)
		return (struct p2m_run){.gpfn = GPFN_NONE, .mfn = UINT64_MAX};
	const struct p2m_extent *e = extent_at(p2m, index);

	return run_of(e, gpfn - e->gpfn);
}

struct p2m_run p2m_next(const struct p2m *p2m, uint64_t gpfn)
{
	struct p2m_run run = p2m_lookup(p2m, gpfn);

	if (run.pages)
		return run;
	uint32_t index = p2m_tree_ceiling(p2m, gpfn);

	return index ? run_of(extent_at(p2m, index), 0) : run;
}

/* --- add and remove ----------------------------------------------------------- */

/* The range that gpfn is in or, in none, the next one; range_count: none. */
static uint32_t range_of(const struct p2m *p2m, uint64_t gpfn)
{
	uint32_t low = 0, high = p2m->range_count;

	while (low < high) {
		uint32_t mid = (low + high) / 2;

		if (p2m->range[mid].end_gpfn <= gpfn)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The vnode of gpfn, and how far it reaches from there. */
static uint32_t vnode_of(const struct p2m *p2m, uint64_t gpfn, uint64_t *pages)
{
	uint32_t index = range_of(p2m, gpfn);

	*pages = UINT64_MAX;
	if (index == p2m->range_count)
		return VNODE_NONE;
	const struct vmemrange *r = &p2m->range[index];
	bool inside = r->start_gpfn <= gpfn;

	*pages = (inside ? r->end_gpfn : r->start_gpfn) - gpfn;
	return inside ? r->vnode : (uint32_t)VNODE_NONE;
}

void p2m_add(struct p2m *p2m, uint64_t gpfn, uint64_t mfn, uint64_t pages,
	     uint32_t node)
{
	require(!p2m->tree_dropped && node < NODE_MAX && pages > 0);
	require(gpfn == GPFN_NONE || !p2m_any_mapped(p2m, gpfn, pages));
	while (pages) {
		uint64_t reach = pages;
		uint32_t vnode = gpfn != GPFN_NONE && p2m->range_count
					 ? vnode_of(p2m, gpfn, &reach)
					 : (uint32_t)VNODE_NONE;
		uint64_t count = reach < pages ? reach : pages;

		require(count <= UINT32_MAX);
		uint32_t index = extent_new(p2m, p2m->newest);
		struct p2m_extent *e = extent_at(p2m, index);

		e->gpfn = gpfn;
		e->mfn = mfn;
		e->pages = (uint32_t)count;
		e->node = (uint8_t)node;
		e->vnode = (uint8_t)vnode;
		sum_add(p2m, e);
		if (gpfn != GPFN_NONE) {
			p2m_tree_insert(p2m, gpfn, index);
			gpfn += count;
			if (p2m->end_gpfn < gpfn)
				p2m->end_gpfn = gpfn;
		}
		mfn += count;
		pages -= count;
	}
}

/* The sums of count extents like this one, that are mapped in one piece. */
static void sum_add_many(struct p2m *p2m, const struct p2m_extent *e,
			 uint64_t count)
{
	uint64_t pages = e->pages * count;

	p2m->pages += pages;
	p2m->node_pages[e->node] += pages;
	if (e->pages >= 1u << P2M_1G_ORDER)
		p2m->size_pages[P2M_1G] += pages;
	else if (e->pages >= 1u << P2M_2M_ORDER)
		p2m->size_pages[P2M_2M] += pages;
	else
		p2m->size_pages[P2M_4K] += pages;
	if (e->vnode == VNODE_NONE)
		return;
	p2m->vnode_pages[e->vnode] += pages;
	p2m->vnode_node_pages[e->vnode * NODE_MAX + e->node] += pages;
}

/* Extents behind all others, by gpfn and in the list: of e's shape, the first
 * where e is. */
static void append_many(struct p2m *p2m, struct p2m_extent e, uint32_t count)
{
	struct p2m_extent *prev =
		p2m->newest ? extent_at(p2m, p2m->newest) : NULL;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t index = slab_take(&p2m->store->extent);
		struct p2m_extent *to = extent_at(p2m, index);

		e.prev = p2m->newest;
		*to = e;
		if (prev)
			prev->next = index;
		else
			p2m->oldest = index;
		prev = to;
		p2m->newest = index;
		p2m_tree_append(p2m, e.gpfn, index);
		e.gpfn += e.pages;
		e.mfn -= e.pages;
	}
	p2m->extent_count += count;
	p2m->end_gpfn = e.gpfn;
}

void p2m_add_stack(struct p2m *p2m, uint64_t gpfn, uint64_t mfn,
		   uint32_t order, uint32_t count, uint32_t node)
{
	uint64_t size = UINT64_C(1) << order, reach = UINT64_MAX;
	uint32_t vnode = VNODE_NONE;

	require(!p2m->tree_dropped && node < NODE_MAX && count > 0);
	if (p2m->range_count)
		vnode = vnode_of(p2m, gpfn, &reach);
	if (gpfn < p2m->end_gpfn || gpfn % size || reach < count * size) {
		for (uint32_t i = 0; i < count; i++)
			p2m_add(p2m, gpfn + i * size, mfn - i * size, size,
				node);
		return;
	}
	struct p2m_extent e = {
		.gpfn = gpfn,
		.mfn = mfn,
		.pages = (uint32_t)size,
		.node = (uint8_t)node,
		.vnode = (uint8_t)vnode,
	};

	append_many(p2m, e, count);
	sum_add_many(p2m, &e, count);
}

struct p2m_run p2m_remove(struct p2m *p2m, uint64_t gpfn, uint64_t pages_max)
{
	struct p2m_run run = p2m_lookup(p2m, gpfn);

	if (!run.pages || !pages_max)
		return run;
	uint32_t index = extent_of(p2m, gpfn);
	struct p2m_extent *e = extent_at(p2m, index);
	uint32_t front = (uint32_t)(gpfn - e->gpfn);

	if (run.pages > pages_max)
		run.pages = pages_max;
	uint32_t back = e->pages - front - (uint32_t)run.pages;

	sum_sub(p2m, e);
	if (back && !front) {
		p2m_tree_raise(p2m, e->gpfn, e->gpfn + run.pages);
		e->gpfn += run.pages;
		e->mfn += run.pages;
		e->pages = back;
		sum_add(p2m, e);
		return run;
	}
	if (back) {
		uint32_t rest_index = extent_new(p2m, index);
		struct p2m_extent *rest = extent_at(p2m, rest_index);

		rest->gpfn = gpfn + run.pages;
		rest->mfn = run.mfn + run.pages;
		rest->pages = back;
		rest->node = e->node;
		rest->vnode = e->vnode;
		sum_add(p2m, rest);
		p2m_tree_insert(p2m, rest->gpfn, rest_index);
	}
	if (front) {
		e->pages = front;
		sum_add(p2m, e);
	} else {
		p2m_tree_delete(p2m, e->gpfn);
		extent_drop(p2m, index);
	}
	return run;
}

void p2m_drop_tree(struct p2m *p2m)
{
	p2m_tree_drop(p2m);
	p2m->tree_dropped = true;
}

uint64_t p2m_oldest_pages(const struct p2m *p2m)
{
	return p2m->oldest ? extent_at(p2m, p2m->oldest)->pages : 0;
}

struct p2m_run p2m_remove_oldest(struct p2m *p2m, uint64_t pages_max)
{
	require(p2m->tree_dropped);
	uint32_t index = p2m->oldest;

	if (!index || !pages_max)
		return (struct p2m_run){.gpfn = GPFN_NONE, .mfn = UINT64_MAX};
	struct p2m_extent *e = extent_at(p2m, index);
	struct p2m_run run = run_of(e, 0);

	sum_sub(p2m, e);
	if (run.pages <= pages_max) {
		extent_drop(p2m, index);
		return run;
	}
	run.pages = pages_max;
	if (e->gpfn != GPFN_NONE)
		e->gpfn += pages_max;
	e->mfn += pages_max;
	e->pages -= (uint32_t)pages_max;
	sum_add(p2m, e);
	return run;
}

struct p2m_run p2m_remove_stack(struct p2m *p2m, uint64_t pages_max,
				uint64_t *after_mfn)
{
	struct p2m_run run = {.gpfn = GPFN_NONE, .vnode = VNODE_NONE};

	require(p2m->tree_dropped);
	*after_mfn = UINT64_MAX;
	while (p2m->oldest) {
		uint32_t index = p2m->oldest;
		const struct p2m_extent *e = extent_at(p2m, index);
		uint32_t in_block = e->pages - 1;

		*after_mfn = e->mfn;
		if (run.pages + e->pages > pages_max ||
		    e->pages & in_block || e->mfn & in_block)
			break;
		if (run.pages && (e->mfn + e->pages != run.mfn ||
				  e->node != run.node))
			break;
		run.mfn = e->mfn;
		run.node = e->node;
		run.pages += e->pages;
		sum_sub(p2m, e);
		extent_drop(p2m, index);
		*after_mfn = UINT64_MAX;
	}
	return run;
}

void p2m_walk_assigned(const struct p2m *p2m,
		       void (*visit)(void *arg, const struct p2m_run *run),
		       void *arg)
{
	for (uint32_t i = p2m->oldest; i; i = extent_at(p2m, i)->next) {
		struct p2m_run run = run_of(extent_at(p2m, i), 0);

		visit(arg, &run);
	}
}

/* --- check -------------------------------------------------------------------- */

static void check_sums(const struct p2m *p2m, const struct p2m *sum)
{
	require(p2m->pages == sum->pages);                            /* P4 */
	require(p2m->extent_count == sum->extent_count);              /* P3 */
	for (uint32_t n = 0; n < NODE_MAX; n++)
		require(p2m->node_pages[n] == sum->node_pages[n]);    /* P4 */
	for (uint32_t s = 0; s < P2M_SIZES; s++)
		require(p2m->size_pages[s] == sum->size_pages[s]);    /* P4 */
	for (uint32_t v = 0; v < VNODE_MAX; v++)
		require(p2m->vnode_pages[v] == sum->vnode_pages[v]);  /* P4 */
	for (uint32_t i = 0; i < p2m->vnode_count * NODE_MAX; i++)
		require(p2m->vnode_node_pages[i] ==
			sum->vnode_node_pages[i]);                    /* P4 */
}

void p2m_check(const struct p2m *p2m)
{
	uint64_t by_vnode[VNODE_MAX * NODE_MAX] = {0};
	struct p2m sum = {.vnode_node_pages = by_vnode};
	uint64_t mapped = 0;
	uint32_t prev = 0;

	for (uint32_t i = p2m->oldest; i; i = extent_at(p2m, i)->next) {
		const struct p2m_extent *e = extent_at(p2m, i);
		uint64_t reach = UINT64_MAX;

		require(e->prev == prev && e->pages > 0);             /* P3 */
		prev = i;
		sum.extent_count++;
		sum_add(&sum, e);
		if (e->gpfn == GPFN_NONE) {
			require(e->vnode == VNODE_NONE);              /* P4 */
			continue;
		}
		mapped++;
		require(e->gpfn + e->pages <= p2m->end_gpfn);         /* P6 */
		require(p2m->tree_dropped ||
			extent_of(p2m, e->gpfn) == i);                /* P3 */
		require(!p2m->range_count ||
			(vnode_of(p2m, e->gpfn, &reach) == e->vnode &&
			 reach >= e->pages));                         /* P4 */
	}
	require(p2m->newest == prev);                                 /* P3 */
	check_sums(p2m, &sum);
	if (p2m->tree_dropped)
		require(p2m->height == 0 && p2m->root == 0);          /* P3 */
	else
		require(p2m_tree_check(p2m) == mapped);               /* P3 */
}
