/*
 * check_workloads_readme.c - workloads/README.md names every key there is, and
 * its examples read.
 */
#include "run/host_file.h"
#include "run/scenario.h"
#include "run/workload_file.h"
#include "run/yaml.h"
#include "test/test.h"
#include "toolstack/xlcfg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char readme[1 << 17];

static void readme_read(void)
{
	FILE *file = fopen("workloads/README.md", "r");
	size_t length;

	ck_assert_ptr_nonnull(file);
	length = fread(readme, 1, sizeof(readme), file);
	fclose(file);
	ck_assert_uint_gt(length, 0);
	ck_assert_uint_lt(length, sizeof(readme));
	readme[length] = '\0';
}

/* The text under a heading, up to the next of its level; freed by the caller. */
static char *section(const char *heading)
{
	char title[64];
	const char *start, *end;

	snprintf(title, sizeof(title), "\n## %s\n", heading);
	start = strstr(readme, title);
	ck_assert_msg(start != NULL, "no section %s", heading);
	end = strstr(start + strlen(title), "\n## ");
	return strndup(start, end ? (size_t)(end - start) : strlen(start));
}

struct want {
	const char *text;    /* the section */
	uint32_t key_count;
};

/* What stands below a distribution is explained once. */
static const char *below_dist(const char *path)
{
	static const char *const parents[] = {"lifetime_s.", "ops.", "cpu_us.",
					      "sleep_us."};

	for (size_t i = 0; i < 4; i++) {
		const char *at = strstr(path, parents[i]);

		if (at)
			return at + strlen(parents[i]);
	}
	return NULL;
}

/*
 * A key with keys below it is documented by them: `a.b` and `a[].b` stand for
 * a. In a row of a table, the row must say a default or that it is required.
 */
static void key_is_documented(void *arg, const char *path, bool required)
{
	static const char *const ends[] = {"` |", ".", "[]."};
	struct want *want = arg;
	const char *row = NULL;
	char text[256];

	want->key_count++;
	if (below_dist(path))
		return;
	for (size_t e = 0; e < 3 && !row; e++) {
		snprintf(text, sizeof(text), "\n| `%s%s", path, ends[e]);
		row = strstr(want->text, text);
	}
	ck_assert_msg(row != NULL, "workloads/README.md lacks %s", path);
	snprintf(text, sizeof(text), "\n| `%s` |", path);
	row = strstr(want->text, text);
	if (!row)
		return;
	size_t length = strcspn(row + 1, "\n");
	char *line = strndup(row + 1, length);
	bool says = strstr(line, "| required |") != NULL;

	ck_assert_msg(says == required, "%s: the README says otherwise: %s",
		      path, line);
	free(line);
}

static void dist_key_is_documented(void *arg, const char *path, bool required)
{
	const char *key = below_dist(path);
	char text[64];

	(void)required;
	if (!key)
		return;
	snprintf(text, sizeof(text), "\n| `%s` |", key);
	ck_assert_msg(strstr(arg, text) != NULL, "workloads/README.md lacks %s",
		      key);
}

START_TEST(test_scenario_and_workload_keys)
{
	char *scenarios = section("Scenarios");
	char *workloads = section("Workloads");
	char *dists = section("Distributions");
	struct want scenario = {scenarios, 0}, workload = {workloads, 0};

	yaml_schema_keys(&scenario_schema, key_is_documented, &scenario);
	yaml_schema_keys(&workload_schema, key_is_documented, &workload);
	yaml_schema_keys(&scenario_schema, dist_key_is_documented, dists);
	yaml_schema_keys(&workload_schema, dist_key_is_documented, dists);
	ck_assert_uint_gt(scenario.key_count, 50);
	ck_assert_uint_gt(workload.key_count, 30);
	free(scenarios);
	free(workloads);
	free(dists);
}
END_TEST

START_TEST(test_distribution_kinds)
{
	char *dists = section("Distributions");

	for (int k = 0; k < DIST_KIND_COUNT; k++) {
		char text[64];

		snprintf(text, sizeof(text), "`%s`", dist_kinds[k].name);
		ck_assert_msg(strstr(dists, text) != NULL, "lacks %s", text);
	}
	free(dists);
}
END_TEST

