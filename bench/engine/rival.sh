#!/bin/sh
# rival.sh SOURCE OUT - builds another engine's side of the engine bench.
#
# Where the engine's development files are installed, OUT is the compiled
# program; else OUT is a program that says why it is not there, in the words
# that `nodewise bench engine` understands (rival.h). A release of the engine
# that the source does not fit is reported and skipped too: a rival must not
# stop the build. Rivals are optimised as the release build is, and draw from
# the same random numbers.
set -eu

source=$1
out=$2
mkdir -p "$(dirname "$out")"

# A program that prints "skipped: REASON" and nothing else.
absent() {
	printf '#!/bin/sh\necho "skipped: %s"\n' "$1" >"$out"
	chmod +x "$out"
	exit 0
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

flags="-O2 -D_GNU_SOURCE -ffp-contract=off -I. -Isim"
case $source in
*rival_simgrid.c)
	compile="${CC:-gcc} -std=c17"
	package=libsimgrid-dev
	header='#include <simgrid/engine.h>'
	libraries=-lsimgrid
	;;
*rival_ns3.cc)
	compile="${CXX:-g++} -std=c++17"
	package=libns3-dev
	header='#include <ns3/core-module.h>'
	# Its pkg-config file asks for libraries that its package does not need.
	library=$(find /usr/lib /usr/local/lib -name 'libns3*-core*.so' \
		2>/dev/null | sort | head -n 1)
	libraries=${library:--lns3-core}
	;;
*)
	echo "rival.sh: $source: no such rival" >&2
	exit 2
	;;
esac

${compile%% *} --version >/dev/null 2>&1 ||
	absent "${compile%% *} is not installed"
echo "$header" >"$work/probe.${source##*.}"
# The probe sees the system's headers only: they are there or not.
$compile -fsyntax-only "$work/probe.${source##*.}" 2>/dev/null ||
	absent "$package is not installed"

for name in rng variate ziggurat fmath; do
	# shellcheck disable=SC2086 # a list of words
	${CC:-gcc} -std=c17 $flags -c "sim/base/$name.c" -o "$work/$name.o"
done
# shellcheck disable=SC2086 # lists of words
$compile $flags "$source" "$work"/*.o -o "$work/rival" $libraries -lm ||
	absent "${source##*/} does not build with the installed $package"
mv "$work/rival" "$out"
