/*
 * conform_trace.h - what the files of conform_sched_trace.h share.
 */
#ifndef RUN_CONFORM_TRACE_H
#define RUN_CONFORM_TRACE_H

#include "base/cpuset.h"
#include "run/conform_sched_trace.h"
#include "xen/sched.h"

enum { TRACE_NAME_MAX = 32 };

enum trace_op { TRACE_RUN, TRACE_BLOCK, TRACE_YIELD };

struct trace_step {
	enum trace_op op;
	int64_t ns; /* TIME_NEVER_NS: for ever */
};

struct trace_vcpu {
	char name[TRACE_NAME_MAX]; /* "d1v0" */
	struct trace_dom *dom;
	struct sched_unit *unit;   /* NULL before creation, after the end */
	cpuset hard, soft;
	bool hard_all, soft_all;
	bool has_rtds;             /* else what new vCPUs have */
	struct sched_rtds_params rtds;
	struct trace_step *step;
	uint32_t nr_steps, step_index;
	int64_t left_ns;           /* of the run phase; up to run_since_ns */
	int64_t run_since_ns;      /* while running */
	int64_t cpu_ns;            /* received, up to run_since_ns */
	int64_t wake_ns;           /* TIME_NEVER_NS: not blocked */
	uint32_t seen_cpu;         /* its processor when last looked at */
};

struct trace_dom {
	uint32_t id;
	struct sched_dom_params params;
	struct sched_dom *dom;     /* NULL before creation, after the end */
	struct trace_vcpu *vcpu;
	uint32_t nr_vcpus;
};

/* Scripted events, as the log names them. */
struct trace_event {
	int64_t t_ns;
	const char *op;
	struct trace_dom *dom;
	struct trace_vcpu *vcpu;        /* of those that have one */
	cpuset cpus;                    /* hard, soft */
	struct sched_dom_params params; /* params */
	struct sched_rtds_params rtds;  /* rtparams */
};

struct trace_timer {
	int64_t at_ns; /* TIME_NEVER_NS: not set */
};

struct trace {
	const json_t *record;
	struct conform_result *result;
	bool differs;
	struct conform_sched_counts *count;
	struct arena *arena;
	struct sched *sched;
	const struct trace_format *format;

	struct sched_host host;
	struct sched_params params;
	bool random_counts;
	uint32_t random_calls;
	struct trace_dom *dom;
	uint32_t nr_doms;
	struct trace_event *event;
	uint32_t nr_events, next_event;
	int64_t end_ns;

	int64_t now_ns;
	struct trace_timer *timer;
	uint32_t timers_max;

	/* Comparison: how far each list has been matched. */
	const json_t *switches, *wakes, *log;
	bool check;
	bool inside;              /* a schedule() runs: hold back log records */
	json_t *held;
	json_t *moves;            /* ours, [t, vcpu, from, to] */
};

/* How the record words the state of one scheduler. The caller owns what they
 * return. log_value is an entry of a log record's list of values; NULL: it has
 * none. dom may be NULL, too. */
struct trace_format {
	const char *sched;
	void (*unit)(const struct trace *t, const struct trace_vcpu *v,
		     json_t *object);
	json_t *(*dom)(const struct trace_dom *d);
	json_t *(*state)(const struct trace *t);
	json_t *(*log_value)(const struct trace_vcpu *v);
};

/* --- conform_trace_read.c ------------------------------------------------- */

int trace_read(struct trace *t, struct err *err);

/* --- conform_trace_state.c ------------------------------------------------ */

/* NULL if the scheduler's state cannot be worded. */
const struct trace_format *trace_format(const char *sched);
json_t *trace_vcpus(struct trace *t);
json_t *trace_log_values(struct trace *t);

/* --- conform_trace_diff.c: each notes the first difference only ----------- */

void trace_log(struct trace *t, json_t *entry); /* takes entry */
void trace_log_held(struct trace *t);
void trace_switch(struct trace *t, uint32_t cpu, const char *prev,
		  const char *next);
void trace_wake(struct trace *t, const struct trace_vcpu *v);
void trace_move(struct trace *t, const struct trace_vcpu *v, uint32_t from);
void trace_boot(struct trace *t);
void trace_sample(struct trace *t, const json_t *sample, const char *what);
void trace_totals(struct trace *t);

static inline bool trace_differs(const struct trace *t)
{
	return t->differs;
}

#endif
