/* library.c - paths and names of input files (library.h). */
#include "run/library.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { NAMES_MAX = 256 };

static bool ends_with(const char *text, const char *suffix)
{
	size_t length = strlen(text), tail = strlen(suffix);

	return length > tail && strcmp(text + length - tail, suffix) == 0;
}

bool library_bare(const char *name)
{
	static const char *const suffixes[] = {".yaml", ".yml", ".xml", ".cfg",
					       ".csv"};

	if (strchr(name, '/'))
		return false;
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (ends_with(name, suffixes[i]))
			return false;
	return true;
}

static const char *join(struct arena *arena, const char *a, size_t a_length,
			const char *b)
{
	char *path = arena_alloc(arena, a_length + strlen(b) + 1);

	memcpy(path, a, a_length);
	memcpy(path + a_length, b, strlen(b));
	return path;
}

const char *library_path(struct arena *arena, const char *library,
			 const char *folder, const char *suffix,
			 const char *name, const char *from)
{
	const char *slash = from ? strrchr(from, '/') : NULL;

	if (library_bare(name)) {
		size_t size = strlen(library) + strlen(folder) + strlen(name) +
			      strlen(suffix) + 3;
		char *path = arena_alloc(arena, size);

		snprintf(path, size, "%s/%s/%s%s", library, folder, name,
			 suffix);
		return path;
	}
	if (name[0] == '/' || !slash)
		return arena_strdup(arena, name);
	return join(arena, from, (size_t)(slash - from) + 1, name);
}

static int name_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The folder's names without their suffix, sorted; freed by the caller. */
static size_t list_names(const char *library, const char *folder,
			 const char *suffix, char *names[NAMES_MAX])
{
	struct arena *arena = arena_create();
	const char *path = join(arena, library, strlen(library), "/");
	DIR *dir = opendir(join(arena, path, strlen(path), folder));
	struct dirent *entry;
	size_t count = 0;

	while (dir && count < NAMES_MAX && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.' ||
		    !ends_with(entry->d_name, suffix))
			continue;
		names[count] = strndup(entry->d_name, strlen(entry->d_name) -
					      strlen(suffix));
		require(names[count] != NULL);
		count++;
	}
	if (dir)
		closedir(dir);
	arena_destroy(arena);
	qsort(names, count, sizeof(names[0]), name_compare);
	return count;
}

int library_exists(const char *path, const char *library, const char *folder,
		   const char *suffix, const char *name, struct err *err)
{
	char *names[NAMES_MAX];
	struct stat info;
	size_t count;

	if (stat(path, &info) == 0 && S_ISREG(info.st_mode))
		return 0;
	err_set(err, "no file %s", path);
	if (!library_bare(name))
		return -1;
	count = list_names(library, folder, suffix, names);
	err_add_nearest(err, name, (const char *const *)names, count);
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	return -1;
}
