/*
 * acpi_file.h - SRAT and SLIT as files that iasl disassembles.
 *
 * RULE    DIR/srat.dat and DIR/slit.dat; DIR is made if only it is missing.
 *         Each is written beside its place, flushed to the disk and renamed:
 *         who finds a file finds all of it. What had the name before goes.
 *
 * TESTS   sim/test/check_cmd_vnuma.c
 */
#ifndef RUN_ACPI_FILE_H
#define RUN_ACPI_FILE_H

#include "base/err.h"
#include "toolstack/acpi.h"

/* 0, or -1 with what could not be written. */
int acpi_file_write(const char *dir, const struct acpi_table *srat,
		    const struct acpi_table *slit, struct err *err);

#endif
