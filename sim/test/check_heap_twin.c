/*
 * check_heap_twin.c - the heap beside its naive twin: the same random steps,
 * the same answers, the same lists; and a run of extents beside the same
 * extents one by one.
 */
#include "base/rng.h"
#include "test/test.h"
#include "xen/heap.h"
#include "xen/heap_twin.h"

/* A million steps where they are fast; all is compared after each. */
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__)
enum { STEPS = 250000 };
#else
enum { STEPS = 125000 };
#endif

START_TEST(test_heap_and_naive_twin_agree)
{
	char why[HEAP_TWIN_WHY_BYTES];
	struct arena *arena = arena_create();
	struct heap_twin *t = heap_twin_create(arena, (uint32_t)_i, 1);

	for (uint32_t step = 1; step <= STEPS; step++) {
		ck_assert_msg(heap_twin_step(t, why), "step %u: %s", step, why);
		if (step % 64 == 0)
			heap_check(heap_twin_heap(t));
	}
	struct heap_twin_counts counts = heap_twin_counts(t);

	ck_assert_uint_eq(counts.steps, STEPS);
	ck_assert_uint_gt(counts.runs, STEPS / 200);
	ck_assert_uint_gt(counts.stacks, STEPS / 400);
	ck_assert_uint_gt(counts.claim_refusals, STEPS / 1000);
	ck_assert_uint_gt(counts.scrubbed_pages, _i == 1 ? 0 : STEPS);
	heap_twin_destroy(t);
	arena_destroy(arena);
}
END_TEST

/* --- runs ----------------------------------------------------------------------- */

enum { RUN_STEPS = 1500, HELD = 4096 };

/* Two heaps: one allocates in runs, the other the same one by one. */
struct pair {
	struct heap *heap[2];
	struct heap_domain domain[2];
	struct rng rng;
	uint64_t held[HELD]; /* mfn; 0: nothing */
	uint32_t held_order[HELD], held_count;
	uint64_t virqs, runs, extents;
};

static void pair_init(struct pair *p, struct arena *arena, uint32_t version)
{
	static const struct heap_span spans[] = {
		{0, 1 << 14, 0}, {1 << 14, 40000, 1}};
	struct heap_config config = {
		.node_count = 2,
		.online = 3,
		.cpu_nodes = 3,
		.span = spans,
		.span_count = 2,
		.xen_version = version,
		.bootscrub = HEAP_BOOTSCRUB_ON,
	};

	*p = (struct pair){.virqs = 0};
	rng_init(&p->rng, 7, RNG_TEST, version);
	for (int i = 0; i < 2; i++) {
		p->heap[i] = heap_create(arena, &config);
		heap_boot_spans(p->heap[i], 0);
		heap_low_mem_setup(p->heap[i], 1 << 13, false);
		p->domain[i] = (struct heap_domain){
			.domid = 1,
			.node_affinity = 3,
			.max_pages = 38000,
		};
	}
}

static void add_block(void *arg, const struct heap_block_view *b)
{
	uint64_t *digest = arg;

	*digest = rng_mix(*digest ^ b->mfn) + b->order;
	*digest = rng_mix(*digest ^ b->first_dirty) + b->dirty_pages;
}

static uint64_t digest(const struct heap *heap)
{
	uint64_t sum = heap_free_pages(heap) ^ heap_claimed_pages(heap) << 32;

	heap_walk(heap, add_block, &sum);
	return sum;
}

/* The extents of a run on the other heap, one by one. */
static void pair_one_by_one(struct pair *p, struct heap_request *req,
			    const struct heap_extent *run,
			    enum heap_result result)
{
	uint32_t virqs = 0, splits = 0, count = 0;
	struct heap_extent one;

