/*
 * e820.h - a map of physical memory, and the one libxl makes of the host's for
 *          a PV guest with e820_host=1.
 *
 * SOURCE  facts/xen.md 2.2 (sanitised map), libxl_x86.c at c447b730. The steps
 *         below were fitted to 87 recorded maps (sim/test/golden/vnuma), all of
 *         which they give; two of them are not in any record and are marked.
 *
 * RULE    Entries at or below 1 MiB are forgotten. `first` is the lowest entry
 *         that is neither RAM nor unusable; the guest's RAM goes from 0 up to
 *         it or as far as its memory reaches (`ram_end`). Then, in this order:
 *
 *           RAM       [0, ram_end)
 *           unusable  [ram_end, first), if there is a gap, so that the guest
 *                     does not take it for PCI's
 *           the host's entries in the host's order, but: unusable ones are
 *                     dropped; RAM below 4 GiB becomes unusable, without the
 *                     part below ram_end; what ends exactly there stays with
 *                     size 0; RAM from 4 GiB up is dropped
 *           RAM       from 4 GiB: what was cut off, plus balloon_kib, even
 *                     where the host has something else there; none if both
 *                     are 0
 *
 *         Unrecorded: host RAM that starts between 1 MiB and ram_end and goes
 *         past it, with a gap up to `first`: that entry is stretched over the
 *         gap, and no other is made. A host map of more than 128 entries.
 *
 * UNITS   _bytes addresses and sizes, _kib.
 *
 * TESTS   sim/test/check_e820.c; sim/test/check_vnuma_golden.c
 */
#ifndef TOOLSTACK_E820_H
#define TOOLSTACK_E820_H

#include "base/arena.h"

#include <stdint.h>

enum e820_type {
	E820_RAM = 1,
	E820_RESERVED,
	E820_ACPI,
	E820_NVS,
	E820_UNUSABLE,
};

enum { E820_ENTRY_MAX = 128 };

struct e820_entry {
	uint64_t start_bytes, size_bytes;
	uint32_t type; /* enum e820_type, or whatever firmware says */
};

/*
 * target_kib: the guest's memory; balloon_kib: maxmem - memory + slack, which
 * wraps as in libxl when memory is above maxmem. 0 and the map in the arena;
 * -6 (ERROR_INVAL): an empty host map or no memory; -5 (ERROR_NOMEM): more than
 * E820_ENTRY_MAX entries.
 */
int e820_sanitize(struct arena *arena, const struct e820_entry *host,
		  uint32_t host_count, uint64_t target_kib,
		  uint64_t balloon_kib, struct e820_entry **map,
		  uint32_t *map_count);

const char *e820_type_name(uint32_t type); /* "RAM", "reserved", ... */

#endif
