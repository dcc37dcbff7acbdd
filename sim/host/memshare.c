/*
 * memshare.c - step 4 of memsys.h: rates from demands, max-min fair.
 *
 * RULE    See memsys_impl.h on hot resources. A group is a set of hot resources
 *         that flows join; the flows of one group are shared out together, in
 *         the order of their CPUs, and only if an offer over the group changed
 *         or anything became or stopped being hot. So what a group gets does
 *         not depend on how it came about, to the last bit.
 *
 * TESTS   sim/test/check_memsys.c
 */
#include "host/memsys_impl.h"

#include <assert.h>
#include <string.h>

static uint32_t memshare_root(struct memsys *m, uint32_t r);
static bool memshare_find_hot(struct memsys *m);
static void memshare_uncrowded(struct memsys *m);
static uint32_t memshare_gather(struct memsys *m);
static void memshare_gather_flow(struct memsys *m, uint32_t cpu,
				 struct memsys_hot *hot);
static void memshare_group(struct memsys *m, uint32_t root, uint32_t nr_flows);

/* Resources that ways from one node can meet, the most of all nodes. */
static uint32_t memshare_reach_max(const struct memsys *m)
{
	const struct memnet *net = m->net;
	uint32_t n = net->nr_nodes, reach_max = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t reach = 0;

		for (uint32_t k = net->first[i * n];
		     k < net->first[i * n + n]; k++) {
			uint32_t r = net->way[k];

			if (m->index[r] == i + 1)
				continue;
			m->index[r] = (uint16_t)(i + 1);
			reach += net->opposite[r] == MEMNET_NONE ? 1 : 2;
		}
		if (reach > reach_max)
			reach_max = reach;
	}
	return reach_max;
}

void memshare_create(struct memsys *m, struct arena *arena)
{
	uint32_t nr = m->net->nr_resources;

	m->offered = arena_array(arena, nr, sizeof(double));
	m->stirred = arena_array(arena, nr, sizeof(bool));
	m->hot = arena_array(arena, nr, sizeof(bool));
	m->hot_to = arena_array(arena, m->net->nr_nodes, sizeof(nodeset));
	m->weight = arena_array(arena, nr, sizeof(double));
	m->parent = arena_array(arena, nr, sizeof(uint16_t));
	m->redo = arena_array(arena, nr, sizeof(bool));
	m->index = arena_array(arena, nr, sizeof(uint16_t));
	uint32_t entries_max = m->nr_cpus * memshare_reach_max(m);

	m->hot_flow = arena_array(arena, m->nr_cpus, sizeof(*m->hot_flow));
	m->hot_resource = arena_array(arena, entries_max, sizeof(uint16_t));
	m->hot_weight = arena_array(arena, entries_max, sizeof(double));
	m->maxmin = maxmin_create(arena, nr, m->nr_cpus, entries_max);
}

static void memshare_add(struct memsys *m, const struct memflow *f,
			 uint32_t node, double bytes_per_s)
{
	const struct memnet *net = m->net;
	uint32_t pair = f->home * net->nr_nodes + node;

	for (uint32_t k = net->first[pair]; k < net->first[pair + 1]; k++) {
		uint32_t r = net->way[k];

		m->offered[r] += bytes_per_s;
		m->stirred[r] = true;
		if (net->opposite[r] != MEMNET_NONE)
			m->stirred[net->opposite[r]] = true;
	}
	m->any_stirred = true;
}

void memshare_offer(struct memsys *m, struct memflow *f, double demand)
{
	for (uint32_t e = 0; e < f->nr_entries; e++) {
		struct mementry *entry = &f->entry[e];
		double offer = memflow_round(m->net, entry->share * f->bytes *
							     demand);

		memshare_add(m, f, entry->node, offer - entry->offered);
		entry->offered = offer;
	}
	f->demand = demand;
}

void memshare_withdraw(struct memsys *m, struct memflow *f)
{
	for (uint32_t e = 0; e < f->nr_entries; e++) {
		memshare_add(m, f, f->entry[e].node, -f->entry[e].offered);
		f->entry[e].offered = 0;
	}
}

