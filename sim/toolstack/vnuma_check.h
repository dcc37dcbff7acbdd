/*
 * vnuma_check.h - what libxl has against a guest's vnodes.
 *
 * SOURCE  facts/xen.md 2.3; libxl__vnuma_config_check() (libxl_vnuma.c), and
 *         the defaults stage of libxl_create.c.
 *
 * RULE    vnuma_check_defaults(), before there is a domain; xl ends with 6:
 *           1. HVM or PVH with memory below maxmem (populate-on-demand)
 *           2. PV
 *
 *         vnuma_check(), while building, once the ranges are laid out; libxl's
 *         answer is -20, xl ends with 3. The first failure counts:
 *           1. a pnode that is not below the number of nodes
 *           2. sizes that do not sum to maxmem
 *           3. a vCPU in two vnodes
 *           4. a vCPU in none
 *              (then the warnings: a vCPU's hard or soft mask, where the user
 *              gave one, whose CPUs are not all on its vnode's pnode or are on
 *              none)
 *           5. ranges are sorted by start; any that ends before it starts
 *           6. then any that starts before the one below it ends; they may
 *              touch, and may be empty
 *           7. a distance to another vnode below the local one
 *
 *         Numbers of vCPUs at or above max_vcpus rounded up to a multiple of 8
 *         are not seen: libxl's map has no bit for them. Those between
 *         max_vcpus and that are, so that one of them in two vnodes fails.
 *
 *         Nothing looks at symmetry, at the value 10, or at all-zero distances.
 *
 * WORDS   text is what libxl prints, as far as it is known: recorded from a
 *         running 4.17 for 3 and 7 and the warnings, quoted in facts/xen.md for
 *         1, 2, 4 and the defaults stage, where a ':' and our own words follow.
 *         For 5 and 6 no message is known: these are our words throughout.
 *
 * DIFFERS The order of warnings of two vnodes is by vnode; libxl's is not
 *         known. How many there are is recorded.
 *
 * TESTS   sim/test/check_vnuma_check.c: each rule; check_vnuma_golden.c
 */
#ifndef TOOLSTACK_VNUMA_CHECK_H
#define TOOLSTACK_VNUMA_CHECK_H

#include "base/cpuset.h"
#include "toolstack/vmemrange.h"
#include "toolstack/xlcfg.h"

#include <stdint.h>

enum { VNUMA_TEXT_MAX = 256 };

struct vnuma_vnode {
	uint64_t size_kib;
	uint32_t pnode;
	cpuset vcpus;             /* vCPU numbers */
	const uint32_t *distance; /* [vnode_count] */
};

/* The guest and as much of the host as libxl looks at. */
struct vnuma_config {
	uint32_t vnode_count;
	const struct vnuma_vnode *vnode;
	uint64_t max_kib;
	uint32_t max_vcpus; /* <= CPU_MAX */
	/* Masks of CPUs that the user gave, of vCPU 0, 1, ...; may be short. */
	uint32_t hard_count, soft_count;
	const cpuset *hard, *soft;

	uint32_t node_count;         /* of the host: highest + 1 */
	uint32_t cpu_count;
	const uint16_t *cpu_to_node; /* [cpu_count] */
};

enum vnuma_reason {
	VNUMA_GOOD,
	VNUMA_BAD_PNODE,
	VNUMA_MEMORY_MISMATCH,
	VNUMA_VCPU_DUPLICATE,
	VNUMA_VCPU_UNASSIGNED,
	VNUMA_RANGE_END_BEFORE_START,
	VNUMA_RANGES_OVERLAP,
	VNUMA_REMOTE_BELOW_LOCAL,
};

/* A warning: this vCPU's mask does not fit its vnode. */
struct vnuma_mismatch {
	uint32_t vcpu;
	bool soft;
};

struct vnuma_verdict {
	int rc; /* 0 or LIBXL_VNUMA_CONFIG_INVALID */
	enum vnuma_reason reason;
	char text[VNUMA_TEXT_MAX]; /* "" if rc is 0 */
	uint32_t mismatch_count;
	const struct vnuma_mismatch *mismatch; /* in the arena */
};

/* Sorts list by start, if it gets that far. */
void vnuma_check(struct arena *arena, const struct vnuma_config *config,
		 struct vmemrange_list *list, struct vnuma_verdict *verdict);

/* "bad_pnode", as in recorded answers; NULL for VNUMA_GOOD. */
const char *vnuma_reason_name(enum vnuma_reason reason);

/* What libxl prints for a warning; text has room for VNUMA_TEXT_MAX. */
void vnuma_mismatch_text(const struct vnuma_mismatch *mismatch, char *text);

/* libxl's message, or NULL where the defaults stage has nothing against it. */
const char *vnuma_check_defaults(enum xlcfg_type type, uint64_t memory_kib,
				 uint64_t maxmem_kib);

#endif
