/* memqueue.c - see memqueue.h. */
#include "host/memqueue.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* How many times the last change a jump goes ahead at most. */
#define AHEAD_MAX 3.0

static void memqueue_precision(struct memqueue *q, uint32_t nr_flows);
static bool memqueue_descend(struct memqueue *q, const cpuset *running);
static double memqueue_error(const struct memqueue *q, double *room,
			     bool *precise);
static double memqueue_step(struct memqueue *q, bool again);
static void memqueue_jump(struct memqueue *q, double ahead);
static void memqueue_stand(struct memqueue *q, uint32_t r);
static void memqueue_evaluate(struct memqueue *q, const cpuset *running);
static void memqueue_flow(struct memqueue *q, struct memflow *f);
static void memqueue_spread(struct memqueue *q);
static bool memqueue_publish(struct memqueue *q);

struct memqueue *memqueue_create(struct arena *arena, const struct memnet *net,
				 struct memflow *flow, uint32_t nr_flows)
{
	struct memqueue *q = arena_alloc(arena, sizeof(*q));
	uint32_t nr = net->nr_resources, nr_pairs = net->nr_nodes * net->nr_nodes;

	q->net = net;
	q->flow = flow;
	q->excess = arena_array(arena, nr, sizeof(double));
	q->felt_ns = arena_array(arena, nr, sizeof(double));
	q->swing_ns = arena_array(arena, nr, sizeof(double));
	q->reached = arena_array(arena, nr, sizeof(double));
	q->stride = arena_array(arena, nr, sizeof(double));
	q->sum = arena_array(arena, nr, sizeof(double));
	q->fall = arena_array(arena, nr, sizeof(double));
	q->stand = arena_array(arena, nr, sizeof(*q->stand));
	q->level = arena_array(arena, nr, sizeof(uint16_t));
	q->working_ns = arena_array(arena, nr_pairs, sizeof(double));
	q->published_ns = arena_array(arena, nr_pairs, sizeof(double));
	q->published = arena_array(arena, nr, sizeof(double));
	q->moved = arena_array(arena, net->nr_nodes, sizeof(nodeset));
	q->pair_swing_ns = arena_array(arena, nr_pairs, sizeof(double));
	q->pair_sum = arena_array(arena, nr_pairs, sizeof(double));
	q->pair_fall = arena_array(arena, nr_pairs, sizeof(double));
	q->stiffness = arena_array(arena, nr, sizeof(double));
	q->precision = arena_array(arena, nr, sizeof(double));
	q->spare_ns = arena_array(arena, nr, sizeof(double));
	memqueue_precision(q, nr_flows);
	memqueue_restart(q);
	return q;
}

static void memqueue_precision(struct memqueue *q, uint32_t nr_flows)
{
	const struct memnet *net = q->net;
	double noise = 0;

	for (uint32_t r = 0; r < net->nr_resources; r++) {
		if (net->capacity[r] <= 0)
			continue;
		q->stiffness[r] = sqrt(net->capacity[r] / net->delay_ns[r]);
		q->precision[r] = net->capacity[r] * MEMQUEUE_PRECISION +
				  nr_flows * net->grain;
		noise += q->precision[r] * q->precision[r] * net->delay_ns[r] *
			 net->curve[r]->slope_max / net->capacity[r];
	}
	q->noise = sqrt(noise);
	for (uint32_t r = 0; r < net->nr_resources; r++)
		if (net->capacity[r] > 0)
			q->spare_ns[r] = 4 * q->noise / q->stiffness[r] *
					 sqrt(net->curve[r]->slope_max);
}

void memqueue_restart(struct memqueue *q)
{
	uint32_t nr = q->net->nr_resources;
	uint32_t nr_pairs = q->net->nr_nodes * q->net->nr_nodes;

	for (uint32_t r = 0; r < nr; r++) {
		q->excess[r] = 0;
		q->felt_ns[r] = 0;
		q->sum[r] = 0;
		q->fall[r] = 0;
		q->published[r] = 0;
		memqueue_stand(q, r);
	}
	memset(q->working_ns, 0, nr_pairs * sizeof(double));
	memset(q->published_ns, 0, nr_pairs * sizeof(double));
}

