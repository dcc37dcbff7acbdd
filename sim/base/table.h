/*
 * table.h - text tables whose columns line up.
 *
 *         heuristic   guests  remote
 *         ----------  ------  ------
 *         libxl           40   3.1 %
 *         first-fit       38  12.0 %
 *
 * RULE    Declare the columns, then give cells row by row; a row is full when
 *         each column has its cell. A column is as wide as its widest cell or
 *         header line; two blanks stand between columns, no blank at the end
 *         of a line. A header may have several lines ("remote\nratio"): shorter
 *         ones are moved down. Width is counted in terminal cells: UTF-8 is
 *         understood, combining marks take none, East Asian wide characters and
 *         emoji two, a byte that is no UTF-8 one. Control characters are shown
 *         as '?', so that a name from a file cannot drive the terminal.
 *         Colours are printed only if the caller says that out is a terminal.
 *
 * TESTS   sim/test/check_table.c
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct arena;
struct table; /* opaque; from the arena */

enum { TABLE_COLUMN_MAX = 64 };

enum table_align { TABLE_LEFT, TABLE_RIGHT };

enum table_style {
	TABLE_PLAIN,
	TABLE_BOLD,
	TABLE_DIM,
	TABLE_GOOD, /* green */
	TABLE_BAD,  /* red */
	TABLE_NOTE, /* yellow */
};

struct table *table_create(struct arena *arena);

/* Before the first cell. header "" on all columns: no header is printed. */
void table_column(struct table *table, const char *header,
		  enum table_align align);

/* The next cell, left to right, row by row. */
void table_cell(struct table *table, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void table_cell_styled(struct table *table, enum table_style style,
		       const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A line of dashes before the next row; the row before it must be full. */
void table_rule(struct table *table);

/* Prints all rows; the last must be full. Can be called again. */
void table_print(const struct table *table, FILE *out, bool colours);

/* Terminal cells that text takes, as described above. */
size_t table_text_width(const char *text);

#endif
