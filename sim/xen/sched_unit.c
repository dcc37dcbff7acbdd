/*
 * sched_unit.c - domains and units: birth, state, affinity, end.
 *
 * The entry points of sched.h that are about one domain or unit, and the rules
 * for affinity. What a CPU does is in sched.c.
 */
#include "xen/sched_private.h"

#include "base/arena.h"
#include "base/err.h"

#include <string.h>

enum { UNITS_FIRST = 4 };

static struct sched_dom *dom_take(struct sched *s);
static void dom_units_grow(struct sched *s, struct sched_dom *dom);
static struct sched_unit *unit_take(struct sched *s);
static uint32_t first_processor(const struct sched *s,
				const struct sched_dom *dom,
				const cpuset *allowed);
static void masks_derive(const struct sched *s, struct sched_unit *unit);

/* --- domains -------------------------------------------------------------- */

struct sched_dom *sched_dom_create(struct sched *s, uint32_t domid, void *owner)
{
	sched_enter(s, sched_boot_cpu(s));
	struct sched_dom *dom = dom_take(s);

	dom->id = domid;
	dom->pause_count = 1;
	dom->params.weight = SCHED_WEIGHT_DEFAULT;
	dom->owner = owner;
	list_add_tail(&s->doms, &dom->link);
	if (s->ops->dom_init)
		s->ops->dom_init(s, dom);
	return dom;
}

/* A used one keeps its array of units. */
static struct sched_dom *dom_take(struct sched *s)
{
	struct list *link = list_first(&s->free_doms);

	if (!link) {
		struct sched_dom *dom =
			arena_alloc(s->arena, s->ops->dom_bytes);

		list_init(&dom->link);
		return dom;
	}
	list_del(link);
	struct sched_dom *dom = LIST_ENTRY(link, struct sched_dom, link);
	struct sched_dom used = *dom;

	memset(dom, 0, s->ops->dom_bytes);
	dom->unit = used.unit;
	dom->units_max = used.units_max;
	list_init(&dom->link);
	return dom;
}

void sched_dom_pause(struct sched *s, struct sched_dom *dom)
{
	sched_enter(s, sched_boot_cpu(s));
	dom->pause_count++;
	for (uint32_t i = 0; i < dom->nr_units; i++) {
		dom->unit[i]->pause_count++;
		sched_state_refresh(s, dom->unit[i]);
		s->ops->sleep(s, dom->unit[i]);
	}
}

void sched_dom_unpause(struct sched *s, struct sched_dom *dom)
{
	sched_enter(s, sched_boot_cpu(s));
	require(dom->pause_count > 0);
	dom->pause_count--;
	for (uint32_t i = 0; i < dom->nr_units; i++) {
		dom->unit[i]->pause_count--;
		sched_state_refresh(s, dom->unit[i]);
		sched_wake_if_runnable(s, dom->unit[i]);
	}
}

void sched_dom_destroy(struct sched *s, struct sched_dom *dom)
{
	sched_enter(s, sched_boot_cpu(s));
	require(dom->pause_count > 0);
	while (dom->nr_units > 0) {
		struct sched_unit *unit = dom->unit[--dom->nr_units];

		require(!unit->running);
		s->ops->unit_remove(s, unit);
		unit->owner = s->free_units;
		s->free_units = unit;
	}
	if (s->ops->dom_fini)
		s->ops->dom_fini(s, dom);
	list_del(&dom->link);
	list_add_head(&s->free_doms, &dom->link);
}

int sched_dom_set_params(struct sched *s, struct sched_dom *dom,
			 const struct sched_dom_params *params, struct err *err)
{
	sched_enter(s, sched_boot_cpu(s));
	if (params->weight < 1 || params->weight > SCHED_WEIGHT_MAX)
		return err_set(err, "weight: %u is out of range; 1 to %d",
			       params->weight, SCHED_WEIGHT_MAX);
	if (!s->ops->dom_set)
		return err_set(err, "this scheduler has no weights and caps");
	return s->ops->dom_set(s, dom, params, err);
}

struct sched_dom_params sched_dom_params(const struct sched_dom *dom)
{
	return dom->params;
}

uint32_t sched_dom_id(const struct sched_dom *dom)
{
	return dom->id;
}

void *sched_dom_owner(const struct sched_dom *dom)
{
	return dom->owner;
}

uint32_t sched_dom_nr_units(const struct sched_dom *dom)
{
	return dom->nr_units;
}

struct sched_unit *sched_dom_unit(const struct sched_dom *dom, uint32_t vcpu)
{
	assert(vcpu < dom->nr_units);
	return dom->unit[vcpu];
}

/* --- units ---------------------------------------------------------------- */

