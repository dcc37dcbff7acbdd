/*
 * record.h - a results folder, written whole or not at all.
 *
 * RULE    Everything goes to a folder beside the one asked for:
 *
 *           results/demo.partial-4711/   run.json samples.csv guests.csv ...
 *
 *         record_commit() flushes each file to the disk, then renames the
 *         folder to results/demo in one step that fails if somebody else made
 *         it meanwhile. Who finds results/demo finds all of it. record_abort(),
 *         and a commit that fails, remove the partial folder. Only a killed
 *         process leaves one, under a name that no reader takes for a result.
 *
 *         samples.csv is always there (sample.h); run.json is what makes the
 *         numbers repeatable: version, command, digests of the input files,
 *         seeds, the host.
 *
 *         The name's number is the process's. One thread writes a record.
 *
 * TESTS   sim/test/check_record.c
 */
#ifndef BASE_RECORD_H
#define BASE_RECORD_H

#include "base/sample.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct err;
struct record; /* opaque */

enum { RECORD_FILE_MAX = 64, RECORD_INPUT_MAX = 1024 };

/* What run.json says. Pointers are borrowed for the call; NULL = left out. */
struct run_info {
	const char *program;        /* "nodewise" */
	const char *version;        /* "0.1 (abc1234)" */
	const char *const *command; /* argv */
	size_t command_count;
	const char *const *inputs;  /* files read; listed with SHA-256 */
	size_t input_count;
	const uint64_t *seeds;      /* as text: JSON readers lose bits */
	size_t seed_count;
	json_t *host;               /* fingerprint of the machine that ran it */
	json_t *extra;              /* an object; its keys are added */
};

/*
 * Starts results for dir, whose parent must exist. NULL with err set when dir
 * exists ("results/x exists; choose another --out or remove it") or cannot be
 * made.
 */
struct record *record_open(const char *dir, struct err *err);

/* One row of samples.csv. A full disk shows at record_commit(). */
void record_sample(struct record *record, const struct sample *sample);

/*
 * Another file of the folder, open for writing; the record closes it. The name
 * has no slash, and is not samples.csv, run.json or a name given before. NULL
 * with err set if it cannot be made.
 */
FILE *record_file(struct record *record, const char *name, struct err *err);

/*
 * Writes run.json: once, before the commit, as numbers without it cannot be
 * repeated. 0, or -1 with err set (an input cannot be read).
 */
int record_run(struct record *record, const struct run_info *info,
	       struct err *err);

/* Where the results will stand. */
const char *record_dir(const struct record *record);

/*
 * Both free the record. Commit returns 0, or -1 with err set and nothing left.
 * Abort takes NULL.
 */
int record_commit(struct record *record, struct err *err);
void record_abort(struct record *record);

#endif
