/*
 * host_state_dmesg.c - debug key u in Xen's log: free pages and spans of nodes,
 * pages of domains per node; and, if there, debug key H: free pages by zone
 * (host_state_parts.h; facts/xen.md 8.1).
 *
 * RULE    A dump begins at its "'u' pressed" line; one without (the log is a
 *         ring) at its first line. Only the last dump counts: each new one
 *         forgets what the one before said, and what was wrong with it. The
 *         same for H, whose lines are a help and never an error.
 *
 *         4.17 says "Domain 3 (total: N):", later versions "d3 (total: N):".
 */
#include "run/host_state_parts.h"

#include <string.h>

/* What the last dump of u said. */
struct dump {
	struct host_state_node node[NODE_MAX];
	bool node_seen[NODE_MAX];
	uint16_t cpu_to_node[CPU_MAX]; /* NODE_NONE: not said */
	int32_t domain;                /* index of the one being listed; -1 */
	struct err wrong;              /* the first line that is; "" */
};

struct dmesg {
	struct xl_text text;
	struct host_state *state;
	struct dump dump;
	bool *listed;                  /* [domain_count] */
	uint64_t zone_pages[NODE_MAX][HEAP_ZONES];
	bool zone_seen[NODE_MAX];
};

static void begin_dump(struct dmesg *d)
{
	memset(&d->dump, 0, sizeof(d->dump));
	for (uint32_t c = 0; c < CPU_MAX; c++)
		d->dump.cpu_to_node[c] = NODE_NONE;
	d->dump.domain = -1;
	for (uint32_t i = 0; i < d->state->domain_count; i++) {
		d->listed[i] = false;
		d->state->domain[i].total_pages = 0;
		memset(d->state->domain[i].pages_on, 0,
		       sizeof(d->state->domain[i].pages_on));
	}
}

/* Behind "(XEN)", times in brackets, and blanks. */
static const char *behind_prefix(const char *line)
{
	for (;;) {
		line += strspn(line, " \t");
		if (xl_skip(&line, "(XEN)"))
			continue;
		if (*line != '[')
			return line;

		const char *close = strchr(line, ']');

		if (!close)
			return line;
		line = close + 1;
	}
}

/* Nothing more on the line? */
static bool ends(const char *at)
{
	return at[strspn(at, " \t")] == '\0';
}

static int bad(const struct dmesg *d, struct err *err, const char *want)
{
	return xl_text_fail(&d->text, err, "a line of Xen's dump that is cut "
			    "or changed; %s", want);
}

/* "NODE0 start->0 size->4456448 free->2621440" */
static int read_node(struct dmesg *d, const char *at, struct err *err)
{
	uint64_t node, start, size, pages, max = UINT64_C(1) << 40;

	if (!xl_number(&at, NODE_MAX - 1, &node) || !xl_skip(&at, " start->") ||
	    !xl_number(&at, max, &start) || !xl_skip(&at, " size->") ||
	    !xl_number(&at, max, &size) || !xl_skip(&at, " free->") ||
	    !xl_number(&at, max, &pages) || !ends(at))
		return bad(d, err, "NODE0 start->0 size->4456448 "
			   "free->2621440");
	if (d->dump.node_seen[node])
		return xl_text_fail(&d->text, err, "node %llu is there twice in "
				    "one dump", (unsigned long long)node);
	d->dump.node_seen[node] = true;
	d->dump.node[node].start_mfn = start;
	d->dump.node[node].span_pages = size;
	d->dump.node[node].free_pages = pages;
	return 0;
}

/* "CPU0...7 -> NODE0" */
static int read_cpus(struct dmesg *d, const char *at, struct err *err)
{
	uint64_t low, high, node;

	if (!xl_number(&at, CPU_MAX - 1, &low))
		return bad(d, err, "CPU0...7 -> NODE0");
	high = low;
	if ((xl_skip(&at, "...") && !xl_number(&at, CPU_MAX - 1, &high)) ||
	    !xl_skip(&at, " -> NODE") || !xl_number(&at, NODE_MAX - 1, &node) ||
	    !ends(at) || high < low)
		return bad(d, err, "CPU0...7 -> NODE0");
	for (uint64_t c = low; c <= high; c++)
		d->dump.cpu_to_node[c] = (uint16_t)node;
	return 0;
}

/* Behind "d" or "Domain ": "3 (total: 1048576):" */
static int read_domain(struct dmesg *d, const char *at, struct err *err)
{
	struct host_state_domain *domain;
	uint64_t domid, total;

	if (!xl_number(&at, UINT16_MAX, &domid) ||
	    !xl_skip(&at, " (total: ") ||
	    !xl_number(&at, UINT64_C(1) << 40, &total) ||
	    !xl_skip(&at, "):") || !ends(at))
		return bad(d, err, "d3 (total: 1048576):");
	domain = host_state_find(d->state, (uint32_t)domid);
	d->dump.domain = -1;
	if (!domain)
		return xl_text_fail(&d->text, err, "domain %llu is not in "
				    "list.txt: it came or went while the files "
				    "were written; collect again",
				    (unsigned long long)domid);
	d->dump.domain = (int32_t)(domain - d->state->domain);
	if (d->listed[d->dump.domain])
		return xl_text_fail(&d->text, err, "domain %llu is there twice "
				    "in one dump", (unsigned long long)domid);
	d->listed[d->dump.domain] = true;
	domain->total_pages = total;
	return 0;
}

