/* fuzz_synthetic.c - any text as an hwloc synthetic string (host/topology.h). */
#include "test/fuzz/fuzz.h"

#include "host/topology.h"

#include <stdlib.h>

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	fuzz_hold_hwloc();
	(void)argc;
	(void)argv;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_create();
	char *text = fuzz_text(data, size);
	struct err err = {""};
	struct host *host;

	if (topology_from_synthetic(arena, text, &host, &err) ||
	    topology_default_memory(arena, host, &err)) {
		fuzz_refused(&err, NULL);
	} else {
		host_complete(arena, host);
		host_check(host);
		fuzz_host(arena, host);
	}
	free(text);
	arena_destroy(arena);
	return 0;
}
