/*
 * credit2_balance.c - moving units between run queues, after a credit reset.
 *
 * RULE    facts/xen.md 7.3 "balance_load". The queue that was reset looks for
 *         the queue whose load differs most from its own, then for the move or
 *         swap of two units that leaves the smallest difference.
 *
 *         Two of Xen's oddities are kept: whether to balance at all is judged
 *         by the queue visited last, not by the one chosen; and soft affinity
 *         does not count here at all, so units leave their home node. A third:
 *         the averages of the other queue's units are refreshed only if this
 *         queue has a unit that could be pushed.
 *
 * DIFFERS credit2-soft, which is ours and not in Xen, keeps vCPUs near their
 *         memory. It is credit2 with two more rules, here alone:
 *
 *         home    A unit is at home in a queue that has CPUs of its soft
 *                 affinity. A unit at home is not moved to a queue where it
 *                 would not be, unless its queue is crowded: two units or more
 *                 on average for each CPU. (Beside one other it has half of a
 *                 CPU, about what memory at twice the distance can cost it.)
 *         return  A queue that was reset first sends one of its units that are
 *                 not at home to the home with least load, if that has a CPU
 *                 free for it on average; then it looks no further this time.
 *
 * COST    O(units here * units there).
 */
#include "xen/credit2.h"

#include "base/arena.h"

/* Chosen; see "home" above. */
enum { CREDIT2_SOFT_CROWD = 2 };

/* The best move found so far. */
struct balance {
	struct credit2_rq *local, *other;
	int64_t delta; /* difference of loads it would leave */
	struct credit2_unit *push, *pull;
};

static bool send_home(struct sched *s, struct credit2_rq *local);
static struct credit2_rq *free_home(struct sched *s,
				    const struct credit2_unit *u);
static bool keeps_home(const struct sched *s, const struct credit2_unit *u,
		       const struct credit2_rq *from,
		       const struct credit2_rq *to);
static bool worth_it(struct sched *s, const struct credit2_rq *local,
		     const struct credit2_rq *last, int64_t delta);
static void search(struct sched *s, struct balance *b);
static void consider(struct balance *b, struct credit2_unit *push,
		     struct credit2_unit *pull);
static uint32_t members_movable(struct sched *s, struct credit2_rq *from,
				const struct credit2_rq *to, bool refresh,
				struct credit2_unit **out);
static struct credit2_unit **scratch_take(struct sched *s, uint64_t count);

void credit2_balance(struct sched *s, struct credit2_rq *local)
{
	struct credit2 *c2 = credit2_of(s);
	struct balance b = {.local = local};
	struct credit2_rq *last = local;

	credit2_rq_load(s, local, 0);
	if (c2->soft_balance && send_home(s, local))
		return;
	for (uint32_t i = 0; i < c2->nr_rqs; i++) {
		last = &c2->rq[i];
		if (last == local)
			continue;
		credit2_rq_load(s, last, 0);
		int64_t delta = local->b_avgload - last->b_avgload;

		if (delta < 0)
			delta = -delta;
		if (delta > b.delta) {
			b.delta = delta;
			b.other = last;
		}
	}
	if (!b.other || !worth_it(s, local, last, b.delta))
		return;
	search(s, &b);
	if (b.push)
		credit2_move(s, b.push, b.other);
	if (b.pull)
		credit2_move(s, b.pull, b.local);
}

static bool at_home(const struct credit2_unit *u, const struct credit2_rq *rq)
{
	return cpuset_intersects_in(&u->unit.soft_step, &rq->cpus, rq->span);
}

/* Was there one to send? */
static bool send_home(struct sched *s, struct credit2_rq *local)
{
	list_each (link, &local->members) {
		struct credit2_unit *u =
			LIST_ENTRY(link, struct credit2_unit, member);

		if (!u->unit.has_soft || u->migrate_request ||
		    at_home(u, local))
			continue;
		credit2_unit_load(s, u, 0);
		struct credit2_rq *home = free_home(s, u);

		if (home) {
			credit2_move(s, u, home);
			return true;
		}
	}
	return false;
}

static struct credit2_rq *free_home(struct sched *s,
				    const struct credit2_unit *u)
{
	struct credit2 *c2 = credit2_of(s);
	struct credit2_rq *best = NULL;

	for (uint32_t i = 0; i < c2->nr_rqs; i++) {
		struct credit2_rq *rq = &c2->rq[i];
		int64_t room = (int64_t)rq->nr_cpus << c2->load_precision;

		if (!at_home(u, rq))
			continue;
		credit2_rq_load(s, rq, 0);
		if (rq->b_avgload + u->avgload <= room &&
		    (!best || rq->b_avgload < best->b_avgload))
			best = rq;
	}
	return best;
}

