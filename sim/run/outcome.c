/* outcome.c - adds up what a run's guests and nodes have done (outcome.h). */
#include "run/outcome.h"

#include "base/csv.h"
#include "base/moments.h"
#include "run/world.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct outcome_info outcome_table[OUTCOME_COUNT] = {
#define OUTCOME_ROW(name, unit, better, meaning)                               \
	{#name, unit, meaning, BETTER_##better},
	OUTCOME_LIST(OUTCOME_ROW)
#undef OUTCOME_ROW
};

const char outcome_guests_header[] =
	"case,variant,seed,guest,class,measured,domid,state,arrival_s,start_s,"
	"end_s,vcpus,memory_mib,answer,nodes,pages_per_node,off_plan_pages,"
	"slowdown,remote_ratio,wait_share,score,score_unit,moves,node_moves,"
	"why\n";

/* What a guest did after the warm-up. */
struct guest_result {
	struct world_work work;
	double slowdown; /* NaN: it did nothing */
};

static void guest_result(struct world_guest *g, struct guest_result *r)
{
	const struct world_work *warm = &g->warm;
	struct world_work *work = &r->work;

	if (g->dom && g->state == GUEST_RUNNING)
		vcpu_work(g, work);
	else
		*work = g->final;
	work->alone_ns -= warm->alone_ns;
	work->accesses -= warm->accesses;
	work->remote_accesses -= warm->remote_accesses;
	work->distance_sum -= warm->distance_sum;
	work->score -= warm->score;
	work->run_ns -= warm->run_ns;
	work->wait_ns -= warm->wait_ns;
	work->nonaffine_ns -= warm->nonaffine_ns;
	work->moves -= warm->moves;
	work->node_moves -= warm->node_moves;
	r->slowdown = work->alone_ns > 0
			      ? (double)(work->run_ns + work->wait_ns) /
					work->alone_ns
			      : NAN;
}

static const char *state_name(enum world_guest_state state)
{
	static const char *const name[] = {
		[GUEST_CREATING] = "creating", [GUEST_RUNNING] = "running",
		[GUEST_DYING] = "dying",       [GUEST_GONE] = "gone",
		[GUEST_FAILED] = "failed",
	};

	return name[state];
}

static const char *answer_name(const struct world_guest *g)
{
	static const char *const name[] = {
		[PLACE_OK] = "ok",
		[PLACE_NO_FIT] = "no fit",
		[PLACE_DECLINED] = "declined",
	};

	return g->arrival.config->numa_placement ? name[g->placed]
						 : "not asked";
}

static double ratio(double part, double whole)
{
	return whole > 0 ? part / whole : NAN;
}

static void write_seconds(FILE *out, int64_t ns)
{
	if (ns < TIME_NEVER_NS)
		fprintf(out, "%.9f", s_from_ns(ns));
	fputc(',', out);
}

static void write_guest(FILE *out, const struct world_guest *g,
			const struct guest_result *r)
{
	const struct world *w = g->world;
	const struct scenario_guest *class =
		&w->scenario->guest[g->arrival.class_index];
	char number[CSV_NUMBER_BYTES];
	const char *comma = "";

	csv_write_text(out, w->scenario->cases[w->config.case_index].name);
	fputc(',', out);
	csv_write_text(out, w->config.ops->name);
	fprintf(out, ",%llu,", (unsigned long long)w->config.seed);
	csv_write_text(out, g->arrival.name);
	fputc(',', out);
	csv_write_text(out, class->name);
	fprintf(out, ",%d,%u,%s,", class->measured, g->domid,
		state_name(g->state));
	write_seconds(out, g->arrival.arrival_ns);
	write_seconds(out, g->started_ns);
	write_seconds(out, g->ended_ns);
	fprintf(out, "%u,%llu,%s,", g->vcpu_count,
		(unsigned long long)g->arrival.config->memory_kib / 1024,
		answer_name(g));
	if (g->placed == PLACE_OK)
		for (uint32_t n = nodeset_first(g->answer.nodes);
		     n != NODE_NONE; n = nodeset_after(g->answer.nodes, n)) {
			fprintf(out, "%s%u", comma, n);
			comma = " ";
		}
	fputc(',', out);
	for (uint32_t n = 0; n < w->host->nr_nodes; n++)
		fprintf(out, "%s%llu", n ? " " : "",
			(unsigned long long)g->built_on[n]);
	fprintf(out, ",%llu,", (unsigned long long)g->off_plan_pages);
	fprintf(out, "%s,", csv_number(number, r->slowdown));
	fprintf(out, "%s,", csv_number(number, ratio(r->work.remote_accesses,
						     r->work.accesses)));
	fprintf(out, "%s,",
		csv_number(number, ratio((double)r->work.wait_ns,
					 (double)(r->work.run_ns +
						  r->work.wait_ns))));
	fprintf(out, "%s,", csv_number(number, r->work.score));
	csv_write_text(out, g->arrival.workload->unit);
	fprintf(out, ",%llu,%llu,", (unsigned long long)r->work.moves,
		(unsigned long long)r->work.node_moves);
	csv_write_text(out, g->failure ? g->failure : "");
	fputc('\n', out);
}

