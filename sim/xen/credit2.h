/*
 * credit2.h - the inside of Xen's default scheduler, for its files and tests.
 *
 * SOURCE  xen-project/xen at c447b730, xen/common/sched/credit2.c, as described
 *         in facts/xen.md 7.3 and by the traces of that code (README sections
 *         3.9 and 5). Names below are Xen's where it has one.
 *
 * MODEL   The pool's CPUs are dealt to run queues. A queue orders its waiting
 *         units by credit, highest first, first come first among equals:
 *
 *           queue 0  cpus 0-15    running: one unit a CPU
 *             waiting: [10.0] [9.5] [9.5] [3.2]      <- a CPU takes from here
 *           queue 1  cpus 16-31 ...
 *
 *         A unit belongs to one queue; its processor is only nominal until a
 *         CPU of the queue picks it up. Running burns credit, faster for light
 *         units: the heaviest of the queue pays 1 per ns. When the best credit
 *         of the queue reaches 0 all of its units get 10 ms more (a reset),
 *         and only then units move between queues (credit2_balance.c).
 *
 *         Marks on CPUs: idle; tickled (told to schedule, not yet done, so
 *         tell another one); smt_idle (all threads of its core that belong to
 *         this queue are idle and untickled).
 *
 *         credit2.c           schedule, wake, sleep, credit
 *         credit2_tickle.c    which CPU to tell of a waiting unit
 *         credit2_runqueue.c  queues: building, loads, picking one
 *         credit2_balance.c   moving units between queues; credit2-soft
 *         credit2_cap.c       weights, caps: budget, parking, replenishment
 *         credit2_check.c     the invariants
 *
 * UNITS   Credit is ns at the weight of the queue's heaviest unit. Loads are
 *         fixed point, 1.0 unit = 2^precision; load_upd is in 1024 ns.
 *
 * INVARIANTS, all asserted by credit2_check(), which may be called between
 * events (no CPU inside schedule()):
 *   C1  Each unit is a member of one queue, that of its processor.
 *   C2  A unit waits in its queue exactly if it is runnable and not running.
 *   C3  Waiting units stand in order of credit, highest first.
 *   C4  A queue's load is the number of its members that wait or run.
 *   C5  A queue's max_weight is its heaviest member's, 1 without members.
 *   C6  -10 ms <= credit <= 10.5 ms, plus what moves gave since a refill.
 *   C7  A CPU is marked idle exactly if it runs nothing.
 *   C8  smt_idle is what MODEL says.
 *   C9  A tickled CPU is about to schedule.
 *   C10 A unit is parked exactly if it is on its domain's list of parked
 *       units, and only where the domain has a cap and no budget is held.
 *   C11 Queues have the CPUs of the pool, each CPU one queue; pick_bias is one
 *       of the queue's CPUs.
 *   C12 A unit is marked scheduled exactly if it runs; avgload >= 0.
 *   C13 A domain with a cap has its next replenishment in the future or now.
 *
 * LEFT OUT  see sched.h; and weight 0.
 *
 * COST    schedule and wake: O(waiting + CPUs of the queue); a reset O(units
 *         of the queue), its balance O(units of one * units of the other).
 *
 * TESTS   sim/test/check_credit2.c, check_sched_traces.c
 */
#ifndef XEN_CREDIT2_H
#define XEN_CREDIT2_H

#include "xen/sched_private.h"

/* All read in the source (facts/xen.md 7.3). */
#define CREDIT2_CREDIT_INIT INT64_C(10000000)
#define CREDIT2_CREDIT_MIN (-CREDIT2_CREDIT_INIT)
#define CREDIT2_CREDIT_IDLE (CREDIT2_CREDIT_MIN - 1)
#define CREDIT2_CREDIT_RESET INT64_C(0)
#define CREDIT2_CARRYOVER_MAX INT64_C(500000)
#define CREDIT2_CREDIT_MAX (CREDIT2_CREDIT_INIT + CREDIT2_CARRYOVER_MAX)
#define CREDIT2_TIMER_MIN_NS INT64_C(500000)
#define CREDIT2_TIMER_MAX_NS INT64_C(10000000)
#define CREDIT2_MOVE_BONUS INT64_C(50000)          /* credit */
#define CREDIT2_RATELIMIT_TOLERANCE_NS INT64_C(50000)
#define CREDIT2_BUDGET_NONE_NS INT64_MAX           /* no cap: never used up */
enum { CREDIT2_LOAD_GRANULARITY = 10 };            /* bits of ns */

