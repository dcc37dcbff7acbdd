#include "xen/rtds.h"

#include "base/arena.h"
#include "base/err.h"

static void burn(struct rtds_unit *u, int64_t now_ns);
static void extratime_begin(struct rtds_unit *u);
static struct rtds_unit *first_for(struct sched *s, uint32_t cpu);
static void period_begin(struct rtds_unit *u, int64_t now_ns);
static void queue_add(struct sched *s, struct rtds_unit *u);
static void repl_add(struct sched *s, struct rtds_unit *u);
static void repl_del(struct sched *s, struct rtds_unit *u);
static void repl_arm(struct sched *s);
static void tickle(struct sched *s, struct rtds_unit *u);

static inline struct rtds_unit *in_queue(struct list *link)
{
	return LIST_ENTRY(link, struct rtds_unit, queue);
}

static inline struct rtds_unit *in_repl(struct list *link)
{
	return LIST_ENTRY(link, struct rtds_unit, repl);
}

/* --- budgets -------------------------------------------------------------- */

static void burn(struct rtds_unit *u, int64_t now_ns)
{
	u->cur_budget_ns -= now_ns - u->last_start_ns;
	u->last_start_ns = now_ns;
	if (u->cur_budget_ns > 0)
		return;
	if (u->params.extratime) {
		extratime_begin(u);
	} else {
		u->cur_budget_ns = 0;
		u->depleted = true;
	}
}

static void extratime_begin(struct rtds_unit *u)
{
	if (u->level < UINT32_MAX)
		u->level++;
	u->cur_budget_ns = u->params.budget_ns;
}

/* The deadline has come: the next one after now, by whole periods. */
static void period_begin(struct rtds_unit *u, int64_t now_ns)
{
	int64_t late_ns = now_ns - u->cur_deadline_ns;

	assert(late_ns >= 0);
	u->cur_deadline_ns += (late_ns / u->params.period_ns + 1) *
			      u->params.period_ns;
	u->last_start_ns = now_ns;
	u->cur_budget_ns = u->params.budget_ns;
	u->level = 0;
}

/* --- the queues ----------------------------------------------------------- */

static void queue_add(struct sched *s, struct rtds_unit *u)
{
	struct rtds *rt = rtds_of(s);
	struct list *at = rt->runq.next;

	if (u->cur_budget_ns <= 0 && !u->params.extratime) {
		list_add_head(&rt->depletedq, &u->queue);
		return;
	}
	while (at != &rt->runq && !rtds_before(u, in_queue(at)))
		at = at->next;
	list_add_before(at, &u->queue);
}

static void repl_insert(struct rtds *rt, struct rtds_unit *u)
{
	struct list *at = rt->replq.next;

	while (at != &rt->replq && !rtds_before(u, in_repl(at)))
		at = at->next;
	list_add_before(at, &u->repl);
}

static void repl_add(struct sched *s, struct rtds_unit *u)
{
	repl_insert(rtds_of(s), u);
	if (rtds_of(s)->replq.next == &u->repl)
		repl_arm(s);
}

static void repl_del(struct sched *s, struct rtds_unit *u)
{
	bool first = rtds_of(s)->replq.next == &u->repl;

	list_del(&u->repl);
	if (first)
		repl_arm(s);
}

static void repl_arm(struct sched *s)
{
	struct rtds *rt = rtds_of(s);
	struct list *first = list_first(&rt->replq);

	if (first)
		s->env.timer_set(s->env.world, rt->timer,
				 in_repl(first)->cur_deadline_ns);
	else
		s->env.timer_stop(s->env.world, rt->timer);
}

/* --- schedule ------------------------------------------------------------- */

static struct sched_decision rtds_schedule(struct sched *s, uint32_t cpu)
{
	struct rtds_unit *cur = rtds_unit(s->cpu[cpu].current);
	struct rtds_unit *next;
	bool stays = false;

	cpuset_del(&rtds_of(s)->tickled, cpu);
	if (cur)
		burn(cur, s->now_ns);
	next = first_for(s, cpu);
	if (cur && unit_runnable(&cur->unit)) {
		stays = cur->cur_budget_ns > 0 &&
			(!next || rtds_before(cur, next));
		cur->requeue = !stays;
	}
	if (stays)
		return (struct sched_decision){&cur->unit,
					       cur->cur_budget_ns};
	if (!next)
		return (struct sched_decision){NULL, -1};
	list_del(&next->queue);
	next->scheduled = true;
	next->last_start_ns = s->now_ns;
	sched_set_processor(s, &next->unit, cpu);
	return (struct sched_decision){&next->unit, next->cur_budget_ns};
}

