#include "run/cmd_conform.h"

#include "base/progress.h"
#include "base/units.h"
#include "run/conform_print.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	STATUS_AGREE = 0,
	STATUS_DIFFER = 1,
	STATUS_INPUT = 2,
	FIRST_DEFAULT = 5,
	FIRST_MAX = 100000,
	OPTION_FIRST = 1000,
	OPTION_MODEL,
	OPTION_XEN_VERSION,
	OPTION_ALLOW,
	OPTION_PARANOID,
};

struct options {
	char **path; /* [path_count], of argv */
	size_t path_count;
	struct conform_job job;
	bool json, allow_unmodelled;
};

static const struct argp_option option_table[] = {
	{"kind", 'k', "KIND", 0,
	 "What the records are (default: told by their content)", 0},
	{"first", OPTION_FIRST, "N", 0,
	 "Show so many differences of each file and kind (default 5)", 0},
	{"model", OPTION_MODEL, "libxl|libxl-fixed", 0,
	 "Which placement is compared: Xen's as it is (default), or with its "
	 "defects repaired, to see how many answers change", 0},
	{"xen-version", OPTION_XEN_VERSION, "4.17|4.22", 0,
	 "Replay heap and scheduler as that version (default 4.22, which the "
	 "golden files recorded)", 0},
	{"allow-unmodelled", OPTION_ALLOW, NULL, 0,
	 "Records of what is not modelled do not make the exit status 1", 0},
	{"paranoid", OPTION_PARANOID, NULL, 0,
	 "Check every invariant of heap and scheduler after every step (slow)",
	 0},
	{"threads", 't', "N", 0,
	 "Records replayed at once (default: all CPUs); changes no output", 0},
	{"json", 'j', NULL, 0, "Print JSON instead of tables", 0},
	{0},
};

static const char doc[] =
	"Replay recorded behaviour of Xen's own code and say whether the model "
	"does the same.\v"
	"A FILE has one JSON object a line and may be compressed (.jsonl, "
	".jsonl.gz). Kinds:\n\n";

static const char doc_end[] =
	"\nFor example:\n\n"
	"  nodewise conform sim/test/golden/*.jsonl.gz\n"
	"  nodewise conform --model libxl-fixed "
	"sim/test/golden/placement.jsonl.gz\n\n"
	"Exit status: 0 if all agree; 1 if some do not, or are not modelled; "
	"2 if a file cannot be read or has no record of a known kind.";

static uint32_t number_of(struct argp_state *state, const char *option,
			  const char *text, uint32_t min, uint32_t max)
{
	char *end;

	errno = 0;
	unsigned long long value = strtoull(text, &end, 10);

	if (errno || end == text || *end || *text == '-' || value < min ||
	    value > max)
		argp_error(state, "--%s: '%s' is out of range; %u to %u",
			   option, text, min, max);
	return (uint32_t)value;
}

