/*
 * vnuma_plan.h - from vnuma= of a guest's file to what Xen stores of it, and
 *                where and how `xl create` would end instead.
 *
 * SOURCE  facts/xen.md 2.1 to 2.4, 5.4; a running Xen 4.17 (check_vnuma_lab.c).
 *
 * MODEL   The steps in xl's order, with xl's exit status where each can fail:
 *
 *           defaults   PoD, PV                                            6
 *           ranges     vnode 0 too small for video memory, map too small  3
 *           check      libxl__vnuma_config_check()                        3
 *           set        XEN_DOMCTL_setvnumainfo (libxc refuses to set no
 *                      range at all)                                      3
 *           memory     not here: it needs a heap (a vnode's node is full) 3
 *           acpi       PVH: libxl fails to read back what it set          3
 *
 *         (1 is for what xl finds in the file: xlcfg.h.) For PV a plan goes on
 *         past defaults, so that its ranges can be looked at; the refusal is
 *         the first.
 *
 * TESTS   sim/test/check_vnuma_plan.c, check_vnuma_lab.c
 */
#ifndef TOOLSTACK_VNUMA_PLAN_H
#define TOOLSTACK_VNUMA_PLAN_H

#include "toolstack/vnuma_check.h"

/* libxl's message where it cannot read back what it has set. */
#define VNUMA_PVH_REFUSAL "xc_domain_getvnuma failed (rc=-1)"

enum {
	XL_REFUSED_PARSING = 1,
	XL_REFUSED_BUILDING = 3,
	XL_REFUSED_DEFAULTS = 6,
};

/* Where to look. Pointers are borrowed; the plan's are to the arena. */
struct vnuma_ask {
	const struct xlcfg *config;    /* bound, with vnuma= */
	const struct xlcfg_host *host;
	const uint8_t *vnode_to_pnode; /* instead of the file's, or NULL */
	/* Of a PV guest with e820_host=1: the host's map; NULL: it has none. */
	const struct e820_entry *e820;
	uint32_t e820_count;
};

struct vnuma_refusal {
	int xl_status;             /* 0: not refused */
	int libxl_rc;              /* -3, -6, -20 */
	char text[VNUMA_TEXT_MAX]; /* see WORDS in vnuma_check.h */
};

struct vnuma_plan {
	struct vnuma_refusal refusal;
	struct vmemrange_list ranges;    /* sorted, if the check got so far */
	struct vnuma_verdict verdict;    /* of the check */
	struct vnuma_info info;          /* as the toolstack sets it */
	const struct vnuma_info *stored; /* NULL if Xen did not take it */
};

void vnuma_plan_make(struct arena *arena, const struct vnuma_ask *ask,
		     struct vnuma_plan *plan);

/* Where a guest's RAM goes, as far as its file says. */
void vnuma_plan_memory(const struct xlcfg *config, struct build_memory *memory);

/* What the guest's firmware gets of XENMEM_get_vnumainfo: asks for the counts,
 * then for the data. plan->stored is not NULL. */
struct vnuma_info vnuma_plan_read_back(struct arena *arena,
				       const struct vnuma_plan *plan);

#endif
