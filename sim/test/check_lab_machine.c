/*
 * check_lab_machine.c - the machine of a recording: what it has after boot, by
 * hand, and what guests do to it.
 */
#include "base/units.h"
#include "run/lab_guest.h"
#include "test/lab_lines.h"
#include "test/test.h"

static struct arena *arena;
static struct lab_boot boot;
static struct lab_machine *booted;

static void setup(void)
{
	arena = arena_create();
	booted = NULL;
}

static void teardown(void)
{
	if (booted)
		lab_guest_destroy_all(booted);
	arena_destroy(arena);
}

static struct lab_machine *machine(void)
{
	struct err err;
	struct lab_machine *m = lab_machine_boot(
		arena, &boot, lab_boot_state(arena, &boot, LAB_QEMU), &err);

	ck_assert_ptr_nonnull(m);
	lab_machine_check(m);
	booted = m;
	return m;
}

static struct lab_outcome create(struct lab_machine *m, const char *text)
{
	struct lab_outcome out;

	lab_guest_create(m, arena, text, true, &out);
	lab_machine_check(m);
	ck_assert(out.modelled);
	return out;
}

START_TEST(test_memory_among_qemu_arguments)
{
	ck_assert_uint_eq(lab_machine_ram_pages("-smp 8 -m 6G -x"), 6 << 18);
	ck_assert_uint_eq(lab_machine_ram_pages("-m 512M"), 512 << 8);
	ck_assert_uint_eq(lab_machine_ram_pages("-m 512"), 0);
	ck_assert_uint_eq(lab_machine_ram_pages("-m -1G"), 0);
	ck_assert_uint_eq(lab_machine_ram_pages("-m 99999999999999999999G"), 0);
	ck_assert_uint_eq(lab_machine_ram_pages("-foo-m 6G"), 0);
	ck_assert_uint_eq(lab_machine_ram_pages(""), 0);
}
END_TEST

/*
 * The record's pages to the page. Of node 0, above 4 GiB (the rest is the DMA
 * range, 2^31: 1310720 / 4 = 327680 pages): 262144 - 3 * 512 (M2P for GiB 0, 1
 * and 4) - 60 small - 7490 of dom0's (23874 - 16384 of swiotlb); 7490 is 14
 * blocks of 2 MiB and 322 pages, in a block of their own, the 60 in another:
 * 512 - 3 - 15 - 1 = 493 whole blocks. t2x4 was full at 493 (its steps 1, 3, 5).
 *
 * Node 1: 786432 - 3 * 512 - 12288 (frame table) = 772608 = 1509 blocks. Of
 * them go: initrd 7773 = 15.2, dom0 172734 - 7773 = 164961 = 322.2, small 60:
 * the last two share a block: 1509 - 16 - 323 = 1170. So it was recorded.
 */
START_TEST(test_after_boot_every_page_is_where_it_was_recorded)
{
	struct lab_machine *m = machine();

	ck_assert_uint_eq(heap_node_free_pages(m->heap, 0), 759930);
	ck_assert_uint_eq(heap_node_free_pages(m->heap, 1), 599814);
	ck_assert_uint_eq(domain_node_pages(m->dom0, 0), 23874);
	ck_assert_uint_eq(domain_node_pages(m->dom0, 1), 172734);
	ck_assert_uint_eq(heap_dma_bits(m->heap), 31);
	ck_assert_uint_eq(heap_node_order_pages(m->heap, 1, 9) / 512, 1170);
	ck_assert_uint_eq(heap_node_dirty_pages(m->heap, 0), 0);

	/* 384 MiB is 192 blocks: 2 guests on node 0, and 109 blocks. */
	for (int i = 0; i < 3; i++) {
		char text[128];

		snprintf(text, sizeof(text), "name='g%d'\nmemory=384\n"
			 "cpus_soft='node:0'\n", i);
		ck_assert_int_eq(create(m, text).rc, 0);
	}
	ck_assert_uint_eq(domain_node_pages(lab_guest_find(m, "g1")->domain, 0),
			  192 * 512);
	ck_assert_uint_eq(domain_node_pages(lab_guest_find(m, "g2")->domain, 0),
			  109 * 512);
}
END_TEST

