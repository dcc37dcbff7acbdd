#include "run/conform_affinity.h"

#include "base/arena.h"
#include "xen/affinity.h"
#include "xen/domain.h"

/* The host and the unions over the vCPUs that the record gives. */
struct affinity_case {
	const json_t *record;
	uint16_t cpu_to_node[CPU_MAX];
	nodeset online;
	cpuset pool, hard, soft;
	struct domain *domain;
};

static bool read_host(struct affinity_case *c, struct err *why)
{
	const json_t *cpus = conform_array(c->record, "cpu_to_node", 1, CPU_MAX,
					   why);
	uint64_t node_count, node;

	if (!cpus ||
	    !conform_u64(c->record, "nr_nodes", NODE_MAX, &node_count, why) ||
	    !conform_cpus(json_object_get(c->record, "pool_online_cpus"),
			  "pool_online_cpus", &c->pool, why))
		return false;
	for (uint32_t i = 0; i < CPU_MAX; i++)
		c->cpu_to_node[i] = NODE_NONE;
	for (size_t i = 0; i < json_array_size(cpus); i++) {
		if (!conform_item(cpus, i, NODE_MAX - 1, &node, why))
			return false;
		c->cpu_to_node[i] = (uint16_t)node;
	}
	c->online = nodeset_below((uint32_t)node_count);
	return true;
}

/* One vCPU's two masks, and what Xen said of them. */
static enum conform_verdict compare_vcpu(struct affinity_case *c, size_t i,
					 struct conform_result *diff,
					 struct err *why)
{
	const json_t *in = json_array_get(json_object_get(c->record, "vcpus"),
					  i);
	const json_t *out = json_array_get(
		json_object_get(c->record, "vcpu_out"), i);
	cpuset hard, soft, step;
	bool effective, has_soft;

	if (!conform_cpus(json_object_get(in, "hard"), "hard", &hard, why) ||
	    !conform_cpus(json_object_get(in, "soft"), "soft", &soft, why) ||
	    !conform_cpus(json_object_get(out, "soft_step"), "soft_step", &step,
			  why) ||
	    !conform_bool(out, "soft_effective", &effective, why) ||
	    !conform_bool(out, "has_soft", &has_soft, why))
		return CONFORM_MALFORMED;
	c->hard = cpuset_or(&c->hard, &hard);
	c->soft = cpuset_or(&c->soft, &soft);

	bool got = affinity_soft_effective(&hard, &soft);
	cpuset got_step = affinity_soft_step(&hard, &soft);

	if (got != effective)
		return conform_differs(diff, "soft_effective", effective, got);
	got = affinity_has_soft(&hard, &soft, &c->pool);
	if (got != has_soft)
		return conform_differs(diff, "has_soft", has_soft, got);
	if (!cpuset_equal(&got_step, &step))
		return conform_differs_cpus(diff, "soft_step", &step,
					    &got_step);
	return CONFORM_AGREES;
}

static void update(struct affinity_case *c)
{
	domain_update_node_affinity(c->domain, &c->hard, &c->soft, &c->pool,
				    c->cpu_to_node);
}

static enum conform_verdict compare_domain(struct affinity_case *c,
					   struct conform_result *diff,
					   struct err *why)
{
	nodeset before, given, after;
	bool auto_after;
	const json_t *rc = json_object_get(c->record, "set_rc");
	int64_t got_rc;

	if (!conform_nodes(json_object_get(c->record, "auto_affinity"),
			   "auto_affinity", &before, why) ||
	    !conform_nodes(json_object_get(c->record, "set_affinity"),
			   "set_affinity", &given, why) ||
	    !conform_nodes(json_object_get(c->record, "affinity_after"),
			   "affinity_after", &after, why) ||
	    !conform_bool(c->record, "auto_after", &auto_after, why))
		return CONFORM_MALFORMED;
	update(c);
	if (c->domain->mem.node_affinity != before)
		return conform_differs_nodes(diff, "auto_affinity", before,
					     c->domain->mem.node_affinity);
	got_rc = domain_set_node_affinity(c->domain, given, c->online);
	update(c);
	if (!json_is_integer(rc) || json_integer_value(rc) != got_rc)
		return conform_differs(diff, "set_rc", json_integer_value(rc),
				       got_rc);
	if (c->domain->node_affinity_auto != auto_after)
		return conform_differs(diff, "auto_after", auto_after,
				       !auto_after);
	if (c->domain->mem.node_affinity != after)
		return conform_differs_nodes(diff, "affinity_after", after,
					     c->domain->mem.node_affinity);
	return CONFORM_AGREES;
}

bool conform_affinity_is(const json_t *record)
{
	return json_object_get(record, "auto_affinity") &&
	       json_object_get(record, "set_affinity");
}

int conform_affinity(const json_t *record, struct conform_result *diff,
		     struct err *err)
{
	struct arena *arena = arena_create();
	struct affinity_case *c = arena_alloc(arena, sizeof(*c));
	struct p2m_store *store = arena_alloc(arena, sizeof(*store));
	const json_t *vcpus = conform_array(record, "vcpus", 1, 8192, err);
	enum conform_verdict v = CONFORM_MALFORMED;

	conform_begin(diff);
	p2m_store_init(store, arena);
	c->record = record;
	c->domain = arena_alloc(arena, sizeof(*c->domain));
	domain_init(c->domain, store, 1, DOMAIN_HVM, 0);
	c->domain->has_vcpus = true;
	if (vcpus && read_host(c, err)) {
		v = CONFORM_AGREES;
		for (size_t i = 0; i < json_array_size(vcpus) &&
				   v == CONFORM_AGREES; i++)
			v = compare_vcpu(c, i, diff, err);
		if (v == CONFORM_AGREES)
			v = compare_domain(c, diff, err);
	}
	arena_destroy(arena);
	return conform_end(record, v, diff);
}
