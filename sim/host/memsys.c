/* memsys.c - see memsys.h for the model, memsys_impl.h for how it runs. */
#include "host/memsys_impl.h"

#include "base/units.h"

#include <assert.h>
#include <string.h>

static void memsys_cores(struct memsys *m, struct arena *arena,
			 const struct memsys_config *config);
static void memsys_mark(struct memsys *m, uint32_t cpu);
static void memsys_place(struct memsys *m, uint32_t cpu);
static void memsys_build(const struct memsys *m, struct memflow *f,
			 const struct memsys_load *load);
static double memsys_ceiling(const struct memsys *m, uint32_t cpu);
static void memsys_stream(struct memsys *m, uint32_t cpu);
static void memsys_demands(struct memsys *m, bool moved);
static uint32_t memsys_report(struct memsys *m);

struct memsys *memsys_create(struct arena *arena,
			     const struct memsys_config *config,
			     memsys_changed *changed, void *world)
{
	struct memsys *m = arena_alloc(arena, sizeof(*m));
	struct err err;

	if (memsys_config_check(config, &err))
		panic(__FILE__, __LINE__, "%s", err.text);
	m->changed = changed;
	m->world = world;
	m->net = memnet_create(arena, config);
	m->nr_cpus = config->nr_cpus;
	m->nr_words = (m->nr_cpus + 63) / 64;
	m->write_weight = config->write_weight;
	m->write_latency_factor = config->write_latency_factor;
	m->smt[1] = 1;
	for (uint32_t k = 2; k <= MEMSYS_THREADS_MAX; k++)
		if (config->smt_throughput[k] > 0)
			m->smt[k] = k / config->smt_throughput[k];
	memsys_cores(m, arena, config);

	uint32_t n = m->net->nr_nodes;
	struct mementry *entry = arena_array(arena,
					     (size_t)(m->nr_cpus + 1) * n,
					     sizeof(*entry));

	m->load = arena_array(arena, m->nr_cpus, sizeof(*m->load));
	m->flow = arena_array(arena, m->nr_cpus + 1, sizeof(*m->flow));
	for (uint32_t cpu = 0; cpu <= m->nr_cpus; cpu++)
		m->flow[cpu].entry = entry + (size_t)cpu * n;
	for (uint32_t cpu = 0; cpu < m->nr_cpus; cpu++)
		m->flow[cpu].home = config->cpu_node[cpu];
	m->alone_flow = &m->flow[m->nr_cpus];
	m->queue = memqueue_create(arena, m->net, m->flow, m->nr_cpus);
	m->fresh_queue = memqueue_create(arena, m->net, m->flow, m->nr_cpus);
	m->alone_queue = memqueue_create(arena, m->net, m->alone_flow, 1);
	memshare_create(m, arena);
	return m;
}

static void memsys_cores(struct memsys *m, struct arena *arena,
			 const struct memsys_config *config)
{
	uint32_t n = config->nr_cpus, at = 0;

	m->cpu_core = arena_array(arena, n, sizeof(uint16_t));
	m->core_first = arena_array(arena, n + 1, sizeof(uint32_t));
	m->core_cpu = arena_array(arena, n, sizeof(uint16_t));
	m->core_busy = arena_array(arena, n, sizeof(uint8_t));
	memcpy(m->cpu_core, config->cpu_core, n * sizeof(uint16_t));
	for (uint32_t core = 0; core < n; core++) {
		m->core_first[core] = at;
		for (uint32_t cpu = 0; cpu < n; cpu++)
			if (m->cpu_core[cpu] == core)
				m->core_cpu[at++] = (uint16_t)cpu;
	}
	m->core_first[n] = at;
}

/* --- marking --- */

static void memsys_copy(struct memsys *m, uint32_t cpu, const double *share)
{
	double sum = 0;

	for (uint32_t n = 0; n < m->net->nr_nodes; n++) {
		assert(share[n] >= 0);
		assert(share[n] == 0 || m->net->capacity[n] > 0);
		m->load[cpu].share[n] = share[n];
		sum += share[n];
	}
	require(m->load[cpu].misses <= 0 ||
		(sum > 1 - 1e-6 && sum < 1 + 1e-6));
}

