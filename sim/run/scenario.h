/*
 * scenario.h - one experiment: a host, guests that come and go, heuristics to
 * compare, seeds. Everything a person writes, read and checked.
 *
 * MODEL   A scenario has guest classes. A class is an xl.cfg, a workload and
 *         a rule of arrival; it becomes instances:
 *
 *           at       `count` of them, at at_s, at_s + every_s, ...
 *           poisson  gaps exponential with poisson_per_s, from from_s until
 *                    until_s; at most `count` of them unless that is 0
 *           trace    one per row of a CSV file
 *
 *         A sweep repeats the scenario with another count (or rate) for one
 *         class; each point is a case. Without a sweep there is one case.
 *
 *         scenario_arrivals() expands a case under a seed. What an instance
 *         draws depends on (seed, purpose, entity) alone: the gaps on the
 *         class, the lifetime on the instance. So arrivals are the same for
 *         every heuristic, and instance 3 of a class is the same guest at
 *         every point of a count sweep.
 *
 *           entity = class_index << 32 | instance_index
 *
 * UNITS   _ns, _kib, _pages; nodes as Xen numbers them.
 *
 * INVARIANTS, asserted by scenario_check():
 *   S1  At least one guest class, one case, one seed; duration_ns > warmup_ns.
 *   S2  Each class has a good config and workload, and a way to arrive; rows
 *       and balloon targets stand in the order of their times.
 *   S3  The sweep names a class; without a sweep there is one case.
 *
 * TESTS   sim/test/check_scenario.c
 */
#ifndef RUN_SCENARIO_H
#define RUN_SCENARIO_H

#include "base/arena.h"
#include "base/digest.h"
#include "base/dist.h"
#include "base/err.h"
#include "base/nodeset.h"
#include "guest/balloon.h"
#include "guest/workload.h"
#include "toolstack/xlcfg.h"
#include "xen/sched_params.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	SCENARIO_GUEST_MAX = 1024,
	SCENARIO_CASE_MAX = 256,
	SCENARIO_COUNT_MAX = 1000000, /* instances of a class, and of all */
};

enum scenario_bootscrub {
	SCENARIO_BOOTSCRUB_IDLE, /* idle CPUs scrub after boot (Xen's default) */
	SCENARIO_BOOTSCRUB_ON,   /* all memory is clean at time 0 */
	SCENARIO_BOOTSCRUB_OFF,  /* boot memory counts as clean, unscrubbed */
};

enum scenario_arrival_kind {
	SCENARIO_AT,
	SCENARIO_POISSON,
	SCENARIO_TRACE,
};

/* facts/xen.md Appendix A; names are Xen's boot options. */
struct scenario_scheduler {
	const char *name;           /* sched=: "credit2", of sched_names() */
	struct sched_params params; /* all in range, xen_version set */
};

struct scenario_dom0 {
	uint64_t memory_kib; /* > 0 */
	uint32_t vcpus;      /* > 0 */
	nodeset nodes;       /* 0 = all nodes */
	uint32_t nodes_line; /* for messages */
};

/* From at_ns after the guest was started its target is target_kib. */
struct scenario_balloon {
	int64_t at_ns;
	uint64_t target_kib;
};

#define SCENARIO_LIFETIME_OF_CLASS INT64_C(-1)

/* One row of a trace. */
struct scenario_row {
	int64_t arrival_ns;
	int64_t lifetime_ns;             /* or SCENARIO_LIFETIME_OF_CLASS */
	struct xlcfg *config;            /* shared between rows of one size */
	const struct workload *workload;
	uint64_t line;                   /* in the trace's file */
};

