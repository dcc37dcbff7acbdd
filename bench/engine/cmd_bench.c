#include "bench/engine/cmd_bench.h"

#include "base/err.h"

#include <stdio.h>
#include <string.h>

/* Adding a bench is one line here. */
static const struct bench {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv);
} benches[] = {
	{"engine", "events per second of the simulator, beside other engines",
	 cmd_bench_engine},
	{"heap", "ns per extent of the page allocator on a host of 24 TiB",
	 cmd_bench_heap},
};

enum { BENCH_COUNT = sizeof(benches) / sizeof(benches[0]) };

static void list(FILE *to)
{
	for (int i = 0; i < BENCH_COUNT; i++)
		fprintf(to, "%-10s %s\n", benches[i].name, benches[i].summary);
}

static void usage(FILE *to)
{
	fputs("Usage: nodewise bench BENCH [OPTION...]\n"
	      "       nodewise bench --list\n"
	      "Measure, in turn and with spread.\n\n",
	      to);
	list(to);
	fputs("\nnodewise bench BENCH --help says more. For example:\n"
	      "  nodewise bench engine --quick\n",
	      to);
}

static int unknown(const char *name)
{
	const char *names[BENCH_COUNT];
	struct err err;

	for (int i = 0; i < BENCH_COUNT; i++)
		names[i] = benches[i].name;
	err_set(&err, "unknown bench '%s'", name);
	err_add_nearest(&err, name, names, BENCH_COUNT);
	fprintf(stderr, "nodewise: %s\n", err.text);
	return 2;
}

int cmd_bench(int argc, char **argv)
{
	char title[64];

	if (argc < 2) {
		usage(stderr);
		return 2;
	}
	if (!strcmp(argv[1], "--list")) {
		list(stdout);
		return 0;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-?")) {
		usage(stdout);
		return 0;
	}
	for (int i = 0; i < BENCH_COUNT; i++) {
		if (strcmp(argv[1], benches[i].name))
			continue;
		snprintf(title, sizeof(title), "%s %s", argv[0],
			 benches[i].name);
		argv[1] = title;
		return benches[i].run(argc - 1, argv + 1);
	}
	return unknown(argv[1]);
}
