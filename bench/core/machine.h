/*
 * machine.h - what a measurement was taken on, and in what state it was.
 *
 * RULE    Read from /proc and /sys; what is not there is said to be unknown,
 *         never guessed. A figure without its machine is no figure.
 *
 * TESTS   bench/test/check_bench_engine.c, on a copy of the files in a folder
 */
#ifndef BENCH_CORE_MACHINE_H
#define BENCH_CORE_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

enum { MACHINE_TEXT_BYTES = 128 };

struct machine {
	char cpu[MACHINE_TEXT_BYTES];      /* model name; "unknown" */
	char kernel[MACHINE_TEXT_BYTES];   /* "Linux 6.1.0" */
	char governor[MACHINE_TEXT_BYTES]; /* of CPU 0; "unknown" */
	char thp[MACHINE_TEXT_BYTES];      /* "madvise"; "unknown" */
	uint32_t cpus_online;
	bool virtual_machine; /* the CPU has the hypervisor flag */
	bool turbo_known, turbo;
	double load_1min; /* runnable tasks, mean of the last minute; < 0 unknown */
};

/* root is "" for the running machine; a folder with proc/ and sys/ in tests. */
void machine_read(struct machine *machine, const char *root);

#endif
