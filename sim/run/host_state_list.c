/*
 * host_state_list.c - `xl list -n`, `xl vcpu-list`, `xl cpupool-list -c`:
 * domains, where they may run, pools (host_state_parts.h; facts/xen.md 8.3,
 * 8.4).
 *
 * RULE    Columns are counted from the right: a name may have blanks, what
 *         follows it never has. The name is not needed to tell rows apart.
 */
#include "run/host_state_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* The first count words with one blank between them. */
static char *joined(struct arena *arena, const struct xl_text *t,
		    uint32_t count)
{
	size_t size = 1;

	for (uint32_t i = 0; i < count; i++)
		size += strlen(t->word[i]) + 1;

	char *name = arena_alloc(arena, size);

	for (uint32_t i = 0; i < count; i++) {
		strcat(name, i ? " " : "");
		strcat(name, t->word[i]);
	}
	return name;
}

/* --- xl cpupool-list -c ------------------------------------------------------------ */

static int read_pool(struct arena *arena, struct xl_text *t,
		     struct host_state *s, struct err *err)
{
	struct host_state_pool pool;

	if (!xl_text_split(t) || t->word_count < 2 ||
	    !host_state_cpulist(t->word[t->word_count - 1], s->cpu_count,
				&pool.cpus))
		return xl_text_fail(t, err, "no row of `xl cpupool-list -c`; "
				    "name and CPUs of this host, as 0,1 or 0-7");
	if (s->pool_count == HOST_STATE_POOL_MAX)
		return xl_text_fail(t, err, "more than %d pools",
				    HOST_STATE_POOL_MAX);
	cpuset all = host_state_cpus(s);

	pool.cpus = cpuset_and(&pool.cpus, &all);
	pool.name = joined(arena, t, t->word_count - 1);
	if (host_state_find_pool(s, pool.name) < s->pool_count)
		return xl_text_fail(t, err, "pool %s is there twice",
				    pool.name);
	s->pool[s->pool_count++] = pool;
	return 0;
}

int host_state_read_pools(struct arena *arena, const char *path,
			  struct host_state *s, bool *found, struct err *err)
{
	struct xl_text text;
	struct stat info;
	int rc;

	*found = stat(path, &info) == 0;
	if (!*found)
		return 0;
	if (xl_text_open(&text, path, err))
		return -1;
	s->pool = arena_array(arena, HOST_STATE_POOL_MAX, sizeof(*s->pool));
	while ((rc = xl_text_next(&text, err)) == 1) {
		if (!strncmp(text.line.text, "Name", 4) &&
		    strcasestr(text.line.text, "CPU"))
			continue;
		if (read_pool(arena, &text, s, err)) {
			rc = -1;
			break;
		}
	}
	xl_text_close(&text);
	return rc;
}

/* --- xl list -n --------------------------------------------------------------------- */

/* Right to left: nodes, [pool,] seconds, state, vCPUs, MiB, id, name. */
static int read_domain(struct arena *arena, struct xl_text *t, bool has_pool,
		       struct host_state *s, struct err *err)
{
	struct host_state_domain d = {0};
	uint32_t behind = has_pool ? 7 : 6;
	uint64_t domid;

	if (!xl_text_split(t) || t->word_count < behind + 1 ||
	    !xl_number_is(t->word[t->word_count - behind], 0x7fff, &domid))
		return xl_text_fail(t, err, "no row of `xl list -n%s`; name, "
				    "id, MiB, vCPUs, state, seconds,%s nodes",
				    has_pool ? " -c" : "",
				    has_pool ? " pool," : "");
	const char *nodes = t->word[t->word_count - 1];

	if (!host_state_nodes(nodes, s->node_count, &d.node_affinity))
		return xl_text_fail(t, err, "'%.40s' are no nodes of this host; "
				    "all, none, or 0,2-3", nodes);
	d.node_affinity_auto = strcmp(nodes, "all") == 0;
	d.domid = (uint32_t)domid;
	d.name = joined(arena, t, t->word_count - behind);
	if (has_pool) {
		const char *pool = t->word[t->word_count - 2];

		d.pool = host_state_find_pool(s, pool);
		if (d.pool == s->pool_count)
			return xl_text_fail(t, err, "pool %.40s is not in "
					    "cpupool-list.txt", pool);
	}
	if (s->domain_count == HOST_STATE_DOMAIN_MAX)
		return xl_text_fail(t, err, "more than %d domains",
				    HOST_STATE_DOMAIN_MAX);
	if (d.domid < host_state_next_domid(s))
		return xl_text_fail(t, err, "domain %u comes after domain %u; "
				    "by rising id, each once", d.domid,
				    host_state_next_domid(s) - 1);
	host_state_add(arena, s, &d);
	return 0;
}

int host_state_read_list(struct arena *arena, const char *path,
			 struct host_state *s, struct err *err)
{
	bool header = false, has_pool = false;
	struct xl_text text;
	int rc;

