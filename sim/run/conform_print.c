#include "run/conform_print.h"

#include "base/arena.h"
#include "base/json_text.h"
#include "base/table.h"
#include "des/utf8.h"

#include <inttypes.h>

struct conform_totals conform_totals(const struct conform_report *report,
				     size_t count)
{
	struct conform_totals sum = {0};

	for (size_t f = 0; f < count; f++) {
		sum.failed_files += report[f].failed;
		for (uint32_t i = 0; i < report[f].row_count; i++) {
			sum.agreed += report[f].row[i].agreed;
			sum.differed += report[f].row[i].differed;
			sum.unmodelled += report[f].row[i].unmodelled;
		}
	}
	return sum;
}

/* --- the table ------------------------------------------------------------ */

static void table_rows(struct table *table, const struct conform_report *report)
{
	const char *note = report->failed ? " (cut short)" : "";

	for (uint32_t i = 0; i < report->row_count; i++) {
		const struct conform_row *row = &report->row[i];
		uint64_t total = conform_row_total(row);
		enum table_style style = row->agreed == total ? TABLE_GOOD
					 : row->differed      ? TABLE_BAD
							      : TABLE_NOTE;

		table_cell(table, "%s", report->path);
		table_cell(table, "%s%s", row->kind->name, note);
		table_cell_styled(table, style, "%" PRIu64 "/%" PRIu64,
				  row->agreed, total);
		table_cell_styled(table, row->unmodelled ? TABLE_NOTE
							 : TABLE_PLAIN,
				  "%" PRIu64, row->unmodelled);
	}
	if (report->row_count)
		return;
	table_cell(table, "%s", report->path);
	table_cell(table, "-%s", note);
	table_cell_styled(table, TABLE_BAD, "0/0");
	table_cell(table, "0");
}

static void print_table(FILE *out, const struct conform_report *report,
			size_t count, bool colours)
{
	struct arena *arena = arena_create();
	struct table *table = table_create(arena);

	table_column(table, "file", TABLE_LEFT);
	table_column(table, "kind", TABLE_LEFT);
	table_column(table, "agreed", TABLE_RIGHT);
	table_column(table, "not modelled", TABLE_RIGHT);
	for (size_t f = 0; f < count; f++)
		table_rows(table, &report[f]);
	table_print(table, out, colours);
	arena_destroy(arena);
}

/* --- under the table ------------------------------------------------------ */

/* Bytes of a file that would move the cursor are shown as '?'. */
static void print_plain(FILE *out, const char *text)
{
	while (*text) {
		size_t size = utf8_size(text);

		if (size <= 1)
			fputc(size && *text >= ' ' && *text < 0x7f ? *text
								   : '?', out);
		else
			fwrite(text, 1, size, out);
		text += size ? size : 1;
	}
}

static void print_difference(FILE *out, const struct conform_difference *d)
{
	fprintf(out, "  line %" PRIu64, d->line);
	if (d->result.id[0]) {
		fputs(", case ", out);
		print_plain(out, d->result.id);
	}
	fputs(": ", out);
	print_plain(out, d->result.key);
	fputs(": expected ", out);
	print_plain(out, d->result.expected);
	fputs(", got ", out);
	print_plain(out, d->result.got);
	fputc('\n', out);
}

static void print_differences(FILE *out, const char *path,
			      const struct conform_row *row)
{
	if (!row->differed)
		return;
	fprintf(out, "\n%s: %s: %" PRIu64 " differ%s", path, row->kind->name,
		row->differed, row->differed == 1 ? "s" : "");
	if (row->first_count && row->first_count < row->differed)
		fprintf(out, ", the first %u", row->first_count);
	fputc('\n', out);
	for (uint32_t i = 0; i < row->first_count; i++)
		print_difference(out, &row->first[i]);
}

static void print_missing(FILE *out, const char *path,
			  const struct conform_row *row)
{
	if (!row->missing_count)
		return;
	fprintf(out, "%s: %s: not modelled:", path, row->kind->name);
	for (uint32_t i = 0; i < row->missing_count; i++) {
		fputs(i ? ", " : " ", out);
		print_plain(out, row->missing[i].name);
		fprintf(out, " %" PRIu64, row->missing[i].total);
	}
	fputc('\n', out);
}

static void tag_row(struct table *table, const struct conform_tally *tag,
		    const char *name)
{
	if (!tag->total)
		return;
	table_cell(table, "%s", name);
	table_cell(table, "%" PRIu64, tag->total);
	table_cell_styled(table, tag->differed ? TABLE_BAD : TABLE_PLAIN,
			  "%" PRIu64, tag->differed);
}

/* Only where there is something to explain, and tags to do it with. */
static void print_tags(FILE *out, const char *path,
		       const struct conform_row *row,
		       const struct conform_options *options, bool colours)
{
	if (!row->differed || !row->tag_count)
		return;

	struct arena *arena = arena_create();
	struct table *table = table_create(arena);

	fprintf(out, "\n%s: %s: which differ%s, by the records' tags (one may "
		"have several)\n\n", path, row->kind->name,
		options->libxl_fixed ? " under libxl-fixed" : "");
	table_column(table, "tag", TABLE_LEFT);
	table_column(table, "records", TABLE_RIGHT);
	table_column(table, "differ", TABLE_RIGHT);
	for (uint32_t i = 0; i < row->tag_count; i++)
		tag_row(table, &row->tag[i], row->tag[i].name);
	tag_row(table, &row->untagged, "(none)");
	table_print(table, out, colours);
	arena_destroy(arena);
}

