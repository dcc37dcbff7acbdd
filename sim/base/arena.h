/*
 * arena.h - memory of one run: taken piece by piece, given back all at once.
 *
 * RULE    The driver makes one arena per run; every model object comes from
 *         it; the end of the run frees it in one call. There is no free of a
 *         single piece. Two runs on two threads have two arenas and share
 *         nothing. Out of memory ends the program (exit status 2): no run can
 *         go on without memory, and no caller could do better.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena; /* opaque: a list of chunks */

struct arena *arena_create(void);
void arena_destroy(struct arena *arena); /* NULL is allowed */

/* Zeroed, aligned to 64 bytes if size >= 64, else to 16. size may be 0. */
void *arena_alloc(struct arena *arena, size_t size);

/* Zeroed array; aborts on overflow of count * size. */
void *arena_array(struct arena *arena, size_t count, size_t size);

char *arena_strdup(struct arena *arena, const char *text);

/* Bytes handed out so far, and bytes asked from the system. */
size_t arena_used_bytes(const struct arena *arena);
size_t arena_held_bytes(const struct arena *arena);

#endif
