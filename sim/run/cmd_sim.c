#include "run/cmd_sim.h"

#include "base/json_text.h"
#include "base/progress.h"
#include "base/units.h"
#include "base/version.h"
#include "run/fingerprint.h"
#include "run/host_file.h"
#include "run/report.h"
#include "run/results_dir.h"

#include <argp.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	OPTION_SEED = 1000,
	OPTION_SEEDS,
	OPTION_CASE,
	OPTION_OUT,
	OPTION_REPLACE,
	OPTION_TRACE,
	OPTION_PARANOID,
	OPTION_JSON,
	OPTION_ALL_CASES,
};

struct options {
	const char *scenario;
	const char *heuristic[PLACE_SET_MAX];
	uint32_t heuristic_count;
	uint64_t seed, seeds, threads;
	bool seed_given;
	const char *case_name, *out, *trace;
	bool replace, paranoid, json, all_cases;
};

static const struct argp_option option_table[] = {
	{"heuristic", 'H', "NAME|FILE.so", 0,
	 "Compare this one instead of the scenario's; may be repeated", 0},
	{"seed", OPTION_SEED, "N", 0, "First seed; alone, the only one", 0},
	{"seeds", OPTION_SEEDS, "COUNT", 0, "How many seeds", 0},
	{"case", OPTION_CASE, "NAME", 0, "Only this point of the sweep", 0},
	{"threads", 't', "N", 0, "Runs at once (default: all CPUs)", 0},
	{"out", OPTION_OUT, "DIR", 0, "Keep the results in this new folder", 0},
	{"replace", OPTION_REPLACE, NULL, 0,
	 "An older results folder of that name gives way", 0},
	{"trace", OPTION_TRACE, "FILE", 0,
	 "Write the first run's schedule for ui.perfetto.dev (.gz: compressed)",
	 0},
	{"paranoid", OPTION_PARANOID, NULL, 0,
	 "Check every invariant after every event (slow)", 0},
	{"json", OPTION_JSON, NULL, 0, "Print JSON instead of tables", 0},
	{"all-cases", OPTION_ALL_CASES, NULL, 0,
	 "Print the table of every case, not only of the last", 0},
	{0},
};

static const char doc[] =
	"Run a scenario under several placement heuristics.\v"
	"SCENARIO is a file or a name of workloads/scenarios/. For example:\n\n"
	"  nodewise sim demo --out results/mine\n"
	"  nodewise sim four-lines -H libxl -H ./mine.so --seeds 20\n\n"
	"Exit status: 0; 1 if a heuristic placed no guest at all; 2 bad input.";

