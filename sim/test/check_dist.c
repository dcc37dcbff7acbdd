/*
 * check_dist.c - random variables: the ziggurat tables from their formula,
 * moments, distribution functions, pinned draws, ranges.
 *
 * Every test has a fixed seed: it passes or fails for good. The intervals hold
 * 99.9 % of all seeds, so they are as narrow as a right sampler allows.
 */
#include "base/arena.h"
#include "base/dist.h"
#include "base/err.h"
#include "base/units.h"
#include "base/variate.h"
#include "test/test.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { DRAWS = 200000 };

#define Z_999 3.2905 /* of a normal variable, 99.9 % lie in +- this */
#define KS_999 1.9495 /* of sqrt(n) D, 99.9 % lie below this */

/* --- ziggurat ------------------------------------------------------------ */

static long double f_exponential(long double x)
{
	return expl(-x);
}

static long double f_exponential_inverse(long double y)
{
	return -logl(y);
}

static long double v_exponential(long double r)
{
	return (r + 1) * expl(-r);
}

static long double f_normal(long double x)
{
	return expl(-x * x / 2);
}

static long double f_normal_inverse(long double y)
{
	return sqrtl(-2 * logl(y));
}

static long double v_normal(long double r)
{
	return r * f_normal(r) +
	       sqrtl(acosl(-1) / 2) * erfcl(r / sqrtl(2));
}

typedef long double density(long double);

/* x[0..256] for R = r; returns f at the top: above 1 if r is too small. */
static long double layers(long double x[ZIGGURAT_LAYERS + 1], long double r,
			  density *f, density *inverse, density *v)
{
	long double area = v(r);

	x[0] = area / f(r);
	x[1] = r;
	for (int i = 1; i < ZIGGURAT_LAYERS; i++) {
		long double y = f(x[i]) + area / x[i];

		if (i == ZIGGURAT_LAYERS - 1 || y >= 1) {
			x[ZIGGURAT_LAYERS] = 0;
			return i == ZIGGURAT_LAYERS - 1 ? y : 2;
		}
		x[i + 1] = inverse(y);
	}
	return 0;
}

static void tables_follow(const struct ziggurat *z, density *f,
			  density *inverse, density *v)
{
	long double x[ZIGGURAT_LAYERS + 1], low = 3, high = 9;

	for (int step = 0; step < 80; step++) {
		long double middle = (low + high) / 2;

		if (layers(x, middle, f, inverse, v) > 1)
			low = middle;
		else
			high = middle;
	}
	layers(x, high, f, inverse, v);
	ck_assert_double_eq_tol(z->tail, (double)high, 1e-15);
	for (int i = 0; i < ZIGGURAT_LAYERS; i++) {
		double width = (double)(x[i] * 0x1p-53L);
		double height = (double)f(x[i]);
		long double inside = 0x1p53L * x[i + 1] / x[i];

		ck_assert_double_eq_tol(z->width[i], width, width * 4e-16);
		ck_assert_double_eq_tol(z->height[i], height, height * 4e-16);
		ck_assert(fabsl((long double)z->inside[i] - inside) <= 8);
	}
	ck_assert_double_eq(z->height[ZIGGURAT_LAYERS], 1);
}

START_TEST(test_ziggurat_tables_follow_their_formula)
{
	tables_follow(&ziggurat_exponential, f_exponential,
		      f_exponential_inverse, v_exponential);
	tables_follow(&ziggurat_normal, f_normal, f_normal_inverse, v_normal);
}
END_TEST

/* --- one case per distribution ------------------------------------------- */

struct dist_case {
	enum dist_kind kind;
	double parameter[DIST_PARAMETER_MAX];
	uint64_t pin; /* fold of the first draws' bits, see below */
};

