/*
 * check_bench_heap.c - the heap bench on tiny hosts: what a guest takes there by
 * hand, columns of the table, JSON and samples.csv, and a planted difference
 * that --check must find.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/record.h"
#include "base/units.h"
#include "bench/core/clock.h"
#include "bench/engine/cmd_bench.h"
#include "bench/engine/heap_bench.h"
#include "test/test.h"
#include "xen/heap_impl.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Two nodes of 8 GiB. Fragmented: 8 pieces of each GiB; on node 1 all 512. */
static const struct heap_host_shape hosts[] = {
	{.name = "empty", .nodes = 2, .node_gib = 8},
	{.name = "fragmented", .nodes = 2, .node_gib = 8, .pieces = 8,
	 .pieces_of_worst = 512, .worst_node = 1},
};

static const struct heap_guest_shape guests[] = {
	{.name = "3 GiB", .gib = 3, .vcpus = 2, .node = 0},
	{.name = "1 GiB", .gib = 1, .vcpus = 1, .node = 1, .vnodes = 1},
};

/* A clock made of an integer: every reading is 3000 ns after the last. */
static int64_t fake_ns(void *state)
{
	return *(int64_t *)state += 3000;
}

static struct heap_report *tiny_report(struct arena *arena, int64_t *now_ns)
{
	struct heap_bench_config config = {
		.hosts = hosts,
		.hosts_count = 2,
		.guests = guests,
		.guests_count = 2,
		.extents_min = 1,
		.rounds = 3,
		.clock = {fake_ns, fake_ns, now_ns},
	};

	return heap_bench_run(arena, &config);
}

/*
 * Host: 16 GiB. Page 0 and the 4 of node 1's bookkeeping are not given: the
 * first GiB of node 0 is 18 blocks, that of node 1 is 16, 14 are whole.
 *
 * Guest of 3 GiB, 8 MiB of video memory, HVM (facts/xen.md 5.4): 3064 MiB of
 * RAM, all below the hole. 480 pages of 4 KiB up to gpfn 0x200, 16 special
 * pages and 2048 of video memory: 2544. 1 GiB whole at gpfn 2^18, the rest in
 * 2 MiB: 511 of the first GiB, 508 of the third. Pool (1.3): 4 KiB * (256 * 2
 * + 3072) = 3584 pages.
 */
START_TEST(test_a_guest_on_an_empty_host)
{
	struct clock clock = clock_system();
	struct heap_host *host = heap_host_create(&hosts[0]);
	struct heap_guest_run run = {.times = 0};

	ck_assert_uint_eq(host->block_count, 18 + 16 + 14);
	ck_assert_uint_eq(host->heap_bytes, heap_held_bytes(host->heap));
	heap_guest_run(host, &guests[0], &clock, &run);
	ck_assert_uint_eq(run.extents[P2M_4K], 2544);
	ck_assert_uint_eq(run.extents[P2M_2M], 511 + 508);
	ck_assert_uint_eq(run.extents[P2M_1G], 1);
	ck_assert_uint_eq(run.pool_pages, 3584);
	/* An extent is 32 bytes and 12 to 24 in the tree. */
	ck_assert_uint_ge(run.guest_bytes, 3564 * 44);
	ck_assert_uint_le(run.guest_bytes, 3564 * 60);
	ck_assert_uint_eq(run.times, 1);
	/* All is free again, and clean. */
	ck_assert_uint_eq(heap_free_pages(host->heap),
			  heap_given_pages(host->heap));
	ck_assert_uint_eq(heap_node_dirty_pages(host->heap, 0), 0);
	heap_check(host->heap);
	heap_guest_run(host, &guests[0], &clock, &run);
	ck_assert_uint_eq(run.extents[P2M_2M], 2 * (511 + 508));
	heap_host_destroy(host);
}
END_TEST

/*
 * On node 0 seven GiB belong to the resident guest, g = 1..7; the first is in
 * pieces anyway. g = 1 comes back whole, of the others 8 pages each stay. Node
 * 1 keeps 512 of each. So of a guest there exactly, with 1016 MiB of RAM, only
 * what the node's first GiB has in 2 MiB is given so: 511 (its lowest 2 MiB
 * lack 4 pages). The pieces asked for are those from gpfn 0x200 on, 507, and
 * the 480 + 16 + 2048 pages come from anywhere.
 */
