/*
 * host_state_info.c - `xl info -n`: nodes, CPUs, distances, version
 * (host_state_parts.h; facts/xen.md 8.2).
 */
#include "run/host_state_parts.h"

#include "base/units.h"

#include <ctype.h>
#include <string.h>

/* The parts of the output whose rows begin with a number. */
enum section { SECTION_KEYS, SECTION_CPUS, SECTION_DEVICES, SECTION_NODES };

struct info {
	struct arena *arena;
	struct xl_text text;
	struct host_state *state;
	enum section section;
	uint64_t nr_nodes;   /* as its line says; 0: it was not there */
	uint16_t distance[NODE_MAX][NODE_MAX];
	uint32_t distance_count[NODE_MAX];
};

/* "   0:       0        0        1": CPU, core, socket, node */
static int read_cpu(struct info *info, struct err *err)
{
	const struct xl_text *t = &info->text;
	struct host_state *s = info->state;
	const char *at = t->word_count ? t->word[0] : "";
	uint64_t cpu, core, socket, node;

	if (t->word_count != 4 || !xl_number(&at, 65535, &cpu) ||
	    strcmp(at, ":") != 0 ||
	    !xl_number_is(t->word[1], UINT16_MAX, &core) ||
	    !xl_number_is(t->word[2], UINT16_MAX, &socket) ||
	    !xl_number_is(t->word[3], UINT16_MAX, &node))
		return xl_text_fail(t, err, "no row of cpu_topology; CPU: core "
				    "socket node");
	if (cpu >= CPU_MAX || node >= NODE_MAX)
		return xl_text_fail(t, err, "CPU %llu on node %llu: CPUs below "
				    "%d and nodes below %d are modelled",
				    (unsigned long long)cpu,
				    (unsigned long long)node, CPU_MAX,
				    NODE_MAX);
	if (s->cpu[cpu].node != NODE_NONE)
		return xl_text_fail(t, err, "CPU %llu is there twice",
				    (unsigned long long)cpu);
	s->cpu[cpu] = (struct host_state_cpu){
		(uint16_t)node, (uint16_t)socket, (uint16_t)core};
	if (s->cpu_count <= cpu)
		s->cpu_count = (uint32_t)cpu + 1;
	return 0;
}

/* "10,21,-1" */
static bool read_distances(struct info *info, uint32_t node, const char *at)
{
	uint32_t count = 0;

	do {
		uint64_t distance = HOST_STATE_DISTANCE_NONE;

		if (count == NODE_MAX ||
		    (!xl_skip(&at, "-1") && !xl_number(&at, 255, &distance)))
			return false;
		info->distance[node][count++] = (uint16_t)distance;
	} while (xl_skip(&at, ","));
	info->distance_count[node] = count;
	return *at == '\0';
}

/* "   0:     17408      10240      10,21": node, memsize, memfree, distances */
static int read_node(struct info *info, struct err *err)
{
	const struct xl_text *t = &info->text;
	struct host_state *s = info->state;
	const char *at = t->word_count ? t->word[0] : "";
	uint64_t node, size_mib, free_mib;

	if (t->word_count != 4 || !xl_number(&at, 65535, &node) ||
	    strcmp(at, ":") != 0 ||
	    !xl_number_is(t->word[1], UINT32_MAX, &size_mib) ||
	    !xl_number_is(t->word[2], UINT32_MAX, &free_mib))
		return xl_text_fail(t, err, "no row of numa_info; node: "
				    "memsize memfree distances");
	if (node >= NODE_MAX)
		return xl_text_fail(t, err, "no node %llu; 0 to %d",
				    (unsigned long long)node, NODE_MAX - 1);
	if (s->node[node].online)
		return xl_text_fail(t, err, "node %llu is there twice",
				    (unsigned long long)node);
	if (!read_distances(info, (uint32_t)node, t->word[3]))
		return xl_text_fail(t, err, "'%.40s' are no distances; one "
				    "number a node, as 10,21", t->word[3]);
	s->node[node].online = true;
	if (s->node_count <= node)
		s->node_count = (uint32_t)node + 1;
	return 0;
}

/* A key of a line "key     : value"; else NULL. *value points behind. */
static char *key_of(char *line, char **value)
{
	char *colon = strchr(line, ':');
	char *end = colon;

	if (!colon || isspace((unsigned char)line[0]))
		return NULL;
	while (end > line && isspace((unsigned char)end[-1]))
		end--;
	*end = '\0';
	*value = colon + 1 + strspn(colon + 1, " \t");
	return line;
}

