#!/bin/sh
# run.sh - runs every test program of every variant, two at a time.
#
# Each program prints check's own line; the last line here adds them up as
# "N passed, M failed". A program that prints no such line (it crashed before
# it could) counts as one failure. The variant fuzz is the targets of
# sim/test/fuzz/, each for FUZZ_TEST_SECONDS (10).
#
# Usage: sh sim/test/run.sh [VARIANT]...
set -u
export LC_ALL=C.UTF-8
top=build
log=$top/test-log
rm -rf "$log"
mkdir -p "$log"

[ $# -gt 0 ] || set -- release debug asan fuzz
for variant in "$@"; do
	case $variant in
	fuzz) sources="sim/test/fuzz/fuzz_*.c" ;;
	*) sources="sim/test/check_*.c bench/test/check_*.c
		plots/test/check_*.c" ;;
	esac
	for source in $sources; do
		[ -f "$source" ] || continue
		name=$(basename "$source" .c)
		echo "$variant $name"
	done
done >"$log/list"

run_one='
variant=$1 name=$2 log=$3
out=$log/$variant.$name
if [ $variant = fuzz ]; then
	if sh sim/test/fuzz/run.sh "${name#fuzz_}" \
		"${FUZZ_TEST_SECONDS:-10}" "$log/found" >"$out" 2>"$out.err"
	then
		echo "100%: Checks: 1, Failures: 0, Errors: 0" >>"$out"
	fi
	status=$?
elif [ ! -x build/$variant/test/$name ]; then
	echo "no program build/$variant/test/$name: is its edge missing?" >"$out"
	status=127
else
	start=$(date +%s%N)
	NODEWISE=build/nodewise build/$variant/test/$name >"$out" 2>"$out.err"
	status=$?
	end=$(date +%s%N)
	echo "$(((end - start) / 1000000)) ms" >>"$out.err"
fi
if ! grep -q "^[0-9]*%: Checks: " "$out"; then
	echo "0%: Checks: 1, Failures: 0, Errors: 1 (status $status)" >>"$out"
fi
line=$(grep "^[0-9]*%: Checks: " "$out" | tail -n 1)
printf "%-8s %-28s %s\n" "$variant" "$name" "$line"
case $line in
100%*) ;;
*) sed "s/^/    /" "$out"; tail -n 20 "$out.err" | sed "s/^/    /" ;;
esac
'
xargs -P 2 -L 1 sh -c 'sh -c "$0" run_one "$2" "$3" "$1"' "$run_one" "$log" <"$log/list"

cat "$log"/release.* "$log"/debug.* "$log"/asan.* "$log"/clang.* \
	"$log"/fuzz.* 2>/dev/null |
awk '/^[0-9]+%: Checks: / {
	gsub(/,/, "")
	checks += $3; bad += $5 + $7
}
END {
	printf "%d passed, %d failed\n", checks - bad, bad
	exit bad > 0 || checks == 0
}'
