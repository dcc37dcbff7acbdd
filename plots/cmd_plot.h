/*
 * cmd_plot.h - `nodewise plot DIR`: draws the figures of a results folder.
 *
 * RULE    Reads DIR (samples.csv and what else a figure needs), writes
 *         DIR/figures/NAME.dat, NAME.gp, NAME.svg and NAME.png. NAME.gp draws
 *         the figure again on its own: cd DIR/figures && gnuplot NAME.gp.
 *         A figure for which the folder has no data is skipped, with the
 *         reason; that is no error.
 *
 * TESTS   plots/test/check_plot.c
 */
#ifndef PLOTS_CMD_PLOT_H
#define PLOTS_CMD_PLOT_H

/* argv[0] is "nodewise plot". Returns the exit status: 0, or 2 for usage or
 * input errors and when gnuplot is missing (data and scripts are written). */
int cmd_plot(int argc, char **argv);

#endif
