#include "host/draw.h"

#include "base/units.h"

#include <inttypes.h>
#include <string.h>

static void draw_head(FILE *out, const struct host *host);
static void draw_tree(FILE *out, const struct host *host);
static void draw_memory(FILE *out, const struct host *host);
static void draw_devices(FILE *out, const struct host *host);
static void draw_values(FILE *out, const struct host *host);

void draw_host(FILE *out, const struct host *host)
{
	draw_head(out, host);
	draw_tree(out, host);
	draw_memory(out, host);
	draw_speed(out, host);
	draw_devices(out, host);
	draw_values(out, host);
	for (uint32_t w = 0; w < host->nr_warnings && w < HOST_WARNING_MAX; w++)
		fprintf(out, "%snote: %s\n", w ? "" : "\n", host->warning[w]);
	if (host->nr_warnings > HOST_WARNING_MAX)
		fprintf(out, "note: %u more\n",
			host->nr_warnings - HOST_WARNING_MAX);
}

/* --- pieces of text ------------------------------------------------------- */

/* The step if the set is a, a + step, ...: else 0. */
static uint32_t step_of(const cpuset *cpus)
{
	uint32_t first = cpuset_first(cpus);
	uint32_t second = cpuset_from(cpus, first + 1);
	uint32_t step = second - first, before = first;

	for (uint32_t c = second; c != CPU_NONE; c = cpuset_from(cpus, c + 1)) {
		if (c - before != step)
			return 0;
		before = c;
	}
	return step;
}

void draw_cpus(FILE *out, const cpuset *cpus)
{
	uint32_t count = cpuset_count(cpus), first = cpuset_first(cpus);
	uint32_t step = count > 3 ? step_of(cpus) : 0;
	const char *comma = "";

	if (count == 0)
		fprintf(out, "-");
	if (step > 1) {
		fprintf(out, "%u,%u,...,%u", first, first + step,
			first + step * (count - 1));
		return;
	}
	for (uint32_t c = first; c != CPU_NONE; comma = ",") {
		uint32_t last = c;

		while (last + 1 < CPU_MAX && cpuset_has(cpus, last + 1))
			last++;
		fprintf(out, last > c ? "%s%u-%u" : "%s%u", comma, c, last);
		c = cpuset_from(cpus, last + 1);
	}
}

static void draw_size(FILE *out, double mib)
{
	if (mib >= 10 * 1024)
		fprintf(out, "%.1f GiB", mib / 1024);
	else
		fprintf(out, "%.0f MiB", mib);
}

void draw_heading(FILE *out, const char *text,
		  const struct host_origin *origin)
{
	const char *kind = host_origin_name(origin->kind);
	size_t length = strlen(text) + strlen(kind) + strlen(origin->from);

	fprintf(out, "\n%s%s[%s: %s]\n", text,
		length + 5 > DRAW_COLUMNS ? "\n  " : " ", kind, origin->from);
}

/* --- parts, in the order they are printed --------------------------------- */

static void draw_head(FILE *out, const struct host *host)
{
	static const char *const kinds[] = {
		[HOST_TOPOLOGY_NONE] = "made by a program",
		[HOST_TOPOLOGY_SYNTHETIC] = "synthetic",
		[HOST_TOPOLOGY_XML] = "XML",
		[HOST_TOPOLOGY_THIS] = "the running machine:",
	};

	fprintf(out, "%s%s%s\n", host->name, *host->summary ? ": " : "",
		host->summary);
	fprintf(out, "topology: %s %s\n", kinds[host->topology_kind],
		host->topology);
	fprintf(out, "%u CPUs, %u cores, %u sockets, %u nodes, ",
		host->nr_cpus, host->nr_cores, host->nr_sockets,
		host->nr_nodes);
	draw_size(out, mib_from_pages(host->total_pages));
	fprintf(out, "\n");
}

/* "siblings n, n+16": how the threads of a core are numbered. */
static void draw_siblings(FILE *out, const struct host *host, uint32_t node)
{
	uint32_t step = 0, threads = 0;
	bool regular = true;
	uint32_t before[CPU_MAX]; /* last thread seen of each core */

	for (uint32_t c = 0; c < host->nr_cpus; c++) {
		const struct host_cpu *cpu = &host->cpu[c];

		if (cpu->node != node)
			continue;
		if (cpu->thread + 1u > threads)
			threads = cpu->thread + 1u;
		if (cpu->thread && !step)
			step = c - before[cpu->core];
		else if (cpu->thread && c - before[cpu->core] != step)
			regular = false;
		before[cpu->core] = c;
	}
	if (threads < 2)
		return;
	fprintf(out, "; %u threads a core", threads);
	for (uint32_t t = 0; regular && t < threads; t++)
		fprintf(out, t ? ", n+%u" : ": n", t * step);
}

