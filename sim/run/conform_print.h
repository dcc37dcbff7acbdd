/*
 * conform_print.h - what `nodewise conform` says: a table, or JSON.
 *
 *         file                kind       agreed     not modelled
 *         ------------------  ---------  ---------  ------------
 *         placement.jsonl.gz  placement  2499/2500             0
 *
 *         placement.jsonl.gz: placement: 1 differs
 *           line 13, case 12: nodes: expected 0-1, got 2
 *
 * TESTS   sim/test/check_conform.c
 */
#ifndef RUN_CONFORM_PRINT_H
#define RUN_CONFORM_PRINT_H

#include "run/conform_run.h"

#include <stdio.h>

/* Sums over all rows of all files. */
struct conform_totals {
	uint64_t agreed, differed, unmodelled;
	uint32_t failed_files;
};

struct conform_totals conform_totals(const struct conform_report *report,
				     size_t count);

void conform_print(FILE *out, const struct conform_report *report,
		   size_t count, const struct conform_options *options,
		   bool colours);

/* A new reference. */
json_t *conform_report_json(const struct conform_report *report, size_t count,
			    const struct conform_options *options);

#endif
