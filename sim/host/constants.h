/*
 * constants.h - every scalar the model of a machine needs, with its default,
 *               its bounds, where the default comes from and what it means.
 *
 * RULE    One line a constant. The line makes the field of struct
 *         host_constants, the row of host_constant_table, the key of the host
 *         profile (group: field:) and the line `nodewise host` prints. To add
 *         a constant add a line here; nothing else knows the list.
 *
 *           X(field, unit, default, min, max, origin, from, meaning)
 *
 * SOURCE  A2, A3, A4, A9 and 1.3 are the published tables of facts/measuring.md.
 *         A9's populate costs: 415b58c184b4 saves 1.8 us a page by going from
 *         order-0 to order-9 extents, 72b02bc75b47 needs 4.1 ns a page by
 *         order; so an extent of 2^k pages costs 1800 + 4.1 * 2^k ns.
 */
#ifndef HOST_CONSTANTS_H
#define HOST_CONSTANTS_H

#define HOST_CPU_CONSTANTS(X)                                                  \
	X(smt_factor, "x", 1.37, 1, 2, PUBLISHED,                              \
	  "A2: sysbench cpu, 2 to 10 VMs on 8 cores x 2 threads",              \
	  "work done by two busy siblings together, one alone = 1")            \
	X(write_latency_factor, "x", 1.13, 1, 10, PUBLISHED,                   \
	  "A4: write-only against read-only, idle, local",                     \
	  "time of a miss that writes, a miss that reads = 1")                 \
	X(write_weight, "x", 1, 0, 4, PUBLISHED,                               \
	  "A4: each write also evicts a line",                                 \
	  "lines written back by a miss that writes, besides the one read")

#define HOST_SPEED_CONSTANTS(X)                                               \
	X(local_latency_ns, "ns", 82, 1, 100000, PUBLISHED,                    \
	  "1.3: MLC on Xeon Silver 4110, longest delay, 81.96 ns",             \
	  "idle latency at distance 10, where latency_ns is not given")        \
	X(core_gb_per_s, "GB/s", 12, 0.01, 10000, ASSUMED,                     \
	  "one core's line buffers over 82 ns",                                \
	  "one core from local memory, where core_gb_per_s is not given")      \
	X(socket_gb_per_s, "GB/s", 90.9, 0.01, 100000, PUBLISHED,              \
	  "1.3: MLC, 2-socket Xeon, cncf/cnf-testbed issue 129",               \
	  "all controllers of a socket, where none are given")                 \
	X(link_share, "x", 0.379, 0.001, 1, PUBLISHED,                         \
	  "1.3: remote over local, cncf/cnf-testbed issue 129",                \
	  "link over controller, where no links are given")                    \
	X(link_queue_ns, "ns", 0, 0, 10000, ASSUMED,                           \
	  "no table tells a link's queue from a controller's",                 \
	  "delay at a link for each unit that loaded_latency is above 1")      \
	X(opposite_share, "x", 0, 0, 1, ASSUMED,                               \
	  "full-duplex links",                                                 \
	  "capacity that a byte takes of the link the other way")

#define HOST_PAGE_CONSTANTS(X)                                                 \
	X(hypercall_ns, "ns", 500, 0, 1e6, ASSUMED,                            \
	  "entry, copy of arguments and exit",                                 \
	  "one hypercall, whatever it does")                                   \
	X(populate_4k_ns, "ns", 1804.1, 0, 1e9, PUBLISHED,                     \
	  "A9: 415b58c184b4 and 72b02bc75b47",                                 \
	  "one extent of order 0: allocate, enter in the p2m")                 \
	X(populate_2m_ns, "ns", 3899.2, 0, 1e9, PUBLISHED,                     \
	  "A9: 415b58c184b4 and 72b02bc75b47",                                 \
	  "one extent of order 9")                                             \
	X(populate_1g_ns, "ns", 1076590.4, 0, 1e10, PUBLISHED,                 \
	  "A9: 415b58c184b4 and 72b02bc75b47",                                 \
	  "one extent of order 18")                                            \
	X(scrub_page_ns, "ns", 1568, 0, 1e9, PUBLISHED,                        \
	  "A9: 7430a86de0c9, 128 GB in 49 s by one CPU",                       \
	  "one CPU scrubs one page")                                           \
	X(free_page_ns, "ns", 130, 0, 1e9, PUBLISHED,                          \
	  "A9: d0887cc6b16e, heap lock held 0.362 s for 2,788,704",            \
	  "one page given back when a domain dies")

#define HOST_TOOLSTACK_CONSTANTS(X)                                            \
	X(create_ns, "ns", 5e6, 0, 1e12, ASSUMED,                              \
	  "order of magnitude", "domain shell, defaults and checks")           \
	X(vcpu_ns, "ns", 2e5, 0, 1e12, ASSUMED,                                \
	  "order of magnitude", "make one vCPU and set its affinity")          \
	X(snapshot_ns, "ns", 2e6, 0, 1e12, ASSUMED,                            \
	  "order of magnitude", "read nodes and CPU topology for placement")   \
	X(snapshot_vcpu_ns, "ns", 2e4, 0, 1e12, ASSUMED,                       \
	  "order of magnitude", "read one existing vCPU for placement")        \
	X(device_model_ns, "ns", 2e8, 0, 1e12, ASSUMED,                        \
	  "order of magnitude", "start of the device model and devices")       \
	X(unpause_ns, "ns", 1e6, 0, 1e12, ASSUMED,                             \
	  "order of magnitude", "xenstore entries and unpause")                \
	X(destroy_ns, "ns", 5e7, 0, 1e12, ASSUMED,                             \
	  "order of magnitude", "tear-down before pages are given back")

#define HOST_SCHEDULE_CONSTANTS(X)                                             \
	X(context_switch_ns, "ns", 1500, 0, 1e9, ASSUMED,                      \
	  "order of magnitude", "one pCPU changes from one vCPU to another")   \
	X(wake_ns, "ns", 1000, 0, 1e9, ASSUMED,                                \
	  "order of magnitude", "from a tickle to schedule() on the other pCPU") \
	X(migrate_sibling_ns, "ns", 300, 0, 1e9, ASSUMED,                      \
	  "order of magnitude", "a vCPU goes on on a sibling thread")          \
	X(migrate_llc_ns, "ns", 2000, 0, 1e9, ASSUMED,                         \
	  "order of magnitude", "on another core of its last-level cache")     \
	X(migrate_node_ns, "ns", 4000, 0, 1e9, ASSUMED,                        \
	  "order of magnitude", "on another last-level cache of its node")     \
	X(migrate_remote_ns, "ns", 8000, 0, 1e9, ASSUMED,                      \
	  "order of magnitude", "on another node; the cache refill is extra")

/* Y(GROUP, group): the groups, in the order they are printed. */
#define HOST_CONSTANT_GROUPS(Y)                                                \
	Y(CPU, cpu)                                                            \
	Y(SPEED, speed)                                                        \
	Y(PAGE, page)                                                          \
	Y(TOOLSTACK, toolstack)                                                \
	Y(SCHEDULE, schedule)

#define HOST_CONSTANT_LIST(X)                                                  \
	HOST_CPU_CONSTANTS(X)                                                  \
	HOST_SPEED_CONSTANTS(X)                                               \
	HOST_PAGE_CONSTANTS(X)                                                 \
	HOST_TOOLSTACK_CONSTANTS(X)                                            \
	HOST_SCHEDULE_CONSTANTS(X)

#endif
