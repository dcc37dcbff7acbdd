#include "run/host_json.h"

#include "base/err.h"
#include "base/json_text.h"
#include "base/units.h"
#include "host/draw.h"

#define GB 1e9

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

static json_t *matrix_of(const double *values, uint32_t count, double unit)
{
	json_t *rows = must(json_array());

	for (uint32_t i = 0; i < count; i++) {
		json_t *row = must(json_array());

		for (uint32_t j = 0; j < count; j++)
			add(row, json_real(values[i * count + j] / unit));
		add(rows, row);
	}
	return rows;
}

static json_t *cpus_of(const struct host *host)
{
	json_t *cpus = must(json_array());

	for (uint32_t c = 0; c < host->nr_cpus; c++) {
		const struct host_cpu *cpu = &host->cpu[c];

		add(cpus, json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i}",
				    "cpu", (int)c, "node", cpu->node, "core",
				    cpu->core, "thread", cpu->thread, "socket",
				    cpu->socket, "llc", cpu->llc, "os_index",
				    (int)cpu->os_index));
	}
	return cpus;
}

static json_t *nodes_of(const struct host *host)
{
	json_t *nodes = must(json_array());

	for (uint32_t i = 0; i < host->nr_nodes; i++) {
		const struct host_node *node = &host->node[i];
		json_t *ranges = must(json_array()), *out;

		for (uint32_t r = 0; r < node->nr_ranges; r++)
			add(ranges,
			    json_pack("[I, I]",
				      (json_int_t)node->range[r].start_mfn,
				      (json_int_t)node->range[r].end_mfn));
		out = must(json_object());
		put(out, "node", integer(i));
		put(out, "os_index", integer(node->os_index));
		put(out, "socket",
		    node->socket == HOST_NONE ? json_null()
					      : integer(node->socket));
		put(out, "nr_cpus", integer(node->nr_cpus));
		put(out, "memory_mib", json_real(mib_from_pages(node->pages)));
		put(out, "kind", json_text(node->kind));
		put(out, "controller_gb_per_s",
		    json_real(host->controller_bytes_per_s[i] / GB));
		put(out, "dma_pages", integer(host_dma_pages(host, i)));
		put(out, "mfn_ranges", ranges);
		add(nodes, out);
	}
	return nodes;
}

static json_t *links_of(const struct host *host)
{
	json_t *links = must(json_array());

	for (uint32_t l = 0; l < host->nr_links; l++)
		add(links, json_pack("{s:i, s:i, s:f}", "from",
				     host->link[l].from, "to",
				     host->link[l].to, "gb_per_s",
				     host->link[l].bytes_per_s / GB));
	return links;
}

static json_t *routes_of(const struct host *host)
{
	json_t *rows = must(json_array());

	for (uint32_t i = 0; i < host->nr_nodes; i++) {
		json_t *row = must(json_array());

		for (uint32_t j = 0; j < host->nr_nodes; j++) {
			uint32_t count;
			const uint32_t *link = host_route(host, i, j, &count);
			json_t *route = must(json_array());

			for (uint32_t k = 0; k < count; k++)
				add(route, integer(link[k]));
			add(row, route);
		}
		add(rows, row);
	}
	return rows;
}

static json_t *distances_of(const struct host *host)
{
	json_t *rows = must(json_array());

	for (uint32_t i = 0; i < host->nr_nodes; i++) {
		json_t *row = must(json_array());

		for (uint32_t j = 0; j < host->nr_nodes; j++)
			add(row, integer(host_distance(host, i, j)));
		add(rows, row);
	}
	return rows;
}

static json_t *origin_json(const struct host_origin *origin)
{
	return json_pack("{s:s, s:o}", "kind", host_origin_name(origin->kind),
			 "from", json_text(origin->from));
}

static json_t *constants_of(const struct host *host)
{
	json_t *constants = must(json_array());

	for (uint32_t c = 0; c < HOST_CONSTANT_COUNT; c++) {
		const struct host_constant *row = &host_constant_table[c];

		add(constants,
		    json_pack("{s:s, s:s, s:f, s:s, s:s, s:o}", "group",
			      row->group, "name", row->name, "value",
			      host_constant_value(host, c), "unit", row->unit,
			      "meaning", row->meaning, "origin",
			      origin_json(&host->constant_origin[c])));
	}
	return constants;
}

static json_t *origins_of(const struct host *host)
{
	struct draw_origin all[DRAW_ORIGIN_COUNT];
	json_t *origins = must(json_object());

	draw_origins(host, all);
	for (uint32_t k = 0; k < DRAW_ORIGIN_COUNT; k++)
		put(origins, all[k].name, origin_json(all[k].origin));
	return origins;
}

static json_t *rest_of(const struct host *host, json_t *out)
{
	json_t *curve = must(json_array()), *llcs = must(json_array());
	json_t *devices = must(json_array()), *warnings = must(json_array());

	for (uint32_t p = 0; p < host->nr_curve_points; p++)
		add(curve, json_pack("[f, f]", host->curve[p].utilisation,
				     host->curve[p].factor));
	for (uint32_t l = 0; l < host->nr_llcs; l++)
		add(llcs, integer(host->llc[l].bytes));
	for (uint32_t d = 0; d < host->nr_devices; d++) {
		const struct host_device *device = &host->device[d];

		add(devices,
		    json_pack("{s:o, s:s, s:o}", "name",
			      json_text(device->name), "class",
			      device->device_class, "node",
			      device->node == HOST_NONE
				      ? json_null()
				      : integer(device->node)));
	}
	for (uint32_t w = 0; w < host->nr_warnings && w < HOST_WARNING_MAX; w++)
		add(warnings, json_text(host->warning[w]));
	put(out, "loaded_latency", curve);
	put(out, "llc_bytes", llcs);
	put(out, "devices", devices);
	put(out, "warnings", warnings);
	return out;
}

json_t *host_json(const struct host *host)
{
	uint32_t n = host->nr_nodes;
	json_t *out = must(json_object());

	put(out, "name", json_text(host->name));
	put(out, "summary", json_text(host->summary));
	put(out, "topology", json_text(host->topology));
	put(out, "nr_cpus", integer(host->nr_cpus));
	put(out, "nr_cores", integer(host->nr_cores));
	put(out, "nr_sockets", integer(host->nr_sockets));
	put(out, "nr_nodes", integer(n));
	put(out, "total_pages", integer(host->total_pages));
	put(out, "dma_bits", integer(host_dma_bits(host)));
	put(out, "nodes", nodes_of(host));
	put(out, "cpus", cpus_of(host));
	put(out, "distances", distances_of(host));
	put(out, "latency_ns", matrix_of(host->latency_ns, n, 1));
	put(out, "core_gb_per_s", matrix_of(host->core_bytes_per_s, n, GB));
	put(out, "node_gb_per_s", matrix_of(host->pair_bytes_per_s, n, GB));
	put(out, "links", links_of(host));
	put(out, "routes", routes_of(host));
	rest_of(host, out);
	put(out, "constants", constants_of(host));
	put(out, "origins", origins_of(host));
	return out;
}
