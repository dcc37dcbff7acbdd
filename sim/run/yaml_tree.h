/*
 * yaml_tree.h - the inside of yaml.h: the tree of one document.
 *
 * MODEL   A node is a mapping, a sequence or a scalar. Children stand in an
 *         array in the order of the file; a child of a mapping has its key's
 *         text and line, a child of a sequence its index.
 *
 *             root ──┬── "name"    scalar  "demo"
 *                    └── "guests"  seq ──┬── [0] map ─── "name" ...
 *                                        └── [1] map
 *
 * For yaml.c, yaml_tree.c and yaml_schema.c only.
 */
#ifndef RUN_YAML_TREE_H
#define RUN_YAML_TREE_H

#include "base/arena.h"
#include "run/yaml.h"

enum yaml_kind { YAML_SCALAR, YAML_MAPPING, YAML_SEQUENCE };

enum {
	YAML_DEPTH_MAX = 32,
	YAML_KEYS_MAX = 256, /* of one mapping; schemas have fewer */
	YAML_BYTES_MAX = 4 << 20,
};

struct yaml_node {
	struct yaml_node *parent; /* NULL of the root */
	const char *key;          /* in a mapping, else NULL */
	size_t index;             /* in the parent */
	uint32_t line;            /* of the key, else of the value; from 1 */
	enum yaml_kind kind;
	bool quoted;              /* scalar in quotes or a block: it is text */
	const char *text;         /* scalar */
	size_t child_count;
	struct yaml_node **child;
	struct yaml_node *first, *last, *next; /* while it is being built */
};

struct yaml_doc {
	struct arena *arena;
	const char *path;
	const char *bytes;
	size_t length;
	struct yaml_node *root;
	const struct cyaml_schema_value *schema;
	void *data; /* libcyaml's; NULL until loaded */
};

/* Step 1: doc->root from doc->bytes. 0, or -1 and err. */
int yaml_tree_build(struct yaml_doc *doc, struct err *err);

/* Step 2: is the tree what the schema asks for? 0, or -1 and err. */
int yaml_schema_compare(const struct yaml_doc *doc, struct err *err);

#endif
