/*
 * check_rng.c - streams: the generator's own numbers, independence of purpose
 * and entity, uniformity.
 */
#include "base/rng.h"
#include "test/test.h"

#include <signal.h>
#include <string.h>

/*
 * From the state {1, 2, 3, 4}, by hand: the first output is rotl(1 + 4, 23) + 1
 * = 5 * 2^23 + 1 = 41943041. The next ones are those of the paper's algorithm.
 */
START_TEST(test_xoshiro_gives_its_known_numbers)
{
	static const uint64_t want[] = {
		UINT64_C(41943041),
		UINT64_C(58720359),
		UINT64_C(3588806011781223),
		UINT64_C(3591011842654386),
		UINT64_C(9228616714210784205),
	};
	struct rng rng = {{1, 2, 3, 4}};

	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++)
		ck_assert_uint_eq(rng_u64(&rng), want[i]);
}
END_TEST

START_TEST(test_same_three_numbers_give_the_same_stream)
{
	struct rng a, b;

	rng_init(&a, 42, RNG_ARRIVAL, 7);
	memset(&b, 0xff, sizeof(b));
	rng_init(&b, 42, RNG_ARRIVAL, 7);
	for (int i = 0; i < 1000; i++)
		ck_assert_uint_eq(rng_u64(&a), rng_u64(&b));
}
END_TEST

/* Recorded results hang on these: a change of the hash shows here. */
START_TEST(test_streams_are_pinned)
{
	struct rng rng;

	rng_init(&rng, 0, 0, 0);
	ck_assert_uint_eq(rng_u64(&rng), UINT64_C(397168528445681538));
	rng_init(&rng, 1, RNG_LIFETIME, 3);
	ck_assert_uint_eq(rng_u64(&rng), UINT64_C(7273740412500878239));
}
END_TEST

/*
 * Neighbouring streams: of 64 bits, 32 differ on average. Over 30,000 pairs the
 * mean has a standard error of 4 / sqrt(30000) = 0.023; 3.3 of them are 0.076.
 */
START_TEST(test_neighbours_have_nothing_in_common)
{
	uint64_t differing = 0, pairs = 0;

	for (uint64_t i = 0; i < 10000; i++) {
		uint64_t base[3] = {i, i % 7, i / 3};

		for (int field = 0; field < 3; field++) {
			uint64_t next[3] = {base[0], base[1], base[2]};
			struct rng a, b;

			next[field]++;
			rng_init(&a, base[0], base[1], base[2]);
			rng_init(&b, next[0], next[1], next[2]);
			uint64_t x = rng_u64(&a) ^ rng_u64(&b);

			ck_assert_uint_ne(x, 0);
			differing += (uint64_t)__builtin_popcountll(x);
			pairs++;
		}
	}
	double mean = (double)differing / (double)pairs;

	ck_assert_double_eq_tol(mean, 32, 0.076);
}
END_TEST

/* The three numbers are not interchangeable. */
START_TEST(test_order_of_seed_purpose_entity_matters)
{
	static const uint64_t order[6][3] = {{1, 2, 3}, {1, 3, 2}, {2, 1, 3},
					     {2, 3, 1}, {3, 1, 2}, {3, 2, 1}};
	uint64_t first[6];

	for (int i = 0; i < 6; i++) {
		struct rng rng;

		rng_init(&rng, order[i][0], order[i][1], order[i][2]);
		first[i] = rng_u64(&rng);
		for (int j = 0; j < i; j++)
			ck_assert_uint_ne(first[i], first[j]);
	}
}
END_TEST

/* chi-square of counts against equal ones; df = cells - 1. */
static double chi_square(const uint64_t *count, uint32_t cells, uint64_t draws)
{
	double expected = (double)draws / cells, sum = 0;

	for (uint32_t i = 0; i < cells; i++) {
		double off = (double)count[i] - expected;

		sum += off * off / expected;
	}
	return sum;
}

/* 99.9 % of chi-square lie below 29.59 for df 10 and 330.5 for df 255. */
START_TEST(test_below_is_uniform)
{
	uint64_t count[11] = {0};
	struct rng rng;

	rng_init(&rng, 5, RNG_TEST, 0);
	for (int i = 0; i < 1000000; i++)
		count[rng_below(&rng, 11)]++;
	ck_assert_double_lt(chi_square(count, 11, 1000000), 29.59);

	/* A bound of 3/4 of 2^64: of four words two would give a multiple of 3
	 * by scaling alone, and the lower third would come twice as often by
	 * taking the remainder. chi-square, df 2: 13.82. */
	uint64_t third[3] = {0}, rest[3] = {0};
	uint64_t bound = UINT64_C(3) << 62;

	for (int i = 0; i < 300000; i++) {
		uint64_t x = rng_below(&rng, bound);

		third[x >> 62]++;
		rest[x % 3]++;
	}
	ck_assert_double_lt(chi_square(third, 3, 300000), 13.82);
	ck_assert_double_lt(chi_square(rest, 3, 300000), 13.82);
}
END_TEST

START_TEST(test_each_byte_is_uniform)
{
	struct rng rng;

	rng_init(&rng, 6, RNG_TEST, (uint64_t)_i);
	uint64_t count[256] = {0};

	for (int i = 0; i < 400000; i++)
		count[rng_u64(&rng) >> (8 * _i) & 255]++;
	ck_assert_double_lt(chi_square(count, 256, 400000), 330.5);
}
END_TEST

START_TEST(test_below_1_is_0_and_unit_stays_inside)
{
	struct rng rng;
	double min = 1, max = 0;

	rng_init(&rng, 8, RNG_TEST, 0);
	for (int i = 0; i < 1000000; i++) {
		double u = rng_unit(&rng), v = rng_unit_open(&rng);

		ck_assert(u >= 0 && u < 1);
		ck_assert(v > 0 && v <= 1);
		if (u < min)
			min = u;
		if (u > max)
			max = u;
	}
	ck_assert_uint_eq(rng_below(&rng, 1), 0);
	/* Odds of missing either margin: (1 - 1e-5)^1e6 = 5e-5. */
	ck_assert_double_lt(min, 1e-5);
	ck_assert_double_gt(max, 1 - 1e-5);
	/* The ends of the range: all bits 0 and all bits 1. */
	struct rng low = {{0, 0, 1, 0}}, high = {{~UINT64_C(0), 0, 0, 0}};

	ck_assert_double_eq(rng_unit(&low), 0);
	/* rotl(~0, 23) + ~0 = 2^64 - 2 */
	ck_assert_double_eq(rng_unit(&high), 1 - 0x1p-53);
}
END_TEST

START_TEST(test_below_0_aborts)
{
	struct rng rng = {{1, 2, 3, 4}};

	rng_below(&rng, 0);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("rng");
	TCase *tc = tcase_create("rng");

	tcase_add_test(tc, test_xoshiro_gives_its_known_numbers);
	tcase_add_test(tc, test_same_three_numbers_give_the_same_stream);
	tcase_add_test(tc, test_streams_are_pinned);
	tcase_add_test(tc, test_neighbours_have_nothing_in_common);
	tcase_add_test(tc, test_order_of_seed_purpose_entity_matters);
	tcase_add_test(tc, test_below_is_uniform);
	tcase_add_loop_test(tc, test_each_byte_is_uniform, 0, 8);
	tcase_add_test(tc, test_below_1_is_0_and_unit_stays_inside);
	tcase_add_test_raise_signal(tc, test_below_0_aborts, SIGABRT);
	suite_add_tcase(suite, tc);
	return suite;
}
