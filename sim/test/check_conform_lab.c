/*
 * check_conform_lab.c - recorded hosts: the agreement that was reached, and that
 * a wrong answer is seen.
 *
 * The recordings lie beside the repository; where they are not, only what is
 * made by hand is tested.
 */
#include "run/conform_lab.h"
#include "run/jsonl.h"
#include "test/lab_lines.h"
#include "test/test.h"

#include <stdlib.h>
#include <unistd.h>

#define LAB "../shared/xen-lab/"

enum { LINES_MAX = 256 };

/* A file in memory. */
struct lines {
	json_t *line[LINES_MAX];
	uint32_t count;
};

static bool read_lines(const char *name, struct lines *l)
{
	struct jsonl_line line = {0};
	char path[256];
	struct err err;

	snprintf(path, sizeof(path), LAB "%s.jsonl.gz", name);
	l->count = 0;
	if (access(path, R_OK) != 0)
		return false;

	struct jsonl *file = jsonl_open(path, &err);

	ck_assert_ptr_nonnull(file);
	while (jsonl_next(file, &line, &err) == 1) {
		ck_assert_uint_lt(l->count, LINES_MAX);
		l->line[l->count++] = json_loadb(line.text, line.bytes, 0,
						 NULL);
	}
	free(line.text);
	jsonl_close(file);
	return true;
}

static void forget(struct lines *l)
{
	for (uint32_t i = 0; i < l->count; i++)
		json_decref(l->line[i]);
}

/* What a file came to. */
struct measured {
	uint64_t agreed, cases;
	struct conform_result first; /* that differs */
	struct lab_score score;
	struct lab_sequence sequence;
	char notes[8192];
};

static void replay(const struct lines *l, const struct conform_options *options,
		   struct measured *m)
{
	void *state = conform_lab_series.open(options);
	json_t *notes = json_object();

	memset(m, 0, sizeof(*m));
	for (uint32_t i = 0; i < l->count; i++) {
		struct conform_result result;
		struct err err;

		ck_assert(conform_lab_is(l->line[i]));
		ck_assert_msg(conform_lab_series.replay(state, l->line[i],
							&result, &err) == 0,
			      "line %u: %s", i + 1, err.text);
		if (!result.is_case)
			continue;
		if (!result.agrees && m->agreed == m->cases)
			m->first = result;
		m->cases++;
		m->agreed += result.agrees;
	}
	conform_lab_measured(state, &m->score, &m->sequence);
	conform_lab_series.close(state, notes);

	char *text = json_dumps(notes, JSON_INDENT(1));

	snprintf(m->notes, sizeof(m->notes), "%s", text);
	free(text);
	json_decref(notes);
}

/* Recorded creations; of the guests made, how many are exact from boot, and how
 * many within 1 %; the largest share of mem-sets that went wrong from boot. */
static const struct {
	const char *name;
	uint64_t cases, made, exact, within_1_percent;
	uint64_t either; /* of two MiB */
} files[] = {
	{"t2x4", 97, 69, 69, 69, 3},
	{"t2x4dma", 48, 41, 39, 40, 2},
	{"t4x2", 65, 44, 41, 44, 6},
	{"t4x2b", 5, 5, 4, 5, 0},
	{"hvm4vnuma", 24, 12, 12, 12, 0},
};

START_TEST(test_the_agreement_that_was_reached)
{
	struct conform_options options = {.paranoid = true};
	struct measured m;
	struct lines l;

	if (!read_lines(files[_i].name, &l))
		return;
	replay(&l, &options, &m);
	ck_assert_msg(m.agreed == m.cases, "%s: %s: expected %s, got %s",
		      m.first.id, m.first.key, m.first.expected, m.first.got);
	ck_assert_uint_eq(m.cases, files[_i].cases);
	for (int q = 0; q < LAB_QUESTIONS; q++)
		ck_assert_uint_eq(m.score.agreed[q], m.score.asked[q]);
	ck_assert_uint_eq(m.score.asked[LAB_EXIT], files[_i].cases);
	ck_assert_uint_eq(m.score.asked[LAB_NODES], files[_i].made);
	ck_assert_uint_eq(m.score.asked[LAB_SOFT], files[_i].made);
	ck_assert_uint_le(m.score.free_either, files[_i].either);

	ck_assert_uint_eq(m.sequence.exit_agreed, m.sequence.exit_asked);
	ck_assert_uint_eq(m.sequence.creations, files[_i].made);
	ck_assert_uint_ge(m.sequence.exact, files[_i].exact);
	ck_assert_uint_ge(m.sequence.within_1_percent,
			  files[_i].within_1_percent);
	ck_assert_uint_eq(m.sequence.unmodelled, 0);
	/* A balloon that goes wrong by more than 0.5 % of the guest. */
	ck_assert_uint_le(m.sequence.balloon_pages * 200,
			  m.sequence.balloon_of_pages);
	forget(&l);
}
END_TEST

