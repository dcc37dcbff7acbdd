/*
 * cmd_engine.c - `nodewise bench engine`: options in, report out.
 *
 * RULE    Text to the terminal, or JSON with --json; with --out DIR also a
 *         results folder, written whole or not at all. Status 1 when a
 *         contender fired other events than we did.
 *
 * TESTS   bench/test/check_bench_engine.c
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/record.h"
#include "bench/core/options.h"
#include "bench/engine/cmd_bench.h"
#include "bench/engine/engine.h"
#include "bench/engine/rival.h"

#include <unistd.h>

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	(void)argument;
	if (key != ARGP_KEY_INIT)
		return ARGP_ERR_UNKNOWN;
	state->child_inputs[0] = state->input;
	return 0;
}

static const struct argp_child children[] = {
	{&bench_options_argp, 0, NULL, 0}, {0},
};

static const struct argp parser = {
	.parser = parse_option,
	.doc = "How many events a second the simulator's engine does, beside "
	       "ns-3 and SimGrid where they are installed."
	       "\vAll contenders draw the same random numbers and run in turn, "
	       "round after round; CPU time is counted. Rivals are programs "
	       "beside this one, built by `ninja rivals`.\n\n"
	       "For example:\n"
	       "  nodewise bench engine --quick\n"
	       "  nodewise bench engine --out results/engine",
	.children = children,
};

static struct engine_report *run(struct arena *arena,
				 const struct bench_options *options)
{
	struct clock clock = clock_system();
	struct progress progress;
	struct engine_config config = {
		.contenders = engine_contenders,
		.contenders_count = engine_contenders_count,
		.cases = options->quick ? engine_cases_quick
					: engine_cases_full,
		.cases_count = options->quick ? engine_cases_quick_count
					      : engine_cases_full_count,
		.rounds = bench_options_rounds(options),
		.clock = clock,
		.progress = bench_progress_tell,
		.progress_state = &progress,
	};

	bench_progress_init(&progress, &clock, "engine", "runs",
			    (uint64_t)config.cases_count * config.rounds *
				    config.contenders_count);
	struct engine_report *report = engine_run(arena, &config);

	progress_fini(&progress);
	return report;
}

int cmd_bench_engine(int argc, char **argv)
{
	struct bench_options options = {0};
	struct record *record = NULL;
	struct err err;

	argp_err_exit_status = 2;
	argp_parse(&parser, argc, argv, 0, NULL, &options);
	/* Opened before the measurement: a name that is taken costs no minutes. */
	if (options.out && !(record = record_open(options.out, &err))) {
		fprintf(stderr, "nodewise: %s\n", err.text);
		return 2;
	}
	struct arena *arena = arena_create();
	struct engine_report *report = run(arena, &options);
	int status = engine_differs(report) ? 1 : 0;

	if (options.json) {
		json_t *json = engine_json(report);

		json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
		putchar('\n');
		json_decref(json);
	} else {
		engine_print(arena, report, stdout, isatty(1));
	}
	if (record) {
		engine_record(report, record);
		if (conditions_commit(&report->conditions, record, RIVAL_SEED,
				      argc, argv, &err)) {
			fprintf(stderr, "nodewise: %s\n", err.text);
			status = 2;
		}
	}
	arena_destroy(arena);
	return status;
}
