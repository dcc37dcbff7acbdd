/*
 * check_balloon.c - the balloon driver, transition by transition, by hand.
 *
 * The guest has RAM [0, 1000) and [4096, 5096): 2000 frames, index 1000 is
 * gpfn 4096 and the highest is gpfn 5095.
 */
#include "base/units.h"
#include "guest/balloon.h"
#include "guest/balloon_inside.h"
#include "guest/frames.h"
#include "test/test.h"

#include <signal.h>
#include <string.h>

static const struct balloon_range ram[] = {{0, 1000}, {4096, 1000}};

static const struct balloon_guest rich = {2000, 2000, 64};

static struct balloon_config plain(void)
{
	return (struct balloon_config){
		.pv = true,
		.current_pages = 2000,
		.static_max_kib = 8000,
		.range_count = 2,
		.range = ram,
		.seed = 7,
		.entity = 3,
	};
}

static struct balloon *make(struct arena *arena)
{
	struct balloon_config config = plain();

	return balloon_create(arena, &config, 0);
}

/* Free memory is what the guest has, as in `rich`, but never more. */
static enum balloon_action next_at(struct balloon *b, double s,
				   const struct balloon_guest *guest,
				   struct balloon_request *request)
{
	struct balloon_guest g = *guest;

	if (g.free_pages > balloon_current_pages(b))
		g.free_pages = balloon_current_pages(b);
	balloon_check(b);
	balloon_next(b, ns_from_s(s), &g, request);
	balloon_check(b);
	return request->action;
}

START_TEST(test_done_sleeps_an_hour_and_wakes_at_a_target)
{
	struct arena *arena = arena_create();
	struct balloon *b = make(arena);
	struct balloon_request r;

	ck_assert_int_eq(next_at(b, 0, &rich, &r), BALLOON_SLEEP);
	ck_assert_int_eq(r.wake_ns, 3600 * NS_PER_S);
	ck_assert_int_eq(balloon_state(b), BALLOON_DONE);
	/* the same target wakes nobody */
	ck_assert(!balloon_target(b, 2000));
	ck_assert_int_eq(next_at(b, 5, &rich, &r), BALLOON_SLEEP);
	ck_assert_int_eq(r.wake_ns, 3600 * NS_PER_S);
	/* the timeout passes: nothing to do, another hour */
	ck_assert_int_eq(next_at(b, 3600, &rich, &r), BALLOON_SLEEP);
	ck_assert_int_eq(r.wake_ns, 7200 * NS_PER_S);
	ck_assert(balloon_target(b, 1999));
	ck_assert_int_eq(next_at(b, 3601, &rich, &r), BALLOON_DECREASE);
	arena_destroy(arena);
}
END_TEST

/* 700 to give: 512 at once, then 188, no time between; frames from the top. */
START_TEST(test_shrink_in_batches_from_the_top)
{
	struct arena *arena = arena_create();
	struct balloon *b = make(arena);
	struct balloon_request r;

	next_at(b, 0, &rich, &r);
	ck_assert(balloon_target(b, 1300));
	ck_assert_int_eq(next_at(b, 1, &rich, &r), BALLOON_DECREASE);
	ck_assert_uint_eq(r.count, 512);
	/* allocated 5095 down to 4584; the hypercall has them reversed */
	for (uint32_t i = 0; i < 512; i++)
		ck_assert_uint_eq(r.gpfn[i], 4584 + i);
	balloon_done(b, 512);
	ck_assert_int_eq(balloon_state(b), BALLOON_DONE);
	ck_assert_uint_eq(balloon_current_pages(b), 1488);
	ck_assert_int_eq(next_at(b, 1, &rich, &r), BALLOON_DECREASE);
	ck_assert_uint_eq(r.count, 188);
	ck_assert_uint_eq(r.gpfn[187], 4583);
	ck_assert_uint_eq(r.gpfn[0], 4396);
	balloon_done(b, 188);
	ck_assert_int_eq(next_at(b, 1, &rich, &r), BALLOON_SLEEP);
	ck_assert_int_eq(r.wake_ns, 3601 * NS_PER_S);
	ck_assert_uint_eq(balloon_current_pages(b), 1300);
	ck_assert_uint_eq(balloon_listed_pages(b), 700);
	ck_assert(balloon_has(b, 4396) && !balloon_has(b, 4395));
	ck_assert(!balloon_has(b, 2000)); /* the hole */
	arena_destroy(arena);
}
END_TEST

