/* check_maxmin.c - max-min fair rates: by hand, against single steps, broken. */
#include "base/rng.h"
#include "host/maxmin.h"
#include "test/test.h"

#include <signal.h>
#include <stdbool.h>

enum { RESOURCES_MAX = 12, FLOWS_MAX = 40, ENTRIES_MAX = 400 };

static struct arena *arena;
static struct maxmin *m;

static void setup(void)
{
	arena = arena_create();
	m = maxmin_create(arena, RESOURCES_MAX, FLOWS_MAX, ENTRIES_MAX);
}

static void teardown(void)
{
	arena_destroy(arena);
}

/*
 * The textbook's figure: links of capacity 1; flow 0 over links 0 and 1, flow
 * 1 over link 0, flows 2 and 3 over link 1. Link 1 is shared by three: 1/3
 * each; flow 1 has the rest of link 0: 2/3.
 */
START_TEST(test_maxmin_two_links_by_hand)
{
	maxmin_add_resource(m, 1);
	maxmin_add_resource(m, 1);
	maxmin_add_flow(m, 9);
	maxmin_add_entry(m, 0, 1);
	maxmin_add_entry(m, 1, 1);
	maxmin_add_flow(m, 9);
	maxmin_add_entry(m, 0, 1);
	for (int k = 0; k < 2; k++) {
		maxmin_add_flow(m, 9);
		maxmin_add_entry(m, 1, 1);
	}
	maxmin_solve(m);
	maxmin_check(m);
	ck_assert_double_eq_tol(m->rate[0], 1.0 / 3, 1e-15);
	ck_assert_double_eq_tol(m->rate[1], 2.0 / 3, 1e-15);
	ck_assert_double_eq_tol(m->rate[2], 1.0 / 3, 1e-15);
	ck_assert_double_eq_tol(m->rate[3], 1.0 / 3, 1e-15);
}
END_TEST

/*
 * Capacity 10; demands 1, 4 and 20 of weights 1, 1 and 0.5. All reach 1; then
 * 9 are left for weight 1.5: level 6, so the second gets its 4; then 5 are
 * left for weight 0.5: 10.
 */
START_TEST(test_maxmin_demands_and_weights_by_hand)
{
	const double demand[] = {1, 4, 20}, weight[] = {1, 1, 0.5};
	const double rate[] = {1, 4, 10};

	maxmin_add_resource(m, 10);
	for (int k = 0; k < 3; k++) {
		maxmin_add_flow(m, demand[k]);
		maxmin_add_entry(m, 0, weight[k]);
	}
	maxmin_solve(m);
	maxmin_check(m);
	for (int k = 0; k < 3; k++)
		ck_assert_double_eq(m->rate[k], rate[k]);
}
END_TEST

START_TEST(test_maxmin_flows_without_resources_get_their_demand)
{
	maxmin_solve(m);
	maxmin_add_flow(m, 3);
	maxmin_add_flow(m, 0);
	maxmin_solve(m);
	maxmin_check(m);
	ck_assert_double_eq(m->rate[0], 3);
	ck_assert_double_eq(m->rate[1], 0);
}
END_TEST

static void random_flows(struct rng *rng)
{
	uint32_t nr = 1 + (uint32_t)rng_below(rng, RESOURCES_MAX);
	uint32_t flows = (uint32_t)rng_below(rng, FLOWS_MAX + 1);

	maxmin_clear(m);
	for (uint32_t r = 0; r < nr; r++)
		maxmin_add_resource(m, 1 + 10 * rng_unit(rng));
	for (uint32_t f = 0; f < flows; f++) {
		uint32_t uses = (uint32_t)rng_below(rng, 5);
		bool used[RESOURCES_MAX] = {false};

		maxmin_add_flow(m, 4 * rng_unit(rng));
		for (uint32_t e = 0; e < uses; e++) {
			uint32_t r = (uint32_t)rng_below(rng, nr);

			if (!used[r])
				maxmin_add_entry(m, r,
						 rng_below(rng, 3) == 0
							 ? 1
							 : 0.1 + rng_unit(rng));
			used[r] = true;
		}
	}
}

