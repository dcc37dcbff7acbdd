/*
 * frames.h - which frames of a guest's RAM are inside its balloon.
 *
 * MODEL   RAM is a list of gpfn ranges. A frame's index counts frames over
 *         them without the holes. A marked frame is inside the balloon. The
 *         list is a stack of marked frames, newest on top.
 *
 *           ranges   [0x0 ......)  hole  [0x100000 ..........)
 *           index     0 ... n-1           n ......... ram-1
 *           chunk    |  0  |  1  | ...                       32768 frames each
 *
 *         A chunk's bits exist once the balloon has been there.
 *
 * For balloon.c and its tests only; the invariants are balloon.h's.
 */
#ifndef GUEST_FRAMES_H
#define GUEST_FRAMES_H

#include "base/arena.h"
#include "base/err.h"
#include "base/rng.h"
#include "guest/balloon.h"

enum {
	FRAMES_CHUNK = 32768,       /* frames */
	FRAMES_SEGMENT = 32768,     /* entries of the stack */
	FRAMES_SPREAD_TRIES = 64,
};

struct frames_chunk {
	uint32_t marked;                  /* of its frames */
	uint64_t bit[FRAMES_CHUNK / 64];
};

struct frames {
	struct arena *arena;
	uint32_t range_count;
	struct balloon_range range[BALLOON_RANGE_MAX];
	uint64_t ram_pages;
	uint64_t marked_pages;
	uint64_t listed_pages;      /* on the stack */
	uint64_t bound;             /* every index >= bound is marked */
	uint32_t chunk_room;        /* length of .chunk */
	struct frames_chunk **chunk;
	uint32_t segment_room;      /* length of .segment */
	uint32_t **segment;
};

void frames_init(struct frames *frames, struct arena *arena,
		 const struct balloon_range *range, uint32_t range_count);

/* RAM of so many pages above all there is; false if there is no room. */
bool frames_grow(struct frames *frames, uint64_t pages);

uint64_t frames_gpfn(const struct frames *frames, uint64_t index);
/* UINT64_MAX if gpfn is no RAM. */
uint64_t frames_index(const struct frames *frames, uint64_t gpfn);

bool frames_marked(const struct frames *frames, uint64_t index);
void frames_mark(struct frames *frames, uint64_t index);
void frames_unmark(struct frames *frames, uint64_t index);

/* An unmarked frame by policy; there must be one. Does not mark it. */
uint64_t frames_pick_top(struct frames *frames);
uint64_t frames_pick_spread(const struct frames *frames, struct rng *rng);

void frames_push(struct frames *frames, uint64_t index);
uint64_t frames_pop(struct frames *frames);
/* The entry so many below the top, 0 = the top. */
uint64_t frames_peek(const struct frames *frames, uint64_t depth);

/* B2 and B4, with so many frames marked that are not on the stack. */
void frames_check(const struct frames *frames, uint64_t unlisted_pages);

#endif
