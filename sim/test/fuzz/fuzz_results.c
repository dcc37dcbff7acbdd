/*
 * fuzz_results.c - a results folder of any bytes: the first byte picks which
 *                  file is hostile, the others are good (plots/results.h).
 */
#include "test/fuzz/fuzz.h"

#include "base/arena.h"
#include "plots/results.h"

#include <string.h>

static const char run_json[] = "{\"scenario\": \"demo\", \"version\": \"1\"}\n";
static const char cases_csv[] = "case,load,load_unit\nall,8,guests\n";
static const char samples_csv[] =
	"suite,case,variant,metric,unit,better,class,origin,seed,repeat,value\n"
	"demo,all,libxl,slowdown,ratio,lower,exact,model,1,0,1.5\n";

/* The file at index: the input where that one is picked, else a good one. */
static void put(const char *name, const char *good, int hostile,
		const uint8_t *data, size_t size)
{
	if (hostile)
		fuzz_file(name, data, size);
	else
		fuzz_file(name, (const uint8_t *)good, strlen(good));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena;
	struct err err = {""};
	struct results *results;
	uint8_t pick;

	if (size == 0)
		return 0;
	pick = data[0] % 3;
	put("run.json", run_json, pick == 0, data + 1, size - 1);
	put("samples.csv", samples_csv, pick == 1, data + 1, size - 1);
	put("cases.csv", cases_csv, pick == 2, data + 1, size - 1);
	arena = arena_create();
	results = results_read(arena, fuzz_folder(), &err);
	if (results)
		results_highest_case(results);
	else
		fuzz_refused(&err, fuzz_folder());
	arena_destroy(arena);
	return 0;
}
