#include "xen/vnuma.h"

#include "base/nodeset.h"

#include <errno.h>
#include <string.h>

enum {
	VNUMA_SQUARE_MAX = 1024,       /* entries of the distance matrix */
	VNUMA_RANGES_BYTES_MAX = 4096, /* a page for the ranges ... */
	VNUMA_RANGE_BYTES = 24,        /* ... of so many bytes each */
};

static int set_check(uint32_t max_vcpus, const struct vnuma_info *given)
{
	if (given->nr_vcpus != max_vcpus || given->pad != 0)
		return -EINVAL;
	if (given->nr_vnodes == 0 ||
	    given->nr_vnodes > VNUMA_SQUARE_MAX / given->nr_vnodes ||
	    given->nr_vmemranges > VNUMA_RANGES_BYTES_MAX / VNUMA_RANGE_BYTES)
		return -EINVAL;
	if (!given->vdistance || !given->vnode_to_pnode ||
	    (given->nr_vcpus && !given->vcpu_to_vnode) ||
	    (given->nr_vmemranges && !given->vmemrange))
		return -EFAULT;
	for (uint32_t i = 0; i < given->nr_vcpus; i++)
		if (given->vcpu_to_vnode[i] >= given->nr_vnodes)
			return -E2BIG;
	for (uint32_t i = 0; i < given->nr_vnodes; i++)
		if (given->vnode_to_pnode[i] >= NODE_MAX)
			return -E2BIG;
	for (uint32_t i = 0; i < given->nr_vmemranges; i++)
		if (given->vmemrange[i].flags != 0)
			return -EINVAL;
	return 0;
}

static void *copy_of(struct arena *arena, const void *from, size_t count,
		     size_t size)
{
	void *to = arena_array(arena, count, size);

	if (count)
		memcpy(to, from, count * size);
	return to;
}

int vnuma_set(struct arena *arena, uint32_t max_vcpus,
	      const struct vnuma_info *given, const struct vnuma_info **stored)
{
	int rc = set_check(max_vcpus, given);
	struct vnuma_info *info;

	if (rc)
		return rc;
	info = arena_alloc(arena, sizeof(*info));
	*info = *given;
	info->vmemrange = copy_of(arena, given->vmemrange,
				  given->nr_vmemranges,
				  sizeof(*info->vmemrange));
	info->vdistance = copy_of(arena, given->vdistance,
				  (size_t)given->nr_vnodes * given->nr_vnodes,
				  sizeof(*info->vdistance));
	info->vcpu_to_vnode = copy_of(arena, given->vcpu_to_vnode,
				      given->nr_vcpus,
				      sizeof(*info->vcpu_to_vnode));
	info->vnode_to_pnode = copy_of(arena, given->vnode_to_pnode,
				       given->nr_vnodes,
				       sizeof(*info->vnode_to_pnode));
	*stored = info;
	return 0;
}

int vnuma_get(const struct vnuma_info *stored, struct vnuma_info *answer)
{
	struct vnuma_info room = *answer;

	if (answer->pad != 0)
		return -EINVAL;
	if (!stored)
		return -EOPNOTSUPP;
	answer->nr_vnodes = stored->nr_vnodes;
	answer->nr_vcpus = stored->nr_vcpus;
	answer->nr_vmemranges = stored->nr_vmemranges;
	answer->vnode_to_pnode = NULL;
	if (room.nr_vnodes < stored->nr_vnodes ||
	    room.nr_vcpus < stored->nr_vcpus ||
	    room.nr_vmemranges < stored->nr_vmemranges)
		return -ENOBUFS;
	if (!room.vdistance || (stored->nr_vcpus && !room.vcpu_to_vnode) ||
	    (stored->nr_vmemranges && !room.vmemrange))
		return -EFAULT;
	if (stored->nr_vmemranges)
		memcpy(room.vmemrange, stored->vmemrange,
		       stored->nr_vmemranges * sizeof(*room.vmemrange));
	memcpy(room.vdistance, stored->vdistance,
	       (size_t)stored->nr_vnodes * stored->nr_vnodes *
		       sizeof(*room.vdistance));
	if (stored->nr_vcpus)
		memcpy(room.vcpu_to_vnode, stored->vcpu_to_vnode,
		       stored->nr_vcpus * sizeof(*room.vcpu_to_vnode));
	return 0;
}
