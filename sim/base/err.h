/*
 * err.h - the one line a person gets for bad input, and what a bug gets.
 *
 * RULE    A function that can meet bad input takes a struct err * and returns
 *         0 or -1. On -1 err->text is one line without a newline that names
 *         file, line and key where they are known, and says what would be
 *         right: "hosts/a.yaml:12: nodes: 0 is too few; 1 to 64". The command
 *         prints it as "nodewise: TEXT" and exits with 2.
 *         A programming error (a broken invariant) calls panic() through
 *         require(): it prints place, simulated time and seed, and aborts.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

enum { ERR_TEXT_MAX = 1024 };

struct err {
	char text[ERR_TEXT_MAX]; /* "" = no error */
};

/*
 * Sets the text and returns -1: return err_set(err, ...). A control character
 * becomes '?'; of a text that is too long the middle becomes " ... ". The
 * arguments may point into err.
 */
int err_set(struct err *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int err_vset(struct err *err, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

/*
 * Appends "; did you mean A, B?" with the names nearest to wrong (edit distance
 * at most half its length, best first, at most three), or "; one of A, B, ..."
 * if none is near. names has count entries. Returns -1.
 */
int err_add_nearest(struct err *err, const char *wrong,
		    const char *const *names, size_t count);

/*
 * What an abort reports of the run on this thread. now_ns may be NULL. The
 * pointers are borrowed until the next call; panic_run(NULL, 0) forgets them.
 * This is the one piece of per-thread state in sim/: only panic() reads it.
 */
void panic_run(const int64_t *now_ns, uint64_t seed);

_Noreturn void panic(const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* An invariant that holds in every build, release too. Cheap ones only. */
#define require(condition)                                             \
	((condition) ? (void)0                                         \
		     : panic(__FILE__, __LINE__, "%s", #condition))

#endif
