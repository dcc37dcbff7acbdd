/*
 * check_place.c - what holds for every heuristic of the table, on random
 * hosts: its answer is legal, the same twice, and nothing it saw has changed.
 * Then the invariants of views, requests and answers, each broken once.
 *
 * What is particular to one heuristic: check_place_rules.c, check_libxl.c.
 */
#include "base/err.h"
#include "place/place.h"
#include "test/random_view.h"
#include "test/test.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { CASES = 60, TABLE_MAX = 64 };

static const struct random_kind kinds[] = {
	{ .nodes = 1 },
	{ .nodes = 1, .small_pool = true },
	{ .nodes = 2 },
	{ .nodes = 4, .equal = true },
	{ .nodes = 8, .cpuless = true },
	{ .nodes = 8, .offline = true },
	{ .nodes = 8, .cpuless = true, .offline = true, .small_pool = true },
	{ .nodes = 16, .small_pool = true },
	{ .nodes = 16, .huge = true },
	{ .nodes = 17 },
	{ .nodes = 64, .equal = true },
	{ .nodes = 64, .cpuless = true, .offline = true, .huge = true },
};

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static struct random_view host, host_before;

START_TEST(test_any_heuristic_is_legal_and_pure)
{
	const struct place_ops *ops = place_at((uint32_t)_i);
	uint64_t state = 42;

	for (int k = 0; k < COUNT(kinds); k++) {
		for (uint32_t i = 0; i < CASES; i++) {
			struct place_request request, request_before;
			struct place_answer answer, again;
			enum place_result result, result_again;
			struct err err = {{0}};
			cpuset hard;

			random_view_init(&host, &state, &kinds[k]);
			random_request(&request, &state, &host.view, &hard);
			place_view_check(&host.view);
			place_request_check(&request);
			memcpy(&host_before, &host, sizeof(host));
			memcpy(&request_before, &request, sizeof(request));

			ck_assert_msg(place_run(ops, &host.view, &request,
						&result, &answer, &err) == 0,
				      "%s", err.text);
			ck_assert_int_eq(place_run(ops, &host.view, &request,
						   &result_again, &again,
						   &err), 0);
			ck_assert_int_eq(result, result_again);
			ck_assert_mem_eq(&answer, &again, sizeof(answer));
			ck_assert_mem_eq(&host, &host_before, sizeof(host));
			ck_assert_mem_eq(&request, &request_before,
					 sizeof(request));
		}
	}
}
END_TEST

/* What explain() noted. */
struct notes {
	uint32_t count;
	nodeset first;
};

static void take_note(void *arg, nodeset nodes, double score, const char *text)
{
	struct notes *notes = arg;

	ck_assert(*text != '\0' && !strchr(text, '\n'));
	ck_assert(!isinf(score));
	if (notes->count++ == 0)
		notes->first = nodes;
}

START_TEST(test_any_explanation_begins_with_the_pick)
{
	const struct place_ops *ops = place_at((uint32_t)_i);
	uint64_t state = 43;

	ck_assert(ops->explain != NULL);
	for (int k = 0; k < COUNT(kinds); k++) {
		for (uint32_t i = 0; i < 10; i++) {
			struct place_request request;
			struct place_answer answer;
			enum place_result result;
			struct notes notes = {0};
			struct err err;
			cpuset hard;

			random_view_init(&host, &state, &kinds[k]);
			random_request(&request, &state, &host.view, &hard);
			place_run(ops, &host.view, &request, &result, &answer,
				  &err);
			ops->explain(&host.view, &request, take_note, &notes);
			ck_assert_uint_ge(notes.count, 1);
			if (result == PLACE_OK)
				ck_assert_uint_eq(notes.first, answer.nodes);
		}
	}
}
END_TEST

