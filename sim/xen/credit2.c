#include "xen/credit2.h"

#include "base/arena.h"
#include "base/err.h"

static struct credit2_unit *candidate(struct sched *s, struct credit2_rq *rq,
				      struct credit2_unit *cur, bool yields,
				      uint32_t cpu);
static struct credit2_unit *scan(struct sched *s, struct credit2_rq *rq,
				 struct credit2_unit *preset, bool yields,
				 uint32_t cpu);
static bool prefers_elsewhere(const struct credit2_rq *rq,
			      const struct credit2_unit *cur, uint32_t cpu);
static void run(struct sched *s, struct credit2_rq *rq,
		struct credit2_unit *cur, struct credit2_unit *next,
		uint32_t cpu);
static void idle(struct sched *s, struct credit2_rq *rq, uint32_t cpu);
static void reset(struct sched *s, struct credit2_rq *rq,
		  struct credit2_unit *next);
static int64_t slice_ns(struct sched *s, struct credit2_rq *rq,
			const struct credit2_unit *cur,
			const struct credit2_unit *next);
static int64_t head_credit(const struct credit2_rq *rq);

/* --- pure arithmetic ------------------------------------------------------ */

void credit2_burn(struct credit2_unit *u, uint32_t max_weight, int64_t now_ns)
{
	int64_t delta_ns = now_ns - u->start_ns;

	if (delta_ns <= 0)
		return;
	int64_t cost = delta_ns * max_weight + u->residual;

	u->credit -= cost / u->weight;
	u->residual = cost % u->weight;
	if (u->credit < CREDIT2_CREDIT_MIN)
		u->credit = CREDIT2_CREDIT_MIN;
	if (credit2_has_cap(u))
		u->budget_ns -= delta_ns;
	u->start_ns = now_ns;
}

bool credit2_refill(struct credit2_unit *u, bool running, uint32_t max_weight,
		    bool extra, int64_t now_ns)
{
	if (running)
		credit2_burn(u, max_weight, now_ns);
	u->credit += extra ? 2 * CREDIT2_CREDIT_INIT : CREDIT2_CREDIT_INIT;
	if (u->credit > CREDIT2_CREDIT_MAX)
		u->credit = CREDIT2_CREDIT_MAX;
	u->bonus = 0;
	u->start_ns = now_ns;
	return running && u->budget_ns <= 0;
}

/* Until the unit's credit is down to that of the next in line, but not past its
 * budget; then at least the minimum (which may exceed the maximum and wins). */
int64_t credit2_slice_ns(const struct credit2_slice *in)
{
	int64_t rest_ns = in->ratelimit_ns - in->already_ran_ns;
	int64_t min_ns = in->ratelimit_ns && rest_ns > CREDIT2_TIMER_MIN_NS
				 ? rest_ns : CREDIT2_TIMER_MIN_NS;
	int64_t rival = in->head_credit > in->inflight_credit
				? in->head_credit : in->inflight_credit;
	int64_t credit = rival > 0 ? in->credit - rival : in->credit;
	int64_t ns = credit > 0 ? credit2_c2t(credit, in->weight,
					      in->max_weight) : 0;

	if (ns > in->budget_ns)
		ns = in->budget_ns;
	if (ns > CREDIT2_TIMER_MAX_NS)
		ns = CREDIT2_TIMER_MAX_NS;
	return ns < min_ns ? min_ns : ns;
}

/* --- the queue of waiting units ------------------------------------------- */

void credit2_queue_add(struct credit2_unit *u)
{
	struct list *head = &u->rq->waiting, *at = head->next;

	for (; at != head; at = at->next)
		if (LIST_ENTRY(at, struct credit2_unit, waiting)->credit <
		    u->credit)
			break;
	list_add_before(at, &u->waiting);
}

static int64_t head_credit(const struct credit2_rq *rq)
{
	struct list *first = list_first(&rq->waiting);

	return first ? LIST_ENTRY(first, struct credit2_unit, waiting)->credit
		     : CREDIT2_CREDIT_IDLE;
}

