/* xlcfg_read.c - one key of an xl.cfg: its value or its line (xlcfg.h). */
#include "toolstack/xlcfg_read.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int xlcfg_fail(const struct xlcfg_reader *r, const char *key,
	       const char *format, ...)
{
	uint32_t line = xlcfg_key_line(r->keys, key);
	struct err what;
	va_list args;

	va_start(args, format);
	err_vset(&what, format, args);
	va_end(args);
	if (line)
		return err_set(r->err, "%s:%u: %s: %s", r->path, line, key,
			       what.text);
	return err_set(r->err, "%s: %s: %s", r->path, key, what.text);
}

void xlcfg_warn(const struct xlcfg_reader *r, uint32_t line,
		const char *format, ...)
{
	struct err what, whole;
	va_list args;

	va_start(args, format);
	err_vset(&what, format, args);
	va_end(args);
	err_set(&whole, "%s:%u: %s", r->path, line, what.text);
	if (r->cfg->warning_count < XLCFG_WARNING_MAX)
		r->cfg->warning[r->cfg->warning_count] =
			arena_strdup(r->arena, whole.text);
	r->cfg->warning_count++;
}

int xlcfg_read_number(const struct xlcfg_reader *r, const char *key,
		      uint64_t low, uint64_t high, uint64_t *value,
		      bool *given)
{
	long number;
	int rc = xlu_cfg_get_long(r->config, key, &number, 1);

	if (given)
		*given = rc == 0;
	if (rc == ESRCH)
		return 0;
	if (rc == EINVAL)
		return xlcfg_fail(r, key, "is no number; %" PRIu64 " to %"
				  PRIu64, low, high);
	if (rc || number < 0 || (uint64_t)number > high)
		return xlcfg_fail(r, key, "is too %s; %" PRIu64 " to %" PRIu64,
				  !rc && number < 0 ? "small" : "large", low,
				  high);
	if ((uint64_t)number < low)
		return xlcfg_fail(r, key, "%ld is too small; %" PRIu64 " to %"
				  PRIu64, number, low, high);
	*value = (uint64_t)number;
	return 0;
}

int xlcfg_read_string(const struct xlcfg_reader *r, const char *key,
		      const char **value, bool *given)
{
	const char *text;
	int rc = xlu_cfg_get_string(r->config, key, &text, 1);

	if (given)
		*given = rc == 0;
	if (rc == ESRCH)
		return 0;
	if (rc)
		return xlcfg_fail(r, key, "is a list; a single value");
	*value = arena_strdup(r->arena, text);
	return 0;
}

static int cpus_check(const struct xlcfg_reader *r, const char *key,
		      const struct xlcfg_cpus *cpus)
{
	for (uint32_t i = 0; i < cpus->entry_count; i++) {
		struct err inner;

		if (xlcfg_cpulist(cpus->entry[i], NULL, NULL, &inner))
			return xlcfg_fail(r, key, "%s", inner.text);
	}
	return 0;
}

/* One mask for all vCPUs. */
static int cpus_string(const struct xlcfg_reader *r, const char *key,
		       struct xlcfg_cpus *cpus)
{
	const char **entry = arena_array(r->arena, 1, sizeof(*entry));

	if (xlcfg_read_string(r, key, entry, &cpus->given))
		return -1;
	if (!cpus->given)
		return 0;
	cpus->entry = entry;
	cpus->entry_count = 1;
	return cpus_check(r, key, cpus);
}

int xlcfg_read_cpus(const struct xlcfg_reader *r, const char *key,
		    struct xlcfg_cpus *cpus)
{
	XLU_ConfigList *list;
	const char **entry;
	int count;

	if (xlu_cfg_get_list(r->config, key, &list, &count, 1))
		return cpus_string(r, key, cpus);
	cpus->list = true;
	if (count == 0)
		return xlcfg_fail(r, key, "is an empty list; one entry per "
				  "vCPU, as in [\"0\", \"1\"]");
	entry = arena_array(r->arena, (size_t)count, sizeof(*entry));
	for (int i = 0; i < count; i++) {
		const char *text = xlu_cfg_get_listitem(list, i);

		if (!text)
			return xlcfg_fail(r, key, "entry %d is a list; a "
					  "string", i);
		entry[i] = arena_strdup(r->arena, text);
	}
	cpus->given = true;
	cpus->entry = entry;
	cpus->entry_count = (uint32_t)count;
	return cpus_check(r, key, cpus);
}
