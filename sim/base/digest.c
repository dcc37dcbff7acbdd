#include "base/digest.h"

#include "base/err.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { BUFFER_BYTES = 65536 };

static void finish(struct sha256_ctx *sha, char text[DIGEST_TEXT_BYTES])
{
	uint8_t digest[SHA256_DIGEST_SIZE];

	sha256_digest(sha, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

void digest_bytes(char text[DIGEST_TEXT_BYTES], const void *bytes,
		  size_t size_bytes)
{
	struct sha256_ctx sha;

	sha256_init(&sha);
	sha256_update(&sha, size_bytes, bytes);
	finish(&sha, text);
}

int digest_file(char text[DIGEST_TEXT_BYTES], const char *path,
		struct err *err)
{
	uint8_t buffer[BUFFER_BYTES];
	struct sha256_ctx sha;
	size_t got;
	FILE *file = fopen(path, "re");

	if (!file)
		return err_set(err, "%s: cannot be read: %s", path,
			       strerror(errno));
	sha256_init(&sha);
	while ((got = fread(buffer, 1, sizeof(buffer), file)) > 0)
		sha256_update(&sha, got, buffer);
	int failed = ferror(file);
	int reason = errno;

	fclose(file);
	if (failed)
		return err_set(err, "%s: cannot be read: %s", path,
			       strerror(reason));
	finish(&sha, text);
	return 0;
}
