#include "test/fuzz/json_mutate.h"

#include "base/err.h"
#include "base/rng.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES_IN_EIGHT = 1, CHANGES_MAX = 3, REPEAT_MAX = 64 };

/* A value and where it hangs. */
struct place {
	json_t *parent;
	const char *key; /* in an object, else NULL */
	size_t index;    /* in an array */
	json_t *value;
};

/* A walk that keeps one of the values it meets, each equally likely. */
struct pick {
	struct rng *rng;
	uint64_t met;
	struct place place;
};

static const json_int_t numbers[] = {
	0, 1, 2, 3, 7, 8, 9, 10, 15, 16, 17, 18, 19, 31, 32, 33, 41, 63, 64, 65,
	127, 128, 255, 256, 511, 512, 513, 1023, 1024, 1025, 4096, 65535, 65536,
	262144, 1 << 24, INT32_MAX, INT64_C(4294967295), INT64_C(4294967296),
	INT64_C(1) << 40, INT64_C(1) << 52, INT64_MAX / 4096, INT64_MAX - 1,
	INT64_MAX, -1, -2, -4096, INT32_MIN, INT64_MIN,
};

static const char *const texts[] = {
	"", "all", "none", "0", "0-1", "0-1023", "1023", "1024", "5-2", "0,0",
	"4000000000", "pv", "hvm", "pvh", "credit2", "null", "idle", "run",
	"block", "yield", "18446744073709551615", "%s%n", "d1v0", "\xc3\xa4",
};

static void walk(struct pick *p, json_t *parent)
{
	const char *key;
	json_t *value;
	size_t i;

	json_object_foreach (parent, key, value) {
		if (rng_below(p->rng, ++p->met) == 0)
			p->place = (struct place){parent, key, 0, value};
		walk(p, value);
	}
	json_array_foreach (parent, i, value) {
		if (rng_below(p->rng, ++p->met) == 0)
			p->place = (struct place){parent, NULL, i, value};
		walk(p, value);
	}
}

/* A place in the record; .parent is NULL if it is empty. */
static struct place somewhere(json_t *record, struct rng *rng)
{
	struct pick p = {.rng = rng};

	walk(&p, record);
	return p.place;
}

#define ANY(list, rng) (list)[rng_below(rng, sizeof(list) / sizeof((list)[0]))]

static json_t *other_value(const json_t *value, struct rng *rng)
{
	json_int_t n = json_integer_value(value);
	uint64_t by = 1 + rng_below(rng, 4);

	if (json_is_integer(value) && rng_below(rng, 2)) {
		uint64_t changed = rng_below(rng, 2) ? (uint64_t)n + by
						     : (uint64_t)n - by;

		if (rng_below(rng, 4) == 0)
			changed = (uint64_t)n << by;
		return json_integer((json_int_t)changed);
	}
	switch (rng_below(rng, 12)) {
	case 0: return json_null();
	case 1: return json_true();
	case 2: return json_false();
	case 3: return json_array();
	case 4: return json_object();
	case 5: return json_real(-1.5);
	case 6:
	case 7: return json_string(ANY(texts, rng));
	default: return json_integer(ANY(numbers, rng));
	}
}

static void put(const struct place *p, json_t *value)
{
	if (p->key)
		json_object_set_new(p->parent, p->key, value);
	else
		json_array_set_new(p->parent, p->index, value);
}

/* Removes the value, or that and all behind it in its array. */
static void cut(const struct place *p, struct rng *rng)
{
	bool rest = rng_below(rng, 4) == 0;

	if (p->key) {
		json_object_del(p->parent, p->key);
		return;
	}
	do
		json_array_remove(p->parent, p->index);
	while (rest && p->index < json_array_size(p->parent));
}

static void repeat(const struct place *p, struct rng *rng)
{
	uint64_t times = 1 + rng_below(rng, rng_below(rng, 4) ? 2 : REPEAT_MAX);

	for (uint64_t i = 0; !p->key && i < times; i++)
		json_array_insert_new(p->parent, p->index,
				      json_deep_copy(p->value));
}

static void change(json_t *record, struct rng *rng)
{
	struct place p = somewhere(record, rng);
	struct place from = somewhere(record, rng);

	if (!p.parent)
		return;
	switch (rng_below(rng, 8)) {
	case 0:
		cut(&p, rng);
		break;
	case 1:
		repeat(&p, rng);
		break;
	case 2:
		put(&p, json_deep_copy(from.value));
		break;
	default:
		put(&p, other_value(p.value, rng));
		break;
	}
}

/* The start of line number `index`, and its length. */
static const char *line_at(const char *text, size_t size, uint64_t index,
			   size_t *length)
{
	for (;;) {
		const char *end = memchr(text, '\n', size);

		*length = end ? (size_t)(end - text) : size;
		if (index-- == 0)
			return text;
		text += *length + 1;
		size -= *length + 1;
	}
}

static char *changed_line(const char *line, size_t length, struct rng *rng)
{
	json_t *record = json_loadb(line, length, 0, NULL);
	uint64_t changes = 1 + rng_below(rng, CHANGES_MAX);
	char *text;

	if (!record)
		return NULL;
	while (changes--)
		change(record, rng);
	text = json_dumps(record, JSON_COMPACT);
	json_decref(record);
	return text;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
			       unsigned int seed)
{
	const char *text = (const char *)data, *line;
	uint64_t lines = 1;
	size_t length, at, new_length;
	struct rng rng;
	char *new;

	rng_init(&rng, seed, RNG_TEST, 0);
	for (size_t i = 0; i + 1 < size; i++)
		lines += data[i] == '\n';
	if (size == 0 || rng_below(&rng, 8) < BYTES_IN_EIGHT)
		return LLVMFuzzerMutate(data, size, max_size);
	line = line_at(text, size, rng_below(&rng, lines), &length);
	new = changed_line(line, length, &rng);
	new_length = new ? strlen(new) : 0;
	if (!new || size - length + new_length > max_size) {
		free(new);
		return LLVMFuzzerMutate(data, size, max_size);
	}
	at = (size_t)(line - text);
	memmove(data + at + new_length, data + at + length, size - at - length);
	memcpy(data + at, new, new_length);
	free(new);
	return size - length + new_length;
}
