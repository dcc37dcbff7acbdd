/* yaml_tree.c - libyaml's events as a tree that knows its lines (yaml.h). */
#include "run/yaml_tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum { PATH_TEXT_MAX = 256 };

/* Where the next event goes. */
struct builder {
	struct yaml_doc *doc;
	struct err *err;
	struct yaml_node *open;  /* innermost container, NULL at the top */
	uint32_t depth;
	const char *key;         /* read, its value is still to come */
	uint32_t key_line;
	bool ended;
};

static int build_event(struct builder *b, const yaml_event_t *event);
static int build_scalar(struct builder *b, const yaml_event_t *event,
			uint32_t line);
static int build_open(struct builder *b, enum yaml_kind kind, uint32_t line);
static void build_close(struct builder *b);
static struct yaml_node *build_add(struct builder *b, enum yaml_kind kind,
				   uint32_t line);

/* From 1. Of bytes that are no text libyaml says where, but not the line. */
static size_t problem_line(const struct yaml_doc *doc,
			   const yaml_parser_t *parser)
{
	size_t line = 1;

	if (parser->error != YAML_READER_ERROR)
		return parser->problem_mark.line + 1;
	for (size_t i = 0; i < doc->length && i < parser->problem_offset; i++)
		line += doc->bytes[i] == '\n';
	return line;
}

static int parser_fail(const struct yaml_doc *doc, const yaml_parser_t *parser,
		       struct err *err)
{
	const char *problem = parser->problem ? parser->problem : "no YAML";

	return err_set(err,
		       "%s:%zu: not YAML: %s%s%s; 'key: value' lines, indented "
		       "by spaces",
		       doc->path, problem_line(doc, parser), problem,
		       parser->context ? " " : "",
		       parser->context ? parser->context : "");
}

