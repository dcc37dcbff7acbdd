/* check_workload.c - workload files, distributions in YAML, programs. */
#include "base/units.h"
#include "guest/program.h"
#include "run/workload_file.h"
#include "test/test.h"

#include <math.h>
#include <signal.h>
#include <string.h>

#define HEAD "name: w\noperations:\n  - {name: a, compute_ns: 100, "        \
	     "misses: 2, mlp: 4}\n  - {name: b, compute_ns: 50, score: 0}\n"

static const char good[] = HEAD
	"unit: requests\n"
	"threads: 2\n"
	"phases:\n"
	"  - name: start\n"
	"    steps:\n"
	"      - sleep_us: {dist: constant, value: 5}\n"
	"  - repeat: 3\n"
	"    steps:\n"
	"      - {run: b, ops: {dist: constant, value: 10}}\n"
	"      - {ops: {dist: constant, value: 0}}\n"
	"      - {cpu_us: {dist: constant, value: 2}}\n"
	"  - repeat: 0\n"
	"    steps:\n"
	"      - {run: a, ops: {dist: exponential, mean: 1000}}\n"
	"      - {sleep_us: {dist: lognormal, mean: 100, cv: 1}}\n";

static const struct workload *parse(struct arena *arena, const char *text)
{
	struct err err = {""};
	const struct workload *w = workload_parse(arena, "w.yaml", text, &err);

	ck_assert_msg(w != NULL, "%s", err.text);
	return w;
}

START_TEST(test_a_file_becomes_a_workload)
{
	struct arena *arena = arena_create();
	const struct workload *w = parse(arena, good);

	ck_assert_str_eq(w->name, "w");
	ck_assert_str_eq(w->unit, "requests");
	ck_assert_uint_eq(w->thread_count, 2);
	ck_assert_uint_eq(w->op_count, 2);
	ck_assert_double_eq(w->op[0].mlp, 4);
	ck_assert_double_eq(w->op[0].score, 1);
	ck_assert_double_eq(w->op[1].score, 0);
	ck_assert_double_eq(w->op[1].mlp, 1);
	ck_assert_double_eq(w->op[1].own_vnode_share, 1);
	ck_assert_uint_eq(w->phase_count, 3);
	ck_assert_uint_eq(w->phase[0].repeat, 1);
	ck_assert_uint_eq(w->phase[2].repeat, WORKLOAD_FOREVER);
	/* 100 + 2 / 4 * 80 */
	ck_assert_double_eq(workload_op_ns(&w->op[0], 80), 140);
	/* 10 * 50 + 0 * 140 + 2000 */
	ck_assert_double_eq(workload_phase_cpu_ns(w, 1, 80), 2500);
	/* 1000 * 140; the sleep takes no CPU */
	ck_assert_double_eq(workload_phase_cpu_ns(w, 2, 80), 140000);
	arena_destroy(arena);
}
END_TEST

START_TEST(test_a_program_goes_through_the_phases)
{
	struct arena *arena = arena_create();
	const struct workload *w = parse(arena, good);
	struct program p;
	struct program_step step;
	double ops = 0, sleep_ns = 0;

	program_init(&p, w, 1, 1, 0);
	program_next(&p, &step);
	ck_assert_int_eq(step.kind, PROGRAM_SLEEP);
	ck_assert_int_eq(step.sleep_ns, 5000);
	for (int round = 0; round < 3; round++) {
		program_next(&p, &step);
		program_check(&p);
		ck_assert_int_eq(step.kind, PROGRAM_RUN);
		ck_assert_uint_eq(step.op_index, 1);
		ck_assert_double_eq(step.ops, 10);
		ck_assert_int_eq(step.cpu_ns, 0);
		/* the step of no operations is passed over */
		program_next(&p, &step);
		program_check(&p);
		ck_assert_int_eq(step.kind, PROGRAM_RUN);
		ck_assert_uint_eq(step.op_index, 0);
		ck_assert_double_eq(step.ops, 0);
		ck_assert_int_eq(step.cpu_ns, 2000);
	}
	for (int round = 0; round < 20000; round++) {
		program_next(&p, &step);
		ck_assert_int_eq(step.kind, PROGRAM_RUN);
		ops += step.ops;
		program_next(&p, &step);
		ck_assert_int_eq(step.kind, PROGRAM_SLEEP);
		sleep_ns += (double)step.sleep_ns;
		program_check(&p);
	}
	/* both have cv 1: the mean of 20000 is within 5 sd = 3.6 % */
	ck_assert_double_eq_tol(ops / 20000, 1000, 36);
	ck_assert_double_eq_tol(sleep_ns / 20000, 100000, 3600);
	arena_destroy(arena);
}
END_TEST

START_TEST(test_a_program_ends)
{
	struct arena *arena = arena_create();
	const struct workload *w = parse(arena, HEAD
		"phases: [{repeat: 2, steps: [{ops: {dist: constant, value: "
		"1}}]}]\n");
	struct program p;
	struct program_step step;

	program_init(&p, w, 1, 1, 7);
	for (int i = 0; i < 2; i++) {
		program_next(&p, &step);
		ck_assert_int_eq(step.kind, PROGRAM_RUN);
	}
	for (int i = 0; i < 3; i++) {
		program_next(&p, &step);
		ck_assert_int_eq(step.kind, PROGRAM_END);
		program_check(&p);
	}
	arena_destroy(arena);
}
END_TEST

