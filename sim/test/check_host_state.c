/*
 * check_host_state.c - a live host read from text: samples by hand, as two
 * versions and several logs print them, and broken ones by file and line.
 */
#include "test/host_sample.h"

#include <signal.h>

/* --- samples by hand ---------------------------------------------------------------- */

START_TEST(test_sample_as_417_prints_it)
{
	put_sample();
	check_sample(load());
}
END_TEST

START_TEST(test_sample_as_later_versions_and_logs_print_it)
{
	char *text = replaced(dmesg_text, "Domain ", "d");

	put_sample();
	put("dmesg.txt", text);
	check_sample(load());
	put("dmesg.txt", replaced(text, "(XEN) ",
				  "(XEN) [2026-08-20 11:12:13.456] "));
	check_sample(load());
	put("dmesg.txt", replaced(text, "(XEN) ", "[   48.873125] (XEN) "));
	check_sample(load());
	put("dmesg.txt", replaced(text, "(XEN) ", ""));
	check_sample(load());
	put("dmesg.txt", replaced(text, "\n", "\r\n"));
	put("info.txt", replaced(info_text, "\n", "\r\n"));
	put("list.txt", replaced(list_text, "\n", "\r\n"));
	check_sample(load());
}
END_TEST

/* What an older dump said, however wrong, is forgotten. */
START_TEST(test_last_dump_counts)
{
	char *old = replaced(dmesg_text, "free->2621440", "free->1");
	char *text = arena_alloc(arena, 16384);

	old = replaced(old, "Domain 3", "Domain 77");
	old = replaced(old, "Node 1: 262144", "Node 1: many");
	put_sample();
	sprintf(text, "%s(XEN) something else\n%s", old, dmesg_text);
	put("dmesg.txt", text);
	check_sample(load());
	/* The ring has cut the old one in the middle of a line. */
	sprintf(text, "%s%s", old + 250, dmesg_text);
	put("dmesg.txt", text);
	check_sample(load());
}
END_TEST

START_TEST(test_zones_are_read_if_they_add_up)
{
	char *text = arena_alloc(arena, 16384);
	const struct host_state *s;

	put_sample();
	sprintf(text, "%s%s%s", zones_text, dmesg_text, zones_text);
	put("dmesg.txt", text);
	s = load();
	check_sample(s);
	ck_assert(!s->node[1].zones_known);
	ck_assert(s->node[0].zones_known);
	ck_assert_uint_eq(s->node[0].zone_free_pages[18], 100000);
	put("dmesg.txt", replaced(text, "-> 100000 ", "-> 100001 "));
	ck_assert(!load()->node[0].zones_known);
	/* Zone 26 is beyond the end of the node. */
	put("dmesg.txt", replaced(text, "zone=22", "zone=26"));
	ck_assert(!load()->node[0].zones_known);
}
END_TEST

START_TEST(test_pools)
{
	const struct host_state *s;

	put_sample();
	put("cpupool-list.txt", "Name               CPU list\n"
				"Pool-0             0,1,2,3\n"
				"fast               4-7\n");
	put("list.txt",
	    "Name                                        ID   Mem VCPUs\tState"
	    "\tTime(s)         Cpupool NODE Affinity\n"
	    "Domain-0                                     0  4096     2     "
	    "r-----     123.4           Pool-0 all\n"
	    "web server                                   3  4096     4     "
	    "-b----      12.3             fast 1\n");
	s = load();
	ck_assert_uint_eq(s->pool_count, 2);
	ck_assert_uint_eq(s->domain[1].pool, 1);
	ck_assert_uint_eq(cpuset_count(&s->pool[1].cpus), 3);
	ck_assert_uint_eq(host_state_find_pool(s, "fast"), 1);
	ck_assert_uint_eq(host_state_find_pool(s, "slow"), 2);
}
END_TEST

/* --- lists and versions ------------------------------------------------------------- */

