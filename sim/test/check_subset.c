/*
 * check_subset.c - the pruned search beside the list of all bit masks.
 *
 * The twin makes all sets of k nodes out of their bit masks, sorts by
 * lexicographic order of the ascending node lists, keeps those that fit and
 * takes the first of least (cost, cost2).
 */
#include "place/subset.h"
#include "test/random_view.h"
#include "test/test.h"

#include <signal.h>
#include <stdlib.h>

enum { TWIN_MAX = 12, CASES = 400 };

/* Ascending lists of nodes compare as their lowest differing member does. */
static bool list_before(nodeset a, nodeset b)
{
	nodeset differ = a ^ b;

	return differ && (a & (differ & (~differ + 1)));
}

static struct subset_sum twin_sum(const struct subset *s, uint32_t mask)
{
	struct subset_sum sum = {0};

	for (uint32_t i = 0; i < s->count; i++) {
		if (!(mask >> i & 1))
			continue;
		sum.nodes = nodeset_add(sum.nodes, s->item[i].node);
		sum.mem += s->item[i].mem;
		sum.cpus += s->item[i].cpus;
		sum.cost += s->item[i].cost;
		sum.cost2 += s->item[i].cost2;
	}
	return sum;
}

/* Is a a better answer than b (which may be none)? */
static bool twin_better(const struct subset_sum *a, const struct subset_sum *b)
{
	uint32_t size_a = nodeset_count(a->nodes);
	uint32_t size_b = nodeset_count(b->nodes);

	if (!b->nodes || size_a != size_b)
		return !b->nodes || size_a < size_b;
	if (a->cost != b->cost)
		return a->cost < b->cost;
	if (a->cost2 != b->cost2)
		return a->cost2 < b->cost2;
	return list_before(a->nodes, b->nodes);
}

static struct subset_sum twin_best(const struct subset *s, uint64_t *fit_count)
{
	struct subset_sum best = {0};

	*fit_count = 0;
	for (uint32_t mask = 1; mask < 1u << s->count; mask++) {
		struct subset_sum sum = twin_sum(s, mask);

		if (sum.mem < s->need_mem || sum.cpus < s->need_cpus)
			continue;
		if (best.nodes && nodeset_count(sum.nodes) <
					  nodeset_count(best.nodes))
			*fit_count = 0;
		*fit_count += !best.nodes || nodeset_count(sum.nodes) <=
						     nodeset_count(best.nodes);
		if (twin_better(&sum, &best))
			best = sum;
	}
	return best;
}

static void random_problem(struct subset *s, uint64_t *state)
{
	uint32_t node = 0;
	uint64_t few = draw(state, 1, 5);

	memset(s, 0, sizeof(*s));
	s->count = (uint32_t)draw(state, 1, TWIN_MAX);
	for (uint32_t i = 0; i < s->count; i++) {
		node += (uint32_t)draw(state, i ? 1 : 0, 4);
		s->item[i] = (struct subset_item){
			.node = node,
			.mem = draw(state, 0, few) * 10,
			.cpus = (uint32_t)draw(state, 0, few),
			.cost = draw(state, 0, few),
			.cost2 = draw(state, 0, few),
		};
	}
	s->need_mem = draw(state, 0, 10 * few * s->count);
	s->need_cpus = (uint32_t)draw(state, 0, few * s->count / 2);
}

START_TEST(test_best_is_the_enumeration_s)
{
	uint64_t state = (uint64_t)_i;

	for (uint32_t i = 0; i < CASES; i++) {
		struct subset s;
		struct subset_sum got = {0};
		uint64_t fit_count;

		random_problem(&s, &state);

		struct subset_sum want = twin_best(&s, &fit_count);

		ck_assert_int_eq(subset_best(&s, &got), want.nodes != 0);
		ck_assert_uint_eq(got.nodes, want.nodes);
		ck_assert_uint_eq(got.mem, want.mem);
		ck_assert_uint_eq(got.cpus, want.cpus);
		ck_assert_uint_eq(got.cost, want.cost);
		ck_assert_uint_eq(got.cost2, want.cost2);
	}
}
END_TEST

/* Sees all sets of the size, in order. */
struct order {
	struct subset_visitor visitor;
	const struct subset *s;
	uint64_t count;
	nodeset last;
};

static void visit_order(struct subset_visitor *visitor,
			const struct subset_sum *sum)
{
	struct order *o = (struct order *)visitor;

	ck_assert(!o->last || list_before(o->last, sum->nodes));
	ck_assert_uint_ge(sum->mem, o->s->need_mem);
	ck_assert_uint_ge(sum->cpus, o->s->need_cpus);
	o->last = sum->nodes;
	o->count++;
	visitor->best = *sum;
	visitor->best.cost = UINT64_MAX;
}

