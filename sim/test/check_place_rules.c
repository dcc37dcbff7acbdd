/*
 * check_place_rules.c - what is particular to each heuristic.
 *
 * The twin lists all sets of nodes as bit masks and applies the rule as its
 * essay says it: smallest sets that fit, then the heuristic's own order.
 */
#include "base/err.h"
#include "place/place.h"
#include "test/random_view.h"
#include "test/test.h"

#include <stdlib.h>
#include <string.h>

enum { NODES = 8, CASES = 400 };

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static struct random_view host;

/* Sums of a set of nodes, as fit.h means them. */
struct sums {
	nodeset nodes;
	uint64_t pages;
	uint32_t cpus;
	uint32_t vcpus;
	uint32_t count;
	uint64_t distance;
	uint32_t distance_max;
};

/* CPU by CPU: those in the pool and in the hard affinity. */
static uint32_t cpus_on(const struct place_request *request, uint32_t n)
{
	uint32_t count = 0;

	for (uint32_t c = 0; c < host.view.cpu_count; c++)
		count += host.cpu_to_node[c] == n &&
			 cpuset_has(&host.pool_cpus, c) &&
			 (!request->hard_cpus ||
			  cpuset_has(request->hard_cpus, c));
	return count;
}

static struct sums sum_up(const struct place_request *request, nodeset nodes)
{
	struct sums s = { .nodes = nodes };

	for (uint32_t n = 0; n < host.view.node_count; n++) {
		const struct place_node *node = &host.node[n];

		if (!nodeset_has(nodes, n))
			continue;
		if (node->free_pages > node->claimed_pages)
			s.pages += node->free_pages - node->claimed_pages;
		s.cpus += cpus_on(request, n);
		s.vcpus += node->vcpus;
		s.count++;
		for (uint32_t m = 0; m < host.view.node_count; m++) {
			uint32_t d = host.distance[n * host.view.node_count +
						   m];

			if (!nodeset_has(nodes, m))
				continue;
			s.distance += d;
			s.distance_max = d > s.distance_max ? d
							    : s.distance_max;
		}
	}
	return s;
}

/* Is nodes made of nodes that may be chosen, and does it hold the guest? */
static bool holds(const struct place_request *request, const struct sums *s)
{
	for (uint32_t n = 0; n < NODE_MAX; n++)
		if (nodeset_has(s->nodes, n) &&
		    (!host.node[n].online || cpus_on(request, n) == 0))
			return false;
	return s->pages >= request->need_pages && s->cpus >= request->vcpus;
}

/* Lists of ascending nodes, one of which may begin the other. */
static bool list_before(nodeset a, nodeset b)
{
	for (uint32_t n = 0; n < NODE_MAX; n++) {
		if (nodeset_has(a, n) == nodeset_has(b, n))
			continue;
		/* The one without n goes on with a larger node, or ends. */
		if (nodeset_has(a, n))
			return (b >> n) != 0;
		return (a >> n) == 0;
	}
	return false;
}

