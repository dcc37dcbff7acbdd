/*
 * check_fmath.c - portable log, exp, pow, lgamma: errors against 80-bit libm,
 * special values, and the same bits in every build.
 */
#include "base/fmath.h"
#include "base/rng.h"
#include "test/test.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

enum { ROUNDS = 1000000 };

/* |got - want| in units of want's last place; both normal. */
static double ulps(double got, long double want)
{
	int exponent;

	frexpl(want, &exponent);
	return (double)(fabsl((long double)got - want) /
			ldexpl(1, exponent - 53));
}

static uint64_t bits_of(double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

/* A normal double of any exponent in [low, high), either mantissa. */
static double any_double(struct rng *rng, int low, int high)
{
	int e = low + (int)rng_below(rng, (uint64_t)(high - low));

	return ldexp(1 + rng_unit(rng), e);
}

START_TEST(test_log_is_within_one_ulp)
{
	struct rng rng;
	double worst = 0;

	rng_init(&rng, 1, RNG_TEST, 0);
	for (int i = 0; i < ROUNDS; i++) {
		double x = i % 2 ? any_double(&rng, -1022, 1023)
				 : 0.5 + 1.5 * rng_unit(&rng);

		if (x == 1)
			continue;
		worst = fmax(worst, ulps(fmath_log(x), logl(x)));
	}
	ck_assert_double_lt(worst, 1);
	ck_assert_double_gt(worst, 0.3); /* the comparison sees something */
}
END_TEST

START_TEST(test_exp_is_within_one_ulp)
{
	struct rng rng;
	double worst = 0;

	rng_init(&rng, 1, RNG_TEST, 1);
	for (int i = 0; i < ROUNDS; i++) {
		double x = i % 2 ? -708 + 1417 * rng_unit(&rng)
				 : -1 + 2 * rng_unit(&rng);

		worst = fmax(worst, ulps(fmath_exp(x), expl(x)));
	}
	ck_assert_double_lt(worst, 1);
	ck_assert_double_gt(worst, 0.3);
}
END_TEST

START_TEST(test_pow_is_within_one_ulp)
{
	struct rng rng;
	double worst = 0;

	rng_init(&rng, 1, RNG_TEST, 2);
	for (int i = 0; i < ROUNDS; i++) {
		double x = i % 2 ? any_double(&rng, -1022, 1023)
				 : 0.5 + rng_unit(&rng);
		double y = (rng_unit(&rng) - 0.5) * (i % 4 < 2 ? 10 : 2000);
		long double want = powl(x, y);

		if (!(want > DBL_MIN && want < DBL_MAX))
			continue;
		worst = fmax(worst, ulps(fmath_pow(x, y), want));
	}
	ck_assert_double_lt(worst, 1);
	ck_assert_double_gt(worst, 0.3);
}
END_TEST

START_TEST(test_lgamma_is_within_its_bound)
{
	struct rng rng;

	rng_init(&rng, 1, RNG_TEST, 3);
	for (int i = 0; i < ROUNDS / 10; i++) {
		double x = i % 2 ? any_double(&rng, -30, 60)
				 : 20 * rng_unit_open(&rng);
		long double want = lgammal(x);
		long double off = fabsl(fmath_lgamma(x) - want);

		ck_assert_msg(off <= 1e-14L * fmaxl(1, fabsl(want)),
			      "lgamma(%.17g) is off by %Lg", x, off);
	}
	/* gamma(5) = 4! and gamma(1/2) = sqrt(pi) */
	ck_assert_double_eq_tol(fmath_lgamma(5), log(24), 1e-14);
	ck_assert_double_eq_tol(fmath_lgamma(0.5), log(M_PI) / 2, 1e-14);
}
END_TEST

START_TEST(test_log_and_exp_of_special_values)
{
	ck_assert(fmath_log(0) == -INFINITY);
	ck_assert(fmath_log(INFINITY) == INFINITY);
	ck_assert(isnan(fmath_log(-1)));
	ck_assert(isnan(fmath_log(NAN)));
	ck_assert(fmath_log(1) == 0);
	ck_assert(ulps(fmath_log(5e-324), logl(5e-324)) < 1);
	ck_assert(fmath_exp(0) == 1);
	ck_assert(fmath_exp(-0.0) == 1);
	ck_assert(fmath_exp(710) == INFINITY);
	ck_assert(fmath_exp(INFINITY) == INFINITY);
	ck_assert(fmath_exp(-746) == 0);
	ck_assert(fmath_exp(-INFINITY) == 0);
	ck_assert(isnan(fmath_exp(NAN)));
	ck_assert(fmath_exp(709.78) < DBL_MAX);
	/* subnormal results: within one unit of the last place there is */
	for (double x = -745; x < -708.4; x += 0.37)
		ck_assert(fabsl(fmath_exp(x) - expl(x)) <= 5e-324L);
	ck_assert(isnan(fmath_lgamma(0)));
	ck_assert(isnan(fmath_lgamma(-1.5)));
	ck_assert(fmath_lgamma(1) == 0);
	ck_assert(fmath_lgamma(2) == 0);
}
END_TEST

/* Every pair of these, against libm bit for bit: only exact answers. */
START_TEST(test_pow_of_special_values)
{
	static const double x[] = {0, 0.5, 1, 2, INFINITY, NAN};
	static const double y[] = {0,   1,    -1,        2,         -2,  1e300,
				   -1e300, 5e-324, INFINITY, -INFINITY, NAN};

	for (size_t i = 0; i < sizeof(x) / sizeof(*x); i++) {
		for (size_t j = 0; j < sizeof(y) / sizeof(*y); j++) {
			double got = fmath_pow(x[i], y[j]);
			double want = pow(x[i], y[j]);

			ck_assert_msg(isnan(want) ? isnan(got) : got == want,
				      "pow(%g, %g) is %g, not %g", x[i], y[j],
				      got, want);
		}
	}
	ck_assert(isnan(fmath_pow(-2, 2))); /* stated in fmath.h */
	ck_assert(fmath_pow(10, 22) == 1e22);
	ck_assert(fmath_pow(2, -1074) == 5e-324);
	ck_assert(fmath_pow(3, 0.5) == sqrt(3));
}
END_TEST

/* The bits of many results, folded; the same in every variant of the build. */
START_TEST(test_bits_are_the_same_everywhere)
{
	struct rng rng;
	uint64_t fold = 0;

	rng_init(&rng, 7, RNG_TEST, 4);
	for (int i = 0; i < ROUNDS / 4; i++) {
		double x = any_double(&rng, -40, 40);
		double y = 20 * rng_unit(&rng) - 10;

		fold = rng_mix(fold ^ bits_of(fmath_log(x)));
		fold = rng_mix(fold ^ bits_of(fmath_exp(y)));
		fold = rng_mix(fold ^ bits_of(fmath_pow(x, y)));
		fold = rng_mix(fold ^ bits_of(fmath_lgamma(x)));
	}
	ck_assert_uint_eq(fold, UINT64_C(14347395730191639088));
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("fmath");
	TCase *tc = tcase_create("fmath");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_log_is_within_one_ulp);
	tcase_add_test(tc, test_exp_is_within_one_ulp);
	tcase_add_test(tc, test_pow_is_within_one_ulp);
	tcase_add_test(tc, test_lgamma_is_within_its_bound);
	tcase_add_test(tc, test_log_and_exp_of_special_values);
	tcase_add_test(tc, test_pow_of_special_values);
	tcase_add_test(tc, test_bits_are_the_same_everywhere);
	suite_add_tcase(suite, tc);
	return suite;
}
