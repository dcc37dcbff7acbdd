/*
 * slab.h - many records of one size, named by small numbers that never move.
 *
 * MODEL   Records live in chunks of the arena, so a record keeps its place
 *         while the slab grows; a u32 names it in half the bytes of a pointer.
 *         A record given back goes on a stack and is the next one taken: it is
 *         the one still in the cache, and the order is the same on every run.
 *
 * RULE    Record 0 is never handed out: 0 means "none". A record comes back
 *         with the content it was given back with, apart from its first four
 *         bytes; a fresh one is zeroed. slab_take() may move nothing, so
 *         pointers into the slab stay good.
 *
 * COST    Take and give O(1). A slab holds at most 64 KiB it has no use for.
 *         The directory of chunks doubles; what it leaves behind in the arena
 *         is less than 1/1000 of the records.
 *
 * TESTS   sim/test/check_slab.c
 */
#ifndef BASE_SLAB_H
#define BASE_SLAB_H

#include "base/arena.h"

#include <assert.h>
#include <stdint.h>

enum {
	SLAB_NONE = 0,
	SLAB_CHUNK_SHIFT_MAX = 10,   /* at most 1024 records a chunk, */
	SLAB_CHUNK_BYTES_MAX = 65536 /* and at most so much, or one record */
};

struct slab {
	struct arena *arena;   /* borrowed */
	unsigned char **chunk; /* [chunk_max] */
	uint32_t record_bytes; /* >= 4 */
	uint32_t chunk_shift;  /* log2 of records a chunk */
	uint32_t chunk_count, chunk_max;
	uint32_t next_fresh;   /* first number never handed out */
	uint32_t stack;        /* top of the stack of records given back */
	uint32_t used_count;   /* records handed out now */
};

void slab_init(struct slab *s, struct arena *arena, uint32_t record_bytes);

/* The slow half of slab_take(): a record never used before. */
uint32_t slab_take_fresh(struct slab *s);

static inline void *slab_at(const struct slab *s, uint32_t index)
{
	assert(index != SLAB_NONE && index < s->next_fresh);
	uint32_t within = index & ((UINT32_C(1) << s->chunk_shift) - 1);

	return s->chunk[index >> s->chunk_shift] +
	       (uint64_t)within * s->record_bytes;
}

/* The same where the type is known, the one slab_init() was told the size of:
 * no multiplication. */
#define SLAB_AT(slab, index, type)                                        \
	(assert((index) - 1 < (slab)->next_fresh - 1),                    \
	 (type *)(void *)(slab)->chunk[(index) >> (slab)->chunk_shift] +  \
		 ((index) & ((UINT32_C(1) << (slab)->chunk_shift) - 1)))

static inline uint32_t slab_take(struct slab *s)
{
	uint32_t index = s->stack;

	if (index == SLAB_NONE)
		return slab_take_fresh(s);
	s->stack = *(uint32_t *)slab_at(s, index);
	s->used_count++;
	return index;
}

/* The first four bytes of the record are overwritten. */
static inline void slab_give(struct slab *s, uint32_t index)
{
	*(uint32_t *)slab_at(s, index) = s->stack;
	s->stack = index;
	assert(s->used_count > 0);
	s->used_count--;
}

#endif
