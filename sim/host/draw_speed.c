/* draw_speed.c - distances, latencies, bandwidths and links as text (draw.h). */
#include "host/draw.h"

#include <string.h>

#define GB 1e9

static void draw_distances(FILE *out, const struct host *host);
static void draw_matrices(FILE *out, const struct host *host);
static void draw_by_distance(FILE *out, const struct host *host);
static void draw_links(FILE *out, const struct host *host);

void draw_speed(FILE *out, const struct host *host)
{
	draw_distances(out, host);
	if (host->nr_nodes <= DRAW_MATRIX_NODES)
		draw_matrices(out, host);
	else
		draw_by_distance(out, host);
	draw_links(out, host);
}

/* Columns of a matrix that fit on a line of row label and cells. */
static uint32_t columns_of(uint32_t count, int width)
{
	uint32_t fit = (uint32_t)((DRAW_COLUMNS - 6) / width);

	return count < fit ? count : fit;
}

/* Cells by a function, in blocks of columns that fit. */
static void draw_matrix(FILE *out, const struct host *host, int width,
			void (*cell)(FILE *, const struct host *, uint32_t,
				     uint32_t, int))
{
	uint32_t n = host->nr_nodes, block = columns_of(n, width);

	for (uint32_t from = 0; from < n; from += block) {
		uint32_t to = from + block < n ? from + block : n;

		fprintf(out, "%5s ", "");
		for (uint32_t j = from; j < to; j++)
			fprintf(out, "%*u", width, j);
		fprintf(out, "\n");
		for (uint32_t i = 0; i < n; i++) {
			fprintf(out, "%5u ", i);
			for (uint32_t j = from; j < to; j++)
				cell(out, host, i, j, width);
			fprintf(out, "\n");
		}
	}
}

static void cell_distance(FILE *out, const struct host *host, uint32_t i,
			  uint32_t j, int width)
{
	fprintf(out, "%*u", width, host_distance(host, i, j));
}

static void cell_latency(FILE *out, const struct host *host, uint32_t i,
			 uint32_t j, int width)
{
	fprintf(out, "%*.0f", width, host_latency_ns(host, i, j));
}

static void cell_core(FILE *out, const struct host *host, uint32_t i,
		      uint32_t j, int width)
{
	fprintf(out, "%*.2f", width, host_core_bytes_per_s(host, i, j) / GB);
}

static void cell_pair(FILE *out, const struct host *host, uint32_t i,
		      uint32_t j, int width)
{
	fprintf(out, "%*.2f", width,
		host->pair_bytes_per_s[i * host->nr_nodes + j] / GB);
}

static void draw_distances(FILE *out, const struct host *host)
{
	int width = 3;

	for (uint32_t k = 0; k < host->nr_nodes * host->nr_nodes; k++)
		if (host->distance[k] > 99)
			width = 4;
	draw_heading(out, "distances", &host->distance_origin);
	draw_matrix(out, host, width, cell_distance);
}

static void draw_matrices(FILE *out, const struct host *host)
{
	draw_heading(out, "idle latency, ns; row: CPUs, column: memory",
		&host->latency_origin);
	draw_matrix(out, host, 7, cell_latency);
	draw_heading(out, "one core alone, GB/s", &host->core_origin);
	draw_matrix(out, host, 7, cell_core);
	draw_heading(out, "all cores of a node, GB/s", &host->controller_origin);
	draw_matrix(out, host, 7, cell_pair);
}

static void widen(double range[2], double value)
{
	if (range[0] == 0 || value < range[0])
		range[0] = value;
	if (value > range[1])
		range[1] = value;
}

static void draw_range(FILE *out, const double range[2], int decimals)
{
	char text[64], low[24], high[24];

	snprintf(low, sizeof(low), "%.*f", decimals, range[0]);
	snprintf(high, sizeof(high), "%.*f", decimals, range[1]);
	if (strcmp(low, high) == 0)
		snprintf(text, sizeof(text), "%s", low);
	else
		snprintf(text, sizeof(text), "%s..%s", low, high);
	fprintf(out, " %13s", text);
}

