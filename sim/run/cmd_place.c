#include "run/cmd_place.h"

#include "base/rng.h"
#include "place/plugin.h"
#include "run/host_file.h"
#include "run/library.h"
#include "run/trial_report.h"
#include "run/workload_file.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	STATUS_GOOD = 0,
	STATUS_NO_FIT = 1,
	STATUS_INPUT = 2,
	GUESTS_MAX = 4096,
	DOM0_MIB_DEFAULT = 1024, /* the same as in scenarios */
	DOM0_VCPUS_DEFAULT = 1,
	OPTION_HOST = 1000,
	OPTION_STATE,
	OPTION_EXPLAIN,
	OPTION_WORKLOAD,
	OPTION_DOM0_MEM,
	OPTION_DOM0_VCPUS,
	OPTION_XEN_VERSION,
	OPTION_SEED,
};

struct options {
	char **guest; /* [guest_count], of argv */
	uint32_t guest_count;
	const char *heuristic[PLACE_SET_MAX];
	uint32_t heuristic_count;
	const char *host, *state, *workload;
	uint64_t dom0_mib, dom0_vcpus, xen_version; /* 0: not given */
	uint64_t seed;
	bool explain, json;
};

static const struct argp_option option_table[] = {
	{"host", OPTION_HOST, "HOST", 0,
	 "The machine: a profile, a name of workloads/hosts, an lstopo file, a "
	 "synthetic string or this. With --state it may be left out: then "
	 "speeds are assumed", 0},
	{"state", OPTION_STATE, "DIR|FILE[#STEP]", 0,
	 "What runs on it now: a folder that `nodewise host --collect` made, or "
	 "a recorded host, after a step (default: the last)", 0},
	{"heuristic", 'H', "NAME|FILE.so", 0,
	 "Details for this one; may be repeated (default: all in short, libxl "
	 "with details)", 0},
	{"explain", OPTION_EXPLAIN, NULL, 0,
	 "Show the candidates looked at, with their scores", 0},
	{"workload", OPTION_WORKLOAD, "NAME", 0,
	 "What the guests run, for the slowdown: a file or a name of "
	 "workloads/workloads", 0},
	{"dom0-mem", OPTION_DOM0_MEM, "MIB", 0,
	 "dom0's memory where there is no --state (default 1024)", 0},
	{"dom0-vcpus", OPTION_DOM0_VCPUS, "N", 0,
	 "dom0's vCPUs where there is no --state (default 1)", 0},
	{"xen-version", OPTION_XEN_VERSION, "4.17|4.22", 0,
	 "Which Xen's rules hold (default: the state's; else 4.17)", 0},
	{"seed", OPTION_SEED, "N", 0,
	 "For heuristics that draw at random (default 1)", 0},
	{"json", 'j', NULL, 0, "Print JSON instead of tables", 0},
	{0},
};

static const char doc[] =
	"Say where guests would go on a host, one after the other, and what it "
	"would cost them.\v"
	"GUEST.cfg is an xl.cfg, or a name of workloads/guests. Each guest is "
	"placed on the host with those before it. For example:\n\n"
	"  nodewise place medium --host four-node --explain\n"
	"  nodewise host --collect mine\n"
	"  nodewise place web.cfg db.cfg --state mine -H libxl -H distance\n\n"
	"Exit status: 0; 1 if a guest does not fit; 2 bad input.";

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

