#include "run/host_collect.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char script[] =
"# Saves what `nodewise place --state DIR` reads of this Xen host.\n"
"# In dom0, as root: sh -s DIR <this\n"
"set -u\n"
"export LC_ALL=C\n"
"dir=${1:-}\n"
"fail() { echo \"nodewise: $*\" >&2; exit 2; }\n"
"[ -n \"$dir\" ] || fail 'into which folder? sh -s DIR'\n"
"command -v xl >/dev/null 2>&1 ||\n"
"	fail 'xl is not here; run this in dom0 of the host, as root'\n"
"mkdir -p -- \"$dir\" 2>/dev/null || fail \"$dir: cannot be made\"\n"
"part=$(mktemp -d \"$dir/.collect.XXXXXX\" 2>/dev/null) ||\n"
"	fail \"$dir: cannot be written to\"\n"
"trap 'rm -rf \"$part\"' EXIT\n"
"trap 'exit 2' HUP INT TERM\n"
"\n"
"save() { # FILE COMMAND...\n"
"	file=$1\n"
"	shift\n"
"	\"$@\" >\"$part/$file\" 2>\"$part/.why\" ||\n"
"		fail \"'$*' failed: $(head -n 1 \"$part/.why\")\"\n"
"	[ -s \"$part/$file\" ] || fail \"'$*' printed nothing\"\n"
"}\n"
"\n"
"save info.txt xl info -n\n"
"# Pools matter where there is more than one: a header and two lines.\n"
"pools=\n"
"if xl cpupool-list -c >\"$part/cpupool-list.txt\" 2>/dev/null &&\n"
"	[ \"$(wc -l <\"$part/cpupool-list.txt\")\" -gt 2 ]\n"
"then\n"
"	pools=-c\n"
"else\n"
"	rm -f \"$part/cpupool-list.txt\"\n"
"fi\n"
"save list.txt xl list -n $pools\n"
"save vcpu-list.txt xl vcpu-list\n"
"# u comes last: the log is a ring, and u is what cannot be done without.\n"
"xl debug-keys H >/dev/null 2>&1\n"
"sleep 1\n"
"xl debug-keys u 2>\"$part/.why\" ||\n"
"	fail \"'xl debug-keys u' failed: $(head -n 1 \"$part/.why\")\"\n"
"sleep 1\n"
"save dmesg.txt xl dmesg\n"
"grep -q 'NODE[0-9]* start->' \"$part/dmesg.txt\" ||\n"
"	fail \"'xl dmesg' does not show what debug key u prints\"\n"
"[ -n \"$pools\" ] || rm -f \"$dir/cpupool-list.txt\"\n"
"mv -f \"$part\"/*.txt \"$dir/\" || fail \"$dir: cannot be written to\"\n"
"echo \"Saved in $dir. Next: nodewise place GUEST.cfg --state $dir\"\n";

const char *host_collect_script(void)
{
	return script;
}

/* With all that it takes in one argument, and what we need not read back. */
int host_collect(const char *folder, struct err *err)
{
	char shell[] = "sh", option[] = "-c", name[] = "nodewise";
	char text[sizeof(script)], *dir = strdup(folder);
	char *argv[] = {shell, option, text, name, dir, NULL};
	pid_t child;
	int status, rc;

	require(dir != NULL);
	memcpy(text, script, sizeof(script));
	err->text[0] = '\0';
	rc = posix_spawnp(&child, shell, NULL, NULL, argv, environ);
	if (rc == 0)
		while (waitpid(child, &status, 0) < 0 && errno == EINTR)
			;
	free(dir);
	if (rc != 0)
		return err_set(err, "sh cannot be run: %s", strerror(rc));
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}
