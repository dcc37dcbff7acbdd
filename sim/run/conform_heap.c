/*
 * conform_heap.c - replay of a trace: conform_heap.h.
 *
 * MODEL   Boot the recorded machine, compare the lists; do each step, compare
 *         its answer and the free pages of every node; compare the lists again.
 *         A byte per page says who holds it, so that a record that frees what
 *         it never got is refused instead of breaking the heap.
 */
#include "run/conform_heap.h"

#include "base/arena.h"
#include "run/conform.h"
#include "xen/heap.h"

#include <stdio.h>
#include <string.h>

enum {
	MFN_MAX = 1 << 24,   /* 64 GiB: a byte a page is kept */
	CPUS_MAX = 1024,
	DOMAINS_MAX = 100,
	STEPS_MAX = 1 << 20,
	HELD_NOT = 0,
	HELD_NO_OWNER = 1,
	HELD_DOMAIN = 2,     /* + 2 * domain + no_refcount */
};

struct replay {
	struct arena *arena;
	struct heap *heap;
	uint32_t node_count;
	uint32_t cpu_count;
	uint32_t cpu_node[CPUS_MAX];
	uint32_t domain_count;
	struct heap_domain domain[DOMAINS_MAX];
	uint64_t mfn_end;
	uint8_t *held;       /* [mfn_end] */
	size_t step;         /* 0 = at boot, n = step n - 1 */
	struct conform_options options;
	struct conform_result *diff;
	struct err *why;
};

static enum conform_verdict boot(struct replay *r, const json_t *record);
static enum conform_verdict compare_lists(struct replay *r,
					  const json_t *record,
					  const char *key);
static enum conform_verdict compare_avail(struct replay *r, const json_t *avail);
static enum conform_verdict do_step(struct replay *r, const json_t *step);

bool conform_heap_is(const json_t *record)
{
	return json_object_get(record, "heap0") &&
	       json_object_get(record, "steps");
}

int conform_heap(const json_t *record, struct conform_result *diff,
		 struct err *err)
{
	struct conform_options options = conform_options_default();

	return conform_heap_with(record, &options, diff, err);
}

int conform_heap_with(const json_t *record,
		      const struct conform_options *options,
		      struct conform_result *diff, struct err *err)
{
	struct replay r = {
		.arena = arena_create(),
		.options = *options,
		.diff = diff,
		.why = err,
	};
	enum conform_verdict v = CONFORM_MALFORMED;
	const json_t *steps = conform_array(record, "steps", 0, STEPS_MAX, err);

	conform_begin(diff);
	if (steps)
		v = boot(&r, record);
	if (v == CONFORM_AGREES) {
		v = compare_avail(&r, json_object_get(record, "avail0"));
		if (v == CONFORM_AGREES)
			v = compare_lists(&r, record, "heap0");
		for (size_t i = 0; i < json_array_size(steps) &&
				   v == CONFORM_AGREES; i++) {
			r.step = i + 1;
			v = do_step(&r, json_array_get(steps, i));
			if (options->paranoid)
				heap_check(r.heap);
		}
		if (v == CONFORM_AGREES)
			v = compare_lists(&r, record, "heap_end");
	}
	arena_destroy(r.arena);
	return conform_end(record, v, diff);
}

static enum conform_verdict differs(struct replay *r, const char *what,
				    int64_t expected, int64_t got)
{
	char key[sizeof(r->diff->key)];

	if (r->step)
		snprintf(key, sizeof(key), "step %zu: %s", r->step - 1, what);
	else
		snprintf(key, sizeof(key), "%s", what);
	return conform_differs(r->diff, key, expected, got);
}

/* --- boot ------------------------------------------------------------------ */

static bool read_spans(struct replay *r, const json_t *record,
		       struct heap_span *span, uint32_t *span_count)
{
	const json_t *array = conform_array(record, "spans", 1, HEAP_SPAN_MAX,
					    r->why);
	uint64_t before = 0, start, end, node;

