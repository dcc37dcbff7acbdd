/*
 * check_topology.c - machines as hwloc knows them: recorded ones, synthetic
 * ones, this one, what is refused, and the way back to XML.
 *
 * The recorded machines are not part of this tree: tests of them return early
 * where ../shared/data/topologies is missing.
 */
#include "host/topology.h"
#include "base/units.h"
#include "test/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RECORDED "../shared/data/topologies/"

static struct arena *arena;
static struct err err;

static void setup(void)
{
	arena = arena_create();
	err.text[0] = '\0';
}

static void teardown(void)
{
	arena_destroy(arena);
}

/* NULL if the file is not there. */
static struct host *recorded(const char *name)
{
	char path[256];
	struct host *host;

	snprintf(path, sizeof(path), RECORDED "%s.xml", name);
	if (access(path, R_OK))
		return NULL;
	ck_assert_msg(topology_from_xml(arena, path, &host, &err) == 0, "%s",
		      err.text);
	ck_assert_int_eq(topology_default_memory(arena, host, &err), 0);
	host_complete(arena, host);
	return host;
}

static struct host *synthetic(const char *text)
{
	struct host *host;

	ck_assert_msg(topology_from_synthetic(arena, text, &host, &err) == 0,
		      "%s", err.text);
	ck_assert_int_eq(topology_default_memory(arena, host, &err), 0);
	host_complete(arena, host);
	return host;
}

/*
 * What lstopo and the files themselves say. bytes: local_memory summed, each
 * cut to whole pages. d01: distance from node 0 to node 1, 0 with one node.
 */
static const struct {
	const char *name;
	uint32_t cpus, cores, sockets, llcs, nodes, cpu_nodes;
	uint64_t node0_bytes;
	uint32_t d01, warnings;
	uint64_t llc0_bytes;
} recorded_host[] = {
	{"16amd64-4distances", 16, 16, 8, 16, 8, 8, 8589934592, 20, 0,
	 1 << 20},
	{"16em64t-4s2c2t", 16, 8, 4, 4, 1, 1, UINT64_C(16) << 30, 0, 1,
	 4 << 20},
	{"192em64t-24n8c2t", 384, 192, 24, 24, 24, 24, 33255329792, 50, 0,
	 20 << 20},
	{"24em64t-2n6c2t-pci", 24, 12, 2, 2, 2, 2, 19316633600, 20, 0,
	 12 << 20},
	{"28intel64-2p2g7c-CoDgroups.v1", 28, 28, 2, 4, 4, 4, 16899600384, 21,
	 0, 14 << 20},
	{"32em64t-2n8c2t-pci-wholeio", 32, 16, 2, 2, 2, 2, 34330173440, 20, 0,
	 20 << 20},
	{"64intel64-fakeKNL-SNC4-hybrid", 64, 16, 1, 8, 8, 4, 1 << 30, 20, 0,
	 4 << 20},
	{"8ia64-2n2s2c+1n.v1", 8, 8, 4, 4, 3, 2, 102458458112, 20, 2, 4 << 20},
	{"8intel64-4n2t-memattrs", 8, 8, 4, 4, 4, 4, 1 << 30, 20, 2, 4 << 20},
	{"power8gpudistances", 16, 8, 2, 8, 2, 2, 68556816384, 40, 0,
	 8 << 20},
};

enum { RECORDED_COUNT = sizeof(recorded_host) / sizeof(*recorded_host) };

START_TEST(test_recorded_machine)
{
	struct host *host = recorded(recorded_host[_i].name);

	if (!host)
		return;
	ck_assert_uint_eq(host->nr_cpus, recorded_host[_i].cpus);
	ck_assert_uint_eq(host->nr_cores, recorded_host[_i].cores);
	ck_assert_uint_eq(host->nr_sockets, recorded_host[_i].sockets);
	ck_assert_uint_eq(host->nr_llcs, recorded_host[_i].llcs);
	ck_assert_uint_eq(host->nr_nodes, recorded_host[_i].nodes);
	ck_assert_uint_eq(host->nr_cpu_nodes, recorded_host[_i].cpu_nodes);
	ck_assert_uint_eq(host->node[0].pages,
			  recorded_host[_i].node0_bytes / 4096);
	if (host->nr_nodes > 1)
		ck_assert_uint_eq(host_distance(host, 0, 1),
				  recorded_host[_i].d01);
	ck_assert_uint_eq(host->nr_warnings, recorded_host[_i].warnings);
	ck_assert_uint_eq(host->llc[0].bytes, recorded_host[_i].llc0_bytes);
	ck_assert_str_eq(host->name, recorded_host[_i].name);
}
END_TEST

