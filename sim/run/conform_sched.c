#include "run/conform_sched.h"

#include "base/arena.h"
#include "run/json_read.h"
#include "xen/credit.h"
#include "xen/credit2.h"

#include <stdio.h>
#include <string.h>

enum { UNITS_MAX = 4096 };

/* Reads "in" and returns what "out" should be; NULL with *err set. */
typedef json_t *sum_fn(const json_t *in, struct err *err);

static json_t *burn(const json_t *in, struct err *err);
static json_t *c2t(const json_t *in, struct err *err);
static json_t *reset(const json_t *in, struct err *err);
static json_t *runtime(const json_t *in, struct err *err);
static json_t *credit1_burn(const json_t *in, struct err *err);
static json_t *credit1_acct(const json_t *in, struct err *err);

static const struct kind {
	const char *name;
	sum_fn *sum;
} kinds[] = {
	{"credit2_burn", burn},
	{"credit2_c2t", c2t},
	{"credit2_reset", reset},
	{"credit2_runtime", runtime},
	{"credit1_burn", credit1_burn},
	{"credit1_acct", credit1_acct},
};

bool conform_sched_is(const json_t *record)
{
	const char *kind = json_string_value(json_object_get(record, "kind"));

	return kind && strncmp(kind, "credit", 6) == 0;
}

int conform_sched(const json_t *record, struct conform_result *result,
		  struct err *err)
{
	const json_t *in, *out;
	const char *name;
	sum_fn *sum = NULL;

