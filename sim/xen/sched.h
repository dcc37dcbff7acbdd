/*
 * sched.h - Xen's CPU scheduling: the core that every scheduler shares.
 *
 * SOURCE  xen-project/xen at c447b730, xen/common/sched/core.c, as described in
 *         facts/xen.md 7.1 and verified by traces of that code. Names below
 *         are Xen's; a unit is one vCPU (default granularity).
 *
 * MODEL   One struct sched is one cpupool with its scheduler. The core knows
 *         what a unit may do (flags, pause counts, affinity) and what each
 *         physical CPU runs; the scheduler behind it (struct sched_ops, chosen
 *         by Xen's option name) decides who runs where and for how long.
 *
 *           sched_wake, _block, ...        env->timer_set
 *         world ----------------> core ------------------> world
 *           sched_softirqs         |       env->context_switch, ->moved
 *                                  v
 *                              scheduler
 *
 *         Nothing is decided at once: an event marks CPUs that must schedule
 *         (Xen raises their softirq), and after the event the world calls
 *         sched_softirqs(), which serves the marked CPUs in cyclic order from
 *         CPU 0 until none is left. So all wakes of one event are done before
 *         any CPU reacts.
 *
 *         schedule() on a CPU: ask the scheduler for the next unit and a time
 *         limit, arm the CPU's slice timer, switch. A switch is complete at
 *         once: what it costs, the world makes the next unit pay by starting
 *         its progress later. The previous unit then passes the scheduler's
 *         context-saved hook and, if a migration was asked of it meanwhile, is
 *         given a new CPU and woken there.
 *
 *         Affinity: hard is where a unit may run, soft where it prefers to.
 *         Soft counts only where it is effective: hard is not inside soft, the
 *         two meet, and the pool is not inside soft. Each decision is tried on
 *         the soft step's mask (hard & soft) first, then on hard.
 *
 * WORLD   The same files run in the simulator and in the replay of recorded
 *         traces; only struct sched_env differs. After each event in which the
 *         world called any sched_ function that can change state, it calls
 *         sched_softirqs(). The hooks must not call back into sched_ functions
 *         other than getters. now_ns() never goes back.
 *
 * UNITS   _ns simulated nanoseconds. CPUs are the host's numbers.
 *
 * INVARIANTS, all asserted by sched_check():
 *   S1  A unit is running exactly if it is its processor's current unit.
 *   S2  A unit's state follows from its flags, pause count and running.
 *   S3  A unit's processor is in the pool.
 *   S4  A unit that runs outside its hard affinity is about to be moved: its
 *       CPU is marked to schedule.
 *   S5  The times in the four states add up to the age of the unit.
 *   S6  The masks derived from hard and soft are up to date.
 *   S7  The number of marked CPUs equals the marks, all of them in the pool.
 *   S8  Each domain's units know their domain and number.
 *   Then the scheduler's own (credit2.h and so on).
 *
 * LEFT OUT  core scheduling, CPU hot-plug, tasklets, lock contention, timer
 *         slop, IPI latency. A wake cannot arrive during a switch.
 *
 * DIFFERS The affinities of a new unit are "all", as in Xen; an affinity the
 *         toolstack asks for is set afterwards and makes the unit move.
 *
 * COST    O(1) an event in the core, plus the scheduler's own cost.
 *
 * TESTS   sim/test/check_sched.c, check_sched_traces.c
 */
#ifndef XEN_SCHED_H
#define XEN_SCHED_H

#include "base/cpuset.h"
#include "xen/sched_params.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct err;

struct sched;      /* opaque: one pool and its scheduler */
struct sched_dom;  /* opaque: a domain in it */
struct sched_unit; /* opaque: one vCPU */

/* The machine. The arrays are copied. Threads of one core share both socket
 * and core number; core numbers need not be unique over sockets. */
struct sched_host {
	uint32_t nr_cpus; /* 1..CPU_MAX */
	const uint32_t *cpu_to_node, *cpu_to_socket, *cpu_to_core;
};

enum sched_timer_kind {
	SCHED_TIMER_SLICE, /* a CPU's: the current unit's time is up */
	SCHED_TIMER_CAP,   /* a domain's: credit2 gives it new budget */
	SCHED_TIMER_TICK,  /* a CPU's: credit charges what runs */
	SCHED_TIMER_ACCT,  /* a pool's: credit hands out credits */
	SCHED_TIMER_REPL,  /* a pool's: rtds gives new budgets */
	SCHED_TIMER_KINDS
};

/* What the scheduler asks of its world. Called by the core alone. */
struct sched_env {
	void *world; /* first argument of each hook; borrowed */

	int64_t (*now_ns)(void *world);

