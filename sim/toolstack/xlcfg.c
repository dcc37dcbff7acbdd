/* xlcfg.c - an xl.cfg as a record with xl's and libxl's defaults (xlcfg.h). */
#include "toolstack/xlcfg.h"

#include "toolstack/xlcfg_read.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MEMORY_MIB_MAX = 1 << 26, /* 64 TiB */
	MEMORY_DEFAULT_KIB = 32 * 1024, /* libxl's, when nothing is said */
	FILE_BYTES_MAX = 1 << 20,
	SETTINGS_MAX = 1024, /* libxlutil's time goes with their square */
};

static const char *const type_names[] = {"pv", "pvh", "hvm"};

/* Video memory by default, and the least that libxl accepts (facts 2.2). */
static const struct {
	const char *name;
	uint32_t mib;
} vga_kinds[] = {{"cirrus", 8}, {"stdvga", 16}, {"qxl", 128}, {"none", 0}};

static int read_all(const struct xlcfg_reader *r);
static void warn_keys(const struct xlcfg_reader *r);

/*
 * The first line of what libxlutil reported has path and line already; but of
 * an unexpected end of line it names the line before, so that one is counted up.
 */
static int syntax_fail(const char *path, char *report, struct err *err)
{
	report[strcspn(report, "\n")] = '\0';
	if (!report[0])
		return err_set(err, "%s: cannot be parsed", path);

	const char *rest = report + strnlen(report, strlen(path));
	unsigned int line;
	int used = 0;

	if (strstr(rest, "near <newline>") &&
	    sscanf(rest, ":%u%n", &line, &used) == 1)
		return err_set(err, "%s:%u%s; KEY = VALUE lines, strings in "
			       "quotes, lists in [ ]", path, line + 1,
			       rest + used);
	return err_set(err, "%s; KEY = VALUE lines, strings in quotes, lists "
		       "in [ ]", report);
}

/* Are there so few settings that libxlutil can be asked? */
static int check_count(const struct xlcfg_reader *r)
{
	uint32_t count = 0;

	for (const struct xlcfg_key *k = r->keys; k; k = k->next)
		if (++count > SETTINGS_MAX)
			return err_set(r->err, "%s:%u: more than %d settings",
				       r->path, k->line, SETTINGS_MAX);
	return 0;
}

struct xlcfg *xlcfg_parse(struct arena *arena, const char *path,
			  const char *text, struct err *err)
{
	struct xlcfg_reader r = {.arena = arena, .err = err, .path = path};
	char *report = NULL;
	size_t report_bytes = 0;
	int rc;

	r.keys = xlcfg_scan(arena, text);
	if (check_count(&r))
		return NULL;

	FILE *stream = open_memstream(&report, &report_bytes);

	require(stream != NULL);
	r.config = xlu_cfg_init(stream, path);
	require(r.config != NULL);
	r.cfg = arena_alloc(arena, sizeof(*r.cfg));
	r.cfg->path = r.path = arena_strdup(arena, path);
	rc = xlu_cfg_readdata(r.config, text, (int)strlen(text));
	fflush(stream);
	if (rc)
		syntax_fail(path, report, err);
	else
		rc = read_all(&r);
	xlu_cfg_destroy(r.config);
	fclose(stream);
	free(report);
	if (rc)
		return NULL;
	warn_keys(&r);
	xlcfg_check(r.cfg);
	return r.cfg;
}

struct xlcfg *xlcfg_load(struct arena *arena, const char *path,
			 struct err *err)
{
	FILE *file = fopen(path, "rb");
	struct xlcfg *cfg = NULL;
	char *text;
	size_t length;

	if (!file) {
		err_set(err, "%s: cannot be read: %s", path, strerror(errno));
		return NULL;
	}
	text = malloc(FILE_BYTES_MAX + 1);
	require(text != NULL);
	length = fread(text, 1, FILE_BYTES_MAX, file);
	text[length] = '\0';
	if (ferror(file))
		err_set(err, "%s: cannot be read: %s", path, strerror(errno));
	else if (length == FILE_BYTES_MAX)
		err_set(err, "%s: larger than %d bytes", path, FILE_BYTES_MAX);
	else if (strlen(text) != length)
		err_set(err, "%s: has a zero byte; text only", path);
	else
		cfg = xlcfg_parse(arena, path, text, err);
	free(text);
	fclose(file);
	return cfg;
}

