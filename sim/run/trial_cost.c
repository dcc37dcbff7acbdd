#include "run/trial_cost.h"

#include "base/err.h"
#include "host/host_memsys.h"

#include <math.h>
#include <string.h>

#define MEAN_MAX 1e30

/* --- once for a host and a workload --------------------------------------------------- */

/* The fastest local access there is: from which CPU, to which node. */
static void find_best(struct trial_speed *s, uint32_t *cpu, uint32_t *node)
{
	const struct host *host = s->host;

	s->best_latency_ns = 0;
	for (uint32_t i = 0; i < host->nr_cpu_nodes; i++)
		for (uint32_t j = 0; j < host->nr_nodes; j++) {
			double ns = host_latency_ns(host, i, j);

			if (!host->node[j].pages ||
			    (s->best_latency_ns > 0 &&
			     ns >= s->best_latency_ns))
				continue;
			s->best_latency_ns = ns;
			*cpu = cpuset_first(&host->node[i].cpus);
			*node = j;
		}
}

static double op_ns(const struct trial_speed *s, uint32_t op, uint32_t cpu,
		    const double share[NODE_MAX])
{
	const struct workload_op *o = &s->workload->op[op];
	struct memsys_load load = {
		.compute_ns = o->compute_ns,
		.misses = o->misses,
		.mlp = o->mlp,
		.write_share = o->write_share,
	};

	memcpy(load.share, share, sizeof(load.share));
	return 1e9 / memsys_alone_ops_per_s(s->mem, cpu, &load);
}

/* CPU time alone of each operation in one pass over the phase. */
static void add_phase(struct trial_speed *s, const struct workload_phase *p)
{
	double times = p->repeat == WORKLOAD_FOREVER ? 1 : p->repeat;

	for (uint32_t i = 0; i < p->step_count; i++) {
		const struct workload_step *step = &p->step[i];
		double mean = dist_mean(&step->amount);

		if (step->kind == WORKLOAD_SLEEP)
			continue;
		/* A pareto may have none: it outweighs the others. */
		if (!(mean < MEAN_MAX))
			mean = MEAN_MAX;
		if (step->kind == WORKLOAD_RUN_OPS)
			mean *= s->op_alone_ns[step->op_index];
		s->op_weight[step->op_index] += times * mean;
	}
}

static void weigh_ops(struct trial_speed *s)
{
	const struct workload *w = s->workload;
	const struct workload_phase *last = &w->phase[w->phase_count - 1];
	double sum = 0;

	if (last->repeat == WORKLOAD_FOREVER)
		add_phase(s, last);
	for (uint32_t p = 0; last->repeat != WORKLOAD_FOREVER &&
			     p < w->phase_count; p++)
		add_phase(s, &w->phase[p]);
	for (uint32_t o = 0; o < w->op_count; o++)
		sum += s->op_weight[o];
	for (uint32_t o = 0; o < w->op_count; o++)
		s->op_weight[o] = sum > 0 ? s->op_weight[o] / sum
					  : 1.0 / w->op_count;
}

int trial_speed_init(struct arena *arena, const struct host *host,
		     const struct host_state *state,
		     const struct workload *workload,
		     struct trial_speed *s, struct err *err)
{
	struct memsys_config config;
	uint32_t best_cpu = 0, best_node = 0;
	double share[NODE_MAX] = {0};

	memset(s, 0, sizeof(*s));
	s->host = host;
	s->state = state;
	s->workload = workload;
	host_memsys_config(arena, host, &config);
	if (host_state_match(state, host, s->host_node, err) ||
	    memsys_config_check(&config, err))
		return -1;
	s->mem = memsys_create(arena, &config, NULL, NULL);
	find_best(s, &best_cpu, &best_node);
	if (!workload)
		return 0;
	share[best_node] = 1;
	for (uint32_t o = 0; o < workload->op_count; o++)
		s->op_alone_ns[o] = op_ns(s, o, best_cpu, share);
	weigh_ops(s);
	return 0;
}

/* --- a guest --------------------------------------------------------------------------- */

