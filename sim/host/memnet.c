/* memnet.c - see memnet.h; and memsys_config_check(). */
#include "host/memnet.h"

#include <math.h>
#include <string.h>

static void memnet_capacities(struct memnet *net,
			      const struct memsys_config *config);
static void memnet_opposites(struct memnet *net,
			     const struct memsys_config *config);
static void memnet_ways(struct memnet *net, struct arena *arena,
			const struct memsys_config *config);
static void memnet_users(struct memnet *net, struct arena *arena);
static void memnet_grain(struct memnet *net, uint32_t nr_cpus);
static int check_curve(const char *name, const struct memsys_curve *curve,
		       struct err *err);
static int check_scalars(const struct memsys_config *config, struct err *err);
static int check_cpus(const struct memsys_config *config, struct err *err);
static int check_nodes(const struct memsys_config *config, struct err *err);
static int check_links(const struct memsys_config *config, struct err *err);

struct memnet *memnet_create(struct arena *arena,
			     const struct memsys_config *config)
{
	struct memnet *net = arena_alloc(arena, sizeof(*net));
	uint32_t n = config->nr_nodes, nr = n + config->nr_links;

	net->nr_nodes = n;
	net->nr_resources = nr;
	net->step = config->latency_step;
	net->opposite_share = config->opposite_share;
	memcurve_init(&net->controller_curve, arena, &config->controller_curve,
		      net->step);
	memcurve_init(&net->link_curve, arena, &config->link_curve, net->step);
	memcurve_init(&net->level_curve, arena, NULL, net->step);
	net->capacity = arena_array(arena, nr, sizeof(double));
	net->delay_ns = arena_array(arena, nr, sizeof(double));
	net->opposite = arena_array(arena, nr, sizeof(uint16_t));
	net->curve = arena_array(arena, nr, sizeof(*net->curve));
	memnet_capacities(net, config);
	memnet_opposites(net, config);
	memnet_ways(net, arena, config);
	memnet_users(net, arena);
	memnet_grain(net, config->nr_cpus);
	return net;
}

static void memnet_use(struct memnet *net, uint32_t *at, uint32_t r, uint32_t p)
{
	net->user[at[r]++] = (uint16_t)p;
	if (net->opposite[r] != MEMNET_NONE)
		net->user[at[net->opposite[r]]++] = (uint16_t)p;
}

static void memnet_users(struct memnet *net, struct arena *arena)
{
	uint32_t nr = net->nr_resources, nr_pairs = net->nr_nodes * net->nr_nodes;
	uint32_t *at = arena_array(arena, nr, sizeof(uint32_t));

	net->user_first = arena_array(arena, nr + 1, sizeof(uint32_t));
	for (uint32_t k = 0; k < net->first[nr_pairs]; k++) {
		uint32_t r = net->way[k];

		net->user_first[r + 1]++;
		if (net->opposite[r] != MEMNET_NONE)
			net->user_first[net->opposite[r] + 1]++;
	}
	for (uint32_t r = 0; r < nr; r++) {
		net->user_first[r + 1] += net->user_first[r];
		at[r] = net->user_first[r];
	}
	net->user = arena_array(arena, net->user_first[nr], sizeof(uint16_t));
	for (uint32_t p = 0; p < nr_pairs; p++)
		for (uint32_t k = net->first[p]; k < net->first[p + 1]; k++)
			memnet_use(net, at, net->way[k], p);
}

static void memnet_grain(struct memnet *net, uint32_t nr_cpus)
{
	double fastest = 0;

	for (uint32_t p = 0; p < net->nr_nodes * net->nr_nodes; p++)
		if (1 / net->core_s_per_byte[p] > fastest)
			fastest = 1 / net->core_s_per_byte[p];
	net->grain = 1;
	/* 2 to spare: for mean caps rounded up, and for opposites */
	while (fastest * nr_cpus * 2 < 2251799813685248.0 * net->grain)
		net->grain *= 0.5;
	net->round = 6755399441055744.0 * net->grain;
}

static bool rises(const struct memcurve *c)
{
	return c->excess[c->nr_points - 1] > 0;
}

