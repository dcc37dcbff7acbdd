#include "toolstack/acpi.h"

#include "base/err.h"

#include <string.h>

enum {
	HEADER_BYTES = 36,
	HEADER_LENGTH = 4,
	HEADER_REVISION = 8,
	HEADER_CHECKSUM = 9,
	HEADER_OEM = 10,
	HEADER_OEM_TABLE = 16,
	HEADER_CREATOR = 28,

	SRAT_HEADER_BYTES = HEADER_BYTES + 12,
	SRAT_CPU_BYTES = 16,
	SRAT_MEMORY_BYTES = 40,
	SRAT_CPU = 0,    /* type of an entry */
	SRAT_MEMORY = 1,
	SRAT_ENABLED = 1,

	SLIT_HEADER_BYTES = HEADER_BYTES + 8,
	SLIT_LOCAL = 10,
	SLIT_REMOTE = 20,
	SLIT_FAR = 254,
};

static void put(uint8_t *at, uint64_t value, uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

static uint32_t get_u32(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

/* Zeroed but for its header. */
static struct acpi_table table_begin(struct arena *arena, const char *signature,
				     uint64_t size_bytes)
{
	struct acpi_table t;

	require(size_bytes <= UINT32_MAX);
	t.size_bytes = (uint32_t)size_bytes;
	t.byte = arena_alloc(arena, t.size_bytes);
	memcpy(t.byte, signature, 4);
	put(t.byte + HEADER_LENGTH, size_bytes, 4);
	t.byte[HEADER_REVISION] = 1;
	memcpy(t.byte + HEADER_OEM, "Xen", 3);
	memcpy(t.byte + HEADER_OEM_TABLE, "HVM", 3);
	memcpy(t.byte + HEADER_CREATOR, "HVML", 4);
	return t;
}

static void table_end(struct acpi_table *t)
{
	uint8_t sum = 0;

	for (uint32_t i = 0; i < t->size_bytes; i++)
		sum = (uint8_t)(sum + t->byte[i]);
	t->byte[HEADER_CHECKSUM] = (uint8_t)-sum;
}

uint32_t *acpi_ids_of_xen(struct arena *arena, uint32_t vcpu_count)
{
	uint32_t *id = arena_array(arena, vcpu_count, sizeof(*id));

	for (uint32_t i = 0; i < vcpu_count; i++)
		id[i] = 2 * i;
	return id;
}

struct acpi_table acpi_srat(struct arena *arena, const struct vnuma_info *info,
			    const uint32_t *apic_id)
{
	struct acpi_table t = table_begin(
		arena, "SRAT",
		SRAT_HEADER_BYTES + (uint64_t)SRAT_CPU_BYTES * info->nr_vcpus +
			(uint64_t)SRAT_MEMORY_BYTES * info->nr_vmemranges);
	uint8_t *at = t.byte + SRAT_HEADER_BYTES;

	put(t.byte + HEADER_BYTES, 1, 4);
	for (uint32_t i = 0; i < info->nr_vcpus; i++, at += SRAT_CPU_BYTES) {
		at[0] = SRAT_CPU;
		at[1] = SRAT_CPU_BYTES;
		at[2] = (uint8_t)info->vcpu_to_vnode[i];
		at[3] = (uint8_t)apic_id[i];
		put(at + 4, SRAT_ENABLED, 4);
	}
	for (uint32_t i = 0; i < info->nr_vmemranges;
	     i++, at += SRAT_MEMORY_BYTES) {
		const struct xen_vmemrange *r = &info->vmemrange[i];

		at[0] = SRAT_MEMORY;
		at[1] = SRAT_MEMORY_BYTES;
		put(at + 2, r->nid, 4);
		put(at + 8, r->start_bytes, 8);
		put(at + 16, r->end_bytes - r->start_bytes, 8);
		put(at + 28, SRAT_ENABLED, 4);
	}
	table_end(&t);
	return t;
}

static uint8_t slit_byte(uint32_t distance, bool local, enum acpi_mode mode)
{
	if (mode == ACPI_CORRECTED && distance == 0)
		return local ? SLIT_LOCAL : SLIT_REMOTE;
	if (mode == ACPI_CORRECTED && distance > UINT8_MAX)
		return SLIT_FAR;
	return (uint8_t)distance;
}

struct acpi_table acpi_slit(struct arena *arena, const struct vnuma_info *info,
			    enum acpi_mode mode)
{
	uint32_t n = info->nr_vnodes;
	struct acpi_table t = table_begin(arena, "SLIT",
					  SLIT_HEADER_BYTES + (uint64_t)n * n);

	put(t.byte + HEADER_BYTES, n, 8);
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t j = 0; j < n; j++)
			t.byte[SLIT_HEADER_BYTES + (size_t)i * n + j] =
				slit_byte(info->vdistance[(size_t)i * n + j],
					  i == j, mode);
	table_end(&t);
	return t;
}

bool acpi_slit_valid(const struct acpi_table *slit)
{
	uint32_t n = get_u32(slit->byte + HEADER_BYTES);

	for (uint32_t i = 0; i < n; i++)
		for (uint32_t j = 0; j < n; j++) {
			uint8_t d = slit->byte[SLIT_HEADER_BYTES +
					       (size_t)i * n + j];

			if (i == j ? d != SLIT_LOCAL : d <= SLIT_LOCAL)
				return false;
		}
	return true;
}
