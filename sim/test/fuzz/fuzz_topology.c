/* fuzz_topology.c - any bytes as an lstopo XML file (host/topology.h). */
#include "test/fuzz/fuzz.h"

#include "run/host_file.h"

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
	const char *path = fuzz_file("input.xml", data, size);
	struct err err = {""};
	struct host *host;

	if (host_load(arena, path, NULL, &host, &err)) {
		fuzz_refused(&err, path);
	} else {
		host_check(host);
		fuzz_host(arena, host);
	}
	arena_destroy(arena);
	return 0;
}
