/*
 * check_vnuma_lab.c - guests with vnuma= that were given to a running Xen 4.17:
 * which it refused, with which exit status and words; its warnings; and what the
 * hypervisor had stored of those it made.
 */
#include "run/jsonl.h"
#include "test/test.h"
#include "toolstack/vnuma_plan.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_MAX = 8192 };

struct tally {
	uint32_t made, refused, no_memory; /* recorded */
	uint32_t status, words, words_known; /* of refused: reproduced */
	uint32_t warnings;
};

static struct arena *arena;
static uint16_t cpu_to_node[CPU_MAX];
static struct xlcfg_host host;

static void read_topology(const json_t *record)
{
	const json_t *cpus = json_object_get(record, "cpus");

	host = (struct xlcfg_host){0, (uint32_t)json_array_size(cpus),
				   cpu_to_node};
	for (uint32_t i = 0; i < host.cpu_count; i++) {
		const json_t *cpu = json_array_get(cpus, i);
		json_int_t node = json_integer_value(
			json_object_get(cpu, "node"));

		ck_assert_int_eq(json_integer_value(
			json_object_get(cpu, "cpu")), i);
		cpu_to_node[i] = (uint16_t)node;
		if (node >= host.node_count)
			host.node_count = (uint32_t)node + 1;
	}
}

/* KEY = VALUE as xl reads it: JSON's strings, numbers and lists are xl's. */
static void add_line(char *text, const char *key, const json_t *value)
{
	char *dump;

	if (!value)
		return;
	dump = json_dumps(value, JSON_ENCODE_ANY);
	snprintf(text + strlen(text), TEXT_MAX - strlen(text), "%s = %s\n", key,
		 dump);
	free(dump);
}

static void config_text(const json_t *config, char text[TEXT_MAX])
{
	static const char *const key[][2] = {
		{"name", "name"}, {"type", "type"}, {"memory_mib", "memory"},
		{"maxmem_mib", "maxmem"}, {"vcpus", "vcpus"},
		{"maxvcpus", "maxvcpus"}, {"cpus", "cpus"},
		{"cpus_soft", "cpus_soft"}, {"vnuma", "vnuma"}};
	const json_t *raw = json_object_get(config, "raw");

	text[0] = '\0';
	for (size_t i = 0; i < sizeof(key) / sizeof(key[0]); i++)
		add_line(text, key[i][1], json_object_get(config, key[i][0]));
	for (size_t i = 0; i < json_array_size(raw); i++)
		snprintf(text + strlen(text), TEXT_MAX - strlen(text), "%s\n",
			 json_string_value(json_array_get(raw, i)));
}

/* How many messages have these words. */
static uint32_t messages_with(const json_t *record, const char *words)
{
	const json_t *messages = json_object_get(record, "messages");
	uint32_t count = 0;

	for (size_t i = 0; i < json_array_size(messages); i++)
		count += strstr(json_string_value(json_array_get(messages, i)),
				words) != NULL;
	return count;
}

/* "xl: invalid pnode number: 9" is in "... (xl: invalid pnode number: 9)". */
static bool xl_said(const json_t *record, const char *ours)
{
	const json_t *messages = json_object_get(record, "messages");

	for (size_t i = 0; i < json_array_size(messages); i++)
		if (!strstr(ours, json_string_value(
					  json_array_get(messages, i))))
			return false;
	return true;
}

static void count_refusal(const json_t *record, struct tally *t,
			  int64_t status, bool words)
{
	json_int_t rc = json_integer_value(json_object_get(record, "rc"));
	bool known = json_array_size(json_object_get(record, "messages")) > 0;

	ck_assert_msg(status == rc, "step %" JSON_INTEGER_FORMAT ": exit status "
		      "%" JSON_INTEGER_FORMAT ", ours %d",
		      json_integer_value(json_object_get(record, "step")), rc,
		      (int)status);
	t->refused++;
	t->status += status == rc;
	t->words_known += known;
	t->words += known && words;
}

/* The lines of debug key u, blanks trimmed. */
static void dump_text(const struct vnuma_info *info, char text[TEXT_MAX])
{
	size_t used = (size_t)snprintf(text, TEXT_MAX, "%u vnodes, %u vcpus, "
				       "guest physical layout:\n",
				       info->nr_vnodes, info->nr_vcpus);

	for (uint32_t v = 0; v < info->nr_vnodes; v++) {
		const char *between = "";

		used += (size_t)snprintf(text + used, TEXT_MAX - used,
					 "%u: pnode %3u, vcpus ", v,
					 info->vnode_to_pnode[v]);
		for (uint32_t i = 0; i < info->nr_vcpus; i++) {
			uint32_t last = i;

			if (info->vcpu_to_vnode[i] != v)
				continue;
			while (last + 1 < info->nr_vcpus &&
			       info->vcpu_to_vnode[last + 1] == v)
				last++;
			used += (size_t)snprintf(
				text + used, TEXT_MAX - used,
				last > i ? "%s%u-%u" : "%s%u", between, i,
				last);
			between = " ";
			i = last;
		}
		used += (size_t)snprintf(text + used, TEXT_MAX - used, "\n");
		for (uint32_t i = 0; i < info->nr_vmemranges; i++)
			if (info->vmemrange[i].nid == v)
				used += (size_t)snprintf(
					text + used, TEXT_MAX - used,
					"%016" PRIx64 " - %016" PRIx64 "\n",
					info->vmemrange[i].start_bytes,
					info->vmemrange[i].end_bytes);
	}
}

