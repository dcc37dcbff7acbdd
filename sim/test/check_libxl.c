/*
 * check_libxl.c - libxl's search: by hand, beside the naive enumeration, and
 * fast; each defect it must have, and libxl-fixed's repair of each.
 */
#include "base/units.h"
#include "place/libxl_search.h"
#include "test/random_view.h"
#include "test/test.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define GIB_KIB UINT64_C(1048576)
#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* --- the twin: facts/xen.md 1.5, every set of every size, CPU by CPU */

struct twin {
	const struct libxl_query *q;
	uint32_t cpu_count;
	uint8_t cpu_to_node[CPU_MAX]; /* of suitable CPUs */
	uint32_t suit[NODE_MAX];
	uint32_t suit_count;
};

static void twin_init(struct twin *t, const struct libxl_query *q)
{
	memset(t, 0, sizeof(*t));
	t->q = q;
	for (uint32_t n = 0; n < q->node_count; n++) {
		if (q->node[n].suitable_pcpus)
			t->suit[t->suit_count++] = n;
		for (uint32_t c = 0; c < q->node[n].suitable_pcpus; c++)
			t->cpu_to_node[t->cpu_count++] = (uint8_t)n;
	}
}

static void twin_look(const struct twin *t, const uint32_t *pick, uint32_t k,
		      bool *found, struct libxl_candidate *best)
{
	struct libxl_candidate x = { .node_count = k };

	for (uint32_t i = 0; i < k; i++) {
		const struct libxl_node *node = &t->q->node[t->suit[pick[i]]];

		x.nodes = nodeset_add(x.nodes, t->suit[pick[i]]);
		x.free_memkb += (uint32_t)node->free_memkb;
		x.vcpus += node->vcpus;
	}
	if (x.free_memkb < t->q->need_memkb)
		return;
	for (uint32_t c = 0; c < t->cpu_count; c++)
		x.cpus += nodeset_has(x.nodes, t->cpu_to_node[c]);
	if (x.cpus < t->q->min_cpus)
		return;
	if (*found) {
		int64_t more_vcpus = (int64_t)x.vcpus - best->vcpus;
		uint32_t less_memkb = best->free_memkb - x.free_memkb;

		if (t->q->first_fit || more_vcpus > 0)
			return;
		/* An int of the difference: negative from 2^31 on. */
		if (more_vcpus == 0 && less_memkb < UINT32_C(1) << 31)
			return;
	}
	*found = true;
	*best = x;
}

static bool next_combination(uint32_t *pick, uint32_t k, uint32_t n)
{
	uint32_t i = k;

	while (i > 0 && pick[i - 1] == n - k + i - 1)
		i--;
	if (i == 0)
		return false;
	pick[i - 1]++;
	for (; i < k; i++)
		pick[i] = pick[i - 1] + 1;
	return true;
}

static int twin_search(const struct libxl_query *q, bool *found,
		       struct libxl_candidate *best)
{
	struct twin t;
	uint32_t pick[NODE_MAX];
	uint32_t per_node = 0;
	bool same = true;

	*found = false;
	twin_init(&t, q);
	if (q->node_count <= 1 || q->node_count > 16 || t.suit_count == 0)
		return 0;
	for (uint32_t n = 0; n < q->node_count; n++) {
		if (per_node && q->node[n].pcpus != per_node)
			same = false;
		per_node = q->node[n].pcpus;
	}

	uint32_t lo = q->min_nodes;
	uint32_t hi = q->max_nodes ? q->max_nodes : t.suit_count;

	if (lo == 0)
		lo = same && per_node ? (q->min_cpus + per_node - 1) / per_node
				      : 1;
	lo = lo < 1 ? 1 : lo > t.suit_count ? t.suit_count : lo;
	hi = hi > t.suit_count ? t.suit_count : hi;
	if (lo > hi)
		return -6;
	for (uint32_t k = lo; k <= hi && !*found; k++) {
		for (uint32_t i = 0; i < k; i++)
			pick[i] = i;
		do {
			twin_look(&t, pick, k, found, best);
		} while (next_combination(pick, k, t.suit_count));
	}
	return 0;
}

