/* memqueue.c - see memqueue.h. */
#include "host/memqueue.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static void memqueue_precision(struct memqueue *q, uint32_t nr_flows);
static void memqueue_delays(struct memqueue *q, const double *excess,
			    double *pair_ns);
static double memqueue_error(const struct memqueue *q, bool *precise);
static void memqueue_solve(struct memqueue *q, const cpuset *running);
static bool memqueue_descend(struct memqueue *q, const cpuset *running);
static void memqueue_evaluate(struct memqueue *q, const cpuset *running);
static void memqueue_flow(struct memqueue *q, struct memflow *f);
static void memqueue_spread(struct memqueue *q);
static void memqueue_stands(struct memqueue *q);
static void memqueue_advance(struct memqueue *q);
static bool memqueue_publish(struct memqueue *q);

struct memqueue *memqueue_create(struct arena *arena, const struct memnet *net,
				 struct memflow *flow, uint32_t nr_flows)
{
	struct memqueue *q = arena_alloc(arena, sizeof(*q));
	uint32_t nr = net->nr_resources, nr_pairs = net->nr_nodes * net->nr_nodes;

	q->net = net;
	q->flow = flow;
	q->excess = arena_array(arena, nr, sizeof(double));
	q->sum = arena_array(arena, nr, sizeof(double));
	q->fall = arena_array(arena, nr, sizeof(double));
	q->stand = arena_array(arena, nr, sizeof(*q->stand));
	q->level = arena_array(arena, nr, sizeof(uint16_t));
	q->working_ns = arena_array(arena, nr_pairs, sizeof(double));
	q->published_ns = arena_array(arena, nr_pairs, sizeof(double));
	q->published = arena_array(arena, nr, sizeof(double));
	q->moved = arena_array(arena, net->nr_nodes, sizeof(nodeset));
	q->pair_sum = arena_array(arena, nr_pairs, sizeof(double));
	q->pair_fall = arena_array(arena, nr_pairs, sizeof(double));
	q->felt_ns = arena_array(arena, nr, sizeof(double));
	q->precision = arena_array(arena, nr, sizeof(double));
	q->spare_ns = arena_array(arena, nr, sizeof(double));
	memqueue_precision(q, nr_flows);
	memqueue_stands(q);
	return q;
}

static void memqueue_precision(struct memqueue *q, uint32_t nr_flows)
{
	const struct memnet *net = q->net;
	double noise = 0;

	for (uint32_t r = 0; r < net->nr_resources; r++) {
		if (net->capacity[r] <= 0)
			continue;
		q->precision[r] = net->capacity[r] * MEMQUEUE_PRECISION +
				  nr_flows * net->grain;
		noise += q->precision[r] * q->precision[r] * net->delay_ns[r] *
			 net->curve[r]->slope_max / net->capacity[r];
	}
	q->noise = sqrt(noise);
	for (uint32_t r = 0; r < net->nr_resources; r++)
		if (net->capacity[r] > 0)
			q->spare_ns[r] = 4 * q->noise *
					 sqrt(net->delay_ns[r] *
					      net->curve[r]->slope_max /
					      net->capacity[r]);
}

void memqueue_restart(struct memqueue *q)
{
	uint32_t nr = q->net->nr_resources;
	uint32_t nr_pairs = q->net->nr_nodes * q->net->nr_nodes;

	memset(q->excess, 0, nr * sizeof(double));
	memset(q->sum, 0, nr * sizeof(double));
	memset(q->fall, 0, nr * sizeof(double));
	memset(q->published, 0, nr * sizeof(double));
	memset(q->working_ns, 0, nr_pairs * sizeof(double));
	memset(q->published_ns, 0, nr_pairs * sizeof(double));
	memqueue_stands(q);
}

static void memqueue_add(struct memqueue *q, const struct memflow *f,
			 const struct mementry *entry, double bytes_per_s)
{
	const struct memnet *net = q->net;
	uint32_t pair = f->home * net->nr_nodes + entry->node;

	for (uint32_t k = net->first[pair]; k < net->first[pair + 1]; k++)
		q->sum[net->way[k]] += bytes_per_s;
}

void memqueue_put(struct memqueue *q, struct memflow *f)
{
	if (!q->net->queues)
		return;
	double traffic = f->bytes * memflow_rate(f, memflow_row(f, q->net,
							q->working_ns));

	for (uint32_t e = 0; e < f->nr_entries; e++) {
		f->entry[e].queued = memflow_round(q->net, f->entry[e].share * traffic);
		memqueue_add(q, f, &f->entry[e], f->entry[e].queued);
	}
}

