/*
 * gnuplot.h - the drawing program: found on PATH, run on one script.
 *
 * RULE    It runs in a folder of its own, with the C locale (a point in
 *         numbers) and without the person's ~/.gnuplot. What it complains
 *         about goes to a file of that folder; of that the last line is the
 *         message.
 *
 * TESTS   plots/test/check_plot.c
 */
#ifndef PLOTS_GNUPLOT_H
#define PLOTS_GNUPLOT_H

struct err;

enum gnuplot_result {
	GNUPLOT_DREW,
	GNUPLOT_MISSING, /* no such program */
	GNUPLOT_FAILED,  /* err has its last words */
};

/* Runs `gnuplot SCRIPT` in folder. Waits for it. */
enum gnuplot_result gnuplot_run(const char *folder, const char *script,
				struct err *err);

#endif
