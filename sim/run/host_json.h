/*
 * host_json.h - a host as JSON, for scripts: all that struct host knows.
 *
 * UNITS   as the keys say: _ns, _mib, _bytes, gb_per_s (1e9 bytes); matrices
 *         are lists of rows, row = CPU node, column = memory node.
 *
 * TESTS   sim/test/check_host_file.c
 */
#ifndef RUN_HOST_JSON_H
#define RUN_HOST_JSON_H

#include "host/host.h"

#include <jansson.h>

/* A new reference. */
json_t *host_json(const struct host *host);

#endif
