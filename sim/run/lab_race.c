#include "run/lab_race.h"

#include "base/err.h"

#include <stdio.h>
#include <string.h>

enum moment { LIST, SNAPSHOT, AFFINITY, CLAIM, MEMORY, MOMENTS };

/* One of the two creations, so far. */
struct racer {
	uint32_t done;       /* moments gone through */
	uint32_t rc;         /* 3: failed, nothing is left of it */
	struct lab_log log;
	nodeset chosen;      /* by the snapshot; 0: none */
	nodeset nodes;       /* node affinity */
	uint64_t first_on[NODE_MAX], ram_on[NODE_MAX];
	uint64_t claim_pages;
};

struct race {
	struct arena *arena;
	const struct host_state *before;
	bool claim_mode;
	struct lab_config config[2];
	struct host_state_vcpu *vcpu[2]; /* any CPU */
	struct lab_race *out;
	char (*seen)[LAB_RACE_TEXT_MAX]; /* [out->outcome_count] */
};

/* --- the host as one of the two sees it ------------------------------------------------ */

static void take_away(struct host_state *s, const uint64_t on[NODE_MAX])
{
	for (uint32_t n = 0; n < s->node_count; n++)
		s->node[n].free_pages -= on[n] < s->node[n].free_pages
						 ? on[n]
						 : s->node[n].free_pages;
}

static struct host_state *host_now(const struct race *race, struct arena *arena,
				   const struct racer r[2])
{
	struct host_state *s = host_state_copy(arena, race->before);

	for (uint32_t i = 0; i < 2; i++) {
		if (r[i].done <= LIST || r[i].rc)
			continue;
		take_away(s, r[i].first_on);
		take_away(s, r[i].ram_on);
		s->claimed_pages += r[i].claim_pages;
	}
	return s;
}

static void add_other(const struct race *race, struct arena *arena,
		      struct host_state *s, const struct racer *r, uint32_t i)
{
	struct host_state_domain d = {
		.domid = host_state_next_domid(s),
		.name = race->config[i].cfg->name,
		.vcpu_count = race->config[i].cfg->vcpu_max,
		.vcpu = race->vcpu[i],
		.node_affinity = r->nodes,
	};

	if (r->done > LIST && !r->rc)
		host_state_add(arena, s, &d);
}

/* --- the moments ------------------------------------------------------------------------ */

static void do_list(const struct race *race, struct racer *r, uint32_t i)
{
	lab_first_deal(race->before, lab_first_pages(&race->config[i]),
		       r->first_on);
	r->nodes = host_state_cpu_nodes(race->before);
}

static void do_snapshot(const struct race *race, struct racer r[2], uint32_t i)
{
	struct arena *arena = arena_create();
	struct host_state *s = host_now(race, arena, r);
	struct lab_log *log = &r[i].log;
	struct libxl_candidate *kept;

	add_other(race, arena, s, &r[1 - i], 1 - i);
	lab_place(arena, s, &race->config[i], false, log);
	kept = arena_array(race->arena, log->count, sizeof(*kept));
	if (log->count)
		memcpy(kept, log->candidate, log->count * sizeof(*kept));
	log->candidate = kept;
	arena_destroy(arena);
}

/* What follows from the affinities; masks of the file count as ever. */
static void do_affinity(const struct race *race, struct racer *r, uint32_t i)
{
	struct arena *arena = arena_create();
	struct p2m_store store;
	struct lab_affinity a;
	struct domain *d = arena_alloc(arena, sizeof(*d));

	p2m_store_init(&store, arena);
	domain_init(d, &store, 1, DOMAIN_PV, 0);
	d->has_vcpus = true;
	lab_affinity_build(arena, race->before, &race->config[i], &r->log, &a);
	lab_affinity_set(&a, race->before, d);
	r->nodes = d->mem.node_affinity & host_state_online(race->before);
	arena_destroy(arena);
}

static uint64_t free_pages(const struct host_state *s)
{
	uint64_t pages = 0;

	for (uint32_t n = 0; n < s->node_count; n++)
		pages += s->node[n].free_pages;
	return pages;
}

static void do_claim(const struct race *race, struct racer r[2], uint32_t i)
{
	struct arena *arena = arena_create();
	struct host_state *s = host_now(race, arena, r);
	uint64_t claim = build_claim_pages(&race->config[i].layout);

	if (race->config[i].no_memory || race->config[i].bad_vnuma ||
	    (race->claim_mode && claim + s->claimed_pages > free_pages(s)))
		r[i].rc = XL_REFUSED_BUILDING;
	else if (race->claim_mode)
		r[i].claim_pages = claim;
	arena_destroy(arena);
}

/* Evenly from a set of nodes, as far as they have. */
static uint64_t take_even(const struct host_state *s, nodeset nodes,
			  uint64_t pages, uint64_t on[NODE_MAX])
{
	while (pages > 0 && nodes) {
		uint64_t each = (pages + nodeset_count(nodes) - 1) /
				nodeset_count(nodes);

		for (uint32_t n = 0; n < s->node_count && pages > 0; n++) {
			uint64_t left = s->node[n].free_pages - on[n];
			uint64_t take = each < pages ? each : pages;

			if (!nodeset_has(nodes, n))
				continue;
			if (take >= left) {
				take = left;
				nodes = nodeset_del(nodes, n);
			}
			on[n] += take;
			pages -= take;
		}
	}
	return pages;
}

