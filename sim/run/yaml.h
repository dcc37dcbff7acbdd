/*
 * yaml.h - a YAML file read by schema, and one line for all that is wrong.
 *
 * SOURCE  libcyaml 1.3 and libyaml (used in sim/run/ and nowhere else).
 *
 * RULE    A file is read three times from one buffer:
 *
 *           1. libyaml's events become a tree of nodes that know their line;
 *           2. the tree is compared with the schema, strictly: unknown key
 *              (with the nearest names), missing key, key given twice, wrong
 *              type, not a number, out of the type's range, too many entries;
 *           3. libcyaml fills the structs.
 *
 *         Step 2 is there because libcyaml alone reads "3.5x" as 3.5, "1e3"
 *         into an integer as 1, "maybe" as true and -3 into an unsigned list,
 *         and names no line for a missing key. What it still refuses in
 *         step 3 is reported with the first line of its log.
 *         Every failure is one line: FILE:LINE: KEY: what is wrong; what would
 *         be right. KEY is the whole path, "guests[2].arrival.at_s", counted
 *         from 0.
 *
 *         The tree stays, so that checks of meaning (ranges, names) can say
 *         the line too:
 *
 *           const struct yaml_node *g = yaml_item(yaml_key(root, "guests"), i);
 *           if (yaml_check_uint(doc, g, "count", 1, 1000, err))
 *                   return -1;
 *           return yaml_fail(doc, yaml_key(g, "host"), err, "no such host");
 *
 *         An optional key that is absent leaves zeroes in the struct: ask
 *         yaml_has(g, "count") before you give a default.
 *
 * DIFFERS from YAML 1.1: no aliases, one document per file, integers are
 *         decimal, booleans are true and false, no key twice.
 *
 * TESTS   sim/test/check_yaml.c
 */
#ifndef RUN_YAML_H
#define RUN_YAML_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cyaml_schema_value;

struct yaml_doc;  /* opaque: the file's tree and the structs read from it */
struct yaml_node; /* opaque: one value of it; lives as long as the doc */

/*
 * Reads path by schema (a mapping with CYAML_FLAG_POINTER). *data_r becomes
 * the struct that libcyaml filled; it and all its strings belong to the doc.
 * NULL and err on failure.
 */
struct yaml_doc *yaml_open(const char *path,
			   const struct cyaml_schema_value *schema,
			   void **data_r, struct err *err);

/* The same of text in memory; name stands for the path in messages. */
struct yaml_doc *yaml_parse(const char *name, const char *text, size_t length,
			    const struct cyaml_schema_value *schema,
			    void **data_r, struct err *err);

void yaml_close(struct yaml_doc *doc); /* NULL is allowed */

const char *yaml_path(const struct yaml_doc *doc);

/* Walks: NULL in gives NULL out, so that calls can be chained. */
const struct yaml_node *yaml_root(const struct yaml_doc *doc);
const struct yaml_node *yaml_key(const struct yaml_node *node, const char *key);
const struct yaml_node *yaml_item(const struct yaml_node *node, size_t index);
size_t yaml_count(const struct yaml_node *node); /* items of a sequence */

bool yaml_has(const struct yaml_node *node, const char *key);
uint32_t yaml_line(const struct yaml_node *node); /* from 1; 0 of NULL */
/* The text of a scalar as written, without quotes; "" of anything else. */
const char *yaml_text(const struct yaml_node *node);

/* "FILE:LINE: PATH: TEXT" into err; NULL node = the top. Returns -1. */
int yaml_fail(const struct yaml_doc *doc, const struct yaml_node *node,
	      struct err *err, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * The value of node's key lies in [low, high], or the key is absent: 0.
 * Else yaml_fail() with "V is too small; LOW to HIGH" and -1.
 */
int yaml_check_uint(const struct yaml_doc *doc, const struct yaml_node *node,
		    const char *key, uint64_t low, uint64_t high,
		    struct err *err);
int yaml_check_float(const struct yaml_doc *doc, const struct yaml_node *node,
		     const char *key, double low, double high, struct err *err);

/* Exactly one of the keys (NULL-terminated list) stands in node, else -1. */
int yaml_check_one_of(const struct yaml_doc *doc, const struct yaml_node *node,
		      const char *const *keys, struct err *err);

/*
 * Calls each(arg, path, required) for every key of the schema, depth first:
 * "guests[].arrival.at_s". For the test that each stands in the README.
 */
void yaml_schema_keys(const struct cyaml_schema_value *schema,
		      void (*each)(void *arg, const char *path, bool required),
		      void *arg);

#endif
