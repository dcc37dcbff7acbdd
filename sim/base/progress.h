/*
 * progress.h - one line on a terminal: how far, how fast, how long still.
 *
 *         sim  [#########...........]  37/80 runs  12.3 runs/s  0:04 left
 *
 * RULE    The line is redrawn in place, at most ten times a second, and wiped
 *         at the end, so that what is printed next starts on a clean line.
 *         Silent unless the caller says that out is a terminal. The clock is
 *         the caller's (sim/ reads none). The rate is that of the last 5 s or
 *         so: an exponential mean whose weight decays with time. Calls come
 *         from one thread.
 *
 * TESTS   sim/test/check_table.c, with a clock made of an integer
 */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Monotonic ns from any start. */
typedef int64_t progress_clock(void *context);

/* Open so that it can live on a stack; fields are progress.c's own. */
struct progress {
	FILE *out;
	progress_clock *clock;
	void *context;
	const char *title; /* borrowed: "sim" */
	const char *unit;  /* borrowed, plural: "runs" */
	uint64_t total_count;
	uint64_t done_count;
	int64_t start_ns;
	int64_t drawn_ns;
	int64_t rated_ns;     /* when rate_per_s was brought up to date */
	uint64_t rated_count; /* done_count then */
	double rate_per_s;
	bool terminal;
	bool drawn;
};

/* total_count 0: unknown, no bar and no time left. */
void progress_init(struct progress *p, FILE *out, bool terminal,
		   progress_clock *clock, void *context, const char *title,
		   const char *unit, uint64_t total_count);

/* done_count of total are done; it never falls. Draws when it is time to. */
void progress_update(struct progress *p, uint64_t done_count);

/* Wipes the line. */
void progress_fini(struct progress *p);

#endif
