/*
 * topology.h - CPUs, nodes, memory and distances from hwloc, and back to it.
 *
 * SOURCE  hwloc 2.9's documentation; facts/xen.md 0.2. hwloc is named in
 *         topology.c and nowhere else.
 *
 * RULE    Three places a topology comes from: an hwloc synthetic string, an
 *         lstopo XML file (of hwloc 1.x or 2.x), the machine we run on. Each
 *         gives a struct host that host_complete() has not seen yet: what
 *         hwloc does not know is 0 or NULL.
 *
 *         CPUs        PUs by rising os_index; offline ones are left out with a
 *                     warning, disallowed ones (cgroups) are kept: a
 *                     hypervisor has them.
 *         nodes       numbered as Xen does (host.h). A CPU in several nodes is
 *                     of the smallest, then of the lowest os_index; one in none
 *                     is of node 0, with a warning.
 *         memory      local memory, whole pages, 0 if hwloc knows none: see
 *                     topology_default_memory().
 *         distances   of all matrices over just the NUMA nodes that mean
 *                     latency: hwloc's own "NUMALatency" first, then one from
 *                     the OS, then one of a user; which one is said in
 *                     distance_origin. One that Xen would not take as SLIT
 *                     is replaced by 10 and 20, with a warning.
 *         attributes  Latency (else ReadLatency) fills latency_ns, Bandwidth
 *                     (else ReadBandwidth) the controllers and, for other
 *                     nodes, the links. A value out of all reason is left
 *                     out with a warning.
 *         caches      the last level is L3 where there is one, else L2; a
 *                     memory-side cache is not one.
 *         devices     network, storage and GPU devices with the node they hang
 *                     on, by the name of the OS, else by bus address.
 *
 *         sockets     packages. Where hwloc knows none each node with CPUs
 *                     counts as a socket, with a warning.
 *
 *         A value that a host with assumed numbers wrote back keeps its
 *         origin: it is in the XML, as an info of the machine.
 *
 * LEFT OUT  distances between other things than NUMA nodes, CPU kinds, memory
 *         attributes as seen from a GPU.
 *
 * TESTS   sim/test/check_topology.c
 */
#ifndef HOST_TOPOLOGY_H
#define HOST_TOPOLOGY_H

#include "base/err.h"
#include "host/host.h"

/*
 * Each returns 0 and *host in the arena, or -1 and one line in err. The line of
 * a file begins with its path.
 */
int topology_from_synthetic(struct arena *arena, const char *text,
			    struct host **host, struct err *err);
int topology_from_xml(struct arena *arena, const char *path, struct host **host,
		      struct err *err);

/* The machine we run on: the one place where sim/ reads it, at a user's word. */
int topology_from_this(struct arena *arena, struct host **host,
		       struct err *err);

/*
 * For a host of which no node has memory: an XML file that gives none (old
 * hwloc) gets 1 GiB a CPU, assumed, with a warning. Any other is an error, and
 * so are more than 24 TiB on a node: -1 and one line in err. Called once the
 * profile has had its say.
 */
int topology_default_memory(struct arena *arena, struct host *host,
			    struct err *err);

/*
 * Writes a complete host as XML that hwloc and lstopo read: its distances as
 * NUMALatency, its latencies as memory attribute Latency, the bandwidth that
 * CPUs of one node can get of another's memory as Bandwidth. Reading the file
 * gives the same CPUs, nodes, memory and distances, latencies to the ns and
 * bandwidths to the MiB/s. A host that no topology was read for has none.
 * Returns 0, or -1 and one line in err.
 */
int topology_export_xml(const struct host *host, const char *path,
			struct err *err);

#endif
