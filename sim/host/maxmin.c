/*
 * maxmin.c - see maxmin.h.
 *
 * Why a round may settle every flow with demand <= level: level is the least
 * fair share over all resources, and settling flows below it only raises the
 * shares of the others. So no such flow can meet its bottleneck first.
 */
#include "host/maxmin.h"

#include "base/err.h"

#include <assert.h>
#include <stdbool.h>

static void maxmin_tally(struct maxmin *m, uint32_t nr_rising);
static double maxmin_level(const struct maxmin *m, uint32_t *bottleneck);
static uint32_t maxmin_settle_below(struct maxmin *m, uint32_t nr_rising,
				    double level);
static uint32_t maxmin_settle_on(struct maxmin *m, uint32_t nr_rising,
				 uint32_t bottleneck, double level);

#define NO_LEVEL 1e300 /* nothing limits the flows still rising */

struct maxmin *maxmin_create(struct arena *arena, uint32_t resources_max,
			     uint32_t flows_max, uint32_t entries_max)
{
	struct maxmin *m = arena_alloc(arena, sizeof(*m));

	require(resources_max <= UINT16_MAX);
	m->resources_max = resources_max;
	m->flows_max = flows_max;
	m->entries_max = entries_max;
	m->capacity = arena_array(arena, resources_max, sizeof(double));
	m->spent = arena_array(arena, resources_max, sizeof(double));
	m->filling = arena_array(arena, resources_max, sizeof(double));
	m->demand = arena_array(arena, flows_max, sizeof(double));
	m->rate = arena_array(arena, flows_max, sizeof(double));
	m->rising = arena_array(arena, flows_max, sizeof(uint32_t));
	m->first = arena_array(arena, (size_t)flows_max + 1, sizeof(uint32_t));
	m->resource = arena_array(arena, entries_max, sizeof(uint16_t));
	m->weight = arena_array(arena, entries_max, sizeof(double));
	return m;
}

void maxmin_clear(struct maxmin *m)
{
	m->nr_resources = 0;
	m->nr_flows = 0;
	m->nr_entries = 0;
}

uint32_t maxmin_add_resource(struct maxmin *m, double capacity)
{
	require(m->nr_resources < m->resources_max);
	assert(capacity > 0);
	m->capacity[m->nr_resources] = capacity;
	return m->nr_resources++;
}

uint32_t maxmin_add_flow(struct maxmin *m, double demand)
{
	require(m->nr_flows < m->flows_max);
	assert(demand >= 0);
	m->demand[m->nr_flows] = demand;
	m->first[m->nr_flows] = m->nr_entries;
	m->first[m->nr_flows + 1] = m->nr_entries;
	return m->nr_flows++;
}

void maxmin_add_entry(struct maxmin *m, uint32_t resource, double weight)
{
	require(m->nr_entries < m->entries_max);
	assert(m->nr_flows > 0);
	assert(resource < m->nr_resources && weight > 0);
	m->resource[m->nr_entries] = (uint16_t)resource;
	m->weight[m->nr_entries] = weight;
	m->first[m->nr_flows] = ++m->nr_entries;
}

void maxmin_solve(struct maxmin *m)
{
	uint32_t nr_rising = m->nr_flows;
	double level = 0;

	for (uint32_t r = 0; r < m->nr_resources; r++)
		m->spent[r] = 0;
	for (uint32_t f = 0; f < m->nr_flows; f++)
		m->rising[f] = f;

	while (nr_rising > 0) {
		uint32_t bottleneck = 0;

		maxmin_tally(m, nr_rising);
		double next = maxmin_level(m, &bottleneck);

		/* It never falls; rounding might say so. */
		if (next > level)
			level = next;
		uint32_t left = maxmin_settle_below(m, nr_rising, level);

		if (left == nr_rising)
			left = maxmin_settle_on(m, nr_rising, bottleneck,
						level);
		assert(left < nr_rising);
		nr_rising = left;
	}
}

