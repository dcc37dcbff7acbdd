#include "run/conform_vnuma.h"

#include "base/arena.h"
#include "run/json_wide.h"
#include "toolstack/vnuma_check.h"

#include <string.h>

/* Sizes below 2^42 KiB and addresses below 2^52: no sum of them wraps. */
enum { VNODES_MAX = 1024, RANGES_MAX = 1 << 16 };
#define KIB_MAX (UINT64_C(1) << 42)
#define ADDRESS_MAX (UINT64_C(1) << 52)

enum vnuma_kind { KIND_PV, KIND_PV_E820, KIND_HVM, KIND_PVH, KIND_CHECK,
		  KIND_COUNT };

static const char *const kind_names[KIND_COUNT] = {
	"pv", "pv_e820_host", "hvm", "pvh", "check_only"};

struct vnuma_case {
	const json_t *record;
	struct arena *arena;
	struct err *why;
	enum vnuma_kind kind;
	struct vnuma_config config;
	uint64_t target_kib;
	uint64_t *size_bytes; /* [vnode_count] */
	struct vmemrange_list list;
	json_t *ours;         /* as the record's "result" */
};

static enum vnuma_kind kind_of(const json_t *record)
{
	const char *kind = json_string_value(json_object_get(record, "kind"));
	uint32_t i = 0;

	while (kind && i < KIND_COUNT && strcmp(kind, kind_names[i]) != 0)
		i++;
	return kind ? (enum vnuma_kind)i : KIND_COUNT;
}

static bool read_host(struct vnuma_case *c)
{
	const json_t *cpus = conform_array(c->record, "cpu_to_node", 0, CPU_MAX,
					   c->why);
	uint64_t nodes, node;
	uint16_t *map = arena_array(c->arena, CPU_MAX, sizeof(*map));

	if (!cpus ||
	    !conform_u64(c->record, "nr_pnodes", NODE_MAX, &nodes, c->why))
		return false;
	for (size_t i = 0; i < json_array_size(cpus); i++) {
		if (json_is_null(json_array_get(cpus, i)))
			node = NODE_NONE;
		else if (!conform_item(cpus, i, NODE_MAX - 1, &node, c->why))
			return false;
		map[i] = (uint16_t)node;
	}
	c->config.node_count = (uint32_t)nodes;
	c->config.cpu_count = (uint32_t)json_array_size(cpus);
	c->config.cpu_to_node = map;
	return true;
}

/* vCPUs from CPU_MAX on are above any max_vcpus: libxl does not see them. */
static bool read_vcpus(struct vnuma_case *c, const json_t *vnode, cpuset *out)
{
	const json_t *ids = conform_array(vnode, "vcpus", 0, RANGES_MAX,
					  c->why);
	uint64_t id;

	if (!ids)
		return false;
	*out = cpuset_below(0);
	for (size_t i = 0; i < json_array_size(ids); i++) {
		if (!conform_item(ids, i, UINT32_MAX, &id, c->why))
			return false;
		if (id < CPU_MAX)
			cpuset_add(out, (uint32_t)id);
	}
	return true;
}

static bool read_vnode(struct vnuma_case *c, const json_t *record,
		       struct vnuma_vnode *vnode)
{
	uint32_t n = c->config.vnode_count;
	const json_t *distances = conform_array(record, "distances", n, n,
						c->why);
	uint32_t *distance = arena_array(c->arena, n, sizeof(*distance));
	uint64_t pnode, value;

	if (!distances ||
	    !conform_u64(record, "memkb", KIB_MAX, &vnode->size_kib, c->why) ||
	    !conform_u64(record, "pnode", UINT32_MAX, &pnode, c->why) ||
	    !read_vcpus(c, record, &vnode->vcpus))
		return false;
	for (uint32_t j = 0; j < n; j++) {
		if (!conform_item(distances, j, UINT32_MAX, &value, c->why))
			return false;
		distance[j] = (uint32_t)value;
	}
	vnode->pnode = (uint32_t)pnode;
	vnode->distance = distance;
	return true;
}

static bool read_masks(struct vnuma_case *c, const char *key,
		       const cpuset **out, uint32_t *count)
{
	const json_t *masks = conform_array(c->record, key, 0, CPU_MAX, c->why);
	cpuset *mask;

	if (!masks)
		return false;
	*count = (uint32_t)json_array_size(masks);
	mask = arena_array(c->arena, *count, sizeof(*mask));
	for (uint32_t i = 0; i < *count; i++)
		if (!conform_cpus(json_array_get(masks, i), key, &mask[i],
				  c->why))
			return false;
	*out = mask;
	return true;
}

