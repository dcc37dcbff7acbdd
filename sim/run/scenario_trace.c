/*
 * scenario_trace.c - guests from a CSV file, one a row (scenario.h).
 *
 * RULE    The first row names the columns, in any order:
 *
 *           arrival_s   seconds from the start of the run; required
 *           lifetime_s  seconds; empty = as the class, which may stay
 *           vcpus       empty = as the class's xl.cfg
 *           memory_mib  empty = as the class's xl.cfg
 *           workload    a bare name or a path; empty = the class's
 *
 *         Rows may stand in any order; of equal times the earlier row is the
 *         earlier guest. Rows of one size share one xl.cfg record.
 */
#include "run/scenario_raw.h"

#include "base/csv.h"
#include "base/units.h"

#include <stdlib.h>
#include <string.h>

enum {
	COLUMN_ARRIVAL, COLUMN_LIFETIME, COLUMN_VCPUS, COLUMN_MEMORY,
	COLUMN_WORKLOAD, COLUMN_COUNT,
};

static const char *const columns[COLUMN_COUNT] = {
	"arrival_s", "lifetime_s", "vcpus", "memory_mib", "workload",
};

enum {
	MEMORY_MIB_MAX = 1 << 26,
	CELL_MAX_CHARS = 40,
	SIZES_MAX = 4096,     /* different ones: each is an xl.cfg record */
	WORKLOADS_MAX = 1024, /* different ones */
};

static const double time_max_s = 1e9;

/* A workload that a row named, so that each is read once. */
struct known {
	const char *name;
	const struct workload *workload;
};

struct trace {
	struct scenario_reader *r;
	struct csv_reader *csv;
	struct scenario_guest *guest;
	size_t field[COLUMN_COUNT]; /* index in the row; SIZE_MAX = none */
	const char *const *cell;    /* the row at hand */
	size_t cell_count;
	uint32_t first_config;      /* of the scenario's, this trace's sizes */
	struct known *known;
	uint32_t known_count, known_room;
	struct scenario_row *row;   /* with room */
	uint32_t row_count, row_room;
};

static int read_header(struct trace *t);
static int read_rows(struct trace *t);
static int read_row(struct trace *t, struct scenario_row *row);
static int row_compare(const void *a, const void *b);

int scenario_read_trace(struct scenario_reader *r, const char *path,
			struct scenario_guest *guest)
{
	struct trace t = {.r = r, .guest = guest};
	struct scenario_row *row;
	int rc;

	t.first_config = r->scenario->config_count;
	t.csv = csv_open(path, r->err);
	if (!t.csv)
		return -1;
	rc = read_header(&t) || read_rows(&t) ? -1 : 0;
	if (!rc && !t.row_count)
		rc = err_set(r->err, "%s:1: has no rows; one per guest", path);
	if (!rc) {
		row = arena_array(r->arena, t.row_count, sizeof(*row));
		memcpy(row, t.row, t.row_count * sizeof(*row));
		qsort(row, t.row_count, sizeof(*row), row_compare);
		guest->row = row;
		guest->row_count = t.row_count;
	}
	csv_close(t.csv);
	free(t.row);
	free(t.known);
	return rc;
}