	*span_count = (uint32_t)json_array_size(array);
	for (uint32_t i = 0; i < *span_count; i++) {
		const json_t *s = json_array_get(array, i);

		if (!conform_item(s, 0, MFN_MAX, &start, r->why) ||
		    !conform_item(s, 1, MFN_MAX, &end, r->why) ||
		    !conform_item(s, 2, r->node_count - 1, &node, r->why))
			return false;
		if (start < before || end <= start) {
			err_set(r->why, "spans: must ascend and not overlap");
			return false;
		}
		before = end;
		span[i] = (struct heap_span){start, end, (uint32_t)node};
	}
	r->mfn_end = before;
	return array != NULL;
}

static bool read_cpus(struct replay *r, const json_t *record, nodeset *nodes)
{
	const json_t *array = conform_array(record, "cpu_to_node", 1, CPUS_MAX,
					    r->why);
	uint64_t node;

	*nodes = NODESET_NONE;
	r->cpu_count = (uint32_t)json_array_size(array);
	for (uint32_t i = 0; i < r->cpu_count; i++) {
		if (!conform_item(array, i, r->node_count - 1, &node, r->why))
			return false;
		r->cpu_node[i] = (uint32_t)node;
		*nodes = nodeset_add(*nodes, (uint32_t)node);
	}
	return array != NULL;
}

static bool read_domains(struct replay *r, const json_t *record)
{
	const json_t *array = conform_array(record, "domains", 0, DOMAINS_MAX,
					    r->why);

	r->domain_count = (uint32_t)json_array_size(array);
	for (uint32_t i = 0; i < r->domain_count; i++) {
		r->domain[i].domid = i;
		r->domain[i].max_pages = UINT64_MAX;
		if (!conform_nodes(json_array_get(array, i), "domains",
				   &r->domain[i].node_affinity, r->why))
			return false;
	}
	return array != NULL;
}

static bool in_spans(const struct heap *heap, uint64_t start, uint64_t end)
{
	for (uint64_t mfn = start; mfn < end; mfn++)
		if (heap_node_of(heap, mfn) == NODE_NONE)
			return false;
	return true;
}

static bool give_ram(struct replay *r, const json_t *record)
{
	const json_t *array = conform_array(record, "ram", 1, HEAP_SPAN_MAX,
					    r->why);
	uint64_t before = 0, start, end;

	for (size_t i = 0; i < json_array_size(array); i++) {
		const json_t *s = json_array_get(array, i);

		if (!conform_item(s, 0, r->mfn_end, &start, r->why) ||
		    !conform_item(s, 1, r->mfn_end, &end, r->why))
			return false;
		if (start < before || end <= start ||
		    !in_spans(r->heap, start, end)) {
			err_set(r->why, "ram: must ascend and lie in spans");
			return false;
		}
		heap_boot_ram(r->heap, start, end);
		before = end;
	}
	return array != NULL;
}

/* Early allocations: their place is part of the answer. */
static enum conform_verdict boot_allocs(struct replay *r, const json_t *record)
{
	const json_t *array = conform_array(record, "boot_allocs", 0, 1000,
					    r->why);
	uint64_t pages, align, mfn;

	for (size_t i = 0; i < json_array_size(array); i++) {
		const json_t *a = json_array_get(array, i);

		if (!conform_item(a, 0, MFN_MAX, &pages, r->why) ||
		    !conform_item(a, 1, MFN_MAX, &align, r->why) ||
		    !conform_item(a, 2, MFN_MAX, &mfn, r->why))
			return CONFORM_MALFORMED;
		if (!pages || !align || align & (align - 1))
			return conform_malformed(
				r->why, "boot_allocs: bad size or alignment");
		uint64_t got = heap_boot_alloc(r->heap, pages, align);

		if (got != mfn)
			return differs(r, "boot_allocs", (int64_t)mfn,
				       (int64_t)got);
	}
	return array ? CONFORM_AGREES : CONFORM_MALFORMED;
}

static bool read_config(struct replay *r, const json_t *record,
			struct heap_config *config, struct heap_span *span)
{
	static const char *const modes[] = {"idle", "on", "off"};
	const char *mode = json_string_value(json_object_get(record,
							     "bootscrub"));
	uint64_t node_count;

