/*
 * vnuma_report.h - a guest's vNUMA plan as tables for people, or as JSON.
 *
 * RULE    Text: the guest and the host in a line; vnodes with their pnode, size
 *         and vCPUs; ranges of guest addresses; the distances that are set; what
 *         a person should know. JSON: the same and both tables in hex.
 *
 *         Warnings are of three kinds: of the file (xlcfg.h), libxl's own
 *         ("libxl: Vcpu 0 hard affinity and vnuma info mismatch"), and ours, of
 *         what Xen does without a word (facts/xen.md 2.1, 2.3, 2.5, 3).
 *
 * TESTS   sim/test/check_cmd_vnuma.c
 */
#ifndef RUN_VNUMA_REPORT_H
#define RUN_VNUMA_REPORT_H

#include "host/host.h"
#include "toolstack/acpi.h"
#include "toolstack/vnuma_plan.h"

#include <jansson.h>
#include <stdio.h>

enum { VNUMA_WARNING_MAX = 128 }; /* further ones are counted only */

struct vnuma_report {
	const struct xlcfg *config;
	const struct host *host;
	const struct vnuma_plan *plan;
	bool corrected;
	struct acpi_table srat, slit; /* empty where the guest gets none */
	uint32_t warning_count;       /* all, kept or not */
	const char *warning[VNUMA_WARNING_MAX];
};

/* Tables and warnings; both come from the arena. */
void vnuma_report_make(struct arena *arena, struct vnuma_report *report);

void vnuma_report_print(struct arena *arena, const struct vnuma_report *report,
			FILE *out, bool colours);

/* A new reference. */
json_t *vnuma_report_json(const struct vnuma_report *report);

#endif
