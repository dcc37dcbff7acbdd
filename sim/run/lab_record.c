#include "run/lab_record.h"

#include "run/host_state_parts.h"
#include "run/json_read.h"
#include "run/lab_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct lab_file {
	struct arena *arena;
	const char *path;
	struct jsonl *file;
	struct jsonl_line line;
	struct lab_boot boot;
	bool first_ready; /* the line read by lab_open() is still to be given */
};

static json_t *parse(struct lab_file *f, struct err *err);

/* --- open, next, close ------------------------------------------------------------ */

static int fail(const struct lab_file *f, const struct err *why,
		struct err *err)
{
	return err_set(err, "%s:%llu: %s", f->path,
		       (unsigned long long)f->line.number, why->text);
}

/* The first line, which says what the machine is. */
static int open_first(struct lab_file *f, struct err *err)
{
	struct err why;
	int rc = jsonl_next(f->file, &f->line, err);

	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(err, "%s: is empty; a recording begins with its "
			       "topology", f->path);
	json_t *record = parse(f, err);

	if (!record)
		return -1;
	rc = lab_read_boot(f->arena, record, &f->boot, &why);
	json_decref(record);
	f->first_ready = true;
	return rc ? fail(f, &why, err) : 0;
}

struct lab_file *lab_open(const char *path, struct err *err)
{
	struct arena *arena = arena_create();
	struct lab_file *f = arena_alloc(arena, sizeof(*f));

	f->arena = arena;
	f->path = arena_strdup(arena, path);
	f->file = jsonl_open(f->path, err);
	if (f->file && open_first(f, err) == 0)
		return f;
	lab_close(f);
	return NULL;
}

void lab_close(struct lab_file *f)
{
	if (!f)
		return;
	if (f->file)
		jsonl_close(f->file);
	free(f->line.text);
	arena_destroy(f->arena);
}

const struct lab_boot *lab_boot(const struct lab_file *f)
{
	return &f->boot;
}

static json_t *parse(struct lab_file *f, struct err *err)
{
	json_error_t error;
	json_t *record = json_loadb(f->line.text, f->line.bytes,
				    JSON_REJECT_DUPLICATES, &error);

	if (!record)
		err_set(err, "%s:%llu: not JSON: %s", f->path,
			(unsigned long long)f->line.number, error.text);
	return record;
}

int lab_next(struct lab_file *f, struct arena *arena, struct lab_step **step,
	     struct err *err)
{
	struct err why;
	int rc = f->first_ready ? 1 : jsonl_next(f->file, &f->line, err);

	f->first_ready = false;
	if (rc != 1)
		return rc;
	json_t *record = parse(f, err);

	if (!record)
		return -1;
	*step = arena_alloc(arena, sizeof(**step));
	rc = lab_read_step(arena, &f->boot, record, f->path, f->line.number,
			   *step, &why);
	json_decref(record);
	return rc ? fail(f, &why, err) : 1;
}

int lab_state(struct arena *arena, const char *path, uint32_t wanted,
	      struct host_state **state, struct err *err)
{
	struct lab_file *f = lab_open(path, err);
	struct lab_step *step;
	uint32_t last = 0;
	bool any = false;
	int rc = -1;

	/* Each step's memory goes with it; the wanted one is read again. */
	while (f) {
		struct arena *own = arena_create();

		rc = lab_next(f, own, &step, err);
		if (rc == 1) {
			last = step->step;
			any = true;
		}
		arena_destroy(own);
		if (rc == 1 && last == wanted)
			break;
		if (rc == 0 && wanted == UINT32_MAX && any)
			break;
		if (rc <= 0)
			break;
	}
	lab_close(f);
	if (rc < 0)
		return -1;
	if (rc == 0 && wanted != UINT32_MAX)
		return err_set(err, "%s: no step %u; the last is %u", path,
			       wanted, last);

	/* Once more, to the step found, into the caller's arena. */
	f = lab_open(path, err);
	rc = -1;
	while (f && (rc = lab_next(f, arena, &step, err)) == 1 &&
	       step->step != last)
		;
	lab_close(f);
	if (rc != 1)
		return -1;
	*state = step->after;
	return 0;
}

/* --- the machine ------------------------------------------------------------------ */

static const char *text_of(struct arena *arena, const json_t *object,
			   const char *key, const char *otherwise)
{
	const char *text = json_string_value(json_object_get(object, key));

	return arena_strdup(arena, text ? text : otherwise);
}

static int read_cpu(const json_t *item, struct host_state_cpu *cpus,
		    struct lab_boot *boot, struct err *err)
{
	uint64_t cpu, node, socket, core;

	if (json_read_uint(item, "cpu", 0, CPU_MAX - 1, &cpu, err) ||
	    json_read_uint(item, "node", 0, NODE_MAX - 1, &node, err) ||
	    json_read_uint(item, "socket", 0, UINT16_MAX, &socket, err) ||
	    json_read_uint(item, "core", 0, UINT16_MAX, &core, err))
		return -1;
	cpus[cpu] = (struct host_state_cpu){
		(uint16_t)node, (uint16_t)socket, (uint16_t)core};
	if (boot->cpu_count <= cpu)
		boot->cpu_count = (uint32_t)cpu + 1;
	return 0;
}

