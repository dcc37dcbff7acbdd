#include "bench/core/machine.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

enum { LINE_BYTES = 8192 };

static FILE *open_under(const char *root, const char *path)
{
	char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s%s", root, path);
	return fopen(full, "r");
}

/* The first line of a file without its end; false if there is none. */
static bool first_line(const char *root, const char *path,
		       char line[LINE_BYTES])
{
	FILE *file = open_under(root, path);
	bool any = file && fgets(line, LINE_BYTES, file);

	if (file)
		fclose(file);
	if (any)
		line[strcspn(line, "\n")] = '\0';
	return any;
}

static void copy(char to[MACHINE_TEXT_BYTES], const char *from)
{
	snprintf(to, MACHINE_TEXT_BYTES, "%.*s", MACHINE_TEXT_BYTES - 1, from);
}

/* /proc/cpuinfo: one block a CPU; the first block's words stand for all. */
static void cpuinfo_read(struct machine *machine, const char *root)
{
	FILE *file = open_under(root, "/proc/cpuinfo");
	char line[LINE_BYTES];

	copy(machine->cpu, "unknown");
	while (file && fgets(line, sizeof(line), file)) {
		char *value = strchr(line, ':');

		if (!value)
			continue;
		value += strspn(value, ": \t");
		value[strcspn(value, "\n")] = '\0';
		if (!strncmp(line, "processor", 9))
			machine->cpus_online++;
		else if (!strncmp(line, "model name", 10))
			copy(machine->cpu, value);
		else if (!strncmp(line, "flags", 5))
			machine->virtual_machine =
				strstr(value, " hypervisor") != NULL;
	}
	if (file)
		fclose(file);
}

static void turbo_read(struct machine *machine, const char *root)
{
	char line[LINE_BYTES];

	if (first_line(root, "/sys/devices/system/cpu/cpufreq/boost", line)) {
		machine->turbo_known = true;
		machine->turbo = line[0] == '1';
	} else if (first_line(root,
			      "/sys/devices/system/cpu/intel_pstate/no_turbo",
			      line)) {
		machine->turbo_known = true;
		machine->turbo = line[0] == '0';
	}
}

/* "always [madvise] never" -> "madvise" */
static void thp_read(struct machine *machine, const char *root)
{
	char line[LINE_BYTES];

	copy(machine->thp, "unknown");
	if (!first_line(root, "/sys/kernel/mm/transparent_hugepage/enabled",
			line))
		return;
	char *begin = strchr(line, '['), *end = strchr(line, ']');

	if (!begin || !end || end < begin)
		return;
	*end = '\0';
	copy(machine->thp, begin + 1);
}

void machine_read(struct machine *machine, const char *root)
{
	char line[LINE_BYTES];
	struct utsname name;

	*machine = (struct machine){.load_1min = -1};
	cpuinfo_read(machine, root);
	turbo_read(machine, root);
	thp_read(machine, root);
	copy(machine->governor, "unknown");
	if (first_line(root,
		       "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
		       line))
		copy(machine->governor, line);
	if (first_line(root, "/proc/loadavg", line))
		machine->load_1min = strtod(line, NULL);
	copy(machine->kernel, "unknown");
	if (uname(&name) == 0)
		snprintf(machine->kernel, sizeof(machine->kernel), "%.60s %.60s",
			 name.sysname, name.release);
}