struct credit2_unit {
	struct sched_unit unit;
	struct credit2_rq *rq;     /* NULL only while being inserted */
	int64_t credit, residual;
	int64_t bonus;             /* credit for moves since the last refill */
	int64_t start_ns;          /* burned up to here, while running */
	int64_t budget_ns;         /* CREDIT2_BUDGET_NONE_NS without cap */
	int64_t quota_ns;          /* what it takes from the pool at a time */
	uint32_t weight;
	uint32_t tickled_cpu;      /* told to take it; CPU_NONE = none */
	bool scheduled;            /* chosen, until its context is saved */
	bool requeue;              /* queue it when its context is saved */
	bool yields;
	bool migrate_request;      /* to migrate_rq, when picked */
	bool pinned;               /* hard is exactly one CPU */
	struct credit2_rq *migrate_rq;
	int64_t avgload, load_upd;
	struct list waiting;       /* on rq->waiting */
	struct list member;        /* on rq->members, order of assignment */
	struct list parked;        /* on its domain's, last parked first */
};

struct credit2_dom {
	struct sched_dom dom;
	struct list parked;
	int64_t tot_budget_ns;     /* a period's */
	int64_t budget_ns;         /* the pool; may be negative */
	int64_t next_repl_ns;
	uint32_t timer;
};

struct credit2_rq {
	uint32_t id;
	uint32_t nr_cpus;
	uint32_t pick_bias;
	uint32_t max_weight;
	int64_t load, avgload, b_avgload, load_upd;
	struct list waiting, members;
	struct cpuset_span span;   /* words that have CPUs of the queue */
	cpuset cpus, idle, tickled, smt_idle;
};

struct credit2 {
	int64_t ratelimit_ns, migrate_resist, cap_period_ns;
	uint32_t load_window, load_precision; /* bits; window of 1024 ns */
	bool smt_power_savings;
	bool heed_inflight;        /* since 4.19 */
	bool soft_balance;         /* credit2-soft: credit2_balance.c */
	uint32_t nr_rqs;
	struct credit2_rq *rq;     /* [nr_cpus], nr_rqs of them used */
	struct credit2_rq **cpu_rq; /* [nr_cpus], by CPU */
	cpuset *siblings;          /* [nr_cpus]: with itself, of its queue */
	struct credit2_unit **scratch; /* [scratch_max], for the balance */
	uint32_t scratch_max;
};

static inline struct credit2 *credit2_of(const struct sched *s)
{
	return s->priv;
}

static inline struct credit2_unit *credit2_unit(struct sched_unit *unit)
{
	return (struct credit2_unit *)(void *)unit;
}

static inline struct credit2_dom *credit2_dom(struct sched_dom *dom)
{
	return (struct credit2_dom *)(void *)dom;
}

static inline struct credit2_rq *credit2_rq_of(const struct sched *s,
					       uint32_t cpu)
{
	return credit2_of(s)->cpu_rq[cpu];
}

static inline bool credit2_has_cap(const struct credit2_unit *u)
{
	return u->budget_ns != CREDIT2_BUDGET_NONE_NS;
}

static inline bool credit2_waits(const struct credit2_unit *u)
{
	return !list_empty(&u->waiting);
}

/* --- pure arithmetic (credit2.c) ------------------------------------------ */

/* What running from start_ns to now_ns costs: credit, residual, budget (unless
 * CREDIT2_BUDGET_NONE_NS) and start_ns change; nothing if no time passed. */
void credit2_burn(struct credit2_unit *u, uint32_t max_weight, int64_t now_ns);

/* Time that so much credit lasts, towards zero. */
static inline int64_t credit2_c2t(int64_t credit, uint32_t weight,
				  uint32_t max_weight)
{
	return credit * weight / max_weight;
}

