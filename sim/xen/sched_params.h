/*
 * sched_params.h - scheduling options of Xen's command line, by their names.
 *
 * SOURCE  facts/xen.md 7.2 to 7.5 and appendix A; a field is called as its
 *         option (load_balance_ratelimit has hyphens there) and has that
 *         option's unit.
 *
 * RULE    sched_params_default() gives Xen's defaults; sched_params_set() sets
 *         one option from text and refuses what is out of range. Ranges marked
 *         * are ours: Xen takes more, the model's 64-bit arithmetic does not.
 *
 * TESTS   sim/test/check_sched.c
 */
#ifndef XEN_SCHED_PARAMS_H
#define XEN_SCHED_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

/* Which CPUs share a credit2 run queue. */
enum sched_runqueue {
	SCHED_RUNQUEUE_CPU,
	SCHED_RUNQUEUE_CORE,
	SCHED_RUNQUEUE_SOCKET,
	SCHED_RUNQUEUE_NODE,
	SCHED_RUNQUEUE_ALL
};

struct sched_params {
	/* 417..: the release whose behaviour counts, as 100 * major + minor.
	 * Since 418 credit steals at most once per load_balance_ratelimit, and
	 * none that yielded; since 419 credit2 heeds the credit of a unit
	 * being switched out. */
	int64_t xen_version;

	int64_t sched_ratelimit_us;      /* 0 = off, 100..500000; 1000 */
	int64_t sched_smt_power_savings; /* 0, 1: fill cores first; 0 */

	int64_t credit2_runqueue;                /* enum above; socket */
	int64_t sched_credit2_max_cpus_runqueue; /* 1..1024; 16 */
	int64_t sched_credit2_migrate_resist;    /* us, 0..100000*; 500 */
	int64_t credit2_load_window_shift;       /* bits of ns, 11..36*; 30 */
	int64_t credit2_load_precision_shift;    /* bits, 1..24*; 18 */
	int64_t credit2_balance_under;           /* bits, -24..8*; 0 */
	int64_t credit2_balance_over;            /* bits, -24..8*; -3 */
	int64_t credit2_cap_period_ms;           /* 1..1000*; 10 */

	int64_t sched_credit_tslice_ms;      /* 1..1000; 30 */
	int64_t vcpu_migration_delay;        /* us, 0..100000; 0: never hot */
	int64_t load_balance_ratelimit;      /* us, 0..1000000; 1000 */
	int64_t tickle_one_idle_cpu;         /* 0: tell all of them; 1 */

	/* Of new vCPUs. Constants in Xen, there changed by xl sched-rtds. */
	int64_t rtds_period_us;              /* 10..10000000*; 10000 */
	int64_t rtds_budget_us;              /* 10..the period; 4000 */
	int64_t rtds_extratime;              /* 0, 1; 1 */
};

struct sched_params sched_params_default(void);

/* Sets one option from text: a number, a name where the option has names
 * (socket), or a truth value (yes, no, true, false, on, off, 1, 0) where it is
 * one. -1 with *err set if there is no such option or value. */
int sched_params_set(struct sched_params *params, const char *option,
		     const char *value, struct err *err);

/* Are all in range, and do they fit together? */
int sched_params_check(const struct sched_params *params, struct err *err);

/* Xen's names of the options, NULL-terminated. */
const char *const *sched_param_names(void);

/* The value of one option as text; false if there is no such option. */
bool sched_params_get(const struct sched_params *params, const char *option,
		      char *text, size_t text_bytes);

#endif
