/*
 * check_trace.c - the trace is JSON, its slices nest, its times are exact.
 *
 * Every trace is read back with jansson and walked as a viewer would.
 */
#include "base/rng.h"
#include "des/trace.h"
#include "des/utf8.h"
#include "test/test.h"

#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { PROCESSES = 4, THREADS = 8 };

struct written {
	char *bytes;
	size_t size;
	FILE *file;
	struct arena *arena;
	struct trace *trace;
};

static void open_trace(struct written *w, bool gzip, uint64_t events_max)
{
	*w = (struct written){.arena = arena_create()};
	w->file = open_memstream(&w->bytes, &w->size);
	w->trace = trace_open(w->arena, w->file, gzip, events_max);
}

static json_t *close_trace(struct written *w, int64_t time_ns)
{
	struct err err;
	json_error_t error;

	ck_assert_int_eq(trace_close(w->trace, time_ns, &err), 0);
	fclose(w->file);
	json_t *root = json_loadb(w->bytes, w->size, 0, &error);

	ck_assert_msg(root, "line %d: %s", error.line, error.text);
	free(w->bytes);
	arena_destroy(w->arena);
	return root;
}

static json_t *record(json_t *root, size_t index)
{
	return json_array_get(json_object_get(root, "traceEvents"), index);
}