void memshare_rate(struct memsys *m, uint32_t cpu, double ops_per_s)
{
	struct memflow *f = &m->flow[cpu];

	f->rate = ops_per_s;
	if (f->rate != f->reported)
		cpuset_add(&m->touched, cpu);
}

static bool memshare_crosses(const struct memsys *m, const struct memflow *f)
{
	return f->nodes & m->hot_to[f->home];
}

/*
 * The caller has set the rate of flows with a new demand to it. What is left
 * are flows that meet something hot, and those that did before.
 */
void memshare_settle(struct memsys *m)
{
	uint32_t nr = m->net->nr_resources;

	if (!m->any_stirred)
		return;
	bool other = memshare_find_hot(m);

	if (other)
		memshare_uncrowded(m);
	if (m->nr_hot) {
		uint32_t nr_flows = memshare_gather(m);

		for (uint32_t r = 0; r < nr; r++)
			m->redo[r] = false;
		for (uint32_t r = 0; r < nr; r++)
			if (m->hot[r] && (other || m->stirred[r]))
				m->redo[memshare_root(m, r)] = true;
		for (uint32_t r = 0; r < nr; r++)
			if (m->hot[r] && m->redo[r])
				memshare_group(m, r, nr_flows);
	}
	memset(m->stirred, 0, nr * sizeof(*m->stirred));
	m->any_stirred = false;
}

/* Returns whether the set of hot resources is another than before. */
static bool memshare_find_hot(struct memsys *m)
{
	const struct memnet *net = m->net;
	uint32_t n = net->nr_nodes;
	bool other = false;

	for (uint32_t r = 0; r < net->nr_resources; r++) {
		bool hot = memnet_with_opposite(net, m->offered, r) >
			   net->capacity[r];

		if (hot == m->hot[r])
			continue;
		other = true;
		m->hot[r] = hot;
		m->nr_hot += hot ? 1 : -1u;
	}
	if (!other)
		return false;
	for (uint32_t p = 0; p < n * n; p++) {
		bool hot = false;

		for (uint32_t k = net->first[p]; k < net->first[p + 1]; k++) {
			uint32_t r = net->way[k], o = net->opposite[r];

			hot |= m->hot[r] || (o != MEMNET_NONE && m->hot[o]);
		}
		m->hot_to[p / n] = hot ? nodeset_add(m->hot_to[p / n], p % n)
				       : nodeset_del(m->hot_to[p / n], p % n);
	}
	return true;
}

static void memshare_uncrowded(struct memsys *m)
{
	uint32_t cpu;

	MEMSYS_FOR_EACH(cpu, w, bits, m, &m->streaming)
		if (!memshare_crosses(m, &m->flow[cpu]))
			memshare_rate(m, cpu, m->flow[cpu].demand);
}

static uint32_t memshare_root(struct memsys *m, uint32_t r)
{
	while (m->parent[r] != r) {
		m->parent[r] = m->parent[m->parent[r]];
		r = m->parent[r];
	}
	return r;
}

static void memshare_join(struct memsys *m, uint32_t a, uint32_t b)
{
	a = memshare_root(m, a);
	b = memshare_root(m, b);
	if (a < b)
		m->parent[b] = (uint16_t)a;
	else
		m->parent[a] = (uint16_t)b;
}

/* Lists the flows over hot resources and joins these; how many flows. */
static uint32_t memshare_gather(struct memsys *m)
{
	uint32_t cpu, count = 0, nr_entries = 0;

	for (uint32_t r = 0; r < m->net->nr_resources; r++)
		m->parent[r] = (uint16_t)r;
	MEMSYS_FOR_EACH(cpu, w, bits, m, &m->streaming) {
		struct memsys_hot *hot = &m->hot_flow[count];

		if (!memshare_crosses(m, &m->flow[cpu]))
			continue;
		hot->cpu = cpu;
		hot->first = nr_entries;
		memshare_gather_flow(m, cpu, hot);
		nr_entries += hot->count;
		count++;
	}
	return count;
}

static void memshare_gather_one(struct memsys *m, struct memsys_hot *hot,
				uint32_t r, double share)
{
	if (!m->hot[r] || share <= 0)
		return;
	if (m->weight[r] <= 0) {
		m->hot_resource[hot->first + hot->count++] = (uint16_t)r;
		memshare_join(m, r, m->hot_resource[hot->first]);
	}
	m->weight[r] += share;
}

