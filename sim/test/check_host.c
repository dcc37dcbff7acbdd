/* check_host.c - the record of a machine: rules of derivation, invariants. */
#include "host/host.h"
#include "base/units.h"
#include "host/host_memsys.h"
#include "host/links.h"
#include "test/test.h"

#include <math.h>
#include <signal.h>
#include <string.h>

/* Nodes of `cores` cores with `threads` threads, one socket each, 1 GiB. */
static struct host *small_host(struct arena *arena, uint32_t nodes,
			       uint32_t cores, uint32_t threads)
{
	struct host *host = host_new(arena);
	uint32_t per_node = cores * threads;

	host->name = "small";
	host->nr_nodes = host->nr_cpu_nodes = nodes;
	host->nr_sockets = host->nr_llcs = nodes;
	host->nr_cores = nodes * cores;
	host->nr_cpus = nodes * per_node;
	host->total_pages = nodes * PAGES_PER_GIB;
	host->cpu = arena_array(arena, host->nr_cpus, sizeof(*host->cpu));
	host->node = arena_array(arena, nodes, sizeof(*host->node));
	host->llc = arena_array(arena, nodes, sizeof(*host->llc));
	host->topology_origin = host->memory_origin = host->llc_origin =
		(struct host_origin){HOST_SOURCE, "the test"};
	for (uint32_t i = 0; i < nodes; i++) {
		host->node[i] = (struct host_node){.os_index = i,
						   .socket = (uint16_t)i,
						   .pages = PAGES_PER_GIB,
						   .kind = ""};
		host->llc[i] = (struct host_llc){8 << 20, per_node};
	}
	for (uint32_t c = 0; c < host->nr_cpus; c++) {
		uint16_t node = (uint16_t)(c / per_node);

		host->cpu[c] = (struct host_cpu){
			.node = node, .core = (uint16_t)(c / threads),
			.thread = (uint16_t)(c % threads), .socket = node,
			.llc = node, .os_index = c};
		cpuset_add(&host->node[node].cpus, c);
		host->node[node].nr_cpus++;
	}
	return host;
}

static void set_distances(struct arena *arena, struct host *host,
			  const uint8_t *matrix)
{
	uint32_t pairs = host->nr_nodes * host->nr_nodes;

	host->distance = arena_array(arena, pairs, 1);
	memcpy(host->distance, matrix, pairs);
	host->distance_origin = (struct host_origin){HOST_SOURCE, "the test"};
}

/* --- derivation ----------------------------------------------------------- */

/*
 * Two nodes at 20: latency 82 and 82 * 20 / 10 = 164; core 12 and 12 * 82/164 =
 * 6 GB/s; controllers 90.9; link 0.379 * 90.9 = 34.4511.
 */
START_TEST(test_derived_numbers_follow_the_rules)
{
	struct arena *arena = arena_create();
	struct host *host = small_host(arena, 2, 2, 2);

	host_complete(arena, host);
	ck_assert_uint_eq(host_distance(host, 0, 1), 20);
	ck_assert_double_eq(host_latency_ns(host, 1, 1), 82);
	ck_assert_double_eq(host_latency_ns(host, 0, 1), 164);
	ck_assert_double_eq_tol(host_core_bytes_per_s(host, 0, 0), 12e9, 1);
	ck_assert_double_eq_tol(host_core_bytes_per_s(host, 1, 0), 6e9, 1);
	ck_assert_double_eq_tol(host->controller_bytes_per_s[1], 90.9e9, 1);
	ck_assert_uint_eq(host->nr_links, 2);
	ck_assert_double_eq_tol(host->link[0].bytes_per_s, 34.4511e9, 1e3);
	ck_assert_double_eq_tol(host_way_bytes_per_s(host, 0, 1), 34.4511e9,
				1e3);
	ck_assert_int_eq(host->latency_origin.kind, HOST_ASSUMED);
	ck_assert_int_eq(host->curve_origin.kind, HOST_PUBLISHED);
	ck_assert_uint_eq(host->node[1].range[0].start_mfn, PAGES_PER_GIB);
	arena_destroy(arena);
}
END_TEST

