/*
 * check_memsys_random.c - the memory system against a plain solver, and what
 *                         it comes to step by step against all at once.
 *
 * The plain solver is memsys.h's text and nothing else: 10^4 and more small
 * damped steps of all delays together, then filling in single steps.
 */
#include "test/machine.h"
#include "test/test.h"

#include <math.h>

enum { RESOURCES_MAX = MACHINE_NODES_MAX + MACHINE_LINKS_MAX };

/* One random machine and what runs on it. */
struct trial {
	struct machine mc;
	bool running[MACHINE_CPUS_MAX];
	struct memsys_load load[MACHINE_CPUS_MAX];
};

/* The plain solver. Indices: f CPU, r resource (controllers, then links). */
struct plain {
	const struct trial *t;
	uint32_t nr_resources;
	double capacity[RESOURCES_MAX];
	double delay_ns[RESOURCES_MAX];
	double takes[MACHINE_CPUS_MAX][RESOURCES_MAX]; /* per byte of f */
	double bytes[MACHINE_CPUS_MAX];                /* per op */
	double fixed_ns[MACHINE_CPUS_MAX];
	double stall[MACHINE_CPUS_MAX];
	double ceiling[MACHINE_CPUS_MAX];
	double excess[RESOURCES_MAX];
	double rate[MACHINE_CPUS_MAX];
	bool on_edge; /* rounding decides by less than 1e-6 of a step */
};

static struct arena *arena;

static void setup(void)
{
	arena = arena_create();
}

static void teardown(void)
{
	arena_destroy(arena);
}

static const struct memsys_curve *plain_curve(const struct plain *p, uint32_t r)
{
	const struct memsys_config *config = &p->t->mc.config;

	if (r < config->nr_nodes)
		return &config->controller_curve;
	return config->link[r - config->nr_nodes].queue_ns > 0
		       ? &config->link_curve
		       : NULL;
}

static double plain_excess(const struct memsys_curve *curve, double u)
{
	uint32_t n = curve ? curve->nr_points : 0;
	double last = n ? curve->factor[n - 1] - 1 : 0;

	if (u > 1)
		return last + MEMSYS_OVERLOAD * (u - 1);
	for (uint32_t i = 1; i < n; i++) {
		double from = curve->utilisation[i - 1];
		double to = curve->utilisation[i];

		if (u < to)
			return curve->factor[i - 1] - 1 +
			       (curve->factor[i] - curve->factor[i - 1]) *
				       (u - from) / (to - from);
	}
	return last;
}

static uint32_t plain_opposite(const struct memsys_config *config, uint32_t l)
{
	for (uint32_t o = 0; o < config->nr_links; o++)
		if (config->link[o].from == config->link[l].to &&
		    config->link[o].to == config->link[l].from)
			return o;
	ck_abort();
}

static void plain_resources(struct plain *p)
{
	const struct memsys_config *config = &p->t->mc.config;
	uint32_t n = config->nr_nodes;
	double slowest = 0;

	p->nr_resources = n + config->nr_links;
	for (uint32_t i = 0; i < n; i++) {
		p->capacity[i] = config->controller_bytes_per_s[i];
		p->delay_ns[i] = config->idle_ns[i * n + i];
		slowest = fmax(slowest, p->delay_ns[i]);
	}
	for (uint32_t l = 0; l < config->nr_links; l++) {
		p->capacity[n + l] = config->link[l].bytes_per_s;
		p->delay_ns[n + l] = config->link[l].queue_ns > 0
					     ? config->link[l].queue_ns
					     : slowest;
	}
}

static void plain_flow(struct plain *p, uint32_t f)
{
	const struct memsys_config *config = &p->t->mc.config;
	const struct memsys_load *load = &p->t->load[f];
	uint32_t n = config->nr_nodes, busy = 0;

	for (uint32_t c = 0; c < config->nr_cpus; c++)
		busy += p->t->running[c] &&
			config->cpu_core[c] == config->cpu_core[f];
	p->fixed_ns[f] = load->compute_ns * busy / config->smt_throughput[busy];
	if (load->misses <= 0)
		return;
	p->stall[f] = load->misses / load->mlp *
		      (1 + load->write_share *
				   (config->write_latency_factor - 1));
	p->bytes[f] = 64 * load->misses *
		      (1 + config->write_weight * load->write_share);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t pair = config->cpu_node[f] * n + i;

		p->fixed_ns[f] += p->stall[f] * load->share[i] *
				  config->idle_ns[pair];
		p->takes[f][i] += load->share[i];
		for (uint32_t k = 0; config->nr_links &&
				     k < config->route[pair].count; k++) {
			uint32_t l = config->route_link[
				config->route[pair].first + k];

			p->takes[f][n + l] += load->share[i];
			if (config->opposite_share > 0)
				p->takes[f][n + plain_opposite(config, l)] +=
					load->share[i] * config->opposite_share;
		}
	}
}