/* Aims over all files: 95 % within 1 %; 96 % exact is what there is. */
START_TEST(test_shares_over_all_files)
{
	struct conform_options options = {0};
	uint64_t made = 0, exact = 0, within = 0;

	for (int i = 0; i < 5; i++) {
		struct measured m;
		struct lines l;

		if (!read_lines(files[i].name, &l))
			return;
		replay(&l, &options, &m);
		made += m.sequence.creations;
		exact += m.sequence.exact;
		within += m.sequence.within_1_percent;
		forget(&l);
	}
	ck_assert_uint_eq(made, 171);
	ck_assert_uint_ge(exact * 100, made * 96);
	ck_assert_uint_ge(within * 100, made * 99);
}
END_TEST

START_TEST(test_twice_the_same_notes)
{
	struct conform_options options = {0};
	static struct measured a, b;
	struct lines l;

	if (!read_lines("t4x2b", &l))
		return;
	replay(&l, &options, &a);
	replay(&l, &options, &b);
	ck_assert_str_eq(a.notes, b.notes);
	ck_assert_ptr_nonnull(strstr(a.notes, "\"mem-set, step 14\""));
	ck_assert_ptr_nonnull(strstr(a.notes, "\"exit status\": \"5/5\""));
	forget(&l);
}
END_TEST

/* --- a wrong answer is seen ----------------------------------------------------------- */

static json_t *domain_of(json_t *record, const char *name)
{
	json_t *domains = json_object_get(json_object_get(record, "after"),
					  "domains");
	json_t *found = NULL, *domain;
	size_t i;

	json_array_foreach (domains, i, domain)
		if (strcmp(json_string_value(json_object_get(domain, "name")),
			   name) == 0)
			found = domain;
	return found;
}

static void wrong_exit(json_t *record)
{
	json_object_set_new(record, "rc", json_integer(3));
}

static json_t *candidate(json_t *record)
{
	return json_array_get(
		json_object_get(record, "placement_candidates"), 0);
}

static void wrong_vcpus(json_t *record)
{
	json_object_set_new(candidate(record), "nr_vcpus", json_integer(5));
}

static void one_more(json_t *record)
{
	json_array_append(json_object_get(record, "placement_candidates"),
			  candidate(record));
}

static void wrong_free(json_t *record)
{
	json_object_set_new(candidate(record), "free_mem",
			    json_integer(2966));
}

static void wrong_nodes(json_t *record)
{
	json_object_set_new(domain_of(record, "u0"), "node_affinity",
			    json_string("1"));
}

static void wrong_soft(json_t *record)
{
	json_t *vcpus = json_object_get(domain_of(record, "u0"), "vcpus");

	json_object_set_new(json_array_get(vcpus, 1), "soft",
			    json_string("4-7"));
}

static void wrong_hard(json_t *record)
{
	json_t *vcpus = json_object_get(domain_of(record, "u0"), "vcpus");

	json_object_set_new(json_array_get(vcpus, 0), "hard",
			    json_string("0"));
}

static const struct {
	void (*spoil)(json_t *record); /* step 1 of t2x4 */
	const char *key;
} wrongs[] = {
	{wrong_exit, "u0: exit status"},
	{wrong_vcpus, "u0: candidates"},
	{one_more, "u0: candidates"},
	{wrong_free, "u0: free memory logged"},
	{wrong_nodes, "u0: node affinity"},
	{wrong_soft, "u0: soft affinity"},
	{wrong_hard, "u0: hard affinity"},
};

START_TEST(test_a_wrong_answer_is_seen)
{
	struct conform_options options = {0};
	static struct measured m;
	struct lines l;

	if (!read_lines("t2x4", &l))
		return;
	wrongs[_i].spoil(l.line[1]);
	for (uint32_t i = 2; i < l.count; i++)
		json_decref(l.line[i]);
	l.count = 2;
	replay(&l, &options, &m);
	ck_assert_uint_eq(m.cases, 1);
	ck_assert_uint_eq(m.agreed, 0);
	ck_assert_str_eq(m.first.key, wrongs[_i].key);
	ck_assert_str_ne(m.first.expected, "");
	ck_assert_str_ne(m.first.got, m.first.expected);
	forget(&l);
}
END_TEST