/* LIFO: of the newest batch the frame given first comes back first. */
START_TEST(test_grow_takes_the_newest_batch_first)
{
	struct arena *arena = arena_create();
	struct balloon *b = make(arena);
	struct balloon_request r;

	next_at(b, 0, &rich, &r);
	balloon_target(b, 1300);
	next_at(b, 1, &rich, &r);
	balloon_done(b, 512);
	next_at(b, 1, &rich, &r);
	balloon_done(b, 188);
	next_at(b, 1, &rich, &r);
	/* head: 4583 ... 4396, then 5095 ... 4584 */
	ck_assert(balloon_target(b, 1500));
	ck_assert_int_eq(next_at(b, 2, &rich, &r), BALLOON_POPULATE);
	ck_assert_uint_eq(r.count, 200);
	ck_assert_uint_eq(r.gpfn[0], 4583);
	ck_assert_uint_eq(r.gpfn[187], 4396);
	ck_assert_uint_eq(r.gpfn[188], 5095);
	ck_assert_uint_eq(r.gpfn[199], 5084);
	/* Xen does 190 of them: DONE all the same, and the rest at once */
	balloon_done(b, 190);
	ck_assert_int_eq(balloon_state(b), BALLOON_DONE);
	ck_assert_uint_eq(balloon_current_pages(b), 1490);
	ck_assert_int_eq(next_at(b, 2, &rich, &r), BALLOON_POPULATE);
	ck_assert_uint_eq(r.count, 10);
	ck_assert_uint_eq(r.gpfn[0], 5093);
	balloon_done(b, 10);
	/* the next to give is again the highest that the guest has: 5095 */
	balloon_target(b, 1499);
	ck_assert_int_eq(next_at(b, 3, &rich, &r), BALLOON_DECREASE);
	ck_assert_uint_eq(r.gpfn[0], 5095);
	arena_destroy(arena);
}
END_TEST

/* Xen gives nothing: waits of 2, 4, 8 s, then no more until asked anew. */
START_TEST(test_refusals_back_off_then_give_up)
{
	static const double at_s[] = {1, 3, 7, 15};
	static const int64_t wake_s[] = {3, 7, 15};
	struct arena *arena = arena_create();
	struct balloon_config config = plain();
	struct balloon_request r;

	config.current_pages = 1000;

	struct balloon *b = balloon_create(arena, &config, 0);

	ck_assert_int_eq(next_at(b, 0, &rich, &r), BALLOON_SLEEP);
	ck_assert(balloon_target(b, 1100));
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(next_at(b, at_s[i], &rich, &r),
				 BALLOON_POPULATE);
		/* memory that starts inside comes highest first */
		ck_assert_uint_eq(r.count, 100);
		ck_assert_uint_eq(r.gpfn[0], 5095);
		balloon_done(b, 0);
		if (i == 3)
			break;
		ck_assert_int_eq(balloon_state(b), BALLOON_EAGAIN);
		ck_assert_int_eq(next_at(b, at_s[i], &rich, &r),
				 BALLOON_SLEEP);
		ck_assert_int_eq(r.wake_ns, wake_s[i] * NS_PER_S);
		/* too early: sleeps on */
		ck_assert_int_eq(next_at(b, at_s[i] + 1, &rich, &r),
				 BALLOON_SLEEP);
		ck_assert_int_eq(r.wake_ns, wake_s[i] * NS_PER_S);
	}
	ck_assert_int_eq(balloon_state(b), BALLOON_ECANCELED);
	ck_assert_int_eq(next_at(b, 15, &rich, &r), BALLOON_SLEEP);
	ck_assert_int_eq(r.wake_ns, 3615 * NS_PER_S);
	/* asked anew: tries at once, and the delays start again at 2 s */
	ck_assert(balloon_target(b, 1200));
	ck_assert_int_eq(next_at(b, 20, &rich, &r), BALLOON_POPULATE);
	balloon_done(b, 0);
	ck_assert_int_eq(balloon_state(b), BALLOON_EAGAIN);
	ck_assert_int_eq(next_at(b, 20, &rich, &r), BALLOON_SLEEP);
	ck_assert_int_eq(r.wake_ns, 22 * NS_PER_S);
	arena_destroy(arena);
}
END_TEST

