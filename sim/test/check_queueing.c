/*
 * check_queueing.c - the event loop, the random variables and the statistics
 * together must give the means that queueing theory gives.
 *
 * Customers come one by one, with exponential gaps of mean 1/lambda, to c
 * servers; a service takes S with mean E S = 1 ms. rho = lambda E S / c.
 *
 *   M/M/c     a = lambda E S. Erlang C, the odds of having to wait:
 *             C = (a^c/c!) / ((1 - rho) sum_{k<c} a^k/k! + a^c/c!)
 *             mean wait  Wq = C E S / (c (1 - rho))
 *             (c = 1: C = rho, Wq = rho E S / (1 - rho))
 *   M/G/1     Pollaczek and Khinchine: Wq = rho (1 + cv^2) E S / (2 (1 - rho))
 *   M/G/1-PS  all present share the server: L = rho / (1 - rho), whatever the
 *             distribution of S
 *   all       number in system L = lambda (Wq + E S), by Little
 *
 * The 99 % interval of batch means must hold the theoretical value, and must be
 * narrow enough to mean something. Seeds are fixed: a test passes or fails for
 * good.
 */
#include "base/arena.h"
#include "base/batch.h"
#include "base/dist.h"
#include "base/err.h"
#include "base/timeavg.h"
#include "des/des.h"
#include "test/test.h"

#include <math.h>

#define SERVICE_NS 1e6
#define WIDTH_MAX 0.12 /* half an interval over its mean */

enum { PRESENT_MAX = 4096, WINDOW_SERVICES = 50 };

struct queue_case {
	const char *name;
	uint32_t servers;
	double rho;
	enum dist_kind kind;
	double cv;
	uint32_t customers;
};

static const struct queue_case cases[] = {
	{"M/M/1 at 0.5", 1, 0.5, DIST_EXPONENTIAL, 1, 300000},
	{"M/M/1 at 0.9", 1, 0.9, DIST_EXPONENTIAL, 1, 600000},
	{"M/M/3 at 0.5", 3, 0.5, DIST_EXPONENTIAL, 1, 300000},
	{"M/M/3 at 0.9", 3, 0.9, DIST_EXPONENTIAL, 1, 600000},
	{"M/D/1 at 0.5", 1, 0.5, DIST_CONSTANT, 0, 300000},
	{"M/D/1 at 0.9", 1, 0.9, DIST_CONSTANT, 0, 600000},
	{"M/H2/1 at 0.5", 1, 0.5, DIST_HYPEREXPONENTIAL, 2, 300000},
	{"M/H2/1 at 0.9", 1, 0.9, DIST_HYPEREXPONENTIAL, 2, 1000000},
};

static const struct queue_case shared_cases[] = {
	{"M/M/1-PS at 0.5", 1, 0.5, DIST_EXPONENTIAL, 1, 300000},
	{"M/M/1-PS at 0.9", 1, 0.9, DIST_EXPONENTIAL, 1, 600000},
	{"M/D/1-PS at 0.9", 1, 0.9, DIST_CONSTANT, 0, 600000},
	{"M/H2/1-PS at 0.9", 1, 0.9, DIST_HYPEREXPONENTIAL, 2, 600000},
};

enum {
	CASE_COUNT = sizeof(cases) / sizeof(*cases),
	SHARED_COUNT = sizeof(shared_cases) / sizeof(*shared_cases),
};

/* A station of either kind. What waits is a ring, what shares an array. */
struct station {
	struct des *des;
	const struct queue_case *c;
	struct dist gap, service;
	struct rng gap_rng, service_rng;
	uint32_t arrived_count;
	uint32_t present_count;
	struct timeavg window; /* of present_count, since the last window */
	struct batch waits;    /* ms, of each customer */
	struct batch present;  /* of each window */

	/* first come, first served */
	uint32_t busy_count;
	uint32_t ring_head, ring_count;
	int64_t ring_ns[PRESENT_MAX]; /* when each came */

	/* shared: a customer leaves when progress_ns reaches his mark */
	des_handle next_leave;
	int64_t advanced_ns; /* progress_ns is of this time */
	double progress_ns;  /* service that each present one has had */
	double mark_ns[PRESENT_MAX];
};

static struct dist service_dist(const struct queue_case *c)
{
	double parameter[] = {SERVICE_NS, c->cv};
	struct dist dist;
	struct err err;

	ck_assert_int_eq(dist_make(&dist, c->kind, parameter, &err), 0);
	return dist;
}

static void station_init(struct station *s, struct des *des,
			 const struct queue_case *c, uint64_t seed)
{
	*s = (struct station){.des = des, .c = c};
	s->gap = dist_exponential(SERVICE_NS / c->rho / c->servers);
	s->service = service_dist(c);
	rng_init(&s->gap_rng, seed, RNG_ARRIVAL, 0);
	rng_init(&s->service_rng, seed, RNG_WORKLOAD, 0);
	timeavg_init(&s->window, 0, 0);
	batch_init(&s->waits, c->customers / 10);
	double windows = c->customers / c->rho / c->servers / WINDOW_SERVICES;

	batch_init(&s->present, (uint64_t)(windows / 10));
}