/* type=, or the older builder=; PV if neither is there. */
static int read_type(const struct xlcfg_reader *r)
{
	const char *type = "pv", *builder = NULL;
	bool given, old;

	if (xlcfg_read_string(r, "type", &type, &given) ||
	    xlcfg_read_string(r, "builder", &builder, &old))
		return -1;
	if (!given && old)
		type = strcmp(builder, "hvm") == 0 ? "hvm" : "pv";
	if (!given && old && strcmp(builder, "hvm") != 0 &&
	    strcmp(builder, "generic") != 0)
		return xlcfg_fail(r, "builder", "'%s' is not known; generic or "
				  "hvm", builder);
	for (uint32_t i = 0; i < 3; i++)
		if (strcmp(type, type_names[i]) == 0) {
			r->cfg->type = (enum xlcfg_type)i;
			return 0;
		}
	xlcfg_fail(r, "type", "'%s' is not known", type);
	return err_add_nearest(r->err, type, type_names, 3);
}

static int read_vcpus(const struct xlcfg_reader *r, uint64_t vnuma_vcpus)
{
	uint64_t vcpus = 1, max = 0;
	bool vcpus_given;
	bool *max_given = &r->cfg->maxvcpus_given;

	if (xlcfg_read_number(r, "vcpus", 1, XLCFG_VCPU_MAX, &vcpus,
			      &vcpus_given) ||
	    xlcfg_read_number(r, "maxvcpus", 1, XLCFG_VCPU_MAX, &max,
			      max_given))
		return -1;
	if (r->cfg->vnode_count && *max_given && max != vnuma_vcpus)
		return xlcfg_fail(r, "maxvcpus", "%" PRIu64 ", but vnuma's "
				  "vcpus are %" PRIu64 "; the same number (xl: "
				  "vnuma vcpus and maxvcpus= mismatch)", max,
				  vnuma_vcpus);
	if (r->cfg->vnode_count && (vnuma_vcpus == 0 ||
				    vnuma_vcpus > XLCFG_VCPU_MAX))
		return xlcfg_fail(r, "vnuma", "has %" PRIu64 " vcpus in all; 1 "
				  "to %d", vnuma_vcpus, XLCFG_VCPU_MAX);
	if (r->cfg->vnode_count)
		max = vnuma_vcpus;
	else if (!*max_given)
		max = vcpus;
	if (vcpus > max)
		return xlcfg_fail(r, "vcpus", "%" PRIu64 " are more than "
				  "%s %" PRIu64 "; at most as many (xl: "
				  "maxvcpus < vcpus)", vcpus,
				  *max_given ? "maxvcpus" : "vnuma's", max);
	r->cfg->vcpus = (uint32_t)vcpus;
	r->cfg->vcpu_max = (uint32_t)max;
	return 0;
}

static int read_memory(const struct xlcfg_reader *r, uint64_t vnuma_kib)
{
	struct xlcfg *cfg = r->cfg;
	uint64_t memory = 0, max = 0;
	bool memory_given, max_given;

	if (xlcfg_read_number(r, "memory", 1, MEMORY_MIB_MAX, &memory,
			      &memory_given) ||
	    xlcfg_read_number(r, "maxmem", 1, MEMORY_MIB_MAX, &max,
			      &max_given))
		return -1;
	cfg->memory_kib = memory * 1024;
	cfg->maxmem_kib = max * 1024;
	if (cfg->vnode_count) {
		if (max_given && cfg->maxmem_kib != vnuma_kib)
			return xlcfg_fail(r, "maxmem", "%" PRIu64 ", but "
					  "vnuma's sizes are %" PRIu64 "; the "
					  "same number (xl: maxmem and vnuma "
					  "memory size mismatch)", max,
					  vnuma_kib / 1024);
		if (vnuma_kib == 0)
			return xlcfg_fail(r, "vnuma", "has no memory; size= in "
					  "MiB for each vnode");
		cfg->maxmem_kib = vnuma_kib;
		if (!memory_given)
			cfg->memory_kib = vnuma_kib;
		return 0;
	}
	if (!memory_given && !max_given) {
		xlcfg_warn(r, 1, "memory: not given; libxl takes 32 MiB");
		cfg->memory_kib = cfg->maxmem_kib = MEMORY_DEFAULT_KIB;
	} else if (!max_given) {
		cfg->maxmem_kib = cfg->memory_kib;
	} else if (!memory_given) {
		cfg->memory_kib = cfg->maxmem_kib;
	}
	if (cfg->memory_kib > cfg->maxmem_kib)
		return xlcfg_fail(r, "maxmem", "%" PRIu64 " is less than "
				  "memory; at least %" PRIu64, max, memory);
	return 0;
}

