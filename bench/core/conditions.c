#include "bench/core/conditions.h"

#include "base/record.h"
#include "base/version.h"

#include <inttypes.h>
#include <string.h>

#define TEXT(number) TEXT_OF(number)
#define TEXT_OF(number) #number

void conditions_begin(struct conditions *c, const struct clock *clock,
		      uint32_t rounds)
{
	c->rounds = rounds;
	c->clock_cost_ns = clock_cost_ns(clock);
	machine_read(&c->before, "");
}

void conditions_end(struct conditions *c)
{
	machine_read(&c->after, "");
}

const char *conditions_compiler(void)
{
#ifdef __clang__
	return "clang " TEXT(__clang_major__) "." TEXT(__clang_minor__);
#else
	return "gcc " __VERSION__;
#endif
}

/* bench/edges.ninja defines it for this file. */
const char *conditions_flags(void)
{
	return BENCH_CFLAGS;
}

static const char *known(bool is_known, bool value)
{
	return !is_known ? "unknown" : value ? "on" : "off";
}

/* Those that change the code: no warnings, no folders. JSON has them all. */
static void print_flags(FILE *out)
{
	for (const char *word = conditions_flags(); *word;) {
		size_t size = strcspn(word, " ");

		if (size && strncmp(word, "-W", 2) && strncmp(word, "-I", 2))
			fprintf(out, " %.*s", (int)size, word);
		word += size + strspn(word + size, " ");
	}
	putc('\n', out);
}

void conditions_print(const struct conditions *c, FILE *out)
{
	const struct machine *m = &c->before;

	fprintf(out, "machine  %s, %" PRIu32 " CPUs%s, %s\n", m->cpu,
		m->cpus_online, m->virtual_machine ? ", virtual" : "",
		m->kernel);
	fprintf(out, "state    governor %s, turbo %s, huge pages %s, load ",
		m->governor, known(m->turbo_known, m->turbo), m->thp);
	if (m->load_1min < 0 || c->after.load_1min < 0)
		fputs("unknown\n", out);
	else
		fprintf(out, "%.2f before and %.2f after\n", m->load_1min,
			c->after.load_1min);
	fprintf(out, "built    %s,", conditions_compiler());
	print_flags(out);
	fprintf(out,
		"runs     %" PRIu32 " rounds, all in turn; CPU time of the "
		"thread (one reading: %.0f ns)\n\n",
		c->rounds, c->clock_cost_ns);
}

json_t *conditions_host_json(const struct conditions *c)
{
	const struct machine *m = &c->before;
	json_t *json = json_pack(
		"{s:s, s:I, s:b, s:s, s:s, s:s, s:s}", "cpu", m->cpu,
		"cpus_online", (json_int_t)m->cpus_online, "virtual",
		m->virtual_machine, "kernel", m->kernel, "governor",
		m->governor, "turbo", known(m->turbo_known, m->turbo),
		"huge_pages", m->thp);

	if (m->load_1min >= 0)
		json_object_set_new(json, "load_before",
				    json_real(m->load_1min));
	if (c->after.load_1min >= 0)
		json_object_set_new(json, "load_after",
				    json_real(c->after.load_1min));
	return json;
}

void conditions_add_json(const struct conditions *c, json_t *report)
{
	json_object_set_new(report, "host", conditions_host_json(c));
	json_object_set_new(report, "compiler",
			    json_string(conditions_compiler()));
	json_object_set_new(report, "flags", json_string(conditions_flags()));
	json_object_set_new(report, "rounds",
			    json_integer((json_int_t)c->rounds));
	json_object_set_new(report, "clock_cost_ns",
			    json_real(c->clock_cost_ns));
}

int conditions_commit(const struct conditions *c, struct record *record,
		      uint64_t seed, int argc, char **argv, struct err *err)
{
	struct run_info info = {
		.program = "nodewise",
		.version = nodewise_version(),
		.command = (const char *const *)argv,
		.command_count = (size_t)argc,
		.seeds = &seed,
		.seed_count = 1,
		.host = conditions_host_json(c),
		.extra = json_pack("{s:s, s:s}", "compiler",
				   conditions_compiler(), "flags",
				   conditions_flags()),
	};
	int rc = record_run(record, &info, err);

	json_decref(info.host);
	json_decref(info.extra);
	if (rc) {
		record_abort(record);
		return -1;
	}
	return record_commit(record, err);
}

const char *thousands(char text[32], uint64_t number)
{
	char digits[24];
	int size = snprintf(digits, sizeof(digits), "%" PRIu64, number);
	char *to = text;

	for (int i = 0; i < size; i++) {
		if (i && (size - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
	return text;
}
