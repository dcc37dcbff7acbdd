#include "run/conform.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { LINE_BYTES_MAX = 16 << 20 };

static bool number(const json_t *value, const char *key, uint64_t max,
		   uint64_t *out, struct err *why)
{
	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
	    (uint64_t)json_integer_value(value) > max) {
		err_set(why, "%s: expected an integer 0..%llu", key,
			(unsigned long long)max);
		return false;
	}
	*out = (uint64_t)json_integer_value(value);
	return true;
}

bool conform_u64(const json_t *object, const char *key, uint64_t max,
		 uint64_t *out, struct err *why)
{
	return number(json_object_get(object, key), key, max, out, why);
}

bool conform_item(const json_t *array, size_t index, uint64_t max,
		  uint64_t *out, struct err *why)
{
	return number(json_array_get(array, index), "array element", max, out,
		      why);
}

bool conform_u64_or(const json_t *object, const char *key, uint64_t max,
		    uint64_t none, uint64_t *out, struct err *why)
{
	const json_t *value = json_object_get(object, key);

	*out = none;
	return !value || json_is_null(value) ||
	       number(value, key, max, out, why);
}

bool conform_bool(const json_t *object, const char *key, bool *out,
		  struct err *why)
{
	const json_t *value = json_object_get(object, key);

	*out = json_is_true(value);
	if (json_is_boolean(value))
		return true;
	err_set(why, "%s: expected true or false", key);
	return false;
}

const json_t *conform_array(const json_t *object, const char *key, size_t min,
			    size_t max, struct err *why)
{
	const json_t *array = json_object_get(object, key);
	size_t size = json_array_size(array);

	if (json_is_array(array) && size >= min && size <= max)
		return array;
	err_set(why, "%s: expected an array of %zu..%zu elements", key, min,
		max);
	return NULL;
}

bool conform_nodes(const json_t *value, const char *key, nodeset *out,
		   struct err *why)
{
	const char *text = json_string_value(value);
	uint64_t node;

	*out = NODESET_NONE;
	if (text && strcmp(text, "all") == 0) {
		*out = NODESET_ALL;
		return true;
	}
	if (!json_is_array(value)) {
		err_set(why, "%s: expected an array of nodes or \"all\"", key);
		return false;
	}
	for (size_t i = 0; i < json_array_size(value); i++) {
		if (!number(json_array_get(value, i), key, NODE_MAX - 1, &node,
			    why))
			return false;
		*out = nodeset_add(*out, (uint32_t)node);
	}
	return true;
}

bool conform_cpus(const json_t *value, const char *key, cpuset *out,
		  struct err *why)
{
	const char *text = json_string_value(value);
	uint64_t cpu;

	*out = cpuset_below(0);
	if (text && strcmp(text, "all") == 0) {
		*out = cpuset_all();
		return true;
	}
	if (!json_is_array(value)) {
		err_set(why, "%s: expected an array of CPUs or \"all\"", key);
		return false;
	}
	for (size_t i = 0; i < json_array_size(value); i++) {
		if (!number(json_array_get(value, i), key, CPU_MAX - 1, &cpu,
			    why))
			return false;
		cpuset_add(out, (uint32_t)cpu);
	}
	return true;
}

enum conform_verdict conform_differs(struct conform_diff *diff, const char *key,
				     int64_t expected, int64_t got)
{
	snprintf(diff->key, sizeof(diff->key), "%s", key);
	snprintf(diff->expected, sizeof(diff->expected), "%lld",
		 (long long)expected);
	snprintf(diff->got, sizeof(diff->got), "%lld", (long long)got);
	return CONFORM_DIFFERS;
}

int conform_end(const json_t *record, enum conform_verdict verdict,
		struct conform_diff *diff)
{
	const json_t *id = json_object_get(record, "id");

	diff->id = json_is_integer(id) ? (uint64_t)json_integer_value(id) : 0;
	diff->agrees = verdict == CONFORM_AGREES;
	return verdict == CONFORM_MALFORMED ? -1 : 0;
}

enum conform_verdict conform_malformed(struct err *why, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why->text, sizeof(why->text), format, args);
	va_end(args);
	return CONFORM_MALFORMED;
}

/* The next line without its newline; NULL at the end, or with *why set. */
static char *read_line(gzFile file, char **line, size_t *max, struct err *why)
{
	size_t used = 0;

	for (;;) {
		if (*max - used < 2) {
			size_t more = *max ? 2 * *max : 65536;
			char *grown = more <= LINE_BYTES_MAX
					      ? realloc(*line, more)
					      : NULL;

			if (!grown) {
				err_set(why, "a line is longer than %d bytes",
					LINE_BYTES_MAX / 2);
				return NULL;
			}
			*line = grown;
			*max = more;
		}
		if (!gzgets(file, *line + used, (int)(*max - used)))
			return used ? *line : NULL;
		used += strlen(*line + used);
		if (used && (*line)[used - 1] == '\n') {
			(*line)[used - 1] = '\0';
			return *line;
		}
	}
}

static int replay_line(const char *text, conform_replay *replay,
		       struct conform_count *count, struct err *why)
{
	struct conform_diff diff;
	json_error_t error;
	json_t *record = json_loads(text, JSON_REJECT_DUPLICATES, &error);

	if (!record)
		return err_set(why, "not JSON: %s", error.text);
	int rc = replay(record, &diff, why);

	json_decref(record);
	if (rc != 0)
		return rc;
	if (!diff.agrees && count->agreed == count->total)
		count->first = diff;
	count->total++;
	count->agreed += diff.agrees;
	return 0;
}

int conform_file(const char *path, conform_replay *replay,
		 struct conform_count *count, struct err *err)
{
	struct err bad = {{0}};
	uint64_t line_number = 0;
	size_t max = 0;
	char *line = NULL;
	int zlib_error, rc = 0;

	*count = (struct conform_count){0};
	gzFile file = gzopen(path, "rb");

	if (!file)
		return err_set(err, "%s: cannot be opened", path);
	while (rc == 0 && read_line(file, &line, &max, &bad)) {
		line_number++;
		if (line[0])
			rc = replay_line(line, replay, count, &bad);
	}
	if (rc == 0 && bad.text[0] && line_number > count->total)
		rc = -1;
	gzerror(file, &zlib_error);
	if (rc == 0 && zlib_error != Z_OK && zlib_error != Z_STREAM_END)
		rc = err_set(&bad, "the compressed data is damaged or cut");
	free(line);
	gzclose(file);
	if (rc != 0)
		err_set(err, "%s:%llu: %s", path,
			(unsigned long long)line_number, bad.text);
	return rc;
}
