/* check_yaml.c - every way a YAML file can be wrong, and the line it gets. */
#include "run/yaml.h"
#include "run/yaml_tree.h"
#include "test/test.h"

#include <cyaml/cyaml.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct disk {
	char *name;
	double rate;
};

struct machine {
	uint32_t cpus;
	int32_t offset;
	double speed;
	char *name;
	bool on;
	int mode;
	unsigned int flags;
	struct disk boot;
	struct disk *disks;
	uint32_t disks_count;
	uint64_t *sizes;
	uint32_t sizes_count;
	uint8_t pair[2];
};

static const cyaml_strval_t modes[] = {{"slow", 1}, {"fast", 2}};
static const cyaml_strval_t flags[] = {{"a", 1}, {"b", 2}};

static const cyaml_schema_field_t disk_fields[] = {
	CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct disk, name,
			       1, 8),
	CYAML_FIELD_FLOAT("rate", CYAML_FLAG_OPTIONAL, struct disk, rate),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t disk_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct disk, disk_fields),
};
static const cyaml_schema_value_t size_value = {
	CYAML_VALUE_UINT(CYAML_FLAG_DEFAULT, uint64_t),
};
static const cyaml_schema_value_t pair_value = {
	CYAML_VALUE_UINT(CYAML_FLAG_DEFAULT, uint8_t),
};

static const cyaml_schema_field_t machine_fields[] = {
	CYAML_FIELD_UINT("cpus", CYAML_FLAG_DEFAULT, struct machine, cpus),
	CYAML_FIELD_INT("offset", CYAML_FLAG_OPTIONAL, struct machine, offset),
	CYAML_FIELD_FLOAT("speed", CYAML_FLAG_OPTIONAL, struct machine, speed),
	CYAML_FIELD_STRING_PTR("name",
			       CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
			       struct machine, name, 1, CYAML_UNLIMITED),
	CYAML_FIELD_BOOL("on", CYAML_FLAG_OPTIONAL, struct machine, on),
	CYAML_FIELD_ENUM("mode", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT,
			 struct machine, mode, modes, 2),
	CYAML_FIELD_FLAGS("flags", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT,
			  struct machine, flags, flags, 2),
	CYAML_FIELD_MAPPING("boot", CYAML_FLAG_OPTIONAL, struct machine, boot,
			    disk_fields),
	CYAML_FIELD_SEQUENCE("disks", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
			     struct machine, disks, &disk_value, 1, 3),
	CYAML_FIELD_SEQUENCE("sizes", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
			     struct machine, sizes, &size_value, 0,
			     CYAML_UNLIMITED),
	CYAML_FIELD_SEQUENCE_FIXED("pair", CYAML_FLAG_OPTIONAL, struct machine,
				   pair, &pair_value, 2),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t machine_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct machine,
			    machine_fields),
};

static struct yaml_doc *parse(const char *text, struct machine **machine,
			      struct err *err)
{
	return yaml_parse("m.yaml", text, strlen(text), &machine_schema,
			  (void **)machine, err);
}

