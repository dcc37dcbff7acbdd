/*
 * credit_acct.c - burning, ticks, and the accounting that hands out credits.
 *
 * RULE    facts/xen.md 7.2 "burn", "tick", "accounting". Each time slice the
 *         pool has 300 credits a CPU (at 30 ms), and what its units owe
 *         together. Active domains are asked in turn:
 *
 *           fair  its part of the pool by weight * active units
 *           peak  what its units can use, or its cap
 *
 *         One that cannot use its fair part gets the peak, and the rest goes to
 *         the pool for those after it; if somebody before it could have used
 *         more, it goes to the head of the list, to be before them next time.
 *
 *         All sums are of 32 bits and wrap, as in Xen.
 */
#include "xen/credit.h"

#include "base/err.h"

/* One accounting, half-way. */
struct account {
	uint32_t weight, weight_left;
	uint32_t total;   /* credits still to be had */
	int32_t balance;  /* of the last accounting */
	bool extra;       /* some domain could have used more */
};

static void tick(struct sched *s, uint32_t cpu);
static void charge(struct sched *s, uint32_t cpu, struct credit_unit *u);
static void queue_sort(struct credit *c, uint32_t cpu);
static uint32_t fair_share(struct credit *c, struct account *a,
			   struct credit_dom *d, uint32_t *cap_each);
static int32_t earn(struct sched *s, struct credit_unit *u, uint32_t share,
		    uint32_t cap_each);
static void park(struct sched *s, struct credit_unit *u);
static void unpark(struct sched *s, struct credit_unit *u);

static inline uint32_t div_up(uint32_t a, uint32_t b)
{
	return (a + (b - 1)) / b;
}

/* --- burning -------------------------------------------------------------- */

void credit_burn(struct credit_unit *u, int64_t now_ns)
{
	int64_t delta_ns = now_ns - u->start_ns;

	if (delta_ns <= 0)
		return;
	int64_t parts = delta_ns * CREDIT_PER_MS + u->residual;
	int64_t credits = parts / 1000000;

	u->residual = parts % 1000000;
	u->credit = (int32_t)((uint32_t)u->credit - (uint32_t)credits);
	u->start_ns += credits * CREDIT_NS;
}

/* --- ticks ---------------------------------------------------------------- */

void credit_timer(struct sched *s, const struct sched_timer *timer)
{
	struct credit *c = credit_of(s);

	if (timer->info.kind == SCHED_TIMER_TICK) {
		tick(s, timer->info.cpu);
		return;
	}
	assert(timer->info.kind == SCHED_TIMER_ACCT);
	credit_acct(s);
	s->env.timer_set(s->env.world, c->timer, s->now_ns + c->tslice_ns);
}

static void tick(struct sched *s, uint32_t cpu)
{
	struct credit *c = credit_of(s);
	struct sched_unit *cur = s->cpu[cpu].current;

	if (cur)
		charge(s, cpu, credit_unit(cur));
	queue_sort(c, cpu);
	s->env.timer_set(s->env.world, c->cpu[cpu].timer,
			 s->now_ns + c->tick_ns);
}

/* The second tick that finds it running looks for a better CPU. */
static void charge(struct sched *s, uint32_t cpu, struct credit_unit *u)
{
	if (u->pri == CREDIT_PRI_BOOST)
		u->pri = CREDIT_PRI_UNDER;
	credit_burn(u, s->now_ns);
	if (!credit_active(u)) {
		credit_acct_start(credit_of(s), u);
	} else if (credit_best_cpu(s, u, false) != cpu) {
		sched_flag_set(s, &u->unit, SCHED_FLAG_MIGRATING);
		sched_raise(s, cpu);
	}
}

/* Those OVER go behind the others; else all keep their order. */
static void queue_sort(struct credit *c, uint32_t cpu)
{
	struct credit_cpu *pc = &c->cpu[cpu];
	struct list *head = &pc->waiting, *last = head;

	if (pc->sorted == c->sort_epoch)
		return;
	pc->sorted = c->sort_epoch;
	for (struct list *at = head->next, *after; at != head; at = after) {
		struct credit_unit *u =
			LIST_ENTRY(at, struct credit_unit, waiting);

		after = at->next;
		u->behind = false;
		if (u->pri < CREDIT_PRI_UNDER)
			continue;
		if (at->prev != last) {
			list_del(at);
			list_add_head(last, at);
		}
		last = at;
	}
}

/* All ticks are in phase: at multiples of the period. */
void credit_tick_start(struct sched *s, uint32_t cpu)
{
	const struct credit *c = credit_of(s);

	s->env.timer_set(s->env.world, c->cpu[cpu].timer,
			 s->now_ns + c->tick_ns - s->now_ns % c->tick_ns);
}

