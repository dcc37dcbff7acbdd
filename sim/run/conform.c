#include "run/conform.h"

#include "run/json_wide.h"
#include "run/jsonl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

void conform_begin(struct conform_result *result)
{
	memset(result, 0, sizeof(*result));
}

enum conform_verdict conform_differs_text(struct conform_result *result,
					  const char *key, const char *expected,
					  const char *got)
{
	snprintf(result->key, sizeof(result->key), "%s", key);
	snprintf(result->expected, sizeof(result->expected), "%s", expected);
	snprintf(result->got, sizeof(result->got), "%s", got);
	return CONFORM_DIFFERS;
}

enum conform_verdict conform_differs(struct conform_result *result,
				     const char *key, int64_t expected,
				     int64_t got)
{
	char a[32], b[32];

	snprintf(a, sizeof(a), "%lld", (long long)expected);
	snprintf(b, sizeof(b), "%lld", (long long)got);
	return conform_differs_text(result, key, a, b);
}

/* "0-3,8"; "none" */
static void cpus_text(const cpuset *cpus, char text[CONFORM_TEXT_MAX])
{
	size_t used = 0;

	snprintf(text, CONFORM_TEXT_MAX, "none");
	for (uint32_t c = cpuset_first(cpus);
	     c != CPU_NONE && used < CONFORM_TEXT_MAX;) {
		uint32_t last = c;

		while (last + 1 < CPU_MAX && cpuset_has(cpus, last + 1))
			last++;
		used += (size_t)snprintf(text + used, CONFORM_TEXT_MAX - used,
					 last > c ? "%s%u-%u" : "%s%u",
					 used ? "," : "", (unsigned)c,
					 (unsigned)last);
		c = cpuset_from(cpus, last + 1);
	}
}

enum conform_verdict conform_differs_cpus(struct conform_result *result,
					  const char *key,
					  const cpuset *expected,
					  const cpuset *got)
{
	char a[CONFORM_TEXT_MAX], b[CONFORM_TEXT_MAX];

	cpus_text(expected, a);
	cpus_text(got, b);
	return conform_differs_text(result, key, a, b);
}

enum conform_verdict conform_differs_nodes(struct conform_result *result,
					   const char *key, nodeset expected,
					   nodeset got)
{
	cpuset a = cpuset_below(0), b = cpuset_below(0);

	for (uint32_t n = 0; n < NODE_MAX; n++) {
		if (nodeset_has(expected, n))
			cpuset_add(&a, n);
		if (nodeset_has(got, n))
			cpuset_add(&b, n);
	}
	return conform_differs_cpus(result, key, &a, &b);
}

enum conform_verdict conform_differs_json(struct conform_result *result,
					  const char *key,
					  const json_t *expected,
					  const json_t *got)
{
	char *a = expected ? json_dumps(expected, JSON_ENCODE_ANY |
						  JSON_COMPACT) : NULL;
	char *b = got ? json_dumps(got, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

	conform_differs_text(result, key, a ? a : "nothing",
			     b ? b : "nothing");
	free(a);
	free(b);
	return CONFORM_DIFFERS;
}

static enum conform_verdict json_objects(struct conform_result *result,
					 const char *what, const json_t *a,
					 const json_t *b)
{
	enum conform_verdict v = CONFORM_AGREES;
	char path[CONFORM_KEY_MAX];
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)a, key, value) {
		snprintf(path, sizeof(path), "%.90s.%.30s", what, key);
		if (v == CONFORM_AGREES)
			v = conform_json(result, path, value,
					 json_object_get(b, key));
	}
	json_object_foreach ((json_t *)b, key, value) {
		snprintf(path, sizeof(path), "%.90s.%.30s", what, key);
		if (v == CONFORM_AGREES && !json_object_get(a, key))
			v = conform_json(result, path, NULL, value);
	}
	return v;
}

enum conform_verdict conform_json(struct conform_result *result,
				  const char *what, const json_t *recorded,
				  const json_t *ours)
{
	enum conform_verdict v = CONFORM_AGREES;
	char path[CONFORM_KEY_MAX];

	if (recorded && ours && json_equal(recorded, ours))
		return CONFORM_AGREES;
	if (json_is_object(recorded) && json_is_object(ours))
		return json_objects(result, what, recorded, ours);
	if (!json_is_array(recorded) || !json_is_array(ours) ||
	    json_array_size(recorded) != json_array_size(ours))
		return conform_differs_json(result, what, recorded, ours);
	for (size_t i = 0; v == CONFORM_AGREES && i < json_array_size(ours);
	     i++) {
		snprintf(path, sizeof(path), "%.90s[%zu]", what, i);
		v = conform_json(result, path, json_array_get(recorded, i),
				 json_array_get(ours, i));
	}
	return v;
}

int conform_end(const json_t *record, enum conform_verdict verdict,
		struct conform_result *result)
{
	const json_t *id = json_object_get(record, "id");

	result->id[0] = '\0';
	if (json_is_integer(id))
		snprintf(result->id, sizeof(result->id),
			 "%" JSON_INTEGER_FORMAT, json_integer_value(id));
	else if (json_is_string(id))
		snprintf(result->id, sizeof(result->id), "%s",
			 json_string_value(id));
	result->is_case = true;
	result->modelled = verdict != CONFORM_UNMODELLED;
	result->agrees = verdict == CONFORM_AGREES;
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

static int replay_line(const struct jsonl_line *line, conform_replay *replay,
		       struct conform_count *count, struct err *why)
{
	struct conform_result result;
	json_error_t error;
	json_t *record = json_wide_loadb(line->text, line->bytes,
					 JSON_REJECT_DUPLICATES, &error);

	if (!record)
		return err_set(why, "not JSON: %s", error.text);
	int rc = replay(record, &result, why);

	json_decref(record);
	if (rc != 0)
		return rc;
	if (!result.agrees && count->agreed == count->total)
		count->first = result;
	count->total++;
	count->agreed += result.agrees;
	return 0;
}

int conform_file(const char *path, conform_replay *replay,
		 struct conform_count *count, struct err *err)
{
	struct jsonl_line line = {0};
	struct err why;
	int rc = 0;

	*count = (struct conform_count){0};
	struct jsonl *file = jsonl_open(path, err);

	if (!file)
		return -1;
	while (rc == 0 && (rc = jsonl_next(file, &line, err)) > 0) {
		rc = replay_line(&line, replay, count, &why);
		if (rc != 0)
			err_set(err, "%s:%llu: %s", path,
				(unsigned long long)line.number, why.text);
	}
	free(line.text);
	jsonl_close(file);
	return rc;
}
