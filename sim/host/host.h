/*
 * host.h - the machine everything else is configured from: CPUs, nodes,
 *          memory, distances, latencies, bandwidths, costs, and where each of
 *          these numbers comes from.
 *
 * SOURCE  facts/xen.md 0.2 (numbering of nodes, validity of the SLIT, MFN
 *         intervals), 4.4 (DMA range); facts/measuring.md A2, A3, A4, A9, 1.3
 *         (default constants, see host/constants.h).
 *
 * MODEL   A plain record in the caller's arena. It is made in three steps:
 *
 *           topology.c     what hwloc knows: CPUs, nodes, memory, distances,
 *                          memory attributes, caches, devices
 *           run/host_file  what the profile says overrides it
 *           host_complete  derives what is still missing, by these rules:
 *
 *             latency[i][j]   = latency[i][i] * distance[i][j] / 10
 *             latency[i][i]   = local_latency_ns
 *             core[i][j]      = core_gb_per_s * latency[i][i] / latency[i][j]
 *             controller[j]   = socket_gb_per_s / nodes of j's socket; of a
 *                               node without CPUs and without a socket of its
 *                               own, link_share of that
 *             links           host/links.h: nearest hubs joined, fewest hops
 *             pair[i][j]      = smallest capacity on the way, controller[j] too
 *             last-level cache 2 MiB a core, where hwloc knows none
 *             MFNs            nodes end to end from MFN 0
 *
 *         After host_complete() the record is read-only, and may be shared by
 *         runs on several threads.
 *
 *         Nodes are numbered as Xen does: in the order in which CPUs, by
 *         rising number, first name them; then nodes without CPUs. CPUs are
 *         numbered by rising os_index. Both are dense.
 *
 *         A matrix entry [i][j] is about CPUs of node i and memory of node j,
 *         stored at i * nr_nodes + j. A route [i][j] lists the directed links
 *         that this traffic takes, in order from i to j: a link's capacity
 *         says what CPUs at `from` can get of memory at `to`.
 *
 * UNITS   _ns nanoseconds (double: costs may be fractions), _pages 4 KiB, mfn
 *         a page number, _bytes, _bytes_per_s; distances SLIT units, 10 local.
 *
 * INVARIANTS, all asserted by host_check():
 *   HO1  1 <= nr_cpus <= CPU_MAX and 1 <= nr_nodes <= NODE_MAX.
 *   HO2  Each CPU is in exactly one node, the one it names; nr_cpus of a node
 *        counts its set, and the sets together are {0, ..., nr_cpus - 1}.
 *   HO3  core, socket and llc are dense; CPUs of one core share socket and
 *        llc, and their thread numbers are 0, 1, ... by rising number.
 *   HO4  Nodes with CPUs come first, in the order their first CPUs have.
 *   HO5  A node's ranges rise, do not touch, and sum to its pages; ranges of
 *        two nodes do not overlap; total_pages is the sum and is not 0.
 *   HO6  Distances are 10 on the diagonal and more than 10 elsewhere.
 *   HO7  Latencies, core caps, controllers, link capacities and cache sizes
 *        are finite and above 0; pair[i][j] is the smallest on its way.
 *   HO8  A route [i][i] is empty. Any other has links: the first starts at i
 *        or its hub, each further one where the one before ended, and the last
 *        ends at j or its hub.
 *   HO9  The loaded-latency curve starts at (0, 1), ends at utilisation 1, and
 *        rises in utilisation strictly, in factor weakly.
 *   HO10 Each constant lies within its bounds and has an origin with a text.
 *   HO11 A device names a node, or HOST_NONE.
 *
 * LEFT OUT  memory hot-plug, offlined pages, cache sharing other than at the
 *         last level, frequency changes, huge differences between cores.
 *
 * DIFFERS from Xen where hwloc knows several nodes local to one CPU (fast and
 *         ordinary memory): the CPU belongs to the one with the lowest
 *         os_index, the others become nodes without CPUs, as firmware has it.
 *
 * TESTS   sim/test/check_host.c
 */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include "base/arena.h"
#include "base/cpuset.h"
#include "base/nodeset.h"
#include "host/constants.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	HOST_NONE = 0xffff,
	HOST_DISTANCE_LOCAL = 10,
	HOST_DISTANCE_REMOTE = 20,
	HOST_DISTANCE_MAX = 254, /* 255 reads as "no distance" */
	HOST_WARNING_MAX = 32,   /* further ones are counted only */
	HOST_CURVE_MAX = 64,
	HOST_TEXT_MAX = 1024,    /* of a warning or an origin */
};

/* Where CPUs and nodes were read. */
enum host_topology_kind {
	HOST_TOPOLOGY_NONE, /* made by a program */
	HOST_TOPOLOGY_SYNTHETIC,
	HOST_TOPOLOGY_XML,
	HOST_TOPOLOGY_THIS,
};

