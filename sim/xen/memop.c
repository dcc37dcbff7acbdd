#include "xen/memop.h"

#include "base/err.h"

enum { EPERM_RC = -1, ENOMEM_RC = -12, EINVAL_RC = -22, PAGE_SHIFT = 12 };

uint32_t memop_order_max(const struct domain *caller)
{
	uint32_t order = MEMOP_ORDER_GUEST;

	if (caller->has_devices && order < MEMOP_ORDER_DEVICES)
		order = MEMOP_ORDER_DEVICES;
	if (caller->is_hardware && order < MEMOP_ORDER_HARDWARE)
		order = MEMOP_ORDER_HARDWARE;
	if (caller->is_control && order < MEMOP_ORDER_CONTROL)
		order = MEMOP_ORDER_CONTROL;
	return order < HEAP_ORDER_MAX ? order : (uint32_t)HEAP_ORDER_MAX;
}

/* The node and width a reservation asks for, as the heap takes them. False:
 * the call is refused and does nothing. */
static bool request_init(const struct memop_reservation *r,
			 struct heap_request *req)
{
	const struct domain *d = r->target;
	bool privileged = r->caller->is_hardware || r->caller->is_control;

	*req = (struct heap_request){
		.domain = &r->target->mem,
		.order = r->order,
		.node = NODE_NONE,
		.cpu_node = r->cpu_node,
	};
	if (r->address_bits) {
		if (r->address_bits <= PAGE_SHIFT)
			return false;
		req->bits = r->address_bits;
	}
	if (r->node == NODE_NONE)
		return true;
	if (r->is_vnode) {
		if (!d->vnode_count)
			return true;
		if (r->node >= d->vnode_count)
			return false;
		req->node = d->vnode_to_pnode[r->node];
	} else if (privileged) {
		if (r->node >= NODE_MAX)
			return false;
		req->node = r->node;
	} else if (r->exact) {
		return false;
	}
	if (r->exact && req->node != NODE_NONE)
		req->flags |= HEAP_EXACT_NODE;
	return true;
}

static bool refused(const struct memop_reservation *r)
{
	require(r->done <= r->extent_count);
	return r->extent_count > MEMOP_EXTENTS_MAX ||
	       r->order > memop_order_max(r->caller);
}

static uint64_t extent_gpfn(const struct memop_reservation *r, uint64_t i)
{
	return r->gpfn ? r->gpfn[i] : r->gpfn_first + (i << r->order);
}

/*
 * The next extents for the target, at most max, side by side: *e says how many.
 * build: dirty memory is as good as clean and is scrubbed here, before it is
 * assigned.
 */
static enum heap_result allocate(struct heap *heap, struct heap_request *req,
				 bool build, uint64_t max,
				 struct heap_extent *e,
				 struct memop_cost *cost)
{
	if (build)
		req->flags |= HEAP_NO_SCRUB | HEAP_KEEP_SCRUB;
	enum heap_result result = heap_alloc_run(heap, req, max, e);

	cost->split_count += e->split_count;
	cost->scrubbed_pages += e->scrubbed_pages + e->dirty_pages;
	cost->low_mem_virqs += e->low_mem_virqs;
	if (build && result == HEAP_OK) {
		result = heap_assign_pages(heap, req->domain,
					   (uint64_t)e->count << req->order,
					   req->flags);
		if (result != HEAP_OK) {
			require(e->count == 1);
			heap_free(heap, e->mfn, req->order, true);
		}
	}
	if (result == HEAP_OK) {
		cost->extents += e->count;
		cost->pages += (uint64_t)e->count << req->order;
	} else {
		cost->failure = result;
	}
	return result;
}

static uint64_t extents_left(const struct memop_reservation *r,
			     uint64_t max_extents)
{
	uint64_t left = r->extent_count - r->done;

	return left < max_extents ? left : max_extents;
}

static enum memop_status end_of_call(const struct memop_reservation *r)
{
	return r->done == r->extent_count ? MEMOP_DONE : MEMOP_MORE;
}

enum memop_status memop_populate(struct heap *heap, struct memop_reservation *r,
				 uint64_t max_extents, struct memop_cost *cost)
{
	bool build = heap_xen_version(heap) >= 422 &&
		     !r->target->creation_finished;
	struct heap_request req;

	if (refused(r) || !request_init(r, &req))
		return MEMOP_STOPPED;
	while (max_extents && r->done < r->extent_count) {
		struct heap_extent e;

		if (allocate(heap, &req, build, extents_left(r, max_extents),
			     &e, cost) != HEAP_OK)
			return MEMOP_STOPPED;
		if (r->gpfn)
			for (uint64_t i = 0; i < e.count; i++)
				p2m_add(&r->target->p2m, r->gpfn[r->done + i],
					e.mfn - (i << r->order),
					UINT64_C(1) << r->order, e.node);
		else
			p2m_add_stack(&r->target->p2m,
				      r->gpfn_first + (r->done << r->order),
				      e.mfn, r->order, e.count, e.node);
		r->done += e.count;
		max_extents -= e.count;
	}
	return end_of_call(r);
}

enum memop_status memop_increase(struct heap *heap, struct memop_reservation *r,
				 uint64_t max_extents, uint64_t *mfn,
				 struct memop_cost *cost)
{
	struct heap_request req;

	if (refused(r) || !request_init(r, &req))
		return MEMOP_STOPPED;
	while (max_extents && r->done < r->extent_count) {
		struct heap_extent e;

		if (allocate(heap, &req, false, extents_left(r, max_extents),
			     &e, cost) != HEAP_OK)
			return MEMOP_STOPPED;
		for (uint64_t i = 0; i < e.count; i++) {
			uint64_t at = e.mfn - (i << r->order);

			p2m_add(&r->target->p2m, GPFN_NONE, at,
				UINT64_C(1) << r->order, e.node);
			if (mfn)
				mfn[r->done] = at;
			r->done++;
		}
		max_extents -= e.count;
	}
	return end_of_call(r);
}

enum memop_status memop_decrease(struct heap *heap, struct memop_reservation *r,
				 uint64_t max_extents, struct memop_cost *cost)
{
	uint64_t pages = UINT64_C(1) << r->order;

	if (refused(r) || r->target->mem.dying)
		return MEMOP_STOPPED;
	for (; max_extents && r->done < r->extent_count; max_extents--) {
		uint64_t freed = domain_remove_pages(
			r->target, heap, extent_gpfn(r, r->done), pages);

		cost->pages += freed;
		if (freed < pages)
			return MEMOP_STOPPED;
		cost->extents++;
		r->done++;
	}
	return end_of_call(r);
}

int memop_claim(struct heap *heap, const struct domain *caller,
		struct domain *target, uint64_t pages)
{
	if (!caller->is_control && !caller->is_hardware)
		return EPERM_RC;
	if (heap_xen_version(heap) >= 422 && target->mem.dying)
		return EINVAL_RC;
	switch (heap_claim(heap, &target->mem, pages)) {
	case HEAP_CLAIM_OK:
		return 0;
	case HEAP_CLAIM_NO_MEMORY:
		return ENOMEM_RC;
	case HEAP_CLAIM_INVALID:
		break;
	}
	return EINVAL_RC;
}