/* 49152 of 98304 pages recorded on the other node. */
START_TEST(test_wrong_pages_are_measured)
{
	struct conform_options options = {0};
	static struct measured m;
	struct lines l;

	if (!read_lines("t2x4", &l))
		return;
	json_object_set_new(domain_of(l.line[1], "u0"), "pages_per_node",
			    json_pack("{s:i,s:i}", "0", 49152, "1", 49152));
	for (uint32_t i = 2; i < l.count; i++)
		json_decref(l.line[i]);
	l.count = 2;
	replay(&l, &options, &m);
	ck_assert_uint_eq(m.agreed, 1);
	ck_assert_uint_eq(m.sequence.creations, 1);
	ck_assert_uint_eq(m.sequence.within_1_percent, 0);
	ck_assert_uint_eq(m.sequence.worst_pages, 49152);
	ck_assert_ptr_nonnull(strstr(m.notes, "step 1, u0: 49152 of 98304"));
	forget(&l);
}
END_TEST

/* Claims and hard affinity count for libxl-fixed: other nodes than recorded. */
START_TEST(test_libxl_fixed_places_otherwise)
{
	struct conform_options options = {.libxl_fixed = true};
	static struct measured m;
	struct lines l;

	if (!read_lines("t4x2", &l))
		return;
	replay(&l, &options, &m);
	ck_assert_uint_lt(m.agreed, m.cases);
	ck_assert_uint_eq(m.score.asked[LAB_CANDIDATES], 0);
	ck_assert_uint_eq(m.score.agreed[LAB_EXIT], m.score.asked[LAB_EXIT]);
	ck_assert_uint_lt(m.score.agreed[LAB_NODES], m.score.asked[LAB_NODES]);
	ck_assert_uint_eq(m.sequence.creations, 0);
	forget(&l);
}
END_TEST

/* --- by hand --------------------------------------------------------------------------- */

START_TEST(test_it_begins_with_the_topology)
{
	struct conform_options options = {0};
	void *state = conform_lab_series.open(&options);
	json_t *notes = json_object(), *record = lab_topology(LAB_QEMU);
	struct conform_result result;
	struct err err;

	json_object_set_new(record, "action", json_string("destroy_all"));
	ck_assert_int_eq(conform_lab_series.replay(state, record, &result,
						   &err), -1);
	ck_assert_str_eq(err.text, "action: 'destroy_all' before the topology; "
			 "a recording begins with it");
	conform_lab_series.close(state, notes);
	ck_assert_uint_eq(json_object_size(notes), 0);
	json_decref(record);
	json_decref(notes);
}
END_TEST

/* One step ahead needs no machine; the sequence from boot does. */
START_TEST(test_a_machine_not_described_is_said)
{
	struct conform_options options = {.paranoid = true};
	static struct measured m;
	struct lines l = {.count = 2};

	l.line[0] = lab_topology("-accel tcg");
	l.line[1] = lab_topology("-accel tcg");
	json_object_set_new(l.line[1], "action", json_string("destroy_all"));
	json_object_set_new(l.line[1], "step", json_integer(1));
	replay(&l, &options, &m);
	ck_assert_uint_eq(m.cases, 0);
	ck_assert_ptr_nonnull(strstr(m.notes, "from boot, not replayed"));
	ck_assert_ptr_nonnull(strstr(m.notes, "no '-m 6G'"));
	forget(&l);
}
END_TEST

/* A second boot in the file begins anew. */
START_TEST(test_a_file_of_two_boots)
{
	struct conform_options options = {0};
	static struct measured one, two;
	struct lines l;

	if (!read_lines("t4x2b", &l))
		return;
	replay(&l, &options, &one);
	for (uint32_t i = 0; i < l.count; i++)
		l.line[l.count + i] = json_incref(l.line[i]);
	l.count *= 2;
	replay(&l, &options, &two);
	ck_assert_uint_eq(two.cases, 2 * one.cases);
	ck_assert_uint_eq(two.agreed, 2 * one.agreed);
	ck_assert_uint_eq(two.sequence.exact, 2 * one.sequence.exact);
	forget(&l);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("conform lab");
	TCase *tc = tcase_create("recorded");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, test_the_agreement_that_was_reached, 0,
			    sizeof(files) / sizeof(files[0]));
	tcase_add_test(tc, test_shares_over_all_files);
	tcase_add_test(tc, test_twice_the_same_notes);
	suite_add_tcase(suite, tc);

	tc = tcase_create("wrong");
	tcase_add_loop_test(tc, test_a_wrong_answer_is_seen, 0,
			    sizeof(wrongs) / sizeof(wrongs[0]));
	tcase_add_test(tc, test_wrong_pages_are_measured);
	tcase_add_test(tc, test_libxl_fixed_places_otherwise);
	suite_add_tcase(suite, tc);

	tc = tcase_create("by hand");
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, test_it_begins_with_the_topology);
	tcase_add_test(tc, test_a_machine_not_described_is_said);
	tcase_add_test(tc, test_a_file_of_two_boots);
	suite_add_tcase(suite, tc);
	return suite;
}
