/* host_schema.c - the schema of a host profile (host_schema.h). */
#include "run/host_schema.h"
#include "run/host_file.h"

#include <cyaml/cyaml.h>

enum { TEXT_MAX = 4096 };

#define PAIRS_MAX (NODE_MAX * NODE_MAX)

static const cyaml_strval_t origin_kinds[] = {
	{"assumed", HOST_ASSUMED},
	{"published", HOST_PUBLISHED},
	{"measured", HOST_MEASURED},
	{"source", HOST_SOURCE},
};

static const cyaml_schema_field_t origin_fields[] = {
	CYAML_FIELD_ENUM("kind", CYAML_FLAG_DEFAULT, struct schema_origin, kind,
			 origin_kinds, CYAML_ARRAY_LEN(origin_kinds)),
	CYAML_FIELD_STRING_PTR("from", CYAML_FLAG_POINTER, struct schema_origin,
			       from, 1, TEXT_MAX),
	CYAML_FIELD_END,
};

#define ORIGIN(type)                                                           \
	CYAML_FIELD_MAPPING_PTR("origin",                                      \
				CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,      \
				type, origin, origin_fields)

static const cyaml_schema_value_t size_entry = {
	CYAML_VALUE_UINT(CYAML_FLAG_DEFAULT, uint64_t),
};

static const cyaml_schema_value_t number_entry = {
	CYAML_VALUE_UINT(CYAML_FLAG_DEFAULT, uint32_t),
};

static const cyaml_schema_value_t float_entry = {
	CYAML_VALUE_FLOAT(CYAML_FLAG_DEFAULT, double),
};

static const cyaml_schema_field_t range_fields[] = {
	CYAML_FIELD_UINT("node", CYAML_FLAG_DEFAULT, struct schema_range, node),
	CYAML_FIELD_UINT("from_mib", CYAML_FLAG_DEFAULT, struct schema_range,
			 from_mib),
	CYAML_FIELD_UINT("to_mib", CYAML_FLAG_DEFAULT, struct schema_range,
			 to_mib),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t range_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct schema_range,
			    range_fields),
};

