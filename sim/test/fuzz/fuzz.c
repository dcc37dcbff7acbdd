#include "test/fuzz/fuzz.h"

#include "host/draw.h"
#include "run/host_json.h"

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

void fuzz_draw(const struct host *host)
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

void fuzz_hold_hwloc(void)
{
	static hwloc_topology_t held;

	require(hwloc_topology_init(&held) == 0);
}
