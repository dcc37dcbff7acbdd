/* check_xlcfg.c - xl.cfg files, good and bad, as xl 4.17 takes them. */
#include "test/test.h"
#include "toolstack/vnuma_plan.h"
#include "toolstack/xlcfg.h"
#include "toolstack/xlcfg_scan.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Two nodes of four CPUs. */
static const uint16_t cpu_to_node[8] = {0, 0, 0, 0, 1, 1, 1, 1};
static const struct xlcfg_host host = {2, 8, cpu_to_node};

static struct xlcfg *parse(struct arena *arena, const char *text,
			   struct err *err)
{
	return xlcfg_parse(arena, "g.cfg", text, err);
}

static struct xlcfg *good(struct arena *arena, const char *text)
{
	struct err err = {""};
	struct xlcfg *cfg = parse(arena, text, &err);

	ck_assert_msg(cfg != NULL, "%s", err.text);
	return cfg;
}

/* What libxl would look for: xlcfg's figures through the builder's formula. */
static uint64_t need_kib(const struct xlcfg *cfg)
{
	struct build_memory memory;

	vnuma_plan_memory(cfg, &memory);
	return build_need_kib(&memory);
}

START_TEST(test_a_plain_guest_and_its_defaults)
{
	struct arena *arena = arena_create();
	struct xlcfg *cfg = good(arena, "name = 'vm'\nmemory = 2048\nvcpus=4\n"
				 "disk = [ 'phy:/dev/x,xvda,w' ]\n");

	ck_assert_str_eq(cfg->name, "vm");
	ck_assert_int_eq(cfg->type, XLCFG_PV);
	ck_assert_str_eq(cfg->pool, "Pool-0");
	ck_assert_uint_eq(cfg->vcpus, 4);
	ck_assert_uint_eq(cfg->vcpu_max, 4);
	ck_assert_uint_eq(cfg->memory_kib, 2048 * 1024);
	ck_assert_uint_eq(cfg->maxmem_kib, 2048 * 1024);
	ck_assert_uint_eq(cfg->video_kib, 0);
	/* 4 * (256 * 4 + 1 * 2048) = 12288 KiB */
	ck_assert_uint_eq(cfg->shadow_kib, 12288);
	/* 2097152 + 12288 + 1024 = 2110464, up to 2048: 2111488 */
	ck_assert_uint_eq(need_kib(cfg), 2111488);
	ck_assert_uint_eq(cfg->cpu_weight, 256);
	ck_assert_uint_eq(cfg->cap_percent, 0);
	ck_assert(cfg->numa_placement);
	ck_assert_uint_eq(cfg->warning_count, 0);
	arena_destroy(arena);
}
END_TEST

START_TEST(test_hvm_has_video_and_hap)
{
	struct arena *arena = arena_create();
	struct xlcfg *cfg = good(arena, "name='h'\nbuilder='hvm'\n"
				 "memory=1024\nmaxmem=2048\nmaxvcpus=8\n"
				 "stdvga=1\nhap=0\ncpu_weight=512\ncap=150\n"
				 "pool='p1'\n");

	ck_assert_int_eq(cfg->type, XLCFG_HVM);
	ck_assert_uint_eq(cfg->video_kib, 16 * 1024);
	ck_assert(!cfg->hap);
	/* vcpus= not given: one online of eight */
	ck_assert_uint_eq(cfg->vcpus, 1);
	ck_assert_uint_eq(cfg->vcpu_max, 8);
	/* 4 * (256 * 8 + 2 * 2048) */
	ck_assert_uint_eq(cfg->shadow_kib, 24576);
	/* memory= counts, not maxmem=: 1048576 + 24576 + 2048, exact */
	ck_assert_uint_eq(need_kib(cfg), 1075200);
	ck_assert_uint_eq(cfg->cpu_weight, 512);
	ck_assert_uint_eq(cfg->cap_percent, 150);
	ck_assert_str_eq(cfg->pool, "p1");
	cfg = good(arena, "name='h'\ntype='hvm'\nmemory=512\nvga='none'\n");
	ck_assert_uint_eq(cfg->video_kib, 0);
	cfg = good(arena, "name='h'\ntype='hvm'\nmemory=512\nvideoram=32\n"
		   "shadow_memory=9\n");
	ck_assert_uint_eq(cfg->video_kib, 32 * 1024);
	ck_assert_uint_eq(cfg->shadow_kib, 9 * 1024);
	cfg = good(arena, "name='h'\ntype='pvh'\nmemory=512\n");
	ck_assert_uint_eq(cfg->video_kib, 0);
	ck_assert(cfg->hap);
	arena_destroy(arena);
}
END_TEST

