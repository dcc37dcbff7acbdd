/*
 * pending.h - the pending set: which event is next.
 *
 * SOURCE  facts measured for this project: a tournament tree without branches
 *         is 3 to 5 times a textbook binary heap, because what a heap pays for
 *         is mispredicted comparisons, neither cache misses nor comparisons.
 *
 * MODEL   A slot per event, a leaf per slot, and above the leaves the winner
 *         of every pair, up to node 1, the earliest of all:
 *
 *                      1
 *                 2         3            node[i] = min(node[2i], node[2i + 1])
 *               4   5     6   7
 *              8 9 a b   c d e f         node[leaves + slot] = the slot's key
 *
 *         To schedule, move or cancel is one operation: write the leaf (to
 *         cancel: a key later than all), then climb to the root. A key is 128
 *         bits, compared as one number:
 *
 *           when   64   time in ns; KEY_NEVER in an empty leaf
 *           order  40   counter of schedulings: breaks ties
 *                   1   kept: the event survives firing (a timer)
 *                  23   slot
 *
 *         so the root says not only when but which, and what kind.
 *
 *         The hole. An event fired leaves its leaf as it is; the slot is
 *         remembered as the hole. Nearly always the callback schedules one
 *         event, which takes the same slot (last freed, first used) or sets
 *         the same timer, and its climb repairs the tree: one climb per event
 *         in place of two. Otherwise the next pop empties the leaf.
 *
 *         A climb is one cmp, sbb and two cmov per level. Compilers turn plain
 *         C of the same meaning into jumps, each in another place, and then
 *         it takes 2 to 4 times as long; hence the inline assembly. With
 *         PENDING_PLAIN_C, or elsewhere than x86-64, it is plain C.
 *
 *         A handle is generation and slot: 40 bits of generation, odd while the
 *         slot is in use, then the 24 low bits of the key. Taking and freeing a
 *         slot each add one, so an old handle does not match: stale. It would
 *         match again after 2^39 uses of one slot.
 *
 *         The counter has 40 bits: after 2^40 schedulings keys are numbered
 *         anew from 0 in their present order, O(n log n).
 *
 * UNITS   when_ns integer ns, 0 <= when_ns < TIME_NEVER_NS.
 *
 * INVARIANTS, asserted by pending_check():
 *   P1  Every inner node is the smaller of its two children.
 *   P2  A leaf is empty, or its low bits are its slot and kind, the slot is in
 *       use (or is the hole), and its time is below TIME_NEVER_NS.
 *   P3  The free list has exactly the slots below `used` that are not in use.
 *   P4  count is the number of leaves that are not empty, less the hole.
 *   P5  Every order is below next_order, no two are equal.
 *   P6  The hole is none, or a slot whose leaf is not empty.
 *
 * DIFFERS from a general-purpose library in that the struct is open: des.c
 *         inlines these few lines into its loop. Nobody else includes this.
 *
 * COST    log2(leaves) levels of 3 cycles each per operation; 64 bytes per
 *         slot (32 of keys, 32 of event), slots rounded up to a power of two.
 *         Growing leaves the old arrays in the arena.
 *
 * TESTS   sim/test/check_pending.c, check_pending_plain.c
 */
#ifndef DES_PENDING_H
#define DES_PENDING_H

#include "base/arena.h"
#include "base/err.h"
#include "base/units.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PENDING_SLOT_BITS 23
#define PENDING_SLOTS_MAX (UINT32_C(1) << PENDING_SLOT_BITS)
#define PENDING_KEPT (UINT32_C(1) << PENDING_SLOT_BITS)
#define PENDING_SLOT_MASK (PENDING_KEPT - 1)
#define PENDING_NAME_BITS (PENDING_SLOT_BITS + 1) /* slot and kind */
#define PENDING_NAME_MASK ((UINT64_C(1) << PENDING_NAME_BITS) - 1)
#define PENDING_ORDER_MAX (UINT64_C(1) << (64 - PENDING_NAME_BITS))
#define PENDING_NO_SLOT UINT32_MAX
#define KEY_NEVER UINT64_MAX

enum { PENDING_LEAVES_MIN = 16 };

