#include "run/cmd_host.h"

#include "base/arena.h"
#include "base/err.h"
#include "host/draw.h"
#include "host/topology.h"
#include "run/host_collect.h"
#include "run/host_file.h"
#include "run/host_json.h"

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { STATUS_GOOD = 0, STATUS_INPUT = 2, KEY_EXPORT = 256, KEY_CONSTANTS,
       KEY_COLLECT };

struct options {
	const char *what;
	const char *export_path;
	const char *collect; /* DIR, or - for the script */
	bool json;
	bool constants;
};

static const struct argp_option option_table[] = {
	{"json", 'j', NULL, 0, "Print everything as JSON", 0},
	{"constants", KEY_CONSTANTS, NULL, 0,
	 "Print every constant with its meaning and where it comes from", 0},
	{"export-xml", KEY_EXPORT, "FILE", 0,
	 "Also write the host as XML that lstopo reads, with its distances, "
	 "latencies and bandwidths", 0},
	{"collect", KEY_COLLECT, "DIR", 0,
	 "In dom0, instead of a HOST: save what runs on it now, for `nodewise "
	 "place --state DIR`. With - for DIR: print the script that does, to "
	 "run where there is no nodewise", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'j':
		options->json = true;
		return 0;
	case KEY_CONSTANTS:
		options->constants = true;
		return 0;
	case KEY_EXPORT:
		options->export_path = arg;
		return 0;
	case KEY_COLLECT:
		options->collect = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (options->what)
			argp_error(state, "one host at a time, not also '%s'",
				   arg);
		options->what = arg;
		return 0;
	case ARGP_KEY_END:
		if (options->collect &&
		    (options->what || options->export_path || options->json ||
		     options->constants))
			argp_error(state, "--collect stands alone: it looks at "
				   "the Xen host it runs on");
		if (!options->what && !options->collect)
			argp_error(state, "which host? A name, as four-node, "
				   "a file, a synthetic string, or this");
		if (options->json && options->constants)
			argp_error(state, "--json has the constants already: "
				   "one of --json, --constants");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {
	.options = option_table,
	.parser = parse,
	.args_doc = "HOST",
	.doc = "Draw a machine: nodes, CPUs, memory, distances, speeds and "
	       "costs, each with where it comes from.\v"
	       "HOST is a profile (FILE.yaml), the NAME of one in "
	       "workloads/hosts, an lstopo file (FILE.xml), an hwloc synthetic "
	       "string, or this for the machine you are on. Examples:\n"
	       "\n"
	       "  nodewise host four-node\n"
	       "  nodewise host \"pack:2 [numa(memory=64GB)] core:16 pu:2\"\n"
	       "  nodewise host this --export-xml here.xml && lstopo -i "
	       "here.xml\n"
	       "  nodewise host --collect mine\n"
	       "  nodewise host --collect - | ssh dom0 sh -s mine",
};

static void print_json(const struct host *host)
{
	json_t *json = host_json(host);

	json_dumpf(json, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
	printf("\n");
	json_decref(json);
}

static int show(const struct options *options, struct arena *arena,
		struct err *err)
{
	struct host *host;

	if (host_load(arena, options->what, NULL, &host, err))
		return -1;
	if (options->export_path &&
	    topology_export_xml(host, options->export_path, err))
		return -1;
	if (options->json)
		print_json(host);
	else if (options->constants)
		draw_constants(stdout, host);
	else
		draw_host(stdout, host);
	if (fflush(stdout))
		return err_set(err, "cannot write the answer");
	return 0;
}

static int collect(const char *folder)
{
	struct err err;

	if (strcmp(folder, "-") == 0) {
		fputs(host_collect_script(), stdout);
		return fflush(stdout) ? STATUS_INPUT : STATUS_GOOD;
	}
	if (host_collect(folder, &err) == 0)
		return STATUS_GOOD;
	if (err.text[0])
		fprintf(stderr, "nodewise: %s\n", err.text);
	return STATUS_INPUT;
}

int cmd_host(int argc, char **argv)
{
	struct options options = {0};
	struct err err = {{0}};

	argp_err_exit_status = STATUS_INPUT;
	argp_parse(&parser, argc, argv, 0, NULL, &options);
	if (options.collect)
		return collect(options.collect);

	struct arena *arena = arena_create();
	int rc = show(&options, arena, &err);

	arena_destroy(arena);
	if (rc) {
		fprintf(stderr, "nodewise: %s\n", err.text);
		return STATUS_INPUT;
	}
	return STATUS_GOOD;
}