/* --- schedule ------------------------------------------------------------- */

static struct sched_decision credit2_schedule(struct sched *s, uint32_t cpu)
{
	struct credit2_rq *rq = credit2_rq_of(s, cpu);
	struct credit2_unit *cur = credit2_unit(s->cpu[cpu].current);
	bool yields = false;

	if (cpuset_has(&rq->tickled, cpu)) {
		cpuset_del(&rq->tickled, cpu);
		credit2_smt_idle_set(s, rq, cpu);
	}
	if (cur) {
		credit2_burn(cur, rq->max_weight, s->now_ns);
		if (cur->budget_ns <= 0)
			credit2_budget_grab(s, cur);
		yields = cur->yields;
		cur->yields = false;
	}

	struct credit2_unit *next = candidate(s, rq, cur, yields, cpu);

	if (cur && cur != next)
		cur->requeue = unit_runnable(&cur->unit);
	if (!next) {
		idle(s, rq, cpu);
		return (struct sched_decision){NULL, -1};
	}
	run(s, rq, cur, next, cpu);
	return (struct sched_decision){&next->unit,
				       slice_ns(s, rq, cur, next)};
}

static struct credit2_unit *candidate(struct sched *s, struct credit2_rq *rq,
				      struct credit2_unit *cur, bool yields,
				      uint32_t cpu)
{
	struct credit2_unit *preset = NULL;

	if (cur && unit_runnable(&cur->unit)) {
		int64_t ran_ns = s->now_ns - cur->unit.state_entry_ns;

		if (!yields && ran_ns < credit2_of(s)->ratelimit_ns)
			return cur;
		if (!prefers_elsewhere(rq, cur, cpu))
			preset = cur;
	}
	return scan(s, rq, preset, yields, cpu);
}

/* Would cur rather be on another CPU of the queue, and is one of those free? */
static bool prefers_elsewhere(const struct credit2_rq *rq,
			      const struct credit2_unit *cur, uint32_t cpu)
{
	if (!cur->unit.has_soft || cpuset_has(&cur->unit.soft_step, cpu))
		return false;
	return cpuset_from_and_in(&rq->idle, &cur->unit.soft_step, &rq->tickled,
				  0, rq->span) != CPU_NONE;
}

/* The first waiting unit that ought to have cpu instead of preset (NULL: than
 * idle). One without budget is parked on the way: it leaves the queue. */
static struct credit2_unit *scan(struct sched *s, struct credit2_rq *rq,
				 struct credit2_unit *preset, bool yields,
				 uint32_t cpu)
{
	int64_t credit = preset ? preset->credit : CREDIT2_CREDIT_IDLE;
	int64_t far_credit = credit + credit2_of(s)->migrate_resist;

	for (struct list *at = rq->waiting.next, *after; at != &rq->waiting;
	     at = after) {
		struct credit2_unit *u =
			LIST_ENTRY(at, struct credit2_unit, waiting);

		after = at->next;
		if (!yields && u->credit <= credit)
			break;
		if (!cpuset_has(&u->unit.hard, cpu))
			continue;
		if (u->tickled_cpu != CPU_NONE && u->tickled_cpu != cpu &&
		    cpuset_has(&rq->tickled, u->tickled_cpu))
			continue;
		if (u->unit.processor != cpu && u->credit < far_credit)
			continue;
		if (credit2_budget_grab(s, u))
			return u;
	}
	return preset;
}

