/* world.c - makes the parts of a run and turns the wheel (world.h). */
#include "run/world.h"

#include "host/host_memsys.h"
#include "toolstack/dom0.h"

#include <stdlib.h>
#include <string.h>

/* --- parts ------------------------------------------------------------------- */

static int span_before(const void *a, const void *b)
{
	const struct heap_span *x = a, *y = b;

	return x->start_mfn < y->start_mfn ? -1 : x->start_mfn > y->start_mfn;
}

static void make_heap(struct world *w)
{
	const struct host *host = w->host;
	uint32_t count = 0;

	for (uint32_t n = 0; n < host->nr_nodes; n++)
		count += host->node[n].nr_ranges;

	struct heap_span *span = arena_array(w->arena, count, sizeof(*span));

	count = 0;
	for (uint32_t n = 0; n < host->nr_nodes; n++)
		for (uint32_t r = 0; r < host->node[n].nr_ranges; r++)
			span[count++] = (struct heap_span){
				host->node[n].range[r].start_mfn,
				host->node[n].range[r].end_mfn, n};
	qsort(span, count, sizeof(*span), span_before);

	static const enum heap_bootscrub bootscrub[] = {
		[SCENARIO_BOOTSCRUB_IDLE] = HEAP_BOOTSCRUB_IDLE,
		[SCENARIO_BOOTSCRUB_ON] = HEAP_BOOTSCRUB_ON,
		[SCENARIO_BOOTSCRUB_OFF] = HEAP_BOOTSCRUB_OFF,
	};
	struct heap_config config = {
		.node_count = host->nr_nodes,
		.online = nodeset_below(host->nr_nodes),
		.cpu_nodes = nodeset_below(host->nr_cpu_nodes),
		.span = span,
		.span_count = count,
		.distance = host->distance,
		.xen_version = w->scenario->xen_version,
		.bootscrub = bootscrub[w->scenario->bootscrub],
	};

	w->heap = heap_create(w->arena, &config);
	heap_boot_spans(w->heap, host->cpu[0].node);
	w->dirty = w->scenario->bootscrub == SCENARIO_BOOTSCRUB_IDLE;
	w->scrub_wanted = w->dirty;
	p2m_store_init(&w->p2m, w->arena);
}

static int make_sched(struct world *w, struct err *err)
{
	const struct host *host = w->host;
	uint32_t *map = arena_array(w->arena, 3 * (size_t)host->nr_cpus,
				    sizeof(*map));
	struct sched_host topology = {
		.nr_cpus = host->nr_cpus,
		.cpu_to_node = map,
		.cpu_to_socket = map + host->nr_cpus,
		.cpu_to_core = map + 2 * (size_t)host->nr_cpus,
	};
	const struct scenario_scheduler *scheduler = &w->scenario->scheduler;
	struct sched_env env;

	for (uint32_t c = 0; c < host->nr_cpus; c++) {
		map[c] = host->cpu[c].node;
		map[host->nr_cpus + c] = host->cpu[c].socket;
		map[2 * host->nr_cpus + c] = host->cpu[c].core;
	}
	vcpu_hooks(w, &env);
	rng_init(&w->sched_rng, w->config.seed, RNG_SCHED, 0);
	w->sched = sched_create(w->arena, scheduler->name, &topology, NULL,
				&scheduler->params, &env, err);
	if (!w->sched)
		return -1;
	sched_softirqs(w->sched);
	return 0;
}

static int make_memsys(struct world *w, struct err *err)
{
	const struct host *host = w->host;
	struct memsys_config config;
	double best_ns = -1;

	host_memsys_config(w->arena, host, &config);
	if (memsys_config_check(&config, err))
		return -1;
	w->mem = memsys_create(w->arena, &config, vcpu_rate_changed, w);
	for (uint32_t i = 0; i < host->nr_cpu_nodes; i++) {
		for (uint32_t j = 0; j < host->nr_nodes; j++) {
			double ns = host_latency_ns(host, i, j);

			if (host->node[j].pages == 0 ||
			    (best_ns >= 0 && ns >= best_ns))
				continue;
			best_ns = ns;
			w->best_cpu = cpuset_first(&host->node[i].cpus);
			w->best_node = j;
		}
	}
	return 0;
}

static int make_dom0(struct world *w, struct err *err)
{
	struct world_guest *g = &w->dom0;
	const struct scenario_dom0 *d = &w->scenario->dom0;
	struct dom0_config config = {
		.amount = {true, (int64_t)pages_from_kib(d->memory_kib), 0},
		.nodes = d->nodes,
	};

	g->world = w;
	g->domid = WORLD_DOM0;
	g->state = GUEST_RUNNING;
	g->vcpu_count = d->vcpus;
	g->domain = arena_alloc(w->arena, sizeof(*g->domain));

	uint64_t pages = dom0_build(g->domain, &w->p2m, w->heap, &config,
				    &w->all_cpus, w->cpu_to_node,
				    w->host->cpu[0].node);

	if (pages < pages_from_kib(d->memory_kib))
		return err_set(err,
			       "%s: dom0: memory_mib: %llu MiB do not fit the "
			       "host's %.0f MiB", w->scenario->path,
			       (unsigned long long)(d->memory_kib / 1024),
			       mib_from_pages(w->host->total_pages));
	cpuset allowed = host_cpus_of(w->host, g->domain->mem.node_affinity);

	g->dom = sched_dom_create(w->sched, g->domid, g);
	vcpu_create_all(g, &allowed);
	g->domain->has_vcpus = true;
	g->domain->creation_finished = true;
	if (d->nodes) {
		cpuset hard = host_cpus_of(w->host, d->nodes);

		for (uint32_t i = 0; i < g->vcpu_count; i++)
			if (sched_unit_set_affinity(w->sched, g->vcpu[i].unit,
						    &hard, NULL, err))
				return -1;
	}
	view_recount(g);
	heap_low_mem_setup(w->heap, HEAP_LOW_MEM_DEFAULT_PAGES, true);
	return 0;
}

