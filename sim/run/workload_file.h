/*
 * workload_file.h - reads a workload from YAML (format: workloads/README.md).
 */
#ifndef RUN_WORKLOAD_FILE_H
#define RUN_WORKLOAD_FILE_H

#include "base/arena.h"
#include "base/err.h"
#include "guest/workload.h"

/* All of it comes from the arena. NULL and err on bad input. */
struct workload *workload_load(struct arena *arena, const char *path,
			       struct err *err);
/* The same of text in memory; name stands for the path in messages. */
struct workload *workload_parse(struct arena *arena, const char *name,
				const char *text, struct err *err);

struct cyaml_schema_value;
/* The file's schema, for tests of the documentation. */
extern const struct cyaml_schema_value workload_schema;

#endif
