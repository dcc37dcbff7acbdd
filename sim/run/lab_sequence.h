/*
 * lab_sequence.h - a whole recording, from boot to its end, on the model's own
 *                  machine: nothing is taken from the record on the way.
 *
 * RULE    Each line is done on the machine (lab_machine.h, lab_guest.h), and
 *         then compared: pages of the new guest on each node, and free pages of
 *         each node. The difference of a guest is the largest over the nodes; it
 *         is exact at 0, and within 1 % if at most 1 % of the guest's pages.
 *
 *         So that one difference is not counted again and again, guests that
 *         the recording has not made are not kept, and one that the model could
 *         not make counts as a difference of all its pages.
 *
 *         Of two creations at once the one that was made goes first; they are
 *         not among the creations compared.
 *
 * TESTS   sim/test/check_conform_lab.c
 */
#ifndef RUN_LAB_SEQUENCE_H
#define RUN_LAB_SEQUENCE_H

#include "run/lab_guest.h"
#include "run/lab_record.h"

enum { LAB_NAME_MAX = 64 };

struct lab_sequence {
	struct lab_machine *machine;
	uint64_t creations, exact, within_64, within_1_percent;
	uint64_t exit_agreed, exit_asked;
	uint64_t unmodelled;
	/* The worst creation, by share of the guest's pages. */
	uint32_t worst_step;
	char worst_name[LAB_NAME_MAX];
	uint64_t worst_pages, worst_of_pages;
	const char *worst_why;
	/* The largest difference of a node's free pages after any step. */
	uint32_t free_step, free_node;
	uint64_t free_pages;
	/* mem-set: pages on another node than recorded, of all that the guest
	 * had then; the worst step. */
	uint64_t balloon_steps, balloon_pages, balloon_of_pages;
	uint32_t balloon_step;
};

void lab_sequence_step(struct lab_sequence *s, struct arena *scratch,
		       const struct lab_step *step);

#endif