static void do_memory(const struct race *race, struct racer r[2], uint32_t i)
{
	struct arena *arena = arena_create();
	struct host_state *s = host_now(race, arena, r);
	nodeset online = host_state_online(s);
	uint64_t pages = build_owned_pages(&race->config[i].layout);
	uint64_t on[NODE_MAX] = {0};
	uint64_t claims = s->claimed_pages - r[i].claim_pages;

	if (pages + claims > free_pages(s) || race->config[i].bad_acpi) {
		r[i].rc = XL_REFUSED_BUILDING;
	} else {
		pages = take_even(s, r[i].nodes & online, pages, on);
		(void)take_even(s, online & ~r[i].nodes, pages, on);
		memcpy(r[i].ram_on, on, sizeof(on));
	}
	r[i].claim_pages = 0;
	arena_destroy(arena);
}

static void do_moment(const struct race *race, struct racer r[2], uint32_t i)
{
	switch (r[i].rc ? MOMENTS : r[i].done) {
	case LIST:
		do_list(race, &r[i], i);
		break;
	case SNAPSHOT:
		do_snapshot(race, r, i);
		break;
	case AFFINITY:
		do_affinity(race, &r[i], i);
		break;
	case CLAIM:
		do_claim(race, r, i);
		break;
	case MEMORY:
		do_memory(race, r, i);
		break;
	default: /* failed already */
		break;
	}
	r[i].done++;
}

/* --- outcomes as text --------------------------------------------------------------------- */

static void put(char *text, size_t *used, const char *format, uint64_t a,
		uint64_t b, uint64_t c)
	__attribute__((format(printf, 3, 0)));

static void put(char *text, size_t *used, const char *format, uint64_t a,
		uint64_t b, uint64_t c)
{
	int length;

	if (*used >= LAB_RACE_TEXT_MAX)
		return;
	length = snprintf(text + *used, LAB_RACE_TEXT_MAX - *used, format,
			  (unsigned long long)a, (unsigned long long)b,
			  (unsigned long long)c);
	*used += (size_t)length;
}

static void put_nodes(char *text, size_t *used, nodeset nodes)
{
	for (uint32_t n = nodeset_first(nodes); n != NODE_NONE;
	     n = nodeset_after(nodes, n))
		put(text, used, " node %llu", n, 0, 0);
}

static void put_racer(char *text, size_t *used, const struct racer *r)
{
	put(text, used, "exit %llu log", r->rc, 0, 0);
	for (uint32_t c = 0; c < r->log.count; c++)
		put(text, used, " %llu/%llu/%llu",
		    r->log.candidate[c].node_count, r->log.candidate[c].cpus,
		    r->log.candidate[c].vcpus);
	if (!r->rc)
		put_nodes(text, used, r->nodes);
	put(text, used, "; ", 0, 0, 0);
}

static void put_recorded(struct race *race, const struct lab_create create[2],
			 const struct host_state *after)
{
	char *text = race->out->recorded;
	size_t used = 0;

	for (uint32_t i = 0; i < 2; i++) {
		const struct lab_create *c = &create[i];

		put(text, &used, "exit %llu log", c->rc, 0, 0);
		for (uint32_t k = 0; k < c->candidate_count; k++)
			put(text, &used, " %llu/%llu/%llu",
			    c->candidate[k].nr_nodes, c->candidate[k].nr_cpus,
			    c->candidate[k].nr_vcpus);
		for (uint32_t d = 0; c->rc == 0 && d < after->domain_count; d++)
			if (strcmp(after->domain[d].name, c->name) == 0)
				put_nodes(text, &used,
					  after->domain[d].node_affinity);
		put(text, &used, "; ", 0, 0, 0);
	}
}

static void note_outcome(struct race *race, const struct racer r[2])
{
	char text[LAB_RACE_TEXT_MAX] = "";
	size_t used = 0;

	put_racer(text, &used, &r[0]);
	put_racer(text, &used, &r[1]);
	for (uint32_t i = 0; i < race->out->outcome_count; i++)
		if (strcmp(race->seen[i], text) == 0)
			return;
	if (race->out->outcome_count == 0)
		memcpy(race->out->first, text, sizeof(text));
	memcpy(race->seen[race->out->outcome_count++], text, sizeof(text));
	race->out->possible |= strcmp(text, race->out->recorded) == 0;
}

/* Every order of what is left of both: the first one's moments first. */
static void walk(struct race *race, const struct racer r[2])
{
	if (r[0].done == MOMENTS && r[1].done == MOMENTS) {
		note_outcome(race, r);
		return;
	}
	for (uint32_t i = 0; i < 2; i++) {
		struct racer next[2] = {r[0], r[1]};

		if (r[i].done == MOMENTS)
			continue;
		do_moment(race, next, i);
		walk(race, next);
	}
}

void lab_race_compare(struct arena *arena, const struct host_state *before,
		      const struct lab_create create[2],
		      const struct host_state *after, bool claim_mode,
		      struct lab_race *out)
{
	struct race race = {arena, before, claim_mode, .out = out};
	struct racer start[2] = {0};

	*out = (struct lab_race){0};
	race.seen = arena_array(arena, LAB_RACE_ORDERS, sizeof(*race.seen));
	for (uint32_t i = 0; i < 2; i++) {
		lab_config_read(arena, create[i].config, before,
				&race.config[i]);
		start[i].rc = race.config[i].rc;
		if (start[i].rc)
			continue;
		race.vcpu[i] = arena_array(arena,
					   race.config[i].cfg->vcpu_max,
					   sizeof(*race.vcpu[i]));
		for (uint32_t v = 0; v < race.config[i].cfg->vcpu_max; v++)
			race.vcpu[i][v] = (struct host_state_vcpu){
				CPU_NONE, cpuset_all(), cpuset_all()};
	}
	put_recorded(&race, create, after);
	walk(&race, start);
}
