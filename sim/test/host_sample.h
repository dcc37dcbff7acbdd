/*
 * host_sample.h - a small live host in the words of its tools, in a folder of
 * the test's own; and the recordings, where they are.
 *
 * SOURCE  facts/xen.md 8, whose samples these are, made whole.
 */
#ifndef TEST_HOST_SAMPLE_H
#define TEST_HOST_SAMPLE_H

#include "run/host_state.h"
#include "test/host_text.h"
#include "test/test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];
static struct arena *arena;

static inline void setup(void)
{
	strcpy(folder, "/tmp/nodewise-state-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	arena = arena_create();
}

static inline void teardown(void)
{
	char command[128];

	arena_destroy(arena);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static inline void put(const char *name, const char *text)
{
	FILE *out = host_text_open(folder, name);

	fputs(text, out);
	fclose(out);
}

static inline struct host_state *load(void)
{
	struct host_state *state;
	struct err err = {{0}};

	ck_assert_msg(host_state_load(arena, folder, &state, &err) == 0, "%s",
		      err.text);
	return state;
}

static const char info_text[] =
"host                   : dom0\n"
"release                : 6.1.0\n"
"nr_cpus                : 16\n"
"max_cpu_id             : 15\n"
"nr_nodes               : 2\n"
"total_memory           : 32767\n"
"free_memory            : 26255\n"
"outstanding_claims     : 0\n"
"cpu_topology           :\n"
"cpu:    core    socket     node\n"
"  0:       0        0        0\n"
"  1:       0        0        0\n"
"  2:       1        0        0\n"
"  3:       1        0        0\n"
"  4:       0        1        1\n"
"  5:       0        1        1\n"
"  7:       1        1        1\n"
"device topology        :\n"
"device           node\n"
"0000:00:00.0      0\n"
"numa_info              :\n"
"node:    memsize    memfree    distances\n"
"   0:     17408      10240      10,21\n"
"   1:     16384      16015      21,10\n"
"xen_major              : 4\n"
"xen_minor              : 17\n"
"xen_extra              : .7\n"
"xen_version            : 4.17.7\n"
"xen_commandline        : placeholder dom0_mem=4G sched=credit2\n"
"xend_config_format     : 4\n";

static const char list_text[] =
"Name                                        ID   Mem VCPUs\tState\tTime(s) "
"NODE Affinity\n"
"Domain-0                                     0  4096     2     r-----   "
"  123.4 all\n"
"web server                                   3  4096     4     -b----   "
"   12.3 1\n";

static const char vcpus_text[] =
"Name                                ID  VCPU   CPU State   Time(s) Affinity "
"(Hard / Soft)\n"
"Domain-0                             0     0    2   r--      61.2  all / all\n"
"Domain-0                             0     1    -   --p       0.0  all / all\n"
"web server                           3     0    4   -b-      12.3  all / 4-7\n"
"web server                           3     1    5   ---       0.1  0,4-5 / "
"4-7\n";

static const char dmesg_text[] =
"(XEN) Xen version 4.17.7\n"
"(XEN) [   12.345] d3 attempted WRMSR\n"
"(XEN) 'u' pressed -> dumping numa info (now = 48873125478)\n"
"(XEN) NODE0 start->0 size->4456448 free->2621440\n"
"(XEN) NODE1 start->4456448 size->4194304 free->4100000\n"
"(XEN) CPU0...3 -> NODE0\n"
"(XEN) CPU4...5 -> NODE1\n"
"(XEN) CPU7 -> NODE1\n"
"(XEN) Memory location of each domain:\n"
"(XEN) Domain 0 (total: 524288):\n"
"(XEN)     Node 0: 262144\n"
"(XEN)     Node 1: 262144\n"
"(XEN) Domain 3 (total: 1048576):\n"
"(XEN)     Node 0: 1024\n"
"(XEN)     Node 1: 1047552\n"
"(XEN)      2 vnodes, 4 vcpus, guest physical layout:\n"
"(XEN)          0: pnode   0, vcpus 0-1 \n"
"(XEN)            0000000000000000 - 0000000080000000\n"
"(XEN)          1: pnode   1, vcpus 2-3\n"
"(XEN)            0000000080000000 - 00000000f0000000\n";

static inline void put_sample(void)
{
	put("info.txt", info_text);
	put("list.txt", list_text);
	put("vcpu-list.txt", vcpus_text);
	put("dmesg.txt", dmesg_text);
}

static inline void check_sample(const struct host_state *s)
{
	const struct host_state_domain *web = &s->domain[1];

	ck_assert_uint_eq(s->node_count, 2);
	ck_assert_uint_eq(s->cpu_count, 8);
	ck_assert_uint_eq(s->cpu[6].node, NODE_NONE);
	ck_assert_uint_eq(s->cpu[7].node, 1);
	ck_assert_uint_eq(s->cpu[7].socket, 1);
	ck_assert_uint_eq(s->cpu[7].core, 1);
	ck_assert_uint_eq(s->node[0].nr_cpus, 4);
	ck_assert_uint_eq(s->node[1].nr_cpus, 3);
	ck_assert_uint_eq(s->node[1].start_mfn, 4456448);
	ck_assert_uint_eq(s->node[1].span_pages, 4194304);
	ck_assert_uint_eq(s->node[0].free_pages, 2621440);
	ck_assert_uint_eq(s->distance[1], 21);
	ck_assert_uint_eq(s->distance[3], 10);
	ck_assert_uint_eq(s->total_pages, 32767 * 256);
	ck_assert_uint_eq(s->xen_version, 417);
	ck_assert_uint_eq(s->dma_bits, 0);
	ck_assert_uint_eq(s->pool_count, 1);
	ck_assert_str_eq(s->pool[0].name, "Pool-0");
	ck_assert_uint_eq(cpuset_count(&s->pool[0].cpus), 7);
	ck_assert_uint_eq(s->domain_count, 2);
	ck_assert_uint_eq(s->domain[0].domid, 0);
	ck_assert_uint_eq(s->domain[0].vcpu[0].cpu, 2);
	ck_assert_uint_eq(s->domain[0].vcpu[1].cpu, CPU_NONE);
	ck_assert(s->domain[0].node_affinity_auto);
	ck_assert_uint_eq(s->domain[0].node_affinity, 3);
	ck_assert_str_eq(web->name, "web server");
	ck_assert_uint_eq(web->domid, 3);
	ck_assert_uint_eq(web->vcpu_count, 2);
	ck_assert_uint_eq(web->node_affinity, 2);
	ck_assert(!web->node_affinity_auto);
	ck_assert_uint_eq(web->total_pages, 1048576);
	ck_assert_uint_eq(web->pages_on[0], 1024);
	ck_assert_uint_eq(web->pages_on[1], 1047552);
	ck_assert_uint_eq(cpuset_count(&web->vcpu[0].soft), 4);
	ck_assert_uint_eq(cpuset_count(&web->vcpu[1].hard), 3);
	ck_assert(cpuset_has(&web->vcpu[1].hard, 0));
	ck_assert(cpuset_has(&web->vcpu[0].hard, CPU_MAX - 1));
	host_state_check(s);
}

/* text with every occurrence of from replaced */
static inline char *replaced(const char *text, const char *from, const char *to)
{
	char *out = arena_alloc(arena, 4 * strlen(text) + 4096);
	size_t used = 0;

	while (*text) {
		if (strncmp(text, from, strlen(from)) == 0) {
			used += (size_t)sprintf(out + used, "%s", to);
			text += strlen(from);
		} else {
			out[used++] = *text++;
		}
	}
	out[used] = '\0';
	return out;
}

/* Debug key H: of node 0's free pages 100000 lie in 0.5 to 1 GiB. */
static const char zones_text[] =
"(XEN) 'H' pressed -> dumping heap info (now = 48873125000)\n"
"(XEN) heap[node=0][zone=18] -> 100000 pages\n"
"(XEN) heap[node=0][zone=21] -> 521440 pages\n"
"(XEN) heap[node=0][zone=22] -> 2000000 pages\n"
"(XEN) Node 0 has 17 unscrubbed pages\n";

/* text holds every part of says, which are joined by '|'. */
static inline void ck_assert_says(const char *text, const char *says)
{
	char part[256];

	for (; *says; says += strcspn(says, "|"), says += *says == '|') {
		snprintf(part, sizeof(part), "%.*s", (int)strcspn(says, "|"),
			 says);
		ck_assert_msg(strstr(text, part) != NULL,
			      "\"%s\" does not say \"%s\"", text, part);
	}
	ck_assert_msg(strchr(text, '\n') == NULL, "%s", text);
}

static const char *const recordings[] = {"t2x4", "t2x4dma", "t4x2", "t4x2b",
					  "hvm4vnuma"};

enum { RECORDINGS = sizeof(recordings) / sizeof(recordings[0]) };

static inline const char *recording(int i)
{
	char *path = arena_alloc(arena, 128);

	sprintf(path, "../shared/xen-lab/%s.jsonl.gz", recordings[i]);
	return access(path, R_OK) == 0 ? path : NULL;
}

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

#endif