/* What is known of a matrix stays; the rest follows, and the origin says so. */
START_TEST(test_derived_numbers_leave_known_ones)
{
	struct arena *arena = arena_create();
	struct host *host = small_host(arena, 2, 1, 1);

	host->latency_ns = arena_array(arena, 4, sizeof(double));
	host->latency_ns[0] = 70;
	host->latency_ns[1] = 99;
	host->latency_origin = (struct host_origin){HOST_MEASURED, "a run"};
	host_complete(arena, host);
	ck_assert_double_eq(host->latency_ns[0], 70);
	ck_assert_double_eq(host->latency_ns[1], 99);
	ck_assert_double_eq(host->latency_ns[2], 164);
	ck_assert_double_eq(host->latency_ns[3], 82);
	ck_assert_int_eq(host->latency_origin.kind, HOST_ASSUMED);
	ck_assert_str_eq(host->latency_origin.from,
			 "a run; the rest local_latency_ns x distance / 10");
	arena_destroy(arena);
}
END_TEST

/* A hole in [1.5, 2) GiB cuts node 1 of [1, 2) and moves the rest up. */
START_TEST(test_memory_is_laid_round_the_hole)
{
	struct arena *arena = arena_create();
	struct host *host = small_host(arena, 3, 1, 1);
	uint64_t gib = PAGES_PER_GIB;

	host_lay_memory(arena, host, gib + gib / 2, 2 * gib);
	host_complete(arena, host);
	ck_assert_uint_eq(host->node[1].nr_ranges, 2);
	ck_assert_uint_eq(host->node[1].range[0].end_mfn, gib + gib / 2);
	ck_assert_uint_eq(host->node[1].range[1].start_mfn, 2 * gib);
	ck_assert_uint_eq(host->node[1].range[1].end_mfn, 2 * gib + gib / 2);
	ck_assert_uint_eq(host_end_mfn(host), 3 * gib + gib / 2);
	ck_assert_uint_eq(host_node_of_mfn(host, gib + gib / 2), NODE_NONE);
	ck_assert_uint_eq(host_node_of_mfn(host, 2 * gib), 1);
	ck_assert_uint_eq(host_node_of_mfn(host, host_end_mfn(host)),
			  NODE_NONE);
	arena_destroy(arena);
}
END_TEST

/* facts/xen.md 4.4: span of node 0 in GiB -> dma_bits. */
START_TEST(test_dma_bits_of_the_table)
{
	static const struct {
		uint64_t gib;
		uint32_t bits;
	} row[] = {{2, 29}, {4, 30}, {8, 31}, {16, 32}, {64, 32}};
	struct arena *arena = arena_create();

	for (size_t r = 0; r < sizeof(row) / sizeof(*row); r++) {
		struct host *host = small_host(arena, 2, 1, 1);

		host->node[0].pages = row[r].gib * PAGES_PER_GIB;
		host->total_pages = (row[r].gib + 1) * PAGES_PER_GIB;
		host_complete(arena, host);
		ck_assert_uint_eq(host_dma_bits(host), row[r].bits);
		ck_assert_uint_eq(host_dma_pages(host, 0),
				  UINT64_C(1) << (row[r].bits - 12));
		ck_assert_uint_eq(host_dma_pages(host, 1), 0);
	}
	struct host *single = small_host(arena, 1, 1, 1);

	host_complete(arena, single);
	ck_assert_uint_eq(host_dma_bits(single), 0);
	ck_assert_uint_eq(host_dma_pages(single, 0), 0);
	arena_destroy(arena);
}
END_TEST

/* --- links ---------------------------------------------------------------- */

static uint32_t hops(const struct host *host, uint32_t i, uint32_t j)
{
	uint32_t count;

	host_route(host, i, j, &count);
	return count;
}

/* A square: 16 to two neighbours, 22 across. 0 > 1 > 3, not 0 > 2 > 3. */
START_TEST(test_links_of_a_square)
{
	static const uint8_t square[] = {10, 16, 16, 22, 16, 10, 22, 16,
					 16, 22, 10, 16, 22, 16, 16, 10};
	struct arena *arena = arena_create();
	struct host *host = small_host(arena, 4, 1, 1);
	uint32_t count;

	set_distances(arena, host, square);
	host_complete(arena, host);
	ck_assert_uint_eq(host->nr_links, 8);
	ck_assert_uint_eq(links_find(host, 0, 3), HOST_NONE);
	ck_assert_uint_eq(hops(host, 0, 1), 1);
	const uint32_t *route = host_route(host, 0, 3, &count);

	ck_assert_uint_eq(count, 2);
	ck_assert_uint_eq(route[0], links_find(host, 0, 1));
	ck_assert_uint_eq(route[1], links_find(host, 1, 3));
	arena_destroy(arena);
}
END_TEST

