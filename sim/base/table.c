#include "base/table.h"

#include "base/arena.h"
#include "base/err.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

enum { GAP_CELLS = 2, ROWS_START = 16 };

struct cell {
	const char *text;
	enum table_style style;
};

struct column {
	const char *header;
	enum table_align align;
	size_t width;
};

struct row {
	struct cell *cells; /* NULL: a rule */
};

struct table {
	struct arena *arena;
	struct column column[TABLE_COLUMN_MAX];
	uint32_t column_count;
	uint32_t filled_count; /* cells of the last row */
	uint32_t header_lines;
	struct row *row;
	size_t row_count;
	size_t row_capacity;
};

/* A line being printed: blanks wait until something follows them. */
struct line {
	FILE *out;
	size_t blanks;
	bool colours;
};

static const char *const style_codes[] = {
	[TABLE_PLAIN] = "",
	[TABLE_BOLD] = "\033[1m",
	[TABLE_DIM] = "\033[2m",
	[TABLE_GOOD] = "\033[32m",
	[TABLE_BAD] = "\033[31m",
	[TABLE_NOTE] = "\033[33m",
};

/* First and last of the characters that take two cells, and of those of none
 * (Unicode East Asian Width W and F; nonspacing marks in common use). */
static const uint32_t wide[][2] = {
	{0x1100, 0x115f},   {0x2e80, 0x303e},	{0x3041, 0xa4cf},
	{0xac00, 0xd7a3},   {0xf900, 0xfaff},	{0xfe30, 0xfe6f},
	{0xff00, 0xff60},   {0xffe0, 0xffe6},	{0x1f300, 0x1f64f},
	{0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};
static const uint32_t narrow[][2] = {
	{0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd},
	{0x064b, 0x065f}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff},
	{0x200b, 0x200f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f},
	{0xfe20, 0xfe2f}, {0xfeff, 0xfeff},
};

static bool is_in(const uint32_t (*range)[2], size_t count, uint32_t c)
{
	for (size_t i = 0; i < count; i++)
		if (c >= range[i][0] && c <= range[i][1])
			return true;
	return false;
}

/*
 * The character at text and its bytes; a byte that begins no well-formed
 * character counts as one by itself.
 */
static uint32_t decode(const char *text, size_t *bytes)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char first = (unsigned char)text[0];
	size_t size = first < 0x80 ? 1
		    : first >> 5 == 0x6 ? 2
		    : first >> 4 == 0xe ? 3
		    : first >> 3 == 0x1e ? 4 : 0;
	uint32_t c = size < 2 ? first : first & (0x7fu >> size);

	*bytes = 1;
	for (size_t i = 1; i < size; i++) {
		unsigned char next = (unsigned char)text[i];

		if (next >> 6 != 2)
			return 0xfffd;
		c = c << 6 | (next & 0x3f);
	}
	if (size == 0 || c < least[size] || c > 0x10ffff ||
	    (c >= 0xd800 && c < 0xe000))
		return 0xfffd;
	*bytes = size;
	return c;
}

static size_t char_width(uint32_t c)
{
	if (is_in(narrow, sizeof(narrow) / sizeof(*narrow), c))
		return 0;
	return is_in(wide, sizeof(wide) / sizeof(*wide), c) ? 2 : 1;
}

/* Of the first size bytes. */
static size_t width_of(const char *text, size_t size)
{
	size_t width = 0, bytes;

	for (size_t at = 0; at < size; at += bytes)
		width += char_width(decode(text + at, &bytes));
	return width;
}

size_t table_text_width(const char *text)
{
	return width_of(text, strlen(text));
}

/* C0, DEL, and C1 in UTF-8 become '?'; keep is a control that stays. */
static void hide_controls(char *text, char keep)
{
	size_t bytes;

	for (; *text; text += bytes) {
		uint32_t c = decode(text, &bytes);

		if (!((c < 0x20 && c != (unsigned char)keep) ||
		      (c >= 0x7f && c < 0xa0)))
			continue;
		text[0] = '?';
		if (bytes == 2) { /* C1: the rest moves up */
			memmove(text + 1, text + 2, strlen(text + 2) + 1);
			bytes = 1;
		}
	}
}

struct table *table_create(struct arena *arena)
{
	struct table *table = arena_alloc(arena, sizeof(*table));

	table->arena = arena;
	return table;
}

/* The bytes of line index of a header of several, and where it begins. */
static size_t header_line(const char *header, uint32_t index,
			  const char **begin)
{
	for (; index; index--)
		header = strchr(header, '\n') + 1;
	*begin = header;
	return strcspn(header, "\n");
}

static uint32_t count_lines(const char *header)
{
	uint32_t lines = *header != '\0';

	for (; *header; header++)
		lines += *header == '\n';
	return lines;
}

void table_column(struct table *table, const char *header,
		  enum table_align align)
{
	struct column *column = &table->column[table->column_count];
	char *copy = arena_strdup(table->arena, header);