static void present_changes(struct station *s, int by)
{
	s->present_count += (uint32_t)by;
	timeavg_add(&s->window, des_now_ns(s->des), by);
}

/* des_fn: the end of a window. The last customer ends the run. */
static void window_ends(void *object, uint64_t arg)
{
	struct station *s = object;
	int64_t now_ns = des_now_ns(s->des);

	(void)arg;
	batch_add(&s->present, timeavg_mean(&s->window, now_ns));
	timeavg_restart(&s->window, now_ns);
	if (s->arrived_count < s->c->customers)
		des_after(s->des, WINDOW_SERVICES * (int64_t)SERVICE_NS,
			  window_ends, s, 0);
}

static void next_arrival(struct station *s, des_fn *arrives)
{
	if (++s->arrived_count <= s->c->customers)
		des_after(s->des, dist_sample_ns(&s->gap, &s->gap_rng), arrives,
			  s, 0);
}

/* --- first come, first served -------------------------------------------- */

static void leaves(void *object, uint64_t arg);

static void begin_service(struct station *s, int64_t came_ns)
{
	int64_t wait_ns = des_now_ns(s->des) - came_ns;

	batch_add(&s->waits, (double)wait_ns / SERVICE_NS);
	des_after(s->des, dist_sample_ns(&s->service, &s->service_rng), leaves,
		  s, 0);
}

static void arrives(void *object, uint64_t arg)
{
	struct station *s = object;
	int64_t now_ns = des_now_ns(s->des);

	(void)arg;
	present_changes(s, 1);
	next_arrival(s, arrives);
	if (s->busy_count < s->c->servers) {
		s->busy_count++;
		begin_service(s, now_ns);
		return;
	}
	ck_assert_uint_lt(s->ring_count, PRESENT_MAX);
	s->ring_ns[(s->ring_head + s->ring_count++) % PRESENT_MAX] = now_ns;
}

static void leaves(void *object, uint64_t arg)
{
	struct station *s = object;

	(void)arg;
	present_changes(s, -1);
	if (s->ring_count == 0) {
		s->busy_count--;
		return;
	}
	int64_t came_ns = s->ring_ns[s->ring_head];

	s->ring_head = (s->ring_head + 1) % PRESENT_MAX;
	s->ring_count--;
	begin_service(s, came_ns);
}

/* --- shared -------------------------------------------------------------- */

static uint32_t first_to_leave(const struct station *s)
{
	uint32_t first = 0;

	for (uint32_t i = 1; i < s->present_count; i++)
		if (s->mark_ns[i] < s->mark_ns[first])
			first = i;
	return first;
}

/* Each of n present ones gets 1/n of the time that has passed. */
static void advance(struct station *s)
{
	int64_t now_ns = des_now_ns(s->des);

	if (s->present_count)
		s->progress_ns += (double)(now_ns - s->advanced_ns) /
				  s->present_count;
	s->advanced_ns = now_ns;
}

static void set_next_leave(struct station *s)
{
	if (s->present_count == 0) {
		des_timer_stop(s->des, s->next_leave);
		return;
	}
	double rest_ns = s->mark_ns[first_to_leave(s)] - s->progress_ns;
	double delay_ns = rest_ns * s->present_count + 0.5;

	des_timer_set(s->des, s->next_leave,
		      des_now_ns(s->des) +
			      (delay_ns > 0 ? (int64_t)delay_ns : 0));
}

static void shared_arrives(void *object, uint64_t arg)
{
	struct station *s = object;

	(void)arg;
	advance(s);
	ck_assert_uint_lt(s->present_count, PRESENT_MAX);
	s->mark_ns[s->present_count] =
		s->progress_ns + dist_sample(&s->service, &s->service_rng);
	present_changes(s, 1);
	next_arrival(s, shared_arrives);
	set_next_leave(s);
}

static void shared_leaves(void *object, uint64_t arg)
{
	struct station *s = object;

	(void)arg;
	advance(s);
	uint32_t first = first_to_leave(s);

	present_changes(s, -1);
	s->mark_ns[first] = s->mark_ns[s->present_count];
	set_next_leave(s);
}

/* --- the tests ----------------------------------------------------------- */

static void run(struct station *s, const struct queue_case *c,
		enum des_set set, uint64_t seed)
{
	struct arena *arena = arena_create();
	struct des *des = des_create(arena, set);

	station_init(s, des, c, seed);
	des_after(des, WINDOW_SERVICES * (int64_t)SERVICE_NS, window_ends, s,
		  0);
	next_arrival(s, arrives);
	des_run(des, TIME_NEVER_NS);
	ck_assert_uint_eq(s->present_count, 0);
	batch_check(&s->waits);
	arena_destroy(arena);
}