static const json_t *domain_of(const json_t *record, const char *name)
{
	const json_t *domains = json_object_get(
		json_object_get(record, "after"), "domains");

	for (size_t i = 0; i < json_array_size(domains); i++) {
		const json_t *d = json_array_get(domains, i);

		if (strcmp(json_string_value(json_object_get(d, "name")),
			   name) == 0)
			return d;
	}
	return NULL;
}

static void compare_stored(const json_t *record, const struct xlcfg *cfg,
			   const struct vnuma_plan *plan)
{
	const json_t *dump = json_object_get(domain_of(record, cfg->name),
					     "vnuma_dump");
	char ours[TEXT_MAX], theirs[TEXT_MAX] = "";

	for (size_t i = 0; i < json_array_size(dump); i++)
		snprintf(theirs + strlen(theirs), TEXT_MAX - strlen(theirs),
			 "%s\n", json_string_value(json_array_get(dump, i)));
	dump_text(plan->stored, ours);
	ck_assert_str_eq(ours, theirs);
}

static void compare_warnings(const json_t *record,
			     const struct vnuma_plan *plan, struct tally *t)
{
	char text[VNUMA_TEXT_MAX];

	ck_assert_uint_eq(messages_with(record, "vnuma info mismatch"),
			  plan->verdict.mismatch_count);
	for (uint32_t i = 0; i < plan->verdict.mismatch_count; i++) {
		vnuma_mismatch_text(&plan->verdict.mismatch[i], text);
		ck_assert_uint_eq(messages_with(record, text), 1);
		t->warnings++;
	}
}

static void compare(const json_t *record, struct tally *t)
{
	const json_t *config = json_object_get(record, "config");
	struct vnuma_ask ask = {.host = &host};
	struct vnuma_plan plan;
	struct xlcfg *cfg;
	struct err err;
	char text[TEXT_MAX];

	config_text(config, text);
	cfg = xlcfg_parse(arena, "guest.cfg", text, &err);
	if (!cfg || xlcfg_bind(cfg, &host, arena, &err)) {
		count_refusal(record, t, XL_REFUSED_PARSING,
			      xl_said(record, err.text));
		return;
	}
	ask.config = cfg;
	vnuma_plan_make(arena, &ask, &plan);
	compare_warnings(record, &plan, t);
	if (plan.refusal.xl_status) {
		count_refusal(record, t, plan.refusal.xl_status,
			      messages_with(record, plan.refusal.text) == 1);
		return;
	}
	if (messages_with(record, "can't allocate low memory")) {
		t->no_memory++;
		return;
	}
	ck_assert_int_eq(json_integer_value(json_object_get(record, "rc")), 0);
	compare_stored(record, cfg, &plan);
	t->made++;
}

static struct tally compare_file(const char *path)
{
	struct jsonl_line line = {0};
	struct tally t = {0};
	struct err err;
	struct jsonl *file = jsonl_open(path, &err);

	ck_assert_msg(file != NULL, "%s", err.text);
	while (jsonl_next(file, &line, &err) > 0) {
		json_t *record = json_loadb(line.text, line.bytes, 0, NULL);
		const char *action = json_string_value(
			json_object_get(record, "action"));

		if (strcmp(action, "topology") == 0)
			read_topology(record);
		if (strcmp(action, "create") == 0 &&
		    json_object_get(json_object_get(record, "config"), "vnuma"))
			compare(record, &t);
		json_decref(record);
	}
	free(line.text);
	jsonl_close(file);
	return t;
}

/* Counted in the recordings by hand: guests made, refused for their vnuma=,
 * and short of memory (which no rule of vNUMA can tell). Two refusals by xl
 * itself have no words in their record. */
static const struct {
	const char *path;
	struct tally want;
} files[] = {
	{"../shared/xen-lab/hvm4vnuma.jsonl.gz", {11, 9, 3, 9, 9, 9, 2}},
	{"../shared/xen-lab/t2x4.jsonl.gz", {0, 17, 0, 17, 16, 16, 0}},
	{"../shared/xen-lab/t4x2.jsonl.gz", {0, 7, 0, 7, 6, 6, 0}},
};

START_TEST(test_what_a_running_xen_did)
{
	struct tally got;
	const struct tally *want = &files[_i].want;

	if (access(files[_i].path, R_OK))
		return;
	arena = arena_create();
	got = compare_file(files[_i].path);
	ck_assert_uint_eq(got.made, want->made);
	ck_assert_uint_eq(got.refused, want->refused);
	ck_assert_uint_eq(got.no_memory, want->no_memory);
	ck_assert_uint_eq(got.status, want->status);
	ck_assert_uint_eq(got.words_known, want->words_known);
	ck_assert_uint_eq(got.words, want->words);
	ck_assert_uint_eq(got.warnings, want->warnings);
	arena_destroy(arena);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("vnuma_lab");
	TCase *tc = tcase_create("recorded");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_what_a_running_xen_did, 0,
			    sizeof(files) / sizeof(files[0]));
	suite_add_tcase(suite, tc);
	return suite;
}