/* "Node 0: 524288" below a domain; "Node 0 has ..." is something else */
static int read_share(struct dmesg *d, const char *at, struct err *err)
{
	uint64_t node, pages;

	if (!xl_number(&at, UINT16_MAX, &node) || !xl_skip(&at, ": "))
		return 0;
	if (node >= NODE_MAX ||
	    !xl_number(&at, UINT64_C(1) << 40, &pages) || !ends(at))
		return bad(d, err, "Node 0: 524288");
	d->state->domain[d->dump.domain].pages_on[node] = pages;
	return 0;
}

/* "heap[node=0][zone=20] -> 1024 pages" */
static void read_zone(struct dmesg *d, const char *at)
{
	uint64_t node, zone, pages;

	if (!xl_number(&at, NODE_MAX - 1, &node) || !xl_skip(&at, "][zone=") ||
	    !xl_number(&at, HEAP_ZONES - 1, &zone) || !xl_skip(&at, "] -> ") ||
	    !xl_number(&at, UINT64_C(1) << 40, &pages))
		return;
	d->zone_pages[node][zone] = pages;
	d->zone_seen[node] = true;
}

static bool is_domain(const char **at)
{
	const char *number = *at;
	uint64_t domid;

	if (!xl_skip(&number, "Domain ") && !xl_skip(&number, "d"))
		return false;
	*at = number;
	return xl_number(&number, UINT64_MAX / 16, &domid) &&
	       xl_skip(&number, " (total:");
}

static int read_line(struct dmesg *d, struct err *err)
{
	const char *at = behind_prefix(d->text.line.text);

	if (xl_skip(&at, "'u' pressed")) {
		begin_dump(d);
		return 0;
	}
	if (xl_skip(&at, "'H' pressed")) {
		memset(d->zone_pages, 0, sizeof(d->zone_pages));
		memset(d->zone_seen, 0, sizeof(d->zone_seen));
		return 0;
	}
	if (xl_skip(&at, "heap[node=")) {
		read_zone(d, at);
		return 0;
	}
	if (!strncmp(at, "NODE", 4) && strstr(at, " start->")) {
		d->dump.domain = -1;
		return read_node(d, at + 4, err);
	}
	if (!strncmp(at, "CPU", 3) && strstr(at, " -> NODE"))
		return read_cpus(d, at + 3, err);
	if (d->dump.domain >= 0 && xl_skip(&at, "Node "))
		return read_share(d, at, err);
	if (is_domain(&at))
		return read_domain(d, at, err);
	return 0;
}

/* The whole log was read: is the dump there, and of this host? */
static int finish(struct dmesg *d, struct err *err)
{
	struct host_state *s = d->state;
	const char *path = d->text.path;
	bool any = false;

	if (d->dump.wrong.text[0])
		return err_set(err, "%s", d->dump.wrong.text);
	for (uint32_t n = 0; n < NODE_MAX; n++) {
		bool online = n < s->node_count && s->node[n].online;

		any |= d->dump.node_seen[n];
		if (d->dump.node_seen[n] && !online)
			return err_set(err, "%s: node %u is not in info.txt; "
				       "files of one host", path, n);
	}
	if (!any)
		return err_set(err, "%s: no dump of debug key u; run `xl "
			       "debug-keys u`, then save `xl dmesg`", path);
	for (uint32_t n = 0; n < s->node_count; n++) {
		if (!s->node[n].online)
			continue;
		if (!d->dump.node_seen[n])
			return err_set(err, "%s: node %u is in info.txt, but "
				       "not in the last dump of debug key u: "
				       "the log has cut it; run the key again",
				       path, n);
		s->node[n].start_mfn = d->dump.node[n].start_mfn;
		s->node[n].span_pages = d->dump.node[n].span_pages;
		s->node[n].free_pages = d->dump.node[n].free_pages;
		s->node[n].zones_known = d->zone_seen[n];
		memcpy(s->node[n].zone_free_pages, d->zone_pages[n],
		       sizeof(d->zone_pages[n]));
	}
	for (uint32_t c = 0; c < s->cpu_count; c++)
		if (d->dump.cpu_to_node[c] != NODE_NONE &&
		    d->dump.cpu_to_node[c] != s->cpu[c].node)
			return err_set(err, "%s: CPU %u is on node %u, in "
				       "info.txt on another; files of one host",
				       path, c, d->dump.cpu_to_node[c]);
	for (uint32_t i = 0; i < s->domain_count; i++)
		if (!d->listed[i])
			return err_set(err, "%s: domain %u (%s) of list.txt is "
				       "not in the last dump: it came or went "
				       "while the files were written; collect "
				       "again", path, s->domain[i].domid,
				       s->domain[i].name);
	return 0;
}

int host_state_read_dmesg(struct arena *arena, const char *path,
			  struct host_state *state, struct err *err)
{
	struct dmesg *d = arena_alloc(arena, sizeof(*d));
	int rc;

	d->state = state;
	d->listed = arena_array(arena, state->domain_count, sizeof(bool));
	begin_dump(d);
	if (xl_text_open(&d->text, path, err))
		return -1;
	while ((rc = xl_text_next(&d->text, err)) == 1) {
		struct err wrong;

		if (read_line(d, &wrong) && !d->dump.wrong.text[0])
			d->dump.wrong = wrong;
	}
	if (rc == 0)
		rc = finish(d, err);
	xl_text_close(&d->text);
	return rc;
}
