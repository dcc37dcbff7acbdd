/* check_list.c - the list, and the CPU sets looked at in part. */
#include "base/cpuset.h"
#include "base/list.h"
#include "test/test.h"

#include <signal.h>
#include <string.h>

enum { THINGS = 40 };

struct thing {
	int number;
	struct list link;
};

static uint32_t draw(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % below;
}

/* The naive twin: an array of numbers, in order. */
struct array {
	int number[THINGS];
	int count;
};

static int array_find(const struct array *a, int number)
{
	for (int i = 0; i < a->count; i++)
		if (a->number[i] == number)
			return i;
	return -1;
}

static void array_insert(struct array *a, int at, int number)
{
	memmove(&a->number[at + 1], &a->number[at],
		(size_t)(a->count - at) * sizeof(int));
	a->number[at] = number;
	a->count++;
}

static void array_remove(struct array *a, int at)
{
	a->count--;
	memmove(&a->number[at], &a->number[at + 1],
		(size_t)(a->count - at) * sizeof(int));
}

static void same(const struct list *head, const struct array *a)
{
	int i = 0;

	list_each (p, (struct list *)head) {
		ck_assert_int_lt(i, a->count);
		ck_assert_int_eq(LIST_ENTRY(p, struct thing, link)->number,
				 a->number[i++]);
		ck_assert_ptr_eq(p->next->prev, p);
	}
	ck_assert_int_eq(i, a->count);
	ck_assert(list_empty(head) == (a->count == 0));
	ck_assert((list_first(head) == NULL) == (a->count == 0));
}

START_TEST(test_list_agrees_with_an_array)
{
	struct thing thing[THINGS];
	struct list head, other;
	struct array a = {.count = 0};
	uint32_t seed = 5;

	list_init(&head);
	list_init(&other);
	for (int i = 0; i < THINGS; i++) {
		thing[i].number = i;
		list_init(&thing[i].link);
	}
	for (int step = 0; step < 20000; step++) {
		int i = (int)draw(&seed, THINGS), at = array_find(&a, i);
		int j = (int)draw(&seed, THINGS), before = array_find(&a, j);

		if (at >= 0) {
			list_del(&thing[i].link);
			array_remove(&a, at);
		} else if (before >= 0) {
			list_add_before(&thing[j].link, &thing[i].link);
			array_insert(&a, before, i);
		} else if (draw(&seed, 2)) {
			list_add_head(&head, &thing[i].link);
			array_insert(&a, 0, i);
		} else {
			list_add_tail(&head, &thing[i].link);
			array_insert(&a, a.count, i);
		}
		if (draw(&seed, 50) == 0) {
			list_take_all(&head, &other);
			ck_assert(list_empty(&head));
			list_take_all(&other, &head);
		}
		same(&head, &a);
	}
}
END_TEST

START_TEST(test_an_entry_on_two_lists_aborts)
{
	struct list a, b, entry;

	list_init(&a);
	list_init(&b);
	list_init(&entry);
	list_add_head(&a, &entry);
	list_add_head(&b, &entry);
}
END_TEST

static cpuset draw_set(uint32_t *seed)
{
	cpuset set = {{0}};

	for (uint32_t i = draw(seed, 40); i > 0; i--)
		cpuset_add(&set, draw(seed, CPU_MAX));
	return set;
}

/* Each function on a span, and the whole-set function on the set cut to it. */
START_TEST(test_spans_agree_with_sets_cut_to_them)
{
	uint32_t seed = 11;

	for (int step = 0; step < 20000; step++) {
		uint32_t first = draw(&seed, CPUSET_WORDS);
		struct cpuset_span in = {
			first, first + 1 + draw(&seed, CPUSET_WORDS - first)};
		cpuset to = cpuset_below(in.end * 64);
		cpuset from = cpuset_below(in.first * 64);
		cpuset cut = cpuset_andnot(&to, &from);
		cpuset a = draw_set(&seed), b = draw_set(&seed);
		cpuset c = draw_set(&seed), a_in = cpuset_and(&a, &cut);
		cpuset ab = cpuset_and(&a_in, &b);
		cpuset ab_not_c = cpuset_andnot(&ab, &c), out, want;
		uint32_t cpu = draw(&seed, CPU_MAX);

		ck_assert_uint_eq(cpuset_from_in(&a, cpu, in),
				  cpuset_from(&a_in, cpu));
		ck_assert_uint_eq(cpuset_from_and_in(&a, &b, NULL, cpu, in),
				  cpuset_from(&ab, cpu));
		ck_assert_uint_eq(cpuset_from_and_in(&a, &b, &c, cpu, in),
				  cpuset_from(&ab_not_c, cpu));
		ck_assert(cpuset_intersects_in(&a, &b, in) ==
			  !cpuset_empty(&ab));
		out = a;
		cpuset_or_in(&out, &a, &b, in);
		want = cpuset_and(&b, &cut);
		want = cpuset_or(&a, &want);
		ck_assert(cpuset_equal(&out, &want));
		out = a;
		cpuset_andnot_in(&out, &a, &b, in);
		want = cpuset_and(&b, &cut);
		want = cpuset_andnot(&a, &want);
		ck_assert(cpuset_equal(&out, &want));
	}
	struct cpuset_span all = {0, CPUSET_WORDS};
	cpuset full = cpuset_all();

	ck_assert_uint_eq(cpuset_from_in(&full, CPU_MAX, all), CPU_NONE);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("list");
	TCase *tc = tcase_create("base");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_list_agrees_with_an_array);
	tcase_add_test_raise_signal(tc, test_an_entry_on_two_lists_aborts,
				    SIGABRT);
	tcase_add_test(tc, test_spans_agree_with_sets_cut_to_them);
	suite_add_tcase(suite, tc);
	return suite;
}
