#include "run/lab_guest.h"

#include "base/units.h"
#include "xen/memop.h"

#include <stdlib.h>
#include <string.h>

/* A creation under way. */
struct creation {
	struct lab_machine *m;
	struct arena *scratch;
	struct lab_config config;
	struct lab_affinity affinity;
	struct lab_guest *guest;
	bool claim_mode;
};

struct host_state *lab_machine_state(const struct lab_machine *m,
				     struct arena *scratch)
{
	struct host_state *s = host_state_copy(scratch, m->empty);

	for (uint32_t n = 0; n < m->node_count; n++)
		s->node[n].free_pages = heap_node_free_pages(m->heap, n);
	s->claimed_pages = heap_claimed_pages(m->heap);
	for (uint32_t n = 0; n < m->node_count; n++)
		s->domain[0].pages_on[n] = domain_node_pages(m->dom0, n);
	for (const struct lab_guest *g = m->guest; g; g = g->next) {
		struct host_state_domain d = {
			.domid = g->domain->mem.domid,
			.name = g->name,
			.vcpu_count = g->vcpu_count,
			.vcpu = g->vcpu,
			.node_affinity = g->domain->mem.node_affinity,
			.node_affinity_auto = g->domain->node_affinity_auto,
			.total_pages = g->domain->mem.tot_pages,
		};

		for (uint32_t n = 0; n < m->node_count; n++)
			d.pages_on[n] = domain_node_pages(g->domain, n);
		host_state_add(scratch, s, &d);
	}
	return s;
}

struct lab_guest *lab_guest_find(const struct lab_machine *m, const char *name)
{
	for (struct lab_guest *g = m->guest; g; g = g->next)
		if (strcmp(g->name, name) == 0)
			return g;
	return NULL;
}

/* --- create ------------------------------------------------------------------------ */

static void give_back(struct lab_machine *m, struct lab_guest *g)
{
	domain_kill(g->domain, m->heap);
	while (domain_relinquish(g->domain, m->heap, UINT64_MAX))
		;
	free(g->balloon);
	arena_destroy(g->arena);
}

static void grow(struct creation *c, uint64_t pages)
{
	struct lab_machine *m = c->m;

	domain_pool_grow(c->guest->domain, m->heap, pages, pages,
			 m->toolstack_node, NULL);
}

/* The domain before placement: its own pages and the first of its pool. */
static void make_shell(struct creation *c)
{
	struct lab_machine *m = c->m;
	const struct lab_config *config = &c->config;
	struct arena *arena = arena_create();
	struct lab_guest *g = arena_alloc(arena, sizeof(*g));

	c->guest = g;
	g->arena = arena;
	g->name = arena_strdup(arena, config->cfg->name);
	g->domain = arena_alloc(arena, sizeof(*g->domain));
	g->vcpu_count = config->cfg->vcpu_max;
	g->vcpu = arena_array(arena, g->vcpu_count, sizeof(*g->vcpu));
	domain_init(g->domain, &m->p2m, m->next_domid++, config->memory.type,
		    build_max_pages(&config->memory));
	domain_take_xen_pages(g->domain, m->heap, lab_xen_pages(config),
			      m->toolstack_node);
	grow(c, lab_first_pages(config));
	g->domain->has_vcpus = true;
}

static void keep_affinity(struct creation *c, const struct host_state *s)
{
	for (uint32_t v = 0; v < c->guest->vcpu_count; v++)
		c->guest->vcpu[v] = (struct host_state_vcpu){
			.cpu = CPU_NONE,
			.hard = c->affinity.hard[v],
			.soft = c->affinity.soft[v],
		};
	lab_affinity_set(&c->affinity, s, c->guest->domain);
}

/* One populate call; extents done. */
static uint64_t populate(struct creation *c, const struct populate_call *call)
{
	struct memop_reservation r = {
		.target = c->guest->domain,
		.caller = c->m->dom0,
		.gpfn_first = call->gpfn,
		.extent_count = call->extents,
		.order = call->order,
		.node = call->node,
		.exact = call->exact,
		.cpu_node = c->m->toolstack_node,
	};
	struct memop_cost cost = {0};

	(void)memop_populate(c->m->heap, &r, UINT64_MAX, &cost);
	return r.done;
}

