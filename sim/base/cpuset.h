/*
 * cpuset.h - a set of physical CPUs, up to CPU_MAX, as a value type.
 *
 * SOURCE  Xen's cpumask helpers: cpuset_next() is cpumask_cycle(): the smallest
 *         member strictly above, else the smallest (facts/xen.md 0).
 */
#ifndef BASE_CPUSET_H
#define BASE_CPUSET_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

enum { CPU_MAX = 1024, CPU_NONE = 0xffff, CPUSET_WORDS = CPU_MAX / 64 };

typedef struct {
	uint64_t word[CPUSET_WORDS];
} cpuset;

static inline bool cpuset_has(const cpuset *s, uint32_t cpu)
{
	assert(cpu < CPU_MAX);
	return s->word[cpu / 64] >> (cpu % 64) & 1;
}

static inline void cpuset_add(cpuset *s, uint32_t cpu)
{
	assert(cpu < CPU_MAX);
	s->word[cpu / 64] |= (uint64_t)1 << (cpu % 64);
}

static inline void cpuset_del(cpuset *s, uint32_t cpu)
{
	assert(cpu < CPU_MAX);
	s->word[cpu / 64] &= ~((uint64_t)1 << (cpu % 64));
}

/* {0, ..., count - 1} */
static inline cpuset cpuset_below(uint32_t count)
{
	cpuset s = {{0}};

	assert(count <= CPU_MAX);
	for (uint32_t w = 0; w < CPUSET_WORDS; w++) {
		if (count >= (w + 1) * 64)
			s.word[w] = ~UINT64_C(0);
		else if (count > w * 64)
			s.word[w] = (UINT64_C(1) << (count - w * 64)) - 1;
	}
	return s;
}

static inline cpuset cpuset_all(void)
{
	return cpuset_below(CPU_MAX);
}

static inline bool cpuset_empty(const cpuset *s)
{
	for (uint32_t w = 0; w < CPUSET_WORDS; w++)
		if (s->word[w])
			return false;
	return true;
}

static inline uint32_t cpuset_count(const cpuset *s)
{
	uint32_t count = 0;

	for (uint32_t w = 0; w < CPUSET_WORDS; w++)
		count += (uint32_t)__builtin_popcountll(s->word[w]);
	return count;
}

static inline cpuset cpuset_and(const cpuset *a, const cpuset *b)
{
	cpuset s;

	for (uint32_t w = 0; w < CPUSET_WORDS; w++)
		s.word[w] = a->word[w] & b->word[w];
	return s;
}

static inline cpuset cpuset_or(const cpuset *a, const cpuset *b)
{
	cpuset s;

	for (uint32_t w = 0; w < CPUSET_WORDS; w++)
		s.word[w] = a->word[w] | b->word[w];
	return s;
}

static inline cpuset cpuset_andnot(const cpuset *a, const cpuset *b)
{
	cpuset s;

	for (uint32_t w = 0; w < CPUSET_WORDS; w++)
		s.word[w] = a->word[w] & ~b->word[w];
	return s;
}

static inline bool cpuset_equal(const cpuset *a, const cpuset *b)
{
	for (uint32_t w = 0; w < CPUSET_WORDS; w++)
		if (a->word[w] != b->word[w])
			return false;
	return true;
}

static inline bool cpuset_intersects(const cpuset *a, const cpuset *b)
{
	for (uint32_t w = 0; w < CPUSET_WORDS; w++)
		if (a->word[w] & b->word[w])
			return true;
	return false;
}

/* Is every member of a in b? */
static inline bool cpuset_subset(const cpuset *a, const cpuset *b)
{
	for (uint32_t w = 0; w < CPUSET_WORDS; w++)
		if (a->word[w] & ~b->word[w])
			return false;
	return true;
}

/* Smallest member >= cpu; CPU_NONE if there is none. cpu may be CPU_MAX. */
static inline uint32_t cpuset_from(const cpuset *s, uint32_t cpu)
{
	if (cpu >= CPU_MAX)
		return CPU_NONE;

	uint32_t w = cpu / 64;
	uint64_t bits = s->word[w] & (~UINT64_C(0) << (cpu % 64));

	while (!bits) {
		if (++w == CPUSET_WORDS)
			return CPU_NONE;
		bits = s->word[w];
	}
	return w * 64 + (uint32_t)__builtin_ctzll(bits);
}

