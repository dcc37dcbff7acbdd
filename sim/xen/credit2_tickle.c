/*
 * credit2_tickle.c - which CPU is told of a unit that has begun to wait.
 *
 * RULE    facts/xen.md 7.3 "tickle": an idle CPU, of a wholly idle core if
 *         there is one, in soft affinity first; else the CPU whose unit it beats by
 *         most. Only CPUs of the unit's queue are looked at, and none that has
 *         been told already. Nobody may be told: then the unit waits until a
 *         CPU's slice ends.
 */
#include "xen/credit2.h"

static uint32_t idle_cpu(struct sched *s, const struct credit2_rq *rq,
			 const struct credit2_unit *u, const cpuset *step);
static uint32_t busy_cpu(struct sched *s, struct credit2_rq *rq,
			 const struct credit2_unit *u);
static int64_t score(struct sched *s, struct credit2_rq *rq,
		     const struct credit2_unit *u, uint32_t cpu);
static uint32_t self_or_next(const struct credit2_rq *rq, const cpuset *a,
			     const cpuset *b, const cpuset *not, uint32_t cpu);

void credit2_tickle(struct sched *s, struct credit2_unit *u)
{
	struct credit2_rq *rq = u->rq;
	uint32_t cpu = u->unit.processor;

	if (!u->pinned || !cpuset_has(&rq->idle, cpu) ||
	    cpuset_has(&rq->tickled, cpu)) {
		cpu = CPU_NONE;
		if (u->unit.has_soft)
			cpu = idle_cpu(s, rq, u, &u->unit.soft_step);
		if (cpu == CPU_NONE)
			cpu = idle_cpu(s, rq, u, &u->unit.hard);
		if (cpu == CPU_NONE)
			cpu = busy_cpu(s, rq, u);
		if (cpu == CPU_NONE)
			return;
	}
	credit2_tickle_cpu(s, rq, cpu);
	u->tickled_cpu = cpu;
}

/* The power-saving choice takes tickled CPUs too, as Xen does. */
static uint32_t idle_cpu(struct sched *s, const struct credit2_rq *rq,
			 const struct credit2_unit *u, const cpuset *step)
{
	uint32_t own = u->unit.processor, cpu;

	if (credit2_of(s)->smt_power_savings)
		cpu = self_or_next(rq, &rq->idle, step, &rq->smt_idle, own);
	else
		cpu = self_or_next(rq, &rq->smt_idle, step, NULL, own);
	if (cpu != CPU_NONE)
		return cpu;
	return self_or_next(rq, &rq->idle, step, &rq->tickled, own);
}

/* Of a & b & ~not: cpu if it is there, else the next, cyclically. */
static uint32_t self_or_next(const struct credit2_rq *rq, const cpuset *a,
			     const cpuset *b, const cpuset *not, uint32_t cpu)
{
	uint32_t found = cpuset_from_and_in(a, b, not, cpu, rq->span);

	if (found != CPU_NONE)
		return found;
	return cpuset_from_and_in(a, b, not, 0, rq->span);
}

static uint32_t busy_cpu(struct sched *s, struct credit2_rq *rq,
			 const struct credit2_unit *u)
{
	uint32_t own = u->unit.processor, best = CPU_NONE;
	int64_t best_score = 0;

	if (!cpuset_has(&rq->idle, own) && !cpuset_has(&rq->tickled, own) &&
	    cpuset_has(&u->unit.hard, own)) {
		best_score = score(s, rq, u, own);
		if (best_score > 0 && cpuset_has(&u->unit.soft, own))
			return own;
		if (best_score > 0)
			best = own;
		else
			best_score = 0;
	}
	for (uint32_t w = rq->span.first; w < rq->span.end; w++) {
		uint64_t bits = rq->cpus.word[w] & ~rq->idle.word[w] &
				~rq->tickled.word[w] & u->unit.hard.word[w];

		for (; bits; bits &= bits - 1) {
			uint32_t cpu = w * 64 +
				       (uint32_t)__builtin_ctzll(bits);
			int64_t points = cpu == own ? 0 : score(s, rq, u, cpu);

			if (points > best_score) {
				best_score = points;
				best = cpu;
			}
		}
	}
	return best;
}

/* How much better u is than what runs on cpu; <= 0: leave it. */
static int64_t score(struct sched *s, struct credit2_rq *rq,
		     const struct credit2_unit *u, uint32_t cpu)
{
	const struct credit2 *c2 = credit2_of(s);
	const struct sched_cpu *busy = &s->cpu[cpu];
	struct credit2_unit *cur = credit2_unit(busy->current);

	if (!cur)
		return -1;
	if (c2->ratelimit_ns > CREDIT2_RATELIMIT_TOLERANCE_NS &&
	    s->now_ns - busy->since_ns <=
		    c2->ratelimit_ns - CREDIT2_RATELIMIT_TOLERANCE_NS)
		return -1;
	credit2_burn(cur, rq->max_weight, s->now_ns);
	int64_t points = u->credit - cur->credit;

	if (u->unit.processor != cpu)
		points -= c2->migrate_resist;
	if (points <= 0)
		return points;
	if (cpuset_has(&u->unit.soft, cpu))
		points += CREDIT2_CREDIT_INIT;
	if (!cpuset_has(&cur->unit.soft, cpu))
		points += CREDIT2_CREDIT_INIT;
	return points;
}

void credit2_tickle_cpu(struct sched *s, struct credit2_rq *rq, uint32_t cpu)
{
	cpuset_add(&rq->tickled, cpu);
	credit2_smt_idle_clear(s, rq, cpu);
	sched_raise(s, cpu);
}

void credit2_smt_idle_set(struct sched *s, struct credit2_rq *rq, uint32_t cpu)
{
	const cpuset *core = &credit2_of(s)->siblings[cpu];

	for (uint32_t w = rq->span.first; w < rq->span.end; w++)
		if (core->word[w] & ~(rq->idle.word[w] & ~rq->tickled.word[w]))
			return;
	cpuset_or_in(&rq->smt_idle, &rq->smt_idle, core, rq->span);
}

void credit2_smt_idle_clear(struct sched *s, struct credit2_rq *rq,
			    uint32_t cpu)
{
	cpuset_andnot_in(&rq->smt_idle, &rq->smt_idle,
			 &credit2_of(s)->siblings[cpu], rq->span);
}
