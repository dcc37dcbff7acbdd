/* check_e820_file.c - memory maps from what Xen and Linux print, good and bad. */
#include "run/e820_file.h"
#include "test/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

static struct arena *arena;
static char path[64];
static struct e820_entry *map;
static uint32_t count;
static struct err err;

static void setup(void)
{
	arena = arena_create();
	strcpy(path, "/tmp/nodewise-e820-XXXXXX");
	close(mkstemp(path));
}

static void teardown(void)
{
	unlink(path);
	arena_destroy(arena);
}

static int load(const char *text, size_t bytes)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(text, 1, bytes, file), bytes);
	fclose(file);
	return e820_file_load(arena, path, &map, &count, &err);
}

static const struct {
	const char *text;
	struct e820_entry entry;
} lines[] = {
	{"(XEN)  [0000000000100000, 00000000bfffffff] (usable)",
	 {0x100000, 0xbff00000, E820_RAM}},
	{"(XEN) [0000001a2b] [0000000000000000, 000000000009fbff] (ACPI data)",
	 {0, 0x9fc00, E820_ACPI}},
	{"[    0.000000] BIOS-e820: [mem 0x0000000000100000-"
	 "0x000000003fffffff] usable\r", {0x100000, 0x3ff00000, E820_RAM}},
	{"BIOS-e820: [mem 0x9fc00-0x9ffff] ACPI NVS",
	 {0x9fc00, 0x400, E820_NVS}},
	{"  0x100000 4096 reserved  ", {0x100000, 4096, E820_RESERVED}},
	{"0 0x1000 1", {0, 4096, E820_RAM}},
	{"0 4096 type 20", {0, 4096, 20}},
	{"4096 0 unusable", {4096, 0, E820_UNUSABLE}},
	{"0x7ffffffffffff000 0xfff ram",
	 {UINT64_C(0x7ffffffffffff000), 0xfff, E820_RAM}},
};

START_TEST(test_forms)
{
	char text[512];
	size_t bytes = (size_t)snprintf(text, sizeof(text), "# map\n\n"
					"(XEN) Xen-e820 RAM map:\n%s\n",
					lines[_i].text);

	ck_assert_msg(load(text, bytes) == 0, "%s", err.text);
	ck_assert_uint_eq(count, 1);
	ck_assert_uint_eq(map[0].start_bytes, lines[_i].entry.start_bytes);
	ck_assert_uint_eq(map[0].size_bytes, lines[_i].entry.size_bytes);
	ck_assert_uint_eq(map[0].type, lines[_i].entry.type);
}
END_TEST

/* Touching on either side is no overlap, and the order stays. */
START_TEST(test_entries_that_touch)
{
	static const char text[] = "4096 4096 usable\n0 4096 reserved\n"
				   "8192 1 usable\n";

	ck_assert_msg(load(text, strlen(text)) == 0, "%s", err.text);
	ck_assert_uint_eq(count, 3);
	ck_assert_uint_eq(map[1].start_bytes, 0);
}
END_TEST

#define NO_ENTRY "is no entry of a memory map; as in [0000000000100000, " \
	"00000000bfffffff] (usable), [mem 0x100000-0xbfffffff] usable, or " \
	"START SIZE TYPE"

static const struct {
	const char *text, *what;
} bad[] = {
	{"", " has no entry of a memory map"},
	{"\n# nothing\n", " has no entry of a memory map"},
	{"0 4096 usable\nhello\n", "2: " NO_ENTRY},
	{"0 4096\n", "1: " NO_ENTRY},
	{"0 4096 free\n", "1: " NO_ENTRY},
	{"0 4096 12 4\n", "1: " NO_ENTRY},
	{"0 4096 99999\n", "1: " NO_ENTRY},
	{"-1 4096 usable\n", "1: " NO_ENTRY},
	{"0x8000000000000000 1 usable\n", "1: " NO_ENTRY},
	{"1 0x7fffffffffffffff usable\n", "1: " NO_ENTRY},
	{"0 99999999999999999999999 usable\n", "1: " NO_ENTRY},
	{"[00000001000, 00000000ffe] (usable)\n", "1: " NO_ENTRY},
	{"[0, ffffffffffffffff] (usable)\n", "1: " NO_ENTRY},
	{"[0, 1000 (usable)\n", "1: " NO_ENTRY},
	{"[0\n", "1: " NO_ENTRY},
	{"[\n", "1: " NO_ENTRY},
	{"0 4096 usable\n# gap\n8192 4096 usable\n4095 2 reserved\n",
	 "4: overlaps the entry of line 1; entries apart"},
	{"0 4096 usable\n0 8192 usable\n",
	 "2: overlaps the entry of line 1; entries apart"},
};

START_TEST(test_bad_lines)
{
	char want[512];

	snprintf(want, sizeof(want), "%s:%s", path, bad[_i].what);
	ck_assert_int_eq(load(bad[_i].text, strlen(bad[_i].text)), -1);
	ck_assert_str_eq(err.text, want);
}
END_TEST

START_TEST(test_hostile_files)
{
	char *text = calloc(1, 1 << 16);
	size_t used = 0;

	ck_assert_int_eq(load("0 4096 usa\0ble\n", 15), -1);
	ck_assert_ptr_nonnull(strstr(err.text, ":1: has a zero byte"));
	for (uint32_t i = 0; i < 128; i++)
		used += (size_t)sprintf(text + used, "%u 1 usable\n", i);
	ck_assert_int_eq(load(text, used), 0);
	ck_assert_uint_eq(count, 128);
	used += (size_t)sprintf(text + used, "128 1 usable\n");
	ck_assert_int_eq(load(text, used), -1);
	ck_assert_ptr_nonnull(strstr(err.text, ":129: too many entries"));
	/* Every beginning of a good file is good or refused. */
	for (size_t i = 0; i < used; i += 7)
		(void)load(text, i);
	free(text);
	ck_assert_int_eq(e820_file_load(arena, "/nowhere", &map, &count, &err),
			 -1);
	ck_assert_ptr_nonnull(strstr(err.text, "/nowhere: cannot be opened"));
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("e820_file");
	TCase *tc = tcase_create("file");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_forms, 0, COUNT(lines));
	tcase_add_test(tc, test_entries_that_touch);
	tcase_add_loop_test(tc, test_bad_lines, 0, COUNT(bad));
	tcase_add_test(tc, test_hostile_files);
	suite_add_tcase(suite, tc);
	return suite;
}
