#include "run/conform_trace.h"

#include "base/arena.h"
#include "base/units.h"
#include "run/json_read.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { DOMS_MAX = 4096, VCPUS_MAX = 1024, STEPS_MAX = 4096,
       EVENTS_MAX = 1 << 20 };

static int read_topology(struct trace *t, struct err *err);
static int read_params(struct trace *t, struct err *err);
static int read_doms(struct trace *t, struct err *err);
static int read_dom(struct trace *t, const json_t *from, struct trace_dom *d,
		    struct err *err);
static int read_vcpu(struct trace *t, const json_t *from, struct trace_vcpu *v,
		     struct err *err);
static int read_script(struct trace *t, const json_t *script,
		       struct trace_vcpu *v, struct err *err);
static int read_events(struct trace *t, struct err *err);

int trace_read(struct trace *t, struct err *err)
{
	const char *random;
	uint64_t end_ns;

	if (read_topology(t, err) < 0 || read_params(t, err) < 0 ||
	    json_read_string(t->record, "random", &random, err) < 0 ||
	    json_read_uint(t->record, "end_ns", 0, INT64_MAX / 2, &end_ns,
			   err) < 0 ||
	    read_doms(t, err) < 0 || read_events(t, err) < 0 ||
	    json_read_array(t->record, "switches", &t->switches, err) < 0 ||
	    json_read_array(t->record, "wakes", &t->wakes, err) < 0)
		return -1;
	t->random_counts = strcmp(random, "count") == 0;
	t->end_ns = (int64_t)end_ns;
	t->log = json_object_get(t->record, "log");
	return 0;
}

static int read_map(struct trace *t, const json_t *topology, const char *key,
		    const uint32_t **out, struct err *err)
{
	const json_t *list;

	if (json_read_array(topology, key, &list, err) < 0)
		return -1;
	size_t count = json_array_size(list);

	if (count < 1 || count > CPU_MAX ||
	    (t->host.nr_cpus && count != t->host.nr_cpus))
		return err_set(err, "%s: %zu CPUs; 1 to %d, the same number in "
			       "all lists", key, count, CPU_MAX);
	uint32_t *map = arena_array(t->arena, count, sizeof(*map));

	for (size_t c = 0; c < count; c++) {
		const json_t *item = json_array_get(list, c);
		json_int_t place = json_integer_value(item);

		if (!json_is_integer(item) || place < 0 || place > INT32_MAX)
			return err_set(err, "%s: entry %zu is no number >= 0",
				       key, c);
		map[c] = (uint32_t)place;
	}
	t->host.nr_cpus = (uint32_t)count;
	*out = map;
	return 0;
}

static int read_topology(struct trace *t, struct err *err)
{
	const json_t *topology;

	if (json_read_object(t->record, "topology", &topology, err) < 0)
		return -1;
	if (read_map(t, topology, "cpu_to_node", &t->host.cpu_to_node, err) ||
	    read_map(t, topology, "cpu_to_core", &t->host.cpu_to_core, err) ||
	    read_map(t, topology, "cpu_to_socket", &t->host.cpu_to_socket,
		     err))
		return -1;
	return 0;
}

/* Options by Xen's names; a list of values is not one of ours to know. */
static int read_params(struct trace *t, struct err *err)
{
	const json_t *params, *value;
	const char *name;

	if (json_read_object(t->record, "params", &params, err) < 0)
		return -1;
	json_object_foreach ((json_t *)params, name, value) {
		char text[32];

		if (json_is_integer(value))
			snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT,
				 json_integer_value(value));
		else if (json_is_string(value))
			snprintf(text, sizeof(text), "%s",
				 json_string_value(value));
		else
			return err_set(err, "params: %s is neither a number "
				       "nor a word", name);
		if (sched_params_set(&t->params, name, text, err) < 0)
			return -1;
	}
	return 0;
}

/* --- domains -------------------------------------------------------------- */

