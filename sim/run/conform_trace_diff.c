#include "run/conform_trace.h"

#include "base/err.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void differ(struct trace *t, const char *what, const json_t *recorded,
		   const json_t *ours);
static void next_in_list(struct trace *t, const char *what, const json_t *list,
			 uint64_t *count, json_t *ours);
static void same_value(struct trace *t, const char *what,
		       const json_t *recorded, const json_t *ours);
static void moves_compare(struct trace *t);

/* The first one stays. "switch 12 at 2500000 ns" */
static void differ(struct trace *t, const char *what, const json_t *recorded,
		   const json_t *ours)
{
	char key[CONFORM_KEY_MAX];

	if (t->differs)
		return;
	snprintf(key, sizeof(key), "%.96s at %" PRId64 " ns", what, t->now_ns);
	conform_differs_json(t->result, key, recorded, ours);
	t->differs = true;
}

/* Ours is to be the next of the recorded ones. Takes ours. */
static void next_in_list(struct trace *t, const char *what, const json_t *list,
			 uint64_t *count, json_t *ours)
{
	const json_t *recorded = json_array_get(list, *count);
	char text[64];

	if (!recorded || !json_equal(recorded, ours)) {
		snprintf(text, sizeof(text), "%s %" PRIu64, what, *count);
		differ(t, text, recorded, ours);
	}
	++*count;
	json_decref(ours);
}

/* --- what happens --------------------------------------------------------- */

void trace_log(struct trace *t, json_t *entry)
{
	if (!t->log)
		json_decref(entry);
	else if (t->inside)
		json_array_append_new(t->held, entry);
	else
		next_in_list(t, "log", t->log, &t->count->log_records, entry);
}

/* What schedule() caused comes after its own record. */
void trace_log_held(struct trace *t)
{
	size_t count = json_array_size(t->held);

	t->inside = false;
	for (size_t i = 0; i < count; i++)
		trace_log(t, json_incref(json_array_get(t->held, i)));
	json_array_clear(t->held);
}

void trace_switch(struct trace *t, uint32_t cpu, const char *prev,
		  const char *next)
{
	next_in_list(t, "switch", t->switches, &t->count->switches,
		     json_pack("[Iis?s?]", (json_int_t)t->now_ns, (int)cpu,
			       prev, next));
}

void trace_wake(struct trace *t, const struct trace_vcpu *v)
{
	next_in_list(t, "wake", t->wakes, &t->count->wakes,
		     json_pack("[Is]", (json_int_t)t->now_ns, v->name));
}

/* from is CPU_NONE for a new vCPU, which the log does not say. */
void trace_move(struct trace *t, const struct trace_vcpu *v, uint32_t from)
{
	json_t *first = from == CPU_NONE ? json_null() : json_integer(from);
	json_t *move = json_pack("[IsOi]", (json_int_t)t->now_ns, v->name,
				 first, (int)v->seen_cpu);

	t->count->moves++;
	json_array_append_new(t->moves, move);
	if (from != CPU_NONE)
		trace_log(t, json_pack("[IssOi]", (json_int_t)t->now_ns,
				       "move", v->name, first,
				       (int)v->seen_cpu));
	json_decref(first);
}

/* --- states --------------------------------------------------------------- */

/* The first place where two values differ, by its path. */
static void same_value(struct trace *t, const char *what,
		       const json_t *recorded, const json_t *ours)
{
	struct conform_result first;
	char key[CONFORM_KEY_MAX];

	if (t->differs ||
	    conform_json(&first, what, recorded, ours) == CONFORM_AGREES)
		return;
	snprintf(key, sizeof(key), "%.96s at %" PRId64 " ns", first.key,
		 t->now_ns);
	conform_differs_text(t->result, key, first.expected, first.got);
	t->differs = true;
}

void trace_boot(struct trace *t)
{
	json_t *ours = t->format->state(t);

	same_value(t, "boot", json_object_get(t->record, "boot"), ours);
	json_decref(ours);
}