/* Sums over measured guests, on the way to the metrics. */
struct sums {
	struct world_work work;
	double asked, placed, failed, unplanned, one_node, nodes;
	double built_pages, off_plan_pages, boot_s;
	double *slowdown, *speed; /* [count] */
	uint32_t count;
};

static void sum_placement(struct sums *s, const struct world_guest *g)
{
	uint64_t most = 0;
	uint32_t nodes = 0;

	for (uint32_t n = 0; n < g->world->host->nr_nodes; n++) {
		if (g->built_on[n] > most)
			most = g->built_on[n];
		nodes += g->built_on[n] > WORLD_ONE_NODE_PAGES;
	}
	s->nodes += nodes;
	s->one_node += g->built_pages - most <= WORLD_ONE_NODE_PAGES;
	if (g->placed == PLACE_OK) {
		s->off_plan_pages += (double)g->off_plan_pages;
		s->built_pages += (double)g->built_pages;
	}
	s->unplanned += g->arrival.config->numa_placement &&
			g->placed == PLACE_NO_FIT;
	s->boot_s += s_from_ns(g->started_ns - g->arrival.arrival_ns);
}

static void sum_guest(struct sums *s, const struct world_guest *g,
		      const struct guest_result *r)
{
	s->asked++;
	s->failed += g->state == GUEST_FAILED;
	if (g->started_ns == TIME_NEVER_NS)
		return;
	s->placed++;
	sum_placement(s, g);
	s->work.alone_ns += r->work.alone_ns;
	s->work.accesses += r->work.accesses;
	s->work.remote_accesses += r->work.remote_accesses;
	s->work.distance_sum += r->work.distance_sum;
	s->work.run_ns += r->work.run_ns;
	s->work.wait_ns += r->work.wait_ns;
	s->work.nonaffine_ns += r->work.nonaffine_ns;
	s->work.moves += r->work.moves;
	s->work.node_moves += r->work.node_moves;
	if (!isnan(r->slowdown)) {
		s->slowdown[s->count] = r->slowdown;
		s->speed[s->count] = 1 / r->slowdown;
		s->count++;
	}
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The value of rank ceil(p * count), as the rest of the project has it. */
static double quantile(const double *sorted, uint32_t count, double p)
{
	uint32_t rank = (uint32_t)ceil(p * count);

	if (count == 0)
		return NAN;
	return sorted[rank > 0 ? rank - 1 : 0];
}

static void take_slowdowns(double *value, struct sums *s)
{
	double sum = 0;

	qsort(s->slowdown, s->count, sizeof(*s->slowdown), by_value);
	for (uint32_t i = 0; i < s->count; i++)
		sum += s->slowdown[i];
	value[OUTCOME_slowdown_mean] = ratio(sum, s->count);
	value[OUTCOME_slowdown_p50] = quantile(s->slowdown, s->count, 0.5);
	value[OUTCOME_slowdown_p99] = quantile(s->slowdown, s->count, 0.99);
	value[OUTCOME_slowdown_max] = quantile(s->slowdown, s->count, 1);
	value[OUTCOME_jain] =
		s->count ? jain_index(s->speed, s->count) : NAN;
}

static void take_nodes(double *value, struct world *w)
{
	double least = INFINITY, most = -INFINITY, sum = 0, cpus = 0;
	double free_pages = 0, free_2m = 0, free_1g = 0, busy_cpus = 0;

	for (uint32_t n = 0; n < w->host->nr_nodes; n++) {
		free_pages += (double)heap_node_free_pages(w->heap, n);
		free_2m += (double)heap_node_order_pages(w->heap, n, 9);
		free_1g += (double)heap_node_order_pages(w->heap, n, 18);
		if (n >= w->host->nr_cpu_nodes)
			continue;
		double busy = sample_busy_share(w, n);

		least = busy < least ? busy : least;
		most = busy > most ? busy : most;
		sum += busy;
		cpus += w->host->node[n].nr_cpus;
		busy_cpus += busy * w->host->node[n].nr_cpus;
	}
	value[OUTCOME_cpu_busy_share] = ratio(busy_cpus, cpus);
	value[OUTCOME_cpu_imbalance] =
		ratio(most - least, sum / w->host->nr_cpu_nodes);
	value[OUTCOME_fragmented_2m] = ratio(free_pages - free_2m, free_pages);
	value[OUTCOME_fragmented_1g] = ratio(free_pages - free_1g, free_pages);
}

static void take_values(double *value, struct world *w, struct sums *s)
{
	double window_s =
		s_from_ns(w->scenario->duration_ns - w->scenario->warmup_ns);

	value[OUTCOME_guests_asked] = s->asked;
	value[OUTCOME_guests_placed] = s->placed;
	value[OUTCOME_guests_failed] = s->failed;
	value[OUTCOME_guests_unplanned] = s->unplanned;
	value[OUTCOME_nodes_per_guest] = ratio(s->nodes, s->placed);
	value[OUTCOME_one_node_share] = ratio(s->one_node, s->placed);
	value[OUTCOME_off_plan_share] =
		ratio(s->off_plan_pages, s->built_pages);
	value[OUTCOME_remote_ratio] =
		ratio(s->work.remote_accesses, s->work.accesses);
	value[OUTCOME_access_cost] =
		ratio(s->work.distance_sum, s->work.accesses);
	take_slowdowns(value, s);
	value[OUTCOME_useful_cpus] = s->work.alone_ns * 1e-9 / window_s;
	value[OUTCOME_wait_share] =
		ratio((double)s->work.wait_ns,
		      (double)(s->work.wait_ns + s->work.run_ns));
	value[OUTCOME_nonaffine_share] =
		ratio((double)s->work.nonaffine_ns, (double)s->work.run_ns);
	value[OUTCOME_moves_per_s] = (double)s->work.moves / window_s;
	value[OUTCOME_node_moves_per_s] =
		(double)s->work.node_moves / window_s;
	value[OUTCOME_time_to_boot_mean] = ratio(s->boot_s, s->placed);
	take_nodes(value, w);
	value[OUTCOME_sched_events] =
		(double)sched_counts(w->sched)->schedules;
	value[OUTCOME_livelocks] = (double)sched_counts(w->sched)->livelocks;
	value[OUTCOME_events] = (double)des_events_fired(w->des);
}

void outcome_take(struct outcome *outcome, struct world *w)
{
	struct sums s = {0};
	size_t bytes;
	FILE *out = open_memstream(&outcome->guests, &bytes);

	require(out != NULL);
	s.slowdown = arena_array(w->arena, w->guest_count, sizeof(double));
	s.speed = arena_array(w->arena, w->guest_count, sizeof(double));
	for (uint32_t i = 0; i < w->guest_count; i++) {
		struct world_guest *g = &w->guest[i];
		struct guest_result r;

		guest_result(g, &r);
		write_guest(out, g, &r);
		if (w->scenario->guest[g->arrival.class_index].measured)
			sum_guest(&s, g, &r);
		if (g->failure && !outcome->why_failed &&
		    asprintf(&outcome->why_failed, "%s: %s", g->arrival.name,
			     g->failure) < 0)
			outcome->why_failed = NULL;
	}
	fclose(out);
	take_values(outcome->value, w, &s);
	outcome->nodes = w->nodes_text;
	w->nodes_text = NULL;
}

void outcome_fini(struct outcome *outcome)
{
	free(outcome->guests);
	free(outcome->nodes);
	free(outcome->why_failed);
	*outcome = (struct outcome){0};
}
