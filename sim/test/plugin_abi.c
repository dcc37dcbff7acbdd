/* plugin_abi.c - a plug-in of another time. */
#include "place/place.h"

const struct place_ops place_plugin = {
	.abi = PLACE_ABI + 6,
	.name = "old",
	.summary = "built against another place.h",
};
