/*
 * host_state_heap.h - a heap that has the free memory of a live host.
 *
 * SOURCE  facts/xen.md 4.4 (DMA range), 8.1; recorded hosts.
 *
 * RULE    A live host says how many pages of a node are free, not which. The
 *         heap is given exactly as many, all clean, in the largest aligned
 *         blocks, from the top of a range down. Ranges are
 *
 *           with debug key H    the zones, with the pages each has
 *           without             memory above the DMA range, and the range:
 *
 *             above = RAM above the range - pages that domains have on the
 *                     node, at least 0, at most what is free
 *             below = the rest; what does not fit there is above after all
 *
 *         for Xen hands out the DMA range last, and its own pages lie there
 *         mostly; and so do 64 MiB of a Linux dom0's, which it exchanges for
 *         low addresses at boot (swiotlb). RAM is a node's span without the hole for devices, which
 *         lies below 4 GiB and is as large as the spans are above what the
 *         host has in all.
 *
 *         So blocks are as large as they can be: on a host that has been up
 *         for long fewer 1 GiB and 2 MiB extents are to be had, and more
 *         memory comes from other nodes than said here (facts G3).
 *
 *         Outstanding claims of the host are one claim, of nobody.
 *
 * LEFT OUT  pages not scrubbed yet (facts 4.5).
 *
 * TESTS   sim/test/check_host_state_heap.c
 */
#ifndef RUN_HOST_STATE_HEAP_H
#define RUN_HOST_STATE_HEAP_H

#include "run/host_state.h"

/* Node n's free pages are state->node[n].free_pages (MFN 0 is never one). The
 * state must have memory. */
struct heap *host_state_heap(struct arena *arena,
			     const struct host_state *state);

/* The hole for devices below 4 GiB: [*start, *end); empty if there is none. */
void host_state_hole(const struct host_state *state, uint64_t *start_mfn,
		     uint64_t *end_mfn);

/* What Xen derives, or was told: address bits of the range handed out last. */
uint32_t host_state_dma_width(const struct host_state *state);

/* RAM of node 0 in that range. */
uint64_t host_state_dma_pages(const struct host_state *state);

#endif