/* Two sockets of two nodes share one link each way, from hub 0 to hub 2. */
START_TEST(test_links_of_two_nodes_a_socket)
{
	static const uint8_t cod[] = {10, 21, 31, 31, 21, 10, 31, 31,
				      31, 31, 10, 21, 31, 31, 21, 10};
	struct arena *arena = arena_create();
	struct host *host = small_host(arena, 4, 1, 1);
	uint32_t count;

	set_distances(arena, host, cod);
	host->nr_sockets = 2;
	for (uint32_t i = 0; i < 4; i++)
		host->node[i].socket = host->cpu[i].socket = (uint16_t)(i / 2);
	host_complete(arena, host);
	ck_assert_uint_eq(host->nr_links, 6);
	ck_assert_uint_eq(host_route(host, 1, 3, &count)[0],
			  links_find(host, 0, 2));
	ck_assert_uint_eq(host_route(host, 0, 2, &count)[0],
			  links_find(host, 0, 2));
	ck_assert_uint_eq(host_route(host, 1, 0, &count)[0],
			  links_find(host, 1, 0));
	/* 0.379 * (45.45 + 45.45); inside, the weaker controller */
	ck_assert_double_eq_tol(host_way_bytes_per_s(host, 1, 3), 34.4511e9,
				1e3);
	ck_assert_double_eq_tol(host_way_bytes_per_s(host, 0, 1), 45.45e9, 1e3);
	arena_destroy(arena);
}
END_TEST

/* A node without CPUs is nearest to all, but passes nothing on. */
START_TEST(test_links_do_not_lead_through_memory)
{
	static const uint8_t star[] = {10, 17, 14, 17, 10, 14, 14, 14, 10};
	struct arena *arena = arena_create();
	struct host *host = small_host(arena, 3, 1, 1);

	set_distances(arena, host, star);
	host->nr_cpu_nodes = 2;
	host->nr_cpus = host->nr_cores = host->nr_sockets = host->nr_llcs = 2;
	host->node[2].nr_cpus = 0;
	host->node[2].cpus = (cpuset){{0}};
	host->node[2].socket = HOST_NONE;
	host_complete(arena, host);
	ck_assert_uint_eq(hops(host, 0, 1), 1);
	ck_assert_uint_eq(hops(host, 0, 2), 1);
	/* link_share of a socket's controllers, and that is its link */
	ck_assert_double_eq_tol(host->controller_bytes_per_s[2], 34.4511e9,
				1e3);
	ck_assert_double_eq_tol(host_way_bytes_per_s(host, 0, 2), 34.4511e9,
				1e3);
	arena_destroy(arena);
}
END_TEST

/*
 * 0 - 1 - 2 in a row, memory 3 nearest to 0 and to 2: by distance the way from
 * 0 to 2 were shorter over 3.
 */
START_TEST(test_links_go_round_memory)
{
	static const uint8_t row[] = {10, 16, 40, 14, 16, 10, 16, 30,
				      40, 16, 10, 14, 14, 30, 14, 10};
	struct arena *arena = arena_create();
	struct host *host = small_host(arena, 4, 1, 1);
	uint32_t count;

	set_distances(arena, host, row);
	host->nr_cpu_nodes = 3;
	host->nr_cpus = host->nr_cores = host->nr_sockets = host->nr_llcs = 3;
	host->node[3].nr_cpus = 0;
	host->node[3].cpus = (cpuset){{0}};
	host->node[3].socket = HOST_NONE;
	host_complete(arena, host);
	const uint32_t *route = host_route(host, 0, 2, &count);

	ck_assert_uint_eq(count, 2);
	ck_assert_uint_eq(route[0], links_find(host, 0, 1));
	ck_assert_uint_eq(route[1], links_find(host, 1, 2));
	arena_destroy(arena);
}
END_TEST

/*
 * Nodes 0 and 1 are a socket. From 1 to 2 it is 12, back and from 0 far: the
 * smallest counts, so hubs 0 and 2 are joined, as 20 joins both to 3.
 */