/* What happens when it fires. Not interpreted here. */
struct pending_event {
	void (*fn)(void *object, uint64_t arg);
	void *object;
	uint64_t arg;
};

struct pending_key {
	uint64_t when; /* ns, KEY_NEVER in an empty leaf */
	uint64_t low;  /* order, kept, slot */
};

_Static_assert(sizeof(struct pending_key) == 16, "pending_climb() shifts");

/* Two in a cache line, so that firing touches one line of payload. */
struct pending_slot {
	struct pending_event event; /* arg of a free slot: the next free one */
	uint64_t handle;            /* generation, kept, slot; even = free */
};

struct pending {
	struct pending_key *node; /* [2 * leaves], 0 unused, 1 the root */
	struct pending_slot *slot;
	uint64_t next_order;
	uint32_t leaves; /* a power of two */
	uint32_t used;   /* slots ever used: 0 .. used - 1 */
	uint32_t free;   /* last freed, PENDING_NO_SLOT if none */
	uint32_t hole;   /* fired, leaf still as it was */
	uint32_t count;
	struct arena *arena;
};

void pending_init(struct pending *p, struct arena *arena);

/* Grows to hold so many at once. */
void pending_reserve(struct pending *p, size_t events);

/* Aborts if an invariant is broken. O(leaves log leaves). */
void pending_check(const struct pending *p);

/* Doubles; numbers anew. Called below when they must be. */
void pending_grow(struct pending *p);
void pending_renumber(struct pending *p);

/* *a = the smaller of *a and b. Keys are never equal but for empty ones. */
static inline void key_min_plain(struct pending_key *a, struct pending_key b)
{
	if (b.when < a->when || (b.when == a->when && b.low < a->low))
		*a = b;
}

#if defined(__x86_64__) && !defined(PENDING_PLAIN_C)
/* b - a over 128 bits; the borrow says that b is the smaller. */
static inline void key_min(struct pending_key *a, struct pending_key b)
{
	uint64_t high = b.when;

	__asm__("cmp %[a_low], %[b_low]\n\t"
		"sbb %[a_when], %[high]\n\t"
		"cmovb %[b_when], %[a_when]\n\t"
		"cmovb %[b_low], %[a_low]"
		: [a_when] "+r"(a->when), [a_low] "+r"(a->low),
		  [high] "+&r"(high)
		: [b_when] "r"(b.when), [b_low] "r"(b.low)
		: "cc");
}
#else
#define key_min key_min_plain
#endif

/*
 * Writes a leaf and makes its ancestors right again. Counts in bytes, because
 * a sibling and a parent are then one xor and one shift away: 15 % of a hold.
 */
static inline void pending_climb(struct pending *p, uint32_t slot,
				 struct pending_key key)
{
	enum { STEP = sizeof(key) };
	char *node = (char *)p->node;
	size_t at = ((size_t)p->leaves + slot) * STEP;

	*(struct pending_key *)(node + at) = key;
	while (at > STEP) {
		key_min(&key, *(struct pending_key *)(node + (at ^ STEP)));
		at = at >> 1 & ~(size_t)(STEP - 1);
		*(struct pending_key *)(node + at) = key;
	}
}

static inline void pending_empty_leaf(struct pending *p, uint32_t slot)
{
	pending_climb(p, slot, (struct pending_key){KEY_NEVER, KEY_NEVER});
}

/* Gives a slot in use a time and the next place among equal times. */
static inline void pending_put(struct pending *p, uint32_t name,
			       int64_t when_ns)
{
	uint32_t slot = name & PENDING_SLOT_MASK;

	if (__builtin_expect(p->next_order == PENDING_ORDER_MAX, 0))
		pending_renumber(p);
	struct pending_key key = {
		.when = (uint64_t)when_ns,
		.low = p->next_order++ << PENDING_NAME_BITS | name,
	};

	pending_climb(p, slot, key);
	p->hole = p->hole == slot ? PENDING_NO_SLOT : p->hole;
}

/* Takes a slot for event; PENDING_KEPT or 0 says of which kind. */
static inline uint64_t pending_take(struct pending *p, uint32_t kept,
				    struct pending_event event)
{
	uint32_t slot = p->free;

