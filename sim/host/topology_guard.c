/*
 * topology_guard.c - what hwloc must not be asked to read.
 *
 * WHY     hwloc trusts its input: a PU without a cpuset in an XML file or an
 *         index of 4000000000 in a synthetic string ends the process, a count
 *         of 100000000 takes all memory. What a person wrote must not.
 *
 * RULE    A synthetic string is read for its numbers first: counts whose
 *         product is more than COUNT_MAX, indexes above INDEX_MAX, and more than
 *         MEMORY_MAX_BYTES of memory or cache are refused.
 *         So are brackets where hwloc would take them for a part of a name.
 *         Then string or XML file are loaded, and checked by hwloc itself, in
 *         a child process that may use TRY_BYTES more memory and TRY_SECONDS;
 *         only what it survives is loaded here.
 *
 * COST    A fork() and a second load: some milliseconds.
 *
 * TESTS   sim/test/check_topology.c, sim/test/fuzz/fuzz_topology.c,
 *         sim/test/fuzz/fuzz_synthetic.c
 */
#include "host/topology_parts.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <hwloc.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	COUNT_MAX = 4096,
	INDEX_MAX = 65535,
	TRY_SECONDS = 10,
	XML_BYTES_MAX = 64 << 20,
};

#define MEMORY_MAX_BYTES (UINT64_C(1) << 50)
#define TRY_BYTES (UINT64_C(2) << 30)

static int guard_synthetic(const char *text, struct err *err);
static int guard_xml(const char *path, struct err *err);
static int try_it(enum host_topology_kind kind, const char *text,
		  struct err *err);

int topology_guard(enum host_topology_kind kind, const char *text,
		   struct err *err)
{
	switch (kind) {
	case HOST_TOPOLOGY_SYNTHETIC:
		return guard_synthetic(text, err) || try_it(kind, text, err)
			       ? -1
			       : 0;
	case HOST_TOPOLOGY_XML:
		return guard_xml(text, err) || try_it(kind, text, err) ? -1 : 0;
	default:
		return 0;
	}
}

/* --- synthetic strings --------------------------------------------------------- */

/* "8GB" as bytes, UINT64_MAX if it is more; as hwloc reads it. */
static uint64_t bytes_of(const char *text)
{
	static const struct {
		const char *unit;
		uint64_t bytes;
	} units[] = {
		{"TB", UINT64_C(1) << 40}, {"GB", 1 << 30}, {"MB", 1 << 20},
		{"kB", 1 << 10}, {"TiB", UINT64_C(1) << 40}, {"GiB", 1 << 30},
		{"MiB", 1 << 20}, {"kiB", 1 << 10},
	};
	char *end;
	uint64_t number, bytes;

	errno = 0;
	number = strtoull(text, &end, 0);
	if (errno || *text == '-')
		return UINT64_MAX;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (strncasecmp(end, units[i].unit, strlen(units[i].unit)) == 0)
			return __builtin_mul_overflow(number, units[i].bytes,
						      &bytes)
				       ? UINT64_MAX
				       : bytes;
	return number;
}

/* A number of an attribute, "indexes=1,0" or "memory=8GB", at *at. */
static bool attribute_fits(const char *begin, const char *at)
{
	const char *name = at;

	while (name > begin && !strchr("( ", name[-1]))
		name--;
	if (strncmp(name, "indexes=", 8) == 0)
		return strtoull(at, NULL, 0) <= INDEX_MAX;
	return bytes_of(at[-1] == '-' ? at - 1 : at) <= MEMORY_MAX_BYTES;
}

/*
 * Is the bracket at *at where hwloc takes it for one? "[" begins memory that is
 * attached, behind a level; "(" attributes, behind a count or in a "[".
 */
static bool bracket_fits(const char *begin, const char *at, char inside)
{
	char before = at > begin ? at[-1] : ' ';
	bool behind = isdigit((unsigned char)before) || before == ')';

	switch (*at) {
	case '[':
		return !inside && (behind || before == ']' || before == ' ');
	case '(':
		return inside == '[' || (!inside && (behind || before == ' '));
	default:
		return true;
	}
}

/* What is open behind *at: '[', '(' , '+' for a "(" in a "[", or 0. */
static char inside_after(char c, char inside)
{
	switch (c) {
	case '[':
		return '[';
	case '(':
		return inside == '[' ? '+' : '(';
	case ')':
		return inside == '+' ? '[' : inside == '(' ? 0 : inside;
	case ']':
		return inside == '[' ? 0 : inside;
	default:
		return inside;
	}
}

