#include "bench/core/options.h"

#include "bench/core/samples.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

uint64_t bench_option_number(struct argp_state *state, const char *option,
			     const char *argument, uint64_t low, uint64_t high)
{
	char *end;

	errno = 0;
	unsigned long long number = strtoull(argument, &end, 10);

	if (errno || *end || *argument < '0' || *argument > '9' ||
	    number < low || number > high)
		argp_error(state, "--%s: '%s' is not %" PRIu64 " to %" PRIu64,
			   option, argument, low, high);
	return number;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct bench_options *options = state->input;

	switch (key) {
	case 'r':
		options->rounds = (uint32_t)bench_option_number(
			state, "rounds", argument, 1, SAMPLES_MAX);
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
	{"quick", 'q', NULL, 0, "fewer cases, smaller: seconds, not minutes",
	 0},
	{"json", 'j', NULL, 0, "print JSON, all rounds in it", 0},
	{"out", 'o', "DIR", 0, "also write a results folder", 0},
	{0},
};

const struct argp bench_options_argp = {
	.options = option_table,
	.parser = parse_option,
};

uint32_t bench_options_rounds(const struct bench_options *options)
{
	return options->rounds	? options->rounds
	       : options->quick ? BENCH_ROUNDS_QUICK
				: BENCH_ROUNDS_FULL;
}

static int64_t progress_ns(void *context)
{
	return clock_wall_ns(context);
}

void bench_progress_init(struct progress *progress, struct clock *clock,
			 const char *title, const char *unit, uint64_t total)
{
	progress_init(progress, stderr, isatty(2), progress_ns, clock, title,
		      unit, total);
}

void bench_progress_tell(void *state, uint64_t done)
{
	progress_update(state, done);
}
