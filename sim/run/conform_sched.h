/*
 * conform_sched.h - one recorded sum of Xen's scheduler arithmetic, and ours.
 *
 * SOURCE  The records are described in the README of the golden data, section
 *         E: {"kind": "credit2_burn", "in": {...}, "out": {...}} and others.
 *         sim/test/golden/sched.jsonl.gz has 1,000.
 *
 * RULE    The functions of credit2.h and credit.h that a run itself uses are
 *         given the input, and what they make of it is compared with "out". A
 *         kind that no scheduler of xen/ has is no error: modelled is false.
 *
 * TESTS   sim/test/check_credit2.c
 */
#ifndef RUN_CONFORM_SCHED_H
#define RUN_CONFORM_SCHED_H

#include "run/conform.h"

/* Is this a record of scheduler arithmetic? By its "kind". */
bool conform_sched_is(const json_t *record);

/* 0 and *result; -1 and one line in *err for a record that cannot be read. */
int conform_sched(const json_t *record, struct conform_result *result,
		  struct err *err);

#endif