/* How fast each resource fills while all rising flows rise. */
static void maxmin_tally(struct maxmin *m, uint32_t nr_rising)
{
	for (uint32_t r = 0; r < m->nr_resources; r++)
		m->filling[r] = 0;
	for (uint32_t i = 0; i < nr_rising; i++) {
		uint32_t f = m->rising[i];

		for (uint32_t e = m->first[f]; e < m->first[f + 1]; e++)
			m->filling[m->resource[e]] += m->weight[e];
	}
}

/* The level at which the first resource is full, and which that is. */
static double maxmin_level(const struct maxmin *m, uint32_t *bottleneck)
{
	double level = NO_LEVEL;

	for (uint32_t r = 0; r < m->nr_resources; r++) {
		if (m->filling[r] <= 0)
			continue;
		double at = (m->capacity[r] - m->spent[r]) / m->filling[r];

		if (at < level) {
			level = at;
			*bottleneck = r;
		}
	}
	return level;
}

static void maxmin_spend(struct maxmin *m, uint32_t f, double rate)
{
	m->rate[f] = rate;
	for (uint32_t e = m->first[f]; e < m->first[f + 1]; e++)
		m->spent[m->resource[e]] += m->weight[e] * rate;
}

static uint32_t maxmin_settle_below(struct maxmin *m, uint32_t nr_rising,
				    double level)
{
	uint32_t left = 0;

	for (uint32_t i = 0; i < nr_rising; i++) {
		uint32_t f = m->rising[i];

		if (m->demand[f] <= level)
			maxmin_spend(m, f, m->demand[f]);
		else
			m->rising[left++] = f;
	}
	return left;
}

static uint32_t maxmin_settle_on(struct maxmin *m, uint32_t nr_rising,
				 uint32_t bottleneck, double level)
{
	uint32_t left = 0;

	for (uint32_t i = 0; i < nr_rising; i++) {
		uint32_t f = m->rising[i];
		bool uses = false;

		for (uint32_t e = m->first[f]; e < m->first[f + 1]; e++)
			uses |= m->resource[e] == bottleneck;
		if (uses)
			maxmin_spend(m, f, level);
		else
			m->rising[left++] = f;
	}
	return left;
}

static double maxmin_carried(const struct maxmin *m, uint32_t resource,
			     double *rate_max)
{
	double carried = 0;

	*rate_max = 0;
	for (uint32_t f = 0; f < m->nr_flows; f++)
		for (uint32_t e = m->first[f]; e < m->first[f + 1]; e++) {
			if (m->resource[e] != resource)
				continue;
			carried += m->weight[e] * m->rate[f];
			if (m->rate[f] > *rate_max)
				*rate_max = m->rate[f];
		}
	return carried;
}

static bool maxmin_has_bottleneck(const struct maxmin *m, uint32_t f)
{
	for (uint32_t e = m->first[f]; e < m->first[f + 1]; e++) {
		uint32_t r = m->resource[e];
		double rate_max;
		double carried = maxmin_carried(m, r, &rate_max);

		if (carried >= m->capacity[r] * (1 - 1e-9) &&
		    m->rate[f] >= rate_max * (1 - 1e-9))
			return true;
	}
	return false;
}

void maxmin_check(const struct maxmin *m)
{
	for (uint32_t r = 0; r < m->nr_resources; r++) {
		double rate_max;

		/* F2 */
		require(maxmin_carried(m, r, &rate_max) <=
			m->capacity[r] * (1 + 1e-9));
	}
	for (uint32_t f = 0; f < m->nr_flows; f++) {
		/* F1 */
		require(m->rate[f] >= 0 && m->rate[f] <= m->demand[f]);
		/* F3 */
		require(m->rate[f] >= m->demand[f] * (1 - 1e-9) ||
			maxmin_has_bottleneck(m, f));
	}
}
