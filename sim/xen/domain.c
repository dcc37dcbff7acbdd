#include "xen/domain.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>

/* Pages taken one after another that happened to lie side by side: the heap
 * hands out single pages from the top of a block down. */
struct run {
	uint32_t next;
	uint32_t pages;
	uint64_t mfn;        /* of the lowest page */
	uint32_t descending; /* the highest page came first */
	uint32_t unused;
};

static struct run *run_at(const struct domain *d, uint32_t index)
{
	return slab_at(&d->p2m.store->run, index);
}

void domain_init(struct domain *d, struct p2m_store *store, uint32_t domid,
		 enum domain_type type, uint64_t max_pages)
{
	_Static_assert(sizeof(struct run) == 24, "p2m_store_init() says so");
	*d = (struct domain){
		.mem = {
			.domid = domid,
			.node_affinity = NODESET_ALL,
			.max_pages = max_pages,
		},
		.type = type,
		.node_affinity_auto = true,
	};
	p2m_init(&d->p2m, store);
}

/* --- node affinity ----------------------------------------------------------- */

void domain_update_node_affinity(struct domain *d, const cpuset *hard,
				 const cpuset *soft, const cpuset *pool,
				 const uint16_t *cpu_to_node)
{
	cpuset h = cpuset_and(hard, pool), s = cpuset_and(soft, &h);
	const cpuset *from = cpuset_empty(&s) ? &h : &s;
	nodeset nodes = NODESET_NONE;

	if (!d->has_vcpus || !d->node_affinity_auto)
		return;
	for (uint32_t cpu = cpuset_first(from); cpu != CPU_NONE;
	     cpu = cpuset_from(from, cpu + 1))
		if (cpu_to_node[cpu] < NODE_MAX)
			nodes = nodeset_add(nodes, cpu_to_node[cpu]);
	d->mem.node_affinity = nodes;
}

int domain_set_node_affinity(struct domain *d, nodeset nodes, nodeset online)
{
	if (!(nodes & online))
		return -22;
	d->node_affinity_auto = nodes == NODESET_ALL;
	if (!d->node_affinity_auto)
		d->mem.node_affinity = nodes;
	return 0;
}

/* --- pages -------------------------------------------------------------------- */

void domain_set_vnuma(struct domain *d, struct arena *arena,
		      uint32_t vnode_count, const uint8_t *vnode_to_pnode,
		      const struct vmemrange *range, uint32_t range_count)
{
	require(vnode_count >= 1 && vnode_count <= VNODE_MAX);
	struct vmemrange *copy = arena_array(arena, range_count, sizeof(*copy));

	memcpy(copy, range, range_count * sizeof(*copy));
	memcpy(d->vnode_to_pnode, vnode_to_pnode, vnode_count);
	d->vnode_count = vnode_count;
	p2m_set_vnuma(&d->p2m, vnode_count, copy, range_count,
		      arena_array(arena, (size_t)vnode_count * NODE_MAX,
				  sizeof(uint64_t)));
}

/* One more page at the end of a queue. */
static void runs_push_page(struct domain *d, struct domain_runs *q,
			   uint64_t mfn)
{
	struct run *last = q->newest ? run_at(d, q->newest) : NULL;

	if (last && mfn + 1 == last->mfn &&
	    (last->descending || last->pages == 1)) {
		last->mfn = mfn;
		last->pages++;
		last->descending = 1;
		return;
	}
	if (last && mfn == last->mfn + last->pages && !last->descending) {
		last->pages++;
		return;
	}
	uint32_t index = slab_take(&d->p2m.store->run);

	*run_at(d, index) = (struct run){.mfn = mfn, .pages = 1};
	if (last)
		last->next = index;
	else
		q->oldest = index;
	q->newest = index;
}

/* So many more, each next one below: from the second on a descending run. */
static void runs_push(struct domain *d, struct domain_runs *q, uint64_t mfn,
		      uint32_t pages)
{
	runs_push_page(d, q, mfn);
	if (pages == 1)
		return;
	runs_push_page(d, q, mfn - 1);
	struct run *last = run_at(d, q->newest);

	assert(last->mfn == mfn - 1 && last->descending);
	last->mfn -= pages - 2;
	last->pages += pages - 2;
}

/* At most max_pages of the oldest run, in the order they came. */
static uint64_t runs_free(struct domain *d, struct heap *heap,
			  struct domain_runs *q, uint64_t max_pages)
{
	uint32_t index = q->oldest;
	struct run *run = run_at(d, index);
	uint64_t pages = run->pages < max_pages ? run->pages : max_pages;