/* CPU 0 is in the node that Linux calls 1: Xen meets it first, so 0. */
START_TEST(test_nodes_are_numbered_as_cpus_meet_them)
{
	struct host *host = recorded("16amd64-4distances");

	if (!host)
		return;
	ck_assert_uint_eq(host->node[0].os_index, 1);
	ck_assert_uint_eq(host->node[1].os_index, 0);
	ck_assert_uint_eq(host->node[3].os_index, 5);
	ck_assert_uint_eq(host->node[1].pages, 8587984896 / 4096);
	/* of four matrices one is over nodes; others are between packages */
	ck_assert_str_eq(host->distance_origin.from,
			 "hwloc matrix NUMALatency, from the OS, 1 of 1 over "
			 "nodes");
	ck_assert_int_eq(host->distance_origin.kind, HOST_SOURCE);
}
END_TEST

START_TEST(test_siblings_far_apart_in_number)
{
	struct host *host = recorded("192em64t-24n8c2t");

	if (!host)
		return;
	ck_assert_uint_eq(host->cpu[0].core, host->cpu[192].core);
	ck_assert_uint_eq(host->cpu[192].thread, 1);
	ck_assert_uint_eq(host->cpu[192].node, 0);
	ck_assert_uint_eq(host->cpu[8].node, 1);
	ck_assert_uint_eq(host_distance(host, 0, 23), 79);
	/* 50 and 65 are joined, 79 is two links away */
	uint32_t count;

	host_route(host, 0, 23, &count);
	ck_assert_uint_eq(count, 2);
	host_route(host, 0, 2, &count);
	ck_assert_uint_eq(count, 1);
}
END_TEST

/* CPUs alternate between the sockets. */
START_TEST(test_cpus_that_alternate)
{
	struct host *host = recorded("24em64t-2n6c2t-pci");

	if (!host)
		return;
	for (uint32_t c = 0; c < 24; c++)
		ck_assert_uint_eq(host->cpu[c].node, c % 2);
	ck_assert_uint_eq(host->nr_devices, 9);
	ck_assert_str_eq(host->device[0].name, "eth0");
	ck_assert_str_eq(host->device[0].device_class, "net");
	ck_assert_uint_eq(host->device[0].node, 0);
	ck_assert_uint_eq(host->device[7].node, 1);
}
END_TEST

/* Linux numbers 0, 2 and 16; the last has no CPUs; 8 CPUs are offline. */
START_TEST(test_sparse_numbers_memory_node_offline_cpus)
{
	struct host *host = recorded("8ia64-2n2s2c+1n.v1");

	if (!host)
		return;
	ck_assert_uint_eq(host->node[1].os_index, 2);
	ck_assert_uint_eq(host->node[2].nr_cpus, 0);
	ck_assert_uint_eq(host->node[2].pages, 1044660224 / 4096);
	ck_assert_uint_eq(host->cpu[4].os_index, 16);
	ck_assert_str_eq(host->warning[0], "8 CPUs are offline: left out");
	/* 17 on a diagonal: no SLIT, so 10 and 20 */
	ck_assert_ptr_nonnull(strstr(host->warning[1], "is 17"));
	ck_assert_uint_eq(host_distance(host, 2, 0), 20);
}
END_TEST

/*
 * 22500 and 90000 MiB/s. Fast memory is a node without CPUs, in the socket,
 * and its CPUs belong to the ordinary one.
 */
