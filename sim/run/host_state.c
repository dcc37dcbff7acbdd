#include "run/host_state_parts.h"

#include "run/lab_record.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct host_state *host_state_new(struct arena *arena, const char *origin)
{
	struct host_state *s = arena_alloc(arena, sizeof(*s));

	s->origin = arena_strdup(arena, origin);
	s->xen_text = "";
	s->xen_version = 417;
	s->node = arena_array(arena, NODE_MAX, sizeof(*s->node));
	s->cpu = arena_array(arena, CPU_MAX, sizeof(*s->cpu));
	for (uint32_t c = 0; c < CPU_MAX; c++)
		s->cpu[c].node = NODE_NONE;
	return s;
}

/* --- load -------------------------------------------------------------------- */

static const char *in_folder(struct arena *arena, const char *folder,
			     const char *name)
{
	size_t size = strlen(folder) + strlen(name) + 2;
	char *path = arena_alloc(arena, size);

	snprintf(path, size, "%s/%s", folder, name);
	return path;
}

static int load_folder(struct arena *arena, const char *folder,
		       struct host_state **state, struct err *err)
{
	struct host_state *s = host_state_new(arena, folder);
	struct err why;
	bool pools;

	if (host_state_read_info(arena, in_folder(arena, folder, "info.txt"),
				 s, err) ||
	    host_state_read_pools(arena,
				  in_folder(arena, folder, "cpupool-list.txt"),
				  s, &pools, err) ||
	    host_state_read_list(arena, in_folder(arena, folder, "list.txt"),
				 s, err) ||
	    host_state_read_vcpus(arena,
				  in_folder(arena, folder, "vcpu-list.txt"), s,
				  err) ||
	    host_state_read_dmesg(arena, in_folder(arena, folder, "dmesg.txt"),
				  s, err))
		return -1;
	if (host_state_complete(arena, s, &why))
		return err_set(err, "%s: %s", folder, why.text);
	*state = s;
	return 0;
}

/* "FILE#12": the step, and FILE without it. */
static int split_step(struct arena *arena, const char *what,
		      const char **path, uint32_t *step, struct err *err)
{
	const char *mark = strrchr(what, '#');
	uint64_t number;

	*path = what;
	*step = UINT32_MAX;
	if (!mark)
		return 0;
	if (!xl_number_is(mark + 1, UINT32_MAX - 1, &number))
		return err_set(err, "%s: '%s' is no step; FILE.jsonl.gz#12",
			       what, mark + 1);
	*step = (uint32_t)number;

	char *copy = arena_strdup(arena, what);

	copy[mark - what] = '\0';
	*path = copy;
	return 0;
}

int host_state_load(struct arena *arena, const char *what,
		    struct host_state **state, struct err *err)
{
	struct stat info;
	const char *path;
	uint32_t step;

	if (stat(what, &info) == 0 && S_ISDIR(info.st_mode))
		return load_folder(arena, what, state, err);
	if (split_step(arena, what, &path, &step, err))
		return -1;
	if (stat(path, &info) != 0)
		return err_set(err, "%s: %s; a folder that `nodewise host "
			       "--collect` made, or FILE.jsonl.gz#STEP", path,
			       strerror(errno));
	if (S_ISDIR(info.st_mode))
		return err_set(err, "%s: a folder has no steps", what);
	return lab_state(arena, path, step, state, err);
}

/* --- small questions ----------------------------------------------------------- */

nodeset host_state_online(const struct host_state *s)
{
	nodeset nodes = NODESET_NONE;

	for (uint32_t n = 0; n < s->node_count; n++)
		if (s->node[n].online)
			nodes = nodeset_add(nodes, n);
	return nodes;
}

nodeset host_state_cpu_nodes(const struct host_state *s)
{
	nodeset nodes = NODESET_NONE;

	for (uint32_t n = 0; n < s->node_count; n++)
		if (s->node[n].nr_cpus)
			nodes = nodeset_add(nodes, n);
	return nodes;
}

cpuset host_state_cpus_of(const struct host_state *s, nodeset nodes)
{
	cpuset cpus = {{0}};

	for (uint32_t c = 0; c < s->cpu_count; c++)
		if (s->cpu[c].node < NODE_MAX &&
		    nodeset_has(nodes, s->cpu[c].node))
			cpuset_add(&cpus, c);
	return cpus;
}