int lab_read_boot(struct arena *arena, const json_t *record,
		  struct lab_boot *boot, struct err *err)
{
	struct host_state_cpu *cpus = arena_array(arena, CPU_MAX,
						  sizeof(*cpus));
	const json_t *list;
	const char *text;

	if (json_read_string(record, "action", &text, err))
		return -1;
	if (strcmp(text, "topology") != 0)
		return err_set(err, "action: '%.40s' comes first; a recording "
			       "begins with its topology", text);
	if (json_read_array(record, "cpus", &list, err) ||
	    json_read_uint(record, "total_memory_mib", 1, LAB_MIB_MAX,
			   &boot->total_mib, err))
		return -1;
	for (uint32_t c = 0; c < CPU_MAX; c++)
		cpus[c].node = NODE_NONE;
	for (size_t i = 0; i < json_array_size(list); i++)
		if (read_cpu(json_array_get(list, i), cpus, boot, err))
			return -1;
	if (boot->cpu_count == 0)
		return err_set(err, "cpus: no CPU");
	boot->cpu = cpus;
	boot->xen_text = text_of(arena, record, "xen_version", "");
	boot->xen_commandline = text_of(arena, record, "xen_commandline", "");
	boot->qemu_args = text_of(arena, record, "qemu_args", "");
	if (!host_state_version(boot->xen_text))
		return err_set(err, "xen_version: '%.40s' is no version, as "
			       "4.17.7", boot->xen_text);
	return 0;
}

/* --- the step ---------------------------------------------------------------------- */

static enum lab_action action_of(const char *text)
{
	static const struct {
		const char *text;
		enum lab_action action;
	} actions[] = {
		{"topology", LAB_TOPOLOGY}, {"create", LAB_CREATE},
		{"destroy", LAB_DESTROY},   {"destroy_all", LAB_DESTROY_ALL},
		{"mem-set", LAB_MEM_SET},   {"race", LAB_RACE},
	};

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (strcmp(actions[i].text, text) == 0)
			return actions[i].action;
	return LAB_OTHER;
}

static int read_race(struct arena *arena, const json_t *record,
		     struct lab_step *step, struct err *err)
{
	struct lab_create *creates;
	const json_t *list;
	uint64_t claim_mode;

	if (json_read_array(record, "creates", &list, err) ||
	    json_read_uint(record, "claim_mode", 0, 1, &claim_mode, err))
		return -1;
	if (json_array_size(list) > LAB_CREATE_MAX)
		return err_set(err, "creates: more than %d", LAB_CREATE_MAX);
	step->claim_mode = claim_mode;
	step->create_count = (uint32_t)json_array_size(list);
	step->create = creates = arena_array(arena, step->create_count,
					     sizeof(*creates));
	for (uint32_t i = 0; i < step->create_count; i++)
		if (lab_read_create(arena, json_array_get(list, i), &creates[i],
				err))
			return -1;
	return 0;
}

static int read_action(struct arena *arena, const json_t *record,
		       struct lab_step *step, struct err *err)
{
	struct lab_create *create;
	uint64_t rc = 0;

	switch (step->action) {
	case LAB_CREATE:
		create = arena_alloc(arena, sizeof(*create));
		step->create = create;
		step->create_count = 1;
		return lab_read_create(arena, record, create, err);
	case LAB_RACE:
		return read_race(arena, record, step, err);
	case LAB_MEM_SET:
		if (json_read_uint(record, "target_mib", 0, LAB_MIB_MAX,
				   &step->target_mib, err) ||
		    json_read_bool(record, "reached", &step->reached, err))
			return -1;
		break;
	case LAB_DESTROY:
		break;
	case LAB_TOPOLOGY:
	case LAB_DESTROY_ALL:
	case LAB_OTHER:
		return 0;
	}
	if (json_read_string(record, "name", &step->name, err) ||
	    json_read_uint(record, "rc", 0, 255, &rc, err))
		return -1;
	step->name = arena_strdup(arena, step->name);
	step->rc = (uint32_t)rc;
	return 0;
}

int lab_read_step(struct arena *arena, const struct lab_boot *boot,
		  const json_t *record, const char *path, uint64_t line,
		  struct lab_step *step, struct err *err)
{
	char origin[512];
	const char *action;
	uint64_t number;

	if (json_read_uint(record, "step", 0, UINT32_MAX - 1, &number, err) ||
	    json_read_string(record, "action", &action, err))
		return -1;
	*step = (struct lab_step){
		.run = text_of(arena, record, "run", ""),
		.seq = text_of(arena, record, "seq", ""),
		.step = (uint32_t)number,
		.line = line,
		.action = action_of(action),
		.action_text = arena_strdup(arena, action),
		.claim_mode = true,
	};
	snprintf(origin, sizeof(origin), "%s#%u", path, step->step);
	if (lab_read_after(arena, boot, record, origin, &step->after, err))
		return -1;
	return read_action(arena, record, step, err);
}