START_TEST(test_the_table_is_found_by_name)
{
	static const char legal[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	const char *names[TABLE_MAX];
	uint32_t count = place_names(names, TABLE_MAX);

	ck_assert_uint_eq(count, place_count());
	ck_assert_uint_ge(count, 10);
	for (uint32_t i = 0; i < count; i++) {
		const struct place_ops *ops = place_at(i);

		ck_assert_ptr_eq(place_find(names[i]), ops);
		ck_assert_uint_eq(ops->abi, PLACE_ABI);
		ck_assert_uint_eq(strspn(ops->name, legal), strlen(ops->name));
		ck_assert(*ops->summary && strlen(ops->summary) < 70);
	}
	ck_assert_ptr_null(place_find("libx"));
	ck_assert_ptr_null(place_find(""));
	ck_assert_uint_eq(place_names(names, 0), count);
}
END_TEST

/* --- A1 to A3 */

/* Three nodes: 0 is fine, 1 has no CPU, 2 is offline, 3 is out of the pool. */
static void checked_host(void)
{
	uint64_t state = 1;
	struct random_kind kind = { .nodes = 4, .equal = true };

	random_view_init(&host, &state, &kind);
	for (uint32_t c = 0; c < host.view.cpu_count; c++) {
		uint16_t *n = &host.cpu_to_node[c];

		if (*n == 1 || *n == 2 || *n == 3)
			cpuset_del(&host.pool_cpus, c);
		if (*n == 1 || *n == 2)
			*n = NODE_NONE;
	}
	for (uint32_t n = 1; n < 4; n++)
		host.node[n].pool_pcpus = 0;
	host.node[1].pcpus = host.node[2].pcpus = 0;
	host.node[2].online = false;
	host.node[2].free_pages = host.node[2].total_pages = 0;
	place_view_check(&host.view);
}

static const struct answer_case {
	struct place_answer answer;
	uint32_t vnode_count;
	const char *says; /* NULL: legal */
} answers[] = {
	{ { .nodes = 1 }, 0, NULL },
	{ { .nodes = 0 }, 0, "picked no node" },
	{ { .nodes = 1 << 2 }, 0, "picked node 2, which is not online" },
	{ { .nodes = 1 | 1 << 9 }, 0, "picked node 9" },
	{ { .nodes = 2, .cpu_nodes = 1, .affinity = PLACE_SOFT }, 0, NULL },
	{ { .nodes = 1, .cpu_nodes = 8, .affinity = PLACE_SOFT }, 0, NULL },
	{ { .nodes = 1, .cpu_nodes = 8, .affinity = PLACE_HARD }, 0,
	  "no CPU of the guest's pool" },
	{ { .nodes = 1, .cpu_nodes = 2, .affinity = PLACE_SOFT }, 0,
	  "cpu_nodes has no CPU" },
	{ { .nodes = 1, .cpu_nodes = 0, .affinity = PLACE_HARD }, 0,
	  "cpu_nodes has no CPU" },
	{ { .nodes = 1, .cpu_nodes = 5, .affinity = PLACE_SOFT }, 0,
	  "cpu_nodes has node 2, not online" },
	{ { .nodes = 1, .cpu_nodes = 1, .affinity = 3 }, 0,
	  "affinity 3 is no place_affinity" },
	{ { .nodes = 1, .vnodes_placed = true }, 0, "without any" },
	{ { .nodes = 3, .vnodes_placed = true, .vnode_to_pnode = { 0, 1 } },
	  2, NULL },
	{ { .nodes = 3, .vnodes_placed = true, .vnode_to_pnode = { 0, 2 } },
	  2, "placed vnode 1 on node 2" },
	{ { .nodes = 3, .vnodes_placed = true, .vnode_to_pnode = { 64, 0 } },
	  2, "placed vnode 0 on node 64" },
};

/* A heuristic that answers what the request's group says. */
static enum place_result pick_case(const struct place_view *view,
				   const struct place_request *request,
				   struct place_answer *answer)
{
	(void)view;
	*answer = answers[request->group].answer;
	return PLACE_OK;
}

START_TEST(test_a1_a2_a3_an_illegal_answer_is_named)
{
	const struct answer_case *c = &answers[_i];
	const struct place_ops ops = { PLACE_ABI, "plug", "", pick_case, NULL };
	struct place_request request = {
		.vcpus = 2, .need_pages = 1, .group = (uint32_t)_i,
		.vnode_count = c->vnode_count,
	};
	struct place_answer answer;
	enum place_result result;
	struct err err = {{0}};

	checked_host();

	int rc = place_run(&ops, &host.view, &request, &result, &answer, &err);

	ck_assert_int_eq(rc, c->says ? -1 : 0);
	if (c->says) {
		ck_assert_msg(strstr(err.text, c->says) != NULL, "%s",
			      err.text);
		ck_assert(strncmp(err.text, "plug: ", 6) == 0);
	}
}
END_TEST

static enum place_result pick_nonsense(const struct place_view *view,
				       const struct place_request *request,
				       struct place_answer *answer)
{
	(void)view;
	answer->nodes = 1;
	return (enum place_result)request->group;
}

/* Only PLACE_OK leaves an answer; what is no place_result is an error. */
START_TEST(test_results_without_an_answer)
{
	const struct place_ops ops = { PLACE_ABI, "plug", "", pick_nonsense,
				       NULL };
	struct place_request request = { .vcpus = 1, .need_pages = 1 };
	struct place_answer answer;
	enum place_result result;
	struct err err = {{0}};

	checked_host();
	request.group = PLACE_NO_FIT;
	ck_assert_int_eq(place_run(&ops, &host.view, &request, &result,
				   &answer, &err), 0);
	ck_assert_int_eq(result, PLACE_NO_FIT);
	ck_assert_uint_eq(answer.nodes, 0);
	request.group = 7;
	ck_assert_int_eq(place_run(&ops, &host.view, &request, &result,
				   &answer, &err), -1);
	ck_assert_str_eq(err.text,
			 "plug: pick() answered 7, which is no place_result");
}
END_TEST

/* --- V1 to V5, R1, R2: each broken once */

START_TEST(test_v1_an_offline_last_node_aborts)
{
	checked_host();
	host.view.node_count = 3;
	place_view_check(&host.view);
}
END_TEST

START_TEST(test_v1_no_node_aborts)
{
	checked_host();
	host.view.node_count = 0;
	place_view_check(&host.view);
}
END_TEST

START_TEST(test_v2_a_cpu_on_no_node_aborts)
{
	checked_host();
	host.cpu_to_node[0] = 17;
	place_view_check(&host.view);
}
END_TEST

START_TEST(test_v3_a_wrong_cpu_count_aborts)
{
	checked_host();
	host.node[0].pcpus++;
	place_view_check(&host.view);
}
END_TEST

START_TEST(test_v3_a_wrong_pool_count_aborts)
{
	checked_host();
	host.node[3].pool_pcpus = 1;
	place_view_check(&host.view);
}
END_TEST

START_TEST(test_v3_free_memory_offline_aborts)
{
	checked_host();
	host.node[2].free_pages = host.node[2].total_pages = 1;
	place_view_check(&host.view);
}
END_TEST

START_TEST(test_v4_more_free_than_there_is_aborts)
{
	checked_host();
	host.node[0].free_pages = host.node[0].total_pages + 1;
	place_view_check(&host.view);
}
END_TEST

START_TEST(test_v5_a_node_far_from_itself_aborts)
{
	checked_host();
	host.distance[0] = 99;
	place_view_check(&host.view);
}
END_TEST

START_TEST(test_r1_a_guest_of_nothing_aborts)
{
	struct place_request request = { .vcpus = 1, .need_pages = 0 };

	place_request_check(&request);
}
END_TEST

START_TEST(test_r2_vnodes_with_other_vcpus_abort)
{
	struct place_request request = {
		.vcpus = 3, .need_pages = 1, .vnode_count = 1,
		.vnode = { { 1, 2 } },
	};

	place_request_check(&request);
}
END_TEST

static void add_aborts(TCase *tc)
{
	tcase_add_test_raise_signal(tc, test_v1_an_offline_last_node_aborts,
				    SIGABRT);
	tcase_add_test_raise_signal(tc, test_v1_no_node_aborts, SIGABRT);
	tcase_add_test_raise_signal(tc, test_v2_a_cpu_on_no_node_aborts,
				    SIGABRT);
	tcase_add_test_raise_signal(tc, test_v3_a_wrong_cpu_count_aborts,
				    SIGABRT);
	tcase_add_test_raise_signal(tc, test_v3_a_wrong_pool_count_aborts,
				    SIGABRT);
	tcase_add_test_raise_signal(tc, test_v3_free_memory_offline_aborts,
				    SIGABRT);
	tcase_add_test_raise_signal(tc, test_v4_more_free_than_there_is_aborts,
				    SIGABRT);
	tcase_add_test_raise_signal(tc, test_v5_a_node_far_from_itself_aborts,
				    SIGABRT);
	tcase_add_test_raise_signal(tc, test_r1_a_guest_of_nothing_aborts,
				    SIGABRT);
	tcase_add_test_raise_signal(tc, test_r2_vnodes_with_other_vcpus_abort,
				    SIGABRT);
}

Suite *suite_make(void)
{
	Suite *suite = suite_create("place");
	TCase *any = tcase_create("any");
	TCase *checks = tcase_create("checks");

	tcase_set_timeout(any, 120);
	tcase_add_loop_test(any, test_any_heuristic_is_legal_and_pure, 0,
			    (int)place_count());
	tcase_add_loop_test(any, test_any_explanation_begins_with_the_pick, 0,
			    (int)place_count());
	tcase_add_test(any, test_the_table_is_found_by_name);
	tcase_add_loop_test(checks, test_a1_a2_a3_an_illegal_answer_is_named,
			    0, COUNT(answers));
	tcase_add_test(checks, test_results_without_an_answer);
	add_aborts(checks);
	suite_add_tcase(suite, any);
	suite_add_tcase(suite, checks);
	return suite;
}
