#include "run/lab_step.h"

#include "base/units.h"

#include <stdio.h>
#include <string.h>

/* A comparison under way. */
struct comparison {
	const struct host_state *before, *after;
	const struct lab_create *create;
	const struct lab_answer *answer;
	struct lab_score *score;
	struct conform_result *result;
	bool agrees;
};

const char *lab_question_name(enum lab_question question)
{
	static const char *const names[LAB_QUESTIONS] = {
		[LAB_EXIT] = "exit status",
		[LAB_CANDIDATES] = "candidates",
		[LAB_FREE] = "free memory logged",
		[LAB_NODES] = "node affinity",
		[LAB_SOFT] = "soft affinity",
		[LAB_HARD] = "hard affinity",
	};

	return names[question];
}

/* Counts the question; the first difference of a step is kept. */
static void count(struct comparison *c, enum lab_question question, bool agrees,
		  const char *expected, const char *got)
{
	char key[CONFORM_KEY_MAX];

	c->score->asked[question]++;
	c->score->agreed[question] += agrees;
	if (agrees)
		return;
	c->agrees = false;
	if (c->result->key[0])
		return;
	snprintf(key, sizeof(key), "%.60s: %s", c->create->name,
		 lab_question_name(question));
	(void)conform_differs_text(c->result, key, expected, got);
}

/* --- placement's log --------------------------------------------------------------- */

static void put_candidate(char *text, size_t *used, uint32_t nodes,
			  uint32_t cpus, uint32_t vcpus)
{
	if (*used < CONFORM_TEXT_MAX)
		*used += (size_t)snprintf(text + *used, CONFORM_TEXT_MAX - *used,
					  "%s%u/%u/%u", *used ? " " : "", nodes,
					  cpus, vcpus);
}

/* nodes/CPUs/vCPUs of each, and the nodes and CPUs of the one selected. */
static void compare_candidates(struct comparison *c)
{
	const struct lab_create *create = c->create;
	const struct lab_log *log = &c->answer->log;
	char expected[CONFORM_TEXT_MAX] = "", got[CONFORM_TEXT_MAX] = "";
	size_t a = 0, b = 0;

	if (!log->asked && create->candidate_count == 0)
		return;
	for (uint32_t i = 0; i < create->candidate_count; i++)
		put_candidate(expected, &a, create->candidate[i].nr_nodes,
			      create->candidate[i].nr_cpus,
			      create->candidate[i].nr_vcpus);
	for (uint32_t i = 0; i < log->count; i++)
		put_candidate(got, &b, log->candidate[i].node_count,
			      log->candidate[i].cpus, log->candidate[i].vcpus);
	if (create->selected_given)
		put_candidate(expected, &a, create->selected.nr_nodes,
			      create->selected.nr_cpus, 0);
	if (log->found)
		put_candidate(got, &b, log->candidate[log->count - 1].node_count,
			      log->candidate[log->count - 1].cpus, 0);
	count(c, LAB_CANDIDATES,
	      create->candidate_count == log->count &&
		      create->selected_given == log->found &&
		      strcmp(expected, got) == 0,
	      expected, got);
}

/* May this free memory be what is logged of the candidate? Xen's own pages of
 * the new domain are on its nodes, or are not. */
static bool free_agrees(struct comparison *c,
			const struct libxl_candidate *candidate,
			uint64_t free_mib, bool *either)
{
	uint64_t high = candidate->free_memkb;
	uint64_t own = kib_from_pages(lab_xen_pages(&c->answer->config));
	uint64_t low = high > own ? high - own : 0;

	*either |= high / 1024 != low / 1024;
	return free_mib <= high / 1024 && free_mib >= low / 1024;
}

static void compare_free(struct comparison *c)
{
	const struct lab_log *log = &c->answer->log;
	const struct lab_create *create = c->create;
	char expected[32], got[32];
	bool either = false, agrees = true;
	uint32_t i;

	if (create->candidate_count == 0 ||
	    create->candidate_count != log->count)
		return;
	for (i = 0; i < log->count; i++) {
		agrees = free_agrees(c, &log->candidate[i],
				     create->candidate[i].free_mib, &either);
		if (!agrees)
			break;
	}
	if (agrees && create->selected_given)
		agrees = free_agrees(c, &log->candidate[--i],
				     create->selected.free_mib, &either);
	if (i == log->count)
		i--;
	snprintf(expected, sizeof(expected), "%llu",
		 (unsigned long long)create->candidate[i].free_mib);
	snprintf(got, sizeof(got), "%u", log->candidate[i].free_memkb / 1024);
	count(c, LAB_FREE, agrees, expected, got);
	c->score->free_either += agrees && either;
}

/* --- what Xen holds of the guest afterwards ----------------------------------------- */

/* The domain made last of that name. */
static const struct host_state_domain *made(const struct comparison *c)
{
	for (uint32_t d = c->after->domain_count; d-- > 0;)
		if (strcmp(c->after->domain[d].name, c->create->name) == 0)
			return &c->after->domain[d];
	return NULL;
}

static void compare_nodes(struct comparison *c,
			  const struct host_state_domain *d)
{
	struct conform_result texts;
	nodeset expected = d->node_affinity & host_state_online(c->after);

	(void)conform_differs_nodes(&texts, "", expected, c->answer->nodes);
	count(c, LAB_NODES, expected == c->answer->nodes, texts.expected,
	      texts.got);
}

static void compare_masks(struct comparison *c, enum lab_question question,
			  const struct host_state_domain *d)
{
	const struct lab_affinity *a = &c->answer->affinity;
	cpuset cpus = host_state_cpus(c->after);
	struct conform_result texts;
	bool agrees = d->vcpu_count == a->vcpu_count;

	(void)conform_differs(&texts, "", d->vcpu_count, a->vcpu_count);
	for (uint32_t v = 0; agrees && v < a->vcpu_count; v++) {
		const cpuset *got = question == LAB_SOFT ? &a->soft[v]
							 : &a->hard[v];
		cpuset expected = cpuset_and(question == LAB_SOFT
						     ? &d->vcpu[v].soft
						     : &d->vcpu[v].hard,
					     &cpus);

		agrees = cpuset_equal(&expected, got);
		if (!agrees)
			(void)conform_differs_cpus(&texts, "", &expected, got);
	}
	count(c, question, agrees, texts.expected, texts.got);
}

bool lab_step_compare(struct arena *arena, const struct host_state *before,
		      const struct lab_create *create,
		      const struct host_state *after,
		      const struct lab_how *how, struct lab_score *score,
		      struct conform_result *result)
{
	struct lab_answer *answer = arena_alloc(arena, sizeof(*answer));
	struct comparison c = {before, after, create, answer, score, result,
			       true};
	char expected[CONFORM_TEXT_MAX], got[CONFORM_TEXT_MAX];

	lab_answer(arena, before, create->config, how, answer);
	snprintf(expected, sizeof(expected), "%u", create->rc);
	snprintf(got, sizeof(got), "%u%s%.200s", answer->rc,
		 answer->why ? ": " : "", answer->why ? answer->why : "");
	count(&c, LAB_EXIT, answer->rc == create->rc, expected, got);
	if (!how->libxl_fixed) {
		compare_candidates(&c);
		compare_free(&c);
	}

	const struct host_state_domain *d = create->rc == 0 ? made(&c) : NULL;

	if (d && answer->rc == 0) {
		compare_nodes(&c, d);
		compare_masks(&c, LAB_SOFT, d);
		compare_masks(&c, LAB_HARD, d);
	}
	return c.agrees;
}
