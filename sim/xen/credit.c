#include "xen/credit.h"

#include "base/arena.h"
#include "base/err.h"

static bool keeps_running(const struct sched *s, const struct credit_unit *cur,
			  int64_t *limit_ns);
static void queue_add(struct credit *c, struct credit_unit *u);
static struct credit_unit *take(struct sched *s, uint32_t cpu);
static bool may_balance(const struct sched *s, struct credit_cpu *pc);
static void idle_mark(struct sched *s, uint32_t cpu, bool was_busy, bool busy);

/* --- the queues ----------------------------------------------------------- */

void credit_runnable_inc(struct credit *c, uint32_t cpu)
{
	if (++c->cpu[cpu].nr_runnable > 1)
		cpuset_add(&c->loaded, cpu);
}

void credit_runnable_dec(struct credit *c, uint32_t cpu)
{
	assert(c->cpu[cpu].nr_runnable > 0);
	if (--c->cpu[cpu].nr_runnable <= 1)
		cpuset_del(&c->loaded, cpu);
}

/* Before the first of lower priority; one that yields lets that one go first,
 * too. */
static void queue_add(struct credit *c, struct credit_unit *u)
{
	struct list *head = &c->cpu[u->unit.processor].waiting;
	struct list *at = head->next;

	for (; at != head; at = at->next)
		if (LIST_ENTRY(at, struct credit_unit, waiting)->pri < u->pri)
			break;
	u->behind = u->yields && at != head;
	if (u->behind)
		at = at->next;
	list_add_before(at, &u->waiting);
}

void credit_queue_del(struct credit_unit *u)
{
	list_del(&u->waiting);
	u->yields = false;
	u->behind = false;
}

/* --- schedule ------------------------------------------------------------- */

static struct sched_decision credit_schedule(struct sched *s, uint32_t cpu)
{
	struct credit *c = credit_of(s);
	struct credit_unit *cur = credit_unit(s->cpu[cpu].current);
	int64_t limit_ns = c->tslice_ns;

	if (cur) {
		credit_burn(cur, s->now_ns);
		cur->last_sched_ns = s->now_ns;
		if (keeps_running(s, cur, &limit_ns))
			return (struct sched_decision){&cur->unit, limit_ns};
		cur->start_ns -= s->now_ns;
		if (unit_runnable(&cur->unit))
			queue_add(c, cur);
		else
			credit_runnable_dec(c, cpu);
		if (!c->spare_yielders)
			cur->yields = false;
	}

	struct credit_unit *next = take(s, cpu);

	idle_mark(s, cpu, cur != NULL, next != NULL);
	if (!next)
		return (struct sched_decision){NULL, -1};
	next->start_ns += s->now_ns;
	return (struct sched_decision){&next->unit, limit_ns};
}

/* The rate limit: who has begun is not stopped so soon. */
static bool keeps_running(const struct sched *s, const struct credit_unit *cur,
			  int64_t *limit_ns)
{
	int64_t ratelimit_ns = credit_of(s)->ratelimit_ns;
	int64_t ran_ns = s->now_ns - cur->unit.state_entry_ns;

	if (cur->yields || !unit_runnable(&cur->unit) ||
	    ran_ns >= ratelimit_ns)
		return false;
	*limit_ns = ran_ns < CREDIT_TIMER_MIN_NS ? CREDIT_TIMER_MIN_NS
						 : ratelimit_ns - ran_ns;
	return true;
}

/* The first in line, unless another CPU has a better one. */
static struct credit_unit *take(struct sched *s, uint32_t cpu)
{
	struct credit_cpu *pc = &credit_of(s)->cpu[cpu];
	struct list *first = list_first(&pc->waiting);
	struct credit_unit *head = NULL;
	int32_t pri = CREDIT_PRI_IDLE;

	if (first) {
		head = LIST_ENTRY(first, struct credit_unit, waiting);
		pri = head->pri;
	}
	if (pri <= CREDIT_PRI_OVER && may_balance(s, pc)) {
		struct credit_unit *stolen = credit_steal(s, cpu, pri);

		if (stolen)
			return stolen;
	}
	if (head)
		credit_queue_del(head);
	return head;
}