START_TEST(test_fast_memory_beside_ordinary)
{
	struct host *host = recorded("64intel64-fakeKNL-SNC4-hybrid");

	if (!host)
		return;
	ck_assert_str_eq(host->node[4].kind, "MCDRAM");
	ck_assert_uint_eq(host->node[4].nr_cpus, 0);
	ck_assert_uint_eq(host->node[4].socket, 0);
	ck_assert_uint_eq(host->cpu[0].node, 0);
	ck_assert_double_eq(host->controller_bytes_per_s[0], 22500. * 1048576);
	ck_assert_double_eq(host->controller_bytes_per_s[4], 90000. * 1048576);
	ck_assert_int_eq(host->controller_origin.kind, HOST_MEASURED);
	ck_assert_str_eq(host->controller_origin.from,
			 "hwloc memory attribute Bandwidth");
	/* fast memory 7 in Linux's numbering is local to node 0: node 7 here */
	ck_assert_uint_eq(host->node[7].os_index, 7);
	ck_assert_double_eq(host_way_bytes_per_s(host, 0, 7), 90000. * 1048576);
}
END_TEST

/* 20 MiB/s is nonsense: left out, said, and the rule takes its place. */
START_TEST(test_attribute_not_to_be_believed)
{
	struct host *host = recorded("8intel64-4n2t-memattrs");

	if (!host)
		return;
	ck_assert_str_eq(host->warning[1], "Bandwidth of node 1 is 20 in the "
			 "file: not to be believed, left out");
	ck_assert_double_eq_tol(host->controller_bytes_per_s[1], 90.9e9, 1);
	ck_assert_int_eq(host->controller_origin.kind, HOST_ASSUMED);
}
END_TEST

/* The matrix among GPUs and packages is not taken for one of nodes. */
START_TEST(test_gpus_in_distances)
{
	struct host *host = recorded("power8gpudistances");

	if (!host)
		return;
	ck_assert_uint_eq(host_distance(host, 1, 0), 40);
	ck_assert_uint_eq(host->nr_devices, 4);
	ck_assert_str_eq(host->device[3].device_class, "gpu");
	ck_assert_uint_eq(host->device[3].node, 1);
	ck_assert_uint_eq(host->cpu[2].os_index, 8); /* numbers have gaps */
}
END_TEST

/* --- synthetic ------------------------------------------------------------ */

START_TEST(test_synthetic_pack)
{
	struct host *host =
		synthetic("pack:2 [numa(memory=8589934592)] l3:1 core:3 pu:2");

	ck_assert_uint_eq(host->nr_cpus, 12);
	ck_assert_uint_eq(host->nr_cores, 6);
	ck_assert_uint_eq(host->nr_sockets, 2);
	ck_assert_uint_eq(host->node[1].socket, 1);
	ck_assert_uint_eq(host->node[1].pages, 8 * PAGES_PER_GIB);
	ck_assert_uint_eq(host->cpu[1].core, 0);
	ck_assert_uint_eq(host->cpu[1].thread, 1);
	ck_assert_uint_eq(host->cpu[6].node, 1);
	ck_assert_int_eq(host->memory_origin.kind, HOST_SOURCE);
	ck_assert_str_eq(host->name, "synthetic");
}
END_TEST

/* A node over the whole machine beside two of a package is memory only. */
START_TEST(test_synthetic_memory_node)
{
	struct host *host = synthetic(
		"[numa(memory=4GB)] pack:2 [numa(memory=8GB)] core:2 pu:1");

	ck_assert_uint_eq(host->nr_nodes, 3);
	ck_assert_uint_eq(host->nr_cpu_nodes, 2);
	ck_assert_uint_eq(host->node[2].pages, 4000000000 / 4096);
	ck_assert_uint_eq(host->node[2].socket, HOST_NONE);
}
END_TEST

