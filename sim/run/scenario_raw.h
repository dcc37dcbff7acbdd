/*
 * scenario_raw.h - a scenario file as libcyaml fills it: one member per key.
 *
 * For scenario_schema.c, scenario_file.c and scenario_guest.c only. A member
 * whose key is absent is zero; yaml_has() tells.
 */
#ifndef RUN_SCENARIO_RAW_H
#define RUN_SCENARIO_RAW_H

#include "run/dist_file.h"
#include "run/scenario.h"

/* The options are read by their text (sched_params_set()). */
struct raw_scheduler {
	char *name;
	uint32_t sched_ratelimit_us;
	int credit2_runqueue;
	uint32_t sched_credit2_max_cpus_runqueue;
	uint32_t sched_credit2_migrate_resist;
	uint32_t credit2_load_window_shift;
	uint32_t credit2_load_precision_shift;
	int32_t credit2_balance_under;
	int32_t credit2_balance_over;
	uint32_t credit2_cap_period_ms;
	bool sched_smt_power_savings;
	uint32_t sched_credit_tslice_ms;
	uint32_t vcpu_migration_delay;
	uint32_t load_balance_ratelimit;
	bool tickle_one_idle_cpu;
	uint32_t rtds_period_us, rtds_budget_us;
	bool rtds_extratime;
};

struct raw_dom0 {
	uint64_t memory_mib;
	uint32_t vcpus;
	uint32_t *nodes;
	uint32_t nodes_count;
};

struct raw_seeds {
	uint64_t first;
	uint32_t count;
};

struct raw_arrival {
	double at_s, every_s;
	double poisson_per_s, from_s, until_s;
	char *trace;
};

struct raw_balloon {
	double at_s;
	uint64_t target_mib;
};

struct raw_guest {
	char *name, *config, *workload, *heuristic;
	uint32_t count;
	struct raw_arrival arrival;
	struct dist_file lifetime_s;
	struct raw_balloon *balloon;
	uint32_t balloon_count;
	int balloon_policy;
	uint32_t *forced_nodes;
	uint32_t forced_nodes_count;
	uint32_t group;
	bool measured;
};

struct raw_sweep {
	char *guest;
	uint32_t *count;
	uint32_t count_count;
	double *poisson_per_s;
	uint32_t poisson_per_s_count;
};

struct raw_scenario {
	char *name, *summary, *host;
	int xen_version;
	struct raw_scheduler scheduler;
	int bootscrub;
	bool claim_mode;
	struct raw_dom0 dom0;
	double duration_s, warmup_s;
	struct raw_seeds seeds;
	char **heuristics;
	uint32_t heuristics_count;
	struct raw_guest *guests;
	uint32_t guests_count;
	struct raw_sweep sweep;
};

/* The names of credit2_runqueue, in the order of the enum above it. */

/* What all the readers of a scenario get. */
struct scenario_reader {
	const struct yaml_doc *doc;
	struct arena *arena;
	struct err *err;
	const char *library;
	const struct raw_scenario *raw;
	struct scenario *scenario; /* being filled in */
	const char **file;         /* with room; scenario->file points here */
	uint32_t file_room;
	struct xlcfg **config;     /* likewise */
	uint32_t config_room;
};

/* Notes that a file was read, or that there is one more xl.cfg record. */
void scenario_add_file(struct scenario_reader *r, const char *path);
void scenario_add_config(struct scenario_reader *r, struct xlcfg *cfg);

/* A list of node numbers as a set; 0, or -1 and err. */
int scenario_read_nodes(const struct scenario_reader *r,
			const struct yaml_node *list, nodeset *nodes);

/* The workload of that name or path, read once; node is where it is named. */
int scenario_read_workload(struct scenario_reader *r, const char *name,
			   const char *from, const struct yaml_node *node,
			   const struct workload **workload);

/* The class at index of raw->guests. 0, or -1 and err. */
int scenario_read_guest(struct scenario_reader *r, uint32_t index,
			struct scenario_guest *guest);

/* So many a second fit into SCENARIO_COUNT_MAX instances; node says so. */
int scenario_check_rate(const struct scenario_reader *r,
			const struct yaml_node *node,
			const struct scenario_guest *guest, double rate_per_s);

/* The rows of a trace for a class whose config and workload are read. */
int scenario_read_trace(struct scenario_reader *r, const char *path,
			struct scenario_guest *guest);

#endif
