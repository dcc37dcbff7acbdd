/*
 * lab_mem_set.h - one recorded `xl mem-set`, one step ahead: which nodes pages
 *                 leave and come back to.
 *
 * SOURCE  facts/xen.md 4.3, 6.1.
 *
 * RULE    Down: evenly from all pages the guest has (which frames its kernel
 *         gives up is not known). Up: single pages round its node affinity, on
 *         the heap that the state stands for (host_state_heap.h).
 *
 *         Wrong pages are those that went to, or came from, another node than
 *         recorded.
 *
 * TESTS   sim/test/check_conform_lab.c
 */
#ifndef RUN_LAB_MEM_SET_H
#define RUN_LAB_MEM_SET_H

#include "run/lab_record.h"

struct lab_mem_set {
	uint64_t pages;       /* the guest has more, or fewer, afterwards */
	uint64_t wrong_pages; /* 0..pages */
};

/* False if the guest is not in both states, or did not change, or more than
 * LAB_MEM_SET_PAGES_MAX pages did. */
bool lab_mem_set_compare(struct arena *arena, const struct host_state *before,
			 const struct lab_step *step, struct lab_mem_set *out);

#define LAB_MEM_SET_PAGES_MAX (UINT64_C(1) << 24) /* 64 GiB */

#endif
