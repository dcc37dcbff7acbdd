#include "host/links.h"
#include "base/err.h"

#include <assert.h>

/* Hubs and what joins them, while routes are made. */
struct hubs {
	uint32_t count; /* = nr_nodes; a node that is no hub has no links */
	bool is_hub[NODE_MAX];
	bool passes[NODE_MAX]; /* traffic of others may cross it */
	bool joined[NODE_MAX][NODE_MAX];
	uint32_t distance[NODE_MAX][NODE_MAX];
};

/* Cost of a way: links first, then summed distance. */
struct way {
	uint32_t hops; /* UINT32_MAX: no way */
	uint32_t distance;
};

static void hubs_of_sockets(struct host *host, struct hubs *hubs);
static void hubs_measure(const struct host *host, struct hubs *hubs);
static void hubs_join(struct hubs *hubs);
static bool hubs_connected(const struct hubs *hubs);
static void links_make(struct arena *arena, struct host *host,
		       const struct hubs *hubs);
static bool routes_make(struct arena *arena, struct host *host,
			const struct hubs *hubs, uint32_t *from, uint32_t *to);

void links_derive(struct arena *arena, struct host *host)
{
	struct hubs *hubs = arena_alloc(arena, sizeof(*hubs));
	uint32_t from, to;

	host->hub = arena_array(arena, host->nr_nodes, sizeof(*host->hub));
	hubs_of_sockets(host, hubs);
	hubs_measure(host, hubs);
	hubs_join(hubs);
	links_make(arena, host, hubs);
	bool reached = routes_make(arena, host, hubs, &from, &to);

	require(reached);
}

bool links_route(struct arena *arena, struct host *host, uint32_t *from,
		 uint32_t *to)
{
	struct hubs *hubs = arena_alloc(arena, sizeof(*hubs));

	host->hub = arena_array(arena, host->nr_nodes, sizeof(*host->hub));
	hubs->count = host->nr_nodes;
	for (uint32_t i = 0; i < host->nr_nodes; i++) {
		host->hub[i] = (uint16_t)i;
		hubs->is_hub[i] = true;
		hubs->passes[i] = true;
	}
	hubs_measure(host, hubs);
	for (uint32_t l = 0; l < host->nr_links; l++)
		hubs->joined[host->link[l].from][host->link[l].to] = true;
	return routes_make(arena, host, hubs, from, to);
}

uint32_t links_find(const struct host *host, uint32_t from, uint32_t to)
{
	for (uint32_t l = 0; l < host->nr_links; l++)
		if (host->link[l].from == from && host->link[l].to == to)
			return l;
	return HOST_NONE;
}

bool links_set_route(struct arena *arena, struct host *host,
		     const uint32_t *path, uint32_t count, uint32_t *at)
{
	uint32_t n = host->nr_nodes, total = 0;

	assert(count >= 2);
	for (*at = 0; *at + 1 < count; (*at)++)
		if (links_find(host, path[*at], path[*at + 1]) == HOST_NONE)
			return false;

	struct host_route *own = &host->route[path[0] * n + path[count - 1]];

	for (uint32_t r = 0; r < n * n; r++)
		total += host->route[r].count;
	uint32_t *all = arena_array(arena, total - own->count + count - 1,
				    sizeof(*all));
	uint32_t used = 0;

	for (uint32_t r = 0; r < n * n; r++) {
		struct host_route *route = &host->route[r];
		uint32_t first = used;

		for (uint32_t k = 0; route == own && k + 1 < count; k++)
			all[used++] = links_find(host, path[k], path[k + 1]);
		for (uint32_t k = 0; route != own && k < route->count; k++)
			all[used++] = host->route_link[route->first + k];
		*route = (struct host_route){first, used - first};
	}
	host->route_link = all;
	return true;
}

static void hubs_of_sockets(struct host *host, struct hubs *hubs)
{
	hubs->count = host->nr_nodes;
	for (uint32_t i = 0; i < host->nr_nodes; i++) {
		uint32_t hub = i;

		for (uint32_t k = 0; k < i && hub == i; k++)
			if (host->node[i].socket != HOST_NONE &&
			    host->node[i].socket == host->node[k].socket)
				hub = k;
		host->hub[i] = (uint16_t)hub;
		hubs->is_hub[hub] = true;
		if (host->node[i].nr_cpus > 0)
			hubs->passes[hub] = true;
	}
}

static void hubs_measure(const struct host *host, struct hubs *hubs)
{
	for (uint32_t i = 0; i < host->nr_nodes; i++) {
		for (uint32_t j = 0; j < host->nr_nodes; j++) {
			uint32_t p = host->hub[i], q = host->hub[j];
			uint32_t there = host_distance(host, i, j);
			uint32_t back = host_distance(host, j, i);
			uint32_t near = there < back ? there : back;

			if (!hubs->distance[p][q] ||
			    near < hubs->distance[p][q])
				hubs->distance[p][q] = near;
		}
	}
}

static void hubs_join(struct hubs *hubs)
{
	for (uint32_t level = 0; level <= UINT8_MAX; level++) {
		for (uint32_t p = 0; p < hubs->count; p++)
			for (uint32_t q = 0; q < hubs->count; q++)
				if (p != q && hubs->is_hub[p] &&
				    hubs->is_hub[q] &&
				    hubs->distance[p][q] == level)
					hubs->joined[p][q] = true;
		if (hubs_connected(hubs))
			return;
	}
}