START_TEST(test_all_sets_are_seen_once_in_order)
{
	uint64_t state = 77;

	for (uint32_t i = 0; i < CASES; i++) {
		struct subset s;
		uint64_t fit_count;

		random_problem(&s, &state);

		struct subset_sum want = twin_best(&s, &fit_count);
		struct order o = { .visitor = { .visit = visit_order },
				   .s = &s };

		ck_assert_uint_eq(subset_search(&s, 1, NODE_MAX, &o.visitor),
				  nodeset_count(want.nodes));
		ck_assert_uint_eq(o.count, fit_count);
	}
}
END_TEST

START_TEST(test_rank_is_sorted_and_led_by_the_best)
{
	uint64_t state = 78;

	for (uint32_t i = 0; i < CASES; i++) {
		struct subset s;
		struct subset_sum top[5];
		uint64_t fit_count;

		random_problem(&s, &state);

		struct subset_sum want = twin_best(&s, &fit_count);
		uint32_t count = subset_rank(&s, top, 5);

		ck_assert_uint_eq(count, fit_count < 5 ? fit_count : 5);
		if (count == 0)
			continue;
		ck_assert_uint_eq(top[0].nodes, want.nodes);
		for (uint32_t t = 1; t < count; t++)
			ck_assert(twin_better(&top[t - 1], &top[t]));
	}
}
END_TEST

static struct subset plain(uint32_t count, uint64_t mem, uint64_t need_mem)
{
	struct subset s = { .count = count, .need_mem = need_mem };

	for (uint32_t i = 0; i < count; i++)
		s.item[i] = (struct subset_item){
			.node = i, .mem = mem, .cpus = 1, .cost = i % 2,
		};
	return s;
}

/*
 * 64 nodes of 10: 30 need three. The even ones cost nothing: {0,2,4}. The last
 * three hold 30 alone if the others have 9 each: {61,62,63}.
 */
START_TEST(test_small_sets_of_64_nodes_are_exact)
{
	struct subset s = plain(64, 10, 30);
	struct subset_sum best;

	ck_assert(subset_best(&s, &best));
	ck_assert_uint_eq(best.nodes, 0x15);

	for (uint32_t i = 0; i < 61; i++)
		s.item[i].mem = 9;
	ck_assert(subset_best(&s, &best));
	ck_assert_uint_eq(best.nodes, UINT64_C(7) << 61);
}
END_TEST

/* 64 nodes in all sorts of ties and a wish for half of them: it ends. */
START_TEST(test_a_wide_search_ends)
{
	struct subset s = plain(64, 10, 0);
	struct subset_sum best;
	uint64_t state = 5;

	for (uint32_t i = 0; i < 64; i++) {
		s.item[i].mem = 1000 + draw(&state, 0, 1);
		s.item[i].cpus = 1000 - (uint32_t)s.item[i].mem % 2;
		s.item[i].cost = s.item[i].cost2 = draw(&state, 0, 9);
	}
	s.need_mem = 32 * 1000 + 16;
	s.need_cpus = 32 * 1000 - 16;
	ck_assert(subset_best(&s, &best));
	ck_assert_uint_ge(best.mem, s.need_mem);
	ck_assert_uint_ge(best.cpus, s.need_cpus);
}
END_TEST

/* Nothing but all 64 nodes holds it. */
START_TEST(test_all_nodes_are_always_tried)
{
	struct subset s = plain(64, 10, 640);
	struct subset_sum best;

	ck_assert(subset_best(&s, &best));
	ck_assert_uint_eq(best.nodes, NODESET_ALL);
	s.need_mem = 641;
	ck_assert(!subset_best(&s, &best));
	s.count = 0;
	ck_assert(!subset_best(&s, &best));
}
END_TEST

static void search_broken(struct subset *s, uint32_t k_min)
{
	struct order o = { .visitor = { .visit = visit_order }, .s = s };

	subset_search(s, k_min, 2, &o.visitor);
}

START_TEST(test_s1_unordered_items_abort)
{
	struct subset s = plain(3, 1, 1);

	s.item[1].node = 0;
	search_broken(&s, 1);
}
END_TEST

START_TEST(test_s1_too_many_items_abort)
{
	struct subset s = plain(3, 1, 1);

	s.count = NODE_MAX + 1;
	search_broken(&s, 1);
}
END_TEST

START_TEST(test_s2_sets_of_nothing_abort)
{
	struct subset s = plain(3, 1, 1);

	search_broken(&s, 0);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("subset");
	TCase *tc = tcase_create("search");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_best_is_the_enumeration_s, 0, 4);
	tcase_add_test(tc, test_all_sets_are_seen_once_in_order);
	tcase_add_test(tc, test_rank_is_sorted_and_led_by_the_best);
	tcase_add_test(tc, test_small_sets_of_64_nodes_are_exact);
	tcase_add_test(tc, test_a_wide_search_ends);
	tcase_add_test(tc, test_all_nodes_are_always_tried);
	tcase_add_test_raise_signal(tc, test_s1_unordered_items_abort, SIGABRT);
	tcase_add_test_raise_signal(tc, test_s1_too_many_items_abort, SIGABRT);
	tcase_add_test_raise_signal(tc, test_s2_sets_of_nothing_abort,
				    SIGABRT);
	suite_add_tcase(suite, tc);
	return suite;
}
