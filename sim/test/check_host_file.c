/*
 * check_host_file.c - host profiles, what they refuse, hosts by name, and the
 * command that draws them. Runs from the top of the tree.
 */
#include "run/host_file.h"
#include "base/units.h"
#include "host/draw.h"
#include "host/host_memsys.h"
#include "host/topology.h"
#include "run/cmd_host.h"
#include "run/host_json.h"
#include "run/yaml.h"
#include "test/test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct arena *arena;
static struct err err;
static char folder[64];

static void setup(void)
{
	arena = arena_create();
	err.text[0] = '\0';
	strcpy(folder, "/tmp/nodewise-host-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void teardown(void)
{
	char command[128];

	arena_destroy(arena);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

/* Writes folder/name; returns its path. */
static const char *file_in(const char *name, const char *content)
{
	const char *path = host_text(arena, "%s/%s", folder, name);
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs(content, file);
	fclose(file);
	return path;
}

static struct host *load(const char *what)
{
	struct host *host;

	ck_assert_msg(host_load(arena, what, NULL, &host, &err) == 0, "%s",
		      err.text);
	return host;
}

/* --- all keys ------------------------------------------------------------- */

static const char every_key[] =
	"summary: every key there is\n"
	"topology: \"pack:2 [numa] l3:1 core:2 pu:2\"\n"
	"memory:\n"
	"  mib: [4096, 2048]\n"
	"  ranges:\n"
	"    - {node: 0, from_mib: 4096, to_mib: 5120}\n"
	"    - {node: 0, from_mib: 0, to_mib: 1024}\n"
	"    - {node: 0, from_mib: 1024, to_mib: 3072}\n"
	"    - {node: 1, from_mib: 8192, to_mib: 10240}\n"
	"  origin: {kind: measured, from: a run}\n"
	"cache: {llc_mib: 2.5, origin: {kind: source, from: a sheet}}\n"
	"distances: {matrix: [10, 30, 31, 10]}\n"
	"latency_ns:\n"
	"  values: [80, 120.5, 121, 81]\n"
	"  origin: {kind: published, from: a table}\n"
	"core_gb_per_s: {values: [10, 5, 6, 11]}\n"
	"controller_gb_per_s: {values: [40, 41]}\n"
	"links:\n"
	"  list:\n"
	"    - {from: 0, to: 1, gb_per_s: 12, one_way: true}\n"
	"    - {from: 1, to: 0, gb_per_s: 13, one_way: true}\n"
	"  routes: [{path: [0, 1]}]\n"
	"  origin: {kind: measured, from: links}\n"
	"loaded_latency:\n"
	"  points:\n"
	"    - {utilisation: 0, factor: 1}\n"
	"    - {utilisation: 0.5, factor: 1.25}\n"
	"    - {utilisation: 1, factor: 3}\n"
	"devices: [{name: nvme0, class: storage, node: 1}]\n"
	"cpu: {smt_factor: 1.25, origin: {kind: measured, from: smt}}\n"
	"speed: {opposite_share: 0.1}\n"
	"page: {scrub_page_ns: 400, hypercall_ns: 1e3}\n"
	"toolstack: {create_ns: 1}\n"
	"schedule: {wake_ns: 2}\n";

START_TEST(test_every_key_is_taken)
{
	struct host *host = load(file_in("every.yaml", every_key));

	ck_assert_str_eq(host->name, "every");
	ck_assert_str_eq(host->summary, "every key there is");
	ck_assert_uint_eq(host->nr_cpus, 8);
	ck_assert_uint_eq(host->node[0].pages, 4 * PAGES_PER_GIB);
	ck_assert_uint_eq(host->node[0].nr_ranges, 2); /* two touch */
	ck_assert_uint_eq(host->node[0].range[0].end_mfn, 3 * PAGES_PER_GIB);
	ck_assert_uint_eq(host->node[0].range[1].start_mfn, 4 * PAGES_PER_GIB);
	ck_assert_uint_eq(host->node[1].range[0].start_mfn, 8 * PAGES_PER_GIB);
	ck_assert_int_eq(host->range_origin.kind, HOST_MEASURED);
	ck_assert_uint_eq(host->llc[1].bytes, 5 << 19);
	ck_assert_int_eq(host->llc_origin.kind, HOST_SOURCE);
	ck_assert_uint_eq(host_distance(host, 1, 0), 31);
	ck_assert_int_eq(host->distance_origin.kind, HOST_ASSUMED);
	ck_assert_double_eq(host_latency_ns(host, 0, 1), 120.5);
	ck_assert_str_eq(host->latency_origin.from, "a table");
	ck_assert_double_eq(host_core_bytes_per_s(host, 1, 0), 6e9);
	ck_assert_double_eq(host->controller_bytes_per_s[1], 41e9);
	ck_assert_double_eq(host_way_bytes_per_s(host, 1, 0), 13e9);
	ck_assert_uint_eq(host->nr_links, 2);
	ck_assert_double_eq(host_latency_factor(host, 0.75), 2.125);
	ck_assert_uint_eq(host->nr_devices, 1);
	ck_assert_uint_eq(host->device[0].node, 1);
	ck_assert_double_eq(host->constant.smt_factor, 1.25);
	ck_assert_str_eq(host->constant_origin[HOST_CONSTANT_smt_factor].from,
			 "smt");
	/* not given in the group: the default and its own origin */
	ck_assert_double_eq(host->constant.write_weight, 1);
	ck_assert_int_eq(host->constant_origin[HOST_CONSTANT_write_weight].kind,
			 HOST_PUBLISHED);
	ck_assert_double_eq(host->constant.opposite_share, 0.1);
	ck_assert_double_eq(host->constant.hypercall_ns, 1000);
	ck_assert_int_eq(
		host->constant_origin[HOST_CONSTANT_scrub_page_ns].kind,
		HOST_ASSUMED);
	ck_assert_double_eq(host->constant.create_ns, 1);
	ck_assert_double_eq(host->constant.wake_ns, 2);
}
END_TEST

START_TEST(test_two_keys_are_enough)
{
	struct host *host = load(
		file_in("two.yml", "summary: s\ntopology: \"numa:2 pu:1\"\n"));

	ck_assert_uint_eq(host->nr_nodes, 2);
	ck_assert_str_eq(host->name, "two");
}
END_TEST

/* An XML file beside the profile; memory, distances and hole replaced. */
START_TEST(test_profile_over_an_xml)
{
	struct host *host =
		load("pack:2 [numa(memory=8GB)] l3:1 core:2 pu:1");
	const char *path = host_text(arena, "%s/m.xml", folder);

	ck_assert_int_eq(topology_export_xml(host, path, &err), 0);
	host = load(file_in("p.yaml",
			    "summary: s\ntopology: m.xml\n"
			    "memory: {mib: [4096, 0], "
			    "hole: {from_mib: 1024, to_mib: 2048}}\n"));
	ck_assert_uint_eq(host->node[0].nr_ranges, 2);
	ck_assert_uint_eq(host->node[1].pages, 0);
	ck_assert_uint_eq(host_end_mfn(host), 5 * PAGES_PER_GIB);
	/* and a host named by a scenario in that folder */
	ck_assert_int_eq(host_load(arena, "p.yaml",
				   host_text(arena, "%s/scenario.yaml", folder),
				   &host, &err),
			 0);
	ck_assert_int_eq(host_load(arena, "m.xml",
				   host_text(arena, "%s/scenario.yaml", folder),
				   &host, &err),
			 0);
	ck_assert_str_eq(host->name, "m");
}
END_TEST

/* --- refused -------------------------------------------------------------- */

#define HEAD "summary: s\ntopology: \"pack:3 [numa(memory=8GB)] pu:1\"\n"

/* What the profile holds, and what the line must say behind its path. */
static const struct {
	const char *content, *line;
} bad[] = {
	{"topology: this\n", ":1: key 'summary' is missing"},
	{"summary: s\n", ":1: key 'topology' is missing"},
	{HEAD "distance: {matrix: [10]}\n",
	 ":3: distance: unknown key; did you mean distances"},
	{HEAD "cpu: {smt_facto: 1.2}\n",
	 ":3: cpu.smt_facto: unknown key; did you mean smt_factor?"},
	{HEAD "cpu: {smt_factor: fast}\n", ":3: cpu.smt_factor: 'fast' is no "
					   "number"},
	{HEAD "cpu: {smt_factor: 2.5}\n", ":3: cpu.smt_factor: 2.5 is too "
					  "large; 1 to 2"},
	{HEAD "cpu: {origin: {kind: guessed, from: x}}\n",
	 ":3: cpu.origin.kind: 'guessed' is not known; one of assumed"},
	{HEAD "cpu: {origin: {kind: assumed}}\n", ":3: cpu.origin: key 'from' "
						  "is missing"},
	{"summary: s\ntopology: \"pack:0 pu:1\"\n",
	 ":2: topology: topology \"pack:0 pu:1\": not an hwloc synthetic"},
	{"summary: s\ntopology: gone.xml\n", "gone.xml: cannot be read: No "
					     "such file or directory"},
	{"summary: s\ntopology: \"pack:2 [numa] pu:1\"\n",
	 "zero memory on every node"},
	{HEAD "memory: {mib: [0, 0, 0]}\n", ":3: memory: zero memory on every "
					    "node"},
	{HEAD "memory: {mib: [1, 2]}\n", ":3: memory.mib: 2 numbers; one for "
					 "each of the 3 nodes"},
	{HEAD "memory: {mib: [1, -2, 3]}\n", ":3: memory.mib[1]: -2 is too "
					     "small"},
	{HEAD "memory: {mib: [1, 2, 99999999]}\n", ":3: memory.mib[2]: "
						   "99999999 is too large"},
	{HEAD "memory: {hole: {from_mib: 5, to_mib: 5}}\n",
	 ":3: memory.hole.to_mib: 5 is too small; 6 to"},
	{HEAD "memory:\n  hole: {from_mib: 1, to_mib: 2}\n  ranges:\n"
	      "    - {node: 0, from_mib: 0, to_mib: 1}\n",
	 ":4: memory.hole: not together with ranges"},
	{HEAD "memory:\n  ranges:\n    - {node: 3, from_mib: 0, to_mib: 1}\n",
	 ":5: memory.ranges[0].node: 3 is too large; 0 to 2"},
	{HEAD "memory:\n  ranges:\n    - {node: 0, from_mib: 4, to_mib: 4}\n",
	 ":5: memory.ranges[0].to_mib: 4 is too small; 5 to"},
	{HEAD "memory:\n  ranges:\n    - {node: 0, from_mib: 0, to_mib: 9}\n"
	      "    - {node: 1, from_mib: 8, to_mib: 12}\n",
	 ":6: memory.ranges[1]: overlaps ranges[0]"},
	{HEAD "memory:\n  mib: [9, 4, 0]\n  ranges:\n"
	      "    - {node: 0, from_mib: 0, to_mib: 9}\n",
	 ":5: memory.ranges: node 1 has 0 MiB in ranges, 4 in mib"},
	{HEAD "distances: {matrix: [10, 20, 20, 10]}\n",
	 ":3: distances.matrix: 4 numbers; 3 nodes need 9, row by row"},
	{HEAD "distances:\n  matrix: [10, 20, 20,\n           20, 10, 9,\n"
	      "           20, 20, 10]\n",
	 ":5: distances.matrix[5]: 9 from node 1 to node 2; 11 to 254"},
	{HEAD "distances: {matrix: [10, 20, 20, 20, 11, 20, 20, 20, 10]}\n",
	 ":3: distances.matrix[4]: 11 from node 1 to itself; 10"},
	{HEAD "distances: {matrix: [10, 255, 20, 20, 10, 20, 20, 20, 10]}\n",
	 ":3: distances.matrix[1]: 255 from node 0 to node 1; 11 to 254"},
	{HEAD "distances: {matrix: [10, ten]}\n",
	 ":3: distances.matrix[1]: 'ten' is no whole number"},
	{HEAD "latency_ns: {values: [80, 80]}\n",
	 ":3: latency_ns.values: 2 numbers; 3 nodes need 9, row by row"},
	{HEAD "latency_ns: {values: [80, 0, 80, 80, 80, 80, 80, 80, 80]}\n",
	 ":3: latency_ns.values[1]: 0 is out of range; 1 to 100000"},
	{HEAD "controller_gb_per_s: {values: [1, 2]}\n",
	 ":3: controller_gb_per_s.values: 2 numbers; 3 nodes need 3"},
	{HEAD "core_gb_per_s: {values: [1, 2, 3, 4, 5, 6, 7, 8, -1]}\n",
	 ":3: core_gb_per_s.values[8]: -1 is out of range"},
	{HEAD "links: {list: [{from: 0, to: 1, gb_per_s: 4}]}\n",
	 ":3: links.list: no way from node 0 to node 2"},
	{HEAD "links: {list: [{from: 0, to: 0, gb_per_s: 4}]}\n",
	 ":3: links.list[0]: from node 0 to itself"},
	{HEAD "links: {list: [{from: 0, to: 7, gb_per_s: 4}]}\n",
	 ":3: links.list[0].to: 7 is too large; 0 to 2"},
	{HEAD "links: {list: [{from: 0, to: 1, gb_per_s: 0}]}\n",
	 ":3: links.list[0].gb_per_s: 0 is too small"},
	{HEAD "links:\n  list:\n    - {from: 0, to: 1, gb_per_s: 4}\n"
	      "    - {from: 1, to: 0, gb_per_s: 4}\n",
	 ":6: links.list[1]: nodes 1 and 0 are joined twice"},
	{HEAD "links:\n  list:\n    - {from: 0, to: 1, gb_per_s: 4}\n"
	      "    - {from: 1, to: 2, gb_per_s: 4}\n"
	      "  routes: [{path: [0, 2]}]\n",
	 ":7: links.routes[0]: no link from node 0 to node 2"},
	{HEAD "links:\n  list:\n    - {from: 0, to: 1, gb_per_s: 4}\n"
	      "    - {from: 1, to: 2, gb_per_s: 4}\n"
	      "  routes: [{path: [0, 1, 0]}]\n",
	 ":7: links.routes[0].path[2]: node 0 twice"},
	{HEAD "links:\n  list:\n    - {from: 0, to: 1, gb_per_s: 4}\n"
	      "    - {from: 1, to: 2, gb_per_s: 4}\n"
	      "  routes: [{path: [0, 5]}]\n",
	 ":7: links.routes[0].path[1]: 5 is no node; 0 to 2"},
	{HEAD "loaded_latency:\n  points:\n    - {utilisation: 0, factor: 1}\n"
	      "    - {utilisation: 0.5, factor: 0.9}\n",
	 ":6: loaded_latency.points[1]: points must rise"},
	{HEAD "loaded_latency:\n  points:\n    - {utilisation: 0, factor: 1}\n"
	      "    - {utilisation: 0.5, factor: 2}\n",
	 ":6: loaded_latency.points[1]: points must rise"},
	{HEAD "loaded_latency:\n  points:\n    - {utilisation: 0.1, factor: 1}\n"
	      "    - {utilisation: 1, factor: 2}\n",
	 ":5: loaded_latency.points[0]: points must rise"},
	{HEAD "cache: {llc_mib: 0}\n", ":3: cache.llc_mib: 0 is too small"},
	{HEAD "devices: [{name: a, class: nets, node: 0}]\n",
	 ":3: devices[0].class: 'nets' is not known; did you mean net?"},
	{HEAD "devices: [{name: a, class: net, node: 3}]\n",
	 ":3: devices[0].node: 3 is too large; 0 to 2"},
	{HEAD "memory: 5\n", ":3: memory: is a single value, wants keys"},
	{"summary: [\n", ".yaml:"},
};

START_TEST(test_profile_refused)
{
	const char *path = file_in("bad.yaml", bad[_i].content);
	struct host *host;

	ck_assert_msg(host_load(arena, path, NULL, &host, &err) == -1,
		      "taken: %s", bad[_i].content);
	ck_assert_msg(strstr(err.text, bad[_i].line) != NULL,
		      "\n%s\ninstead of\n%s", err.text, bad[_i].line);
	ck_assert_int_eq(strncmp(err.text, path, strlen(path)), 0);
	ck_assert_ptr_null(strchr(err.text, '\n'));
}
END_TEST

START_TEST(test_what_is_no_host)
{
	struct host *host;

	ck_assert_int_eq(host_load(arena, "for-node", NULL, &host, &err), -1);
	ck_assert_str_eq(err.text, "host 'for-node': no workloads/hosts/"
			 "for-node.yaml; did you mean four-node, memory-node?");
	ck_assert_int_eq(host_load(arena, "no/such.yaml", NULL, &host, &err),
			 -1);
	ck_assert_ptr_nonnull(strstr(err.text, "no/such.yaml: cannot be read"));
	ck_assert_int_eq(host_load(arena, "no/such.xml", NULL, &host, &err),
			 -1);
	ck_assert_ptr_nonnull(strstr(err.text, "no/such.xml: cannot be read"));
	ck_assert_int_eq(host_load(arena, "pack: 2", NULL, &host, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "not an hwloc synthetic"));
}
END_TEST

/* --- the hosts that come along -------------------------------------------- */

static const struct {
	const char *name;
	uint32_t cpus, nodes, cpu_nodes, sockets;
	uint64_t mib;
} shipped[] = {
	{"two-socket-smt", 64, 2, 2, 2, 131072},
	{"four-node", 32, 4, 4, 4, 65536},
	{"opteron-4node", 32, 4, 4, 4, 65536},
	{"quartet", 8, 4, 4, 4, 16384},
	{"eight-node-twisted", 16, 8, 8, 8, 65536},
	{"sixteen-node", 256, 16, 16, 16, 524288},
	{"cluster-on-die", 56, 4, 4, 2, 65536},
	{"memory-node", 32, 3, 2, 2, 196608},
	{"faggioli-2012", 16, 2, 2, 2, 12288},
};

enum { SHIPPED_COUNT = sizeof(shipped) / sizeof(*shipped) };

/* The widest line, in characters. */
static size_t widest(const char *text)
{
	size_t most = 0, width = 0;

	for (; *text; text++) {
		if (*text == '\n')
			width = 0;
		else if (((unsigned char)*text & 0xc0) != 0x80)
			width++;
		if (width > most)
			most = width;
	}
	return most;
}

static char *drawn(const struct host *host,
		   void (*draw)(FILE *, const struct host *))
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	draw(out, host);
	fclose(out);
	return text;
}

START_TEST(test_shipped_host)
{
	struct host *host = load(shipped[_i].name);
	struct memsys_config config;

	ck_assert_str_eq(host->name, shipped[_i].name);
	ck_assert_uint_eq(host->nr_cpus, shipped[_i].cpus);
	ck_assert_uint_eq(host->nr_nodes, shipped[_i].nodes);
	ck_assert_uint_eq(host->nr_cpu_nodes, shipped[_i].cpu_nodes);
	ck_assert_uint_eq(host->nr_sockets, shipped[_i].sockets);
	ck_assert_uint_eq(host->total_pages, pages_from_mib(shipped[_i].mib));
	ck_assert_uint_eq(host->nr_warnings, 0);
	/* the PCI hole */
	ck_assert_uint_eq(host_node_of_mfn(host, 3 * PAGES_PER_GIB),
			  NODE_NONE);
	host_memsys_config(arena, host, &config);
	ck_assert_msg(memsys_config_check(&config, &err) == 0, "%s", err.text);

	char *text = drawn(host, draw_host);

	ck_assert_uint_le(widest(text), DRAW_COLUMNS);
	ck_assert_ptr_nonnull(strstr(text, host->summary));
	free(text);
}
END_TEST

/* GB/s of streams from cpu[] to memory of node mem[], all at once. */
static double stream_gb_per_s(const struct host *host, uint32_t count,
			      const uint32_t *cpu, const uint32_t *mem)
{
	struct memsys_config config;
	double ops_per_s = 0;

	host_memsys_config(arena, host, &config);
	struct memsys *memsys = memsys_create(arena, &config, NULL, NULL);

	for (uint32_t s = 0; s < count; s++) {
		/* prefetched far ahead: only caps and capacities limit it */
		struct memsys_load load = {.misses = 1, .mlp = 64};

		load.share[mem[s]] = 1;
		memsys_start(memsys, cpu[s], &load);
	}
	memsys_settle(memsys);
	for (uint32_t s = 0; s < count; s++)
		ops_per_s += memsys_ops_per_s(memsys, cpu[s]);
	return ops_per_s * CACHE_LINE_BYTES / 1e9;
}

/*
 * Table A3 of facts/measuring.md: the caps are fitted on four rows. The fifth,
 * cross, is a prediction: 2 x 6.717 = 13.434, where 12.144 was measured.
 */
START_TEST(test_opteron_streams_as_published)
{
	static const struct {
		uint32_t count, cpu[2], mem[2];
		double gb_per_s;
	} row[] = {
		{1, {0}, {0}, 8.436},
		{1, {0}, {1}, 6.717},
		{2, {0, 2}, {0, 0}, 13.177},
		{2, {0, 2}, {1, 1}, 7.371},
		{2, {0, 8}, {1, 0}, 13.434},
	};
	struct host *host = load("opteron-4node");

	for (size_t r = 0; r < sizeof(row) / sizeof(*row); r++)
		ck_assert_double_eq_tol(stream_gb_per_s(host, row[r].count,
							row[r].cpu, row[r].mem),
					row[r].gb_per_s, 1e-3);
}
END_TEST

/* No file in the folder that the table above does not know. */
START_TEST(test_shipped_hosts_are_all_tested)
{
	DIR *directory = opendir(HOST_FILE_LIBRARY);
	struct dirent *entry;
	size_t files = 0;

	ck_assert_ptr_nonnull(directory);
	while ((entry = readdir(directory)))
		files += strstr(entry->d_name, ".yaml") != NULL;
	closedir(directory);
	ck_assert_uint_eq(files, SHIPPED_COUNT);
}
END_TEST

/* --- documentation -------------------------------------------------------- */

static char readme[1 << 17];

/* `key`, `key.more` or `key[].more` stands in the README. */
static void key_is_documented(void *arg, const char *path, bool required)
{
	const char *origin = strstr(path, "origin");
	const char *end[] = {"`", ".", "[]."};
	char text[256];
	bool found = false;

	(void)arg;
	(void)required;
	for (size_t e = 0; e < 3; e++) {
		snprintf(text, sizeof(text), "`%s%s", origin ? "*." : path,
			 origin ? origin : end[e]);
		found |= strstr(readme, text) != NULL;
	}
	ck_assert_msg(found, "workloads/README.md lacks %s", path);
}

START_TEST(test_every_key_is_documented)
{
	FILE *file = fopen("workloads/README.md", "r");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_lt(fread(readme, 1, sizeof(readme) - 1, file),
			  sizeof(readme) - 1);
	fclose(file);
	yaml_schema_keys(&host_file_schema, key_is_documented, NULL);
	for (uint32_t c = 0; c < HOST_CONSTANT_COUNT; c++)
		ck_assert_msg(strstr(readme, host_constant_table[c].meaning) !=
				      NULL,
			      "the README explains %s otherwise",
			      host_constant_table[c].name);
	for (size_t s = 0; s < SHIPPED_COUNT; s++)
		ck_assert_ptr_nonnull(strstr(readme, shipped[s].name));
}
END_TEST

/* --- drawing -------------------------------------------------------------- */

START_TEST(test_cpus_as_people_write_them)
{
	static const struct {
		uint32_t cpu[8], count;
		const char *text;
	} row[] = {
		{{0}, 0, "-"},
		{{5}, 1, "5"},
		{{0, 1, 2, 3}, 4, "0-3"},
		{{0, 1, 8, 9}, 4, "0-1,8-9"},
		{{1, 4, 9}, 3, "1,4,9"},
		{{0, 2, 4, 6, 8}, 5, "0,2,...,8"},
		{{3, 1023}, 2, "3,1023"},
	};

	for (size_t r = 0; r < sizeof(row) / sizeof(*row); r++) {
		cpuset cpus = {{0}};
		char text[64] = "";
		FILE *out = fmemopen(text, sizeof(text), "w");

		for (uint32_t k = 0; k < row[r].count; k++)
			cpuset_add(&cpus, row[r].cpu[k]);
		draw_cpus(out, &cpus);
		fclose(out);
		ck_assert_str_eq(text, row[r].text);
	}
}
END_TEST

START_TEST(test_drawing_of_a_small_host)
{
	struct host *host = load(file_in("every.yaml", every_key));
	char *text = drawn(host, draw_host);
	static const char *const lines[] = {
		"every: every key there is\n",
		"8 CPUs, 4 cores, 2 sockets, 2 nodes, 6144 MiB\n",
		("└─ node 0  4096 MiB  CPUs 0-3\n"
		 "         2 cores; 2 threads a core: n, n+1; "
		 "last-level cache 2.5 MiB\n"),
		("memory, MFNs [measured: a run]\n"
		 "    0  0-0xbffff 0x100000-0x13ffff\n"
		 "    1  0x200000-0x27ffff\n"
		 "handed out last (dma_bits 31): 2048 MiB of node 0\n"),
		"        0  1\n    0  10 30\n    1  31 10\n",
		("links, GB/s each way [measured: links]\n"
		 "     12:  0>1\n     13:  1>0\n"),
		"  nvme0            storage  node 1\n",
		"  cpu        smt_factor                   1.25 x     measured",
	};

	for (size_t k = 0; k < sizeof(lines) / sizeof(*lines); k++)
		ck_assert_msg(strstr(text, lines[k]) != NULL, "no\n%s in\n%s",
			      lines[k], text);
	free(text);
	text = drawn(host, draw_constants);
	for (uint32_t c = 0; c < HOST_CONSTANT_COUNT; c++)
		ck_assert_ptr_nonnull(
			strstr(text, host_constant_table[c].meaning));
	ck_assert_ptr_nonnull(strstr(text, "published: a table"));
	free(text);
}
END_TEST

/* 24 nodes: no line above 80 columns, speeds by distance. */
START_TEST(test_drawing_of_many_nodes)
{
	struct host *host = load("pack:24 [numa(memory=8GB)] core:8 pu:2");
	char *text = drawn(host, draw_host);

	ck_assert_uint_le(widest(text), DRAW_COLUMNS);
	ck_assert_ptr_nonnull(strstr(text, "      20    552           164"));
	free(text);
}
END_TEST

/* --- the command ---------------------------------------------------------- */

/* Runs it in a child; its output and errors into files. Returns the status. */
static int run(char **argv)
{
	int argc = 0, status;
	pid_t child;

	while (argv[argc])
		argc++;
	fflush(NULL);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		if (!freopen(host_text(arena, "%s/out", folder), "w", stdout) ||
		    !freopen(host_text(arena, "%s/err", folder), "w", stderr))
			_exit(99);
		status = cmd_host(argc, argv);
		fflush(NULL);
		_exit(status);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static const char *output(const char *name)
{
	FILE *file = fopen(host_text(arena, "%s/%s", folder, name), "r");
	char *text = arena_alloc(arena, 1 << 18);

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_lt(fread(text, 1, (1 << 18) - 1, file), (1 << 18) - 1);
	fclose(file);
	return text;
}

#define ARGS(...) ((char *[]){(char[]){"nodewise host"}, __VA_ARGS__, NULL})
#define ARG(text) ((char[]){text})

START_TEST(test_command_json_and_export)
{
	char *xml = arena_strdup(arena, host_text(arena, "%s/x.xml", folder));
	json_error_t error;

	ck_assert_int_eq(run(ARGS(ARG("quartet"), ARG("--json"),
				  ARG("--export-xml"), xml)), 0);
	json_t *json = json_loads(output("out"), 0, &error);

	ck_assert_msg(json != NULL, "%s", error.text);
	ck_assert_str_eq(json_string_value(json_object_get(json, "name")),
			 "quartet");
	ck_assert_int_eq(json_integer_value(json_object_get(json, "nr_nodes")),
			 4);
	json_t *row = json_array_get(json_object_get(json, "latency_ns"), 0);

	ck_assert_double_eq(json_real_value(json_array_get(row, 3)), 130);
	ck_assert_uint_eq(json_array_size(json_object_get(json, "cpus")), 8);
	ck_assert_uint_eq(json_array_size(json_object_get(json, "constants")),
			  HOST_CONSTANT_COUNT);
	json_decref(json);
	ck_assert_str_eq(output("err"), "");

	struct host *back = load(xml);

	ck_assert_double_eq(host_latency_ns(back, 0, 3), 130);
	ck_assert_str_eq(back->latency_origin.from,
			 "A4: read-only 100, 108, 109, 130 %; 100 % taken as "
			 "100 ns");
}
END_TEST

START_TEST(test_command_draws)
{
	ck_assert_int_eq(run(ARGS(ARG("four-node"))), 0);
	ck_assert_ptr_nonnull(strstr(output("out"), "socket 3"));
	ck_assert_int_eq(run(ARGS(ARG("four-node"), ARG("--constants"))), 0);
	ck_assert_ptr_nonnull(strstr(output("out"), "cpu.smt_factor = 1.37"));
	ck_assert_int_eq(run(ARGS(ARG("--help"))), 0);
	ck_assert_ptr_nonnull(strstr(output("out"),
				     "  nodewise host four-node\n"));
}
END_TEST

START_TEST(test_command_refuses)
{
	ck_assert_int_eq(run(ARGS(ARG("for-node"))), 2);
	ck_assert_str_eq(output("err"),
			 "nodewise: host 'for-node': no workloads/hosts/"
			 "for-node.yaml; did you mean four-node, "
			 "memory-node?\n");
	ck_assert_str_eq(output("out"), "");
	ck_assert_int_eq(run(ARGS(ARG("--jsn"), ARG("four-node"))), 2);
	ck_assert_int_eq(run((char *[]){ARG("nodewise host"), NULL}), 2);
	ck_assert_int_eq(run(ARGS(ARG("quartet"), ARG("four-node"))), 2);
	ck_assert_int_eq(run(ARGS(ARG("quartet"), ARG("--json"),
				  ARG("--constants"))), 2);
	ck_assert_int_eq(run(ARGS(ARG("quartet"), ARG("--export-xml"),
				  ARG("/nowhere/x.xml"))), 2);
	ck_assert_ptr_nonnull(strstr(output("err"), "/nowhere/x.xml: cannot"));
	ck_assert_str_eq(output("out"), "");
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("host_file");
	TCase *tc = tcase_create("profile"), *command = tcase_create("command");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_every_key_is_taken);
	tcase_add_test(tc, test_two_keys_are_enough);
	tcase_add_test(tc, test_profile_over_an_xml);
	tcase_add_loop_test(tc, test_profile_refused, 0,
			    sizeof(bad) / sizeof(*bad));
	tcase_add_test(tc, test_what_is_no_host);
	tcase_add_loop_test(tc, test_shipped_host, 0, SHIPPED_COUNT);
	tcase_add_test(tc, test_opteron_streams_as_published);
	tcase_add_test(tc, test_shipped_hosts_are_all_tested);
	tcase_add_test(tc, test_every_key_is_documented);
	tcase_add_test(tc, test_cpus_as_people_write_them);
	tcase_add_test(tc, test_drawing_of_a_small_host);
	tcase_add_test(tc, test_drawing_of_many_nodes);
	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(command, setup, teardown);
	tcase_add_test(command, test_command_json_and_export);
	tcase_add_test(command, test_command_draws);
	tcase_add_test(command, test_command_refuses);
	suite_add_tcase(suite, command);
	return suite;
}
