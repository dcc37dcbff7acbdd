/*
 * fuzz_scenario.c - any text as a scenario, bound and expanded (run/scenario.h).
 *
 * Bare names are looked up in workloads/, so run it from the top of the tree.
 */
#include "test/fuzz/fuzz.h"

#include "run/scenario.h"

static const uint16_t cpu_to_node[] = {0, 0, 1, 1};
static const struct xlcfg_host two_nodes = {2, 4, cpu_to_node};

/* A list of a million arrivals is right, and too slow to do often. */
enum { ARRIVALS_MAX = 10000 };

static uint64_t asked_for(const struct scenario *s)
{
	double most = 0;

	for (uint32_t i = 0; i < s->case_count; i++)
		most = s->cases[i].load > most ? s->cases[i].load : most;
	for (uint32_t i = 0; i < s->guest_count; i++)
		if (s->guest[i].arrival == SCENARIO_POISSON)
			most += s->guest[i].rate_per_s * 1e-9 *
				(double)s->duration_ns;
	return most < 1e18 ? (uint64_t)most : UINT64_MAX;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_create();
	const char *path = fuzz_file("input.yaml", data, size);
	struct err err = {""};
	struct scenario *s = scenario_load(arena, path, "workloads", &err);
	uint32_t count;

	if (!s) {
		fuzz_refused(&err, NULL);
	} else {
		scenario_check(s);
		if (scenario_bind(s, &two_nodes, arena, &err))
			fuzz_refused(&err, NULL);
		for (uint32_t i = 0; i < s->case_count && i < 4; i++)
			if (asked_for(s) <= ARRIVALS_MAX)
				scenario_arrivals(s, i, 1, arena, &count);
	}
	arena_destroy(arena);
	return 0;
}
