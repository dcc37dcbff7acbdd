#include "run/conform_placement.h"

#include "place/count.h"
#include "place/libxl_search.h"
#include "run/conform_fixed.h"
#include "run/json_read.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define BYTES_MAX (UINT64_C(1) << 62)
#define KIB_MAX (UINT64_C(1) << 50)
enum { VCPUS_MAX = 1 << 20 };

/* A record's machine and what is asked of it. */
struct place_case {
	bool is_place;
	uint32_t node_count;
	uint64_t free_bytes[NODE_MAX];
	bool online[NODE_MAX];
	uint32_t cpu_count;
	uint16_t cpu_to_node[CPU_MAX];
	cpuset suitable;
	bool hard_given;
	cpuset hard;
	const json_t *pools;
	uint64_t need_memkb;
	uint32_t vcpus;
	uint32_t min_nodes;
	uint32_t max_nodes;
	bool first_fit;
	uint32_t node_vcpus[NODE_MAX];
};

/* What libxl's code, ours, says to it. */
struct outcome {
	int rc;
	bool searched;
	bool found;
	struct libxl_candidate best;
};

static int read_case(const json_t *record, struct place_case *c,
		     struct err *err);
static int ask(const struct place_case *c, struct outcome *o,
	       struct err *err);
static int ask_fixed(const struct place_case *c, struct outcome *o,
		     struct err *err);
static int compare(const json_t *result, const struct place_case *c,
		   const struct outcome *o, struct conform_result *diff,
		   struct err *err);
static int compare_fixed(const json_t *result, const struct outcome *o,
			 struct conform_result *diff, struct err *err);

bool conform_placement_is(const json_t *record)
{
	const char *kind = json_string_value(json_object_get(record, "kind"));

	return kind &&
	       (strcmp(kind, "place") == 0 || strcmp(kind, "candidate") == 0);
}

int conform_placement(const json_t *record, struct conform_result *diff,
		      struct err *err)
{
	struct conform_options options = conform_options_default();

	return conform_placement_with(record, &options, diff, err);
}

int conform_placement_with(const json_t *record,
			   const struct conform_options *options,
			   struct conform_result *diff, struct err *err)
{
	bool fixed = options->libxl_fixed;
	struct place_case c;
	struct outcome o = {0};
	const json_t *result;
	uint64_t id;
	int rc;

	conform_begin(diff);
	if (!conform_placement_is(record))
		return err_set(err, "kind: missing or neither \"place\" nor "
			       "\"candidate\"");
	if (json_read_uint(record, "id", 0, INT64_MAX, &id, err) < 0 ||
	    json_read_object(record, "result", &result, err) < 0 ||
	    read_case(record, &c, err) < 0 ||
	    (fixed ? ask_fixed : ask)(&c, &o, err) < 0)
		return -1;
	if (c.node_count > LIBXL_NODES_MAX)
		diff->tag = "above_16_nodes";
	rc = fixed ? compare_fixed(result, &o, diff, err)
		   : compare(result, &c, &o, diff, err);
	return rc ? rc
		  : conform_end(record, diff->agrees ? CONFORM_AGREES
						     : CONFORM_DIFFERS, diff);
}

static int read_nodes(const json_t *host, struct place_case *c,
		      struct err *err)
{
	const json_t *nodes;
	uint64_t value;

	if (json_read_uint(host, "nr_nodes", 1, NODE_MAX, &value, err) < 0 ||
	    json_read_array(host, "nodes", &nodes, err) < 0)
		return -1;
	c->node_count = (uint32_t)value;
	if (json_array_size(nodes) != c->node_count)
		return err_set(err, "nodes: %zu entries, nr_nodes says %u",
			       json_array_size(nodes),
			       (unsigned)c->node_count);
	for (uint32_t n = 0; n < c->node_count; n++) {
		const json_t *node = json_array_get(nodes, n);

		c->online[n] = !json_is_null(json_object_get(node, "free"));
		c->free_bytes[n] = UINT32_MAX; /* what libxl sees offline */
		if (c->online[n] &&
		    json_read_uint(node, "free", 0, BYTES_MAX,
				   &c->free_bytes[n], err) < 0)
			return -1;
	}
	return 0;
}

static int read_cpus(const json_t *host, struct place_case *c,
		     struct err *err)
{
	const json_t *cpus;

