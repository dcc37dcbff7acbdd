/*
 * world_sample.c - looks at the nodes at even distances in time: the rows of
 *                  nodes.csv, the counters of the trace, and the measured load
 *                  that heuristics may read.
 *
 * RULE    SAMPLES of them in a run. Load (vCPUs that run or wait) and CPU use
 *         are smoothed: each sample counts for SMOOTH of the new value, so a
 *         value forgets half of what it knew in two to three samples.
 */
#include "run/world.h"

#include "base/csv.h"
#include "run/outcome.h"

#include <math.h>

enum { SAMPLES = 100 };
#define SMOOTH 0.25

const char outcome_nodes_header[] =
	"case,variant,seed,time_s,node,free_mib,dirty_mib,free_2m_mib,"
	"free_1g_mib,guests_mib,other_mib,runnable_vcpus,cpu_busy,"
	"bandwidth_gb_per_s\n";

static double smoothed(double old, double now)
{
	return isnan(old) ? now : old + SMOOTH * (now - old);
}

/* vCPUs that run or wait on each node's CPUs. */
static void count_runnable(const struct world *w, double runnable[NODE_MAX])
{
	for (uint32_t n = 0; n < w->host->nr_nodes; n++)
		runnable[n] = 0;
	for (uint32_t i = 0; i < w->guest_count; i++) {
		const struct world_guest *g = &w->guest[i];

		if (g->state != GUEST_RUNNING)
			continue;
		for (uint32_t v = 0; v < g->vcpu_count; v++) {
			const struct sched_unit *unit = g->vcpu[v].unit;

			if (sched_unit_runnable(unit))
				runnable[w->cpu_to_node[sched_unit_processor(
					unit)]] += 1;
		}
	}
}

static int64_t node_idle_ns(const struct world *w, uint32_t node)
{
	const cpuset *cpus = &w->host->node[node].cpus;
	int64_t idle_ns = 0;

	for (uint32_t c = cpuset_first(cpus); c != CPU_NONE;
	     c = cpuset_from(cpus, c + 1))
		idle_ns += sched_cpu_idle_ns(w->sched, c);
	return idle_ns;
}

static void sample_row(struct world *w, uint32_t node, double runnable,
		       double busy, double bytes_per_s)
{
	const struct heap *heap = w->heap;
	uint64_t guests = 0;
	uint64_t free_pages = heap_node_free_pages(heap, node);

	for (uint32_t i = 0; i < w->guest_count; i++)
		if (w->guest[i].domain)
			guests += domain_node_pages(w->guest[i].domain, node);
	csv_write_text(w->nodes,
		       w->scenario->cases[w->config.case_index].name);
	fputc(',', w->nodes);
	csv_write_text(w->nodes, w->config.ops->name);
	fprintf(w->nodes,
		",%llu,%.6f,%u,%.3f,%.3f,%.3f,%.3f,%.3f,%.3f,%.0f,%.6f,%.6f\n",
		(unsigned long long)w->config.seed,
		s_from_ns(world_now_ns(w)), node, mib_from_pages(free_pages),
		mib_from_pages(heap_node_dirty_pages(heap, node)),
		mib_from_pages(heap_node_order_pages(heap, node, 9)),
		mib_from_pages(heap_node_order_pages(heap, node, 18)),
		mib_from_pages(guests),
		mib_from_pages(heap_node_given_pages(heap, node) - free_pages -
			       guests),
		runnable, busy, bytes_per_s / 1e9);
}

static void sample(void *world, uint64_t unused)
{
	struct world *w = world;
	int64_t now_ns = world_now_ns(w);
	double runnable[NODE_MAX];

	(void)unused;
	count_runnable(w, runnable);
	for (uint32_t n = 0; n < w->host->nr_nodes; n++) {
		struct world_node *wn = &w->node[n];
		int64_t idle_ns = node_idle_ns(w, n);
		double bytes_per_s = memsys_controller_used(w->mem, n);
		int64_t all_ns = (now_ns - w->sampled_ns) *
				 w->host->node[n].nr_cpus;
		double busy = all_ns > 0 ? 1 - (double)(idle_ns - wn->idle_ns) /
						       (double)all_ns
					 : 0;

		wn->idle_ns = idle_ns;
		wn->load = smoothed(wn->load, runnable[n]);
		wn->busy = smoothed(wn->busy, busy);
		if (w->nodes)
			sample_row(w, n, runnable[n], busy, bytes_per_s);
		if (w->trace)
			world_trace_counters(w, n, runnable[n], bytes_per_s);
	}
	w->sampled_ns = now_ns;
	if (now_ns <= w->scenario->duration_ns - w->sample_ns)
		des_after(w->des, w->sample_ns, sample, w, 0);
}

/* What was done before the end of the warm-up does not count. */
static void warm_up_ends(void *world, uint64_t unused)
{
	struct world *w = world;

	(void)unused;
	for (uint32_t n = 0; n < w->host->nr_nodes; n++)
		w->node[n].warm_idle_ns = node_idle_ns(w, n);
	for (uint32_t i = 0; i < w->guest_count; i++)
		if (w->guest[i].state == GUEST_RUNNING)
			vcpu_work(&w->guest[i], &w->guest[i].warm);
}

/* Busy share of a node's CPUs since the end of the warm-up. */
double sample_busy_share(struct world *w, uint32_t node)
{
	double all_ns = (double)(world_now_ns(w) - w->scenario->warmup_ns) *
			w->host->node[node].nr_cpus;

	return 1 - (double)(node_idle_ns(w, node) -
			    w->node[node].warm_idle_ns) / all_ns;
}

void sample_start(struct world *w)
{
	w->sample_ns = w->scenario->duration_ns / SAMPLES;
	if (w->sample_ns < 1)
		w->sample_ns = 1;
	for (uint32_t n = 0; n < w->host->nr_nodes; n++)
		w->node[n].load = w->node[n].busy = NAN;
	if (w->config.sample_nodes) {
		w->nodes = open_memstream(&w->nodes_text, &w->nodes_bytes);
		require(w->nodes != NULL);
	}
	des_at(w->des, 0, sample, w, 0);
	des_at(w->des, w->scenario->warmup_ns, warm_up_ends, w, 0);
}