/* --- flows --- */

static void memqueue_add(struct memqueue *q, const struct memflow *f,
			 uint32_t node, double bytes_per_s)
{
	const struct memnet *net = q->net;
	uint32_t pair = f->home * net->nr_nodes + node;

	for (uint32_t k = net->first[pair]; k < net->first[pair + 1]; k++)
		q->sum[net->way[k]] += bytes_per_s;
}

void memqueue_put(struct memqueue *q, struct memflow *f)
{
	if (!q->net->queues)
		return;
	double traffic = f->bytes *
			 memflow_rate(f, memflow_row(f, q->net, q->working_ns));

	for (uint32_t e = 0; e < f->nr_entries; e++) {
		struct mementry *entry = &f->entry[e];

		entry->queued = memflow_round(q->net, entry->share * traffic);
		memqueue_add(q, f, entry->node, entry->queued);
	}
}

void memqueue_take(struct memqueue *q, struct memflow *f)
{
	if (!q->net->queues)
		return;
	for (uint32_t e = 0; e < f->nr_entries; e++)
		memqueue_add(q, f, f->entry[e].node, -f->entry[e].queued);
}

/* --- the iteration --- */

bool memqueue_settle(struct memqueue *q, const cpuset *running)
{
	if (!q->net->queues)
		return false;
	/* Warm; unless there are no levels, when every change counts. */
	if (q->net->step > 0 && memqueue_descend(q, running))
		return memqueue_publish(q);
	/* The edge of a level, or no levels: the answer is where this ends. */
	q->nr_colds++;
	for (uint32_t r = 0; r < q->net->nr_resources; r++) {
		q->excess[r] = 0;
		memqueue_stand(q, r);
	}
	memqueue_evaluate(q, running);
	memqueue_descend(q, running);
	return memqueue_publish(q);
}

/* Iterates from e. Are the levels certain? */
static bool memqueue_descend(struct memqueue *q, const cpuset *running)
{
	for (uint32_t step = 0; step < MEMQUEUE_STEPS_MAX; step++) {
		double room;
		bool precise;
		double error = memqueue_error(q, &room, &precise);

		if (q->net->step > 0 && error < room)
			return true;
		if (precise)
			return false;
		double ahead = memqueue_step(q, step > 0);

		memqueue_jump(q, step < MEMQUEUE_JUMPS_MAX ? ahead : 0);
		memqueue_evaluate(q, running);
		q->nr_steps++;
	}
	panic(__FILE__, __LINE__, "no equilibrium after %d steps",
	      MEMQUEUE_STEPS_MAX);
}

static double memqueue_off(const struct memqueue *q, uint32_t r)
{
	const struct memqueue_stand *stand = &q->stand[r];
	double load = memnet_with_opposite(q->net, q->sum, r);

	return load < stand->low    ? stand->low - load
	       : load > stand->high ? load - stand->high
				    : 0;
}

/* B^2 at e and how much is allowed; precise: all loads agree. */
static double memqueue_error(const struct memqueue *q, double *room,
			     bool *precise)
{
	double error = 0, least = 1e300;

	*precise = true;
	for (uint32_t r = 0; r < q->net->nr_resources; r++) {
		double off = memqueue_off(q, r);

		error += off * off * q->stand[r].weight;
		if (q->stand[r].room < least)
			least = q->stand[r].room;
		*precise &= off <= q->precision[r];
	}
	least -= q->noise;
	*room = least > 0 ? least * least : 0;
	return error;
}

/* Where r's curve meets the line on which its load falls. */
static double memqueue_meet(const struct memqueue *q, uint32_t r)
{
	const struct memnet *net = q->net;
	double load = memnet_with_opposite(net, q->sum, r);
	double fall = memnet_with_opposite(net, q->fall, r) * q->stand[r].ease;
	double excess = q->excess[r];

	if (load <= 0 && excess <= 0)
		return 0;
	memcurve_meet(net->curve[r], net->capacity[r], fall,
		      load + fall * q->excess[r], &excess);
	return excess;
}

/*
 * A plain step: reached and stride. Returns the multiple of the change since
 * the step before (if again) by which to go ahead: the one for which strides,
 * if they change as they just did, would be least.
 */
