/*
 * host_overlay.c - lays a profile's numbers over what its topology gave, and
 *                  checks what a schema cannot: counts, ranges, order.
 */
#include "run/host_schema.h"

#include "base/units.h"
#include "host/links.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define GB 1e9
#define SPEED_GB_MIN 0.001
#define SPEED_GB_MAX 100000.0
#define LATENCY_NS_MIN 1.0
#define LATENCY_NS_MAX 100000.0
#define NODE_MIB_MAX (UINT64_C(24) << 20) /* 24 TiB */

static int overlay_memory(struct overlay *o);
static int overlay_distances(struct overlay *o);
static int overlay_values(struct overlay *o, const char *key,
			  const struct schema_values *given, uint32_t want,
			  double low, double high, double unit, double **out,
			  struct host_origin *origin);
static int overlay_links(struct overlay *o);
static int overlay_curve(struct overlay *o);
static int overlay_devices(struct overlay *o);
static int overlay_constants(struct overlay *o);

static const struct yaml_node *key(const struct overlay *o, const char *name)
{
	return yaml_key(yaml_root(o->doc), name);
}

/* What a group says of its origin, else that it says nothing. */
static struct host_origin origin_of(struct overlay *o,
				    const struct schema_origin *origin)
{
	if (!origin)
		return (struct host_origin){HOST_ASSUMED,
					    "the profile, which says no more"};
	return (struct host_origin){(enum host_origin_kind)origin->kind,
				    arena_strdup(o->arena, origin->from)};
}

int host_overlay(struct overlay *o)
{
	struct host *host = o->host;
	uint32_t n = host->nr_nodes;

	if (overlay_constants(o) || overlay_memory(o) || overlay_distances(o))
		return -1;
	if (o->data->cache) {
		double mib = o->data->cache->llc_mib;

		if (yaml_check_float(o->doc, key(o, "cache"), "llc_mib", 0.01,
				     1e6, o->err))
			return -1;
		for (uint32_t l = 0; l < host->nr_llcs; l++)
			host->llc[l].bytes = (uint64_t)(mib * 1048576 + 0.5);
		host->llc_origin = origin_of(o, o->data->cache->origin);
	}
	if (overlay_values(o, "latency_ns", o->data->latency_ns, n * n,
			   LATENCY_NS_MIN, LATENCY_NS_MAX, 1, &host->latency_ns,
			   &host->latency_origin) ||
	    overlay_values(o, "core_gb_per_s", o->data->core_gb_per_s, n * n,
			   SPEED_GB_MIN, SPEED_GB_MAX, GB,
			   &host->core_bytes_per_s, &host->core_origin) ||
	    overlay_values(o, "controller_gb_per_s",
			   o->data->controller_gb_per_s, n, SPEED_GB_MIN,
			   SPEED_GB_MAX, GB, &host->controller_bytes_per_s,
			   &host->controller_origin))
		return -1;
	return overlay_links(o) || overlay_curve(o) || overlay_devices(o) ? -1
									  : 0;
}

/* --- memory --------------------------------------------------------------- */

static int by_start(const void *a, const void *b)
{
	const struct host_range *x = a, *y = b;

	return (x->start_mfn > y->start_mfn) - (x->start_mfn < y->start_mfn);
}

/* Touching ranges of a node become one. */
static void merge_ranges(struct host_node *node)
{
	uint32_t kept = 0;

	qsort(node->range, node->nr_ranges, sizeof(*node->range), by_start);
	for (uint32_t r = 0; r < node->nr_ranges; r++) {
		if (kept && node->range[kept - 1].end_mfn ==
				    node->range[r].start_mfn)
			node->range[kept - 1].end_mfn = node->range[r].end_mfn;
		else
			node->range[kept++] = node->range[r];
	}
	node->nr_ranges = kept;
}

/* Does range r of the profile overlap one before it? */
static int check_range(struct overlay *o, const struct schema_memory *memory,
		       uint32_t r)
{
	const struct yaml_node *at =
		yaml_item(yaml_key(key(o, "memory"), "ranges"), r);
	const struct schema_range *range = &memory->ranges[r];

	if (yaml_check_uint(o->doc, at, "node", 0, o->host->nr_nodes - 1,
			    o->err) ||
	    yaml_check_uint(o->doc, at, "to_mib", range->from_mib + 1,
			    NODE_MIB_MAX, o->err))
		return -1;
	for (uint32_t b = 0; b < r; b++)
		if (range->from_mib < memory->ranges[b].to_mib &&
		    memory->ranges[b].from_mib < range->to_mib)
			return yaml_fail(o->doc, at, o->err,
					 "overlaps ranges[%u]; ranges must be "
					 "apart", b);
	return 0;
}

