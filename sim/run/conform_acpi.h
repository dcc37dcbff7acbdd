/*
 * conform_acpi.h - recorded SRAT and SLIT of Xen's own code, and ours.
 *
 * SOURCE  README of the golden data, section C: construct_srat(),
 *         construct_slit(). sim/test/golden/acpi.jsonl.gz has 100 records.
 *
 * RULE    Both tables whole, byte for byte. The key of a difference names the
 *         first byte: "srat[37]".
 *
 * TESTS   sim/test/check_acpi.c
 */
#ifndef RUN_CONFORM_ACPI_H
#define RUN_CONFORM_ACPI_H

#include "run/conform.h"

bool conform_acpi_is(const json_t *record);

int conform_acpi(const json_t *record, struct conform_result *result,
		 struct err *err);

#endif
