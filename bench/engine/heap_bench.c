#include "bench/engine/heap_bench.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/units.h"

#include <string.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

const char *const heap_metric_names[HEAP_METRICS] = {
	[HEAP_BUILD] = "build",
	[HEAP_DESTROY] = "destroy",
	[HEAP_POOL_BUILD] = "pool_build",
	[HEAP_POOL_DESTROY] = "pool_destroy",
};

/* 8 pages in use in nearly each GiB; 175 on node 3, which leaves 255 of its
 * 384 GiB in pieces of 2 MiB and above: just short of what a vnode of 256 GiB
 * wants. */
static const struct heap_host_shape hosts_full[] = {
	{.name = "empty", .nodes = 64, .node_gib = 384},
	{.name = "fragmented", .nodes = 64, .node_gib = 384, .pieces = 8,
	 .pieces_of_worst = 175, .worst_node = 3},
};

static const struct heap_guest_shape guests_full[] = {
	{.name = "1 TiB", .gib = 1024, .vcpus = 128, .node = 0, .vnodes = 4},
	{.name = "64 GiB", .gib = 64, .vcpus = 16, .node = 5, .vnodes = 1},
};

static const struct heap_host_shape hosts_quick[] = {
	{.name = "empty", .nodes = 8, .node_gib = 96},
	{.name = "fragmented", .nodes = 8, .node_gib = 96, .pieces = 8,
	 .pieces_of_worst = 175, .worst_node = 3},
};

static const struct heap_guest_shape guests_quick[] = {
	{.name = "256 GiB", .gib = 256, .vcpus = 32, .node = 0, .vnodes = 4},
	{.name = "16 GiB", .gib = 16, .vcpus = 8, .node = 5, .vnodes = 1},
};

const struct heap_bench_config heap_bench_full = {
	.hosts = hosts_full,
	.hosts_count = COUNT_OF(hosts_full),
	.guests = guests_full,
	.guests_count = COUNT_OF(guests_full),
	.extents_min = 200000,
};

const struct heap_bench_config heap_bench_quick = {
	.hosts = hosts_quick,
	.hosts_count = COUNT_OF(hosts_quick),
	.guests = guests_quick,
	.guests_count = COUNT_OF(guests_quick),
	.extents_min = 50000,
};

static struct heap_row *row_at(const struct heap_report *report, uint32_t host,
			       uint32_t guest)
{
	require(host < report->config.hosts_count);
	require(guest < report->config.guests_count);
	return &report->row[host * report->config.guests_count + guest];
}

const struct heap_row *heap_row_of(const struct heap_report *report,
				   uint32_t host, uint32_t guest)
{
	return row_at(report, host, guest);
}

uint64_t heap_bench_steps(const struct heap_bench_config *config)
{
	return (uint64_t)(config->rounds + 1) * config->hosts_count *
	       config->guests_count;
}

/* The first run on a host: what it takes. */
static void warm_up(struct heap_row *row, struct heap_host *host,
		    const struct heap_guest_shape *guest,
		    const struct clock *clock)
{
	struct heap_guest_run run = {.times = 0};

	heap_guest_run(host, guest, clock, &run);
	memcpy(row->extents, run.extents, sizeof(row->extents));
	row->pool_pages = run.pool_pages;
	row->guest_bytes = run.guest_bytes;
}

static void measure(struct heap_row *row, struct heap_host *host,
		    const struct heap_guest_shape *guest,
		    const struct heap_bench_config *config)
{
	struct heap_guest_run run = {.times = 0};

	do
		heap_guest_run(host, guest, &config->clock, &run);
	while (heap_guest_extents(&run) < config->extents_min);
	double extents = (double)heap_guest_extents(&run);
	double pages = (double)run.pool_pages;

	samples_add(&row->ns[HEAP_BUILD], (double)run.build_ns / extents);
	samples_add(&row->ns[HEAP_DESTROY], (double)run.destroy_ns / extents);
	samples_add(&row->ns[HEAP_POOL_BUILD],
		    (double)run.pool_build_ns / pages);
	samples_add(&row->ns[HEAP_POOL_DESTROY],
		    (double)run.pool_destroy_ns / pages);
}

static void run_round(struct heap_report *report, struct heap_host **host,
		      bool warm, uint64_t *done)
{
	const struct heap_bench_config *config = &report->config;

	for (uint32_t h = 0; h < config->hosts_count; h++)
		for (uint32_t g = 0; g < config->guests_count; g++) {
			struct heap_row *row = row_at(report, h, g);

			if (warm)
				warm_up(row, host[h], &config->guests[g],
					&config->clock);
			else
				measure(row, host[h], &config->guests[g],
					config);
			++*done;
			if (config->progress)
				config->progress(config->progress_state, *done);
		}
}

struct heap_report *heap_bench_run(struct arena *arena,
				   const struct heap_bench_config *config)
{
	struct heap_report *report = arena_alloc(arena, sizeof(*report));
	uint32_t hosts = config->hosts_count;
	struct heap_host **host = arena_array(arena, hosts, sizeof(*host));
	uint64_t done = 0;

	require(config->rounds >= 1 && config->rounds <= SAMPLES_MAX);
	report->config = *config;
	report->host = arena_array(arena, hosts, sizeof(*report->host));
	report->row = arena_array(arena, (size_t)hosts * config->guests_count,
				  sizeof(*report->row));
	conditions_begin(&report->conditions, &config->clock, config->rounds);
	for (uint32_t h = 0; h < hosts; h++) {
		host[h] = heap_host_create(&config->hosts[h]);
		report->host[h] = (struct heap_host_facts){
			.pages = config->hosts[h].nodes *
				 config->hosts[h].node_gib * PAGES_PER_GIB,
			.block_count = host[h]->block_count,
			.heap_bytes = host[h]->heap_bytes,
		};
	}
	run_round(report, host, true, &done);
	for (uint32_t round = 0; round < config->rounds; round++)
		run_round(report, host, false, &done);
	for (uint32_t h = 0; h < hosts; h++) {
		heap_check(host[h]->heap);
		heap_host_destroy(host[h]);
	}
	conditions_end(&report->conditions);
	return report;
}