static bool hubs_connected(const struct hubs *hubs)
{
	nodeset all = NODESET_NONE, reached, fresh;

	for (uint32_t p = 0; p < hubs->count; p++)
		if (hubs->is_hub[p])
			all = nodeset_add(all, p);
	reached = fresh = nodeset_of(0);
	while (fresh) {
		uint32_t p = nodeset_first(fresh);

		fresh = nodeset_del(fresh, p);
		for (uint32_t q = 0; hubs->passes[p] && q < hubs->count; q++) {
			if (hubs->joined[p][q] && !nodeset_has(reached, q)) {
				reached = nodeset_add(reached, q);
				fresh = nodeset_add(fresh, q);
			}
		}
	}
	return reached == all;
}

static void link_add(struct host *host, uint32_t from, uint32_t to,
		     double bytes_per_s)
{
	double known = host->pair_bytes_per_s[from * host->nr_nodes + to];

	host->link[host->nr_links++] = (struct host_link){
		(uint16_t)from, (uint16_t)to, known > 0 ? known : bytes_per_s};
}

/* What a hub can send into its links. */
static double hub_bytes_per_s(const struct host *host, const struct hubs *hubs,
			      uint32_t hub)
{
	double sum = 0;

	for (uint32_t i = 0; i < host->nr_nodes; i++)
		if (host->hub[i] == hub)
			sum += host->controller_bytes_per_s[i];
	return hubs->passes[hub] ? sum * host->constant.link_share : sum;
}

static void links_make(struct arena *arena, struct host *host,
		       const struct hubs *hubs)
{
	uint32_t n = host->nr_nodes;
	const double *controller = host->controller_bytes_per_s;

	host->nr_links = 0;
	host->link = arena_array(arena, n * n, sizeof(*host->link));
	for (uint32_t p = 0; p < n; p++) {
		for (uint32_t q = 0; q < n; q++) {
			if (hubs->joined[p][q]) {
				double a = hub_bytes_per_s(host, hubs, p);
				double b = hub_bytes_per_s(host, hubs, q);

				link_add(host, p, q, a < b ? a : b);
			} else if (p != q && host->hub[p] == host->hub[q]) {
				double a = controller[p], b = controller[q];

				link_add(host, p, q, a < b ? a : b);
			}
		}
	}
}

static bool way_less(struct way a, struct way b)
{
	return a.hops != b.hops ? a.hops < b.hops : a.distance < b.distance;
}

static struct way way_sum(struct way a, struct way b)
{
	if (a.hops == UINT32_MAX || b.hops == UINT32_MAX)
		return (struct way){UINT32_MAX, 0};
	return (struct way){a.hops + b.hops, a.distance + b.distance};
}

/* The best way between all hubs (Floyd and Warshall). */
static void ways_find(const struct hubs *hubs, struct way *way)
{
	uint32_t n = hubs->count;

	for (uint32_t p = 0; p < n; p++) {
		for (uint32_t q = 0; q < n; q++) {
			struct way *w = &way[p * n + q];

			*w = (struct way){UINT32_MAX, 0};
			if (p == q)
				w->hops = 0;
			else if (hubs->joined[p][q])
				*w = (struct way){1, hubs->distance[p][q]};
		}
	}
	for (uint32_t k = 0; k < n; k++) {
		for (uint32_t p = 0; hubs->passes[k] && p < n; p++) {
			for (uint32_t q = 0; q < n; q++) {
				struct way w = way_sum(way[p * n + k],
						       way[k * n + q]);

				if (way_less(w, way[p * n + q]))
					way[p * n + q] = w;
			}
		}
	}
}

/* The lowest neighbour of p that lies on a best way to q. */
static uint32_t next_hub(const struct hubs *hubs, const struct way *way,
			 uint32_t p, uint32_t q)
{
	uint32_t n = hubs->count;

	for (uint32_t k = 0; k < n; k++) {
		if (!hubs->joined[p][k] || (k != q && !hubs->passes[k]))
			continue;
		struct way w = way_sum((struct way){1, hubs->distance[p][k]},
				       way[k * n + q]);

		if (!way_less(way[p * n + q], w))
			return k;
	}
	return NODE_NONE;
}

/* Writes the links from i to j at out; returns their number, 0 for none. */
static uint32_t route_walk(const struct host *host, const struct hubs *hubs,
			   const struct way *way, uint32_t i, uint32_t j,
			   uint32_t *out)
{
	uint32_t p = host->hub[i], q = host->hub[j], count = 0;

	if (p == q) {
		out[count++] = links_find(host, i, j);
		return count;
	}
	if (way[p * hubs->count + q].hops == UINT32_MAX)
		return 0;
	while (p != q) {
		uint32_t k = next_hub(hubs, way, p, q);

		require(k != NODE_NONE && count < host->nr_nodes);
		out[count++] = links_find(host, p, k);
		p = k;
	}
	return count;
}

static bool routes_make(struct arena *arena, struct host *host,
			const struct hubs *hubs, uint32_t *from, uint32_t *to)
{
	uint32_t n = host->nr_nodes, used = 0;
	struct way *way = arena_array(arena, n * n, sizeof(*way));
	uint32_t *all = arena_array(arena, (size_t)n * n * n, sizeof(*all));

	ways_find(hubs, way);
	host->route = arena_array(arena, n * n, sizeof(*host->route));
	host->route_link = all;
	for (*from = 0; *from < n; (*from)++) {
		for (*to = 0; *to < n; (*to)++) {
			uint32_t count = 0;

			if (*from != *to) {
				count = route_walk(host, hubs, way, *from, *to,
						   all + used);
				if (!count)
					return false;
			}
			host->route[*from * n + *to] =
				(struct host_route){used, count};
			used += count;
		}
	}
	return true;
}