static void drop_claim(struct creation *c)
{
	if (c->guest->domain->mem.claim_pages)
		(void)memop_claim(c->m->heap, c->m->dom0, c->guest->domain, 0);
}

/* NULL, or why it failed. */
static const char *build_memory_of(struct creation *c)
{
	struct build *b = arena_alloc(c->scratch, sizeof(*b));
	struct populate_call call;

	if (c->claim_mode &&
	    memop_claim(c->m->heap, c->m->dom0, c->guest->domain,
			build_claim_pages(&c->config.layout)))
		return "claim refused";
	build_init(b, &c->config.layout);
	while (build_next(b, &call)) {
		if (call.stage != BUILD_RAM)
			drop_claim(c);
		if (!build_done(b, populate(c, &call)))
			return "no memory";
	}
	drop_claim(c);
	return NULL;
}

static const char *build_guest(struct creation *c, const struct host_state *s)
{
	const struct lab_config *config = &c->config;
	const char *why;

	keep_affinity(c, s);
	grow(c, lab_own_pages(config) + build_pool_pages(&config->memory));
	if (config->no_memory)
		return "memory=0";
	if (config->bad_vnuma)
		return config->bad_vnuma;
	why = build_memory_of(c);
	if (why)
		return why;
	if (config->bad_acpi)
		return config->bad_acpi;
	lab_affinity_vnuma(s, config, &c->affinity);
	keep_affinity(c, s);
	return NULL;
}

static void insert(struct lab_machine *m, struct lab_guest *g)
{
	struct lab_guest **at = &m->guest;

	while (*at)
		at = &(*at)->next;
	*at = g;
}

void lab_guest_create(struct lab_machine *m, struct arena *scratch,
		      const char *text, bool claim_mode,
		      struct lab_outcome *out)
{
	struct creation c = {.m = m, .scratch = scratch,
			     .claim_mode = claim_mode};

	*out = (struct lab_outcome){.modelled = true};
	lab_config_read(scratch, text, m->empty, &c.config);
	if (c.config.rc) {
		out->rc = c.config.rc;
		out->why = c.config.why;
		return;
	}
	if (c.config.memory.type != DOMAIN_PV &&
	    c.config.memory.target_kib < c.config.memory.max_kib) {
		out->modelled = false;
		out->why = "populate-on-demand";
		return;
	}
	if (lab_guest_find(m, c.config.cfg->name)) {
		m->next_domid++;
		out->rc = XL_REFUSED_BUILDING;
		out->why = "there is a guest of that name";
		return;
	}
	make_shell(&c);

	struct host_state *s = lab_machine_state(m, scratch);

	lab_place(scratch, s, &c.config, false, &out->log);
	lab_affinity_build(scratch, s, &c.config, &out->log, &c.affinity);
	out->why = build_guest(&c, s);
	if (out->why) {
		out->rc = XL_REFUSED_BUILDING;
		give_back(m, c.guest);
	} else {
		out->guest = c.guest;
		insert(m, c.guest);
	}
	lab_machine_scrub(m);
}

/* --- destroy ------------------------------------------------------------------------ */

bool lab_guest_destroy(struct lab_machine *m, const char *name)
{
	for (struct lab_guest **at = &m->guest; *at; at = &(*at)->next) {
		struct lab_guest *g = *at;

		if (strcmp(g->name, name) != 0)
			continue;
		*at = g->next;
		give_back(m, g);
		lab_machine_scrub(m);
		return true;
	}
	return false;
}

void lab_guest_destroy_all(struct lab_machine *m)
{
	while (m->guest) {
		struct lab_guest *g = m->guest;

		m->guest = g->next;
		give_back(m, g);
		lab_machine_scrub(m);
	}
}