/* Is a better than b by the rule? Ties go to the first list. */
static int compare_number(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int by_order(const struct sums *a, const struct sums *b)
{
	(void)a;
	(void)b;
	return 0;
}

static int by_least_memory(const struct sums *a, const struct sums *b)
{
	return compare_number(a->pages, b->pages);
}

static int by_most_memory(const struct sums *a, const struct sums *b)
{
	return compare_number(b->pages, a->pages);
}

static int by_load(const struct sums *a, const struct sums *b)
{
	int order = compare_number(a->vcpus, b->vcpus);

	return order ? order : by_most_memory(a, b);
}

static int by_distance(const struct sums *a, const struct sums *b)
{
	int order = compare_number(a->distance, b->distance);

	return order ? order : by_load(a, b);
}

static const struct rule {
	const char *name;
	int (*compare)(const struct sums *a, const struct sums *b);
} rules[] = {
	{ "first-fit", by_order },
	{ "packed", by_least_memory },
	{ "spread", by_most_memory },
	{ "libxl-fixed", by_load },
	{ "distance", by_distance },
	{ "best", by_load },
};

static nodeset twin_pick(const struct rule *rule,
			 const struct place_request *request)
{
	struct sums best = {0};

	for (nodeset nodes = 1; nodes < 1u << host.view.node_count; nodes++) {
		struct sums s = sum_up(request, nodes);

		if (!holds(request, &s) ||
		    (best.nodes && s.count > best.count))
			continue;
		if (best.nodes && s.count == best.count) {
			int order = rule->compare(&s, &best);

			if (order > 0 ||
			    (order == 0 &&
			     !list_before(s.nodes, best.nodes)))
				continue;
		}
		best = s;
	}
	return best.nodes;
}

static void random_case(struct place_request *request, cpuset *hard,
			uint64_t *state)
{
	struct random_kind kind = {
		.nodes = (uint32_t)draw(state, 2, NODES),
		.cpuless = draw(state, 0, 3) == 0,
		.offline = draw(state, 0, 3) == 0,
		.small_pool = draw(state, 0, 3) == 0,
		.equal = draw(state, 0, 3) == 0,
		.huge = draw(state, 0, 3) == 0,
	};

	random_view_init(&host, state, &kind);
	random_request(request, state, &host.view, hard);
	host.view.dma_pages = 0; /* check_libxl.c has libxl-fixed's */
	request->forced_nodes = 0;
}

START_TEST(test_the_pick_is_the_rule_s)
{
	const struct rule *rule = &rules[_i];
	uint64_t state = 7;
	uint32_t none = 0, wide = 0;

	for (uint32_t i = 0; i < CASES; i++) {
		struct place_request request;
		struct place_answer answer = {0};
		cpuset hard;

		random_case(&request, &hard, &state);

		nodeset want = twin_pick(rule, &request);
		enum place_result result = place_find(rule->name)->pick(
			&host.view, &request, &answer);

		ck_assert_int_eq(result, want ? PLACE_OK : PLACE_NO_FIT);
		ck_assert_uint_eq(answer.nodes, want);
		ck_assert_uint_eq(answer.cpu_nodes, want);
		none += !want;
		wide += nodeset_count(want) > 1;
	}
	/* The cases are of all sorts. */
	ck_assert_uint_gt(none, CASES / 20);
	ck_assert_uint_gt(wide, CASES / 20);
}
END_TEST

/* Over all bits every smallest set comes up, and no other. */
START_TEST(test_random_draws_all_smallest_sets_and_no_other)
{
	uint64_t state = 8;
	struct rule any = { "random", by_order };

	for (uint32_t i = 0; i < 60; i++) {
		struct place_request request;
		cpuset hard;
		bool drawn[1 << NODES] = {false};
		uint32_t different = 0, sets = 0;

		random_case(&request, &hard, &state);

		uint32_t k = nodeset_count(twin_pick(&any, &request));

		for (request.random = 0; request.random < 200;
		     request.random++) {
			struct place_answer answer = {0};

			if (place_find("random")->pick(&host.view, &request,
						       &answer) != PLACE_OK)
				break;
			different += !drawn[answer.nodes];
			drawn[answer.nodes] = true;
		}
		for (nodeset n = 1; k && n < 1u << host.view.node_count; n++) {
			struct sums s = sum_up(&request, n);
			bool smallest = s.count == k && holds(&request, &s);

			sets += smallest;
			ck_assert(smallest == drawn[n]);
		}
		ck_assert_uint_eq(different, sets);
	}
}
END_TEST

/* xenopsd's rule: sort, first valid, filter by mean, take the least used. */
static struct sums twin_best_effort(const struct place_request *request)
{
	struct sums first = {0}, best = {0};
	double first_mean = 0;

	for (nodeset n = 1; n < 1u << host.view.node_count; n++) {
		struct sums s = sum_up(request, n);
		double mean = (double)s.distance / ((double)s.count * s.count);

		if (!holds(request, &s))
			continue;
		if (!first.nodes || s.distance_max < first.distance_max ||
		    (s.distance_max == first.distance_max &&
		     mean < first_mean)) {
			first = s;
			first_mean = mean;
		}
	}
	for (nodeset n = 1; n < 1u << host.view.node_count; n++) {
		struct sums s = sum_up(request, n);
		double mean = (double)s.distance / ((double)s.count * s.count);

		if (!holds(request, &s) || mean > first_mean + 1e-3 ||
		    mean < first_mean - 1e-3)
			continue;
		if (!best.nodes || s.vcpus < best.vcpus ||
		    (s.vcpus == best.vcpus && list_before(n, best.nodes)))
			best = s;
	}
	return best;
}

/* The set explain() speaks of first, for a guest that is striped. */
static void first_note(void *arg, nodeset nodes, double score,
		       const char *text)
{
	nodeset *first = arg;

	(void)score;
	(void)text;
	if (!*first)
		*first = nodes;
}

START_TEST(test_best_effort_is_xenopsd_s)
{
	const struct place_ops *ops = place_find("best-effort");
	uint64_t state = 9;
	uint32_t declined = 0, none = 0;

	for (uint32_t i = 0; i < CASES; i++) {
		struct place_request request;
		struct place_answer answer = {0};
		nodeset explained = 0;
		cpuset hard;

		random_case(&request, &hard, &state);
		/* Now and then all are as near as to itself. */
		if (i % 4 == 0)
			memset(host.distance, i % 8 ? 10 : 20,
			       sizeof(host.distance));

		struct sums want = twin_best_effort(&request);
		enum place_result result = ops->pick(&host.view, &request,
						     &answer);

		ck_assert_int_eq(result, !want.nodes       ? PLACE_NO_FIT
					 : want.count == 1 ? PLACE_OK
							   : PLACE_DECLINED);
		ck_assert_uint_eq(answer.nodes,
				  want.count == 1 ? want.nodes : 0);
		ops->explain(&host.view, &request, first_note, &explained);
		if (want.nodes)
			ck_assert_uint_eq(explained, want.nodes);
		declined += result == PLACE_DECLINED;
		none += result == PLACE_NO_FIT;
	}
	ck_assert_uint_gt(declined, CASES / 20);
	ck_assert_uint_gt(none, CASES / 20);
}
END_TEST

/* Four nodes in a line, 8 CPUs and 32 GiB each; node 2 is idle. */
static void line_host(void)
{
	uint64_t state = 3;
	struct random_kind kind = { .nodes = 4, .equal = true };

	random_view_init(&host, &state, &kind);
	memset(&host.pool_cpus, 0, sizeof(host.pool_cpus));
	host.view.cpu_count = 32;
	host.view.dma_pages = 0;
	for (uint32_t c = 0; c < 32; c++) {
		host.cpu_to_node[c] = (uint16_t)(c / 8);
		cpuset_add(&host.pool_cpus, c);
	}
	for (uint32_t n = 0; n < 4; n++) {
		host.node[n].pcpus = host.node[n].pool_pcpus = 8;
		host.node[n].free_pages = 32 * PAGES_PER_GIB;
		host.node[n].vcpus = n == 2 ? 0 : 4;
		for (uint32_t m = 0; m < 4; m++)
			host.distance[n * 4 + m] = (uint8_t)(
				10 + 10 * (n > m ? n - m : m - n));
	}
}

/*
 * By hand on the line. Home is node 2, the idle one; the farthest from it is
 * node 0. A guest of 12 vCPUs needs two nodes: {0,2} has 4 vCPUs and is the
 * first such. Of the others node 1 is 20 + 20 from the two and node 3 40 + 20,
 * so worst runs on 3.
 */
static const struct baseline {
	const char *name;
	uint32_t vcpus;
	nodeset forced;
	enum place_result result;
	nodeset nodes;
	nodeset cpu_nodes;
} baselines[] = {
	{ "best", 4, 0, PLACE_OK, 4, 4 },
	{ "worst", 4, 0, PLACE_OK, 4, 1 },
	{ "pinned", 4, 0, PLACE_OK, 15, 4 },
	{ "best", 4, 1 << 3, PLACE_OK, 8, 8 },
	{ "worst", 4, 1 << 3, PLACE_OK, 8, 1 },
	{ "pinned", 4, 1 << 3, PLACE_OK, 15, 8 },
	{ "worst", 4, 1 << 1, PLACE_OK, 2, 8 },
	{ "worst", 4, 1 << 1 | 1 << 2, PLACE_OK, 6, 1 }, /* 0 as far as 3 */
	{ "best", 12, 0, PLACE_OK, 5, 5 },
	{ "worst", 12, 0, PLACE_OK, 5, 8 },
	{ "pinned", 12, 0, PLACE_OK, 15, 5 },
	{ "best", 4, 3, PLACE_OK, 3, 3 },
	{ "best", 40, 0, PLACE_NO_FIT, 0, 0 },
	{ "worst", 40, 0, PLACE_NO_FIT, 0, 0 },
	{ "pinned", 40, 0, PLACE_NO_FIT, 0, 0 },
	{ "best", 4, 1 << 4, PLACE_NO_FIT, 0, 0 },
	{ "worst", 4, 15, PLACE_OK, 15, 15 },
	{ "stripe", 4, 0, PLACE_DECLINED, 0, 0 },
};

START_TEST(test_baselines_by_hand)
{
	const struct baseline *b = &baselines[_i];
	struct place_request request = {
		.vcpus = b->vcpus,
		.need_pages = 8 * PAGES_PER_GIB,
		.forced_nodes = b->forced,
	};
	struct place_answer answer;
	enum place_result result;
	struct err err = {{0}};

	line_host();
	ck_assert_int_eq(place_run(place_find(b->name), &host.view, &request,
				   &result, &answer, &err), 0);
	ck_assert_int_eq(result, b->result);
	ck_assert_uint_eq(answer.nodes, b->nodes);
	ck_assert_uint_eq(answer.cpu_nodes, b->cpu_nodes);
	if (result == PLACE_OK)
		ck_assert_int_eq(answer.affinity, PLACE_HARD);
}
END_TEST

/* pinned does not ask whether memory fits its node; best does. */
START_TEST(test_pinned_memory_may_exceed_the_node)
{
	struct place_request request = {
		.vcpus = 4, .need_pages = 100 * PAGES_PER_GIB,
	};
	struct place_answer answer = {0};

	line_host();
	place_find("pinned")->pick(&host.view, &request, &answer);
	ck_assert_uint_eq(answer.cpu_nodes, 4);
	memset(&answer, 0, sizeof(answer));
	place_find("best")->pick(&host.view, &request, &answer);
	ck_assert_uint_eq(answer.nodes, 15);
}
END_TEST

/* Memory forced on a node without CPUs: its vCPUs run on the nearest. */
START_TEST(test_best_on_a_memory_node_runs_next_to_it)
{
	struct place_request request = {
		.vcpus = 4, .need_pages = 1, .forced_nodes = 1 << 3,
	};
	struct place_answer answer = {0};

	line_host();
	for (uint32_t c = 0; c < 32; c++) {
		if (host.cpu_to_node[c] == 0 || host.cpu_to_node[c] == 2)
			continue;
		host.cpu_to_node[c] = NODE_NONE;
		cpuset_del(&host.pool_cpus, c);
	}
	host.node[1].pcpus = host.node[1].pool_pcpus = 0;
	host.node[3].pcpus = host.node[3].pool_pcpus = 0;
	place_view_check(&host.view);
	place_find("best")->pick(&host.view, &request, &answer);
	ck_assert_uint_eq(answer.nodes, 1 << 3);
	ck_assert_uint_eq(answer.cpu_nodes, 1 << 2);

	request.forced_nodes = 1 << 1; /* as near to 0 as to 2 */
	place_find("best")->pick(&host.view, &request, &answer);
	ck_assert_uint_eq(answer.cpu_nodes, 1 << 0);
}
END_TEST

/*
 * On the line nodes 0, 2 and 3 are idle. libxl-fixed takes the first idle pair,
 * {0,2}, 20 apart; distance the idle pair of neighbours, {2,3}: {0,1} is as
 * near but has 4 vCPUs.
 */
START_TEST(test_distance_prefers_neighbours)
{
	struct place_request request = {
		.vcpus = 12, .need_pages = 8 * PAGES_PER_GIB,
	};
	struct place_answer answer = {0};

	line_host();
	host.node[0].vcpus = host.node[3].vcpus = 0;
	place_find("libxl-fixed")->pick(&host.view, &request, &answer);
	ck_assert_uint_eq(answer.nodes, 1 | 4);
	place_find("distance")->pick(&host.view, &request, &answer);
	ck_assert_uint_eq(answer.nodes, 4 | 8);
}
END_TEST

/*
 * Three vnodes of 20, 8 and 8 GiB on {0,1} with 32 GiB each: the largest goes
 * to node 0 (equal, so first), the next to node 1 (no vCPUs yet), the last to
 * the one with fewer vCPUs, node 1 (2 against 4). A fourth of 30 GiB: none.
 */
START_TEST(test_vnodes_are_dealt_largest_first)
{
	struct place_request request = {
		.vcpus = 12, .need_pages = 36 * PAGES_PER_GIB,
		.vnode_count = 3,
		.vnode = { { 8 * PAGES_PER_GIB, 2 }, { 20 * PAGES_PER_GIB, 4 },
			   { 8 * PAGES_PER_GIB, 6 } },
	};
	struct place_answer answer = {0};

	line_host();
	place_find("first-fit")->pick(&host.view, &request, &answer);
	ck_assert_uint_eq(answer.nodes, 3);
	ck_assert(answer.vnodes_placed);
	ck_assert_uint_eq(answer.vnode_to_pnode[1], 0);
	ck_assert_uint_eq(answer.vnode_to_pnode[0], 1);
	ck_assert_uint_eq(answer.vnode_to_pnode[2], 1);

	memset(&answer, 0, sizeof(answer));
	request.vnode[2].pages = 33 * PAGES_PER_GIB;
	place_find("first-fit")->pick(&host.view, &request, &answer);
	ck_assert(!answer.vnodes_placed);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("place_rules");
	TCase *tc = tcase_create("rules");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, test_the_pick_is_the_rule_s, 0, COUNT(rules));
	tcase_add_test(tc, test_random_draws_all_smallest_sets_and_no_other);
	tcase_add_test(tc, test_best_effort_is_xenopsd_s);
	tcase_add_loop_test(tc, test_baselines_by_hand, 0, COUNT(baselines));
	tcase_add_test(tc, test_pinned_memory_may_exceed_the_node);
	tcase_add_test(tc, test_best_on_a_memory_node_runs_next_to_it);
	tcase_add_test(tc, test_distance_prefers_neighbours);
	tcase_add_test(tc, test_vnodes_are_dealt_largest_first);
	suite_add_tcase(suite, tc);
	return suite;
}
