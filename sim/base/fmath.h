/*
 * fmath.h - logarithm, exponential, power and log-gamma with the same bits on
 * every machine.
 *
 * WHY     libm's results differ between versions and processors in the last
 *         bit, and one bit decides which of two events comes first. Here are
 *         only + - * / on IEEE doubles, and shifts: the same bits from gcc and
 *         clang at any optimisation, given -ffp-contract=off (build.ninja).
 *
 * MODEL   log    x = 2^k m with m near 1, s = (m - 1) / (m + 1), and
 *                log m = 2 (s + s^3/3 + s^5/5 + ...)
 *         exp    x = k log 2 + r with |r| <= log 2 / 2, Taylor series in r
 *         pow    exp(y log x) with the logarithm and its product with y held
 *                as a sum of two doubles (105 bits)
 *         lgamma Stirling's series above 10, brought there by
 *                gamma(x + 1) = x gamma(x)
 *
 * ERROR   in units of the last place, as measured against 80-bit libm over
 *         10^6 random arguments (check_fmath.c holds them to these bounds):
 *         log 1, exp 1, pow 1 where the result is a normal number. lgamma:
 *         relative 1e-14, or absolute 1e-14 near its roots 1 and 2.
 *
 * Special values are those of C17 annex F: log(0) = -inf, log(-1) = NaN,
 * exp(710) = inf, pow(x, 0) = 1, ...; no flag of the floating-point
 * environment is promised, and pow takes x >= 0 only: NaN for x < 0.
 *
 * COST    log and exp 10 to 15 ns, pow 135 ns.
 *
 * TESTS   sim/test/check_fmath.c
 */
#ifndef BASE_FMATH_H
#define BASE_FMATH_H

double fmath_log(double x);
double fmath_exp(double x);
double fmath_pow(double x, double y);

/* log of the gamma function, x > 0; NaN else. */
double fmath_lgamma(double x);

#endif
