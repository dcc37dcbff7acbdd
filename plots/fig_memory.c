/*
 * fig_memory.c - what each node's memory is, over time: who has it, and in
 *                which blocks the rest is free.
 *
 * MODEL   nodes.csv has, per moment and node, free memory, the parts of it in
 *         blocks of 2 MiB or more and of 1 GiB or more, memory of guests, and
 *         of all others (dom0, Xen). Stacked, these are the node. Dirty memory
 *         (not yet scrubbed) is part of the free and drawn as a line.
 *
 *         memory.dat: one block per node, rows by time, all in GiB:
 *
 *           time_s other guests free_1g free_2m free_small dirty
 *
 *         free_2m and free_small without the larger blocks.
 *
 * RULE    One case, one heuristic (the first), one run: the first seed in the
 *         file. At most NODES_MAX panels; of more nodes the first are drawn.
 */
#include "plots/figure.h"

#include "base/arena.h"
#include "base/csv.h"
#include "base/err.h"
#include "plots/columns.h"
#include "plots/script.h"

#include <math.h>
#include <string.h>

FIGURE_SCRIPT_DECLARE(memory);

enum { NODES_MAX = 8, NODE_NUMBER_MAX = 1 << 20 };

/* Numbers of a row of nodes.csv, by column. */
enum {
	TIME,
	FREE,
	DIRTY,
	FREE_2M,
	FREE_1G,
	GUESTS,
	OTHER,
	NUMBER_COUNT,
};

enum { CASE = NUMBER_COUNT, VARIANT, SEED, NODE, COLUMN_COUNT };

static const char *const columns[COLUMN_COUNT] = {
	[TIME] = "time_s",          [FREE] = "free_mib",
	[DIRTY] = "dirty_mib",      [FREE_2M] = "free_2m_mib",
	[FREE_1G] = "free_1g_mib",  [GUESTS] = "guests_mib",
	[OTHER] = "other_mib",      [CASE] = "case",
	[VARIANT] = "variant",      [SEED] = "seed",
	[NODE] = "node",
};

struct moment {
	uint64_t node;
	double number[NUMBER_COUNT];
};

struct memory {
	struct figure_job *job;
	uint32_t case_index, variant;
	uint64_t seed;        /* of the first row that fits */
	struct moment *moment;
	size_t count, room;
	uint32_t node_count;  /* highest node + 1 */
};

static int read_nodes(struct memory *m, struct err *err);
static void write_data(const struct memory *m, uint32_t shown);
static void write_settings(const struct memory *m, uint32_t shown);

static enum figure_result memory_prepare(struct figure_job *job,
					 struct err *err)
{
	const struct results *r = job->results;
	struct memory m = {.job = job, .case_index = figure_case(job)};

	if (m.case_index == RESULTS_NONE) {
		err_set(err, "%s/samples.csv has no rows", r->dir);
		return FIGURE_SKIPPED;
	}
	m.variant = job->choice->variant[0];

	int rc = read_nodes(&m, err);

	if (rc < 0)
		return FIGURE_FAILED;
	if (rc == 0) {
		err_set(err, "there is no %s/nodes.csv", r->dir);
		return FIGURE_SKIPPED;
	}
	if (m.count == 0) {
		err_set(err, "%s/nodes.csv has no rows of %s, %s", r->dir,
			r->variants.name[m.variant],
			figure_case_text(job, m.case_index));
		return FIGURE_SKIPPED;
	}
	uint32_t shown = m.node_count < NODES_MAX ? m.node_count : NODES_MAX;

	write_data(&m, shown);
	write_settings(&m, shown);
	return FIGURE_DREW;
}

/* --- reading ------------------------------------------------------------------- */

static struct moment *moment_add(struct memory *m)
{
	if (m->count == m->room) {
		const struct moment *old = m->moment;

		m->room = m->room ? 2 * m->room : 512;
		m->moment = arena_array(m->job->arena, m->room, sizeof(*old));
		if (old)
			memcpy(m->moment, old, m->count * sizeof(*old));
	}
	return &m->moment[m->count++];
}

