#include "bench/engine/engine.h"

#include "base/arena.h"
#include "base/err.h"

#include <stdio.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

const char *const engine_model_names[MODEL_COUNT] = {
	[MODEL_HOLD] = "hold",
	[MODEL_MOVE] = "move",
	[MODEL_MM1] = "mm1",
};

const struct contender engine_contenders[] = {
	{.name = "nodewise",
	 .summary = "complete engine, callbacks, one-shot events",
	 .run = ours_run,
	 .thinned = 1},
	{.name = "nodewise timers",
	 .summary = "the same, timers made once and set again",
	 .run = ours_timers_run,
	 .thinned = 1},
	{.name = "pending set",
	 .summary = "its tournament tree alone, inlined",
	 .run = bare_run,
	 .thinned = 1},
	{.name = "pending set, C",
	 .summary = "the tree with the comparison in plain C",
	 .run = bare_plain_run,
	 .thinned = 1},
	{.name = "ns-3",
	 .summary = "C++ callbacks, its default scheduler (a map)",
	 .run = rival_run_program,
	 .program = "rival-ns3",
	 .thinned = 1},
	{.name = "SimGrid",
	 .summary = "actors in sleep_for, a tenth of the events",
	 .run = rival_run_program,
	 .program = "rival-simgrid",
	 .thinned = 10},
};
const uint32_t engine_contenders_count = COUNT_OF(engine_contenders);

const struct engine_case engine_cases_full[] = {
	{MODEL_HOLD, 100, 1000000},	{MODEL_HOLD, 1000, 1000000},
	{MODEL_HOLD, 10000, 1000000},	{MODEL_HOLD, 100000, 1000000},
	{MODEL_HOLD, 1000000, 1000000}, {MODEL_MOVE, 100, 1000000},
	{MODEL_MOVE, 1000, 1000000},	{MODEL_MOVE, 10000, 1000000},
	{MODEL_MOVE, 100000, 1000000},	{MODEL_MOVE, 1000000, 1000000},
	{MODEL_MM1, 0, 1000000},
};
const uint32_t engine_cases_full_count = COUNT_OF(engine_cases_full);

const struct engine_case engine_cases_quick[] = {
	{MODEL_HOLD, 100, 200000},  {MODEL_HOLD, 1000, 200000},
	{MODEL_HOLD, 10000, 200000}, {MODEL_MOVE, 1000, 200000},
	{MODEL_MM1, 0, 200000},
};
const uint32_t engine_cases_quick_count = COUNT_OF(engine_cases_quick);

static struct engine_row *row_at(const struct engine_report *report,
				 uint32_t case_index, uint32_t contender_index)
{
	require(case_index < report->config.cases_count);
	require(contender_index < report->config.contenders_count);
	return &report->row[case_index * report->config.contenders_count +
			    contender_index];
}

const struct engine_row *engine_row_of(const struct engine_report *report,
				       uint32_t case_index,
				       uint32_t contender_index)
{
	return row_at(report, case_index, contender_index);
}

/* One contender once; its checksum is compared with A's of this round. */
static void contender_run(struct engine_report *report, uint32_t case_index,
			  uint32_t contender_index, struct outcome *first)
{
	const struct engine_config *config = &report->config;
	const struct contender *contender =
		&config->contenders[contender_index];
	struct engine_row *row = row_at(report, case_index, contender_index);
	struct engine_case c = config->cases[case_index];
	struct outcome outcome;

	if (row->skipped)
		return;
	c.count /= contender->thinned;
	contender->run(contender, &c, &config->clock, &outcome);
	if (outcome.skipped) {
		row->skipped = true;
		snprintf(row->reason, sizeof(row->reason), "%s",
			 outcome.reason);
		return;
	}
	samples_add(&row->ns, outcome.ns);
	row->bytes = outcome.bytes;
	row->stayed_s = outcome.stayed_s;
	if (contender_index == 0) {
		*first = outcome;
		row->sum = SUM_REFERENCE;
	} else if (outcome.sum_known && first->sum_known &&
		   contender->thinned == 1 && row->sum != SUM_OTHER) {
		row->sum = outcome.sum == first->sum ? SUM_SAME : SUM_OTHER;
	}
}

struct engine_report *engine_run(struct arena *arena,
				 const struct engine_config *config)
{
	struct engine_report *report = arena_alloc(arena, sizeof(*report));
	uint64_t done = 0;

	require(config->rounds >= 1 && config->rounds <= SAMPLES_MAX);
	require(config->contenders_count >= 1);
	report->config = *config;
	report->row = arena_array(arena,
				  (size_t)config->cases_count *
					  config->contenders_count,
				  sizeof(*report->row));
	conditions_begin(&report->conditions, &config->clock, config->rounds);
	for (uint32_t c = 0; c < config->cases_count; c++)
		for (uint32_t round = 0; round < config->rounds; round++) {
			struct outcome first = {.sum_known = false};

			for (uint32_t i = 0; i < config->contenders_count;
			     i++) {
				contender_run(report, c, i, &first);
				done++;
				if (config->progress)
					config->progress(config->progress_state,
							 done);
			}
		}
	conditions_end(&report->conditions);
	return report;
}

double engine_ratio(const struct engine_report *report, uint32_t case_index,
		    uint32_t contender_index)
{
	struct samples ratio;

	samples_ratio(&ratio,
		      &row_at(report, case_index, contender_index)->ns,
		      &row_at(report, case_index, 0)->ns);
	return samples_median(&ratio);
}

bool engine_differs(const struct engine_report *report)
{
	uint32_t rows = report->config.cases_count *
			report->config.contenders_count;

	for (uint32_t i = 0; i < rows; i++)
		if (report->row[i].sum == SUM_OTHER)
			return true;
	return false;
}
