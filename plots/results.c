#include "plots/results.h"

#include "base/arena.h"
#include "base/err.h"
#include "plots/columns.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_run(struct arena *arena, struct results *r, struct err *err);
static int read_samples(struct arena *arena, struct results *r,
			struct err *err);
static int read_cases(struct arena *arena, struct results *r, struct err *err);
static const char *seeds_text(struct arena *arena, const struct results *r);

struct results *results_read(struct arena *arena, const char *dir,
			     struct err *err)
{
	struct results *r = arena_alloc(arena, sizeof(*r));
	char *clean = arena_strdup(arena, dir);
	size_t length = strlen(clean);
	struct stat status;

	while (length > 1 && clean[length - 1] == '/')
		clean[--length] = '\0';
	r->dir = clean;
	if (stat(dir, &status)) {
		err_set(err, "%s: %s; a results folder is what `nodewise sim "
			     "--out` writes", dir, strerror(errno));
		return NULL;
	}
	if (!S_ISDIR(status.st_mode)) {
		err_set(err, "%s: is no folder; a results folder is what "
			     "`nodewise sim --out` writes", dir);
		return NULL;
	}
	if (read_run(arena, r, err) || read_samples(arena, r, err) ||
	    read_cases(arena, r, err))
		return NULL;
	if (!*r->scenario)
		r->scenario = r->suite;
	r->seeds = seeds_text(arena, r);
	return r;
}

const char *results_path(struct arena *arena, const char *dir, const char *file)
{
	size_t size = strlen(dir) + strlen(file) + 2;
	char *path = arena_alloc(arena, size);

	snprintf(path, size, "%s/%s", dir, file);
	return path;
}

uint32_t names_find(const struct names *names, const char *name)
{
	for (uint32_t i = 0; i < names->count; i++)
		if (strcmp(names->name[i], name) == 0)
			return i;
	return RESULTS_NONE;
}

uint32_t results_highest_case(const struct results *r)
{
	uint32_t best = r->cases.count ? r->cases.count - 1 : RESULTS_NONE;

	for (uint32_t c = 0; c < r->cases.count; c++)
		if (!isnan(r->load[c]) &&
		    (isnan(r->load[best]) || r->load[c] > r->load[best]))
			best = c;
	return best;
}

/* --- run.json ------------------------------------------------------------------ */

static const char *text_of(struct arena *arena, const json_t *run,
			   const char *key)
{
	const char *text = json_string_value(json_object_get(run, key));

	return arena_strdup(arena, text ? text : "");
}

static const char *machine_of(struct arena *arena, const json_t *host)
{
	const char *cpu = json_string_value(json_object_get(host, "cpu"));
	json_int_t cpus = json_integer_value(json_object_get(host, "cpus"));
	char text[256];

	if (!cpu)
		return "";
	snprintf(text, sizeof(text), "%s, %lld CPU%s", cpu, (long long)cpus,
		 cpus == 1 ? "" : "s");
	return arena_strdup(arena, text);
}

static int read_run(struct arena *arena, struct results *r, struct err *err)
{
	const char *path = results_path(arena, r->dir, "run.json");
	json_t *run = NULL;
	json_error_t why;

	if (access(path, F_OK) == 0) {
		run = json_load_file(path, 0, &why);
		if (!run)
			return err_set(err, "%s:%d: %s", path, why.line,
				       why.text);
	}
	r->scenario = text_of(arena, run, "scenario");
	r->simulated_host = text_of(arena, run, "simulated_host");
	r->version = text_of(arena, run, "version");
	r->machine = machine_of(arena, json_object_get(run, "host"));
	json_decref(run);
	return 0;
}

/* --- samples.csv --------------------------------------------------------------- */

/* An array twice as long; the old one stays in the arena until its end. */
static void *longer(struct arena *arena, const void *old, size_t count,
		    size_t room, size_t size)
{
	void *array = arena_array(arena, room, size);

	if (count)
		memcpy(array, old, count * size);
	return array;
}

static uint32_t names_add(struct arena *arena, struct names *names,
			  const char *name)
{
	uint32_t index = names_find(names, name);

	if (index != RESULTS_NONE)
		return index;
	if (names->count == names->room) {
		names->room = names->room ? 2 * names->room : 16;
		names->name = longer(arena, names->name, names->count,
				     names->room, sizeof(*names->name));
	}
	names->name[names->count] = arena_strdup(arena, name);
	return names->count++;
}

