/*
 * conform_populate.h - one recorded domain build of Xen's own code, and ours.
 *
 * SOURCE  README of the golden data, "populate": meminit_hvm(), meminit_pv().
 *         sim/test/golden/populate.jsonl.gz has 200 records.
 *
 * RULE    The builder is asked for its calls; a host that grants as many 1 GiB
 *         and 2 MiB extents as the record says answers them; every call is
 *         compared: order, extents, node, exact, first gfn, extents done.
 *
 * TESTS   sim/test/check_populate.c
 */
#ifndef RUN_CONFORM_POPULATE_H
#define RUN_CONFORM_POPULATE_H

#include "run/conform.h"

bool conform_populate_is(const json_t *record);

int conform_populate(const json_t *record, struct conform_result *diff,
		     struct err *err);

#endif
