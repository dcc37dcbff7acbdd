/*
 * rival_run.c - runs a rival's program and reads its line (rival.h).
 *
 * RULE    The program stands beside the running one, or one folder above it
 *         (build/debug/nodewise, build/rival-ns3). It runs without a shell, its
 *         complaints go where ours go. What does not answer is skipped, with
 *         the reason in the table: a bench without rivals is still a bench.
 *
 * TESTS   bench/test/check_bench_engine.c
 */
#include "bench/engine/contender.h"

#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <math.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINE_BYTES = 512 };

extern char **environ;

static void skip(struct outcome *outcome, const char *reason)
{
	outcome->skipped = true;
	snprintf(outcome->reason, sizeof(outcome->reason), "%s", reason);
}

int rival_parse(const char *line, struct outcome *outcome)
{
	static const char said[] = "skipped: ";
	char sum[32], bytes[32], *end;

	*outcome = (struct outcome){.bytes = -1, .stayed_s = -1};
	if (!strncmp(line, said, sizeof(said) - 1)) {
		skip(outcome, line + sizeof(said) - 1);
		outcome->reason[strcspn(outcome->reason, "\n")] = '\0';
		return 0;
	}
	if (sscanf(line, "%lf %31s %31s", &outcome->ns, sum, bytes) != 3)
		goto bad;
	if (!isfinite(outcome->ns) || outcome->ns <= 0)
		goto bad;
	if (strcmp(sum, "-")) {
		outcome->sum = strtoull(sum, &end, 16);
		outcome->sum_known = true;
		if (*end)
			goto bad;
	}
	if (strcmp(bytes, "-")) {
		outcome->bytes = strtod(bytes, &end);
		if (*end || !isfinite(outcome->bytes))
			goto bad;
	}
	return 0;
bad:
	skip(outcome, "its answer is not NS CHECKSUM BYTES");
	return -1;
}

/* Where the program is: true and its path, if it can be run. */
static bool program_find(const char *name, char path[PATH_MAX])
{
	char self[PATH_MAX - 64];
	ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (size <= 0)
		return false;
	self[size] = '\0';
	char *folder = dirname(self);

	snprintf(path, PATH_MAX, "%s/%s", folder, name);
	if (access(path, X_OK) == 0)
		return true;
	snprintf(path, PATH_MAX, "%s/../%s", folder, name);
	return access(path, X_OK) == 0;
}

/* Its first line of output and its status as waitpid() gives it; -1 with errno
 * if it cannot be started. */
static int program_run(char *const argv[], char line[LINE_BYTES])
{
	posix_spawn_file_actions_t actions;
	int out[2], status = 0, rc;
	pid_t pid;

	line[0] = '\0';
	if (pipe(out) != 0)
		return -1;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, out[1], 1);
	posix_spawn_file_actions_addclose(&actions, out[0]);
	posix_spawn_file_actions_addclose(&actions, out[1]);
	rc = posix_spawn(&pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(out[1]);
	if (rc != 0) {
		close(out[0]);
		errno = rc;
		return -1;
	}
	FILE *file = fdopen(out[0], "r");
	char rest[LINE_BYTES];

	if (!file || !fgets(line, LINE_BYTES, file))
		line[0] = '\0';
	while (file && fgets(rest, sizeof(rest), file))
		;
	if (file)
		fclose(file);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

void rival_run_program(const struct contender *self,
		       const struct engine_case *c, const struct clock *clock,
		       struct outcome *outcome)
{
	char path[PATH_MAX], pending[24], count[24], line[LINE_BYTES];
	char reason[OUTCOME_TEXT_BYTES];
	char model[16];

	(void)clock; /* its own process, its own thread clock */
	*outcome = (struct outcome){.bytes = -1, .stayed_s = -1};
	if (!program_find(self->program, path)) {
		snprintf(reason, sizeof(reason),
			 "%s is not built: ninja rivals", self->program);
		skip(outcome, reason);
		return;
	}
	snprintf(model, sizeof(model), "%s", engine_model_names[c->model]);
	snprintf(pending, sizeof(pending), "%" PRIu64, c->pending);
	snprintf(count, sizeof(count), "%" PRIu64, c->count);
	char *const argv[] = {path, model, pending, count, NULL};
	int status = program_run(argv, line);

	if (status == -1)
		snprintf(reason, sizeof(reason), "cannot be started: %s",
			 strerror(errno));
	else if (WIFSIGNALED(status))
		snprintf(reason, sizeof(reason), "killed by signal %d",
			 WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		snprintf(reason, sizeof(reason), "exit status %d",
			 WEXITSTATUS(status));
	else {
		rival_parse(line, outcome);
		return;
	}
	skip(outcome, reason);
}
