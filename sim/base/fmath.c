#include "base/fmath.h"

#include <stdint.h>
#include <string.h>

/*
 * log 2 as a sum: 32 leading bits, so that k * LN2_HIGH is exact for every
 * exponent k, then 53 more.
 */
#define LN2_HIGH 0x1.62e42fefp-1
#define LN2_LOW 0x1.473de6af278edp-34
#define LN2_INVERSE 0x1.71547652b82fep+0
#define SQRT_HALF 0x1.6a09e667f3bcdp-1
#define HALF_LOG_TWO_PI 0x1.d67f1c864beb5p-1

/* exp() beyond these is infinite, or rounds to 0. */
#define EXP_MAX 709.782712893384
#define EXP_MIN (-745.1332191019412)

#define POSITIVE_INFINITY (__builtin_inf())
#define NOT_A_NUMBER (__builtin_nan(""))

enum { LOG_TERMS = 11, EXP_TERMS = 13 };

/* 2/3, 2/5, ... 2/23: the factors of z, z^2, ... */
static const double LOG_TERM[LOG_TERMS] = {
	2.0 / 3,  2.0 / 5,  2.0 / 7,  2.0 / 9,  2.0 / 11, 2.0 / 13,
	2.0 / 15, 2.0 / 17, 2.0 / 19, 2.0 / 21, 2.0 / 23,
};

/* 1/2!, 1/3!, ... 1/14! */
static const double EXP_TERM[EXP_TERMS] = {
	1.0 / 2,         1.0 / 6,         1.0 / 24,         1.0 / 120,
	1.0 / 720,       1.0 / 5040,      1.0 / 40320,      1.0 / 362880,
	1.0 / 3628800,   1.0 / 39916800,  1.0 / 479001600,  1.0 / 6227020800,
	1.0 / 87178291200,
};

/* A number as the unevaluated sum of two, |low| <= ulp(high) / 2. */
struct pair {
	double high, low;
};