static int read_video(const struct xlcfg_reader *r)
{
	const char *vga = "cirrus";
	uint64_t stdvga = 0, mib = 0;
	bool given;

	if (xlcfg_read_string(r, "vga", &vga, &given) ||
	    xlcfg_read_number(r, "stdvga", 0, 1, &stdvga, NULL))
		return -1;
	if (!given && stdvga)
		vga = "stdvga";
	for (size_t i = 0; i < 4; i++) {
		if (strcmp(vga, vga_kinds[i].name) != 0)
			continue;
		mib = vga_kinds[i].mib;
		if (xlcfg_read_number(r, "videoram", mib, 4096, &mib, NULL))
			return -1;
		r->cfg->video_kib = r->cfg->type == XLCFG_HVM ? mib * 1024 : 0;
		return 0;
	}
	return xlcfg_fail(r, "vga", "'%s' is not known; cirrus, stdvga, qxl or "
			  "none", vga);
}

/* facts 1.3 */
static uint64_t shadow_default_kib(const struct xlcfg *cfg)
{
	uint64_t k = cfg->type == XLCFG_PV || cfg->hap ? 1 : 2;

	return 4 * (256 * (uint64_t)cfg->vcpu_max +
		    k * (cfg->maxmem_kib / 1024));
}

/* shadow_memory= is in MiB. */
static int read_shadow(const struct xlcfg_reader *r)
{
	struct xlcfg *cfg = r->cfg;
	uint64_t hap = 1, mib = 0;
	bool given;

	if (xlcfg_read_number(r, "hap", 0, 1, &hap, NULL) ||
	    xlcfg_read_number(r, "shadow_memory", 0, MEMORY_MIB_MAX, &mib,
			      &given))
		return -1;
	cfg->hap = hap && cfg->type != XLCFG_PV;
	cfg->shadow_given = given;
	cfg->shadow_kib = given ? mib * 1024 : shadow_default_kib(cfg);
	return 0;
}

static int read_affinity(const struct xlcfg_reader *r)
{
	struct xlcfg *cfg = r->cfg;
	struct {
		const char *key;
		struct xlcfg_cpus *cpus;
	} masks[] = {{"cpus", &cfg->hard}, {"cpus_soft", &cfg->soft}};

	for (uint32_t i = 0; i < 2; i++) {
		if (xlcfg_read_cpus(r, masks[i].key, masks[i].cpus))
			return -1;
		if (masks[i].cpus->entry_count > cfg->vcpu_max)
			return xlcfg_fail(r, masks[i].key, "%u entries for %u "
					  "vCPUs; at most one each",
					  masks[i].cpus->entry_count,
					  cfg->vcpu_max);
	}
	cfg->cpus_line = xlcfg_key_line(r->keys, "cpus");
	cfg->cpus_soft_line = xlcfg_key_line(r->keys, "cpus_soft");
	cfg->vnuma_line = xlcfg_key_line(r->keys, "vnuma");
	cfg->numa_placement = !cfg->hard.list && !cfg->soft.given;
	for (uint32_t n = 0; n < cfg->vnode_count; n++)
		if (cfg->vnode[n].pnode_given)
			cfg->numa_placement = false;
	return 0;
}

