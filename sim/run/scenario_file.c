/* scenario_file.c - a scenario file from top to sweep (scenario.h). */
#include "run/scenario.h"

#include "base/units.h"
#include "run/library.h"
#include "run/scenario_raw.h"
#include "xen/sched.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SEED_COUNT_MAX = 100000,
	DOM0_MEMORY_DEFAULT_MIB = 1024,
	DOM0_VCPUS_DEFAULT = 1,
	DOM0_MEMORY_MAX_MIB = 1 << 26,
};

static const double duration_min_s = 0.001, duration_max_s = 1e7;

static int read_all(struct scenario_reader *r);
static int read_host(struct scenario_reader *r, const struct yaml_node *root);
static int read_times(struct scenario_reader *r, const struct yaml_node *root);
static int read_scheduler(struct scenario_reader *r,
			  const struct yaml_node *root);
static int read_dom0(struct scenario_reader *r, const struct yaml_node *root);
static void read_heuristics(struct scenario_reader *r,
			    const struct yaml_node *root);
static int read_guests(struct scenario_reader *r,
		       const struct yaml_node *root);
static int read_sweep(struct scenario_reader *r, const struct yaml_node *root);
static int check_total(struct scenario_reader *r, const struct yaml_node *root);
static int make_digest(struct scenario_reader *r);

struct scenario *scenario_load(struct arena *arena, const char *name,
			       const char *library, struct err *err)
{
	const char *path = library_path(arena, library, "scenarios", ".yaml",
					name, NULL);
	struct scenario_reader r = {
		.arena = arena,
		.err = err,
		.library = library,
		.scenario = arena_alloc(arena, sizeof(*r.scenario)),
	};
	struct yaml_doc *doc;
	void *raw;
	int rc;

	if (library_bare(name) && library_exists(path, library, "scenarios",
						 ".yaml", name, err))
		return NULL;
	doc = yaml_open(path, &scenario_schema, &raw, err);
	if (!doc)
		return NULL;
	r.doc = doc;
	r.raw = raw;
	r.scenario->path = path;
	scenario_add_file(&r, path);
	rc = read_all(&r) || make_digest(&r);
	yaml_close(doc);
	if (rc)
		return NULL;
	scenario_check(r.scenario);
	return r.scenario;
}

/* One more slot in an array of pointers from the arena. */
static void *grow(struct scenario_reader *r, void *array, uint32_t count,
		  uint32_t *room)
{
	void **grown = array;

	if (count < *room)
		return array;
	*room = *room * 2 + 16;
	grown = arena_array(r->arena, *room, sizeof(*grown));
	if (count)
		memcpy(grown, array, count * sizeof(*grown));
	return grown;
}

void scenario_add_file(struct scenario_reader *r, const char *path)
{
	struct scenario *s = r->scenario;

	for (uint32_t i = 0; i < s->file_count; i++)
		if (strcmp(r->file[i], path) == 0)
			return;
	r->file = grow(r, r->file, s->file_count, &r->file_room);
	r->file[s->file_count++] = path;
	s->file = r->file;
}

void scenario_add_config(struct scenario_reader *r, struct xlcfg *cfg)
{
	struct scenario *s = r->scenario;

	r->config = grow(r, r->config, s->config_count, &r->config_room);
	r->config[s->config_count++] = cfg;
	s->config = r->config;
}

static int read_all(struct scenario_reader *r)
{
	const struct yaml_node *root = yaml_root(r->doc);
	const struct raw_scenario *raw = r->raw;
	struct scenario *s = r->scenario;

	s->name = arena_strdup(r->arena, raw->name);
	s->summary = arena_strdup(r->arena, raw->summary ? raw->summary : "");
	s->xen_version = yaml_has(root, "xen_version") ?
			 (uint32_t)raw->xen_version : 417;
	s->bootscrub = (enum scenario_bootscrub)raw->bootscrub;
	s->claim_mode = !yaml_has(root, "claim_mode") || raw->claim_mode;
	if (read_host(r, root) || read_times(r, root) ||
	    read_scheduler(r, root) || read_dom0(r, root))
		return -1;
	read_heuristics(r, root);
	return read_guests(r, root) || read_sweep(r, root) ||
	       check_total(r, root) ? -1 : 0;
}

/*
 * The caller loads the host (host_file.h); here its file is found, so that the
 * message has our line and the digest has its bytes.
 */