	if (!conform_u64(record, "nr_nodes", NODE_MAX, &node_count, r->why) ||
	    !conform_nodes(json_object_get(record, "online"), "online",
			   &config->online, r->why))
		return false;
	r->node_count = config->node_count = (uint32_t)node_count;
	if (!node_count || !config->online ||
	    config->online & ~nodeset_below(r->node_count)) {
		err_set(r->why, "online: not a set of the nodes");
		return false;
	}
	while (config->bootscrub < 3 &&
	       !(mode && strcmp(mode, modes[config->bootscrub]) == 0))
		config->bootscrub++;
	if (config->bootscrub == 3) {
		err_set(r->why, "bootscrub: expected idle, on or off");
		return false;
	}
	return read_spans(r, record, span, &config->span_count) &&
	       read_cpus(r, record, &config->cpu_nodes) &&
	       read_domains(r, record);
}

static enum conform_verdict boot(struct replay *r, const json_t *record)
{
	struct heap_span *span = arena_array(r->arena, HEAP_SPAN_MAX,
					     sizeof(*span));
	struct heap_config config = {.span = span,
				     .xen_version = r->options.xen_version};
	uint64_t dma_bits;

	if (!conform_u64(record, "dma_bits", 64, &dma_bits, r->why) ||
	    !read_config(r, record, &config, span))
		return CONFORM_MALFORMED;
	uint32_t n = r->node_count;
	uint8_t *distance = arena_array(r->arena, n, n);

	for (uint32_t a = 0; a < n; a++)
		for (uint32_t b = 0; b < n; b++)
			distance[a * n + b] = (uint8_t)(
				a == b ? 10 : 20 + (a > b ? a - b : b - a));
	config.distance = distance;
	r->heap = heap_create(r->arena, &config);
	r->held = arena_alloc(r->arena, r->mfn_end);
	if (!give_ram(r, record))
		return CONFORM_MALFORMED;
	enum conform_verdict v = boot_allocs(r, record);

	if (v != CONFORM_AGREES)
		return v;
	if (!heap_boot_end(r->heap, r->cpu_node[0]))
		return conform_malformed(r->why, "ram: a node has no memory "
					 "for its own lists");
	return heap_dma_bits(r->heap) == dma_bits
		       ? CONFORM_AGREES
		       : differs(r, "dma_bits", (int64_t)dma_bits,
				 heap_dma_bits(r->heap));
}

/* --- lists ----------------------------------------------------------------- */

/* Walks our blocks beside the recorded lists. */
struct compare {
	const json_t *lists;
	size_t list, item;
	bool same;
	/* The first that differs, ours and the recorded one. */
	struct heap_block_view at;
	const json_t *want_list, *want;
};

static bool same_number(const json_t *value, uint64_t number)
{
	return json_is_integer(value) &&
	       json_integer_value(value) == (json_int_t)number;
}

static void compare_block(void *arg, const struct heap_block_view *b)
{
	struct compare *c = arg;

	if (!c->same)
		return;
	const json_t *list = json_array_get(c->lists, c->list);
	const json_t *items = json_array_get(list, 3);
	const json_t *item = json_array_get(items, c->item);
	const json_t *dirty = json_array_get(item, 1);

	c->same = same_number(json_array_get(list, 0), b->node) &&
		  same_number(json_array_get(list, 1), b->zone) &&
		  same_number(json_array_get(list, 2), b->order) &&
		  same_number(json_array_get(item, 0), b->mfn) &&
		  (b->first_dirty == HEAP_CLEAN
			   ? json_is_null(dirty)
			   : same_number(dirty, b->first_dirty));
	if (!c->same) {
		c->at = *b;
		c->want_list = list;
		c->want = item;
		return;
	}
	if (++c->item == json_array_size(items)) {
		c->list++;
		c->item = 0;
	}
}