	if (xl_text_open(&text, path, err))
		return -1;
	while ((rc = xl_text_next(&text, err)) == 1) {
		const char *line = text.line.text;

		if (!header) {
			/* Warnings of xl may come first. */
			header = !strncmp(line, "Name", 4);
			if (header && !strstr(line, "NODE Affinity"))
				rc = xl_text_fail(&text, err, "no NODE Affinity "
						  "column; save the output of "
						  "`xl list -n`, with -n");
			has_pool = strcasestr(line, "pool") != NULL;
			/* Of one pool the rows may name it or not. */
			if (header && has_pool && s->pool_count == 0)
				rc = xl_text_fail(&text, err, "pools, but there "
						  "is no cpupool-list.txt beside "
						  "it; save the output of `xl "
						  "cpupool-list -c`");
		} else if (read_domain(arena, &text, has_pool, s, err)) {
			rc = -1;
		}
		if (rc < 0)
			break;
	}
	if (rc == 0 && !header)
		rc = err_set(err, "%s: no header line; save the output of `xl "
			     "list -n`", path);
	xl_text_close(&text);
	return rc;
}

/* --- xl vcpu-list -------------------------------------------------------------------- */

/* Rows of one domain follow one another; its vCPUs are kept when it ends. */
struct vcpus {
	struct arena *arena;
	struct xl_text text;
	struct host_state *state;
	struct host_state_domain *domain; /* NULL: none yet */
	struct host_state_vcpu *vcpu;     /* [max] */
	uint32_t count, max;
};

static void keep(struct vcpus *r)
{
	if (!r->domain)
		return;

	struct host_state_vcpu *kept =
		arena_array(r->arena, r->count, sizeof(*kept));

	if (r->count)
		memcpy(kept, r->vcpu, r->count * sizeof(*kept));
	r->domain->vcpu = kept;
	r->domain->vcpu_count = r->count;
	r->count = 0;
}

static int append(struct vcpus *r, uint64_t number,
		  const struct host_state_vcpu *vcpu, struct err *err)
{
	if (number != r->count || number >= HOST_STATE_VCPU_MAX)
		return xl_text_fail(&r->text, err, "vCPU %llu of domain %u; "
				    "vCPU %u comes here, at most %d",
				    (unsigned long long)number,
				    r->domain->domid, r->count,
				    HOST_STATE_VCPU_MAX);
	if (r->count == r->max) {
		r->max = r->max ? 2 * r->max : 64;
		r->vcpu = realloc(r->vcpu, r->max * sizeof(*r->vcpu));
		require(r->vcpu != NULL);
	}
	r->vcpu[r->count++] = *vcpu;
	return 0;
}

static int begin_domain(struct vcpus *r, uint64_t domid, struct err *err)
{
	if (r->domain && r->domain->domid == domid)
		return 0;
	keep(r);
	r->domain = host_state_find(r->state, (uint32_t)domid);
	if (!r->domain)
		return xl_text_fail(&r->text, err, "domain %llu is not in "
				    "list.txt: it came while the files were "
				    "written; collect again",
				    (unsigned long long)domid);
	if (r->domain->vcpu_count)
		return xl_text_fail(&r->text, err, "rows of domain %llu in two "
				    "places", (unsigned long long)domid);
	return 0;
}

/* Right to left: soft, "/", hard, seconds, state, CPU, vCPU, id, name. */
static int read_vcpu(struct vcpus *r, struct err *err)
{
	struct xl_text *t = &r->text;
	struct host_state_vcpu v = {.cpu = CPU_NONE};
	uint64_t domid, number, cpu;

	if (!xl_text_split(t) || t->word_count < 9)
		return xl_text_fail(t, err, "no row of `xl vcpu-list`; name, "
				    "id, vCPU, CPU, state, seconds, hard / "
				    "soft");
	char **end = &t->word[t->word_count];

	if (!xl_number_is(end[-8], 0x7fff, &domid) ||
	    !xl_number_is(end[-7], 65535, &number) || strcmp(end[-2], "/") != 0)
		return xl_text_fail(t, err, "no row of `xl vcpu-list`; name, "
				    "id, vCPU, CPU, state, seconds, hard / "
				    "soft");
	if (strcmp(end[-6], "-") != 0) {
		if (!xl_number_is(end[-6], r->state->cpu_count - 1, &cpu))
			return xl_text_fail(t, err, "'%.40s' is no CPU of this "
					    "host; 0 to %u, or -", end[-6],
					    r->state->cpu_count - 1);
		v.cpu = (uint16_t)cpu;
	}
	if (!host_state_cpulist(end[-3], CPU_MAX, &v.hard) ||
	    !host_state_cpulist(end[-1], CPU_MAX, &v.soft))
		return xl_text_fail(t, err, "'%.40s / %.40s' are no lists of "
				    "CPUs; all, none, or 0,2-3", end[-3],
				    end[-1]);
	return begin_domain(r, domid, err) || append(r, number, &v, err) ? -1
									 : 0;
}

int host_state_read_vcpus(struct arena *arena, const char *path,
			  struct host_state *s, struct err *err)
{
	struct vcpus r = {.arena = arena, .state = s};
	bool header = false;
	int rc;

	if (xl_text_open(&r.text, path, err))
		return -1;
	while ((rc = xl_text_next(&r.text, err)) == 1) {
		if (!header) {
			header = !strncmp(r.text.line.text, "Name", 4);
			if (header && !strstr(r.text.line.text, "Soft"))
				rc = xl_text_fail(&r.text, err, "no Hard / Soft "
						  "column; save the output of "
						  "`xl vcpu-list`");
		} else if (read_vcpu(&r, err)) {
			rc = -1;
		}
		if (rc < 0)
			break;
	}
	if (rc == 0 && !header)
		rc = err_set(err, "%s: no header line; save the output of `xl "
			     "vcpu-list`", path);
	keep(&r);
	xl_text_close(&r.text);
	free(r.vcpu);
	return rc;
}
