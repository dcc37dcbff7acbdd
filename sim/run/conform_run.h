/*
 * conform_run.h - a file of recorded answers, replayed on several threads.
 *
 * MODEL   One thread reads lines into a ring of slots; workers turn each into a
 *         JSON object, find its kind and replay it; the first thread takes the
 *         results in the order of the file:
 *
 *             read --> [ ][ ][ ][ ][ ] --> replay (threads) --> commit in order
 *
 *         So what is counted, and which record is the first to differ, does
 *         not depend on threads. Records of a series (conform_kinds.h) are
 *         replayed at the commit. One thread does all of it in turn.
 *
 * RULE    A line that is no JSON, a record of no known kind and one that lacks
 *         what its kind needs end the file: what was counted before it stands.
 *
 * COST    Memory: two records a thread and one, and of large ones so few that
 *         their lines are 32 MiB together, whatever the size of the file. A
 *         record takes some ten times its line, a hostile one seventy times.
 *
 * INVARIANTS, asserted by conform_report_check():
 *   C1  Rows of a report are of different kinds.
 *   C2  first_count is the smaller of differed and the job's first_max.
 *   C3  The counts by name of what is not modelled add up to unmodelled.
 *   C4  No tag has more records, or more that differ, than its row.
 *
 * TESTS   sim/test/check_conform.c
 */
#ifndef RUN_CONFORM_RUN_H
#define RUN_CONFORM_RUN_H

#include "run/conform_kinds.h"

enum {
	CONFORM_THREADS_MAX = 64,
	CONFORM_ROW_MAX = 16,  /* kinds in one file */
	CONFORM_TAG_MAX = 16,  /* different tags in one row; further: dropped */
	CONFORM_NAME_MAX = 24, /* further unmodelled names: counted as "others" */
};

/* How often one name came. */
struct conform_tally {
	char name[CONFORM_NAME_MAX];
	uint64_t total, differed;
};

struct conform_difference {
	uint64_t line;
	struct conform_result result;
};

/* The records of one kind in one file. */
struct conform_row {
	const struct conform_kind *kind;
	uint64_t agreed, differed, unmodelled;
	struct conform_difference *first; /* [first_count], in file order */
	uint32_t first_count;
	/* By "tags" of the records, in the order they came; untagged apart. */
	struct conform_tally tag[CONFORM_TAG_MAX];
	uint32_t tag_count;
	struct conform_tally untagged;
	/* What is not modelled, by name; the last one may be "others". */
	struct conform_tally missing[CONFORM_TAG_MAX];
	uint32_t missing_count;
	void *series;  /* the kind's own state, while the file is read */
	json_t *notes; /* object; NULL where the kind has none */
};

struct conform_report {
	const char *path;
	struct conform_row row[CONFORM_ROW_MAX]; /* in order of appearance */
	uint32_t row_count;
	bool failed; /* err says why; rows hold what came before */
	struct err err;
};

struct conform_job {
	struct conform_options options;
	const struct conform_kind *kind; /* of every record; NULL: by content */
	uint32_t threads;                /* 1..CONFORM_THREADS_MAX */
	uint32_t first_max;              /* differences kept, for each row */
	/* Called from the calling thread: bytes of the file dealt with. */
	void (*done)(void *context, uint64_t offset_bytes);
	void *context;
};

/* path is borrowed as long as the report lives. */
void conform_run(const struct conform_job *job, const char *path,
		 struct conform_report *report);
void conform_report_fini(struct conform_report *report);

void conform_report_check(const struct conform_report *report,
			  uint32_t first_max);

static inline uint64_t conform_row_total(const struct conform_row *row)
{
	return row->agreed + row->differed + row->unmodelled;
}

#endif
