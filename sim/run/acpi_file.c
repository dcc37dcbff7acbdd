#include "run/acpi_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_all(int fd, const struct acpi_table *table)
{
	uint32_t done = 0;

	while (done < table->size_bytes) {
		ssize_t n = write(fd, table->byte + done,
				  table->size_bytes - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		done += (uint32_t)n;
	}
	return fsync(fd);
}

static int write_one(const char *dir, const char *name,
		     const struct acpi_table *table, struct err *err)
{
	char path[PATH_MAX], partial[PATH_MAX];
	int fd, failed;

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= PATH_MAX ||
	    snprintf(partial, sizeof(partial), "%s.partial-%ld", path,
		     (long)getpid()) >= PATH_MAX)
		return err_set(err, "%s: %s", dir, strerror(ENAMETOOLONG));
	fd = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return err_set(err, "%s: cannot be written: %s", path,
			       strerror(errno));
	failed = write_all(fd, table) ? errno : 0;
	if (close(fd) && !failed)
		failed = errno;
	if (!failed && rename(partial, path))
		failed = errno;
	if (!failed)
		return 0;
	unlink(partial);
	return err_set(err, "%s: cannot be written: %s", path,
		       strerror(failed));
}

int acpi_file_write(const char *dir, const struct acpi_table *srat,
		    const struct acpi_table *slit, struct err *err)
{
	if (mkdir(dir, 0777) && errno != EEXIST)
		return err_set(err, "%s: cannot be made: %s", dir,
			       strerror(errno));
	if (write_one(dir, "srat.dat", srat, err))
		return -1;
	return write_one(dir, "slit.dat", slit, err);
}