static void must_hold(const char *name, const char *what,
		      const struct batch *b, double theory)
{
	struct interval i = batch_interval(b, 0.99);

	ck_assert_msg(fabs(i.mean - theory) <= i.half,
		      "%s: %s is %.4f +- %.4f; theory says %.4f", name, what,
		      i.mean, i.half, theory);
	ck_assert_msg(i.half <= WIDTH_MAX * theory,
		      "%s: %s +- %.4f is too wide for %.4f", name, what, i.half,
		      theory);
}

/* Erlang C as above; for one server it is rho. */
static double odds_of_waiting(uint32_t servers, double rho)
{
	double a = rho * servers, term = 1, sum = 0;

	for (uint32_t k = 0; k < servers; k++) {
		sum += term;
		term *= a / (k + 1);
	}
	return term / ((1 - rho) * sum + term);
}

/* In units of E S. */
static double mean_wait(const struct queue_case *c)
{
	if (c->servers > 1)
		return odds_of_waiting(c->servers, c->rho) /
		       (c->servers * (1 - c->rho));
	return c->rho * (1 + c->cv * c->cv) / (2 * (1 - c->rho));
}

START_TEST(test_first_come_first_served)
{
	static struct station s;
	const struct queue_case *c = &cases[_i];
	double wait = mean_wait(c);

	run(&s, c, DES_FAST, 1);
	must_hold(c->name, "wait", &s.waits, wait);
	must_hold(c->name, "number present", &s.present,
		  c->rho * c->servers * (wait + 1));
}
END_TEST

START_TEST(test_shared_server)
{
	static struct station s;
	const struct queue_case *c = &shared_cases[_i];
	struct arena *arena = arena_create();
	struct des *des = des_create(arena, DES_FAST);

	station_init(&s, des, c, 1);
	s.next_leave = des_timer_create(des, shared_leaves, &s, 0);
	des_after(des, WINDOW_SERVICES * (int64_t)SERVICE_NS, window_ends, &s,
		  0);
	next_arrival(&s, shared_arrives);
	des_run(des, TIME_NEVER_NS);
	ck_assert_uint_eq(s.present_count, 0);
	must_hold(c->name, "number present", &s.present,
		  c->rho / (1 - c->rho));
	arena_destroy(arena);
}
END_TEST

/* Theory itself, against numbers worked out by hand: c = 3, rho = 1/2, a = 3/2:
 * a^3/3! = 9/16; sum = 1 + 3/2 + 9/8 = 29/8; C = (9/16) / (29/16 + 9/16) = 9/38;
 * Wq = 9/38 / (3/2) = 3/19. */
START_TEST(test_formulas_by_hand)
{
	ck_assert_double_eq_tol(odds_of_waiting(3, 0.5), 9.0 / 38, 1e-15);
	ck_assert_double_eq_tol(mean_wait(&cases[2]), 3.0 / 19, 1e-15);
	ck_assert_double_eq_tol(odds_of_waiting(1, 0.9), 0.9, 1e-15);
	ck_assert_double_eq_tol(mean_wait(&cases[1]), 9, 1e-12);
	ck_assert_double_eq_tol(mean_wait(&cases[5]), 4.5, 1e-12);
	ck_assert_double_eq_tol(mean_wait(&cases[7]), 22.5, 1e-12);
}
END_TEST

/* Both pending sets give the same run, so the same mean to the last bit. */
START_TEST(test_pending_sets_agree)
{
	static struct station fast, naive;

	run(&fast, &cases[2], DES_FAST, 5);
	run(&naive, &cases[2], DES_NAIVE, 5);
	struct interval a = batch_interval(&fast.waits, 0.99);
	struct interval b = batch_interval(&naive.waits, 0.99);

	ck_assert(a.mean == b.mean && a.half == b.half);
	ck_assert(a.mean > 0);
}
END_TEST

/* The same seed, a busier server: the very same customers, so every wait is at
 * least as long (common random numbers) and its mean longer. */
START_TEST(test_streams_do_not_shift)
{
	static struct station few, many;
	struct queue_case c = cases[3];

	c.customers = 100000;
	run(&few, &c, DES_FAST, 9);
	struct queue_case busier = c;

	busier.rho = 0.95;
	run(&many, &busier, DES_FAST, 9);
	ck_assert_double_gt(batch_interval(&many.waits, 0.9).mean,
			    batch_interval(&few.waits, 0.9).mean);
	/* As many draws from each stream, whatever the order of events. */
	ck_assert_uint_eq(rng_u64(&few.gap_rng), rng_u64(&many.gap_rng));
	ck_assert_uint_eq(rng_u64(&few.service_rng),
			  rng_u64(&many.service_rng));
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("queueing");
	TCase *tc = tcase_create("queueing");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_formulas_by_hand);
	tcase_add_loop_test(tc, test_first_come_first_served, 0, CASE_COUNT);
	tcase_add_loop_test(tc, test_shared_server, 0, SHARED_COUNT);
	tcase_add_test(tc, test_pending_sets_agree);
	tcase_add_test(tc, test_streams_do_not_shift);
	suite_add_tcase(suite, tc);
	return suite;
}