static double plain_core_s(const struct plain *p, uint32_t f)
{
	const struct memsys_config *config = &p->t->mc.config;
	double s = 0;

	for (uint32_t i = 0; i < config->nr_nodes; i++) {
		uint32_t pair = config->cpu_node[f] * config->nr_nodes + i;
		double cap = config->core_bytes_per_s
				     ? config->core_bytes_per_s[pair]
				     : 0;

		s += p->t->load[f].share[i] / (cap > 0 ? cap : 1e11);
	}
	return s * p->bytes[f];
}

/* Threads of f's core rise together in their use of the core's time. */
static void plain_ceiling(struct plain *p, uint32_t f)
{
	const struct memsys_config *config = &p->t->mc.config;
	double low = 0, high = 1;

	for (int k = 0; k < 200; k++) {
		double level = (low + high) / 2, used = 0;

		for (uint32_t c = 0; c < config->nr_cpus; c++)
			if (p->t->running[c] && p->bytes[c] > 0 &&
			    config->cpu_core[c] == config->cpu_core[f])
				used += fmin(level, 1e9 / p->fixed_ns[c] *
							    plain_core_s(p, c));
		if (used > 1)
			high = level;
		else
			low = level;
	}
	p->ceiling[f] = fmin(1e9 / p->fixed_ns[f], high / plain_core_s(p, f));
}

static double plain_demand(const struct plain *p, uint32_t f)
{
	double ns = 0;

	for (uint32_t r = 0; r < p->nr_resources; r++)
		ns += p->takes[f][r] * p->delay_ns[r] * p->excess[r];
	return fmin(p->ceiling[f], 1e9 / (p->fixed_ns[f] + p->stall[f] * ns));
}

/* One damped step of all; how far from what the curves ask it was. */
static double plain_step(struct plain *p, double damping)
{
	double load[RESOURCES_MAX] = {0}, worst = 0;

	for (uint32_t f = 0; f < p->t->mc.config.nr_cpus; f++) {
		if (!p->t->running[f] || p->bytes[f] <= 0)
			continue;
		double traffic = p->bytes[f] * plain_demand(p, f);

		for (uint32_t r = 0; r < p->nr_resources; r++)
			load[r] += p->takes[f][r] * traffic;
	}
	for (uint32_t r = 0; r < p->nr_resources; r++) {
		if (p->capacity[r] <= 0)
			continue;
		double off = plain_excess(plain_curve(p, r),
					  load[r] / p->capacity[r]) -
			     p->excess[r];

		worst = fmax(worst, fabs(off));
		p->excess[r] += damping * off;
	}
	return worst;
}

static void plain_queues(struct plain *p)
{
	double damping = 0.5, best = 1e300;
	uint32_t stuck = 0;

	for (uint32_t k = 0; k < 1000000; k++) {
		double off = plain_step(p, damping);

		if (off < 1e-13)
			return;
		stuck = off < best ? 0 : stuck + 1;
		best = fmin(best, off);
		if (stuck > 20) {
			damping *= 0.7;
			stuck = 0;
			best = 1e300;
		}
		if (damping < 1e-5)
			break;
	}
	ck_assert_double_lt(plain_step(p, 0), 1e-11);
}

static void plain_round(struct plain *p)
{
	double step = p->t->mc.config.latency_step;

	p->on_edge = false;
	for (uint32_t r = 0; r < p->nr_resources; r++) {
		double top = plain_excess(plain_curve(p, r), 1);

		p->excess[r] = fmin(p->excess[r], top);
		if (step <= 0)
			continue;
		double level = p->excess[r] / step + 0.5;

		p->on_edge |= fabs(level - round(level)) < 1e-6;
		p->excess[r] = floor(level) * step;
	}
}

