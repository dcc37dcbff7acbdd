/*
 * check_lab_record.c - recorded hosts: every step as read is what the JSON says,
 * and comes back the same from the text that xl would print of it; broken
 * records by line.
 */
#include "run/lab_record.h"
#include "test/host_sample.h"

#include <jansson.h>
#include <zlib.h>

/* --- recorded hosts ------------------------------------------------------------------- */

static uint64_t number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	ck_assert_msg(json_is_integer(value), "%s", key);
	return (uint64_t)json_integer_value(value);
}

static const char *text(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	ck_assert_msg(value != NULL, "%s", key);
	return value;
}

static void same_domain(const struct host_state *s,
			const struct host_state_domain *d, const json_t *json)
{
	const json_t *pages = json_object_get(json, "pages_per_node");

	ck_assert_str_eq(d->name, text(json, "name"));
	ck_assert_uint_eq(d->domid, number(json, "id"));
	ck_assert_uint_eq(d->total_pages, number(json, "total_pages"));
	ck_assert_uint_eq(d->vcpu_count,
			  json_array_size(json_object_get(json, "vcpus")));
	for (uint32_t n = 0; n < s->node_count; n++) {
		char key[16];

		sprintf(key, "%u", n);
		ck_assert_uint_eq(d->pages_on[n], number(pages, key));
	}
	ck_assert_int_eq(d->node_affinity_auto,
			 !strcmp(text(json, "node_affinity"), "all"));
}

static void same_state(const struct host_state *s, const json_t *after)
{
	const json_t *nodes = json_object_get(after, "nodes");
	const json_t *domains = json_object_get(after, "domains");

	ck_assert_uint_eq(s->node_count, json_array_size(nodes));
	ck_assert_uint_eq(s->domain_count, json_array_size(domains));
	for (uint32_t n = 0; n < s->node_count; n++) {
		const json_t *node = json_array_get(nodes, n);
		const json_t *distances = json_object_get(node, "distances");

		ck_assert_uint_eq(s->node[n].free_pages,
				  number(node, "free_pages"));
		ck_assert_uint_eq(s->node[n].span_pages,
				  number(node, "size_pages"));
		ck_assert_uint_eq(s->node[n].start_mfn,
				  number(node, "start_pfn"));
		for (uint32_t m = 0; m < s->node_count; m++)
			ck_assert_uint_eq(s->distance[n * s->node_count + m],
					  (uint64_t)json_integer_value(
						  json_array_get(distances, m)));
	}
	for (uint32_t d = 0; d < s->domain_count; d++)
		same_domain(s, &s->domain[d], json_array_get(domains, d));
}

static void same_states(const struct host_state *a, const struct host_state *b)
{
	ck_assert_uint_eq(a->node_count, b->node_count);
	ck_assert_uint_eq(a->cpu_count, b->cpu_count);
	ck_assert_uint_eq(a->domain_count, b->domain_count);
	ck_assert_uint_eq(a->total_pages, b->total_pages);
	ck_assert_uint_eq(a->claimed_pages, b->claimed_pages);
	ck_assert_uint_eq(a->xen_version, b->xen_version);
	ck_assert_uint_eq(a->dma_bits, b->dma_bits);
	ck_assert_mem_eq(a->cpu, b->cpu, a->cpu_count * sizeof(*a->cpu));
	ck_assert_mem_eq(a->distance, b->distance,
			 a->node_count * a->node_count);
	for (uint32_t n = 0; n < a->node_count; n++) {
		ck_assert_uint_eq(a->node[n].start_mfn, b->node[n].start_mfn);
		ck_assert_uint_eq(a->node[n].span_pages,
				  b->node[n].span_pages);
		ck_assert_uint_eq(a->node[n].free_pages,
				  b->node[n].free_pages);
	}
	for (uint32_t d = 0; d < a->domain_count; d++) {
		const struct host_state_domain *x = &a->domain[d];
		const struct host_state_domain *y = &b->domain[d];

		ck_assert_str_eq(x->name, y->name);
		ck_assert_uint_eq(x->domid, y->domid);
		ck_assert_uint_eq(x->total_pages, y->total_pages);
		ck_assert_uint_eq(x->node_affinity, y->node_affinity);
		ck_assert_mem_eq(x->pages_on, y->pages_on, sizeof(x->pages_on));
		ck_assert_uint_eq(x->vcpu_count, y->vcpu_count);
		for (uint32_t v = 0; v < x->vcpu_count; v++) {
			ck_assert_uint_eq(x->vcpu[v].cpu, y->vcpu[v].cpu);
			ck_assert(cpuset_equal(&x->vcpu[v].hard,
					       &y->vcpu[v].hard));
			ck_assert(cpuset_equal(&x->vcpu[v].soft,
					       &y->vcpu[v].soft));
		}
	}
}

/* Each step as read is what the JSON says, and comes back the same from the
 * text that xl would print of it, of both versions. */
