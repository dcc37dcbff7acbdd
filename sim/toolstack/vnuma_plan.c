#include "toolstack/vnuma_plan.h"

#include "base/err.h"
#include "base/units.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void refuse(struct vnuma_plan *plan, int xl_status, int libxl_rc,
		   const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The first counts. */
static void refuse(struct vnuma_plan *plan, int xl_status, int libxl_rc,
		   const char *format, ...)
{
	struct vnuma_refusal *r = &plan->refusal;
	va_list args;

	if (r->xl_status)
		return;
	va_start(args, format);
	vsnprintf(r->text, sizeof(r->text), format, args);
	va_end(args);
	r->xl_status = xl_status;
	r->libxl_rc = libxl_rc;
}

void vnuma_plan_memory(const struct xlcfg *config, struct build_memory *memory)
{
	static const enum domain_type type[] = {
		[XLCFG_PV] = DOMAIN_PV,
		[XLCFG_PVH] = DOMAIN_PVH,
		[XLCFG_HVM] = DOMAIN_HVM,
	};

	*memory = (struct build_memory){
		.type = type[config->type],
		.device_model = config->type == XLCFG_HVM,
		.target_kib = config->memory_kib,
		.max_kib = config->maxmem_kib,
		.video_kib = config->video_kib,
		.vcpus_max = config->vcpu_max,
		.shadow_paging = !config->hap,
		.shadow_kib = config->shadow_kib,
	};
}

/* A list of masks names as many vCPUs as it has entries; a string, all. */
static uint32_t mask_count(const struct xlcfg *config,
			   const struct xlcfg_cpus *cpus)
{
	if (!cpus->mask)
		return 0;
	return cpus->list ? cpus->entry_count : config->vcpu_max;
}

static struct vnuma_config check_of(struct arena *arena,
				    const struct vnuma_ask *ask)
{
	const struct xlcfg *cfg = ask->config;
	struct vnuma_vnode *vnode = arena_array(arena, cfg->vnode_count,
						sizeof(*vnode));

	for (uint32_t v = 0; v < cfg->vnode_count; v++)
		vnode[v] = (struct vnuma_vnode){
			.size_kib = cfg->vnode[v].size_kib,
			.pnode = ask->vnode_to_pnode ? ask->vnode_to_pnode[v]
						     : cfg->vnode[v].pnode,
			.vcpus = cfg->vnode[v].vcpus,
			.distance = cfg->vnode[v].distance,
		};
	return (struct vnuma_config){
		.vnode_count = cfg->vnode_count,
		.vnode = vnode,
		.max_kib = cfg->maxmem_kib,
		.max_vcpus = cfg->vcpu_max,
		.hard_count = mask_count(cfg, &cfg->hard),
		.soft_count = mask_count(cfg, &cfg->soft),
		.hard = cfg->hard.mask,
		.soft = cfg->soft.mask,
		.node_count = ask->host->node_count,
		.cpu_count = ask->host->cpu_count,
		.cpu_to_node = ask->host->cpu_to_node,
	};
}

static int pv_e820(struct arena *arena, const struct vnuma_ask *ask,
		   const uint64_t *size_bytes, struct vmemrange_list *ranges)
{
	const struct xlcfg *cfg = ask->config;
	struct e820_entry *map;
	uint32_t count;
	int rc = e820_sanitize(arena, ask->e820, ask->e820_count,
			       cfg->memory_kib,
			       cfg->maxmem_kib - cfg->memory_kib, &map, &count);

	return rc ? rc : vmemrange_build_pv_e820(arena, map, count, size_bytes,
						 cfg->vnode_count, ranges);
}

/* 0 or what libxl returns; refused. */
static int make_ranges(struct arena *arena, const struct vnuma_ask *ask,
		       struct vnuma_plan *plan)
{
	const struct xlcfg *cfg = ask->config;
	uint64_t size_bytes[XLCFG_VNODE_MAX];
	int rc = 0;

