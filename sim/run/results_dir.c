#include "run/results_dir.h"

#include "base/err.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool holds_results(const char *path)
{
	char file[RESULTS_PATH_MAX + 16];

	snprintf(file, sizeof(file), "%s/run.json", path);
	return access(file, F_OK) == 0;
}

static int remove_entry(const char *path, const struct stat *info, int type,
			struct FTW *where)
{
	(void)info;
	(void)type;
	(void)where;
	return remove(path);
}

/* Removes a folder and what is in it; follows no links. */
static void remove_folder(const char *path)
{
	(void)nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static int step_aside(struct results_dir *dir, struct err *err)
{
	struct stat info;

	if (stat(dir->path, &info))
		return 0;
	if (!S_ISDIR(info.st_mode) || !holds_results(dir->path))
		return err_set(err,
			       "%s exists and holds no results of nodewise; "
			       "choose another --out or remove it", dir->path);
	if ((size_t)snprintf(dir->aside, sizeof(dir->aside), "%s.old-%ld",
			     dir->path, (long)getpid()) >= sizeof(dir->aside))
		return err_set(err, "--out: the path is too long");
	if (rename(dir->path, dir->aside)) {
		dir->aside[0] = '\0';
		return err_set(err, "%s: cannot be replaced: %s", dir->path,
			       strerror(errno));
	}
	return 0;
}

static void come_back(struct results_dir *dir)
{
	if (dir->aside[0])
		(void)rename(dir->aside, dir->path);
	dir->aside[0] = '\0';
}

int results_dir_open(struct results_dir *dir, const char *path, bool replace,
		     struct err *err)
{
	size_t length = strlen(path);

	*dir = (struct results_dir){0};
	while (length > 1 && path[length - 1] == '/')
		length--;
	if (length >= sizeof(dir->path))
		return err_set(err, "--out: the path is too long");
	memcpy(dir->path, path, length);
	if (replace && step_aside(dir, err))
		return -1;
	dir->record = record_open(dir->path, err);
	if (!dir->record) {
		come_back(dir);
		return -1;
	}
	return 0;
}

int results_dir_commit(struct results_dir *dir, struct err *err)
{
	struct record *record = dir->record;

	dir->record = NULL;
	if (record_commit(record, err)) {
		come_back(dir);
		return -1;
	}
	if (dir->aside[0])
		remove_folder(dir->aside);
	return 0;
}

void results_dir_abort(struct results_dir *dir)
{
	if (dir->record)
		record_abort(dir->record);
	dir->record = NULL;
	come_back(dir);
}