static const char vnuma_text[] =
	"name = \"v\"\ntype = \"hvm\"\n"
	"vnuma = [ [ \"pnode=0\", \"size=1024\", \"vcpus=0-1, 3\",\n"
	"            \"vdistances=10,20\" ],\n"
	"          [ \" pnode = 1 \",\"size=2048\",\"vcpus=2\",\n"
	"            \"vdistances=20,10\", \"speed=3\" ] ]\n";

START_TEST(test_vnuma_sums_give_cpus_and_memory)
{
	struct arena *arena = arena_create();
	struct xlcfg *cfg = good(arena, vnuma_text);
	struct err err;

	ck_assert_uint_eq(cfg->vnode_count, 2);
	ck_assert_uint_eq(cfg->vcpu_max, 4);
	ck_assert_uint_eq(cfg->vcpus, 1);
	ck_assert_uint_eq(cfg->maxmem_kib, 3072 * 1024);
	ck_assert_uint_eq(cfg->memory_kib, 3072 * 1024);
	ck_assert(cpuset_has(&cfg->vnode[0].vcpus, 3));
	ck_assert_uint_eq(cpuset_count(&cfg->vnode[0].vcpus), 3);
	ck_assert_uint_eq(cfg->vnode[1].pnode, 1);
	ck_assert_uint_eq(cfg->vnode[1].distance[0], 20);
	ck_assert(!cfg->numa_placement);
	ck_assert_uint_eq(cfg->warning_count, 1);
	ck_assert_str_eq(cfg->warning[0], "g.cfg:3: vnuma: vnode 1: xl ignores "
			 "'speed'; one of pnode, size, vcpus, vdistances");
	ck_assert_int_eq(xlcfg_bind(cfg, &host, arena, &err), 0);
	arena_destroy(arena);
}
END_TEST

START_TEST(test_vnuma_without_pnode_is_still_placed)
{
	struct arena *arena = arena_create();
	struct xlcfg *cfg = good(arena, "name='v'\ntype='hvm'\nmemory=4096\n"
				 "vnuma=[['size=1024','vcpus=0']]\n");

	ck_assert(cfg->numa_placement);
	ck_assert_uint_eq(cfg->vnode[0].pnode, 0);
	ck_assert_uint_eq(cfg->vnode[0].distance[0], 0);
	/* above the sum: accepted without a word, and kept */
	ck_assert_uint_eq(cfg->memory_kib, 4096 * 1024);
	ck_assert_uint_eq(cfg->maxmem_kib, 1024 * 1024);
	arena_destroy(arena);
}
END_TEST

START_TEST(test_vnuma_numbers_beyond_the_bitmap_are_dropped)
{
	struct arena *arena = arena_create();
	/* maxvcpus 3: the bitmap has 8 bits, so 9 is counted and dropped */
	struct xlcfg *cfg = good(arena, "name='v'\ntype='hvm'\nmaxvcpus=3\n"
				 "vnuma=[['size=64','vcpus=0,7,9']]\n");
	struct err err;

	ck_assert_int_eq(xlcfg_bind(cfg, &host, arena, &err), 0);
	ck_assert_uint_eq(cpuset_count(&cfg->vnode[0].vcpus), 2);
	ck_assert(cpuset_has(&cfg->vnode[0].vcpus, 7));
	arena_destroy(arena);
}
END_TEST

