/* trial_text.c - what `nodewise place` prints for people (trial_report.h). */
#include "run/trial_report.h"

#include "base/table.h"
#include "base/units.h"

#include <math.h>
#include <string.h>

/* The orders in which a guest is built, largest first. */
static const struct {
	uint32_t order;
	const char *size;
} extent_sizes[] = {{18, "1 GiB"}, {9, "2 MiB"}, {0, "4 KiB"}};

enum { SIZES = sizeof(extent_sizes) / sizeof(extent_sizes[0]) };

static void put_state(const struct trial_report *r, FILE *out, bool colours)
{
	const struct host_state *s = r->state;
	struct table *table = table_create(r->arena);

	fprintf(out, "%s %s: Xen %s, %u nodes, %u CPUs, %u %s\n\n",
		r->live ? "State" : "Host", s->origin, s->xen_text,
		nodeset_count(host_state_online(s)),
		(unsigned)r->host->nr_cpus, s->domain_count,
		s->domain_count == 1 ? "domain" : "domains");
	table_column(table, "node", TABLE_RIGHT);
	table_column(table, "CPUs", TABLE_RIGHT);
	table_column(table, "free", TABLE_RIGHT);
	table_column(table, "reaches over", TABLE_RIGHT);
	table_column(table, "distances", TABLE_LEFT);
	for (uint32_t n = 0; n < s->node_count; n++) {
		char distances[5 * NODE_MAX + 1];
		size_t used = 0;

		if (!s->node[n].online)
			continue;
		for (uint32_t m = 0; m < s->node_count; m++)
			used += (size_t)snprintf(
				distances + used, sizeof(distances) - used,
				m ? " %u" : "%u",
				s->distance[n * s->node_count + m]);
		table_cell(table, "%u", n);
		table_cell(table, "%u", s->node[n].nr_cpus);
		table_cell(table, "%.2f GiB",
			   gib_from_pages(s->node[n].free_pages));
		table_cell(table, "%.2f GiB",
			   gib_from_pages(s->node[n].span_pages));
		table_cell(table, "%s", distances);
	}
	table_print(table, out, colours);
	if (r->live)
		fputs("\nWhich pages are free is not known: assumed are the "
		      "largest blocks there can be.\n", out);
	if (r->speeds_assumed)
		fputs("Latencies are assumed from the distances; --host "
		      "PROFILE knows better.\n", out);
}

static const char *nodes_text(const struct trial_report *r,
			      const struct trial *t)
{
	if (!t->asked)
		return "not asked";
	switch (t->placed) {
	case PLACE_OK: return trial_nodes(r->arena, t->answer.nodes);
	case PLACE_NO_FIT: return "no place";
	case PLACE_DECLINED: break;
	}
	return "declined";
}

/* "1: 75.0 %, 0: 25.0 %", largest first; of equals the lower node. */
static void put_shares(const struct trial_report *r, const struct trial *t,
		       struct table *table)
{
	char text[512] = "";
	size_t used = 0;
	nodeset left = host_state_online(r->state);

	while (left && used < sizeof(text) - 32) {
		uint32_t most = nodeset_first(left);

		for (uint32_t n = most; n != NODE_NONE;
		     n = nodeset_after(left, n))
			if (t->pages_on[n] > t->pages_on[most])
				most = n;
		if (!t->pages_on[most])
			break;
		left = nodeset_del(left, most);
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 used ? ", %u: %.1f %%" : "%u: %.1f %%",
					 most,
					 100.0 * (double)t->pages_on[most] /
						 (double)t->total_pages);
	}
	table_cell(table, "%s", text);
}

static void put_row(const struct trial_report *r, const struct trial *t,
		    const struct trial_cost *cost, struct table *table)
{
	table_cell(table, "%s", t->ops->name);
	table_cell(table, "%s", nodes_text(r, t));
	if (t->why[0]) {
		table_cell(table, "-");
		table_cell_styled(table, TABLE_BAD, "not built");
		for (int i = 0; i < 3 + (r->workload != NULL); i++)
			table_cell(table, "-");
		return;
	}
	table_cell(table, "%s", trial_vcpus(r->arena, t));
	put_shares(r, t, table);
	table_cell(table, "%.1f %%", 100 * cost->remote);
	table_cell(table, "%.2f", cost->distance);
	table_cell(table, "%.2f", cost->latency);
	if (r->workload)
		table_cell(table, "%.3f", cost->slowdown);
}

static void put_table(const struct trial_report *r, uint32_t guest, FILE *out,
		      bool colours)
{
	struct table *table = table_create(r->arena);

	table_column(table, "heuristic", TABLE_LEFT);
	table_column(table, "nodes", TABLE_LEFT);
	table_column(table, "vCPUs", TABLE_LEFT);
	table_column(table, "memory lands on", TABLE_LEFT);
	table_column(table, "remote", TABLE_RIGHT);
	table_column(table, "distance", TABLE_RIGHT);
	table_column(table, "latency", TABLE_RIGHT);
	if (r->workload)
		table_column(table, "slowdown", TABLE_RIGHT);
	for (uint32_t h = 0; h < r->ops_count; h++) {
		uint32_t i = guest * r->ops_count + h;

		put_row(r, &r->trial[i], &r->cost[i], table);
	}
	table_print(table, out, colours);
	for (uint32_t h = 0; h < r->ops_count; h++) {
		const struct trial *t = &r->trial[guest * r->ops_count + h];

		if (t->why[0])
			fprintf(out, "%s: not built: %s\n", t->ops->name,
				t->why);
	}
}

