#include "base/record.h"

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/json_text.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PARTIAL_TRIES = 1000 };

/* One file of the partial folder, open until commit or abort. */
struct part {
	const char *name;
	const char *path;
	FILE *file; /* NULL once closed */
};

struct record {
	struct arena *arena;
	const char *dir;
	const char *partial;
	struct part part[RECORD_FILE_MAX];
	uint32_t part_count;
	FILE *samples;
	bool run_written;
};

static FILE *add_file(struct record *record, const char *name,
		      struct err *err);

static char *join(struct arena *arena, const char *a, const char *b)
{
	size_t size = strlen(a) + strlen(b) + 1;
	char *text = arena_alloc(arena, size);

	snprintf(text, size, "%s%s", a, b);
	return text;
}

/* "a/b" of "a/b/c", "." of "c", "/" of "/c". */
static const char *parent_of(struct arena *arena, const char *path)
{
	char *parent = arena_strdup(arena, path);
	char *slash = strrchr(parent, '/');

	if (!slash)
		return ".";
	slash[slash == parent ? 1 : 0] = '\0';
	return parent;
}

static int say_why(struct record *record, int reason, struct err *err)
{
	const char *parent = parent_of(record->arena, record->dir);

	if (reason == ENOENT)
		return err_set(err, "%s cannot be made: there is no folder %s; "
				    "make it or choose another --out",
			       record->dir, parent);
	return err_set(err, "%s cannot be made in %s: %s", record->dir, parent,
		       strerror(reason));
}

static int say_exists(const struct record *record, struct err *err)
{
	return err_set(err, "%s exists; choose another --out or remove it",
		       record->dir);
}

/* The first free name DIR.partial-PID, DIR.partial-PID-1, ... */
static int make_partial(struct record *record, struct err *err)
{
	struct stat status;

	if (lstat(record->dir, &status) == 0)
		return say_exists(record, err);
	if (errno != ENOENT)
		return say_why(record, errno, err);
	for (int try = 0; try < PARTIAL_TRIES; try++) {
		char tail[64];

		if (try == 0)
			snprintf(tail, sizeof(tail), ".partial-%ld",
				 (long)getpid());
		else
			snprintf(tail, sizeof(tail), ".partial-%ld-%d",
				 (long)getpid(), try);
		record->partial = join(record->arena, record->dir, tail);
		if (mkdir(record->partial, 0777) == 0)
			return 0;
		if (errno != EEXIST)
			break;
	}
	return say_why(record, errno, err);
}

struct record *record_open(const char *dir, struct err *err)
{
	struct arena *arena = arena_create();
	struct record *record = arena_alloc(arena, sizeof(*record));
	char *clean = arena_strdup(arena, dir);
	size_t size = strlen(clean);

	while (size > 1 && clean[size - 1] == '/')
		clean[--size] = '\0';
	record->arena = arena;
	record->dir = clean;
	if (size == 0) {
		err_set(err, "the results folder has an empty name; give "
			     "--out a path");
		arena_destroy(arena);
		return NULL;
	}
	if (make_partial(record, err)) {
		arena_destroy(arena);
		return NULL;
	}
	record->samples = add_file(record, "samples.csv", err);
	if (!record->samples) {
		record_abort(record);
		return NULL;
	}
	sample_write_header(record->samples);
	return record;
}

void record_sample(struct record *record, const struct sample *sample)
{
	sample_write(record->samples, sample);
}

static FILE *add_file(struct record *record, const char *name, struct err *err)
{
	struct part *part = &record->part[record->part_count];

	require(record->part_count < RECORD_FILE_MAX);
	require(name[0] && name[0] != '.' && !strchr(name, '/'));
	part->name = arena_strdup(record->arena, name);
	part->path = join(record->arena,
			  join(record->arena, record->partial, "/"), name);
	int fd = open(part->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		      0666);

	part->file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!part->file) {
		err_set(err, "%s/%s cannot be written: %s", record->dir, name,
			strerror(errno));
		if (fd >= 0) {
			close(fd);
			unlink(part->path);
		}
		return NULL;
	}
	record->part_count++;
	return part->file;
}

FILE *record_file(struct record *record, const char *name, struct err *err)
{
	require(strcmp(name, "run.json") != 0);
	for (uint32_t i = 0; i < record->part_count; i++)
		require(strcmp(name, record->part[i].name) != 0);
	return add_file(record, name, err);
}

