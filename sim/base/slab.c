#include "base/slab.h"

#include "base/err.h"

#include <string.h>

void slab_init(struct slab *s, struct arena *arena, uint32_t record_bytes)
{
	require(record_bytes >= sizeof(uint32_t) && record_bytes % 4 == 0);
	*s = (struct slab){
		.arena = arena,
		.record_bytes = record_bytes,
		.chunk_shift = SLAB_CHUNK_SHIFT_MAX,
		.next_fresh = 1,
	};
	while (s->chunk_shift > 0 &&
	       (uint64_t)record_bytes << s->chunk_shift > SLAB_CHUNK_BYTES_MAX)
		s->chunk_shift--;
}

static void add_chunk(struct slab *s)
{
	if (s->chunk_count == s->chunk_max) {
		uint32_t max = s->chunk_max ? 2 * s->chunk_max : 8;
		unsigned char **chunk = arena_array(s->arena, max,
						    sizeof(*chunk));

		if (s->chunk_count)
			memcpy(chunk, s->chunk,
			       s->chunk_count * sizeof(*chunk));
		s->chunk = chunk;
		s->chunk_max = max;
	}
	s->chunk[s->chunk_count++] = arena_array(
		s->arena, (size_t)1 << s->chunk_shift, s->record_bytes);
}

uint32_t slab_take_fresh(struct slab *s)
{
	require(s->next_fresh < UINT32_MAX);
	/* Twice for the first record of a slab of one record a chunk: its number
	 * is 1. */
	while (s->next_fresh >> s->chunk_shift >= s->chunk_count)
		add_chunk(s);
	s->used_count++;
	return s->next_fresh++;
}
