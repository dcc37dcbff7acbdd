#include "base/version.h"

#include "build/commit.h"

const char *nodewise_version(void)
{
	return "0.1" NODEWISE_COMMIT;
}