void credit_tick_stop(struct sched *s, uint32_t cpu)
{
	s->env.timer_stop(s->env.world, credit_of(s)->cpu[cpu].timer);
}

/* --- the active lists ----------------------------------------------------- */

void credit_acct_start(struct credit *c, struct credit_unit *u)
{
	struct credit_dom *d = credit_dom(u->unit.dom);

	d->nr_active++;
	list_add_head(&d->active, &u->active);
	c->weight += d->dom.params.weight;
	if (list_empty(&d->active_link))
		list_add_head(&c->active, &d->active_link);
}

void credit_acct_stop(struct credit *c, struct credit_unit *u)
{
	struct credit_dom *d = credit_dom(u->unit.dom);

	assert(d->nr_active > 0);
	d->nr_active--;
	list_del(&u->active);
	c->weight -= d->dom.params.weight;
	if (list_empty(&d->active))
		list_del(&d->active_link);
}

/* --- accounting ----------------------------------------------------------- */

void credit_acct(struct sched *s)
{
	struct credit *c = credit_of(s);
	struct account a = {.weight = c->weight, .weight_left = c->weight,
			    .total = c->total, .balance = c->balance};
	uint32_t balance = 0;

	if (a.balance < 0)
		a.total -= (uint32_t)a.balance;
	c->balance = 0;
	if (a.weight == 0)
		return;
	for (struct list *at = c->active.next, *after; at != &c->active;
	     at = after) {
		struct credit_dom *d =
			LIST_ENTRY(at, struct credit_dom, active_link);
		uint32_t cap_each = 0;
		uint32_t share;

		after = at->next;
		share = fair_share(c, &a, d, &cap_each);
		for (struct list *unit = d->active.next, *next;
		     unit != &d->active; unit = next) {
			next = unit->next;
			balance += (uint32_t)earn(
				s, LIST_ENTRY(unit, struct credit_unit, active),
				share, cap_each);
		}
	}
	c->balance = (int32_t)balance;
	c->sort_epoch++;
}

/* Credits for each active unit of the domain. */
static uint32_t fair_share(struct credit *c, struct account *a,
			   struct credit_dom *d, uint32_t *cap_each)
{
	uint32_t cap = d->dom.params.cap;
	uint32_t weight = d->dom.params.weight * d->nr_active;
	uint32_t peak = d->nr_active * c->per_tslice;
	uint32_t fair = div_up(a->total * weight, a->weight);

	a->weight_left -= weight;
	if (a->balance < 0)
		peak += div_up(-(uint32_t)a->balance * weight, a->weight);
	if (cap) {
		uint32_t cap_all = (cap * c->per_tslice + 99) / 100;

		if (cap_all < peak)
			peak = cap_all;
		*cap_each = div_up(cap_all, d->nr_active);
	}
	if (fair < peak) {
		a->extra = true;
	} else {
		if (a->weight_left)
			a->total += div_up((fair - peak) * a->weight,
					   a->weight_left);
		if (a->extra) {
			list_del(&d->active_link);
			list_add_head(&c->active, &d->active_link);
		}
		fair = peak;
	}
	return div_up(fair, d->nr_active);
}

/* The unit's credit then. One that saves more than a slice's leaves the list
 * with half of it, to begin a little ahead when it comes back. */
static int32_t earn(struct sched *s, struct credit_unit *u, uint32_t share,
		    uint32_t cap_each)
{
	struct credit *c = credit_of(s);
	int32_t most = (int32_t)c->per_tslice;

	u->credit = (int32_t)((uint32_t)u->credit + share);
	if (u->credit < 0) {
		u->pri = CREDIT_PRI_OVER;
		if (u->unit.dom->params.cap && !u->parked &&
		    u->credit < -(int64_t)cap_each)
			park(s, u);
		if (u->credit < -most)
			u->credit = -most;
		return u->credit;
	}
	u->pri = CREDIT_PRI_UNDER;
	if (u->parked)
		unpark(s, u);
	if (u->credit > most) {
		credit_acct_stop(c, u);
		u->credit /= 2;
	}
	return u->credit;
}

static void park(struct sched *s, struct credit_unit *u)
{
	u->parked = true;
	sched_flag_set(s, &u->unit, SCHED_FLAG_PARKED);
	s->ops->sleep(s, &u->unit);
}

/* It is marked parked until it has been woken, so that it is not boosted. */
static void unpark(struct sched *s, struct credit_unit *u)
{
	sched_flag_clear(s, &u->unit, SCHED_FLAG_PARKED);
	sched_wake_if_runnable(s, &u->unit);
	u->parked = false;
}
