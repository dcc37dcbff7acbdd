/* scenario_guest.c - one guest class of a scenario file (scenario.h). */
#include "run/scenario_raw.h"

#include "base/units.h"
#include "run/library.h"
#include "run/workload_file.h"

#include <string.h>

/* Up to 317 years, well inside 64 bits of ns. */
static const double time_max_s = 1e9;

static int read_config(struct scenario_reader *r, const char *name,
		       const struct yaml_node *node, struct xlcfg **config);
static int read_arrival(struct scenario_reader *r,
			const struct raw_guest *raw,
			const struct yaml_node *node,
			struct scenario_guest *guest);
static int read_balloon(struct scenario_reader *r,
			const struct raw_guest *raw,
			const struct yaml_node *node,
			struct scenario_guest *guest);

static int read_name(const struct scenario_reader *r, const char *name,
		     const struct yaml_node *node)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";

	if (name[strspn(name, allowed)] == '\0')
		return 0;
	return yaml_fail(r->doc, node, r->err, "'%s' has other characters than "
			 "letters, digits, '.', '_' and '-'", name);
}

int scenario_read_guest(struct scenario_reader *r, uint32_t index,
			struct scenario_guest *guest)
{
	const struct raw_guest *raw = &r->raw->guests[index];
	const struct yaml_node *node = yaml_item(
		yaml_key(yaml_root(r->doc), "guests"), index);
	const struct yaml_node *nodes = yaml_key(node, "forced_nodes");
	const struct yaml_node *lifetime = yaml_key(node, "lifetime_s");

	if (read_name(r, raw->name, yaml_key(node, "name")) ||
	    read_config(r, raw->config, yaml_key(node, "config"),
			&guest->config) ||
	    scenario_read_workload(r, raw->workload, r->scenario->path,
				   yaml_key(node, "workload"),
				   &guest->workload) ||
	    scenario_read_nodes(r, nodes, &guest->forced_nodes))
		return -1;
	guest->name = arena_strdup(r->arena, raw->name);
	guest->forced_line = yaml_line(nodes);
	guest->stays = lifetime == NULL;
	if (lifetime && dist_file_read(r->doc, lifetime, 1, r->arena,
				       &guest->lifetime, r->err))
		return -1;
	if (raw->heuristic) {
		guest->heuristic = arena_strdup(r->arena, raw->heuristic);
		guest->heuristic_line = yaml_line(yaml_key(node, "heuristic"));
	}
	guest->balloon_policy = (enum balloon_policy)raw->balloon_policy;
	guest->group = raw->group;
	guest->measured = !yaml_has(node, "measured") || raw->measured;
	return read_arrival(r, raw, node, guest) ||
	       read_balloon(r, raw, node, guest) ? -1 : 0;
}

static int read_config(struct scenario_reader *r, const char *name,
		       const struct yaml_node *node, struct xlcfg **config)
{
	const char *path = library_path(r->arena, r->library, "guests", ".cfg",
					name, r->scenario->path);
	struct err inner;

	if (library_exists(path, r->library, "guests", ".cfg", name, &inner))
		return yaml_fail(r->doc, node, r->err, "%s", inner.text);
	*config = xlcfg_load(r->arena, path, r->err);
	if (!*config)
		return -1;
	scenario_add_file(r, path);
	scenario_add_config(r, *config);
	return 0;
}

int scenario_read_workload(struct scenario_reader *r, const char *name,
			   const char *from, const struct yaml_node *node,
			   const struct workload **workload)
{
	const char *path = library_path(r->arena, r->library, "workloads",
					".yaml", name, from);
	const struct scenario *s = r->scenario;
	struct err inner;

	for (uint32_t i = 0; i < s->guest_count; i++)
		if (strcmp(s->guest[i].workload->path, path) == 0) {
			*workload = s->guest[i].workload;
			return 0;
		}
	if (library_exists(path, r->library, "workloads", ".yaml", name,
			   &inner))
		return node ? yaml_fail(r->doc, node, r->err, "%s", inner.text)
			    : err_set(r->err, "%s", inner.text);
	*workload = workload_load(r->arena, path, r->err);
	if (!*workload)
		return -1;
	scenario_add_file(r, path);
	return 0;
}

/* A key that only another way of arrival has. */
static int stray(const struct scenario_reader *r, const struct yaml_node *node,
		 const char *key, const char *owner)
{
	if (!yaml_has(node, key) || yaml_has(node, owner))
		return 0;
	return yaml_fail(r->doc, yaml_key(node, key), r->err,
			 "stands without '%s'; both or neither", owner);
}

static int check_arrival(const struct scenario_reader *r,
			 const struct yaml_node *node)
{
	static const char *const ways[] = {"at_s", "poisson_per_s", "trace",
					   NULL};
	double duration_s = r->raw->duration_s;

	return yaml_check_one_of(r->doc, node, ways, r->err) ||
	       stray(r, node, "every_s", "at_s") ||
	       stray(r, node, "from_s", "poisson_per_s") ||
	       stray(r, node, "until_s", "poisson_per_s") ||
	       yaml_check_float(r->doc, node, "at_s", 0, duration_s, r->err) ||
	       yaml_check_float(r->doc, node, "every_s", 0, time_max_s,
				r->err) ||
	       yaml_check_float(r->doc, node, "poisson_per_s", 1e-9, 1e6,
				r->err) ||
	       yaml_check_float(r->doc, node, "from_s", 0, duration_s,
				r->err) ||
	       yaml_check_float(r->doc, node, "until_s", 0, duration_s,
				r->err) ? -1 : 0;
}

