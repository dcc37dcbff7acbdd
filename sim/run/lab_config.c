#include "run/lab_config.h"

#include "base/units.h"

#include <string.h>

static const char no_memory[] = "memory = 0\n";

/* memory=0 as memory=1, the least that xlcfg_parse() takes. */
static const char *with_memory(struct arena *arena, const char *text)
{
	const char *at = strstr(text, no_memory);
	char *copy;

	if (!at)
		return text;
	copy = arena_strdup(arena, text);
	copy[at - text + (long)sizeof(no_memory) - 3] = '1';
	return copy;
}

static void forget_memory(struct lab_config *config)
{
	struct xlcfg *cfg = config->cfg;

	config->no_memory = true;
	cfg->shadow_kib -= 4 * (cfg->maxmem_kib / 1024);
	cfg->memory_kib = cfg->maxmem_kib = 0;
}

static void read_vnuma(struct arena *arena, const struct xlcfg_host *host,
		       struct lab_config *config)
{
	struct vnuma_ask ask = {.config = config->cfg, .host = host};
	struct vnuma_plan *plan = arena_alloc(arena, sizeof(*plan));
	struct vmemrange *range = arena_array(arena, VMEMRANGE_MAX,
					      sizeof(*range));
	uint8_t *pnode = arena_array(arena, config->cfg->vnode_count, 1);

	vnuma_plan_make(arena, &ask, plan);
	if (plan->refusal.xl_status == XL_REFUSED_DEFAULTS) {
		config->rc = XL_REFUSED_DEFAULTS;
		config->why = plan->refusal.text;
		return;
	}
	if (plan->refusal.xl_status) {
		if (strcmp(plan->refusal.text, VNUMA_PVH_REFUSAL) == 0)
			config->bad_acpi = plan->refusal.text;
		else
			config->bad_vnuma = plan->refusal.text;
	}
	if (config->bad_vnuma)
		return;
	for (uint32_t v = 0; v < config->cfg->vnode_count; v++)
		pnode[v] = (uint8_t)config->cfg->vnode[v].pnode;
	config->layout.range_count = vmemrange_pages(&plan->ranges, range);
	config->layout.range = range;
	config->layout.vnode_to_pnode = pnode;
}

static void refuse(struct arena *arena, struct lab_config *config,
		   const struct err *why)
{
	config->rc = XL_REFUSED_PARSING;
	config->why = arena_strdup(arena, why->text);
	config->cfg = NULL;
}

void lab_config_read(struct arena *arena, const char *text,
		     const struct host_state *state, struct lab_config *config)
{
	struct xlcfg_host host = {
		.node_count = nodeset_count(host_state_online(state)),
		.cpu_count = state->cpu_count,
		.cpu_to_node = state->cpu_to_node,
	};
	const char *readable = with_memory(arena, text);
	struct err why;

	*config = (struct lab_config){0};
	config->cfg = xlcfg_parse(arena, "guest.cfg", readable, &why);
	if (!config->cfg || xlcfg_bind(config->cfg, &host, arena, &why)) {
		refuse(arena, config, &why);
		return;
	}
	if (readable != text)
		forget_memory(config);
	vnuma_plan_memory(config->cfg, &config->memory);
	config->need_kib = build_need_kib(&config->memory);
	if (config->no_memory)
		return;
	build_layout_init(&config->layout, &config->memory);
	if (config->cfg->vnode_count)
		read_vnuma(arena, &host, config);
}

/* --- pages besides RAM --------------------------------------------------------------- */

/*
 * Pages that a new domain takes by its node affinity besides its pool (facts/
 * xen.md 4.10: per-domain mappings, vLAPIC pages). The numbers are recorded:
 * they are what the nodes' free memory and the node of the first page of RAM
 * say (t4x2 steps 17, 20, 29, 45; t2x4dma 42, 44).
 */
uint64_t lab_own_pages(const struct lab_config *config)
{
	return config->memory.type == DOMAIN_PV
		       ? 2
		       : 3 + 3 * (uint64_t)config->memory.vcpus_max;
}

/*
 * Xen's own pages for a domain: struct domain and one struct vcpu each, as in
 * build_xen_pages(), and what goes with them (event channels, grant tables,
 * scheduler data, MSR bitmaps and control blocks of HVM and PVH). Recorded: what
 * free memory shrinks by beyond RAM and pool, at the least: 19, 22, 25, 28 pages
 * for PV guests of 1 to 4 vCPUs, less lab_own_pages() and one page below 4 GiB.
 */
uint64_t lab_xen_pages(const struct lab_config *config)
{
	uint64_t per_vcpu = config->memory.type == DOMAIN_PV ? 3 : 6;

	return 13 + per_vcpu * config->memory.vcpus_max;
}

uint64_t lab_first_pages(const struct lab_config *config)
{
	return lab_own_pages(config) + (build_pool_pages(&config->memory)
						? DOMAIN_POOL_FIRST_PAGES
						: 0);
}