	if (json_read_array(host, "cpu_to_node", &cpus, err) < 0)
		return -1;
	if (json_array_size(cpus) > CPU_MAX)
		return err_set(err, "cpu_to_node: %zu entries; at most %d",
			       json_array_size(cpus), CPU_MAX);
	c->cpu_count = (uint32_t)json_array_size(cpus);
	for (uint32_t i = 0; i < c->cpu_count; i++) {
		const json_t *item = json_array_get(cpus, i);
		json_int_t node = json_integer_value(item);

		if (!json_is_null(item) &&
		    (!json_is_integer(item) || node < 0 ||
		     node >= c->node_count))
			return err_set(err, "cpu_to_node: entry %u is no node "
				       "below nr_nodes", (unsigned)i);
		c->cpu_to_node[i] = json_is_null(item) ? NODE_NONE
						       : (uint16_t)node;
	}
	return 0;
}

static int read_pool(const struct place_case *c, uint64_t id, cpuset *cpus,
		     struct err *err)
{
	for (size_t i = 0; i < json_array_size(c->pools); i++) {
		const json_t *pool = json_array_get(c->pools, i);
		uint64_t pool_id;

		if (json_read_uint(pool, "id", 0, INT32_MAX, &pool_id, err) < 0)
			return -1;
		if (pool_id == id)
			return json_read_cpus(pool, "cpus", cpus, err);
	}
	return err_set(err, "pool: %" PRIu64 " is not one of pools", id);
}

static int read_place_request(const json_t *request, struct place_case *c,
			      struct err *err)
{
	uint64_t target, shadow, iommu, vcpus, pool;
	const char *type;

	if (json_read_string(request, "type", &type, err) < 0 ||
	    json_read_uint(request, "target_memkb", 0, KIB_MAX, &target,
			   err) < 0 ||
	    json_read_uint(request, "shadow_memkb", 0, KIB_MAX, &shadow,
			   err) < 0 ||
	    json_read_uint(request, "iommu_memkb", 0, KIB_MAX, &iommu,
			   err) < 0 ||
	    json_read_uint(request, "max_vcpus", 1, VCPUS_MAX, &vcpus,
			   err) < 0 ||
	    json_read_uint(request, "pool", 0, INT32_MAX, &pool, err) < 0 ||
	    read_pool(c, pool, &c->suitable, err) < 0)
		return -1;
	c->need_memkb = libxl_need_memkb(strcmp(type, "pv") == 0, target,
					 shadow, iommu);
	c->vcpus = (uint32_t)vcpus;
	c->hard_given = !json_is_null(json_object_get(request, "hard_cpus"));
	if (!c->hard_given)
		return 0;
	return json_read_cpus(request, "hard_cpus", &c->hard, err);
}

static int read_candidate_request(const json_t *request, struct place_case *c,
				  struct err *err)
{
	uint64_t cpus, min_nodes, max_nodes;

	if (json_read_uint(request, "min_free_memkb", 0, KIB_MAX,
			   &c->need_memkb, err) < 0 ||
	    json_read_uint(request, "min_cpus", 0, VCPUS_MAX, &cpus,
			   err) < 0 ||
	    json_read_uint(request, "min_nodes", 0, INT32_MAX, &min_nodes,
			   err) < 0 ||
	    json_read_uint(request, "max_nodes", 0, INT32_MAX, &max_nodes,
			   err) < 0 ||
	    json_read_bool(request, "first_fit", &c->first_fit, err) < 0)
		return -1;
	c->vcpus = (uint32_t)cpus;
	c->min_nodes = (uint32_t)min_nodes;
	c->max_nodes = (uint32_t)max_nodes;
	return json_read_cpus(request, "suitable_cpus", &c->suitable, err);
}

/* Adds one domain's vCPUs to the count of its nodes. */
static int read_domain(const json_t *domain, const struct count_map *map,
		       struct place_case *c, struct err *err)
{
	const json_t *runs;
	uint64_t pool, vcpus;
	nodeset affinity;
	cpuset pool_cpus, hard;

	if (json_read_uint(domain, "pool", 0, INT32_MAX, &pool, err) < 0 ||
	    read_pool(c, pool, &pool_cpus, err) < 0 ||
	    json_read_nodes(domain, "node_affinity", &affinity, err) < 0 ||
	    json_read_array(domain, "vcpus", &runs, err) < 0)
		return -1;
	for (size_t i = 0; i < json_array_size(runs); i++) {
		const json_t *run = json_array_get(runs, i);

		if (json_read_uint(run, "n", 0, VCPUS_MAX, &vcpus, err) < 0 ||
		    json_read_cpus(run, "hard", &hard, err) < 0)
			return -1;
		count_add(count_nodes(map, &pool_cpus, affinity, &hard),
			  (uint32_t)vcpus, c->node_vcpus);
	}
	return 0;
}