static void random_query(struct libxl_query *q, uint64_t *state)
{
	static const uint64_t scale_kib[] = {
		1, GIB_KIB, GIB_KIB * 128, GIB_KIB * 1024,
	};
	uint64_t scale = scale_kib[draw(state, 0, 3)];
	bool equal_cpus = draw(state, 0, 1);
	uint64_t total = 0;

	memset(q, 0, sizeof(*q));
	q->node_count = (uint32_t)draw(state, 1, draw(state, 0, 9) ? 9 : 17);
	for (uint32_t n = 0; n < q->node_count; n++) {
		struct libxl_node *node = &q->node[n];

		node->pcpus = equal_cpus ? 8 : (uint32_t)draw(state, 0, 8);
		node->suitable_pcpus = draw(state, 0, 3)
					       ? node->pcpus
					       : (uint32_t)draw(state, 0,
								node->pcpus);
		node->free_memkb = draw(state, 0, 6) * scale +
				   (draw(state, 0, 1) ? draw(state, 0, 9) : 0);
		node->vcpus = (uint32_t)draw(state, 0, 3) * 4;
		total += node->free_memkb;
	}
	q->need_memkb = draw(state, 0, total / draw(state, 1, 8));
	q->min_cpus = (uint32_t)draw(state, 0, draw(state, 0, 1) ? 8 : 40);
	if (draw(state, 0, 3) == 0)
		q->min_nodes = (uint32_t)draw(state, 0, 6);
	if (draw(state, 0, 3) == 0)
		q->max_nodes = (uint32_t)draw(state, 0, 6);
	q->first_fit = draw(state, 0, 7) == 0;
}

/* Ties, wraps at 4 TiB and flips at 2 TiB are all among the cases. */
START_TEST(test_search_is_the_naive_enumeration_s)
{
	uint64_t state = 1000 + (uint64_t)_i;
	uint32_t found_count = 0, wrapped = 0, refused = 0;

	for (uint32_t i = 0; i < 3000; i++) {
		struct libxl_query q;
		struct libxl_candidate want = {0}, got = {0};
		bool want_found, got_found;

		random_query(&q, &state);

		int rc = twin_search(&q, &want_found, &want);

		ck_assert_int_eq(libxl_search(&q, &got_found, &got), rc);
		ck_assert_int_eq(got_found, want_found);
		refused += rc != 0;
		if (!got_found)
			continue;
		ck_assert_uint_eq(got.nodes, want.nodes);
		ck_assert_uint_eq(got.node_count, want.node_count);
		ck_assert_uint_eq(got.cpus, want.cpus);
		ck_assert_uint_eq(got.vcpus, want.vcpus);
		ck_assert_uint_eq(got.free_memkb, want.free_memkb);

		uint64_t full = 0;

		for (uint32_t n = 0; n < q.node_count; n++)
			if (nodeset_has(got.nodes, n))
				full += q.node[n].free_memkb;
		wrapped += full != got.free_memkb;
		found_count++;
	}
	ck_assert_uint_gt(found_count, 500);
	ck_assert_uint_gt(wrapped, 20);
	ck_assert_uint_gt(refused, 20);
}
END_TEST

START_TEST(test_rank_is_led_by_the_winner)
{
	uint64_t state = 9;

	for (uint32_t i = 0; i < 2000; i++) {
		struct libxl_query q;
		struct libxl_candidate best, top[4];
		uint64_t fit_count;
		bool found;

		random_query(&q, &state);
		q.first_fit = false;
		libxl_search(&q, &found, &best);

		uint32_t count = libxl_rank(&q, top, 4, &fit_count);

		ck_assert_int_eq(count > 0, found);
		ck_assert_uint_eq(count, fit_count < 4 ? fit_count : 4);
		if (found)
			ck_assert_uint_eq(top[0].nodes, best.nodes);
	}
}
END_TEST

/* --- facts/xen.md 1.9 */

