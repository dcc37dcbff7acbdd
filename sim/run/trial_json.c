/* trial_json.c - what `nodewise place --json` prints (trial_report.h). */
#include "run/trial_report.h"

#include "base/units.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static json_t *must(json_t *value)
{
	require(value);
	return value;
}

static void put(json_t *object, const char *key, json_t *value)
{
	int rc = json_object_set_new(object, key, must(value));

	require(rc == 0);
}

static void add(json_t *array, json_t *value)
{
	int rc = json_array_append_new(array, must(value));

	require(rc == 0);
}

static json_t *integer(uint64_t value)
{
	return json_integer((json_int_t)value);
}

/* Names come from files: what is no UTF-8 is shown as '?'. */
static json_t *text_of(const char *text)
{
	json_t *value = json_string(text);
	char *copy;

	if (value)
		return value;
	copy = strdup(text);
	require(copy != NULL);
	for (char *c = copy; *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	value = json_string(copy);
	free(copy);
	return value;
}

static json_t *number(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *nodes_of(nodeset nodes)
{
	json_t *array = must(json_array());

	for (uint32_t n = nodeset_first(nodes); n != NODE_NONE;
	     n = nodeset_after(nodes, n))
		add(array, integer(n));
	return array;
}

static json_t *state_of(const struct trial_report *r)
{
	const struct host_state *s = r->state;
	json_t *state = must(json_object());
	json_t *nodes = must(json_array());

	put(state, "origin", text_of(s->origin));
	put(state, "live", json_boolean(r->live));
	put(state, "xen_version", text_of(s->xen_text));
	put(state, "domains", integer(s->domain_count));
	put(state, "speeds_assumed", json_boolean(r->speeds_assumed));
	for (uint32_t n = 0; n < s->node_count; n++) {
		json_t *node = must(json_object());

		if (!s->node[n].online) {
			json_decref(node);
			continue;
		}
		put(node, "node", integer(n));
		put(node, "cpus", integer(s->node[n].nr_cpus));
		put(node, "free_pages", integer(s->node[n].free_pages));
		put(node, "span_pages", integer(s->node[n].span_pages));
		add(nodes, node);
	}
	put(state, "nodes", nodes);
	return state;
}

static json_t *candidates_of(const struct trial_report *r,
			     const struct trial *t)
{
	const struct trial_candidate *candidate;
	uint32_t count = trial_candidates(r->arena, t, &candidate);
	json_t *array = must(json_array());

	for (uint32_t i = 0; i < count; i++) {
		json_t *item = must(json_object());

		put(item, "nodes", nodes_of(candidate[i].nodes));
		put(item, "score", number(candidate[i].score));
		put(item, "text", text_of(candidate[i].text));
		add(array, item);
	}
	return array;
}

static json_t *log_of(const struct trial_report *r, const struct trial *t)
{
	const char *const *line;
	uint32_t count = trial_log(r->arena, t, &line);
	json_t *array = must(json_array());

	for (uint32_t i = 0; i < count; i++)
		add(array, json_string(line[i]));
	return array;
}

static json_t *pages_of(const struct trial_report *r, const struct trial *t)
{
	json_t *array = must(json_array());

	for (uint32_t n = 0; n < r->state->node_count; n++) {
		json_t *node = must(json_object()), *extents;

		if (!r->state->node[n].online) {
			json_decref(node);
			continue;
		}
		put(node, "node", integer(n));
		put(node, "pages", integer(t->pages_on[n]));
		extents = must(json_object());
		for (uint32_t o = 0; o < HEAP_ORDERS; o++) {
			char order[8];

			snprintf(order, sizeof(order), "%u", o);
			if (t->extents_on[n][o])
				put(extents, order,
				    integer(t->extents_on[n][o]));
		}
		put(node, "extents_by_order", extents);
		add(array, node);
	}
	return array;
}

static json_t *lines_of(const struct trial_report *r, const struct trial *t)
{
	json_t *object = must(json_object()), *lines = must(json_array());
	struct trial_cfg cfg;

	trial_cfg(r->arena, r->state, t, &cfg);
	for (uint32_t i = 0; i < cfg.line_count; i++)
		add(lines, text_of(cfg.line[i]));
	put(object, "lines", lines);
	put(object, "remark", text_of(cfg.remark));
	return object;
}

static void put_answer(const struct trial *t, json_t *row)
{
	static const char *const results[] = {
		[PLACE_OK] = "placed",
		[PLACE_NO_FIT] = "no place",
		[PLACE_DECLINED] = "declined",
	};
	static const char *const affinities[] = {
		[PLACE_FREE] = "free",
		[PLACE_SOFT] = "soft",
		[PLACE_HARD] = "hard",
	};

	put(row, "result", json_string(t->asked ? results[t->placed]
						: "not asked"));
	if (t->placed != PLACE_OK)
		return;
	put(row, "nodes", nodes_of(t->answer.nodes));
	put(row, "affinity", json_string(affinities[t->answer.affinity]));
	if (t->answer.affinity != PLACE_FREE)
		put(row, "cpu_nodes", nodes_of(t->answer.cpu_nodes));
}

static json_t *trial_of(const struct trial_report *r, const struct trial *t,
			const struct trial_cost *cost)
{
	json_t *row = must(json_object()), *vnodes;

	put(row, "heuristic", json_string(t->ops->name));
	put_answer(t, row);
	if (r->explain && t->view) {
		put(row, "candidates", candidates_of(r, t));
		put(row, "libxl_log", log_of(r, t));
	}
	put(row, "built", json_boolean(t->why[0] == '\0'));
	if (t->why[0]) {
		put(row, "why", text_of(t->why));
		return row;
	}
	put(row, "node_affinity", nodes_of(t->node_affinity));
	put(row, "pages", integer(t->total_pages));
	put(row, "on_nodes", pages_of(r, t));
	put(row, "off_plan_pages", integer(t->off_plan_pages));
	put(row, "on_demand_pages", integer(t->pod_pages));
	if (t->vnode_count) {
		vnodes = must(json_array());
		for (uint32_t v = 0; v < t->vnode_count; v++)
			add(vnodes, integer(t->vnode_to_pnode[v]));
		put(row, "vnode_to_pnode", vnodes);
	}
	put(row, "remote", number(cost->remote));
	put(row, "distance", number(cost->distance));
	put(row, "latency", number(cost->latency));
	put(row, "slowdown", number(cost->slowdown));
	put(row, "xl_cfg", lines_of(r, t));
	return row;
}

static json_t *guest_of(const struct trial_report *r, uint32_t guest)
{
	const struct xlcfg *cfg = r->config[guest];
	json_t *object = must(json_object()), *rows = must(json_array());

	put(object, "name", text_of(cfg->name));
	put(object, "file", text_of(cfg->path));
	put(object, "type", json_string(xlcfg_type_name(cfg->type)));
	put(object, "vcpus", integer(cfg->vcpu_max));
	put(object, "memory_kib", integer(cfg->memory_kib));
	put(object, "need_kib",
	    integer(kib_from_pages(
		    r->trial[guest * r->ops_count].request.need_pages)));
	for (uint32_t h = 0; h < r->ops_count; h++) {
		uint32_t i = guest * r->ops_count + h;

		add(rows, trial_of(r, &r->trial[i], &r->cost[i]));
	}
	put(object, "heuristics", rows);
	return object;
}

void trial_report_json(const struct trial_report *r, FILE *out)
{
	json_t *json = must(json_object()), *guests = must(json_array());

	put(json, "state", state_of(r));
	put(json, "host", text_of(r->host->name));
	put(json, "workload",
	    r->workload ? text_of(r->workload->name) : json_null());
	for (uint32_t g = 0; g < r->guest_count; g++)
		add(guests, guest_of(r, g));
	put(json, "guests", guests);
	json_dumpf(json, out, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
	fputs("\n", out);
	json_decref(json);
}
