/*
 * check_record.c - CSV, samples, digests, and results folders that are there
 * whole or not at all.
 *
 * Each test works in a folder of its own under $TMPDIR or /tmp.
 */
#include "base/csv.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/json_text.h"
#include "base/record.h"
#include "base/rng.h"
#include "test/test.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[128];   /* of all tests; removed by the process that forks */
static char folder[256]; /* of the test that runs, in root */
static char path_text[512];

static void make_root(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(root, sizeof(root), "%s/nodewise-test-XXXXXX",
		 tmp ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(root));
}

static void remove_root(void)
{
	char command[200];

	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	ck_assert_int_eq(system(command), 0);
}

static void make_folder(void)
{
	snprintf(folder, sizeof(folder), "%s/XXXXXX", root);
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

/* Good until the next call. */
static const char *in_folder(const char *name)
{
	snprintf(path_text, sizeof(path_text), "%s/%s", folder, name);
	return path_text;
}

static int entries_of(const char *path)
{
	DIR *dir = opendir(path);
	int count = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2; /* . and .. */
}

static void write_file(const char *name, const char *text, size_t size)
{
	FILE *file = fopen(in_folder(name), "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(text, 1, size, file), size);
	fclose(file);
}

static char *read_whole(const char *name)
{
	static char text[65536];
	FILE *file = fopen(in_folder(name), "r");

	ck_assert_ptr_nonnull(file);
	size_t size = fread(text, 1, sizeof(text) - 1, file);

	text[size] = '\0';
	fclose(file);
	return text;
}

static struct sample plain_sample(void)
{
	return (struct sample){.suite = "demo",
			       .case_name = "guests=8",
			       .variant = "libxl",
			       .metric = "slowdown",
			       .unit = "ratio",
			       .better = BETTER_LOWER,
			       .class_ = CLASS_EXACT,
			       .origin = ORIGIN_MODEL,
			       .seed = 7,
			       .repeat = 2,
			       .value = 1.25};
}

static int write_run(struct record *record, struct err *err)
{
	static const struct run_info info = {.program = "nodewise"};

	return record_run(record, &info, err);
}

/* --- csv ----------------------------------------------------------------- */

/* The text form is the shortest of the three that reads back the same. */
START_TEST(test_numbers_read_back_as_they_were)
{
	char text[CSV_NUMBER_BYTES];
	struct rng rng;

	ck_assert_str_eq(csv_number(text, 0.1), "0.1");
	ck_assert_str_eq(csv_number(text, 1.0 / 3), "0.3333333333333333");
	ck_assert_str_eq(csv_number(text, 1e22), "1e+22");
	ck_assert_str_eq(csv_number(text, -0.0), "-0");
	ck_assert_str_eq(csv_number(text, 123456789), "123456789");
	ck_assert_str_eq(csv_number(text, INFINITY), "inf");
	ck_assert_str_eq(csv_number(text, -INFINITY), "-inf");
	ck_assert_str_eq(csv_number(text, -NAN), "nan");
	rng_init(&rng, 31, RNG_TEST, 0);
	for (int i = 0; i < 100000; i++) {
		uint64_t bits = rng_u64(&rng);
		double x, back;

		memcpy(&x, &bits, sizeof(x));
		if (!isfinite(x))
			continue;
		ck_assert_int_eq(csv_read_double(csv_number(text, x), &back),
				 0);
		ck_assert(memcmp(&x, &back, sizeof(x)) == 0);
	}
}
END_TEST

/* Fields made of the characters that hurt; three in a row, many rows. */
START_TEST(test_any_text_survives_a_round_trip)
{
	static const char *const pieces[] = {"\"", ",", "\n", "\r", "\r\n", " ",
					     "a",  "", "\t", "\xc3\xa9", "'"};
	enum { ROWS = 2000, FIELDS = 3 };
	static char want[ROWS][FIELDS][64];
	FILE *file = fopen(in_folder("nasty.csv"), "w");
	struct rng rng;
	struct err err;

	rng_init(&rng, 32, RNG_TEST, 0);
	for (int row = 0; row < ROWS; row++) {
		for (int f = 0; f < FIELDS; f++) {
			uint64_t count = rng_below(&rng, 6);

			while (count--)
				strcat(want[row][f],
				       pieces[rng_below(&rng, 11)]);
			csv_write_text(file, want[row][f]);
			putc(f == FIELDS - 1 ? '\n' : ',', file);
		}
	}
	fclose(file);

	struct csv_reader *reader = csv_open(in_folder("nasty.csv"), &err);
	const char *const *fields;
	size_t count;

	ck_assert_ptr_nonnull(reader);
	for (int row = 0; row < ROWS; row++) {
		ck_assert_int_eq(csv_next(reader, &fields, &count, &err), 1);
		ck_assert_uint_eq(count, FIELDS);
		for (int f = 0; f < FIELDS; f++)
			ck_assert_str_eq(fields[f], want[row][f]);
	}
	ck_assert_int_eq(csv_next(reader, &fields, &count, &err), 0);
	csv_close(reader);
}
END_TEST

/* Mark, CRLF, blank lines, a field over two lines, no line end at the end. */
START_TEST(test_other_peoples_csv_is_read)
{
	static const char text[] = "\xef\xbb\xbf"
				   "a,b\r\n\r\n\n\"x\ny\",\r\n,z";
	const char *const *f;
	size_t count;
	struct err err;

	write_file("other.csv", text, sizeof(text) - 1);
	struct csv_reader *reader = csv_open(in_folder("other.csv"), &err);

	ck_assert_int_eq(csv_next(reader, &f, &count, &err), 1);
	ck_assert_uint_eq(count, 2);
	ck_assert_str_eq(f[0], "a");
	ck_assert_str_eq(f[1], "b");
	ck_assert_uint_eq(csv_line(reader), 1);
	ck_assert_int_eq(csv_next(reader, &f, &count, &err), 1);
	ck_assert_uint_eq(count, 2);
	ck_assert_str_eq(f[0], "x\ny");
	ck_assert_str_eq(f[1], "");
	ck_assert_uint_eq(csv_line(reader), 4);
	ck_assert_int_eq(csv_next(reader, &f, &count, &err), 1);
	ck_assert_uint_eq(count, 2);
	ck_assert_str_eq(f[0], "");
	ck_assert_str_eq(f[1], "z");
	ck_assert_uint_eq(csv_line(reader), 6);
	ck_assert_int_eq(csv_next(reader, &f, &count, &err), 0);
	csv_close(reader);
}
END_TEST

static const struct {
	const char *text;
	size_t size;
	const char *message; /* behind the path */
} broken_csv[] = {
	{"a,b\n\"c,d\n", 9, ":2: a quote is not closed"},
	{"\"a\"b\n", 5, ":1: text behind a closing quote"},
	{"a\nb\"c\n", 6, ":2: a quote within a field"},
	{"a\n\nb\0c\n", 7, ":3: a zero byte"},
};

START_TEST(test_broken_csv_is_refused_with_its_line)
{
	const char *const *fields;
	size_t count;
	struct err err = {""};
	int got;

	write_file("bad.csv", broken_csv[_i].text, broken_csv[_i].size);
	struct csv_reader *reader = csv_open(in_folder("bad.csv"), &err);

	do
		got = csv_next(reader, &fields, &count, &err);
	while (got > 0);
	ck_assert_int_eq(got, -1);
	size_t skip = strlen(in_folder("bad.csv"));

	ck_assert_int_eq(strncmp(err.text, in_folder("bad.csv"), skip), 0);
	ck_assert_msg(strncmp(err.text + skip, broken_csv[_i].message,
			      strlen(broken_csv[_i].message)) == 0,
		      "%s", err.text);
	csv_close(reader);
}
END_TEST

START_TEST(test_rows_have_limits)
{
	const char *const *fields;
	size_t count;
	struct err err;
	FILE *file = fopen(in_folder("wide.csv"), "w");

	for (int i = 0; i < CSV_FIELD_MAX; i++)
		fputs(",", file);
	fclose(file);
	struct csv_reader *reader = csv_open(in_folder("wide.csv"), &err);

	ck_assert_int_eq(csv_next(reader, &fields, &count, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, ":1: more than 256 fields"));
	csv_close(reader);

	file = fopen(in_folder("long.csv"), "w");
	for (int i = 0; i < CSV_ROW_BYTES_MAX; i++)
		putc('x', file);
	fclose(file);
	reader = csv_open(in_folder("long.csv"), &err);
	ck_assert_int_eq(csv_next(reader, &fields, &count, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, ":1: a row of more than 1 MiB"));
	csv_close(reader);

	ck_assert_ptr_null(csv_open(in_folder("absent.csv"), &err));
	ck_assert_ptr_nonnull(strstr(err.text, "absent.csv: cannot be read"));
	reader = csv_open(folder, &err);
	ck_assert(!reader ||
		  csv_next(reader, &fields, &count, &err) == -1);
	csv_close(reader);
}
END_TEST

START_TEST(test_fields_are_whole_numbers_or_none)
{
	uint64_t u;
	double d;

	ck_assert_int_eq(csv_read_u64("18446744073709551615", &u), 0);
	ck_assert_uint_eq(u, UINT64_MAX);
	ck_assert_int_eq(csv_read_u64("18446744073709551616", &u), -1);
	ck_assert_int_eq(csv_read_u64("-1", &u), -1);
	ck_assert_int_eq(csv_read_u64("", &u), -1);
	ck_assert_int_eq(csv_read_u64("7x", &u), -1);
	ck_assert_int_eq(csv_read_double("", &d), -1);
	ck_assert_int_eq(csv_read_double(" 1", &d), -1);
	ck_assert_int_eq(csv_read_double("1,5", &d), -1);
	ck_assert_int_eq(csv_read_double("1e400", &d), -1);
	ck_assert_int_eq(csv_read_double("5e-324", &d), 0);
	ck_assert(d > 0);
	ck_assert_int_eq(csv_read_double("-inf", &d), 0);
	ck_assert(d == -INFINITY);
}
END_TEST

/* --- samples ------------------------------------------------------------- */

START_TEST(test_a_sample_is_one_line_of_words)
{
	struct sample sample = plain_sample();
	FILE *file = fopen(in_folder("s.csv"), "w");

	sample_write_header(file);
	sample_write(file, &sample);
	fclose(file);
	ck_assert_str_eq(read_whole("s.csv"),
			 "suite,case,variant,metric,unit,better,class,origin,"
			 "seed,repeat,value\n"
			 "demo,guests=8,libxl,slowdown,ratio,lower,exact,model,"
			 "7,2,1.25\n");
}
END_TEST

/* Every word of every enum, nasty names, extreme numbers. */
START_TEST(test_samples_survive_a_round_trip)
{
	static const double values[] = {0, -1.5, 1e-300, INFINITY, NAN, 0.1};
	FILE *file = fopen(in_folder("samples.csv"), "w");
	struct sample back;
	struct err err;

	sample_write_header(file);
	for (int i = 0; i < 24; i++) {
		struct sample s = plain_sample();

		s.case_name = i % 2 ? "a \"quoted\", name" : "";
		s.variant = i % 3 ? " two\nlines " : "x";
		s.better = (enum sample_better)(i % 3);
		s.class_ = (enum sample_class)(i % 2);
		s.origin = (enum sample_origin)(i % 4);
		s.seed = i % 5 ? UINT64_MAX - (uint64_t)i : 0;
		s.value = values[i % 6];
		sample_write(file, &s);
	}
	fclose(file);
	/* by the folder's name, as results are given on the command line */
	struct sample_reader *reader = sample_open(folder, &err);

	ck_assert_ptr_nonnull(reader);
	for (int i = 0; i < 24; i++) {
		ck_assert_int_eq(sample_next(reader, &back, &err), 1);
		ck_assert_str_eq(back.suite, "demo");
		ck_assert_str_eq(back.case_name,
				 i % 2 ? "a \"quoted\", name" : "");
		ck_assert_str_eq(back.variant, i % 3 ? " two\nlines " : "x");
		ck_assert_int_eq(back.better, i % 3);
		ck_assert_int_eq(back.class_, i % 2);
		ck_assert_int_eq(back.origin, i % 4);
		ck_assert_uint_eq(back.seed,
				  i % 5 ? UINT64_MAX - (uint64_t)i : 0);
		ck_assert_uint_eq(back.repeat, 2);
		ck_assert(back.value == values[i % 6] ||
			  (isnan(back.value) && isnan(values[i % 6])));
	}
	ck_assert_int_eq(sample_next(reader, &back, &err), 0);
	sample_close(reader);
}
END_TEST

#define HEADER \
	"suite,case,variant,metric,unit,better,class,origin,seed,repeat,value\n"

static const struct {
	const char *text;
	const char *message; /* behind the path */
} broken_samples[] = {
	{"", ": empty; the first line is a header that begins with suite,case"},
	{"suite,case,wrong\n", ":1: column 3 is 'wrong'; it must be 'variant'"},
	{"suite,case\n", ":1: column 3 is ''; it must be 'variant'"},
	{HEADER "a,b\n", ":2: 2 fields; a row has 11"},
	{HEADER "a,,,m,,lower,exact,model,1,0,1\n"
		"a,,,m,,lowr,exact,model,1,0,1\n",
	 ":3: better: 'lowr' is no word for it; did you mean lower?"},
	{HEADER "a,,,m,,none,timed,model,1,0,1\n",
	 ":2: class: 'timed' is no word for it; one of exact, sampled"},
	{HEADER "a,,,m,,none,exact,Xen,1,0,1\n",
	 ":2: origin: 'Xen' is no word for it; did you mean xen?"},
	{HEADER "a,,,m,,none,exact,xen,-1,0,1\n",
	 ":2: seed: '-1' is no whole number from 0 to 2^64 - 1"},
	{HEADER "a,,,m,,none,exact,xen,1,0.5,1\n",
	 ":2: repeat: '0.5' is no whole number from 0 to 2^64 - 1"},
	{HEADER "a,,,m,,none,exact,xen,1,0,fast\n",
	 ":2: value: 'fast' is no number; 12.5, 1e-9, nan, inf or -inf"},
	{HEADER "a,,,,,none,exact,xen,1,0,1\n",
	 ":2: metric: empty; give it a name"},
};

START_TEST(test_broken_samples_are_refused_with_file_and_line)
{
	const char *text = broken_samples[_i].text;
	struct sample sample;
	struct err err = {""};
	char want[700];

	write_file("samples.csv", text, strlen(text));
	struct sample_reader *reader =
		sample_open(in_folder("samples.csv"), &err);

	if (reader) {
		int got;

		do
			got = sample_next(reader, &sample, &err);
		while (got > 0);
		ck_assert_int_eq(got, -1);
		sample_close(reader);
	}
	snprintf(want, sizeof(want), "%s%s", in_folder("samples.csv"),
		 broken_samples[_i].message);
	ck_assert_str_eq(err.text, want);
}
END_TEST

START_TEST(test_a_sample_without_a_metric_aborts)
{
	struct sample sample = plain_sample();

	sample.metric = "";
	sample_write(stdout, &sample);
}
END_TEST

/* --- digest -------------------------------------------------------------- */

/* FIPS 180-4's own examples. */
START_TEST(test_digest_is_sha256)
{
	char text[DIGEST_TEXT_BYTES];
	struct err err;

	digest_bytes(text, "abc", 3);
	ck_assert_str_eq(text, "ba7816bf8f01cfea414140de5dae2223"
			       "b00361a396177a9cb410ff61f20015ad");
	write_file("empty", "", 0);
	ck_assert_int_eq(digest_file(text, in_folder("empty"), &err), 0);
	ck_assert_str_eq(text, "e3b0c44298fc1c149afbf4c8996fb924"
			       "27ae41e4649b934ca495991b7852b855");
	ck_assert_int_eq(digest_file(text, in_folder("absent"), &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "/absent: cannot be read"));
	ck_assert_int_eq(digest_file(text, folder, &err), -1);
}
END_TEST

/* --- record -------------------------------------------------------------- */

START_TEST(test_a_committed_record_is_whole)
{
	static const char *const command[] = {"nodewise", "sim", "a\xff.yaml"};
	static const uint64_t seeds[] = {1, UINT64_MAX};
	struct sample sample = plain_sample();
	struct err err;

	write_file("scenario.yaml", "abc", 3);
	char *input = strdup(in_folder("scenario.yaml"));
	char *dir = strdup(in_folder("demo"));
	struct run_info info = {
		.program = "nodewise",
		.version = "0.1",
		.command = command,
		.command_count = 3,
		.inputs = (const char *const *)&input,
		.input_count = 1,
		.seeds = seeds,
		.seed_count = 2,
		.host = json_pack("{s:i}", "cpus", 2),
		.extra = json_pack("{s:f}", "load", 0.1),
	};
	struct record *record = record_open(dir, &err);

	ck_assert_ptr_nonnull(record);
	ck_assert_str_eq(record_dir(record), dir);
	record_sample(record, &sample);
	FILE *guests = record_file(record, "guests.csv", &err);

	ck_assert_ptr_nonnull(guests);
	fputs("guest\n", guests);
	ck_assert_int_eq(record_run(record, &info, &err), 0);
	/* Until the commit nothing stands under the name. */
	ck_assert_int_eq(access(dir, F_OK), -1);
	ck_assert_int_eq(record_commit(record, &err), 0);

	ck_assert_int_eq(entries_of(dir), 3);
	ck_assert_int_eq(entries_of(folder), 2); /* demo, scenario.yaml */
	ck_assert_str_eq(read_whole("demo/guests.csv"), "guest\n");
	json_t *run = json_load_file(in_folder("demo/run.json"), 0, NULL);

	ck_assert_ptr_nonnull(run);
	json_t *first = json_array_get(json_object_get(run, "inputs"), 0);

	ck_assert_str_eq(json_string_value(json_object_get(first, "path")),
			 input);
	ck_assert_str_eq(json_string_value(json_object_get(first, "sha256")),
			 "ba7816bf8f01cfea414140de5dae2223"
			 "b00361a396177a9cb410ff61f20015ad");
	ck_assert_str_eq(json_string_value(json_array_get(
				 json_object_get(run, "seeds"), 1)),
			 "18446744073709551615");
	ck_assert_str_eq(json_string_value(json_array_get(
				 json_object_get(run, "command"), 2)),
			 "a?.yaml");
	ck_assert_int_eq(json_integer_value(json_object_get(
				 json_object_get(run, "host"), "cpus")),
			 2);
	ck_assert_double_eq(json_real_value(json_object_get(run, "load")),
			    0.1);
	json_decref(run);
	json_decref(info.host);
	json_decref(info.extra);
	free(input);
	free(dir);
}
END_TEST

START_TEST(test_an_aborted_record_leaves_nothing)
{
	struct err err;
	struct record *record = record_open(in_folder("demo"), &err);

	ck_assert_ptr_nonnull(record);
	fputs("x", record_file(record, "nodes.csv", &err));
	ck_assert_int_eq(write_run(record, &err), 0);
	ck_assert_int_eq(entries_of(folder), 1);
	record_abort(record);
	ck_assert_int_eq(entries_of(folder), 0);
	record_abort(NULL);
}
END_TEST

/* A folder, a file, an empty folder, a link to nowhere: all are in the way. */
START_TEST(test_what_exists_is_refused_and_kept)
{
	char want[600];
	struct err err;

	switch (_i) {
	case 0:
		ck_assert_int_eq(mkdir(in_folder("demo"), 0777), 0);
		write_file("demo/samples.csv", "mine", 4);
		break;
	case 1:
		write_file("demo", "mine", 4);
		break;
	case 2:
		ck_assert_int_eq(mkdir(in_folder("demo"), 0777), 0);
		break;
	case 3:
		ck_assert_int_eq(symlink("nowhere", in_folder("demo")), 0);
		break;
	}
	ck_assert_ptr_null(record_open(in_folder("demo/"), &err));
	snprintf(want, sizeof(want),
		 "%s exists; choose another --out or remove it",
		 in_folder("demo"));
	ck_assert_str_eq(err.text, want);
	ck_assert_int_eq(entries_of(folder), 1);
	if (_i == 0)
		ck_assert_str_eq(read_whole("demo/samples.csv"), "mine");
}
END_TEST

/* Somebody makes the folder while the run is on its way. */
START_TEST(test_a_folder_made_meanwhile_is_kept)
{
	struct err err;
	struct record *record = record_open(in_folder("demo"), &err);

	ck_assert_ptr_nonnull(record);
	ck_assert_int_eq(write_run(record, &err), 0);
	ck_assert_int_eq(mkdir(in_folder("demo"), 0777), 0);
	ck_assert_int_eq(record_commit(record, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "/demo exists; choose another"));
	ck_assert_int_eq(entries_of(folder), 1);
	ck_assert_int_eq(entries_of(in_folder("demo")), 0);
}
END_TEST

START_TEST(test_a_place_that_cannot_be_written_is_named)
{
	struct err err;

	ck_assert_ptr_null(record_open(in_folder("no/demo"), &err));
	ck_assert_ptr_nonnull(strstr(err.text, "no/demo cannot be made: there "
					       "is no folder "));
	write_file("file", "", 0);
	ck_assert_ptr_null(record_open(in_folder("file/demo"), &err));
	ck_assert_ptr_nonnull(strstr(err.text, strerror(ENOTDIR)));
	ck_assert_ptr_null(record_open("", &err));
	ck_assert_ptr_nonnull(strstr(err.text, "empty name"));
	ck_assert_int_eq(entries_of(folder), 1);
	if (geteuid() == 0)
		return; /* root may write everywhere */
	ck_assert_int_eq(mkdir(in_folder("locked"), 0555), 0);
	ck_assert_ptr_null(record_open(in_folder("locked/demo"), &err));
	ck_assert_ptr_nonnull(strstr(err.text, strerror(EACCES)));
}
END_TEST

/* A limit on file sizes stands for a full disk. */
START_TEST(test_a_failed_write_fails_the_commit_and_leaves_nothing)
{
	struct rlimit old, small;
	struct err err;
	struct sample sample = plain_sample();
	struct record *record = record_open(in_folder("demo"), &err);

	ck_assert_ptr_nonnull(record);
	ck_assert_int_eq(write_run(record, &err), 0);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small = old;
	small.rlim_cur = 20000;
	setrlimit(RLIMIT_FSIZE, &small);
	for (int i = 0; i < 1000; i++)
		record_sample(record, &sample);
	int rc = record_commit(record, &err);

	setrlimit(RLIMIT_FSIZE, &old);
	ck_assert_int_eq(rc, -1);
	ck_assert_ptr_nonnull(
		strstr(err.text, "demo/samples.csv cannot be written: "));
	ck_assert_int_eq(entries_of(folder), 0);
}
END_TEST

START_TEST(test_an_input_that_vanished_fails_the_run)
{
	const char *input = "/nonexistent/scenario.yaml";
	struct run_info info = {.inputs = &input, .input_count = 1};
	struct err err;
	struct record *record = record_open(in_folder("demo"), &err);

	ck_assert_int_eq(record_run(record, &info, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "scenario.yaml: cannot be "));
	record_abort(record);
	ck_assert_int_eq(entries_of(folder), 0);
}
END_TEST

START_TEST(test_a_commit_without_run_json_aborts)
{
	struct err err;

	record_commit(record_open(in_folder("demo"), &err), &err);
}
END_TEST

START_TEST(test_a_name_given_twice_aborts)
{
	struct err err;
	struct record *record = record_open(in_folder("demo"), &err);

	record_file(record, "samples.csv", &err);
}
END_TEST

START_TEST(test_text_that_is_no_utf8_is_json_all_the_same)
{
	static const char *const text[][2] = {
		{"h\xc3\xb6st", "h\xc3\xb6st"}, {"h\xf6st", "h?st"}, {"", ""},
		{"\xc3", "?"}, {"\xed\xa0\x80", "???"},
	};

	for (size_t i = 0; i < sizeof(text) / sizeof(*text); i++) {
		json_t *json = json_text(text[i][0]);

		ck_assert_str_eq(json_string_value(json), text[i][1]);
		json_decref(json);
	}
}
END_TEST

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof(*(array))))