	/*
	 * (Re)sets a timer: at at_ns the world calls sched_timer_fired(). A
	 * later set replaces an earlier one; a time in the past means now.
	 * Timer numbers are dense from 0 and reused after a domain is gone, so
	 * an array that grows on demand can hold them. Number c < nr_cpus is
	 * the slice timer of CPU c.
	 */
	void (*timer_set)(void *world, uint32_t timer, int64_t at_ns);
	void (*timer_stop)(void *world, uint32_t timer);

	/* Any 32 bits; the scheduler takes the remainder by a count. */
	uint32_t (*random)(void *world);

	/*
	 * cpu runs next from now on instead of prev; NULL is idle. Both are
	 * already in their new state, but prev may still be moved before the
	 * event is over (then moved() is called).
	 */
	void (*context_switch)(void *world, uint32_t cpu,
			       struct sched_unit *prev,
			       struct sched_unit *next);

	/* The unit's processor changed; it is not running. May be NULL. A unit
	 * that is about to run on another CPU is told of first. */
	void (*moved)(void *world, struct sched_unit *unit, uint32_t from,
		      uint32_t to);

	/* For logs, NULL where none is kept: cpu was marked to schedule by
	 * code running on from; one schedule() on cpu is complete (limit_ns -1:
	 * no slice timer). */
	void (*raised)(void *world, uint32_t from, uint32_t cpu);
	void (*scheduled)(void *world, uint32_t cpu, struct sched_unit *prev,
			  struct sched_unit *next, int64_t limit_ns);

	/* NULL, or told of each of Xen's livelocks (null.h): on hardware cpu
	 * would now schedule for ever, as it may not take unit. */
	void (*livelock)(void *world, uint32_t cpu, struct sched_unit *unit);
};

/* --- a pool --------------------------------------------------------------- */

/* Xen's names of the schedulers modelled, and our credit2-soft; NULL-terminated,
 * in a fixed order. */
const char *const *sched_names(void);

/*
 * A pool of CPUs with the scheduler called name, all memory from arena, whose
 * end is also the pool's. pool NULL = all CPUs. The CPUs join in ascending
 * order and are marked to schedule: call sched_softirqs() before anything else.
 * NULL, with *err set, if name is unknown or a parameter is out of range; an
 * empty pool or one outside the host is a bug. env and params are copied.
 */
struct sched *sched_create(struct arena *arena, const char *name,
			   const struct sched_host *host, const cpuset *pool,
			   const struct sched_params *params,
			   const struct sched_env *env, struct err *err);

/* Serves all CPUs marked to schedule, from CPU 0 up, until none is marked. */
void sched_softirqs(struct sched *s);

/* One step of that: serves the first marked CPU at or cyclically after
 * *pointer and puts the pointer behind it; false if none was marked. */
bool sched_softirq_step(struct sched *s, uint32_t *pointer);

/* A timer has come to its time (and is no longer set). */
void sched_timer_fired(struct sched *s, uint32_t timer);

struct sched_timer_info {
	enum sched_timer_kind kind;
	uint32_t cpu; /* it fires there */
	uint64_t seq; /* order of initialisation, over all timers */
};
struct sched_timer_info sched_timer_info(const struct sched *s, uint32_t timer);
const char *sched_timer_kind_name(enum sched_timer_kind kind);

/* Asserts S1..S8 and the scheduler's own; not inside a hook. Slow. */
void sched_check(const struct sched *s);

/* --- domains -------------------------------------------------------------- */

/* A new domain: no units, paused once, weight 256, no cap. */
struct sched_dom *sched_dom_create(struct sched *s, uint32_t domid,
				   void *owner);

/* Pause counts nest. Pausing makes running units stop at the next
 * sched_softirqs(); unpausing wakes what is runnable, ascending. */
void sched_dom_pause(struct sched *s, struct sched_dom *dom);
void sched_dom_unpause(struct sched *s, struct sched_dom *dom);

/*
 * Takes out all units, the last first, and the domain; their memory is reused.
 * The domain must be paused and none of its units running (so: pause, then
 * sched_softirqs(), then this).
 */
void sched_dom_destroy(struct sched *s, struct sched_dom *dom);

struct sched_dom_params {
	uint32_t weight; /* 1..65535 */
	uint32_t cap;    /* percent of one CPU; 0 = none */
};

/* -1 with *err set where Xen answers EINVAL, or the scheduler has no weights; as
 * in Xen credit2 may have set the weight although it refused the cap (one above
 * 100 * vCPUs). */
int sched_dom_set_params(struct sched *s, struct sched_dom *dom,
			 const struct sched_dom_params *params,
			 struct err *err);
struct sched_dom_params sched_dom_params(const struct sched_dom *dom);

uint32_t sched_dom_id(const struct sched_dom *dom);
void *sched_dom_owner(const struct sched_dom *dom);
uint32_t sched_dom_nr_units(const struct sched_dom *dom);
struct sched_unit *sched_dom_unit(const struct sched_dom *dom, uint32_t vcpu);

