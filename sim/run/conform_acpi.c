#include "run/conform_acpi.h"

#include "base/arena.h"
#include "toolstack/acpi.h"

#include <stdio.h>
#include <string.h>

enum { VNODES_MAX = 1024, ENTRIES_MAX = 1 << 16 };

struct acpi_case {
	const json_t *record;
	struct arena *arena;
	struct vnuma_info info;
	uint32_t *apic_id;
	struct err *why;
};

static bool read_u32s(struct acpi_case *c, const char *key, size_t count,
		      uint32_t **out)
{
	const json_t *array = conform_array(c->record, key, count, count,
					    c->why);
	uint64_t value;

	if (!array)
		return false;
	*out = arena_array(c->arena, count, sizeof(**out));
	for (size_t i = 0; i < count; i++) {
		if (!conform_item(array, i, UINT32_MAX, &value, c->why))
			return false;
		(*out)[i] = (uint32_t)value;
	}
	return true;
}

static bool read_ranges(struct acpi_case *c)
{
	const json_t *array = conform_array(c->record, "vmemranges", 0,
					    ENTRIES_MAX, c->why);
	uint64_t start, end, vnode;

	if (!array)
		return false;
	c->info.nr_vmemranges = (uint32_t)json_array_size(array);
	c->info.vmemrange = arena_array(c->arena, c->info.nr_vmemranges,
					sizeof(*c->info.vmemrange));
	for (uint32_t i = 0; i < c->info.nr_vmemranges; i++) {
		const json_t *r = json_array_get(array, i);

		if (!conform_item(r, 0, INT64_MAX, &start, c->why) ||
		    !conform_item(r, 1, INT64_MAX, &end, c->why) ||
		    !conform_item(r, 2, UINT32_MAX, &vnode, c->why))
			return false;
		c->info.vmemrange[i] = (struct xen_vmemrange){
			start, end, 0, (uint32_t)vnode};
	}
	return true;
}

static bool read_case(struct acpi_case *c)
{
	const json_t *vcpus = conform_array(c->record, "vcpu_to_vnode", 0,
					    ENTRIES_MAX, c->why);
	uint64_t vnodes;

	if (!vcpus || !conform_u64(c->record, "nr_vnodes", VNODES_MAX, &vnodes,
				   c->why))
		return false;
	c->info.nr_vnodes = (uint32_t)vnodes;
	c->info.nr_vcpus = (uint32_t)json_array_size(vcpus);
	return read_u32s(c, "vcpu_to_vnode", c->info.nr_vcpus,
			 &c->info.vcpu_to_vnode) &&
	       read_u32s(c, "apic_ids", c->info.nr_vcpus, &c->apic_id) &&
	       read_u32s(c, "vdistance", vnodes * vnodes,
			 &c->info.vdistance) &&
	       read_ranges(c);
}

static char *hex_of(struct arena *arena, const struct acpi_table *t)
{
	static const char digits[] = "0123456789abcdef";
	char *hex = arena_alloc(arena, 2 * (size_t)t->size_bytes + 1);

	for (uint32_t i = 0; i < t->size_bytes; i++) {
		hex[2 * i] = digits[t->byte[i] >> 4];
		hex[2 * i + 1] = digits[t->byte[i] & 15];
	}
	return hex;
}

/* The values of a difference are the bytes from the first that differs. */
static enum conform_verdict compare(struct acpi_case *c, const char *key,
				    const struct acpi_table *ours,
				    struct conform_result *result)
{
	const json_t *value = json_object_get(c->record, key);
	const char *want = json_string_value(value);
	const char *got = hex_of(c->arena, ours);
	char where[32];
	size_t at = 0;

	if (!want)
		return conform_malformed(c->why, "%s: expected a string of hex "
					 "digits", key);
	while (want[at] && want[at] == got[at])
		at++;
	if (want[at] == got[at])
		return CONFORM_AGREES;
	at -= at % 2;
	snprintf(where, sizeof(where), "%s[%zu]", key, at / 2);
	return conform_differs_text(result, where, want + at, got + at);
}

bool conform_acpi_is(const json_t *record)
{
	return json_object_get(record, "srat") &&
	       json_object_get(record, "slit") &&
	       json_object_get(record, "vcpu_to_vnode");
}

int conform_acpi(const json_t *record, struct conform_result *result,
		 struct err *err)
{
	struct acpi_case c = {.record = record, .why = err};
	enum conform_verdict v = CONFORM_MALFORMED;

	conform_begin(result);
	c.arena = arena_create();
	if (read_case(&c)) {
		struct acpi_table srat = acpi_srat(c.arena, &c.info, c.apic_id);
		struct acpi_table slit = acpi_slit(c.arena, &c.info,
						   ACPI_AS_XEN);

		v = compare(&c, "srat", &srat, result);
		if (v == CONFORM_AGREES)
			v = compare(&c, "slit", &slit, result);
	}
	arena_destroy(c.arena);
	return conform_end(record, v, result);
}
