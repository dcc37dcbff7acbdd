/*
 * check_stats.c - moments, histogram, time averages, Student's t, batch means.
 */
#include "base/arena.h"
#include "base/batch.h"
#include "base/histogram.h"
#include "base/moments.h"
#include "base/rng.h"
#include "base/student.h"
#include "base/timeavg.h"
#include "base/variate.h"
#include "test/test.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { VALUES = 20000 };

static void fill(double *x, int count, uint64_t entity)
{
	struct rng rng;

	rng_init(&rng, 21, RNG_TEST, entity);
	for (int i = 0; i < count; i++)
		x[i] = 1000 * variate_exponential(&rng) + 3;
}

/* --- moments ------------------------------------------------------------- */

/* Two passes over the array, in long double. */
static struct moments naive_moments(const double *x, int count)
{
	long double sum = 0, m2 = 0, m3 = 0, m4 = 0;
	struct moments m = {.count = (uint64_t)count, .min = x[0], .max = x[0]};

	for (int i = 0; i < count; i++)
		sum += x[i];
	for (int i = 0; i < count; i++) {
		long double off = x[i] - sum / count;

		m2 += off * off;
		m3 += off * off * off;
		m4 += off * off * off * off;
		m.min = fmin(m.min, x[i]);
		m.max = fmax(m.max, x[i]);
	}
	m.mean = (double)(sum / count);
	m.m2 = (double)m2;
	m.m3 = (double)m3;
	m.m4 = (double)m4;
	return m;
}

static void same_moments(const struct moments *a, const struct moments *b)
{
	ck_assert_uint_eq(a->count, b->count);
	ck_assert_double_eq(a->min, b->min);
	ck_assert_double_eq(a->max, b->max);
	ck_assert_double_eq_tol(a->mean / b->mean, 1, 1e-12);
	ck_assert_double_eq_tol(a->m2 / b->m2, 1, 1e-11);
	ck_assert_double_eq_tol(a->m3 / b->m3, 1, 1e-10);
	ck_assert_double_eq_tol(a->m4 / b->m4, 1, 1e-10);
}

START_TEST(test_moments_agree_with_two_passes)
{
	static double x[VALUES];
	struct moments m = {0}, naive;

	fill(x, VALUES, 0);
	for (int i = 0; i < VALUES; i++) {
		moments_add(&m, x[i]);
		moments_check(&m);
	}
	naive = naive_moments(x, VALUES);
	same_moments(&m, &naive);
}
END_TEST

/* 2, 4, 4, 4, 5, 5, 7, 9: mean 5, squares add up to 32, cubes to 42, fourth
 * powers to 356. */
START_TEST(test_moments_by_hand)
{
	static const double x[] = {2, 4, 4, 4, 5, 5, 7, 9};
	struct moments m;

	moments_init(&m);
	for (int i = 0; i < 8; i++)
		moments_add(&m, x[i]);
	ck_assert_double_eq(m.mean, 5);
	ck_assert_double_eq_tol(m.m2, 32, 1e-12);
	ck_assert_double_eq_tol(moments_variance(&m), 32.0 / 7, 1e-12);
	ck_assert_double_eq_tol(moments_sd(&m), sqrt(32.0 / 7), 1e-12);
	ck_assert_double_eq_tol(moments_skewness(&m), 42.0 / 8 / 8, 1e-12);
	ck_assert_double_eq_tol(moments_kurtosis(&m), 356.0 / 8 / 16 - 3,
				1e-12);
	ck_assert_double_eq(m.min, 2);
	ck_assert_double_eq(m.max, 9);
}
END_TEST

START_TEST(test_moments_of_parts_merge_to_those_of_the_whole)
{
	static const int cuts[] = {0, 1, 2, 777, 778, 15000, 15000, VALUES};
	static double x[VALUES];
	struct moments whole = {0}, merged = {0};

	fill(x, VALUES, 1);
	for (int i = 0; i < VALUES; i++)
		moments_add(&whole, x[i]);
	for (int cut = 0; cut < 7; cut++) {
		struct moments part = {0};

		for (int i = cuts[cut]; i < cuts[cut + 1]; i++)
			moments_add(&part, x[i]);
		moments_merge(&merged, &part);
		moments_check(&merged);
	}
	same_moments(&merged, &whole);
}
END_TEST