/* threads: 2, so vCPU 2 has nothing to do. */
START_TEST(test_vcpus_beyond_the_threads_idle)
{
	struct arena *arena = arena_create();
	const struct workload *w = parse(arena, good);
	struct program p;
	struct program_step step;

	program_init(&p, w, 1, 1, 1);
	program_next(&p, &step);
	ck_assert_int_eq(step.kind, PROGRAM_SLEEP);
	program_init(&p, w, 1, 1, 2);
	program_next(&p, &step);
	ck_assert_int_eq(step.kind, PROGRAM_END);
	arena_destroy(arena);
}
END_TEST

static double first_draw(const struct workload *w, uint64_t seed,
			 uint64_t entity, uint32_t vcpu)
{
	struct program p;
	struct program_step step;

	program_init(&p, w, seed, entity, vcpu);
	p.phase_index = 2;
	program_next(&p, &step);
	return step.ops;
}

START_TEST(test_streams_depend_on_seed_guest_and_vcpu_alone)
{
	struct arena *arena = arena_create();
	const struct workload *w = parse(arena, good);
	double x = first_draw(w, 1, 5, 0);

	ck_assert(x == first_draw(w, 1, 5, 0));
	ck_assert(x != first_draw(w, 2, 5, 0));
	ck_assert(x != first_draw(w, 1, 6, 0));
	ck_assert(x != first_draw(w, 1, 5, 1));
	arena_destroy(arena);
}
END_TEST

#define PHASE(step) HEAD "phases:\n  - repeat: 0\n    steps:\n      - " step "\n"

/* What is written, and the whole line that comes back. */
static const struct {
	const char *text, *line;
} bad[] = {
	{HEAD "phases: []\n",
	 "w.yaml:5: phases: 0 entries are too few; at least 1"},
	{"name: w\nphases: []\n",
	 "w.yaml:2: phases: 0 entries are too few; at least 1"},
	{"name: w\noperations:\n- {name: a, compute_ns: 0}\nphases:\n"
	 "- steps: [{ops: {dist: constant, value: 1}}]\n",
	 "w.yaml:3: operations[0].compute_ns: 0 is too small; 0.01 to 1e+12"},
	{"name: w\noperations:\n- {name: a, compute_ns: 1, mlp: 0.5}\n"
	 "phases:\n- steps: [{ops: {dist: constant, value: 1}}]\n",
	 "w.yaml:3: operations[0].mlp: 0.5 is too small; 1 to 1024"},
	{"name: w\noperations:\n- {name: a, compute_ns: 1, write_share: 2}\n"
	 "phases:\n- steps: [{ops: {dist: constant, value: 1}}]\n",
	 "w.yaml:3: operations[0].write_share: 2 is too large; 0 to 1"},
	{"name: w\noperations:\n- {name: a, compute_ns: 1}\n"
	 "- {name: a, compute_ns: 1}\n"
	 "phases:\n- steps: [{ops: {dist: constant, value: 1}}]\n",
	 "w.yaml:4: operations[1].name: 'a' is taken by operations[0]; "
	 "another name"},
	{PHASE("{run: c, ops: {dist: constant, value: 1}}"),
	 "w.yaml:8: phases[0].steps[0].run: no operation 'c'; one of a, b"},
	{PHASE("{run: a}"),
	 "w.yaml:8: phases[0].steps[0]: nothing chosen; one of ops, cpu_us, "
	 "sleep_us"},
	{PHASE("{ops: {dist: constant, value: 1}, sleep_us: {dist: constant, "
	       "value: 1}}"),
	 "w.yaml:8: phases[0].steps[0].sleep_us: stands beside 'ops'; one of "
	 "the two"},
	{PHASE("{run: a, sleep_us: {dist: constant, value: 1}}"),
	 "w.yaml:8: phases[0].steps[0].run: stands beside 'sleep_us'; one of "
	 "the two"},
	{PHASE("{ops: {dist: expnential, mean: 1}}"),
	 "w.yaml:8: phases[0].steps[0].ops.dist: unknown distribution "
	 "'expnential'; did you mean exponential?"},
	{PHASE("{ops: {dist: exponential}}"),
	 "w.yaml:8: phases[0].steps[0].ops: key 'mean' is missing; "
	 "exponential needs it, a number > 0"},
	{PHASE("{ops: {dist: exponential, mean: -4}}"),
	 "w.yaml:8: phases[0].steps[0].ops: exponential: mean: -4 is out of "
	 "range; a number > 0"},
	{PHASE("{sleep_us: {dist: constant, value: -4}}"),
	 "w.yaml:8: phases[0].steps[0].sleep_us: constant may be negative; a "
	 "distribution that is never below 0"},
	{PHASE("{sleep_us: {dist: normal, mean: 4, sd: 1}}"),
	 "w.yaml:8: phases[0].steps[0].sleep_us: normal may be negative; a "
	 "distribution that is never below 0"},
	{PHASE("{ops: {dist: exponential, mean: 4, cv: 2}}"),
	 "w.yaml:8: phases[0].steps[0].ops.cv: not a parameter of "
	 "exponential; remove it"},
	{PHASE("{sleep_us: {dist: poisson, mean: 4}}"),
	 "w.yaml:8: phases[0].steps[0].sleep_us: poisson is a count without a "
	 "unit; another distribution for a time"},
	{PHASE("{ops: {dist: empirical}}"),
	 "w.yaml:8: phases[0].steps[0].ops: key 'values' is missing; a list "
	 "of numbers"},
	{PHASE("{ops: {dist: empirical, values: [1, 2], weights: [1]}}"),
	 "w.yaml:8: phases[0].steps[0].ops.weights: 1 for 2 values; one each"},
	{PHASE("{ops: {dist: constant, value: 0}}"),
	 "w.yaml:6: phases[0]: repeats nothing for ever; a step that takes "
	 "time"},
	{HEAD "phases:\n- {repeat: 0, steps: [{cpu_us: {dist: constant, "
	 "value: 1}}]}\n- {steps: [{cpu_us: {dist: constant, value: 1}}]}\n",
	 "w.yaml:6: phases[0].repeat: 0 (for ever) before the last phase; 1 "
	 "or more"},
};

