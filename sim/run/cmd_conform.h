/*
 * cmd_conform.h - `nodewise conform FILE...`: do recorded answers of Xen's own
 * code and the model's agree?
 *
 * Exit status: 0 all agree; 1 some do not, or are of something that is not
 * modelled (unless --allow-unmodelled); 2 bad usage, or a file that cannot be
 * read to its end.
 *
 * TESTS   sim/test/check_conform.c
 */
#ifndef RUN_CMD_CONFORM_H
#define RUN_CMD_CONFORM_H

int cmd_conform(int argc, char **argv);

#endif
