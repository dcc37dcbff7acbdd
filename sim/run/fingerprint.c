#include "run/fingerprint.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The first "model name" of /proc/cpuinfo, or "unknown". */
static void cpu_model(char *model, size_t size)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
	char line[512];

	snprintf(model, size, "unknown");
	while (file && fgets(line, sizeof(line), file)) {
		char *value = strchr(line, ':');

		if (strncmp(line, "model name", 10) || !value)
			continue;
		value[strcspn(value, "\n")] = '\0';
		snprintf(model, size, "%s", value + 2);
		break;
	}
	if (file)
		fclose(file);
}

json_t *fingerprint_json(void)
{
	char model[256];
	struct utsname kernel;

	cpu_model(model, sizeof(model));
	if (uname(&kernel))
		memset(&kernel, 0, sizeof(kernel));
	return json_pack("{s:s, s:I, s:I, s:s, s:s}", "cpu", model, "cpus",
			 (json_int_t)sysconf(_SC_NPROCESSORS_ONLN),
			 "memory_mib",
			 (json_int_t)(sysconf(_SC_PHYS_PAGES) *
				      (sysconf(_SC_PAGESIZE) / 1024) / 1024),
			 "kernel", kernel.release, "machine", kernel.machine);
}
