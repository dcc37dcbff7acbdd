#include "run/report.h"

#include "base/arena.h"
#include "base/csv.h"
#include "base/student.h"
#include "base/table.h"

#include <math.h>

/* Mean and interval of a metric over the seeds that have a value. */
static struct interval over_seeds(const struct sweep *s,
				  const struct outcome *outcome,
				  uint32_t case_index, uint32_t ops_index,
				  enum outcome_metric metric)
{
	struct arena *arena = arena_create();
	double *value = arena_array(arena, s->seed_count, sizeof(*value));
	struct interval interval = {NAN, INFINITY, 0};
	uint32_t count = 0;

	for (uint32_t k = 0; k < s->seed_count; k++) {
		double v = outcome[sweep_index(s, case_index, ops_index, k)]
				   .value[metric];

		if (!isnan(v))
			value[count++] = v;
	}
	if (count)
		interval = interval_of_values(value, count, 0.95);
	arena_destroy(arena);
	return interval;
}

/* --- table --------------------------------------------------------------------- */

struct column {
	const char *header;
	enum outcome_metric metric;
	double scale;
	int digits;
	bool interval;
	const char *suffix;
};

static const struct column columns[] = {
	{"nodes per\nguest", OUTCOME_nodes_per_guest, 1, 2, false, ""},
	{"remote\naccesses", OUTCOME_remote_ratio, 100, 1, true, " %"},
	{"slowdown\nmean", OUTCOME_slowdown_mean, 1, 3, true, ""},
	{"slowdown\np99", OUTCOME_slowdown_p99, 1, 2, true, ""},
	{"Jain's\nindex", OUTCOME_jain, 1, 3, false, ""},
	{"waiting", OUTCOME_wait_share, 100, 1, false, " %"},
};

enum { COLUMN_COUNT = sizeof(columns) / sizeof(columns[0]) };

/* Is this the best mean of its column? Only a column with differences has one. */
static bool is_best(const struct sweep *s, const struct outcome *outcome,
		    uint32_t case_index, uint32_t ops_index,
		    enum outcome_metric metric)
{
	double own = over_seeds(s, outcome, case_index, ops_index, metric).mean;
	bool differs = false;

	if (isnan(own) || outcome_table[metric].better == BETTER_NONE)
		return false;
	for (uint32_t h = 0; h < s->set->count; h++) {
		double other =
			over_seeds(s, outcome, case_index, h, metric).mean;

		if (isnan(other))
			continue;
		if (outcome_table[metric].better == BETTER_LOWER ? other < own
								 : other > own)
			return false;
		differs |= other != own;
	}
	return differs;
}

static void cell(struct table *table, const struct column *c,
		 const struct interval *i, bool best)
{
	enum table_style style = best ? TABLE_GOOD : TABLE_PLAIN;

	if (isnan(i->mean))
		table_cell_styled(table, TABLE_DIM, "-");
	else if (c->interval && isfinite(i->half))
		table_cell_styled(table, style, "%.*f%s ± %.*f", c->digits,
				  i->mean * c->scale, c->suffix, c->digits,
				  i->half * c->scale);
	else
		table_cell_styled(table, style, "%.*f%s", c->digits,
				  i->mean * c->scale, c->suffix);
}

static void guests_cell(struct table *table, const struct sweep *s,
			const struct outcome *outcome, uint32_t case_index,
			uint32_t h)
{
	double placed = over_seeds(s, outcome, case_index, h,
				   OUTCOME_guests_placed).mean;
	double asked = over_seeds(s, outcome, case_index, h,
				  OUTCOME_guests_asked).mean;
	int digits = floor(placed) == placed && floor(asked) == asked ? 0 : 1;

	table_cell_styled(table, placed < asked ? TABLE_NOTE : TABLE_PLAIN,
			  "%.*f of %.*f", digits, placed, digits, asked);
}

static void note_failures(FILE *out, const struct sweep *s,
			  const struct outcome *outcome, uint32_t case_index)
{
	for (uint32_t h = 0; h < s->set->count; h++) {
		for (uint32_t k = 0; k < s->seed_count; k++) {
			const struct outcome *o =
				&outcome[sweep_index(s, case_index, h, k)];

			if (!o->why_failed)
				continue;
			fprintf(out, "%s, seed %llu: not built: %s\n",
				s->set->ops[h]->name,
				(unsigned long long)(s->seed_first + k),
				o->why_failed);
			break;
		}
	}
}