static bool keeps_home(const struct sched *s, const struct credit2_unit *u,
		       const struct credit2_rq *from,
		       const struct credit2_rq *to)
{
	const struct credit2 *c2 = credit2_of(s);
	int64_t crowd = (int64_t)(CREDIT2_SOFT_CROWD * from->nr_cpus)
			<< c2->load_precision;

	return c2->soft_balance && u->unit.has_soft && at_home(u, from) &&
	       !at_home(u, to) && from->b_avgload < crowd;
}

static bool worth_it(struct sched *s, const struct credit2_rq *local,
		     const struct credit2_rq *last, int64_t delta)
{
	int64_t bits = credit2_of(s)->load_precision;
	int64_t load = local->b_avgload > last->b_avgload ? local->b_avgload
							  : last->b_avgload;
	int64_t cpus = local->nr_cpus > last->nr_cpus ? local->nr_cpus
						      : last->nr_cpus;

	bits += load < cpus << bits ? s->params.credit2_balance_under
				    : s->params.credit2_balance_over;
	return delta >= INT64_C(1) << bits;
}

static void search(struct sched *s, struct balance *b)
{
	uint64_t count = 0;

	list_each (link, &b->local->members)
		count++;
	list_each (link, &b->other->members)
		count++;

	struct credit2_unit **push = scratch_take(s, count);
	uint32_t pushes = members_movable(s, b->local, b->other, true, push);
	struct credit2_unit **pull = push + pushes;
	uint32_t pulls = members_movable(s, b->other, b->local, pushes > 0,
					 pull);

	for (uint32_t i = 0; i < pushes; i++) {
		for (uint32_t j = 0; j < pulls; j++)
			consider(b, push[i], pull[j]);
		consider(b, push[i], NULL);
	}
	for (uint32_t j = 0; j < pulls; j++)
		consider(b, NULL, pull[j]);
}

/* Those of from that could run in to, may leave, and are not asked to move
 * already. */
static uint32_t members_movable(struct sched *s, struct credit2_rq *from,
				const struct credit2_rq *to, bool refresh,
				struct credit2_unit **out)
{
	uint32_t count = 0;

	list_each (link, &from->members) {
		struct credit2_unit *u =
			LIST_ENTRY(link, struct credit2_unit, member);

		if (refresh)
			credit2_unit_load(s, u, 0);
		if (!u->migrate_request && credit2_may_join(s, u, to) &&
		    !keeps_home(s, u, from, to))
			out[count++] = u;
	}
	return count;
}

static struct credit2_unit **scratch_take(struct sched *s, uint64_t count)
{
	struct credit2 *c2 = credit2_of(s);

	if (c2->scratch_max < count) {
		c2->scratch_max = (uint32_t)(2 * count);
		c2->scratch = arena_array(s->arena, c2->scratch_max,
					  sizeof(struct credit2_unit *));
	}
	return c2->scratch;
}

/* Strictly better, so that of equals the first found stays. */
static void consider(struct balance *b, struct credit2_unit *push,
		     struct credit2_unit *pull)
{
	int64_t out = push ? push->avgload : 0, in = pull ? pull->avgload : 0;
	int64_t delta = b->local->b_avgload - b->other->b_avgload +
			2 * (in - out);

	if (delta < 0)
		delta = -delta;
	if (delta >= b->delta)
		return;
	b->delta = delta;
	b->push = push;
	b->pull = pull;
}

void credit2_move(struct sched *s, struct credit2_unit *u,
		  struct credit2_rq *to)
{
	bool waits = credit2_waits(u);

	if (u->scheduled) {
		uint32_t cpu = u->unit.processor;

		u->migrate_rq = to;
		u->migrate_request = true;
		sched_flag_set(s, &u->unit, SCHED_FLAG_MIGRATING);
		cpuset_add(&u->rq->tickled, cpu);
		sched_raise(s, cpu);
		return;
	}
	if (waits) {
		credit2_queue_del(u);
		credit2_rq_load(s, u->rq, -1);
	}
	credit2_deassign(u);
	sched_set_processor(s, &u->unit, credit2_next_cpu(s, u, to));
	credit2_assign(u, to);
	if (waits) {
		credit2_rq_load(s, to, 1);
		credit2_queue_add(u);
		credit2_tickle(s, u);
	}
}