START_TEST(test_moments_of_few_and_of_equal_values)
{
	struct moments m = {0};

	moments_check(&m);
	ck_assert_double_eq(moments_variance(&m), 0);
	moments_add(&m, -3);
	moments_check(&m);
	ck_assert_double_eq(moments_variance(&m), 0);
	moments_add(&m, -3);
	moments_check(&m);
	ck_assert_double_eq(moments_skewness(&m), 0);
	ck_assert_double_eq(moments_kurtosis(&m), 0);
	ck_assert_double_eq(m.max, -3);
}
END_TEST

/* (1 + 2 + 3)^2 / (3 (1 + 4 + 9)) = 36 / 42; one has all: 1 / 4. */
START_TEST(test_jain)
{
	static const double x[] = {1, 2, 3}, one[] = {0, 0, 5, 0};
	static const double even[] = {7, 7, 7}, zeros[] = {0, 0};

	ck_assert_double_eq_tol(jain_index(x, 3), 36.0 / 42, 1e-15);
	ck_assert_double_eq_tol(jain_index(one, 4), 0.25, 1e-15);
	ck_assert_double_eq(jain_index(even, 3), 1);
	ck_assert_double_eq(jain_index(zeros, 2), 1);
	ck_assert_double_eq(jain_index(NULL, 0), 1);
}
END_TEST

START_TEST(test_moments_check_m1_fires)
{
	struct moments m = {.mean = 1};

	moments_check(&m);
}
END_TEST

START_TEST(test_moments_check_m2_fires)
{
	struct moments m = {0};

	moments_add(&m, 1);
	moments_add(&m, 2);
	m.mean = 2.5;
	moments_check(&m);
}
END_TEST

/* --- histogram ----------------------------------------------------------- */

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Values of any size there is, zeros among them. */
static void fill_wide(double *x, int count)
{
	struct rng rng;

	rng_init(&rng, 22, RNG_TEST, 0);
	for (int i = 0; i < count; i++) {
		int exponent = (int)rng_below(&rng, 96) - 32;

		x[i] = i % 50 ? ldexp(1 + rng_unit(&rng), exponent) : 0;
	}
}

START_TEST(test_histogram_quantiles_are_within_the_stated_error)
{
	static double x[VALUES];
	struct arena *arena = arena_create();
	struct histogram *h = histogram_create(arena);
	double worst = 0;

	if (_i)
		fill_wide(x, VALUES);
	else
		fill(x, VALUES, 3);
	for (int i = 0; i < VALUES; i++)
		histogram_add(h, x[i], 1);
	histogram_check(h);
	qsort(x, VALUES, sizeof(*x), compare_doubles);
	for (int i = 1; i <= VALUES; i++) {
		double exact = x[i - 1];
		double got = histogram_quantile(h, (double)i / VALUES);

		if (exact == 0)
			ck_assert_double_eq(got, 0);
		else
			worst = fmax(worst, fabs(got / exact - 1));
	}
	ck_assert_double_le(worst, HISTOGRAM_ERROR);
	ck_assert_double_gt(worst, HISTOGRAM_ERROR / 2);
	ck_assert_double_eq(histogram_quantile(h, 0), x[0]);
	ck_assert_double_eq(histogram_quantile(h, 1), x[VALUES - 1]);
	arena_destroy(arena);
}
END_TEST

/* Bucket by bucket the bounds meet, and both ends are where they belong. */
START_TEST(test_histogram_bounds_meet)
{
	ck_assert_double_eq(histogram_low(0), 0x1p-32);
	ck_assert_double_eq(histogram_high(HISTOGRAM_BUCKET_COUNT - 1), 0x1p64);
	for (uint32_t i = 0; i < HISTOGRAM_BUCKET_COUNT; i++) {
		double low = histogram_low(i), high = histogram_high(i);

		ck_assert(high > low);
		ck_assert_double_le((high - low) / low, 1.0 / 64);
	}
	struct histogram *h = calloc(1, sizeof(*h));

	for (uint32_t i = 0; i < HISTOGRAM_BUCKET_COUNT; i += 7) {
		histogram_reset(h);
		histogram_add(h, histogram_low(i), 1);
		histogram_add(h, nextafter(histogram_high(i), 0), 2);
		ck_assert_uint_eq(h->bucket[i], 3);
		ck_assert_uint_eq(histogram_next(h, 0), i);
		ck_assert_uint_eq(histogram_next(h, i + 1),
				  HISTOGRAM_BUCKET_COUNT);
		histogram_check(h);
	}
	free(h);
}
END_TEST

