#include "xen/heap_twin.h"

#include "base/rng.h"
#include "xen/heap_impl.h"
#include "xen/heap_naive.h"

#include <stdio.h>
#include <string.h>

enum { DOMAINS = 4, HELD_MAX = 400, RUN_MAX = 24 };

/* Something handed out. */
struct held {
	uint64_t mfn;
	uint32_t order, domain; /* DOMAINS: nobody */
	bool no_refcount;
};

struct heap_twin {
	struct heap *heap;
	struct heap_naive *naive;
	struct heap_domain fast[DOMAINS], slow[DOMAINS];
	struct held held[HELD_MAX];
	uint32_t held_count, node_count;
	struct rng rng;
	struct heap_twin_counts counts;
	char *why; /* of this step */
	bool same;
};

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
} machines[HEAP_TWIN_MACHINES] = {
	{spans4, 7, 4, 0xf, 0x7, 422, 22, HEAP_BOOTSCRUB_IDLE},
	{spans4, 7, 4, 0xf, 0xf, 417, 24, HEAP_BOOTSCRUB_OFF},
	{spans4, 7, 4, 0xb, 0x3, 422, 20, HEAP_BOOTSCRUB_IDLE},
	{spans1, 1, 1, 0x1, 0x1, 417, 0, HEAP_BOOTSCRUB_IDLE},
};

static void step_alloc(struct heap_twin *t);
static void step_free(struct heap_twin *t);
static void step_free_stack(struct heap_twin *t);
static void step_other(struct heap_twin *t);

static uint32_t draw(struct heap_twin *t, uint32_t below)
{
	return (uint32_t)rng_below(&t->rng, below);
}

/* Notes the first difference of a step. */
static bool equal(struct heap_twin *t, const char *what, uint64_t fast,
		  uint64_t slow)
{
	if (fast == slow)
		return true;
	if (t->same)
		snprintf(t->why, HEAP_TWIN_WHY_BYTES,
			 "%s: the heap says %llu, its twin %llu", what,
			 (unsigned long long)fast, (unsigned long long)slow);
	t->same = false;
	return false;
}

struct heap_twin *heap_twin_create(struct arena *arena, uint32_t machine,
				   uint64_t seed)
{
	assert(machine < HEAP_TWIN_MACHINES);
	struct heap_twin *t = arena_alloc(arena, sizeof(*t));
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

	rng_init(&t->rng, seed, RNG_TEST, machine);
	t->node_count = config.node_count;
	t->heap = heap_create(arena, &config);
	heap_boot_spans(t->heap, 0);
	t->naive = heap_naive_create(&config, 0);
	for (uint32_t d = 0; d < DOMAINS; d++) {
		t->fast[d].domid = d;
		t->fast[d].node_affinity = d ? 1 + d : NODESET_ALL;
		t->fast[d].max_pages = 4000;
		t->slow[d] = t->fast[d];
	}
	return t;
}

void heap_twin_destroy(struct heap_twin *t)
{
	heap_naive_destroy(t->naive);
}

struct heap *heap_twin_heap(struct heap_twin *t)
{
	return t->heap;
}

struct heap_twin_counts heap_twin_counts(const struct heap_twin *t)
{
	return t->counts;
}

bool heap_twin_step(struct heap_twin *t, char why[HEAP_TWIN_WHY_BYTES])
{
	/* Phases of filling up and of emptying. */
	uint32_t fill = t->counts.steps++ / 512 % 2 ? 65 : 35;
	uint32_t dice = draw(t, 110);

	t->why = why;
	t->same = true;
	if (dice < fill)
		step_alloc(t);
	else if (dice < 90)
		step_free(t);
	else if (dice < 100)
		step_free_stack(t);
	else
		step_other(t);
	for (uint32_t d = 0; d < DOMAINS && t->same; d++) {
		equal(t, "tot_pages", t->fast[d].tot_pages,
		      t->slow[d].tot_pages);
		equal(t, "claim_pages", t->fast[d].claim_pages,
		      t->slow[d].claim_pages);
		equal(t, "last_alloc_node", t->fast[d].last_alloc_node,
		      t->slow[d].last_alloc_node);
	}
	if (t->same)
		equal(t, "free lists and counters are the same",
		      heap_naive_same(t->naive, t->heap), true);
	return t->same;
}