static uint64_t number_of(struct argp_state *state, const char *option,
			  const char *text, uint64_t min, uint64_t max)
{
	char *end;

	errno = 0;
	unsigned long long value = strtoull(text, &end, 10);

	if (errno || end == text || *end || *text == '-' || value < min ||
	    value > max)
		argp_error(state, "--%s: '%s' is out of range; %llu to %llu",
			   option, text, (unsigned long long)min,
			   (unsigned long long)max);
	return value;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'H':
		if (o->heuristic_count == PLACE_SET_MAX)
			argp_error(state, "--heuristic: at most %d",
				   PLACE_SET_MAX);
		o->heuristic[o->heuristic_count++] = arg;
		return 0;
	case OPTION_SEED:
		o->seed = number_of(state, "seed", arg, 0, UINT64_MAX - 1000000);
		o->seed_given = true;
		return 0;
	case OPTION_SEEDS:
		o->seeds = number_of(state, "seeds", arg, 1, 100000);
		return 0;
	case 't':
		o->threads = number_of(state, "threads", arg, 1,
				       SWEEP_THREADS_MAX);
		return 0;
	case OPTION_CASE: o->case_name = arg; return 0;
	case OPTION_OUT: o->out = arg; return 0;
	case OPTION_TRACE: o->trace = arg; return 0;
	case OPTION_REPLACE: o->replace = true; return 0;
	case OPTION_PARANOID: o->paranoid = true; return 0;
	case OPTION_JSON: o->json = true; return 0;
	case OPTION_ALL_CASES: o->all_cases = true; return 0;
	case ARGP_KEY_ARG:
		if (o->scenario)
			argp_error(state, "one scenario only");
		o->scenario = arg;
		return 0;
	case ARGP_KEY_END:
		if (!o->scenario)
			argp_error(state, "which scenario?");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* --- what is to be run --------------------------------------------------------- */

struct plan {
	struct arena *arena;
	struct options options;
	struct scenario *scenario;
	struct host *host;
	struct place_set set;
	struct place_set class_set;
	const struct place_ops **class_ops;
	struct sweep sweep;
	uint32_t runs;
	struct outcome *outcome;
	struct progress progress;
};

static int load_host(struct plan *p, struct err *err)
{
	const struct scenario *s = p->scenario;
	struct err why;

	if (host_load(p->arena, s->host, s->path, &p->host, &why)) {
		/* A file's error has its own line, a string's has ours. */
		if (strpbrk(s->host, ": ") || !strcmp(s->host, "this"))
			return err_set(err, "%s:%u: host: %s", s->path,
				       s->host_line, why.text);
		*err = why;
		return -1;
	}

	struct xlcfg_host view = {
		.node_count = p->host->nr_nodes,
		.cpu_count = p->host->nr_cpus,
	};
	uint16_t *map = arena_array(p->arena, view.cpu_count, sizeof(*map));

	for (uint32_t c = 0; c < view.cpu_count; c++)
		map[c] = p->host->cpu[c].node;
	view.cpu_to_node = map;
	return scenario_bind(p->scenario, &view, p->arena, err);
}

/* Heuristics of the command line, else of the scenario, else all. */
static int load_heuristics(struct plan *p, struct err *err)
{
	const struct scenario *s = p->scenario;
	struct err why;

	if (p->options.heuristic_count)
		return place_resolve(p->options.heuristic,
				     p->options.heuristic_count, &p->set, err);
	for (uint32_t i = 0; i < s->heuristic_count; i++) {
		struct place_set one = {0};

		if (place_resolve(&s->heuristic[i], 1, &one, &why))
			return scenario_heuristic_fail(s, i, err, why.text);
		place_set_fini(&one);
	}
	return place_resolve(s->heuristic, s->heuristic_count, &p->set, err);
}

/* Classes whose guests are always placed by one heuristic of their own. */
static int load_class_heuristics(struct plan *p, struct err *err)
{
	const struct scenario *s = p->scenario;

	p->class_ops = arena_array(p->arena, s->guest_count,
				   sizeof(*p->class_ops));
	for (uint32_t i = 0; i < s->guest_count; i++) {
		struct place_set *own;
		struct err why;

		if (!s->guest[i].heuristic)
			continue;
		own = arena_alloc(p->arena, sizeof(*own));
		if (place_resolve(&s->guest[i].heuristic, 1, own, &why))
			return err_set(err, "%s:%u: guests: %s: heuristic: %s",
				       s->path, s->guest[i].heuristic_line,
				       s->guest[i].name, why.text);
		p->class_ops[i] = own->ops[0];
	}
	return 0;
}

/* What no guest can be built with in this version of the model. */
static int refuse_pod(const struct scenario *s, struct err *err)
{
	for (uint32_t i = 0; i < s->config_count; i++) {
		const struct xlcfg *cfg = s->config[i];

		if (cfg->type != XLCFG_PV && cfg->memory_kib < cfg->maxmem_kib &&
		    !cfg->vnode_count)
			return err_set(err,
				       "%s: maxmem: more than memory means "
				       "populate-on-demand for %s guests, which "
				       "is not modelled; use type=\"pv\" or leave "
				       "maxmem out", cfg->path,
				       xlcfg_type_name(cfg->type));
	}
	return 0;
}

static int choose_cases(struct plan *p, struct err *err)
{
	const struct scenario *s = p->scenario;
	const char *names[SCENARIO_CASE_MAX];

	p->sweep.case_count = s->case_count;
	if (!p->options.case_name)
		return 0;
	for (uint32_t c = 0; c < s->case_count; c++) {
		names[c] = s->cases[c].name;
		if (strcmp(names[c], p->options.case_name))
			continue;
		p->sweep.case_first = c;
		p->sweep.case_count = 1;
		return 0;
	}
	err_set(err, "%s: no case '%s'", s->path, p->options.case_name);
	return err_add_nearest(err, p->options.case_name, names, s->case_count);
}

static void choose_seeds(struct plan *p)
{
	const struct options *o = &p->options;

	p->sweep.seed_first = o->seed_given ? o->seed : p->scenario->seed_first;
	p->sweep.seed_count = p->scenario->seed_count;
	if (o->seeds)
		p->sweep.seed_count = (uint32_t)o->seeds;
	else if (o->seed_given)
		p->sweep.seed_count = 1;
}

static void show_progress(void *plan, uint64_t done)
{
	progress_update(&((struct plan *)plan)->progress, done);
}

static int make_plan(struct plan *p, struct err *err)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	p->scenario = scenario_load(p->arena, p->options.scenario, "workloads",
				    err);
	if (!p->scenario || load_host(p, err) || refuse_pod(p->scenario, err) ||
	    load_heuristics(p, err) || load_class_heuristics(p, err) ||
	    choose_cases(p, err))
		return -1;
	choose_seeds(p);
	p->sweep.scenario = p->scenario;
	p->sweep.host = p->host;
	p->sweep.set = &p->set;
	p->sweep.class_ops = p->class_ops;
	p->sweep.threads = p->options.threads ? (uint32_t)p->options.threads
					      : cpus > SWEEP_THREADS_MAX
						? SWEEP_THREADS_MAX
						: (uint32_t)cpus;
	p->sweep.paranoid = p->options.paranoid;
	p->sweep.done = show_progress;
	p->sweep.context = p;
	p->runs = sweep_runs(&p->sweep);
	p->outcome = arena_array(p->arena, p->runs, sizeof(*p->outcome));
	return 0;
}