START_TEST(test_histogram_of_parts_merges_to_that_of_the_whole)
{
	static double x[VALUES];
	struct arena *arena = arena_create();
	struct histogram *whole = histogram_create(arena);
	struct histogram *merged = histogram_create(arena);
	struct histogram *part = histogram_create(arena);

	for (int i = 0; i < VALUES; i++)
		x[i] = i % 1000 * 3; /* whole numbers: the sums are exact */
	for (int i = 0; i < VALUES; i++) {
		histogram_add(whole, x[i], 1);
		histogram_add(part, x[i], 1);
		if (i % 4999 == 0) {
			histogram_merge(merged, part);
			histogram_reset(part);
		}
	}
	histogram_merge(merged, part);
	histogram_check(merged);
	ck_assert_int_eq(memcmp(whole, merged, sizeof(*whole)), 0);
	/* the mean of 0, 3, ..., 2997 */
	ck_assert_double_eq(histogram_mean(merged), 1498.5);
	arena_destroy(arena);
}
END_TEST

START_TEST(test_histogram_shares_and_emptiness)
{
	struct arena *arena = arena_create();
	struct histogram *h = histogram_create(arena);

	histogram_check(h);
	ck_assert(isnan(histogram_quantile(h, 0.5)));
	ck_assert(isnan(histogram_mean(h)));
	histogram_add(h, 0, 1);
	histogram_add(h, 10, 2);
	histogram_add(h, 1000, 1);
	histogram_add(h, 5, 0);
	ck_assert_double_eq(histogram_share_below(h, -1), 0);
	ck_assert_double_eq(histogram_share_below(h, 0), 0.25);
	ck_assert_double_eq(histogram_share_below(h, 9), 0.25);
	ck_assert_double_eq(histogram_share_below(h, 10), 0.75);
	ck_assert_double_eq(histogram_share_below(h, 1e300), 1);
	/* ranks 1 to 4 are 0, 10, 10, 1000 */
	ck_assert_double_eq(histogram_quantile(h, 0.25), 0);
	ck_assert_double_eq_tol(histogram_quantile(h, 0.26), 10, 10.0 / 128);
	ck_assert_double_eq_tol(histogram_quantile(h, 0.75), 10, 10.0 / 128);
	ck_assert_double_eq(histogram_quantile(h, 0.76), 1000);
	arena_destroy(arena);
}
END_TEST

START_TEST(test_histogram_refuses_negative_values)
{
	struct histogram *h = histogram_create(arena_create());

	histogram_add(h, -1, 1);
}
END_TEST

START_TEST(test_histogram_check_g1_fires)
{
	struct histogram *h = histogram_create(arena_create());

	histogram_add(h, 5, 3);
	h->count--;
	histogram_check(h);
}
END_TEST

START_TEST(test_histogram_check_g2_fires)
{
	struct histogram *h = histogram_create(arena_create());

	histogram_add(h, 5, 3);
	h->max = 6;
	histogram_check(h);
}
END_TEST

/* --- time averages ------------------------------------------------------- */

/*
 *   value 4 [0, 10), 9 for no time, 1 [10, 30), 3 [30, 40):
 *   area 40 + 20 + 30 = 90 over 40
 */
START_TEST(test_timeavg_by_hand)
{
	struct timeavg t;

	timeavg_init(&t, 0, 4);
	ck_assert_double_eq(timeavg_mean(&t, 0), 4);
	timeavg_set(&t, 10, 9);
	timeavg_set(&t, 10, 1);
	timeavg_check(&t);
	timeavg_add(&t, 30, 2);
	ck_assert_double_eq_tol(timeavg_mean(&t, 40), 90.0 / 40, 1e-15);
	ck_assert_double_eq(timeavg_min(&t, 40), 1);
	ck_assert_double_eq(timeavg_max(&t, 40), 4);
	timeavg_check(&t);
	/* Asking changes nothing. */
	ck_assert_double_eq_tol(timeavg_mean(&t, 30), 60.0 / 30, 1e-15);

	/* Over [40, 50) there is only 3. */
	timeavg_restart(&t, 40);
	ck_assert_double_eq(timeavg_mean(&t, 50), 3);
	ck_assert_double_eq(timeavg_max(&t, 50), 3);
	timeavg_check(&t);
}
END_TEST