static int read_host(struct scenario_reader *r, const struct yaml_node *root)
{
	const char *host = r->raw->host;
	const struct yaml_node *node = yaml_key(root, "host");
	struct err inner;
	const char *path;

	r->scenario->host = arena_strdup(r->arena, host);
	r->scenario->host_line = yaml_line(node);
	if (strcmp(host, "this") == 0 || strpbrk(host, ": "))
		return 0; /* this machine, or a synthetic topology */
	path = library_path(r->arena, r->library, "hosts", ".yaml", host,
			    r->scenario->path);
	if (library_exists(path, r->library, "hosts", ".yaml", host, &inner))
		return yaml_fail(r->doc, node, r->err, "%s", inner.text);
	scenario_add_file(r, path);
	return 0;
}

static int read_times(struct scenario_reader *r, const struct yaml_node *root)
{
	const struct raw_scenario *raw = r->raw;
	const struct yaml_node *seeds = yaml_key(root, "seeds");
	struct scenario *s = r->scenario;

	if (yaml_check_float(r->doc, root, "duration_s", duration_min_s,
			     duration_max_s, r->err) ||
	    yaml_check_float(r->doc, root, "warmup_s", 0, duration_max_s,
			     r->err) ||
	    yaml_check_uint(r->doc, seeds, "count", 1, SEED_COUNT_MAX, r->err))
		return -1;
	s->duration_ns = ns_from_s(raw->duration_s);
	s->warmup_ns = ns_from_s(raw->warmup_s);
	if (s->warmup_ns >= s->duration_ns)
		return yaml_fail(r->doc, yaml_key(root, "warmup_s"), r->err,
				 "%g is not below duration_s; less than %g",
				 raw->warmup_s, raw->duration_s);
	s->seed_first = yaml_has(seeds, "first") ? raw->seeds.first : 1;
	s->seed_count = yaml_has(seeds, "count") ? raw->seeds.count : 1;
	return 0;
}

static int scheduler_name(const struct scenario_reader *r,
			  const struct yaml_node *node)
{
	const char *const *names = sched_names();
	const char *name = r->raw->scheduler.name;
	size_t count = 0;

	for (; names[count]; count++)
		if (!name || strcmp(name, names[count]) == 0)
			break;
	r->scenario->scheduler.name = name ? names[count] : "credit2";
	if (names[count])
		return 0;
	yaml_fail(r->doc, yaml_key(node, "name"), r->err,
		  "no scheduler '%s'", name);
	return err_add_nearest(r->err, name, names, count);
}

/* Which values there are xen/sched_params.h knows; its message begins with the
 * option's name, which our path has already. */
static int scheduler_option(const struct scenario_reader *r,
			    const struct yaml_node *node, const char *option)
{
	struct sched_params *params = &r->scenario->scheduler.params;
	const struct yaml_node *value = yaml_key(node, option);
	size_t length = strlen(option);
	struct err why;

	if (!value || sched_params_set(params, option, yaml_text(value),
				       &why) == 0)
		return 0;
	bool named = strncmp(why.text, option, length) == 0;

	return yaml_fail(r->doc, value, r->err, "%s",
			 why.text + (named ? length + strlen(": ") : 0));
}

static int read_scheduler(struct scenario_reader *r,
			  const struct yaml_node *root)
{
	const struct yaml_node *node = yaml_key(root, "scheduler");
	struct sched_params *params = &r->scenario->scheduler.params;
	struct err why;

	*params = sched_params_default();
	params->xen_version = r->scenario->xen_version;
	if (scheduler_name(r, node))
		return -1;
	for (const char *const *o = sched_param_names(); *o; o++)
		if (scheduler_option(r, node, *o))
			return -1;
	if (sched_params_check(params, &why))
		return yaml_fail(r->doc, node, r->err, "%s", why.text);
	return 0;
}

static int read_dom0(struct scenario_reader *r, const struct yaml_node *root)
{
	const struct yaml_node *node = yaml_key(root, "dom0");
	const struct yaml_node *nodes = yaml_key(node, "nodes");
	struct scenario_dom0 *dom0 = &r->scenario->dom0;

	if (yaml_check_uint(r->doc, node, "memory_mib", 1, DOM0_MEMORY_MAX_MIB,
			    r->err) ||
	    yaml_check_uint(r->doc, node, "vcpus", 1, XLCFG_VCPU_MAX, r->err) ||
	    scenario_read_nodes(r, nodes, &dom0->nodes))
		return -1;
	dom0->nodes_line = yaml_line(nodes);
	dom0->memory_kib = 1024 * (yaml_has(node, "memory_mib") ?
				   r->raw->dom0.memory_mib :
				   (uint64_t)DOM0_MEMORY_DEFAULT_MIB);
	dom0->vcpus = yaml_has(node, "vcpus") ? r->raw->dom0.vcpus :
						(uint32_t)DOM0_VCPUS_DEFAULT;
	return 0;
}