static const struct {
	const char *text;
	bool good;
	uint64_t nodes; /* of a host with 8 */
} lists[] = {
	{"all", true, 0xff},   {"none", true, 0},     {"0", true, 1},
	{"7", true, 0x80},     {"0-1", true, 3},      {"0,2-3", true, 0xd},
	{"1,3,5-7", true, 0xea}, {"8", false, 0},     {"", false, 0},
	{"0-", false, 0},      {"-1", false, 0},      {"3-2", false, 0},
	{"0,", false, 0},      {",0", false, 0},      {"0-8", false, 0},
	{"any node", false, 0}, {"0 1", false, 0},    {"00000000000000000001",
						       true, 2},
	{"99999999999999999999999", false, 0},        {"al", false, 0},
};

START_TEST(test_lists)
{
	nodeset nodes;
	cpuset cpus;

	ck_assert_int_eq(host_state_nodes(lists[_i].text, 8, &nodes),
			 lists[_i].good);
	ck_assert_int_eq(host_state_cpulist(lists[_i].text, 8, &cpus),
			 lists[_i].good);
	if (!lists[_i].good)
		return;
	ck_assert_uint_eq(nodes, lists[_i].nodes);
	ck_assert_uint_eq(cpus.word[0] & 0xff, lists[_i].nodes);
	ck_assert_uint_eq(cpuset_count(&cpus) > 8,
			  strcmp(lists[_i].text, "all") == 0);
}
END_TEST

START_TEST(test_versions_and_options)
{
	ck_assert_uint_eq(host_state_version("4.17.7"), 417);
	ck_assert_uint_eq(host_state_version("4.21.0"), 417);
	ck_assert_uint_eq(host_state_version("4.22.0"), 422);
	ck_assert_uint_eq(host_state_version("4.23-unstable"), 422);
	ck_assert_uint_eq(host_state_version("5.0"), 422);
	ck_assert_uint_eq(host_state_version("unknown"), 0);
	ck_assert_uint_eq(host_state_version("4"), 0);
	ck_assert_uint_eq(host_state_dma_bits("a dma_bits=20 b"), 20);
	ck_assert_uint_eq(host_state_dma_bits("dma_bits=20 dma_bits=30"), 30);
	ck_assert_uint_eq(host_state_dma_bits("no-dma_bits=20"), 0);
	ck_assert_uint_eq(host_state_dma_bits(""), 0);
}
END_TEST

/* --- broken files ------------------------------------------------------------------- */

