/*
 * world_trace.c - the run as a schedule for Perfetto: one process per node, one
 *                 thread per pCPU, counters per node, moments of guests.
 *
 * SOURCE  facts/measuring.md 4.4.
 *
 * RULE    A slice is a vCPU on a pCPU, named d3v1; its arguments say how much of
 *         its memory is remote from there and at what distance. A vCPU that
 *         comes from another node leaves a "move" on the row where it arrives.
 *         Guests' moments (create, start, balloon target, destroy) stand on the
 *         process after the last node.
 */
#include "run/world.h"

#include <stdio.h>

static uint32_t guest_process(const struct world *w)
{
	return w->host->nr_nodes;
}

void world_trace_open(struct world *w)
{
	char name[64];

	w->trace = trace_open(w->arena, w->config.trace, w->config.trace_gzip,
			      w->config.trace_events_max);
	for (uint32_t n = 0; n < w->host->nr_nodes; n++) {
		snprintf(name, sizeof(name), "node %u", n);
		trace_process(w->trace, n, name, (int32_t)n);
	}
	trace_process(w->trace, guest_process(w), "guests",
		      (int32_t)guest_process(w));
	for (uint32_t c = 0; c < w->host->nr_cpus; c++) {
		snprintf(name, sizeof(name), "pcpu %u", c);
		trace_thread(w->trace, w->cpu_to_node[c], c, name, (int32_t)c);
	}
}

int world_trace_close(struct world *w, struct err *err)
{
	return trace_close(w->trace, world_now_ns(w), err);
}

void world_trace_switch(struct world *w, uint32_t cpu, bool was_busy)
{
	const struct world_vcpu *v = w->running[cpu];
	uint32_t node = w->cpu_to_node[cpu];
	int64_t now_ns = world_now_ns(w);
	char name[64];

	if (was_busy)
		trace_end(w->trace, now_ns, node, cpu);
	if (!v)
		return;

	const struct trace_arg args[] = {
		trace_text("guest", v->guest->arrival.name),
		trace_real("remote_share", v->remote_share),
		trace_real("distance", v->distance),
	};

	snprintf(name, sizeof(name), "d%uv%u", v->guest->domid,
		 sched_unit_vcpu(v->unit));
	if (v->last_cpu != CPU_NONE && w->cpu_to_node[v->last_cpu] != node) {
		const struct trace_arg move[] = {
			trace_text("vcpu", name),
			trace_int("from_node", w->cpu_to_node[v->last_cpu]),
		};

		trace_instant(w->trace, now_ns, node, cpu, "move", move, 2);
	}
	trace_begin(w->trace, now_ns, node, cpu, name, args, 3);
}

void world_trace_counters(struct world *w, uint32_t node, double runnable,
			  double bytes_per_s)
{
	int64_t now_ns = world_now_ns(w);

	trace_counter(w->trace, now_ns, node, "free MB",
		      (double)bytes_from_pages(
			      heap_node_free_pages(w->heap, node)) / 1e6);
	trace_counter(w->trace, now_ns, node, "bandwidth GB/s",
		      bytes_per_s / 1e9);
	trace_counter(w->trace, now_ns, node, "runnable vCPUs", runnable);
}

void world_trace_guest(struct world_guest *g, const char *what)
{
	const struct trace_arg args[] = {
		trace_text("guest", g->arrival.name),
		trace_int("domain", g->domid),
	};

	trace_process_instant(g->world->trace, world_now_ns(g->world),
			      guest_process(g->world), what, args, 2);
}
