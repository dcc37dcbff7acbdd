#include "base/dist.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/fmath.h"
#include "base/units.h"
#include "base/variate.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { STAGES_MAX = 1000000 };

#define SHAPES_ALIKE 1e-9 /* below it, a - k in a moment counts as 0 */

const struct dist_kind_info dist_kinds[DIST_KIND_COUNT] = {
	[DIST_CONSTANT] = {"constant", 1, {{"value", true, DIST_ANY}}},
	[DIST_UNIFORM] = {"uniform", 2,
			  {{"min", true, DIST_ANY}, {"max", true, DIST_ANY}}},
	[DIST_EXPONENTIAL] = {"exponential", 1, {{"mean", true, DIST_ABOVE_0}}},
	[DIST_NORMAL] = {"normal", 2,
			 {{"mean", true, DIST_ANY},
			  {"sd", true, DIST_ABOVE_0}}},
	[DIST_LOGNORMAL] = {"lognormal", 2,
			    {{"mean", true, DIST_ABOVE_0},
			     {"cv", false, DIST_ABOVE_0}}},
	[DIST_PARETO] = {"pareto", 2,
			 {{"min", true, DIST_ABOVE_0},
			  {"shape", false, DIST_ABOVE_0}}},
	[DIST_BOUNDED_PARETO] = {"bounded-pareto", 3,
				 {{"min", true, DIST_ABOVE_0},
				  {"max", true, DIST_ABOVE_0},
				  {"shape", false, DIST_ABOVE_0}}},
	[DIST_GAMMA] = {"gamma", 2,
			{{"mean", true, DIST_ABOVE_0},
			 {"shape", false, DIST_ABOVE_0}}},
	[DIST_ERLANG] = {"erlang", 2,
			 {{"mean", true, DIST_ABOVE_0},
			  {"stages", false, DIST_WHOLE}}},
	[DIST_WEIBULL] = {"weibull", 2,
			  {{"scale", true, DIST_ABOVE_0},
			   {"shape", false, DIST_ABOVE_0}}},
	[DIST_HYPEREXPONENTIAL] = {"hyperexponential", 2,
				   {{"mean", true, DIST_ABOVE_0},
				    {"cv", false, DIST_ABOVE_1}}},
	[DIST_POISSON] = {"poisson", 1, {{"mean", false, DIST_COUNT}}},
	[DIST_EMPIRICAL] = {"empirical", 0, {{NULL, false, DIST_ANY}}},
};

static bool range_holds(enum dist_range range, double value);
static void derive(struct dist *dist);
static double bounded_pareto_moment(const struct dist *dist, int power);
static double empirical_sample(const struct dist *dist, struct rng *rng);
static double empirical_moment(const struct dist *dist, int power);

int dist_kind_find(const char *name, struct err *err)
{
	const char *names[DIST_KIND_COUNT];

	for (int kind = 0; kind < DIST_KIND_COUNT; kind++) {
		names[kind] = dist_kinds[kind].name;
		if (strcmp(name, names[kind]) == 0)
			return kind;
	}
	err_set(err, "unknown distribution '%s'", name);
	return err_add_nearest(err, name, names, DIST_KIND_COUNT);
}

const char *dist_range_words(enum dist_range range)
{
	static const char *const words[] = {
		[DIST_ANY] = "a number",
		[DIST_NOT_BELOW_0] = "a number >= 0",
		[DIST_ABOVE_0] = "a number > 0",
		[DIST_ABOVE_1] = "a number > 1",
		[DIST_WHOLE] = "a whole number from 1 to 1000000",
		[DIST_COUNT] = "a number from 0 to 1000000000",
	};

	return words[range];
}

static bool range_holds(enum dist_range range, double value)
{
	if (!isfinite(value))
		return false;
	switch (range) {
	case DIST_ANY:
		return true;
	case DIST_NOT_BELOW_0:
		return value >= 0;
	case DIST_ABOVE_0:
		return value > 0;
	case DIST_ABOVE_1:
		return value > 1;
	case DIST_WHOLE:
		return value >= 1 && value <= STAGES_MAX &&
		       value == (double)(int64_t)value;
	case DIST_COUNT:
		return value >= 0 && value <= VARIATE_POISSON_MEAN_MAX;
	}
	return false;
}