	if (__builtin_expect(slot == PENDING_NO_SLOT, 0)) {
		if (p->used == p->leaves)
			pending_grow(p);
		slot = p->used++;
		p->slot[slot].handle = slot;
	} else {
		p->free = (uint32_t)p->slot[slot].event.arg;
	}
	struct pending_slot *s = &p->slot[slot];
	uint64_t generation = (s->handle >> PENDING_NAME_BITS) + 1;

	s->handle = generation << PENDING_NAME_BITS | kept | slot;
	s->event = event;
	return s->handle;
}

/* Gives back a slot in use whose leaf is empty, or is the hole. */
static inline void pending_free(struct pending *p, uint32_t slot)
{
	struct pending_slot *s = &p->slot[slot];

	s->handle += UINT64_C(1) << PENDING_NAME_BITS;
	s->event.arg = p->free;
	p->free = slot;
}

/* A one-shot at when_ns. Returns its handle, never 0. */
static inline uint64_t pending_push(struct pending *p, int64_t when_ns,
				    struct pending_event event)
{
	uint64_t handle = pending_take(p, 0, event);

	pending_put(p, (uint32_t)(handle & PENDING_NAME_MASK), when_ns);
	p->count++;
	return handle;
}

/* A kept event, at rest. */
static inline uint64_t pending_keep(struct pending *p,
				    struct pending_event event)
{
	return pending_take(p, PENDING_KEPT, event);
}

/* In use, and by the event that the handle names. */
static inline bool pending_valid(const struct pending *p, uint64_t handle)
{
	uint32_t slot = (uint32_t)handle & PENDING_SLOT_MASK;

	return slot < p->used && p->slot[slot].handle == handle &&
	       (handle >> PENDING_NAME_BITS & 1);
}

/* Of a valid handle. */
static inline bool pending_armed(const struct pending *p, uint64_t handle)
{
	uint32_t slot = (uint32_t)handle & PENDING_SLOT_MASK;

	return p->node[p->leaves + slot].when != KEY_NEVER && p->hole != slot;
}

/* Of a valid handle; TIME_NEVER_NS at rest. */
static inline int64_t pending_when_ns(const struct pending *p, uint64_t handle)
{
	uint32_t slot = (uint32_t)handle & PENDING_SLOT_MASK;

	if (!pending_armed(p, handle))
		return TIME_NEVER_NS;
	return (int64_t)p->node[p->leaves + slot].when;
}

/* Moves, or arms, what a valid handle names. */
static inline void pending_set(struct pending *p, uint64_t handle,
			       int64_t when_ns)
{
	p->count += !pending_armed(p, handle);
	pending_put(p, (uint32_t)(handle & PENDING_NAME_MASK), when_ns);
}

/* Disarms what a valid handle names: a kept one rests, a one-shot is freed. */
static inline void pending_unset(struct pending *p, uint64_t handle)
{
	uint32_t slot = (uint32_t)handle & PENDING_SLOT_MASK;

	if (pending_armed(p, handle)) {
		pending_empty_leaf(p, slot);
		p->count--;
	}
	if (!(handle & PENDING_KEPT))
		pending_free(p, slot);
}

/* The earliest; when is KEY_NEVER if there is none. */
static inline struct pending_key pending_first(struct pending *p)
{
	if (p->hole != PENDING_NO_SLOT) {
		pending_empty_leaf(p, p->hole);
		p->hole = PENDING_NO_SLOT;
	}
	return p->node[1];
}

/*
 * Takes the earliest out if it is at or before end_ns >= 0: its time to
 * *when_ns, itself to *event. A one-shot's handle is stale from here on.
 */
static inline bool pending_pop(struct pending *p, int64_t end_ns,
			       int64_t *when_ns, struct pending_event *event)
{
	struct pending_key key = pending_first(p);
	uint32_t slot = (uint32_t)key.low & PENDING_SLOT_MASK;

	if (key.when > (uint64_t)end_ns)
		return false;
	*when_ns = (int64_t)key.when;
	*event = p->slot[slot].event;
	p->hole = slot;
	p->count--;
	if (!(key.low & PENDING_KEPT))
		pending_free(p, slot);
	return true;
}

#endif