static int read_all(const struct xlcfg_reader *r)
{
	struct xlcfg *cfg = r->cfg;
	uint64_t weight = XLCFG_WEIGHT_DEFAULT, cap = 0;
	uint64_t vnuma_vcpus, vnuma_kib;

	cfg->pool = "Pool-0";
	if (xlcfg_read_string(r, "name", &cfg->name, NULL) ||
	    xlcfg_read_string(r, "pool", &cfg->pool, NULL))
		return -1;
	if (!cfg->name || !cfg->name[0])
		return xlcfg_fail(r, "name", "is missing; name = \"guest\"");
	if (read_type(r) || xlcfg_read_vnuma(r, &vnuma_vcpus, &vnuma_kib) ||
	    read_vcpus(r, vnuma_vcpus) || read_memory(r, vnuma_kib) ||
	    read_video(r) || read_shadow(r) || read_affinity(r) ||
	    xlcfg_read_number(r, "cpu_weight", 1, 65535, &weight, NULL) ||
	    xlcfg_read_number(r, "cap", 0, 65535, &cap, NULL))
		return -1;
	if (cfg->maxmem_kib <= cfg->video_kib ||
	    cfg->memory_kib <= cfg->video_kib)
		return xlcfg_fail(r, "memory", "no more than the video memory "
				  "of %" PRIu64 " MiB; more",
				  cfg->video_kib / 1024);
	cfg->cpu_weight = (uint32_t)weight;
	cfg->cap_percent = (uint32_t)cap;
	return 0;
}

/* Unknown keys, and keys whose earlier value is lost. */
static void warn_keys(const struct xlcfg_reader *r)
{
	uint32_t name_count;
	const char *const *names = xlcfg_key_names(&name_count);

	for (const struct xlcfg_key *k = r->keys; k; k = k->next) {
		struct err text;
		uint32_t last = xlcfg_key_line(r->keys, k->name);

		if (r->cfg->warning_count >= XLCFG_WARNING_MAX) {
			r->cfg->warning_count += !xlcfg_key_known(k->name);
		} else if (!xlcfg_key_known(k->name)) {
			err_set(&text, "unknown key '%s', passed over",
				k->name);
			err_add_nearest(&text, k->name, names, name_count);
			/* Where none is near, do not list them all. */
			if (!strstr(text.text, "; did you mean"))
				text.text[strcspn(text.text, ";")] = '\0';
			xlcfg_warn(r, k->line, "%s", text.text);
		} else if (last != k->line && !k->added) {
			xlcfg_warn(r, k->line, "'%s' is set again on line %u, "
				   "which counts", k->name, last);
		}
	}
}

int xlcfg_resize(const struct xlcfg *cfg, uint32_t vcpus, uint64_t memory_kib,
		 struct arena *arena, struct xlcfg **copy, struct err *err)
{
	struct xlcfg *new = arena_alloc(arena, sizeof(*new));

	require(vcpus > 0 && memory_kib > 0);
	if (cfg->vnode_count)
		return err_set(err, "%s has vnuma=, whose size is fixed",
			       cfg->path);
	if (vcpus > XLCFG_VCPU_MAX)
		return err_set(err, "%u vCPUs are too many; 1 to %d", vcpus,
			       XLCFG_VCPU_MAX);
	if (cfg->hard.entry_count > vcpus || cfg->soft.entry_count > vcpus)
		return err_set(err, "%s has more CPU masks than %u vCPUs",
			       cfg->path, vcpus);
	if (memory_kib <= cfg->video_kib)
		return err_set(err, "%s has as much video memory", cfg->path);
	*new = *cfg;
	new->vcpus = new->vcpu_max = vcpus;
	new->memory_kib = new->maxmem_kib = memory_kib;
	if (!cfg->shadow_given)
		new->shadow_kib = shadow_default_kib(new);
	xlcfg_check(new);
	*copy = new;
	return 0;
}

const char *xlcfg_type_name(enum xlcfg_type type)
{
	return type_names[type];
}

void xlcfg_check(const struct xlcfg *cfg)
{
	uint64_t sum_kib = 0;

	require(cfg->vcpus >= 1 && cfg->vcpus <= cfg->vcpu_max); /* X1 */
	require(cfg->vcpu_max <= XLCFG_VCPU_MAX);                /* X1 */
	require(cfg->memory_kib > cfg->video_kib);               /* X2 */
	require(cfg->maxmem_kib > cfg->video_kib);               /* X2 */
	require(cfg->video_kib == 0 || cfg->type == XLCFG_HVM);  /* X3 */
	require(cfg->vnode_count <= XLCFG_VNODE_MAX);            /* X4 */
	for (uint32_t n = 0; n < cfg->vnode_count; n++)
		sum_kib += cfg->vnode[n].size_kib;
	require(!cfg->vnode_count || sum_kib == cfg->maxmem_kib); /* X4 */
	require(cfg->hard.entry_count <= cfg->vcpu_max);         /* X5 */
	require(cfg->soft.entry_count <= cfg->vcpu_max);         /* X5 */
}
