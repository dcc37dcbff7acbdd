/*
 * fig_slowdown.c - how the guests' slowdowns are distributed: what share of
 *                  them is slowed down by at most so much, per heuristic.
 *
 * MODEL   The empirical distribution function of guests.csv's column slowdown
 *         over the measured guests of one case and all its seeds; guests that
 *         did nothing (nan) are left out. A quantile p is the value of rank
 *         ceil(p * n). Above STEPS_MAX guests, STEPS_MAX quantiles are written
 *         instead of all values; p50, p99 and the largest are among them.
 *
 *         slowdown.dat: one block per heuristic, best p99 first, rows
 *
 *           slowdown share
 *
 *         and a last block with one row per heuristic
 *
 *           p50 p99 n "heuristic"
 *
 * RULE    The axis is logarithmic when the largest is more than LOG_FROM times
 *         the smallest.
 */
#include "plots/figure.h"

#include "base/arena.h"
#include "base/err.h"
#include "plots/columns.h"
#include "plots/script.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

FIGURE_SCRIPT_DECLARE(slowdown);

enum { STEPS_MAX = 1000 };
#define LOG_FROM 3.0

/* The guests of one heuristic. */
struct curve {
	uint32_t variant;
	double *value; /* sorted when all are read */
	size_t count, room;
	double p50, p99;
};

struct slowdown {
	struct figure_job *job;
	uint32_t case_index;
	struct curve *curve;
	uint32_t curve_count;
};

static int read_guests(struct slowdown *s, struct err *err);
static void finish_curves(struct slowdown *s);
static void write_data(const struct slowdown *s);
static void write_settings(const struct slowdown *s);

static enum figure_result slowdown_prepare(struct figure_job *job,
					   struct err *err)
{
	const struct figure_choice *choice = job->choice;
	struct slowdown s = {.job = job, .case_index = figure_case(job)};

	if (s.case_index == RESULTS_NONE) {
		err_set(err, "%s/samples.csv has no rows", job->results->dir);
		return FIGURE_SKIPPED;
	}
	s.curve_count = choice->variant_count;
	s.curve = arena_array(job->arena, s.curve_count, sizeof(*s.curve));
	for (uint32_t i = 0; i < s.curve_count; i++)
		s.curve[i].variant = choice->variant[i];

	int rc = read_guests(&s, err);

	if (rc < 0)
		return FIGURE_FAILED;
	if (rc == 0) {
		err_set(err, "there is no %s/guests.csv", job->results->dir);
		return FIGURE_SKIPPED;
	}
	finish_curves(&s);
	if (s.curve_count == 0) {
		err_set(err, "no measured guest of %s has a slowdown",
			figure_case_text(job, s.case_index));
		return FIGURE_SKIPPED;
	}
	write_data(&s);
	write_settings(&s);
	return FIGURE_DREW;
}

/* --- reading ------------------------------------------------------------------- */

static struct curve *curve_of(struct slowdown *s, const char *variant)
{
	const struct names *variants = &s->job->results->variants;

	for (uint32_t i = 0; i < s->curve_count; i++)
		if (!strcmp(variants->name[s->curve[i].variant], variant))
			return &s->curve[i];
	return NULL;
}

static void curve_add(struct arena *arena, struct curve *curve, double value)
{
	if (curve->count == curve->room) {
		const double *old = curve->value;

		curve->room = curve->room ? 2 * curve->room : 256;
		curve->value = arena_array(arena, curve->room, sizeof(*old));
		if (old)
			memcpy(curve->value, old, curve->count * sizeof(*old));
	}
	curve->value[curve->count++] = value;
}