static void run(struct sched *s, struct credit2_rq *rq,
		struct credit2_unit *cur, struct credit2_unit *next,
		uint32_t cpu)
{
	if (next != cur) {
		credit2_queue_del(next);
		next->scheduled = true;
	} else {
		credit2_load(s, next, 0);
	}
	if (cpuset_has(&rq->idle, cpu)) {
		cpuset_del(&rq->idle, cpu);
		credit2_smt_idle_clear(s, rq, cpu);
	}
	if (next->credit <= CREDIT2_CREDIT_RESET &&
	    head_credit(rq) <= CREDIT2_CREDIT_RESET) {
		reset(s, rq, next);
		credit2_balance(s, rq);
	}
	next->start_ns = s->now_ns;
	next->tickled_cpu = CPU_NONE;
	if (next->unit.processor != cpu) {
		next->credit += CREDIT2_MOVE_BONUS;
		next->bonus += CREDIT2_MOVE_BONUS;
		sched_set_processor(s, &next->unit, cpu);
	}
}

static void idle(struct sched *s, struct credit2_rq *rq, uint32_t cpu)
{
	if (!cpuset_has(&rq->idle, cpu)) {
		cpuset_add(&rq->idle, cpu);
		credit2_smt_idle_set(s, rq, cpu);
	}
	credit2_rq_load(s, rq, 0);
}

static void reset(struct sched *s, struct credit2_rq *rq,
		  struct credit2_unit *next)
{
	bool extra = next->credit == CREDIT2_CREDIT_MIN;

	list_each (link, &rq->members) {
		struct credit2_unit *u =
			LIST_ENTRY(link, struct credit2_unit, member);
		if (credit2_refill(u, u->unit.running, rq->max_weight, extra,
				   s->now_ns))
			credit2_tickle_cpu(s, rq, u->unit.processor);
	}
}

static int64_t slice_ns(struct sched *s, struct credit2_rq *rq,
			const struct credit2_unit *cur,
			const struct credit2_unit *next)
{
	struct credit2 *c2 = credit2_of(s);
	struct credit2_slice in = {
		.credit = next->credit,
		.budget_ns = next->budget_ns,
		.weight = next->weight,
		.max_weight = rq->max_weight,
		.head_credit = head_credit(rq),
		.ratelimit_ns = c2->ratelimit_ns,
	};

	if (next == cur)
		in.already_ran_ns = s->now_ns - cur->unit.state_entry_ns;
	else if (cur && cur->requeue && c2->heed_inflight)
		in.inflight_credit = cur->credit;
	return credit2_slice_ns(&in);
}

static void credit2_context_saved(struct sched *s, struct sched_unit *unit)
{
	struct credit2_unit *u = credit2_unit(unit);
	bool requeue = u->requeue;
	struct list unparked;

	list_init(&unparked);
	u->scheduled = false;
	u->requeue = false;
	if (credit2_has_cap(u) && u->budget_ns > 0)
		credit2_budget_return(u, &unparked);
	if (requeue && unit_runnable(unit)) {
		credit2_queue_add(u);
		credit2_tickle(s, u);
	} else {
		credit2_load(s, u, -1);
	}
	credit2_unpark(s, &unparked);
}

/* --- what happens to a unit ----------------------------------------------- */

static void credit2_unit_insert(struct sched *s, struct sched_unit *unit)
{
	struct credit2_unit *u = credit2_unit(unit);

	u->weight = unit->dom->params.weight;
	u->credit = CREDIT2_CREDIT_INIT;
	u->budget_ns = CREDIT2_BUDGET_NONE_NS;
	u->tickled_cpu = CPU_NONE;
	u->avgload = INT64_C(1) << credit2_of(s)->load_precision >> 1;
	u->load_upd = s->now_ns >> CREDIT2_LOAD_GRANULARITY;
	list_init(&u->waiting);
	list_init(&u->member);
	list_init(&u->parked);
	unit->processor = credit2_pick(s, unit);
	credit2_assign(u, credit2_rq_of(s, unit->processor));
}

static void credit2_unit_remove(struct sched *s, struct sched_unit *unit)
{
	struct credit2_unit *u = credit2_unit(unit);

	(void)s;
	assert(!credit2_waits(u) && !u->scheduled);
	list_del(&u->parked);
	credit2_deassign(u);
}

