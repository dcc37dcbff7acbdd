#include "run/jsonl.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { CHUNK_BYTES = 1 << 16 };

struct jsonl {
	const char *path;
	gzFile gz;
	uint64_t number; /* of the line last given, or being read */
	size_t used, at; /* chunk[at..used) is not given yet */
	char chunk[CHUNK_BYTES];
};

struct jsonl *jsonl_open(const char *path, struct err *err)
{
	struct jsonl *file = malloc(sizeof(*file));

	if (!file)
		panic(__FILE__, __LINE__, "out of memory");
	*file = (struct jsonl){.path = path, .gz = gzopen(path, "rb")};
	if (file->gz)
		return file;
	err_set(err, "%s: cannot be opened: %s", path,
		strerror(errno ? errno : ENOMEM));
	free(file);
	return NULL;
}

void jsonl_close(struct jsonl *file)
{
	gzclose(file->gz);
	free(file);
}

uint64_t jsonl_offset_bytes(const struct jsonl *file)
{
	z_off_t offset = gzoffset(file->gz);

	return offset > 0 ? (uint64_t)offset : 0;
}

static int fail(const struct jsonl *file, struct err *err, const char *what)
{
	return err_set(err, "%s:%llu: %s", file->path,
		       (unsigned long long)file->number, what);
}

/* Fills the chunk. 1, 0 at the end, -1. */
static int fill(struct jsonl *file, struct err *err)
{
	int zlib_error, got = gzread(file->gz, file->chunk, CHUNK_BYTES);

	file->at = 0;
	file->used = got > 0 ? (size_t)got : 0;
	if (got > 0)
		return 1;
	gzerror(file->gz, &zlib_error);
	if (zlib_error == Z_ERRNO)
		return err_set(err, "%s: cannot be read: %s", file->path,
			       strerror(errno));
	if (zlib_error == Z_BUF_ERROR)
		return fail(file, err, "the compressed data is cut");
	if (got < 0 || zlib_error != Z_OK)
		return fail(file, err, "the compressed data is damaged");
	return 0;
}

/* Appends bytes of the chunk; the line's zero byte has its place too. */
static bool append(struct jsonl_line *line, const char *from, size_t bytes)
{
	size_t want = line->bytes + bytes + 1;

	if (line->bytes + bytes > JSONL_LINE_BYTES_MAX)
		return false;
	if (want > line->bytes_max) {
		size_t max = line->bytes_max ? line->bytes_max : 1 << 12;

		while (max < want)
			max *= 2;
		line->text = realloc(line->text, max);
		if (!line->text)
			panic(__FILE__, __LINE__, "out of memory");
		line->bytes_max = max;
	}
	memcpy(line->text + line->bytes, from, bytes);
	line->bytes += bytes;
	line->text[line->bytes] = '\0';
	return true;
}

int jsonl_next(struct jsonl *file, struct jsonl_line *line, struct err *err)
{
	line->bytes = 0;
	file->number++;
	for (;;) {
		if (file->at == file->used) {
			int rc = fill(file, err);

			if (rc < 0)
				return -1;
			if (rc == 0)
				break;
		}

		const char *from = file->chunk + file->at;
		size_t rest = file->used - file->at;
		const char *end = memchr(from, '\n', rest);
		size_t bytes = end ? (size_t)(end - from) : rest;

		if (!append(line, from, bytes))
			return fail(file, err, "the line is longer than 32 MiB");
		file->at += bytes + (end != NULL);
		if (end && line->bytes)
			break;
		file->number += end != NULL;
	}
	line->number = file->number;
	return line->bytes > 0;
}
