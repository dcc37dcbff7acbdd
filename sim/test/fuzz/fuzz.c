#include "test/fuzz/fuzz.h"

#include "host/draw.h"
#include "host/host_memsys.h"
#include "run/host_json.h"
#include "run/host_state_host.h"

#include <hwloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES_MAX = 8, PATH_BYTES = 96 };

/* The process's folder, and the files it has in it. */
static struct {
	char folder[PATH_BYTES / 2];
	uint32_t count;
	char path[FILES_MAX][PATH_BYTES];
} files;

static void files_remove(void)
{
	for (uint32_t i = 0; i < files.count; i++)
		unlink(files.path[i]);
	rmdir(files.folder);
}

const char *fuzz_folder(void)
{
	struct stat info;

	if (files.folder[0])
		return files.folder;
	snprintf(files.folder, sizeof(files.folder),
		 "%s/nodewise-fuzz-XXXXXX",
		 stat("/dev/shm", &info) ? "/tmp" : "/dev/shm");
	require(mkdtemp(files.folder) != NULL);
	atexit(files_remove);
	return files.folder;
}

static const char *path_of(const char *name)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "%s/%s", fuzz_folder(), name);
	for (uint32_t i = 0; i < files.count; i++)
		if (strcmp(files.path[i], path) == 0)
			return files.path[i];
	require(files.count < FILES_MAX);
	return strcpy(files.path[files.count++], path);
}

const char *fuzz_file(const char *name, const uint8_t *data, size_t size)
{
	const char *path = path_of(name);
	FILE *file = fopen(path, "wb");

	require(file != NULL);
	require(fwrite(data, 1, size, file) == size);
	require(fclose(file) == 0);
	return path;
}

char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	require(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

void fuzz_refused(const struct err *err, const char *file)
{
	require(err->text[0] != '\0');
	for (const char *c = err->text; *c; c++)
		require((unsigned char)*c >= ' ' && *c != 0x7f);
	require(!file || strstr(err->text, file) != NULL);
}

static void draw(const struct host *host)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);

	require(out != NULL);
	draw_host(out, host);
	require(fclose(out) == 0);
	free(text);

	json_t *json = host_json(host);

	text = json_dumps(json, 0);
	require(text != NULL);
	free(text);
	json_decref(json);
}

static void no_change(void *world, uint32_t cpu, double ops_per_s)
{
	(void)world;
	(void)cpu;
	(void)ops_per_s;
}

static void boot(struct arena *arena, const struct host *host)
{
	const struct host_state_boot boot = {
		.dom0_mib = 64, .dom0_vcpus = 1, .xen_version = 417,
	};
	struct host_state *state;
	struct p2m_store store;
	struct heap *heap;
	struct err err = {""};

	if (host_state_boot(arena, host, &boot, &state, &heap, &store, &err))
		fuzz_refused(&err, NULL);
	else
		host_state_check(state);
}

void fuzz_host(struct arena *arena, const struct host *host)
{
	struct memsys_config config;
	struct err err = {""};

	draw(host);
	boot(arena, host);
	host_memsys_config(arena, host, &config);
	if (memsys_config_check(&config, &err))
		fuzz_refused(&err, NULL);
	else
		memsys_create(arena, &config, no_change, NULL);
}

void fuzz_hold_hwloc(void)
{
	static hwloc_topology_t held;

	require(hwloc_topology_init(&held) == 0);
}