static void credit2_wake(struct sched *s, struct sched_unit *unit)
{
	struct credit2_unit *u = credit2_unit(unit);

	if (credit2_waits(u) || unit->running)
		return;
	if (u->scheduled) {
		u->requeue = true;
		return;
	}
	credit2_load(s, u, 1);
	credit2_queue_add(u);
	credit2_tickle(s, u);
}

static void credit2_sleep(struct sched *s, struct sched_unit *unit)
{
	struct credit2_unit *u = credit2_unit(unit);

	if (unit->running) {
		credit2_tickle_cpu(s, u->rq, unit->processor);
	} else if (credit2_waits(u)) {
		credit2_load(s, u, -1);
		credit2_queue_del(u);
	}
}

static void credit2_yield(struct sched *s, struct sched_unit *unit)
{
	(void)s;
	credit2_unit(unit)->yields = true;
}

static void credit2_affinity(struct sched *s, struct sched_unit *unit)
{
	(void)s;
	credit2_unit(unit)->pinned = cpuset_count(&unit->hard) == 1;
}

static void credit2_migrate(struct sched *s, struct sched_unit *unit,
			    uint32_t cpu)
{
	struct credit2_unit *u = credit2_unit(unit);
	struct credit2_rq *to = credit2_rq_of(s, cpu);

	if (to != u->rq)
		credit2_move(s, u, to);
	else
		sched_set_processor(s, unit, cpu);
}

static void credit2_init(struct sched *s)
{
	struct credit2 *c2 = arena_alloc(s->arena, sizeof(*c2));
	const struct sched_params *p = &s->params;

	c2->ratelimit_ns = p->sched_ratelimit_us * 1000;
	c2->migrate_resist = p->sched_credit2_migrate_resist * 1000;
	c2->cap_period_ns = p->credit2_cap_period_ms * 1000000;
	c2->load_window = (uint32_t)p->credit2_load_window_shift -
			  CREDIT2_LOAD_GRANULARITY;
	c2->load_precision = (uint32_t)p->credit2_load_precision_shift;
	c2->smt_power_savings = p->sched_smt_power_savings != 0;
	c2->heed_inflight = p->xen_version >= 419;
	c2->rq = arena_array(s->arena, s->nr_cpus, sizeof(*c2->rq));
	c2->cpu_rq = arena_array(s->arena, s->nr_cpus, sizeof(*c2->cpu_rq));
	c2->siblings = arena_array(s->arena, s->nr_cpus,
				   sizeof(*c2->siblings));
	s->priv = c2;
}

static void credit2_soft_init(struct sched *s)
{
	credit2_init(s);
	credit2_of(s)->soft_balance = true;
}

#define CREDIT2_HOOKS                               \
	.unit_bytes = sizeof(struct credit2_unit),  \
	.dom_bytes = sizeof(struct credit2_dom),    \
	.cpu_add = credit2_cpu_add,                 \
	.dom_init = credit2_dom_init,               \
	.dom_fini = credit2_dom_fini,               \
	.dom_set = credit2_dom_set,                 \
	.unit_insert = credit2_unit_insert,         \
	.unit_remove = credit2_unit_remove,         \
	.pick = credit2_pick,                       \
	.migrate = credit2_migrate,                 \
	.wake = credit2_wake,                       \
	.sleep = credit2_sleep,                     \
	.yield = credit2_yield,                     \
	.affinity = credit2_affinity,               \
	.schedule = credit2_schedule,               \
	.context_saved = credit2_context_saved,     \
	.timer = credit2_timer,                     \
	.check = credit2_check

const struct sched_ops sched_credit2 = {
	.summary = "Xen's default: credits by weight, run queues of 16 CPUs",
	.init = credit2_init,
	CREDIT2_HOOKS,
};

const struct sched_ops sched_credit2_soft = {
	.summary = "ours: credit2 that balances by soft affinity",
	.init = credit2_soft_init,
	CREDIT2_HOOKS,
};
