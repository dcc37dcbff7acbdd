/*
 * json_text.h - text from outside as JSON.
 *
 * RULE    JSON is UTF-8. Text that is none (the path of a file, a name in one)
 *         has '?' for its bytes above 127; jansson alone would refuse it.
 *
 * TESTS   sim/test/check_record.c
 */
#ifndef BASE_JSON_TEXT_H
#define BASE_JSON_TEXT_H

#include <jansson.h>

/* A new reference, never NULL. */
json_t *json_text(const char *text);

#endif
