#include "des/des.h"

#include "base/err.h"
#include "des/pending.h"
#include "des/pending_naive.h"

struct des {
	int64_t now_ns;
	bool stopped;
	struct pending_naive *naive; /* NULL: the fast one */
	struct pending fast;
	uint64_t events_fired;
};

struct des *des_create(struct arena *arena, enum des_set set)
{
	struct des *des = arena_alloc(arena, sizeof(*des));

	require(set == DES_FAST || set == DES_NAIVE);
	if (set == DES_NAIVE)
		des->naive = naive_create(arena);
	else
		pending_init(&des->fast, arena);
	return des;
}

void des_reserve(struct des *des, size_t events)
{
	if (!des->naive)
		pending_reserve(&des->fast, events);
}

int64_t des_now_ns(const struct des *des)
{
	return des->now_ns;
}

const int64_t *des_now_pointer(const struct des *des)
{
	return &des->now_ns;
}

des_handle des_at(struct des *des, int64_t when_ns, des_fn *fn, void *object,
		  uint64_t arg)
{
	struct pending_event event = {.fn = fn, .object = object, .arg = arg};

	require(when_ns >= des->now_ns && when_ns < TIME_NEVER_NS);
	require(fn);
	if (des->naive)
		return naive_push(des->naive, when_ns, event);
	return pending_push(&des->fast, when_ns, event);
}

des_handle des_after(struct des *des, int64_t delay_ns, des_fn *fn,
		     void *object, uint64_t arg)
{
	require(delay_ns >= 0 && delay_ns < TIME_NEVER_NS - des->now_ns);
	return des_at(des, des->now_ns + delay_ns, fn, object, arg);
}

static bool handle_valid(const struct des *des, des_handle handle)
{
	if (des->naive)
		return naive_valid(des->naive, handle);
	return pending_valid(&des->fast, handle);
}

static bool handle_kept(const struct des *des, des_handle handle)
{
	if (des->naive)
		return naive_kept(des->naive, handle);
	return (handle & PENDING_KEPT) != 0;
}

static bool handle_armed(const struct des *des, des_handle handle)
{
	if (des->naive)
		return naive_armed(des->naive, handle);
	return pending_armed(&des->fast, handle);
}

static void handle_set(struct des *des, des_handle handle, int64_t when_ns)
{
	if (des->naive)
		naive_set(des->naive, handle, when_ns);
	else
		pending_set(&des->fast, handle, when_ns);
}

static void handle_unset(struct des *des, des_handle handle)
{
	if (des->naive)
		naive_unset(des->naive, handle);
	else
		pending_unset(&des->fast, handle);
}

bool des_cancel(struct des *des, des_handle event)
{
	if (!handle_valid(des, event))
		return false;
	require(!handle_kept(des, event)); /* a timer is not cancelled */
	handle_unset(des, event);
	return true;
}

bool des_move(struct des *des, des_handle event, int64_t when_ns)
{
	require(when_ns >= des->now_ns && when_ns < TIME_NEVER_NS);
	if (!handle_valid(des, event))
		return false;
	require(!handle_kept(des, event)); /* a timer is set, not moved */
	handle_set(des, event, when_ns);
	return true;
}

des_handle des_timer_create(struct des *des, des_fn *fn, void *object,
			    uint64_t arg)
{
	struct pending_event event = {.fn = fn, .object = object, .arg = arg};

	require(fn);
	if (des->naive)
		return naive_keep(des->naive, event);
	return pending_keep(&des->fast, event);
}

static void timer_require(const struct des *des, des_handle timer)
{
	require(handle_valid(des, timer) && handle_kept(des, timer));
}

void des_timer_set(struct des *des, des_handle timer, int64_t when_ns)
{
	timer_require(des, timer);
	if (when_ns == TIME_NEVER_NS)
		handle_unset(des, timer);
	else
		handle_set(des, timer,
			   when_ns > des->now_ns ? when_ns : des->now_ns);
}

void des_timer_stop(struct des *des, des_handle timer)
{
	timer_require(des, timer);
	handle_unset(des, timer);
}

bool des_timer_armed(const struct des *des, des_handle timer)
{
	timer_require(des, timer);
	return handle_armed(des, timer);
}

int64_t des_timer_when_ns(const struct des *des, des_handle timer)
{
	timer_require(des, timer);
	if (des->naive)
		return naive_when_ns(des->naive, timer);
	return pending_when_ns(&des->fast, timer);
}

void des_timer_destroy(struct des *des, des_handle timer)
{
	timer_require(des, timer);
	handle_unset(des, timer);
	if (des->naive)
		naive_free(des->naive, timer);
	else
		pending_free(&des->fast, (uint32_t)timer & PENDING_SLOT_MASK);
}

static inline void fire(struct des *des, int64_t when_ns,
			struct pending_event event)
{
	require(when_ns >= des->now_ns); /* D1 */
	des->now_ns = when_ns;
	des->events_fired++;
	event.fn(event.object, event.arg);
}

static bool step_naive(struct des *des, int64_t end_ns)
{
	struct pending_event event;
	int64_t when_ns;

	if (!naive_pop(des->naive, end_ns, &when_ns, &event))
		return false;
	fire(des, when_ns, event);
	return true;
}

/* The two sets apart, so that the fast one's event stays in registers. */
static inline bool step(struct des *des, int64_t end_ns)
{
	struct pending_event event;
	int64_t when_ns;

	if (des->stopped)
		return false;
	if (des->naive)
		return step_naive(des, end_ns);
	if (!pending_pop(&des->fast, end_ns, &when_ns, &event))
		return false;
	fire(des, when_ns, event);
	return true;
}

bool des_step(struct des *des, int64_t end_ns)
{
	require(end_ns >= des->now_ns);
	return step(des, end_ns);
}

void des_run(struct des *des, int64_t end_ns)
{
	require(end_ns >= des->now_ns);
	while (step(des, end_ns))
		;
	if (!des->stopped && end_ns != TIME_NEVER_NS)
		des->now_ns = end_ns;
}

void des_stop(struct des *des)
{
	des->stopped = true;
}

bool des_stopped(const struct des *des)
{
	return des->stopped;
}

int64_t des_next_ns(struct des *des)
{
	if (des->naive)
		return naive_next_ns(des->naive);
	uint64_t when = pending_first(&des->fast).when;

	return when == KEY_NEVER ? TIME_NEVER_NS : (int64_t)when;
}

uint64_t des_events_fired(const struct des *des)
{
	return des->events_fired;
}

size_t des_pending(const struct des *des)
{
	if (des->naive)
		return naive_count(des->naive);
	return des->fast.count;
}

void des_check(const struct des *des)
{
	if (des->naive) {
		require(naive_next_ns(des->naive) >= des->now_ns); /* D1 */
		return;
	}
	pending_check(&des->fast); /* D2 */
	/* In a callback the winner may be its own event, fired now. */
	require(des->fast.node[1].when >= (uint64_t)des->now_ns); /* D1 */
}