int scenario_check_rate(const struct scenario_reader *r,
			const struct yaml_node *node,
			const struct scenario_guest *guest, double rate_per_s)
{
	double span_s = s_from_ns(guest->until_ns - guest->from_ns);

	if (guest->count || rate_per_s * span_s <= SCENARIO_COUNT_MAX / 2)
		return 0;
	return yaml_fail(r->doc, node, r->err, "%g a second for %g s are more "
			 "than %d guests; less, or a count", rate_per_s, span_s,
			 SCENARIO_COUNT_MAX / 2);
}

static int read_poisson(struct scenario_reader *r,
			const struct raw_arrival *raw,
			const struct yaml_node *node,
			struct scenario_guest *guest)
{
	guest->rate_per_s = raw->poisson_per_s;
	guest->from_ns = ns_from_s(raw->from_s);
	guest->until_ns = yaml_has(node, "until_s") ? ns_from_s(raw->until_s) :
			  r->scenario->duration_ns;
	if (guest->until_ns <= guest->from_ns)
		return yaml_fail(r->doc, yaml_key(node, "from_s"), r->err,
				 "%g is not before until_s; less than %g",
				 raw->from_s,
				 s_from_ns(guest->until_ns));
	return scenario_check_rate(r, yaml_key(node, "poisson_per_s"), guest,
				   guest->rate_per_s);
}

static int read_trace(struct scenario_reader *r, const struct raw_guest *raw,
		      const struct yaml_node *node,
		      struct scenario_guest *guest)
{
	const char *name = raw->arrival.trace;
	const char *path = library_path(r->arena, r->library, "traces", ".csv",
					name, r->scenario->path);
	const struct yaml_node *arrival = yaml_key(node, "arrival");
	struct err inner;

	if (yaml_has(node, "count"))
		return yaml_fail(r->doc, yaml_key(node, "count"), r->err,
				 "stands beside a trace, whose rows count; "
				 "remove it");
	if (library_exists(path, r->library, "traces", ".csv", name, &inner))
		return yaml_fail(r->doc, yaml_key(arrival, "trace"), r->err,
				 "%s", inner.text);
	if (scenario_read_trace(r, path, guest))
		return -1;
	scenario_add_file(r, path);
	return 0;
}

static int read_arrival(struct scenario_reader *r,
			const struct raw_guest *raw,
			const struct yaml_node *node,
			struct scenario_guest *guest)
{
	const struct yaml_node *arrival = yaml_key(node, "arrival");

	if (yaml_check_uint(r->doc, node, "count", 1, SCENARIO_COUNT_MAX,
			    r->err))
		return -1;
	guest->count = raw->count;
	if (arrival && check_arrival(r, arrival))
		return -1;
	if (yaml_has(arrival, "poisson_per_s")) {
		guest->arrival = SCENARIO_POISSON;
		return read_poisson(r, &raw->arrival, arrival, guest);
	}
	if (yaml_has(arrival, "trace")) {
		guest->arrival = SCENARIO_TRACE;
		return read_trace(r, raw, node, guest);
	}
	guest->arrival = SCENARIO_AT;
	guest->count = yaml_has(node, "count") ? raw->count : 1;
	guest->at_ns = ns_from_s(raw->arrival.at_s);
	guest->every_ns = ns_from_s(raw->arrival.every_s);
	return 0;
}

static int read_balloon(struct scenario_reader *r,
			const struct raw_guest *raw,
			const struct yaml_node *node,
			struct scenario_guest *guest)
{
	const struct yaml_node *list = yaml_key(node, "balloon");
	struct scenario_balloon *step = arena_array(
		r->arena, raw->balloon_count, sizeof(*step));
	uint64_t max_mib = guest->config->maxmem_kib / 1024;

	guest->balloon = step;
	guest->balloon_count = raw->balloon_count;
	for (uint32_t i = 0; i < raw->balloon_count; i++) {
		const struct yaml_node *item = yaml_item(list, i);

		if (yaml_check_float(r->doc, item, "at_s", 0, time_max_s,
				     r->err) ||
		    yaml_check_uint(r->doc, item, "target_mib", 1, max_mib,
				    r->err))
			return -1;
		step[i].at_ns = ns_from_s(raw->balloon[i].at_s);
		step[i].target_kib = raw->balloon[i].target_mib * 1024;
		if (i && step[i].at_ns <= step[i - 1].at_ns)
			return yaml_fail(r->doc, yaml_key(item, "at_s"),
					 r->err, "%g is not after the target "
					 "before it; ascending times",
					 raw->balloon[i].at_s);
	}
	return 0;
}
