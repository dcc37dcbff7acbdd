/*
 * world_vcpu.c - vCPUs at work: the scheduler says where, the memory system
 *                how fast, the workload what.
 *
 * MODEL   A vCPU is in one state of its program:
 *
 *           RUN    some operations, or some CPU time, of one kind are left
 *           SLEEP  blocked; its timer is the wake-up
 *           END    blocked for good
 *
 *         While it has a CPU in state RUN it has a flow in the memory system
 *         and its timer is the end of the step, at the present rate. What a
 *         context switch and a move cost (constants of the host) is time on
 *         the CPU without progress, before the first operation.
 */
#include "run/world.h"

#include "base/err.h"

#include <math.h>
#include <stdio.h>

static const struct workload_op *vcpu_op(const struct world_vcpu *v)
{
	return &v->guest->arrival.workload->op[v->op_index];
}

/* The shares of this vCPU's accesses over the nodes. */
static void vcpu_shares(const struct world_vcpu *v, double share[NODE_MAX])
{
	const struct world_shares *s = &v->guest->shares;
	double own = vcpu_op(v)->own_vnode_share;
	uint32_t nr_nodes = v->world->host->nr_nodes;

	if (v->vnode == VNODE_NONE || own <= 0) {
		for (uint32_t n = 0; n < nr_nodes; n++)
			share[n] = s->all[n];
		return;
	}
	for (uint32_t n = 0; n < nr_nodes; n++)
		share[n] = own * s->vnode[v->vnode][n] +
			   (1 - own) * s->all[n];
}

static void vcpu_load(const struct world_vcpu *v, struct memsys_load *load)
{
	const struct workload_op *op = vcpu_op(v);

	load->compute_ns = op->compute_ns;
	load->misses = op->misses;
	load->mlp = op->mlp;
	load->write_share = op->write_share;
	vcpu_shares(v, load->share);
}

void vcpu_alone(struct world_guest *guest)
{
	struct world *w = guest->world;
	const struct workload *workload = guest->arrival.workload;

	for (uint32_t i = 0; i < workload->op_count; i++) {
		const struct workload_op *op = &workload->op[i];
		struct memsys_load load = {
			.compute_ns = op->compute_ns,
			.misses = op->misses,
			.mlp = op->mlp,
			.write_share = op->write_share,
		};

		load.share[w->best_node] = 1;
		guest->alone_op_ns[i] =
			1e9 / memsys_alone_ops_per_s(w->mem, w->best_cpu, &load);
	}
}

void vcpu_account(struct world_vcpu *v)
{
	struct world *w = v->world;
	int64_t now_ns = world_now_ns(w);

	if (v->cpu == CPU_NONE || now_ns <= v->since_ns)
		return;

	int64_t ran_ns = now_ns - v->since_ns;
	double ops = (double)ran_ns * v->ops_per_ns;

	v->since_ns = now_ns;
	if (v->state != VCPU_RUN)
		return;
	if (v->counts_cpu) {
		v->cpu_left_ns -= ran_ns;
	} else {
		/* The last one ends on a whole ns: never more than asked. */
		if (ops > v->ops_left)
			ops = v->ops_left;
		v->ops_left -= ops;
	}

	const struct workload_op *op = vcpu_op(v);
	double accesses = ops * op->misses;

	v->alone_ns += ops * v->guest->alone_op_ns[v->op_index];
	v->score += ops * op->score;
	if (accesses > 0) {
		v->accesses += accesses;
		v->remote_accesses += accesses * v->remote_share;
		v->distance_sum += accesses * v->distance;
	}
}

/* Remote share and mean distance of accesses from where it runs. */
static void vcpu_note_distance(struct world_vcpu *v, const double *share)
{
	const struct host *host = v->world->host;
	uint32_t home = v->world->cpu_to_node[v->cpu];

	v->distance = 0;
	v->remote_share = 0;
	for (uint32_t n = 0; n < host->nr_nodes; n++) {
		v->distance += share[n] * host_distance(host, home, n) /
			       (double)HOST_DISTANCE_LOCAL;
		if (n != home)
			v->remote_share += share[n];
	}
}

static void vcpu_start_flow(struct world_vcpu *v)
{
	struct memsys_load load;

	vcpu_load(v, &load);
	vcpu_note_distance(v, load.share);
	v->ops_per_ns = 0;
	memsys_start(v->world->mem, v->cpu, &load);
}

void vcpu_reshare_all(struct world_guest *guest)
{
	for (uint32_t i = 0; i < guest->vcpu_count; i++) {
		struct world_vcpu *v = &guest->vcpu[i];
		double share[NODE_MAX];

		if (v->cpu == CPU_NONE || v->state != VCPU_RUN)
			continue;
		vcpu_account(v);
		vcpu_shares(v, share);
		vcpu_note_distance(v, share);
		memsys_reshare(v->world->mem, v->cpu, share);
	}
}

