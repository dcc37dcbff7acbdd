/*
 * cmd_vnuma.h - `nodewise vnuma GUEST.cfg --host H`: what a guest's vnuma= comes
 *               to, or how xl would refuse it.
 *
 * RULE    Prints vnuma_report.h's tables or JSON. --acpi DIR also writes
 *         srat.dat and slit.dat, the bytes hvmloader would put into the guest;
 *         --corrected, ours instead of Xen's (acpi.h).
 *
 *         Status 0; 1 where `xl create` would refuse the guest after reading its
 *         file (exit status 3 or 6), with libxl's message on stderr: then no
 *         table is written; 2 where the file itself is wrong, which xl ends with
 *         1, or anything else cannot be read or written.
 *
 * TESTS   sim/test/check_cmd_vnuma.c
 */
#ifndef RUN_CMD_VNUMA_H
#define RUN_CMD_VNUMA_H

int cmd_vnuma(int argc, char **argv);

#endif
