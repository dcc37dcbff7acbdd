#include "plots/cmd_plot.h"

#include "base/arena.h"
#include "base/err.h"
#include "plots/figure.h"

#include <argp.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	OPTION_LIST = 1000,
	OPTION_CASE,
	OPTION_METRIC,
	OPTION_FORMAT,
	OPTION_OUT,
	NAMES_MAX = 64, /* of figures, of heuristics on the command line */
};

static const struct figure *const figures[] = {
#define FIGURE_ROW(name) &figure_##name,
	FIGURE_LIST(FIGURE_ROW)
#undef FIGURE_ROW
};

enum { FIGURE_COUNT = sizeof(figures) / sizeof(figures[0]) };

struct options {
	const char *dir;
	const char *figure[NAMES_MAX];
	uint32_t figure_count;
	const char *heuristic[NAMES_MAX];
	uint32_t heuristic_count;
	const char *case_name, *metric, *format, *out;
	bool list;
};

static const struct argp_option option_table[] = {
	{"list", OPTION_LIST, NULL, 0, "List the figures", 0},
	{"case", OPTION_CASE, "NAME", 0,
	 "Only this point of the sweep (else: load draws all of them, the "
	 "others the one with the highest load)", 0},
	{"heuristic", 'H', "NAME", 0,
	 "Only this one; may be repeated (memory draws the first)", 0},
	{"metric", OPTION_METRIC, "NAME", 0,
	 "What load draws (default: slowdown_mean)", 0},
	{"format", OPTION_FORMAT, "LIST", 0, "svg, png or svg,png (default)",
	 0},
	{"out", OPTION_OUT, "DIR", 0,
	 "Put the figures here (default: figures/ in the results folder)", 0},
	{0},
};

