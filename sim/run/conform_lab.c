#include "run/conform_lab.h"

#include "run/lab_mem_set.h"
#include "run/lab_parts.h"
#include "run/lab_race.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOTES_MAX = 64 }; /* single mem-sets that are reported */

/* A file under way. */
struct lab {
	struct conform_options options;
	struct arena *machine_arena; /* boot, and the model's own machine */
	struct arena *before_arena;  /* of the line before; NULL: it is boot */
	bool booted;
	struct lab_boot boot;
	const struct host_state *before;
	struct lab_score score;
	struct lab_sequence sequence; /* .machine NULL: cannot be booted */
	struct err no_machine;
	uint64_t races, races_possible;
	uint64_t mem_sets;
	uint64_t mem_set_wrong, mem_set_pages; /* over all */
	json_t *mem_set_notes;
};

bool conform_lab_is(const json_t *record)
{
	return json_is_string(json_object_get(record, "run")) &&
	       json_is_string(json_object_get(record, "action")) &&
	       json_is_object(json_object_get(record, "after"));
}

static void *open_lab(const struct conform_options *options)
{
	struct lab *lab = calloc(1, sizeof(*lab));

	require(lab != NULL);
	lab->options = *options;
	lab->mem_set_notes = json_object();
	return lab;
}

void conform_lab_measured(const void *state, struct lab_score *score,
			  struct lab_sequence *sequence)
{
	const struct lab *lab = state;

	if (score)
		*score = lab->score;
	if (sequence)
		*sequence = lab->sequence;
}

/* --- one line -------------------------------------------------------------------------- */

static void close_machine(struct lab *lab)
{
	if (lab->sequence.machine)
		lab_guest_destroy_all(lab->sequence.machine);
	lab->sequence.machine = NULL;
	arena_destroy(lab->machine_arena);
}

/* A machine anew, whatever was before. */
static int boot(struct lab *lab, const json_t *record, struct err *err)
{
	struct lab_step step;

	arena_destroy(lab->before_arena);
	lab->before_arena = NULL;
	close_machine(lab);
	lab->machine_arena = arena_create();
	lab->booted = false;
	lab->boot = (struct lab_boot){0};
	lab->before = NULL;
	if (lab_read_boot(lab->machine_arena, record, &lab->boot, err) ||
	    lab_read_step(lab->machine_arena, &lab->boot, record, "", 0, &step,
			  err))
		return -1;
	lab->sequence.machine = lab_machine_boot(lab->machine_arena, &lab->boot,
						 step.after, &lab->no_machine);
	lab->before = step.after;
	lab->booted = true;
	return 0;
}

static bool compare_creation(struct lab *lab, struct arena *scratch,
			     const struct lab_step *step,
			     struct conform_result *result)
{
	struct lab_how how = {lab->options.libxl_fixed, step->claim_mode};

	return lab_step_compare(scratch, lab->before, &step->create[0],
				step->after, &how, &lab->score, result);
}

static bool compare_race(struct lab *lab, struct arena *scratch,
			 const struct lab_step *step,
			 struct conform_result *result)
{
	struct lab_race race;

	lab_race_compare(scratch, lab->before, step->create, step->after,
			 step->claim_mode, &race);
	lab->races++;
	lab->races_possible += race.possible;
	if (!race.possible)
		(void)conform_differs_text(result, "outcome of two at once",
					   race.recorded, race.first);
	return race.possible;
}

static void compare_mem_set(struct lab *lab, struct arena *scratch,
			    const struct lab_step *step)
{
	struct lab_mem_set out;
	char key[32], text[64];

	if (step->rc != 0 ||
	    !lab_mem_set_compare(scratch, lab->before, step, &out))
		return;
	lab->mem_sets++;
	lab->mem_set_wrong += out.wrong_pages;
	lab->mem_set_pages += out.pages;
	snprintf(key, sizeof(key), "mem-set, step %u", step->step);
	snprintf(text, sizeof(text), "%llu of %llu pages on another node",
		 (unsigned long long)out.wrong_pages,
		 (unsigned long long)out.pages);
	if (json_object_size(lab->mem_set_notes) < NOTES_MAX)
		json_object_set_new(lab->mem_set_notes, key,
				    json_string(text));
}

static void compare(struct lab *lab, struct arena *scratch,
		    const struct lab_step *step, struct conform_result *result)
{
	result->agrees = result->modelled = true;
	if (step->action == LAB_CREATE) {
		result->is_case = true;
		result->agrees = compare_creation(lab, scratch, step, result);
	} else if (step->action == LAB_RACE) {
		result->is_case = true;
		result->modelled = step->create_count == 2;
		if (result->modelled && !lab->options.libxl_fixed)
			result->agrees = compare_race(lab, scratch, step,
						      result);
		else
			snprintf(result->key, sizeof(result->key), "race");
	} else if (step->action == LAB_MEM_SET) {
		compare_mem_set(lab, scratch, step);
	}
}

