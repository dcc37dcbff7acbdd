/*
 * vnuma.h - virtual NUMA information as Xen stores it for a domain.
 *
 * SOURCE  facts/xen.md 2.4: XEN_DOMCTL_setvnumainfo, XENMEM_get_vnumainfo;
 *         xen/common/domctl.c, xen/common/memory.c.
 *
 * MODEL   Information only: it neither moves memory nor sets an affinity. The
 *         toolstack sets it once while it builds; hvmloader reads it to write
 *         SRAT and SLIT, a PV guest to learn its nodes. The guest's two calls:
 *
 *           vnuma_get() with room for nothing  -> ENOBUFS and the counts
 *           vnuma_get() with that much room    -> 0 and the data
 *
 *         What Xen does NOT look at: whether a pnode is online, whether ranges
 *         overlap or end before they start, what distances say. The toolstack
 *         does (toolstack/vnuma_check.h).
 *
 *         domain_set_vnuma() (domain.h) is the other half: by it a domain's
 *         pages are counted per vnode and a populate call that names a vnode
 *         finds its node. It wants ranges that vnuma_check() has passed.
 *
 * UNITS   _bytes guest addresses; errors are negative errno values of Linux,
 *         which are Xen's.
 *
 * LEFT OUT  EAGAIN (the info changed between the two copies): the model has
 *         one thread. ENOMEM. ESRCH is the caller's, who looks domains up.
 *
 * TESTS   sim/test/check_vnuma.c
 */
#ifndef XEN_VNUMA_H
#define XEN_VNUMA_H

#include "base/arena.h"

#include <stdint.h>

/* Guest addresses [start, end) belong to vnode nid. */
struct xen_vmemrange {
	uint64_t start_bytes, end_bytes;
	uint32_t flags; /* 0 */
	uint32_t nid;
};

/* What is set, what is stored, and what is answered. */
struct vnuma_info {
	uint32_t nr_vnodes, nr_vcpus, nr_vmemranges;
	uint32_t pad;                    /* 0 */
	struct xen_vmemrange *vmemrange; /* [nr_vmemranges] */
	uint32_t *vdistance;             /* [nr_vnodes^2], row-major */
	uint32_t *vcpu_to_vnode;         /* [nr_vcpus] */
	uint32_t *vnode_to_pnode;        /* [nr_vnodes]; NULL in an answer */
};

/*
 * What Xen answers to setvnumainfo. given is copied into the arena; on success
 * *stored is the copy, and what it pointed to before is forgotten. In order:
 *
 *   -EINVAL   nr_vcpus is not max_vcpus, pad is not 0, no vnode, more than 32
 *             vnodes, more than 170 ranges
 *   -EFAULT   an array that should have entries is NULL
 *   -E2BIG    a vCPU's vnode is not below nr_vnodes, or a pnode not below 64
 *   -EINVAL   a range has flags
 */
int vnuma_set(struct arena *arena, uint32_t max_vcpus,
	      const struct vnuma_info *given, const struct vnuma_info **stored);

/*
 * What Xen answers to get_vnumainfo. The counts of *answer say how much room
 * its arrays have, which are the caller's. stored NULL: the domain has none.
 *
 *   -EINVAL      pad is not 0
 *   -EOPNOTSUPP  no vNUMA
 *   -ENOBUFS     too little room in any array; the counts are what is needed
 *   -EFAULT      an array is NULL
 *   0            ranges, distances, vCPUs' vnodes and the true counts
 *
 * vnode_to_pnode is never told.
 */
int vnuma_get(const struct vnuma_info *stored, struct vnuma_info *answer);

#endif
