/*
 * script.h - the head of a gnuplot script: names, numbers, colours of this run.
 *
 * RULE    NAME.gp in a figures folder is three texts, one after the other:
 *
 *           settings      written here: what differs from run to run
 *           frame.gp      what all figures share: terminals, fonts, footer
 *           NAME.gp       the figure itself
 *
 *         so that the repository's scripts hold no data, and the copy runs
 *         alone. Texts stand in double quotes; a quote, a backslash and a
 *         backquote (gnuplot would run what follows) are escaped, line ends
 *         become blanks. Not in single quotes: gnuplot 5.4 takes a doubled one
 *         at the start of a text for its end.
 *
 * TESTS   plots/test/check_plot.c
 */
#ifndef PLOTS_SCRIPT_H
#define PLOTS_SCRIPT_H

#include <stdint.h>
#include <stdio.h>

/* name = "text" */
void script_text(FILE *script, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* name = value; 9 digits, NaN and infinities as gnuplot spells them */
void script_number(FILE *script, const char *name, double value);

/* array name[count] = [...]; count > 0 */
void script_texts(FILE *script, const char *name, const char *const *text,
		  uint32_t count);
void script_numbers(FILE *script, const char *name, const double *value,
		    uint32_t count);

/* For .dat files: a number of 9 digits, and a text in double quotes (those
 * within it become single ones). */
void data_number(FILE *data, double value);
void data_text(FILE *data, const char *text);

/* "slowdown_p99" -> "slowdown p99", into text (cut if too long). */
const char *script_words(char *text, size_t size, const char *name);

/*
 * Pushes apart the places of count labels on a line: at least gap between two,
 * within 0..1, as near to where they were as that allows, in the same order
 * (equal ones: by index). A gap that does not fit is made smaller.
 */
void script_spread(double *place, uint32_t count, double gap);

#endif