void memqueue_take(struct memqueue *q, struct memflow *f)
{
	if (!q->net->queues)
		return;
	for (uint32_t e = 0; e < f->nr_entries; e++) {
		memqueue_add(q, f, &f->entry[e], -f->entry[e].queued);
		f->entry[e].queued = 0;
	}
}

bool memqueue_settle(struct memqueue *q, const cpuset *running)
{
	bool precise;

	if (!q->net->queues)
		return false;
	/* No levels: every change counts. */
	if (q->net->step > 0 && memqueue_error(q, &precise) < q->room)
		return false;
	memqueue_solve(q, running);
	return memqueue_publish(q);
}

/* B^2 at e with the loads of now; precise: all loads agree. */
static double memqueue_error(const struct memqueue *q, bool *precise)
{
	double error = 0;

	*precise = true;
	for (uint32_t r = 0; r < q->net->nr_resources; r++) {
		const struct memqueue_stand *stand = &q->stand[r];
		double load = memnet_with_opposite(q->net, q->sum, r);
		double off = load < stand->low	 ? stand->low - load
			     : load > stand->high ? load - stand->high
						  : 0;

		error += off * off * stand->weight;
		*precise &= off <= q->precision[r];
	}
	return error;
}

static void memqueue_solve(struct memqueue *q, const cpuset *running)
{
	const size_t bytes = q->net->nr_resources * sizeof(double);

	if (q->net->step > 0) {
		memqueue_advance(q);
		if (memqueue_descend(q, running))
			return;
	}
	/* The edge of a level, or no levels: the answer is where this ends. */
	q->nr_colds++;
	memset(q->excess, 0, bytes);
	memqueue_descend(q, running);
}

/* Iterates from e. Returns whether the levels are certain. */
static bool memqueue_descend(struct memqueue *q, const cpuset *running)
{
	for (uint32_t step = 0; step < MEMQUEUE_STEPS_MAX; step++) {
		bool precise;

		memqueue_evaluate(q, running);
		memqueue_stands(q);
		double error = memqueue_error(q, &precise);

		if (q->net->step > 0 && error < q->room)
			return true;
		if (precise)
			return false;
		memqueue_advance(q);
	}
	panic(__FILE__, __LINE__, "no equilibrium after %d steps",
	      MEMQUEUE_STEPS_MAX);
}

/* Loads at e, and how they fall. */
static void memqueue_evaluate(struct memqueue *q, const cpuset *running)
{
	const size_t bytes = (size_t)q->net->nr_nodes * q->net->nr_nodes *
			     sizeof(double);

	q->nr_steps++;
	memqueue_delays(q, q->excess, q->working_ns);
	memset(q->pair_sum, 0, bytes);
	memset(q->pair_fall, 0, bytes);
	for (uint32_t w = 0; w < CPUSET_WORDS; w++)
		for (uint64_t bits = running->word[w]; bits; bits &= bits - 1)
			memqueue_flow(q, &q->flow[w * 64 + (uint32_t)
						  __builtin_ctzll(bits)]);
	memqueue_spread(q);
}

/* Delay of each pair, all resources on the way and their opposites summed. */
static void memqueue_delays(struct memqueue *q, const double *excess,
			    double *pair_ns)
{
	const struct memnet *net = q->net;
	uint32_t nr_pairs = net->nr_nodes * net->nr_nodes;

	for (uint32_t r = 0; r < net->nr_resources; r++)
		q->felt_ns[r] = excess[r] * net->delay_ns[r];
	for (uint32_t p = 0; p < nr_pairs; p++) {
		double ns = 0;

		for (uint32_t k = net->first[p]; k < net->first[p + 1]; k++)
			ns += memnet_with_opposite(net, q->felt_ns, net->way[k]);
		pair_ns[p] = ns;
	}
}

/*
 * rate falls by rate^2 * stall / 1e9 per ns of mean delay; a change of all e
 * by 1 unit of delay each is `reach` ns of it. For a flow at its ceiling this
 * is how fast it will fall once it does: not less than it does now.
 */
static void memqueue_flow(struct memqueue *q, struct memflow *f)
{
	const struct memnet *net = q->net;
	double *sum = q->pair_sum + f->home * net->nr_nodes;
	double *fall = q->pair_fall + f->home * net->nr_nodes;
	double rate = memflow_rate(f, memflow_row(f, net, q->working_ns));
	double traffic = f->bytes * rate;
	double falls = traffic * rate * f->stall * 1e-9 * f->reach;

	for (uint32_t e = 0; e < f->nr_entries; e++) {
		struct mementry *entry = &f->entry[e];

		entry->queued = memflow_round(net, entry->share * traffic);
		sum[entry->node] += entry->queued;
		fall[entry->node] += entry->share * falls;
	}
}