void report_table(FILE *out, const struct sweep *s,
		  const struct outcome *outcome, uint32_t case_index,
		  bool colours)
{
	struct arena *arena = arena_create();
	struct table *table = table_create(arena);

	table_column(table, "heuristic", TABLE_LEFT);
	table_column(table, "guests\nplaced", TABLE_RIGHT);
	for (uint32_t c = 0; c < COLUMN_COUNT; c++)
		table_column(table, columns[c].header, TABLE_RIGHT);
	for (uint32_t h = 0; h < s->set->count; h++) {
		table_cell(table, "%s", s->set->ops[h]->name);
		guests_cell(table, s, outcome, case_index, h);
		for (uint32_t c = 0; c < COLUMN_COUNT; c++) {
			struct interval i = over_seeds(s, outcome, case_index,
						       h, columns[c].metric);

			cell(table, &columns[c], &i,
			     is_best(s, outcome, case_index, h,
				     columns[c].metric));
		}
	}
	table_print(table, out, colours);
	note_failures(out, s, outcome, case_index);
	arena_destroy(arena);
}

/* --- JSON ---------------------------------------------------------------------- */

static json_t *number(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *json_metrics(const struct sweep *s,
			    const struct outcome *outcome, uint32_t case_index,
			    uint32_t ops_index)
{
	json_t *metrics = json_object();

	for (uint32_t m = 0; m < OUTCOME_COUNT; m++) {
		struct interval i = over_seeds(s, outcome, case_index,
					       ops_index, (enum outcome_metric)m);

		json_object_set_new(
			metrics, outcome_table[m].name,
			json_pack("{s:o, s:o, s:I, s:s}", "mean",
				  number(i.mean), "ci95_half", number(i.half),
				  "seeds", (json_int_t)i.count, "unit",
				  outcome_table[m].unit));
	}
	return metrics;
}

json_t *report_json(const struct sweep *s, const struct outcome *outcome)
{
	json_t *cases = json_array();

	for (uint32_t c = 0; c < s->case_count; c++) {
		const struct scenario_case *point =
			&s->scenario->cases[s->case_first + c];
		json_t *variants = json_array();

		for (uint32_t h = 0; h < s->set->count; h++)
			json_array_append_new(
				variants,
				json_pack("{s:s, s:o}", "heuristic",
					  s->set->ops[h]->name, "metrics",
					  json_metrics(s, outcome, c, h)));
		json_array_append_new(
			cases, json_pack("{s:s, s:f, s:s, s:o}", "case",
					 point->name, "load", point->load,
					 "load_unit", s->scenario->load_unit,
					 "heuristics", variants));
	}
	return json_pack("{s:s, s:I, s:I, s:o}", "scenario", s->scenario->name,
			 "seed_first", (json_int_t)s->seed_first, "seeds",
			 (json_int_t)s->seed_count, "cases", cases);
}

/* --- folder -------------------------------------------------------------------- */

static void record_samples(struct record *record, const struct sweep *s,
			   const struct outcome *outcome)
{
	uint32_t runs = sweep_runs(s);

	for (uint32_t r = 0; r < runs; r++) {
		uint32_t h = r / s->seed_count % s->set->count;
		uint32_t c = r / s->seed_count / s->set->count;

		for (uint32_t m = 0; m < OUTCOME_COUNT; m++) {
			struct sample sample = {
				.suite = s->scenario->name,
				.case_name = s->scenario
						     ->cases[s->case_first + c]
						     .name,
				.variant = s->set->ops[h]->name,
				.metric = outcome_table[m].name,
				.unit = outcome_table[m].unit,
				.better = outcome_table[m].better,
				.class_ = CLASS_EXACT,
				.origin = ORIGIN_MODEL,
				.seed = s->seed_first + r % s->seed_count,
				.value = outcome[r].value[m],
			};

			record_sample(record, &sample);
		}
	}
}

int report_record(struct record *record, const struct sweep *s,
		  const struct outcome *outcome, struct err *err)
{
	FILE *guests = record_file(record, "guests.csv", err);
	FILE *nodes = guests ? record_file(record, "nodes.csv", err) : NULL;
	FILE *cases = nodes ? record_file(record, "cases.csv", err) : NULL;
	uint32_t runs = sweep_runs(s);
	char text[CSV_NUMBER_BYTES];

	if (!cases)
		return -1;
	record_samples(record, s, outcome);
	fputs(outcome_guests_header, guests);
	fputs(outcome_nodes_header, nodes);
	for (uint32_t r = 0; r < runs; r++) {
		fputs(outcome[r].guests, guests);
		if (outcome[r].nodes)
			fputs(outcome[r].nodes, nodes);
	}
	fputs("case,load,load_unit\n", cases);
	for (uint32_t c = 0; c < s->case_count; c++) {
		const struct scenario_case *point =
			&s->scenario->cases[s->case_first + c];

		csv_write_text(cases, point->name);
		fprintf(cases, ",%s,", csv_number(text, point->load));
		csv_write_text(cases, s->scenario->load_unit);
		fputc('\n', cases);
	}
	return 0;
}