static uint64_t bits_of(double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

static double of_bits(uint64_t bits)
{
	double x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

/* x = 2^exponent * result with result in [sqrt(1/2), sqrt(2)); 0 < x < inf. */
static double split(double x, int *exponent)
{
	int e = 0;

	if (x < 0x1p-1022) {
		x *= 0x1p54;
		e = -54;
	}
	uint64_t bits = bits_of(x);

	e += (int)(bits >> 52) - 1022;
	double m = of_bits((bits & UINT64_C(0xfffffffffffff)) |
			   UINT64_C(0x3fe) << 52); /* [1/2, 1) */
	if (m < SQRT_HALF) {
		m *= 2;
		e--;
	}
	*exponent = e;
	return m;
}

/* 2^k for a normal result: -1022 <= k <= 1023. */
static double power_of_two(int k)
{
	return of_bits((uint64_t)(k + 1023) << 52);
}

/* x * 2^k, |k| <= 1100, rounded once where the result is subnormal. */
static double scale(double x, int k)
{
	if (k > 1023)
		return x * 0x1p1023 * power_of_two(k - 1023);
	if (k < -1021)
		return x * power_of_two(k + 200) * 0x1p-200;
	return x * power_of_two(k);
}

/*
 * With f = m - 1, s = f / (2 + f) and R = 2 s^2/3 + 2 s^4/5 + ... :
 *
 *   log m = 2 s + s R = f - f^2/2 + s (f^2/2 + R)
 *
 * since 2 s = f - s f and s f = f^2/2 - s f^2/2. The first term is exact, so
 * only terms much smaller than the result are rounded. |s| <= 0.1716, and the
 * series is cut where a term is below 2^-55 of the whole.
 */
double fmath_log(double x)
{
	if (x != x || x < 0)
		return NOT_A_NUMBER;
	if (x == 0)
		return -POSITIVE_INFINITY;
	if (x == POSITIVE_INFINITY)
		return x;

	int k;
	double f = split(x, &k) - 1;
	double s = f / (2 + f);
	double z = s * s;
	double r = 0;

	for (int i = LOG_TERMS - 1; i >= 0; i--)
		r = (r + LOG_TERM[i]) * z;
	double half = 0.5 * f * f;

	return k * LN2_HIGH + (f - (half - (s * (half + r) + k * LN2_LOW)));
}

/* e^r - 1 for |r| <= 0.35, by its Taylor series: r + r^2/2! + ... r^14/14!. */
static double exp_small(double r)
{
	double sum = EXP_TERM[EXP_TERMS - 1];

	for (int i = EXP_TERMS - 2; i >= 0; i--)
		sum = sum * r + EXP_TERM[i];
	return r + r * r * sum;
}

/* e^(x + low), low tiny beside x. */
static double exp_sum(double x, double low)
{
	if (x > EXP_MAX)
		return POSITIVE_INFINITY;
	if (x < EXP_MIN)
		return 0;
	int k = (int)(x * LN2_INVERSE + (x < 0 ? -0.5 : 0.5));
	double high = x - k * LN2_HIGH;
	double rest = low - k * LN2_LOW;
	double r = high + rest;

	rest -= r - high;
	return scale(1 + (exp_small(r) + rest * (1 + r)), k);
}

double fmath_exp(double x)
{
	return x != x ? x : exp_sum(x, 0);
}

/* --- pow: the same with pairs -------------------------------------------- */

/* a + b exactly, for |a| >= |b|. */
static struct pair add_ordered(double a, double b)
{
	double high = a + b;

	return (struct pair){high, b - (high - a)};
}

/* a + b exactly. */
static struct pair add_exact(double a, double b)
{
	double high = a + b;
	double part = high - a;

	return (struct pair){high, (a - (high - part)) + (b - part)};
}

/* a * b exactly, by halves of 26 bits; |a|, |b| < 2^995. */
static struct pair multiply_exact(double a, double b)
{
	double ta = a * 0x8000001p0, tb = b * 0x8000001p0;
	double ah = ta - (ta - a), bh = tb - (tb - b);
	double al = a - ah, bl = b - bh;
	double high = a * b;

	return (struct pair){
		high, ((ah * bh - high) + ah * bl + al * bh) + al * bl};
}

static struct pair pair_add(struct pair a, struct pair b)
{
	struct pair sum = add_exact(a.high, b.high);

	return add_ordered(sum.high, sum.low + a.low + b.low);
}

static struct pair pair_multiply(struct pair a, struct pair b)
{
	struct pair product = multiply_exact(a.high, b.high);

	return add_ordered(product.high,
			   product.low + (a.high * b.low + a.low * b.high));
}

static struct pair pair_divide(double a, struct pair b)
{
	double quotient = a / b.high;
	struct pair back = multiply_exact(quotient, b.high);
	double rest = ((a - back.high) - back.low) - quotient * b.low;

	return add_ordered(quotient, rest / b.high);
}

/*
 * log x, 0 < x < inf: the first six terms of the series in pairs, where the
 * rest is below 2^-30 of the whole and a plain double is enough.
 */
static struct pair log_pair(double x)
{
	int k;
	double f = split(x, &k) - 1;
	struct pair s = pair_divide(f, add_exact(2, f));
	struct pair z = pair_multiply(s, s);
	double tail = 1.0 / 31;

	for (int n = 29; n >= 13; n -= 2)
		tail = tail * z.high + 1.0 / n;
	struct pair sum = {tail, 0};

	for (int n = 11; n >= 1; n -= 2)
		sum = pair_add(pair_multiply(sum, z),
			       pair_divide(1, (struct pair){n, 0}));
	sum = pair_multiply(sum, s);
	sum.high *= 2;
	sum.low *= 2;
	/* k * LN2_HIGH is exact; LN2_LOW has its own tail of 2^-88. */
	struct pair ln2 = add_exact(k * LN2_HIGH, k * LN2_LOW);

	return pair_add(ln2, sum);
}

/* What C17 F.10.4.4 says of x in {0, 1, inf} and y in {0, +-inf}, x >= 0. */
static double pow_special(double x, double y)
{
	if (y == 0 || x == 1)
		return 1;
	if (x == 0)
		return y > 0 ? 0 : POSITIVE_INFINITY;
	if (x == POSITIVE_INFINITY)
		return y > 0 ? POSITIVE_INFINITY : 0;
	return (x > 1) == (y > 0) ? POSITIVE_INFINITY : 0;
}

double fmath_pow(double x, double y)
{
	double size = y < 0 ? -y : y;

	if (y == 0 || x == 1)
		return 1;
	if (x != x || y != y || x < 0)
		return NOT_A_NUMBER;
	if (x == 0 || x == POSITIVE_INFINITY || size == POSITIVE_INFINITY)
		return pow_special(x, y);

	struct pair l = log_pair(x);

	/* |log x| >= 2^-53, so a larger y is out of range in any case; a
	 * smaller one gives 1, and would make the product subnormal. */
	if (size > 0x1p70)
		return pow_special(l.high > 0 ? 2 : 0.5,
				   y > 0 ? POSITIVE_INFINITY
					 : -POSITIVE_INFINITY);
	if (size < 0x1p-70)
		return 1;
	struct pair e = pair_multiply(l, (struct pair){y, 0});

	return exp_sum(e.high, e.low);
}

/* --- log-gamma ----------------------------------------------------------- */

/*
 * Stirling: (x - 1/2) log x - x + log(2 pi)/2, and the sum of
 * B(2k) / (2k (2k - 1) x^(2k - 1)) with the Bernoulli numbers 1/6, -1/30,
 * 1/42, ...; at x >= 10 the first term left out is below 3e-17.
 */
double fmath_lgamma(double x)
{
	if (!(x > 0))
		return NOT_A_NUMBER;
	if (x == POSITIVE_INFINITY)
		return x;
	if (x == 1 || x == 2)
		return 0;

	double shift = 1;

	for (; x < 10; x += 1)
		shift *= x;
	double z = 1 / (x * x);
	double series = 1.0 / 156;

	series = series * z - 691.0 / 360360;
	series = series * z + 1.0 / 1188;
	series = series * z - 1.0 / 1680;
	series = series * z + 1.0 / 1260;
	series = series * z - 1.0 / 360;
	series = series * z + 1.0 / 12;
	double log_x = fmath_log(x);

	return x * (log_x - 1) - 0.5 * log_x + HALF_LOG_TWO_PI + series / x -
	       fmath_log(shift);
}