int yaml_tree_build(struct yaml_doc *doc, struct err *err)
{
	struct builder b = {.doc = doc, .err = err};
	yaml_parser_t parser;
	int rc = 0;

	if (!yaml_parser_initialize(&parser))
		return err_set(err, "%s: out of memory", doc->path);
	yaml_parser_set_input_string(&parser,
				     (const unsigned char *)doc->bytes,
				     doc->length);
	while (!rc && !b.ended) {
		yaml_event_t event;

		if (!yaml_parser_parse(&parser, &event)) {
			rc = parser_fail(doc, &parser, err);
			break;
		}
		rc = build_event(&b, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	if (!rc && !doc->root)
		rc = err_set(err, "%s:1: the file is empty; 'key: value' lines",
			     doc->path);
	return rc;
}

static int build_event(struct builder *b, const yaml_event_t *event)
{
	uint32_t line = (uint32_t)event->start_mark.line + 1;

	switch (event->type) {
	case YAML_STREAM_END_EVENT:
		b->ended = true;
		return 0;
	case YAML_DOCUMENT_START_EVENT:
		if (b->doc->root)
			return err_set(b->err,
				       "%s:%u: a second document; one per file",
				       b->doc->path, line);
		return 0;
	case YAML_ALIAS_EVENT:
		return err_set(b->err,
			       "%s:%u: an alias (*%s); write the value again",
			       b->doc->path, line,
			       (const char *)event->data.alias.anchor);
	case YAML_SCALAR_EVENT:
		return build_scalar(b, event, line);
	case YAML_MAPPING_START_EVENT:
		return build_open(b, YAML_MAPPING, line);
	case YAML_SEQUENCE_START_EVENT:
		return build_open(b, YAML_SEQUENCE, line);
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		build_close(b);
		return 0;
	default:
		return 0;
	}
}

/* Is the next value expected to be a key of the open mapping? */
static bool key_expected(const struct builder *b)
{
	return b->open && b->open->kind == YAML_MAPPING && !b->key;
}

static int build_scalar(struct builder *b, const yaml_event_t *event,
			uint32_t line)
{
	const char *text = (const char *)event->data.scalar.value;

	if (strlen(text) != event->data.scalar.length)
		return err_set(b->err, "%s:%u: a zero byte; text only",
			       b->doc->path, line);
	text = arena_strdup(b->doc->arena, text);
	if (key_expected(b)) {
		for (const struct yaml_node *n = b->open->first; n; n = n->next)
			if (strcmp(n->key, text) == 0)
				return err_set(b->err,
					       "%s:%u: %s: given twice, first "
					       "on line %u; once",
					       b->doc->path, line, text,
					       n->line);
		if (b->open->child_count == YAML_KEYS_MAX)
			return err_set(b->err, "%s:%u: more than %d keys in a "
				       "mapping", b->doc->path, line,
				       YAML_KEYS_MAX);
		b->key = text;
		b->key_line = line;
		return 0;
	}

	struct yaml_node *node = build_add(b, YAML_SCALAR, line);

	node->text = text;
	node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	return 0;
}

static int build_open(struct builder *b, enum yaml_kind kind, uint32_t line)
{
	if (key_expected(b))
		return err_set(b->err, "%s:%u: a list or mapping as a key; a "
			       "name", b->doc->path, line);
	if (++b->depth > YAML_DEPTH_MAX)
		return err_set(b->err, "%s:%u: nested deeper than %d levels",
			       b->doc->path, line, YAML_DEPTH_MAX);
	b->open = build_add(b, kind, line);
	return 0;
}

/* Makes the array of children and goes one container out. */
static void build_close(struct builder *b)
{
	struct yaml_node *node = b->open;
	size_t i = 0;

	node->child = arena_array(b->doc->arena, node->child_count,
				  sizeof(*node->child));
	for (struct yaml_node *child = node->first; child; child = child->next)
		node->child[i++] = child;
	b->open = node->parent;
	b->depth--;
}

static struct yaml_node *build_add(struct builder *b, enum yaml_kind kind,
				   uint32_t line)
{
	struct yaml_node *node = arena_alloc(b->doc->arena, sizeof(*node));
	struct yaml_node *parent = b->open;

	node->kind = kind;
	node->line = b->key ? b->key_line : line;
	node->key = b->key;
	node->text = "";
	node->parent = parent;
	b->key = NULL;
	if (!parent) {
		b->doc->root = node;
		return node;
	}
	node->index = parent->child_count++;
	if (parent->last)
		parent->last->next = node;
	else
		parent->first = node;
	parent->last = node;
	return node;
}

/* "guests[2].arrival.at_s"; "" of the root. */
static size_t node_path(const struct yaml_node *node, char *text, size_t size)
{
	size_t used;

	if (!node || !node->parent) {
		text[0] = '\0';
		return 0;
	}
	used = node_path(node->parent, text, size);
	if (node->key)
		snprintf(text + used, size - used, "%s%s", used ? "." : "",
			 node->key);
	else
		snprintf(text + used, size - used, "[%zu]", node->index);
	return strlen(text);
}

int yaml_fail(const struct yaml_doc *doc, const struct yaml_node *node,
	      struct err *err, const char *format, ...)
{
	char path[PATH_TEXT_MAX];
	struct err what;
	va_list args;

	va_start(args, format);
	err_vset(&what, format, args);
	va_end(args);
	node_path(node, path, sizeof(path));
	return err_set(err, "%s:%u: %s%s%s", doc->path,
		       node ? node->line : 1, path, path[0] ? ": " : "",
		       what.text);
}

const struct yaml_node *yaml_root(const struct yaml_doc *doc)
{
	return doc->root;
}

const struct yaml_node *yaml_key(const struct yaml_node *node, const char *key)
{
	if (!node || node->kind != YAML_MAPPING)
		return NULL;
	for (size_t i = 0; i < node->child_count; i++)
		if (strcmp(node->child[i]->key, key) == 0)
			return node->child[i];
	return NULL;
}

const struct yaml_node *yaml_item(const struct yaml_node *node, size_t index)
{
	if (!node || node->kind != YAML_SEQUENCE || index >= node->child_count)
		return NULL;
	return node->child[index];
}

size_t yaml_count(const struct yaml_node *node)
{
	return node && node->kind == YAML_SEQUENCE ? node->child_count : 0;
}

bool yaml_has(const struct yaml_node *node, const char *key)
{
	return yaml_key(node, key) != NULL;
}

uint32_t yaml_line(const struct yaml_node *node)
{
	return node ? node->line : 0;
}

const char *yaml_text(const struct yaml_node *node)
{
	return node ? node->text : "";
}

int yaml_check_uint(const struct yaml_doc *doc, const struct yaml_node *node,
		    const char *key, uint64_t low, uint64_t high,
		    struct err *err)
{
	const struct yaml_node *value = yaml_key(node, key);

	if (!value)
		return 0;

	uint64_t n = strtoull(value->text, NULL, 10);

	if (value->text[0] != '-' && n >= low && n <= high)
		return 0;
	return yaml_fail(doc, value, err, "%s is too %s; %llu to %llu",
			 value->text,
			 value->text[0] == '-' || n < low ? "small" : "large",
			 (unsigned long long)low, (unsigned long long)high);
}

int yaml_check_float(const struct yaml_doc *doc, const struct yaml_node *node,
		     const char *key, double low, double high, struct err *err)
{
	const struct yaml_node *value = yaml_key(node, key);

	if (!value)
		return 0;

	double x = strtod(value->text, NULL);

	if (x >= low && x <= high)
		return 0;
	return yaml_fail(doc, value, err, "%s is too %s; %.10g to %.10g",
			 value->text, x < low ? "small" : "large", low, high);
}

int yaml_check_one_of(const struct yaml_doc *doc, const struct yaml_node *node,
		      const char *const *keys, struct err *err)
{
	char names[PATH_TEXT_MAX] = "";
	const struct yaml_node *found = NULL;

	for (size_t i = 0; keys[i]; i++) {
		const struct yaml_node *value = yaml_key(node, keys[i]);
		size_t used = strlen(names);

		if (value && found)
			return yaml_fail(doc, value, err,
					 "stands beside '%s'; one of the two",
					 found->key);
		if (value)
			found = value;
		snprintf(names + used, sizeof(names) - used, "%s%s",
			 i ? ", " : "", keys[i]);
	}
	return found ? 0 : yaml_fail(doc, node, err,
				     "nothing chosen; one of %s", names);
}
