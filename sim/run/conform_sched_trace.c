#include "run/conform_trace.h"

#include "base/arena.h"
#include "base/units.h"
#include "run/json_read.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What comes next, and when. */
struct due {
	int64_t t_ns;
	enum { DUE_NOTHING, DUE_EVENT, DUE_RUN_END, DUE_WAKE, DUE_TIMER } kind;
	struct trace_vcpu *vcpu;
	uint32_t timer;
};

static void hooks(struct trace *t, struct sched_env *env);
static int replay(struct trace *t, struct err *err);
static struct due next_due(struct trace *t);
static void handle(struct trace *t, const struct due *due);
static void after_event(struct trace *t);
static void look_for_moves(struct trace *t);
static void scripted(struct trace *t, const struct trace_event *e);
static void phase_ended(struct trace *t, struct trace_vcpu *v);

bool conform_sched_trace_is(const json_t *record)
{
	return json_is_string(json_object_get(record, "sched")) &&
	       json_is_array(json_object_get(record, "switches"));
}

static int start(struct trace *t, const char *sched, struct err *err)
{
	struct sched_env env = {.world = t};
	const json_t *samples;

	if (trace_read(t, err) < 0 ||
	    json_read_array(t->record, "samples", &samples, err) < 0)
		return -1;
	hooks(t, &env);
	t->sched = sched_create(t->arena, sched, &t->host, NULL, &t->params,
				&env, err);
	return t->sched ? 0 : -1;
}

int conform_sched_trace(const json_t *record,
			const struct conform_options *options,
			struct conform_result *result, struct err *err)
{
	struct conform_sched_counts counts;

	return conform_sched_trace_count(record, options, &counts, result, err);
}

int conform_sched_trace_count(const json_t *record,
			      const struct conform_options *options,
			      struct conform_sched_counts *counts,
			      struct conform_result *result, struct err *err)
{
	struct trace t = {
		.record = record,
		.result = result,
		.count = counts,
		.check = options->paranoid,
	};
	const char *sched;
	int rc;

	conform_begin(result);
	memset(counts, 0, sizeof(*counts));
	if (json_read_string(record, "sched", &sched, err) < 0)
		return -1;
	t.format = trace_format(sched);
	if (!t.format) {
		snprintf(result->key, sizeof(result->key), "%s", sched);
		return conform_end(record, CONFORM_UNMODELLED, result);
	}
	t.arena = arena_create();
	t.held = json_array();
	t.moves = json_array();
	t.params = sched_params_default();
	t.params.xen_version = options->xen_version;
	rc = start(&t, sched, err);
	if (rc == 0)
		rc = replay(&t, err);
	json_decref(t.moves);
	json_decref(t.held);
	arena_destroy(t.arena);
	if (rc != 0)
		return rc;
	return conform_end(record, t.differs ? CONFORM_DIFFERS : CONFORM_AGREES,
			   result);
}

/* --- the loop ------------------------------------------------------------- */

static void samples_until(struct trace *t, const json_t *samples, int64_t t_ns)
{
	while (!trace_differs(t)) {
		const json_t *sample = json_array_get(
			samples, (size_t)t->count->samples);
		json_int_t at = json_integer_value(json_object_get(sample,
								   "t"));

		if (!sample || at > t_ns)
			return;
		t->now_ns = at;
		trace_sample(t, sample, "sample");
		t->count->samples++;
	}
}

/* The work of a record, in event_cost(): 15 times that of the longest known. */
static const uint64_t work_max = UINT64_C(1) << 29;

/* Of one event: a decision, and all that next_due() looks at. */
static uint64_t event_cost(const struct trace *t)
{
	uint64_t count = 256 + t->host.nr_cpus + t->timers_max;

	for (uint32_t d = 0; d < t->nr_doms; d++)
		count += t->dom[d].nr_vcpus;
	return count;
}