static int read_doms(struct trace *t, struct err *err)
{
	const json_t *doms;

	if (json_read_array(t->record, "domains", &doms, err) < 0)
		return -1;
	if (json_array_size(doms) > DOMS_MAX)
		return err_set(err, "domains: more than %d", DOMS_MAX);
	t->nr_doms = (uint32_t)json_array_size(doms);
	t->dom = arena_array(t->arena, t->nr_doms, sizeof(*t->dom));
	for (uint32_t i = 0; i < t->nr_doms; i++)
		if (read_dom(t, json_array_get(doms, i), &t->dom[i], err) < 0)
			return -1;
	return 0;
}

static int read_dom_params(const json_t *from, struct sched_dom_params *params,
			   struct err *err)
{
	uint64_t weight = 256, cap = 0;

	if (json_object_get(from, "weight") &&
	    json_read_uint(from, "weight", 1, 65535, &weight, err) < 0)
		return -1;
	if (json_object_get(from, "cap") &&
	    json_read_uint(from, "cap", 0, UINT16_MAX, &cap, err) < 0)
		return -1;
	params->weight = (uint32_t)weight;
	params->cap = (uint32_t)cap;
	return 0;
}

static int read_dom(struct trace *t, const json_t *from, struct trace_dom *d,
		    struct err *err)
{
	const json_t *vcpus;
	uint64_t id;

	if (json_read_uint(from, "id", 0, INT32_MAX, &id, err) < 0 ||
	    read_dom_params(from, &d->params, err) < 0 ||
	    json_read_array(from, "vcpus", &vcpus, err) < 0)
		return -1;
	if (json_array_size(vcpus) < 1 || json_array_size(vcpus) > VCPUS_MAX)
		return err_set(err, "vcpus: 1 to %d of them", VCPUS_MAX);
	d->id = (uint32_t)id;
	d->nr_vcpus = (uint32_t)json_array_size(vcpus);
	d->vcpu = arena_array(t->arena, d->nr_vcpus, sizeof(*d->vcpu));
	for (uint32_t i = 0; i < d->nr_vcpus; i++) {
		struct trace_vcpu *v = &d->vcpu[i];

		v->dom = d;
		v->wake_ns = TIME_NEVER_NS;
		snprintf(v->name, sizeof(v->name), "d%uv%u", d->id, i);
		if (read_vcpu(t, json_array_get(vcpus, i), v, err) < 0)
			return -1;
	}
	return 0;
}

/* A list of CPUs, or "all". */
static int read_affinity(const json_t *from, const char *key, cpuset *cpus,
			 bool *all, struct err *err)
{
	const json_t *list = json_object_get(from, key);
	const char *word = json_string_value(list);

	*all = word && strcmp(word, "all") == 0;
	*cpus = *all ? cpuset_all() : cpuset_below(0);
	if (*all)
		return 0;
	if (!json_is_array(list))
		return err_set(err, "%s: neither \"all\" nor a list of CPUs",
			       key);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);
		json_int_t cpu = json_integer_value(item);

		if (!json_is_integer(item) || cpu < 0 || cpu >= CPU_MAX)
			return err_set(err, "%s: entry %zu is no CPU of 0..%d",
				       key, i, CPU_MAX - 1);
		cpuset_add(cpus, (uint32_t)cpu);
	}
	return 0;
}

/* [period, budget, extratime] of rtds. */
static int read_rtds(const json_t *list, struct trace_vcpu *v, struct err *err)
{
	const json_t *period = json_array_get(list, 0);
	const json_t *budget = json_array_get(list, 1);
	const json_t *extra = json_array_get(list, 2);

	v->has_rtds = list != NULL;
	if (!list)
		return 0;
	if (!json_is_integer(period) || !json_is_integer(budget) ||
	    !json_is_boolean(extra))
		return err_set(err, "rtds: not [period ns, budget ns, "
			       "extratime]");
	v->rtds.period_ns = json_integer_value(period);
	v->rtds.budget_ns = json_integer_value(budget);
	v->rtds.extratime = json_is_true(extra);
	return 0;
}

