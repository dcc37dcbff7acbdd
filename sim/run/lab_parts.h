/*
 * lab_parts.h - the readers behind lab_next(), one a file. Each returns 0, or
 * -1 and what is wrong (no file, no line).
 */
#ifndef RUN_LAB_PARTS_H
#define RUN_LAB_PARTS_H

#include "run/lab_record.h"

#include <jansson.h>

enum { LAB_MIB_MAX = 1 << 30 };

/* The first line, which says what the machine is; *boot is zeroed. */
int lab_read_boot(struct arena *arena, const json_t *record,
		  struct lab_boot *boot, struct err *err);

/* Any line, the first one too; path is copied. */
int lab_read_step(struct arena *arena, const struct lab_boot *boot,
		  const json_t *record, const char *path, uint64_t line,
		  struct lab_step *step, struct err *err);

/* record.after; origin is copied. */
int lab_read_after(struct arena *arena, const struct lab_boot *boot,
		   const json_t *record, const char *origin,
		   struct host_state **state, struct err *err);

/* A record of action create, or an element of a race's creates. */
int lab_read_create(struct arena *arena, const json_t *item,
		    struct lab_create *create, struct err *err);

#endif