	for (uint32_t v = 0; v < cfg->vnode_count; v++)
		size_bytes[v] = cfg->vnode[v].size_kib * 1024;
	if (cfg->type == XLCFG_PV && ask->e820) {
		rc = pv_e820(arena, ask, size_bytes, &plan->ranges);
		if (rc)
			refuse(plan, XL_REFUSED_BUILDING, rc,
			       "the host's memory map has no room for the "
			       "vnodes");
	} else if (cfg->type == XLCFG_PV) {
		vmemrange_build_pv(arena, size_bytes, cfg->vnode_count,
				   &plan->ranges);
	} else {
		struct build_memory memory;
		struct build_layout layout;
		struct vmemrange_hvm hvm;

		vnuma_plan_memory(cfg, &memory);
		build_layout_init(&layout, &memory);
		hvm = vmemrange_hvm_of(&layout);
		rc = vmemrange_build_hvm(arena, &hvm, size_bytes,
					 cfg->vnode_count, &plan->ranges);
		if (rc)
			refuse(plan, XL_REFUSED_BUILDING, rc,
			       "vnode 0 too small to contain video ram");
	}
	return rc;
}

static void make_info(struct arena *arena, const struct vnuma_config *c,
		      struct vnuma_plan *plan)
{
	uint32_t n = c->vnode_count;
	struct vnuma_info *info = &plan->info;

	*info = (struct vnuma_info){
		.nr_vnodes = n,
		.nr_vcpus = c->max_vcpus,
		.nr_vmemranges = plan->ranges.count,
		.vmemrange = plan->ranges.range,
		.vdistance = arena_array(arena, (size_t)n * n,
					 sizeof(uint32_t)),
		.vcpu_to_vnode = arena_array(arena, c->max_vcpus,
					     sizeof(uint32_t)),
		.vnode_to_pnode = arena_array(arena, n, sizeof(uint32_t)),
	};
	for (uint32_t v = 0; v < n; v++) {
		info->vnode_to_pnode[v] = c->vnode[v].pnode;
		memcpy(info->vdistance + (size_t)v * n, c->vnode[v].distance,
		       n * sizeof(uint32_t));
		for (uint32_t i = 0; i < c->max_vcpus; i++)
			if (cpuset_has(&c->vnode[v].vcpus, i))
				info->vcpu_to_vnode[i] = v;
	}
}

static void set_info(struct arena *arena, struct vnuma_plan *plan)
{
	int rc = plan->ranges.count
			 ? vnuma_set(arena, plan->info.nr_vcpus, &plan->info,
				     &plan->stored)
			 : -EINVAL;

	if (rc)
		refuse(plan, XL_REFUSED_BUILDING, LIBXL_FAIL,
		       "XEN_DOMCTL_setvnumainfo: %s", strerrorname_np(-rc));
}

void vnuma_plan_make(struct arena *arena, const struct vnuma_ask *ask,
		     struct vnuma_plan *plan)
{
	const struct xlcfg *cfg = ask->config;
	const char *early = vnuma_check_defaults(cfg->type, cfg->memory_kib,
						 cfg->maxmem_kib);
	struct vnuma_config config;

	require(cfg->vnode_count > 0);
	*plan = (struct vnuma_plan){0};
	if (early)
		refuse(plan, XL_REFUSED_DEFAULTS, LIBXL_INVAL, "%s", early);
	if (early && cfg->type != XLCFG_PV)
		return;
	if (make_ranges(arena, ask, plan))
		return;
	config = check_of(arena, ask);
	vnuma_check(arena, &config, &plan->ranges, &plan->verdict);
	if (plan->verdict.rc) {
		refuse(plan, XL_REFUSED_BUILDING, plan->verdict.rc, "%s",
		       plan->verdict.text);
		return;
	}
	make_info(arena, &config, plan);
	set_info(arena, plan);
	if (plan->stored && cfg->type == XLCFG_PVH)
		refuse(plan, XL_REFUSED_BUILDING, LIBXL_FAIL,
		       "%s", VNUMA_PVH_REFUSAL);
}

struct vnuma_info vnuma_plan_read_back(struct arena *arena,
				       const struct vnuma_plan *plan)
{
	struct vnuma_info info = {0};

	require(plan->stored && vnuma_get(plan->stored, &info) == -ENOBUFS);
	info.vmemrange = arena_array(arena, info.nr_vmemranges,
				     sizeof(*info.vmemrange));
	info.vdistance = arena_array(arena, (size_t)info.nr_vnodes *
						    info.nr_vnodes,
				     sizeof(*info.vdistance));
	info.vcpu_to_vnode = arena_array(arena, info.nr_vcpus,
					 sizeof(*info.vcpu_to_vnode));
	require(vnuma_get(plan->stored, &info) == 0);
	return info;
}
