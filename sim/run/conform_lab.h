/*
 * conform_lab.h - recorded hosts: what a real Xen did, line by line of one boot.
 *
 * RULE    The records of a file are one sequence. Two models go through it:
 *
 *           one step ahead   asks about each creation with the host as the line
 *                            before left it (lab_step.h, lab_race.h): a creation
 *                            agrees if every question does, two at once if what
 *                            came out is among what could have
 *           whole sequence   goes on from boot by itself (lab_sequence.h); it
 *                            is measured in pages, and reported in the notes
 *
 *         Only creations are cases. Where the first line does not say what
 *         machine it was, the whole sequence is left out, and the notes say so.
 *
 * SOURCE  the README beside the recordings.
 *
 * TESTS   sim/test/check_conform_lab.c
 */
#ifndef RUN_CONFORM_LAB_H
#define RUN_CONFORM_LAB_H

#include "run/conform_kinds.h"
#include "run/lab_sequence.h"
#include "run/lab_step.h"

extern const struct conform_series conform_lab_series;

bool conform_lab_is(const json_t *record);

/* What a file came to so far; state is what .open returned. Either may be
 * NULL. */
void conform_lab_measured(const void *state, struct lab_score *score,
			  struct lab_sequence *sequence);

#endif
