/* fuzz_xlcfg.c - any text as an xl.cfg, bound on two hosts (toolstack/xlcfg.h). */
#include "test/fuzz/fuzz.h"

#include "toolstack/xlcfg.h"

#include <stdlib.h>

static const uint16_t cpu_to_node[] = {0, 0, 0, 0, 1, 1, 1, 1};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct xlcfg_host hosts[] = {
		{1, 1, cpu_to_node},
		{2, 8, cpu_to_node},
	};
	struct arena *arena = arena_create();
	const char *path = fuzz_file("input.cfg", data, size);
	struct err err = {""};
	struct xlcfg *cfg = xlcfg_load(arena, path, &err);

	if (!cfg)
		fuzz_refused(&err, path);
	for (size_t i = 0; cfg && i < 2; i++) {
		xlcfg_check(cfg);
		if (xlcfg_bind(cfg, &hosts[i], arena, &err))
			fuzz_refused(&err, path);
	}
	arena_destroy(arena);
	return 0;
}
