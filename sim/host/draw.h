/*
 * draw.h - a machine as text for a person, at most 80 columns wide.
 *
 * RULE    draw_host() prints, in this order: name and summary, what it was read
 *         from, the tree of sockets and nodes with memory and CPUs, MFN ranges
 *         and the range that Xen hands out last, distances, latencies and
 *         bandwidths, links, devices, constants, warnings. Every heading says
 *         where its numbers come from.
 *
 *         Up to DRAW_MATRIX_NODES nodes the latencies and bandwidths are
 *         matrices; above they are one line per distance, with the smallest
 *         and largest value of all pairs at that distance.
 *
 * TESTS   sim/test/check_host_file.c
 */
#ifndef HOST_DRAW_H
#define HOST_DRAW_H

#include "host/host.h"

#include <stdio.h>

enum { DRAW_MATRIX_NODES = 10, DRAW_COLUMNS = 80 };

void draw_host(FILE *out, const struct host *host);

/* The parts of it that draw_speed.c prints: distances to links. */
void draw_speed(FILE *out, const struct host *host);

/* "TEXT [published: table]", on two lines if it is too wide for one. */
void draw_heading(FILE *out, const char *text,
		  const struct host_origin *origin);

/* Every constant and matrix with unit, origin, source and meaning. */
void draw_constants(FILE *out, const struct host *host);

/*
 * A set of CPUs as people write it: "0-7,192-199", or "0,2,...,22" for steps.
 * "-" if empty.
 */
void draw_cpus(FILE *out, const cpuset *cpus);

/* The origins of what is not a scalar constant, in the order of printing. */
struct draw_origin {
	const char *name; /* "latency_ns" */
	const char *unit;
	const char *meaning;
	const struct host_origin *origin;
};

enum { DRAW_ORIGIN_COUNT = 11 };

void draw_origins(const struct host *host,
		  struct draw_origin out[DRAW_ORIGIN_COUNT]);

#endif
