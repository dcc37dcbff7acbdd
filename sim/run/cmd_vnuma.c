#include "run/cmd_vnuma.h"

#include "base/arena.h"
#include "base/err.h"
#include "run/acpi_file.h"
#include "run/e820_file.h"
#include "run/host_file.h"
#include "run/vnuma_report.h"

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

enum {
	STATUS_GOOD = 0,
	STATUS_INPUT = 2,
	KEY_HOST = 256,
	KEY_E820,
	KEY_ACPI,
	KEY_CORRECTED,
};

struct options {
	const char *guest, *host;
	const char *e820, *acpi;
	bool corrected, json;
};

static const struct argp_option option_table[] = {
	{"host", KEY_HOST, "HOST", 0,
	 "The machine it would run on: a profile, a name, an lstopo file, a "
	 "synthetic string, or this", 0},
	{"acpi", KEY_ACPI, "DIR", 0,
	 "Write srat.dat and slit.dat into DIR, byte for byte what the guest "
	 "would get", 0},
	{"corrected", KEY_CORRECTED, NULL, 0,
	 "Not what Xen writes: distances of 10 and 20 where the file gives "
	 "none", 0},
	{"e820", KEY_E820, "FILE", 0,
	 "The host's memory map, for a PV guest with e820_host=1: lines of xl "
	 "dmesg or dmesg, or START SIZE TYPE", 0},
	{"json", 'j', NULL, 0, "Print everything as JSON", 0},
	{0},
};

static void check_options(const struct options *o, struct argp_state *state)
{
	if (!o->guest)
		argp_error(state, "which guest? Its xl.cfg, as in nodewise "
			   "vnuma guest.cfg --host four-node");
	if (!o->host)
		argp_error(state, "on which host? --host HOST, as four-node");
	if (o->corrected && !o->acpi && !o->json)
		argp_error(state, "--corrected is about the tables: with "
			   "--acpi or --json");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case KEY_HOST:
		options->host = arg;
		return 0;
	case KEY_E820:
		options->e820 = arg;
		return 0;
	case KEY_ACPI:
		options->acpi = arg;
		return 0;
	case KEY_CORRECTED:
		options->corrected = true;
		return 0;
	case 'j':
		options->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (options->guest)
			argp_error(state, "one guest at a time, not also '%s'",
				   arg);
		options->guest = arg;
		return 0;
	case ARGP_KEY_END:
		check_options(options, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {
	.options = option_table,
	.parser = parse,
	.args_doc = "GUEST.cfg --host HOST",
	.doc = "Show what vnuma= of a guest comes to: virtual nodes, their guest "
	       "addresses and distances, and the ACPI tables; or how xl would "
	       "refuse it.\v"
	       "Exit status 2 says that xl create would refuse the guest; its "
	       "message comes with xl's own exit status. Xen has no save and no "
	       "migration for a guest with vNUMA. For example:\n"
	       "\n"
	       "  nodewise vnuma workloads/guests/vnuma.cfg --host four-node\n"
	       "  nodewise vnuma guest.cfg --host this --acpi tables\n"
	       "  iasl -d tables/srat.dat",
};

static struct xlcfg_host host_view(struct arena *arena, const struct host *host)
{
	uint16_t *map = arena_array(arena, host->nr_cpus, sizeof(*map));

	for (uint32_t c = 0; c < host->nr_cpus; c++)
		map[c] = host->cpu[c].node;
	return (struct xlcfg_host){host->nr_nodes, host->nr_cpus, map};
}

static int read_e820(struct arena *arena, const struct options *options,
		     struct vnuma_ask *ask, struct err *err)
{
	struct e820_entry *map;

	if (!options->e820)
		return 0;
	if (ask->config->type != XLCFG_PV)
		return err_set(err, "%s: --e820 is for PV guests; the map of a "
			       "%s guest does not follow the host's",
			       options->guest,
			       xlcfg_type_name(ask->config->type));
	if (e820_file_load(arena, options->e820, &map, &ask->e820_count, err))
		return -1;
	ask->e820 = map;
	return 0;
}

static int print(struct arena *arena, const struct options *options,
		 const struct vnuma_report *report, struct err *err)
{
	if (options->json) {
		json_t *json = vnuma_report_json(report);

		json_dumpf(json, stdout, JSON_INDENT(1));
		printf("\n");
		json_decref(json);
	} else {
		vnuma_report_print(arena, report, stdout,
				   isatty(STDOUT_FILENO));
		if (options->acpi && !report->plan->refusal.xl_status)
			printf("\n%s/srat.dat: %u bytes\n%s/slit.dat: %u "
			       "bytes%s\n", options->acpi,
			       report->srat.size_bytes, options->acpi,
			       report->slit.size_bytes,
			       options->corrected ? ", corrected" : "");
	}
	if (fflush(stdout))
		return err_set(err, "cannot write the answer");
	return 0;
}

/* STATUS_*, with *err set unless it is good. */
static int run(struct arena *arena, const struct options *options,
	       struct err *err)
{
	struct vnuma_report report = {.corrected = options->corrected};
	struct vnuma_ask ask = {0};
	struct vnuma_plan plan;
	struct xlcfg_host view;
	struct xlcfg *config;
	struct host *host;

	if (host_load(arena, options->host, NULL, &host, err))
		return STATUS_INPUT;
	config = xlcfg_load(arena, options->guest, err);
	view = host_view(arena, host);
	if (!config || xlcfg_bind(config, &view, arena, err))
		return STATUS_INPUT;
	if (!config->vnode_count) {
		err_set(err, "%s: has no vnuma=; vnuma = [ [ \"pnode=0\", "
			"\"size=1024\", \"vcpus=0-3\", \"vdistances=10,20\" ], "
			"... ]", options->guest);
		return STATUS_INPUT;
	}
	ask.config = config;
	ask.host = &view;
	if (read_e820(arena, options, &ask, err))
		return STATUS_INPUT;
	vnuma_plan_make(arena, &ask, &plan);
	report.config = config;
	report.host = host;
	report.plan = &plan;
	vnuma_report_make(arena, &report);
	if (options->acpi && !plan.refusal.xl_status &&
	    acpi_file_write(options->acpi, &report.srat, &report.slit, err))
		return STATUS_INPUT;
	if (print(arena, options, &report, err))
		return STATUS_INPUT;
	if (!plan.refusal.xl_status)
		return STATUS_GOOD;
	err_set(err, "%s:%u: vnuma: xl create would end with exit status %d: %s",
		options->guest, config->vnuma_line, plan.refusal.xl_status,
		plan.refusal.text);
	return STATUS_INPUT;
}

int cmd_vnuma(int argc, char **argv)
{
	struct options options = {0};
	struct err err = {{0}};

	argp_err_exit_status = STATUS_INPUT;
	argp_parse(&parser, argc, argv, 0, NULL, &options);

	struct arena *arena = arena_create();
	int status = run(arena, &options, &err);

	arena_destroy(arena);
	if (status != STATUS_GOOD)
		fprintf(stderr, "nodewise: %s\n", err.text);
	return status;
}
