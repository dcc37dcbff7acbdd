/*
 * check_e820.c - the host's memory map as a PV guest sees it, by hand. The 87
 * recorded ones are in check_vnuma_golden.c.
 */
#include "test/test.h"
#include "toolstack/e820.h"

#include <string.h>

#define MIB(n) ((uint64_t)(n) << 20)
#define GIB(n) ((uint64_t)(n) << 30)
enum { MAP_MAX = 8 };

static const struct vector {
	struct e820_entry host[MAP_MAX];
	uint64_t target_mib, balloon_kib;
	struct e820_entry map[MAP_MAX];
} vectors[] = {
	/* The first MiB is forgotten; RAM up to the first hole; what does not
	 * fit goes to 4 GiB. 3 GiB of RAM: 1 GiB low, 2 GiB high. */
	{{{0, 0x9f000, E820_RAM}, {0x9f000, 0x1000, E820_RESERVED},
	  {MIB(1), GIB(1) - MIB(1), E820_RAM}, {GIB(1), MIB(4), E820_ACPI},
	  {GIB(4), GIB(8), E820_RAM}}, 3072, 0,
	 {{0, GIB(1), E820_RAM}, {GIB(1), MIB(4), E820_ACPI},
	  {GIB(4), GIB(2), E820_RAM}}},
	/* Less memory than up to the hole: the gap is unusable. */
	{{{MIB(1), GIB(1), E820_RAM}, {GIB(2), MIB(4), E820_NVS}}, 512, 0,
	 {{0, MIB(512), E820_RAM}, {MIB(512), GIB(2) - MIB(512), E820_UNUSABLE},
	  {GIB(2), MIB(4), E820_NVS}}},
	/* Balloon memory comes at 4 GiB, whatever is there. */
	{{{GIB(1), MIB(4), E820_RESERVED}, {GIB(4), GIB(1), E820_RESERVED}},
	 1024, 4,
	 {{0, GIB(1), E820_RAM}, {GIB(1), MIB(4), E820_RESERVED},
	  {GIB(4), GIB(1), E820_RESERVED}, {GIB(4), 4096, E820_RAM}}},
	/* Unusable entries go; RAM below the end goes; RAM that ends there stays
	 * with size 0; RAM past the first hole becomes unusable. */
	{{{MIB(2), MIB(2), E820_RAM}, {MIB(4), MIB(4), E820_RAM},
	  {MIB(8), MIB(1), E820_RESERVED}, {MIB(10), MIB(1), E820_UNUSABLE},
	  {MIB(12), MIB(3), E820_RAM}}, 8, 0,
	 {{0, MIB(8), E820_RAM}, {MIB(8), 0, E820_UNUSABLE},
	  {MIB(8), MIB(1), E820_RESERVED}, {MIB(12), MIB(3), E820_UNUSABLE}}},
	/* Not in any record: RAM across the end is stretched over the gap. */
	{{{MIB(2), MIB(8), E820_RAM}, {MIB(16), MIB(1), E820_RESERVED}}, 6, 0,
	 {{0, MIB(6), E820_RAM}, {MIB(6), MIB(10), E820_UNUSABLE},
	  {MIB(16), MIB(1), E820_RESERVED}}},
	/* The lowest hole counts, wherever it stands in the list. */
	{{{GIB(3), MIB(1), E820_RESERVED}, {GIB(1), MIB(1), E820_RESERVED}},
	 2048, 0,
	 {{0, GIB(1), E820_RAM}, {GIB(3), MIB(1), E820_RESERVED},
	  {GIB(1), MIB(1), E820_RESERVED}, {GIB(4), GIB(1), E820_RAM}}},
};

static uint32_t count_of(const struct e820_entry *map)
{
	uint32_t count = 0;

	while (count < MAP_MAX && map[count].type)
		count++;
	return count;
}

START_TEST(test_vectors)
{
	const struct vector *v = &vectors[_i];
	struct arena *arena = arena_create();
	struct e820_entry *map;
	uint32_t count;

	ck_assert_int_eq(e820_sanitize(arena, v->host, count_of(v->host),
				       v->target_mib * 1024, v->balloon_kib,
				       &map, &count), 0);
	for (uint32_t i = 0; i < count; i++) {
		ck_assert_uint_eq(map[i].start_bytes, v->map[i].start_bytes);
		ck_assert_uint_eq(map[i].size_bytes, v->map[i].size_bytes);
		ck_assert_uint_eq(map[i].type, v->map[i].type);
	}
	ck_assert_uint_eq(count, count_of(v->map));
	arena_destroy(arena);
}
END_TEST

START_TEST(test_what_it_refuses)
{
	struct arena *arena = arena_create();
	struct e820_entry host[E820_ENTRY_MAX + 1], *map;
	uint32_t count;

	for (uint32_t i = 0; i <= E820_ENTRY_MAX; i++)
		host[i] = (struct e820_entry){GIB(1) + i * MIB(1), MIB(1),
					      E820_RESERVED};
	ck_assert_int_eq(e820_sanitize(arena, host, 0, 1024, 0, &map, &count),
			 -6);
	ck_assert_int_eq(e820_sanitize(arena, host, 1, 0, 0, &map, &count), -6);
	ck_assert_int_eq(e820_sanitize(arena, host, E820_ENTRY_MAX + 1, 1024, 0,
				       &map, &count), -5);
	/* As full as it may be: all, RAM low and high, and the gap. */
	ck_assert_int_eq(e820_sanitize(arena, host, E820_ENTRY_MAX, 1024, 4,
				       &map, &count), 0);
	ck_assert_uint_eq(count, E820_ENTRY_MAX + 3);
	arena_destroy(arena);
}
END_TEST

START_TEST(test_names)
{
	ck_assert_str_eq(e820_type_name(E820_RAM), "RAM");
	ck_assert_str_eq(e820_type_name(E820_UNUSABLE), "unusable");
	ck_assert_str_eq(e820_type_name(0), "other");
	ck_assert_str_eq(e820_type_name(6), "other");
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("e820");
	TCase *tc = tcase_create("e820");

	tcase_add_loop_test(tc, test_vectors, 0,
			    sizeof(vectors) / sizeof(vectors[0]));
	tcase_add_test(tc, test_what_it_refuses);
	tcase_add_test(tc, test_names);
	suite_add_tcase(suite, tc);
	return suite;
}