/* What is written, and the whole line that comes back. */
static const struct {
	const char *text, *line;
} bad[] = {
	{"memory = 3\nfoo = = 4\n",
	 "g.cfg:2: config parsing error near `=': syntax error, unexpected "
	 "'=', expecting STRING or NUMBER or '['; KEY = VALUE lines, strings "
	 "in quotes, lists in [ ]"},
	{"name = \"x\nmemory=3\n",
	 "g.cfg:1: config parsing error near `\"x': lexical error; KEY = "
	 "VALUE lines, strings in quotes, lists in [ ]"},
	{"name='x'\ncpus=['0'\n",
	 "g.cfg:2: config parsing error near `': syntax error, unexpected "
	 "$end, expecting ']'; KEY = VALUE lines, strings in quotes, lists in "
	 "[ ]"},
	{"memory=64\n", "g.cfg: name: is missing; name = \"guest\""},
	{"name='x'\nmemory=0\n",
	 "g.cfg:2: memory: 0 is too small; 1 to 67108864"},
	{"name='x'\nmemory='lots'\n",
	 "g.cfg:2: memory: is no number; 1 to 67108864"},
	{"name='x'\nmemory=99999999999999999999\n",
	 "g.cfg:2: memory: is too large; 1 to 67108864"},
	{"name='x'\nmemory='-5'\n",
	 "g.cfg:2: memory: is too small; 1 to 67108864"},
	{"name='x'\nmemory=64\nvcpus=0\n",
	 "g.cfg:3: vcpus: 0 is too small; 1 to 512"},
	{"name='x'\nmemory=64\nmaxvcpus=0\n",
	 "g.cfg:3: maxvcpus: 0 is too small; 1 to 512"},
	{"name='x'\nmemory=64\nvcpus=4\nmaxvcpus=2\n",
	 "g.cfg:3: vcpus: 4 are more than maxvcpus 2; at most as many (xl: "
	 "maxvcpus < vcpus)"},
	{"name='x'\nmemory=64\nmaxmem=32\n",
	 "g.cfg:3: maxmem: 32 is less than memory; at least 64"},
	{"name='x'\nmemory=64\ntype='hmv'\n",
	 "g.cfg:3: type: 'hmv' is not known; one of pv, pvh, hvm"},
	{"name='x'\nmemory=64\ntype='hvm2'\n",
	 "g.cfg:3: type: 'hvm2' is not known; did you mean hvm?"},
	{"name='x'\nmemory=64\nbuilder='linux'\n",
	 "g.cfg:3: builder: 'linux' is not known; generic or hvm"},
	{"name=['x']\nmemory=64\n",
	 "g.cfg:1: name: is a list; a single value"},
	{"name='x'\nmemory=64\ncpus='0-x'\n",
	 "g.cfg:3: cpus: '0-x' is no range; a comma list of 3, 0-3, all, "
	 "node:1, nodes:0-1, each with ^ to remove"},
	{"name='x'\nmemory=64\ncpus='3-1'\n",
	 "g.cfg:3: cpus: '3-1' runs backwards; low-high"},
	{"name='x'\nmemory=64\ncpus_soft=['0','']\nvcpus=2\n",
	 "g.cfg:3: cpus_soft: '' is no CPU; a comma list of 3, 0-3, all, "
	 "node:1, nodes:0-1, each with ^ to remove"},
	{"name='x'\nmemory=64\ncpus=['0','1']\n",
	 "g.cfg:3: cpus: 2 entries for 1 vCPUs; at most one each"},
	{"name='x'\nmemory=64\ncpus=[]\n",
	 "g.cfg:3: cpus: is an empty list; one entry per vCPU, as in [\"0\", "
	 "\"1\"]"},
	{"name='x'\ntype='hvm'\nmemory=64\nvideoram=4\n",
	 "g.cfg:4: videoram: 4 is too small; 8 to 4096"},
	{"name='x'\ntype='hvm'\nmemory=8\n",
	 "g.cfg:3: memory: no more than the video memory of 8 MiB; more"},
	{"name='x'\ntype='hvm'\nmemory=8\nmaxmem=64\n",
	 "g.cfg:3: memory: no more than the video memory of 8 MiB; more"},
	{"name='x'\nmemory=64\nvga='svga'\n",
	 "g.cfg:3: vga: 'svga' is not known; cirrus, stdvga, qxl or none"},
	{"name='x'\nmemory=64\ncpu_weight=0\n",
	 "g.cfg:3: cpu_weight: 0 is too small; 1 to 65535"},
	{"name='x'\nvnuma=3\n",
	 "g.cfg:2: vnuma: is no list of vnodes; [ [ \"pnode=0\", "
	 "\"size=1024\", \"vcpus=0-3\" ] ]"},
	{"name='x'\nvnuma=['pnode=0']\n",
	 "g.cfg:2: vnuma: vnode 0 is no list; [ \"pnode=0\", \"size=1024\" ]"},
	{"name='x'\nvnuma=[['pnode']]\n",
	 "g.cfg:2: vnuma: vnode 0: 'pnode' has no '='; \"size=1024\""},
	{"name='x'\nvnuma=[['size=4x']]\n",
	 "g.cfg:2: vnuma: vnode 0: size: '4x' is no size; MiB, 0 to 67108864"},
	{"name='x'\nvnuma=[['pnode=64']]\n",
	 "g.cfg:2: vnuma: vnode 0: pnode: '64' is no node; 0 to 63"},
	{"name='x'\nvnuma=[['size=64','vcpus=3-1']]\n",
	 "g.cfg:2: vnuma: vnode 0: vcpus: bad number or range; as in 0-3,8"},
	{"name='x'\nvnuma=[['size=64','vcpus=0','vdistances=10,20']]\n",
	 "g.cfg:2: vnuma: vnode 0: vdistances: more than 1; one per vnode"},
	{"name='x'\nvnuma=[['size=64','vcpus=0','vdistances=ten']]\n",
	 "g.cfg:2: vnuma: vnode 0: vdistances: 'ten' is no distance; 10 to "
	 "255"},
	{"name='x'\nvnuma=[['size=64']]\n",
	 "g.cfg:2: vnuma: has 0 vcpus in all; 1 to 512"},
	{"name='x'\nvnuma=[['vcpus=0']]\n",
	 "g.cfg:2: vnuma: has no memory; size= in MiB for each vnode"},
	{"name='x'\nmaxvcpus=3\nvnuma=[['size=64','vcpus=0-1']]\n",
	 "g.cfg:2: maxvcpus: 3, but vnuma's vcpus are 2; the same number "
	 "(xl: vnuma vcpus and maxvcpus= mismatch)"},
	{"name='x'\nmaxmem=3\nvnuma=[['size=64','vcpus=0-1']]\n",
	 "g.cfg:2: maxmem: 3, but vnuma's sizes are 64; the same number "
	 "(xl: maxmem and vnuma memory size mismatch)"},
	{"name='x'\nvcpus=3\nvnuma=[['size=64','vcpus=0-1']]\n",
	 "g.cfg:2: vcpus: 3 are more than vnuma's 2; at most as many (xl: "
	 "maxvcpus < vcpus)"},
};

