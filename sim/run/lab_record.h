/*
 * lab_record.h - recorded hosts: what a real Xen did, step by step.
 *
 * SOURCE  the README beside the recordings, "Fields"; facts/xen.md 8.
 *
 * RULE    A file (.jsonl, .jsonl.gz) is one boot. Its first line says what the
 *         machine is; every line has an action and the state of the host once
 *         it was done, so the state before a step is that after the last one.
 *         Lines of actions that are not known are kept as LAB_OTHER: their
 *         state counts.
 *
 *             lab_open()
 *             while (lab_next(file, arena, &step, err) == 1)
 *                     ... step->after ...
 *             lab_close()
 *
 *         Each step comes from the arena given for it, so a caller that uses
 *         two arenas in turn needs no more memory for a longer file.
 *
 *         A guest's configuration is turned back into the xl.cfg that the
 *         recording was made with: xlcfg_parse() reads it.
 *
 * UNITS   _mib as recorded; pages in host_state.
 *
 * TESTS   sim/test/check_lab_record.c
 */
#ifndef RUN_LAB_RECORD_H
#define RUN_LAB_RECORD_H

#include "run/host_state.h"

enum { LAB_CREATE_MAX = 16, LAB_CANDIDATE_MAX = 65536, LAB_MESSAGE_MAX = 4096 };

enum lab_action {
	LAB_TOPOLOGY, /* the first line */
	LAB_CREATE,
	LAB_DESTROY,
	LAB_DESTROY_ALL,
	LAB_MEM_SET,
	LAB_RACE,     /* two creates at once */
	LAB_OTHER,    /* guest-running, acpi-read, ... */
};

/* One line of libxl's log about a placement candidate. */
struct lab_candidate {
	uint32_t nr_nodes, nr_cpus;
	uint32_t nr_vcpus; /* 0 in `selected`, which does not say */
	uint64_t free_mib;
};

struct lab_create {
	const char *name;
	const char *config;  /* the text of its xl.cfg */
	uint32_t rc;         /* exit status of xl create */
	uint32_t candidate_count;
	const struct lab_candidate *candidate; /* each new best, in order */
	bool selected_given; /* placement found nodes */
	struct lab_candidate selected;
	uint32_t message_count;
	const char *const *message; /* xl's lines, verbatim */
};

struct lab_step {
	const char *run, *seq; /* seq "" on the first line */
	uint32_t step;
	uint64_t line;         /* of the file */
	enum lab_action action;
	const char *action_text;
	uint32_t create_count; /* LAB_CREATE 1, LAB_RACE 2 */
	const struct lab_create *create;
	const char *name;      /* LAB_DESTROY, LAB_MEM_SET; else NULL */
	uint64_t target_mib;   /* LAB_MEM_SET */
	bool reached;          /* LAB_MEM_SET: the guest got there */
	uint32_t rc;           /* LAB_DESTROY, LAB_MEM_SET */
	bool claim_mode;       /* LAB_CREATE: true; LAB_RACE: as recorded */
	struct host_state *after;
};

/* The machine, from the first line. */
struct lab_boot {
	const char *xen_text;        /* "4.17.7" */
	const char *xen_commandline;
	const char *qemu_args;       /* the invented machine; "" if not said */
	uint32_t cpu_count;          /* highest CPU + 1 */
	const struct host_state_cpu *cpu; /* [cpu_count] */
	uint64_t total_mib;
};

struct lab_file; /* opaque */

/* path is copied. Reads nothing but the first line. */
struct lab_file *lab_open(const char *path, struct err *err);
void lab_close(struct lab_file *file); /* NULL is allowed */

/* Good until lab_close(). */
const struct lab_boot *lab_boot(const struct lab_file *file);

/* 1 and the next step, the first one included; 0 at the end; -1 and *err. */
int lab_next(struct lab_file *file, struct arena *arena, struct lab_step **step,
	     struct err *err);

/* The state after a step; step UINT32_MAX: the last one. */
int lab_state(struct arena *arena, const char *path, uint32_t step,
	      struct host_state **state, struct err *err);

#endif
