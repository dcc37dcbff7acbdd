#include "xen/null.h"

#include "base/arena.h"
#include "base/err.h"

static struct null_unit *choose(struct sched *s, uint32_t cpu, bool may_lock,
				bool *locked_out);
static bool suits(const struct sched *s, const struct null_unit *u,
		  uint32_t cpu, bool soft);
static void assign(struct sched *s, struct null_unit *u, uint32_t cpu);
static bool deassign(struct sched *s, struct null_unit *u);
static void wait(struct sched *s, struct null_unit *u);
static void stop_waiting(struct sched *s, struct null_unit *u);
static void hands_changed(struct sched *s);
static void try_again(struct sched *s, uint32_t cpu);

static bool offline(const struct null_unit *u)
{
	return (u->unit.flags & SCHED_FLAG_DOWN) != 0;
}

/* --- schedule ------------------------------------------------------------- */

static struct sched_decision null_schedule(struct sched *s, uint32_t cpu)
{
	struct null *n = null_of(s);
	struct null_unit *next = n->cpu_unit[cpu];

	if (!next && !list_empty(&n->waiting)) {
		bool locked_out = false;

		next = choose(s, cpu, true, &locked_out);
		if (next)
			assign(s, next, cpu);
		else if (locked_out)
			try_again(s, cpu);
	}
	if (!next || !unit_runnable(&next->unit))
		return (struct sched_decision){NULL, -1};
	return (struct sched_decision){&next->unit, -1};
}

/* The first that waits and prefers cpu, else the first that may run there;
 * its place in the queue is free then. may_lock: the caller holds the lock of
 * cpu and has to get the unit's, which fails if that is the same. */
static struct null_unit *choose(struct sched *s, uint32_t cpu, bool may_lock,
				bool *locked_out)
{
	for (int step = 0; step < 2; step++) {
		list_each (link, &null_of(s)->waiting) {
			struct null_unit *u =
				LIST_ENTRY(link, struct null_unit, waiting);

			if (!suits(s, u, cpu, step == 0))
				continue;
			if (may_lock && u->unit.processor == cpu) {
				*locked_out = true;
				continue;
			}
			list_del(&u->waiting);
			return u;
		}
	}
	return NULL;
}

static bool suits(const struct sched *s, const struct null_unit *u,
		  uint32_t cpu, bool soft)
{
	(void)s; /* cpu is one of the pool */
	if (!soft)
		return cpuset_has(&u->unit.hard, cpu);
	return u->unit.has_soft && cpuset_has(&u->unit.soft_step, cpu);
}

/* Between two tries all CPUs that were marked have had their turn. If nobody
 * changed hands in that time nobody ever will: THE LIVELOCK. */
static void try_again(struct sched *s, uint32_t cpu)
{
	struct null *n = null_of(s);

	if (n->tried[cpu] != n->epoch) {
		n->tried[cpu] = n->epoch;
		sched_raise(s, cpu);
		return;
	}
	if (cpuset_has(&n->stuck, cpu))
		return;
	cpuset_add(&n->stuck, cpu);
	s->counts.livelocks++;
	list_each (link, &n->waiting) {
		struct null_unit *u =
			LIST_ENTRY(link, struct null_unit, waiting);

		if (s->env.livelock && u->unit.processor == cpu &&
		    suits(s, u, cpu, false)) {
			s->env.livelock(s->env.world, cpu, &u->unit);
			break;
		}
	}
}

/* --- CPUs and the queue --------------------------------------------------- */

/* Those in a livelock would have seen it, too. */
static void hands_changed(struct sched *s)
{
	struct null *n = null_of(s);

	n->epoch++;
	for (uint32_t c = cpuset_first(&n->stuck); c != CPU_NONE;
	     c = cpuset_from(&n->stuck, c + 1)) {
		cpuset_del(&n->stuck, c);
		sched_raise(s, c);
	}
}

static void assign(struct sched *s, struct null_unit *u, uint32_t cpu)
{
	struct null *n = null_of(s);

	assert(!n->cpu_unit[cpu] && !null_waits(u));
	n->cpu_unit[cpu] = u;
	cpuset_del(&n->free, cpu);
	sched_set_processor(s, &u->unit, cpu);
	hands_changed(s);
}

/* Its CPU is free for one that waits; true if there was one, who is told. */
static bool deassign(struct sched *s, struct null_unit *u)
{
	struct null *n = null_of(s);
	uint32_t cpu = u->unit.processor;
	bool locked_out;

	assert(n->cpu_unit[cpu] == u);
	n->cpu_unit[cpu] = NULL;
	cpuset_add(&n->free, cpu);
	hands_changed(s);
	struct null_unit *next = choose(s, cpu, false, &locked_out);

	if (!next)
		return false;
	assign(s, next, cpu);
	sched_raise(s, cpu);
	return true;
}

static void wait(struct sched *s, struct null_unit *u)
{
	list_add_tail(&null_of(s)->waiting, &u->waiting);
	hands_changed(s);
}

static void stop_waiting(struct sched *s, struct null_unit *u)
{
	if (!null_waits(u))
		return;
	list_del(&u->waiting);
	hands_changed(s);
}

/* --- what happens to a unit ----------------------------------------------- */

/* It is offline, and so gets no CPU before its first wake. */
static void null_unit_insert(struct sched *s, struct sched_unit *unit)
{
	(void)s;
	require(offline(null_unit(unit)));
	list_init(&null_unit(unit)->waiting);
}

