/*
 * fig_load.c - score against load, one line per heuristic.
 *
 * MODEL   A point is the mean of a metric over the seeds of one (heuristic,
 *         case); the ribbon is its 95 % confidence interval: seeds are
 *         independent runs, so Student's t over them (base/student.h). Values
 *         that cannot be said (nan) are left out and lower the point's n.
 *         With one case alone: a point and a bar per heuristic, best first.
 *
 *         load.dat: one block per heuristic in the order of the legend arrays,
 *         blocks two empty lines apart, rows by rising load:
 *
 *           load mean low high n "case"
 *
 *         With one case the load is replaced by the heuristic's row, 1 = best.
 *
 * RULE    The axis shows all means, and of the intervals no more than
 *         RANGE_MORE times the spread of the means on either side: with two
 *         seeds an interval is twelve times the standard error, and would
 *         hide what it belongs to. The axis is logarithmic for factors (all
 *         means >= 1) that differ by more than LOG_VALUE_FROM.
 */
#include "plots/figure.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/student.h"
#include "plots/script.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

FIGURE_SCRIPT_DECLARE(load);

#define DEFAULT_METRIC "slowdown_mean"
#define RANGE_MORE 1.0
#define LABEL_GAP 0.046 /* a line of the legend, in heights of the graph */
#define LOG_LOAD_FROM 32.0 /* highest over lowest load of a log axis */
#define LOG_VALUE_FROM 8.0

/* One (series, point): how many values, where, and what they come to. */
struct cell {
	uint32_t first, count;
	struct interval mean;
};

struct load {
	struct figure_job *job;
	uint32_t metric;
	uint32_t point_count;
	uint32_t *point;      /* cases by rising load */
	uint32_t series_count;
	uint32_t *series;     /* variants that have a value */
	struct cell *cell;    /* [variant * cases + case] */
	double low, high;     /* of the value axis */
	bool log_value;
	uint64_t n_min, n_max;
};

enum { TICS_MAX = 12 };

static enum figure_result choose_metric(struct load *l, struct err *err);
static enum figure_result choose_points(struct load *l, struct err *err);
static void add_up(struct load *l);
static void choose_series(struct load *l);
static void choose_range(struct load *l);
static void write_lines(struct load *l);
static void write_single(struct load *l);
static void write_titles(struct load *l);

static struct cell *cell_at(const struct load *l, uint32_t variant,
			    uint32_t case_index)
{
	return &l->cell[variant * l->job->results->cases.count + case_index];
}

static enum figure_result load_prepare(struct figure_job *job, struct err *err)
{
	struct load l = {.job = job};
	enum figure_result result = choose_metric(&l, err);

	if (result == FIGURE_DREW)
		result = choose_points(&l, err);
	if (result != FIGURE_DREW)
		return result;
	add_up(&l);
	choose_series(&l);
	if (l.series_count == 0) {
		err_set(err, "no heuristic has a value of %s",
			job->results->metrics.name[l.metric]);
		return FIGURE_SKIPPED;
	}
	choose_range(&l);
	write_titles(&l);
	if (l.point_count == 1)
		write_single(&l);
	else
		write_lines(&l);
	return FIGURE_DREW;
}

/* --- what is drawn ------------------------------------------------------------- */

static enum figure_result choose_metric(struct load *l, struct err *err)
{
	const struct results *r = l->job->results;

	l->metric = l->job->choice->metric_index;
	if (l->metric == RESULTS_NONE)
		l->metric = names_find(&r->metrics, DEFAULT_METRIC);
	if (l->metric != RESULTS_NONE)
		return FIGURE_DREW;
	if (r->value_count == 0) {
		err_set(err, "%s/samples.csv has no rows", r->dir);
		return FIGURE_SKIPPED;
	}
	err_set(err, "%s/samples.csv has no %s; choose another --metric",
		r->dir, DEFAULT_METRIC);
	return FIGURE_SKIPPED;
}

static enum figure_result choose_points(struct load *l, struct err *err)
{
	const struct results *r = l->job->results;
	uint32_t only = l->job->choice->case_index;

	l->point = arena_array(l->job->arena, r->cases.count,
			       sizeof(*l->point));
	if (only == RESULTS_NONE && r->cases.count == 1)
		only = 0;
	if (only != RESULTS_NONE) {
		l->point[l->point_count++] = only;
		return FIGURE_DREW;
	}
	for (uint32_t c = 0; c < r->cases.count; c++) {
		uint32_t k = l->point_count;

		if (!isfinite(r->load[c]))
			continue;
		for (; k > 0 && r->load[l->point[k - 1]] > r->load[c]; k--)
			l->point[k] = l->point[k - 1];
		l->point[k] = c;
		l->point_count++;
	}
	if (l->point_count >= 2)
		return FIGURE_DREW;
	err_set(err, "%s/cases.csv gives no loads of these cases; --case draws "
		     "one of them", r->dir);
	return FIGURE_SKIPPED;
}

