/*
 * dist_file.h - a random amount as people write it in YAML.
 *
 * RULE    {dist: KIND, PARAMETER: NUMBER, ...}, with the kinds and parameters
 *         of base/dist.h. The unit is that of the key it stands under:
 *
 *           lifetime_s: {dist: exponential, mean: 300}
 *           sleep_us:   {dist: lognormal, mean: 200, cv: 1.5}
 *           ops:        {dist: constant, value: 1000}
 *           lifetime_s: {dist: empirical, values: [60, 600], weights: [9, 1]}
 *
 *         Times and amounts of work are not negative: a kind whose samples may
 *         be is refused.
 */
#ifndef RUN_DIST_FILE_H
#define RUN_DIST_FILE_H

#include "base/dist.h"
#include "run/yaml.h"

#include <cyaml/cyaml.h>

/* What libcyaml fills; the reader goes by the tree. */
struct dist_file {
	char *dist;
	double value, min, max, mean, sd, cv, shape, stages, scale;
	double *values, *weights;
	uint32_t values_count, weights_count;
};

extern const struct cyaml_schema_field dist_file_fields[];

/*
 * The distribution at node, its parameters with a unit multiplied by
 * unit (1e3 makes ns of us). Lists come from the arena. 0, or -1 and err.
 */
int dist_file_read(const struct yaml_doc *doc, const struct yaml_node *node,
		   double unit, struct arena *arena, struct dist *dist,
		   struct err *err);

#endif