START_TEST(test_a_fragmented_host)
{
	struct clock clock = clock_system();
	struct heap_host *host = heap_host_create(&hosts[1]);
	struct heap_guest_run run = {.times = 0};

	ck_assert_uint_eq(heap_given_pages(host->heap) -
				  heap_free_pages(host->heap),
			  6 * 8 + 7 * 512);
	ck_assert_uint_eq(heap_node_order_pages(host->heap, 0, 18), 1 << 18);
	ck_assert_uint_eq(heap_node_order_pages(host->heap, 1, 9), 511 * 512);
	heap_guest_run(host, &guests[1], &clock, &run);
	ck_assert_uint_eq(run.extents[P2M_4K], 2544);
	ck_assert_uint_eq(run.extents[P2M_2M], 507);
	ck_assert_uint_eq(run.extents[P2M_1G], 0);
	heap_check(host->heap);
	heap_host_destroy(host);
}
END_TEST

/* Every timed stretch takes one reading of 3000 ns: build one, pool two,
 * destroy two (kill, and the rest), the pool's end one. */
START_TEST(test_figures_from_an_injected_clock)
{
	struct arena *arena = arena_create();
	int64_t now_ns = 0;
	struct heap_report *report = tiny_report(arena, &now_ns);
	const struct heap_row *row = heap_row_of(report, 0, 0);

	ck_assert_uint_eq(row->ns[HEAP_BUILD].count, 3);
	ck_assert_double_eq(row->ns[HEAP_BUILD].value[2], 3000.0 / 3564);
	ck_assert_double_eq(row->ns[HEAP_DESTROY].value[0], 6000.0 / 3564);
	ck_assert_double_eq(row->ns[HEAP_POOL_BUILD].value[1], 6000.0 / 3584);
	ck_assert_double_eq(row->ns[HEAP_POOL_DESTROY].value[1], 3000.0 / 3584);
	ck_assert_uint_eq(report->host[0].pages, 16 * PAGES_PER_GIB);
	ck_assert_uint_eq(report->host[0].block_count, 48);
	ck_assert_uint_gt(report->host[1].block_count, 7 * 512);
	arena_destroy(arena);
}
END_TEST

static void assert_has(const char *text, const char *want)
{
	ck_assert_msg(strstr(text, want) != NULL, "no '%s' in:\n%s", want,
		      text);
}

START_TEST(test_the_table)
{
	struct arena *arena = arena_create();
	int64_t now_ns = 0;
	struct heap_report *report = tiny_report(arena, &now_ns);
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	heap_print(arena, report, file, false);
	fclose(file);
	assert_has(text, "3 rounds");
	assert_has(text, "host     empty: 2 nodes, 0.0156 TiB, 48 free blocks; "
			 "the model takes 0.");
	assert_has(text, "host        guest    4 KiB  2 MiB  1 GiB    min  "
			 "median  max      min  median  max  taken  freed    "
			 "MiB\n");
	assert_has(text, "empty       3 GiB    2,544  1,019      1    0.8     "
			 "0.8  0.8      1.7     1.7  1.7    1.7    0.8    0.2\n");
	assert_has(text, "            1 GiB    2,544    507      0");
	assert_has(text, "fragmented  3 GiB");
	free(text);
	arena_destroy(arena);
}
END_TEST

START_TEST(test_the_json)
{
	struct arena *arena = arena_create();
	int64_t now_ns = 0;
	json_t *json = heap_json(tiny_report(arena, &now_ns));
	json_t *rows = json_object_get(json, "rows");
	json_t *row = json_array_get(rows, 0);
	json_t *build = json_object_get(row, "build");

	ck_assert_uint_eq(json_array_size(rows), 4);
	ck_assert_uint_eq(json_array_size(json_object_get(json, "hosts")), 2);
	ck_assert_int_eq(
		json_integer_value(json_object_get(row, "extents_2m")), 1019);
	ck_assert_uint_eq(json_array_size(json_object_get(build, "ns")), 3);
	ck_assert_double_eq(
		json_real_value(json_object_get(build, "ns_median")),
		3000.0 / 3564);
	ck_assert_ptr_nonnull(json_object_get(
		json_object_get(json, "host"), "cpu"));
	json_decref(json);
	arena_destroy(arena);
}
END_TEST

