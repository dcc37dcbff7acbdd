#include "xen/sched_private.h"

#include "base/arena.h"
#include "base/err.h"

#include <string.h>

#define TIMER_NONE UINT32_MAX

static const struct sched_ops *ops_find(const char *name, struct err *err);
static void cpus_init(struct sched *s, const struct sched_host *host);
static void timers_grow(struct sched *s);
static void schedule(struct sched *s, uint32_t cpu);
static void slice_arm(struct sched *s, uint32_t cpu, int64_t limit_ns);
static void context_switch(struct sched *s, uint32_t cpu,
			   struct sched_unit *prev, struct sched_unit *next);

#define NAME(name, word) word,
static const char *const names[] = {SCHED_LIST(NAME) NULL};

#define OPS(name, word) &sched_##name,
static const struct sched_ops *const table[] = {SCHED_LIST(OPS) NULL};

static const char *const timer_kind_names[SCHED_TIMER_KINDS] = {
	[SCHED_TIMER_SLICE] = "slice",
	[SCHED_TIMER_CAP] = "cap",
	[SCHED_TIMER_TICK] = "tick",
	[SCHED_TIMER_ACCT] = "acct",
	[SCHED_TIMER_REPL] = "repl",
};

/* --- a pool --------------------------------------------------------------- */

struct sched *sched_create(struct arena *arena, const char *name,
			   const struct sched_host *host, const cpuset *pool,
			   const struct sched_params *params,
			   const struct sched_env *env, struct err *err)
{
	const struct sched_ops *ops = ops_find(name, err);

	if (!ops || sched_params_check(params, err))
		return NULL;

	cpuset host_cpus = cpuset_below(host->nr_cpus);
	struct sched *s = arena_alloc(arena, sizeof(*s));

	s->ops = ops;
	s->arena = arena;
	s->env = *env;
	s->params = *params;
	s->pool = pool ? *pool : host_cpus;
	require(!cpuset_empty(&s->pool) && cpuset_subset(&s->pool, &host_cpus));
	s->nr_cpus = host->nr_cpus;
	s->nr_words = (host->nr_cpus + 63) / 64;
	s->free_timer = TIMER_NONE;
	list_init(&s->doms);
	list_init(&s->free_doms);
	sched_enter(s, sched_boot_cpu(s));
	cpus_init(s, host);
	ops->init(s);
	for (uint32_t c = 0; c < s->nr_cpus; c++) {
		if (!cpuset_has(&s->pool, c))
			continue;
		ops->cpu_add(s, c);
		sched_raise(s, c);
	}
	return s;
}

static const struct sched_ops *ops_find(const char *name, struct err *err)
{
	size_t count = 0;

	for (; table[count]; count++)
		if (strcmp(names[count], name) == 0)
			return table[count];
	err_set(err, "no scheduler '%s'", name);
	err_add_nearest(err, name, names, count);
	return NULL;
}

static void cpus_init(struct sched *s, const struct sched_host *host)
{
	s->cpu = arena_array(s->arena, s->nr_cpus, sizeof(*s->cpu));
	for (uint32_t c = 0; c < s->nr_cpus; c++) {
		struct sched_cpu *cpu = &s->cpu[c];

		cpu->since_ns = s->now_ns;
		cpu->node = host->cpu_to_node[c];
		cpu->socket = host->cpu_to_socket[c];
		cpu->core = host->cpu_to_core[c];
		sched_timer_add(s, SCHED_TIMER_SLICE, c, NULL);
	}
}

const char *const *sched_names(void)
{
	return names;
}

/* --- timers --------------------------------------------------------------- */

uint32_t sched_timer_add(struct sched *s, enum sched_timer_kind kind,
			 uint32_t cpu, struct sched_dom *dom)
{
	uint32_t number = s->free_timer;

	if (number != TIMER_NONE) {
		s->free_timer = s->timer[number].next_free;
	} else {
		if (s->nr_timers == s->timers_max)
			timers_grow(s);
		number = s->nr_timers++;
	}
	s->timer[number] = (struct sched_timer){
		.info = {.kind = kind, .cpu = cpu, .seq = s->timer_seq++},
		.dom = dom,
	};
	return number;
}

static void timers_grow(struct sched *s)
{
	uint32_t max = s->timers_max ? 2 * s->timers_max : 2 * s->nr_cpus;
	struct sched_timer *wider = arena_array(s->arena, max, sizeof(*wider));

	if (s->nr_timers)
		memcpy(wider, s->timer, s->nr_timers * sizeof(*wider));
	s->timer = wider;
	s->timers_max = max;
}

void sched_timer_remove(struct sched *s, uint32_t timer)
{
	assert(timer >= s->nr_cpus && timer < s->nr_timers);
	s->env.timer_stop(s->env.world, timer);
	s->timer[timer].dom = NULL;
	s->timer[timer].next_free = s->free_timer;
	s->free_timer = timer;
}

void sched_timer_fired(struct sched *s, uint32_t timer)
{
	assert(timer < s->nr_timers);
	const struct sched_timer *t = &s->timer[timer];

	sched_enter(s, t->info.cpu);
	if (t->info.kind == SCHED_TIMER_SLICE) {
		s->cpu[t->info.cpu].slice_set = false;
		sched_raise(s, t->info.cpu);
		return;
	}
	s->ops->timer(s, t);
}

struct sched_timer_info sched_timer_info(const struct sched *s, uint32_t timer)
{
	assert(timer < s->nr_timers);
	return s->timer[timer].info;
}

