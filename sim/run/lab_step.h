/*
 * lab_step.h - one recorded creation, asked of the model with the host as the
 *              step before left it.
 *
 * RULE    Each creation is asked up to six questions. A question is asked where
 *         the recording has an answer:
 *
 *           exit       exit status of `xl create`
 *           candidates placement's log: nodes, CPUs, vCPUs of each new best
 *           free       free memory of each of those, MiB as logged
 *           nodes      the domain's node affinity
 *           soft       soft affinity of each vCPU
 *           hard       hard affinity of each vCPU
 *
 *         The snapshot that placement takes lacks Xen's pages for the new
 *         domain (facts/xen.md 4.10). On which node they are the recording does
 *         not say, so where they decide which of two MiB is logged, either is
 *         right; such answers are counted.
 *
 * UNITS   free memory in MiB, rounded down, as libxl logs it.
 *
 * TESTS   sim/test/check_conform_lab.c
 */
#ifndef RUN_LAB_STEP_H
#define RUN_LAB_STEP_H

#include "run/conform.h"
#include "run/lab_place.h"
#include "run/lab_record.h"

enum lab_question {
	LAB_EXIT,
	LAB_CANDIDATES,
	LAB_FREE,
	LAB_NODES,
	LAB_SOFT,
	LAB_HARD,
	LAB_QUESTIONS,
};

struct lab_score {
	uint64_t asked[LAB_QUESTIONS], agreed[LAB_QUESTIONS];
	uint64_t free_either; /* of LAB_FREE: either of two MiB was right */
};

const char *lab_question_name(enum lab_question question);

/* What the model says of a creation on a host. */
struct lab_answer {
	struct lab_config config;
	uint32_t rc;
	const char *why;
	struct lab_log log;
	struct lab_affinity affinity; /* if rc is 0 */
	nodeset nodes;                /* node affinity, if rc is 0 */
	uint64_t first_on[NODE_MAX];  /* lab_first_pages() by node */
};

/* Pages a new domain takes before placement: round the nodes that have free
 * memory, from the one after node 0. */
void lab_first_deal(const struct host_state *state, uint64_t pages,
		    uint64_t on[NODE_MAX]);

struct lab_how {
	bool libxl_fixed; /* nodes by libxl-fixed; the log is not compared */
	bool claim_mode;
};

void lab_answer(struct arena *arena, const struct host_state *before,
		const char *text, const struct lab_how *how,
		struct lab_answer *answer);

/*
 * Asks all questions about one creation. The first that differs goes into
 * result (key, expected, got) unless one is there already. True if all agree.
 */
bool lab_step_compare(struct arena *arena, const struct host_state *before,
		      const struct lab_create *create,
		      const struct host_state *after,
		      const struct lab_how *how, struct lab_score *score,
		      struct conform_result *result);

#endif
