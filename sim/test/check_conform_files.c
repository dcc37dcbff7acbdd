/*
 * check_conform_files.c - files that conform cannot read, or not all of; the
 * same bytes whatever the threads; memory that does not grow with the file.
 */
#include "run/jsonl.h"
#include "test/conform_tool.h"

#include <sys/resource.h>

/* --- broken files ------------------------------------------------------------------ */

static const struct {
	const char *text, *says;
} broken[] = {
	{"", "x.jsonl: no record in it"},
	{"\n\n\n", "x.jsonl: no record in it"},
	{GOOD "\n{\"id\":1,\n" GOOD, "x.jsonl:3: not JSON: "},
	{GOOD "nonsense\n", "x.jsonl:2: not JSON: "},
	{GOOD "{\"id\":1}{\"id\":2}\n", "x.jsonl:2: not JSON: "},
	{GOOD "{\"id\":1,\"id\":2}\n", "x.jsonl:2: not JSON: duplicate"},
	{GOOD "{\"id\":1e999}\n", "x.jsonl:2: not JSON: real number overflow"},
	{GOOD "{\"id\":1000000000000000000000000000000}\n",
	 "x.jsonl:2: not JSON: too big integer"},
	{"[1,2]\n", "x.jsonl:1: a record of no known kind; one of placement,"},
	{"7\n", "x.jsonl:1: not JSON: "},
	{"{}\n", "x.jsonl:1: a record of no known kind"},
	{GOOD "{\"kind\":\"credit2_c2t\"}\n", "x.jsonl:2: in: missing"},
	{"{\"kind\":\"place\",\"id\":1e30}\n", "x.jsonl:1: id: missing or"},
	{"\x1b[31m\n", "x.jsonl:1: not JSON: "},
	{"\xff\xfe\n", "x.jsonl:1: not JSON: "},
};

START_TEST(test_a_broken_file_is_one_line_and_status_2)
{
	write_text("x.jsonl", broken[_i].text);
	ck_assert_int_eq(run("%s/x.jsonl"), 2);
	ck_assert_says(broken[_i].says);
	ck_assert_ptr_null(strchr(output, '\x1b'));
	/* The same compressed, and on one thread. */
	write_text("x.jsonl.gz", broken[_i].text);
	ck_assert_int_eq(run("-t 1 %s/x.jsonl.gz"), 2);
}
END_TEST

START_TEST(test_what_came_before_the_broken_line_stands)
{
	write_text("x.jsonl", GOOD GOOD GOOD "{\n" GOOD);
	ck_assert_int_eq(run("%s/x.jsonl -t 4"), 2);
	ck_assert_says("x.jsonl:4: not JSON");
	ck_assert_says("sched (cut short)");
	ck_assert_says("3/3");
}
END_TEST

START_TEST(test_a_broken_file_does_not_stop_the_next)
{
	write_text("x.jsonl", "{\n");
	ck_assert_int_eq(run("%s/none.jsonl %s/x.jsonl "
			     GOLDEN "affinity.jsonl.gz"), 2);
	ck_assert_says("none.jsonl: cannot be opened: No such file");
	ck_assert_says("x.jsonl:1: not JSON");
	ck_assert_says("250/250");
	ck_assert_int_eq(run("%s"), 2);
	ck_assert_says("cannot be read: Is a directory");
}
END_TEST

/* Bytes that are left; negative: that are missing. */
static const long cuts[] = {12, 500, 4000, -9, -8, -1};

START_TEST(test_a_gzip_file_that_is_cut)
{
	static char bytes[1 << 16];
	FILE *from = fopen(GOLDEN "affinity.jsonl.gz", "rb");
	long size = (long)fread(bytes, 1, sizeof(bytes), from);
	long left = cuts[_i] > 0 ? cuts[_i] : size + cuts[_i];
	FILE *to = fopen(in_folder("cut.jsonl.gz"), "wb");

	fclose(from);
	ck_assert_int_gt(size, 4000);
	ck_assert_uint_eq(fwrite(bytes, 1, (size_t)left, to), (size_t)left);
	fclose(to);
	ck_assert_int_eq(run("%s/cut.jsonl.gz"), 2);
	ck_assert_says("cut.jsonl.gz:");
	ck_assert_says("the compressed data is cut");
}
END_TEST

START_TEST(test_a_gzip_file_that_is_damaged)
{
	static char bytes[1 << 16];
	FILE *from = fopen(GOLDEN "affinity.jsonl.gz", "rb");
	size_t size = fread(bytes, 1, sizeof(bytes), from);
	FILE *to = fopen(in_folder("bad.jsonl.gz"), "wb");

	fclose(from);
	bytes[size - 6] ^= 1; /* the check sum at its end */
	ck_assert_uint_eq(fwrite(bytes, 1, size, to), size);
	fclose(to);
	ck_assert_int_eq(run("%s/bad.jsonl.gz"), 2);
	ck_assert_says("the compressed data is damaged");
}
END_TEST

/* A line of 100 MB that packs to nothing, and brackets 10^5 deep. */
START_TEST(test_hostile_lines)
{
	size_t bytes = 100 * 1000 * 1000;
	char *text = malloc(bytes);

	memset(text, ' ', bytes);
	write_file("long.jsonl.gz", text, bytes);
	ck_assert_int_eq(run("%s/long.jsonl.gz"), 2);
	ck_assert_says("long.jsonl.gz:1: the line is longer than 32 MiB");
	memset(text, '[', 100000);
	write_file("deep.jsonl", text, 100000);
	ck_assert_int_eq(run("%s/deep.jsonl"), 2);
	ck_assert_says("deep.jsonl:1: not JSON: maximum parsing depth");
	free(text);
}
END_TEST

