/*
 * outcome.h - what one run of the model comes to: a list of numbers.
 *
 * RULE    One line a metric. The line makes the entry of struct outcome, the
 *         row of samples.csv and the line of the documentation's table; to add
 *         a metric add a line here and set it in outcome.c.
 *
 *           X(name, unit, better, meaning)
 *
 *         Everything but the counts of guests is about the time after the
 *         warm-up and about the guests that the scenario measures. A number
 *         that cannot be said (the mean of nothing) is NaN.
 *
 * SOURCE  facts/policies.md 4 has the definitions and where they come from.
 */
#ifndef RUN_OUTCOME_H
#define RUN_OUTCOME_H

#include "base/sample.h"

#include <stdint.h>
#include <stdio.h>

#define OUTCOME_LIST(X)                                                        \
	X(guests_asked, "guests", NONE, "measured guests that arrived")        \
	X(guests_placed, "guests", HIGHER, "of those, built and started")      \
	X(guests_failed, "guests", LOWER, "of those, refused or not built")    \
	X(guests_unplanned, "guests", LOWER,                                   \
	  "started, though the heuristic found no nodes for them")             \
	X(nodes_per_guest, "nodes", LOWER,                                     \
	  "nodes with more than 4,096 of a guest's pages when it was built")   \
	X(one_node_share, "ratio", HIGHER,                                     \
	  "guests with all but 4,096 pages on one node when built")            \
	X(off_plan_share, "ratio", LOWER,                                      \
	  "RAM built outside the nodes the heuristic chose")                   \
	X(remote_ratio, "ratio", LOWER,                                        \
	  "memory accesses to another node than the vCPU's")                   \
	X(access_cost, "ratio", LOWER,                                         \
	  "mean distance of an access over the local distance")                \
	X(slowdown_mean, "ratio", LOWER,                                       \
	  "CPU and waiting time over the CPU time alone with local memory")    \
	X(slowdown_p50, "ratio", LOWER, "median over guests")                  \
	X(slowdown_p99, "ratio", LOWER, "99th percentile over guests")         \
	X(slowdown_max, "ratio", LOWER, "the worst guest")                     \
	X(jain, "ratio", HIGHER, "Jain's index of 1 / slowdown")               \
	X(useful_cpus, "CPUs", HIGHER,                                         \
	  "work done, in CPUs that run alone with local memory")               \
	X(wait_share, "ratio", LOWER,                                          \
	  "of the time vCPUs wanted to run, the part they waited for a CPU")   \
	X(cpu_busy_share, "ratio", NONE, "of all CPU time, the part used")     \
	X(nonaffine_share, "ratio", LOWER,                                     \
	  "run time outside an effective soft affinity")                       \
	X(moves_per_s, "1/s", LOWER, "changes of a running vCPU's CPU")        \
	X(node_moves_per_s, "1/s", LOWER, "of those, to another node")         \
	X(cpu_imbalance, "ratio", LOWER,                                       \
	  "busiest node minus idlest, over the mean")                          \
	X(fragmented_2m, "ratio", LOWER,                                       \
	  "free memory not in blocks of 2 MiB or more at the end")             \
	X(fragmented_1g, "ratio", LOWER,                                       \
	  "free memory not in blocks of 1 GiB at the end")                     \
	X(time_to_boot_mean, "s", LOWER, "from request to unpause")            \
	X(sched_events, "events", NONE, "runs of schedule(), warm-up included") \
	X(livelocks, "events", LOWER,                                          \
	  "CPUs that Xen's null scheduler would keep busy with nothing")       \
	X(events, "events", NONE, "events of the simulation, warm-up included")

enum outcome_metric {
#define OUTCOME_ID(name, unit, better, meaning) OUTCOME_##name,
	OUTCOME_LIST(OUTCOME_ID)
#undef OUTCOME_ID
	OUTCOME_COUNT
};

struct outcome_info {
	const char *name, *unit, *meaning;
	enum sample_better better;
};

extern const struct outcome_info outcome_table[OUTCOME_COUNT];

/* One run. guests and nodes are CSV rows, malloced by open_memstream(). */
struct outcome {
	double value[OUTCOME_COUNT];
	char *guests; /* rows of guests.csv, without its header */
	char *nodes;  /* rows of nodes.csv; empty unless sampled */
	char *why_failed; /* first failed guest: "NAME: why", or NULL */
};

struct world;

/* The header lines of the two files, with the newline. */
extern const char outcome_guests_header[];
extern const char outcome_nodes_header[];

/* Fills values and guests from a world that has come to its end. */
void outcome_take(struct outcome *outcome, struct world *world);

/* Frees the texts. */
void outcome_fini(struct outcome *outcome);

#endif