/* Since 4.18 not more often than the limit allows, found something or not. */
static bool may_balance(const struct sched *s, struct credit_cpu *pc)
{
	const struct credit *c = credit_of(s);

	if (c->limit_balance &&
	    s->now_ns - pc->last_balance_ns <= c->balance_ratelimit_ns)
		return false;
	pc->last_balance_ns = s->now_ns;
	return true;
}

static void idle_mark(struct sched *s, uint32_t cpu, bool was_busy, bool busy)
{
	struct credit *c = credit_of(s);

	if (busy)
		cpuset_del(&c->idlers, cpu);
	else
		cpuset_add(&c->idlers, cpu);
	if (was_busy && !busy)
		credit_tick_stop(s, cpu);
	if (!was_busy && busy)
		credit_tick_start(s, cpu);
}

/* --- what happens to a unit ----------------------------------------------- */

static uint32_t credit_pick(struct sched *s, struct sched_unit *unit)
{
	credit_unit(unit)->no_boost = true;
	return credit_best_cpu(s, credit_unit(unit), true);
}

static void credit_unit_insert(struct sched *s, struct sched_unit *unit)
{
	struct credit_unit *u = credit_unit(unit);

	u->pri = CREDIT_PRI_UNDER;
	list_init(&u->waiting);
	list_init(&u->active);
	unit->processor = credit_pick(s, unit);
}

static void credit_unit_remove(struct sched *s, struct sched_unit *unit)
{
	struct credit_unit *u = credit_unit(unit);

	assert(!credit_waits(u));
	if (credit_active(u))
		credit_acct_stop(credit_of(s), u);
}

static void credit_wake(struct sched *s, struct sched_unit *unit)
{
	struct credit_unit *u = credit_unit(unit);
	bool boost = !u->no_boost && !u->parked;

	if (unit->running || credit_waits(u))
		return;
	u->no_boost = false;
	if (boost && u->pri == CREDIT_PRI_UNDER)
		u->pri = CREDIT_PRI_BOOST;
	queue_add(credit_of(s), u);
	credit_runnable_inc(credit_of(s), unit->processor);
	credit_tickle(s, u);
}

static void credit_sleep(struct sched *s, struct sched_unit *unit)
{
	struct credit_unit *u = credit_unit(unit);

	if (unit->running) {
		sched_raise(s, unit->processor);
	} else if (credit_waits(u)) {
		credit_runnable_dec(credit_of(s), unit->processor);
		credit_queue_del(u);
	}
}

static void credit_yield(struct sched *s, struct sched_unit *unit)
{
	(void)s;
	credit_unit(unit)->yields = true;
}

static void credit_affinity(struct sched *s, struct sched_unit *unit)
{
	(void)s;
	credit_unit(unit)->pinned = cpuset_count(&unit->hard) == 1;
}

/* --- pool and domains ----------------------------------------------------- */

static void credit_init(struct sched *s)
{
	struct credit *c = arena_alloc(s->arena, sizeof(*c));
	const struct sched_params *p = &s->params;
	int64_t ticks = p->sched_credit_tslice_ms < CREDIT_TICKS
				? 1 : CREDIT_TICKS;

	c->tslice_ns = p->sched_credit_tslice_ms * 1000000;
	c->tick_ns = p->sched_credit_tslice_ms * 1000 / ticks * 1000;
	c->ratelimit_ns = p->sched_ratelimit_us * 1000;
	if (c->ratelimit_ns > c->tslice_ns)
		c->ratelimit_ns = c->tslice_ns;
	c->migration_delay_ns = p->vcpu_migration_delay * 1000;
	c->balance_ratelimit_ns = p->load_balance_ratelimit * 1000;
	c->limit_balance = p->xen_version >= 418;
	c->spare_yielders = p->xen_version >= 418;
	c->smt_power_savings = p->sched_smt_power_savings != 0;
	c->tickle_one_idle = p->tickle_one_idle_cpu != 0;
	c->span = (struct cpuset_span){0, s->nr_words};
	c->per_tslice = (uint32_t)(CREDIT_PER_MS * p->sched_credit_tslice_ms);
	c->cpu = arena_array(s->arena, s->nr_cpus, sizeof(*c->cpu));
	c->node = arena_array(s->arena, s->nr_cpus, sizeof(*c->node));
	list_init(&c->active);
	s->priv = c;
}

