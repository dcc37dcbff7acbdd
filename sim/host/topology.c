#include "host/topology.h"
#include "host/topology_parts.h"

#include "base/units.h"

#include <errno.h>
#include <hwloc.h>
#include <string.h>

enum { DEFAULT_GIB_PER_CPU = 1, NODE_TIB_MAX = 24 };

static int topology_read(struct arena *arena, enum host_topology_kind kind,
			 const char *text, struct host **host, struct err *err);

int topology_from_synthetic(struct arena *arena, const char *text,
			    struct host **host, struct err *err)
{
	if (topology_read(arena, HOST_TOPOLOGY_SYNTHETIC, text, host, err))
		return -1;
	(*host)->name = "synthetic";
	if (strstr(text, "memory="))
		(*host)->memory_origin = (struct host_origin){
			HOST_SOURCE, "the synthetic string"};
	else
		(*host)->memory_origin = (struct host_origin){
			HOST_ASSUMED, "hwloc's default of a synthetic node"};
	return 0;
}

int topology_from_xml(struct arena *arena, const char *path, struct host **host,
		      struct err *err)
{
	const char *base = strrchr(path, '/');

	if (topology_read(arena, HOST_TOPOLOGY_XML, path, host, err))
		return -1;
	char *name = arena_strdup(arena, base ? base + 1 : path);
	size_t length = strlen(name);

	if (length > 4 && strcmp(name + length - 4, ".xml") == 0)
		name[length - 4] = '\0';
	(*host)->name = name;
	(*host)->memory_origin =
		(struct host_origin){HOST_SOURCE, "the XML file"};
	return 0;
}

int topology_from_this(struct arena *arena, struct host **host, struct err *err)
{
	if (topology_read(arena, HOST_TOPOLOGY_THIS, "this", host, err))
		return -1;
	(*host)->name = "this";
	(*host)->memory_origin =
		(struct host_origin){HOST_MEASURED, "the running machine"};
	return 0;
}

static const char *const origin_of_kind[] = {
	[HOST_TOPOLOGY_NONE] = "",
	[HOST_TOPOLOGY_SYNTHETIC] = "the synthetic string",
	[HOST_TOPOLOGY_XML] = "the XML file",
	[HOST_TOPOLOGY_THIS] = "the running machine",
};

static int topology_read(struct arena *arena, enum host_topology_kind kind,
			 const char *text, struct host **host, struct err *err)
{
	struct topology_reader reader = {.arena = arena, .what = text};

	reader.topology = topology_open(kind, text, err);
	if (!reader.topology)
		return -1;
	reader.host = host_new(arena);
	reader.host->topology_kind = kind;
	reader.host->topology = arena_strdup(arena, text);
	reader.host->topology_origin =
		(struct host_origin){HOST_SOURCE, origin_of_kind[kind]};
	reader.host->llc_origin = reader.host->topology_origin;

	int rc = topology_read_shape(&reader, err);

	if (!rc) {
		topology_read_distances(&reader);
		topology_read_attributes(&reader);
		topology_read_devices(&reader);
		*host = reader.host;
	}
	hwloc_topology_destroy(reader.topology);
	return rc;
}

/*
 * gl asks a display, opencl a GPU driver, and pci (libpciaccess) leaks; the
 * linux component finds the same devices by itself.
 */
static void topology_without_plugins(hwloc_topology_t topology)
{
	static const char *const unwanted[] = {"gl", "opencl", "pci"};

	for (size_t k = 0; k < sizeof(unwanted) / sizeof(*unwanted); k++)
		hwloc_topology_set_components(
			topology, HWLOC_TOPOLOGY_COMPONENTS_FLAG_BLACKLIST,
			unwanted[k]);
}

/* Names the text or file that hwloc was given to read. */
static int topology_point(hwloc_topology_t topology,
			  enum host_topology_kind kind, const char *text,
			  struct err *err)
{
	switch (kind) {
	case HOST_TOPOLOGY_SYNTHETIC:
		if (hwloc_topology_set_synthetic(topology, text) == 0)
			return 0;
		return err_set(err, "topology \"%s\": not an hwloc synthetic "
			       "string; for example \"pack:2 "
			       "[numa(memory=8GB)] core:4 pu:2\"", text);
	case HOST_TOPOLOGY_XML:
		if (hwloc_topology_set_xml(topology, text) == 0)
			return 0;
		if (errno != EINVAL)
			return err_set(err, "%s: cannot be read: %s", text,
				       strerror(errno));
		return err_set(err, "%s: not a topology in hwloc's XML, or "
			       "cut off; lstopo writes one", text);
	case HOST_TOPOLOGY_THIS:
		topology_without_plugins(topology);
		break;
	case HOST_TOPOLOGY_NONE:
		break;
	}
	return 0;
}

struct hwloc_topology *topology_open(enum host_topology_kind kind,
				     const char *text, struct err *err)
{
	if (topology_guard(kind, text, err))
		return NULL;
	return topology_load(kind, text, err);
}

struct hwloc_topology *topology_load(enum host_topology_kind kind,
				     const char *text, struct err *err)
{
	hwloc_topology_t topology;
	unsigned long flags = HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED;

	if (hwloc_topology_init(&topology)) {
		err_set(err, "hwloc does not start");
		return NULL;
	}
	hwloc_topology_set_flags(topology, flags);
	hwloc_topology_set_io_types_filter(topology,
					   HWLOC_TYPE_FILTER_KEEP_IMPORTANT);
	if (topology_point(topology, kind, text, err)) {
		hwloc_topology_destroy(topology);
		return NULL;
	}
	if (hwloc_topology_load(topology)) {
		err_set(err, "%s: hwloc finds no machine in it: no CPUs, or "
			"cut off", text);
		hwloc_topology_destroy(topology);
		return NULL;
	}
	return topology;
}

int topology_default_memory(struct arena *arena, struct host *host,
			    struct err *err)
{
	host->total_pages = 0;
	for (uint32_t i = 0; i < host->nr_nodes; i++) {
		if (host->node[i].pages > NODE_TIB_MAX * 1024 * PAGES_PER_GIB)
			return err_set(err, "%s: node %u has more than %d TiB "
				       "of memory; at most that",
				       host->topology, i, NODE_TIB_MAX);
		host->total_pages += host->node[i].pages;
	}
	if (host->total_pages)
		return 0;
	if (host->topology_kind != HOST_TOPOLOGY_XML)
		return err_set(err, "topology \"%s\": zero memory on every "
			       "node; write [numa(memory=8GB)] behind the "
			       "level that holds the nodes, or memory_mib in "
			       "a profile", host->topology);
	for (uint32_t i = 0; i < host->nr_nodes; i++) {
		struct host_node *node = &host->node[i];

		node->pages = node->nr_cpus * DEFAULT_GIB_PER_CPU *
			      PAGES_PER_GIB;
		host->total_pages += node->pages;
	}
	host->memory_origin =
		(struct host_origin){HOST_ASSUMED, "1 GiB a CPU"};
	host_warn(arena, host, "the file gives no memory: %d GiB a CPU assumed",
		  DEFAULT_GIB_PER_CPU);
	return 0;
}