/* A change of target ends the wait of EAGAIN; a success resets the delay. */
START_TEST(test_a_new_target_ends_the_wait)
{
	struct arena *arena = arena_create();
	struct balloon_config config = plain();
	struct balloon_request r;

	config.current_pages = 1000;

	struct balloon *b = balloon_create(arena, &config, 0);

	next_at(b, 0, &rich, &r);
	balloon_target(b, 1100);
	next_at(b, 1, &rich, &r);
	balloon_done(b, 0);
	ck_assert_int_eq(next_at(b, 1, &rich, &r), BALLOON_SLEEP);
	ck_assert(!balloon_target(b, 1100));
	ck_assert(balloon_target(b, 1101));
	ck_assert_int_eq(next_at(b, 1.5, &rich, &r), BALLOON_POPULATE);
	balloon_done(b, 60);
	ck_assert_int_eq(balloon_state(b), BALLOON_DONE);
	ck_assert_int_eq(next_at(b, 1.5, &rich, &r), BALLOON_POPULATE);
	ck_assert_uint_eq(r.count, 41);
	balloon_done(b, 0);
	/* first failure after a success: 2 s again */
	ck_assert_int_eq(next_at(b, 1.5, &rich, &r), BALLOON_SLEEP);
	ck_assert_int_eq(r.wake_ns, ns_from_s(3.5));
	arena_destroy(arena);
}
END_TEST

/*
 * The target falls back to what the guest has while it waits: nothing to do,
 * but the state stays EAGAIN, so the retries go on being counted, as in Linux.
 */
START_TEST(test_no_credit_still_counts_retries)
{
	struct arena *arena = arena_create();
	struct balloon_config config = plain();
	struct balloon_request r;

	config.current_pages = 1000;

	struct balloon *b = balloon_create(arena, &config, 0);

	next_at(b, 0, &rich, &r);
	balloon_target(b, 1100);
	next_at(b, 0, &rich, &r);
	balloon_done(b, 0);
	next_at(b, 0, &rich, &r);
	ck_assert(balloon_target(b, 1000));
	ck_assert_int_eq(next_at(b, 1, &rich, &r), BALLOON_SLEEP);
	ck_assert_int_eq(r.wake_ns, 5 * NS_PER_S);
	ck_assert_int_eq(next_at(b, 5, &rich, &r), BALLOON_SLEEP);
	ck_assert_int_eq(r.wake_ns, 13 * NS_PER_S);
	ck_assert_int_eq(next_at(b, 13, &rich, &r), BALLOON_SLEEP);
	ck_assert_int_eq(balloon_state(b), BALLOON_ECANCELED);
	ck_assert_int_eq(r.wake_ns, 3613 * NS_PER_S);
	arena_destroy(arena);
}
END_TEST

