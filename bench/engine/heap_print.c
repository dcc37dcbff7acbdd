/*
 * heap_print.c - the report of the heap bench: a table, JSON, samples.csv.
 *
 * RULE    Minimum, median and maximum over the rounds; all rounds in JSON and
 *         samples.csv. What does not depend on the machine (extents, blocks,
 *         bytes) is recorded as exact.
 *
 * TESTS   bench/test/check_bench_heap.c
 */
#include "base/arena.h"
#include "base/record.h"
#include "base/table.h"
#include "base/units.h"
#include "bench/engine/heap_bench.h"

#include <inttypes.h>

static void print_hosts(const struct heap_report *report, FILE *out)
{
	char number[32];

	for (uint32_t h = 0; h < report->config.hosts_count; h++) {
		const struct heap_host_shape *shape = &report->config.hosts[h];
		const struct heap_host_facts *facts = &report->host[h];

		fprintf(out,
			"host     %s: %" PRIu32 " nodes, %.3g TiB, %s free "
			"blocks; the model takes %.1f MiB\n",
			shape->name, shape->nodes,
			gib_from_pages(facts->pages) / 1024,
			thousands(number, facts->block_count),
			(double)facts->heap_bytes / (1 << 20));
	}
	putc('\n', out);
}

static void add_columns(struct table *table)
{
	static const char *const headers[] = {
		"extents\n4 KiB", "\n2 MiB", "\n1 GiB",
		"build\nmin", "\nmedian", "\nmax",
		"destroy\nmin", "\nmedian", "\nmax",
		"pool\ntaken", "\nfreed", "guest\nMiB",
	};

	table_column(table, "host", TABLE_LEFT);
	table_column(table, "guest", TABLE_LEFT);
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		table_column(table, headers[i], TABLE_RIGHT);
}

static void print_row(struct table *table, const struct heap_report *report,
		      uint32_t h, uint32_t g)
{
	const struct heap_row *row = heap_row_of(report, h, g);
	char number[32];

	table_cell(table, "%s", g ? "" : report->config.hosts[h].name);
	table_cell(table, "%s", report->config.guests[g].name);
	for (uint32_t s = 0; s < P2M_SIZES; s++)
		table_cell(table, "%s", thousands(number, row->extents[s]));
	for (uint32_t m = HEAP_BUILD; m <= HEAP_DESTROY; m++) {
		table_cell(table, "%.1f", samples_min(&row->ns[m]));
		table_cell(table, "%.1f", samples_median(&row->ns[m]));
		table_cell(table, "%.1f", samples_max(&row->ns[m]));
	}
	table_cell(table, "%.1f", samples_median(&row->ns[HEAP_POOL_BUILD]));
	table_cell(table, "%.1f", samples_median(&row->ns[HEAP_POOL_DESTROY]));
	table_cell(table, "%.1f", (double)row->guest_bytes / (1 << 20));
}

void heap_print(struct arena *arena, const struct heap_report *report,
		FILE *out, bool colours)
{
	struct table *table = table_create(arena);

	conditions_print(&report->conditions, out);
	print_hosts(report, out);
	add_columns(table);
	for (uint32_t h = 0; h < report->config.hosts_count; h++)
		for (uint32_t g = 0; g < report->config.guests_count; g++)
			print_row(table, report, h, g);
	table_print(table, out, colours);
	fputs("\nbuild, destroy  ns per extent: what a populate call allocates "
	      "and maps\n"
	      "                in one piece\n"
	      "pool            ns per page of 4 KiB for the guest's own page "
	      "tables,\n"
	      "                one by one; medians\n"
	      "guest MiB       memory of the model for where the guest's pages "
	      "are\n"
	      "fragmented      one page is in use in 8 drawn pieces of 2 MiB "
	      "of nearly each GiB,\n"
	      "                on one node in 175: its last GiB is given in 4 "
	      "KiB pages\n",
	      out);
}