	run->pages -= (uint32_t)pages;
	if (run->descending) {
		heap_free_descending(heap, run->mfn + run->pages, pages, true);
	} else {
		heap_free_range(heap, run->mfn, pages, true);
		run->mfn += pages;
	}
	if (!run->pages) {
		q->oldest = run->next;
		if (!q->oldest)
			q->newest = 0;
		slab_give(&d->p2m.store->run, index);
	}
	return pages;
}

uint64_t domain_take_xen_pages(struct domain *d, struct heap *heap,
			       uint64_t pages, uint32_t cpu_node)
{
	struct heap_request req = {
		.node = NODE_NONE,
		.cpu_node = cpu_node,
		.flags = HEAP_NO_SCRUB,
	};
	uint64_t taken = 0;

	while (taken < pages) {
		struct heap_extent e;

		if (heap_alloc_run(heap, &req, pages - taken, &e) != HEAP_OK)
			break;
		runs_push(d, &d->xen[e.node], e.mfn, e.count);
		d->xen_node_pages[e.node] += e.count;
		d->xen_pages += e.count;
		taken += e.count;
	}
	return taken;
}

uint64_t domain_pool_grow(struct domain *d, struct heap *heap, uint64_t pages,
			  uint64_t max_pages, uint32_t cpu_node,
			  uint64_t *scrubbed_pages)
{
	struct heap_request req = {
		.domain = &d->mem,
		.node = NODE_NONE,
		.cpu_node = cpu_node,
		.flags = HEAP_NO_OWNER,
	};
	uint64_t taken = 0, want = 0;

	if (pages > d->pool_pages)
		want = pages - d->pool_pages;
	if (want > max_pages)
		want = max_pages;
	while (taken < want) {
		struct heap_extent e;

		if (heap_alloc_run(heap, &req, want - taken, &e) != HEAP_OK)
			break;
		if (scrubbed_pages)
			*scrubbed_pages += e.scrubbed_pages;
		runs_push(d, &d->pool[e.node], e.mfn, e.count);
		d->pool_node_pages[e.node] += e.count;
		d->pool_pages += e.count;
		taken += e.count;
	}
	return taken;
}

uint64_t domain_remove_pages(struct domain *d, struct heap *heap, uint64_t gpfn,
			     uint64_t pages)
{
	uint64_t freed = 0;

	while (freed < pages) {
		struct p2m_run run = p2m_remove(&d->p2m, gpfn + freed,
						pages - freed);

		if (!run.pages)
			break;
		heap_free_owned(heap, &d->mem, run.mfn, run.pages, false);
		freed += run.pages;
	}
	return freed;
}

void domain_kill(struct domain *d, struct heap *heap)
{
	require(!d->mem.dying);
	heap_claim(heap, &d->mem, 0);
	d->mem.dying = true;
	d->vnode_count = 0;
	p2m_drop_tree(&d->p2m);
}

/* Pages of one queue a node. */
static uint64_t relinquish_runs(struct domain *d, struct heap *heap,
				struct domain_runs *queue,
				uint64_t *node_pages, uint64_t *total,
				uint64_t max_pages)
{
	uint64_t freed = 0;

	for (uint32_t n = 0; n < NODE_MAX && *total > 0; n++)
		while (queue[n].oldest && freed < max_pages) {
			uint64_t pages = runs_free(d, heap, &queue[n],
						   max_pages - freed);

			node_pages[n] -= pages;
			*total -= pages;
			freed += pages;
		}
	return freed;
}

/* RAM, as it was assigned. Rather ends early than cut an extent in two, unless
 * that is the first of all. */
static uint64_t relinquish_ram(struct domain *d, struct heap *heap,
			       uint64_t max_pages, bool first)
{
	uint64_t freed = 0;

	while (freed < max_pages) {
		uint64_t left = max_pages - freed, after_mfn;
		uint64_t oldest = p2m_oldest_pages(&d->p2m);
		struct p2m_run run;

		if (!oldest || (oldest > left && !(first && freed == 0)))
			break;
		run = p2m_remove_stack(&d->p2m, left, &after_mfn);
		if (run.pages) {
			heap_expect(heap, after_mfn);
			heap_free_owned_descending(heap, &d->mem, run.mfn,
						   run.pages);
		} else {
			run = p2m_remove_oldest(&d->p2m, left);
			heap_free_owned(heap, &d->mem, run.mfn, run.pages,
					false);
		}
		freed += run.pages;
	}
	return freed;
}

uint64_t domain_relinquish(struct domain *d, struct heap *heap,
			   uint64_t max_pages)
{
	require(d->mem.dying && max_pages > 0);
	uint64_t freed = relinquish_runs(d, heap, d->pool, d->pool_node_pages,
					 &d->pool_pages, max_pages);

	freed += relinquish_ram(d, heap, max_pages - freed, freed == 0);
	if (freed < max_pages && !d->p2m.oldest)
		freed += relinquish_runs(d, heap, d->xen, d->xen_node_pages,
					 &d->xen_pages, max_pages - freed);
	return freed;
}