START_TEST(test_every_recorded_step)
{
	const char *path = recording(_i);
	static char line[1 << 20];
	struct lab_file *file;
	struct lab_step *step;
	struct err err = {{0}};
	uint32_t steps = 0;
	gzFile gz;

	if (!path)
		return;
	gz = gzopen(path, "rb");
	file = lab_open(path, &err);
	ck_assert_msg(file != NULL, "%s", err.text);
	while (gzgets(gz, line, sizeof(line))) {
		struct arena *own = arena_create();
		json_t *json = json_loads(line, 0, NULL);
		struct host_text_style style = {
			.xen_417 = steps % 2, .timestamps = steps % 3 == 0};
		struct host_state *again;

		ck_assert_msg(lab_next(file, own, &step, &err) == 1, "%s",
			      err.text);
		ck_assert_uint_eq(step->step, number(json, "step"));
		ck_assert_str_eq(step->action_text, text(json, "action"));
		same_state(step->after, json_object_get(json, "after"));
		if (step->action == LAB_CREATE) {
			ck_assert_uint_eq(step->create_count, 1);
			ck_assert_uint_eq(step->create[0].rc,
					  number(json, "rc"));
		}
		host_text_write(step->after, folder, &style);
		ck_assert_msg(host_state_load(own, folder, &again, &err) == 0,
			      "%s", err.text);
		same_states(step->after, again);
		json_decref(json);
		arena_destroy(own);
		steps++;
	}
	ck_assert_int_eq(lab_next(file, arena, &step, &err), 0);
	ck_assert_uint_gt(steps, 20);
	lab_close(file);
	gzclose(gz);
}
END_TEST

START_TEST(test_step_by_number)
{
	const char *path = recording(0);
	char what[256];
	struct host_state *state;
	struct err err = {{0}};

	if (!path)
		return;
	sprintf(what, "%s#5", path);
	ck_assert_int_eq(host_state_load(arena, what, &state, &err), 0);
	ck_assert_uint_eq(state->domain_count, 6);
	ck_assert_str_eq(state->origin, what);
	ck_assert_int_eq(host_state_load(arena, path, &state, &err), 0);
	ck_assert_ptr_nonnull(strstr(state->origin, "#125"));
	sprintf(what, "%s#126", path);
	ck_assert_int_eq(host_state_load(arena, what, &state, &err), -1);
	ck_assert_says(err.text, "no step 126; the last is 125");
}
END_TEST

static const struct {
	const char *from, *to, *says;
} bad_records[] = {
	{"\"action\":\"topology\"", "\"action\":\"create\"", ":1: action"},
	{"\"cpu\":0", "\"cpu\":1e30", ":1: cpu"},
	{"\"cpu\":0", "\"cpu\":4096", ":1: cpu"},
	{"\"xen_version\":\"4.17.7\"", "\"xen_version\":\"?\"", ":1: xen_version"},
	{"\"free_pages\":200", "\"free_pages\":-1", ":1: free_pages"},
	{"\"free_pages\":200", "\"free_pages\":2000000", ":1: |more than the"},
	{"[10]", "[10,20]", ":1: distances"},
	{"[10]", "[\"x\"]", ":1: distances"},
	{"\"node_affinity\":\"all\"", "\"node_affinity\":\"1\"", ":1: node_aff"},
	{"\"hard\":\"all\"", "\"hard\":\"0;1\"", ":1: hard"},
	{"\"hard\":\"all\"", "\"hard\":\"none\"", ":1: |may run nowhere"},
	{"\"pages_per_node\":{\"0\":5}", "\"pages_per_node\":{\"x\":5}",
	 ":1: pages_per_node"},
	{"\"after\":", "\"before\":", ":1: after"},
	{"{\"run\"", "[{\"run\"", ":1: not JSON"},
	{"\"step\":0", "\"step\":0,\"step\":1", ":1: not JSON"},
};

static const char one_record[] =
"{\"run\":\"x\",\"step\":0,\"action\":\"topology\",\"total_memory_mib\":4000,"
"\"cpus\":[{\"cpu\":0,\"core\":0,\"socket\":0,\"node\":0}],"
"\"xen_version\":\"4.17.7\",\"xen_commandline\":\"\",\"after\":{"
"\"outstanding_claims\":0,\"nodes\":[{\"node\":0,\"start_pfn\":0,"
"\"size_pages\":1000000,\"free_pages\":200,\"distances\":[10]}],"
"\"domains\":[{\"name\":\"Domain-0\",\"id\":0,\"node_affinity\":\"all\","
"\"total_pages\":5,\"pages_per_node\":{\"0\":5},\"vcpus\":[{\"cpu\":null,"
"\"hard\":\"all\",\"soft\":\"all\"}]}]}}\n";

START_TEST(test_bad_records_are_named)
{
	struct host_state *state;
	struct err err = {{0}};
	char path[128];

	snprintf(path, sizeof(path), "%s/r.jsonl", folder);
	put("r.jsonl", one_record);
	ck_assert_msg(host_state_load(arena, path, &state, &err) == 0, "%s",
		      err.text);
	ck_assert_ptr_nonnull(strstr(one_record, bad_records[_i].from));
	put("r.jsonl", replaced(one_record, bad_records[_i].from,
				bad_records[_i].to));
	ck_assert_int_eq(host_state_load(arena, path, &state, &err), -1);
	ck_assert_says(err.text, path);
	ck_assert_says(err.text, bad_records[_i].says);
}
END_TEST

