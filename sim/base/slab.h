/*
 * slab.h - many records of one size, named by small numbers that never move.
 *
 * MODEL   Records live in chunks of the arena, so a record keeps its place
 *         while the slab grows; a u32 names it in half the bytes of a pointer.
 *         A record given back is the next one taken: it is the one still in
 *         the cache, and the order is the same on every run. Their numbers are
 *         on a stack beside them: a chain through the records themselves would
 *         have each taken one wait for memory.
 *
 * RULE    Record 0 is never handed out: 0 means "none". A record comes back
 *         with the content it was given back with; a fresh one is zeroed.
 *         slab_take() may move nothing, so pointers into the slab stay good.
 *
 * COST    Take and give O(1), and neither touches the record. A slab holds at
 *         most 64 KiB it has no use for, and 4 bytes for each record that was
 *         given back. The directories of chunks double; what they leave behind
 *         in the arena is less than 1/500 of the records.
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
	SLAB_CHUNK_SHIFT_MAX = 10,    /* at most 1024 records a chunk, */
	SLAB_CHUNK_BYTES_MAX = 65536, /* and at most so much, or one record */
	SLAB_SPARE_SHIFT = 10,
	SLAB_SPARE_RECORDS = 1 << SLAB_SPARE_SHIFT
};

struct slab {
	struct arena *arena;   /* borrowed */
	unsigned char **chunk; /* [chunk_max] */
	uint32_t record_bytes; /* >= 4 */
	uint32_t chunk_shift;  /* log2 of records a chunk */
	uint32_t chunk_count, chunk_max;
	uint32_t record_count; /* 1..record_count were handed out before */
	uint32_t used_count;   /* records handed out now */
	uint32_t spare_count;  /* records given back, a stack: */
	uint32_t **spare;      /* [spare_chunk_max][SLAB_SPARE_RECORDS] */
	uint32_t spare_chunk_count, spare_chunk_max;
};

void slab_init(struct slab *s, struct arena *arena, uint32_t record_bytes);

/* The slow half of slab_take(): a record never used before. */
uint32_t slab_take_fresh(struct slab *s);

/* The slow half of slab_give(): room for more numbers on the stack. */
void slab_spare_grow(struct slab *s);

/* log2 of the records a chunk has. */
static inline uint32_t slab_chunk_shift(uint32_t record_bytes)
{
	if (record_bytes <= SLAB_CHUNK_BYTES_MAX >> SLAB_CHUNK_SHIFT_MAX)
		return SLAB_CHUNK_SHIFT_MAX;
	if (record_bytes >= SLAB_CHUNK_BYTES_MAX)
		return 0;
	return 31 - (uint32_t)__builtin_clz(SLAB_CHUNK_BYTES_MAX /
					    record_bytes);
}

/* For callers that know the size slab_init() was told, as a constant: then it
 * is a few instructions. */
static inline void *slab_at_size(const struct slab *s, uint32_t index,
				 uint32_t record_bytes)
{
	uint32_t shift = slab_chunk_shift(record_bytes);

	assert(index - 1 < s->record_count); /* 0 wraps: never below */
	return s->chunk[index >> shift] +
	       (uint64_t)(index & ((UINT32_C(1) << shift) - 1)) * record_bytes;
}

static inline void *slab_at(const struct slab *s, uint32_t index)
{
	return slab_at_size(s, index, s->record_bytes);
}

/* Fills in the type of the records. */
#define SLAB_AT(slab, index, type) \
	((type *)slab_at_size(slab, index, sizeof(type)))

/* Memory it holds, records in use or not, without the directories. */
static inline uint64_t slab_held_bytes(const struct slab *s)
{
	return ((uint64_t)s->chunk_count << s->chunk_shift) * s->record_bytes +
	       (uint64_t)s->spare_chunk_count * SLAB_SPARE_RECORDS *
		       sizeof(uint32_t);
}

static inline uint32_t slab_take(struct slab *s)
{
	if (!s->spare_count)
		return slab_take_fresh(s);
	uint32_t top = --s->spare_count;

	s->used_count++;
	return s->spare[top >> SLAB_SPARE_SHIFT][top % SLAB_SPARE_RECORDS];
}

static inline void slab_give(struct slab *s, uint32_t index)
{
	uint32_t top = s->spare_count++;

	assert(index - 1 < s->record_count && s->used_count > 0);
	if (top >> SLAB_SPARE_SHIFT == s->spare_chunk_count)
		slab_spare_grow(s);
	s->spare[top >> SLAB_SPARE_SHIFT][top % SLAB_SPARE_RECORDS] = index;
	s->used_count--;
}

#endif