/* A unit's part in a reset: what it ran is charged, then it gets its share;
 * extra if the one about to run is at the floor. True if it runs and has no
 * budget left, so that its CPU must schedule. */
bool credit2_refill(struct credit2_unit *u, bool running, uint32_t max_weight,
		    bool extra, int64_t now_ns);

struct credit2_slice {
	int64_t credit, budget_ns;
	uint32_t weight, max_weight;
	int64_t head_credit;     /* of the queue; <= 0 where none waits */
	int64_t inflight_credit; /* of the one switched out; <= 0 for none */
	int64_t ratelimit_ns;
	int64_t already_ran_ns;  /* 0 unless it continues */
};
int64_t credit2_slice_ns(const struct credit2_slice *in);

/* --- credit2.c ------------------------------------------------------------ */

void credit2_queue_add(struct credit2_unit *u);
static inline void credit2_queue_del(struct credit2_unit *u)
{
	list_del(&u->waiting);
}

/* --- credit2_tickle.c ----------------------------------------------------- */

/* Tells a CPU, if one ought to run it, of a unit that has begun to wait. */
void credit2_tickle(struct sched *s, struct credit2_unit *u);

/* Marks and raises cpu. */
void credit2_tickle_cpu(struct sched *s, struct credit2_rq *rq, uint32_t cpu);

/* The core of cpu may have become, or has ceased to be, wholly idle. */
void credit2_smt_idle_set(struct sched *s, struct credit2_rq *rq, uint32_t cpu);
void credit2_smt_idle_clear(struct sched *s, struct credit2_rq *rq,
			    uint32_t cpu);

/* --- credit2_runqueue.c --------------------------------------------------- */

void credit2_cpu_add(struct sched *s, uint32_t cpu);
void credit2_assign(struct credit2_unit *u, struct credit2_rq *rq);
void credit2_deassign(struct credit2_unit *u);
void credit2_max_weight_update(struct credit2_rq *rq, uint32_t new_weight,
			       uint32_t old_weight);

/* Bring the averages up to now; then add change (-1, 0, 1) to the load. The
 * unit is averaged as it was before the change. */
void credit2_rq_load(struct sched *s, struct credit2_rq *rq, int64_t change);
void credit2_unit_load(struct sched *s, struct credit2_unit *u, int64_t change);
void credit2_load(struct sched *s, struct credit2_unit *u, int64_t change);

/* The queue, and in it the CPU, for a unit that is not running. */
uint32_t credit2_pick(struct sched *s, struct sched_unit *unit);

/* The next of hard & pool & rq's CPUs after rq's pick_bias, which follows. */
uint32_t credit2_next_cpu(struct sched *s, const struct credit2_unit *u,
			  struct credit2_rq *rq);

/* May it run on a CPU of rq? */
bool credit2_may_join(const struct sched *s, const struct credit2_unit *u,
		      const struct credit2_rq *rq);

/* --- credit2_balance.c ---------------------------------------------------- */

void credit2_balance(struct sched *s, struct credit2_rq *local);

/* Moves a unit to another queue: at once, or by request if it is running. */
void credit2_move(struct sched *s, struct credit2_unit *u,
		  struct credit2_rq *to);

/* --- credit2_cap.c -------------------------------------------------------- */

void credit2_dom_init(struct sched *s, struct sched_dom *dom);
void credit2_dom_fini(struct sched *s, struct sched_dom *dom);
int credit2_dom_set(struct sched *s, struct sched_dom *dom,
		    const struct sched_dom_params *params, struct err *err);
void credit2_timer(struct sched *s, const struct sched_timer *timer);

/* Has a unit with a cap budget, or can it take some? If not it is parked. */
bool credit2_budget_grab(struct sched *s, struct credit2_unit *u);

/* Gives what is left back to the domain's pool; units now to be unparked come
 * onto the list unparked (empty before). */
void credit2_budget_return(struct credit2_unit *u, struct list *unparked);
void credit2_unpark(struct sched *s, struct list *parked);

/* --- credit2_check.c ------------------------------------------------------ */

void credit2_check(const struct sched *s);

#endif
