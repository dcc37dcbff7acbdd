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
 * TESTS   sim/test/check_placement_golden.c
 */
#ifndef RUN_CONFORM_PLACEMENT_H
#define RUN_CONFORM_PLACEMENT_H

#include "base/err.h"
#include "run/conform.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Is this a record of placement? By its "kind". */
bool conform_placement_is(const json_t *record);

/* 0 and *diff; -1 and one line in *err for a record that cannot be read. */
int conform_placement(const json_t *record, struct conform_diff *diff,
		      struct err *err);

#endif
