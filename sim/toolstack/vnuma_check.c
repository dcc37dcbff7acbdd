#include "toolstack/vnuma_check.h"

#include "base/err.h"
#include "base/nodeset.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

static void fail(struct vnuma_verdict *verdict, enum vnuma_reason reason,
		 const char *format, ...) __attribute__((format(printf, 3, 4)));

static void fail(struct vnuma_verdict *verdict, enum vnuma_reason reason,
		 const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(verdict->text, sizeof(verdict->text), format, args);
	va_end(args);
	verdict->reason = reason;
	verdict->rc = LIBXL_VNUMA_CONFIG_INVALID;
}

/* 1, 2 */
static bool check_memory(const struct vnuma_config *c,
			 struct vnuma_verdict *verdict)
{
	uint64_t sum_kib = 0;

	for (uint32_t v = 0; v < c->vnode_count; v++) {
		if (c->vnode[v].pnode >= c->node_count) {
			fail(verdict, VNUMA_BAD_PNODE, "Invalid pnode: vnode %u "
			     "names node %u, the host has 0 to %u", v,
			     c->vnode[v].pnode, c->node_count - 1);
			return false;
		}
		sum_kib += c->vnode[v].size_kib;
	}
	if (sum_kib == c->max_kib)
		return true;
	fail(verdict, VNUMA_MEMORY_MISMATCH, "Amount of memory mismatch: the "
	     "vnodes have %" PRIu64 " KiB, the guest %" PRIu64 " KiB", sum_kib,
	     c->max_kib);
	return false;
}

/* 3, 4 */
static bool check_vcpus(const struct vnuma_config *c,
			struct vnuma_verdict *verdict)
{
	uint32_t bits = (c->max_vcpus + 7) / 8 * 8;
	cpuset seen = cpuset_below(0);

	for (uint32_t v = 0; v < c->vnode_count; v++)
		for (uint32_t i = cpuset_from(&c->vnode[v].vcpus, 0);
		     i != CPU_NONE && i < bits;
		     i = cpuset_from(&c->vnode[v].vcpus, i + 1)) {
			if (cpuset_has(&seen, i)) {
				fail(verdict, VNUMA_VCPU_DUPLICATE,
				     "Vcpu %u assigned more than once", i);
				return false;
			}
			cpuset_add(&seen, i);
		}
	for (uint32_t i = 0; i < c->max_vcpus; i++)
		if (!cpuset_has(&seen, i)) {
			fail(verdict, VNUMA_VCPU_UNASSIGNED,
			     "Vcpu %u is not assigned to any vnode", i);
			return false;
		}
	return true;
}

/* Are the nodes of the mask's CPUs exactly {pnode}? */
static bool mask_fits(const struct vnuma_config *c, const cpuset *mask,
		      uint32_t pnode)
{
	nodeset nodes = NODESET_NONE;

	for (uint32_t i = cpuset_from(mask, 0);
	     i != CPU_NONE && i < c->cpu_count; i = cpuset_from(mask, i + 1))
		if (c->cpu_to_node[i] < NODE_MAX)
			nodes = nodeset_add(nodes, c->cpu_to_node[i]);
	return pnode < NODE_MAX && nodes == nodeset_of(pnode);
}

static void warn(struct arena *arena, const struct vnuma_config *c,
		 struct vnuma_verdict *verdict)
{
	struct vnuma_mismatch *mismatch =
		arena_array(arena, (size_t)c->hard_count + c->soft_count,
			    sizeof(*mismatch));
	uint32_t count = 0;

	for (uint32_t v = 0; v < c->vnode_count; v++) {
		const struct vnuma_vnode *vnode = &c->vnode[v];

		for (uint32_t i = cpuset_from(&vnode->vcpus, 0);
		     i != CPU_NONE && i < c->max_vcpus;
		     i = cpuset_from(&vnode->vcpus, i + 1)) {
			if (i < c->hard_count &&
			    !mask_fits(c, &c->hard[i], vnode->pnode))
				mismatch[count++] =
					(struct vnuma_mismatch){i, false};
			if (i < c->soft_count &&
			    !mask_fits(c, &c->soft[i], vnode->pnode))
				mismatch[count++] =
					(struct vnuma_mismatch){i, true};
		}
	}
	verdict->mismatch = mismatch;
	verdict->mismatch_count = count;
}

