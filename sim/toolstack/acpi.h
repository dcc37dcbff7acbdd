/*
 * acpi.h - the tables by which a guest learns its virtual nodes: SRAT (which
 *          vCPU and which addresses belong to which node) and SLIT (distances).
 *
 * SOURCE  facts/xen.md 3; construct_srat(), construct_slit() of
 *         tools/libacpi/build.c, called by hvmloader with what
 *         XENMEM_get_vnumainfo answered.
 *
 * MODEL   Both begin with 36 bytes: signature, length, revision 1, checksum
 *         (all bytes of the table sum to 0 modulo 256), "Xen", "HVM", OEM
 *         revision 0, "HVML", creator revision 0. Little-endian.
 *
 *           SRAT  u32 1, 8 bytes of 0
 *                 16 bytes a vCPU: type 0, length, node, APIC id, flags 1
 *                 40 bytes a range: type 1, length, node, base, size, flags 1
 *           SLIT  u64 number of nodes, then a byte a distance, row-major
 *
 *         vCPUs come in order, offline ones too, all enabled; ranges as given.
 *
 * AS THERE a node and an APIC id of a vCPU, and a distance, are cut to 8 bits:
 *         the APIC id of vCPU 128 is 0 again. A matrix left out is all zeros,
 *         which no guest accepts: Linux then takes 10 and 20.
 *
 * OURS    ACPI_CORRECTED repairs the SLIT alone: 10 to itself and 20 to others
 *         where Xen writes 0, and 254 for what does not fit a byte (255 means
 *         unreachable). It is no behaviour of Xen's.
 *
 * LEFT OUT  x2APIC entries, which would give vCPUs from 128 on their ids.
 *
 * TESTS   sim/test/check_acpi.c: 100 recorded pairs of tables, byte for byte.
 */
#ifndef TOOLSTACK_ACPI_H
#define TOOLSTACK_ACPI_H

#include "base/arena.h"
#include "xen/vnuma.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum acpi_mode { ACPI_AS_XEN, ACPI_CORRECTED };

/* Bytes of a table, from the arena. */
struct acpi_table {
	uint8_t *byte;
	uint32_t size_bytes;
};

/* The APIC ids that Xen gives a guest's vCPUs: 0, 2, 4, ... */
uint32_t *acpi_ids_of_xen(struct arena *arena, uint32_t vcpu_count);

/* apic_id[info->nr_vcpus]. */
struct acpi_table acpi_srat(struct arena *arena, const struct vnuma_info *info,
			    const uint32_t *apic_id);
struct acpi_table acpi_slit(struct arena *arena, const struct vnuma_info *info,
			    enum acpi_mode mode);

/* Would a guest take these distances? Each exactly 10 to itself and above 10 to
 * others. slit is a table of acpi_slit()'s. */
bool acpi_slit_valid(const struct acpi_table *slit);

#endif
