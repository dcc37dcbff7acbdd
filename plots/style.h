/*
 * style.h - which colour, mark and dash a heuristic has: the same in every
 * figure of every run.
 *
 * RULE    A name of the fixed table has the style that stands there, whatever
 *         else is drawn. Any other name (a plug-in, an engine) takes one of the
 *         STYLE_SPARE spare styles: the one its hash points to, or the next
 *         free one if a name before it in the alphabet has that. So a style
 *         depends on the set of names, never on their order; and on the name
 *         alone as long as no two unknown names meet.
 *         More than STYLE_SPARE unknown names share styles.
 *
 *         Styles differ in three ways at once, so that a copy in grey and a
 *         reader who sees fewer colours can tell them apart. The colours are
 *         those of Okabe and Ito and of Paul Tol's muted set, less the yellows,
 *         which white paper swallows.
 *
 * TESTS   plots/test/check_plot.c
 */
#ifndef PLOTS_STYLE_H
#define PLOTS_STYLE_H

#include <stdint.h>
#include <stdio.h>

enum { STYLE_SPARE = 12 };

struct style {
	const char *colour; /* "#0072b2" */
	const char *dash;   /* gnuplot's dt: "solid" or "(8,4)" */
	uint32_t mark;      /* gnuplot's pt: 1 to 15 */
};

/* style[i] becomes that of name[i]. Equal names get equal styles. */
void style_choose(const char *const *name, uint32_t count, struct style *style);

/* Writes gnuplot's `set style line INDEX ...`. */
void style_write(FILE *script, uint32_t index, const struct style *style);

#endif
