/*
 * credit.h - the inside of Xen's credit scheduler (credit1), for its files and
 * tests.
 *
 * SOURCE  xen-project/xen at c447b730, xen/common/sched/credit.c, as described
 *         in facts/xen.md 7.2 and by the traces of that code (README section
 *         5, points 4 to 6). Names below are Xen's where it has one.
 *
 * MODEL   Each CPU has a queue of waiting units, ordered by priority, first
 *         come first within one:
 *
 *           cpu 0  running: d1v0    [d2v0 BOOST] [d3v1 UNDER] [d3v0 OVER]
 *           cpu 1  running: d1v1    (nobody waits)
 *           cpu 2  idle             -> steals d2v0 or d3v1 from cpu 0
 *
 *         Running burns 10 credits a ms. Once a time slice (30 ms) the
 *         accounting hands out what the CPUs can give in it, by weight, and
 *         makes a unit UNDER (credit left) or OVER. A unit that wakes while
 *         UNDER is BOOST until a tick finds it running.
 *
 *         A unit goes elsewhere in three ways: a CPU that has nobody better
 *         than OVER steals a better one (credit_steal.c); a tick finds a better
 *         CPU for the unit that runs (credit_pick.c); its affinity changes.
 *         Only active units - seen running by a tick, until they have saved
 *         more than a slice's credits - earn.
 *
 *         credit.c        schedule, wake, sleep, the queues
 *         credit_pick.c   which CPU a unit is given, which one is told of it
 *         credit_steal.c  who takes waiting units from whom
 *         credit_acct.c   burning, ticks, accounting, parking for a cap
 *         credit_check.c  the invariants
 *
 *         tick  every 10 ms on each CPU that does not idle: burn, BOOST to
 *               UNDER, sort the queue if the accounting has been at work
 *         acct  every 30 ms on one CPU
 *
 *         Kept as they are in Xen: a fraction of a credit is carried and its
 *         time is, too, so it counts twice; the accounting's sums wrap at 32
 *         bits; last_tickled belongs to the CPU whose code runs, not to that of
 *         the unit; nodes are searched by number, not by distance.
 *
 * UNITS   Credits are 100 us of CPU time each; residual is in 10^-6 credits.
 *         start_ns of a unit that does not run is minus the time not burned.
 *
 * INVARIANTS, all asserted by credit_check(), which may be called between
 * events (no CPU inside schedule()):
 *   K1  A unit waits exactly if it is runnable and not running, and then in the
 *       queue of its processor.
 *   K2  A CPU's nr_runnable is the number of units that wait there or run; the
 *       CPUs where it is above 1 are marked loaded.
 *   K3  Where the queue was sorted since the last accounting, nobody OVER
 *       stands before one who is better, unless that one yielded.
 *   K4  A domain counts its active units and is on the list exactly if it has
 *       any; weight is the sum of weight * active units.
 *   K5  priority is one of three; 0 <= residual < 1 credit.
 *   K6  A CPU marked idle runs nobody; one that runs nobody and is not marked
 *       is about to schedule.
 *   K7  A unit is marked parked exactly if the core knows it as parked; such a
 *       unit is active.
 *   K8  The credits of a slice are those of all CPUs of the pool.
 *
 * LEFT OUT  see sched.h; and the branch that would push the current unit to an
 *         idle CPU, which never runs in Xen.
 *
 * COST    schedule and wake: O(waiting on the CPU), and the words of a cpuset;
 *         a steal O(nodes + waiting units looked at), a pick O(CPUs * words),
 *         an accounting O(active units).
 *
 * TESTS   sim/test/check_credit.c, check_sched_traces.c
 */
#ifndef XEN_CREDIT_H
#define XEN_CREDIT_H

#include "xen/sched_private.h"

/* All read in the source (facts/xen.md 7.2). */
enum {
	CREDIT_PRI_BOOST = 0,
	CREDIT_PRI_UNDER = -1,
	CREDIT_PRI_OVER = -2,
	CREDIT_PRI_IDLE = -64
};
#define CREDIT_PER_MS INT64_C(10)
#define CREDIT_NS (INT64_C(1000000) / CREDIT_PER_MS) /* of one credit */
enum { CREDIT_TICKS = 3 }; /* per time slice; 1 if it is shorter than 3 ms */

/* The shortest slice left over by the rate limit. The source compares 100 us
 * with a number of ns. */
#define CREDIT_TIMER_MIN_NS INT64_C(100)

struct credit_unit {
	struct sched_unit unit;
	int32_t credit;
	int32_t pri;
	int64_t residual;
	int64_t start_ns;      /* burned up to here; may be ahead of now */
	int64_t last_sched_ns; /* when its CPU last scheduled; 0 = never */
	bool no_boost;         /* picked a CPU since its last wake */
	bool parked;
	bool yields;           /* until it leaves the queue again */
	bool behind;           /* queued behind one it would be before */
	bool pinned;           /* hard is exactly one CPU */
	struct list waiting;   /* on credit_cpu.waiting */
	struct list active;    /* on credit_dom.active */
};