/* A zero byte is no end of the line; a missing newline is one. */
START_TEST(test_lines_are_bytes)
{
	static const char text[] = "\n" GOOD "{\"a\":1}\0{\"b\":2}";
	struct jsonl_line line = {0};
	struct err err;
	struct jsonl *file = jsonl_open(write_file("zero.jsonl", text,
						   sizeof(text) - 1), &err);

	ck_assert_int_eq(jsonl_next(file, &line, &err), 1);
	ck_assert_uint_eq(line.number, 2);
	ck_assert_uint_eq(line.bytes, strlen(GOOD) - 1);
	ck_assert_int_eq(jsonl_next(file, &line, &err), 1);
	ck_assert_uint_eq(line.number, 3);
	ck_assert_uint_eq(line.bytes, 15);
	ck_assert_int_eq(jsonl_next(file, &line, &err), 0);
	jsonl_close(file);
	free(line.text);
	ck_assert_int_eq(run("%s/zero.jsonl"), 2);
	ck_assert_says("zero.jsonl:3: not JSON");
}
END_TEST

/* --- plain or packed, one thread or many ------------------------------------------- */

START_TEST(test_plain_and_packed_say_the_same)
{
	size_t bytes;
	char *text = read_golden(GOLDEN "sched.jsonl.gz", &bytes);
	static char first[OUTPUT_MAX];

	write_file("same", text, bytes);
	free(text);
	ck_assert_int_eq(run("%s/same"), 0);
	strcpy(first, output);
	ck_assert_says("1000/1000");
	ck_assert_int_eq(rename(in_folder("same"), in_folder("moved")), 0);
	text = read_golden(in_folder("moved"), &bytes);
	write_file("same.gz", text, bytes);
	free(text);
	ck_assert_int_eq(rename(in_folder("same.gz"), in_folder("same")), 0);
	ck_assert_int_eq(run("%s/same"), 0);
	ck_assert_str_eq(output, first);
}
END_TEST

static const char *const many[] = {
	GOLDEN "*.jsonl.gz " GOLDEN "sched-traces/tiny.jsonl.gz",
	GOLDEN "*.jsonl.gz --json",
	"--model libxl-fixed " GOLDEN "placement.jsonl.gz --first 100",
	"--xen-version 4.17 " GOLDEN "heap.jsonl.gz --first 20 --json",
};

START_TEST(test_threads_change_no_byte)
{
	static char first[OUTPUT_MAX];
	char arguments[512];
	int status;

	snprintf(arguments, sizeof(arguments), "-t 1 %s", many[_i]);
	status = run(arguments);
	ck_assert_uint_gt(strlen(output), 300);
	strcpy(first, output);
	for (int threads = 2; threads <= 7; threads++) {
		snprintf(arguments, sizeof(arguments), "-t %d %s", threads,
			 many[_i]);
		ck_assert_int_eq(run(arguments), status);
		ck_assert_str_eq(output, first);
	}
}
END_TEST

/* --- memory ------------------------------------------------------------------------ */

/* The file, so many times over. */
static void write_repeated(const char *name, const char *path, int times)
{
	size_t bytes;
	char *text = read_golden(path, &bytes);
	gzFile to = gzopen(in_folder(name), "wb1");

	for (int i = 0; i < times; i++)
		ck_assert_int_eq(gzwrite(to, text, (unsigned)bytes),
				 (int)bytes);
	gzclose(to);
	free(text);
}

/* Peak resident KiB of "nodewise conform FILE". */
static long peak_kib(const char *name)
{
	const char *program = getenv("NODEWISE");
	struct rusage usage;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (!freopen("/dev/null", "w", stdout))
			_exit(9);
		program = program ? program : "build/nodewise";
		execl(program, program, "conform", "--allow-unmodelled",
		      in_folder(name), (char *)NULL);
		_exit(9);
	}
	ck_assert_int_eq(wait4(pid, &status, 0, &usage), pid);
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	return usage.ru_maxrss;
}

/* 1,000 and 20,000 records: the same memory, but for what a heap keeps. */
START_TEST(test_memory_does_not_grow_with_the_file)
{
	write_repeated("small.jsonl.gz", GOLDEN "sched.jsonl.gz", 1);
	write_repeated("large.jsonl.gz", GOLDEN "sched.jsonl.gz", 20);

	long small = peak_kib("small.jsonl.gz");
	long large = peak_kib("large.jsonl.gz");

	ck_assert_int_gt(small, 1000);
	ck_assert_msg(large < small + 2048, "%ld KiB, then %ld KiB", small,
		      large);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("conform files");
	TCase *tc = tcase_create("files");

	tcase_set_timeout(tc, 300);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_a_broken_file_is_one_line_and_status_2, 0,
			    COUNT(broken));
	tcase_add_test(tc, test_what_came_before_the_broken_line_stands);
	tcase_add_test(tc, test_a_broken_file_does_not_stop_the_next);
	tcase_add_loop_test(tc, test_a_gzip_file_that_is_cut, 0, COUNT(cuts));
	tcase_add_test(tc, test_a_gzip_file_that_is_damaged);
	tcase_add_test(tc, test_hostile_lines);
	tcase_add_test(tc, test_lines_are_bytes);
	tcase_add_test(tc, test_plain_and_packed_say_the_same);
	tcase_add_loop_test(tc, test_threads_change_no_byte, 0, COUNT(many));
	tcase_add_test(tc, test_memory_does_not_grow_with_the_file);
	suite_add_tcase(suite, tc);
	return suite;
}