static bool read_guest(struct vnuma_case *c)
{
	const json_t *vnodes = conform_array(c->record, "vnodes", 1, VNODES_MAX,
					     c->why);
	struct vnuma_vnode *vnode;
	uint64_t max_vcpus;

	if (!vnodes ||
	    !conform_u64(c->record, "max_vcpus", CPU_MAX, &max_vcpus, c->why) ||
	    !conform_u64(c->record, "max_memkb", KIB_MAX, &c->config.max_kib,
			 c->why) ||
	    !conform_u64(c->record, "target_memkb", KIB_MAX, &c->target_kib,
			 c->why) ||
	    !read_masks(c, "vcpu_hard", &c->config.hard,
			&c->config.hard_count) ||
	    !read_masks(c, "vcpu_soft", &c->config.soft, &c->config.soft_count))
		return false;
	c->config.max_vcpus = (uint32_t)max_vcpus;
	c->config.vnode_count = (uint32_t)json_array_size(vnodes);
	vnode = arena_array(c->arena, c->config.vnode_count, sizeof(*vnode));
	c->size_bytes = arena_array(c->arena, c->config.vnode_count,
				    sizeof(*c->size_bytes));
	for (uint32_t v = 0; v < c->config.vnode_count; v++) {
		if (!read_vnode(c, json_array_get(vnodes, v), &vnode[v]))
			return false;
		c->size_bytes[v] = vnode[v].size_kib * 1024;
	}
	c->config.vnode = vnode;
	return true;
}

/* [a, b, c] */
static json_t *triple(uint64_t a, uint64_t b, uint32_t c)
{
	json_t *array = json_array();

	json_array_append_new(array, json_wide_new(a));
	json_array_append_new(array, json_wide_new(b));
	json_array_append_new(array, json_integer(c));
	return array;
}

/* [[start, end, vnode], ...] */
static json_t *ranges_json(const struct vmemrange_list *list)
{
	const struct xen_vmemrange *r = list->range;
	json_t *array = json_array();

	for (uint32_t i = 0; i < list->count; i++)
		json_array_append_new(array, triple(r[i].start_bytes,
						    r[i].end_bytes, r[i].nid));
	return array;
}

static enum conform_verdict read_given(struct vnuma_case *c)
{
	const json_t *array = conform_array(c->record, "given_ranges", 0,
					    RANGES_MAX, c->why);
	uint64_t start, end, vnode;

	if (!array)
		return CONFORM_MALFORMED;
	c->list.count = (uint32_t)json_array_size(array);
	c->list.range = arena_array(c->arena, c->list.count,
				    sizeof(*c->list.range));
	for (uint32_t i = 0; i < c->list.count; i++) {
		const json_t *r = json_array_get(array, i);

		if (!conform_item(r, 0, ADDRESS_MAX, &start, c->why) ||
		    !conform_item(r, 1, ADDRESS_MAX, &end, c->why) ||
		    !conform_item(r, 2, UINT32_MAX, &vnode, c->why))
			return CONFORM_MALFORMED;
		c->list.range[i] = (struct xen_vmemrange){start, end, 0,
							  (uint32_t)vnode};
	}
	return CONFORM_AGREES;
}

static enum conform_verdict build_hvm(struct vnuma_case *c, int *rc)
{
	struct vmemrange_hvm hvm;
	uint64_t video_kib;

	if (!conform_u64(c->record, "video_memkb", KIB_MAX, &video_kib,
			 c->why) ||
	    !conform_u64(c->record, "lowmem_end", ADDRESS_MAX,
			 &hvm.lowmem_end_bytes, c->why) ||
	    !conform_u64(c->record, "mmio_start", ADDRESS_MAX,
			 &hvm.mmio_start_bytes, c->why) ||
	    !conform_u64(c->record, "mmio_size", ADDRESS_MAX,
			 &hvm.mmio_size_bytes, c->why))
		return CONFORM_MALFORMED;
	hvm.video_bytes = video_kib * 1024;
	*rc = vmemrange_build_hvm(c->arena, &hvm, c->size_bytes,
				  c->config.vnode_count, &c->list);
	return CONFORM_AGREES;
}

static bool read_e820(struct vnuma_case *c, struct e820_entry **map,
		      uint32_t *count)
{
	const json_t *array = conform_array(c->record, "host_e820", 0,
					    RANGES_MAX, c->why);
	struct e820_entry *e;
	uint64_t type;

	if (!array)
		return false;
	*count = (uint32_t)json_array_size(array);
	*map = arena_array(c->arena, *count, sizeof(**map));
	for (uint32_t i = 0; i < *count; i++) {
		const json_t *r = json_array_get(array, i);

		e = &(*map)[i];
		if (!conform_item(r, 0, ADDRESS_MAX, &e->start_bytes, c->why) ||
		    !conform_item(r, 1, ADDRESS_MAX, &e->size_bytes, c->why) ||
		    !conform_item(r, 2, UINT32_MAX, &type, c->why))
			return false;
		e->type = (uint32_t)type;
	}
	return true;
}

