/*
 * version.h - which nodewise this is: "0.1 (COMMIT)", for run.json and figures.
 *
 * COMMIT is that of the tree when the program was built, with "+" behind it if
 * files differed from it; "0.1" alone outside a git checkout.
 */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

const char *nodewise_version(void);

#endif