/* How far a number can be trusted; the order is that of rising trust. */
enum host_origin_kind {
	HOST_ASSUMED,   /* a guess or a rule of thumb */
	HOST_PUBLISHED, /* a table somebody printed */
	HOST_MEASURED,  /* a results folder, or hwloc's memory attributes */
	HOST_SOURCE,    /* read from firmware, the file, or a source text */
	HOST_ORIGIN_COUNT
};

struct host_origin {
	enum host_origin_kind kind;
	const char *from; /* which table, folder or rule; never NULL */
};

struct host_cpu {
	uint16_t node;
	uint16_t core;   /* host-wide, dense */
	uint16_t thread; /* 0, 1, ... among the CPUs of its core */
	uint16_t socket; /* host-wide, dense */
	uint16_t llc;    /* last-level cache, host-wide, dense */
	uint32_t os_index;
};

/* MFNs start_mfn .. end_mfn - 1. */
struct host_range {
	uint64_t start_mfn;
	uint64_t end_mfn;
};

struct host_node {
	uint32_t os_index;
	uint16_t socket;  /* the one it lies in; HOST_NONE if in none or many */
	uint32_t nr_cpus; /* 0: memory only */
	cpuset cpus;
	uint64_t pages;   /* may be 0: CPUs only */
	uint32_t nr_ranges;
	struct host_range *range;
	const char *kind; /* "" or hwloc's subtype, as "MCDRAM" */
};

struct host_llc {
	uint64_t bytes;
	uint32_t nr_cpus;
};

/* One direction of a connection between two nodes or sockets. */
struct host_link {
	uint16_t from; /* node; a hub's number is that of its lowest node */
	uint16_t to;
	double bytes_per_s;
};

/* link[first .. first + count - 1] of host.route_link */
struct host_route {
	uint32_t first;
	uint32_t count;
};

/* Idle latency is multiplied by factor when the resource is so busy. */
struct host_curve_point {
	double utilisation; /* 0..1 */
	double factor;      /* >= 1 */
};

struct host_device {
	const char *name;       /* "eth0", "0000:04:00.0" */
	const char *device_class; /* "net", "storage", "gpu", "other" */
	uint16_t node;          /* HOST_NONE: not known */
};

struct host_constants {
#define HOST_FIELD(field, unit, value, min, max, kind, from, meaning)          \
	double field;
	HOST_CONSTANT_LIST(HOST_FIELD)
#undef HOST_FIELD
};

enum host_constant_id {
#define HOST_ID(field, unit, value, min, max, kind, from, meaning)             \
	HOST_CONSTANT_##field,
	HOST_CONSTANT_LIST(HOST_ID)
#undef HOST_ID
	HOST_CONSTANT_COUNT
};

/* A row of host_constant_table: what is known of one constant. */
struct host_constant {
	const char *group; /* "page": its place in the profile */
	const char *name;  /* "scrub_page_ns" */
	const char *unit;
	const char *meaning;
	double value; /* default */
	double min;
	double max;
	struct host_origin origin; /* of the default */
	size_t offset;             /* in struct host_constants */
};

extern const struct host_constant host_constant_table[HOST_CONSTANT_COUNT];

struct host {
	const char *name;    /* file name without .yaml, "this", or "synthetic" */
	const char *summary; /* one line for people */
	enum host_topology_kind topology_kind;
	const char *topology; /* the synthetic string or the path of the XML */

	uint32_t nr_cpus;
	uint32_t nr_cores;
	uint32_t nr_sockets;
	uint32_t nr_llcs;
	uint32_t nr_nodes;
	uint32_t nr_cpu_nodes; /* nodes 0 .. nr_cpu_nodes - 1 have CPUs */
	uint64_t total_pages;
	struct host_cpu *cpu;   /* [nr_cpus] */
	struct host_llc *llc;   /* [nr_llcs] */
	struct host_node *node; /* [nr_nodes] */

	uint8_t *distance;  /* [nr_nodes^2] */
	double *latency_ns; /* [nr_nodes^2]; idle, one dependent load */
	double *core_bytes_per_s;       /* [nr_nodes^2]; one core alone */
	double *controller_bytes_per_s; /* [nr_nodes] */
	double *pair_bytes_per_s; /* [nr_nodes^2]; all CPUs of i from memory j */
	uint32_t nr_links;
	struct host_link *link;   /* [nr_links] */
	uint16_t *hub;            /* [nr_nodes]; where a node meets the links */
	struct host_route *route; /* [nr_nodes^2] */
	uint32_t *route_link;     /* indices into link[] */
	uint32_t nr_curve_points;
	struct host_curve_point *curve;

	struct host_constants constant;
	struct host_origin constant_origin[HOST_CONSTANT_COUNT];

	struct host_origin topology_origin; /* CPUs, nodes, caches */
	struct host_origin memory_origin;
	struct host_origin range_origin;
	struct host_origin llc_origin;
	struct host_origin distance_origin;
	struct host_origin latency_origin;
	struct host_origin core_origin;
	struct host_origin controller_origin;
	struct host_origin link_origin;
	struct host_origin route_origin;
	struct host_origin curve_origin;