/* A host: 1 row. A guest on it: 4 timings in 3 rounds, 4 exact figures. */
START_TEST(test_the_results_folder)
{
	char top[] = "build/check-bench-XXXXXX", dir[64], command[96];
	struct arena *arena = arena_create();
	int64_t now_ns = 0;
	struct sample sample;
	struct err err;
	int rows = 0, exact = 0, rc;

	ck_assert_ptr_nonnull(mkdtemp(top));
	snprintf(dir, sizeof(dir), "%s/r", top);
	struct record *record = record_open(dir, &err);

	ck_assert_msg(record, "%s", err.text);
	heap_record(tiny_report(arena, &now_ns), record);
	ck_assert_int_eq(record_run(record, &(struct run_info){
					.program = "nodewise"}, &err), 0);
	ck_assert_int_eq(record_commit(record, &err), 0);
	struct sample_reader *reader = sample_open(dir, &err);

	while ((rc = sample_next(reader, &sample, &err)) == 1) {
		ck_assert_str_eq(sample.suite, "heap");
		if (rows == 2) {
			ck_assert_str_eq(sample.case_name, "empty, 3 GiB");
			ck_assert_str_eq(sample.metric,
					 "build_time_per_extent");
			ck_assert_uint_eq(sample.repeat, 1);
		}
		exact += sample.class_ == CLASS_EXACT;
		rows++;
	}
	ck_assert_int_eq(rc, 0);
	ck_assert_int_eq(rows, 2 * (1 + 2 * (4 * 3 + 4)));
	ck_assert_int_eq(exact, 2 * (1 + 2 * 4));
	sample_close(reader);
	snprintf(command, sizeof(command), "rm -r %s", top);
	ck_assert_int_eq(system(command), 0);
	arena_destroy(arena);
}
END_TEST

/* --- beside the twin ---------------------------------------------------------- */

enum { PLANTED_AT = 500 };

/* One free block has a dirty page less: its twin still has it. */
static void plant_a_clean_page(struct heap *heap)
{
	for (uint32_t n = 0; n < heap->node_count; n++)
		for (uint32_t z = 0; z < HEAP_ZONES; z++) {
			uint32_t tail = heap->node[n].zone[z].list[0].tail;

			if (!tail || heap_block_at(heap, tail)->dirty !=
					     DIRTY_ALL)
				continue;
			heap_block_at(heap, tail)->dirty = DIRTY_NONE;
			heap->node[n].dirty_pages--;
			return;
		}
}

/* Somebody the twin does not know takes a page. */
static void plant_an_allocation(struct heap *heap)
{
	struct heap_request req = {.node = NODE_NONE, .flags = HEAP_NO_OWNER};
	struct heap_extent extent;

	ck_assert_int_eq(heap_alloc(heap, &req, &extent), HEAP_OK);
}

/* Two blocks of a list change places. */
static void plant_another_order(struct heap *heap)
{
	for (uint32_t n = 0; n < heap->node_count; n++)
		for (uint32_t z = 0; z < HEAP_ZONES; z++)
			for (uint32_t o = 0; o < HEAP_ORDERS; o++) {
				struct heap_list *l =
					&heap->node[n].zone[z].list[o];

				if (l->head == l->tail)
					continue;
				heap_block_to_tail(heap, l->head);
				return;
			}
}

static void (*const plants[])(struct heap *heap) = {
	plant_a_clean_page, plant_an_allocation, plant_another_order,
};

static void plant(void *state, struct heap *heap, uint64_t step)
{
	if (step == PLANTED_AT)
		plants[*(int *)state](heap);
}

