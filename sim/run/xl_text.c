/*
 * xl_text.c - lines, words and numbers of what xl prints
 * (host_state_parts.h).
 */
#include "run/host_state_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int xl_text_open(struct xl_text *text, const char *path, struct err *err)
{
	memset(text, 0, sizeof(*text));
	text->path = path;
	text->file = jsonl_open(path, err);
	return text->file ? 0 : -1;
}

void xl_text_close(struct xl_text *text)
{
	jsonl_close(text->file);
	free(text->line.text);
}

int xl_text_next(struct xl_text *text, struct err *err)
{
	int rc = jsonl_next(text->file, &text->line, err);

	text->word_count = 0;
	if (rc == 1)
		text->line.text[strcspn(text->line.text, "\r")] = '\0';
	return rc;
}

bool xl_text_split(struct xl_text *text)
{
	char *rest;

	for (char *word = strtok_r(text->line.text, " \t", &rest); word;
	     word = strtok_r(NULL, " \t", &rest)) {
		if (text->word_count == XL_WORD_MAX)
			return false;
		text->word[text->word_count++] = word;
	}
	return true;
}

int xl_text_fail(const struct xl_text *text, struct err *err,
		 const char *format, ...)
{
	char what[ERR_TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	return err_set(err, "%s:%llu: %s", text->path,
		       (unsigned long long)text->line.number, what);
}

bool xl_number(const char **at, uint64_t max, uint64_t *value)
{
	const char *digit = *at;

	*value = 0;
	for (; *digit >= '0' && *digit <= '9'; digit++) {
		uint64_t d = (uint64_t)(*digit - '0');

		if (*value > (max - d) / 10 || d > max)
			return false;
		*value = *value * 10 + d;
	}
	if (digit == *at)
		return false;
	*at = digit;
	return true;
}

bool xl_number_is(const char *text, uint64_t max, uint64_t *value)
{
	return xl_number(&text, max, value) && *text == '\0';
}

bool xl_skip(const char **at, const char *prefix)
{
	size_t length = strlen(prefix);

	if (strncmp(*at, prefix, length) != 0)
		return false;
	*at += length;
	return true;
}
