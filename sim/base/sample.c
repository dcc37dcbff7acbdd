#include "base/sample.h"

#include "base/csv.h"
#include "base/err.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum column {
	COLUMN_SUITE,
	COLUMN_CASE,
	COLUMN_VARIANT,
	COLUMN_METRIC,
	COLUMN_UNIT,
	COLUMN_BETTER,
	COLUMN_CLASS,
	COLUMN_ORIGIN,
	COLUMN_SEED,
	COLUMN_REPEAT,
	COLUMN_VALUE,
	COLUMN_COUNT,
};

static const char *const columns[COLUMN_COUNT] = {
	"suite", "case",   "variant", "metric", "unit",  "better",
	"class", "origin", "seed",    "repeat", "value",
};

static const char *const better_names[] = {
	[BETTER_NONE] = "none",
	[BETTER_LOWER] = "lower",
	[BETTER_HIGHER] = "higher",
};

static const char *const class_names[] = {
	[CLASS_EXACT] = "exact",
	[CLASS_SAMPLED] = "sampled",
};

static const char *const origin_names[] = {
	[ORIGIN_MODEL] = "model",
	[ORIGIN_HARDWARE] = "hardware",
	[ORIGIN_XEN] = "xen",
	[ORIGIN_PUBLISHED] = "published",
};

enum { BETTER_COUNT = 3, CLASS_COUNT = 2, ORIGIN_COUNT = 4 };

struct sample_reader {
	struct csv_reader *csv;
};

const char *sample_better_name(enum sample_better better)
{
	assert((int)better < BETTER_COUNT);
	return better_names[better];
}

const char *sample_class_name(enum sample_class class_)
{
	assert((int)class_ < CLASS_COUNT);
	return class_names[class_];
}

const char *sample_origin_name(enum sample_origin origin)
{
	assert((int)origin < ORIGIN_COUNT);
	return origin_names[origin];
}

void sample_write_header(FILE *file)
{
	for (int i = 0; i < COLUMN_COUNT; i++)
		fprintf(file, "%s%s", i ? "," : "", columns[i]);
	putc('\n', file);
}

void sample_write(FILE *file, const struct sample *sample)
{
	const char *const texts[] = {sample->suite, sample->case_name,
				     sample->variant, sample->metric,
				     sample->unit};
	char number[CSV_NUMBER_BYTES];

	require(sample->suite && sample->suite[0]);
	require(sample->metric && sample->metric[0]);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		require(texts[i] != NULL);
		csv_write_text(file, texts[i]);
		putc(',', file);
	}
	fprintf(file, "%s,%s,%s,%" PRIu64 ",%" PRIu64 ",%s\n",
		sample_better_name(sample->better),
		sample_class_name(sample->class_),
		sample_origin_name(sample->origin), sample->seed,
		sample->repeat, csv_number(number, sample->value));
}

static int read_header(struct csv_reader *csv, struct err *err)
{
	const char *const *fields;
	size_t count;
	int got = csv_next(csv, &fields, &count, err);

	if (got < 0)
		return -1;
	if (got == 0)
		return err_set(err, "%s: empty; the first line is a header "
				    "that begins with suite,case",
			       csv_path(csv));
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		if (i >= count || strcmp(fields[i], columns[i]) != 0)
			return err_set(err, "%s:%" PRIu64 ": column %zu is "
					    "'%s'; it must be '%s'",
				       csv_path(csv), csv_line(csv), i + 1,
				       i < count ? fields[i] : "", columns[i]);
	if (count > COLUMN_COUNT)
		return err_set(err, "%s:%" PRIu64 ": column '%s' is unknown; "
				    "the last one is 'value'",
			       csv_path(csv), csv_line(csv),
			       fields[COLUMN_COUNT]);
	return 0;
}

