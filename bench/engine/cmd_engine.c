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
#include "base/progress.h"
#include "base/record.h"
#include "base/version.h"
#include "bench/engine/cmd_bench.h"
#include "bench/engine/engine.h"
#include "bench/engine/rival.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { ROUNDS_FULL = 7, ROUNDS_QUICK = 3 };

struct options {
	uint32_t rounds; /* 0 = not given */
	bool quick;
	bool json;
	const char *out; /* NULL = none */
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;
	unsigned long number;
	char *end;

	switch (key) {
	case 'r':
		errno = 0;
		number = strtoul(argument, &end, 10);
		if (errno || *end || *argument < '0' || *argument > '9' ||
		    number < 1 || number > SAMPLES_MAX)
			argp_error(state, "--rounds: '%s' is not 1 to %d",
				   argument, SAMPLES_MAX);
		options->rounds = (uint32_t)number;
		return 0;
	case 'q':
		options->quick = true;
		return 0;
	case 'j':
		options->json = true;
		return 0;
	case 'o':
		options->out = argument;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s' is one argument too many", argument);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option option_table[] = {
	{"rounds", 'r', "N", 0, "rounds, 1 to 1000 (7; 3 with --quick)", 0},
	{"quick", 'q', NULL, 0, "fewer cases and events: seconds, not minutes",
	 0},
	{"json", 'j', NULL, 0, "print JSON, all rounds in it", 0},
	{"out", 'o', "DIR", 0, "also write a results folder", 0},
	{0},
};

static const struct argp parser = {
	.options = option_table,
	.parser = parse_option,
	.doc = "How many events a second the simulator's engine does, beside "
	       "ns-3 and SimGrid where they are installed."
	       "\vAll contenders draw the same random numbers and run in turn, "
	       "round after round; CPU time is counted. Rivals are programs "
	       "beside this one, built by `ninja rivals`.",
};

static int64_t progress_ns(void *context)
{
	return clock_wall_ns(context);
}

static void progress_tell(void *state, uint64_t done)
{
	progress_update(state, done);
}

static struct engine_report *run(struct arena *arena,
				 const struct options *options)
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
		.rounds = options->rounds  ? options->rounds
			  : options->quick ? ROUNDS_QUICK
					   : ROUNDS_FULL,
		.clock = clock,
		.progress = progress_tell,
		.progress_state = &progress,
	};

	progress_init(&progress, stderr, isatty(2), progress_ns, &clock,
		      "engine", "runs",
		      (uint64_t)config.cases_count * config.rounds *
			      config.contenders_count);
	struct engine_report *report = engine_run(arena, &config);

	progress_fini(&progress);
	return report;
}

/* The folder is opened before the measurement, so that a name that is taken
 * costs no minutes. */
static int record_finish(const struct engine_report *report,
			 struct record *record, int argc, char **argv,
			 struct err *err)
{
	static const uint64_t seed = RIVAL_SEED;
	struct run_info info = {
		.program = "nodewise",
		.version = nodewise_version(),
		.command = (const char *const *)argv,
		.command_count = (size_t)argc,
		.seeds = &seed,
		.seed_count = 1,
		.host = engine_host_json(report),
		.extra = json_pack("{s:s, s:s}", "compiler", engine_compiler(),
				   "flags", engine_flags()),
	};

	engine_record(report, record);
	int rc = record_run(record, &info, err);

	json_decref(info.host);
	json_decref(info.extra);
	if (rc) {
		record_abort(record);
		return -1;
	}
	return record_commit(record, err);
}

int cmd_bench_engine(int argc, char **argv)
{
	struct options options = {0};
	struct record *record = NULL;
	struct err err;

	argp_err_exit_status = 2;
	argp_parse(&parser, argc, argv, 0, NULL, &options);
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
	if (record && record_finish(report, record, argc, argv, &err)) {
		fprintf(stderr, "nodewise: %s\n", err.text);
		status = 2;
	}
	arena_destroy(arena);
	return status;
}
