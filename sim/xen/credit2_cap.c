/*
 * credit2_cap.c - weights and caps of domains.
 *
 * RULE    facts/xen.md 7.3 "caps". A domain with a cap has a pool of budget,
 *         filled once a period; a unit takes its quota from the pool when it
 *         begins to run with none, runs it down, and returns what is left when
 *         it stops. A unit that finds the pool empty is parked until budget
 *         comes back:
 *
 *           pool  --grab: min(quota, pool)-->  unit, burns while running
 *           pool  <--return: what is left----  unit, switched out
 *           pool  <--replenish: cap * period-  timer; at most one period's
 *
 *         What a unit overran is charged to the pool first, so the pool can be
 *         negative. Parked units come back in the order last parked first.
 */
#include "xen/credit2.h"

#include "base/err.h"

static void cap_set(struct sched *s, struct credit2_dom *d, uint32_t cap);
static void cap_start(struct sched *s, struct credit2_dom *d);
static void cap_stop(struct sched *s, struct credit2_dom *d);
static void park(struct sched *s, struct credit2_unit *u);

void credit2_dom_init(struct sched *s, struct sched_dom *dom)
{
	struct credit2_dom *d = credit2_dom(dom);

	list_init(&d->parked);
	d->timer = sched_timer_add(s, SCHED_TIMER_CAP,
				   sched_random_cpu(s, &s->pool), dom);
}

void credit2_dom_fini(struct sched *s, struct sched_dom *dom)
{
	sched_timer_remove(s, credit2_dom(dom)->timer);
}

int credit2_dom_set(struct sched *s, struct sched_dom *dom,
		    const struct sched_dom_params *params, struct err *err)
{
	for (uint32_t i = 0; i < dom->nr_units; i++) {
		struct credit2_unit *u = credit2_unit(dom->unit[i]);
		uint32_t old_weight = u->weight;

		u->weight = params->weight;
		credit2_max_weight_update(u->rq, u->weight, old_weight);
	}
	dom->params.weight = params->weight;
	if (params->cap > 100 * dom->nr_units)
		return err_set(err, "cap: %u is more than all vCPUs can use; "
			       "0 for none, or up to %u", params->cap,
			       100 * dom->nr_units);
	if (params->cap)
		cap_set(s, credit2_dom(dom), params->cap);
	else if (dom->params.cap)
		cap_stop(s, credit2_dom(dom));
	dom->params.cap = params->cap;
	return 0;
}

static void cap_set(struct sched *s, struct credit2_dom *d, uint32_t cap)
{
	struct sched_dom *dom = &d->dom;

	d->tot_budget_ns = credit2_of(s)->cap_period_ns * cap / 100;
	for (uint32_t i = 0; i < dom->nr_units; i++) {
		int64_t quota_ns = d->tot_budget_ns / dom->nr_units;

		if (quota_ns < CREDIT2_TIMER_MIN_NS)
			quota_ns = CREDIT2_TIMER_MIN_NS;
		credit2_unit(dom->unit[i])->quota_ns = quota_ns;
	}
	if (!dom->params.cap)
		cap_start(s, d);
}

/* Everyone begins without budget; who runs has to get some at once. */
static void cap_start(struct sched *s, struct credit2_dom *d)
{
	d->budget_ns = d->tot_budget_ns;
	d->next_repl_ns = s->now_ns + credit2_of(s)->cap_period_ns;
	s->env.timer_set(s->env.world, d->timer, d->next_repl_ns);
	for (uint32_t i = 0; i < d->dom.nr_units; i++) {
		struct credit2_unit *u = credit2_unit(d->dom.unit[i]);

		if (u->unit.running) {
			credit2_burn(u, u->rq->max_weight, s->now_ns);
			cpuset_add(&u->rq->tickled, u->unit.processor);
			sched_raise(s, u->unit.processor);
		}
		u->budget_ns = 0;
	}
}

static void cap_stop(struct sched *s, struct credit2_dom *d)
{
	s->env.timer_stop(s->env.world, d->timer);
	for (uint32_t i = 0; i < d->dom.nr_units; i++) {
		struct credit2_unit *u = credit2_unit(d->dom.unit[i]);

		u->budget_ns = CREDIT2_BUDGET_NONE_NS;
		u->quota_ns = 0;
	}
	credit2_unpark(s, &d->parked);
}

bool credit2_budget_grab(struct sched *s, struct credit2_unit *u)
{
	struct credit2_dom *d = credit2_dom(u->unit.dom);

	if (u->budget_ns > 0)
		return true;
	d->budget_ns += u->budget_ns;
	if (d->budget_ns <= 0) {
		u->budget_ns = 0;
		park(s, u);
		return false;
	}
	u->budget_ns = d->budget_ns < u->quota_ns ? d->budget_ns : u->quota_ns;
	d->budget_ns -= u->budget_ns;
	return true;
}

/* One that runs leaves its CPU by the schedule() that has called this. */
static void park(struct sched *s, struct credit2_unit *u)
{
	sched_flag_set(s, &u->unit, SCHED_FLAG_PARKED);
	if (credit2_waits(u)) {
		credit2_queue_del(u);
		credit2_load(s, u, -1);
	}
	list_add_head(&credit2_dom(u->unit.dom)->parked, &u->parked);
}

void credit2_budget_return(struct credit2_unit *u, struct list *unparked)
{
	struct credit2_dom *d = credit2_dom(u->unit.dom);

	d->budget_ns += u->budget_ns;
	u->budget_ns = 0;
	if (d->budget_ns > 0)
		list_take_all(&d->parked, unparked);
}

void credit2_unpark(struct sched *s, struct list *parked)
{
	while (!list_empty(parked)) {
		struct credit2_unit *u =
			LIST_ENTRY(parked->next, struct credit2_unit, parked);

		list_del(&u->parked);
		sched_flag_clear(s, &u->unit, SCHED_FLAG_PARKED);
		if (u->scheduled) {
			u->requeue = true;
		} else if (unit_runnable(&u->unit)) {
			credit2_load(s, u, 1);
			credit2_queue_add(u);
			credit2_tickle(s, u);
		}
	}
}

void credit2_timer(struct sched *s, const struct sched_timer *timer)
{
	struct credit2_dom *d = credit2_dom(timer->dom);
	struct list unparked;

	assert(timer->info.kind == SCHED_TIMER_CAP);
	do {
		d->next_repl_ns += credit2_of(s)->cap_period_ns;
		d->budget_ns += d->tot_budget_ns;
	} while (d->next_repl_ns <= s->now_ns);
	if (d->budget_ns > 0) {
		if (d->budget_ns > d->tot_budget_ns)
			d->budget_ns = d->tot_budget_ns;
		list_init(&unparked);
		list_take_all(&d->parked, &unparked);
		credit2_unpark(s, &unparked);
	}
	s->env.timer_set(s->env.world, d->timer, d->next_repl_ns);
}