/* All rising flows rise by the least step that stops any; stop those. */
static void plain_fill(struct plain *p)
{
	uint32_t nr_cpus = p->t->mc.config.nr_cpus;
	double demand[MACHINE_CPUS_MAX], at[MACHINE_CPUS_MAX] = {0};
	bool rising[MACHINE_CPUS_MAX];

	for (uint32_t f = 0; f < nr_cpus; f++) {
		rising[f] = p->t->running[f] && p->bytes[f] > 0;
		demand[f] = rising[f] ? plain_demand(p, f) * p->bytes[f] : 0;
	}
	for (bool any = true; any;) {
		double room[RESOURCES_MAX], speed[RESOURCES_MAX] = {0};
		double step = 1e300;

		any = false;
		for (uint32_t r = 0; r < p->nr_resources; r++) {
			room[r] = p->capacity[r];
			for (uint32_t f = 0; f < nr_cpus; f++) {
				room[r] -= p->takes[f][r] * at[f];
				speed[r] += rising[f] ? p->takes[f][r] : 0;
			}
			if (speed[r] > 0)
				step = fmin(step, room[r] / speed[r]);
		}
		for (uint32_t f = 0; f < nr_cpus; f++)
			if (rising[f])
				step = fmin(step, demand[f] - at[f]);
		for (uint32_t f = 0; f < nr_cpus; f++) {
			if (!rising[f])
				continue;
			any = true;
			at[f] += step;
			rising[f] = at[f] < demand[f] * (1 - 1e-13);
			for (uint32_t r = 0; r < p->nr_resources; r++)
				if (p->takes[f][r] > 0 &&
				    room[r] - step * speed[r] <=
					    1e-13 * p->capacity[r])
					rising[f] = false;
		}
	}
	for (uint32_t f = 0; f < nr_cpus; f++)
		p->rate[f] = !p->t->running[f]	  ? 0
			     : p->bytes[f] > 0 ? at[f] / p->bytes[f]
					       : 1e9 / p->fixed_ns[f];
}

static void plain_solve(struct plain *p, const struct trial *t)
{
	uint32_t nr_cpus = t->mc.config.nr_cpus;

	memset(p, 0, sizeof(*p));
	p->t = t;
	plain_resources(p);
	for (uint32_t f = 0; f < nr_cpus; f++)
		if (t->running[f])
			plain_flow(p, f);
	for (uint32_t f = 0; f < nr_cpus; f++)
		if (t->running[f] && p->bytes[f] > 0)
			plain_ceiling(p, f);
	plain_queues(p);
	plain_round(p);
	plain_fill(p);
}

static void trial_random(struct rng *rng, struct trial *t, double step)
{
	uint32_t busy = 1 + (uint32_t)rng_below(rng, 4);

	machine_random(rng, &t->mc, step);
	for (uint32_t f = 0; f < t->mc.config.nr_cpus; f++) {
		t->running[f] = rng_below(rng, 4) < busy;
		machine_random_load(rng, &t->mc, &t->load[f]);
	}
}

/* The trial from nothing, started in an order of its own. */
static struct memsys *trial_memsys(const struct trial *t, struct rng *rng)
{
	struct memsys *m = memsys_create(arena, &t->mc.config, NULL, NULL);
	uint32_t order[MACHINE_CPUS_MAX];

	for (uint32_t f = 0; f < t->mc.config.nr_cpus; f++) {
		uint32_t at = (uint32_t)rng_below(rng, f + 1);

		order[f] = order[at];
		order[at] = f;
	}
	for (uint32_t k = 0; k < t->mc.config.nr_cpus; k++)
		if (t->running[order[k]])
			memsys_start(m, order[k], &t->load[order[k]]);
	memsys_settle(m);
	return m;
}

struct outcome {
	uint32_t nr_compared, nr_limited, nr_delayed, nr_edges;
	double worst;
};

static void compare(const struct trial *t, struct rng *rng, struct outcome *out)
{
	static struct plain p;
	struct memsys *m = trial_memsys(t, rng);
	uint32_t n = t->mc.config.nr_nodes;

	memsys_check(m);
	plain_solve(&p, t);
	out->nr_edges += p.on_edge;
	if (p.on_edge)
		return;
	for (uint32_t f = 0; f < t->mc.config.nr_cpus; f++) {
		double rate = memsys_ops_per_s(m, f);

		ck_assert_double_le(fabs(rate - p.rate[f]), 1e-9 * p.rate[f]);
		if (p.rate[f] > 0)
			out->worst = fmax(out->worst,
					  fabs(rate / p.rate[f] - 1));
		out->nr_compared += p.rate[f] > 0;
		out->nr_limited += rate < memsys_demand_ops_per_s(m, f);
	}
	for (uint32_t i = 0; i < n; i++) {
		double ns = memsys_latency_ns(m, i, i) -
			    memsys_idle_latency_ns(m, i, i);

		ck_assert_double_le(fabs(ns - p.excess[i] * p.delay_ns[i]),
				    1e-7);
		out->nr_delayed += ns > 0;
	}
}

/* i: 0 no rounding, 1 fine, 2 coarse */
START_TEST(test_memsys_agrees_with_the_plain_solver)
{
	const double step[] = {0, MEMSYS_LATENCY_STEP, 0.2};
	struct outcome out = {0};
	struct rng rng;

	rng_init(&rng, 2, RNG_TEST, (uint64_t)_i);
	for (int round = 0; round < 2000; round++) {
		struct trial t;

		if (round % 50 == 0) {
			teardown();
			setup();
		}
		trial_random(&rng, &t, step[_i]);
		compare(&t, &rng, &out);
	}
	/* The trial means something. */
	ck_assert_uint_gt(out.nr_compared, 20000);
	ck_assert_uint_gt(out.nr_limited, 2000);
	ck_assert_uint_gt(out.nr_delayed, 1000);
	ck_assert_uint_lt(out.nr_edges, 200);
}
END_TEST