static inline uint32_t cpuset_first(const cpuset *s)
{
	return cpuset_from(s, 0);
}

/* Smallest member above cpu, else the smallest; CPU_NONE of the empty set. */
static inline uint32_t cpuset_next(const cpuset *s, uint32_t cpu)
{
	uint32_t next = cpuset_from(s, cpu + 1);

	return next != CPU_NONE ? next : cpuset_first(s);
}

/*
 * The same on the words [first, end) alone, for who knows that the CPUs of
 * interest lie there: a run queue of 16 CPUs is one or two words of the 16.
 * Words outside are neither read nor written.
 */
struct cpuset_span {
	uint32_t first, end; /* words; first < end <= CPUSET_WORDS */
};

static inline void cpuset_and_in(cpuset *out, const cpuset *a, const cpuset *b,
				 struct cpuset_span in)
{
	for (uint32_t w = in.first; w < in.end; w++)
		out->word[w] = a->word[w] & b->word[w];
}

static inline bool cpuset_empty_in(const cpuset *a, struct cpuset_span in)
{
	for (uint32_t w = in.first; w < in.end; w++)
		if (a->word[w])
			return false;
	return true;
}

/* Members of a & b. */
static inline uint32_t cpuset_count_and_in(const cpuset *a, const cpuset *b,
					   struct cpuset_span in)
{
	uint32_t count = 0;

	for (uint32_t w = in.first; w < in.end; w++)
		count += (uint32_t)__builtin_popcountll(a->word[w] &
							b->word[w]);
	return count;
}

static inline void cpuset_andnot_in(cpuset *out, const cpuset *a,
				    const cpuset *b, struct cpuset_span in)
{
	for (uint32_t w = in.first; w < in.end; w++)
		out->word[w] = a->word[w] & ~b->word[w];
}

static inline void cpuset_or_in(cpuset *out, const cpuset *a, const cpuset *b,
				struct cpuset_span in)
{
	for (uint32_t w = in.first; w < in.end; w++)
		out->word[w] = a->word[w] | b->word[w];
}

static inline bool cpuset_intersects_in(const cpuset *a, const cpuset *b,
					struct cpuset_span in)
{
	for (uint32_t w = in.first; w < in.end; w++)
		if (a->word[w] & b->word[w])
			return true;
	return false;
}

/* Smallest member >= cpu of a, in the span; CPU_NONE if there is none. */
static inline uint32_t cpuset_from_in(const cpuset *a, uint32_t cpu,
				      struct cpuset_span in)
{
	uint32_t w = cpu / 64;
	uint64_t wanted = ~UINT64_C(0) << (cpu % 64);

	if (w < in.first) {
		w = in.first;
		wanted = ~UINT64_C(0);
	}
	for (; w < in.end; w++, wanted = ~UINT64_C(0))
		if (a->word[w] & wanted)
			return w * 64 + (uint32_t)__builtin_ctzll(a->word[w] &
								  wanted);
	return CPU_NONE;
}

/* cpuset_next() in the span. */
static inline uint32_t cpuset_next_in(const cpuset *a, uint32_t cpu,
				      struct cpuset_span in)
{
	uint32_t next = cpuset_from_in(a, cpu + 1, in);

	return next != CPU_NONE ? next : cpuset_from_in(a, 0, in);
}

/* The same of a & b without the members of not; not may be NULL. */
static inline uint32_t cpuset_from_and_in(const cpuset *a, const cpuset *b,
					  const cpuset *not, uint32_t cpu,
					  struct cpuset_span in)
{
	uint32_t w = cpu / 64;
	uint64_t wanted = ~UINT64_C(0) << (cpu % 64);

	if (w < in.first) {
		w = in.first;
		wanted = ~UINT64_C(0);
	}
	for (; w < in.end; w++, wanted = ~UINT64_C(0)) {
		uint64_t bits = a->word[w] & b->word[w] & wanted;

		if (not)
			bits &= ~not->word[w];
		if (bits)
			return w * 64 + (uint32_t)__builtin_ctzll(bits);
	}
	return CPU_NONE;
}

#endif
