/*
 * host_text.h - a live host's four files, written from a state as xl and Xen
 *               would print them (facts/xen.md 8), for tests of the readers.
 */
#ifndef TEST_HOST_TEXT_H
#define TEST_HOST_TEXT_H

#include "run/host_state.h"

#include <check.h>
#include <stdio.h>

/* What differs between versions and boot options. */
struct host_text_style {
	bool xen_417;      /* "Domain 3 (total:", else "d3 (total:" */
	bool timestamps;   /* "(XEN) [2026-01-02 03:04:05] " */
	bool zones;        /* debug key H before u */
};

static inline FILE *host_text_open(const char *folder, const char *name)
{
	char path[512];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	out = fopen(path, "w");
	ck_assert_msg(out != NULL, "%s", path);
	return out;
}

static inline void host_text_info(const struct host_state *s, FILE *out)
{
	fprintf(out, "host                   : lab\n"
		     "nr_cpus                : %u\n"
		     "max_cpu_id             : %u\n"
		     "nr_nodes               : %u\n"
		     "total_memory           : %llu\n"
		     "outstanding_claims     : %llu\n"
		     "cpu_topology           :\n"
		     "cpu:    core    socket     node\n",
		s->cpu_count, s->cpu_count - 1, s->node_count,
		(unsigned long long)(s->total_pages / 256),
		(unsigned long long)(s->claimed_pages / 256));
	for (uint32_t c = 0; c < s->cpu_count; c++)
		if (s->cpu[c].node != NODE_NONE)
			fprintf(out, "%3u:    %4u     %4u     %4u\n", c,
				s->cpu[c].core, s->cpu[c].socket,
				s->cpu[c].node);
	fprintf(out, "device topology        :\n"
		     "No device topology data available\n"
		     "numa_info              :\n"
		     "node:    memsize    memfree    distances\n");
	for (uint32_t n = 0; n < s->node_count; n++) {
		if (!s->node[n].online)
			continue;
		fprintf(out, "%4u:    %6llu     %6llu      ", n,
			(unsigned long long)(s->node[n].span_pages / 256),
			(unsigned long long)(s->node[n].free_pages / 256));
		for (uint32_t m = 0; m < s->node_count; m++) {
			uint32_t d = s->distance[n * s->node_count + m];

			if (d == HOST_STATE_DISTANCE_NONE)
				fprintf(out, "%s-1", m ? "," : "");
			else
				fprintf(out, "%s%u", m ? "," : "", d);
		}
		fputs("\n", out);
	}
	fprintf(out, "xen_major              : 4\n"
		     "xen_version            : %s\n"
		     "xen_commandline        : placeholder dma_bits=%u\n",
		s->xen_text, s->dma_bits);
}

/* Runs of members, "all" if every one below width is there. */
static inline void host_text_runs(FILE *out, bool (*has)(const void *, uint32_t),
				  const void *set, uint32_t width, bool all)
{
	bool any = false;

	if (all) {
		fputs("all", out);
		return;
	}
	for (uint32_t i = 0; i < width; i++) {
		uint32_t last = i;

		if (!has(set, i))
			continue;
		while (last + 1 < width && has(set, last + 1))
			last++;
		fprintf(out, last > i ? "%s%u-%u" : "%s%u", any ? "," : "", i,
			last);
		any = true;
		i = last;
	}
	if (!any)
		fputs("none", out);
}

static inline bool host_text_has_node(const void *set, uint32_t n)
{
	return nodeset_has(*(const nodeset *)set, n);
}

static inline bool host_text_has_cpu(const void *set, uint32_t c)
{
	return cpuset_has(set, c);
}

static inline void host_text_cpus(FILE *out, const cpuset *cpus, uint32_t width)
{
	cpuset all = cpuset_all();

	host_text_runs(out, host_text_has_cpu, cpus, width,
		       cpuset_equal(cpus, &all));
}