START_TEST(test_links_of_uneven_distances)
{
	static const uint8_t uneven[] = {10, 15, 60, 20, 15, 10, 12, 20,
					 60, 30, 10, 20, 20, 20, 20, 10};
	struct arena *arena = arena_create();
	struct host *host = small_host(arena, 4, 1, 1);

	set_distances(arena, host, uneven);
	host->nr_sockets = 3;
	for (uint32_t i = 0; i < 4; i++)
		host->node[i].socket = host->cpu[i].socket =
			(uint16_t)(i ? i - 1 : 0);
	host_complete(arena, host);
	ck_assert_uint_eq(host->hub[1], 0);
	ck_assert_uint_ne(links_find(host, 0, 2), HOST_NONE);
	ck_assert_uint_ne(links_find(host, 2, 0), HOST_NONE);
	ck_assert_uint_eq(hops(host, 1, 2), 1);
	ck_assert_double_eq_tol(host_latency_ns(host, 0, 2), 82 * 6.0, 1e-9);
	ck_assert_double_eq_tol(host_latency_ns(host, 1, 2), 82 * 1.2, 1e-9);
	arena_destroy(arena);
}
END_TEST

/* The fewest links from every node to every other, by walking outward. */
static void naive_hops(const struct host *host, uint32_t from,
		       uint32_t hop[NODE_MAX])
{
	for (uint32_t i = 0; i < host->nr_nodes; i++)
		hop[i] = i == from ? 0 : UINT32_MAX;
	for (uint32_t round = 0; round < host->nr_nodes; round++)
		for (uint32_t l = 0; l < host->nr_links; l++)
			if (hop[host->link[l].from] == round &&
			    hop[host->link[l].to] > round + 1)
				hop[host->link[l].to] = round + 1;
}

/* 300 random hosts: all connected, all routes as short as the naive walk's. */
START_TEST(test_links_of_random_distances)
{
	uint32_t x = 7;

	for (int trial = 0; trial < 300; trial++) {
		struct arena *arena = arena_create();
		uint32_t n = 2 + (uint32_t)trial % 15;
		struct host *host = small_host(arena, n, 1, 1);
		uint8_t matrix[NODE_MAX * NODE_MAX];
		uint32_t hop[NODE_MAX];

		for (uint32_t k = 0; k < n * n; k++) {
			x = x * 1664525u + 1013904223u;
			matrix[k] = (uint8_t)(k / n == k % n
						      ? 10
						      : 11 + (x >> 16) % 90);
		}
		set_distances(arena, host, matrix);
		host_complete(arena, host);
		for (uint32_t i = 0; i < n; i++) {
			naive_hops(host, i, hop);
			for (uint32_t j = 0; j < n; j++)
				ck_assert_uint_eq(hops(host, i, j), hop[j]);
		}
		arena_destroy(arena);
	}
}
END_TEST

START_TEST(test_links_given_route_replaces_the_found_one)
{
	struct arena *arena = arena_create();
	struct host *host = small_host(arena, 3, 1, 1);
	const uint32_t way[] = {0, 2, 1}, no_way[] = {1, 2, 0};
	uint32_t at, count;

	host_complete(arena, host); /* a full mesh */
	ck_assert(links_set_route(arena, host, way, 3, &at));
	const uint32_t *route = host_route(host, 0, 1, &count);

	ck_assert_uint_eq(count, 2);
	ck_assert_uint_eq(route[0], links_find(host, 0, 2));
	ck_assert_uint_eq(hops(host, 1, 0), 1);
	ck_assert_uint_eq(hops(host, 2, 1), 1);
	host->link[links_find(host, 2, 0)].from = 1; /* 1 > 0 twice, 2 > 0 not */
	ck_assert(!links_set_route(arena, host, no_way, 3, &at));
	ck_assert_uint_eq(at, 1);
	arena_destroy(arena);
}
END_TEST

START_TEST(test_links_that_reach_nobody_are_refused)
{
	struct arena *arena = arena_create();
	struct host *host = small_host(arena, 3, 1, 1);
	uint32_t from, to;

	host_default_distances(arena, host);
	host->link = arena_array(arena, 2, sizeof(*host->link));
	host->link[0] = (struct host_link){0, 1, 1e9};
	host->link[1] = (struct host_link){1, 0, 1e9};
	host->nr_links = 2;
	ck_assert(!links_route(arena, host, &from, &to));
	ck_assert_uint_eq(from, 0);
	ck_assert_uint_eq(to, 2);
	arena_destroy(arena);
}
END_TEST