struct scenario_guest {
	const char *name;
	struct xlcfg *config;
	const struct workload *workload; /* never NULL */
	uint32_t count;                  /* POISSON: 0 = no limit */
	enum scenario_arrival_kind arrival;
	int64_t at_ns, every_ns;         /* AT; every_ns 0 = all at once */
	double rate_per_s;               /* POISSON: > 0 */
	int64_t from_ns, until_ns;       /* POISSON: until_ns <= duration_ns */
	uint32_t row_count;              /* TRACE: rows by arrival time */
	const struct scenario_row *row;
	bool stays;                      /* no lifetime: until the run ends */
	struct dist lifetime;            /* seconds, unless stays */
	uint32_t balloon_count;          /* by time, ascending */
	const struct scenario_balloon *balloon;
	enum balloon_policy balloon_policy;
	nodeset forced_nodes;            /* 0 = none: for place_request */
	uint32_t forced_line;            /* for messages */
	const char *heuristic;           /* this class always by that one; NULL =
	                                    by the one being compared */
	uint32_t heuristic_line;
	uint32_t group;                  /* 0 = none */
	bool measured;                   /* do its results count? */
};

/* One point of the sweep. */
struct scenario_case {
	const char *name;  /* "background=3"; "all" without a sweep */
	double load;       /* guests asked for in all, or guests a second of the
	                      swept class: the x axis */
	uint32_t count;    /* of the swept class, where counts are swept */
	double rate_per_s; /* where rates are */
};

struct scenario {
	const char *path, *name, *summary;
	const char *host;       /* as written, for host_load(.., host, path, ..) */
	uint32_t host_line;     /* for the caller's message */
	uint32_t xen_version;   /* 417 or 422 */
	struct scenario_scheduler scheduler;
	enum scenario_bootscrub bootscrub;
	bool claim_mode;        /* xl.conf's */
	struct scenario_dom0 dom0;
	int64_t duration_ns, warmup_ns; /* results count from warmup on */
	uint64_t seed_first;
	uint32_t seed_count;
	uint32_t heuristic_count;
	const char *const *heuristic;   /* names or paths of .so, unchecked */
	const uint32_t *heuristic_line;
	uint32_t guest_count;
	const struct scenario_guest *guest;
	bool swept;
	const char *load_unit;          /* "guests" or "guests/s" */
	uint32_t sweep_guest;           /* class index, if swept */
	uint32_t case_count;            /* >= 1 */
	const struct scenario_case *cases;
	uint32_t config_count;          /* every xl.cfg record there is, the */
	struct xlcfg *const *config;    /* trace's variants included */
	uint32_t file_count;
	const char *const *file;        /* all files read, the host's too, in
	                                   order of reading */
	char digest[DIGEST_TEXT_BYTES]; /* SHA-256 of their SHA-256s */
};

/* One guest of one run. */
struct scenario_arrival {
	int64_t arrival_ns;
	int64_t lifetime_ns;  /* from its start; TIME_NEVER_NS = stays */
	uint32_t class_index;
	uint32_t instance_index;
	uint64_t entity;      /* for rng streams, unique in the run */
	const char *name;     /* the class's, with "-1", "-2", ... where there
	                         may be more than one */
	const struct xlcfg *config;
	const struct workload *workload;
};

/*
 * Reads a scenario and all it names, and of the host that its file is there.
 * name is a path, or a bare name looked up as LIBRARY/scenarios/NAME.yaml
 * (library.h); library is usually "workloads". All of it comes from the arena.
 * NULL and err on bad input.
 */
struct scenario *scenario_load(struct arena *arena, const char *name,
			       const char *library, struct err *err);

/* Resolves every xl.cfg on this host (xlcfg_bind) and checks the nodes that
 * the scenario names. 0, or -1 and err. */
int scenario_bind(struct scenario *scenario, const struct xlcfg_host *host,
		  struct arena *arena, struct err *err);

/*
 * The guests of a case under a seed, by (arrival, class, instance). Those
 * that would come at or after duration_ns are left out.
 */
const struct scenario_arrival *
scenario_arrivals(const struct scenario *scenario, uint32_t case_index,
		  uint64_t seed, struct arena *arena, uint32_t *count_r);

/* "FILE:LINE: heuristics[I]: TEXT" for a name the caller does not know. */
int scenario_heuristic_fail(const struct scenario *scenario, uint32_t index,
			    struct err *err, const char *text);

void scenario_check(const struct scenario *scenario);

struct cyaml_schema_value;
/* The file's schema, for tests of the documentation. */
extern const struct cyaml_schema_value scenario_schema;

#endif
