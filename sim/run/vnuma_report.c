#include "run/vnuma_report.h"

#include "base/json_text.h"
#include "base/table.h"
#include "base/units.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

enum { CPUS_TEXT_MAX = 2048, APIC_VCPUS_MAX = 128 };

/* --- warnings ---------------------------------------------------------------- */

static void warn(struct arena *arena, struct vnuma_report *r,
		 const char *format, ...) __attribute__((format(printf, 3, 4)));

static void warn(struct arena *arena, struct vnuma_report *r,
		 const char *format, ...)
{
	char text[ERR_TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (r->warning_count < VNUMA_WARNING_MAX)
		r->warning[r->warning_count] = arena_strdup(arena, text);
	r->warning_count++;
}

/* What the file says and does not say. */
static void warn_of_file(struct arena *arena, struct vnuma_report *r)
{
	const struct xlcfg *cfg = r->config;

	for (uint32_t i = 0; i < cfg->warning_count && i < XLCFG_WARNING_MAX;
	     i++)
		warn(arena, r, "%s", cfg->warning[i]);
	for (uint32_t v = 0; v < cfg->vnode_count; v++)
		if (!cfg->vnode[v].pnode_given)
			warn(arena, r, "vnode %u: no pnode=, so libxl takes "
			     "node 0, whatever placement chooses", v);
	if (cfg->memory_kib > cfg->maxmem_kib)
		warn(arena, r, "memory is %" PRIu64 " MiB, the vnodes have %"
		     PRIu64 " MiB: Xen claims the difference, the guest never "
		     "gets it", cfg->memory_kib / 1024,
		     cfg->maxmem_kib / 1024);
	if (cfg->vcpu_max > APIC_VCPUS_MAX)
		warn(arena, r, "vCPUs from %d on: the SRAT cuts their APIC ids "
		     "to 8 bits, so they share those of vCPU 0, 1, ...",
		     APIC_VCPUS_MAX);
}

static void warn_of_check(struct arena *arena, struct vnuma_report *r)
{
	const struct vnuma_verdict *verdict = &r->plan->verdict;
	char text[VNUMA_TEXT_MAX];

	for (uint32_t i = 0; i < verdict->mismatch_count; i++) {
		vnuma_mismatch_text(&verdict->mismatch[i], text);
		warn(arena, r, "libxl: %s", text);
	}
}

/* What even an empty host could not build. */
static void warn_of_room(struct arena *arena, struct vnuma_report *r)
{
	const struct vnuma_info *info = r->plan->stored;

	for (uint32_t n = 0; info && n < r->host->nr_nodes; n++) {
		uint64_t bytes = 0, has = bytes_from_pages(
						r->host->node[n].pages);

		for (uint32_t i = 0; i < info->nr_vmemranges; i++) {
			const struct xen_vmemrange *m = &info->vmemrange[i];

			if (info->vnode_to_pnode[m->nid] == n)
				bytes += m->end_bytes - m->start_bytes;
		}
		if (bytes > has)
			warn(arena, r, "node %u has %" PRIu64 " MiB, its vnodes "
			     "need %" PRIu64 " MiB: building fails, xl's exit "
			     "status is 3", n, has >> 20, bytes >> 20);
	}
}

static void warn_of_slit(struct arena *arena, struct vnuma_report *r)
{
	if (!r->slit.size_bytes || acpi_slit_valid(&r->slit))
		return;
	warn(arena, r, "a guest will not take this SLIT, and use 10 and 20: it "
	     "wants 10 to itself and more than 10 to others%s",
	     r->corrected ? "" : "; vdistances= in the file, or --corrected");
}

void vnuma_report_make(struct arena *arena, struct vnuma_report *r)
{
	r->warning_count = 0;
	warn_of_file(arena, r);
	warn_of_check(arena, r);
	if (!r->plan->refusal.xl_status) {
		struct vnuma_info info = vnuma_plan_read_back(arena, r->plan);

		r->srat = acpi_srat(arena, &info,
				    acpi_ids_of_xen(arena, info.nr_vcpus));
		r->slit = acpi_slit(arena, &info, r->corrected ? ACPI_CORRECTED
							       : ACPI_AS_XEN);
	}
	warn_of_room(arena, r);
	warn_of_slit(arena, r);
}

/* --- text --------------------------------------------------------------------- */

/* "0-3,8"; "-" for none. */
static void cpus_text(const cpuset *cpus, uint32_t below,
		      char text[CPUS_TEXT_MAX])
{
	size_t used = 0;
	uint32_t i = cpuset_from(cpus, 0);

	snprintf(text, CPUS_TEXT_MAX, "-");
	while (i < below && used < CPUS_TEXT_MAX) {
		uint32_t last = i;

		while (last + 1 < below && cpuset_has(cpus, last + 1))
			last++;
		used += (size_t)snprintf(text + used, CPUS_TEXT_MAX - used,
					 last > i ? "%s%u-%u" : "%s%u",
					 used ? "," : "", (unsigned)i,
					 (unsigned)last);
		i = cpuset_from(cpus, last + 1);
	}
}

static void print_vnodes(struct arena *arena, const struct xlcfg *cfg,
			 FILE *out, bool colours)
{
	struct table *t = table_create(arena);
	char cpus[CPUS_TEXT_MAX];

	table_column(t, "vnode", TABLE_RIGHT);
	table_column(t, "pnode", TABLE_RIGHT);
	table_column(t, "MiB", TABLE_RIGHT);
	table_column(t, "vCPUs", TABLE_LEFT);
	for (uint32_t v = 0; v < cfg->vnode_count; v++) {
		cpus_text(&cfg->vnode[v].vcpus, cfg->vcpu_max, cpus);
		table_cell(t, "%u", v);
		table_cell(t, "%u", cfg->vnode[v].pnode);
		table_cell(t, "%" PRIu64, cfg->vnode[v].size_kib / 1024);
		table_cell(t, "%s", cpus);
	}
	table_print(t, out, colours);
}

static void print_ranges(struct arena *arena, const struct vmemrange_list *list,
			 FILE *out, bool colours)
{
	struct table *t = table_create(arena);

	if (!list->count)
		return;
	table_column(t, "guest addresses, end exclusive", TABLE_LEFT);
	table_column(t, "MiB", TABLE_RIGHT);
	table_column(t, "vnode", TABLE_RIGHT);
	for (uint32_t i = 0; i < list->count; i++) {
		const struct xen_vmemrange *r = &list->range[i];

		table_cell(t, "%016" PRIx64 " - %016" PRIx64, r->start_bytes,
			   r->end_bytes);
		table_cell(t, "%" PRIu64, (r->end_bytes - r->start_bytes) >> 20);
		table_cell(t, "%u", r->nid);
	}
	fprintf(out, "\n");
	table_print(t, out, colours);
}

static void print_distances(struct arena *arena, const struct xlcfg *cfg,
			    FILE *out, bool colours)
{
	struct table *t = table_create(arena);
	char name[16];

	table_column(t, "distance", TABLE_RIGHT);
	for (uint32_t j = 0; j < cfg->vnode_count; j++) {
		snprintf(name, sizeof(name), "%u", j);
		table_column(t, name, TABLE_RIGHT);
	}
	for (uint32_t i = 0; i < cfg->vnode_count; i++) {
		table_cell(t, "%u", i);
		for (uint32_t j = 0; j < cfg->vnode_count; j++)
			table_cell(t, "%u", cfg->vnode[i].distance[j]);
	}
	fprintf(out, "\n");
	table_print(t, out, colours);
}

/* What comes from a file cannot drive the terminal. */
static void print_clean(FILE *out, const char *text)
{
	for (; *text; text++)
		putc(iscntrl((unsigned char)*text) ? '?' : *text, out);
}

void vnuma_report_print(struct arena *arena, const struct vnuma_report *r,
			FILE *out, bool colours)
{
	const struct xlcfg *cfg = r->config;

	print_clean(out, cfg->name);
	fprintf(out, ": %s guest of %u vCPUs and %" PRIu64 " MiB, on %u nodes "
		"and %u CPUs\n\n", xlcfg_type_name(cfg->type), cfg->vcpu_max,
		cfg->maxmem_kib / 1024, r->host->nr_nodes, r->host->nr_cpus);
	print_vnodes(arena, cfg, out, colours);
	print_ranges(arena, &r->plan->ranges, out, colours);
	print_distances(arena, cfg, out, colours);
	if (r->warning_count)
		fprintf(out, "\n");
	for (uint32_t i = 0; i < r->warning_count && i < VNUMA_WARNING_MAX;
	     i++) {
		fprintf(out, "warning: ");
		print_clean(out, r->warning[i]);
		fprintf(out, "\n");
	}
	if (r->warning_count > VNUMA_WARNING_MAX)
		fprintf(out, "warning: and %u more\n",
			r->warning_count - VNUMA_WARNING_MAX);
}

/* --- JSON ---------------------------------------------------------------------- */

static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static json_t *vnodes_json(const struct xlcfg *cfg)
{
	json_t *array = json_array();
	char cpus[CPUS_TEXT_MAX];

	for (uint32_t v = 0; v < cfg->vnode_count; v++) {
		const struct xlcfg_vnode *vnode = &cfg->vnode[v];
		json_t *object = json_object(), *distance = json_array();

		cpus_text(&vnode->vcpus, cfg->vcpu_max, cpus);
		for (uint32_t j = 0; j < cfg->vnode_count; j++)
			json_array_append_new(distance,
					      number(vnode->distance[j]));
		json_object_set_new(object, "vnode", number(v));
		json_object_set_new(object, "pnode", number(vnode->pnode));
		json_object_set_new(object, "pnode_given",
				    json_boolean(vnode->pnode_given));
		json_object_set_new(object, "size_kib",
				    number(vnode->size_kib));
		json_object_set_new(object, "vcpus",
				    json_string(cpus[0] == '-' ? "" : cpus));
		json_object_set_new(object, "distances", distance);
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *ranges_json(const struct vmemrange_list *list)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < list->count; i++) {
		const struct xen_vmemrange *r = &list->range[i];
		json_t *object = json_object();

		json_object_set_new(object, "start_bytes",
				    number(r->start_bytes));
		json_object_set_new(object, "end_bytes", number(r->end_bytes));
		json_object_set_new(object, "vnode", number(r->nid));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *hex_json(const struct acpi_table *table)
{
	static const char digits[] = "0123456789abcdef";
	struct arena *arena = arena_create();
	char *hex = arena_alloc(arena, 2 * (size_t)table->size_bytes + 1);
	json_t *text;

	for (uint32_t i = 0; i < table->size_bytes; i++) {
		hex[2 * i] = digits[table->byte[i] >> 4];
		hex[2 * i + 1] = digits[table->byte[i] & 15];
	}
	text = json_string(hex);
	arena_destroy(arena);
	return text;
}

static json_t *tables_json(const struct vnuma_report *r)
{
	json_t *object;

	if (!r->srat.size_bytes)
		return json_null();
	object = json_object();
	json_object_set_new(object, "as",
			    json_string(r->corrected ? "corrected" : "xen"));
	json_object_set_new(object, "srat", hex_json(&r->srat));
	json_object_set_new(object, "slit", hex_json(&r->slit));
	json_object_set_new(object, "slit_valid",
			    json_boolean(acpi_slit_valid(&r->slit)));
	return object;
}

static json_t *refusal_json(const struct vnuma_refusal *refusal)
{
	json_t *object;

	if (!refusal->xl_status)
		return json_null();
	object = json_object();
	json_object_set_new(object, "xl_exit_status",
			    json_integer(refusal->xl_status));
	json_object_set_new(object, "libxl_rc",
			    json_integer(refusal->libxl_rc));
	json_object_set_new(object, "message", json_text(refusal->text));
	return object;
}

json_t *vnuma_report_json(const struct vnuma_report *r)
{
	const struct xlcfg *cfg = r->config;
	json_t *object = json_object(), *warnings = json_array();

	for (uint32_t i = 0; i < r->warning_count && i < VNUMA_WARNING_MAX; i++)
		json_array_append_new(warnings, json_text(r->warning[i]));
	json_object_set_new(object, "name", json_text(cfg->name));
	json_object_set_new(object, "type",
			    json_string(xlcfg_type_name(cfg->type)));
	json_object_set_new(object, "vcpus_max", number(cfg->vcpu_max));
	json_object_set_new(object, "memory_kib", number(cfg->memory_kib));
	json_object_set_new(object, "maxmem_kib", number(cfg->maxmem_kib));
	json_object_set_new(object, "vnodes", vnodes_json(cfg));
	json_object_set_new(object, "ranges", ranges_json(&r->plan->ranges));
	json_object_set_new(object, "warnings", warnings);
	json_object_set_new(object, "refusal", refusal_json(&r->plan->refusal));
	json_object_set_new(object, "tables", tables_json(r));
	return object;
}