START_TEST(test_bad_input_gives_its_line)
{
	struct arena *arena = arena_create();
	struct err err = {""};

	ck_assert_ptr_null(workload_parse(arena, "w.yaml", bad[_i].text,
					  &err));
	ck_assert_str_eq(err.text, bad[_i].line);
	arena_destroy(arena);
}
END_TEST

START_TEST(test_missing_file_is_named)
{
	struct arena *arena = arena_create();
	struct err err;

	ck_assert_ptr_null(workload_load(arena, "no.yaml", &err));
	ck_assert_str_eq(err.text,
			 "no.yaml: cannot be read: No such file or directory");
	arena_destroy(arena);
}
END_TEST

/* Weights 3 to 1 of 10 and 20, in us: the mean is 12500 ns. */
START_TEST(test_lists_carry_the_unit)
{
	struct arena *arena = arena_create();
	const struct workload *w = parse(arena,
		PHASE("{sleep_us: {dist: empirical, values: [10, 20], "
		      "weights: [3, 1]}}"));

	ck_assert_double_eq(dist_mean(&w->phase[0].step[0].amount), 12500);
	w = parse(arena, PHASE("{cpu_us: {dist: gamma, mean: 4, shape: 2}}"));
	ck_assert_double_eq_tol(dist_mean(&w->phase[0].step[0].amount), 4000,
				1e-9);
	/* the shape has no unit: cv = 1 / sqrt(2) */
	ck_assert_double_eq_tol(dist_cv(&w->phase[0].step[0].amount),
				1 / sqrt(2), 1e-12);
	arena_destroy(arena);
}
END_TEST

/* Breaks W1 to W4 and P1, P2; the check must abort. */
START_TEST(test_check_bites)
{
	struct arena *arena = arena_create();
	struct workload w = *parse(arena, good);
	struct workload_op op = w.op[0];
	struct workload_phase phase = w.phase[2];
	struct workload_step step = phase.step[0];
	struct program p;

	program_init(&p, parse(arena, good), 1, 1, 0);
	switch (_i) {
	case 0: /* W1 */
		w.phase_count = 0;
		break;
	case 1: /* W2 */
		op.mlp = 0.5;
		w.op = &op;
		w.op_count = 1;
		break;
	case 2: /* W3 */
		step.op_index = 2;
		phase.step = &step;
		phase.step_count = 1;
		w.phase = &phase;
		w.phase_count = 1;
		break;
	case 3: /* W4: nothing for ever */
		step.amount = dist_constant(0);
		phase.step = &step;
		phase.step_count = 1;
		w.phase = &phase;
		w.phase_count = 1;
		break;
	case 4: /* P1 */
		p.phase_index = 4;
		break;
	case 5: /* P1 */
		p.step_index = 9;
		break;
	default: /* P2 */
		p.round = 1;
	}
	program_check(&p);
	workload_check(&w);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("workload");
	TCase *tc = tcase_create("workload");

	tcase_add_test(tc, test_a_file_becomes_a_workload);
	tcase_add_test(tc, test_a_program_goes_through_the_phases);
	tcase_add_test(tc, test_a_program_ends);
	tcase_add_test(tc, test_vcpus_beyond_the_threads_idle);
	tcase_add_test(tc,
		       test_streams_depend_on_seed_guest_and_vcpu_alone);
	tcase_add_loop_test(tc, test_bad_input_gives_its_line, 0,
			    sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tc, test_missing_file_is_named);
	tcase_add_test(tc, test_lists_carry_the_unit);
	tcase_add_loop_test_raise_signal(tc, test_check_bites, SIGABRT, 0, 7);
	suite_add_tcase(suite, tc);
	return suite;
}
