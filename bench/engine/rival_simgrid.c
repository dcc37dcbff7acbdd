/*
 * rival_simgrid.c - SimGrid as a contender: actors (coroutines), C interface.
 *
 * MODEL   rival.h. hold: one actor per pending event, in a loop around
 *         sg_actor_sleep_for(). mm1: an actor for arrivals, one for the server,
 *         and a semaphore between them. Time there is a double in seconds, so
 *         no checksum is given; its sharing of time among actors that wake
 *         within 10 us of each other is its own.
 *
 * LEFT OUT  move: what sleeps cannot be told to sleep longer.
 *
 * TESTS   bench/test/check_bench_engine.c runs the line protocol
 */
#include "bench/engine/rival.h"

#include <simgrid/actor.h>
#include <simgrid/engine.h>
#include <simgrid/host.h>
#include <simgrid/semaphore.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* An actor's stack is resident memory: 10 KB each, and two mappings. */
enum { PENDING_MAX = 10000 };

struct model {
	struct rival_run run;
	struct rng services, arrivals;
	sg_sem_t line;
	double before_bytes;
	uint64_t pending;
	bool mm1;
};

static int64_t thread_ns(void *state)
{
	struct timespec t;

	(void)state;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static double resident_bytes(void)
{
	unsigned long total = 0, resident = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	if (file && fscanf(file, "%lu %lu", &total, &resident) != 2)
		resident = 0;
	if (file)
		fclose(file);
	return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static void finish(const struct model *m)
{
	double bytes = resident_bytes() - m->before_bytes;

	printf("%.3f -", rival_ns(&m->run));
	if (!m->mm1 && m->pending >= 1000)
		printf(" %.1f\n", bytes / (double)m->pending);
	else
		printf(" -\n");
	fflush(stdout);
	_exit(0);
}

static int64_t now_ns(void)
{
	return (int64_t)(simgrid_get_clock() * 1e9);
}

static void sleep_ns(int64_t step_ns)
{
	sg_actor_sleep_for((double)step_ns / 1e9);
}

static void hold_actor(int argc, char *argv[])
{
	struct model *m = sg_actor_get_data(sg_actor_self());

	(void)argc;
	(void)argv;
	for (;;) {
		sleep_ns(rival_step_ns(&m->services, 1));
		if (rival_fired(&m->run, now_ns()))
			finish(m);
	}
}

static void arrival_actor(int argc, char *argv[])
{
	struct model *m = sg_actor_get_data(sg_actor_self());

	(void)argc;
	(void)argv;
	for (;;) {
		sg_sem_release(m->line);
		sleep_ns(rival_step_ns(&m->arrivals, 1));
	}
}

static void server_actor(int argc, char *argv[])
{
	struct model *m = sg_actor_get_data(sg_actor_self());

	(void)argc;
	(void)argv;
	for (;;) {
		sg_sem_acquire(m->line);
		sleep_ns(rival_step_ns(&m->services, RIVAL_RHO));
		if (rival_fired(&m->run, now_ns()))
			finish(m);
	}
}

/* One host. The C interface takes platforms from files only. */
static void platform_load(void)
{
	static const char platform[] =
		"<?xml version='1.0'?>\n"
		"<!DOCTYPE platform SYSTEM "
		"\"https://simgrid.org/simgrid.dtd\">\n"
		"<platform version='4.1'><zone id='zone' routing='Full'>"
		"<host id='host' speed='1Gf'/></zone></platform>\n";
	char path[] = "/tmp/rival-simgrid-XXXXXX.xml";
	int fd = mkstemps(path, 4);

	if (fd < 0 || write(fd, platform, sizeof(platform) - 1) !=
			      (ssize_t)sizeof(platform) - 1) {
		puts("skipped: no platform file can be written to /tmp");
		exit(0);
	}
	close(fd);
	simgrid_load_platform(path);
	unlink(path);
}

static void actor_start(struct model *m, const char *name, sg_host_t host,
			xbt_main_func_t body)
{
	sg_actor_t actor = sg_actor_init(name, host);

	sg_actor_set_data(actor, m);
	sg_actor_start(actor, body, 0, NULL);
}

static void actors_start(struct model *m)
{
	sg_host_t host = sg_host_by_name("host");

	m->before_bytes = resident_bytes();
	if (m->mm1) {
		m->line = sg_sem_init(0);
		actor_start(m, "arrivals", host, arrival_actor);
		actor_start(m, "server", host, server_actor);
		return;
	}
	for (uint64_t i = 0; i < m->pending; i++)
		actor_start(m, "holder", host, hold_actor);
}

int main(int argc, char **argv)
{
	static struct model m;

	if (argc != 4) {
		fprintf(stderr, "usage: %s MODEL PENDING COUNT\n", argv[0]);
		return 2;
	}
	const char *name = argv[1];
	uint64_t count = strtoull(argv[3], NULL, 10);

	m.pending = strtoull(argv[2], NULL, 10);
	m.mm1 = !strcmp(name, "mm1");
	if (!m.mm1 && strcmp(name, "hold")) {
		puts("skipped: a sleeping actor cannot be moved");
		return 0;
	}
	if (m.pending > PENDING_MAX) {
		printf("skipped: more than %d actors\n", PENDING_MAX);
		return 0;
	}
	int engine_argc = 1;

	simgrid_init(&engine_argc, argv);
	platform_load();
	m.services = rival_stream(0);
	m.arrivals = rival_stream(1);
	rival_run_init(&m.run, m.mm1 ? 0 : m.pending, count, thread_ns, NULL);
	actors_start(&m);
	simgrid_run();
	puts("skipped: the simulation ended by itself");
	return 0;
}
