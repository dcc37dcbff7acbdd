/*
 * batch.h - the confidence interval of a mean from one long run, whose values
 * depend on each other: the method of batch means.
 *
 * MODEL   The values of a queue are alike when they are near: the mean of n of
 *         them is much less certain than n independent ones would make it. So
 *         they are cut into batches, and the means of batches, if these are
 *         long enough, are independent:
 *
 *           values   .....................................................
 *           batches  [---- 1 ----][---- 2 ----][---- 3 ----] ...
 *
 *         The length of the run need not be known: when BATCH_COUNT_MAX
 *         batches are full, neighbours are put together in pairs and the
 *         batches are twice as long from then on. So there are always 32 to 64
 *         batches once 32 values have come.
 *
 *         What holds over time (a queue's length) is cut into equal spans by
 *         the caller: each span's mean is one value.
 *
 * INVARIANTS, asserted by batch_check():
 *   B1  full_count < BATCH_COUNT_MAX, and each full batch has size_values
 *       values.
 *   B2  open_count < size_values.
 *
 * LEFT OUT  finding the end of the warm-up: say it, or drop it.
 *
 * TESTS   sim/test/check_stats.c (coverage on an autoregressive process whose
 *         mean is known), sim/test/check_queueing.c
 */
#ifndef BASE_BATCH_H
#define BASE_BATCH_H

#include "base/student.h"

#include <stdint.h>

enum { BATCH_COUNT_MAX = 64 };

struct batch {
	uint64_t skip_count;  /* values of the warm-up still to be dropped */
	uint64_t size_values; /* of one batch, a power of two */
	uint64_t open_count;  /* values in the batch being filled */
	double open_sum;
	uint32_t full_count;
	double sum[BATCH_COUNT_MAX]; /* of each full batch */
};

/* Drops the first warmup_count values. */
void batch_init(struct batch *b, uint64_t warmup_count);
void batch_add(struct batch *b, double value);

/* Of the full batches; half is +inf while there are fewer than two. */
struct interval batch_interval(const struct batch *b, double confidence);

/*
 * Correlation of one batch mean with the next, about 0 if the batches are
 * long enough; above 0.3 the interval is too narrow. 0 below 3 batches.
 */
double batch_correlation(const struct batch *b);

void batch_check(const struct batch *b);

#endif