	conform_begin(result);
	if (json_read_string(record, "kind", &name, err) < 0 ||
	    json_read_object(record, "in", &in, err) < 0 ||
	    json_read_object(record, "out", &out, err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			sum = kinds[i].sum;
	if (!sum) {
		snprintf(result->key, sizeof(result->key), "%s", name);
		return conform_end(record, CONFORM_UNMODELLED, result);
	}

	json_t *ours = sum(in, err);

	if (!ours)
		return -1;
	enum conform_verdict verdict = conform_json(result, "out", out, ours);

	json_decref(ours);
	return conform_end(record, verdict, result);
}

/* --- reading -------------------------------------------------------------- */

/* object[key], an integer of +-limit; none instead of null, if none >= 0. */
static int number(const json_t *object, const char *key, int64_t limit,
		  int64_t *value, struct err *err)
{
	const json_t *item = json_object_get(object, key);

	if (!json_is_integer(item))
		return err_set(err, "%s: missing or not an integer", key);
	*value = json_integer_value(item);
	if (*value > limit || *value < -limit)
		return err_set(err, "%s: %lld is not within +-%lld", key,
			       (long long)*value, (long long)limit);
	return 0;
}

/* As number(), but null is allowed: it leaves *value. */
static int number_or_null(const json_t *object, const char *key, int64_t limit,
			  int64_t *value, struct err *err)
{
	if (json_is_null(json_object_get(object, key)))
		return 0;
	return number(object, key, limit, value, err);
}

/* So that no product of the sums overflows. */
static const int64_t TIME_MAX = INT64_C(1) << 45, CREDIT_LIMIT = 1 << 30;

static int weights(const json_t *in, uint32_t *weight, uint32_t *max_weight,
		   struct err *err)
{
	uint64_t own = 0, most = 0;

	if ((weight && json_read_uint(in, "weight", 1, 65535, &own, err)) ||
	    (max_weight && json_read_uint(in, "max_weight", 1, 65535, &most,
					  err)))
		return -1;
	if (weight)
		*weight = (uint32_t)own;
	if (max_weight)
		*max_weight = (uint32_t)most;
	return 0;
}

static int unit(const json_t *from, struct credit2_unit *u, struct err *err)
{
	memset(u, 0, sizeof(*u));
	u->budget_ns = CREDIT2_BUDGET_NONE_NS;
	if (number(from, "credit", CREDIT_LIMIT, &u->credit, err) ||
	    weights(from, &u->weight, NULL, err) ||
	    number(from, "residual", CREDIT_LIMIT, &u->residual, err) ||
	    number(from, "start_time", TIME_MAX, &u->start_ns, err) ||
	    number_or_null(from, "budget", TIME_MAX, &u->budget_ns, err))
		return -1;
	return 0;
}

static json_t *unit_out(const struct credit2_unit *u)
{
	return json_pack("{sIsIsIso}", "credit", (json_int_t)u->credit,
			 "residual", (json_int_t)u->residual, "start_time",
			 (json_int_t)u->start_ns, "budget",
			 credit2_has_cap(u) ? json_integer(u->budget_ns)
					    : json_null());
}

/* --- the sums ------------------------------------------------------------- */

static json_t *burn(const json_t *in, struct err *err)
{
	struct credit2_unit u;
	uint32_t max_weight;
	int64_t now_ns;

	if (unit(in, &u, err) || weights(in, NULL, &max_weight, err) ||
	    number(in, "now", TIME_MAX, &now_ns, err))
		return NULL;
	credit2_burn(&u, max_weight, now_ns);
	return unit_out(&u);
}

static json_t *c2t(const json_t *in, struct err *err)
{
	uint32_t weight, max_weight;
	int64_t credit;

	if (weights(in, &weight, &max_weight, err) ||
	    number(in, "credit", CREDIT_LIMIT, &credit, err))
		return NULL;
	return json_pack("{sI}", "time", (json_int_t)credit2_c2t(
						 credit, weight, max_weight));
}

static json_t *reset(const json_t *in, struct err *err)
{
	struct credit2_unit u;
	const json_t *units;
	uint32_t max_weight;
	uint64_t snext;
	int64_t now_ns, tickled = 0;
	bool running;

	if (json_read_array(in, "units", &units, err) ||
	    weights(in, NULL, &max_weight, err) ||
	    number(in, "now", TIME_MAX, &now_ns, err) ||
	    json_read_uint(in, "snext", 0, UNITS_MAX, &snext, err) ||
	    unit(json_array_get(units, (size_t)snext), &u, err))
		return NULL;

	bool extra = u.credit == CREDIT2_CREDIT_MIN;
	json_t *list = json_array();

	for (size_t i = 0; i < json_array_size(units); i++) {
		const json_t *from = json_array_get(units, i);

		if (unit(from, &u, err) ||
		    json_read_bool(from, "running", &running, err)) {
			json_decref(list);
			return NULL;
		}
		tickled += credit2_refill(&u, running, max_weight, extra,
					  now_ns);
		json_array_append_new(list, unit_out(&u));
	}
	return json_pack("{sIso}", "tickled", (json_int_t)tickled, "units",
			 list);
}

static json_t *runtime(const json_t *in, struct err *err)
{
	struct credit2_slice slice = {
		.budget_ns = CREDIT2_BUDGET_NONE_NS,
		.head_credit = CREDIT2_CREDIT_IDLE,
	};
	int64_t ratelimit_us, entry_ns, now_ns;
	bool running;

	if (weights(in, &slice.weight, &slice.max_weight, err) ||
	    number(in, "credit", CREDIT_LIMIT, &slice.credit, err) ||
	    number_or_null(in, "budget", TIME_MAX, &slice.budget_ns, err) ||
	    number_or_null(in, "queue_head_credit", CREDIT_LIMIT,
			   &slice.head_credit, err) ||
	    number(in, "inflight_credit", CREDIT_LIMIT,
		   &slice.inflight_credit, err) ||
	    number(in, "ratelimit_us", CREDIT_LIMIT, &ratelimit_us, err) ||
	    number(in, "state_entry_time", TIME_MAX, &entry_ns, err) ||
	    number(in, "now", TIME_MAX, &now_ns, err) ||
	    json_read_bool(in, "is_running", &running, err))
		return NULL;
	slice.ratelimit_ns = ratelimit_us * 1000;
	slice.already_ran_ns = running ? now_ns - entry_ns : 0;
	return json_pack("{sI}", "time",
			 (json_int_t)credit2_slice_ns(&slice));
}

/* --- credit1 -------------------------------------------------------------- */

static json_t *credit1_burn(const json_t *in, struct err *err)
{
	struct credit_unit u = {0};
	int64_t credit, now_ns;

	if (number(in, "credit", CREDIT_LIMIT, &credit, err) ||
	    number(in, "residual", CREDIT_LIMIT, &u.residual, err) ||
	    number(in, "start_time", TIME_MAX, &u.start_ns, err) ||
	    number(in, "now", TIME_MAX, &now_ns, err))
		return NULL;
	u.credit = (int32_t)credit;
	credit_burn(&u, now_ns);
	return json_pack("{sIsIsI}", "credit", (json_int_t)u.credit,
			 "residual", (json_int_t)u.residual, "start_time",
			 (json_int_t)u.start_ns);
}

/* The accounting needs a pool and domains around it. Nothing in it runs. */

static int64_t still_now(void *world)
{
	(void)world;
	return 0;
}

static void still_timer_set(void *world, uint32_t timer, int64_t at_ns)
{
	(void)world;
	(void)timer;
	(void)at_ns;
}

static void still_timer_stop(void *world, uint32_t timer)
{
	(void)world;
	(void)timer;
}

static struct sched *acct_pool(struct arena *arena, const json_t *in,
			       struct err *err)
{
	struct sched_params params = sched_params_default();
	struct sched_env env = {.now_ns = still_now,
				.timer_set = still_timer_set,
				.timer_stop = still_timer_stop};
	uint64_t nr_cpus, per_tslice;

	if (json_read_uint(in, "ncpus", 1, CPU_MAX, &nr_cpus, err) ||
	    json_read_uint(in, "credits_per_tslice", 10, 10000, &per_tslice,
			   err))
		return NULL;

	uint32_t *place = arena_array(arena, nr_cpus, sizeof(*place));
	struct sched_host host = {(uint32_t)nr_cpus, place, place, place};

	params.sched_credit_tslice_ms = (int64_t)(per_tslice / CREDIT_PER_MS);
	return sched_create(arena, "credit", &host, NULL, &params, &env, err);
}

/* Lists are given head first, and a unit becomes the head when it starts. */
static int acct_units(struct sched *s, const json_t *from,
		      struct sched_dom *dom, struct err *err)
{
	const json_t *units;
	int64_t credit;

	if (json_read_array(from, "units", &units, err))
		return -1;
	size_t count = json_array_size(units);

	if (count < 1 || count > UNITS_MAX)
		return err_set(err, "units: 1 to %d", UNITS_MAX);
	for (size_t i = 0; i < count; i++)
		sched_unit_create(s, dom, NULL, NULL);
	for (size_t i = count; i-- > 0;) {
		struct credit_unit *u = credit_unit(dom->unit[i]);
		const json_t *unit = json_array_get(units, i);

		if (number(unit, "credit", CREDIT_LIMIT, &credit, err) ||
		    json_read_bool(unit, "parked", &u->parked, err))
			return -1;
		u->credit = (int32_t)credit;
		if (u->parked)
			sched_flag_set(s, &u->unit, SCHED_FLAG_PARKED);
		credit_acct_start(credit_of(s), u);
	}
	return 0;
}

static int acct_doms(struct sched *s, const json_t *doms, struct err *err)
{
	for (size_t i = json_array_size(doms); i-- > 0;) {
		const json_t *from = json_array_get(doms, i);
		struct sched_dom *dom = sched_dom_create(s, (uint32_t)i, NULL);
		uint64_t weight, cap;

		if (json_read_uint(from, "weight", 1, 65535, &weight, err) ||
		    json_read_uint(from, "cap", 0, 65535, &cap, err))
			return -1;
		dom->params = (struct sched_dom_params){(uint32_t)weight,
							(uint32_t)cap};
		if (acct_units(s, from, dom, err))
			return -1;
	}
	return 0;
}

static json_t *acct_dom_out(struct sched_dom *dom)
{
	json_t *units = json_array();

	for (uint32_t i = 0; i < dom->nr_units; i++) {
		const struct credit_unit *u = credit_unit(dom->unit[i]);

		json_array_append_new(units, json_pack(
			"{sisssbsb}", "credit", (int)u->credit, "pri",
			u->pri == CREDIT_PRI_OVER ? "over" : "under", "parked",
			(int)u->parked, "active", (int)credit_active(u)));
	}
	return json_pack("{siso}", "active_units",
			 (int)credit_dom(dom)->nr_active, "units", units);
}

static json_t *acct_out(struct sched *s)
{
	const struct credit *c = credit_of(s);
	json_t *order = json_array(), *doms = json_array();

	list_each (link, (struct list *)&c->active)
		json_array_append_new(order, json_integer(
			LIST_ENTRY(link, struct credit_dom,
				   active_link)->dom.id));
	/* The last was created first. */
	list_each (link, &s->doms)
		json_array_insert_new(doms, 0, acct_dom_out(
			LIST_ENTRY(link, struct sched_dom, link)));
	return json_pack("{sIsIsoso}", "weight", (json_int_t)c->weight,
			 "credit_balance", (json_int_t)c->balance, "order",
			 order, "domains", doms);
}

static json_t *credit1_acct(const json_t *in, struct err *err)
{
	struct arena *arena = arena_create();
	struct sched *s = acct_pool(arena, in, err);
	json_t *out = NULL;
	const json_t *doms;
	int64_t balance;

	if (s && json_read_array(in, "domains", &doms, err) == 0 &&
	    number(in, "credit_balance", INT32_MAX, &balance, err) == 0 &&
	    acct_doms(s, doms, err) == 0) {
		credit_of(s)->balance = (int32_t)balance;
		credit_acct(s);
		out = acct_out(s);
	}
	arena_destroy(arena);
	return out;
}
