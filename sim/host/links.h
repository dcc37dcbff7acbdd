/*
 * links.h - the links between nodes and the route of each pair of nodes.
 *
 * RULE    Nodes of one socket meet the outside at one hub, the lowest node of
 *         the socket; a node in no socket, or over several, is its own hub.
 *         Without given links they follow from the distances:
 *
 *           1. Between hubs p and q the distance is the smallest between their
 *              nodes, in either direction.
 *           2. All pairs of hubs at the smallest distance are joined, then all
 *              at the next one, until every hub with CPUs reaches every other
 *              over hubs with CPUs, and each hub without CPUs touches one.
 *              So a uniform host is a full mesh, and a ladder a ladder.
 *           3. Two nodes of one socket are joined by a link of their own.
 *
 *         The capacity from p to q is what is known of the pair (host->pair);
 *         else link_share of the controllers at the weaker end, or all of them
 *         at an end without CPUs; inside a socket the weaker controller.
 *
 *         A route takes the fewest links; of equal ones the one whose summed
 *         distance is smallest, then the one with the lowest next hub. Hubs
 *         without CPUs pass nothing on.
 *
 *         Given links join nodes as they are written, every node its own hub,
 *         and any node passes traffic on.
 *
 * COST    O(nodes^3).
 *
 * TESTS   sim/test/check_host.c
 */
#ifndef HOST_LINKS_H
#define HOST_LINKS_H

#include "host/host.h"

/* Fills hub, link, nr_links, route and route_link from the distances. */
void links_derive(struct arena *arena, struct host *host);

/*
 * Fills hub, route and route_link for the links in host->link. Returns false
 * and the pair if a node cannot be reached from another.
 */
bool links_route(struct arena *arena, struct host *host, uint32_t *from,
		 uint32_t *to);

/*
 * Replaces the route of a pair by one along nodes path[0 .. count - 1], where
 * path[0] is the CPU node and the last the memory node. Returns false and
 * *at = k if no link joins path[k] and path[k + 1].
 */
bool links_set_route(struct arena *arena, struct host *host,
		     const uint32_t *path, uint32_t count, uint32_t *at);

/* Index of the link, or HOST_NONE. */
uint32_t links_find(const struct host *host, uint32_t from, uint32_t to);

#endif
