/*
 * cmd_bench_heap.c - `nodewise bench heap`: options in, report out.
 *
 * RULE    Text to the terminal, or JSON with --json; with --out DIR also a
 *         results folder. With --check STEPS nothing is timed: the heap and its
 *         naive twin do STEPS random steps. Status 1 when they differ.
 *
 * TESTS   bench/test/check_bench_heap.c
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/record.h"
#include "bench/core/options.h"
#include "bench/engine/cmd_bench.h"
#include "bench/engine/heap_bench.h"

#include <inttypes.h>
#include <unistd.h>

#define CHECK_STEPS_MAX UINT64_C(1000000000000)

struct options {
	struct bench_options common;
	uint64_t check_steps; /* 0: measure */
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->common;
		return 0;
	case 'c':
		options->check_steps = bench_option_number(
			state, "check", argument, 1, CHECK_STEPS_MAX);
		return 0;
	case ARGP_KEY_END:
		if (options->check_steps &&
		    (options->common.out || options->common.rounds ||
		     options->common.quick))
			argp_error(state, "--check measures nothing: leave out "
					  "--rounds, --quick and --out");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option option_table[] = {
	{"check", 'c', "STEPS", 0,
	 "instead of measuring, do so many random steps beside a naive array of "
	 "pages and compare everything after each (10 million a minute)",
	 0},
	{0},
};

static const struct argp_child children[] = {
	{&bench_options_argp, 0, NULL, 0}, {0},
};

static const struct argp parser = {
	.options = option_table,
	.parser = parse_option,
	.doc = "What the model of Xen's page allocator costs: ns per extent to "
	       "build and to destroy a guest on a host of 24 TiB, empty and "
	       "fragmented, and the memory it takes."
	       "\vFor example:\n"
	       "  nodewise bench heap --quick\n"
	       "  nodewise bench heap --out results/heap\n"
	       "  nodewise bench heap --check 10000000",
	.children = children,
};

static void print_json(json_t *json)
{
	json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
	putchar('\n');
	json_decref(json);
}

static json_t *checked_json(const struct heap_bench_checked *r)
{
	json_t *json = json_pack(
		"{s:s, s:b, s:I, s:i, s:I, s:I, s:I, s:I}", "suite",
		"heap check", "same", r->same, "steps", (json_int_t)r->steps,
		"machines", HEAP_TWIN_MACHINES, "runs",
		(json_int_t)r->counts.runs, "stacks",
		(json_int_t)r->counts.stacks, "claim_refusals",
		(json_int_t)r->counts.claim_refusals, "scrubbed_pages",
		(json_int_t)r->counts.scrubbed_pages);

	if (!r->same) {
		json_object_set_new(json, "machine",
				    json_integer(r->machine));
		json_object_set_new(json, "why", json_string(r->why));
	}
	return json;
}

static void checked_print(const struct heap_bench_checked *r)
{
	char steps[32];

	if (!r->same) {
		printf("They DIFFER at step %" PRIu64 ", on machine %" PRIu32
		       ": %s\n",
		       r->steps, r->machine, r->why);
		return;
	}
	printf("%s steps on %d machines: the heap and an array of pages agree, "
	       "after each.\n",
	       thousands(steps, r->steps), HEAP_TWIN_MACHINES);
	printf("Among them %s runs of extents,",
	       thousands(steps, r->counts.runs));
	printf(" %s stacks freed at once,", thousands(steps, r->counts.stacks));
	printf(" %s refusals because of a claim,",
	       thousands(steps, r->counts.claim_refusals));
	printf(" %s pages scrubbed.\n",
	       thousands(steps, r->counts.scrubbed_pages));
}

static int check(const struct options *options)
{
	struct clock clock = clock_system();
	struct progress progress;
	struct heap_bench_check config = {
		.steps = options->check_steps,
		.seed = HEAP_BENCH_SEED,
		.progress = bench_progress_tell,
		.progress_state = &progress,
	};

	bench_progress_init(&progress, &clock, "heap", "steps", config.steps);
	struct heap_bench_checked result = heap_bench_check(&config);

	progress_fini(&progress);
	if (options->common.json)
		print_json(checked_json(&result));
	else
		checked_print(&result);
	return result.same ? 0 : 1;
}

static int measure(const struct options *options, struct record *record,
		   int argc, char **argv)
{
	struct clock clock = clock_system();
	struct arena *arena = arena_create();
	struct heap_bench_config config =
		options->common.quick ? heap_bench_quick : heap_bench_full;
	struct progress progress;
	struct err err;
	int status = 0;

	config.rounds = bench_options_rounds(&options->common);
	config.clock = clock;
	config.progress = bench_progress_tell;
	config.progress_state = &progress;
	bench_progress_init(&progress, &clock, "heap", "guests",
			    heap_bench_steps(&config));
	struct heap_report *report = heap_bench_run(arena, &config);

	progress_fini(&progress);
	if (options->common.json)
		print_json(heap_json(report));
	else
		heap_print(arena, report, stdout, isatty(1));
	if (record) {
		heap_record(report, record);
		if (conditions_commit(&report->conditions, record,
				      HEAP_BENCH_SEED, argc, argv, &err)) {
			fprintf(stderr, "nodewise: %s\n", err.text);
			status = 2;
		}
	}
	arena_destroy(arena);
	return status;
}

int cmd_bench_heap(int argc, char **argv)
{
	struct options options = {.check_steps = 0};
	struct record *record = NULL;
	struct err err;

	argp_err_exit_status = 2;
	argp_parse(&parser, argc, argv, 0, NULL, &options);
	if (options.check_steps)
		return check(&options);
	/* Opened before the measurement: a name that is taken costs no minutes. */
	if (options.common.out &&
	    !(record = record_open(options.common.out, &err))) {
		fprintf(stderr, "nodewise: %s\n", err.text);
		return 2;
	}
	return measure(&options, record, argc, argv);
}