/* When will this step be done, at the present rate? */
static void vcpu_arm(struct world_vcpu *v)
{
	struct des *des = v->world->des;
	int64_t start_ns = v->since_ns, left_ns;

	if (v->counts_cpu) {
		left_ns = v->cpu_left_ns;
	} else {
		if (v->ops_per_ns <= 0)
			return;
		double ns = v->ops_left / v->ops_per_ns;

		left_ns = ns >= 9e18 ? TIME_NEVER_NS : (int64_t)ceil(ns);
	}
	if (left_ns >= TIME_NEVER_NS - start_ns)
		des_timer_stop(des, v->timer);
	else
		des_timer_set(des, v->timer, start_ns + left_ns);
}

void vcpu_rate_changed(void *world, uint32_t cpu, double ops_per_s)
{
	struct world *w = world;
	struct world_vcpu *v = w->running[cpu];

	require(v != NULL);
	vcpu_account(v);
	v->ops_per_ns = ops_per_s * 1e-9;
	vcpu_arm(v);
}

/* Takes the next step of the program; the vCPU is not on a CPU or has just
 * finished a step there. */
static void vcpu_step(struct world_vcpu *v)
{
	struct program_step step;

	program_next(&v->program, &step);
	switch (step.kind) {
	case PROGRAM_RUN:
		v->state = VCPU_RUN;
		v->op_index = (uint16_t)step.op_index;
		v->counts_cpu = step.cpu_ns > 0;
		v->ops_left = step.ops;
		v->cpu_left_ns = step.cpu_ns;
		break;
	case PROGRAM_SLEEP:
		v->state = VCPU_SLEEP;
		des_timer_set(v->world->des, v->timer,
			      world_now_ns(v->world) + step.sleep_ns);
		break;
	case PROGRAM_END:
		v->state = VCPU_END;
		break;
	}
}

/* The running vCPU's step is done. */
static void vcpu_step_done(struct world_vcpu *v)
{
	uint16_t op_before = v->op_index;
	struct memsys_load load;

	vcpu_account(v);
	vcpu_step(v);
	if (v->state != VCPU_RUN) {
		memsys_stop(v->world->mem, v->cpu);
		sched_unit_block(v->world->sched, v->unit);
		return;
	}
	if (v->op_index != op_before) {
		vcpu_load(v, &load);
		memsys_reload(v->world->mem, v->cpu, &load);
	}
	vcpu_arm(v);
}

/* It has a step to run: put it online the first time, wake it later. A vCPU
 * whose program begins with a sleep comes online after it. */
static void vcpu_awake(struct world_vcpu *v)
{
	if (v->state != VCPU_RUN)
		return;
	if (v->online)
		sched_unit_wake(v->world->sched, v->unit);
	else
		sched_unit_up(v->world->sched, v->unit);
	v->online = true;
}

static void vcpu_event(void *object, uint64_t unused)
{
	struct world_vcpu *v = object;

	(void)unused;
	if (v->state == VCPU_RUN) {
		vcpu_step_done(v);
		return;
	}
	require(v->state == VCPU_SLEEP);
	vcpu_step(v);
	vcpu_awake(v);
}

/* --- the scheduler's hooks ------------------------------------------------- */

static int64_t hook_now_ns(void *world)
{
	return world_now_ns(world);
}

static void timer_event(void *object, uint64_t timer)
{
	sched_timer_fired(((struct world *)object)->sched, (uint32_t)timer);
}

static void hook_timer_set(void *world, uint32_t timer, int64_t at_ns)
{
	struct world *w = world;

	while (timer >= w->timer_count) {
		if ((w->timer_count & (w->timer_count - 1)) == 0) {
			uint32_t room = w->timer_count ? w->timer_count * 2 : 64;
			des_handle *grown = arena_array(w->arena, room,
							sizeof(*grown));

			for (uint32_t i = 0; i < w->timer_count; i++)
				grown[i] = w->timer[i];
			w->timer = grown;
		}
		w->timer[w->timer_count] = des_timer_create(
			w->des, timer_event, w, w->timer_count);
		w->timer_count++;
	}
	des_timer_set(w->des, w->timer[timer], at_ns);
}

static void hook_timer_stop(void *world, uint32_t timer)
{
	struct world *w = world;

	if (timer < w->timer_count)
		des_timer_stop(w->des, w->timer[timer]);
}

static uint32_t hook_random(void *world)
{
	return (uint32_t)rng_u64(&((struct world *)world)->sched_rng);
}

static void vcpu_switched_out(struct world_vcpu *v, uint32_t cpu)
{
	struct world *w = v->world;

	require(v->cpu == cpu);
	vcpu_account(v);
	if (!sched_unit_prefers(v->unit, cpu))
		v->nonaffine_ns += world_now_ns(w) - v->switched_in_ns;
	if (v->state == VCPU_RUN) {
		memsys_stop(w->mem, cpu);
		des_timer_stop(w->des, v->timer);
	}
	v->cpu = CPU_NONE;
	v->last_cpu = (uint16_t)cpu;
	v->ops_per_ns = 0;
	w->running[cpu] = NULL;
}

