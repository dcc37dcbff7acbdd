/*
 * fuzz_csv.c - any bytes as comma-separated rows: as they are, as arrivals of a
 *              scenario, as the samples of a results folder
 *              (base/csv.h, run/scenario.h, base/sample.h).
 */
#include "test/fuzz/fuzz.h"

#include "base/csv.h"
#include "base/sample.h"
#include "run/scenario.h"

#include <string.h>

static const char scenario[] =
	"name: fuzz\nhost: four-node\nduration_s: 10\nwarmup_s: 1\n"
	"heuristics: [libxl]\n"
	"guests:\n"
	"  - {name: g, config: small, workload: idle,\n"
	"     arrival: {trace: ./input.csv}}\n";

static void as_rows(const char *path)
{
	struct err err = {""};
	struct csv_reader *csv = csv_open(path, &err);
	const char *const *field;
	size_t count;
	uint64_t whole;
	double number;
	int rc;

	require(csv != NULL);
	while ((rc = csv_next(csv, &field, &count, &err)) > 0)
		for (size_t i = 0; i < count; i++) {
			csv_read_u64(field[i], &whole);
			csv_read_double(field[i], &number);
		}
	if (rc < 0)
		fuzz_refused(&err, path);
	csv_close(csv);
}

static void as_samples(const char *path)
{
	struct err err = {""};
	struct sample_reader *reader = sample_open(path, &err);
	struct sample sample;
	int rc = reader ? 1 : -1;

	while (rc > 0)
		rc = sample_next(reader, &sample, &err);
	if (rc < 0)
		fuzz_refused(&err, path);
	sample_close(reader);
}

static void as_trace(void)
{
	struct arena *arena = arena_create();
	const char *path = fuzz_file("input.yaml", (const uint8_t *)scenario,
				     sizeof(scenario) - 1);
	struct err err = {""};
	struct scenario *s = scenario_load(arena, path, "workloads", &err);
	uint32_t count;

	if (!s) {
		fuzz_refused(&err, NULL);
	} else {
		scenario_check(s);
		scenario_arrivals(s, 0, 1, arena, &count);
	}
	arena_destroy(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file("input.csv", data, size);

	as_rows(path);
	as_samples(path);
	if (memmem(data, size, "arrival_s", 9))
		as_trace();
	return 0;
}
