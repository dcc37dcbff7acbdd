/* check_pending_plain.c - check_pending.c over the tree in plain C. */
#define PENDING_PLAIN_C 1
#include "test/check_pending.c"
