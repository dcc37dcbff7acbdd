/*
 * check_lab_race.c - what can come out of two creations at once, by hand.
 *
 * Two nodes of 2 CPUs, 2968 and 2343 MiB free, dom0 with 2 vCPUs anywhere. A
 * guest of 1 vCPU counts itself on both nodes: 3. Listed beside another one
 * that has no nodes yet: 4.
 */
#include "run/lab_race.h"
#include "test/lab_lines.h"
#include "test/test.h"

static struct arena *arena;
static struct lab_boot boot;
static const struct host_state *before;

static void setup(void)
{
	arena = arena_create();
	before = lab_boot_state(arena, &boot, LAB_QEMU);
}

static void teardown(void)
{
	arena_destroy(arena);
}

/* What each of the two logged, ended with and got. */
struct side {
	uint32_t rc;
	const char *nodes; /* "" if it was not made */
	uint32_t candidate_count;
	struct lab_candidate candidate[3];
};

struct case_of_two {
	const char *memory;
	bool claim_mode;
	struct side side[2];
	bool possible;
};

#define SMALL "memory=1024\n"
#define LARGE "memory=3000\n" /* on both nodes; both together: too much */
#define C1(nodes, cpus, vcpus) 1, {{nodes, cpus, vcpus, 0}}
#define C2(vcpus, then) 2, {{1, 2, vcpus, 0}, {1, 2, then, 0}}

static const struct case_of_two cases[] = {
	/* One after the other: the second sees the first on node 0. */
	{SMALL, true, {{0, "0", C1(1, 2, 3)}, {0, "1", C2(4, 3)}}, true},
	{SMALL, true, {{0, "1", C2(4, 3)}, {0, "0", C1(1, 2, 3)}}, true},
	/* Both listed before either looks: both count 4, both take node 0. */
	{SMALL, true, {{0, "0", C1(1, 2, 4)}, {0, "0", C1(1, 2, 4)}}, true},
	/* The first looks alone, the second before the first has its node. */
	{SMALL, true, {{0, "0", C1(1, 2, 3)}, {0, "0", C1(1, 2, 4)}}, true},
	/* Nobody prefers node 1, that has less. */
	{SMALL, true, {{0, "1", C1(1, 2, 3)}, {0, "0", C1(1, 2, 3)}}, false},
	/* One of them counts the other: not both looked first. */
	{SMALL, true, {{0, "0", C1(1, 2, 3)}, {0, "0", C1(1, 2, 3)}}, false},
	{SMALL, true, {{0, "0", C1(1, 2, 3)}, {3, "", C2(4, 3)}}, false},
	/* Only one fits: refused the claim, or without claims the memory. */
	{LARGE, true, {{0, "all", C1(2, 4, 6)}, {3, "", C1(2, 4, 8)}}, true},
	{LARGE, true, {{3, "", C1(2, 4, 6)}, {0, "all", C1(2, 4, 8)}}, true},
	{LARGE, false, {{0, "all", C1(2, 4, 6)}, {3, "", C1(2, 4, 8)}}, true},
	/* The second finds no node any more. */
	{LARGE, true, {{0, "all", C1(2, 4, 6)}, {3, "", 0, {{0}}}}, true},
	/* With claims somebody always gets it. */
	{LARGE, true, {{3, "", C1(2, 4, 6)}, {3, "", C1(2, 4, 8)}}, false},
	{LARGE, true, {{0, "all", C1(2, 4, 6)}, {0, "all", C1(2, 4, 8)}},
	 false},
};

static struct host_state *after_of(const struct case_of_two *c)
{
	char domains[1024] = "", text[4096];
	struct host_state *state;
	json_t *record;
	struct err err;

	for (int i = 0; i < 2; i++)
		if (c->side[i].rc == 0)
			snprintf(domains + strlen(domains),
				 sizeof(domains) - strlen(domains),
				 ",{\"name\":\"r%d\",\"id\":%d,"
				 "\"node_affinity\":\"%s\",\"total_pages\":1,"
				 "\"pages_per_node\":{},\"vcpus\":[]}",
				 i, i + 1, c->side[i].nodes);
	lab_after(text, sizeof(text), 1, 1, domains);
	record = json_pack("{so}", "after", json_loads(text, 0, NULL));
	ck_assert_ptr_nonnull(record);
	ck_assert_msg(lab_read_after(arena, &boot, record, "x", &state, &err) ==
			      0, "%s", err.text);
	json_decref(record);
	return state;
}

START_TEST(test_outcomes_by_hand)
{
	const struct case_of_two *c = &cases[_i];
	char text[2][128];
	struct lab_create create[2] = {{0}};
	struct lab_race race;

	for (int i = 0; i < 2; i++) {
		snprintf(text[i], sizeof(text[i]), "name='r%d'\nvcpus=1\n%s", i,
			 c->memory);
		create[i].name = i ? "r1" : "r0";
		create[i].config = text[i];
		create[i].rc = c->side[i].rc;
		create[i].candidate_count = c->side[i].candidate_count;
		create[i].candidate = c->side[i].candidate;
	}
	lab_race_compare(arena, before, create, after_of(c), c->claim_mode,
			 &race);
	ck_assert_msg(race.possible == c->possible, "%s\nfirst of %u: %s",
		      race.recorded, race.outcome_count, race.first);
	ck_assert_uint_gt(race.outcome_count, 1);
	ck_assert_uint_le(race.outcome_count, LAB_RACE_ORDERS);
}
END_TEST

/* Files that xl refuses do not meet: one outcome. */
START_TEST(test_two_that_are_refused)
{
	struct lab_create create[2] = {
		{.name = "a", .config = "name='a'\nmemory=1\ncpus='99'\n",
		 .rc = 1},
		{.name = "b", .config = "nonsense", .rc = 1},
	};
	struct lab_race race;

	lab_race_compare(arena, before, create, before, true, &race);
	ck_assert(race.possible);
	ck_assert_uint_eq(race.outcome_count, 1);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("lab race");
	TCase *tc = tcase_create("race");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_outcomes_by_hand, 0,
			    sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tc, test_two_that_are_refused);
	suite_add_tcase(suite, tc);
	return suite;
}
