/*
 * conform_vnuma.h - recorded ranges and verdicts of libxl's vNUMA, and ours.
 *
 * SOURCE  README of the golden data, section B: the builders of vmemranges for
 *         PV, PV with e820_host, HVM and PVH, then libxl__vnuma_config_check().
 *         sim/test/golden/vnuma.jsonl.gz has 300 records.
 *
 * RULE    From a record come the guest, the host and, by kind, a hole, a map or
 *         the ranges themselves. Everything in "result" is compared: build_rc,
 *         ranges, check_rc, affinity_warnings, sorted, reason; and for
 *         "pv_e820_host" also sanitized_rc and sanitized_e820, which ours is
 *         built on.
 *
 * TESTS   sim/test/check_vnuma_golden.c
 */
#ifndef RUN_CONFORM_VNUMA_H
#define RUN_CONFORM_VNUMA_H

#include "run/conform.h"

/* By its "kind" and "vnodes". */
bool conform_vnuma_is(const json_t *record);

int conform_vnuma(const json_t *record, struct conform_result *result,
		  struct err *err);

#endif