/* One of two words: is it the second? */
static bool second_of(struct argp_state *state, const char *option,
		      const char *text, const char *first, const char *second)
{
	if (strcmp(text, first) && strcmp(text, second))
		argp_error(state, "--%s: '%s' is neither %s nor %s", option,
			   text, first, second);
	return strcmp(text, second) == 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	struct err err;

	switch (key) {
	case 'k':
		o->job.kind = conform_kind_find(arg, &err);
		if (!o->job.kind)
			argp_error(state, "--kind: %s", err.text);
		return 0;
	case OPTION_FIRST:
		o->job.first_max = number_of(state, "first", arg, 0, FIRST_MAX);
		return 0;
	case OPTION_MODEL:
		o->job.options.libxl_fixed =
			second_of(state, "model", arg, "libxl", "libxl-fixed");
		return 0;
	case OPTION_XEN_VERSION:
		o->job.options.xen_version =
			second_of(state, "xen-version", arg, "4.22", "4.17")
				? 417 : 422;
		return 0;
	case 't':
		o->job.threads = number_of(state, "threads", arg, 1,
					   CONFORM_THREADS_MAX);
		return 0;
	case OPTION_ALLOW: o->allow_unmodelled = true; return 0;
	case OPTION_PARANOID: o->job.options.paranoid = true; return 0;
	case 'j': o->json = true; return 0;
	case ARGP_KEY_ARGS:
		o->path = state->argv + state->next;
		o->path_count = (size_t)(state->argc - state->next);
		return 0;
	case ARGP_KEY_END:
		if (!o->path_count)
			argp_error(state, "which FILE?");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* --- help: the kinds come from their table -------------------------------- */

static char *filter(int key, const char *text, void *input)
{
	char *all, *to;
	size_t bytes = sizeof(doc_end);

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;
	for (size_t i = 0; i < conform_kind_count(); i++)
		bytes += strlen(conform_kind_at(i)->summary) + 32;
	all = malloc(strlen(text) + bytes);
	if (!all)
		return NULL;
	to = stpcpy(all, text);
	for (size_t i = 0; i < conform_kind_count(); i++)
		to += sprintf(to, "  %-12s %s\n", conform_kind_at(i)->name,
			      conform_kind_at(i)->summary);
	stpcpy(to, doc_end);
	return all;
}

/* --- running it ----------------------------------------------------------- */

static int64_t clock_ns(void *unused)
{
	struct timespec now;

	(void)unused;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* Bytes of the files before this one, and the line on the terminal. */
struct watch {
	struct progress progress;
	uint64_t before_bytes;
};

static uint64_t file_bytes(const char *path)
{
	struct stat info;

	if (stat(path, &info) || !S_ISREG(info.st_mode))
		return 0;
	return (uint64_t)info.st_size;
}

static void show(void *watch, uint64_t offset_bytes)
{
	struct watch *w = watch;

	progress_update(&w->progress, (w->before_bytes + offset_bytes) / 1024);
}

static void run_files(struct options *o, struct conform_report *report)
{
	struct watch watch = {.before_bytes = 0};
	uint64_t total_bytes = 0;

	for (size_t f = 0; f < o->path_count; f++)
		total_bytes += file_bytes(o->path[f]);
	progress_init(&watch.progress, stderr, isatty(STDERR_FILENO) == 1,
		      clock_ns, NULL, "conform", "KiB", total_bytes / 1024);
	o->job.done = show;
	o->job.context = &watch;
	for (size_t f = 0; f < o->path_count; f++) {
		conform_run(&o->job, o->path[f], &report[f]);
		watch.before_bytes += file_bytes(o->path[f]);
		show(&watch, 0);
	}
	progress_fini(&watch.progress);
}

static void print_json(const struct options *o,
		       const struct conform_report *report)
{
	json_t *json = conform_report_json(report, o->path_count,
					   &o->job.options);

	json_dumpf(json, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(15));
	printf("\n");
	json_decref(json);
}

static int conform(struct options *o)
{
	struct conform_report *report = calloc(o->path_count, sizeof(*report));

	require(report != NULL);
	run_files(o, report);
	for (size_t f = 0; f < o->path_count; f++)
		if (report[f].failed)
			fprintf(stderr, "nodewise: %s\n", report[f].err.text);
	if (o->json)
		print_json(o, report);
	else
		conform_print(stdout, report, o->path_count, &o->job.options,
			      isatty(STDOUT_FILENO) == 1);

	struct conform_totals sum = conform_totals(report, o->path_count);
	bool bad_output = fflush(stdout) != 0;

	if (bad_output)
		fprintf(stderr, "nodewise: cannot write the answer\n");
	for (size_t f = 0; f < o->path_count; f++)
		conform_report_fini(&report[f]);
	free(report);
	if (sum.failed_files || bad_output)
		return STATUS_INPUT;
	return sum.differed || (sum.unmodelled && !o->allow_unmodelled)
		       ? STATUS_DIFFER
		       : STATUS_AGREE;
}

int cmd_conform(int argc, char **argv)
{
	static const struct argp parser = {
		option_table, parse, "FILE...", doc, NULL, filter, NULL,
	};
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct options options = {
		.job = {
			.options = conform_options_default(),
			.threads = cpus < 1 ? 1
				   : cpus > CONFORM_THREADS_MAX
					   ? CONFORM_THREADS_MAX
					   : (uint32_t)cpus,
			.first_max = FIRST_DEFAULT,
		},
	};

	argp_err_exit_status = STATUS_INPUT;
	argp_parse(&parser, argc, argv, 0, NULL, &options);
	return conform(&options);
}
