/*
 * fnv.h - FNV-1a, 64 bits: the digest of files, so that a result can say what
 * it was computed from.
 *
 * SOURCE  Fowler, Noll, Vo; draft-eastlake-fnv. Not for secrets: anyone can
 *         make two files with one digest.
 */
#ifndef BASE_FNV_H
#define BASE_FNV_H

#include <stddef.h>
#include <stdint.h>

#define FNV_START UINT64_C(0xcbf29ce484222325)

static inline uint64_t fnv_bytes(uint64_t hash, const void *data, size_t length)
{
	const unsigned char *byte = data;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ byte[i]) * UINT64_C(0x100000001b3);
	return hash;
}

/* A number, least byte first on every machine. */
static inline uint64_t fnv_u64(uint64_t hash, uint64_t value)
{
	for (unsigned int i = 0; i < 8; i++)
		hash = (hash ^ (value >> (8 * i) & 0xff)) *
		       UINT64_C(0x100000001b3);
	return hash;
}

#endif
