/*
 * topology_shape.c - CPUs, cores, sockets, last-level caches and nodes of an
 *                    hwloc topology, in the numbering of host.h.
 */
#include "host/topology_parts.h"

#include "base/units.h"

#include <hwloc.h>
#include <stdlib.h>
#include <string.h>

static int read_pus(struct topology_reader *reader, struct err *err);
static int read_nodes(struct topology_reader *reader, struct err *err);
static void number_nodes(struct topology_reader *reader, uint32_t count,
			 hwloc_obj_t *by_os, uint32_t *node_of_cpu);
static void read_cores(struct topology_reader *reader);
static void read_sockets(struct topology_reader *reader);
static void read_llcs(struct topology_reader *reader);
static void nodes_to_sockets(struct topology_reader *reader);

int topology_read_shape(struct topology_reader *reader, struct err *err)
{
	if (read_pus(reader, err) || read_nodes(reader, err))
		return -1;
	read_cores(reader);
	read_sockets(reader);
	read_llcs(reader);
	nodes_to_sockets(reader);
	return 0;
}

static int by_os_index(const void *a, const void *b)
{
	const struct hwloc_obj *x = *(const hwloc_obj_t *)a;
	const struct hwloc_obj *y = *(const hwloc_obj_t *)b;

	return (x->os_index > y->os_index) - (x->os_index < y->os_index);
}

/* All objects of a type by rising os_index, in the arena; *count of them. */
static hwloc_obj_t *objects_of(struct topology_reader *reader,
			       hwloc_obj_type_t type, uint32_t *count)
{
	int found = hwloc_get_nbobjs_by_type(reader->topology, type);

	*count = found > 0 ? (uint32_t)found : 0;
	hwloc_obj_t *objs = arena_array(reader->arena, *count, sizeof(*objs));

	for (uint32_t i = 0; i < *count; i++)
		objs[i] = hwloc_get_obj_by_type(reader->topology, type, i);
	if (*count)
		qsort(objs, *count, sizeof(*objs), by_os_index);
	return objs;
}

static int read_pus(struct topology_reader *reader, struct err *err)
{
	struct host *host = reader->host;
	hwloc_obj_t root = hwloc_get_root_obj(reader->topology);

	reader->pu = objects_of(reader, HWLOC_OBJ_PU, &host->nr_cpus);
	if (host->nr_cpus == 0)
		return err_set(err, "%s: no CPUs", reader->what);
	if (host->nr_cpus > CPU_MAX)
		return err_set(err, "%s: %u CPUs; at most %d", reader->what,
			       host->nr_cpus, CPU_MAX);
	int complete = root->complete_cpuset
			       ? hwloc_bitmap_weight(root->complete_cpuset)
			       : -1;

	if (complete > (int)host->nr_cpus)
		host_warn(reader->arena, host, "%d CPUs are offline: left out",
			  complete - (int)host->nr_cpus);
	host->cpu = arena_array(reader->arena, host->nr_cpus,
				sizeof(*host->cpu));
	for (uint32_t c = 0; c < host->nr_cpus; c++)
		host->cpu[c].os_index = reader->pu[c]->os_index;
	return 0;
}

/* The smallest of the nodes a CPU is in, then the first; count if in none. */
static uint32_t node_of_pu(hwloc_obj_t pu, hwloc_obj_t *nodes, uint32_t count)
{
	uint32_t best = count;
	int best_weight = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (!hwloc_bitmap_isset(nodes[i]->cpuset, pu->os_index))
			continue;
		int weight = hwloc_bitmap_weight(nodes[i]->cpuset);

		if (best == count || weight < best_weight) {
			best = i;
			best_weight = weight;
		}
	}
	return best;
}

static int read_nodes(struct topology_reader *reader, struct err *err)
{
	struct host *host = reader->host;
	uint32_t count, homeless = 0;
	hwloc_obj_t *by_os = objects_of(reader, HWLOC_OBJ_NUMANODE, &count);
	uint32_t *node_of_cpu = arena_array(reader->arena, host->nr_cpus,
					    sizeof(*node_of_cpu));

	if (count == 0)
		return err_set(err, "%s: no NUMA node", reader->what);
	if (count > NODE_MAX)
		return err_set(err, "%s: %u NUMA nodes; at most %d",
			       reader->what, count, NODE_MAX);
	for (uint32_t c = 0; c < host->nr_cpus; c++) {
		node_of_cpu[c] = node_of_pu(reader->pu[c], by_os, count);
		homeless += node_of_cpu[c] == count;
	}
	if (homeless)
		host_warn(reader->arena, host,
			  "%u CPUs are in no node: put on node 0, as Xen does",
			  homeless);
	number_nodes(reader, count, by_os, node_of_cpu);
	return 0;
}

static void node_fill(struct topology_reader *reader, uint32_t index,
		      hwloc_obj_t obj)
{
	struct host_node *node = &reader->host->node[index];

	reader->node[index] = obj;
	node->os_index = obj->os_index;
	node->socket = HOST_NONE;
	node->pages = pages_from_bytes(obj->attr->numanode.local_memory);
	node->kind = arena_strdup(reader->arena,
				  obj->subtype ? obj->subtype : "");
}

