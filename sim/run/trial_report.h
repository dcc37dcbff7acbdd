/*
 * trial_report.h - what `nodewise place` prints, as text or as JSON.
 *
 * RULE    One table a guest, a row a heuristic. For those that were asked for
 *         by name (or libxl) also: the candidates, where the pages land by
 *         node and size of extent, and the lines for xl.cfg.
 *
 * TESTS   sim/test/check_cmd_place.c
 */
#ifndef RUN_TRIAL_REPORT_H
#define RUN_TRIAL_REPORT_H

#include "run/trial.h"
#include "run/trial_cfg.h"
#include "run/trial_cost.h"

#include <stdio.h>

/* All borrowed. trial and cost: [guest * ops_count + heuristic]. */
struct trial_report {
	struct arena *arena;           /* scratch for texts */
	const struct host *host;
	bool speeds_assumed;           /* host was made from the state */
	const struct host_state *state; /* before the first guest */
	bool live;                     /* false: empty but for dom0 */
	const struct workload *workload; /* NULL = none */
	uint32_t ops_count;
	const struct place_ops *const *ops;
	const bool *detailed;          /* [ops_count] */
	bool explain;
	uint32_t guest_count;
	struct xlcfg *const *config;   /* [guest_count] */
	const struct trial *trial;
	const struct trial_cost *cost; /* of a guest that was built */
};

void trial_report_text(const struct trial_report *report, FILE *out,
		       bool colours);
void trial_report_json(const struct trial_report *report, FILE *out);

/* Candidates of a trial, best first, as ops->explain gives them; and what libxl
 * would log. Texts come from the arena. */
struct trial_candidate {
	nodeset nodes;
	double score; /* NaN: none */
	const char *text;
};
uint32_t trial_candidates(struct arena *arena, const struct trial *trial,
			  const struct trial_candidate **candidate);
/* Only for the heuristic libxl: lines of `xl -vvv create`. */
uint32_t trial_log(struct arena *arena, const struct trial *trial,
		   const char *const **line);

/* "prefer 0-1", "on 2", "any" */
const char *trial_vcpus(struct arena *arena, const struct trial *trial);

#endif