static void memnet_capacities(struct memnet *net,
			      const struct memsys_config *config)
{
	uint32_t n = net->nr_nodes;
	double local_ns = 0;

	for (uint32_t i = 0; i < n; i++) {
		net->capacity[i] = config->controller_bytes_per_s[i];
		net->delay_ns[i] = config->idle_ns[i * n + i];
		net->curve[i] = &net->controller_curve;
		if (net->delay_ns[i] > local_ns)
			local_ns = net->delay_ns[i];
	}
	for (uint32_t l = 0; l < config->nr_links; l++) {
		bool waits = config->link[l].queue_ns > 0;

		net->capacity[n + l] = config->link[l].bytes_per_s;
		/* A link without delay still holds back what overloads it. */
		net->delay_ns[n + l] = waits ? config->link[l].queue_ns
					     : local_ns;
		net->curve[n + l] = waits ? &net->link_curve
					  : &net->level_curve;
		net->queues |= waits && rises(&net->link_curve);
	}
	net->queues |= rises(&net->controller_curve);
}

static void memnet_opposites(struct memnet *net,
			     const struct memsys_config *config)
{
	for (uint32_t r = 0; r < net->nr_resources; r++)
		net->opposite[r] = MEMNET_NONE;
	if (net->opposite_share <= 0)
		return;
	for (uint32_t a = 0; a < config->nr_links; a++)
		for (uint32_t b = 0; b < config->nr_links; b++)
			if (config->link[a].from == config->link[b].to &&
			    config->link[a].to == config->link[b].from)
				net->opposite[net->nr_nodes + a] =
					(uint16_t)(net->nr_nodes + b);
}

static double core_s_per_byte(const struct memsys_config *config, uint32_t pair)
{
	double cap = config->core_bytes_per_s ? config->core_bytes_per_s[pair]
					      : 0;

	if (cap <= 0 || cap > MEMSYS_STREAM_BYTES_PER_S_MAX)
		cap = MEMSYS_STREAM_BYTES_PER_S_MAX;
	return 1 / cap;
}

static void memnet_ways(struct memnet *net, struct arena *arena,
			const struct memsys_config *config)
{
	uint32_t n = net->nr_nodes, nr_pairs = n * n;
	size_t nr_way = nr_pairs;

	for (uint32_t p = 0; p < nr_pairs && config->nr_links; p++)
		nr_way += config->route[p].count;
	net->idle_ns = arena_array(arena, nr_pairs, sizeof(double));
	net->core_s_per_byte = arena_array(arena, nr_pairs, sizeof(double));
	net->first = arena_array(arena, nr_pairs + 1, sizeof(uint32_t));
	net->way = arena_array(arena, nr_way, sizeof(uint16_t));
	uint32_t at = 0;

	for (uint32_t p = 0; p < nr_pairs; p++) {
		net->idle_ns[p] = config->idle_ns[p];
		net->core_s_per_byte[p] = core_s_per_byte(config, p);
		net->first[p] = at;
		net->way[at++] = (uint16_t)(p % n);
		for (uint32_t k = 0; config->nr_links && k < config->route[p].count;
		     k++)
			net->way[at++] = (uint16_t)(n + config->route_link[
					config->route[p].first + k]);
	}
	net->first[nr_pairs] = at;
}

/* --- the configuration --- */

static bool positive(double x)
{
	return isfinite(x) && x > 0;
}

int memsys_config_check(const struct memsys_config *config, struct err *err)
{
	if (check_scalars(config, err) || check_cpus(config, err) ||
	    check_nodes(config, err) || check_links(config, err))
		return -1;
	if (check_curve("controller", &config->controller_curve, err))
		return -1;
	return check_curve("link", &config->link_curve, err);
}

static int check_scalars(const struct memsys_config *config, struct err *err)
{
	if (config->nr_cpus < 1 || config->nr_cpus > CPU_MAX)
		return err_set(err, "memory system: %u CPUs; 1 to %d",
			       config->nr_cpus, CPU_MAX);
	if (config->nr_nodes < 1 || config->nr_nodes > NODE_MAX)
		return err_set(err, "memory system: %u nodes; 1 to %d",
			       config->nr_nodes, NODE_MAX);
	if (config->nr_links > MEMSYS_LINKS_MAX)
		return err_set(err, "memory system: %u links; at most %d",
			       config->nr_links, MEMSYS_LINKS_MAX);
	if (!(config->write_weight >= 0 && config->write_weight <= 16))
		return err_set(err, "memory system: write weight %g; 0 to 16",
			       config->write_weight);
	if (!(config->write_latency_factor >= 1 &&
	      config->write_latency_factor <= 100))
		return err_set(err, "memory system: write latency factor %g; "
			       "1 to 100", config->write_latency_factor);
	if (!(config->opposite_share >= 0 && config->opposite_share <= 1))
		return err_set(err, "memory system: opposite share %g; 0 to 1",
			       config->opposite_share);
	if (config->latency_step != 0 && !(config->latency_step >= 1e-4 &&
					   config->latency_step <= 1))
		return err_set(err, "memory system: latency step %g; 0, or "
			       "0.0001 to 1", config->latency_step);
	return 0;
}