/* 0; -1 and err for a run that would not come to its end. */
static int replay(struct trace *t, struct err *err)
{
	uint64_t events_max = work_max / event_cost(t);
	const json_t *samples = json_object_get(t->record, "samples");

	after_event(t);
	trace_boot(t);
	while (!trace_differs(t)) {
		struct due due = next_due(t);

		if (due.kind == DUE_NOTHING || due.t_ns > t->end_ns)
			break;
		samples_until(t, samples, due.t_ns);
		if (trace_differs(t))
			return 0;
		if (t->count->events == events_max)
			return err_set(err, "end_ns: more than %llu events "
				       "before it; a shorter run",
				       (unsigned long long)events_max);
		t->now_ns = due.t_ns;
		t->count->events++;
		handle(t, &due);
		after_event(t);
	}
	if (trace_differs(t))
		return 0;
	samples_until(t, samples, t->end_ns);
	t->now_ns = t->end_ns;
	trace_sample(t, json_object_get(t->record, "end"), "end");
	trace_totals(t);
	return 0;
}

/* The earliest; of equals the first of its class, in the order written here. */
static struct due next_due(struct trace *t)
{
	struct due due = {.t_ns = TIME_NEVER_NS};

	if (t->next_event < t->nr_events) {
		due.kind = DUE_EVENT;
		due.t_ns = t->event[t->next_event].t_ns;
	}
	for (uint32_t c = 0; c < t->host.nr_cpus; c++) {
		struct sched_unit *unit = sched_cpu_current(t->sched, c);
		struct trace_vcpu *v = unit ? sched_unit_owner(unit) : NULL;

		if (v && v->left_ns != TIME_NEVER_NS &&
		    v->run_since_ns + v->left_ns < due.t_ns)
			due = (struct due){v->run_since_ns + v->left_ns,
					   DUE_RUN_END, v, 0};
	}
	for (uint32_t d = 0; d < t->nr_doms; d++)
		for (uint32_t i = 0; i < t->dom[d].nr_vcpus; i++)
			if (t->dom[d].vcpu[i].wake_ns < due.t_ns)
				due = (struct due){t->dom[d].vcpu[i].wake_ns,
						   DUE_WAKE,
						   &t->dom[d].vcpu[i], 0};
	for (uint32_t i = 0; i < t->timers_max; i++) {
		struct sched_timer_info a, b;

		if (t->timer[i].at_ns > due.t_ns ||
		    t->timer[i].at_ns == TIME_NEVER_NS)
			continue;
		if (t->timer[i].at_ns == due.t_ns) {
			if (due.kind != DUE_TIMER)
				continue;
			a = sched_timer_info(t->sched, i);
			b = sched_timer_info(t->sched, due.timer);
			if (a.cpu > b.cpu || (a.cpu == b.cpu && a.seq > b.seq))
				continue;
		}
		due = (struct due){t->timer[i].at_ns, DUE_TIMER, NULL, i};
	}
	return due;
}

static void handle(struct trace *t, const struct due *due)
{
	struct sched_timer_info info;

	switch (due->kind) {
	case DUE_NOTHING:
		break;
	case DUE_EVENT:
		scripted(t, &t->event[t->next_event++]);
		break;
	case DUE_RUN_END:
		phase_ended(t, due->vcpu);
		break;
	case DUE_WAKE:
		due->vcpu->wake_ns = TIME_NEVER_NS;
		trace_wake(t, due->vcpu);
		trace_log(t, json_pack("[Issi]", (json_int_t)t->now_ns, "wake",
				       due->vcpu->name,
				       (int)sched_unit_processor(
					       due->vcpu->unit)));
		sched_unit_wake(t->sched, due->vcpu->unit);
		break;
	case DUE_TIMER:
		t->timer[due->timer].at_ns = TIME_NEVER_NS;
		info = sched_timer_info(t->sched, due->timer);
		trace_log(t, json_pack("[Isis]", (json_int_t)t->now_ns, "timer",
				       (int)info.cpu,
				       sched_timer_kind_name(info.kind)));
		sched_timer_fired(t->sched, due->timer);
		break;
	}
}

/* One sweep over the marked CPUs. */
static void after_event(struct trace *t)
{
	uint32_t pointer = 0;
	bool more = true;

	look_for_moves(t);
	while (more && !trace_differs(t)) {
		if (t->check)
			sched_check(t->sched);
		t->inside = true;
		more = sched_softirq_step(t->sched, &pointer);
		look_for_moves(t);
		trace_log_held(t);
	}
}

