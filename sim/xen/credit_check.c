#include "xen/credit.h"

#include "base/err.h"

static void unit_check(struct credit_unit *u)
{
	bool core_parked = (u->unit.flags & SCHED_FLAG_PARKED) != 0;

	require(credit_waits(u) ==                               /* K1 */
		(unit_runnable(&u->unit) && !u->unit.running));
	require(u->pri == CREDIT_PRI_BOOST || u->pri == CREDIT_PRI_UNDER ||
		u->pri == CREDIT_PRI_OVER);                      /* K5 */
	require(u->residual >= 0 && u->residual < 1000000);
	require(u->parked == core_parked);                       /* K7 */
	require(!u->parked || credit_active(u));
}

static uint32_t queue_check(const struct credit *c, uint32_t cpu)
{
	const struct credit_cpu *pc = &c->cpu[cpu];
	bool sorted = pc->sorted == c->sort_epoch, over = false;
	uint32_t count = 0;

	list_each (link, (struct list *)&pc->waiting) {
		const struct credit_unit *u =
			LIST_ENTRY(link, struct credit_unit, waiting);

		require(u->unit.processor == cpu);               /* K1 */
		count++;
		if (u->pri == CREDIT_PRI_OVER)
			over = true;
		else
			require(!sorted || !over || u->behind);  /* K3 */
	}
	return count;
}

static void cpu_check(const struct sched *s, uint32_t cpu)
{
	const struct credit *c = credit_of(s);
	uint32_t runs = s->cpu[cpu].current != NULL;
	uint32_t nr_runnable = queue_check(c, cpu) + runs;

	require(c->cpu[cpu].nr_runnable == nr_runnable);         /* K2 */
	require(cpuset_has(&c->loaded, cpu) == (nr_runnable > 1));
	if (cpuset_has(&c->idlers, cpu))                         /* K6 */
		require(!runs);
	else
		require(runs || cpuset_has(&s->raised, cpu));
}

static void dom_check(const struct sched *s, struct sched_dom *dom,
		      uint32_t *weight)
{
	const struct credit_dom *d = credit_dom(dom);
	uint32_t nr_active = 0;

	(void)s;
	for (uint32_t i = 0; i < dom->nr_units; i++) {
		struct credit_unit *u = credit_unit(dom->unit[i]);

		unit_check(u);
		nr_active += credit_active(u);
	}
	require(d->nr_active == nr_active);                      /* K4 */
	require(list_empty(&d->active_link) == (nr_active == 0));
	require(list_empty(&d->active) == (nr_active == 0));
	*weight += dom->params.weight * nr_active;
}

void credit_check(const struct sched *s)
{
	const struct credit *c = credit_of(s);
	uint32_t weight = 0;

	require(c->nr_cpus == cpuset_count(&s->pool));           /* K8 */
	require(c->total == c->nr_cpus * c->per_tslice);
	require(cpuset_subset(&c->idlers, &s->pool));            /* K6 */
	for (uint32_t cpu = 0; cpu < s->nr_cpus; cpu++)
		if (cpuset_has(&s->pool, cpu))
			cpu_check(s, cpu);
	list_each (link, (struct list *)&s->doms)
		dom_check(s, LIST_ENTRY(link, struct sched_dom, link),
			  &weight);
	require(c->weight == weight);                            /* K4 */
}