START_TEST(test_bad_input_gives_its_line)
{
	struct arena *arena = arena_create();
	struct err err = {""};

	ck_assert_ptr_null(parse(arena, bad[_i].text, &err));
	ck_assert_str_eq(err.text, bad[_i].line);
	arena_destroy(arena);
}
END_TEST

/* What only a host can refuse. */
static const struct {
	const char *text, *line;
} unbound[] = {
	{"name='x'\nmemory=64\ncpus='8-9'\n",
	 "g.cfg:3: cpus: '8-9' selects no CPU of this host; CPUs are 0 to 7, "
	 "nodes 0 to 1"},
	{"name='x'\nmemory=64\n\ncpus_soft='node:1,^4-7'\n",
	 "g.cfg:4: cpus_soft: 'node:1,^4-7' selects no CPU of this host; CPUs "
	 "are 0 to 7, nodes 0 to 1"},
	{"name='x'\ntype='hvm'\nvnuma=[['size=64','vcpus=0'],"
	 "['pnode=2','size=64','vcpus=1']]\n",
	 "g.cfg:3: vnuma[1]: pnode=2: 0 to 1 on this host (xl: invalid pnode "
	 "number: 2)"},
	{"name='x'\ntype='hvm'\nvnuma=[['size=64','vcpus=0-8']]\n",
	 "g.cfg:3: vnuma: 9 vcpus, but the host has 8 pcpus (xl: vnuma "
	 "specifies more vcpus than pcpus, use maxvcpus= to override this "
	 "check.)"},
};

