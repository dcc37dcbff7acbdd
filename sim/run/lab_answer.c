/*
 * lab_answer.c - what becomes of a guest on a host in a given state, without a
 * heap: by arithmetic on its free memory (lab_step.h).
 *
 * SOURCE  facts/xen.md 1.1, 1.7, 2.5, 4.7, 4.9, 5.4.
 */
#include "run/lab_step.h"

#include <string.h>

void lab_first_deal(const struct host_state *s, uint64_t pages,
		    uint64_t on[NODE_MAX])
{
	nodeset nodes = NODESET_NONE;
	uint32_t n = 0;

	for (uint32_t i = 0; i < NODE_MAX; i++)
		on[i] = 0;
	for (uint32_t i = 0; i < s->node_count; i++)
		if (s->node[i].free_pages > 0)
			nodes = nodeset_add(nodes, i);
	for (; nodes && pages > 0; pages--) {
		n = nodeset_next(nodes, n);
		on[n]++;
	}
}

/* The host as placement finds it: without those pages. */
static struct host_state *snapshot(struct arena *arena,
				   const struct host_state *before,
				   struct lab_answer *a)
{
	struct host_state *s = host_state_copy(arena, before);

	lab_first_deal(before, lab_first_pages(&a->config), a->first_on);
	for (uint32_t n = 0; n < s->node_count; n++)
		s->node[n].free_pages -=
			a->first_on[n] < s->node[n].free_pages
				? a->first_on[n]
				: s->node[n].free_pages;
	return s;
}

static uint64_t free_pages(const struct host_state *s)
{
	uint64_t pages = 0;

	for (uint32_t n = 0; n < s->node_count; n++)
		pages += s->node[n].free_pages;
	return pages;
}

static bool vnodes_fit(const struct host_state *s, const struct lab_config *c)
{
	uint64_t on[NODE_MAX] = {0};

	for (uint32_t i = 0; i < c->layout.range_count; i++) {
		const struct vmemrange *r = &c->layout.range[i];

		on[c->layout.vnode_to_pnode[r->vnode]] +=
			r->end_gpfn - r->start_gpfn;
	}
	for (uint32_t n = 0; n < NODE_MAX; n++)
		if (on[n] > (n < s->node_count ? s->node[n].free_pages : 0))
			return false;
	return true;
}

/* NULL, or why building fails. */
static const char *build_fails(const struct host_state *s,
			       const struct lab_config *c, bool claim_mode)
{
	uint64_t pool = lab_own_pages(c) + build_pool_pages(&c->memory) -
			lab_first_pages(c) + lab_xen_pages(c);
	uint64_t avail = free_pages(s);

	avail -= pool < avail ? pool : avail;
	if (c->no_memory)
		return "memory=0";
	if (c->bad_vnuma)
		return c->bad_vnuma;
	if (claim_mode && build_claim_pages(&c->layout) + s->claimed_pages >
				  avail)
		return "claim refused";
	if (build_owned_pages(&c->layout) > avail || !vnodes_fit(s, c))
		return "no memory";
	return c->bad_acpi;
}

static bool name_taken(const struct host_state *s, const char *name)
{
	for (uint32_t d = 0; d < s->domain_count; d++)
		if (strcmp(s->domain[d].name, name) == 0)
			return true;
	return false;
}

/* The nodes that Xen derives from the affinities, by its own code's model. */
static nodeset nodes_of(struct arena *arena, const struct host_state *s,
			const struct lab_affinity *a)
{
	struct domain *d = arena_alloc(arena, sizeof(*d));
	struct p2m_store *store = arena_alloc(arena, sizeof(*store));

	p2m_store_init(store, arena);
	domain_init(d, store, 1, DOMAIN_PV, 0);
	d->has_vcpus = true;
	lab_affinity_set(a, s, d);
	return d->mem.node_affinity & host_state_online(s);
}

void lab_answer(struct arena *arena, const struct host_state *before,
		const char *text, const struct lab_how *how,
		struct lab_answer *a)
{
	*a = (struct lab_answer){0};
	lab_config_read(arena, text, before, &a->config);
	a->rc = a->config.rc;
	a->why = a->config.why;
	if (a->rc)
		return;
	a->rc = XL_REFUSED_BUILDING;
	if (name_taken(before, a->config.cfg->name)) {
		a->why = "there is a guest of that name";
		return;
	}

	struct host_state *s = snapshot(arena, before, a);

	lab_place(arena, s, &a->config, how->libxl_fixed, &a->log);
	a->why = build_fails(s, &a->config, how->claim_mode);
	if (a->why)
		return;
	a->rc = 0;
	lab_affinity_build(arena, s, &a->config, &a->log, &a->affinity);
	lab_affinity_vnuma(s, &a->config, &a->affinity);
	a->nodes = nodes_of(arena, s, &a->affinity);
}
