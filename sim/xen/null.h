/*
 * null.h - the inside of Xen's null scheduler, for its file and tests.
 *
 * SOURCE  xen-project/xen at c447b730, xen/common/sched/null.c, as described in
 *         facts/xen.md 7.4 and by the traces of that code (README section 5,
 *         points 7, 8 and 13).
 *
 * MODEL   Each CPU has at most one unit, each unit at most one CPU, for as long
 *         as it is online. There are no slices. Units without a CPU wait, and
 *         wait for ever if no CPU becomes free:
 *
 *           cpu 0  d1v0      cpu 2  free
 *           cpu 1  d1v1      waiting: d2v0, d2v1      (first come, first served)
 *
 *         A unit comes on a CPU in four ways: it wakes and its processor is
 *         free and suits it; a free CPU schedules and finds it waiting; the CPU
 *         of another unit becomes free; its affinity changes and the CPU then
 *         picked is free. Whoever chooses from the waiting ones first looks for
 *         one that prefers the CPU, then for one that may run there.
 *
 *         A new unit is offline, so it has no CPU until it is started, and its
 *         soft affinity is often missed then: it is not its CPUs that schedule
 *         first.
 *
 * THE LIVELOCK  A free CPU may not take a waiting unit whose processor it is:
 *         Xen would need the lock it holds, and tells itself to try again at
 *         once. Where no other CPU takes the unit that never ends. Here a CPU
 *         with nothing but such units is told once more; if by then no other
 *         CPU is left to schedule, the livelock is counted and reported
 *         (sched_env.livelock) and the CPU is left alone until units change
 *         hands. That is what its guest would see; the CPU would be busy.
 *
 * INVARIANTS, all asserted by null_check(), which may be called between events:
 *   N1  A CPU is free exactly if it has no unit; the unit of a CPU has that CPU
 *       as its processor.
 *   N2  A unit waits or has a CPU, never both.
 *   N3  An offline unit neither waits nor has a CPU.
 *   N4  A unit that is runnable and not about to move has a CPU or waits.
 *   N5  What runs on a CPU is the CPU's unit, or the CPU is about to schedule.
 *   N6  A stuck CPU is free.
 *
 * LEFT OUT  see sched.h.
 *
 * COST    schedule O(1), O(waiting) where the CPU is free.
 *
 * TESTS   sim/test/check_null.c, check_sched_traces.c
 */
#ifndef XEN_NULL_H
#define XEN_NULL_H

#include "xen/sched_private.h"

struct null_unit {
	struct sched_unit unit;
	struct list waiting; /* on null.waiting */
};

struct null {
	struct null_unit **cpu_unit; /* [nr_cpus]; NULL = free */
	struct list waiting;
	cpuset free;
	cpuset stuck;   /* in a livelock, and reported */
	uint64_t epoch; /* advances when a unit changes hands */
	uint64_t *tried; /* [nr_cpus]: epoch in which it last told itself */
};

static inline struct null *null_of(const struct sched *s)
{
	return s->priv;
}

static inline struct null_unit *null_unit(struct sched_unit *unit)
{
	return (struct null_unit *)(void *)unit;
}

static inline bool null_waits(const struct null_unit *u)
{
	return !list_empty(&u->waiting);
}

/* Is the unit the one of its processor? */
static inline bool null_assigned(const struct sched *s,
				 const struct null_unit *u)
{
	return null_of(s)->cpu_unit[u->unit.processor] == u;
}

void null_check(const struct sched *s);

#endif