/* --- steps -------------------------------------------------------------------- */

static void random_request(struct heap_twin *t, struct heap_request *req,
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

/* The twin's side of extents taken in one go: one by one. Its sums go to *sum;
 * returns the result of the last. */
static enum heap_result alloc_slow(struct heap_twin *t,
				   const struct heap_request *req,
				   const struct heap_extent *fast,
				   struct heap_extent *sum)
{
	uint32_t count = fast->count ? fast->count : 1;
	enum heap_result result = HEAP_OK;

	*sum = (struct heap_extent){.mfn = MFN_NONE, .node = NODE_NONE};
	for (uint32_t i = 0; i < count && result == HEAP_OK; i++) {
		struct heap_extent e;

		result = heap_naive_alloc(t->naive, req, &e);
		if (i == 0) {
			sum->mfn = e.mfn;
			sum->node = e.node;
		} else {
			equal(t, "mfn of a run", fast->mfn - (i << req->order),
			      e.mfn);
		}
		sum->scrubbed_pages += e.scrubbed_pages;
		sum->dirty_pages += e.dirty_pages;
		sum->split_count += e.split_count;
		if (count > 1 && result == HEAP_OK &&
		    req->flags & HEAP_KEEP_SCRUB && req->domain &&
		    !(req->flags & HEAP_NO_OWNER))
			result = heap_naive_assign(t->naive, req->domain,
						   req->order, req->flags);
	}
	return result;
}

/* Keeps extent i of a, or gives it back when there is no room for more. */
static void hold(struct heap_twin *t, const struct heap_request *req,
		 const struct heap_extent *a, uint32_t i, uint32_t d)
{
	uint64_t size = UINT64_C(1) << req->order, mfn = a->mfn - i * size;
	bool no_owner = d == DOMAINS || req->flags & HEAP_NO_OWNER;

	if (t->held_count < HELD_MAX) {
		t->held[t->held_count++] = (struct held){
			mfn, req->order, no_owner ? (uint32_t)DOMAINS : d,
			(req->flags & HEAP_NO_REFCOUNT) != 0};
		return;
	}
	heap_free(t->heap, mfn, req->order, true);
	heap_naive_free_range(t->naive, mfn, size, true);
	if (!no_owner && !(req->flags & HEAP_NO_REFCOUNT)) {
		t->fast[d].tot_pages -= size;
		t->slow[d].tot_pages -= size;
	}
}

static void step_alloc(struct heap_twin *t)
{
	uint32_t max = draw(t, 3) ? 1 : 1 + draw(t, RUN_MAX);
	struct heap_request req;
	struct heap_extent a, b;
	uint32_t d;

	random_request(t, &req, &d);
	bool keep = req.flags & HEAP_KEEP_SCRUB && d < DOMAINS;

	req.domain = d < DOMAINS ? &t->fast[d] : NULL;
	enum heap_result ra = heap_alloc_run(t->heap, &req, max, &a);

	if (ra == HEAP_OK && a.count > 1 && keep)
		ra = heap_assign_pages(t->heap, req.domain,
				       (uint64_t)a.count << req.order,
				       req.flags);
	req.domain = d < DOMAINS ? &t->slow[d] : NULL;
	enum heap_result rb = alloc_slow(t, &req, &a, &b);

	t->counts.claim_refusals += ra == HEAP_CLAIMED;
	t->counts.runs += a.count > 1;
	if (!equal(t, "result of an allocation", ra, rb) ||
	    !equal(t, "mfn", a.mfn, b.mfn) ||
	    !equal(t, "node", a.node, b.node) ||
	    !equal(t, "scrubbed_pages", a.scrubbed_pages, b.scrubbed_pages) ||
	    !equal(t, "dirty_pages", a.dirty_pages, b.dirty_pages) ||
	    !equal(t, "split_count", a.split_count, b.split_count) ||
	    !equal(t, "count > 0", a.count > 0, ra == HEAP_OK) || ra != HEAP_OK)
		return;
	if (keep && a.count == 1) {
		ra = heap_assign(t->heap, &t->fast[d], req.order, req.flags);
		rb = heap_naive_assign(t->naive, &t->slow[d], req.order,
				       req.flags);
		if (!equal(t, "result of assigning", ra, rb))
			return;
		if (ra != HEAP_OK) {
			heap_free(t->heap, a.mfn, req.order, true);
			heap_naive_free_range(t->naive, a.mfn,
					      UINT64_C(1) << req.order, true);
			return;
		}
	}
	for (uint32_t i = 0; i < a.count; i++)
		hold(t, &req, &a, i, d);
}

/* Pages of domain d, or of nobody, on both sides. */
static void give_back(struct heap_twin *t, uint32_t d, uint64_t mfn,
		      uint64_t pages, bool no_refcount)
{
	if (d == DOMAINS) {
		bool dirty = draw(t, 4) != 0;

		heap_free_range(t->heap, mfn, pages, dirty);
		heap_naive_free_range(t->naive, mfn, pages, dirty);
		return;
	}
	heap_free_owned(t->heap, &t->fast[d], mfn, pages, no_refcount);
	heap_naive_free_owned(t->naive, &t->slow[d], mfn, pages, no_refcount);
}

/* All of what is held, or its front. */
static void step_free(struct heap_twin *t)
{
	if (!t->held_count)
		return;
	struct held *h = &t->held[draw(t, t->held_count)];
	struct held was = *h;
	uint64_t pages = UINT64_C(1) << h->order;

	if (h->order && !draw(t, 3)) {
		/* The upper half stays. */
		pages /= 2;
		h->mfn += pages;
		h->order--;
	} else {
		*h = t->held[--t->held_count];
	}
	give_back(t, was.domain, was.mfn, pages, was.no_refcount);
}

/* Index of what the same owner holds right below mfn; held_count: nothing. */
static uint32_t held_below(const struct heap_twin *t, const struct held *of,
			   uint64_t mfn)
{
	uint32_t i = 0;

	while (i < t->held_count &&
	       (t->held[i].mfn + (UINT64_C(1) << t->held[i].order) != mfn ||
		t->held[i].domain != of->domain ||
		t->held[i].no_refcount != of->no_refcount))
		i++;
	return i;
}

/* What is held, and what lies below it: from the top down. */
static void step_free_stack(struct heap_twin *t)
{
	if (!t->held_count)
		return;
	uint32_t i = draw(t, t->held_count);
	struct held top = t->held[i];
	uint32_t d = top.domain, blocks = 0;
	bool dirty = d == DOMAINS || t->fast[d].dying;
	uint64_t end = top.mfn + (UINT64_C(1) << top.order), mfn = end;
	uint32_t node = heap_node_of(t->heap, top.mfn);

	while (i < t->held_count &&
	       heap_node_of(t->heap, t->held[i].mfn) == node) {
		uint64_t pages = UINT64_C(1) << t->held[i].order;

		mfn = t->held[i].mfn;
		t->held[i] = t->held[--t->held_count];
		if (d == DOMAINS || top.no_refcount)
			heap_naive_free_range(t->naive, mfn, pages, dirty);
		else
			heap_naive_free_owned(t->naive, &t->slow[d], mfn,
					      pages, false);
		blocks++;
		i = held_below(t, &top, mfn);
	}
	t->counts.stacks += blocks > 1;
	if (d == DOMAINS || top.no_refcount)
		heap_free_descending(t->heap, mfn, end - mfn, dirty);
	else
		heap_free_owned_descending(t->heap, &t->fast[d], mfn,
					   end - mfn);
}

static void step_other(struct heap_twin *t)
{
	uint32_t d = draw(t, DOMAINS), node = draw(t, t->node_count);
	uint64_t pages = draw(t, 3) ? draw(t, 6000) : 0;
	uint64_t most = 1 + draw(t, 300), scrubbed = 0;

	switch (draw(t, 4)) {
	case 0:
		equal(t, "result of a claim",
		      heap_claim(t->heap, &t->fast[d], pages),
		      heap_naive_claim(t->naive, &t->slow[d], pages));
		break;
	case 1:
		/* Any node, whoever may scrub it. */
		t->heap->scrubbing = nodeset_of(node);
		scrubbed = heap_scrub_chunk(t->heap, node, most, NULL);
		t->heap->scrubbing = NODESET_NONE;
		t->counts.scrubbed_pages += scrubbed;
		equal(t, "scrubbed_pages", scrubbed,
		      heap_naive_scrub(t->naive, node, most));
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