/* Share of the vCPU's CPUs on each node of the profile. */
static void weigh_nodes(const struct trial_speed *s, const struct trial *t,
			const struct host_state_vcpu *vcpu,
			double weight[NODE_MAX])
{
	cpuset hard = cpuset_and(&vcpu->hard, t->view->view.pool_cpus);
	cpuset both = cpuset_and(&vcpu->soft, &hard);
	cpuset all = host_state_cpus(s->state);
	const cpuset *cpus;
	uint32_t count = 0;

	both = cpuset_and(&both, &all);
	hard = cpuset_and(&hard, &all);
	cpus = cpuset_empty(&both) ? &hard : &both;
	memset(weight, 0, NODE_MAX * sizeof(weight[0]));
	for (uint32_t c = cpuset_first(cpus); c != CPU_NONE;
	     c = cpuset_from(cpus, c + 1)) {
		weight[s->host_node[s->state->cpu[c].node]]++;
		count++;
	}
	for (uint32_t n = 0; n < NODE_MAX; n++)
		weight[n] /= count;
}

/* Shares of accesses per node of the profile; own of them to the vnode. */
static void share_nodes(const struct trial_speed *s, const struct trial *t,
			uint32_t vcpu, double own, double share[NODE_MAX])
{
	uint32_t vnode = t->vnode_count ? t->vcpu_to_vnode[vcpu] : 0;

	if (!t->vnode_count || !t->vnode_pages[vnode])
		own = 0;
	memset(share, 0, NODE_MAX * sizeof(share[0]));
	for (uint32_t n = 0; n < s->state->node_count; n++) {
		double part = (1 - own) * (double)t->pages_on[n] /
			      (double)t->total_pages;

		if (own > 0)
			part += own * (double)t->vnode_pages_on[vnode][n] /
				(double)t->vnode_pages[vnode];
		share[s->host_node[n]] += part;
	}
}

static void add_vcpu(const struct trial_speed *s, const double weight[NODE_MAX],
		     const double share[NODE_MAX], double factor,
		     struct trial_cost *cost)
{
	const struct host *host = s->host;

	for (uint32_t i = 0; i < host->nr_cpu_nodes; i++) {
		double part = weight[i] * factor;

		if (!(part > 0))
			continue;
		cost->remote += part * (1 - share[i]);
		for (uint32_t n = 0; n < host->nr_nodes; n++) {
			cost->distance += part * share[n] *
					  host_distance(host, i, n) /
					  HOST_DISTANCE_LOCAL;
			cost->latency += part * share[n] *
					 host_latency_ns(host, i, n) /
					 s->best_latency_ns;
		}
	}
}

/* Time of operation o over that at the best place. */
static double op_slowdown(const struct trial_speed *s, uint32_t o,
			  const double weight[NODE_MAX],
			  const double share[NODE_MAX])
{
	double slowdown = 0;

	for (uint32_t i = 0; i < s->host->nr_cpu_nodes; i++)
		if (weight[i] > 0)
			slowdown += weight[i] *
				    op_ns(s, o,
					  cpuset_first(&s->host->node[i].cpus),
					  share) /
				    s->op_alone_ns[o];
	return slowdown;
}

void trial_cost(const struct trial_speed *s, const struct trial *t,
		struct trial_cost *cost)
{
	const struct workload *w = s->workload;
	uint32_t working = t->config->vcpus;
	double weight[NODE_MAX], share[NODE_MAX];

	if (w && w->thread_count && w->thread_count < working)
		working = w->thread_count;
	*cost = (struct trial_cost){.slowdown = w ? 0 : (double)NAN};
	for (uint32_t v = 0; v < working; v++) {
		weigh_nodes(s, t, &t->vcpu[v], weight);
		if (!w) {
			share_nodes(s, t, v, 0, share);
			add_vcpu(s, weight, share, 1.0 / working, cost);
		}
		for (uint32_t o = 0; w && o < w->op_count; o++) {
			share_nodes(s, t, v, w->op[o].own_vnode_share, share);
			add_vcpu(s, weight, share,
				 s->op_weight[o] / working, cost);
			cost->slowdown += s->op_weight[o] / working *
					  op_slowdown(s, o, weight, share);
		}
	}
}