	req->domain = &p->domain[1];
	do {
		ck_assert_int_eq(heap_alloc(p->heap[1], req, &one), result);
		virqs += one.low_mem_virqs;
		splits += one.split_count;
		if (result != HEAP_OK)
			continue;
		if (req->flags & HEAP_KEEP_SCRUB)
			ck_assert_int_eq(heap_assign(p->heap[1], req->domain,
						     req->order, req->flags),
					 HEAP_OK);
		ck_assert_uint_eq(one.mfn,
				  run->mfn - ((uint64_t)count << req->order));
		p->held[p->held_count] = one.mfn;
		p->held_order[p->held_count++] = req->order;
	} while (++count < run->count);
	ck_assert_uint_eq(virqs, run->low_mem_virqs);
	ck_assert_uint_eq(splits, run->split_count);
	p->virqs += virqs;
	p->runs += run->count > 1;
	p->extents += run->count;
}

/* max extents, or as many as there are, in runs; then the same one by one. */
static void pair_take(struct pair *p, struct heap_request req, uint32_t max)
{
	enum heap_result result = HEAP_OK;

	if (max > HELD - p->held_count)
		max = HELD - p->held_count;
	while (max && result == HEAP_OK) {
		struct heap_extent run;

		/* One that KEEP_SCRUB leaves to the caller must be assignable. */
		if (p->domain[0].max_pages - p->domain[0].tot_pages <
		    UINT64_C(1) << req.order)
			req.flags = 0;
		req.domain = &p->domain[0];
		result = heap_alloc_run(p->heap[0], &req, max, &run);
		if (result == HEAP_OK && req.flags & HEAP_KEEP_SCRUB)
			ck_assert_int_eq(
				heap_assign_pages(p->heap[0], req.domain,
						  (uint64_t)run.count
							  << req.order,
						  req.flags),
				HEAP_OK);
		pair_one_by_one(p, &req, &run, result);
		max -= run.count;
	}
}

static void pair_free(struct pair *p)
{
	uint32_t i = (uint32_t)rng_below(&p->rng, p->held_count);

	for (int k = 0; k < 2; k++)
		heap_free_owned(p->heap[k], &p->domain[k], p->held[i],
				UINT64_C(1) << p->held_order[i], false);
	p->held[i] = p->held[--p->held_count];
	p->held_order[i] = p->held_order[p->held_count];
}

/* Long runs, where the counters are brought up to date all at once unless a
 * claim, a limit or the warning of low memory is near. */
START_TEST(test_a_run_is_its_extents_one_by_one)
{
	static const uint32_t orders[] = {0, 0, 0, 0, 3, 3, 9};
	struct arena *arena = arena_create();
	static struct pair p;

	pair_init(&p, arena, _i ? 422 : 417);
	for (uint32_t step = 0; step < RUN_STEPS; step++) {
		struct heap_request req = {
			.order = orders[rng_below(&p.rng, 7)],
			.node = rng_below(&p.rng, 3) ? 1 : NODE_NONE,
			.flags = rng_below(&p.rng, 3)
					 ? 0
					 : HEAP_NO_SCRUB | HEAP_KEEP_SCRUB,
		};

		pair_take(&p, req, 1 + (uint32_t)rng_below(&p.rng, 700));
		if (step % 16 == 0) {
			uint64_t pages = rng_below(&p.rng, 45000);

			for (int k = 0; k < 2; k++)
				heap_claim(p.heap[k], &p.domain[k], pages);
		}
		for (uint32_t n = (uint32_t)rng_below(&p.rng, 1400);
		     n && p.held_count; n--)
			pair_free(&p);
		ck_assert_mem_eq(&p.domain[0], &p.domain[1],
				 sizeof(p.domain[0]));
		ck_assert_uint_eq(digest(p.heap[0]), digest(p.heap[1]));
	}
	ck_assert_uint_gt(p.virqs, 10);
	ck_assert_uint_gt(p.runs, RUN_STEPS);
	ck_assert_uint_gt(p.extents, 5 * p.runs);
	arena_destroy(arena);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("heap twin");
	TCase *tc = tcase_create("twins");

	tcase_set_timeout(tc, 600);
	tcase_add_loop_test(tc, test_heap_and_naive_twin_agree, 0,
			    HEAP_TWIN_MACHINES);
	tcase_add_loop_test(tc, test_a_run_is_its_extents_one_by_one, 0, 2);
	suite_add_tcase(suite, tc);
	return suite;
}