/* 1; 0 without such a file; -1 and err. */
static int read_guests(struct slowdown *s, struct err *err)
{
	enum { CASE, VARIANT, MEASURED, SLOWDOWN, COUNT };
	static const char *const name[COUNT] = {"case", "variant", "measured",
						"slowdown"};
	const struct results *r = s->job->results;
	const char *path = results_path(s->job->arena, r->dir, "guests.csv");
	struct columns c;
	int rc = columns_open(&c, path, name, COUNT, err);

	if (rc <= 0)
		return rc;
	while ((rc = columns_next(&c, err)) > 0) {
		struct curve *curve = curve_of(s, columns_text(&c, VARIANT));
		double value;

		if (!curve || strcmp(columns_text(&c, MEASURED), "1") ||
		    strcmp(columns_text(&c, CASE), r->cases.name[s->case_index]))
			continue;
		if (columns_number(&c, SLOWDOWN, &value, err)) {
			rc = -1;
			break;
		}
		if (isfinite(value))
			curve_add(s->job->arena, curve, value);
	}
	columns_close(&c);
	return rc < 0 ? -1 : 1;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The value of rank ceil(part * count / whole), in whole numbers. */
static double quantile(const struct curve *c, size_t part, size_t whole)
{
	size_t rank = (part * c->count + whole - 1) / whole;

	return c->value[rank > 0 ? rank - 1 : 0];
}

/* Sorts, drops curves of no guest, and puts the best p99 first. */
static void finish_curves(struct slowdown *s)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < s->curve_count; i++) {
		struct curve c = s->curve[i];
		uint32_t k = kept;

		if (c.count == 0)
			continue;
		qsort(c.value, c.count, sizeof(*c.value), by_value);
		c.p50 = quantile(&c, 50, 100);
		c.p99 = quantile(&c, 99, 100);
		for (; k > 0 && s->curve[k - 1].p99 > c.p99; k--)
			s->curve[k] = s->curve[k - 1];
		s->curve[k] = c;
		kept++;
	}
	s->curve_count = kept;
}

/* --- writing ------------------------------------------------------------------- */

static void write_step(FILE *data, double value, double share)
{
	data_number(data, value);
	putc(' ', data);
	data_number(data, share);
	putc('\n', data);
}

static void write_data(const struct slowdown *s)
{
	FILE *data = s->job->data;
	const struct names *variants = &s->job->results->variants;

	fprintf(data, "# slowdown share\n");
	for (uint32_t i = 0; i < s->curve_count; i++) {
		const struct curve *c = &s->curve[i];
		size_t steps = c->count < STEPS_MAX ? c->count : STEPS_MAX;

		fprintf(data, "%s# %s\n", i ? "\n\n" : "",
			variants->name[c->variant]);
		write_step(data, c->value[0], 0);
		for (size_t k = 1; k <= steps; k++)
			write_step(data, quantile(c, k, steps),
				   (double)k / (double)steps);
	}
	fprintf(data, "\n\n# p50 p99 n heuristic\n");
	for (uint32_t i = 0; i < s->curve_count; i++) {
		const struct curve *c = &s->curve[i];

		data_number(data, c->p50);
		putc(' ', data);
		data_number(data, c->p99);
		fprintf(data, " %zu ", c->count);
		data_text(data, variants->name[c->variant]);
		putc('\n', data);
	}
}

static void write_settings(const struct slowdown *s)
{
	FILE *settings = s->job->settings;
	double least = INFINITY, most = -INFINITY;
	size_t n_min = SIZE_MAX, n_max = 0;
	uint32_t *variant = arena_array(s->job->arena, s->curve_count,
					sizeof(*variant));
	double *p50 = arena_array(s->job->arena, s->curve_count, sizeof(*p50));
	double *p99 = arena_array(s->job->arena, s->curve_count, sizeof(*p99));
	char n[64];

	for (uint32_t i = 0; i < s->curve_count; i++) {
		const struct curve *c = &s->curve[i];

		variant[i] = c->variant;
		p50[i] = c->p50;
		p99[i] = c->p99;
		least = fmin(least, c->value[0]);
		most = fmax(most, c->value[c->count - 1]);
		n_min = c->count < n_min ? c->count : n_min;
		n_max = c->count > n_max ? c->count : n_max;
	}
	bool log = least > 0 && most / least > LOG_FROM;
	double pad = log ? pow(most / least, 0.02)
			 : most > least ? 0.02 * (most - least) : 0.01;

	snprintf(n, sizeof(n), n_min == n_max ? "%zu" : "%zu to %zu", n_min,
		 n_max);
	script_text(settings, "title", "%s: slowdown of each guest, %s",
		    s->job->results->scenario,
		    figure_case_text(s->job, s->case_index));
	script_text(settings, "subtitle",
		    "Share of guests slowed down by at most this much; n = %s "
		    "guests a heuristic, all seeds together; marks: p50 and p99",
		    n);
	script_number(settings, "log_slowdown", log);
	script_number(settings, "low", log ? least / pad : least - pad);
	script_number(settings, "high", log ? most * pad : most + pad);
	script_numbers(settings, "p50", p50, s->curve_count);
	script_numbers(settings, "p99", p99, s->curve_count);
	figure_series(s->job, variant, s->curve_count);
}

const struct figure figure_slowdown = {
	.name = "slowdown",
	.summary = "distribution of the guests' slowdowns, per heuristic",
	FIGURE_SCRIPT(slowdown),
	.prepare = slowdown_prepare,
};
