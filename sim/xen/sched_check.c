#include "xen/sched_private.h"

#include "base/err.h"

/* Recomputed here by other words than in sched_unit.c. */
static void unit_check(const struct sched *s, const struct sched_unit *u)
{
	bool runnable = u->flags == 0 && u->pause_count == 0;
	bool waits = (u->flags & SCHED_FLAG_BLOCKED) != 0;
	int64_t sum_ns = s->now_ns - u->state_since_ns;

	require(cpuset_has(&s->pool, u->processor));             /* S3 */
	require(u->running == (s->cpu[u->processor].current == u)); /* S1 */
	require((u->state == SCHED_RUNNING) == u->running);      /* S2 */
	require((u->state == SCHED_RUNNABLE) == (!u->running && runnable));
	require((u->state == SCHED_BLOCKED) == (!u->running && waits));
	require(u->pause_count >= u->dom->pause_count);
	if (u->running && !cpuset_has(&u->hard, u->processor))   /* S4 */
		require(cpuset_has(&s->raised, u->processor));
	for (uint32_t i = 0; i < SCHED_STATES; i++)              /* S5 */
		sum_ns += u->in_ns[i];
	require(sum_ns == s->now_ns - u->created_ns);

	cpuset step = sched_soft_step(&u->hard, &u->soft);       /* S6 */

	require(cpuset_equal(&step, &u->soft_step));
	require(u->has_soft == sched_has_soft(&u->hard, &u->soft, &s->pool));
	require(u->soft_effective ==
		sched_soft_effective(&u->hard, &u->soft));
}

static void cpu_check(const struct sched *s, uint32_t cpu)
{
	const struct sched_unit *u = s->cpu[cpu].current;

	require(!u || (u->running && u->processor == cpu));      /* S1 */
	require(!u || u->state_entry_ns == s->cpu[cpu].since_ns);
}

void sched_check(const struct sched *s)
{
	require(!s->inside);
	require(cpuset_count(&s->raised) == s->nr_raised);       /* S7 */
	require(cpuset_subset(&s->raised, &s->pool));
	for (uint32_t c = 0; c < s->nr_cpus; c++)
		cpu_check(s, c);
	list_each (link, (struct list *)&s->doms) {
		const struct sched_dom *dom =
			LIST_ENTRY(link, struct sched_dom, link);

		for (uint32_t i = 0; i < dom->nr_units; i++) {
			require(dom->unit[i]->dom == dom);       /* S8 */
			require(dom->unit[i]->vcpu == i);
			unit_check(s, dom->unit[i]);
		}
	}
	s->ops->check(s);
}
