/*
 * conform_tool.h - what the tests of conform share: a folder of their own, files
 * in it, and the program.
 *
 * $NODEWISE names the release program (sim/test/run.sh sets it); default
 * build/nodewise.
 */
#ifndef TEST_CONFORM_TOOL_H
#define TEST_CONFORM_TOOL_H

#include "run/conform_run.h"
#include "test/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#define GOLDEN "sim/test/golden/"
#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* One record that agrees. */
#define GOOD                                                               \
	"{\"id\":0,\"kind\":\"credit2_c2t\",\"in\":{\"max_weight\":512,"   \
	"\"weight\":256,\"credit\":100},\"out\":{\"time\":50}}\n"

enum { OUTPUT_MAX = 1 << 18, PATH_MAX_BYTES = 256 };

static char folder[64];
static char output[OUTPUT_MAX];

static inline void setup(void)
{
	strcpy(folder, "/tmp/nodewise-conform-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static inline void teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static inline const char *in_folder(const char *name)
{
	static char path[4][PATH_MAX_BYTES];
	static int next;
	char *p = path[next++ % 4];

	snprintf(p, PATH_MAX_BYTES, "%s/%s", folder, name);
	return p;
}

/* Writes text, compressed if the name ends so. Returns the path. */
static inline const char *write_file(const char *name, const char *text,
				     size_t bytes)
{
	const char *path = in_folder(name);
	bool gz = strstr(name, ".gz") != NULL;
	gzFile file = gzopen(path, gz ? "wb1" : "wbT");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(gzwrite(file, text, (unsigned)bytes), (int)bytes);
	ck_assert_int_eq(gzclose(file), Z_OK);
	return path;
}

static inline const char *write_text(const char *name, const char *text)
{
	return write_file(name, text, strlen(text));
}

/* The whole of a golden file, unpacked; free() it. */
static inline char *read_golden(const char *path, size_t *bytes)
{
	size_t max = 1 << 20, used = 0;
	gzFile file = gzopen(path, "rb");
	char *text = malloc(max + 1);
	int got;

	ck_assert_msg(file != NULL, "%s", path);
	while ((got = gzread(file, text + used, (unsigned)(max - used))) > 0) {
		used += (size_t)got;
		if (used == max)
			text = realloc(text, (max *= 2) + 1);
	}
	gzclose(file);
	text[used] = '\0';
	*bytes = used;
	return text;
}

/* Runs "nodewise conform ARGUMENTS", where %s is the folder. */
static inline int run(const char *arguments)
{
	const char *name = getenv("NODEWISE");
	char filled[2048], command[4096];

	snprintf(filled, sizeof(filled), arguments, folder, folder, folder);
	snprintf(command, sizeof(command), "%s conform %s 2>&1",
		 name ? name : "build/nodewise", filled);
	FILE *pipe = popen(command, "r");

	ck_assert_ptr_nonnull(pipe);
	size_t used = fread(output, 1, OUTPUT_MAX - 1, pipe);

	output[used] = '\0';
	return WEXITSTATUS(pclose(pipe));
}

#define ck_assert_says(text) \
	ck_assert_msg(strstr(output, text) != NULL, "%s", output)

static inline struct conform_job plain_job(void)
{
	return (struct conform_job){
		.options = conform_options_default(),
		.threads = 2,
		.first_max = 5,
	};
}

#endif
