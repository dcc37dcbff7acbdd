/*
 * rtds.h - the inside of Xen's real-time scheduler, for its file and tests.
 *
 * SOURCE  xen-project/xen at c447b730, xen/common/sched/rt.c, as described in
 *         facts/xen.md 7.5 and by the traces of that code (README section 5,
 *         points 9 and 10). Names below are Xen's where it has one.
 *
 * MODEL   Each unit is promised a budget of CPU time in each period; deadlines
 *         are the ends of its periods, multiples of the period from boot. The
 *         pool has one queue, ordered by priority: the lower level first, in a
 *         level the earlier deadline, of equals the one that came first.
 *
 *           runq       [level 0, 20 ms] [level 0, 30 ms] [level 1, 20 ms]
 *           depletedq  no budget, no extratime: not before their deadline
 *           replq      who gets a new budget when: all that run, wait or are
 *                      depleted; one timer, at the deadline of its head
 *
 *         Running burns the budget. Used up: with extratime the unit has it
 *         again, one level lower in priority; else it is depleted. At its
 *         deadline (or when it wakes past it) it has a new deadline, the whole
 *         budget and level 0.
 *
 *         Only hard affinity counts. Nothing here knows of nodes.
 *
 *         Kept as it is in Xen: replq is ordered by priority like runq when a
 *         unit comes in, and not sorted again when levels change, so a new
 *         budget can be late; it does not stretch the slice that runs.
 *
 * UNITS   _ns
 *
 * INVARIANTS, all asserted by rtds_check(), which may be called between events:
 *   R1  A unit is in a queue exactly if it is runnable and does not run.
 *   R2  It is on replq exactly if it runs or is in a queue.
 *   R3  runq is in order of priority and has nobody without budget (4.17 lets
 *       one in that was depleted and then allowed extratime).
 *   R4  Who is in depletedq has no budget left.
 *   R5  Budgets are >= 0, deadlines > 0.
 *   R6  A tickled CPU is about to schedule.
 *   R7  A unit is marked scheduled exactly if it runs.
 *
 * LEFT OUT  see sched.h; weights and caps have no meaning.
 *
 * COST    O(units waiting) a schedule or wake; O(CPUs) a tickle.
 *
 * TESTS   sim/test/check_rtds.c, check_sched_traces.c
 */
#ifndef XEN_RTDS_H
#define XEN_RTDS_H

#include "xen/sched_private.h"

/* Read in the source (facts/xen.md 7.5). */
#define RTDS_TIME_MIN_NS INT64_C(10000)
/* Ours: Xen takes longer ones, of no use. */
#define RTDS_PERIOD_MAX_NS (INT64_C(1) << 45)

struct rtds_unit {
	struct sched_unit unit;
	struct sched_rtds_params params; /* from the next deadline on */
	int64_t cur_budget_ns;
	int64_t cur_deadline_ns;
	int64_t last_start_ns; /* burned up to here, while running */
	uint32_t level;        /* of priority; 0 is best */
	bool depleted;         /* used up, until it is told of a new budget */
	bool scheduled;        /* chosen, until its context is saved */
	bool requeue;          /* queue it when its context is saved */
	struct list queue;     /* on runq or depletedq */
	struct list repl;      /* on replq */
};

struct rtds {
	struct list runq, depletedq, replq;
	uint32_t timer;
	bool lenient;          /* as 4.17 about extratime of depleted ones */
	struct cpuset_span span;
	cpuset tickled;
};

static inline struct rtds *rtds_of(const struct sched *s)
{
	return s->priv;
}

static inline struct rtds_unit *rtds_unit(struct sched_unit *unit)
{
	return (struct rtds_unit *)(void *)unit;
}

static inline bool rtds_queued(const struct rtds_unit *u)
{
	return !list_empty(&u->queue);
}

/* Strictly before b. */
static inline bool rtds_before(const struct rtds_unit *a,
			       const struct rtds_unit *b)
{
	if (a->level != b->level)
		return a->level < b->level;
	return a->cur_deadline_ns < b->cur_deadline_ns;
}

void rtds_check(const struct sched *s);

#endif
