/*
 * lab_lines.h - lines of a recording by hand, for the tests of lab_*.c and
 * conform_lab.c: a machine of two nodes as t2x4's, and what is asked of it.
 */
#ifndef TEST_LAB_LINES_H
#define TEST_LAB_LINES_H

#include "run/lab_parts.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#define LAB_CPUS                                                            \
	"[{\"cpu\":0,\"core\":0,\"socket\":0,\"node\":0},"                  \
	"{\"cpu\":1,\"core\":1,\"socket\":0,\"node\":0},"                   \
	"{\"cpu\":2,\"core\":0,\"socket\":1,\"node\":1},"                   \
	"{\"cpu\":3,\"core\":1,\"socket\":1,\"node\":1}]"

#define LAB_DOM0                                                            \
	"{\"name\":\"Domain-0\",\"id\":0,\"node_affinity\":\"all\","        \
	"\"total_pages\":196608,\"pages_per_node\":{\"0\":23874,"           \
	"\"1\":172734},\"vcpus\":[{\"vcpu\":0,\"cpu\":0,\"hard\":\"all\","  \
	"\"soft\":\"all\"},{\"vcpu\":1,\"cpu\":2,\"hard\":\"all\","         \
	"\"soft\":\"all\"}]}"

#define LAB_QEMU "-smp 4 -m 6G -numa node"

/* The state with so many free pages; more_domains begins with a comma. */
static inline const char *lab_after(char *text, size_t bytes, unsigned free0,
				    unsigned free1, const char *more_domains)
{
	snprintf(text, bytes,
		 "{\"free_memory_mib\":1,\"outstanding_claims\":0,\"nodes\":["
		 "{\"node\":0,\"distances\":[10,20],\"start_pfn\":0,"
		 "\"size_pages\":1310720,\"free_pages\":%u},"
		 "{\"node\":1,\"distances\":[20,10],\"start_pfn\":1310720,"
		 "\"size_pages\":786432,\"free_pages\":%u}],"
		 "\"domains\":[" LAB_DOM0 "%s]}",
		 free0, free1, more_domains);
	return text;
}

/* The first line, as t2x4 began. */
static inline json_t *lab_topology(const char *qemu_args)
{
	char after[4096], text[8192];
	json_t *record;

	lab_after(after, sizeof(after), 759930, 599814, "");
	snprintf(text, sizeof(text),
		 "{\"run\":\"x\",\"step\":0,\"action\":\"topology\","
		 "\"cpus\":" LAB_CPUS ",\"total_memory_mib\":6143,"
		 "\"xen_version\":\"4.17.7\",\"xen_commandline\":\"\","
		 "\"qemu_args\":\"%s\",\"after\":%s}",
		 qemu_args, after);
	record = json_loads(text, 0, NULL);
	ck_assert_ptr_nonnull(record);
	return record;
}

/* Reads the first line. */
static inline struct host_state *lab_boot_state(struct arena *arena,
						struct lab_boot *boot,
						const char *qemu_args)
{
	json_t *record = lab_topology(qemu_args);
	struct lab_step step;
	struct err err;

	*boot = (struct lab_boot){0};
	ck_assert_int_eq(lab_read_boot(arena, record, boot, &err), 0);
	ck_assert_int_eq(lab_read_step(arena, boot, record, "x", 1, &step,
				       &err),
			 0);
	json_decref(record);
	return step.after;
}

#endif
