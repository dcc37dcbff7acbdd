/*
 * credit2_runqueue.c - run queues: which CPUs they have, their loads, and which
 * of them a unit is given to.
 *
 * RULE    facts/xen.md 7.3 "run queue construction", "loads", "pick_resource".
 *         CPUs join in ascending order. One joins the queue that has a thread
 *         of its core; else the smallest queue of its socket (node, ...) that
 *         has room; else a new one.
 *
 *         Loads are averages over a window, kept as fixed-point numbers and
 *         brought up to date only when somebody touches them:
 *
 *           avg += load * d/W - avg * d/W      d = time since, W = window
 *           avg  = load                        if d > W
 *
 *         b_avgload is the same, but follows at once when a unit is assigned
 *         or taken away: the load to expect.
 */
#include "xen/credit2.h"

#include "base/err.h"

static struct credit2_rq *rq_for_cpu(struct sched *s, uint32_t cpu);
static bool same_place(const struct sched *s, uint32_t a, uint32_t b);
static bool same_core(const struct sched *s, uint32_t a, uint32_t b);
static uint32_t threads(const struct sched *s, uint32_t cpu);
static bool has_room(struct sched *s, const struct credit2_rq *rq,
		     uint32_t cpu, uint32_t cpus_max);
static uint32_t fallback_cpu(struct sched *s, const struct credit2_unit *u);
static int64_t average(int64_t avg, int64_t load, int64_t delta,
		       const struct credit2 *c2);

/* --- construction --------------------------------------------------------- */

void credit2_cpu_add(struct sched *s, uint32_t cpu)
{
	struct credit2 *c2 = credit2_of(s);
	struct credit2_rq *rq = rq_for_cpu(s, cpu);

	if (!rq) {
		rq = &c2->rq[c2->nr_rqs];
		rq->id = c2->nr_rqs++;
		rq->max_weight = 1;
		rq->pick_bias = cpu;
		rq->span = (struct cpuset_span){cpu / 64, cpu / 64 + 1};
		list_init(&rq->waiting);
		list_init(&rq->members);
	}
	for (uint32_t c = 0; c < cpu; c++) {
		if (!cpuset_has(&rq->cpus, c) || !same_core(s, c, cpu))
			continue;
		cpuset_add(&c2->siblings[c], cpu);
		cpuset_add(&c2->siblings[cpu], c);
	}
	cpuset_add(&c2->siblings[cpu], cpu);
	cpuset_add(&rq->cpus, cpu);
	cpuset_add(&rq->idle, cpu);
	rq->nr_cpus++;
	if (rq->span.end <= cpu / 64)
		rq->span.end = cpu / 64 + 1;
	c2->cpu_rq[cpu] = rq;
	credit2_smt_idle_set(s, rq, cpu);
}

static struct credit2_rq *rq_for_cpu(struct sched *s, uint32_t cpu)
{
	struct credit2 *c2 = credit2_of(s);
	uint32_t online = cpuset_count(&s->pool);
	uint32_t limit = (uint32_t)s->params.sched_credit2_max_cpus_runqueue;
	uint32_t cpus_max = online / ((online - 1) / limit + 1);
	struct credit2_rq *best = NULL;

	for (uint32_t i = 0; i < c2->nr_rqs; i++) {
		struct credit2_rq *rq = &c2->rq[i];

		if (!same_place(s, cpuset_first(&rq->cpus), cpu))
			continue;
		for (uint32_t c = cpuset_first(&rq->cpus); c != CPU_NONE;
		     c = cpuset_from(&rq->cpus, c + 1))
			if (same_core(s, c, cpu))
				return rq;
		if (has_room(s, rq, cpu, cpus_max) &&
		    (!best || rq->nr_cpus < best->nr_cpus))
			best = rq;
	}
	return best;
}

static bool same_core(const struct sched *s, uint32_t a, uint32_t b)
{
	return s->cpu[a].socket == s->cpu[b].socket &&
	       s->cpu[a].core == s->cpu[b].core;
}