static int read_case(const json_t *record, struct place_case *c,
		     struct err *err)
{
	const json_t *host, *request, *domains;
	const char *kind;
	struct count_map map;

	memset(c, 0, sizeof(*c));
	if (json_read_string(record, "kind", &kind, err) < 0 ||
	    json_read_object(record, "host", &host, err) < 0 ||
	    json_read_object(record, "request", &request, err) < 0 ||
	    json_read_array(record, "pools", &c->pools, err) < 0 ||
	    json_read_array(record, "domains", &domains, err) < 0 ||
	    read_nodes(host, c, err) < 0 || read_cpus(host, c, err) < 0)
		return -1;
	c->is_place = strcmp(kind, "place") == 0;
	if ((c->is_place ? read_place_request(request, c, err)
			 : read_candidate_request(request, c, err)) < 0)
		return -1;

	count_map_init(&map, c->cpu_to_node, c->cpu_count, &c->suitable);
	for (size_t i = 0; i < json_array_size(domains); i++)
		if (read_domain(json_array_get(domains, i), &map, c, err) < 0)
			return -1;
	return 0;
}

static void query_init(struct libxl_query *q, const struct place_case *c)
{
	memset(q, 0, sizeof(*q));
	q->node_count = c->node_count;
	q->need_memkb = c->need_memkb;
	q->min_cpus = c->vcpus;
	q->min_nodes = c->min_nodes;
	q->max_nodes = c->max_nodes;
	q->first_fit = c->first_fit;
	for (uint32_t n = 0; n < c->node_count; n++) {
		q->node[n].free_memkb = c->free_bytes[n] / 1024;
		q->node[n].vcpus = c->node_vcpus[n];
	}
	for (uint32_t i = 0; i < c->cpu_count; i++) {
		uint32_t n = c->cpu_to_node[i];

		if (n == NODE_NONE)
			continue;
		q->node[n].pcpus++;
		q->node[n].suitable_pcpus += cpuset_has(&c->suitable, i);
	}
}

/* The same case as a heuristic sees it: what does it pick? */
static int ask_heuristic(const char *name, const struct place_case *c,
			 const struct libxl_query *q, struct outcome *o,
			 struct err *err)
{
	static const uint8_t distance[NODE_MAX * NODE_MAX];
	struct place_node node[NODE_MAX];
	struct place_view view = {
		.node_count = c->node_count,
		.cpu_count = c->cpu_count,
		.node = node,
		.distance = distance, /* libxl does not look at it */
		.cpu_to_node = c->cpu_to_node,
		.pool_cpus = &c->suitable,
	};
	struct place_request request = {
		.vcpus = c->vcpus,
		.need_pages = c->need_memkb / 4,
		.hard_cpus = c->hard_given ? &c->hard : NULL,
	};
	struct place_answer answer;
	enum place_result result;

	for (uint32_t n = 0; n < c->node_count; n++)
		node[n] = (struct place_node){
			.free_pages = c->online[n] ? c->free_bytes[n] / 4096
						   : 0,
			.pcpus = q->node[n].pcpus,
			.pool_pcpus = q->node[n].suitable_pcpus,
			.vcpus = q->node[n].vcpus,
			.load = (double)NAN,
			.cpu_busy = (double)NAN,
			.bandwidth_used = (double)NAN,
			.online = c->online[n],
		};
	if (place_run(place_find(name), &view, &request, &result, &answer,
		      err) < 0)
		return -1;
	/* Had it said something else than the search, it would show. */
	o->found = result == PLACE_OK;
	o->best.nodes = answer.nodes;
	return 0;
}

static int ask(const struct place_case *c, struct outcome *o, struct err *err)
{
	struct libxl_query q;

	query_init(&q, c);
	if (c->hard_given && !cpuset_intersects(&c->hard, &c->suitable)) {
		o->rc = LIBXL_ERROR_INVAL;
	} else {
		o->searched = true;
		o->rc = libxl_search(&q, &o->found, &o->best);
	}
	return c->is_place ? ask_heuristic("libxl", c, &q, o, err) : 0;
}