/* What is written, and the whole line that comes back. */
static const struct {
	const char *text, *line;
} bad[] = {
	{"cpus: 3\nspede: 4\n",
	 "m.yaml:2: spede: unknown key; did you mean speed?"},
	{"cpus: 3\nboot: {name: x, qqqqqq: 4}\n",
	 "m.yaml:2: boot.qqqqqq: unknown key; one of name, rate"},
	{"speed: 3\n", "m.yaml:1: key 'cpus' is missing; it is required here"},
	{"cpus: 1\ndisks:\n  - name: a\n  - rate: 2\n",
	 "m.yaml:4: disks[1]: key 'name' is missing; it is required here"},
	{"cpus: 3\n\ncpus: 4\n",
	 "m.yaml:3: cpus: given twice, first on line 1; once"},
	{"cpus: four\n",
	 "m.yaml:1: cpus: 'four' is no whole number; 0 to 4294967295"},
	{"cpus: 1e3\n",
	 "m.yaml:1: cpus: '1e3' is no whole number; 0 to 4294967295"},
	{"cpus: 3.0\n",
	 "m.yaml:1: cpus: '3.0' is no whole number; 0 to 4294967295"},
	{"cpus: 010\n",
	 "m.yaml:1: cpus: '010' is no whole number; 0 to 4294967295"},
	{"cpus: \"3\"\n",
	 "m.yaml:1: cpus: '3' is no whole number; 0 to 4294967295"},
	{"cpus:\n", "m.yaml:1: cpus: '' is no whole number; 0 to 4294967295"},
	{"cpus: -1\n", "m.yaml:1: cpus: -1 is too small; 0 to 4294967295"},
	{"cpus: 4294967296\n",
	 "m.yaml:1: cpus: 4294967296 is too large; 0 to 4294967295"},
	{"cpus: 99999999999999999999999\n",
	 "m.yaml:1: cpus: 99999999999999999999999 is too large; 0 to "
	 "4294967295"},
	{"cpus: [1]\n", "m.yaml:1: cpus: is a list; wants a single value"},
	{"cpus: 1\noffset: -2147483649\n",
	 "m.yaml:2: offset: -2147483649 is too small; -2147483648 to "
	 "2147483647"},
	{"cpus: 1\nspeed: 3.5x\n",
	 "m.yaml:2: speed: '3.5x' is no number; as in 2, 0.5 or 1e6"},
	{"cpus: 1\nspeed: nan\n",
	 "m.yaml:2: speed: 'nan' is no number; as in 2, 0.5 or 1e6"},
	{"cpus: 1\nspeed: 1e400\n",
	 "m.yaml:2: speed: 1e400 is too large; up to 1.7e308"},
	{"cpus: 1\non: maybe\n",
	 "m.yaml:2: on: 'maybe' is no truth value; true or false"},
	{"cpus: 1\nmode: fats\n",
	 "m.yaml:2: mode: 'fats' is not known; did you mean fast?"},
	{"cpus: 1\nname: \"\"\n",
	 "m.yaml:2: name: is empty; at least 1 character"},
	{"cpus: 1\nboot: {name: 123456789}\n",
	 "m.yaml:2: boot.name: is too long; at most 8 characters"},
	{"cpus: 1\nboot: yes\n",
	 "m.yaml:2: boot: is a single value, wants keys; one of name, rate"},
	{"cpus: 1\ndisks: 3\n",
	 "m.yaml:2: disks: is a single value; wants a list, as in [a, b]"},
	{"cpus: 1\ndisks: []\n",
	 "m.yaml:2: disks: 0 entries are too few; at least 1"},
	{"cpus: 1\ndisks:\n- name: a\n- name: b\n- name: c\n- name: d\n",
	 "m.yaml:2: disks: 4 entries are too many; at most 3"},
	{"cpus: 1\nsizes:\n- 4\n- -3\n",
	 "m.yaml:4: sizes[1]: -3 is too small; 0 to 18446744073709551615"},
	{"cpus: 1\npair: [1]\n",
	 "m.yaml:2: pair: 1 entries are too few; at least 2"},
	{"cpus: 1\nflags: [c]\n",
	 "m.yaml:2: Unknown flag: c; see workloads/README.md"},
	{"cpus: &a 1\noffset: *a\n",
	 "m.yaml:2: an alias (*a); write the value again"},
	{"cpus: 1\n---\ncpus: 2\n",
	 "m.yaml:2: a second document; one per file"},
	{"cpus: 1\n\tname: x\n",
	 "m.yaml:2: not YAML: found a tab character that violates "
	 "indentation while scanning a plain scalar; 'key: value' lines, "
	 "indented by spaces"},
	{"cpus: [1\n",
	 "m.yaml:2: not YAML: did not find expected ',' or ']' while parsing "
	 "a flow sequence; 'key: value' lines, indented by spaces"},
	{"[a]: 1\n", "m.yaml:1: a list or mapping as a key; a name"},
	{"", "m.yaml:1: the file is empty; 'key: value' lines"},
	{"# nothing\n", "m.yaml:1: the file is empty; 'key: value' lines"},
	{"three\n", "m.yaml:1: is a single value, wants keys; one of cpus, "
	 "offset, speed, name, on, mode, flags, boot, disks, sizes, pair"},
};

START_TEST(test_bad_input_gives_its_line)
{
	struct machine *machine;
	struct err err = {""};

	ck_assert_ptr_null(parse(bad[_i].text, &machine, &err));
	ck_assert_str_eq(err.text, bad[_i].line);
}
END_TEST

static const char good[] = "# a comment\n"
			   "cpus: 4294967295\n"
			   "offset: -7\n"
			   "speed: -2.5e1\n"
			   "name: 'it is'\n"
			   "on: true\n"
			   "mode: fast\n"
			   "flags: [a, b]\n"
			   "disks:\n"
			   "  - name: a\n"
			   "    rate: 3\n"
			   "  - {name: b}\n"
			   "sizes: [18446744073709551615, 0]\n"
			   "pair: [1, 255]\n";