static void draw_by_distance(FILE *out, const struct host *host)
{
	uint32_t n = host->nr_nodes;

	draw_heading(out, "idle latency", &host->latency_origin);
	fprintf(out, "one core [%s: %s]\n",
		host_origin_name(host->core_origin.kind),
		host->core_origin.from);
	fprintf(out, "all cores of a node [%s: %s]\n",
		host_origin_name(host->controller_origin.kind),
		host->controller_origin.from);
	fprintf(out, "%8s %6s %13s %13s %13s %13s\n", "distance", "pairs",
		"latency ns", "core GB/s", "node GB/s", "links");
	for (uint32_t d = 0; d <= HOST_DISTANCE_MAX; d++) {
		double ns[2] = {0}, core[2] = {0}, pair[2] = {0};
		double links[2] = {0};
		uint32_t pairs = 0;

		for (uint32_t k = 0; k < n * n; k++) {
			if (host->distance[k] != d)
				continue;
			pairs++;
			widen(ns, host->latency_ns[k]);
			widen(core, host->core_bytes_per_s[k] / GB);
			widen(pair, host->pair_bytes_per_s[k] / GB);
			widen(links, host->route[k].count);
		}
		if (!pairs)
			continue;
		fprintf(out, "%8u %6u", d, pairs);
		draw_range(out, ns, 0);
		draw_range(out, core, 2);
		draw_range(out, pair, 2);
		draw_range(out, links, 0);
		fprintf(out, "\n");
	}
}

/* Words that wrap at the right edge. */
static void draw_word(FILE *out, int *column, const char *word)
{
	int length = (int)strlen(word);

	if (*column + 2 + length > DRAW_COLUMNS) {
		fprintf(out, "\n");
		*column = 0;
	}
	*column += fprintf(out, "  %s", word);
}

/* The text that links of equal capacity share. */
static void capacity_text(char text[32], const struct host_link *link)
{
	snprintf(text, 32, "%.4g", link->bytes_per_s / GB);
}

/* Is there a link the other way with the same capacity? */
static bool link_is_even(const struct host *host, const struct host_link *link)
{
	char there[32], back[32];

	capacity_text(there, link);
	for (uint32_t l = 0; l < host->nr_links; l++) {
		if (host->link[l].from != link->to ||
		    host->link[l].to != link->from)
			continue;
		capacity_text(back, &host->link[l]);
		return strcmp(there, back) == 0;
	}
	return false;
}

/* Links of one capacity: "0-1" both ways, "0>1" one way. */
static void draw_links_of(FILE *out, const struct host *host, uint32_t first)
{
	char own[32], other[32], word[32];
	int column;

	capacity_text(own, &host->link[first]);
	for (uint32_t l = 0; l < first; l++) {
		capacity_text(other, &host->link[l]);
		if (strcmp(own, other) == 0)
			return; /* printed with that one */
	}
	column = fprintf(out, "%7s:", own);
	for (uint32_t l = first; l < host->nr_links; l++) {
		const struct host_link *link = &host->link[l];
		bool even = link_is_even(host, link);

		capacity_text(other, link);
		if (strcmp(own, other) != 0 || (even && link->from > link->to))
			continue;
		snprintf(word, sizeof(word), even ? "%u-%u" : "%u>%u",
			 link->from, link->to);
		draw_word(out, &column, word);
	}
	fprintf(out, "\n");
}

static void draw_route(FILE *out, const struct host *host,
		       const struct host_route *route, int *column)
{
	const uint32_t *link = host->route_link + route->first;
	char word[DRAW_COLUMNS];
	int used = snprintf(word, sizeof(word), "%u", host->link[*link].from);

	for (uint32_t r = 0; r < route->count && used < DRAW_COLUMNS - 8; r++)
		used += snprintf(word + used, sizeof(word) - (size_t)used,
				 ">%u", host->link[link[r]].to);
	draw_word(out, column, word);
}

static void draw_links(FILE *out, const struct host *host)
{
	uint32_t pairs = host->nr_nodes * host->nr_nodes;
	int column = 0;

	if (!host->nr_links)
		return;
	draw_heading(out, "links, GB/s each way", &host->link_origin);
	for (uint32_t l = 0; l < host->nr_links; l++)
		draw_links_of(out, host, l);
	if (host->nr_nodes > DRAW_MATRIX_NODES)
		return;
	for (uint32_t k = 0; k < pairs; k++) {
		if (host->route[k].count < 2)
			continue;
		if (!column)
			fprintf(out, "routes over several [%s: %s]\n",
				host_origin_name(host->route_origin.kind),
				host->route_origin.from);
		draw_route(out, host, &host->route[k], &column);
	}
	if (column)
		fprintf(out, "\n");
}
