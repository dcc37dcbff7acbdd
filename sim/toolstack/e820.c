#include "toolstack/e820.h"

#include <stdbool.h>

#define ONE_MIB (UINT64_C(1) << 20)
#define FOUR_GIB (UINT64_C(1) << 32)

enum { ERROR_NOMEM = -5, ERROR_INVAL = -6 };

struct sanitize {
	struct e820_entry *map;
	uint32_t count;
	uint64_t first_bytes;   /* UINT64_MAX: the host has only RAM */
	uint64_t ram_end_bytes;
	uint64_t cut_kib;
};

static void add(struct sanitize *s, uint64_t start_bytes, uint64_t size_bytes,
		uint32_t type)
{
	s->map[s->count++] = (struct e820_entry){start_bytes, size_bytes, type};
}

static void find_first(struct sanitize *s, const struct e820_entry *host,
		       uint32_t host_count)
{
	s->first_bytes = UINT64_MAX;
	for (uint32_t i = 0; i < host_count; i++) {
		const struct e820_entry *e = &host[i];

		if (e->start_bytes > ONE_MIB && e->type != E820_RAM &&
		    e->type != E820_UNUSABLE &&
		    e->start_bytes < s->first_bytes)
			s->first_bytes = e->start_bytes;
	}
}

/* The guest's view of one entry of the host; false: it does not see it. */
static bool as_seen(const struct sanitize *s, struct e820_entry *e)
{
	if (e->start_bytes <= ONE_MIB || e->type == E820_UNUSABLE)
		return false;
	if (e->type != E820_RAM)
		return true;
	if (e->start_bytes >= FOUR_GIB)
		return false;
	if (e->start_bytes < s->ram_end_bytes) {
		uint64_t below = s->ram_end_bytes - e->start_bytes;

		if (e->size_bytes < below)
			return false;
		e->size_bytes -= below;
		e->start_bytes = s->ram_end_bytes;
	}
	e->type = E820_UNUSABLE;
	return true;
}

static void copy_host(struct sanitize *s, const struct e820_entry *host,
		      uint32_t host_count)
{
	uint64_t gap = s->first_bytes - s->ram_end_bytes;
	bool has_gap = s->first_bytes > s->ram_end_bytes;
	bool filled = false;
	uint32_t at = s->count;

	for (uint32_t i = 0; i < host_count; i++) {
		struct e820_entry e = host[i];

		if (!as_seen(s, &e))
			continue;
		if (has_gap && !filled && e.type == E820_UNUSABLE &&
		    e.start_bytes == s->ram_end_bytes) {
			e.size_bytes = gap;
			filled = true;
		}
		s->map[s->count++] = e;
	}
	if (!has_gap || filled)
		return;
	for (uint32_t i = s->count++; i > at; i--)
		s->map[i] = s->map[i - 1];
	s->map[at] = (struct e820_entry){s->ram_end_bytes, gap, E820_UNUSABLE};
}

int e820_sanitize(struct arena *arena, const struct e820_entry *host,
		  uint32_t host_count, uint64_t target_kib,
		  uint64_t balloon_kib, struct e820_entry **map,
		  uint32_t *map_count)
{
	struct sanitize s = {0};

	if (!host_count || !target_kib)
		return ERROR_INVAL;
	if (host_count > E820_ENTRY_MAX)
		return ERROR_NOMEM;
	/* RAM low, the gap, RAM high. */
	s.map = arena_array(arena, host_count + 3, sizeof(*s.map));
	find_first(&s, host, host_count);
	if (target_kib > s.first_bytes / 1024)
		s.cut_kib = target_kib - s.first_bytes / 1024;
	s.ram_end_bytes = (target_kib - s.cut_kib) * 1024;
	add(&s, 0, s.ram_end_bytes, E820_RAM);
	copy_host(&s, host, host_count);
	if (s.cut_kib || balloon_kib)
		add(&s, FOUR_GIB, (s.cut_kib + balloon_kib) * 1024, E820_RAM);
	*map = s.map;
	*map_count = s.count;
	return 0;
}

const char *e820_type_name(uint32_t type)
{
	static const char *const names[] = {
		[E820_RAM] = "RAM",
		[E820_RESERVED] = "reserved",
		[E820_ACPI] = "ACPI data",
		[E820_NVS] = "ACPI NVS",
		[E820_UNUSABLE] = "unusable",
	};

	return type >= E820_RAM && type <= E820_UNUSABLE ? names[type]
							 : "other";
}
