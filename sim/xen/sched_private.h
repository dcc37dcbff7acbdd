/*
 * sched_private.h - what the scheduler core and the schedulers share.
 *
 * RULE    Only sched*.c, the schedulers and their tests include this. A
 *         scheduler is a struct sched_ops and one line in SCHED_LIST; it keeps
 *         its own data of a unit or domain in a struct whose first member is
 *         the core's (unit_bytes, dom_bytes), and of the pool in s->priv.
 *
 *         Each hook runs with s->now_ns set and s->this_cpu the CPU whose code
 *         Xen would be running (README of the traces, 3.3).
 */
#ifndef XEN_SCHED_PRIVATE_H
#define XEN_SCHED_PRIVATE_H

#include "base/list.h"
#include "xen/sched.h"

/* One line per scheduler: sched_NAME, and the option's word: Xen's own, but for
 * credit2-soft, which is ours. */
#define SCHED_LIST(X)                 \
	X(credit2, "credit2")         \
	X(credit, "credit")           \
	X(null, "null")               \
	X(rtds, "rtds")               \
	X(credit2_soft, "credit2-soft")

/* Why a unit may not run, besides pause counts. */
enum {
	SCHED_FLAG_BLOCKED = 1,
	SCHED_FLAG_DOWN = 2,
	SCHED_FLAG_PARKED = 4,    /* the scheduler's: no budget left */
	SCHED_FLAG_MIGRATING = 8  /* asked to move, not yet picked a CPU */
};

enum { SCHED_VCPUS_MAX = 8192, SCHED_WEIGHT_DEFAULT = 256,
       SCHED_WEIGHT_MAX = 65535 };

struct sched_unit {
	struct sched_dom *dom;
	uint32_t vcpu;
	uint32_t processor;
	uint32_t flags;
	uint32_t pause_count; /* own and the domain's */
	bool running;
	bool soft_effective;  /* computed, from hard and soft */
	bool has_soft;        /* computed, with the pool too */
	enum sched_state state; /* computed */
	int64_t state_entry_ns; /* when it last started or stopped running;
				 * while running its CPU's since_ns */
	int64_t state_since_ns; /* of state */
	int64_t in_ns[SCHED_STATES];
	int64_t created_ns;
	void *owner;
	cpuset hard, soft;
	cpuset soft_step;     /* computed */
};

struct sched_dom {
	uint32_t id;
	uint32_t pause_count;
	uint32_t nr_units, units_max;
	struct sched_unit **unit; /* [units_max], by vCPU */
	struct sched_dom_params params;
	struct list link;     /* on sched.doms, or of sched.free_doms */
	void *owner;
};

struct sched_timer {
	struct sched_timer_info info;
	struct sched_dom *dom; /* of a domain's timer */
	uint32_t next_free;
};

struct sched_cpu {
	struct sched_unit *current; /* NULL = idle */
	int64_t since_ns;           /* it runs current, or idles, since then */
	int64_t idle_ns;
	bool slice_set;
	uint32_t node, socket, core;
};

struct sched {
	const struct sched_ops *ops;
	void *priv;
	struct arena *arena;
	struct sched_env env;
	struct sched_params params;
	int64_t now_ns;
	uint32_t this_cpu;
	uint32_t nr_cpus;
	uint32_t nr_words;    /* of cpusets that can hold the host's CPUs */
	uint32_t nr_raised;
	bool inside;          /* schedule() is running: no calls from hooks */
	cpuset raised;        /* CPUs whose schedule softirq is pending */
	cpuset pool;
	struct sched_cpu *cpu; /* [nr_cpus] */
	struct list doms;      /* in order of creation */
	struct list free_doms;
	struct sched_unit *free_units; /* linked through owner */
	struct sched_timer *timer;     /* [timers_max] */
	uint32_t nr_timers, timers_max;
	uint32_t free_timer;           /* UINT32_MAX = none */
	uint64_t timer_seq;
	struct sched_counts counts;
};

struct sched_decision {
	struct sched_unit *next; /* NULL = idle */
	int64_t limit_ns;        /* < 0: no slice timer */
};

/* A hook may be NULL where it says so: nothing to do. */
struct sched_ops {
	const char *summary;
	size_t unit_bytes, dom_bytes;

	/* Pool-wide data into s->priv; params are checked. */
	void (*init)(struct sched *s);

