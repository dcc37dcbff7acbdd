/*
 * csv.h - comma-separated rows, written and read the same way everywhere.
 *
 * SOURCE  RFC 4180.
 *
 * RULE    A field that holds a comma, a quote, a line end, or blanks at an end
 *         stands in quotes, its quotes doubled. Numbers are written with the
 *         fewest of 15, 16 or 17 digits that read back as the same double.
 *
 * DIFFERS from the RFC: rows end in LF when written, LF or CRLF when read. When
 *         read, a row of no characters at all is skipped, and so is a UTF-8
 *         byte order mark at the start.
 *
 * TESTS   sim/test/check_record.c
 */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct err;

enum {
	CSV_FIELD_MAX = 256,         /* fields of a row */
	CSV_ROW_BYTES_MAX = 1 << 20, /* a longer row is an error */
	CSV_NUMBER_BYTES = 32,       /* holds any number as text */
};

/* A field, in quotes if it must be. Separators are the caller's. */
void csv_write_text(FILE *file, const char *text);

/* The shortest text that strtod() reads back as value; nan, inf, -inf. */
const char *csv_number(char text[CSV_NUMBER_BYTES], double value);

struct csv_reader; /* opaque */

/* NULL with err set if the file cannot be opened. The path is copied. */
struct csv_reader *csv_open(const char *path, struct err *err);
void csv_close(struct csv_reader *reader); /* NULL is allowed */

/*
 * The next row: returns 1 and the fields, which are good until the next call;
 * 0 at the end; -1 with err naming file and line.
 */
int csv_next(struct csv_reader *reader, const char *const **fields,
	     size_t *field_count, struct err *err);

/* Where the last row began, for messages: path:line. */
const char *csv_path(const struct csv_reader *reader);
uint64_t csv_line(const struct csv_reader *reader);

/* A whole field as a number: 0, or -1 if it is none (or does not fit). */
int csv_read_u64(const char *field, uint64_t *value);
int csv_read_double(const char *field, double *value);

#endif