static void vcpu_switched_in(struct world_vcpu *v, uint32_t cpu)
{
	struct world *w = v->world;
	double cost_ns = w->host->constant.context_switch_ns;

	v->cpu = (uint16_t)cpu;
	v->switched_in_ns = world_now_ns(w);
	w->running[cpu] = v;
	if (v->last_cpu != CPU_NONE && v->last_cpu != cpu) {
		cost_ns += host_migrate_ns(w->host, v->last_cpu, cpu);
		v->moves++;
		if (w->cpu_to_node[v->last_cpu] != w->cpu_to_node[cpu])
			v->node_moves++;
	}
	v->since_ns = v->switched_in_ns + (int64_t)cost_ns;
	if (v->state == VCPU_RUN)
		vcpu_start_flow(v);
}

static void hook_context_switch(void *world, uint32_t cpu,
				struct sched_unit *prev, struct sched_unit *next)
{
	struct world *w = world;

	if (prev)
		vcpu_switched_out(sched_unit_owner(prev), cpu);
	if (next)
		vcpu_switched_in(sched_unit_owner(next), cpu);
	else
		w->scrub_wanted = true;
	if (w->trace)
		world_trace_switch(w, cpu, prev != NULL);
}

/* outcome.h counts them; here the trace shows whose vCPU waits. */
static void hook_livelock(void *world, uint32_t cpu, struct sched_unit *unit)
{
	struct world *w = world;
	struct world_vcpu *v = sched_unit_owner(unit);

	(void)cpu;
	if (w->trace)
		world_trace_guest(v->guest, "livelock of the null scheduler");
}

void vcpu_hooks(struct world *world, struct sched_env *env)
{
	*env = (struct sched_env){
		.world = world,
		.now_ns = hook_now_ns,
		.timer_set = hook_timer_set,
		.timer_stop = hook_timer_stop,
		.random = hook_random,
		.context_switch = hook_context_switch,
		.livelock = hook_livelock,
	};
}

/* --- life of a guest's vCPUs ------------------------------------------------ */

/* The vnode of a vCPU: the first whose list has it. */
static uint8_t vnode_of(const struct xlcfg *cfg, uint32_t vcpu)
{
	for (uint32_t v = 0; v < cfg->vnode_count; v++)
		if (vcpu < CPU_MAX && cpuset_has(&cfg->vnode[v].vcpus, vcpu))
			return (uint8_t)v;
	return VNODE_NONE;
}

void vcpu_create_all(struct world_guest *guest, const cpuset *allowed)
{
	struct world *w = guest->world;

	guest->vcpu = arena_array(w->arena, guest->vcpu_count,
				  sizeof(*guest->vcpu));
	for (uint32_t i = 0; i < guest->vcpu_count; i++) {
		struct world_vcpu *v = &guest->vcpu[i];

		v->world = w;
		v->guest = guest;
		v->cpu = CPU_NONE;
		v->last_cpu = CPU_NONE;
		v->state = VCPU_NEW;
		v->vnode = VNODE_NONE;
		if (guest->arrival.config)
			v->vnode = vnode_of(guest->arrival.config, i);
		v->timer = des_timer_create(w->des, vcpu_event, v, 0);
		v->unit = sched_unit_create(w->sched, guest->dom, allowed, v);
	}
}

void vcpu_start_all(struct world_guest *guest)
{
	struct world *w = guest->world;
	uint32_t online = guest->arrival.config->vcpus;

	for (uint32_t i = 0; i < online; i++) {
		struct world_vcpu *v = &guest->vcpu[i];

		program_init(&v->program, guest->arrival.workload,
			     w->config.seed, guest->arrival.entity, i);
		vcpu_step(v);
		vcpu_awake(v);
	}
	sched_dom_unpause(w->sched, guest->dom);
}

void vcpu_work(struct world_guest *guest, struct world_work *work)
{
	struct world *w = guest->world;

	*work = (struct world_work){0};
	for (uint32_t i = 0; i < guest->vcpu_count; i++) {
		struct world_vcpu *v = &guest->vcpu[i];
		struct sched_unit_times times =
			sched_unit_times(w->sched, v->unit);

		vcpu_account(v);
		work->alone_ns += v->alone_ns;
		work->accesses += v->accesses;
		work->remote_accesses += v->remote_accesses;
		work->distance_sum += v->distance_sum;
		work->score += v->score;
		work->run_ns += times.in_ns[SCHED_RUNNING];
		work->wait_ns += times.in_ns[SCHED_RUNNABLE];
		work->nonaffine_ns += v->nonaffine_ns;
		work->moves += v->moves;
		work->node_moves += v->node_moves;
	}
}

void vcpu_destroy_all(struct world_guest *guest)
{
	struct world *w = guest->world;

	sched_dom_pause(w->sched, guest->dom);
	sched_softirqs(w->sched);
	vcpu_work(guest, &guest->final);
	for (uint32_t i = 0; i < guest->vcpu_count; i++) {
		struct world_vcpu *v = &guest->vcpu[i];

		require(v->cpu == CPU_NONE);
		des_timer_destroy(w->des, v->timer);
		v->unit = NULL;
	}
	sched_dom_destroy(w->sched, guest->dom);
	guest->dom = NULL;
}