START_TEST(test_a_host_refuses_with_the_line)
{
	struct arena *arena = arena_create();
	struct xlcfg *cfg = good(arena, unbound[_i].text);
	struct err err;

	ck_assert_int_eq(xlcfg_bind(cfg, &host, arena, &err), -1);
	ck_assert_str_eq(err.text, unbound[_i].line);
	arena_destroy(arena);
}
END_TEST

/* CPU lists on the host above: the text and the mask as a number. */
static const struct {
	const char *text;
	uint64_t mask;
} lists[] = {
	{"3", 0x08}, {"0-3", 0x0f}, {"0,2,4-5", 0x35}, {"all", 0xff},
	{"node:1", 0xf0}, {"nodes:0-1", 0xff}, {"all,^node:0", 0xf0},
	{"0-3,^1", 0x0d}, {"^1,0-3", 0x0f}, {"node:0,^0-1,7", 0x8c},
	{"0-100", 0xff}, {" 1 , 2 ", 0x06}, {"all,^all", 0},
	{"node:5", 0}, {"9", 0},
};

START_TEST(test_cpu_lists_are_applied_left_to_right)
{
	struct err err;
	cpuset set;

	ck_assert_int_eq(xlcfg_cpulist(lists[_i].text, &host, &set, &err), 0);
	ck_assert_uint_eq(set.word[0], lists[_i].mask);
}
END_TEST

START_TEST(test_masks_per_vcpu)
{
	struct arena *arena = arena_create();
	struct err err;
	struct xlcfg *cfg = good(arena, "name='x'\nmemory=64\nvcpus=3\n"
				 "cpus=['0','node:1']\ncpus_soft=\"4-5\"\n");

	ck_assert(!cfg->numa_placement);
	ck_assert_int_eq(xlcfg_bind(cfg, &host, arena, &err), 0);
	ck_assert_uint_eq(cfg->hard.mask[0].word[0], 0x01);
	ck_assert_uint_eq(cfg->hard.mask[1].word[0], 0xf0);
	/* no entry for vCPU 2: all CPUs */
	ck_assert_uint_eq(cpuset_count(&cfg->hard.mask[2]), CPU_MAX);
	for (int v = 0; v < 3; v++)
		ck_assert_uint_eq(cfg->soft.mask[v].word[0], 0x30);
	/* one hard mask for all leaves placement on */
	cfg = good(arena, "name='x'\nmemory=64\ncpus='node:1'\n");
	ck_assert(cfg->numa_placement);
	cfg = good(arena, "name='x'\nmemory=64\ncpus_soft='node:1'\n");
	ck_assert(!cfg->numa_placement);
	arena_destroy(arena);
}
END_TEST

START_TEST(test_unknown_keys_are_warned_about)
{
	struct arena *arena = arena_create();
	struct xlcfg *cfg = good(arena, "name='x' # memroy=1\nmemroy = 64\n"
				 "memory=1; vcpus=2\nmemory=64\n"
				 "wxyzwxyz=[ 'a', # b=1\n 'c=2' ]\n"
				 "extra='root=\"/dev/xvda\"'\n");

	ck_assert_uint_eq(cfg->memory_kib, 64 * 1024);
	ck_assert_uint_eq(cfg->vcpus, 2);
	ck_assert_uint_eq(cfg->warning_count, 3);
	ck_assert_str_eq(cfg->warning[0], "g.cfg:2: unknown key 'memroy', "
			 "passed over; did you mean memory?");
	ck_assert_str_eq(cfg->warning[1], "g.cfg:3: 'memory' is set again on "
			 "line 4, which counts");
	ck_assert_str_eq(cfg->warning[2], "g.cfg:5: unknown key 'wxyzwxyz', "
			 "passed over");
	cfg = good(arena, "name='x'\nvcpus=1\n");
	ck_assert_uint_eq(cfg->memory_kib, 32 * 1024);
	ck_assert_str_eq(cfg->warning[0], "g.cfg:1: memory: not given; libxl "
			 "takes 32 MiB");
	arena_destroy(arena);
}
END_TEST