static bool counts(const struct load *l, const struct results_value *v)
{
	return v->metric_index == l->metric && isfinite(v->value);
}

/* Sorts the values into cells (counted first), then takes their means. */
static void add_up(struct load *l)
{
	const struct results *r = l->job->results;
	uint32_t cell_count = r->variants.count * r->cases.count, first = 0;
	double *value = arena_array(l->job->arena, r->value_count,
				    sizeof(*value));

	l->cell = arena_array(l->job->arena, cell_count, sizeof(*l->cell));
	for (size_t i = 0; i < r->value_count; i++)
		if (counts(l, &r->value[i]))
			cell_at(l, r->value[i].variant_index,
				r->value[i].case_index)->count++;
	for (uint32_t c = 0; c < cell_count; c++) {
		l->cell[c].first = first;
		first += l->cell[c].count;
		l->cell[c].count = 0;
	}
	for (size_t i = 0; i < r->value_count; i++) {
		const struct results_value *v = &r->value[i];

		if (!counts(l, v))
			continue;
		struct cell *cell = cell_at(l, v->variant_index, v->case_index);

		value[cell->first + cell->count++] = v->value;
	}
	for (uint32_t c = 0; c < cell_count; c++)
		if (l->cell[c].count)
			l->cell[c].mean =
				interval_of_values(&value[l->cell[c].first],
						   l->cell[c].count, 0.95);
}

static void choose_series(struct load *l)
{
	const struct figure_choice *choice = l->job->choice;

	l->series = arena_array(l->job->arena, choice->variant_count,
				sizeof(*l->series));
	l->n_min = UINT64_MAX;
	for (uint32_t i = 0; i < choice->variant_count; i++) {
		uint32_t values = 0;

		for (uint32_t p = 0; p < l->point_count; p++) {
			uint64_t n = cell_at(l, choice->variant[i],
					     l->point[p])->count;

			values += n > 0;
			if (n > 0 && n < l->n_min)
				l->n_min = n;
			if (n > l->n_max)
				l->n_max = n;
		}
		if (values)
			l->series[l->series_count++] = choice->variant[i];
	}
}

static double half_of(const struct interval *i)
{
	return isfinite(i->half) ? i->half : 0;
}

static void choose_range(struct load *l)
{
	double least = INFINITY, most = -INFINITY;

	l->low = INFINITY;
	l->high = -INFINITY;
	for (uint32_t i = 0; i < l->series_count; i++) {
		for (uint32_t p = 0; p < l->point_count; p++) {
			const struct cell *c =
				cell_at(l, l->series[i], l->point[p]);

			if (!c->count)
				continue;
			double half = half_of(&c->mean);

			least = fmin(least, c->mean.mean);
			most = fmax(most, c->mean.mean);
			l->low = fmin(l->low, c->mean.mean - half);
			l->high = fmax(l->high, c->mean.mean + half);
		}
	}
	double spread = most - least;

	l->log_value = least >= 1 && most > LOG_VALUE_FROM * least;
	if (l->log_value) {
		l->low = fmax(l->low, least / 2) / 1.05;
		l->high = fmin(l->high, most * 2) * 1.05;
		return;
	}
	if (spread > 0) {
		l->low = fmax(l->low, least - RANGE_MORE * spread);
		l->high = fmin(l->high, most + RANGE_MORE * spread);
	}
	double pad = l->high > l->low ? 0.05 * (l->high - l->low)
				      : 0.05 * fabs(most) + (most == 0);

	l->low = least >= 0 ? fmax(l->low - pad, 0) : l->low - pad;
	l->high += pad;
}

/* --- what is written ----------------------------------------------------------- */

static void write_titles(struct load *l)
{
	const struct figure_job *job = l->job;
	const struct results *r = job->results;
	bool single = l->point_count == 1;
	char words[128], n[64];

	script_words(words, sizeof(words), r->metrics.name[l->metric]);
	snprintf(n, sizeof(n), l->n_min == l->n_max ? "%llu" : "%llu to %llu",
		 (unsigned long long)l->n_min, (unsigned long long)l->n_max);
	script_text(job->settings, "title", "%s: %s, %s", r->scenario, words,
		    single ? figure_case_text(job, l->point[0])
			   : "by load");
	if (l->n_max < 2)
		script_text(job->settings, "subtitle", "%s",
			    "One seed a point (n = 1): no confidence interval");
	else
		script_text(job->settings, "subtitle",
			    "Mean over n = %s seeds a point; %s: 95 %% "
			    "confidence interval of the mean (Student's t)",
			    n, single ? "bar" : "ribbon");
	script_text(job->settings, "value_label", "%s%s", words,
		    figure_unit(job, l->metric));
	script_text(job->settings, "load_label", *r->load_unit ? "load (%s)"
							       : "load%s",
		    r->load_unit);
	script_number(job->settings, "single", single);
	script_number(job->settings, "log_value", l->log_value);
	script_number(job->settings, "low", l->low);
	script_number(job->settings, "high", l->high);
}

