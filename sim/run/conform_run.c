#include "run/conform_run.h"

#include "run/json_wide.h"
#include "run/jsonl.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TAGS_MAX = 8, SLOT_MAX = 2 * CONFORM_THREADS_MAX + 1 };

/* A line on its way, and what came of it. */
struct slot {
	struct jsonl_line line;
	uint64_t offset_bytes; /* of the file, when the line had been read */
	bool done;             /* under the lock */
	int rc;
	struct err err;
	json_t *record; /* kept for a series only */
	const struct conform_kind *kind;
	struct conform_result result;
	char tag[TAGS_MAX][CONFORM_NAME_MAX];
	uint32_t tag_count;
};

/* The ring: committed <= taken <= filled, slot n is ring[n % slot_count]. */
struct run {
	const struct conform_job *job;
	struct conform_report *report;
	struct jsonl *file;
	struct slot ring[SLOT_MAX];
	uint32_t slot_count, worker_count;
	uint64_t committed;
	size_t held_bytes; /* of lines filled and not committed */
	pthread_t worker[CONFORM_THREADS_MAX];
	pthread_mutex_t lock; /* of what follows, and slot.done */
	pthread_cond_t work, done;
	uint64_t filled, taken;
	bool stop;
};

static void read_all(struct run *r);
static void slot_replay(const struct conform_job *job, struct slot *s);
static void *work(void *run);
static bool commit(struct run *r);
static void close_rows(struct conform_report *report);

void conform_run(const struct conform_job *job, const char *path,
		 struct conform_report *report)
{
	struct run *r = calloc(1, sizeof(*r));

	require(job->threads >= 1 && job->threads <= CONFORM_THREADS_MAX);
	if (!r)
		panic(__FILE__, __LINE__, "out of memory");
	*report = (struct conform_report){.path = path};
	r->job = job;
	r->report = report;
	r->slot_count = 1;
	r->file = jsonl_open(path, &report->err);
	report->failed = !r->file;
	if (r->file) {
		read_all(r);
		jsonl_close(r->file);
		close_rows(report);
	}
	if (!report->failed && !report->row_count) {
		err_set(&report->err, "%s: no record in it", path);
		report->failed = true;
	}
	for (uint32_t i = 0; i < SLOT_MAX; i++)
		free(r->ring[i].line.text);
	free(r);
}

/* --- the ring ------------------------------------------------------------- */

static void workers_start(struct run *r)
{
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->work, NULL);
	pthread_cond_init(&r->done, NULL);
	if (r->job->threads == 1)
		return;
	while (r->worker_count < r->job->threads &&
	       pthread_create(&r->worker[r->worker_count], NULL, work, r) == 0)
		r->worker_count++;
	if (r->worker_count)
		r->slot_count = 2 * r->worker_count + 1;
}

static void workers_stop(struct run *r)
{
	pthread_mutex_lock(&r->lock);
	r->stop = true;
	pthread_cond_broadcast(&r->work);
	pthread_mutex_unlock(&r->lock);
	for (uint32_t i = 0; i < r->worker_count; i++)
		pthread_join(r->worker[i], NULL);
	for (; r->committed < r->filled; r->committed++)
		json_decref(r->ring[r->committed % r->slot_count].record);
	pthread_cond_destroy(&r->done);
	pthread_cond_destroy(&r->work);
	pthread_mutex_destroy(&r->lock);
}