/* All rising flows rise by the least step that stops any; stop those. */
static void fill_in_single_steps(double *rate)
{
	bool stopped[FLOWS_MAX] = {false};

	for (uint32_t f = 0; f < m->nr_flows; f++)
		rate[f] = 0;
	for (;;) {
		double room[RESOURCES_MAX], speed[RESOURCES_MAX] = {0};
		double step = 1e300;

		for (uint32_t r = 0; r < m->nr_resources; r++)
			room[r] = m->capacity[r];
		for (uint32_t f = 0; f < m->nr_flows; f++) {
			if (!stopped[f] && m->demand[f] - rate[f] < step)
				step = m->demand[f] - rate[f];
			for (uint32_t e = m->first[f]; e < m->first[f + 1];
			     e++) {
				uint32_t r = m->resource[e];

				room[r] -= m->weight[e] * rate[f];
				speed[r] += stopped[f] ? 0 : m->weight[e];
			}
		}
		for (uint32_t r = 0; r < m->nr_resources; r++)
			if (speed[r] > 0 && room[r] / speed[r] < step)
				step = room[r] / speed[r];
		if (step >= 1e300)
			return;
		for (uint32_t f = 0; f < m->nr_flows; f++) {
			if (stopped[f])
				continue;
			rate[f] += step;
			stopped[f] = rate[f] >= m->demand[f] - 1e-13;
			for (uint32_t e = m->first[f]; e < m->first[f + 1];
			     e++) {
				uint32_t r = m->resource[e];

				stopped[f] |= room[r] - step * speed[r] <=
					      1e-13 * m->capacity[r];
			}
		}
	}
}

START_TEST(test_maxmin_agrees_with_filling_in_single_steps)
{
	struct rng rng;
	uint32_t nr_limited = 0;

	rng_init(&rng, 1, RNG_TEST, 0);
	for (int round = 0; round < 5000; round++) {
		double rate[FLOWS_MAX];

		random_flows(&rng);
		maxmin_solve(m);
		maxmin_check(m);
		fill_in_single_steps(rate);
		for (uint32_t f = 0; f < m->nr_flows; f++) {
			ck_assert_double_eq_tol(m->rate[f], rate[f], 1e-9);
			nr_limited += m->rate[f] < m->demand[f];
		}
	}
	/* The trial means something: many flows met a bottleneck. */
	ck_assert_uint_gt(nr_limited, 10000);
}
END_TEST

static void solve_three(void)
{
	maxmin_add_resource(m, 10);
	for (int k = 0; k < 3; k++) {
		maxmin_add_flow(m, 5);
		maxmin_add_entry(m, 0, 1);
	}
	maxmin_solve(m);
	maxmin_check(m);
}

START_TEST(test_F1_rate_above_demand_aborts)
{
	solve_three();
	m->demand[0] = 3;
	maxmin_check(m);
}
END_TEST

START_TEST(test_F2_capacity_exceeded_aborts)
{
	solve_three();
	m->capacity[0] = 9.99;
	maxmin_check(m);
}
END_TEST

START_TEST(test_F3_flow_below_demand_without_bottleneck_aborts)
{
	solve_three();
	m->rate[0] -= 0.5;
	m->rate[1] += 0.5;
	maxmin_check(m);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("maxmin");
	TCase *tc = tcase_create("maxmin");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_maxmin_two_links_by_hand);
	tcase_add_test(tc, test_maxmin_demands_and_weights_by_hand);
	tcase_add_test(tc, test_maxmin_flows_without_resources_get_their_demand);
	tcase_add_test(tc, test_maxmin_agrees_with_filling_in_single_steps);
	tcase_add_test_raise_signal(tc, test_F1_rate_above_demand_aborts,
				    SIGABRT);
	tcase_add_test_raise_signal(tc, test_F2_capacity_exceeded_aborts,
				    SIGABRT);
	tcase_add_test_raise_signal(
		tc, test_F3_flow_below_demand_without_bottleneck_aborts,
		SIGABRT);
	suite_add_tcase(suite, tc);
	return suite;
}