/* -1: wholly clean. */
static void recorded_block_text(const struct compare *c,
				char text[CONFORM_TEXT_MAX])
{
	const json_t *dirty = json_array_get(c->want, 1);
	long long part[3];

	for (size_t i = 0; i < 3; i++)
		part[i] = json_integer_value(json_array_get(c->want_list, i));
	if (!c->want)
		snprintf(text, CONFORM_TEXT_MAX, "no more blocks");
	else
		snprintf(text, CONFORM_TEXT_MAX, "node %lld zone %lld order "
			 "%lld mfn %lld first_dirty %lld", part[0], part[1],
			 part[2],
			 (long long)json_integer_value(
				 json_array_get(c->want, 0)),
			 json_is_integer(dirty)
				 ? (long long)json_integer_value(dirty)
				 : -1LL);
}

static enum conform_verdict compare_lists(struct replay *r,
					  const json_t *record, const char *key)
{
	struct compare c = {.same = true};
	char expected[CONFORM_TEXT_MAX], got[CONFORM_TEXT_MAX] =
						 "no more blocks";

	c.lists = conform_array(record, key, 0, 100000, r->why);
	if (!c.lists)
		return CONFORM_MALFORMED;
	heap_walk(r->heap, compare_block, &c);
	if (c.same && c.list == json_array_size(c.lists))
		return CONFORM_AGREES;
	if (c.same) {
		c.want_list = json_array_get(c.lists, c.list);
		c.want = json_array_get(json_array_get(c.want_list, 3),
					c.item);
	}
	recorded_block_text(&c, expected);
	if (!c.same)
		snprintf(got, sizeof(got), "node %u zone %u order %u mfn %llu "
			 "first_dirty %lld", c.at.node, c.at.zone, c.at.order,
			 (unsigned long long)c.at.mfn,
			 c.at.first_dirty == HEAP_CLEAN
				 ? -1LL
				 : (long long)c.at.first_dirty);
	return conform_differs_text(r->diff, key, expected, got);
}

static enum conform_verdict compare_avail(struct replay *r, const json_t *avail)
{
	for (uint32_t n = 0; n < r->node_count; n++) {
		uint64_t got = heap_node_free_pages(r->heap, n);

		if (!same_number(json_array_get(avail, n), got))
			return differs(r, "avail",
				       json_integer_value(
					       json_array_get(avail, n)),
				       (int64_t)got);
	}
	return CONFORM_AGREES;
}

/* --- steps ----------------------------------------------------------------- */

static bool read_flags(struct replay *r, const json_t *step, uint32_t *flags,
		       bool *build)
{
	static const struct {
		const char *name;
		uint32_t flag;
	} table[] = {
		{"exact_node", HEAP_EXACT_NODE},
		{"no_dma", HEAP_NO_DMA},
		{"no_owner", HEAP_NO_OWNER},
		{"no_refcount", HEAP_NO_REFCOUNT},
		{"no_scrub", HEAP_NO_SCRUB},
		{"build", HEAP_NO_SCRUB | HEAP_KEEP_SCRUB},
	};
	enum { COUNT = sizeof(table) / sizeof(table[0]) };
	const json_t *array = conform_array(step, "flags", 0, COUNT, r->why);

	*flags = 0;
	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *name = json_string_value(json_array_get(array, i));
		size_t f = 0;

		while (f < COUNT && !(name && !strcmp(name, table[f].name)))
			f++;
		if (f == COUNT) {
			err_set(r->why, "flags: unknown flag");
			return false;
		}
		*flags |= table[f].flag;
	}
	*build = (*flags & HEAP_KEEP_SCRUB) != 0;
	return array != NULL;
}

static struct heap_domain *domain_of(struct replay *r, uint64_t domain)
{
	return domain < r->domain_count ? &r->domain[domain] : NULL;
}

/* Marks who holds [mfn, mfn + 2^order) from now on. */
static void hold(struct replay *r, uint64_t mfn, uint32_t order, uint8_t who)
{
	memset(&r->held[mfn], who, (size_t)1 << order);
}

