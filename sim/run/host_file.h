/*
 * host_file.h - a host by what a person calls it: a profile, a name, an XML
 *               file, a synthetic string, or this machine.
 *
 * RULE    What the argument is, in this order:
 *
 *           this            the machine we run on
 *           *.xml           an lstopo XML file
 *           *.yaml, *.yml   a host profile
 *           name            letters, digits, '-', '_', '.', no ':' :
 *                           workloads/hosts/NAME.yaml
 *           anything else   an hwloc synthetic string, "pack:2 core:4 pu:2"
 *
 *         A relative path is relative to the file that names it.
 *
 *         A profile names a topology in the same way (this, XML, synthetic) and
 *         overrides what it knows; host_complete() derives the rest. Keys,
 *         units and ranges: workloads/README.md. Nodes in a profile are
 *         numbered as in struct host. A number given without an origin counts
 *         as assumed.
 *
 * TESTS   sim/test/check_host_file.c
 */
#ifndef RUN_HOST_FILE_H
#define RUN_HOST_FILE_H

#include "base/err.h"
#include "host/host.h"

#define HOST_FILE_LIBRARY "workloads/hosts"

/*
 * Returns 0 and a complete, checked *host in the arena, or -1 and one line in
 * err. relative_to is the file that names the host, or NULL: the working
 * directory.
 */
int host_load(struct arena *arena, const char *what, const char *relative_to,
	      struct host **host, struct err *err);

struct cyaml_schema_value;
/* The profile's schema, for tests of the documentation. */
extern const struct cyaml_schema_value host_file_schema;

#endif