static int read_row(struct memory *m, const struct columns *c, struct err *err)
{
	const struct results *r = m->job->results;
	uint64_t seed, node;

	if (strcmp(columns_text(c, CASE), r->cases.name[m->case_index]) ||
	    strcmp(columns_text(c, VARIANT), r->variants.name[m->variant]))
		return 0;
	if (columns_u64(c, SEED, &seed, err) || columns_u64(c, NODE, &node, err))
		return -1;
	if (node > NODE_NUMBER_MAX)
		return err_set(err, "%s:%llu: node: %llu is no node; 0 to %d",
			       csv_path(c->csv),
			       (unsigned long long)csv_line(c->csv),
			       (unsigned long long)node, NODE_NUMBER_MAX);
	if (m->count == 0)
		m->seed = seed;
	if (seed != m->seed)
		return 0;

	struct moment *moment = moment_add(m);

	moment->node = node;
	if (node >= m->node_count)
		m->node_count = (uint32_t)node + 1;
	for (size_t i = 0; i < NUMBER_COUNT; i++)
		if (columns_number(c, i, &moment->number[i], err))
			return -1;
	return 0;
}

/* 1; 0 without such a file; -1 and err. */
static int read_nodes(struct memory *m, struct err *err)
{
	const char *path = results_path(m->job->arena, m->job->results->dir,
					"nodes.csv");
	struct columns c;
	int rc = columns_open(&c, path, columns, COLUMN_COUNT, err);

	if (rc <= 0)
		return rc;
	while ((rc = columns_next(&c, err)) > 0) {
		if (read_row(m, &c, err)) {
			rc = -1;
			break;
		}
	}
	columns_close(&c);
	return rc < 0 ? -1 : 1;
}

/* --- writing ------------------------------------------------------------------- */

static void write_moment(FILE *data, const double number[NUMBER_COUNT])
{
	const double mib[] = {
		number[OTHER],
		number[GUESTS],
		number[FREE_1G],
		number[FREE_2M] - number[FREE_1G],
		number[FREE] - number[FREE_2M],
		number[DIRTY],
	};

	data_number(data, number[TIME]);
	for (size_t i = 0; i < sizeof(mib) / sizeof(mib[0]); i++) {
		putc(' ', data);
		data_number(data, mib[i] / 1024);
	}
	putc('\n', data);
}

static void write_data(const struct memory *m, uint32_t shown)
{
	FILE *data = m->job->data;

	fprintf(data, "# time_s other guests free_1g free_2m free_small dirty "
		      "(GiB)\n");
	for (uint32_t n = 0; n < shown; n++) {
		fprintf(data, "%s# node %u\n", n ? "\n\n" : "", n);
		for (size_t i = 0; i < m->count; i++)
			if (m->moment[i].node == n)
				write_moment(data, m->moment[i].number);
	}
}

static double node_mib(const struct moment *moment)
{
	return moment->number[FREE] + moment->number[GUESTS] +
	       moment->number[OTHER];
}

static void write_settings(const struct memory *m, uint32_t shown)
{
	const struct figure_job *job = m->job;
	const struct results *r = job->results;
	double most_mib = 0, end_s = 0;
	char nodes[64] = "";

	for (size_t i = 0; i < m->count; i++) {
		most_mib = fmax(most_mib, node_mib(&m->moment[i]));
		end_s = fmax(end_s, m->moment[i].number[TIME]);
	}
	if (shown < m->node_count)
		snprintf(nodes, sizeof(nodes), "; the first %u of %u nodes",
			 shown, m->node_count);
	script_text(job->settings, "title", "%s: memory of each node, %s, %s",
		    r->scenario, r->variants.name[m->variant],
		    figure_case_text(job, m->case_index));
	script_text(job->settings, "subtitle",
		    "One run (n = 1), seed %llu; free memory by the size of "
		    "the block it lies in%s",
		    (unsigned long long)m->seed, nodes);
	script_number(job->settings, "nodes", shown);
	script_number(job->settings, "most", most_mib / 1024);
	script_number(job->settings, "end", end_s);
}

const struct figure figure_memory = {
	.name = "memory",
	.summary = "memory of each node over time: guests, others, free blocks",
	FIGURE_SCRIPT(memory),
	.prepare = memory_prepare,
};
