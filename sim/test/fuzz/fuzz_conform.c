/*
 * fuzz_conform.c - any lines as recorded answers, in each kind's replay
 *                  (run/conform_kinds.h), as `nodewise conform --kind` does.
 */
#include "test/fuzz/fuzz.h"

#include "run/conform_kinds.h"
#include "run/json_wide.h"

#include <string.h>

struct replay {
	const struct conform_kind *kind;
	struct conform_options options;
	void *series; /* of a kind that has one */
};

/* 0, or -1: the file would end here. */
static int replay_one(const struct replay *r, const json_t *record)
{
	struct conform_result result;
	struct err err = {""};
	int rc;

	conform_begin(&result);
	if (r->kind->series)
		rc = r->kind->series->replay(r->series, record, &result, &err);
	else if (r->kind->replay)
		rc = r->kind->replay(record, &result, &err);
	else
		rc = r->kind->replay_with(record, &r->options, &result, &err);
	if (rc)
		fuzz_refused(&err, NULL);
	return rc;
}

/* All lines that are JSON. */
static void replay_all(const struct replay *r, const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *end = text + size;
	json_error_t error;

	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t length = (size_t)((stop ? stop : end) - text);
		json_t *record = json_wide_loadb(text, length,
						 JSON_REJECT_DUPLICATES, &error);
		int rc = record ? replay_one(r, record) : -1;

		json_decref(record);
		if (rc)
			return;
		text += length + 1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < conform_kind_count(); i++) {
		struct replay r = {
			.kind = conform_kind_at(i),
			.options = conform_options_default(),
		};

		r.options.paranoid = size % 2;
		r.options.libxl_fixed = size % 3 == 0;
		if (!r.kind->series) {
			replay_all(&r, data, size);
			continue;
		}
		json_t *notes = json_object();

		r.series = r.kind->series->open(&r.options);
		replay_all(&r, data, size);
		r.kind->series->close(r.series, notes);
		json_decref(notes);
	}
	return 0;
}