static const cyaml_schema_field_t hole_fields[] = {
	CYAML_FIELD_UINT("from_mib", CYAML_FLAG_DEFAULT, struct schema_hole,
			 from_mib),
	CYAML_FIELD_UINT("to_mib", CYAML_FLAG_DEFAULT, struct schema_hole,
			 to_mib),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t memory_fields[] = {
	CYAML_FIELD_SEQUENCE("mib", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
			     struct schema_memory, mib, &size_entry, 1,
			     NODE_MAX),
	CYAML_FIELD_SEQUENCE("ranges", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
			     struct schema_memory, ranges, &range_entry, 1,
			     1024),
	CYAML_FIELD_MAPPING_PTR("hole",
				CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
				struct schema_memory, hole, hole_fields),
	ORIGIN(struct schema_memory),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t cache_fields[] = {
	CYAML_FIELD_FLOAT("llc_mib", CYAML_FLAG_DEFAULT, struct schema_cache,
			  llc_mib),
	ORIGIN(struct schema_cache),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t distances_fields[] = {
	CYAML_FIELD_SEQUENCE("matrix", CYAML_FLAG_POINTER,
			     struct schema_distances, matrix, &number_entry, 1,
			     PAIRS_MAX),
	ORIGIN(struct schema_distances),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t values_fields[] = {
	CYAML_FIELD_SEQUENCE("values", CYAML_FLAG_POINTER, struct schema_values,
			     values, &float_entry, 1, PAIRS_MAX),
	ORIGIN(struct schema_values),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t link_fields[] = {
	CYAML_FIELD_UINT("from", CYAML_FLAG_DEFAULT, struct schema_link, from),
	CYAML_FIELD_UINT("to", CYAML_FLAG_DEFAULT, struct schema_link, to),
	CYAML_FIELD_FLOAT("gb_per_s", CYAML_FLAG_DEFAULT, struct schema_link,
			  gb_per_s),
	CYAML_FIELD_BOOL("one_way", CYAML_FLAG_OPTIONAL, struct schema_link,
			 one_way),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t link_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct schema_link,
			    link_fields),
};

static const cyaml_schema_field_t path_fields[] = {
	CYAML_FIELD_SEQUENCE("path", CYAML_FLAG_POINTER, struct schema_path,
			     path, &number_entry, 2, NODE_MAX),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t path_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct schema_path,
			    path_fields),
};

static const cyaml_schema_field_t links_fields[] = {
	CYAML_FIELD_SEQUENCE("list", CYAML_FLAG_POINTER, struct schema_links,
			     list, &link_entry, 1, PAIRS_MAX),
	CYAML_FIELD_SEQUENCE("routes", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
			     struct schema_links, routes, &path_entry, 0,
			     PAIRS_MAX),
	ORIGIN(struct schema_links),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t point_fields[] = {
	CYAML_FIELD_FLOAT("utilisation", CYAML_FLAG_DEFAULT,
			  struct schema_point, utilisation),
	CYAML_FIELD_FLOAT("factor", CYAML_FLAG_DEFAULT, struct schema_point,
			  factor),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t point_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct schema_point,
			    point_fields),
};

static const cyaml_schema_field_t curve_fields[] = {
	CYAML_FIELD_SEQUENCE("points", CYAML_FLAG_POINTER, struct schema_curve,
			     points, &point_entry, 2, HOST_CURVE_MAX),
	ORIGIN(struct schema_curve),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t device_fields[] = {
	CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct schema_device,
			       name, 1, TEXT_MAX),
	CYAML_FIELD_STRING_PTR("class", CYAML_FLAG_POINTER,
			       struct schema_device, device_class, 1, TEXT_MAX),
	CYAML_FIELD_UINT("node", CYAML_FLAG_DEFAULT, struct schema_device,
			 node),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t device_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct schema_device,
			    device_fields),
};

#define SCALAR_IN(type, field)                                                 \
	CYAML_FIELD_FLOAT(#field, CYAML_FLAG_OPTIONAL, type, field),
#define SCALAR_CPU(field, ...) SCALAR_IN(struct schema_cpu, field)
#define SCALAR_SPEED(field, ...) SCALAR_IN(struct schema_speed, field)
#define SCALAR_PAGE(field, ...) SCALAR_IN(struct schema_page, field)
#define SCALAR_TOOLSTACK(field, ...) SCALAR_IN(struct schema_toolstack, field)
#define SCALAR_SCHEDULE(field, ...) SCALAR_IN(struct schema_schedule, field)

#define GROUP_FIELDS(GROUP, group)                                             \
	static const cyaml_schema_field_t group##_fields[] = {                 \
		HOST_##GROUP##_CONSTANTS(SCALAR_##GROUP)                       \
		ORIGIN(struct schema_##group),                                 \
		CYAML_FIELD_END,                                               \
	};
HOST_CONSTANT_GROUPS(GROUP_FIELDS)

#define PART(name, fields)                                                     \
	CYAML_FIELD_MAPPING_PTR(#name,                                         \
				CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,      \
				struct schema_host, name, fields)
#define GROUP_PART(GROUP, group) PART(group, group##_fields),

static const cyaml_schema_field_t host_fields[] = {
	CYAML_FIELD_STRING_PTR("summary", CYAML_FLAG_POINTER,
			       struct schema_host, summary, 1, TEXT_MAX),
	CYAML_FIELD_STRING_PTR("topology", CYAML_FLAG_POINTER,
			       struct schema_host, topology, 1, TEXT_MAX),
	PART(memory, memory_fields),
	PART(cache, cache_fields),
	PART(distances, distances_fields),
	PART(latency_ns, values_fields),
	PART(core_gb_per_s, values_fields),
	PART(controller_gb_per_s, values_fields),
	PART(links, links_fields),
	PART(loaded_latency, curve_fields),
	CYAML_FIELD_SEQUENCE("devices", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
			     struct schema_host, devices, &device_entry, 0,
			     1024),
	HOST_CONSTANT_GROUPS(GROUP_PART)
	CYAML_FIELD_END,
};

const struct cyaml_schema_value host_file_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct schema_host,
			    host_fields),
};
