/* balloon.c - Linux's balloon thread as a state machine (balloon.h). */
#include "guest/balloon.h"

#include "base/err.h"
#include "base/units.h"
#include "guest/balloon_inside.h"

#include <assert.h>
#include <string.h>

enum {
	IDLE_S = 3600,         /* a look even when nobody asks */
	WAIT_S = 1,
	DELAY_FIRST_S = 1,
	RETRY_FIRST = 1,
	BOOT_TIMEOUT_S = 180,  /* xen.balloon_boot_timeout */
};

static void fall_asleep(struct balloon *b, int64_t now_ns);
static bool woken(const struct balloon *b);
static void work(struct balloon *b, const struct balloon_guest *guest);
static void grow(struct balloon *b, uint64_t credit_pages);
static void shrink(struct balloon *b, uint64_t excess_pages,
		   const struct balloon_guest *guest);
static void update_schedule(struct balloon *b);

struct balloon *balloon_create(struct arena *arena,
			       const struct balloon_config *config,
			       int64_t now_ns)
{
	struct balloon *b = arena_alloc(arena, sizeof(*b));

	frames_init(&b->frames, arena, config->range, config->range_count);
	require(config->current_pages <= b->frames.ram_pages);
	rng_init(&b->rng, config->seed, RNG_MEMORY, config->entity);
	b->policy = config->policy;
	b->pv = config->pv;
	b->hotplug = config->hotplug;
	b->static_max_kib = config->static_max_kib;
	b->state = BALLOON_DONE;
	b->current_pages = b->target_pages = config->current_pages;
	b->delay_s = DELAY_FIRST_S;
	b->retry_count = RETRY_FIRST;
	b->action = BALLOON_SLEEP;
	b->boot_changed_ns = now_ns;
	for (uint64_t i = b->current_pages; i < b->frames.ram_pages; i++) {
		frames_mark(&b->frames, i);
		frames_push(&b->frames, i);
	}
	return b;
}

bool balloon_watch(struct balloon *b, uint64_t target_kib)
{
	uint64_t pages = target_kib / KIB_PER_PAGE;

	if (!b->offset_known) {
		uint64_t max_pages = b->static_max_kib / KIB_PER_PAGE;

		b->offset_pages = b->pv || max_pages < b->target_pages ?
				  0 : max_pages - b->target_pages;
		b->offset_known = true;
	}
	return balloon_target(b, pages > b->offset_pages ?
				 pages - b->offset_pages : 0);
}

bool balloon_target(struct balloon *b, uint64_t target_pages)
{
	b->target_pages = target_pages;
	return b->asleep && woken(b);
}

/* One turn of the thread's loop after another, until it sleeps or calls Xen. */
void balloon_next(struct balloon *b, int64_t now_ns,
		  const struct balloon_guest *guest,
		  struct balloon_request *request)
{
	require(b->action == BALLOON_SLEEP);
	require(guest->free_pages <= b->current_pages);

	for (;;) {
		if (!b->asleep)
			fall_asleep(b, now_ns);
		if (now_ns < b->wake_ns && !woken(b))
			break;
		b->asleep = false;
		work(b, guest);
		if (b->action != BALLOON_SLEEP)
			break;
		update_schedule(b);
	}
	request->action = b->action;
	request->wake_ns = b->wake_ns;
	request->count = b->count;
	for (uint32_t i = 0; i < b->count; i++)
		request->gpfn[i] = frames_gpfn(&b->frames, b->index[i]);
}

static void fall_asleep(struct balloon *b, int64_t now_ns)
{
	static const int64_t timeout_s[] = {
		[BALLOON_DONE] = IDLE_S,
		[BALLOON_WAIT] = WAIT_S,
		[BALLOON_EAGAIN] = 0, /* delay_s */
		[BALLOON_ECANCELED] = IDLE_S,
	};
	int64_t s = timeout_s[b->state];

	b->asleep = true;
	b->sleep_credit_pages = balloon_credit_pages(b);
	b->wake_ns = now_ns + (s ? s : b->delay_s) * NS_PER_S;
}

static bool woken(const struct balloon *b)
{
	int64_t credit = balloon_credit_pages(b);

	return b->state == BALLOON_DONE ? credit != 0
					: credit != b->sleep_credit_pages;
}

/* With no credit the state stays, so that EAGAIN still counts its retries. */
static void work(struct balloon *b, const struct balloon_guest *guest)
{
	int64_t credit = balloon_credit_pages(b);

	if (credit > 0)
		grow(b, (uint64_t)credit);
	else if (credit < 0)
		shrink(b, (uint64_t)-credit, guest);
}

/* RAM comes in sections and is listed at once; it can be used in a second. */
static bool hot_add(struct balloon *b, uint64_t credit_pages)
{
	uint64_t first = b->frames.ram_pages;
	uint64_t pages = (credit_pages + BALLOON_SECTION_PAGES - 1) /
			 BALLOON_SECTION_PAGES * BALLOON_SECTION_PAGES;

	if (!b->hotplug || !frames_grow(&b->frames, pages))
		return false;
	for (uint64_t i = first; i < b->frames.ram_pages; i++) {
		frames_mark(&b->frames, i);
		frames_push(&b->frames, i);
	}
	return true;
}