/* The profile's keys; those of an origin are explained once. */
static void host_key_is_documented(void *arg, const char *path, bool required)
{
	static const char *const ends[] = {"`", ".", "[]."};
	const char *origin = strstr(path, "origin");
	bool found = false;

	(void)required;
	for (size_t e = 0; e < 3; e++) {
		char text[256];

		snprintf(text, sizeof(text), "`%s%s%s", origin ? "*." : "",
			 origin ? origin : path, ends[e]);
		found |= strstr(arg, text) != NULL;
	}
	ck_assert_msg(found, "workloads/README.md lacks %s", path);
}

START_TEST(test_host_keys)
{
	char *hosts = section("Host profiles");

	yaml_schema_keys(&host_file_schema, host_key_is_documented, hosts);
	free(hosts);
}
END_TEST

START_TEST(test_xlcfg_keys_and_trace_columns)
{
	static const char *const keys[] = {
		"name", "type", "builder", "memory", "maxmem", "vcpus",
		"maxvcpus", "cpus", "cpus_soft", "pool", "vnuma", "cpu_weight",
		"cap", "hap", "shadow_memory", "vga", "stdvga", "videoram",
	};
	static const char *const columns[] = {
		"arrival_s", "lifetime_s", "vcpus", "memory_mib", "workload",
	};
	char *guests = section("Guests"), *traces = section("Traces");
	char text[64];

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		snprintf(text, sizeof(text), "\n| `%s` |", keys[i]);
		ck_assert_msg(strstr(guests, text) != NULL, "lacks %s", text);
	}
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		snprintf(text, sizeof(text), "\n| `%s` |", columns[i]);
		ck_assert_msg(strstr(traces, text) != NULL, "lacks %s", text);
	}
	free(guests);
	free(traces);
}
END_TEST

/* The indented block that begins with start, without its indent. */
static char *example(const char *heading, const char *start)
{
	char *text = section(heading);
	char first[64];
	char *from, *to, *out;

	snprintf(first, sizeof(first), "\n    %s", start);
	from = strstr(text, first);
	ck_assert_msg(from != NULL, "no example %s", start);
	out = to = calloc(1, strlen(from) + 1);
	for (from++; strncmp(from, "    ", 4) == 0; from++) {
		for (from += 4; *from && *from != '\n'; from++)
			*to++ = *from;
		*to++ = '\n';
		if (!*from)
			break;
	}
	free(text);
	return out;
}

START_TEST(test_examples_read)
{
	char path[] = "/tmp/check_readme_XXXXXX.yaml";
	int fd = mkstemps(path, 5);
	struct arena *arena = arena_create();
	char *scenario = example("Scenarios", "name: two-classes");
	char *workload = example("Workloads", "name: web");
	char *guest = example("Guests", "name = \"db\"");
	struct err err = {""};
	FILE *file = fdopen(fd, "w");

	fputs(scenario, file);
	fclose(file);
	const struct scenario *s = scenario_load(arena, path, "workloads",
						 &err);

	remove(path);
	ck_assert_msg(s != NULL, "%s", err.text);
	ck_assert_uint_eq(s->case_count, 4);
	ck_assert_msg(workload_parse(arena, "w", workload, &err) != NULL, "%s",
		      err.text);
	const struct xlcfg *cfg = xlcfg_parse(arena, "g", guest, &err);

	ck_assert_msg(cfg != NULL, "%s", err.text);
	ck_assert_uint_eq(cfg->vnode_count, 2);
	ck_assert_uint_eq(cfg->warning_count, 0);
	free(scenario);
	free(workload);
	free(guest);
	arena_destroy(arena);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("workloads_readme");
	TCase *tc = tcase_create("readme");

	tcase_add_checked_fixture(tc, readme_read, NULL);
	tcase_add_test(tc, test_scenario_and_workload_keys);
	tcase_add_test(tc, test_distribution_kinds);
	tcase_add_test(tc, test_host_keys);
	tcase_add_test(tc, test_xlcfg_keys_and_trace_columns);
	tcase_add_test(tc, test_examples_read);
	suite_add_tcase(suite, tc);
	return suite;
}
