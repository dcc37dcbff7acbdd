#include "toolstack/vmemrange.h"

#include "base/err.h"
#include "base/units.h"

static void emit(struct vmemrange *range, uint32_t *count, uint64_t start_gpfn,
		 uint64_t pages, uint32_t vnode)
{
	require(*count < VMEMRANGE_MAX);
	range[(*count)++] = (struct vmemrange){
		.start_gpfn = start_gpfn,
		.end_gpfn = start_gpfn + pages,
		.vnode = vnode,
	};
}

int vmemrange_build_hvm(const struct build_layout *layout,
			const uint64_t *size_pages, uint32_t vnode_count,
			struct vmemrange *range, uint32_t *count_r)
{
	const uint64_t four_gib = 4 * PAGES_PER_GIB;
	uint64_t hole_start = layout->lowmem_end_gpfn < layout->mmio_start_gpfn
				      ? layout->lowmem_end_gpfn
				      : layout->mmio_start_gpfn;
	uint64_t hole_end = layout->mmio_end_gpfn > four_gib
				    ? layout->mmio_end_gpfn
				    : four_gib;
	uint64_t next = 0;

	*count_r = 0;
	for (uint32_t v = 0; v < vnode_count; v++) {
		uint64_t rest = size_pages[v];

		if (v == 0) {
			if (rest < layout->video_pages)
				return -1;
			rest -= layout->video_pages;
		}
		while (rest > 0) {
			uint64_t take = rest;

			if (next >= hole_start && next < hole_end)
				next = hole_end;
			if (next < hole_start && next + rest >= hole_start)
				take = hole_start - next;
			emit(range, count_r, next, take, v);
			rest -= take;
			next += take;
		}
	}
	return 0;
}

void vmemrange_build_pv(const uint64_t *size_pages, uint32_t vnode_count,
			struct vmemrange *range, uint32_t *count_r)
{
	uint64_t next = 0;

	*count_r = 0;
	for (uint32_t v = 0; v < vnode_count; v++) {
		emit(range, count_r, next, size_pages[v], v);
		next += size_pages[v];
	}
}
