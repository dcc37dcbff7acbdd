#include "run/sweep.h"

#include "run/world.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { TRACE_EVENTS_MAX = 5000000 };

/* What the threads of one sweep share. */
struct shared {
	const struct sweep *sweep;
	struct outcome *outcome;
	uint32_t runs;
	atomic_uint next;   /* run to take */
	atomic_bool failed; /* take no more */
	pthread_mutex_t lock; /* of what follows */
	uint32_t done_count;
	uint32_t failed_run;
	struct err err;
};

uint32_t sweep_runs(const struct sweep *s)
{
	return s->case_count * s->set->count * s->seed_count;
}

uint32_t sweep_index(const struct sweep *s, uint32_t case_index,
		     uint32_t ops_index, uint32_t seed_index)
{
	return (case_index * s->set->count + ops_index) * s->seed_count +
	       seed_index;
}

static int run_one(const struct sweep *s, uint32_t run, struct outcome *outcome,
		   struct err *err)
{
	uint32_t seed_index = run % s->seed_count;
	uint32_t ops_index = run / s->seed_count % s->set->count;
	struct world_config config = {
		.scenario = s->scenario,
		.host = s->host,
		.case_index =
			s->case_first + run / s->seed_count / s->set->count,
		.seed = s->seed_first + seed_index,
		.ops = s->set->ops[ops_index],
		.class_ops = s->class_ops,
		.paranoid = s->paranoid,
		.sample_nodes = seed_index == 0,
		.trace = run == 0 ? s->trace : NULL,
		.trace_gzip = s->trace_gzip,
		.trace_events_max = TRACE_EVENTS_MAX,
	};
	struct arena *arena = arena_create();
	struct world *world = world_create(arena, &config, err);
	int rc = world ? world_run(world, err) : -1;

	if (rc == 0)
		outcome_take(outcome, world);
	arena_destroy(arena);
	return rc;
}

static void *work(void *shared)
{
	struct shared *sh = shared;
	uint32_t run;

	while (!atomic_load(&sh->failed) &&
	       (run = atomic_fetch_add(&sh->next, 1)) < sh->runs) {
		struct err err = {""};
		int rc = run_one(sh->sweep, run, &sh->outcome[run], &err);

		pthread_mutex_lock(&sh->lock);
		if (rc && run < sh->failed_run) {
			sh->failed_run = run;
			sh->err = err;
			atomic_store(&sh->failed, true);
		}
		sh->done_count++;
		if (sh->sweep->done)
			sh->sweep->done(sh->sweep->context, sh->done_count);
		pthread_mutex_unlock(&sh->lock);
	}
	return NULL;
}

int sweep_run(const struct sweep *sweep, struct outcome *outcome,
	      struct err *err)
{
	struct shared sh = {
		.sweep = sweep,
		.outcome = outcome,
		.runs = sweep_runs(sweep),
		.failed_run = UINT32_MAX,
	};
	pthread_t thread[SWEEP_THREADS_MAX];
	uint32_t started = 0;

	require(sweep->threads >= 1 && sweep->threads <= SWEEP_THREADS_MAX);
	pthread_mutex_init(&sh.lock, NULL);
	while (started + 1 < sweep->threads && started + 1 < sh.runs &&
	       pthread_create(&thread[started], NULL, work, &sh) == 0)
		started++;
	work(&sh);
	for (uint32_t i = 0; i < started; i++)
		pthread_join(thread[i], NULL);
	pthread_mutex_destroy(&sh.lock);
	if (sh.failed_run == UINT32_MAX)
		return 0;
	*err = sh.err;
	return -1;
}
