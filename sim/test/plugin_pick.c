/* plugin_pick.c - a plug-in that forgot to pick. */
#include "place/place.h"

const struct place_ops place_plugin = {
	.abi = PLACE_ABI,
	.name = "idle",
	.summary = "has a name and no pick()",
};