/* The kernel runs out in the middle of a batch: what it got goes, EAGAIN. */
START_TEST(test_a_short_kernel_gives_what_it_has)
{
	struct balloon_guest poor = {400, 150, 64};
	struct arena *arena = arena_create();
	struct balloon *b = make(arena);
	struct balloon_request r;

	next_at(b, 0, &poor, &r);
	balloon_target(b, 1000);
	ck_assert_int_eq(next_at(b, 1, &poor, &r), BALLOON_DECREASE);
	ck_assert_uint_eq(r.count, 150);
	ck_assert_int_eq(balloon_credit_pages(b), -1000);
	balloon_done(b, 150);
	ck_assert_int_eq(balloon_state(b), BALLOON_EAGAIN);
	ck_assert_uint_eq(balloon_current_pages(b), 1850);
	/* not one page: no hypercall, the next delay */
	poor.free_pages = 0;
	ck_assert_int_eq(next_at(b, 1, &poor, &r), BALLOON_SLEEP);
	ck_assert_int_eq(r.wake_ns, 3 * NS_PER_S);
	ck_assert_int_eq(next_at(b, 3, &poor, &r), BALLOON_SLEEP);
	ck_assert_int_eq(r.wake_ns, 7 * NS_PER_S);
	arena_destroy(arena);
}
END_TEST

/*
 * n = min(-credit, available). All n taken, but n is below the credit: EAGAIN
 * only where n is below the kernel's reserve.
 */
START_TEST(test_the_reserve_ends_in_eagain)
{
	struct balloon_guest guest = {64, 2000, 64};
	struct arena *arena = arena_create();
	struct balloon *b = make(arena);
	struct balloon_request r;

	next_at(b, 0, &guest, &r);
	balloon_target(b, 1000);
	ck_assert_int_eq(next_at(b, 1, &guest, &r), BALLOON_DECREASE);
	ck_assert_uint_eq(r.count, 64);
	balloon_done(b, 64);
	ck_assert_int_eq(balloon_state(b), BALLOON_DONE);
	guest.available_pages = 63;
	ck_assert_int_eq(next_at(b, 1, &guest, &r), BALLOON_DECREASE);
	balloon_done(b, 63);
	ck_assert_int_eq(balloon_state(b), BALLOON_EAGAIN);
	/* nothing available at all: 0 < reserve, EAGAIN without a hypercall */
	guest.available_pages = 0;
	ck_assert_int_eq(next_at(b, 1, &guest, &r), BALLOON_SLEEP);
	ck_assert_int_eq(r.wake_ns, 3 * NS_PER_S);
	guest.reserve_pages = 0;
	ck_assert_int_eq(next_at(b, 3, &guest, &r), BALLOON_SLEEP);
	ck_assert_int_eq(r.wake_ns, 7 * NS_PER_S);
	/* the whole credit is available: DONE, however small */
	balloon_target(b, 1870);
	guest.available_pages = 3;
	ck_assert_int_eq(next_at(b, 4, &guest, &r), BALLOON_DECREASE);
	ck_assert_uint_eq(r.count, 3);
	balloon_done(b, 3);
	ck_assert_int_eq(balloon_state(b), BALLOON_DONE);
	arena_destroy(arena);
}
END_TEST

/* Nothing listed and no hot-add: the target becomes what there is. */
START_TEST(test_an_empty_list_cancels)
{
	struct arena *arena = arena_create();
	struct balloon *b = make(arena);
	struct balloon_request r;

	next_at(b, 0, &rich, &r);
	ck_assert(balloon_target(b, 2100));
	ck_assert_int_eq(next_at(b, 1, &rich, &r), BALLOON_SLEEP);
	ck_assert_int_eq(balloon_state(b), BALLOON_ECANCELED);
	ck_assert_uint_eq(balloon_target_pages(b), 2000);
	ck_assert_int_eq(r.wake_ns, 3601 * NS_PER_S);
	arena_destroy(arena);
}
END_TEST

/*
 * With hot-add a section of 32768 frames appears above RAM, at the next
 * multiple of 32768; a second later it can be populated.
 */
