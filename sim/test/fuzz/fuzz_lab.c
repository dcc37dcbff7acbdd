/* fuzz_lab.c - any lines as what a real Xen did (run/lab_record.h). */
#include "test/fuzz/fuzz.h"

#include "run/lab_record.h"
#include "toolstack/xlcfg.h"

/* The guests of a step, read as `nodewise place` and `conform` read them. */
static void use(struct arena *arena, const struct lab_step *step)
{
	struct err err = {""};

	host_state_check(step->after);
	for (uint32_t i = 0; i < step->create_count; i++)
		if (!xlcfg_parse(arena, "config", step->create[i].config, &err))
			fuzz_refused(&err, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file("input.jsonl", data, size);
	struct err err = {""};
	struct lab_file *file = lab_open(path, &err);
	int rc = file ? 1 : -1;

	while (rc > 0) {
		struct arena *arena = arena_create();
		struct lab_step *step;

		rc = lab_next(file, arena, &step, &err);
		if (rc > 0)
			use(arena, step);
		arena_destroy(arena);
	}
	if (rc < 0)
		fuzz_refused(&err, path);
	lab_close(file);
	return 0;
}
