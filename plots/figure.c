#include "plots/figure.h"

#include "base/arena.h"
#include "base/err.h"
#include "plots/gnuplot.h"
#include "plots/script.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

FIGURE_SCRIPT_DECLARE(frame);

/* The two streams while they are written, and the folder they go to. */
struct draft {
	char *data, *settings;
	size_t data_bytes, settings_bytes;
	const char *folder;
};

static void footer(const struct figure *figure, struct figure_job *job);
static int draft_write(const struct figure *figure, struct figure_job *job,
		       struct draft *draft, struct err *err);
static int draft_move(const struct figure *figure, struct figure_job *job,
		      const struct draft *draft, bool pictures,
		      struct err *err);
static void draft_remove(const struct figure *figure, struct figure_job *job,
			 const struct draft *draft);

static enum figure_result draw(const struct figure *figure,
			       struct figure_job *job, struct draft *draft,
			       struct err *err)
{
	char script[256];
	struct err why;

	if (draft_write(figure, job, draft, err))
		return FIGURE_FAILED;
	snprintf(script, sizeof(script), "%s.gp", figure->name);

	enum gnuplot_result drawn = gnuplot_run(draft->folder, script, &why);

	/* The data and the script are of use even if they were not drawn. */
	if (draft_move(figure, job, draft, drawn == GNUPLOT_DREW, err))
		return FIGURE_FAILED;
	if (drawn == GNUPLOT_MISSING)
		return FIGURE_NO_GNUPLOT;
	if (drawn == GNUPLOT_FAILED) {
		err_set(err, "%s/%s: %s", job->choice->out, script, why.text);
		return FIGURE_FAILED;
	}
	return FIGURE_DREW;
}

enum figure_result figure_draw(const struct figure *figure,
			       struct figure_job *job, struct err *err)
{
	struct draft draft = {0};

	job->data = open_memstream(&draft.data, &draft.data_bytes);
	job->settings = open_memstream(&draft.settings, &draft.settings_bytes);
	require(job->data && job->settings);
	footer(figure, job);

	enum figure_result result = figure->prepare(job, err);

	fclose(job->data);
	fclose(job->settings);
	if (result == FIGURE_DREW) {
		result = draw(figure, job, &draft, err);
		if (draft.folder)
			draft_remove(figure, job, &draft);
	}
	free(draft.data);
	free(draft.settings);
	return result;
}

/* --- what all figures say ------------------------------------------------------ */

static void append(char *text, size_t size, const char *label,
		   const char *value)
{
	size_t used = strlen(text);

	if (*value)
		snprintf(text + used, size - used, "%s%s%s",
			 used ? "  ·  " : "", label, value);
}

static void footer(const struct figure *figure, struct figure_job *job)
{
	const struct results *r = job->results;
	char text[512] = "";

	append(text, sizeof(text), "nodewise ", r->version);
	append(text, sizeof(text), "scenario ", r->scenario);
	append(text, sizeof(text), "simulated host ", r->simulated_host);
	append(text, sizeof(text), "", r->seeds);
	append(text, sizeof(text), "computed on ", r->machine);
	fprintf(job->settings,
		"# %s.gp - %s.\n"
		"# Draw it again: gnuplot %s.gp (in this folder; it reads "
		"%s.dat).\n",
		figure->name, figure->summary, figure->name, figure->name);
	script_text(job->settings, "figure", "%s", figure->name);
	script_text(job->settings, "formats", "%s", job->choice->formats);
	script_text(job->settings, "footer", "%s", text);
}

uint32_t figure_case(const struct figure_job *job)
{
	if (job->choice->case_index != RESULTS_NONE)
		return job->choice->case_index;
	return results_highest_case(job->results);
}

const char *figure_unit(const struct figure_job *job, uint32_t metric_index)
{
	const char *unit = job->results->metric_unit[metric_index];
	enum sample_better better = job->results->metric_better[metric_index];
	const char *which = better == BETTER_LOWER    ? "lower is better"
			    : better == BETTER_HIGHER ? "higher is better"
						      : "";
	char text[128];

	if (!*unit && !*which)
		return "";
	snprintf(text, sizeof(text), " (%s%s%s)", unit,
		 *unit && *which ? ", " : "", which);
	return arena_strdup(job->arena, text);
}

