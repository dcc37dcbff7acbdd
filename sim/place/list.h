/* list.h - one line per heuristic, in the order reports print them. */
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
