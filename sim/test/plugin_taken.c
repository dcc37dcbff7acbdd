/* plugin_taken.c - a plug-in with a built-in's name, and an illegal answer. */
#include "place/place.h"

static enum place_result pick(const struct place_view *view,
			      const struct place_request *request,
			      struct place_answer *answer)
{
	(void)view;
	(void)request;
	answer->nodes = nodeset_of(63);
	return PLACE_OK;
}

const struct place_ops place_plugin = {
	.abi = PLACE_ABI,
	.name = "libxl",
	.summary = "not the libxl it says it is",
	.pick = pick,
};
