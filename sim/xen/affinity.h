/*
 * affinity.h - what a vCPU's hard and soft affinity amount to.
 *
 * SOURCE  facts/xen.md 7.1 and golden/README.md (affinity); xen/common/sched/
 *         core.c and private.h: has_soft_affinity(), affinity_balance_cpumask(),
 *         and the rule that sets soft_aff_effective.
 *
 * Pure.
 */
#ifndef XEN_AFFINITY_H
#define XEN_AFFINITY_H

#include "base/cpuset.h"

/* Does soft narrow hard at all, and leave something? */
static inline bool affinity_soft_effective(const cpuset *hard,
					   const cpuset *soft)
{
	return !cpuset_subset(hard, soft) && cpuset_intersects(soft, hard);
}

/* Is the step that looks at soft affinity worth doing in this pool? */
static inline bool affinity_has_soft(const cpuset *hard, const cpuset *soft,
				     const cpuset *pool)
{
	return affinity_soft_effective(hard, soft) &&
	       !cpuset_subset(pool, soft);
}

/* The CPUs of the soft step: soft within hard, or hard if that is empty. */
static inline cpuset affinity_soft_step(const cpuset *hard, const cpuset *soft)
{
	cpuset both = cpuset_and(soft, hard);

	return cpuset_empty(&both) ? *hard : both;
}

#endif
