/*
 * results_dir.h - a results folder that may take the place of an older one.
 *
 * RULE    As record.h, but with replace an existing folder that holds results
 *         (a run.json) steps aside as DIR.old-PID while the new one is made; it
 *         is removed when the new one stands, and comes back if that fails. A
 *         folder that holds anything else is never touched.
 *
 * TESTS   sim/test/check_cli.c
 */
#ifndef RUN_RESULTS_DIR_H
#define RUN_RESULTS_DIR_H

#include "base/record.h"

#include <stdbool.h>

enum { RESULTS_PATH_MAX = 4096 };

struct results_dir {
	struct record *record; /* NULL: not open */
	char path[RESULTS_PATH_MAX];
	char aside[RESULTS_PATH_MAX]; /* "" = none stepped aside */
};

/* 0, or -1 and err; then nothing has changed. */
int results_dir_open(struct results_dir *dir, const char *path, bool replace,
		     struct err *err);
int results_dir_commit(struct results_dir *dir, struct err *err);
/* A dir that was never opened is allowed. */
void results_dir_abort(struct results_dir *dir);

#endif
