#include "toolstack/build.h"

#include "base/err.h"
#include "base/units.h"

enum { ORDER_1G = 18, ORDER_2M = 9, WINDOW_PAGES = 2048 };

#define PAGES_1G (UINT64_C(1) << ORDER_1G)
#define PAGES_2M (UINT64_C(1) << ORDER_2M)
#define GPFN_4G (UINT64_C(1) << 20)
#define PV_CALL_2M_EXTENTS 512
#define PV_CALL_4K_EXTENTS 1048576

/* Where the builder of one range is: struct build's step. */
enum {
	STEP_RANGE,   /* take the next range */
	STEP_START,   /* at the cursor, nothing tried */
	STEP_TRY_1G,  /* a 1 GiB extent is out */
	STEP_TRY_2M,  /* 2 MiB extents are out */
	STEP_TRY_4K,  /* 4 KiB pages are out */
	STEP_LOW,     /* the pages below the VGA hole are out */
	STEP_EXTRA,   /* special pages, video memory */
};

static uint64_t mib_floor_pages(uint64_t kib);
static bool next_ram(struct build *b, struct populate_call *call);
static bool next_pv(struct build *b, struct populate_call *call);
static bool next_hvm(struct build *b, struct populate_call *call);
static bool hvm_window(struct build *b, struct populate_call *call);
static bool next_extra(struct build *b, struct populate_call *call);
static bool done_ram(struct build *b, uint64_t extents_done);

/* --- what memory the guest needs ------------------------------------------------ */

uint64_t build_shadow_kib(const struct build_memory *m)
{
	uint64_t k = m->shadow_paging && m->type != DOMAIN_PV ? 2 : 1;

	if (m->shadow_kib)
		return m->shadow_kib;
	return 4 * (256 * (uint64_t)m->vcpus_max + k * (m->max_kib / 1024));
}

uint64_t build_iommu_kib(const struct build_memory *m)
{
	uint64_t pages = m->max_kib / 4, sum = 0;

	if (!m->iommu_sync_pt)
		return 0;
	for (int level = 0; level < 4; level++) {
		pages = (pages + 511) / 512;
		sum += pages;
	}
	return 4 * sum;
}

uint64_t build_need_kib(const struct build_memory *m)
{
	uint64_t need = m->target_kib + build_shadow_kib(m) +
			build_iommu_kib(m);

	need += m->type == DOMAIN_PV ? 1024 : 2048;
	if (m->stubdomain_kib && m->type == DOMAIN_HVM)
		need += m->stubdomain_kib + m->video_kib;
	return (need + 2047) / 2048 * 2048;
}

uint64_t build_max_pages(const struct build_memory *m)
{
	return pages_from_kib(m->target_kib + 1024);
}

uint64_t build_pool_pages(const struct build_memory *m)
{
	if (m->type == DOMAIN_PV)
		return 0;
	return pages_from_kib(build_shadow_kib(m));
}

uint64_t build_xen_pages(const struct build_memory *m)
{
	return 1 + (uint64_t)m->vcpus_max;
}

static uint64_t mib_floor_pages(uint64_t kib)
{
	return pages_from_mib(kib / 1024);
}

void build_layout_init(struct build_layout *layout,
		       const struct build_memory *m)
{
	uint64_t video = pages_from_kib(m->video_kib);
	uint64_t hole = m->type == DOMAIN_PVH ? GPFN_4G - 0xfc000
					      : GPFN_4G - 0xf0000;

	if (pages_from_kib(m->mmio_hole_kib) > hole)
		hole = pages_from_kib(m->mmio_hole_kib);
	require(hole < GPFN_4G);
	*layout = (struct build_layout){
		.type = m->type,
		.device_model = m->device_model,
		.video_pages = video,
	};
	if (m->type == DOMAIN_PV) {
		layout->total_pages = mib_floor_pages(m->target_kib);
		layout->target_pages = layout->total_pages;
		layout->lowmem_end_gpfn = layout->total_pages;
		return;
	}
	require(mib_floor_pages(m->target_kib) > video);
	uint64_t total = mib_floor_pages(m->max_kib) - video;
	uint64_t start = GPFN_4G - hole;

	layout->total_pages = total;
	layout->target_pages = mib_floor_pages(m->target_kib) - video;
	layout->mmio_start_gpfn = start;
	layout->mmio_end_gpfn = GPFN_4G;
	layout->lowmem_end_gpfn = total < start ? total : start;
	if (total > start)
		layout->highmem_end_gpfn = GPFN_4G + total - start;
}

/* --- the calls ------------------------------------------------------------------- */

static uint64_t vga_pages(const struct build_layout *layout)
{
	return layout->device_model ? BUILD_VGA_PAGES : 0;
}

