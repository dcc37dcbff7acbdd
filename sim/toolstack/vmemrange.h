/*
 * vmemrange.h - which guest addresses belong to which vnode, as libxl lays
 *               them out.
 *
 * SOURCE  facts/xen.md 2.2; libxl__vnuma_build_vmemrange_hvm(), _pv().
 *
 * RULE    HVM and PVH: vnodes are laid out one after the other from address 0,
 *         with a jump over the hole for devices; a vnode that reaches the hole
 *         is cut there and goes on above it. Video memory is taken out of
 *         vnode 0. A vnode of nothing gets no range.
 *
 *           0            lowmem_end      mmio             4 GiB
 *           |--- v0 ---|--- v1 --|        ####devices#### |- v1 -|-- v2 --|
 *
 *         PV: end to end from 0, one range a vnode, an empty one too.
 *
 *         PV with e820_host=1: over the RAM entries of the sanitised map
 *         (e820.h) in the map's order, a vnode being cut where an entry ends.
 *         An entry used up exactly stays, with nothing left: the next vnode
 *         first gets an empty range there.
 *
 *         No vnode: no range, and all is well.
 *
 * UNITS   _bytes, as in libxl: sizes are KiB and need not be whole pages, and
 *         what is recorded is not. vmemrange_pages() makes gpfns of them.
 *
 * LEFT OUT  reserved device memory, which moves lowmem_end.
 *
 * TESTS   sim/test/check_vmemrange.c; sim/test/check_vnuma_golden.c
 */
#ifndef TOOLSTACK_VMEMRANGE_H
#define TOOLSTACK_VMEMRANGE_H

#include "base/arena.h"
#include "toolstack/build.h"
#include "toolstack/e820.h"
#include "xen/vnuma.h"

#include <stdbool.h>
#include <stdint.h>

/* What libxl returns. */
enum {
	LIBXL_FAIL = -3,
	LIBXL_NOMEM = -5,
	LIBXL_INVAL = -6,
	LIBXL_VNUMA_CONFIG_INVALID = -20,
};

/* Where RAM of a HVM or PVH guest goes. */
struct vmemrange_hvm {
	uint64_t lowmem_end_bytes;
	uint64_t mmio_start_bytes, mmio_size_bytes;
	uint64_t video_bytes;
};

/* The ranges, from the arena. */
struct vmemrange_list {
	struct xen_vmemrange *range;
	uint32_t count;
};

/* All three: size_bytes[vnode_count], sums below 2^63. 0 and *list, or as each
 * says. On an error *list holds what was laid out before it. */

/* LIBXL_INVAL: vnode 0 cannot hold the video memory. */
int vmemrange_build_hvm(struct arena *arena, const struct vmemrange_hvm *hvm,
			const uint64_t *size_bytes, uint32_t vnode_count,
			struct vmemrange_list *list);

void vmemrange_build_pv(struct arena *arena, const uint64_t *size_bytes,
			uint32_t vnode_count, struct vmemrange_list *list);

/* LIBXL_NOMEM: the map has too little RAM. */
int vmemrange_build_pv_e820(struct arena *arena, const struct e820_entry *map,
			    uint32_t map_count, const uint64_t *size_bytes,
			    uint32_t vnode_count, struct vmemrange_list *list);

/* The hole and video memory of a layout. */
struct vmemrange_hvm vmemrange_hvm_of(const struct build_layout *layout);

/*
 * The same in gpfns, for the builder and the domain. out has room for
 * VMEMRANGE_MAX. Returns the count; aborts if there are more.
 */
uint32_t vmemrange_pages(const struct vmemrange_list *list,
			 struct vmemrange *out);

#endif
