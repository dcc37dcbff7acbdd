/*
 * fingerprint.h - on which machine a result was computed: for run.json.
 *
 * Only commands call it; no run of the model depends on it.
 */
#ifndef RUN_FINGERPRINT_H
#define RUN_FINGERPRINT_H

#include <jansson.h>

/* CPU model, number of CPUs, memory, kernel. The caller owns the reference. */
json_t *fingerprint_json(void);

#endif
