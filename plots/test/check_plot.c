/*
 * check_plot.c - `nodewise plot` on small folders made by hand: the data files
 * to the byte, scripts that run alone, one line for what is wrong, and the same
 * style for the same name.
 *
 * The command is called in this process; its two streams go to a file.
 */
#include "base/err.h"
#include "plots/cmd_plot.h"
#include "plots/script.h"
#include "plots/style.h"
#include "test/test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT_MAX = 1 << 16, ARGS_MAX = 16 };

static char folder[64];
static char path_before[4096];

/* "FOLDER/NAME"; good until the next call. */
static const char *in_folder(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void put(const char *name, const char *text)
{
	FILE *file = fopen(in_folder(name), "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

/* The text of a file of the folder; good until the next call. */
static const char *get(const char *name)
{
	static char text[TEXT_MAX];
	FILE *file = fopen(in_folder(name), "r");

	ck_assert_msg(file != NULL, "%s was not written", name);
	text[fread(text, 1, TEXT_MAX - 1, file)] = '\0';
	fclose(file);
	return text;
}

static bool there(const char *name)
{
	return access(in_folder(name), F_OK) == 0;
}

#define SAMPLES "suite,case,variant,metric,unit,better,class,origin,seed,repeat,value\n"
#define ROW(case, variant, seed, value)                                  \
	"mine," case "," variant ",slowdown_mean,ratio,lower,exact,model," \
	seed ",0," value "\n"

/* The case of the higher load comes first, and a nan twice. */
static void put_samples(void)
{
	put("samples.csv", SAMPLES
	    ROW("many", "libxl", "1", "2") ROW("many", "libxl", "2", "2")
	    ROW("many", "libxl", "3", "2") ROW("many", "stripe", "1", "nan")
	    ROW("few", "libxl", "1", "1") ROW("few", "libxl", "2", "2")
	    ROW("few", "libxl", "3", "3") ROW("few", "stripe", "1", "1")
	    ROW("few", "stripe", "2", "nan") ROW("few", "stripe", "3", "1"));
	put("cases.csv", "case,load,load_unit\nfew,2,guests\nmany,4,guests\n");
}

/* Columns in another order than the model's, and one more. */
static void put_guests(void)
{
	put("guests.csv", "variant,case,seed,measured,slowdown,extra\n"
			  "libxl,many,1,1,3,a\nlibxl,many,2,1,1,b\n"
			  "libxl,many,2,0,9,c\nlibxl,many,3,1,nan,d\n"
			  "libxl,few,1,1,7,e\nlibxl,many,3,1,2,f\n"
			  "stripe,many,1,1,1.5,g\nother,many,1,1,1.5,h\n");
}

static void put_nodes(void)
{
	put("nodes.csv",
	    "case,variant,seed,time_s,node,free_mib,dirty_mib,free_2m_mib,"
	    "free_1g_mib,guests_mib,other_mib,runnable_vcpus,cpu_busy,"
	    "bandwidth_gb_per_s\n"
	    "many,stripe,5,0,0,1,1,1,1,1,1,0,0,0\n"
	    "many,libxl,5,0,0,4096,512,3072,2048,1024,1024,0,0,0\n"
	    "many,libxl,5,0,1,6144,0,6144,6144,0,0,0,0,0\n"
	    "many,libxl,5,0.5,0,3584,256,3072,1024,1536,1024,0,0,0\n"
	    "many,libxl,5,0.5,1,6144,0,6144,5120,0,0,0,0,0\n"
	    "many,libxl,6,0,0,9,9,9,9,9,9,0,0,0\n");
}

static void setup(void)
{
	const char *path = getenv("PATH");

	snprintf(path_before, sizeof(path_before), "%s", path ? path : "");
	strcpy(folder, "/tmp/nodewise-plot-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	put_samples();
	put("run.json",
	    "{\"version\": \"0.1 (abc)\", \"scenario\": \"mine\", "
	    "\"simulated_host\": \"box\", "
	    "\"host\": {\"cpu\": \"Fast 1\", \"cpus\": 2}}\n");
}

static void teardown(void)
{
	char command[128];

	setenv("PATH", path_before, 1);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

/*
 * nodewise plot FOLDER WORDS...: the exit status, and in *said what it printed
 * on either stream. Words are apart by blanks.
 */
static int plot(const char *words, const char **said)
{
	char program[] = "nodewise plot", copy[512], *save;
	char *argv[ARGS_MAX] = {program, folder};
	int argc = 2, out = dup(STDOUT_FILENO), error = dup(STDERR_FILENO);

	snprintf(copy, sizeof(copy), "%s", words);
	for (char *word = strtok_r(copy, " ", &save); word;
	     word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	fflush(NULL);

	FILE *log = fopen(in_folder("said"), "w");

	ck_assert_ptr_nonnull(log);
	dup2(fileno(log), STDOUT_FILENO);
	dup2(fileno(log), STDERR_FILENO);
	int status = cmd_plot(argc, argv);

	fflush(NULL);
	dup2(out, STDOUT_FILENO);
	dup2(error, STDERR_FILENO);
	close(out);
	close(error);
	fclose(log);
	if (said)
		*said = get("said");
	return status;
}

static void ck_has(const char *text, const char *piece)
{
	ck_assert_msg(strstr(text, piece) != NULL, "no '%s' in:\n%s", piece,
		      text);
}

/* --- data, to the byte --------------------------------------------------------- */

/* 1, 2, 3: mean 2, half of the interval t(0.975, 2) / sqrt(3) = 4.302652730 *
 * 0.577350269 = 2.484137712. */
START_TEST(test_load_data)
{
	ck_assert_int_eq(plot("load", NULL), 0);
	ck_assert_str_eq(get("figures/load.dat"),
			 "# load mean low high n case\n"
			 "# libxl\n"
			 "2 2 -0.484137712 4.48413771 3 \"few\"\n"
			 "4 2 2 2 3 \"many\"\n"
			 "\n\n"
			 "# stripe\n"
			 "2 1 1 1 2 \"few\"\n"
			 "4 nan nan nan 0 \"many\"\n");
	/* n, seeds, the kind of interval, provenance, and the labels: stripe
	 * ends at its last value. */
	const char *gp = get("figures/load.gp");

	ck_has(gp, "n = 2 to 3 seeds a point; ribbon: 95 % confidence");
	ck_has(gp, "nodewise 0.1 (abc)  ·  scenario mine  ·  simulated host "
		   "box  ·  seeds 1 to 3  ·  computed on Fast 1, 2 CPUs");
	ck_has(gp, "value_label = \"slowdown mean (ratio, lower is better)\"");
	ck_has(gp, "load_label = \"load (guests)\"");
	ck_has(gp, "end_x[2] = [4, 2]");
	ck_has(gp, "end_y[2] = [2, 1]");
}
END_TEST

/* Best first. */
START_TEST(test_load_of_one_case)
{
	ck_assert_int_eq(plot("load --case few", NULL), 0);
	ck_assert_str_eq(get("figures/load.dat"),
			 "# row mean low high n case\n"
			 "# stripe\n"
			 "1 1 1 1 2 \"few\"\n"
			 "\n\n"
			 "# libxl\n"
			 "2 2 -0.484137712 4.48413771 3 \"few\"\n");
	ck_has(get("figures/load.gp"), "bar: 95 % confidence interval");
}
END_TEST

START_TEST(test_load_of_one_heuristic)
{
	ck_assert_int_eq(plot("load -H stripe", NULL), 0);
	ck_assert_str_eq(get("figures/load.dat"),
			 "# load mean low high n case\n"
			 "# stripe\n"
			 "2 1 1 1 2 \"few\"\n"
			 "4 nan nan nan 0 \"many\"\n");
}
END_TEST

START_TEST(test_slowdown_data)
{
	put_guests();
	ck_assert_int_eq(plot("slowdown", NULL), 0);
	ck_assert_str_eq(get("figures/slowdown.dat"),
			 "# slowdown share\n"
			 "# stripe\n"
			 "1.5 0\n1.5 1\n"
			 "\n\n"
			 "# libxl\n"
			 "1 0\n1 0.333333333\n2 0.666666667\n3 1\n"
			 "\n\n"
			 "# p50 p99 n heuristic\n"
			 "1.5 1.5 1 \"stripe\"\n"
			 "2 3 3 \"libxl\"\n");
	ck_has(get("figures/slowdown.gp"), "n = 1 to 3 guests a heuristic");
}
END_TEST

/* 2000 guests, 2000, 1999, ... 1: a thousand steps of two guests each. */
START_TEST(test_slowdown_of_many_guests)
{
	FILE *file = fopen(in_folder("guests.csv"), "w");
	uint32_t lines = 0;

	ck_assert_ptr_nonnull(file);
	fputs("case,variant,measured,slowdown\n", file);
	for (int i = 2000; i > 0; i--)
		fprintf(file, "many,libxl,1,%d\n", i);
	fclose(file);
	ck_assert_int_eq(plot("slowdown", NULL), 0);

	const char *data = get("figures/slowdown.dat");

	ck_has(data, "# libxl\n1 0\n2 0.001\n4 0.002\n");
	ck_has(data, "\n1000 0.5\n");
	ck_has(data, "\n1980 0.99\n");
	ck_has(data, "\n2000 1\n\n\n");
	ck_has(data, "\n1000 1980 2000 \"libxl\"\n");
	for (const char *c = data; *c; c++)
		lines += *c == '\n';
	ck_assert_uint_eq(lines, 2 + 1001 + 2 + 2);
}
END_TEST

/* 4096 = 2048 in 1 GiB blocks + 1024 in 2 MiB blocks + 1024 smaller. */
START_TEST(test_memory_data)
{
	put_nodes();
	ck_assert_int_eq(plot("memory", NULL), 0);
	ck_assert_str_eq(
		get("figures/memory.dat"),
		"# time_s other guests free_1g free_2m free_small dirty (GiB)\n"
		"# node 0\n"
		"0 1 1 2 1 1 0.5\n"
		"0.5 1 1.5 1 2 0.5 0.25\n"
		"\n\n"
		"# node 1\n"
		"0 0 0 6 0 0 0\n"
		"0.5 0 0 5 1 0 0\n");
	ck_has(get("figures/memory.gp"), "nodes = 2\nmost = 6\nend = 0.5\n");
	ck_has(get("figures/memory.gp"), "One run (n = 1), seed 5;");
}
END_TEST

START_TEST(test_memory_of_many_nodes)
{
	FILE *file = fopen(in_folder("nodes.csv"), "w");

	ck_assert_ptr_nonnull(file);
	fputs("case,variant,seed,time_s,node,free_mib,dirty_mib,free_2m_mib,"
	      "free_1g_mib,guests_mib,other_mib\n", file);
	for (int n = 0; n < 9; n++)
		for (int t = 0; t < 2; t++)
			fprintf(file, "many,libxl,1,%d,%d,1024,0,0,0,0,0\n", t,
				n);
	fclose(file);
	ck_assert_int_eq(plot("memory", NULL), 0);
	ck_has(get("figures/memory.gp"), "the first 8 of 9 nodes");
	ck_has(get("figures/memory.dat"), "# node 7\n");
	ck_assert_ptr_null(strstr(get("figures/memory.dat"), "# node 8\n"));
}
END_TEST

/* --- scripts and pictures ------------------------------------------------------ */

static const char *const names[] = {"load", "slowdown", "memory"};

enum { NAME_COUNT = 3 };

static void ck_pictures(const char *name)
{
	char file[64];

	snprintf(file, sizeof(file), "figures/%s.png", name);
	ck_assert_msg(!memcmp(get(file), "\x89PNG", 4), "%s is no PNG", file);
	snprintf(file, sizeof(file), "figures/%s.svg", name);
	ck_has(get(file), "<svg");
}

START_TEST(test_script_runs_alone)
{
	char command[256];
	struct stat status;

	put_guests();
	put_nodes();
	ck_assert_int_eq(plot(names[_i], NULL), 0);
	ck_pictures(names[_i]);
	snprintf(command, sizeof(command),
		 "cd %s/figures && rm *.svg *.png && "
		 "LC_ALL=C.UTF-8 gnuplot %s.gp >log 2>&1 "
		 "&& ! test -s log", folder, names[_i]);
	ck_assert_int_eq(system(command), 0);
	ck_pictures(names[_i]);
	snprintf(command, sizeof(command), "figures/%s.png", names[_i]);
	ck_assert_int_eq(stat(in_folder(command), &status), 0);
	ck_assert_int_gt(status.st_size, 10000);
}
END_TEST

START_TEST(test_formats_and_out)
{
	char words[256];
	const char *said;

	snprintf(words, sizeof(words), "load --format svg --out %s/mine",
		 folder);
	ck_assert_int_eq(plot(words, &said), 0);
	ck_has(said, "/mine/load.svg\n");
	ck_assert(there("mine/load.svg") && !there("mine/load.png"));
	ck_assert(!there("figures"));
}
END_TEST

/* What is in data stays data: no command runs, no underscore is a subscript,
 * and nothing is left of the folder that gnuplot worked in. */
START_TEST(test_names_of_all_kinds)
{
	char command[128];

	put("samples.csv", SAMPLES
	    ROW("\"a \"\"b\"\" {c}\"", "it's_`touch pwned`\\%s%n", "1", "1")
	    ROW("\"a \"\"b\"\" {c}\"", "'.system('touch pwned').'", "1", "2"));
	ck_assert_int_eq(plot("load", NULL), 0);
	ck_pictures("load");
	ck_has(get("figures/load.gp"), "\"it's_\\140touch pwned\\140\\\\%s%n\"");
	ck_has(get("figures/load.dat"), "\"a 'b' {c}\"");
	ck_assert(!there("figures/pwned") && access("pwned", F_OK));
	snprintf(command, sizeof(command), "test $(ls -A %s/figures | wc -l) "
					   "= 4", folder);
	ck_assert_int_eq(system(command), 0);
}
END_TEST

START_TEST(test_skipped)
{
	const char *said;

	unlink(in_folder("cases.csv"));
	ck_assert_int_eq(plot("", &said), 0);
	ck_has(said, "cases.csv gives no loads");
	ck_has(said, "slowdown   skipped: there is no ");
	ck_has(said, "memory     skipped: there is no ");
	ck_assert(!there("figures/slowdown.gp"));
}
END_TEST

/* --- what can be wrong --------------------------------------------------------- */

static const struct {
	const char *words;
	const char *file, *text; /* put there before; NULL = nothing */
	const char *said;
} wrong[] = {
	{"laod", NULL, NULL, "no figure 'laod'; did you mean load?"},
	{"--case fe", NULL, NULL, "has no case 'fe'; did you mean few?"},
	{"-H strip", NULL, NULL,
	 "has no heuristic 'strip'; did you mean stripe?"},
	{"--metric slowdown_meen", NULL, NULL,
	 "has no metric 'slowdown_meen'; did you mean slowdown_mean?"},
	{"memory --metric slowdown_mean", NULL, NULL,
	 "--metric: the figure memory has no metric to choose; load has"},
	{"--format pdf", NULL, NULL, "--format: no format 'pdf'; one of svg"},
	{"--format ,", NULL, NULL, "--format: empty; svg, png or svg,png"},
	{"--out /nonexistent/a", NULL, NULL,
	 "/nonexistent/a: cannot be made: No such file"},
	{"", "run.json", "{\"version\"", "run.json:1: "},
	{"", "samples.csv", "a,b\n", "samples.csv:1: column 1 is 'a'"},
	{"", "cases.csv", "case,load\n", "cases.csv:1: no column 'load_unit'"},
	{"", "cases.csv", "case,load,load_unit\nfew,x,y\n",
	 "cases.csv:2: load: 'x' is no number"},
	{"", "guests.csv", "", "guests.csv: empty"},
	{"", "guests.csv",
	 "case,variant,measured,slowdown\nmany,libxl,1,fast\n",
	 "guests.csv:2: slowdown: 'fast' is no number"},
	{"", "guests.csv", "case,variant,measured,slowdown\nmany,libxl\n",
	 "guests.csv:2: 2 fields; a row has 4"},
	{"", "nodes.csv",
	 "case,variant,seed,time_s,node,free_mib,dirty_mib,free_2m_mib,"
	 "free_1g_mib,guests_mib,other_mib\nmany,libxl,1,0,-1,1,1,1,1,1,1\n",
	 "nodes.csv:2: node: '-1' is no whole number"},
};

START_TEST(test_wrong)
{
	const char *said;

	if (wrong[_i].file)
		put(wrong[_i].file, wrong[_i].text);
	ck_assert_int_eq(plot(wrong[_i].words, &said), 2);
	ck_has(said, "nodewise: ");
	ck_has(said, wrong[_i].said);
	/* The last line, and one line. */
	ck_assert_ptr_eq(strchr(strstr(said, "nodewise: "), '\n'),
			 said + strlen(said) - 1);
}
END_TEST

START_TEST(test_too_many_names)
{
	size_t used, room = 80 * 10002;
	char *text = malloc(room);
	const char *said;

	ck_assert_ptr_nonnull(text);
	used = (size_t)sprintf(text, "suite,case,variant,metric,unit,better,"
			       "class,origin,seed,repeat,value\n");
	for (int i = 0; i <= 10000; i++)
		used += (size_t)sprintf(text + used, "s,c,v,m%d,,none,exact,"
					"model,1,0,1\n", i);
	ck_assert_uint_lt(used, room);
	put("samples.csv", text);
	free(text);
	ck_assert_int_eq(plot("", &said), 2);
	ck_has(said, "samples.csv: more than 10000 different cases, variants "
	       "or metrics\n");
}
END_TEST

START_TEST(test_no_folder)
{
	const char *said;
	char before[sizeof(folder)];

	unlink(in_folder("samples.csv"));
	ck_assert_int_eq(plot("", &said), 2);
	ck_has(said, "samples.csv: cannot be read: No such file");

	strcpy(before, folder);
	strcpy(folder, "/dev/null");
	char program[] = "nodewise plot";
	char *argv[] = {program, folder, NULL};
	int status = cmd_plot(2, argv);

	strcpy(folder, "/nonexistent");
	ck_assert_int_eq(cmd_plot(2, argv), 2);
	strcpy(folder, before);
	ck_assert_int_eq(status, 2);
}
END_TEST

START_TEST(test_no_gnuplot)
{
	const char *said;

	put_guests();
	setenv("PATH", "/nonexistent", 1);
	int status = plot("", &said);

	setenv("PATH", path_before, 1);
	ck_assert_int_eq(status, 2);
	ck_has(said, "gnuplot is not installed: wrote the .dat and .gp of 2 "
		     "figures to ");
	ck_has(said, "apt-get install gnuplot-nox");
	ck_assert(there("figures/load.dat") && there("figures/load.gp"));
	ck_assert(there("figures/slowdown.gp") && !there("figures/load.png"));
}
END_TEST

/* A gnuplot that starts a picture and fails: its last words are the message,
 * and no half picture is left. */
START_TEST(test_gnuplot_fails)
{
	char path[8192];
	const char *said;

	put("gnuplot", "#!/bin/sh\necho half >load.png\n"
		       "echo '\"load.gp\", line 3: oops' >&2\n"
		       "echo '   ' >&2\nexit 1\n");
	ck_assert_int_eq(chmod(in_folder("gnuplot"), 0755), 0);
	snprintf(path, sizeof(path), "%s:%s", folder, path_before);
	setenv("PATH", path, 1);
	int status = plot("load", &said);

	setenv("PATH", path_before, 1);
	ck_assert_int_eq(status, 2);
	ck_has(said, "load.gp: gnuplot failed: \"load.gp\", line 3: oops\n");
	ck_assert(there("figures/load.gp") && !there("figures/load.png"));
}
END_TEST

/* --- styles and labels --------------------------------------------------------- */

static bool same_style(const struct style *a, const struct style *b)
{
	return !strcmp(a->colour, b->colour) && !strcmp(a->dash, b->dash) &&
	       a->mark == b->mark;
}

enum { STYLED = 12 };

static const char *const heuristics[STYLED] = {
	"libxl",  "libxl-fixed", "stripe",      "first-fit", "packed", "spread",
	"random", "distance",    "best-effort", "pinned",    "best",   "worst",
};

START_TEST(test_style_is_the_name_s)
{
	struct style all[STYLED], one, turned[STYLED];
	const char *names_turned[STYLED];

	style_choose(heuristics, STYLED, all);
	for (int i = 0; i < STYLED; i++)
		names_turned[i] = heuristics[(i + 5) % STYLED];
	style_choose(names_turned, STYLED, turned);
	for (int i = 0; i < STYLED; i++) {
		style_choose(&heuristics[i], 1, &one);
		ck_assert(same_style(&one, &all[i]));
		ck_assert(same_style(&turned[i], &all[(i + 5) % STYLED]));
		for (int k = 0; k < i; k++) {
			ck_assert_str_ne(all[i].colour, all[k].colour);
			ck_assert_uint_ne(all[i].mark, all[k].mark);
		}
	}
	ck_assert_str_eq(all[0].colour, "#000000");
}
END_TEST

/* As many unknown names as there are spare styles, among two known ones: all
 * differ, whatever the order. Equal names are equal. */
START_TEST(test_style_of_unknown_names)
{
	enum { COUNT = STYLE_SPARE + 2 };
	char text[COUNT][24];
	const char *up[COUNT + 1], *down[COUNT];
	struct style a[COUNT + 1], b[COUNT], one;

	for (int i = 0; i < COUNT; i++) {
		snprintf(text[i], sizeof(text[i]), "mine-%02d", i);
		up[i] = i == 3 ? "libxl" : i == 7 ? "worst" : text[i];
		down[COUNT - 1 - i] = up[i];
	}
	up[COUNT] = up[0];
	style_choose(up, COUNT + 1, a);
	style_choose(down, COUNT, b);
	ck_assert(same_style(&a[0], &a[COUNT]));
	for (int i = 0; i < COUNT; i++) {
		ck_assert(same_style(&a[i], &b[COUNT - 1 - i]));
		for (int k = 0; k < i; k++)
			ck_assert(!same_style(&a[i], &a[k]));
	}
	style_choose(&heuristics[11], 1, &one);
	ck_assert(same_style(&a[7], &one));
}
END_TEST

/* --heuristic takes no colour away from the others. */
START_TEST(test_style_of_a_part)
{
	char line[128];
	struct style style;
	const char *name = "stripe";

	style_choose(&name, 1, &style);
	snprintf(line, sizeof(line), "set style line 1 lc rgb '%s' dt %s pt %u ",
		 style.colour, style.dash, style.mark);
	ck_assert_int_eq(plot("load -H stripe --format svg", NULL), 0);
	ck_has(get("figures/load.gp"), line);
}
END_TEST

START_TEST(test_labels_spread)
{
	/* Three at 0.5 stand around it; one far away stays. */
	double place[] = {0.5, 0.9, 0.5, 0.5};

	script_spread(place, 4, 0.1);
	ck_assert_double_eq_tol(place[0], 0.4, 1e-12);
	ck_assert_double_eq_tol(place[1], 0.9, 1e-12);
	ck_assert_double_eq_tol(place[2], 0.5, 1e-12);
	ck_assert_double_eq_tol(place[3], 0.6, 1e-12);

	/* Pushed against the ends, and order kept. */
	double ends[] = {0.99, 1.0, 0.01, 0.0};

	script_spread(ends, 4, 0.1);
	ck_assert_double_eq_tol(ends[0], 0.9, 1e-12);
	ck_assert_double_eq_tol(ends[1], 1.0, 1e-12);
	ck_assert_double_eq_tol(ends[2], 0.1, 1e-12);
	ck_assert_double_eq_tol(ends[3], 0.0, 1e-12);

	/* No room for the gap: as wide as it can be. */
	double full[] = {0.3, 0.3, 0.3};

	script_spread(full, 3, 0.7);
	ck_assert_double_eq_tol(full[0], 0, 1e-12);
	ck_assert_double_eq_tol(full[1], 0.5, 1e-12);
	ck_assert_double_eq_tol(full[2], 1, 1e-12);
}
END_TEST

Suite *suite_make(void)
{
	Suite *suite = suite_create("plot");
	TCase *data = tcase_create("data");
	TCase *script = tcase_create("script");
	TCase *bad = tcase_create("wrong");
	TCase *style = tcase_create("style");
	TCase *all[] = {data, script, bad, style};

	for (int i = 0; i < 4; i++) {
		tcase_add_checked_fixture(all[i], setup, teardown);
		tcase_set_timeout(all[i], 60);
		suite_add_tcase(suite, all[i]);
	}
	tcase_add_test(data, test_load_data);
	tcase_add_test(data, test_load_of_one_case);
	tcase_add_test(data, test_load_of_one_heuristic);
	tcase_add_test(data, test_slowdown_data);
	tcase_add_test(data, test_slowdown_of_many_guests);
	tcase_add_test(data, test_memory_data);
	tcase_add_test(data, test_memory_of_many_nodes);
	tcase_add_loop_test(script, test_script_runs_alone, 0, NAME_COUNT);
	tcase_add_test(script, test_formats_and_out);
	tcase_add_test(script, test_names_of_all_kinds);
	tcase_add_test(script, test_skipped);
	tcase_add_loop_test(bad, test_wrong, 0,
			    sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_test(bad, test_too_many_names);
	tcase_add_test(bad, test_no_folder);
	tcase_add_test(bad, test_no_gnuplot);
	tcase_add_test(bad, test_gnuplot_fails);
	tcase_add_test(style, test_style_is_the_name_s);
	tcase_add_test(style, test_style_of_unknown_names);
	tcase_add_test(style, test_style_of_a_part);
	tcase_add_test(style, test_labels_spread);
	return suite;
}
