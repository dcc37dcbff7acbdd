/* fuzz_workload.c - any text as a workload (run/workload_file.h). */
#include "test/fuzz/fuzz.h"

#include "run/workload_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_create();
	const char *path = fuzz_file("input.yaml", data, size);
	struct err err = {""};
	struct workload *workload = workload_load(arena, path, &err);

	if (workload)
		workload_check(workload);
	else
		fuzz_refused(&err, path);
	arena_destroy(arena);
	return 0;
}