START_TEST(test_empty_recording)
{
	struct host_state *state;
	struct err err = {{0}};
	char path[128];

	snprintf(path, sizeof(path), "%s/r.jsonl", folder);
	put("r.jsonl", "");
	ck_assert_int_eq(host_state_load(arena, path, &state, &err), -1);
	ck_assert_says(err.text, "is empty");
	put("r.jsonl", "\x1f\x8b\x08 cut");
	ck_assert_int_eq(host_state_load(arena, path, &state, &err), -1);
	ck_assert_says(err.text, path);
}
END_TEST

/* --- the reader of recordings ------------------------------------------------------------ */

START_TEST(test_recorded_creates)
{
	const char *path = recording(4);
	struct lab_file *file;
	struct lab_step *step;
	struct err err = {{0}};
	uint32_t creates = 0;

	if (!path)
		return;
	file = lab_open(path, &err);
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(lab_boot(file)->cpu_count, 8);
	ck_assert_str_eq(lab_boot(file)->xen_text, "4.17.7");
	ck_assert_ptr_nonnull(strstr(lab_boot(file)->qemu_args, "-m 6G"));
	while (lab_next(file, arena, &step, &err) == 1) {
		if (step->action != LAB_CREATE)
			continue;
		creates++;
		if (step->step != 5)
			continue;
		ck_assert_str_eq(step->create[0].name, "a2");
		ck_assert_ptr_nonnull(strstr(step->create[0].config,
					     "type = \"hvm\"\n"));
		ck_assert_ptr_nonnull(strstr(step->create[0].config,
					     "memory = 384\nvcpus = 4\n"));
		ck_assert_ptr_nonnull(strstr(
			step->create[0].config,
			"vnuma = [ [\"pnode=2\",\"size=128\",\"vcpus=0-1\","
			"\"vdistances=10,20\"], [\"pnode=2\",\"size=256\","
			"\"vcpus=2-3\",\"vdistances=20,10\"] ]\n"));
		ck_assert_ptr_nonnull(
			strstr(step->create[0].config, "vga=\"none\"\n"));
		ck_assert(!step->create[0].selected_given);
	}
	ck_assert_uint_eq(creates, 24);
	lab_close(file);
}
END_TEST

/* A race: two creates in one line, with their own logs. */
START_TEST(test_race_is_two_creates)
{
	static const char race[] =
		"\"action\":\"race\",\"claim_mode\":0,\"creates\":["
		"{\"config\":{\"name\":\"a\",\"memory_mib\":64,\"vcpus\":1},"
		"\"rc\":0,\"placement_candidates\":[{\"nr_nodes\":1,"
		"\"nr_cpus\":4,\"nr_vcpus\":3,\"free_mem\":77}],"
		"\"placement_selected\":{\"nr_nodes\":1,\"nr_cpus\":4,"
		"\"free_mem\":77},\"messages\":[]},"
		"{\"config\":{\"name\":\"b\",\"memory_mib\":64,\"vcpus\":1},"
		"\"rc\":3,\"placement_candidates\":[],"
		"\"placement_selected\":null,\"messages\":[\"no\"]}]";
	char *lines = arena_alloc(arena, 8192);
	char path[128];
	struct lab_file *file;
	struct lab_step *step;
	struct err err = {{0}};

	sprintf(lines, "%s%s", one_record,
		replaced(one_record, "\"action\":\"topology\"", race));
	put("r.jsonl", lines);
	snprintf(path, sizeof(path), "%s/r.jsonl", folder);
	file = lab_open(path, &err);
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(lab_next(file, arena, &step, &err), 1);
	ck_assert_int_eq(step->action, LAB_TOPOLOGY);
	ck_assert_msg(lab_next(file, arena, &step, &err) == 1, "%s", err.text);
	ck_assert_int_eq(step->action, LAB_RACE);
	ck_assert(!step->claim_mode);
	ck_assert_uint_eq(step->create_count, 2);
	ck_assert_uint_eq(step->create[0].candidate_count, 1);
	ck_assert_uint_eq(step->create[0].candidate[0].free_mib, 77);
	ck_assert(step->create[0].selected_given);
	ck_assert_uint_eq(step->create[1].rc, 3);
	ck_assert_str_eq(step->create[1].message[0], "no");
	ck_assert_int_eq(lab_next(file, arena, &step, &err), 0);
	lab_close(file);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("lab_record");
	TCase *tc = tcase_create("recordings");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 300);
	tcase_add_loop_test(tc, test_every_recorded_step, 0, RECORDINGS);
	tcase_add_test(tc, test_step_by_number);
	tcase_add_loop_test(tc, test_bad_records_are_named, 0,
			    COUNT(bad_records));
	tcase_add_test(tc, test_empty_recording);
	tcase_add_test(tc, test_recorded_creates);
	tcase_add_test(tc, test_race_is_two_creates);
		suite_add_tcase(suite, tc);
	return suite;
}