static struct rtds_unit *first_for(struct sched *s, uint32_t cpu)
{
	list_each (link, &rtds_of(s)->runq)
		if (cpuset_has(&in_queue(link)->unit.hard, cpu))
			return in_queue(link);
	return NULL;
}

static void rtds_context_saved(struct sched *s, struct sched_unit *unit)
{
	struct rtds_unit *u = rtds_unit(unit);
	bool requeue = u->requeue;

	u->scheduled = false;
	u->requeue = false;
	if (requeue && unit_runnable(unit)) {
		queue_add(s, u);
		tickle(s, u);
	} else {
		repl_del(s, u);
	}
}

/* Tells a CPU, if one ought to run it, of a unit that waits: an idle one, else
 * the one whose unit comes last, if it comes after u. */
static void tickle(struct sched *s, struct rtds_unit *u)
{
	struct rtds *rt = rtds_of(s);
	struct rtds_unit *last = NULL;
	cpuset left;

	cpuset_and_in(&left, &u->unit.hard, &s->pool, rt->span);
	cpuset_andnot_in(&left, &left, &rt->tickled, rt->span);
	uint32_t cpu = u->unit.processor;

	if (!cpuset_has(&left, cpu))
		cpu = cpuset_next_in(&left, cpu, rt->span);
	for (; cpu != CPU_NONE; cpu = cpuset_next_in(&left, cpu, rt->span)) {
		struct rtds_unit *runs = rtds_unit(s->cpu[cpu].current);

		if (!runs)
			break;
		if (!last || rtds_before(last, runs))
			last = runs;
		cpuset_del(&left, cpu);
	}
	if (cpu == CPU_NONE) {
		if (!last || !rtds_before(u, last))
			return;
		cpu = last->unit.processor;
	}
	cpuset_add(&rt->tickled, cpu);
	sched_raise(s, cpu);
}

/* --- what happens to a unit ----------------------------------------------- */

static uint32_t rtds_pick(struct sched *s, struct sched_unit *unit)
{
	cpuset cpus = cpuset_and(&unit->hard, &s->pool);

	if (cpuset_has(&cpus, unit->processor))
		return unit->processor;
	return cpuset_next(&cpus, unit->processor);
}

static void rtds_unit_insert(struct sched *s, struct sched_unit *unit)
{
	struct rtds_unit *u = rtds_unit(unit);
	const struct sched_params *p = &s->params;

	list_init(&u->queue);
	list_init(&u->repl);
	u->params.period_ns = p->rtds_period_us * 1000;
	u->params.budget_ns = p->rtds_budget_us * 1000;
	u->params.extratime = p->rtds_extratime != 0;
	period_begin(u, s->now_ns);
	unit->processor = rtds_pick(s, unit);
}

static void rtds_unit_remove(struct sched *s, struct sched_unit *unit)
{
	struct rtds_unit *u = rtds_unit(unit);

	assert(!rtds_queued(u) && !u->scheduled);
	if (!list_empty(&u->repl))
		repl_del(s, u);
}

static void rtds_wake(struct sched *s, struct sched_unit *unit)
{
	struct rtds_unit *u = rtds_unit(unit);

	if (unit->running || rtds_queued(u))
		return;
	if (s->now_ns >= u->cur_deadline_ns)
		period_begin(u, s->now_ns);
	repl_add(s, u);
	queue_add(s, u);
	tickle(s, u);
}

static void rtds_sleep(struct sched *s, struct sched_unit *unit)
{
	struct rtds_unit *u = rtds_unit(unit);

	if (unit->running) {
		sched_raise(s, unit->processor);
	} else if (rtds_queued(u)) {
		list_del(&u->queue);
		repl_del(s, u);
	}
}

/* One that is allowed extratime while it is depleted has it at once, but no CPU
 * is told. 4.17 left it depleted. */
static int rtds_unit_set(struct sched *s, struct sched_unit *unit,
			 const struct sched_rtds_params *params,
			 struct err *err)
{
	struct rtds_unit *u = rtds_unit(unit);

	if (params->period_ns < RTDS_TIME_MIN_NS ||
	    params->period_ns > RTDS_PERIOD_MAX_NS)
		return err_set(err, "period: %lld ns is out of range; %lld to "
			       "%lld", (long long)params->period_ns,
			       (long long)RTDS_TIME_MIN_NS,
			       (long long)RTDS_PERIOD_MAX_NS);
	if (params->budget_ns < RTDS_TIME_MIN_NS ||
	    params->budget_ns > params->period_ns)
		return err_set(err, "budget: %lld ns is out of range; %lld to "
			       "the period", (long long)params->budget_ns,
			       (long long)RTDS_TIME_MIN_NS);
	u->params = *params;
	if (params->extratime && u->cur_budget_ns <= 0 &&
	    !rtds_of(s)->lenient) {
		extratime_begin(u);
		u->depleted = false;
		if (rtds_queued(u)) {
			list_del(&u->queue);
			queue_add(s, u);
		}
	}
	return 0;
}

