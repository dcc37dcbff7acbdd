/*
 * library.h - the files that people name: by a path, or by a bare name in the
 * library of scenarios, hosts, guests and workloads.
 *
 * RULE    A name with a '/' or one of the suffixes .yaml .yml .xml .cfg .csv is
 *         a path, relative to the file that names it (to the working directory
 *         where no file does). Any other is bare: LIBRARY/FOLDER/NAME.SUFFIX.
 */
#ifndef RUN_LIBRARY_H
#define RUN_LIBRARY_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>

/* Is it a bare name? */
bool library_bare(const char *name);

/* The path; from is the file that names it, or NULL. */
const char *library_path(struct arena *arena, const char *library,
			 const char *folder, const char *suffix,
			 const char *name, const char *from);

/*
 * Is there a regular file at path? 0, or -1 with "no file PATH" in err and, for
 * a bare name, the nearest names of the folder.
 */
int library_exists(const char *path, const char *library, const char *folder,
		   const char *suffix, const char *name, struct err *err);

#endif