static double memqueue_step(struct memqueue *q, bool again)
{
	const struct memnet *net = q->net;
	double along = 0, across = 0;

	for (uint32_t r = 0; r < net->nr_resources; r++) {
		if (net->capacity[r] <= 0)
			continue;
		double reached = memqueue_meet(q, r);
		double stride = reached - q->excess[r];
		double change = stride - q->stride[r];
		double weight = net->capacity[r] * net->delay_ns[r] *
				q->stand[r].ease;

		along += weight * stride * change;
		across += weight * change * change;
		q->stride[r] = stride;
		/* until memqueue_jump(): where from here, where last time */
		q->excess[r] = reached;
	}
	if (!again || across <= 0)
		return 0;
	double ahead = -along / across;

	return ahead > AHEAD_MAX ? AHEAD_MAX : ahead < -0.5 ? -0.5 : ahead;
}

static void memqueue_jump(struct memqueue *q, double ahead)
{
	for (uint32_t r = 0; r < q->net->nr_resources; r++) {
		double reached = q->excess[r];
		double excess = reached + ahead * (reached - q->reached[r]);

		q->reached[r] = reached;
		q->excess[r] = excess > 0 ? excess : 0;
		if (q->excess[r] != q->stand[r].excess)
			memqueue_stand(q, r);
	}
}

static void memqueue_stand(struct memqueue *q, uint32_t r)
{
	const struct memnet *net = q->net;
	const struct memcurve *curve = net->curve[r];
	struct memqueue_stand *stand = &q->stand[r];
	double capacity = net->capacity[r], excess = q->excess[r];

	stand->excess = excess;
	stand->room = 1e150;
	stand->weight = 0;
	if (capacity <= 0)
		return;
	uint32_t point = memcurve_range(curve, excess, &stand->low,
					&stand->high);
	bool steep = curve->slope[point] > MEMQUEUE_SLOPE_MIN;

	stand->slope = steep ? curve->slope[point] : MEMQUEUE_SLOPE_MIN;
	stand->ease = steep ? curve->ease[point] : 1 / MEMQUEUE_SLOPE_MIN;
	stand->low *= capacity;
	stand->high *= capacity;
	if (net->step <= 0)
		return;
	double margin;
	uint32_t level = memcurve_level(curve, excess, &margin);

	q->level[r] = (uint16_t)level;
	stand->weight = net->delay_ns[r] * curve->level_slope[level] / capacity;
	if (margin < 1e100)
		stand->room = (margin * net->delay_ns[r] - q->spare_ns[r]) *
			      q->stiffness[r] * curve->level_ease[level];
}

/* What a line of the pair meets: on its way, and by share of the opposites. */
static double memqueue_pair_ns(const struct memqueue *q, uint32_t pair,
			       const double *resource_ns)
{
	const struct memnet *net = q->net;
	double ns = 0;

	for (uint32_t k = net->first[pair]; k < net->first[pair + 1]; k++)
		ns += memnet_with_opposite(net, resource_ns, net->way[k]);
	return ns;
}

/* Loads at e, and how they fall. */
static void memqueue_evaluate(struct memqueue *q, const cpuset *running)
{
	uint32_t nr_pairs = q->net->nr_nodes * q->net->nr_nodes;

	for (uint32_t r = 0; r < q->net->nr_resources; r++) {
		q->felt_ns[r] = q->excess[r] * q->net->delay_ns[r];
		q->swing_ns[r] = q->stand[r].slope * q->net->delay_ns[r];
	}
	for (uint32_t p = 0; p < nr_pairs; p++) {
		q->working_ns[p] = memqueue_pair_ns(q, p, q->felt_ns);
		q->pair_swing_ns[p] = memqueue_pair_ns(q, p, q->swing_ns);
		q->pair_sum[p] = 0;
		q->pair_fall[p] = 0;
	}
	for (uint32_t w = 0; w < CPUSET_WORDS; w++)
		for (uint64_t bits = running->word[w]; bits; bits &= bits - 1)
			memqueue_flow(q, &q->flow[w * 64 + (uint32_t)
						  __builtin_ctzll(bits)]);
	memqueue_spread(q);
}

