/*
 * topology_export.c - a host as XML that hwloc and lstopo read.
 *
 * RULE    The topology is read once more from where it came, so that caches
 *         and devices are as they were; then memory, distances and memory
 *         attributes of the host replace what it says.
 */
#include "host/topology.h"
#include "host/topology_parts.h"

#include "base/units.h"

#include <errno.h>
#include <hwloc.h>
#include <stdio.h>

static hwloc_obj_t node_obj(hwloc_topology_t topology, const struct host *host,
			    uint32_t node)
{
	hwloc_obj_t obj = hwloc_get_numanode_obj_by_os_index(
		topology, host->node[node].os_index);

	require(obj);
	return obj;
}

/* 0, or -1 where hwloc refuses. One node has no distances in hwloc. */
static int put_distances(hwloc_topology_t topology, const struct host *host)
{
	hwloc_obj_t objs[NODE_MAX];
	hwloc_uint64_t values[NODE_MAX * NODE_MAX];
	uint32_t n = host->nr_nodes;
	unsigned long kind = HWLOC_DISTANCES_KIND_MEANS_LATENCY;

	kind |= host->distance_origin.kind == HOST_SOURCE
			? HWLOC_DISTANCES_KIND_FROM_OS
			: HWLOC_DISTANCES_KIND_FROM_USER;
	if (hwloc_distances_remove_by_type(topology, HWLOC_OBJ_NUMANODE))
		return -1;
	if (n < 2)
		return 0;
	for (uint32_t i = 0; i < n; i++)
		objs[i] = node_obj(topology, host, i);
	for (uint32_t k = 0; k < n * n; k++)
		values[k] = host->distance[k];

	hwloc_distances_add_handle_t handle = hwloc_distances_add_create(
		topology, "NUMALatency", kind, 0);

	if (!handle ||
	    hwloc_distances_add_values(topology, handle, n, objs, values, 0) ||
	    hwloc_distances_add_commit(topology, handle, 0))
		return -1;
	return 0;
}

static void initiator_of(const struct host *host, uint32_t node,
			 hwloc_bitmap_t cpus)
{
	hwloc_bitmap_zero(cpus);
	for (uint32_t c = 0; c < host->nr_cpus; c++)
		if (host->cpu[c].node == node)
			hwloc_bitmap_set(cpus, host->cpu[c].os_index);
}

/*
 * One value per pair of a node with CPUs and a node with memory: written, then
 * read again, because hwloc puts a value for some CPUs in the place of one it
 * has for more of them.
 */
static int put_attribute(hwloc_topology_t topology, const struct host *host,
			 hwloc_memattr_id_t id, const double *matrix,
			 double scale)
{
	hwloc_bitmap_t cpus = hwloc_bitmap_alloc();
	struct hwloc_location from = {.type = HWLOC_LOCATION_TYPE_CPUSET};
	uint32_t n = host->nr_nodes, pairs = host->nr_cpu_nodes * n;
	int rc = cpus ? 0 : -1;

	from.location.cpuset = cpus;
	for (uint32_t k = 0; !rc && k < 2 * pairs; k++) {
		uint32_t i = k % pairs / n, j = k % n;
		hwloc_obj_t target = node_obj(topology, host, j);
		hwloc_uint64_t value, found;

		value = (hwloc_uint64_t)(matrix[i * n + j] / scale + 0.5);
		initiator_of(host, i, cpus);
		if (k < pairs)
			rc = hwloc_memattr_set_value(topology, id, target,
						     &from, 0, value);
		else
			rc = hwloc_memattr_get_value(topology, id, target,
						     &from, 0, &found) ||
					     found != value
				     ? -1
				     : 0;
	}
	hwloc_bitmap_free(cpus);
	return rc;
}

/* The reader takes the last info of a name, so an older one may stay. */
static int put_origin(hwloc_topology_t topology, const char *info,
		      const struct host_origin *origin)
{
	hwloc_obj_t root = hwloc_get_root_obj(topology);
	char text[512];

	snprintf(text, sizeof(text), "%s: %s", host_origin_name(origin->kind),
		 origin->from);
	return hwloc_obj_add_info(root, info, text);
}

static const struct host_origin *lesser(const struct host_origin *a,
					const struct host_origin *b)
{
	return a->kind <= b->kind ? a : b;
}

static void put_caches(hwloc_topology_t topology, const struct host *host)
{
	for (uint32_t c = 0; c < host->nr_cpus; c++) {
		hwloc_obj_t pu = hwloc_get_pu_obj_by_os_index(
			topology, host->cpu[c].os_index);
		hwloc_obj_t cache = topology_last_level(topology, pu);

		if (cache)
			cache->attr->cache.size =
				host->llc[host->cpu[c].llc].bytes;
	}
}

static int put_all(hwloc_topology_t topology, const struct host *host)
{
	const struct host_origin *bandwidth =
		lesser(&host->controller_origin, &host->link_origin);

	for (uint32_t i = 0; i < host->nr_nodes; i++)
		node_obj(topology, host, i)->attr->numanode.local_memory =
			bytes_from_pages(host->node[i].pages);
	put_caches(topology, host);
	if (put_distances(topology, host) ||
	    put_attribute(topology, host, HWLOC_MEMATTR_ID_LATENCY,
			  host->latency_ns, 1) ||
	    put_attribute(topology, host, HWLOC_MEMATTR_ID_BANDWIDTH,
			  host->pair_bytes_per_s, 1048576) ||
	    put_origin(topology, TOPOLOGY_INFO_DISTANCES,
		       &host->distance_origin) ||
	    put_origin(topology, TOPOLOGY_INFO_LATENCY,
		       &host->latency_origin) ||
	    put_origin(topology, TOPOLOGY_INFO_BANDWIDTH, bandwidth))
		return -1;
	return 0;
}

int topology_export_xml(const struct host *host, const char *path,
			struct err *err)
{
	hwloc_topology_t topology;
	int rc = 0;

	if (host->topology_kind == HOST_TOPOLOGY_NONE)
		return err_set(err, "host %s was read from no topology: "
			       "nothing to export", host->name);
	topology = topology_open(host->topology_kind, host->topology, err);
	if (!topology)
		return -1;
	if (put_all(topology, host))
		rc = err_set(err, "%s: not written: topology %s has memory "
			     "attributes of its own from more CPUs than a node "
			     "has, and hwloc cannot replace them", path,
			     host->topology);
	else if (hwloc_topology_export_xml(topology, path, 0))
		rc = err_set(err, "%s: cannot be written: %s", path,
			     strerror(errno));
	hwloc_topology_destroy(topology);
	return rc;
}
