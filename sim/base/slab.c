#include "base/slab.h"

#include "base/err.h"

#include <string.h>

void slab_init(struct slab *s, struct arena *arena, uint32_t record_bytes)
{
	require(record_bytes >= sizeof(uint32_t) && record_bytes % 4 == 0);
	*s = (struct slab){
		.arena = arena,
		.record_bytes = record_bytes,
		.chunk_shift = slab_chunk_shift(record_bytes),
	};
}

/* A directory with room for one more; grows to twice its size. */
static void *directory(struct slab *s, void *old, uint32_t count, uint32_t *max)
{
	if (count < *max)
		return old;
	*max = *max ? 2 * *max : 8;
	void *grown = arena_array(s->arena, *max, sizeof(void *));

	if (count)
		memcpy(grown, old, count * sizeof(void *));
	return grown;
}

static void add_chunk(struct slab *s)
{
	s->chunk = directory(s, s->chunk, s->chunk_count, &s->chunk_max);
	s->chunk[s->chunk_count++] = arena_array(
		s->arena, (size_t)1 << s->chunk_shift, s->record_bytes);
}

void slab_spare_grow(struct slab *s)
{
	s->spare = directory(s, s->spare, s->spare_chunk_count,
			     &s->spare_chunk_max);
	s->spare[s->spare_chunk_count++] = arena_array(
		s->arena, SLAB_SPARE_RECORDS, sizeof(uint32_t));
}

uint32_t slab_take_fresh(struct slab *s)
{
	uint32_t index = s->record_count + 1;

	require(index < UINT32_MAX);
	/* Twice for the first record of a slab of one record a chunk: its number
	 * is 1. */
	while (index >> s->chunk_shift >= s->chunk_count)
		add_chunk(s);
	s->used_count++;
	return s->record_count = index;
}