START_TEST(test_good_input_fills_the_structs)
{
	struct machine *m;
	struct err err;
	struct yaml_doc *doc = parse(good, &m, &err);

	ck_assert_msg(doc != NULL, "%s", err.text);
	ck_assert_uint_eq(m->cpus, UINT32_MAX);
	ck_assert_int_eq(m->offset, -7);
	ck_assert_double_eq(m->speed, -25.0);
	ck_assert_str_eq(m->name, "it is");
	ck_assert(m->on);
	ck_assert_int_eq(m->mode, 2);
	ck_assert_uint_eq(m->flags, 3);
	ck_assert_uint_eq(m->disks_count, 2);
	ck_assert_str_eq(m->disks[1].name, "b");
	ck_assert_uint_eq(m->sizes[0], UINT64_MAX);
	ck_assert_uint_eq(m->pair[1], 255);
	yaml_close(doc);
}
END_TEST

START_TEST(test_nodes_know_their_lines)
{
	struct machine *m;
	struct err err;
	struct yaml_doc *doc = parse(good, &m, &err);
	const struct yaml_node *root = yaml_root(doc);
	const struct yaml_node *disks = yaml_key(root, "disks");

	ck_assert_uint_eq(yaml_line(yaml_key(root, "cpus")), 2);
	ck_assert_uint_eq(yaml_line(disks), 9);
	ck_assert_uint_eq(yaml_count(disks), 2);
	ck_assert_uint_eq(yaml_line(yaml_key(yaml_item(disks, 0), "rate")), 11);
	ck_assert_uint_eq(yaml_line(yaml_item(disks, 1)), 12);
	ck_assert_str_eq(yaml_text(yaml_key(root, "name")), "it is");
	ck_assert(yaml_has(root, "sizes") && !yaml_has(root, "boot"));
	ck_assert_ptr_null(yaml_key(yaml_item(disks, 2), "rate"));
	ck_assert_uint_eq(yaml_line(NULL), 0);
	ck_assert_str_eq(yaml_path(doc), "m.yaml");
	yaml_close(doc);
}
END_TEST

START_TEST(test_checks_of_meaning_name_the_line)
{
	static const char *const choice[] = {"name", "boot", NULL};
	static const char *const other[] = {"offset", "name", NULL};
	struct machine *m;
	struct err err = {""};
	struct yaml_doc *doc = parse(good, &m, &err);
	const struct yaml_node *root = yaml_root(doc);
	const struct yaml_node *disk = yaml_item(yaml_key(root, "disks"), 0);

	ck_assert_int_eq(yaml_check_float(doc, disk, "rate", 0, 3, &err), 0);
	ck_assert_int_eq(yaml_check_float(doc, disk, "rate", 4, 5, &err), -1);
	ck_assert_str_eq(err.text,
			 "m.yaml:11: disks[0].rate: 3 is too small; 4 to 5");
	ck_assert_int_eq(yaml_check_uint(doc, root, "cpus", 1, 64, &err), -1);
	ck_assert_str_eq(err.text,
			 "m.yaml:2: cpus: 4294967295 is too large; 1 to 64");
	ck_assert_int_eq(yaml_check_uint(doc, root, "boot", 1, 64, &err), 0);
	ck_assert_int_eq(yaml_check_one_of(doc, root, choice, &err), 0);
	ck_assert_int_eq(yaml_check_one_of(doc, root, other, &err), -1);
	ck_assert_str_eq(err.text, "m.yaml:5: name: stands beside 'offset'; "
			 "one of the two");
	ck_assert_int_eq(yaml_check_one_of(doc, disk, other + 2, &err), -1);
	ck_assert_int_eq(yaml_fail(doc, NULL, &err, "bad"), -1);
	ck_assert_str_eq(err.text, "m.yaml:1: bad");
	yaml_close(doc);
}
END_TEST

START_TEST(test_missing_file_is_named)
{
	struct machine *m;
	struct err err = {""};

	ck_assert_ptr_null(yaml_open("no/such.yaml", &machine_schema,
				     (void **)&m, &err));
	ck_assert_str_eq(err.text, "no/such.yaml: cannot be read: No such file "
			 "or directory");
	ck_assert_ptr_null(yaml_open("sim", &machine_schema, (void **)&m,
				     &err));
	ck_assert_str_eq(err.text, "sim: cannot be read: Is a directory");
}
END_TEST

START_TEST(test_file_reads_as_its_text_does)
{
	char path[] = "/tmp/check_yaml_XXXXXX";
	int fd = mkstemp(path);
	struct machine *m;
	struct err err;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, good, strlen(good)), (int)strlen(good));
	close(fd);

	struct yaml_doc *doc = yaml_open(path, &machine_schema, (void **)&m,
					 &err);

	unlink(path);
	ck_assert_ptr_nonnull(doc);
	ck_assert_uint_eq(m->disks_count, 2);
	yaml_close(doc);
}
END_TEST