struct sched_unit *sched_unit_create(struct sched *s, struct sched_dom *dom,
				     const cpuset *allowed, void *owner)
{
	sched_enter(s, sched_boot_cpu(s));
	struct sched_unit *unit = unit_take(s);

	unit->dom = dom;
	unit->vcpu = dom->nr_units;
	unit->processor = first_processor(s, dom, allowed);
	unit->flags = SCHED_FLAG_DOWN;
	unit->pause_count = dom->pause_count;
	unit->state = SCHED_OFFLINE;
	unit->created_ns = s->now_ns;
	unit->state_entry_ns = s->now_ns;
	unit->state_since_ns = s->now_ns;
	unit->owner = owner;
	unit->hard = cpuset_all();
	unit->soft = cpuset_all();
	masks_derive(s, unit);
	dom_units_grow(s, dom);
	dom->unit[dom->nr_units++] = unit;
	if (s->ops->affinity)
		s->ops->affinity(s, unit);
	s->ops->unit_insert(s, unit);
	return unit;
}

static struct sched_unit *unit_take(struct sched *s)
{
	struct sched_unit *unit = s->free_units;

	if (!unit)
		return arena_alloc(s->arena, s->ops->unit_bytes);
	s->free_units = unit->owner;
	memset(unit, 0, s->ops->unit_bytes);
	return unit;
}

static uint32_t first_processor(const struct sched *s,
				const struct sched_dom *dom,
				const cpuset *allowed)
{
	cpuset cpus = allowed ? cpuset_and(allowed, &s->pool) : s->pool;

	if (cpuset_empty(&cpus))
		cpus = s->pool;
	if (dom->nr_units == 0)
		return cpuset_first(&cpus);
	return cpuset_next(&cpus, dom->unit[dom->nr_units - 1]->processor);
}

static void dom_units_grow(struct sched *s, struct sched_dom *dom)
{
	require(dom->nr_units < SCHED_VCPUS_MAX);
	if (dom->nr_units < dom->units_max)
		return;
	uint32_t max = dom->units_max ? 2 * dom->units_max : UNITS_FIRST;
	struct sched_unit **wider = arena_array(s->arena, max, sizeof(*wider));

	if (dom->nr_units)
		memcpy(wider, dom->unit, dom->nr_units * sizeof(*wider));
	dom->unit = wider;
	dom->units_max = max;
}

void sched_unit_down(struct sched *s, struct sched_unit *unit)
{
	sched_enter(s, sched_boot_cpu(s));
	sched_flag_set(s, unit, SCHED_FLAG_DOWN);
	s->ops->sleep(s, unit);
}

void sched_unit_up(struct sched *s, struct sched_unit *unit)
{
	sched_enter(s, sched_boot_cpu(s));
	sched_flag_clear(s, unit, SCHED_FLAG_DOWN);
	sched_wake_if_runnable(s, unit);
}

void sched_unit_pause(struct sched *s, struct sched_unit *unit)
{
	sched_enter(s, sched_boot_cpu(s));
	unit->pause_count++;
	sched_state_refresh(s, unit);
	s->ops->sleep(s, unit);
}

void sched_unit_unpause(struct sched *s, struct sched_unit *unit)
{
	sched_enter(s, sched_boot_cpu(s));
	require(unit->pause_count > unit->dom->pause_count);
	unit->pause_count--;
	sched_state_refresh(s, unit);
	sched_wake_if_runnable(s, unit);
}

void sched_unit_block(struct sched *s, struct sched_unit *unit)
{
	sched_enter(s, unit->processor);
	require(unit->running);
	sched_flag_set(s, unit, SCHED_FLAG_BLOCKED);
	sched_raise(s, unit->processor);
}

void sched_unit_wake(struct sched *s, struct sched_unit *unit)
{
	sched_enter(s, unit->processor);
	if (!(unit->flags & SCHED_FLAG_BLOCKED))
		return;
	sched_flag_clear(s, unit, SCHED_FLAG_BLOCKED);
	sched_wake_if_runnable(s, unit);
}

void sched_unit_yield(struct sched *s, struct sched_unit *unit)
{
	sched_enter(s, unit->processor);
	require(unit->running);
	if (s->ops->yield)
		s->ops->yield(s, unit);
	sched_raise(s, unit->processor);
}

int sched_unit_set_rtds(struct sched *s, struct sched_unit *unit,
			const struct sched_rtds_params *params, struct err *err)
{
	sched_enter(s, sched_boot_cpu(s));
	if (!s->ops->unit_set_rtds)
		return err_set(err, "only rtds has periods and budgets");
	return s->ops->unit_set_rtds(s, unit, params, err);
}

