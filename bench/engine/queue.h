/*
 * queue.h - the M/M/1 model's line: arrival times, first in first out.
 *
 * RULE    A ring. The first is being served, so the server is busy when the
 *         line is not empty. At rho 0.9 more than 2^14 in it has odds of
 *         10^-749.
 */
#ifndef BENCH_ENGINE_QUEUE_H
#define BENCH_ENGINE_QUEUE_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum { QUEUE_ROOM = 1 << 14 };

struct queue {
	uint64_t in, out; /* ever */
	int64_t arrived_ns[QUEUE_ROOM];
};

static inline bool queue_empty(const struct queue *q)
{
	return q->in == q->out;
}

static inline void queue_put(struct queue *q, int64_t arrived_ns)
{
	require(q->in - q->out < QUEUE_ROOM);
	q->arrived_ns[q->in++ % QUEUE_ROOM] = arrived_ns;
}

static inline int64_t queue_take(struct queue *q)
{
	return q->arrived_ns[q->out++ % QUEUE_ROOM];
}

#endif