static json_t *doms_state(struct trace *t)
{
	json_t *doms = json_object();
	char name[TRACE_NAME_MAX];

	for (uint32_t i = 0; i < t->nr_doms; i++) {
		if (!t->dom[i].dom)
			continue;
		snprintf(name, sizeof(name), "d%u", t->dom[i].id);
		json_object_set_new(doms, name, t->format->dom(&t->dom[i]));
	}
	return doms;
}

void trace_sample(struct trace *t, const json_t *sample, const char *what)
{
	json_t *ours = json_object();

	json_object_set_new(ours, "t", json_integer(t->now_ns));
	json_object_set_new(ours, "vcpus", trace_vcpus(t));
	if (t->format->dom)
		json_object_set_new(ours, "doms", doms_state(t));
	json_object_set_new(ours, "sched", t->format->state(t));
	same_value(t, what, sample, ours);
	json_decref(ours);
}

/* --- at the end ----------------------------------------------------------- */

static void list_ended(struct trace *t, const char *what, const json_t *list,
		       uint64_t count)
{
	if (json_array_size(list) > count)
		differ(t, what, json_array_get(list, (size_t)count), NULL);
}

void trace_totals(struct trace *t)
{
	json_t *ours = json_object(), *idle = json_array();
	static const char *const keys[] = {"idle_ns", "steps", "random_calls"};

	list_ended(t, "one more switch", t->switches, t->count->switches);
	list_ended(t, "one more wake", t->wakes, t->count->wakes);
	if (t->log)
		list_ended(t, "one more log record", t->log,
			   t->count->log_records);
	moves_compare(t);
	for (uint32_t c = 0; c < t->host.nr_cpus; c++)
		json_array_append_new(idle, json_integer(
			sched_cpu_idle_ns(t->sched, c)));
	json_object_set_new(ours, "idle_ns", idle);
	json_object_set_new(ours, "steps",
			    json_integer((json_int_t)t->count->events));
	json_object_set_new(ours, "random_calls",
			    json_integer(t->random_calls));
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		same_value(t, keys[i], json_object_get(t->record, keys[i]),
			   json_object_get(ours, keys[i]));
	json_decref(ours);
}

static int move_order(const void *a, const void *b)
{
	const json_t *x = *(const json_t *const *)a;
	const json_t *y = *(const json_t *const *)b;

	for (size_t i = 0; i < 4; i++) {
		const json_t *p = json_array_get(x, i);
		const json_t *q = json_array_get(y, i);
		int order;

		if (json_is_string(p) && json_is_string(q))
			order = strcmp(json_string_value(p),
				       json_string_value(q));
		else
			order = (json_integer_value(p) >
				 json_integer_value(q)) -
				(json_integer_value(p) <
				 json_integer_value(q));
		if (order)
			return order;
	}
	return 0;
}

/* The moves by time, and in a fixed order in each instant. */
static const json_t **moves_sorted(const json_t *list, size_t count)
{
	const json_t **move = calloc(count + 1, sizeof(*move));

	if (!move)
		panic(__FILE__, __LINE__, "out of memory");
	for (size_t i = 0; i < count; i++)
		move[i] = json_array_get(list, i);
	qsort(move, count, sizeof(*move), move_order);
	return move;
}

static void moves_compare(struct trace *t)
{
	const json_t *list = json_object_get(t->record, "moves");
	size_t theirs = json_array_size(list), ours = json_array_size(t->moves);
	const json_t **recorded = moves_sorted(list, theirs);
	const json_t **made = moves_sorted(t->moves, ours);

	/* Both arrays end with NULL. */
	for (size_t i = 0; i < theirs || i < ours; i++) {
		if (i < theirs && i < ours && json_equal(recorded[i], made[i]))
			continue;
		differ(t, "moves", i < theirs ? recorded[i] : NULL,
		       i < ours ? made[i] : NULL);
		break;
	}
	free(recorded);
	free(made);
}