static void make_guests(struct world *w)
{
	const struct scenario_arrival *arrival = scenario_arrivals(
		w->scenario, w->config.case_index, w->config.seed, w->arena,
		&w->guest_count);

	w->guest = arena_array(w->arena, w->guest_count, sizeof(*w->guest));
	w->view_node = arena_array(w->arena, w->host->nr_nodes,
				   sizeof(*w->view_node));
	w->view_guest = arena_array(w->arena, (size_t)w->guest_count + 1,
				    sizeof(*w->view_guest));
	w->listed = arena_array(w->arena, (size_t)w->guest_count + 1,
				sizeof(struct domain *));
	w->nr_domids = WORLD_DOM0 + 1;
	for (uint32_t i = 0; i < w->guest_count; i++) {
		struct world_guest *g = &w->guest[i];
		const struct place_ops *own =
			w->config.class_ops[arrival[i].class_index];

		g->world = w;
		g->arrival = arrival[i];
		g->ops = own ? own : w->config.ops;
		g->started_ns = TIME_NEVER_NS;
		g->ended_ns = TIME_NEVER_NS;
		des_at(w->des, arrival[i].arrival_ns, create_begin, g, 0);
	}
}

struct world *world_create(struct arena *arena,
			   const struct world_config *config, struct err *err)
{
	struct world *w = arena_alloc(arena, sizeof(*w));
	const struct host *host = config->host;

	w->config = *config;
	w->scenario = config->scenario;
	w->host = host;
	w->arena = arena;
	w->des = des_create(arena, DES_FAST);
	w->all_cpus = cpuset_below(host->nr_cpus);
	w->cpu_to_node = arena_array(arena, host->nr_cpus,
				     sizeof(*w->cpu_to_node));
	for (uint32_t c = 0; c < host->nr_cpus; c++)
		w->cpu_to_node[c] = host->cpu[c].node;
	for (uint32_t n = 0; n < NODE_MAX; n++)
		w->node[n].scrub_cpu = CPU_NONE;
	count_map_init(&w->count_map, w->cpu_to_node, host->nr_cpus,
		       &w->all_cpus);
	w->running = arena_array(arena, host->nr_cpus, sizeof(*w->running));
	make_heap(w);
	if (make_memsys(w, err) || make_sched(w, err) || make_dom0(w, err))
		return NULL;
	make_guests(w);
	if (config->trace)
		world_trace_open(w);
	sample_start(w);
	return w;
}

/* --- the wheel ---------------------------------------------------------------- */

/* What an event set in motion comes to rest before the next event. */
static void settle(struct world *w)
{
	sched_softirqs(w->sched);
	memsys_settle(w->mem);
	if (w->scrub_wanted)
		memory_scrub_kick(w);
}

int world_run(struct world *w, struct err *err)
{
	int64_t end_ns = w->scenario->duration_ns;

	panic_run(des_now_pointer(w->des), w->config.seed);
	settle(w);
	while (des_step(w->des, end_ns)) {
		settle(w);
		if (w->config.paranoid)
			world_check(w);
	}
	if (!des_stopped(w->des))
		des_run(w->des, end_ns);
	panic_run(NULL, 0);
	if (w->nodes)
		fclose(w->nodes);
	w->nodes = NULL;
	if (w->err.text[0]) {
		*err = w->err;
		return -1;
	}
	return w->trace ? world_trace_close(w, err) : 0;
}

/* --- checks ------------------------------------------------------------------- */

static void check_guest(const struct world_guest *g)
{
	const struct world *w = g->world;
	double sum = 0;

	if (g->state != GUEST_RUNNING || g == &w->dom0)
		return;
	for (uint32_t n = 0; n < w->host->nr_nodes; n++)
		sum += g->shares.all[n];
	require(sum > 1 - 1e-9 && sum < 1 + 1e-9); /* W3 */
	for (uint32_t i = 0; i < g->vcpu_count; i++) {
		const struct world_vcpu *v = &g->vcpu[i];

		require((v->cpu != CPU_NONE) == sched_unit_running(v->unit));
		if (v->cpu == CPU_NONE)
			continue;
		require(sched_cpu_current(w->sched, v->cpu) == v->unit);
		require(w->running[v->cpu] == v); /* W2 */
		require(memsys_running(w->mem, v->cpu));
	}
	if (g->balloon)
		balloon_check(g->balloon);
}

static uint64_t domain_all_pages(const struct domain *d)
{
	return d->p2m.pages + d->pool_pages + d->xen_pages;
}

void world_check(struct world *w)
{
	uint64_t pages = heap_free_pages(w->heap);
	struct domain **domain = w->listed;
	uint32_t count = 0;

	des_check(w->des); /* W1 */
	sched_check(w->sched);
	heap_check(w->heap);
	memsys_check(w->mem);
	check_guest(&w->dom0);
	domain[count++] = w->dom0.domain;
	for (uint32_t i = 0; i < w->guest_count; i++) {
		check_guest(&w->guest[i]);
		if (w->guest[i].domain)
			domain[count++] = w->guest[i].domain;
	}
	for (uint32_t i = 0; i < count; i++) {
		domain_check(domain[i], w->heap);
		pages += domain_all_pages(domain[i]);
	}
	domain_check_all(domain, count, w->heap);
	require(pages == heap_given_pages(w->heap)); /* W4 */
}