START_TEST(test_hot_add_waits_a_second)
{
	struct arena *arena = arena_create();
	struct balloon_config config = plain();
	struct balloon_request r;

	config.hotplug = true;

	struct balloon *b = balloon_create(arena, &config, 0);

	next_at(b, 0, &rich, &r);
	ck_assert(balloon_target(b, 2100));
	ck_assert_int_eq(next_at(b, 1, &rich, &r), BALLOON_SLEEP);
	ck_assert_int_eq(balloon_state(b), BALLOON_WAIT);
	ck_assert_int_eq(r.wake_ns, 2 * NS_PER_S);
	ck_assert_uint_eq(balloon_listed_pages(b), 32768);
	ck_assert_int_eq(next_at(b, 2, &rich, &r), BALLOON_POPULATE);
	ck_assert_uint_eq(r.count, 100);
	ck_assert_uint_eq(r.gpfn[0], 65535);
	balloon_done(b, 100);
	ck_assert_uint_eq(balloon_current_pages(b), 2100);
	ck_assert(!balloon_has(b, 65535) && balloon_has(b, 32768));
	arena_destroy(arena);
}
END_TEST

/*
 * HVM with static-max 8192 KiB (2048 pages) of which the kernel sees 2000: the
 * first watch fixes the offset at 48 pages. Target 6000 KiB = 1500 - 48.
 */
START_TEST(test_the_first_watch_fixes_the_offset)
{
	struct arena *arena = arena_create();
	struct balloon_config config = plain();

	config.static_max_kib = 8192;
	config.pv = false;

	struct balloon *b = balloon_create(arena, &config, 0);

	balloon_watch(b, 6000);
	ck_assert_uint_eq(balloon_target_pages(b), 1452);
	balloon_watch(b, 8192);
	ck_assert_uint_eq(balloon_target_pages(b), 2000);
	balloon_watch(b, 100);
	ck_assert_uint_eq(balloon_target_pages(b), 0);
	config.pv = true;
	b = balloon_create(arena, &config, 0);
	balloon_watch(b, 6000);
	ck_assert_uint_eq(balloon_target_pages(b), 1500);
	arena_destroy(arena);
}
END_TEST

START_TEST(test_boot_waits_and_panics)
{
	struct balloon_guest poor = {0, 0, 64};
	struct arena *arena = arena_create();
	struct balloon_config config = plain();
	struct balloon_request r;

	config.pv = false;

	struct balloon *b = balloon_create(arena, &config, 0);

	ck_assert_int_eq(balloon_boot(b, 0), BALLOON_BOOT_READY);
	balloon_watch(b, 4000);
	ck_assert_int_eq(balloon_boot(b, NS_PER_S), BALLOON_BOOT_WAITS);
	/* four failures: gives up at 1 + 2 + 4 + 8 = 15 s */
	next_at(b, 1, &poor, &r);
	next_at(b, 3, &poor, &r);
	next_at(b, 7, &poor, &r);
	next_at(b, 15, &poor, &r);
	ck_assert_int_eq(balloon_state(b), BALLOON_ECANCELED);
	/* 180 s after the last progress, at 1 s */
	ck_assert_int_eq(balloon_boot(b, ns_from_s(180.9)),
			 BALLOON_BOOT_WAITS);
	ck_assert_int_eq(balloon_boot(b, ns_from_s(181)), BALLOON_BOOT_PANIC);
	config.pv = true;
	b = balloon_create(arena, &config, 0);
	balloon_target(b, 100);
	ck_assert_int_eq(balloon_boot(b, 0), BALLOON_BOOT_READY);
	arena_destroy(arena);
}
END_TEST

/*
 * Spread: 1000 of 2000 frames; each half of the RAM has half of them. The
 * count in the lower half is hypergeometric, sd = sqrt(1000/4 * 1000/1999)
 * = 11.2, so 500 +- 50 is 4.5 sd.
 */