static json_t *e820_json(const struct e820_entry *map, uint32_t count)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < count; i++)
		json_array_append_new(array, triple(map[i].start_bytes,
						    map[i].size_bytes,
						    map[i].type));
	return array;
}

static enum conform_verdict build_e820(struct vnuma_case *c, int *rc,
				       struct conform_result *result)
{
	struct e820_entry *host, *map = NULL;
	uint32_t host_count, count = 0;
	uint64_t slack_kib;
	enum conform_verdict v;
	json_t *ours;

	if (!read_e820(c, &host, &host_count) ||
	    !conform_u64(c->record, "slack_memkb", KIB_MAX, &slack_kib, c->why))
		return CONFORM_MALFORMED;
	*rc = e820_sanitize(c->arena, host, host_count, c->target_kib,
			    c->config.max_kib - c->target_kib + slack_kib, &map,
			    &count);
	ours = json_integer(*rc);
	v = conform_json(result, "sanitized_rc",
			 json_object_get(c->record, "sanitized_rc"), ours);
	json_decref(ours);
	if (v != CONFORM_AGREES || *rc)
		return v;
	ours = e820_json(map, count);
	v = conform_json(result, "sanitized_e820",
			 json_object_get(c->record, "sanitized_e820"), ours);
	json_decref(ours);
	*rc = vmemrange_build_pv_e820(c->arena, map, count, c->size_bytes,
				      c->config.vnode_count, &c->list);
	return v;
}

static enum conform_verdict build(struct vnuma_case *c, int *rc,
				  struct conform_result *result)
{
	*rc = 0;
	switch (c->kind) {
	case KIND_PV:
		vmemrange_build_pv(c->arena, c->size_bytes,
				   c->config.vnode_count, &c->list);
		return CONFORM_AGREES;
	case KIND_PV_E820:
		return build_e820(c, rc, result);
	case KIND_HVM:
	case KIND_PVH:
		return build_hvm(c, rc);
	default:
		return read_given(c);
	}
}

static void put_reason(struct vnuma_case *c, const char *reason)
{
	json_object_set_new(c->ours, "reason",
			    reason ? json_string(reason) : json_null());
}

static void check(struct vnuma_case *c)
{
	struct vnuma_verdict verdict = {0};

	json_object_set_new(c->ours, "ranges",
			    c->kind == KIND_CHECK ? json_array()
						  : ranges_json(&c->list));
	if (c->list.count)
		vnuma_check(c->arena, &c->config, &c->list, &verdict);
	json_object_set_new(c->ours, "check_rc",
			    c->list.count ? json_integer(verdict.rc)
					  : json_null());
	json_object_set_new(c->ours, "affinity_warnings",
			    json_integer(verdict.mismatch_count));
	json_object_set_new(c->ours, "sorted", ranges_json(&c->list));
	put_reason(c, vnuma_reason_name(verdict.reason));
}

static enum conform_verdict replay(struct vnuma_case *c,
				   struct conform_result *result)
{
	const json_t *recorded = json_object_get(c->record, "result");
	enum conform_verdict v;
	int rc;

	if (!json_is_object(recorded))
		return conform_malformed(c->why, "result: expected an object");
	if (!read_host(c) || !read_guest(c))
		return CONFORM_MALFORMED;
	v = build(c, &rc, result);
	if (v != CONFORM_AGREES)
		return v;
	json_object_set_new(c->ours, "build_rc", json_integer(rc));
	if (rc == 0)
		check(c);
	else
		put_reason(c, rc == LIBXL_INVAL &&
					      c->kind != KIND_PV_E820
				      ? "video_ram_does_not_fit_vnode0"
				      : NULL);
	return conform_json(result, "result", recorded, c->ours);
}

bool conform_vnuma_is(const json_t *record)
{
	return kind_of(record) != KIND_COUNT &&
	       json_is_array(json_object_get(record, "vnodes")) &&
	       json_is_object(json_object_get(record, "result"));
}

int conform_vnuma(const json_t *record, struct conform_result *result,
		  struct err *err)
{
	struct vnuma_case c = {.record = record, .why = err};
	enum conform_verdict v = CONFORM_MALFORMED;

	conform_begin(result);
	c.kind = kind_of(record);
	c.arena = arena_create();
	c.ours = json_object();
	if (c.kind == KIND_COUNT)
		err_set(err, "kind: expected pv, pv_e820_host, hvm, pvh or "
			"check_only");
	else
		v = replay(&c, result);
	json_decref(c.ours);
	arena_destroy(c.arena);
	return conform_end(record, v, result);
}