/* --- questions ------------------------------------------------------------ */

START_TEST(test_questions_of_cost)
{
	struct arena *arena = arena_create();
	struct host *host = small_host(arena, 2, 2, 2);

	host->nr_llcs = 4; /* each core its own cache */
	host->llc = arena_array(arena, 4, sizeof(*host->llc));
	for (uint32_t c = 0; c < host->nr_cpus; c++)
		host->cpu[c].llc = host->cpu[c].core;
	host_complete(arena, host);
	/* no cache known: 1 core of 2 MiB each */
	ck_assert_uint_eq(host->llc[3].bytes, 2 << 20);
	ck_assert_int_eq(host_near(host, 0, 0), HOST_SAME_CPU);
	ck_assert_int_eq(host_near(host, 0, 1), HOST_SIBLING);
	ck_assert_int_eq(host_near(host, 0, 2), HOST_SAME_NODE);
	ck_assert_int_eq(host_near(host, 0, 4), HOST_OTHER_NODE);
	ck_assert_double_eq(host_migrate_ns(host, 3, 3), 0);
	ck_assert_double_eq(host_migrate_ns(host, 0, 4), 8000);
	/* 1.37; three: 1.37 + 0.37 / 2; four: and 0.37 / 4 */
	ck_assert_double_eq(host_smt_work(host, 0), 0);
	ck_assert_double_eq(host_smt_work(host, 1), 1);
	ck_assert_double_eq_tol(host_smt_work(host, 2), 1.37, 1e-12);
	ck_assert_double_eq_tol(host_smt_work(host, 4), 1.6475, 1e-12);
	/* 1800 + 4.1 a page, on the line at every order */
	for (uint32_t order = 0; order <= 18; order++)
		ck_assert_double_eq_tol(host_populate_ns(host, order),
					1800 + 4.1 * (double)(1u << order),
					1e-6);
	/* half way from (0.5039, 1.2072) to (0.9678, 1.5094) */
	ck_assert_double_eq_tol(host_latency_factor(host, 0.73585), 1.3583,
				1e-9);
	ck_assert_double_eq(host_latency_factor(host, -1), 1);
	ck_assert_double_eq(host_latency_factor(host, 2), 1.5899);
	arena_destroy(arena);
}
END_TEST

START_TEST(test_cpus_of_nodes)
{
	struct arena *arena = arena_create();
	struct host *host = small_host(arena, 3, 2, 1);
	cpuset cpus = host_cpus_of(host, nodeset_of(0) | nodeset_of(2));

	ck_assert_uint_eq(cpuset_count(&cpus), 4);
	ck_assert(cpuset_has(&cpus, 0) && cpuset_has(&cpus, 5));
	ck_assert(!cpuset_has(&cpus, 2));
	arena_destroy(arena);
}
END_TEST

START_TEST(test_distances_xen_takes)
{
	uint64_t good[] = {10, 254, 11, 10}, low[] = {10, 20, 10, 10};
	uint64_t off[] = {9, 20, 20, 10}, high[] = {10, 20, 255, 10};
	uint32_t row, column;

	ck_assert(host_distances_valid(good, 2, &row, &column));
	ck_assert(!host_distances_valid(low, 2, &row, &column));
	ck_assert_uint_eq(row, 1);
	ck_assert_uint_eq(column, 0);
	ck_assert(!host_distances_valid(off, 2, &row, &column));
	ck_assert_uint_eq(row, 0);
	ck_assert(!host_distances_valid(high, 2, &row, &column));
}
END_TEST

START_TEST(test_warnings_are_kept_and_counted)
{
	struct arena *arena = arena_create();
	struct host *host = host_new(arena);

	for (uint32_t w = 0; w < HOST_WARNING_MAX + 5; w++)
		host_warn(arena, host, "number %u", w);
	ck_assert_uint_eq(host->nr_warnings, HOST_WARNING_MAX + 5);
	ck_assert_str_eq(host->warning[HOST_WARNING_MAX - 1], "number 31");
	arena_destroy(arena);
}
END_TEST

