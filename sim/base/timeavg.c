#include "base/timeavg.h"

#include "base/err.h"

#include <assert.h>
#include <math.h>

#define MEAN_TOLERANCE 1e-9 /* for rounding (T2) */

void timeavg_init(struct timeavg *t, int64_t now_ns, double value)
{
	assert(isfinite(value));
	*t = (struct timeavg){
		.start_ns = now_ns, .since_ns = now_ns, .value = value};
}

/* Books the value for the time up to now. */
static void advance(struct timeavg *t, int64_t now_ns)
{
	assert(now_ns >= t->since_ns);
	if (now_ns == t->since_ns)
		return;
	if (!t->held || t->value < t->min)
		t->min = t->value;
	if (!t->held || t->value > t->max)
		t->max = t->value;
	t->held = true;
	t->area += t->value * (double)(now_ns - t->since_ns);
	t->since_ns = now_ns;
}

void timeavg_set(struct timeavg *t, int64_t now_ns, double value)
{
	assert(isfinite(value));
	advance(t, now_ns);
	t->value = value;
}

void timeavg_add(struct timeavg *t, int64_t now_ns, double delta)
{
	timeavg_set(t, now_ns, t->value + delta);
}

void timeavg_restart(struct timeavg *t, int64_t now_ns)
{
	assert(now_ns >= t->since_ns);
	timeavg_init(t, now_ns, t->value);
}

double timeavg_mean(const struct timeavg *t, int64_t now_ns)
{
	struct timeavg then = *t;

	advance(&then, now_ns);
	if (now_ns == t->start_ns)
		return t->value;
	return then.area / (double)(now_ns - t->start_ns);
}

double timeavg_min(const struct timeavg *t, int64_t now_ns)
{
	struct timeavg then = *t;

	advance(&then, now_ns);
	return then.held ? then.min : t->value;
}

double timeavg_max(const struct timeavg *t, int64_t now_ns)
{
	struct timeavg then = *t;

	advance(&then, now_ns);
	return then.held ? then.max : t->value;
}

void timeavg_check(const struct timeavg *t)
{
	require(t->start_ns <= t->since_ns);             /* T1 */
	require(t->held == (t->start_ns < t->since_ns)); /* T1 */
	if (!t->held) {
		require(t->area == 0); /* T2 */
		return;
	}
	double span = (double)(t->since_ns - t->start_ns);
	double size = fmax(fabs(t->min), fabs(t->max)) * MEAN_TOLERANCE;

	require(t->min <= t->max);                    /* T2 */
	require(t->area / span >= t->min - size); /* T2 */
	require(t->area / span <= t->max + size); /* T2 */
}
