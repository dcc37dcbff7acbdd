/*
 * check_host_state_heap.c - what is made of a live host: a heap with its free
 * memory, the view of a heuristic, a profile; and a live host made of a profile.
 */
#include "base/units.h"
#include "run/host_state_heap.h"
#include "run/host_state_host.h"
#include "run/host_state_parts.h"
#include "run/host_state_view.h"
#include "run/lab_record.h"
#include "test/host_sample.h"

/* --- heap, view, profile ---------------------------------------------------------------- */

/*
 * Node 0 reaches over 17 GiB, node 1 over 16; the host has 32767 MiB, so the
 * hole is 1025 MiB. dma_bits: the last of 17 GiB / 4 = 4.25 GiB takes 33 bits,
 * at most 32: below 4 GiB, without the hole, 3071 MiB of RAM.
 */
START_TEST(test_heap_has_what_is_free)
{
	const struct host_state *s;
	uint64_t start, end;
	struct heap *heap;

	put_sample();
	s = load();
	host_state_hole(s, &start, &end);
	ck_assert_uint_eq(end, 4 * PAGES_PER_GIB);
	ck_assert_uint_eq(end - start, 1025 * 256);
	ck_assert_uint_eq(host_state_dma_width(s), 32);
	ck_assert_uint_eq(host_state_dma_pages(s), 3071 * 256 - 1);
	heap = host_state_heap(arena, s);
	heap_check(heap);
	ck_assert_uint_eq(heap_dma_bits(heap), 32);
	ck_assert_uint_eq(heap_node_free_pages(heap, 0), 2621440);
	ck_assert_uint_eq(heap_node_free_pages(heap, 1), 4100000);
	/*
	 * Above 4 GiB node 0 has 13 GiB; domains have 262144 + 1024 pages, of
	 * which 16384 are dom0's low ones: 13 GiB - 246784 pages are free there,
	 * more than the 10 GiB there are. So all is above.
	 */
	ck_assert_uint_eq(heap_node_dma_pages(heap, 0), 0);
	ck_assert_uint_eq(heap_node_dma_pages(heap, 1), 0);
	ck_assert_uint_eq(heap_node_dirty_pages(heap, 0), 0);
}
END_TEST

/* With debug key H it is known: 100000 pages of zone 18, 0.5 to 1 GiB. */
START_TEST(test_heap_by_zones)
{
	char *both = arena_alloc(arena, 16384);
	struct heap *heap;

	put_sample();
	sprintf(both, "%s%s", zones_text, dmesg_text);
	put("dmesg.txt", both);
	heap = host_state_heap(arena, load());
	heap_check(heap);
	ck_assert_uint_eq(heap_node_free_pages(heap, 0), 2621440);
	ck_assert_uint_eq(heap_node_dma_pages(heap, 0), 100000);
}
END_TEST

/*
 * Free memory that is more than what lies above the range: 15 GiB free of 13
 * GiB above 4 GiB, nothing owned there: 2 GiB are in the range.
 */
START_TEST(test_heap_when_the_range_is_free_too)
{
	struct host_state *s;
	struct heap *heap;

	put_sample();
	s = load();
	s->node[0].free_pages = 15 * PAGES_PER_GIB;
	s->domain_count = 0;
	s->claimed_pages = 1000;
	heap = host_state_heap(arena, s);
	heap_check(heap);
	ck_assert_uint_eq(heap_node_free_pages(heap, 0), 15 * PAGES_PER_GIB);
	ck_assert_uint_eq(heap_node_dma_pages(heap, 0), 2 * PAGES_PER_GIB);
	ck_assert_uint_eq(heap_claimed_pages(heap), 1000);
	/* No memory is said to be missing: no hole. */
	s->total_pages = 0;
	heap = host_state_heap(arena, s);
	ck_assert_uint_eq(heap_node_free_pages(heap, 0), 15 * PAGES_PER_GIB);
	ck_assert_uint_eq(heap_node_dma_pages(heap, 0), 2 * PAGES_PER_GIB);
}
END_TEST

