/*
 * engine_print.c - the report of the engine bench: a table, JSON, samples.csv.
 *
 * RULE    Minimum, median and maximum of every row, all rounds in JSON and
 *         samples.csv: whoever doubts a median can look. A contender that was
 *         not there has a row that says why.
 *
 * TESTS   bench/test/check_bench_engine.c
 */
#include "base/arena.h"
#include "base/record.h"
#include "base/table.h"
#include "bench/engine/engine.h"
#include "bench/engine/rival.h"

#include <inttypes.h>
#include <string.h>

static const char *note(const struct engine_row *row, char text[256])
{
	if (row->skipped)
		snprintf(text, 256, "skipped (%s)", row->reason);
	else if (row->sum == SUM_REFERENCE)
		return "reference";
	else if (row->sum == SUM_SAME)
		return "same events";
	else if (row->sum == SUM_OTHER)
		return "OTHER EVENTS";
	else
		return "";
	return text;
}

static void row_figures(struct table *table, const struct engine_report *report,
			uint32_t c, uint32_t i)
{
	const struct engine_row *row = engine_row_of(report, c, i);
	double median = samples_median(&row->ns);

	table_cell(table, "%.1f", samples_min(&row->ns));
	table_cell(table, "%.1f", median);
	table_cell(table, "%.1f", samples_max(&row->ns));
	table_cell(table, "%.1f", 1e3 / median);
	if (engine_row_of(report, c, 0)->skipped)
		table_cell(table, "-");
	else
		table_cell(table, "%.2f", engine_ratio(report, c, i));
	if (row->bytes < 0)
		table_cell(table, "-");
	else
		table_cell(table, "%.0f", row->bytes);
}

static void print_row(struct table *table, const struct engine_report *report,
		      uint32_t c, uint32_t i)
{
	const struct engine_case *case_ = &report->config.cases[c];
	const struct engine_row *row = engine_row_of(report, c, i);
	char number[32], text[256];

	table_cell(table, "%s", i ? "" : engine_model_names[case_->model]);
	table_cell(table, "%s",
		   i		   ? ""
		   : case_->pending ? thousands(number, case_->pending)
				   : "1-2");
	table_cell(table, "%s", report->config.contenders[i].name);
	if (row->skipped)
		for (int column = 0; column < 6; column++)
			table_cell(table, "-");
	else
		row_figures(table, report, c, i);
	table_cell_styled(table,
			  row->sum == SUM_OTHER ? TABLE_BAD : TABLE_PLAIN,
			  "%s", note(row, text));
}

static void print_legend(const struct engine_report *report, FILE *out)
{
	fputs("\nhold   an event fires and schedules itself one exponential "
	      "step later\n"
	      "move   the same, then another event, any, is moved\n"
	      "mm1    a queue with one server, rho 0.9; per object served, two "
	      "events each\n"
	      "ratio  to the first row of the case, within each round; median "
	      "over rounds\n"
	      "bytes  per pending event; the first rows grew by doubling, what "
	      "they outgrew\n"
	      "       counted; the pending set's had room made at once; rivals: "
	      "resident growth\n\n",
	      out);
	for (uint32_t i = 0; i < report->config.contenders_count; i++)
		fprintf(out, "%-15s  %s\n", report->config.contenders[i].name,
			report->config.contenders[i].summary);
}

/* The M/M/1 model's own check: 0.9 / (1 - 0.9) s in theory. */
static void print_theory(const struct engine_report *report, FILE *out)
{
	for (uint32_t c = 0; c < report->config.cases_count; c++) {
		double stayed_s = engine_row_of(report, c, 0)->stayed_s;

		if (report->config.cases[c].model == MODEL_MM1 && stayed_s > 0)
			fprintf(out,
				"\nmm1: mean time in the system %.3f s; "
				"theory 9 s\n",
				stayed_s);
	}
}