int scenario_read_nodes(const struct scenario_reader *r,
			const struct yaml_node *list, nodeset *nodes)
{
	*nodes = NODESET_NONE;
	for (size_t i = 0; i < yaml_count(list); i++) {
		const struct yaml_node *item = yaml_item(list, i);
		unsigned long n = strtoul(yaml_text(item), NULL, 10);

		if (n >= NODE_MAX)
			return yaml_fail(r->doc, item, r->err, "no node %lu; 0 "
					 "to %d", n, NODE_MAX - 1);
		if (nodeset_has(*nodes, (uint32_t)n))
			return yaml_fail(r->doc, item, r->err, "node %lu "
					 "twice; once", n);
		*nodes = nodeset_add(*nodes, (uint32_t)n);
	}
	return 0;
}

/* Whether they exist is the caller's question: plug-ins are its business. */
static void read_heuristics(struct scenario_reader *r,
			    const struct yaml_node *root)
{
	const struct yaml_node *list = yaml_key(root, "heuristics");
	uint32_t count = r->raw->heuristics_count;
	const char **name = arena_array(r->arena, count, sizeof(*name));
	uint32_t *line = arena_array(r->arena, count, sizeof(*line));

	for (uint32_t i = 0; i < count; i++) {
		name[i] = arena_strdup(r->arena, r->raw->heuristics[i]);
		line[i] = yaml_line(yaml_item(list, i));
	}
	r->scenario->heuristic_count = count;
	r->scenario->heuristic = name;
	r->scenario->heuristic_line = line;
}

static int read_guests(struct scenario_reader *r,
		       const struct yaml_node *root)
{
	const struct yaml_node *list = yaml_key(root, "guests");
	uint32_t count = r->raw->guests_count;
	struct scenario_guest *guest = arena_array(r->arena, count,
						   sizeof(*guest));

	r->scenario->guest = guest;
	for (uint32_t i = 0; i < count; i++) {
		if (scenario_read_guest(r, i, &guest[i]))
			return -1;
		for (uint32_t j = 0; j < i; j++)
			if (strcmp(guest[j].name, guest[i].name) == 0)
				return yaml_fail(r->doc,
						 yaml_key(yaml_item(list, i),
							  "name"), r->err,
						 "'%s' is taken by guests[%u]; "
						 "another name", guest[i].name,
						 j);
		r->scenario->guest_count++;
	}
	return 0;
}

/* The x axis of a case: guests asked for, or where none are counted, a rate. */
static double load_of(const struct scenario *s, const struct scenario_case *c,
		      bool guests)
{
	double load = 0;

	for (uint32_t i = 0; i < s->guest_count; i++) {
		const struct scenario_guest *g = &s->guest[i];
		bool swept = s->swept && i == s->sweep_guest;

		if (guests && g->arrival == SCENARIO_AT)
			load += swept ? c->count : g->count;
		if (guests && g->arrival == SCENARIO_TRACE)
			load += g->row_count;
		if (!guests && g->arrival == SCENARIO_POISSON)
			load += swept ? c->rate_per_s : g->rate_per_s;
	}
	return load;
}

static int sweep_class(struct scenario_reader *r, const struct yaml_node *node)
{
	const struct scenario *s = r->scenario;
	const char *names[SCENARIO_GUEST_MAX];

	for (uint32_t i = 0; i < s->guest_count; i++) {
		names[i] = s->guest[i].name;
		if (strcmp(names[i], r->raw->sweep.guest) != 0)
			continue;
		r->scenario->sweep_guest = i;
		return 0;
	}
	yaml_fail(r->doc, yaml_key(node, "guest"), r->err,
		  "no guest '%s' above", r->raw->sweep.guest);
	return err_add_nearest(r->err, r->raw->sweep.guest, names,
			       s->guest_count);
}

