/*
 * heap_host.h - a host to measure the page allocator on, and a guest to build
 * there and to destroy again.
 *
 * MODEL   An empty host is one that has just booted: all memory is free, clean,
 *         and in blocks of 1 GiB. A fragmented one is made of it: a resident
 *         guest takes every 1 GiB block and balloons all pages out again but
 *         one drawn page in each of some drawn 2 MiB pieces. Every 64th GiB is
 *         given back whole. So there is free memory on every node, little of it
 *         in 1 GiB blocks, most in blocks of 2 MiB to 512 MiB; and one node, cut
 *         finer, has not enough of those for a large guest, whose last pages
 *         are 4 KiB ones.
 *
 *         The guest is HVM and is built as the toolstack does it: first pages
 *         of the pool, node affinity, the rest of the pool, claim, RAM by the
 *         calls of build.h, special pages, video memory. Destroyed, it leaves
 *         its memory dirty; idle CPUs scrub it, which is not measured.
 *
 * UNITS   _ns CPU time of the thread; _pages 4 KiB pages.
 *
 * COST    24 TiB fragmented: about 3 million free blocks, 200 MB, 1 s to make.
 *
 * TESTS   bench/test/check_bench_heap.c
 */
#ifndef BENCH_ENGINE_HEAP_HOST_H
#define BENCH_ENGINE_HEAP_HOST_H

#include "bench/core/clock.h"
#include "toolstack/build.h"
#include "xen/domain.h"
#include "xen/heap.h"

#include <stdint.h>

struct arena;

/* A plain record. */
struct heap_host_shape {
	const char *name;   /* "fragmented" */
	uint32_t nodes;     /* 1..NODE_MAX */
	uint64_t node_gib;
	uint32_t pieces;    /* of 512 in a GiB: have a page in use; 0: empty */
	uint32_t pieces_of_worst; /* the same on node worst_node */
	uint32_t worst_node;
};

/* A plain record. Nodes node, node + 1, ... one a vnode. */
struct heap_guest_shape {
	const char *name; /* "1 TiB" */
	uint64_t gib;     /* a multiple of vnodes */
	uint32_t vcpus;
	uint32_t node;
	uint32_t vnodes;  /* each exactly on its node; 0: no vNUMA, all on node */
};

/* Open, so that a bench can look at the heap. */
struct heap_host {
	struct arena *arena; /* owns all */
	struct heap *heap;
	struct p2m_store store;
	struct domain dom0, resident, guest;
	const struct heap_host_shape *shape; /* borrowed */
	uint64_t block_count; /* free blocks once it was made */
	uint64_t heap_bytes;  /* memory of the heap's model then */
};

/* Builds and destructions: what was done and what it cost, in sum. */
struct heap_guest_run {
	uint64_t times;
	uint64_t extents[P2M_SIZES]; /* by the order asked for: 4 KiB, 2 MiB,
	                                1 GiB */
	uint64_t pool_pages;
	int64_t build_ns;        /* RAM, special pages and video memory */
	int64_t destroy_ns;      /* of those */
	int64_t pool_build_ns;
	int64_t pool_destroy_ns;
	uint64_t guest_bytes;    /* of the model, for where its pages are */
};

struct heap_host *heap_host_create(const struct heap_host_shape *shape);
void heap_host_destroy(struct heap_host *host);

/*
 * Builds the guest, destroys it, has all scrubbed, and adds to *run. Twice the
 * same host and guest give the same extents, but not at the same places: free
 * lists keep the order of what was freed.
 */
void heap_guest_run(struct heap_host *host,
		    const struct heap_guest_shape *shape,
		    const struct clock *clock, struct heap_guest_run *run);

static inline uint64_t heap_guest_extents(const struct heap_guest_run *run)
{
	return run->extents[P2M_4K] + run->extents[P2M_2M] +
	       run->extents[P2M_1G];
}

#endif