static int replay(void *state, const json_t *record,
		  struct conform_result *result, struct err *err)
{
	struct lab *lab = state;
	const char *action =
		json_string_value(json_object_get(record, "action"));
	struct lab_step step;

	conform_begin(result);
	result->modelled = result->agrees = true;
	if (action && strcmp(action, "topology") == 0)
		return boot(lab, record, err);
	if (!lab->booted)
		return err_set(err, "action: '%.40s' before the topology; a "
			       "recording begins with it",
			       action ? action : "");

	struct arena *own = arena_create(), *scratch;
	int rc = lab_read_step(own, &lab->boot, record, "", 0, &step, err);

	if (rc == 0 && step.after->node_count != lab->before->node_count)
		rc = err_set(err, "after: %u nodes; %u, as at boot",
			     step.after->node_count, lab->before->node_count);
	if (rc != 0) {
		arena_destroy(own);
		return rc;
	}
	scratch = arena_create();
	snprintf(result->id, sizeof(result->id), "step %u", step.step);
	compare(lab, scratch, &step, result);
	if (!lab->options.libxl_fixed && lab->sequence.machine)
		lab_sequence_step(&lab->sequence, scratch, &step);
	if (lab->options.paranoid && lab->sequence.machine)
		lab_machine_check(lab->sequence.machine);
	arena_destroy(scratch);
	arena_destroy(lab->before_arena);
	lab->before_arena = own;
	lab->before = step.after;
	return 0;
}

/* --- what else was measured ---------------------------------------------------------- */

static void note(json_t *notes, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void note(json_t *notes, const char *key, const char *format, ...)
{
	char text[CONFORM_TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	json_object_set_new(notes, key, json_string(text));
}

static void note_questions(const struct lab *lab, json_t *notes)
{
	const struct lab_score *score = &lab->score;

	for (enum lab_question q = 0; q < LAB_QUESTIONS; q++)
		if (score->asked[q])
			note(notes, lab_question_name(q), "%" PRIu64 "/%" PRIu64,
			     score->agreed[q], score->asked[q]);
	if (score->free_either)
		note(notes, "free memory logged, either of two MiB",
		     "%" PRIu64 " of those", score->free_either);
	if (lab->races)
		note(notes, "two at once, possible outcomes",
		     "%" PRIu64 "/%" PRIu64, lab->races_possible, lab->races);
}

static void note_sequence(const struct lab_sequence *s, json_t *notes)
{
	note(notes, "from boot, exit status", "%" PRIu64 "/%" PRIu64,
	     s->exit_agreed, s->exit_asked);
	note(notes, "from boot, pages per node",
	     "of %" PRIu64 " guests %" PRIu64 " exact, %" PRIu64
	     " within 64 pages, %" PRIu64 " within 1 %%",
	     s->creations, s->exact, s->within_64, s->within_1_percent);
	if (s->worst_pages)
		note(notes, "from boot, worst guest",
		     "step %" PRIu32 ", %s: %" PRIu64 " of %" PRIu64
		     " pages: %s",
		     s->worst_step, s->worst_name, s->worst_pages,
		     s->worst_of_pages, s->worst_why);
	note(notes, "from boot, free pages",
	     "at most %" PRIu64 " off (step %" PRIu32 ", node %" PRIu32 ")",
	     s->free_pages, s->free_step, s->free_node);
	if (s->unmodelled)
		note(notes, "from boot, not modelled", "%" PRIu64 " guests",
		     s->unmodelled);
	if (s->balloon_steps)
		note(notes, "from boot, worst mem-set",
		     "step %" PRIu32 ": %" PRIu64 " of the guest's %" PRIu64
		     " pages on another node",
		     s->balloon_step, s->balloon_pages, s->balloon_of_pages);
}

static void close_lab(void *state, json_t *notes)
{
	struct lab *lab = state;

	note_questions(lab, notes);
	if (!lab->options.libxl_fixed && lab->sequence.machine)
		note_sequence(&lab->sequence, notes);
	else if (!lab->options.libxl_fixed && lab->booted)
		note(notes, "from boot, not replayed", "%.200s",
		     lab->no_machine.text);
	if (lab->mem_sets)
		note(notes, "mem-set, one step ahead",
		     "%" PRIu64 " of %" PRIu64 " pages on another node",
		     lab->mem_set_wrong, lab->mem_set_pages);
	json_object_update(notes, lab->mem_set_notes);
	json_decref(lab->mem_set_notes);
	close_machine(lab);
	arena_destroy(lab->before_arena);
	free(lab);
}

const struct conform_series conform_lab_series = {
	.open = open_lab,
	.replay = replay,
	.close = close_lab,
};