START_TEST(test_synthetic_numbering_of_cpus)
{
	struct host *host = synthetic("pack:2 [numa(memory=8GB)] core:2 "
				      "pu:2(indexes=0,4,2,6,1,5,3,7)");

	for (uint32_t c = 0; c < 8; c++) {
		ck_assert_uint_eq(host->cpu[c].os_index, c);
		ck_assert_uint_eq(host->cpu[c].node, c % 2);
		ck_assert_uint_eq(host->cpu[c].thread, c / 4);
		ck_assert_uint_eq(host->cpu[c].core, host->cpu[c % 4].core);
	}
}
END_TEST

START_TEST(test_synthetic_without_packages)
{
	struct host *host = synthetic("numa:3 core:2 pu:1");

	ck_assert_uint_eq(host->nr_sockets, 3);
	ck_assert_str_eq(host->warning[0],
			 "no packages known: each node counts as a socket");
	ck_assert_int_eq(host->memory_origin.kind, HOST_ASSUMED);
}
END_TEST

/* --- this machine --------------------------------------------------------- */

START_TEST(test_this_machine)
{
	struct host *host;
	long online = sysconf(_SC_NPROCESSORS_ONLN);

	ck_assert_msg(topology_from_this(arena, &host, &err) == 0, "%s",
		      err.text);
	ck_assert_int_eq(topology_default_memory(arena, host, &err), 0);
	host_complete(arena, host);
	ck_assert_int_ge((long)host->nr_cpus, online);
	ck_assert_uint_gt(host->total_pages, 0);
	ck_assert_str_eq(host->name, "this");
	ck_assert_int_eq(host->memory_origin.kind, HOST_MEASURED);
}
END_TEST

/* --- refused -------------------------------------------------------------- */

static const struct {
	const char *text, *line;
} bad_synthetic[] = {
	{"nonsense", "topology \"nonsense\": not an hwloc synthetic string"},
	{"pack:0 core:4 pu:1", "not an hwloc synthetic string; for example"},
	{"pack:2 core:2 pu:0", "not an hwloc synthetic string"},
	{"", "not an hwloc synthetic string"},
	{"numa:65 pu:1", "numa:65 pu:1: 65 NUMA nodes; at most 64"},
	{"pu:1025", "pu:1025: 1025 CPUs; at most 1024"},
	{"pack:2 [numa(memory=0)] pu:1", "zero memory on every node"},
	{"numa:2(memory=30TB) pu:1", "node 0 has more than 24 TiB"},
	/* what would take all memory, or end the process, inside hwloc */
	{"pack:100000 core:1000 pu:2", "more than 4096 CPUs; at most 1024"},
	{"pu:18446744073709551617", "more than 4096 CPUs; at most 1024"},
	{"pack:2 pu:2(indexes=4294967295,1,2,3)", "'4294967295,1,2,3)' is too "
	 "large; indexes up to 65535"},
	{"numa:2(memory=99999999999999TB) pu:1", "memory up to 1024TB"},
	{"core:067108864", "more than 4096 CPUs"}, /* 06710 and 8864 */
	{"pa[k:2 1844674400 pu:2", "a '[' out of place"},
	{"numa(k=1:99999999 pu:2", "a '(' out of place"},
	{"numa:2((x) pu:99999999", "a '(' out of place"},
	{"numa:2(memory=-5) pu:1", "memory up to 1024TB"},
	{"l3:2(size=99999999999999999999) pu:1", "memory up to 1024TB"},
};

START_TEST(test_synthetic_refused)
{
	struct host *host;
	int rc = topology_from_synthetic(arena, bad_synthetic[_i].text, &host,
					 &err);

	if (!rc)
		rc = topology_default_memory(arena, host, &err);
	ck_assert_int_eq(rc, -1);
	ck_assert_msg(strstr(err.text, bad_synthetic[_i].line) != NULL, "%s",
		      err.text);
	ck_assert_ptr_null(strchr(err.text, '\n'));
}
END_TEST

/* Writes content to a file of its own name; returns the path. */
static const char *file_of(const char *content, size_t length)
{
	char *path = arena_strdup(arena, "/tmp/nodewise-xml-XXXXXX");
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, content, length), (ssize_t)length);
	close(fd);
	return path;
}

