#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES_MIN = 64 * 1024, CHUNK_BYTES_MAX = 16 * 1024 * 1024 };

struct chunk {
	struct chunk *older;
	size_t size_bytes; /* of data */
	size_t used_bytes;
	_Alignas(64) unsigned char data[];
};

struct arena {
	struct chunk *newest;
	size_t used_bytes;
	size_t held_bytes;
	size_t next_chunk_bytes;
};

static void out_of_memory(size_t size)
{
	fprintf(stderr, "nodewise: out of memory (%zu more bytes wanted)\n", size);
	exit(2);
}

struct arena *arena_create(void)
{
	struct arena *arena = calloc(1, sizeof(*arena));

	if (!arena)
		out_of_memory(sizeof(*arena));
	arena->next_chunk_bytes = CHUNK_BYTES_MIN;
	return arena;
}

void arena_destroy(struct arena *arena)
{
	if (!arena)
		return;
	for (struct chunk *c = arena->newest, *older; c; c = older) {
		older = c->older;
		free(c);
	}
	free(arena);
}

static struct chunk *chunk_add(struct arena *arena, size_t size)
{
	size_t data_bytes = arena->next_chunk_bytes;

	if (data_bytes < size)
		data_bytes = (size + 63) & ~(size_t)63;
	struct chunk *c = aligned_alloc(64, sizeof(*c) + data_bytes);
	if (!c)
		out_of_memory(data_bytes);
	c->older = arena->newest;
	c->size_bytes = data_bytes;
	c->used_bytes = 0;
	arena->newest = c;
	arena->held_bytes += sizeof(*c) + data_bytes;
	if (arena->next_chunk_bytes < CHUNK_BYTES_MAX)
		arena->next_chunk_bytes *= 2;
	return c;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	size_t align = size >= 64 ? 64 : 16;
	struct chunk *c = arena->newest;
	size_t at = c ? (c->used_bytes + align - 1) & ~(align - 1) : 0;

	if (!c || at > c->size_bytes || c->size_bytes - at < size) {
		c = chunk_add(arena, size);
		at = 0;
	}
	c->used_bytes = at + size;
	arena->used_bytes += size;
	memset(c->data + at, 0, size);
	return c->data + at;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t bytes;

	require(!__builtin_mul_overflow(count, size, &bytes));
	return arena_alloc(arena, bytes);
}

char *arena_strdup(struct arena *arena, const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(arena_alloc(arena, size), text, size);
}

size_t arena_used_bytes(const struct arena *arena)
{
	return arena->used_bytes;
}

size_t arena_held_bytes(const struct arena *arena)
{
	return arena->held_bytes;
}
