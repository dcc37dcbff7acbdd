/*
 * fuzz_host.c - any text as a host profile, completed and drawn
 *               (run/host_file.h).
 */
#include "test/fuzz/fuzz.h"

#include "host/draw.h"
#include "run/host_file.h"
#include "run/host_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	const char *path = fuzz_file("input.yaml", data, size);
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
