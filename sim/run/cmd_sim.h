/*
 * cmd_sim.h - `nodewise sim SCENARIO`: run it, print the table, keep the results.
 *
 * Exit status: 0; 1 when some heuristic could place no guest at all; 2 for bad
 * input, and then nothing is written.
 *
 * TESTS   sim/test/check_cli.c
 */
#ifndef RUN_CMD_SIM_H
#define RUN_CMD_SIM_H

int cmd_sim(int argc, char **argv);

#endif
