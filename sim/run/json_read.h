/*
 * json_read.h - one value out of a JSON object, or one line why not.
 *
 * RULE    Every function returns 0, or -1 with *err naming the key and what
 *         would be right. Numbers are integers in a stated range: a file may
 *         hold 10^30, a string or nothing where a count belongs.
 *         A "cpulist" is a string such as "0-3,8", "" for none.
 *
 * TESTS   sim/test/check_placement_golden.c
 */
#ifndef RUN_JSON_READ_H
#define RUN_JSON_READ_H

#include "base/cpuset.h"
#include "base/err.h"
#include "base/nodeset.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* object[key], an integer of min..max. */
int json_read_uint(const json_t *object, const char *key, uint64_t min,
		   uint64_t max, uint64_t *value, struct err *err);

int json_read_bool(const json_t *object, const char *key, bool *value,
		   struct err *err);

/* object[key] as a string or an array or an object; borrowed from object. */
int json_read_string(const json_t *object, const char *key,
		     const char **value, struct err *err);
int json_read_array(const json_t *object, const char *key,
		    const json_t **value, struct err *err);
int json_read_object(const json_t *object, const char *key,
		     const json_t **value, struct err *err);

/* object[key], a cpulist with CPUs below CPU_MAX. */
int json_read_cpus(const json_t *object, const char *key, cpuset *cpus,
		   struct err *err);

/* object[key], an array of nodes below NODE_MAX. */
int json_read_nodes(const json_t *object, const char *key, nodeset *nodes,
		    struct err *err);

#endif