static const struct {
	const char *file, *from, *to; /* to NULL: the file is removed */
	const char *says;             /* parts of the line, joined by '|' */
} broken[] = {
	{"info.txt", NULL, NULL, "info.txt: |cannot be opened"},
	{"list.txt", NULL, NULL, "list.txt: |cannot be opened"},
	{"vcpu-list.txt", NULL, NULL, "vcpu-list.txt: |cannot be opened"},
	{"dmesg.txt", NULL, NULL, "dmesg.txt: |cannot be opened"},
	{"info.txt", "  0:       0        0        0\n",
	 "  0:       0        0\n", "info.txt:11: |CPU: core socket node"},
	{"info.txt", "  1:       0        0        0", "  0: 0 0 0",
	 "info.txt:12: |CPU 0 is there twice"},
	{"info.txt", "  7:       1", "9999:       1", "info.txt:17: |CPU 9999"},
	{"info.txt", "  7:       1        1        1", "  7: 1 1 64",
	 "info.txt:17: |node 64"},
	{"info.txt", "  7:       1        1        1", "  7: 1 1 5",
	 "CPU 7 is on node 1, in info.txt on another"},
	{"info.txt", "10,21\n", "10,21,30\n", "node 0 has 3 distances; 2"},
	{"info.txt", "10,21\n", "10,x\n", "info.txt:23: |'10,x'"},
	{"info.txt", "21,10\n", "21,99\n", "nearer to node 0 than to itself"},
	{"info.txt", "   1:     16384", "   0:     16384",
	 "info.txt:24: |node 0 is there twice"},
	{"info.txt", "   1:     16384      16015", "   1:     16384",
	 "info.txt:24: |memsize memfree distances"},
	{"info.txt", "numa_info", "numainfo", "no numa_info; |-n"},
	{"info.txt", "cpu_topology", "topology", "no cpu_topology; |-n"},
	{"info.txt", "4.17.7", "seven", "info.txt:28: |xen_version: 'seven'"},
	{"info.txt", "xen_version ", "version ", "no xen_version"},
	{"info.txt", ": 32767", ": 1e30", "info.txt:6: total_memory: '1e30'"},
	{"info.txt", "nr_nodes               : 2", "nr_nodes : 4",
	 "nr_nodes is 4, but numa_info has 2 rows"},
	{"list.txt", "Name ", "name ", "list.txt: no header line"},
	{"list.txt", "NODE Affinity", "", "list.txt:1: no NODE Affinity|-n"},
	{"list.txt", "  123.4 all", "  123.4 any", "list.txt:2: 'any'"},
	{"list.txt", "12.3 1", "12.3 2", "list.txt:3: '2' are no nodes"},
	{"list.txt", "  3  4096", "  0  4096", "list.txt:3: domain 0 comes after"},
	{"list.txt", "  3  4096", "  x  4096", "list.txt:3: no row of `xl list"},
	{"list.txt", "web server", "(null)\nweb server", "list.txt:3: no row"},
	{"list.txt", "Name ", "Name Cpupool ", "list.txt:1: pools, but there"},
	{"vcpu-list.txt", "Soft", "", "vcpu-list.txt:1: no Hard / Soft column"},
	{"vcpu-list.txt", "Name", "nAME", "vcpu-list.txt: no header line"},
	{"vcpu-list.txt", "  2   r--", "  8   r--",
	 "vcpu-list.txt:2: '8' is no CPU of this host; 0 to 7"},
	{"vcpu-list.txt", "0,4-5 /", "0;4-5 /", "vcpu-list.txt:5: '0;4-5 / 4-7'"},
	{"vcpu-list.txt", "0,4-5 /", "none /", "vCPU 1 may run nowhere"},
	{"vcpu-list.txt", "  3     1", "  3     2",
	 "vcpu-list.txt:5: vCPU 2 of domain 3; vCPU 1 comes here"},
	{"vcpu-list.txt", "  3     0", "  4     0",
	 "vcpu-list.txt:4: domain 4 is not in list.txt"},
	{"vcpu-list.txt", "all / 4-7\n", "all\n", "vcpu-list.txt:4: no row"},
	{"dmesg.txt", "'u' pressed", "'u", "dmesg.txt: "},
	{"dmesg.txt", "start->", "begin->", "no dump of debug key u"},
	{"dmesg.txt", "(XEN) NODE1 start->4456448 size->4194304 free->4100000\n",
	 "", "node 1 is in info.txt, but not in the last dump"},
	{"dmesg.txt", "free->4100000", "free->41x", "dmesg.txt:5: |cut"},
	{"dmesg.txt", "free->4100000", "free->99999999999999999999",
	 "dmesg.txt:5: |cut"},
	{"dmesg.txt", "free->4100000", "free->4194305",
	 "node 1 has 4194305 free pages, more than the 4194304"},
	{"dmesg.txt", "start->4456448", "start->4456447",
	 "the spans of nodes 0 and 1 overlap"},
	{"dmesg.txt", "start->4456448", "start->1099511627776",
	 "node 1 ends beyond 52 bits"},
	{"dmesg.txt", "NODE1 start", "NODE0 start", "dmesg.txt:5: node 0 is there"},
	{"dmesg.txt", "NODE1 start", "NODE7 start", "node 7 is not in info.txt"},
	{"dmesg.txt", "CPU7 -> NODE1", "CPU7 -> NODE0",
	 "CPU 7 is on node 0, in info.txt on another"},
	{"dmesg.txt", "CPU0...3 ->", "CPU0..3 ->", "dmesg.txt:6: |CPU0...7"},
	{"dmesg.txt", "Domain 3", "Domain 4", "domain 4 is not in list.txt"},
	{"dmesg.txt", "Domain 3", "Domain 0", "domain 0 is there twice"},
	{"dmesg.txt", "(total: 1048576)", "(total: all)",
	 "dmesg.txt:13: |d3 (total: 1048576)"},
	{"dmesg.txt", "Node 1: 262144", "Node 99: 1", "dmesg.txt:12: |Node 0:"},
};

static void remove_file(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	ck_assert_int_eq(remove(path), 0);
}

