/*
 * main.c - runs the suite of one check_NAME.c and reports as check does.
 *
 * Run from the top of the tree. CK_FORK=no helps a debugger.
 */
#include "test/test.h"

#include <stdlib.h>

int main(void)
{
	SRunner *runner = srunner_create(suite_make());

	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
