/*
 * e820_file.h - a host's memory map from text.
 *
 * RULE    One entry a line, in one of these forms, whatever stands before them
 *         on the line:
 *
 *           [0000000000100000, 00000000bfffffff] (usable)     Xen, xl dmesg
 *           [mem 0x00100000-0xbfffffff] usable                Linux, dmesg
 *           0x100000 0xbff00000 usable                        start, size
 *
 *         Ends of the first two are inclusive. Types: usable or RAM, reserved,
 *         ACPI data, ACPI NVS, unusable, "type N", or a number. Blank lines,
 *         those that begin with '#' and those that end with "map:" are passed
 *         over. The order of the file stays.
 *
 *         Refused, with the line: anything else, an entry that ends before it
 *         starts or beyond 2^63, one that overlaps an earlier one, more than
 *         E820_ENTRY_MAX; and a file without an entry.
 *
 * TESTS   sim/test/check_e820_file.c
 */
#ifndef RUN_E820_FILE_H
#define RUN_E820_FILE_H

#include "base/arena.h"
#include "base/err.h"
#include "toolstack/e820.h"

/* 0 and the map in the arena, or -1. */
int e820_file_load(struct arena *arena, const char *path,
		   struct e820_entry **map, uint32_t *count, struct err *err);

#endif
