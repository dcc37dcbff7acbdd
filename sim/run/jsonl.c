#include "run/jsonl.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { CHUNK_BYTES = 1 << 16 };

/*
 * inflate() and not gzread(), which takes a file that ends within its checksum
 * for a whole one.
 */
struct jsonl {
	const char *path;
	FILE *file;
	bool packed;     /* it is gzip */
	bool in_member;  /* of it: between header and checksum */
	z_stream z;      /* next_in, avail_in: raw bytes not dealt with */
	uint64_t number; /* of the line last given, or being read */
	size_t used, at; /* chunk[at..used) is not given yet */
	unsigned char raw[CHUNK_BYTES];
	char chunk[CHUNK_BYTES];
};

struct jsonl *jsonl_open(const char *path, struct err *err)
{
	struct jsonl *file = calloc(1, sizeof(*file));

	if (!file)
		panic(__FILE__, __LINE__, "out of memory");
	file->path = path;
	file->file = fopen(path, "rbe");
	if (!file->file) {
		err_set(err, "%s: cannot be opened: %s", path, strerror(errno));
		free(file);
		return NULL;
	}
	file->z.next_in = file->raw;
	file->z.avail_in = (uInt)fread(file->raw, 1, CHUNK_BYTES, file->file);
	file->packed = file->z.avail_in >= 2 && file->raw[0] == 0x1f &&
		       file->raw[1] == 0x8b;
	file->in_member = file->packed;
	/* 16: with the header and the checksum of gzip */
	if (file->packed && inflateInit2(&file->z, MAX_WBITS + 16) != Z_OK)
		panic(__FILE__, __LINE__, "out of memory");
	return file;
}

void jsonl_close(struct jsonl *file)
{
	if (file->packed)
		inflateEnd(&file->z);
	fclose(file->file);
	free(file);
}

uint64_t jsonl_offset_bytes(const struct jsonl *file)
{
	off_t offset = ftello(file->file) - (off_t)file->z.avail_in;

	return offset > 0 ? (uint64_t)offset : 0;
}

static int fail(const struct jsonl *file, struct err *err, const char *what)
{
	return err_set(err, "%s:%llu: %s", file->path,
		       (unsigned long long)file->number, what);
}

/* Raw bytes, if there are none at hand. 1, 0 at the end, -1. */
static int fill_raw(struct jsonl *file, struct err *err)
{
	if (file->z.avail_in)
		return 1;
	file->z.next_in = file->raw;
	file->z.avail_in = (uInt)fread(file->raw, 1, CHUNK_BYTES, file->file);
	if (ferror(file->file))
		return err_set(err, "%s: cannot be read: %s", file->path,
			       strerror(errno));
	return file->z.avail_in > 0;
}

/* Behind a member: another one, the end, or zeros that pad it as on a tape. */
static int next_member(struct jsonl *file, struct err *err)
{
	int rc;

	while ((rc = fill_raw(file, err)) > 0 && *file->z.next_in == 0) {
		file->z.next_in++;
		file->z.avail_in--;
	}
	if (rc <= 0)
		return rc;
	inflateReset(&file->z);
	file->in_member = true;
	return 1;
}

/* Unpacks into the chunk. 1, 0 at the end, -1. */
static int fill_packed(struct jsonl *file, struct err *err)
{
	file->z.next_out = (unsigned char *)file->chunk;
	file->z.avail_out = CHUNK_BYTES;
	while (file->z.avail_out == CHUNK_BYTES) {
		int rc = file->in_member ? fill_raw(file, err)
					 : next_member(file, err);

		if (rc < 0 || (rc == 0 && !file->in_member))
			return rc;
		if (rc == 0)
			return fail(file, err, "the compressed data is cut");
		rc = inflate(&file->z, Z_NO_FLUSH);
		if (rc == Z_STREAM_END)
			file->in_member = false;
		else if (rc != Z_OK && rc != Z_BUF_ERROR)
			return fail(file, err,
				    "the compressed data is damaged");
	}
	file->used = CHUNK_BYTES - file->z.avail_out;
	return 1;
}

/* Fills the chunk. 1, 0 at the end, -1. */
static int fill(struct jsonl *file, struct err *err)
{
	int rc;

	file->at = file->used = 0;
	if (file->packed)
		return fill_packed(file, err);
	rc = fill_raw(file, err);
	if (rc > 0) {
		file->used = file->z.avail_in;
		memcpy(file->chunk, file->z.next_in, file->used);
		file->z.avail_in = 0;
	}
	return rc;
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