static bool has_min_and_max(enum dist_kind kind)
{
	return kind == DIST_UNIFORM || kind == DIST_BOUNDED_PARETO;
}

int dist_make(struct dist *dist, enum dist_kind kind, const double *parameter,
	      struct err *err)
{
	const struct dist_kind_info *info = &dist_kinds[kind];

	assert(kind < DIST_KIND_COUNT && kind != DIST_EMPIRICAL);
	*dist = (struct dist){.kind = kind};
	for (uint32_t i = 0; i < info->parameter_count; i++) {
		const struct dist_parameter *p = &info->parameter[i];

		if (!range_holds(p->range, parameter[i]))
			return err_set(err, "%s: %s: %g is out of range; %s",
				       info->name, p->name, parameter[i],
				       dist_range_words(p->range));
		dist->parameter[i] = parameter[i];
	}
	if (has_min_and_max(kind) && !(parameter[0] < parameter[1]))
		return err_set(err, "%s: max: %g is out of range; more than "
				    "min, which is %g",
			       info->name, parameter[1], parameter[0]);
	derive(dist);
	return 0;
}

/* What sampling needs and parameters do not say at once. */
static void derive(struct dist *dist)
{
	const double *p = dist->parameter;
	double *d = dist->derived;

	switch (dist->kind) {
	case DIST_LOGNORMAL: { /* mean and sd of the logarithm */
		double variance = fmath_log(1 + p[1] * p[1]);

		d[0] = fmath_log(p[0]) - variance / 2;
		d[1] = sqrt(variance);
		break;
	}
	case DIST_BOUNDED_PARETO: /* P(X > max) of the pareto without bound */
		d[0] = fmath_pow(p[0] / p[1], p[2]);
		break;
	case DIST_HYPEREXPONENTIAL: { /* odds and mean, mean of the phases */
		double c2 = p[1] * p[1];

		d[0] = (1 + sqrt((c2 - 1) / (c2 + 1))) / 2;
		d[1] = p[0] / (2 * d[0]);
		d[2] = p[0] / (2 * (1 - d[0]));
		break;
	}
	default:
		break;
	}
}

int dist_make_empirical(struct dist *dist, struct arena *arena,
			const double *values, const double *weights,
			uint32_t value_count, struct err *err)
{
	*dist = (struct dist){.kind = DIST_EMPIRICAL};
	if (value_count == 0)
		return err_set(err, "empirical: no value; give at least one");

	double *copy = arena_array(arena, value_count, sizeof(*copy));
	double *cumulated = NULL;
	double sum = 0;

	if (weights)
		cumulated = arena_array(arena, value_count, sizeof(*cumulated));
	for (uint32_t i = 0; i < value_count; i++) {
		if (!isfinite(values[i]))
			return err_set(err, "empirical: value %u: %g is out of "
					    "range; a number",
				       i + 1, values[i]);
		copy[i] = values[i];
		if (!weights)
			continue;
		if (!range_holds(DIST_NOT_BELOW_0, weights[i]))
			return err_set(err, "empirical: weight %u: %g is out "
					    "of range; a number >= 0",
				       i + 1, weights[i]);
		cumulated[i] = sum += weights[i];
	}
	if (weights && !(sum > 0 && isfinite(sum)))
		return err_set(err, "empirical: the weights add up to %g; at "
				    "least one must be > 0",
			       sum);
	dist->values = copy;
	dist->cumulated = cumulated;
	dist->value_count = value_count;
	return 0;
}

struct dist dist_constant(double value)
{
	struct dist dist;
	struct err err;

	require(dist_make(&dist, DIST_CONSTANT, &value, &err) == 0);
	return dist;
}

struct dist dist_exponential(double mean)
{
	struct dist dist;
	struct err err;

	require(dist_make(&dist, DIST_EXPONENTIAL, &mean, &err) == 0);
	return dist;
}

