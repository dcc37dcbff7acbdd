/*
 * figure.h - what a figure is, what it gets, and how it comes to the disk.
 *
 * RULE    A figure is a name, a line for --list, a gnuplot script and a
 *         function. The function reads the results and writes two streams:
 *
 *           data      NAME.dat, whatever the script will plot
 *           settings  the head of NAME.gp (script.h)
 *
 *         figure_draw() calls it, then works in a folder of its own beside the
 *         others (.partial-PID), runs gnuplot there and renames each file to
 *         where it belongs: NAME.dat, NAME.gp, NAME.svg, NAME.png are each
 *         there whole or not at all.
 *
 *         Every function sets: title, subtitle (what is drawn, how many values,
 *         what a ribbon or bar is). The footer (version, scenario, hosts,
 *         seeds) is set for it.
 *
 * SCRIPTS are linked into the program (plots/edges.ninja), so that it draws
 *         from any folder, and wherever it was copied to.
 *
 * TESTS   plots/test/check_plot.c
 */
#ifndef PLOTS_FIGURE_H
#define PLOTS_FIGURE_H

#include "plots/results.h"
#include "plots/style.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct arena;
struct err;

/* One line a figure, in the order of --list; the README says how to add one. */
#define FIGURE_LIST(X) \
	X(load)        \
	X(slowdown)    \
	X(memory)

/* What the person chose. */
struct figure_choice {
	uint32_t case_index;    /* RESULTS_NONE: not said */
	uint32_t metric_index;  /* RESULTS_NONE: not said */
	uint32_t *variant;      /* [variant_count]; all of them if not said */
	uint32_t variant_count;
	const char *formats;    /* gnuplot terminals we know: "svg png" */
	const char *out;        /* folder of the figures */
};

struct figure_job {
	struct arena *arena;
	const struct results *results;
	const struct figure_choice *choice;
	const struct style *style; /* [results->variants.count] */
	FILE *data;
	FILE *settings;
};

enum figure_result {
	FIGURE_DREW,
	FIGURE_SKIPPED,    /* no data for it in this folder; err says why */
	FIGURE_NO_GNUPLOT, /* NAME.dat and NAME.gp were written */
	FIGURE_FAILED,     /* err is one line */
};

struct figure {
	const char *name;
	const char *summary;
	bool has_metric; /* does --metric mean anything to it? */
	const char *script, *script_end;
	/* FIGURE_DREW here means: data and settings are written. */
	enum figure_result (*prepare)(struct figure_job *job, struct err *err);
};

#define FIGURE_DECLARE(name) extern const struct figure figure_##name;
FIGURE_LIST(FIGURE_DECLARE)
#undef FIGURE_DECLARE

/* The text of plots/NAME.gp as the linker names it; use inside a figure. */
#define FIGURE_SCRIPT_DECLARE(name)                  \
	extern const char _binary_plots_##name##_gp_start[]; \
	extern const char _binary_plots_##name##_gp_end[]
#define FIGURE_SCRIPT(name)                          \
	.script = _binary_plots_##name##_gp_start,   \
	.script_end = _binary_plots_##name##_gp_end

/* Prepares, draws and puts in place. job's streams are its own. */
enum figure_result figure_draw(const struct figure *figure,
			       struct figure_job *job, struct err *err);

/* The case chosen, or the one with the highest load. */
uint32_t figure_case(const struct figure_job *job);

/* " (ratio, lower is better)", " (1/s)" or "", for an axis. */
const char *figure_unit(const struct figure_job *job, uint32_t metric_index);

/* "guests = 64" or, if no load is known, the case's name. */
const char *figure_case_text(const struct figure_job *job, uint32_t case_index);

/*
 * Settings for a list of series: `series`, array `name`, line styles 1 to count
 * of these variants, and array `draw`: in which order to draw them, those with
 * solid lines first, so that where lines coincide the dashed one shows both.
 */
void figure_series(struct figure_job *job, const uint32_t *variant,
		   uint32_t count);

#endif
