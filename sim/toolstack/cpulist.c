/*
 * cpulist.c - xl's lists of CPUs, and an xl.cfg's masks on one host (xlcfg.h).
 *
 * RULE    Items from left to right; a number beyond the host is passed over
 *         (libxl's bitmap ends there), but a mask that selects nothing at all
 *         is refused: the hypervisor would refuse it (facts 7.1).
 */
#include "toolstack/xlcfg.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ITEM_TEXT_MAX = 64 };

static const char syntax[] =
	"a comma list of 3, 0-3, all, node:1, nodes:0-1, each with ^ to remove";

struct item {
	bool remove, all, nodes;
	uint32_t low, high; /* inclusive */
};

/* "12" to the end of text; false if it is no number. */
static bool read_number(const char **text, uint32_t *value)
{
	size_t digits = strspn(*text, "0123456789");

	if (digits == 0 || digits > 9)
		return false;
	*value = (uint32_t)strtoul(*text, NULL, 10);
	*text += digits;
	return true;
}

static bool read_prefix(const char **text, const char *prefix)
{
	size_t length = strlen(prefix);

	if (strncmp(*text, prefix, length) != 0)
		return false;
	*text += length;
	return true;
}

static int item_read(const char *text, struct item *item, struct err *err)
{
	const char *at = text;

	memset(item, 0, sizeof(*item));
	item->remove = read_prefix(&at, "^");
	if (strcmp(at, "all") == 0) {
		item->all = true;
		return 0;
	}
	item->nodes = read_prefix(&at, "nodes:") || read_prefix(&at, "node:");
	if (!read_number(&at, &item->low))
		return err_set(err, "'%s' is no CPU; %s", text, syntax);
	item->high = item->low;
	if (read_prefix(&at, "-") && !read_number(&at, &item->high))
		return err_set(err, "'%s' is no range; %s", text, syntax);
	if (*at)
		return err_set(err, "'%s' is no CPU; %s", text, syntax);
	if (item->high < item->low)
		return err_set(err, "'%s' runs backwards; low-high", text);
	return 0;
}

static bool item_has(const struct item *item, const struct xlcfg_host *host,
		     uint32_t cpu)
{
	uint32_t number = item->nodes ? host->cpu_to_node[cpu] : cpu;

	return item->all || (number >= item->low && number <= item->high);
}

static void item_apply(const struct item *item, const struct xlcfg_host *host,
		       cpuset *out)
{
	for (uint32_t cpu = 0; cpu < host->cpu_count; cpu++) {
		if (!item_has(item, host, cpu))
			continue;
		if (item->remove)
			cpuset_del(out, cpu);
		else
			cpuset_add(out, cpu);
	}
}

int xlcfg_cpulist(const char *text, const struct xlcfg_host *host, cpuset *out,
		  struct err *err)
{
	cpuset set = {{0}};

	for (;;) {
		char word[ITEM_TEXT_MAX];
		struct item item;
		size_t length = strcspn(text, ","), blank;

		blank = strspn(text, " \t");
		blank = blank < length ? blank : length;
		while (length > blank &&
		       isspace((unsigned char)text[length - 1]))
			length--;
		if (length - blank >= sizeof(word))
			return err_set(err, "'%.20s...' is no CPU; %s", text,
				       syntax);
		snprintf(word, sizeof(word), "%.*s", (int)(length - blank),
			 text + blank);
		if (item_read(word, &item, err))
			return -1;
		if (host)
			item_apply(&item, host, &set);
		text += strcspn(text, ",");
		if (!*text)
			break;
		text++;
	}
	if (out)
		*out = set;
	return 0;
}

static int bind_masks(struct xlcfg *cfg, struct xlcfg_cpus *cpus,
		      const char *key, uint32_t line,
		      const struct xlcfg_host *host, struct arena *arena,
		      struct err *err)
{
	cpuset *mask;

	cpus->mask = NULL;
	if (!cpus->given)
		return 0;
	mask = arena_array(arena, cfg->vcpu_max, sizeof(*mask));
	for (uint32_t v = 0; v < cfg->vcpu_max; v++) {
		uint32_t e = cpus->list ? v : 0;

		if (e >= cpus->entry_count) {
			mask[v] = cpuset_all();
			continue;
		}
		if (xlcfg_cpulist(cpus->entry[e], host, &mask[v], err))
			return -1;
		if (cpuset_empty(&mask[v]))
			return err_set(err, "%s:%u: %s: '%s' selects no CPU of "
				       "this host; CPUs are 0 to %u, nodes 0 "
				       "to %u", cfg->path, line, key,
				       cpus->entry[e], host->cpu_count - 1,
				       host->node_count - 1);
	}
	cpus->mask = mask;
	return 0;
}

/* The checks of vnuma= that xl makes against the host (facts 2.1). */
static int bind_vnuma(struct xlcfg *cfg, const struct xlcfg_host *host,
		      struct err *err)
{
	for (uint32_t n = 0; n < cfg->vnode_count; n++)
		if (cfg->vnode[n].pnode >= host->node_count)
			return err_set(err, "%s:%u: vnuma[%u]: pnode=%u: 0 to %u "
				       "on this host (xl: invalid pnode "
				       "number: %u)", cfg->path,
				       cfg->vnuma_line, n,
				       cfg->vnode[n].pnode,
				       host->node_count - 1,
				       cfg->vnode[n].pnode);
	if (cfg->vnode_count && !cfg->maxvcpus_given &&
	    cfg->vcpu_max > host->cpu_count)
		return err_set(err, "%s:%u: vnuma: %u vcpus, but the host has "
			       "%u pcpus (xl: vnuma specifies more vcpus than "
			       "pcpus, use maxvcpus= to override this check.)",
			       cfg->path, cfg->vnuma_line, cfg->vcpu_max,
			       host->cpu_count);
	return 0;
}

/* Numbers beyond the bitmap are dropped (facts 2.1). */
static void bind_vnode_cpus(struct xlcfg *cfg, const struct xlcfg_host *host,
			    struct arena *arena)
{
	uint32_t bits = cfg->maxvcpus_given ? cfg->vcpu_max : host->cpu_count;
	struct xlcfg_vnode *vnode;
	cpuset below;

	if (!cfg->vnode_count)
		return;
	bits = (bits + 7) / 8 * 8;
	below = cpuset_below(bits < CPU_MAX ? bits : CPU_MAX);
	vnode = arena_array(arena, cfg->vnode_count, sizeof(*vnode));
	for (uint32_t n = 0; n < cfg->vnode_count; n++) {
		vnode[n] = cfg->vnode[n];
		vnode[n].vcpus = cpuset_and(&vnode[n].vcpus, &below);
	}
	cfg->vnode = vnode;
}

int xlcfg_bind(struct xlcfg *cfg, const struct xlcfg_host *host,
	       struct arena *arena, struct err *err)
{
	require(host->cpu_count >= 1 && host->cpu_count <= CPU_MAX);
	require(host->node_count >= 1 && host->node_count <= NODE_MAX);

	if (bind_masks(cfg, &cfg->hard, "cpus", cfg->cpus_line, host, arena,
		       err) ||
	    bind_masks(cfg, &cfg->soft, "cpus_soft", cfg->cpus_soft_line, host,
		       arena, err) ||
	    bind_vnuma(cfg, host, err))
		return -1;
	bind_vnode_cpus(cfg, host, arena);
	return 0;
}
