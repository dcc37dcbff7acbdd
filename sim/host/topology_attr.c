/*
 * topology_attr.c - distances, memory attributes and devices of an hwloc
 *                   topology whose nodes are already numbered.
 */
#include "host/topology_parts.h"

#include <hwloc.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MATRIX_MAX = 64, INITIATOR_MAX = 256, DEVICE_MAX = 256 };

/* What a memory attribute may say and be believed. */
enum { LATENCY_NS_MIN = 5, LATENCY_NS_MAX = 100000 };
#define BANDWIDTH_MIB_MIN UINT64_C(100)
#define BANDWIDTH_MIB_MAX (UINT64_C(100) << 20)

static uint32_t node_number(const struct topology_reader *reader,
			    hwloc_obj_t obj)
{
	for (uint32_t i = 0; i < reader->host->nr_nodes; i++)
		if (reader->node[i] == obj)
			return i;
	return NODE_NONE;
}

/* "assumed: text" as topology_export_xml() wrote it, else kind and from. */
static struct host_origin recorded_origin(struct topology_reader *reader,
					  const char *info,
					  enum host_origin_kind otherwise,
					  const char *from)
{
	hwloc_obj_t root = hwloc_get_root_obj(reader->topology);
	const char *text = NULL;

	for (unsigned k = 0; k < root->infos_count; k++)
		if (strcmp(root->infos[k].name, info) == 0)
			text = root->infos[k].value;
	for (int kind = 0; text && kind < HOST_ORIGIN_COUNT; kind++) {
		const char *name = host_origin_name(kind);
		size_t length = strlen(name);

		if (strncmp(text, name, length) == 0 && text[length] == ':' &&
		    text[length + 1] == ' ' && text[length + 2])
			return (struct host_origin){
				kind, arena_strdup(reader->arena,
						   text + length + 2)};
	}
	return (struct host_origin){otherwise, from};
}

/* --- distances ------------------------------------------------------------ */

/* The position of each of our nodes in the matrix; false if one is missing. */
static bool matrix_order(const struct topology_reader *reader,
			 const struct hwloc_distances_s *matrix,
			 uint32_t *place)
{
	uint32_t found = 0;

	for (uint32_t k = 0; k < matrix->nbobjs; k++) {
		uint32_t node = node_number(reader, matrix->objs[k]);

		if (node == NODE_NONE)
			return false;
		place[node] = k;
		found++;
	}
	return found == reader->host->nr_nodes;
}

/* Higher is better; 0 for one that does not cover the nodes. */
static int matrix_rank(struct topology_reader *reader,
		       struct hwloc_distances_s *matrix)
{
	uint32_t place[NODE_MAX];
	const char *name = hwloc_distances_get_name(reader->topology, matrix);

	if (!matrix_order(reader, matrix, place))
		return 0;
	if (name && strcmp(name, "NUMALatency") == 0)
		return 3;
	return matrix->kind & HWLOC_DISTANCES_KIND_FROM_OS ? 2 : 1;
}

static void take_matrix(struct topology_reader *reader,
			struct hwloc_distances_s *matrix, uint32_t nr_matrices)
{
	struct host *host = reader->host;
	const char *name = hwloc_distances_get_name(reader->topology, matrix);
	uint32_t n = host->nr_nodes, place[NODE_MAX], row, column;
	uint64_t *values = arena_array(reader->arena, n * n, sizeof(*values));

	matrix_order(reader, matrix, place);
	for (uint32_t k = 0; k < n * n; k++)
		values[k] = matrix->values[place[k / n] * n + place[k % n]];
	if (!host_distances_valid(values, n, &row, &column)) {
		host_warn(reader->arena, host,
			  "distance from node %u to node %u is %" PRIu64
			  ": Xen takes no such table; 10 and 20 instead",
			  row, column, values[row * n + column]);
		return;
	}
	host->distance = arena_array(reader->arena, n * n,
				     sizeof(*host->distance));
	for (uint32_t k = 0; k < n * n; k++)
		host->distance[k] = (uint8_t)values[k];
	name = host_text(reader->arena,
			 "hwloc matrix %s, from %s, 1 of %u over nodes",
			 name ? name : "without a name",
			 matrix->kind & HWLOC_DISTANCES_KIND_FROM_OS
				 ? "the OS"
				 : "a user",
			 nr_matrices);
	host->distance_origin = recorded_origin(
		reader, TOPOLOGY_INFO_DISTANCES, HOST_SOURCE, name);
}

