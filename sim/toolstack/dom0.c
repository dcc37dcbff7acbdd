#include "toolstack/dom0.h"

#include "base/err.h"

enum { ORDER_LATE = 9, MIB_128_PAGES = 32768 };

/* The builder's state between chunks. */
struct chunks {
	struct heap *heap;
	struct domain *d;
	uint32_t cpu_node;
	uint32_t last_order;
	uint32_t flags; /* 0 once DMA memory and other nodes are allowed */
};

static cpuset cpus_of(nodeset nodes, const cpuset *cpus,
		      const uint16_t *cpu_to_node)
{
	cpuset of = {{0}};

	for (uint32_t cpu = cpuset_first(cpus); cpu != CPU_NONE;
	     cpu = cpuset_from(cpus, cpu + 1))
		if (cpu_to_node[cpu] < NODE_MAX &&
		    nodeset_has(nodes, cpu_to_node[cpu]))
			cpuset_add(&of, cpu);
	return of;
}

nodeset dom0_nodes(const struct dom0_config *config, nodeset online)
{
	nodeset nodes = config->nodes & online;

	return nodes ? nodes : online;
}

uint32_t dom0_vcpu_count(const struct dom0_config *config, nodeset online,
			 const cpuset *cpus, const uint16_t *cpu_to_node)
{
	cpuset mask = cpus_of(dom0_nodes(config, online), cpus, cpu_to_node);
	uint32_t count = cpuset_count(&mask);

	if (!count)
		count = cpuset_count(cpus);
	if (count < config->vcpus_min)
		count = config->vcpus_min;
	if (config->vcpus_max && count > config->vcpus_max)
		count = config->vcpus_max;
	return count;
}

void dom0_affinity(const struct dom0_config *config, nodeset online,
		   const cpuset *cpus, const uint16_t *cpu_to_node,
		   cpuset *hard, cpuset *soft)
{
	cpuset mask = cpus_of(dom0_nodes(config, online), cpus, cpu_to_node);

	if (cpuset_empty(&mask))
		mask = *cpus;
	*hard = config->relaxed ? cpuset_all() : mask;
	*soft = config->relaxed ? mask : cpuset_all();
}

/* Pages a size stands for when avail_pages are there. */
static uint64_t size_pages(const struct dom0_size *size, uint64_t avail_pages)
{
	if (size->pages < 0) {
		uint64_t but = (uint64_t)-size->pages;

		return avail_pages > but ? avail_pages - but : 0;
	}
	return (uint64_t)size->pages +
	       avail_pages * size->percent / 100;
}

uint64_t dom0_pages(const struct dom0_config *config, const struct heap *heap,
		    uint32_t vcpus)
{
	nodeset nodes = dom0_nodes(config, heap_online(heap));
	uint64_t avail = 0, pages;

	for (uint32_t n = 0; n < heap_node_count(heap); n++)
		if (nodeset_has(nodes, n))
			avail += heap_node_free_pages(heap, n);
	avail -= avail < vcpus ? avail : vcpus - (vcpus > 0);
	if (config->amount.given) {
		pages = size_pages(&config->amount, avail);
	} else {
		uint64_t kept = avail / 16;

		pages = avail - (kept < MIB_128_PAGES ? kept : MIB_128_PAGES);
	}
	if (config->min.given && pages < size_pages(&config->min, avail))
		pages = size_pages(&config->min, avail);
	if (config->max.given && pages > size_pages(&config->max, avail))
		pages = size_pages(&config->max, avail);
	return pages < avail ? pages : avail;
}

static enum heap_result take(struct chunks *c, uint32_t order, uint32_t flags,
			     struct heap_extent *e)
{
	struct heap_request req = {
		.domain = &c->d->mem,
		.order = order,
		.node = NODE_NONE,
		.cpu_node = c->cpu_node,
		.flags = flags | HEAP_NO_SCRUB,
	};

	return heap_alloc(c->heap, &req, e);
}

static void give_back(struct chunks *c, const struct heap_extent *e,
		      uint32_t order)
{
	heap_free_owned(c->heap, &c->d->mem, e->mfn, UINT64_C(1) << order,
			false);
}

/* Once low memory is allowed: a smaller chunk at a higher address is better. */
static void look_higher(struct chunks *c, struct heap_extent *e,
			uint32_t *order)
{
	for (uint32_t o = *order; o-- > 0;) {
		uint64_t pages = UINT64_C(1) << o;
		struct heap_extent other;

		if (c->d->mem.tot_pages + pages > c->d->mem.max_pages ||
		    take(c, o, HEAP_EXACT_NODE, &other) != HEAP_OK)
			continue;
		if (other.mfn > e->mfn) {
			give_back(c, e, *order);
			*e = other;
			*order = o;
		} else {
			give_back(c, &other, o);
		}
	}
}

/* The next chunk for at most so many pages; false when the host has no more. */
static bool next_chunk(struct chunks *c, uint64_t pages, struct heap_extent *e,
		       uint32_t *chunk_order)
{
	for (;;) {
		uint32_t order = pages == 1 ? 0
				 : 64 - (uint32_t)__builtin_clzll(pages - 1);
		bool found = true;

		if (order > c->last_order)
			order = c->last_order;
		else if (pages & (pages - 1))
			order--;
		while (take(c, order, c->flags, e) != HEAP_OK)
			if (order-- == 0) {
				found = false;
				break;
			}
		if (found) {
			c->last_order = order;
			if (!c->flags)
				look_higher(c, e, &order);
			*chunk_order = order;
			return true;
		}
		if (!c->flags)
			return false;
		c->flags = 0;
		c->last_order = ORDER_LATE;
	}
}

uint64_t dom0_build(struct domain *d, struct p2m_store *store,
		    struct heap *heap, const struct dom0_config *config,
		    const cpuset *cpus, const uint16_t *cpu_to_node,
		    uint32_t cpu_node)
{
	nodeset online = heap_online(heap);
	uint32_t vcpus = dom0_vcpu_count(config, online, cpus, cpu_to_node);
	uint64_t want = dom0_pages(config, heap, vcpus);
	cpuset hard, soft;

	domain_init(d, store, 0, DOMAIN_PV, UINT64_MAX);
	d->is_control = d->is_hardware = d->has_vcpus = true;
	dom0_affinity(config, online, cpus, cpu_to_node, &hard, &soft);
	if (config->nodes)
		require(domain_set_node_affinity(
				d, dom0_nodes(config, online), online) == 0);
	domain_update_node_affinity(d, &hard, &soft, cpus, cpu_to_node);

	struct chunks c = {
		.heap = heap,
		.d = d,
		.cpu_node = cpu_node,
		.last_order = HEAP_ORDER_MAX,
		.flags = HEAP_NO_DMA | HEAP_EXACT_NODE,
	};

	while (d->mem.tot_pages < want) {
		uint64_t gpfn = d->p2m.pages;
		struct heap_extent e;
		uint32_t order;

		if (!next_chunk(&c, want - d->mem.tot_pages, &e, &order))
			break;
		p2m_add(&d->p2m, gpfn, e.mfn, UINT64_C(1) << order, e.node);
	}
	d->creation_finished = true;
	return d->mem.tot_pages;
}
