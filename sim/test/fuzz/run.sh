#!/bin/sh
# run.sh - runs fuzz targets, each for its share of the time (README.md here).
#
# Usage, from the top of the tree:
#   sh sim/test/fuzz/run.sh all SECONDS      every target, SECONDS in all
#   sh sim/test/fuzz/run.sh NAME SECONDS     fuzz_NAME alone
#   sh sim/test/fuzz/run.sh NAME SECONDS FOLDER
#
# The seeds are made anew; what libFuzzer finds beside them stays in FOLDER
# (build/fuzz/found) and is tried first the next time. An input that breaks
# a reader is kept as build/fuzz/broken/NAME-*. Exit status 1 if there is one.
set -u
export LC_ALL=C
which=${1:?target} seconds=${2:?seconds}
top=build/fuzz
found=${3:-$top/found}

# What is not ours: libraries that keep memory of an input they refused.
export LSAN_OPTIONS=suppressions=sim/test/fuzz/leaks.txt:print_suppressions=0
export ASAN_OPTIONS=detect_stack_use_after_return=0:allocator_may_return_null=1
export UBSAN_OPTIONS=print_stacktrace=1

names=$which
if [ "$which" = all ]; then
	names=$(for source in sim/test/fuzz/fuzz_*.c; do
		basename "$source" .c | sed 's/^fuzz_//'
	done)
fi
set -- $names
share=$((seconds / $#))
[ "$share" -gt 0 ] || share=1

mkdir -p "$top/broken" "$top/log"
seeds=$top/seeds.$$
trap 'rm -rf "$seeds"' EXIT
sh sim/test/fuzz/corpus.sh "$seeds" || exit 2

bad=0
for name; do
	mkdir -p "$found/$name"
	log=$top/log/$name
	if [ ! -x "$top/fuzz_$name" ]; then
		echo "no program $top/fuzz_$name: is its edge missing?"
		exit 2
	fi
	"$top/fuzz_$name" -max_total_time="$share" -seed=1 -timeout=20 \
		-rss_limit_mb=2048 -malloc_limit_mb=1024 -max_len=65536 -report_slow_units=20 \
		-dict="$seeds/$name.dict" -print_final_stats=1 \
		-artifact_prefix="$top/broken/$name-" \
		"$found/$name" "$seeds/$name" >"$log" 2>&1
	status=$?
	awk -v name="$name" -v status="$status" '
	/ cov: / {
		for (i = 1; i < NF; i++) if ($i == "cov:") cov = $(i + 1)
	}
	/^stat::number_of_executed_units/ { runs = $2 }
	END {
		printf "%-12s %9d runs, %5d edges%s\n", name, runs, cov,
			status ? ", BROKEN: status " status : ""
	}' "$log"
	if [ "$status" -ne 0 ]; then
		bad=1
		grep -aE 'ERROR|SUMMARY|nodewise: bug|Test unit written' "$log"
	fi
done
exit $bad