/* What the callbacks say of each CPU. */
struct mirror {
	double rate[MACHINE_CPUS_MAX];
	uint32_t nr_calls;
	uint32_t last;
};

static void mirror_changed(void *world, uint32_t cpu, double ops_per_s)
{
	struct mirror *mirror = world;

	ck_assert(mirror->nr_calls == 0 || cpu > mirror->last);
	ck_assert_double_ne(mirror->rate[cpu], ops_per_s);
	mirror->rate[cpu] = ops_per_s;
	mirror->last = cpu;
	mirror->nr_calls++;
}

static void random_change(struct rng *rng, struct trial *t, struct memsys *m,
			  struct mirror *mirror)
{
	uint32_t f = (uint32_t)rng_below(rng, t->mc.config.nr_cpus);

	if (!t->running[f]) {
		if (rng_below(rng, 4) == 0)
			machine_random_load(rng, &t->mc, &t->load[f]);
		memsys_start(m, f, &t->load[f]);
		t->running[f] = true;
	} else if (rng_below(rng, 3)) {
		memsys_stop(m, f);
		t->running[f] = false;
		mirror->rate[f] = 0;
	} else if (rng_below(rng, 2)) {
		machine_random_load(rng, &t->mc, &t->load[f]);
		memsys_reload(m, f, &t->load[f]);
	} else {
		machine_random_share(rng, &t->mc, t->load[f].share);
		memsys_reshare(m, f, t->load[f].share);
	}
}

/*
 * Starts, stops and moves of pages, one or a few before each settle; after
 * each the rates and latencies are those of a new memory system with the same
 * flows, to the last bit; and the callbacks have told all of it.
 */
START_TEST(test_settling_incrementally_equals_settling_from_scratch)
{
	const double step[] = {0, MEMSYS_LATENCY_STEP, 0.2};
	struct rng rng;

	rng_init(&rng, 3, RNG_TEST, (uint64_t)_i);
	for (int round = 0; round < 40; round++) {
		struct mirror mirror = {0};
		struct trial t;

		teardown();
		setup();
		trial_random(&rng, &t, step[_i]);
		memset(t.running, 0, sizeof(t.running));
		struct memsys *m = memsys_create(arena, &t.mc.config,
						 mirror_changed, &mirror);

		for (int k = 0; k < 60; k++) {
			for (uint64_t c = rng_below(&rng, 3) + 1; c; c--)
				random_change(&rng, &t, m, &mirror);
			mirror.nr_calls = 0;
			ck_assert_uint_eq(memsys_settle(m), mirror.nr_calls);
			memsys_check(m);
			struct memsys *fresh = trial_memsys(&t, &rng);

			for (uint32_t f = 0; f < t.mc.config.nr_cpus; f++) {
				ck_assert_double_eq(memsys_ops_per_s(m, f),
						    memsys_ops_per_s(fresh, f));
				ck_assert_double_eq(memsys_ops_per_s(m, f),
						    mirror.rate[f]);
			}
			for (uint32_t i = 0; i < t.mc.config.nr_nodes; i++)
				ck_assert_double_eq(
					memsys_latency_ns(m, 0, i),
					memsys_latency_ns(fresh, 0, i));
		}
	}
}
END_TEST

/* The rate alone is that of a host on which nothing else runs. */
START_TEST(test_alone_is_what_an_idle_host_gives)
{
	struct rng rng;

	rng_init(&rng, 4, RNG_TEST, 0);
	for (int round = 0; round < 500; round++) {
		struct trial t;
		uint32_t f;

		teardown();
		setup();
		trial_random(&rng, &t, MEMSYS_LATENCY_STEP);
		f = (uint32_t)rng_below(&rng, t.mc.config.nr_cpus);
		struct memsys *busy = trial_memsys(&t, &rng);
		double alone = memsys_alone_ops_per_s(busy, f, &t.load[f]);

		memsys_check(busy);
		memset(t.running, 0, sizeof(t.running));
		t.running[f] = true;
		struct memsys *idle = trial_memsys(&t, &rng);

		ck_assert_double_eq_tol(alone / memsys_ops_per_s(idle, f), 1,
					1e-14);
	}
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("memsys_random");
	TCase *tc = tcase_create("random");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, test_memsys_agrees_with_the_plain_solver, 0, 3);
	tcase_add_loop_test(
		tc, test_settling_incrementally_equals_settling_from_scratch, 0,
		3);
	tcase_add_test(tc, test_alone_is_what_an_idle_host_gives);
	suite_add_tcase(suite, tc);
	return suite;
}
