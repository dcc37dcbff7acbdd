/*
 * lab_create.c - one recorded `xl create`: what was asked, what libxl logged,
 * what came of it (lab_record.h).
 */
#include "run/lab_parts.h"

#include "run/json_read.h"

#include <stdio.h>
#include <stdlib.h>

static int read_candidate(const json_t *item, bool selected,
			  struct lab_candidate *c, struct err *err)
{
	uint64_t nodes, cpus, vcpus = 0;

	if (json_read_uint(item, "nr_nodes", 1, NODE_MAX, &nodes, err) ||
	    json_read_uint(item, "nr_cpus", 0, CPU_MAX, &cpus, err) ||
	    (!selected &&
	     json_read_uint(item, "nr_vcpus", 0, UINT32_MAX, &vcpus, err)) ||
	    json_read_uint(item, "free_mem", 0, UINT32_MAX, &c->free_mib, err))
		return -1;
	c->nr_nodes = (uint32_t)nodes;
	c->nr_cpus = (uint32_t)cpus;
	c->nr_vcpus = (uint32_t)vcpus;
	return 0;
}

static int read_placement(struct arena *arena, const json_t *item,
			  struct lab_create *c, struct err *err)
{
	const json_t *selected = json_object_get(item, "placement_selected");
	struct lab_candidate *candidate;
	const json_t *list;

	if (json_read_array(item, "placement_candidates", &list, err))
		return -1;
	if (json_array_size(list) > LAB_CANDIDATE_MAX)
		return err_set(err, "candidates: more than %d",
			       LAB_CANDIDATE_MAX);
	c->candidate_count = (uint32_t)json_array_size(list);
	c->candidate = candidate = arena_array(arena, c->candidate_count,
					       sizeof(*candidate));
	for (uint32_t i = 0; i < c->candidate_count; i++)
		if (read_candidate(json_array_get(list, i), false,
				   &candidate[i], err))
			return -1;
	c->selected_given = selected && !json_is_null(selected);
	return c->selected_given
		       ? read_candidate(selected, true, &c->selected, err)
		       : 0;
}

static int read_messages(struct arena *arena, const json_t *item,
			 struct lab_create *c, struct err *err)
{
	const json_t *list;
	const char **message;

	if (json_read_array(item, "messages", &list, err))
		return -1;
	if (json_array_size(list) > LAB_MESSAGE_MAX)
		return err_set(err, "messages: more than %d", LAB_MESSAGE_MAX);
	c->message_count = (uint32_t)json_array_size(list);
	message = arena_array(arena, c->message_count, sizeof(*message));
	c->message = message;
	for (uint32_t i = 0; i < c->message_count; i++) {
		const char *text =
			json_string_value(json_array_get(list, i));

		if (!text)
			return err_set(err, "messages: entry %u is no string",
				       i);
		message[i] = arena_strdup(arena, text);
	}
	return 0;
}

/* --- its xl.cfg --------------------------------------------------------------------- */

static void put_text(FILE *out, const json_t *config, const char *key,
		     const char *otherwise)
{
	const char *text = json_string_value(json_object_get(config, key));

	if (text || otherwise)
		fprintf(out, "%s = \"%s\"\n", key, text ? text : otherwise);
}

static void put_number(FILE *out, const json_t *config, const char *key,
		       const char *as)
{
	const json_t *value = json_object_get(config, key);

	if (json_is_integer(value) && json_integer_value(value) != 0)
		fprintf(out, "%s = %lld\n", as,
			(long long)json_integer_value(value));
}

static void put_vnuma(FILE *out, const json_t *vnuma)
{
	fputs("vnuma = [", out);
	for (size_t i = 0; i < json_array_size(vnuma); i++) {
		const json_t *vnode = json_array_get(vnuma, i);

		fputs(i ? ", [" : " [", out);
		for (size_t k = 0; k < json_array_size(vnode); k++) {
			const char *text =
				json_string_value(json_array_get(vnode, k));

			fprintf(out, "%s\"%s\"", k ? "," : "",
				text ? text : "");
		}
		fputs("]", out);
	}
	fputs(" ]\n", out);
}

/* As the recording's own script wrote it. */
static const char *config_text(struct arena *arena, const json_t *config)
{
	const json_t *raw = json_object_get(config, "raw");
	const json_t *vnuma = json_object_get(config, "vnuma");
	char *text = NULL, *kept;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);

	require(out != NULL);
	put_text(out, config, "name", NULL);
	put_text(out, config, "type", "pv");
	put_text(out, config, "kernel", "/guest/tiny.elf");
	/* Written even if it is 0: there is such a guest. */
	if (json_is_integer(json_object_get(config, "memory_mib")))
		fprintf(out, "memory = %lld\n",
			(long long)json_integer_value(
				json_object_get(config, "memory_mib")));
	put_number(out, config, "vcpus", "vcpus");
	put_text(out, config, "ramdisk", NULL);
	put_text(out, config, "extra", NULL);
	put_number(out, config, "maxmem_mib", "maxmem");
	put_number(out, config, "maxvcpus", "maxvcpus");
	put_text(out, config, "cpus", NULL);
	put_text(out, config, "cpus_soft", NULL);
	put_text(out, config, "pool", NULL);
	if (json_array_size(vnuma))
		put_vnuma(out, vnuma);
	for (size_t i = 0; i < json_array_size(raw); i++) {
		const char *line = json_string_value(json_array_get(raw, i));

		fprintf(out, "%s\n", line ? line : "");
	}
	require(fclose(out) == 0);
	kept = arena_strdup(arena, text);
	free(text);
	return kept;
}

int lab_read_create(struct arena *arena, const json_t *item,
		    struct lab_create *c, struct err *err)
{
	const json_t *config;
	const char *name;
	uint64_t rc;

	if (json_read_object(item, "config", &config, err) ||
	    json_read_string(config, "name", &name, err) ||
	    json_read_uint(item, "rc", 0, 255, &rc, err) ||
	    read_placement(arena, item, c, err) ||
	    read_messages(arena, item, c, err))
		return -1;
	c->name = arena_strdup(arena, name);
	c->rc = (uint32_t)rc;
	c->config = config_text(arena, config);
	return 0;
}
