/*
 * lab_config.h - a guest of a recording, as far as its file and the host say
 *                what becomes of it.
 *
 * SOURCE  facts/xen.md 2.1 (exit statuses), 2.3, 5.4; the recordings.
 *
 * RULE    `xl create` ends with
 *
 *           1  xl refuses the file (xlcfg.h)
 *           6  libxl's defaults stage refuses it, before there is a domain
 *           3  a domain was made, and building it failed
 *
 *         A guest with memory=0 is placed like any other and cannot be built.
 *         xlcfg.h refuses that file (its DIFFERS); here it is read all the
 *         same.
 *
 * TESTS   sim/test/check_conform_lab.c
 */
#ifndef RUN_LAB_CONFIG_H
#define RUN_LAB_CONFIG_H

#include "run/host_state.h"
#include "toolstack/build.h"
#include "toolstack/vnuma_plan.h"
#include "toolstack/xlcfg.h"

struct lab_config {
	uint32_t rc;          /* 0, or 1 or 6: no domain is made */
	const char *why;      /* if rc is not 0 */
	struct xlcfg *cfg;    /* bound; NULL if rc is 1 */
	bool no_memory;       /* memory=0 */
	uint64_t need_kib;    /* what placement asks for */
	const char *bad_vnuma; /* building stops before memory; or NULL */
	const char *bad_acpi; /* building stops after memory; or NULL */
	struct build_memory memory;
	struct build_layout layout;
};

/* text is an xl.cfg. Everything comes from the arena. */
void lab_config_read(struct arena *arena, const char *text,
		     const struct host_state *state, struct lab_config *config);

/*
 * Pages a domain takes besides RAM:
 *   own     one by one over its node affinity, before placement
 *   first   own and the first of the pool, all before placement
 *   xen     Xen's, on the node of the CPU that runs the toolstack
 */
uint64_t lab_own_pages(const struct lab_config *config);
uint64_t lab_first_pages(const struct lab_config *config);
uint64_t lab_xen_pages(const struct lab_config *config);

#endif
