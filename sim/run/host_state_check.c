/*
 * host_state_check.c - can this be one host? Asked of files (an error line) and
 * of programs (an abort); invariants S1 to S6 of host_state.h.
 */
#include "run/host_state_parts.h"

#include <string.h>

/* --- of files -------------------------------------------------------------------- */

static int complete_cpus(struct arena *arena, struct host_state *s,
			 struct err *err)
{
	s->cpu_to_node = arena_array(arena, s->cpu_count,
				     sizeof(*s->cpu_to_node));
	for (uint32_t n = 0; n < s->node_count; n++)
		s->node[n].nr_cpus = 0;
	for (uint32_t c = 0; c < s->cpu_count; c++) {
		uint32_t n = s->cpu[c].node;

		s->cpu_to_node[c] = (uint16_t)n;
		if (n == NODE_NONE)
			continue;
		if (n >= s->node_count || !s->node[n].online)
			return err_set(err, "CPU %u is on node %u, which is "
				       "not there", c, n);
		s->node[n].nr_cpus++;
	}
	if (!host_state_cpu_nodes(s))
		return err_set(err, "no node has a CPU");
	return 0;
}

static bool overlap(const struct host_state_node *a,
		    const struct host_state_node *b)
{
	return a->span_pages && b->span_pages &&
	       a->start_mfn < b->start_mfn + b->span_pages &&
	       b->start_mfn < a->start_mfn + a->span_pages;
}

static int complete_memory(const struct host_state *s, struct err *err)
{
	uint64_t spans = 0;

	for (uint32_t a = 0; a < s->node_count; a++) {
		const struct host_state_node *x = &s->node[a];
		uint64_t end = x->start_mfn + x->span_pages;

		spans += x->span_pages;
		if (x->free_pages > x->span_pages)
			return err_set(err, "node %u has %llu free pages, more "
				       "than the %llu it spans", a,
				       (unsigned long long)x->free_pages,
				       (unsigned long long)x->span_pages);
		if (end > UINT64_C(1) << (HEAP_ZONES - 1))
			return err_set(err, "node %u ends beyond 52 bits of "
				       "address", a);
		for (uint32_t b = 0; b < a; b++) {
			const struct host_state_node *y = &s->node[b];

			if (overlap(x, y))
				return err_set(err, "the spans of nodes %u and "
					       "%u overlap", b, a);
		}
	}
	if (!spans)
		return err_set(err, "no node has memory");
	return 0;
}

/* The nearest memory of a node is its own, or none is nearer. */
static int complete_distances(const struct host_state *s, struct err *err)
{
	for (uint32_t n = 0; n < s->node_count; n++) {
		const uint8_t *row = &s->distance[n * s->node_count];

		for (uint32_t m = 0; m < s->node_count; m++)
			if (s->node[n].online && s->node[m].online &&
			    row[m] < row[n])
				return err_set(err, "node %u is nearer to node "
					       "%u than to itself", n, m);
	}
	return 0;
}

static int complete_domains(const struct host_state *s, struct err *err)
{
	for (uint32_t d = 0; d < s->domain_count; d++) {
		const struct host_state_domain *dom = &s->domain[d];

		if (d && dom->domid <= dom[-1].domid)
			return err_set(err, "domain %u is there twice, or "
				       "after a higher one", dom->domid);
		for (uint32_t v = 0; v < dom->vcpu_count; v++)
			if (cpuset_empty(&dom->vcpu[v].hard))
				return err_set(err, "domain %u: vCPU %u may "
					       "run nowhere", dom->domid, v);
	}
	return 0;
}

/*
 * Pages by zone are read before node spans are compared with them: a line of
 * another boot, or a dump that the log has cut, makes them useless.
 */
static void drop_wrong_zones(struct host_state_node *node)
{
	uint64_t sum = 0, end = node->start_mfn + node->span_pages;

	for (uint32_t z = 0; z < HEAP_ZONES; z++) {
		uint64_t low = z ? UINT64_C(1) << (z - 1) : 0;
		uint64_t high = z ? low << 1 : 0;
		uint64_t from = low > node->start_mfn ? low : node->start_mfn;
		uint64_t to = high < end ? high : end;

		if (z == 1 && node->start_mfn == 0)
			from = 0;
		if (node->zone_free_pages[z] > (to > from ? to - from : 0))
			node->zones_known = false;
		sum += node->zone_free_pages[z];
	}
	if (sum != node->free_pages)
		node->zones_known = false;
}

int host_state_complete(struct arena *arena, struct host_state *s,
			struct err *err)
{
	if (s->node_count == 0)
		return err_set(err, "there is no node");
	if (complete_cpus(arena, s, err) || complete_memory(s, err) ||
	    complete_distances(s, err) || complete_domains(s, err))
		return -1;
	for (uint32_t n = 0; n < s->node_count; n++)
		if (s->node[n].zones_known)
			drop_wrong_zones(&s->node[n]);
	if (s->pool_count == 0) {
		s->pool_count = 1;
		s->pool = arena_alloc(arena, sizeof(*s->pool));
		s->pool[0].name = "Pool-0";
		s->pool[0].cpus = host_state_cpus(s);
	}
	host_state_check(s);
	return 0;
}

/* --- of programs ----------------------------------------------------------------- */

static void check_node(const struct host_state *s, uint32_t n)
{
	const struct host_state_node *node = &s->node[n];
	uint64_t sum = 0;
	uint32_t cpus = 0;

	for (uint32_t c = 0; c < s->cpu_count; c++)
		cpus += s->cpu[c].node == n;
	require(node->nr_cpus == cpus);                          /* S2 */
	require(node->free_pages <= node->span_pages);           /* S3 */
	require(node->online || (!node->nr_cpus && !node->span_pages)); /* S3 */
	for (uint32_t m = 0; m < n; m++)
		require(!overlap(node, &s->node[m]));            /* S3 */
	if (!node->zones_known)
		return;
	for (uint32_t z = 0; z < HEAP_ZONES; z++)
		sum += node->zone_free_pages[z];
	require(sum == node->free_pages);                        /* S6 */
}

void host_state_check(const struct host_state *s)
{
	require(s->node_count >= 1 && s->node_count <= NODE_MAX); /* S1 */
	require(s->node[s->node_count - 1].online);              /* S1 */
	require(host_state_cpu_nodes(s) != NODESET_NONE);        /* S1 */
	require(s->cpu_count <= CPU_MAX);                        /* S2 */
	require(s->xen_version == 417 || s->xen_version == 422);
	for (uint32_t c = 0; c < s->cpu_count; c++) {
		uint32_t n = s->cpu[c].node;

		require(n == NODE_NONE ||
			(n < s->node_count && s->node[n].online)); /* S2 */
		require(s->cpu_to_node[c] == n);                 /* S2 */
	}
	for (uint32_t n = 0; n < s->node_count; n++)
		check_node(s, n);
	for (uint32_t d = 0; d < s->domain_count; d++) {
		const struct host_state_domain *dom = &s->domain[d];

		require(!d || dom[-1].domid < dom->domid);       /* S4 */
		require(dom->pool < s->pool_count);              /* S5 */
		for (uint32_t v = 0; v < dom->vcpu_count; v++)
			require(!cpuset_empty(&dom->vcpu[v].hard)); /* S4 */
	}
}