const char *sched_timer_kind_name(enum sched_timer_kind kind)
{
	return timer_kind_names[kind];
}

/* --- softirqs and schedule() ---------------------------------------------- */

void sched_raise(struct sched *s, uint32_t cpu)
{
	assert(cpuset_has(&s->pool, cpu));
	s->counts.raises++;
	if (!cpuset_has(&s->raised, cpu)) {
		cpuset_add(&s->raised, cpu);
		s->nr_raised++;
	}
	if (s->env.raised)
		s->env.raised(s->env.world, s->this_cpu, cpu);
}

void sched_softirqs(struct sched *s)
{
	uint32_t pointer = 0;

	while (s->nr_raised)
		sched_softirq_step(s, &pointer);
}

bool sched_softirq_step(struct sched *s, uint32_t *pointer)
{
	struct cpuset_span span = {0, s->nr_words};

	if (!s->nr_raised)
		return false;

	uint32_t cpu = cpuset_from_in(&s->raised, *pointer, span);

	if (cpu == CPU_NONE)
		cpu = cpuset_from_in(&s->raised, 0, span);
	require(cpu != CPU_NONE);
	cpuset_del(&s->raised, cpu);
	s->nr_raised--;
	*pointer = cpu + 1;
	sched_enter(s, cpu);
	schedule(s, cpu);
	return true;
}

static void schedule(struct sched *s, uint32_t cpu)
{
	struct sched_unit *prev = s->cpu[cpu].current;

	s->inside = true;
	s->counts.schedules++;
	struct sched_decision d = s->ops->schedule(s, cpu);

	slice_arm(s, cpu, d.limit_ns);
	if (d.next != prev)
		context_switch(s, cpu, prev, d.next);
	if (s->env.scheduled)
		s->env.scheduled(s->env.world, cpu, prev, d.next, d.limit_ns);
	s->inside = false;
}

static void slice_arm(struct sched *s, uint32_t cpu, int64_t limit_ns)
{
	struct sched_cpu *c = &s->cpu[cpu];

	if (limit_ns >= 0)
		s->env.timer_set(s->env.world, cpu, s->now_ns + limit_ns);
	else if (c->slice_set)
		s->env.timer_stop(s->env.world, cpu);
	c->slice_set = limit_ns >= 0;
}

static void context_switch(struct sched *s, uint32_t cpu,
			   struct sched_unit *prev, struct sched_unit *next)
{
	struct sched_cpu *c = &s->cpu[cpu];

	s->counts.switches++;
	if (prev) {
		prev->running = false;
		prev->state_entry_ns = s->now_ns;
		sched_state_refresh(s, prev);
	} else {
		c->idle_ns += s->now_ns - c->since_ns;
	}
	c->current = next;
	c->since_ns = s->now_ns;
	if (next) {
		assert(next->processor == cpu && !next->running);
		next->running = true;
		next->state_entry_ns = s->now_ns;
		sched_state_refresh(s, next);
	}
	s->env.context_switch(s->env.world, cpu, prev, next);
	if (!prev)
		return;
	if (s->ops->context_saved)
		s->ops->context_saved(s, prev);
	sched_migrate_finish(s, prev);
}

/* --- a unit gets another CPU ---------------------------------------------- */

void sched_migrate_start(struct sched *s, struct sched_unit *unit)
{
	sched_flag_set(s, unit, SCHED_FLAG_MIGRATING);
	s->ops->sleep(s, unit);
}

void sched_migrate_finish(struct sched *s, struct sched_unit *unit)
{
	if (unit->running || !(unit->flags & SCHED_FLAG_MIGRATING))
		return;

	uint32_t cpu = s->ops->pick(s, unit);

	unit->flags &= ~(uint32_t)SCHED_FLAG_MIGRATING;
	s->ops->migrate(s, unit, cpu);
	sched_state_refresh(s, unit);
	sched_wake_if_runnable(s, unit);
}

void sched_set_processor(struct sched *s, struct sched_unit *unit, uint32_t cpu)
{
	uint32_t from = unit->processor;

	assert(!unit->running && cpuset_has(&s->pool, cpu));
	if (cpu == from)
		return;
	unit->processor = cpu;
	s->counts.moves++;
	if (s->env.moved)
		s->env.moved(s->env.world, unit, from, cpu);
}

uint32_t sched_random_cpu(struct sched *s, const cpuset *cpus)
{
	uint32_t count = cpuset_count(cpus);

	assert(count > 0);
	uint32_t skip = count > 1 ? s->env.random(s->env.world) % count : 0;
	uint32_t cpu = cpuset_first(cpus);

	while (skip--)
		cpu = cpuset_from(cpus, cpu + 1);
	return cpu;
}

/* --- CPUs, counters ------------------------------------------------------- */

struct sched_unit *sched_cpu_current(const struct sched *s, uint32_t cpu)
{
	assert(cpu < s->nr_cpus);
	return s->cpu[cpu].current;
}

int64_t sched_cpu_idle_ns(const struct sched *s, uint32_t cpu)
{
	assert(cpu < s->nr_cpus);
	const struct sched_cpu *c = &s->cpu[cpu];

	if (c->current)
		return c->idle_ns;
	return c->idle_ns + s->env.now_ns(s->env.world) - c->since_ns;
}

const cpuset *sched_pool(const struct sched *s)
{
	return &s->pool;
}

const struct sched_counts *sched_counts(const struct sched *s)
{
	return &s->counts;
}