static const struct vector {
	uint32_t nodes;
	uint32_t cpus;
	uint64_t free_memkb[4];
	uint32_t vcpus[4];
	uint64_t need_memkb;
	uint32_t min_cpus;
	nodeset picked; /* 0: not found */
} vectors[] = {
	{ 2, 8, { 20 * GIB_KIB, 30 * GIB_KIB }, { 12, 12 }, 4 * GIB_KIB, 4,
	  1 << 1 },
	{ 2, 8, { 20 * GIB_KIB, 30 * GIB_KIB }, { 12, 16 }, 4 * GIB_KIB, 4,
	  1 << 0 },
	{ 2, 8, { 20 * GIB_KIB, 20 * GIB_KIB }, { 12, 12 }, 4 * GIB_KIB, 4,
	  1 << 0 },
	{ 2, 8, { 6 * GIB_KIB, 5 * GIB_KIB }, { 0, 0 }, 10 * GIB_KIB, 4, 3 },
	{ 2, 8, { 60 * GIB_KIB, 60 * GIB_KIB }, { 0, 0 }, 10 * GIB_KIB, 12,
	  3 },
	{ 2, 8, { 60 * GIB_KIB, 60 * GIB_KIB }, { 0, 0 }, 10 * GIB_KIB, 20,
	  0 },
	{ 4, 4, { 10 * GIB_KIB, 12 * GIB_KIB, 8 * GIB_KIB, 12 * GIB_KIB },
	  { 4, 4, 4, 4 }, 18 * GIB_KIB, 6, 1 << 1 | 1 << 3 },
	{ 2, 8, { 1024 * GIB_KIB, 4096 * GIB_KIB + 10 }, { 0, 0 },
	  4 * GIB_KIB, 4, 1 << 0 },
	{ 2, 8, { 100 * GIB_KIB, 2500 * GIB_KIB }, { 5, 5 }, 4 * GIB_KIB, 4,
	  1 << 0 },
};

START_TEST(test_the_fact_sheet_s_vectors)
{
	const struct vector *v = &vectors[_i];
	struct libxl_query q = {
		.node_count = v->nodes,
		.need_memkb = v->need_memkb,
		.min_cpus = v->min_cpus,
	};
	struct libxl_candidate best;
	bool found;

	for (uint32_t n = 0; n < v->nodes; n++)
		q.node[n] = (struct libxl_node){
			v->free_memkb[n], v->cpus, v->cpus, v->vcpus[n],
		};
	ck_assert_int_eq(libxl_search(&q, &found, &best), 0);
	ck_assert_int_eq(found, v->picked != 0);
	if (found)
		ck_assert_uint_eq(best.nodes, v->picked);
}
END_TEST

/*
 * 4096 MiB + 20480 KiB shadow + 1 or 2 MiB = 4215808 or 4216832 KiB, rounded
 * up to 2 MiB: 4216832 both.
 */
START_TEST(test_memory_asked_for)
{
	ck_assert_uint_eq(libxl_need_memkb(false, 4194304, 20480, 0), 4216832);
	ck_assert_uint_eq(libxl_need_memkb(true, 4194304, 20480, 0), 4216832);
	ck_assert_uint_eq(libxl_need_memkb(true, 0, 0, 1024), 2048);
	ck_assert_uint_eq(libxl_need_memkb(true, 0, 0, 1025), 4096);
}
END_TEST

/* --- defects, and their repairs */

/* nodes nodes of 8 CPUs, 64 GiB free each, nobody there, one pool. */
static void plain_host(struct random_view *r, uint32_t nodes)
{
	uint64_t state = 0;
	struct random_kind kind = { .nodes = nodes, .equal = true };

	random_view_init(r, &state, &kind);
	memset(&r->pool_cpus, 0, sizeof(r->pool_cpus));
	r->view.cpu_count = nodes * 8;
	for (uint32_t c = 0; c < nodes * 8; c++) {
		r->cpu_to_node[c] = (uint16_t)(c / 8);
		cpuset_add(&r->pool_cpus, c);
	}
	for (uint32_t n = 0; n < nodes; n++) {
		r->node[n].pcpus = r->node[n].pool_pcpus = 8;
		r->node[n].vcpus = 0;
		r->node[n].total_pages = 8192 * PAGES_PER_GIB;
		r->node[n].free_pages = 64 * PAGES_PER_GIB;
	}
	r->view.dma_pages = 0;
}

/* The nodes name picks for a guest of need_gib and 4 vCPUs; 0 unless OK. */
static nodeset picks(const char *name, const struct random_view *r,
		     uint64_t need_gib, const cpuset *hard)
{
	struct place_request request = {
		.vcpus = 4,
		.need_pages = need_gib * PAGES_PER_GIB,
		.hard_cpus = hard,
	};
	struct place_answer answer = {0};

	place_view_check(&r->view);
	if (place_find(name)->pick(&r->view, &request, &answer) != PLACE_OK)
		return NODESET_NONE;
	return answer.nodes;
}

static struct random_view host;