void topology_read_distances(struct topology_reader *reader)
{
	struct hwloc_distances_s *matrix[MATRIX_MAX];
	unsigned count = MATRIX_MAX, best = 0;
	int best_rank = 0;

	if (reader->host->nr_nodes < 2 ||
	    hwloc_distances_get_by_type(reader->topology, HWLOC_OBJ_NUMANODE,
					&count, matrix,
					HWLOC_DISTANCES_KIND_MEANS_LATENCY, 0))
		return;
	if (count > MATRIX_MAX)
		count = MATRIX_MAX;
	for (unsigned m = 0; m < count; m++) {
		int rank = matrix_rank(reader, matrix[m]);

		if (rank > best_rank) {
			best_rank = rank;
			best = m;
		}
	}
	if (best_rank)
		take_matrix(reader, matrix[best], count);
	else if (count)
		host_warn(reader->arena, reader->host,
			  "no distance matrix covers all nodes: 10 and 20");
	for (unsigned m = 0; m < count; m++)
		hwloc_distances_release(reader->topology, matrix[m]);
}

/* --- memory attributes ---------------------------------------------------- */

static hwloc_const_cpuset_t initiator_cpus(const struct hwloc_location *from)
{
	return from->type == HWLOC_LOCATION_TYPE_CPUSET
		       ? from->location.cpuset
		       : from->location.object->cpuset;
}

/* Do all CPUs of a node lie in the set? */
static bool covers(const struct host *host, hwloc_const_cpuset_t set,
		   uint32_t node)
{
	if (!set || !host->node[node].nr_cpus)
		return false;
	for (uint32_t c = 0; c < host->nr_cpus; c++)
		if (host->cpu[c].node == node &&
		    !hwloc_bitmap_isset(set, host->cpu[c].os_index))
			return false;
	return true;
}

/*
 * Fills the column of memory node j in an nr_nodes^2 matrix, 0 where nothing
 * is known: for each CPU node what its smallest enclosing initiator says.
 * Values outside [min, max] are left out. Returns how many are taken.
 */
static uint32_t attribute_column(struct topology_reader *reader,
				 hwloc_memattr_id_t id, uint32_t j,
				 uint64_t min, uint64_t max, double *matrix)
{
	struct host *host = reader->host;
	struct hwloc_location from[INITIATOR_MAX];
	hwloc_uint64_t value[INITIATOR_MAX];
	unsigned count = INITIATOR_MAX;
	uint32_t taken = 0;
	const char *name = "";

	if (hwloc_memattr_get_initiators(reader->topology, id, reader->node[j],
					 0, &count, from, value))
		return 0;
	hwloc_memattr_get_name(reader->topology, id, &name);
	for (unsigned k = 0; k < count && k < INITIATOR_MAX; k++) {
		if (value[k] >= min && value[k] <= max)
			continue;
		host_warn(reader->arena, host,
			  "%s of node %u is %" PRIu64
			  " in the file: not to be believed, left out",
			  name, j, value[k]);
	}
	for (uint32_t i = 0; i < host->nr_nodes; i++) {
		int best_weight = 0;

		for (unsigned k = 0; k < count && k < INITIATOR_MAX; k++) {
			hwloc_const_cpuset_t cpus = initiator_cpus(&from[k]);

			if (value[k] < min || value[k] > max ||
			    !covers(host, cpus, i))
				continue;
			int weight = hwloc_bitmap_weight(cpus);

			if (best_weight && weight >= best_weight)
				continue;
			taken += !best_weight;
			best_weight = weight;
			matrix[i * host->nr_nodes + j] = (double)value[k];
		}
	}
	return taken;
}

/* NULL if the topology says nothing of the attribute. */
static double *attribute_matrix(struct topology_reader *reader,
				hwloc_memattr_id_t id, uint64_t min,
				uint64_t max)
{
	uint32_t n = reader->host->nr_nodes, taken = 0;
	double *matrix = arena_array(reader->arena, n * n, sizeof(*matrix));

	for (uint32_t j = 0; j < n; j++)
		taken += attribute_column(reader, id, j, min, max, matrix);
	return taken ? matrix : NULL;
}

static void read_latencies(struct topology_reader *reader)
{
	struct host *host = reader->host;
	const char *from = "hwloc memory attribute Latency";
	double *matrix = attribute_matrix(reader, HWLOC_MEMATTR_ID_LATENCY,
					  LATENCY_NS_MIN, LATENCY_NS_MAX);

	if (!matrix) {
		from = "hwloc memory attribute ReadLatency";
		matrix = attribute_matrix(reader, HWLOC_MEMATTR_ID_READ_LATENCY,
					  LATENCY_NS_MIN, LATENCY_NS_MAX);
	}
	if (!matrix)
		return;
	host->latency_ns = matrix;
	host->latency_origin =
		recorded_origin(reader, TOPOLOGY_INFO_LATENCY, HOST_MEASURED,
				from);
}

