/*
 * credit_pick.c - which CPU a unit is given, and which one is told of it.
 *
 * RULE    facts/xen.md 7.2 "pick_cpu" and "tickle". Pick walks the idle CPUs
 *         the unit may use, soft affinity first, and goes over to one with
 *         more idle threads around it (with fewer, to save power): in the same
 *         socket threads of the core count, in another all its CPUs, which must
 *         then be twice as many.
 *
 *         Tickle tells the own CPU if it idles, or all are busy and the unit is
 *         better than what runs there; else one idle CPU in soft, then in hard
 *         affinity. That one will steal the unit: waking moves nobody.
 */
#include "xen/credit.h"

/* The CPU so far, and those not yet looked at. */
struct search {
	uint32_t cpu;
	uint32_t bias_cpu; /* last that won a comparison; CPU_NONE */
	cpuset idlers, left;
};

static void better_cpu(struct sched *s, struct search *f);
static void one_step(struct sched *s, struct search *f);
static uint32_t tickle_mask(struct sched *s, const struct credit_unit *u,
			    cpuset *mask);

/* --- pick ----------------------------------------------------------------- */

uint32_t credit_best_cpu(struct sched *s, struct credit_unit *u, bool commit)
{
	struct credit *c = credit_of(s);
	uint32_t own = u->unit.processor;
	struct search f = {.cpu = own, .bias_cpu = CPU_NONE};

	for (int step = u->unit.has_soft ? 0 : 1; step < 2; step++) {
		const cpuset *want = step ? &u->unit.hard : &u->unit.soft_step;

		cpuset_and_in(&f.left, want, &s->pool, c->span);
		if (step == 0 && cpuset_empty_in(&f.left, c->span))
			continue;
		f.cpu = cpuset_has(&f.left, own)
				? own : cpuset_next_in(&f.left, own, c->span);
		f.idlers = c->idlers;
		if (f.cpu == own && list_empty(&c->cpu[own].waiting))
			cpuset_add(&f.idlers, own);
		better_cpu(s, &f);
		if (cpuset_has(&f.idlers, f.cpu))
			break;
	}
	if (commit && f.bias_cpu != CPU_NONE)
		c->cpu[f.bias_cpu].idle_bias = f.cpu;
	return f.cpu;
}

static void better_cpu(struct sched *s, struct search *f)
{
	const struct credit *c = credit_of(s);

	cpuset_and_in(&f->left, &f->left, &f->idlers, c->span);
	if (!cpuset_has(&f->left, f->cpu) &&
	    !cpuset_empty_in(&f->left, c->span))
		f->cpu = cpuset_next_in(&f->left, f->cpu, c->span);
	cpuset_del(&f->left, f->cpu);
	while (!cpuset_empty_in(&f->left, c->span))
		one_step(s, f);
}

static void one_step(struct sched *s, struct search *f)
{
	const struct credit *c = credit_of(s);
	uint32_t other = cpuset_next_in(&f->left, f->cpu, c->span);
	const struct credit_cpu *a = &c->cpu[f->cpu], *b = &c->cpu[other];
	bool same = cpuset_has(&b->socket, f->cpu);
	const cpuset *near_a = same ? &a->siblings : &a->socket;
	const cpuset *near_b = same ? &b->siblings : &b->socket;
	uint32_t idle_a = cpuset_count_and_in(&f->idlers, near_a, c->span);
	uint32_t idle_b = cpuset_count_and_in(&f->idlers, near_b, c->span);
	cpuset idle_near;

	cpuset_and_in(&idle_near, &f->idlers, near_b, c->span);
	if (c->smt_power_savings ? idle_a > idle_b
				 : idle_a * (same ? 1 : 2) < idle_b) {
		cpuset_and_in(&idle_near, &idle_near, &f->left, c->span);
		f->bias_cpu = other;
		f->cpu = cpuset_next_in(&idle_near, b->idle_bias, c->span);
		cpuset_andnot_in(&f->left, &f->left,
				 &c->cpu[f->cpu].siblings, c->span);
	} else {
		cpuset_andnot_in(&f->left, &f->left, &idle_near, c->span);
	}
}

/* --- tickle --------------------------------------------------------------- */

void credit_tickle(struct sched *s, struct credit_unit *u)
{
	struct credit *c = credit_of(s);
	cpuset mask;
	uint32_t cpu = tickle_mask(s, u, &mask);

	if (cpu != CPU_NONE) {
		cpuset_del(&c->idlers, cpu);
		sched_raise(s, cpu);
		return;
	}
	for (cpu = cpuset_from_in(&mask, 0, c->span); cpu != CPU_NONE;
	     cpu = cpuset_from_in(&mask, cpu + 1, c->span)) {
		cpuset_del(&c->idlers, cpu);
		sched_raise(s, cpu);
	}
}

/* The CPU to tell; CPU_NONE: those of *mask, maybe none. */
static uint32_t tickle_mask(struct sched *s, const struct credit_unit *u,
			    cpuset *mask)
{
	struct credit *c = credit_of(s);
	uint32_t own = u->unit.processor;
	uint32_t *last = &c->cpu[s->this_cpu].last_tickled;
	int32_t pri = credit_running_pri(s, own);
	bool idle = !cpuset_empty_in(&c->idlers, c->span);

	cpuset_andnot_in(mask, &c->idlers, &c->idlers, c->span);
	if (u->pinned && cpuset_has(&c->idlers, own))
		return own;
	if (pri == CREDIT_PRI_IDLE || (!idle && u->pri > pri))
		return own;
	if (!idle)
		return CPU_NONE;
	for (int step = u->unit.has_soft ? 0 : 1; step < 2; step++) {
		const cpuset *want = step ? &u->unit.hard : &u->unit.soft_step;

		cpuset_and_in(mask, want, &c->idlers, c->span);
		if (!cpuset_empty_in(mask, c->span))
			break;
	}
	if (cpuset_empty_in(mask, c->span))
		return u->pri > pri ? own : CPU_NONE;
	if (!c->tickle_one_idle)
		return CPU_NONE;
	*last = cpuset_next_in(mask, *last, c->span);
	return *last;
}