static void check_options(struct argp_state *state, const struct options *o)
{
	if (!o->guest_count)
		argp_error(state, "which guest? An xl.cfg, or a name of "
			   "workloads/guests");
	if (o->guest_count > GUESTS_MAX)
		argp_error(state, "%u guests; at most %d", o->guest_count,
			   GUESTS_MAX);
	if (!o->host && !o->state)
		argp_error(state, "on which host? --host HOST, --state STATE, "
			   "or both");
	if (o->state && (o->dom0_mib || o->dom0_vcpus))
		argp_error(state, "--dom0-mem and --dom0-vcpus are for a host "
			   "without --state, which knows its dom0");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case OPTION_HOST: o->host = arg; return 0;
	case OPTION_STATE: o->state = arg; return 0;
	case OPTION_WORKLOAD: o->workload = arg; return 0;
	case OPTION_EXPLAIN: o->explain = true; return 0;
	case 'j': o->json = true; return 0;
	case 'H':
		if (o->heuristic_count == PLACE_SET_MAX)
			argp_error(state, "--heuristic: at most %d",
				   PLACE_SET_MAX);
		o->heuristic[o->heuristic_count++] = arg;
		return 0;
	case OPTION_DOM0_MEM:
		o->dom0_mib = number_of(state, "dom0-mem", arg, 1, 1 << 26);
		return 0;
	case OPTION_DOM0_VCPUS:
		o->dom0_vcpus = number_of(state, "dom0-vcpus", arg, 1,
					  XLCFG_VCPU_MAX);
		return 0;
	case OPTION_XEN_VERSION:
		if (strcmp(arg, "4.17") && strcmp(arg, "4.22"))
			argp_error(state, "--xen-version: '%s' is neither 4.17 "
				   "nor 4.22", arg);
		o->xen_version = strcmp(arg, "4.17") ? 422 : 417;
		return 0;
	case OPTION_SEED:
		o->seed = number_of(state, "seed", arg, 0, UINT64_MAX);
		return 0;
	case ARGP_KEY_ARGS:
		o->guest = state->argv + state->next;
		o->guest_count = (uint32_t)(state->argc - state->next);
		state->next = state->argc;
		return 0;
	case ARGP_KEY_END:
		check_options(state, o);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {
	.options = option_table,
	.parser = parse,
	.args_doc = "GUEST.cfg...",
	.doc = doc,
};

/* --- what is to be tried ----------------------------------------------------------- */

struct plan {
	struct arena *arena;
	struct options options;
	struct host *host;
	struct host_state *state; /* as it is, or empty but for dom0 */
	struct host_state_boot boot;
	struct xlcfg **config;
	struct workload *workload; /* NULL = none */
	struct place_set set;
	bool *detailed;
	struct trial *trial;
	struct trial_cost *cost;
};

static int load_host(struct plan *p, struct err *err)
{
	const struct options *o = &p->options;
	struct trial_bed bed;

	if (o->host && host_load(p->arena, o->host, NULL, &p->host, err))
		return -1;
	if (!o->state) {
		p->boot = (struct host_state_boot){
			.dom0_mib = o->dom0_mib ? o->dom0_mib
						: DOM0_MIB_DEFAULT,
			.dom0_vcpus = o->dom0_vcpus ? (uint32_t)o->dom0_vcpus
						    : DOM0_VCPUS_DEFAULT,
			.xen_version = o->xen_version
					       ? (uint32_t)o->xen_version
					       : 417,
		};
		if (trial_bed_empty(p->arena, p->host, &p->boot, &bed, err))
			return -1;
		p->state = host_state_copy(p->arena, bed.state);
		return 0;
	}
	if (host_state_load(p->arena, o->state, &p->state, err))
		return -1;
	if (o->xen_version)
		p->state->xen_version = (uint32_t)o->xen_version;
	if (!p->host)
		p->host = host_state_profile(p->arena, p->state);
	return 0;
}

static int load_guests(struct plan *p, struct err *err)
{
	struct xlcfg_host host = trial_xlcfg_host(p->state);

	p->config = arena_array(p->arena, p->options.guest_count,
				sizeof(*p->config));
	for (uint32_t g = 0; g < p->options.guest_count; g++) {
		const char *name = p->options.guest[g];
		const char *path = library_path(p->arena, "workloads", "guests",
						".cfg", name, NULL);
		struct xlcfg *config;

		if (library_exists(path, "workloads", "guests", ".cfg", name,
				   err))
			return -1;
		config = xlcfg_load(p->arena, path, err);
		if (!config || xlcfg_bind(config, &host, p->arena, err))
			return -1;
		for (uint32_t w = 0; w < config->warning_count &&
				     w < XLCFG_WARNING_MAX; w++)
			fprintf(stderr, "nodewise: %s\n",
				config->warning[w]);
		p->config[g] = config;
	}
	return 0;
}

static int load_workload(struct plan *p, struct err *err)
{
	const char *name = p->options.workload, *path;

	if (!name)
		return 0;
	path = library_path(p->arena, "workloads", "workloads", ".yaml", name,
			    NULL);
	if (library_exists(path, "workloads", "workloads", ".yaml", name, err))
		return -1;
	p->workload = workload_load(p->arena, path, err);
	return p->workload ? 0 : -1;
}

static int load_heuristics(struct plan *p, struct err *err)
{
	if (place_resolve(p->options.heuristic, p->options.heuristic_count,
			  &p->set, err))
		return -1;
	p->detailed = arena_array(p->arena, p->set.count, sizeof(bool));
	for (uint32_t h = 0; h < p->set.count; h++)
		p->detailed[h] = p->options.heuristic_count ||
				 !strcmp(p->set.ops[h]->name, "libxl");
	return 0;
}

/* --- trying ------------------------------------------------------------------------ */

/* All guests, one after the other, on a host of this heuristic's own. */
static int try_heuristic(struct plan *p, uint32_t h,
			 const struct trial_speed *speed, struct err *err)
{
	struct trial_bed bed;

	if (p->options.state)
		trial_bed_live(p->arena, p->state, &bed);
	else if (trial_bed_empty(p->arena, p->host, &p->boot, &bed, err))
		return -1;
	for (uint32_t g = 0; g < p->options.guest_count; g++) {
		uint32_t i = g * p->set.count + h;
		struct rng rng;

		rng_init(&rng, p->options.seed, RNG_PLACE, g);
		if (trial_run(&bed, p->config[g], p->set.ops[h], rng_u64(&rng),
			      &p->trial[i], err))
			return -1;
		if (!p->trial[i].why[0])
			trial_cost(speed, &p->trial[i], &p->cost[i]);
	}
	return 0;
}

static int try_all(struct plan *p, struct err *err)
{
	uint32_t count = p->options.guest_count * p->set.count;
	struct trial_speed *speed = arena_alloc(p->arena, sizeof(*speed));

	p->trial = arena_array(p->arena, count, sizeof(*p->trial));
	p->cost = arena_array(p->arena, count, sizeof(*p->cost));
	if (trial_speed_init(p->arena, p->host, p->state, p->workload, speed,
			     err))
		return -1;
	for (uint32_t h = 0; h < p->set.count; h++)
		if (try_heuristic(p, h, speed, err))
			return -1;
	return 0;
}

static int report(const struct plan *p, struct err *err)
{
	struct trial_report r = {
		.arena = p->arena,
		.host = p->host,
		.speeds_assumed = !p->options.host,
		.state = p->state,
		.live = p->options.state != NULL,
		.workload = p->workload,
		.ops_count = p->set.count,
		.ops = p->set.ops,
		.detailed = p->detailed,
		.explain = p->options.explain,
		.guest_count = p->options.guest_count,
		.config = p->config,
		.trial = p->trial,
		.cost = p->cost,
	};

	if (p->options.json)
		trial_report_json(&r, stdout);
	else
		trial_report_text(&r, stdout, isatty(STDOUT_FILENO));
	return fflush(stdout) ? err_set(err, "cannot write the answer") : 0;
}

/* Does every guest fit, under those that were asked for? */
static int verdict(const struct plan *p)
{
	for (uint32_t g = 0; g < p->options.guest_count; g++)
		for (uint32_t h = 0; h < p->set.count; h++)
			if (p->detailed[h] &&
			    p->trial[g * p->set.count + h].why[0])
				return STATUS_NO_FIT;
	return STATUS_GOOD;
}

int cmd_place(int argc, char **argv)
{
	struct plan plan = {.arena = arena_create(), .options.seed = 1};
	struct err err = {{0}};
	int status = STATUS_INPUT;

	argp_err_exit_status = STATUS_INPUT;
	argp_parse(&parser, argc, argv, 0, NULL, &plan.options);
	if (load_host(&plan, &err) || load_guests(&plan, &err) ||
	    load_workload(&plan, &err) || load_heuristics(&plan, &err) ||
	    try_all(&plan, &err) || report(&plan, &err))
		fprintf(stderr, "nodewise: %s\n", err.text);
	else
		status = verdict(&plan);
	place_set_fini(&plan.set);
	arena_destroy(plan.arena);
	return status;
}
