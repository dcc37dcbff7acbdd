/*
 * digest.h - SHA-256 of what went into a run, as 64 hexadecimal digits: the
 * same that sha256sum prints.
 *
 * SOURCE  FIPS 180-4, by libnettle, which is named here and nowhere else.
 *
 * TESTS   sim/test/check_record.c
 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>

struct err;

enum { DIGEST_TEXT_BYTES = 65 }; /* with the final zero */

void digest_bytes(char text[DIGEST_TEXT_BYTES], const void *bytes,
		  size_t size_bytes);

/* 0, or -1 with err naming the file and why it cannot be read. */
int digest_file(char text[DIGEST_TEXT_BYTES], const char *path,
		struct err *err);

#endif
