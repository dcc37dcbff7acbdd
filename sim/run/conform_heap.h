/*
 * conform_heap.h - one recorded trace of Xen's page allocator, and ours.
 *
 * SOURCE  The records are described in the README of the golden data, section
 *         D. sim/test/golden/heap.jsonl.gz has 60 traces of 300 steps.
 *
 * RULE    The recorded machine is booted (early allocations, hand-over, width
 *         of the DMA range) and every free list compared; each step is done
 *         and all it says compared: mfn, node, last node, claim, return codes,
 *         rounds of scrubbing, free pages of every node; at the end every free
 *         list again, first_dirty included.
 *
 * TESTS   sim/test/check_heap_golden.c
 */
#ifndef RUN_CONFORM_HEAP_H
#define RUN_CONFORM_HEAP_H

#include "run/conform.h"

/* Is this a record of a heap? By its keys. */
bool conform_heap_is(const json_t *record);

/* With options: xen_version, paranoid. */
int conform_heap_with(const json_t *record,
		      const struct conform_options *options,
		      struct conform_result *result, struct err *err);
/* As recorded. */
int conform_heap(const json_t *record, struct conform_result *diff,
		 struct err *err);

#endif
