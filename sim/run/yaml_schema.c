/*
 * yaml_schema.c - is the tree of a file what its schema asks for? (yaml.h)
 *
 * RULE    Strict where libcyaml is lax; the first difference in the order of
 *         the file is reported, a missing key after all that is there.
 */
#include "run/yaml_tree.h"

#include <cyaml/cyaml.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_MAX = 128, KEY_PATH_MAX = 512 };

/* What all the compare_ functions get. */
struct place {
	const struct yaml_doc *doc;
	const struct yaml_node *node;
	const struct cyaml_schema_value *schema;
	struct err *err;
};

static int compare(struct place p);
static int compare_mapping(struct place p);
static int compare_sequence(struct place p);
static int compare_scalar(struct place p);
static int compare_integer(struct place p, bool is_signed);
static int compare_float(struct place p);
static int compare_string(struct place p);
static int compare_enum(struct place p);

int yaml_schema_compare(const struct yaml_doc *doc, struct err *err)
{
	struct place p = {doc, doc->root, doc->schema, err};

	return compare(p);
}

static int compare(struct place p)
{
	switch (p.schema->type) {
	case CYAML_MAPPING:
		return compare_mapping(p);
	case CYAML_SEQUENCE:
	case CYAML_SEQUENCE_FIXED:
		return compare_sequence(p);
	case CYAML_FLAGS:
	case CYAML_BITFIELD:
	case CYAML_IGNORE:
		return 0; /* libcyaml's own checks are enough */
	default:
		return compare_scalar(p);
	}
}

static const char *kind_words(const struct yaml_node *node)
{
	switch (node->kind) {
	case YAML_MAPPING:
		return "a mapping";
	case YAML_SEQUENCE:
		return "a list";
	default:
		return node->text[0] ? "a single value" : "nothing";
	}
}

/* The names of the schema's keys; returns how many. */
static size_t field_names(const struct cyaml_schema_field *fields,
			  const char *names[NAMES_MAX])
{
	size_t count = 0;

	for (; fields[count].key && count < NAMES_MAX; count++)
		names[count] = fields[count].key;
	return count;
}

static const struct cyaml_schema_field *
field_find(const struct cyaml_schema_field *fields, const char *key)
{
	for (; fields->key; fields++)
		if (strcmp(fields->key, key) == 0)
			return fields;
	return NULL;
}

static int compare_mapping(struct place p)
{
	const struct cyaml_schema_field *fields = p.schema->mapping.fields;
	const char *names[NAMES_MAX];
	size_t name_count = field_names(fields, names);

	if (p.node->kind != YAML_MAPPING) {
		yaml_fail(p.doc, p.node, p.err, "is %s, wants keys",
			  kind_words(p.node));
		return err_add_nearest(p.err, "", names, name_count);
	}
	for (size_t i = 0; i < p.node->child_count; i++) {
		const struct yaml_node *child = p.node->child[i];
		const struct cyaml_schema_field *field =
			field_find(fields, child->key);
		struct place inner = {p.doc, child, NULL, p.err};

		if (!field) {
			yaml_fail(p.doc, child, p.err, "unknown key");
			return err_add_nearest(p.err, child->key, names,
					       name_count);
		}
		inner.schema = &field->value;
		if (compare(inner))
			return -1;
	}
	for (; fields->key; fields++)
		if (!(fields->value.flags & CYAML_FLAG_OPTIONAL) &&
		    !yaml_has(p.node, fields->key))
			return yaml_fail(p.doc, p.node, p.err,
					 "key '%s' is missing; it is required "
					 "here", fields->key);
	return 0;
}

static int compare_sequence(struct place p)
{
	size_t count = p.node->child_count;
	uint32_t low = p.schema->sequence.min, high = p.schema->sequence.max;

	if (p.node->kind != YAML_SEQUENCE)
		return yaml_fail(p.doc, p.node, p.err,
				 "is %s; wants a list, as in [a, b]",
				 kind_words(p.node));
	if (count < low)
		return yaml_fail(p.doc, p.node, p.err,
				 "%zu entries are too few; at least %u", count,
				 low);
	if (count > high)
		return yaml_fail(p.doc, p.node, p.err,
				 "%zu entries are too many; at most %u", count,
				 high);
	for (size_t i = 0; i < count; i++) {
		struct place inner = {p.doc, p.node->child[i],
				      p.schema->sequence.entry, p.err};

		if (compare(inner))
			return -1;
	}
	return 0;
}

