/*
 * conform_kinds.h - the kinds of record that `nodewise conform` can replay.
 *
 * RULE    A kind is one line of the table in conform_kinds.c: its name, what it
 *         holds the model to, how to tell its records by their content, and one
 *         of three ways to replay them:
 *
 *           replay       each record stands alone;
 *           replay_with  the same, and the options matter to it;
 *           series       records build on those before them in their file.
 *
 *         Records that stand alone are replayed on several threads at once;
 *         those of a series one after another, in the order of the file.
 *
 * TESTS   sim/test/check_conform.c
 */
#ifndef RUN_CONFORM_KINDS_H
#define RUN_CONFORM_KINDS_H

#include "run/conform.h"

#include <stddef.h>

/* Called by conform_run.c, from one thread. */
struct conform_series {
	/* At the first such record of a file. */
	void *(*open)(const struct conform_options *options);
	/* As conform_replay; result->is_case = false: a line without a case. */
	int (*replay)(void *state, const json_t *record,
		      struct conform_result *result, struct err *err);
	/*
	 * At the end of the file, or where it could not be read further. Adds
	 * what else was measured to notes, an object of texts and numbers that
	 * is printed under the file's line: {"creations exact": "61 of 64"}.
	 */
	void (*close)(void *state, json_t *notes);
};

struct conform_kind {
	const char *name;
	const char *summary;
	bool (*is)(const json_t *record);
	conform_replay *replay;
	conform_replay_with *replay_with;
	const struct conform_series *series;
};

size_t conform_kind_count(void);
const struct conform_kind *conform_kind_at(size_t index);

/* By name. NULL with *err: "unknown kind 'heapp'; did you mean heap?" */
const struct conform_kind *conform_kind_find(const char *name,
					     struct err *err);

/* By content; the first kind of the table that takes it. NULL with *err. */
const struct conform_kind *conform_kind_of(const json_t *record,
					   struct err *err);

#endif