/* Few, and nearly sorted: by insertion, equal starts in the order they had. */
static void sort(struct vmemrange_list *list)
{
	for (uint32_t i = 1; i < list->count; i++) {
		struct xen_vmemrange r = list->range[i];
		uint32_t at = i;

		for (; at > 0 && list->range[at - 1].start_bytes >
				       r.start_bytes; at--)
			list->range[at] = list->range[at - 1];
		list->range[at] = r;
	}
}

/* 5, 6 */
static bool check_ranges(const struct vmemrange_list *list,
			 struct vnuma_verdict *verdict)
{
	const struct xen_vmemrange *r = list->range;

	for (uint32_t i = 0; i < list->count; i++)
		if (r[i].end_bytes < r[i].start_bytes) {
			fail(verdict, VNUMA_RANGE_END_BEFORE_START,
			     "vmemrange of vnode %u ends at 0x%" PRIx64
			     ", before its start 0x%" PRIx64, r[i].nid,
			     r[i].end_bytes, r[i].start_bytes);
			return false;
		}
	for (uint32_t i = 1; i < list->count; i++)
		if (r[i - 1].end_bytes > r[i].start_bytes) {
			fail(verdict, VNUMA_RANGES_OVERLAP,
			     "vmemranges overlap: vnode %u ends at 0x%" PRIx64
			     ", vnode %u starts at 0x%" PRIx64, r[i - 1].nid,
			     r[i - 1].end_bytes, r[i].nid, r[i].start_bytes);
			return false;
		}
	return true;
}

/* 7 */
static void check_distances(const struct vnuma_config *c,
			    struct vnuma_verdict *verdict)
{
	for (uint32_t i = 0; i < c->vnode_count; i++)
		for (uint32_t j = 0; j < c->vnode_count; j++) {
			const uint32_t *distance = c->vnode[i].distance;

			if (distance[i] <= distance[j])
				continue;
			fail(verdict, VNUMA_REMOTE_BELOW_LOCAL, "Distance from "
			     "%u to %u smaller than %u's local distance", i, j,
			     i);
			return;
		}
}

void vnuma_check(struct arena *arena, const struct vnuma_config *config,
		 struct vmemrange_list *list, struct vnuma_verdict *verdict)
{
	require(config->max_vcpus <= CPU_MAX && config->vnode_count > 0);
	*verdict = (struct vnuma_verdict){0};
	if (!check_memory(config, verdict) || !check_vcpus(config, verdict))
		return;
	warn(arena, config, verdict);
	sort(list);
	if (check_ranges(list, verdict))
		check_distances(config, verdict);
}

const char *vnuma_reason_name(enum vnuma_reason reason)
{
	static const char *const names[] = {
		[VNUMA_GOOD] = NULL,
		[VNUMA_BAD_PNODE] = "bad_pnode",
		[VNUMA_MEMORY_MISMATCH] = "memory_mismatch",
		[VNUMA_VCPU_DUPLICATE] = "vcpu_duplicate",
		[VNUMA_VCPU_UNASSIGNED] = "vcpu_unassigned",
		[VNUMA_RANGE_END_BEFORE_START] = "range_end_before_start",
		[VNUMA_RANGES_OVERLAP] = "ranges_overlap",
		[VNUMA_REMOTE_BELOW_LOCAL] = "remote_distance_below_local",
	};

	return names[reason];
}

void vnuma_mismatch_text(const struct vnuma_mismatch *mismatch, char *text)
{
	snprintf(text, VNUMA_TEXT_MAX, "Vcpu %u %s affinity and vnuma info "
		 "mismatch", mismatch->vcpu, mismatch->soft ? "soft" : "hard");
}

const char *vnuma_check_defaults(enum xlcfg_type type, uint64_t memory_kib,
				 uint64_t maxmem_kib)
{
	if (type != XLCFG_PV && memory_kib < maxmem_kib)
		return "Cannot enable PoD and vNUMA at the same time";
	if (type == XLCFG_PV)
		return "PV vNUMA is not yet supported";
	return NULL;
}