static void look_for_moves(struct trace *t)
{
	for (uint32_t d = 0; d < t->nr_doms; d++) {
		for (uint32_t i = 0; i < t->dom[d].nr_vcpus; i++) {
			struct trace_vcpu *v = &t->dom[d].vcpu[i];
			uint32_t from = v->seen_cpu;

			if (!v->unit || sched_unit_processor(v->unit) == from)
				continue;
			v->seen_cpu = sched_unit_processor(v->unit);
			trace_move(t, v, from);
		}
	}
}

/* --- vCPUs ---------------------------------------------------------------- */

/* CPU time up to now is the vCPU's. */
static void charge(struct trace *t, struct trace_vcpu *v)
{
	int64_t ran_ns = t->now_ns - v->run_since_ns;

	v->cpu_ns += ran_ns;
	v->run_since_ns = t->now_ns;
	if (v->left_ns != TIME_NEVER_NS)
		v->left_ns -= ran_ns;
}

static void phase_ended(struct trace *t, struct trace_vcpu *v)
{
	charge(t, v);
	v->step_index = (v->step_index + 1) % v->nr_steps;
	const struct trace_step *step = &v->step[v->step_index];

	if (step->op == TRACE_RUN) {
		v->left_ns = step->ns;
		return;
	}
	v->step_index = (v->step_index + 1) % v->nr_steps;
	v->left_ns = v->step[v->step_index].ns;
	trace_log(t, json_pack("[Issi]", (json_int_t)t->now_ns,
			       step->op == TRACE_BLOCK ? "block" : "yield",
			       v->name, (int)sched_unit_processor(v->unit)));
	if (step->op == TRACE_BLOCK) {
		if (step->ns != TIME_NEVER_NS)
			v->wake_ns = t->now_ns + step->ns;
		sched_unit_block(t->sched, v->unit);
	} else {
		sched_unit_yield(t->sched, v->unit);
	}
}

/* --- scripted events ------------------------------------------------------ */

/* What Xen refuses changes nothing. The moves of each call are told apart. */
static void affinity(struct trace *t, struct trace_vcpu *v, const cpuset *hard,
		     const cpuset *soft)
{
	struct err ignored;

	sched_unit_set_affinity(t->sched, v->unit, hard, soft, &ignored);
	look_for_moves(t);
}

static void dom_create(struct trace *t, struct trace_dom *d)
{
	struct err ignored;

	d->dom = sched_dom_create(t->sched, d->id, d);
	for (uint32_t i = 0; i < d->nr_vcpus; i++) {
		struct trace_vcpu *v = &d->vcpu[i];

		v->unit = sched_unit_create(t->sched, d->dom, NULL, v);
		v->seen_cpu = sched_unit_processor(v->unit);
		trace_move(t, v, CPU_NONE);
	}
	for (uint32_t i = 0; i < d->nr_vcpus; i++) {
		struct trace_vcpu *v = &d->vcpu[i];

		if (!v->hard_all)
			affinity(t, v, &v->hard, NULL);
		if (!v->soft_all)
			affinity(t, v, NULL, &v->soft);
	}
	if (d->params.weight != 256 || d->params.cap != 0)
		sched_dom_set_params(t->sched, d->dom, &d->params, &ignored);
	for (uint32_t i = 0; i < d->nr_vcpus; i++)
		if (d->vcpu[i].has_rtds)
			sched_unit_set_rtds(t->sched, d->vcpu[i].unit,
					    &d->vcpu[i].rtds, &ignored);
}

static void dom_destroy(struct trace *t, struct trace_dom *d)
{
	sched_dom_destroy(t->sched, d->dom);
	d->dom = NULL;
	for (uint32_t i = 0; i < d->nr_vcpus; i++) {
		d->vcpu[i].unit = NULL;
		d->vcpu[i].wake_ns = TIME_NEVER_NS;
	}
}

