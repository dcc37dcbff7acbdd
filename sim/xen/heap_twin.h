/*
 * heap_twin.h - the heap and its naive twin, driven by the same random steps.
 *
 * MODEL   A few small machines: spans that start and end anywhere, nodes in
 *         several pieces, both versions of Xen, with and without a DMA range,
 *         with and without dirty memory at boot. A step allocates (one extent,
 *         or a run of them), frees (all of what is held, its lower half, or
 *         neighbours from the top down), claims, scrubs, changes an affinity,
 *         or makes a domain die or live. Fillings up and emptyings take turns.
 *
 * RULE    After each step the answers, the domains, every free list with every
 *         block and dirty page, and the counters must be the same. What the
 *         heap does in one go (a run, a range), the twin does one by one.
 *
 * COST    About 5 us a step: for tests and `nodewise bench heap --check`.
 *
 * TESTS   sim/test/check_heap_twin.c, bench/test/check_bench_heap.c
 */
#ifndef XEN_HEAP_TWIN_H
#define XEN_HEAP_TWIN_H

#include "base/arena.h"
#include "xen/heap.h"

#include <stdbool.h>
#include <stdint.h>

enum { HEAP_TWIN_MACHINES = 4, HEAP_TWIN_WHY_BYTES = 160 };

struct heap_twin; /* opaque */

/* machine < HEAP_TWIN_MACHINES. heap_twin_destroy() frees what the arena does
 * not own: before arena_destroy(). */
struct heap_twin *heap_twin_create(struct arena *arena, uint32_t machine,
				   uint64_t seed);
void heap_twin_destroy(struct heap_twin *twin);

/* One step of both. False: they differ, and *why says in what. */
bool heap_twin_step(struct heap_twin *twin, char why[HEAP_TWIN_WHY_BYTES]);

/* For heap_check(), and for tests that plant a difference. */
struct heap *heap_twin_heap(struct heap_twin *twin);

/* Steps that did something particular, so that a test can see that they came:
 * runs of more than one extent, neighbours freed at once, refusals because of a
 * claim, pages scrubbed. */
struct heap_twin_counts {
	uint64_t steps, runs, stacks, claim_refusals, scrubbed_pages;
};

struct heap_twin_counts heap_twin_counts(const struct heap_twin *twin);

#endif
