/*
 * jsonl.h - a file of lines, plain or gzip, one line at a time.
 *
 * RULE    jsonl_next() gives the next line without its newline; empty lines are
 *         passed over but counted. The last line need not end with a newline.
 *         Whatever the file holds, the reader ends: a line longer than
 *         JSONL_LINE_BYTES_MAX, compressed data that is damaged or cut, and a
 *         file that cannot be read are errors, told as "FILE:LINE: ...".
 *
 * COST    Memory of the longest line, rounded up to a power of two, whatever
 *         the size of the file.
 *
 * TESTS   sim/test/check_conform.c
 */
#ifndef RUN_JSONL_H
#define RUN_JSONL_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum { JSONL_LINE_BYTES_MAX = 32 << 20 };

struct jsonl; /* opaque */

/* A line. text is the caller's: realloc()ed by jsonl_next(), free() it. */
struct jsonl_line {
	char *text;       /* may hold zero bytes; a zero byte follows it */
	size_t bytes;     /* without the newline and that zero byte */
	size_t bytes_max; /* of text */
	uint64_t number;  /* 1 is the first of the file */
};

/* path is borrowed. NULL with *err if the file cannot be opened. */
struct jsonl *jsonl_open(const char *path, struct err *err);
void jsonl_close(struct jsonl *file);

/* 1 and the line; 0 at the end; -1 with *err. */
int jsonl_next(struct jsonl *file, struct jsonl_line *line, struct err *err);

/* Bytes read of the file as it lies on disk: how far. */
uint64_t jsonl_offset_bytes(const struct jsonl *file);

#endif