static void null_unit_remove(struct sched *s, struct sched_unit *unit)
{
	struct null_unit *u = null_unit(unit);

	if (null_waits(u))
		stop_waiting(s, u);
	else if (null_assigned(s, u))
		deassign(s, u);
}

static void null_wake(struct sched *s, struct sched_unit *unit)
{
	struct null *n = null_of(s);
	struct null_unit *u = null_unit(unit);
	uint32_t cpu = unit->processor;
	cpuset mask;

	if (unit->running || null_waits(u))
		return;
	if (null_assigned(s, u)) {
		sched_raise(s, cpu);
		return;
	}
	if (!n->cpu_unit[cpu] && suits(s, u, cpu, false) &&
	    (!unit->has_soft || suits(s, u, cpu, true))) {
		assign(s, u, cpu);
		sched_raise(s, cpu);
		return;
	}
	wait(s, u);
	mask = cpuset_and(&unit->hard, &n->free);
	for (cpu = cpuset_first(&mask); cpu != CPU_NONE;
	     cpu = cpuset_from(&mask, cpu + 1))
		sched_raise(s, cpu);
}

/* Only an offline unit gives up its CPU. */
static void null_sleep(struct sched *s, struct sched_unit *unit)
{
	struct null_unit *u = null_unit(unit);
	bool told = false;

	if (offline(u)) {
		if (null_waits(u))
			stop_waiting(s, u);
		else if (null_assigned(s, u))
			told = deassign(s, u);
	}
	if (!told && unit->running)
		sched_raise(s, unit->processor);
}

static uint32_t null_pick(struct sched *s, struct sched_unit *unit)
{
	struct null *n = null_of(s);
	struct null_unit *owner = n->cpu_unit[unit->processor];
	bool own_free = !owner || owner == null_unit(unit);
	cpuset mask;

	for (int step = unit->has_soft ? 0 : 1; step < 2; step++) {
		const cpuset *want = step ? &unit->hard : &unit->soft_step;

		if (own_free && cpuset_has(want, unit->processor))
			return unit->processor;
		mask = cpuset_and(want, &n->free);
		if (!cpuset_empty(&mask))
			return cpuset_first(&mask);
	}
	mask = cpuset_and(&unit->hard, &s->pool);
	return sched_random_cpu(s, &mask);
}

/* The CPU picked may have another unit: then this one waits. */
static void null_migrate(struct sched *s, struct sched_unit *unit, uint32_t cpu)
{
	struct null *n = null_of(s);
	struct null_unit *u = null_unit(unit);

	if (cpu == unit->processor)
		return;
	if (null_assigned(s, u))
		deassign(s, u);
	if (offline(u)) {
		stop_waiting(s, u);
	} else if (!n->cpu_unit[cpu] && suits(s, u, cpu, false)) {
		stop_waiting(s, u);
		assign(s, u, cpu);
	} else if (!null_waits(u)) {
		wait(s, u);
	}
	if (unit->processor != cpu) {
		sched_set_processor(s, unit, cpu);
		hands_changed(s);
	}
}

/* --- the invariants ------------------------------------------------------- */

static void cpu_check(const struct sched *s, uint32_t cpu)
{
	const struct null *n = null_of(s);
	const struct null_unit *u = n->cpu_unit[cpu];
	const struct sched_unit *runs = s->cpu[cpu].current;

	require(cpuset_has(&n->free, cpu) == !u);                /* N1 */
	require(!u || u->unit.processor == cpu);
	require(!runs || (u && runs == &u->unit) ||              /* N5 */
		cpuset_has(&s->raised, cpu));
	require(!cpuset_has(&n->stuck, cpu) || !u);              /* N6 */
}

void null_check(const struct sched *s)
{
	for (uint32_t c = 0; c < s->nr_cpus; c++)
		if (cpuset_has(&s->pool, c))
			cpu_check(s, c);
	list_each (link, (struct list *)&s->doms) {
		struct sched_dom *dom =
			LIST_ENTRY(link, struct sched_dom, link);

		for (uint32_t i = 0; i < dom->nr_units; i++) {
			struct null_unit *u = null_unit(dom->unit[i]);
			bool has_cpu = null_assigned(s, u);

			require(!has_cpu || !null_waits(u));     /* N2 */
			if (offline(u))                          /* N3 */
				require(!has_cpu && !null_waits(u));
			if (unit_runnable(&u->unit))             /* N4 */
				require(has_cpu || null_waits(u));
		}
	}
}

/* --- the pool ------------------------------------------------------------- */

static void null_init(struct sched *s)
{
	struct null *n = arena_alloc(s->arena, sizeof(*n));

	n->cpu_unit = arena_array(s->arena, s->nr_cpus,
				  sizeof(struct null_unit *));
	n->tried = arena_array(s->arena, s->nr_cpus, sizeof(*n->tried));
	n->epoch = 1;
	list_init(&n->waiting);
	s->priv = n;
}

static void null_cpu_add(struct sched *s, uint32_t cpu)
{
	cpuset_add(&null_of(s)->free, cpu);
}

const struct sched_ops sched_null = {
	.summary = "one vCPU for each CPU, the others wait; no slices",
	.unit_bytes = sizeof(struct null_unit),
	.dom_bytes = sizeof(struct sched_dom),
	.init = null_init,
	.cpu_add = null_cpu_add,
	.unit_insert = null_unit_insert,
	.unit_remove = null_unit_remove,
	.pick = null_pick,
	.migrate = null_migrate,
	.wake = null_wake,
	.sleep = null_sleep,
	.schedule = null_schedule,
	.check = null_check,
};