	/* One more CPU of the pool, ascending; all are in s->pool already. */
	void (*cpu_add)(struct sched *s, uint32_t cpu);

	/* Own members of a zeroed, new domain; of one about to go. Or NULL. */
	void (*dom_init)(struct sched *s, struct sched_dom *dom);
	void (*dom_fini)(struct sched *s, struct sched_dom *dom);

	/* Weight and cap; ranges are checked, dom->params is still the old.
	 * NULL: it has no weights. */
	int (*dom_set)(struct sched *s, struct sched_dom *dom,
		       const struct sched_dom_params *params, struct err *err);

	/* A new unit: processor is only a start; the hook may change it. */
	void (*unit_insert)(struct sched *s, struct sched_unit *unit);

	/* It is not runnable and not running. */
	void (*unit_remove)(struct sched *s, struct sched_unit *unit);

	/* A CPU for a unit that is not running: pick says which, migrate puts
	 * it there (sched_set_processor()). */
	uint32_t (*pick)(struct sched *s, struct sched_unit *unit);
	void (*migrate)(struct sched *s, struct sched_unit *unit, uint32_t cpu);

	/* It has become runnable; it may be running or queued already. */
	void (*wake)(struct sched *s, struct sched_unit *unit);

	/* It has stopped being runnable, by another way than blocking. */
	void (*sleep)(struct sched *s, struct sched_unit *unit);

	/* Or NULL. */
	void (*yield)(struct sched *s, struct sched_unit *unit);

	/* NULL: not rtds. */
	int (*unit_set_rtds)(struct sched *s, struct sched_unit *unit,
			     const struct sched_rtds_params *params,
			     struct err *err);

	/* hard changed, from nothing for a new unit. NULL = of no interest. */
	void (*affinity)(struct sched *s, struct sched_unit *unit);

	struct sched_decision (*schedule)(struct sched *s, uint32_t cpu);

	/* unit has been switched out; then what migration it was asked for.
	 * Or NULL. */
	void (*context_saved)(struct sched *s, struct sched_unit *unit);

	/* A timer other than a slice timer. NULL = has none. */
	void (*timer)(struct sched *s, const struct sched_timer *timer);

	void (*check)(const struct sched *s);
};

#define DECLARE_SCHED(name, word) extern const struct sched_ops sched_##name;
SCHED_LIST(DECLARE_SCHED)
#undef DECLARE_SCHED

static inline bool unit_runnable(const struct sched_unit *unit)
{
	return !(unit->flags | unit->pause_count);
}

/* A flag of the unit, with its state; schedulers may set PARKED, MIGRATING. */
void sched_flag_set(struct sched *s, struct sched_unit *unit, uint32_t flag);
void sched_flag_clear(struct sched *s, struct sched_unit *unit, uint32_t flag);

/* Recomputes unit->state. */
void sched_state_refresh(struct sched *s, struct sched_unit *unit);

/* Wakes it if it is runnable. */
void sched_wake_if_runnable(struct sched *s, struct sched_unit *unit);

/* The two halves of giving a unit a new CPU; the second does nothing while it
 * runs: its context switch calls it again. */
void sched_migrate_start(struct sched *s, struct sched_unit *unit);
void sched_migrate_finish(struct sched *s, struct sched_unit *unit);

void sched_set_processor(struct sched *s, struct sched_unit *unit,
			 uint32_t cpu);

/* Raises the schedule softirq of a CPU. */
void sched_raise(struct sched *s, uint32_t cpu);

/* A timer, of a domain or (NULL) of the pool; its number. */
uint32_t sched_timer_add(struct sched *s, enum sched_timer_kind kind,
			 uint32_t cpu, struct sched_dom *dom);
void sched_timer_remove(struct sched *s, uint32_t timer);

/* One of the set (not empty): drawn if there is a choice. */
uint32_t sched_random_cpu(struct sched *s, const cpuset *cpus);

/* An entry point of the core: reads the clock. */
static inline void sched_enter(struct sched *s, uint32_t this_cpu)
{
	assert(!s->inside);
	s->now_ns = s->env.now_ns(s->env.world);
	s->this_cpu = this_cpu;
}

/* "This CPU" of scripted events: the first of the pool, as at boot. */
static inline uint32_t sched_boot_cpu(const struct sched *s)
{
	return cpuset_first(&s->pool);
}

#endif
