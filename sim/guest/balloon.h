/*
 * balloon.h - the guest's balloon driver, as Linux has it.
 *
 * SOURCE  facts/xen.md 6.1 (Linux 6.x drivers/xen/balloon.c, xen-balloon.c).
 *
 * MODEL   A kernel thread that moves the guest's memory towards a target in
 *         batches of at most 512 single pages, one hypercall each:
 *
 *           credit = target - current
 *           credit > 0  populate the first frames of the balloon's list
 *           credit < 0  take pages from the guest, put them on the list,
 *                       return them to Xen
 *
 *         The list is LIFO; of a batch, the frame the kernel gave first is
 *         the head, so the first to come back. States:
 *
 *                    ok, credit left: at once
 *                     +----------+
 *                     v          |        4th failure
 *           DONE ---> (a batch) -+-> EAGAIN ----------> ECANCELED
 *            ^           |            | 2, 4, 8 s           |
 *            +-----------+            +--> (a batch)        |
 *            credit changed, or 3600 s <--------------------+
 *
 *         WAIT (1 s) follows a hot-add of memory, when the list was empty and
 *         the guest may grow beyond the memory it was built with.
 *
 *         The driver of the simulation owns time and hypercalls:
 *
 *           balloon_next(b, now, guest, &request)
 *             SLEEP     call again at request.wake_ns, or earlier once
 *                       balloon_target() or balloon_watch() returned true
 *             POPULATE  populate request.gpfn[0..count), order 0, no node;
 *                       then balloon_done(b, extents done), then next again
 *             DECREASE  the same with decrease_reservation; the model's guest
 *                       owns these frames, so all extents succeed
 *
 *         Which frames does the guest's kernel give up? Linux does not say;
 *         two policies bound the answer:
 *
 *           top     the highest frames it has, downwards: a guest whose
 *                   kernel fills memory from below
 *           spread  frames drawn evenly from all it has: a guest long in use
 *
 * UNITS   _pages and gpfn in 4 KiB pages; _ns simulated time; _kib as in
 *         xenstore.
 *
 * INVARIANTS, asserted by balloon_check():
 *   B1  current_pages + listed frames == RAM of the guest, hot-added too.
 *   B2  The marked frames are those on the list, each once, and those of a
 *       DECREASE under way; each chunk's count is the number of its marks.
 *   B3  1 <= delay_s <= 32 and 1 <= retry_count <= 4.
 *   B4  No frame at or above the mark-free bound is unmarked (policy top
 *       starts its search there).
 *
 * DIFFERS from Linux: high memory does not exist; the guest's page allocator
 *         is a count of free pages and one of the policies above; frames that
 *         start inside the balloon (PV with memory below maxmem) are listed
 *         with the highest first, which the source leaves to its boot code.
 *
 * COST    balloon_next() is O(512); spread draws again on a frame that is
 *         gone, at most 64 times, then takes the next one above.
 *         4 bytes a listed frame, 1 bit a frame of RAM where the balloon has
 *         been.
 *
 * TESTS   sim/test/check_balloon.c
 */
#ifndef GUEST_BALLOON_H
#define GUEST_BALLOON_H

#include "base/arena.h"
#include "base/rng.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	BALLOON_BATCH_MAX = 512,
	BALLOON_RANGE_MAX = 66,   /* 64 vnodes' ranges and what is hot-added */
	BALLOON_DELAY_MAX_S = 32,
	BALLOON_RETRY_MAX = 4,
	BALLOON_SECTION_PAGES = 32768, /* 128 MiB: hot-add comes in these */
};

enum balloon_state {
	BALLOON_DONE,
	BALLOON_WAIT,
	BALLOON_EAGAIN,
	BALLOON_ECANCELED,
};

enum balloon_policy { BALLOON_TOP, BALLOON_SPREAD };

enum balloon_action { BALLOON_SLEEP, BALLOON_POPULATE, BALLOON_DECREASE };

/* [first_gpfn, first_gpfn + pages) */
struct balloon_range {
	uint64_t first_gpfn;
	uint64_t pages;
};

struct balloon_request {
	enum balloon_action action;
	int64_t wake_ns; /* SLEEP only; at the latest then */
	uint32_t count;  /* 1..BALLOON_BATCH_MAX unless SLEEP */
	uint64_t gpfn[BALLOON_BATCH_MAX]; /* in the order of the hypercall */
};

/* What the guest's kernel has to give, asked before each batch. */
struct balloon_guest {
	uint64_t available_pages; /* its estimate, page cache included */
	uint64_t free_pages;      /* allocatable right now, without waiting;
	                             at most balloon_current_pages() */
	uint64_t reserve_pages;   /* the kernel's own reserve; 0 counts as 1,
	                             as no kernel has none */
};

/* Set at birth; plain record. */
struct balloon_config {
	enum balloon_policy policy;
	bool pv;              /* PV or dom0: no offset */
	bool hotplug;         /* may grow beyond its RAM */
	uint64_t static_max_kib; /* xenstore memory/static-max */
	uint64_t current_pages;  /* populated at boot, from below; the rest of
	                            the RAM starts inside the balloon */
	uint32_t range_count;    /* 1..BALLOON_RANGE_MAX - 1, ascending */
	const struct balloon_range *range; /* RAM, < 2^32 pages; copied */
	uint64_t seed, entity;   /* of the run and of the guest, for spread */
};

struct balloon; /* opaque */

/* Lives in the arena. State DONE, target = current, first wake-up at once. */
struct balloon *balloon_create(struct arena *arena,
			       const struct balloon_config *config,
			       int64_t now_ns);

/*
 * The watch on xenstore memory/target fired. The first one fixes the offset
 * between the toolstack's figure and the kernel's (HVM, PVH). True if the
 * thread wakes up: call balloon_next() now.
 */
bool balloon_watch(struct balloon *balloon, uint64_t target_kib);

/* The same in the kernel's own figure. */
bool balloon_target(struct balloon *balloon, uint64_t target_pages);

void balloon_next(struct balloon *balloon, int64_t now_ns,
		  const struct balloon_guest *guest,
		  struct balloon_request *request);

/* The hypercall of the last request did so many extents, 0..count. */
void balloon_done(struct balloon *balloon, uint32_t extents);

/*
 * HVM and PVH boot: the kernel polls every 0.1 s and goes on once credit >= 0;
 * it panics when given up with no progress for 180 s. PV never waits.
 */
enum balloon_boot { BALLOON_BOOT_READY, BALLOON_BOOT_WAITS, BALLOON_BOOT_PANIC };
enum balloon_boot balloon_boot(struct balloon *balloon, int64_t now_ns);

enum balloon_state balloon_state(const struct balloon *balloon);
uint64_t balloon_current_pages(const struct balloon *balloon);
uint64_t balloon_target_pages(const struct balloon *balloon);
uint64_t balloon_listed_pages(const struct balloon *balloon);
/* target - current: what is left to do. */
int64_t balloon_credit_pages(const struct balloon *balloon);
/* Is this frame inside the balloon (not backed by memory)? */
bool balloon_has(const struct balloon *balloon, uint64_t gpfn);

void balloon_check(const struct balloon *balloon);

#endif
