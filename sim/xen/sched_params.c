#include "xen/sched_params.h"

#include "base/err.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A value that has a name; the list ends with a NULL name. */
struct named {
	const char *name;
	int64_t value;
};

static const struct named runqueue_names[] = {
	{"cpu", SCHED_RUNQUEUE_CPU},       {"core", SCHED_RUNQUEUE_CORE},
	{"socket", SCHED_RUNQUEUE_SOCKET}, {"node", SCHED_RUNQUEUE_NODE},
	{"all", SCHED_RUNQUEUE_ALL},       {NULL, 0},
};

static const struct named truth_names[] = {
	{"yes", 1}, {"no", 0},  {"true", 1}, {"false", 0},
	{"on", 1},  {"off", 0}, {"1", 1},    {"0", 0},     {NULL, 0},
};

/* One row per option: X(field, option, default, min, max, names). xen_version
 * and rtds_* are not options of Xen's, but chosen with them. */
#define OPTIONS(X)                                                          \
	X(xen_version, "xen_version", 422, 417, 499, NULL)                  \
	X(sched_ratelimit_us, "sched_ratelimit_us", 1000, 0, 500000, NULL)  \
	X(sched_smt_power_savings, "sched_smt_power_savings", 0, 0, 1,      \
	  truth_names)                                                      \
	X(credit2_runqueue, "credit2_runqueue", SCHED_RUNQUEUE_SOCKET, 0,   \
	  4, runqueue_names)                                                \
	X(sched_credit2_max_cpus_runqueue,                                  \
	  "sched_credit2_max_cpus_runqueue", 16, 1, 1024, NULL)             \
	X(sched_credit2_migrate_resist, "sched_credit2_migrate_resist",     \
	  500, 0, 100000, NULL)                                             \
	X(credit2_load_window_shift, "credit2_load_window_shift", 30, 11,   \
	  36, NULL)                                                         \
	X(credit2_load_precision_shift, "credit2_load_precision_shift", 18, \
	  1, 24, NULL)                                                      \
	X(credit2_balance_under, "credit2_balance_under", 0, -24, 8, NULL)  \
	X(credit2_balance_over, "credit2_balance_over", -3, -24, 8, NULL)   \
	X(credit2_cap_period_ms, "credit2_cap_period_ms", 10, 1, 1000,      \
	  NULL)                                                             \
	X(sched_credit_tslice_ms, "sched_credit_tslice_ms", 30, 1, 1000,    \
	  NULL)                                                             \
	X(vcpu_migration_delay, "vcpu_migration_delay", 0, 0, 100000, NULL) \
	X(load_balance_ratelimit, "load-balance-ratelimit", 1000, 0,        \
	  1000000, NULL)                                                    \
	X(tickle_one_idle_cpu, "tickle_one_idle_cpu", 1, 0, 1, truth_names) \
	X(rtds_period_us, "rtds_period_us", 10000, 10, 10000000, NULL)      \
	X(rtds_budget_us, "rtds_budget_us", 4000, 10, 10000000, NULL)       \
	X(rtds_extratime, "rtds_extratime", 1, 0, 1, truth_names)

enum { RATELIMIT_US_MIN = 100 };

struct option {
	const char *name;
	size_t offset;
	int64_t preset, min, max;
	const struct named *names; /* NULL = a number */
};

#define ROW(field, option, preset, min, max, names)                     \
	{option, offsetof(struct sched_params, field), preset, min, max, \
	 names},
static const struct option options[] = {OPTIONS(ROW)};

#define NAME(field, option, preset, min, max, names) option,
static const char *const option_names[] = {OPTIONS(NAME) NULL};

enum { OPTION_COUNT = sizeof(options) / sizeof(options[0]) };

static int64_t *field(struct sched_params *params, const struct option *o)
{
	return (int64_t *)(void *)((char *)params + o->offset);
}