/* Nonsense about the host's total cannot make free memory vanish. */
START_TEST(test_hole_leaves_room_for_what_is_free)
{
	struct host_state *s;
	uint64_t start, end;

	put_sample();
	s = load();
	s->total_pages = 1000;
	s->node[0].free_pages = s->node[0].span_pages - 100;
	host_state_hole(s, &start, &end);
	ck_assert_uint_eq(end - start, 100);
	ck_assert_uint_eq(heap_node_free_pages(host_state_heap(arena, s), 0),
			  s->node[0].span_pages - 101);
	s->node[0].free_pages = s->node[0].span_pages - 1;
	ck_assert_uint_eq(heap_node_free_pages(host_state_heap(arena, s), 0),
			  s->node[0].span_pages - 2);
}
END_TEST

START_TEST(test_heap_of_every_recorded_step)
{
	const char *path = recording(_i);
	struct lab_file *file;
	struct lab_step *step;
	struct err err = {{0}};

	if (!path)
		return;
	file = lab_open(path, &err);
	ck_assert_ptr_nonnull(file);
	for (;;) {
		struct arena *own = arena_create();
		struct host_state_view view;
		struct heap *heap;

		if (lab_next(file, own, &step, &err) != 1) {
			arena_destroy(own);
			break;
		}
		heap = host_state_heap(own, step->after);
		heap_check(heap);
		for (uint32_t n = 0; n < step->after->node_count; n++)
			ck_assert_uint_eq(heap_node_free_pages(heap, n),
					  step->after->node[n].free_pages);
		ck_assert_uint_eq(heap_dma_bits(heap),
				  host_state_dma_width(step->after));
		host_state_view_take(own, step->after, 0, 1, &view);
		host_check(host_state_profile(own, step->after));
		arena_destroy(own);
	}
	ck_assert_str_eq(err.text, "");
	lab_close(file);
}
END_TEST

/*
 * Node 0: dom0's 2 vCPUs (all CPUs, all nodes), web's vCPU 1 may run on CPU 0
 * but web's node affinity is {1}; the new guest's 3. Node 1: dom0's 2, web's 2,
 * the new 3.
 */
START_TEST(test_view)
{
	struct host_state_view view;

	put_sample();
	host_state_view_take(arena, load(), 0, 3, &view);
	ck_assert_uint_eq(view.view.node_count, 2);
	ck_assert_uint_eq(view.node[0].vcpus, 2 + 3);
	ck_assert_uint_eq(view.node[1].vcpus, 2 + 2 + 3);
	ck_assert_uint_eq(view.node[0].free_pages, 2621440);
	ck_assert_uint_eq(view.node[1].pcpus, 3);
	ck_assert_uint_eq(view.node[1].pool_pcpus, 3);
	ck_assert_uint_eq(view.view.guest_count, 1);
	ck_assert_uint_eq(view.guest[0].domid, 3);
	ck_assert_uint_eq(view.guest[0].pages_on[1], 1047552);
}
END_TEST

/* CPUs 0, 1 on node 1 and 2, 3 on node 0; node 2 has memory only. */
static struct host_state *crossed(void)
{
	struct host_state *s = host_state_new(arena, "crossed");
	struct err err = {{0}};

	s->xen_text = "4.22";
	s->xen_version = 422;
	s->node_count = 3;
	s->cpu_count = 4;
	s->distance = arena_alloc(arena, 9);
	memcpy(s->distance, "\x0a\x15\x10\x15\x0a\x20\x10\x20\x0a", 9);
	for (uint32_t c = 0; c < 4; c++)
		s->cpu[c] = (struct host_state_cpu){c < 2, c < 2, c % 2};
	for (uint32_t n = 0; n < 3; n++) {
		s->node[n].online = true;
		s->node[n].start_mfn = n * PAGES_PER_GIB;
		s->node[n].span_pages = PAGES_PER_GIB;
		s->node[n].free_pages = PAGES_PER_GIB / 2;
	}
	ck_assert_msg(host_state_complete(arena, s, &err) == 0, "%s", err.text);
	return s;
}