	assert(table->column_count < TABLE_COLUMN_MAX);
	assert(table->row_count == 0);
	table->column_count++;
	hide_controls(copy, '\n');
	column->header = copy;
	column->align = align;

	uint32_t lines = count_lines(copy);

	if (lines > table->header_lines)
		table->header_lines = lines;
	for (uint32_t i = 0; i < lines; i++) {
		const char *begin;
		size_t size = header_line(copy, i, &begin);
		size_t width = width_of(begin, size);

		if (width > column->width)
			column->width = width;
	}
}

static struct row *row_add(struct table *table)
{
	if (table->row_count == table->row_capacity) {
		size_t capacity = table->row_capacity ? table->row_capacity * 2
						      : ROWS_START;
		struct row *more =
			arena_array(table->arena, capacity, sizeof(*more));

		if (table->row_count)
			memcpy(more, table->row,
			       table->row_count * sizeof(*more));
		table->row = more;
		table->row_capacity = capacity;
	}
	return &table->row[table->row_count++];
}

static bool last_is_full(const struct table *table)
{
	return table->filled_count % table->column_count == 0;
}

static void cell_add(struct table *table, enum table_style style,
		     const char *format, va_list args)
{
	va_list again;

	assert(table->column_count > 0);
	if (last_is_full(table)) {
		struct row *row = row_add(table);

		row->cells = arena_array(table->arena, table->column_count,
					 sizeof(*row->cells));
		table->filled_count = 0;
	}
	va_copy(again, args);
	int size = vsnprintf(NULL, 0, format, again);

	va_end(again);
	require(size >= 0);
	char *text = arena_alloc(table->arena, (size_t)size + 1);

	vsnprintf(text, (size_t)size + 1, format, args);
	hide_controls(text, '\0');

	struct column *column = &table->column[table->filled_count];
	size_t width = table_text_width(text);

	if (width > column->width)
		column->width = width;
	table->row[table->row_count - 1].cells[table->filled_count++] =
		(struct cell){text, style};
}

void table_cell(struct table *table, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	cell_add(table, TABLE_PLAIN, format, args);
	va_end(args);
}

void table_cell_styled(struct table *table, enum table_style style,
		       const char *format, ...)
{
	va_list args;

	va_start(args, format);
	cell_add(table, style, format, args);
	va_end(args);
}

void table_rule(struct table *table)
{
	assert(table->column_count > 0);
	assert(last_is_full(table));
	row_add(table)->cells = NULL;
}

static void put_text(struct line *line, const struct column *column,
		     const char *text, size_t size, enum table_style style)
{
	size_t width = width_of(text, size);
	size_t pad = column->width - width;
	bool styled = line->colours && style != TABLE_PLAIN && size;

	if (column->align == TABLE_RIGHT)
		line->blanks += pad;
	if (size)
		for (; line->blanks; line->blanks--)
			putc(' ', line->out);
	if (styled)
		fputs(style_codes[style], line->out);
	fwrite(text, 1, size, line->out);
	if (styled)
		fputs("\033[0m", line->out);
	/* Of an empty right-aligned cell the width is all padding already. */
	if (column->align == TABLE_LEFT)
		line->blanks += pad;
	line->blanks += GAP_CELLS;
}

static void print_rule(const struct table *table, FILE *out)
{
	for (uint32_t i = 0; i < table->column_count; i++) {
		if (i)
			fprintf(out, "%*s", GAP_CELLS, "");
		for (size_t k = 0; k < table->column[i].width; k++)
			putc('-', out);
	}
	putc('\n', out);
}

static void print_header(const struct table *table, FILE *out, bool colours)
{
	for (uint32_t r = 0; r < table->header_lines; r++) {
		struct line line = {out, 0, colours};

		for (uint32_t i = 0; i < table->column_count; i++) {
			const struct column *column = &table->column[i];
			uint32_t lines = count_lines(column->header);
			uint32_t above = table->header_lines - lines;
			const char *text = "";
			size_t size = 0;

			if (r >= above)
				size = header_line(column->header, r - above,
						   &text);
			put_text(&line, column, text, size, TABLE_BOLD);
		}
		putc('\n', out);
	}
	if (table->header_lines)
		print_rule(table, out);
}

void table_print(const struct table *table, FILE *out, bool colours)
{
	assert(table->column_count > 0);
	assert(last_is_full(table));
	print_header(table, out, colours);
	for (size_t r = 0; r < table->row_count; r++) {
		const struct cell *cells = table->row[r].cells;
		struct line line = {out, 0, colours};

		if (!cells) {
			print_rule(table, out);
			continue;
		}
		for (uint32_t i = 0; i < table->column_count; i++)
			put_text(&line, &table->column[i], cells[i].text,
				 strlen(cells[i].text), cells[i].style);
		putc('\n', out);
	}
}