struct credit_dom {
	struct sched_dom dom;
	uint32_t nr_active;
	struct list active;      /* units, latest first */
	struct list active_link; /* on credit.active */
};

struct credit_cpu {
	struct list waiting;
	uint32_t nr_runnable;
	uint32_t idle_bias;
	uint32_t last_tickled; /* by code that ran on this CPU */
	uint32_t sorted;       /* credit.sort_epoch then */
	uint32_t timer;        /* tick */
	uint32_t node_index;   /* in credit.node */
	int64_t last_balance_ns;
	cpuset siblings, socket; /* of the pool, with itself */
};

struct credit_node {
	uint32_t node;
	uint32_t bias; /* CPU that was stolen from last */
	cpuset cpus;   /* of the pool */
};

struct credit {
	int64_t tslice_ns, tick_ns, ratelimit_ns;
	int64_t migration_delay_ns, balance_ratelimit_ns;
	bool limit_balance;     /* since 4.18, like the next */
	bool spare_yielders;
	bool smt_power_savings, tickle_one_idle;
	struct cpuset_span span; /* words of the host's CPUs */

	uint32_t per_tslice;    /* credits of one CPU */
	uint32_t nr_cpus;       /* of the pool */
	uint32_t total;         /* credits of all CPUs */
	uint32_t weight;        /* of active units */
	int32_t balance;        /* sum of active units' credits */
	uint32_t sort_epoch;
	uint32_t timer;         /* accounting */
	struct list active;     /* domains, in order of accounting */

	cpuset idlers;          /* idle and not told of anything */
	cpuset loaded;          /* nr_runnable > 1 */
	struct credit_cpu *cpu; /* [nr_cpus of the host] */
	struct credit_node *node; /* by ascending number */
	uint32_t nr_nodes;
};

static inline struct credit *credit_of(const struct sched *s)
{
	return s->priv;
}

static inline struct credit_unit *credit_unit(struct sched_unit *unit)
{
	return (struct credit_unit *)(void *)unit;
}

static inline struct credit_dom *credit_dom(struct sched_dom *dom)
{
	return (struct credit_dom *)(void *)dom;
}

static inline bool credit_waits(const struct credit_unit *u)
{
	return !list_empty(&u->waiting);
}

static inline bool credit_active(const struct credit_unit *u)
{
	return !list_empty(&u->active);
}

/* Priority of who runs on cpu. */
static inline int32_t credit_running_pri(const struct sched *s, uint32_t cpu)
{
	struct sched_unit *cur = s->cpu[cpu].current;

	return cur ? credit_unit(cur)->pri : CREDIT_PRI_IDLE;
}

/* --- credit.c ------------------------------------------------------------- */

/* One unit more, or less, waits or runs on cpu. */
void credit_runnable_inc(struct credit *c, uint32_t cpu);
void credit_runnable_dec(struct credit *c, uint32_t cpu);

/* Out of its queue; it has yielded then, if it was asked to. */
void credit_queue_del(struct credit_unit *u);

/* --- credit_pick.c -------------------------------------------------------- */

/* A CPU for the unit, running or not; commit: remember that it was given. */
uint32_t credit_best_cpu(struct sched *s, struct credit_unit *u, bool commit);

/* Tells a CPU, if one ought to run it, of a unit that has begun to wait. */
void credit_tickle(struct sched *s, struct credit_unit *u);

/* --- credit_steal.c ------------------------------------------------------- */

/* A waiting unit of another CPU that is better than pri and may run on cpu: it
 * now belongs to cpu and waits no longer. NULL if there is none. */
struct credit_unit *credit_steal(struct sched *s, uint32_t cpu, int32_t pri);

/* --- credit_acct.c -------------------------------------------------------- */

/* What running from start_ns to now_ns costs: credit, residual and start_ns
 * change; nothing if start_ns is not before now_ns. */
void credit_burn(struct credit_unit *u, int64_t now_ns);

void credit_timer(struct sched *s, const struct sched_timer *timer);

/* The accounting of one time slice. */
void credit_acct(struct sched *s);

/* The unit begins to earn, or ceases to. */
void credit_acct_start(struct credit *c, struct credit_unit *u);
void credit_acct_stop(struct credit *c, struct credit_unit *u);

/* cpu leaves idleness, or begins to idle. */
void credit_tick_start(struct sched *s, uint32_t cpu);
void credit_tick_stop(struct sched *s, uint32_t cpu);

/* --- credit_check.c ------------------------------------------------------- */

void credit_check(const struct sched *s);

#endif