/*
 * The rate falls by rate^2 * stall / 1e9 per ns of mean delay. For a flow at
 * its ceiling this is how fast it will fall once it does.
 */
static void memqueue_flow(struct memqueue *q, struct memflow *f)
{
	const struct memnet *net = q->net;
	uint32_t row = f->home * net->nr_nodes;
	const double *working_ns = q->working_ns + row;
	const double *swing_ns = q->pair_swing_ns + row;
	double *sum = q->pair_sum + row, *fall = q->pair_fall + row;
	double rate = memflow_rate(f, working_ns);
	double traffic = f->bytes * rate, swings_ns = 0;

	for (uint32_t e = 0; e < f->nr_entries; e++)
		swings_ns += f->entry[e].share * swing_ns[f->entry[e].node];
	double falls = traffic * rate * f->stall * 1e-9 * swings_ns;

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

	memset(q->sum, 0, net->nr_resources * sizeof(double));
	memset(q->fall, 0, net->nr_resources * sizeof(double));
	for (uint32_t p = 0; p < nr_pairs; p++) {
		if (q->pair_sum[p] <= 0)
			continue;
		for (uint32_t k = net->first[p]; k < net->first[p + 1]; k++) {
			q->sum[net->way[k]] += q->pair_sum[p];
			q->fall[net->way[k]] += q->pair_fall[p];
		}
	}
}

/* --- rounding --- */

static double memqueue_rounded(const struct memqueue *q, uint32_t r)
{
	const struct memcurve *curve = q->net->curve[r];
	double full = curve->excess[curve->nr_points - 1];

	if (q->net->step > 0)
		return q->level[r] * q->net->step;
	/* Nothing is used more than in full. */
	return q->excess[r] < full ? q->excess[r] : full;
}

static double memqueue_published_ns(const struct memqueue *q, uint32_t pair)
{
	const struct memnet *net = q->net;
	double ns = 0;

	for (uint32_t k = net->first[pair]; k < net->first[pair + 1]; k++) {
		uint32_t r = net->way[k], o = net->opposite[r];

		ns += memqueue_delay_ns(q, r);
		if (o != MEMNET_NONE)
			ns += net->opposite_share * memqueue_delay_ns(q, o);
	}
	return ns;
}

static bool memqueue_publish(struct memqueue *q)
{
	const struct memnet *net = q->net;
	uint32_t n = net->nr_nodes;
	bool any = false;

	memset(q->moved, 0, n * sizeof(*q->moved));
	for (uint32_t r = 0; r < net->nr_resources; r++) {
		double excess = memqueue_rounded(q, r);

		if (excess == q->published[r])
			continue;
		any = true;
		q->published[r] = excess;
		for (uint32_t k = net->user_first[r];
		     k < net->user_first[r + 1]; k++)
			q->moved[net->user[k] / n] |=
				nodeset_of(net->user[k] % n);
	}
	if (!any)
		return false;
	for (uint32_t i = 0; i < n; i++)
		for (nodeset s = q->moved[i]; s; s &= s - 1) {
			uint32_t pair = i * n + nodeset_first(s);

			q->published_ns[pair] = memqueue_published_ns(q, pair);
		}
	return true;
}

void memqueue_check(struct memqueue *q, struct memqueue *fresh,
		    const cpuset *running)
{
	const struct memnet *net = q->net;
	uint32_t nr_pairs = net->nr_nodes * net->nr_nodes;

	if (!net->queues)
		return;
	/* Q2 */
	memqueue_restart(fresh);
	memqueue_evaluate(fresh, running);
	memqueue_descend(fresh, running);
	memqueue_publish(fresh);
	for (uint32_t r = 0; r < net->nr_resources; r++)
		require(fresh->published[r] == q->published[r]);
	/* Q3 */
	for (uint32_t p = 0; p < nr_pairs; p++)
		require(memqueue_published_ns(q, p) == q->published_ns[p]);
	/* Q1; and the entries have q's own traffic again */
	memcpy(fresh->excess, q->excess, net->nr_resources * sizeof(double));
	memqueue_evaluate(fresh, running);
	for (uint32_t r = 0; r < net->nr_resources; r++)
		require(fresh->sum[r] == q->sum[r]);
}
