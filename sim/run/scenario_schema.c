/* scenario_schema.c - the keys of a scenario file (workloads/README.md). */
#include "run/scenario_raw.h"

#define OPTIONAL CYAML_FLAG_OPTIONAL
#define TEXT CYAML_FLAG_POINTER
#define OPTIONAL_TEXT (CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL)
#define LIST CYAML_FLAG_POINTER
#define OPTIONAL_LIST (CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { NAME_MAX_CHARS = 64, PATH_MAX_CHARS = 1024, SUMMARY_MAX_CHARS = 256 };

static const cyaml_strval_t runqueues[] = {
	{"cpu", 0}, {"core", 1}, {"socket", 2}, {"node", 3}, {"all", 4},
};

static const cyaml_strval_t versions[] = {{"4.17", 417}, {"4.22", 422}};

static const cyaml_strval_t scrubs[] = {
	{"idle", SCENARIO_BOOTSCRUB_IDLE},
	{"on", SCENARIO_BOOTSCRUB_ON},
	{"off", SCENARIO_BOOTSCRUB_OFF},
};

static const cyaml_strval_t policies[] = {{"top", BALLOON_TOP},
					  {"spread", BALLOON_SPREAD}};

static const struct cyaml_schema_value u32 = {
	CYAML_VALUE_UINT(CYAML_FLAG_DEFAULT, uint32_t),
};
static const struct cyaml_schema_value number = {
	CYAML_VALUE_FLOAT(CYAML_FLAG_DEFAULT, double),
};
static const struct cyaml_schema_value text = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 1, PATH_MAX_CHARS),
};

static const struct cyaml_schema_field scheduler_fields[] = {
	CYAML_FIELD_STRING_PTR("name", OPTIONAL_TEXT, struct raw_scheduler,
			       name, 1, NAME_MAX_CHARS),
	CYAML_FIELD_UINT("sched_ratelimit_us", OPTIONAL, struct raw_scheduler,
			 sched_ratelimit_us),
	CYAML_FIELD_ENUM("credit2_runqueue", OPTIONAL | CYAML_FLAG_STRICT,
			 struct raw_scheduler, credit2_runqueue, runqueues,
			 COUNT(runqueues)),
	CYAML_FIELD_UINT("sched_credit2_max_cpus_runqueue", OPTIONAL,
			 struct raw_scheduler,
			 sched_credit2_max_cpus_runqueue),
	CYAML_FIELD_UINT("sched_credit2_migrate_resist", OPTIONAL,
			 struct raw_scheduler, sched_credit2_migrate_resist),
	CYAML_FIELD_UINT("credit2_load_window_shift", OPTIONAL,
			 struct raw_scheduler, credit2_load_window_shift),
	CYAML_FIELD_UINT("credit2_load_precision_shift", OPTIONAL,
			 struct raw_scheduler, credit2_load_precision_shift),
	CYAML_FIELD_INT("credit2_balance_under", OPTIONAL,
			struct raw_scheduler, credit2_balance_under),
	CYAML_FIELD_INT("credit2_balance_over", OPTIONAL,
			struct raw_scheduler, credit2_balance_over),
	CYAML_FIELD_UINT("credit2_cap_period_ms", OPTIONAL,
			 struct raw_scheduler, credit2_cap_period_ms),
	CYAML_FIELD_BOOL("sched_smt_power_savings", OPTIONAL,
			 struct raw_scheduler, sched_smt_power_savings),
	CYAML_FIELD_UINT("sched_credit_tslice_ms", OPTIONAL,
			 struct raw_scheduler, sched_credit_tslice_ms),
	CYAML_FIELD_UINT("vcpu_migration_delay", OPTIONAL,
			 struct raw_scheduler, vcpu_migration_delay),
	CYAML_FIELD_UINT("load-balance-ratelimit", OPTIONAL,
			 struct raw_scheduler, load_balance_ratelimit),
	CYAML_FIELD_BOOL("tickle_one_idle_cpu", OPTIONAL, struct raw_scheduler,
			 tickle_one_idle_cpu),
	CYAML_FIELD_UINT("rtds_period_us", OPTIONAL, struct raw_scheduler,
			 rtds_period_us),
	CYAML_FIELD_UINT("rtds_budget_us", OPTIONAL, struct raw_scheduler,
			 rtds_budget_us),
	CYAML_FIELD_BOOL("rtds_extratime", OPTIONAL, struct raw_scheduler,
			 rtds_extratime),
	CYAML_FIELD_END,
};

static const struct cyaml_schema_field dom0_fields[] = {
	CYAML_FIELD_UINT("memory_mib", OPTIONAL, struct raw_dom0, memory_mib),
	CYAML_FIELD_UINT("vcpus", OPTIONAL, struct raw_dom0, vcpus),
	CYAML_FIELD_SEQUENCE("nodes", OPTIONAL_LIST, struct raw_dom0, nodes,
			     &u32, 1, NODE_MAX),
	CYAML_FIELD_END,
};

static const struct cyaml_schema_field seeds_fields[] = {
	CYAML_FIELD_UINT("first", OPTIONAL, struct raw_seeds, first),
	CYAML_FIELD_UINT("count", OPTIONAL, struct raw_seeds, count),
	CYAML_FIELD_END,
};

static const struct cyaml_schema_field arrival_fields[] = {
	CYAML_FIELD_FLOAT("at_s", OPTIONAL, struct raw_arrival, at_s),
	CYAML_FIELD_FLOAT("every_s", OPTIONAL, struct raw_arrival, every_s),
	CYAML_FIELD_FLOAT("poisson_per_s", OPTIONAL, struct raw_arrival,
			  poisson_per_s),
	CYAML_FIELD_FLOAT("from_s", OPTIONAL, struct raw_arrival, from_s),
	CYAML_FIELD_FLOAT("until_s", OPTIONAL, struct raw_arrival, until_s),
	CYAML_FIELD_STRING_PTR("trace", OPTIONAL_TEXT, struct raw_arrival,
			       trace, 1, PATH_MAX_CHARS),
	CYAML_FIELD_END,
};