static const struct dist_case cases[] = {
	{DIST_CONSTANT, {2.5}, UINT64_C(0x3274c6bd6499b73c)},
	{DIST_UNIFORM, {-1, 3}, UINT64_C(0x247ddefa568801b1)},
	{DIST_EXPONENTIAL, {5}, UINT64_C(0x98c4eeb45c26fa71)},
	{DIST_NORMAL, {1, 2}, UINT64_C(0x5194202285a53c00)},
	{DIST_LOGNORMAL, {10, 0.8}, UINT64_C(0x03c710f8474d78a6)},
	{DIST_LOGNORMAL, {10, 0.1}, UINT64_C(0x11ad074add5704a8)},
	{DIST_PARETO, {2, 6}, UINT64_C(0xc31228d5802ce4da)},
	{DIST_BOUNDED_PARETO, {1, 1000, 1.1}, UINT64_C(0x12bacf45c3b10fba)},
	{DIST_BOUNDED_PARETO, {1, 50, 1}, UINT64_C(0x19912cc1b0ba1d56)},
	{DIST_BOUNDED_PARETO, {3, 50, 2}, UINT64_C(0x5c7de70ef83b1180)},
	{DIST_GAMMA, {4, 2.5}, UINT64_C(0xfd0501b878c0f273)},
	{DIST_GAMMA, {4, 0.4}, UINT64_C(0xc72cb7757174cb0d)},
	{DIST_GAMMA, {4, 1}, UINT64_C(0x20b7ec6fcf86dffa)},
	{DIST_ERLANG, {7, 3}, UINT64_C(0xa8507fffadabd9aa)},
	{DIST_WEIBULL, {2, 0.7}, UINT64_C(0x08ef5c6e90af8360)},
	{DIST_WEIBULL, {2, 3}, UINT64_C(0xf69d2267629b4959)},
	{DIST_HYPEREXPONENTIAL, {3, 2}, UINT64_C(0x94ad4297074d12e2)},
	{DIST_POISSON, {0.3}, UINT64_C(0xb58b04c79f0e990c)},
	{DIST_POISSON, {9.5}, UINT64_C(0x8843c1a63d3853ab)},
	{DIST_POISSON, {10.5}, UINT64_C(0x54a9f9d683931a07)},
	{DIST_POISSON, {400}, UINT64_C(0x1e899af907878a02)},
	{DIST_POISSON, {1e6}, UINT64_C(0x5a17bf14dbb08e78)},
};

enum { CASE_COUNT = sizeof(cases) / sizeof(*cases) };

static struct dist case_dist(int i)
{
	struct dist dist;
	struct err err;

	ck_assert_int_eq(dist_make(&dist, cases[i].kind, cases[i].parameter,
				   &err),
			 0);
	dist_check(&dist);
	return dist;
}

/* Regularised lower incomplete gamma function by its series. */
static double gamma_p(double a, double x)
{
	double term = 1 / a, sum = term;

	if (x <= 0)
		return 0;
	for (int n = 1; n < 10000 && term > 1e-17 * sum; n++)
		sum += term *= x / (a + n);
	return sum * exp(a * log(x) - x - lgamma(a));
}

static double cdf(const struct dist *dist, double x)
{
	const double *p = dist->parameter;

	switch (dist->kind) {
	case DIST_UNIFORM:
		return (x - p[0]) / (p[1] - p[0]);
	case DIST_EXPONENTIAL:
		return -expm1(-x / p[0]);
	case DIST_NORMAL:
		return 0.5 * erfc((p[0] - x) / p[1] / sqrt(2));
	case DIST_LOGNORMAL: {
		double s2 = log1p(p[1] * p[1]);

		return 0.5 * erfc((log(p[0]) - s2 / 2 - log(x)) / sqrt(2 * s2));
	}
	case DIST_PARETO:
		return 1 - pow(p[0] / x, p[1]);
	case DIST_BOUNDED_PARETO:
		return (1 - pow(p[0] / x, p[2])) /
		       (1 - pow(p[0] / p[1], p[2]));
	case DIST_GAMMA:
	case DIST_ERLANG:
		return gamma_p(p[1], x * p[1] / p[0]);
	case DIST_WEIBULL:
		return -expm1(-pow(x / p[0], p[1]));
	case DIST_HYPEREXPONENTIAL: {
		double c2 = p[1] * p[1];
		double odds = (1 + sqrt((c2 - 1) / (c2 + 1))) / 2;

		return 1 - odds * exp(-x * 2 * odds / p[0]) -
		       (1 - odds) * exp(-x * 2 * (1 - odds) / p[0]);
	}
	case DIST_POISSON: /* P(X <= x) */
		return 1 - gamma_p(floor(x) + 1, p[0]);
	default:
		ck_abort_msg("no distribution function for kind %d",
			     (int)dist->kind);
	}
}