static const char doc[] =
	"Draw the figures of a results folder.\v"
	"Draws all figures that the folder has data for, or those named. For "
	"example:\n\n"
	"  nodewise sim demo --out results/mine\n"
	"  nodewise plot results/mine\n"
	"  nodewise plot results/mine load --metric remote_ratio --out /tmp/a\n\n"
	"NAME.gp beside each picture draws it again: gnuplot NAME.gp.\n"
	"Exit status: 0; 2 bad input, or no gnuplot.";

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case OPTION_LIST: o->list = true; return 0;
	case OPTION_CASE: o->case_name = arg; return 0;
	case OPTION_METRIC: o->metric = arg; return 0;
	case OPTION_FORMAT: o->format = arg; return 0;
	case OPTION_OUT: o->out = arg; return 0;
	case 'H':
		if (o->heuristic_count == NAMES_MAX)
			argp_error(state, "--heuristic: at most %d", NAMES_MAX);
		o->heuristic[o->heuristic_count++] = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (!o->dir)
			o->dir = arg;
		else if (o->figure_count == NAMES_MAX)
			argp_error(state, "at most %d figures", NAMES_MAX);
		else
			o->figure[o->figure_count++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (!o->dir && !o->list)
			argp_error(state, "which results folder?");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static int list_figures(void)
{
	for (int f = 0; f < FIGURE_COUNT; f++)
		printf("%-10s %s\n", figures[f]->name, figures[f]->summary);
	return 0;
}

/* --- what the person chose ----------------------------------------------------- */

struct plan {
	struct options options;
	struct arena *arena;
	struct results *results;
	struct style *style;
	struct figure_choice choice;
	const struct figure *figure[NAMES_MAX];
	uint32_t figure_count;
	bool made_folder; /* choice.out was not there */
};

static int choose_figures(struct plan *p, struct err *err)
{
	const struct options *o = &p->options;
	const char *names[FIGURE_COUNT];
	bool metric_used = false;

	for (int f = 0; f < FIGURE_COUNT; f++)
		names[f] = figures[f]->name;
	for (int f = 0; f < FIGURE_COUNT && !o->figure_count; f++)
		p->figure[p->figure_count++] = figures[f];
	for (uint32_t i = 0; i < o->figure_count; i++) {
		int f = 0;

		while (f < FIGURE_COUNT && strcmp(names[f], o->figure[i]))
			f++;
		if (f == FIGURE_COUNT) {
			err_set(err, "no figure '%s'", o->figure[i]);
			return err_add_nearest(err, o->figure[i], names,
					       FIGURE_COUNT);
		}
		p->figure[p->figure_count++] = figures[f];
	}
	for (uint32_t i = 0; i < p->figure_count; i++)
		metric_used |= p->figure[i]->has_metric;
	if (o->metric && !metric_used)
		return err_set(err, "--metric: the figure %s has no metric to "
				    "choose; load has", p->figure[0]->name);
	return 0;
}

/* The number of a name that must be there. */
static int find(const struct plan *p, const struct names *names,
		const char *what, const char *name, uint32_t *index,
		struct err *err)
{
	*index = names_find(names, name);
	if (*index != RESULTS_NONE)
		return 0;
	err_set(err, "%s has no %s '%s'", p->results->dir, what, name);
	return err_add_nearest(err, name, names->name, names->count);
}

static int choose_names(struct plan *p, struct err *err)
{
	const struct options *o = &p->options;
	const struct results *r = p->results;
	struct figure_choice *c = &p->choice;
	uint32_t room = o->heuristic_count ? o->heuristic_count
					   : r->variants.count;

	c->case_index = c->metric_index = RESULTS_NONE;
	if (o->case_name && find(p, &r->cases, "case", o->case_name,
				 &c->case_index, err))
		return -1;
	if (o->metric && find(p, &r->metrics, "metric", o->metric,
			      &c->metric_index, err))
		return -1;
	c->variant = arena_array(p->arena, room, sizeof(*c->variant));
	c->variant_count = room;
	for (uint32_t i = 0; i < room; i++) {
		c->variant[i] = i;
		if (o->heuristic_count &&
		    find(p, &r->variants, "heuristic", o->heuristic[i],
			 &c->variant[i], err))
			return -1;
	}
	return 0;
}

static int choose_formats(struct plan *p, struct err *err)
{
	static const char *const known[] = {"svg", "png"};
	char *words = arena_strdup(p->arena, p->options.format
						     ? p->options.format
						     : "svg,png");
	char *save, *formats = arena_strdup(p->arena, words);

	p->choice.formats = formats;
	*formats = '\0';
	for (char *word = strtok_r(words, ",", &save); word;
	     word = strtok_r(NULL, ",", &save)) {
		if (strcmp(word, known[0]) && strcmp(word, known[1])) {
			err_set(err, "--format: no format '%s'", word);
			return err_add_nearest(err, word, known, 2);
		}
		if (*formats)
			strcat(formats, " ");
		strcat(formats, word);
	}
	if (!*formats)
		return err_set(err, "--format: empty; svg, png or svg,png");
	return 0;
}

static int make_folder(struct plan *p, struct err *err)
{
	const char *out = p->options.out;
	struct stat status;

	if (!out)
		out = results_path(p->arena, p->results->dir, "figures");
	p->choice.out = out;
	p->made_folder = mkdir(out, 0777) == 0;
	if (!p->made_folder && errno != EEXIST)
		return err_set(err, "%s: cannot be made: %s", out,
			       strerror(errno));
	if (stat(out, &status) == 0 && !S_ISDIR(status.st_mode))
		return err_set(err, "%s: is no folder; choose another --out",
			       out);
	return 0;
}

static int make_plan(struct plan *p, struct err *err)
{
	if (choose_figures(p, err) || choose_formats(p, err))
		return -1;
	p->results = results_read(p->arena, p->options.dir, err);
	if (!p->results || choose_names(p, err))
		return -1;

	const struct names *variants = &p->results->variants;

	/* Of all, not only those drawn: --heuristic changes no colour. */
	p->style = arena_array(p->arena, variants->count, sizeof(*p->style));
	style_choose(variants->name, variants->count, p->style);
	return make_folder(p, err);
}

/* --- drawing them -------------------------------------------------------------- */

static void print_files(const struct plan *p, const struct figure *figure)
{
	const char *out = p->choice.out;
	bool svg = strstr(p->choice.formats, "svg") != NULL;
	bool png = strstr(p->choice.formats, "png") != NULL;

	printf("%-10s", figure->name);
	if (svg)
		printf(" %s/%s.svg", out, figure->name);
	if (png)
		printf(" %s/%s.png", out, figure->name);
	printf("\n");
}

/* 0; 2 with err set. */
static int draw_all(struct plan *p, struct err *err)
{
	uint32_t undrawn = 0, drawn = 0;
	struct err why;

	for (uint32_t i = 0; i < p->figure_count; i++) {
		struct figure_job job = {
			.arena = p->arena,
			.results = p->results,
			.choice = &p->choice,
			.style = p->style,
		};

		switch (figure_draw(p->figure[i], &job, &why)) {
		case FIGURE_DREW:
			print_files(p, p->figure[i]);
			drawn++;
			break;
		case FIGURE_SKIPPED:
			printf("%-10s skipped: %s\n", p->figure[i]->name,
			       why.text);
			break;
		case FIGURE_NO_GNUPLOT:
			undrawn++;
			break;
		case FIGURE_FAILED:
			*err = why;
			return 2;
		}
	}
	if (drawn)
		printf("To draw one again: cd %s && gnuplot %s.gp\n",
		       p->choice.out, p->figure[0]->name);
	if (undrawn) {
		err_set(err, "gnuplot is not installed: wrote the .dat and .gp "
			     "of %u figures to %s but drew none; apt-get "
			     "install gnuplot-nox, then run this again",
			undrawn, p->choice.out);
		return 2;
	}
	return 0;
}

int cmd_plot(int argc, char **argv)
{
	static const struct argp argp = {option_table, parse_option,
					 "DIR [FIGURE...]", doc, NULL, NULL,
					 NULL};
	struct plan plan = {0};
	struct err err = {""};

	argp_err_exit_status = 2;
	argp_parse(&argp, argc, argv, 0, NULL, &plan.options);
	if (plan.options.list)
		return list_figures();
	plan.arena = arena_create();

	int status = make_plan(&plan, &err) ? 2 : draw_all(&plan, &err);

	fflush(stdout);
	if (status && plan.made_folder)
		rmdir(plan.choice.out); /* only if nothing was drawn */
	if (status)
		fprintf(stderr, "nodewise: %s\n", err.text);
	arena_destroy(plan.arena);
	return status;
}