/* Against a sum over every single ns. */
START_TEST(test_timeavg_agrees_with_a_sum_over_time)
{
	struct timeavg t;
	struct rng rng;
	int64_t now_ns = 0;
	double value = 5, sum = 0, least = INFINITY;

	rng_init(&rng, 23, RNG_TEST, 0);
	timeavg_init(&t, 0, value);
	for (int i = 0; i < 5000; i++) {
		int64_t next_ns = now_ns + (int64_t)rng_below(&rng, 9);

		for (; now_ns < next_ns; now_ns++) {
			sum += value;
			least = fmin(least, value);
		}
		value = (double)rng_below(&rng, 1000000) - 500000;
		timeavg_set(&t, now_ns, value);
		timeavg_check(&t);
	}
	ck_assert_double_eq_tol(timeavg_mean(&t, now_ns), sum / (double)now_ns,
				1e-6);
	ck_assert_double_eq(timeavg_min(&t, now_ns), least);
}
END_TEST

START_TEST(test_timeavg_refuses_to_go_back)
{
	struct timeavg t;

	timeavg_init(&t, 10, 1);
	timeavg_set(&t, 9, 2);
}
END_TEST

START_TEST(test_timeavg_check_t1_fires)
{
	struct timeavg t;

	timeavg_init(&t, 10, 1);
	t.start_ns = 11;
	timeavg_check(&t);
}
END_TEST

START_TEST(test_timeavg_check_t2_fires)
{
	struct timeavg t;

	timeavg_init(&t, 10, 1);
	timeavg_set(&t, 20, 2);
	t.area = 30;
	timeavg_check(&t);
}
END_TEST

/* --- Student's t --------------------------------------------------------- */

/* Printed tables, df in the first column. */
START_TEST(test_student_quantiles_are_those_of_the_tables)
{
	static const struct {
		double df, p90, p95, p99; /* two-sided */
	} table[] = {
		{1, 6.313751515, 12.70620474, 63.65674116},
		{2, 2.919985580, 4.302652730, 9.924843201},
		{5, 2.015048373, 2.570581836, 4.032142984},
		{9, 1.833112933, 2.262157163, 3.249835542},
		{10, 1.812461123, 2.228138852, 3.169272673},
		{30, 1.697260887, 2.042272456, 2.749995654},
		{INFINITY, 1.644853627, 1.959963985, 2.575829304},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		double df = table[i].df;

		ck_assert_double_eq_tol(student_t_quantile(0.95, df) /
						table[i].p90, 1, 1e-9);
		ck_assert_double_eq_tol(student_t_quantile(0.975, df) /
						table[i].p95, 1, 1e-9);
		ck_assert_double_eq_tol(student_t_quantile(0.995, df) /
						table[i].p99, 1, 1e-9);
		ck_assert_double_eq(student_t_quantile(0.25, df),
				    -student_t_quantile(0.75, df));
	}
	ck_assert_double_eq(student_t_quantile(0.5, 7), 0);
	ck_assert_double_eq_tol(normal_quantile(0.975), 1.959963984540054,
				1e-12);
}
END_TEST

/*
 * Closed forms: df 1: tan(pi (p - 1/2)); df 2: (2 p - 1) sqrt(2 / (4 p q)) with
 * q = 1 - p; df 4: 2 sqrt(c / a - 1) with a = 4 p q and
 * c = cos(acos(sqrt(a)) / 3) sqrt(a).
 */
START_TEST(test_student_quantiles_are_those_of_closed_forms)
{
	for (double p = 0.55; p < 0.9999; p += 0.0137) {
		double q = 1 - p, a = 4 * p * q;
		double c = cos(acos(sqrt(a)) / 3) * sqrt(a);
		double one = tan(M_PI * (p - 0.5));
		double two = (p - q) * sqrt(2 / a);
		double four = 2 * sqrt(c / a - 1);

		ck_assert_double_eq_tol(student_t_quantile(p, 1) / one, 1,
					1e-10);
		ck_assert_double_eq_tol(student_t_quantile(p, 2) / two, 1,
					1e-10);
		ck_assert_double_eq_tol(student_t_quantile(p, 4) / four, 1,
					1e-10);
		ck_assert_double_eq_tol(normal_cdf(normal_quantile(p)), p,
					1e-14);
		ck_assert_double_eq_tol(normal_cdf(-p), erfc(p / sqrt(2)) / 2,
					1e-15);
		ck_assert_double_eq_tol(normal_cdf(-8 * p) /
						(erfc(8 * p / sqrt(2)) / 2),
					1, 1e-12);
	}
}
END_TEST

