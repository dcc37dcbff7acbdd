/*
 * fuzz_host_state.c - any text as the saved output of xl, and the heap and view
 *                     that come of it (run/host_state.h).
 *
 * The input is the files one after another, with a byte of 1 between them.
 */
#include "test/fuzz/fuzz.h"

#include "run/host_state_heap.h"
#include "run/host_state_view.h"

#include <string.h>

static const char *const names[] = {
	"info.txt", "list.txt", "vcpu-list.txt", "dmesg.txt",
	"cpupool-list.txt",
};

/* A heap is as large as its blocks are many: not more than these. */
#define HEAP_PAGES_MAX (UINT64_C(1) << 34)

static void files_write(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const uint8_t *end = size ? memchr(data, 1, size) : NULL;
		size_t length = end ? (size_t)(end - data) : size;

		fuzz_file(names[i], data, length);
		data += length + (end != NULL);
		size -= length + (end != NULL);
	}
}

static void use(struct arena *arena, const struct host_state *state)
{
	struct host_state *copy = host_state_copy(arena, state);
	struct host_state_view *view = arena_alloc(arena, sizeof(*view));
	uint64_t pages = 0;

	host_state_check(state);
	host_state_check(copy);
	host_state_view_take(arena, copy, 0, 2, view);
	for (uint32_t n = 0; n < state->node_count; n++)
		pages += state->node[n].free_pages;
	if (pages > 0 && pages <= HEAP_PAGES_MAX)
		host_state_heap(arena, copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_create();
	struct host_state *state;
	struct err err = {""};

	files_write(data, size);
	if (host_state_load(arena, fuzz_folder(), &state, &err))
		fuzz_refused(&err, fuzz_folder());
	else
		use(arena, state);
	arena_destroy(arena);
	return 0;
}