/* --- units ---------------------------------------------------------------- */

/*
 * The next vCPU of the domain (numbers ascend from 0): offline, hard and soft
 * "all". It starts from the first CPU of allowed & pool (vCPU 0) or the next
 * after the previous vCPU's present CPU, then the scheduler's insert hook may
 * move it. allowed is the CPUs of the domain's node affinity; NULL = all.
 */
struct sched_unit *sched_unit_create(struct sched *s, struct sched_dom *dom,
				     const cpuset *allowed, void *owner);

/* Offline and online (VCPUOP_down, _up), and pause counts, which nest. */
void sched_unit_down(struct sched *s, struct sched_unit *unit);
void sched_unit_up(struct sched *s, struct sched_unit *unit);
void sched_unit_pause(struct sched *s, struct sched_unit *unit);
void sched_unit_unpause(struct sched *s, struct sched_unit *unit);

/* The running unit waits for an event, until sched_unit_wake(). */
void sched_unit_block(struct sched *s, struct sched_unit *unit);

/* The event has come. Nothing happens to a unit that is not blocked. */
void sched_unit_wake(struct sched *s, struct sched_unit *unit);

/* The running unit lets others go first, once. */
void sched_unit_yield(struct sched *s, struct sched_unit *unit);

/*
 * Sets hard, soft or both (NULL = leave). The unit is always given a CPU anew,
 * even if its present one stays allowed. -1 with *err set, and no change, if
 * hard has no CPU of the pool. CPUs that do not exist are kept and ignored.
 */
int sched_unit_set_affinity(struct sched *s, struct sched_unit *unit,
			    const cpuset *hard, const cpuset *soft,
			    struct err *err);

/* What rtds promises a vCPU: budget of CPU time in each period; with extratime
 * it may have more where nobody with a promise wants to run. */
struct sched_rtds_params {
	int64_t period_ns; /* from 10 us up */
	int64_t budget_ns; /* from 10 us up, at most the period */
	bool extratime;
};

/* From the next replenishment on. -1 with *err set where Xen answers EINVAL, or
 * the scheduler is another. */
int sched_unit_set_rtds(struct sched *s, struct sched_unit *unit,
			const struct sched_rtds_params *params,
			struct err *err);

enum sched_state {
	SCHED_RUNNING,
	SCHED_RUNNABLE, /* wants to run and waits: Xen's runnable, steal time */
	SCHED_BLOCKED,  /* even if it is paused or down besides */
	SCHED_OFFLINE,  /* down, paused, parked for its cap, or being moved */
	SCHED_STATES
};

/* Time spent in each state since creation, up to now. */
struct sched_unit_times {
	int64_t in_ns[SCHED_STATES];
};

struct sched_dom *sched_unit_dom(const struct sched_unit *unit);
void *sched_unit_owner(const struct sched_unit *unit);
uint32_t sched_unit_vcpu(const struct sched_unit *unit);
uint32_t sched_unit_processor(const struct sched_unit *unit);
bool sched_unit_running(const struct sched_unit *unit);
bool sched_unit_runnable(const struct sched_unit *unit); /* running or not */
enum sched_state sched_unit_state(const struct sched_unit *unit);
const char *sched_state_name(enum sched_state state);
struct sched_unit_times sched_unit_times(const struct sched *s,
					 const struct sched_unit *unit);
const cpuset *sched_unit_hard(const struct sched_unit *unit);
const cpuset *sched_unit_soft(const struct sched_unit *unit);

/* Is the CPU in the unit's soft affinity, where that is effective? True of all
 * CPUs of hard where it is not. */
bool sched_unit_prefers(const struct sched_unit *unit, uint32_t cpu);

/* --- CPUs, counters ------------------------------------------------------- */

struct sched_unit *sched_cpu_current(const struct sched *s, uint32_t cpu);
int64_t sched_cpu_idle_ns(const struct sched *s, uint32_t cpu); /* up to now */
const cpuset *sched_pool(const struct sched *s);

struct sched_counts {
	uint64_t schedules; /* runs of schedule() */
	uint64_t switches;  /* of them with prev != next */
	uint64_t moves;     /* changes of a unit's processor */
	uint64_t wakes;     /* wake hooks called */
	uint64_t raises;    /* CPUs marked to schedule */
	uint64_t livelocks; /* met and gone on from: sched_env.livelock */
};
const struct sched_counts *sched_counts(const struct sched *s);

/* --- the affinity rules, pure --------------------------------------------- */

/* hard not inside soft, and they meet. */
bool sched_soft_effective(const cpuset *hard, const cpuset *soft);

/* That, and the pool not inside soft. */
bool sched_has_soft(const cpuset *hard, const cpuset *soft, const cpuset *pool);

/* Mask of the soft step: hard & soft, or hard if that is empty. */
cpuset sched_soft_step(const cpuset *hard, const cpuset *soft);

#endif
