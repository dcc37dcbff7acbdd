#include "run/host_file.h"

#include "host/topology.h"
#include "run/host_schema.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LIBRARY_NAMES_MAX = 256 };

static int load_topology(struct arena *arena, const char *what,
			 const char *relative_to, struct host **host,
			 struct err *err);
static int load_profile(struct arena *arena, const char *path,
			struct host **host, struct err *err);
static int library_fail(const char *name, struct err *err);

static bool ends_in(const char *text, const char *ending)
{
	size_t length = strlen(text), tail = strlen(ending);

	return length > tail && strcmp(text + length - tail, ending) == 0;
}

static bool is_name(const char *text)
{
	for (const char *c = text; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("-_.", *c))
			return false;
	return *text != '\0';
}

/* The path as seen from the directory of the file that names it. */
static const char *path_beside(struct arena *arena, const char *path,
			       const char *relative_to)
{
	const char *slash = relative_to ? strrchr(relative_to, '/') : NULL;

	if (path[0] == '/' || !slash)
		return path;
	return host_text(arena, "%.*s/%s", (int)(slash - relative_to),
			 relative_to, path);
}

int host_load(struct arena *arena, const char *what, const char *relative_to,
	      struct host **host, struct err *err)
{
	if (ends_in(what, ".yaml") || ends_in(what, ".yml"))
		return load_profile(arena,
				    path_beside(arena, what, relative_to), host,
				    err);
	if (is_name(what) && strcmp(what, "this") && !ends_in(what, ".xml")) {
		const char *path =
			host_text(arena, HOST_FILE_LIBRARY "/%s.yaml", what);

		if (access(path, F_OK))
			return library_fail(what, err);
		return load_profile(arena, path, host, err);
	}
	if (load_topology(arena, what, relative_to, host, err) ||
	    topology_default_memory(arena, *host, err))
		return -1;
	host_complete(arena, *host);
	return 0;
}

static int load_topology(struct arena *arena, const char *what,
			 const char *relative_to, struct host **host,
			 struct err *err)
{
	if (strcmp(what, "this") == 0)
		return topology_from_this(arena, host, err);
	if (ends_in(what, ".xml"))
		return topology_from_xml(
			arena, path_beside(arena, what, relative_to), host,
			err);
	return topology_from_synthetic(arena, what, host, err);
}

/* "workloads/hosts/demo.yaml" -> "demo" */
static const char *name_of(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *name = arena_strdup(arena, slash ? slash + 1 : path);
	char *dot = strrchr(name, '.');

	if (dot)
		*dot = '\0';
	return name;
}

static int profile_read(struct arena *arena, struct yaml_doc *doc,
			const struct schema_host *data, struct host **host,
			struct err *err)
{
	const char *path = yaml_path(doc);
	struct err inner;

	if (load_topology(arena, data->topology, path, host, &inner))
		return yaml_fail(doc, yaml_key(yaml_root(doc), "topology"), err,
				 "%s", inner.text);
	(*host)->name = name_of(arena, path);
	(*host)->summary = arena_strdup(arena, data->summary);

	struct overlay overlay = {arena, *host, doc, data, err};

	if (host_overlay(&overlay))
		return -1;
	if (topology_default_memory(arena, *host, &inner))
		return yaml_fail(doc, yaml_key(yaml_root(doc), "memory"), err,
				 "%s", data->memory && !(*host)->total_pages
				 ? "zero memory on every node; at least 1 MiB"
				 : inner.text);
	host_complete(arena, *host);
	return 0;
}

static int load_profile(struct arena *arena, const char *path,
			struct host **host, struct err *err)
{
	void *data;
	struct yaml_doc *doc = yaml_open(path, &host_file_schema, &data, err);

	if (!doc)
		return -1;
	int rc = profile_read(arena, doc, data, host, err);

	yaml_close(doc);
	return rc;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Says which names there are. */
static int library_fail(const char *name, struct err *err)
{
	DIR *directory = opendir(HOST_FILE_LIBRARY);
	struct arena *scratch = arena_create();
	const char *names[LIBRARY_NAMES_MAX];
	size_t count = 0;
	struct dirent *entry;

	err_set(err, "host '%s': no %s/%s.yaml", name, HOST_FILE_LIBRARY, name);
	while (directory && (entry = readdir(directory)))
		if (ends_in(entry->d_name, ".yaml") &&
		    count < LIBRARY_NAMES_MAX)
			names[count++] = name_of(scratch, entry->d_name);
	if (directory)
		closedir(directory);
	qsort(names, count, sizeof(*names), by_name);
	if (count)
		err_add_nearest(err, name, names, count);
	arena_destroy(scratch);
	return -1;
}