static void write_row(struct load *l, double x, uint32_t variant,
		      uint32_t case_index)
{
	const struct cell *c = cell_at(l, variant, case_index);
	FILE *data = l->job->data;
	double half = half_of(&c->mean);
	double mean = c->count ? c->mean.mean : NAN;

	data_number(data, x);
	putc(' ', data);
	data_number(data, mean);
	putc(' ', data);
	data_number(data, mean - half);
	putc(' ', data);
	data_number(data, mean + half);
	fprintf(data, " %u ", c->count);
	data_text(data, l->job->results->cases.name[case_index]);
	putc('\n', data);
}

static void begin_block(struct load *l, uint32_t index)
{
	if (index)
		fputs("\n\n", l->job->data);
	fprintf(l->job->data, "# %s\n",
		l->job->results->variants.name[l->series[index]]);
}

/* Where each line ends, and the places of the labels beside the ends. */
static void write_ends(struct load *l)
{
	struct arena *arena = l->job->arena;
	double *x = arena_array(arena, l->series_count, sizeof(*x));
	double *y = arena_array(arena, l->series_count, sizeof(*y));
	double *place = arena_array(arena, l->series_count, sizeof(*place));

	for (uint32_t i = 0; i < l->series_count; i++) {
		for (uint32_t p = 0; p < l->point_count; p++) {
			const struct cell *c =
				cell_at(l, l->series[i], l->point[p]);

			if (!c->count)
				continue;
			x[i] = l->job->results->load[l->point[p]];
			y[i] = c->mean.mean;
		}
		place[i] = l->log_value ? log(y[i] / l->low) /
						  log(l->high / l->low)
					: (y[i] - l->low) / (l->high - l->low);
	}
	script_spread(place, l->series_count, LABEL_GAP);
	script_numbers(l->job->settings, "end_x", x, l->series_count);
	script_numbers(l->job->settings, "end_y", y, l->series_count);
	script_numbers(l->job->settings, "place", place, l->series_count);
}

/* The loads as tics, if they stand apart enough on an axis of this length. */
static void write_tics(struct load *l, bool log_load, double length)
{
	const struct results *r = l->job->results;
	double *at = arena_array(l->job->arena, l->point_count, sizeof(*at));
	bool own = l->point_count <= TICS_MAX;

	for (uint32_t p = 0; p < l->point_count; p++) {
		at[p] = r->load[l->point[p]];
		if (p == 0)
			continue;
		own &= log_load ? at[p] >= 1.3 * at[p - 1]
				: at[p] - at[p - 1] >= length / TICS_MAX / 2;
	}
	script_number(l->job->settings, "own_tics", own);
	script_number(l->job->settings, "points", l->point_count);
	script_numbers(l->job->settings, "at", at, l->point_count);
}

static void write_lines(struct load *l)
{
	const struct results *r = l->job->results;
	double first = r->load[l->point[0]];
	double last = r->load[l->point[l->point_count - 1]];
	bool log_load = first > 0 && last / first >= LOG_LOAD_FROM;
	double pad = log_load ? 1.04 : 0.02 * (last > first ? last - first : 1);

	fprintf(l->job->data, "# load mean low high n case\n");
	for (uint32_t i = 0; i < l->series_count; i++) {
		begin_block(l, i);
		for (uint32_t p = 0; p < l->point_count; p++)
			write_row(l, r->load[l->point[p]], l->series[i],
				  l->point[p]);
	}
	write_tics(l, log_load, last - first);
	script_number(l->job->settings, "log_load", log_load);
	script_number(l->job->settings, "first",
		      log_load ? first / pad : first - pad);
	script_number(l->job->settings, "last",
		      log_load ? last * pad : last + pad);
	figure_series(l->job, l->series, l->series_count);
	write_ends(l);
}

/* Is a better than b, or as good and named first? Lower, unless told so. */
static bool better(const struct load *l, uint32_t a, uint32_t b)
{
	double x = cell_at(l, a, l->point[0])->mean.mean;
	double y = cell_at(l, b, l->point[0])->mean.mean;
	bool high = l->job->results->metric_better[l->metric] == BETTER_HIGHER;

	return high ? x > y : x < y;
}

static void write_single(struct load *l)
{
	for (uint32_t i = 1; i < l->series_count; i++) {
		uint32_t variant = l->series[i], k = i;

		for (; k > 0 && better(l, variant, l->series[k - 1]); k--)
			l->series[k] = l->series[k - 1];
		l->series[k] = variant;
	}
	fprintf(l->job->data, "# row mean low high n case\n");
	for (uint32_t i = 0; i < l->series_count; i++) {
		begin_block(l, i);
		write_row(l, i + 1, l->series[i], l->point[0]);
	}
	figure_series(l->job, l->series, l->series_count);
}

const struct figure figure_load = {
	.name = "load",
	.summary = "score against load, one line per heuristic",
	.has_metric = true,
	FIGURE_SCRIPT(load),
	.prepare = load_prepare,
};
