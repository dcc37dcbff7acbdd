/*
 * build.h - how the toolstack builds a guest's memory: which populate calls,
 * in which order, and what memory it says it needs.
 *
 * SOURCE  facts/xen.md 1.3 (need), 2.2 (layout), 5.4 (calls), 4.10 (overhead);
 *         tools/libs/light/libxl_mem.c, tools/libs/guest/xg_dom_x86.c.
 *
 * MODEL   The calls depend on how earlier ones went: after a failed 1 GiB
 *         extent come 2 MiB ones, then 4 KiB ones. So the builder is asked for
 *         one call at a time and told how many extents were done:
 *
 *           build_init(&b, &layout, options)
 *           while (build_next(&b, &call)) {
 *                   ... spend time; memop_populate() ...
 *                   if (!build_done(&b, extents_done))
 *                           the build fails: destroy the domain
 *           }
 *
 *         HVM/PVH, for each range, from the cursor: one 1 GiB extent where it
 *         fits and does not touch the MMIO hole; else up to four 2 MiB extents
 *         in a window of 8 MiB; what those did not give, in 4 KiB pages. PV: up
 *         to 512 2 MiB extents a call, whatever they give, then the rest in
 *         4 KiB pages.
 *
 *         Then the special pages, then (the device model) video memory, both
 *         4 KiB, on any node. The claim covers RAM only: call.stage tells.
 *
 * UNITS   _pages 4 KiB pages, _kib KiB as the files say, gpfn page numbers.
 *
 * LEFT OUT  reserved device memory, e820_host, restore from a stream, the page
 *         tables and start info of PV.
 *
 * INVARIANTS, asserted as the builder runs:
 *   B1  A call lies inside its range, and never asks for gpfns asked before
 *       that were done.
 *   B2  build_next() and build_done() alternate.
 *   B3  At the end of RAM every page of every range but the VGA hole is done.
 *
 * TESTS   sim/test/check_build.c; sim/test/check_populate.c: Xen's own answers.
 */
#ifndef TOOLSTACK_BUILD_H
#define TOOLSTACK_BUILD_H

#include "base/nodeset.h"
#include "xen/domain.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	BUILD_VGA_FIRST_GPFN = 0xa0, /* no RAM [0xa0, 0xc0) with a device model */
	BUILD_VGA_END_GPFN = 0xc0,
	BUILD_VGA_PAGES = 0x20,
	BUILD_SPECIAL_PAGES = 8,
	BUILD_SPECIAL_GPFN = 0xfeff8,
	BUILD_IOREQ_PAGES = 8,
	BUILD_IOREQ_GPFN = 0xfeff0,
	/* PVH: ACPI tables and what goes with them, once RAM is there. The
	 * number is recorded: every PVH guest of a running 4.17 owns as many
	 * pages besides RAM and special pages, with 1 vCPU or 6. */
	BUILD_ACPI_PAGES = 9,
	BUILD_ACPI_GPFN = 0xfc000,
};

/* What the guest's file says, as far as memory goes. */
struct build_memory {
	enum domain_type type;
	bool device_model;     /* HVM: true */
	uint64_t target_kib;   /* memory= */
	uint64_t max_kib;      /* maxmem=; below target only with vNUMA, whose
				  sizes it sums: the rest is claimed in vain */
	uint64_t video_kib;    /* 0 for PV and PVH */
	uint64_t mmio_hole_kib; /* HVM mmio_hole=; 0 = default */
	uint32_t vcpus_max;
	bool shadow_paging;    /* no HAP */
	bool iommu_sync_pt;    /* passthrough "sync_pt": page tables of its own */
	uint64_t stubdomain_kib; /* 0 = no stub domain */
	uint64_t shadow_kib;   /* shadow_memory=; 0 = default */
};

/* Where RAM goes. Pages and gpfns, whatever the file's units were. */
struct build_layout {
	enum domain_type type;
	bool device_model;
	uint64_t total_pages, target_pages;  /* of RAM, without video memory */
	uint64_t mmio_start_gpfn, mmio_end_gpfn;
	uint64_t lowmem_end_gpfn, highmem_end_gpfn; /* 0 = no high memory */
	uint64_t video_pages;
	uint32_t range_count;                /* 0 = no vNUMA */
	const struct vmemrange *range;       /* borrowed, ascending */
	const uint8_t *vnode_to_pnode;       /* borrowed, [vnodes] */
};

enum build_stage { BUILD_RAM, BUILD_SPECIAL, BUILD_VIDEO, BUILD_END };

struct populate_call {
	enum build_stage stage;
	uint64_t gpfn;    /* of the first extent; extents are contiguous */
	uint64_t extents;
	uint32_t order;
	uint32_t node;    /* NODE_NONE = none named */
	bool exact;       /* with a node */
	bool pod;         /* populate-on-demand: no page is allocated */
	bool must;        /* a short answer fails the build */
};

struct build {
	struct build_layout layout; /* copied; its pointers are borrowed */
	enum build_stage stage;
	bool pod;
	bool failed;
	bool waiting;               /* between build_next and build_done */
	struct populate_call call;  /* the one waited for */
	uint32_t range_index, range_count;
	struct vmemrange range[VMEMRANGE_MAX]; /* vnode VNODE_NONE: any node */
	bool low_done;              /* gpfns below the VGA hole */
	uint64_t cursor_gpfn, end_gpfn;
	uint64_t window_pages;      /* HVM: what is left of this window; PV: of
	                               the 2 MiB extents still to attempt */
	uint32_t step;              /* within a window */
	uint64_t populated_pages;
};

/* --- what memory the guest needs -------------------------------------------- */

uint64_t build_shadow_kib(const struct build_memory *m);
uint64_t build_iommu_kib(const struct build_memory *m);
/* What placement and autoballoon ask for (facts/xen.md 1.3). */
uint64_t build_need_kib(const struct build_memory *m);
/* setmaxmem: target + 1024 KiB. */
uint64_t build_max_pages(const struct build_memory *m);
/* The paging pool after placement (its first 256 pages come before): 0 for PV. */
uint64_t build_pool_pages(const struct build_memory *m);
/* Xen's own pages: one for the domain, one a vCPU. */
uint64_t build_xen_pages(const struct build_memory *m);

/* Fill *layout from *m; without vNUMA (the caller may add ranges). */
void build_layout_init(struct build_layout *layout,
		       const struct build_memory *m);

/* --- the calls --------------------------------------------------------------- */

/* Pages to claim before the first call. */
uint64_t build_claim_pages(const struct build_layout *layout);

/* After a failed build: is the claim cancelled by the builder (HVM/PVH) or only
 * when the domain is destroyed (PV)? */
bool build_cancels_claim_on_failure(const struct build_layout *layout);

/* Pages of RAM and special pages a complete build leaves with the domain,
 * video memory included. */
uint64_t build_owned_pages(const struct build_layout *layout);

void build_init(struct build *b, const struct build_layout *layout);

/* The next call; false at the end or after a failure. */
bool build_next(struct build *b, struct populate_call *call);

/* extents_done 0..call.extents. False: the build has failed. */
bool build_done(struct build *b, uint64_t extents_done);

#endif
