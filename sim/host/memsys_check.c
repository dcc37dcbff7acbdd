/* memsys_check.c - the invariants M1 to M8 of memsys.h. */
#include "host/memsys_impl.h"

#include <math.h>
#include <string.h>

#define SLACK 1e-9

/* What is carried by and offered to each resource, and its highest bytes/s. */
struct tally {
	double used[NODE_MAX + MEMSYS_LINKS_MAX];
	double offered[NODE_MAX + MEMSYS_LINKS_MAX]; /* without opposites */
	double fastest[NODE_MAX + MEMSYS_LINKS_MAX];
	double weight[NODE_MAX + MEMSYS_LINKS_MAX];
};

static void check_marks(const struct memsys *m);
static void check_cores(const struct memsys *m);
static void check_rates(const struct memsys *m);
static void tally_flow(const struct memsys *m, const struct memflow *f,
		       struct tally *t);
static void check_fair(const struct memsys *m, const struct memflow *f,
		       struct tally *t);

void memsys_check(const struct memsys *m)
{
	struct tally t;
	uint32_t cpu;

	check_marks(m);
	check_cores(m);
	check_rates(m);
	memset(&t, 0, sizeof(t));
	MEMSYS_FOR_EACH(cpu, w, bits, m, &m->streaming)
		tally_flow(m, &m->flow[cpu], &t);
	for (uint32_t r = 0; r < m->net->nr_resources; r++) {
		/* M1 */
		require(t.used[r] <= m->net->capacity[r] * (1 + SLACK));
		/* M4 */
		require(t.offered[r] == m->offered[r]);
	}
	MEMSYS_FOR_EACH(cpu, w, bits, m, &m->streaming)
		check_fair(m, &m->flow[cpu], &t);
	/* M6, and M4 for the queues */
	memqueue_check(m->queue, m->fresh_queue, &m->streaming);
}

static void check_marks(const struct memsys *m)
{
	/* M8 */
	require(!m->any_marked && cpuset_empty(&m->marked));
	require(cpuset_empty(&m->fresh) && cpuset_empty(&m->touched));
	require(cpuset_subset(&m->streaming, &m->running));
	for (uint32_t cpu = 0; cpu < m->nr_cpus; cpu++)
		require(cpuset_has(&m->streaming, cpu) ==
			(cpuset_has(&m->running, cpu) &&
			 m->flow[cpu].nr_entries > 0));
}

static void check_cores(const struct memsys *m)
{
	for (uint32_t core = 0; core < m->nr_cpus; core++) {
		uint32_t busy = 0;
		double core_s = 0;

		for (uint32_t k = m->core_first[core];
		     k < m->core_first[core + 1]; k++) {
			uint32_t cpu = m->core_cpu[k];

			busy += cpuset_has(&m->running, cpu);
			if (cpuset_has(&m->streaming, cpu))
				core_s += m->flow[cpu].rate *
					  m->flow[cpu].core_s;
		}
		/* M8, M7 */
		require(busy == m->core_busy[core]);
		require(core_s <= 1 + SLACK);
	}
}

static void check_rates(const struct memsys *m)
{
	for (uint32_t cpu = 0; cpu < m->nr_cpus; cpu++) {
		const struct memflow *f = &m->flow[cpu];

		/* M2 */
		if (!cpuset_has(&m->running, cpu)) {
			require(f->rate == 0);
			continue;
		}
		require(isfinite(f->rate) && f->rate > 0);
		require(f->rate <= f->demand && f->rate == f->reported);
		/* M5 */
		const struct memsys_load *load = &m->load[cpu];
		double fixed_ns = load->compute_ns *
				  m->smt[m->core_busy[m->cpu_core[cpu]]];

		if (f->nr_entries > 0)
			fixed_ns += f->stall * f->idle_ns;
		require(f->fixed_ns == fixed_ns);
		if (f->nr_entries > 0)
			require(f->demand ==
				memflow_rate(f, memflow_row(
					f, m->net, m->queue->published_ns)));
		else
			require(f->demand == 1e9 / fixed_ns);
	}
}

static void tally_flow(const struct memsys *m, const struct memflow *f,
		       struct tally *t)
{
	const struct memnet *net = m->net;
	double bytes_per_s = f->rate * f->bytes;

	memset(t->weight, 0, net->nr_resources * sizeof(double));
	memshare_weigh(net, f, t->weight);
	for (uint32_t r = 0; r < net->nr_resources; r++) {
		t->used[r] += t->weight[r] * bytes_per_s;
		if (t->weight[r] > 0 && bytes_per_s > t->fastest[r])
			t->fastest[r] = bytes_per_s;
	}
	for (uint32_t e = 0; e < f->nr_entries; e++) {
		uint32_t pair = f->home * net->nr_nodes + f->entry[e].node;

		for (uint32_t k = net->first[pair]; k < net->first[pair + 1];
		     k++)
			t->offered[net->way[k]] += f->entry[e].offered;
	}
}

static void check_fair(const struct memsys *m, const struct memflow *f,
		       struct tally *t)
{
	const struct memnet *net = m->net;
	bool bottleneck = false;

	if (f->rate >= f->demand * (1 - SLACK))
		return;
	memset(t->weight, 0, net->nr_resources * sizeof(double));
	memshare_weigh(net, f, t->weight);
	for (uint32_t r = 0; r < net->nr_resources; r++)
		bottleneck |= t->weight[r] > 0 &&
			      t->used[r] >= net->capacity[r] * (1 - SLACK) &&
			      f->rate * f->bytes >= t->fastest[r] * (1 - SLACK);
	/* M3 */
	require(bottleneck);
}
