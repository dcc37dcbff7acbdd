#include "run/conform_populate.h"

#include "base/arena.h"
#include "base/units.h"
#include "toolstack/build.h"

#include <stdio.h>
#include <string.h>

/* More than any host has: keeps sums far from wrapping. */
#define BYTES_MAX (INT64_C(1) << 52)

/* What the recorded host grants, and how far the recorded calls were followed:
 * call list[index], time (of repeat). */
struct populate_case {
	const json_t *record;
	struct build_layout layout;
	struct vmemrange range[VMEMRANGE_MAX];
	uint8_t vnode_to_pnode[VNODE_MAX];
	uint64_t left_1g, left_2m;
	const json_t *calls;
	size_t index;
	uint64_t time;
	struct conform_result *diff;
	struct err *why;
};

static bool read_gpfn(struct populate_case *c, const char *key, uint64_t *gpfn)
{
	uint64_t bytes;

	if (!conform_u64(c->record, key, BYTES_MAX, &bytes, c->why))
		return false;
	*gpfn = pages_from_bytes(bytes);
	return true;
}

static bool read_vnuma(struct populate_case *c)
{
	const json_t *ranges = conform_array(c->record, "vmemranges", 0,
					     VMEMRANGE_MAX, c->why);
	const json_t *pnodes = conform_array(c->record, "vnode_to_pnode", 0,
					     VNODE_MAX, c->why);
	uint64_t start, end, vnode, before = 0;

	if (!ranges || !pnodes)
		return false;
	for (size_t i = 0; i < json_array_size(pnodes); i++) {
		if (!conform_item(pnodes, i, NODE_MAX - 1, &vnode, c->why))
			return false;
		c->vnode_to_pnode[i] = (uint8_t)vnode;
	}
	for (size_t i = 0; i < json_array_size(ranges); i++) {
		const json_t *r = json_array_get(ranges, i);

		if (!conform_item(r, 0, BYTES_MAX, &start, c->why) ||
		    !conform_item(r, 1, BYTES_MAX, &end, c->why) ||
		    !conform_item(r, 2, VNODE_MAX - 1, &vnode, c->why))
			return false;
		c->range[i] = (struct vmemrange){pages_from_bytes(start),
						 pages_from_bytes(end),
						 (uint32_t)vnode};
		if (start < before || end < start ||
		    vnode >= json_array_size(pnodes)) {
			err_set(c->why, "vmemranges: must ascend, in vnodes");
			return false;
		}
		before = end;
	}
	c->layout.range = c->range;
	c->layout.range_count = (uint32_t)json_array_size(ranges);
	c->layout.vnode_to_pnode = c->vnode_to_pnode;
	return true;
}

static bool read_case(struct populate_case *c)
{
	const char *kind = json_string_value(json_object_get(c->record,
							     "kind"));
	struct build_layout *l = &c->layout;
	uint64_t mmio_pages;

	l->type = kind && strcmp(kind, "pv") == 0 ? DOMAIN_PV : DOMAIN_HVM;
	if (!kind || (l->type == DOMAIN_HVM && strcmp(kind, "hvm") != 0)) {
		err_set(c->why, "kind: expected pv or hvm");
		return false;
	}
	if (!conform_bool(c->record, "device_model", &l->device_model,
			  c->why) ||
	    !conform_u64(c->record, "total_pages", BYTES_MAX / PAGE_BYTES,
			 &l->total_pages, c->why) ||
	    !conform_u64(c->record, "target_pages", BYTES_MAX / PAGE_BYTES,
			 &l->target_pages, c->why) ||
	    !conform_u64(c->record, "avail_1g", INT64_MAX, &c->left_1g,
			 c->why) ||
	    !conform_u64(c->record, "avail_2m", INT64_MAX, &c->left_2m,
			 c->why) ||
	    !read_gpfn(c, "mmio_start", &l->mmio_start_gpfn) ||
	    !read_gpfn(c, "mmio_size", &mmio_pages) ||
	    !read_gpfn(c, "lowmem_end", &l->lowmem_end_gpfn) ||
	    !read_gpfn(c, "highmem_end", &l->highmem_end_gpfn) ||
	    !read_vnuma(c))
		return false;
	l->mmio_end_gpfn = l->mmio_start_gpfn + mmio_pages;
	return true;
}

/* The builder holds its ranges to the total: a record where they are not the
 * same, or where the VGA hole is outside, is not one. */
