/*
 * check_heap_twin.c - the heap beside its naive twin: the same random steps,
 * the same answers, the same lists.
 */
#include "base/rng.h"
#include "test/heap_naive.h"
#include "test/test.h"
#include "xen/heap.h"
#include "xen/heap_impl.h"

#include <string.h>

enum { DOMAINS = 4, HELD_MAX = 400 };

/* Something handed out. */
struct held {
	uint64_t mfn;
	uint32_t order, domain; /* DOMAINS: nobody */
	bool no_refcount;
};

struct twins {
	struct arena *arena;
	struct heap *heap;
	struct heap_naive *naive;
	struct heap_domain fast[DOMAINS], slow[DOMAINS];
	struct held held[HELD_MAX];
	uint32_t held_count, node_count;
	struct rng rng;
};

static uint32_t draw(struct twins *t, uint32_t below)
{
	return (uint32_t)rng_below(&t->rng, below);
}

/* Spans that start and end anywhere, regions of several nodes, zones 1 to 14. */
static const struct heap_span spans4[] = {
	{0, 300, 0}, {300, 777, 1}, {1000, 3100, 0}, {3100, 4500, 2},
	{4600, 7000, 1}, {7001, 9200, 3}, {9300, 9900, 2},
};
static const struct heap_span spans1[] = {{5, 9000, 0}};

static const struct {
	const struct heap_span *span;
	uint32_t span_count, node_count;
	nodeset online, cpu_nodes;
	uint32_t version, dma_bits;
	enum heap_bootscrub bootscrub;
} machines[] = {
	{spans4, 7, 4, 0xf, 0x7, 422, 22, HEAP_BOOTSCRUB_IDLE},
	{spans4, 7, 4, 0xf, 0xf, 417, 24, HEAP_BOOTSCRUB_OFF},
	{spans4, 7, 4, 0xb, 0x3, 422, 20, HEAP_BOOTSCRUB_IDLE},
	{spans1, 1, 1, 0x1, 0x1, 417, 0, HEAP_BOOTSCRUB_IDLE},
};
enum { MACHINES = sizeof(machines) / sizeof(machines[0]) };

static void twins_init(struct twins *t, uint32_t machine)
{
	struct heap_config config = {
		.node_count = machines[machine].node_count,
		.online = machines[machine].online,
		.cpu_nodes = machines[machine].cpu_nodes,
		.span = machines[machine].span,
		.span_count = machines[machine].span_count,
		.xen_version = machines[machine].version,
		.dma_bits = machines[machine].dma_bits,
		.bootscrub = machines[machine].bootscrub,
	};

	memset(t, 0, sizeof(*t));
	rng_init(&t->rng, 1, RNG_TEST, machine);
	t->arena = arena_create();
	t->node_count = config.node_count;
	t->heap = heap_create(t->arena, &config);
	heap_boot_spans(t->heap, 0);
	t->naive = heap_naive_create(&config, 0);
	for (uint32_t d = 0; d < DOMAINS; d++) {
		t->fast[d].domid = d;
		t->fast[d].node_affinity = d ? 1 + d : NODESET_ALL;
		t->fast[d].max_pages = 4000;
		t->slow[d] = t->fast[d];
	}
}

static void twins_fini(struct twins *t)
{
	heap_naive_destroy(t->naive);
	arena_destroy(t->arena);
}

static void random_request(struct twins *t, struct heap_request *req,
			   uint32_t *domain)
{
	static const uint32_t flags[] = {
		0, 0, 0, HEAP_EXACT_NODE, HEAP_NO_DMA, HEAP_NO_OWNER,
		HEAP_NO_REFCOUNT, HEAP_NO_SCRUB,
		HEAP_NO_SCRUB | HEAP_KEEP_SCRUB,
		HEAP_NO_SCRUB | HEAP_KEEP_SCRUB | HEAP_EXACT_NODE,
		HEAP_EXACT_NODE | HEAP_NO_DMA,
	};
	uint32_t width = draw(t, 10) ? 0 : 13 + draw(t, 14);

	*domain = draw(t, DOMAINS + 1);
	*req = (struct heap_request){
		.order = draw(t, 3) ? draw(t, 4) : draw(t, 12),
		.node = draw(t, 2) ? NODE_NONE : draw(t, t->node_count),
		.cpu_node = draw(t, t->node_count),
		.flags = flags[draw(t, sizeof(flags) / sizeof(flags[0]))],
		.bits = width,
	};
}

