/*
 * list.h - one line per heuristic, in the order reports print them.
 *
 * To add one: sim/place/NAME.c with `const struct place_ops place_NAME`, a line
 * here, and its edge and object in sim/edges.ninja. check_place.c then tests
 * what holds for all; what is its own goes to check_place_rules.c.
 */
#ifndef PLACE_LIST_H
#define PLACE_LIST_H

#define PLACE_LIST(X)   \
	X(libxl)        \
	X(libxl_fixed)  \
	X(stripe)       \
	X(first_fit)    \
	X(packed)       \
	X(spread)       \
	X(random)       \
	X(distance)     \
	X(best_effort)  \
	X(pinned)       \
	X(best)         \
	X(worst)

#endif
