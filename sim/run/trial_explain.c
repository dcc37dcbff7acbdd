/* trial_explain.c - why a heuristic picked what it did (trial_report.h). */
#include "run/trial_report.h"

#include "place/libxl_log.h"

#include <stdio.h>
#include <string.h>

enum { CANDIDATE_MAX = 256, LOG_MAX = 4096 };

struct notes {
	struct arena *arena;
	uint32_t count;
	struct trial_candidate *candidate; /* [CANDIDATE_MAX] */
};

static void note(void *arg, nodeset nodes, double score, const char *text)
{
	struct notes *n = arg;

	if (n->count < CANDIDATE_MAX)
		n->candidate[n->count++] = (struct trial_candidate){
			nodes, score, arena_strdup(n->arena, text)};
}

uint32_t trial_candidates(struct arena *arena, const struct trial *t,
			  const struct trial_candidate **candidate)
{
	struct notes n = {.arena = arena};

	*candidate = NULL;
	if (!t->asked || !t->ops->explain)
		return 0;
	n.candidate = arena_array(arena, CANDIDATE_MAX, sizeof(*n.candidate));
	t->ops->explain(&t->view->view, &t->request, note, &n);
	*candidate = n.candidate;
	return n.count;
}

struct log {
	struct arena *arena;
	uint32_t count;
	const char **line; /* [LOG_MAX] */
	struct libxl_candidate last;
};

static void add_line(struct log *log, const char *text)
{
	if (log->count < LOG_MAX)
		log->line[log->count++] = arena_strdup(log->arena, text);
}

static void log_candidate(void *arg, const struct libxl_candidate *c)
{
	struct log *log = arg;
	char text[160];

	snprintf(text, sizeof(text),
		 "New best NUMA placement candidate found: nr_nodes=%u, "
		 "nr_cpus=%u, nr_vcpus=%u, free_memkb=%llu",
		 c->node_count, c->cpus, c->vcpus,
		 (unsigned long long)libxl_log_free(c));
	add_line(log, text);
	log->last = *c;
}

uint32_t trial_log(struct arena *arena, const struct trial *t,
		   const char *const **line)
{
	struct log log = {.arena = arena};
	struct libxl_query query;
	char text[160];

	*line = NULL;
	if (!t->asked || strcmp(t->ops->name, "libxl") != 0)
		return 0;
	log.line = arena_array(arena, LOG_MAX, sizeof(*log.line));
	libxl_query_init(&query, &t->view->view, &t->request);
	libxl_log(&query, log_candidate, &log);
	if (log.count) {
		snprintf(text, sizeof(text),
			 "NUMA placement candidate with %u nodes, %u cpus and "
			 "%llu KB free selected", log.last.node_count,
			 log.last.cpus,
			 (unsigned long long)libxl_log_free(&log.last));
		add_line(&log, text);
	} else {
		add_line(&log, "NUMA placement failed, performance might be "
			       "affected");
	}
	*line = log.line;
	return log.count;
}

const char *trial_vcpus(struct arena *arena, const struct trial *t)
{
	const struct place_answer *a = &t->answer;
	const char *how = a->affinity == PLACE_HARD ? "on" : "prefer", *nodes;
	size_t size;
	char *text;

	if (!t->asked || (t->placed == PLACE_OK && t->vnode_count))
		return t->vnode_count ? "as vnuma=" : "as the file says";
	if (t->placed != PLACE_OK || a->affinity == PLACE_FREE)
		return "any";
	nodes = trial_nodes(arena, a->cpu_nodes);
	size = strlen(how) + strlen(nodes) + 2;
	text = arena_alloc(arena, size);
	snprintf(text, size, "%s %s", how, nodes);
	return text;
}