static int ask_fixed(const struct place_case *c, struct outcome *o,
		     struct err *err)
{
	struct libxl_query q;

	query_init(&q, c);
	if (c->is_place)
		return ask_heuristic("libxl-fixed", c, &q, o, err);
	o->best.nodes = conform_fixed_search(&q);
	o->found = o->best.nodes != NODESET_NONE;
	return 0;
}

/* Compares two numbers; false if diff now says that they differ. */
static bool same(struct conform_result *diff, const char *key, int64_t expected,
		 int64_t got)
{
	if (expected == got)
		return true;
	conform_differs(diff, key, expected, got);
	diff->agrees = false;
	return false;
}

/* result[key] must be an integer; -1 if it is not, 0 with *agree. */
static int same_key(const json_t *result, const char *key, int64_t got,
		    struct conform_result *diff, struct err *err)
{
	const json_t *item = json_object_get(result, key);

	if (!json_is_integer(item))
		return err_set(err, "%s: missing or not an integer", key);
	same(diff, key, json_integer_value(item), got);
	return 0;
}

static int compare_nodes(const json_t *result, const struct outcome *o,
			 struct conform_result *diff, struct err *err)
{
	nodeset nodes;

	if (json_read_nodes(result, "nodes", &nodes, err) < 0)
		return -1;
	if (nodes == o->best.nodes)
		return 0;
	diff->agrees = false;
	conform_differs_nodes(diff, "nodes", nodes, o->best.nodes);
	return 0;
}

/* Soft affinity: every CPU of the chosen nodes, of the pool or not. */
static int compare_soft(const json_t *result, const struct place_case *c,
			const struct outcome *o, struct conform_result *diff,
			struct err *err)
{
	cpuset expected;
	cpuset got = {{0}};

	if (json_read_cpus(result, "soft_cpus", &expected, err) < 0)
		return -1;
	for (uint32_t i = 0; i < c->cpu_count; i++)
		if (c->cpu_to_node[i] != NODE_NONE &&
		    nodeset_has(o->best.nodes, c->cpu_to_node[i]))
			cpuset_add(&got, i);
	if (cpuset_equal(&expected, &got))
		return 0;
	diff->agrees = false;
	conform_differs_cpus(diff, "soft_cpus", &expected, &got);
	return 0;
}

static int compare_winner(const json_t *result, const struct place_case *c,
			  const struct outcome *o, struct conform_result *diff,
			  struct err *err)
{
	const struct libxl_candidate *best = &o->best;
	const struct {
		const char *key;
		int64_t got;
	} numbers[] = {
		{ "nr_nodes", best->node_count },
		{ "nr_cpus", best->cpus },
		{ "nr_vcpus", best->vcpus },
		{ "free_memkb", best->free_memkb },
	};

	if (compare_nodes(result, o, diff, err) < 0)
		return -1;
	for (size_t i = 0; diff->agrees && i < 4; i++)
		if (same_key(result, numbers[i].key, numbers[i].got, diff,
			     err) < 0)
			return -1;
	if (c->is_place && diff->agrees)
		return compare_soft(result, c, o, diff, err);
	return 0;
}

static int compare(const json_t *result, const struct place_case *c,
		   const struct outcome *o, struct conform_result *diff,
		   struct err *err)
{
	bool found;

	diff->agrees = true;
	if (json_read_bool(result, "found", &found, err) < 0 ||
	    same_key(result, "rc", o->rc, diff, err) < 0)
		return -1;
	if (!diff->agrees || !same(diff, "found", found, o->found))
		return 0;
	if (c->is_place && json_object_get(result, "min_free_memkb")) {
		if (same_key(result, "min_free_memkb",
			     o->searched ? (int64_t)c->need_memkb : -1, diff,
			     err) < 0)
			return -1;
	}
	if (!diff->agrees || !o->found)
		return 0;
	return compare_winner(result, c, o, diff, err);
}

/* Which nodes, and no more: the sums mean something else. */
static int compare_fixed(const json_t *result, const struct outcome *o,
			 struct conform_result *diff, struct err *err)
{
	bool found;

	diff->agrees = true;
	if (json_read_bool(result, "found", &found, err) < 0)
		return -1;
	if (!same(diff, "found", found, o->found) || !found)
		return 0;
	return compare_nodes(result, o, diff, err);
}
