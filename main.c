/*
 * main.c - the table of subcommands: name, summary, function.
 *
 * A command gets argv with argv[0] = "nodewise NAME" and returns the exit
 * status: 0 good; 1 the answer is no (regression, mismatch, does not fit);
 * 2 usage or input error; 3 cannot judge. Adding a command is one line here.
 */
#include "base/err.h"
#include "bench/engine/cmd_bench.h"
#include "plots/cmd_plot.h"
#include "run/cmd_conform.h"
#include "run/cmd_host.h"
#include "run/cmd_place.h"
#include "run/cmd_sim.h"
#include "run/cmd_vnuma.h"

#include <stdio.h>
#include <string.h>

static const struct command {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv);
} commands[] = {
	{"sim", "run a scenario with placement heuristics", cmd_sim},
	{"place", "say where guests would go on the host you have", cmd_place},
	{"host", "draw a machine: nodes, CPUs, memory, constants", cmd_host},
	{"conform", "replay recorded behaviour of Xen: does the model agree?",
	 cmd_conform},
	{"vnuma", "show a guest's virtual nodes and ACPI tables", cmd_vnuma},
	{"plot", "draw the figures of a results folder", cmd_plot},
	{"bench", "measure the simulator's own speed", cmd_bench},
};

enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) };

static void usage(FILE *to)
{
	fputs("Usage: nodewise COMMAND [ARGUMENT...]\n"
	      "Which NUMA nodes should this guest get, and how sure are we?\n\n",
	      to);
	for (int i = 0; i < COMMAND_COUNT; i++)
		fprintf(to, "  %-8s %s\n", commands[i].name,
			commands[i].summary);
	fputs("\nnodewise COMMAND --help says more. For example:\n"
	      "  nodewise sim demo --out results/mine\n"
	      "  nodewise host four-node\n",
	      to);
}

static int unknown(const char *name)
{
	const char *names[COMMAND_COUNT];
	struct err err;

	for (int i = 0; i < COMMAND_COUNT; i++)
		names[i] = commands[i].name;
	err_set(&err, "unknown command '%s'", name);
	err_add_nearest(&err, name, names, COMMAND_COUNT);
	fprintf(stderr, "nodewise: %s\n", err.text);
	return 2;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		usage(stderr);
		return 2;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
	    !strcmp(argv[1], "help")) {
		usage(stdout);
		return 0;
	}
	for (int i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		char name[64];

		snprintf(name, sizeof(name), "nodewise %s", argv[1]);
		argv[1] = name;
		return commands[i].run(argc - 1, argv + 1);
	}
	return unknown(argv[1]);
}