static int read_version(struct info *info, const char *value, struct err *err)
{
	struct host_state *s = info->state;

	s->xen_text = arena_strdup(info->arena, value);
	s->xen_version = host_state_version(value);
	if (s->xen_version)
		return 0;
	return xl_text_fail(&info->text, err, "xen_version: '%.40s' is no "
			    "version, as 4.17.7", value);
}

static int read_count(struct info *info, const char *key, const char *value,
		      uint64_t *number, struct err *err)
{
	if (xl_number_is(value, UINT32_MAX, number))
		return 0;
	return xl_text_fail(&info->text, err, "%s: '%.40s' is no number", key,
			    value);
}

static int read_key(struct info *info, const char *key, const char *value,
		    struct err *err)
{
	struct host_state *s = info->state;
	uint64_t mib = 0;

	if (!strcmp(key, "xen_version"))
		return read_version(info, value, err);
	if (!strcmp(key, "xen_commandline"))
		s->dma_bits = host_state_dma_bits(value);
	if (!strcmp(key, "nr_nodes"))
		return read_count(info, key, value, &info->nr_nodes, err);
	if (!strcmp(key, "total_memory")) {
		if (read_count(info, key, value, &mib, err))
			return -1;
		s->total_pages = pages_from_mib(mib);
	}
	if (!strcmp(key, "outstanding_claims")) {
		if (read_count(info, key, value, &mib, err))
			return -1;
		s->claimed_pages = pages_from_mib(mib);
	}
	return 0;
}

static int read_line(struct info *info, struct err *err)
{
	struct xl_text *t = &info->text;
	const char *start = t->line.text + strspn(t->line.text, " \t");
	char *key, *value;

	if (isdigit((unsigned char)*start)) {
		if (info->section != SECTION_CPUS &&
		    info->section != SECTION_NODES)
			return 0;
		(void)xl_text_split(t);
		return info->section == SECTION_CPUS ? read_cpu(info, err)
						     : read_node(info, err);
	}
	key = key_of(t->line.text, &value);
	if (!key || !strcmp(key, "cpu") || !strcmp(key, "node"))
		return 0;
	info->section = !strcmp(key, "cpu_topology")      ? SECTION_CPUS
			: !strcmp(key, "device topology") ? SECTION_DEVICES
			: !strcmp(key, "numa_info")       ? SECTION_NODES
							  : SECTION_KEYS;
	return read_key(info, key, value, err);
}

/* All rows were read: do they make one host? */
static int finish(struct info *info, struct err *err)
{
	struct host_state *s = info->state;
	const char *path = info->text.path;
	uint32_t count = s->node_count, online = 0;

	if (s->cpu_count == 0 || count == 0)
		return err_set(err, "%s: no %s; save the output of `xl info "
			       "-n`, with -n", path,
			       s->cpu_count ? "numa_info" : "cpu_topology");
	if (!s->xen_text[0])
		return err_set(err, "%s: no xen_version; save the whole output "
			       "of `xl info -n`", path);
	s->distance = arena_array(info->arena, (size_t)count * count, 1);
	memset(s->distance, HOST_STATE_DISTANCE_NONE, (size_t)count * count);
	for (uint32_t n = 0; n < count; n++) {
		if (!s->node[n].online)
			continue;
		online++;
		if (info->distance_count[n] != count)
			return err_set(err, "%s: node %u has %u distances; %u, "
				       "one a node", path, n,
				       info->distance_count[n], count);
		for (uint32_t m = 0; m < count; m++)
			s->distance[n * count + m] =
				(uint8_t)info->distance[n][m];
	}
	if (info->nr_nodes && info->nr_nodes != online &&
	    info->nr_nodes != count)
		return err_set(err, "%s: nr_nodes is %llu, but numa_info has "
			       "%u rows", path,
			       (unsigned long long)info->nr_nodes, online);
	return 0;
}

int host_state_read_info(struct arena *arena, const char *path,
			 struct host_state *state, struct err *err)
{
	struct info info = {.arena = arena, .state = state};
	int rc;

	if (xl_text_open(&info.text, path, err))
		return -1;
	while ((rc = xl_text_next(&info.text, err)) == 1)
		if (read_line(&info, err)) {
			rc = -1;
			break;
		}
	if (rc == 0)
		rc = finish(&info, err);
	xl_text_close(&info.text);
	return rc;
}