Suite *suite_make(void)
{
	Suite *suite = suite_create("record");
	TCase *csv = tcase_create("csv"), *tc = tcase_create("record");

	tcase_add_unchecked_fixture(csv, make_root, remove_root);
	tcase_add_checked_fixture(csv, make_folder, NULL);
	tcase_add_test(csv, test_text_that_is_no_utf8_is_json_all_the_same);
	tcase_add_test(csv, test_numbers_read_back_as_they_were);
	tcase_add_test(csv, test_any_text_survives_a_round_trip);
	tcase_add_test(csv, test_other_peoples_csv_is_read);
	tcase_add_loop_test(csv, test_broken_csv_is_refused_with_its_line, 0,
			    COUNT_OF(broken_csv));
	tcase_add_test(csv, test_rows_have_limits);
	tcase_add_test(csv, test_fields_are_whole_numbers_or_none);
	tcase_add_test(csv, test_a_sample_is_one_line_of_words);
	tcase_add_test(csv, test_samples_survive_a_round_trip);
	tcase_add_loop_test(csv,
			    test_broken_samples_are_refused_with_file_and_line,
			    0, COUNT_OF(broken_samples));
	tcase_add_test_raise_signal(csv, test_a_sample_without_a_metric_aborts,
				    SIGABRT);
	suite_add_tcase(suite, csv);

	tcase_add_unchecked_fixture(tc, make_root, remove_root);
	tcase_add_checked_fixture(tc, make_folder, NULL);
	tcase_add_test(tc, test_digest_is_sha256);
	tcase_add_test(tc, test_a_committed_record_is_whole);
	tcase_add_test(tc, test_an_aborted_record_leaves_nothing);
	tcase_add_loop_test(tc, test_what_exists_is_refused_and_kept, 0, 4);
	tcase_add_test(tc, test_a_folder_made_meanwhile_is_kept);
	tcase_add_test(tc, test_a_place_that_cannot_be_written_is_named);
	tcase_add_test(
		tc, test_a_failed_write_fails_the_commit_and_leaves_nothing);
	tcase_add_test(tc, test_an_input_that_vanished_fails_the_run);
	tcase_add_test_raise_signal(tc, test_a_commit_without_run_json_aborts,
				    SIGABRT);
	tcase_add_test_raise_signal(tc, test_a_name_given_twice_aborts,
				    SIGABRT);
	suite_add_tcase(suite, tc);
	return suite;
}
