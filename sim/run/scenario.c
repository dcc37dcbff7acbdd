/* scenario.c - a scenario's guests under a seed, and on a host (scenario.h). */
#include "run/scenario.h"

#include "base/units.h"
#include "base/variate.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_MAX_CHARS = 12 };

/* Of one class in one case: how many, and at what rate. */
struct demand {
	const struct scenario_guest *guest;
	uint32_t class_index;
	uint32_t count;
	double rate_per_s;
	bool numbered; /* may the class have more than one instance? */
};

static struct demand demand_of(const struct scenario *s, uint32_t case_index,
			       uint32_t class_index);
static uint32_t expand(const struct scenario *s, const struct demand *d,
		       uint64_t seed, struct arena *arena,
		       struct scenario_arrival *out);
static int arrival_compare(const void *a, const void *b);

const struct scenario_arrival *
scenario_arrivals(const struct scenario *s, uint32_t case_index,
		  uint64_t seed, struct arena *arena, uint32_t *count_r)
{
	struct scenario_arrival *arrival;
	uint32_t count = 0, used = 0;

	assert(case_index < s->case_count);
	for (uint32_t i = 0; i < s->guest_count; i++) {
		struct demand d = demand_of(s, case_index, i);

		count += expand(s, &d, seed, arena, NULL);
	}
	arrival = arena_array(arena, count, sizeof(*arrival));
	for (uint32_t i = 0; i < s->guest_count; i++) {
		struct demand d = demand_of(s, case_index, i);

		used += expand(s, &d, seed, arena, arrival + used);
	}
	require(used == count);
	qsort(arrival, count, sizeof(*arrival), arrival_compare);
	*count_r = count;
	return arrival;
}

static struct demand demand_of(const struct scenario *s, uint32_t case_index,
			       uint32_t class_index)
{
	const struct scenario_guest *g = &s->guest[class_index];
	const struct scenario_case *c = &s->cases[case_index];
	bool swept = s->swept && class_index == s->sweep_guest;

	return (struct demand){
		.guest = g,
		.class_index = class_index,
		.count = swept && g->arrival == SCENARIO_AT ? c->count
							    : g->count,
		.rate_per_s = swept && g->arrival == SCENARIO_POISSON ?
			      c->rate_per_s : g->rate_per_s,
		.numbered = swept || g->arrival != SCENARIO_AT || g->count > 1,
	};
}

static const char *instance_name(const struct demand *d, uint32_t instance,
				 struct arena *arena)
{
	size_t size = strlen(d->guest->name) + NUMBER_MAX_CHARS;
	char *name;

	if (!d->numbered)
		return d->guest->name;
	name = arena_alloc(arena, size);
	snprintf(name, size, "%s-%u", d->guest->name, instance + 1);
	return name;
}

/* Whoever would outlive the run stays. */
static int64_t lifetime_of(const struct scenario *s,
			   const struct scenario_guest *g, uint64_t seed,
			   uint64_t entity)
{
	struct rng rng;
	int64_t ns;

	if (g->stays)
		return TIME_NEVER_NS;
	rng_init(&rng, seed, RNG_LIFETIME, entity);
	ns = ns_from_s(dist_sample(&g->lifetime, &rng));
	return ns < s->duration_ns ? ns : TIME_NEVER_NS;
}

/* Fills *out, unless that is NULL. */
static void emit(const struct scenario *s, const struct demand *d,
		 uint32_t instance, int64_t arrival_ns, uint64_t seed, struct arena *arena,
		 struct scenario_arrival *out)
{
	const struct scenario_guest *g = d->guest;
	uint64_t entity = (uint64_t)d->class_index << 32 | instance;

	if (!out)
		return;
	*out = (struct scenario_arrival){
		.arrival_ns = arrival_ns,
		.lifetime_ns = lifetime_of(s, g, seed, entity),
		.class_index = d->class_index,
		.instance_index = instance,
		.entity = entity,
		.name = instance_name(d, instance, arena),
		.config = g->config,
		.workload = g->workload,
	};
	if (g->arrival == SCENARIO_TRACE) {
		const struct scenario_row *row = &g->row[instance];

		out->config = row->config;
		out->workload = row->workload;
		if (row->lifetime_ns != SCENARIO_LIFETIME_OF_CLASS)
			out->lifetime_ns = row->lifetime_ns;
	}
}

/*
 * The next time of the class, or TIME_NEVER_NS. A gap is a standard exponential
 * over the rate, so a sweep of rates stretches one pattern.
 */
