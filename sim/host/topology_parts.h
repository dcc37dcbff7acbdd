/*
 * topology_parts.h - the inside of topology.h, for topology*.c only.
 *
 * RULE    hwloc's types are declared here without its header, so that only the
 *         topology files name hwloc.
 */
#ifndef HOST_TOPOLOGY_PARTS_H
#define HOST_TOPOLOGY_PARTS_H

#include "base/err.h"
#include "host/host.h"

struct hwloc_topology;
struct hwloc_obj;

/* A topology while it is being read. */
struct topology_reader {
	struct arena *arena;
	struct hwloc_topology *topology;
	struct host *host;
	const char *what;          /* for messages: the path, or the string */
	struct hwloc_obj **pu;     /* [nr_cpus], in the host's numbering */
	struct hwloc_obj *node[NODE_MAX]; /* in the host's numbering */
};

/* What the infos of the machine say a value's origin is. */
#define TOPOLOGY_INFO_DISTANCES "NodewiseDistancesOrigin"
#define TOPOLOGY_INFO_LATENCY "NodewiseLatencyOrigin"
#define TOPOLOGY_INFO_BANDWIDTH "NodewiseBandwidthOrigin"

/* 0, or -1 and err for what would be too much for hwloc. */
int topology_guard(enum host_topology_kind kind, const char *text,
		   struct err *err);

/* A topology loaded by hwloc, or NULL and err. hwloc_topology_destroy() it. */
struct hwloc_topology *topology_open(enum host_topology_kind kind,
				     const char *text, struct err *err);
/* The same without the guard. */
struct hwloc_topology *topology_load(enum host_topology_kind kind,
				     const char *text, struct err *err);

/* The L3 a CPU is in, else its L2, else NULL. No memory-side cache. */
struct hwloc_obj *topology_last_level(struct hwloc_topology *topology,
				      struct hwloc_obj *pu);

/* CPUs, cores, sockets, caches and nodes: 0, or -1 and err. */
int topology_read_shape(struct topology_reader *reader, struct err *err);

/* Distances, memory attributes and devices of a shape already read. */
void topology_read_distances(struct topology_reader *reader);
void topology_read_attributes(struct topology_reader *reader);
void topology_read_devices(struct topology_reader *reader);

#endif
