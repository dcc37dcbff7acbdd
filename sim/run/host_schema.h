/*
 * host_schema.h - the structs that libcyaml fills from a host profile.
 *
 * For host_file.c, host_overlay.c and host_schema.c only. Keys and units are
 * the fields' names; workloads/README.md explains them. A scalar that is absent
 * is 0: yaml_has() tells.
 */
#ifndef RUN_HOST_SCHEMA_H
#define RUN_HOST_SCHEMA_H

#include "host/host.h"
#include "run/yaml.h"

#include <stdbool.h>
#include <stdint.h>

struct schema_origin {
	int kind; /* enum host_origin_kind */
	const char *from;
};

struct schema_range {
	uint32_t node;
	uint64_t from_mib;
	uint64_t to_mib;
};

struct schema_hole {
	uint64_t from_mib;
	uint64_t to_mib;
};

struct schema_memory {
	uint64_t *mib;
	uint32_t mib_count;
	struct schema_range *ranges;
	uint32_t ranges_count;
	struct schema_hole *hole;
	struct schema_origin *origin;
};

struct schema_cache {
	double llc_mib;
	struct schema_origin *origin;
};

struct schema_distances {
	uint32_t *matrix;
	uint32_t matrix_count;
	struct schema_origin *origin;
};

/* latency_ns, core_gb_per_s, controller_gb_per_s */
struct schema_values {
	double *values;
	uint32_t values_count;
	struct schema_origin *origin;
};

struct schema_link {
	uint32_t from;
	uint32_t to;
	double gb_per_s;
	bool one_way;
};

struct schema_path {
	uint32_t *path;
	uint32_t path_count;
};

struct schema_links {
	struct schema_link *list;
	uint32_t list_count;
	struct schema_path *routes;
	uint32_t routes_count;
	struct schema_origin *origin;
};

struct schema_point {
	double utilisation;
	double factor;
};

struct schema_curve {
	struct schema_point *points;
	uint32_t points_count;
	struct schema_origin *origin;
};

struct schema_device {
	const char *name;
	const char *device_class;
	uint32_t node;
};

/* struct schema_cpu, schema_speed, ...: the scalars of one group. */
#define SCHEMA_SCALAR(field, unit, value, min, max, kind, from, meaning)       \
	double field;
#define SCHEMA_GROUP(GROUP, group)                                             \
	struct schema_##group {                                                \
		HOST_##GROUP##_CONSTANTS(SCHEMA_SCALAR)                        \
		struct schema_origin *origin;                                  \
	};
HOST_CONSTANT_GROUPS(SCHEMA_GROUP)
#undef SCHEMA_GROUP

struct schema_host {
	const char *summary;
	const char *topology;
	struct schema_memory *memory;
	struct schema_cache *cache;
	struct schema_distances *distances;
	struct schema_values *latency_ns;
	struct schema_values *core_gb_per_s;
	struct schema_values *controller_gb_per_s;
	struct schema_links *links;
	struct schema_curve *loaded_latency;
	struct schema_device *devices;
	uint32_t devices_count;
#define SCHEMA_GROUP(GROUP, group) struct schema_##group *group;
	HOST_CONSTANT_GROUPS(SCHEMA_GROUP)
#undef SCHEMA_GROUP
};

/* A profile being laid over the host that its topology gave. */
struct overlay {
	struct arena *arena;
	struct host *host;
	const struct yaml_doc *doc;
	const struct schema_host *data;
	struct err *err;
};

/* All groups, in an order that lets later ones use earlier ones. 0 or -1. */
int host_overlay(struct overlay *o);

#endif
