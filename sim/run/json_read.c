#include "run/json_read.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int missing(const char *key, const char *wanted, struct err *err)
{
	return err_set(err, "%s: missing or not %s", key, wanted);
}

int json_read_uint(const json_t *object, const char *key, uint64_t min,
		   uint64_t max, uint64_t *value, struct err *err)
{
	const json_t *item = json_object_get(object, key);

	if (!json_is_integer(item))
		return missing(key, "an integer", err);

	json_int_t number = json_integer_value(item);

	if (number < 0 || (uint64_t)number < min || (uint64_t)number > max)
		return err_set(err, "%s: %" JSON_INTEGER_FORMAT " is not in "
			       "%" PRIu64 "..%" PRIu64, key, number, min, max);
	*value = (uint64_t)number;
	return 0;
}

int json_read_bool(const json_t *object, const char *key, bool *value,
		   struct err *err)
{
	const json_t *item = json_object_get(object, key);

	if (!json_is_boolean(item))
		return missing(key, "true or false", err);
	*value = json_is_true(item);
	return 0;
}

int json_read_string(const json_t *object, const char *key,
		     const char **value, struct err *err)
{
	*value = json_string_value(json_object_get(object, key));
	return *value ? 0 : missing(key, "a string", err);
}

int json_read_array(const json_t *object, const char *key,
		    const json_t **value, struct err *err)
{
	*value = json_object_get(object, key);
	return json_is_array(*value) ? 0 : missing(key, "an array", err);
}

int json_read_object(const json_t *object, const char *key,
		     const json_t **value, struct err *err)
{
	*value = json_object_get(object, key);
	return json_is_object(*value) ? 0 : missing(key, "an object", err);
}

/* A CPU number at *text, which moves behind it; CPU_MAX if there is none. */
static uint32_t parse_cpu(const char **text)
{
	uint32_t cpu = 0;
	const char *digit = *text;

	for (; *digit >= '0' && *digit <= '9'; digit++) {
		cpu = cpu * 10 + (uint32_t)(*digit - '0');
		if (cpu >= CPU_MAX)
			return CPU_MAX;
	}
	if (digit == *text)
		return CPU_MAX;
	*text = digit;
	return cpu;
}

/* "0-3,8" */
static bool parse_cpulist(const char *text, cpuset *cpus)
{
	memset(cpus, 0, sizeof(*cpus));
	while (*text) {
		uint32_t first = parse_cpu(&text);
		uint32_t last = first;

		if (*text == '-') {
			text++;
			last = parse_cpu(&text);
		}
		if (first >= CPU_MAX || last >= CPU_MAX || first > last)
			return false;
		for (uint32_t c = first; c <= last; c++)
			cpuset_add(cpus, c);
		if (*text == '\0')
			return true;
		if (*text++ != ',' || *text == '\0')
			return false;
	}
	return true;
}

int json_read_cpus(const json_t *object, const char *key, cpuset *cpus,
		   struct err *err)
{
	const char *text;

	if (json_read_string(object, key, &text, err) < 0)
		return -1;
	if (!parse_cpulist(text, cpus))
		return err_set(err, "%s: \"%.40s\" is no list of CPUs below "
			       "%d such as \"0-3,8\"", key, text, CPU_MAX);
	return 0;
}

int json_read_nodes(const json_t *object, const char *key, nodeset *nodes,
		    struct err *err)
{
	const json_t *list;

	if (json_read_array(object, key, &list, err) < 0)
		return -1;
	*nodes = NODESET_NONE;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);
		json_int_t node = json_integer_value(item);

		if (!json_is_integer(item) || node < 0 || node >= NODE_MAX)
			return err_set(err, "%s: entry %zu is no node of "
				       "0..%d", key, i, NODE_MAX - 1);
		*nodes = nodeset_add(*nodes, (uint32_t)node);
	}
	return 0;
}
