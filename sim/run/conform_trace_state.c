#include "run/conform_trace.h"

#include "xen/credit.h"
#include "xen/credit2.h"
#include "xen/null.h"
#include "xen/rtds.h"

#include <string.h>

static void set_number(json_t *object, const char *key, int64_t value)
{
	json_object_set_new(object, key, json_integer(value));
}

static void set_flag(json_t *object, const char *key, bool value)
{
	json_object_set_new(object, key, json_boolean(value));
}

static json_t *cpu_list(const cpuset *cpus)
{
	json_t *list = json_array();

	for (uint32_t c = cpuset_first(cpus); c != CPU_NONE;
	     c = cpuset_from(cpus, c + 1))
		json_array_append_new(list, json_integer(c));
	return list;
}

static const char *unit_name(struct sched_unit *unit)
{
	return ((struct trace_vcpu *)sched_unit_owner(unit))->name;
}

/* --- credit2 -------------------------------------------------------------- */

static void credit2_unit_state(const struct trace *t,
			       const struct trace_vcpu *v, json_t *object)
{
	const struct credit2_unit *u = credit2_unit(v->unit);

	(void)t;
	set_number(object, "credit", u->credit);
	set_number(object, "weight", u->weight);
	set_number(object, "residual", u->residual);
	set_number(object, "start_time", u->start_ns);
	set_number(object, "rq", u->rq->id);
	set_number(object, "avgload", u->avgload);
	set_number(object, "load_upd", u->load_upd);
	set_flag(object, "queued", credit2_waits(u));
	if (sched_dom_params(v->dom->dom).cap) {
		set_number(object, "budget", u->budget_ns);
		set_number(object, "quota", u->quota_ns);
		set_flag(object, "parked", !list_empty(&u->parked));
	}
}

static json_t *credit2_dom_state(const struct trace_dom *d)
{
	const struct credit2_dom *dom = credit2_dom(d->dom);
	json_t *object = json_object();
	uint32_t cap = sched_dom_params(d->dom).cap;

	set_number(object, "cap", cap);
	if (cap) {
		set_number(object, "tot_budget", dom->tot_budget_ns);
		set_number(object, "budget", dom->budget_ns);
		set_number(object, "next_repl", dom->next_repl_ns);
	}
	return object;
}

