/*
 * units.h - the units of the model, and the only place that converts them.
 *
 * UNITS   Time is integer nanoseconds (int64_t, names end in _ns; signed, so
 *         that a difference of two times is a time). Memory is 4 KiB pages
 *         (uint64_t, _pages). Bandwidth is bytes per second (double,
 *         _bytes_per_s). Files and people speak MiB, KiB, GB/s, ms: they are
 *         converted here, at the edge, and nowhere else.
 */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include <stdint.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)
#define TIME_NEVER_NS INT64_MAX

#define PAGE_BYTES UINT64_C(4096)
#define KIB_PER_PAGE UINT64_C(4)
#define PAGES_PER_MIB UINT64_C(256)
#define PAGES_PER_GIB UINT64_C(262144)
#define CACHE_LINE_BYTES 64

/* Pages that lie wholly inside so many KiB, MiB or bytes (truncating). */
static inline uint64_t pages_from_kib(uint64_t kib)
{
	return kib / KIB_PER_PAGE;
}

static inline uint64_t pages_from_mib(uint64_t mib)
{
	return mib * PAGES_PER_MIB;
}

static inline uint64_t pages_from_bytes(uint64_t bytes)
{
	return bytes / PAGE_BYTES;
}

static inline uint64_t kib_from_pages(uint64_t pages)
{
	return pages * KIB_PER_PAGE;
}

static inline uint64_t bytes_from_pages(uint64_t pages)
{
	return pages * PAGE_BYTES;
}

static inline double mib_from_pages(uint64_t pages)
{
	return (double)pages / (double)PAGES_PER_MIB;
}

static inline double gib_from_pages(uint64_t pages)
{
	return (double)pages / (double)PAGES_PER_GIB;
}

static inline double s_from_ns(int64_t ns)
{
	return (double)ns / 1e9;
}

/* Rounds to the nearest ns, halves up; saturates at TIME_NEVER_NS. */
static inline int64_t ns_from_s(double s)
{
	double ns = s * 1e9 + 0.5;

	return ns >= 9.2e18 ? TIME_NEVER_NS : (int64_t)ns;
}

#endif