uint64_t build_claim_pages(const struct build_layout *layout)
{
	if (layout->type == DOMAIN_PV)
		return layout->total_pages;
	return layout->target_pages - vga_pages(layout);
}

bool build_cancels_claim_on_failure(const struct build_layout *layout)
{
	return layout->type != DOMAIN_PV;
}

static uint64_t special_pages(const struct build_layout *layout)
{
	if (layout->type == DOMAIN_PV)
		return 0;
	return BUILD_SPECIAL_PAGES + (layout->type == DOMAIN_HVM
					      ? BUILD_IOREQ_PAGES
					      : BUILD_ACPI_PAGES);
}

uint64_t build_owned_pages(const struct build_layout *layout)
{
	return layout->total_pages - vga_pages(layout) +
	       special_pages(layout) + layout->video_pages;
}

void build_init(struct build *b, const struct build_layout *layout)
{
	const struct build_layout *l = layout;

	*b = (struct build){
		.layout = *layout,
		.pod = l->target_pages < l->total_pages,
		.step = STEP_RANGE,
		.low_done = !l->device_model,
	};
	require(l->type != DOMAIN_PV || !l->device_model);
	require(l->range_count <= VMEMRANGE_MAX);
	for (uint32_t i = 0; i < l->range_count; i++)
		b->range[b->range_count++] = l->range[i];
	if (l->range_count)
		return;
	b->range[b->range_count++] = (struct vmemrange){
		0, l->type == DOMAIN_PV ? l->total_pages : l->lowmem_end_gpfn,
		VNODE_NONE};
	if (l->type != DOMAIN_PV && l->highmem_end_gpfn > GPFN_4G)
		b->range[b->range_count++] = (struct vmemrange){
			GPFN_4G, l->highmem_end_gpfn, VNODE_NONE};
}

bool build_next(struct build *b, struct populate_call *call)
{
	bool more = false;

	require(!b->waiting);                                         /* B2 */
	if (b->failed)
		return false;
	*call = (struct populate_call){.node = NODE_NONE, .pod = b->pod};
	if (b->stage == BUILD_RAM) {
		more = next_ram(b, call);
		if (!more) {
			require(b->populated_pages ==
				b->layout.total_pages -
					vga_pages(&b->layout));       /* B3 */
			b->stage = BUILD_SPECIAL;
			b->step = STEP_EXTRA;
			b->cursor_gpfn = 0;
		}
	}
	if (!more)
		more = next_extra(b, call);
	call->stage = b->stage;
	b->waiting = more;
	b->call = *call;
	return more;
}

static void ask(struct build *b, struct populate_call *call, uint32_t step,
		uint32_t order, uint64_t extents)
{
	const struct vmemrange *r = &b->range[b->range_index];

	call->gpfn = b->cursor_gpfn;
	call->order = order;
	call->extents = extents;
	call->must = order == 0;
	if (r->vnode != VNODE_NONE) {
		call->node = b->layout.vnode_to_pnode[r->vnode];
		call->exact = true;
	}
	require(call->gpfn >= r->start_gpfn &&
		call->gpfn + (extents << order) <= r->end_gpfn);      /* B1 */
	b->step = step;
}

static bool next_ram(struct build *b, struct populate_call *call)
{
	if (!b->low_done) {
		call->extents = BUILD_VGA_FIRST_GPFN;
		call->must = true;
		b->step = STEP_LOW;
		return true;
	}
	while (b->range_index < b->range_count) {
		const struct vmemrange *r = &b->range[b->range_index];

		if (b->step == STEP_RANGE) {
			b->cursor_gpfn = r->start_gpfn;
			if (r->start_gpfn == 0 && b->layout.device_model)
				b->cursor_gpfn = BUILD_VGA_END_GPFN;
			b->end_gpfn = r->end_gpfn;
			b->window_pages = (b->end_gpfn - b->cursor_gpfn) /
					  PAGES_2M; /* PV: 2 MiB attempts */
			b->step = STEP_START;
		}
		if (b->cursor_gpfn < b->end_gpfn)
			return b->layout.type == DOMAIN_PV
				       ? next_pv(b, call)
				       : next_hvm(b, call);
		b->range_index++;
		b->step = STEP_RANGE;
	}
	return false;
}

/* window_pages counts the 2 MiB extents still to attempt in this range. */
static bool next_pv(struct build *b, struct populate_call *call)
{
	uint64_t extents = b->window_pages;
	uint64_t left = b->end_gpfn - b->cursor_gpfn;

	if (extents) {
		if (extents > PV_CALL_2M_EXTENTS)
			extents = PV_CALL_2M_EXTENTS;
		ask(b, call, STEP_TRY_2M, ORDER_2M, extents);
		return true;
	}
	ask(b, call, STEP_TRY_4K, 0,
	    left < PV_CALL_4K_EXTENTS ? left : PV_CALL_4K_EXTENTS);
	return true;
}