static int64_t next_time(const struct demand *d, uint32_t instance,
			 int64_t last_ns, struct rng *rng)
{
	const struct scenario_guest *g = d->guest;
	int64_t gap_ns;

	switch (g->arrival) {
	case SCENARIO_AT:
		if (instance == d->count)
			return TIME_NEVER_NS;
		return instance ? last_ns + g->every_ns : g->at_ns;
	case SCENARIO_TRACE:
		return instance < g->row_count ? g->row[instance].arrival_ns
					       : TIME_NEVER_NS;
	default:
		if (d->count && instance == d->count)
			return TIME_NEVER_NS;
		gap_ns = ns_from_s(variate_exponential(rng) / d->rate_per_s);
		return gap_ns < g->until_ns - last_ns ? last_ns + gap_ns
						      : TIME_NEVER_NS;
	}
}

/* Writes the class's instances to out unless it is NULL; returns how many. */
static uint32_t expand(const struct scenario *s, const struct demand *d,
		       uint64_t seed, struct arena *arena,
		       struct scenario_arrival *out)
{
	int64_t time_ns = d->guest->from_ns;
	uint32_t instance = 0;
	struct rng rng;

	rng_init(&rng, seed, RNG_ARRIVAL, d->class_index);
	for (;;) {
		time_ns = next_time(d, instance, time_ns, &rng);
		if (time_ns >= s->duration_ns)
			return instance;
		emit(s, d, instance, time_ns, seed, arena,
		     out ? out + instance : NULL);
		instance++;
	}
}

static int arrival_compare(const void *a, const void *b)
{
	const struct scenario_arrival *x = a, *y = b;

	if (x->arrival_ns != y->arrival_ns)
		return x->arrival_ns < y->arrival_ns ? -1 : 1;
	return x->entity < y->entity ? -1 : x->entity > y->entity;
}

static int nodes_bind(const struct scenario *s, const char *key, uint32_t line,
		      nodeset nodes, const struct xlcfg_host *host,
		      struct err *err)
{
	nodeset beyond = nodes & ~nodeset_below(host->node_count);

	if (!beyond)
		return 0;
	return err_set(err, "%s:%u: %s: no node %u on this host; 0 to %u",
		       s->path, line, key, nodeset_first(beyond),
		       host->node_count - 1);
}

int scenario_bind(struct scenario *s, const struct xlcfg_host *host,
		  struct arena *arena, struct err *err)
{
	if (nodes_bind(s, "dom0.nodes", s->dom0.nodes_line, s->dom0.nodes,
		       host, err))
		return -1;
	for (uint32_t i = 0; i < s->guest_count; i++) {
		char key[48];

		snprintf(key, sizeof(key), "guests[%u].forced_nodes", i);
		if (nodes_bind(s, key, s->guest[i].forced_line,
			       s->guest[i].forced_nodes, host, err))
			return -1;
	}
	for (uint32_t i = 0; i < s->config_count; i++)
		if (xlcfg_bind(s->config[i], host, arena, err))
			return -1;
	return 0;
}

int scenario_heuristic_fail(const struct scenario *s, uint32_t index,
			    struct err *err, const char *text)
{
	assert(index < s->heuristic_count);
	return err_set(err, "%s:%u: heuristics[%u]: %s", s->path,
		       s->heuristic_line[index], index, text);
}

static void guest_check(const struct scenario_guest *g)
{
	require(g->name && g->config && g->workload); /* S2 */
	xlcfg_check(g->config);                       /* S2 */
	workload_check(g->workload);                  /* S2 */
	if (g->arrival == SCENARIO_POISSON)
		require(g->rate_per_s > 0 && g->until_ns > g->from_ns); /* S2 */
	if (g->arrival == SCENARIO_TRACE)
		require(g->row_count > 0); /* S2 */
	for (uint32_t i = 1; i < g->row_count; i++)
		require(g->row[i - 1].arrival_ns <= g->row[i].arrival_ns);
	for (uint32_t i = 1; i < g->balloon_count; i++)
		require(g->balloon[i - 1].at_ns < g->balloon[i].at_ns);
}

void scenario_check(const struct scenario *s)
{
	require(s->guest_count >= 1 && s->case_count >= 1); /* S1 */
	require(s->seed_count >= 1);                        /* S1 */
	require(s->duration_ns > s->warmup_ns);             /* S1 */
	for (uint32_t i = 0; i < s->guest_count; i++)
		guest_check(&s->guest[i]);
	require(s->swept || s->case_count == 1);                /* S3 */
	require(!s->swept || s->sweep_guest < s->guest_count);  /* S3 */
}