/* "; last-level cache 20 MiB", or how many of which size. */
static void draw_llcs(FILE *out, const struct host *host, uint32_t node)
{
	uint32_t count = 0, llc = 0;

	for (uint32_t l = 0; l < host->nr_llcs; l++) {
		for (uint32_t c = 0; c < host->nr_cpus; c++) {
			if (host->cpu[c].node != node || host->cpu[c].llc != l)
				continue;
			count++;
			llc = l;
			break;
		}
	}
	if (count == 0)
		return;
	double mib = (double)host->llc[llc].bytes / 1048576;

	if (count > 1)
		fprintf(out, "; %u last-level caches of %.4g MiB", count, mib);
	else
		fprintf(out, "; last-level cache %.4g MiB", mib);
}

/* "8 cores; 2 threads a core: n, n+16; last-level cache 20 MiB" */
static void draw_cores(FILE *out, const struct host *host, uint32_t node)
{
	uint32_t cores = 0;

	for (uint32_t c = 0; c < host->nr_cpus; c++)
		cores += host->cpu[c].node == node && !host->cpu[c].thread;
	fprintf(out, "%u core%s", cores, cores == 1 ? "" : "s");
	draw_siblings(out, host, node);
	draw_llcs(out, host, node);
	fprintf(out, "\n");
}

static void draw_node(FILE *out, const struct host *host, uint32_t index,
		      const char *branch, const char *stem)
{
	const struct host_node *node = &host->node[index];

	fprintf(out, "%s node %u  ", branch, index);
	draw_size(out, mib_from_pages(node->pages));
	if (*node->kind)
		fprintf(out, " %s", node->kind);
	if (node->os_index != index)
		fprintf(out, "  (OS: node %u)", node->os_index);
	if (node->nr_cpus == 0) {
		fprintf(out, "  no CPUs\n");
		return;
	}
	fprintf(out, "  CPUs ");
	draw_cpus(out, &node->cpus);
	fprintf(out, "\n%s       ", stem);
	draw_cores(out, host, index);
}

/* One line a node. */
static void draw_table(FILE *out, const struct host *host)
{
	fprintf(out, "%5s %6s %12s  CPUs\n", "node", "socket", "memory");
	for (uint32_t i = 0; i < host->nr_nodes; i++) {
		const struct host_node *node = &host->node[i];
		char socket[16] = "-", memory[32];

		if (node->socket != HOST_NONE)
			snprintf(socket, sizeof(socket), "%u", node->socket);
		snprintf(memory, sizeof(memory), "%.0f MiB",
			 mib_from_pages(node->pages));
		fprintf(out, "%5u %6s %12s  ", i, socket, memory);
		draw_cpus(out, &node->cpus);
		fprintf(out, *node->kind ? " (%s)\n" : "%s\n", node->kind);
	}
	fprintf(out, "node 0: ");
	draw_cores(out, host, 0);
}

/* Sockets with the nodes that lie in them, then nodes in none or in several. */
static void draw_tree(FILE *out, const struct host *host)
{
	draw_heading(out, "sockets and nodes", &host->topology_origin);
	if (host->nr_nodes > DRAW_MATRIX_NODES) {
		draw_table(out, host);
		return;
	}
	for (uint32_t s = 0; s <= host->nr_sockets; s++) {
		uint32_t socket = s < host->nr_sockets ? s : HOST_NONE;
		uint32_t left = 0;

		for (uint32_t i = 0; i < host->nr_nodes; i++)
			left += host->node[i].socket == socket;
		if (left == 0)
			continue;
		if (socket == HOST_NONE)
			fprintf(out, "in no socket, or over several\n");
		else
			fprintf(out, "socket %u\n", s);
		for (uint32_t i = 0; i < host->nr_nodes; i++) {
			if (host->node[i].socket != socket)
				continue;
			left--;
			draw_node(out, host, i, left ? "├─" : "└─",
				  left ? "│ " : "  ");
		}
	}
}

