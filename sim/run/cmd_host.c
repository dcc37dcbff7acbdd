#include "run/cmd_host.h"

#include "base/arena.h"
#include "base/err.h"
#include "host/draw.h"
#include "host/topology.h"
#include "run/host_file.h"
#include "run/host_json.h"

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>

enum { STATUS_GOOD = 0, STATUS_INPUT = 2, KEY_EXPORT = 256, KEY_CONSTANTS };

struct options {
	const char *what;
	const char *export_path;
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
	case ARGP_KEY_ARG:
		if (options->what)
			argp_error(state, "one host at a time, not also '%s'",
				   arg);
		options->what = arg;
		return 0;
	case ARGP_KEY_END:
		if (!options->what)
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
	       "here.xml",
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

int cmd_host(int argc, char **argv)
{
	struct options options = {0};
	struct err err = {{0}};

	argp_err_exit_status = STATUS_INPUT;
	argp_parse(&parser, argc, argv, 0, NULL, &options);

	struct arena *arena = arena_create();
	int rc = show(&options, arena, &err);

	arena_destroy(arena);
	if (rc) {
		fprintf(stderr, "nodewise: %s\n", err.text);
		return STATUS_INPUT;
	}
	return STATUS_GOOD;
}