/*
 * Any df: the density integrated by Simpson's rule; large ones by the first
 * terms of Fisher's expansion, z + (z^3 + z) / (4 df).
 */
START_TEST(test_student_at_broken_and_large_df)
{
	static const double dfs[] = {0.7, 2.5, 17.3, 39.5, 40.5, 333.3};
	enum { STEPS = 20000 };

	for (size_t i = 0; i < sizeof(dfs) / sizeof(*dfs); i++) {
		double df = dfs[i], t = 2.2, sum = 0, h = t / STEPS;
		double scale = exp(lgamma((df + 1) / 2) - lgamma(df / 2)) /
			       sqrt(df * M_PI);

		for (int k = 0; k <= STEPS; k++) {
			double x = k * h;
			int weight = k % STEPS == 0 ? 1 : k % 2 ? 4 : 2;

			sum += weight * pow(1 + x * x / df, -(df + 1) / 2);
		}
		ck_assert_double_eq_tol(student_t_cdf(t, df),
					0.5 + scale * sum * h / 3, 1e-10);
		ck_assert_double_eq_tol(
			student_t_quantile(student_t_cdf(t, df), df), t, 1e-8);
	}
	double z = normal_quantile(0.975);

	ck_assert_double_eq_tol(student_t_quantile(0.975, 1e5),
				z + (z * z * z + z) / 4e5, 1e-9);
	ck_assert_double_eq_tol(student_t_quantile(0.975, 999999),
				student_t_quantile(0.975, 1e6), 3e-6);
}
END_TEST

/* 1, 2, 3, 4: mean 2.5, sd sqrt(5/3), t(0.975, 3) = 3.182446305. */
START_TEST(test_interval_by_hand)
{
	static const double x[] = {1, 2, 3, 4};
	struct interval i = interval_of_values(x, 4, 0.95);

	ck_assert_double_eq(i.mean, 2.5);
	ck_assert_double_eq_tol(i.half, 3.182446305 * sqrt(5.0 / 3 / 4), 1e-8);
	ck_assert_uint_eq(i.count, 4);
	ck_assert(interval_of_values(x, 1, 0.95).half == INFINITY);
}
END_TEST

/* --- batch means --------------------------------------------------------- */

/*
 * x = 0.9 last x + noise has mean 0 and forgets within 20 steps. Of 400 runs
 * the 95 % interval holds 0 in 380 +- 3.29 sqrt(400 * 0.95 * 0.05) = 366 to
 * 394. Taken for independent, the values would give an interval sqrt(19) = 4.4
 * times too narrow, which holds 0 in P(|N| < 1.96 / 4.4) = 35 % of the runs.
 */
START_TEST(test_batch_intervals_cover_what_they_say)
{
	int covered = 0, covered_naive = 0;
	double correlation = 0;

	for (uint64_t run = 0; run < 400; run++) {
		struct moments all = {0};
		struct batch b;
		struct rng rng;
		double x = 0;

		rng_init(&rng, 24, RNG_TEST, run);
		batch_init(&b, 100);
		for (int i = 0; i < 10000; i++) {
			x = 0.9 * x + variate_normal(&rng);
			batch_add(&b, x);
			moments_add(&all, x);
		}
		batch_check(&b);
		struct interval i = batch_interval(&b, 0.95);
		struct interval naive = interval_of(&all, 0.95);

		covered += fabs(i.mean) <= i.half;
		covered_naive += fabs(naive.mean) <= naive.half;
		correlation += batch_correlation(&b) / 400;
	}
	ck_assert_int_ge(covered, 366);
	ck_assert_int_le(covered, 394);
	ck_assert_int_lt(covered_naive, 200);
	ck_assert_double_lt(fabs(correlation), 0.1);
}
END_TEST

