/*
 * libxl_log.h - the candidates that `xl -vvv create` would log, in its order.
 *
 * SOURCE  facts/xen.md 1.5, 1.8: libxl__get_numa_candidate() logs each set of
 *         nodes that beats all before it, and at the end the one selected.
 *
 * RULE    libxl looks at all sets of the size it ends at, in lexicographic
 *         order. libxl_search() finds the same winner without looking at all
 *         of them; this goes the long way for who wants to compare the log.
 *
 * COST    C(nodes, size) sets, at most 12,870.
 *
 * TESTS   sim/test/check_trial.c: the logs of recorded hosts.
 */
#ifndef PLACE_LIBXL_LOG_H
#define PLACE_LIBXL_LOG_H

#include "place/libxl_search.h"

/* "New best NUMA placement candidate found" */
typedef void libxl_note(void *arg, const struct libxl_candidate *candidate);

/* Calls note for each; the last is the one selected. None: nothing fits. */
void libxl_log(const struct libxl_query *query, libxl_note *note, void *arg);

/* The number that libxl logs as free_memkb=, which is in MiB. */
static inline uint64_t libxl_log_free(const struct libxl_candidate *candidate)
{
	return candidate->free_memkb / 1024;
}

#endif
