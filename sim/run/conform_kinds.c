#include "run/conform_kinds.h"

#include "run/conform_acpi.h"
#include "run/conform_affinity.h"
#include "run/conform_heap.h"
#include "run/conform_lab.h"
#include "run/conform_placement.h"
#include "run/conform_populate.h"
#include "run/conform_sched.h"
#include "run/conform_sched_trace.h"
#include "run/conform_vnuma.h"

#include <string.h>

static const struct conform_kind kinds[] = {
	{"placement", "nodes that libxl chooses for a guest",
	 conform_placement_is, NULL, conform_placement_with, NULL},
	{"heap", "page allocator, every step and every free list",
	 conform_heap_is, NULL, conform_heap_with, NULL},
	{"affinity", "node affinity of a domain, soft affinity of its vCPUs",
	 conform_affinity_is, conform_affinity, NULL, NULL},
	{"populate", "populate calls of the domain builder",
	 conform_populate_is, conform_populate, NULL, NULL},
	{"vnuma", "memory ranges of virtual nodes, and libxl's check of them",
	 conform_vnuma_is, conform_vnuma, NULL, NULL},
	{"acpi", "SRAT and SLIT, byte for byte",
	 conform_acpi_is, conform_acpi, NULL, NULL},
	{"sched", "arithmetic of the schedulers",
	 conform_sched_is, conform_sched, NULL, NULL},
	{"sched-trace", "whole runs of the schedulers, every switch",
	 conform_sched_trace_is, NULL, conform_sched_trace, NULL},
	{"xen-lab", "recorded hosts: what real xl and Xen did, from boot on",
	 conform_lab_is, NULL, NULL, &conform_lab_series},
};

enum { KIND_COUNT = sizeof(kinds) / sizeof(kinds[0]) };

size_t conform_kind_count(void)
{
	return KIND_COUNT;
}

const struct conform_kind *conform_kind_at(size_t index)
{
	require(index < KIND_COUNT);
	return &kinds[index];
}

static void add_nearest(struct err *err, const char *wrong)
{
	const char *names[KIND_COUNT];

	for (size_t i = 0; i < KIND_COUNT; i++)
		names[i] = kinds[i].name;
	err_add_nearest(err, wrong, names, KIND_COUNT);
}

const struct conform_kind *conform_kind_find(const char *name, struct err *err)
{
	for (size_t i = 0; i < KIND_COUNT; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	err_set(err, "unknown kind '%.64s'", name);
	add_nearest(err, name);
	return NULL;
}

const struct conform_kind *conform_kind_of(const json_t *record,
					   struct err *err)
{
	const json_t *word = json_object_get(record, "kind");
	const char *kind = json_is_string(word) ? json_string_value(word) : "";

	for (size_t i = 0; i < KIND_COUNT; i++)
		if (kinds[i].is(record))
			return &kinds[i];
	err_set(err, "a record of no known kind");
	add_nearest(err, kind);
	return NULL;
}
