/* workload_file.c - the YAML of a workload (workload_file.h, workload.h). */
#include "run/workload_file.h"

#include "base/units.h"
#include "run/dist_file.h"

#include <cyaml/cyaml.h>
#include <string.h>

#define OPTIONAL CYAML_FLAG_OPTIONAL
#define TEXT CYAML_FLAG_POINTER
#define OPTIONAL_TEXT (CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL)

enum { FOOTPRINT_MIB_MAX = 1 << 26, REPEAT_MAX = 1000000000 };

struct op_file {
	char *name;
	double compute_ns, misses, mlp, write_share, own_vnode_share, score;
	uint64_t footprint_mib;
};

struct step_file {
	char *run;
	struct dist_file ops, cpu_us, sleep_us;
};

struct phase_file {
	char *name;
	uint32_t repeat;
	struct step_file *steps;
	uint32_t steps_count;
};

struct workload_file {
	char *name, *summary, *unit;
	uint32_t threads;
	struct op_file *operations;
	uint32_t operations_count;
	struct phase_file *phases;
	uint32_t phases_count;
};

static const struct cyaml_schema_field op_fields[] = {
	CYAML_FIELD_STRING_PTR("name", TEXT, struct op_file, name, 1, 64),
	CYAML_FIELD_FLOAT("compute_ns", CYAML_FLAG_DEFAULT, struct op_file,
			  compute_ns),
	CYAML_FIELD_FLOAT("misses", OPTIONAL, struct op_file, misses),
	CYAML_FIELD_FLOAT("mlp", OPTIONAL, struct op_file, mlp),
	CYAML_FIELD_FLOAT("write_share", OPTIONAL, struct op_file,
			  write_share),
	CYAML_FIELD_UINT("footprint_mib", OPTIONAL, struct op_file,
			 footprint_mib),
	CYAML_FIELD_FLOAT("own_vnode_share", OPTIONAL, struct op_file,
			  own_vnode_share),
	CYAML_FIELD_FLOAT("score", OPTIONAL, struct op_file, score),
	CYAML_FIELD_END,
};

static const struct cyaml_schema_field step_fields[] = {
	CYAML_FIELD_STRING_PTR("run", OPTIONAL_TEXT, struct step_file, run, 1,
			       64),
	CYAML_FIELD_MAPPING("ops", OPTIONAL, struct step_file, ops,
			    dist_file_fields),
	CYAML_FIELD_MAPPING("cpu_us", OPTIONAL, struct step_file, cpu_us,
			    dist_file_fields),
	CYAML_FIELD_MAPPING("sleep_us", OPTIONAL, struct step_file, sleep_us,
			    dist_file_fields),
	CYAML_FIELD_END,
};

static const struct cyaml_schema_value op_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct op_file, op_fields),
};

static const struct cyaml_schema_value step_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct step_file, step_fields),
};

static const struct cyaml_schema_field phase_fields[] = {
	CYAML_FIELD_STRING_PTR("name", OPTIONAL_TEXT, struct phase_file, name,
			       1, 64),
	CYAML_FIELD_UINT("repeat", OPTIONAL, struct phase_file, repeat),
	CYAML_FIELD_SEQUENCE("steps", CYAML_FLAG_POINTER, struct phase_file,
			     steps, &step_value, 1, WORKLOAD_STEP_MAX),
	CYAML_FIELD_END,
};

static const struct cyaml_schema_value phase_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct phase_file,
			    phase_fields),
};

static const struct cyaml_schema_field workload_fields[] = {
	CYAML_FIELD_STRING_PTR("name", TEXT, struct workload_file, name, 1,
			       64),
	CYAML_FIELD_STRING_PTR("summary", OPTIONAL_TEXT, struct workload_file,
			       summary, 1, 256),
	CYAML_FIELD_STRING_PTR("unit", OPTIONAL_TEXT, struct workload_file,
			       unit, 1, 64),
	CYAML_FIELD_UINT("threads", OPTIONAL, struct workload_file, threads),
	CYAML_FIELD_SEQUENCE("operations", CYAML_FLAG_POINTER,
			     struct workload_file, operations, &op_value, 1,
			     WORKLOAD_OP_MAX),
	CYAML_FIELD_SEQUENCE("phases", CYAML_FLAG_POINTER,
			     struct workload_file, phases, &phase_value, 1,
			     WORKLOAD_PHASE_MAX),
	CYAML_FIELD_END,
};