static enum heap_result alloc(struct replay *r, struct heap_request *req,
			      bool build, struct heap_extent *extent)
{
	enum heap_result result = heap_alloc(r->heap, req, extent);

	if (result != HEAP_OK || !build || !req->domain ||
	    req->flags & HEAP_NO_OWNER)
		return result;
	result = heap_assign(r->heap, req->domain, req->order, req->flags);
	if (result != HEAP_OK)
		heap_free(r->heap, extent->mfn, req->order, true);
	return result;
}

static enum conform_verdict do_alloc(struct replay *r, const json_t *step)
{
	uint64_t domain, order, node, cpu, bits, mfn, got_node;
	struct heap_request req = {0};
	struct heap_extent extent;
	bool build;

	if (!conform_u64_or(step, "dom", r->domain_count - 1, UINT64_MAX,
			    &domain, r->why) ||
	    !conform_u64(step, "order", 64, &order, r->why) ||
	    !conform_u64_or(step, "node", NODE_MAX - 1, NODE_NONE, &node,
			    r->why) ||
	    !conform_u64(step, "cpu", r->cpu_count - 1, &cpu, r->why) ||
	    !conform_u64_or(step, "bits", 64, 0, &bits, r->why) ||
	    !conform_u64_or(step, "mfn", MFN_MAX, MFN_NONE, &mfn, r->why) ||
	    !conform_u64_or(step, "got_node", NODE_MAX - 1, NODE_NONE,
			    &got_node, r->why) ||
	    !read_flags(r, step, &req.flags, &build))
		return CONFORM_MALFORMED;
	req.domain = domain_of(r, domain);
	req.order = (uint32_t)order;
	req.node = (uint32_t)node;
	req.cpu_node = r->cpu_node[cpu];
	req.bits = (uint32_t)bits;

	bool ok = alloc(r, &req, build, &extent) == HEAP_OK;

	if ((ok ? extent.mfn : MFN_NONE) != mfn)
		return differs(r, "mfn", (int64_t)mfn,
			       ok ? (int64_t)extent.mfn : -1);
	if ((ok ? extent.node : (uint32_t)NODE_NONE) != got_node)
		return differs(r, "got_node", (int64_t)got_node,
			       extent.node);
	if (ok)
		hold(r, mfn, req.order,
		     !req.domain || req.flags & HEAP_NO_OWNER
			     ? HELD_NO_OWNER
			     : (uint8_t)(HELD_DOMAIN + 2 * domain +
					 (req.flags & HEAP_NO_REFCOUNT ? 1
								       : 0)));
	if (!req.domain)
		return CONFORM_AGREES;
	if (!same_number(json_object_get(step, "last"),
			 req.domain->last_alloc_node))
		return differs(r, "last",
			       json_integer_value(json_object_get(step, "last")),
			       req.domain->last_alloc_node);
	if (!same_number(json_object_get(step, "claim"),
			 req.domain->claim_pages))
		return differs(r, "claim",
			       json_integer_value(json_object_get(step,
								  "claim")),
			       (int64_t)req.domain->claim_pages);
	return CONFORM_AGREES;
}

static enum conform_verdict do_free(struct replay *r, const json_t *step)
{
	uint64_t mfn, order, owner;

	if (!conform_u64(step, "mfn", MFN_MAX, &mfn, r->why) ||
	    !conform_u64(step, "order", HEAP_ORDER_MAX, &order, r->why) ||
	    !conform_u64_or(step, "owner", r->domain_count - 1, UINT64_MAX,
			    &owner, r->why))
		return CONFORM_MALFORMED;
	uint64_t pages = UINT64_C(1) << order;
	struct heap_domain *d = domain_of(r, owner);

	if (mfn % pages || mfn + pages > r->mfn_end)
		return conform_malformed(r->why, "step %zu: free: bad mfn",
					 r->step - 1);
	uint8_t who = r->held[mfn];
	bool right = d ? who >= HELD_DOMAIN &&
				 (who - HELD_DOMAIN) / 2 == (int)owner
		       : who == HELD_NO_OWNER;