/* From pairs to resources. */
static void memqueue_spread(struct memqueue *q)
{
	const struct memnet *net = q->net;
	uint32_t nr_pairs = net->nr_nodes * net->nr_nodes;

	for (uint32_t r = 0; r < net->nr_resources; r++) {
		q->sum[r] = 0;
		q->fall[r] = 0;
	}
	for (uint32_t p = 0; p < nr_pairs; p++) {
		if (q->pair_sum[p] <= 0)
			continue;
		for (uint32_t k = net->first[p]; k < net->first[p + 1]; k++) {
			q->sum[net->way[k]] += q->pair_sum[p];
			q->fall[net->way[k]] += q->pair_fall[p];
		}
	}
}

/* Where e stands on the curves, and the room it has there. */
static void memqueue_stands(struct memqueue *q)
{
	const struct memnet *net = q->net;
	double room = 1e300;

	for (uint32_t r = 0; r < net->nr_resources; r++) {
		const struct memcurve *curve = net->curve[r];
		struct memqueue_stand *stand = &q->stand[r];
		double capacity = net->capacity[r];

		memcurve_range(curve, q->excess[r], &stand->low, &stand->high);
		stand->low *= capacity;
		stand->high *= capacity;
		stand->weight = 0;
		if (net->step <= 0 || capacity <= 0)
			continue;
		uint32_t level = memcurve_level(curve, q->excess[r]);
		double slope = curve->level_slope[level];
		double margin = memcurve_margin(curve, level, q->excess[r]);

		q->level[r] = (uint16_t)level;
		stand->weight = net->delay_ns[r] * slope / capacity;
		if (slope > 0) {
			double most = margin * net->delay_ns[r] -
				      q->spare_ns[r];

			most *= sqrt(capacity / (net->delay_ns[r] * slope));
			room = most < room ? most : room;
		}
	}
	room -= q->noise;
	q->room = room > 0 ? room * room : 0;
}

static void memqueue_advance(struct memqueue *q)
{
	const struct memnet *net = q->net;

	for (uint32_t r = 0; r < net->nr_resources; r++) {
		if (net->capacity[r] <= 0)
			continue;
		double load = memnet_with_opposite(net, q->sum, r);
		double fall = memnet_with_opposite(net, q->fall, r) *
			      net->delay_ns[r];

		memcurve_meet(net->curve[r], net->capacity[r], fall,
			      load + fall * q->excess[r], &q->excess[r]);
	}
}

static bool memqueue_publish(struct memqueue *q)
{
	const struct memnet *net = q->net;
	bool any = false;

	for (uint32_t r = 0; r < net->nr_resources; r++) {
		const struct memcurve *curve = net->curve[r];
		double excess = q->excess[r];

		/* Nothing is used more than in full. */
		if (excess > curve->excess[curve->nr_points - 1])
			excess = curve->excess[curve->nr_points - 1];
		if (net->step > 0)
			excess = q->level[r] * net->step;
		any |= excess != q->published[r];
		q->published[r] = excess;
	}
	if (!any)
		return false;

	double *before = q->pair_sum;
	uint32_t n = net->nr_nodes;

	memcpy(before, q->published_ns, (size_t)n * n * sizeof(double));
	memqueue_delays(q, q->published, q->published_ns);
	for (uint32_t i = 0; i < n; i++) {
		q->moved[i] = 0;
		for (uint32_t k = 0; k < n; k++)
			if (before[i * n + k] != q->published_ns[i * n + k])
				q->moved[i] |= nodeset_of(k);
	}
	return true;
}

void memqueue_check(struct memqueue *q, struct memqueue *fresh,
		    const cpuset *running)
{
	const struct memnet *net = q->net;
	const size_t bytes = net->nr_resources * sizeof(double);

	if (!net->queues)
		return;
	/* Q2 */
	memset(fresh->excess, 0, bytes);
	memset(fresh->published, 0, bytes);
	memqueue_descend(fresh, running);
	memqueue_publish(fresh);
	for (uint32_t r = 0; r < net->nr_resources; r++)
		require(fresh->published[r] == q->published[r]);
	/* Q3 */
	memqueue_delays(fresh, q->published, fresh->published_ns);
	for (uint32_t p = 0; p < net->nr_nodes * net->nr_nodes; p++)
		require(fresh->published_ns[p] == q->published_ns[p]);
	/* Q1; this also gives the entries back the traffic at q's own e */
	memcpy(fresh->excess, q->excess, bytes);
	memqueue_evaluate(fresh, running);
	for (uint32_t r = 0; r < net->nr_resources; r++)
		require(fresh->sum[r] == q->sum[r]);
}
