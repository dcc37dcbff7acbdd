#include "plots/script.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static void quoted(FILE *script, const char *text)
{
	putc('"', script);
	for (; *text; text++) {
		if (*text == '`')
			fputs("\\140", script);
		else if (*text == '"' || *text == '\\')
			fprintf(script, "\\%c", *text);
		else
			putc((unsigned char)*text < ' ' ? ' ' : *text, script);
	}
	putc('"', script);
}

void script_text(FILE *script, const char *name, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fprintf(script, "%s = ", name);
	quoted(script, text);
	putc('\n', script);
}

static void number(FILE *script, double value)
{
	if (isnan(value))
		fputs("NaN", script);
	else if (isinf(value))
		fputs(value > 0 ? "1e308" : "-1e308", script);
	else
		fprintf(script, "%.9g", value);
}

void script_number(FILE *script, const char *name, double value)
{
	fprintf(script, "%s = ", name);
	number(script, value);
	putc('\n', script);
}

void script_texts(FILE *script, const char *name, const char *const *text,
		  uint32_t count)
{
	assert(count > 0);
	fprintf(script, "array %s[%u] = [", name, count);
	for (uint32_t i = 0; i < count; i++) {
		fputs(i ? ", " : "", script);
		quoted(script, text[i]);
	}
	fputs("]\n", script);
}

void script_numbers(FILE *script, const char *name, const double *value,
		    uint32_t count)
{
	assert(count > 0);
	fprintf(script, "array %s[%u] = [", name, count);
	for (uint32_t i = 0; i < count; i++) {
		fputs(i ? ", " : "", script);
		number(script, value[i]);
	}
	fputs("]\n", script);
}

void data_number(FILE *data, double value)
{
	if (isnan(value))
		fputs("nan", data);
	else
		fprintf(data, "%.9g", value);
}

void data_text(FILE *data, const char *text)
{
	putc('"', data);
	for (; *text; text++)
		putc(*text == '"' ? '\'' : *text, data);
	putc('"', data);
}

const char *script_words(char *text, size_t size, const char *name)
{
	snprintf(text, size, "%s", name);
	for (char *c = text; *c; c++)
		if (*c == '_')
			*c = ' ';
	return text;
}

/* --- labels -------------------------------------------------------------------- */

/* Labels that touch: they stand gap apart around the mean of what they want. */
struct cluster {
	double wanted; /* sum of places, each less its offset in the cluster */
	uint32_t first, count;
};

static double cluster_start(const struct cluster *c, double gap)
{
	double start = c->wanted / c->count;
	double most = 1 - (c->count - 1) * gap;

	return start < 0 ? 0 : start > most ? most : start;
}

static bool touch(const struct cluster *a, const struct cluster *b, double gap)
{
	return cluster_start(a, gap) + a->count * gap > cluster_start(b, gap);
}

static void sort_by_place(const double *place, uint32_t *order, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t k = i;

		for (; k > 0 && place[order[k - 1]] > place[i]; k--)
			order[k] = order[k - 1];
		order[k] = i;
	}
}

void script_spread(double *place, uint32_t count, double gap)
{
	if (count == 0)
		return;

	struct cluster *c = calloc(count, sizeof(*c));
	uint32_t *order = calloc(count, sizeof(*order));
	uint32_t used = 0;

	if (count > 1 && gap > 1.0 / (count - 1))
		gap = 1.0 / (count - 1);
	if (!c || !order)
		abort();
	sort_by_place(place, order, count);
	for (uint32_t i = 0; i < count; i++) {
		c[used++] = (struct cluster){place[order[i]], i, 1};
		while (used > 1 && touch(&c[used - 2], &c[used - 1], gap)) {
			struct cluster *a = &c[used - 2], *b = &c[used - 1];

			a->wanted += b->wanted - b->count * (a->count * gap);
			a->count += b->count;
			used--;
		}
	}
	for (uint32_t k = 0; k < used; k++)
		for (uint32_t i = 0; i < c[k].count; i++)
			place[order[c[k].first + i]] =
				cluster_start(&c[k], gap) + i * gap;
	free(order);
	free(c);
}
