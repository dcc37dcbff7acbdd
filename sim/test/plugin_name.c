/* plugin_name.c - a plug-in whose name nobody can type. */
#include "place/place.h"

const struct place_ops place_plugin = {
	.abi = PLACE_ABI,
	.name = "My Heuristic",
	.summary = "a name with a space and capitals",
};