START_TEST(test_a_guest_comes_and_goes_without_trace)
{
	struct lab_machine *m = machine();
	uint64_t before[2] = {heap_node_free_pages(m->heap, 0),
			      heap_node_free_pages(m->heap, 1)};
	static const char *const texts[] = {
		"name='a'\nmemory=256\nvcpus=2\n",
		"name='a'\ntype='pvh'\nmemory=256\nvcpus=2\n",
		"name='a'\ntype='hvm'\nmemory=256\nvcpus=2\nvga='none'\n"
		"vnuma=[['pnode=0','size=128','vcpus=0'],"
		"['pnode=1','size=128','vcpus=1']]\n",
	};
	/* RAM; 8 special and 9 of ACPI; less VGA's 32, 16 special. */
	static const uint64_t pages[] = {65536, 65553, 65520};

	for (int i = 0; i < 3; i++) {
		struct lab_outcome out = create(m, texts[i]);

		ck_assert_int_eq(out.rc, 0);
		ck_assert_uint_eq(out.guest->domain->mem.tot_pages, pages[i]);
		ck_assert(lab_guest_destroy(m, "a"));
		lab_machine_check(m);
		ck_assert_uint_eq(heap_node_free_pages(m->heap, 0), before[0]);
		ck_assert_uint_eq(heap_node_free_pages(m->heap, 1), before[1]);
		ck_assert_uint_eq(heap_claimed_pages(m->heap), 0);
	}
	ck_assert(!lab_guest_destroy(m, "a"));
}
END_TEST

static const struct {
	const char *text;
	uint32_t rc;
} refused[] = {
	{"name='a'\nmemory=128\ncpus='node:4'\n", 1},
	{"name='a'\nmemory=128\nvcpus=3\nmaxvcpus=2\n", 1},
	{"name='a'\nmemory=128\nvnuma=[['size=128','vcpus=0']]\n", 6},
	{"name='a'\nmemory=100000\n", 3},              /* the claim */
	{"name='a'\nmemory = 0\n", 3},                 /* placed, not built */
	{"name='a'\ntype='hvm'\nmemory=2600\nvga='none'\n"
	 "vnuma=[['pnode=1','size=2600','vcpus=0']]\n", 3}, /* its node is full */
	{"name='a'\ntype='pvh'\nmemory=64\nvnuma=[['size=64','vcpus=0']]\n", 3},
};

START_TEST(test_what_fails_leaves_nothing)
{
	struct lab_machine *m = machine();
	uint64_t before = heap_free_pages(m->heap);
	struct lab_outcome out = create(m, refused[_i].text);

	ck_assert_uint_eq(out.rc, refused[_i].rc);
	ck_assert_ptr_nonnull(out.why);
	ck_assert_ptr_null(out.guest);
	ck_assert_uint_eq(heap_free_pages(m->heap), before);
	ck_assert_uint_eq(heap_claimed_pages(m->heap), 0);
}
END_TEST

START_TEST(test_names_are_taken_once)
{
	struct lab_machine *m = machine();

	ck_assert_int_eq(create(m, "name='a'\nmemory=64\n").rc, 0);
	ck_assert_int_eq(create(m, "name='a'\nmemory=64\n").rc, 3);
	ck_assert_int_eq(create(m, "name='b'\nmemory=64\n").rc, 0);
	/* As Xen does: the failed one had a number. */
	ck_assert_uint_eq(lab_guest_find(m, "b")->domain->mem.domid, 3);
	lab_guest_destroy_all(m);
	ck_assert_ptr_null(m->guest);
}
END_TEST