/* F1: node 1 has 4 TiB and 12 KiB, in 32 bits 12 KiB. */
START_TEST(test_libxl_wraps_at_4_tib_and_fixed_does_not)
{
	plain_host(&host, 2);
	host.node[0].free_pages = 1024 * PAGES_PER_GIB;
	host.node[1].free_pages = 4096 * PAGES_PER_GIB + 3;
	ck_assert_uint_eq(picks("libxl", &host, 4, NULL), 1 << 0);
	ck_assert_uint_eq(picks("libxl-fixed", &host, 4, NULL), 1 << 1);
}
END_TEST

/* F2: 2400 GiB more is, as an int of KiB, less. */
START_TEST(test_libxl_flips_at_2_tib_and_fixed_does_not)
{
	plain_host(&host, 2);
	host.node[0].free_pages = 100 * PAGES_PER_GIB;
	host.node[1].free_pages = 2500 * PAGES_PER_GIB;
	ck_assert_uint_eq(picks("libxl", &host, 4, NULL), 1 << 0);
	ck_assert_uint_eq(picks("libxl-fixed", &host, 4, NULL), 1 << 1);
}
END_TEST

/* F3: pinned to node 1 while node 0 is emptier (facts/xen.md 11, G6). */
START_TEST(test_libxl_ignores_hard_affinity_and_fixed_does_not)
{
	cpuset node1 = {{0}};
	cpuset none = {{0}};

	for (uint32_t c = 8; c < 16; c++)
		cpuset_add(&node1, c);
	plain_host(&host, 2);
	host.node[1].vcpus = 8;
	ck_assert_uint_eq(picks("libxl", &host, 4, &node1), 1 << 0);
	ck_assert_uint_eq(picks("libxl-fixed", &host, 4, &node1), 1 << 1);
	/* No common CPU: libxl fails the creation, we have no place. */
	ck_assert_uint_eq(picks("libxl", &host, 4, &none), 0);
	ck_assert_uint_eq(picks("libxl-fixed", &host, 4, &none), 0);
}
END_TEST

/* F4: the emptiest of 17 is the last. */
START_TEST(test_libxl_declines_17_nodes_and_fixed_does_not)
{
	struct place_request request = { .vcpus = 4, .need_pages = 1 };
	struct place_answer answer = {0};

	plain_host(&host, 17);
	host.node[16].free_pages += 1;
	ck_assert_int_eq(place_find("libxl")->pick(&host.view, &request,
						   &answer),
			 PLACE_DECLINED);
	ck_assert_uint_eq(picks("libxl-fixed", &host, 4, NULL), 1 << 16);
	plain_host(&host, 16);
	ck_assert_uint_eq(picks("libxl", &host, 4, NULL), 1 << 0);
}
END_TEST

/* F5: node 1 has 60 GiB, 58 of them promised to another. */
START_TEST(test_libxl_offers_claimed_memory_and_fixed_does_not)
{
	plain_host(&host, 2);
	host.node[0].free_pages = 20 * PAGES_PER_GIB;
	host.node[1].free_pages = 60 * PAGES_PER_GIB;
	host.node[1].claimed_pages = 58 * PAGES_PER_GIB;
	ck_assert_uint_eq(picks("libxl", &host, 4, NULL), 1 << 1);
	ck_assert_uint_eq(picks("libxl-fixed", &host, 4, NULL), 1 << 0);
}
END_TEST

/*
 * F6, facts/xen.md 11, G1: 16 GiB on node 0, 4 of them handed out last. 14 GiB
 * do not come from there while node 1 has them; with 2 GiB on node 1, 12 + 2
 * do; with nothing on node 1 the reserve has to serve.
 */
START_TEST(test_libxl_counts_the_dma_reserve_and_fixed_does_not)
{
	plain_host(&host, 2);
	host.view.dma_pages = 4 * PAGES_PER_GIB;
	host.node[0].free_pages = 16 * PAGES_PER_GIB;
	host.node[1].free_pages = 16 * PAGES_PER_GIB;
	host.node[1].vcpus = 4;
	ck_assert_uint_eq(picks("libxl", &host, 14, NULL), 1 << 0);
	ck_assert_uint_eq(picks("libxl-fixed", &host, 14, NULL), 1 << 1);
	host.node[1].free_pages = 2 * PAGES_PER_GIB;
	ck_assert_uint_eq(picks("libxl", &host, 14, NULL), 1 << 0);
	ck_assert_uint_eq(picks("libxl-fixed", &host, 14, NULL), 3);
	host.node[1].free_pages = 0;
	ck_assert_uint_eq(picks("libxl-fixed", &host, 14, NULL), 1 << 0);
}
END_TEST