static int64_t value_of(const struct sched_params *params,
			const struct option *o)
{
	int64_t value;

	memcpy(&value, (const char *)params + o->offset, sizeof(value));
	return value;
}

static const struct option *option_find(const char *name)
{
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (strcmp(options[i].name, name) == 0)
			return &options[i];
	return NULL;
}

struct sched_params sched_params_default(void)
{
	struct sched_params params;

	for (size_t i = 0; i < OPTION_COUNT; i++)
		*field(&params, &options[i]) = options[i].preset;
	return params;
}

const char *const *sched_param_names(void)
{
	return option_names;
}

static int range_check(const struct option *o, int64_t value, struct err *err)
{
	if (value < o->min || value > o->max)
		return err_set(err,
			       "%s: %" PRId64 " is out of range; %" PRId64
			       " to %" PRId64, o->name, value, o->min, o->max);
	if (strcmp(o->name, "sched_ratelimit_us") == 0 && value != 0 &&
	    value < RATELIMIT_US_MIN)
		return err_set(err, "%s: %" PRId64 " is too little; 0 for none, "
			       "or %d to %" PRId64, o->name, value,
			       RATELIMIT_US_MIN, o->max);
	return 0;
}

static int named_parse(const struct option *o, const char *text, int64_t *value,
		       struct err *err)
{
	const char *names[16];
	size_t count = 0;

	for (const struct named *n = o->names; n->name; n++) {
		if (strcmp(n->name, text) == 0) {
			*value = n->value;
			return 0;
		}
		names[count++] = n->name;
	}
	err_set(err, "%s: no such value '%s'", o->name, text);
	return err_add_nearest(err, text, names, count);
}

static int number_parse(const struct option *o, const char *text,
			int64_t *value, struct err *err)
{
	char *end;

	errno = 0;
	long long number = strtoll(text, &end, 10);

	if (end == text || *end || errno)
		return err_set(err, "%s: '%s' is not a whole number; %" PRId64
			       " to %" PRId64, o->name, text, o->min, o->max);
	*value = number;
	return 0;
}

int sched_params_set(struct sched_params *params, const char *option,
		     const char *text, struct err *err)
{
	const struct option *o = option_find(option);
	int64_t value = 0;

	if (!o) {
		err_set(err, "no scheduling option '%s'", option);
		return err_add_nearest(err, option, option_names, OPTION_COUNT);
	}
	int rc = o->names ? named_parse(o, text, &value, err)
			  : number_parse(o, text, &value, err);

	if (rc || range_check(o, value, err))
		return -1;
	*field(params, o) = value;
	return 0;
}

int sched_params_check(const struct sched_params *params, struct err *err)
{
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (range_check(&options[i], value_of(params, &options[i]),
				err))
			return -1;
	int64_t bits = params->credit2_load_precision_shift;

	if (bits + params->credit2_balance_under < 0)
		return err_set(err, "credit2_balance_under: %" PRId64 " is below "
			       "minus credit2_load_precision_shift (%" PRId64
			       ")", params->credit2_balance_under, bits);
	if (bits + params->credit2_balance_over < 0)
		return err_set(err, "credit2_balance_over: %" PRId64 " is below "
			       "minus credit2_load_precision_shift (%" PRId64
			       ")", params->credit2_balance_over, bits);
	if (params->rtds_budget_us > params->rtds_period_us)
		return err_set(err, "rtds_budget_us: %" PRId64 " is more than "
			       "rtds_period_us (%" PRId64 ")",
			       params->rtds_budget_us, params->rtds_period_us);
	return 0;
}

bool sched_params_get(const struct sched_params *params, const char *option,
		      char *text, size_t text_bytes)
{
	const struct option *o = option_find(option);

	if (!o)
		return false;
	int64_t value = value_of(params, o);

	for (const struct named *n = o->names; n && n->name; n++) {
		if (n->value == value) {
			snprintf(text, text_bytes, "%s", n->name);
			return true;
		}
	}
	snprintf(text, text_bytes, "%" PRId64, value);
	return true;
}
