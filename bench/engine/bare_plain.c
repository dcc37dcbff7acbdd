/* bare_plain.c - bare.c over the tree in plain C. */
#define PENDING_PLAIN_C 1
#define BARE_RUN bare_plain_run
#include "bench/engine/bare.c"