static int read_vcpu(struct trace *t, const json_t *from, struct trace_vcpu *v,
		     struct err *err)
{
	const json_t *script;

	if (read_affinity(from, "hard", &v->hard, &v->hard_all, err) < 0 ||
	    read_affinity(from, "soft", &v->soft, &v->soft_all, err) < 0 ||
	    json_read_array(from, "script", &script, err) < 0 ||
	    read_rtds(json_object_get(from, "rtds"), v, err) < 0)
		return -1;
	return read_script(t, script, v, err);
}

static int read_step(const json_t *from, struct trace_step *step,
		     struct err *err)
{
	const char *op = json_string_value(json_array_get(from, 0));
	const json_t *ns = json_array_get(from, 1);

	step->ns = 0;
	if (op && strcmp(op, "yield") == 0) {
		step->op = TRACE_YIELD;
		return 0;
	}
	step->op = op && strcmp(op, "block") == 0 ? TRACE_BLOCK : TRACE_RUN;
	if (!op || (step->op == TRACE_RUN && strcmp(op, "run") != 0))
		return err_set(err, "script: a step is [\"run\",ns], "
			       "[\"block\",ns] or [\"yield\"]");
	step->ns = json_is_null(ns) ? TIME_NEVER_NS : json_integer_value(ns);
	if (!ns || step->ns < 0 || (!json_is_null(ns) && !json_is_integer(ns)))
		return err_set(err, "script: the time of a step is a number of "
			       "ns >= 0, or null");
	return 0;
}

/* Each block and yield ends a run phase: so the script must begin with one, and
 * the next step must be one. */
static int read_script(struct trace *t, const json_t *script,
		       struct trace_vcpu *v, struct err *err)
{
	size_t count = json_array_size(script);

	if (count < 1 || count > STEPS_MAX)
		return err_set(err, "script: 1 to %d steps", STEPS_MAX);
	v->nr_steps = (uint32_t)count;
	v->step = arena_array(t->arena, count, sizeof(*v->step));
	for (uint32_t i = 0; i < count; i++)
		if (read_step(json_array_get(script, i), &v->step[i], err) < 0)
			return -1;
	for (uint32_t i = 0; i < count; i++) {
		bool run = v->step[i].op == TRACE_RUN;

		if ((i == 0 && !run) ||
		    (!run && v->step[(i + 1) % count].op != TRACE_RUN))
			return err_set(err, "script: step %u: a run comes first "
				       "and after each block and yield", i);
	}
	v->left_ns = v->step[0].ns;
	return 0;
}

/* --- events --------------------------------------------------------------- */

static int read_dom_times(struct trace *t, const json_t *dom,
			  struct trace_dom *d, struct err *err)
{
	static const char *const key[] = {"create_ns", "start_ns"};
	static const char *const op[] = {"create", "start"};

	for (int i = 0; i < 2; i++) {
		uint64_t at_ns;

		if (json_read_uint(dom, key[i], 0, INT64_MAX / 2, &at_ns,
				   err) < 0)
			return -1;
		t->event[t->nr_events++] = (struct trace_event){
			.t_ns = (int64_t)at_ns, .op = op[i], .dom = d};
	}
	return 0;
}

static int read_params_event(const json_t *from, struct trace_event *e,
			     struct err *err)
{
	return read_dom_params(from, &e->params, err);
}

static int read_rtparams_event(const json_t *from, struct trace_event *e,
			       struct err *err)
{
	uint64_t period_ns, budget_ns;

	if (json_read_uint(from, "period", 0, INT64_MAX / 2, &period_ns, err) ||
	    json_read_uint(from, "budget", 0, INT64_MAX / 2, &budget_ns, err) ||
	    json_read_bool(from, "extratime", &e->rtds.extratime, err))
		return -1;
	e->rtds.period_ns = (int64_t)period_ns;
	e->rtds.budget_ns = (int64_t)budget_ns;
	return 0;
}