static int row_compare(const void *a, const void *b)
{
	const struct scenario_row *x = a, *y = b;

	if (x->arrival_ns != y->arrival_ns)
		return x->arrival_ns < y->arrival_ns ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

static int read_header(struct trace *t)
{
	int got = csv_next(t->csv, &t->cell, &t->cell_count, t->r->err);

	if (got < 0)
		return -1;
	if (got == 0)
		return err_set(t->r->err, "%s:1: is empty; a first row with "
			       "column names, arrival_s among them",
			       csv_path(t->csv));
	for (int c = 0; c < COLUMN_COUNT; c++)
		t->field[c] = SIZE_MAX;
	for (size_t i = 0; i < t->cell_count; i++) {
		int c = 0;

		while (c < COLUMN_COUNT && strcmp(t->cell[i], columns[c]) != 0)
			c++;
		if (c == COLUMN_COUNT) {
			err_set(t->r->err, "%s:1: unknown column '%.*s'",
				csv_path(t->csv), CELL_MAX_CHARS, t->cell[i]);
			return err_add_nearest(t->r->err, t->cell[i], columns,
					       COLUMN_COUNT);
		}
		if (t->field[c] != SIZE_MAX)
			return err_set(t->r->err, "%s:1: column '%s' twice; "
				       "once", csv_path(t->csv), columns[c]);
		t->field[c] = i;
	}
	if (t->field[COLUMN_ARRIVAL] == SIZE_MAX)
		return err_set(t->r->err, "%s:1: column 'arrival_s' is "
			       "missing; it is required", csv_path(t->csv));
	return 0;
}

static int read_rows(struct trace *t)
{
	size_t width = t->cell_count;
	int got;

	while ((got = csv_next(t->csv, &t->cell, &t->cell_count,
			       t->r->err)) > 0) {
		if (t->cell_count != width)
			return err_set(t->r->err, "%s:%llu: %zu fields; %zu, "
				       "as in the first row", csv_path(t->csv),
				       (unsigned long long)csv_line(t->csv),
				       t->cell_count, width);
		if (t->row_count == SCENARIO_COUNT_MAX)
			return err_set(t->r->err, "%s: more than %d rows",
				       csv_path(t->csv), SCENARIO_COUNT_MAX);
		if (t->row_count == t->row_room) {
			t->row_room = t->row_room * 2 + 64;
			t->row = realloc(t->row,
					 t->row_room * sizeof(*t->row));
			require(t->row != NULL);
		}
		if (read_row(t, &t->row[t->row_count]))
			return -1;
		t->row_count++;
	}
	return got;
}

/* The cell of a column; "" if the file has no such column. */
static const char *cell(const struct trace *t, int column)
{
	return t->field[column] == SIZE_MAX ? "" : t->cell[t->field[column]];
}

static int cell_fail(const struct trace *t, int column, const char *text)
{
	return err_set(t->r->err, "%s:%llu: %s: '%.*s' %s", csv_path(t->csv),
		       (unsigned long long)csv_line(t->csv), columns[column],
		       CELL_MAX_CHARS, cell(t, column), text);
}

static int read_time(const struct trace *t, int column, int64_t *ns)
{
	double s;

	if (csv_read_double(cell(t, column), &s) ||
	    !(s >= 0 && s <= time_max_s))
		return cell_fail(t, column, "is no time; seconds, 0 to 1e9");
	*ns = ns_from_s(s);
	return 0;
}

/* The xl.cfg record of this size: the class's, one made before, or a new one. */
static int sized_config(struct trace *t, uint32_t vcpus, uint64_t memory_kib,
			struct xlcfg **config)
{
	const struct scenario *s = t->r->scenario;
	struct err inner;

	*config = t->guest->config;
	if ((*config)->vcpus == vcpus && (*config)->vcpu_max == vcpus &&
	    (*config)->memory_kib == memory_kib &&
	    (*config)->maxmem_kib == memory_kib)
		return 0;
	for (uint32_t i = t->first_config; i < s->config_count; i++) {
		*config = s->config[i];
		if ((*config)->vcpus == vcpus &&
		    (*config)->memory_kib == memory_kib)
			return 0;
	}
	if (s->config_count - t->first_config == SIZES_MAX)
		return err_set(t->r->err, "%s:%llu: more than %d different "
			       "sizes", csv_path(t->csv),
			       (unsigned long long)csv_line(t->csv), SIZES_MAX);
	if (xlcfg_resize(t->guest->config, vcpus, memory_kib, t->r->arena,
			 config, &inner))
		return err_set(t->r->err, "%s:%llu: %s", csv_path(t->csv),
			       (unsigned long long)csv_line(t->csv),
			       inner.text);
	scenario_add_config(t->r, *config);
	return 0;
}

static int read_size(struct trace *t, struct scenario_row *row)
{
	const struct xlcfg *base = t->guest->config;
	uint64_t vcpus = base->vcpus, mib = base->memory_kib / 1024;

	row->config = t->guest->config;
	if (!*cell(t, COLUMN_VCPUS) && !*cell(t, COLUMN_MEMORY))
		return 0;
	if (*cell(t, COLUMN_VCPUS) &&
	    (csv_read_u64(cell(t, COLUMN_VCPUS), &vcpus) || vcpus < 1 ||
	     vcpus > XLCFG_VCPU_MAX))
		return cell_fail(t, COLUMN_VCPUS, "is no number of vCPUs; 1 to "
				 "512");
	if (*cell(t, COLUMN_MEMORY) &&
	    (csv_read_u64(cell(t, COLUMN_MEMORY), &mib) || mib < 1 ||
	     mib > MEMORY_MIB_MAX))
		return cell_fail(t, COLUMN_MEMORY, "is no memory; MiB, 1 to "
				 "67108864");
	return sized_config(t, (uint32_t)vcpus, mib * 1024, &row->config);
}

static int read_named_workload(struct trace *t, const char *name,
			       const struct workload **workload)
{
	struct err inner;

	for (uint32_t i = 0; i < t->known_count; i++)
		if (strcmp(t->known[i].name, name) == 0) {
			*workload = t->known[i].workload;
			return 0;
		}
	if (t->known_count == WORKLOADS_MAX)
		return err_set(t->r->err, "%s:%llu: more than %d different "
			       "workloads", csv_path(t->csv),
			       (unsigned long long)csv_line(t->csv),
			       WORKLOADS_MAX);
	name = arena_strdup(t->r->arena, name);
	if (scenario_read_workload(t->r, name, csv_path(t->csv), NULL,
				   workload)) {
		inner = *t->r->err;
		if (strncmp(inner.text, "no file ", 8) != 0)
			return -1; /* the workload file's own line */
		return err_set(t->r->err, "%s:%llu: workload: %.900s",
			       csv_path(t->csv),
			       (unsigned long long)csv_line(t->csv),
			       inner.text);
	}
	if (t->known_count == t->known_room) {
		t->known_room = t->known_room * 2 + 16;
		t->known = realloc(t->known,
				   t->known_room * sizeof(*t->known));
		require(t->known != NULL);
	}
	t->known[t->known_count++] = (struct known){name, *workload};
	return 0;
}

static int read_row(struct trace *t, struct scenario_row *row)
{
	*row = (struct scenario_row){
		.line = csv_line(t->csv),
		.lifetime_ns = SCENARIO_LIFETIME_OF_CLASS,
		.workload = t->guest->workload,
	};
	if (read_time(t, COLUMN_ARRIVAL, &row->arrival_ns) ||
	    (*cell(t, COLUMN_LIFETIME) &&
	     read_time(t, COLUMN_LIFETIME, &row->lifetime_ns)))
		return -1;
	if (read_size(t, row))
		return -1;
	if (*cell(t, COLUMN_WORKLOAD))
		return read_named_workload(t, cell(t, COLUMN_WORKLOAD),
					   &row->workload);
	return 0;
}