START_TEST(test_deep_nesting_is_refused)
{
	char text[2 * YAML_DEPTH_MAX + 16] = "cpus: ";
	struct machine *m;
	struct err err;

	memset(text + 6, '[', YAML_DEPTH_MAX + 1);
	ck_assert_ptr_null(parse(text, &m, &err));
	ck_assert_str_eq(err.text, "m.yaml:1: nested deeper than 32 levels");
}
END_TEST

START_TEST(test_bytes_that_are_no_text_have_a_line)
{
	static const char *const text[] = {"a: 1\nb: \xc3\x28\n", "a: 1\n\1\n",
					   "a: 1\nb: \xff\n"};
	struct machine *m;
	struct err err;

	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		ck_assert_ptr_null(parse(text[i], &m, &err));
		ck_assert_int_eq(strncmp(err.text, "m.yaml:2: not YAML", 18),
				 0);
	}
}
END_TEST

/* Time goes with the square of the keys: no schema has as many. */
START_TEST(test_many_keys_are_refused)
{
	char text[8 * (YAML_KEYS_MAX + 2)] = "";
	struct machine *m;
	struct err err;
	size_t used = 0;

	for (uint32_t i = 0; i <= YAML_KEYS_MAX; i++)
		used += (size_t)sprintf(text + used, "k%u: 1\n", i);
	ck_assert_ptr_null(parse(text, &m, &err));
	ck_assert_str_eq(err.text, "m.yaml:257: more than 256 keys in a "
			 "mapping");
}
END_TEST

START_TEST(test_a_large_file_is_refused)
{
	char path[] = "/tmp/check_yaml_XXXXXX";
	int fd = mkstemp(path);
	struct machine *m;
	struct err err;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, INT64_C(1) << 40), 0);
	close(fd);
	ck_assert_ptr_null(yaml_open(path, &machine_schema, (void **)&m,
				     &err));
	unlink(path);
	ck_assert_ptr_nonnull(strstr(err.text, ": larger than 4 MiB"));
}
END_TEST

/* A value of a megabyte is quoted at both its ends. */
START_TEST(test_a_long_value_leaves_what_would_be_right)
{
	enum { BYTES = 1 << 20 };
	char *text = malloc(BYTES + 64);
	struct machine *m;
	struct err err;

	ck_assert_ptr_nonnull(text);
	memcpy(text, "cpus: ", 6);
	memset(text + 6, 'x', BYTES);
	strcpy(text + 6 + BYTES, "\n");
	ck_assert_ptr_null(parse(text, &m, &err));
	free(text);
	ck_assert_ptr_nonnull(strstr(err.text, "m.yaml:1: cpus: 'xxx"));
	ck_assert_ptr_nonnull(strstr(err.text, "x' is no whole number; 0 to"));
}
END_TEST

/* Any cut of a good file reads or gives one line; under asan, no more. */
START_TEST(test_any_cut_is_read_or_named)
{
	for (size_t length = 0; length < sizeof(good); length++) {
		struct machine *m;
		struct err err = {""};
		struct yaml_doc *doc = yaml_parse("cut", good, length,
						  &machine_schema,
						  (void **)&m, &err);

		ck_assert_msg(doc || strncmp(err.text, "cut:", 4) == 0,
			      "%s", err.text);
		yaml_close(doc);
	}
}
END_TEST

static void collect(void *arg, const char *path, bool required)
{
	char *text = arg;
	size_t used = strlen(text);

	snprintf(text + used, 512 - used, "%s%s ", path, required ? "!" : "");
}

START_TEST(test_schema_keys_are_listed)
{
	char text[512] = "";

	yaml_schema_keys(&machine_schema, collect, text);
	ck_assert_str_eq(text, "cpus! offset speed name on mode flags boot "
			 "boot.name! boot.rate disks disks[].name! "
			 "disks[].rate sizes pair ");
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("yaml");
	TCase *tc = tcase_create("yaml");

	tcase_add_loop_test(tc, test_bad_input_gives_its_line, 0,
			    sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tc, test_good_input_fills_the_structs);
	tcase_add_test(tc, test_nodes_know_their_lines);
	tcase_add_test(tc, test_checks_of_meaning_name_the_line);
	tcase_add_test(tc, test_missing_file_is_named);
	tcase_add_test(tc, test_file_reads_as_its_text_does);
	tcase_add_test(tc, test_deep_nesting_is_refused);
	tcase_add_test(tc, test_bytes_that_are_no_text_have_a_line);
	tcase_add_test(tc, test_many_keys_are_refused);
	tcase_add_test(tc, test_a_large_file_is_refused);
	tcase_add_test(tc, test_a_long_value_leaves_what_would_be_right);
	tcase_add_test(tc, test_any_cut_is_read_or_named);
	tcase_add_test(tc, test_schema_keys_are_listed);
	suite_add_tcase(suite, tc);
	return suite;
}