cpuset host_state_cpus(const struct host_state *s)
{
	return host_state_cpus_of(s, NODESET_ALL);
}

uint32_t host_state_find_pool(const struct host_state *s, const char *name)
{
	uint32_t p = 0;

	while (p < s->pool_count && strcmp(s->pool[p].name, name) != 0)
		p++;
	return p;
}

struct host_state_domain *host_state_find(const struct host_state *s,
					  uint32_t domid)
{
	uint32_t low = 0, high = s->domain_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (s->domain[middle].domid < domid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < s->domain_count && s->domain[low].domid == domid
		       ? &s->domain[low]
		       : NULL;
}

uint32_t host_state_next_domid(const struct host_state *s)
{
	return s->domain_count ? s->domain[s->domain_count - 1].domid + 1 : 0;
}

uint32_t host_state_version(const char *text)
{
	uint64_t major, minor;

	if (!xl_number(&text, 1000, &major) || !xl_skip(&text, ".") ||
	    !xl_number(&text, 1000, &minor))
		return 0;
	return major > 4 || (major == 4 && minor >= 22) ? 422 : 417;
}

uint32_t host_state_dma_bits(const char *commandline)
{
	const char *at = commandline;
	uint64_t bits, last = 0;

	while ((at = strstr(at, "dma_bits=")) != NULL) {
		bool word = at == commandline || at[-1] == ' ';

		at += strlen("dma_bits=");
		if (word && xl_number(&at, 64, &bits))
			last = bits;
	}
	return (uint32_t)last;
}

/* "0-3,8": calls add for each; false if it is no such list below count. */
static bool read_ranges(const char *text, uint32_t count,
			void (*add)(void *set, uint32_t member), void *set)
{
	do {
		uint64_t low, high;

		if (!xl_number(&text, CPU_MAX, &low))
			return false;
		high = low;
		if (xl_skip(&text, "-") && !xl_number(&text, CPU_MAX, &high))
			return false;
		if (high < low || high >= count)
			return false;
		for (uint64_t member = low; member <= high; member++)
			add(set, (uint32_t)member);
	} while (xl_skip(&text, ","));
	return *text == '\0';
}

static void add_node(void *set, uint32_t node)
{
	nodeset *nodes = set;

	*nodes = nodeset_add(*nodes, node);
}

static void add_cpu(void *set, uint32_t cpu)
{
	cpuset_add(set, cpu);
}

bool host_state_nodes(const char *text, uint32_t count, nodeset *nodes)
{
	assert(count <= NODE_MAX);
	*nodes = strcmp(text, "all") ? NODESET_NONE : nodeset_below(count);
	return !strcmp(text, "all") || !strcmp(text, "none") ||
	       read_ranges(text, count, add_node, nodes);
}

bool host_state_cpulist(const char *text, uint32_t count, cpuset *cpus)
{
	assert(count <= CPU_MAX);
	*cpus = strcmp(text, "all") ? cpuset_below(0) : cpuset_all();
	return !strcmp(text, "all") || !strcmp(text, "none") ||
	       read_ranges(text, count, add_cpu, cpus);
}

/* --- copy and grow -------------------------------------------------------------- */

struct host_state *host_state_copy(struct arena *arena,
				   const struct host_state *from)
{
	struct host_state *s = arena_alloc(arena, sizeof(*s));

	*s = *from;
	s->node = arena_array(arena, from->node_count, sizeof(*s->node));
	memcpy(s->node, from->node, from->node_count * sizeof(*s->node));
	s->domain = arena_array(arena, from->domain_count, sizeof(*s->domain));
	if (from->domain_count)
		memcpy(s->domain, from->domain,
		       from->domain_count * sizeof(*s->domain));
	s->domain_max = from->domain_count;
	return s;
}

void host_state_add(struct arena *arena, struct host_state *s,
		    const struct host_state_domain *domain)
{
	require(domain->domid >= host_state_next_domid(s));
	if (s->domain_count == s->domain_max) {
		uint32_t max = s->domain_max ? 2 * s->domain_max : 64;
		struct host_state_domain *grown =
			arena_array(arena, max, sizeof(*grown));

		if (s->domain_count)
			memcpy(grown, s->domain,
			       s->domain_count * sizeof(*grown));
		s->domain = grown;
		s->domain_max = max;
	}
	s->domain[s->domain_count++] = *domain;
}