START_TEST(test_spread_takes_from_everywhere)
{
	struct arena *arena = arena_create();
	struct balloon_config config = plain();
	struct balloon_request r;
	uint32_t low = 0;

	config.policy = BALLOON_SPREAD;

	struct balloon *b = balloon_create(arena, &config, 0);

	next_at(b, 0, &rich, &r);
	balloon_target(b, 1000);
	while (next_at(b, 1, &rich, &r) == BALLOON_DECREASE)
		balloon_done(b, r.count);
	for (uint64_t gpfn = 0; gpfn < 1000; gpfn++)
		low += balloon_has(b, gpfn);
	ck_assert_uint_ge(low, 450);
	ck_assert_uint_le(low, 550);
	/* to the last frame, where drawing at random no longer finds any */
	balloon_target(b, 0);
	while (next_at(b, 2, &rich, &r) == BALLOON_DECREASE)
		balloon_done(b, r.count);
	ck_assert_uint_eq(balloon_listed_pages(b), 2000);
	arena_destroy(arena);
}
END_TEST

/* The naive twin: an array of bools and an array as the list. */
struct twin {
	bool in[2000];
	uint32_t list[2000];
	uint32_t listed;
};

static uint64_t twin_gpfn(uint32_t index)
{
	return index < 1000 ? index : 4096 + index - 1000;
}

/* Takes count frames from the top and says what the hypercall should list. */
static void twin_shrink(struct twin *t, uint32_t count, uint64_t *gpfn)
{
	uint32_t taken[BALLOON_BATCH_MAX], n = 0;

	for (uint32_t i = 2000; i > 0 && n < count; i--)
		if (!t->in[i - 1]) {
			t->in[i - 1] = true;
			taken[n++] = i - 1;
		}
	for (uint32_t i = 0; i < n; i++) {
		gpfn[i] = twin_gpfn(taken[n - 1 - i]);
		t->list[t->listed++] = taken[n - 1 - i];
	}
}

START_TEST(test_top_agrees_with_the_naive_twin)
{
	struct arena *arena = arena_create();
	struct balloon *b = make(arena);
	struct twin t = {.listed = 0};
	struct rng rng;

	rng_init(&rng, (uint64_t)_i, RNG_TEST, 0);
	for (int step = 0; step < 300; step++) {
		struct balloon_request r;
		uint64_t want[BALLOON_BATCH_MAX];
		uint32_t done;

		balloon_target(b, rng_below(&rng, 2001));
		if (next_at(b, step * 20.0, &rich, &r) == BALLOON_SLEEP)
			continue;
		done = r.count;
		if (r.action == BALLOON_DECREASE) {
			twin_shrink(&t, r.count, want);
		} else {
			for (uint32_t i = 0; i < r.count; i++)
				want[i] = twin_gpfn(t.list[t.listed - 1 - i]);
			done = (uint32_t)rng_below(&rng, r.count + 1);
			for (uint32_t i = 0; i < done; i++)
				t.in[t.list[--t.listed]] = false;
		}
		ck_assert_mem_eq(r.gpfn, want, r.count * sizeof(want[0]));
		balloon_done(b, done);
		ck_assert_uint_eq(balloon_listed_pages(b), t.listed);
	}
	for (uint32_t i = 0; i < 2000; i++)
		ck_assert(balloon_has(b, twin_gpfn(i)) == t.in[i]);
	arena_destroy(arena);
}
END_TEST