static void print_notes(FILE *out, const char *path,
			const struct conform_row *row)
{
	const char *key;
	json_t *value;

	if (!json_object_size(row->notes))
		return;
	fprintf(out, "\n%s: %s:\n", path, row->kind->name);
	json_object_foreach (row->notes, key, value) {
		fprintf(out, "  %s: ", key);
		if (json_is_string(value))
			print_plain(out, json_string_value(value));
		else
			json_dumpf(value, out, JSON_ENCODE_ANY |
				   JSON_REAL_PRECISION(6));
		fputc('\n', out);
	}
}

void conform_print(FILE *out, const struct conform_report *report,
		   size_t count, const struct conform_options *options,
		   bool colours)
{
	struct conform_totals sum = conform_totals(report, count);
	uint64_t total = sum.agreed + sum.differed + sum.unmodelled;

	print_table(out, report, count, colours);
	for (size_t f = 0; f < count; f++) {
		for (uint32_t i = 0; i < report[f].row_count; i++) {
			const struct conform_row *row = &report[f].row[i];

			print_differences(out, report[f].path, row);
			print_tags(out, report[f].path, row, options, colours);
			print_notes(out, report[f].path, row);
		}
	}
	if (sum.unmodelled)
		fputc('\n', out);
	for (size_t f = 0; f < count; f++)
		for (uint32_t i = 0; i < report[f].row_count; i++)
			print_missing(out, report[f].path, &report[f].row[i]);
	fprintf(out, "\n%" PRIu64 " of %" PRIu64 " records agree", sum.agreed,
		total);
	if (sum.differed)
		fprintf(out, ", %" PRIu64 " differ", sum.differed);
	if (sum.unmodelled)
		fprintf(out, ", %" PRIu64 " are not modelled", sum.unmodelled);
	fputs(".\n", out);
}

/* --- JSON ----------------------------------------------------------------- */

static json_t *first_json(const struct conform_row *row)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < row->first_count; i++) {
		const struct conform_difference *d = &row->first[i];

		json_array_append_new(list, json_pack(
			"{s:I, s:o, s:o, s:o, s:o}", "line",
			(json_int_t)d->line, "id", json_text(d->result.id),
			"key", json_text(d->result.key), "expected",
			json_text(d->result.expected), "got",
			json_text(d->result.got)));
	}
	return list;
}

static json_t *tag_json(const struct conform_tally *tag)
{
	return json_pack("{s:o, s:I, s:I}", "tag", json_text(tag->name),
			 "records", (json_int_t)tag->total, "differed",
			 (json_int_t)tag->differed);
}

static json_t *row_json(const struct conform_row *row)
{
	json_t *tags = json_array(), *missing = json_array();
	json_t *notes = row->notes ? json_incref(row->notes) : json_object();

	for (uint32_t i = 0; i < row->tag_count; i++)
		json_array_append_new(tags, tag_json(&row->tag[i]));
	if (row->untagged.total)
		json_array_append_new(tags, tag_json(&row->untagged));
	for (uint32_t i = 0; i < row->missing_count; i++)
		json_array_append_new(missing, json_pack(
			"{s:o, s:I}", "name", json_text(row->missing[i].name),
			"records", (json_int_t)row->missing[i].total));
	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o}",
			 "kind", row->kind->name, "agreed",
			 (json_int_t)row->agreed, "total",
			 (json_int_t)conform_row_total(row), "differed",
			 (json_int_t)row->differed, "not_modelled",
			 (json_int_t)row->unmodelled, "first", first_json(row),
			 "tags", tags, "missing", missing, "notes", notes);
}

json_t *conform_report_json(const struct conform_report *report, size_t count,
			    const struct conform_options *options)
{
	struct conform_totals sum = conform_totals(report, count);
	json_t *files = json_array();

	for (size_t f = 0; f < count; f++) {
		json_t *kinds = json_array();

		for (uint32_t i = 0; i < report[f].row_count; i++)
			json_array_append_new(kinds,
					      row_json(&report[f].row[i]));
		json_array_append_new(files, json_pack(
			"{s:o, s:o, s:o}", "file", json_text(report[f].path),
			"kinds", kinds, "error",
			report[f].failed ? json_text(report[f].err.text)
					 : json_null()));
	}
	return json_pack("{s:I, s:I, s:I, s:s, s:s, s:o}", "agreed",
			 (json_int_t)sum.agreed, "differed",
			 (json_int_t)sum.differed, "not_modelled",
			 (json_int_t)sum.unmodelled, "model",
			 options->libxl_fixed ? "libxl-fixed" : "libxl",
			 "xen_version",
			 options->xen_version == 417 ? "4.17" : "4.22",
			 "files", files);
}