static int check_cpus(const struct memsys_config *config, struct err *err)
{
	uint32_t threads[CPU_MAX] = {0}, threads_max = 1;

	for (uint32_t c = 0; c < config->nr_cpus; c++) {
		uint32_t core = config->cpu_core[c];

		if (config->cpu_node[c] >= config->nr_nodes)
			return err_set(err, "memory system: CPU %u on node %u "
				       "of %u", c, config->cpu_node[c],
				       config->nr_nodes);
		if (core >= config->nr_cpus)
			return err_set(err, "memory system: CPU %u on core %u; "
				       "below %u", c, core, config->nr_cpus);
		if (++threads[core] > threads_max)
			threads_max = threads[core];
	}
	if (threads_max > MEMSYS_THREADS_MAX)
		return err_set(err, "memory system: %u threads on a core; at "
			       "most %d", threads_max, MEMSYS_THREADS_MAX);
	for (uint32_t k = 2; k <= threads_max; k++)
		if (!(config->smt_throughput[k] > 0 &&
		      config->smt_throughput[k] <= k))
			return err_set(err, "memory system: %u threads do %g "
				       "times the work of one; above 0 to %u",
				       k, config->smt_throughput[k], k);
	return 0;
}

static int check_nodes(const struct memsys_config *config, struct err *err)
{
	uint32_t n = config->nr_nodes;

	for (uint32_t p = 0; p < n * n; p++) {
		if (!positive(config->idle_ns[p]))
			return err_set(err, "memory system: latency %g ns from "
				       "node %u to %u; above 0",
				       config->idle_ns[p], p / n, p % n);
		if (config->core_bytes_per_s &&
		    !(config->core_bytes_per_s[p] >= 0))
			return err_set(err, "memory system: core cap %g from "
				       "node %u to %u; 0 or more",
				       config->core_bytes_per_s[p], p / n,
				       p % n);
	}
	for (uint32_t i = 0; i < n; i++)
		if (!(config->controller_bytes_per_s[i] >= 0 &&
		      config->controller_bytes_per_s[i] <= 1e13))
			return err_set(err, "memory system: controller %u has "
				       "%g bytes/s; 0 to 1e13", i,
				       config->controller_bytes_per_s[i]);
	return 0;
}

static int check_links(const struct memsys_config *config, struct err *err)
{
	uint32_t n = config->nr_nodes;

	for (uint32_t l = 0; l < config->nr_links; l++) {
		const struct memsys_link *link = &config->link[l];

		if (link->from >= n || link->to >= n || link->from == link->to)
			return err_set(err, "memory system: link %u joins nodes "
				       "%u and %u of %u", l, link->from,
				       link->to, n);
		if (!(link->bytes_per_s > 0 && link->bytes_per_s <= 1e13))
			return err_set(err, "memory system: link %u has %g "
				       "bytes/s; above 0 to 1e13", l,
				       link->bytes_per_s);
		if (!(link->queue_ns >= 0 && link->queue_ns <= 1e6))
			return err_set(err, "memory system: link %u delays by "
				       "%g ns; 0 to 1e6", l, link->queue_ns);
	}
	for (uint32_t p = 0; config->nr_links && p < n * n; p++)
		for (uint32_t k = 0; k < config->route[p].count; k++)
			if (config->route_link[config->route[p].first + k] >=
			    config->nr_links)
				return err_set(err, "memory system: the route "
					       "from node %u to %u has a link "
					       "that is not there", p / n,
					       p % n);
	return 0;
}

static int check_curve(const char *name, const struct memsys_curve *curve,
		       struct err *err)
{
	const double *u = curve->utilisation, *f = curve->factor;
	uint32_t n = curve->nr_points;

	if (n > MEMSYS_POINTS_MAX)
		return err_set(err, "memory system: %s curve of %u points; at "
			       "most %d", name, n, MEMSYS_POINTS_MAX);
	if (n > 0 && (u[0] != 0 || f[0] != 1))
		return err_set(err, "memory system: %s curve starts at (%g, "
			       "%g); (0, 1)", name, u[0], f[0]);
	for (uint32_t i = 1; i < n; i++)
		if (!(u[i] >= u[i - 1] + 1e-6 && u[i] <= 1 && f[i] >= f[i - 1] &&
		      f[i] <= 100))
			return err_set(err, "memory system: %s curve, point %u: "
				       "(%g, %g) does not follow (%g, %g)",
				       name, i, u[i], f[i], u[i - 1], f[i - 1]);
	return 0;
}