/*
 * The mean of n draws lies within 3.29 standard errors of dist_mean(), and the
 * mean square of the distance to it, whose standard error is taken from the
 * draws, within as many of the variance that dist_cv() says.
 */
START_TEST(test_moments)
{
	struct dist dist = case_dist(_i);
	struct rng rng;
	double mean = dist_mean(&dist);
	double variance = pow(dist_cv(&dist) * fabs(mean), 2);
	double sum = 0, sum2 = 0, sum4 = 0;

	rng_init(&rng, 11, RNG_TEST, (uint64_t)_i);
	for (int i = 0; i < DRAWS; i++) {
		double off = dist_sample(&dist, &rng) - mean;

		sum += off;
		sum2 += off * off;
		sum4 += off * off * off * off;
	}
	double m2 = sum2 / DRAWS;

	ck_assert_double_le(fabs(sum / DRAWS), Z_999 * sqrt(variance / DRAWS));
	ck_assert_double_le(fabs(m2 - variance),
			    Z_999 * sqrt((sum4 / DRAWS - m2 * m2) / DRAWS));
	if (dist.kind != DIST_CONSTANT)
		ck_assert_double_gt(m2, 0);
}
END_TEST

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/*
 * Kolmogorov-Smirnov: the greatest distance between the draws' distribution
 * function and the true one. For counts it is taken at the steps only, where
 * the test is stricter than it says.
 */
START_TEST(test_distribution_function)
{
	static double x[DRAWS];
	struct dist dist = case_dist(_i);
	struct rng rng;
	double worst = 0;
	bool counts = dist.kind == DIST_POISSON;

	if (dist.kind == DIST_CONSTANT)
		return;
	rng_init(&rng, 12, RNG_TEST, (uint64_t)_i);
	for (int i = 0; i < DRAWS; i++) {
		x[i] = dist_sample(&dist, &rng);
		ck_assert(isfinite(x[i]) && x[i] >= dist_min(&dist));
	}
	qsort(x, DRAWS, sizeof(*x), compare_doubles);
	for (int i = 0; i < DRAWS; i++) {
		if (counts && i + 1 < DRAWS && x[i + 1] == x[i])
			continue;
		double f = cdf(&dist, x[i]);

		worst = fmax(worst, fabs((i + 1.0) / DRAWS - f));
		if (!counts)
			worst = fmax(worst, fabs(f - (double)i / DRAWS));
	}
	ck_assert_double_le(worst * sqrt(DRAWS), KS_999);
	ck_assert_double_gt(worst, 0);
}
END_TEST

/*
 * The tail of the normal and of the exponential: P(X > 4) = 3.167e-5 twice,
 * P(E > 9) = 1.234e-4. Counts of 10^7 draws are Poisson of 633.4 and 1234.1.
 */
START_TEST(test_ziggurat_tails)
{
	struct rng rng;
	double normals = 0, exponentials = 0;

	rng_init(&rng, 13, RNG_TEST, 0);
	for (int i = 0; i < 10000000; i++) {
		normals += fabs(variate_normal(&rng)) > 4;
		exponentials += variate_exponential(&rng) > 9;
	}
	ck_assert_double_eq_tol(normals, 633.4, Z_999 * sqrt(633.4));
	ck_assert_double_eq_tol(exponentials, 1234.1, Z_999 * sqrt(1234.1));
}
END_TEST

static uint64_t fold_bits(uint64_t fold, double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return rng_mix(fold ^ bits);
}

/* The bits of the first 50,000 draws; the same in every variant. */
START_TEST(test_draws_are_pinned)
{
	struct dist dist = case_dist(_i);
	struct rng rng;
	uint64_t fold = 0;

	rng_init(&rng, 14, RNG_TEST, (uint64_t)_i);
	for (int i = 0; i < 50000; i++)
		fold = fold_bits(fold, dist_sample(&dist, &rng));
	ck_assert_msg(fold == cases[_i].pin, "case %d folds to 0x%016lx", _i,
		      (unsigned long)fold);
}
END_TEST

/* The two that everything hangs on, over 10^6 draws. */
START_TEST(test_a_million_draws_are_pinned)
{
	struct rng rng;
	uint64_t exponential = 0, normal = 0;

	rng_init(&rng, 15, RNG_TEST, 0);
	for (int i = 0; i < 1000000; i++) {
		exponential = fold_bits(exponential, variate_exponential(&rng));
		normal = fold_bits(normal, variate_normal(&rng));
	}
	ck_assert_uint_eq(exponential, UINT64_C(12837956460128109744));
	ck_assert_uint_eq(normal, UINT64_C(3527279329046107504));
}
END_TEST