static void draw_memory(FILE *out, const struct host *host)
{
	uint32_t bits = host_dma_bits(host);

	draw_heading(out, "memory, MFNs", &host->range_origin);
	for (uint32_t i = 0; i < host->nr_nodes; i++) {
		const struct host_node *node = &host->node[i];

		fprintf(out, "%5u ", i);
		for (uint32_t r = 0; r < node->nr_ranges; r++)
			fprintf(out, " %#" PRIx64 "-%#" PRIx64,
				node->range[r].start_mfn,
				node->range[r].end_mfn - 1);
		fprintf(out, node->nr_ranges ? "\n" : " none\n");
	}
	if (!bits) {
		fprintf(out, "no range is handed out last (one node)\n");
		return;
	}
	fprintf(out, "handed out last (dma_bits %u):", bits);
	for (uint32_t i = 0; i < host->nr_nodes; i++) {
		uint64_t pages = host_dma_pages(host, i);

		if (!pages)
			continue;
		fprintf(out, " ");
		draw_size(out, mib_from_pages(pages));
		fprintf(out, " of node %u", i);
	}
	fprintf(out, "\n");
}

static void draw_devices(FILE *out, const struct host *host)
{
	if (host->nr_devices)
		fprintf(out, "\ndevices\n");
	for (uint32_t d = 0; d < host->nr_devices; d++) {
		const struct host_device *device = &host->device[d];

		fprintf(out, "  %-16s %-8s ", device->name,
			device->device_class);
		if (device->node == HOST_NONE)
			fprintf(out, "node not known\n");
		else
			fprintf(out, "node %u\n", device->node);
	}
}

static void draw_values(FILE *out, const struct host *host)
{
	fprintf(out, "\nconstants (--constants says what they mean)\n");
	for (uint32_t c = 0; c < HOST_CONSTANT_COUNT; c++) {
		const struct host_constant *row = &host_constant_table[c];

		fprintf(out, "  %-10s %-20s %12.10g %-5s %s\n", row->group,
			row->name, host_constant_value(host, c), row->unit,
			host_origin_name(host->constant_origin[c].kind));
	}
	fprintf(out, "loaded latency [%s: %s]\n ",
		host_origin_name(host->curve_origin.kind),
		host->curve_origin.from);
	for (uint32_t p = 0; p < host->nr_curve_points; p++)
		fprintf(out, "%s%s%.3g%% x%.3g", p % 6 || !p ? "" : "\n ",
			" ", host->curve[p].utilisation * 100,
			host->curve[p].factor);
	fprintf(out, "\n");
}

/* --- constants in full ---------------------------------------------------- */

void draw_origins(const struct host *host,
		  struct draw_origin out[DRAW_ORIGIN_COUNT])
{
	const struct draw_origin all[DRAW_ORIGIN_COUNT] = {
		{"topology", "", "CPUs, cores, sockets, nodes",
		 &host->topology_origin},
		{"memory", "pages", "memory of each node",
		 &host->memory_origin},
		{"ranges", "mfn", "which MFNs are which node's",
		 &host->range_origin},
		{"llc", "bytes", "size of each last-level cache",
		 &host->llc_origin},
		{"distances", "SLIT", "what firmware says of each pair",
		 &host->distance_origin},
		{"latency_ns", "ns", "one dependent load, idle, each pair",
		 &host->latency_origin},
		{"core_gb_per_s", "GB/s", "one core alone, each pair",
		 &host->core_origin},
		{"controller_gb_per_s", "GB/s", "all that use a node's memory",
		 &host->controller_origin},
		{"links", "GB/s", "each direction of each link",
		 &host->link_origin},
		{"routes", "links", "which links each pair uses",
		 &host->route_origin},
		{"loaded_latency", "x", "latency over utilisation",
		 &host->curve_origin},
	};

	memcpy(out, all, sizeof(all));
}

void draw_constants(FILE *out, const struct host *host)
{
	struct draw_origin origin[DRAW_ORIGIN_COUNT];

	draw_origins(host, origin);
	for (uint32_t c = 0; c < HOST_CONSTANT_COUNT; c++) {
		const struct host_constant *row = &host_constant_table[c];
		const struct host_origin *from = &host->constant_origin[c];

		fprintf(out, "%s.%s = %.10g %s\n    %s\n    %s: %s\n",
			row->group, row->name, host_constant_value(host, c),
			row->unit, row->meaning, host_origin_name(from->kind),
			from->from);
	}
	for (uint32_t k = 0; k < DRAW_ORIGIN_COUNT; k++)
		fprintf(out, "%s%s%s\n    %s\n    %s: %s\n", origin[k].name,
			*origin[k].unit ? ", " : "", origin[k].unit,
			origin[k].meaning,
			host_origin_name(origin[k].origin->kind),
			origin[k].origin->from[0] ? origin[k].origin->from
						  : "nothing to say");
}