	uint32_t nr_devices;
	struct host_device *device;

	uint32_t nr_warnings; /* may exceed HOST_WARNING_MAX */
	const char *warning[HOST_WARNING_MAX];
};

/*
 * A host with the default constants and nothing else. Readers fill in CPUs,
 * nodes and what else they know; 0 or NULL means "not known", in matrices too.
 */
struct host *host_new(struct arena *arena);

/* Derives what is missing by the rules above and checks the result. */
void host_complete(struct arena *arena, struct host *host);

/* 10 and 20 where there are no distances yet: what Xen assumes. */
void host_default_distances(struct arena *arena, struct host *host);

/*
 * Lays nodes end to end from MFN 0, going round [hole_start, hole_end); no
 * hole if the two are equal.
 */
void host_lay_memory(struct arena *arena, struct host *host,
		     uint64_t hole_start_mfn, uint64_t hole_end_mfn);

/* Aborts if an invariant does not hold. O(cpus + nodes^3). */
void host_check(const struct host *host);

/* Keeps one line for the person; printed by `nodewise host` and in run.json. */
void host_warn(struct arena *arena, struct host *host, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Text made in the arena, cut at HOST_TEXT_MAX. */
char *host_text(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

const char *host_origin_name(enum host_origin_kind kind); /* "assumed" */

/*
 * Is this a SLIT that Xen takes: 10 on the diagonal, 11..254 elsewhere? If not
 * *row and *column say where it is not.
 */
bool host_distances_valid(const uint64_t *distance, uint32_t count,
			  uint32_t *row, uint32_t *column);

static inline uint8_t host_distance(const struct host *host, uint32_t i,
				    uint32_t j)
{
	return host->distance[i * host->nr_nodes + j];
}

static inline double host_latency_ns(const struct host *host, uint32_t cpu_node,
				     uint32_t mem_node)
{
	return host->latency_ns[cpu_node * host->nr_nodes + mem_node];
}

static inline double host_core_bytes_per_s(const struct host *host,
					   uint32_t cpu_node, uint32_t mem_node)
{
	return host->core_bytes_per_s[cpu_node * host->nr_nodes + mem_node];
}

/* The links of traffic from CPUs of i to memory of j; *count may be 0. */
static inline const uint32_t *host_route(const struct host *host, uint32_t i,
					 uint32_t j, uint32_t *count)
{
	const struct host_route *route = &host->route[i * host->nr_nodes + j];

	*count = route->count;
	return host->route_link + route->first;
}

/*
 * What all CPUs of i together can get from memory of j on an idle host: the
 * smallest capacity of the links on the way and j's controller.
 */
double host_way_bytes_per_s(const struct host *host, uint32_t i, uint32_t j);

/* CPUs of a set of nodes. */
cpuset host_cpus_of(const struct host *host, nodeset nodes);

/* Node of an MFN; NODE_NONE in a hole or beyond the end. */
uint32_t host_node_of_mfn(const struct host *host, uint64_t mfn);

/* One past the highest MFN. */
uint64_t host_end_mfn(const struct host *host);

/*
 * Width of the addresses Xen hands out last (facts/xen.md 4.4); 0 on a host of
 * one node.
 */
uint32_t host_dma_bits(const struct host *host);

/* Pages of a node below 2^dma_bits; 0 if there is no such range. */
uint64_t host_dma_pages(const struct host *host, uint32_t node);

/* How two CPUs lie to each other, nearest first. */
enum host_near {
	HOST_SAME_CPU,
	HOST_SIBLING,    /* threads of one core */
	HOST_SAME_LLC,
	HOST_SAME_NODE,  /* other last-level cache */
	HOST_OTHER_NODE,
};

enum host_near host_near(const struct host *host, uint32_t a, uint32_t b);

/* Fixed cost of moving a vCPU from CPU a to b; 0 if a == b. */
double host_migrate_ns(const struct host *host, uint32_t a, uint32_t b);

/*
 * Work done together by so many busy threads of one core, one alone = 1. Two
 * do smt_factor; each further one adds half of what the one before added.
 */
double host_smt_work(const struct host *host, uint32_t busy);

/*
 * Cost of populating one extent: straight lines in pages through the given
 * costs of orders 0, 9 and 18. order <= 18.
 */
double host_populate_ns(const struct host *host, uint32_t order);

/* The loaded-latency curve at 0..1, straight between its points. */
double host_latency_factor(const struct host *host, double utilisation);

static inline double *host_constant_at(struct host_constants *constants,
				       enum host_constant_id id)
{
	return (double *)((char *)constants + host_constant_table[id].offset);
}

static inline double host_constant_value(const struct host *host,
					 enum host_constant_id id)
{
	return *(const double *)((const char *)&host->constant +
				 host_constant_table[id].offset);
}

#endif
