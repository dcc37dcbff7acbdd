#include "toolstack/vmemrange.h"

#include "base/err.h"
#include "base/units.h"

#define FOUR_GIB (UINT64_C(1) << 32)

static void list_init(struct arena *arena, struct vmemrange_list *list,
		      uint32_t range_max)
{
	list->range = arena_array(arena, range_max, sizeof(*list->range));
	list->count = 0;
}

static void emit(struct vmemrange_list *list, uint64_t start_bytes,
		 uint64_t size_bytes, uint32_t vnode)
{
	list->range[list->count++] = (struct xen_vmemrange){
		.start_bytes = start_bytes,
		.end_bytes = start_bytes + size_bytes,
		.nid = vnode,
	};
}

int vmemrange_build_hvm(struct arena *arena, const struct vmemrange_hvm *hvm,
			const uint64_t *size_bytes, uint32_t vnode_count,
			struct vmemrange_list *list)
{
	uint64_t mmio_end = hvm->mmio_start_bytes + hvm->mmio_size_bytes;
	uint64_t hole_end = mmio_end > FOUR_GIB ? mmio_end : FOUR_GIB;
	uint64_t hole_start = hvm->lowmem_end_bytes < hvm->mmio_start_bytes
				      ? hvm->lowmem_end_bytes
				      : hvm->mmio_start_bytes;
	uint64_t next = 0;

	/* A vnode ends once; one of them is cut at the hole. */
	list_init(arena, list, vnode_count + 1);
	for (uint32_t v = 0; v < vnode_count; v++) {
		uint64_t rest = size_bytes[v];

		if (v == 0) {
			if (rest < hvm->video_bytes)
				return LIBXL_INVAL;
			rest -= hvm->video_bytes;
		}
		while (rest > 0) {
			uint64_t take = rest;

			if (next >= hole_start && next < hole_end)
				next = hole_end;
			if (next < hole_start && next + rest >= hole_start)
				take = hole_start - next;
			emit(list, next, take, v);
			rest -= take;
			next += take;
		}
	}
	return 0;
}

void vmemrange_build_pv(struct arena *arena, const uint64_t *size_bytes,
			uint32_t vnode_count, struct vmemrange_list *list)
{
	uint64_t next = 0;

	list_init(arena, list, vnode_count);
	for (uint32_t v = 0; v < vnode_count; v++) {
		emit(list, next, size_bytes[v], v);
		next += size_bytes[v];
	}
}

int vmemrange_build_pv_e820(struct arena *arena, const struct e820_entry *map,
			    uint32_t map_count, const uint64_t *size_bytes,
			    uint32_t vnode_count, struct vmemrange_list *list)
{
	uint32_t entry = 0;
	uint64_t used = 0; /* of map[entry] */

	/* A range ends where a vnode ends or where an entry does. */
	list_init(arena, list, vnode_count + map_count);
	for (uint32_t v = 0; v < vnode_count; v++) {
		uint64_t rest = size_bytes[v];

		while (rest > 0) {
			if (entry == map_count)
				return LIBXL_NOMEM;
			const struct e820_entry *e = &map[entry];
			uint64_t left = e->size_bytes - used;
			uint64_t take = rest < left ? rest : left;

			if (e->type != E820_RAM) {
				entry++;
				continue;
			}
			emit(list, e->start_bytes + used, take, v);
			used += take;
			rest -= take;
			if (rest > 0) {
				entry++;
				used = 0;
			}
		}
	}
	return 0;
}

struct vmemrange_hvm vmemrange_hvm_of(const struct build_layout *layout)
{
	return (struct vmemrange_hvm){
		.lowmem_end_bytes = bytes_from_pages(layout->lowmem_end_gpfn),
		.mmio_start_bytes = bytes_from_pages(layout->mmio_start_gpfn),
		.mmio_size_bytes = bytes_from_pages(layout->mmio_end_gpfn -
						    layout->mmio_start_gpfn),
		.video_bytes = bytes_from_pages(layout->video_pages),
	};
}

uint32_t vmemrange_pages(const struct vmemrange_list *list,
			 struct vmemrange *out)
{
	require(list->count <= VMEMRANGE_MAX);
	for (uint32_t i = 0; i < list->count; i++)
		out[i] = (struct vmemrange){
			pages_from_bytes(list->range[i].start_bytes),
			pages_from_bytes(list->range[i].end_bytes),
			list->range[i].nid};
	return list->count;
}