static uint64_t to_boundary(uint64_t gpfn, uint64_t size)
{
	return size - gpfn % size;
}

static bool next_hvm(struct build *b, struct populate_call *call)
{
	uint64_t cursor = b->cursor_gpfn, n = b->window_pages;

	if (b->step == STEP_TRY_2M) {
		ask(b, call, STEP_TRY_4K, 0, n);
		return true;
	}
	if (b->step == STEP_TRY_1G)
		return hvm_window(b, call);
	n = b->end_gpfn - cursor;
	if (n > PAGES_1G)
		n = PAGES_1G;
	if (cursor % PAGES_1G && n > to_boundary(cursor, PAGES_1G))
		n = to_boundary(cursor, PAGES_1G);
	b->window_pages = n;
	if (cursor % PAGES_1G == 0 && n == PAGES_1G &&
	    (cursor >= b->layout.mmio_end_gpfn ||
	     cursor + PAGES_1G <= b->layout.mmio_start_gpfn)) {
		ask(b, call, STEP_TRY_1G, ORDER_1G, 1);
		return true;
	}
	return hvm_window(b, call);
}

/* The next 8 MiB at most: 2 MiB extents if they fit, else 4 KiB pages. */
static bool hvm_window(struct build *b, struct populate_call *call)
{
	uint64_t cursor = b->cursor_gpfn, n = b->window_pages;

	if (n > WINDOW_PAGES)
		n = WINDOW_PAGES;
	if (cursor % PAGES_2M && n > to_boundary(cursor, PAGES_2M))
		n = to_boundary(cursor, PAGES_2M);
	else if (n > PAGES_2M)
		n -= n % PAGES_2M;
	b->window_pages = n;
	if (cursor % PAGES_2M == 0 && n % PAGES_2M == 0)
		ask(b, call, STEP_TRY_2M, ORDER_2M, n / PAGES_2M);
	else
		ask(b, call, STEP_TRY_4K, 0, n);
	return true;
}

/* cursor_gpfn counts the pages of this stage that are done. */
static bool next_extra(struct build *b, struct populate_call *call)
{
	const struct build_layout *l = &b->layout;
	uint64_t high = l->highmem_end_gpfn > GPFN_4G ? l->highmem_end_gpfn
						      : GPFN_4G;

	call->pod = false;
	call->must = true;
	if (b->stage == BUILD_SPECIAL) {
		if (b->cursor_gpfn == 0 && special_pages(l)) {
			call->gpfn = BUILD_SPECIAL_GPFN;
			call->extents = BUILD_SPECIAL_PAGES;
			return true;
		}
		if (b->cursor_gpfn < special_pages(l)) {
			call->gpfn = l->type == DOMAIN_HVM ? BUILD_IOREQ_GPFN
							   : BUILD_ACPI_GPFN;
			call->extents = l->type == DOMAIN_HVM
						? BUILD_IOREQ_PAGES
						: BUILD_ACPI_PAGES;
			return true;
		}
		b->stage = BUILD_VIDEO;
		b->cursor_gpfn = 0;
	}
	if (b->stage == BUILD_VIDEO && b->cursor_gpfn < l->video_pages) {
		/* Above all RAM: the device model maps it where it likes. */
		call->gpfn = high;
		call->extents = l->video_pages;
		return true;
	}
	b->stage = BUILD_END;
	return false;
}

bool build_done(struct build *b, uint64_t extents_done)
{
	const struct populate_call *call = &b->call;

	require(b->waiting && extents_done <= call->extents);         /* B2 */
	b->waiting = false;
	if (call->must && extents_done < call->extents) {
		b->failed = true;
		return false;
	}
	if (b->stage == BUILD_RAM)
		return done_ram(b, extents_done);
	b->cursor_gpfn += extents_done;
	return true;
}

static bool done_ram(struct build *b, uint64_t extents_done)
{
	uint64_t pages = extents_done << b->call.order;

	b->populated_pages += pages;
	if (b->step == STEP_LOW) {
		b->low_done = true;
		b->step = STEP_RANGE;
		return true;
	}
	b->cursor_gpfn += pages;
	if (b->layout.type == DOMAIN_PV) {
		/* What was not given is not tried again at this order. */
		if (b->step == STEP_TRY_2M)
			b->window_pages -= b->call.extents;
		b->step = STEP_START;
		return true;
	}
	if (b->step == STEP_TRY_1G && extents_done == 0)
		return true; /* the same place, in smaller extents */
	b->window_pages -= pages;
	if (b->step != STEP_TRY_2M || b->window_pages == 0)
		b->step = STEP_START;
	return true;
}