static int overlay_ranges(struct overlay *o, const struct schema_memory *memory)
{
	struct host *host = o->host;
	const struct yaml_node *at = yaml_key(key(o, "memory"), "ranges");
	uint64_t sum[NODE_MAX] = {0};

	for (uint32_t i = 0; i < host->nr_nodes; i++) {
		host->node[i].nr_ranges = 0;
		host->node[i].range =
			arena_array(o->arena, memory->ranges_count,
				    sizeof(struct host_range));
	}
	for (uint32_t r = 0; r < memory->ranges_count; r++) {
		const struct schema_range *range = &memory->ranges[r];

		if (check_range(o, memory, r))
			return -1;
		struct host_node *node = &host->node[range->node];

		node->range[node->nr_ranges++] = (struct host_range){
			pages_from_mib(range->from_mib),
			pages_from_mib(range->to_mib)};
		sum[range->node] += range->to_mib - range->from_mib;
	}
	for (uint32_t i = 0; i < host->nr_nodes; i++) {
		if (memory->mib && memory->mib[i] != sum[i])
			return yaml_fail(o->doc, at, o->err,
					 "node %u has %" PRIu64 " MiB in "
					 "ranges, %" PRIu64 " in mib; they must "
					 "agree", i, sum[i], memory->mib[i]);
		host->node[i].pages = pages_from_mib(sum[i]);
		merge_ranges(&host->node[i]);
	}
	return 0;
}

static int overlay_memory(struct overlay *o)
{
	const struct schema_memory *memory = o->data->memory;
	const struct yaml_node *at = key(o, "memory");
	struct host *host = o->host;

	if (!memory)
		return 0;
	if (memory->mib && memory->mib_count != host->nr_nodes)
		return yaml_fail(o->doc, yaml_key(at, "mib"), o->err,
				 "%u numbers; one for each of the %u nodes",
				 memory->mib_count, host->nr_nodes);
	for (uint32_t i = 0; memory->mib && i < host->nr_nodes; i++) {
		if (memory->mib[i] > NODE_MIB_MAX)
			return yaml_fail(o->doc,
					 yaml_item(yaml_key(at, "mib"), i),
					 o->err, "%" PRIu64 " is too large; 0 "
					 "to %" PRIu64, memory->mib[i],
					 NODE_MIB_MAX);
		host->node[i].pages = pages_from_mib(memory->mib[i]);
	}
	if (memory->mib || memory->ranges)
		host->memory_origin = origin_of(o, memory->origin);
	if (memory->ranges && memory->hole)
		return yaml_fail(o->doc, yaml_key(at, "hole"), o->err,
				 "not together with ranges; give one of them");
	if (memory->ranges && overlay_ranges(o, memory))
		return -1;
	if (memory->hole &&
	    yaml_check_uint(o->doc, yaml_key(at, "hole"), "to_mib",
			    memory->hole->from_mib + 1, NODE_MIB_MAX, o->err))
		return -1;
	if (memory->hole)
		host_lay_memory(o->arena, host,
				pages_from_mib(memory->hole->from_mib),
				pages_from_mib(memory->hole->to_mib));
	if (memory->hole || memory->ranges)
		host->range_origin = origin_of(o, memory->origin);
	return 0;
}

/* --- matrices ------------------------------------------------------------- */

static int wrong_count(struct overlay *o, const struct yaml_node *at,
		       uint32_t count, uint32_t want)
{
	return yaml_fail(o->doc, at, o->err,
			 want == o->host->nr_nodes
				 ? "%u numbers; %u nodes need %u"
				 : "%u numbers; %u nodes need %u, row by row",
			 count, o->host->nr_nodes, want);
}

