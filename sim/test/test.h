/*
 * test.h - what every check_NAME.c has: one function that makes its suite.
 *
 * main.c runs it. Golden data lies under sim/test/golden/, what may be absent
 * under ../shared/: a test of the latter returns early where it is missing.
 */
#ifndef TEST_TEST_H
#define TEST_TEST_H

#include <check.h>

Suite *suite_make(void);

#endif
