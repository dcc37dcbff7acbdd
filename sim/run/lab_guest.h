/*
 * lab_guest.h - guests of a recording on the model's machine: made, ballooned,
 *               destroyed.
 *
 * SOURCE  facts/xen.md 1.1 (the order), 4.7, 5.4, 6.1; world_create.c is the
 *         same in simulated time.
 *
 * MODEL   One step of the recording is one call here: nothing else happens
 *         meanwhile, and what it leaves dirty is scrubbed before the next, as
 *         more than a second lay between two steps.
 *
 *         A guest that balloons is the Linux of the recordings: it gives up
 *         the lowest frames it has above its kernel and initrd, and takes the
 *         frame it gave up last back first.
 *
 * LEFT OUT  populate-on-demand: such a guest is not modelled, and says so.
 *
 * TESTS   sim/test/check_lab_machine.c
 */
#ifndef RUN_LAB_GUEST_H
#define RUN_LAB_GUEST_H

#include "run/lab_config.h"
#include "run/lab_machine.h"
#include "run/lab_place.h"

struct lab_guest {
	struct lab_guest *next; /* by domid */
	struct arena *arena;    /* its own; goes with it */
	const char *name;
	struct domain *domain;
	struct host_state_vcpu *vcpu;
	uint32_t vcpu_count;
	uint64_t *balloon;       /* gpfns given up, the newest last */
	uint64_t balloon_count, balloon_room;
};

/* What became of a creation. */
struct lab_outcome {
	bool modelled;
	uint32_t rc;          /* 0, 1, 3, 6 */
	const char *why;      /* if rc is not 0, or not modelled */
	struct lab_log log;
	struct lab_guest *guest; /* if rc is 0 */
};

/* text is an xl.cfg; the log's memory comes from scratch. */
void lab_guest_create(struct lab_machine *m, struct arena *scratch,
		      const char *text, bool claim_mode,
		      struct lab_outcome *out);

/* False if there is no such guest. All are to be destroyed before the machine's
 * arena is. */
bool lab_guest_destroy(struct lab_machine *m, const char *name);
void lab_guest_destroy_all(struct lab_machine *m);

/* `xl mem-set`, and what the guest's balloon driver makes of it. */
void lab_guest_mem_set(struct lab_machine *m, struct lab_guest *guest,
		       uint64_t target_mib);

struct lab_guest *lab_guest_find(const struct lab_machine *m, const char *name);

/* The machine as xl would show it. */
struct host_state *lab_machine_state(const struct lab_machine *m,
				     struct arena *scratch);

#endif