static int overlay_distances(struct overlay *o)
{
	const struct schema_distances *given = o->data->distances;
	const struct yaml_node *at = yaml_key(key(o, "distances"), "matrix");
	uint32_t n = o->host->nr_nodes;

	if (!given)
		return 0;
	if (given->matrix_count != n * n)
		return wrong_count(o, at, given->matrix_count, n * n);
	o->host->distance = arena_array(o->arena, n * n, sizeof(uint8_t));
	for (uint32_t k = 0; k < n * n; k++) {
		uint32_t d = given->matrix[k];

		if (k / n == k % n && d != HOST_DISTANCE_LOCAL)
			return yaml_fail(o->doc, yaml_item(at, k), o->err,
					 "%u from node %u to itself; 10", d,
					 k / n);
		if (k / n != k % n &&
		    (d <= HOST_DISTANCE_LOCAL || d > HOST_DISTANCE_MAX))
			return yaml_fail(o->doc, yaml_item(at, k), o->err,
					 "%u from node %u to node %u; 11 to "
					 "254", d, k / n, k % n);
		o->host->distance[k] = (uint8_t)d;
	}
	o->host->distance_origin = origin_of(o, given->origin);
	return 0;
}

static int overlay_values(struct overlay *o, const char *name,
			  const struct schema_values *given, uint32_t want,
			  double low, double high, double unit, double **out,
			  struct host_origin *origin)
{
	const struct yaml_node *at = yaml_key(key(o, name), "values");

	if (!given)
		return 0;
	if (given->values_count != want)
		return wrong_count(o, at, given->values_count, want);
	*out = arena_array(o->arena, want, sizeof(**out));
	for (uint32_t k = 0; k < want; k++) {
		double value = given->values[k];

		if (!(value >= low && value <= high))
			return yaml_fail(o->doc, yaml_item(at, k), o->err,
					 "%g is out of range; %g to %g", value,
					 low, high);
		(*out)[k] = value * unit;
	}
	*origin = origin_of(o, given->origin);
	return 0;
}

/* --- links ---------------------------------------------------------------- */

static void link_put(struct host *host, uint32_t from, uint32_t to,
		     double gb_per_s)
{
	host->link[host->nr_links++] = (struct host_link){
		(uint16_t)from, (uint16_t)to, gb_per_s * GB};
}

static int overlay_link(struct overlay *o, const struct schema_link *link,
			const struct yaml_node *at)
{
	uint32_t last = o->host->nr_nodes - 1;

	if (yaml_check_uint(o->doc, at, "from", 0, last, o->err) ||
	    yaml_check_uint(o->doc, at, "to", 0, last, o->err) ||
	    yaml_check_float(o->doc, at, "gb_per_s", SPEED_GB_MIN, SPEED_GB_MAX,
			     o->err))
		return -1;
	if (link->from == link->to)
		return yaml_fail(o->doc, at, o->err,
				 "from node %u to itself; two nodes",
				 link->from);
	if (links_find(o->host, link->from, link->to) != HOST_NONE ||
	    (!link->one_way &&
	     links_find(o->host, link->to, link->from) != HOST_NONE))
		return yaml_fail(o->doc, at, o->err,
				 "nodes %u and %u are joined twice; a link is "
				 "both ways unless one_way is true",
				 link->from, link->to);
	link_put(o->host, link->from, link->to, link->gb_per_s);
	if (!link->one_way)
		link_put(o->host, link->to, link->from, link->gb_per_s);
	return 0;
}

static int overlay_route(struct overlay *o, const struct schema_path *path,
			 const struct yaml_node *at)
{
	uint32_t hop, last = o->host->nr_nodes - 1;

	for (uint32_t k = 0; k < path->path_count; k++) {
		const struct yaml_node *item =
			yaml_item(yaml_key(at, "path"), k);

		if (path->path[k] > last)
			return yaml_fail(o->doc, item, o->err,
					 "%u is no node; 0 to %u",
					 path->path[k], last);
		for (uint32_t b = 0; b < k; b++)
			if (path->path[b] == path->path[k])
				return yaml_fail(o->doc, item, o->err,
						 "node %u twice; each once",
						 path->path[k]);
	}
	if (!links_set_route(o->arena, o->host, path->path, path->path_count,
			     &hop))
		return yaml_fail(o->doc, at, o->err,
				 "no link from node %u to node %u in list",
				 path->path[hop], path->path[hop + 1]);
	return 0;
}

