/*
 * conform_placement.h - one recorded answer of libxl's placement, and ours.
 *
 * SOURCE  The records are described in the README of the golden data, section
 *         A: {"kind": "place" | "candidate", "request", "host", "pools",
 *         "domains", "result"}. sim/test/golden/placement.jsonl.gz has 2,500.
 *
 * RULE    From a record a host, its vCPU count (place/count.h) and a query are
 *         made, libxl's search (place/libxl_search.h) is asked, and all that
 *         the record's result says is compared: rc, found, nodes, nr_nodes,
 *         nr_cpus, nr_vcpus, free_memkb, and for "place" min_free_memkb and
 *         soft_cpus. A "place" record goes through struct place_view, and the
 *         heuristic `libxl` itself is asked as well.
 *
 *         With options->libxl_fixed the heuristic `libxl-fixed` is asked
 *         instead, and found and nodes compared: how often do libxl's defects
 *         change the answer? A "candidate" record, which no heuristic can be
 *         asked, goes through libxl's search in full width: repairs F1, F2 and
 *         F4 of libxl_fixed.c.
 *
 * TESTS   sim/test/check_placement_golden.c
 */
#ifndef RUN_CONFORM_PLACEMENT_H
#define RUN_CONFORM_PLACEMENT_H

#include "run/conform.h"

/* Is this a record of placement? By its "kind". */
bool conform_placement_is(const json_t *record);

/* 0 and *diff; -1 and one line in *err for a record that cannot be read. */
int conform_placement_with(const json_t *record,
			   const struct conform_options *options,
			   struct conform_result *result, struct err *err);
/* Against libxl. */
int conform_placement(const json_t *record, struct conform_result *diff,
		      struct err *err);

#endif