/* Many chunks: 40 MiB + holes of full chunks are skipped, not walked. */
START_TEST(test_frames_over_many_chunks)
{
	static const struct balloon_range big[] = {{0, 5 * FRAMES_CHUNK}};
	struct arena *arena = arena_create();
	struct frames f;
	struct rng rng;

	rng_init(&rng, 1, RNG_TEST, 0);
	frames_init(&f, arena, big, 1);
	for (uint64_t i = 0; i < 3 * FRAMES_CHUNK + 5; i++) {
		uint64_t index = frames_pick_top(&f);

		ck_assert_uint_eq(index, 5 * FRAMES_CHUNK - 1 - i);
		frames_mark(&f, index);
		frames_push(&f, index);
	}
	frames_check(&f, 0);
	/* all but one frame marked: the draw must find it */
	for (uint64_t i = 0; i < 2 * FRAMES_CHUNK - 5; i++)
		if (i != 1000) {
			frames_mark(&f, i);
			frames_push(&f, i);
		}
	ck_assert_uint_eq(frames_pick_spread(&f, &rng), 1000);
	ck_assert_uint_eq(frames_pick_top(&f), 1000);
	frames_check(&f, 0);
	arena_destroy(arena);
}
END_TEST

/* Breaks B2 or B4 in a good object; the check must abort. */
START_TEST(test_check_bites)
{
	struct arena *arena = arena_create();
	struct frames f;

	frames_init(&f, arena, ram, 2);
	for (uint64_t i = 0; i < 3; i++) {
		frames_mark(&f, 1999 - i);
		frames_push(&f, 1999 - i);
	}
	frames_check(&f, 0);
	switch (_i) {
	case 0: /* a frame twice on the list */
		f.segment[0][0] = f.segment[0][1];
		break;
	case 1: /* marked, but not listed */
		frames_mark(&f, 0);
		break;
	case 2: /* a chunk's count */
		f.chunk[0]->marked++;
		break;
	case 3: /* the bound */
		f.bound = 10;
		break;
	default: /* listed, but another is marked */
		frames_unmark(&f, 1998);
		frames_mark(&f, 5);
	}
	frames_check(&f, 0);
}
END_TEST

START_TEST(test_balloon_check_bites)
{
	struct balloon *b = make(arena_create());

	balloon_check(b);
	switch (_i) {
	case 0: /* B1 */
		b->current_pages--;
		break;
	case 1: /* B3 */
		b->delay_s = 33;
		break;
	default: /* B3 */
		b->retry_count = 5;
	}
	balloon_check(b);
}
END_TEST

START_TEST(test_two_requests_at_once_abort)
{
	struct balloon *b = make(arena_create());
	struct balloon_request r;

	next_at(b, 0, &rich, &r);
	balloon_target(b, 100);
	next_at(b, 1, &rich, &r);
	next_at(b, 1, &rich, &r);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("balloon");
	TCase *tc = tcase_create("balloon");

	tcase_add_test(tc, test_done_sleeps_an_hour_and_wakes_at_a_target);
	tcase_add_test(tc, test_shrink_in_batches_from_the_top);
	tcase_add_test(tc, test_grow_takes_the_newest_batch_first);
	tcase_add_test(tc, test_refusals_back_off_then_give_up);
	tcase_add_test(tc, test_a_new_target_ends_the_wait);
	tcase_add_test(tc, test_no_credit_still_counts_retries);
	tcase_add_test(tc, test_a_short_kernel_gives_what_it_has);
	tcase_add_test(tc, test_the_reserve_ends_in_eagain);
	tcase_add_test(tc, test_an_empty_list_cancels);
	tcase_add_test(tc, test_hot_add_waits_a_second);
	tcase_add_test(tc, test_the_first_watch_fixes_the_offset);
	tcase_add_test(tc, test_boot_waits_and_panics);
	tcase_add_test(tc, test_spread_takes_from_everywhere);
	tcase_add_loop_test(tc, test_top_agrees_with_the_naive_twin, 0, 8);
	tcase_add_test(tc, test_frames_over_many_chunks);
	tcase_add_loop_test_raise_signal(tc, test_check_bites, SIGABRT, 0, 5);
	tcase_add_loop_test_raise_signal(tc, test_balloon_check_bites, SIGABRT,
					 0, 3);
	tcase_add_test_raise_signal(tc, test_two_requests_at_once_abort,
				    SIGABRT);
	suite_add_tcase(suite, tc);
	return suite;
}
