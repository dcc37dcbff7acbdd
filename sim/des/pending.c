#include "des/pending.h"

#include <stdlib.h>
#include <string.h>

static void arrays_make(struct pending *p, uint32_t leaves)
{
	p->leaves = leaves;
	p->node = arena_array(p->arena, 2 * (size_t)leaves, sizeof(*p->node));
	p->slot = arena_array(p->arena, leaves, sizeof(*p->slot));
	memset(p->node, 0xff, 2 * (size_t)leaves * sizeof(*p->node));
}

void pending_init(struct pending *p, struct arena *arena)
{
	*p = (struct pending){
		.arena = arena,
		.free = PENDING_NO_SLOT,
		.hole = PENDING_NO_SLOT,
	};
	arrays_make(p, PENDING_LEAVES_MIN);
}

/* The inner nodes from the leaves, from the bottom up. */
static void winners_rebuild(struct pending *p)
{
	for (size_t i = p->leaves - 1; i >= 1; i--) {
		p->node[i] = p->node[2 * i];
		key_min(&p->node[i], p->node[2 * i + 1]);
	}
}

static void grow_to(struct pending *p, uint32_t leaves)
{
	struct pending old = *p;

	require(leaves <= PENDING_SLOTS_MAX);
	arrays_make(p, leaves);
	memcpy(p->node + p->leaves, old.node + old.leaves,
	       old.leaves * sizeof(*p->node));
	memcpy(p->slot, old.slot, old.leaves * sizeof(*p->slot));
	winners_rebuild(p);
}

void pending_grow(struct pending *p)
{
	grow_to(p, 2 * p->leaves);
}

void pending_reserve(struct pending *p, size_t events)
{
	uint32_t leaves = p->leaves;

	require(events <= PENDING_SLOTS_MAX);
	while (leaves < events)
		leaves *= 2;
	if (leaves > p->leaves)
		grow_to(p, leaves);
}

static int order_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Orders sorted, each replaced by its rank: ties stay as they were. */
void pending_renumber(struct pending *p)
{
	uint64_t *low = arena_array(p->arena, p->used, sizeof(*low));
	uint64_t count = 0;

	for (uint32_t s = 0; s < p->used; s++)
		if (p->node[p->leaves + s].when != KEY_NEVER)
			low[count++] = p->node[p->leaves + s].low;
	qsort(low, count, sizeof(*low), order_compare);
	for (uint64_t rank = 0; rank < count; rank++) {
		uint64_t name = low[rank] & PENDING_NAME_MASK;

		p->node[p->leaves + (name & PENDING_SLOT_MASK)].low =
			rank << PENDING_NAME_BITS | name;
	}
	p->next_order = count;
	winners_rebuild(p);
}

/* P1 */
static void winners_check(const struct pending *p)
{
	for (size_t i = 1; i < p->leaves; i++) {
		struct pending_key winner = p->node[2 * i];

		key_min_plain(&winner, p->node[2 * i + 1]);
		require(p->node[i].when == winner.when); /* P1 */
		require(p->node[i].low == winner.low);   /* P1 */
	}
}

static bool slot_in_use(const struct pending *p, uint32_t slot)
{
	return p->slot[slot].handle >> PENDING_NAME_BITS & 1;
}

/* P2, P4, P5 but for equal orders, P6 */
static void leaves_check(const struct pending *p)
{
	uint32_t count = 0;

	for (uint32_t s = 0; s < p->leaves; s++) {
		struct pending_key key = p->node[p->leaves + s];
		uint64_t name = key.low & PENDING_NAME_MASK;

		if (key.when == KEY_NEVER)
			continue;
		require(s < p->used);                            /* P2 */
		require(s == p->hole || slot_in_use(p, s));      /* P2 */
		require((name & PENDING_SLOT_MASK) == s);        /* P2 */
		require(s == p->hole ||                          /* P2 */
			name == (p->slot[s].handle & PENDING_NAME_MASK));
		require(key.when < (uint64_t)TIME_NEVER_NS);     /* P2 */
		require(key.low >> PENDING_NAME_BITS < p->next_order); /* P5 */
		count += s != p->hole;
	}
	require(p->count == count); /* P4 */
	require(p->hole == PENDING_NO_SLOT ||
		p->node[p->leaves + p->hole].when != KEY_NEVER); /* P6 */
}

/* P3: as many steps as free slots, each to another free slot, then the end. */
static void free_list_check(const struct pending *p)
{
	uint32_t free_count = 0, steps = 0;

	for (uint32_t s = 0; s < p->used; s++)
		free_count += !slot_in_use(p, s);
	for (uint32_t s = p->free; s != PENDING_NO_SLOT;
	     s = (uint32_t)p->slot[s].event.arg) {
		require(s < p->used);         /* P3 */
		require(!slot_in_use(p, s));  /* P3 */
		require(steps++ < free_count); /* P3: a circle */
	}
	require(steps == free_count); /* P3 */
}

/* P5: no two orders are equal. */
static void orders_check(const struct pending *p)
{
	uint64_t *low = malloc((p->used + 1) * sizeof(*low));
	uint64_t count = 0;

	require(low);
	for (uint32_t s = 0; s < p->used; s++)
		if (p->node[p->leaves + s].when != KEY_NEVER)
			low[count++] = p->node[p->leaves + s].low;
	qsort(low, count, sizeof(*low), order_compare);
	for (uint64_t i = 1; i < count; i++)
		require(low[i] >> PENDING_NAME_BITS !=
			low[i - 1] >> PENDING_NAME_BITS); /* P5 */
	free(low);
}

void pending_check(const struct pending *p)
{
	winners_check(p);
	leaves_check(p);
	free_list_check(p);
	orders_check(p);
}
