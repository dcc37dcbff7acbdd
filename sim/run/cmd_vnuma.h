/*
 * cmd_vnuma.h - `nodewise vnuma GUEST.cfg --host H`: what a guest's vnuma= comes
 *               to, or how xl would refuse it.
 *
 * RULE    Prints vnuma_report.h's tables or JSON. --acpi DIR also writes
 *         srat.dat and slit.dat, the bytes hvmloader would put into the guest;
 *         --corrected, ours instead of Xen's (acpi.h).
 *
 *         Status 0; 2 where `xl create` would refuse the guest: libxl's message
 *         goes to stderr with xl's own exit status (3 or 6; 1 for what xl
 *         refuses while it reads the file), and no table is written; 2 as well
 *         where anything cannot be read or written.
 *
 * TESTS   sim/test/check_cmd_vnuma.c
 */
#ifndef RUN_CMD_VNUMA_H
#define RUN_CMD_VNUMA_H

int cmd_vnuma(int argc, char **argv);

#endif
