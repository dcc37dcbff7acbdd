/*
 * check_hostile.c - the program, given files that someone wrote to break it:
 *                   one line that names the file, exit status 2, nothing
 *                   written, within CPU_MAX_S, WALL_MAX_S on a machine that
 *                   has other work too, and MEMORY_MAX_BYTES.
 *
 * $NODEWISE names the release program (sim/test/run.sh sets it); default
 * build/nodewise. What a fuzz target finds (sim/test/fuzz/) is a test of its
 * reader; here is what only shows from outside: time, memory, status, words.
 */
#include "test/test.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

enum {
	CPU_MAX_S = 10,
	WALL_MAX_S = 60,
	OUTPUT_MAX = 1 << 14,
	ARGUMENTS_MAX = 16,
};

#define MEMORY_MAX_BYTES (INT64_C(2) << 30)

static char folder[64];
static char said[OUTPUT_MAX]; /* on stderr */

static void setup(void)
{
	strcpy(folder, "/tmp/nodewise-hostile-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

/* --- files ------------------------------------------------------------------------ */

/* head, then unit so many times, then tail. '\1' stands for a zero byte. */
struct content {
	const char *head, *unit;
	uint32_t count;
	const char *tail;
};

static const char *path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void put_text(FILE *file, const char *text)
{
	for (; text && *text; text++)
		putc(*text == 1 ? 0 : *text, file);
}

static void put(const char *name, const struct content *content)
{
	FILE *file = fopen(path_of(name), "w");
	size_t unit = content->unit ? strlen(content->unit) : 0;

	ck_assert_ptr_nonnull(file);
	put_text(file, content->head);
	for (uint32_t i = 0; i < content->count; i++)
		if (unit == 1)
			putc_unlocked(content->unit[0], file);
		else
			put_text(file, content->unit);
	put_text(file, content->tail);
	ck_assert_int_eq(fclose(file), 0);
}

static void put_string(const char *name, const char *text)
{
	put(name, &(struct content){.head = text});
}

/* --- runs -------------------------------------------------------------------------- */

static const char *program(void)
{
	const char *name = getenv("NODEWISE");

	return name ? name : "build/nodewise";
}

static _Noreturn void child(char **argv, int to)
{
	const struct rlimit memory = {MEMORY_MAX_BYTES, MEMORY_MAX_BYTES};
	const struct rlimit cpu = {CPU_MAX_S, CPU_MAX_S};
	int nowhere = open("/dev/null", O_RDWR);

	setrlimit(RLIMIT_AS, &memory);
	setrlimit(RLIMIT_CPU, &cpu);
	dup2(nowhere, STDIN_FILENO);
	dup2(nowhere, STDOUT_FILENO);
	dup2(to, STDERR_FILENO);
	execv(argv[0], argv);
	_exit(127);
}

static void split(char *text, char *argv[ARGUMENTS_MAX])
{
	int argc = 1;

	argv[0] = (char *)program();
	for (char *word = strtok(text, " "); word; word = strtok(NULL, " ")) {
		ck_assert_int_lt(argc, ARGUMENTS_MAX - 1);
		/* '~' is a blank within an argument */
		for (char *c = word; *c; c++)
			*c = *c == '~' ? ' ' : *c;
		argv[argc++] = word;
	}
	argv[argc] = NULL;
}

/*
 * Runs "nodewise WORDS", '@' in them being the test's folder. The exit status,
 * or minus the signal; what came on stderr is in said.
 */
static int run(const char *words)
{
	char text[1024] = "", *argv[ARGUMENTS_MAX];
	size_t used = 0, got;
	struct timespec start, end;
	int pipes[2], status;

	for (; *words; words++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 *words == '@' ? "%s" : "%.1s",
					 *words == '@' ? folder : words);
	split(text, argv);
	ck_assert_int_eq(pipe(pipes), 0);
	clock_gettime(CLOCK_MONOTONIC, &start);

	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		child(argv, pipes[1]);
	close(pipes[1]);
	FILE *in = fdopen(pipes[0], "r");

	got = fread(said, 1, sizeof(said) - 1, in);
	said[got] = '\0';
	fclose(in);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	clock_gettime(CLOCK_MONOTONIC, &end);
	ck_assert_int_le(end.tv_sec - start.tv_sec, WALL_MAX_S);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* Status 2, one line that names the file and has these words; nothing made. */
static void ck_refused(const char *words, const char *file, const char *about)
{
	int status = run(words);
	const char *end = strchr(said, '\n');

	ck_assert_msg(status == 2, "status %d: %s", status, said);
	ck_assert_msg(strncmp(said, "nodewise: ", 10) == 0, "%s", said);
	ck_assert_msg(end && !end[1], "not one line: %s", said);
	ck_assert_msg(!file || strstr(said, file), "no %s: %s", file, said);
	ck_assert_msg(!about || strstr(said, about), "no '%s': %s", about,
		      said);
	for (const char *c = said; c < end; c++)
		ck_assert_int_ge((unsigned char)*c, ' ');
	ck_assert_int_ne(access(path_of("out"), F_OK), 0);
}

/* --- scenarios, and what they name -------------------------------------------------- */

#define TOP \
	"name: s\nhost: \"pack:2 [numa(memory=4GB)] core:2 pu:1\"\n" \
	"duration_s: 0.1\nheuristics: [libxl]\n"
#define CLASS "guests:\n- {name: g, config: x.cfg, workload: w.yaml"
#define GOOD_CFG "name='x'\nmemory=256\nvcpus=1\n"
#define WORK(value) \
	"name: w\noperations: [{name: o, compute_ns: " value "}]\n" \
	"phases: [{name: p, steps: [{run: o, ops: {dist: constant, " \
	"value: 1}}]}]\n"
#define GOOD_WORKLOAD WORK("1000")

struct hostile {
	const char *file; /* which is not as it should be */
	struct content content;
	const char *said;
};

static const struct hostile scenarios[] = {
	{"s.yaml", {.head = ""}, "empty"},
	{"s.yaml", {.head = "\x7f" "ELF\2\1\1\1\1"}, ":1: "},
	{"s.yaml", {.head = TOP "\1"}, ":5: "},
	{"s.yaml", {.head = "name: \xc3\x28\n"}, ":1: not YAML"},
	{"s.yaml", {.head = TOP "\"a\\nb\\e[31m\": 1\n"},
	 ":5: a?b?[31m: unknown key"},
	{"s.yaml", {.head = "a: &a [x, x, x]\nb: &b [*a, *a, *a]\n"},
	 ":2: an alias (*a); write the value again"},
	{"s.yaml", {"name: ", "[", 100000, "\n"}, "nested deeper"},
	{"s.yaml", {"name: ", "{a: ", 100000, "\n"}, "nested deeper"},
	{"s.yaml", {"", "- ", 100000, "\n"}, "nested deeper"},
	{"s.yaml", {"", "? ", 100000, "\n"}, ":1: "},
	{"s.yaml", {"name: \"", "x", 8 << 20, "\"\n"}, "larger than 4 MiB"},
	{"s.yaml", {"name: \"", "x", 2 << 20, "\"\n"}, ":1: name: is too long"},
	{"s.yaml", {"", "x", 2 << 20, ": 1\n"}, ":1: "},
	{"s.yaml", {"", "x", 1000, ": 1\n"}, ": unknown key; one of name, "},
	{"s.yaml", {"name: s\nduration_s: ", "9", 1 << 20, "\n"},
	 ":2: duration_s: 999"},
	{"s.yaml", {TOP "guests: [", "{}, ", 500000, "]\n"}, "too many"},
	{"s.yaml", {"heuristics: [", "x, ", 500000, "]\n"}, ":1: heuristics: "},
	{"s.yaml", {.head = TOP CLASS ", count: 4000000000}\n"}, "1 to 1000000"},
	{"s.yaml", {.head = TOP CLASS ", count: -1}\n"}, "count: -1"},
	{"s.yaml", {.head = TOP CLASS ", count: 1e9}\n"}, "no whole number"},
	{"s.yaml", {.head = TOP CLASS ", arrival: {at_s: .nan}}\n"}, "no number"},
	{"s.yaml", {.head = TOP CLASS ", arrival: {at_s: nan}}\n"}, "no number"},
	{"s.yaml", {.head = TOP CLASS ", arrival: {at_s: -1}}\n"}, "at_s: -1"},
	{"s.yaml", {.head = TOP CLASS ", arrival: {at_s: 1e999}}\n"},
	 "too large"},
	{"s.yaml", {TOP CLASS ", count: 1000000}\n",
		    "- {name: h, config: x.cfg, workload: w.yaml, "
		    "count: 1000000}\n", 1, ""}, "at most 1000000"},
	{"s.yaml", {.head = TOP CLASS ", forced_nodes: [4294967295]}\n"},
	 "no node 4294967295"},
	{"s.yaml", {.head = TOP "seeds: {first: 18446744073709551616}\n"
			    CLASS "}\n"},
	 "too large"},
	{"s.yaml", {.head = TOP "dom0: {memory_mib: 18446744073709551615}\n"
			    CLASS "}\n"},
	 "too large"},
	{"s.yaml", {.head = "name: s\nhost: \"pack:100000 core:1000 pu:2\"\n"
			    "duration_s: 1\nheuristics: [libxl]\n" CLASS "}\n"},
	 ":2: host: topology \"pack:100000 core:1000 pu:2\": more than 4096"},
	{"s.yaml", {.head = TOP CLASS ", arrival: {trace: ../../../..}}\n"},
	 "no file"},
	{"s.yaml", {.head = TOP CLASS ", arrival: {trace: /dev/zero}}\n"},
	 "no file"},

	{"x.cfg", {.head = ""}, "name: is missing"},
	{"x.cfg", {.head = "name='x'\1\n"}, "zero byte"},
	{"x.cfg", {.head = "name='x'\nvcpus=1000000000\n"}, ":2: vcpus: "},
	{"x.cfg", {.head = "name='x'\nvcpus=-1\n"}, ":2: "},
	{"x.cfg", {.head = "name='x'\nvcpus='nan'\n"}, ":2: vcpus: "},
	{"x.cfg", {"name='x'\nmemory=1", "0", 30, "\n"}, ":2: memory: "},
	{"x.cfg", {"name='x'\nvnuma=", "[", 100000, "\n"}, "x.cfg:"},
	{"x.cfg", {"name='x'\ndisk=[", "'a',", 200000, "]\nvcpus=0\n"},
	 ":3: vcpus: "},
	{"x.cfg", {"name='x'\n", "a=1;", 200000, "\n"},
	 ":2: more than 1024 settings"},
	{"x.cfg", {"name='x'\n", "a+=['b']\n", 90000, "\n"},
	 "more than 1024 settings"},
	{"x.cfg", {"name='", "x", 2 << 20, "'\n"}, "larger than"},
	{"x.cfg", {"name='", "x", 500000, "\n"}, "x.cfg:"},
	{"x.cfg", {"type='", "\xff", 500000, "'\nname='x'\n"},
	 "' is not known; one of pv, pvh, hvm"},
	{"x.cfg", {GOOD_CFG "cpus='", "0-1,", 100000, "x'\n"}, ":4: cpus: "},
	{"x.cfg", {GOOD_CFG "cpus='0-", "9", 30, "'\n"}, ":4: cpus: "},
	{"x.cfg", {GOOD_CFG "vnuma=[", "['pnode=0','size=1','vcpus=0'],", 33,
		   "]\n"}, ":4: vnuma: "},
	{"x.cfg", {.head = GOOD_CFG "vnuma=[['pnode=0','size=-5','vcpus=0']]\n"},
	 ":4: vnuma: "},
	{"x.cfg", {.head = GOOD_CFG "vnuma=[['pnode=0','size=5',"
			   "'vcpus=0-4294967295']]\n"}, ":4: vnuma: "},

	{"w.yaml", {.head = ""}, "empty"},
	{"w.yaml", {.head = WORK(".inf")}, ":2: operations[0].compute_ns: "},
	{"w.yaml", {.head = WORK("-1e300")}, ":2: operations[0].compute_ns: "},
	{"w.yaml", {.head = WORK("1e300")}, ":2: operations[0].compute_ns: "},
	{"w.yaml", {"name: w\nphases: [", "{}, ", 300000, "]\n"}, "w.yaml:2: "},
};

START_TEST(test_sim_refuses)
{
	const struct hostile *h = &scenarios[_i];

	put_string("s.yaml", TOP CLASS "}\n");
	put_string("x.cfg", GOOD_CFG);
	put_string("w.yaml", GOOD_WORKLOAD);
	put(h->file, &h->content);
	ck_refused("sim @/s.yaml --out @/out", h->file, h->said);
}
END_TEST

static const struct hostile traces[] = {
	{"t.csv", {.head = ""}, ":1: is empty"},
	{"t.csv", {.head = "arrival_s\nnan\n"}, ":2: arrival_s: 'nan'"},
	{"t.csv", {.head = "arrival_s\n-1\n"}, ":2: arrival_s: '-1'"},
	{"t.csv", {.head = "arrival_s\n1e30\n"}, ":2: arrival_s: '1e30'"},
	{"t.csv", {.head = "arrival_s\n1\1\n"}, ":2: a zero byte"},
	{"t.csv", {.head = "arrival_s,vcpus\n1,1000000000\n"}, ":2: vcpus: "},
	{"t.csv", {.head = "arrival_s,memory_mib\n1,18446744073709551616\n"},
	 ":2: memory_mib: "},
	{"t.csv", {"arrival_s\n", "1", 2 << 20, "\n"}, ":2: a row of more than"},
	{"t.csv", {"arrival_s\n\"", "1", 2 << 20, "\n"}, ":2: a row of more"},
	{"t.csv", {"arrival_s\n", ",", 2 << 20, "\n"}, ":2: more than 256"},
	{"t.csv", {"arrival_s", ",x", 100000, "\n"}, ":1: more than 256"},
	{"t.csv", {"", "arrival_s\xff", 1, "\n1\n"}, ":1: unknown column"},
	{"t.csv", {"arrival_s\n", "1\n", 1000001, ""}, "more than 1000000"},
	{"t.csv", {"arrival_s,workload\n1,", "../", 100000, "x.yaml\n"},
	 ":2: workload: "},
};

START_TEST(test_sim_refuses_a_trace)
{
	put_string("s.yaml", TOP CLASS ", arrival: {trace: t.csv}}\n");
	put_string("x.cfg", GOOD_CFG);
	put_string("w.yaml", GOOD_WORKLOAD);
	put(traces[_i].file, &traces[_i].content);
	ck_refused("sim @/s.yaml --out @/out", "t.csv", traces[_i].said);
}
END_TEST

/* The good one of these is good, so that the others are refused for cause. */
START_TEST(test_sim_takes_the_good_one)
{
	put_string("s.yaml", TOP CLASS "}\n");
	put_string("x.cfg", GOOD_CFG);
	put_string("w.yaml", GOOD_WORKLOAD);
	ck_assert_msg(run("sim @/s.yaml --out @/out") == 0, "%s", said);
	ck_assert_int_eq(access(path_of("out/run.json"), F_OK), 0);
}
END_TEST

/* A guest larger than any host is an answer, in time and memory all the same. */
START_TEST(test_sim_answers_a_giant)
{
	put_string("s.yaml", "name: s\nduration_s: 2\nheuristics: [libxl]\n"
			     "host: \"pack:2 [numa(memory=4GB)] core:2 pu:1\"\n"
			     CLASS "}\n");
	put_string("x.cfg", "name='x'\ntype='pvh'\nmemory=67108864\n"
			    "vcpus=512\n");
	put_string("w.yaml", GOOD_WORKLOAD);
	ck_assert_msg(run("sim @/s.yaml --out @/out") == 1, "%s", said);
	ck_assert_int_eq(access(path_of("out/run.json"), F_OK), 0);
}
END_TEST

/* --- hosts ---------------------------------------------------------------------------- */

#define HOST "summary: s\ntopology: \"pack:2 [numa(memory=4GB)] core:2 pu:1\"\n"

static const struct hostile hosts[] = {
	{"h.yaml", {.head = ""}, "empty"},
	{"h.yaml", {.head = HOST "distances: {matrix: [[10, 20], [20, 10]]}\n"},
	 ":3: distances.matrix[0]: is a list"},
	{"h.yaml", {.head = HOST "distances: {matrix: [10, 20, 20]}\n"},
	 ":3: distances.matrix"},
	{"h.yaml", {.head = HOST "distances: {matrix: [10, 20, 30, 20, 10, 30]}\n"},
	 ":3: distances.matrix"},
	{"h.yaml", {.head = HOST "distances: {matrix: [10, -20, 20, 10]}\n"},
	 ":3: distances.matrix[1]: "},
	{"h.yaml", {.head = HOST "distances: {matrix: [9, 20, 20, 10]}\n"},
	 ":3: distances.matrix[0]: "},
	{"h.yaml", {.head = HOST "distances: {matrix: [10, 4294967306, 20, 10]}\n"},
	 ":3: distances.matrix[1]: "},
	{"h.yaml", {.head = HOST "distances: {matrix: [10, nan, 20, 10]}\n"},
	 ":3: distances.matrix[1]: "},
	{"h.yaml", {HOST "distances: {matrix: [", "10, ", 50000, "]}\n"},
	 ":3: distances.matrix: "},
	{"h.yaml", {.head = HOST "latency_ns: {values: [nan, 1, 1, 1]}\n"},
	 ":3: latency_ns.values[0]: "},
	{"h.yaml", {.head = HOST "latency_ns: {values: [1e308, 1, 1, 1]}\n"},
	 ":3: latency_ns.values[0]: "},
	{"h.yaml", {.head = HOST "memory: {mib: [4000000000000000, 1]}\n"},
	 ":3: memory.mib[0]: "},
	{"h.yaml", {.head = HOST "memory: {mib: [0, 0]}\n"}, ":3: memory: "},
	{"h.yaml", {"summary: s\ntopology: \"", "pack:1 ", 2000, "pu:2\"\n"},
	 ":2: topology: "},
	{"h.yaml", {.head = "summary: s\ntopology: "
			    "\"pack:2 pu:2(indexes=4294967295,1,2,3)\"\n"},
	 ":2: topology: "},
	{"h.xml", {.head = ""}, "h.xml: "},
	{"h.xml", {.head = "\1\1\1\1"}, "h.xml: "},
	{"h.xml", {"", "<a>", 100000, "\n"}, "h.xml: "},
	{"h.xml", {"<topology version=\"2.0\">",
		   "<object type=\"Group\" cpuset=\"0x1\" nodeset=\"0x1\" "
		   "complete_cpuset=\"0x1\" complete_nodeset=\"0x1\">", 100000,
		   ""}, "h.xml: "},
	{"h.xml", {.head = "<topology version=\"2.0\"><object type=\"Machine\" "
			   "os_index=\"4000000000\" cpuset=\"0xf...f\" "
			   "complete_cpuset=\"0xf...f\" nodeset=\"0xf...f\" "
			   "complete_nodeset=\"0xf...f\"/></topology>"},
	 "h.xml: "},
	{"h.xml", {.head = "<topology version=\"2.0\"><object type=\"Machine\" "
			   "cpuset=\"0x1\" complete_cpuset=\"0x1\" nodeset="
			   "\"0x1\" complete_nodeset=\"0x1\" gp_index=\"1\">"
			   "<object type=\"NUMANode\" os_index=\"0\" cpuset="
			   "\"0x1\" complete_cpuset=\"0x1\" nodeset=\"0x1\" "
			   "complete_nodeset=\"0x1\" gp_index=\"2\"/>"
			   "<object type=\"PU\" os_index=\"0\" gp_index=\"3\"/>"
			   "</object><distances2 type=\"NUMANode\" nbobjs="
			   "\"4000000000\" kind=\"5\" indexing=\"os\">"
			   "<indexes length=\"4\">0 1 </indexes></distances2>"
			   "</topology>"}, "h.xml: "},
};

START_TEST(test_host_refuses)
{
	char words[64];

	put(hosts[_i].file, &hosts[_i].content);
	snprintf(words, sizeof(words), "host @/%s", hosts[_i].file);
	ck_refused(words, hosts[_i].file, hosts[_i].said);
}
END_TEST

static const char *const synthetic[] = {
	"pu:100000000", "numa:4000000000~pu:1", "65536~", "pack:2~[numa(~pu:2",
	"numa:2(memory=99999999999999999TB)~pu:1", "%s%n%s", "\xff\xfe:2",
};

START_TEST(test_host_refuses_a_synthetic_string)
{
	char words[96];

	snprintf(words, sizeof(words), "host %s", synthetic[_i]);
	ck_refused(words, NULL, "topology \"");
}
END_TEST

/* A good machine, its file cut at every hundredth byte. */
START_TEST(test_host_refuses_any_cut)
{
	static char whole[1 << 16];

	ck_assert_int_eq(run("host pack:2~[numa(memory=8GB)]~core:2~pu:2 "
			     "--export-xml @/whole.xml"), 0);
	FILE *file = fopen(path_of("whole.xml"), "r");
	size_t size = fread(whole, 1, sizeof(whole), file);

	fclose(file);
	ck_assert_uint_gt(size, 2000);
	ck_assert_uint_lt(size, sizeof(whole));
	for (size_t cut = 0; cut < size - 12; cut += 100) {
		file = fopen(path_of("cut.xml"), "w");
		ck_assert_uint_eq(fwrite(whole, 1, cut, file), cut);
		ck_assert_int_eq(fclose(file), 0);
		ck_refused("host @/cut.xml", "cut.xml", NULL);
	}
	ck_assert_int_eq(run("host @/whole.xml"), 0);
}
END_TEST

/* --- recorded answers ------------------------------------------------------------------ */

static const struct hostile records[] = {
	{"r.jsonl", {.head = ""}, "no record"},
	{"r.jsonl", {.head = "\1\1\1\1\n"}, ":1: not JSON"},
	{"r.jsonl", {"{\"kind\":\"", "x", 100 << 20, "\"}\n"},
	 ":1: the line is longer than"},
	{"r.jsonl", {"{\"kind\":\"place\",\"id\":1", "0", 30, "}\n"},
	 ":1: not JSON"},
	{"r.jsonl", {"{\"kind\":", "[", 100000, "\n"}, ":1: not JSON"},
	{"r.jsonl", {"", "{\"a\":", 100000, "\n"}, ":1: not JSON"},
	{"r.jsonl", {"{\"kind\":\"place\",\"request\":[", "0,", 1 << 20,
		     "0]}\n"}, ":1: "},
	/* 2.2 GiB of objects */
	{"r.jsonl", {"{\"kind\":[", "{},", 10 << 20, "{}]}\n"},
	 ":1: not JSON: or too large"},
	{"r.jsonl", {.head = "{\"kind\":\"\xff\"}\n"}, ":1: not JSON"},
	{"r.jsonl", {.head = "{\"kind\":\"\\u0000\\n\\u001b[31m\"}\n"}, ":1: "},
	{"r.jsonl", {.head = "[]\n"}, ":1: a record of no known kind"},
	{"r.jsonl", {.head = "{\"id\":0,\"nr_nodes\":4000000000,\"online\":[0],"
			     "\"spans\":[],\"ram\":[],\"steps\":[]}\n"}, ":1: "},
	{"r.jsonl", {.head = "{\"sched\":\"credit2\",\"switches\":[],"
			     "\"topology\":{\"cpu_to_node\":[1e400]}}\n"},
	 ":1: "},
};

START_TEST(test_conform_refuses)
{
	put(records[_i].file, &records[_i].content);
	ck_refused("conform @/r.jsonl", "r.jsonl", records[_i].said);
}
END_TEST

/* A gzip file of bytes that are all the same, then bytes cut off its end. */
static void put_gzip(const char *name, char byte, uint32_t mib, off_t cut)
{
	static char block[1 << 20];
	gzFile gz = gzopen(path_of(name), "wb1");
	struct stat info;

	ck_assert_ptr_nonnull(gz);
	memset(block, byte, sizeof(block));
	for (uint32_t i = 0; i < mib; i++)
		ck_assert_int_eq(gzwrite(gz, block, sizeof(block)),
				 sizeof(block));
	ck_assert_int_eq(gzclose(gz), Z_OK);
	ck_assert_int_eq(stat(path_of(name), &info), 0);
	ck_assert_int_eq(truncate(path_of(name), info.st_size - cut), 0);
}

START_TEST(test_conform_refuses_gzip)
{
	put_gzip("bomb.jsonl.gz", 'x', 512, 0);
	ck_refused("conform @/bomb.jsonl.gz", "bomb.jsonl.gz",
		   ":1: the line is longer than");
	put_gzip("blank.jsonl.gz", '\n', 64, 0);
	ck_refused("conform @/blank.jsonl.gz", "blank.jsonl.gz", "no record");
	for (off_t cut = 1; cut < 20; cut++) {
		put_gzip("cut.jsonl.gz", '\n', 1, cut);
		ck_refused("conform @/cut.jsonl.gz", "cut.jsonl.gz", "is cut");
	}
	put_string("bad.jsonl.gz", "\x1f\x8b\x08\xff\xff\xff\xff\xff\xff\xff");
	ck_refused("conform @/bad.jsonl.gz", "bad.jsonl.gz", "compressed data");
}
END_TEST

/* --- results -------------------------------------------------------------------------- */

#define SAMPLES \
	"suite,case,variant,metric,unit,better,class,origin,seed,repeat,value\n"
#define SAMPLE "s,c,v,slowdown_mean,ratio,lower,exact,model,1,0,1.5\n"
#define NODES \
	"case,variant,seed,time_s,node,free_mib,dirty_mib,free_2m_mib," \
	"free_1g_mib,guests_mib,other_mib\n"

static const struct hostile results[] = {
	{"samples.csv", {.head = ""}, "empty"},
	{"samples.csv", {SAMPLES, "s,", 1 << 20, "\n"}, ":2: "},
	{"samples.csv", {SAMPLES "\"", "x", 2 << 20, "\n"}, ":2: "},
	{"samples.csv", {SAMPLES "s,c,v,m,,none,exact,model,1", "0", 30,
			 ",0,1\n"}, ":2: seed: "},
	{"samples.csv", {SAMPLES "s,c,v,m,,none,exact,model,1,0,", "9", 900000,
			 "\n"}, ":2: value: "},
	{"run.json", {"", "[", 100000, "\n"}, "run.json:"},
	{"run.json", {"{\"scenario\":1", "0", 400, "}\n"}, "run.json:"},
	{"cases.csv", {"case,load,load_unit\n", ",", 1 << 20, "\n"}, ":2: "},
	{"nodes.csv", {.head = NODES "c,v,1,0,4000000000,1,1,1,1,1,1\n"},
	 ":2: node: "},
	{"nodes.csv", {.head = NODES "c,v,1,0,1e300,1,1,1,1,1,1\n"},
	 ":2: node: "},
};

START_TEST(test_plot_refuses)
{
	put_string("run.json", "{}\n");
	put_string("samples.csv", SAMPLES SAMPLE);
	put_string("cases.csv", "case,load,load_unit\nc,1,guests\n");
	put_string("nodes.csv", NODES "c,v,1,0,0,1,1,1,1,1,1\n");
	put(results[_i].file, &results[_i].content);
	ck_refused("plot @ memory --out @/out", results[_i].file, results[_i].said);
}
END_TEST

/* --- a live host, memory maps --------------------------------------------------------- */

#define INFO \
	"nr_nodes : 1\ntotal_memory : 4095\ncpu_topology :\n" \
	"cpu: core socket node\n 0: 0 0 0\nnuma_info :\n" \
	"node: memsize memfree distances\n 0: 4096 3000 10\n" \
	"xen_version : 4.17.7\n"

static const struct hostile states[] = {
	{"info.txt", {.head = ""}, NULL},
	{"info.txt", {"cpu_topology :\n", " 0: 0 0 0", 100000, "\n"}, NULL},
	{"info.txt", {"numa_info :\n 0: 1 1 ", "10,", 1000000, "\n"}, NULL},
	{"info.txt", {"numa_info :\n 0: 1", "0", 1000000, " 1 10\n"}, NULL},
	{"info.txt", {"cpu_topology :\n 1", "0", 30, ": 0 0 0\n"}, NULL},
	{"info.txt", {"", "x", 100 << 20, "\n"}, NULL},
	{"list.txt", {.head = "\1\1\1\n"}, NULL},
	{"list.txt", {"", "x ", 1 << 20, "\n"}, NULL},
	{"vcpu-list.txt", {"", "d 0 0 0 r-- 1.0 all / all\n", 100000, ""}, NULL},
	{"dmesg.txt", {"", "NODE0 start->0 size->1 free->1\n", 100000, ""},
	 NULL},
	{"dmesg.txt", {"(XEN) NODE0 start->0 size->1", "0", 25, " free->0\n"},
	 NULL},
};

START_TEST(test_place_refuses_a_state)
{
	put_string("x.cfg", GOOD_CFG);
	put_string("info.txt", INFO);
	put_string("list.txt", "Name ID Mem VCPUs State Time(s) NODE Affinity\n"
			       "Domain-0 0 768 1 r----- 12.3 all\n");
	put_string("vcpu-list.txt",
		   "Name ID VCPU CPU State Time(s) Affinity (Hard / Soft)\n"
		   "Domain-0 0 0 0 r-- 10.1 all / all\n");
	put_string("dmesg.txt",
		   "(XEN) NODE0 start->0 size->1048576 free->768000\n"
		   "(XEN) Memory location of each domain:\n"
		   "(XEN) d0 (total: 196608):\n(XEN)     Node 0: 196608\n");
	put(states[_i].file, &states[_i].content);
	ck_refused("place @/x.cfg --host pack:1~[numa(memory=4GB)]~core:1~pu:1 "
		   "--state @", states[_i].file, states[_i].said);
}
END_TEST

static const struct hostile maps[] = {
	{"e.txt", {.head = ""}, "e.txt"},
	{"e.txt", {.head = "0x0 0xffffffffffffffffff usable\n"}, ":1: "},
	{"e.txt", {.head = "0x0 0x1000 usable\n0x800 0x1000 usable\n"}, ":2: "},
	{"e.txt", {.head = "[0000000000100000, 0000000000000000] (usable)\n"},
	 ":1: "},
	{"e.txt", {"", "0x0 0x0 usable ", 100000, "\n"}, ":1: "},
	{"e.txt", {"0x0 0x1000 usable\n", "x", 2 << 20, "\n"}, ":2: "},
	{"e.txt", {.head = "0x0 0x1000 \1\n"}, ":1: "},
};

START_TEST(test_vnuma_refuses_a_map)
{
	put_string("p.cfg", "name='p'\ntype='pv'\nmemory=64\nvcpus=1\n"
			    "e820_host=1\n"
			    "vnuma=[['pnode=0','size=64','vcpus=0']]\n");
	put(maps[_i].file, &maps[_i].content);
	ck_refused("vnuma @/p.cfg --host pack:1~[numa(memory=4GB)]~core:1~pu:1 "
		   "--e820 @/e.txt --acpi @/out", "e.txt", maps[_i].said);
}
END_TEST

#define LOOP(tc, test, rows) \
	tcase_add_loop_test(tc, test, 0, sizeof(rows) / sizeof((rows)[0]))

Suite *suite_make(void)
{
	Suite *suite = suite_create("hostile");
	TCase *tc = tcase_create("program");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, test_sim_takes_the_good_one);
	tcase_add_test(tc, test_sim_answers_a_giant);
	LOOP(tc, test_sim_refuses, scenarios);
	LOOP(tc, test_sim_refuses_a_trace, traces);
	LOOP(tc, test_host_refuses, hosts);
	LOOP(tc, test_host_refuses_a_synthetic_string, synthetic);
	tcase_add_test(tc, test_host_refuses_any_cut);
	LOOP(tc, test_conform_refuses, records);
	tcase_add_test(tc, test_conform_refuses_gzip);
	LOOP(tc, test_plot_refuses, results);
	LOOP(tc, test_place_refuses_a_state, states);
	LOOP(tc, test_vnuma_refuses_a_map, maps);
	suite_add_tcase(suite, tc);
	return suite;
}
