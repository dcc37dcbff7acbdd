/*
 * heap_bench.h - the heap bench: hosts, guests, rounds, and what they gave; and
 * the heap beside its naive twin for as long as one likes.
 *
 * MODEL   In each round each guest is built and destroyed on each host, in
 *         turn, as often as makes so many extents:
 *
 *           empty 1 TiB, empty 64 GiB, fragmented 1 TiB, ... | the same | ...
 *
 *         A round before the first warms up. The hosts live on: after some rounds their free
 *         lists are in the order in which guests left them, as on a host that
 *         has been up for a while.
 *
 *         A figure is CPU time per extent: what one populate hypercall
 *         allocates and maps in one piece. Time for the pool (HAP) is kept
 *         apart, per page: a guest of 1 TiB takes a million of them.
 *
 * UNITS   ns per extent, ns per page of the pool, bytes.
 *
 * TESTS   bench/test/check_bench_heap.c
 */
#ifndef BENCH_ENGINE_HEAP_BENCH_H
#define BENCH_ENGINE_HEAP_BENCH_H

#include "bench/core/conditions.h"
#include "bench/core/samples.h"
#include "bench/engine/heap_host.h"
#include "xen/heap_twin.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct arena;
struct record;

enum { HEAP_BENCH_SEED = 1 };

struct heap_bench_config {
	const struct heap_host_shape *hosts;
	uint32_t hosts_count;
	const struct heap_guest_shape *guests;
	uint32_t guests_count;
	uint64_t extents_min; /* a guest is built until it had so many */
	uint32_t rounds;      /* 1..SAMPLES_MAX */
	struct clock clock;
	/* Told after each guest how many are done, warm-up included; or NULL. */
	void (*progress)(void *state, uint64_t done);
	void *progress_state;
};

/* What is timed. */
enum heap_metric {
	HEAP_BUILD,
	HEAP_DESTROY,
	HEAP_POOL_BUILD,
	HEAP_POOL_DESTROY,
	HEAP_METRICS,
};

extern const char *const heap_metric_names[HEAP_METRICS];

/* One guest on one host. */
struct heap_row {
	struct samples ns[HEAP_METRICS]; /* one a round */
	uint64_t extents[P2M_SIZES];     /* of one build */
	uint64_t pool_pages;
	uint64_t guest_bytes; /* of the model, for where its pages are */
};

struct heap_host_facts {
	uint64_t pages, block_count, heap_bytes;
};

struct heap_report {
	struct heap_bench_config config; /* borrowed arrays */
	struct heap_host_facts *host;    /* [hosts_count] */
	struct heap_row *row;            /* [host * guests_count + guest] */
	struct conditions conditions;
};

/* Those of `nodewise bench heap`: 64 nodes, 24 TiB; 1 TiB and 64 GiB. Quick is
 * a host of 8 nodes, 3 TiB, and guests of 256 and 16 GiB. */
extern const struct heap_bench_config heap_bench_full;
extern const struct heap_bench_config heap_bench_quick;

/* Guests built in all, warm-up included: for a progress line. */
uint64_t heap_bench_steps(const struct heap_bench_config *config);

/* Runs all. The report lies in the arena, the hosts do not. */
struct heap_report *heap_bench_run(struct arena *arena,
				   const struct heap_bench_config *config);

const struct heap_row *heap_row_of(const struct heap_report *report,
				   uint32_t host, uint32_t guest);

/* heap_print.c: for people, for programs, for a results folder. */
void heap_print(struct arena *arena, const struct heap_report *report,
		FILE *out, bool colours);
json_t *heap_json(const struct heap_report *report);
void heap_record(const struct heap_report *report, struct record *record);

/* --- beside the naive twin (heap_bench_check.c) ------------------------------ */

struct heap_bench_check {
	uint64_t steps; /* over all machines */
	uint64_t seed;
	/* Before each step, or NULL: a test plants a difference here. */
	void (*before)(void *state, struct heap *heap, uint64_t step);
	void *before_state;
	void (*progress)(void *state, uint64_t done); /* or NULL */
	void *progress_state;
};

struct heap_bench_checked {
	bool same;
	uint64_t steps;   /* done; same: those asked for */
	uint32_t machine; /* the one that differs */
	char why[HEAP_TWIN_WHY_BYTES];
	struct heap_twin_counts counts; /* over all machines */
};

/* Stops at the first difference. */
struct heap_bench_checked heap_bench_check(const struct heap_bench_check *c);

#endif
