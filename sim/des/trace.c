#include "des/trace.h"

#include "des/utf8.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>
#include <zlib.h>

enum { OUT_BYTES = 1 << 16, PROCESS_MAX = 1 << 12, THREAD_MAX = 1 << 16 };

/* One row. Once the trace is cut every new slice is a dropped one, so that the
 * dropped are always the innermost. */
struct row {
	int64_t last_ns;
	uint16_t open;         /* slices whose B is in the file */
	uint16_t open_dropped; /* slices whose B was dropped */
};

struct rows {
	struct row *row;
	uint32_t count; /* room; rows are made when first used */
};

struct trace {
	struct arena *arena;
	FILE *file;
	bool gzip;
	bool failed;
	z_stream z;
	uint64_t events_max;
	uint64_t events;
	uint64_t dropped;
	int64_t cut_ns;
	bool first; /* no record yet, so no comma */
	struct rows *process;
	uint32_t process_count;
	size_t used; /* of text */
	char text[OUT_BYTES];
	unsigned char packed[OUT_BYTES];
};

static void put(struct trace *trace, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void file_write(struct trace *trace, const void *bytes, size_t size)
{
	if (fwrite(bytes, 1, size, trace->file) != size)
		trace->failed = true;
}

/* Hands the text on; with finish the gzip member ends. */
static void flush(struct trace *trace, int finish)
{
	if (!trace->gzip) {
		file_write(trace, trace->text, trace->used);
		trace->used = 0;
		return;
	}
	int rc;

	trace->z.next_in = (unsigned char *)trace->text;
	trace->z.avail_in = (unsigned int)trace->used;
	do {
		trace->z.next_out = trace->packed;
		trace->z.avail_out = sizeof(trace->packed);
		rc = deflate(&trace->z, finish);
		file_write(trace, trace->packed,
			   sizeof(trace->packed) - trace->z.avail_out);
	} while (trace->z.avail_out == 0);
	if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
		trace->failed = true;
	trace->used = 0;
}

static void put_bytes(struct trace *trace, const char *bytes, size_t size)
{
	if (trace->used + size > sizeof(trace->text))
		flush(trace, Z_NO_FLUSH);
	memcpy(trace->text + trace->used, bytes, size);
	trace->used += size;
}

static void put(struct trace *trace, const char *format, ...)
{
	char line[256];
	va_list args;

	va_start(args, format);
	int size = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	require(size >= 0 && (size_t)size < sizeof(line));
	put_bytes(trace, line, (size_t)size);
}

/* "text" as a JSON string; bytes that are not UTF-8 become U+FFFD. */
static void put_string(struct trace *trace, const char *text)
{
	put_bytes(trace, "\"", 1);
	while (*text) {
		size_t size = utf8_size(text);

		if (size == 0) {
			put_bytes(trace, "\\ufffd", 6);
			size = 1;
		} else if (*text == '"' || *text == '\\') {
			put(trace, "\\%c", *text);
		} else if ((unsigned char)*text < 0x20) {
			put(trace, "\\u%04x", (unsigned char)*text);
		} else {
			put_bytes(trace, text, size);
		}
		text += size;
	}
	put_bytes(trace, "\"", 1);
}

/* A new record: comma, line, and what all records have. */
static void put_head(struct trace *trace, char phase, uint32_t process)
{
	put(trace, "%s\n{\"ph\":\"%c\",\"pid\":%" PRIu32,
	    trace->first ? "" : ",", phase, process);
	trace->first = false;
}

static void put_time(struct trace *trace, int64_t time_ns)
{
	require(time_ns >= 0);
	put(trace, ",\"ts\":%" PRId64 ".%03d", time_ns / 1000,
	    (int)(time_ns % 1000));
}

static void put_name(struct trace *trace, const char *name)
{
	put(trace, ",\"name\":");
	put_string(trace, name);
}

static void put_real(struct trace *trace, double value)
{
	require(isfinite(value));
	put(trace, "%.6g", value);
}

static void put_args(struct trace *trace, const struct trace_arg *args,
		     uint32_t args_count)
{
	if (!args_count)
		return;
	put(trace, ",\"args\":");
	for (uint32_t i = 0; i < args_count; i++) {
		put(trace, "%c", i ? ',' : '{');
		put_string(trace, args[i].name);
		put(trace, ":");
		if (args[i].kind == TRACE_TEXT)
			put_string(trace, args[i].text);
		else if (args[i].kind == TRACE_INT)
			put(trace, "%" PRId64, args[i].integer);
		else
			put_real(trace, args[i].real);
	}
	put(trace, "}");
}

struct trace *trace_open(struct arena *arena, FILE *file, bool gzip,
			 uint64_t events_max)
{
	struct trace *trace = arena_alloc(arena, sizeof(*trace));

	trace->arena = arena;
	trace->file = file;
	trace->gzip = gzip;
	trace->events_max = events_max ? events_max : UINT64_MAX;
	trace->first = true;
	/* 15 window bits, and 16 for gzip's header: no name, no time. */
	if (gzip && deflateInit2(&trace->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
				 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		panic(__FILE__, __LINE__, "zlib cannot start");
	put(trace, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[");
	return trace;
}

/* The row of a thread, made on first use. */
static struct row *row_of(struct trace *trace, uint32_t process,
			  uint32_t thread)
{
	require(process < PROCESS_MAX && thread < THREAD_MAX);
	if (process >= trace->process_count) {
		uint32_t count = 2 * (process + 1);
		struct rows *rows =
			arena_array(trace->arena, count, sizeof(*rows));

		if (trace->process_count)
			memcpy(rows, trace->process,
			       trace->process_count * sizeof(*rows));
		trace->process = rows;
		trace->process_count = count;
	}
	struct rows *p = &trace->process[process];

	if (thread >= p->count) {
		uint32_t count = 2 * (thread + 1);
		struct row *row =
			arena_array(trace->arena, count, sizeof(*row));

		if (p->count)
			memcpy(row, p->row, p->count * sizeof(*row));
		p->row = row;
		p->count = count;
	}
	return &p->row[thread];
}

static void put_metadata(struct trace *trace, uint32_t process,
			 const uint32_t *thread, const char *kind,
			 const struct trace_arg *arg)
{
	put_head(trace, 'M', process);
	if (thread)
		put(trace, ",\"tid\":%" PRIu32, *thread);
	put_name(trace, kind);
	put_args(trace, arg, 1);
	put(trace, "}");
}

void trace_process(struct trace *trace, uint32_t process, const char *name,
		   int32_t sort_index)
{
	put_metadata(trace, process, NULL, "process_name",
		     &trace_text("name", name));
	put_metadata(trace, process, NULL, "process_sort_index",
		     &trace_int("sort_index", sort_index));
}

void trace_thread(struct trace *trace, uint32_t process, uint32_t thread,
		  const char *name, int32_t sort_index)
{
	put_metadata(trace, process, &thread, "thread_name",
		     &trace_text("name", name));
	put_metadata(trace, process, &thread, "thread_sort_index",
		     &trace_int("sort_index", sort_index));
}

/* Counts a record, or drops it; the first dropped one leaves a mark. */
static bool admitted(struct trace *trace, int64_t time_ns)
{
	if (trace->events < trace->events_max) {
		trace->events++;
		return true;
	}
	if (trace->dropped++ == 0) {
		trace->cut_ns = time_ns;
		put_head(trace, 'i', 0);
		put(trace, ",\"tid\":0,\"s\":\"g\"");
		put_time(trace, time_ns);
		put_name(trace, "trace cut");
		put(trace, "}");
	}
	return false;
}

static void row_advance(struct row *row, int64_t time_ns)
{
	require(time_ns >= row->last_ns); /* T2 */
	row->last_ns = time_ns;
}

void trace_begin(struct trace *trace, int64_t time_ns, uint32_t process,
		 uint32_t thread, const char *name,
		 const struct trace_arg *args, uint32_t args_count)
{
	struct row *row = row_of(trace, process, thread);

	row_advance(row, time_ns);
	require(row->open + row->open_dropped < TRACE_DEPTH_MAX);
	if (!admitted(trace, time_ns)) {
		row->open_dropped++;
		return;
	}
	row->open++;
	put_head(trace, 'B', process);
	put(trace, ",\"tid\":%" PRIu32, thread);
	put_time(trace, time_ns);
	put_name(trace, name);
	put_args(trace, args, args_count);
	put(trace, "}");
}

static void put_end(struct trace *trace, int64_t time_ns, uint32_t process,
		    uint32_t thread)
{
	put_head(trace, 'E', process);
	put(trace, ",\"tid\":%" PRIu32, thread);
	put_time(trace, time_ns);
	put(trace, "}");
}

void trace_end(struct trace *trace, int64_t time_ns, uint32_t process,
	       uint32_t thread)
{
	struct row *row = row_of(trace, process, thread);

	row_advance(row, time_ns);
	require(row->open + row->open_dropped > 0); /* T1 */
	if (row->open_dropped) {
		row->open_dropped--;
		return;
	}
	row->open--;
	put_end(trace, time_ns, process, thread);
}

void trace_instant(struct trace *trace, int64_t time_ns, uint32_t process,
		   uint32_t thread, const char *name,
		   const struct trace_arg *args, uint32_t args_count)
{
	row_advance(row_of(trace, process, thread), time_ns);
	if (!admitted(trace, time_ns))
		return;
	put_head(trace, 'i', process);
	put(trace, ",\"tid\":%" PRIu32 ",\"s\":\"t\"", thread);
	put_time(trace, time_ns);
	put_name(trace, name);
	put_args(trace, args, args_count);
	put(trace, "}");
}

void trace_process_instant(struct trace *trace, int64_t time_ns,
			   uint32_t process, const char *name,
			   const struct trace_arg *args, uint32_t args_count)
{
	if (!admitted(trace, time_ns))
		return;
	put_head(trace, 'i', process);
	put(trace, ",\"tid\":0,\"s\":\"p\"");
	put_time(trace, time_ns);
	put_name(trace, name);
	put_args(trace, args, args_count);
	put(trace, "}");
}

void trace_counter(struct trace *trace, int64_t time_ns, uint32_t process,
		   const char *name, double value)
{
	if (!admitted(trace, time_ns))
		return;
	put_head(trace, 'C', process);
	put_time(trace, time_ns);
	put_name(trace, name);
	put_args(trace, &trace_real("value", value), 1);
	put(trace, "}");
}

uint64_t trace_dropped(const struct trace *trace)
{
	return trace->dropped;
}

/* T3 */
static void rows_close(struct trace *trace, int64_t time_ns)
{
	for (uint32_t p = 0; p < trace->process_count; p++)
		for (uint32_t t = 0; t < trace->process[p].count; t++) {
			struct row *row = &trace->process[p].row[t];

			for (; row->open; row->open--) {
				require(time_ns >= row->last_ns); /* T2 */
				put_end(trace, time_ns, p, t);
			}
		}
}

int trace_close(struct trace *trace, int64_t time_ns, struct err *err)
{
	rows_close(trace, time_ns);
	put(trace, "\n],\"otherData\":{\"truncated\":%s,\"events\":%" PRIu64,
	    trace->dropped ? "true" : "false", trace->events);
	put(trace, ",\"dropped_events\":%" PRIu64, trace->dropped);
	if (trace->dropped) {
		put(trace, ",\"events_max\":%" PRIu64, trace->events_max);
		put(trace, ",\"cut_at_us\":%" PRId64 ".%03d",
		    trace->cut_ns / 1000, (int)(trace->cut_ns % 1000));
	}
	put(trace, "}}\n");
	flush(trace, Z_FINISH);
	if (trace->gzip)
		deflateEnd(&trace->z);
	if (fflush(trace->file) != 0)
		trace->failed = true;
	if (trace->failed)
		return err_set(err, "trace: writing failed");
	return 0;
}
