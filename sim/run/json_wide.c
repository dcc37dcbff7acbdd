#include "run/json_wide.h"

#include "base/err.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 20 }; /* of UINT64_MAX; those of 2^63 are 19 */

/* The value of so many digits; false if it fits a signed integer, or not 64
 * bits at all. */
static bool is_wide(const char *digit, size_t count, uint64_t *value)
{
	*value = 0;
	if (count < DIGITS - 1 || count > DIGITS || digit[0] == '0')
		return false;
	for (size_t i = 0; i < count; i++) {
		uint64_t d = (uint64_t)(digit[i] - '0');

		if (*value > (UINT64_MAX - d) / 10)
			return false;
		*value = *value * 10 + d;
	}
	return *value > INT64_MAX;
}

static size_t string_bytes(const char *text, size_t bytes)
{
	size_t i = 1;

	while (i < bytes && text[i] != '"')
		i += text[i] == '\\' ? 2 : 1;
	return i < bytes ? i + 1 : bytes;
}

static size_t digit_count(const char *text, size_t bytes)
{
	size_t i = 0;

	while (i < bytes && text[i] >= '0' && text[i] <= '9')
		i++;
	return i;
}

static size_t number_bytes(const char *text, size_t bytes)
{
	size_t i = 0;

	while (i < bytes && text[i] && strchr("+-.0123456789eE", text[i]))
		i++;
	return i;
}

/* A copy with wide integers in quotes. */
static char *quote_wide(const char *text, size_t bytes, size_t *copy_bytes)
{
	/* A quoted one has 19 digits at least, and gets two bytes more. */
	char *copy = malloc(bytes + bytes / 8 + 2);
	size_t used = 0, take;
	uint64_t ignored;

	if (!copy)
		panic(__FILE__, __LINE__, "out of memory");
	for (size_t i = 0; i < bytes; i += take) {
		bool wide = false;

		take = 1;
		if (text[i] == '"') {
			take = string_bytes(text + i, bytes - i);
		} else if (text[i] == '-' ||
			   (text[i] >= '0' && text[i] <= '9')) {
			take = number_bytes(text + i, bytes - i);
			wide = digit_count(text + i, take) == take &&
			       is_wide(text + i, take, &ignored);
		}
		if (wide)
			copy[used++] = '"';
		memcpy(copy + used, text + i, take);
		used += take;
		if (wide)
			copy[used++] = '"';
	}
	*copy_bytes = used;
	return copy;
}

json_t *json_wide_loadb(const char *text, size_t bytes, size_t flags,
			json_error_t *error)
{
	json_t *value = json_loadb(text, bytes, flags, error);
	size_t copy_bytes;
	char *copy;

	if (value || json_error_code(error) != json_error_numeric_overflow)
		return value;
	copy = quote_wide(text, bytes, &copy_bytes);
	value = json_loadb(copy, copy_bytes, flags, error);
	free(copy);
	return value;
}

bool json_wide_u64(const json_t *value, uint64_t *out)
{
	if (json_is_integer(value) && json_integer_value(value) >= 0) {
		*out = (uint64_t)json_integer_value(value);
		return true;
	}
	if (!json_is_string(value))
		return false;
	const char *digits = json_string_value(value);
	size_t count = json_string_length(value);

	return digit_count(digits, count) == count &&
	       is_wide(digits, count, out);
}

json_t *json_wide_new(uint64_t value)
{
	char digits[DIGITS + 1];

	if (value <= INT64_MAX)
		return json_integer((json_int_t)value);
	snprintf(digits, sizeof(digits), "%" PRIu64, value);
	return json_string(digits);
}
