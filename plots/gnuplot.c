#include "plots/gnuplot.h"

#include "base/err.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOG "gnuplot.log"

extern char **environ;

/* The environment with LC_ALL=C.UTF-8; NULL = no memory. Freed by the caller; the
 * strings are the environment's own. */
static char **plain_environment(void)
{
	static char locale[] = "LC_ALL=C.UTF-8";
	size_t count = 0, kept = 0;

	while (environ[count])
		count++;
	char **plain = calloc(count + 2, sizeof(*plain));

	for (size_t i = 0; plain && i < count; i++)
		if (strncmp(environ[i], "LC_ALL=", 7) != 0)
			plain[kept++] = environ[i];
	if (plain)
		plain[kept] = locale;
	return plain;
}

/* errno of the start, or 0 and the process. */
static int start(const char *folder, const char *script, pid_t *pid)
{
	char program[] = "gnuplot", defaults[] = "-d";
	char *name = strdup(script);
	char *argv[] = {program, defaults, name, NULL};
	char **plain = plain_environment();
	posix_spawn_file_actions_t actions;
	int flags = O_WRONLY | O_CREAT | O_TRUNC;
	int rc = name && plain ? 0 : ENOMEM;

	posix_spawn_file_actions_init(&actions);
	if (!rc)
		rc = posix_spawn_file_actions_addchdir_np(&actions, folder);
	if (!rc)
		rc = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO,
						      LOG, flags, 0666);
	if (!rc)
		rc = posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO,
						      STDOUT_FILENO);
	if (!rc)
		rc = posix_spawnp(pid, program, &actions, NULL, argv, plain);
	posix_spawn_file_actions_destroy(&actions);
	free(plain);
	free(name);
	return rc;
}

static int last_words(const char *folder, struct err *err)
{
	char path[4096], line[512], last[512] = "it said nothing";
	FILE *log;

	snprintf(path, sizeof(path), "%s/" LOG, folder);
	log = fopen(path, "r");
	while (log && fgets(line, sizeof(line), log)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[strspn(line, " \t^")])
			memcpy(last, line, sizeof(last));
	}
	if (log)
		fclose(log);
	return err_set(err, "gnuplot failed: %s", last);
}

enum gnuplot_result gnuplot_run(const char *folder, const char *script,
				struct err *err)
{
	int status;
	pid_t pid;
	int rc = start(folder, script, &pid);

	if (rc == ENOENT && access(folder, X_OK) == 0)
		return GNUPLOT_MISSING;
	if (rc) {
		err_set(err, "gnuplot cannot be started: %s", strerror(rc));
		return GNUPLOT_FAILED;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return GNUPLOT_DREW;
	last_words(folder, err);
	return GNUPLOT_FAILED;
}