void memsys_reload(struct memsys *m, uint32_t cpu,
		   const struct memsys_load *load)
{
	assert(cpu < m->nr_cpus);
	require(cpuset_has(&m->running, cpu));
	assert(load->compute_ns >= 0 && load->misses >= 0);
	assert(load->misses <= 0 || load->mlp > 0);
	assert(load->write_share >= 0 && load->write_share <= 1);
	require(load->compute_ns > 0 || load->misses > 0);

	m->load[cpu].compute_ns = load->compute_ns;
	m->load[cpu].misses = load->misses;
	m->load[cpu].mlp = load->mlp;
	m->load[cpu].write_share = load->write_share;
	if (load->misses > 0)
		memsys_copy(m, cpu, load->share);
	cpuset_add(&m->fresh, cpu);
	memsys_mark(m, cpu);
}

void memsys_reshare(struct memsys *m, uint32_t cpu, const double *share)
{
	assert(cpu < m->nr_cpus);
	require(cpuset_has(&m->running, cpu));
	if (m->load[cpu].misses <= 0)
		return;
	memsys_copy(m, cpu, share);
	cpuset_add(&m->fresh, cpu);
	memsys_mark(m, cpu);
}

void memsys_start(struct memsys *m, uint32_t cpu,
		  const struct memsys_load *load)
{
	assert(cpu < m->nr_cpus);
	require(!cpuset_has(&m->running, cpu));
	cpuset_add(&m->running, cpu);
	m->core_busy[m->cpu_core[cpu]]++;
	m->flow[cpu].reported = -1;
	memsys_reload(m, cpu, load);
}

void memsys_stop(struct memsys *m, uint32_t cpu)
{
	assert(cpu < m->nr_cpus);
	require(cpuset_has(&m->running, cpu));
	cpuset_del(&m->running, cpu);
	m->core_busy[m->cpu_core[cpu]]--;
	cpuset_del(&m->fresh, cpu);
	memsys_mark(m, cpu);
}

/* The whole core: siblings change speed with it, and share its cap. */
static void memsys_mark(struct memsys *m, uint32_t cpu)
{
	uint32_t core = m->cpu_core[cpu];

	for (uint32_t k = m->core_first[core]; k < m->core_first[core + 1]; k++)
		cpuset_add(&m->marked, m->core_cpu[k]);
	m->any_marked = true;
}

/* --- settling --- */

uint32_t memsys_settle(struct memsys *m)
{
	uint32_t cpu;

	if (!m->any_marked)
		return 0;
	MEMSYS_FOR_EACH(cpu, w, bits, m, &m->marked)
		memsys_place(m, cpu);
	MEMSYS_FOR_EACH(cpu, w, bits, m, &m->marked)
		if (cpuset_has(&m->running, cpu))
			memsys_stream(m, cpu);
	memsys_demands(m, memqueue_settle(m->queue, &m->streaming));
	memshare_settle(m);
	m->marked = (cpuset){{0}};
	m->fresh = (cpuset){{0}};
	m->any_marked = false;
	return memsys_report(m);
}

/* Brings a marked CPU's flow in line with its load and its busy siblings. */
static void memsys_place(struct memsys *m, uint32_t cpu)
{
	struct memflow *f = &m->flow[cpu];
	bool running = cpuset_has(&m->running, cpu);
	bool fresh = cpuset_has(&m->fresh, cpu);

	if (cpuset_has(&m->streaming, cpu) && (!running || fresh)) {
		memqueue_take(m->queue, f);
		memshare_withdraw(m, f);
		cpuset_del(&m->streaming, cpu);
	}
	if (fresh)
		memsys_build(m, f, &m->load[cpu]);
	if (!running) {
		f->rate = 0;
		return;
	}
	f->fixed_ns = m->load[cpu].compute_ns *
			      m->smt[m->core_busy[m->cpu_core[cpu]]] +
		      f->stall * f->idle_ns;
	f->idle_rate = 1e9 / f->fixed_ns;
}