/* Each row of the table names a field of its own, and says where from. */
START_TEST(test_constants_are_complete)
{
	struct arena *arena = arena_create();
	struct host *host = host_new(arena);

	ck_assert_uint_eq(sizeof(struct host_constants),
			  HOST_CONSTANT_COUNT * sizeof(double));
	for (uint32_t c = 0; c < HOST_CONSTANT_COUNT; c++) {
		const struct host_constant *row = &host_constant_table[c];

		ck_assert_uint_eq(row->offset, c * sizeof(double));
		ck_assert(row->min <= row->value && row->value <= row->max);
		ck_assert(row->meaning[0] && row->origin.from[0]);
		ck_assert_double_eq(host_constant_value(host, c), row->value);
		for (uint32_t b = 0; b < c; b++)
			ck_assert(strcmp(host_constant_table[b].name,
					 row->name) != 0);
	}
	ck_assert_double_eq(host->constant.scrub_page_ns, 1568);
	arena_destroy(arena);
}
END_TEST

START_TEST(test_memory_system_takes_the_host)
{
	struct arena *arena = arena_create();
	struct host *host = small_host(arena, 3, 2, 2);
	struct memsys_config config;
	struct err err = {{0}};

	host_complete(arena, host);
	host->node[2].pages = 0;
	host_memsys_config(arena, host, &config);
	ck_assert_msg(memsys_config_check(&config, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(config.nr_cpus, 12);
	ck_assert_uint_eq(config.cpu_node[11], 2);
	ck_assert_uint_eq(config.cpu_core[11], 5);
	ck_assert_double_eq(config.controller_bytes_per_s[2], 0);
	ck_assert_double_eq_tol(config.smt_throughput[2], 1.37, 1e-12);
	ck_assert_double_eq(config.idle_ns[1], 164);
	ck_assert_uint_eq(config.route[1].count, 1);
	ck_assert_double_eq(config.write_latency_factor, 1.13);
	arena_destroy(arena);
}
END_TEST

/* --- the checks bite ------------------------------------------------------ */

static struct host *whole(struct arena *arena)
{
	struct host *host = small_host(arena, 2, 2, 2);

	host_complete(arena, host);
	host->nr_devices = 1;
	host->device = arena_alloc(arena, sizeof(*host->device));
	*host->device = (struct host_device){"eth0", "net", 1};
	host_check(host);
	return host;
}

static void ho1_no_cpus(struct host *h) { h->nr_cpus = 0; }
static void ho1_no_nodes(struct host *h) { h->nr_nodes = 0; }
static void ho1_many_cpus(struct host *h) { h->nr_cpus = CPU_MAX + 1; }
static void ho2_count(struct host *h) { h->node[0].nr_cpus++; }
static void ho2_elsewhere(struct host *h) { h->cpu[0].node = 1; }
static void ho2_both(struct host *h)
{
	cpuset_add(&h->node[1].cpus, 0);
	h->node[1].nr_cpus++;
}
static void ho2_homeless(struct host *h)
{
	cpuset_del(&h->node[1].cpus, 7);
	h->node[1].nr_cpus--;
}
static void ho3_core(struct host *h) { h->cpu[7].core = 9; }
static void ho3_socket(struct host *h) { h->cpu[1].socket = 1; }
static void ho3_llc(struct host *h) { h->cpu[1].llc = 1; }
static void ho3_thread(struct host *h) { h->cpu[1].thread = 0; }
static void ho3_cores(struct host *h) { h->nr_cores = 5; }
static void ho4_order(struct host *h)
{
	struct host_node first = h->node[0];

	h->node[0] = h->node[1];
	h->node[1] = first;
	for (uint32_t c = 0; c < h->nr_cpus; c++)
		h->cpu[c].node = !h->cpu[c].node;
}
static void ho4_nodes(struct host *h) { h->nr_cpu_nodes = 1; }
static void ho5_sum(struct host *h) { h->node[0].pages++; }
static void ho5_total(struct host *h) { h->total_pages++; }
static void ho5_empty(struct host *h)
{
	h->node[0].range[0].end_mfn = h->node[0].range[0].start_mfn;
}
static void ho5_overlap(struct host *h)
{
	h->node[1].range[0].start_mfn--;
	h->node[1].pages++;
	h->total_pages++;
}
static void ho5_none(struct host *h)
{
	h->node[0].nr_ranges = h->node[1].nr_ranges = 0;
	h->node[0].pages = h->node[1].pages = h->total_pages = 0;
}
static void ho6_local(struct host *h) { h->distance[0] = 11; }
static void ho6_remote(struct host *h) { h->distance[1] = 10; }
static void ho6_high(struct host *h) { h->distance[1] = 255; }
static void ho7_latency(struct host *h) { h->latency_ns[1] = 0; }
static void ho7_core(struct host *h) { h->core_bytes_per_s[2] = (double)NAN; }
static void ho7_controller(struct host *h)
{
	h->controller_bytes_per_s[0] = -1;
}
static void ho7_link(struct host *h)
{
	h->link[0].bytes_per_s = (double)INFINITY;
}
static void ho7_pair(struct host *h) { h->pair_bytes_per_s[1] *= 2; }
static void ho7_llc(struct host *h) { h->llc[1].bytes = 0; }
static void ho8_local(struct host *h) { h->route[0].count = 1; }
static void ho8_none(struct host *h) { h->route[1].count = 0; }
static void ho8_elsewhere(struct host *h) { h->link[0].to = 0; }
static void ho8_beyond(struct host *h) { h->route_link[0] = 99; }
static void ho9_start(struct host *h) { h->curve[0].factor = 1.1; }
static void ho9_fall(struct host *h) { h->curve[2].factor = 1.0; }
static void ho9_end(struct host *h) { h->nr_curve_points--; }
static void ho9_short(struct host *h) { h->nr_curve_points = 1; }
static void ho10_bounds(struct host *h) { h->constant.smt_factor = 2.5; }
static void ho10_origin(struct host *h) { h->constant_origin[3].from = ""; }
static void ho11_device(struct host *h) { h->device[0].node = 2; }

static void (*const breaks[])(struct host *) = {
	ho1_no_cpus, ho1_no_nodes, ho1_many_cpus, ho2_count, ho2_elsewhere,
	ho2_both, ho2_homeless, ho3_core, ho3_socket, ho3_llc, ho3_thread,
	ho3_cores, ho4_order, ho4_nodes, ho5_sum, ho5_total, ho5_empty,
	ho5_overlap, ho5_none, ho6_local, ho6_remote, ho6_high, ho7_latency,
	ho7_core, ho7_controller, ho7_link, ho7_pair, ho7_llc, ho8_local,
	ho8_none, ho8_elsewhere, ho8_beyond, ho9_start, ho9_fall, ho9_end,
	ho9_short, ho10_bounds, ho10_origin, ho11_device,
};

enum { BREAK_COUNT = sizeof(breaks) / sizeof(*breaks) };

START_TEST(test_broken_host_aborts)
{
	struct host *host = whole(arena_create());

	breaks[_i](host);
	host_check(host);
}
END_TEST

START_TEST(test_whole_host_passes)
{
	struct arena *arena = arena_create();
	struct host *host = whole(arena);

	host->device[0].node = HOST_NONE;
	host_check(host);
	arena_destroy(arena);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("host");
	TCase *tc = tcase_create("derive"), *ask = tcase_create("ask");
	TCase *bite = tcase_create("bite");

	tcase_add_test(tc, test_derived_numbers_follow_the_rules);
	tcase_add_test(tc, test_derived_numbers_leave_known_ones);
	tcase_add_test(tc, test_memory_is_laid_round_the_hole);
	tcase_add_test(tc, test_dma_bits_of_the_table);
	tcase_add_test(tc, test_links_of_a_square);
	tcase_add_test(tc, test_links_of_two_nodes_a_socket);
	tcase_add_test(tc, test_links_do_not_lead_through_memory);
	tcase_add_test(tc, test_links_go_round_memory);
	tcase_add_test(tc, test_links_of_uneven_distances);
	tcase_add_test(tc, test_links_of_random_distances);
	tcase_add_test(tc, test_links_given_route_replaces_the_found_one);
	tcase_add_test(tc, test_links_that_reach_nobody_are_refused);
	suite_add_tcase(suite, tc);
	tcase_add_test(ask, test_questions_of_cost);
	tcase_add_test(ask, test_cpus_of_nodes);
	tcase_add_test(ask, test_distances_xen_takes);
	tcase_add_test(ask, test_warnings_are_kept_and_counted);
	tcase_add_test(ask, test_constants_are_complete);
	tcase_add_test(ask, test_memory_system_takes_the_host);
	suite_add_tcase(suite, ask);
	tcase_add_test(bite, test_whole_host_passes);
	tcase_add_loop_test_raise_signal(bite, test_broken_host_aborts, SIGABRT,
					 0, BREAK_COUNT);
	suite_add_tcase(suite, bite);
	return suite;
}