void engine_print(struct arena *arena, const struct engine_report *report,
		  FILE *out, bool colours)
{
	struct table *table = table_create(arena);
	static const char *const right[] = {"ns/event\nmin", "\nmedian",
					    "\nmax",	     "million/s",
					    "ratio",	     "bytes"};

	conditions_print(&report->conditions, out);
	table_column(table, "model", TABLE_LEFT);
	table_column(table, "pending", TABLE_RIGHT);
	table_column(table, "engine", TABLE_LEFT);
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		table_column(table, right[i], TABLE_RIGHT);
	table_column(table, "", TABLE_LEFT);
	for (uint32_t c = 0; c < report->config.cases_count; c++) {
		if (c)
			table_rule(table);
		for (uint32_t i = 0; i < report->config.contenders_count; i++)
			print_row(table, report, c, i);
	}
	table_print(table, out, colours);
	print_legend(report, out);
	print_theory(report, out);
	if (engine_differs(report))
		fputs("\nA contender fired OTHER EVENTS: its figures are of "
		      "another model.\n",
		      out);
}

static json_t *row_json(const struct engine_report *report, uint32_t c,
			uint32_t i)
{
	static const char *const sums[] = {"unknown", "reference", "same",
					    "other"};
	const struct engine_case *case_ = &report->config.cases[c];
	const struct engine_row *row = engine_row_of(report, c, i);
	json_t *json = json_pack(
		"{s:s, s:I, s:I, s:s, s:b}", "model",
		engine_model_names[case_->model], "pending",
		(json_int_t)case_->pending, "count",
		(json_int_t)(case_->count /
			     report->config.contenders[i].thinned),
		"engine", report->config.contenders[i].name, "skipped",
		row->skipped);

	if (row->skipped) {
		json_object_set_new(json, "reason", json_string(row->reason));
		return json;
	}
	json_t *rounds = json_array();

	for (uint32_t r = 0; r < row->ns.count; r++)
		json_array_append_new(rounds, json_real(row->ns.value[r]));
	json_object_set_new(json, "ns", rounds);
	json_object_set_new(json, "ns_min", json_real(samples_min(&row->ns)));
	json_object_set_new(json, "ns_median",
			    json_real(samples_median(&row->ns)));
	json_object_set_new(json, "ns_max", json_real(samples_max(&row->ns)));
	if (!engine_row_of(report, c, 0)->skipped)
		json_object_set_new(json, "ratio",
				    json_real(engine_ratio(report, c, i)));
	if (row->bytes >= 0)
		json_object_set_new(json, "bytes", json_real(row->bytes));
	if (row->stayed_s >= 0)
		json_object_set_new(json, "stayed_s", json_real(row->stayed_s));
	json_object_set_new(json, "events", json_string(sums[row->sum]));
	return json;
}

json_t *engine_json(const struct engine_report *report)
{
	json_t *rows = json_array();

	for (uint32_t c = 0; c < report->config.cases_count; c++)
		for (uint32_t i = 0; i < report->config.contenders_count; i++)
			json_array_append_new(rows, row_json(report, c, i));
	json_t *json = json_pack("{s:s}", "suite", "engine");

	conditions_add_json(&report->conditions, json);
	json_object_set_new(json, "rows", rows);
	return json;
}

void engine_record(const struct engine_report *report, struct record *record)
{
	for (uint32_t c = 0; c < report->config.cases_count; c++)
		for (uint32_t i = 0; i < report->config.contenders_count; i++) {
			const struct engine_case *case_ =
				&report->config.cases[c];
			const struct engine_row *row =
				engine_row_of(report, c, i);
			char name[64];
			struct sample sample = {
				.suite = "engine",
				.case_name = name,
				.variant = report->config.contenders[i].name,
				.metric = "time_per_event",
				.unit = "ns",
				.better = BETTER_LOWER,
				.class_ = CLASS_SAMPLED,
				.origin = ORIGIN_HARDWARE,
				.seed = RIVAL_SEED,
			};

			snprintf(name, sizeof(name), "%s pending=%" PRIu64,
				 engine_model_names[case_->model],
				 case_->pending);
			for (uint32_t r = 0; r < row->ns.count; r++) {
				sample.repeat = r;
				sample.value = row->ns.value[r];
				record_sample(record, &sample);
			}
			if (row->skipped || row->bytes < 0)
				continue;
			sample.metric = "memory_per_event";
			sample.unit = "bytes";
			sample.repeat = 0;
			sample.value = row->bytes;
			record_sample(record, &sample);
		}
}