	for (uint64_t i = 0; i < pages; i++)
		if (!right || r->held[mfn + i] != who)
			return conform_malformed(
				r->why, "step %zu: free: pages not held so",
				r->step - 1);
	if (d)
		heap_free_owned(r->heap, d, mfn, pages,
				(who - HELD_DOMAIN) % 2);
	else
		heap_free(r->heap, mfn, (uint32_t)order, true);
	hold(r, mfn, (uint32_t)order, HELD_NOT);
	return CONFORM_AGREES;
}

static enum conform_verdict do_scrub(struct replay *r, const json_t *step,
				     bool once)
{
	uint64_t cpu, scrubbed, calls = 1;

	if (!conform_u64(step, "cpu", r->cpu_count - 1, &cpu, r->why))
		return CONFORM_MALFORMED;
	uint32_t node = r->cpu_node[cpu];
	bool more = heap_scrub_round(r->heap, node, false, &scrubbed);

	if (once) {
		bool expected = json_is_true(json_object_get(step, "more"));

		return more == expected ? CONFORM_AGREES
					: differs(r, "more", expected, more);
	}
	for (; more; calls++)
		more = heap_scrub_round(r->heap, node, false, &scrubbed);
	if (!same_number(json_object_get(step, "calls"), calls))
		return differs(r, "calls",
			       json_integer_value(json_object_get(step,
								  "calls")),
			       (int64_t)calls);
	return CONFORM_AGREES;
}

static enum conform_verdict do_claim(struct replay *r, const json_t *step,
				     struct heap_domain *d)
{
	static const int64_t rc_of[] = {
		[HEAP_CLAIM_OK] = 0,
		[HEAP_CLAIM_INVALID] = -22,
		[HEAP_CLAIM_NO_MEMORY] = -12,
	};
	const json_t *want = json_object_get(step, "rc");
	const json_t *left = json_object_get(step, "outstanding");
	uint64_t pages;

	if (!conform_u64(step, "pages", INT64_MAX, &pages, r->why))
		return CONFORM_MALFORMED;
	int64_t rc = rc_of[heap_claim(r->heap, d, pages)];

	if (!json_is_integer(want) || json_integer_value(want) != rc)
		return differs(r, "rc", json_integer_value(want), rc);
	if (!same_number(left, d->claim_pages))
		return differs(r, "outstanding", json_integer_value(left),
			       (int64_t)d->claim_pages);
	return CONFORM_AGREES;
}

/* Steps that name a domain and change it. */
static enum conform_verdict do_domain(struct replay *r, const json_t *step,
				      const char *op)
{
	struct heap_domain *d;
	uint64_t domain;

	if (!r->domain_count ||
	    !conform_u64(step, "dom", r->domain_count - 1, &domain, r->why))
		return CONFORM_MALFORMED;
	d = domain_of(r, domain);
	if (strcmp(op, "claim") == 0)
		return do_claim(r, step, d);
	if (strcmp(op, "affinity") == 0)
		return conform_nodes(json_object_get(step, "nodes"), "nodes",
				     &d->node_affinity, r->why)
			       ? CONFORM_AGREES
			       : CONFORM_MALFORMED;
	if (strcmp(op, "dying") == 0)
		return conform_bool(step, "dying", &d->dying, r->why)
			       ? CONFORM_AGREES
			       : CONFORM_MALFORMED;
	return conform_malformed(r->why, "step %zu: op: unknown",
				 r->step - 1);
}

static enum conform_verdict do_step(struct replay *r, const json_t *step)
{
	const char *op = json_string_value(json_object_get(step, "op"));
	enum conform_verdict v;

	if (!op)
		return conform_malformed(r->why, "step %zu: op: missing",
					 r->step - 1);
	if (strcmp(op, "alloc") == 0)
		v = do_alloc(r, step);
	else if (strcmp(op, "free") == 0)
		v = do_free(r, step);
	else if (strcmp(op, "scrub") == 0)
		v = do_scrub(r, step, false);
	else if (strcmp(op, "scrub1") == 0)
		v = do_scrub(r, step, true);
	else if (strcmp(op, "cpu") == 0)
		v = CONFORM_AGREES;
	else
		v = do_domain(r, step, op);
	if (v == CONFORM_AGREES)
		v = compare_avail(r, json_object_get(step, "avail"));
	return v;
}