/* The node's entry, in order of node numbers. */
static struct credit_node *node_of(struct sched *s, uint32_t node)
{
	struct credit *c = credit_of(s);
	uint32_t at = 0;

	while (at < c->nr_nodes && c->node[at].node < node)
		at++;
	if (at < c->nr_nodes && c->node[at].node == node)
		return &c->node[at];
	for (uint32_t i = c->nr_nodes++; i > at; i--)
		c->node[i] = c->node[i - 1];
	c->node[at] = (struct credit_node){.node = node, .bias = CPU_NONE};
	return &c->node[at];
}

/* The CPU and those before it know each other; node indexes may have moved. */
static void neighbours(struct sched *s, uint32_t cpu)
{
	struct credit *c = credit_of(s);
	const struct sched_cpu *a = &s->cpu[cpu];

	for (uint32_t o = 0; o <= cpu; o++) {
		const struct sched_cpu *b = &s->cpu[o];

		if (!cpuset_has(&s->pool, o))
			continue;
		if (a->socket == b->socket) {
			cpuset_add(&c->cpu[cpu].socket, o);
			cpuset_add(&c->cpu[o].socket, cpu);
		}
		if (a->socket == b->socket && a->core == b->core) {
			cpuset_add(&c->cpu[cpu].siblings, o);
			cpuset_add(&c->cpu[o].siblings, cpu);
		}
		for (uint32_t i = 0; i < c->nr_nodes; i++)
			if (c->node[i].node == b->node)
				c->cpu[o].node_index = i;
	}
}

static void credit_cpu_add(struct sched *s, uint32_t cpu)
{
	struct credit *c = credit_of(s);
	struct credit_cpu *pc = &c->cpu[cpu];
	struct credit_node *node = node_of(s, s->cpu[cpu].node);

	c->total += c->per_tslice;
	if (c->nr_cpus++ == 0) {
		c->timer = sched_timer_add(s, SCHED_TIMER_ACCT, cpu, NULL);
		s->env.timer_set(s->env.world, c->timer,
				 s->now_ns + c->tslice_ns);
	}
	if (node->bias == CPU_NONE)
		node->bias = cpu;
	cpuset_add(&node->cpus, cpu);
	list_init(&pc->waiting);
	pc->idle_bias = s->nr_cpus - 1;
	pc->sorted = c->sort_epoch;
	pc->last_balance_ns = s->now_ns;
	pc->timer = sched_timer_add(s, SCHED_TIMER_TICK, cpu, NULL);
	s->env.timer_set(s->env.world, pc->timer, s->now_ns + c->tick_ns);
	cpuset_add(&c->idlers, cpu);
	neighbours(s, cpu);
}

static void credit_dom_init(struct sched *s, struct sched_dom *dom)
{
	(void)s;
	list_init(&credit_dom(dom)->active);
	list_init(&credit_dom(dom)->active_link);
}

static int credit_dom_set(struct sched *s, struct sched_dom *dom,
			  const struct sched_dom_params *params,
			  struct err *err)
{
	struct credit *c = credit_of(s);
	uint32_t nr_active = credit_dom(dom)->nr_active;

	(void)err;
	c->weight -= dom->params.weight * nr_active;
	c->weight += params->weight * nr_active;
	dom->params = *params;
	return 0;
}

const struct sched_ops sched_credit = {
	.summary = "Xen's old default: credits by weight, a queue for each CPU",
	.unit_bytes = sizeof(struct credit_unit),
	.dom_bytes = sizeof(struct credit_dom),
	.init = credit_init,
	.cpu_add = credit_cpu_add,
	.dom_init = credit_dom_init,
	.dom_set = credit_dom_set,
	.unit_insert = credit_unit_insert,
	.unit_remove = credit_unit_remove,
	.pick = credit_pick,
	.migrate = sched_set_processor,
	.wake = credit_wake,
	.sleep = credit_sleep,
	.yield = credit_yield,
	.affinity = credit_affinity,
	.schedule = credit_schedule,
	.timer = credit_timer,
	.check = credit_check,
};
