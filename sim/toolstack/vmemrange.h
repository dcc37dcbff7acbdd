/*
 * vmemrange.h - which guest addresses belong to which vnode.
 *
 * SOURCE  facts/xen.md 2.2; libxl__vnuma_build_vmemrange_hvm(), _pv_generic().
 *
 * RULE    HVM: vnodes are laid out one after the other from address 0, with a
 *         jump over the hole for devices; a vnode that reaches the hole is cut
 *         there and goes on above it. Video memory is taken out of vnode 0.
 *         A vnode of nothing gets no range. PV: end to end from 0, one range a
 *         vnode, an empty one too.
 *
 * UNITS   _pages; gpfns.
 *
 * TESTS   sim/test/check_vmemrange.c
 */
#ifndef TOOLSTACK_VMEMRANGE_H
#define TOOLSTACK_VMEMRANGE_H

#include "toolstack/build.h"

/*
 * range has room for VMEMRANGE_MAX; *count_r says how many there are. 0, or -1
 * if vnode 0 cannot hold the video memory (ERROR_INVAL in libxl).
 */
int vmemrange_build_hvm(const struct build_layout *layout,
			const uint64_t *size_pages, uint32_t vnode_count,
			struct vmemrange *range, uint32_t *count_r);

void vmemrange_build_pv(const uint64_t *size_pages, uint32_t vnode_count,
			struct vmemrange *range, uint32_t *count_r);

#endif
