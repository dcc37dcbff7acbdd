/*
 * fuzz_jsonl.c - any bytes, plain or compressed, as a file of recorded answers
 *                (run/jsonl.h, run/conform_run.h).
 */
#include "test/fuzz/fuzz.h"

#include "run/conform_run.h"
#include "run/jsonl.h"

#include <stdlib.h>
#include <string.h>

static void read_lines(const char *path)
{
	struct jsonl_line line = {0};
	struct err err = {""};
	struct jsonl *file = jsonl_open(path, &err);
	int rc;

	require(file != NULL);
	while ((rc = jsonl_next(file, &line, &err)) > 0) {
		require(line.bytes > 0 && line.bytes < line.bytes_max);
		require(line.text[line.bytes] == '\0');
		require(!memchr(line.text, '\n', line.bytes));
	}
	if (rc < 0)
		fuzz_refused(&err, path);
	free(line.text);
	jsonl_close(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file("input.jsonl", data, size);
	struct conform_job job = {
		.options = conform_options_default(),
		.threads = 1,
		.first_max = 4,
	};
	struct conform_report report;

	read_lines(path);
	conform_run(&job, path, &report);
	conform_report_check(&report, job.first_max);
	if (report.failed)
		fuzz_refused(&report.err, path);
	conform_report_fini(&report);
	return 0;
}
