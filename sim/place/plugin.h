/*
 * plugin.h - from --heuristic arguments to heuristics: names or .so files.
 *
 * RULE    An argument with a '/' in it or ".so" at its end is the path of a
 *         shared object that exports `const struct place_ops place_plugin`
 *         (sim/place/example/ shows one); any other is a name of the table.
 *         Names are unique in a set: a plug-in may not take one that the table
 *         or another plug-in of the set has, for reports would show two lines
 *         of the same name.
 *
 * A plug-in is code and runs with the rights of who loads it.
 *
 * TESTS   sim/test/check_plugin.c
 */
#ifndef PLACE_PLUGIN_H
#define PLACE_PLUGIN_H

#include "place/place.h"

#include <stddef.h>

struct err;

enum { PLACE_SET_MAX = 64, PLACE_NAME_MAX = 31 };

/* Heuristics in the order they were asked for. Owns the shared objects. */
struct place_set {
	uint32_t count;
	const struct place_ops *ops[PLACE_SET_MAX];
	void *handle[PLACE_SET_MAX]; /* NULL: from the table */
};

/*
 * Fills *set from count arguments; none gives the whole table. 0, or -1 and
 * one line in *err; then *set is empty. The ops live until place_set_fini().
 */
int place_resolve(const char *const *names, size_t count,
		  struct place_set *set, struct err *err);

/* Unloads the plug-ins. A set that is zeroed or finished is allowed. */
void place_set_fini(struct place_set *set);

/*
 * One shared object. Returns its ops and the handle to dlclose() when nobody
 * uses them any more, or NULL and one line in *err that starts with path.
 */
const struct place_ops *place_plugin_open(const char *path, void **handle,
					  struct err *err);

#endif
