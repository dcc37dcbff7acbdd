/* yaml.c - opens a YAML file and has libcyaml fill the structs (yaml.h). */
#include "run/yaml.h"

#include "run/yaml_tree.h"

#include <cyaml/cyaml.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOG_LINE_MAX = 256, READ_STEP_BYTES = 1 << 16 };

/* The first two lines of libcyaml's log: what, and innermost where. */
struct cyaml_lines {
	char what[LOG_LINE_MAX];
	char where[LOG_LINE_MAX];
	bool after_backtrace;
};

static void log_line(cyaml_log_t level, void *context, const char *format,
		     va_list args)
{
	struct cyaml_lines *lines = context;
	char text[LOG_LINE_MAX];

	(void)level;
	vsnprintf(text, sizeof(text), format, args);
	text[strcspn(text, "\n")] = '\0';

	char *start = text + (strncmp(text, "Load: ", 6) == 0 ? 6 : 0);

	if (strncmp(start, "Backtrace", 9) == 0)
		lines->after_backtrace = true;
	else if (!lines->what[0])
		snprintf(lines->what, sizeof(lines->what), "%s", start);
	else if (lines->after_backtrace && !lines->where[0])
		snprintf(lines->where, sizeof(lines->where), "%s", start);
}

static void doc_config(cyaml_config_t *config, struct cyaml_lines *lines)
{
	memset(config, 0, sizeof(*config));
	memset(lines, 0, sizeof(*lines));
	config->log_fn = log_line;
	config->log_ctx = lines;
	config->log_level = CYAML_LOG_ERROR;
	config->mem_fn = cyaml_mem;
	config->flags = CYAML_CFG_NO_ALIAS;
}

/* Step 3. "  in mapping field 'n' (line: 1, column: 4)" gives the line. */
static int doc_fill(struct yaml_doc *doc, struct err *err)
{
	cyaml_config_t config;
	struct cyaml_lines lines;
	cyaml_err_t rc;

	doc_config(&config, &lines);
	rc = cyaml_load_data((const uint8_t *)doc->bytes, doc->length, &config,
			     doc->schema, &doc->data, NULL);
	if (rc == CYAML_OK)
		return 0;

	const char *line = strstr(lines.where, "(line: ");

	return err_set(err, "%s:%ld: %s; see workloads/README.md", doc->path,
		       line ? strtol(line + 7, NULL, 10) : 1,
		       lines.what[0] ? lines.what : cyaml_strerror(rc));
}

/* The whole of a file into the arena. */
static int doc_read(struct yaml_doc *doc, struct err *err)
{
	FILE *file = fopen(doc->path, "rb");
	char *bytes = NULL;
	size_t length = 0, room = 0;
	int rc = 0;

	if (!file)
		return err_set(err, "%s: cannot be read: %s", doc->path,
			       strerror(errno));
	for (;;) {
		if (room - length < READ_STEP_BYTES) {
			room = room * 2 + READ_STEP_BYTES;
			bytes = realloc(bytes, room);
			require(bytes != NULL);
		}
		size_t got = fread(bytes + length, 1, READ_STEP_BYTES, file);

		length += got;
		if (got == 0 || length > YAML_BYTES_MAX)
			break;
	}
	if (ferror(file))
		rc = err_set(err, "%s: cannot be read: %s", doc->path,
			     strerror(errno));
	else if (length > YAML_BYTES_MAX)
		rc = err_set(err, "%s: larger than %d MiB", doc->path,
			     YAML_BYTES_MAX >> 20);
	fclose(file);
	if (!rc) {
		char *kept = arena_alloc(doc->arena, length + 1);

		memcpy(kept, bytes, length);
		doc->bytes = kept;
		doc->length = length;
	}
	free(bytes);
	return rc;
}

static struct yaml_doc *doc_new(const char *path,
				const struct cyaml_schema_value *schema)
{
	struct arena *arena = arena_create();
	struct yaml_doc *doc = arena_alloc(arena, sizeof(*doc));

	doc->arena = arena;
	doc->path = arena_strdup(arena, path);
	doc->schema = schema;
	return doc;
}

/* Steps 1 to 3 on doc->bytes; closes the doc on failure. */
static struct yaml_doc *doc_finish(struct yaml_doc *doc, void **data_r,
				   struct err *err)
{
	if (yaml_tree_build(doc, err) || yaml_schema_compare(doc, err) ||
	    doc_fill(doc, err)) {
		yaml_close(doc);
		return NULL;
	}
	*data_r = doc->data;
	return doc;
}

struct yaml_doc *yaml_open(const char *path,
			   const struct cyaml_schema_value *schema,
			   void **data_r, struct err *err)
{
	struct yaml_doc *doc = doc_new(path, schema);

	if (doc_read(doc, err)) {
		yaml_close(doc);
		return NULL;
	}
	return doc_finish(doc, data_r, err);
}

struct yaml_doc *yaml_parse(const char *name, const char *text, size_t length,
			    const struct cyaml_schema_value *schema,
			    void **data_r, struct err *err)
{
	struct yaml_doc *doc = doc_new(name, schema);
	char *bytes = arena_alloc(doc->arena, length + 1);

	memcpy(bytes, text, length);
	doc->bytes = bytes;
	doc->length = length;
	return doc_finish(doc, data_r, err);
}

void yaml_close(struct yaml_doc *doc)
{
	cyaml_config_t config;
	struct cyaml_lines lines;

	if (!doc)
		return;
	doc_config(&config, &lines);
	if (doc->data)
		cyaml_free(&config, doc->schema, doc->data, 0);
	arena_destroy(doc->arena);
}

const char *yaml_path(const struct yaml_doc *doc)
{
	return doc->path;
}
