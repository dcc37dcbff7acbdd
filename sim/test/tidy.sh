#!/bin/sh
# tidy.sh - reads the sources and names every broken house rule, one a line:
#
#   include direction   the layers of sim/README.md; no two files in a circle
#   build edges         every .c has an edge, every edge a .c
#   length              files at most 800 lines, functions at most 70
#   fences              each library is named in its one place
#   clocks and state    sim/ reads no wall clock and no environment
#   words               no marks of unfinished work
#
# Usage: sh tidy.sh [TOP]. Prints nothing and exits 0 when all is well.
set -u
export LC_ALL=C.UTF-8
cd "${1:-.}" || exit 2
found=$(mktemp)
trap 'rm -f "$found"' EXIT

sources=$(find sim bench plots main.c \( -name '*.c' -o -name '*.h' \) \
	2>/dev/null | sort)

# Who may include whom. A rank is a layer; a file may include its own layer
# and those its line names.
allowed() { # folder of the file -> the folders it may include
	case $1 in
	sim/base) echo base ;;
	sim/des) echo base des ;;
	sim/host) echo base des host ;;
	sim/xen) echo base des host xen ;;
	sim/guest) echo base des host xen guest ;;
	sim/toolstack) echo base des host xen guest toolstack ;;
	sim/place | sim/rebalance) echo base place rebalance ;;
	sim/run) echo base des host xen guest toolstack place rebalance run ;;
	sim/test) echo base des host xen guest toolstack place rebalance run test ;;
	sim/test/fuzz) echo base host place plots run toolstack xen test/fuzz ;;
	bench/core) echo base bench/core ;;
	bench/engine) echo base des host xen guest toolstack place run \
		bench/core bench/engine ;;
	bench/test) echo base des host xen guest toolstack place run test \
		bench/core bench/engine ;;
	plots) echo base plots ;;
	plots/test) echo base plots test ;;
	.) echo base run bench/engine plots ;;
	*) echo base ;;
	esac
}

for file in $sources; do
	folder=$(dirname "$file")
	case $folder in sim/place/example) folder=sim/place ;; esac
	may=" $(allowed "$folder") "
	sed -n 's/^#include "\(.*\)".*/\1/p' "$file" | while read -r included
	do
		case $included in build/commit.h) continue ;; esac
		case $may in
		*" $(dirname "$included") "*) ;;
		*) echo "$file: may not include $included" ;;
		esac
	done
done >>"$found"

# Circles: headers that reach themselves.
for file in $sources; do
	case $file in sim/*) name=${file#sim/} ;; *) name=$file ;; esac
	sed -n 's/^#include "\(.*\)".*/\1/p' "$file" | while read -r included
	do
		echo "$included $name"
	done
done | tsort 2>&1 >/dev/null | grep -q . &&
	echo "sources: files include each other in a circle" >>"$found"

# Edges.
edges="sim/edges.ninja bench/edges.ninja plots/edges.ninja \
	sim/test/fuzz/edges.ninja"
for file in $sources; do
	case $file in
	*.h | main.c | bench/engine/rival_*) continue ;;
	esac
	grep -qsE " $file( [|][|] .*)?\$" $edges ||
		echo "$file: no build edge in edges.ninja" >>"$found"
done
sed -n 's/^build .*: \(cc\|plugin\) \([^ ]*\.c\)$/\2/p' $edges \
	2>/dev/null | sort -u | while read -r file
do
	[ -f "$file" ] || echo "$file: an edge, but no such file"
done >>"$found"

# Lengths. A function runs from a { in column 0 to the } in column 0.
for file in $sources; do
	awk -v file="$file" '
	/^\{/ { start = NR }
	/^\}/ && start {
		if (NR - start - 1 > 70)
			printf "%s:%d: a function of %d lines (at most 70)\n",
				file, start, NR - start - 1
		start = 0
	}
	END { if (NR > 800) printf "%s: %d lines (at most 800)\n", file, NR }
	' "$file"
done >>"$found"

# Fences: pattern, then the places that may name it.
fence() {
	pattern=$1
	shift
	for file in $sources; do
		for place in "$@"; do
			case $file in $place) continue 2 ;; esac
		done
		grep -nE "^#include <($pattern)" "$file" |
			sed "s|^|$file:|; s|\$| is not for this file|"
	done >>"$found"
}
fence 'hwloc' 'sim/host/topology*.c' 'sim/test/*'
fence 'numa|numaif' 'bench/core/*'
fence 'cyaml|yaml' 'sim/run/*' 'sim/test/*'
fence 'libxl' 'sim/toolstack/*'
fence 'jemalloc' 'sim/base/*' 'sim/run/*'
fence 'check\.h' 'sim/test/*' 'bench/test/*' 'plots/test/*'

# No wall clock, no environment, no hidden randomness in the model.
for file in $sources; do
	case $file in
	sim/test/* | sim/run/cmd_*.c) continue ;;
	sim/*) ;;
	*) continue ;;
	esac
	grep -nE '\b(clock_gettime|gettimeofday|time\(NULL\)|getenv|rand\(|random\(\)|drand48)' \
		"$file" | sed "s|^|$file:|"
done >>"$found"

# Mutable file-level state in sim/ (err.c holds what an abort prints).
for file in $sources; do
	case $file in
	sim/test/* | sim/base/err.c) continue ;;
	sim/*) ;;
	*) continue ;;
	esac
	grep -nE '^static [^()]*(;|= )' "$file" | grep -vE 'const|inline' |
		sed "s|^|$file:|; s|\$|  (mutable state)|"
done >>"$found"

# Unfinished work. The words are split so that this file does not find itself.
words='TO''DO|FIX''ME|X''XX|HA''CK|not imple''mented'
for file in $sources; do
	grep -nE "\\b($words)\\b" "$file" | sed "s|^|$file:|"
done >>"$found"

cat "$found"
[ ! -s "$found" ]
