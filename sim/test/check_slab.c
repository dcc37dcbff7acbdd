/* check_slab.c - records named by numbers. */
#include "base/slab.h"
#include "test/test.h"

#include <signal.h>

struct record {
	uint32_t first, second, third;
};

START_TEST(test_records_keep_their_place_and_content)
{
	enum { COUNT = 5000 };
	struct arena *arena = arena_create();
	static struct record *place[COUNT + 1];
	struct slab slab;

	slab_init(&slab, arena, sizeof(struct record));
	for (uint32_t i = 1; i <= COUNT; i++) {
		ck_assert_uint_eq(slab_take(&slab), i);
		place[i] = slab_at(&slab, i);
		ck_assert_uint_eq(place[i]->second, 0);
		*place[i] = (struct record){i, i + 1, i + 2};
	}
	for (uint32_t i = 1; i <= COUNT; i++) {
		ck_assert_ptr_eq(slab_at(&slab, i), place[i]);
		ck_assert_uint_eq(place[i]->first, i);
		ck_assert_uint_eq(place[i]->third, i + 2);
	}
	ck_assert_uint_eq(slab.used_count, COUNT);
	arena_destroy(arena);
}
END_TEST

START_TEST(test_the_last_given_back_is_the_first_taken)
{
	struct arena *arena = arena_create();
	struct slab slab;

	slab_init(&slab, arena, sizeof(struct record));
	for (uint32_t i = 1; i <= 4; i++)
		slab_take(&slab);
	((struct record *)slab_at(&slab, 2))->third = 77;
	slab_give(&slab, 3);
	slab_give(&slab, 2);
	ck_assert_uint_eq(slab.used_count, 2);
	ck_assert_uint_eq(slab_take(&slab), 2);
	/* All but its first four bytes is as it was. */
	ck_assert_uint_eq(((struct record *)slab_at(&slab, 2))->third, 77);
	ck_assert_uint_eq(slab_take(&slab), 3);
	ck_assert_uint_eq(slab_take(&slab), 5);
	arena_destroy(arena);
}
END_TEST

/* 1024 records of 12 bytes a chunk; of 2052 bytes 16; of 100 KB one. */
START_TEST(test_chunks_are_small)
{
	static const struct {
		uint32_t bytes, shift;
	} cases[] = {{12, 10}, {64, 10}, {68, 9}, {2052, 4}, {100000, 0}};
	struct arena *arena = arena_create();
	struct slab slab;

	slab_init(&slab, arena, cases[_i].bytes);
	ck_assert_uint_eq(slab.chunk_shift, cases[_i].shift);
	for (uint32_t i = 1; i <= 100; i++) {
		ck_assert_uint_eq(slab_take(&slab), i);
		*(uint32_t *)slab_at(&slab, i) = i;
	}
	for (uint32_t i = 1; i <= 100; i++)
		ck_assert_uint_eq(*(uint32_t *)slab_at(&slab, i), i);
	arena_destroy(arena);
}
END_TEST

START_TEST(test_too_small_a_record_aborts)
{
	struct slab slab;

	slab_init(&slab, arena_create(), 2);
}
END_TEST

START_TEST(test_record_none_aborts)
{
	struct slab slab;

	slab_init(&slab, arena_create(), 8);
	slab_take(&slab);
	slab_at(&slab, SLAB_NONE);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("slab");
	TCase *tc = tcase_create("slab");

	tcase_add_test(tc, test_records_keep_their_place_and_content);
	tcase_add_test(tc, test_the_last_given_back_is_the_first_taken);
	tcase_add_loop_test(tc, test_chunks_are_small, 0, 5);
	tcase_add_test_raise_signal(tc, test_too_small_a_record_aborts,
				    SIGABRT);
	tcase_add_test_raise_signal(tc, test_record_none_aborts, SIGABRT);
	suite_add_tcase(suite, tc);
	return suite;
}