static json_t *row_json(const struct heap_report *report, uint32_t h,
			uint32_t g)
{
	const struct heap_row *row = heap_row_of(report, h, g);
	json_t *json = json_pack(
		"{s:s, s:s, s:I, s:I, s:I, s:I, s:I}", "host",
		report->config.hosts[h].name, "guest",
		report->config.guests[g].name, "extents_4k",
		(json_int_t)row->extents[P2M_4K], "extents_2m",
		(json_int_t)row->extents[P2M_2M], "extents_1g",
		(json_int_t)row->extents[P2M_1G], "pool_pages",
		(json_int_t)row->pool_pages, "guest_bytes",
		(json_int_t)row->guest_bytes);

	for (uint32_t m = 0; m < HEAP_METRICS; m++) {
		const struct samples *ns = &row->ns[m];
		json_t *rounds = json_array();

		for (uint32_t r = 0; r < ns->count; r++)
			json_array_append_new(rounds, json_real(ns->value[r]));
		json_object_set_new(
			json, heap_metric_names[m],
			json_pack("{s:f, s:f, s:f, s:o}", "ns_min",
				  samples_min(ns), "ns_median",
				  samples_median(ns), "ns_max", samples_max(ns),
				  "ns", rounds));
	}
	return json;
}

json_t *heap_json(const struct heap_report *report)
{
	json_t *json = json_pack("{s:s}", "suite", "heap");
	json_t *hosts = json_array(), *rows = json_array();

	for (uint32_t h = 0; h < report->config.hosts_count; h++) {
		const struct heap_host_facts *facts = &report->host[h];

		json_array_append_new(
			hosts,
			json_pack("{s:s, s:I, s:I, s:I, s:I}", "name",
				  report->config.hosts[h].name, "nodes",
				  (json_int_t)report->config.hosts[h].nodes,
				  "pages", (json_int_t)facts->pages,
				  "free_blocks", (json_int_t)facts->block_count,
				  "heap_bytes", (json_int_t)facts->heap_bytes));
		for (uint32_t g = 0; g < report->config.guests_count; g++)
			json_array_append_new(rows, row_json(report, h, g));
	}
	conditions_add_json(&report->conditions, json);
	json_object_set_new(json, "hosts", hosts);
	json_object_set_new(json, "rows", rows);
	return json;
}

static void record_exact(struct record *record, struct sample sample,
			 const char *metric, const char *unit, uint64_t value)
{
	sample.metric = metric;
	sample.unit = unit;
	sample.class_ = CLASS_EXACT;
	sample.origin = ORIGIN_MODEL;
	sample.value = (double)value;
	record_sample(record, &sample);
}

static void record_row(struct record *record, const struct heap_report *report,
		       uint32_t h, uint32_t g, struct sample sample)
{
	static const char *const names[P2M_SIZES] = {"extents_4k", "extents_2m",
						     "extents_1g"};
	const struct heap_row *row = heap_row_of(report, h, g);
	struct sample exact = sample;
	char metric[48];

	for (uint32_t m = 0; m < HEAP_METRICS; m++) {
		snprintf(metric, sizeof(metric), "%s_time_per_%s",
			 heap_metric_names[m],
			 m < HEAP_POOL_BUILD ? "extent" : "page");
		sample.metric = metric;
		sample.unit = "ns";
		sample.class_ = CLASS_SAMPLED;
		sample.origin = ORIGIN_HARDWARE;
		for (uint32_t r = 0; r < row->ns[m].count; r++) {
			sample.repeat = r;
			sample.value = row->ns[m].value[r];
			record_sample(record, &sample);
		}
	}
	exact.better = BETTER_NONE;
	for (uint32_t s = 0; s < P2M_SIZES; s++)
		record_exact(record, exact, names[s], "extents",
			     row->extents[s]);
	exact.better = BETTER_LOWER;
	record_exact(record, exact, "guest_memory", "bytes", row->guest_bytes);
}

void heap_record(const struct heap_report *report, struct record *record)
{
	for (uint32_t h = 0; h < report->config.hosts_count; h++) {
		const char *host = report->config.hosts[h].name;
		struct sample sample = {
			.suite = "heap",
			.case_name = host,
			.variant = "nodewise",
			.better = BETTER_LOWER,
			.seed = HEAP_BENCH_SEED,
		};

		record_exact(record, sample, "heap_memory", "bytes",
			     report->host[h].heap_bytes);
		for (uint32_t g = 0; g < report->config.guests_count; g++) {
			char name[64];

			snprintf(name, sizeof(name), "%s, %s", host,
				 report->config.guests[g].name);
			sample.case_name = name;
			record_row(record, report, h, g, sample);
		}
	}
}
