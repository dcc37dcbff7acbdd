#!/bin/sh
# commit.sh OUT - writes the commit of the tree as a C string, if it changed.
set -eu
commit=$(git rev-parse --short=12 HEAD 2>/dev/null || true)
if [ -n "$commit" ]; then
	git diff --quiet HEAD -- sim bench plots main.c build.ninja 2>/dev/null ||
		commit="$commit+"
	commit=" ($commit)"
fi
line="#define NODEWISE_COMMIT \"$commit\""
[ -f "$1" ] && [ "$(cat "$1")" = "$line" ] || echo "$line" >"$1"