const char *figure_case_text(const struct figure_job *job, uint32_t case_index)
{
	const struct results *r = job->results;
	char text[256];

	if (r->cases.count < 2 && !*r->cases.name[case_index])
		return "the only case";
	snprintf(text, sizeof(text), "case %s", r->cases.name[case_index]);
	return arena_strdup(job->arena, text);
}

void figure_series(struct figure_job *job, const uint32_t *variant,
		   uint32_t count)
{
	const char **name = arena_array(job->arena, count, sizeof(*name));
	double *order = arena_array(job->arena, count, sizeof(*order));
	uint32_t solid = 0, dashed = count;

	script_number(job->settings, "series", count);
	for (uint32_t i = 0; i < count; i++) {
		name[i] = job->results->variants.name[variant[i]];
		style_write(job->settings, i + 1, &job->style[variant[i]]);
		if (!strcmp(job->style[variant[i]].dash, "solid"))
			order[solid++] = i + 1;
		else
			order[--dashed] = i + 1;
	}
	script_texts(job->settings, "name", name, count);
	script_numbers(job->settings, "draw", order, count);
}

/* --- to the disk --------------------------------------------------------------- */

static const char *file_of(const struct figure *figure, struct figure_job *job,
			   const char *folder, const char *ending)
{
	char name[256];

	snprintf(name, sizeof(name), "%s.%s", figure->name, ending);
	return results_path(job->arena, folder, name);
}

static int write_file(const char *path, const char *const *text,
		      const size_t *bytes, size_t count, struct err *err)
{
	FILE *file = fopen(path, "w");
	bool good = file != NULL;

	for (size_t i = 0; good && i < count; i++)
		good = fwrite(text[i], 1, bytes[i], file) == bytes[i];
	if (file && fclose(file))
		good = false;
	if (!good)
		return err_set(err, "%s: cannot be written: %s", path,
			       strerror(errno));
	return 0;
}

static int draft_write(const struct figure *figure, struct figure_job *job,
		       struct draft *draft, struct err *err)
{
	const char *const data[] = {draft->data};
	const char *const script[] = {
		draft->settings, _binary_plots_frame_gp_start, figure->script};
	const size_t script_bytes[] = {
		draft->settings_bytes,
		(size_t)(_binary_plots_frame_gp_end -
			 _binary_plots_frame_gp_start),
		(size_t)(figure->script_end - figure->script),
	};
	char name[64];

	snprintf(name, sizeof(name), ".partial-%ld", (long)getpid());
	const char *folder = results_path(job->arena, job->choice->out, name);

	if (mkdir(folder, 0777) && errno != EEXIST)
		return err_set(err, "%s: cannot be made: %s", folder,
			       strerror(errno));
	draft->folder = folder;
	if (write_file(file_of(figure, job, folder, "dat"), data,
		       &draft->data_bytes, 1, err))
		return -1;
	return write_file(file_of(figure, job, folder, "gp"), script,
			  script_bytes, 3, err);
}

static const char *const endings[] = {"dat", "gp", "svg", "png"};

enum { ENDING_COUNT = 4, ENDING_PICTURE = 2 };

static int draft_move(const struct figure *figure, struct figure_job *job,
		      const struct draft *draft, bool pictures,
		      struct err *err)
{
	for (int i = 0; i < (pictures ? ENDING_COUNT : ENDING_PICTURE); i++) {
		const char *from =
			file_of(figure, job, draft->folder, endings[i]);
		const char *to =
			file_of(figure, job, job->choice->out, endings[i]);

		/* --format did not ask for this picture. */
		if (access(from, F_OK))
			continue;
		if (rename(from, to))
			return err_set(err, "%s: cannot be written: %s", to,
				       strerror(errno));
	}
	return 0;
}

static void draft_remove(const struct figure *figure, struct figure_job *job,
			 const struct draft *draft)
{
	for (int i = 0; i < ENDING_COUNT; i++)
		unlink(file_of(figure, job, draft->folder, endings[i]));
	unlink(results_path(job->arena, draft->folder, "gnuplot.log"));
	rmdir(draft->folder);
}
