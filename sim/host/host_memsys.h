/*
 * host_memsys.h - what the memory system (host/memsys.h) is told of a host.
 *
 * RULE    Capacities, latencies, links and routes are the host's own arrays,
 *         borrowed: the host must live until memsys_create() has copied them.
 *         smt_throughput[k] is host_smt_work(k). One loaded-latency curve
 *         serves controllers and links; a link's delay is link_queue_ns. A
 *         node without memory has no controller.
 *
 * TESTS   sim/test/check_host.c
 */
#ifndef HOST_HOST_MEMSYS_H
#define HOST_HOST_MEMSYS_H

#include "host/host.h"
#include "host/memsys.h"

/* Fills config from a complete host; what needs room comes from the arena. */
void host_memsys_config(struct arena *arena, const struct host *host,
			struct memsys_config *config);

#endif
