#include "xen/credit2.h"

#include "base/err.h"

static void member_check(const struct sched *s, const struct credit2_rq *rq,
			 struct credit2_unit *u);
static void waiting_check(const struct credit2_rq *rq);
static void cpu_marks_check(const struct sched *s, uint32_t cpu);
static uint32_t list_count(const struct list *head);

static void rq_check(const struct sched *s, const struct credit2_rq *rq)
{
	uint32_t max_weight = 1;
	int64_t load = 0;

	list_each (link, (struct list *)&rq->members) {
		struct credit2_unit *u =
			LIST_ENTRY(link, struct credit2_unit, member);

		member_check(s, rq, u);
		if (u->weight > max_weight)
			max_weight = u->weight;
		load += credit2_waits(u) || u->unit.running;
	}
	require(rq->load == load);                               /* C4 */
	require(rq->max_weight == max_weight);                   /* C5 */
	require(rq->avgload >= 0 && rq->b_avgload >= 0);
	require(cpuset_count(&rq->cpus) == rq->nr_cpus);         /* C11 */
	require(cpuset_subset(&rq->cpus, &s->pool));
	require(cpuset_has(&s->pool, rq->pick_bias));
	require(cpuset_subset(&rq->idle, &rq->cpus));            /* C7 */
	require(cpuset_subset(&rq->smt_idle, &rq->idle));        /* C8 */
	require(cpuset_subset(&rq->tickled, &s->raised));        /* C9 */
	waiting_check(rq);
}

static void member_check(const struct sched *s, const struct credit2_rq *rq,
			 struct credit2_unit *u)
{
	bool on_parked = !list_empty(&u->parked);

	require(u->rq == rq);                                    /* C1 */
	require(credit2_rq_of(s, u->unit.processor) == rq);
	require(credit2_waits(u) ==                              /* C2 */
		(unit_runnable(&u->unit) && !u->unit.running));
	require(u->credit >= CREDIT2_CREDIT_MIN);                /* C6 */
	require(u->credit <= CREDIT2_CREDIT_MAX + u->bonus);
	require(on_parked ==                                     /* C10 */
		((u->unit.flags & SCHED_FLAG_PARKED) != 0));
	require(!on_parked || (credit2_has_cap(u) && u->budget_ns <= 0));
	require(u->scheduled == u->unit.running);                /* C12 */
	require(!u->requeue && u->avgload >= 0);
}

/* C3; and no one waits who is not a member. */
static void waiting_check(const struct credit2_rq *rq)
{
	int64_t above = INT64_MAX;

	list_each (link, (struct list *)&rq->waiting) {
		const struct credit2_unit *u =
			LIST_ENTRY(link, struct credit2_unit, waiting);

		require(u->rq == rq);                            /* C1 */
		require(u->credit <= above);                     /* C3 */
		above = u->credit;
	}
}

static void cpu_marks_check(const struct sched *s, uint32_t cpu)
{
	const struct credit2 *c2 = credit2_of(s);
	const struct credit2_rq *rq = c2->cpu_rq[cpu];
	bool core_idle = true;

	require(rq && cpuset_has(&rq->cpus, cpu));               /* C11 */
	require(cpuset_has(&rq->idle, cpu) == !s->cpu[cpu].current); /* C7 */
	for (uint32_t c = 0; c < s->nr_cpus; c++)
		if (cpuset_has(&c2->siblings[cpu], c))
			core_idle &= cpuset_has(&rq->idle, c) &&
				     !cpuset_has(&rq->tickled, c);
	require(cpuset_has(&rq->smt_idle, cpu) == core_idle);    /* C8 */
}

static void dom_check(const struct sched *s, struct sched_dom *dom)
{
	const struct credit2_dom *d = credit2_dom(dom);
	uint32_t parked = 0;

	for (uint32_t i = 0; i < dom->nr_units; i++) {
		const struct credit2_unit *u = credit2_unit(dom->unit[i]);

		parked += (u->unit.flags & SCHED_FLAG_PARKED) != 0;
		require(u->rq);                                  /* C1 */
	}
	require(parked == list_count(&d->parked));               /* C10 */
	require(parked == 0 || dom->params.cap != 0);
	require(!dom->params.cap || d->next_repl_ns >= s->now_ns); /* C13 */
}

static uint32_t list_count(const struct list *head)
{
	uint32_t count = 0;

	list_each (link, (struct list *)head)
		count++;
	return count;
}

void credit2_check(const struct sched *s)
{
	const struct credit2 *c2 = credit2_of(s);
	uint32_t members = 0, units = 0, cpus = 0;

	for (uint32_t i = 0; i < c2->nr_rqs; i++) {
		rq_check(s, &c2->rq[i]);
		members += list_count(&c2->rq[i].members);
		cpus += c2->rq[i].nr_cpus;
	}
	require(cpus == cpuset_count(&s->pool));                 /* C11 */
	for (uint32_t c = 0; c < s->nr_cpus; c++)
		if (cpuset_has(&s->pool, c))
			cpu_marks_check(s, c);
	list_each (link, (struct list *)&s->doms) {
		struct sched_dom *dom =
			LIST_ENTRY(link, struct sched_dom, link);

		units += dom->nr_units;
		dom_check(s, dom);
	}
	require(members == units);                               /* C1 */
}