START_TEST(test_on_demand_is_not_modelled)
{
	struct lab_machine *m = machine();
	struct lab_outcome out;

	lab_guest_create(m, arena, "name='a'\ntype='hvm'\nmemory=64\n"
			 "maxmem=128\n", true, &out);
	ck_assert(!out.modelled);
	ck_assert_ptr_null(m->guest);
}
END_TEST

/* 512 MiB on both nodes in turns of 2 MiB. The kernel keeps the lowest 138
 * MiB; the next 256 MiB go, 128 from each node; they come back in turns. */
START_TEST(test_a_balloon_gives_the_lowest_frames_and_takes_in_turns)
{
	struct lab_machine *m = machine();
	struct lab_outcome out = create(m, "name='a'\nmemory=512\nvcpus=4\n");
	const struct domain *d = out.guest->domain;

	ck_assert_uint_eq(domain_node_pages(d, 0), 65536);
	lab_guest_mem_set(m, out.guest, 256);
	lab_machine_check(m);
	ck_assert_uint_eq(d->mem.tot_pages, 65536);
	ck_assert_uint_eq(domain_node_pages(d, 0), 32768);
	ck_assert(p2m_any_mapped(&d->p2m, 0, 69 * 512));
	ck_assert(!p2m_any_mapped(&d->p2m, 69 * 512, 65536));
	lab_guest_mem_set(m, out.guest, 512);
	lab_machine_check(m);
	ck_assert_uint_eq(d->mem.tot_pages, 131072);
	ck_assert_uint_eq(domain_node_pages(d, 0), 65536);
	ck_assert_uint_eq(out.guest->balloon_count, 0);
	/* More than it gave up does not come. */
	lab_guest_mem_set(m, out.guest, 1024);
	ck_assert_uint_eq(d->mem.tot_pages, 131072);
}
END_TEST

static const struct {
	const char *qemu, *says;
} unknown[] = {
	{"-smp 4", "qemu_args: no '-m 6G' or '-m 512M'"},
	{"-m 64M", "qemu_args: -m is not within 256M and 256G"},
	{"-m 9000G", "qemu_args: -m is not within 256M and 256G"},
};

START_TEST(test_a_machine_that_is_not_described)
{
	struct err err;

	ck_assert_ptr_null(lab_machine_boot(
		arena, &boot, lab_boot_state(arena, &boot, unknown[_i].qemu),
		&err));
	ck_assert_msg(strstr(err.text, unknown[_i].says) != NULL, "%s",
		      err.text);
}
END_TEST

/* Another amount than the nodes': no abort, and no page from nowhere. */
START_TEST(test_memory_and_nodes_that_do_not_agree)
{
	static const char *const args[] = {"-m 1G", "-m 2G", "-m 3G", "-m 5G",
					   "-m 7G", "-m 200G"};
	struct err err;
	struct lab_machine *m = lab_machine_boot(
		arena, &boot, lab_boot_state(arena, &boot, args[_i]), &err);

	if (m) {
		lab_machine_check(m);
		ck_assert_uint_le(heap_free_pages(m->heap), 8 << 18);
	} else {
		ck_assert_ptr_nonnull(strstr(err.text, "after: "));
	}
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("lab machine");
	TCase *tc = tcase_create("machine");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_memory_among_qemu_arguments);
	tcase_add_test(tc,
		       test_after_boot_every_page_is_where_it_was_recorded);
	tcase_add_test(tc, test_a_guest_comes_and_goes_without_trace);
	tcase_add_loop_test(tc, test_what_fails_leaves_nothing, 0,
			    sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(tc, test_names_are_taken_once);
	tcase_add_test(tc, test_on_demand_is_not_modelled);
	tcase_add_test(
		tc,
		test_a_balloon_gives_the_lowest_frames_and_takes_in_turns);
	tcase_add_loop_test(tc, test_a_machine_that_is_not_described, 0,
			    sizeof(unknown) / sizeof(unknown[0]));
	tcase_add_loop_test(tc, test_memory_and_nodes_that_do_not_agree, 0, 6);
	suite_add_tcase(suite, tc);
	return suite;
}
