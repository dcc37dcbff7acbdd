#include "run/e820_file.h"

#include "run/jsonl.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Words of the types, Xen's and Linux's. */
static const struct {
	const char *word;
	uint32_t type;
} type_words[] = {
	{"usable", E820_RAM},	  {"RAM", E820_RAM},
	{"reserved", E820_RESERVED}, {"ACPI data", E820_ACPI},
	{"ACPI NVS", E820_NVS},	  {"unusable", E820_UNUSABLE},
};

struct reader {
	const char *path;
	uint64_t line;
	struct e820_entry *map;
	uint64_t *line_of; /* [E820_ENTRY_MAX] */
	uint32_t count;
	struct err *err;
};

static const char *skip_blanks(const char *at)
{
	return at + strspn(at, " \t");
}

/* A number, of base 16 with or without 0x, or as C writes it (base 0). */
static bool read_number(const char **at, int base, uint64_t *value)
{
	char *end;

	*at = skip_blanks(*at);
	if (!strchr("0123456789abcdefABCDEF", **at) || !**at)
		return false;
	errno = 0;
	*value = strtoull(*at, &end, base);
	if (errno || end == *at)
		return false;
	*at = end;
	return true;
}

/* What is left of the line, in parentheses or not. */
static bool read_type(const char *at, uint32_t *type)
{
	char word[32];
	size_t length;
	unsigned number;
	char more;

	at = skip_blanks(at);
	at += *at == '(';
	length = strcspn(at, ")\r");
	while (length && (at[length - 1] == ' ' || at[length - 1] == '\t'))
		length--;
	if (length == 0 || length >= sizeof(word))
		return false;
	memcpy(word, at, length);
	word[length] = '\0';
	for (size_t i = 0; i < sizeof(type_words) / sizeof(type_words[0]); i++)
		if (strcasecmp(word, type_words[i].word) == 0) {
			*type = type_words[i].type;
			return true;
		}
	if (strspn(word, "type 0123456789") != length ||
	    (sscanf(word, "type %4u%c", &number, &more) != 1 &&
	     sscanf(word, "%4u%c", &number, &more) != 1))
		return false;
	*type = number;
	return true;
}

/* [start, end] and [mem start-end]; at is behind the bracket. */
static bool read_inclusive(const char *at, struct e820_entry *entry)
{
	uint64_t start, last;

	if (strncmp(at, "mem ", 4) == 0)
		at += 4;
	if (!read_number(&at, 16, &start) || (*at != ',' && *at != '-'))
		return false;
	at++;
	if (!read_number(&at, 16, &last) || *at != ']')
		return false;
	if (last >= INT64_MAX || last + 1 < start)
		return false;
	entry->start_bytes = start;
	entry->size_bytes = last + 1 - start;
	return read_type(at + 1, &entry->type);
}

static bool read_plain(const char *at, struct e820_entry *entry)
{
	return read_number(&at, 0, &entry->start_bytes) &&
	       read_number(&at, 0, &entry->size_bytes) &&
	       entry->start_bytes <= INT64_MAX &&
	       entry->size_bytes <= INT64_MAX - entry->start_bytes &&
	       read_type(at, &entry->type);
}

static int fail(const struct reader *r, const char *what)
{
	return err_set(r->err, "%s:%" PRIu64 ": %s", r->path, r->line, what);
}

static int add(struct reader *r, const struct e820_entry *entry)
{
	uint64_t end = entry->start_bytes + entry->size_bytes;

	for (uint32_t i = 0; i < r->count; i++) {
		const struct e820_entry *e = &r->map[i];

		if (entry->start_bytes < e->start_bytes + e->size_bytes &&
		    e->start_bytes < end)
			return err_set(r->err, "%s:%" PRIu64 ": overlaps the "
				       "entry of line %" PRIu64 "; entries "
				       "apart", r->path, r->line,
				       r->line_of[i]);
	}
	if (r->count == E820_ENTRY_MAX)
		return fail(r, "too many entries; at most 128");
	r->line_of[r->count] = r->line;
	r->map[r->count++] = *entry;
	return 0;
}

static int read_line(struct reader *r, char *text)
{
	struct e820_entry entry = {0};
	const char *bracket;
	size_t length;

	text[strcspn(text, "\r")] = '\0';
	text += strspn(text, " \t");
	length = strlen(text);
	if (length == 0 || text[0] == '#' ||
	    (length >= 4 && strcmp(text + length - 4, "map:") == 0))
		return 0;
	bracket = strrchr(text, '[');
	if (bracket ? read_inclusive(bracket + 1, &entry)
		    : read_plain(text, &entry))
		return add(r, &entry);
	return fail(r, "is no entry of a memory map; as in "
		    "[0000000000100000, 00000000bfffffff] (usable), "
		    "[mem 0x100000-0xbfffffff] usable, or START SIZE TYPE");
}

int e820_file_load(struct arena *arena, const char *path,
		   struct e820_entry **map, uint32_t *count, struct err *err)
{
	struct reader r = {
		.path = path,
		.map = arena_array(arena, E820_ENTRY_MAX, sizeof(*r.map)),
		.line_of = arena_array(arena, E820_ENTRY_MAX,
				       sizeof(*r.line_of)),
		.err = err,
	};
	struct jsonl_line line = {0};
	struct jsonl *file = jsonl_open(path, err);
	int rc = 0;

	if (!file)
		return -1;
	while (rc == 0 && (rc = jsonl_next(file, &line, err)) > 0) {
		r.line = line.number;
		rc = strlen(line.text) == line.bytes
			     ? read_line(&r, line.text)
			     : fail(&r, "has a zero byte; text only");
	}
	free(line.text);
	jsonl_close(file);
	if (rc == 0 && r.count == 0)
		rc = err_set(err, "%s: has no entry of a memory map", path);
	*map = r.map;
	*count = r.count;
	return rc;
}
