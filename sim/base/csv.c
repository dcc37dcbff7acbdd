#include "base/csv.h"

#include "base/arena.h"
#include "base/err.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct csv_reader {
	struct arena *arena;
	FILE *file;
	char *path;
	uint64_t line;     /* of the character read next; from 1 */
	uint64_t row_line; /* where the last row began */
	size_t used_bytes; /* of text, in the row being read */
	size_t field_count;
	const char *fields[CSV_FIELD_MAX];
	char *text; /* CSV_ROW_BYTES_MAX: fields, each with a final zero */
};

void csv_write_text(FILE *file, const char *text)
{
	size_t size = strlen(text);
	bool quoted = strpbrk(text, ",\"\r\n") != NULL;

	if (size && (strchr(" \t", text[0]) || strchr(" \t", text[size - 1])))
		quoted = true;
	if (!quoted) {
		fputs(text, file);
		return;
	}
	putc('"', file);
	for (; *text; text++) {
		if (*text == '"')
			putc('"', file);
		putc(*text, file);
	}
	putc('"', file);
}

const char *csv_number(char text[CSV_NUMBER_BYTES], double value)
{
	if (isnan(value))
		return strcpy(text, "nan");
	if (isinf(value))
		return strcpy(text, value > 0 ? "inf" : "-inf");
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, CSV_NUMBER_BYTES, "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	return text;
}

struct csv_reader *csv_open(const char *path, struct err *err)
{
	FILE *file = fopen(path, "re");

	if (!file) {
		err_set(err, "%s: cannot be read: %s", path, strerror(errno));
		return NULL;
	}
	struct arena *arena = arena_create();
	struct csv_reader *r = arena_alloc(arena, sizeof(*r));

	r->arena = arena;
	r->file = file;
	r->path = arena_strdup(arena, path);
	r->text = arena_alloc(arena, CSV_ROW_BYTES_MAX);
	r->line = r->row_line = 1;
	return r;
}

void csv_close(struct csv_reader *reader)
{
	if (!reader)
		return;
	fclose(reader->file);
	arena_destroy(reader->arena);
}

const char *csv_path(const struct csv_reader *reader)
{
	return reader->path;
}

uint64_t csv_line(const struct csv_reader *reader)
{
	return reader->row_line;
}

static int fail(const struct csv_reader *r, struct err *err, const char *what)
{
	return err_set(err, "%s:%llu: %s", r->path,
		       (unsigned long long)r->row_line, what);
}

/* The next character, with CRLF as LF; EOF at the end. */
static int take(struct csv_reader *r)
{
	int c = getc_unlocked(r->file);

	if (c == '\r') {
		int next = getc_unlocked(r->file);

		if (next == '\n')
			c = next;
		else if (next != EOF)
			ungetc(next, r->file);
	}
	if (c == '\n')
		r->line++;
	return c;
}

static int keep(struct csv_reader *r, int c, struct err *err)
{
	if (c == 0)
		return fail(r, err, "a zero byte; is this a text file?");
	if (r->used_bytes + 1 >= CSV_ROW_BYTES_MAX)
		return fail(r, err, "a row of more than 1 MiB; is a closing "
				    "quote missing?");
	r->text[r->used_bytes++] = (char)c;
	return 0;
}

/*
 * Between quotes line ends are the field's own, CR too; doubled quotes are one.
 * Returns the character after the closing quote, or -2 with err set.
 */
static int read_quoted(struct csv_reader *r, struct err *err)
{
	for (;;) {
		int c = getc_unlocked(r->file);

		if (c == EOF) {
			fail(r, err, "a quote is not closed");
			return -2;
		}
		if (c == '"') {
			c = take(r);
			if (c == EOF || c == ',' || c == '\n')
				return c;
			if (c != '"') {
				fail(r, err, "text behind a closing quote; a "
					     "comma or the line's end");
				return -2;
			}
		}
		if (c == '\n')
			r->line++;
		if (keep(r, c, err))
			return -2;
	}
}

/* From c on; returns the character that ended the field, or -2. */
static int read_plain(struct csv_reader *r, int c, struct err *err)
{
	for (; c != EOF && c != ',' && c != '\n'; c = take(r)) {
		if (c == '"') {
			fail(r, err, "a quote within a field that does not "
				     "begin with one; double it and put the "
				     "field in quotes");
			return -2;
		}
		if (keep(r, c, err))
			return -2;
	}
	return c;
}

/* The first character of the next row that has any; EOF if there is none. */
static int row_start(struct csv_reader *r)
{
	int c = take(r);

	if (c == 0xef && r->line == 1 && ftell(r->file) == 1) {
		int second = getc_unlocked(r->file);
		int third = getc_unlocked(r->file);

		if (second == 0xbb && third == 0xbf)
			c = take(r);
		else
			fseek(r->file, 1, SEEK_SET);
	}
	while (c == '\n')
		c = take(r);
	return c;
}

int csv_next(struct csv_reader *reader, const char *const **fields,
	     size_t *field_count, struct err *err)
{
	struct csv_reader *r = reader;
	int c = row_start(r);

	r->used_bytes = 0;
	r->field_count = 0;
	r->row_line = r->line;
	while (c != EOF || r->field_count) {
		if (r->field_count == CSV_FIELD_MAX)
			return fail(r, err, "more than 256 fields in a row");
		r->fields[r->field_count++] = r->text + r->used_bytes;
		c = c == '"' ? read_quoted(r, err) : read_plain(r, c, err);
		if (c == -2)
			return -1;
		r->text[r->used_bytes++] = '\0';
		if (r->used_bytes == CSV_ROW_BYTES_MAX)
			return fail(r, err, "a row of more than 1 MiB");
		if (c != ',')
			break;
		c = take(r);
	}
	if (ferror(r->file))
		return err_set(err, "%s: cannot be read: %s", r->path,
			       strerror(errno));
	*fields = r->fields;
	*field_count = r->field_count;
	return r->field_count > 0;
}

int csv_read_u64(const char *field, uint64_t *value)
{
	char *end;

	if (*field < '0' || *field > '9')
		return -1;
	errno = 0;
	*value = strtoull(field, &end, 10);
	return errno || *end ? -1 : 0;
}

int csv_read_double(const char *field, double *value)
{
	char *end;

	if (!*field || strchr(" \t\r\n\v\f", *field))
		return -1;
	errno = 0;
	*value = strtod(field, &end);
	/* Too small to be told from 0 is a number, too large is none. */
	return *end || (errno && isinf(*value)) ? -1 : 0;
}