void sched_wake_if_runnable(struct sched *s, struct sched_unit *unit)
{
	if (!unit_runnable(unit))
		return;
	s->counts.wakes++;
	s->ops->wake(s, unit);
}

/* --- state and the time spent in it --------------------------------------- */

void sched_flag_set(struct sched *s, struct sched_unit *unit, uint32_t flag)
{
	unit->flags |= flag;
	sched_state_refresh(s, unit);
}

void sched_flag_clear(struct sched *s, struct sched_unit *unit, uint32_t flag)
{
	unit->flags &= ~flag;
	sched_state_refresh(s, unit);
}

static enum sched_state state_of(const struct sched_unit *unit)
{
	if (unit->running)
		return SCHED_RUNNING;
	if (unit_runnable(unit))
		return SCHED_RUNNABLE;
	if (unit->flags & SCHED_FLAG_BLOCKED)
		return SCHED_BLOCKED;
	return SCHED_OFFLINE;
}

void sched_state_refresh(struct sched *s, struct sched_unit *unit)
{
	enum sched_state state = state_of(unit);

	if (state == unit->state)
		return;
	unit->in_ns[unit->state] += s->now_ns - unit->state_since_ns;
	unit->state_since_ns = s->now_ns;
	unit->state = state;
}

struct sched_unit_times sched_unit_times(const struct sched *s,
					 const struct sched_unit *unit)
{
	struct sched_unit_times times;

	memcpy(times.in_ns, unit->in_ns, sizeof(times.in_ns));
	times.in_ns[unit->state] +=
		s->env.now_ns(s->env.world) - unit->state_since_ns;
	return times;
}

/* --- affinity ------------------------------------------------------------- */

int sched_unit_set_affinity(struct sched *s, struct sched_unit *unit,
			    const cpuset *hard, const cpuset *soft,
			    struct err *err)
{
	sched_enter(s, sched_boot_cpu(s));
	if (hard && !cpuset_intersects(hard, &s->pool))
		return err_set(err, "hard affinity of d%uv%u: no CPU of its "
			       "pool in it", unit->dom->id, unit->vcpu);
	if (hard)
		unit->hard = *hard;
	if (soft)
		unit->soft = *soft;
	masks_derive(s, unit);
	if (hard && s->ops->affinity)
		s->ops->affinity(s, unit);
	sched_migrate_start(s, unit);
	sched_migrate_finish(s, unit);
	return 0;
}

static void masks_derive(const struct sched *s, struct sched_unit *unit)
{
	unit->soft_effective = sched_soft_effective(&unit->hard, &unit->soft);
	unit->has_soft = sched_has_soft(&unit->hard, &unit->soft, &s->pool);
	unit->soft_step = sched_soft_step(&unit->hard, &unit->soft);
}

bool sched_soft_effective(const cpuset *hard, const cpuset *soft)
{
	return !cpuset_subset(hard, soft) && cpuset_intersects(hard, soft);
}

bool sched_has_soft(const cpuset *hard, const cpuset *soft, const cpuset *pool)
{
	return sched_soft_effective(hard, soft) && !cpuset_subset(pool, soft);
}

cpuset sched_soft_step(const cpuset *hard, const cpuset *soft)
{
	return cpuset_intersects(hard, soft) ? cpuset_and(hard, soft) : *hard;
}

/* --- getters -------------------------------------------------------------- */

struct sched_dom *sched_unit_dom(const struct sched_unit *unit)
{
	return unit->dom;
}

void *sched_unit_owner(const struct sched_unit *unit)
{
	return unit->owner;
}

uint32_t sched_unit_vcpu(const struct sched_unit *unit)
{
	return unit->vcpu;
}

uint32_t sched_unit_processor(const struct sched_unit *unit)
{
	return unit->processor;
}

bool sched_unit_running(const struct sched_unit *unit)
{
	return unit->running;
}

bool sched_unit_runnable(const struct sched_unit *unit)
{
	return unit_runnable(unit);
}

enum sched_state sched_unit_state(const struct sched_unit *unit)
{
	return unit->state;
}

const char *sched_state_name(enum sched_state state)
{
	static const char *const name[SCHED_STATES] = {
		[SCHED_RUNNING] = "running",
		[SCHED_RUNNABLE] = "runnable",
		[SCHED_BLOCKED] = "blocked",
		[SCHED_OFFLINE] = "offline",
	};

	return name[state];
}

const cpuset *sched_unit_hard(const struct sched_unit *unit)
{
	return &unit->hard;
}

const cpuset *sched_unit_soft(const struct sched_unit *unit)
{
	return &unit->soft;
}

bool sched_unit_prefers(const struct sched_unit *unit, uint32_t cpu)
{
	return cpuset_has(unit->has_soft ? &unit->soft_step : &unit->hard, cpu);
}
