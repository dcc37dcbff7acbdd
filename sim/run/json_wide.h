/*
 * json_wide.h - JSON whose integers may need all 64 bits.
 *
 * RULE    jansson's integers are signed, and it refuses a text with a larger
 *         one. Xen's are not: -4 KiB as an unsigned size is 18446744073709547520
 *         in a record. Such a text is read again with every integer of 2^63 to
 *         2^64 - 1 as a string of its digits; json_wide_u64() takes either.
 *         Anything else jansson refuses stays refused: 10^30 too.
 *
 * TESTS   sim/test/check_vnuma_golden.c
 */
#ifndef RUN_JSON_WIDE_H
#define RUN_JSON_WIDE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As json_loadb(), but error must not be NULL. */
json_t *json_wide_loadb(const char *text, size_t bytes, size_t flags,
			json_error_t *error);

/* An integer >= 0, or the digits of one of 2^63 and more. */
bool json_wide_u64(const json_t *value, uint64_t *out);

/* The other way: an integer, or from 2^63 on its digits. */
json_t *json_wide_new(uint64_t value);

#endif