const struct cyaml_schema_value workload_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct workload_file,
			    workload_fields),
};

/* What all readers below get. */
struct reader {
	const struct yaml_doc *doc;
	struct arena *arena;
	struct err *err;
	struct workload *workload;
};

static int read_op(const struct reader *r, const struct op_file *file,
		   const struct yaml_node *node, struct workload_op *op);
static int read_phase(const struct reader *r, const struct phase_file *file,
		      const struct yaml_node *node,
		      struct workload_phase *phase);
static int read_step(const struct reader *r, const struct step_file *file,
		     const struct yaml_node *node, struct workload_step *step);
static int check_forever(const struct reader *r,
			 const struct yaml_node *phases);

static int read_all(const struct reader *r, const struct workload_file *file)
{
	const struct yaml_node *root = yaml_root(r->doc);
	const struct yaml_node *ops = yaml_key(root, "operations");
	const struct yaml_node *phases = yaml_key(root, "phases");
	struct workload *w = r->workload;
	struct workload_op *op = arena_array(r->arena, file->operations_count,
					     sizeof(*op));
	struct workload_phase *phase = arena_array(
		r->arena, file->phases_count, sizeof(*phase));

	w->name = arena_strdup(r->arena, file->name);
	w->summary = arena_strdup(r->arena, file->summary ? file->summary : "");
	w->unit = arena_strdup(r->arena, file->unit ? file->unit :
						      "operations");
	w->thread_count = file->threads;
	w->op = op;
	for (uint32_t i = 0; i < file->operations_count; i++) {
		if (read_op(r, &file->operations[i], yaml_item(ops, i), &op[i]))
			return -1;
		w->op_count++;
	}
	w->phase = phase;
	w->phase_count = file->phases_count;
	for (uint32_t i = 0; i < file->phases_count; i++)
		if (read_phase(r, &file->phases[i], yaml_item(phases, i),
			       &phase[i]))
			return -1;
	return check_forever(r, phases);
}

static struct workload *read_doc(struct arena *arena, struct yaml_doc *doc,
				 const struct workload_file *file,
				 struct err *err)
{
	struct workload *workload = arena_alloc(arena, sizeof(*workload));
	struct reader r = {doc, arena, err, workload};
	int rc;

	workload->path = arena_strdup(arena, yaml_path(doc));
	rc = read_all(&r, file);
	yaml_close(doc);
	if (rc)
		return NULL;
	workload_check(workload);
	return workload;
}

struct workload *workload_load(struct arena *arena, const char *path,
			       struct err *err)
{
	void *file;
	struct yaml_doc *doc = yaml_open(path, &workload_schema, &file, err);

	return doc ? read_doc(arena, doc, file, err) : NULL;
}

struct workload *workload_parse(struct arena *arena, const char *name,
				const char *text, struct err *err)
{
	void *file;
	struct yaml_doc *doc = yaml_parse(name, text, strlen(text),
					  &workload_schema, &file, err);

	return doc ? read_doc(arena, doc, file, err) : NULL;
}

static double given_or(const struct yaml_node *node, const char *key,
		       double given, double otherwise)
{
	return yaml_has(node, key) ? given : otherwise;
}

static int read_op(const struct reader *r, const struct op_file *file,
		   const struct yaml_node *node, struct workload_op *op)
{
	for (uint32_t i = 0; i < r->workload->op_count; i++)
		if (strcmp(r->workload->op[i].name, file->name) == 0)
			return yaml_fail(r->doc, yaml_key(node, "name"), r->err,
					 "'%s' is taken by operations[%u]; "
					 "another name", file->name, i);
	if (yaml_check_float(r->doc, node, "compute_ns", 0.01, 1e12, r->err) ||
	    yaml_check_float(r->doc, node, "misses", 0, 1e12, r->err) ||
	    yaml_check_float(r->doc, node, "mlp", 1, 1024, r->err) ||
	    yaml_check_float(r->doc, node, "write_share", 0, 1, r->err) ||
	    yaml_check_uint(r->doc, node, "footprint_mib", 0,
			    FOOTPRINT_MIB_MAX, r->err) ||
	    yaml_check_float(r->doc, node, "own_vnode_share", 0, 1, r->err) ||
	    yaml_check_float(r->doc, node, "score", 0, 1e12, r->err))
		return -1;
	op->name = arena_strdup(r->arena, file->name);
	op->compute_ns = file->compute_ns;
	op->misses = file->misses;
	op->mlp = given_or(node, "mlp", file->mlp, 1);
	op->write_share = file->write_share;
	op->footprint_pages = pages_from_mib(file->footprint_mib);
	op->own_vnode_share = given_or(node, "own_vnode_share",
				       file->own_vnode_share, 1);
	op->score = given_or(node, "score", file->score, 1);
	return 0;
}