const char *record_dir(const struct record *record)
{
	return record->dir;
}

static json_t *inputs_json(const struct run_info *info, struct err *err)
{
	json_t *list = json_array();

	require(info->input_count <= RECORD_INPUT_MAX);
	for (size_t i = 0; i < info->input_count; i++) {
		char digest[DIGEST_TEXT_BYTES];
		json_t *one = json_object();

		json_array_append_new(list, one);
		if (digest_file(digest, info->inputs[i], err)) {
			json_decref(list);
			return NULL;
		}
		json_object_set_new(one, "path",
				    json_text(info->inputs[i]));
		json_object_set_new(one, "sha256", json_string(digest));
	}
	return list;
}

static json_t *run_json(const struct run_info *info, struct err *err)
{
	json_t *inputs = inputs_json(info, err);
	json_t *command = json_array(), *seeds = json_array();
	json_t *run = json_object();

	for (size_t i = 0; i < info->command_count; i++)
		json_array_append_new(command, json_text(info->command[i]));
	for (size_t i = 0; i < info->seed_count; i++) {
		char text[24];

		snprintf(text, sizeof(text), "%" PRIu64, info->seeds[i]);
		json_array_append_new(seeds, json_string(text));
	}
	if (info->program)
		json_object_set_new(run, "program",
				    json_text(info->program));
	if (info->version)
		json_object_set_new(run, "version",
				    json_text(info->version));
	json_object_set_new(run, "command", command);
	json_object_set_new(run, "seeds", seeds);
	if (inputs)
		json_object_set_new(run, "inputs", inputs);
	if (info->host)
		json_object_set(run, "host", info->host);
	if (info->extra)
		json_object_update_missing(run, info->extra);
	if (inputs)
		return run;
	json_decref(run);
	return NULL;
}

int record_run(struct record *record, const struct run_info *info,
	       struct err *err)
{
	require(!record->run_written);
	json_t *run = run_json(info, err);

	if (!run)
		return -1;
	FILE *file = add_file(record, "run.json", err);

	if (file) {
		json_dumpf(run, file,
			   JSON_INDENT(2) | JSON_REAL_PRECISION(17));
		putc('\n', file);
		record->run_written = true;
	}
	json_decref(run);
	return file ? 0 : -1;
}

/* Everything written is on the disk, or err says why not. */
static int finish_part(struct record *record, struct part *part,
		       struct err *err)
{
	FILE *file = part->file;

	errno = 0;
	bool good = fflush(file) == 0 && !ferror(file) &&
		    fsync(fileno(file)) == 0;
	int reason = errno;

	part->file = NULL;
	if (fclose(file) != 0 && good) {
		good = false;
		reason = errno;
	}
	if (good)
		return 0;
	return err_set(err, "%s/%s cannot be written: %s", record->dir,
		       part->name,
		       reason ? strerror(reason)
			      : "a write failed; is the disk full?");
}

/* The names in a folder reach the disk; not all file systems can. */
static void sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)fsync(fd);
	close(fd);
}

/*
 * In one step, and never onto something that is there. A file system without
 * RENAME_NOREPLACE gets the plain rename, which replaces nothing but an empty
 * folder made in the meantime.
 */
static int move_in_place(struct record *record, struct err *err)
{
	int rc = renameat2(AT_FDCWD, record->partial, AT_FDCWD, record->dir,
			   RENAME_NOREPLACE);

	if (rc && (errno == EINVAL || errno == ENOSYS))
		rc = rename(record->partial, record->dir);
	if (rc == 0)
		return 0;
	if (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR)
		return say_exists(record, err);
	return say_why(record, errno, err);
}

int record_commit(struct record *record, struct err *err)
{
	require(record->run_written);
	for (uint32_t i = 0; i < record->part_count; i++) {
		if (finish_part(record, &record->part[i], err)) {
			record_abort(record);
			return -1;
		}
	}
	sync_folder(record->partial);
	if (move_in_place(record, err)) {
		record_abort(record);
		return -1;
	}
	sync_folder(parent_of(record->arena, record->dir));
	arena_destroy(record->arena);
	return 0;
}

void record_abort(struct record *record)
{
	if (!record)
		return;
	for (uint32_t i = 0; i < record->part_count; i++) {
		if (record->part[i].file)
			fclose(record->part[i].file);
		unlink(record->part[i].path);
	}
	rmdir(record->partial);
	arena_destroy(record->arena);
}
