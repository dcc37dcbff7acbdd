#include "run/trial_cfg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Text in the making; end() moves it into the arena. */
struct text {
	FILE *out;
	char *bytes;
	size_t length;
};

static FILE *begin(struct text *t)
{
	t->bytes = NULL;
	t->out = open_memstream(&t->bytes, &t->length);
	require(t->out != NULL);
	return t->out;
}

static const char *end(struct arena *arena, struct text *t)
{
	const char *kept;

	require(fclose(t->out) == 0);
	kept = arena_strdup(arena, t->bytes);
	free(t->bytes);
	return kept;
}

/* Runs of members, each with the prefix for one or for several. */
static void put_runs(FILE *out, nodeset nodes, const char *one,
		     const char *several)
{
	const char *comma = "";

	for (uint32_t n = nodeset_first(nodes); n != NODE_NONE;) {
		uint32_t last = n;

		while (last + 1 < NODE_MAX && nodeset_has(nodes, last + 1))
			last++;
		if (last > n)
			fprintf(out, "%s%s%u-%u", comma, several, n, last);
		else
			fprintf(out, "%s%s%u", comma, one, n);
		comma = ",";
		n = nodeset_after(nodes, last);
	}
}

const char *trial_nodes(struct arena *arena, nodeset nodes)
{
	struct text t;
	FILE *out = begin(&t);

	if (!nodes)
		fputs("none", out);
	put_runs(out, nodes, "", "");
	return end(arena, &t);
}

static void add_soft(struct arena *arena, nodeset nodes, struct trial_cfg *cfg)
{
	struct text t;
	FILE *out = begin(&t);

	fputs("cpus_soft = \"", out);
	put_runs(out, nodes, "node:", "nodes:");
	fputs("\"", out);
	cfg->line[cfg->line_count++] = end(arena, &t);
}

static void add_hard(struct arena *arena, nodeset nodes, uint32_t vcpus,
		     struct trial_cfg *cfg)
{
	struct text t;
	FILE *out = begin(&t);

	fputs("cpus = [ ", out);
	for (uint32_t v = 0; v < vcpus; v++) {
		fputs(v ? ", \"" : "\"", out);
		put_runs(out, nodes, "node:", "nodes:");
		fputs("\"", out);
	}
	fputs(" ]", out);
	cfg->line[cfg->line_count++] = end(arena, &t);
}

static void put_vcpus(FILE *out, const cpuset *vcpus)
{
	const char *comma = "";

	for (uint32_t v = cpuset_first(vcpus); v != CPU_NONE;) {
		uint32_t last = v;

		while (last + 1 < CPU_MAX && cpuset_has(vcpus, last + 1))
			last++;
		fprintf(out, last > v ? "%s%u-%u" : "%s%u", comma, v, last);
		comma = ",";
		v = cpuset_from(vcpus, last + 1);
	}
}

static void add_vnode(struct arena *arena, const struct trial *t, uint32_t v,
		      struct trial_cfg *cfg)
{
	const struct xlcfg_vnode *vnode = &t->config->vnode[v];
	bool last = v + 1 == t->vnode_count, distances = false;
	struct text text;
	FILE *out = begin(&text);

	fprintf(out, "%s[ \"pnode=%u\", \"size=%llu\", \"vcpus=",
		v ? "          " : "vnuma = [ ", t->vnode_to_pnode[v],
		(unsigned long long)(vnode->size_kib / 1024));
	put_vcpus(out, &vnode->vcpus);
	fputs("\"", out);
	for (uint32_t w = 0; w < t->vnode_count; w++)
		distances |= vnode->distance[w] != 0;
	for (uint32_t w = 0; distances && w < t->vnode_count; w++)
		fprintf(out, "%s%u", w ? "," : ", \"vdistances=",
			vnode->distance[w]);
	fprintf(out, "%s ]%s", distances ? "\"" : "", last ? " ]" : ",");
	cfg->line[cfg->line_count++] = end(arena, &text);
}

/* Where memory goes once the lines stand: the nodes of soft within hard. */
static nodeset nodes_said(const struct host_state *s, const struct trial *t,
			  nodeset soft, nodeset bound)
{
	cpuset hard = *t->view->view.pool_cpus, both;
	nodeset nodes = NODESET_NONE;
	const cpuset *from;

	if (bound) {
		cpuset cpus = host_state_cpus_of(s, bound);

		hard = cpuset_and(&hard, &cpus);
	} else if (t->config->hard.mask) {
		cpuset any = {{0}};

		for (uint32_t v = 0; v < t->vcpu_count; v++)
			any = cpuset_or(&any, &t->config->hard.mask[v]);
		hard = cpuset_and(&hard, &any);
	}
	both = host_state_cpus_of(s, soft);
	both = cpuset_and(&both, &hard);
	from = cpuset_empty(&both) ? &hard : &both;
	for (uint32_t c = cpuset_first(from); c < s->cpu_count;
	     c = cpuset_from(from, c + 1))
		if (s->cpu[c].node != NODE_NONE)
			nodes = nodeset_add(nodes, s->cpu[c].node);
	return nodes;
}

/* Not placed by the heuristic: Xen's own default, which libxl may not have. */
static void say_automatic(struct arena *arena, const struct trial *t,
			  struct trial_cfg *cfg)
{
	if (strcmp(t->ops->name, "libxl") == 0) {
		cfg->remark = "none is needed: xl finds no place either, and "
			      "leaves memory to go round the nodes";
		return;
	}
	if (t->config->hard.mask)
		cfg->remark = "cpus= stays, and memory goes round its nodes";
	cfg->line[cfg->line_count++] =
		arena_strdup(arena, "cpus_soft = \"all\"");
}

void trial_cfg(struct arena *arena, const struct host_state *s,
	       const struct trial *t, struct trial_cfg *cfg)
{
	const struct place_answer *a = &t->answer;
	nodeset bound = NODESET_NONE;
	nodeset soft = a->affinity == PLACE_SOFT ? a->cpu_nodes : a->nodes;

	*cfg = (struct trial_cfg){.remark = ""};
	if (!t->asked) {
		cfg->remark = "none is needed: the file's own lines decide, xl "
			      "does not place";
		return;
	}
	if (t->placed != PLACE_OK) {
		say_automatic(arena, t, cfg);
		return;
	}
	if (t->vnode_count) {
		/* Exact on their nodes; the few other pages go elsewhere. */
		for (uint32_t v = 0; v < t->vnode_count; v++)
			add_vnode(arena, t, v, cfg);
		cfg->remark = "the few pages that belong to no vnode go round "
			      "all nodes of the pool";
		return;
	}
	if (a->affinity == PLACE_HARD && !t->config->hard.mask) {
		bound = a->cpu_nodes;
		soft = NODESET_ALL;
		add_hard(arena, bound, t->vcpu_count, cfg);
	} else {
		add_soft(arena, soft, cfg);
	}
	if (nodes_said(s, t, soft, bound) != a->nodes)
		cfg->remark = "xl.cfg cannot say all of it: without placement, "
			      "memory goes to the nodes of the vCPUs' CPUs";
	else if (a->affinity == PLACE_HARD && !bound)
		cfg->remark = "the file's cpus= stays; within it vCPUs prefer "
			      "these nodes";
	else if (a->affinity == PLACE_FREE)
		cfg->remark = "xl.cfg has no line for memory alone: vCPUs "
			      "prefer these nodes too";
}