START_TEST(test_xml_missing)
{
	struct host *host;

	ck_assert_int_eq(topology_from_xml(arena, "/nowhere/x.xml", &host,
					   &err), -1);
	ck_assert_str_eq(err.text, "/nowhere/x.xml: cannot be read: No such "
			 "file or directory");
}
END_TEST

START_TEST(test_xml_that_is_none)
{
	static const char *const content[] = {
		"", "hello", "<?xml version=\"1.0\"?><html></html>",
		"<topology version=\"2.0\"><object type=\"Machine\"/></topology>",
	};

	for (size_t k = 0; k < sizeof(content) / sizeof(*content); k++) {
		const char *path = file_of(content[k], strlen(content[k]));
		struct host *host;

		ck_assert_int_eq(topology_from_xml(arena, path, &host, &err),
				 -1);
		ck_assert_int_eq(strncmp(err.text, path, strlen(path)), 0);
		ck_assert_ptr_nonnull(strstr(err.text, "cut off"));
		unlink(path);
	}
}
END_TEST

/* A good file cut at every twentieth of its length is refused each time. */
START_TEST(test_xml_truncated)
{
	struct host *host = synthetic("pack:2 [numa(memory=8GB)] core:2 pu:2");
	const char *whole = file_of("", 0);
	static char content[1 << 16];

	ck_assert_int_eq(topology_export_xml(host, whole, &err), 0);
	FILE *file = fopen(whole, "r");
	size_t length = fread(content, 1, sizeof(content), file);

	fclose(file);
	unlink(whole);
	ck_assert_uint_gt(length, 1000);
	ck_assert_uint_lt(length, sizeof(content));
	for (size_t part = 0; part < 20; part++) {
		const char *path = file_of(content, length * part / 20);

		ck_assert_int_eq(topology_from_xml(arena, path, &host, &err),
				 -1);
		ck_assert_int_eq(strncmp(err.text, path, strlen(path)), 0);
		unlink(path);
	}
}
END_TEST

/* What ends hwloc 2.9 itself: found by sim/test/fuzz/fuzz_topology.c. */
static const char *const deadly_xml[] = {
	/* no PU: hwloc_topology_check() aborts */
	"<topology version=\"2.0\">"
	"<object cpuset=\"0xf\" complete_cpuset=\"0xf\" nodeset=\"0x1\" "
	"gp_index=\"1\"><object cpuset=\"0x3\" gp_index=\"2\">"
	"<object cpuset=\"0x1\" gp_index=\"3\"/></object></object></topology>",
	/* a node without a complete_nodeset: hwloc_topology_load() crashes */
	"<topology version=\"2.0\">"
	"<object type=\"Machine\" cpuset=\"0x3\" complete_cpuset=\"0x3\" "
	"nodeset=\"0x1\" complete_nodeset=\"0x1\" gp_index=\"1\">"
	"<object type=\"NUMANode\" cpuset=\"0x3\" complete_cpuset=\"0x3\" "
	"nodeset=\"0x1\" gp_index=\"2\"/>"
	"<object type=\"PU\" os_index=\"0\" cpuset=\"0x1\" gp_index=\"3\"/>"
	"<object type=\"PU\" os_index=\"1\" cpuset=\"0x2\" gp_index=\"4\"/>"
	"</object></topology>",
};

START_TEST(test_xml_that_hwloc_does_not_survive)
{
	const char *path = file_of(deadly_xml[_i], strlen(deadly_xml[_i]));
	struct host *host;

	ck_assert_int_eq(topology_from_xml(arena, path, &host, &err), -1);
	ck_assert_int_eq(strncmp(err.text, path, strlen(path)), 0);
	ck_assert_ptr_nonnull(strstr(err.text, "hwloc cannot cope"));
	unlink(path);
}
END_TEST

START_TEST(test_xml_that_is_no_file)
{
	struct host *host;

	ck_assert_int_eq(topology_from_xml(arena, "/tmp", &host, &err), -1);
	ck_assert_str_eq(err.text, "/tmp: is no file");
}
END_TEST

/* --- and back ------------------------------------------------------------- */