/* Goes through all numbers that are no part of a name, as in "l3". */
static int guard_synthetic(const char *text, struct err *err)
{
	uint64_t cpus = 1, number;
	bool behind = false; /* is *c right behind a number? */
	char inside = 0, *end;

	for (const char *c = text; *c; c++) {
		bool part = c > text && isalnum((unsigned char)c[-1]) && !behind;

		behind = false;
		if (!bracket_fits(text, c, inside))
			return err_set(err, "topology \"%.200s\": a '%c' out of "
				       "place; as in \"pack:2 "
				       "[numa(memory=8GB)] core:4 pu:2\"", text,
				       *c);
		inside = inside_after(*c, inside);
		if (!isdigit((unsigned char)*c) || part)
			continue;
		if (inside && !attribute_fits(text, c))
			return err_set(err, "topology \"%.200s\": '%.20s' is "
				       "too large; indexes up to %d, memory "
				       "up to 1024TB", text, c, INDEX_MAX);
		number = strtoull(c, &end, 0);
		if (!inside && number &&
		    (__builtin_mul_overflow(cpus, number, &cpus) ||
		     cpus > COUNT_MAX))
			return err_set(err, "topology \"%.200s\": more than %d "
				       "CPUs; at most %d", text, COUNT_MAX,
				       CPU_MAX);
		/* "08" are two numbers, as to hwloc: 0, and 8 right behind */
		c = end - 1;
		behind = true;
	}
	return 0;
}

static int guard_xml(const char *path, struct err *err)
{
	struct stat info;

	if (stat(path, &info))
		return err_set(err, "%s: cannot be read: %s", path,
			       strerror(errno));
	if (!S_ISREG(info.st_mode))
		return err_set(err, "%s: is no file", path);
	if (info.st_size > XML_BYTES_MAX)
		return err_set(err, "%s: larger than %d MiB", path,
			       XML_BYTES_MAX >> 20);
	return 0;
}

/* --- the trial -------------------------------------------------------------------- */

/* Bounds the address space to so much more than it is now. */
static void limit_memory(void)
{
	FILE *statm = fopen("/proc/self/statm", "re");
	uint64_t pages;
	struct rlimit limit;

	if (!statm)
		return;
	if (fscanf(statm, "%" SCNu64, &pages) == 1) {
		limit.rlim_cur = limit.rlim_max =
			pages * (uint64_t)sysconf(_SC_PAGESIZE) + TRY_BYTES;
		setrlimit(RLIMIT_AS, &limit);
	}
	fclose(statm);
}

/*
 * The child: dies if hwloc does, without a word and without a core, whoever
 * catches signals in this process. Status 1 if hwloc refuses, the text to `to`.
 */
static _Noreturn void child(enum host_topology_kind kind, const char *text,
			    int to)
{
	static const int deadly[] = {SIGABRT, SIGALRM, SIGBUS, SIGFPE,
				     SIGILL,  SIGSEGV, SIGTRAP};
	const struct rlimit no_core = {0, 0};
	int nowhere = open("/dev/null", O_RDWR);
	struct hwloc_topology *topology;
	struct err err = {""};

	for (size_t i = 0; i < sizeof(deadly) / sizeof(*deadly); i++)
		signal(deadly[i], SIG_DFL);
	setrlimit(RLIMIT_CORE, &no_core);
	limit_memory();
	dup2(nowhere, STDOUT_FILENO);
	dup2(nowhere, STDERR_FILENO);
	alarm(TRY_SECONDS);
	topology = topology_load(kind, text, &err);
	if (topology)
		hwloc_topology_check(topology);
	else if (write(to, err.text, strlen(err.text)) < 0)
		_exit(2);
	_exit(topology ? 0 : 1);
}

/* Waits for it: 0; -1 with err where there is something to say. */
static int child_end(pid_t pid, int from, struct err *err)
{
	ssize_t bytes;
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	bytes = read(from, err->text, sizeof(err->text) - 1);
	err->text[bytes > 0 ? bytes : 0] = '\0';
	return -1;
}

static int try_it(enum host_topology_kind kind, const char *text,
		  struct err *err)
{
	struct err why = {""};
	int pipes[2], rc;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC | O_NONBLOCK))
		return err_set(err, "%.200s: cannot be tried: %s", text,
			       strerror(errno));
	pid = fork();
	if (pid == 0)
		child(kind, text, pipes[1]);
	rc = pid < 0 ? -1 : child_end(pid, pipes[0], &why);
	close(pipes[0]);
	close(pipes[1]);
	if (!rc)
		return 0;
	if (pid < 0)
		return err_set(err, "%.200s: cannot be tried: no process",
			       text);
	if (why.text[0])
		return err_set(err, "%s", why.text);
	if (kind == HOST_TOPOLOGY_SYNTHETIC)
		return err_set(err, "topology \"%.200s\": hwloc cannot cope with "
			       "it; for example \"pack:2 [numa(memory=8GB)] "
			       "core:4 pu:2\"", text);
	return err_set(err, "%s: hwloc cannot cope with this machine: its sets "
		       "of CPUs and nodes contradict each other, or it is too "
		       "large; lstopo writes a good one", text);
}