/* May the two share a queue, by the arrangement asked for? */
static bool same_place(const struct sched *s, uint32_t a, uint32_t b)
{
	switch ((enum sched_runqueue)s->params.credit2_runqueue) {
	case SCHED_RUNQUEUE_CPU:
		return false;
	case SCHED_RUNQUEUE_CORE:
		return same_core(s, a, b);
	case SCHED_RUNQUEUE_SOCKET:
		return s->cpu[a].socket == s->cpu[b].socket;
	case SCHED_RUNQUEUE_NODE:
		return s->cpu[a].node == s->cpu[b].node;
	case SCHED_RUNQUEUE_ALL:
		return true;
	}
	panic(__FILE__, __LINE__, "runqueue %d",
	      (int)s->params.credit2_runqueue);
}

/* Threads of cpu's core, cpu among them, whatever pool they are in. */
static uint32_t threads(const struct sched *s, uint32_t cpu)
{
	uint32_t count = 0;

	for (uint32_t c = 0; c < s->nr_cpus; c++)
		count += same_core(s, c, cpu);
	return count;
}

/* For all threads of its cores and of cpu's, so that no core is split. */
static bool has_room(struct sched *s, const struct credit2_rq *rq, uint32_t cpu,
		     uint32_t cpus_max)
{
	uint32_t count = threads(s, cpu);

	if (rq->nr_cpus >= cpus_max)
		return false;
	if (s->params.credit2_runqueue == SCHED_RUNQUEUE_ALL)
		return true;
	for (uint32_t c = cpuset_first(&rq->cpus); c != CPU_NONE;
	     c = cpuset_from(&rq->cpus, c + 1))
		if (cpuset_first(&credit2_of(s)->siblings[c]) == c)
			count += threads(s, c);
	return count <= cpus_max;
}

/* --- members -------------------------------------------------------------- */

void credit2_assign(struct credit2_unit *u, struct credit2_rq *rq)
{
	assert(!u->rq);
	u->rq = rq;
	list_add_tail(&rq->members, &u->member);
	credit2_max_weight_update(rq, u->weight, 0);
	rq->b_avgload += u->avgload;
}

void credit2_deassign(struct credit2_unit *u)
{
	struct credit2_rq *rq = u->rq;

	assert(!credit2_waits(u));
	list_del(&u->member);
	credit2_max_weight_update(rq, 0, u->weight);
	rq->b_avgload -= u->avgload;
	if (rq->b_avgload < 0)
		rq->b_avgload = 0;
	u->rq = NULL;
}

/* A member's weight (0: none) has replaced another's (0: none). */
void credit2_max_weight_update(struct credit2_rq *rq, uint32_t new_weight,
			       uint32_t old_weight)
{
	if (new_weight > rq->max_weight) {
		rq->max_weight = new_weight;
		return;
	}
	if (old_weight != rq->max_weight)
		return;
	rq->max_weight = 1;
	list_each (link, &rq->members) {
		const struct credit2_unit *u =
			LIST_ENTRY(link, struct credit2_unit, member);

		if (u->weight > rq->max_weight)
			rq->max_weight = u->weight;
	}
}

/* --- loads ---------------------------------------------------------------- */

static int64_t average(int64_t avg, int64_t load, int64_t delta,
		       const struct credit2 *c2)
{
	int64_t full = load << c2->load_precision;

	if (delta > INT64_C(1) << c2->load_window)
		return full;
	return avg + (delta * full >> c2->load_window) -
	       (delta * avg >> c2->load_window);
}

void credit2_rq_load(struct sched *s, struct credit2_rq *rq, int64_t change)
{
	const struct credit2 *c2 = credit2_of(s);
	int64_t now = s->now_ns >> CREDIT2_LOAD_GRANULARITY;
	int64_t delta = now - rq->load_upd;

	if (delta > 0) {
		rq->avgload = average(rq->avgload, rq->load, delta, c2);
		rq->b_avgload = average(rq->b_avgload, rq->load, delta, c2);
		rq->load_upd = now;
	}
	rq->load += change;
	assert(rq->load >= 0);
}

void credit2_unit_load(struct sched *s, struct credit2_unit *u, int64_t change)
{
	int64_t now = s->now_ns >> CREDIT2_LOAD_GRANULARITY;
	int64_t delta = now - u->load_upd;
	int64_t load = change ? change < 0 : unit_runnable(&u->unit);

	if (delta <= 0)
		return;
	u->avgload = average(u->avgload, load, delta, credit2_of(s));
	u->load_upd = now;
}