static bool sane(const struct build_layout *l)
{
	uint64_t pages = 0, high = UINT64_C(1) << 20;

	if (l->target_pages > l->total_pages)
		return false;
	for (uint32_t i = 0; i < l->range_count; i++)
		pages += l->range[i].end_gpfn - l->range[i].start_gpfn;
	if (!l->range_count)
		pages = l->type == DOMAIN_PV ? l->total_pages
					     : l->lowmem_end_gpfn;
	if (!l->range_count && l->type != DOMAIN_PV &&
	    l->highmem_end_gpfn > high)
		pages += l->highmem_end_gpfn - high;
	if (pages != l->total_pages)
		return false;
	if (!l->device_model)
		return true;
	return l->type == DOMAIN_HVM &&
	       (l->range_count ? l->range[0].start_gpfn == 0 &&
					 l->range[0].end_gpfn >=
						 BUILD_VGA_END_GPFN
			       : l->lowmem_end_gpfn >= BUILD_VGA_END_GPFN);
}

static uint64_t grant(struct populate_case *c, const struct populate_call *call)
{
	uint64_t *left = call->order == 18 ? &c->left_1g
			 : call->order == 9 ? &c->left_2m : NULL;
	uint64_t done = call->extents;

	if (!left)
		return done;
	if (done > *left)
		done = *left;
	*left -= done;
	return done;
}

static enum conform_verdict compare_call(struct populate_case *c,
					 const struct populate_call *call,
					 uint64_t done)
{
	static const char *const name[] = {"order", "extents", "node", "exact",
					   "gfn", "done", "repeat"};
	const json_t *want = json_array_get(c->calls, c->index);
	uint64_t repeat;
	int64_t got[6] = {
		call->order, (int64_t)call->extents,
		call->node == NODE_NONE ? -1 : (int64_t)call->node,
		call->exact, (int64_t)call->gpfn, (int64_t)done,
	};

	if (!want)
		return conform_differs(c->diff, "calls", (int64_t)c->index,
				       (int64_t)c->index + 1);
	if (!conform_item(want, 6, INT64_MAX, &repeat, c->why) || !repeat)
		return conform_malformed(c->why, "calls: %zu: bad repeat",
					 c->index);
	for (size_t i = 0; i < 6; i++) {
		const json_t *item = json_array_get(want, i);
		int64_t expected = json_is_integer(item)
					   ? json_integer_value(item)
					   : -1;
		char key[sizeof(c->diff->key)];

		if (i == 4)
			expected += (int64_t)(c->time *
					      (done << call->order));
		snprintf(key, sizeof(key), "calls %zu: %s", c->index, name[i]);
		if (got[i] != expected)
			return conform_differs(c->diff, key, expected, got[i]);
	}
	if (++c->time == repeat) {
		c->index++;
		c->time = 0;
	}
	return CONFORM_AGREES;
}

static enum conform_verdict replay(struct populate_case *c, struct build *b)
{
	enum conform_verdict v = CONFORM_AGREES;
	struct populate_call call;
	const json_t *rc = json_object_get(c->record, "rc");
	bool pod = false;

	if (!conform_bool(c->record, "pod", &pod, c->why))
		return CONFORM_MALFORMED;
	build_init(b, &c->layout);
	while (v == CONFORM_AGREES && build_next(b, &call) &&
	       call.stage == BUILD_RAM) {
		uint64_t done = grant(c, &call);

		if (call.pod != pod)
			return conform_differs(c->diff, "pod", pod, call.pod);
		v = compare_call(c, &call, done);
		build_done(b, done);
	}
	if (v != CONFORM_AGREES)
		return v;
	if (c->index != json_array_size(c->calls))
		return conform_differs(c->diff, "calls",
				       (int64_t)json_array_size(c->calls),
				       (int64_t)c->index);
	if (!json_is_integer(rc) || (json_integer_value(rc) == 0) == b->failed)
		return conform_differs(c->diff, "rc", json_integer_value(rc),
				       b->failed ? -1 : 0);
	return CONFORM_AGREES;
}

bool conform_populate_is(const json_t *record)
{
	return json_object_get(record, "avail_2m") &&
	       json_object_get(record, "calls");
}

int conform_populate(const json_t *record, struct conform_result *diff,
		     struct err *err)
{
	struct arena *arena = arena_create();
	struct populate_case *c = arena_alloc(arena, sizeof(*c));
	enum conform_verdict v = CONFORM_MALFORMED;

	conform_begin(diff);
	c->record = record;
	c->diff = diff;
	c->why = err;
	c->calls = conform_array(record, "calls", 0, 1 << 20, err);
	if (c->calls && read_case(c))
		v = sane(&c->layout)
			    ? replay(c, arena_alloc(arena,
						    sizeof(struct build)))
			    : conform_malformed(err, "total_pages: not the sum "
						"of the ranges");
	arena_destroy(arena);
	return conform_end(record, v, diff);
}
