/*
 * fuzz_vnuma.c - any text as an xl.cfg with vnuma= and, behind a byte of 1, as
 *                the host's memory map: the plan, its tables, as text and as
 *                JSON (run/vnuma_report.h, run/e820_file.h).
 */
#include "test/fuzz/fuzz.h"

#include "run/e820_file.h"
#include "run/host_file.h"
#include "run/vnuma_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
	struct arena *arena; /* for as long as the process lives */
	struct host *host;
	struct xlcfg_host view;
} machine;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	uint16_t *map;
	struct err err;

	(void)argc;
	(void)argv;
	machine.arena = arena_create();
	require(!host_load(machine.arena, "four-node", NULL, &machine.host,
			   &err));
	map = arena_array(machine.arena, machine.host->nr_cpus, sizeof(*map));
	for (uint32_t c = 0; c < machine.host->nr_cpus; c++)
		map[c] = machine.host->cpu[c].node;
	machine.view = (struct xlcfg_host){machine.host->nr_nodes,
					   machine.host->nr_cpus, map};
	return 0;
}

static void print(struct arena *arena, const struct vnuma_report *report)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);
	json_t *json;

	require(out != NULL);
	vnuma_report_print(arena, report, out, false);
	require(fclose(out) == 0);
	free(text);
	json = vnuma_report_json(report);
	text = json_dumps(json, 0);
	require(text != NULL);
	free(text);
	json_decref(json);
}

static void use(struct arena *arena, struct vnuma_ask *ask)
{
	struct vnuma_report report = {.config = ask->config,
				      .host = machine.host};
	struct vnuma_plan plan;

	vnuma_plan_make(arena, ask, &plan);
	report.plan = &plan;
	vnuma_report_make(arena, &report);
	print(arena, &report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *map = size ? memchr(data, 1, size) : NULL;
	size_t length = map ? (size_t)(map - data) : size;
	const char *path = fuzz_file("input.cfg", data, length);
	struct vnuma_ask ask = {.host = &machine.view};
	struct arena *arena = arena_create();
	struct e820_entry *e820 = NULL;
	struct err err = {""};
	struct xlcfg *config;

	if (map) {
		const char *file = fuzz_file("e820.txt", map + 1,
					     size - length - 1);

		if (e820_file_load(arena, file, &e820, &ask.e820_count, &err))
			fuzz_refused(&err, file);
		else
			ask.e820 = e820;
	}
	config = xlcfg_load(arena, path, &err);
	if (!config || xlcfg_bind(config, &machine.view, arena, &err)) {
		fuzz_refused(&err, path);
	} else if (config->vnode_count) {
		ask.config = config;
		use(arena, &ask);
	}
	arena_destroy(arena);
	return 0;
}