/* 0, 1, 2, ...: after n values, the mean of the full batches is known. */
START_TEST(test_batches_double_and_lose_nothing)
{
	struct batch b;

	batch_init(&b, 3);
	for (int i = -3; i < 5000; i++) {
		batch_add(&b, i);
		batch_check(&b);
		if (i < 0)
			continue;
		uint64_t whole = b.full_count * b.size_values;

		ck_assert_uint_eq(whole + b.open_count, (uint64_t)i + 1);
		if (whole)
			ck_assert_double_eq_tol(batch_interval(&b, 0.9).mean,
						((double)whole - 1) / 2, 1e-9);
	}
	/* 5000 / 128 = 39 batches; rising means follow each other closely */
	ck_assert_uint_eq(b.size_values, 128);
	ck_assert_uint_eq(b.full_count, 39);
	ck_assert_double_gt(batch_correlation(&b), 0.8);
}
END_TEST

START_TEST(test_batch_check_b1_fires)
{
	struct batch b;

	batch_init(&b, 0);
	b.full_count = BATCH_COUNT_MAX;
	batch_check(&b);
}
END_TEST

START_TEST(test_batch_check_b2_fires)
{
	struct batch b;

	batch_init(&b, 0);
	b.open_count = 1;
	batch_check(&b);
}
END_TEST

static void add_moments(TCase *tc)
{
	tcase_add_test(tc, test_moments_agree_with_two_passes);
	tcase_add_test(tc, test_moments_by_hand);
	tcase_add_test(tc, test_moments_of_parts_merge_to_those_of_the_whole);
	tcase_add_test(tc, test_moments_of_few_and_of_equal_values);
	tcase_add_test(tc, test_jain);
	tcase_add_test_raise_signal(tc, test_moments_check_m1_fires, SIGABRT);
	tcase_add_test_raise_signal(tc, test_moments_check_m2_fires, SIGABRT);
}

static void add_histogram(TCase *tc)
{
	tcase_add_loop_test(
		tc, test_histogram_quantiles_are_within_the_stated_error, 0, 2);
	tcase_add_test(tc, test_histogram_bounds_meet);
	tcase_add_test(tc, test_histogram_of_parts_merges_to_that_of_the_whole);
	tcase_add_test(tc, test_histogram_shares_and_emptiness);
	tcase_add_test_raise_signal(tc, test_histogram_refuses_negative_values,
				    SIGABRT);
	tcase_add_test_raise_signal(tc, test_histogram_check_g1_fires, SIGABRT);
	tcase_add_test_raise_signal(tc, test_histogram_check_g2_fires, SIGABRT);
}

static void add_timeavg(TCase *tc)
{
	tcase_add_test(tc, test_timeavg_by_hand);
	tcase_add_test(tc, test_timeavg_agrees_with_a_sum_over_time);
	tcase_add_test_raise_signal(tc, test_timeavg_refuses_to_go_back,
				    SIGABRT);
	tcase_add_test_raise_signal(tc, test_timeavg_check_t1_fires, SIGABRT);
	tcase_add_test_raise_signal(tc, test_timeavg_check_t2_fires, SIGABRT);
}

static void add_intervals(TCase *tc)
{
	tcase_add_test(tc, test_student_quantiles_are_those_of_the_tables);
	tcase_add_test(tc, test_student_quantiles_are_those_of_closed_forms);
	tcase_add_test(tc, test_student_at_broken_and_large_df);
	tcase_add_test(tc, test_interval_by_hand);
	tcase_add_test(tc, test_batch_intervals_cover_what_they_say);
	tcase_add_test(tc, test_batches_double_and_lose_nothing);
	tcase_add_test_raise_signal(tc, test_batch_check_b1_fires, SIGABRT);
	tcase_add_test_raise_signal(tc, test_batch_check_b2_fires, SIGABRT);
}

Suite *suite_make(void)
{
	static const struct {
		const char *name;
		void (*add)(TCase *tc);
	} cases[] = {
		{"moments", add_moments},
		{"histogram", add_histogram},
		{"timeavg", add_timeavg},
		{"intervals", add_intervals},
	};
	Suite *suite = suite_create("stats");

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		TCase *tc = tcase_create(cases[i].name);

		tcase_set_timeout(tc, 60);
		cases[i].add(tc);
		suite_add_tcase(suite, tc);
	}
	return suite;
}
