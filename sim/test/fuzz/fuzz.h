/*
 * fuzz.h - what every fuzz_NAME.c shares: an input as a file, and what a
 *          refusal must look like.
 *
 * RULE    A target hands its input to one reader. Whatever the input, the
 *         reader returns: with a record that passes its own check, or with one
 *         line in err. The rest (addresses, overflows, leaks, time, memory) is
 *         watched by the sanitizers and libFuzzer.
 *
 * See README.md here for how to run and how to add one.
 */
#ifndef TEST_FUZZ_FUZZ_H
#define TEST_FUZZ_FUZZ_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv); /* of those that need it */

struct arena;
struct host;

/* This process's own folder, in memory where possible. It goes at exit. */
const char *fuzz_folder(void);

/* Writes the input to that file there; the path, good until the end. */
const char *fuzz_file(const char *name, const uint8_t *data, size_t size);

/* The input with a final zero byte; free() it. */
char *fuzz_text(const uint8_t *data, size_t size);

/*
 * A refusal is one line of text, without control characters, that names the
 * file (unless that is NULL). Aborts otherwise.
 */
void fuzz_refused(const struct err *err, const char *file);

/*
 * hwloc loads its plug-ins for the first topology and drops them with the last;
 * this one stays, so that they are loaded once and not for every input.
 */
void fuzz_hold_hwloc(void);

/*
 * What `nodewise` does with a complete host: text, JSON, Xen's boot with a dom0,
 * the memory system.
 */
void fuzz_host(struct arena *arena, const struct host *host);

#endif