struct sample_reader *sample_open(const char *path, struct err *err)
{
	struct stat status;
	char *inside = NULL;

	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode) &&
	    asprintf(&inside, "%s/samples.csv", path) >= 0)
		path = inside;
	struct csv_reader *csv = csv_open(path, err);

	free(inside);
	if (!csv)
		return NULL;
	if (read_header(csv, err)) {
		csv_close(csv);
		return NULL;
	}
	struct sample_reader *reader = malloc(sizeof(*reader));

	require(reader != NULL);
	reader->csv = csv;
	return reader;
}

void sample_close(struct sample_reader *reader)
{
	if (!reader)
		return;
	csv_close(reader->csv);
	free(reader);
}

/* "path:line: column: 'field'" and what it should be; returns -1. */
static int wrong(const struct csv_reader *csv, enum column column,
		 const char *field, const char *right, struct err *err)
{
	return err_set(err, "%s:%" PRIu64 ": %s: '%s' is no %s", csv_path(csv),
		       csv_line(csv), columns[column], field, right);
}

/* The index of the field's word, or -1 with err set. */
static int read_word(const struct csv_reader *csv, const char *const *fields,
		     enum column column, const char *const *words, int count,
		     struct err *err)
{
	const char *field = fields[column];

	for (int i = 0; i < count; i++)
		if (strcmp(field, words[i]) == 0)
			return i;
	wrong(csv, column, field, "word for it", err);
	return err_add_nearest(err, field, words, (size_t)count);
}

static int read_numbers(const struct csv_reader *csv,
			const char *const *fields, struct sample *sample,
			struct err *err)
{
	static const char whole[] = "whole number from 0 to 2^64 - 1";

	if (csv_read_u64(fields[COLUMN_SEED], &sample->seed))
		return wrong(csv, COLUMN_SEED, fields[COLUMN_SEED], whole, err);
	if (csv_read_u64(fields[COLUMN_REPEAT], &sample->repeat))
		return wrong(csv, COLUMN_REPEAT, fields[COLUMN_REPEAT], whole,
			     err);
	if (csv_read_double(fields[COLUMN_VALUE], &sample->value))
		return wrong(csv, COLUMN_VALUE, fields[COLUMN_VALUE],
			     "number; 12.5, 1e-9, nan, inf or -inf", err);
	return 0;
}

int sample_next(struct sample_reader *reader, struct sample *sample,
		struct err *err)
{
	struct csv_reader *csv = reader->csv;
	const char *const *f;
	size_t count;
	int got = csv_next(csv, &f, &count, err);

	if (got <= 0)
		return got;
	if (count != COLUMN_COUNT)
		return err_set(err, "%s:%" PRIu64 ": %zu fields; a row has %d",
			       csv_path(csv), csv_line(csv), count,
			       COLUMN_COUNT);
	int better = read_word(csv, f, COLUMN_BETTER, better_names,
			       BETTER_COUNT, err);
	if (better < 0)
		return -1;
	int class_ = read_word(csv, f, COLUMN_CLASS, class_names, CLASS_COUNT,
			       err);
	if (class_ < 0)
		return -1;
	int origin = read_word(csv, f, COLUMN_ORIGIN, origin_names,
			       ORIGIN_COUNT, err);
	if (origin < 0)
		return -1;

	*sample = (struct sample){
		.suite = f[COLUMN_SUITE],
		.case_name = f[COLUMN_CASE],
		.variant = f[COLUMN_VARIANT],
		.metric = f[COLUMN_METRIC],
		.unit = f[COLUMN_UNIT],
		.better = (enum sample_better)better,
		.class_ = (enum sample_class)class_,
		.origin = (enum sample_origin)origin,
	};
	if (!*sample->suite || !*sample->metric)
		return err_set(err, "%s:%" PRIu64 ": %s: empty; give it a name",
			       csv_path(csv), csv_line(csv),
			       *sample->suite ? "metric" : "suite");
	return read_numbers(csv, f, sample, err) ? -1 : 1;
}
