/*
 * lab_state.c - the state of a host after a recorded step (lab_record.h).
 */
#include "run/lab_parts.h"

#include "base/units.h"
#include "run/host_state_parts.h"
#include "run/json_read.h"

#include <string.h>

static const uint64_t pages_max = UINT64_C(1) << 40;

static int read_node(struct host_state *s, const json_t *item,
		     uint8_t distance[NODE_MAX][NODE_MAX], uint32_t count,
		     struct err *err)
{
	const json_t *distances;
	uint64_t n, start, size, pages;

	if (json_read_uint(item, "node", 0, NODE_MAX - 1, &n, err) ||
	    json_read_uint(item, "start_pfn", 0, pages_max, &start, err) ||
	    json_read_uint(item, "size_pages", 0, pages_max, &size, err) ||
	    json_read_uint(item, "free_pages", 0, pages_max, &pages, err) ||
	    json_read_array(item, "distances", &distances, err))
		return -1;
	if (s->node[n].online)
		return err_set(err, "nodes: node %llu is there twice",
			       (unsigned long long)n);
	if (json_array_size(distances) != count)
		return err_set(err, "distances: %zu of node %llu; %u, one a "
			       "node", json_array_size(distances),
			       (unsigned long long)n, count);
	for (uint32_t m = 0; m < count; m++) {
		const json_t *d = json_array_get(distances, m);
		json_int_t value = json_integer_value(d);

		if (!json_is_integer(d) || value < 0 || value > 255)
			return err_set(err, "distances: entry %u is no "
				       "distance of 0..255", m);
		distance[n][m] = (uint8_t)value;
	}
	s->node[n].online = true;
	s->node[n].start_mfn = start;
	s->node[n].span_pages = size;
	s->node[n].free_pages = pages;
	return 0;
}

/* The highest node of the list + 1; 0 for what is no such list. */
static uint32_t highest(const json_t *nodes)
{
	json_int_t count = 0;

	for (size_t i = 0; i < json_array_size(nodes); i++) {
		json_int_t n = json_integer_value(json_object_get(
			json_array_get(nodes, i), "node"));

		if (n >= 0 && n < NODE_MAX && n >= count)
			count = n + 1;
	}
	return (uint32_t)count;
}

static int read_nodes(struct arena *arena, struct host_state *s,
		      const json_t *after, struct err *err)
{
	uint8_t distance[NODE_MAX][NODE_MAX];
	const json_t *nodes;

	if (json_read_array(after, "nodes", &nodes, err))
		return -1;
	memset(distance, HOST_STATE_DISTANCE_NONE, sizeof(distance));
	s->node_count = highest(nodes);
	for (size_t i = 0; i < json_array_size(nodes); i++)
		if (read_node(s, json_array_get(nodes, i), distance,
			      s->node_count, err))
			return -1;
	if (s->node_count == 0)
		return err_set(err, "nodes: no node");
	s->distance = arena_array(arena, (size_t)s->node_count * s->node_count,
				  1);
	for (uint32_t n = 0; n < s->node_count; n++)
		memcpy(&s->distance[n * s->node_count], distance[n],
		       s->node_count);
	return 0;
}

/* "all" or "0-3,6" under key */
static int read_cpulist(const json_t *object, const char *key, cpuset *cpus,
			struct err *err)
{
	const char *text;

	if (json_read_string(object, key, &text, err))
		return -1;
	if (host_state_cpulist(text, CPU_MAX, cpus))
		return 0;
	return err_set(err, "%s: '%.40s' is no list of CPUs; all, none, or "
		       "0,2-3", key, text);
}

static int read_vcpus(struct arena *arena, const json_t *item,
		      struct host_state_domain *d, struct err *err)
{
	struct host_state_vcpu *vcpu;
	const json_t *list;

