/* frames.c - marks and list of ballooned frames (frames.h). */
#include "guest/frames.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void frames_init(struct frames *frames, struct arena *arena,
		 const struct balloon_range *range, uint32_t range_count)
{
	assert(range_count >= 1 && range_count < BALLOON_RANGE_MAX);

	memset(frames, 0, sizeof(*frames));
	frames->arena = arena;
	for (uint32_t i = 0; i < range_count; i++) {
		assert(i == 0 || range[i].first_gpfn >=
			       range[i - 1].first_gpfn + range[i - 1].pages);
		frames->range[i] = range[i];
		frames->ram_pages += range[i].pages;
	}
	frames->range_count = range_count;
	frames->bound = frames->ram_pages;
	require(frames->ram_pages >= 1 && frames->ram_pages < UINT32_MAX);
}

bool frames_grow(struct frames *frames, uint64_t pages)
{
	struct balloon_range *last = &frames->range[frames->range_count - 1];
	uint64_t end = last->first_gpfn + last->pages;
	uint64_t start = (end + BALLOON_SECTION_PAGES - 1) /
			 BALLOON_SECTION_PAGES * BALLOON_SECTION_PAGES;

	if (frames->ram_pages + pages >= UINT32_MAX)
		return false;
	if (start == end) {
		last->pages += pages;
	} else {
		if (frames->range_count == BALLOON_RANGE_MAX)
			return false;
		last[1] = (struct balloon_range){start, pages};
		frames->range_count++;
	}
	frames->ram_pages += pages;
	frames->bound = frames->ram_pages;
	return true;
}

uint64_t frames_gpfn(const struct frames *frames, uint64_t index)
{
	assert(index < frames->ram_pages);
	for (uint32_t i = 0; i < frames->range_count; i++) {
		if (index < frames->range[i].pages)
			return frames->range[i].first_gpfn + index;
		index -= frames->range[i].pages;
	}
	return UINT64_MAX;
}

uint64_t frames_index(const struct frames *frames, uint64_t gpfn)
{
	uint64_t index = 0;

	for (uint32_t i = 0; i < frames->range_count; i++) {
		const struct balloon_range *r = &frames->range[i];

		if (gpfn >= r->first_gpfn && gpfn - r->first_gpfn < r->pages)
			return index + (gpfn - r->first_gpfn);
		index += r->pages;
	}
	return UINT64_MAX;
}

/* The chunk of an index, made if it is not there. */
static struct frames_chunk *chunk_of(struct frames *frames, uint64_t index)
{
	uint32_t at = (uint32_t)(index / FRAMES_CHUNK);

	if (at >= frames->chunk_room) {
		uint32_t room = (at + 1) * 2;
		struct frames_chunk **chunk = arena_array(
			frames->arena, room, sizeof(struct frames_chunk *));

		for (uint32_t i = 0; i < frames->chunk_room; i++)
			chunk[i] = frames->chunk[i];
		frames->chunk = chunk;
		frames->chunk_room = room;
	}
	if (!frames->chunk[at])
		frames->chunk[at] = arena_alloc(frames->arena,
						sizeof(**frames->chunk));
	return frames->chunk[at];
}

static const struct frames_chunk *chunk_get(const struct frames *frames,
					    uint64_t index)
{
	uint64_t at = index / FRAMES_CHUNK;

	return at < frames->chunk_room ? frames->chunk[at] : NULL;
}

bool frames_marked(const struct frames *frames, uint64_t index)
{
	const struct frames_chunk *chunk = chunk_get(frames, index);

	return chunk && chunk->bit[index % FRAMES_CHUNK / 64] >> (index % 64) &
				1;
}

void frames_mark(struct frames *frames, uint64_t index)
{
	struct frames_chunk *chunk = chunk_of(frames, index);

	assert(index < frames->ram_pages && !frames_marked(frames, index));
	chunk->bit[index % FRAMES_CHUNK / 64] |= UINT64_C(1) << (index % 64);
	chunk->marked++;
	frames->marked_pages++;
}

void frames_unmark(struct frames *frames, uint64_t index)
{
	struct frames_chunk *chunk = chunk_of(frames, index);

	assert(frames_marked(frames, index));
	chunk->bit[index % FRAMES_CHUNK / 64] &= ~(UINT64_C(1) << (index % 64));
	chunk->marked--;
	frames->marked_pages--;
	if (index >= frames->bound)
		frames->bound = index + 1;
}