static uint32_t metric_add(struct arena *arena, struct results *r,
			   const struct sample *sample)
{
	uint32_t old_count = r->metrics.count, old_room = r->metrics.room;
	uint32_t index = names_add(arena, &r->metrics, sample->metric);

	if (index < old_count)
		return index;
	if (r->metrics.room != old_room) {
		r->metric_unit = longer(arena, r->metric_unit, old_count,
					r->metrics.room,
					sizeof(*r->metric_unit));
		r->metric_better = longer(arena, r->metric_better, old_count,
					  r->metrics.room,
					  sizeof(*r->metric_better));
	}
	r->metric_unit[index] = arena_strdup(arena, sample->unit);
	r->metric_better[index] = sample->better;
	return index;
}

static int read_samples(struct arena *arena, struct results *r, struct err *err)
{
	const char *path = results_path(arena, r->dir, "samples.csv");
	struct sample_reader *reader = sample_open(path, err);
	struct sample sample;
	size_t room = 0;
	int rc = -1;

	r->suite = "";
	while (reader && (rc = sample_next(reader, &sample, err)) > 0) {
		if (r->value_count == 0)
			r->suite = arena_strdup(arena, sample.suite);
		if (r->value_count == room) {
			room = room ? 2 * room : 1024;
			r->value = longer(arena, r->value, r->value_count, room,
					  sizeof(*r->value));
		}
		r->value[r->value_count++] = (struct results_value){
			.case_index = names_add(arena, &r->cases,
						sample.case_name),
			.variant_index = names_add(arena, &r->variants,
						   sample.variant),
			.metric_index = metric_add(arena, r, &sample),
			.seed = sample.seed,
			.value = sample.value,
		};
		if (r->cases.count > RESULTS_NAMES_MAX ||
		    r->variants.count > RESULTS_NAMES_MAX ||
		    r->metrics.count > RESULTS_NAMES_MAX) {
			rc = err_set(err, "%s: more than %d different cases, "
				     "variants or metrics", path,
				     RESULTS_NAMES_MAX);
			break;
		}
	}
	sample_close(reader);
	return rc;
}

static int by_seed(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static const char *seeds_text(struct arena *arena, const struct results *r)
{
	uint64_t *seed = arena_array(arena, r->value_count, sizeof(*seed));
	size_t count = 0;
	char text[80];

	for (size_t i = 0; i < r->value_count; i++)
		seed[i] = r->value[i].seed;
	qsort(seed, r->value_count, sizeof(*seed), by_seed);
	for (size_t i = 0; i < r->value_count; i++)
		if (count == 0 || seed[count - 1] != seed[i])
			seed[count++] = seed[i];
	if (count == 1)
		snprintf(text, sizeof(text), "seed %llu",
			 (unsigned long long)seed[0]);
	else if (count && seed[count - 1] - seed[0] == count - 1)
		snprintf(text, sizeof(text), "seeds %llu to %llu",
			 (unsigned long long)seed[0],
			 (unsigned long long)seed[count - 1]);
	else
		snprintf(text, sizeof(text), "%zu seeds", count);
	return arena_strdup(arena, text);
}

/* --- cases.csv ----------------------------------------------------------------- */

static int read_cases(struct arena *arena, struct results *r, struct err *err)
{
	static const char *const name[] = {"case", "load", "load_unit"};
	struct columns columns;
	int rc = columns_open(&columns, results_path(arena, r->dir, "cases.csv"),
			      name, 3, err);

	r->load_unit = "";
	r->load = arena_array(arena, r->cases.count, sizeof(*r->load));
	for (uint32_t c = 0; c < r->cases.count; c++)
		r->load[c] = NAN;
	if (rc <= 0)
		return rc;
	while ((rc = columns_next(&columns, err)) > 0) {
		uint32_t c = names_find(&r->cases, columns_text(&columns, 0));
		double load;

		if (columns_number(&columns, 1, &load, err)) {
			rc = -1;
			break;
		}
		if (c == RESULTS_NONE)
			continue;
		r->load[c] = load;
		r->load_unit = arena_strdup(arena, columns_text(&columns, 2));
	}
	columns_close(&columns);
	return rc;
}