START_TEST(test_nodes_are_matched_by_their_first_cpu)
{
	struct host_state *s = crossed();
	struct host *host = host_state_profile(arena, s);
	uint8_t host_node[NODE_MAX];
	struct err err = {{0}};

	host_check(host);
	ck_assert_uint_eq(host->nr_nodes, 3);
	ck_assert_uint_eq(host->nr_cpu_nodes, 2);
	/* Profile nodes 0, 1, 2 are the state's 1, 0, 2. */
	ck_assert_int_eq(host_state_match(s, host, host_node, &err), 0);
	ck_assert_uint_eq(host_node[0], 1);
	ck_assert_uint_eq(host_node[1], 0);
	ck_assert_uint_eq(host_node[2], 2);
	ck_assert_uint_eq(host_distance(host, 0, 2), 0x20);
	ck_assert_uint_eq(host_distance(host, 1, 2), 0x10);
	ck_assert_uint_eq(host->node[0].range[0].start_mfn, PAGES_PER_GIB);
	ck_assert_uint_eq(host->nr_sockets, 2);
	ck_assert_uint_eq(host->nr_cores, 4);
}
END_TEST

START_TEST(test_other_hosts_do_not_match)
{
	struct host_state *s = crossed();
	uint8_t host_node[NODE_MAX];
	struct host *host = host_state_profile(arena, s);
	struct err err = {{0}};

	/* A CPU of the live host is offline: the same host. */
	s->cpu[3].node = NODE_NONE;
	s->node[0].nr_cpus--;
	ck_assert_int_eq(host_state_match(s, host, host_node, &err), 0);
	/* It has one more: another host. */
	s->node[0].nr_cpus = 3;
	ck_assert_int_eq(host_state_match(s, host, host_node, &err), -1);
	ck_assert_says(err.text, "node 0 of crossed has 3 CPUs, node 1 of "
				 "host crossed has 2");
	s->node[0].nr_cpus = 2;
	host->node[2].pages = 0;
	ck_assert_int_eq(host_state_match(s, host, host_node, &err), -1);
	ck_assert_says(err.text, "node 2 of crossed has memory");
	host->nr_nodes = 2;
	ck_assert_int_eq(host_state_match(s, host, host_node, &err), -1);
	ck_assert_says(err.text, "has 3 nodes, host crossed has 2");
}
END_TEST

/* dom0 with 1 GiB on two nodes of 2 GiB; 4 pages are node 1's bookkeeping. */
START_TEST(test_boot)
{
	struct host *host = host_state_profile(arena, crossed());
	struct host_state_boot boot = {1024, 2, 422};
	struct host_state *s;
	struct p2m_store store;
	struct heap *heap;
	struct err err = {{0}};
	uint64_t sum = 0;

	ck_assert_msg(host_state_boot(arena, host, &boot, &s, &heap, &store,
				      &err) == 0, "%s", err.text);
	ck_assert_uint_eq(s->domain_count, 1);
	ck_assert_uint_eq(s->domain[0].vcpu_count, 2);
	ck_assert_uint_eq(s->domain[0].total_pages, PAGES_PER_GIB);
	for (uint32_t n = 0; n < 3; n++) {
		ck_assert_uint_eq(s->node[n].free_pages,
				  heap_node_free_pages(heap, n));
		ck_assert_uint_eq(heap_node_dirty_pages(heap, n), 0);
		sum += s->node[n].free_pages + s->domain[0].pages_on[n];
	}
	ck_assert_uint_eq(sum, 3 * PAGES_PER_GIB - 1 - 2 * 4);
	boot.dom0_mib = 4096;
	ck_assert_int_eq(host_state_boot(arena, host, &boot, &s, &heap, &store,
					 &err), -1);
	ck_assert_says(err.text, "dom0's 4096 MiB do not fit host crossed");
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("host_state_heap");
	TCase *tc = tcase_create("heap, view, profile");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 300);
	tcase_add_test(tc, test_heap_has_what_is_free);
	tcase_add_test(tc, test_heap_by_zones);
	tcase_add_test(tc, test_heap_when_the_range_is_free_too);
	tcase_add_test(tc, test_hole_leaves_room_for_what_is_free);
	tcase_add_loop_test(tc, test_heap_of_every_recorded_step, 0,
			    RECORDINGS);
	tcase_add_test(tc, test_view);
	tcase_add_test(tc, test_nodes_are_matched_by_their_first_cpu);
	tcase_add_test(tc, test_other_hosts_do_not_match);
	tcase_add_test(tc, test_boot);
		suite_add_tcase(suite, tc);
	return suite;
}
