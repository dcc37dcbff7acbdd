/*
 * xlcfg.h - a guest as its xl.cfg describes it, read as xl 4.17 reads it.
 *
 * SOURCE  facts/xen.md 1.2, 1.3 (defaults), 2.1 (vnuma=), Appendix A (CPU
 *         lists). The syntax is libxlutil's, which is named here only.
 *
 * MODEL   Two steps, as the host is not known where files are read:
 *
 *           xlcfg_load()  the file: syntax, numbers, everything that can be
 *                         wrong whatever the host
 *           xlcfg_bind()  on one host: CPU lists become sets of CPUs, and xl
 *                         refuses a pnode or a vCPU count the host has not
 *
 *         What either refuses, `xl create` refuses with exit status 1 before
 *         there is a domain; where it has words for it, they are at the end:
 *         "(xl: invalid pnode number: 9)". What libxl refuses later (PoD with
 *         vNUMA, PV with vNUMA, a vCPU in two vnodes: facts 2.3) is found by
 *         vnuma_plan.h.
 *
 *         A key the model does not use is passed over in silence when xl
 *         knows it (disk, vif, kernel, ...), and listed in warning[] when it
 *         does not. As in xl, the last of two lines with one key counts; that
 *         is listed too.
 *
 * UNITS   _kib as in libxl; files speak MiB. Distances in SLIT units.
 *
 * LEFT OUT  stub domains, passthrough (so iommu_memkb = 0), xl.conf's global
 *         CPU masks.
 *
 * DIFFERS from xl: zero CPUs and zero memory are refused here with the line;
 *         xl leaves that to libxl. vdistances with more entries than vnodes
 *         is refused (xl writes past its array). A size of 0 in vnuma is
 *         accepted, as there. maxmem below memory is refused.
 *
 * INVARIANTS, asserted by xlcfg_check():
 *   X1  1 <= vcpus <= vcpu_max <= XLCFG_VCPU_MAX.
 *   X2  memory_kib and maxmem_kib are above video_kib.
 *   X3  Only HVM has video memory.
 *   X4  At most 32 vnodes, whose sizes sum to maxmem_kib.
 *   X5  No mask has more entries than there are vCPUs.
 *
 * TESTS   sim/test/check_xlcfg.c
 */
#ifndef TOOLSTACK_XLCFG_H
#define TOOLSTACK_XLCFG_H

#include "base/arena.h"
#include "base/cpuset.h"
#include "base/err.h"
#include "base/nodeset.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	XLCFG_VCPU_MAX = 512,
	XLCFG_VNODE_MAX = 32,
	XLCFG_WARNING_MAX = 64, /* more are counted, not kept */
	XLCFG_WEIGHT_DEFAULT = 256,
};

enum xlcfg_type { XLCFG_PV, XLCFG_PVH, XLCFG_HVM };

struct xlcfg_vnode {
	uint32_t pnode;    /* 0 if not given, as in xl */
	bool pnode_given;
	uint64_t size_kib;
	cpuset vcpus;      /* numbers >= vcpu bits dropped, as in xl */
	uint32_t distance[XLCFG_VNODE_MAX]; /* to vnode j; 0 if not given */
};

/* cpus= or cpus_soft=, as written and, once bound, as sets. */
struct xlcfg_cpus {
	bool given;
	bool list;            /* [ "0", "1" ]: one entry per vCPU */
	uint32_t entry_count; /* 1 for a string */
	const char *const *entry; /* [entry_count] */
	/*
	 * Set by xlcfg_bind(): [vcpu_max], or NULL where not given. A list
	 * shorter than the vCPUs leaves the others with all CPUs, as in xl.
	 */
	const cpuset *mask;
};

struct xlcfg {
	const char *path;
	const char *name;
	enum xlcfg_type type;
	const char *pool;      /* "Pool-0" if not given */

	uint32_t vcpus;        /* online at start, 1..vcpu_max */
	uint32_t vcpu_max;     /* maxvcpus= */
	bool maxvcpus_given;
	uint64_t memory_kib;   /* memory=: the target */
	uint64_t maxmem_kib;   /* maxmem= */
	uint64_t video_kib;    /* 0 for PV and PVH */
	uint64_t shadow_kib;   /* given, or libxl's default (facts 1.3) */
	bool shadow_given;
	bool hap;

	struct xlcfg_cpus hard; /* cpus= */
	struct xlcfg_cpus soft; /* cpus_soft= */
	bool numa_placement;    /* does libxl's placement run? (facts 1.2) */

	uint32_t vnode_count;   /* 0 = no vnuma= */
	const struct xlcfg_vnode *vnode; /* [vnode_count] */

	uint32_t cpu_weight;    /* 1..65535 */
	uint32_t cap_percent;   /* 0 = none */

	uint32_t warning_count; /* all, kept or not */
	const char *warning[XLCFG_WARNING_MAX]; /* "file:line: ..." */

	/* Lines for messages of xlcfg_bind(); 0 = not given. */
	uint32_t cpus_line, cpus_soft_line, vnuma_line;
};

/* The host as far as xl looks at it. Pointers are borrowed for the call. */
struct xlcfg_host {
	uint32_t node_count;         /* online nodes */
	uint32_t cpu_count;          /* online CPUs, numbered 0.. */
	const uint16_t *cpu_to_node; /* [cpu_count] */
};

/*
 * Reads the file. The record and its strings come from the arena and must not
 * be changed but by xlcfg_bind(). NULL and err on bad input.
 */
struct xlcfg *xlcfg_load(struct arena *arena, const char *path,
			 struct err *err);
/* The same of text in memory; path is for messages. */
struct xlcfg *xlcfg_parse(struct arena *arena, const char *path,
			  const char *text, struct err *err);

/*
 * A copy with another size, for traces: so many vCPUs, all online, and so much
 * memory and maxmem. 0 and *copy; -1 and err (no file, no line) where the file
 * has vnuma= or more masks than vCPUs, or the memory is not above its video
 * memory. vcpus and memory_kib > 0. Bind the copy as well.
 */
int xlcfg_resize(const struct xlcfg *cfg, uint32_t vcpus, uint64_t memory_kib,
		 struct arena *arena, struct xlcfg **copy, struct err *err);

/* Resolves CPU lists and makes the checks that need the host. 0 or -1. */
int xlcfg_bind(struct xlcfg *cfg, const struct xlcfg_host *host,
	       struct arena *arena, struct err *err);

/*
 * One CPU list: comma list of a, a-b, all, node:a, nodes:a-b, each optionally
 * prefixed ^ (remove), applied left to right (facts Appendix A). host NULL:
 * check the syntax only. 0, or -1 with what is wrong in err (no file, no key).
 */
int xlcfg_cpulist(const char *text, const struct xlcfg_host *host, cpuset *out,
		  struct err *err);

const char *xlcfg_type_name(enum xlcfg_type type); /* "pv", "pvh", "hvm" */

void xlcfg_check(const struct xlcfg *cfg);

#endif