/* --- empirical ----------------------------------------------------------- */

/* Weights 1 : 0 : 2 : 0, so 5 comes twice as often as 3, 7 and 9 never. */
START_TEST(test_empirical_follows_its_weights)
{
	static const double values[] = {3, 7, 5, 9}, weights[] = {1, 0, 2, 0};
	struct arena *arena = arena_create();
	struct dist dist;
	struct err err;
	struct rng rng;
	int threes = 0;

	ck_assert_int_eq(dist_make_empirical(&dist, arena, values, weights, 4,
					     &err),
			 0);
	dist_check(&dist);
	rng_init(&rng, 16, RNG_TEST, 0);
	for (int i = 0; i < 90000; i++) {
		double x = dist_sample(&dist, &rng);

		ck_assert(x == 3 || x == 5);
		threes += x == 3;
	}
	/* binomial: 30000 +- 3.29 sqrt(90000 * 1/3 * 2/3) */
	ck_assert_int_le(abs(threes - 30000), 465);
	ck_assert_double_eq_tol(dist_mean(&dist), 13.0 / 3, 1e-12);
	/* E X^2 = 59/3, variance 59/3 - 169/9 = 8/9 */
	ck_assert_double_eq_tol(dist_cv(&dist), sqrt(8.0 / 9) * 3 / 13, 1e-12);
	ck_assert_double_eq(dist_min(&dist), 3);

	ck_assert_int_eq(dist_make_empirical(&dist, arena, values, NULL, 4,
					     &err),
			 0);
	ck_assert_double_eq(dist_mean(&dist), 6);
	ck_assert_int_eq(dist_make_empirical(&dist, arena, values, NULL, 0,
					     &err),
			 -1);
	static const double none[] = {0, 0, 0, 0}, below[] = {1, -1, 1, 1};

	ck_assert_int_eq(dist_make_empirical(&dist, arena, values, none, 4,
					     &err),
			 -1);
	ck_assert_int_eq(dist_make_empirical(&dist, arena, values, below, 4,
					     &err),
			 -1);
	ck_assert_str_eq(err.text, "empirical: weight 2: -1 is out of range; "
				   "a number >= 0");
	arena_destroy(arena);
}
END_TEST

/* --- readers' side ------------------------------------------------------- */

START_TEST(test_kinds_are_found_by_name)
{
	struct err err;

	for (int kind = 0; kind < DIST_KIND_COUNT; kind++) {
		ck_assert_int_eq(dist_kind_find(dist_kinds[kind].name, &err),
				 kind);
		for (uint32_t i = 0; i < dist_kinds[kind].parameter_count; i++)
			ck_assert_ptr_nonnull(
				dist_kinds[kind].parameter[i].name);
	}
	ck_assert_int_eq(dist_kind_find("exponental", &err), -1);
	ck_assert_str_eq(err.text, "unknown distribution 'exponental'; did you "
				   "mean exponential?");
}
END_TEST

START_TEST(test_parameters_out_of_range_are_refused)
{
	static const struct {
		enum dist_kind kind;
		double parameter[DIST_PARAMETER_MAX];
		const char *text;
	} bad[] = {
		{DIST_CONSTANT, {NAN},
		 "constant: value: nan is out of range; a number"},
		{DIST_EXPONENTIAL, {0},
		 "exponential: mean: 0 is out of range; a number > 0"},
		{DIST_EXPONENTIAL, {INFINITY},
		 "exponential: mean: inf is out of range; a number > 0"},
		{DIST_UNIFORM, {3, 3},
		 "uniform: max: 3 is out of range; more than min, which is 3"},
		{DIST_BOUNDED_PARETO, {3, 2, 1},
		 "bounded-pareto: max: 2 is "
		 "out of range; more than min, which is 3"},
		{DIST_PARETO, {1, -1},
		 "pareto: shape: -1 is out of range; a number > 0"},
		{DIST_ERLANG, {1, 2.5},
		 "erlang: stages: 2.5 is "
		 "out of range; a whole number from 1 to 1000000"},
		{DIST_HYPEREXPONENTIAL, {1, 1},
		 "hyperexponential: cv: 1 is out of range; a number > 1"},
		{DIST_POISSON, {2e9},
		 "poisson: mean: 2e+09 is "
		 "out of range; a number from 0 to 1000000000"},
	};
	struct dist dist;
	struct err err;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		ck_assert_int_eq(dist_make(&dist, bad[i].kind,
					   bad[i].parameter, &err),
				 -1);
		ck_assert_str_eq(err.text, bad[i].text);
	}
}
END_TEST