static void scripted(struct trace *t, const struct trace_event *e)
{
	struct sched *s = t->sched;
	struct trace_dom *d = e->dom;
	struct err ignored;

	trace_log(t, json_pack("[Issi]", (json_int_t)t->now_ns, "event", e->op,
			       (int)d->id));
	if (strcmp(e->op, "create") == 0) {
		dom_create(t, d);
	} else if (!d->dom) {
		return; /* after its end */
	} else if (strcmp(e->op, "start") == 0) {
		for (uint32_t i = 0; i < d->nr_vcpus; i++)
			sched_unit_up(s, d->vcpu[i].unit);
		sched_dom_unpause(s, d->dom);
	} else if (strcmp(e->op, "hard") == 0) {
		affinity(t, e->vcpu, &e->cpus, NULL);
	} else if (strcmp(e->op, "soft") == 0) {
		affinity(t, e->vcpu, NULL, &e->cpus);
	} else if (strcmp(e->op, "pause") == 0) {
		sched_dom_pause(s, d->dom);
	} else if (strcmp(e->op, "unpause") == 0) {
		sched_dom_unpause(s, d->dom);
	} else if (strcmp(e->op, "vpause") == 0) {
		sched_unit_pause(s, e->vcpu->unit);
	} else if (strcmp(e->op, "vunpause") == 0) {
		sched_unit_unpause(s, e->vcpu->unit);
	} else if (strcmp(e->op, "vdown") == 0) {
		sched_unit_down(s, e->vcpu->unit);
	} else if (strcmp(e->op, "vup") == 0) {
		sched_unit_up(s, e->vcpu->unit);
	} else if (strcmp(e->op, "params") == 0) {
		sched_dom_set_params(s, d->dom, &e->params, &ignored);
	} else if (strcmp(e->op, "rtparams") == 0) {
		sched_unit_set_rtds(s, e->vcpu->unit, &e->rtds, &ignored);
	} else if (strcmp(e->op, "destroy") == 0) {
		dom_destroy(t, d);
	}
}

/* --- hooks of the scheduler ----------------------------------------------- */

static int64_t hook_now(void *world)
{
	return ((struct trace *)world)->now_ns;
}

static void hook_timer_set(void *world, uint32_t timer, int64_t at_ns)
{
	struct trace *t = world;

	if (timer >= t->timers_max) {
		uint32_t max = 2 * timer + 64;
		struct trace_timer *wider =
			arena_array(t->arena, max, sizeof(*wider));

		if (t->timers_max)
			memcpy(wider, t->timer,
			       t->timers_max * sizeof(*wider));
		for (uint32_t i = t->timers_max; i < max; i++)
			wider[i].at_ns = TIME_NEVER_NS;
		t->timer = wider;
		t->timers_max = max;
	}
	t->timer[timer].at_ns = at_ns < t->now_ns ? t->now_ns : at_ns;
}

static void hook_timer_stop(void *world, uint32_t timer)
{
	struct trace *t = world;

	if (timer < t->timers_max)
		t->timer[timer].at_ns = TIME_NEVER_NS;
}

static uint32_t hook_random(void *world)
{
	struct trace *t = world;
	uint32_t call = t->random_calls++;

	return t->random_counts ? call : 0;
}

static const char *name_of(struct sched_unit *unit)
{
	if (!unit)
		return NULL;
	return ((struct trace_vcpu *)sched_unit_owner(unit))->name;
}

static void hook_switch(void *world, uint32_t cpu, struct sched_unit *prev,
			struct sched_unit *next)
{
	struct trace *t = world;

	look_for_moves(t);
	trace_switch(t, cpu, name_of(prev), name_of(next));
	if (prev)
		charge(t, sched_unit_owner(prev));
	if (next)
		((struct trace_vcpu *)sched_unit_owner(next))->run_since_ns =
			t->now_ns;
}

static void hook_raised(void *world, uint32_t from, uint32_t cpu)
{
	struct trace *t = world;

	trace_log(t, json_pack("[Isii]", (json_int_t)t->now_ns, "tickle",
			       (int)from, (int)cpu));
}

static void hook_scheduled(void *world, uint32_t cpu, struct sched_unit *prev,
			   struct sched_unit *next, int64_t limit_ns)
{
	struct trace *t = world;

	if (!t->log)
		return;
	t->inside = false;
	json_t *entry = json_pack("[Isis?s?I]", (json_int_t)t->now_ns, "sched",
				  (int)cpu, name_of(prev), name_of(next),
				  (json_int_t)limit_ns);

	if (t->format->log_value)
		json_array_append_new(entry, trace_log_values(t));
	trace_log(t, entry);
	t->inside = true;
}

static void hooks(struct trace *t, struct sched_env *env)
{
	(void)t;
	env->now_ns = hook_now;
	env->timer_set = hook_timer_set;
	env->timer_stop = hook_timer_stop;
	env->random = hook_random;
	env->context_switch = hook_switch;
	env->raised = hook_raised;
	env->scheduled = hook_scheduled;
}
