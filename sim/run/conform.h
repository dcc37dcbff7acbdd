/*
 * conform.h - replay one recorded answer of Xen's own code and compare.
 *
 * RULE    Each kind of record has a function that takes one JSON object, asks
 *         the model the same question and compares every field of the answer.
 *         A record comes from outside: whatever is in it, the function returns,
 *         it never aborts. conform_placement.h, conform_heap.h and their
 *         like declare the functions; conform_kinds.h lists them.
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

enum {
	CONFORM_TEXT_MAX = 256,
	CONFORM_KEY_MAX = 128,
	CONFORM_ID_MAX = 64,
};

/* What came of one record. */
struct conform_result {
	bool modelled; /* false: the model has nothing like it; key says what */
	bool agrees;
	bool is_case;  /* false: it only says what later ones build on */
	char id[CONFORM_ID_MAX]; /* the record's "id", "" if it has none */
	/* The first key that differs, and the two values, as text. */
	char key[CONFORM_KEY_MAX]; /* "heap_end", "step 12: mfn" */
	char expected[CONFORM_TEXT_MAX];
	char got[CONFORM_TEXT_MAX];
	/* NULL, or one more tag than the record's own "tags"; a constant. */
	const char *tag;
};

/* How to replay. */
struct conform_options {
	bool libxl_fixed;     /* placement by libxl-fixed instead of libxl */
	uint32_t xen_version; /* 417 or 422; recorded: 422 */
	bool paranoid;        /* check every invariant after every step */
};

static inline struct conform_options conform_options_default(void)
{
	return (struct conform_options){.xen_version = 422};
}

/* 0 and *result; -1 and one line in *err for a record that cannot be read. */
typedef int conform_replay(const json_t *record, struct conform_result *result,
			   struct err *err);
typedef int conform_replay_with(const json_t *record,
				const struct conform_options *options,
				struct conform_result *result,
				struct err *err);

enum conform_verdict {
	CONFORM_AGREES,
	CONFORM_DIFFERS,
	CONFORM_MALFORMED,
	CONFORM_UNMODELLED, /* with result->key set */
};

/* What a replay begins with: everything empty. */
void conform_begin(struct conform_result *result);

/* Each of these fills key, expected and got; returns CONFORM_DIFFERS. */
enum conform_verdict conform_differs(struct conform_result *result,
				     const char *key, int64_t expected,
				     int64_t got);
enum conform_verdict conform_differs_text(struct conform_result *result,
					  const char *key, const char *expected,
					  const char *got);
/* The text is that of the JSON values; "nothing" for NULL. */
enum conform_verdict conform_differs_json(struct conform_result *result,
					  const char *key,
					  const json_t *expected,
					  const json_t *got);
enum conform_verdict conform_differs_cpus(struct conform_result *result,
					  const char *key,
					  const cpuset *expected,
					  const cpuset *got);
enum conform_verdict conform_differs_nodes(struct conform_result *result,
					   const char *key, nodeset expected,
					   nodeset got);

/*
 * The first place, depth first, where two values differ, as "what.key[3]".
 * CONFORM_AGREES if none does. Either may be NULL: nothing is there.
 */
enum conform_verdict conform_json(struct conform_result *result,
				  const char *what, const json_t *recorded,
				  const json_t *ours);

/* What a replay returns for the verdict of its parts. Fills id and flags. */
int conform_end(const json_t *record, enum conform_verdict verdict,
		struct conform_result *result);

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
	struct conform_result first; /* that differs, if any does */
};

/*
 * Every line of a .jsonl or .jsonl.gz file through one function, for tests.
 * Stops at the first line that is no record of this kind. Returns 0, or -1
 * with *err when the file cannot be read or a line is malformed.
 */
int conform_file(const char *path, conform_replay *replay,
		 struct conform_count *count, struct err *err);

#endif