/* --- running it ---------------------------------------------------------------- */

static int64_t clock_ns(void *unused)
{
	struct timespec now;

	(void)unused;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length >= end_length &&
	       !strcmp(text + length - end_length, end);
}

static int run_plan(struct plan *p, struct err *err)
{
	const char *trace = p->options.trace;
	char partial[4096];

	if (trace) {
		snprintf(partial, sizeof(partial), "%s.partial", trace);
		p->sweep.trace = fopen(partial, "w");
		p->sweep.trace_gzip = ends_with(trace, ".gz");
		if (!p->sweep.trace)
			return err_set(err, "%s: cannot be written: %s",
				       partial, strerror(errno));
	}
	progress_init(&p->progress, stderr, isatty(STDERR_FILENO) == 1,
		      clock_ns, NULL, p->scenario->name, "runs", p->runs);
	int rc = sweep_run(&p->sweep, p->outcome, err);

	progress_fini(&p->progress);
	if (!trace)
		return rc;
	if (fclose(p->sweep.trace) && rc == 0)
		rc = err_set(err, "%s: %s", partial, strerror(errno));
	if (rc == 0 && rename(partial, trace))
		rc = err_set(err, "%s: %s", trace, strerror(errno));
	if (rc)
		unlink(partial);
	return rc;
}

static int write_run_json(const struct plan *p, struct record *record, int argc,
			  char **argv, struct err *err)
{
	uint64_t *seed = arena_array(p->arena, p->sweep.seed_count,
				     sizeof(*seed));
	json_t *host = fingerprint_json();
	json_t *extra = json_pack("{s:s, s:s, s:o, s:i}", "scenario",
				  p->scenario->name, "summary",
				  p->scenario->summary ? p->scenario->summary
						       : "",
				  "simulated_host", json_text(p->host->name),
				  "xen_version", (int)p->scenario->xen_version);

	for (uint32_t k = 0; k < p->sweep.seed_count; k++)
		seed[k] = p->sweep.seed_first + k;

	struct run_info info = {
		.program = "nodewise",
		.version = nodewise_version(),
		.command = (const char *const *)argv,
		.command_count = (size_t)argc,
		.inputs = p->scenario->file,
		.input_count = p->scenario->file_count,
		.seeds = seed,
		.seed_count = p->sweep.seed_count,
		.host = host,
		.extra = extra,
	};
	int rc = record_run(record, &info, err);

	json_decref(host);
	json_decref(extra);
	return rc;
}

