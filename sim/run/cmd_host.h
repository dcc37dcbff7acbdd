/*
 * cmd_host.h - `nodewise host HOST`: draws the machine a scenario would run on.
 *
 * RULE    Prints to stdout the text of host/draw.h, or JSON (--json), or every
 *         constant with its meaning and origin (--constants). --export-xml FILE
 *         also writes the machine as XML for lstopo. Status 0, or 2 where the
 *         host cannot be read or the XML not be written.
 *
 * TESTS   sim/test/check_host_file.c
 */
#ifndef RUN_CMD_HOST_H
#define RUN_CMD_HOST_H

int cmd_host(int argc, char **argv);

#endif