static void memshare_gather_flow(struct memsys *m, uint32_t cpu,
				 struct memsys_hot *hot)
{
	const struct memnet *net = m->net;
	const struct memflow *f = &m->flow[cpu];

	hot->count = 0;
	for (uint32_t e = 0; e < f->nr_entries; e++) {
		const struct mementry *entry = &f->entry[e];
		uint32_t pair = f->home * net->nr_nodes + entry->node;

		if (!nodeset_has(m->hot_to[f->home], entry->node))
			continue;
		for (uint32_t k = net->first[pair]; k < net->first[pair + 1];
		     k++) {
			uint32_t r = net->way[k], o = net->opposite[r];

			memshare_gather_one(m, hot, r, entry->share);
			if (o != MEMNET_NONE)
				memshare_gather_one(m, hot, o,
						    entry->share *
							net->opposite_share);
		}
	}
	for (uint32_t k = hot->first; k < hot->first + hot->count; k++) {
		m->hot_weight[k] = m->weight[m->hot_resource[k]];
		m->weight[m->hot_resource[k]] = 0;
	}
}

/* Shares out the group whose lowest resource is root. */
static void memshare_group(struct memsys *m, uint32_t root, uint32_t nr_flows)
{
	struct maxmin *mm = m->maxmin;

	maxmin_clear(mm);
	for (uint32_t r = root; r < m->net->nr_resources; r++)
		if (m->hot[r] && memshare_root(m, r) == root)
			m->index[r] = (uint16_t)maxmin_add_resource(
				mm, m->net->capacity[r]);
	for (uint32_t i = 0; i < nr_flows; i++) {
		struct memsys_hot *hot = &m->hot_flow[i];
		const struct memflow *f = &m->flow[hot->cpu];
		uint32_t end = hot->first + hot->count;

		if (memshare_root(m, m->hot_resource[hot->first]) != root)
			continue;
		maxmin_add_flow(mm, f->demand * f->bytes);
		for (uint32_t k = hot->first; k < end; k++)
			maxmin_add_entry(mm, m->index[m->hot_resource[k]],
					 m->hot_weight[k]);
	}
	maxmin_solve(mm);
	uint32_t at = 0;

	for (uint32_t i = 0; i < nr_flows; i++) {
		struct memsys_hot *hot = &m->hot_flow[i];
		const struct memflow *f = &m->flow[hot->cpu];

		if (memshare_root(m, m->hot_resource[hot->first]) != root)
			continue;
		double rate = mm->rate[at] < mm->demand[at]
				      ? mm->rate[at] / f->bytes
				      : f->demand;

		memshare_rate(m, hot->cpu, rate < f->demand ? rate : f->demand);
		at++;
	}
}

void memshare_weigh(const struct memnet *net, const struct memflow *f,
		    double *weight)
{
	for (uint32_t e = 0; e < f->nr_entries; e++) {
		uint32_t pair = f->home * net->nr_nodes + f->entry[e].node;

		for (uint32_t k = net->first[pair]; k < net->first[pair + 1];
		     k++) {
			uint32_t r = net->way[k], o = net->opposite[r];

			weight[r] += f->entry[e].share;
			if (o != MEMNET_NONE)
				weight[o] += f->entry[e].share *
					     net->opposite_share;
		}
	}
}

/* The least capacity is the rate: nobody else is there. */
double memshare_alone(struct memsys *m, const struct memflow *f, double demand)
{
	double bytes_per_s = demand * f->bytes;
	bool full = false;

	memshare_weigh(m->net, f, m->weight);
	for (uint32_t r = 0; r < m->net->nr_resources; r++) {
		if (m->weight[r] > 0 &&
		    m->weight[r] * bytes_per_s > m->net->capacity[r]) {
			bytes_per_s = m->net->capacity[r] / m->weight[r];
			full = true;
		}
		m->weight[r] = 0;
	}
	double rate = bytes_per_s / f->bytes;

	return full && rate < demand ? rate : demand;
}
