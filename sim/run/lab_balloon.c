/*
 * lab_balloon.c - `xl mem-set` of a recorded Linux guest (lab_guest.h).
 *
 * SOURCE  facts/xen.md 6.1, 6.2; what the guest of t4x2b gave up: 451 blocks of
 *         2 MiB from the 69th on, in the order of its frames (step 22).
 *
 * RULE    Down: the lowest frames above the kernel's that are not in the
 *         balloon. Up: single pages on any node, the frame given up last
 *         first. The kernel's batches of 512 do not matter: nobody else
 *         allocates meanwhile.
 */
#include "run/lab_guest.h"

#include "base/units.h"
#include "xen/memop.h"

#include <stdlib.h>

/* Kernel, initrd, page tables: 69 blocks of 2 MiB stayed. */
enum { KERNEL_PAGES = 69 * 512 };

static void push(struct lab_guest *g, uint64_t gpfn)
{
	if (g->balloon_count == g->balloon_room) {
		g->balloon_room = g->balloon_room ? 2 * g->balloon_room : 4096;
		g->balloon = realloc(g->balloon,
				     g->balloon_room * sizeof(*g->balloon));
		require(g->balloon != NULL);
	}
	g->balloon[g->balloon_count++] = gpfn;
}

static void give_up(struct lab_machine *m, struct lab_guest *g, uint64_t pages)
{
	uint64_t gpfn = KERNEL_PAGES;

	while (pages > 0) {
		struct p2m_run run = p2m_next(&g->domain->p2m, gpfn);
		uint64_t take = run.pages < pages ? run.pages : pages;

		if (!take)
			return;
		domain_remove_pages(g->domain, m->heap, run.gpfn, take);
		for (uint64_t i = 0; i < take; i++)
			push(g, run.gpfn + i);
		gpfn = run.gpfn + take;
		pages -= take;
	}
}

static void take_back(struct lab_machine *m, struct lab_guest *g,
		      uint64_t pages)
{
	while (pages-- > 0 && g->balloon_count > 0) {
		struct memop_reservation r = {
			.target = g->domain,
			.caller = g->domain,
			.gpfn_first = g->balloon[g->balloon_count - 1],
			.extent_count = 1,
			.node = NODE_NONE,
			.cpu_node = m->toolstack_node,
		};
		struct memop_cost cost = {0};

		if (memop_populate(m->heap, &r, 1, &cost) != MEMOP_DONE)
			return;
		g->balloon_count--;
	}
}

void lab_guest_mem_set(struct lab_machine *m, struct lab_guest *g,
		       uint64_t target_mib)
{
	uint64_t target = pages_from_mib(target_mib);
	uint64_t now = g->domain->mem.tot_pages;

	g->domain->creation_finished = true;
	g->domain->mem.max_pages = target + pages_from_mib(1);
	if (target < now)
		give_up(m, g, now - target);
	else
		take_back(m, g, target - now);
	lab_machine_scrub(m);
}