static inline void host_text_list(const struct host_state *s, FILE *out)
{
	fprintf(out, "%-40s%5s %5s %5s\tState\tTime(s) NODE Affinity\n", "Name",
		"ID", "Mem", "VCPUs");
	for (uint32_t d = 0; d < s->domain_count; d++) {
		const struct host_state_domain *dom = &s->domain[d];

		fprintf(out, "%-40s%5u %5llu %5u     --p---  %8.1f ",
			dom->name, dom->domid,
			(unsigned long long)(dom->total_pages / 256),
			dom->vcpu_count, 12.3);
		host_text_runs(out, host_text_has_node, &dom->node_affinity,
			       s->node_count, dom->node_affinity_auto);
		fputs("\n", out);
	}
}

static inline void host_text_vcpus(const struct host_state *s, FILE *out)
{
	fprintf(out, "%-32s %5s %5s %5s %5s %9s %s\n", "Name", "ID", "VCPU",
		"CPU", "State", "Time(s)", "Affinity (Hard / Soft)");
	for (uint32_t d = 0; d < s->domain_count; d++) {
		const struct host_state_domain *dom = &s->domain[d];

		for (uint32_t v = 0; v < dom->vcpu_count; v++) {
			const struct host_state_vcpu *vcpu = &dom->vcpu[v];

			fprintf(out, "%-32s %5u %5u", dom->name, dom->domid, v);
			if (vcpu->cpu == CPU_NONE)
				fprintf(out, "%5s   --p %9.1f  ", "-", 0.0);
			else
				fprintf(out, "%5u   -b- %9.1f  ", vcpu->cpu, 1.5);
			host_text_cpus(out, &vcpu->hard, s->cpu_count);
			fputs(" / ", out);
			host_text_cpus(out, &vcpu->soft, s->cpu_count);
			fputs("\n", out);
		}
	}
}

static inline void host_text_dmesg(const struct host_state *s, FILE *out,
				   const struct host_text_style *style)
{
	const char *p = style->timestamps ? "(XEN) [2026-01-02 03:04:05.678] "
					  : "(XEN) ";

	fprintf(out, "%sXen version 4.17\n%sNUMA: node 0\n", p, p);
	for (uint32_t n = 0; style->zones && n < s->node_count; n++)
		for (uint32_t z = 0; z < HEAP_ZONES; z++)
			fprintf(out, "%sheap[node=%u][zone=%u] -> %llu pages\n",
				p, n, z,
				(unsigned long long)
					s->node[n].zone_free_pages[z]);
	fprintf(out, "%s'u' pressed -> dumping numa info (now = 48873125478)\n",
		p);
	for (uint32_t n = 0; n < s->node_count; n++)
		if (s->node[n].online)
			fprintf(out, "%sNODE%u start->%llu size->%llu "
				     "free->%llu\n", p, n,
				(unsigned long long)s->node[n].start_mfn,
				(unsigned long long)s->node[n].span_pages,
				(unsigned long long)s->node[n].free_pages);
	for (uint32_t c = 0; c < s->cpu_count; c++)
		if (s->cpu[c].node != NODE_NONE)
			fprintf(out, "%sCPU%u -> NODE%u\n", p, c,
				s->cpu[c].node);
	fprintf(out, "%sMemory location of each domain:\n", p);
	for (uint32_t d = 0; d < s->domain_count; d++) {
		const struct host_state_domain *dom = &s->domain[d];

		fprintf(out, "%s%s%u (total: %llu):\n", p,
			style->xen_417 ? "Domain " : "d", dom->domid,
			(unsigned long long)dom->total_pages);
		for (uint32_t n = 0; n < s->node_count; n++)
			if (s->node[n].online)
				fprintf(out, "%s    Node %u: %llu\n", p, n,
					(unsigned long long)dom->pages_on[n]);
	}
}

static inline void host_text_write(const struct host_state *s,
				   const char *folder,
				   const struct host_text_style *style)
{
	FILE *out = host_text_open(folder, "info.txt");

	host_text_info(s, out);
	fclose(out);
	out = host_text_open(folder, "list.txt");
	host_text_list(s, out);
	fclose(out);
	out = host_text_open(folder, "vcpu-list.txt");
	host_text_vcpus(s, out);
	fclose(out);
	out = host_text_open(folder, "dmesg.txt");
	host_text_dmesg(s, out, style);
	fclose(out);
}

#endif
