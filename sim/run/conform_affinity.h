/*
 * conform_affinity.h - one recorded node affinity of Xen's own code, and ours.
 *
 * SOURCE  README of the golden data, "affinity": domain_update_node_aff(),
 *         domain_set_node_affinity() and the soft-affinity rules.
 *         sim/test/golden/affinity.jsonl.gz has 250 records.
 *
 * TESTS   sim/test/check_affinity.c
 */
#ifndef RUN_CONFORM_AFFINITY_H
#define RUN_CONFORM_AFFINITY_H

#include "run/conform.h"

bool conform_affinity_is(const json_t *record);

int conform_affinity(const json_t *record, struct conform_result *diff,
		     struct err *err);

#endif