static void check_same(const struct host *a, const struct host *b)
{
	uint32_t pairs = a->nr_nodes * a->nr_nodes;

	ck_assert_uint_eq(a->nr_cpus, b->nr_cpus);
	ck_assert_uint_eq(a->nr_nodes, b->nr_nodes);
	ck_assert_mem_eq(a->cpu, b->cpu, a->nr_cpus * sizeof(*a->cpu));
	ck_assert_mem_eq(a->distance, b->distance, pairs);
	for (uint32_t i = 0; i < a->nr_nodes; i++) {
		ck_assert_uint_eq(a->node[i].pages, b->node[i].pages);
		ck_assert_uint_eq(a->node[i].os_index, b->node[i].os_index);
		ck_assert_uint_eq(a->node[i].socket, b->node[i].socket);
	}
	for (uint32_t l = 0; l < a->nr_llcs; l++)
		ck_assert_uint_eq(a->llc[l].bytes, b->llc[l].bytes);
	for (uint32_t k = 0; k < pairs; k++) {
		if (k / a->nr_nodes >= a->nr_cpu_nodes)
			continue; /* no CPU sees these */
		ck_assert_double_eq_tol(a->latency_ns[k], b->latency_ns[k],
					0.5);
		ck_assert_double_eq_tol(a->pair_bytes_per_s[k],
					b->pair_bytes_per_s[k], 1048576);
	}
	ck_assert_int_eq(a->distance_origin.kind, b->distance_origin.kind);
	ck_assert_int_eq(a->latency_origin.kind, b->latency_origin.kind);
	ck_assert_int_eq(a->controller_origin.kind, b->controller_origin.kind);
}

static struct host *there_and_back(const struct host *host)
{
	const char *path = file_of("", 0);
	struct host *back;

	ck_assert_msg(topology_export_xml(host, path, &err) == 0, "%s",
		      err.text);
	ck_assert_msg(topology_from_xml(arena, path, &back, &err) == 0, "%s",
		      err.text);
	host_complete(arena, back);
	unlink(path);
	return back;
}

START_TEST(test_export_of_recorded_machines)
{
	struct host *host = recorded(recorded_host[_i].name);

	/* the file's own attribute, of all CPUs at once, stands in the way */
	if (!host || strcmp(host->name, "8intel64-4n2t-memattrs") == 0)
		return;
	check_same(host, there_and_back(host));
}
END_TEST

/*
 * CPU 0 is in the third package: our nodes 0, 1, 2 are 2, 0, 1 in the file. Its
 * matrix gives them in the order 0, 2, 1, that is 1, 0, 2 of ours.
 */
START_TEST(test_distances_follow_our_numbering)
{
	struct host *host = synthetic("pack:3 [numa(memory=8GB)] core:1 "
				      "pu:1(indexes=1,2,0)");
	static const uint8_t uneven[] = {10, 13, 14, 11, 10, 12, 16, 15, 10};
	static char content[1 << 16];
	const char *path = file_of("", 0);

	ck_assert_uint_eq(host->node[0].os_index, 2);
	ck_assert_int_eq(topology_export_xml(host, path, &err), 0);
	FILE *file = fopen(path, "r");
	size_t length = fread(content, 1, sizeof(content) - 1, file);
	char *order = strstr(content, ">2 0 1 <");
	char *values = strstr(content, ">10 20 20 20 10 20 20 20 10 <");

	fclose(file);
	unlink(path);
	ck_assert(order && values);
	memcpy(order, ">0 2 1 <", 8);
	memcpy(values, ">10 11 12 13 10 14 15 16 10 <", 29);
	path = file_of(content, length);
	ck_assert_int_eq(topology_from_xml(arena, path, &host, &err), 0);
	unlink(path);
	ck_assert_mem_eq(host->distance, uneven, sizeof(uneven));
}
END_TEST

