/*
 * heap_bench_check.c - millions of random steps of the heap and of its naive
 * twin (xen/heap_twin.h).
 *
 * RULE    The steps are dealt evenly over the twin's machines, each with its
 *         own random numbers. All invariants of the heap are asserted at every
 *         256th.
 */
#include "base/arena.h"
#include "bench/engine/heap_bench.h"

enum { INVARIANTS_EVERY = 256, PROGRESS_EVERY = 4096 };

static void add_counts(struct heap_twin_counts *sum,
		       const struct heap_twin_counts *one)
{
	sum->steps += one->steps;
	sum->runs += one->runs;
	sum->stacks += one->stacks;
	sum->claim_refusals += one->claim_refusals;
	sum->scrubbed_pages += one->scrubbed_pages;
}

static void check_machine(const struct heap_bench_check *c, uint32_t machine,
			  struct heap_bench_checked *result)
{
	uint64_t steps = c->steps / HEAP_TWIN_MACHINES +
			 (machine < c->steps % HEAP_TWIN_MACHINES);
	struct arena *arena = arena_create();
	struct heap_twin *twin = heap_twin_create(arena, machine, c->seed);

	for (uint64_t i = 0; i < steps && result->same; i++) {
		if (c->before)
			c->before(c->before_state, heap_twin_heap(twin),
				  result->steps);
		result->same = heap_twin_step(twin, result->why);
		result->steps++;
		if (!result->same)
			result->machine = machine;
		else if (i % INVARIANTS_EVERY == 0)
			heap_check(heap_twin_heap(twin));
		if (c->progress && result->steps % PROGRESS_EVERY == 0)
			c->progress(c->progress_state, result->steps);
	}
	struct heap_twin_counts counts = heap_twin_counts(twin);

	add_counts(&result->counts, &counts);
	heap_twin_destroy(twin);
	arena_destroy(arena);
}

struct heap_bench_checked heap_bench_check(const struct heap_bench_check *c)
{
	struct heap_bench_checked result = {.same = true};

	for (uint32_t m = 0; m < HEAP_TWIN_MACHINES && result.same; m++)
		check_machine(c, m, &result);
	return result;
}
