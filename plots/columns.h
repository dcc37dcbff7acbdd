/*
 * columns.h - a CSV file of a results folder, read by the names of its columns.
 *
 * RULE    The first row names the columns; we take those asked for, wherever
 *         they stand, and ignore the others. Errors name file, line and column.
 *
 * TESTS   plots/test/check_plot.c
 */
#ifndef PLOTS_COLUMNS_H
#define PLOTS_COLUMNS_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct csv_reader;

enum { COLUMNS_MAX = 32 };

struct columns {
	struct csv_reader *csv;
	const char *const *name; /* borrowed */
	size_t count;            /* of names, <= COLUMNS_MAX */
	size_t at[COLUMNS_MAX];  /* where each stands in a row */
	size_t width;            /* fields of a row */
	const char *const *row;  /* good until the next columns_next() */
};

/* 1; 0 if there is no such file; -1 and err if it cannot be read. */
int columns_open(struct columns *columns, const char *path,
		 const char *const *name, size_t count, struct err *err);
void columns_close(struct columns *columns);

/* The next row: 1; 0 at the end; -1 and err. */
int columns_next(struct columns *columns, struct err *err);

/* Field `index` (of the names asked for) of the row. */
const char *columns_text(const struct columns *columns, size_t index);
int columns_number(const struct columns *columns, size_t index, double *value,
		   struct err *err);
int columns_u64(const struct columns *columns, size_t index, uint64_t *value,
		struct err *err);

#endif
