/*
 * cmd_place.h - `nodewise place`: where a guest would go on the host one has,
 * and what it would cost.
 *
 * Exit status: 0 every guest fits; 1 one does not, under a heuristic that was
 * asked for by name (or libxl); 2 bad input.
 */
#ifndef RUN_CMD_PLACE_H
#define RUN_CMD_PLACE_H

int cmd_place(int argc, char **argv);

#endif
