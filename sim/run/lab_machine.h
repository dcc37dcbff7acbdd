/*
 * lab_machine.h - the machine of a recording, from power-on to dom0's prompt.
 *
 * SOURCE  ../shared/xen-lab/README.md and recipe/ (how it was made); facts/
 *         xen.md 4.4, 4.6 (boot), 9 (dom0); QEMU's q35 (memory map).
 *
 * MODEL   QEMU gives out RAM in node order, around the hole for devices:
 *
 *           0          low_end              4 GiB                 top
 *           |== node 0 ===|     hole        |= node 0 =|= node 1 = ... =|
 *                        ^                                             ^
 *                    Xen's image                         frame table | initrd
 *
 *         Then, in the order Xen boots:
 *
 *           initrd       at the very top, stays there as dom0's
 *           frame table  32 bytes a page, below it, from a 2 MiB boundary
 *           hand-over    all else is free; dma_bits follow
 *           M2P          2 MiB for each GiB that has RAM, on its own node
 *           small        what Xen takes page by page (stacks, per-CPU areas)
 *           dom0         what it has on each node, in the largest blocks
 *           swiotlb      64 MiB of dom0's, which Linux exchanges at boot for
 *                        pieces of 256 KiB from the lowest addresses up
 *
 *         The exchange breaks up a chunk of dom0's on the node of the lowest
 *         addresses: what is left of it there is one run in blocks of its own.
 *
 * TAKEN FROM THE RECORD, as nothing else tells: free pages of each node, and
 *         dom0's pages on each node, both after boot. The first fix how many
 *         small pages there are (30 to 60 a node) and how large Xen's image
 *         is; the second differ from boot to boot of one machine (t4x2 and
 *         t4x2b: by up to 2029 pages), as they hang on where Linux put its
 *         swiotlb. Nothing is taken from any later line.
 *
 * LEFT OUT  dom0's kernel module (its place is free again after boot), memory
 *         below 1 MiB that firmware uses, offlined pages.
 *
 * DIFFERS by what the record cannot tell: the length of the initrd, for which
 *         a constant stands (recordings with HVM guests had a longer one).
 *
 * UNITS   _pages, mfn.
 *
 * TESTS   sim/test/check_lab_machine.c
 */
#ifndef RUN_LAB_MACHINE_H
#define RUN_LAB_MACHINE_H

#include "base/arena.h"
#include "base/cpuset.h"
#include "base/err.h"
#include "place/count.h"
#include "run/lab_record.h"
#include "xen/domain.h"
#include "xen/heap.h"

#include <stdbool.h>
#include <stdint.h>

struct lab_machine {
	struct arena *arena;
	struct heap *heap;
	struct p2m_store p2m;
	uint32_t node_count, cpu_count;
	uint16_t *cpu_to_node; /* [cpu_count] */
	cpuset cpus;
	struct count_map map;
	struct domain *dom0;
	const struct host_state *empty; /* after boot; borrowed */
	uint32_t toolstack_node; /* of the CPU that dom0's vCPU 0 was on */
	uint32_t next_domid;
	struct lab_guest *guest; /* list, by domid (lab_guest.h) */
};

/*
 * boot and after are the first line of a recording; after is borrowed for the
 * machine's life. Everything comes from the arena. NULL and *err (no file) if the line does not say how much memory the
 * machine has, or says what cannot be.
 */
struct lab_machine *lab_machine_boot(struct arena *arena,
				     const struct lab_boot *boot,
				     const struct host_state *after,
				     struct err *err);

/* Everything that is dirty is clean: what idle CPUs do between two steps. */
void lab_machine_scrub(struct lab_machine *m);

/* Aborts on a broken invariant of heap, dom0 or a guest. */
void lab_machine_check(const struct lab_machine *m);

/* RAM of `-m 6G` or `-m 512M` among QEMU's arguments, in pages; 0: none. */
uint64_t lab_machine_ram_pages(const char *qemu_args);

#endif
