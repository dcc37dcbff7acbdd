/*
 * conform_fixed.h - libxl's candidate search in full width, for conform.
 *
 * RULE    What libxl_search() looks for, with sums of memory and their
 *         comparison in 64 bits and no limit of 16 nodes: repairs F1, F2 and F4
 *         of place/libxl_fixed.c, for the recorded questions that no heuristic
 *         can be asked (bounds on the number of nodes, first fit).
 *
 * TESTS   sim/test/check_conform.c
 */
#ifndef RUN_CONFORM_FIXED_H
#define RUN_CONFORM_FIXED_H

#include "base/nodeset.h"
#include "place/libxl_search.h"

/* The best set; NODESET_NONE if none fits or the bounds exclude each other. */
nodeset conform_fixed_search(const struct libxl_query *query);

#endif
