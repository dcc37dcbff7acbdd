/*
 * credit_steal.c - a CPU with nobody good to run takes a waiting unit from
 * another.
 *
 * RULE    facts/xen.md 7.2 "steal". First for units that prefer this CPU, then
 *         for all that may run on it; each time from the own node on, by node
 *         number (not by distance), and in a node from the CPU after the one
 *         stolen from last. A CPU's queue is read from its head while units
 *         there are better than what this CPU has; the first that may come is
 *         taken.
 *
 *         Not from a CPU that idles (it is about to look by itself), nor if
 *         only one unit is there.
 */
#include "xen/credit.h"

static struct credit_unit *from_node(struct sched *s, struct credit_node *node,
				     uint32_t cpu, int32_t pri, bool soft);
static struct credit_unit *from_queue(struct sched *s, uint32_t peer,
				      uint32_t cpu, int32_t pri, bool soft);
static bool may_come(const struct sched *s, const struct credit_unit *u,
		     uint32_t cpu, bool soft);

struct credit_unit *credit_steal(struct sched *s, uint32_t cpu, int32_t pri)
{
	struct credit *c = credit_of(s);
	uint32_t own = c->cpu[cpu].node_index;

	if (cpuset_empty_in(&c->loaded, c->span))
		return NULL;
	for (int step = 0; step < 2; step++) {
		for (uint32_t i = 0; i < c->nr_nodes; i++) {
			struct credit_unit *u = from_node(
				s, &c->node[(own + i) % c->nr_nodes], cpu, pri,
				step == 0);

			if (u)
				return u;
		}
	}
	return NULL;
}

/* CPUs that are not loaded would be passed over, so they are not visited. */
static struct credit_unit *from_node(struct sched *s, struct credit_node *node,
				     uint32_t cpu, int32_t pri, bool soft)
{
	struct credit *c = credit_of(s);
	cpuset workers;

	cpuset_and_in(&workers, &node->cpus, &c->loaded, c->span);
	cpuset_andnot_in(&workers, &workers, &c->idlers, c->span);
	cpuset_del(&workers, cpu);

	uint32_t first = cpuset_next_in(&workers, node->bias, c->span);
	uint32_t peer = first;

	if (first == CPU_NONE)
		return NULL;
	do {
		struct credit_unit *u = from_queue(s, peer, cpu, pri, soft);

		if (u) {
			node->bias = peer;
			return u;
		}
		peer = cpuset_next_in(&workers, peer, c->span);
	} while (peer != first);
	return NULL;
}

static struct credit_unit *from_queue(struct sched *s, uint32_t peer,
				      uint32_t cpu, int32_t pri, bool soft)
{
	struct credit *c = credit_of(s);

	if (!s->cpu[peer].current)
		return NULL;
	list_each (link, &c->cpu[peer].waiting) {
		struct credit_unit *u =
			LIST_ENTRY(link, struct credit_unit, waiting);

		if (u->pri <= pri)
			return NULL;
		if (!may_come(s, u, cpu, soft))
			continue;
		credit_queue_del(u);
		credit_runnable_dec(c, peer);
		credit_runnable_inc(c, cpu);
		sched_set_processor(s, &u->unit, cpu);
		return u;
	}
	return NULL;
}

static bool may_come(const struct sched *s, const struct credit_unit *u,
		     uint32_t cpu, bool soft)
{
	const struct credit *c = credit_of(s);

	if (u->unit.running || (u->yields && c->spare_yielders))
		return false;
	if (soft && !u->unit.has_soft)
		return false;
	if (c->migration_delay_ns &&
	    s->now_ns - u->last_sched_ns < c->migration_delay_ns)
		return false; /* its cache is still warm there */
	return cpuset_has(soft ? &u->unit.soft_step : &u->unit.hard, cpu);
}
