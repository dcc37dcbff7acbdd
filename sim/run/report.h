/*
 * report.h - what people and programs get of a sweep: a table, JSON, a results
 *            folder.
 *
 * RULE    A figure of the table is the mean over seeds; "± x" is half of its
 *         95 % confidence interval (Student's t over the seeds; seeds are
 *         independent runs). One seed has no interval.
 *
 *         The folder holds run.json, samples.csv (one row per run and metric),
 *         guests.csv (one per guest), nodes.csv (the first seed of each case
 *         and heuristic, 100 moments a run) and cases.csv (what the cases of
 *         a sweep are worth on an axis).
 *
 * TESTS   sim/test/check_cli.c
 */
#ifndef RUN_REPORT_H
#define RUN_REPORT_H

#include "base/record.h"
#include "run/sweep.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* The table of one case (counted from sweep->case_first), with a line on guests
 * that were not built. */
void report_table(FILE *out, const struct sweep *sweep,
		  const struct outcome *outcome, uint32_t case_index,
		  bool colours);

/* All cases; the caller owns the reference. */
json_t *report_json(const struct sweep *sweep, const struct outcome *outcome);

/* Everything but run.json. 0, or -1 and err. */
int report_record(struct record *record, const struct sweep *sweep,
		  const struct outcome *outcome, struct err *err);

#endif
