#include "plots/style.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* In the order of sim/place/list.h. Xen's own is black; the two bounds are
 * dotted; neighbours of a colour have distant dashes. */
static const struct {
	const char *name;
	struct style style;
} table[] = {
	{"libxl", {"#000000", "solid", 7}},
	{"libxl-fixed", {"#0072b2", "(10,4)", 6}},
	{"stripe", {"#e69f00", "solid", 5}},
	{"first-fit", {"#56b4e9", "solid", 9}},
	{"packed", {"#009e73", "solid", 13}},
	{"spread", {"#d55e00", "(10,4)", 11}},
	{"random", {"#808080", "(3,3)", 2}},
	{"distance", {"#cc79a7", "(5,4)", 15}},
	{"best-effort", {"#117733", "(12,4,3,4)", 4}},
	{"pinned", {"#332288", "(10,4)", 12}},
	{"best", {"#44aa99", "(2,4)", 8}},
	{"worst", {"#882255", "(2,4)", 10}},
};

static const struct style spare[STYLE_SPARE] = {
	{"#d55e00", "solid", 14},      {"#0072b2", "solid", 7},
	{"#aa4499", "(10,4)", 5},      {"#999933", "solid", 13},
	{"#661100", "(12,4,3,4)", 9},  {"#6699cc", "(12,4,3,4)", 15},
	{"#aa4499", "solid", 1},       {"#0072b2", "(3,3)", 3},
	{"#999933", "(10,4)", 11},     {"#d55e00", "(12,4,3,4)", 12},
	{"#661100", "(3,3)", 14},      {"#6699cc", "(10,4)", 8},
};

static const struct style *known(const char *name)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i].style;
	return NULL;
}

/* FNV-1a, 32 bits. */
static uint32_t hash(const char *name)
{
	uint32_t h = 2166136261u;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	return h;
}

/* Index of the first unknown name after last in the alphabet, or count. */
static uint32_t next_unknown(const char *const *name, uint32_t count,
			     const char *last)
{
	uint32_t best = count;

	for (uint32_t i = 0; i < count; i++) {
		if (known(name[i]) || (last && strcmp(name[i], last) <= 0))
			continue;
		if (best == count || strcmp(name[i], name[best]) < 0)
			best = i;
	}
	return best;
}

static uint32_t free_slot(const char *name, const bool taken[STYLE_SPARE])
{
	uint32_t first = hash(name) % STYLE_SPARE;

	for (uint32_t i = 0; i < STYLE_SPARE; i++)
		if (!taken[(first + i) % STYLE_SPARE])
			return (first + i) % STYLE_SPARE;
	return first;
}

void style_choose(const char *const *name, uint32_t count, struct style *style)
{
	bool taken[STYLE_SPARE] = {false};
	const char *last = NULL;

	for (uint32_t i = 0; i < count; i++)
		if (known(name[i]))
			style[i] = *known(name[i]);
	for (;;) {
		uint32_t next = next_unknown(name, count, last);

		if (next == count)
			return;
		uint32_t slot = free_slot(name[next], taken);

		taken[slot] = true;
		last = name[next];
		for (uint32_t i = 0; i < count; i++)
			if (strcmp(name[i], last) == 0)
				style[i] = spare[slot];
	}
}

void style_write(FILE *script, uint32_t index, const struct style *style)
{
	fprintf(script,
		"set style line %u lc rgb '%s' dt %s pt %u ps 0.9 lw 1.8\n",
		index, style->colour, style->dash, style->mark);
}