static json_t *credit2_state(const struct trace *t)
{
	const struct credit2 *c2 = credit2_of(t->sched);
	json_t *list = json_array();

	for (uint32_t i = 0; i < c2->nr_rqs; i++) {
		const struct credit2_rq *rq = &c2->rq[i];
		json_t *object = json_object(), *queue = json_array();

		set_number(object, "id", rq->id);
		json_object_set_new(object, "cpus", cpu_list(&rq->cpus));
		set_number(object, "pick_bias", rq->pick_bias);
		set_number(object, "max_weight", rq->max_weight);
		set_number(object, "load", rq->load);
		set_number(object, "avgload", rq->avgload);
		set_number(object, "b_avgload", rq->b_avgload);
		set_number(object, "load_upd", rq->load_upd);
		list_each (link, (struct list *)&rq->waiting)
			json_array_append_new(queue, json_string(unit_name(
				&LIST_ENTRY(link, struct credit2_unit,
					    waiting)->unit)));
		json_object_set_new(object, "queue", queue);
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *credit2_log_value(const struct trace_vcpu *v)
{
	return json_integer(credit2_unit(v->unit)->credit);
}

/* --- credit --------------------------------------------------------------- */

static void credit_unit_state(const struct trace *t, const struct trace_vcpu *v,
			      json_t *object)
{
	const struct credit_unit *u = credit_unit(v->unit);

	(void)t;
	set_number(object, "credit", u->credit);
	set_number(object, "pri", u->pri);
	set_number(object, "residual", u->residual);
	set_number(object, "start_time", u->start_ns);
	set_flag(object, "active", credit_active(u));
	set_flag(object, "queued", credit_waits(u));
	set_flag(object, "parked", u->parked);
	set_flag(object, "migrating", u->no_boost);
}

static json_t *credit_state(const struct trace *t)
{
	const struct credit *c = credit_of(t->sched);
	json_t *object = json_object(), *list = json_array();

	set_number(object, "credit", c->total);
	set_number(object, "weight", c->weight);
	set_number(object, "credit_balance", c->balance);
	set_number(object, "runq_sort", c->sort_epoch);
	json_object_set_new(object, "idlers", cpu_list(&c->idlers));
	for (uint32_t cpu = 0; cpu < t->host.nr_cpus; cpu++) {
		const struct credit_cpu *pc = &c->cpu[cpu];
		json_t *entry = json_object(), *queue = json_array();

		set_number(entry, "nr_runnable", pc->nr_runnable);
		list_each (link, (struct list *)&pc->waiting)
			json_array_append_new(queue, json_string(unit_name(
				&LIST_ENTRY(link, struct credit_unit,
					    waiting)->unit)));
		json_object_set_new(entry, "queue", queue);
		json_array_append_new(list, entry);
	}
	json_object_set_new(object, "queues", list);
	return object;
}

static json_t *credit_log_value(const struct trace_vcpu *v)
{
	const struct credit_unit *u = credit_unit(v->unit);

	return json_pack("[ii]", (int)u->credit, (int)u->pri);
}

/* --- null ----------------------------------------------------------------- */

static void null_unit_state(const struct trace *t, const struct trace_vcpu *v,
			    json_t *object)
{
	const struct null_unit *u = null_unit(v->unit);

	set_number(object, "assigned", null_assigned(t->sched, u)
					       ? (int)u->unit.processor : -1);
	set_flag(object, "waiting", null_waits(u));
}

static json_t *null_state(const struct trace *t)
{
	json_t *queue = json_array();

	list_each (link, &null_of(t->sched)->waiting)
		json_array_append_new(queue, json_string(unit_name(
			&LIST_ENTRY(link, struct null_unit, waiting)->unit)));
	return json_pack("{so}", "waitq", queue);
}

/* --- rtds ----------------------------------------------------------------- */

static void rtds_unit_state(const struct trace *t, const struct trace_vcpu *v,
			    json_t *object)
{
	const struct rtds_unit *u = rtds_unit(v->unit);

	(void)t;
	set_number(object, "cur_budget", u->cur_budget_ns);
	set_number(object, "cur_deadline", u->cur_deadline_ns);
	set_number(object, "level", u->level);
	set_number(object, "period", u->params.period_ns);
	set_number(object, "budget", u->params.budget_ns);
	set_number(object, "last_start", u->last_start_ns);
	set_flag(object, "onq", rtds_queued(u));
	set_flag(object, "depleted", u->depleted);
	set_flag(object, "extratime", u->params.extratime);
}

/* Names of the units on a list, whose link is at offset in the unit. */
static json_t *rtds_list(const struct list *head, size_t offset)
{
	json_t *names = json_array();

	for (const struct list *at = head->next; at != head; at = at->next) {
		const char *start = (const char *)at - offset;
		const struct rtds_unit *u = (const void *)start;

		json_array_append_new(names, json_string(
			((struct trace_vcpu *)u->unit.owner)->name));
	}
	return names;
}

static json_t *rtds_state(const struct trace *t)
{
	const struct rtds *rt = rtds_of(t->sched);
	size_t queue = offsetof(struct rtds_unit, queue);
	size_t repl = offsetof(struct rtds_unit, repl);

	return json_pack("{sosososo}", "runq", rtds_list(&rt->runq, queue),
			 "depletedq", rtds_list(&rt->depletedq, queue),
			 "replq", rtds_list(&rt->replq, repl), "tickled",
			 cpu_list(&rt->tickled));
}

static json_t *rtds_log_value(const struct trace_vcpu *v)
{
	const struct rtds_unit *u = rtds_unit(v->unit);

	return json_pack("[III]", (json_int_t)u->cur_budget_ns,
			 (json_int_t)u->cur_deadline_ns, (json_int_t)u->level);
}

/* --- all schedulers ------------------------------------------------------- */

static const struct trace_format formats[] = {
	{"credit2", credit2_unit_state, credit2_dom_state, credit2_state,
	 credit2_log_value},
	{"credit", credit_unit_state, NULL, credit_state, credit_log_value},
	{"null", null_unit_state, NULL, null_state, NULL},
	{"rtds", rtds_unit_state, NULL, rtds_state, rtds_log_value},
};

const struct trace_format *trace_format(const char *sched)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (strcmp(formats[i].sched, sched) == 0)
			return &formats[i];
	return NULL;
}

static int64_t cpu_ns(const struct trace *t, const struct trace_vcpu *v)
{
	if (!sched_unit_running(v->unit))
		return v->cpu_ns;
	return v->cpu_ns + t->now_ns - v->run_since_ns;
}

json_t *trace_vcpus(struct trace *t)
{
	json_t *all = json_object();

	for (uint32_t d = 0; d < t->nr_doms; d++) {
		for (uint32_t i = 0; i < t->dom[d].nr_vcpus; i++) {
			const struct trace_vcpu *v = &t->dom[d].vcpu[i];
			json_t *object;

			if (!v->unit)
				continue;
			object = json_object();
			set_number(object, "cpu_ns", cpu_ns(t, v));
			json_object_set_new(object, "state",
				json_string(sched_state_name(
					sched_unit_state(v->unit))));
			set_number(object, "processor",
				   sched_unit_processor(v->unit));
			t->format->unit(t, v, object);
			json_object_set_new(all, v->name, object);
		}
	}
	return all;
}

json_t *trace_log_values(struct trace *t)
{
	json_t *list = json_array();

	for (uint32_t d = 0; d < t->nr_doms; d++)
		for (uint32_t i = 0; i < t->dom[d].nr_vcpus; i++)
			if (t->dom[d].vcpu[i].unit)
				json_array_append_new(list,
					t->format->log_value(
						&t->dom[d].vcpu[i]));
	return list;
}
