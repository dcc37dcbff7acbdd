/* check_arena.c - arena, error lines and the set types of base/. */
#include "base/arena.h"
#include "base/cpuset.h"
#include "base/err.h"
#include "base/nodeset.h"
#include "test/test.h"

#include <signal.h>
#include <string.h>

START_TEST(test_arena_pieces_are_zeroed_aligned_and_apart)
{
	struct arena *arena = arena_create();
	unsigned char *last = NULL;

	for (size_t size = 1; size < 5000; size += 37) {
		unsigned char *piece = arena_alloc(arena, size);

		ck_assert_uint_eq((uintptr_t)piece % (size >= 64 ? 64 : 16), 0);
		for (size_t i = 0; i < size; i++)
			ck_assert_uint_eq(piece[i], 0);
		memset(piece, 0xff, size);
		ck_assert_ptr_ne(piece, last);
		last = piece;
	}
	ck_assert_uint_ge(arena_held_bytes(arena), arena_used_bytes(arena));
	arena_destroy(arena);
}
END_TEST

START_TEST(test_arena_takes_pieces_larger_than_a_chunk)
{
	struct arena *arena = arena_create();
	char *big = arena_alloc(arena, 50u << 20);

	big[(50u << 20) - 1] = 'x';
	ck_assert_str_eq(arena_strdup(arena, "next"), "next");
	ck_assert_uint_eq(arena_used_bytes(arena), (50u << 20) + 5);
	arena_destroy(arena);
}
END_TEST

START_TEST(test_arena_array_overflow_aborts)
{
	arena_array(arena_create(), SIZE_MAX / 2, 3);
}
END_TEST

START_TEST(test_nodeset_next_is_cyclic_and_strictly_after)
{
	nodeset s = nodeset_of(2) | nodeset_of(5) | nodeset_of(63);

	ck_assert_uint_eq(nodeset_next(s, 0), 2);
	ck_assert_uint_eq(nodeset_next(s, 2), 5);
	ck_assert_uint_eq(nodeset_next(s, 5), 63);
	ck_assert_uint_eq(nodeset_next(s, 63), 2);
	ck_assert_uint_eq(nodeset_next(NODESET_NONE, 3), NODE_NONE);
	ck_assert_uint_eq(nodeset_next(nodeset_of(4), 4), 4);
	ck_assert_uint_eq(nodeset_after(s, 63), NODE_NONE);
	ck_assert_uint_eq(nodeset_count(nodeset_below(64)), 64);
}
END_TEST

/* The same questions to a cpuset and to an array of bools. */
START_TEST(test_cpuset_agrees_with_an_array_of_bools)
{
	bool naive[CPU_MAX] = {false};
	cpuset s = {{0}};
	uint32_t x = 12345;

	for (int step = 0; step < 20000; step++) {
		x = x * 1664525u + 1013904223u;
		uint32_t cpu = (x >> 8) % CPU_MAX;

		naive[cpu] = (x & 64) != 0;
		if (naive[cpu])
			cpuset_add(&s, cpu);
		else
			cpuset_del(&s, cpu);
		uint32_t from = (x >> 4) % CPU_MAX, want = CPU_NONE;

		for (uint32_t i = 1; i <= CPU_MAX && want == CPU_NONE; i++)
			if (naive[(from + i) % CPU_MAX])
				want = (from + i) % CPU_MAX;
		ck_assert_uint_eq(cpuset_next(&s, from), want);
		ck_assert(cpuset_has(&s, cpu) == naive[cpu]);
	}
	cpuset b = cpuset_below(65);

	ck_assert_uint_eq(cpuset_count(&b), 65);
	b = cpuset_all();
	ck_assert(cpuset_subset(&s, &b));
	ck_assert_uint_eq(cpuset_count(&b), CPU_MAX);
}
END_TEST

START_TEST(test_err_names_the_nearest)
{
	static const char *const names[] = {"libxl", "first-fit", "packed"};
	struct err err;

	ck_assert_int_eq(err_set(&err, "unknown heuristic 'libx'"), -1);
	err_add_nearest(&err, "libx", names, 3);
	ck_assert_str_eq(err.text,
			 "unknown heuristic 'libx'; did you mean libxl?");
	err_set(&err, "unknown 'zzzz'");
	err_add_nearest(&err, "zzzz", names, 3);
	ck_assert_str_eq(err.text,
			 "unknown 'zzzz'; one of libxl, first-fit, packed");
}
END_TEST

/* Names and values come from files: one line all the same, with both ends. */
START_TEST(test_err_is_one_line_and_keeps_both_ends)
{
	static char value[1 << 20];
	struct err err;

	memset(value, 'v', sizeof(value) - 1);
	ck_assert_int_eq(err_set(&err, "a\nb\tc\x1b\x7f: %d", 1), -1);
	ck_assert_str_eq(err.text, "a?b?c??: 1");

	err_set(&err, "f:1: '%s' is no number; 1 to 9", value);
	ck_assert_uint_eq(strlen(err.text), ERR_TEXT_MAX - 1);
	ck_assert_ptr_nonnull(strstr(err.text, "f:1: 'vvv"));
	ck_assert_ptr_nonnull(strstr(err.text, "v ... v"));
	ck_assert_ptr_nonnull(strstr(err.text, "v' is no number; 1 to 9"));

	/* Not within a character: each of these is two bytes. */
	for (size_t i = 0; i < sizeof(value) - 1; i++)
		value[i] = i % 2 ? '\xa4' : '\xc3';
	value[sizeof(value) - 2] = '\0';
	for (int shift = 0; shift < 2; shift++) {
		err_set(&err, "%s%s", shift ? "x" : "", value);
		char *gap = strstr(err.text, " ... ");

		ck_assert_ptr_nonnull(gap);
		ck_assert_int_eq(gap[-1], '\xa4');
		ck_assert_int_eq(gap[5], '\xc3');
	}

	err_set(&err, "unknown 'x'");
	err_set(&err, "file: %s", err.text); /* of itself */
	ck_assert_str_eq(err.text, "file: unknown 'x'");
}
END_TEST

START_TEST(test_require_aborts)
{
	int64_t now_ns = 7;

	panic_run(&now_ns, 3);
	require(now_ns == 8);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("arena");
	TCase *tc = tcase_create("base");

	tcase_add_test(tc, test_arena_pieces_are_zeroed_aligned_and_apart);
	tcase_add_test(tc, test_arena_takes_pieces_larger_than_a_chunk);
	tcase_add_test_raise_signal(tc, test_arena_array_overflow_aborts,
				    SIGABRT);
	tcase_add_test(tc, test_nodeset_next_is_cyclic_and_strictly_after);
	tcase_add_test(tc, test_cpuset_agrees_with_an_array_of_bools);
	tcase_add_test(tc, test_err_names_the_nearest);
	tcase_add_test(tc, test_err_is_one_line_and_keeps_both_ends);
	tcase_add_test_raise_signal(tc, test_require_aborts, SIGABRT);
	suite_add_tcase(suite, tc);
	return suite;
}