static void print_tables(const struct plan *p)
{
	bool colours = isatty(STDOUT_FILENO) == 1;
	uint32_t count = p->sweep.case_count;

	for (uint32_t c = p->options.all_cases ? 0 : count - 1; c < count; c++) {
		const struct scenario_case *point =
			&p->scenario->cases[p->sweep.case_first + c];

		printf("%s on %s, case %s, %u seed%s, %.3g s simulated, "
		       "of which %.3g s count\n\n",
		       p->scenario->name, p->host->name, point->name,
		       p->sweep.seed_count, p->sweep.seed_count == 1 ? "" : "s",
		       s_from_ns(p->scenario->duration_ns),
		       s_from_ns(p->scenario->duration_ns -
				 p->scenario->warmup_ns));
		report_table(stdout, &p->sweep, p->outcome, c, colours);
		printf("\n");
	}
	if (p->sweep.seed_count > 1)
		printf("± is half of a 95 %% confidence interval of the mean "
		       "over seeds.\n");
	if (!p->options.all_cases && count > 1)
		printf("%u other cases: --all-cases prints them.\n", count - 1);
}

/* Did some heuristic place nobody although guests were asked for? */
static bool nothing_fits(const struct plan *p)
{
	for (uint32_t c = 0; c < p->sweep.case_count; c++) {
		for (uint32_t h = 0; h < p->set.count; h++) {
			double asked = 0, failed = 0;

			for (uint32_t k = 0; k < p->sweep.seed_count; k++) {
				const struct outcome *o =
					&p->outcome[sweep_index(&p->sweep, c, h,
								k)];

				asked += o->value[OUTCOME_guests_asked];
				failed += o->value[OUTCOME_guests_failed];
			}
			if (asked > 0 && failed == asked)
				return true;
		}
	}
	return false;
}

static void print_warnings(const struct plan *p)
{
	for (uint32_t i = 0; i < p->scenario->config_count; i++) {
		const struct xlcfg *cfg = p->scenario->config[i];

		for (uint32_t k = 0;
		     k < cfg->warning_count && k < XLCFG_WARNING_MAX; k++)
			fprintf(stderr, "nodewise: %s\n", cfg->warning[k]);
	}
	for (uint32_t k = 0;
	     k < p->host->nr_warnings && k < HOST_WARNING_MAX; k++)
		fprintf(stderr, "nodewise: %s\n", p->host->warning[k]);
}

static int simulate(struct plan *p, int argc, char **argv, struct err *err)
{
	struct results_dir dir = {0};
	const char *out = p->options.out;

	if (make_plan(p, err) ||
	    (out && results_dir_open(&dir, out, p->options.replace, err)))
		return 2;
	print_warnings(p);
	if (run_plan(p, err) ||
	    (out && (report_record(dir.record, &p->sweep, p->outcome, err) ||
		     write_run_json(p, dir.record, argc, argv, err)))) {
		results_dir_abort(&dir);
		return 2;
	}
	if (out && results_dir_commit(&dir, err))
		return 2;
	if (p->options.json) {
		json_t *json = report_json(&p->sweep, p->outcome);

		json_dumpf(json, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(15));
		printf("\n");
		json_decref(json);
	} else {
		print_tables(p);
		printf(out ? "Results are in %s.\n"
			   : "Nothing was written; --out DIR keeps the results.%s\n",
		       out ? out : "");
	}
	return nothing_fits(p) ? 1 : 0;
}

int cmd_sim(int argc, char **argv)
{
	static const struct argp argp = {option_table, parse_option, "SCENARIO",
					 doc, NULL, NULL, NULL};
	struct plan plan = {.arena = arena_create()};
	struct err err = {""};

	argp_err_exit_status = 2;
	argp_parse(&argp, argc, argv, 0, NULL, &plan.options);
	int status = simulate(&plan, argc, argv, &err);

	if (status == 2)
		fprintf(stderr, "nodewise: %s\n", err.text);
	for (uint32_t r = 0; plan.outcome && r < plan.runs; r++)
		outcome_fini(&plan.outcome[r]);
	place_set_fini(&plan.set);
	arena_destroy(plan.arena);
	return status;
}