static void read_bandwidths(struct topology_reader *reader)
{
	struct host *host = reader->host;
	uint32_t n = host->nr_nodes;
	const char *from = "hwloc memory attribute Bandwidth";
	double *matrix = attribute_matrix(reader, HWLOC_MEMATTR_ID_BANDWIDTH,
					  BANDWIDTH_MIB_MIN, BANDWIDTH_MIB_MAX);

	if (!matrix) {
		from = "hwloc memory attribute ReadBandwidth";
		matrix = attribute_matrix(reader,
					  HWLOC_MEMATTR_ID_READ_BANDWIDTH,
					  BANDWIDTH_MIB_MIN, BANDWIDTH_MIB_MAX);
	}
	if (!matrix)
		return;
	host->pair_bytes_per_s = matrix;
	host->controller_bytes_per_s =
		arena_array(reader->arena, n, sizeof(double));
	for (uint32_t k = 0; k < n * n; k++) {
		uint32_t i = k / n, j = k % n;
		double *own = &host->controller_bytes_per_s[j];

		matrix[k] *= 1048576;
		/* Memory without CPUs gives its best to whom it is nearest. */
		if ((i == j || !host->node[j].nr_cpus) && matrix[k] > *own)
			*own = matrix[k];
	}
	host->controller_origin = host->link_origin =
		recorded_origin(reader, TOPOLOGY_INFO_BANDWIDTH, HOST_MEASURED,
				from);
}

void topology_read_attributes(struct topology_reader *reader)
{
	read_latencies(reader);
	read_bandwidths(reader);
}

/* --- devices -------------------------------------------------------------- */

static const char *class_of_os(hwloc_obj_t os)
{
	switch (os->attr->osdev.type) {
	case HWLOC_OBJ_OSDEV_NETWORK:
	case HWLOC_OBJ_OSDEV_OPENFABRICS:
		return "net";
	case HWLOC_OBJ_OSDEV_BLOCK:
		return "storage";
	case HWLOC_OBJ_OSDEV_GPU:
	case HWLOC_OBJ_OSDEV_COPROC:
		return "gpu";
	default:
		return NULL;
	}
}

static const char *class_of_pci(hwloc_obj_t pci)
{
	switch (pci->attr->pcidev.class_id >> 8) {
	case 0x01:
		return "storage";
	case 0x02:
		return "net";
	case 0x03:
		return "gpu";
	default:
		return pci->attr->pcidev.class_id == 0x0c06 ? "net" : NULL;
	}
}

/* The node a device hangs on; HOST_NONE if on none or on several. */
static uint16_t device_node(const struct topology_reader *reader,
			    hwloc_obj_t obj)
{
	hwloc_obj_t near = hwloc_get_non_io_ancestor_obj(reader->topology, obj);

	if (!near || !near->nodeset || hwloc_bitmap_weight(near->nodeset) != 1)
		return HOST_NONE;
	unsigned os_index = (unsigned)hwloc_bitmap_first(near->nodeset);

	for (uint32_t i = 0; i < reader->host->nr_nodes; i++)
		if (reader->node[i]->os_index == os_index)
			return (uint16_t)i;
	return HOST_NONE;
}

static void device_add(struct topology_reader *reader, hwloc_obj_t obj,
		       const char *name, const char *device_class)
{
	struct host *host = reader->host;

	if (host->nr_devices == DEVICE_MAX)
		return;
	host->device[host->nr_devices++] = (struct host_device){
		arena_strdup(reader->arena, name), device_class,
		device_node(reader, obj)};
}

void topology_read_devices(struct topology_reader *reader)
{
	struct host *host = reader->host;
	hwloc_obj_t pci = NULL, os = NULL;

	host->device = arena_array(reader->arena, DEVICE_MAX,
				   sizeof(*host->device));
	while ((pci = hwloc_get_next_pcidev(reader->topology, pci))) {
		const char *device_class = class_of_pci(pci);
		hwloc_obj_t child = pci->io_first_child;
		char bus[32];

		while (child && (child->type != HWLOC_OBJ_OS_DEVICE ||
				 !class_of_os(child)))
			child = child->next_sibling;
		snprintf(bus, sizeof(bus), "%04x:%02x:%02x.%01x",
			 pci->attr->pcidev.domain, pci->attr->pcidev.bus,
			 pci->attr->pcidev.dev, pci->attr->pcidev.func);
		if (child)
			device_class = class_of_os(child);
		if (device_class)
			device_add(reader, pci,
				   child && child->name ? child->name : bus,
				   device_class);
	}
	while ((os = hwloc_get_next_osdev(reader->topology, os)))
		if (os->parent->type != HWLOC_OBJ_PCI_DEVICE &&
		    class_of_os(os) && os->name)
			device_add(reader, os, os->name, class_of_os(os));
}