static int compare_scalar(struct place p)
{
	bool may_be_null = (p.schema->flags & CYAML_FLAG_POINTER_NULL) ==
			   CYAML_FLAG_POINTER_NULL;

	if (p.node->kind != YAML_SCALAR)
		return yaml_fail(p.doc, p.node, p.err,
				 "is %s; wants a single value",
				 kind_words(p.node));
	if (may_be_null && !p.node->quoted && !p.node->text[0])
		return 0;
	switch (p.schema->type) {
	case CYAML_INT:
		return compare_integer(p, true);
	case CYAML_UINT:
		return compare_integer(p, false);
	case CYAML_FLOAT:
		return compare_float(p);
	case CYAML_BOOL:
		if (!p.node->quoted && (strcmp(p.node->text, "true") == 0 ||
					strcmp(p.node->text, "false") == 0))
			return 0;
		return yaml_fail(p.doc, p.node, p.err,
				 "'%s' is no truth value; true or false",
				 p.node->text);
	case CYAML_ENUM:
		return compare_enum(p);
	default:
		return compare_string(p);
	}
}

/* -?(0|[1-9][0-9]*): a leading zero would be octal to libcyaml. */
static bool is_integer(const char *text)
{
	size_t digits;

	text += text[0] == '-';
	digits = strspn(text, "0123456789");
	return digits > 0 && !text[digits] && (text[0] != '0' || digits == 1);
}

static int compare_integer(struct place p, bool is_signed)
{
	uint32_t bits = p.schema->data_size * 8 - is_signed;
	uint64_t high = bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
	uint64_t low_size = is_signed ? high + 1 : 0; /* lowest is -low_size */
	const char *text = p.node->text;
	bool negative = text[0] == '-';

	if (p.node->quoted || !is_integer(text))
		return yaml_fail(p.doc, p.node, p.err,
				 "'%s' is no whole number; %s%" PRIu64
				 " to %" PRIu64, text, low_size ? "-" : "",
				 low_size, high);
	errno = 0;

	uint64_t size = strtoull(text + negative, NULL, 10);

	if (errno || size > (negative ? low_size : high))
		return yaml_fail(p.doc, p.node, p.err,
				 "%s is too %s; %s%" PRIu64 " to %" PRIu64,
				 text, negative ? "small" : "large",
				 low_size ? "-" : "", low_size, high);
	return 0;
}

static int compare_float(struct place p)
{
	const char *text = p.node->text;
	char *end;
	double value = strtod(text, &end);

	if (p.node->quoted || !text[0] || *end ||
	    text[strspn(text, "0123456789+-.eE")])
		return yaml_fail(p.doc, p.node, p.err,
				 "'%s' is no number; as in 2, 0.5 or 1e6",
				 text);
	if (!isfinite(value))
		return yaml_fail(p.doc, p.node, p.err,
				 "%s is too large; up to 1.7e308", text);
	return 0;
}

static int compare_string(struct place p)
{
	size_t length = strlen(p.node->text);

	if (length < p.schema->string.min)
		return yaml_fail(p.doc, p.node, p.err, length ?
				 "is too short; at least %u characters" :
				 "is empty; at least %u character",
				 p.schema->string.min);
	if (length > p.schema->string.max)
		return yaml_fail(p.doc, p.node, p.err,
				 "is too long; at most %u characters",
				 p.schema->string.max);
	return 0;
}

static int compare_enum(struct place p)
{
	const char *names[NAMES_MAX];
	size_t count = p.schema->enumeration.count;

	if (count > NAMES_MAX)
		count = NAMES_MAX;
	for (size_t i = 0; i < count; i++) {
		names[i] = p.schema->enumeration.strings[i].str;
		if (strcmp(p.node->text, names[i]) == 0)
			return 0;
	}
	yaml_fail(p.doc, p.node, p.err, "'%s' is not known", p.node->text);
	return err_add_nearest(p.err, p.node->text, names, count);
}

/* A key path under construction. */
struct keys_walk {
	void (*each)(void *arg, const char *path, bool required);
	void *arg;
	char path[KEY_PATH_MAX];
};

static void keys_of(struct keys_walk *walk,
		    const struct cyaml_schema_value *schema)
{
	size_t used = strlen(walk->path);

	if (schema->type == CYAML_SEQUENCE ||
	    schema->type == CYAML_SEQUENCE_FIXED) {
		snprintf(walk->path + used, sizeof(walk->path) - used, "[]");
		keys_of(walk, schema->sequence.entry);
	}
	if (schema->type == CYAML_MAPPING) {
		const struct cyaml_schema_field *field =
			schema->mapping.fields;

		for (; field->key; field++) {
			snprintf(walk->path + used, sizeof(walk->path) - used,
				 "%s%s", used ? "." : "", field->key);
			walk->each(walk->arg, walk->path,
				   !(field->value.flags & CYAML_FLAG_OPTIONAL));
			keys_of(walk, &field->value);
		}
	}
	walk->path[used] = '\0';
}

void yaml_schema_keys(const struct cyaml_schema_value *schema,
		      void (*each)(void *arg, const char *path, bool required),
		      void *arg)
{
	struct keys_walk walk = {each, arg, ""};

	keys_of(&walk, schema);
}