double dist_sample(const struct dist *dist, struct rng *rng)
{
	const double *p = dist->parameter;
	const double *d = dist->derived;

	switch (dist->kind) {
	case DIST_CONSTANT:
		return p[0];
	case DIST_UNIFORM:
		return p[0] + (p[1] - p[0]) * rng_unit(rng);
	case DIST_EXPONENTIAL:
		return p[0] * variate_exponential(rng);
	case DIST_NORMAL:
		return p[0] + p[1] * variate_normal(rng);
	case DIST_LOGNORMAL:
		return fmath_exp(d[0] + d[1] * variate_normal(rng));
	case DIST_PARETO: /* log(X / min) is exponential of mean 1 / shape */
		return p[0] * fmath_exp(variate_exponential(rng) / p[1]);
	case DIST_BOUNDED_PARETO: { /* P(X > x) of the one without bound */
		double above = 1 - rng_unit(rng) * (1 - d[0]);
		double x = p[0] * fmath_pow(above, -1 / p[2]);

		return x < p[1] ? x : p[1];
	}
	case DIST_GAMMA:
	case DIST_ERLANG:
		return p[0] / p[1] * variate_gamma(rng, p[1]);
	case DIST_WEIBULL: /* (X / scale)^shape is exponential of mean 1 */
		return p[0] * fmath_pow(variate_exponential(rng), 1 / p[1]);
	case DIST_HYPEREXPONENTIAL: {
		double mean = rng_unit(rng) < d[0] ? d[1] : d[2];

		return mean * variate_exponential(rng);
	}
	case DIST_POISSON:
		return (double)variate_poisson(rng, p[0]);
	case DIST_EMPIRICAL:
		return empirical_sample(dist, rng);
	case DIST_KIND_COUNT:
		break;
	}
	panic(__FILE__, __LINE__, "distribution of kind %d", (int)dist->kind);
}

/* The first value whose cumulated weight is above a point of the total. */
static double empirical_sample(const struct dist *dist, struct rng *rng)
{
	uint32_t low = 0, high = dist->value_count - 1;

	if (!dist->cumulated)
		return dist->values[rng_below(rng, dist->value_count)];
	double point = rng_unit(rng) * dist->cumulated[high];

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (dist->cumulated[middle] > point)
			high = middle;
		else
			low = middle + 1;
	}
	/* The product may have rounded up to the total; weights may be 0. */
	while (low > 0 && dist->cumulated[low] == dist->cumulated[low - 1])
		low--;
	return dist->values[low];
}

int64_t dist_sample_ns(const struct dist *dist, struct rng *rng)
{
	double ns = dist_sample(dist, rng) + 0.5;

	if (ns < 1)
		return 0;
	if (ns >= (double)(TIME_NEVER_NS / 4))
		return TIME_NEVER_NS / 4;
	return (int64_t)ns;
}

/* gamma(1 + power / shape), of which weibull's moments are made. */
static double weibull_moment(const struct dist *dist, int power)
{
	return fmath_exp(fmath_lgamma(1 + power / dist->parameter[1]));
}

double dist_mean(const struct dist *dist)
{
	const double *p = dist->parameter;

	switch (dist->kind) {
	case DIST_CONSTANT:
	case DIST_EXPONENTIAL:
	case DIST_NORMAL:
	case DIST_LOGNORMAL:
	case DIST_GAMMA:
	case DIST_ERLANG:
	case DIST_HYPEREXPONENTIAL:
	case DIST_POISSON:
		return p[0];
	case DIST_UNIFORM:
		return p[0] + (p[1] - p[0]) / 2;
	case DIST_PARETO:
		return p[1] <= 1 ? INFINITY : p[0] * p[1] / (p[1] - 1);
	case DIST_BOUNDED_PARETO:
		return bounded_pareto_moment(dist, 1);
	case DIST_WEIBULL:
		return p[0] * weibull_moment(dist, 1);
	case DIST_EMPIRICAL:
		return empirical_moment(dist, 1);
	case DIST_KIND_COUNT:
		break;
	}
	panic(__FILE__, __LINE__, "distribution of kind %d", (int)dist->kind);
}

/* Standard deviation over mean, from the first two moments. */
static double cv_of(double mean, double second)
{
	double variance = second - mean * mean;

	return sqrt(variance > 0 ? variance : 0) / fabs(mean);
}