/*
 * 1024 settings are read, one more is refused before libxlutil sees it: with
 * 200,000 it takes minutes. Warnings beyond those kept are counted.
 */
START_TEST(test_many_settings_are_refused)
{
	enum { MOST = 1024 };
	struct arena *arena = arena_create();
	char text[16 * (MOST + 1)] = "name='x'\n";
	size_t used = strlen(text);
	struct err err;

	for (uint32_t i = 1; i < MOST; i++)
		used += (size_t)sprintf(text + used, "unknown%u=1\n", i);

	struct xlcfg *cfg = good(arena, text);

	/* MOST - 1 unknown ones, and memory is not given */
	ck_assert_uint_eq(cfg->warning_count, MOST);
	ck_assert_ptr_nonnull(cfg->warning[XLCFG_WARNING_MAX - 1]);
	strcpy(text + used, "one=1\n");
	ck_assert_ptr_null(parse(arena, text, &err));
	ck_assert_str_eq(err.text, "g.cfg:1025: more than 1024 settings");
	arena_destroy(arena);
}
END_TEST

START_TEST(test_missing_file_is_named)
{
	struct arena *arena = arena_create();
	struct err err;

	ck_assert_ptr_null(xlcfg_load(arena, "no/such.cfg", &err));
	ck_assert_str_eq(err.text, "no/such.cfg: cannot be read: No such file "
			 "or directory");
	ck_assert_ptr_null(xlcfg_load(arena, "sim", &err));
	ck_assert_str_eq(err.text, "sim: cannot be read: Is a directory");
	arena_destroy(arena);
}
END_TEST

START_TEST(test_any_cut_is_read_or_named)
{
	struct arena *arena = arena_create();
	char text[sizeof(vnuma_text)];

	for (size_t length = 0; length < sizeof(vnuma_text); length++) {
		struct err err = {""};

		memcpy(text, vnuma_text, length);
		text[length] = '\0';
		ck_assert_msg(parse(arena, text, &err) != NULL ||
				      strncmp(err.text, "g.cfg:", 6) == 0,
			      "%s", err.text);
	}
	arena_destroy(arena);
}
END_TEST

/* Breaks invariant X_i of a good record; the check must abort. */
START_TEST(test_check_bites)
{
	struct arena *arena = arena_create();
	struct xlcfg *cfg = good(arena, vnuma_text);

	switch (_i) {
	case 1:
		cfg->vcpus = cfg->vcpu_max + 1;
		break;
	case 2:
		cfg->memory_kib = 0;
		break;
	case 3:
		cfg->type = XLCFG_PVH;
		break;
	case 4:
		cfg->maxmem_kib += 4;
		break;
	default:
		cfg->hard.entry_count = cfg->vcpu_max + 1;
	}
	xlcfg_check(cfg);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("xlcfg");
	TCase *tc = tcase_create("xlcfg");

	tcase_add_test(tc, test_a_plain_guest_and_its_defaults);
	tcase_add_test(tc, test_hvm_has_video_and_hap);
	tcase_add_test(tc, test_vnuma_sums_give_cpus_and_memory);
	tcase_add_test(tc, test_vnuma_without_pnode_is_still_placed);
	tcase_add_test(tc, test_vnuma_numbers_beyond_the_bitmap_are_dropped);
	tcase_add_loop_test(tc, test_bad_input_gives_its_line, 0,
			    sizeof(bad) / sizeof(bad[0]));
	tcase_add_loop_test(tc, test_a_host_refuses_with_the_line, 0,
			    sizeof(unbound) / sizeof(unbound[0]));
	tcase_add_loop_test(tc, test_cpu_lists_are_applied_left_to_right, 0,
			    sizeof(lists) / sizeof(lists[0]));
	tcase_add_test(tc, test_masks_per_vcpu);
	tcase_add_test(tc, test_unknown_keys_are_warned_about);
	tcase_add_test(tc, test_many_settings_are_refused);
	tcase_add_test(tc, test_missing_file_is_named);
	tcase_add_test(tc, test_any_cut_is_read_or_named);
	tcase_add_loop_test_raise_signal(tc, test_check_bites, SIGABRT, 1, 6);
	suite_add_tcase(suite, tc);
	return suite;
}
