/*
 * balloon_inside.h - the state of a balloon driver.
 *
 * For balloon.c, and for the test that breaks it. See balloon.h.
 */
#ifndef GUEST_BALLOON_INSIDE_H
#define GUEST_BALLOON_INSIDE_H

#include "guest/balloon.h"
#include "guest/frames.h"

struct balloon {
	struct frames frames;
	struct rng rng;
	enum balloon_policy policy;
	bool pv, hotplug;
	uint64_t static_max_kib;

	enum balloon_state state;
	uint64_t current_pages, target_pages;
	uint32_t delay_s, retry_count;

	bool offset_known;
	uint64_t offset_pages; /* toolstack's figure minus the kernel's */

	bool asleep;
	int64_t wake_ns;
	int64_t sleep_credit_pages; /* when it fell asleep */

	enum balloon_action action; /* of the request under way; SLEEP = none */
	uint32_t count;
	uint64_t index[BALLOON_BATCH_MAX]; /* its frames, hypercall order */
	enum balloon_state after;   /* a shrink's state, once it is done */

	int64_t boot_credit_pages, boot_changed_ns;
};

#endif