void credit2_load(struct sched *s, struct credit2_unit *u, int64_t change)
{
	credit2_rq_load(s, u->rq, change);
	credit2_unit_load(s, u, change);
}

/* --- picking a queue ------------------------------------------------------ */

bool credit2_may_join(const struct sched *s, const struct credit2_unit *u,
		      const struct credit2_rq *rq)
{
	(void)s; /* a queue's CPUs are all of the pool */
	return cpuset_intersects_in(&u->unit.hard, &rq->cpus, rq->span);
}

/* The next member of a & b after cpu, cyclically; there must be one. */
static uint32_t next_common(const cpuset *a, const cpuset *b, uint32_t cpu,
			    struct cpuset_span in)
{
	uint32_t next = cpuset_from_and_in(a, b, NULL, cpu + 1, in);

	if (next == CPU_NONE)
		next = cpuset_from_and_in(a, b, NULL, 0, in);
	require(next != CPU_NONE);
	return next;
}

uint32_t credit2_next_cpu(struct sched *s, const struct credit2_unit *u,
			  struct credit2_rq *rq)
{
	(void)s; /* a queue's CPUs are all of the pool */
	rq->pick_bias = next_common(&u->unit.hard, &rq->cpus, rq->pick_bias,
				    rq->span);
	return rq->pick_bias;
}

/* What rq would have on it without u. The queue whose lock the inserter of a
 * new unit holds cannot be looked into. */
static int64_t load_beside(const struct sched *s, const struct credit2_unit *u,
			   const struct credit2_rq *rq)
{
	int64_t load = rq->b_avgload;

	if (!u->rq && rq == credit2_rq_of(s, u->unit.processor))
		return INT64_MAX;
	if (rq == u->rq)
		load = load > u->avgload ? load - u->avgload : 0;
	return load;
}

uint32_t credit2_pick(struct sched *s, struct sched_unit *unit)
{
	struct credit2 *c2 = credit2_of(s);
	struct credit2_unit *u = credit2_unit(unit);
	struct credit2_rq *best = NULL, *soft_best = NULL;
	int64_t load_min = INT64_MAX, soft_load_min = INT64_MAX;
	bool requested = u->migrate_request;

	u->migrate_request = false;
	if (requested && credit2_may_join(s, u, u->migrate_rq))
		return credit2_next_cpu(s, u, u->migrate_rq);

	for (uint32_t i = 0; i < c2->nr_rqs; i++) {
		struct credit2_rq *rq = &c2->rq[i];

		if (!credit2_may_join(s, u, rq))
			continue;
		int64_t load = load_beside(s, u, rq);

		if (unit->has_soft && load < soft_load_min &&
		    cpuset_intersects_in(&unit->soft_step, &rq->cpus,
					 rq->span)) {
			soft_load_min = load;
			soft_best = rq;
		}
		if (load < load_min) {
			load_min = load;
			best = rq;
		}
	}
	if (!best)
		return fallback_cpu(s, u);
	if (!soft_best)
		return credit2_next_cpu(s, u, best);
	/* Xen goes on from the bias of the best queue, not of soft_best. */
	best->pick_bias = next_common(&unit->soft_step, &soft_best->cpus,
				      best->pick_bias, soft_best->span);
	return best->pick_bias;
}

/* Stay near: the same CPU, else the same queue, else anywhere in hard. */
static uint32_t fallback_cpu(struct sched *s, const struct credit2_unit *u)
{
	const struct sched_unit *unit = &u->unit;
	cpuset mask;

	for (int step = unit->has_soft ? 0 : 1; step < 2; step++) {
		mask = cpuset_and(step ? &unit->hard : &unit->soft_step,
				  &s->pool);
		if (cpuset_has(&mask, unit->processor))
			return unit->processor;
		if (u->rq && cpuset_intersects(&mask, &u->rq->cpus)) {
			mask = cpuset_and(&mask, &u->rq->cpus);
			return cpuset_first(&mask);
		}
	}
	return cpuset_first(&mask);
}