/* --- replenishment -------------------------------------------------------- */

/* From the head of replq, while it is due; behind one that is not (its level
 * may have changed), nobody gets anything. Latest first in replenished. */
static void replenish(struct sched *s, struct list *replenished)
{
	struct rtds *rt = rtds_of(s);
	struct list *first;

	while ((first = list_first(&rt->replq)) != NULL) {
		struct rtds_unit *u = in_repl(first);

		if (s->now_ns < u->cur_deadline_ns)
			break;
		list_del(&u->repl);
		period_begin(u, s->now_ns);
		list_add_head(replenished, &u->repl);
		if (rtds_queued(u)) {
			list_del(&u->queue);
			queue_add(s, u);
		}
	}
}

/* One that runs may no longer be the best for its CPU; one that was depleted
 * may be. */
static void rtds_timer(struct sched *s, const struct sched_timer *timer)
{
	struct rtds *rt = rtds_of(s);
	struct list replenished;

	assert(timer->info.kind == SCHED_TIMER_REPL);
	list_init(&replenished);
	replenish(s, &replenished);
	while (!list_empty(&replenished)) {
		struct rtds_unit *u = in_repl(replenished.next);
		struct list *first = list_first(&rt->runq);

		if (u->unit.running && first) {
			if (rtds_before(in_queue(first), u))
				tickle(s, in_queue(first));
		} else if (u->depleted) {
			u->depleted = false;
			if (rtds_queued(u))
				tickle(s, u);
		}
		list_del(&u->repl);
		repl_insert(rt, u);
	}
	if (!list_empty(&rt->replq))
		repl_arm(s);
}

/* --- the invariants ------------------------------------------------------- */

static void unit_check(struct rtds_unit *u)
{
	bool runs = u->unit.running;

	require(rtds_queued(u) ==                                /* R1 */
		(unit_runnable(&u->unit) && !runs));
	require(!list_empty(&u->repl) == (runs || rtds_queued(u))); /* R2 */
	require(u->cur_deadline_ns > 0);                         /* R5 */
	require(u->cur_budget_ns >= 0);
	require(u->scheduled == runs && !u->requeue);            /* R7 */
}

void rtds_check(const struct sched *s)
{
	const struct rtds *rt = rtds_of(s);
	const struct rtds_unit *above = NULL;

	list_each (link, (struct list *)&rt->runq) {
		const struct rtds_unit *u = in_queue(link);

		require(!above || !rtds_before(u, above));       /* R3 */
		require(u->cur_budget_ns > 0 || rt->lenient);
		above = u;
	}
	list_each (link, (struct list *)&rt->depletedq)
		require(in_queue(link)->cur_budget_ns == 0);     /* R4 */
	require(cpuset_subset(&rt->tickled, &s->raised));        /* R6 */
	list_each (link, (struct list *)&s->doms) {
		struct sched_dom *dom =
			LIST_ENTRY(link, struct sched_dom, link);

		for (uint32_t i = 0; i < dom->nr_units; i++)
			unit_check(rtds_unit(dom->unit[i]));
	}
}

/* --- the pool ------------------------------------------------------------- */

static void rtds_init(struct sched *s)
{
	struct rtds *rt = arena_alloc(s->arena, sizeof(*rt));

	list_init(&rt->runq);
	list_init(&rt->depletedq);
	list_init(&rt->replq);
	rt->timer = sched_timer_add(s, SCHED_TIMER_REPL, sched_boot_cpu(s),
				    NULL);
	rt->lenient = s->params.xen_version < 418;
	rt->span = (struct cpuset_span){0, s->nr_words};
	s->priv = rt;
}

static void rtds_cpu_add(struct sched *s, uint32_t cpu)
{
	(void)s;
	(void)cpu;
}

const struct sched_ops sched_rtds = {
	.summary = "earliest deadline first, a budget in each period",
	.unit_bytes = sizeof(struct rtds_unit),
	.dom_bytes = sizeof(struct sched_dom),
	.init = rtds_init,
	.cpu_add = rtds_cpu_add,
	.unit_insert = rtds_unit_insert,
	.unit_remove = rtds_unit_remove,
	.pick = rtds_pick,
	.migrate = sched_set_processor,
	.wake = rtds_wake,
	.sleep = rtds_sleep,
	.unit_set_rtds = rtds_unit_set,
	.schedule = rtds_schedule,
	.context_saved = rtds_context_saved,
	.timer = rtds_timer,
	.check = rtds_check,
};