static int read_phase(const struct reader *r, const struct phase_file *file,
		      const struct yaml_node *node,
		      struct workload_phase *phase)
{
	const struct yaml_node *steps = yaml_key(node, "steps");
	struct workload_step *step = arena_array(r->arena, file->steps_count,
						 sizeof(*step));

	if (yaml_check_uint(r->doc, node, "repeat", 0, REPEAT_MAX, r->err))
		return -1;
	phase->name = arena_strdup(r->arena, file->name ? file->name : "");
	phase->repeat = yaml_has(node, "repeat") ? file->repeat : 1;
	phase->step = step;
	phase->step_count = file->steps_count;
	for (uint32_t i = 0; i < file->steps_count; i++)
		if (read_step(r, &file->steps[i], yaml_item(steps, i),
			      &step[i]))
			return -1;
	return 0;
}

/* The operation that `run` names; the first one if it is not given. */
static int find_op(const struct reader *r, const char *name,
		   const struct yaml_node *node, uint32_t *index)
{
	const char *names[WORKLOAD_OP_MAX];
	const struct workload *w = r->workload;

	*index = 0;
	if (!name)
		return 0;
	for (uint32_t i = 0; i < w->op_count; i++) {
		names[i] = w->op[i].name;
		*index = i;
		if (strcmp(name, names[i]) == 0)
			return 0;
	}
	yaml_fail(r->doc, yaml_key(node, "run"), r->err,
		  "no operation '%s'", name);
	return err_add_nearest(r->err, name, names, w->op_count);
}

static int read_step(const struct reader *r, const struct step_file *file,
		     const struct yaml_node *node, struct workload_step *step)
{
	static const char *const kinds[] = {
		[WORKLOAD_RUN_OPS] = "ops",
		[WORKLOAD_RUN_CPU] = "cpu_us",
		[WORKLOAD_SLEEP] = "sleep_us",
		NULL,
	};
	uint32_t kind = 0;

	if (yaml_check_one_of(r->doc, node, kinds, r->err))
		return -1;
	while (!yaml_has(node, kinds[kind]))
		kind++;
	step->kind = (enum workload_step_kind)kind;
	if (kind == WORKLOAD_SLEEP && file->run)
		return yaml_fail(r->doc, yaml_key(node, "run"), r->err,
				 "stands beside 'sleep_us'; one of the two");
	if (find_op(r, file->run, node, &step->op_index))
		return -1;
	return dist_file_read(r->doc, yaml_key(node, kinds[kind]),
			      kind == WORKLOAD_RUN_OPS ? 1 : 1e3, r->arena,
			      &step->amount, r->err);
}

/* W4: for ever only at the end, and not for nothing. */
static int check_forever(const struct reader *r,
			 const struct yaml_node *phases)
{
	const struct workload *w = r->workload;

	for (uint32_t i = 0; i < w->phase_count; i++) {
		const struct workload_phase *phase = &w->phase[i];
		const struct yaml_node *node = yaml_item(phases, i);
		double mean = 0;

		if (phase->repeat != WORKLOAD_FOREVER)
			continue;
		if (i + 1 < w->phase_count)
			return yaml_fail(r->doc, yaml_key(node, "repeat"),
					 r->err, "0 (for ever) before the last "
					 "phase; 1 or more");
		for (uint32_t s = 0; s < phase->step_count; s++)
			mean += dist_mean(&phase->step[s].amount);
		if (!(mean > 0))
			return yaml_fail(r->doc, node, r->err, "repeats "
					 "nothing for ever; a step that takes "
					 "time");
	}
	return 0;
}
