/*
 * conform_sched_trace.h - one recorded run of Xen's scheduler code, and ours.
 *
 * SOURCE  The records are described in the README of the recorded scheduler
 *         traces, sections 1 and 3. sim/test/golden/sched-traces/ has some.
 *
 * RULE    A record is input (topology, parameters, domains with scripts,
 *         events) and what Xen's functions made of it. The input drives
 *         xen/sched.h in a world of its own: an instant is one event; at equal
 *         times scripted events come first, then ends of run phases by CPU,
 *         wakes by vCPU, timers by CPU and age; after each event the marked
 *         CPUs are served; a context switch costs nothing.
 *
 *         Compared, all of it exactly: the state after boot, every switch,
 *         the moves of each instant as a set, wakes, samples, the state at the
 *         end, idle time, the number of events and of random draws, and the
 *         log where the record has one. A scheduler that xen/ does not have is
 *         no error: modelled is false.
 *
 * FILES   conform_sched_trace.c  the world: events and hooks
 *         conform_trace_read.c   the record's input
 *         conform_trace_state.c  the state of a scheduler in the record's words
 *         conform_trace_diff.c   comparing
 *
 * TESTS   sim/test/check_sched_traces.c
 */
#ifndef RUN_CONFORM_SCHED_TRACE_H
#define RUN_CONFORM_SCHED_TRACE_H

#include "run/conform.h"

/* What was compared before the first difference, or in all. */
struct conform_sched_counts {
	uint64_t switches, moves, wakes, samples, log_records, events;
};

/* Is this a trace? By its "sched" and "switches". */
bool conform_sched_trace_is(const json_t *record);

/*
 * 0 and *result; -1 and one line in *err for a record that cannot be read.
 * options: xen_version, unless the record's params have one; paranoid
 * (sched_check() after every event: slow).
 */
int conform_sched_trace(const json_t *record,
			const struct conform_options *options,
			struct conform_result *result, struct err *err);
/* The same, and *counts. */
int conform_sched_trace_count(const json_t *record,
			      const struct conform_options *options,
			      struct conform_sched_counts *counts,
			      struct conform_result *result, struct err *err);

#endif
