#include "place/plugin.h"

#include "base/err.h"

#include <assert.h>
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_CHARS_MAX = 4096 };

static const struct place_ops *resolve_one(const char *name, void **handle,
					   struct err *err);
static int set_add(struct place_set *set, const char *argument,
		   const struct place_ops *ops, void *handle,
		   struct err *err);

int place_resolve(const char *const *names, size_t count,
		  struct place_set *set, struct err *err)
{
	memset(set, 0, sizeof(*set));
	for (uint32_t i = 0; count == 0 && i < place_count(); i++)
		if (set_add(set, place_at(i)->name, place_at(i), NULL, err) < 0)
			return -1;
	for (size_t i = 0; i < count; i++) {
		void *handle = NULL;
		const struct place_ops *ops =
			resolve_one(names[i], &handle, err);

		if (!ops || set_add(set, names[i], ops, handle, err) < 0) {
			if (handle)
				dlclose(handle);
			place_set_fini(set);
			return -1;
		}
	}
	return 0;
}

void place_set_fini(struct place_set *set)
{
	for (uint32_t i = 0; i < set->count; i++)
		if (set->handle[i])
			dlclose(set->handle[i]);
	memset(set, 0, sizeof(*set));
}

static bool is_path(const char *name)
{
	size_t length = strlen(name);

	return strchr(name, '/') ||
	       (length > 3 && strcmp(name + length - 3, ".so") == 0);
}

static const struct place_ops *resolve_one(const char *name, void **handle,
					   struct err *err)
{
	const char *names[PLACE_SET_MAX];

	if (is_path(name))
		return place_plugin_open(name, handle, err);

	const struct place_ops *ops = place_find(name);

	if (!ops) {
		assert(place_count() <= PLACE_SET_MAX);
		err_set(err, "heuristic %s: no such heuristic", name);
		err_add_nearest(err, name, names,
				place_names(names, PLACE_SET_MAX));
	}
	return ops;
}

static int set_add(struct place_set *set, const char *argument,
		   const struct place_ops *ops, void *handle, struct err *err)
{
	const struct place_ops *other = place_find(ops->name);

	if (handle && other)
		return err_set(err, "%s: its name \"%s\" is taken by a "
			       "built-in heuristic; give it another",
			       argument, ops->name);
	for (uint32_t i = 0; i < set->count; i++)
		if (strcmp(set->ops[i]->name, ops->name) == 0)
			return err_set(err, "heuristic %s: \"%s\" is asked "
				       "for twice; name each once",
				       argument, ops->name);
	if (set->count == PLACE_SET_MAX)
		return err_set(err, "heuristic %s: too many; at most %d",
			       argument, PLACE_SET_MAX);
	set->ops[set->count] = ops;
	set->handle[set->count++] = handle;
	return 0;
}

/* Lower case, digits and '-', as people type them and reports print them. */
static bool name_is_legal(const char *name)
{
	static const char legal[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

	if (!name)
		return false;

	size_t length = strnlen(name, PLACE_NAME_MAX + 1);

	return length > 0 && length <= PLACE_NAME_MAX &&
	       strspn(name, legal) == length;
}

/* 0 if ops is a heuristic of this program. */
static int check_ops(const char *path, const struct place_ops *ops,
		     struct err *err)
{
	/* Only abi is read before it is right: the rest may lie elsewhere. */
	if (ops->abi != PLACE_ABI)
		return err_set(err, "%s: place_plugin.abi is %u, this program "
			       "wants %d; build it again with this "
			       "sim/place/place.h", path, (unsigned)ops->abi,
			       PLACE_ABI);
	if (!name_is_legal(ops->name))
		return err_set(err, "%s: place_plugin.name must be 1 to %d "
			       "lower-case letters, digits or '-'", path,
			       PLACE_NAME_MAX);
	if (!ops->summary)
		return err_set(err, "%s: place_plugin.summary is missing; one "
			       "line that says what it does", path);
	if (!ops->pick)
		return err_set(err, "%s: place_plugin.pick is missing; the "
			       "function that picks the nodes", path);
	return 0;
}

const struct place_ops *place_plugin_open(const char *path, void **handle,
					  struct err *err)
{
	char with_folder[PATH_CHARS_MAX];
	struct stat status;

	/* Without a '/' dlopen() would look in the system's folders. */
	int length = snprintf(with_folder, sizeof(with_folder), "%s%s",
			      strchr(path, '/') ? "" : "./", path);

	*handle = NULL;
	if ((size_t)length >= sizeof(with_folder) ||
	    stat(with_folder, &status) != 0) {
		err_set(err, "%s: no such file; --heuristic takes a name or "
			"the path of a shared object", path);
		return NULL;
	}
	if (!S_ISREG(status.st_mode)) {
		err_set(err, "%s: not a file but a folder or device; "
			"a shared object is wanted", path);
		return NULL;
	}

	void *object = dlopen(with_folder, RTLD_NOW | RTLD_LOCAL);

	if (!object) {
		err_set(err, "%s: not a shared object that loads: %s", path,
			dlerror());
		return NULL;
	}

	const struct place_ops *ops = dlsym(object, "place_plugin");

	if (!ops)
		err_set(err, "%s: exports no place_plugin; a heuristic has "
			"\"const struct place_ops place_plugin\" "
			"(sim/place/place.h)", path);
	if (!ops || check_ops(path, ops, err) < 0) {
		dlclose(object);
		return NULL;
	}
	*handle = object;
	return ops;
}
