/*
 * des.h - the event loop: a clock, and callbacks that happen at a time.
 *
 * MODEL   An event is (time, function, object, argument). The loop takes the
 *         earliest, sets the clock to its time and calls
 *
 *           fn(object, arg)
 *
 *         which may schedule, move and cancel others. Callbacks, not
 *         coroutines: an entity that waits is a struct with a state.
 *
 *         Two kinds of event:
 *           one-shot  des_at() makes it; it is gone when it fires. The handle
 *                     is stale from the moment its callback is entered.
 *           timer     des_timer_create() makes it once, for a thing that is
 *                     armed over and over (a CPU's tick, the end of a time
 *                     slice). It survives firing, at rest until set again.
 *                     Setting an armed timer moves it. One tree update per
 *                     firing where a one-shot costs no less, and no slot
 *                     changes hands.
 *
 * RULE    Events of equal time fire in the order in which they were scheduled:
 *         each des_at(), des_move() and des_timer_set() takes the next value
 *         of one counter, and that breaks ties. Never an address.
 *         Time never runs backwards. des_at() and des_move() into the past are
 *         programming errors and abort; des_timer_set() into the past means
 *         now, because "the deadline has passed" is a state of the world.
 *
 * UNITS   _ns integer nanoseconds from the start of the run, 0 and up, below
 *         TIME_NEVER_NS (base/units.h).
 *
 * INVARIANTS, asserted by des_check():
 *   D1  No pending event lies before the clock.
 *   D2  The pending set's own invariants hold (pending.h P1 to P6).
 *
 * COST    One climb of log2(capacity) branch-free steps per event scheduled,
 *         moved or cancelled; taking the earliest costs nothing if the callback
 *         schedules one event or sets one timer, as most do. No allocation but
 *         when the capacity doubles. `nodewise bench engine` has the figures.
 *
 * TESTS   sim/test/check_des.c, sim/test/check_pending.c
 */
#ifndef DES_DES_H
#define DES_DES_H

#include "base/arena.h"
#include "base/units.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct des; /* opaque: clock, pending set, payloads */

/* Called by the loop when the clock has reached the event's time. */
typedef void des_fn(void *object, uint64_t arg);

/* Names one scheduled event or one timer. Never reused; 0 names none. */
typedef uint64_t des_handle;

#define DES_NONE UINT64_C(0)

/*
 * Which pending set holds the events. Both give the same run to the last byte;
 * the naive one is a plain array, O(pending) per event, for tests that compare.
 */
enum des_set {
	DES_FAST,
	DES_NAIVE,
};

/* An empty loop at time 0. Lives and dies with the arena (borrowed). */
struct des *des_create(struct arena *arena, enum des_set set);

/*
 * Makes room for so many events and timers at once. Only saves memory: without
 * it the set doubles as it fills, and what it outgrew stays in the arena.
 */
void des_reserve(struct des *des, size_t events);

/* The clock; its address, for panic_run(), valid as long as the loop. */
int64_t des_now_ns(const struct des *des);
const int64_t *des_now_pointer(const struct des *des);

/*
 * Schedules fn(object, arg) at when_ns, now or later; at now it fires after
 * everything already scheduled for now. object is borrowed. Returns a handle,
 * never DES_NONE.
 */
des_handle des_at(struct des *des, int64_t when_ns, des_fn *fn, void *object,
		  uint64_t arg);

/* The same, delay_ns >= 0 from now. */
des_handle des_after(struct des *des, int64_t delay_ns, des_fn *fn,
		     void *object, uint64_t arg);

/*
 * Forgets a one-shot that has not fired. False, and nothing happens, if the
 * handle is stale (fired or cancelled) or DES_NONE. Aborts on a timer's handle.
 */
bool des_cancel(struct des *des, des_handle event);

/*
 * Moves a one-shot to when_ns, now or later; the handle stays. It counts as
 * scheduled anew among equal times. False if stale or DES_NONE, as above.
 */
bool des_move(struct des *des, des_handle event, int64_t when_ns);

/* A timer at rest. Its handle is good until des_timer_destroy(). */
des_handle des_timer_create(struct des *des, des_fn *fn, void *object,
			    uint64_t arg);

/*
 * Arms the timer, or moves it if armed. The past means now. TIME_NEVER_NS means
 * des_timer_stop(). In the four below a stale handle aborts.
 */
void des_timer_set(struct des *des, des_handle timer, int64_t when_ns);

/* Disarms; nothing happens if it is at rest. */
void des_timer_stop(struct des *des, des_handle timer);

/* Armed, that is, set and not yet fired. False inside its own callback. */
bool des_timer_armed(const struct des *des, des_handle timer);

/* When it will fire; TIME_NEVER_NS at rest. */
int64_t des_timer_when_ns(const struct des *des, des_handle timer);

/* Disarms and gives the handle back: for entities that end before the run. */
void des_timer_destroy(struct des *des, des_handle timer);

/*
 * Fires the earliest event if its time is <= end_ns, and returns true. Else
 * false, and the clock stays where it was. The caller may act between any two
 * events; so a driver that checks after every event is
 *
 *   while (des_step(des, end_ns))
 *           check();
 *   des_run(des, end_ns);      moves the clock on to end_ns
 */
bool des_step(struct des *des, int64_t end_ns);

/*
 * Fires all events up to and including end_ns >= now, then sets the clock to
 * end_ns. With TIME_NEVER_NS it runs until none is left and leaves the clock at
 * the last. Stopped, it returns with the clock at the event that stopped it.
 */
void des_run(struct des *des, int64_t end_ns);

/*
 * No further event fires: des_step() returns false and des_run() returns once
 * the present callback is done. Holds for good.
 */
void des_stop(struct des *des);
bool des_stopped(const struct des *des);

/* Time of the earliest pending event; TIME_NEVER_NS if there is none. */
int64_t des_next_ns(struct des *des);

uint64_t des_events_fired(const struct des *des);

/* One-shots waiting plus timers armed. */
size_t des_pending(const struct des *des);

/* Aborts if an invariant is broken. O(capacity). */
void des_check(const struct des *des);

#endif