static const struct cyaml_schema_field balloon_fields[] = {
	CYAML_FIELD_FLOAT("at_s", CYAML_FLAG_DEFAULT, struct raw_balloon,
			  at_s),
	CYAML_FIELD_UINT("target_mib", CYAML_FLAG_DEFAULT, struct raw_balloon,
			 target_mib),
	CYAML_FIELD_END,
};

static const struct cyaml_schema_value balloon_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_balloon,
			    balloon_fields),
};

static const struct cyaml_schema_field guest_fields[] = {
	CYAML_FIELD_STRING_PTR("name", TEXT, struct raw_guest, name, 1,
			       NAME_MAX_CHARS),
	CYAML_FIELD_STRING_PTR("config", TEXT, struct raw_guest, config, 1,
			       PATH_MAX_CHARS),
	CYAML_FIELD_STRING_PTR("workload", TEXT, struct raw_guest, workload, 1,
			       PATH_MAX_CHARS),
	CYAML_FIELD_UINT("count", OPTIONAL, struct raw_guest, count),
	CYAML_FIELD_MAPPING("arrival", OPTIONAL, struct raw_guest, arrival,
			    arrival_fields),
	CYAML_FIELD_MAPPING("lifetime_s", OPTIONAL, struct raw_guest,
			    lifetime_s, dist_file_fields),
	CYAML_FIELD_SEQUENCE("balloon", OPTIONAL_LIST, struct raw_guest,
			     balloon, &balloon_value, 1, CYAML_UNLIMITED),
	CYAML_FIELD_ENUM("balloon_policy", OPTIONAL | CYAML_FLAG_STRICT,
			 struct raw_guest, balloon_policy, policies,
			 COUNT(policies)),
	CYAML_FIELD_SEQUENCE("forced_nodes", OPTIONAL_LIST, struct raw_guest,
			     forced_nodes, &u32, 1, NODE_MAX),
	CYAML_FIELD_STRING_PTR("heuristic", OPTIONAL_TEXT, struct raw_guest,
			       heuristic, 1, PATH_MAX_CHARS),
	CYAML_FIELD_UINT("group", OPTIONAL, struct raw_guest, group),
	CYAML_FIELD_BOOL("measured", OPTIONAL, struct raw_guest, measured),
	CYAML_FIELD_END,
};

static const struct cyaml_schema_value guest_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_guest,
			    guest_fields),
};

static const struct cyaml_schema_field sweep_fields[] = {
	CYAML_FIELD_STRING_PTR("guest", TEXT, struct raw_sweep, guest, 1,
			       NAME_MAX_CHARS),
	CYAML_FIELD_SEQUENCE("count", OPTIONAL_LIST, struct raw_sweep, count,
			     &u32, 1, SCENARIO_CASE_MAX),
	CYAML_FIELD_SEQUENCE("poisson_per_s", OPTIONAL_LIST, struct raw_sweep,
			     poisson_per_s, &number, 1, SCENARIO_CASE_MAX),
	CYAML_FIELD_END,
};

static const struct cyaml_schema_field scenario_fields[] = {
	CYAML_FIELD_STRING_PTR("name", TEXT, struct raw_scenario, name, 1,
			       NAME_MAX_CHARS),
	CYAML_FIELD_STRING_PTR("summary", OPTIONAL_TEXT, struct raw_scenario,
			       summary, 1, SUMMARY_MAX_CHARS),
	CYAML_FIELD_STRING_PTR("host", TEXT, struct raw_scenario, host, 1,
			       PATH_MAX_CHARS),
	CYAML_FIELD_ENUM("xen_version", OPTIONAL | CYAML_FLAG_STRICT,
			 struct raw_scenario, xen_version, versions,
			 COUNT(versions)),
	CYAML_FIELD_MAPPING("scheduler", OPTIONAL, struct raw_scenario,
			    scheduler, scheduler_fields),
	CYAML_FIELD_ENUM("bootscrub", OPTIONAL | CYAML_FLAG_STRICT,
			 struct raw_scenario, bootscrub, scrubs,
			 COUNT(scrubs)),
	CYAML_FIELD_BOOL("claim_mode", OPTIONAL, struct raw_scenario,
			 claim_mode),
	CYAML_FIELD_MAPPING("dom0", OPTIONAL, struct raw_scenario, dom0,
			    dom0_fields),
	CYAML_FIELD_FLOAT("duration_s", CYAML_FLAG_DEFAULT,
			  struct raw_scenario, duration_s),
	CYAML_FIELD_FLOAT("warmup_s", OPTIONAL, struct raw_scenario, warmup_s),
	CYAML_FIELD_MAPPING("seeds", OPTIONAL, struct raw_scenario, seeds,
			    seeds_fields),
	CYAML_FIELD_SEQUENCE("heuristics", LIST, struct raw_scenario,
			     heuristics, &text, 1, 64),
	CYAML_FIELD_SEQUENCE("guests", LIST, struct raw_scenario, guests,
			     &guest_value, 1, SCENARIO_GUEST_MAX),
	CYAML_FIELD_MAPPING("sweep", OPTIONAL, struct raw_scenario, sweep,
			    sweep_fields),
	CYAML_FIELD_END,
};

const struct cyaml_schema_value scenario_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw_scenario,
			    scenario_fields),
};