/* --- looking at it ------------------------------------------------------------ */

uint64_t domain_node_pages(const struct domain *d, uint32_t node)
{
	return node < NODE_MAX ? d->p2m.node_pages[node] : 0;
}

uint64_t domain_vnode_pages(const struct domain *d, uint32_t vnode)
{
	return vnode < VNODE_MAX ? d->p2m.vnode_pages[vnode] : 0;
}

uint64_t domain_vnode_node_pages(const struct domain *d, uint32_t vnode,
				 uint32_t node)
{
	if (vnode >= d->p2m.vnode_count || node >= NODE_MAX)
		return 0;
	return d->p2m.vnode_node_pages[vnode * NODE_MAX + node];
}

uint64_t domain_mappings(const struct domain *d, enum p2m_size size)
{
	static const uint32_t order[P2M_SIZES] = {0, 9, 18};

	return d->p2m.size_pages[size] >> order[size];
}

/* --- check --------------------------------------------------------------------- */

/* What a check collects: every run of pages the domains own. */
struct owned {
	const struct heap *heap;
	struct owned_run {
		uint64_t mfn, pages;
	} *run;
	uint64_t count, max; /* max 0: only look at each */
};

static void own(struct owned *o, uint64_t mfn, uint64_t pages, uint32_t node)
{
	require(heap_node_of(o->heap, mfn) == node);                  /* D2 */
	require(heap_node_of(o->heap, mfn + pages - 1) == node);      /* D2 */
	if (!o->max) {
		require(heap_range_in_use(o->heap, mfn, pages));      /* D2 */
		return;
	}
	if (o->count == o->max) {
		o->max *= 2;
		o->run = realloc(o->run, o->max * sizeof(*o->run));
		require(o->run != NULL);
	}
	o->run[o->count++] = (struct owned_run){mfn, pages};
}

static void own_run(void *arg, const struct p2m_run *run)
{
	own(arg, run->mfn, run->pages, run->node);
}

static void own_queue(const struct domain *d, struct owned *o,
		      const struct domain_runs *queue,
		      const uint64_t *node_pages, uint64_t total)
{
	for (uint32_t n = 0; n < NODE_MAX; n++) {
		uint64_t pages = 0;
		uint32_t last = 0;

		for (uint32_t i = queue[n].oldest; i; i = run_at(d, i)->next) {
			own(o, run_at(d, i)->mfn, run_at(d, i)->pages, n);
			pages += run_at(d, i)->pages;
			last = i;
		}
		require(last == queue[n].newest);                     /* D3 */
		require(pages == node_pages[n]);                      /* D3 */
		total -= pages;
	}
	require(total == 0);                                          /* D3 */
}

static void own_all(const struct domain *d, struct owned *o)
{
	p2m_walk_assigned(&d->p2m, own_run, o);
	own_queue(d, o, d->pool, d->pool_node_pages, d->pool_pages);
	own_queue(d, o, d->xen, d->xen_node_pages, d->xen_pages);
}

void domain_check(const struct domain *d, const struct heap *heap)
{
	struct owned o = {.heap = heap};

	p2m_check(&d->p2m);
	require(d->mem.tot_pages == d->p2m.pages);                    /* D1 */
	require(d->p2m.tree_dropped == d->mem.dying);                 /* D4 */
	require(!d->mem.dying || d->mem.claim_pages == 0);            /* D4 */
	require(d->mem.node_affinity != NODESET_NONE);                /* D5 */
	own_all(d, &o);
}

static int by_mfn(const void *a, const void *b)
{
	uint64_t x = ((const struct owned_run *)a)->mfn;
	uint64_t y = ((const struct owned_run *)b)->mfn;

	return x < y ? -1 : x > y;
}

void domain_check_all(struct domain *const *domain, uint32_t count,
		      const struct heap *heap)
{
	struct owned o = {.heap = heap, .max = 1024};
	uint64_t claims = 0;

	o.run = malloc(o.max * sizeof(*o.run));
	require(o.run != NULL);
	for (uint32_t i = 0; i < count; i++) {
		domain_check(domain[i], heap);
		own_all(domain[i], &o);
		claims += domain[i]->mem.claim_pages;
	}
	require(claims == heap_claimed_pages(heap));                  /* H5 */
	qsort(o.run, o.count, sizeof(*o.run), by_mfn);
	for (uint64_t i = 1; i < o.count; i++)
		require(o.run[i - 1].mfn + o.run[i - 1].pages <=
			o.run[i].mfn);                                /* H1 */
	free(o.run);
}