START_TEST(test_samples_in_ns_are_rounded_and_kept_in_range)
{
	struct dist dist;
	struct rng rng;

	rng_init(&rng, 17, RNG_TEST, 0);
	dist = dist_constant(2.5);
	ck_assert_int_eq(dist_sample_ns(&dist, &rng), 3);
	dist = dist_constant(2.4999);
	ck_assert_int_eq(dist_sample_ns(&dist, &rng), 2);
	dist = dist_constant(0.49);
	ck_assert_int_eq(dist_sample_ns(&dist, &rng), 0);
	dist = dist_constant(-7);
	ck_assert_int_eq(dist_sample_ns(&dist, &rng), 0);
	dist = dist_constant(1e30);
	ck_assert_int_eq(dist_sample_ns(&dist, &rng), TIME_NEVER_NS / 4);
	dist = dist_exponential(1e6);
	ck_assert_int_ge(dist_sample_ns(&dist, &rng), 0);
}
END_TEST

START_TEST(test_means_and_least_values_without_draws)
{
	static const double heavy[] = {1, 1}, wide[] = {1, 2};
	static const double normal[] = {0, 1};
	struct dist dist;
	struct err err;

	ck_assert_int_eq(dist_make(&dist, DIST_PARETO, heavy, &err), 0);
	ck_assert(dist_mean(&dist) == INFINITY);
	ck_assert_int_eq(dist_make(&dist, DIST_PARETO, wide, &err), 0);
	ck_assert_double_eq(dist_mean(&dist), 2);
	ck_assert(dist_cv(&dist) == INFINITY);
	ck_assert_int_eq(dist_make(&dist, DIST_NORMAL, normal, &err), 0);
	ck_assert(dist_min(&dist) == -INFINITY);
}
END_TEST

START_TEST(test_check_d1_fires)
{
	struct dist dist = dist_exponential(1);

	dist.parameter[0] = -1;
	dist_check(&dist);
}
END_TEST

START_TEST(test_check_d2_fires)
{
	static const double parameter[] = {1, 2};
	struct dist dist;
	struct err err;

	dist_make(&dist, DIST_LOGNORMAL, parameter, &err);
	dist.derived[1] *= 2;
	dist_check(&dist);
}
END_TEST

START_TEST(test_check_d3_fires)
{
	static const double values[] = {1, 2}, cumulated[] = {2, 1};
	struct dist dist = {.kind = DIST_EMPIRICAL,
			    .values = values,
			    .cumulated = cumulated,
			    .value_count = 2};

	dist_check(&dist);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("dist");
	TCase *tc = tcase_create("dist");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_ziggurat_tables_follow_their_formula);
	tcase_add_loop_test(tc, test_moments, 0, CASE_COUNT);
	tcase_add_loop_test(tc, test_distribution_function, 0, CASE_COUNT);
	tcase_add_loop_test(tc, test_draws_are_pinned, 0, CASE_COUNT);
	tcase_add_test(tc, test_a_million_draws_are_pinned);
	tcase_add_test(tc, test_ziggurat_tails);
	tcase_add_test(tc, test_empirical_follows_its_weights);
	tcase_add_test(tc, test_kinds_are_found_by_name);
	tcase_add_test(tc, test_parameters_out_of_range_are_refused);
	tcase_add_test(tc, test_samples_in_ns_are_rounded_and_kept_in_range);
	tcase_add_test(tc, test_means_and_least_values_without_draws);
	tcase_add_test_raise_signal(tc, test_check_d1_fires, SIGABRT);
	tcase_add_test_raise_signal(tc, test_check_d2_fires, SIGABRT);
	tcase_add_test_raise_signal(tc, test_check_d3_fires, SIGABRT);
	suite_add_tcase(suite, tc);
	return suite;
}
