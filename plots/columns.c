#include "plots/columns.h"

#include "base/csv.h"
#include "base/err.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

static int find_columns(struct columns *c, struct err *err)
{
	for (size_t i = 0; i < c->count; i++) {
		size_t at = 0;

		while (at < c->width && strcmp(c->row[at], c->name[i]) != 0)
			at++;
		if (at == c->width)
			return err_set(err, "%s:1: no column '%s'",
				       csv_path(c->csv), c->name[i]);
		c->at[i] = at;
	}
	return 1;
}

int columns_open(struct columns *c, const char *path, const char *const *name,
		 size_t count, struct err *err)
{
	assert(count <= COLUMNS_MAX);
	*c = (struct columns){.name = name, .count = count};
	if (access(path, F_OK) && errno == ENOENT)
		return 0;
	c->csv = csv_open(path, err);
	if (!c->csv)
		return -1;

	int rc = csv_next(c->csv, &c->row, &c->width, err);

	if (rc == 0)
		rc = err_set(err, "%s: empty; the first line names the columns",
			     path);
	if (rc > 0)
		rc = find_columns(c, err);
	if (rc < 0)
		columns_close(c);
	return rc;
}

void columns_close(struct columns *c)
{
	csv_close(c->csv);
	c->csv = NULL;
}

int columns_next(struct columns *c, struct err *err)
{
	size_t width;
	int rc = csv_next(c->csv, &c->row, &width, err);

	if (rc > 0 && width != c->width)
		return err_set(err, "%s:%llu: %zu fields; a row has %zu",
			       csv_path(c->csv),
			       (unsigned long long)csv_line(c->csv), width,
			       c->width);
	return rc;
}

const char *columns_text(const struct columns *c, size_t index)
{
	assert(index < c->count);
	return c->row[c->at[index]];
}

static int wrong(const struct columns *c, size_t index, const char *right,
		 struct err *err)
{
	return err_set(err, "%s:%llu: %s: '%s' is no %s", csv_path(c->csv),
		       (unsigned long long)csv_line(c->csv), c->name[index],
		       columns_text(c, index), right);
}

int columns_number(const struct columns *c, size_t index, double *value,
		   struct err *err)
{
	if (csv_read_double(columns_text(c, index), value))
		return wrong(c, index, "number", err);
	return 0;
}

int columns_u64(const struct columns *c, size_t index, uint64_t *value,
		struct err *err)
{
	if (csv_read_u64(columns_text(c, index), value))
		return wrong(c, index, "whole number", err);
	return 0;
}