static int read_case(struct scenario_reader *r, const struct yaml_node *item,
		     bool counts, struct scenario_case *c)
{
	const char *class_name = r->scenario->guest[r->scenario->sweep_guest]
					 .name;
	size_t size = strlen(class_name) + strlen(yaml_text(item)) + 2;
	char *name = arena_alloc(r->arena, size);
	double value = strtod(yaml_text(item), NULL);

	if (counts && value > SCENARIO_COUNT_MAX)
		return yaml_fail(r->doc, item, r->err, "%s is too large; 0 to "
				 "%d", yaml_text(item), SCENARIO_COUNT_MAX);
	if (!counts && !(value > 0 && value <= 1e6))
		return yaml_fail(r->doc, item, r->err, "%s is out of range; "
				 "more than 0, up to 1e6", yaml_text(item));
	snprintf(name, size, "%s=%s", class_name, yaml_text(item));
	c->name = name;
	if (counts)
		c->count = (uint32_t)value;
	else
		c->rate_per_s = value;
	return counts ? 0 : scenario_check_rate(
		r, item, &r->scenario->guest[r->scenario->sweep_guest], value);
}

/*
 * How many guests a class may become: what bounds the memory of a run. Those of
 * a Poisson class without a count are bounded by scenario_check_rate().
 */
static uint64_t guests_of(const struct scenario *s, uint32_t index)
{
	const struct scenario_guest *g = &s->guest[index];
	uint64_t most = g->arrival == SCENARIO_TRACE ? g->row_count : g->count;
	double span_s = s_from_ns(g->until_ns - g->from_ns);

	if (g->arrival == SCENARIO_POISSON && !g->count)
		most = (uint64_t)(g->rate_per_s * span_s);
	if (!s->swept || s->sweep_guest != index)
		return most;
	for (uint32_t c = 0; c < s->case_count; c++) {
		uint64_t here = s->cases[c].count;

		if (g->arrival == SCENARIO_POISSON && !g->count)
			here = (uint64_t)(s->cases[c].rate_per_s * span_s);
		most = here > most ? here : most;
	}
	return most;
}

static int check_total(struct scenario_reader *r, const struct yaml_node *root)
{
	const struct yaml_node *list = yaml_key(root, "guests");
	uint64_t total = 0;

	for (uint32_t i = 0; i < r->scenario->guest_count; i++) {
		total += guests_of(r->scenario, i);
		if (total > SCENARIO_COUNT_MAX)
			return yaml_fail(r->doc, yaml_item(list, i), r->err,
					 "guests up to here are %llu in all; "
					 "at most %d",
					 (unsigned long long)total,
					 SCENARIO_COUNT_MAX);
	}
	return 0;
}

/* Each point of the sweep, or the one case of a scenario without. */
static int read_sweep(struct scenario_reader *r, const struct yaml_node *root)
{
	static const char *const ways[] = {"count", "poisson_per_s", NULL};
	const struct yaml_node *node = yaml_key(root, "sweep");
	struct scenario *s = r->scenario;
	const struct yaml_node *list;
	struct scenario_case *cases;
	bool counts, guests;

	if (node && (yaml_check_one_of(r->doc, node, ways, r->err) ||
		     sweep_class(r, node)))
		return -1;
	counts = yaml_has(node, "count");
	list = yaml_key(node, counts ? "count" : "poisson_per_s");
	if (node && s->guest[s->sweep_guest].arrival !=
			    (counts ? SCENARIO_AT : SCENARIO_POISSON))
		return yaml_fail(r->doc, list, r->err, "'%s' does not arrive "
				 "that way; count for at_s, poisson_per_s for "
				 "poisson_per_s", r->raw->sweep.guest);
	s->swept = node != NULL;
	s->case_count = node ? (uint32_t)yaml_count(list) : 1;
	cases = arena_array(r->arena, s->case_count, sizeof(*cases));
	s->cases = cases;
	cases[0].name = "all";
	for (uint32_t i = 0; node && i < s->case_count; i++)
		if (read_case(r, yaml_item(list, i), counts, &cases[i]))
			return -1;
	guests = node ? counts : load_of(s, &cases[0], true) > 0;
	s->load_unit = guests ? "guests" : "guests/s";
	for (uint32_t i = 0; i < s->case_count; i++)
		cases[i].load = load_of(s, &cases[i], guests);
	return 0;
}

/* SHA-256 over the files' SHA-256 texts, in the order of reading. */
static int make_digest(struct scenario_reader *r)
{
	struct scenario *s = r->scenario;
	size_t step = DIGEST_TEXT_BYTES - 1;
	char *texts = arena_alloc(r->arena, s->file_count * step + 1);

	for (uint32_t i = 0; i < s->file_count; i++) {
		char text[DIGEST_TEXT_BYTES];

		if (digest_file(text, s->file[i], r->err))
			return -1;
		memcpy(texts + i * step, text, step);
	}
	digest_bytes(s->digest, texts, s->file_count * step);
	return 0;
}
