/* plugin_symbol.c - a shared object that exports no place_plugin. */
#include "place/place.h"

extern const struct place_ops place_plugins; /* one letter too many */

const struct place_ops place_plugins = { .abi = PLACE_ABI, .name = "s" };
