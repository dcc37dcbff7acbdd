/*
 * xlcfg_scan.h - which keys does an xl.cfg set, and on which lines?
 *
 * WHY     libxlutil answers questions about keys one asks for; it lists none
 *         and gives a line only with a syntax error. So the text is walked
 *         once more, for the names and lines alone.
 *
 * RULE    settings are `KEY = VALUE` or `KEY += VALUE`, ended by a newline or
 *         ';' outside brackets; '#' starts a comment; strings stand in single
 *         or double quotes and end on their line.
 */
#ifndef TOOLSTACK_XLCFG_SCAN_H
#define TOOLSTACK_XLCFG_SCAN_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

struct xlcfg_key {
	const char *name;
	uint32_t line;
	bool added; /* with += */
	const struct xlcfg_key *next; /* in the order of the file */
};

/* The keys of any text; those libxlutil finds too, if it accepts the text. */
const struct xlcfg_key *xlcfg_scan(struct arena *arena, const char *text);

/* The line where name is set last; 0 if nowhere. */
uint32_t xlcfg_key_line(const struct xlcfg_key *keys, const char *name);

/* Does xl know the key, used by the model or not? */
bool xlcfg_key_known(const char *name);

/* The names xl knows, for "did you mean". */
const char *const *xlcfg_key_names(uint32_t *count_r);

#endif
