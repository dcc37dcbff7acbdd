/*
 * trace.h - writes a schedule as Chrome trace JSON, for Perfetto and kin.
 *
 * SOURCE  The "Trace Event Format" that chrome://tracing and ui.perfetto.dev
 *         read. Times there are microseconds; we print ns as three decimals,
 *         from integers, so that no time is rounded.
 *
 * MODEL   Rows are threads, grouped in processes. Ours: one process a NUMA
 *         node, one thread a pCPU:
 *
 *           node 0   pcpu 0   [ d3v1      ][ d4v0 ]      slices, B and E
 *                    pcpu 1      [ d3v0       ]
 *                    free MB  ______~~~~~~~              counters
 *                                     | d3: 0 -> 1       instant events
 *
 *         B and E nest per thread: E closes the innermost open slice. Slices
 *         still open at trace_close() are closed at its time.
 *
 * RULE    At most events_max records (names and closing E's not counted). When
 *         the limit is reached, nothing more is recorded but the E's that close
 *         what is open, and the file says at its end how many were dropped:
 *         "otherData": {"truncated": true, "dropped_events": N, ...}, and an
 *         instant event "trace cut" marks the time from which data is missing.
 *
 * UNITS   time_ns integer ns >= 0, not decreasing from call to call per thread.
 *
 * INVARIANTS, asserted where they change:
 *   T1  E is written only for an open slice; trace_end() with none open on
 *       that thread aborts.
 *   T2  On one thread time does not run backwards.
 *   T3  Every slice is closed when the file is.
 *
 * COST    A line of text per record, straight to a stdio or zlib buffer.
 *
 * TESTS   sim/test/check_trace.c
 */
#ifndef DES_TRACE_H
#define DES_TRACE_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { TRACE_DEPTH_MAX = 255 }; /* slices open on one thread */

struct trace; /* opaque */

/* One value in a slice's or event's "args". Borrowed during the call. */
struct trace_arg {
	const char *name;
	enum trace_arg_kind {
		TRACE_TEXT,
		TRACE_INT,
		TRACE_REAL, /* printed with 6 digits; must be finite */
	} kind;
	const char *text;
	int64_t integer;
	double real;
};

#define trace_text(n, v) \
	((struct trace_arg){.name = (n), .kind = TRACE_TEXT, .text = (v)})
#define trace_int(n, v) \
	((struct trace_arg){.name = (n), .kind = TRACE_INT, .integer = (v)})
#define trace_real(n, v) \
	((struct trace_arg){.name = (n), .kind = TRACE_REAL, .real = (v)})

/*
 * Opens a trace on file (borrowed, open for writing; the caller closes it after
 * trace_close()). With gzip the bytes are a gzip member. events_max 0 means no
 * limit. Memory from arena.
 */
struct trace *trace_open(struct arena *arena, FILE *file, bool gzip,
			 uint64_t events_max);

/* Name and order of a process (node) and of a thread in it. Before its data. */
void trace_process(struct trace *trace, uint32_t process, const char *name,
		   int32_t sort_index);
void trace_thread(struct trace *trace, uint32_t process, uint32_t thread,
		  const char *name, int32_t sort_index);

/* A slice begins and ends. args may be NULL with args_count 0. */
void trace_begin(struct trace *trace, int64_t time_ns, uint32_t process,
		 uint32_t thread, const char *name,
		 const struct trace_arg *args, uint32_t args_count);
void trace_end(struct trace *trace, int64_t time_ns, uint32_t process,
	       uint32_t thread);

/* A moment on one thread's row, such as a migration. */
void trace_instant(struct trace *trace, int64_t time_ns, uint32_t process,
		   uint32_t thread, const char *name,
		   const struct trace_arg *args, uint32_t args_count);

/* A moment of a whole process, such as a balloon target. */
void trace_process_instant(struct trace *trace, int64_t time_ns,
			   uint32_t process, const char *name,
			   const struct trace_arg *args, uint32_t args_count);

/* A new value of a process's counter, such as "free MB". */
void trace_counter(struct trace *trace, int64_t time_ns, uint32_t process,
		   const char *name, double value);

/* Records dropped because of events_max so far. */
uint64_t trace_dropped(const struct trace *trace);

/*
 * Closes open slices at time_ns and ends the file's JSON; flushes but does not
 * close the stream. Returns 0, or -1 with err when any write failed. The trace
 * must not be used afterwards.
 */
int trace_close(struct trace *trace, int64_t time_ns, struct err *err);

#endif
