#include "des/pending_naive.h"

#include <string.h>

struct naive_event {
	uint64_t handle;
	int64_t when_ns; /* TIME_NEVER_NS at rest */
	uint64_t order;
	struct pending_event event;
};

struct pending_naive {
	struct arena *arena;
	struct naive_event *events;
	size_t events_count;
	size_t events_room;
	uint64_t next_order;
	uint64_t next_number;
};

struct pending_naive *naive_create(struct arena *arena)
{
	struct pending_naive *p = arena_alloc(arena, sizeof(*p));

	p->arena = arena;
	p->next_number = 1;
	return p;
}

static struct naive_event *naive_find(const struct pending_naive *p,
				      uint64_t handle)
{
	for (size_t i = 0; i < p->events_count; i++)
		if (p->events[i].handle == handle)
			return &p->events[i];
	return NULL;
}

static uint64_t naive_add(struct pending_naive *p, bool kept,
			  struct pending_event event)
{
	if (p->events_count == p->events_room) {
		size_t room = p->events_room ? 2 * p->events_room : 8;
		struct naive_event *events =
			arena_array(p->arena, room, sizeof(*events));

		if (p->events_count)
			memcpy(events, p->events,
			       p->events_count * sizeof(*events));
		p->events = events;
		p->events_room = room;
	}
	struct naive_event *e = &p->events[p->events_count++];

	*e = (struct naive_event){
		.handle = 2 * p->next_number++ + kept,
		.when_ns = TIME_NEVER_NS,
		.event = event,
	};
	return e->handle;
}

uint64_t naive_push(struct pending_naive *p, int64_t when_ns,
		    struct pending_event event)
{
	uint64_t handle = naive_add(p, false, event);

	naive_set(p, handle, when_ns);
	return handle;
}

uint64_t naive_keep(struct pending_naive *p, struct pending_event event)
{
	return naive_add(p, true, event);
}

bool naive_valid(const struct pending_naive *p, uint64_t handle)
{
	return naive_find(p, handle) != NULL;
}

bool naive_kept(const struct pending_naive *p, uint64_t handle)
{
	return naive_find(p, handle) && handle % 2 == 1;
}

bool naive_armed(const struct pending_naive *p, uint64_t handle)
{
	return naive_when_ns(p, handle) != TIME_NEVER_NS;
}

int64_t naive_when_ns(const struct pending_naive *p, uint64_t handle)
{
	return naive_find(p, handle)->when_ns;
}

void naive_set(struct pending_naive *p, uint64_t handle, int64_t when_ns)
{
	struct naive_event *e = naive_find(p, handle);

	e->when_ns = when_ns;
	e->order = p->next_order++;
}

static void naive_remove(struct pending_naive *p, struct naive_event *e)
{
	*e = p->events[--p->events_count];
}

void naive_unset(struct pending_naive *p, uint64_t handle)
{
	struct naive_event *e = naive_find(p, handle);

	if (naive_kept(p, handle))
		e->when_ns = TIME_NEVER_NS;
	else
		naive_remove(p, e);
}

void naive_free(struct pending_naive *p, uint64_t handle)
{
	naive_remove(p, naive_find(p, handle));
}

static struct naive_event *naive_earliest(const struct pending_naive *p)
{
	struct naive_event *best = NULL;

	for (size_t i = 0; i < p->events_count; i++) {
		struct naive_event *e = &p->events[i];

		if (e->when_ns == TIME_NEVER_NS)
			continue;
		if (!best || e->when_ns < best->when_ns ||
		    (e->when_ns == best->when_ns && e->order < best->order))
			best = e;
	}
	return best;
}

int64_t naive_next_ns(const struct pending_naive *p)
{
	const struct naive_event *e = naive_earliest(p);

	return e ? e->when_ns : TIME_NEVER_NS;
}

bool naive_pop(struct pending_naive *p, int64_t end_ns, int64_t *when_ns,
	       struct pending_event *event)
{
	struct naive_event *e = naive_earliest(p);

	if (!e || e->when_ns > end_ns)
		return false;
	*when_ns = e->when_ns;
	*event = e->event;
	if (e->handle % 2 == 1)
		e->when_ns = TIME_NEVER_NS;
	else
		naive_remove(p, e);
	return true;
}

size_t naive_count(const struct pending_naive *p)
{
	size_t count = 0;

	for (size_t i = 0; i < p->events_count; i++)
		count += p->events[i].when_ns != TIME_NEVER_NS;
	return count;
}