uint64_t frames_pick_top(struct frames *frames)
{
	uint64_t index = frames->bound;

	assert(frames->marked_pages < frames->ram_pages);
	while (index > 0) {
		const struct frames_chunk *chunk = chunk_get(frames, index - 1);

		if (chunk && chunk->marked == FRAMES_CHUNK) {
			index = (index - 1) / FRAMES_CHUNK * FRAMES_CHUNK;
			continue;
		}
		if (!frames_marked(frames, index - 1))
			break;
		index--;
	}
	require(index > 0);
	frames->bound = index;
	return index - 1;
}

uint64_t frames_pick_spread(const struct frames *frames, struct rng *rng)
{
	uint64_t index = 0;

	assert(frames->marked_pages < frames->ram_pages);
	for (int i = 0; i < FRAMES_SPREAD_TRIES; i++) {
		index = rng_below(rng, frames->ram_pages);
		if (!frames_marked(frames, index))
			return index;
	}
	do {
		const struct frames_chunk *chunk;

		index = index + 1 < frames->ram_pages ? index + 1 : 0;
		chunk = chunk_get(frames, index);
		if (chunk && chunk->marked == FRAMES_CHUNK &&
		    index % FRAMES_CHUNK == 0)
			index += FRAMES_CHUNK - 1;
	} while (frames_marked(frames, index));
	return index;
}

void frames_push(struct frames *frames, uint64_t index)
{
	uint64_t at = frames->listed_pages++;
	uint32_t segment = (uint32_t)(at / FRAMES_SEGMENT);

	if (segment >= frames->segment_room) {
		uint32_t room = (segment + 1) * 2;
		uint32_t **grown = arena_array(frames->arena, room,
					       sizeof(uint32_t *));

		for (uint32_t i = 0; i < frames->segment_room; i++)
			grown[i] = frames->segment[i];
		frames->segment = grown;
		frames->segment_room = room;
	}
	if (!frames->segment[segment])
		frames->segment[segment] = arena_array(
			frames->arena, FRAMES_SEGMENT, sizeof(uint32_t));
	frames->segment[segment][at % FRAMES_SEGMENT] = (uint32_t)index;
}

uint64_t frames_peek(const struct frames *frames, uint64_t depth)
{
	uint64_t at;

	assert(depth < frames->listed_pages);
	at = frames->listed_pages - 1 - depth;
	return frames->segment[at / FRAMES_SEGMENT][at % FRAMES_SEGMENT];
}

uint64_t frames_pop(struct frames *frames)
{
	uint64_t index = frames_peek(frames, 0);

	frames->listed_pages--;
	return index;
}

static int index_compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* On the stack: each entry is marked, and no two are one. */
static void stack_check(const struct frames *frames)
{
	uint64_t count = frames->listed_pages;
	uint32_t *sorted = malloc((count + 1) * sizeof(*sorted));

	require(sorted != NULL);
	for (uint64_t i = 0; i < count; i++) {
		sorted[i] = (uint32_t)frames_peek(frames, i);
		require(frames_marked(frames, sorted[i])); /* B2 */
	}
	qsort(sorted, count, sizeof(*sorted), index_compare);
	for (uint64_t i = 1; i < count; i++)
		require(sorted[i] != sorted[i - 1]); /* B2 */
	free(sorted);
}

void frames_check(const struct frames *frames, uint64_t unlisted_pages)
{
	uint64_t marked_pages = 0;

	require(frames->listed_pages + unlisted_pages ==
		frames->marked_pages); /* B2 */
	stack_check(frames);
	for (uint32_t c = 0; c < frames->chunk_room; c++) {
		uint32_t marked = 0;

		if (!frames->chunk[c])
			continue;
		for (uint32_t w = 0; w < FRAMES_CHUNK / 64; w++)
			marked += (uint32_t)__builtin_popcountll(
				frames->chunk[c]->bit[w]);
		require(marked == frames->chunk[c]->marked); /* B2 */
		marked_pages += marked;
	}
	require(marked_pages == frames->marked_pages); /* B2 */
	for (uint64_t i = frames->bound; i < frames->ram_pages; i++)
		require(frames_marked(frames, i)); /* B4 */
}