	if (json_read_array(item, "vcpus", &list, err))
		return -1;
	if (json_array_size(list) > HOST_STATE_VCPU_MAX)
		return err_set(err, "vcpus: %zu are too many; at most %d",
			       json_array_size(list), HOST_STATE_VCPU_MAX);
	d->vcpu_count = (uint32_t)json_array_size(list);
	d->vcpu = vcpu = arena_array(arena, d->vcpu_count, sizeof(*vcpu));
	for (uint32_t v = 0; v < d->vcpu_count; v++) {
		const json_t *row = json_array_get(list, v);
		const json_t *cpu = json_object_get(row, "cpu");
		uint64_t number;

		vcpu[v].cpu = CPU_NONE;
		if (!json_is_null(cpu) &&
		    json_read_uint(row, "cpu", 0, CPU_MAX - 1, &number, err))
			return -1;
		if (!json_is_null(cpu))
			vcpu[v].cpu = (uint16_t)number;
		if (read_cpulist(row, "hard", &vcpu[v].hard, err) ||
		    read_cpulist(row, "soft", &vcpu[v].soft, err))
			return -1;
	}
	return 0;
}

static int read_pages(const json_t *item, struct host_state_domain *d,
		      struct err *err)
{
	const json_t *pages;
	const char *key;
	json_t *value;

	if (json_read_object(item, "pages_per_node", &pages, err))
		return -1;
	json_object_foreach((json_t *)pages, key, value) {
		json_int_t count = json_integer_value(value);
		uint64_t node;

		if (!xl_number_is(key, NODE_MAX - 1, &node) ||
		    !json_is_integer(value) || count < 0 ||
		    (uint64_t)count > pages_max)
			return err_set(err, "pages_per_node: '%.40s' is no node "
				       "with its pages", key);
		d->pages_on[node] = (uint64_t)count;
	}
	return 0;
}

static int read_domain(struct arena *arena, struct host_state *s,
		       const json_t *item, struct err *err)
{
	struct host_state_domain d = {0};
	const char *name, *nodes;
	uint64_t domid;

	if (json_read_string(item, "name", &name, err) ||
	    json_read_uint(item, "id", 0, 0x7fff, &domid, err) ||
	    json_read_string(item, "node_affinity", &nodes, err) ||
	    json_read_uint(item, "total_pages", 0, pages_max, &d.total_pages,
			   err) ||
	    read_vcpus(arena, item, &d, err) || read_pages(item, &d, err))
		return -1;
	if (!host_state_nodes(nodes, s->node_count, &d.node_affinity))
		return err_set(err, "node_affinity: '%.40s' are no nodes of "
			       "this host; all, none, or 0,2-3", nodes);
	d.node_affinity_auto = strcmp(nodes, "all") == 0;
	d.name = arena_strdup(arena, name);
	d.domid = (uint32_t)domid;
	if (s->domain_count == HOST_STATE_DOMAIN_MAX ||
	    d.domid < host_state_next_domid(s))
		return err_set(err, "domains: domain %u comes after domain %u; "
			       "by rising id, each once", d.domid,
			       host_state_next_domid(s) - 1);
	host_state_add(arena, s, &d);
	return 0;
}

int lab_read_after(struct arena *arena, const struct lab_boot *boot,
		   const json_t *record, const char *origin,
		   struct host_state **state, struct err *err)
{
	struct host_state *s = host_state_new(arena, origin);
	const json_t *after, *domains;
	uint64_t claims_mib;

	if (json_read_object(record, "after", &after, err) ||
	    json_read_uint(after, "outstanding_claims", 0, LAB_MIB_MAX,
			   &claims_mib, err) ||
	    read_nodes(arena, s, after, err) ||
	    json_read_array(after, "domains", &domains, err))
		return -1;
	s->xen_text = arena_strdup(arena, boot->xen_text);
	s->xen_version = host_state_version(boot->xen_text);
	s->dma_bits = host_state_dma_bits(boot->xen_commandline);
	s->total_pages = pages_from_mib(boot->total_mib);
	s->claimed_pages = pages_from_mib(claims_mib);
	s->cpu_count = boot->cpu_count;
	memcpy(s->cpu, boot->cpu, s->cpu_count * sizeof(*s->cpu));
	for (size_t i = 0; i < json_array_size(domains); i++)
		if (read_domain(arena, s, json_array_get(domains, i), err))
			return -1;
	if (host_state_complete(arena, s, err))
		return -1;
	*state = s;
	return 0;
}
