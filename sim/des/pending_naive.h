/*
 * pending_naive.h - the pending set as a plain array: what pending.h must do.
 *
 * MODEL   An array of events in no order. Each has a number of its own (the
 *         handle: a counter, twice, plus one if kept), a time or rests, and
 *         the number of its last scheduling. Finding an event, and finding the
 *         earliest, is looking at all of them; one that goes is overwritten by
 *         the last.
 *
 *         Slow on purpose and too simple to be wrong; nothing of pending.h is
 *         shared but the type of an event.
 *
 * UNITS   when_ns integer ns, 0 <= when_ns < TIME_NEVER_NS.
 *
 * COST    O(events) per operation.
 *
 * TESTS   sim/test/check_pending.c, check_des.c
 */
#ifndef DES_PENDING_NAIVE_H
#define DES_PENDING_NAIVE_H

#include "base/arena.h"
#include "des/pending.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pending_naive; /* opaque */

struct pending_naive *naive_create(struct arena *arena);

uint64_t naive_push(struct pending_naive *p, int64_t when_ns,
		    struct pending_event event);
uint64_t naive_keep(struct pending_naive *p, struct pending_event event);
bool naive_valid(const struct pending_naive *p, uint64_t handle);
bool naive_kept(const struct pending_naive *p, uint64_t handle);
bool naive_armed(const struct pending_naive *p, uint64_t handle);
int64_t naive_when_ns(const struct pending_naive *p, uint64_t handle);
void naive_set(struct pending_naive *p, uint64_t handle, int64_t when_ns);
void naive_unset(struct pending_naive *p, uint64_t handle);
void naive_free(struct pending_naive *p, uint64_t handle);
int64_t naive_next_ns(const struct pending_naive *p); /* or TIME_NEVER_NS */
bool naive_pop(struct pending_naive *p, int64_t end_ns, int64_t *when_ns,
	       struct pending_event *event);
size_t naive_count(const struct pending_naive *p);

#endif