static void memsys_build(const struct memsys *m, struct memflow *f,
			 const struct memsys_load *load)
{
	const struct memnet *net = m->net;
	double s_per_byte = 0;

	f->nr_entries = 0;
	f->nodes = NODESET_NONE;
	f->idle_ns = 0;
	f->stall = 0;
	f->demand = -1;
	f->core_s = 0;
	if (load->misses <= 0)
		return;
	for (uint32_t n = 0; n < net->nr_nodes; n++) {
		uint32_t pair = f->home * net->nr_nodes + n;
		double share = load->share[n];

		if (share <= 0)
			continue;
		f->entry[f->nr_entries++] = (struct mementry){
			.share = share, .node = n};
		f->nodes = nodeset_add(f->nodes, n);
		f->idle_ns += share * net->idle_ns[pair];
		s_per_byte += share * net->core_s_per_byte[pair];
	}
	f->stall = load->misses / load->mlp *
		   (1 + load->write_share * (m->write_latency_factor - 1));
	f->bytes = CACHE_LINE_BYTES * load->misses *
		   (1 + load->write_share * m->write_weight);
	f->core_s = f->bytes * s_per_byte;
}

/*
 * Step 1: the flow's rate if each thread of its core did what it would on an
 * idle host, cut to the max-min shares of the core's stream cap, 1 s per s.
 */
static double memsys_ceiling(const struct memsys *m, uint32_t cpu)
{
	uint32_t core = m->cpu_core[cpu], nr_left = 0;
	const struct memflow *left[MEMSYS_THREADS_MAX];
	const struct memflow *f = &m->flow[cpu];
	double rest = 1;

	for (uint32_t k = m->core_first[core]; k < m->core_first[core + 1];
	     k++) {
		uint32_t sibling = m->core_cpu[k];

		if (cpuset_has(&m->running, sibling) &&
		    m->flow[sibling].nr_entries > 0)
			left[nr_left++] = &m->flow[sibling];
	}
	for (uint32_t before = 0; nr_left > 0 && nr_left != before;) {
		double share = rest / nr_left;
		uint32_t kept = 0;

		before = nr_left;
		for (uint32_t k = 0; k < nr_left; k++) {
			double use = left[k]->idle_rate * left[k]->core_s;

			if (use > share) {
				left[kept++] = left[k];
				continue;
			}
			if (left[k] == f)
				return f->idle_rate;
			rest -= use;
		}
		nr_left = kept;
	}
	return rest / nr_left / f->core_s;
}

/* Puts a marked, running flow in the queues as it now is. */
static void memsys_stream(struct memsys *m, uint32_t cpu)
{
	struct memflow *f = &m->flow[cpu];

	if (f->nr_entries == 0) {
		f->demand = f->idle_rate;
		memshare_rate(m, cpu, f->idle_rate);
		return;
	}
	double ceiling = memsys_ceiling(m, cpu);

	if (cpuset_has(&m->streaming, cpu)) {
		if (f->put_ns == f->fixed_ns && f->ceiling == ceiling)
			return;
		memqueue_take(m->queue, f);
	}
	f->put_ns = f->fixed_ns;
	f->ceiling = ceiling;
	memqueue_put(m->queue, f);
	cpuset_add(&m->streaming, cpu);
}

/* moved: delays have; else only marked flows can have another demand. */
static void memsys_demands(struct memsys *m, bool moved)
{
	uint32_t cpu;

	MEMSYS_FOR_EACH(cpu, w, bits, m, moved ? &m->streaming : &m->marked) {
		struct memflow *f = &m->flow[cpu];

		if (!cpuset_has(&m->streaming, cpu) ||
		    (!(moved && f->nodes & m->queue->moved[f->home]) &&
		     !cpuset_has(&m->marked, cpu)))
			continue;
		double demand = memflow_rate(
			f, memflow_row(f, m->net, m->queue->published_ns));

		if (demand == f->demand)
			continue;
		memshare_offer(m, f, demand);
		memshare_rate(m, cpu, demand);
	}
}

static uint32_t memsys_report(struct memsys *m)
{
	uint32_t cpu, count = 0;
	cpuset touched = m->touched;

	m->touched = (cpuset){{0}};
	MEMSYS_FOR_EACH(cpu, w, bits, m, &touched) {
		struct memflow *f = &m->flow[cpu];

		if (!cpuset_has(&m->running, cpu) || f->rate == f->reported)
			continue;
		f->reported = f->rate;
		count++;
		if (m->changed)
			m->changed(m->world, cpu, f->rate);
	}
	return count;
}