static const struct event_kind {
	const char *op;
	bool has_vcpu, has_cpus;
	int (*read)(const json_t *from, struct trace_event *e, struct err *err);
} event_kinds[] = {
	{"hard", true, true, NULL},    {"soft", true, true, NULL},
	{"pause", false, false, NULL}, {"unpause", false, false, NULL},
	{"vpause", true, false, NULL}, {"vunpause", true, false, NULL},
	{"vdown", true, false, NULL},  {"vup", true, false, NULL},
	{"destroy", false, false, NULL},
	{"params", false, false, read_params_event},
	{"rtparams", true, false, read_rtparams_event},
};

static const struct event_kind *event_kind(const char *op)
{
	for (size_t i = 0; i < sizeof(event_kinds) / sizeof(*event_kinds); i++)
		if (strcmp(event_kinds[i].op, op) == 0)
			return &event_kinds[i];
	return NULL;
}

static int read_event(struct trace *t, const json_t *from, struct err *err)
{
	struct trace_event e = {0};
	uint64_t at_ns, id, vcpu;
	const char *op;
	bool all;

	if (json_read_string(from, "op", &op, err) < 0 ||
	    json_read_uint(from, "t", 0, INT64_MAX / 2, &at_ns, err) < 0 ||
	    json_read_uint(from, "dom", 0, INT32_MAX, &id, err) < 0)
		return -1;
	const struct event_kind *kind = event_kind(op);

	if (!kind)
		return err_set(err, "events: op %s is not known", op);
	for (uint32_t i = 0; i < t->nr_doms; i++)
		if (t->dom[i].id == id)
			e.dom = &t->dom[i];
	if (!e.dom)
		return err_set(err, "events: no domain %" PRIu64, id);
	e.op = kind->op;
	e.t_ns = (int64_t)at_ns;
	if (kind->has_vcpu) {
		if (json_read_uint(from, "vcpu", 0, e.dom->nr_vcpus - 1, &vcpu,
				   err) < 0)
			return -1;
		e.vcpu = &e.dom->vcpu[vcpu];
	}
	if (kind->has_cpus && read_affinity(from, "cpus", &e.cpus, &all, err))
		return -1;
	if (kind->read && kind->read(from, &e, err))
		return -1;
	if (strcmp(e.op, "destroy") == 0) {
		t->event[t->nr_events] = e;
		t->event[t->nr_events++].op = "pause";
	}
	t->event[t->nr_events++] = e;
	return 0;
}

/* By time; those of one time keep their order. */
static void events_sort(struct trace *t)
{
	for (uint32_t i = 1; i < t->nr_events; i++) {
		struct trace_event e = t->event[i];
		uint32_t at = i;

		for (; at > 0 && t->event[at - 1].t_ns > e.t_ns; at--)
			t->event[at] = t->event[at - 1];
		t->event[at] = e;
	}
}

static int read_events(struct trace *t, struct err *err)
{
	const json_t *doms = json_object_get(t->record, "domains"), *events;

	if (json_read_array(t->record, "events", &events, err) < 0)
		return -1;
	size_t count = json_array_size(events);

	if (count > EVENTS_MAX)
		return err_set(err, "events: more than %d", EVENTS_MAX);
	t->event = arena_array(t->arena, 2 * (count + t->nr_doms),
			       sizeof(*t->event));
	for (uint32_t i = 0; i < t->nr_doms; i++)
		if (read_dom_times(t, json_array_get(doms, i), &t->dom[i],
				   err) < 0)
			return -1;
	for (size_t i = 0; i < count; i++)
		if (read_event(t, json_array_get(events, i), err) < 0)
			return -1;
	events_sort(t);
	return 0;
}