double dist_cv(const struct dist *dist)
{
	const double *p = dist->parameter;

	switch (dist->kind) {
	case DIST_CONSTANT:
		return 0;
	case DIST_UNIFORM: /* sd = width / sqrt(12) */
		return (p[1] - p[0]) / sqrt(12) / fabs(dist_mean(dist));
	case DIST_EXPONENTIAL:
		return 1;
	case DIST_NORMAL:
		return p[1] / fabs(p[0]);
	case DIST_LOGNORMAL:
	case DIST_HYPEREXPONENTIAL:
		return p[1];
	case DIST_PARETO: /* variance / mean^2 = 1 / (shape (shape - 2)) */
		return p[1] <= 2 ? INFINITY : 1 / sqrt(p[1] * (p[1] - 2));
	case DIST_BOUNDED_PARETO:
		return cv_of(bounded_pareto_moment(dist, 1),
			     bounded_pareto_moment(dist, 2));
	case DIST_GAMMA:
	case DIST_ERLANG:
		return 1 / sqrt(p[1]);
	case DIST_WEIBULL:
		return cv_of(weibull_moment(dist, 1), weibull_moment(dist, 2));
	case DIST_POISSON:
		return 1 / sqrt(p[0]);
	case DIST_EMPIRICAL:
		return cv_of(empirical_moment(dist, 1),
			     empirical_moment(dist, 2));
	case DIST_KIND_COUNT:
		break;
	}
	panic(__FILE__, __LINE__, "distribution of kind %d", (int)dist->kind);
}

/*
 * E X^k = min^k a / (a - k) (1 - q^(a - k)) / (1 - q^a), with q = min / max and
 * a = shape; for a = k the middle part is its limit, a log(1 / q).
 */
static double bounded_pareto_moment(const struct dist *dist, int power)
{
	double q = dist->parameter[0] / dist->parameter[1];
	double a = dist->parameter[2];
	double gap = a - power;
	double middle;

	if (fabs(gap) < SHAPES_ALIKE)
		middle = -a * fmath_log(q);
	else
		middle = a / gap * (1 - fmath_pow(q, gap));
	double scale = dist->parameter[0];

	if (power == 2)
		scale *= scale;
	return scale * middle / (1 - dist->derived[0]);
}

static double empirical_weight(const struct dist *dist, uint32_t index)
{
	if (!dist->cumulated)
		return 1;
	return dist->cumulated[index] -
	       (index ? dist->cumulated[index - 1] : 0);
}

static double empirical_moment(const struct dist *dist, int power)
{
	double sum = 0, total = 0;

	for (uint32_t i = 0; i < dist->value_count; i++) {
		double x = dist->values[i];
		double weight = empirical_weight(dist, i);

		sum += weight * (power == 2 ? x * x : x);
		total += weight;
	}
	return sum / total;
}

double dist_min(const struct dist *dist)
{
	double min = INFINITY;

	switch (dist->kind) {
	case DIST_CONSTANT:
	case DIST_UNIFORM:
	case DIST_PARETO:
	case DIST_BOUNDED_PARETO:
		return dist->parameter[0];
	case DIST_NORMAL:
		return -INFINITY;
	case DIST_EMPIRICAL:
		for (uint32_t i = 0; i < dist->value_count; i++)
			if (empirical_weight(dist, i) > 0 &&
			    dist->values[i] < min)
				min = dist->values[i];
		return min;
	default:
		return 0;
	}
}

void dist_check(const struct dist *dist)
{
	struct dist again = *dist;
	double last = 0;

	require(dist->kind < DIST_KIND_COUNT);
	for (uint32_t i = 0; i < dist_kinds[dist->kind].parameter_count; i++)
		require(range_holds(dist_kinds[dist->kind].parameter[i].range,
				    dist->parameter[i])); /* D1 */
	if (has_min_and_max(dist->kind))
		require(dist->parameter[0] < dist->parameter[1]); /* D1 */
	derive(&again);
	for (uint32_t i = 0; i < DIST_DERIVED_MAX; i++)
		require(again.derived[i] == dist->derived[i]); /* D2 */
	if (dist->kind != DIST_EMPIRICAL)
		return;
	require(dist->values && dist->value_count >= 1); /* D3 */
	for (uint32_t i = 0; dist->cumulated && i < dist->value_count; i++) {
		require(dist->cumulated[i] >= last); /* D3 */
		last = dist->cumulated[i];
	}
	require(!dist->cumulated || last > 0); /* D3 */
}
