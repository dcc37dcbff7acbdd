#include "base/err.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	NEAREST_MAX = 3,
	NAME_MAX_CHARS = 63,
	HEAD_BYTES = 680, /* of a text that is too long, before the "..." */
};

static _Thread_local struct {
	const int64_t *now_ns;
	uint64_t seed;
	bool set;
} panic_context;

/* Does the byte go on with a UTF-8 character that began before it? */
static bool continues(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/*
 * One line, whatever the text: names and values come from files. Of a text that
 * is too long the middle goes, so that both what is wrong and what would be
 * right stay.
 */
static void err_put(struct err *err, const char *text)
{
	static const char gap[] = " ... ";
	size_t length = strlen(text), head = HEAD_BYTES;

	if (length < sizeof(err->text)) {
		memcpy(err->text, text, length + 1);
	} else {
		const char *tail = text + length + head + sizeof(gap) -
				   sizeof(err->text);

		while (head && continues(text[head]))
			head--;
		while (continues(*tail))
			tail++;
		snprintf(err->text, sizeof(err->text), "%.*s%s%s", (int)head,
			 text, gap, tail);
	}
	for (char *c = err->text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
}

int err_vset(struct err *err, const char *format, va_list args)
{
	char *text;

	require(vasprintf(&text, format, args) >= 0);
	err_put(err, text);
	free(text);
	return -1;
}

int err_set(struct err *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	err_vset(err, format, args);
	va_end(args);
	return -1;
}

static void err_append(struct err *err, const char *more)
{
	char *text;

	require(asprintf(&text, "%s%s", err->text, more) >= 0);
	err_put(err, text);
	free(text);
}

/* Levenshtein distance of the first NAME_MAX_CHARS characters. */
static size_t edit_distance(const char *a, const char *b)
{
	size_t row[NAME_MAX_CHARS + 1];
	size_t a_len = strnlen(a, NAME_MAX_CHARS);
	size_t b_len = strnlen(b, NAME_MAX_CHARS);

	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[b_len];
}

/* The names at most limit away, nearest first, equals in order; how many. */
static size_t nearest(const char *wrong, size_t limit,
		      const char *const *names, size_t count,
		      const char *best[NEAREST_MAX])
{
	size_t distance[NEAREST_MAX], found = 0;

	for (size_t i = 0; i < count; i++) {
		size_t d = edit_distance(wrong, names[i]), at = found;

		if (d > limit)
			continue;
		while (at > 0 && distance[at - 1] > d)
			at--;
		if (at == NEAREST_MAX)
			continue;
		found += found < NEAREST_MAX;
		for (size_t k = found - 1; k > at; k--) {
			best[k] = best[k - 1];
			distance[k] = distance[k - 1];
		}
		best[at] = names[i];
		distance[at] = d;
	}
	return found;
}

int err_add_nearest(struct err *err, const char *wrong,
		    const char *const *names, size_t count)
{
	const char *best[NEAREST_MAX];
	size_t limit = strnlen(wrong, NAME_MAX_CHARS) / 2, found;

	found = nearest(wrong, limit, names, count, best);
	for (size_t i = 0; i < found; i++) {
		err_append(err, i ? ", " : "; did you mean ");
		err_append(err, best[i]);
	}
	if (found) {
		err_append(err, "?");
		return -1;
	}
	for (size_t i = 0; i < count; i++) {
		err_append(err, i ? ", " : "; one of ");
		err_append(err, names[i]);
	}
	return -1;
}

void panic_run(const int64_t *now_ns, uint64_t seed)
{
	panic_context.now_ns = now_ns;
	panic_context.seed = seed;
	panic_context.set = now_ns != NULL;
}

void panic(const char *file, int line, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "nodewise: bug at %s:%d: ", file, line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	if (panic_context.set)
		fprintf(stderr, " (simulated time %" PRId64 " ns, seed %" PRIu64 ")",
			*panic_context.now_ns, panic_context.seed);
	fprintf(stderr, "\n");
	abort();
}