/* Nodes in the order CPUs name them, then those that no CPU names. */
static void number_nodes(struct topology_reader *reader, uint32_t count,
			 hwloc_obj_t *by_os, uint32_t *node_of_cpu)
{
	struct host *host = reader->host;
	uint32_t number[NODE_MAX], next = 0;

	host->nr_nodes = count;
	host->node = arena_array(reader->arena, count, sizeof(*host->node));
	for (uint32_t i = 0; i < count; i++)
		number[i] = NODE_NONE;
	for (uint32_t c = 0; c < host->nr_cpus; c++)
		if (node_of_cpu[c] < count &&
		    number[node_of_cpu[c]] == NODE_NONE)
			number[node_of_cpu[c]] = next++;
	if (next == 0) /* CPUs in no node at all */
		number[0] = next++;
	host->nr_cpu_nodes = next;
	for (uint32_t i = 0; i < count; i++) {
		if (number[i] == NODE_NONE)
			number[i] = next++;
		node_fill(reader, number[i], by_os[i]);
	}
	for (uint32_t c = 0; c < host->nr_cpus; c++) {
		uint32_t node = node_of_cpu[c] < count
					? number[node_of_cpu[c]] : 0;

		host->cpu[c].node = (uint16_t)node;
		cpuset_add(&host->node[node].cpus, c);
		host->node[node].nr_cpus++;
	}
}

static hwloc_obj_t ancestor(struct topology_reader *reader, uint32_t cpu,
			    hwloc_obj_type_t type)
{
	return hwloc_get_ancestor_obj_by_type(reader->topology, type,
					      reader->pu[cpu]);
}

/*
 * The number of the group that key stands for: that of the first CPU with the
 * same key, or *count, which then rises. keys has room for nr_cpus entries.
 */
static uint16_t number_of(const void **keys, uint32_t *count, const void *key)
{
	for (uint32_t k = 0; k < *count; k++)
		if (keys[k] == key)
			return (uint16_t)k;
	keys[*count] = key;
	return (uint16_t)(*count)++;
}

static void read_cores(struct topology_reader *reader)
{
	struct host *host = reader->host;
	const void **keys = arena_array(reader->arena, host->nr_cpus,
					sizeof(*keys));
	uint16_t *threads = arena_array(reader->arena, host->nr_cpus,
					sizeof(*threads));

	for (uint32_t c = 0; c < host->nr_cpus; c++) {
		const void *core = ancestor(reader, c, HWLOC_OBJ_CORE);

		host->cpu[c].core = number_of(keys, &host->nr_cores,
					      core ? core : reader->pu[c]);
		host->cpu[c].thread = threads[host->cpu[c].core]++;
	}
}

/* The first CPU of c's core: cores are whole in sockets and caches. */
static uint32_t core_head(const struct host *host, uint32_t c)
{
	uint32_t head = 0;

	while (host->cpu[head].core != host->cpu[c].core)
		head++;
	return head;
}

static void read_sockets(struct topology_reader *reader)
{
	struct host *host = reader->host;
	const void **keys = arena_array(reader->arena, host->nr_cpus,
					sizeof(*keys));
	bool unknown = false;

	for (uint32_t c = 0; c < host->nr_cpus; c++) {
		uint32_t head = core_head(host, c);
		const void *key = ancestor(reader, head, HWLOC_OBJ_PACKAGE);

		if (!key) {
			key = &host->node[host->cpu[head].node];
			unknown = true;
		}
		host->cpu[c].socket = number_of(keys, &host->nr_sockets, key);
	}
	if (unknown && host->nr_cpu_nodes > 1)
		host_warn(reader->arena, host,
			  "no packages known: each node counts as a socket");
}

struct hwloc_obj *topology_last_level(struct hwloc_topology *topology,
				      struct hwloc_obj *pu)
{
	hwloc_obj_t cache = hwloc_get_ancestor_obj_by_type(
		topology, HWLOC_OBJ_L3CACHE, pu);

	if (cache && cache->subtype &&
	    strcmp(cache->subtype, "MemorySideCache") == 0)
		cache = NULL;
	return cache ? cache
		     : hwloc_get_ancestor_obj_by_type(topology,
						      HWLOC_OBJ_L2CACHE, pu);
}

static void read_llcs(struct topology_reader *reader)
{
	struct host *host = reader->host;
	const void **keys = arena_array(reader->arena, host->nr_cpus,
					sizeof(*keys));

	/* Where no cache is known: a key for each (node, socket). */
	const char *shares = arena_array(reader->arena, host->nr_nodes,
					 host->nr_sockets);

	host->llc = arena_array(reader->arena, host->nr_cpus,
				sizeof(*host->llc));
	for (uint32_t c = 0; c < host->nr_cpus; c++) {
		uint32_t head = core_head(host, c);
		hwloc_obj_t cache = topology_last_level(reader->topology,
							reader->pu[head]);
		const char *share = shares +
				    host->cpu[head].node * host->nr_sockets +
				    host->cpu[head].socket;

		host->cpu[c].llc = number_of(keys, &host->nr_llcs,
					     cache ? (const void *)cache
						   : share);
		struct host_llc *llc = &host->llc[host->cpu[c].llc];

		llc->nr_cpus++;
		llc->bytes = cache ? cache->attr->cache.size : 0;
	}
}

/* The one socket whose CPUs a node is near to, if it is one. */
static void nodes_to_sockets(struct topology_reader *reader)
{
	struct host *host = reader->host;

	for (uint32_t i = 0; i < host->nr_nodes; i++) {
		uint32_t socket = HOST_NONE, sockets = 0;

		for (uint32_t c = 0; c < host->nr_cpus; c++) {
			if (!hwloc_bitmap_isset(reader->node[i]->cpuset,
						host->cpu[c].os_index))
				continue;
			sockets += host->cpu[c].socket != socket;
			socket = host->cpu[c].socket;
		}
		host->node[i].socket =
			(uint16_t)(sockets == 1 ? socket : HOST_NONE);
	}
}