static const char *sample_of(const char *file)
{
	return !strcmp(file, "info.txt")	? info_text
	       : !strcmp(file, "list.txt")	? list_text
	       : !strcmp(file, "vcpu-list.txt") ? vcpus_text
						: dmesg_text;
}

START_TEST(test_broken_files_are_named)
{
	const char *file = broken[_i].file;
	struct host_state *state;
	struct err err = {{0}};

	put_sample();
	if (!broken[_i].to) {
		remove_file(file);
	} else {
		const char *text = sample_of(file);

		ck_assert_msg(strstr(text, broken[_i].from) != NULL, "%s",
			      broken[_i].from);
		put(file, replaced(text, broken[_i].from, broken[_i].to));
	}
	/* Without its header the dump is still one. */
	if (strcmp(file, "dmesg.txt") == 0 && broken[_i].to &&
	    !strcmp(broken[_i].to, "'u")) {
		check_sample(load());
		return;
	}
	ck_assert_int_eq(host_state_load(arena, folder, &state, &err), -1);
	ck_assert_says(err.text, broken[_i].says);
}
END_TEST

static const struct {
	const char *what, *says;
} nowhere[] = {
	{"/nonexistent", "/nonexistent: |collect"},
	{"/nonexistent#3", "/nonexistent: |collect"},
	{"/tmp#3", "a folder has no steps"},
	{"x.jsonl#", "'' is no step"},
	{"x.jsonl#-1", "'-1' is no step"},
	{"x.jsonl#1x", "'1x' is no step"},
};

START_TEST(test_nothing_there)
{
	struct host_state *state;
	struct err err = {{0}};

	ck_assert_int_eq(host_state_load(arena, nowhere[_i].what, &state, &err),
			 -1);
	ck_assert_says(err.text, nowhere[_i].says);
}
END_TEST

/* --- invariants --------------------------------------------------------------------- */

static void break_s1_count(struct host_state *s) { s->node_count = 0; }
static void break_s1_last(struct host_state *s) { s->node[1].online = false; }
static void break_s2_node(struct host_state *s) { s->cpu[0].node = 7; }
static void break_s2_count(struct host_state *s) { s->node[0].nr_cpus++; }
static void break_s2_map(struct host_state *s) { s->cpu_to_node[0] = 1; }
static void break_s3_overlap(struct host_state *s) { s->node[1].start_mfn--; }
static void break_s3_free(struct host_state *s)
{
	s->node[1].free_pages = s->node[1].span_pages + 1;
}
static void break_s4_order(struct host_state *s) { s->domain[1].domid = 0; }
static void break_s4_hard(struct host_state *s)
{
	struct host_state_vcpu *vcpu = arena_alloc(arena, sizeof(*vcpu));

	s->domain[0].vcpu = vcpu;
	s->domain[0].vcpu_count = 1;
}
static void break_s5(struct host_state *s) { s->domain[0].pool = 1; }
static void break_s6(struct host_state *s) { s->node[0].zones_known = true; }

static void (*const breakers[])(struct host_state *) = {
	break_s1_count, break_s1_last, break_s2_node, break_s2_count,
	break_s2_map,	break_s3_overlap, break_s3_free, break_s4_order,
	break_s4_hard,	break_s5,      break_s6,
};

START_TEST(test_check_bites)
{
	struct host_state *s;

	put_sample();
	s = load();
	breakers[_i](s);
	host_state_check(s);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("host_state");
	TCase *tc = tcase_create("text");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, test_sample_as_417_prints_it);
	tcase_add_test(tc, test_sample_as_later_versions_and_logs_print_it);
	tcase_add_test(tc, test_last_dump_counts);
	tcase_add_test(tc, test_zones_are_read_if_they_add_up);
	tcase_add_test(tc, test_pools);
	tcase_add_loop_test(tc, test_lists, 0, COUNT(lists));
	tcase_add_test(tc, test_versions_and_options);
	tcase_add_loop_test(tc, test_broken_files_are_named, 0, COUNT(broken));
	tcase_add_loop_test(tc, test_nothing_there, 0, COUNT(nowhere));
	tcase_add_loop_test_raise_signal(tc, test_check_bites, SIGABRT, 0,
					 COUNT(breakers));
		suite_add_tcase(suite, tc);
	return suite;
}