START_TEST(test_check_finds_a_planted_difference)
{
	int which = _i;
	struct heap_bench_check c = {
		.steps = 4 * PLANTED_AT + 400,
		.seed = 1,
		.before = plant,
		.before_state = &which,
	};
	struct heap_bench_checked r = heap_bench_check(&c);

	ck_assert(!r.same);
	ck_assert_uint_eq(r.steps, PLANTED_AT + 1); /* at once */
	ck_assert_uint_eq(r.machine, 0);
	ck_assert_uint_gt(strlen(r.why), 10);
}
END_TEST

/* 4003 steps: 1001 on the first three machines, 1000 on the last. */
START_TEST(test_check_agrees)
{
	struct heap_bench_check c = {.steps = 4003, .seed = 2};
	struct heap_bench_checked r = heap_bench_check(&c);

	ck_assert_msg(r.same, "%s", r.why);
	ck_assert_uint_eq(r.steps, 4003);
	ck_assert_uint_eq(r.counts.steps, 4003);
	ck_assert_uint_gt(r.counts.runs, 0);
}
END_TEST

/* --- the command ---------------------------------------------------------------- */

static int command(const char *words)
{
	static char line[256], program[] = "nodewise bench";
	char *argv[16] = {program};
	int argc = 1;

	snprintf(line, sizeof(line), "%s", words);
	for (char *word = strtok(line, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	return cmd_bench(argc, argv);
}

/* The same with its output in a file; returns the text. */
static char *command_text(const char *words, int *status)
{
	static char text[65536];
	FILE *file = tmpfile();
	int saved = dup(1);

	fflush(stdout);
	dup2(fileno(file), 1);
	*status = command(words);
	fflush(stdout);
	dup2(saved, 1);
	close(saved);
	rewind(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	return text;
}

START_TEST(test_the_command_measures)
{
	int status;
	char *text = command_text("heap --quick --rounds 1 --json", &status);
	json_t *json = json_loads(text, 0, NULL);

	ck_assert_int_eq(status, 0);
	ck_assert_msg(json, "no JSON: %s", text);
	ck_assert_uint_eq(json_array_size(json_object_get(json, "rows")), 4);
	json_decref(json);
}
END_TEST

START_TEST(test_the_command_checks)
{
	int status;

	assert_has(command_text("heap --check 1000", &status),
		   "1,000 steps on 4 machines: the heap and an array of pages "
		   "agree");
	ck_assert_int_eq(status, 0);
	json_t *json = json_loads(command_text("heap --check 10 --json",
					       &status), 0, NULL);

	ck_assert(json_is_true(json_object_get(json, "same")));
	json_decref(json);
}
END_TEST

START_TEST(test_bad_options_end_with_2)
{
	static const char *const options[] = {
		"heap --rounds=0", "heap --check=0", "heap --check=-1",
		"heap --check=1x", "heap --check=5 --quick",
		"heap --check=5 --out=x", "heap more", "heap --wrong",
	};

	exit(command(options[_i]));
}
END_TEST

START_TEST(test_an_out_that_exists_is_refused)
{
	ck_assert_int_eq(command("heap --out bench"), 2);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("bench_heap");
	TCase *tc = tcase_create("bench");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, test_a_guest_on_an_empty_host);
	tcase_add_test(tc, test_a_fragmented_host);
	tcase_add_test(tc, test_figures_from_an_injected_clock);
	tcase_add_test(tc, test_the_table);
	tcase_add_test(tc, test_the_json);
	tcase_add_test(tc, test_the_results_folder);
	suite_add_tcase(suite, tc);
	tc = tcase_create("check");
	tcase_add_loop_test(tc, test_check_finds_a_planted_difference, 0, 3);
	tcase_add_test(tc, test_check_agrees);
	suite_add_tcase(suite, tc);
	tc = tcase_create("command");
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, test_the_command_measures);
	tcase_add_test(tc, test_the_command_checks);
	tcase_add_loop_exit_test(tc, test_bad_options_end_with_2, 2, 0, 8);
	tcase_add_test(tc, test_an_out_that_exists_is_refused);
	suite_add_tcase(suite, tc);
	return suite;
}