static void *work(void *run)
{
	struct run *r = run;

	pthread_mutex_lock(&r->lock);
	for (;;) {
		while (!r->stop && r->taken == r->filled)
			pthread_cond_wait(&r->work, &r->lock);
		if (r->stop)
			break;

		struct slot *s = &r->ring[r->taken++ % r->slot_count];

		pthread_mutex_unlock(&r->lock);
		slot_replay(r->job, s);
		pthread_mutex_lock(&r->lock);
		s->done = true;
		pthread_cond_signal(&r->done);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

/* The line just read goes to whoever replays it. */
static void hand_on(struct run *r, struct slot *s)
{
	if (!r->worker_count)
		slot_replay(r->job, s);
	r->held_bytes += s->line.bytes;
	pthread_mutex_lock(&r->lock);
	s->done = !r->worker_count;
	r->filled++;
	pthread_cond_signal(&r->work);
	pthread_mutex_unlock(&r->lock);
}

/* Is the next one to commit there and replayed? */
static bool ready(struct run *r, bool wait)
{
	const struct slot *s = &r->ring[r->committed % r->slot_count];
	bool is_ready;

	if (r->committed == r->filled)
		return false;
	pthread_mutex_lock(&r->lock);
	while (wait && !s->done)
		pthread_cond_wait(&r->done, &r->lock);
	is_ready = s->done;
	pthread_mutex_unlock(&r->lock);
	return is_ready;
}

static void read_all(struct run *r)
{
	struct err err;
	bool good = true;
	int more = 1;

	workers_start(r);
	while (good && more > 0) {
		struct slot *s = &r->ring[r->filled % r->slot_count];

		more = jsonl_next(r->file, &s->line, &err);
		/* A large line waits until others are done. */
		while (good && more > 0 &&
		       r->held_bytes + s->line.bytes > JSONL_LINE_BYTES_MAX &&
		       ready(r, true))
			good = commit(r);
		if (good && more > 0) {
			s->offset_bytes = jsonl_offset_bytes(r->file);
			hand_on(r, s);
		}
		/* At the end, or where no slot is free, wait. */
		while (good && ready(r, more <= 0 || r->filled - r->committed ==
							     r->slot_count))
			good = commit(r);
	}
	workers_stop(r);
	if (good && more < 0) {
		r->report->failed = true;
		r->report->err = err;
	}
}

/* --- one record ----------------------------------------------------------- */

static void read_tags(struct slot *s)
{
	const json_t *tags = json_object_get(s->record, "tags");

	s->tag_count = 0;
	for (size_t i = 0; i < json_array_size(tags) && i < TAGS_MAX; i++) {
		const json_t *tag = json_array_get(tags, i);

		if (json_is_string(tag))
			snprintf(s->tag[s->tag_count++], CONFORM_NAME_MAX,
				 "%s", json_string_value(tag));
	}
}

static void slot_replay(const struct conform_job *job, struct slot *s)
{
	json_error_t error;

	s->rc = 0;
	s->err.text[0] = '\0';
	s->record = json_wide_loadb(s->line.text, s->line.bytes,
				    JSON_REJECT_DUPLICATES, &error);
	if (!s->record) {
		/* jansson says nothing where its memory ends. */
		if (!error.text[0])
			snprintf(error.text, sizeof(error.text),
				 "or too large for the memory there is");
		s->rc = err_set(&s->err, "not JSON: %s (byte %d)", error.text,
				error.position);
		return;
	}
	s->kind = job->kind ? job->kind : conform_kind_of(s->record, &s->err);
	read_tags(s);
	if (!s->kind)
		s->rc = -1;
	else if (s->kind->series)
		return;
	else if (s->kind->replay)
		s->rc = s->kind->replay(s->record, &s->result, &s->err);
	else
		s->rc = s->kind->replay_with(s->record, &job->options,
					     &s->result, &s->err);
	json_decref(s->record);
	s->record = NULL;
}

/* --- counting ------------------------------------------------------------- */

static struct conform_row *row_of(struct run *r,
				  const struct conform_kind *kind)
{
	struct conform_report *report = r->report;
	struct conform_row *row;

	for (uint32_t i = 0; i < report->row_count; i++)
		if (report->row[i].kind == kind)
			return &report->row[i];
	require(report->row_count < CONFORM_ROW_MAX);
	row = &report->row[report->row_count++];
	row->kind = kind;
	if (kind->series)
		row->series = kind->series->open(&r->job->options);
	return row;
}

/* The entry of a name; a new one while there is room, else NULL. */
static struct conform_tally *tally(struct conform_tally *list, uint32_t *count,
				   const char *name)
{
	for (uint32_t i = 0; i < *count; i++)
		if (strncmp(list[i].name, name, CONFORM_NAME_MAX - 1) == 0)
			return &list[i];
	if (*count == CONFORM_TAG_MAX)
		return NULL;
	snprintf(list[*count].name, CONFORM_NAME_MAX, "%s", name);
	return &list[(*count)++];
}

static void count_tags(struct conform_row *row, const struct slot *s)
{
	bool differs = !s->result.agrees;

	for (uint32_t i = 0; i <= s->tag_count; i++) {
		const char *name = i < s->tag_count ? s->tag[i] : s->result.tag;
		struct conform_tally *t = NULL;

		if (name)
			t = tally(row->tag, &row->tag_count, name);
		if (!t)
			continue;
		t->total++;
		t->differed += differs;
	}
	if (s->tag_count == 0 && !s->result.tag) {
		row->untagged.total++;
		row->untagged.differed += differs;
	}
}

static void count_missing(struct conform_row *row, const char *name)
{
	/* The last place is for all that find none. */
	bool full = row->missing_count >= CONFORM_TAG_MAX - 1;
	struct conform_tally *t = NULL;

	for (uint32_t i = 0; full && i < row->missing_count; i++)
		if (strncmp(row->missing[i].name, name,
			    CONFORM_NAME_MAX - 1) == 0)
			t = &row->missing[i];
	if (!t)
		t = tally(row->missing, &row->missing_count,
			  full ? "others" : name);
	t->total++;
	row->unmodelled++;
}

static void keep_difference(struct conform_row *row, const struct slot *s,
			    uint32_t first_max)
{
	uint32_t n = row->first_count;

	if (n == first_max)
		return;
	/* Grows at powers of two. */
	if ((n & (n - 1)) == 0) {
		row->first = realloc(row->first,
				     (n ? 2 * n : 1) * sizeof(*row->first));
		if (!row->first)
			panic(__FILE__, __LINE__, "out of memory");
	}
	row->first[row->first_count++] =
		(struct conform_difference){s->line.number, s->result};
}

static void count(struct run *r, struct conform_row *row, const struct slot *s)
{
	if (!s->result.is_case)
		return;
	if (!s->result.modelled) {
		count_missing(row, s->result.key);
		return;
	}
	count_tags(row, s);
	row->agreed += s->result.agrees;
	row->differed += !s->result.agrees;
	if (!s->result.agrees)
		keep_difference(row, s, r->job->first_max);
}

/* Takes the result of the oldest slot. False: the file ends here. */
static bool commit(struct run *r)
{
	struct slot *s = &r->ring[r->committed % r->slot_count];
	struct conform_row *row = s->rc == 0 ? row_of(r, s->kind) : NULL;

	if (row && s->kind->series) {
		s->rc = s->kind->series->replay(row->series, s->record,
						&s->result, &s->err);
		json_decref(s->record);
		s->record = NULL;
	}
	r->committed++;
	r->held_bytes -= s->line.bytes;
	if (s->rc != 0) {
		r->report->failed = true;
		err_set(&r->report->err, "%s:%llu: %s", r->report->path,
			(unsigned long long)s->line.number, s->err.text);
		return false;
	}
	count(r, row, s);
	if (r->job->done)
		r->job->done(r->job->context, s->offset_bytes);
	return true;
}

static void close_rows(struct conform_report *report)
{
	for (uint32_t i = 0; i < report->row_count; i++) {
		struct conform_row *row = &report->row[i];

		if (!row->kind->series)
			continue;
		row->notes = json_object();
		row->kind->series->close(row->series, row->notes);
		row->series = NULL;
	}
}

void conform_report_fini(struct conform_report *report)
{
	for (uint32_t i = 0; i < report->row_count; i++) {
		free(report->row[i].first);
		json_decref(report->row[i].notes);
	}
	report->row_count = 0;
}

void conform_report_check(const struct conform_report *report,
			  uint32_t first_max)
{
	for (uint32_t i = 0; i < report->row_count; i++) {
		const struct conform_row *row = &report->row[i];
		uint64_t missing = 0, compared = row->agreed + row->differed;

		for (uint32_t k = 0; k < i; k++)
			require(report->row[k].kind != row->kind); /* C1 */
		require(row->first_count == (row->differed < first_max
						     ? row->differed
						     : first_max)); /* C2 */
		for (uint32_t k = 0; k < row->missing_count; k++)
			missing += row->missing[k].total;
		require(missing == row->unmodelled); /* C3 */
		for (uint32_t k = 0; k < row->tag_count; k++)
			require(row->tag[k].total <= compared &&
				row->tag[k].differed <= row->differed &&
				row->tag[k].differed <= row->tag[k].total); /* C4 */
	}
}