/* F7: two vnodes of 8 GiB on two nodes with 10 GiB. */
START_TEST(test_libxl_places_no_vnodes_and_fixed_does)
{
	struct place_request request = {
		.vcpus = 4,
		.need_pages = 16 * PAGES_PER_GIB,
		.vnode_count = 2,
		.vnode = { { 8 * PAGES_PER_GIB, 2 }, { 8 * PAGES_PER_GIB, 2 } },
	};
	struct place_answer answer = {0};

	plain_host(&host, 2);
	host.node[0].free_pages = host.node[1].free_pages =
		10 * PAGES_PER_GIB;
	place_find("libxl")->pick(&host.view, &request, &answer);
	ck_assert_uint_eq(answer.nodes, 3);
	ck_assert(!answer.vnodes_placed);
	place_find("libxl-fixed")->pick(&host.view, &request, &answer);
	ck_assert_uint_eq(answer.nodes, 3);
	ck_assert(answer.vnodes_placed);
	ck_assert_uint_eq(answer.vnode_to_pnode[0], 0);
	ck_assert_uint_eq(answer.vnode_to_pnode[1], 1);
}
END_TEST

/* --- time */

/* Optimised, all 65,535 sets take at most 1 ms; unoptimised and under asan
 * the code is the same and the time is not what is looked at. */
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__)
enum { LIMIT_NS = 1000000 };
#else
enum { LIMIT_NS = 50000000 };
#endif

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/*
 * 16 nodes; what fits is nothing, so that every size is tried. 0: sums stay
 * small, the search prunes; 1: they wrap, and every set is looked at; 2: the
 * widest size, all nodes equal, every set of 8 fits.
 */
START_TEST(test_16_nodes_take_a_millisecond_at_most)
{
	struct libxl_query q = { .node_count = 16, .min_cpus = 8 };
	struct libxl_candidate best;
	int64_t least_ns = INT64_MAX;
	bool found;

	for (uint32_t n = 0; n < 16; n++)
		q.node[n] = (struct libxl_node){
			(_i == 1 ? 900 : 64) * GIB_KIB + n % 3, 8, 8, n % 2,
		};
	q.need_memkb = _i == 2 ? 8 * 64 * GIB_KIB : UINT32_MAX + UINT64_C(1);
	for (uint32_t i = 0; i < 20; i++) {
		int64_t start_ns = now_ns();

		libxl_search(&q, &found, &best);
		int64_t took_ns = now_ns() - start_ns;

		least_ns = took_ns < least_ns ? took_ns : least_ns;
	}
	ck_assert_int_eq(found, _i == 2);
	ck_assert_int_le(least_ns, LIMIT_NS);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("libxl");
	TCase *search = tcase_create("search");
	TCase *defects = tcase_create("defects");

	tcase_set_timeout(search, 60);
	tcase_add_loop_test(search, test_search_is_the_naive_enumeration_s, 0,
			    4);
	tcase_add_test(search, test_rank_is_led_by_the_winner);
	tcase_add_loop_test(search, test_the_fact_sheet_s_vectors, 0,
			    COUNT(vectors));
	tcase_add_test(search, test_memory_asked_for);
	tcase_add_loop_test(search, test_16_nodes_take_a_millisecond_at_most,
			    0, 3);
	tcase_add_test(defects,
		       test_libxl_wraps_at_4_tib_and_fixed_does_not);
	tcase_add_test(defects,
		       test_libxl_flips_at_2_tib_and_fixed_does_not);
	tcase_add_test(defects,
		       test_libxl_ignores_hard_affinity_and_fixed_does_not);
	tcase_add_test(defects,
		       test_libxl_declines_17_nodes_and_fixed_does_not);
	tcase_add_test(defects,
		       test_libxl_offers_claimed_memory_and_fixed_does_not);
	tcase_add_test(defects,
		       test_libxl_counts_the_dma_reserve_and_fixed_does_not);
	tcase_add_test(defects, test_libxl_places_no_vnodes_and_fixed_does);
	suite_add_tcase(suite, search);
	suite_add_tcase(suite, defects);
	return suite;
}