static int overlay_links(struct overlay *o)
{
	const struct schema_links *given = o->data->links;
	const struct yaml_node *at = key(o, "links");
	struct host *host = o->host;
	uint32_t from, to;

	if (!given)
		return 0;
	host->link = arena_array(o->arena, 2 * given->list_count,
				 sizeof(*host->link));
	for (uint32_t l = 0; l < given->list_count; l++)
		if (overlay_link(o, &given->list[l],
				 yaml_item(yaml_key(at, "list"), l)))
			return -1;
	host_default_distances(o->arena, host);
	if (!links_route(o->arena, host, &from, &to))
		return yaml_fail(o->doc, yaml_key(at, "list"), o->err,
				 "no way from node %u to node %u; join them",
				 from, to);
	host->link_origin = origin_of(o, given->origin);
	host->route_origin = (struct host_origin){
		HOST_ASSUMED, "fewest links, then smallest distance"};
	for (uint32_t r = 0; r < given->routes_count; r++)
		if (overlay_route(o, &given->routes[r],
				  yaml_item(yaml_key(at, "routes"), r)))
			return -1;
	if (given->routes_count)
		host->route_origin = host->link_origin;
	return 0;
}

/* --- curve, devices, constants -------------------------------------------- */

static int overlay_curve(struct overlay *o)
{
	const struct schema_curve *given = o->data->loaded_latency;
	const struct yaml_node *at =
		yaml_key(key(o, "loaded_latency"), "points");

	if (!given)
		return 0;
	o->host->nr_curve_points = given->points_count;
	o->host->curve = arena_array(o->arena, given->points_count,
				     sizeof(*o->host->curve));
	for (uint32_t p = 0; p < given->points_count; p++) {
		const struct schema_point *point = &given->points[p];
		bool first = p == 0, last = p + 1 == given->points_count;
		bool good = first ? point->utilisation == 0 &&
					    point->factor == 1
				  : point->utilisation >
						    point[-1].utilisation &&
					    point->factor >= point[-1].factor;

		if (!good || (last && point->utilisation != 1) ||
		    point->factor > 1000)
			return yaml_fail(o->doc, yaml_item(at, p), o->err,
					 "points must rise from utilisation 0, "
					 "factor 1 to utilisation 1, factor "
					 "1000 at most");
		o->host->curve[p] = (struct host_curve_point){
			point->utilisation, point->factor};
	}
	o->host->curve_origin = origin_of(o, given->origin);
	return 0;
}

static int overlay_devices(struct overlay *o)
{
	static const char *const classes[] = {"net", "storage", "gpu", "other"};
	struct host *host = o->host;
	uint32_t count = o->data->devices_count;
	struct host_device *all = arena_array(
		o->arena, host->nr_devices + count, sizeof(*all));

	if (host->nr_devices)
		memcpy(all, host->device, host->nr_devices * sizeof(*all));
	host->device = all;
	for (uint32_t d = 0; d < count; d++) {
		const struct schema_device *device = &o->data->devices[d];
		const struct yaml_node *at = yaml_item(key(o, "devices"), d);
		size_t c = 0;

		if (yaml_check_uint(o->doc, at, "node", 0, host->nr_nodes - 1,
				    o->err))
			return -1;
		while (c < 4 && strcmp(classes[c], device->device_class))
			c++;
		if (c == 4) {
			yaml_fail(o->doc, yaml_key(at, "class"), o->err,
				  "'%s' is not known", device->device_class);
			return err_add_nearest(o->err, device->device_class,
					       classes, 4);
		}
		all[host->nr_devices++] = (struct host_device){
			arena_strdup(o->arena, device->name), classes[c],
			(uint16_t)device->node};
	}
	return 0;
}

/* The origin of a whole group of scalars. */
static struct host_origin group_origin(struct overlay *o, const char *group)
{
#define GROUP_ORIGIN(GROUP, name)                                              \
	if (o->data->name && strcmp(group, #name) == 0)                        \
		return origin_of(o, o->data->name->origin);
	HOST_CONSTANT_GROUPS(GROUP_ORIGIN)
#undef GROUP_ORIGIN
	return origin_of(o, NULL);
}

/*
 * The scalars are read from the tree by the names of the table, so that a new
 * constant needs no line here; the schema has made sure that they are numbers.
 */
static int overlay_constants(struct overlay *o)
{
	for (uint32_t c = 0; c < HOST_CONSTANT_COUNT; c++) {
		const struct host_constant *row = &host_constant_table[c];
		const struct yaml_node *group = key(o, row->group);

		if (!yaml_has(group, row->name))
			continue;
		if (yaml_check_float(o->doc, group, row->name, row->min,
				     row->max, o->err))
			return -1;
		*host_constant_at(&o->host->constant, c) =
			strtod(yaml_text(yaml_key(group, row->name)), NULL);
		o->host->constant_origin[c] = group_origin(o, row->group);
	}
	return 0;
}