static const char *text_of(json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* Records of one phase, and every E closes a B of its thread. */
static size_t nest_check(json_t *root, char phase)
{
	json_t *events = json_object_get(root, "traceEvents"), *event;
	int open[PROCESSES][THREADS] = {{0}};
	double last[PROCESSES][THREADS] = {{0}};
	size_t i, count = 0;

	json_array_foreach(events, i, event)
	{
		char ph = text_of(event, "ph")[0];
		json_int_t p = json_integer_value(json_object_get(event, "pid"));
		json_int_t t = json_integer_value(json_object_get(event, "tid"));

		count += ph == phase;
		if (ph != 'B' && ph != 'E')
			continue;
		double ts = json_real_value(json_object_get(event, "ts"));

		ck_assert(ts >= last[p][t]);
		last[p][t] = ts;
		open[p][t] += ph == 'B' ? 1 : -1;
		ck_assert_int_ge(open[p][t], 0);
	}
	for (int p = 0; p < PROCESSES; p++)
		for (int t = 0; t < THREADS; t++)
			ck_assert_int_eq(open[p][t], 0);
	return count;
}

/* Random slices, instants and counters on all rows. Returns the last time. */
static int64_t random_day(struct trace *trace, uint64_t seed, int steps)
{
	int open[PROCESSES][THREADS] = {{0}};
	int64_t now_ns = 0;
	struct rng rng;

	rng_init(&rng, seed, RNG_TEST, 0);
	for (uint32_t p = 0; p < PROCESSES; p++) {
		trace_process(trace, p, "node", (int32_t)p);
		for (uint32_t t = 0; t < THREADS; t++)
			trace_thread(trace, p, t, "pcpu", (int32_t)t);
	}
	for (int i = 0; i < steps; i++) {
		uint32_t p = (uint32_t)rng_u64(&rng) % PROCESSES;
		uint32_t t = (uint32_t)rng_u64(&rng) % THREADS;

		now_ns += (int64_t)(rng_u64(&rng) % 2000);
		switch (rng_u64(&rng) % 5) {
		case 0:
			trace_instant(trace, now_ns, p, t, "move",
				      &trace_int("from", i), 1);
			break;
		case 1:
			trace_counter(trace, now_ns, p, "free MB", i / 8.0);
			break;
		case 2:
			if (!open[p][t])
				break;
			trace_end(trace, now_ns, p, t);
			open[p][t]--;
			break;
		default:
			if (open[p][t] == 3)
				break;
			trace_begin(trace, now_ns, p, t, "d1v0", NULL, 0);
			open[p][t]++;
		}
	}
	return now_ns;
}

START_TEST(test_slices_nest_and_are_closed)
{
	struct written w;

	open_trace(&w, false, 0);
	int64_t end_ns = random_day(w.trace, 1, 20000);

	ck_assert_uint_eq(trace_dropped(w.trace), 0);
	json_t *root = close_trace(&w, end_ns);

	ck_assert_uint_gt(nest_check(root, 'B'), 3000);
	ck_assert_uint_eq(nest_check(root, 'B'), nest_check(root, 'E'));
	ck_assert_uint_eq(nest_check(root, 'M'), 2 * (4 + 4 * 8));
	ck_assert(json_is_false(json_object_get(
		json_object_get(root, "otherData"), "truncated")));
	json_decref(root);
}
END_TEST

/* 1,234,567 ns is 1234.567 us; 9e15 ns needs every digit it has. */
START_TEST(test_times_are_exact)
{
	struct written w;
	struct err err;

	open_trace(&w, false, 0);
	trace_begin(w.trace, 5, 0, 0, "a", NULL, 0);
	trace_end(w.trace, 1234567, 0, 0);
	trace_counter(w.trace, INT64_C(9007199254740993), 0, "c", 1.5);
	ck_assert_int_eq(trace_close(w.trace, 2000000, &err), 0);
	fclose(w.file);
	ck_assert_ptr_nonnull(strstr(w.bytes, "\"ts\":0.005,"));
	ck_assert_ptr_nonnull(strstr(w.bytes, "\"ts\":1234.567}"));
	ck_assert_ptr_nonnull(strstr(w.bytes, "\"ts\":9007199254740.993,"));
	ck_assert_ptr_nonnull(strstr(w.bytes, "{\"value\":1.5}"));
	free(w.bytes);
	arena_destroy(w.arena);
}
END_TEST

START_TEST(test_what_a_record_says)
{
	struct written w;
	struct trace_arg args[] = {
		trace_text("vcpu", "d3v1"),
		trace_int("credit", -7),
		trace_real("remote_share", 0.25),
	};

	open_trace(&w, false, 0);
	trace_process(w.trace, 2, "node 2", -1);
	trace_thread(w.trace, 2, 5, "pcpu 21", 21);
	trace_begin(w.trace, 1000, 2, 5, "d3v1", args, 3);
	trace_instant(w.trace, 1500, 2, 5, "migrate", NULL, 0);
	trace_process_instant(w.trace, 1600, 2, "balloon", args, 1);
	json_t *root = close_trace(&w, 2000);
	json_t *slice = record(root, 4);
	json_t *values = json_object_get(slice, "args");

	ck_assert_str_eq(text_of(record(root, 0), "name"), "process_name");
	ck_assert_str_eq(text_of(record(root, 1), "name"),
			 "process_sort_index");
	ck_assert_str_eq(text_of(json_object_get(record(root, 2), "args"),
				 "name"), "pcpu 21");
	ck_assert_str_eq(text_of(record(root, 3), "name"),
			 "thread_sort_index");
	ck_assert_str_eq(text_of(slice, "name"), "d3v1");
	ck_assert_str_eq(text_of(values, "vcpu"), "d3v1");
	ck_assert_int_eq(json_integer_value(json_object_get(values, "credit")),
			 -7);
	ck_assert_double_eq(json_real_value(json_object_get(
				    values, "remote_share")), 0.25);
	ck_assert_str_eq(text_of(record(root, 5), "s"), "t");
	ck_assert_str_eq(text_of(record(root, 6), "s"), "p");
	ck_assert_str_eq(text_of(record(root, 7), "ph"), "E");
	json_decref(root);
}
END_TEST

START_TEST(test_any_name_survives)
{
	struct written w;
	static const char *const names[][2] = {
		{"a \"b\" \\ c", "a \"b\" \\ c"},
		{"tab\tnew\nline\x01", "tab\tnew\nline\x01"},
		{"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
		 "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
		{"\xff!\xc3", "\xef\xbf\xbd!\xef\xbf\xbd"},
	};

	open_trace(&w, false, 0);
	for (int i = 0; i < 4; i++)
		trace_instant(w.trace, i, 0, 0, names[i][0], NULL, 0);
	json_t *root = close_trace(&w, 10);

	for (size_t i = 0; i < 4; i++)
		ck_assert_str_eq(text_of(record(root, i), "name"), names[i][1]);
	json_decref(root);
}
END_TEST

START_TEST(test_utf8_knows_whole_characters)
{
	ck_assert_uint_eq(utf8_size("\xc0\x80"), 0);         /* overlong */
	ck_assert_uint_eq(utf8_size("\xe0\x80\x80"), 0);     /* overlong */
	ck_assert_uint_eq(utf8_size("\xed\xa0\x80"), 0);     /* surrogate */
	ck_assert_uint_eq(utf8_size("\xf4\x90\x80\x80"), 0); /* too large */
	ck_assert_uint_eq(utf8_size("\xe2\x82"), 0);         /* cut */
	ck_assert_uint_eq(utf8_size("\xed\x9f\xbf"), 3);
	ck_assert_uint_eq(utf8_size("\xf4\x8f\xbf\xbf"), 4);
	ck_assert_uint_eq(utf8_size("\xc2\x80"), 2);
	ck_assert_uint_eq(utf8_size("\x7f"), 1);
}
END_TEST

/* The limit is kept, the file says so, and it still nests. */
START_TEST(test_a_cut_trace_says_so_and_nests)
{
	for (uint64_t max = 1; max < 300; max += 7) {
		struct written w;

		open_trace(&w, false, max);
		int64_t end_ns = random_day(w.trace, 2, 600);
		uint64_t dropped = trace_dropped(w.trace);
		json_t *root = close_trace(&w, end_ns);
		json_t *other = json_object_get(root, "otherData");

		ck_assert_uint_gt(dropped, 0);
		ck_assert(json_is_true(json_object_get(other, "truncated")));
		ck_assert_uint_eq(dropped,
				  (uint64_t)json_integer_value(json_object_get(
					  other, "dropped_events")));
		ck_assert_uint_eq(max + 1, nest_check(root, 'B') +
						   nest_check(root, 'C') +
						   nest_check(root, 'i'));
		ck_assert_uint_eq(nest_check(root, 'B'), nest_check(root, 'E'));
		json_decref(root);
	}
}
END_TEST

/* Unpacked, the gzip file has the bytes of the plain one. */
START_TEST(test_gzip_holds_the_same_bytes)
{
	struct written plain, packed;
	struct err err;

	open_trace(&plain, false, 0);
	open_trace(&packed, true, 0);
	int64_t end_ns = random_day(plain.trace, 3, 30000);

	random_day(packed.trace, 3, 30000);
	ck_assert_int_eq(trace_close(plain.trace, end_ns, &err), 0);
	ck_assert_int_eq(trace_close(packed.trace, end_ns, &err), 0);
	fclose(plain.file);
	fclose(packed.file);
	ck_assert_uint_lt(packed.size, plain.size / 4);

	char *bytes = malloc(plain.size + 1);
	z_stream z = {.next_in = (unsigned char *)packed.bytes,
		      .avail_in = (unsigned int)packed.size,
		      .next_out = (unsigned char *)bytes,
		      .avail_out = (unsigned int)plain.size + 1};

	ck_assert_int_eq(inflateInit2(&z, 15 + 16), Z_OK);
	ck_assert_int_eq(inflate(&z, Z_FINISH), Z_STREAM_END);
	ck_assert_uint_eq(z.total_out, plain.size);
	ck_assert_mem_eq(bytes, plain.bytes, plain.size);
	inflateEnd(&z);
	free(bytes);
	free(plain.bytes);
	free(packed.bytes);
	arena_destroy(plain.arena);
	arena_destroy(packed.arena);
}
END_TEST

START_TEST(test_a_full_disk_is_an_error)
{
	FILE *full = fopen("/dev/full", "w");
	struct arena *arena = arena_create();
	struct err err = {""};

	if (!full)
		return;
	struct trace *trace = trace_open(arena, full, _i == 1, 0);

	random_day(trace, 4, 1000);
	ck_assert_int_eq(trace_close(trace, INT64_MAX / 2, &err), -1);
	ck_assert_str_eq(err.text, "trace: writing failed");
	fclose(full);
	arena_destroy(arena);
}
END_TEST

/* T1: none is open. T2: backwards. And a counter must be a number. */
START_TEST(test_wrong_calls_abort)
{
	struct written w;

	open_trace(&w, false, 0);
	trace_begin(w.trace, 10, 0, 1, "a", NULL, 0);
	switch (_i) {
	case 0:
		trace_end(w.trace, 10, 0, 0); /* T1 */
		break;
	case 1:
		trace_end(w.trace, 9, 0, 1); /* T2 */
		break;
	case 2:
		trace_counter(w.trace, 10, 0, "c", 0.0 / 0.0);
		break;
	case 3:
		trace_counter(w.trace, -1, 0, "c", 0);
		break;
	default:
		trace_close(w.trace, 9, NULL); /* T2 */
	}
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("trace");
	TCase *tc = tcase_create("trace");

	tcase_add_test(tc, test_slices_nest_and_are_closed);
	tcase_add_test(tc, test_times_are_exact);
	tcase_add_test(tc, test_what_a_record_says);
	tcase_add_test(tc, test_any_name_survives);
	tcase_add_test(tc, test_utf8_knows_whole_characters);
	tcase_add_test(tc, test_a_cut_trace_says_so_and_nests);
	tcase_add_test(tc, test_gzip_holds_the_same_bytes);
	tcase_add_loop_test(tc, test_a_full_disk_is_an_error, 0, 2);
	tcase_add_loop_test_raise_signal(tc, test_wrong_calls_abort, SIGABRT,
					 0, 5);
	suite_add_tcase(suite, tc);
	return suite;
}