static void grow(struct balloon *b, uint64_t credit_pages)
{
	uint64_t n = b->frames.listed_pages;

	if (n == 0) {
		b->state = BALLOON_WAIT;
		if (hot_add(b, credit_pages))
			return;
		b->target_pages = b->current_pages;
		b->state = BALLOON_ECANCELED;
		return;
	}
	n = credit_pages < n ? credit_pages : n;
	b->count = n < BALLOON_BATCH_MAX ? (uint32_t)n : BALLOON_BATCH_MAX;
	b->action = BALLOON_POPULATE;
	for (uint32_t i = 0; i < b->count; i++)
		b->index[i] = frames_peek(&b->frames, i);
}

static void shrink(struct balloon *b, uint64_t excess_pages,
		   const struct balloon_guest *guest)
{
	uint64_t n = guest->available_pages < excess_pages ?
		     guest->available_pages : excess_pages;
	uint64_t want = n < BALLOON_BATCH_MAX ? n : BALLOON_BATCH_MAX;
	uint64_t got = guest->free_pages < want ? guest->free_pages : want;

	b->after = got < want ? BALLOON_EAGAIN : BALLOON_DONE;
	if (b->after == BALLOON_DONE && n < excess_pages &&
	    (n == 0 || n < guest->reserve_pages))
		b->after = BALLOON_EAGAIN;
	if (got == 0) {
		b->state = b->after;
		return;
	}
	b->action = BALLOON_DECREASE;
	b->count = (uint32_t)got;
	for (uint32_t i = b->count; i > 0; i--) {
		b->index[i - 1] = b->policy == BALLOON_TOP ?
			frames_pick_top(&b->frames) :
			frames_pick_spread(&b->frames, &b->rng);
		frames_mark(&b->frames, b->index[i - 1]);
	}
}

void balloon_done(struct balloon *b, uint32_t extents)
{
	require(b->action != BALLOON_SLEEP);
	require(extents <= b->count);

	if (b->action == BALLOON_POPULATE) {
		for (uint32_t i = 0; i < extents; i++)
			frames_unmark(&b->frames, frames_pop(&b->frames));
		b->current_pages += extents;
		b->state = extents ? BALLOON_DONE : BALLOON_EAGAIN;
	} else {
		require(extents == b->count);
		for (uint32_t i = 0; i < extents; i++)
			frames_push(&b->frames, b->index[i]);
		b->current_pages -= extents;
		b->state = b->after;
	}
	b->action = BALLOON_SLEEP;
	b->count = 0;
	update_schedule(b);
}

static void update_schedule(struct balloon *b)
{
	if (b->state == BALLOON_WAIT || b->state == BALLOON_ECANCELED)
		return;
	if (b->state == BALLOON_EAGAIN && ++b->retry_count <= BALLOON_RETRY_MAX) {
		b->delay_s = 2 * b->delay_s < BALLOON_DELAY_MAX_S ?
			     2 * b->delay_s : BALLOON_DELAY_MAX_S;
		return;
	}
	if (b->state == BALLOON_EAGAIN)
		b->state = BALLOON_ECANCELED;
	b->delay_s = DELAY_FIRST_S;
	b->retry_count = RETRY_FIRST;
}

enum balloon_boot balloon_boot(struct balloon *b, int64_t now_ns)
{
	int64_t credit = balloon_credit_pages(b);

	if (b->pv || credit >= 0)
		return BALLOON_BOOT_READY;
	if (credit != b->boot_credit_pages) {
		b->boot_credit_pages = credit;
		b->boot_changed_ns = now_ns;
	}
	if (b->state == BALLOON_ECANCELED &&
	    now_ns - b->boot_changed_ns >= BOOT_TIMEOUT_S * NS_PER_S)
		return BALLOON_BOOT_PANIC;
	return BALLOON_BOOT_WAITS;
}

enum balloon_state balloon_state(const struct balloon *b)
{
	return b->state;
}

uint64_t balloon_current_pages(const struct balloon *b)
{
	return b->current_pages;
}

uint64_t balloon_target_pages(const struct balloon *b)
{
	return b->target_pages;
}

uint64_t balloon_listed_pages(const struct balloon *b)
{
	return b->frames.listed_pages;
}

int64_t balloon_credit_pages(const struct balloon *b)
{
	return (int64_t)b->target_pages - (int64_t)b->current_pages;
}

bool balloon_has(const struct balloon *b, uint64_t gpfn)
{
	uint64_t index = frames_index(&b->frames, gpfn);

	return index != UINT64_MAX && frames_marked(&b->frames, index);
}

void balloon_check(const struct balloon *b)
{
	bool decreasing = b->action == BALLOON_DECREASE;

	require(b->current_pages + b->frames.listed_pages ==
		b->frames.ram_pages); /* B1 */
	frames_check(&b->frames, decreasing ? b->count : 0); /* B2, B4 */
	require(b->delay_s >= 1 && b->delay_s <= BALLOON_DELAY_MAX_S); /* B3 */
	require(b->retry_count >= 1 &&
		b->retry_count <= BALLOON_RETRY_MAX); /* B3 */
}