static void step_alloc(struct twins *t)
{
	struct heap_request req;
	struct heap_extent a, b;
	uint32_t d;

	random_request(t, &req, &d);
	req.domain = d < DOMAINS ? &t->fast[d] : NULL;
	enum heap_result ra = heap_alloc(t->heap, &req, &a);

	req.domain = d < DOMAINS ? &t->slow[d] : NULL;
	enum heap_result rb = heap_naive_alloc(t->naive, &req, &b);

	ck_assert_int_eq(ra, rb);
	ck_assert_uint_eq(a.mfn, b.mfn);
	ck_assert_uint_eq(a.node, b.node);
	ck_assert_uint_eq(a.scrubbed_pages, b.scrubbed_pages);
	ck_assert_uint_eq(a.dirty_pages, b.dirty_pages);
	ck_assert_uint_eq(a.split_count, b.split_count);
	if (ra != HEAP_OK)
		return;
	bool no_owner = d == DOMAINS || req.flags & HEAP_NO_OWNER;

	if (req.flags & HEAP_KEEP_SCRUB && !no_owner) {
		ra = heap_assign(t->heap, &t->fast[d], req.order, req.flags);
		rb = heap_naive_assign(t->naive, &t->slow[d], req.order,
				       req.flags);
		ck_assert_int_eq(ra, rb);
	}
	if (ra != HEAP_OK || t->held_count == HELD_MAX) {
		heap_free(t->heap, a.mfn, req.order, true);
		heap_naive_free_range(t->naive, a.mfn,
				      UINT64_C(1) << req.order, true);
		if (ra == HEAP_OK && !no_owner &&
		    !(req.flags & HEAP_NO_REFCOUNT)) {
			t->fast[d].tot_pages -= UINT64_C(1) << req.order;
			t->slow[d].tot_pages -= UINT64_C(1) << req.order;
		}
		return;
	}
	t->held[t->held_count++] = (struct held){
		a.mfn, req.order, no_owner ? DOMAINS : d,
		(req.flags & HEAP_NO_REFCOUNT) != 0};
}

/* All of what is held, or its front. */
static void step_free(struct twins *t)
{
	if (!t->held_count)
		return;
	struct held *h = &t->held[draw(t, t->held_count)];
	uint64_t mfn = h->mfn, pages = UINT64_C(1) << h->order;
	uint32_t d = h->domain;
	bool no_refcount = h->no_refcount;

	if (h->order && !draw(t, 3)) {
		/* The upper half stays. */
		pages /= 2;
		h->mfn += pages;
		h->order--;
	} else {
		*h = t->held[--t->held_count];
	}
	if (d == DOMAINS) {
		bool dirty = draw(t, 4) != 0;

		heap_free_range(t->heap, mfn, pages, dirty);
		heap_naive_free_range(t->naive, mfn, pages, dirty);
		return;
	}
	heap_free_owned(t->heap, &t->fast[d], mfn, pages, no_refcount);
	heap_naive_free_owned(t->naive, &t->slow[d], mfn, pages, no_refcount);
}

static void step_other(struct twins *t)
{
	uint32_t d = draw(t, DOMAINS), node = draw(t, t->node_count);
	uint64_t pages = draw(t, 3) ? draw(t, 6000) : 0;
	uint64_t most = 1 + draw(t, 300);

	switch (draw(t, 4)) {
	case 0:
		ck_assert_int_eq(heap_claim(t->heap, &t->fast[d], pages),
				 heap_naive_claim(t->naive, &t->slow[d], pages));
		break;
	case 1:
		t->heap->scrubbing = nodeset_of(node);
		ck_assert_uint_eq(heap_scrub_chunk(t->heap, node, most, NULL),
				  heap_naive_scrub(t->naive, node, most));
		t->heap->scrubbing = NODESET_NONE;
		break;
	case 2:
		t->fast[d].node_affinity = t->slow[d].node_affinity =
			1 + draw(t, 31);
		break;
	default:
		t->fast[d].dying = t->slow[d].dying = draw(t, 4) == 0;
		break;
	}
}

static void compare(struct twins *t)
{
	for (uint32_t n = 0; n < t->node_count; n++) {
		ck_assert_uint_eq(heap_node_free_pages(t->heap, n),
				  heap_naive_free_pages(t->naive, n));
		ck_assert_uint_eq(heap_node_dirty_pages(t->heap, n),
				  heap_naive_dirty_pages(t->naive, n));
	}
	ck_assert(heap_naive_same(t->naive, t->heap));
	heap_check(t->heap);
}

/* After each step the answers and the domains are compared, after each 64th
 * every list and every dirty page. */
START_TEST(test_heap_and_naive_twin_agree)
{
	enum { STEPS = 150000 };
	struct twins t;
	uint64_t claimed = 0;

	twins_init(&t, (uint32_t)_i);
	compare(&t);
	for (uint32_t step = 1; step <= STEPS; step++) {
		/* Phases of filling up and of emptying. */
		uint32_t fill = step / 512 % 2 ? 65 : 35;
		uint32_t dice = draw(&t, 110);

		if (dice < fill)
			step_alloc(&t);
		else if (dice < 100)
			step_free(&t);
		else
			step_other(&t);
		ck_assert_mem_eq(t.fast, t.slow, sizeof(t.fast));
		claimed += heap_claimed_pages(t.heap) > 0;
		ck_assert_uint_eq(heap_claimed_pages(t.heap),
				  heap_naive_claimed(t.naive));
		if (step % 64 == 0)
			compare(&t);
	}
	ck_assert_uint_gt(claimed, STEPS / 100);
	twins_fini(&t);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("heap twin");
	TCase *tc = tcase_create("twins");

	tcase_set_timeout(tc, 600);
	tcase_add_loop_test(tc, test_heap_and_naive_twin_agree, 0, MACHINES);
	suite_add_tcase(suite, tc);
	return suite;
}
