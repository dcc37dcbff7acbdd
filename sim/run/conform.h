/*
 * conform.h - replay one recorded answer of Xen's own code and compare.
 *
 * RULE    Each kind of record has a function that takes one JSON object, asks
 *         the model the same question and compares every field of the answer.
 *         A record comes from outside: whatever is in it, the function returns,
 *         it never aborts. conform_placement.h, conform_heap.h and their
 *         like declare the functions.
 *
 * SOURCE  the formats are those of golden/README.md.
 */
#ifndef RUN_CONFORM_H
#define RUN_CONFORM_H

#include "base/cpuset.h"
#include "base/err.h"
#include "base/nodeset.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum { CONFORM_TEXT_MAX = 256 };

/* The first key that differs, as text; agrees: none does. */
struct conform_diff {
	bool agrees;
	uint64_t id;
	char key[32]; /* "heap_end", "step 12: mfn" */
	char expected[CONFORM_TEXT_MAX];
	char got[CONFORM_TEXT_MAX];
};

/* 0 and *diff; -1 and one line in *err for a record that cannot be read. */
typedef int conform_replay(const json_t *record, struct conform_diff *diff,
			   struct err *err);

/* Fills the diff; returns CONFORM_DIFFERS. */
enum conform_verdict {
	CONFORM_AGREES,
	CONFORM_DIFFERS,
	CONFORM_MALFORMED,
};

enum conform_verdict conform_differs(struct conform_diff *diff, const char *key,
				     int64_t expected, int64_t got);

/* What a replay returns for the verdict of its parts. */
int conform_end(const json_t *record, enum conform_verdict verdict,
		struct conform_diff *diff);

/* --- reading fields (conform.c) ---------------------------------------------- */

/* An integer 0..max. On anything else: false, and why says so. */
bool conform_u64(const json_t *object, const char *key, uint64_t max,
		 uint64_t *out, struct err *why);
/* The same for an element of an array. */
bool conform_item(const json_t *array, size_t index, uint64_t max,
		  uint64_t *out, struct err *why);
/* null or an absent key gives none. */
bool conform_u64_or(const json_t *object, const char *key, uint64_t max,
		    uint64_t none, uint64_t *out, struct err *why);
bool conform_bool(const json_t *object, const char *key, bool *out,
		  struct err *why);
/* An array of min..max elements. */
const json_t *conform_array(const json_t *object, const char *key, size_t min,
			    size_t max, struct err *why);
/* An array of node numbers, or the text "all" (64 bits). */
bool conform_nodes(const json_t *value, const char *key, nodeset *out,
		   struct err *why);
/* The same for CPU numbers ("all": every one). */
bool conform_cpus(const json_t *value, const char *key, cpuset *out,
		  struct err *why);
/* CONFORM_MALFORMED with a text. */
enum conform_verdict conform_malformed(struct err *why, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* What came of a file. */
struct conform_count {
	uint64_t agreed, total;
	struct conform_diff first; /* that differs, if any does */
};

/*
 * Every line of a .jsonl or .jsonl.gz file through one function. Stops at the
 * first line that is no record of this kind. Returns 0, or -1 with *err when
 * the file cannot be read or a line is malformed.
 */
int conform_file(const char *path, conform_replay *replay,
		 struct conform_count *count, struct err *err);

#endif