/* --- getters --- */

bool memsys_running(const struct memsys *m, uint32_t cpu)
{
	assert(cpu < m->nr_cpus);
	return cpuset_has(&m->running, cpu);
}

double memsys_ops_per_s(const struct memsys *m, uint32_t cpu)
{
	assert(cpu < m->nr_cpus);
	return m->flow[cpu].rate;
}

double memsys_demand_ops_per_s(const struct memsys *m, uint32_t cpu)
{
	assert(cpu < m->nr_cpus);
	return cpuset_has(&m->running, cpu) ? m->flow[cpu].demand : 0;
}

double memsys_latency_ns(const struct memsys *m, uint32_t cpu_node,
			 uint32_t node)
{
	uint32_t pair = cpu_node * m->net->nr_nodes + node;

	assert(cpu_node < m->net->nr_nodes && node < m->net->nr_nodes);
	return m->net->idle_ns[pair] + m->queue->published_ns[pair];
}

double memsys_idle_latency_ns(const struct memsys *m, uint32_t cpu_node,
			      uint32_t node)
{
	assert(cpu_node < m->net->nr_nodes && node < m->net->nr_nodes);
	return m->net->idle_ns[cpu_node * m->net->nr_nodes + node];
}

double memsys_controller_capacity(const struct memsys *m, uint32_t node)
{
	assert(node < m->net->nr_nodes);
	return m->net->capacity[node];
}

double memsys_link_capacity(const struct memsys *m, uint32_t link)
{
	assert(link < m->net->nr_resources - m->net->nr_nodes);
	return m->net->capacity[m->net->nr_nodes + link];
}

static double memsys_resource_used(const struct memsys *m, uint32_t resource)
{
	const struct memnet *net = m->net;
	uint32_t opposite = net->opposite[resource], cpu;
	double used = 0, used_opposite = 0;

	MEMSYS_FOR_EACH(cpu, w, bits, m, &m->streaming) {
		const struct memflow *f = &m->flow[cpu];

		for (uint32_t e = 0; e < f->nr_entries; e++) {
			uint32_t pair = f->home * net->nr_nodes +
					f->entry[e].node;
			double bytes_per_s = f->rate * f->bytes *
					     f->entry[e].share;

			for (uint32_t k = net->first[pair];
			     k < net->first[pair + 1]; k++) {
				if (net->way[k] == resource)
					used += bytes_per_s;
				else if (net->way[k] == opposite)
					used_opposite += bytes_per_s;
			}
		}
	}
	return used + net->opposite_share * used_opposite;
}

double memsys_controller_used(const struct memsys *m, uint32_t node)
{
	assert(node < m->net->nr_nodes);
	return memsys_resource_used(m, node);
}

double memsys_link_used(const struct memsys *m, uint32_t link)
{
	assert(link < m->net->nr_resources - m->net->nr_nodes);
	return memsys_resource_used(m, m->net->nr_nodes + link);
}

double memsys_alone_ops_per_s(struct memsys *m, uint32_t cpu,
			      const struct memsys_load *load)
{
	struct memflow *f = m->alone_flow;
	cpuset only = {{1}};

	assert(cpu < m->nr_cpus);
	require(load->compute_ns > 0 || load->misses > 0);
	f->home = m->flow[cpu].home;
	memsys_build(m, f, load);
	f->fixed_ns = load->compute_ns + f->stall * f->idle_ns;
	f->idle_rate = 1e9 / f->fixed_ns;
	if (f->nr_entries == 0)
		return f->idle_rate;
	f->ceiling = f->idle_rate * f->core_s > 1 ? 1 / f->core_s
						   : f->idle_rate;
	memqueue_restart(m->alone_queue);
	memqueue_put(m->alone_queue, f);
	memqueue_settle(m->alone_queue, &only);
	return memshare_alone(
		m, f,
		memflow_rate(f, memflow_row(f, m->net,
					    m->alone_queue->published_ns)));
}
