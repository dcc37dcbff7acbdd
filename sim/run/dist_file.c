/* dist_file.c - reads {dist: KIND, ...} (dist_file.h). */
#include "run/dist_file.h"

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

#define OPTIONAL_FLOAT(name)                                              \
	CYAML_FIELD_FLOAT(#name, CYAML_FLAG_OPTIONAL, struct dist_file, name)

static const struct cyaml_schema_value number = {
	CYAML_VALUE_FLOAT(CYAML_FLAG_DEFAULT, double),
};

const struct cyaml_schema_field dist_file_fields[] = {
	CYAML_FIELD_STRING_PTR("dist", CYAML_FLAG_POINTER, struct dist_file,
			       dist, 1, 64),
	OPTIONAL_FLOAT(value),
	OPTIONAL_FLOAT(min),
	OPTIONAL_FLOAT(max),
	OPTIONAL_FLOAT(mean),
	OPTIONAL_FLOAT(sd),
	OPTIONAL_FLOAT(cv),
	OPTIONAL_FLOAT(shape),
	OPTIONAL_FLOAT(stages),
	OPTIONAL_FLOAT(scale),
	CYAML_FIELD_SEQUENCE("values",
			     CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
			     struct dist_file, values, &number, 1,
			     CYAML_UNLIMITED),
	CYAML_FIELD_SEQUENCE("weights",
			     CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
			     struct dist_file, weights, &number, 1,
			     CYAML_UNLIMITED),
	CYAML_FIELD_END,
};

static bool takes(const struct dist_kind_info *info, bool list,
		  const char *key)
{
	if (strcmp(key, "dist") == 0)
		return true;
	if (list)
		return strcmp(key, "values") == 0 ||
		       strcmp(key, "weights") == 0;
	for (uint32_t i = 0; i < info->parameter_count; i++)
		if (strcmp(key, info->parameter[i].name) == 0)
			return true;
	return false;
}

/* A parameter of another kind is a mistake, not a remark. */
static int strangers(const struct yaml_doc *doc, const struct yaml_node *node,
		     const struct dist_kind_info *info, bool list,
		     struct err *err)
{
	const struct cyaml_schema_field *field = dist_file_fields;

	for (; field->key; field++) {
		const struct yaml_node *child = yaml_key(node, field->key);

		if (child && !takes(info, list, field->key))
			return yaml_fail(doc, child, err, "not a parameter of "
					 "%s; remove it", info->name);
	}
	return 0;
}

static double *numbers(const struct yaml_node *node, double unit,
		       struct arena *arena)
{
	size_t count = yaml_count(node);
	double *list = arena_array(arena, count, sizeof(*list));

	for (size_t i = 0; i < count; i++)
		list[i] = unit * strtod(yaml_text(yaml_item(node, i)), NULL);
	return list;
}

static int read_list(const struct yaml_doc *doc, const struct yaml_node *node,
		     double unit, struct arena *arena, struct dist *dist,
		     struct err *err)
{
	const struct yaml_node *values = yaml_key(node, "values");
	const struct yaml_node *weights = yaml_key(node, "weights");
	struct err inner;

	if (!values)
		return yaml_fail(doc, node, err, "key 'values' is missing; a "
				 "list of numbers");
	if (weights && yaml_count(weights) != yaml_count(values))
		return yaml_fail(doc, weights, err, "%zu for %zu values; one "
				 "each", yaml_count(weights),
				 yaml_count(values));
	if (dist_make_empirical(dist, arena, numbers(values, unit, arena),
				weights ? numbers(weights, 1, arena) : NULL,
				(uint32_t)yaml_count(values), &inner))
		return yaml_fail(doc, node, err, "%s", inner.text);
	return 0;
}

static int read_parameters(const struct yaml_doc *doc,
			   const struct yaml_node *node,
			   enum dist_kind kind, double unit, struct dist *dist,
			   struct err *err)
{
	const struct dist_kind_info *info = &dist_kinds[kind];
	double written[DIST_PARAMETER_MAX] = {0};
	double scaled[DIST_PARAMETER_MAX] = {0};
	struct err inner;

	for (uint32_t i = 0; i < info->parameter_count; i++) {
		const struct dist_parameter *p = &info->parameter[i];
		const struct yaml_node *child = yaml_key(node, p->name);

		if (!child)
			return yaml_fail(doc, node, err, "key '%s' is missing; "
					 "%s needs it, %s", p->name, info->name,
					 dist_range_words(p->range));
		written[i] = strtod(yaml_text(child), NULL);
		scaled[i] = written[i] * (p->has_unit ? unit : 1);
	}
	/* First as written, so that a message shows the number in the file. */
	if (dist_make(dist, kind, written, &inner) ||
	    dist_make(dist, kind, scaled, &inner))
		return yaml_fail(doc, node, err, "%s", inner.text);
	if (kind == DIST_POISSON && unit != 1)
		return yaml_fail(doc, node, err, "poisson is a count without a "
				 "unit; another distribution for a time");
	return 0;
}

int dist_file_read(const struct yaml_doc *doc, const struct yaml_node *node,
		   double unit, struct arena *arena, struct dist *dist,
		   struct err *err)
{
	const struct yaml_node *name = yaml_key(node, "dist");
	struct err inner = {""};
	int kind = dist_kind_find(yaml_text(name), &inner);
	bool list = kind == DIST_EMPIRICAL;

	if (kind < 0)
		return yaml_fail(doc, name, err, "%s", inner.text);
	if (strangers(doc, node, &dist_kinds[kind], list, err))
		return -1;
	if (list ? read_list(doc, node, unit, arena, dist, err)
		 : read_parameters(doc, node, (enum dist_kind)kind, unit, dist,
				   err))
		return -1;
	if (dist_min(dist) < 0)
		return yaml_fail(doc, node, err, "%s may be negative; a "
				 "distribution that is never below 0",
				 dist_kinds[kind].name);
	return 0;
}