START_TEST(test_export_twice_keeps_the_last_word)
{
	struct host *host = synthetic("pack:2 [numa(memory=8GB)] core:2 pu:2");

	host->latency_ns[1] = 123;
	host->latency_origin = (struct host_origin){HOST_PUBLISHED, "a table"};
	struct host *once = there_and_back(host);

	check_same(host, once);
	ck_assert_str_eq(once->latency_origin.from, "a table");
	/* again, from the XML, with another word */
	const char *path = file_of("", 0);
	struct host *second, *third;

	ck_assert_int_eq(topology_export_xml(host, path, &err), 0);
	ck_assert_int_eq(topology_from_xml(arena, path, &second, &err), 0);
	host_complete(arena, second);
	second->latency_ns[1] = 77;
	second->latency_origin = (struct host_origin){HOST_MEASURED, "a run"};
	third = there_and_back(second);
	unlink(path);
	ck_assert_double_eq(third->latency_ns[1], 77);
	ck_assert_int_eq(third->latency_origin.kind, HOST_MEASURED);
	ck_assert_str_eq(third->latency_origin.from, "a run");
}
END_TEST

START_TEST(test_export_that_hwloc_would_spoil)
{
	struct host *host = recorded("8intel64-4n2t-memattrs");

	if (!host)
		return;
	ck_assert_int_eq(topology_export_xml(host, "/tmp/x.xml", &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "from more CPUs than a node"));
}
END_TEST

START_TEST(test_export_refused)
{
	struct host *host = synthetic("pack:2 [numa(memory=8GB)] core:2 pu:2");

	ck_assert_int_eq(topology_export_xml(host, "/nowhere/x.xml", &err), -1);
	ck_assert_str_eq(err.text, "/nowhere/x.xml: cannot be written: No such "
			 "file or directory");
	host->topology_kind = HOST_TOPOLOGY_NONE;
	ck_assert_int_eq(topology_export_xml(host, "/tmp/x.xml", &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "read from no topology"));
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("topology");
	TCase *tc = tcase_create("recorded"), *made = tcase_create("made");
	TCase *bad = tcase_create("refused"), *back = tcase_create("back");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_recorded_machine, 0, RECORDED_COUNT);
	tcase_add_test(tc, test_nodes_are_numbered_as_cpus_meet_them);
	tcase_add_test(tc, test_siblings_far_apart_in_number);
	tcase_add_test(tc, test_cpus_that_alternate);
	tcase_add_test(tc, test_sparse_numbers_memory_node_offline_cpus);
	tcase_add_test(tc, test_fast_memory_beside_ordinary);
	tcase_add_test(tc, test_attribute_not_to_be_believed);
	tcase_add_test(tc, test_gpus_in_distances);
	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(made, setup, teardown);
	tcase_add_test(made, test_synthetic_pack);
	tcase_add_test(made, test_synthetic_memory_node);
	tcase_add_test(made, test_synthetic_numbering_of_cpus);
	tcase_add_test(made, test_synthetic_without_packages);
	tcase_add_test(made, test_this_machine);
	suite_add_tcase(suite, made);
	tcase_add_checked_fixture(bad, setup, teardown);
	tcase_add_loop_test(bad, test_synthetic_refused, 0,
			    sizeof(bad_synthetic) / sizeof(*bad_synthetic));
	tcase_add_test(bad, test_xml_missing);
	tcase_add_test(bad, test_xml_that_is_none);
	tcase_add_test(bad, test_xml_truncated);
	tcase_add_loop_test(bad, test_xml_that_hwloc_does_not_survive, 0,
			    sizeof(deadly_xml) / sizeof(*deadly_xml));
	tcase_add_test(bad, test_xml_that_is_no_file);
	suite_add_tcase(suite, bad);
	tcase_add_checked_fixture(back, setup, teardown);
	tcase_add_loop_test(back, test_export_of_recorded_machines, 0,
			    RECORDED_COUNT);
	tcase_add_test(back, test_distances_follow_our_numbering);
	tcase_add_test(back, test_export_twice_keeps_the_last_word);
	tcase_add_test(back, test_export_that_hwloc_would_spoil);
	tcase_add_test(back, test_export_refused);
	suite_add_tcase(suite, back);
	return suite;
}
