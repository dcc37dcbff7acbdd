/*
 * xlcfg_read.h - the inside of xlcfg.h: libxlutil's answers with our lines.
 *
 * For xlcfg.c, xlcfg_read.c and xlcfg_vnuma.c only.
 */
#ifndef TOOLSTACK_XLCFG_READ_H
#define TOOLSTACK_XLCFG_READ_H

#include "toolstack/xlcfg.h"
#include "toolstack/xlcfg_scan.h"

#include <libxlutil.h>

struct xlcfg_reader {
	struct arena *arena;
	struct err *err;
	const char *path;
	XLU_Config *config;
	const struct xlcfg_key *keys;
	struct xlcfg *cfg; /* being filled in */
};

/* "PATH:LINE: KEY: TEXT", the line that of the key; returns -1. */
int xlcfg_fail(const struct xlcfg_reader *r, const char *key,
	       const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Keeps "PATH:LINE: TEXT" in cfg->warning. */
void xlcfg_warn(const struct xlcfg_reader *r, uint32_t line,
		const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * Each reads one key. Absent: *value stays, *given (NULL allowed) is false.
 * 0, or -1 and err for a wrong type or range.
 */
int xlcfg_read_number(const struct xlcfg_reader *r, const char *key,
		      uint64_t low, uint64_t high, uint64_t *value,
		      bool *given);
int xlcfg_read_string(const struct xlcfg_reader *r, const char *key,
		      const char **value, bool *given);
/* cpus= and cpus_soft=: a string or a list, its syntax checked. */
int xlcfg_read_cpus(const struct xlcfg_reader *r, const char *key,
		    struct xlcfg_cpus *cpus);

/* vnuma=: the vnodes and, over all of them, vCPUs counted and KiB. */
int xlcfg_read_vnuma(const struct xlcfg_reader *r, uint64_t *vcpu_count,
		     uint64_t *size_kib);

#endif
