/*
 * host_state_parts.h - the readers behind host_state_load(), one a file.
 *
 * RULE    Each reads one file of the folder into a state that host_state_new()
 *         made, and returns 0, or -1 and "FILE:LINE: what is wrong; what would
 *         be right". They are called in the order below; then
 *         host_state_complete().
 */
#ifndef RUN_HOST_STATE_PARTS_H
#define RUN_HOST_STATE_PARTS_H

#include "run/host_state.h"
#include "run/jsonl.h"

/* Room for NODE_MAX nodes and CPU_MAX CPUs, all offline; no domain. */
struct host_state *host_state_new(struct arena *arena, const char *origin);

int host_state_read_info(struct arena *arena, const char *path,
			 struct host_state *state, struct err *err);
/* found says whether there is such a file. */
int host_state_read_pools(struct arena *arena, const char *path,
			  struct host_state *state, bool *found,
			  struct err *err);
int host_state_read_list(struct arena *arena, const char *path,
			 struct host_state *state, struct err *err);
int host_state_read_vcpus(struct arena *arena, const char *path,
			  struct host_state *state, struct err *err);
int host_state_read_dmesg(struct arena *arena, const char *path,
			  struct host_state *state, struct err *err);

/* --- text of the tools (xl_text.c) ------------------------------------------- */

enum { XL_WORD_MAX = 512 };

/* A file of lines, and where it is; words[] point into the line. */
struct xl_text {
	const char *path;
	struct jsonl *file;
	struct jsonl_line line;
	char *word[XL_WORD_MAX];
	uint32_t word_count;
};

int xl_text_open(struct xl_text *text, const char *path, struct err *err);
void xl_text_close(struct xl_text *text);
/* The next line, without a carriage return: 1; 0 at the end; -1 with *err. */
int xl_text_next(struct xl_text *text, struct err *err);
/* Cuts the line at blanks and tabs into words; false if there are too many. */
bool xl_text_split(struct xl_text *text);
/* -1 and "FILE:LINE: ..." */
int xl_text_fail(const struct xl_text *text, struct err *err,
		 const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Digits at *at, at most max; *at moves behind them. False if there are none
 * or the number is larger. */
bool xl_number(const char **at, uint64_t max, uint64_t *value);
/* The whole of text. */
bool xl_number_is(const char *text, uint64_t max, uint64_t *value);
/* Is prefix at *at? Then *at moves behind it. */
bool xl_skip(const char **at, const char *prefix);

/* The domain with this id; NULL. */
struct host_state_domain *host_state_find(const struct host_state *state,
					  uint32_t domid);

#endif