static void put_candidates(const struct trial_report *r, const struct trial *t,
			   FILE *out, bool colours)
{
	const struct trial_candidate *candidate;
	const char *const *line;
	uint32_t count = trial_candidates(r->arena, t, &candidate);
	uint32_t lines = trial_log(r->arena, t, &line);
	struct table *table = table_create(r->arena);

	if (!t->asked) {
		fputs("\nNo candidates: cpus= as a list, cpus_soft= or vnuma= "
		      "with pnode= switch placement off.\n", out);
		return;
	}
	if (count)
		fputs("\nCandidates, best first:\n\n", out);
	table_column(table, "nodes", TABLE_LEFT);
	table_column(table, "score", TABLE_RIGHT);
	table_column(table, "what the score is", TABLE_LEFT);
	for (uint32_t i = 0; i < count; i++) {
		table_cell(table, "%s",
			   trial_nodes(r->arena, candidate[i].nodes));
		if (isnan(candidate[i].score))
			table_cell(table, "-");
		else
			table_cell(table, "%.10g", candidate[i].score);
		table_cell(table, "%s", candidate[i].text);
	}
	if (count)
		table_print(table, out, colours);
	if (lines)
		fputs("\nxl -vvv create would log (the sizes are MiB):\n\n",
		      out);
	for (uint32_t i = 0; i < lines; i++)
		fprintf(out, "  %s\n", line[i]);
}

/* Pages by node and by size of extent. */
static void put_landing(const struct trial_report *r, const struct trial *t,
			FILE *out, bool colours)
{
	struct table *table = table_create(r->arena);

	fprintf(out, "\nWhere its %.1f MiB land, in extents:\n\n",
		mib_from_pages(t->total_pages));
	table_column(table, "node", TABLE_RIGHT);
	for (int k = 0; k < SIZES; k++)
		table_column(table, extent_sizes[k].size, TABLE_RIGHT);
	table_column(table, "memory", TABLE_RIGHT);
	table_column(table, "share", TABLE_RIGHT);
	for (uint32_t n = 0; n < r->state->node_count; n++) {
		if (!r->state->node[n].online)
			continue;
		table_cell(table, "%u", n);
		for (int k = 0; k < SIZES; k++)
			table_cell(table, "%llu",
				   (unsigned long long)
					   t->extents_on[n][extent_sizes[k]
								    .order]);
		table_cell(table, "%.1f MiB", mib_from_pages(t->pages_on[n]));
		table_cell(table, "%.1f %%", 100.0 * (double)t->pages_on[n] /
						     (double)t->total_pages);
	}
	table_print(table, out, colours);
	if (t->pod_pages)
		fprintf(out, "%.1f MiB of it wait to be populated on demand.\n",
			mib_from_pages(t->pod_pages));
	if (t->off_plan_pages)
		fprintf(out, "%.1f MiB are not on the nodes picked: those had "
			"no more blocks of that size, or only memory that Xen "
			"hands out last.\n", mib_from_pages(t->off_plan_pages));
}

static void put_lines(const struct trial_report *r, const struct trial *t,
		      FILE *out)
{
	struct trial_cfg cfg;

	trial_cfg(r->arena, r->state, t, &cfg);
	fputs("\nTo make it so, in xl.cfg:\n\n", out);
	for (uint32_t i = 0; i < cfg.line_count; i++)
		fprintf(out, "  %s\n", cfg.line[i]);
	if (cfg.remark[0])
		fprintf(out, "  # %s\n", cfg.remark);
}

static void put_guest(const struct trial_report *r, uint32_t guest, FILE *out,
		      bool colours)
{
	const struct xlcfg *cfg = r->config[guest];
	const struct trial *first = &r->trial[guest * r->ops_count];

	fprintf(out, "\nGuest %s (%s): %s, %u %s, %.0f MiB", cfg->name,
		cfg->path, xlcfg_type_name(cfg->type), cfg->vcpu_max,
		cfg->vcpu_max == 1 ? "vCPU" : "vCPUs",
		(double)cfg->memory_kib / 1024);
	if (first->asked)
		fprintf(out, "; placement looks for %.0f MiB",
			mib_from_pages(first->request.need_pages));
	fputs("\n\n", out);
	put_table(r, guest, out, colours);
	for (uint32_t h = 0; h < r->ops_count; h++) {
		const struct trial *t = &r->trial[guest * r->ops_count + h];

		if (!r->detailed[h])
			continue;
		fprintf(out, "\n--- %s: %s\n", t->ops->name, t->ops->summary);
		if (r->explain && t->view)
			put_candidates(r, t, out, colours);
		if (t->why[0])
			continue;
		put_landing(r, t, out, colours);
		put_lines(r, t, out);
	}
}

void trial_report_text(const struct trial_report *r, FILE *out, bool colours)
{
	put_state(r, out, colours);
	for (uint32_t g = 0; g < r->guest_count; g++)
		put_guest(r, g, out, colours);
	fprintf(out, "\nremote: share of memory accesses that leave the vCPU's "
		"node. distance: mean, over the\nlocal one. latency: mean, "
		"over the host's best, with nothing else running%s",
		r->workload ? ".\nslowdown: time of " : ".\n");
	if (r->workload)
		fprintf(out, "%s's work, over that at the best place.\n",
			r->workload->name);
}
